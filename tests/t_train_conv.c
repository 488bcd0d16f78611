/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutional networks: gradients against central differences and, with batch statistics and features, against loops over single
   numbers; float against double; running statistics; equal bits for every number of threads. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/conv.h"
#include "shared/suite.h"
#include "train/impl.h"

static uint64_t seed;
static int64_t multiplier;

/* ---- random networks and batches ----------------------------------------------------------- */

static qd_unit *add_conv(qd_spec_t spec, qd_kind kind, int64_t out, int64_t size, int64_t stride, int64_t pad, qd_rng_t rng)
{
    qd_unit *unit = qd_train__add_unit(spec, QD_UNIT_CONV, kind, QD_IDENTITY, out);
    unit->size = size;
    unit->stride = stride;
    unit->pad = pad;
    unit->biases = kind == QD_QUADRATIC ? 3 * (int64_t) qd_rng_below(rng, 2) : (int64_t) qd_rng_below(rng, kind == QD_COMPACT ? 3 : 2);
    unit->norm = qd_rng_below(rng, 3) > 0;
    unit->gate = qd_rng_below(rng, 3) == 0;
    return unit;
}

/* Smooth activations have no kink that a difference could step over. */
static void draw_activation(qd_unit *unit, bool smooth, qd_rng_t rng)
{
    static const qd_activation kinked[] = {QD_RELU, QD_RELU, QD_LEAKY_RELU, QD_ABS}, even[] = {QD_IDENTITY, QD_SQUARE, QD_RAISE};
    unit->neuron.act = smooth ? even[qd_rng_below(rng, 3)] : kinked[qd_rng_below(rng, 4)];
    unit->neuron.power = unit->neuron.act == QD_SQUARE ? 2 : unit->neuron.act == QD_RAISE ? 1 + (int64_t) qd_rng_below(rng, 3) : 1;
    unit->neuron.slope = (qd_ratio){1, 4};
}

static void random_spec(qd_spec_t spec, bool smooth, qd_rng_t rng, qd_ctx_t ctx)
{
    static const qd_kind kinds[] = {QD_LINEAR, QD_QUADRATIC, QD_COMPACT};
    static const int64_t widths[] = {1, 2, 3, 4, 5, 8, 16, 20};
    spec->channels = 1 + (int64_t) qd_rng_below(rng, 4);
    spec->height = 3 + (int64_t) qd_rng_below(rng, 5);
    spec->width = 3 + (int64_t) qd_rng_below(rng, 5);
    for (int64_t n = 1 + (int64_t) qd_rng_below(rng, 4), u = 0; u < n; u++) {
        int64_t size = qd_rng_below(rng, 3) == 0 ? 1 : 3;
        add_conv(spec, kinds[qd_rng_below(rng, 3)], widths[qd_rng_below(rng, 8)], size, 1 + (int64_t) qd_rng_below(rng, 2),
                 size / 2 * (int64_t) qd_rng_below(rng, 2), rng);
        draw_activation(spec->unit + u, smooth, rng);
        qd_train__shape in = qd_train__unit_input(spec, u);
        if (in.height < 3 || in.width < 3) spec->unit[u].size = 1, spec->unit[u].pad = 0;
    }
    qd_unit *last = qd_train__add_unit(spec, QD_UNIT_DENSE, QD_LINEAR, QD_IDENTITY, 1 + (int64_t) qd_rng_below(rng, 3));
    last->shortcut = -1;
    for (int64_t u = 0; u < spec->nunits - 1; u++) {
        spec->unit[u].shortcut = (int64_t) qd_rng_below(rng, (uint64_t) u + 2) - 1;
        while (qd_spec_check(spec, ctx) != QD_OK) {
            qd_ctx_forget(ctx);
            spec->unit[u].shortcut--;
            ck_assert_int_ge(spec->unit[u].shortcut, -1);
        }
    }
}

/* Two blocks with shortcuts, the second one to half the positions and more channels. */
static void block_spec(qd_spec_t spec, qd_kind kind, bool smooth, qd_rng_t rng, qd_ctx_t ctx)
{
    spec->channels = 3;
    spec->height = 6 + (int64_t) qd_rng_below(rng, 3);
    spec->width = 6 + (int64_t) qd_rng_below(rng, 3);
    add_conv(spec, QD_LINEAR, 4, 3, 1, 1, rng);
    for (int64_t u = 1; u < 5; u++) add_conv(spec, kind, u < 3 ? 4 : 8, 3, u == 3 ? 2 : 1, 1, rng);
    for (int64_t u = 0; u < 5; u++) draw_activation(spec->unit + u, smooth, rng), spec->unit[u].shortcut = -1;
    spec->unit[2].shortcut = 1;
    spec->unit[4].shortcut = 3;
    qd_train__add_unit(spec, QD_UNIT_DENSE, QD_LINEAR, QD_IDENTITY, 2);
    ck_assert_msg(qd_spec_check(spec, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

typedef struct {
    qd_data_t data;
    int64_t index[64];
    qd_batch batch;
    qd_loss loss;
} samples;

static void samples_init(samples *s, const qd_spec_t spec, int64_t n, qd_rng_t rng)
{
    int64_t features = spec->channels * spec->height * spec->width, outputs = spec->unit[spec->nunits - 1].out;
    qd_data_init(s->data);
    s->data->n = n;
    s->data->channels = spec->channels;
    s->data->height = spec->height;
    s->data->width = spec->width;
    s->data->outputs = outputs;
    s->data->x = qd_malloc((size_t) (n * features) * sizeof(double));
    s->data->y = qd_malloc((size_t) (n * outputs) * sizeof(double));
    for (int64_t i = 0; i < n * features; i++) s->data->x[i] = (double) (float) qd_rng_gauss(rng);
    for (int64_t i = 0; i < n * outputs; i++) s->data->y[i] = (double) (float) qd_rng_gauss(rng);
    for (int64_t i = 0; i < n; i++) s->index[i] = (i + 1) % n;
    s->batch = (qd_batch){.data = s->data, .index = s->index, .n = n};
    s->loss = (qd_loss){.type = QD_LOSS_SQUARED};
}

/* Values that keep the numbers near 1, the same for both arithmetics. */
static void random_theta(qd_model_t model, uint64_t stream)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, stream);
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        for (int64_t i = 0; i < t->count; i++) {
            double v = t->bias ? t->origin + 0.3 * qd_rng_gauss(rng) : qd_rng_gauss(rng) / sqrt((double) t->fan_in);
            qd_model_set_theta(model, t->offset + i, (double) (float) v);
        }
    }
    for (int64_t i = 0; i < model->nstats; i++) model->stats[i] = 0.5 + qd_rng_unit(rng);
}

static double gradient(qd_model_t model, const samples *s, qd_ctx_t ctx)
{
    qd_result r = {0};
    ck_assert_msg(qd_model_gradient(model, &r, &s->batch, &s->loss, NULL, NULL, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(r.n, s->batch.n);
    return r.loss;
}

static void create(qd_model_t model, const qd_spec_t spec, qd_dtype dtype, int64_t max_batch, uint64_t stream, qd_ctx_t ctx)
{
    qd_model_init(model);
    ck_assert_msg(qd_model_create(model, spec, dtype, max_batch, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    random_theta(model, stream);
}

/* What a case is about: one of each way to make a network, for batches of 1 to 20 samples. */
static void setup(qd_spec_t spec, samples *s, qd_rng_t rng, qd_ctx_t ctx, int i, bool smooth)
{
    static const qd_kind kinds[] = {QD_QUADRATIC, QD_COMPACT, QD_LINEAR};
    qd_ctx_init(ctx);
    ctx->seed = seed;
    ctx->threads = 1 + i % 2;
    qd_rng_init(rng, seed, (uint64_t) (1000 + i));
    qd_spec_init(spec);
    if (i % 3 == 0) block_spec(spec, kinds[i / 3 % 3], smooth, rng, ctx);
    else random_spec(spec, smooth, rng, ctx);
    samples_init(s, spec, 1 + (int64_t) qd_rng_below(rng, 20), rng);
}

static void teardown(qd_spec_t spec, samples *s)
{
    qd_data_clear(s->data);
    qd_spec_clear(spec);
}

/* ---- the oracle ---------------------------------------------------------------------------- */

typedef struct {
    int nunits;
    oracle_conv_unit unit[32];
    double *theta, *grad, *stats;
} naive;

static const double *at(const naive *o, const qd_model_t model, int64_t u, const char *key, double **grad)
{
    const qd_tensor *t = qd_train__tensor(model, u, key);
    *grad = t == NULL ? NULL : o->grad + t->offset;
    return t == NULL ? NULL : o->theta + t->offset;
}

static void naive_init(naive *o, const qd_model_t model)
{
    static const char *const quadratic[] = {"wr", "wg", "wb", "br", "bg", "c"}, *const other[] = {"w", "-", "wb", "b", "-", "c"};
    memset(o, 0, sizeof *o);
    o->nunits = (int) model->spec->nunits - 1;
    o->theta = qd_malloc((size_t) model->length * sizeof(double));
    o->grad = qd_calloc((size_t) model->length, sizeof(double));
    o->stats = qd_calloc((size_t) model->nstats + 1, sizeof(double));
    for (int64_t i = 0; i < model->length; i++) o->theta[i] = qd_model_theta(model, i);
    double *stats = o->stats;
    for (int u = 0; u < o->nunits; u++) {
        oracle_conv_unit *unit = o->unit + u;
        unit->spec = model->spec->unit + u;
        const char *const *key = unit->spec->neuron.kind == QD_QUADRATIC ? quadratic : other;
        for (int k = 0; k < 3; k++) {
            unit->w[k] = at(o, model, u, key[k], &unit->dw[k]);
            unit->b[k] = at(o, model, u, key[3 + k], &unit->db[k]);
        }
        unit->scale = at(o, model, u, "scale", &unit->dscale);
        unit->shift = at(o, model, u, "shift", &unit->dshift);
        unit->gate = at(o, model, u, "gate", &unit->dgate);
        if (!unit->spec->norm) continue;
        unit->mean = stats;
        unit->var = stats + unit->spec->out;
        stats += 2 * unit->spec->out;
    }
}

static void naive_clear(naive *o)
{
    free(o->theta), free(o->grad), free(o->stats);
}

/* Outputs (n, outputs) of the network, and where grad is wanted the squared loss with its gradient. */
static double naive_run(naive *o, double *out, const qd_model_t model, const samples *s, bool fixed, bool grad)
{
    int n = (int) s->batch.n, channels = (int) o->unit[o->nunits - 1].spec->out, outputs = (int) s->data->outputs;
    int64_t length = s->data->channels * s->data->height * s->data->width;
    double *x = qd_malloc((size_t) (n * length) * sizeof *x), *f = qd_calloc(2 * (size_t) (n * channels), sizeof *f),
           *df = f + n * channels;
    for (int64_t i = 0; i < n * length; i++) x[i] = s->data->x[s->index[i / length] * length + i % length];
    oracle_conv_forward(f, o->unit, o->nunits, x, n, (int) s->data->channels, (int) s->data->height, (int) s->data->width, fixed);
    double *dw, *db, loss = 0;
    const double *w = at(o, model, o->nunits, "w", &dw), *b = at(o, model, o->nunits, "b", &db);
    for (int i = 0; i < n * outputs; i++) {
        int k = i % outputs, sample = i / outputs;
        out[i] = b[k];
        for (int c = 0; c < channels; c++) out[i] += w[k * channels + c] * f[sample * channels + c];
        double d = out[i] - s->data->y[s->index[sample] * outputs + k];
        loss += d * d / outputs;
        d *= 2.0 / outputs / n;
        db[k] += d;
        for (int c = 0; c < channels; c++) {
            dw[k * channels + c] += d * f[sample * channels + c];
            df[sample * channels + c] += d * w[k * channels + c];
        }
    }
    if (grad) oracle_conv_backward(o->unit, o->nunits, df, n);
    oracle_conv_free(o->unit, o->nunits);
    free(x), free(f);
    return loss;
}

/* ---- against the oracle -------------------------------------------------------------------- */

/* Largest difference of the gradients, tensor by tensor, beside the largest gradient of that tensor and of all. */
static void compare(const qd_model_t model, const double *expected, double tolerance, int i)
{
    double all = 0;
    for (int64_t j = 0; j < model->length; j++) all = fmax(all, fabs(expected[j]));
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        double worst = 0, size = 0;
        for (int64_t j = t->offset; j < t->offset + t->count; j++) {
            worst = fmax(worst, fabs(qd_model_grad(model, j) - expected[j]));
            size = fmax(size, fabs(expected[j]));
        }
        ck_assert_msg(worst <= tolerance * (size + 0.01 * all), "case %d, QD_SEED=%lu, %s: off by %g of %g", i, (unsigned long) seed,
                      t->name, worst, size);
    }
}

START_TEST(gradient_equals_oracle)
{
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t model;
    naive o;
    double out[64];
    setup(spec, &s, rng, ctx, _i, _i % 4 == 0);
    create(model, spec, QD_F64, s.batch.n + (int64_t) qd_rng_below(rng, 3), (uint64_t) _i, ctx);
    naive_init(&o, model);
    double loss = gradient(model, &s, ctx), expected = naive_run(&o, out, model, &s, false, true);
    ck_assert_double_eq_tol(loss, expected, 1e-9 * (1 + expected));
    compare(model, o.grad, 1e-8, _i);
    for (int u = 0; u < o.nunits; u++) ck_assert_double_eq_tol(model->rms[u], o.unit[u].rms, 1e-9 * (1 + o.unit[u].rms));
    naive_clear(&o);
    qd_model_clear(model);
    teardown(spec, &s);
}
END_TEST

/* Pre-activations that are 0, less and more: at a kink the derivative is that of the inactive side, for abs 0. */
START_TEST(kinks_equal_oracle)
{
    static const qd_activation kinked[] = {QD_RELU, QD_LEAKY_RELU, QD_ABS};
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t model;
    naive o;
    double out[64];
    qd_ctx_init(ctx);
    qd_rng_init(rng, seed, 2000);
    qd_spec_init(spec);
    spec->channels = 1;
    spec->height = spec->width = 3;
    qd_unit *unit = qd_train__add_unit(spec, QD_UNIT_CONV, QD_LINEAR, kinked[_i], 5);
    *unit = (qd_unit){.type = unit->type, .neuron = unit->neuron, .out = unit->out, .size = 1, .stride = 1, .biases = 1, .shortcut = -1};
    unit->neuron.slope = (qd_ratio){1, 4};
    qd_train__add_unit(spec, QD_UNIT_DENSE, QD_LINEAR, QD_IDENTITY, 2);
    samples_init(&s, spec, 4, rng);
    for (int64_t i = 0; i < 4 * 9; i++) s.data->x[i] = (double) (i % 3 - 1);
    create(model, spec, QD_F64, 4, 0, ctx);
    const qd_tensor *b = qd_train__tensor(model, 0, "b");
    for (int64_t i = 0; i < b->count; i++) qd_model_set_theta(model, b->offset + i, 0);
    naive_init(&o, model);
    gradient(model, &s, ctx);
    naive_run(&o, out, model, &s, false, true);
    compare(model, o.grad, 1e-13, _i);
    naive_clear(&o);
    qd_model_clear(model);
    teardown(spec, &s);
}
END_TEST

START_TEST(running_statistics)
{
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t model;
    naive o;
    double out[64], mine[64];
    qd_result r = {0};
    setup(spec, &s, rng, ctx, _i, false);
    create(model, spec, QD_F64, 20, (uint64_t) _i, ctx);
    naive_init(&o, model);
    naive_run(&o, out, model, &s, false, false);
    double *expected = qd_malloc((size_t) (model->nstats + 1) * sizeof *expected);
    for (int u = 0, k = 0; u < o.nunits; u++)
        for (int64_t j = 0, n = spec->unit[u].norm ? 2 * spec->unit[u].out : 0; j < n; j++, k++) {
            qd_train__shape shape = qd_train__unit_input(spec, u + 1);
            if (u + 1 == o.nunits) shape = (qd_train__shape){0, o.unit[u].oh, o.unit[u].ov};
            double count = (double) (s.batch.n * shape.height * shape.width);
            double unbiased = j >= n / 2 && count > 1 ? count / (count - 1) : 1;
            expected[k] = 0.9 * model->stats[k] + 0.1 * unbiased * o.stats[k];
        }
    gradient(model, &s, ctx);
    for (int64_t k = 0; k < model->nstats; k++) ck_assert_double_eq_tol(model->stats[k], expected[k], 1e-10 * (1 + fabs(expected[k])));

    memcpy(o.stats, model->stats, (size_t) model->nstats * sizeof *o.stats);
    double loss = naive_run(&o, out, model, &s, true, false);
    ck_assert_int_eq(qd_model_evaluate(model, &r, mine, &s.batch, &s.loss, ctx), QD_OK);
    ck_assert_double_eq_tol(r.loss, loss, 1e-9 * (1 + loss));
    for (int64_t k = 0; k < s.batch.n * s.data->outputs; k++) ck_assert_double_eq_tol(mine[k], out[k], 1e-9 * (1 + fabs(out[k])));
    ck_assert_int_eq(memcmp(o.stats, model->stats, (size_t) model->nstats * sizeof *o.stats), 0);
    free(expected);
    naive_clear(&o);
    qd_model_clear(model);
    teardown(spec, &s);
}
END_TEST

START_TEST(float_equals_double)
{
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t f32, f64;
    double a[64], b[64];
    setup(spec, &s, rng, ctx, _i, false);
    create(f32, spec, QD_F32, s.batch.n, (uint64_t) _i, ctx);
    create(f64, spec, QD_F64, s.batch.n, (uint64_t) _i, ctx);
    double narrow = gradient(f32, &s, ctx), wide = gradient(f64, &s, ctx);
    ck_assert_double_eq_tol(narrow, wide, 1e-3 * (1 + wide));
    double *expected = qd_malloc((size_t) f64->length * sizeof *expected);
    for (int64_t i = 0; i < f64->length; i++) expected[i] = qd_model_grad(f64, i);
    compare(f32, expected, 5e-3, _i);
    qd_result r = {0};
    ck_assert_int_eq(qd_model_evaluate(f32, &r, a, &s.batch, &s.loss, ctx), QD_OK);
    ck_assert_int_eq(qd_model_evaluate(f64, &r, b, &s.batch, &s.loss, ctx), QD_OK);
    for (int64_t k = 0; k < s.batch.n * s.data->outputs; k++) ck_assert_double_eq_tol(a[k], b[k], 1e-3 * (1 + fabs(b[k])));
    free(expected);
    qd_model_clear(f32);
    qd_model_clear(f64);
    teardown(spec, &s);
}
END_TEST

/* ---- against differences ------------------------------------------------------------------- */

/* `entries` entries of every tensor. */
static void check_differences(qd_model_t model, const samples *s, int entries, double h, double tolerance, qd_rng_t rng, int i,
                              qd_ctx_t ctx)
{
    double *grad = qd_malloc((size_t) model->length * sizeof *grad), n = (double) s->batch.n, size = 0;
    gradient(model, s, ctx);
    for (int64_t j = 0; j < model->length; j++) size = fmax(size, fabs(grad[j] = qd_model_grad(model, j)));
    for (int64_t k = 0; k < model->ntensors; k++)
        for (int times = 0; times < entries; times++) {
            int64_t j = model->tensor[k].offset + (int64_t) qd_rng_below(rng, (uint64_t) model->tensor[k].count);
            double at = qd_model_theta(model, j);
            qd_model_set_theta(model, j, at + h);
            double up = gradient(model, s, ctx);
            qd_model_set_theta(model, j, at - h);
            double down = gradient(model, s, ctx);
            qd_model_set_theta(model, j, at);
            double slope = (up - down) / (2 * h) / n;
            ck_assert_msg(fabs(slope - grad[j]) <= tolerance * (fabs(slope) + 0.1 * size), "case %d, QD_SEED=%lu, %s: %g, difference %g", i,
                          (unsigned long) seed, model->tensor[k].name, grad[j], slope);
        }
    free(grad);
}

START_TEST(gradient_equals_differences)
{
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t model;
    setup(spec, &s, rng, ctx, _i, true);
    create(model, spec, QD_F64, 20, (uint64_t) _i, ctx);
    check_differences(model, &s, 3, 1e-6, 1e-5, rng, _i, ctx);
    qd_model_clear(model);
    teardown(spec, &s);
}
END_TEST

/* Small steps keep the number of relus that switch on the way small. */
START_TEST(residual_network_equals_differences)
{
    static const char *const names[] = {"qresnet8", "resnet8", "cresnet8", "cresnet8-b1", "qresnet14"};
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t model;
    qd_ctx_init(ctx);
    qd_rng_init(rng, seed, (uint64_t) (5000 + _i));
    qd_spec_init(spec);
    ck_assert_msg(qd_spec_named(spec, names[_i], 2, 8, 8, 3, _i % 2 == 0, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    samples_init(&s, spec, 5, rng);
    create(model, spec, QD_F64, 5, (uint64_t) (5000 + _i), ctx);
    check_differences(model, &s, 1, 1e-8, 1e-4, rng, _i, ctx);
    qd_model_clear(model);
    teardown(spec, &s);
}
END_TEST

/* What an earlier, larger batch of NaN left in the buffers must not reach a smaller one. */
START_TEST(stale_numbers_stay_out)
{
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t used, fresh;
    qd_dtype dtype = _i % 2 == 0 ? QD_F32 : QD_F64;
    setup(spec, &s, rng, ctx, _i, false);
    create(used, spec, dtype, 20, (uint64_t) _i, ctx);
    create(fresh, spec, dtype, 20, (uint64_t) _i, ctx);
    double first = s.data->x[0];
    s.data->x[0] = NAN;
    ck_assert(isnan(gradient(used, &s, ctx)));
    ck_assert(isnan(used->rms[0]));
    s.data->x[0] = first;
    s.batch.n = 1 + s.batch.n / 2;
    ck_assert_double_eq(gradient(used, &s, ctx), gradient(fresh, &s, ctx));
    for (int64_t j = 0; j < used->length; j++) ck_assert_double_eq(qd_model_grad(used, j), qd_model_grad(fresh, j));
    qd_model_clear(used);
    qd_model_clear(fresh);
    teardown(spec, &s);
}
END_TEST

/* ---- threads and ranges -------------------------------------------------------------------- */

START_TEST(threads_change_no_bit)
{
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t model[3];
    double loss[3];
    qd_dtype dtype = _i % 4 == 0 ? QD_F64 : QD_F32;
    size_t size = dtype == QD_F64 ? sizeof(double) : sizeof(float);
    setup(spec, &s, rng, ctx, _i, false);
    qd_data_clear(s.data);
    samples_init(&s, spec, 21 + _i % 8, rng);
    for (int k = 0; k < 3; k++) {
        ctx->threads = k + 1;
        create(model[k], spec, dtype, 40, (uint64_t) _i, ctx);
        for (int times = 0; times < 2; times++) loss[k] = gradient(model[k], &s, ctx);
        ck_assert_int_eq(memcmp(&loss[0], &loss[k], sizeof *loss), 0);
        ck_assert_int_eq(memcmp(model[0]->grad, model[k]->grad, (size_t) model[0]->length * size), 0);
        ck_assert_int_eq(memcmp(model[0]->stats, model[k]->stats, (size_t) model[0]->nstats * sizeof(double)), 0);
        ck_assert_int_eq(memcmp(model[0]->rms, model[k]->rms, (size_t) spec->nunits * sizeof(double)), 0);
    }
    for (int k = 0; k < 3; k++) qd_model_clear(model[k]);
    teardown(spec, &s);
}
END_TEST

static void mark(void *arg, int64_t offset, int64_t count)
{
    for (int64_t i = offset; i < offset + count; i++) __atomic_fetch_add((unsigned char *) arg + i, 1, __ATOMIC_RELAXED);
}

/* An optimiser may change theta as soon as a range is ready: here it becomes NaN at once. */
static void spoil(void *arg, int64_t offset, int64_t count)
{
    for (int64_t i = offset; i < offset + count; i++) qd_model_set_theta(arg, i, NAN);
}

START_TEST(every_range_once)
{
    qd_spec_t spec;
    samples s;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_model_t model;
    qd_result r = {0};
    setup(spec, &s, rng, ctx, _i, false);
    create(model, spec, QD_F32, 20, (uint64_t) _i, ctx);
    unsigned char *seen = qd_calloc((size_t) model->length, 1);
    ck_assert_int_eq(qd_model_gradient(model, &r, &s.batch, &s.loss, mark, seen, ctx), QD_OK);
    for (int64_t i = 0; i < model->length; i++) ck_assert_int_eq(seen[i], 1);
    double *grad = qd_malloc((size_t) model->length * sizeof *grad);
    for (int64_t i = 0; i < model->length; i++) grad[i] = qd_model_grad(model, i);
    ck_assert_int_eq(qd_model_gradient(model, &r, &s.batch, &s.loss, spoil, model, ctx), QD_OK);
    for (int64_t i = 0; i < model->length; i++) ck_assert_double_eq(qd_model_grad(model, i), grad[i]);
    free(grad);
    free(seen);
    qd_model_clear(model);
    teardown(spec, &s);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    int n = (int) multiplier;
    Suite *suite = suite_create("train_conv");
    TCase *tc = tcase_create("conv");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, gradient_equals_oracle, 0, 60 * n);
    tcase_add_loop_test(tc, kinks_equal_oracle, 0, 3);
    tcase_add_loop_test(tc, running_statistics, 0, 15 * n);
    tcase_add_loop_test(tc, float_equals_double, 0, 30 * n);
    tcase_add_loop_test(tc, gradient_equals_differences, 0, 24 * n);
    tcase_add_loop_test(tc, residual_network_equals_differences, 0, 5);
    tcase_add_loop_test(tc, stale_numbers_stay_out, 0, 12 * n);
    tcase_add_loop_test(tc, threads_change_no_bit, 0, 12 * n);
    tcase_add_loop_test(tc, every_range_once, 0, 6 * n);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
