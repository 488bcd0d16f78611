/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One convolution over a shard of QD_TRAIN__CONV_SHARD samples, on the calling thread. Pictures are stored (sample, row, column,
   channel): oneDNN is as fast on this layout as on its blocked ones (170 to 200 GFLOP/s a core, measured with 3 to 128 channels), it
   needs no padding of channels, and element-wise work sees one flat array. */
#ifndef QD_TRAIN_CONV_H
#define QD_TRAIN_CONV_H

#include "train/real/real.h"

typedef struct {
    int64_t in, height, width;          /* what is read: channels, rows, columns */
    int64_t out, out_height, out_width; /* what is written */
    int64_t size, stride, pad;
    bool data;       /* whether the gradient by the input is wanted */
    int64_t packed;  /* length of a gradient by the weights, in the order that suits the arithmetic */
    int64_t scratch; /* bytes that a call works in */
    void *impl;      /* owned */
} R(qd_train__conv);

/* Fills in packed, scratch and impl; the other members are set. A conv of zeros may be cleared. */
qd_status R(qd_train__conv_create)(R(qd_train__conv) * conv, qd_ctx_t ctx);
void R(qd_train__conv_clear)(R(qd_train__conv) * conv);
/* Takes the weights (out, in, size, size) and biases (out) of this step. Here and below, false: the library refused. */
bool R(qd_train__conv_weights)(R(qd_train__conv) * conv, const real *w, const real *bias);
/* Bytes that create will take, for the weights in the orders of the three passes. */
int64_t R(qd_train__conv_bytes)(int64_t in, int64_t out, int64_t size);

/* y (out) from x (in); scratch is 64-byte aligned. */
bool R(qd_train__conv_forward)(const R(qd_train__conv) * conv, real *y, const real *x, void *scratch);
bool R(qd_train__conv_data)(const R(qd_train__conv) * conv, real *dx, const real *dy, void *scratch);
bool R(qd_train__conv_gradient)(const R(qd_train__conv) * conv, real *packed, const real *x, const real *dy, void *scratch);
/* Gradient (out, in, size, size) from its packed form. */
bool R(qd_train__conv_unpack)(const R(qd_train__conv) * conv, real *dw, const real *packed);

#endif
