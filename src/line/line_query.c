/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a finished line can be asked: patterns, witnesses, polynomials, breakpoints, smoothness. Exact polynomials are made here, on demand,
   from the pattern of the region; neighbouring questions share their work through the path of worker 0. */
#include "line/impl.h"

#include <math.h>
#include <string.h>

static const qd_line_cell *region(const struct qd_line_impl *s, slong i)
{
    return s->cells.e + s->region[i];
}

qd_count qd_line_count(const qd_line_t line)
{
    return line->impl->count;
}

slong qd_line_nregions(const qd_line_t line)
{
    return line->impl->nregions;
}

slong qd_line_nbreaks(const qd_line_t line)
{
    slong n = line->impl->nregions;
    return n > 0 ? n - 1 : 0;
}

slong qd_line_outputs(const qd_line_t line)
{
    const qd_lowered_struct *low = line->impl->model.low;
    return low->layer[low->depth - 1].out;
}

void qd_line_pattern(char *pattern, const qd_line_t line, slong i)
{
    const struct qd_line_impl *s = line->impl;
    for (slong k = 0; k < s->model.nswitching; k++) pattern[k] = qd_pattern_get(region(s, i)->pattern, k) ? '1' : '0';
    pattern[s->model.nswitching] = '\0';
}

void qd_line_sample(fmpq_t t, qd_line_t line, slong i)
{
    struct qd_line_impl *s = line->impl;
    const qd_line_cell *cell = region(s, i);
    if (cell->left != NULL && cell->right != NULL) {
        qd_alg_between(t, qd_cut__alg(cell->left, s->worker), qd_cut__alg(cell->right, s->worker));
    } else if (cell->left != NULL) {
        fmpq_add_si(t, qd_cut__alg(cell->left, s->worker)->hi, 1);
    } else if (cell->right != NULL) {
        fmpq_sub_si(t, qd_cut__alg(cell->right, s->worker)->lo, 1);
    } else fmpq_zero(t);
}

/* x moves to a rational strictly between itself and breakpoint i when that is less than step away, else by step; side is -1 or 1. */
static qd_status move_towards(fmpq_t x, qd_line_t line, slong i, int side, slong step, qd_ctx_t ctx)
{
    qd_alg_t a, b;
    fmpq_t y;
    qd_status st = QD_OK;
    qd_alg_init(a);
    qd_alg_init(b);
    fmpq_init(y);
    fmpq_add_si(y, x, side * step);
    if (i >= 0 && i < qd_line_nbreaks(line) && (st = qd_line_breakpoint(b, line, i, ctx)) == QD_OK && side * qd_alg_cmp_fmpq(b, y) <= 0) {
        qd_alg_set_fmpq(a, x);
        qd_alg_between(y, side < 0 ? b : a, side < 0 ? a : b);
    }
    if (st == QD_OK) fmpq_swap(x, y);
    qd_alg_clear(a);
    qd_alg_clear(b);
    fmpq_clear(y);
    return st;
}

qd_status qd_line_inner(fmpq_t lo, fmpq_t hi, qd_line_t line, slong i, slong step, qd_ctx_t ctx)
{
    qd_line_sample(lo, line, i);
    fmpq_set(hi, lo);
    qd_status st = move_towards(lo, line, i - 1, -1, step, ctx);
    return st == QD_OK ? move_towards(hi, line, i, 1, step, ctx) : st;
}

/* Output o on region i times model.den[depth][o]. */
static const fmpz_poly_struct *output(struct qd_line_impl *s, qd_path *path, slong i, slong o)
{
    qd_path_set(path, region(s, i)->pattern);
    return qd_path_a(path, s->model.low->depth, o);
}

qd_status qd_line_poly(fmpq_poly_struct *poly, qd_line_t line, slong i, qd_ctx_t ctx)
{
    qd_status st = qd_path_foresee(&line->impl->model, line->impl->model.low->depth - 1, ctx);
    if (st != QD_OK) return st;
    const qd_restriction *m = &line->impl->model;
    for (slong o = 0; o < qd_line_outputs(line); o++) {
        fmpq_poly_set_fmpz_poly(poly + o, output(line->impl, &line->impl->worker->path, i, o));
        fmpq_poly_scalar_div_fmpz(poly + o, poly + o, m->den[m->low->depth] + o);
    }
    return QD_OK;
}

qd_status qd_line_breakpoint(qd_alg_t a, qd_line_t line, slong i, qd_ctx_t ctx)
{
    struct qd_line_impl *s = line->impl;
    const qd_cut *cut = region(s, i)->right;
    qd_status st = cut->layer >= 0 ? qd_path_foresee(&s->model, cut->layer, ctx) : qd_ctx_budget(ctx);
    if (st != QD_OK) return st;
    qd_alg_set(a, qd_cut__alg(region(s, i)->right, s->worker));
    qd_alg_simplify(a);
    return QD_OK;
}

double qd_line_approx(const qd_line_t line, slong i)
{
    const qd_cut *cut = region(line->impl, i)->right;
    return cut->lo + (cut->hi - cut->lo) / 2;
}

bool qd_line_changes(const qd_line_t line, slong i)
{
    return line->impl->changes[i];
}

qd_status qd_line_smoothness(slong *k, qd_line_t line, slong i, qd_ctx_t ctx)
{
    struct qd_line_impl *s = line->impl;
    qd_status st = qd_ctx_budget(ctx);
    *k = WORD_MAX;
    if (st != QD_OK || !s->changes[i]) return st;
    if ((st = qd_path_foresee(&s->model, s->model.low->depth - 1, ctx)) != QD_OK) return st;
    const qd_alg_struct *at = qd_cut__alg(region(s, i)->right, s->worker);
    fmpz_poly_t d;
    fmpz_poly_init(d);
    for (slong o = 0; o < qd_line_outputs(line); o++) {
        fmpz_poly_sub(d, output(s, &s->worker->path, i + 1, o), output(s, &s->worker[0].cut_path, i, o));
        if (fmpz_poly_is_zero(d)) continue;
        slong m = qd_alg_multiplicity(d, at) - 1;
        if (m < *k) *k = m;
    }
    fmpz_poly_clear(d);
    return QD_OK;
}

const fmpq *qd_line_end(const qd_line_t line, bool right)
{
    const qd_cut *end = line->impl->ends[right];
    return end == NULL ? NULL : end->alg->lo;
}
