/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells in many dimensions: half-spaces and a rational point strictly inside. A unit cuts the cell if it has both signs in it: one at the point, and
   of the other one there is a point or a proof that there is none (lp.c). Where neither is found, only the known side is followed, and the
   result is a lower bound.

   Facets. The half-spaces of a cell belong to different hyperplanes: once a unit has cut, no multiple of it cuts again. So one of them is a
   facet iff the cell on its other side, with all others as they are, is not empty. The units that vanish on it are the multiples of its form. */
#include "space/impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    qd_space_worker *w;
    qd_space_rows rows; /* the cell's: sides of the box, then cuts; row i is facet i of the table */
    fmpz *form;         /* (dim + 1): work */
} walk;

static void decide_units(walk *a, slong l, slong i, const fmpq *point);

static void leave_open(qd_space_worker *w)
{
    __atomic_store_n(&w->job->unknown, true, __ATOMIC_RELAXED);
}

static void ask_budget(qd_space_worker *w)
{
    if (qd_ctx_budget(w->ctx) != QD_OK) __atomic_store_n(&w->job->stop, true, __ATOMIC_RELAXED);
}

static int sign_at(const fmpz *form, const fmpq *x, slong dim)
{
    fmpq_t s, t;
    fmpq_init(s);
    fmpq_init(t);
    fmpq_set_fmpz(s, form + dim);
    for (slong k = 0; k < dim; k++) {
        fmpq_mul_fmpz(t, x + k, form + k);
        fmpq_add(s, s, t);
    }
    int sign = fmpq_sgn(s);
    fmpq_clear(s);
    fmpq_clear(t);
    return sign;
}

/* ---- leaves ---------------------------------------------------------------------------------------------- */

/* May the closure reach infinity, or the boundary of the box? */
static bool is_bounded(walk *a, const fmpq *point)
{
    const qd_space_model *p = a->w->model;
    slong dim = p->dim;
    qd_space_rows r;
    bool bounded = dim == p->full;
    fmpz *f = _fmpz_vec_init(dim + 1), *row = _fmpz_vec_init(dim + 1);
    fmpq *origin = _fmpq_vec_init(dim);
    qd_space__rows_init(&r, dim);
    for (slong i = 0; i < a->rows.n; i++) {
        _fmpz_vec_set(row, a->rows.row + i * (dim + 1), dim + 1);
        if (p->whole) fmpz_zero(row + dim); /* directions */
        qd_space__rows_push(&r, row, 1);
    }
    for (slong k = 0; k < dim && bounded; k++)
        for (int s = -1; s <= 1 && bounded; s += 2) { /* s x_k - 1 <= 0: a direction with |x_k| = 1, a point on that side of the box */
            _fmpz_vec_zero(f, dim + 1);
            fmpz_set_si(f + k, s);
            fmpz_set_si(f + dim, -1);
            qd_space__rows_push(&r, f, -1);
            qd_truth meets = qd_space__meets(&r, f, p->whole ? origin : point);
            qd_space__rows_pop(&r);
            if (meets == QD_UNKNOWN) leave_open(a->w);
            bounded = meets == QD_FALSE;
        }
    qd_space__rows_clear(&r);
    _fmpz_vec_clear(f, dim + 1);
    _fmpz_vec_clear(row, dim + 1);
    _fmpq_vec_clear(origin, dim);
    return bounded;
}

/* Is the form a multiple of the row? */
static bool is_multiple(const fmpz *form, const fmpz *row, slong dim)
{
    slong j = 0;
    fmpz_t s, t;
    bool same = true;
    while (fmpz_is_zero(row + j)) j++;
    fmpz_init(s);
    fmpz_init(t);
    for (slong k = 0; k <= dim && same; k++) {
        fmpz_mul(s, form + k, row + j);
        fmpz_mul(t, form + j, row + k);
        same = fmpz_equal(s, t);
    }
    fmpz_clear(s);
    fmpz_clear(t);
    return same;
}

/* The units that vanish on a row: those of the form 0 everywhere, and multiples of the row. */
static slong vanishing(slong *bit, walk *a, const fmpz *row)
{
    const qd_restriction *m = &a->w->model->m;
    slong n = 0, dim = a->w->dim;
    for (slong l = 0; l < a->w->model->layers; l++)
        for (slong i = m->first[l]; i < m->first[l + 1]; i++) {
            qd_space__exact_row(a->form, qd_space__exact_form(a->w, l, m->switching[l][i - m->first[l]]), dim);
            if (is_multiple(a->form, row, dim)) bit[n++] = i;
        }
    return n;
}

static void add_walls(walk *a)
{
    qd_space_worker *w = a->w;
    slong dim = w->dim, *bit = qd_malloc(sizeof *bit * (size_t) (w->model->m.nswitching + 1));
    fmpq *x = _fmpq_vec_init(dim);
    for (slong i = 0; i < a->rows.n && !qd_space__stopped(w); i++) {
        fmpz *row = a->rows.row + i * (dim + 1);
        if (w->table[i].kind != QD_SPACE_UNIT) continue;
        ask_budget(w);
        _fmpz_vec_neg(row, row, dim + 1);
        qd_truth facet = qd_space__strict(x, &a->rows);
        _fmpz_vec_neg(row, row, dim + 1);
        if (facet == QD_UNKNOWN) leave_open(w);
        if (facet != QD_TRUE) continue;
        slong n = vanishing(bit, a, row);
        qd_space__record_wall(w, (int) i, bit, n);
    }
    _fmpq_vec_clear(x, dim);
    free(bit);
}

static void leaf(walk *a, const fmpq *point)
{
    qd_space_worker *w = a->w;
    qd_space__record_begin(w, is_bounded(a, point));
    if (w->job->want.points) {
        fmpq *to = qd_space__record_exact(w);
        for (slong k = 0; k < w->dim; k++) fmpq_set(to + k, point + k);
    }
    if (w->job->want.walls || w->job->want.pieces) add_walls(a);
    w->record.n++;
}

/* ---- cuts -------------------------------------------------------------------------------------------------- */

/* The cell on one side of switching unit i of layer l, a form in a->form. */
static void go_on(walk *a, slong l, slong i, int sign, const fmpz *form, const fmpq *point)
{
    qd_space_worker *w = a->w;
    const qd_restriction *m = &w->model->m;
    if (!qd_space__may_enter(w)) return;
    slong unit = m->switching[l][i];
    w->table[a->rows.n] = (qd_space_facet){.kind = QD_SPACE_UNIT, .side = sign, .layer = l, .unit = unit};
    qd_space__rows_push(&a->rows, form, sign);
    qd_space__set_bit(w, l, unit, sign > 0);
    decide_units(a, l, i + 1, point);
    qd_space__rows_pop(&a->rows);
}

/* A point of the cell where the form has this sign, next to a point where it is 0. */
static void beside(fmpq *x, const walk *a, const fmpq *point, const fmpz *form, int sign)
{
    slong dim = a->w->dim;
    fmpq_t step;
    fmpq_init(step);
    fmpq_set_si(step, sign, 1);
    fmpq_div_2exp(step, step, (flint_bitcnt_t) FLINT_ABS(_fmpz_vec_max_bits(form, dim)));
    for (bool inside = false; !inside; fmpq_div_2exp(step, step, 4)) {
        inside = true;
        for (slong k = 0; k < dim; k++) {
            fmpq_mul_fmpz(x + k, step, form + k);
            fmpq_add(x + k, x + k, point + k);
        }
        for (slong i = 0; i < a->rows.n && inside; i++) inside = sign_at(a->rows.row + i * (dim + 1), x, dim) > 0;
    }
    fmpq_clear(step);
}

/* Both sides, if there are two. s: the sign at the point. */
static void cut(walk *a, slong l, slong i, int s, const fmpq *point)
{
    qd_space_worker *w = a->w;
    slong dim = w->dim;
    fmpz *form = _fmpz_vec_init(dim + 1);
    fmpq *x = _fmpq_vec_init(2 * dim);
    qd_truth other = QD_TRUE;
    _fmpz_vec_set(form, a->form, dim + 1);
    for (slong k = 0; k < dim; k++) fmpq_set(x + k, point + k);
    if (s == 0) {
        beside(x, a, point, form, 1);
        beside(x + dim, a, point, form, -1);
        s = 1;
    } else {
        qd_space__rows_push(&a->rows, form, -s);
        other = qd_space__strict(x + dim, &a->rows);
        qd_space__rows_pop(&a->rows);
    }
    if (other == QD_UNKNOWN) leave_open(w);
    if (other == QD_FALSE) {
        qd_space__set_bit(w, l, w->model->m.switching[l][i], s > 0);
        decide_units(a, l, i + 1, x);
    } else {
        w->depth++;
        for (int sign = -1; sign <= 1; sign += 2)
            if (sign == s || other == QD_TRUE) go_on(a, l, i, sign, form, sign == s ? x : x + dim);
        w->depth--;
    }
    _fmpz_vec_clear(form, dim + 1);
    _fmpq_vec_clear(x, 2 * dim);
}

/* The cell by the switching units i, i + 1, ... of layer l, then by the layers above. */
static void decide_units(walk *a, slong l, slong i, const fmpq *point)
{
    qd_space_worker *w = a->w;
    const qd_restriction *m = &w->model->m;
    for (; l < w->model->layers; l++, i = 0)
        for (; i < m->first[l + 1] - m->first[l]; i++) {
            slong unit = m->switching[l][i];
            const fmpz_poly_struct *p = qd_space__exact_form(w, l, unit);
            if (p->length > 1) {
                ask_budget(w);
                if (qd_space__stopped(w)) return;
                qd_space__exact_row(a->form, p, w->dim);
                cut(a, l, i, sign_at(a->form, point, w->dim), point);
                return;
            }
            qd_space__set_bit(w, l, unit, p->length == 1 && fmpz_sgn(p->coeffs) > 0);
        }
    if (w->depth >= w->job->frontier || qd_space__take_node(w)) leaf(a, point);
}

void qd_space__many(qd_space_worker *w)
{
    slong dim = w->dim;
    walk a = {.w = w, .form = _fmpz_vec_init(dim + 1)};
    fmpq *origin = _fmpq_vec_init(dim);
    qd_space__rows_init(&a.rows, dim);
    for (slong i = 0; i < 2 * dim && !w->model->whole; i++) {
        _fmpz_vec_zero(a.form, dim + 1);
        fmpz_one(a.form + dim);
        fmpz_set_si(a.form + i / 2, i % 2 == 0 ? 1 : -1);
        qd_space__rows_push(&a.rows, a.form, 1);
        w->table[i] = (qd_space_facet){.kind = QD_SPACE_SIDE, .side = 1};
    }
    decide_units(&a, 0, 0, origin);
    qd_space__rows_clear(&a.rows);
    _fmpz_vec_clear(a.form, dim + 1);
    _fmpq_vec_clear(origin, dim);
}
