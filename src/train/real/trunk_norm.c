/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batch normalisation and gates between the loops over shards: sums of the shards, in their order, to the numbers by channel that the
   next loop applies. Without a norm: mean 0, standard deviation 1, scale 1, shift 0. */
#include "train/real/trunk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EPS 1e-5
#define MOMENTUM 0.1

static double number(const qd_model_t model, const qd_tensor *t, int64_t i, double absent)
{
    return t == NULL ? absent : (double) ((const real *) model->theta)[t->offset + i];
}

/* Mean and sum of squared differences of a channel over the batch [CGL83]. */
static void merge(double *mean, double *square, const R(qd_train__trunk) * trunk, const R(trunk_unit) * unit, int64_t c)
{
    double n = 0;
    *mean = *square = 0;
    for (int64_t s = 0; s * QD_TRAIN__CONV_SHARD < trunk->n; s++) {
        const double *m = trunk->sums + 2 * s * trunk->channels;
        double k = (double) (R(qd_train__trunk_samples)(trunk, s) * unit->positions), d = m[c] - *mean;
        *square += m[unit->out.channels + c] + d * d * n * k / (n + k);
        *mean += d * k / (n + k);
        n += k;
    }
}

void R(qd_train__trunk_norm)(R(qd_train__trunk) * trunk, qd_model_t model, int64_t u)
{
    R(trunk_unit) *unit = trunk->unit + u;
    int64_t channels = unit->out.channels;
    double n = (double) (trunk->n * unit->positions), sum = 0;
    double *value = qd_malloc(3 * (size_t) channels * sizeof *value), gate = number(model, unit->gate, 0, 1);
    for (int64_t c = 0; c < channels; c++) {
        double mean, square;
        merge(&mean, &square, trunk, unit, c);
        sum += square + n * mean * mean;
        if (unit->running == NULL) mean = 0;
        else if (!trunk->train) mean = unit->running[c];
        unit->invstd[c] = unit->running == NULL ? 1 : 1 / sqrt((trunk->train ? square / n : unit->running[channels + c]) + EPS);
        if (unit->running != NULL && trunk->train) {
            unit->running[c] += MOMENTUM * (mean - unit->running[c]);
            unit->running[channels + c] += MOMENTUM * (square / (n > 1 ? n - 1 : 1) - unit->running[channels + c]);
        }
        value[c] = mean;
        value[channels + c] = gate * number(model, unit->scale, c, 1) * unit->invstd[c];
        value[2 * channels + c] = gate * number(model, unit->shift, c, 0);
    }
    R(qd_train__flat_tile_fill)(unit->mean, value, channels);
    R(qd_train__flat_tile_fill)(unit->factor, value + channels, channels);
    R(qd_train__flat_tile_fill)(unit->offset, value + 2 * channels, channels);
    model->rms[u] = sqrt(sum / (n * (double) channels));
    free(value);
}

void R(qd_train__trunk_ready)(const qd_tensor *t, qd_ready_fn ready, void *arg)
{
    if (t != NULL && ready != NULL) ready(arg, t->offset, (t->count + 15) / 16 * 16);
}

/* With the gradient dy by y = gate (scale xhat + shift), of which the sums over the batch are S = sum dy and T = sum dy xhat:
   scale gets gate T, shift gate S, gate the sum of scale T + shift S, and z factor (dy - S/n - xhat T/n). */
void R(qd_train__trunk_norm_back)(R(qd_train__trunk) * trunk, qd_model_t model, int64_t u, qd_ready_fn ready, void *arg)
{
    R(trunk_unit) *unit = trunk->unit + u;
    real *grad = model->grad;
    int64_t channels = unit->out.channels;
    double n = (double) (trunk->n * unit->positions), gate = number(model, unit->gate, 0, 1), dgate = 0;
    double *value = qd_calloc(2 * (size_t) channels, sizeof *value);
    for (int64_t c = 0; c < channels; c++) {
        double sum = 0, times = 0;
        for (int64_t s = 0; s * QD_TRAIN__CONV_SHARD < trunk->n; s++) {
            sum += trunk->sums[2 * s * trunk->channels + c];
            times += trunk->sums[2 * s * trunk->channels + channels + c];
        }
        times *= unit->invstd[c];
        dgate += number(model, unit->scale, c, 1) * times + number(model, unit->shift, c, 0) * sum;
        if (unit->running == NULL) continue;
        grad[unit->scale->offset + c] = (real) (gate * times);
        grad[unit->shift->offset + c] = (real) (gate * sum);
        value[c] = sum / n;
        value[channels + c] = times * unit->invstd[c] / n;
    }
    R(qd_train__flat_tile_fill)(unit->mean_dy, value, channels);
    R(qd_train__flat_tile_fill)(unit->slope, value + channels, channels);
    if (unit->gate != NULL) grad[unit->gate->offset] = (real) dgate;
    R(qd_train__trunk_ready)(unit->scale, ready, arg);
    R(qd_train__trunk_ready)(unit->shift, ready, arg);
    R(qd_train__trunk_ready)(unit->gate, ready, arg);
    free(value);
}
