/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rationals from text and to text, vectors. Second road: GMP's own reading of the digits, and long division
   by hand for the way out. */
#include "exact/exact.h"
#include "shared/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 1;
static int multiplier = 1;

static void rng_for(qd_rng_t rng, int i)
{
    qd_rng_init(rng, seed, (uint64_t) i);
}

/* ---- in ---------------------------------------------------------------------------------- */

static const struct {
    const char *text, *value; /* value NULL: message instead */
    const char *message;
} texts[] = {
    {"0", "0", NULL},
    {"-0", "0", NULL},
    {"+7", "7", NULL},
    {"007", "7", NULL},
    {"1.", "1", NULL},
    {".5", "1/2", NULL},
    {"-.5", "-1/2", NULL},
    {"+0.250", "1/4", NULL},
    {"1e5", "100000", NULL},
    {"1E+5", "100000", NULL},
    {"1.5e-1", "3/20", NULL},
    {"12.5e1", "125", NULL},
    {"2/4", "1/2", NULL},
    {"-6/3", "-2", NULL},
    {"0/5", "0", NULL},
    {"+1/2", "1/2", NULL},
    {"0e5", "0", NULL},
    {"1e00000000000000000005", "100000", NULL},
    {"0.1", "1/10", NULL},
    {"123456789012345678901234567890", "123456789012345678901234567890", NULL},
    {"00000000000000000000000000000001", "1", NULL},
    {".00000000000000000000001e23", "1", NULL},
    {"", NULL, "\"\" is empty, expected a number"},
    {"+", NULL, "\"+\" is not a number"},
    {"-", NULL, "\"-\" is not a number"},
    {".", NULL, "\".\" is not a number"},
    {"+.", NULL, "\"+.\" is not a number"},
    {"e5", NULL, "\"e5\" is not a number"},
    {".e5", NULL, "\".e5\" is not a number"},
    {"1e", NULL, "\"1e\" is not a number"},
    {"1e+", NULL, "\"1e+\" is not a number"},
    {"1e1.5", NULL, "\"1e1.5\" is not a number"},
    {"1e5x", NULL, "\"1e5x\" is not a number"},
    {"1e100001", NULL, "\"1e100001\" has an exponent beyond +-100000"},
    {"1e-100001", NULL, "\"1e-100001\" has an exponent beyond +-100000"},
    {"0e99999999999999999999", NULL, "\"0e99999999999999999999\" has an exponent beyond +-100000"},
    {"1/0", NULL, "\"1/0\" has denominator zero"},
    {"0/0", NULL, "\"0/0\" has denominator zero"},
    {"1/000", NULL, "\"1/000\" has denominator zero"},
    {"1/-2", NULL, "\"1/-2\" is not a number"},
    {"1/+2", NULL, "\"1/+2\" is not a number"},
    {"1/", NULL, "\"1/\" is not a number"},
    {"/2", NULL, "\"/2\" is not a number"},
    {"1//2", NULL, "\"1//2\" is not a number"},
    {"1/2/3", NULL, "\"1/2/3\" is not a number"},
    {"1/2e3", NULL, "\"1/2e3\" is not a number"},
    {"1.5/2", NULL, "\"1.5/2\" is not a number"},
    {"0x10", NULL, "\"0x10\" is not a number"},
    {"nan", NULL, "\"nan\" is not a number"},
    {"inf", NULL, "\"inf\" is not a number"},
    {" 1", NULL, "\" 1\" is not a number"},
    {"1 ", NULL, "\"1 \" is not a number"},
    {"1\t", NULL, "\"1\\x09\" is not a number"},
    {"--1", NULL, "\"--1\" is not a number"},
    {"1.2.3", NULL, "\"1.2.3\" is not a number"},
    {"1,5", NULL, "\"1,5\" is not a number"},
    {"1234567890123456789012345678901234567890x", NULL, "\"1234567890123456789012345678901234567890...\" is not a number"},
};

START_TEST(texts_are_read)
{
    qd_ctx_t ctx;
    fmpq_t x, y;
    qd_ctx_init(ctx);
    fmpq_init(x);
    fmpq_init(y);
    fmpq_set_si(x, 22, 7);
    qd_status st = qd_rat_set_str(x, texts[_i].text, strlen(texts[_i].text), ctx);
    if (texts[_i].value != NULL) {
        ck_assert_int_eq(st, QD_OK);
        fmpq_set_str(y, texts[_i].value, 10);
        ck_assert_msg(fmpq_equal(x, y), "%s", texts[_i].text);
        ck_assert(fmpq_is_canonical(x));
        ck_assert_str_eq(qd_ctx_message(ctx), "");
    } else {
        fmpq_set_si(y, 22, 7);
        ck_assert_int_eq(st, QD_EINPUT);
        ck_assert_str_eq(qd_ctx_message(ctx), texts[_i].message);
        ck_assert_msg(fmpq_equal(x, y), "changed by %s", texts[_i].text);
    }
    fmpq_clear(x);
    fmpq_clear(y);
    flint_cleanup();
}
END_TEST

START_TEST(length_counts)
{
    qd_ctx_t ctx;
    fmpq_t x;
    qd_ctx_init(ctx);
    fmpq_init(x);
    ck_assert_int_eq(qd_rat_set_str(x, "1\0002", 3, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "\"1\\x002\" is not a number");
    ck_assert(fmpq_is_zero(x));
    ck_assert_int_eq(qd_rat_set_str(x, "123/45", 4, ctx), QD_EINPUT);
    ck_assert_int_eq(qd_rat_set_str(x, "123/45", 5, ctx), QD_OK);
    ck_assert_int_eq(fmpq_cmp_si(x, 30), 1);
    ck_assert_int_eq(qd_rat_set_str(x, "12", 1, ctx), QD_OK);
    ck_assert(fmpq_is_one(x));
    ck_assert_int_eq(qd_rat_set_str(x, "-1e-100000", 10, ctx), QD_OK);
    fmpz_t t;
    fmpz_init_set_ui(t, 10);
    fmpz_pow_ui(t, t, 100000);
    ck_assert(fmpz_equal(t, fmpq_denref(x)));
    ck_assert(fmpz_equal_si(fmpq_numref(x), -1));
    fmpz_clear(t);
    fmpq_clear(x);
    flint_cleanup();
}
END_TEST

/* Random digits with a point and an exponent: the same number by GMP from one string of digits. */
START_TEST(decimals_equal_gmp)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpq_t x;
    mpq_t y, z;
    char text[400], digits[200];
    rng_for(rng, _i);
    qd_ctx_init(ctx);
    fmpq_init(x);
    mpq_init(y);
    mpq_init(z);
    int n = 1 + (int) qd_rng_below(rng, _i % 2 ? 60 : 4), point = (int) qd_rng_below(rng, (uint64_t) n + 1);
    int e = (int) qd_rng_range(rng, -60, 60), negative = (int) qd_rng_below(rng, 2);
    for (int i = 0; i < n; i++) digits[i] = (char) ('0' + (qd_rng_below(rng, 2) ? 0 : qd_rng_below(rng, 10)));
    digits[n] = '\0';
    snprintf(text, sizeof text, "%s%.*s.%s%c%d", negative ? "-" : "", point, digits, digits + point, _i % 3 ? 'e' : 'E', e);
    ck_assert_int_eq(qd_rat_set_str(x, text, strlen(text), ctx), QD_OK);
    mpz_set_str(mpq_numref(y), digits, 10);
    e -= n - point;
    mpz_ui_pow_ui(e >= 0 ? mpq_numref(z) : mpq_denref(z), 10, (unsigned long) abs(e));
    if (e < 0) mpz_set_ui(mpq_numref(z), 1);
    mpq_canonicalize(y);
    mpq_mul(y, y, z);
    if (negative) mpq_neg(y, y);
    fmpq_get_mpq(z, x);
    ck_assert_msg(mpq_equal(y, z), "%s, case %d, QD_SEED=%lu", text, _i, (unsigned long) seed);
    fmpq_clear(x);
    mpq_clear(y);
    mpq_clear(z);
    flint_cleanup();
}
END_TEST

START_TEST(fraction_prints_and_reads)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpq_t x, y;
    rng_for(rng, _i);
    qd_ctx_init(ctx);
    fmpq_init(x);
    fmpq_init(y);
    fmpz_set_si(fmpq_numref(x), qd_rng_range(rng, -5, 5));
    fmpz_set_ui(fmpq_denref(x), 1 + qd_rng_below(rng, 5));
    if (_i % 2) {
        fmpz_mul_2exp(fmpq_numref(x), fmpq_numref(x), qd_rng_below(rng, 3000));
        fmpz_add_ui(fmpq_numref(x), fmpq_numref(x), qd_rng_below(rng, 3));
        fmpz_ui_pow_ui(fmpq_denref(x), 3, qd_rng_below(rng, 3000));
    }
    fmpq_canonicalise(x);
    char *s = fmpq_get_str(NULL, 10, x);
    ck_assert_int_eq(qd_rat_set_str(y, s, strlen(s), ctx), QD_OK);
    ck_assert(fmpq_equal(x, y));
    flint_free(s);
    fmpq_clear(x);
    fmpq_clear(y);
    flint_cleanup();
}
END_TEST

START_TEST(lists)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    fmpq *v = _fmpq_vec_init(3);
    ck_assert_int_eq(qd_rat_set_list(v, 3, "1/2,-3,1e-1", ctx), QD_OK);
    ck_assert_int_eq(fmpq_cmp_si(v + 1, -3), 0);
    ck_assert(fmpz_equal_si(fmpq_denref(v + 2), 10));
    ck_assert_int_eq(qd_rat_set_list(v, 3, "7,8", ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "point has 2 coordinates, expected 3");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_rat_set_list(v, 3, "7,8,", ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "\"\" is empty, expected a number");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_rat_set_list(v, 3, "7,8, 9", ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "\" 9\" is not a number");
    ck_assert_int_eq(qd_rat_set_list(v, 3, "", ctx), QD_EINPUT);
    ck_assert_int_eq(fmpq_cmp_si(v + 1, -3), 0);
    ck_assert_int_eq(qd_rat_set_list(NULL, 0, "", ctx), QD_OK);
    ck_assert_int_eq(qd_rat_set_list(NULL, 0, "1", ctx), QD_EINPUT);
    _fmpq_vec_clear(v, 3);
    flint_cleanup();
}
END_TEST

/* ---- out --------------------------------------------------------------------------------- */

static const struct {
    const char *x;
    int digits;
    const char *text;
} rendered[] = {
    {"0", 5, "0"},
    {"1", 5, "1"},
    {"-1", 1, "-1"},
    {"1/2", 20, "0.5"},
    {"1/3", 5, "0.33333"},
    {"2/3", 5, "0.66667"},
    {"-2/3", 3, "-0.667"},
    {"10", 1, "10"},
    {"123456", 3, "123000"},
    {"123456", 6, "123456"},
    {"123456", 9, "123456"},
    {"1234567/1000", 7, "1234.567"},
    {"5/2", 1, "2"},
    {"7/2", 1, "4"},
    {"25/2", 2, "12"},
    {"27/2", 2, "14"},
    {"999999/1000000", 3, "1.00"},
    {"99999", 3, "100000"},
    {"1/100000", 3, "0.00001"},
    {"1/1000000", 3, "1e-6"},
    {"3/2000000", 5, "1.5e-6"},
    {"100000000000000000000", 3, "100000000000000000000"},
    {"1000000000000000000000", 3, "1e21"},
    {"1234000000000000000000", 3, "1.23e21"},
    {"-1234000000000000000000", 8, "-1.234e21"},
    {"9999999999999999999999", 3, "1.00e22"},
    {"1/7", 1, "0.1"},
    {"1/7", 0, "0.1"},
    {"1000001/100", 4, "10000"},
};

START_TEST(decimals_are_rendered)
{
    fmpq_t x;
    qd_buf_t out;
    fmpq_init(x);
    qd_buf_init(out);
    qd_buf_puts(out, "<");
    fmpq_set_str(x, rendered[_i].x, 10);
    qd_rat_print_decimal(out, x, rendered[_i].digits);
    ck_assert_str_eq(qd_buf_str(out) + 1, rendered[_i].text);
    qd_buf_clear(out);
    fmpq_clear(x);
    flint_cleanup();
}
END_TEST

/* What is printed, read again, is within half a unit of the last digit, and has that many digits at most. */
START_TEST(rendering_is_nearest)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    fmpq_t x, y, d, unit;
    qd_buf_t out;
    rng_for(rng, _i);
    qd_ctx_init(ctx);
    qd_buf_init(out);
    fmpq_init(x);
    fmpq_init(y);
    fmpq_init(d);
    fmpq_init(unit);
    fmpz_set_si(fmpq_numref(x), (slong) qd_rng_u64(rng) >> qd_rng_below(rng, 63));
    fmpz_set_ui(fmpq_denref(x), 1 + (qd_rng_u64(rng) >> qd_rng_below(rng, 64)) / 2);
    fmpz_ui_pow_ui(fmpq_numref(y), 10, qd_rng_below(rng, _i % 2 ? 1 : 400));
    fmpz_one(fmpq_denref(y));
    if (fmpz_is_zero(fmpq_numref(x))) fmpz_one(fmpq_numref(x));
    fmpq_canonicalise(x);
    if (qd_rng_below(rng, 2)) fmpq_inv(y, y);
    fmpq_mul(x, x, y);
    slong digits = 1 + (slong) qd_rng_below(rng, 40);
    qd_rat_print_decimal(out, x, digits);
    ck_assert_int_eq(qd_rat_set_str(y, qd_buf_str(out), out->len, ctx), QD_OK);
    fmpq_sub(d, x, y);
    fmpq_abs(d, d);
    fmpq_abs(y, y);
    /* the unit of the last digit: the largest 10^k with 10^(k + digits - 1) <= |y| */
    fmpq_set_si(unit, 1, 1);
    fmpz_t ten;
    fmpz_init_set_ui(ten, 10);
    while (fmpq_cmp(unit, y) <= 0) fmpq_mul_fmpz(unit, unit, ten);
    while (fmpq_cmp(unit, y) > 0) fmpq_div_fmpz(unit, unit, ten);
    for (slong k = 1; k < digits; k++) fmpq_div_fmpz(unit, unit, ten);
    fmpq_div_fmpz(y, y, fmpq_numref(unit));
    fmpq_mul_fmpz(y, y, fmpq_denref(unit));
    ck_assert_msg(fmpz_is_one(fmpq_denref(y)), "%s has more than %ld digits", qd_buf_str(out), (long) digits);
    fmpq_mul_2exp(d, d, 1);
    ck_assert_msg(fmpq_cmp(d, unit) <= 0, "%s, case %d, QD_SEED=%lu", qd_buf_str(out), _i, (unsigned long) seed);
    fmpz_clear(ten);
    qd_buf_clear(out);
    fmpq_clear(x);
    fmpq_clear(y);
    fmpq_clear(d);
    fmpq_clear(unit);
    flint_cleanup();
}
END_TEST

START_TEST(doubles_are_exact)
{
    static const double edge[] = {0, -0.0, 2, -1, 0.1, 0x1p-1074, -0x1p-1022, 0x1.fffffffffffffp1023, 0x1.8p60, -24};
    qd_rng_t rng;
    fmpq_t x;
    mpq_t y, z;
    rng_for(rng, _i);
    double d = _i < 10 ? edge[_i] : ldexp(qd_rng_gauss(rng), (int) qd_rng_range(rng, -1060, 1000));
    fmpq_init(x);
    mpq_init(y);
    mpq_init(z);
    qd_rat_set_double(x, d);
    mpq_set_d(y, d);
    fmpq_get_mpq(z, x);
    ck_assert_msg(mpq_equal(y, z) && fmpq_is_canonical(x), "%a", d);
    fmpq_clear(x);
    mpq_clear(y);
    mpq_clear(z);
    flint_cleanup();
}
END_TEST

/* ---- vec --------------------------------------------------------------------------------- */

START_TEST(vectors)
{
    qd_vec_t v, w;
    qd_vec_init(v);
    qd_vec_init(w);
    ck_assert(qd_vec_equal(v, w));
    qd_vec_resize(v, 3);
    for (slong i = 0; i < 3; i++) ck_assert(fmpq_is_zero(v->e + i));
    fmpq_set_si(v->e + 2, 5, 7);
    qd_vec_set(w, v);
    ck_assert(qd_vec_equal(v, w));
    qd_vec_set(w, w);
    ck_assert(qd_vec_equal(v, w));
    qd_vec_resize(w, 5);
    ck_assert(!qd_vec_equal(v, w));
    ck_assert(fmpq_equal(w->e + 2, v->e + 2) && fmpq_is_zero(w->e + 4));
    qd_vec_resize(w, 3);
    ck_assert(qd_vec_equal(v, w));
    fmpq_set_si(w->e, 1, 1);
    ck_assert(!qd_vec_equal(v, w));
    qd_vec_swap(v, w);
    ck_assert(fmpq_is_one(v->e) && fmpq_is_zero(w->e));
    qd_vec_swap(v, v);
    qd_vec_resize(v, 0);
    ck_assert_int_eq(v->n, 0);
    qd_vec_clear(v);
    qd_vec_clear(w);
    flint_cleanup();
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *s = suite_create("rat");
    TCase *tc = tcase_create("rat");
    tcase_add_loop_test(tc, texts_are_read, 0, (int) (sizeof texts / sizeof *texts));
    tcase_add_test(tc, length_counts);
    tcase_add_loop_test(tc, decimals_equal_gmp, 0, 200 * multiplier);
    tcase_add_loop_test(tc, fraction_prints_and_reads, 0, 40 * multiplier);
    tcase_add_test(tc, lists);
    tcase_add_loop_test(tc, decimals_are_rendered, 0, (int) (sizeof rendered / sizeof *rendered));
    tcase_add_loop_test(tc, rendering_is_nearest, 0, 200 * multiplier);
    tcase_add_loop_test(tc, doubles_are_exact, 0, 100 * multiplier);
    tcase_add_test(tc, vectors);
    suite_add_tcase(s, tc);
    return test_run(s);
}
