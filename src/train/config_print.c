/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run as the configuration that gives it again, with every value said. */
#include "train/impl.h"

static void add_pair(qd_json_t w, const char *key, const qd_train__groups *groups, double g, double b)
{
    qd_buf_t name;
    qd_buf_init(name);
    for (int k = 0; k < 2; k++) {
        if (!(k == 0 ? groups->g : groups->b)) continue;
        qd_buf_reset(name);
        qd_buf_printf(name, "%s_%c", key, k == 0 ? 'g' : 'b');
        qd_json_double(w, qd_buf_str(name), k == 0 ? g : b);
    }
    qd_buf_clear(name);
}

static void print_model(qd_json_t w, const qd_run_spec_struct *spec)
{
    const qd_spec_struct *model = spec->model;
    bool gate = false;
    for (int64_t u = 0; u < model->nunits; u++) gate |= model->unit[u].gate;
    qd_json_line(w, 2);
    qd_json_object(w, "model");
    if (model->name[0] != '\0') {
        qd_json_string(w, "network", model->name);
        qd_json_bool(w, "rezero", gate);
    } else qd_train__layers_json(w, "layers", model);
    qd_json_end(w);
}

/* What has no effect is not said: it could not be read back. */
static void print_strategy(qd_json_t w, const qd_run_spec_struct *spec)
{
    const qd_optim_spec *o = &spec->optim;
    const qd_train__groups groups = qd_train__groups_of(spec->model), moving = qd_train__moving_groups(spec);
    qd_json_line(w, 2);
    qd_json_object(w, "strategy");
    if (groups.unconventional) qd_json_string(w, "start", spec->start.relinear ? "relinear" : "random");
    if (spec->start.from == NULL || groups.own_draw) qd_json_string(w, "weights", qd_train__weights[spec->start.weights]);
    add_pair(w, "gamma", &groups, o->gamma_g, o->gamma_b);
    add_pair(w, "alpha", &moving, o->alpha_g, o->alpha_b);
    add_pair(w, "beta", &moving, o->beta_g, o->beta_b);
    if (spec->start.from != NULL) qd_json_string(w, "from", spec->start.from);
    qd_json_end(w);
}

static void print_schedule(qd_json_t w, const qd_schedule *s)
{
    qd_json_object(w, "schedule");
    qd_json_string(w, "type", qd_train__schedules[s->type]);
    qd_json_int(w, "warmup_steps", s->warmup);
    if (s->type == QD_SCHEDULE_STEP) {
        qd_json_double(w, "factor", s->factor);
        qd_json_ints(w, "at_steps", s->milestone, s->nmilestones);
    }
    if (s->type == QD_SCHEDULE_COSINE) qd_json_double(w, "final", s->final);
    qd_json_end(w);
}

static void print_optimiser(qd_json_t w, const qd_run_spec_struct *spec)
{
    const qd_optim_spec *o = &spec->optim;
    bool adam = o->type == QD_ADAM || o->type == QD_ADAMW;
    qd_json_string(w, "optimiser", qd_train__optimisers[o->type]);
    qd_json_double(w, "rate", o->rate);
    if (!adam) qd_json_double(w, "momentum", o->momentum);
    if (o->nesterov) qd_json_bool(w, "nesterov", true);
    if (adam) {
        qd_json_double(w, "beta1", o->beta1);
        qd_json_double(w, "beta2", o->beta2);
    }
    if (o->type == QD_RMSPROP) qd_json_double(w, "smooth", o->alpha);
    if (o->type != QD_SGD) qd_json_double(w, "eps", o->eps);
    qd_json_double(w, "decay", o->decay);
    if (o->decay > 0 && qd_train__moving_groups(spec).bg) qd_json_string(w, "decay_to", qd_train__goals[o->decay_to_zero]);
    qd_json_double(w, "clip", o->clip);
    print_schedule(w, &o->schedule);
}

void qd_run_spec_json(qd_json_t w, const qd_run_spec_t spec)
{
    print_model(w, spec);
    print_strategy(w, spec);
    qd_json_line(w, 2);
    qd_json_object(w, "training");
    print_optimiser(w, spec);
    qd_json_line(w, 4);
    qd_json_string(w, "loss", qd_train__losses[spec->loss.type]);
    if (spec->loss.type == QD_LOSS_HUBER) qd_json_double(w, "delta", spec->loss.delta);
    if (spec->loss.type == QD_LOSS_CROSS_ENTROPY) qd_json_double(w, "smoothing", spec->loss.smoothing);
    if (spec->augment.flip) qd_json_bool(w, "flip", true);
    if (spec->augment.crop > 0) qd_json_int(w, "crop", spec->augment.crop);
    qd_json_string(w, "precision", qd_train__precisions[spec->dtype]);
    qd_json_int(w, "batch", spec->batch);
    qd_json_int(w, "steps", spec->steps);
    qd_json_int(w, "record_every", spec->record_every);
    qd_json_int(w, "patience", spec->patience);
    qd_json_double(w, "threshold", spec->threshold);
    qd_json_double(w, "largest_rms", spec->largest_rms);
}
