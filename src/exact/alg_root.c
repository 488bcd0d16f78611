/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real algebraic numbers from a polynomial and an interval, and the test whether one is rational. A number made here by degree 2 is
   irrational, since a square discriminant is seen at once; qd_alg_simplify does not rely on it. */
#include "exact/impl.h"

#include <stdlib.h>

/* ---- from an interval ---------------------------------------------------------------------- */

void qd_root__make_dyadic(fmpq_t lo, fmpq_t hi, const fmpz_poly_t p)
{
    fmpq_t m;
    fmpq_init(m);
    int s = qd_point__sign(p, lo);
    fmpq_sub(m, hi, lo);
    slong k = 2 - qd_dyadic__size(m, 0);
    while (!qd_dyadic__is(lo) || !qd_dyadic__is(hi)) {
        int left = !qd_dyadic__is(lo);
        qd_dyadic__round(m, left ? lo : hi, k, left);
        if (fmpq_cmp(lo, m) < 0 && fmpq_cmp(m, hi) < 0) {
            int t = qd_point__sign(p, m);
            if (t == 0) {
                fmpq_set(lo, m);
                fmpq_set(hi, m);
            } else fmpq_swap(t == s ? lo : hi, m); /* the root may be on either side of m */
        }
        k += k > 64 ? k / 2 : 16;
    }
    fmpq_clear(m);
}

qd_status qd_alg_set_root(qd_alg_t a, const fmpz_poly_t p, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_alg_t b;
    qd_alg_init(b);
    qd_root_squarefree_part(b->poly, p);
    fmpq_set(b->lo, lo);
    fmpq_set(b->hi, hi);
    if (fmpq_cmp(lo, hi) >= 0 || qd_point__sign(b->poly, lo) * qd_point__sign(b->poly, hi) >= 0) {
        st = qd_fail(ctx, QD_EDOMAIN,
                     "the polynomial of degree %ld does not change sign over the interval, "
                     "expected exactly one root inside",
                     (long) fmpz_poly_degree(p));
        goto done;
    }
    if (fmpz_poly_degree(b->poly) == 1) {
        fmpz_neg(fmpq_numref(b->lo), b->poly->coeffs);
        fmpz_set(fmpq_denref(b->lo), b->poly->coeffs + 1);
        fmpq_set(b->hi, b->lo);
    } else {
        if (fmpz_poly_degree(b->poly) == 2) qd_alg__rational_if_square(b);
        if (!qd_alg_is_rational_form(b)) {
            qd_root__make_dyadic(b->lo, b->hi, b->poly);
            if (qd_alg_is_rational_form(b)) qd_alg_set_fmpq(b, b->lo);
        }
    }
    qd_alg_swap(a, b);
done:
    qd_alg_clear(b);
    return st;
}

/* ---- rational or not ----------------------------------------------------------------------- */

/* 1: the polynomial has no root modulo some small prime that does not divide its leading coefficient, so
   it has no rational root. 0: not known. */
static int no_rational_root(const fmpz_poly_t p)
{
    static const unsigned char primes[] = {5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    slong n = fmpz_poly_degree(p);
    ulong *c = qd_malloc(sizeof(ulong) * (size_t) (n + 1));
    int none = 0;
    for (size_t k = 0; k < sizeof primes && !none; k++) {
        ulong q = primes[k];
        for (slong i = 0; i <= n; i++) c[i] = fmpz_fdiv_ui(p->coeffs + i, q);
        if (c[n] == 0) continue;
        none = 1;
        for (ulong x = 0; x < q && none; x++) {
            ulong v = 0;
            for (slong i = n; i >= 0; i--) v = (v * x + c[i]) % q;
            none = v != 0;
        }
    }
    free(c);
    return none;
}

void qd_alg_simplify(qd_alg_t a)
{
    if (qd_alg_is_rational_form(a)) return;
    if (fmpz_poly_degree(a->poly) == 2) {
        qd_alg__rational_if_square(a);
        return;
    }
    if (no_rational_root(a->poly)) return;
    /* lc a is an integer if a is rational: 20 bits beyond the size of lc leave an irrational number
       without a candidate nearly always. */
    fmpz_t m;
    fmpq_t x;
    fmpz_init(m);
    fmpq_init(x);
    const fmpz *lead = fmpz_poly_lead(a->poly);
    slong mag = qd_dyadic__size(fmpq_is_zero(a->lo) ? a->hi : a->lo, 1);
    if (!fmpq_is_zero(a->hi) && qd_dyadic__size(a->hi, 1) > mag) mag = qd_dyadic__size(a->hi, 1);
    qd_alg_refine(a, (slong) fmpz_bits(lead) + 20 + (mag > 0 ? mag : 0));
    if (!qd_alg_is_rational_form(a)) {
        fmpq_mul_fmpz(x, a->hi, lead);
        fmpz_cdiv_q(m, fmpq_numref(x), fmpq_denref(x));
        fmpz_sub_ui(m, m, 1); /* the largest integer below lc hi */
        fmpq_set_fmpz_frac(x, m, lead);
        if (fmpq_cmp(a->lo, x) < 0 && qd_point__maybe_root(a->poly, x) && qd_point__sign(a->poly, x) == 0) qd_alg__swap_fmpq(a, x);
    }
    fmpz_clear(m);
    fmpq_clear(x);
}
