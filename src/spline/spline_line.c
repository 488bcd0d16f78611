/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Theorem 1, the other way round: the network is read by the engine, which knows nothing of how it was made, and the two splines are
   compared breakpoint by breakpoint and coefficient by coefficient. */
#include "spline/spline.h"

qd_status qd_spline_set_line(qd_spline_t spline, qd_line_t line, qd_ctx_t ctx)
{
    slong n = qd_line_nregions(line), pieces = 1, k = 0;
    const fmpq *lo = qd_line_end(line, false), *hi = qd_line_end(line, true);
    qd_spline_t t;
    qd_status st = QD_OK;
    if (qd_line_count(line).label != QD_EXACT) return qd_fail(ctx, QD_EUNABLE, "the pieces are not all known: the budget ran out");
    qd_spline_init(t);
    for (slong i = 0; i + 1 < n; i++) pieces += qd_line_changes(line, i);
    qd_spline_resize(t, pieces - 1, qd_line_outputs(line));
    t->has_lo = lo != NULL;
    t->has_hi = hi != NULL;
    if (t->has_lo) fmpq_set(t->lo, lo);
    if (t->has_hi) fmpq_set(t->hi, hi);
    for (slong i = 0; i < n && st == QD_OK; i++) {
        if (i > 0 && !qd_line_changes(line, i - 1)) continue;
        if (i > 0) st = qd_line_breakpoint(t->at + k++, line, i - 1, ctx);
        if (st == QD_OK) st = qd_line_poly(qd_spline_poly(t, k, 0), line, i, ctx);
    }
    if (st == QD_OK) qd_spline_swap(spline, t);
    qd_spline_clear(t);
    return st;
}

qd_truth qd_spline_verify(qd_buf_t why, const qd_net_t net, const qd_spline_t s, qd_ctx_t ctx)
{
    qd_truth truth = QD_UNKNOWN;
    qd_domain d = {.lo = s->has_lo ? s->lo : NULL, .hi = s->has_hi ? s->hi : NULL};
    qd_line_t line;
    qd_spline_t got, want;
    qd_line_init(line);
    qd_spline_init(got);
    qd_spline_init(want);
    qd_status st = qd_line_compute(line, net, &d, ctx);
    if (st == QD_OK) st = qd_spline_set_line(got, line, ctx);
    if (st == QD_OK) {
        qd_spline_set(want, s);
        qd_spline_merge(want);
        truth = qd_spline_equal(got, want) ? QD_TRUE : QD_FALSE;
        if (truth == QD_FALSE) qd_spline_difference(why, got, want);
    } else qd_buf_puts(why, qd_ctx_message(ctx));
    qd_line_clear(line);
    qd_spline_clear(got);
    qd_spline_clear(want);
    return truth;
}
