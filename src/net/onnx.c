/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The units of a graph as layers. A unit stands in the layer of its level; what a later layer reads is carried through those between by
   identity units, behind the layer's own, so that patterns list what switches in the order of the graph. Where the outputs are the units of
   the last level, that is the last layer; else one of identity units with the outputs' forms follows. */
#include "net/impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const qd_onnx_struct *g;
    slong variables, depth;
    bool readout;
    slong *last;  /* the last layer that reads a variable */
    slong *place; /* of a variable among the inputs of the layer at hand */
    slong *live;  /* the variables at the end of the layer at hand, nlive of them */
    slong nlive;
    qd_net__graph_unit *unit; /* room for all */
} plan;

static slong level_of(const qd_onnx_struct *g, slong v)
{
    return v < g->inputs ? 0 : g->unit[v - g->inputs].level;
}

static void note_use(slong *last, const qd_onnx_form *f, slong layer)
{
    for (slong k = 0; k < f->n; k++)
        if (last[f->at[k]] < layer) last[f->at[k]] = layer;
    for (slong k = 0; k < f->nterms; k++) {
        if (last[f->term[k].i] < layer) last[f->term[k].i] = layer;
        if (last[f->term[k].j] < layer) last[f->term[k].j] = layer;
    }
    for (slong k = 0; k < f->nproducts; k++) {
        note_use(last, f->product[k].a, layer);
        note_use(last, f->product[k].b, layer);
    }
}

/* Are the outputs all units of the last level, each once? */
static bool ends_with_units(const qd_onnx_struct *g, slong top)
{
    slong n = 0;
    for (slong k = 0; k < g->nunits; k++) n += g->unit[k].level == top;
    if (top == 0 || n != g->noutputs) return false;
    bool *seen = qd_calloc((size_t) (g->inputs + g->nunits), sizeof *seen), yes = true;
    for (slong k = 0; k < n && yes; k++) {
        const qd_onnx_form *f = g->output[k];
        yes = f->n == 1 && f->nterms == 0 && f->nproducts == 0 && fmpq_is_one(f->w) && fmpq_is_zero(f->c) && level_of(g, f->at[0]) == top &&
              !seen[f->at[0]];
        if (yes) seen[f->at[0]] = true;
    }
    free(seen);
    return yes;
}

static void plan_init(plan *p, const qd_onnx_struct *g)
{
    slong top = 0;
    for (slong k = 0; k < g->nunits; k++) top = g->unit[k].level > top ? g->unit[k].level : top;
    *p = (plan){.g = g, .variables = g->inputs + g->nunits};
    p->readout = !ends_with_units(g, top);
    p->depth = top + p->readout;
    size_t room = (size_t) (p->variables + g->noutputs);
    p->last = qd_calloc(room, sizeof *p->last);
    p->place = qd_calloc(room, sizeof *p->place);
    p->live = qd_calloc(room, sizeof *p->live);
    p->unit = qd_calloc(room, sizeof *p->unit);
    for (slong k = 0; k < g->nunits; k++) note_use(p->last, g->unit[k].z, g->unit[k].level);
    for (slong k = 0; k < g->noutputs; k++) note_use(p->last, g->output[k], p->depth);
    for (slong v = 0; v < g->inputs; v++) p->live[v] = p->place[v] = v;
    p->nlive = g->inputs;
}

static void plan_clear(plan *p)
{
    free(p->last);
    free(p->place);
    free(p->live);
    free(p->unit);
}

/* The variables at the end of layer l become p->live: its own units first. */
static void go_on(plan *p, const slong *own, slong nown, slong l)
{
    slong n = nown, *next = qd_malloc(sizeof *next * (size_t) (nown + p->nlive + 1));
    memcpy(next, own, sizeof *own * (size_t) nown);
    for (slong k = 0; k < p->nlive; k++)
        if (p->last[p->live[k]] > l) next[n++] = p->live[k];
    free(p->live);
    p->live = next;
    p->nlive = n;
}

/* The variables of level l, in the order of the graph, or of the outputs where these are the last layer. */
static slong units_of(slong *own, const plan *p, slong l)
{
    slong n = 0;
    if (l == p->depth && !p->readout)
        for (; n < p->g->noutputs; n++) own[n] = p->g->output[n]->at[0];
    else
        for (slong k = 0; k < p->g->nunits; k++)
            if (p->g->unit[k].level == l) own[n++] = p->g->inputs + k;
    return n;
}

static qd_status add_layer(qd_net_t net, plan *p, slong l, slong *own, qd_ctx_t ctx)
{
    const qd_onnx_struct *g = p->g;
    slong in = p->nlive, nown = units_of(own, p, l);
    for (slong k = 0; k < in; k++) p->place[p->live[k]] = k;
    go_on(p, own, nown, l);
    for (slong k = 0; k < p->nlive; k++) {
        const qd_onnx_unit *u = k < nown ? g->unit + (p->live[k] - g->inputs) : NULL;
        p->unit[k] = u != NULL ? (qd_net__graph_unit){u->act, u->power, u->slope, u->z, -1}
                               : (qd_net__graph_unit){QD_IDENTITY, 1, NULL, NULL, p->place[p->live[k]]};
    }
    if (p->readout && l == p->depth) {
        for (slong k = 0; k < g->noutputs; k++) p->unit[k] = (qd_net__graph_unit){QD_IDENTITY, 1, NULL, g->output[k], -1};
        p->nlive = g->noutputs;
    }
    return qd_net__add_units(net, p->unit, p->nlive, in, p->place, ctx);
}

static qd_status layers(qd_net_t net, const qd_onnx_t g, qd_ctx_t ctx)
{
    plan p;
    qd_status st = QD_OK;
    plan_init(&p, g);
    slong *own = qd_malloc(sizeof *own * (size_t) (p.variables + g->noutputs));
    for (slong l = 1; l <= p.depth && st == QD_OK; l++)
        if ((st = qd_ctx_budget(ctx)) == QD_OK) st = add_layer(net, &p, l, own, ctx);
    free(own);
    plan_clear(&p);
    return st;
}

qd_status qd_net__read_onnx(qd_net_t net, qd_buf_struct *note, const char *path, qd_ctx_t ctx)
{
    qd_onnx_t g;
    qd_net_t t;
    qd_onnx_init(g);
    qd_net_init(t);
    qd_status st = qd_onnx_read(g, path, ctx);
    if (st == QD_OK) st = layers(t, g, ctx);
    if (st == QD_OK && note != NULL) qd_buf_puts(note, qd_buf_str(g->note));
    if (st == QD_OK) qd_net_swap(net, t);
    qd_net_clear(t);
    qd_onnx_clear(g);
    return st;
}
