/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training run in a folder: what `quadric train` and `quadric compare` share. */
#ifndef QD_ANALYSIS_SUMMARY_H
#define QD_ANALYSIS_SUMMARY_H

#include "train/train.h"

/* Member `name` of the configuration, or the file's name without folder and suffix, into name, which is empty.
     -> QD_EINPUT: the name is no name for a folder */
qd_status train_name(qd_buf_t name, const qd_node *root, const char *path, qd_ctx_t ctx);

/* One line of JSON: what became of a run. */
void train_summary(qd_buf_t out, const qd_run_struct *run, const char *name);

#endif
