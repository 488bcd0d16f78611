/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first losses of small quadratic networks against PyTorch's: tests/reference/train_torch.py made them. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "train/impl.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))
#define STEPS 50
#define SAMPLES 32

/* See the script. */
static double one(uint32_t *x)
{
    *x = (1103515245u * *x + 12345u) & 0x7fffffffu;
    return *x / 1073741824.0 - 1;
}

static const struct {
    const char *name;
    int64_t depth, widths[4];
    bool classes;
} networks[] = {
    {"1-8-8-1", 3, {1, 8, 8, 1}, false},
    {"2-6-3", 2, {2, 6, 3}, true},
};

static const struct {
    const char *name;
    qd_optim_spec spec;
} optimisers[] = {
    {"sgd", {.type = QD_SGD, .rate = 0.02, .momentum = 0.9, .gamma_g = 1, .gamma_b = 1}},
    {"sgd-nesterov", {.type = QD_SGD, .rate = 0.02, .momentum = 0.8, .nesterov = true, .decay = 0.05, .gamma_g = 0.1, .gamma_b = 0.5}},
    {"adam", {.type = QD_ADAM, .rate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .gamma_g = 1, .gamma_b = 1}},
    {"adam-decay",
     {.type = QD_ADAM, .rate = 0.01, .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-6, .decay = 0.05, .gamma_g = 0.1, .gamma_b = 0.01}},
    {"adamw", {.type = QD_ADAMW, .rate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .decay = 0.5, .gamma_g = 0.3, .gamma_b = 0.7}},
    {"rmsprop", {.type = QD_RMSPROP, .rate = 0.002, .alpha = 0.9, .eps = 1e-8, .gamma_g = 1, .gamma_b = 1}},
    {"rmsprop-momentum",
     {.type = QD_RMSPROP, .rate = 0.002, .alpha = 0.99, .eps = 1e-8, .momentum = 0.5, .decay = 0.05, .gamma_g = 0.1, .gamma_b = 0.2}},
};

/* Scale of a parameter's numbers around its conventional value. */
static double scale_of(const char *key)
{
    return !strcmp(key, "wr") ? 1 : !strcmp(key, "br") || !strcmp(key, "w") || !strcmp(key, "b") ? 0.5 : 0.25;
}

static void set_up(qd_model_t model, qd_data_t data, int network, qd_dtype dtype)
{
    uint32_t x = 1;
    qd_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_spec_init(spec);
    qd_spec_dense(spec, networks[network].widths, networks[network].depth, qd_neuron_make(QD_QUADRATIC, QD_RELU));
    qd_model_init(model);
    ck_assert_msg(qd_model_create(model, spec, dtype, SAMPLES, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        for (int64_t i = 0; i < t->count; i++)
            qd_model_set_theta(model, t->offset + i, t->origin + scale_of(strrchr(t->name, '.') + 1) * one(&x));
    }
    int64_t inputs = spec->channels, outputs = networks[network].widths[networks[network].depth];
    qd_data_init(data);
    data->n = SAMPLES;
    data->channels = inputs;
    data->height = data->width = 1;
    data->outputs = outputs;
    data->x = qd_malloc((size_t) (SAMPLES * inputs) * sizeof *data->x);
    for (int64_t i = 0; i < SAMPLES * inputs; i++) data->x[i] = one(&x);
    if (networks[network].classes) data->label = qd_malloc(SAMPLES * sizeof *data->label);
    else data->y = qd_malloc((size_t) (SAMPLES * outputs) * sizeof *data->y);
    for (int64_t i = 0; i < SAMPLES; i++)
        if (networks[network].classes) data->label[i] = (int32_t) ((one(&x) + 1) / 2 * (double) outputs);
        else
            for (int64_t o = 0; o < outputs; o++) data->y[i * outputs + o] = one(&x);
    qd_spec_clear(spec);
}

/* The losses of one run in the table. */
static void published(double loss[STEPS], const char *network, const char *optimiser)
{
    char line[200], name[40], type[40];
    FILE *f = fopen("tests/reference/train_torch.csv", "r");
    ck_assert_msg(f != NULL, "the table is missing: tests run in the project's folder");
    int found = 0, step;
    double x;
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "%39[^,],%39[^,],%d,%lf", name, type, &step, &x) != 4 || strcmp(name, network) || strcmp(type, optimiser))
            continue;
        ck_assert_int_eq(step, found);
        loss[found++] = x;
    }
    fclose(f);
    ck_assert_int_eq(found, STEPS);
}

START_TEST(losses_are_pytorchs)
{
    int network = _i % COUNT(networks), optimiser = _i / COUNT(networks) % COUNT(optimisers);
    qd_dtype dtype = _i / COUNT(networks) / COUNT(optimisers) ? QD_F32 : QD_F64;
    double want[STEPS], tolerance = dtype == QD_F64 ? 1e-10 : 1e-4;
    int64_t index[SAMPLES];
    qd_loss loss = {networks[network].classes ? QD_LOSS_CROSS_ENTROPY : QD_LOSS_SQUARED, 1, 0};
    qd_model_t model;
    qd_data_t data;
    qd_optim_t optim;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_optim_init(optim);
    set_up(model, data, network, dtype);
    qd_optim_start(optim, &optimisers[optimiser].spec, model);
    published(want, networks[network].name, optimisers[optimiser].name);
    for (int64_t i = 0; i < SAMPLES; i++) index[i] = i;
    for (int step = 0; step < STEPS; step++) {
        qd_batch batch = {data, index, SAMPLES, NULL, 0, 0};
        qd_result result = {0};
        ck_assert_int_eq(qd_optim_step(optim, model, &result, &batch, &loss, ctx), QD_OK);
        double got = result.loss / SAMPLES;
        ck_assert_msg(fabs(got - want[step]) <= tolerance * want[step], "%s, %s, step %d: loss %.17g, PyTorch %.17g",
                      networks[network].name, optimisers[optimiser].name, step, got, want[step]);
    }
    qd_optim_clear(optim);
    qd_data_clear(data);
    qd_model_clear(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("torch");
    TCase *tc = tcase_create("torch");
    tcase_add_loop_test(tc, losses_are_pytorchs, 0, 2 * COUNT(networks) * COUNT(optimisers));
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
