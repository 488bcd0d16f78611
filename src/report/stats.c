/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics over the seeds of a study. All of them sort, none samples: results depend on the numbers alone. */
#include "report/report.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

double qd_stats_quantile(const double *x, int64_t n, double p)
{
    double *sorted = qd_malloc((size_t) n * sizeof *sorted);
    memcpy(sorted, x, (size_t) n * sizeof *sorted);
    qsort(sorted, (size_t) n, sizeof *sorted, by_value);
    double at = p * (double) (n - 1);
    int64_t i = (int64_t) at;
    double part = at - (double) i, y = sorted[i];
    /* infinity less infinity is no number */
    if (part > 0 && sorted[i + 1] > y) y += part * (sorted[i + 1] - y);
    free(sorted);
    return y;
}

void qd_stats_print_mean(qd_buf_t out, const int64_t *x, int64_t n)
{
    __int128 sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    int64_t whole = (int64_t) (sum / n), rest = (int64_t) (sum % n);
    int64_t hundredths = (int64_t) (((__int128) 200 * rest + n) / (2 * (__int128) n));
    qd_buf_printf(out, "%" PRId64 ".%02" PRId64, whole + hundredths / 100, hundredths % 100);
}

bool qd_stats_fit(double *slope, double *error, double *intercept, const double *x, const double *y, int64_t n)
{
    double mx = 0, my = 0, xx = 0, xy = 0, rest = 0;
    for (int64_t i = 0; i < n; i++) {
        mx += x[i] / (double) n;
        my += y[i] / (double) n;
    }
    for (int64_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
    }
    bool equal = true;
    for (int64_t i = 1; i < n; i++) equal = equal && x[i] == x[0];
    if (equal) return false;
    *slope = xy / xx;
    *intercept = my - *slope * mx;
    for (int64_t i = 0; i < n; i++) {
        double d = y[i] - my - *slope * (x[i] - mx);
        rest += d * d;
    }
    *error = n > 2 ? sqrt(rest / (double) (n - 2) / xx) : NAN;
    return true;
}

/* ---- Wilcoxon's signed-rank test ----------------------------------------------------------- */

typedef struct {
    double size;
    bool positive;
} signed_size;

static int by_size(const void *a, const void *b)
{
    const signed_size *x = a, *y = b;
    return (x->size > y->size) - (x->size < y->size);
}

/* Twice the midranks of the sorted sizes, so that they are integers. */
static void double_midranks(int64_t *rank, const signed_size *d, int64_t m)
{
    for (int64_t i = 0, end; i < m; i = end) {
        for (end = i + 1; end < m && d[end].size == d[i].size;) end++;
        for (int64_t k = i; k < end; k++) rank[k] = i + 1 + end;
    }
}

/* The probability that the ranks of positive sign sum to `low` at most, over all 2^m signs; total: the sum of all ranks. */
static double lower_tail(const int64_t *rank, int64_t m, int64_t total, int64_t low)
{
    double *p = qd_calloc((size_t) total + 1, sizeof *p), tail = 0; /* p[t]: probability that they sum to t */
    int64_t reach = 0;
    p[0] = 1;
    for (int64_t i = 0; i < m; i++) {
        reach += rank[i];
        for (int64_t t = reach; t >= 0; t--) p[t] = 0.5 * (p[t] + (t >= rank[i] ? p[t - rank[i]] : 0));
    }
    for (int64_t t = 0; t <= low; t++) tail += p[t];
    free(p);
    return tail;
}

double qd_stats_wilcoxon(const double *difference, int64_t n)
{
    signed_size *d = qd_malloc((size_t) (n + 1) * sizeof *d);
    int64_t m = 0, plus = 0;
    for (int64_t i = 0; i < n; i++)
        if (difference[i] != 0) d[m++] = (signed_size){fabs(difference[i]), difference[i] > 0};
    qsort(d, (size_t) m, sizeof *d, by_size);
    int64_t *rank = qd_malloc((size_t) (m + 1) * sizeof *rank), total = m * (m + 1);
    double_midranks(rank, d, m);
    for (int64_t i = 0; i < m; i++) plus += d[i].positive ? rank[i] : 0;
    double p = 2 * lower_tail(rank, m, total, plus < total - plus ? plus : total - plus);
    free(d);
    free(rank);
    return p < 1 ? p : 1;
}

/* ---- Holm's correction ---------------------------------------------------------------------- */

void qd_stats_holm(double *adjusted, const double *p, int64_t n)
{
    double *sorted = qd_malloc((size_t) (n + 1) * sizeof *sorted), *value = qd_malloc((size_t) (n + 1) * sizeof *value), largest = 0;
    memcpy(sorted, p, (size_t) n * sizeof *sorted);
    qsort(sorted, (size_t) n, sizeof *sorted, by_value);
    for (int64_t i = 0; i < n; i++) {
        double x = (double) (n - i) * sorted[i];
        if (x > largest) largest = x;
        value[i] = largest < 1 ? largest : 1;
    }
    /* of equal ones the first has the largest factor, so any of them will do */
    for (int64_t i = 0; i < n; i++) {
        const double *at = bsearch(p + i, sorted, (size_t) n, sizeof *sorted, by_value);
        assert(at != NULL);
        adjusted[i] = value[at - sorted];
    }
    free(sorted);
    free(value);
}
