/* Theorem 1, the other way round: the network is read by the engine, which knows nothing of how it was made, and the two splines are
   compared breakpoint by breakpoint and coefficient by coefficient. */
#include "piece/piece.h"

qd_truth qd_spline_verify(qd_buf_t why, const qd_net_t net, const qd_spline_t s, qd_ctx_t ctx)
{
    qd_truth truth = QD_UNKNOWN;
    qd_line_domain d = {NULL, NULL, s->has_lo ? s->lo : NULL, s->has_hi ? s->hi : NULL};
    qd_line_t line;
    qd_spline_t got, want;
    qd_line_init(line);
    qd_spline_init(got);
    qd_spline_init(want);
    qd_status st = qd_line_compute(line, net, &d, ctx);
    if (st == QD_OK) st = qd_line_spline(got, line, ctx);
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
