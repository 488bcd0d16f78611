/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run from a configuration in layers: see train.h for the keys. */
#include "train/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const schedule_keys[] = {"type", "factor", "at_steps", "at_epochs", "warmup_steps", "warmup_epochs", "final", NULL};

qd_status qd_config_check(const qd_node *layer, qd_ctx_t ctx)
{
    return qd_settings_check(layer, qd_train__settings, ctx);
}

/* ---- values that stay what they are when the key is absent ---------------------------------- */

typedef struct {
    const qd_config *config;
    const char *block;
    qd_ctx_struct *ctx;
} reader;

static qd_status get_double(double *v, const reader *r, const char *key, double min, double max)
{
    return qd_node_optional_double(v, qd_config_block(r->config, r->block, key), key, min, max, r->ctx);
}

static qd_status get_int(int64_t *v, const reader *r, const char *key, int64_t min, int64_t max)
{
    return qd_node_optional_int(v, qd_config_block(r->config, r->block, key), key, min, max, r->ctx);
}

static qd_status get_bool(bool *v, const reader *r, const char *key)
{
    return qd_node_optional_bool(v, qd_config_block(r->config, r->block, key), key, r->ctx);
}

/* The number of a word in a list that ends with NULL. */
static qd_status word_of(int *v, const qd_node *node, const char *key, const char *const *words, qd_ctx_t ctx)
{
    const char *text;
    char what[40];
    snprintf(what, sizeof what, "'%s'", key);
    qd_status st = qd_node_get_string(&text, node, what, ctx);
    if (st != QD_OK) return st;
    qd_buf_t list;
    qd_buf_init(list);
    for (int i = 0; words[i] != NULL; i++) {
        if (!strcmp(text, words[i])) {
            *v = i;
            qd_buf_clear(list);
            return QD_OK;
        }
        qd_buf_printf(list, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
    }
    st = qd_node_fail(node, ctx, "unknown %s '%.40s'; expected %s", key, text, qd_buf_str(list));
    qd_buf_clear(list);
    return st;
}

static qd_status get_word(int *v, const reader *r, const char *key, const char *const *words)
{
    const qd_node *m = qd_config_find(r->config, r->block, key);
    return m == NULL ? QD_OK : word_of(v, m, key, words, r->ctx);
}

/* ---- model -------------------------------------------------------------------------------- */

#define MAX_DEPTH 1000

static qd_status read_hidden(int64_t *widths, int64_t *depth, const qd_node *hidden, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(hidden, "'hidden'", ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(hidden) >= MAX_DEPTH)
        return qd_node_fail(hidden, ctx, "%ld hidden layers; expected fewer than %d", (long) qd_node_count(hidden), MAX_DEPTH);
    *depth = qd_node_count(hidden);
    for (int64_t i = 0; i < *depth && st == QD_OK; i++)
        st = qd_node_get_int(widths + i, qd_node_item(hidden, i), 1, 1 << 20, "a width in 'hidden'", ctx);
    return st;
}

/* Without hidden layers there is the last one only, which is linear and has no activation: another word for it has no effect. */
static qd_status check_no_hidden(const qd_neuron *neuron, const reader *r)
{
    const qd_node *kind = qd_config_find(r->config, "model", "kind"), *act = qd_config_find(r->config, "model", "activation");
    if (kind != NULL && neuron->kind != QD_LINEAR)
        return qd_node_fail(kind, r->ctx, "'kind' has no effect without a hidden layer: the last layer is linear");
    if (act != NULL && neuron->act != QD_IDENTITY)
        return qd_node_fail(act, r->ctx, "'activation' has no effect without a hidden layer: the last layer has none");
    return QD_OK;
}

static qd_status read_dense(qd_spec_t model, const reader *r, const qd_data_struct *train)
{
    int64_t widths[MAX_DEPTH + 1], depth = 0;
    qd_neuron neuron = qd_neuron_make(QD_QUADRATIC, QD_RELU);
    const qd_node *m = qd_config_find(r->config, "model", "hidden");
    qd_status st = read_hidden(widths + 1, &depth, m, r->ctx);
    if (st == QD_OK && (m = qd_config_find(r->config, "model", "kind")) != NULL) st = qd_neuron_read_kind(&neuron, m, "", r->ctx);
    if (st == QD_OK && (m = qd_config_find(r->config, "model", "activation")) != NULL)
        st = qd_neuron_read_activation(&neuron, m, "", r->ctx);
    if (st == QD_OK && (m = qd_config_find(r->config, "model", "slope")) != NULL) st = qd_neuron_read_slope(&neuron, m, "", r->ctx);
    if (st == QD_OK && depth == 0) st = check_no_hidden(&neuron, r);
    if (st != QD_OK) return st;
    widths[0] = train->channels * train->height * train->width;
    widths[depth + 1] = train->outputs;
    qd_spec_dense(model, widths, depth + 1, neuron);
    qd_ctx_t own;
    qd_ctx_own(own, r->ctx);
    st = qd_spec_check(model, own);
    return st == QD_OK ? st : qd_node_fail(qd_config_find(r->config, "model", "hidden"), r->ctx, "%s", qd_ctx_message(own));
}

/* *way: QD_TRAIN__NETWORK, ... */
static qd_status read_model(qd_spec_t model, int *way, const reader *r, const qd_data_struct *train)
{
    static const char *const ways[] = {[QD_TRAIN__NETWORK] = "network", [QD_TRAIN__LAYERS] = "layers", [QD_TRAIN__HIDDEN] = "hidden", NULL};
    qd_status st = qd_config_choice(way, r->config, "model", ways, r->ctx);
    if (st != QD_OK) return st;
    if (*way < 0) return qd_fail(r->ctx, QD_EINPUT, "no 'hidden', 'layers' or 'network' in 'model'; expected one of them");
    if (*way == QD_TRAIN__HIDDEN) return read_dense(model, r, train);
    const qd_node *m = qd_config_find(r->config, "model", ways[*way]);
    if (*way == QD_TRAIN__LAYERS) {
        st = qd_spec_from_node(model, m, train->channels, train->height, train->width, r->ctx);
        int64_t out = st == QD_OK ? model->unit[model->nunits - 1].out : train->outputs;
        if (out != train->outputs)
            return qd_node_fail(m, r->ctx, "a last layer of %ld neurons; the data have %ld outputs", (long) out, (long) train->outputs);
        return st;
    }
    const char *name;
    bool rezero = false;
    st = qd_node_get_string(&name, m, "'network'", r->ctx);
    if (st == QD_OK) st = get_bool(&rezero, r, "rezero");
    if (st != QD_OK) return st;
    qd_ctx_t own;
    qd_ctx_own(own, r->ctx);
    st = qd_spec_named(model, name, train->channels, train->height, train->width, train->outputs, rezero, own);
    return st == QD_OK ? st : qd_node_fail(m, r->ctx, "%s", qd_ctx_message(own));
}

/* ---- strategy ----------------------------------------------------------------------------- */

/* `key` for both groups, key_g and key_b for one. */
static qd_status read_pair(double *g, double *b, bool *said, const reader *r, const char *key, double max)
{
    qd_buf_t name;
    qd_buf_init(name);
    const qd_node *both = qd_config_find(r->config, "strategy", key);
    double x = 0;
    qd_status st = get_double(&x, r, key, 0, max);
    if (both != NULL) *g = *b = x;
    *said |= both != NULL;
    for (int k = 0; k < 2 && st == QD_OK; k++) {
        qd_buf_reset(name);
        qd_buf_printf(name, "%s_%c", key, k == 0 ? 'g' : 'b');
        *said |= qd_config_find(r->config, "strategy", qd_buf_str(name)) != NULL;
        st = get_double(k == 0 ? g : b, r, qd_buf_str(name), 0, max);
    }
    qd_buf_clear(name);
    return st;
}

static qd_status read_strategy(qd_run_spec_t spec, const reader *r)
{
    static const char *const starts[] = {"random", "relinear", NULL};
    int start = 1, drawn = QD_WEIGHTS_HE;
    qd_status st = get_word(&start, r, "start", starts);
    if (st == QD_OK) st = get_word(&drawn, r, "weights", qd_train__weights);
    spec->start.relinear = start == 1;
    spec->start.weights = (qd_init_weights) drawn;
    const qd_node *from = qd_config_find(r->config, "strategy", "from");
    const char *path = NULL;
    if (st == QD_OK && from != NULL) st = qd_node_get_string(&path, from, "'from'", r->ctx);
    if (st != QD_OK) return st;
    if (path != NULL && !spec->start.relinear)
        return qd_node_fail(from, r->ctx, "'from' with the start 'random', which would not be the network of the file; expected relinear");
    if (path != NULL) spec->start.from = qd_strdup(path);
    qd_optim_spec *o = &spec->optim;
    bool said = false;
    o->gamma_g = o->gamma_b = 1;
    if ((st = read_pair(&o->gamma_g, &o->gamma_b, &said, r, "gamma", 1e6)) != QD_OK ||
        (st = read_pair(&o->alpha_g, &o->alpha_b, &said, r, "alpha", 1e9)) != QD_OK ||
        (st = read_pair(&o->beta_g, &o->beta_b, &said, r, "beta", 1e9)) != QD_OK)
        return st;
    if (!said && spec->start.relinear) o->gamma_g = o->gamma_b = o->type == QD_SGD ? 0.01 : 0.1;
    const qd_train__groups groups = qd_train__groups_of(spec->model);
    if (!groups.g) o->gamma_g = 1;
    if (!groups.b) o->gamma_b = 1;
    const qd_train__groups moving = qd_train__moving_groups(spec);
    if (!moving.g) o->alpha_g = o->beta_g = 0;
    if (!moving.b) o->alpha_b = o->beta_b = 0;
    return QD_OK;
}

/* ---- training ----------------------------------------------------------------------------- */

/* Rates and the like must be positive: the smallest that is let through. */
#define TINY 1e-300

/* Adam divides by 1 - beta^t. */
static qd_status read_beta(double *beta, const reader *r, const char *key)
{
    qd_status st = get_double(beta, r, key, 0, 1);
    return st == QD_OK && *beta == 1
               ? qd_node_fail(qd_config_find(r->config, r->block, key), r->ctx, "'%s' is 1; expected a number below it", key)
               : st;
}

static qd_status read_optimiser(qd_optim_spec *o, const reader *r)
{
    int type = QD_ADAM;
    qd_status st = get_word(&type, r, "optimiser", qd_train__optimisers);
    if (st != QD_OK) return st;
    qd_optim_defaults(o, (qd_optim_type) type);
    const qd_node *rate = qd_config_find(r->config, "training", "rate");
    if (rate != NULL && qd_node_get_double(&o->rate, rate, -1e9, 1e9, "'rate'", r->ctx) == QD_OK && !(o->rate > 0))
        return qd_node_fail(rate, r->ctx, "'rate' is %g; expected a learning rate above 0", o->rate);
    if ((st = get_double(&o->rate, r, "rate", TINY, 1e9)) != QD_OK || (st = get_double(&o->momentum, r, "momentum", 0, 1)) != QD_OK ||
        (st = get_bool(&o->nesterov, r, "nesterov")) != QD_OK || (st = read_beta(&o->beta1, r, "beta1")) != QD_OK ||
        (st = read_beta(&o->beta2, r, "beta2")) != QD_OK || (st = get_double(&o->alpha, r, "smooth", 0, 1)) != QD_OK ||
        (st = get_double(&o->eps, r, "eps", 0, 1e9)) != QD_OK || (st = get_double(&o->decay, r, "decay", 0, 1e9)) != QD_OK)
        return st;
    return get_double(&o->clip, r, "clip", 0, 1e30);
}

/* The published code pulls all weights to 0. With ReLinear that would undo the start, in which bg = 1 stands for the conventional neuron:
   where all else decays to 0, bg = 0 makes the neuron lose its linear part. So there decay leads to the start; a random one has no such
   point. */
static qd_status read_decay_goal(qd_run_spec_t spec, const reader *r)
{
    int goal = spec->start.relinear ? 0 : 1;
    qd_status st = get_word(&goal, r, "decay_to", qd_train__goals);
    spec->optim.decay_to_zero = goal == 1 && spec->optim.decay > 0 && qd_train__moving_groups(spec).bg;
    return st;
}

static qd_status read_milestones(qd_schedule *s, const qd_node *list, int64_t factor, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(list, "the milestones", ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(list) > QD_MAX_MILESTONES)
        return qd_node_fail(list, ctx, "%ld milestones; expected at most %d", (long) qd_node_count(list), QD_MAX_MILESTONES);
    for (int64_t i = 0; i < qd_node_count(list); i++) {
        int64_t x, least = i == 0 ? 1 : s->milestone[i - 1] / factor + 1;
        if ((st = qd_node_get_int(&x, qd_node_item(list, i), least, 1 << 30, "a milestone", ctx)) != QD_OK) return st;
        s->milestone[i] = x * factor;
    }
    s->nmilestones = qd_node_count(list);
    return QD_OK;
}

static qd_status not_both(const qd_node *object, const char *a, const char *b, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(object, b);
    if (m == NULL || qd_node_member(object, a) == NULL) return QD_OK;
    return qd_node_fail(m, ctx, "both '%s' and '%s'; expected one of them", a, b);
}

static qd_status read_schedule(qd_schedule *s, const qd_node *node, int64_t steps_an_epoch, int64_t steps, qd_ctx_t ctx)
{
    s->total = steps;
    if (node == NULL) return QD_OK;
    int type = 0;
    int64_t warmup = 0;
    const qd_node *m;
    qd_status st = qd_node_get_object(node, "'schedule'", ctx);
    if (st == QD_OK) st = qd_node_only_keys(node, schedule_keys, "schedule", ctx);
    if (st == QD_OK) st = not_both(node, "at_steps", "at_epochs", ctx);
    if (st == QD_OK) st = not_both(node, "warmup_steps", "warmup_epochs", ctx);
    if (st == QD_OK && (m = qd_node_member(node, "type")) != NULL) st = word_of(&type, m, "type", qd_train__schedules, ctx);
    if (st == QD_OK && (m = qd_node_member(node, "factor")) != NULL) st = qd_node_get_double(&s->factor, m, 0, 1e9, "'factor'", ctx);
    if (st == QD_OK && (m = qd_node_member(node, "final")) != NULL) st = qd_node_get_double(&s->final, m, 0, 1e9, "'final'", ctx);
    if (st == QD_OK && (m = qd_node_member(node, "at_steps")) != NULL) st = read_milestones(s, m, 1, ctx);
    if (st == QD_OK && (m = qd_node_member(node, "at_epochs")) != NULL) st = read_milestones(s, m, steps_an_epoch, ctx);
    if (st == QD_OK && (m = qd_node_member(node, "warmup_steps")) != NULL)
        st = qd_node_get_int(&warmup, m, 0, 1 << 30, "'warmup_steps'", ctx);
    s->warmup = warmup;
    if (st == QD_OK && (m = qd_node_member(node, "warmup_epochs")) != NULL) {
        st = qd_node_get_int(&warmup, m, 0, 1 << 20, "'warmup_epochs'", ctx);
        s->warmup = warmup * steps_an_epoch;
    }
    s->type = (qd_schedule_type) type;
    if (st == QD_OK && s->type == QD_SCHEDULE_STEP && s->nmilestones == 0)
        return qd_node_fail(node, ctx, "a schedule of type step without milestones; expected 'at_steps' or 'at_epochs'");
    return st == QD_OK ? qd_train__schedule_effects(node, s->type, ctx) : st;
}

static qd_status read_loss(qd_loss *loss, const reader *r, bool labels)
{
    int type = labels ? QD_LOSS_CROSS_ENTROPY : QD_LOSS_SQUARED;
    qd_status st = get_word(&type, r, "loss", qd_train__losses);
    loss->type = (qd_loss_type) type;
    loss->delta = 1;
    if (st == QD_OK && labels != (type == QD_LOSS_CROSS_ENTROPY))
        return qd_node_fail(qd_config_find(r->config, "training", "loss"), r->ctx,
                            labels ? "'loss' is not cross_entropy, but the data have classes"
                                   : "'loss' is cross_entropy, but the data have numbers as targets");
    if (st == QD_OK) st = get_double(&loss->delta, r, "delta", TINY, 1e30);
    return st == QD_OK ? get_double(&loss->smoothing, r, "smoothing", 0, 0.999) : st;
}

static qd_status read_length(qd_run_spec_t spec, const reader *r, const qd_data_struct *train, int64_t *steps_an_epoch)
{
    static const char *const ways[] = {"steps", "epochs", NULL};
    int way;
    int64_t n;
    qd_status st = get_int(&spec->batch, r, "batch", 0, 1 << 24);
    if (st == QD_OK) st = qd_config_choice(&way, r->config, "training", ways, r->ctx);
    if (st != QD_OK) return st;
    *steps_an_epoch = qd_run_epoch(spec, train->n);
    if (way == 0 && (st = get_int(&spec->steps, r, "steps", 1, (int64_t) 1 << 40)) != QD_OK) return st;
    if (way == 1) {
        if ((st = get_int(&n, r, "epochs", 1, 1 << 24)) != QD_OK) return st;
        spec->steps = n * *steps_an_epoch;
        spec->record_every = *steps_an_epoch;
    }
    return get_int(&spec->record_every, r, "record_every", 1, (int64_t) 1 << 40);
}

static qd_status read_training(qd_run_spec_t spec, const reader *r, const qd_data_struct *train)
{
    int precision = QD_F32;
    int64_t steps_an_epoch;
    qd_status st;
    if ((st = read_length(spec, r, train, &steps_an_epoch)) != QD_OK || (st = read_optimiser(&spec->optim, r)) != QD_OK ||
        (st = read_schedule(&spec->optim.schedule, qd_config_find(r->config, "training", "schedule"), steps_an_epoch, spec->steps,
                            r->ctx)) != QD_OK ||
        (st = read_loss(&spec->loss, r, train->label != NULL)) != QD_OK || (st = get_bool(&spec->augment.flip, r, "flip")) != QD_OK ||
        (st = get_int(&spec->augment.crop, r, "crop", 0, 1000)) != QD_OK ||
        (st = get_word(&precision, r, "precision", qd_train__precisions)) != QD_OK ||
        (st = get_int(&spec->patience, r, "patience", 0, 1 << 30)) != QD_OK ||
        (st = get_double(&spec->threshold, r, "threshold", 0, 1e300)) != QD_OK ||
        (st = get_double(&spec->largest_rms, r, "largest_rms", TINY, 1e300)) != QD_OK)
        return st;
    spec->dtype = (qd_dtype) precision;
    return QD_OK;
}

qd_status qd_run_spec_read(qd_run_spec_t spec, const qd_config *config, const qd_data_struct *train, qd_ctx_t ctx)
{
    qd_run_spec_t s;
    qd_run_spec_init(s);
    int way = -1;
    const reader training = {config, "training", ctx};
    qd_status st = read_training(s, &training, train);
    if (st == QD_OK) st = read_model(s->model, &way, &(reader){config, "model", ctx}, train);
    if (st == QD_OK) st = read_strategy(s, &(reader){config, "strategy", ctx});
    if (st == QD_OK) st = read_decay_goal(s, &training);
    if (st == QD_OK) st = qd_train__run_effects(s, config, way, train->pixel != NULL, ctx);
    if (st == QD_OK) {
        qd_run_spec_struct t = *spec;
        *spec = *s;
        *s = t;
    }
    qd_run_spec_clear(s);
    return st;
}
