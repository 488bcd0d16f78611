/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison: targets x models x strategies x seeds, one training run each. */
#ifndef QD_COMPARE_H
#define QD_COMPARE_H

#include "report/report.h"
#include "train/train_data.h"

/* One entry of an axis: a name and a part of a configuration. */
typedef struct {
    char *name;           /* owned */
    const qd_node *layer; /* borrowed; NULL: nothing of its own */
} compare_entry;

typedef struct {
    int64_t n;
    compare_entry *entry; /* owned */
} compare_axis;

enum { COMPARE_TARGETS, COMPARE_MODELS, COMPARE_STRATEGIES, COMPARE_AXES };

typedef struct {
    qd_buf_t name;
    qd_doc_t doc;
    int64_t nswept;
    qd_doc_struct *swept; /* owned: one document for each value of a sweep */
    compare_axis axis[COMPARE_AXES];
    int64_t seeds;
    uint64_t first_seed;
    bool threshold;    /* some run has one */
    bool exact;        /* read the trained networks back: pieces, degree, certified error */
    bool counted;      /* some run has piece_every */
    qd_buf_t resolved; /* all that the results depend on, as text */
} compare_study;

void compare_init(compare_study *s);
void compare_clear(compare_study *s);
qd_status compare_read(compare_study *s, const char *path, uint64_t seed, qd_ctx_t ctx);

/* Items are numbered targets, models, strategies, seeds, the last running fastest. */
int64_t compare_nitems(const compare_study *s);
/* entry[a]: its number in axis a; *seed: the run's. */
void compare_item(const compare_study *s, int64_t item, int64_t entry[COMPARE_AXES], uint64_t *seed);
/* The configuration of an item, most specific layer first. */
qd_config compare_config(const compare_study *s, int64_t item);
/* "sin, quadratic, relinear, seed 3" */
void compare_item_name(qd_buf_t out, const compare_study *s, int64_t item);

/* What became of one run, as it is kept of it. */
typedef struct {
    qd_run_status status;
    qd_cause cause;
    int64_t layer, step, best_step, reached_step, parameters, labels;
    double error, largest, train_error, loss, best_error, constant_error;
    int64_t pieces, degree; /* exact; -1 where not asked for, or collapsed */
    double lower, upper;    /* of the largest error, certified; infinite for two inputs */
    char *counts;           /* owned: those on the way, as lines "step,status,regions,pieces,max_degree" that end with ';' */
} compare_result;
extern const qd_field compare_field[];

/* A row for each count on the way. */
void compare_counts_table(qd_table_t t, const compare_study *s, const compare_result *r);
/* A row for each run. */
void compare_runs_table(qd_table_t t, const compare_study *s, const compare_result *r);
/* A row for each target, model and strategy: quartiles over seeds; seconds NULL or of each item. */
void compare_summary_table(qd_table_t t, const compare_study *s, const compare_result *r, const double *seconds);
/* Each strategy against the first one with the same target and model (models against the first one when there is one strategy), seed by
   seed: p of Wilcoxon's test, and p corrected by Holm for all rows of the table together. */
void compare_tests_table(qd_table_t t, const compare_study *s, const compare_result *r);

#endif
