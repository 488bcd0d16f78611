/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which road answers. */
#include "engine/impl.h"

#include <string.h>

#include "plane/plane.h"
#include "space/space.h"

const qd_engine_options qd_engine_defaults = {.list = false, .slices = 64};

const char *qd_road_name(qd_road road)
{
    static const char *const name[] = {"line", "plane", "space", "forms", "product", "slices"};
    return name[road];
}

void qd_answer_init(qd_answer_t a)
{
    memset(a, 0, sizeof *a);
    a->bounded = a->holes = -1;
    a->factors = 1;
    qd_regions_init(a->regions);
}

void qd_answer_clear(qd_answer_t a)
{
    qd_regions_clear(a->regions);
}

void qd_answer_swap(qd_answer_t a, qd_answer_t b)
{
    qd_answer_struct t = *a;
    *a = *b;
    *b = t;
}

/* Counts and sums from the regions. */
static void take_regions(qd_answer_t a, qd_road road)
{
    const qd_regions_struct *g = a->regions;
    a->road = road;
    a->count = g->count;
    a->forms = g->dim;
    if (a->count.label != QD_EXACT) return;
    a->bounded = a->holes = 0;
    for (slong i = 0; i < g->n; i++) {
        a->bounded += g->bounded[i];
        a->holes += g->holes[i];
    }
}

static qd_status space(qd_answer_t a, const qd_engine__question *q, const qd_domain *d, qd_ctx_t ctx)
{
    bool list = q->options->list;
    const qd_space_want want = {.points = list, .pieces = true, .walls = list || q->options->walls};
    qd_status st = qd_space_compute(a->regions, q->net, d, &want, ctx);
    if (a->regions->outputs > 0) take_regions(a, QD_ROAD_SPACE);
    a->shown = list;
    return st;
}

static qd_status plane(qd_answer_t a, const qd_engine__question *q, const qd_domain *d, qd_ctx_t ctx)
{
    if (qd_space_takes(q->net)) return space(a, q, d, ctx);
    qd_status st = qd_plane_compute(a->regions, q->net, d, ctx);
    if (a->regions->outputs > 0) take_regions(a, QD_ROAD_PLANE);
    return st;
}

qd_status qd_engine__solve(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    qd_forms_t f;
    qd_blocks_t b;
    qd_box_t reduced;
    qd_status st;
    if (box->dim == 1) return qd_engine__line(a, q, &box->d, ctx);
    if (box->dim == 2) return plane(a, q, &box->d, ctx);
    qd_forms_init(f);
    qd_blocks_init(b);
    qd_box_init(reduced, 0, 0, false);
    qd_forms_find(f, q->low, box);
    if (f->r < f->k && (box->lo == NULL || qd_forms_disjoint(f) || (f->r == 2 && f->k <= QD_POLYGON_MOST))) {
        qd_forms_reduce(reduced, f, box);
        st = qd_engine__forms(a, q, f, box, reduced, ctx);
    } else {
        qd_blocks_find(b, q->low, box);
        if (b->n > 1) st = qd_engine__product(a, q, b, box, ctx);
        else if (qd_space_takes(q->net)) st = space(a, q, &box->d, ctx);
        else st = qd_engine__slices(a, q, box, ctx);
    }
    qd_box_clear(reduced);
    qd_blocks_clear(b);
    qd_forms_clear(f);
    return st;
}

static qd_status compute(qd_answer_t a, const qd_engine__question *q, const qd_domain *domain, qd_ctx_t ctx)
{
    slong inputs = q->net->input_dim, dim = qd_domain_dim(domain, inputs);
    if (dim == 1) return qd_engine__line(a, q, domain, ctx);
    if (dim == 2 && !q->options->sampled) return plane(a, q, domain, ctx);
    if ((domain->lo == NULL) != (domain->hi == NULL))
        return qd_fail(ctx, QD_EINPUT, "a box with ends on one side only; expected both, or none");
    qd_status st = qd_domain_check(domain, inputs, ctx);
    if (st != QD_OK) return st;
    qd_box_t box;
    qd_box_init(box, 0, 0, false);
    qd_box_set(box, domain, inputs);
    st = q->options->sampled ? qd_engine__slices(a, q, box, ctx) : qd_engine__solve(a, q, box, ctx);
    qd_box_clear(box);
    return st;
}

qd_status qd_engine_compute(qd_answer_t a, const qd_net_t net, const qd_domain *domain, const qd_engine_options *options, qd_ctx_t ctx)
{
    qd_answer_t t;
    qd_lowered_t low;
    qd_answer_init(t);
    qd_lowered_init(low);
    qd_net_lower(low, net);
    const qd_engine__question q = {net, low, options};
    qd_status st = compute(t, &q, domain, ctx);
    if (t->count.patterns > 0) qd_answer_swap(a, t);
    qd_lowered_clear(low);
    qd_answer_clear(t);
    return st;
}

qd_status qd_engine_count(qd_count *count, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx)
{
    qd_answer_t a;
    qd_answer_init(a);
    qd_status st = qd_engine_compute(a, net, domain, &qd_engine_defaults, ctx);
    if (a->count.patterns > 0) *count = a->count;
    qd_answer_clear(a);
    return st;
}
