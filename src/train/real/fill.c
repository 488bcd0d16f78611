/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches as numbers. A pixel has 256 values, so a table by channel says what each becomes. Pictures go to feature-major
   order in tiles of samples, eight features at a time: one load brings eight bytes of a sample, and the eight rows that are
   written stay in the first cache. */
#include "train/data_impl.h"
#include "train/real/real.h"

#include <stdlib.h>
#include <string.h>

#define TILE 32 /* samples */

typedef real table[256];

static void make_tables(table *t, const qd_data_struct *d)
{
    for (int64_t c = 0; c < d->channels; c++)
        for (int v = 0; v < 256; v++) t[c][v] = (real) ((v / 255.0 - d->mean[c]) / d->std[c]);
}

/* Features from..to-1, of one channel, of the n samples at src. */
static void transpose(real *dst, int64_t ld, const uint8_t *const *src, int64_t n, int64_t from, int64_t to, const real *t)
{
    int64_t f = from;
    for (; f + 8 <= to; f += 8) {
        real *row = dst + f * ld;
        for (int64_t s = 0; s < n; s++) {
            uint8_t b[8];
            memcpy(b, src[s] + f, 8);
            for (int k = 0; k < 8; k++) row[k * ld + s] = t[b[k]];
        }
    }
    for (; f < to; f++)
        for (int64_t s = 0; s < n; s++) dst[f * ld + s] = t[src[s][f]];
}

static void look_up(real *restrict dst, const uint8_t *restrict src, int64_t n, const real *restrict t)
{
    for (int64_t i = 0; i < n; i++) dst[i] = t[src[i]];
}

static void fill_tile(real *dst, int64_t ld, bool feature_major, const uint8_t *const *src, int64_t n, const qd_data_struct *d,
                      const table *t)
{
    int64_t plane = d->height * d->width, features = d->channels * plane;
    for (int64_t c = 0; c < d->channels; c++)
        if (feature_major) transpose(dst, ld, src, n, c * plane, (c + 1) * plane, t[c]);
        else
            for (int64_t s = 0; s < n; s++) look_up(dst + s * features + c * plane, src[s] + c * plane, plane, t[c]);
}

static void fill_pixels(real *dst, const qd_batch *batch, const int64_t *index, int64_t n, bool feature_major, int64_t ld)
{
    const qd_data_struct *d = batch->data;
    int64_t features = d->channels * d->height * d->width;
    bool plain = qd_train__plain(batch);
    uint8_t *changed = plain ? NULL : qd_malloc((size_t) (TILE * features));
    table t[4];
    make_tables(t, d);
    for (int64_t s = 0; s < n; s += TILE) {
        const uint8_t *src[TILE];
        int64_t m = n - s < TILE ? n - s : TILE;
        for (int64_t k = 0; k < m; k++) {
            src[k] = plain ? d->pixel + index[s + k] * features : changed + k * features;
            if (!plain) qd_train__picture(changed + k * features, batch, index[s + k]);
        }
        fill_tile(feature_major ? dst + s : dst + s * features, ld, feature_major, src, m, d, t);
    }
    free(changed);
}

static void fill_numbers(real *dst, const qd_data_struct *d, const int64_t *index, int64_t n, bool feature_major, int64_t ld)
{
    int64_t features = d->channels * d->height * d->width;
    for (int64_t s0 = 0; s0 < n; s0 += TILE) {
        int64_t s1 = s0 + TILE < n ? s0 + TILE : n;
        if (feature_major)
            for (int64_t f = 0; f < features; f++)
                for (int64_t s = s0; s < s1; s++) dst[f * ld + s] = (real) d->x[index[s] * features + f];
        else
            for (int64_t s = s0; s < s1; s++)
                for (int64_t f = 0; f < features; f++) dst[s * features + f] = (real) d->x[index[s] * features + f];
    }
}

void R(qd_batch_fill)(real *dst, const qd_batch *batch, int64_t first, int64_t n, bool feature_major, int64_t ld)
{
    if (batch->data->pixel != NULL) fill_pixels(dst, batch, batch->index + first, n, feature_major, ld);
    else fill_numbers(dst, batch->data, batch->index + first, n, feature_major, ld);
}
