/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table approximation: its configuration (configs/approximation.yaml explains it), and the training beside. */
#ifndef QD_TABLE_APPROXIMATION_H
#define QD_TABLE_APPROXIMATION_H

#include "approx/approx.h"

/* One of text, spline and net is the target. */
typedef struct {
    char *name; /* owned: what the table calls it: the expression, or the file */
    bool is_spline, is_net;
    qd_spline_t spline;
    qd_net_t net;
    fmpq_t lo, hi;
} approximation_target;

typedef struct {
    qd_kind kind;
    int64_t depth; /* hidden layers, at most */
} approximation_kind;

typedef struct {
    qd_doc_t doc;
    char *name; /* owned */
    int64_t ntargets, ntolerances, nkinds;
    approximation_target *target; /* owned */
    fmpq *tolerance;              /* owned */
    approximation_kind *kind;     /* owned */
    bool trains;                  /* there is a block 'training' */
} approximation_config;

void approximation_config_init(approximation_config *c);
void approximation_config_clear(approximation_config *c);
/* -> QD_OK; QD_EIO; QD_EINPUT: line and column, and the file where it is another one */
qd_status approximation_config_read(approximation_config *c, const char *path, qd_ctx_t ctx);
/* All that results depend on. */
void approximation_describe(qd_buf_t out, const approximation_config *c);
/* The target as the searches take it. */
qd_status approximation_target_make(qd_approx_target_t f, const approximation_target *t, qd_ctx_t ctx);

/* ---- training ---------------------------------------------------------------------------- */

typedef enum { TRAINED_NONE, TRAINED_DONE, TRAINED_COLLAPSED } approximation_status;

/* Can the blocks 'training' and 'strategy' be read?   -> QD_OK; QD_EINPUT with line and column. resolved: gets all that they say */
qd_status approximation_training_check(qd_buf_t resolved, const approximation_config *c, qd_ctx_t ctx);
/* Trains a network of the shape of `like` on samples of the target, which is an expression or a spline file, and certifies its error.
     lower, upper  (out) of the largest error, where the status is TRAINED_DONE
     ->            QD_OK; QD_EUNABLE: the budget ran out */
qd_status approximation_train(approximation_status *status, double *lower, double *upper, const approximation_config *c,
                              const approximation_target *t, const qd_approx_target_t f, const qd_net_t like, qd_ctx_t ctx);

#endif
