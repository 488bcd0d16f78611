/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training loop.

   The state between two steps is: parameters, optimiser, running statistics, the sums since the last record, and the few numbers
   of qd_run_struct. The order of samples and all random changes are functions of (seed, epoch), so nothing else needs to be
   kept to go on. */
#include "train/impl.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void qd_run_spec_init(qd_run_spec_t spec)
{
    memset(spec, 0, sizeof *spec);
    qd_spec_init(spec->model);
    spec->start.relinear = true;
    qd_optim_defaults(&spec->optim, QD_ADAM);
    spec->optim.gamma_g = spec->optim.gamma_b = 0.1;
    spec->loss.delta = 1;
    spec->batch = 64;
    spec->steps = 2000;
    spec->record_every = 100;
    spec->largest_rms = 1e6;
}

void qd_run_spec_clear(qd_run_spec_t spec)
{
    qd_spec_clear(spec->model);
    free((char *) spec->start.from);
    qd_run_spec_init(spec);
}

int64_t qd_run_batch(const qd_run_spec_struct *spec, int64_t n)
{
    return spec->batch == 0 || spec->batch > n ? n : spec->batch;
}

int64_t qd_run_epoch(const qd_run_spec_struct *spec, int64_t n)
{
    int64_t batch = qd_run_batch(spec, n);
    return (n + batch - 1) / batch;
}

const char *qd_run_status_name(qd_run_status status)
{
    static const char *const names[] = {"going", "done", "stopped early", "collapsed"};
    return names[status];
}

const char *qd_cause_name(qd_cause cause)
{
    static const char *const names[] = {"", "not finite", "exploding", "worse than the constant predictor"};
    return names[cause];
}

void qd_run_init(qd_run_t run)
{
    memset(run, 0, sizeof *run);
    qd_model_init(run->model);
    qd_optim_init(run->optim);
    qd_buf_init(run->metrics);
    qd_buf_init(run->notes);
}

void qd_run_clear(qd_run_t run)
{
    qd_model_clear(run->model);
    qd_optim_clear(run->optim);
    qd_buf_clear(run->metrics);
    qd_buf_clear(run->notes);
    free(run->order);
    qd_run_init(run);
}

/* One sample of each set through the network: does everything fit together? */
static qd_status first_pass(qd_run_t run, qd_ctx_t ctx)
{
    int64_t zero = 0;
    const qd_data_struct *both[] = {run->train, run->test};
    for (int i = 0; i < 2; i++) {
        if (both[i]->n < 1) return qd_fail(ctx, QD_EINPUT, "no %s samples; expected at least one", i == 0 ? "training" : "test");
        qd_batch batch = {both[i], &zero, 1, NULL, 0, 0};
        qd_result result = {0};
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        qd_status st = i == 1 ? qd_data_match(run->test, run->train, own) : QD_OK;
        if (st == QD_OK) st = qd_model_evaluate(run->model, &result, NULL, &batch, &run->spec->loss, own);
        if (st != QD_OK) return qd_ctx_prefix(ctx, st, own, "%s data: ", i == 0 ? "training" : "test");
    }
    return QD_OK;
}

qd_status qd_run_start(qd_run_t run, const qd_run_spec_struct *spec, const qd_data_struct *train, const qd_data_struct *test, uint64_t seed,
                       qd_ctx_t ctx)
{
    qd_run_clear(run);
    run->spec = spec;
    run->train = train;
    run->test = test;
    run->seed = seed;
    run->layer = run->reached_step = run->epoch = -1;
    run->best_error = INFINITY;
    qd_status st = qd_model_create(run->model, spec->model, spec->dtype, qd_run_batch(run->spec, run->train->n), ctx);
    if (st == QD_OK) st = qd_model_start(run->model, &spec->start, seed, ctx);
    if (st == QD_OK) st = first_pass(run, ctx);
    if (st == QD_OK) st = qd_train__digest(&run->digest, run, ctx);
    if (st != QD_OK) {
        qd_run_clear(run);
        return st;
    }
    qd_optim_start(run->optim, &spec->optim, run->model);
    run->constant_error = qd_data_constant_error(test);
    run->order = qd_malloc((size_t) train->n * sizeof *run->order);
    qd_buf_puts(run->metrics, "step,epoch,rate,loss,train_error,error,largest_error,largest_rms\n");
    return QD_OK;
}

/* ---- records ------------------------------------------------------------------------------ */

/* A NaN without its sign, which is the processor's choice and would be printed. */
static double unsigned_nan(double x)
{
    return isnan(x) ? NAN : x;
}

static double error_of(const qd_result *r, bool labels)
{
    return unsigned_nan((labels ? (double) r->wrong : r->squared) / (double) r->n);
}

static qd_status test_error(qd_run_t run, qd_ctx_t ctx)
{
    int64_t most = qd_run_batch(run->spec, run->train->n);
    int64_t *index = qd_malloc((size_t) most * sizeof *index);
    qd_result sum = {0};
    qd_status st = QD_OK;
    for (int64_t first = 0; first < run->test->n && st == QD_OK; first += most) {
        int64_t n = run->test->n - first < most ? run->test->n - first : most;
        for (int64_t i = 0; i < n; i++) index[i] = first + i;
        qd_batch batch = {run->test, index, n, NULL, 0, 0};
        st = qd_model_evaluate(run->model, &sum, NULL, &batch, &run->spec->loss, ctx);
    }
    free(index);
    if (st != QD_OK) return st;
    run->error = error_of(&sum, run->test->label != NULL);
    run->largest = unsigned_nan(sum.largest);
    return QD_OK;
}

static double worst_rms(const qd_model_struct *m)
{
    double worst = 0;
    for (int64_t u = 0; u < m->spec->nunits && isfinite(worst); u++)
        if (!(m->rms[u] <= worst)) worst = m->rms[u]; /* a NaN too */
    return unsigned_nan(worst);
}

static void add_line(qd_run_t run)
{
    const double numbers[] = {
        qd_schedule_rate(&run->spec->optim, run->optim->step - 1), run->loss, run->train_error, run->error, run->largest, run->rms};
    qd_buf_printf(run->metrics, "%ld,%.6g", (long) run->optim->step,
                  (double) run->optim->step / (double) qd_run_epoch(run->spec, run->train->n));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) qd_buf_printf(run->metrics, ",%.9g", numbers[i]);
    qd_buf_puts(run->metrics, "\n");
}

static qd_status record(qd_run_t run, qd_ctx_t ctx)
{
    qd_status st = test_error(run, ctx);
    if (st != QD_OK) return st;
    run->loss = unsigned_nan(run->sum.loss / (double) run->sum.n);
    run->train_error = error_of(&run->sum, run->train->label != NULL);
    memset(&run->sum, 0, sizeof run->sum);
    run->records++;
    if (run->error < run->best_error) {
        run->best_error = run->error;
        run->best_step = run->optim->step;
        run->waited = 0;
    } else {
        run->waited++;
    }
    if (run->reached_step < 0 && run->spec->threshold > 0 && run->error <= run->spec->threshold) run->reached_step = run->optim->step;
    add_line(run);
    return QD_OK;
}

/* ---- steps -------------------------------------------------------------------------------- */

static void collapse(qd_run_t run, qd_cause cause, int64_t layer)
{
    run->status = QD_RUN_COLLAPSED;
    run->cause = cause;
    run->layer = layer;
}

/* The first layer whose RMS is larger or NaN, or -1: what comes behind it suffers from it, and is often larger still. */
static int64_t first_beyond(const qd_model_struct *m, double rms)
{
    for (int64_t u = 0; u < m->spec->nunits; u++)
        if (!(m->rms[u] <= rms)) return u;
    return -1;
}

/* Looks at what the step's forward pass met. */
static void watch(qd_run_t run, const qd_result *result)
{
    int64_t broken = first_beyond(run->model, DBL_MAX), exploding = first_beyond(run->model, run->spec->largest_rms);
    if (broken >= 0 || !isfinite(result->loss)) collapse(run, QD_CAUSE_NOT_FINITE, broken);
    else if (exploding >= 0) collapse(run, QD_CAUSE_EXPLODING, exploding);
}

static qd_status step(qd_run_t run, qd_ctx_t ctx)
{
    int64_t most = qd_run_batch(run->spec, run->train->n), steps_an_epoch = qd_run_epoch(run->spec, run->train->n);
    int64_t epoch = run->optim->step / steps_an_epoch, first = run->optim->step % steps_an_epoch * most;
    if (epoch != run->epoch) {
        qd_data_shuffle(run->order, run->train->n, run->seed, (uint64_t) epoch);
        run->epoch = epoch;
    }
    const qd_augment *augment = run->spec->augment.flip || run->spec->augment.crop > 0 ? &run->spec->augment : NULL;
    qd_batch batch = {run->train, run->order + first, run->train->n - first < most ? run->train->n - first : most,
                      augment,    run->seed,          (uint64_t) epoch};
    qd_result result = {0};
    qd_status st = qd_optim_step(run->optim, run->model, &result, &batch, &run->spec->loss, ctx);
    if (st != QD_OK) return st;
    run->rms = worst_rms(run->model);
    run->sum.n += result.n;
    run->sum.loss += result.loss;
    run->sum.squared += result.squared;
    run->sum.wrong += result.wrong;
    watch(run, &result);
    return QD_OK;
}

/* The end of the run: by steps, by patience, and whether what was learnt is worth anything. */
static void judge(qd_run_t run)
{
    bool end = run->optim->step >= run->spec->steps, patient = run->spec->patience > 0 && run->waited >= run->spec->patience;
    if (!end && !patient) return;
    run->status = end ? QD_RUN_DONE : QD_RUN_STOPPED;
    if (!isfinite(run->error)) collapse(run, QD_CAUSE_NOT_FINITE, -1);
    else if (run->error > run->constant_error) collapse(run, QD_CAUSE_CONSTANT, -1);
}

static bool due(const qd_run_struct *run)
{
    return run->optim->step % run->spec->record_every == 0 || run->optim->step == run->spec->steps;
}

/* A budget may end between a step and its record, which then comes first when the run goes on. */
static qd_status step_or_record(qd_run_t run, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    if (!(due(run) && run->sum.n > 0)) {
        if ((run->optim->step & 15) == 0 || run->train->pixel != NULL) st = qd_ctx_budget(ctx);
        if (st == QD_OK) st = step(run, ctx);
    }
    if (st != QD_OK || (!due(run) && run->status == QD_RUN_GOING)) return st;
    qd_ctx_t own; /* nobody goes on with a collapsed run */
    qd_ctx_own(own, ctx);
    if (run->status != QD_RUN_GOING) own->max_seconds = 0;
    st = record(run, own);
    if (st == QD_OK && run->status == QD_RUN_GOING) judge(run);
    return qd_ctx_pass(ctx, st, own);
}

qd_status qd_run_advance(qd_run_t run, int64_t until, qd_ctx_t ctx)
{
    if (until > run->spec->steps) until = run->spec->steps;
    qd_status st = QD_OK;
    bool pending = due(run) && run->sum.n > 0;
    while (st == QD_OK && run->status == QD_RUN_GOING && (run->optim->step < until || pending)) {
        st = step_or_record(run, ctx);
        pending = false;
    }
    return st;
}
