/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One interval of the certificate: the polynomial there, with as many bits as its bound can use (method: certify.c). */
#include "spline/certify.h"

#include <stdlib.h>

#define FIRST_PREC 96 /* bits of an interval at first */

/* ---- the polynomial on an interval ------------------------------------------------------------------ */

void qd_certify__middle(arf_t c, arf_t h, const qd_certify_interval *v)
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

void qd_certify__set_rounding(mag_t rounding, const arb_poly_t p, slong prec)
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
    qd_certify__middle(c, h, v);
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
    qd_certify__middle(c, h, v);
    arb_set_arf(size, h);
    qd_certify__middle(d, h, half);
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

/* ---- intervals ------------------------------------------------------------------------------------- */

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
    for (qd_certify__enclose(rounding, s, v); too_rough(s, v, rounding); qd_certify__enclose(rounding, s, v)) {
        v->prec *= 2;
        localise(v, s->e + k);
    }
    set_age(v, whole, s);
    s->made++;
    mag_clear(rounding);
    return v;
}
