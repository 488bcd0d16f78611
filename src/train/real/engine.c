/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pass over a batch: in shards of samples forward and back, then in tiles of weights for the gradient. Small networks do both on
   the calling thread, for waking another one takes as long as all their work. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/real/dense.h"

/* The products for the gradient take at least so much of the time that forward and back took. */
#define TILES 0.3

/* Multiplications that are worth an item of a parallel loop: some ten microseconds. */
#define ITEM 1000000

/* ---- buffers ---------------------------------------------------------------------------------- */

static int64_t nshards(int64_t n)
{
    return (n + QD_TRAIN__SHARD - 1) / QD_TRAIN__SHARD;
}

static int64_t bytes(const qd_spec_t spec, int64_t max_batch)
{
    R(qd_train__dense) d = {.layer = qd_malloc((size_t) spec->nunits * sizeof *d.layer)};
    int64_t numbers = R(qd_train__place)(&d, spec, max_batch, NULL);
    free(d.layer);
    int64_t sums = nshards(max_batch) * (int64_t) (sizeof *d.sums + (size_t) d.nlayers * sizeof *d.squares);
    return numbers * (int64_t) sizeof(real) + sums + (d.first > 0 ? R(qd_train__trunk_bytes)(spec, max_batch) : 0);
}

static void clear(void *engine)
{
    R(qd_train__dense) *d = engine;
    if (d->trunk != NULL) R(qd_train__trunk_clear)(d->trunk);
    free(d->layer);
    free(d->buffer);
    free(d->sums);
    free(d->squares);
    free(d->tile);
    free(d);
}

static qd_status create(qd_model_t model, qd_ctx_t ctx)
{
    R(qd_train__dense) *d = qd_calloc(1, sizeof *d);
    int64_t shards = nshards(model->max_batch);
    d->layer = qd_malloc((size_t) model->spec->nunits * sizeof *d->layer);
    d->buffer = qd_train__alloc(R(qd_train__place)(d, model->spec, model->max_batch, NULL), sizeof(real));
    R(qd_train__place)(d, model->spec, model->max_batch, d->buffer);
    R(qd_train__connect)(d, model);
    d->sums = qd_malloc((size_t) shards * sizeof *d->sums);
    d->squares = qd_malloc((size_t) (shards * d->nlayers) * sizeof *d->squares);
    qd_status st = d->first > 0 ? R(qd_train__trunk_create)(&d->trunk, model, ctx) : QD_OK;
    if (st == QD_OK) model->engine = d;
    else clear(d);
    return st;
}

/* ---- one pass --------------------------------------------------------------------------------- */

typedef struct {
    R(qd_train__dense) * d;
    qd_model_struct *model;
    const qd_batch *batch;
    const qd_loss *loss;
    bool back;
    double *out;   /* (n, outputs) or NULL */
    int64_t items; /* of the parallel loop, each a run of shards or tiles */
    qd_ready_fn ready;
    void *arg;
} pass;

/* Item i of `items` takes i * n / items and on. */
static int64_t share(int64_t i, int64_t n, int64_t items)
{
    return i * n / items;
}

static int64_t items_for(int64_t n, int64_t multiplications)
{
    int64_t items = multiplications / ITEM;
    return items < 1 ? 1 : items < n ? items : n;
}

/* Copies between the matrix (features, ld) and the trunk's shards, which are columns first.. of it. */
static void copy_features(const R(qd_train__dense) * d, real *matrix, int64_t first, int64_t cols, bool to_trunk)
{
    for (int64_t s = first; s < first + cols; s += QD_TRAIN__CONV_SHARD) {
        int64_t n = first + cols - s < QD_TRAIN__CONV_SHARD ? first + cols - s : QD_TRAIN__CONV_SHARD;
        real *part = (to_trunk ? R(qd_train__trunk_dfeatures) : R(qd_train__trunk_features))(d->trunk, s / QD_TRAIN__CONV_SHARD);
        for (int64_t i = 0; i < d->inputs; i++) {
            real *a = matrix + i * d->ld + s, *b = part + i * QD_TRAIN__CONV_SHARD;
            memcpy(to_trunk ? b : a, to_trunk ? a : b, (size_t) n * sizeof *a);
        }
    }
}

static void run_shard(const pass *p, int64_t s)
{
    R(qd_train__dense) *d = p->d;
    const R(qd_train__layer) *last = d->layer + d->nlayers - 1;
    int64_t first = s * QD_TRAIN__SHARD, left = p->batch->n - first, cols = left < QD_TRAIN__SHARD ? left : QD_TRAIN__SHARD;
    if (d->trunk != NULL) copy_features(d, d->x, first, cols, false);
    else R(qd_batch_fill)(d->x + first, p->batch, first, cols, true, d->ld);
    R(qd_train__forward)(d, p->model->theta, first, cols, d->squares + s * d->nlayers);
    R(qd_train__loss)(d->sums + s, p->back ? d->da : NULL, last->a, d->ld, p->batch, p->loss, 1 / (double) p->batch->n, first, cols);
    if (p->out != NULL)
        for (int64_t j = first; j < first + cols; j++)
            for (int64_t o = 0; o < d->outputs; o++) p->out[j * d->outputs + o] = (double) last->a[o * d->ld + j];
    if (!p->back) return;
    R(qd_train__backward)(d, p->model->theta, first, cols);
    if (d->trunk != NULL) copy_features(d, d->da, first, cols, true);
}

/* May a budget end the pass? A trunk has changed its running statistics by then. */
static bool divisible(const pass *p)
{
    return p->items > 1 && p->d->trunk == NULL;
}

static qd_status run_shards(void *arg, int64_t i, qd_ctx_t ctx)
{
    const pass *p = arg;
    int64_t n = nshards(p->batch->n);
    qd_status st = divisible(p) ? qd_ctx_budget(ctx) : QD_OK;
    if (st != QD_OK) return st;
    for (int64_t s = share(i, n, p->items); s < share(i + 1, n, p->items); s++) run_shard(p, s);
    return QD_OK;
}

static void run_tile(const pass *p, const R(qd_train__tile) * t)
{
    real *grad = (real *) p->model->grad + t->offset;
    int64_t n = p->batch->n, ld = p->d->ld;
    if (t->x != NULL) R(qd_train__gemm)(false, true, t->rows, t->cols, n, t->d, ld, t->x, ld, 0, grad, t->cols);
    else R(qd_train__row_sums)(grad, t->d, t->rows, ld, n);
    if (p->ready != NULL) p->ready(p->arg, t->offset, t->count);
}

static qd_status run_tiles(void *arg, int64_t i, qd_ctx_t ctx)
{
    const pass *p = arg;
    (void) ctx;
    for (int64_t t = share(i, p->d->ntiles, p->items); t < share(i + 1, p->d->ntiles, p->items); t++) run_tile(p, p->d->tile + t);
    return QD_OK;
}

/* Multiplications of the products of one sample, once through. */
static int64_t weights(const R(qd_train__dense) * d)
{
    int64_t sum = 0;
    for (int64_t t = 0; t < d->ntiles; t++) sum += d->tile[t].rows * d->tile[t].cols;
    return sum;
}

static qd_status over_shards(pass *p, qd_ctx_t ctx)
{
    p->items = items_for(nshards(p->batch->n), weights(p->d) * p->batch->n * (p->back ? 2 : 1));
    qd_status st = p->d->trunk == NULL ? QD_OK : R(qd_train__trunk_forward)(p->d->trunk, p->model, p->batch, p->back, ctx);
    return st == QD_OK ? qd_parallel_for(p->items, run_shards, p, ctx) : st;
}

static qd_status over_tiles(pass *p, qd_ctx_t ctx)
{
    p->items = items_for(p->d->ntiles, weights(p->d) * p->batch->n);
    return qd_parallel_for(p->items, run_tiles, p, ctx);
}

/* ---- sums over shards, in their order ----------------------------------------------------------- */

static void add_sums(const pass *p, qd_result *result)
{
    R(qd_train__dense) *d = p->d;
    for (int64_t s = 0; s < nshards(p->batch->n); s++) {
        const qd_train__sums *sums = d->sums + s;
        result->loss += sums->loss;
        result->squared += sums->squared;
        if (sums->largest > result->largest || isnan(sums->largest)) result->largest = sums->largest;
        result->wrong += sums->wrong;
    }
    result->n += p->batch->n;
}

static void set_rms(const pass *p)
{
    R(qd_train__dense) *d = p->d;
    for (int64_t i = 0; i < d->nlayers; i++) {
        double sum = 0;
        for (int64_t s = 0; s < nshards(p->batch->n); s++) sum += d->squares[s * d->nlayers + i];
        p->model->rms[d->first + i] = sqrt(sum / ((double) p->batch->n * (double) d->layer[i].out));
    }
}

/* ---- the engine --------------------------------------------------------------------------------- */

static qd_status gradient(qd_model_t model, qd_result *result, const qd_batch *batch, const qd_loss *loss, qd_ready_fn ready, void *arg,
                          qd_ctx_t ctx)
{
    R(qd_train__dense) *d = model->engine;
    pass p = {.d = d, .model = model, .batch = batch, .loss = loss, .back = true, .ready = ready, .arg = arg};
    qd_result sum = {0, 0, 0, 0, 0};
    double start = qd_ctx_elapsed(ctx);
    qd_status st = over_shards(&p, ctx);
    /* with the first tile parameters change, and the step has to be finished */
    if (st == QD_OK && divisible(&p)) st = qd_ctx_foresee(ctx, 0, TILES * (qd_ctx_elapsed(ctx) - start), "the rest of a step");
    if (st == QD_OK) st = over_tiles(&p, ctx);
    if (st == QD_OK && d->trunk != NULL) st = R(qd_train__trunk_backward)(d->trunk, model, ready, arg, ctx);
    if (st != QD_OK) return st;
    add_sums(&p, &sum);
    set_rms(&p);
    *result = sum;
    return QD_OK;
}

static qd_status evaluate(qd_model_t model, qd_result *result, double *out, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx)
{
    R(qd_train__dense) *d = model->engine;
    pass p = {.d = d, .model = model, .batch = batch, .loss = loss, .out = out};
    qd_status st = over_shards(&p, ctx);
    if (st != QD_OK) return st;
    add_sums(&p, result);
    set_rms(&p);
    return QD_OK;
}

const qd_train__engine R(qd_train__engine) = {create, clear, gradient, evaluate, bytes};
