/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One interval of the certificate: the polynomial there, the bound of the error, and values that are attained (method: certify.c). */
#include "spline/certify.h"

#include <string.h>

#define TERMS 6       /* Taylor coefficients of the expression: N in certify.c */
#define FIRST_PREC 96 /* bits of an interval at first */

/* ---- the polynomial on an interval ------------------------------------------------------------------ */

/* (lo + hi) / 2 and (hi - lo) / 2, exactly. */
static void middle(arf_t c, arf_t h, const qd_certify_interval *v)
{
    arf_add(c, v->lo, v->hi, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_sub(h, v->hi, v->lo, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_mul_2exp_si(c, c, -1);
    arf_mul_2exp_si(h, h, -1);
}

/* p(t) = p(shift + scale t). */
static void compose(arb_poly_t p, const arb_t shift, const arb_t scale, slong prec)
{
    arb_t power;
    arb_init(power);
    arb_one(power);
    arb_poly_taylor_shift(p, p, shift, prec);
    for (slong k = 1; k < p->length; k++) {
        arb_mul(power, power, scale, prec);
        arb_mul(p->coeffs + k, p->coeffs + k, power, prec);
    }
    arb_clear(power);
}

/* Largest coefficient and largest radius. */
static void sizes(mag_t value, mag_t radius, const arb_poly_t p)
{
    mag_t m;
    mag_init(m);
    mag_zero(value);
    mag_zero(radius);
    for (slong k = 0; k < p->length; k++) {
        arb_get_mag(m, p->coeffs + k);
        mag_max(value, value, m);
        mag_max(radius, radius, arb_radref(p->coeffs + k));
    }
    mag_clear(m);
}

/* What more bits make smaller: the largest radius, and what operations of this precision round. */
static void set_rounding(mag_t rounding, const arb_poly_t p, slong prec)
{
    mag_t value;
    mag_init(value);
    sizes(value, rounding, p);
    mag_mul_2exp_si(value, value, 4 - prec);
    mag_max(rounding, rounding, value);
    mag_clear(value);
}

/* From the exact polynomial: all coefficients known to 2^-prec of the largest. */
static void localise(qd_certify_interval *v, const qd_certify_job *j)
{
    arf_t c, h;
    arb_t shift, scale;
    mag_t value, radius;
    if (fmpq_poly_is_zero(j->difference)) return;
    arf_init(c);
    arf_init(h);
    arb_init(shift);
    arb_init(scale);
    mag_init(value);
    mag_init(radius);
    middle(c, h, v);
    arb_set_arf(shift, c);
    arb_set_arf(scale, h);
    for (slong prec = v->prec + 32;; prec *= 2) {
        arb_poly_set_fmpq_poly(v->p, j->difference, prec);
        compose(v->p, shift, scale, prec);
        sizes(value, radius, v->p);
        mag_mul_2exp_si(radius, radius, v->prec);
        if (mag_cmp(radius, value) <= 0) break;
    }
    arf_clear(c);
    arf_clear(h);
    arb_clear(shift);
    arb_clear(scale);
    mag_clear(value);
    mag_clear(radius);
}

/* Coefficients that are below the precision go into the radius of the constant one: |t| <= 1. */
static void shorten(qd_certify_interval *v)
{
    mag_t value, radius, m;
    mag_init(value);
    mag_init(radius);
    mag_init(m);
    sizes(value, radius, v->p);
    mag_mul_2exp_si(value, value, -v->prec - 10);
    slong n = v->p->length;
    for (; n > 3; n--) {
        arb_get_mag(m, v->p->coeffs + n - 1);
        if (mag_cmp(m, value) > 0) break;
        arb_add_error_mag(v->p->coeffs, m);
    }
    if (n < v->p->length) arb_poly_truncate(v->p, n);
    mag_clear(value);
    mag_clear(radius);
    mag_clear(m);
}

/* p of a half of the interval v. */
static void inherit(qd_certify_interval *half, const qd_certify_interval *v)
{
    arf_t c, h, d;
    arb_t shift, scale, size;
    arf_init(c);
    arf_init(h);
    arf_init(d);
    arb_init(shift);
    arb_init(scale);
    arb_init(size);
    middle(c, h, v);
    arb_set_arf(size, h);
    middle(d, h, half);
    arb_set_arf(scale, h);
    arf_sub(d, d, c, ARF_PREC_EXACT, ARF_RND_DOWN);
    arb_set_arf(shift, d);
    arb_div(shift, shift, size, v->prec);
    arb_div(scale, scale, size, v->prec);
    arb_poly_set(half->p, v->p);
    compose(half->p, shift, scale, v->prec + 32);
    shorten(half);
    arf_clear(c);
    arf_clear(h);
    arf_clear(d);
    arb_clear(shift);
    arb_clear(scale);
    arb_clear(size);
}

/* ---- the enclosure on an interval ------------------------------------------------------------------- */

/* g[0] + g[1] t + g[2] t^2 and what is left. */
typedef struct {
    arb_t g[3];
    mag_t rest;
} model;

static void model_init(model *m)
{
    for (int k = 0; k < 3; k++) arb_init(m->g[k]);
    mag_init(m->rest);
}

static void model_clear(model *m)
{
    for (int k = 0; k < 3; k++) arb_clear(m->g[k]);
    mag_clear(m->rest);
}

static void model_set(model *m, const arb_poly_t p)
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

/* The only place inside |t| < 1 where the quadratic part can be extremal, -g1 / 2 g2; false when there is none. */
static bool vertex(arb_t t, const model *m, slong prec)
{
    arb_t a;
    arb_init(a);
    arb_mul_2exp_si(a, m->g[2], 1);
    arb_div(t, m->g[1], a, prec);
    arb_neg(t, t);
    arb_clear(a);
    return arb_is_finite(t) && arf_cmpabs_ui(arb_midref(t), 1) < 0;
}

/* Bounds of the model over |t| <= 1. */
static void range(arf_t lo, arf_t hi, const model *m, slong prec)
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
static bool smooth(model *m, mag_t rounding, const qd_certify_interval *v, const qd_certify_job *j, const arf_t c, const arf_t h)
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
        model_set(m, at);
        set_rounding(rounding, at, v->prec);
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
static void try_point(qd_certify_search *s, const qd_certify_interval *v, const model *m, const arf_t x, const arf_t c, const arf_t h)
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

static void try_points(qd_certify_search *s, const qd_certify_interval *v, const model *m, const arf_t c, const arf_t h)
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
    if (m != NULL && vertex(t, m, v->prec)) {
        arf_set_round(x, arb_midref(t), 53, ARF_RND_DOWN);
        arf_mul(x, x, h, ARF_PREC_EXACT, ARF_RND_DOWN);
        arf_add(x, x, c, ARF_PREC_EXACT, ARF_RND_DOWN);
        try_point(s, v, m, x, c, h);
    }
    arb_clear(t);
    arf_clear(x);
}

/* The bound from the ranges of polynomial and expression, each by itself; p: the model of the polynomial. */
static void bound_apart(arf_t upper, model *p, const qd_certify_interval *v, const qd_certify_job *j)
{
    arf_t lo, hi, flo, fhi;
    arf_init(lo);
    arf_init(hi);
    arf_init(flo);
    arf_init(fhi);
    model_set(p, v->p);
    range(lo, hi, p, v->prec);
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
    model m;
    model_init(&m);
    bool good = j->expr != NULL && smooth(&m, rounding, v, j, c, h);
    if (good) {
        arf_t lo, hi;
        arf_init(lo);
        arf_init(hi);
        range(lo, hi, &m, v->prec);
        largest(v->upper, lo, hi);
        try_points(s, v, &m, c, h);
        arf_clear(lo);
        arf_clear(hi);
    }
    model_clear(&m);
    return good;
}

/* Bounds the error on the interval, and tries its points. rounding: the largest radius that more bits make smaller. */
static void enclose(mag_t rounding, qd_certify_search *s, qd_certify_interval *v)
{
    const qd_certify_job *j = s->e + v->job;
    arf_t c, h, upper;
    model p;
    arf_init(c);
    arf_init(h);
    arf_init(upper);
    model_init(&p);
    middle(c, h, v);
    bool good = bound_together(rounding, s, v, c, h);
    if (!good || arf_cmp(v->upper, s->lower) > 0) {
        bound_apart(upper, &p, v, j);
        if (!good || arf_cmp(upper, v->upper) < 0) arf_set(v->upper, upper);
    }
    if (!good) {
        set_rounding(rounding, v->p, v->prec);
        try_points(s, v, j->expr == NULL ? &p : NULL, c, h);
    }
    arf_clear(c);
    arf_clear(h);
    arf_clear(upper);
    model_clear(&p);
}

/* Is the rounding visible in the width that is wanted? */
static bool too_rough(const qd_certify_search *s, const qd_certify_interval *v, const mag_t rounding)
{
    arf_t wanted, found;
    if (v->prec >= QD_CERTIFY_PREC || !arf_is_finite(v->upper) || arf_cmp(v->upper, s->lower) <= 0 ||
        arf_cmp_2exp_si(v->upper, QD_CERTIFY_TINY) < 0)
        return false;
    arf_init(wanted);
    arf_init(found);
    arf_set_d(wanted, s->tolerance / 64);
    arf_mul(wanted, wanted, v->upper, 53, ARF_RND_DOWN);
    arf_set_mag(found, rounding);
    bool rough = arf_cmp(found, wanted) > 0;
    arf_clear(wanted);
    arf_clear(found);
    return rough;
}

/* ---- intervals ------------------------------------------------------------------------------------- */

void qd_certify__interval_free(qd_certify_interval *v)
{
    arf_clear(v->lo);
    arf_clear(v->hi);
    arf_clear(v->upper);
    arf_clear(v->mark);
    arb_poly_clear(v->p);
    free(v);
}

/* Does halving still bring the bound and the best value together? What counts is a part of the tolerance. */
static void set_age(qd_certify_interval *v, const qd_certify_interval *whole, const qd_certify_search *s)
{
    arf_t least;
    v->age = 0;
    v->depth = whole != NULL ? whole->depth + 1 : 0;
    arf_sub(v->mark, v->upper, s->lower, 53, ARF_RND_UP);
    if (whole == NULL || !arf_is_finite(v->upper) || !arf_is_finite(whole->mark)) return;
    arf_init(least);
    arf_set_d(least, s->tolerance / 64);
    arf_mul(least, least, v->upper, 53, ARF_RND_DOWN);
    arf_add(least, least, v->mark, 53, ARF_RND_DOWN);
    if (arf_cmp(least, whole->mark) > 0) {
        arf_set(v->mark, whole->mark);
        v->age = whole->age + 1;
    }
    arf_clear(least);
}

qd_certify_interval *qd_certify__interval(qd_certify_search *s, slong k, const arf_t lo, const arf_t hi, const qd_certify_interval *whole)
{
    qd_certify_interval *v = qd_malloc(sizeof *v);
    mag_t rounding;
    mag_init(rounding);
    v->job = k;
    v->prec = whole != NULL ? whole->prec : FIRST_PREC;
    arf_init(v->lo);
    arf_init(v->hi);
    arf_init(v->upper);
    arf_init(v->mark);
    arb_poly_init(v->p);
    arf_set(v->lo, lo);
    arf_set(v->hi, hi);
    if (whole != NULL) inherit(v, whole);
    else localise(v, s->e + k);
    for (enclose(rounding, s, v); too_rough(s, v, rounding); enclose(rounding, s, v)) {
        v->prec *= 2;
        localise(v, s->e + k);
    }
    set_age(v, whole, s);
    s->made++;
    mag_clear(rounding);
    return v;
}
