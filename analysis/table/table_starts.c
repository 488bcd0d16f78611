/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/table_starts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/network.h"
#include "table/table_config.h"
#include "table/table_trained.h"

enum { MAX_GRID = 1000000000 }; /* numbers of the weights */

void table_starts_clear(table_starts *s)
{
    for (int64_t i = 0; i < s->n; i++) {
        table_start *t = s->start + i;
        free(t->name);
        if (t->base != NULL) qd_doc_clear(t->base);
        free(t->base);
        qd_net_clear(t->net);
    }
    free(s->start);
    *s = (table_starts){0};
}

/* Appends one and returns it; it takes the text of the name. */
static table_start *add(table_starts *s, start_type type, const qd_buf_t name)
{
    s->start = qd_realloc(s->start, sizeof *s->start * (size_t) (s->n + 1));
    table_start *t = s->start + s->n++;
    *t = (table_start){.type = type, .name = qd_strdup(qd_buf_str(name)), .after = -1, .outputs = 1};
    qd_net_init(t->net);
    return t;
}

/* ---- random weights ------------------------------------------------------------------------ */

static void add_grid(table_starts *s, int64_t range, int64_t denominator)
{
    qd_buf_t name;
    qd_buf_init(name);
    qd_buf_printf(name, "grid %" PRId64 "/%" PRId64, range, denominator);
    add(s, START_DRAWN, name)->weights = (qd_random_weights){QD_WEIGHTS_GRID, (slong) range, (slong) denominator};
    qd_buf_clear(name);
}

static qd_status read_grid(table_starts *s, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"type", "range", "denominator", NULL};
    int64_t range = 8, denominator = 8;
    qd_status st = qd_node_only_keys(node, keys, "'weights' of type grid", ctx);
    if (st == QD_OK) st = qd_node_optional_int(&range, node, "range", 1, MAX_GRID, ctx);
    if (st == QD_OK) st = qd_node_optional_int(&denominator, node, "denominator", 1, MAX_GRID, ctx);
    if (st == QD_OK) add_grid(s, range, denominator);
    return st;
}

static qd_status read_gauss(table_starts *s, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"type", NULL};
    qd_status st = qd_node_only_keys(node, keys, "'weights' of type gauss", ctx);
    if (st != QD_OK) return st;
    qd_buf_t name;
    qd_buf_init(name);
    qd_buf_puts(name, "gauss");
    add(s, START_DRAWN, name)->weights = (qd_random_weights){QD_WEIGHTS_GAUSS, 1, 1};
    qd_buf_clear(name);
    return QD_OK;
}

static qd_status add_near(table_starts *s, const qd_node *node, qd_ctx_t ctx)
{
    double distance;
    qd_status st = qd_node_get_double(&distance, node, 0, 1e9, "'distance'", ctx);
    if (st != QD_OK) return st;
    qd_buf_t name;
    qd_buf_init(name);
    qd_buf_printf(name, "relinear %s", qd_node_text(node, NULL));
    add(s, START_NEAR, name)->distance = distance;
    qd_buf_clear(name);
    return QD_OK;
}

/* distance: a number, or a list of them */
static qd_status read_near(table_starts *s, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"type", "distance", NULL};
    const qd_node *m;
    qd_status st = qd_node_only_keys(node, keys, "'weights' of type relinear", ctx);
    if (st == QD_OK) st = qd_node_need(&m, node, "distance", "'weights' of type relinear", ctx);
    if (st != QD_OK) return st;
    if (qd_node_kind(m) != QD_NODE_ARRAY) return add_near(s, m, ctx);
    if (qd_node_count(m) == 0) return qd_node_fail(m, ctx, "'distance' is empty, expected at least one number");
    for (int64_t i = 0; i < qd_node_count(m) && st == QD_OK; i++) st = add_near(s, qd_node_item(m, i), ctx);
    return st;
}

/* ---- trained networks ---------------------------------------------------------------------- */

static qd_status add_trained(table_starts *s, const qd_node *node, const char *title, const char *path, int64_t after, qd_ctx_t ctx)
{
    qd_buf_t name;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_buf_init(name);
    qd_buf_puts(name, title);
    if (after >= 0) qd_buf_printf(name, " step %" PRId64, after);
    table_start *t = add(s, START_TRAINED, name);
    qd_buf_clear(name);
    t->node = node;
    t->after = after;
    if (path == NULL) return QD_OK;
    t->base = qd_malloc(sizeof *t->base);
    qd_doc_init(t->base);
    qd_status st = qd_doc_read(t->base, path, QD_YAML, own);
    if (st == QD_OK) st = qd_node_get_object(qd_doc_root(t->base), "the configuration", own);
    return qd_ctx_prefix(ctx, st, own, "%s: ", path);
}

/* The blocks of a training configuration, or 'config', a file that has them, below the blocks that are there. after: a number of steps, or a
   list of them. */
static qd_status read_trained(table_starts *s, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"type", "name", "config", "data", "strategy", "training", "after", NULL};
    const char *name = "trained", *path = NULL;
    int64_t *after = NULL, n = 0, one = -1;
    qd_status st = qd_node_only_keys(node, keys, "'weights' of type trained", ctx);
    if (st == QD_OK) st = qd_node_optional_string(&name, node, "name", ctx);
    if (st == QD_OK) st = qd_node_optional_string(&path, node, "config", ctx);
    if (st == QD_OK) st = table_trained_check(node, ctx);
    const qd_node *m = qd_node_member(node, "after");
    bool list = m != NULL && qd_node_kind(m) == QD_NODE_ARRAY;
    if (st == QD_OK && list) st = config_ints(&after, &n, m, 0, (int64_t) 1 << 40, "'after'", ctx);
    else if (st == QD_OK && m != NULL) st = qd_node_get_int(&one, m, 0, (int64_t) 1 << 40, "'after'", ctx);
    if (st == QD_OK && !list) st = add_trained(s, node, name, path, one, ctx);
    for (int64_t i = 0; i < n && st == QD_OK; i++) st = add_trained(s, node, name, path, after[i], ctx);
    free(after);
    return st;
}

static qd_status add_file(table_starts *s, const qd_node *node, int64_t inputs, qd_ctx_t ctx)
{
    const char *path;
    qd_ctx_t own;
    qd_buf_t name;
    qd_status st = qd_node_get_string(&path, node, "a file of 'files'", ctx);
    if (st != QD_OK) return st;
    qd_ctx_own(own, ctx);
    qd_buf_init(name);
    qd_buf_puts(name, path);
    table_start *t = add(s, START_FILE, name);
    qd_buf_clear(name);
    if ((st = cli_network_read(t->net, path, own)) != QD_OK) return qd_ctx_prefix(ctx, st, own, "%s: ", path);
    if (t->net->input_dim == inputs) return QD_OK;
    return qd_node_fail(node, ctx, "%.200s has %ld inputs, expected %" PRId64 ", the table's 'input_dim'", path, (long) t->net->input_dim,
                        inputs);
}

static qd_status read_files(table_starts *s, const qd_node *node, int64_t inputs, qd_ctx_t ctx)
{
    static const char *const keys[] = {"type", "files", NULL};
    const qd_node *m;
    qd_status st = qd_node_only_keys(node, keys, "'weights' of type files", ctx);
    if (st == QD_OK) st = qd_node_need(&m, node, "files", "'weights' of type files", ctx);
    if (st == QD_OK) st = qd_node_get_array(m, "'files'", ctx);
    if (st == QD_OK && qd_node_count(m) == 0) st = qd_node_fail(m, ctx, "'files' is empty, expected at least one network file");
    for (int64_t i = 0; st == QD_OK && i < qd_node_count(m); i++) st = add_file(s, qd_node_item(m, i), inputs, ctx);
    return st;
}

/* ---- the list ------------------------------------------------------------------------------ */

static qd_status read_entry(table_starts *s, const qd_node *node, bool only_drawn, int64_t inputs, qd_ctx_t ctx)
{
    const qd_node *m;
    const char *type;
    qd_status st;
    if ((st = qd_node_need(&m, node, "type", "'weights'", ctx)) != QD_OK) return st;
    if ((st = qd_node_get_string(&type, m, "'type'", ctx)) != QD_OK) return st;
    if (strcmp(type, "grid") == 0) return read_grid(s, node, ctx);
    if (strcmp(type, "gauss") == 0) return read_gauss(s, node, ctx);
    if (strcmp(type, "relinear") == 0) return read_near(s, node, ctx);
    if (strcmp(type, "trained") == 0 && !only_drawn) return read_trained(s, node, ctx);
    if (strcmp(type, "files") == 0 && !only_drawn) return read_files(s, node, inputs, ctx);
    return qd_node_fail(m, ctx, "unknown weights '%.40s'; known are grid, gauss, relinear%s", type, only_drawn ? "" : ", trained, files");
}

static qd_status check_names(const table_starts *s, const qd_node *node, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t k = 0; k < i; k++)
            if (strcmp(s->start[i].name, s->start[k].name) == 0)
                return qd_node_fail(node, ctx,
                                    "found '%.60s' twice in 'weights', expected entries that differ; 'name' tells trained ones apart",
                                    s->start[i].name);
    return QD_OK;
}

qd_status table_starts_read(table_starts *s, const qd_node *weights, bool only_drawn, int64_t inputs, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    if (weights == NULL) {
        add_grid(s, 8, 8);
        return QD_OK;
    }
    if (qd_node_kind(weights) != QD_NODE_ARRAY || only_drawn) {
        st = read_entry(s, weights, only_drawn, inputs, ctx);
        if (st == QD_OK && only_drawn && s->n != 1)
            st = qd_node_fail(weights, ctx, "'weights': found %" PRId64 " distances, expected one", s->n);
        return st;
    }
    if (qd_node_count(weights) == 0) return qd_node_fail(weights, ctx, "'weights' is empty, expected at least one entry");
    for (int64_t i = 0; i < qd_node_count(weights) && st == QD_OK; i++)
        st = read_entry(s, qd_node_item(weights, i), only_drawn, inputs, ctx);
    return st == QD_OK ? check_names(s, weights, ctx) : st;
}

/* ---- printing ------------------------------------------------------------------------------ */

void table_starts_print(qd_buf_t out, const table_starts *s)
{
    for (int64_t i = 0; i < s->n; i++) qd_buf_printf(out, "%s%s", i == 0 ? "weights " : "; ", s->start[i].name);
}

static void describe_trained(qd_buf_t out, const table_start *t)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_array(w, NULL);
    qd_json_node(w, NULL, t->node);
    if (t->base != NULL) qd_json_node(w, NULL, qd_doc_root(t->base));
    qd_json_end(w);
}

void table_starts_describe(qd_buf_t out, const table_starts *s)
{
    for (int64_t i = 0; i < s->n; i++) {
        const table_start *t = s->start + i;
        qd_buf_printf(out, "; %s ", t->name);
        if (t->type == START_TRAINED) describe_trained(out, t);
        else if (t->type == START_FILE) qd_net_print(out, t->net);
        else qd_buf_printf(out, "%a", t->distance);
    }
}
