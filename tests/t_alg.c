/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real algebraic numbers. Second road: the numbers are r + s k^(1/m) with rational r, s, k in {2, 3, 5, 7}, m in {2, 3}, so
   that equality is known from (r, s, k, m), order from balls of 20000 bits, and f(a) = 0 from division by
   the minimal polynomial. Each comes as a root of a product with other factors. */
#include "exact/exact.h"
#include "shared/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PREC 20000
#define NOTE "case %d, QD_SEED=%lu"
#define CASE _i, (unsigned long) seed

static uint64_t seed = 1;
static int multiplier = 1;

/* ---- numbers that are known otherwise ------------------------------------------------------ */

typedef struct {
    fmpq_t r, s;
    int k, m;
    arb_t value;
    fmpz_poly_t min; /* primitive minimal polynomial */
    qd_alg_t a;
} known;

static void known_init(known *x)
{
    fmpq_init(x->r);
    fmpq_init(x->s);
    arb_init(x->value);
    fmpz_poly_init(x->min);
    qd_alg_init(x->a);
}

static void known_clear(known *x)
{
    fmpq_clear(x->r);
    fmpq_clear(x->s);
    arb_clear(x->value);
    fmpz_poly_clear(x->min);
    qd_alg_clear(x->a);
}

static void random_rational(fmpq_t x, qd_rng_t rng)
{
    fmpz_set_si(fmpq_numref(x), qd_rng_range(rng, -3, 3));
    fmpz_set_si(fmpq_denref(x), qd_rng_range(rng, 1, 3));
    switch (qd_rng_below(rng, 8)) {
    case 0: /* close to a small one */
        fmpz_mul_2exp(fmpq_numref(x), fmpq_numref(x), 300);
        fmpz_mul_2exp(fmpq_denref(x), fmpq_denref(x), 300);
        fmpz_add_si(fmpq_numref(x), fmpq_numref(x), qd_rng_range(rng, -1, 1));
        break;
    case 1:
        fmpz_mul_2exp(fmpq_numref(x), fmpq_numref(x), qd_rng_below(rng, 300));
        break;
    case 2:
        fmpz_mul_2exp(fmpq_denref(x), fmpq_denref(x), qd_rng_below(rng, 300));
        break;
    }
    fmpq_canonicalise(x);
}

static void finish(known *x)
{
    fmpq_poly_t f, g;
    fmpq_t t;
    arb_t u;
    arb_init(u);
    fmpq_poly_init(f);
    fmpq_poly_init(g);
    fmpq_init(t);
    arb_set_si(u, x->k);
    arb_root_ui(u, u, (ulong) x->m, PREC);
    arb_set_fmpq(x->value, x->s, PREC);
    arb_mul(u, u, x->value, PREC);
    arb_set_fmpq(x->value, x->r, PREC);
    arb_add(x->value, x->value, u, PREC);
    fmpq_poly_set_coeff_si(g, 1, 1);
    fmpq_neg(t, x->r);
    fmpq_poly_set_coeff_fmpq(g, 0, t);
    if (fmpq_is_zero(x->s)) fmpq_poly_set(f, g);
    else {
        fmpq_poly_pow(f, g, (ulong) x->m);
        fmpq_pow_si(t, x->s, x->m);
        fmpq_mul_si(t, t, x->k);
        fmpq_poly_set_coeff_si(g, 1, 0);
        fmpq_poly_set_coeff_fmpq(g, 0, t);
        fmpq_poly_sub(f, f, g);
    }
    fmpq_poly_get_numerator(x->min, f);
    fmpz_poly_primitive_part(x->min, x->min);
    fmpq_poly_clear(f);
    fmpq_poly_clear(g);
    fmpq_clear(t);
    arb_clear(u);
}

static const char *const extra[] = {"1  1",     "2  -5 1", "3  -2 0 1",       "4  -2 0 0 1", "4  1 0 0 1",
                                    "3  1 1 1", "2  0 1",  "5  -10 1 -3 0 4", "3  -3 0 1"};

/* a = the root of min times a random cofactor that x is. */
static void hide(known *x, qd_rng_t rng)
{
    qd_ctx_t ctx;
    fmpz_poly_t p, f;
    qd_alg_list_t l;
    arb_t t;
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpz_poly_init(f);
    qd_alg_list_init(l);
    arb_init(t);
    fmpz_poly_set(p, x->min);
    for (int k = (int) qd_rng_below(rng, 4); k > 0; k--) {
        fmpz_poly_set_str(f, extra[qd_rng_below(rng, 9)]);
        fmpz_poly_mul(p, p, f);
    }
    qd_root_squarefree_part(p, p);
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    int found = 0;
    for (slong i = 0; i < l->n; i++) {
        arb_set_fmpq(t, l->e[i].lo, PREC);
        if (qd_alg_is_rational_form(l->e + i) ? !arb_overlaps(t, x->value) : !arb_lt(t, x->value)) continue;
        arb_set_fmpq(t, l->e[i].hi, PREC);
        if (!qd_alg_is_rational_form(l->e + i) && !arb_lt(x->value, t)) continue;
        qd_alg_set(x->a, l->e + i);
        found++;
    }
    ck_assert_int_eq(found, 1);
    if (qd_rng_below(rng, 3) == 0) qd_alg_refine(x->a, (slong) qd_rng_below(rng, 400));
    if (qd_rng_below(rng, 4) == 0) qd_alg_simplify(x->a);
    fmpz_poly_clear(p);
    fmpz_poly_clear(f);
    qd_alg_list_clear(l);
    arb_clear(t);
}

static void random_known(known *x, qd_rng_t rng)
{
    static const int k[] = {2, 3, 5, 7};
    random_rational(x->r, rng);
    random_rational(x->s, rng);
    if (qd_rng_below(rng, 3) == 0) fmpq_zero(x->r);
    if (qd_rng_below(rng, 4) == 0) fmpq_zero(x->s);
    x->k = k[qd_rng_below(rng, 4)];
    x->m = 2 + (int) qd_rng_below(rng, 2);
    finish(x);
    hide(x, rng);
}

/* y = x or a neighbour of x, from a polynomial of its own. */
static void relative_of(known *y, const known *x, qd_rng_t rng)
{
    fmpq_set(y->r, x->r);
    fmpq_set(y->s, x->s);
    y->k = x->k;
    y->m = x->m;
    switch (qd_rng_below(rng, 5)) {
    case 0:
        fmpq_neg(y->s, y->s);
        break;
    case 1:
        y->k = 2 + 3 * (y->k == 2);
        break;
    case 2: {
        fmpq_t d;
        fmpq_init(d);
        fmpq_set_si(d, 1, 1);
        fmpq_div_2exp(d, d, qd_rng_below(rng, 600));
        fmpq_add(y->r, y->r, d);
        fmpq_clear(d);
    }
    }
    finish(y);
    hide(y, rng);
}

static int known_cmp(const known *x, const known *y)
{
    if (fmpq_equal(x->r, y->r) && fmpq_equal(x->s, y->s) && (fmpq_is_zero(x->s) || (x->k == y->k && x->m == y->m))) return 0;
    ck_assert(!arb_overlaps(x->value, y->value));
    return arb_lt(x->value, y->value) ? -1 : 1;
}

static int sign_at(const fmpz_poly_t p, const fmpq_t x)
{
    fmpq_t y;
    fmpq_init(y);
    fmpz_poly_evaluate_fmpq(y, p, x);
    int s = fmpq_sgn(y);
    fmpq_clear(y);
    return s;
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

/* a obeys the invariant and is x. */
static void check_is(const qd_alg_t a, const known *x, int _i)
{
    arb_t lo, hi;
    if (qd_alg_is_rational_form(a)) {
        ck_assert_msg(fmpq_is_zero(x->s) && fmpq_equal(a->lo, x->r) && fmpq_equal(a->hi, x->r), NOTE, CASE);
        ck_assert_msg(fmpz_poly_degree(a->poly) == 1 && sign_at(a->poly, x->r) == 0, NOTE, CASE);
        return;
    }
    arb_init(lo);
    arb_init(hi);
    arb_set_fmpq(lo, a->lo, PREC);
    arb_set_fmpq(hi, a->hi, PREC);
    ck_assert_msg(arb_lt(lo, x->value) && arb_lt(x->value, hi), "value in the interval, " NOTE, CASE);
    ck_assert_msg(sign_at(a->poly, a->lo) * sign_at(a->poly, a->hi) < 0, "change of sign, " NOTE, CASE);
    ck_assert_msg(is_dyadic(a->lo) && is_dyadic(a->hi), "dyadic, " NOTE, CASE);
    arb_clear(lo);
    arb_clear(hi);
}

static int same(const qd_alg_t a, const qd_alg_t b)
{
    return fmpz_poly_equal(a->poly, b->poly) && fmpq_equal(a->lo, b->lo) && fmpq_equal(a->hi, b->hi);
}

/* ---- order --------------------------------------------------------------------------------- */

START_TEST(order_is_known)
{
    qd_rng_t rng;
    known x[3];
    qd_alg_t c[3];
    qd_rng_init(rng, seed, (uint64_t) _i);
    for (int i = 0; i < 3; i++) {
        known_init(x + i);
        qd_alg_init(c[i]);
        if (i > 0 && qd_rng_below(rng, 2)) relative_of(x + i, x + i - 1, rng);
        else random_known(x + i, rng);
        qd_alg_set(c[i], x[i].a);
        check_is(x[i].a, x + i, _i);
    }
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int s = qd_alg_cmp(x[i].a, x[j].a);
            ck_assert_msg(s == known_cmp(x + i, x + j), "%d %d, " NOTE, i, j, CASE);
            if (fmpq_is_zero(x[j].s)) ck_assert_msg(qd_alg_cmp_fmpq(x[i].a, x[j].r) == s, "%d %d, " NOTE, i, j, CASE);
            ck_assert_msg(same(c[i], x[i].a) && same(c[j], x[j].a), "an input changed, " NOTE, CASE);
        }
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            if (known_cmp(x + i, x + j) >= 0) continue;
            qd_alg_separate(c[i], c[j]);
            ck_assert_msg(fmpq_cmp(c[i]->hi, c[j]->lo) <= 0, "not separated, " NOTE, CASE);
            check_is(c[i], x + i, _i);
            check_is(c[j], x + j, _i);
        }
    for (int i = 0; i < 3; i++) {
        known_clear(x + i);
        qd_alg_clear(c[i]);
    }
    flint_cleanup();
}
END_TEST

/* Roots of one polynomial with intervals that reach to the neighbours. */
START_TEST(overlapping_intervals)
{
    qd_ctx_t ctx;
    fmpz_poly_t p;
    fmpq_t lo, hi;
    qd_alg_list_t l, m;
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpq_init(lo);
    fmpq_init(hi);
    qd_alg_list_init(l);
    qd_alg_list_init(m);
    fmpz_poly_chebyshev_t(p, (ulong) _i);
    fmpz_poly_scalar_mul_ui(p, p, 5);
    fmpz_add_ui(p->coeffs, p->coeffs, 1);
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert_int_eq(l->n, _i);
    for (slong i = 0; i < l->n; i++) {
        fmpq_set_si(lo, -3, 1);
        fmpq_set_si(hi, 3, 1);
        if (i > 0) fmpq_set(lo, l->e[i - 1].hi);
        if (i < l->n - 1) fmpq_set(hi, l->e[i + 1].lo);
        ck_assert_int_eq(qd_alg_set_root(qd_alg_list_add(m, NULL), p, lo, hi, ctx), QD_OK);
    }
    for (slong i = 0; i < l->n; i++)
        for (slong j = 0; j < l->n; j++) {
            ck_assert_int_eq(qd_alg_cmp(m->e + i, m->e + j), (i > j) - (i < j));
            ck_assert_int_eq(qd_alg_cmp(m->e + i, l->e + j), (i > j) - (i < j));
        }
    fmpz_poly_clear(p);
    fmpq_clear(lo);
    fmpq_clear(hi);
    qd_alg_list_clear(l);
    qd_alg_list_clear(m);
    flint_cleanup();
}
END_TEST

/* Rationals beside, at and far from the number. */
START_TEST(order_with_rationals)
{
    qd_rng_t rng;
    known x[1], y[1];
    fmpq_t d;
    qd_rng_init(rng, seed, (uint64_t) _i + 1000000);
    known_init(x);
    known_init(y);
    fmpq_init(d);
    random_known(x, rng);
    arf_get_fmpq(y->r, arb_midref(x->value)); /* as near as the ball */
    if (_i % 3 == 0) {
        fmpq_set_si(d, qd_rng_range(rng, -1, 1), 1);
        fmpq_div_2exp(d, d, qd_rng_below(rng, 1000));
        fmpq_add(y->r, y->r, d);
    } else if (_i % 3 == 1) random_rational(y->r, rng);
    else {
        fmpz_fdiv_q_2exp(fmpq_numref(y->r), fmpq_numref(y->r), (ulong) (3000 + _i % 900));
        fmpz_fdiv_q_2exp(fmpq_denref(y->r), fmpq_denref(y->r), (ulong) (3000 + _i % 900));
        if (fmpz_is_zero(fmpq_denref(y->r))) fmpz_one(fmpq_denref(y->r));
        fmpq_canonicalise(y->r);
    }
    y->k = y->m = 2;
    finish(y);
    if (fmpq_equal(x->r, y->r) || !arb_overlaps(x->value, y->value))
        ck_assert_msg(qd_alg_cmp_fmpq(x->a, y->r) == known_cmp(x, y), NOTE, CASE);
    known_clear(x);
    known_clear(y);
    fmpq_clear(d);
    flint_cleanup();
}
END_TEST

/* sqrt 2 as a root of x^2 - 2 and of (x^2 - 2)(x - 5)(x^3 + 1), and as one of two close roots. */
START_TEST(equal_from_different_polynomials)
{
    qd_ctx_t ctx;
    fmpz_poly_t p, q;
    fmpq_t lo, hi;
    qd_alg_t a, b;
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpz_poly_init(q);
    fmpq_init(lo);
    fmpq_init(hi);
    qd_alg_init(a);
    qd_alg_init(b);
    fmpz_poly_set_str(p, "3  -2 0 1");
    fmpz_poly_set_str(q, "5  -5 1 0 -5 1"); /* (x - 5)(x^3 + 1) */
    fmpz_poly_mul(q, q, p);
    fmpq_set_si(hi, 2, 1);
    ck_assert_int_eq(qd_alg_set_root(a, p, lo, hi, ctx), QD_OK);
    fmpq_set_si(lo, 4, 3);
    fmpq_set_si(hi, 13, 3);
    ck_assert_int_eq(qd_alg_set_root(b, q, lo, hi, ctx), QD_OK);
    ck_assert_int_eq(qd_alg_cmp(a, b), 0);
    ck_assert_int_eq(qd_alg_cmp(b, a), 0);
    ck_assert_int_eq(qd_alg_cmp(a, a), 0);
    ck_assert_int_eq(qd_alg_sign_poly(p, b), 0);
    /* (10^40 x^2 - 2 10^40 - 1)(x^2 - 2): its larger positive root lies above sqrt 2 */
    fmpz_poly_set(q, p);
    fmpz_set_ui(fmpq_numref(lo), 10);
    fmpz_pow_ui(fmpq_numref(lo), fmpq_numref(lo), 40);
    fmpz_poly_scalar_mul_fmpz(q, q, fmpq_numref(lo));
    fmpz_sub_ui(q->coeffs, q->coeffs, 1);
    fmpz_poly_mul(q, q, p);
    qd_alg_list_t l;
    qd_alg_list_init(l);
    ck_assert_int_eq(qd_root_isolate(l, q, NULL, NULL, ctx), QD_OK);
    ck_assert_int_eq(l->n, 4);
    ck_assert_int_eq(qd_alg_cmp(l->e + 2, a), 0);
    ck_assert_int_eq(qd_alg_cmp(l->e + 3, a), 1);
    ck_assert_int_eq(qd_alg_cmp(a, l->e + 3), -1);
    qd_alg_list_clear(l);
    qd_alg_clear(a);
    qd_alg_clear(b);
    fmpz_poly_clear(p);
    fmpz_poly_clear(q);
    fmpq_clear(lo);
    fmpq_clear(hi);
    flint_cleanup();
}
END_TEST

/* A common factor that no prime may be asked about which divides its leading coefficient; 2^62 + 135 is the one that the program asks first. */
START_TEST(equal_from_a_large_leading_coefficient)
{
    qd_ctx_t ctx;
    fmpz_poly_t f, p, q;
    fmpq_t lo, hi;
    qd_alg_t a, b;
    qd_ctx_init(ctx);
    fmpz_poly_init(f);
    fmpz_poly_init(p);
    fmpz_poly_init(q);
    fmpq_init(lo);
    fmpq_init(hi);
    qd_alg_init(a);
    qd_alg_init(b);
    fmpz_poly_set_str(f, "3  -2 0 4611686018427388039");
    fmpz_poly_set_str(p, "3  -7 0 1");
    fmpz_poly_mul(p, p, f);
    fmpz_poly_set_str(q, "4  -11 0 0 1");
    fmpz_poly_mul(q, q, f);
    fmpq_set_si(hi, 1, 1);
    ck_assert_int_eq(qd_alg_set_root(a, p, lo, hi, ctx), QD_OK);
    ck_assert_int_eq(qd_alg_set_root(b, q, lo, hi, ctx), QD_OK);
    ck_assert_int_eq(qd_alg_cmp(a, b), 0);
    ck_assert_int_eq(qd_alg_sign_poly(q, a), 0);
    ck_assert_int_eq(qd_alg_multiplicity(p, b), 1);
    qd_alg_clear(a);
    qd_alg_clear(b);
    fmpz_poly_clear(f);
    fmpz_poly_clear(p);
    fmpz_poly_clear(q);
    fmpq_clear(lo);
    fmpq_clear(hi);
    flint_cleanup();
}
END_TEST

START_TEST(between_is_between)
{
    qd_rng_t rng;
    known x[2];
    fmpq_t m;
    arb_t t;
    qd_rng_init(rng, seed, (uint64_t) _i + 2000000);
    known_init(x);
    known_init(x + 1);
    fmpq_init(m);
    arb_init(t);
    random_known(x, rng);
    if (_i % 2) relative_of(x + 1, x, rng);
    else random_known(x + 1, rng);
    int s = known_cmp(x, x + 1);
    if (s != 0) {
        const known *a = s < 0 ? x : x + 1, *b = s < 0 ? x + 1 : x;
        qd_alg_between(m, a->a, b->a);
        arb_set_fmpq(t, m, PREC);
        ck_assert_msg(fmpq_is_canonical(m) && arb_lt(a->value, t) && arb_lt(t, b->value), NOTE, CASE);
    }
    known_clear(x);
    known_clear(x + 1);
    fmpq_clear(m);
    arb_clear(t);
    flint_cleanup();
}
END_TEST

/* ---- signs --------------------------------------------------------------------------------- */

START_TEST(sign_and_multiplicity)
{
    qd_rng_t rng;
    known x[1];
    fmpz_poly_t f, g;
    arb_t v;
    qd_rng_init(rng, seed, (uint64_t) _i + 3000000);
    known_init(x);
    fmpz_poly_init(f);
    fmpz_poly_init(g);
    arb_init(v);
    random_known(x, rng);
    for (slong i = (slong) qd_rng_below(rng, 8); i >= 0; i--) fmpz_poly_set_coeff_si(f, i, qd_rng_range(rng, -4, 4));
    slong m = (slong) qd_rng_below(rng, 4);
    for (slong i = 0; i < m; i++) fmpz_poly_mul(f, f, x->min);
    if (_i % 2) /* factors that the polynomial of a may have, too */
        for (int k = 0; k < 9; k++) {
            fmpz_poly_set_str(g, extra[k]);
            if (qd_rng_below(rng, 2)) fmpz_poly_mul(f, f, g);
        }
    fmpz_poly_zero(g);
    if (qd_rng_below(rng, 4) == 0) { /* a tiny change */
        fmpz_poly_scalar_mul_2exp(f, f, qd_rng_below(rng, 500));
        fmpz_poly_set_coeff_si(g, (slong) qd_rng_below(rng, 6), 1);
        fmpz_poly_add(f, f, g);
    }
    fmpz_poly_set(g, f);
    m = 0;
    while (!fmpz_poly_is_zero(g) && fmpz_poly_divides(g, g, x->min)) m++;
    arb_zero(v);
    for (slong i = fmpz_poly_degree(f); i >= 0; i--) {
        arb_mul(v, v, x->value, PREC);
        arb_add_fmpz(v, v, f->coeffs + i, PREC);
    }
    int s = qd_alg_sign_poly(f, x->a);
    if (fmpz_poly_is_zero(f)) ck_assert_msg(s == 0, NOTE, CASE);
    else {
        ck_assert_msg((s == 0) == (m > 0), NOTE, CASE);
        if (s != 0) ck_assert_msg(s > 0 ? arb_is_positive(v) : arb_is_negative(v), NOTE, CASE);
        ck_assert_msg(qd_alg_multiplicity(f, x->a) == m, "multiplicity %ld, " NOTE, (long) m, CASE);
    }
    known_clear(x);
    fmpz_poly_clear(f);
    fmpz_poly_clear(g);
    arb_clear(v);
    flint_cleanup();
}
END_TEST

/* ---- refinement, rationals ----------------------------------------------------------------- */

START_TEST(refine_keeps_the_number)
{
    qd_rng_t rng;
    known x[1];
    fmpq_t w, one;
    qd_rng_init(rng, seed, (uint64_t) _i + 4000000);
    known_init(x);
    fmpq_init(w);
    fmpq_init(one);
    random_known(x, rng);
    for (int k = 0; k < 3; k++) {
        slong bits = qd_rng_range(rng, -20, k == 0 ? 60 : 2500);
        qd_alg_refine(x->a, bits);
        check_is(x->a, x, _i);
        /* hi - lo <= 2^-bits max(1, |a|): the smaller end in absolute value is below |a| */
        fmpq_set_si(one, 1, 1);
        fmpq_abs(w, x->a->lo);
        if (fmpq_cmp(w, one) > 0) fmpq_set(one, w);
        fmpq_abs(w, x->a->hi);
        if (fmpq_cmp(w, one) > 0) fmpq_set(one, w);
        fmpq_sub(w, x->a->hi, x->a->lo);
        if (fmpq_cmp(w, one) <= 0 || bits >= 0) { /* the larger end is |a| up to the width */
            fmpq_sub(one, one, w);
            if (fmpq_cmp_si(one, 1) < 0) fmpq_set_si(one, 1, 1);
            fmpq_t limit;
            fmpq_init(limit);
            fmpq_add(limit, one, w);
            if (bits >= 0) fmpq_mul_2exp(w, w, (ulong) bits);
            else fmpq_div_2exp(w, w, (ulong) -bits);
            ck_assert_msg(fmpq_cmp(w, limit) <= 0, "width, " NOTE, CASE);
            fmpq_clear(limit);
        }
    }
    qd_alg_simplify(x->a);
    check_is(x->a, x, _i);
    ck_assert_msg(qd_alg_is_rational_form(x->a) == fmpq_is_zero(x->s), "simplify, " NOTE, CASE);
    known_clear(x);
    fmpq_clear(w);
    fmpq_clear(one);
    flint_cleanup();
}
END_TEST

/* High degree and close roots: signs at the ends by integers. */
START_TEST(refine_hard)
{
    qd_ctx_t ctx;
    fmpz_poly_t p, q;
    fmpq_t w;
    qd_alg_list_t l;
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpz_poly_init(q);
    fmpq_init(w);
    qd_alg_list_init(l);
    if (_i == 0) fmpz_poly_chebyshev_t(p, 63);
    else if (_i == 1) { /* Mignotte */ fmpz_poly_set_str(q, "2  -1 1000000007");
        fmpz_poly_mul(q, q, q);
        fmpz_poly_scalar_mul_si(q, q, -2);
        fmpz_poly_set_coeff_si(p, 31, 1);
        fmpz_poly_add(p, p, q);
    } else if (_i <= 3) { /* roots near +-2^-200 and +-2^200 */
        fmpz_poly_set_str(p, _i == 2 ? "3  1 -1 1" : "3  1 1 1");
        fmpz_mul_2exp(p->coeffs + 1, p->coeffs + 1, 200);
    } else { /* x^40 = 2 beside 10^60 x^40 = 2 10^60 + 1 */
        fmpz_poly_set_coeff_si(p, 40, 1);
        fmpz_poly_set_coeff_si(p, 0, -2);
        fmpz_set_ui(fmpq_numref(w), 10);
        fmpz_pow_ui(fmpq_numref(w), fmpq_numref(w), 60);
        fmpz_poly_scalar_mul_fmpz(q, p, fmpq_numref(w));
        fmpz_sub_ui(q->coeffs, q->coeffs, 1);
        fmpz_poly_mul(p, p, q);
    }
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    ck_assert_int_ge(l->n, 2);
    for (slong i = 0; i < l->n; i++) {
        qd_alg_refine(l->e + i, 1500);
        fmpq_sub(w, l->e[i].hi, l->e[i].lo);
        fmpq_mul_2exp(w, w, 1500);
        if ((_i == 2 && i == 1) || (_i == 3 && i == 0)) fmpq_div_2exp(w, w, 200);
        ck_assert_int_le(fmpq_cmp_si(w, 2), 0);
        if (!qd_alg_is_rational_form(l->e + i)) ck_assert_int_lt(sign_at(p, l->e[i].lo) * sign_at(p, l->e[i].hi), 0);
        if (i > 0) ck_assert_int_eq(qd_alg_cmp(l->e + i - 1, l->e + i), -1);
    }
    fmpz_poly_clear(p);
    fmpz_poly_clear(q);
    fmpq_clear(w);
    qd_alg_list_clear(l);
    flint_cleanup();
}
END_TEST

/* Rational roots with denominators of thousands of bits among irrational ones, and none where the candidate n/lc is near. */
START_TEST(simplify_large)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpz_poly_t p, f;
    fmpq_t x;
    qd_alg_list_t l;
    qd_rng_init(rng, seed, (uint64_t) _i + 5000000);
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpz_poly_init(f);
    fmpq_init(x);
    qd_alg_list_init(l);
    fmpz_poly_set_str(p, "6  -1 -1 0 0 0 1");
    fmpz_set_si(fmpq_numref(x), qd_rng_range(rng, -99, 99));
    fmpz_mul_2exp(fmpq_numref(x), fmpq_numref(x), qd_rng_below(rng, 2000));
    fmpz_add_ui(fmpq_numref(x), fmpq_numref(x), 1);
    fmpz_ui_pow_ui(fmpq_denref(x), 3, 1 + qd_rng_below(rng, 1500));
    fmpq_canonicalise(x);
    fmpz_poly_set_coeff_fmpz(f, 1, fmpq_denref(x));
    fmpz_poly_set_coeff_fmpz(f, 0, fmpq_numref(x));
    fmpz_neg(f->coeffs, f->coeffs);
    fmpz_poly_mul(p, p, f);
    int rational = _i % 2;
    if (!rational) fmpz_add_ui(p->coeffs, p->coeffs, 1);
    ck_assert_int_eq(qd_root_isolate(l, p, NULL, NULL, ctx), QD_OK);
    int found = 0;
    for (slong i = 0; i < l->n; i++) {
        qd_alg_simplify(l->e + i);
        if (qd_alg_is_rational_form(l->e + i)) {
            found++;
            ck_assert_msg(sign_at(p, l->e[i].lo) == 0, NOTE, CASE);
        }
    }
    fmpz_poly_factor_t factors;
    fmpz_poly_factor_init(factors);
    fmpz_poly_factor(factors, p);
    for (slong i = 0; i < factors->num; i++) found -= fmpz_poly_degree(factors->p + i) == 1;
    fmpz_poly_factor_clear(factors);
    ck_assert_msg(found == 0, NOTE, CASE);
    fmpz_poly_clear(p);
    fmpz_poly_clear(f);
    fmpq_clear(x);
    qd_alg_list_clear(l);
    flint_cleanup();
}
END_TEST

/* ---- construction -------------------------------------------------------------------------- */

START_TEST(set_root_checks_the_interval)
{
    static const struct {
        const char *p, *lo, *hi;
        int ok;
        const char *value; /* rational value, or NULL */
    } list[] = {
        {"3  -2 0 1", "1", "2", 1, NULL},       {"3  -2 0 1", "1/3", "22/7", 1, NULL},
        {"3  -2 0 1", "-2", "2", 0, NULL},      {"3  -2 0 1", "3", "4", 0, NULL},
        {"3  -2 0 1", "2", "1", 0, NULL},       {"3  -2 0 1", "7/5", "7/5", 0, NULL},
        {"2  -1 2", "0", "1", 1, "1/2"},        {"2  -1 2", "1/2", "1", 0, NULL},
        {"2  -1 2", "0", "1/3", 0, NULL},       {"1  5", "0", "1", 0, NULL},
        {"3  1 -2 1", "0", "2", 1, "1"},        {"3  -4 0 9", "1/7", "8/7", 1, "2/3"},
        {"3  -4 0 -9", "1/7", "8/7", 0, NULL},  {"5  4 0 -4 0 1", "4/3", "5/3", 1, NULL}, /* (x^2-2)^2 */
        {"4  0 -2 0 3", "-1/3", "2/3", 1, "0"}, {"4  -6 0 0 -6", "-100", "1", 1, NULL},
        {"4  -1 0 0 1", "1", "2", 0, NULL},
    };
    qd_ctx_t ctx;
    fmpz_poly_t p;
    fmpq_t lo, hi, x;
    qd_alg_t a;
    qd_ctx_init(ctx);
    fmpz_poly_init(p);
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_init(x);
    qd_alg_init(a);
    ck_assert(_i < (int) (sizeof list / sizeof *list));
    fmpz_poly_set_str(p, list[_i].p);
    fmpq_set_str(lo, list[_i].lo, 10);
    fmpq_set_str(hi, list[_i].hi, 10);
    fmpq_set_si(x, 11, 13);
    qd_alg_set_fmpq(a, x);
    qd_status st = qd_alg_set_root(a, p, lo, hi, ctx);
    if (!list[_i].ok) {
        ck_assert_int_eq(st, QD_EDOMAIN);
        ck_assert_int_gt((int) strlen(qd_ctx_message(ctx)), 0);
        ck_assert_int_eq(qd_alg_cmp_fmpq(a, x), 0);
    } else {
        ck_assert_int_eq(st, QD_OK);
        ck_assert(qd_alg_cmp_fmpq(a, lo) > 0 && qd_alg_cmp_fmpq(a, hi) < 0);
        ck_assert_int_eq(qd_alg_sign_poly(p, a), 0);
        ck_assert(fmpq_cmp(lo, a->lo) <= 0 && fmpq_cmp(a->hi, hi) <= 0);
        qd_alg_simplify(a);
        if (list[_i].value != NULL) {
            fmpq_set_str(x, list[_i].value, 10);
            ck_assert(qd_alg_is_rational_form(a) && fmpq_equal(a->lo, x));
        }
    }
    fmpz_poly_clear(p);
    fmpq_clear(lo);
    fmpq_clear(hi);
    fmpq_clear(x);
    qd_alg_clear(a);
    flint_cleanup();
}
END_TEST

START_TEST(aliasing)
{
    qd_ctx_t ctx;
    qd_alg_t a, b;
    fmpq_t x, y;
    qd_ctx_init(ctx);
    qd_alg_init(a);
    qd_alg_init(b);
    fmpq_init(x);
    fmpq_init(y);
    ck_assert(qd_alg_is_rational_form(a));
    fmpq_set_si(x, 1, 3);
    fmpq_set_si(y, 7, 3);
    qd_alg_set_fmpq(a, x);
    qd_alg_set_fmpq(a, a->hi);
    ck_assert(fmpq_equal(a->lo, x) && fmpq_equal(a->hi, x));
    qd_alg_set(a, a);
    qd_alg_swap(a, b);
    ck_assert(fmpq_equal(b->lo, x) && fmpq_is_zero(a->lo));
    fmpz_poly_set_str(a->poly, "4  -7 0 0 1");
    fmpq_set(a->lo, x);
    fmpq_set(a->hi, y);
    ck_assert_int_eq(qd_alg_set_root(a, a->poly, a->lo, a->hi, ctx), QD_OK);
    ck_assert_int_eq(qd_alg_sign_poly(a->poly, a), 0);
    ck_assert_int_eq(qd_alg_cmp_fmpq(a, a->lo), 1);
    qd_alg_between(x, b, a);
    fmpq_set(y, x);
    qd_alg_between(b->lo, b, a); /* the result may be a part of an input */
    ck_assert(fmpq_equal(b->lo, y));
    qd_alg_clear(a);
    qd_alg_clear(b);
    fmpq_clear(x);
    fmpq_clear(y);
    flint_cleanup();
}
END_TEST

/* ---- print --------------------------------------------------------------------------------- */

/* What is printed differs from the value by one unit of the last digit at most. */
START_TEST(print_is_close)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    known x[1];
    qd_buf_t out;
    fmpq_t y;
    arb_t d, unit;
    qd_rng_init(rng, seed, (uint64_t) _i + 6000000);
    qd_ctx_init(ctx);
    known_init(x);
    qd_buf_init(out);
    fmpq_init(y);
    arb_init(d);
    arb_init(unit);
    random_known(x, rng);
    slong digits = 1 + (slong) qd_rng_below(rng, 80), point = -1, last = -1, exponent = 0;
    qd_alg_print_decimal(out, x->a, digits);
    const char *s = qd_buf_str(out);
    ck_assert_int_eq(qd_rat_set_str(y, s, out->len, ctx), QD_OK);
    slong count = 0;
    for (slong i = 0; s[i] != '\0'; i++) {
        if (s[i] == 'e') {
            exponent = atol(s + i + 1);
            break;
        }
        if (s[i] == '.') point = i;
        else if (s[i] != '-') {
            if (s[i] != '0' || count > 0) count++;
            last = i;
        }
    }
    slong place = point < 0 ? 0 : -(last - point); /* 10^place: the last digit that is printed */
    if (count > digits) place += count - digits;   /* zeros that only fill up to the point */
    else if (!fmpq_is_zero(x->s)) ck_assert_msg(count == digits, "%s, %ld digits, " NOTE, s, (long) digits, CASE);
    if (fmpq_is_zero(x->s) && fmpq_is_zero(x->r)) ck_assert_str_eq(s, "0");
    arb_set_fmpq(d, y, PREC);
    arb_sub(d, d, x->value, PREC);
    arb_abs(d, d);
    arb_set_ui(unit, 10);
    fmpz_t e;
    fmpz_init_set_si(e, place + exponent);
    arb_pow_fmpz(unit, unit, e, PREC);
    fmpz_clear(e);
    ck_assert_msg(arb_lt(d, unit), "%s, %ld digits, " NOTE, s, (long) digits, CASE);
    known_clear(x);
    qd_buf_clear(out);
    fmpq_clear(y);
    arb_clear(d);
    arb_clear(unit);
    flint_cleanup();
}
END_TEST

START_TEST(print_known)
{
    qd_ctx_t ctx;
    qd_alg_t a;
    qd_buf_t out;
    fmpz_poly_t p;
    fmpq_t lo, hi;
    qd_ctx_init(ctx);
    qd_alg_init(a);
    qd_buf_init(out);
    fmpz_poly_init(p);
    fmpq_init(lo);
    fmpq_init(hi);
    qd_alg_print_decimal(out, a, 20);
    qd_buf_puts(out, " ");
    fmpz_poly_set_str(p, "3  -2 0 1");
    fmpq_set_si(hi, 2, 1);
    ck_assert_int_eq(qd_alg_set_root(a, p, lo, hi, ctx), QD_OK);
    qd_alg_print_decimal(out, a, 50);
    qd_buf_puts(out, " ");
    fmpz_poly_set_str(p, "4  0 -2 0 1"); /* zero among others */
    fmpq_set_si(lo, -1, 1);
    fmpq_set_si(hi, 1, 1);
    ck_assert_int_eq(qd_alg_set_root(a, p, lo, hi, ctx), QD_OK);
    qd_alg_print_decimal(out, a, 5);
    qd_buf_puts(out, " ");
    fmpz_poly_set_str(p, "4  -1000000000000000000 0 0 1000000000000000000000000000000000000000000");
    fmpq_zero(lo);
    ck_assert_int_eq(qd_alg_set_root(a, p, lo, hi, ctx), QD_OK);
    qd_alg_print_decimal(out, a, 5);
    ck_assert_str_eq(qd_buf_str(out), "0 1.4142135623730950488016887242096980785696718753769 0 1.0000e-8");
    qd_alg_clear(a);
    qd_buf_clear(out);
    fmpz_poly_clear(p);
    fmpq_clear(lo);
    fmpq_clear(hi);
    flint_cleanup();
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *s = suite_create("alg");
    TCase *tc = tcase_create("alg");
    tcase_add_loop_test(tc, order_is_known, 0, 400 * multiplier);
    tcase_add_loop_test(tc, overlapping_intervals, 2, 12);
    tcase_add_loop_test(tc, order_with_rationals, 0, 300 * multiplier);
    tcase_add_test(tc, equal_from_different_polynomials);
    tcase_add_test(tc, equal_from_a_large_leading_coefficient);
    tcase_add_loop_test(tc, between_is_between, 0, 300 * multiplier);
    tcase_add_loop_test(tc, sign_and_multiplicity, 0, 400 * multiplier);
    tcase_add_loop_test(tc, refine_keeps_the_number, 0, 300 * multiplier);
    tcase_add_loop_test(tc, refine_hard, 0, 5);
    tcase_add_loop_test(tc, simplify_large, 0, 20 * multiplier);
    tcase_add_loop_test(tc, set_root_checks_the_interval, 0, 17);
    tcase_add_test(tc, aliasing);
    tcase_add_loop_test(tc, print_is_close, 0, 300 * multiplier);
    tcase_add_test(tc, print_known);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(s, tc);
    return test_run(s);
}
