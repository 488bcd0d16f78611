/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A continuous spline with rational data: the chain (chain.c) for a tolerance a little below eps, rounded (chain_round.c), then certified.

   A peak between the points that the search in doubles looked at is found by the certificate: then its place becomes one that is looked at, the
   tolerance of the search a little smaller, and the search is repeated. */
#include "approx/impl.h"

#include <math.h>

#define SLACK 0x1p-14 /* of eps, kept for rounding and for what the search misses */
#define UNIT 0x1p-18  /* of eps: what is rounded */
#define ATTEMPTS 12
#define TOLERANCE 1e-6 /* of the enclosure, where it does not end earlier because it is below eps or above */

/* One chain, rounded and certified; *within: its error is at most eps. */
static qd_status attempt(qd_spline_t s, qd_enclosure_t error, bool *within, const qd_approx_target_t f, slong degree, const fmpq_t eps,
                         double slack, qd_ctx_t ctx)
{
    double e = fmpq_get_d(eps);
    qd_approx__chain chain;
    qd_target view = qd_approx_target_view(f);
    arf_t enough;
    qd_approx__chain_init(&chain);
    arf_init(enough);
    arf_set_fmpq(enough, eps, 64, ARF_RND_FLOOR);
    qd_status st = qd_approx__chain_find(&chain, f, degree, e * (1 - slack), ctx);
    if (st == QD_OK) qd_approx__chain_round(s, &chain, f, e * UNIT);
    if (st == QD_OK) st = qd_certify_spline(error, s, &view, f->lo, f->hi, TOLERANCE, enough, ctx);
    *within = st == QD_OK && arf_cmp(error->upper, enough) <= 0;
    arf_clear(enough);
    qd_approx__chain_clear(&chain);
    return st;
}

qd_status qd_approx_upper(qd_spline_t s, qd_enclosure_t error, qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx)
{
    qd_spline_t t;
    qd_enclosure_t r;
    bool within = false;
    double slack = fmax(SLACK, 16 * qd_approx__noise(f, fmpq_get_d(eps)));
    qd_status st = qd_approx__check(f, degree, eps, ctx);
    if (st != QD_OK) return st;
    qd_spline_init(t);
    qd_enclosure_init(r);
    for (int i = 0; i < ATTEMPTS && !within; i++, slack = fmin(2 * slack, 0.5)) {
        if ((st = attempt(t, r, &within, f, degree, eps, slack, ctx)) != QD_OK) break;
        if (!within) qd_approx__add_kink(f, fmpq_get_d(r->at));
    }
    if (st == QD_OK && !within)
        st = qd_fail(ctx, QD_EUNABLE, "no spline was found within the tolerance: does the target jump near x = %.10g?", fmpq_get_d(r->at));
    if (st == QD_OK) {
        qd_spline_swap(s, t);
        qd_enclosure_struct old = *error;
        *error = *r;
        *r = old;
    }
    qd_spline_clear(t);
    qd_enclosure_clear(r);
    return st;
}
