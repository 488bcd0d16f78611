/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does an expression jump? A jump is seen where the signs of qd_expr_split put one: the limits from both sides and the value at the point, each a
   ball, with two of them apart. Jumps that no polynomial decides are left to the search and the certificate, which cannot follow them. */
#include "approx/impl.h"

#include <math.h>

#define BITS 128 /* of a point where signs change, and of the values there */

/* Half the distance of x and y where they are apart, else 0. */
static double half_apart(const arb_t x, const arb_t y)
{
    arb_t d;
    arf_t a;
    arb_init(d);
    arf_init(a);
    arb_sub(d, x, y, BITS);
    arb_get_abs_lbound_arf(a, d, 53);
    double half = arf_get_d(a, ARF_RND_NEAR) / 2;
    arb_clear(d);
    arf_clear(a);
    return half;
}

/* No jump at part i, a point? */
static qd_status check_point(const qd_approx_target_t f, slong i, qd_ctx_t ctx)
{
    const qd_expr_part *e = f->parts->e;
    slong first = FLINT_MAX(i - 1, 0), last = FLINT_MIN(i + 1, f->parts->n - 1);
    double jump = 0;
    qd_alg_t at;
    arb_t x, y[3];
    qd_alg_init(at);
    arb_init(x);
    qd_alg_set(at, e[i].at);
    qd_alg_refine(at, BITS);
    arf_t lo, hi;
    arf_init(lo);
    arf_init(hi);
    arf_set_fmpq(lo, at->lo, BITS, ARF_RND_FLOOR);
    arf_set_fmpq(hi, at->hi, BITS, ARF_RND_CEIL);
    arb_set_interval_arf(x, lo, hi, BITS);
    for (slong k = first; k <= last; k++) {
        arb_init(y[k - first]);
        qd_expr_ball(y[k - first], f->expr, e[k].sign, x, BITS);
        for (slong l = first; l < k; l++)
            if (arb_is_finite(y[k - first]) && arb_is_finite(y[l - first])) jump = fmax(jump, half_apart(y[k - first], y[l - first]));
    }
    for (slong k = first; k <= last; k++) arb_clear(y[k - first]);
    double where = fmpq_get_d(at->lo);
    arf_clear(lo);
    arf_clear(hi);
    arb_clear(x);
    qd_alg_clear(at);
    if (jump == 0) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "the target jumps by %.10g at x = %.10g: no continuous function comes within %.10g of it", 2 * jump,
                   where, jump);
}

qd_status qd_approx__check_jumps(const qd_approx_target_t f, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (slong i = 0; i < f->parts->n && st == QD_OK; i += 2) st = check_point(f, i, ctx);
    return st;
}
