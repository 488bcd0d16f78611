/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse layers in network files:
       {"kind": "sparse", "units": [{"activation": "relu", "quadratic": [[i, j, "c"], ...], "linear": [[i, "c"], ...], "b": "0"}, ...]}.
   Inputs count from 0, units and entries in messages from 1, as rows do. Memory is asked for by what is written, never by the number
   of inputs. */
#include "net/impl.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- reading ------------------------------------------------------------------------------ */

/* Where entry number `entry` of the file belongs; i = j for a linear one. */
typedef struct {
    slong i, j, entry;
} place;

static int by_place(const void *x, const void *y)
{
    const place *a = x, *b = y;
    if (a->i != b->i) return a->i < b->i ? -1 : 1;
    if (a->j != b->j) return a->j < b->j ? -1 : 1;
    return a->entry < b->entry ? -1 : a->entry > b->entry;
}

/* A list of entries: arrays of `indices` inputs and a number. */
typedef struct {
    const qd_node *node; /* NULL: absent */
    int indices;
    const char *what, *key;
    slong n;
    place *place; /* owned */
} entries;

static void name_entry(char where[QD_WHERE_MAX], const entries *e, slong k)
{
    snprintf(where, QD_WHERE_MAX, "%s, '%s', entry %ld", e->what, e->key, (long) k + 1);
}

static qd_status read_place(place *p, const entries *e, slong k, slong in, qd_ctx_t ctx)
{
    const qd_node *node = qd_node_item(e->node, k);
    const char *form = e->indices == 2 ? "[i, j, \"c\"]" : "[i, \"c\"]";
    char where[QD_WHERE_MAX], input[QD_WHERE_MAX + 16];
    int64_t at[2] = {0, 0};
    qd_status st = QD_OK;
    name_entry(where, e, k);
    if (qd_node_kind(node) != QD_NODE_ARRAY)
        return qd_node_fail(node, ctx, "%s: found %s, expected %s", where, qd_node_kind_name(node), form);
    if (qd_node_count(node) != e->indices + 1)
        return qd_node_fail(node, ctx, "%s: found an array of length %ld, expected %s", where, (long) qd_node_count(node), form);
    snprintf(input, sizeof input, "%s: the input", where);
    for (int q = 0; q < e->indices && st == QD_OK; q++) st = qd_node_get_int(at + q, qd_node_item(node, q), 0, in - 1, input, ctx);
    if (st != QD_OK) return st;
    if (e->indices == 1) at[1] = at[0];
    if (at[0] > at[1])
        return qd_node_fail(node, ctx, "%s: found the inputs %ld, %ld, expected the smaller one first", where, (long) at[0], (long) at[1]);
    *p = (place){(slong) at[0], (slong) at[1], k};
    return QD_OK;
}

static qd_status find_duplicates(const entries *e, qd_ctx_t ctx)
{
    for (slong k = 1; k < e->n; k++) {
        const place *p = e->place + k;
        if (p->i != p[-1].i || p->j != p[-1].j) continue;
        char where[QD_WHERE_MAX];
        name_entry(where, e, p->entry);
        return qd_node_fail(qd_node_item(e->node, p->entry), ctx, "%s: found the inputs of entry %ld again", where, (long) p[-1].entry + 1);
    }
    return QD_OK;
}

/* All places, in ascending order. */
static qd_status read_places(entries *e, const qd_node *unit, slong in, qd_ctx_t ctx)
{
    char where[QD_WHERE_MAX];
    qd_status st = QD_OK;
    e->node = qd_node_member(unit, e->key);
    if (e->node == NULL) return QD_OK;
    snprintf(where, sizeof where, "%s, '%s'", e->what, e->key);
    if ((st = qd_node_get_array(e->node, where, ctx)) != QD_OK) return st;
    e->n = qd_node_count(e->node);
    e->place = qd_malloc(sizeof *e->place * (size_t) (e->n + 1));
    for (slong k = 0; k < e->n && st == QD_OK; k++) st = read_place(e->place + k, e, k, in, ctx);
    if (st != QD_OK) return st;
    qsort(e->place, (size_t) e->n, sizeof *e->place, by_place);
    return find_duplicates(e, ctx);
}

/* The number of the k-th place. */
static qd_status read_coefficient(fmpq_t c, const entries *e, slong k, qd_ctx_t ctx)
{
    char where[QD_WHERE_MAX];
    name_entry(where, e, e->place[k].entry);
    return qd_rat_from_node(c, qd_node_item(qd_node_item(e->node, e->place[k].entry), e->indices), where, ctx);
}

static qd_status read_entries(qd_lowered_unit *unit, const entries *linear, const entries *quadratic, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_lowered_unit_resize(unit, linear->n, quadratic->n);
    for (slong k = 0; k < linear->n && st == QD_OK; k++) {
        unit->at[k] = linear->place[k].i;
        st = read_coefficient(unit->w + k, linear, k, ctx);
    }
    for (slong k = 0; k < quadratic->n && st == QD_OK; k++) {
        unit->term[k].i = quadratic->place[k].i;
        unit->term[k].j = quadratic->place[k].j;
        st = read_coefficient(unit->term[k].c, quadratic, k, ctx);
    }
    return st;
}

static qd_status read_unit(qd_lowered_unit *unit, const qd_node *node, slong in, const char *what, qd_ctx_t ctx)
{
    static const char *const keys[] = {"activation", "slope", "quadratic", "linear", "b", NULL};
    entries linear = {.what = what, .key = "linear", .indices = 1}, quadratic = {.what = what, .key = "quadratic", .indices = 2};
    char where[QD_WHERE_MAX + 8];
    qd_neuron neuron = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
    const qd_node *b;
    qd_status st;
    if ((st = qd_node_get_object(node, what, ctx)) != QD_OK) return st;
    if ((st = qd_node_only_keys(node, keys, what, ctx)) != QD_OK) return st;
    if ((st = qd_net__read_activation(&neuron, node, what, ctx)) != QD_OK) return st;
    unit->act = neuron.act;
    unit->power = neuron.power;
    if ((st = qd_net__read_slope(unit->slope, unit->act, node, what, ctx)) != QD_OK) return st;
    st = read_places(&quadratic, node, in, ctx);
    if (st == QD_OK) st = read_places(&linear, node, in, ctx);
    if (st == QD_OK) st = read_entries(unit, &linear, &quadratic, ctx);
    if (st == QD_OK && (b = qd_node_member(node, "b")) != NULL) {
        snprintf(where, sizeof where, "%s, 'b'", what);
        st = qd_rat_from_node(unit->b, b, where, ctx);
    }
    free(linear.place);
    free(quadratic.place);
    return st;
}

qd_status qd_net__read_sparse(qd_net_t net, const qd_node *node, slong in, const char *what, qd_ctx_t ctx)
{
    static const char *const keys[] = {"kind", "units", NULL};
    const qd_node *units;
    char where[QD_WHERE_MAX];
    qd_status st;
    if ((st = qd_node_only_keys(node, keys, what, ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&units, node, "units", what, ctx)) != QD_OK) return st;
    snprintf(where, sizeof where, "%s, 'units'", what);
    if ((st = qd_node_get_array(units, where, ctx)) != QD_OK) return st;
    if (qd_node_count(units) == 0) return qd_node_fail(units, ctx, "%s: found an empty array, expected one object a unit", where);
    qd_layer_struct *layer = qd_net_add_sparse(net, in, qd_node_count(units));
    for (slong u = 0; u < layer->out && st == QD_OK; u++) {
        snprintf(where, sizeof where, "%s, unit %ld", what, (long) u + 1);
        st = read_unit(layer->sparse + u, qd_node_item(units, u), in, where, ctx);
    }
    return st;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void print_unit(qd_json_t w, const qd_lowered_unit *unit)
{
    qd_json_object(w, NULL);
    qd_activation_json(w, unit->act, unit->power);
    if (unit->act == QD_LEAKY_RELU) qd_rat_json(w, "slope", unit->slope);
    if (unit->nterms > 0) {
        qd_json_array(w, "quadratic");
        for (slong k = 0; k < unit->nterms; k++) {
            qd_json_array(w, NULL);
            qd_json_int(w, NULL, unit->term[k].i);
            qd_json_int(w, NULL, unit->term[k].j);
            qd_rat_json(w, NULL, unit->term[k].c);
            qd_json_end(w);
        }
        qd_json_end(w);
    }
    if (unit->nw > 0) {
        qd_json_array(w, "linear");
        for (slong k = 0; k < unit->nw; k++) {
            qd_json_array(w, NULL);
            qd_json_int(w, NULL, unit->at[k]);
            qd_rat_json(w, NULL, unit->w + k);
            qd_json_end(w);
        }
        qd_json_end(w);
    }
    qd_rat_json(w, "b", unit->b);
    qd_json_end(w);
}

void qd_net__print_sparse(qd_json_t w, const qd_layer_struct *layer)
{
    qd_json_string(w, "kind", "sparse");
    qd_json_array(w, "units");
    for (slong u = 0; u < layer->out; u++) {
        qd_json_line(w, 5);
        print_unit(w, layer->sparse + u);
    }
    qd_json_end(w);
}
