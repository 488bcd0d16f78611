/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way back through the trunk. */
#include "train/real/trunk.h"

#include <omp.h>
#include <string.h>

#define SHARD QD_TRAIN__CONV_SHARD

typedef struct {
    R(qd_train__trunk) * trunk;
    int64_t u, shards;
} pass;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- one unit ----------------------------------------------------------------------------- */

/* worker->dz and, of a quadratic unit, worker->d0 = (dr, dg), from dy; their sums by channel are the gradients of the biases: a tile of dr and
   dg has the positions of one of dz, so that dr is summed in the order of a conventional unit's dz. Returns what the first
   convolution's result gets. */
static const real *back_to_products(R(qd_train__trunk) * trunk, const R(trunk_unit) * unit, int64_t shard, R(trunk_worker) * worker)
{
    int64_t channels = unit->out.channels, tile = R(qd_train__flat_tile)(channels), step = trunk->piece / tile * tile;
    int64_t n = R(qd_train__trunk_samples)(trunk, shard) * unit->positions * channels;
    const real *z = unit->z + shard * unit->out_length, *dy = trunk->dy[unit->slot] + shard * trunk->slot_length;
    const real *rg = unit->rg == NULL ? NULL : unit->rg + 2 * shard * unit->out_length;
    double *sum = trunk->bias_sums + 3 * shard * trunk->channels;
    memset(sum, 0, 3 * (size_t) channels * sizeof *sum);
    for (int64_t i = 0; i < n; i += step) {
        int64_t m = least(step, n - i);
        R(qd_train__flat_norm_back)(worker->dz + i, dy + i, z + i, m, unit->factor, unit->mean_dy, unit->mean, unit->slope, tile);
        if (unit->spec->biases > 0) R(qd_train__flat_sum)(sum + 2 * channels, worker->dz + i, m, channels, tile, worker->acc);
        if (rg == NULL) continue;
        R(qd_train__flat_product_back)(worker->d0 + 2 * i, worker->dz + i, rg + 2 * i, m / channels, channels);
        if (unit->spec->biases > 0) R(qd_train__flat_sum)(sum, worker->d0 + 2 * i, 2 * m, 2 * channels, 2 * tile, worker->acc);
    }
    memset(worker->dz + n, 0, (size_t) (unit->out_length - n) * sizeof *worker->dz);
    if (rg == NULL) return worker->dz;
    memset(worker->d0 + 2 * n, 0, 2 * (size_t) (unit->out_length - n) * sizeof *worker->d0);
    return worker->d0;
}

/* dy of unit u from the gradient by its output, worker->dx (+ 2 x dsquare, unless x is NULL), and its sums by channel. */
static void back_to_y(R(qd_train__trunk) * trunk, int64_t u, int64_t shard, const real *x, R(trunk_worker) * worker)
{
    const R(trunk_unit) *unit = trunk->unit + u;
    int64_t channels = unit->out.channels, tile = R(qd_train__flat_tile)(channels), step = trunk->piece / tile * tile;
    int64_t n = R(qd_train__trunk_samples)(trunk, shard) * unit->positions * channels;
    const real *z = unit->z + shard * unit->out_length, *jump = R(qd_train__trunk_jump)(trunk, u, shard, worker);
    real *dy = trunk->dy[unit->slot] + shard * trunk->slot_length;
    double *sum = trunk->sums + 2 * shard * trunk->channels;
    memset(sum, 0, 2 * (size_t) channels * sizeof *sum);
    for (int64_t i = 0; i < n; i += step) {
        int64_t m = least(step, n - i);
        R(qd_train__flat_affine)(dy + i, z + i, jump == NULL ? NULL : jump + i, m, unit->mean, unit->factor, unit->offset, tile);
        R(qd_train__flat_act_slope)(dy + i, m, unit->spec);
        if (x != NULL) R(qd_train__flat_square_back)(worker->dx + i, x + i, worker->dsquare + i, m);
        R(qd_train__flat_mul)(dy + i, worker->dx + i, m);
        R(qd_train__flat_sum_times)(sum, sum + channels, dy + i, z + i, m, unit->mean, channels, worker->acc);
    }
}

static qd_status back_unit(void *arg, int64_t shard, qd_ctx_t ctx)
{
    const pass *p = arg;
    R(qd_train__trunk) *trunk = p->trunk;
    R(trunk_unit) *unit = trunk->unit + p->u;
    R(trunk_worker) *worker = R(qd_train__trunk_worker)(trunk);
    const real *d0 = back_to_products(trunk, unit, shard, worker), *x = R(qd_train__trunk_input)(trunk, p->u, shard, worker);
    real *packed = trunk->packed + shard * trunk->packed_length;
    bool good = R(qd_train__conv_gradient)(&unit->conv[0], packed, x, d0, worker->library);
    if (p->u > 0) good = good && R(qd_train__conv_data)(&unit->conv[0], worker->dx, d0, worker->library);
    if (unit->square) {
        R(qd_train__flat_square)(worker->square, x, unit->in_length);
        good =
            good && R(qd_train__conv_gradient)(&unit->conv[1], packed + unit->conv[0].packed, worker->square, worker->dz, worker->library);
        if (p->u > 0) good = good && R(qd_train__conv_data)(&unit->conv[1], worker->dsquare, worker->dz, worker->library);
    }
    if (!good) return qd_fail(ctx, QD_ENOMEM, "oneDNN refused the gradient of layer %ld", (long) p->u);
    if (p->u == 0) return QD_OK;
    int64_t samples = R(qd_train__trunk_samples)(trunk, shard);
    for (int64_t v = p->u; v < trunk->nunits; v++)
        if (trunk->unit[v].spec->shortcut == p->u)
            R(qd_train__trunk_jump_back)(trunk, v, worker->dx, trunk->dy[trunk->unit[v].slot] + shard * trunk->slot_length, samples);
    back_to_y(trunk, p->u - 1, shard, unit->square ? x : NULL, worker);
    return QD_OK;
}

static qd_status back_features(void *arg, int64_t shard, qd_ctx_t ctx)
{
    (void) ctx;
    R(qd_train__trunk) *trunk = ((const pass *) arg)->trunk;
    const R(trunk_unit) *unit = trunk->unit + trunk->nunits - 1;
    R(trunk_worker) *worker = R(qd_train__trunk_worker)(trunk);
    const real *d = R(qd_train__trunk_dfeatures)(trunk, shard);
    for (int64_t s = 0; s < R(qd_train__trunk_samples)(trunk, shard); s++)
        for (int64_t p = 0; p < unit->positions; p++)
            for (int64_t c = 0; c < unit->out.channels; c++)
                worker->dx[(s * unit->positions + p) * unit->out.channels + c] = d[c * SHARD + s] / (real) unit->positions;
    back_to_y(trunk, trunk->nunits - 1, shard, NULL, worker);
    return QD_OK;
}

/* ---- gradients of parameters -------------------------------------------------------------- */

/* Numbers of the packed gradients that one item adds up. */
#define SPAN 4096

/* Sums over the shards, in their order, into the first. */
static qd_status add_shards(void *arg, int64_t item, qd_ctx_t ctx)
{
    (void) ctx;
    const pass *p = arg;
    const R(trunk_unit) *unit = p->trunk->unit + p->u;
    int64_t first = item * SPAN, n = least(SPAN, unit->conv[0].packed + unit->conv[1].packed - first);
    real *sum = p->trunk->packed + first;
    for (int64_t s = 1; s < p->shards; s++) R(qd_train__flat_add)(sum, sum + s * p->trunk->packed_length, n);
    return QD_OK;
}

static qd_status give_weights(const pass *p, qd_model_t model, qd_ready_fn ready, void *arg, qd_ctx_t ctx)
{
    const R(trunk_unit) *unit = p->trunk->unit + p->u;
    real *grad = model->grad;
    for (int k = 0; k < 1 + unit->square; k++) {
        const R(qd_train__conv) *conv = &unit->conv[k];
        if (!R(qd_train__conv_unpack)(conv, p->trunk->plain, p->trunk->packed + (k == 0 ? 0 : unit->conv[0].packed)))
            return qd_fail(ctx, QD_ENOMEM, "oneDNN refused the weights of layer %ld", (long) p->u);
        for (int64_t i = 0; i < conv->out / unit->out.channels; i++) {
            const qd_tensor *w = unit->w[k == 0 ? i : 2];
            memcpy(grad + w->offset, p->trunk->plain + i * w->count, (size_t) w->count * sizeof *grad);
            R(qd_train__trunk_ready)(w, ready, arg);
        }
    }
    return QD_OK;
}

static void give_biases(const pass *p, qd_model_t model, qd_ready_fn ready, void *arg)
{
    const R(trunk_unit) *unit = p->trunk->unit + p->u;
    real *grad = model->grad;
    for (int k = 0; k < 3; k++) {
        if (unit->b[k] == NULL) continue;
        int64_t row = unit->rg == NULL ? 2 : k, channels = unit->out.channels;
        for (int64_t c = 0; c < channels; c++) {
            double sum = 0;
            for (int64_t s = 0; s < p->shards; s++) sum += p->trunk->bias_sums[3 * s * p->trunk->channels + row * channels + c];
            grad[unit->b[k]->offset + c] = (real) sum;
        }
        R(qd_train__trunk_ready)(unit->b[k], ready, arg);
    }
}

qd_status R(qd_train__trunk_backward)(R(qd_train__trunk) * trunk, qd_model_t model, qd_ready_fn ready, void *arg, qd_ctx_t ctx)
{
    int threads = R(qd_train__trunk_enter)(trunk, ctx);
    pass p = {trunk, trunk->nunits, (trunk->n + SHARD - 1) / SHARD};
    qd_status st = qd_parallel_for(p.shards, back_features, &p, ctx);
    while (st == QD_OK && p.u > 0) {
        p.u--;
        const R(trunk_unit) *unit = trunk->unit + p.u;
        R(qd_train__trunk_norm_back)(trunk, model, p.u, ready, arg);
        if ((st = qd_parallel_for(p.shards, back_unit, &p, ctx)) != QD_OK) break;
        if ((st = qd_parallel_for((unit->conv[0].packed + unit->conv[1].packed + SPAN - 1) / SPAN, add_shards, &p, ctx)) != QD_OK) break;
        st = give_weights(&p, model, ready, arg, ctx);
        give_biases(&p, model, ready, arg);
    }
    omp_set_num_threads(threads);
    return st;
}
