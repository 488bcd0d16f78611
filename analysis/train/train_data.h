/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data of a training run: the block "data" of a configuration. Here exact splines and expressions become samples. */
#ifndef QD_TRAIN_DATA_H
#define QD_TRAIN_DATA_H

#include "spline/spline.h"
#include "train/train.h"

typedef struct {
    qd_data_t train, test;
    bool sampled;      /* from a function: training samples depend on the seed */
    qd_buf_t resolved; /* the block as JSON text, with every value said */
    int64_t inputs;    /* of the function, each in its interval, as it is written; 0: data of files */
    char lo[64], hi[64];
    qd_expr_t expr;     /* the function, unless it is a spline */
    qd_spline_t spline; /* nbreaks + 1 pieces with outputs > 0 when it is one */
} train_data;

void train_data_init(train_data *d);
void train_data_clear(train_data *d);

/* Keys of the block in one layer of a configuration. */
qd_status train_data_check(const qd_node *layer, qd_ctx_t ctx);
/* Reads the block, generates or loads the samples. Messages name line and column, or the data file. */
qd_status train_data_read(train_data *d, const qd_config *config, uint64_t seed, qd_ctx_t ctx);

#endif
