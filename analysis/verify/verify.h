/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The theorem programs: a statement is checked on many cases, each verified, failed or undecided. */
#ifndef QD_VERIFY_H
#define QD_VERIFY_H

#include "spline/spline.h"

/* One case: a function of (ctx->seed, index). why gets one sentence unless the answer is QD_TRUE. */
typedef qd_truth (*verify_fn)(qd_buf_t why, int64_t index, qd_ctx_t ctx);

typedef struct {
    const char *name; /* "T1.1" */
    const char *text; /* what is shown, one line */
    verify_fn check;
    const int64_t *special;                           /* number of hand-made cases, which come first; NULL: none */
    qd_status (*witness)(qd_buf_t out, qd_ctx_t ctx); /* one sentence computed by the engine; NULL: none */
} verify_statement;

typedef struct {
    int64_t cases, verified, failed, undecided;
    int64_t first; /* index of the first case that is not verified, -1 */
    qd_truth first_truth;
    char *why; /* owned; of that case */
} verify_result;

/* Options of `verify spline` that the cases read. */
extern struct verify_options {
    int64_t cases, degree, breakpoints, outputs;
    bool sabotage;
} verify_options;

/* Runs all cases of one statement on all threads; each case gets a context of its own with one thread. Cases that the budget leaves are
   undecided. */
void verify_run(verify_result *r, const verify_statement *s, qd_ctx_t ctx);

/* The statements T1.0 - T1.4c. */
extern const verify_statement verify_spline_statements[];
extern const int verify_spline_nstatements;

qd_truth verify_t10(qd_buf_t why, int64_t index, qd_ctx_t ctx);
qd_truth verify_t11(qd_buf_t why, int64_t index, qd_ctx_t ctx);
qd_truth verify_t12(qd_buf_t why, int64_t index, qd_ctx_t ctx);
qd_truth verify_t13(qd_buf_t why, int64_t index, qd_ctx_t ctx);
qd_truth verify_t14a(qd_buf_t why, int64_t index, qd_ctx_t ctx);
qd_truth verify_t14b(qd_buf_t why, int64_t index, qd_ctx_t ctx);
qd_truth verify_t14c(qd_buf_t why, int64_t index, qd_ctx_t ctx);
/* What conventional networks, and those with square activation, are shown not to be. */
qd_status verify_t14a_witness(qd_buf_t out, qd_ctx_t ctx);
qd_status verify_t14b_witness(qd_buf_t out, qd_ctx_t ctx);
/* Numbers of hand-made cases. */
extern const int64_t verify_t11_special, verify_t12_special, verify_t13_special;

#endif
