/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter: sign changes of the units of one layer inside one cell, from double balls alone. A unit leaves the filter
   settled (all its sign changes in the cell, each in an interval with certified signs at the ends and exactly one
   simple root inside) or open. Nothing here can be wrong: what is not certified is open. */
#include "line/bracket.h"
#include "line/crossing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bisections before a unit is left to exact arithmetic; fewer where an end of the window itself looks like a root. */
#define MAX_DEPTH 45
#define MAX_DEPTH_AT_END 8
/* A root in a wider interval, relative to its size, is left to local series: breakpoints of the layers above may crowd there. */
#define WIDE 0x1p-40

/* ---- windows -------------------------------------------------------------------------------- */

typedef struct {
    const qd_form *z;
    const qd_window *window;
} form_in_window;

static double value(double *error, const void *what, double x)
{
    const form_in_window *f = what;
    return qd_shadow__value(error, f->z, f->window, x);
}

/* The only root in the window, as a crossing; false when it touches an end of the cell. */
static bool add_crossing(qd_splitter *sp, slong u, const qd_form *z, const qd_window *window, int sign)
{
    const qd_line_cell *cell = sp->cell;
    form_in_window what = {z, window};
    qd_bracket k = {value, &what, sign, window->a, window->b, 0, 0};
    if (!qd_bracket__narrow(&k)) return false;
    if (!(k.hi - k.lo <= WIDE * fmax(fabs(k.lo), fabs(k.hi)))) {
        sp->state[u].wide = true;
        return false;
    }
    if (cell->left != NULL && !(k.lo >= cell->left->hi)) return false;
    if (cell->right != NULL && !(k.hi <= cell->right->lo)) return false;
    qd_crossing *c = qd_crossing__add(&sp->crossings, u);
    c->lo = k.lo;
    c->hi = k.hi;
    return true;
}

/* What one window says about one unit: true when the window needs to be cut for it. */
static bool look(qd_splitter *sp, slong u, const qd_form *z, const qd_window *window)
{
    qd_unit_state *state = sp->state + u;
    slong lo, hi;
    qd_form_variations(&lo, &hi, z);
    if (lo != hi || hi > 1) return true;
    int first = qd_form_sign_at(z, 0), last = qd_form_sign_at(z, z->degree), before = first;
    if (hi == 0) {
        int s = qd_form_sign(z);
        if (s == 2) return true;
        if (s == 0) {
            state->zero = true;
            return false;
        }
        before = last = s;
    } else if (first == 0 || first == 2 || last == 0 || last == 2) return true;
    if (state->last == 0) state->sign = before;
    else if (state->last != before) {
        state->open = true; /* a sign change exactly between two windows */
        return false;
    }
    if (hi == 1 && !add_crossing(sp, u, z, window, before)) state->open = true;
    state->last = last;
    return false;
}

static bool looks_like_root_at_end(const qd_splitter *sp, const qd_form *z, const qd_window *window)
{
    const qd_line_cell *cell = sp->cell;
    return (cell->left != NULL && window->a == cell->left->lo && qd_form_sign_at(z, 0) != 1 && qd_form_sign_at(z, 0) != -1) ||
           (cell->right != NULL && window->b == cell->right->hi && qd_form_sign_at(z, z->degree) != 1 &&
            qd_form_sign_at(z, z->degree) != -1);
}

/* Is the budget used up? The n units are open then. */
static bool late(qd_splitter *sp, const slong *unit, slong n)
{
    if (qd_ctx_budget(sp->ctx) == QD_OK) return false;
    for (slong i = 0; i < n; i++) sp->state[unit[i]].open = true;
    return true;
}

/* Settles the n units on the window, cutting it where needed; from left to right, so that signs chain. */
static void solve(qd_splitter *sp, const qd_window *window, const slong *unit, slong n, int depth)
{
    qd_shadow *s = &sp->worker->shadow;
    slong *rest = qd_malloc(sizeof *rest * (size_t) n), nrest = 0;
    bool whole = isinf(window->a) && isinf(window->b);
    double c = qd_bracket__middle(window->a, window->b);
    bool divisible = c > window->a && c < window->b && fabs(c) < QD_LINE_FARTHEST;
    if (!whole) qd_shadow__inputs(s, window, sp->cell->pattern, sp->layer);
    for (slong i = 0; i < n; i++) {
        slong u = unit[i];
        qd_form z;
        if (sp->state[u].open) continue;
        if (!whole) {
            qd_shadow__z(&z, s, sp->layer, u);
            if (!look(sp, u, &z, window)) continue;
            if (!divisible || depth >= (looks_like_root_at_end(sp, &z, window) ? MAX_DEPTH_AT_END : MAX_DEPTH)) {
                sp->state[u].open = true;
                continue;
            }
        }
        rest[nrest++] = u;
    }
    if (nrest > 0 && !late(sp, rest, nrest)) {
        qd_window left = {window->a, c}, right = {c, window->b};
        solve(sp, &left, rest, nrest, depth + 1);
        solve(sp, &right, rest, nrest, depth + 1);
    }
    free(rest);
}

void qd_filter__crossings(qd_splitter *sp)
{
    const slong *unit = sp->model->switching[sp->layer];
    slong n = sp->model->first[sp->layer + 1] - sp->model->first[sp->layer];
    qd_window window;
    bool usable = qd_crossing__window(&window, sp->cell) && sp->model->weights;
    for (slong i = 0; i < n; i++) sp->state[unit[i]].open = !usable;
    if (usable) solve(sp, &window, unit, n, 0);
    qd_crossing__forget_open(sp);
}
