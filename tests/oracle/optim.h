/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An independent answer to "where do these parameters go in one step?", one number at a time in double, from the formulas of
   train.h and of PyTorch's documentation. Types come from src, arithmetic does not. */
#ifndef ORACLE_OPTIM_H
#define ORACLE_OPTIM_H

#include "train/train.h"

/* A range of parameters that learn alike. State is all 0 before the first step. */
typedef struct {
    qd_group group;
    bool bg;       /* decays towards 1, or where the spec says towards 0 */
    double origin; /* where shrinking leads */
    int64_t n;
    double *theta;
    const double *grad;               /* of the mean loss, nothing added */
    double *momentum, *mean, *square; /* the buffers of PyTorch's documentation: b_t; m_t; v_t */
    double *cancel;                   /* how much larger gradient and decay were than their sum, at worst so far: what a
                                              rounding of them may become where the sum is divided by its own size */
} oracle_range;

double oracle_schedule(const qd_optim_spec *spec, int64_t step);
/* Step number `step` (from 0) of all ranges. */
void oracle_step(oracle_range *range, int ranges, const qd_optim_spec *spec, int64_t step);

#endif
