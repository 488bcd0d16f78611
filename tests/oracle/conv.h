/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutional networks and their gradients again, by direct loops over one number at a time. Knows the types of src/train and nothing
   of its arithmetic. Pictures are (sample, channel, row, column). */
#ifndef ORACLE_CONV_H
#define ORACLE_CONV_H

#include "train/train.h"

typedef struct {
    const qd_unit *spec;
    const double *w[3], *b[3];          /* w (or wr), wg, wb: (out, in, size, size), and the biases of their sums; NULL: absent */
    const double *scale, *shift, *gate; /* NULL: absent */
    double *mean, *var;                 /* (out): of the batch, written; or read when `fixed` */
    double rms;                         /* of z, written */
    double *dw[3], *db[3], *dscale, *dshift, *dgate; /* gradients are added; NULL where absent */
    /* of the oracle */
    int c, h, v, oh, ov; /* channels, rows, columns read; rows, columns written */
    double *x, *r[3], *z, *y, *dx;
} oracle_conv_unit;

/* Features (n, channels of the last unit). fixed: mean and var are given. */
void oracle_conv_forward(double *features, oracle_conv_unit *unit, int nunits, const double *x, int n, int channels, int height, int width,
                         bool fixed);
/* After forward with batch statistics: adds to the gradients. */
void oracle_conv_backward(oracle_conv_unit *unit, int nunits, const double *dfeatures, int n);
void oracle_conv_free(oracle_conv_unit *unit, int nunits);

#endif
