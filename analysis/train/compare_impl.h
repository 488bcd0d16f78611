/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A study on its way: what the files of `quadric compare` share. */
#ifndef QD_COMPARE_IMPL_H
#define QD_COMPARE_IMPL_H

#include "table/table.h"
#include "train/compare.h"

typedef struct {
    compare_study *study;
    qd_folder_t folder;
    int64_t nitems, *open, nopen, done;
    qd_digest *digest;  /* owned: of each target, model and strategy with the first seed */
    qd_ledger_t ledger; /* runs.part: a compare_result for each item */
    qd_ctx_struct *ctx;
} comparison;

/* The budget of the whole study; an interruption is the end of it. */
qd_status compare__budget(qd_ctx_t ctx);
/* Trains one item, from its part file on. */
qd_status compare__run(compare_result *r, const comparison *c, int64_t item, qd_ctx_t ctx);
/* Is every run of the study meaningful? Sets c->digest. One item for each target, model and strategy, before the first step. */
qd_status compare__check(comparison *c, qd_ctx_t ctx);

/* Takes the folder (path NULL: out/NAME), whose study must be this one unless force, and its ledger. */
qd_status compare__open(comparison *c, const char *path, bool force, qd_ctx_t ctx);

qd_status compare__write(const comparison *c, qd_ctx_t ctx);
qd_status compare__write_times(const comparison *c, qd_ctx_t ctx);
int compare__print(const comparison *c);

#endif
