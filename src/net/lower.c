/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lowering: every neuron kind as one polynomial of degree <= 2 in its inputs, kept as a product of two affine forms (where the
   kind has one), a sparse quadratic part and an affine part, with its activation; sparse layers are such units already. On the exact side
   only what lowers and what differentiates knows what a parameter does. */
#include "net/impl.h"

#include <stdlib.h>
#include <string.h>

void qd_lowered_init(qd_lowered_t low)
{
    memset(low, 0, sizeof *low);
}

void qd_lowered_clear(qd_lowered_t low)
{
    for (slong l = 0; l < low->depth; l++) {
        qd_lowered_layer *layer = low->layer + l;
        for (slong u = 0; u < layer->out; u++) qd_lowered_unit_clear(layer->unit + u, layer->in);
        free(layer->unit);
    }
    free(low->layer);
    qd_lowered_init(low);
}

static fmpq *copy_row(const qd_layer_struct *layer, int k, slong u)
{
    fmpq *v = _fmpq_vec_init(layer->in);
    for (slong j = 0; j < layer->in; j++) fmpq_set(v + j, qd_layer_at(layer, k, u, j));
    return v;
}

static void add_term(qd_lowered_unit *unit, slong i, slong j, const fmpq_t c)
{
    if (fmpq_is_zero(c)) return;
    unit->term = qd_realloc(unit->term, sizeof *unit->term * (size_t) (unit->nterms + 1));
    qd_term *t = unit->term + unit->nterms++;
    t->i = i;
    t->j = j;
    fmpq_init(t->c);
    fmpq_set(t->c, c);
}

/* Parameter k of neuron u. */
static void lower_param(qd_lowered_unit *unit, const qd_layer_struct *layer, int k, slong u)
{
    slong n = layer->in;
    switch (qd_kind_get(layer->neuron.kind)->param[k].role) {
    case QD_ROLE_R:
        unit->r = copy_row(layer, k, u);
        return;
    case QD_ROLE_R0:
        fmpq_set(unit->r0, qd_layer_at(layer, k, u, 0));
        return;
    case QD_ROLE_G:
        unit->g = copy_row(layer, k, u);
        return;
    case QD_ROLE_G0:
        fmpq_set(unit->g0, qd_layer_at(layer, k, u, 0));
        return;
    case QD_ROLE_S:
        for (slong j = 0; j < n; j++) add_term(unit, j, j, qd_layer_at(layer, k, u, j));
        return;
    case QD_ROLE_T:
        for (slong i = 0, at = 0; i < n; i++)
            for (slong j = i; j < n; j++, at++) add_term(unit, i, j, qd_layer_at(layer, k, u, at));
        return;
    case QD_ROLE_W:
        unit->nw = n;
        unit->w = copy_row(layer, k, u);
        return;
    case QD_ROLE_B:
        fmpq_set(unit->b, qd_layer_at(layer, k, u, 0));
    }
}

static void lower_dense(qd_lowered_unit *unit, const qd_layer_struct *layer, slong u)
{
    unit->act = layer->neuron.act;
    unit->power = layer->neuron.power;
    fmpq_set(unit->slope, layer->slope);
    for (int k = 0; k < qd_kind_get(layer->neuron.kind)->nparams; k++) lower_param(unit, layer, k, u);
}

/* Without the entries that are 0. */
static void lower_sparse(qd_lowered_unit *unit, const qd_lowered_unit *from)
{
    slong nw = 0;
    unit->act = from->act;
    unit->power = from->power;
    fmpq_set(unit->slope, from->slope);
    fmpq_set(unit->b, from->b);
    for (slong k = 0; k < from->nw; k++) nw += !fmpq_is_zero(from->w + k);
    qd_lowered_unit_resize(unit, nw, 0);
    for (slong k = from->nw, to = nw; k-- > 0;)
        if (!fmpq_is_zero(from->w + k)) {
            unit->at[--to] = from->at[k];
            fmpq_set(unit->w + to, from->w + k);
        }
    for (slong k = 0; k < from->nterms; k++) add_term(unit, from->term[k].i, from->term[k].j, from->term[k].c);
}

static void lower_layer(qd_lowered_layer *to, const qd_layer_struct *from)
{
    to->in = from->in;
    to->out = from->out;
    to->degree = from->sparse != NULL ? 1 : qd_kind_get(from->neuron.kind)->degree;
    to->power = 1;
    to->unit = qd_calloc((size_t) to->out, sizeof *to->unit);
    for (slong u = 0; u < to->out; u++) {
        qd_lowered_unit *unit = to->unit + u;
        qd_lowered_unit_init(unit);
        if (from->sparse == NULL) lower_dense(unit, from, u);
        else {
            lower_sparse(unit, from->sparse + u);
            if (from->sparse[u].nterms > 0) to->degree = 2;
        }
        if (unit->power > to->power) to->power = unit->power;
        to->nswitching += qd_activation_switches(unit->act);
    }
}

void qd_net_lower_parameters(qd_lowered_t low, const qd_net_t net)
{
    qd_lowered_clear(low);
    low->input_dim = net->input_dim;
    low->depth = net->depth;
    low->layer = qd_calloc((size_t) net->depth, sizeof *low->layer);
    for (slong l = 0; l < net->depth; l++) lower_layer(low->layer + l, net->layer + l);
}

void qd_net_lower(qd_lowered_t low, const qd_net_t net)
{
    qd_net_lower_parameters(low, net);
    for (slong l = 0; l < low->depth; l++) qd_net__reduce(low->layer + l);
}
