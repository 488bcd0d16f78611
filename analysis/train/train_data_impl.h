/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of train_data share. */
#ifndef QD_TRAIN_DATA_IMPL_H
#define QD_TRAIN_DATA_IMPL_H

#include "train/train_data.h"

/* A key of the block "data"; *v stays as it is when no layer has it. */
qd_status train_data__int(int64_t *v, const qd_config *config, const char *key, int64_t min, int64_t max, qd_ctx_t ctx);
qd_status train_data__string(const char **v, const qd_config *config, const char *key, qd_ctx_t ctx);

/* The sources, by the value of their key. */
qd_status train_data__target(train_data *d, const qd_config *config, const char *text, uint64_t seed, qd_ctx_t ctx);
qd_status train_data__spline(train_data *d, const qd_config *config, const char *path, uint64_t seed, qd_ctx_t ctx);
qd_status train_data__files(train_data *d, const qd_config *config, const char *way, const char *path, qd_ctx_t ctx);

#endif
