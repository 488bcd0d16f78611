/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the cases of one statement. */
#include "verify/verify.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
    const verify_statement *s;
    verify_result *r;
    int64_t done;
} job;

static void record(verify_result *r, int64_t index, qd_truth truth, const char *why)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (truth == QD_TRUE) r->verified++;
    else if (truth == QD_FALSE) r->failed++;
    else r->undecided++;
    /* a failure is worth more than an open case, and the lowest index is the same for all threads */
    bool worse = truth != QD_TRUE &&
                 (r->first < 0 || (truth == QD_FALSE && r->first_truth != QD_FALSE) || (truth == r->first_truth && index < r->first));
    if (worse) {
        free(r->why);
        r->why = qd_strdup(why);
        r->first = index;
        r->first_truth = truth;
    }
    pthread_mutex_unlock(&lock);
}

static qd_status run_case(void *arg, int64_t index, qd_ctx_t ctx)
{
    job *j = arg;
    qd_ctx_t own;
    qd_buf_t why;
    qd_truth truth = QD_UNKNOWN;
    qd_buf_init(why);
    qd_ctx_own(own, ctx);
    own->threads = 1;
    own->progress = NULL;
    if (qd_ctx_budget(own) == QD_OK) truth = j->s->check(why, index, own);
    else qd_buf_puts(why, qd_ctx_message(own));
    record(j->r, index, truth, qd_buf_str(why));
    qd_buf_clear(why);
    int64_t done = __atomic_add_fetch(&j->done, 1, __ATOMIC_RELAXED);
    qd_ctx_progress(ctx, j->s->name, done, j->r->cases);
    return QD_OK;
}

void verify_run(verify_result *r, const verify_statement *s, qd_ctx_t ctx)
{
    *r = (verify_result){(s->special != NULL ? *s->special : 0) + verify_options.cases, 0, 0, 0, -1, QD_TRUE, NULL};
    job j = {s, r, 0};
    qd_exact_for(r->cases, run_case, &j, ctx);
}
