/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Isolation of real roots. Second roads: roots known by construction; FLINT's Sturm count, on the whole line and, after a
   Moebius map, on an interval; signs at the ends of the isolating intervals by FLINT's evaluation. */
#include "exact/exact.h"
#include "shared/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 1;
static int multiplier = 1;

#define NOTE "case %d, QD_SEED=%lu"
#define CASE _i, (unsigned long) seed

/* ---- oracle ------------------------------------------------------------------------------ */

static int sign_at(const fmpz_poly_t p, const fmpq_t x)
{
    fmpq_t y;
    fmpq_init(y);
    fmpz_poly_evaluate_fmpq(y, p, x);
    int s = fmpq_sgn(y);
    fmpq_clear(y);
    return s;
}

/* Roots of p in the open interval (lo, hi): positive roots of (1+s)^n p((lo + hi s) / (1+s)), by Sturm's theorem. */
static slong count_between(const fmpz_poly_t p, const fmpq_t lo, const fmpq_t hi)
{
    slong n = fmpz_poly_degree(p), neg = 0, pos = 0;
    fmpq_poly_t f, x, y, power;
    fmpz_poly_t q;
    fmpq_poly_init(f);
    fmpq_poly_init(x);
    fmpq_poly_init(y);
    fmpq_poly_init(power);
    fmpz_poly_init(q);
    fmpq_poly_set_coeff_fmpq(x, 0, lo);
    fmpq_poly_set_coeff_fmpq(x, 1, hi);
    fmpq_poly_set_coeff_si(y, 0, 1);
    fmpq_poly_set_coeff_si(y, 1, 1);
    fmpq_poly_set_coeff_si(power, 0, 1);
    for (slong i = n; i >= 0; i--) {
        fmpq_poly_t t;
        fmpq_poly_init(t);
        fmpq_poly_mul(f, f, x);
        fmpq_poly_scalar_mul_fmpz(t, power, p->coeffs + i);
        fmpq_poly_add(f, f, t);
        fmpq_poly_mul(power, power, y);
        fmpq_poly_clear(t);
    }
    fmpq_poly_get_numerator(q, f);
    while (!fmpz_poly_is_zero(q) && fmpz_is_zero(q->coeffs)) fmpz_poly_shift_right(q, q, 1);
    if (fmpz_poly_degree(q) > 0) _fmpz_poly_num_real_roots_sturm(&neg, &pos, q->coeffs, q->length);
    fmpq_poly_clear(f);
    fmpq_poly_clear(x);
    fmpq_poly_clear(y);
    fmpq_poly_clear(power);
    fmpz_poly_clear(q);
    return pos;
}

static slong count_all(const fmpz_poly_t p)
{
    return fmpz_poly_degree(p) < 1 ? 0 : fmpz_poly_num_real_roots(p);
}

static int is_dyadic(const fmpq_t x)
{
    fmpz_t d;
    fmpz_init_set(d, fmpq_denref(x));
    while (fmpz_is_even(d)) fmpz_tdiv_q_2exp(d, d, 1);
    int yes = fmpz_is_one(d);
    fmpz_clear(d);
    return yes;
}

/* What the contract says of every list. Signs opposite at the ends prove a root in each interval; with the
   count from outside that is one root each. */
static void check_list(const qd_alg_list_t l, const fmpz_poly_t p, const fmpq *lo, const fmpq *hi, int _i)
{
    for (slong i = 0; i < l->n; i++) {
        const qd_alg_struct *a = l->e + i;
        ck_assert_msg(fmpq_is_canonical(a->lo) && fmpq_is_canonical(a->hi), NOTE, CASE);
        ck_assert_msg(lo == NULL || fmpq_cmp(lo, a->lo) <= 0, "left of the interval, " NOTE, CASE);
        ck_assert_msg(hi == NULL || fmpq_cmp(a->hi, hi) <= 0, "right of the interval, " NOTE, CASE);
        if (i > 0) {
            ck_assert_msg(fmpq_cmp(l->e[i - 1].hi, a->lo) <= 0, "order, " NOTE, CASE);
            ck_assert_msg(fmpq_cmp(l->e[i - 1].lo, a->hi) < 0, "order of equal ends, " NOTE, CASE);
        }
        if (fmpq_equal(a->lo, a->hi)) {
            ck_assert_msg(sign_at(p, a->lo) == 0, "rational root, " NOTE, CASE);
            ck_assert_msg(fmpz_poly_degree(a->poly) == 1 && sign_at(a->poly, a->lo) == 0, NOTE, CASE);
            continue;
        }
        ck_assert_msg(fmpq_cmp(a->lo, a->hi) < 0, NOTE, CASE);
        ck_assert_msg(is_dyadic(a->lo) && is_dyadic(a->hi), "dyadic ends, " NOTE, CASE);
        ck_assert_msg(sign_at(p, a->lo) * sign_at(p, a->hi) < 0 || sign_at(a->poly, a->lo) * sign_at(a->poly, a->hi) < 0,
                      "change of sign, " NOTE, CASE);
        ck_assert_msg(sign_at(a->poly, a->lo) * sign_at(a->poly, a->hi) < 0, "own change of sign, " NOTE, CASE);
        ck_assert_msg(fmpz_poly_degree(a->poly) >= 2 && fmpz_sgn(fmpz_poly_lead(a->poly)) > 0, NOTE, CASE);
        fmpz_poly_t r;
        fmpz_poly_init(r);
        fmpz_poly_primitive_part(r, p);
        ck_assert_msg(fmpz_poly_divides(r, r, a->poly), "poly divides, " NOTE, CASE);
        fmpz_poly_clear(r);
    }
}

/* ---- random polynomials -------------------------------------------------------------------- */

static void random_fmpz(fmpz_t c, qd_rng_t rng)
{
    switch (qd_rng_below(rng, 8)) {
    case 0:
    case 1:
        fmpz_zero(c);
        break;
    case 2:
    case 3:
        fmpz_set_si(c, qd_rng_range(rng, -3, 3));
        break;
    case 4:
        fmpz_set_si(c, qd_rng_range(rng, -1000, 1000));
        break;
    case 5:
        fmpz_set_si(c, (slong) qd_rng_u64(rng));
        break;
    case 6:
        fmpz_set_si(c, qd_rng_range(rng, -1, 1));
        fmpz_mul_2exp(c, c, qd_rng_below(rng, 600));
        break;
    default:
        fmpz_one(c);
        for (int k = (int) qd_rng_below(rng, 20); k >= 0; k--) {
            fmpz_mul_2exp(c, c, 62);
            fmpz_add_si(c, c, (slong) (qd_rng_u64(rng) >> 2));
        }
        if (qd_rng_below(rng, 2)) fmpz_neg(c, c);
    }
}

static void random_poly(fmpz_poly_t p, qd_rng_t rng, slong degree)
{
    fmpz_t c;
    fmpz_init(c);
    int tame = qd_rng_below(rng, 2);
    fmpz_poly_zero(p);
    for (slong i = 0; i <= degree; i++) {
        if (tame) fmpz_set_si(c, qd_rng_range(rng, -9, 9));
        else random_fmpz(c, rng);
        fmpz_poly_set_coeff_fmpz(p, i, c);
    }
    if (fmpz_poly_is_zero(p)) fmpz_poly_one(p);
    fmpz_clear(c);
}

/* p = p (d x - n) */
static void times_linear(fmpz_poly_t p, const fmpq_t x)
{
    fmpz_poly_t f;
    fmpz_poly_init(f);
    fmpz_poly_set_coeff_fmpz(f, 1, fmpq_denref(x));
    fmpz_poly_set_coeff_fmpz(f, 0, fmpq_numref(x));
    fmpz_neg(f->coeffs, f->coeffs);
    fmpz_poly_mul(p, p, f);
    fmpz_poly_clear(f);
}

static void make_squarefree(fmpz_poly_t p)
{
    fmpz_poly_t d;
    fmpz_poly_init(d);
    fmpz_poly_derivative(d, p);
    fmpz_poly_gcd(d, d, p);
    fmpz_poly_div(p, p, d);
    fmpz_poly_clear(d);
}

static void random_rational(fmpq_t x, qd_rng_t rng)
{
    fmpz_set_si(fmpq_numref(x), qd_rng_range(rng, -20, 20));
    fmpz_set_si(fmpq_denref(x), qd_rng_range(rng, 1, 8));
    if (qd_rng_below(rng, 6) == 0) {
        fmpz_mul_2exp(fmpq_denref(x), fmpq_denref(x), qd_rng_below(rng, 200));
        fmpz_add_si(fmpq_numref(x), fmpq_denref(x), qd_rng_range(rng, -2, 2));
    }
    fmpq_canonicalise(x);
}

/* A squarefree polynomial with many real roots, close ones and rational ones among them. */
static void random_product(fmpz_poly_t p, qd_rng_t rng)
{
    fmpz_poly_t q;
    fmpq_t x;
    fmpz_poly_init(q);
    fmpq_init(x);
    random_poly(p, rng, (slong) qd_rng_below(rng, 12));
    for (int k = (int) qd_rng_below(rng, 4); k > 0; k--) {
        random_poly(q, rng, 1 + (slong) qd_rng_below(rng, 4));
        fmpz_poly_mul(p, p, q);
        if (qd_rng_below(rng, 2)) { /* and a near copy of it */
            fmpz_poly_scalar_mul_2exp(q, q, 40 + qd_rng_below(rng, 100));
            fmpz_add_si(q->coeffs, q->coeffs, 1);
            fmpz_poly_mul(p, p, q);
        }
    }
    for (int k = (int) qd_rng_below(rng, 5); k > 0; k--) {
        random_rational(x, rng);
        times_linear(p, x);
    }
    make_squarefree(p);
    if (qd_rng_below(rng, 2)) fmpz_poly_neg(p, p);
    fmpz_poly_clear(q);
    fmpq_clear(x);
}

/* ---- tests --------------------------------------------------------------------------------- */

START_TEST(count_equals_sturm)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpz_poly_t p, copy;
    qd_alg_list_t l;
    qd_rng_init(rng, seed, (uint64_t) _i);
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpz_poly_init(copy);
    qd_alg_list_init(l);
    if (_i % 3 == 0) {
        random_poly(p, rng, _i % 40);
        make_squarefree(p);
    } else random_product(p, rng);
    fmpz_poly_set(copy, p);
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert(fmpz_poly_equal(p, copy));
    ck_assert_msg(l->n == count_all(p), "%ld roots, %ld expected, " NOTE, (long) l->n, (long) count_all(p), CASE);
    check_list(l, p, NULL, NULL, _i);
    qd_alg_list_clear(l);
    fmpz_poly_clear(p);
    fmpz_poly_clear(copy);
    flint_cleanup();
}
END_TEST

/* Coefficients of very different size: forms whose coefficients span thousands of bits. */
START_TEST(wild_coefficients)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpz_poly_t p;
    qd_alg_list_t l;
    qd_rng_init(rng, seed, (uint64_t) _i + 4000000);
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    qd_alg_list_init(l);
    slong n = 3 + (slong) qd_rng_below(rng, 30), size = 1 << qd_rng_below(rng, 12);
    for (slong i = 0; i <= n; i++) {
        if (i < n && qd_rng_below(rng, 3) == 0) continue;
        fmpz_poly_set_coeff_si(p, i, 2 * qd_rng_range(rng, -9, 9) + 1);
        fmpz_mul_2exp(p->coeffs + i, p->coeffs + i, qd_rng_below(rng, (uint64_t) size));
    }
    make_squarefree(p);
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert_msg(l->n == count_all(p), "%ld roots, %ld expected, " NOTE, (long) l->n, (long) count_all(p), CASE);
    check_list(l, p, NULL, NULL, _i);
    qd_alg_list_clear(l);
    fmpz_poly_clear(p);
    flint_cleanup();
}
END_TEST

/* Ends at roots, just beside roots, dyadic or not, in the wrong order, equal, infinite. */
START_TEST(interval_equals_sturm)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpz_poly_t p;
    fmpq_t lo, hi, eps;
    qd_alg_list_t l;
    qd_rng_init(rng, seed, (uint64_t) _i + 1000000);
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_init(eps);
    qd_alg_list_init(l);
    if (_i % 2) random_product(p, rng);
    else {
        random_poly(p, rng, _i % 14);
        make_squarefree(p);
    }
    random_rational(lo, rng);
    random_rational(hi, rng);
    if (qd_rng_below(rng, 8) == 0) fmpq_set(hi, lo);
    if (qd_rng_below(rng, 4) && fmpq_cmp(lo, hi) > 0) fmpq_swap(lo, hi);
    if (qd_rng_below(rng, 3) == 0) {
        times_linear(p, lo);
        if (qd_rng_below(rng, 2)) times_linear(p, hi);
        make_squarefree(p);
        fmpq_set_si(eps, qd_rng_range(rng, -1, 1), 3);
        fmpq_div_2exp(eps, eps, qd_rng_below(rng, 150));
        if (qd_rng_below(rng, 2)) fmpq_add(lo, lo, eps);
        if (qd_rng_below(rng, 2)) fmpq_add(hi, hi, eps);
    }
    const fmpq *a = qd_rng_below(rng, 8) ? lo : NULL, *b = qd_rng_below(rng, 8) ? hi : NULL;
    ck_assert_int_eq(qd_root_isolate(l, p, a, b, ctx), QD_OK);
    /* infinite ends: any number beyond all roots */
    fmpz_t beyond;
    fmpz_init(beyond);
    if (fmpz_poly_degree(p) > 0) fmpz_poly_bound_roots(beyond, p);
    fmpz_add_ui(beyond, beyond, 1);
    if (b == NULL) fmpq_set_fmpz(hi, beyond);
    fmpz_neg(beyond, beyond);
    if (a == NULL) fmpq_set_fmpz(lo, beyond);
    fmpz_clear(beyond);
    slong expected = 0;
    int order = fmpq_cmp(lo, hi);
    if (order == 0) expected = sign_at(p, lo) == 0;
    if (order < 0) expected = count_between(p, lo, hi) + (sign_at(p, lo) == 0) + (sign_at(p, hi) == 0);
    ck_assert_msg(l->n == expected, "%ld roots, %ld expected, " NOTE, (long) l->n, (long) expected, CASE);
    check_list(l, p, a, b, _i);
    if (l->n > 0 && order <= 0) {
        ck_assert_msg(a == NULL || sign_at(p, lo) != 0 || fmpq_equal(l->e[0].hi, lo), "root at lo, " NOTE, CASE);
        ck_assert_msg(b == NULL || sign_at(p, hi) != 0 || fmpq_equal(l->e[l->n - 1].lo, hi), "root at hi, " NOTE, CASE);
    }
    qd_alg_list_clear(l);
    fmpz_poly_clear(p);
    fmpq_clear(lo);
    fmpq_clear(hi);
    fmpq_clear(eps);
    flint_cleanup();
}
END_TEST

static int compare_fmpq(const void *a, const void *b)
{
    return fmpq_cmp(a, b);
}

START_TEST(known_rational_roots)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpz_poly_t p;
    qd_alg_list_t l;
    qd_rng_init(rng, seed, (uint64_t) _i + 2000000);
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    qd_alg_list_init(l);
    slong n = _i % 12, m = 0;
    fmpq *x = _fmpq_vec_init(n);
    for (slong i = 0; i < n; i++) random_rational(x + i, rng);
    qsort(x, (size_t) n, sizeof(fmpq), compare_fmpq);
    fmpz_poly_set_coeff_si(p, 2, _i % 3); /* a factor without real roots */
    fmpz_poly_set_coeff_si(p, 0, 7);
    for (slong i = 0; i < n; i++)
        if (m == 0 || !fmpq_equal(x + i, x + m - 1)) {
            times_linear(p, x + i);
            fmpq_set(x + m++, x + i);
        }
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert_msg(l->n == m, NOTE, CASE);
    for (slong i = 0; i < m; i++) {
        ck_assert_msg(qd_alg_cmp_fmpq(l->e + i, x + i) == 0, NOTE, CASE);
        qd_alg_simplify(l->e + i);
        ck_assert_msg(qd_alg_is_rational_form(l->e + i) && fmpq_equal(l->e[i].lo, x + i), NOTE, CASE);
    }
    _fmpq_vec_clear(x, n);
    qd_alg_list_clear(l);
    fmpz_poly_clear(p);
    flint_cleanup();
}
END_TEST

static void isolate_and_check(const fmpz_poly_t p, slong expected)
{
    qd_ctx_t ctx;
    qd_alg_list_t l;
    qd_ctx_init(ctx);
    qd_alg_list_init(l);
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert_int_eq(l->n, expected);
    check_list(l, p, NULL, NULL, 0);
    qd_alg_list_clear(l);
}

START_TEST(close_roots)
{
    fmpz_poly_t p, q;
    fmpz_t c;
    fmpz_poly_init(p);
    fmpz_poly_init(q);
    fmpz_init(c);
    /* ((x^2-2)^2 - 10^-130) 10^130 */
    fmpz_set_ui(c, 10);
    fmpz_pow_ui(c, c, 130);
    fmpz_poly_set_str(q, "3  -2 0 1");
    fmpz_poly_mul(p, q, q);
    fmpz_poly_scalar_mul_fmpz(p, p, c);
    fmpz_sub_ui(p->coeffs, p->coeffs, 1);
    isolate_and_check(p, 4);
    fmpz_add_ui(p->coeffs, p->coeffs, 2);
    isolate_and_check(p, 0);
    /* Mignotte: x^n - 2 (a x - 1)^2, two roots within 2 a^-(n+2)/2 of 1/a */
    for (slong n = 5; n <= 60; n += 11)
        for (slong k = 4; k <= 40; k += 12) {
            fmpz_poly_zero(q);
            fmpz_poly_set_coeff_si(q, 1, WORD(1) << k | 1);
            fmpz_poly_set_coeff_si(q, 0, -1);
            fmpz_poly_mul(q, q, q);
            fmpz_poly_scalar_mul_si(q, q, -2);
            fmpz_poly_zero(p);
            fmpz_poly_set_coeff_si(p, n, 1);
            fmpz_poly_add(p, p, q);
            isolate_and_check(p, n % 2 ? 3 : 4);
        }
    /* many roots close to many: T_16(x) and 2^200 T_16(x) + 1 */
    fmpz_poly_chebyshev_t(p, 16);
    fmpz_poly_scalar_mul_2exp(q, p, 200);
    fmpz_add_ui(q->coeffs, q->coeffs, 1);
    fmpz_poly_mul(p, p, q);
    isolate_and_check(p, 32);
    fmpz_poly_clear(p);
    fmpz_poly_clear(q);
    fmpz_clear(c);
    flint_cleanup();
}
END_TEST

/* The roots of T_n are cos((2k-1) pi / 2n). */
static void chebyshev(slong n)
{
    qd_ctx_t ctx;
    qd_alg_list_t l;
    fmpz_poly_t p;
    fmpq_t k;
    arb_t x;
    arf_t lo, hi;
    qd_ctx_init(ctx);
    qd_alg_list_init(l);
    fmpz_poly_init(p);
    fmpq_init(k);
    arb_init(x);
    arf_init(lo);
    arf_init(hi);
    fmpz_poly_chebyshev_t(p, (ulong) n);
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert_int_eq(l->n, n);
    check_list(l, p, NULL, NULL, (int) n);
    for (slong i = 0; i < n; i++) {
        fmpq_set_si(k, 2 * (n - i) - 1, 2 * (ulong) n);
        arb_cos_pi_fmpq(x, k, 200);
        qd_alg_refine(l->e + i, 60);
        arf_set_fmpq(lo, l->e[i].lo, 300, ARF_RND_FLOOR);
        arf_set_fmpq(hi, l->e[i].hi, 300, ARF_RND_CEIL);
        if (arf_equal(lo, hi)) ck_assert(arb_contains_arf(x, lo));
        else {
            arf_sub(lo, arb_midref(x), lo, 300, ARF_RND_DOWN);
            arf_sub(hi, hi, arb_midref(x), 300, ARF_RND_DOWN);
            ck_assert(arf_cmp_2exp_si(lo, -190) > 0 && arf_cmp_2exp_si(hi, -190) > 0);
            ck_assert(arf_cmp_2exp_si(lo, -60) <= 0 && arf_cmp_2exp_si(hi, -60) <= 0);
        }
    }
    fmpz_poly_clear(p);
    fmpq_clear(k);
    arb_clear(x);
    arf_clear(lo);
    arf_clear(hi);
    qd_alg_list_clear(l);
    flint_cleanup();
}

START_TEST(chebyshev_small)
{
    for (slong n = 3; n < 40; n++) chebyshev(n);
    chebyshev(64);
}
END_TEST

START_TEST(chebyshev_large)
{
    chebyshev(256);
}
END_TEST

START_TEST(wilkinson)
{
    fmpz_poly_t p;
    fmpq_t x;
    qd_ctx_t ctx;
    qd_alg_list_t l;
    qd_ctx_init(ctx);
    qd_alg_list_init(l);
    fmpz_poly_init(p);
    fmpq_init(x);
    fmpz_poly_one(p);
    for (slong i = 1; i <= 60; i++) {
        fmpq_set_si(x, i, 1);
        times_linear(p, x);
    }
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert_int_eq(l->n, 60);
    for (slong i = 1; i <= 60; i++) {
        qd_alg_simplify(l->e + i - 1);
        ck_assert(qd_alg_is_rational_form(l->e + i - 1));
        ck_assert_int_eq(fmpq_cmp_si(l->e[i - 1].lo, i), 0);
    }
    fmpz_poly_clear(p);
    fmpq_clear(x);
    qd_alg_list_clear(l);
    flint_cleanup();
}
END_TEST

/* x^n - c for c from 2^-2000 to 2^2000, and roots of very different size in one polynomial. */
START_TEST(scales)
{
    fmpz_poly_t p;
    fmpq_t x;
    fmpz_poly_init(p);
    fmpq_init(x);
    for (slong n = 1; n < 40; n += 3)
        for (slong k = -2000; k <= 2000; k += 500) {
            fmpz_poly_zero(p);
            fmpz_poly_set_coeff_si(p, n, 1);
            fmpz_poly_set_coeff_si(p, 0, -3);
            fmpz_mul_2exp(p->coeffs + (k < 0 ? n : 0), p->coeffs + (k < 0 ? n : 0), (ulong) labs(k));
            isolate_and_check(p, n % 2 ? 1 : 2);
        }
    /* 2 - 2^1240 x^3 + (2^1240 + d) x^17 - 2 x^28, roots near 2^-413, 1, 2^112: coefficients below the range of doubles */
    for (slong d = -1; d <= 1; d++) {
        fmpz_poly_zero(p);
        fmpz_poly_set_coeff_si(p, 0, 2);
        fmpz_poly_set_coeff_si(p, 28, -2);
        fmpz_poly_set_coeff_si(p, 3, -1);
        fmpz_poly_set_coeff_si(p, 17, 1);
        fmpz_mul_2exp(p->coeffs + 3, p->coeffs + 3, 1240);
        fmpz_mul_2exp(p->coeffs + 17, p->coeffs + 17, 1240);
        fmpz_add_si(p->coeffs + 17, p->coeffs + 17, d);
        make_squarefree(p);
        isolate_and_check(p, count_all(p));
    }
    fmpz_poly_one(p);
    for (slong k = -900; k <= 900; k += 200) {
        fmpq_set_si(x, k % 400 ? 3 : -5, 1);
        if (k < 0) fmpq_div_2exp(x, x, (ulong) -k);
        else fmpq_mul_2exp(x, x, (ulong) k);
        times_linear(p, x);
    }
    isolate_and_check(p, 10);
    fmpz_poly_clear(p);
    fmpq_clear(x);
    flint_cleanup();
}
END_TEST

/* Degrees above QD_FORM_MAX_DEGREE. */
START_TEST(high_degree)
{
    qd_rng_t rng;
    fmpz_poly_t p;
    qd_ctx_t ctx;
    qd_alg_list_t l;
    qd_ctx_init(ctx);
    qd_alg_list_init(l);
    fmpz_poly_init(p);
    qd_rng_init(rng, seed, 77);
    fmpz_poly_set_coeff_si(p, 700, 1);
    fmpz_poly_set_coeff_si(p, 1, -3);
    fmpz_poly_set_coeff_si(p, 0, 1);
    isolate_and_check(p, 2);
    for (slong i = 0; i <= 600; i++) fmpz_poly_set_coeff_si(p, i, qd_rng_range(rng, -9, 9));
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    check_list(l, p, NULL, NULL, 0);
    qd_alg_list_clear(l);
    fmpz_poly_clear(p);
    flint_cleanup();
}
END_TEST

START_TEST(budget_leaves_result)
{
    qd_ctx_t ctx;
    fmpz_poly_t p;
    qd_alg_list_t l;
    qd_ctx_init(ctx);
    qd_alg_list_init(l);
    fmpz_poly_init(p);
    qd_alg_list_add(l, NULL);
    fmpz_poly_chebyshev_t(p, 128);
    ctx->max_seconds = 1e-9;
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_EUNABLE);
    ck_assert_int_gt((int) strlen(qd_ctx_message(ctx)), 0);
    ck_assert_int_eq(l->n, 1);
    ck_assert(fmpq_is_zero(l->e[0].lo));
    qd_alg_list_clear(l);
    fmpz_poly_clear(p);
    flint_cleanup();
}
END_TEST

START_TEST(lists)
{
    qd_alg_list_t l, m;
    fmpq_t x;
    qd_alg_list_init(l);
    qd_alg_list_init(m);
    fmpq_init(x);
    for (slong i = 0; i < 40; i++) {
        fmpq_set_si(x, i, 3);
        fmpq_canonicalise(x);
        qd_alg_set_fmpq(qd_alg_list_add(l, NULL), x);
        qd_alg_list_add(l, l->e); /* an element of the list that grows */
    }
    qd_alg_list_swap(l, m);
    ck_assert(l->n == 0 && m->n == 80);
    ck_assert(fmpq_is_zero(m->e[79].lo));
    ck_assert(fmpq_equal(m->e[78].lo, x));
    qd_alg_list_clear(l);
    qd_alg_list_clear(m);
    fmpq_clear(x);
    flint_cleanup();
}
END_TEST

/* Irreducible factors with chosen multiplicities. */
START_TEST(odd_and_squarefree_parts)
{
    static const char *const factor[] = {"2  0 1",   "2  -1 2",     "2  7 3",     "3  -2 0 1",
                                         "3  1 0 1", "4  -2 0 0 1", "4  5 1 0 3", "6  -1 -1 0 0 0 1"};
    qd_rng_t rng;
    fmpz_poly_t p, f, odd, all, q;
    qd_rng_init(rng, seed, (uint64_t) _i + 3000000);
    fmpz_poly_init(p);
    fmpz_poly_init(f);
    fmpz_poly_init(odd);
    fmpz_poly_init(all);
    fmpz_poly_init(q);
    fmpz_poly_set_coeff_si(p, 0, qd_rng_below(rng, 2) ? -6 : 35);
    fmpz_poly_one(odd);
    fmpz_poly_one(all);
    for (int k = 0; k < 8; k++) {
        int e = qd_rng_below(rng, 2) ? (int) qd_rng_below(rng, 4) : 0;
        fmpz_poly_set_str(f, factor[k]);
        for (int i = 0; i < e; i++) fmpz_poly_mul(p, p, f);
        if (e % 2) fmpz_poly_mul(odd, odd, f);
        if (e > 0) fmpz_poly_mul(all, all, f);
    }
    qd_root_odd_part(q, p);
    ck_assert_msg(fmpz_poly_equal(q, odd), "odd, " NOTE, CASE);
    qd_root_squarefree_part(q, p);
    ck_assert_msg(fmpz_poly_equal(q, all), "squarefree, " NOTE, CASE);
    qd_root_odd_part(p, p);
    ck_assert_msg(fmpz_poly_equal(p, odd), "aliased, " NOTE, CASE);
    fmpz_poly_clear(p);
    fmpz_poly_clear(f);
    fmpz_poly_clear(odd);
    fmpz_poly_clear(all);
    fmpz_poly_clear(q);
    flint_cleanup();
}
END_TEST

/* A prime that divides the leading coefficient hides a repeated factor; this one is the first above 2^62, of which the program thinks much. */
START_TEST(repeated_factor_of_a_large_leading_coefficient)
{
    fmpz_poly_t p, f, g;
    fmpz_poly_init(p);
    fmpz_poly_init(f);
    fmpz_poly_init(g);
    fmpz_poly_set_str(f, "2  -1 4611686018427388039");
    fmpz_poly_set_str(g, "3  -2 0 1");
    for (int e = 1; e <= 3; e++) {
        fmpz_poly_pow(p, f, (ulong) e);
        fmpz_poly_mul(p, p, g);
        qd_root_squarefree_part(p, p);
        fmpz_poly_mul(g, g, f);
        ck_assert_msg(fmpz_poly_equal(p, g), "squarefree, multiplicity %d", e);
        fmpz_poly_pow(p, f, (ulong) e);
        fmpz_poly_div(g, g, f);
        fmpz_poly_mul(p, p, g);
        qd_root_odd_part(p, p);
        if (e % 2) fmpz_poly_mul(g, g, f);
        ck_assert_msg(fmpz_poly_equal(p, g), "odd, multiplicity %d", e);
        if (e % 2) fmpz_poly_div(g, g, f);
    }
    fmpz_poly_clear(p);
    fmpz_poly_clear(f);
    fmpz_poly_clear(g);
    flint_cleanup();
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *s = suite_create("root");
    TCase *tc = tcase_create("root"), *slow = tcase_create("slow");
    tcase_add_loop_test(tc, count_equals_sturm, 0, 300 * multiplier);
    tcase_add_loop_test(tc, wild_coefficients, 0, 150 * multiplier);
    tcase_add_loop_test(tc, interval_equals_sturm, 0, 500 * multiplier);
    tcase_add_loop_test(tc, known_rational_roots, 0, 100 * multiplier);
    tcase_add_loop_test(tc, odd_and_squarefree_parts, 0, 60 * multiplier);
    tcase_add_test(tc, repeated_factor_of_a_large_leading_coefficient);
    tcase_add_test(tc, wilkinson);
    tcase_add_test(tc, budget_leaves_result);
    tcase_add_test(tc, lists);
    tcase_set_timeout(tc, 20);
    tcase_add_test(slow, close_roots);
    tcase_add_test(slow, chebyshev_small);
    tcase_add_test(slow, chebyshev_large);
    tcase_add_test(slow, scales);
    tcase_add_test(slow, high_degree);
    tcase_set_tags(slow, "slow");
    tcase_set_timeout(slow, 120);
    suite_add_tcase(s, tc);
    suite_add_tcase(s, slow);
    return test_run(s);
}
