/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One cell of one layer: where do its units change sign, and which cells does that make?

   1. Filter (filter.c): all units on windows that cover the cell, as Bernstein forms of double balls. Sign variations 0
      and 1 decide; other windows are cut in two. The cuts are not recorded: a window is only a way of looking. Above degree 64, and for affine units,
      local power series take the place of the forms, or look again at what they left open (near.c).
   2. Exact (exact_crossings below): a unit that the filter could not settle - a root of higher multiplicity, at or next
      to an end of the cell, or closer to another root than doubles see - gets its exact polynomial, the odd part of it, and isolation by
      integers.
   3. The crossings of all units are put in order; those whose intervals touch are compared exactly, equal ones become one
      cut at which several units flip.

   Invariant: every cut handed out is a point where some unit of the layer has a sign change, so every child differs from its
   neighbour in at least one bit and is a region of the layers so far. */
#include "line/crossing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists -------------------------------------------------------------------------------- */

void qd_line_cells__append(qd_line_cells *list, const qd_line_cell *cell)
{
    if (list->n == list->room) {
        list->room = list->room == 0 ? 8 : 2 * list->room;
        list->e = qd_realloc(list->e, sizeof *list->e * (size_t) list->room);
    }
    list->e[list->n++] = *cell;
}

/* ---- the exact road ------------------------------------------------------------------------ */

/* A rational on the outer side of an end of a cell, or the end itself. */
static void end_rational(fmpq_t x, qd_cut *cut, bool left, qd_worker *w)
{
    double d = left ? cut->lo : cut->hi;
    if (isfinite(d) && !qd_cut__has_alg(cut)) {
        qd_rat_set_double(x, d);
        return;
    }
    const qd_alg_struct *a = qd_cut__alg(cut, w);
    if (qd_alg_is_rational_form(a) || !isfinite(d)) fmpq_set(x, left ? a->lo : a->hi);
    else qd_rat_set_double(x, d);
}

/* Is the root inside the open cell? */
static bool inside(const qd_alg_t a, const qd_line_cell *cell, qd_worker *w)
{
    double lo, hi;
    qd_cut__bounds(&lo, &hi, a);
    if (cell->left != NULL && !(lo > cell->left->hi) && qd_alg_cmp(a, qd_cut__alg(cell->left, w)) <= 0) return false;
    if (cell->right != NULL && !(hi < cell->right->lo) && qd_alg_cmp(a, qd_cut__alg(cell->right, w)) >= 0) return false;
    return true;
}

/* A rational in the cell to the left of `first` (NULL: anywhere in the cell). */
static void leftmost_sample(fmpq_t x, const qd_line_cell *cell, const qd_alg_struct *first, qd_worker *w)
{
    const qd_alg_struct *right = first != NULL ? first : cell->right != NULL ? qd_cut__alg(cell->right, w) : NULL;
    if (cell->left != NULL && right != NULL) qd_alg_between(x, qd_cut__alg(cell->left, w), right);
    else if (cell->left != NULL) {
        fmpq_set(x, qd_cut__alg(cell->left, w)->hi);
        fmpq_add_si(x, x, 1);
    } else if (right != NULL) {
        fmpq_set(x, right->lo);
        fmpq_sub_si(x, x, 1);
    } else fmpq_zero(x);
}

static int sign_at(const fmpz_poly_t q, const fmpq_t x)
{
    fmpq_t y;
    fmpq_init(y);
    fmpz_poly_evaluate_fmpq(y, q, x);
    int s = fmpq_sgn(y);
    fmpq_clear(y);
    return s;
}

/* Until the doubles around it are as close as doubles near it can be expected to be, small numbers included. */
static void refine_relative(qd_alg_t a)
{
    double lo, hi;
    for (slong bits = 50; bits <= 800; bits *= 2) {
        qd_alg_refine(a, bits);
        qd_cut__bounds(&lo, &hi, a);
        if (hi - lo <= 0x1p-51 * fabs(lo)) return;
    }
}

/* p = c q (a square) with q the odd part, c of the sign of the leading coefficient: so sign p = sign c sign q off the roots of p, and q has
   none left of its first root in the cell. */
static qd_status exact_crossings(qd_splitter *sp, slong u)
{
    const qd_line_cell *cell = sp->cell;
    qd_worker *w = sp->worker;
    qd_unit_state *state = sp->state + u;
    qd_status st = qd_path_foresee(sp->model, sp->layer, sp->ctx);
    if (st != QD_OK) return st;
    slong from = sp->crossings.n;
    fmpz_poly_t q;
    qd_alg_list_t roots;
    fmpq_t lo, hi, x;
    fmpz_poly_init(q);
    qd_alg_list_init(roots);
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_init(x);
    qd_path_set(&w->path, cell->pattern);
    const fmpz_poly_struct *p = qd_path_z(&w->path, sp->layer, u);
    state->zero = fmpz_poly_is_zero(p);
    if (state->zero) goto done;
    qd_root_odd_part(q, p);
    if (cell->left != NULL) end_rational(lo, cell->left, true, w);
    if (cell->right != NULL) end_rational(hi, cell->right, false, w);
    if (fmpz_poly_degree(q) > 0) st = qd_root_isolate(roots, q, cell->left != NULL ? lo : NULL, cell->right != NULL ? hi : NULL, sp->ctx);
    if (st != QD_OK) goto done;
    for (slong i = 0; i < roots->n; i++) {
        refine_relative(roots->e + i);
        if (!inside(roots->e + i, cell, w)) continue;
        qd_crossing *c = qd_crossing__add(&sp->crossings, u);
        c->exact = true;
        qd_alg_init(c->alg);
        qd_alg_set(c->alg, roots->e + i);
        qd_cut__bounds(&c->lo, &c->hi, c->alg);
    }
    leftmost_sample(x, cell, sp->crossings.n > from ? sp->crossings.e[from].alg : NULL, w);
    state->sign = sign_at(q, x) * fmpz_sgn(fmpz_poly_lead(p));
done:
    fmpz_poly_clear(q);
    qd_alg_list_clear(roots);
    fmpq_clear(lo);
    fmpq_clear(hi);
    fmpq_clear(x);
    return st;
}

/* ---- children ----------------------------------------------------------------------------- */

static qd_word *copy_pattern(qd_worker *w, const qd_word *pattern, slong nwords)
{
    qd_word *p = qd_arena_take(&w->arena, sizeof *p * (size_t) nwords);
    return memcpy(p, pattern, sizeof *p * (size_t) nwords);
}

/* First layer with switching units from l on; depth when there is none. */
static slong next_layer(const qd_restriction *m, slong l)
{
    while (l < m->low->depth && m->first[l + 1] == m->first[l]) l++;
    return l;
}

/* The derivatives of the outputs on a region of an affine network: most breakpoints are seen by them to change the output. */
static void set_slope(qd_line_cell *c, const qd_restriction *m, qd_worker *w)
{
    slong depth = m->low->depth, n = m->low->layer[depth - 1].out;
    qd_local *s = w->local + c->rung;
    if (m->formal[depth] > 1 || c->left == NULL || c->right == NULL) return;
    qd_window window = {c->left->lo, c->right->hi};
    if (!(window.a < window.b) || !qd_local__prepare(s, &window, c->pattern, depth - 1)) return;
    c->slope = qd_arena_take(&w->arena, 2 * sizeof *c->slope * (size_t) n);
    for (slong o = 0; o < n; o++) qd_local__slope(c->slope + 2 * o, c->slope + 2 * o + 1, s, o);
}

/* A cell that no layer is left for is a region. */
static void append_cell(qd_line_cells *list, const qd_line_cell *cell, const qd_restriction *m, qd_worker *w)
{
    qd_line_cell c = *cell;
    c.layer = next_layer(m, cell->layer);
    if (c.layer == m->low->depth) set_slope(&c, m, w);
    qd_line_cells__append(list, &c);
}

static void add_children(qd_line_cells *children, qd_splitter *sp)
{
    const qd_restriction *m = sp->model;
    const qd_line_cell *cell = sp->cell;
    qd_worker *w = sp->worker;
    qd_line_cell child = {cell->left, NULL, copy_pattern(w, cell->pattern, m->nwords), sp->layer + 1, sp->rung, NULL};
    for (slong u = 0; u < m->low->layer[sp->layer].out; u++)
        if (!sp->state[u].zero && sp->state[u].sign > 0) qd_pattern_flip(child.pattern, m->bit[sp->layer][u]);
    for (slong i = 0; i < sp->crossings.n;) {
        qd_crossing *c = sp->crossings.e + i;
        qd_cut *cut = qd_cut__new(w, sp->layer, c->unit, cell->pattern);
        cut->lo = c->lo;
        cut->hi = c->hi;
        if (c->exact) {
            qd_alg_set(cut->alg, c->alg);
            cut->have_alg = true;
        }
        child.right = cut;
        append_cell(children, &child, m, w);
        child.left = cut;
        child.pattern = copy_pattern(w, child.pattern, m->nwords);
        do qd_pattern_flip(child.pattern, m->bit[sp->layer][sp->crossings.e[i].unit]);
        while (++i < sp->crossings.n && sp->crossings.e[i].same);
    }
    child.right = cell->right;
    append_cell(children, &child, m, w);
}

/* Forms are best for small degrees. Of local series affine ones are not made anew for every cell, and others do not grow with the degree. */
static void look_for_crossings(qd_splitter *sp)
{
    const qd_restriction *m = sp->model;
    slong degree = m->formal[sp->layer] > QD_SHADOW_DEGREE ? m->formal[sp->layer] : m->formal[sp->layer] * m->low->layer[sp->layer].degree;
    bool finite = sp->cell->left != NULL && sp->cell->right != NULL;
    if (degree <= QD_SHADOW_DEGREE && (degree > 1 || !finite)) {
        qd_filter__crossings(sp);
        qd_near__crossings(sp, 1, degree > 1);
        return;
    }
    for (slong u = 0; u < m->low->layer[sp->layer].out; u++) sp->state[u].open = m->bit[sp->layer][u] >= 0;
    qd_near__crossings(sp, sp->rung, false);
}

qd_status qd_line_cell__split(qd_line_cells *children, const qd_line_cell *cell, const qd_restriction *m, qd_worker *w, qd_ctx_t ctx)
{
    slong l = next_layer(m, cell->layer);
    if (l == m->low->depth) {
        append_cell(children, cell, m, w);
        return QD_OK;
    }
    qd_status st = QD_OK;
    slong n = m->low->layer[l].out;
    qd_splitter sp = {m, cell, w, ctx, l, qd_calloc((size_t) n, sizeof *sp.state), {NULL, 0, 0}, cell->rung, 0};
    look_for_crossings(&sp);
    for (slong u = 0; u < n && st == QD_OK; u++)
        if (sp.state[u].open) st = exact_crossings(&sp, u);
    if (st == QD_OK) st = qd_crossing__order(&sp);
    if (st == QD_OK) add_children(children, &sp);
    for (slong i = 0; i < sp.crossings.n; i++) qd_crossing__clear(sp.crossings.e + i);
    free(sp.crossings.e);
    free(sp.state);
    return st;
}
