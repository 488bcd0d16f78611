/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function on |t| <= 1 as a quadratic part and a bound of the rest. */
#include "spline/certify.h"

void qd_certify__model_init(qd_certify_model *m)
{
    for (int k = 0; k < 3; k++) arb_init(m->g[k]);
    mag_init(m->rest);
}

void qd_certify__model_clear(qd_certify_model *m)
{
    for (int k = 0; k < 3; k++) arb_clear(m->g[k]);
    mag_clear(m->rest);
}

void qd_certify__model_set(qd_certify_model *m, const arb_poly_t p)
{
    mag_t c;
    mag_init(c);
    mag_zero(m->rest);
    for (slong k = 0; k < 3; k++) arb_poly_get_coeff_arb(m->g[k], p, k);
    for (slong k = 3; k < p->length; k++) {
        arb_get_mag(c, p->coeffs + k);
        mag_add(m->rest, m->rest, c);
    }
    mag_clear(c);
}

/* The interval lo..hi grows to hold the ball x. */
static void hull(arf_t lo, arf_t hi, const arb_t x, slong prec)
{
    arf_t a;
    arf_init(a);
    arb_get_lbound_arf(a, x, prec);
    if (arf_cmp(a, lo) < 0) arf_set(lo, a);
    arb_get_ubound_arf(a, x, prec);
    if (arf_cmp(a, hi) > 0) arf_set(hi, a);
    arf_clear(a);
}

bool qd_certify__model_vertex(arb_t t, const qd_certify_model *m, slong prec)
{
    arb_t a;
    arb_init(a);
    arb_mul_2exp_si(a, m->g[2], 1);
    arb_div(t, m->g[1], a, prec);
    arb_neg(t, t);
    arb_clear(a);
    return arb_is_finite(t) && arf_cmpabs_ui(arb_midref(t), 1) < 0;
}

void qd_certify__model_range(arf_t lo, arf_t hi, const qd_certify_model *m, slong prec)
{
    arb_t x, y;
    arf_t rest;
    arb_init(x);
    arb_init(y);
    arf_init(rest);
    arf_pos_inf(lo);
    arf_neg_inf(hi);
    arb_add(x, m->g[0], m->g[2], prec);
    arb_sub(y, x, m->g[1], prec);
    arb_add(x, x, m->g[1], prec);
    hull(lo, hi, x, prec);
    hull(lo, hi, y, prec);
    /* the extremum g0 - g1^2 / 4 g2 counts unless it certainly lies outside; where g2 may be 0, g0 +- |g2| does: an extremum inside
       has |g1| <= 2 |g2| */
    arb_mul_2exp_si(x, m->g[2], 1);
    arb_abs(x, x);
    arb_abs(y, m->g[1]);
    if (!arb_gt(y, x)) {
        if (arb_contains_zero(m->g[2])) {
            mag_t size;
            mag_init(size);
            arb_get_mag(size, m->g[2]);
            arb_set(x, m->g[0]);
            arb_add_error_mag(x, size);
            mag_clear(size);
        } else {
            arb_mul(x, m->g[1], m->g[1], prec);
            arb_div(x, x, m->g[2], prec);
            arb_mul_2exp_si(x, x, -2);
            arb_sub(x, m->g[0], x, prec);
        }
        hull(lo, hi, x, prec);
    }
    arf_set_mag(rest, m->rest);
    arf_sub(lo, lo, rest, prec, ARF_RND_FLOOR);
    arf_add(hi, hi, rest, prec, ARF_RND_CEIL);
    arb_clear(x);
    arb_clear(y);
    arf_clear(rest);
}
