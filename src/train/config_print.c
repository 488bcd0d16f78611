/* A run as the configuration that gives it again, with every value said. */
#include "train/impl.h"

#include <string.h>

static void add_double(qd_buf_t out, const char *key, double x)
{
    qd_buf_printf(out, ", \"%s\": ", key);
    qd_double_print(out, x);
}

static void add_pair(qd_buf_t out, const char *key, const qd_train__groups *groups, double g, double b)
{
    qd_buf_t name;
    qd_buf_init(name);
    for (int k = 0; k < 2; k++) {
        if (!(k == 0 ? groups->g : groups->b)) continue;
        qd_buf_reset(name);
        qd_buf_printf(name, "%s_%c", key, k == 0 ? 'g' : 'b');
        add_double(out, qd_buf_str(name), k == 0 ? g : b);
    }
    qd_buf_clear(name);
}

static void print_model(qd_buf_t out, const qd_run_spec_struct *spec)
{
    const qd_spec_struct *model = spec->model;
    bool gate = false;
    for (int64_t u = 0; u < model->nunits; u++) gate |= model->unit[u].gate;
    qd_buf_puts(out, "  \"model\": {");
    if (model->name[0] != '\0') qd_buf_printf(out, "\"network\": \"%s\", \"rezero\": %s", model->name, gate ? "true" : "false");
    else qd_train__print_layers(out, model);
    qd_buf_puts(out, "},\n");
}

/* What has no effect is not said: it could not be read back. */
static void print_strategy(qd_buf_t out, const qd_run_spec_struct *spec)
{
    const qd_optim_spec *o = &spec->optim;
    const qd_train__groups groups = qd_train__groups_of(spec->model);
    bool drawn = spec->start.from == NULL || groups.own_draw;
    qd_buf_puts(out, "  \"strategy\": {");
    if (groups.unconventional) qd_buf_printf(out, "\"start\": \"%s\"", spec->start.relinear ? "relinear" : "random");
    if (groups.unconventional && drawn) qd_buf_puts(out, ", ");
    if (drawn) qd_buf_printf(out, "\"weights\": \"%s\"", spec->start.weights == QD_WEIGHTS_HE ? "he" : "uniform");
    add_pair(out, "gamma", &groups, o->gamma_g, o->gamma_b);
    add_pair(out, "alpha", &groups, o->alpha_g, o->alpha_b);
    add_pair(out, "beta", &groups, o->beta_g, o->beta_b);
    if (spec->start.from != NULL) {
        qd_buf_puts(out, groups.unconventional || drawn ? ", \"from\": " : "\"from\": ");
        qd_json_quote(out, spec->start.from);
    }
    qd_buf_puts(out, "},\n");
}

static void print_schedule(qd_buf_t out, const qd_schedule *s)
{
    static const char *const types[] = {"constant", "step", "cosine"};
    qd_buf_printf(out, ", \"schedule\": {\"type\": \"%s\", \"warmup_steps\": %ld", types[s->type], (long) s->warmup);
    if (s->type == QD_SCHEDULE_STEP) {
        add_double(out, "factor", s->factor);
        qd_buf_puts(out, ", \"at_steps\": [");
        for (int64_t i = 0; i < s->nmilestones; i++) qd_buf_printf(out, "%s%ld", i > 0 ? ", " : "", (long) s->milestone[i]);
        qd_buf_puts(out, "]");
    }
    if (s->type == QD_SCHEDULE_COSINE) add_double(out, "final", s->final);
    qd_buf_puts(out, "}");
}

static void print_optimiser(qd_buf_t out, const qd_run_spec_struct *spec)
{
    const qd_optim_spec *o = &spec->optim;
    bool adam = o->type == QD_ADAM || o->type == QD_ADAMW;
    qd_buf_printf(out, "  \"training\": {\"optimiser\": \"%s\"", qd_train__optim_name(o->type));
    add_double(out, "rate", o->rate);
    if (!adam) add_double(out, "momentum", o->momentum);
    if (o->nesterov) qd_buf_puts(out, ", \"nesterov\": true");
    if (adam) {
        add_double(out, "beta1", o->beta1);
        add_double(out, "beta2", o->beta2);
    }
    if (o->type == QD_RMSPROP) add_double(out, "smooth", o->alpha);
    if (o->type != QD_SGD) add_double(out, "eps", o->eps);
    add_double(out, "decay", o->decay);
    if (o->decay > 0 && qd_train__groups_of(spec->model).bg)
        qd_buf_printf(out, ", \"decay_to\": \"%s\"", o->decay_to_zero ? "zero" : "conventional");
    add_double(out, "clip", o->clip);
    print_schedule(out, &o->schedule);
}

void qd_run_spec_print(qd_buf_t out, const qd_run_spec_t spec)
{
    static const char *const losses[] = {"squared", "huber", "cross_entropy"};
    print_model(out, spec);
    print_strategy(out, spec);
    print_optimiser(out, spec);
    qd_buf_printf(out, ",\n    \"loss\": \"%s\"", losses[spec->loss.type]);
    if (spec->loss.type == QD_LOSS_HUBER) add_double(out, "delta", spec->loss.delta);
    if (spec->loss.type == QD_LOSS_CROSS_ENTROPY) add_double(out, "smoothing", spec->loss.smoothing);
    if (spec->augment.flip) qd_buf_puts(out, ", \"flip\": true");
    if (spec->augment.crop > 0) qd_buf_printf(out, ", \"crop\": %ld", (long) spec->augment.crop);
    qd_buf_printf(out, ", \"precision\": \"%s\", \"batch\": %ld, \"steps\": %ld, \"record_every\": %ld, \"patience\": %ld",
                  spec->dtype == QD_F32 ? "float32" : "float64", (long) spec->batch, (long) spec->steps, (long) spec->record_every,
                  (long) spec->patience);
    add_double(out, "threshold", spec->threshold);
    add_double(out, "largest_rms", spec->largest_rms);
}
