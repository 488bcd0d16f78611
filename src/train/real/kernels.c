/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Element-wise work of dense layers. Each function is one pass over its rows, in a version for each vector width; a row is 64
   numbers and stays in the nearest cache between the loops on it. */
#include "train/real/dense.h"

/* Inlined into every version of its callers, with their instructions. */
#define INLINE static inline __attribute__((always_inline))

/* ---- forward ---------------------------------------------------------------------------------- */

INLINE void activate_row(const R(qd_train__layer) * l, real *restrict a, const real *restrict z, int64_t n)
{
    real slope = l->slope;
    switch (l->act) {
    case QD_RELU: /* NaN stays NaN */
        for (int64_t j = 0; j < n; j++) a[j] = z[j] <= 0 ? 0 : z[j];
        break;
    case QD_LEAKY_RELU:
        for (int64_t j = 0; j < n; j++) a[j] = z[j] <= 0 ? slope * z[j] : z[j];
        break;
    case QD_ABS:
        for (int64_t j = 0; j < n; j++) a[j] = z[j] < 0 ? -z[j] : z[j];
        break;
    case QD_SQUARE:
        for (int64_t j = 0; j < n; j++) a[j] = z[j] * z[j];
        break;
    case QD_IDENTITY: /* the power 1 */
    case QD_RAISE:
        for (int64_t j = 0; j < n; j++) a[j] = z[j];
        for (int64_t k = 1; k < l->power; k++)
            for (int64_t j = 0; j < n; j++) a[j] *= z[j];
    }
}

INLINE double product_row(real *restrict z, real *restrict r, real *restrict g, real br, real bg, real bias, bool add, int64_t n)
{
    double sum = 0;
    if (add) {
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < n; j++) {
            r[j] += br;
            g[j] += bg;
            z[j] += r[j] * g[j] + bias;
            sum += (double) z[j] * (double) z[j];
        }
    } else {
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < n; j++) {
            r[j] += br;
            g[j] += bg;
            z[j] = r[j] * g[j] + bias;
            sum += (double) z[j] * (double) z[j];
        }
    }
    return sum;
}

INLINE double sum_row(real *restrict z, real bias, int64_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++) {
        z[j] += bias;
        sum += (double) z[j] * (double) z[j];
    }
    return sum;
}

INLINE real entry(const real *theta, int64_t offset, int64_t i)
{
    return offset < 0 ? 0 : theta[offset + i];
}

QD_CLONES
double R(qd_train__activate)(const R(qd_train__layer) * l, const real *theta, bool add, int64_t ld, int64_t first, int64_t cols)
{
    double sum = 0;
    for (int64_t i = 0; i < l->out; i++) {
        int64_t at = i * ld + first;
        real bias = entry(theta, l->bias, i);
        if (l->r != NULL)
            sum += product_row(l->z + at, l->r + at, l->g + at, entry(theta, l->br, i), entry(theta, l->bg, i), bias, add, cols);
        else sum += sum_row(l->z + at, bias, cols);
        activate_row(l, l->a + at, l->z + at, cols);
        if (l->a2 != NULL)
            for (int64_t j = 0; j < cols; j++) l->a2[at + j] = l->a[at + j] * l->a[at + j];
    }
    return sum;
}

QD_CLONES
void R(qd_train__square)(real *y, const real *x, int64_t rows, int64_t ld, int64_t first, int64_t cols)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = i * ld + first; j < i * ld + first + cols; j++) y[j] = x[j] * x[j];
}

QD_CLONES
void R(qd_train__pairs)(real *pairs, const real *x, int64_t n, int64_t ld, int64_t first, int64_t cols)
{
    real *restrict p = pairs + first;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = i; k < n; k++, p += ld) {
            const real *a = x + i * ld + first, *b = x + k * ld + first;
            for (int64_t j = 0; j < cols; j++) p[j] = a[j] * b[j];
        }
}

/* ---- back ------------------------------------------------------------------------------------- */

INLINE void join_row(real *restrict da, const real *restrict dsq, const real *restrict a, bool set, int64_t n)
{
    if (set)
        for (int64_t j = 0; j < n; j++) da[j] += 2 * a[j] * dsq[j];
    else
        for (int64_t j = 0; j < n; j++) da[j] = 2 * a[j] * dsq[j];
}

/* z = d act'(z); d is overwritten. Where the derivative is 0 the result is 0 even if d is not finite. */
INLINE void deactivate_row(const R(qd_train__layer) * l, real *restrict z, real *restrict d, int64_t n)
{
    real slope = l->slope, power = (real) l->power;
    switch (l->act) {
    case QD_RELU:
        for (int64_t j = 0; j < n; j++) z[j] = z[j] <= 0 ? 0 : d[j];
        break;
    case QD_LEAKY_RELU:
        for (int64_t j = 0; j < n; j++) z[j] = z[j] <= 0 ? slope * d[j] : d[j];
        break;
    case QD_ABS:
        for (int64_t j = 0; j < n; j++) z[j] = z[j] == 0 ? 0 : z[j] < 0 ? -d[j] : d[j];
        break;
    case QD_SQUARE:
        for (int64_t j = 0; j < n; j++) z[j] *= 2 * d[j];
        break;
    case QD_IDENTITY:
    case QD_RAISE:
        for (int64_t k = 1; k < l->power; k++)
            for (int64_t j = 0; j < n; j++) d[j] *= z[j];
        for (int64_t j = 0; j < n; j++) z[j] = power * d[j];
    }
}

QD_CLONES
void R(qd_train__join)(real *da, const real *dsq, const real *x, bool set, int64_t rows, int64_t ld, int64_t first, int64_t cols)
{
    for (int64_t i = 0, at = first; i < rows; i++, at += ld) join_row(da + at, dsq + at, x + at, set, cols);
}

QD_CLONES
void R(qd_train__deactivate)(const R(qd_train__layer) * l, real *da, bool set, const real *dsq, int64_t ld, int64_t first, int64_t cols)
{
    for (int64_t i = 0; i < l->out; i++) {
        int64_t at = i * ld + first;
        real *restrict z = l->z + at;
        if (dsq != NULL) join_row(da + at, dsq + at, l->a + at, set, cols);
        deactivate_row(l, z, da + at, cols);
        if (l->r == NULL) continue;
        real *restrict r = l->r + at, *restrict g = l->g + at;
        for (int64_t j = 0; j < cols; j++) {
            real dr = z[j] * g[j], dg = z[j] * r[j];
            r[j] = dr;
            g[j] = dg;
        }
    }
}

QD_CLONES
void R(qd_train__unpair)(real *da, const real *dpairs, const real *x, int64_t n, int64_t from, int64_t to, int64_t ld, int64_t first,
                         int64_t cols)
{
    const real *p = dpairs + first;
    for (int64_t i = from; i < to; i++)
        for (int64_t k = i; k < n; k++, p += ld) {
            const real *a = x + i * ld + first, *b = x + k * ld + first;
            real *da_i = da + i * ld + first, *da_k = da + k * ld + first;
            for (int64_t j = 0; j < cols; j++) da_i[j] += p[j] * b[j];
            for (int64_t j = 0; j < cols; j++) da_k[j] += p[j] * a[j];
        }
}

QD_CLONES
void R(qd_train__row_sums)(real *y, const real *d, int64_t rows, int64_t ld, int64_t cols)
{
    for (int64_t i = 0; i < rows; i++) {
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < cols; j++) sum += d[i * ld + j];
        y[i] = sum;
    }
}
