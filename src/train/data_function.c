/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of a function. All points are drawn before any noise, so noise does not move the points. */
#include "train/data_impl.h"

#include <math.h>
#include <stdlib.h>

/* The largest m with m^inputs <= n. */
static int64_t side_of_grid(int64_t n, int64_t inputs)
{
    int64_t m = 1;
    while (pow((double) m + 1, (double) inputs) <= (double) n) m++;
    return m;
}

/* Number i of the grid; the last coordinate runs fastest. A side of one point is its middle. */
static void grid_point(double *x, int64_t i, int64_t side, int64_t inputs, const double *lo, const double *hi)
{
    for (int64_t k = inputs - 1; k >= 0; k--, i /= side) {
        int64_t j = i % side;
        x[k] = side == 1 ? (lo[k] + hi[k]) / 2 : lo[k] + (hi[k] - lo[k]) * (double) j / (double) (side - 1);
        if (side > 1 && j == side - 1) x[k] = hi[k]; /* which rounding may miss */
    }
}

static qd_status bad_value(const double *x, int64_t inputs, double value, int64_t classes, qd_ctx_t ctx)
{
    qd_buf_t at;
    if (isnan(value)) value = NAN; /* not the "-nan" of a NaN that carries a sign */
    qd_buf_init(at);
    for (int64_t k = 0; k < inputs; k++) qd_buf_printf(at, "%s%.10g", k > 0 ? ", " : "", x[k]);
    if (classes > 0)
        qd_fail(ctx, QD_EINPUT, "the function is %.10g at (%s), expected a label 0 to %lld", value, qd_buf_str(at),
                (long long) classes - 1);
    else qd_fail(ctx, QD_EINPUT, "the function is %.10g at (%s), expected a finite number", value, qd_buf_str(at));
    qd_buf_clear(at);
    return QD_EINPUT;
}

static qd_status check_question(const qd_sample_fn *target, int64_t n, const double *lo, const double *hi, double noise, int64_t classes,
                                qd_ctx_t ctx)
{
    if (n < 1) return qd_fail(ctx, QD_EINPUT, "%lld samples, expected at least 1", (long long) n);
    if (!(noise >= 0) || !isfinite(noise)) return qd_fail(ctx, QD_EINPUT, "noise %g, expected a number >= 0", noise);
    if (classes > 0 && noise > 0) return qd_fail(ctx, QD_EINPUT, "noise %g cannot be added to labels", noise);
    if (classes > 0 && target->outputs != 1)
        return qd_fail(ctx, QD_EINPUT, "a function with %lld outputs gives no labels, expected 1 output", (long long) target->outputs);
    for (int64_t k = 0; k < target->inputs; k++)
        if (!(lo[k] <= hi[k]) || !isfinite(hi[k] - lo[k]))
            return qd_fail(ctx, QD_EINPUT, "the interval of input %lld is %g to %g, expected finite ends, the lower first",
                           (long long) k + 1, lo[k], hi[k]);
    return QD_OK;
}

static void set_points(qd_data_t d, qd_sampling sampling, int64_t side, const double *lo, const double *hi, qd_rng_t rng)
{
    for (int64_t s = 0; s < d->n; s++) {
        double *x = d->x + s * d->channels;
        if (sampling == QD_SAMPLE_GRID) grid_point(x, s, side, d->channels, lo, hi);
        else
            for (int64_t k = 0; k < d->channels; k++) x[k] = lo[k] + (hi[k] - lo[k]) * qd_rng_unit(rng);
    }
}

static qd_status set_values(qd_data_t d, const qd_sample_fn *target, double noise, int64_t classes, qd_rng_t rng, qd_ctx_t ctx)
{
    int64_t outputs = target->outputs;
    double *y = qd_malloc(sizeof *y * (size_t) (d->n * outputs));
    qd_status st = QD_OK;
    for (int64_t s = 0; st == QD_OK && s < d->n; s++) {
        const double *x = d->x + s * d->channels;
        target->value(y + s * outputs, x, target->arg);
        for (int64_t k = 0; st == QD_OK && k < outputs; k++) {
            double v = y[s * outputs + k];
            bool good = classes > 0 ? v >= 0 && v < (double) classes && v == floor(v) : isfinite(v);
            if (!good) st = bad_value(x, d->channels, v, classes, ctx);
            if (noise > 0) y[s * outputs + k] += noise * qd_rng_gauss(rng);
        }
    }
    if (st == QD_OK && classes > 0) {
        d->label = qd_malloc(sizeof *d->label * (size_t) d->n);
        for (int64_t s = 0; s < d->n; s++) d->label[s] = (int32_t) y[s];
    } else if (st == QD_OK) {
        d->y = y;
        return st;
    }
    free(y);
    return st;
}

qd_status qd_data_function(qd_data_t data, const qd_sample_fn *target, qd_sampling sampling, int64_t n, const double *lo, const double *hi,
                           double noise, int64_t classes, uint64_t stream, qd_ctx_t ctx)
{
    qd_data_t d;
    qd_rng_t rng;
    qd_status st = check_question(target, n, lo, hi, noise, classes, ctx);
    if (st != QD_OK) return st;
    double bytes = (double) n * (double) (target->inputs + target->outputs) * sizeof(double);
    if (ctx->max_bytes > 0 && bytes > (double) ctx->max_bytes)
        return qd_fail(ctx, QD_EUNABLE, "the samples take %.0f MB; the limit is %.0f MB", bytes * 1e-6, (double) ctx->max_bytes * 1e-6);
    qd_data_init(d);
    qd_rng_init(rng, ctx->seed, stream);
    int64_t side = sampling == QD_SAMPLE_GRID && target->inputs > 1 ? side_of_grid(n, target->inputs) : n;
    d->n = n;
    if (sampling == QD_SAMPLE_GRID && target->inputs > 1) {
        d->n = side;
        for (int64_t k = 1; k < target->inputs; k++) d->n *= side;
    }
    d->channels = target->inputs;
    d->height = d->width = 1;
    d->outputs = classes > 0 ? classes : target->outputs;
    d->x = qd_malloc(sizeof *d->x * (size_t) (d->n * d->channels));
    set_points(d, sampling, side, lo, hi, rng);
    st = set_values(d, target, noise, classes, rng, ctx);
    if (st == QD_OK) qd_data_swap(data, d);
    qd_data_clear(d);
    return st;
}
