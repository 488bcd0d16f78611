/* A study on its way: what the files of `quadric compare` share. */
#ifndef QD_COMPARE_IMPL_H
#define QD_COMPARE_IMPL_H

#include "table/table.h"
#include "train/compare.h"

typedef struct {
    compare_study *study;
    const char *folder; /* of the command line, NULL: out/NAME */
    bool force;
    qd_buf_t dir;
    int64_t nitems, *open, nopen, done;
    table_results results;
    table_state state;
    qd_ctx_struct *ctx;
} comparison;

/* The budget of the whole study; an interruption is the end of it. */
qd_status compare__budget(qd_ctx_t ctx);
/* Trains one item, from its part file on. */
qd_status compare__run(compare_result *r, const comparison *c, int64_t item, qd_ctx_t ctx);
/* Is every run of the study meaningful? One item for each target, model and strategy, before the first step. */
qd_status compare__check(const comparison *c, qd_ctx_t ctx);

/* DIR/name */
void compare__path(qd_buf_t path, const comparison *c, const char *name);
/* The study in the folder must be this one; --force replaces another. */
qd_status compare__open(comparison *c, qd_ctx_t ctx);
qd_status compare__open_state(comparison *c, qd_ctx_t ctx);

qd_status compare__write(const comparison *c, qd_ctx_t ctx);
qd_status compare__write_times(const comparison *c, qd_ctx_t ctx);
int compare__print(const comparison *c);

#endif
