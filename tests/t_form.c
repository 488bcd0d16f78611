/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bernstein forms of double balls. Second road: all sign choices by brute force, products and values of rational members of the balls. */
#include "exact/exact.h"
#include "shared/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#define NOTE "case %d, QD_SEED=%lu"
#define CASE _i, (unsigned long) seed
#define ROOM 64

static uint64_t seed = 1;
static int multiplier = 1;

typedef struct {
    qd_form f;
    double mid[QD_FORM_MAX_DEGREE + 1], rad[QD_FORM_MAX_DEGREE + 1];
} form;

static void form_init(form *f)
{
    f->f.mid = f->mid;
    f->f.rad = f->rad;
    f->f.degree = 0;
}

static void set_d(fmpq_t x, double d)
{
    mpq_t y;
    mpq_init(y);
    mpq_set_d(y, d);
    fmpq_set_mpq(x, y);
    mpq_clear(y);
}

/* |x - mid| <= rad */
static int inside(const fmpq_t x, double mid, double rad)
{
    fmpq_t y, r;
    fmpq_init(y);
    fmpq_init(r);
    set_d(y, mid);
    set_d(r, rad);
    fmpq_sub(y, x, y);
    fmpq_abs(y, y);
    int yes = fmpq_cmp(y, r) <= 0;
    fmpq_clear(y);
    fmpq_clear(r);
    return yes;
}

/* ---- signs --------------------------------------------------------------------------------- */

static slong variations(const int *s, slong n)
{
    slong count = 0;
    int last = 0;
    for (slong k = 0; k < n; k++)
        if (s[k] != 0) {
            count += last != 0 && s[k] != last;
            last = s[k];
        }
    return count;
}

/* Certified sign of the form at (u : v), 0 when not decided. */
static int eval_sign(const qd_form *p, double u, double v)
{
    double error, x = qd_form_eval(&error, p, u, v);
    return x > error ? 1 : -x > error ? -1 : 0;
}

/* Every coefficient is -1, 0, 1 or a ball that contains all three. */
START_TEST(variations_by_brute_force)
{
    qd_rng_t rng;
    form f;
    int s[8], open[8];
    qd_rng_init(rng, seed, (uint64_t) _i);
    form_init(&f);
    slong n = 1 + (slong) qd_rng_below(rng, 8), m = 0, lo = 100, hi = -1, a, b;
    f.f.degree = n - 1;
    for (slong k = 0; k < n; k++) {
        int c = (int) qd_rng_below(rng, 4);
        f.mid[k] = c == 3 ? (double) qd_rng_range(rng, -1, 1) : c - 1;
        f.rad[k] = c == 3 ? 1.5 : 0;
        s[k] = c - 1;
        if (c == 3) open[m++] = (int) k;
    }
    slong choices = 1;
    for (slong j = 0; j < m; j++) choices *= 3;
    for (slong c = 0; c < choices; c++) {
        slong t = c;
        for (slong j = 0; j < m; j++, t /= 3) s[open[j]] = (int) (t % 3) - 1;
        slong v = variations(s, n);
        if (v < lo) lo = v;
        if (v > hi) hi = v;
    }
    qd_form_variations(&a, &b, &f.f);
    ck_assert_msg(a == lo && b == hi, "%ld..%ld, expected %ld..%ld, " NOTE, (long) a, (long) b, (long) lo, (long) hi, CASE);
    flint_cleanup();
}
END_TEST

START_TEST(signs_of_coefficients)
{
    form f;
    slong a, b;
    form_init(&f);
    f.f.degree = 5;
    double mid[] = {0, 0, 1, -1, NAN, 1}, rad[] = {0, 0x1p-1074, 1, 0.5, 0, INFINITY};
    int sign[] = {0, 2, 2, -1, 2, 2};
    for (slong k = 0; k <= 5; k++) {
        f.mid[k] = mid[k];
        f.rad[k] = rad[k];
    }
    for (slong k = 0; k <= 5; k++) ck_assert_int_eq(qd_form_sign_at(&f.f, k), sign[k]);
    ck_assert_int_eq(qd_form_sign(&f.f), 2);
    qd_form_variations(&a, &b, &f.f);
    ck_assert(a == 0 && b == 4);
    f.f.degree = 0;
    ck_assert_int_eq(qd_form_sign(&f.f), 0);
    f.mid[0] = -2;
    f.rad[0] = 1;
    ck_assert_int_eq(qd_form_sign(&f.f), -1);
    f.f.degree = 1;
    f.mid[1] = f.rad[1] = 0;
    ck_assert_int_eq(qd_form_sign(&f.f), -1);
    f.mid[1] = 1;
    ck_assert_int_eq(qd_form_sign(&f.f), 2);
}
END_TEST

/* ---- arithmetic ---------------------------------------------------------------------------- */

static void random_form(form *f, qd_rng_t rng)
{
    f->f.degree = (slong) qd_rng_below(rng, 12);
    for (slong k = 0; k <= f->f.degree; k++) {
        f->mid[k] = qd_rng_below(rng, 4) ? ldexp(qd_rng_gauss(rng), (int) qd_rng_range(rng, -40, 40)) : 0;
        f->rad[k] = qd_rng_below(rng, 2) ? 0 : fabs(f->mid[k]) * ldexp(qd_rng_unit(rng), -(int) qd_rng_below(rng, 60));
        if (qd_rng_below(rng, 12) == 0) f->mid[k] = ldexp(f->mid[k], -(int) qd_rng_below(rng, 1000));
        if (qd_rng_below(rng, 12) == 0) f->rad[k] += ldexp(qd_rng_unit(rng), -(int) qd_rng_below(rng, 1000));
    }
}

/* A member of the ball k: an end or the middle. */
static void member(fmpq_t x, const form *f, slong k, qd_rng_t rng)
{
    fmpq_t r;
    fmpq_init(r);
    set_d(x, f->mid[k]);
    set_d(r, f->rad[k]);
    slong s = qd_rng_range(rng, -1, 1);
    if (s > 0) fmpq_add(x, x, r);
    if (s < 0) fmpq_sub(x, x, r);
    fmpq_clear(r);
}

START_TEST(product_contains_products)
{
    qd_rng_t rng;
    form f, g, h;
    double work[2 * ROOM];
    qd_rng_init(rng, seed, (uint64_t) _i + 2000000);
    form_init(&f);
    form_init(&g);
    form_init(&h);
    random_form(&f, rng);
    random_form(&g, rng);
    qd_form_flush(&f.f);
    qd_form_flush(&g.f);
    slong m = f.f.degree, n = g.f.degree;
    qd_form_mul(&h.f, &f.f, &g.f, work);
    ck_assert_int_eq(h.f.degree, m + n);
    for (int trial = 0; trial < 4; trial++) {
        fmpq *x = _fmpq_vec_init(m + 1), *y = _fmpq_vec_init(n + 1), *z = _fmpq_vec_init(m + n + 1);
        for (slong i = 0; i <= m; i++) member(x + i, &f, i, rng);
        for (slong j = 0; j <= n; j++) member(y + j, &g, j, rng);
        for (slong i = 0; i <= m; i++)
            for (slong j = 0; j <= n; j++) fmpq_addmul(z + i + j, x + i, y + j);
        for (slong k = 0; k <= m + n; k++) ck_assert_msg(inside(z + k, h.mid[k], h.rad[k]), "%ld, " NOTE, (long) k, CASE);
        _fmpq_vec_clear(x, m + 1);
        _fmpq_vec_clear(y, n + 1);
        _fmpq_vec_clear(z, m + n + 1);
    }
    flint_cleanup();
}
END_TEST

START_TEST(flush_keeps_members)
{
    qd_rng_t rng;
    form f, g;
    fmpq_t x;
    qd_rng_init(rng, seed, (uint64_t) _i + 3000000);
    form_init(&f);
    form_init(&g);
    fmpq_init(x);
    random_form(&f, rng);
    g = f;
    form_init(&g);
    g.f.degree = f.f.degree;
    qd_form_flush(&g.f);
    for (slong k = 0; k <= f.f.degree; k++) {
        member(x, &f, k, rng);
        ck_assert_msg(inside(x, g.mid[k], g.rad[k]), NOTE, CASE);
        ck_assert((g.mid[k] == 0 && g.rad[k] == 0) || fabs(g.mid[k]) + g.rad[k] >= QD_FORM_TINY);
    }
    fmpq_clear(x);
    flint_cleanup();
}
END_TEST

/* A certified sign holds for members of the balls and for points within the stated error of (u, v); exactly known forms far
   from a root must be decided. */
START_TEST(sign_of_values)
{
    qd_rng_t rng;
    form f;
    fmpq_t u, v, x, t, power;
    qd_rng_init(rng, seed, (uint64_t) _i + 4000000);
    form_init(&f);
    fmpq_init(u);
    fmpq_init(v);
    fmpq_init(x);
    fmpq_init(t);
    fmpq_init(power);
    random_form(&f, rng);
    double du = ldexp(1 + qd_rng_unit(rng), (int) qd_rng_range(rng, -3, 3)),
           dv = ldexp(1 + qd_rng_unit(rng), (int) qd_rng_range(rng, -3, 3));
    if (_i % 5 == 0) du = dv = 1;
    if (_i % 7 == 0) dv = ldexp(dv, -(int) qd_rng_below(rng, 400));
    if (_i % 3 == 0) { /* nearly a root: c_0 cancels the rest at (1, 1) */
        double sum = 0;
        for (slong k = 1; k <= f.f.degree; k++) sum += f.mid[k];
        f.mid[0] = -sum;
    }
    int s = eval_sign(&f.f, du, dv);
    for (int trial = 0; trial < 4; trial++) {
        set_d(u, du * (1 + (double) qd_rng_range(rng, -1, 1) * 0x1p-53));
        set_d(v, dv * (1 + (double) qd_rng_range(rng, -1, 1) * 0x1p-53));
        fmpq_zero(x);
        for (slong k = 0; k <= f.f.degree; k++) {
            member(t, &f, k, rng);
            fmpq_pow_si(power, u, k);
            fmpq_mul(t, t, power);
            fmpq_pow_si(power, v, f.f.degree - k);
            fmpq_mul(t, t, power);
            fmpq_add(x, x, t);
        }
        if (s != 0) ck_assert_msg(fmpq_sgn(x) == s, NOTE, CASE);
    }
    if (f.f.degree == 0 && fabs(f.mid[0]) > 2 * f.rad[0] && fabs(f.mid[0]) > 0x1p-300) ck_assert_int_ne(s, 0);
    fmpq_clear(u);
    fmpq_clear(v);
    fmpq_clear(x);
    fmpq_clear(t);
    fmpq_clear(power);
    flint_cleanup();
}
END_TEST

/* The only term underflows: no sign may come out of it together with a radius that vanished. */
START_TEST(sign_of_tiny_values)
{
    form *f = malloc(sizeof *f);
    form_init(f);
    f->f.degree = 400;
    for (slong k = 0; k <= 400; k++) f->mid[k] = f->rad[k] = 0;
    f->mid[400] = 1;
    f->rad[400] = 1 - 0x1p-45;
    for (int e = 0; e < 40; e++) {
        f->mid[399] = -ldexp(1, -e);
        f->rad[399] = 0;
        ck_assert_int_ne(eval_sign(&f->f, ldexp(1, -e - 1), 1), 1);
    }
    f->mid[0] = 1;
    ck_assert_int_eq(eval_sign(&f->f, 0x1p-30, 1), 1);
    free(f);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *s = suite_create("form");
    TCase *tc = tcase_create("form");
    tcase_add_loop_test(tc, variations_by_brute_force, 0, 300 * multiplier);
    tcase_add_test(tc, signs_of_coefficients);
    tcase_add_loop_test(tc, product_contains_products, 0, 300 * multiplier);
    tcase_add_loop_test(tc, flush_keeps_members, 0, 100 * multiplier);
    tcase_add_loop_test(tc, sign_of_values, 0, 500 * multiplier);
    tcase_add_test(tc, sign_of_tiny_values);
    tcase_set_timeout(tc, 20);
    suite_add_tcase(s, tc);
    return test_run(s);
}
