/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files about data share. */
#ifndef QD_TRAIN_DATA_IMPL_H
#define QD_TRAIN_DATA_IMPL_H

#include "train/train.h"

/* First word of the streams of random numbers: each use has its own. */
enum { QD_TRAIN__SHUFFLE = 0x64617461, QD_TRAIN__AUGMENT };

/* Reads a plain or gzip file; the message of a failure names the path. */
qd_status qd_train__read(qd_buf_t b, const char *path, qd_ctx_t ctx);

/* An empty picture set: n samples of channels x height0 x width0 bytes (not yet set) with labels, mean 0 and std 1. */
void qd_train__pictures(qd_data_t data, int64_t n, int64_t channels, int64_t height0, int64_t width0, int64_t classes);

/* Where a picture lands: row i and column j of the result (before the flip) read row i - top and column j - left of the stored
   pixels; what is outside is 0. */
typedef struct {
    int64_t top, left;
    bool flip;
} qd_train__place;
qd_train__place qd_train__place_of(const qd_batch *batch, int64_t index);

/* The bytes of sample `index` as the batch sees them, channels x height x width. */
void qd_train__picture(uint8_t *dst, const qd_batch *batch, int64_t index);

/* Do stored pixels go into the batch as they are? */
bool qd_train__plain(const qd_batch *batch);

#endif
