/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first cells: the box, or the 2^dim cones between the cuts of the whole space. */
#include "space/impl.h"

#include <math.h>
#include <string.h>

static qd_space_entry *new_vertices(qd_space_worker *w, slong n)
{
    size_t bytes = sizeof(qd_space_vertex) + sizeof(uint64_t) * (size_t) w->words;
    qd_space_entry *e = qd_space__take(&w->stack, sizeof *e * (size_t) n);
    for (slong i = 0; i < n; i++) {
        e[i] = (qd_space_entry){qd_space__take(&w->stack, bytes), NULL};
        memset(e[i].v, 0, bytes);
    }
    return e;
}

static void put_on(qd_space_vertex *v, slong place, int id)
{
    v->basis[place] = (uint16_t) id;
    v->on[id >> 6] |= (uint64_t) 1 << (id & 63);
    v->facets++;
}

/* R of a form with coefficients 0, 1 and -1. */
static double exact_form_R(slong dim)
{
    return (double) (dim + 3) * QD_SPACE_EPS * QD_SPACE_SAFE;
}

/* Facet 2 k: s_k >= -1; 2 k + 1: s_k <= 1. */
static void box(qd_space_worker *w)
{
    slong dim = w->dim, n = (slong) 1 << dim;
    for (slong i = 0; i < 2 * dim; i++) {
        qd_space_facet *f = w->table + i;
        *f = (qd_space_facet){.kind = QD_SPACE_SIDE, .side = i % 2 == 0 ? 1 : -1, .layer = i % 2, .unit = i / 2};
        f->c[i / 2] = 1;
        f->c[dim] = i % 2 == 0 ? 1 : -1;
        f->R = exact_form_R(dim);
        w->frame[0] |= (uint64_t) 1 << i;
    }
    qd_space_entry *e = new_vertices(w, n);
    for (slong i = 0; i < n; i++) {
        qd_space_vertex *v = e[i].v;
        for (slong k = 0; k < dim; k++) {
            v->x[k] = i >> k & 1 ? 1 : -1;
            put_on(v, k, (int) (2 * k + (i >> k & 1)));
        }
        v->x[dim] = 1;
        v->size = (double) dim + 1;
        v->located = true;
    }
    qd_space__enter_layer(w, 0, e, n);
}

static void set_cut(qd_space_worker *w, slong i)
{
    const qd_space_cut *c = w->model->cut + i;
    qd_space_facet *f = w->table + 1 + i;
    memset(f, 0, sizeof *f);
    if (c->unit >= 0) {
        qd_space__set_facet(f, w, 0, c->unit);
        return;
    }
    f->kind = QD_SPACE_CUT;
    f->unit = c->coordinate;
    f->c[c->coordinate] = 1;
    f->R = exact_form_R(w->dim);
}

/* Vertex dim is the apex, ray i lies on all cuts but cut i. */
static void cone(qd_space_worker *w, slong number)
{
    const qd_space_model *p = w->model;
    slong dim = w->dim;
    qd_space_mark mark = qd_space__mark(&w->stack);
    qd_space_entry *e = new_vertices(w, dim + 1);
    uint64_t *used = qd_space__take(&w->stack, sizeof *used * (size_t) w->words);
    memset(used, 0, sizeof *used * (size_t) w->words);
    used[0] = (((uint64_t) 1 << dim) << 1) - 1;
    w->used = used;
    for (slong i = 0; i < dim; i++) {
        bool plus = number >> i & 1;
        w->table[1 + i].side = plus ? 1 : -1;
        if (p->cut[i].unit >= 0) qd_space__set_bit(w, 0, p->cut[i].unit, plus);
    }
    for (slong i = 0; i <= dim; i++) {
        qd_space_vertex *v = e[i].v;
        for (slong k = 0; k < dim; k++) put_on(v, k, k == i ? 0 : (int) (1 + k));
        v->x[dim] = i == dim;
        v->err = v->size = INFINITY;
        qd_space__locate(w, v);
    }
    qd_space__enter_layer(w, 0, e, dim + 1);
    qd_space__release(&w->stack, mark);
}

void qd_space__cells(qd_space_worker *w)
{
    if (!w->model->whole) {
        box(w);
        return;
    }
    w->table[0] = (qd_space_facet){.kind = QD_SPACE_INFINITY, .side = 1};
    w->frame[0] = 1;
    if (w->model->layers > 0) qd_space__forms(w, 0);
    for (slong i = 0; i < w->dim; i++) set_cut(w, i);
    w->depth = (int) w->dim;
    for (slong i = 0; i < (slong) 1 << w->dim && !qd_space__stopped(w); i++)
        if (qd_space__may_enter(w)) cone(w, i);
}
