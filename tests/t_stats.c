/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the statistics of src/report against published values, and against their definitions by brute force: all choices of signs, all
   families of hypotheses. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "shared/suite.h"

#define COUNT(a) ((int) (sizeof(a) / sizeof *(a)))

static qd_rng_t rng;
static int multiplier;

static void setup(void)
{
    qd_rng_init(rng, test_seed(), 0x7374617473);
    multiplier = test_multiplier();
}

/* ---- a line through points ------------------------------------------------------------------ */

/* The first of Anscombe's four data sets (The American Statistician 27, 1973), whose line is published: 3.0001 + 0.5001 x, with standard
   error 0.1179 of the slope. */
START_TEST(published_line)
{
    static const double x[] = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
    static const double y[] = {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
    double slope, error, intercept;
    ck_assert(qd_stats_fit(&slope, &error, &intercept, x, y, 11));
    ck_assert_double_eq_tol(slope, 0.5001, 5e-5);
    ck_assert_double_eq_tol(intercept, 3.0001, 5e-5);
    ck_assert_double_eq_tol(error, 0.1179, 5e-5);
}
END_TEST

/* A line by the normal equations in long doubles; two points have no error, equal x no line. */
START_TEST(line_by_normal_equations)
{
    double x[40], y[40], slope, error, intercept;
    for (int trial = 0; trial < 100 * multiplier; trial++) {
        int n = (int) qd_rng_range(rng, 2, 40);
        long double s = n, sx = 0, sy = 0, sxx = 0, sxy = 0, rest = 0;
        for (int i = 0; i < n; i++) {
            x[i] = i + qd_rng_unit(rng) / 2;
            y[i] = 3 - 2 * x[i] + qd_rng_gauss(rng);
            sx += x[i], sy += y[i], sxx += (long double) x[i] * x[i], sxy += (long double) x[i] * y[i];
        }
        long double det = s * sxx - sx * sx, b = (s * sxy - sx * sy) / det, a = (sy * sxx - sx * sxy) / det;
        for (int i = 0; i < n; i++) rest += (y[i] - a - b * x[i]) * (y[i] - a - b * x[i]);
        ck_assert(qd_stats_fit(&slope, &error, &intercept, x, y, n));
        ck_assert_double_eq_tol(slope, (double) b, 1e-10);
        ck_assert_double_eq_tol(intercept, (double) a, 1e-9);
        if (n == 2) ck_assert(isnan(error));
        else ck_assert_double_eq_tol(error, (double) sqrtl(rest / (n - 2) * s / det), 1e-10);
        for (int i = 0; i < n; i++) x[i] = 1;
        slope = 7;
        ck_assert(!qd_stats_fit(&slope, &error, &intercept, x, y, n));
        ck_assert_double_eq(slope, 7);
    }
}
END_TEST

/* How often is the true slope within 1.96 errors of the one found? With 30 points t has 28 degrees of freedom: 0.940 of the time. */
START_TEST(errors_are_errors)
{
    double x[30], y[30], slope, error, intercept;
    int inside = 0, n = 2000;
    for (int trial = 0; trial < n; trial++) {
        for (int i = 0; i < 30; i++) {
            x[i] = i;
            y[i] = 1 + 0.5 * x[i] + 2 * qd_rng_gauss(rng);
        }
        ck_assert(qd_stats_fit(&slope, &error, &intercept, x, y, 30));
        inside += fabs(slope - 0.5) <= 1.96 * error;
    }
    ck_assert_double_eq_tol((double) inside / n, 0.94, 0.03); /* five and a half deviations */
}
END_TEST

/* ---- quantiles ------------------------------------------------------------------------------ */

/* Miles per gallon of 32 cars, Motor Trend 1974, as every R has them; quantile(mtcars$mpg). */
START_TEST(published_quartiles)
{
    static const double mpg[] = {21,   21,   22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
                                 14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26,   30.4, 15.8, 19.7, 15,   21.4};
    static const double expected[] = {10.4, 15.425, 19.2, 22.8, 33.9};
    for (int k = 0; k < 5; k++) ck_assert_double_eq_tol(qd_stats_quantile(mpg, 32, 0.25 * k), expected[k], 1e-12);
}
END_TEST

START_TEST(quartiles_by_hand)
{
    static const double x[] = {7, 1, 3, 10}, one[] = {5};
    ck_assert_double_eq(qd_stats_quantile(x, 4, 0.25), 2.5);
    ck_assert_double_eq(qd_stats_quantile(x, 4, 0.5), 5);
    ck_assert_double_eq(qd_stats_quantile(x, 4, 0.75), 7.75);
    ck_assert_double_eq(qd_stats_quantile(x, 3, 0.25), 2);
    ck_assert_double_eq(qd_stats_quantile(x, 3, 0.5), 3);
    ck_assert_double_eq(qd_stats_quantile(x, 2, 0.5), 4);
    for (int k = 0; k <= 4; k++) ck_assert_double_eq(qd_stats_quantile(one, 1, 0.25 * k), 5);
    ck_assert_double_eq(x[0], 7); /* left as they are */
}
END_TEST

START_TEST(infinity_ranks_last)
{
    static const double x[] = {INFINITY, 1, INFINITY, 2, 3};
    ck_assert_double_eq(qd_stats_quantile(x, 5, 0.5), 3);
    ck_assert_double_eq(qd_stats_quantile(x, 5, 0.4999), 2 + 4 * (0.4999 - 0.25));
    ck_assert_double_eq(qd_stats_quantile(x, 5, 0.51), INFINITY);
    ck_assert_double_eq(qd_stats_quantile(x, 5, 1), INFINITY);
}
END_TEST

/* The definition without sorting: x_k is the number with at most k smaller ones and more than k that are not larger. */
static double order_statistic(const double *x, int64_t n, int64_t k)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t below = 0, upto = 0;
        for (int64_t j = 0; j < n; j++) {
            below += x[j] < x[i];
            upto += x[j] <= x[i];
        }
        if (below <= k && k < upto) return x[i];
    }
    return NAN;
}

START_TEST(quantiles_are_what_is_defined)
{
    for (int round = 0; round < 200 * multiplier; round++) {
        double x[40];
        int64_t n = qd_rng_range(rng, 1, 40), span = qd_rng_range(rng, 1, 50);
        for (int64_t i = 0; i < n; i++) x[i] = (double) qd_rng_range(rng, -span, span); /* with ties */
        for (int k = 0; k <= 16; k++) {
            double at = (double) k * (double) (n - 1) / 16, part = at - floor(at);
            double y = order_statistic(x, n, (int64_t) at);
            if (part > 0) y = (1 - part) * y + part * order_statistic(x, n, (int64_t) at + 1);
            ck_assert_double_eq_tol(qd_stats_quantile(x, n, k / 16.0), y, 1e-12);
        }
    }
}
END_TEST

/* ---- means ---------------------------------------------------------------------------------- */

static const char *mean(qd_buf_t out, const int64_t *x, int64_t n)
{
    qd_buf_reset(out);
    qd_stats_print_mean(out, x, n);
    return qd_buf_str(out);
}

START_TEST(means_by_hand)
{
    static const int64_t a[] = {1, 2, 2}, b[] = {0, 0, 0, 0, 0, 0, 0, 1}, c[] = {7},
                         d[] = {99, 100, 100, 100, 100, 100, 100, 100, 100, 100};
    static const int64_t large[] = {INT64_MAX, INT64_MAX, INT64_MAX - 1};
    qd_buf_t out;
    int64_t e[201] = {2};
    qd_buf_init(out);
    ck_assert_str_eq(mean(out, a, 3), "1.67");
    ck_assert_str_eq(mean(out, b, 8), "0.13"); /* 0.125: half up */
    ck_assert_str_eq(mean(out, c, 1), "7.00");
    ck_assert_str_eq(mean(out, d, 10), "99.90");
    ck_assert_str_eq(mean(out, e, 200), "0.01"); /* 0.01 and, of one more number, a little less */
    ck_assert_str_eq(mean(out, e, 201), "0.01");
    for (int i = 0; i < 201; i++) e[i] = i < 200;
    ck_assert_str_eq(mean(out, e, 201), "1.00"); /* 0.99502... is carried */
    ck_assert_str_eq(mean(out, large, 3), "9223372036854775806.67");
    qd_buf_clear(out);
}
END_TEST

/* The hundredths h that are printed: h - 1/2 <= 100 sum / n < h + 1/2. */
START_TEST(means_are_rounded_to_the_nearest)
{
    qd_buf_t out;
    qd_buf_init(out);
    for (int round = 0; round < 1000 * multiplier; round++) {
        int64_t x[64], n = qd_rng_range(rng, 1, 64), sum = 0;
        for (int64_t i = 0; i < n; i++) sum += x[i] = qd_rng_range(rng, 0, 30);
        const char *text = mean(out, x, n);
        size_t len = strlen(text);
        ck_assert_msg(len >= 4 && text[len - 3] == '.', "%s", text);
        int64_t h = 100 * strtoll(text, NULL, 10) + strtoll(text + len - 2, NULL, 10);
        ck_assert_msg((2 * h - 1) * n <= 200 * sum && 200 * sum < (2 * h + 1) * n, "%s for %lld / %lld", text, (long long) sum,
                      (long long) n);
    }
    qd_buf_clear(out);
}
END_TEST

/* ---- Wilcoxon ------------------------------------------------------------------------------- */

/* n differences of ranks 1 to n whose ranks of one sign sum to t. */
static void with_rank_sum(double *d, int n, int t, int sign)
{
    for (int r = n; r >= 1; r--) {
        d[r - 1] = (r <= t ? sign : -sign) * r * 0.5;
        if (r <= t) t -= r;
    }
    ck_assert_int_eq(t, 0);
}

/* Largest rank sums that are significant at 0.10, 0.05 and 0.01, two-sided, for n = 5 to 25 [McC65]; -1: none is. */
static const struct {
    double alpha;
    int critical[21];
} table[] = {
    {0.10, {0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 30, 35, 41, 47, 53, 60, 67, 75, 83, 91, 100}},
    {0.05, {-1, 0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 29, 34, 40, 46, 52, 58, 65, 73, 81, 89}},
    {0.01, {-1, -1, -1, 0, 1, 3, 5, 7, 9, 12, 15, 19, 23, 27, 32, 37, 42, 48, 54, 61, 68}},
};

START_TEST(published_critical_values)
{
    double d[25];
    for (int k = 0; k < 21; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            int n = k + 5, t = table[_i].critical[k];
            if (t >= 0) {
                with_rank_sum(d, n, t, sign);
                ck_assert_msg(qd_stats_wilcoxon(d, n) <= table[_i].alpha, "n %d, rank sum %d", n, t);
            }
            with_rank_sum(d, n, t + 1, sign);
            ck_assert_msg(qd_stats_wilcoxon(d, n) > table[_i].alpha, "n %d, rank sum %d", n, t + 1);
        }
}
END_TEST

/* Darwin's pairs of crossed and self-fertilised maize, in eighths of an inch [Fisher, The design of experiments, section 17]: the rank sums
   are 96 and 24, p = 1352 / 2^15. And nine patients of Hollander and Wolfe: the rank sums are 40 and 5, one-sided p 0.0195. */
START_TEST(published_examples)
{
    static const double maize[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
    static const double before[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    static const double after[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    double d[9];
    ck_assert_double_eq(qd_stats_wilcoxon(maize, 15), 1352 / 0x1p15);
    for (int i = 0; i < 9; i++) d[i] = before[i] - after[i];
    ck_assert_double_eq(qd_stats_wilcoxon(d, 9), 20 / 0x1p9);
}
END_TEST

START_TEST(wilcoxon_at_its_ends)
{
    static const double none[] = {0, 0, -0.0}, one[] = {0, 3, 0}, even[] = {1, -1, 2, -2};
    double same[10];
    for (int i = 0; i < 10; i++) same[i] = -INFINITY;
    ck_assert_double_eq(qd_stats_wilcoxon(none, 0), 1);
    ck_assert_double_eq(qd_stats_wilcoxon(none, 3), 1);
    ck_assert_double_eq(qd_stats_wilcoxon(one, 3), 1);
    ck_assert_double_eq(qd_stats_wilcoxon(even, 4), 1);
    ck_assert_double_eq(qd_stats_wilcoxon(same, 10), 0x1p-9);
}
END_TEST

/* Midranks from their definition; counting all signs. */
static double brute_wilcoxon(const double *d, int n)
{
    double rank[20], plus = 0, minus = 0;
    int m = 0, extreme = 0;
    for (int i = 0; i < n; i++) {
        if (d[i] == 0) continue;
        int below = 0, equal = 0;
        for (int j = 0; j < n; j++) {
            below += d[j] != 0 && fabs(d[j]) < fabs(d[i]);
            equal += d[j] != 0 && fabs(d[j]) == fabs(d[i]);
        }
        rank[m] = below + (equal + 1) / 2.0; /* the mean of below + 1, ..., below + equal */
        *(d[i] > 0 ? &plus : &minus) += rank[m++];
    }
    double seen = fabs(plus - minus);
    for (int signs = 0; signs < 1 << m; signs++) {
        double sum = 0;
        for (int i = 0; i < m; i++) sum += signs >> i & 1 ? rank[i] : -rank[i];
        extreme += fabs(sum) >= seen;
    }
    return extreme / (double) (1 << m);
}

START_TEST(wilcoxon_counts_all_signs)
{
    for (int round = 0; round < 40 * multiplier; round++) {
        double d[12];
        int n = (int) qd_rng_range(rng, 0, 12);
        int64_t span = _i == 0 ? 1000000 : qd_rng_range(rng, 1, 12); /* _i: with ties and zeros */
        for (int i = 0; i < n; i++) {
            d[i] = (double) qd_rng_range(rng, -span, span);
            if (_i == 2 && qd_rng_below(rng, 3) == 0) d[i] = qd_rng_below(rng, 2) ? INFINITY : -INFINITY;
        }
        ck_assert_double_eq_tol(qd_stats_wilcoxon(d, n), brute_wilcoxon(d, n), 1e-12);
    }
}
END_TEST

/* ---- Holm ------------------------------------------------------------------------------------ */

/* The worked example of Wikipedia's article on the method: of these four the first and the last are rejected at 0.05. The second as R's
   p.adjust gives it. */
START_TEST(published_corrections)
{
    static const double p[] = {0.01, 0.04, 0.03, 0.005}, expected[] = {0.03, 0.06, 0.06, 0.02};
    static const double q[] = {0.01, 0.04, 0.20, 0.03, 0.005, 0.07}, expected6[] = {0.05, 0.12, 0.20, 0.12, 0.03, 0.14};
    double a[6];
    qd_stats_holm(a, p, 4);
    for (int i = 0; i < 4; i++) ck_assert_double_eq_tol(a[i], expected[i], 1e-15);
    qd_stats_holm(a, q, 6);
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol(a[i], expected6[i], 1e-15);
    qd_stats_holm(a, a, 0);
    ck_assert_double_eq_tol(a[0], expected6[0], 1e-15);
}
END_TEST

/* Holm's correction is the closed test of Bonferroni's: a hypothesis falls when every family that it belongs to falls. */
START_TEST(holm_is_the_closed_test)
{
    for (int round = 0; round < 100 * multiplier; round++) {
        double p[9], a[9];
        int n = (int) qd_rng_range(rng, 1, 9);
        for (int i = 0; i < n; i++) p[i] = (double) qd_rng_range(rng, 0, 20) / (qd_rng_below(rng, 2) ? 20 : 200);
        qd_stats_holm(a, p, n);
        for (int i = 0; i < n; i++) {
            double closed = 0;
            for (int family = 0; family < 1 << n; family++) {
                double smallest = 1;
                if (!(family >> i & 1)) continue;
                for (int j = 0; j < n; j++)
                    if (family >> j & 1 && p[j] < smallest) smallest = p[j];
                closed = fmax(closed, fmin(1, __builtin_popcount((unsigned) family) * smallest));
            }
            ck_assert_double_eq_tol(a[i], closed, 1e-12);
        }
        qd_stats_holm(p, p, n); /* in place */
        for (int i = 0; i < n; i++) ck_assert_double_eq(p[i], a[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tc = tcase_create("stats");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, published_line);
    tcase_add_test(tc, line_by_normal_equations);
    tcase_add_test(tc, errors_are_errors);
    tcase_add_test(tc, published_quartiles);
    tcase_add_test(tc, quartiles_by_hand);
    tcase_add_test(tc, infinity_ranks_last);
    tcase_add_test(tc, quantiles_are_what_is_defined);
    tcase_add_test(tc, means_by_hand);
    tcase_add_test(tc, means_are_rounded_to_the_nearest);
    tcase_add_loop_test(tc, published_critical_values, 0, COUNT(table));
    tcase_add_test(tc, published_examples);
    tcase_add_test(tc, wilcoxon_at_its_ends);
    tcase_add_loop_test(tc, wilcoxon_counts_all_signs, 0, 3);
    tcase_add_test(tc, published_corrections);
    tcase_add_test(tc, holm_is_the_closed_test);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
