/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run as a safetensors file. */
#include "train/impl.h"

#include <inttypes.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_array(qd_st_t st, const qd_model_struct *m, const qd_tensor *t, const char *prefix, const void *array)
{
    qd_buf_t name;
    qd_buf_init(name);
    qd_buf_printf(name, "%s%s", prefix, t->name);
    size_t size = m->dtype == QD_F32 ? sizeof(float) : sizeof(double);
    qd_st_add(st, qd_buf_str(name), m->dtype == QD_F32 ? QD_ST_F32 : QD_ST_F64, t->ndim, t->shape,
              (const char *) array + size * (size_t) t->offset);
    qd_buf_clear(name);
}

static void add_stats(qd_st_t st, const qd_model_struct *m)
{
    const double *at = m->stats;
    qd_buf_t name;
    qd_buf_init(name);
    for (int64_t u = 0; u < m->spec->nunits; u++) {
        if (!m->spec->unit[u].norm) continue;
        int64_t n = m->spec->unit[u].out;
        for (int k = 0; k < 2; k++) {
            qd_buf_reset(name);
            qd_buf_printf(name, "layers.%ld.%s", (long) u, k == 0 ? "mean" : "variance");
            qd_st_add(st, qd_buf_str(name), QD_ST_F64, 1, &n, at + k * n);
        }
        at += 2 * n;
    }
    qd_buf_clear(name);
}

/* The numbers between two steps. */
static const qd_field state_field[] = {
    {"status", QD_FIELD_ENUM, offsetof(qd_run_struct, status), 0, QD_RUN_COLLAPSED},
    {"cause", QD_FIELD_ENUM, offsetof(qd_run_struct, cause), 0, QD_CAUSE_CONSTANT},
    {"layer", QD_FIELD_INT, offsetof(qd_run_struct, layer), -1, INT64_MAX},
    {"loss", QD_FIELD_DOUBLE, offsetof(qd_run_struct, loss), 0, 0},
    {"train_error", QD_FIELD_DOUBLE, offsetof(qd_run_struct, train_error), 0, 0},
    {"error", QD_FIELD_DOUBLE, offsetof(qd_run_struct, error), 0, 0},
    {"largest", QD_FIELD_DOUBLE, offsetof(qd_run_struct, largest), 0, 0},
    {"best_error", QD_FIELD_DOUBLE, offsetof(qd_run_struct, best_error), 0, 0},
    {"best_step", QD_FIELD_INT, offsetof(qd_run_struct, best_step), 0, INT64_MAX},
    {"reached_step", QD_FIELD_INT, offsetof(qd_run_struct, reached_step), -1, INT64_MAX},
    {"records", QD_FIELD_INT, offsetof(qd_run_struct, records), 0, INT64_MAX},
    {"waited", QD_FIELD_INT, offsetof(qd_run_struct, waited), 0, INT64_MAX},
    {"samples", QD_FIELD_INT, offsetof(qd_run_struct, sum.n), 0, INT64_MAX},
    {"sum_loss", QD_FIELD_DOUBLE, offsetof(qd_run_struct, sum.loss), 0, 0},
    {"sum_squared", QD_FIELD_DOUBLE, offsetof(qd_run_struct, sum.squared), 0, 0},
    {"sum_wrong", QD_FIELD_INT, offsetof(qd_run_struct, sum.wrong), 0, INT64_MAX},
    {"rms", QD_FIELD_DOUBLE, offsetof(qd_run_struct, rms), 0, 0},
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

#define DIGEST_FORMAT "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64
#define DIGEST_READ "%" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 "%c"

static void add_state(qd_st_t st, const qd_run_struct *run)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_record_print(text, state_field, run);
    qd_st_set_meta(st, "state", qd_buf_str(text));
    qd_buf_reset(text);
    qd_buf_printf(text, "%" PRId64, run->optim->step);
    qd_st_set_meta(st, "step", qd_buf_str(text));
    qd_buf_reset(text);
    qd_buf_printf(text, "%" PRIu64, run->seed);
    qd_st_set_meta(st, "seed", qd_buf_str(text));
    qd_st_set_meta(st, "optimiser", qd_train__optimisers[run->optim->spec.type]);
    qd_st_set_meta(st, "metrics", qd_buf_str(run->metrics));
    qd_st_set_meta(st, "notes", qd_buf_str(run->notes));
    qd_buf_reset(text);
    qd_buf_printf(text, DIGEST_FORMAT, run->digest.config, run->digest.train, run->digest.test, run->digest.from);
    qd_st_set_meta(st, "digest", qd_buf_str(text));
    qd_buf_clear(text);
}

/* How the pixels became features. */
static void add_scale(qd_st_t st, const qd_data_struct *data)
{
    qd_buf_t text;
    qd_json_t w;
    qd_buf_init(text);
    for (int k = 0; k < 2; k++) {
        const double *x = k == 0 ? data->mean : data->std;
        qd_buf_reset(text);
        qd_json_init(w, text);
        qd_json_array(w, NULL);
        for (int64_t c = 0; c < data->channels; c++) qd_json_double(w, NULL, x[c]);
        qd_json_end(w);
        qd_st_set_meta(st, k == 0 ? "pixel_mean" : "pixel_std", qd_buf_str(text));
    }
    qd_buf_clear(text);
}

bool qd_run_finite(const qd_run_t run)
{
    const qd_model_struct *m = run->model;
    bool finite = true;
    for (int64_t i = 0; i < m->length && finite; i++) finite = isfinite(qd_model_theta(m, i));
    for (int64_t i = 0; i < m->nstats && finite; i++) finite = isfinite(m->stats[i]);
    return finite;
}

static void add_arrays(qd_st_t st, const qd_run_struct *run, bool state)
{
    const qd_model_struct *m = run->model;
    for (int64_t k = 0; k < m->ntensors; k++) add_array(st, m, m->tensor + k, "", m->theta);
    add_stats(st, m);
    for (int64_t k = 0; state && run->optim->m != NULL && k < m->ntensors; k++) add_array(st, m, m->tensor + k, "optim.m.", run->optim->m);
    for (int64_t k = 0; state && run->optim->v != NULL && k < m->ntensors; k++) add_array(st, m, m->tensor + k, "optim.v.", run->optim->v);
}

void qd_run_save(qd_st_t st, const qd_run_t run, bool state)
{
    const qd_model_struct *m = run->model;
    if (run->status != QD_RUN_COLLAPSED || qd_run_finite(run)) add_arrays(st, run, state);
    qd_buf_t text;
    qd_buf_init(text);
    qd_spec_print(text, m->spec, m->dtype);
    qd_st_set_meta(st, "architecture", qd_buf_str(text));
    qd_st_set_meta(st, "quadric", QD_VERSION);
    if (run->train != NULL && run->train->pixel != NULL) add_scale(st, run->train);
    qd_buf_clear(text);
    if (state) add_state(st, run);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void name_of(qd_buf_t name, const char *prefix, const qd_tensor *t)
{
    qd_buf_reset(name);
    qd_buf_printf(name, "%s%s", prefix, t->name);
}

/* Is there such a tensor, with the shape and type of t? */
static qd_status check_array(const qd_model_struct *m, const qd_tensor *t, const char *prefix, const qd_st_t st, qd_ctx_t ctx)
{
    qd_buf_t name;
    qd_buf_init(name);
    name_of(name, prefix, t);
    const qd_st_tensor *from = qd_st_find(st, qd_buf_str(name));
    qd_status status = QD_OK;
    if (from == NULL) status = qd_fail(ctx, QD_EINPUT, "no tensor '%s'; expected a checkpoint of this run", qd_buf_str(name));
    else status = qd_st_check(from, t->ndim, t->shape, ctx);
    if (status == QD_OK && from->type != (m->dtype == QD_F32 ? QD_ST_F32 : QD_ST_F64))
        status = qd_fail(ctx, QD_EINPUT, "the tensor '%s' is float%d; expected float%d as in this run", qd_buf_str(name),
                         m->dtype == QD_F32 ? 64 : 32, m->dtype == QD_F32 ? 32 : 64);
    qd_buf_clear(name);
    return status;
}

/* After check_array. */
static void read_array(void *to, const qd_model_struct *m, const qd_tensor *t, const char *prefix, const qd_st_t st)
{
    qd_buf_t name;
    qd_buf_init(name);
    name_of(name, prefix, t);
    size_t size = m->dtype == QD_F32 ? sizeof(float) : sizeof(double);
    memcpy((char *) to + size * (size_t) t->offset, qd_st_find(st, qd_buf_str(name))->data, size * (size_t) t->count);
    qd_buf_clear(name);
}

/* Architecture, seed and optimiser; and is there all that a checkpoint has? */
static qd_status check_run(const qd_run_struct *run, const qd_st_t st, qd_ctx_t ctx)
{
    static const char *const keys[] = {"state", "step", "seed", "optimiser", "metrics", "notes", "digest"};
    qd_buf_t text;
    qd_buf_init(text);
    qd_spec_print(text, run->model->spec, run->model->dtype);
    const char *said = qd_st_meta(st, "architecture");
    bool same = said != NULL && !strcmp(said, qd_buf_str(text));
    qd_buf_reset(text);
    qd_buf_printf(text, "%" PRIu64, run->seed);
    qd_status status = QD_OK;
    if (!same)
        status = qd_fail(ctx, QD_EINPUT,
                         said == NULL ? "no architecture in the metadata; expected a checkpoint of this run"
                                      : "a checkpoint of another architecture; expected one of this run");
    for (size_t i = 0; status == QD_OK && i < sizeof keys / sizeof *keys; i++)
        if (qd_st_meta(st, keys[i]) == NULL) status = qd_fail(ctx, QD_EINPUT, "no training state; expected a checkpoint of this run");
    if (status == QD_OK && strcmp(qd_st_meta(st, "seed"), qd_buf_str(text)))
        status = qd_fail(ctx, QD_EINPUT, "a checkpoint of seed %.20s; expected %s", qd_st_meta(st, "seed"), qd_buf_str(text));
    const char *optimiser = qd_train__optimisers[run->optim->spec.type];
    if (status == QD_OK && strcmp(qd_st_meta(st, "optimiser"), optimiser))
        status = qd_fail(ctx, QD_EINPUT, "a checkpoint of the optimiser %.20s; expected %s", qd_st_meta(st, "optimiser"), optimiser);
    qd_buf_clear(text);
    return status;
}

/* Shapes are checked before: what they say is clearer. */
static qd_status check_digest(const qd_run_struct *run, const qd_st_t st, qd_ctx_t ctx)
{
    char rest;
    const char *text = qd_st_meta(st, "digest"), *what;
    qd_digest d = {0};
    if (sscanf(text, DIGEST_READ, &d.config, &d.train, &d.test, &d.from, &rest) != 4)
        return qd_fail(ctx, QD_EINPUT, "the digest '%.80s' cannot be read; expected a checkpoint of this run", text);
    if ((what = qd_digest_difference(&d, &run->digest)) == NULL) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "a checkpoint of a run with %s; expected one of this run (has a file changed since?)", what);
}

static qd_status check_arrays(const qd_run_struct *run, const qd_st_t st, qd_ctx_t ctx)
{
    const qd_model_struct *m = run->model;
    qd_status status = QD_OK;
    for (int64_t k = 0; k < m->ntensors && status == QD_OK; k++) {
        status = check_array(m, m->tensor + k, "", st, ctx);
        if (status == QD_OK && run->optim->m != NULL) status = check_array(m, m->tensor + k, "optim.m.", st, ctx);
        if (status == QD_OK && run->optim->v != NULL) status = check_array(m, m->tensor + k, "optim.v.", st, ctx);
    }
    for (int64_t i = 0; i < st->n && status == QD_OK && run->optim->m == NULL; i++)
        if (!strncmp(st->tensor[i].name, "optim.m.", 8))
            status = qd_fail(ctx, QD_EINPUT, "a checkpoint of an optimiser with momentum; expected none");
    return status;
}

/* The numbers of a run; arrays and texts stay. */
static qd_status read_state(qd_run_struct *run, const qd_st_t st, qd_ctx_t ctx)
{
    const char *state = qd_st_meta(st, "state"), *step = qd_st_meta(st, "step");
    char *end;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    if (qd_record_read(run, state_field, state, own) != QD_OK)
        return qd_ctx_prefix(ctx, QD_EINPUT, own, "the training state is not that of a checkpoint of this version: ");
    run->optim->step = strtoll(step, &end, 10);
    if (run->layer >= run->model->spec->nunits)
        return qd_fail(ctx, QD_EINPUT, "the training state names layer %" PRId64 ", the network has %" PRId64, run->layer,
                       run->model->spec->nunits);
    if (end == step || *end != '\0' || run->optim->step < 0 || run->optim->step > run->spec->steps)
        return qd_fail(ctx, QD_EINPUT, "the training state is of step %.20s; expected 0 to %" PRId64, step, run->spec->steps);
    run->epoch = -1;
    return QD_OK;
}

static void read_arrays(qd_run_t run, const qd_st_t st)
{
    const qd_model_struct *m = run->model;
    for (int64_t k = 0; k < m->ntensors; k++) {
        read_array(m->theta, m, m->tensor + k, "", st);
        if (run->optim->m != NULL) read_array(run->optim->m, m, m->tensor + k, "optim.m.", st);
        if (run->optim->v != NULL) read_array(run->optim->v, m, m->tensor + k, "optim.v.", st);
    }
}

/* Of a run that ended with numbers that are none. */
static void lose_arrays(qd_run_t run)
{
    const qd_model_struct *m = run->model;
    for (int64_t k = 0; k < m->ntensors; k++)
        for (int64_t i = 0; i < m->tensor[k].count; i++) qd_model_set_theta(run->model, m->tensor[k].offset + i, NAN);
}

/* Everything that can fail goes into `next`, which shares its arrays with run but for the running statistics. */
qd_status qd_run_load(qd_run_t run, const qd_st_t st, qd_ctx_t ctx)
{
    qd_run_struct next = *run;
    size_t bytes = (size_t) run->model->nstats * sizeof(double);
    double *stats = next.model->stats = qd_malloc(bytes + 1);
    qd_status status = check_run(run, st, ctx);
    if (status == QD_OK) status = read_state(&next, st, ctx);
    bool lost = status == QD_OK && next.status == QD_RUN_COLLAPSED && st->n == 0;
    if (status == QD_OK && !lost) status = check_arrays(run, st, ctx);
    if (status == QD_OK && !lost) status = qd_train__stats_read(next.model, st, ctx);
    if (status == QD_OK) status = check_digest(run, st, ctx);
    if (status == QD_OK) {
        next.model->stats = run->model->stats; /* where the engine's units look */
        *run = next;
        qd_buf_reset(run->metrics);
        qd_buf_puts(run->metrics, qd_st_meta(st, "metrics"));
        qd_buf_reset(run->notes);
        qd_buf_puts(run->notes, qd_st_meta(st, "notes"));
        if (lost) lose_arrays(run);
        else {
            if (bytes > 0) memcpy(run->model->stats, stats, bytes);
            read_arrays(run, st);
        }
    }
    free(stats);
    return status;
}

qd_status qd_run_write(const char *path, const qd_run_t run, bool state, qd_ctx_t ctx)
{
    qd_st_t st;
    qd_st_init(st);
    qd_run_save(st, run, state);
    qd_status status = qd_st_write(path, st, ctx);
    qd_st_clear(st);
    return status;
}

qd_status qd_run_read(qd_run_t run, const char *path, qd_ctx_t ctx)
{
    qd_st_t st;
    qd_ctx_t own;
    qd_st_init(st);
    qd_ctx_own(own, ctx);
    qd_status status = qd_st_read(st, path, own);
    if (status == QD_OK) status = qd_run_load(run, st, own);
    qd_ctx_prefix(ctx, status, own, "%s: ", path);
    qd_st_clear(st);
    return status;
}
