/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The crossings of one layer inside one cell, and their order. */
#include "line/crossing.h"

#include <stdlib.h>
#include <string.h>

qd_crossing *qd_crossing__add(qd_crossing_list *list, slong unit)
{
    if (list->n == list->room) {
        list->room = list->room == 0 ? 16 : 2 * list->room;
        list->e = qd_realloc(list->e, sizeof *list->e * (size_t) list->room);
    }
    qd_crossing *c = list->e + list->n++;
    memset(c, 0, sizeof *c);
    c->unit = unit;
    return c;
}

void qd_crossing__clear(qd_crossing *c)
{
    if (c->exact) qd_alg_clear(c->alg);
    c->exact = false;
}

/* An end that a window can have: infinite only where the cell is. */
static bool in_range(double x, const qd_cut *cut)
{
    return cut == NULL || fabs(x) <= QD_LINE_FARTHEST;
}

bool qd_crossing__window(qd_window *window, const qd_line_cell *cell)
{
    window->a = cell->left != NULL ? cell->left->lo : -INFINITY;
    window->b = cell->right != NULL ? cell->right->hi : INFINITY;
    return window->a < window->b && in_range(window->a, cell->left) && in_range(window->b, cell->right);
}

void qd_crossing__forget_open(qd_splitter *sp)
{
    slong n = 0;
    for (slong i = 0; i < sp->crossings.n; i++)
        if (!sp->state[sp->crossings.e[i].unit].open) sp->crossings.e[n++] = sp->crossings.e[i];
    sp->crossings.n = n;
}

static int by_interval(const void *x, const void *y)
{
    const qd_crossing *a = x, *b = y;
    if (a->lo != b->lo) return a->lo < b->lo ? -1 : 1;
    if (a->hi != b->hi) return a->hi < b->hi ? -1 : 1;
    return a->unit < b->unit ? -1 : a->unit > b->unit;
}

static void make_exact(qd_crossing *c, const qd_splitter *sp)
{
    if (c->exact) return;
    qd_alg_init(c->alg);
    qd_cut__root(c->alg, &sp->worker->path, sp->cell->pattern, sp->layer, c->unit, c->lo, c->hi);
    c->exact = true;
}

/* Exact insertion sort of a run of crossings whose intervals touch; equal numbers get the same rank. */
static qd_status order_run(qd_crossing *e, slong n, const qd_splitter *sp)
{
    qd_status st = QD_OK;
    for (slong i = 0; i < n && st == QD_OK; i++)
        if ((st = qd_path_foresee(sp->model, sp->layer, sp->ctx)) == QD_OK) make_exact(e + i, sp);
    for (slong i = 1; i < n && st == QD_OK; i++)
        for (slong j = i; j > 0; j--) {
            int s = qd_alg_cmp(e[j - 1].alg, e[j].alg);
            if (s <= 0) break;
            qd_crossing t = e[j];
            e[j] = e[j - 1];
            e[j - 1] = t;
        }
    for (slong i = 0; i < n && st == QD_OK; i++) e[i].same = i > 0 && qd_alg_cmp(e[i - 1].alg, e[i].alg) == 0;
    return st;
}

qd_status qd_crossing__order(qd_splitter *sp)
{
    qd_status st = QD_OK;
    qd_crossing *e = sp->crossings.e;
    slong n = sp->crossings.n;
    if (n > 1) qsort(e, (size_t) n, sizeof *e, by_interval);
    for (slong i = 0; i < n && st == QD_OK;) {
        slong j = i + 1;
        double hi = e[i].hi;
        while (j < n && e[j].lo <= hi) {
            if (e[j].hi > hi) hi = e[j].hi;
            j++;
        }
        if (j - i > 1) st = order_run(e + i, j - i, sp);
        i = j;
    }
    return st;
}
