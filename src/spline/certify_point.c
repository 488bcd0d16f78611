/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of one function at one point of the interval: where the target jumps, its own value counts beside the limits, and need
   not lie between them (abs(sign(x)) at 0). */
#include "spline/certify.h"

#define FIRST_BITS 128

/* lo <= |value| <= hi at the number a, known to `bits` bits; hi is +infinity where there is no finite value. */
static void enclose(arf_t lo, arf_t hi, const qd_certify_job *j, const qd_alg_t a, slong bits)
{
    arf_t left, right, flo, fhi;
    arb_poly_t p;
    arb_t x, y;
    arf_init(left);
    arf_init(right);
    arf_init(flo);
    arf_init(fhi);
    arb_poly_init(p);
    arb_init(x);
    arb_init(y);
    if (qd_alg_is_rational_form(a)) arb_set_fmpq(x, a->lo, bits);
    else {
        arf_set_fmpq(left, a->lo, bits, ARF_RND_FLOOR);
        arf_set_fmpq(right, a->hi, bits, ARF_RND_CEIL);
        arb_set_interval_arf(x, left, right, bits);
    }
    arb_poly_set_fmpq_poly(p, j->difference, bits);
    arb_poly_evaluate(y, p, x, bits);
    if (j->expr != NULL) {
        arf_set_fmpq(left, a->lo, bits, ARF_RND_FLOOR);
        arf_set_fmpq(right, a->hi, bits, ARF_RND_CEIL);
        qd_expr_range(flo, fhi, j->expr, j->known, left, right, bits);
        if (arf_is_nan(flo)) arb_indeterminate(x);
        else arb_set_interval_arf(x, flo, fhi, bits);
        arb_sub(y, y, x, bits);
    }
    if (arb_is_finite(y)) {
        arb_get_abs_lbound_arf(lo, y, bits);
        arb_get_abs_ubound_arf(hi, y, bits);
    } else arf_pos_inf(hi);
    arf_clear(left);
    arf_clear(right);
    arf_clear(flo);
    arf_clear(fhi);
    arb_poly_clear(p);
    arb_clear(x);
    arb_clear(y);
}

/* Are the bounds close enough, or no matter? */
static bool good(const qd_certify_search *s, const arf_t lo, const arf_t hi)
{
    arf_t gap, wanted;
    if (!arf_is_finite(hi)) return false;
    if (arf_cmp(hi, s->lower) <= 0 || arf_cmp_2exp_si(hi, QD_CERTIFY_TINY) < 0) return true;
    arf_init(gap);
    arf_init(wanted);
    arf_sub(gap, hi, lo, 53, ARF_RND_UP);
    arf_set_d(wanted, s->tolerance / 64);
    arf_mul(wanted, wanted, hi, 53, ARF_RND_DOWN);
    bool close = arf_cmp(gap, wanted) <= 0;
    arf_clear(gap);
    arf_clear(wanted);
    return close;
}

/* Is a polynomial difference 0 there, exactly? */
static bool vanishes(const qd_certify_job *j, const qd_alg_t at)
{
    fmpz_poly_t p;
    if (j->expr != NULL) return false;
    fmpz_poly_init(p);
    fmpq_poly_get_numerator(p, j->difference);
    bool zero = fmpz_poly_is_zero(p) || qd_alg_sign_poly(p, at) == 0;
    fmpz_poly_clear(p);
    return zero;
}

static qd_certify_interval *narrow_interval(const qd_alg_t a, const arf_t upper, slong bits)
{
    qd_certify_interval *v = qd_calloc(1, sizeof *v);
    v->job = -1;
    arf_init(v->lo);
    arf_init(v->hi);
    arf_init(v->upper);
    arf_init(v->mark);
    arb_poly_init(v->p);
    arf_set_fmpq(v->lo, a->lo, bits, ARF_RND_FLOOR);
    arf_set_fmpq(v->hi, a->hi, bits, ARF_RND_CEIL);
    arf_set(v->upper, upper);
    return v;
}

qd_status qd_certify__point(qd_certify_search *s, const qd_certify_job *j, const qd_alg_t at, qd_ctx_t ctx)
{
    qd_alg_t a;
    arf_t lo, hi;
    qd_status st = QD_OK;
    slong bits = FIRST_BITS;
    if (vanishes(j, at)) return QD_OK;
    qd_alg_init(a);
    arf_init(lo);
    arf_init(hi);
    qd_alg_set(a, at);
    for (;; bits *= 2) {
        qd_alg_refine(a, bits);
        enclose(lo, hi, j, a, 2 * bits);
        if (good(s, lo, hi) || bits >= QD_CERTIFY_PREC || (st = qd_ctx_budget(ctx)) != QD_OK) break;
    }
    qd_certify_interval *v = narrow_interval(a, hi, 2 * bits);
    if (st == QD_OK && !arf_is_finite(hi)) st = qd_certify__no_value(v->lo, ctx);
    if (arf_is_finite(hi) && arf_cmp(lo, s->lower) > 0) {
        arf_swap(s->lower, lo);
        fmpq_set(s->at, a->lo);
        s->output = j->output;
    }
    qd_certify__put_aside(s, v);
    qd_alg_clear(a);
    arf_clear(lo);
    arf_clear(hi);
    return st;
}
