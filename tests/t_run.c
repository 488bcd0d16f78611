/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs: a ReLinear run whose g and b groups stand still is the conventional run bit for bit; every number of threads gives
   the same bits; a run goes on from its checkpoint as if nothing had been; checkpoints of other runs are refused; collapses are
   seen where they happen. */
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

/* ---- data and configurations -------------------------------------------------------------------- */

static void wave(double *y, const double *x, const void *arg)
{
    (void) arg;
    y[0] = sin(3 * x[0]) + x[1] * x[1];
    y[1] = x[0] * x[1];
}

static void sector(double *y, const double *x, const void *arg)
{
    (void) arg;
    y[0] = (x[0] > 0) + (x[0] > 0 && x[1] > 0);
}

static void points(qd_data_t data, bool classes, int64_t n, uint64_t stream)
{
    qd_ctx_t ctx;
    qd_sample_fn target = {2, classes ? 1 : 2, classes ? sector : wave, NULL};
    qd_ctx_init(ctx);
    ctx->seed = seed;
    qd_data_init(data);
    ck_assert_msg(qd_data_function(data, &target, QD_SAMPLE_RANDOM, n, (double[]){-1, -1}, (double[]){1, 1}, 0, classes ? 3 : 0, stream,
                                   ctx) == QD_OK,
                  "%s", qd_ctx_message(ctx));
}

/* Noise around a brightness that tells the class. */
static void pictures(qd_data_t data, int64_t n, uint64_t stream)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, stream);
    qd_data_init(data);
    data->n = n;
    data->channels = 3;
    data->height = data->width = data->height0 = data->width0 = 8;
    data->outputs = 4;
    data->pixel = qd_malloc((size_t) (n * 3 * 64));
    data->label = qd_malloc((size_t) n * sizeof *data->label);
    for (int64_t i = 0; i < n; i++) {
        data->label[i] = (int32_t) qd_rng_below(rng, 4);
        for (int64_t k = 0; k < 3 * 64; k++)
            data->pixel[i * 3 * 64 + k] = (uint8_t) (40 * data->label[i] + (int64_t) qd_rng_below(rng, 100));
    }
    for (int c = 0; c < 4; c++) data->std[c] = 1;
    qd_data_standardise(data, data);
}

typedef enum { REGRESSION, CLASSES, PICTURES } problem;

typedef struct {
    qd_data_t train, test;
    qd_run_spec_t spec;
    qd_run_t run;
} trial;

static void trial_data(trial *t, problem p, int64_t n)
{
    for (int k = 0; k < 2; k++) {
        qd_data_struct *data = k == 0 ? t->train : t->test;
        if (p == PICTURES) pictures(data, k == 0 ? n : n / 2, (uint64_t) k);
        else points(data, p == CLASSES, k == 0 ? n : n / 2, (uint64_t) k);
    }
    qd_run_spec_init(t->spec);
    qd_run_init(t->run);
}

static void trial_clear(trial *t)
{
    qd_run_clear(t->run);
    qd_run_spec_clear(t->spec);
    qd_data_clear(t->train);
    qd_data_clear(t->test);
}

/* model, strategy, training: the insides of the blocks. */
static void configure(trial *t, const char *model, const char *strategy, const char *training)
{
    qd_buf_t text;
    qd_doc_t doc;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_buf_init(text);
    qd_doc_init(doc);
    qd_buf_printf(text, "{\"model\": {%s}, \"strategy\": {%s}, \"training\": {%s}}", model, strategy, training);
    ck_assert_msg(qd_doc_parse(doc, text->s, text->len, QD_JSON, ctx) == QD_OK, "%s in %s", qd_ctx_message(ctx), text->s);
    qd_config config = {1, {qd_doc_root(doc)}};
    ck_assert_msg(qd_config_check(config.layer[0], ctx) == QD_OK && qd_run_spec_read(t->spec, &config, t->train, ctx) == QD_OK, "%s",
                  qd_ctx_message(ctx));
    qd_doc_clear(doc);
    qd_buf_clear(text);
}

static void start(qd_run_t run, const trial *t)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = 2;
    ck_assert_msg(qd_run_start(run, t->spec, t->train, t->test, seed, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

static void advance(qd_run_t run, int64_t until, int threads)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = threads;
    ck_assert_msg(qd_run_advance(run, until, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

static size_t width(const qd_model_t model)
{
    return model->dtype == QD_F32 ? sizeof(float) : sizeof(double);
}

static void same_bytes(const void *a, const void *b, size_t n, const char *what, const char *config)
{
    ck_assert_msg((a == NULL && b == NULL) || memcmp(a, b, n) == 0, "%s: another %s, QD_SEED=%lu", config, what, (unsigned long) seed);
}

#define SAME(field) ck_assert_msg(a->field == b->field, "%s: another " #field, config)

/* All that a run says of itself. */
static void same_run(const qd_run_t a, const qd_run_t b, const char *config)
{
    size_t bytes = width(a->model) * (size_t) a->model->length;
    ck_assert_msg(!strcmp(qd_buf_str(a->metrics), qd_buf_str(b->metrics)), "%s: metrics\n%sand\n%s", config, qd_buf_str(a->metrics),
                  qd_buf_str(b->metrics));
    same_bytes(a->model->theta, b->model->theta, bytes, "theta", config);
    same_bytes(a->optim->m, b->optim->m, bytes, "m", config);
    same_bytes(a->optim->v, b->optim->v, bytes, "v", config);
    same_bytes(a->model->stats, b->model->stats, sizeof(double) * (size_t) a->model->nstats, "statistics", config);
    same_bytes(&a->sum, &b->sum, sizeof a->sum, "sum", config);
    SAME(optim->step);
    SAME(status);
    SAME(cause);
    SAME(layer);
    SAME(constant_error);
    SAME(loss);
    SAME(train_error);
    SAME(error);
    SAME(largest);
    SAME(best_error);
    SAME(best_step);
    SAME(reached_step);
    SAME(records);
    SAME(waited);
}

/* ---- (a) ratio 0 is the conventional network ------------------------------------------------------ */

static const char *const optimisers[] = {
    "\"optimiser\": \"sgd\", \"rate\": 0.05",
    "\"optimiser\": \"sgd\", \"rate\": 0.05, \"momentum\": 0.9, \"nesterov\": true, \"decay\": 0.01, \"clip\": 0.3",
    "\"optimiser\": \"adam\", \"rate\": 0.01, \"decay\": 0.01, \"clip\": 0.3",
    "\"optimiser\": \"adamw\", \"rate\": 0.01, \"decay\": 0.1, \"schedule\": {\"type\": \"cosine\", \"warmup_steps\": 3}",
    "\"optimiser\": \"rmsprop\", \"rate\": 0.01, \"momentum\": 0.5, \"decay\": 0.01, \"clip\": 0.3",
};

/* The tensor of a conventional network that this one of the r group corresponds to. */
static const qd_tensor *counterpart(const qd_model_t conventional, const qd_tensor *t)
{
    char key[8];
    snprintf(key, sizeof key, "%s", strrchr(t->name, '.') + 1);
    if (t->group == QD_GROUP_R && key[1] == 'r') key[1] = '\0';
    return qd_train__tensor(conventional, t->unit, key);
}

static void same_conventional_part(const qd_model_t quadratic, const qd_model_t conventional, const char *config)
{
    for (int64_t k = 0; k < quadratic->ntensors; k++) {
        const qd_tensor *t = quadratic->tensor + k, *u = counterpart(conventional, t);
        bool learns = t->group != QD_GROUP_G && t->group != QD_GROUP_B,
             drawn = !strcmp(strrchr(t->name, '.'), ".wr") && t->group == QD_GROUP_G;
        ck_assert_msg((u != NULL) == learns, "%s: %s", config, t->name);
        for (int64_t i = 0; i < t->count; i++) {
            double x = qd_model_theta(quadratic, t->offset + i), y = learns ? qd_model_theta(conventional, u->offset + i) : t->origin;
            ck_assert_msg(x == y || drawn, "%s: %s[%ld] = %.17g, not %.17g, QD_SEED=%lu", config, t->name, (long) i, x, y,
                          (unsigned long) seed);
        }
    }
}

/* twice: two configured trials, the first of them conventional. */
static void compare_conventional(trial *twice, const char *config)
{
    for (int k = 0; k < 2; k++) {
        start(twice[k].run, twice + k);
        advance(twice[k].run, INT64_MAX, 2);
    }
    ck_assert_str_eq(qd_buf_str(twice[0].run->metrics), qd_buf_str(twice[1].run->metrics));
    same_conventional_part(twice[1].run->model, twice[0].run->model, config);
    same_bytes(twice[0].run->model->stats, twice[1].run->model->stats, sizeof(double) * (size_t) twice[0].run->model->nstats, "statistics",
               config);
    ck_assert_int_eq(twice[0].run->optim->step, twice[0].spec->steps);
}

START_TEST(ratio_zero_is_conventional_dense)
{
    static const char *const kinds[] = {"quadratic", "compact", "product", "product_linear", "full"};
    const char *kind = kinds[_i % COUNT(kinds)], *optimiser = optimisers[_i / COUNT(kinds) % COUNT(optimisers)];
    bool wide = _i / COUNT(kinds) / COUNT(optimisers) % 2, labels = _i % 2;
    qd_buf_t model, training;
    trial twice[2];
    qd_buf_init(model);
    qd_buf_init(training);
    qd_buf_printf(training, "%s, \"steps\": 20, \"batch\": 50, \"record_every\": 5, \"precision\": \"%s\"", optimiser,
                  wide ? "float64" : "float32");
    for (int k = 0; k < 2; k++) {
        trial_data(twice + k, labels ? CLASSES : REGRESSION, 120);
        qd_buf_reset(model);
        qd_buf_printf(model, "\"hidden\": [17, 8], \"kind\": \"%s\"", k == 0 ? "linear" : kind);
        configure(twice + k, model->s, k == 0 ? "" : "\"gamma\": 0", training->s);
    }
    compare_conventional(twice, kind);
    for (int k = 0; k < 2; k++) trial_clear(twice + k);
    qd_buf_clear(model);
    qd_buf_clear(training);
}
END_TEST

/* The named networks have no biases in conventional filters, quadratic ones have to: without bg there is no conventional point. */
static const struct {
    const char *network;
    int64_t conventional, quadratic;
} filters[] = {
    {"qresnet8", 1, 3},
    {"cresnet8", 1, 2},
    {"cresnet8", 1, 1},
    {"cresnet8", 0, 0},
};

START_TEST(ratio_zero_is_conventional_resnet)
{
    trial twice[2];
    qd_buf_t text;
    qd_buf_init(text);
    for (int k = 0; k < 2; k++) {
        trial *t = twice + k;
        trial_data(t, PICTURES, 40);
        qd_buf_reset(text);
        qd_buf_printf(text, "%s, \"steps\": 4, \"batch\": 12, \"record_every\": 2, \"flip\": true, \"crop\": 1, \"precision\": \"%s\"",
                      optimisers[_i % COUNT(optimisers)], _i % 2 ? "float64" : "float32");
        char network[40];
        snprintf(network, sizeof network, "\"network\": \"%s\"", k == 0 ? "resnet8" : filters[_i / 2].network);
        configure(t, network, k == 0 ? "" : "\"gamma\": 0", text->s);
        for (int64_t u = 0; u < t->spec->model->nunits - 1; u++) {
            qd_unit *unit = t->spec->model->unit + u;
            unit->biases = unit->neuron.kind == QD_LINEAR ? filters[_i / 2].conventional : filters[_i / 2].quadratic;
        }
    }
    compare_conventional(twice, filters[_i / 2].network);
    for (int k = 0; k < 2; k++) trial_clear(twice + k);
    qd_buf_clear(text);
}
END_TEST

/* ---- (b) threads, (c) checkpoints ------------------------------------------------------------------ */

/* Enough samples a batch for several shards; the last batch of an epoch is smaller. */
static const struct {
    problem problem;
    int64_t samples;
    const char *model, *strategy, *training;
} runs[] = {
    {REGRESSION, 300, "\"hidden\": [16, 9]", "\"gamma\": 0.1", "\"batch\": 130, \"steps\": 10, \"record_every\": 3"},
    {REGRESSION, 300, "\"hidden\": [16, 9], \"kind\": \"compact\"", "\"gamma\": 0.1, \"alpha\": 0.1",
     "\"optimiser\": \"sgd\", \"momentum\": 0.9, \"clip\": 0.1, "
     "\"batch\": 0, \"steps\": 7, \"record_every\": 2, \"precision\": \"float64\", \"loss\": \"huber\", \"patience\": 50, \"threshold\": 1e9"},
    {CLASSES, 500, "\"hidden\": [40]", "\"start\": \"random\", \"weights\": \"uniform\"",
     "\"optimiser\": \"rmsprop\", \"momentum\": 0.5, \"smoothing\": 0.1, "
     "\"batch\": 200, \"steps\": 8, \"record_every\": 4, \"schedule\": {\"type\": \"step\", \"at_epochs\": [1], \"warmup_steps\": 2}"},
    {CLASSES, 300, "\"hidden\": [8, 8], \"kind\": \"linear\"", "",
     "\"optimiser\": \"sgd\", \"batch\": 64, \"epochs\": 2, \"precision\": \"float64\""},
    {PICTURES, 50, "\"network\": \"qresnet8\", \"rezero\": true", "\"gamma\": 0.01",
     "\"optimiser\": \"sgd\", \"momentum\": 0.9, \"decay\": 1e-4, "
     "\"batch\": 20, \"steps\": 5, \"record_every\": 2, \"flip\": true, \"crop\": 2"},
    {PICTURES, 40, "\"network\": \"cresnet8\"", "\"gamma\": 0.1",
     "\"optimiser\": \"adamw\", \"clip\": 0.1, \"batch\": 16, \"steps\": 4, \"record_every\": 3, "
     "\"precision\": \"float64\", \"flip\": true, \"crop\": 1"},
};

static void set_up(trial *t, int i)
{
    trial_data(t, runs[i].problem, runs[i].samples);
    configure(t, runs[i].model, runs[i].strategy, runs[i].training);
    start(t->run, t);
}

START_TEST(threads_change_no_bit)
{
    trial t[3];
    for (int k = 0; k < 3; k++) {
        set_up(t + k, _i);
        advance(t[k].run, INT64_MAX, k + 1);
        if (k > 0) same_run(t[0].run, t[k].run, runs[_i].training);
    }
    ck_assert_int_ne(t[0].run->status, QD_RUN_GOING);
    for (int k = 0; k < 3; k++) trial_clear(t + k);
}
END_TEST

/* Through a file where file is true. */
static void hand_over(qd_run_t to, const qd_run_t from, bool file)
{
    char path[4096];
    qd_st_t st;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_st_init(st);
    qd_run_save(st, from, true);
    if (file) {
        temporary(path);
        close(mkstemp(path));
        ck_assert_msg(qd_st_write(path, st, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        qd_st_clear(st);
        ck_assert_msg(qd_st_read(st, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        unlink(path);
    }
    ck_assert_msg(qd_run_load(to, st, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_st_clear(st);
}

START_TEST(goes_on_from_a_checkpoint)
{
    trial t;
    qd_run_t first, second;
    qd_run_init(first);
    qd_run_init(second);
    set_up(&t, _i);
    advance(t.run, INT64_MAX, 2);
    for (int64_t stop = 0; stop <= t.run->optim->step; stop++) {
        start(first, &t);
        advance(first, stop, 2);
        start(second, &t);
        hand_over(second, first, stop % 2 == 0);
        same_run(first, second, "at the stop");
        advance(second, INT64_MAX, 1);
        same_run(t.run, second, runs[_i].training);
    }
    qd_run_clear(first);
    qd_run_clear(second);
    trial_clear(&t);
}
END_TEST

/* Wherever a budget ends, inside a step, before a record or inside one, the run goes on from a checkpoint as if nothing had happened. */
START_TEST(a_budget_ends_inside_a_step)
{
    trial t;
    qd_run_t run, next;
    qd_ctx_t ctx;
    int stops = 0;
    trial_data(&t, REGRESSION, 4000);
    configure(&t, "\"hidden\": [96, 96]", "\"gamma\": 0.1", "\"batch\": 1500, \"steps\": 7, \"record_every\": 2");
    start(t.run, &t);
    advance(t.run, INT64_MAX, 2);
    qd_run_init(run);
    qd_run_init(next);
    start(run, &t);
    for (double budget = 1e-4; run->status == QD_RUN_GOING; budget *= 1.15) {
        qd_ctx_init(ctx);
        ctx->threads = 2;
        ctx->max_seconds = budget;
        qd_status st = qd_run_advance(run, INT64_MAX, ctx);
        ck_assert_msg(st == QD_OK || st == QD_EUNABLE, "%s", qd_ctx_message(ctx));
        if (st == QD_OK) continue;
        stops++;
        start(next, &t);
        hand_over(next, run, false);
        same_run(run, next, "at the stop");
        qd_run_struct swap = *run;
        *run = *next;
        *next = swap;
    }
    ck_assert_int_ge(stops, 3);
    same_run(t.run, run, "after all stops");
    qd_run_clear(run);
    qd_run_clear(next);
    trial_clear(&t);
}
END_TEST

/* ---- (d) checkpoints of other runs ------------------------------------------------------------------ */

#define BASE_MODEL "\"hidden\": [6, 5]"
#define BASE_TRAINING "\"batch\": 16, \"steps\": 10, \"record_every\": 2"

/* What the run that is loaded into has in place of the base; said: a part of the message. */
static const struct {
    const char *model, *training;
    uint64_t seed;
    const char *said;
} others[] = {
    {"\"hidden\": [6, 5, 5]", BASE_TRAINING, 0, "another architecture"},
    {"\"hidden\": [6, 5], \"kind\": \"compact\"", BASE_TRAINING, 0, "another architecture"},
    {"\"hidden\": [6, 5], \"activation\": \"abs\"", BASE_TRAINING, 0, "another architecture"},
    {"\"hidden\": [6, 4]", BASE_TRAINING, 0, "layers.1.wr"},
    {BASE_MODEL, BASE_TRAINING ", \"precision\": \"float64\"", 0, "layers.0.wr"},
    {BASE_MODEL, BASE_TRAINING, 1, "seed"},
    {BASE_MODEL, BASE_TRAINING ", \"optimiser\": \"sgd\"", 0, "optimiser"},
    {BASE_MODEL, BASE_TRAINING ", \"optimiser\": \"sgd\", \"momentum\": 0.5", 0, "optimiser"},
    {BASE_MODEL, BASE_TRAINING ", \"optimiser\": \"adamw\"", 0, "optimiser"},
    {BASE_MODEL, BASE_TRAINING ", \"optimiser\": \"rmsprop\", \"momentum\": 0.5", 0, "optimiser"},
    {BASE_MODEL, BASE_TRAINING ", \"rate\": 0.0011", 0, "another configuration"},
    {BASE_MODEL, BASE_TRAINING ", \"clip\": 1e9", 0, "another configuration"},
};

/* A refused checkpoint leaves the run as it was: it trains on like its twin. */
static void refused(trial *t, const qd_st_t st, uint64_t own_seed, const char *said)
{
    qd_run_t run[2];
    qd_ctx_t ctx;
    for (int k = 0; k < 2; k++) {
        qd_ctx_init(ctx);
        qd_run_init(run[k]);
        ck_assert_int_eq(qd_run_start(run[k], t->spec, t->train, t->test, own_seed, ctx), QD_OK);
        advance(run[k], 3, 2);
    }
    ck_assert_msg(qd_run_load(run[0], st, ctx) == QD_EINPUT, "expected '%s'", said);
    ck_assert_msg(strstr(qd_ctx_message(ctx), said) != NULL, "found '%s', expected '%s'", qd_ctx_message(ctx), said);
    same_run(run[0], run[1], said);
    advance(run[0], 6, 2);
    advance(run[1], 6, 2);
    same_run(run[0], run[1], said);
    for (int k = 0; k < 2; k++) qd_run_clear(run[k]);
}

static void base(trial *t, qd_st_t st)
{
    trial_data(t, REGRESSION, 40);
    configure(t, BASE_MODEL, "", BASE_TRAINING);
    start(t->run, t);
    advance(t->run, 4, 1);
    qd_st_init(st);
    qd_run_save(st, t->run, true);
}

START_TEST(refuses_checkpoints_of_other_runs)
{
    trial t;
    qd_st_t st;
    base(&t, st);
    qd_run_clear(t.run);
    qd_run_spec_clear(t.spec);
    configure(&t, others[_i].model, "", others[_i].training);
    refused(&t, st, seed + others[_i].seed, others[_i].said);
    qd_st_clear(st);
    trial_clear(&t);
}
END_TEST

/* One number of the data is another one: a feature, a target, a pixel, a label, a mean, of the training or of the test samples. */
START_TEST(refuses_checkpoints_of_other_data)
{
    trial t;
    qd_st_t st;
    problem p = (problem) (_i / 4);
    qd_data_struct *data = _i / 2 % 2 == 0 ? t.train : t.test;
    trial_data(&t, p, 40);
    if (p == PICTURES) configure(&t, "\"layers\": [{\"type\": \"dense\", \"kind\": \"quadratic\", \"out\": 4}]", "", BASE_TRAINING);
    else configure(&t, BASE_MODEL, "", BASE_TRAINING);
    start(t.run, &t);
    advance(t.run, 4, 1);
    qd_st_init(st);
    qd_run_save(st, t.run, true);
    if (p == PICTURES && _i % 2 == 0) data->pixel[data->n * 3 * 64 - 1] ^= 1;
    else if (p == PICTURES) data->mean[2] += 1e-9;
    else if (_i % 2 == 0) data->x[data->n - 1] += 1e-9;
    else if (p == CLASSES) data->label[data->n / 2] = (data->label[data->n / 2] + 1) % (int32_t) data->outputs;
    else data->y[data->n - 1] += 1e-9;
    refused(&t, st, seed, data == t.train ? "other training data" : "other test data");
    qd_st_clear(st);
    trial_clear(&t);
}
END_TEST

/* The file that a run starts from is part of it, and so are the caller's notes. */
START_TEST(files_of_a_run)
{
    trial conventional, t;
    qd_run_t again;
    char from[4096], path[4096], strategy[5000];
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    temporary(from);
    temporary(path);
    close(mkstemp(from));
    close(mkstemp(path));
    snprintf(strategy, sizeof strategy, "\"from\": \"%s\"", from);
    trial_data(&conventional, REGRESSION, 40);
    configure(&conventional, BASE_MODEL ", \"kind\": \"linear\"", "", BASE_TRAINING);
    start(conventional.run, &conventional);
    ck_assert_int_eq(qd_run_write(from, conventional.run, false, ctx), QD_OK);
    trial_data(&t, REGRESSION, 40);
    configure(&t, BASE_MODEL, strategy, BASE_TRAINING);
    start(t.run, &t);
    advance(t.run, 4, 1);
    qd_buf_puts(t.run->notes, "a,b\n1,2\n");
    ck_assert_int_eq(qd_run_write(path, t.run, true, ctx), QD_OK);
    qd_run_init(again);
    start(again, &t);
    qd_buf_puts(again->notes, "a,b\n");
    ck_assert_msg(qd_run_read(again, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_str_eq(qd_buf_str(again->notes), "a,b\n1,2\n");
    same_run(t.run, again, "read back");
    advance(conventional.run, 2, 1);
    ck_assert_int_eq(qd_run_write(from, conventional.run, false, ctx), QD_OK);
    start(again, &t);
    ck_assert_int_eq(qd_run_read(again, path, ctx), QD_EINPUT);
    ck_assert_msg(!strncmp(qd_ctx_message(ctx), path, strlen(path)) &&
                      strstr(qd_ctx_message(ctx), ": a checkpoint of a run with another network"),
                  "%s", qd_ctx_message(ctx));
    unlink(from);
    unlink(path);
    qd_run_clear(again);
    trial_clear(&t);
    trial_clear(&conventional);
}
END_TEST

/* A copy with one text in place of another (NULL: left out), or without a tensor. */
static void copy_but(qd_st_t to, const qd_st_t from, const char *key, const char *text, const char *tensor)
{
    qd_st_init(to);
    for (int64_t i = 0; i < from->n; i++) {
        const qd_st_tensor *t = from->tensor + i;
        if (tensor == NULL || strcmp(t->name, tensor)) qd_st_add(to, t->name, t->type, t->ndim, t->shape, t->data);
    }
    for (int64_t i = 0; i < from->nmeta; i++) {
        bool same = key != NULL && !strcmp(from->key[i], key);
        if (!same || text != NULL) qd_st_set_meta(to, from->key[i], same ? text : from->text[i]);
    }
}

#define NUMBERS                                                                                                                            \
    " loss=0x1p+0 train_error=0x1p+0 error=0x1p+0 largest=0x1p+0 best_error=0x1p+0 best_step=2 reached_step=-1 records=2 waited=0 "        \
    "samples=0 sum_loss=0x0p+0 sum_squared=0x0p+0 sum_wrong=0 rms=0x0p+0"
#define STATE(status, cause, layer) "status=" status " cause=" cause " layer=" layer NUMBERS

static const struct {
    const char *key, *text, *tensor, *said;
} damages[] = {
    {"architecture", NULL, NULL, "no architecture"},
    {"architecture", "", NULL, "another architecture"},
    {"state", NULL, NULL, "no training state"},
    {"metrics", NULL, NULL, "no training state"},
    {"seed", NULL, NULL, "no training state"},
    {"notes", NULL, NULL, "no training state"},
    {"digest", NULL, NULL, "no training state"},
    {"digest", "", NULL, "the digest '' cannot be read"},
    {"digest", "1 2 3", NULL, "the digest '1 2 3' cannot be read"},
    {"digest", "1 2 3 4 5", NULL, "the digest '1 2 3 4 5' cannot be read"},
    {"digest", "1 2 3 4", NULL, "another configuration"},
    {"step", NULL, NULL, "no training state"},
    {"seed", "", NULL, "seed"},
    {"seed", "1x", NULL, "seed"},
    {"step", "", NULL, "step"},
    {"step", "-1", NULL, "step"},
    {"step", "4x", NULL, "step"},
    {"step", "11", NULL, "step"},
    {"step", "99999999999999999999", NULL, "step"},
    {"state", "", NULL, "the training state is not that of a checkpoint of this version: it ends before 'status'"},
    {"state", "0 0 -1 0x1p+0 0x1p+0", NULL, "of this version: found '0', expected 'status=...'"},
    {"state", "status=0 cause=0 layer=-1", NULL, "it ends before 'loss'"},
    {"state", STATE("0", "0", "-1") " 7", NULL, "found '7' behind the last field"},
    {"state", STATE("9", "0", "-1"), NULL, "'status' is 9, expected 0 to 3"},
    {"state", STATE("0", "-1", "-1"), NULL, "'cause' is -1, expected 0 to 3"},
    {"state", STATE("3", "1", "3"), NULL, "the training state names layer 3, the network has 3"},
    {"state", STATE("3", "1", "-2"), NULL, "'layer' is -2, expected"},
    {NULL, NULL, "layers.1.bg", "no tensor 'layers.1.bg'"},
    {"state", STATE("3", "1", "2"), "layers.1.bg", "no tensor 'layers.1.bg'"},
    {NULL, NULL, "optim.m.layers.2.w", "no tensor 'optim.m.layers.2.w'"},
    {NULL, NULL, "optim.v.layers.0.c", "no tensor 'optim.v.layers.0.c'"},
};

START_TEST(refuses_damaged_checkpoints)
{
    trial t;
    qd_st_t st, bad;
    base(&t, st);
    copy_but(bad, st, damages[_i].key, damages[_i].text, damages[_i].tensor);
    refused(&t, bad, seed, damages[_i].said);
    qd_st_clear(bad);
    qd_st_clear(st);
    trial_clear(&t);
}
END_TEST

/* Not a checkpoint to go on from. */
START_TEST(refuses_a_result)
{
    trial t;
    qd_st_t st, result;
    base(&t, st);
    qd_st_init(result);
    qd_run_save(result, t.run, false);
    for (int64_t i = 0; i < result->n; i++) ck_assert(strncmp(result->tensor[i].name, "optim.", 6) != 0);
    refused(&t, result, seed, "no training state");
    qd_st_clear(result);
    qd_st_clear(st);
    trial_clear(&t);
}
END_TEST

/* ---- (g) collapse ------------------------------------------------------------------------------------ */

/* Multiplies one tensor, or sets its first number where factor is not finite. */
static void spoil(qd_run_t run, int64_t unit, const char *key, double factor)
{
    const qd_tensor *t = qd_train__tensor(run->model, unit, key);
    ck_assert_ptr_nonnull(t);
    if (!isfinite(factor)) qd_model_set_theta(run->model, t->offset, factor);
    else
        for (int64_t i = t->offset; i < t->offset + t->count; i++)
            qd_model_set_theta(run->model, i, factor * qd_model_theta(run->model, i));
}

static const struct {
    const char *model;
    int64_t unit;
    const char *key;
    double factor;
    qd_cause cause;
    int64_t layer;
} spoils[] = {
    {"\"hidden\": [6, 5, 5]", 0, "wr", NAN, QD_CAUSE_NOT_FINITE, 0},
    {"\"hidden\": [6, 5, 5]", 1, "br", NAN, QD_CAUSE_NOT_FINITE, 1},
    {"\"hidden\": [6, 5, 5]", 2, "c", INFINITY, QD_CAUSE_NOT_FINITE, 2},
    {"\"hidden\": [6, 5, 5]", 3, "w", NAN, QD_CAUSE_NOT_FINITE, 3},
    {"\"hidden\": [6, 5, 5]", 0, "wr", 1e9, QD_CAUSE_EXPLODING, 0},
    {"\"hidden\": [6, 5, 5]", 1, "wr", 1e9, QD_CAUSE_EXPLODING, 1},
    {"\"hidden\": [6, 5, 5]", 2, "bg", 1e9, QD_CAUSE_EXPLODING, 2},
    {"\"hidden\": [6, 5, 5]", 3, "w", 1e9, QD_CAUSE_EXPLODING, 3},
    {"\"hidden\": [6, 5], \"kind\": \"linear\"", 1, "w", 1e9, QD_CAUSE_EXPLODING, 1},
};

/* The checkpoint of a collapsed run holds no number that is none, and is taken up again as what it is. */
static void check_saved(trial *t)
{
    qd_st_t st;
    qd_ctx_t ctx;
    qd_run_t again;
    qd_ctx_init(ctx);
    qd_st_init(st);
    qd_run_init(again);
    bool finite = qd_run_finite(t->run);
    qd_run_save(st, t->run, true);
    ck_assert_int_eq(st->n > 0, finite);
    for (int64_t k = 0; k < st->n; k++)
        for (int64_t i = 0; i < st->tensor[k].count && strncmp(st->tensor[k].name, "layers.", 7) == 0; i++)
            ck_assert(isfinite(qd_st_get(st->tensor + k, i)));
    start(again, t);
    ck_assert_msg(qd_run_load(again, st, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert(again->status == QD_RUN_COLLAPSED && again->cause == t->run->cause && again->optim->step == t->run->optim->step);
    ck_assert_str_eq(qd_buf_str(again->metrics), qd_buf_str(t->run->metrics));
    ck_assert_int_eq(qd_run_finite(again), finite);
    qd_run_clear(again);
    qd_st_clear(st);
}

/* In the third step, which is not one with a record. */
START_TEST(collapse_says_where)
{
    trial t;
    qd_buf_t training;
    qd_buf_init(training);
    qd_buf_printf(training, "\"batch\": 0, \"steps\": 100, \"record_every\": 50, \"rate\": 1e-6, \"precision\": \"%s\"",
                  _i % 2 ? "float64" : "float32");
    trial_data(&t, REGRESSION, 40);
    configure(&t, spoils[_i / 2].model, "", training->s);
    start(t.run, &t);
    advance(t.run, 2, 2);
    ck_assert_int_eq(t.run->status, QD_RUN_GOING);
    spoil(t.run, spoils[_i / 2].unit, spoils[_i / 2].key, spoils[_i / 2].factor);
    advance(t.run, INT64_MAX, 2);
    ck_assert_str_eq(qd_run_status_name(t.run->status), "collapsed");
    ck_assert_str_eq(qd_cause_name(t.run->cause), qd_cause_name(spoils[_i / 2].cause));
    ck_assert_int_eq(t.run->layer, spoils[_i / 2].layer);
    ck_assert_int_eq(t.run->optim->step, 3);
    ck_assert_int_eq(t.run->records, 1);
    ck_assert_msg(strstr(qd_buf_str(t.run->metrics), "\n3,") != NULL, "%s", qd_buf_str(t.run->metrics));
    advance(t.run, INT64_MAX, 2);
    ck_assert_int_eq(t.run->optim->step, 3);
    check_saved(&t);
    qd_buf_clear(training);
    trial_clear(&t);
}
END_TEST

/* Plain training of a deep quadratic network at a rate that is too large: whatever the numbers are, the run ends with a cause. */
START_TEST(divergence_is_a_collapse)
{
    trial t;
    trial_data(&t, REGRESSION, 100);
    configure(&t, "\"hidden\": [16, 16, 16, 16, 16, 16]", "\"start\": \"random\"", "\"optimiser\": \"sgd\", \"rate\": 1, \"steps\": 500");
    start(t.run, &t);
    advance(t.run, INT64_MAX, 2);
    ck_assert_int_eq(t.run->status, QD_RUN_COLLAPSED);
    ck_assert(t.run->cause == QD_CAUSE_NOT_FINITE || t.run->cause == QD_CAUSE_EXPLODING);
    ck_assert_int_ge(t.run->layer, 0);
    ck_assert_int_lt(t.run->optim->step, 500);
    trial_clear(&t);
}
END_TEST

START_TEST(worse_than_constant)
{
    trial t;
    bool labels = _i;
    trial_data(&t, labels ? CLASSES : REGRESSION, 60);
    configure(&t, "\"hidden\": [6]", "", "\"rate\": 1e-9, \"steps\": 6, \"record_every\": 2, \"batch\": 0");
    start(t.run, &t);
    spoil(t.run, 1, "w", 0);
    /* the constant that is farthest from the best one: a bias of 9, or the rarest class */
    int64_t count[3] = {0}, rare = 0, at = qd_train__tensor(t.run->model, 1, "b")->offset;
    for (int64_t i = 0; labels && i < t.test->n; i++) count[t.test->label[i]]++;
    for (int c = 0; c < 3; c++) rare = count[c] < count[rare] ? c : rare;
    qd_model_set_theta(t.run->model, at + rare, 9);
    advance(t.run, 5, 2);
    ck_assert_int_eq(t.run->status, QD_RUN_GOING);
    advance(t.run, INT64_MAX, 2);
    ck_assert_int_eq(t.run->status, QD_RUN_COLLAPSED);
    ck_assert_str_eq(qd_cause_name(t.run->cause), "worse than the constant predictor");
    ck_assert_int_eq(t.run->layer, -1);
    ck_assert_int_eq(t.run->optim->step, 6);
    ck_assert(t.run->error > t.run->constant_error);
    trial_clear(&t);
}
END_TEST

/* No worse than the best constant is no collapse: a network that always says the most frequent class. */
START_TEST(as_good_as_constant)
{
    trial t;
    trial_data(&t, CLASSES, 60);
    configure(&t, "\"hidden\": [6]", "", "\"rate\": 1e-9, \"steps\": 2, \"record_every\": 2, \"batch\": 0");
    start(t.run, &t);
    spoil(t.run, 1, "w", 0);
    int64_t count[3] = {0}, often = 0, at = qd_train__tensor(t.run->model, 1, "b")->offset;
    for (int64_t i = 0; i < t.test->n; i++) count[t.test->label[i]]++;
    for (int c = 0; c < 3; c++) often = count[c] > count[often] ? c : often;
    qd_model_set_theta(t.run->model, at + often, 9);
    advance(t.run, INT64_MAX, 2);
    ck_assert_double_eq(t.run->error, 1 - (double) count[often] / (double) t.test->n);
    ck_assert_double_eq(t.run->error, t.run->constant_error);
    ck_assert_int_eq(t.run->status, QD_RUN_DONE);
    trial_clear(&t);
}
END_TEST

/* ---- records and ends --------------------------------------------------------------------------------- */

START_TEST(ends_by_steps)
{
    trial t;
    trial_data(&t, REGRESSION, 90);
    configure(&t, "\"hidden\": [12]", "", "\"steps\": 400, \"record_every\": 150, \"batch\": 32, \"rate\": 0.01, \"threshold\": 0.3");
    start(t.run, &t);
    ck_assert_int_eq(t.run->reached_step, -1);
    advance(t.run, INT64_MAX, 2);
    ck_assert_int_eq(t.run->status, QD_RUN_DONE);
    ck_assert_int_eq(t.run->records, 3);
    const char *m = qd_buf_str(t.run->metrics);
    ck_assert(strstr(m, "\n150,50,") != NULL && strstr(m, "\n300,100,") != NULL && strstr(m, "\n400,133.333,") != NULL);
    ck_assert_msg(t.run->error < 0.5 * t.run->constant_error, "error %g, QD_SEED=%lu", t.run->error, (unsigned long) seed);
    ck_assert_int_eq(t.run->reached_step, 150);
    ck_assert(t.run->best_error <= t.run->error);
    trial_clear(&t);
}
END_TEST

/* The threshold is reached by what equals it. */
START_TEST(reaches_what_it_asks_for)
{
    char training[200];
    double error = -1;
    for (int again = 0; again < 2; again++) {
        trial t;
        trial_data(&t, REGRESSION, 30);
        snprintf(training, sizeof training, "\"steps\": 10, \"record_every\": 10, \"threshold\": %.17g", again ? error : 1e-300);
        configure(&t, "\"hidden\": [4]", "", training);
        start(t.run, &t);
        advance(t.run, INT64_MAX, 2);
        ck_assert_int_eq(t.run->reached_step, again ? 10 : -1);
        error = t.run->error;
        trial_clear(&t);
    }
}
END_TEST

/* The rate is 0 but for rounding, so that nothing gets better after the first record. */
START_TEST(ends_by_patience)
{
    trial t;
    trial_data(&t, REGRESSION, 30);
    configure(&t, "\"hidden\": [4]", "", "\"steps\": 400, \"record_every\": 10, \"rate\": 1e-30, \"patience\": 3, \"batch\": 0");
    start(t.run, &t);
    spoil(t.run, 1, "w", 0); /* the constant 0 is worse than the best one */
    advance(t.run, INT64_MAX, 2);
    ck_assert_int_eq(t.run->optim->step, 40);
    ck_assert_int_eq(t.run->waited, 3);
    ck_assert_int_eq(t.run->best_step, 10);
    ck_assert_int_eq(t.run->status, t.run->error > t.run->constant_error ? QD_RUN_COLLAPSED : QD_RUN_STOPPED);
    trial_clear(&t);
}
END_TEST

/* A record a step, of the whole data: loss and error on the training data before the step. */
START_TEST(record_tells_the_training_error)
{
    trial t;
    qd_ctx_t ctx;
    int64_t index[90];
    qd_ctx_init(ctx);
    trial_data(&t, _i ? CLASSES : REGRESSION, 90);
    configure(&t, "\"hidden\": [9]", "", "\"batch\": 0, \"record_every\": 1, \"precision\": \"float64\"");
    start(t.run, &t);
    for (int64_t i = 0; i < 90; i++) index[i] = i;
    qd_batch all = {t.train, index, 90, NULL, 0, 0};
    for (int64_t step = 1; step <= 3; step++) {
        qd_result sum = {0};
        ck_assert_int_eq(qd_model_evaluate(t.run->model, &sum, NULL, &all, &t.spec->loss, ctx), QD_OK);
        advance(t.run, step, 2);
        ck_assert_double_eq_tol(t.run->loss, sum.loss / 90, 1e-12);
        ck_assert_double_eq_tol(t.run->train_error, (_i ? (double) sum.wrong : sum.squared) / 90, 1e-12);
        ck_assert(t.run->train_error > 0);
    }
    trial_clear(&t);
}
END_TEST

/* The error of a record again, from the outputs. */
START_TEST(record_tells_the_test_error)
{
    trial t;
    qd_ctx_t ctx;
    qd_result sum = {0};
    qd_ctx_init(ctx);
    trial_data(&t, REGRESSION, 100);
    configure(&t, "\"hidden\": [9]", "", "\"steps\": 30, \"record_every\": 30, \"batch\": 16, \"precision\": \"float64\"");
    start(t.run, &t);
    advance(t.run, INT64_MAX, 2);
    double squared = 0, largest = 0, y[2];
    for (int64_t i = 0; i < t.test->n; i++) {
        qd_batch one = {t.test, &i, 1, NULL, 0, 0};
        ck_assert_int_eq(qd_model_evaluate(t.run->model, &sum, y, &one, &t.spec->loss, ctx), QD_OK);
        for (int k = 0; k < 2; k++) {
            double d = fabs(y[k] - t.test->y[2 * i + k]);
            squared += d * d / 2;
            largest = fmax(largest, d);
        }
    }
    ck_assert_double_eq_tol(t.run->error, squared / (double) t.test->n, 1e-12);
    ck_assert_double_eq_tol(t.run->largest, largest, 1e-12);
    trial_clear(&t);
}
END_TEST

int main(void)
{
    seed = test_seed();
    Suite *suite = suite_create("run");
    TCase *tc = tcase_create("run");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, ratio_zero_is_conventional_dense, 0, 5 * 2 * COUNT(optimisers));
    tcase_add_loop_test(tc, ratio_zero_is_conventional_resnet, 0, 2 * COUNT(filters));
    tcase_add_loop_test(tc, threads_change_no_bit, 0, COUNT(runs));
    tcase_add_loop_test(tc, goes_on_from_a_checkpoint, 0, COUNT(runs));
    tcase_add_test(tc, a_budget_ends_inside_a_step);
    tcase_add_loop_test(tc, refuses_checkpoints_of_other_runs, 0, COUNT(others));
    tcase_add_loop_test(tc, refuses_checkpoints_of_other_data, 0, 12);
    tcase_add_test(tc, files_of_a_run);
    tcase_add_loop_test(tc, refuses_damaged_checkpoints, 0, COUNT(damages));
    tcase_add_test(tc, refuses_a_result);
    tcase_add_loop_test(tc, collapse_says_where, 0, 2 * COUNT(spoils));
    tcase_add_test(tc, divergence_is_a_collapse);
    tcase_add_loop_test(tc, worse_than_constant, 0, 2);
    tcase_add_test(tc, as_good_as_constant);
    tcase_add_test(tc, ends_by_steps);
    tcase_add_test(tc, reaches_what_it_asks_for);
    tcase_add_test(tc, ends_by_patience);
    tcase_add_loop_test(tc, record_tells_the_training_error, 0, 2);
    tcase_add_test(tc, record_tells_the_test_error);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
