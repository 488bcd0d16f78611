/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a configuration of training, and when each of them has an effect. A key may stand in several rows: then each of them must
   hold. What a run is follows from its spec, but for the few things that only the configuration says. */
#include "train/impl.h"

enum {
    SGD = 1 << 0,
    ADAM = 1 << 1, /* and AdamW */
    RMSPROP = 1 << 2,
    MOMENTUM = 1 << 3,
    DECAY = 1 << 4,
    HUBER = 1 << 5,
    CROSS_ENTROPY = 1 << 6,
    HIDDEN = 1 << 7, /* the model is said by 'hidden' */
    NETWORK = 1 << 8,
    LEAKY = 1 << 9,
    GROUP_G = 1 << 10,
    GROUP_B = 1 << 11,
    HAS_BG = 1 << 12,
    UNCONVENTIONAL = 1 << 13,
    DRAWN = 1 << 14,      /* some weights are random */
    GAMMA_OPEN = 1 << 15, /* a group has no ratio of its own */
    ALPHA_OPEN = 1 << 16, /* a group that moves has none of its own; likewise */
    BETA_OPEN = 1 << 17,
    PICTURES = 1 << 18,
    STEP = 1 << 19,
    COSINE = 1 << 20,
    MOVES_G = 1 << 21, /* its gamma is not 0 */
    MOVES_B = 1 << 22,
};

#define AN_OPTIMISER "the optimiser sgd or rmsprop"
#define AN_ADAM "the optimiser adam or adamw"
#define SOME_GROUP "neurons with weights of ReLinear's groups (wg, bg; wb, c)"
#define G_WEIGHTS "neurons with weights wg, bg (quadratic, product, product_linear)"
#define B_WEIGHTS "neurons with weights wb, c or a (quadratic, compact, full)"
#define A_MOTION "a group that moves: its gamma is 0"
#define G_MOTION "a 'gamma' or 'gamma_g' above 0"
#define B_MOTION "a 'gamma' or 'gamma_b' above 0"
#define STEPS "the type step"
#define IMAGES "pictures (idx or cifar10 data)"

const qd_setting qd_train__settings[] = {
    {"model", "network", 0, NULL},
    {"model", "rezero", NETWORK, "'network'"},
    {"model", "layers", 0, NULL},
    {"model", "hidden", 0, NULL},
    {"model", "kind", HIDDEN, "'hidden'"},
    {"model", "activation", HIDDEN, "'hidden'"},
    {"model", "slope", HIDDEN, "'hidden'"},
    {"model", "slope", LEAKY, "the activation leaky_relu"},
    {"strategy", "start", UNCONVENTIONAL, "neurons that are not conventional"},
    {"strategy", "weights", DRAWN, "weights to draw: all come from 'from'"},
    {"strategy", "gamma", GROUP_G | GROUP_B, SOME_GROUP},
    {"strategy", "gamma", GAMMA_OPEN, "a group that 'gamma_g' and 'gamma_b' leave to it"},
    {"strategy", "gamma_g", GROUP_G, G_WEIGHTS},
    {"strategy", "gamma_b", GROUP_B, B_WEIGHTS},
    {"strategy", "alpha", GROUP_G | GROUP_B, SOME_GROUP},
    {"strategy", "alpha", MOVES_G | MOVES_B, A_MOTION},
    {"strategy", "alpha", ALPHA_OPEN, "a group that 'alpha_g' and 'alpha_b' leave to it"},
    {"strategy", "alpha_g", GROUP_G, G_WEIGHTS},
    {"strategy", "alpha_g", MOVES_G, G_MOTION},
    {"strategy", "alpha_b", GROUP_B, B_WEIGHTS},
    {"strategy", "alpha_b", MOVES_B, B_MOTION},
    {"strategy", "beta", GROUP_G | GROUP_B, SOME_GROUP},
    {"strategy", "beta", MOVES_G | MOVES_B, A_MOTION},
    {"strategy", "beta", BETA_OPEN, "a group that 'beta_g' and 'beta_b' leave to it"},
    {"strategy", "beta_g", GROUP_G, G_WEIGHTS},
    {"strategy", "beta_g", MOVES_G, G_MOTION},
    {"strategy", "beta_b", GROUP_B, B_WEIGHTS},
    {"strategy", "beta_b", MOVES_B, B_MOTION},
    {"strategy", "from", 0, NULL},
    {"training", "optimiser", 0, NULL},
    {"training", "rate", 0, NULL},
    {"training", "momentum", SGD | RMSPROP, AN_OPTIMISER},
    {"training", "nesterov", SGD, "the optimiser sgd"},
    {"training", "nesterov", MOMENTUM, "a 'momentum' above 0"},
    {"training", "beta1", ADAM, AN_ADAM},
    {"training", "beta2", ADAM, AN_ADAM},
    {"training", "smooth", RMSPROP, "the optimiser rmsprop"},
    {"training", "eps", ADAM | RMSPROP, "the optimiser adam, adamw or rmsprop"},
    {"training", "decay", 0, NULL},
    {"training", "decay_to", DECAY, "a 'decay' above 0"},
    {"training", "decay_to", HAS_BG, "neurons with a bg (quadratic, product)"},
    {"training", "decay_to", MOVES_G, G_MOTION},
    {"training", "clip", 0, NULL},
    {"training", "batch", 0, NULL},
    {"training", "steps", 0, NULL},
    {"training", "epochs", 0, NULL},
    {"training", "schedule", 0, NULL},
    {"training", "loss", 0, NULL},
    {"training", "delta", HUBER, "the loss huber"},
    {"training", "smoothing", CROSS_ENTROPY, "the loss cross_entropy"},
    {"training", "flip", PICTURES, IMAGES},
    {"training", "crop", PICTURES, IMAGES},
    {"training", "precision", 0, NULL},
    {"training", "record_every", 0, NULL},
    {"training", "patience", 0, NULL},
    {"training", "threshold", 0, NULL},
    {"training", "largest_rms", 0, NULL},
    {"training", "checkpoint_every", 0, NULL},
    {"training", "piece_every", 0, NULL},
    {NULL, NULL, 0, NULL},
};

/* Inside of 'schedule', and of an entry of 'layers', which do not come in layers. */
static const qd_setting parts[] = {
    {"schedule", "factor", STEP, STEPS},
    {"schedule", "at_steps", STEP, STEPS},
    {"schedule", "at_epochs", STEP, STEPS},
    {"schedule", "final", COSINE, "the type cosine"},
    {"layer", "slope", LEAKY, "the activation leaky_relu"},
    {NULL, NULL, 0, NULL},
};

qd_status qd_train__schedule_effects(const qd_node *schedule, qd_schedule_type type, qd_ctx_t ctx)
{
    uint64_t facts = type == QD_SCHEDULE_STEP ? STEP : type == QD_SCHEDULE_COSINE ? COSINE : 0;
    return qd_train__effects(schedule, "schedule", parts, facts, ctx);
}

qd_status qd_train__unit_effects(const qd_node *layer, qd_activation act, qd_ctx_t ctx)
{
    return qd_train__effects(layer, "layer", parts, act == QD_LEAKY_RELU ? LEAKY : 0, ctx);
}

qd_train__groups qd_train__groups_of(const qd_spec_t model)
{
    qd_train__groups groups = {false, false, false, false, false};
    for (int64_t u = 0; u < model->nunits; u++) {
        qd_tensor tensor[QD_TRAIN__MAX_TENSORS];
        int n = qd_train__unit_tensors(tensor, model->unit + u, qd_train__unit_input(model, u));
        groups.unconventional |= model->unit[u].neuron.kind != QD_LINEAR;
        groups.own_draw |=
            qd_kind_find(model->unit[u].neuron.kind, QD_ROLE_R) >= 0 && qd_kind_find(model->unit[u].neuron.kind, QD_ROLE_W) >= 0;
        for (int k = 0; k < n; k++) {
            groups.g |= tensor[k].group == QD_GROUP_G;
            groups.b |= tensor[k].group == QD_GROUP_B;
            groups.bg |= tensor[k].group == QD_GROUP_G && tensor[k].origin != 0;
        }
    }
    return groups;
}

qd_train__groups qd_train__moving_groups(const qd_run_spec_struct *spec)
{
    qd_train__groups groups = qd_train__groups_of(spec->model);
    groups.g = groups.g && spec->optim.gamma_g > 0;
    groups.b = groups.b && spec->optim.gamma_b > 0;
    groups.bg = groups.bg && groups.g;
    return groups;
}

/* Does 'key' rule a group that is there and has no key_g or key_b of its own? */
static bool is_open(const qd_config *config, const qd_train__groups *groups, const char *key_g, const char *key_b)
{
    return (groups->g && qd_config_find(config, "strategy", key_g) == NULL) ||
           (groups->b && qd_config_find(config, "strategy", key_b) == NULL);
}

static uint64_t facts_of_model(const qd_run_spec_struct *spec, const qd_config *config)
{
    const qd_train__groups groups = qd_train__groups_of(spec->model);
    uint64_t facts = 0;
    for (int64_t u = 0; u < spec->model->nunits; u++)
        if (spec->model->unit[u].neuron.act == QD_LEAKY_RELU) facts |= LEAKY;
    if (groups.g) facts |= GROUP_G;
    if (groups.b) facts |= GROUP_B;
    if (groups.bg) facts |= HAS_BG;
    if (groups.unconventional) facts |= UNCONVENTIONAL;
    if (spec->start.from == NULL || groups.own_draw) facts |= DRAWN;
    if (is_open(config, &groups, "gamma_g", "gamma_b")) facts |= GAMMA_OPEN;
    const qd_train__groups moving = qd_train__moving_groups(spec);
    if (moving.g) facts |= MOVES_G;
    if (moving.b) facts |= MOVES_B;
    if (is_open(config, &moving, "alpha_g", "alpha_b")) facts |= ALPHA_OPEN;
    if (is_open(config, &moving, "beta_g", "beta_b")) facts |= BETA_OPEN;
    return facts;
}

qd_status qd_train__run_effects(const qd_run_spec_struct *spec, const qd_config *config, int way, bool pictures, qd_ctx_t ctx)
{
    static const uint64_t optimiser[] = {SGD, ADAM, ADAM, RMSPROP}, loss[] = {0, HUBER, CROSS_ENTROPY};
    uint64_t facts = facts_of_model(spec, config) | optimiser[spec->optim.type] | loss[spec->loss.type];
    if (spec->optim.momentum > 0) facts |= MOMENTUM;
    if (spec->optim.decay > 0) facts |= DECAY;
    if (way == QD_TRAIN__HIDDEN) facts |= HIDDEN;
    if (way == QD_TRAIN__NETWORK) facts |= NETWORK;
    if (pictures) facts |= PICTURES;
    return qd_config_effects(config, qd_train__settings, facts, ctx);
}
