/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution in double: plain loops whose innermost one runs over channels. For gradient checks and small networks. */
#include "train/real/conv.h"

#if QD_REAL == 64

#include <stdlib.h>
#include <string.h>

typedef struct {
    double *fore, *back; /* owned: weights (size, size, in, out) and (size, size, out, in) */
    double *bias;        /* owned: (out) */
} loops;

qd_status R(qd_train__conv_create)(R(qd_train__conv) * conv, qd_ctx_t ctx)
{
    (void) ctx;
    loops *l = conv->impl = qd_calloc(1, sizeof *l);
    conv->packed = conv->size * conv->size * conv->in * conv->out;
    conv->scratch = 0;
    l->fore = qd_train__alloc(conv->packed, sizeof *l->fore);
    l->back = qd_train__alloc(conv->packed, sizeof *l->back);
    l->bias = qd_train__alloc(conv->out, sizeof *l->bias);
    return QD_OK;
}

void R(qd_train__conv_clear)(R(qd_train__conv) * conv)
{
    loops *l = conv->impl;
    if (l == NULL) return;
    free(l->fore);
    free(l->back);
    free(l->bias);
    free(l);
}

int64_t R(qd_train__conv_bytes)(int64_t in, int64_t out, int64_t size)
{
    return (2 * size * size * in * out + out) * (int64_t) sizeof(double);
}

bool R(qd_train__conv_weights)(R(qd_train__conv) * conv, const double *w, const double *bias)
{
    loops *l = conv->impl;
    int64_t in = conv->in, out = conv->out, taps = conv->size * conv->size;
    for (int64_t o = 0; o < out; o++)
        for (int64_t i = 0; i < in; i++)
            for (int64_t t = 0; t < taps; t++)
                l->fore[(t * in + i) * out + o] = l->back[(t * out + o) * in + i] = w[(o * in + i) * taps + t];
    memcpy(l->bias, bias, (size_t) out * sizeof *bias);
    return true;
}

bool R(qd_train__conv_unpack)(const R(qd_train__conv) * conv, double *dw, const double *packed)
{
    int64_t in = conv->in, out = conv->out, taps = conv->size * conv->size;
    for (int64_t o = 0; o < out; o++)
        for (int64_t i = 0; i < in; i++)
            for (int64_t t = 0; t < taps; t++) dw[(o * in + i) * taps + t] = packed[(t * in + i) * out + o];
    return true;
}

static void axpy(double *restrict y, double a, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

/* Calls f for each pair of an output position and a filter position that meet in the picture, x and y at their channels, w at the
   filter position's matrix. */
typedef void (*pair_fn)(const R(qd_train__conv) * conv, double *x, double *y, double *w);

static void each_pair(const R(qd_train__conv) * c, pair_fn f, double *x, double *y, double *w)
{
    for (int64_t at = 0; at < QD_TRAIN__CONV_SHARD * c->out_height * c->out_width; at++) {
        int64_t column = at % c->out_width, row = at / c->out_width % c->out_height, sample = at / c->out_width / c->out_height;
        for (int64_t tap = 0; tap < c->size * c->size; tap++) {
            int64_t h = row * c->stride + tap / c->size - c->pad, v = column * c->stride + tap % c->size - c->pad;
            if (h < 0 || h >= c->height || v < 0 || v >= c->width) continue;
            f(c, x + ((sample * c->height + h) * c->width + v) * c->in, y + at * c->out, w + tap * c->in * c->out);
        }
    }
}

static void pair_forward(const R(qd_train__conv) * c, double *x, double *y, double *w)
{
    for (int64_t i = 0; i < c->in; i++) axpy(y, x[i], w + i * c->out, c->out);
}

static void pair_data(const R(qd_train__conv) * c, double *x, double *y, double *w)
{
    for (int64_t o = 0; o < c->out; o++) axpy(x, y[o], w + o * c->in, c->in);
}

static void pair_gradient(const R(qd_train__conv) * c, double *x, double *y, double *w)
{
    for (int64_t i = 0; i < c->in; i++) axpy(w + i * c->out, x[i], y, c->out);
}

bool R(qd_train__conv_forward)(const R(qd_train__conv) * c, double *y, const double *x, void *scratch)
{
    (void) scratch;
    const loops *l = c->impl;
    for (int64_t at = 0; at < QD_TRAIN__CONV_SHARD * c->out_height * c->out_width; at++)
        memcpy(y + at * c->out, l->bias, (size_t) c->out * sizeof *y);
    each_pair(c, pair_forward, (double *) x, y, l->fore);
    return true;
}

bool R(qd_train__conv_data)(const R(qd_train__conv) * c, double *dx, const double *dy, void *scratch)
{
    (void) scratch;
    const loops *l = c->impl;
    memset(dx, 0, (size_t) (QD_TRAIN__CONV_SHARD * c->height * c->width * c->in) * sizeof *dx);
    each_pair(c, pair_data, dx, (double *) dy, l->back);
    return true;
}

bool R(qd_train__conv_gradient)(const R(qd_train__conv) * c, double *packed, const double *x, const double *dy, void *scratch)
{
    (void) scratch;
    memset(packed, 0, (size_t) c->packed * sizeof *packed);
    each_pair(c, pair_gradient, (double *) x, (double *) dy, packed);
    return true;
}

#endif
