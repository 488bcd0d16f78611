/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target and the tolerance of `need` and `approximate`: options, and what they say. */
#ifndef QD_ANALYSIS_QUESTION_H
#define QD_ANALYSIS_QUESTION_H

#include "approx/approx.h"
#include "cli/cli.h"

typedef struct {
    const char *target, *spline, *interval, *tolerance;
} approx_options_struct;
extern approx_options_struct approx_options;

#define APPROX_OPTIONS                                                                                                                     \
    {"target",                                                                                                                             \
     0,                                                                                                                                    \
     OPT_TEXT,                                                                                                                             \
     "F",                                                                                                                                  \
     &approx_options.target,                                                                                                               \
     0,                                                                                                                                    \
     0,                                                                                                                                    \
     "a built-in function of x (runge, sin, abs) or an expression such as 'exp(-x^2)'"},                                                   \
        {"spline", 0, OPT_TEXT, "FILE", &approx_options.spline, 0, 0, "the target is the spline file FILE"},                               \
        {"interval",                                                                                                                       \
         0,                                                                                                                                \
         OPT_TEXT,                                                                                                                         \
         "A:B",                                                                                                                            \
         &approx_options.interval,                                                                                                         \
         0,                                                                                                                                \
         0,                                                                                                                                \
         "the closed interval; may be left out for a built-in function and for a spline on an interval"},                                  \
    {                                                                                                                                      \
        "tolerance", 0, OPT_TEXT, "EPS", &approx_options.tolerance, 0, 0, "the largest error that is allowed, a rational such as 1e-6"     \
    }

/* What is asked. */
typedef struct {
    qd_approx_target_t target;
    bool is_net;
    qd_net_t net; /* the target, if it is one */
    fmpq_t eps;
} approx_question;

void approx_question_init(approx_question *q);
void approx_question_clear(approx_question *q);
/* path: the network file that is the target; NULL: the options name one.   -> EXIT_ANSWERED, or the exit code after a message */
int approx_question_read(approx_question *q, const char *command, const char *path, qd_ctx_t ctx);
/* "1/(1+25*x^2) on [-1, 1]" */
void approx_question_print(qd_buf_t out, const approx_question *q);
/* target, interval and tolerance as members of an object. */
void approx_question_json(qd_json_t w, const approx_question *q);

/* Is the document a certificate of need? Checks it and appends what was confirmed. */
bool approx_check_takes(const qd_node *root);
qd_status approx_check(qd_buf_t out, const qd_node *root, qd_ctx_t ctx);

#endif
