/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real algebraic numbers as they are stored.
   Invariant of a number that is not stored as a rational: poly is squarefree, primitive, of positive leading coefficient
   and degree >= 2, not zero at the dyadic ends lo < hi, and has exactly one root between them. */
#include "exact/impl.h"

void qd_alg_init(qd_alg_t a)
{
    fmpz_poly_init2(a->poly, 2);
    fmpz_poly_set_coeff_si(a->poly, 1, 1);
    fmpq_init(a->lo);
    fmpq_init(a->hi);
}

void qd_alg_clear(qd_alg_t a)
{
    fmpz_poly_clear(a->poly);
    fmpq_clear(a->lo);
    fmpq_clear(a->hi);
}

void qd_alg_swap(qd_alg_t a, qd_alg_t b)
{
    qd_alg_struct t = *a;
    *a = *b;
    *b = t;
}

void qd_alg_set(qd_alg_t a, const qd_alg_t b)
{
    fmpz_poly_set(a->poly, b->poly);
    fmpq_set(a->lo, b->lo);
    fmpq_set(a->hi, b->hi);
}

void qd_alg_set_fmpq(qd_alg_t a, const fmpq_t x)
{
    fmpq_t y;
    fmpq_init(y);
    fmpq_set(y, x);
    qd_alg__swap_fmpq(a, y);
    fmpq_clear(y);
}

void qd_alg__swap_fmpq(qd_alg_t a, fmpq_t x)
{
    fmpz_poly_fit_length(a->poly, 2);
    fmpz_neg(a->poly->coeffs, fmpq_numref(x));
    fmpz_set(a->poly->coeffs + 1, fmpq_denref(x));
    for (slong i = 2; i < a->poly->length; i++) fmpz_zero(a->poly->coeffs + i);
    _fmpz_poly_set_length(a->poly, 2);
    fmpq_swap(a->lo, x);
    fmpq_set(a->hi, a->lo);
}

void qd_alg__narrow(qd_alg_t a, fmpq_t lo, fmpq_t hi)
{
    if (fmpq_cmp(lo, a->lo) > 0) fmpq_swap(lo, a->lo);
    if (fmpq_cmp(hi, a->hi) < 0) fmpq_swap(hi, a->hi);
}

int qd_alg_is_rational_form(const qd_alg_t a)
{
    return fmpq_equal(a->lo, a->hi);
}
