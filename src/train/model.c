/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model: its parameters in one array, and the arithmetic that works on them. */
#include "train/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *qd_train__alloc(int64_t count, size_t size)
{
    size_t bytes = ((size_t) count * size + 63) / 64 * 64 + 64;
    void *raw = NULL;
    if (posix_memalign(&raw, 64, bytes) != 0) raw = qd_malloc(bytes); /* the handler of qd_malloc does not return */
    memset(raw, 0, bytes);
    return raw;
}

static const qd_train__engine *engine_of(qd_dtype dtype)
{
    return dtype == QD_F32 ? &qd_train__engine_f32 : &qd_train__engine_f64;
}

void qd_model_init(qd_model_t model)
{
    memset(model, 0, sizeof *model);
    qd_spec_init(model->spec);
}

void qd_model_clear(qd_model_t model)
{
    if (model->engine != NULL) engine_of(model->dtype)->clear(model->engine);
    qd_spec_clear(model->spec);
    free(model->tensor);
    free(model->theta);
    free(model->grad);
    free(model->stats);
    free(model->rms);
    qd_model_init(model);
}

static void lay_out(qd_model_t m)
{
    qd_spec_struct *spec = m->spec;
    m->tensor = qd_malloc((size_t) (spec->nunits * QD_TRAIN__MAX_TENSORS) * sizeof *m->tensor);
    for (int64_t u = 0; u < spec->nunits; u++) {
        qd_tensor *t = m->tensor + m->ntensors;
        int n = qd_train__unit_tensors(t, spec->unit + u, qd_train__unit_input(spec, u));
        for (int i = 0; i < n; i++) {
            char key[sizeof t->name];
            strcpy(key, t[i].name);
            snprintf(t[i].name, sizeof t->name, "layers.%d.%.16s", (int) u, key);
            t[i].unit = u;
            t[i].offset = m->length;
            m->length += (t[i].count + 15) / 16 * 16;
            m->nparams += t[i].count;
        }
        m->ntensors += n;
        if (spec->unit[u].norm) m->nstats += 2 * spec->unit[u].out;
    }
}

qd_status qd_model_create(qd_model_t model, const qd_spec_t spec, qd_dtype dtype, int64_t max_batch, qd_ctx_t ctx)
{
    qd_status st = qd_spec_check(spec, ctx);
    if (st != QD_OK) return st;
    const qd_train__engine *engine = engine_of(dtype);
    size_t size = dtype == QD_F32 ? sizeof(float) : sizeof(double);
    double bytes = (double) engine->bytes(spec, max_batch) + 2 * (double) size * (double) qd_spec_nparams(spec);
    if (ctx->max_bytes > 0 && bytes > (double) ctx->max_bytes)
        return qd_fail(ctx, QD_EUNABLE, "the network needs %.0f MB for batches of %ld; the limit is %.0f MB", bytes * 1e-6,
                       (long) max_batch, (double) ctx->max_bytes * 1e-6);
    qd_model_t m;
    qd_model_init(m);
    m->dtype = dtype;
    m->max_batch = max_batch;
    qd_spec_set(m->spec, spec);
    lay_out(m);
    m->theta = qd_train__alloc(m->length, size);
    m->grad = qd_train__alloc(m->length, size);
    m->stats = qd_train__alloc(m->nstats, sizeof *m->stats);
    m->rms = qd_train__alloc(spec->nunits, sizeof *m->rms);
    st = engine->create(m, ctx);
    if (st == QD_OK) {
        qd_model_struct t = *model;
        *model = *m;
        *m = t;
    }
    qd_model_clear(m);
    return st;
}

const qd_tensor *qd_train__tensor(const qd_model_t model, int64_t u, const char *key)
{
    for (int64_t i = 0; i < model->ntensors; i++)
        if (model->tensor[i].unit == u && !strcmp(strrchr(model->tensor[i].name, '.') + 1, key)) return model->tensor + i;
    return NULL;
}

/* ---- numbers ------------------------------------------------------------------------------ */

double qd_model_theta(const qd_model_t model, int64_t i)
{
    return model->dtype == QD_F32 ? ((const float *) model->theta)[i] : ((const double *) model->theta)[i];
}

double qd_model_grad(const qd_model_t model, int64_t i)
{
    return model->dtype == QD_F32 ? ((const float *) model->grad)[i] : ((const double *) model->grad)[i];
}

void qd_model_set_theta(qd_model_t model, int64_t i, double value)
{
    if (model->dtype == QD_F32) ((float *) model->theta)[i] = (float) value;
    else ((double *) model->theta)[i] = value;
}

/* ---- passes ------------------------------------------------------------------------------- */

static qd_status check_batch(const qd_model_t m, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx)
{
    const qd_data_struct *data = batch->data;
    const qd_spec_struct *spec = m->spec;
    int64_t outputs = spec->unit[spec->nunits - 1].out;
    bool conv = spec->unit[0].type == QD_UNIT_CONV;
    bool fits = conv ? data->channels == spec->channels && data->height == spec->height && data->width == spec->width
                     : data->channels * data->height * data->width == spec->channels * spec->height * spec->width;
    if (!fits)
        return qd_fail(ctx, QD_EINPUT, "samples of %ld x %ld x %ld; the network takes %ld x %ld x %ld", (long) data->channels,
                       (long) data->height, (long) data->width, (long) spec->channels, (long) spec->height, (long) spec->width);
    if (data->outputs != outputs)
        return qd_fail(ctx, QD_EINPUT, "the data have %ld %s; the network has %ld outputs", (long) data->outputs,
                       data->label != NULL ? "classes" : "target columns", (long) outputs);
    if ((data->label != NULL) != (loss->type == QD_LOSS_CROSS_ENTROPY))
        return qd_fail(ctx, QD_EINPUT,
                       data->label != NULL ? "labels with a regression loss; expected cross_entropy"
                                           : "numbers as targets with cross_entropy; expected squared or huber, or classes");
    if (batch->n < 1 || batch->n > m->max_batch)
        return qd_fail(ctx, QD_EINPUT, "a batch of %ld samples; the model takes 1 to %ld", (long) batch->n, (long) m->max_batch);
    return QD_OK;
}

qd_status qd_model_gradient(qd_model_t model, qd_result *result, const qd_batch *batch, const qd_loss *loss, qd_ready_fn ready, void *arg,
                            qd_ctx_t ctx)
{
    qd_status st = check_batch(model, batch, loss, ctx);
    return st == QD_OK ? engine_of(model->dtype)->gradient(model, result, batch, loss, ready, arg, ctx) : st;
}

qd_status qd_model_evaluate(qd_model_t model, qd_result *result, double *out, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx)
{
    qd_status st = check_batch(model, batch, loss, ctx);
    return st == QD_OK ? engine_of(model->dtype)->evaluate(model, result, out, batch, loss, ctx) : st;
}
