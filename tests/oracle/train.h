/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An independent answer to "what are loss and gradient of this dense network?": one sample at a time, one neuron at a time, straight
   from the table of neurons, in double. Types come from src, arithmetic does not. */
#ifndef ORACLE_TRAIN_H
#define ORACLE_TRAIN_H

#include "train/train.h"

typedef struct {
    qd_kind kind;
    qd_activation act;
    int power; /* of square and power:r */
    double slope;
    int in, out;
    const double *param[QD_MAX_PARAMS]; /* in the order of network files, row-major */
    double *grad[QD_MAX_PARAMS];        /* the same shapes */
} oracle_layer;

typedef struct {
    double loss, squared, largest;
    int wrong;
    double nearest; /* smallest |z| of a switching unit; infinite if there is none */
} oracle_sums;

/* One sample, all of whose results are added (or joined) to what is there.
     y        (out) the outputs
     squares  (depth) sum of z^2 of each layer
     scale    grad += scale * gradient of the sample's loss; derivatives of relu and abs at 0 are 0, of leaky_relu the slope
     target   (outputs) for a regression, else label counts */
void oracle_train_sample(oracle_sums *sums, double *y, double *squares, const oracle_layer *layer, int depth, const double *x,
                         const double *target, int label, const qd_loss *loss, double scale);

#endif
