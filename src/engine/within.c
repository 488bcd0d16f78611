/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network on the polygon.

   In s it has one relu unit more in front for each side, positive within: in the box around the polygon its regions in which all of these are
   active are those of the network in the polygon, since no side runs through the interior. What is outside is forgotten. */
#include <stdlib.h>

#include "engine/impl.h"

/* ---- the network in s ------------------------------------------------------------------------------ */

/* A relu unit a side, in front of what the first layer that is not affine sees. */
static void add_front(qd_net_t net, const qd_engine__polygon *p, const qd_engine__affine *x)
{
    qd_layer_struct *layer = qd_net_add_sparse(net, 2, p->n + x->width);
    for (slong u = 0; u < p->n + x->width; u++) {
        qd_lowered_unit *unit = layer->sparse + u;
        const fmpq *w = u < p->n ? p->e[u].a : x->row + 2 * (u - p->n);
        qd_lowered_unit_resize(unit, 2, 0);
        for (slong c = 0; c < 2; c++) {
            unit->at[c] = c;
            fmpq_set(unit->w + c, w + c);
        }
        fmpq_set(unit->b, u < p->n ? &p->e[u].b : x->shift + (u - p->n));
        if (u < p->n) unit->act = QD_RELU;
    }
}

static void make_net(qd_net_t net, const qd_engine__polygon *p, const qd_lowered_t low, const qd_box_t reduced)
{
    qd_engine__affine x;
    qd_engine__affine_init(&x, low, reduced);
    add_front(net, p, &x);
    for (slong l = x.l, in = p->n + x.width; l < low->depth; l++) {
        const qd_lowered_layer *layer = low->layer + l;
        slong *place = qd_malloc(sizeof *place * (size_t) layer->in);
        qd_layer_struct *to = qd_net_add_sparse(net, in, layer->out);
        for (slong i = 0; i < layer->in; i++) place[i] = in - layer->in + i;
        for (slong u = 0; u < layer->out; u++) qd_engine__copy_unit(to->sparse + u, layer->unit + u, layer->in, place);
        in = layer->out;
        free(place);
    }
    qd_engine__affine_clear(&x);
}

/* ---- the regions within --------------------------------------------------------------------------- */

static bool within(const qd_regions_struct *g, slong i, slong nsides)
{
    for (slong b = 0; b < nsides; b++)
        if (!qd_pattern_get(g->pattern + i * g->nwords, b)) return false;
    return true;
}

/* Region `from` of g as region `to`. -> is its point a witness? */
static bool take_region(qd_regions_t to, slong at, const qd_regions_t g, slong from, const qd_engine__polygon *p, const qd_restriction *m,
                        const qd_domain *square, bool shown, qd_ctx_t ctx)
{
    fmpq *s = _fmpq_vec_init(2);
    for (slong b = 0; b < to->nswitching; b++)
        if (qd_pattern_get(g->pattern + from * g->nwords, p->n + b)) qd_pattern_flip(to->pattern + at * to->nwords, b);
    bool found = shown || qd_regions_witness(s, g, from, m, square, ctx) == QD_TRUE;
    qd_engine__polygon_lift(to->point + at * p->f->k, p, found && !shown ? s : g->point + 2 * from);
    _fmpq_vec_clear(s, 2);
    return found;
}

/* The counts and regions of a whole answer in the box around the polygon, of those within. */
static qd_status take_regions(qd_answer_t a, const qd_answer_t whole, const qd_engine__polygon *p, const qd_engine__question *inner,
                              const qd_engine__question *q, const qd_box_t reduced, const qd_box_t square, qd_ctx_t ctx)
{
    const qd_regions_struct *g = whole->regions;
    qd_restriction m, own;
    slong n = 0, *number = qd_malloc(sizeof *number * (size_t) (g->n + 1));
    for (slong i = 0; i < g->n; i++) number[i] = within(g, i, p->n) ? n++ : -1;
    qd_restriction_init(&m, q->net, &reduced->d, ctx->seed);
    qd_restriction_init(&own, inner->net, &square->d, ctx->seed);
    qd_regions_resize(a->regions, &m, n);
    qd_regions_add_points(a->regions, p->f->k);
    a->shown = true;
    for (slong i = 0; i < g->n; i++)
        if (number[i] >= 0 && !take_region(a->regions, number[i], g, i, p, &own, &square->d, whole->shown, ctx)) a->shown = false;
    for (slong i = 0; i < g->nwalls; i++) {
        const slong *w = g->wall + 2 * i;
        if (number[w[0]] >= 0 && number[w[1]] >= 0) qd_regions_add_wall(a->regions, number[w[0]], number[w[1]]);
    }
    for (slong i = 0; i < g->nopen; i++)
        if (number[g->open[2 * i + 1]] >= 0) qd_regions_add_open(a->regions, g->open[2 * i], number[g->open[2 * i + 1]]);
    qd_status st = qd_regions_count(a->regions, &m, whole->count.label, ctx);
    if (st == QD_OK) a->count = a->regions->count;
    qd_restriction_clear(&own);
    qd_restriction_clear(&m);
    free(number);
    return st;
}

qd_status qd_engine__within(qd_answer_t a, const qd_engine__question *q, const qd_forms_t f, const qd_box_t box, const qd_box_t reduced,
                            qd_ctx_t ctx)
{
    static const qd_engine_options everything = {.list = true, .walls = true, .slices = 1};
    qd_engine__polygon p;
    qd_net_t net;
    qd_lowered_t low;
    qd_box_t square;
    qd_answer_t whole;
    qd_engine__polygon_init(&p, f, box);
    qd_net_init(net);
    qd_lowered_init(low);
    qd_box_init(square, 0, 0, false);
    qd_answer_init(whole);
    make_net(net, &p, q->low, reduced);
    qd_net_lower(low, net);
    qd_box_set(square, &(qd_domain){.lo = reduced->lo, .hi = reduced->hi}, 2);
    const qd_engine__question inner = {net, low, &everything};
    qd_status st = qd_engine__solve(whole, &inner, square, ctx);
    if (whole->regions->outputs > 0) {
        qd_status took = take_regions(a, whole, &p, &inner, q, reduced, square, ctx);
        if (st == QD_OK) st = took;
    }
    qd_answer_clear(whole);
    qd_box_clear(square);
    qd_lowered_clear(low);
    qd_net_clear(net);
    qd_engine__polygon_clear(&p);
    return st;
}
