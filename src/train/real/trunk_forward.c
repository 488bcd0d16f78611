/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way forward through the trunk. */
#include "train/real/trunk.h"

#include <omp.h>
#include <string.h>

#define SHARD QD_TRAIN__CONV_SHARD

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- what a unit reads -------------------------------------------------------------------- */

/* Pictures of the batch, channels last; those that are missing in the last shard are 0. */
static void read_batch(R(qd_train__trunk) * trunk, const qd_batch *batch, int64_t shard, R(trunk_worker) * worker)
{
    const R(trunk_unit) *first = trunk->unit;
    int64_t channels = first->in.channels, positions = first->in.height * first->in.width, n = R(qd_train__trunk_samples)(trunk, shard);
    real *to = trunk->input + shard * first->in_length, *from = worker->dx;
#if QD_REAL == 32
    qd_batch_fill_f32(from, batch, shard * SHARD, n, false, 0);
#else
    qd_batch_fill_f64(from, batch, shard * SHARD, n, false, 0);
#endif
    for (int64_t s = 0; s < n; s++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t p = 0; p < positions; p++) to[(s * positions + p) * channels + c] = from[(s * channels + c) * positions + p];
    memset(to + n * channels * positions, 0, (size_t) ((SHARD - n) * channels * positions) * sizeof *to);
}

/* The start of the shortcut of unit u where it is kept. */
static const real *jump_start(const R(qd_train__trunk) * trunk, int64_t u, int64_t shard)
{
    int64_t from = trunk->unit[u].spec->shortcut;
    return from == 0 ? trunk->input + shard * trunk->unit[0].in_length : trunk->unit[from - 1].a + shard * trunk->unit[from].in_length;
}

static bool same_shape(const R(qd_train__trunk) * trunk, int64_t u)
{
    const R(trunk_unit) *unit = trunk->unit + u, *from = trunk->unit + unit->spec->shortcut;
    return from->in.channels == unit->out.channels && unit->ratio == 1;
}

/* Where in the start (channels as given) and in the output a position of the shortcut lies. */
static void jump_position(int64_t *start, int64_t *end, const R(qd_train__trunk) * trunk, int64_t u, int64_t sample, int64_t position)
{
    const R(trunk_unit) *unit = trunk->unit + u;
    const qd_train__shape *from = &trunk->unit[unit->spec->shortcut].in;
    int64_t row = position / unit->out.width * unit->ratio, column = position % unit->out.width * unit->ratio;
    *start = ((sample * from->height + row) * from->width + column) * from->channels;
    *end = (sample * unit->positions + position) * unit->out.channels + (unit->out.channels - from->channels) / 2;
}

const real *R(qd_train__trunk_jump)(R(qd_train__trunk) * trunk, int64_t u, int64_t shard, R(trunk_worker) * worker)
{
    const R(trunk_unit) *unit = trunk->unit + u;
    if (unit->spec->shortcut < 0) return NULL;
    const real *start = jump_start(trunk, u, shard);
    if (same_shape(trunk, u)) return start;
    int64_t channels = trunk->unit[unit->spec->shortcut].in.channels, from, to;
    memset(worker->jump, 0, (size_t) unit->out_length * sizeof *worker->jump);
    for (int64_t s = 0; s < R(qd_train__trunk_samples)(trunk, shard); s++)
        for (int64_t p = 0; p < unit->positions; p++) {
            jump_position(&from, &to, trunk, u, s, p);
            memcpy(worker->jump + to, start + from, (size_t) channels * sizeof *start);
        }
    return worker->jump;
}

void R(qd_train__trunk_jump_back)(const R(qd_train__trunk) * trunk, int64_t u, real *dx, const real *dy, int64_t samples)
{
    const R(trunk_unit) *unit = trunk->unit + u;
    if (same_shape(trunk, u)) {
        R(qd_train__flat_add)(dx, dy, samples * unit->positions * unit->out.channels);
        return;
    }
    int64_t channels = trunk->unit[unit->spec->shortcut].in.channels, from, to;
    for (int64_t s = 0; s < samples; s++)
        for (int64_t p = 0; p < unit->positions; p++) {
            jump_position(&from, &to, trunk, u, s, p);
            for (int64_t c = 0; c < channels; c++) dx[from + c] += dy[to + c];
        }
}

/* Output of a unit, piece by piece. */
static void activate(R(qd_train__trunk) * trunk, real *a, int64_t u, int64_t shard, R(trunk_worker) * worker)
{
    const R(trunk_unit) *unit = trunk->unit + u;
    int64_t channels = unit->out.channels, tile = R(qd_train__flat_tile)(channels), step = trunk->piece / tile * tile;
    int64_t n = R(qd_train__trunk_samples)(trunk, shard) * unit->positions * channels;
    const real *z = unit->z + shard * unit->out_length, *jump = R(qd_train__trunk_jump)(trunk, u, shard, worker);
    for (int64_t i = 0; i < n; i += step) {
        int64_t m = least(step, n - i);
        R(qd_train__flat_affine)(a + i, z + i, jump == NULL ? NULL : jump + i, m, unit->mean, unit->factor, unit->offset, tile);
        R(qd_train__flat_act)(a + i, m, unit->spec);
    }
    memset(a + n, 0, (size_t) (unit->out_length - n) * sizeof *a);
}

const real *R(qd_train__trunk_input)(R(qd_train__trunk) * trunk, int64_t u, int64_t shard, R(trunk_worker) * worker)
{
    if (u == 0) return trunk->input + shard * trunk->unit[0].in_length;
    const R(trunk_unit) *before = trunk->unit + u - 1;
    if (before->source) return before->a + shard * before->out_length;
    activate(trunk, worker->x, u - 1, shard, worker);
    return worker->x;
}

/* ---- one unit ----------------------------------------------------------------------------- */

typedef struct {
    R(qd_train__trunk) * trunk;
    const qd_batch *batch;
    qd_model_struct *model;
    int64_t u;
} pass;

/* z of a shard from the results of the convolutions, and its mean and sum of squared differences by channel: sums of z - z_0, which
   lose nothing where the mean is far from 0. */
static void combine(R(qd_train__trunk) * trunk, const R(trunk_unit) * unit, int64_t shard, R(trunk_worker) * worker)
{
    int64_t channels = unit->out.channels, tile = R(qd_train__flat_tile)(channels), step = trunk->piece / tile * tile;
    int64_t positions = R(qd_train__trunk_samples)(trunk, shard) * unit->positions, n = positions * channels;
    real *z = unit->z + shard * unit->out_length, *shift = worker->piece;
    const real *rg = unit->rg == NULL ? NULL : unit->rg + 2 * shard * unit->out_length;
    double *mean = trunk->sums + 2 * shard * trunk->channels, *square = mean + channels;
    memset(mean, 0, 2 * (size_t) channels * sizeof *mean);
    for (int64_t i = 0; i < n; i += step) {
        int64_t m = least(step, n - i);
        if (rg != NULL) R(qd_train__flat_add_product)(z + i, rg + 2 * i, m / channels, channels);
        else if (unit->square) R(qd_train__flat_add)(z + i, worker->d0 + i, m);
        if (i == 0)
            for (int64_t j = 0; j < tile; j++) shift[j] = z[j % channels];
        R(qd_train__flat_sum_moments)(mean, square, z + i, m, shift, channels, worker->acc);
    }
    for (int64_t c = 0; c < channels; c++) {
        double d = mean[c] / (double) positions;
        square[c] -= d * mean[c];
        mean[c] = (double) shift[c] + d;
        if (square[c] < 0) square[c] = 0;
    }
}

static qd_status forward_unit(void *arg, int64_t shard, qd_ctx_t ctx)
{
    const pass *p = arg;
    R(qd_train__trunk) *trunk = p->trunk;
    R(trunk_unit) *unit = trunk->unit + p->u;
    R(trunk_worker) *worker = R(qd_train__trunk_worker)(trunk);
    if (p->u == 0) read_batch(trunk, p->batch, shard, worker);
    else if (unit[-1].source) activate(trunk, unit[-1].a + shard * unit[-1].out_length, p->u - 1, shard, worker);
    const real *x = R(qd_train__trunk_input)(trunk, p->u, shard, worker);
    real *z = unit->z + shard * unit->out_length, *first = !unit->square      ? z
                                                           : unit->rg == NULL ? worker->d0
                                                                              : unit->rg + 2 * shard * unit->out_length;
    bool good = R(qd_train__conv_forward)(&unit->conv[0], first, x, worker->library);
    if (unit->square) {
        R(qd_train__flat_square)(worker->square, x, unit->in_length);
        good = good && R(qd_train__conv_forward)(&unit->conv[1], z, worker->square, worker->library);
    }
    if (!good) return qd_fail(ctx, QD_ENOMEM, "oneDNN refused the convolution of layer %ld", (long) p->u);
    combine(trunk, unit, shard, worker);
    return QD_OK;
}

/* Means over positions of the last output, one sample a column. */
static qd_status forward_features(void *arg, int64_t shard, qd_ctx_t ctx)
{
    (void) ctx;
    R(qd_train__trunk) *trunk = ((const pass *) arg)->trunk;
    const R(trunk_unit) *unit = trunk->unit + trunk->nunits - 1;
    R(trunk_worker) *worker = R(qd_train__trunk_worker)(trunk);
    const real *a = R(qd_train__trunk_input)(trunk, trunk->nunits, shard, worker);
    real *feature = R(qd_train__trunk_features)(trunk, shard);
    double *sum = trunk->sums + 2 * shard * trunk->channels;
    int64_t channels = unit->out.channels, length = unit->positions * channels, tile = R(qd_train__flat_tile)(channels),
            step = trunk->piece / tile * tile;
    memset(feature, 0, (size_t) (channels * SHARD) * sizeof *feature);
    for (int64_t s = 0; s < R(qd_train__trunk_samples)(trunk, shard); s++) {
        memset(sum, 0, (size_t) channels * sizeof *sum);
        for (int64_t i = 0; i < length; i += step)
            R(qd_train__flat_sum)(sum, a + s * length + i, least(step, length - i), channels, tile, worker->acc);
        for (int64_t c = 0; c < channels; c++) feature[c * SHARD + s] = (real) (sum[c] / (double) unit->positions);
    }
    return QD_OK;
}

/* ---- the pass ----------------------------------------------------------------------------- */

/* Weights of this step: wr and wg become one convolution. */
static qd_status take_weights(R(qd_train__trunk) * trunk, const qd_model_t model, int64_t u, qd_ctx_t ctx)
{
    R(trunk_unit) *unit = trunk->unit + u;
    const real *theta = model->theta;
    for (int k = 0; k < 1 + unit->square; k++) {
        R(qd_train__conv) *conv = &unit->conv[k];
        int64_t count = conv->in * conv->size * conv->size * conv->out, out = unit->out.channels;
        real *w = trunk->plain, *b = w + count;
        memset(b, 0, (size_t) conv->out * sizeof *b);
        for (int64_t i = 0; i < conv->out / out; i++) {
            const qd_tensor *weight = unit->w[k == 0 ? i : 2], *bias = unit->b[k == 0 ? i : 2];
            memcpy(w + i * weight->count, theta + weight->offset, (size_t) weight->count * sizeof *w);
            if (bias != NULL) memcpy(b + i * out, theta + bias->offset, (size_t) out * sizeof *b);
        }
        if (!R(qd_train__conv_weights)(conv, w, b)) return qd_fail(ctx, QD_ENOMEM, "oneDNN refused the weights of layer %ld", (long) u);
    }
    return QD_OK;
}

qd_status R(qd_train__trunk_forward)(R(qd_train__trunk) * trunk, qd_model_t model, const qd_batch *batch, bool train, qd_ctx_t ctx)
{
    int threads = R(qd_train__trunk_enter)(trunk, ctx);
    qd_status st = QD_OK;
    trunk->n = batch->n;
    trunk->train = train;
    pass p = {trunk, batch, model, 0};
    int64_t shards = (batch->n + SHARD - 1) / SHARD;
    for (int64_t u = 0; u < trunk->nunits && st == QD_OK; u++) st = take_weights(trunk, model, u, ctx);
    for (p.u = 0; p.u < trunk->nunits && st == QD_OK; p.u++) {
        st = qd_parallel_for(shards, forward_unit, &p, ctx);
        if (st == QD_OK) R(qd_train__trunk_norm)(trunk, model, p.u);
    }
    if (st == QD_OK) st = qd_parallel_for(shards, forward_features, &p, ctx);
    omp_set_num_threads(threads);
    return st;
}
