/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Start values: published parameter counts of the named networks; how values are drawn; ReLinear's origins; starting
   from a trained conventional network. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/suite.h"
#include "train/impl.h"

/* A name for mkstemp, where the system wants temporary files. */
static void temporary(char path[4096])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, 4096, "%s/quadric-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
}

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static uint64_t seed;

/* ---- networks by name ---------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int64_t nparams, blocks;
} published[] = {
    {"resnet20", 269722, 9},      {"resnet32", 464154, 15},      {"resnet44", 658586, 21},      {"resnet56", 853018, 27},
    {"resnet110", 1727962, 54},   {"qresnet20", 806266, 9},      {"qresnet32", 1389114, 15},    {"qresnet44", 1971962, 21},
    {"qresnet56", 2554810, 27},   {"qresnet110", 5177626, 54},   {"cresnet20", 538330, 9},      {"cresnet32", 927194, 15},
    {"cresnet44", 1316058, 21},   {"cresnet56", 1704922, 27},    {"cresnet110", 3454810, 54},   {"cresnet20-b1", 537658, 9},
    {"cresnet32-b1", 926074, 15}, {"cresnet44-b1", 1314490, 21}, {"cresnet56-b1", 1702906, 27}, {"cresnet110-b1", 3450778, 54},
};

START_TEST(published_counts)
{
    qd_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_spec_init(spec);
    ck_assert_msg(qd_spec_named(spec, published[_i].name, 3, 32, 32, 10, false, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_spec_nparams(spec) == published[_i].nparams, "%s: %ld parameters", published[_i].name, (long) qd_spec_nparams(spec));
    ck_assert_int_eq(qd_spec_named(spec, published[_i].name, 3, 32, 32, 10, true, ctx), QD_OK);
    ck_assert_int_eq(qd_spec_nparams(spec), published[_i].nparams + published[_i].blocks);
    if (published[_i].blocks == 9) { /* the model that is made has them too */
        qd_model_t model;
        int64_t sum = 0;
        qd_model_init(model);
        ck_assert_msg(qd_model_create(model, spec, QD_F32, 1, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        for (int64_t k = 0; k < model->ntensors; k++) {
            int64_t count = 1;
            for (int d = 0; d < model->tensor[k].ndim; d++) count *= model->tensor[k].shape[d];
            ck_assert_int_eq(count, model->tensor[k].count);
            sum += count;
        }
        ck_assert_int_eq(sum, model->nparams);
        ck_assert_int_eq(sum, published[_i].nparams + 9);
        qd_model_clear(model);
    }
    qd_spec_clear(spec);
}
END_TEST

static const char *const no_network[] = {"",
                                         "resnet",
                                         "resnet21",
                                         "resnet2",
                                         "resnet020",
                                         "resnet20x",
                                         "xresnet20",
                                         "resnet-20",
                                         "resnet20-b1",
                                         "qresnet20-b1",
                                         "cresnet20-b2",
                                         "Resnet20",
                                         "resnet99999999999999999998"};

START_TEST(unknown_names)
{
    qd_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_spec_init(spec);
    ck_assert_int_eq(qd_spec_named(spec, no_network[_i], 3, 32, 32, 10, false, ctx), QD_EINPUT);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "unknown network") != NULL && strstr(qd_ctx_message(ctx), "qresnet") != NULL, "%s",
                  qd_ctx_message(ctx));
    ck_assert_int_eq(spec->nunits, 0);
}
END_TEST

/* ---- models ----------------------------------------------------------------------------------------- */

static void create(qd_model_t model, const qd_spec_t spec, qd_dtype dtype)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_model_init(model);
    ck_assert_msg(qd_model_create(model, spec, dtype, 8, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

static void begin(qd_model_t model, const qd_start *start, uint64_t with_seed)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_msg(qd_model_start(model, start, with_seed, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

static void dense(qd_model_t model, qd_kind kind, qd_dtype dtype)
{
    static const int64_t widths[] = {30, 40, 40, 40, 3};
    qd_spec_t spec;
    qd_spec_init(spec);
    qd_spec_dense(spec, widths, 4, qd_neuron_make(kind, QD_RELU));
    create(model, spec, dtype);
    qd_spec_clear(spec);
}

/* biases: of each filter but the stem's, -1: as the name says. */
static void residual(qd_model_t model, const char *name, bool rezero, int64_t biases, qd_dtype dtype)
{
    qd_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_spec_init(spec);
    ck_assert_int_eq(qd_spec_named(spec, name, 3, 8, 8, 5, rezero, ctx), QD_OK);
    for (int64_t u = 1; biases >= 0 && u < spec->nunits - 1; u++) spec->unit[u].biases = biases;
    create(model, spec, dtype);
    qd_spec_clear(spec);
}

static bool has_key(const qd_tensor *t, const char *key)
{
    return !strcmp(strrchr(t->name, '.') + 1, key);
}

/* Inputs of one neuron, from the spec. */
static double fan_in(const qd_model_t model, const qd_tensor *t)
{
    const qd_unit *unit = model->spec->unit + t->unit;
    int64_t in =
        t->unit > 0 ? unit[-1].out : model->spec->channels * (unit->type == QD_UNIT_DENSE ? model->spec->height * model->spec->width : 1);
    return (double) (unit->type == QD_UNIT_CONV ? in * unit->size * unit->size : in);
}

typedef struct {
    double mean, variance, largest;
} moments;

static moments measure(const qd_model_t model, const qd_tensor *t)
{
    moments m = {0, 0, 0};
    for (int64_t i = 0; i < t->count; i++) {
        double x = qd_model_theta(model, t->offset + i);
        m.mean += x / (double) t->count;
        m.variance += x * x / (double) t->count;
        m.largest = fmax(m.largest, fabs(x));
    }
    return m;
}

static void all_are(const qd_model_t model, const qd_tensor *t, double x)
{
    for (int64_t i = 0; i < t->count; i++)
        ck_assert_msg(qd_model_theta(model, t->offset + i) == x, "%s[%ld] = %g, not %g", t->name, (long) i,
                      qd_model_theta(model, t->offset + i), x);
}

/* Mean and variance within six of their own deviations; kurtosis: fourth moment over the square of the variance. */
static void check_moments(const qd_tensor *t, moments m, double variance, double kurtosis)
{
    double n = (double) t->count;
    ck_assert_msg(fabs(m.mean) < 6 * sqrt(variance / n), "%s: mean %g", t->name, m.mean);
    ck_assert_msg(fabs(m.variance / variance - 1) < 6 * sqrt((kurtosis - 1) / n), "%s: variance %g, expected %g", t->name, m.variance,
                  variance);
}

static void check_he(const qd_model_t model, const qd_tensor *t)
{
    if (t->bias) {
        all_are(model, t, 0);
        return;
    }
    moments m = measure(model, t);
    double variance = 2 / fan_in(model, t);
    check_moments(t, m, variance, 3);
    if (t->count > 500) ck_assert_msg(m.largest > 2.5 * sqrt(variance) && m.largest < 7 * sqrt(variance), "%s: not Gaussian", t->name);
}

static void check_uniform(const qd_model_t model, const qd_tensor *t)
{
    moments m = measure(model, t);
    double bound = 1 / sqrt(fan_in(model, t));
    ck_assert_msg(m.largest <= bound * (1 + 1e-7), "%s: %g beyond %g", t->name, m.largest, bound);
    if (t->count > 30) ck_assert_msg(m.largest > 0.8 * bound, "%s: %g", t->name, m.largest);
    check_moments(t, m, bound * bound / 3, 1.8);
}

static void check_start(const qd_model_t model, const qd_start *start)
{
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        bool off = t->group == QD_GROUP_G || t->group == QD_GROUP_B;
        if (has_key(t, "bg") && start->relinear) all_are(model, t, 1);
        else if (off && start->relinear) all_are(model, t, 0);
        else if (has_key(t, "scale")) all_are(model, t, 1);
        else if (has_key(t, "shift") || has_key(t, "gate")) all_are(model, t, 0);
        else if (start->weights == QD_WEIGHTS_HE) check_he(model, t);
        else check_uniform(model, t);
    }
    for (int64_t u = 0, at = 0; u < model->spec->nunits; u++)
        for (int64_t i = 0; model->spec->unit[u].norm && i < 2 * model->spec->unit[u].out; i++, at++)
            ck_assert_double_eq(model->stats[at], i >= model->spec->unit[u].out);
}

static void make(qd_model_t model, int which, qd_dtype dtype)
{
    static const qd_kind kinds[] = {QD_LINEAR, QD_QUADRATIC, QD_COMPACT, QD_PRODUCT};
    static const char *const names[] = {"resnet8", "qresnet8", "cresnet8-b1"};
    if (which < COUNT(kinds)) dense(model, kinds[which], dtype);
    else residual(model, names[which - COUNT(kinds)], which % 2, -1, dtype);
}

START_TEST(draws)
{
    qd_start start = {_i % 2, _i / 2 % 2 ? QD_WEIGHTS_UNIFORM : QD_WEIGHTS_HE, NULL};
    qd_model_t model;
    make(model, _i / 4 % 7, _i / 28 ? QD_F64 : QD_F32);
    begin(model, &start, seed);
    check_start(model, &start);
    qd_model_clear(model);
}
END_TEST

/* Every tensor has numbers of its own, and others with another seed. */
START_TEST(streams_differ)
{
    qd_start start = {false, QD_WEIGHTS_UNIFORM, NULL};
    qd_model_t a, b;
    dense(a, _i ? QD_PRODUCT_LINEAR : QD_QUADRATIC, QD_F64);
    dense(b, _i ? QD_PRODUCT_LINEAR : QD_QUADRATIC, QD_F64);
    begin(a, &start, seed);
    begin(b, &start, seed);
    ck_assert_mem_eq(a->theta, b->theta, sizeof(double) * (size_t) a->length);
    begin(b, &start, seed + 1);
    for (int64_t k = 0; k < a->ntensors; k++) {
        double x = qd_model_theta(a, a->tensor[k].offset) * sqrt(fan_in(a, a->tensor + k));
        ck_assert(qd_model_theta(a, a->tensor[k].offset) != qd_model_theta(b, a->tensor[k].offset));
        for (int64_t l = 0; l < k; l++)
            ck_assert_msg(fabs(x - qd_model_theta(a, a->tensor[l].offset) * sqrt(fan_in(a, a->tensor + l))) > 1e-12, "%s and %s",
                          a->tensor[k].name, a->tensor[l].name);
    }
    qd_model_clear(a);
    qd_model_clear(b);
}
END_TEST

/* The conventional weights do not depend on the kind of neuron, whatever the start. */
START_TEST(kinds_share_weights)
{
    qd_start start = {_i % 2, _i / 2 ? QD_WEIGHTS_UNIFORM : QD_WEIGHTS_HE, NULL};
    static const qd_kind kinds[] = {QD_QUADRATIC, QD_COMPACT, QD_PRODUCT};
    qd_model_t a, b;
    dense(a, QD_LINEAR, QD_F32);
    begin(a, &start, seed);
    for (int k = 0; k < COUNT(kinds); k++) {
        dense(b, kinds[k], QD_F32);
        begin(b, &start, seed);
        for (int64_t u = 0; u < 4; u++)
            for (int bias = 0; bias < 2; bias++) {
                bool old = u == 3 || kinds[k] == QD_COMPACT;
                const qd_tensor *s = qd_train__tensor(a, u, bias ? "b" : "w"), *t = qd_train__tensor(b, u,
                                                                                                     bias  ? old ? "b" : "br"
                                                                                                     : old ? "w"
                                                                                                           : "wr");
                for (int64_t i = 0; i < s->count; i++) ck_assert(qd_model_theta(a, s->offset + i) == qd_model_theta(b, t->offset + i));
            }
        qd_model_clear(b);
    }
    qd_model_clear(a);
}
END_TEST

/* A product needs its bg = 1 to be conventional; power neurons never are. */
START_TEST(no_conventional_point)
{
    qd_start start = {true, QD_WEIGHTS_HE, NULL};
    qd_model_t model;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    if (_i) residual(model, "qresnet8", false, 0, QD_F32);
    else dense(model, QD_POWER, QD_F32);
    ck_assert_int_eq(qd_model_start(model, &start, seed, ctx), QD_EINPUT);
    ck_assert_msg(strstr(qd_ctx_message(ctx), _i ? "layer 1: ReLinear" : "layer 0: ReLinear") != NULL, "%s", qd_ctx_message(ctx));
    start.relinear = false;
    begin(model, &start, seed);
    qd_model_clear(model);
}
END_TEST

/* ---- from a conventional network ---------------------------------------------------------------------- */

static void fill(qd_data_t data, const qd_model_t model)
{
    int64_t features = model->spec->channels * model->spec->height * model->spec->width,
            outputs = model->spec->unit[model->spec->nunits - 1].out;
    qd_rng_t rng;
    qd_rng_init(rng, seed, 99);
    qd_data_init(data);
    data->n = 8;
    data->channels = model->spec->channels;
    data->height = model->spec->height;
    data->width = model->spec->width;
    data->outputs = outputs;
    data->x = qd_malloc((size_t) (8 * features) * sizeof *data->x);
    data->y = qd_calloc((size_t) (8 * outputs), sizeof *data->y);
    for (int64_t i = 0; i < 8 * features; i++) data->x[i] = qd_rng_gauss(rng);
}

static void outputs_of(double *y, qd_model_t model)
{
    static const int64_t index[] = {0, 1, 2, 3, 4, 5, 6, 7};
    qd_data_t data;
    qd_result result = {0};
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    fill(data, model);
    qd_batch batch = {data, index, 8, NULL, 0, 0};
    ck_assert_int_eq(qd_model_evaluate(model, &result, y, &batch, &(qd_loss){QD_LOSS_SQUARED, 1, 0}, ctx), QD_OK);
    qd_data_clear(data);
}

/* The model as a file; spoil: NULL, or a tensor whose first number becomes NaN. */
static void save(const char *path, const qd_model_t model, const char *spoil)
{
    qd_run_t run;
    qd_st_t st;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_st_init(st);
    qd_run_init(run);
    *run->model = *model; /* borrowed */
    for (int64_t k = 0; k < model->ntensors; k++)
        if (spoil != NULL && !strcmp(model->tensor[k].name, spoil)) qd_model_set_theta(run->model, model->tensor[k].offset, NAN);
    qd_run_save(st, run, false);
    ck_assert_msg(qd_st_write(path, st, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_st_clear(st);
}

/* As if trained: values that no start gives. */
static void train(qd_model_t model)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, 5);
    begin(model, &(qd_start){false, QD_WEIGHTS_HE, NULL}, seed + 9);
    for (int64_t k = 0; k < model->ntensors; k++)
        for (int64_t i = model->tensor[k].offset; i < model->tensor[k].offset + model->tensor[k].count; i++)
            qd_model_set_theta(model, i, qd_model_theta(model, i) + 0.1 * qd_rng_gauss(rng));
    for (int64_t i = 0; i < model->nstats; i++) model->stats[i] += 0.3 * qd_rng_unit(rng);
}

static void pair(qd_model_t conventional, qd_model_t quadratic, int which, qd_dtype from, qd_dtype to)
{
    static const qd_kind kinds[] = {QD_QUADRATIC, QD_COMPACT, QD_PRODUCT, QD_FULL};
    if (which < COUNT(kinds)) {
        dense(conventional, QD_LINEAR, from);
        dense(quadratic, kinds[which], to);
        return;
    }
    bool rezero = which % 2;
    residual(conventional, "resnet8", rezero, -1, from);
    residual(quadratic, which < 6 ? "qresnet8" : "cresnet8", rezero, -1, to);
}

#define PAIRS 8

/* The quadratic network is the conventional one to begin with. */
START_TEST(from_a_conventional_network)
{
    qd_dtype from = _i / PAIRS % 2 ? QD_F64 : QD_F32, to = _i / PAIRS / 2 ? QD_F64 : QD_F32;
    char path[4096];
    qd_model_t a, b;
    double y[2][8 * 5];
    temporary(path);
    close(mkstemp(path));
    pair(a, b, _i % PAIRS, from, to);
    train(a);
    save(path, a, NULL);
    begin(b, &(qd_start){true, QD_WEIGHTS_HE, path}, seed);
    unlink(path);
    outputs_of(y[0], a);
    outputs_of(y[1], b);
    for (int64_t i = 0; i < 8 * a->spec->unit[a->spec->nunits - 1].out; i++)
        ck_assert_msg(from == to ? y[0][i] == y[1][i] : fabs(y[0][i] - y[1][i]) < 1e-4 * (1 + fabs(y[0][i])),
                      "output %ld: %.17g, not %.17g", (long) i, y[1][i], y[0][i]);
    for (int64_t k = 0; k < b->ntensors; k++)
        if (b->tensor[k].group == QD_GROUP_G || b->tensor[k].group == QD_GROUP_B) all_are(b, b->tensor + k, b->tensor[k].origin);
    qd_model_clear(a);
    qd_model_clear(b);
}
END_TEST

static void other_dense(qd_model_t model, qd_kind kind, int64_t hidden, int64_t width)
{
    int64_t widths[] = {30, width, width, width, width, width};
    qd_spec_t spec;
    qd_spec_init(spec);
    widths[hidden + 1] = 3;
    qd_spec_dense(spec, widths, hidden + 1, qd_neuron_make(kind, QD_RELU));
    create(model, spec, QD_F32);
    qd_spec_clear(spec);
}

static const struct {
    qd_kind kind;
    int64_t hidden, width;
    const char *spoil, *said;
} unfit[] = {
    {QD_LINEAR, 3, 41, NULL, "layers.0.w"},   {QD_LINEAR, 2, 40, NULL, "layers.2.w"},
    {QD_LINEAR, 4, 40, NULL, "layers.3.w"},   {QD_QUADRATIC, 3, 40, NULL, "layers.0.w"},
    {QD_COMPACT, 3, 40, NULL, "layers.0.wb"}, {QD_LINEAR, 3, 40, "layers.2.b", "'layers.2.b' holds nan"},
};

START_TEST(refuses_unfit_networks)
{
    char path[4096];
    qd_model_t a, b;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    temporary(path);
    close(mkstemp(path));
    other_dense(a, unfit[_i].kind, unfit[_i].hidden, unfit[_i].width);
    begin(a, &(qd_start){false, QD_WEIGHTS_HE, NULL}, seed);
    save(path, a, unfit[_i].spoil);
    dense(b, unfit[_i].kind == QD_COMPACT ? QD_COMPACT : QD_QUADRATIC, QD_F32);
    ck_assert_int_eq(qd_model_start(b, &(qd_start){true, QD_WEIGHTS_HE, path}, seed, ctx), QD_EINPUT);
    ck_assert_msg(strstr(qd_ctx_message(ctx), unfit[_i].said) != NULL, "%s", qd_ctx_message(ctx));
    unlink(path);
    qd_model_clear(a);
    qd_model_clear(b);
}
END_TEST

START_TEST(refuses_no_network)
{
    char path[4096];
    qd_model_t model;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    temporary(path);
    close(mkstemp(path)); /* an empty file */
    dense(model, QD_QUADRATIC, QD_F32);
    ck_assert_int_eq(qd_model_start(model, &(qd_start){true, QD_WEIGHTS_HE, path}, seed, ctx), QD_EINPUT);
    unlink(path);
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_model_start(model, &(qd_start){true, QD_WEIGHTS_HE, path}, seed, ctx), QD_EIO);
    ck_assert_msg(strstr(qd_ctx_message(ctx), path) != NULL, "%s", qd_ctx_message(ctx));
    qd_model_clear(model);
}
END_TEST

int main(void)
{
    seed = test_seed();
    Suite *suite = suite_create("start");
    TCase *tc = tcase_create("start");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, published_counts, 0, COUNT(published));
    tcase_add_loop_test(tc, unknown_names, 0, COUNT(no_network));
    tcase_add_loop_test(tc, draws, 0, 56);
    tcase_add_loop_test(tc, streams_differ, 0, 2);
    tcase_add_loop_test(tc, kinds_share_weights, 0, 4);
    tcase_add_loop_test(tc, no_conventional_point, 0, 2);
    tcase_add_loop_test(tc, from_a_conventional_network, 0, 4 * PAIRS);
    tcase_add_loop_test(tc, refuses_unfit_networks, 0, COUNT(unfit));
    tcase_add_test(tc, refuses_no_network);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
