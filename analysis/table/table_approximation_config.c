/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/network.h"
#include "table/table_approximation.h"
#include "table/table_config.h"
#include "train/train.h"

void approximation_config_init(approximation_config *c)
{
    memset(c, 0, sizeof *c);
    qd_doc_init(c->doc);
}

void approximation_config_clear(approximation_config *c)
{
    for (int64_t i = 0; i < c->ntargets; i++) {
        approximation_target *t = c->target + i;
        free(t->name);
        qd_spline_clear(t->spline);
        qd_net_clear(t->net);
        fmpq_clear(t->lo);
        fmpq_clear(t->hi);
    }
    free(c->target);
    if (c->tolerance != NULL) _fmpq_vec_clear(c->tolerance, c->ntolerances);
    free(c->kind);
    free(c->name);
    qd_doc_clear(c->doc);
}

/* ---- targets ------------------------------------------------------------------------------- */

/* The key 'interval'; else the usual one of a built-in function, or that of a spline. */
static qd_status read_interval(approximation_target *t, const qd_node *node, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(node, "interval");
    const qd_named_target *named = qd_named_target_find(t->name);
    if (m != NULL) {
        fmpq *v = _fmpq_vec_init(2);
        qd_status st = config_rationals(v, 2, m, "'interval'", ctx);
        if (st == QD_OK && fmpq_cmp(v, v + 1) >= 0) st = qd_node_fail(m, ctx, "'interval' must be [a, b] with a < b");
        fmpq_set(t->lo, v);
        fmpq_set(t->hi, v + 1);
        _fmpq_vec_clear(v, 2);
        return st;
    }
    if (!t->is_spline && !t->is_net && named != NULL) {
        qd_rat_set_double(t->lo, named->lo);
        qd_rat_set_double(t->hi, named->hi);
        return QD_OK;
    }
    if (!t->spline->has_lo || !t->spline->has_hi) return qd_node_fail(node, ctx, "key 'interval' is missing in a target");
    fmpq_set(t->lo, t->spline->lo);
    fmpq_set(t->hi, t->spline->hi);
    return QD_OK;
}

static qd_status read_source(approximation_target *t, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const sources[] = {"target", "spline", "network"};
    const qd_node *found = NULL;
    const char *text;
    int k = -1;
    qd_ctx_t own;
    for (int i = 0; i < 3; i++) {
        const qd_node *m = qd_node_member(node, sources[i]);
        if (m == NULL) continue;
        if (found != NULL) return qd_node_fail(m, ctx, "found '%s' and '%s', expected one of them", sources[k], sources[i]);
        found = m;
        k = i;
    }
    if (found == NULL) return qd_node_fail(node, ctx, "a target has none of 'target', 'spline', 'network'");
    qd_status st = qd_node_get_string(&text, found, sources[k], ctx);
    if (st != QD_OK) return st;
    t->name = qd_strdup(text);
    t->is_spline = k == 1;
    t->is_net = k == 2;
    qd_ctx_own(own, ctx);
    if (t->is_spline) st = qd_spline_read(t->spline, text, own);
    if (t->is_net) st = cli_network_read(t->net, text, own);
    return qd_ctx_prefix(ctx, st, own, "%s: ", text);
}

qd_status approximation_target_make(qd_approx_target_t f, const approximation_target *t, qd_ctx_t ctx)
{
    if (t->is_spline) return qd_approx_target_set_spline(f, t->spline, t->lo, t->hi, ctx);
    if (t->is_net) return qd_approx_target_set_net(f, t->net, t->lo, t->hi, ctx);
    return qd_approx_target_set_expr(f, t->name, t->lo, t->hi, ctx);
}

/* Is it a target for all of the tolerances? */
static qd_status check_target(const approximation_config *c, const approximation_target *t, const qd_node *node, qd_ctx_t ctx)
{
    qd_approx_target_t f;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_approx_target_init(f);
    qd_status st = approximation_target_make(f, t, own);
    for (int64_t i = 0; i < c->ntolerances && st == QD_OK; i++) st = qd_approx_check_tolerance(f, c->tolerance + i, own);
    qd_approx_target_clear(f);
    if (st == QD_EINPUT || st == QD_EDOMAIN) return qd_node_fail(node, ctx, "%.60s: %s", t->name, qd_ctx_message(own));
    return qd_ctx_pass(ctx, st, own);
}

static qd_status read_targets(approximation_config *c, const qd_node *list, qd_ctx_t ctx)
{
    static const char *const keys[] = {"target", "spline", "network", "interval", NULL};
    qd_status st = qd_node_get_array(list, "'targets'", ctx);
    if (st == QD_OK && qd_node_count(list) == 0) return qd_node_fail(list, ctx, "'targets' is empty, expected at least one");
    if (st != QD_OK) return st;
    c->target = qd_calloc((size_t) qd_node_count(list), sizeof *c->target);
    for (int64_t i = 0; i < qd_node_count(list) && st == QD_OK; i++) {
        const qd_node *node = qd_node_item(list, i);
        approximation_target *t = c->target + c->ntargets++;
        qd_spline_init(t->spline);
        qd_net_init(t->net);
        fmpq_init(t->lo);
        fmpq_init(t->hi);
        if ((st = qd_node_get_object(node, "a target", ctx)) != QD_OK) break;
        if ((st = qd_node_only_keys(node, keys, "a target", ctx)) != QD_OK) break;
        if ((st = read_source(t, node, ctx)) == QD_OK) st = read_interval(t, node, ctx);
        if (st == QD_OK) st = check_target(c, t, node, ctx);
    }
    return st;
}

/* ---- tolerances and kinds ------------------------------------------------------------------ */

static qd_status read_tolerances(approximation_config *c, const qd_node *list, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(list, "'tolerances'", ctx);
    if (st == QD_OK && qd_node_count(list) == 0) return qd_node_fail(list, ctx, "'tolerances' is empty, expected at least one");
    if (st != QD_OK) return st;
    c->ntolerances = qd_node_count(list);
    c->tolerance = _fmpq_vec_init(c->ntolerances);
    for (int64_t i = 0; i < c->ntolerances && st == QD_OK; i++) {
        const qd_node *node = qd_node_item(list, i);
        st = qd_rat_from_node(c->tolerance + i, node, "a tolerance", ctx);
        if (st == QD_OK && fmpq_sgn(c->tolerance + i) <= 0) st = qd_node_fail(node, ctx, "a tolerance must be positive");
    }
    return st;
}

/* linear, quadratic, or {kind: quadratic, depth: 2} */
static qd_status read_kind(approximation_kind *k, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"kind", "depth", NULL};
    bool object = qd_node_kind(node) == QD_NODE_OBJECT;
    const qd_node *m = node;
    const char *text;
    qd_status st = QD_OK;
    k->depth = 1;
    if (object) st = qd_node_only_keys(node, keys, "a kind", ctx);
    if (st == QD_OK && object) st = qd_node_need(&m, node, "kind", "a kind", ctx);
    if (st == QD_OK) st = qd_node_get_string(&text, m, "'kind'", ctx);
    if (st != QD_OK) return st;
    if (strcmp(text, "linear") != 0 && strcmp(text, "quadratic") != 0)
        return qd_node_fail(m, ctx, "unknown kind '%.40s'; known are linear, quadratic", text);
    k->kind = strcmp(text, "linear") == 0 ? QD_LINEAR : QD_QUADRATIC;
    return object ? qd_node_optional_int(&k->depth, node, "depth", 1, k->kind == QD_LINEAR ? 1 : QD_APPROX_MAX_DEPTH, ctx) : QD_OK;
}

static qd_status read_kinds(approximation_config *c, const qd_node *list, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(list, "'kinds'", ctx);
    if (st == QD_OK && qd_node_count(list) == 0) return qd_node_fail(list, ctx, "'kinds' is empty, expected at least one");
    if (st != QD_OK) return st;
    c->nkinds = qd_node_count(list);
    c->kind = qd_calloc((size_t) c->nkinds, sizeof *c->kind);
    for (int64_t i = 0; i < c->nkinds && st == QD_OK; i++) st = read_kind(c->kind + i, qd_node_item(list, i), ctx);
    return st;
}

/* ---- the file ------------------------------------------------------------------------------ */

qd_status approximation_config_read(approximation_config *c, const char *path, qd_ctx_t ctx)
{
    static const char *const keys[] = {"name", "targets", "tolerances", "kinds", "training", "strategy", NULL};
    const char *name = "approximation";
    const qd_node *node, *root;
    qd_status st = qd_doc_read(c->doc, path, QD_YAML, ctx);
    if (st != QD_OK) return st;
    root = qd_doc_root(c->doc);
    if ((st = qd_node_get_object(root, "the configuration", ctx)) != QD_OK) return st;
    if ((st = qd_node_only_keys(root, keys, "the configuration", ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_string(&name, root, "name", ctx)) != QD_OK) return st;
    c->name = qd_strdup(name);
    if ((st = qd_node_need(&node, root, "tolerances", "the configuration", ctx)) != QD_OK) return st;
    if ((st = read_tolerances(c, node, ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&node, root, "kinds", "the configuration", ctx)) != QD_OK) return st;
    if ((st = read_kinds(c, node, ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&node, root, "targets", "the configuration", ctx)) != QD_OK) return st;
    if ((st = read_targets(c, node, ctx)) != QD_OK) return st;
    c->trains = qd_node_member(root, "training") != NULL;
    if (!c->trains && (node = qd_node_member(root, "strategy")) != NULL)
        return qd_node_fail(node, ctx, "found 'strategy' without 'training', expected both or none");
    return qd_config_check(root, ctx);
}

void approximation_describe(qd_buf_t out, const approximation_config *c)
{
    for (int64_t i = 0; i < c->ntargets; i++) {
        const approximation_target *t = c->target + i;
        qd_buf_printf(out, "; %s on ", t->name);
        qd_rat_print(out, t->lo);
        qd_buf_puts(out, ":");
        qd_rat_print(out, t->hi);
        if (t->is_spline) qd_spline_print(out, t->spline);
        if (t->is_net) qd_net_print(out, t->net);
    }
    for (int64_t i = 0; i < c->ntolerances; i++) {
        qd_buf_puts(out, "; ");
        qd_rat_print(out, c->tolerance + i);
    }
    for (int64_t i = 0; i < c->nkinds; i++) qd_buf_printf(out, "; %s %" PRId64, qd_kind_get(c->kind[i].kind)->name, c->kind[i].depth);
}
