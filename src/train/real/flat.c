/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/real/flat.h"

#include <string.h>

#define TILE 64

int64_t R(qd_train__flat_tile)(int64_t channels)
{
    return (TILE + channels - 1) / channels * channels;
}

void R(qd_train__flat_tile_fill)(real *tile, const double *value, int64_t channels)
{
    for (int64_t i = 0; i < R(qd_train__flat_tile)(channels); i++) tile[i] = (real) value[i % channels];
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- forward ------------------------------------------------------------------------------ */

QD_CLONES void R(qd_train__flat_affine)(real *restrict y, const real *restrict z, const real *restrict more, int64_t n,
                                        const real *restrict mean, const real *restrict factor, const real *restrict shift, int64_t tile)
{
    for (int64_t i = 0; i < n; i += tile) {
        int64_t m = least(tile, n - i);
        if (more != NULL)
            for (int64_t j = 0; j < m; j++) y[i + j] = (z[i + j] - mean[j]) * factor[j] + shift[j] + more[i + j];
        else
            for (int64_t j = 0; j < m; j++) y[i + j] = (z[i + j] - mean[j]) * factor[j] + shift[j];
    }
}

static inline __attribute__((always_inline)) real raise(real x, int64_t r)
{
    real y = 1;
    for (int64_t k = 0; k < r; k++) y *= x;
    return y;
}

/* Comparisons are written so that NaN stays NaN. */
QD_CLONES void R(qd_train__flat_act)(real *restrict a, int64_t n, const qd_unit *unit)
{
    real slope = (real) qd_ratio_double(unit->neuron.slope);
    switch (unit->neuron.act) {
    case QD_RELU:
        for (int64_t i = 0; i < n; i++) a[i] = a[i] <= 0 ? 0 : a[i];
        break;
    case QD_LEAKY_RELU:
        for (int64_t i = 0; i < n; i++) a[i] = a[i] > 0 ? a[i] : slope * a[i];
        break;
    case QD_ABS:
        for (int64_t i = 0; i < n; i++) a[i] = a[i] < 0 ? -a[i] : a[i];
        break;
    case QD_SQUARE:
        for (int64_t i = 0; i < n; i++) a[i] *= a[i];
        break;
    case QD_RAISE:
        for (int64_t i = 0; i < n; i++) a[i] = raise(a[i], unit->neuron.power);
        break;
    case QD_IDENTITY:
        break;
    }
}

QD_CLONES void R(qd_train__flat_act_slope)(real *restrict d, int64_t n, const qd_unit *unit)
{
    real slope = (real) qd_ratio_double(unit->neuron.slope);
    switch (unit->neuron.act) {
    case QD_RELU:
        for (int64_t i = 0; i < n; i++) d[i] = d[i] > 0 ? 1 : 0;
        break;
    case QD_LEAKY_RELU:
        for (int64_t i = 0; i < n; i++) d[i] = d[i] > 0 ? 1 : slope;
        break;
    case QD_ABS:
        for (int64_t i = 0; i < n; i++) d[i] = d[i] > 0 ? 1 : d[i] < 0 ? -1 : 0;
        break;
    case QD_SQUARE:
        for (int64_t i = 0; i < n; i++) d[i] *= 2;
        break;
    case QD_RAISE:
        for (int64_t i = 0; i < n; i++) d[i] = (real) unit->neuron.power * raise(d[i], unit->neuron.power - 1);
        break;
    case QD_IDENTITY:
        for (int64_t i = 0; i < n; i++) d[i] = 1;
    }
}

QD_CLONES void R(qd_train__flat_square)(real *restrict y, const real *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * x[i];
}

QD_CLONES void R(qd_train__flat_add)(real *restrict y, const real *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) y[i] += x[i];
}

QD_CLONES void R(qd_train__flat_mul)(real *restrict y, const real *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) y[i] *= x[i];
}

QD_CLONES void R(qd_train__flat_add_product)(real *restrict z, const real *restrict rg, int64_t positions, int64_t channels)
{
    for (int64_t p = 0; p < positions; p++)
        for (int64_t c = 0; c < channels; c++) z[p * channels + c] += rg[2 * p * channels + c] * rg[(2 * p + 1) * channels + c];
}

/* ---- backward ----------------------------------------------------------------------------- */

QD_CLONES void R(qd_train__flat_product_back)(real *restrict d0, const real *restrict dz, const real *restrict rg, int64_t positions,
                                              int64_t channels)
{
    for (int64_t p = 0; p < positions; p++)
        for (int64_t c = 0; c < channels; c++) {
            real d = dz[p * channels + c];
            d0[2 * p * channels + c] = d * rg[(2 * p + 1) * channels + c];
            d0[(2 * p + 1) * channels + c] = d * rg[2 * p * channels + c];
        }
}

QD_CLONES void R(qd_train__flat_square_back)(real *restrict dx, const real *restrict x, const real *restrict dsquare, int64_t n)
{
    for (int64_t i = 0; i < n; i++) dx[i] += 2 * x[i] * dsquare[i];
}

QD_CLONES void R(qd_train__flat_norm_back)(real *restrict dz, const real *restrict dy, const real *restrict z, int64_t n,
                                           const real *restrict factor, const real *restrict mean_dy, const real *restrict mean,
                                           const real *restrict slope, int64_t tile)
{
    for (int64_t i = 0; i < n; i += tile) {
        int64_t m = least(tile, n - i);
        for (int64_t j = 0; j < m; j++) dz[i + j] = factor[j] * (dy[i + j] - mean_dy[j] - (z[i + j] - mean[j]) * slope[j]);
    }
}

/* ---- sums --------------------------------------------------------------------------------- */

static void fold(double *s, const real *acc, int64_t tile, int64_t channels)
{
    for (int64_t i = 0; i < tile; i += channels)
        for (int64_t c = 0; c < channels; c++) s[c] += (double) acc[i + c];
}

QD_CLONES void R(qd_train__flat_sum)(double *s, const real *restrict v, int64_t n, int64_t channels, int64_t tile, real *restrict acc)
{
    memset(acc, 0, (size_t) tile * sizeof *acc);
    for (int64_t i = 0; i < n; i += tile) {
        int64_t m = least(tile, n - i);
        for (int64_t j = 0; j < m; j++) acc[j] += v[i + j];
    }
    fold(s, acc, tile, channels);
}

QD_CLONES void R(qd_train__flat_sum_moments)(double *s, double *t, const real *restrict z, int64_t n, const real *restrict shift,
                                             int64_t channels, real *restrict acc)
{
    int64_t tile = R(qd_train__flat_tile)(channels);
    real *restrict second = acc + tile;
    memset(acc, 0, 2 * (size_t) tile * sizeof *acc);
    for (int64_t i = 0; i < n; i += tile) {
        int64_t m = least(tile, n - i);
        for (int64_t j = 0; j < m; j++) {
            real d = z[i + j] - shift[j];
            acc[j] += d;
            second[j] += d * d;
        }
    }
    fold(s, acc, tile, channels);
    fold(t, second, tile, channels);
}

QD_CLONES void R(qd_train__flat_sum_times)(double *s, double *t, const real *restrict v, const real *restrict z, int64_t n,
                                           const real *restrict mean, int64_t channels, real *restrict acc)
{
    int64_t tile = R(qd_train__flat_tile)(channels);
    real *restrict second = acc + tile;
    memset(acc, 0, 2 * (size_t) tile * sizeof *acc);
    for (int64_t i = 0; i < n; i += tile) {
        int64_t m = least(tile, n - i);
        for (int64_t j = 0; j < m; j++) {
            acc[j] += v[i + j];
            second[j] += v[i + j] * (z[i + j] - mean[j]);
        }
    }
    fold(s, acc, tile, channels);
    fold(t, second, tile, channels);
}
