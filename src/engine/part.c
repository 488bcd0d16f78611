/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of one block of coordinates, as sparse layers: products of affine forms are written out. The affine layers in front stay as they
   are; affine ones at the end keep what comes from the block. */
#include <stdlib.h>

#include "engine/impl.h"

void qd_engine__copy_unit(qd_lowered_unit *to, const qd_lowered_unit *from, slong in, const slong *place)
{
    slong n = 1 + in + in * (in + 1) / 2, nw = 0, nterms = 0, k = 1 + in;
    fmpq *c = _fmpq_vec_init(n);
    qd_lowered_expand(c, from, in);
    to->act = from->act;
    to->power = from->power;
    fmpq_set(to->slope, from->slope);
    fmpq_set(to->b, c);
    for (slong i = 1; i <= in; i++) nw += place[i - 1] >= 0 && !fmpq_is_zero(c + i);
    for (slong i = 0; i < in; i++)
        for (slong j = i; j < in; j++, k++) nterms += place[i] >= 0 && place[j] >= 0 && !fmpq_is_zero(c + k);
    qd_lowered_unit_resize(to, nw, nterms);
    nw = nterms = 0;
    k = 1 + in;
    for (slong i = 0; i < in; i++) {
        if (place[i] >= 0 && !fmpq_is_zero(c + 1 + i)) {
            to->at[nw] = place[i];
            fmpq_swap(to->w + nw++, c + 1 + i);
        }
        for (slong j = i; j < in; j++, k++) {
            if (place[i] < 0 || place[j] < 0 || fmpq_is_zero(c + k)) continue;
            to->term[nterms].i = place[i];
            to->term[nterms].j = place[j];
            fmpq_swap(to->term[nterms++].c, c + k);
        }
    }
    _fmpq_vec_clear(c, n);
}

/* Who stays of a layer. */
static bool stays(const qd_blocks_t b, slong l, slong u, slong block)
{
    if (l < b->first || l >= b->end) return true;
    slong mine = b->unit[l - b->first][u];
    return mine == block || mine < 0;
}

/* The units of a last layer that is not affine as outputs: one of another block is 0. */
static void add_outputs(qd_net_t net, const slong *place, slong in, slong out)
{
    qd_layer_struct *layer = qd_net_add_sparse(net, in, out);
    for (slong u = 0; u < out; u++) {
        if (place[u] < 0) continue;
        qd_lowered_unit_resize(layer->sparse + u, 1, 0);
        layer->sparse[u].at[0] = place[u];
        fmpq_one(layer->sparse[u].w);
    }
}

void qd_blocks_part(qd_net_t net, slong *bit, const qd_blocks_t b, const qd_lowered_t low, slong block)
{
    qd_net_t t;
    slong in = low->input_dim, bits = 0, kept = 0, *place = qd_malloc(sizeof *place * (size_t) in);
    qd_net_init(t);
    for (slong i = 0; i < in; i++) place[i] = i;
    for (slong l = 0; l < (b->sum ? low->depth : b->end); l++) {
        const qd_lowered_layer *layer = low->layer + l;
        slong n = 0, *next = qd_malloc(sizeof *next * (size_t) layer->out);
        for (slong u = 0; u < layer->out; u++) next[u] = stays(b, l, u, block) ? n++ : -1;
        qd_layer_struct *to = qd_net_add_sparse(t, in, n > 0 ? n : 1); /* a layer without any has a constant */
        for (slong u = 0; u < layer->out; u++) {
            bool switches = qd_activation_switches(layer->unit[u].act);
            if (next[u] >= 0) qd_engine__copy_unit(to->sparse + next[u], layer->unit + u, layer->in, place);
            if (next[u] >= 0 && switches) bit[kept++] = bits;
            bits += switches;
        }
        free(place);
        place = next;
        in = n > 0 ? n : 1;
    }
    if (b->end == low->depth || !b->sum) add_outputs(t, place, in, t->depth > 0 ? low->layer[t->depth - 1].out : in);
    free(place);
    qd_net_swap(net, t);
    qd_net_clear(t);
}
