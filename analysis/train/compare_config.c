/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies: reading the axes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/compare.h"
#include "train/summary.h"

static const qd_setting alone[] = {
    {"training", "checkpoint_every", 1, "a run of its own (quadric train)"},
    {NULL, NULL, 0, NULL},
};

static const char *const axis_key[] = {"targets", "models", "strategies"};

void compare_init(compare_study *s)
{
    memset(s, 0, sizeof *s);
    qd_doc_init(s->doc);
    qd_buf_init(s->name);
    qd_buf_init(s->resolved);
    s->seeds = 1;
}

void compare_clear(compare_study *s)
{
    for (int a = 0; a < COMPARE_AXES; a++) {
        for (int64_t i = 0; i < s->axis[a].n; i++) free(s->axis[a].entry[i].name);
        free(s->axis[a].entry);
    }
    for (int64_t i = 0; i < s->nswept; i++) qd_doc_clear(s->swept + i);
    free(s->swept);
    qd_doc_clear(s->doc);
    qd_buf_clear(s->name);
    qd_buf_clear(s->resolved);
}

/* ---- axes --------------------------------------------------------------------------------- */

static qd_status add_entry(compare_axis *axis, const char *name, const qd_node *layer, const qd_node *at, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < axis->n; i++)
        if (!strcmp(axis->entry[i].name, name))
            return qd_node_fail(at, ctx, "a second entry named '%.60s'; expected different names", name);
    axis->entry = qd_realloc(axis->entry, (size_t) (axis->n + 1) * sizeof *axis->entry);
    axis->entry[axis->n++] = (compare_entry){qd_strdup(name), layer};
    return QD_OK;
}

/* A small document as a layer: the values of a sweep, and targets given by their name. */
static qd_status add_text(compare_study *s, compare_axis *axis, const char *name, const qd_buf_struct *text, const qd_node *at,
                          qd_ctx_t ctx)
{
    s->swept = qd_realloc(s->swept, (size_t) (s->nswept + 1) * sizeof *s->swept);
    qd_doc_struct *doc = s->swept + s->nswept++;
    qd_doc_init(doc);
    qd_status st = qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx);
    return st == QD_OK ? add_entry(axis, name, qd_doc_root(doc), at, ctx) : st;
}

static qd_status add_target(compare_study *s, compare_axis *axis, const qd_node *node, qd_ctx_t ctx)
{
    qd_buf_t text;
    qd_json_t w;
    qd_buf_init(text);
    qd_json_init(w, text);
    qd_json_object(w, NULL);
    qd_json_object(w, "data");
    qd_json_string(w, "target", qd_node_text(node, NULL));
    qd_json_end(w);
    qd_json_end(w);
    qd_status st = add_text(s, axis, qd_node_text(node, NULL), text, node, ctx);
    qd_buf_clear(text);
    return st;
}

/* sweep: {gamma: [0, 1e-5, 1]}: one entry a value, with the keys of the entry's own block beside it. */
static qd_status add_sweep(compare_study *s, compare_axis *axis, const char *name, const qd_node *sweep, qd_ctx_t ctx)
{
    static const char *const keys[] = {"gamma", "gamma_g", "gamma_b", "alpha", "alpha_g", "alpha_b", "beta", "beta_g", "beta_b", NULL};
    qd_status st = qd_node_get_object(sweep, "'sweep'", ctx);
    if (st == QD_OK) st = qd_node_only_keys(sweep, keys, "'sweep'", ctx);
    if (st == QD_OK && qd_node_count(sweep) != 1)
        st = qd_node_fail(sweep, ctx, "'sweep' holds %ld keys, expected one", (long) qd_node_count(sweep));
    if (st != QD_OK) return st;
    const char *key = qd_node_key_at(sweep, 0);
    const qd_node *list = qd_node_value_at(sweep, 0);
    if ((st = qd_node_get_array(list, "the values of 'sweep'", ctx)) != QD_OK) return st;
    if (qd_node_count(list) == 0) return qd_node_fail(list, ctx, "'sweep' without values; expected at least one number");
    qd_buf_t text, label;
    qd_json_t w;
    qd_buf_init(text);
    qd_buf_init(label);
    for (int64_t i = 0; i < qd_node_count(list) && st == QD_OK; i++) {
        double x;
        if ((st = qd_node_get_double(&x, qd_node_item(list, i), 0, 1e9, "a value of 'sweep'", ctx)) != QD_OK) break;
        qd_buf_reset(text);
        qd_buf_reset(label);
        qd_json_init(w, text);
        qd_json_object(w, NULL);
        qd_json_object(w, "strategy");
        qd_json_double(w, key, x);
        qd_json_end(w);
        qd_json_end(w);
        qd_buf_printf(label, "%s %s=%s", name, key, qd_node_text(qd_node_item(list, i), NULL));
        st = add_text(s, axis, qd_buf_str(label), text, list, ctx);
    }
    qd_buf_clear(text);
    qd_buf_clear(label);
    return st;
}

static qd_status read_entry(compare_study *s, int a, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"name", "data", "model", "strategy", "training", "sweep", NULL};
    compare_axis *axis = s->axis + a;
    if (a == COMPARE_TARGETS && qd_node_kind(node) == QD_NODE_STRING) return add_target(s, axis, node, ctx);
    const qd_node *m, *sweep;
    const char *name;
    qd_status st = qd_node_get_object(node, "an entry of the list", ctx);
    if (st != QD_OK || (st = qd_node_only_keys(node, keys, "the entry", ctx)) != QD_OK ||
        (st = qd_node_need(&m, node, "name", "the entry", ctx)) != QD_OK || (st = qd_node_get_string(&name, m, "'name'", ctx)) != QD_OK ||
        (st = qd_config_check(node, ctx)) != QD_OK || (st = train_data_check(node, ctx)) != QD_OK)
        return st;
    if ((sweep = qd_node_member(node, "sweep")) == NULL) return add_entry(axis, name, node, node, ctx);
    if (a != COMPARE_STRATEGIES || qd_node_count(node) != 2)
        return qd_node_fail(sweep, ctx,
                            "'sweep' beside other keys or outside of 'strategies'; expected a strategy of 'name' and 'sweep' alone");
    return add_sweep(s, axis, name, sweep, ctx);
}

static qd_status read_axis(compare_study *s, int a, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *list = qd_node_member(root, axis_key[a]);
    qd_status st = QD_OK;
    if (list == NULL) return add_entry(s->axis + a, "-", NULL, root, ctx);
    if ((st = qd_node_get_array(list, axis_key[a], ctx)) != QD_OK) return st;
    if (qd_node_count(list) == 0) return qd_node_fail(list, ctx, "'%s' is empty, expected at least one entry", axis_key[a]);
    for (int64_t i = 0; i < qd_node_count(list) && st == QD_OK; i++) st = read_entry(s, a, qd_node_item(list, i), ctx);
    return st;
}

/* ---- items -------------------------------------------------------------------------------- */

int64_t compare_nitems(const compare_study *s)
{
    int64_t n = s->seeds;
    for (int a = 0; a < COMPARE_AXES; a++) n *= s->axis[a].n;
    return n;
}

void compare_item(const compare_study *s, int64_t item, int64_t entry[COMPARE_AXES], uint64_t *seed)
{
    *seed = s->first_seed + (uint64_t) (item % s->seeds);
    item /= s->seeds;
    for (int a = COMPARE_AXES - 1; a >= 0; a--) {
        entry[a] = item % s->axis[a].n;
        item /= s->axis[a].n;
    }
}

qd_config compare_config(const compare_study *s, int64_t item)
{
    int64_t entry[COMPARE_AXES];
    uint64_t seed;
    qd_config config = {0, {NULL}};
    compare_item(s, item, entry, &seed);
    for (int a = COMPARE_AXES - 1; a >= 0; a--) {
        const qd_node *layer = s->axis[a].entry[entry[a]].layer;
        if (layer != NULL) config.layer[config.n++] = layer;
    }
    config.layer[config.n++] = qd_doc_root(s->doc);
    return config;
}

void compare_item_name(qd_buf_t out, const compare_study *s, int64_t item)
{
    int64_t entry[COMPARE_AXES];
    uint64_t seed;
    compare_item(s, item, entry, &seed);
    for (int a = 0; a < COMPARE_AXES; a++) qd_buf_printf(out, "%s, ", s->axis[a].entry[entry[a]].name);
    qd_buf_printf(out, "seed %llu", (unsigned long long) seed);
}

/* ---- all ---------------------------------------------------------------------------------- */

qd_status compare_read(compare_study *s, const char *path, uint64_t seed, qd_ctx_t ctx)
{
    static const char *const keys[] = {"name",    "comment", "data",       "model", "strategy", "training",
                                       "targets", "models",  "strategies", "seeds", "exact",    NULL};
    qd_status st = qd_doc_read(s->doc, path, QD_YAML, ctx);
    if (st != QD_OK) return st;
    const qd_node *root = qd_doc_root(s->doc);
    if ((st = qd_node_get_object(root, "the study", ctx)) != QD_OK || (st = qd_node_only_keys(root, keys, "the study", ctx)) != QD_OK ||
        (st = train_data_check(root, ctx)) != QD_OK || (st = qd_config_check(root, ctx)) != QD_OK)
        return st;
    for (int a = 0; a < COMPARE_AXES && st == QD_OK; a++) st = read_axis(s, a, root, ctx);
    const qd_node *seeds = qd_node_member(root, "seeds");
    if (st == QD_OK && seeds != NULL) st = qd_node_get_int(&s->seeds, seeds, 1, 1000, "'seeds'", ctx);
    const qd_node *exact = qd_node_member(root, "exact");
    if (st == QD_OK && exact != NULL) st = qd_node_get_bool(&s->exact, exact, "'exact'", ctx);
    if (st == QD_OK) st = train_name(s->name, root, path, ctx);
    for (int64_t i = 0; st == QD_OK && i < compare_nitems(s); i += s->seeds) {
        qd_config config = compare_config(s, i);
        s->threshold |= qd_config_find(&config, "training", "threshold") != NULL;
        s->counted |= qd_config_find(&config, "training", "piece_every") != NULL;
        st = qd_config_effects(&config, alone, 0, ctx);
    }
    s->first_seed = seed;
    qd_json_t w;
    qd_json_init(w, s->resolved);
    qd_json_node(w, NULL, root);
    return st;
}
