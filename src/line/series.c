/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches of truncated power series. In pairs two_sum and two_product are exact, and what is left out is below 2^-101 of the numbers
   that meet: a pair times a pair leaves out the product of the low parts and rounds the mixed ones, a sum rounds the low parts. The file is
   compiled without contraction of products and sums, which two_sum does not survive. */
#include "line/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double *doubles(slong n)
{
    return qd_calloc((size_t) n, sizeof(double));
}

void qd_series__init(qd_series *z, slong n, slong room, bool pairs)
{
    slong stride = (n + QD_SERIES_LANES - 1) / QD_SERIES_LANES * QD_SERIES_LANES;
    memset(z, 0, sizeof *z);
    z->n = n;
    z->stride = stride;
    z->room = room;
    z->pairs = pairs;
    z->hi = doubles((room + 1) * stride);
    if (pairs) z->lo = doubles((room + 1) * stride);
    z->err = doubles(stride);
    z->tail = doubles(stride);
    z->norm = doubles(stride);
    z->lean = doubles(stride);
    z->sum = doubles((room + 2) * stride);
    z->factor = doubles(2 * stride);
}

void qd_series__clear(qd_series *z)
{
    free(z->hi);
    free(z->lo);
    free(z->err);
    free(z->tail);
    free(z->norm);
    free(z->lean);
    free(z->sum);
    free(z->factor);
}

void qd_series__zero(qd_series *z, slong m)
{
    size_t row = sizeof(double) * (size_t) z->stride;
    z->m = m;
    memset(z->hi, 0, row * (size_t) (m + 1));
    if (z->pairs) memset(z->lo, 0, row * (size_t) (m + 1));
    memset(z->err, 0, row);
    memset(z->tail, 0, row);
    memset(z->lean, 0, row);
}

/* ---- rows ----------------------------------------------------------------------------------- */

QD_CLONES static void add_absolute(double *restrict s, const double *restrict x, slong n)
{
    for (slong u = 0; u < n; u++) s[u] += fabs(x[u]);
}

/* z += w x */
QD_CLONES static void axpy(double *restrict z, const double *restrict w, double x, slong n)
{
    for (slong u = 0; u < n; u++) z[u] = __builtin_fma(w[u], x, z[u]);
}

/* z += |w| x */
QD_CLONES static void axpy_absolute(double *restrict z, const double *restrict w, double x, slong n)
{
    for (slong u = 0; u < n; u++) z[u] += fabs(w[u]) * x;
}

/* z += a b, lane by lane */
QD_CLONES static void madd(double *restrict z, const double *restrict a, const double *restrict b, slong n)
{
    for (slong u = 0; u < n; u++) z[u] = __builtin_fma(a[u], b[u], z[u]);
}

/* Adds the pair a b to the pair (zh, zl). */
#define ADD_PRODUCT(zh, zl, a, al, b, bl)                                                                                                  \
    do {                                                                                                                                   \
        double p_ = (a) * (b), q_ = __builtin_fma((a), (b), -p_);                                                                          \
        q_ = __builtin_fma((a), (bl), __builtin_fma((al), (b), q_));                                                                       \
        double s_ = (zh) + p_, t_ = s_ - (zh);                                                                                             \
        double e_ = ((zh) - (s_ - t_)) + (p_ - t_);                                                                                        \
        e_ += (zl) + q_;                                                                                                                   \
        (zh) = s_ + e_;                                                                                                                    \
        (zl) = e_ - ((zh) -s_);                                                                                                            \
    } while (0)

QD_CLONES static void axpy_pair(double *restrict z, double *restrict zl, const double *restrict w, const double *restrict wl, double x,
                                double xl, slong n)
{
    for (slong u = 0; u < n; u++) ADD_PRODUCT(z[u], zl[u], w[u], wl[u], x, xl);
}

QD_CLONES static void axpy_half(double *restrict z, double *restrict zl, const double *restrict w, double x, double xl, slong n)
{
    for (slong u = 0; u < n; u++) ADD_PRODUCT(z[u], zl[u], w[u], 0.0, x, xl);
}

QD_CLONES static void madd_pair(double *restrict z, double *restrict zl, const double *restrict a, const double *restrict al,
                                const double *restrict b, const double *restrict bl, slong n)
{
    for (slong u = 0; u < n; u++) ADD_PRODUCT(z[u], zl[u], a[u], al[u], b[u], bl[u]);
}

/* ---- batches -------------------------------------------------------------------------------- */

void qd_series__measure(qd_series *z)
{
    memset(z->norm, 0, sizeof(double) * (size_t) z->stride);
    for (slong k = 0; k <= z->m; k++) add_absolute(z->norm, z->hi + k * z->stride, z->stride);
    for (slong u = 0; u < z->stride; u++) z->norm[u] *= QD_SERIES_INFLATE; /* low parts included */
}

void qd_series__add_column(qd_series *z, const double *w, const double *wl, const qd_series *a, slong j, slong shift, slong terms)
{
    slong n = z->stride;
    double beyond = a->tail[j];
    for (slong k = 0; k <= a->m; k++) {
        double x = a->hi[k * a->stride + j];
        if (k + shift > z->m) {
            beyond += fabs(x) * QD_SERIES_INFLATE;
            continue;
        }
        double *to = z->hi + (k + shift) * n;
        if (!z->pairs) axpy(to, w, x, n);
        else if (wl != NULL) axpy_pair(to, z->lo + (k + shift) * n, w, wl, x, a->lo[k * a->stride + j], n);
        else axpy_half(to, z->lo + (k + shift) * n, w, x, a->lo[k * a->stride + j], n);
    }
    axpy_absolute(z->err, w, (a->err[j] + qd_series__slack(z->pairs, terms) * a->norm[j]) * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW, n);
    if (beyond != 0) axpy_absolute(z->tail, w, beyond * QD_SERIES_INFLATE, n);
    if (z->m == 1 && a->m == 1 && shift == 0)
        axpy_absolute(
            z->lean, w,
            (a->lean[j] + qd_series__slack(z->pairs, terms) * fabs(a->hi[a->stride + j])) * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW, n);
}

void qd_series__add_constant(qd_series *z, const double *b, const double *bl, double e, slong k, slong terms)
{
    double slack = qd_series__slack(z->pairs, terms) * QD_SERIES_INFLATE;
    int shift = e < -2000 ? -2000 : e > 2000 ? 2000 : (int) e;
    for (slong u = 0; u < z->n; u++) {
        double x = ldexp(b[u], shift), xl = bl != NULL ? ldexp(bl[u], shift) : 0;
        if (b[u] == 0) continue;
        if (k > z->m) {
            z->tail[u] = (z->tail[u] + fabs(x)) * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW;
            continue;
        }
        if (z->pairs) ADD_PRODUCT(z->hi[k * z->stride + u], z->lo[k * z->stride + u], x, xl, 1.0, 0.0);
        else z->hi[k * z->stride + u] += x;
        z->err[u] += slack * fabs(x) + QD_SERIES_UNDERFLOW;
    }
}

void qd_series__add(qd_series *z, const qd_series *a, double e, slong shift, slong terms)
{
    slong n = z->stride;
    double slack = qd_series__slack(z->pairs, terms), c = ldexp(1, e < -2000 ? -2000 : e > 2000 ? 2000 : (int) e);
    for (slong u = 0; u < z->n; u++) {
        double beyond = a->tail[u];
        if (a->norm[u] == 0 && a->err[u] == 0 && beyond == 0) continue;
        for (slong k = 0; k <= a->m; k++) {
            double x = a->hi[k * n + u];
            slong at = (k + shift) * n + u;
            if (k + shift > z->m) beyond += fabs(x) * QD_SERIES_INFLATE;
            else if (z->pairs) ADD_PRODUCT(z->hi[at], z->lo[at], x, a->lo[k * n + u], c, 0.0);
            else z->hi[at] += c * x;
        }
        z->err[u] = (z->err[u] + c * (a->err[u] + slack * a->norm[u])) * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW;
        if (beyond != 0) z->tail[u] = (z->tail[u] + c * beyond) * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW;
    }
}

/* z->tail: what the product has above z->m. sum: of row j the absolute values of b from j on. */
static void add_high(qd_series *z, const qd_series *a, const qd_series *b)
{
    slong n = z->stride;
    memset(z->sum + (b->m + 1) * n, 0, sizeof(double) * (size_t) n);
    for (slong k = b->m; k >= 0; k--) {
        memcpy(z->sum + k * n, z->sum + (k + 1) * n, sizeof(double) * (size_t) n);
        add_absolute(z->sum + k * n, b->hi + k * n, n);
    }
    for (slong i = 0; i <= a->m; i++) {
        slong from = z->m + 1 - i;
        if (from > b->m) continue;
        if (from < 0) from = 0;
        for (slong u = 0; u < n; u++) z->tail[u] += fabs(a->hi[i * n + u]) * z->sum[from * n + u];
    }
}

void qd_series__mul(qd_series *z, const qd_series *a, const qd_series *b, slong terms)
{
    slong n = z->stride;
    double slack = qd_series__slack(z->pairs, terms + a->m + 2);
    qd_series__zero(z, z->m);
    for (slong i = 0; i <= a->m; i++)
        for (slong j = 0; j <= b->m && i + j <= z->m; j++) {
            if (z->pairs)
                madd_pair(z->hi + (i + j) * n, z->lo + (i + j) * n, a->hi + i * n, a->lo + i * n, b->hi + j * n, b->lo + j * n, n);
            else madd(z->hi + (i + j) * n, a->hi + i * n, b->hi + j * n, n);
        }
    if (a->m + b->m > z->m) add_high(z, a, b);
    for (slong u = 0; u < n; u++) {
        double p = a->norm[u], q = b->norm[u];
        z->err[u] = (a->err[u] * (q + b->err[u]) + p * b->err[u] + slack * p * q) * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW;
        z->tail[u] = (z->tail[u] + a->tail[u] * (q + b->err[u] + b->tail[u]) + (p + a->err[u]) * b->tail[u]) * QD_SERIES_INFLATE;
    }
}

void qd_series__scale(qd_series *z, const qd_series *a, const double *f, const double *fl)
{
    slong n = z->stride;
    double slack = qd_series__slack(z->pairs, 0);
    qd_series__zero(z, a->m);
    for (slong k = 0; k <= a->m; k++) {
        if (z->pairs) madd_pair(z->hi + k * n, z->lo + k * n, a->hi + k * n, a->lo + k * n, f, fl, n);
        else madd(z->hi + k * n, a->hi + k * n, f, n);
    }
    for (slong u = 0; u < n; u++) {
        double c = fabs(f[u]);
        bool exact = c == 1 && fl[u] == 0;
        if (c == 0) continue;
        z->err[u] = c * (a->err[u] + (exact ? 0 : slack * a->norm[u])) * QD_SERIES_INFLATE + (exact ? 0 : QD_SERIES_UNDERFLOW);
        z->tail[u] = c * a->tail[u] * QD_SERIES_INFLATE;
        if (z->m == 1)
            z->lean[u] =
                c * (a->lean[u] + (exact ? 0 : slack * fabs(a->hi[n + u]))) * QD_SERIES_INFLATE + (exact ? 0 : QD_SERIES_UNDERFLOW);
    }
    qd_series__measure(z);
}

QD_CLONES static void times(double *z, double c, slong n)
{
    for (slong u = 0; u < n; u++) z[u] *= c;
}

void qd_series__shift(qd_series *z, double e)
{
    if (e == 0) return;
    double c = ldexp(1, (int) e);
    slong n = z->stride;
    times(z->hi, c, (z->m + 1) * n);
    if (z->pairs) times(z->lo, c, (z->m + 1) * n);
    times(z->err, c, n);
    times(z->tail, c, n);
    times(z->lean, c, n);
    times(z->norm, c, n);
    for (slong u = 0; u < z->n; u++) /* what was rounded away below the smallest normal numbers */
        if (z->norm[u] + z->err[u] + z->tail[u] != 0) {
            z->err[u] = z->err[u] * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW;
            z->tail[u] = z->tail[u] == 0 ? 0 : z->tail[u] + QD_SERIES_UNDERFLOW;
            z->lean[u] = z->lean[u] * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW;
            z->norm[u] += QD_SERIES_UNDERFLOW;
        }
}

void qd_series__gather(qd_series *z, const qd_series *a, const slong *from)
{
    z->m = a->m;
    for (slong k = 0; k <= a->m; k++)
        for (slong u = 0; u < z->n; u++) {
            z->hi[k * z->stride + u] = a->hi[k * a->stride + from[u]];
            if (z->pairs) z->lo[k * z->stride + u] = a->lo[k * a->stride + from[u]];
        }
    for (slong u = 0; u < z->n; u++) {
        z->err[u] = a->err[from[u]];
        z->tail[u] = a->tail[from[u]];
        z->norm[u] = a->norm[from[u]];
    }
}
