/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of few linear forms. The rows of all units are reduced one by one; who has more forms than are of use is known after a few. */
#include <string.h>

#include "engine/impl.h"

void qd_forms_init(qd_forms_t f)
{
    memset(f, 0, sizeof *f);
}

void qd_forms_clear(qd_forms_t f)
{
    if (f->g != NULL) _fmpq_vec_clear(f->g, QD_FORMS_MOST * f->k);
    flint_free(f->pivot);
}

/* v -= v_pivot row, for each row */
static void reduce(fmpq *v, const qd_forms_t f)
{
    fmpq_t c;
    fmpq_init(c);
    for (slong i = 0; i < f->r; i++) {
        fmpq_set(c, v + f->pivot[i]);
        if (fmpq_is_zero(c)) continue;
        for (slong j = 0; j < f->k; j++) fmpq_submul(v + j, c, f->g + i * f->k + j);
    }
    fmpq_clear(c);
}

/* Takes v, reduced, into the basis, at its place in the order of pivots. */
static void insert(qd_forms_t f, const fmpq *v, slong pivot)
{
    fmpq_t c;
    slong at = f->r++;
    fmpq_init(c);
    for (slong i = 0; i < at; i++) {
        fmpq_div(c, f->g + i * f->k + pivot, v + pivot);
        for (slong j = 0; j < f->k; j++) fmpq_submul(f->g + i * f->k + j, c, v + j);
    }
    for (; at > 0 && f->pivot[at - 1] > pivot; at--) {
        f->pivot[at] = f->pivot[at - 1];
        for (slong j = 0; j < f->k; j++) fmpq_swap(f->g + at * f->k + j, f->g + (at - 1) * f->k + j);
    }
    f->pivot[at] = pivot;
    for (slong j = 0; j < f->k; j++) fmpq_div(f->g + at * f->k + j, v + j, v + pivot);
    fmpq_clear(c);
}

/* -> false: there are too many */
static bool add(qd_forms_t f, fmpq *v)
{
    slong pivot = 0;
    reduce(v, f);
    while (pivot < f->k && fmpq_is_zero(v + pivot)) pivot++;
    if (pivot == f->k) return true;
    if (f->r == QD_FORMS_MOST || f->r + 1 == f->k) return false;
    insert(f, v, pivot);
    return true;
}

static bool add_unit(qd_forms_t f, fmpq *v, const qd_engine__affine *a, const qd_lowered_unit *unit)
{
    qd_engine__polynomial p;
    bool few = true;
    qd_engine__polynomial_init(&p, a, unit);
    for (slong i = p.quadratic ? 0 : f->k; i <= f->k && few; i++) {
        qd_engine__polynomial_row(v, &p, i);
        few = add(f, v);
    }
    qd_engine__polynomial_clear(&p);
    return few;
}

void qd_forms_find(qd_forms_t f, const qd_lowered_t low, const qd_box_t box)
{
    qd_engine__affine a;
    bool few = true;
    qd_forms_clear(f);
    f->k = box->dim;
    f->r = 0;
    f->g = _fmpq_vec_init(QD_FORMS_MOST * f->k);
    f->pivot = flint_calloc(QD_FORMS_MOST, sizeof *f->pivot);
    fmpq *v = _fmpq_vec_init(f->k);
    qd_engine__affine_init(&a, low, box);
    for (slong u = 0; u < low->layer[a.l].out && few; u++) few = add_unit(f, v, &a, low->layer[a.l].unit + u);
    if (!few) f->r = f->k;
    else if (f->r == 0) {
        fmpq_one(v);
        for (slong j = 1; j < f->k; j++) fmpq_zero(v + j);
        insert(f, v, 0);
    }
    qd_engine__affine_clear(&a);
    _fmpq_vec_clear(v, f->k);
}

/* ---- coordinates s ------------------------------------------------------------------------------ */

bool qd_forms_disjoint(const qd_forms_t f)
{
    for (slong j = 0; j < f->k; j++) {
        slong n = 0;
        for (slong i = 0; i < f->r; i++) n += !fmpq_is_zero(f->g + i * f->k + j);
        if (n > 1) return false;
    }
    return true;
}

/* The values of form i on the box: the sums of the least and of the largest values of its terms. */
static void range(fmpq_t lo, fmpq_t hi, const qd_forms_t f, const qd_box_t box, slong i)
{
    fmpq_zero(lo);
    fmpq_zero(hi);
    for (slong j = 0; j < f->k; j++) {
        const fmpq *c = f->g + i * f->k + j;
        fmpq_addmul(lo, c, fmpq_sgn(c) > 0 ? box->lo + j : box->hi + j);
        fmpq_addmul(hi, c, fmpq_sgn(c) > 0 ? box->hi + j : box->lo + j);
    }
}

/* s_i is t at the pivot of form i, the other coordinates are 0: G t = s. */
void qd_forms_reduce(qd_box_t reduced, const qd_forms_t f, const qd_box_t box)
{
    qd_box_clear(reduced);
    qd_box_init(reduced, box->n, f->r, box->lo != NULL);
    for (slong i = 0; i < box->n; i++) fmpq_set(reduced->base + i, box->base + i);
    for (slong i = 0; i < f->r; i++) {
        for (slong j = 0; j < box->n; j++) fmpq_set(reduced->step + i * box->n + j, box->step + f->pivot[i] * box->n + j);
        if (box->lo != NULL) range(reduced->lo + i, reduced->hi + i, f, box, i);
    }
}

/* In a box each form runs from its least to its largest value while all its terms do. */
void qd_forms_lift(fmpq *t, const qd_forms_t f, const qd_box_t box, const qd_box_t reduced, const fmpq *s)
{
    fmpq_t part, d;
    for (slong j = 0; j < f->k; j++) fmpq_zero(t + j);
    if (box->lo == NULL) {
        for (slong i = 0; i < f->r; i++) fmpq_set(t + f->pivot[i], s + i);
        return;
    }
    fmpq_init(part);
    fmpq_init(d);
    qd_domain_middle(t, &box->d, box->n);
    for (slong i = 0; i < f->r; i++) {
        fmpq_sub(part, s + i, reduced->lo + i);
        fmpq_sub(d, reduced->hi + i, reduced->lo + i);
        fmpq_div(part, part, d);
        for (slong j = 0; j < f->k; j++) {
            int sign = fmpq_sgn(f->g + i * f->k + j);
            if (sign == 0) continue;
            fmpq_sub(d, box->hi + j, box->lo + j);
            fmpq_mul(d, d, part);
            if (sign > 0) fmpq_add(t + j, box->lo + j, d);
            else fmpq_sub(t + j, box->hi + j, d);
        }
    }
    fmpq_clear(part);
    fmpq_clear(d);
}

/* ---- the answer ---------------------------------------------------------------------------------- */

/* A witness stays one; where none was found, the engine's point near one has to do. */
static void lift_point(fmpq *point, const qd_regions_t g, bool shown, slong i, const qd_restriction *m, const qd_forms_t f,
                       const qd_box_t box, const qd_box_t reduced, qd_ctx_t ctx)
{
    fmpq *s = _fmpq_vec_init(f->r);
    bool found = !shown && qd_regions_witness(s, g, i, m, &reduced->d, ctx) == QD_TRUE;
    qd_forms_lift(point, f, box, reduced, found ? s : g->point + i * g->dim);
    _fmpq_vec_clear(s, f->r);
}

static void lift_regions(qd_regions_t g, bool shown, const qd_engine__question *q, const qd_forms_t f, const qd_box_t box,
                         const qd_box_t reduced, qd_ctx_t ctx)
{
    qd_restriction m;
    fmpq *point = _fmpq_vec_init(g->n * f->k);
    qd_restriction_init(&m, q->net, &reduced->d, ctx->seed);
    for (slong i = 0; i < g->n; i++) lift_point(point + i * f->k, g, shown, i, &m, f, box, reduced, ctx);
    qd_restriction_clear(&m);
    _fmpq_vec_clear(g->point, g->n * g->dim);
    g->point = point;
    g->dim = f->k;
}

qd_status qd_engine__forms(qd_answer_t a, const qd_engine__question *q, const qd_forms_t f, const qd_box_t box, const qd_box_t reduced,
                           qd_ctx_t ctx)
{
    bool corners = box->lo != NULL && !qd_forms_disjoint(f);
    qd_status st = corners ? qd_engine__within(a, q, f, box, reduced, ctx) : qd_engine__solve(a, q, reduced, ctx);
    qd_regions_struct *g = a->regions;
    if (!q->options->list) qd_regions_clear(g);
    if (g->outputs > 0 && !corners) lift_regions(g, a->shown, q, f, box, reduced, ctx);
    for (slong i = 0; i < g->n; i++) g->bounded[i] = g->holes[i] = 0;
    a->road = QD_ROAD_FORMS;
    a->forms = f->r;
    if (a->count.label == QD_EXACT) a->bounded = a->holes = 0;
    return st;
}
