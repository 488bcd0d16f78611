/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bound of the error on one interval, and the values that are attained there (method: certify.c). */
#include "spline/certify.h"

#define TERMS 6 /* Taylor coefficients of the expression: N in certify.c */

/* The larger of |lo| and |hi|, +infinity for NaN. */
static void largest(arf_t upper, const arf_t lo, const arf_t hi)
{
    arf_t a;
    arf_init(a);
    arf_abs(a, lo);
    arf_abs(upper, hi);
    if (arf_is_nan(a) || arf_is_nan(upper)) arf_pos_inf(upper);
    else if (arf_cmp(a, upper) > 0) arf_set(upper, a);
    arf_clear(a);
}

/* Cells are short enough for the expression to be smooth on them: the model of the difference, from its Taylor coefficients. */
static bool smooth(qd_certify_model *m, mag_t rounding, const qd_certify_interval *v, const qd_certify_job *j, const arf_t c, const arf_t h)
{
    arb_poly_t at, over;
    arb_t x, scale, power;
    mag_t value;
    arb_poly_init(at);
    arb_poly_init(over);
    arb_init(x);
    arb_init(scale);
    arb_init(power);
    mag_init(value);
    arb_set_arf(x, c);
    bool good = qd_expr_taylor(at, j->expr, j->known, x, TERMS, v->prec);
    if (good) {
        arb_set_interval_arf(x, v->lo, v->hi, v->prec);
        good = qd_expr_taylor(over, j->expr, j->known, x, TERMS + 1, 64);
    }
    if (good) {
        arb_set_arf(scale, h);
        arb_one(power);
        for (slong k = 1; k < at->length; k++) {
            arb_mul(power, power, scale, v->prec);
            arb_mul(at->coeffs + k, at->coeffs + k, power, v->prec);
        }
        arb_pow_ui(power, scale, TERMS, v->prec);
        arb_poly_sub(at, v->p, at, v->prec);
        qd_certify__model_set(m, at);
        qd_certify__set_rounding(rounding, at, v->prec);
        if (over->length > TERMS) {
            mag_t last;
            mag_init(last);
            arb_get_mag(last, over->coeffs + TERMS);
            arb_get_mag(value, power);
            mag_addmul(m->rest, last, value);
            mag_clear(last);
        }
    }
    arb_poly_clear(at);
    arb_poly_clear(over);
    arb_clear(x);
    arb_clear(scale);
    arb_clear(power);
    mag_clear(value);
    return good;
}

/* |x| - rest is attained at `at`: is it the best value so far? */
static void attain(qd_certify_search *s, const arb_t x, const mag_t rest, const arf_t at, slong output, slong prec)
{
    arf_t a, r;
    if (!arb_is_finite(x)) return;
    arf_init(a);
    arf_init(r);
    arb_get_abs_lbound_arf(a, x, prec);
    arf_set_mag(r, rest);
    arf_sub(a, a, r, prec, ARF_RND_FLOOR);
    if (arf_cmp(a, s->lower) > 0) {
        arf_swap(s->lower, a);
        arf_get_fmpq(s->at, at);
        s->output = output;
    }
    arf_clear(a);
    arf_clear(r);
}

/* The value at the point x of the interval: of the quadratic part where there is a model, else of polynomial and expression. */
static void try_point(qd_certify_search *s, const qd_certify_interval *v, const qd_certify_model *m, const arf_t x, const arf_t c,
                      const arf_t h)
{
    const qd_certify_job *j = s->e + v->job;
    arb_t t, y, f;
    mag_t none;
    if (arf_cmp(x, j->in_lo) < 0 || arf_cmp(x, j->in_hi) > 0) return;
    arb_init(t);
    arb_init(y);
    arb_init(f);
    mag_init(none);
    arb_set_arf(t, x);
    arb_sub_arf(t, t, c, v->prec);
    arb_set_arf(f, h);
    arb_div(t, t, f, v->prec);
    if (m != NULL) {
        arb_mul(y, t, m->g[2], v->prec);
        arb_add(y, y, m->g[1], v->prec);
        arb_mul(y, y, t, v->prec);
        arb_add(y, y, m->g[0], v->prec);
        attain(s, y, arf_equal(x, c) ? none : m->rest, x, j->output, v->prec);
    } else {
        arb_poly_evaluate(y, v->p, t, v->prec);
        arb_set_arf(t, x);
        qd_expr_ball(f, j->expr, j->known, t, v->prec);
        arb_sub(y, y, f, v->prec);
        attain(s, y, none, x, j->output, v->prec);
    }
    arb_clear(t);
    arb_clear(y);
    arb_clear(f);
    mag_clear(none);
}

static void try_points(qd_certify_search *s, const qd_certify_interval *v, const qd_certify_model *m, const arf_t c, const arf_t h)
{
    const qd_certify_job *j = s->e + v->job;
    arb_t t;
    arf_t x;
    if (arf_cmp(v->upper, s->lower) <= 0) return;
    arb_init(t);
    arf_init(x);
    try_point(s, v, m, c, c, h);
    try_point(s, v, m, arf_cmp(v->lo, j->in_lo) < 0 ? j->in_lo : v->lo, c, h);
    try_point(s, v, m, arf_cmp(v->hi, j->in_hi) > 0 ? j->in_hi : v->hi, c, h);
    if (m != NULL && qd_certify__model_vertex(t, m, v->prec)) {
        arf_set_round(x, arb_midref(t), 53, ARF_RND_DOWN);
        arf_mul(x, x, h, ARF_PREC_EXACT, ARF_RND_DOWN);
        arf_add(x, x, c, ARF_PREC_EXACT, ARF_RND_DOWN);
        try_point(s, v, m, x, c, h);
    }
    arb_clear(t);
    arf_clear(x);
}

/* The bound from the ranges of polynomial and expression, each by itself; p: the model of the polynomial. */
static void bound_apart(arf_t upper, qd_certify_model *p, const qd_certify_interval *v, const qd_certify_job *j)
{
    arf_t lo, hi, flo, fhi;
    arf_init(lo);
    arf_init(hi);
    arf_init(flo);
    arf_init(fhi);
    qd_certify__model_set(p, v->p);
    qd_certify__model_range(lo, hi, p, v->prec);
    if (j->expr != NULL) {
        qd_expr_range(flo, fhi, j->expr, j->known, v->lo, v->hi, v->prec);
        arf_sub(lo, lo, fhi, v->prec, ARF_RND_FLOOR);
        arf_sub(hi, hi, flo, v->prec, ARF_RND_CEIL);
    }
    largest(upper, lo, hi);
    arf_clear(lo);
    arf_clear(hi);
    arf_clear(flo);
    arf_clear(fhi);
}

/* The bound from the model of the difference; false when the expression is not smooth there. */
static bool bound_together(mag_t rounding, qd_certify_search *s, qd_certify_interval *v, const arf_t c, const arf_t h)
{
    const qd_certify_job *j = s->e + v->job;
    qd_certify_model m;
    qd_certify__model_init(&m);
    bool good = j->expr != NULL && smooth(&m, rounding, v, j, c, h);
    if (good) {
        arf_t lo, hi;
        arf_init(lo);
        arf_init(hi);
        qd_certify__model_range(lo, hi, &m, v->prec);
        largest(v->upper, lo, hi);
        try_points(s, v, &m, c, h);
        arf_clear(lo);
        arf_clear(hi);
    }
    qd_certify__model_clear(&m);
    return good;
}

void qd_certify__enclose(mag_t rounding, qd_certify_search *s, qd_certify_interval *v)
{
    const qd_certify_job *j = s->e + v->job;
    arf_t c, h, upper;
    qd_certify_model p;
    arf_init(c);
    arf_init(h);
    arf_init(upper);
    qd_certify__model_init(&p);
    qd_certify__middle(c, h, v);
    bool good = bound_together(rounding, s, v, c, h);
    if (!good || arf_cmp(v->upper, s->lower) > 0) {
        bound_apart(upper, &p, v, j);
        if (!good || arf_cmp(upper, v->upper) < 0) arf_set(v->upper, upper);
    }
    if (!good) {
        qd_certify__set_rounding(rounding, v->p, v->prec);
        try_points(s, v, j->expr == NULL ? &p : NULL, c, h);
    }
    arf_clear(c);
    arf_clear(h);
    arf_clear(upper);
    qd_certify__model_clear(&p);
}
