/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Optimisers: every step of every one against naive loops in double, on networks that have all groups of parameters;
   schedules; groups that do not learn. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/optim.h"
#include "shared/suite.h"
#include "train/impl.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static uint64_t seed;
static int multiplier;

/* ---- random problems ------------------------------------------------------------------------- */

static bool coin(qd_rng_t rng)
{
    return qd_rng_below(rng, 2) != 0;
}

static double pick(const double *from, int n, qd_rng_t rng)
{
    return from[qd_rng_below(rng, (uint64_t) n)];
}

static void dense_spec(qd_spec_t spec, qd_kind kind, qd_rng_t rng)
{
    int64_t widths[4];
    for (int i = 0; i < 4; i++) widths[i] = 1 + (int64_t) qd_rng_below(rng, i == 3 ? 3 : 20);
    qd_spec_dense(spec, widths, 3, qd_neuron_make(kind, QD_RELU));
}

/* One residual block between a stem and the last layer, with a norm and a gate. */
static void conv_spec(qd_spec_t spec, qd_kind kind, qd_rng_t rng)
{
    spec->channels = 1 + (int64_t) qd_rng_below(rng, 3);
    spec->height = spec->width = 5;
    for (int u = 0; u < 3; u++) {
        qd_unit *unit = qd_train__add_unit(spec, QD_UNIT_CONV, u == 0 ? QD_LINEAR : kind, QD_RELU, 4);
        unit->size = 3;
        unit->stride = unit->pad = 1;
        unit->biases = u == 0 ? 0 : kind == QD_QUADRATIC ? 3 : 2;
        unit->norm = u != 1 || coin(rng);
        unit->shortcut = u == 2 ? 1 : -1;
        unit->gate = u == 2;
    }
    qd_train__add_unit(spec, QD_UNIT_DENSE, QD_LINEAR, QD_IDENTITY, 2);
}

#define NETWORKS (QD_KINDS + 2)

static void make_spec(qd_spec_t spec, int network, qd_rng_t rng)
{
    qd_spec_init(spec);
    if (network < QD_KINDS) dense_spec(spec, (qd_kind) network, rng);
    else conv_spec(spec, network == QD_KINDS ? QD_QUADRATIC : QD_COMPACT, rng);
}

static void make_data(qd_data_t data, const qd_spec_t spec, qd_rng_t rng)
{
    int64_t features = spec->channels * spec->height * spec->width, outputs = spec->unit[spec->nunits - 1].out;
    qd_data_init(data);
    data->n = 12;
    data->channels = spec->channels;
    data->height = spec->height;
    data->width = spec->width;
    data->outputs = outputs;
    data->x = qd_malloc((size_t) (data->n * features) * sizeof *data->x);
    data->y = qd_malloc((size_t) (data->n * outputs) * sizeof *data->y);
    for (int64_t i = 0; i < data->n * features; i++) data->x[i] = (double) (float) qd_rng_gauss(rng);
    for (int64_t i = 0; i < data->n * outputs; i++) data->y[i] = (double) (float) qd_rng_gauss(rng);
}

/* Values around the origin (and shift) of each, some of them on it: these are what shrinking holds. */
static void draw_theta(qd_model_t model, double shift, qd_rng_t rng)
{
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        double size = t->bias ? 0.3 : 0.8 / sqrt((double) t->fan_in);
        for (int64_t i = 0; i < t->count; i++)
            qd_model_set_theta(model, t->offset + i, t->origin + shift + (qd_rng_below(rng, 5) == 0 ? 0 : size * qd_rng_gauss(rng)));
    }
    for (int64_t i = 0; i < model->nstats; i++) model->stats[i] = 1;
}

static void draw_schedule(qd_schedule *s, qd_rng_t rng)
{
    memset(s, 0, sizeof *s);
    s->type = (qd_schedule_type) qd_rng_below(rng, 3);
    s->warmup = coin(rng) ? 0 : (int64_t) qd_rng_below(rng, 5);
    s->total = 8;
    s->factor = 0.3;
    s->final = coin(rng) ? 0 : 1e-3;
    s->nmilestones = 2;
    s->milestone[0] = 1 + (int64_t) qd_rng_below(rng, 3);
    s->milestone[1] = s->milestone[0] + 1 + (int64_t) qd_rng_below(rng, 3);
}

static void draw_optimiser(qd_optim_spec *o, qd_optim_type type, qd_rng_t rng)
{
    static const double momenta[] = {0, 0.9, 0.5}, decays[] = {0, 1e-4, 0.1}, clips[] = {0, 0.01, 0.5, 1e6}, ratios[] = {0, 1, 0.01, 0.3},
                        shrinks[] = {0, 0.1, 2};
    qd_optim_defaults(o, type);
    o->rate = pick((double[]){1e-3, 0.01, 0.05}, 3, rng);
    if (type == QD_SGD || type == QD_RMSPROP) o->momentum = pick(momenta, COUNT(momenta), rng);
    o->nesterov = type == QD_SGD && o->momentum > 0 && coin(rng);
    if (coin(rng)) o->beta1 = 0.8, o->beta2 = 0.95, o->alpha = 0.9, o->eps = 1e-6;
    o->decay = pick(decays, COUNT(decays), rng);
    o->decay_to_zero = coin(rng);
    o->clip = pick(clips, COUNT(clips), rng);
    o->gamma_g = pick(ratios, COUNT(ratios), rng);
    o->gamma_b = pick(ratios, COUNT(ratios), rng);
    o->alpha_g = pick(shrinks, COUNT(shrinks), rng);
    o->alpha_b = pick(shrinks, COUNT(shrinks), rng);
    o->beta_g = pick(shrinks, COUNT(shrinks), rng);
    o->beta_b = pick(shrinks, COUNT(shrinks), rng);
    draw_schedule(&o->schedule, rng);
}

/* ---- the oracle beside the model ---------------------------------------------------------------- */

#define MAX_TENSORS 40

/* The arrays have the layout of the model's. */
typedef struct {
    int n;
    oracle_range range[MAX_TENSORS];
    double *theta, *grad, *momentum, *mean, *square, *cancel;
} oracle;

static void oracle_init(oracle *o, const qd_model_t model)
{
    double **arrays[] = {&o->theta, &o->grad, &o->momentum, &o->mean, &o->square, &o->cancel};
    for (int i = 0; i < COUNT(arrays); i++) *arrays[i] = qd_calloc((size_t) model->length, sizeof(double));
    o->n = (int) model->ntensors;
    ck_assert_int_le(o->n, MAX_TENSORS);
    for (int k = 0; k < o->n; k++) {
        const qd_tensor *t = model->tensor + k;
        bool bg = !strcmp(strrchr(t->name, '.'), ".bg");
        o->range[k] = (oracle_range){t->group,
                                     bg,
                                     t->origin,
                                     t->count,
                                     o->theta + t->offset,
                                     o->grad + t->offset,
                                     o->momentum + t->offset,
                                     o->mean + t->offset,
                                     o->square + t->offset,
                                     o->cancel + t->offset};
    }
}

static void oracle_clear(oracle *o)
{
    free(o->theta);
    free(o->grad);
    free(o->momentum);
    free(o->mean);
    free(o->square);
    free(o->cancel);
}

/* The oracle starts each step where the model stands: a difference of the last bits is not made larger by the network or by
   Adam's division by small numbers. Its state is its own. */
static void oracle_follow(oracle *o, qd_model_t probe, const qd_model_t model, const qd_optim_spec *spec, int64_t step,
                          const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx)
{
    qd_result result = {0};
    for (int64_t i = 0; i < model->length; i++) qd_model_set_theta(probe, i, o->theta[i] = qd_model_theta(model, i));
    ck_assert_int_eq(qd_model_gradient(probe, &result, batch, loss, NULL, NULL, ctx), QD_OK);
    for (int64_t i = 0; i < model->length; i++) o->grad[i] = qd_model_grad(probe, i);
    oracle_step(o->range, o->n, spec, step);
}

/* before: theta before the step. Sums that cancel (momentum, decay) make a single small step inexact: the yardstick is the
   largest step of the tensor. */
static void compare(const qd_model_t model, const oracle *o, const double *before, int64_t step)
{
    double tight = model->dtype == QD_F64 ? 5e-16 : 2.5e-7, loose = model->dtype == QD_F64 ? 1e-13 : 3e-5;
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        double most = 0;
        for (int64_t i = t->offset; i < t->offset + t->count; i++) most = fmax(most, fabs(o->theta[i] - before[i]));
        for (int64_t i = t->offset; i < t->offset + t->count; i++) {
            if (!isfinite(o->theta[i])) continue;
            double got = qd_model_theta(model, i), size = fmax(fabs(t->origin), fmax(fabs(before[i]), fabs(o->theta[i])));
            ck_assert_msg(fabs(got - o->theta[i]) <= tight * size + loose * most * fmax(1, o->cancel[i]),
                          "%s, step %ld: %s[%ld] goes from %.17g to %.17g, expected %.17g, largest step %g, QD_SEED=%lu",
                          model->dtype == QD_F64 ? "float64" : "float32", (long) step, t->name, (long) (i - t->offset), before[i], got,
                          o->theta[i], most, (unsigned long) seed);
        }
    }
}

/* The room between tensors is 0 and stays 0. */
static void check_padding(const qd_model_t model)
{
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        int64_t end = k + 1 < model->ntensors ? t[1].offset : model->length;
        for (int64_t i = t->offset + t->count; i < end; i++) ck_assert_msg(qd_model_theta(model, i) == 0, "behind %s", t->name);
    }
}

/* Large rates on steep networks: there is nothing to be seen beyond. */
static bool diverged(const oracle *o, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!(fabs(o->theta[i]) < 100)) return true;
    return false;
}

static void follow(const qd_spec_t spec, const qd_data_t data, const qd_optim_spec *setting, qd_dtype dtype, int64_t steps, qd_rng_t rng)
{
    static const int64_t order[] = {3, 1, 4, 0, 5, 9, 2, 6, 11, 10, 8, 7};
    qd_model_t model, probe;
    qd_optim_t optim;
    qd_ctx_t ctx;
    oracle o;
    qd_loss loss = {QD_LOSS_SQUARED, 1, 0};
    qd_ctx_init(ctx);
    ctx->threads = 1 + (int) qd_rng_below(rng, 3);
    qd_model_init(model);
    qd_model_init(probe);
    qd_optim_init(optim);
    ck_assert_msg(qd_model_create(model, spec, dtype, 8, ctx) == QD_OK && qd_model_create(probe, spec, dtype, 8, ctx) == QD_OK, "%s",
                  qd_ctx_message(ctx));
    draw_theta(model, 0, rng);
    qd_optim_start(optim, setting, model);
    oracle_init(&o, model);
    double *before = qd_calloc((size_t) model->length, sizeof *before);
    for (int64_t step = 0; step < steps; step++) {
        qd_batch batch = {data, order + step % 5, 1 + (int64_t) qd_rng_below(rng, 7), NULL, 0, 0};
        qd_result result = {0};
        for (int64_t i = 0; i < model->length; i++) before[i] = qd_model_theta(model, i);
        oracle_follow(&o, probe, model, setting, step, &batch, &loss, ctx);
        ck_assert_int_eq(qd_optim_step(optim, model, &result, &batch, &loss, ctx), QD_OK);
        ck_assert_int_eq(result.n, batch.n);
        ck_assert_int_eq(optim->step, step + 1);
        compare(model, &o, before, step);
        if (diverged(&o, model->length)) break;
    }
    check_padding(model);
    free(before);
    oracle_clear(&o);
    qd_optim_clear(optim);
    qd_model_clear(model);
    qd_model_clear(probe);
}

/* Case: network and optimiser; the settings are random. */
START_TEST(steps_equal_oracle)
{
    int network = _i % NETWORKS;
    qd_rng_t rng;
    qd_rng_init(rng, seed, qd_rng_stream(1, (uint64_t) _i, 0));
    for (int k = 0; k < 6 * multiplier; k++) {
        qd_spec_t spec;
        qd_data_t data;
        qd_optim_spec setting;
        make_spec(spec, network, rng);
        make_data(data, spec, rng);
        draw_optimiser(&setting, (qd_optim_type) (_i / NETWORKS), rng);
        follow(spec, data, &setting, k % 2 ? QD_F32 : QD_F64, 7, rng);
        qd_data_clear(data);
        qd_spec_clear(spec);
    }
}
END_TEST

/* ---- groups that do not learn ------------------------------------------------------------------ */

/* With ratio 0 not a bit changes whatever else is asked for, not even where the gradient is infinite. */
START_TEST(ratio_zero_stays)
{
    qd_rng_t rng;
    qd_spec_t spec;
    qd_data_t data;
    qd_model_t model;
    qd_optim_t optim;
    qd_optim_spec o;
    qd_ctx_t ctx;
    static const int64_t index[] = {0, 1, 2, 3, 4, 5, 6, 7};
    qd_ctx_init(ctx);
    qd_rng_init(rng, seed, qd_rng_stream(2, (uint64_t) _i, 0));
    make_spec(spec, _i / 4 % 2 ? QD_KINDS : (int) QD_QUADRATIC, rng);
    make_data(data, spec, rng);
    qd_optim_defaults(&o, (qd_optim_type) (_i % 4));
    o.rate = 0.1;
    o.decay = 0.1;
    o.clip = 0.01;
    o.gamma_g = _i & 8 ? 0 : 1;
    o.gamma_b = _i & 8 ? 1 : 0;
    o.alpha_g = o.alpha_b = o.beta_g = o.beta_b = 10;
    qd_model_init(model);
    qd_optim_init(optim);
    ck_assert_int_eq(qd_model_create(model, spec, _i & 16 ? QD_F32 : QD_F64, 8, ctx), QD_OK);
    draw_theta(model, 0.25, rng); /* shrinking would hold what lies on its origin */
    double *before = qd_malloc((size_t) model->length * sizeof *before);
    for (int64_t i = 0; i < model->length; i++) before[i] = qd_model_theta(model, i);
    qd_optim_start(optim, &o, model);
    for (int step = 0; step < 3; step++) {
        qd_batch batch = {data, index, 8, NULL, 0, 0};
        qd_result result = {0};
        if (step == 2) data->x[0] = INFINITY;
        ck_assert_int_eq(qd_optim_step(optim, model, &result, &batch, &(qd_loss){QD_LOSS_SQUARED, 1, 0}, ctx), QD_OK);
    }
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        bool frozen = t->group == (o.gamma_g == 0 ? QD_GROUP_G : QD_GROUP_B), moved = false;
        for (int64_t i = t->offset; i < t->offset + t->count; i++) moved |= before[i] != qd_model_theta(model, i);
        ck_assert_msg(moved != frozen, "%s has %smoved, QD_SEED=%lu", t->name, moved ? "" : "not ", (unsigned long) seed);
    }
    free(before);
    qd_optim_clear(optim);
    qd_model_clear(model);
    qd_data_clear(data);
    qd_spec_clear(spec);
}
END_TEST

/* ---- schedules and defaults ------------------------------------------------------------------- */

START_TEST(schedule_equals_oracle)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, qd_rng_stream(3, (uint64_t) _i, 0));
    qd_optim_spec o;
    qd_optim_defaults(&o, QD_SGD);
    draw_schedule(&o.schedule, rng);
    for (int64_t k = 0; k < 12; k++) {
        double got = qd_schedule_rate(&o, k), want = oracle_schedule(&o, k);
        ck_assert_msg(fabs(got - want) <= 1e-15 * o.rate, "step %ld: rate %.17g, expected %.17g, QD_SEED=%lu", (long) k, got, want,
                      (unsigned long) seed);
    }
}
END_TEST

START_TEST(schedules_by_hand)
{
    qd_optim_spec o;
    qd_optim_defaults(&o, QD_SGD);
    o.rate = 0.5;
    ck_assert_double_eq(qd_schedule_rate(&o, 0), 0.5);
    ck_assert_double_eq(qd_schedule_rate(&o, 1000000), 0.5);
    o.schedule = (qd_schedule){.type = QD_SCHEDULE_STEP, .warmup = 2, .total = 10, .nmilestones = 2, .milestone = {4, 8}, .factor = 0.5};
    static const double steps[] = {0.25, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125};
    for (int k = 0; k < COUNT(steps); k++) ck_assert_double_eq(qd_schedule_rate(&o, k), steps[k]);
    o.schedule = (qd_schedule){.type = QD_SCHEDULE_COSINE, .total = 4, .final = 0.1};
    static const double cosine[] = {0.5, 0.3 + 0.2 * 0.70710678118654752, 0.3, 0.3 - 0.2 * 0.70710678118654752, 0.1};
    for (int k = 0; k < COUNT(cosine); k++) ck_assert_double_eq_tol(qd_schedule_rate(&o, k), cosine[k], 1e-15);
    o.schedule.warmup = 4; /* no step is left for the cosine */
    for (int k = 0; k < 4; k++) ck_assert_double_eq_tol(qd_schedule_rate(&o, k), 0.125 * (k + 1), 1e-15);
    o.schedule.warmup = 9;
    ck_assert_double_eq_tol(qd_schedule_rate(&o, 3), 0.5 * 4 / 9, 1e-15);
}
END_TEST

/* https://pytorch.org/docs/stable/optim.html, but for the rate of SGD, which had none there for long. */
START_TEST(defaults_are_pytorchs)
{
    qd_optim_spec o;
    qd_optim_defaults(&o, QD_SGD);
    ck_assert(o.momentum == 0 && !o.nesterov && o.decay == 0 && o.clip == 0);
    qd_optim_defaults(&o, QD_ADAM);
    ck_assert(o.rate == 1e-3 && o.beta1 == 0.9 && o.beta2 == 0.999 && o.eps == 1e-8 && o.decay == 0);
    qd_optim_defaults(&o, QD_ADAMW);
    ck_assert(o.rate == 1e-3 && o.beta1 == 0.9 && o.beta2 == 0.999 && o.eps == 1e-8 && o.decay == 0.01);
    qd_optim_defaults(&o, QD_RMSPROP);
    ck_assert(o.rate == 1e-2 && o.alpha == 0.99 && o.eps == 1e-8 && o.momentum == 0 && o.decay == 0);
    ck_assert(o.gamma_g == 1 && o.gamma_b == 1 && o.alpha_g == 0 && o.alpha_b == 0 && o.beta_g == 0 && o.beta_b == 0);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("optim");
    TCase *tc = tcase_create("steps");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, steps_equal_oracle, 0, 4 * NETWORKS);
    tcase_add_loop_test(tc, ratio_zero_stays, 0, 32);
    tcase_add_loop_test(tc, schedule_equals_oracle, 0, 40);
    tcase_add_test(tc, schedules_by_hand);
    tcase_add_test(tc, defaults_are_pytorchs);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
