/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What training reaches with the shape of a network that was made: the same widths, so the same number of parameters. */
#include <string.h>

#include "table/table_approximation.h"
#include "train/train_data.h"
#include "train/train_exact.h"

typedef struct {
    qd_doc_t own; /* data and model */
    train_data data;
    qd_run_spec_t spec;
    qd_run_t run;
} training;

static void training_init(training *t)
{
    qd_doc_init(t->own);
    train_data_init(&t->data);
    qd_run_spec_init(t->spec);
    qd_run_init(t->run);
}

static void training_clear(training *t)
{
    qd_run_clear(t->run);
    qd_run_spec_clear(t->spec);
    train_data_clear(&t->data);
    qd_doc_clear(t->own);
}

/* Data of the target and a model in which all keys have an effect, above the blocks of the configuration. */
static qd_status read_training(training *t, const approximation_config *c, const approximation_target *target, qd_ctx_t ctx)
{
    qd_buf_t text;
    qd_json_t w;
    qd_buf_init(text);
    qd_json_init(w, text);
    qd_json_object(w, NULL);
    qd_json_object(w, "data");
    qd_json_string(w, target->is_spline ? "spline" : "target", target->name);
    qd_json_array(w, "interval");
    qd_rat_json(w, NULL, target->lo);
    qd_rat_json(w, NULL, target->hi);
    qd_json_end(w);
    qd_json_end(w);
    qd_json_object(w, "model");
    qd_json_ints(w, "hidden", (int64_t[]){1}, 1);
    qd_json_string(w, "kind", "quadratic");
    qd_json_end(w);
    qd_json_end(w);
    qd_json_finish(w);
    qd_status st = qd_doc_parse(t->own, qd_buf_str(text), text->len, QD_JSON, ctx);
    const qd_config config = {2, {st == QD_OK ? qd_doc_root(t->own) : NULL, qd_doc_root(c->doc)}};
    if (st == QD_OK) st = train_data_read(&t->data, &config, ctx->seed, ctx);
    if (st == QD_OK) st = qd_run_spec_read(t->spec, &config, t->data.train, ctx);
    qd_buf_clear(text);
    return st;
}

qd_status approximation_training_check(qd_buf_t resolved, const approximation_config *c, qd_ctx_t ctx)
{
    training t;
    qd_status st = QD_OK;
    training_init(&t);
    for (int64_t i = 0; i < c->ntargets && c->trains; i++) {
        if (c->target[i].is_net) continue;
        st = read_training(&t, c, c->target + i, ctx);
        break;
    }
    if (st == QD_OK && c->trains) {
        qd_json_t w;
        qd_json_init(w, resolved);
        qd_json_object(w, NULL);
        qd_run_spec_json(w, t.spec);
        qd_json_end(w);
        qd_json_end(w);
        qd_json_finish(w);
    }
    training_clear(&t);
    return st;
}

static qd_status certify(double *lower, double *upper, const training *t, const qd_approx_target_t f, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_enclosure_t e;
    qd_target view = qd_approx_target_view(f);
    qd_net_init(net);
    qd_enclosure_init(e);
    qd_status st = train_exact_read(net, t->run, ctx);
    if (st == QD_OK) st = qd_certify(e, net, &view, f->lo, f->hi, 1e-3, ctx);
    if (st == QD_OK) {
        *lower = arf_get_d(e->lower, ARF_RND_FLOOR);
        *upper = arf_get_d(e->upper, ARF_RND_CEIL);
    }
    qd_net_clear(net);
    qd_enclosure_clear(e);
    return st;
}

qd_status approximation_train(approximation_status *status, double *lower, double *upper, const approximation_config *c,
                              const approximation_target *target, const qd_approx_target_t f, const qd_net_t like, qd_ctx_t ctx)
{
    int64_t width[QD_APPROX_MAX_DEPTH + 2] = {1};
    training t;
    for (slong l = 0; l < like->depth; l++) width[l + 1] = like->layer[l].out;
    training_init(&t);
    qd_status st = read_training(&t, c, target, ctx);
    if (st == QD_OK) qd_spec_dense(t.spec->model, width, like->depth, like->layer[0].neuron);
    if (st == QD_OK) st = qd_run_start(t.run, t.spec, t.data.train, t.data.test, ctx->seed, ctx);
    if (st == QD_OK) st = qd_run_advance(t.run, t.spec->steps, ctx);
    if (st == QD_OK) {
        *status = t.run->status == QD_RUN_COLLAPSED ? TRAINED_COLLAPSED : TRAINED_DONE;
        if (*status == TRAINED_DONE) st = certify(lower, upper, &t, f, ctx);
    }
    training_clear(&t);
    return st;
}
