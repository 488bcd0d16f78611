/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/table_trained.h"

#include <string.h>

#include "train/train_data.h"
#include "train/train_exact.h"

/* A run of the entry. The configuration is read for a model in which all its keys may have an effect; the row's own takes its place. */
typedef struct {
    qd_doc_t model;
    train_data data;
    qd_run_spec_t spec;
    qd_run_t run;
} trained;

static void trained_init(trained *t)
{
    qd_doc_init(t->model);
    train_data_init(&t->data);
    qd_run_spec_init(t->spec);
    qd_run_init(t->run);
}

static void trained_clear(trained *t)
{
    qd_run_clear(t->run);
    qd_run_spec_clear(t->spec);
    train_data_clear(&t->data);
    qd_doc_clear(t->model);
}

qd_status table_trained_check(const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = train_data_check(node, ctx);
    return st == QD_OK ? qd_config_check(node, ctx) : st;
}

static qd_status read_run(trained *t, const table_start *start, uint64_t seed, qd_ctx_t ctx)
{
    static const char own[] = "{\"model\": {\"hidden\": [1], \"kind\": \"quadratic\"}}",
                      instead[] = "{\"model\": {\"replace\": true, \"hidden\": [1], \"kind\": \"quadratic\"}}";
    const qd_node *base = start->base == NULL ? NULL : qd_doc_root(start->base);
    const char *model = base != NULL && qd_node_member(base, "model") != NULL ? instead : own;
    qd_status st = qd_doc_parse(t->model, model, strlen(model), QD_JSON, ctx);
    if (st != QD_OK) return st;
    qd_config config = {2, {qd_doc_root(t->model), start->node}};
    if (base != NULL) config.layer[config.n++] = base;
    st = train_data_read(&t->data, &config, seed, ctx);
    if (st == QD_OK) st = qd_run_spec_read(t->spec, &config, t->data.train, ctx);
    if (st == QD_OK && start->after > t->spec->steps)
        st = qd_node_fail(start->node, ctx, "'after': found step %ld, expected at most %ld, the steps of the training", (long) start->after,
                          (long) t->spec->steps);
    return st;
}

static qd_status start_run(trained *t, const table_start *start, const qd_arch *arch, uint64_t seed, qd_ctx_t ctx)
{
    qd_status st = read_run(t, start, seed, ctx);
    if (st != QD_OK) return st;
    qd_spec_dense(t->spec->model, arch->width, arch->depth, arch->neuron);
    return qd_run_start(t->run, t->spec, t->data.train, t->data.test, seed, ctx);
}

qd_status table_trained_data(int64_t *outputs, uint64_t *digest, const table_start *start, int64_t inputs, uint64_t seed, qd_ctx_t ctx)
{
    trained t;
    trained_init(&t);
    qd_status st = read_run(&t, start, seed, ctx);
    const qd_data_struct *d = t.data.train;
    int64_t found = d->channels * d->height * d->width;
    if (st == QD_OK && found != inputs)
        st = qd_node_fail(start->node, ctx, "the data of '%.60s' have %ld inputs, expected %ld, the table's 'input_dim'", start->name,
                          (long) found, (long) inputs);
    int64_t width[] = {inputs, 1, d->outputs};
    const qd_arch arch = {2, width, qd_neuron_make(QD_LINEAR, QD_RELU), false, true};
    qd_spec_dense(t.spec->model, arch.width, arch.depth, arch.neuron);
    if (st == QD_OK) st = qd_run_start(t.run, t.spec, t.data.train, t.data.test, seed, ctx);
    if (st == QD_OK) {
        *outputs = d->outputs;
        const uint64_t part[] = {t.run->digest.train, t.run->digest.test, t.run->digest.from};
        *digest = qd_hash((const char *) part, sizeof part);
    }
    trained_clear(&t);
    return st;
}

qd_status table_trained_fits(const table_start *start, const qd_arch *arch, uint64_t seed, qd_ctx_t ctx)
{
    trained t;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    trained_init(&t);
    qd_status st = start_run(&t, start, arch, seed, own);
    trained_clear(&t);
    return qd_ctx_prefix(ctx, st, own, "%s: ", start->name);
}

qd_status table_trained_network(qd_net_t net, bool *collapsed, const table_start *start, const qd_arch *arch, uint64_t seed, qd_ctx_t ctx)
{
    trained t;
    trained_init(&t);
    qd_status st = start_run(&t, start, arch, seed, ctx);
    if (st == QD_OK) st = qd_run_advance(t.run, start->after >= 0 ? start->after : t.spec->steps, ctx);
    if (st == QD_OK) {
        *collapsed = t.run->status == QD_RUN_COLLAPSED;
        if (!*collapsed) st = train_exact_read(net, t.run, ctx);
    }
    trained_clear(&t);
    return st;
}
