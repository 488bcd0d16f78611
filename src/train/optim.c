/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Optimisers. The arithmetic of one range of parameters is in real/update.c; here is what a step is made of: rates of groups,
   clipping, and the order of things. Where nothing must be known of the whole gradient, a range is updated as soon as its
   gradient is final, while it is in cache. */
#include "train/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qd_optim_defaults(qd_optim_spec *spec, qd_optim_type type)
{
    memset(spec, 0, sizeof *spec);
    spec->type = type;
    spec->rate = type == QD_SGD || type == QD_RMSPROP ? 1e-2 : 1e-3;
    spec->beta1 = 0.9;
    spec->beta2 = 0.999;
    spec->alpha = 0.99;
    spec->eps = 1e-8;
    spec->decay = type == QD_ADAMW ? 1e-2 : 0;
    spec->gamma_g = spec->gamma_b = 1;
    spec->schedule.factor = 0.1;
}

double qd_schedule_rate(const qd_optim_spec *spec, int64_t step)
{
    const qd_schedule *s = &spec->schedule;
    if (step < s->warmup) return spec->rate * (double) (step + 1) / (double) s->warmup;
    double rate = spec->rate;
    if (s->type == QD_SCHEDULE_STEP)
        for (int64_t i = 0; i < s->nmilestones && step >= s->milestone[i]; i++) rate *= s->factor;
    if (s->type == QD_SCHEDULE_COSINE) {
        int64_t span = s->total - s->warmup;
        double part = span > 0 ? fmin(1, (double) (step - s->warmup) / (double) span) : 1;
        rate = s->final + (rate - s->final) * 0.5 * (1 + cos(M_PI * part));
    }
    return rate;
}

void qd_optim_init(qd_optim_t opt)
{
    memset(opt, 0, sizeof *opt);
}

void qd_optim_clear(qd_optim_t opt)
{
    free(opt->m);
    free(opt->v);
    qd_optim_init(opt);
}

void qd_optim_start(qd_optim_t opt, const qd_optim_spec *spec, const qd_model_t model)
{
    qd_optim_clear(opt);
    opt->spec = *spec;
    opt->length = model->length;
    opt->dtype = model->dtype;
    size_t size = model->dtype == QD_F32 ? sizeof(float) : sizeof(double);
    bool adam = spec->type == QD_ADAM || spec->type == QD_ADAMW;
    if (adam || spec->momentum > 0) opt->m = qd_train__alloc(model->length, size);
    if (adam || spec->type == QD_RMSPROP) opt->v = qd_train__alloc(model->length, size);
}

/* ---- one step ----------------------------------------------------------------------------- */

typedef struct {
    qd_optim_struct *opt;
    qd_model_struct *model;
    double rate, scale; /* scale: of the gradient */
    double bias1, bias2;
    double *sum; /* squares by block */
} step_state;

static double ratio_of(const qd_optim_spec *spec, qd_group group)
{
    return group == QD_GROUP_G ? spec->gamma_g : group == QD_GROUP_B ? spec->gamma_b : 1;
}

static const qd_tensor *tensor_at(const qd_model_struct *m, int64_t offset)
{
    int64_t lo = 0, hi = m->ntensors; /* the last tensor that does not begin after offset */
    while (hi - lo > 1) {
        int64_t mid = (lo + hi) / 2;
        if (m->tensor[mid].offset <= offset) lo = mid;
        else hi = mid;
    }
    return m->tensor + lo;
}

/* A qd_ready_fn: updates the range, which lies in one tensor and its padding. */
static void update_range(void *arg, int64_t offset, int64_t count)
{
    const step_state *s = arg;
    const qd_optim_spec *spec = &s->opt->spec;
    const qd_tensor *t = tensor_at(s->model, offset);
    double ratio = ratio_of(spec, t->group);
    if (ratio == 0) return;
    if (count > t->offset + t->count - offset) count = t->offset + t->count - offset;
    bool g = t->group == QD_GROUP_G, b = t->group == QD_GROUP_B, norm = t->group == QD_GROUP_NORM;
    qd_train__update u = {
        .spec = spec,
        .rate = s->rate * ratio,
        .scale = s->scale,
        .origin = t->origin,
        .decay_origin = norm || spec->decay_to_zero ? 0 : t->origin,
        .l1 = g   ? spec->alpha_g
              : b ? spec->alpha_b
                  : 0,
        .l2 = g   ? spec->beta_g
              : b ? spec->beta_b
                  : 0,
        .bias1 = s->bias1,
        .bias2 = s->bias2,
    };
    size_t size = s->opt->dtype == QD_F32 ? sizeof(float) : sizeof(double);
    char *m = s->opt->m, *v = s->opt->v;
    void (*update)(const qd_train__update *, void *, const void *, void *, void *, int64_t) =
        s->opt->dtype == QD_F32 ? qd_train__update_f32 : qd_train__update_f64;
    update(&u, (char *) s->model->theta + size * (size_t) offset, (const char *) s->model->grad + size * (size_t) offset,
           m == NULL ? NULL : m + size * (size_t) offset, v == NULL ? NULL : v + size * (size_t) offset, count);
}

/* ---- clipping: the whole gradient in blocks of a tensor ------------------------------------- */

#define BLOCK 16384

static int64_t nblocks(const qd_tensor *t)
{
    return (t->count + BLOCK - 1) / BLOCK;
}

static qd_status over_blocks(step_state *s, qd_body_fn body, int64_t *n, qd_ctx_t ctx)
{
    *n = 0;
    for (int64_t k = 0; k < s->model->ntensors; k++) *n += nblocks(s->model->tensor + k);
    return body == NULL ? QD_OK : qd_parallel_for(*n, body, s, ctx);
}

static const qd_tensor *find_block(const qd_model_struct *m, int64_t i, int64_t *offset, int64_t *count)
{
    const qd_tensor *t = m->tensor;
    for (; i >= nblocks(t); t++) i -= nblocks(t);
    *offset = t->offset + i * BLOCK;
    *count = t->offset + t->count - *offset < BLOCK ? t->offset + t->count - *offset : BLOCK;
    return t;
}

static qd_status square_block(void *arg, int64_t i, qd_ctx_t ctx)
{
    (void) ctx;
    step_state *s = arg;
    int64_t offset, count;
    const qd_tensor *t = find_block(s->model, i, &offset, &count);
    s->sum[i] = 0;
    if (ratio_of(&s->opt->spec, t->group) == 0) return QD_OK;
    if (s->opt->dtype == QD_F32) s->sum[i] = qd_train__squares_f32((const float *) s->model->grad + offset, count);
    else s->sum[i] = qd_train__squares_f64((const double *) s->model->grad + offset, count);
    return QD_OK;
}

static qd_status update_block(void *arg, int64_t i, qd_ctx_t ctx)
{
    (void) ctx;
    step_state *s = arg;
    int64_t offset, count;
    find_block(s->model, i, &offset, &count);
    update_range(s, offset, count);
    return QD_OK;
}

static qd_status clip_and_update(step_state *s, qd_ctx_t ctx)
{
    int64_t n;
    over_blocks(s, NULL, &n, ctx);
    s->sum = qd_malloc((size_t) n * sizeof *s->sum);
    qd_status st = over_blocks(s, square_block, &n, ctx);
    double norm = 0;
    for (int64_t i = 0; i < n; i++) norm += s->sum[i];
    norm = sqrt(norm);
    if (norm > s->opt->spec.clip) s->scale = s->opt->spec.clip / norm;
    if (st == QD_OK) st = over_blocks(s, update_block, &n, ctx);
    free(s->sum);
    return st;
}

qd_status qd_optim_step(qd_optim_t opt, qd_model_t model, qd_result *result, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx)
{
    double t = (double) opt->step + 1;
    step_state s = {opt, model, qd_schedule_rate(&opt->spec, opt->step), 1, 1 - pow(opt->spec.beta1, t), 1 - pow(opt->spec.beta2, t), NULL};
    bool clip = opt->spec.clip > 0;
    qd_status st = qd_model_gradient(model, result, batch, loss, clip ? NULL : update_range, &s, ctx);
    if (st == QD_OK && clip) st = clip_and_update(&s, ctx);
    if (st == QD_OK) opt->step++;
    return st;
}
