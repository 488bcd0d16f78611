/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations of runs: what they mean, layers and their order, what is printed reads back as the same, and what is said of
   those that cannot be meant. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "train/impl.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

/* ---- data to be configured for: what matters is their shape --------------------------------------- */

typedef enum { NUMBERS, LABELS, PICTURES } shape;

static void make_data(qd_data_t data, shape s)
{
    qd_data_init(data);
    data->n = 100;
    data->channels = s == PICTURES ? 3 : 2;
    data->height = data->width = data->height0 = data->width0 = s == PICTURES ? 8 : 1;
    data->outputs = s == NUMBERS ? 1 : 4;
    if (s == PICTURES) data->pixel = qd_calloc(100, 3 * 64);
    else data->x = qd_calloc(100 * 2, sizeof *data->x);
    if (s == NUMBERS) data->y = qd_calloc(100, sizeof *data->y);
    else data->label = qd_calloc(100, sizeof *data->label);
}

/* Reads up to three layers of YAML, the most specific first. */
static qd_status read_layers(qd_run_spec_t spec, const char *const *text, int n, shape s, qd_ctx_t ctx)
{
    qd_doc_t doc[3];
    qd_data_t data;
    qd_config config = {n, {0}};
    qd_status st = QD_OK;
    make_data(data, s);
    for (int i = 0; i < n; i++) {
        qd_doc_init(doc[i]);
        ck_assert_msg(qd_doc_parse(doc[i], text[i], strlen(text[i]), QD_YAML, ctx) == QD_OK, "%s in\n%s", qd_ctx_message(ctx), text[i]);
        config.layer[i] = qd_doc_root(doc[i]);
        if (st == QD_OK) st = qd_config_check(config.layer[i], ctx);
    }
    if (st == QD_OK) st = qd_run_spec_read(spec, &config, data, ctx);
    for (int i = 0; i < n; i++) qd_doc_clear(doc[i]);
    qd_data_clear(data);
    return st;
}

static void read_one(qd_run_spec_t spec, const char *text, shape s)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_run_spec_init(spec);
    ck_assert_msg(read_layers(spec, &text, 1, s, ctx) == QD_OK, "%s in\n%s", qd_ctx_message(ctx), text);
}

/* ---- what is meant ----------------------------------------------------------------------------------- */

START_TEST(defaults)
{
    qd_run_spec_t spec;
    read_one(spec, "model: {hidden: [8, 8]}\n", NUMBERS);
    ck_assert_int_eq(spec->model->nunits, 3);
    ck_assert_int_eq(spec->model->unit[0].neuron.kind, QD_QUADRATIC);
    ck_assert_int_eq(spec->model->unit[0].neuron.act, QD_RELU);
    ck_assert_int_eq(spec->model->unit[2].neuron.kind, QD_LINEAR);
    ck_assert_int_eq(spec->model->unit[2].out, 1);
    ck_assert_int_eq(spec->model->channels, 2);
    ck_assert(spec->dtype == QD_F32 && spec->start.relinear && spec->start.weights == QD_WEIGHTS_HE && spec->start.from == NULL);
    ck_assert(spec->optim.type == QD_ADAM && spec->optim.rate == 1e-3 && spec->optim.gamma_g == 0.1 && spec->optim.gamma_b == 0.1);
    ck_assert(spec->loss.type == QD_LOSS_SQUARED && spec->batch == 64 && spec->steps == 2000 && spec->record_every == 100 &&
              spec->largest_rms == 1e6);
    ck_assert(spec->patience == 0 && spec->threshold == 0 && !spec->augment.flip && spec->augment.crop == 0);
    qd_run_spec_clear(spec);
}
END_TEST

/* Ratios that follow from what is said. */
static const struct {
    const char *strategy, *optimiser;
    double g, b;
} ratios[] = {
    {"{}", "adam", 0.1, 0.1},
    {"{}", "sgd", 0.01, 0.01},
    {"{start: random}", "sgd", 1, 1},
    {"{gamma: 0.5}", "sgd", 0.5, 0.5},
    {"{gamma: 0.5, gamma_b: 0}", "sgd", 0.5, 0},
    {"{gamma_g: 0.25}", "adam", 0.25, 1},
    {"{alpha: 0.1}", "adam", 1, 1},
    {"{beta_b: 0.1}", "adam", 1, 1},
    {"{gamma: 0}", "adam", 0, 0},
};

START_TEST(ratio_defaults)
{
    qd_run_spec_t spec;
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_printf(text, "model: {hidden: [3]}\nstrategy: %s\ntraining: {optimiser: %s}\n", ratios[_i].strategy, ratios[_i].optimiser);
    read_one(spec, text->s, NUMBERS);
    ck_assert_double_eq(spec->optim.gamma_g, ratios[_i].g);
    ck_assert_double_eq(spec->optim.gamma_b, ratios[_i].b);
    qd_run_spec_clear(spec);
    qd_buf_clear(text);
}
END_TEST

START_TEST(epochs_are_steps)
{
    qd_run_spec_t spec;
    read_one(
        spec,
        "model: {hidden: [3]}\ntraining: {batch: 30, epochs: 5, schedule: {type: step, at_epochs: [2, 3], factor: 0.5, warmup_epochs: 1}}\n",
        LABELS);
    ck_assert_int_eq(spec->steps, 20); /* 100 samples: 4 steps, the last one smaller */
    ck_assert_int_eq(spec->record_every, 4);
    const qd_schedule *s = &spec->optim.schedule;
    ck_assert(s->type == QD_SCHEDULE_STEP && s->nmilestones == 2 && s->milestone[0] == 8 && s->milestone[1] == 12 && s->factor == 0.5 &&
              s->warmup == 4);
    ck_assert_int_eq(s->total, 20);
    ck_assert_int_eq(spec->loss.type, QD_LOSS_CROSS_ENTROPY);
    qd_run_spec_clear(spec);
}
END_TEST

START_TEST(first_layer_wins)
{
    static const char *const layers[] = {
        "strategy: {gamma: 0.5}\ntraining: {rate: 0.25}\nother: {rate: 7}\n",
        "model: {network: qresnet8, kind: null}\ntraining: {rate: 0.5, batch: 7}\n",
        "model: {hidden: [4], kind: linear}\nstrategy: {gamma: 0.1, weights: uniform}\ntraining: {rate: 1, batch: 9, decay: 0.125}\n",
    };
    qd_run_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_run_spec_init(spec);
    ck_assert_msg(read_layers(spec, layers, 3, PICTURES, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert(spec->optim.rate == 0.25 && spec->batch == 7 && spec->optim.decay == 0.125 && spec->optim.gamma_g == 0.5);
    ck_assert_int_eq(spec->start.weights, QD_WEIGHTS_UNIFORM);
    ck_assert_str_eq(spec->model->name, "qresnet8");
    qd_run_spec_clear(spec);
}
END_TEST

/* One layer says how long the run takes in steps, another one in epochs: the first layer's word counts. */
START_TEST(first_layer_wins_in_steps_or_epochs)
{
    static const char *const layers[] = {"training: {steps: 7}\n", "model: {hidden: [4]}\ntraining: {epochs: 3, batch: 50}\n"};
    const char *swapped[] = {layers[1], layers[0]};
    qd_run_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_run_spec_init(spec);
    ck_assert_msg(read_layers(spec, _i ? swapped : layers, 2, NUMBERS, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(spec->steps, _i ? 6 : 7);
    ck_assert_int_eq(spec->record_every, _i ? 2 : 100);
    qd_run_spec_clear(spec);
}
END_TEST

/* ---- print and read ------------------------------------------------------------------------------------- */

static const struct {
    shape shape;
    const char *text;
} good[] = {
    {NUMBERS, "model: {hidden: []}\n"},
    {NUMBERS, "model: {hidden: [], kind: linear, activation: identity}\n"}, /* what the last layer is */
    {NUMBERS, "model: {hidden: [3, 4], kind: full, activation: leaky_relu, slope: 0.1}\nstrategy: {start: random, weights: uniform}\n"},
    {NUMBERS, "model: {hidden: [3], kind: power, activation: 'power:3'}\nstrategy: {start: random}\n"},
    {NUMBERS,
     "model: {hidden: [3], kind: compact, activation: square}\ntraining: {loss: huber, delta: 0.3, optimiser: rmsprop, smooth: 0.9, momentum: 0.3}\n"},
    {NUMBERS, "model: {hidden: [3]}\ntraining: {rate: 1e-7, eps: 1e-12, decay: 0.1234567890123456789, clip: 3, steps: 1, batch: 0}\n"},
    {LABELS,
     "model: {layers: [{kind: quadratic, out: 5, activation: abs}, {out: 6}, {out: 4}]}\nstrategy: {gamma_g: 0.25, alpha_b: 3, beta: 1e-3}\n"},
    {LABELS,
     "model: {hidden: [7]}\ntraining: {smoothing: 0.1, schedule: {type: cosine, final: 1e-5, warmup_steps: 3}, patience: 4, threshold: 0.01}\n"},
    {LABELS,
     "model: {hidden: [7]}\nstrategy: {from: 'a \"quoted\" file.safetensors'}\ntraining: {optimiser: sgd, momentum: 0.9, nesterov: true}\n"},
    {LABELS,
     "model: {hidden: [7]}\nstrategy: {from: null}\ntraining: {optimiser: adamw, beta1: 0.5, beta2: 0.75, epochs: 3, precision: float64}\n"},
    {LABELS, "model: {hidden: [7], kind: linear}\nstrategy: {from: 'a.safetensors'}\n"},
    {LABELS, "model: {hidden: [7], kind: product_linear}\nstrategy: {from: 'a.safetensors', weights: uniform, gamma_g: 0.5}\n"},
    {LABELS, "model: {hidden: [7], kind: linear}\nstrategy: {weights: uniform}\ntraining: {decay: 0.1}\n"},
    {LABELS, "model: {hidden: [7]}\ntraining: {decay: 0.1, decay_to: zero}\n"},
    {LABELS, "model: {hidden: [7]}\nstrategy: {start: random}\ntraining: {decay: 0.1, decay_to: conventional}\n"},
    {LABELS, "model: {hidden: [7], rezero: null}\nstrategy: null\ntraining: {momentum: null, rate: null}\n"},
    {PICTURES,
     "model: {network: cresnet14-b1, rezero: true}\ntraining: {flip: true, crop: 4, batch: 10, epochs: 4, schedule: {type: step, at_epochs: [1, 3]}}\n"},
    {PICTURES,
     "model: {layers: [{type: conv, out: 4, norm: true}, {type: conv, kind: quadratic, out: 4, norm: true, shortcut: 1, gate: true}, {out: 4}]}\n"},
    {PICTURES,
     "model: {layers: [{type: conv, kind: compact, out: 4, size: 1, stride: 2, pad: 0, biases: 2}, {kind: product, out: 5}, {out: 4}]}\n"},
};

#define SAME(field) ck_assert_msg(a->field == b->field, "another " #field)

static void same_numbers(const qd_run_spec_t a, const qd_run_spec_t b)
{
    SAME(dtype), SAME(batch), SAME(steps), SAME(record_every), SAME(patience), SAME(threshold), SAME(largest_rms);
    SAME(start.relinear), SAME(start.weights), SAME(augment.flip), SAME(augment.crop), SAME(loss.type), SAME(loss.delta),
        SAME(loss.smoothing);
    SAME(optim.type), SAME(optim.rate), SAME(optim.momentum), SAME(optim.nesterov), SAME(optim.beta1), SAME(optim.beta2), SAME(optim.alpha);
    SAME(optim.eps), SAME(optim.decay), SAME(optim.decay_to_zero), SAME(optim.clip), SAME(optim.gamma_g), SAME(optim.gamma_b),
        SAME(optim.alpha_g), SAME(optim.alpha_b);
    SAME(optim.beta_g), SAME(optim.beta_b), SAME(optim.schedule.type), SAME(optim.schedule.warmup), SAME(optim.schedule.total);
}

static void print_spec(qd_buf_t out, const qd_run_spec_t spec)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_run_spec_json(w, spec);
    qd_json_end(w);
    qd_json_end(w);
    qd_json_finish(w);
}

START_TEST(print_then_read)
{
    qd_run_spec_t spec, again;
    qd_buf_t text, second;
    qd_buf_init(text);
    qd_buf_init(second);
    read_one(spec, good[_i].text, good[_i].shape);
    print_spec(text, spec);
    read_one(again, text->s, good[_i].shape);
    print_spec(second, again);
    ck_assert_str_eq(text->s, second->s);
    same_numbers(spec, again);
    for (int64_t k = 0; k < 30; k++) ck_assert_double_eq(qd_schedule_rate(&spec->optim, k), qd_schedule_rate(&again->optim, k));
    ck_assert((spec->start.from == NULL) == (again->start.from == NULL));
    if (spec->start.from != NULL) ck_assert_str_eq(spec->start.from, again->start.from);
    qd_run_spec_clear(spec);
    qd_run_spec_clear(again);
    qd_buf_clear(text);
    qd_buf_clear(second);
}
END_TEST

/* ---- what cannot be meant --------------------------------------------------------------------------------- */

/* key: value stands on line 3 of the configuration, in the block; said: a part of the message. */
static const struct {
    shape shape;
    const char *block, *line, *said;
} bad[] = {
    {NUMBERS, "training", "learning_rate: 0.1", "unknown key 'learning_rate' in training; known keys are 'optimiser'"},
    {NUMBERS, "strategy", "gama: 0.1", "unknown key 'gama' in strategy"},
    {NUMBERS, "training", "rate: 0", "'rate' is 0; expected a learning rate above 0"},
    {NUMBERS, "training", "rate: -0.1", "'rate' is -0.1"},
    {NUMBERS, "training", "rate: .nan", "'rate'"},
    {NUMBERS, "training", "rate: NaN", "'rate'"},
    {NUMBERS, "training", "rate: inf", "'rate'"},
    {NUMBERS, "training", "rate: 1e400", "'rate'"},
    {NUMBERS, "training", "rate: fast", "'rate'"},
    {NUMBERS, "training", "rate: [1]", "'rate'"},
    {NUMBERS, "training", "optimiser: adagrad", "unknown optimiser 'adagrad'; expected sgd, adam, adamw or rmsprop"},
    {NUMBERS, "training", "optimiser: 3", "'optimiser'"},
    {NUMBERS, "training", "momentum: -0.1", "'momentum'"},
    {NUMBERS, "training", "momentum: 1.5", "'momentum'"},
    {NUMBERS, "training", "nesterov: true\n  optimiser: sgd", "'nesterov' has no effect without a 'momentum' above 0"},
    {NUMBERS, "training", "nesterov: 1", "'nesterov'"},
    {NUMBERS, "training", "beta1: 1", "'beta1'"},
    {NUMBERS, "training", "beta2: 1", "'beta2'"},
    {NUMBERS, "training", "beta2: -1", "'beta2'"},
    {NUMBERS, "training", "smooth: 1.1", "'smooth'"},
    {NUMBERS, "training", "eps: -1e-8", "'eps'"},
    {NUMBERS, "training", "decay: -1", "'decay'"},
    {NUMBERS, "training", "clip: -1", "'clip'"},
    {NUMBERS, "training", "batch: -1", "'batch'"},
    {NUMBERS, "training", "batch: 1.5", "'batch'"},
    {NUMBERS, "training", "steps: 0", "'steps'"},
    {NUMBERS, "training", "steps: -3", "'steps'"},
    {NUMBERS, "training", "steps: 99999999999999999999", "'steps'"},
    {NUMBERS, "training", "epochs: 0", "'epochs'"},
    {NUMBERS, "training", "epochs: 3\n  steps: 4", "both 'steps' and 'epochs' in 'training'; expected one of them"},
    {NUMBERS, "training", "record_every: 0", "'record_every'"},
    {NUMBERS, "training", "patience: -1", "'patience'"},
    {NUMBERS, "training", "threshold: -1", "'threshold'"},
    {NUMBERS, "training", "largest_rms: 0", "'largest_rms'"},
    {NUMBERS, "training", "precision: float16", "unknown precision 'float16'; expected float32 or float64"},
    {NUMBERS, "training", "loss: cross_entropy", "'loss' is cross_entropy"},
    {NUMBERS, "training", "loss: hinge", "unknown loss 'hinge'"},
    {LABELS, "training", "loss: squared", "'loss' is not cross_entropy"},
    {NUMBERS, "training", "delta: 0", "'delta'"},
    {LABELS, "training", "smoothing: 1", "'smoothing'"},
    {LABELS, "training", "smoothing: -0.1", "'smoothing'"},
    {LABELS, "training", "flip: true", "'flip' has no effect without pictures (idx or cifar10 data)"},
    {LABELS, "training", "crop: 2", "'crop' has no effect without pictures"},
    {PICTURES, "training", "crop: -2", "'crop'"},
    {NUMBERS, "training", "schedule: cosine", "'schedule'"},
    {NUMBERS, "training", "schedule: {type: linear}", "unknown type 'linear'"},
    {NUMBERS, "training", "schedule: {kind: step}", "unknown key 'kind' in schedule"},
    {NUMBERS, "training", "schedule: {type: step}", "without milestones"},
    {NUMBERS, "training", "schedule: {type: step, at_steps: [0]}", "milestone"},
    {NUMBERS, "training", "schedule: {type: step, at_steps: [5, 5]}", "milestone"},
    {NUMBERS, "training", "schedule: {type: step, at_steps: 5}", "milestone"},
    {NUMBERS, "training", "schedule: {type: step, at_steps: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", "17 milestones"},
    {NUMBERS, "training", "schedule: {type: step, at_steps: [5], at_epochs: [1]}", "both 'at_steps' and 'at_epochs'"},
    {NUMBERS, "training", "schedule: {warmup_steps: 5, warmup_epochs: 1}", "both 'warmup_steps' and 'warmup_epochs'"},
    {NUMBERS, "training", "schedule: {warmup_steps: -5}", "'warmup_steps'"},
    {NUMBERS, "training", "schedule: {type: cosine, final: -1}", "'final'"},
    {NUMBERS, "strategy", "start: zero", "unknown start 'zero'; expected random or relinear"},
    {NUMBERS, "strategy", "weights: xavier", "unknown weights 'xavier'; expected he or uniform"},
    {NUMBERS, "strategy", "gamma: -1", "'gamma'"},
    {NUMBERS, "strategy", "gamma_g: nan", "'gamma_g'"},
    {NUMBERS, "strategy", "alpha_b: -1", "'alpha_b'"},
    {NUMBERS, "strategy", "beta: x", "'beta'"},
    {NUMBERS, "strategy", "from: 3", "'from'"},
    {NUMBERS, "training", "decay_to: start\n  decay: 1", "unknown decay_to 'start'; expected conventional or zero"},
};

/* ---- what has no effect --------------------------------------------------------------------------------- */

/* `idle` says the key (first of all) where it does nothing, `live` where it does something. */
static const struct {
    shape shape;
    const char *block, *key, *idle, *without, *live;
} effects[] = {
    {PICTURES, "model", "rezero", "model: {rezero: true, hidden: [3]}", "'network'", "model: {rezero: true, network: resnet8}"},
    {PICTURES, "model", "kind", "model: {kind: full, network: resnet8}", "'hidden'", "model: {kind: full, hidden: [3]}"},
    {PICTURES, "model", "activation", "model: {activation: abs, layers: [{out: 4}]}", "'hidden'", "model: {activation: abs, hidden: [3]}"},
    {NUMBERS, "model", "kind", "model: {kind: quadratic, hidden: []}", "a hidden layer: the last layer is linear",
     "model: {kind: linear, hidden: [3]}"},
    {NUMBERS, "model", "activation", "model: {activation: relu, hidden: []}", "a hidden layer: the last layer has none",
     "model: {activation: identity, hidden: [3]}"},
    {LABELS, "model", "slope", "model: {slope: 0.5, layers: [{out: 3, activation: leaky_relu}, {out: 4}]}", "'hidden'",
     "model: {slope: 0.5, hidden: [3], activation: leaky_relu}"},
    {LABELS, "model", "slope", "model: {slope: 0.5, hidden: [3]}", "the activation leaky_relu",
     "model: {slope: 0.5, hidden: [3], activation: leaky_relu}"},
    {LABELS, "model", "slope", "model: {layers: [{out: 3, slope: 0.5}, {out: 4}]}", "the activation leaky_relu",
     "model: {layers: [{out: 3, slope: 0.5, activation: leaky_relu}, {out: 4}]}"},
    {NUMBERS, "strategy", "start", "strategy: {start: random}\nmodel: {hidden: [3], kind: linear}", "neurons that are not conventional",
     "strategy: {start: random}\nmodel: {hidden: [3], kind: power}"},
    {NUMBERS, "strategy", "weights", "strategy: {weights: he, from: a}\nmodel: {hidden: [3]}", "weights to draw",
     "strategy: {weights: uniform, from: a}\nmodel: {hidden: [3], kind: product_linear}"},
    {NUMBERS, "strategy", "gamma", "strategy: {gamma: 0.1}\nmodel: {hidden: [3], kind: linear}",
     "neurons with weights of ReLinear's groups", "strategy: {gamma: 0.3}\nmodel: {hidden: [3], kind: compact}"},
    {NUMBERS, "strategy", "gamma", "strategy: {gamma: 0.1, gamma_g: 1, gamma_b: 1}\nmodel: {hidden: [3]}", "a group that 'gamma_g'",
     "strategy: {gamma: 0.1, gamma_g: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "gamma", "strategy: {gamma: 0.1, gamma_b: 1}\nmodel: {hidden: [3], kind: full}", "a group that 'gamma_g'",
     "strategy: {gamma: 0.1, gamma_b: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "gamma_g", "strategy: {gamma_g: 0.1}\nmodel: {hidden: [3], kind: compact}", "neurons with weights wg, bg",
     "strategy: {gamma_g: 0.3}\nmodel: {hidden: [3], kind: product}"},
    {NUMBERS, "strategy", "gamma_b", "strategy: {gamma_b: 0.1}\nmodel: {hidden: [3], kind: product}", "neurons with weights wb, c or a",
     "strategy: {gamma_b: 0.3}\nmodel: {hidden: [3], kind: full}"},
    {NUMBERS, "strategy", "alpha", "strategy: {start: random, alpha: 1}\nmodel: {hidden: [3], kind: power}",
     "neurons with weights of ReLinear's groups", "strategy: {start: random, alpha: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "alpha", "strategy: {alpha: 1, alpha_b: 1, alpha_g: 0}\nmodel: {hidden: [3]}", "a group that 'alpha_g'",
     "strategy: {alpha: 1, alpha_b: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "alpha_g", "strategy: {alpha_g: 1}\nmodel: {hidden: [3], kind: full}", "neurons with weights wg, bg",
     "strategy: {alpha_g: 1}\nmodel: {hidden: [3], kind: product_linear}"},
    {NUMBERS, "strategy", "alpha_b", "strategy: {alpha_b: 1}\nmodel: {hidden: [3], kind: product_linear}",
     "neurons with weights wb, c or a", "strategy: {alpha_b: 1}\nmodel: {hidden: [3], kind: compact}"},
    {NUMBERS, "strategy", "beta", "strategy: {beta: 1}\nmodel: {hidden: [3], kind: linear}", "neurons with weights of ReLinear's groups",
     "strategy: {beta: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "beta", "strategy: {beta: 1, beta_b: 1, beta_g: 0}\nmodel: {hidden: [3]}", "a group that 'beta_g'",
     "strategy: {beta: 1, beta_b: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "beta_g", "strategy: {beta_g: 1}\nmodel: {hidden: [3], kind: linear}", "neurons with weights wg, bg",
     "strategy: {beta_g: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "beta_b", "strategy: {beta_b: 1}\nmodel: {hidden: [3], kind: linear}", "neurons with weights wb, c or a",
     "strategy: {beta_b: 1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "alpha", "strategy: {alpha: 1, gamma: 0}\nmodel: {hidden: [3]}", "a group that moves: its gamma is 0",
     "strategy: {alpha: 1, gamma_g: 0}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "alpha", "strategy: {alpha: 1, gamma_g: 0, alpha_b: 2}\nmodel: {hidden: [3]}", "a group that 'alpha_g'",
     "strategy: {alpha: 1, gamma_b: 0, alpha_b: null}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "alpha_g", "strategy: {alpha_g: 1, gamma: 0.1, gamma_g: 0}\nmodel: {hidden: [3]}",
     "a 'gamma' or 'gamma_g' above 0", "strategy: {alpha_g: 1, gamma: 0, gamma_g: 0.1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "alpha_b", "strategy: {alpha_b: 1, gamma: 0}\nmodel: {hidden: [3], kind: full}", "a 'gamma' or 'gamma_b' above 0",
     "strategy: {alpha_b: 1, gamma: 0.5}\nmodel: {hidden: [3], kind: full}"},
    {NUMBERS, "strategy", "beta", "strategy: {beta: 1, start: random, gamma: 0}\nmodel: {hidden: [3]}",
     "a group that moves: its gamma is 0", "strategy: {beta: 1, start: random}\nmodel: {hidden: [3]}"},
    {NUMBERS, "strategy", "beta_g", "strategy: {beta_g: 1, gamma_g: 0}\nmodel: {hidden: [3], kind: product}",
     "a 'gamma' or 'gamma_g' above 0", "strategy: {beta_g: 1}\nmodel: {hidden: [3], kind: product}"},
    {NUMBERS, "strategy", "beta_b", "strategy: {beta_b: 1, gamma_b: 0}\nmodel: {hidden: [3]}", "a 'gamma' or 'gamma_b' above 0",
     "strategy: {beta_b: 1, gamma_g: 0}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "decay_to", "training: {decay_to: zero, decay: 0.1}\nstrategy: {gamma_g: 0}\nmodel: {hidden: [3]}",
     "a 'gamma' or 'gamma_g' above 0", "training: {decay_to: zero, decay: 0.1}\nstrategy: {gamma_b: 0}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "momentum", "training: {momentum: 0.9, optimiser: adamw}\nmodel: {hidden: [3]}", "the optimiser sgd or rmsprop",
     "training: {momentum: 0.9, optimiser: rmsprop}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "nesterov", "training: {nesterov: true, optimiser: rmsprop, momentum: 0.9}\nmodel: {hidden: [3]}",
     "the optimiser sgd", "training: {nesterov: true, optimiser: sgd, momentum: 0.9}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "nesterov", "training: {nesterov: true, optimiser: sgd, momentum: 0}\nmodel: {hidden: [3]}",
     "a 'momentum' above 0", "training: {nesterov: true, optimiser: sgd, momentum: 0.5}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "beta1", "training: {beta1: 0.5, optimiser: sgd}\nmodel: {hidden: [3]}", "the optimiser adam or adamw",
     "training: {beta1: 0.5}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "beta2", "training: {beta2: 0.5, optimiser: rmsprop}\nmodel: {hidden: [3]}", "the optimiser adam or adamw",
     "training: {beta2: 0.5, optimiser: adamw}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "smooth", "training: {smooth: 0.5}\nmodel: {hidden: [3]}", "the optimiser rmsprop",
     "training: {smooth: 0.5, optimiser: rmsprop}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "eps", "training: {eps: 1e-3, optimiser: sgd}\nmodel: {hidden: [3]}", "the optimiser adam, adamw or rmsprop",
     "training: {eps: 1e-3, optimiser: rmsprop}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "decay_to", "training: {decay_to: zero}\nmodel: {hidden: [3]}", "a 'decay' above 0",
     "training: {decay_to: zero, decay: 0.1}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "decay_to", "training: {decay_to: zero, decay: 0.1}\nmodel: {hidden: [3], kind: compact}", "neurons with a bg",
     "training: {decay_to: zero, optimiser: adamw}\nmodel: {hidden: [3], kind: product}"},
    {NUMBERS, "training", "delta", "training: {delta: 3}\nmodel: {hidden: [3]}", "the loss huber",
     "training: {delta: 3, loss: huber}\nmodel: {hidden: [3]}"},
    {NUMBERS, "training", "smoothing", "training: {smoothing: 0.1, loss: huber}\nmodel: {hidden: [3]}", "the loss cross_entropy", NULL},
    {LABELS, "training", "flip", "training: {flip: true}\nmodel: {hidden: [3]}", "pictures (idx or cifar10 data)", NULL},
    {LABELS, "training", "crop", "training: {crop: 3}\nmodel: {hidden: [3]}", "pictures (idx or cifar10 data)", NULL},
    {NUMBERS, "schedule", "factor", "training: {schedule: {factor: 0.5, type: cosine}}\nmodel: {hidden: [3]}", "the type step",
     "training: {schedule: {factor: 0.5, type: step, at_steps: [3]}}\nmodel: {hidden: [3]}"},
    {NUMBERS, "schedule", "at_steps", "training: {schedule: {at_steps: [3], type: cosine}}\nmodel: {hidden: [3]}", "the type step",
     "training: {schedule: {at_steps: [3], type: step}}\nmodel: {hidden: [3]}"},
    {NUMBERS, "schedule", "at_epochs", "training: {schedule: {at_epochs: [3]}}\nmodel: {hidden: [3]}", "the type step",
     "training: {schedule: {at_epochs: [3], type: step}}\nmodel: {hidden: [3]}"},
    {NUMBERS, "schedule", "final", "training: {schedule: {final: 0.5, type: step, at_steps: [3]}}\nmodel: {hidden: [3]}", "the type cosine",
     "training: {schedule: {final: 0.5, type: cosine}}\nmodel: {hidden: [3]}"},
};

static void check_refused(const char *text, shape s, const char *said, const char *place);

START_TEST(refuses_what_has_no_effect)
{
    char said[200];
    snprintf(said, sizeof said, "'%s' has no effect without %s", effects[_i].key, effects[_i].without);
    check_refused(effects[_i].idle, effects[_i].shape, said, "line 1, column");
    if (effects[_i].live == NULL) return;
    qd_run_spec_t spec;
    read_one(spec, effects[_i].live, effects[_i].shape);
    qd_run_spec_clear(spec);
}
END_TEST

/* And what is accepted changes the run: without the key, which an entry above takes back with null, it is another one. */
START_TEST(accepts_what_has_an_effect)
{
    if (effects[_i].live == NULL || !strcmp(effects[_i].block, "schedule") || strstr(effects[_i].live, "layers") != NULL) return;
    qd_run_spec_t with, without;
    qd_buf_t entry, a, b;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_buf_init(entry);
    qd_buf_init(a);
    qd_buf_init(b);
    qd_run_spec_init(without);
    read_one(with, effects[_i].live, effects[_i].shape);
    qd_buf_printf(entry, "%s: {%s: null}", effects[_i].block, effects[_i].key);
    const char *const layers[] = {qd_buf_str(entry), effects[_i].live};
    ck_assert_msg(read_layers(without, layers, 2, effects[_i].shape, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    print_spec(a, with);
    print_spec(b, without);
    bool same = !strcmp(qd_buf_str(a), qd_buf_str(b));
    ck_assert_msg(!same, "'%s' changes nothing in\n%s", effects[_i].key, effects[_i].live);
    qd_run_spec_clear(with);
    qd_run_spec_clear(without);
    qd_buf_clear(entry);
    qd_buf_clear(a);
    qd_buf_clear(b);
}
END_TEST

/* Each condition of the table has its case above. */
START_TEST(conditions_have_cases)
{
    for (const qd_setting *s = qd_train__settings; s->block != NULL; s++) {
        bool found = s->needs == 0;
        for (int i = 0; i < COUNT(effects); i++)
            found |=
                !strcmp(s->block, effects[i].block) && !strcmp(s->key, effects[i].key) && strstr(s->without, effects[i].without) != NULL;
        ck_assert_msg(found, "no case for '%s' without %s", s->key, s->without);
    }
}
END_TEST

/* ---- layers ------------------------------------------------------------------------------------------------ */

/* The base of a study and an entry of it; said NULL: taken. */
static const struct {
    const char *entry, *base, *said;
} layered[] = {
    {"model: {kind: linear}", "model: {hidden: [3]}\nstrategy: {gamma: 0.1}",
     "line 2, column 19: 'gamma' has no effect without neurons with weights of ReLinear's groups (wg, bg; wb, c); a more specific entry takes "
     "it back with null"},
    {"model: {kind: linear}\nstrategy: {gamma: null}", "model: {hidden: [3]}\nstrategy: {gamma: 0.1}", NULL},
    {"model: {kind: linear}\nstrategy: null", "model: {hidden: [3]}\nstrategy: {gamma: 0.1}", NULL},
    {"model: {kind: linear}\nstrategy: {replace: true}", "model: {hidden: [3]}\nstrategy: {gamma: 0.1}", NULL},
    {"model: {kind: linear}\nstrategy: {replace: true, gamma: 3}", "model: {hidden: [3]}\nstrategy: {gamma: 0.1}",
     "line 2, column 34: 'gamma' has no effect"},
    {"training: {replace: true}", "model: {hidden: [3]}", "line 1, column 21: 'replace' has no effect without a less specific 'training'"},
    {"training: {replace: false}", "model: {hidden: [3]}", "line 1, column 21: 'replace' must be true, or not there"},
    {"training: {optimiser: sgd}", "model: {hidden: [3]}\ntraining: {beta1: 0.5}", "line 2, column 19: 'beta1' has no effect"},
    {"training: {optimiser: sgd, beta1: 0.4}", "model: {hidden: [3]}\ntraining: {beta1: 0.5}", "line 1, column 35: 'beta1' has no effect"},
    {"training: {optimiser: sgd, beta1: null}", "model: {hidden: [3]}\ntraining: {beta1: 0.5}", NULL},
    {"training: {schedule: null}", "model: {hidden: [3]}\ntraining: {schedule: {type: step, at_steps: [3]}}", NULL},
    {"model: {hidden: null, layers: [{out: 1}]}", "model: {hidden: [3], kind: full}",
     "line 1, column 28: 'kind' has no effect without 'hidden'"},
    {"model: {replace: true, layers: [{out: 1}]}", "model: {hidden: [3], kind: full}", NULL},
    {"model: {hidden: null}", "model: {hidden: [3]}", "no 'hidden', 'layers' or 'network' in 'model'"},
    {"model: null", "model: {hidden: [3]}", "no 'hidden', 'layers' or 'network' in 'model'"},
    {"training: {steps: null}", "model: {hidden: [3]}\ntraining: {steps: 5}", NULL},
};

START_TEST(layers_take_back)
{
    const char *const text[] = {layered[_i].entry, layered[_i].base};
    qd_run_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_run_spec_init(spec);
    qd_status st = read_layers(spec, text, 2, NUMBERS, ctx);
    ck_assert_msg(st == (layered[_i].said == NULL ? QD_OK : QD_EINPUT), "%s", qd_ctx_message(ctx));
    if (layered[_i].said != NULL) ck_assert_msg(strstr(qd_ctx_message(ctx), layered[_i].said) != NULL, "%s", qd_ctx_message(ctx));
    else { /* as if the base had not said it */ ck_assert(spec->optim.gamma_g == 1 || spec->model->unit->neuron.kind != QD_LINEAR);
        ck_assert(spec->steps == 2000 && spec->optim.schedule.type == QD_SCHEDULE_CONSTANT && spec->optim.beta1 == 0.9);
    }
    qd_run_spec_clear(spec);
}
END_TEST

/* What decay leads to follows from the start, unless it is said. */
START_TEST(goals_of_decay)
{
    static const struct {
        const char *strategy, *training;
        bool zero;
    } goals[] = {{"{}", "{decay: 0.1}", false},
                 {"{start: random}", "{decay: 0.1}", true},
                 {"{start: random}", "{decay: 0.1, decay_to: conventional}", false},
                 {"{}", "{optimiser: adamw, decay_to: zero}", true}};
    for (int i = 0; i < COUNT(goals); i++) {
        qd_run_spec_t spec;
        qd_buf_t text;
        qd_buf_init(text);
        qd_buf_printf(text, "model: {hidden: [3]}\nstrategy: %s\ntraining: %s\n", goals[i].strategy, goals[i].training);
        read_one(spec, text->s, NUMBERS);
        ck_assert_int_eq(spec->optim.decay_to_zero, goals[i].zero);
        qd_run_spec_clear(spec);
        qd_buf_clear(text);
    }
}
END_TEST

/* ---- what is refused --------------------------------------------------------------------------------------- */

/* spec keeps what it held. */
static void check_refused(const char *text, shape s, const char *said, const char *place)
{
    qd_run_spec_t spec;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    read_one(spec, "model: {hidden: [9, 9]}\ntraining: {steps: 123}\n", s);
    ck_assert_msg(read_layers(spec, &text, 1, s, ctx) == QD_EINPUT, "taken:\n%s", text);
    ck_assert_msg(strstr(qd_ctx_message(ctx), said) != NULL, "found '%s', expected '%s'", qd_ctx_message(ctx), said);
    ck_assert_msg(strstr(qd_ctx_message(ctx), place) != NULL, "found '%s', expected '%s'", qd_ctx_message(ctx), place);
    ck_assert(spec->steps == 123 && spec->model->nunits == 3);
    qd_run_spec_clear(spec);
}

START_TEST(refuses)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_printf(text, "model: {hidden: [3]}\n%s:\n  %s\n", bad[_i].block, bad[_i].line);
    check_refused(text->s, bad[_i].shape, bad[_i].said, "line 3, column");
    qd_buf_clear(text);
}
END_TEST

/* model: what stands in its braces, on line 2. */
static const struct {
    shape shape;
    const char *model, *said;
} bad_model[] = {
    {NUMBERS, "hidden: [3, -4]", "a width in 'hidden'"},
    {NUMBERS, "hidden: [0]", "a width in 'hidden'"},
    {NUMBERS, "hidden: [2.5]", "a width in 'hidden'"},
    {NUMBERS, "hidden: 3", "'hidden'"},
    {NUMBERS, "hidden: [3], depth: 4", "unknown key 'depth' in model"},
    {NUMBERS, "hidden: [3], kind: cubic", "unknown kind 'cubic'"},
    {NUMBERS, "hidden: [3], kind: sparse", "sparse layers stand in network files only, they are not trained"},
    {NUMBERS, "hidden: [3], activation: gelu", "gelu"},
    {NUMBERS, "hidden: [3], slope: x", "'slope'"},
    {NUMBERS, "hidden: [1000000, 1000000], kind: full", "layer"},
    {NUMBERS, "layers: []", "dense last layer"},
    {NUMBERS, "layers: 3", "'layers'"},
    {NUMBERS, "layers: [3]", "a layer"},
    {NUMBERS, "layers: [{out: -1}]", "'out'"},
    {NUMBERS, "layers: [{kind: linear}]", "'out' is missing"},
    {NUMBERS, "layers: [{out: 2}]", "a last layer of 2 neurons; the data have 1 outputs"},
    {NUMBERS, "layers: [{out: 1, stride: 2}]", "unknown key 'stride'"},
    {NUMBERS, "layers: [{type: pool, out: 1}]", "unknown type 'pool'"},
    {PICTURES, "layers: [{type: conv, out: 3}]", "dense last layer"},
    {PICTURES, "layers: [{type: conv, kind: full, out: 3}, {out: 4}]", "layer 0"},
    {PICTURES, "layers: [{type: conv, out: 3, size: 2}, {out: 4}]", "layer 0"},
    {PICTURES, "layers: [{type: conv, out: 3, stride: 0}, {out: 4}]", "'stride'"},
    {PICTURES, "layers: [{type: conv, out: 3, pad: 0, size: 9}, {out: 4}]", "layer 0"},
    {PICTURES, "layers: [{type: conv, out: 3, shortcut: 3}, {out: 4}]", "layer 0"},
    {PICTURES, "layers: [{type: conv, kind: quadratic, out: 3, biases: 2}, {out: 4}]", "layer 0"},
    {PICTURES, "layers: [{out: 3}, {type: conv, out: 3}, {out: 4}]", "layer 1"},
    {PICTURES, "network: resnet21", "unknown network 'resnet21'"},
    {PICTURES, "network: 20", "'network'"},
    {PICTURES, "network: resnet20, rezero: 1", "'rezero'"},
};

START_TEST(refuses_models)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_printf(text, "model:\n  {%s}\n", bad_model[_i].model);
    check_refused(text->s, bad_model[_i].shape, bad_model[_i].said, "line 2, column");
    qd_buf_clear(text);
}
END_TEST

START_TEST(refuses_blocks)
{
    check_refused("model: 3\n", NUMBERS, "model", "line 1, column 8");
    check_refused("model: {hidden: [3]}\ntraining: [1]\n", NUMBERS, "training", "line 2, column 11");
    check_refused("training: {steps: 3}\n", NUMBERS, "expected one of them", "'hidden', 'layers' or 'network'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tc = tcase_create("config");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, defaults);
    tcase_add_loop_test(tc, ratio_defaults, 0, COUNT(ratios));
    tcase_add_test(tc, epochs_are_steps);
    tcase_add_test(tc, first_layer_wins);
    tcase_add_loop_test(tc, first_layer_wins_in_steps_or_epochs, 0, 2);
    tcase_add_loop_test(tc, print_then_read, 0, COUNT(good));
    tcase_add_loop_test(tc, refuses, 0, COUNT(bad));
    tcase_add_loop_test(tc, refuses_models, 0, COUNT(bad_model));
    tcase_add_test(tc, refuses_blocks);
    tcase_add_loop_test(tc, refuses_what_has_no_effect, 0, COUNT(effects));
    tcase_add_loop_test(tc, accepts_what_has_an_effect, 0, COUNT(effects));
    tcase_add_test(tc, conditions_have_cases);
    tcase_add_loop_test(tc, layers_take_back, 0, COUNT(layered));
    tcase_add_test(tc, goals_of_decay);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
