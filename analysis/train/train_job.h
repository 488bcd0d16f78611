/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of `quadric train`: what its files share. */
#ifndef QD_TRAIN_JOB_H
#define QD_TRAIN_JOB_H

#include "train/train_data.h"

/* Everything of one run. */
typedef struct {
    qd_buf_t name;
    uint64_t seed;
    qd_folder_t folder;
    qd_buf_t config; /* as config.json says it */
    qd_buf_t times;  /* of earlier commands on this run */
    qd_doc_t doc;
    qd_run_spec_t spec;
    train_data data;
    qd_run_t run;                          /* its notes: the exact piece counts */
    int64_t checkpoint_every, piece_every; /* steps; 0: by time, never */
    double started_s, images;              /* of this process */
} train_job;

void train_job_init(train_job *j);
void train_job_clear(train_job *j);

/* Reads the configuration and the data; messages without the path. */
qd_status train__read(train_job *j, const char *path, qd_ctx_t ctx);

/* Takes the folder (path NULL: out/NAME); a run that is there is gone on with from its checkpoint. */
qd_status train__open(train_job *j, const char *path, qd_folder_way way, qd_ctx_t ctx);
/* What there is to see of the run while it goes on. */
qd_status train__save(train_job *j, qd_ctx_t ctx);
qd_status train__write_model(const train_job *j, const char *name, bool state, qd_ctx_t ctx);

/* Trains to the end, or to that of a budget or an interruption (QD_EUNABLE: the state is in the folder). */
qd_status train__run(train_job *j, qd_ctx_t ctx);

/* The result for people. */
void train__print(qd_buf_t out, const train_job *j, const qd_ctx_t ctx);

#endif
