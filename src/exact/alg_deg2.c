/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quadratic numbers: rational exactly if the discriminant is a square, refined by one square root. */
#include "exact/impl.h"

void qd_alg__discriminant(fmpz_t d, const fmpz_poly_t p)
{
    fmpz_t t;
    fmpz_init(t);
    fmpz_mul(t, p->coeffs, p->coeffs + 2);
    fmpz_mul_2exp(t, t, 2);
    fmpz_mul(d, p->coeffs + 1, p->coeffs + 1);
    fmpz_sub(d, d, t);
    fmpz_clear(t);
}

void qd_alg__rational_root2(fmpq_t x, const fmpz_poly_t p, const fmpz_t r, int which)
{
    fmpz_neg(fmpq_numref(x), p->coeffs + 1);
    if ((fmpz_sgn(p->coeffs + 2) > 0) == which) fmpz_add(fmpq_numref(x), fmpq_numref(x), r);
    else fmpz_sub(fmpq_numref(x), fmpq_numref(x), r);
    fmpz_mul_2exp(fmpq_denref(x), p->coeffs + 2, 1);
    fmpq_canonicalise(x);
}

void qd_alg__rational_if_square(qd_alg_t a)
{
    fmpz_t d;
    fmpq_t x;
    fmpz_init(d);
    fmpq_init(x);
    qd_alg__discriminant(d, a->poly);
    if (fmpz_is_square(d)) {
        fmpz_sqrt(d, d);
        for (int which = 0; which < 2; which++) {
            qd_alg__rational_root2(x, a->poly, d, which);
            if (fmpq_cmp(a->lo, x) < 0 && fmpq_cmp(x, a->hi) < 0) {
                qd_alg__swap_fmpq(a, x);
                break;
            }
        }
    }
    fmpq_clear(x);
    fmpz_clear(d);
}

/* x = (-b +- sqrt(d)) / 2a or its conjugate form, whichever adds numbers of one sign. */
static void root2(arb_t x, const fmpz_poly_t p, int larger, slong prec)
{
    const fmpz *c = p->coeffs;
    fmpz_t d;
    arb_t r;
    fmpz_init(d);
    arb_init(r);
    qd_alg__discriminant(d, p);
    arb_sqrt_fmpz(r, d, prec);
    if (larger == (fmpz_sgn(c + 1) <= 0)) {
        arb_set_fmpz(x, c + 1);
        arb_neg(x, x);
        if (larger) arb_add(x, x, r, prec);
        else arb_sub(x, x, r, prec);
        arb_mul_2exp_si(x, x, -1);
        arb_div_fmpz(x, x, c + 2, prec);
    } else {
        arb_set_fmpz(x, c + 1);
        if (larger) arb_add(x, x, r, prec);
        else arb_sub(x, x, r, prec);
        arb_mul_2exp_si(x, x, -1);
        arb_set_fmpz(r, c);
        arb_div(x, r, x, prec);
        arb_neg(x, x);
    }
    arb_clear(r);
    fmpz_clear(d);
}

void qd_alg__refine2(qd_alg_t a, slong bits)
{
    arf_t l, h;
    arb_t x;
    fmpq_t lo, hi;
    arf_init(l);
    arf_init(h);
    arb_init(x);
    fmpq_init(lo);
    fmpq_init(hi);
    root2(x, a->poly, qd_point__sign(a->poly, a->hi) > 0, (bits > 0 ? bits : 0) + 16);
    arb_get_lbound_arf(l, x, (bits > 0 ? bits : 0) + 32);
    arb_get_ubound_arf(h, x, (bits > 0 ? bits : 0) + 32);
    arf_get_fmpq(lo, l);
    arf_get_fmpq(hi, h);
    qd_alg__narrow(a, lo, hi);
    fmpq_clear(lo);
    fmpq_clear(hi);
    arb_clear(x);
    arf_clear(l);
    arf_clear(h);
}
