/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies between the cells of the plane: borders (sections of a stack, and pieces of the lines over the critical abscissae) and the points over
   the critical abscissae where borders end. */
#include "impl.h"
#include <stdlib.h>

/* ---- sets ---------------------------------------------------------------------------------------------- */

int *sets_new(int n)
{
    int *parent = oracle_alloc(n, sizeof *parent);

    for (int i = 0; i < n; i++) parent[i] = i;
    return parent;
}

int set_of(int *parent, int i)
{
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

void sets_join(int *parent, int i, int j)
{
    i = set_of(parent, i);
    j = set_of(parent, j);
    if (i < j) parent[j] = i;
    else parent[i] = j;
}

/* ---- borders ------------------------------------------------------------------------------------------- */

/* The contacts over one abscissa; the points between them have the numbers from `point` on. */
typedef struct {
    int n, point;
    contact *pair;
} fibre;

/* Where section k of the stack to the left (side 0) or right (side 1) of the fibre ends; -1: at infinity. */
static int end_on(const fibre *f, int side, int k)
{
    for (int i = 0; i + 1 < f->n; i++) {
        int from = side ? f->pair[i].right : f->pair[i].left, to = side ? f->pair[i + 1].right : f->pair[i + 1].left;
        if (from <= k && k < to) return f->point + i;
    }
    return -1;
}

static void add_sections(plane *p, int i, const fibre *left, const fibre *right)
{
    for (int k = 0; k < p->d.stack[i].section.n; k++) {
        int c = p->first[i] + k;
        p->border[p->nborders++] = (plane_border){c, c + 1, -1, {left ? end_on(left, 1, k) : -1, right ? end_on(right, 0, k) : -1}};
    }
}

static void add_pieces(plane *p, int i, const fibre *f)
{
    for (int k = 0; k < f->n; k++)
        p->border[p->nborders++] = (plane_border){p->first[i] + f->pair[k].left,
                                                  p->first[i + 1] + f->pair[k].right,
                                                  i,
                                                  {k > 0 ? f->point + k - 1 : -1, k + 1 < f->n ? f->point + k : -1}};
}

/* The cells on both sides of the fibre over abscissa i that reach infinity along it. */
static void find_endless_over(plane *p, int i, const fibre *f)
{
    const contact *low = f->pair, *high = f->pair + f->n - 1;

    for (int c = p->first[i]; c < p->first[i + 1]; c++)
        if (c - p->first[i] <= low->left || c - p->first[i] >= high->left) p->cell[c].endless = 1;
    for (int c = p->first[i + 1]; c < p->first[i + 2]; c++)
        if (c - p->first[i + 1] <= low->right || c - p->first[i + 1] >= high->right) p->cell[c].endless = 1;
}

/* On the plane the first and last stacks and the lowest and highest cells have no bound either; in a box, the first and last stacks and all
   that meets its outside. */
static void find_endless(plane *p)
{
    for (int c = 0; c < p->ncells; c++) {
        plane_cell *v = p->cell + c;
        if (v->stack == 0 || v->stack == p->d.at.n || v->place == 0 || c + 1 == p->first[v->stack + 1]) v->endless = 1;
    }
    for (int e = 0; e < p->nborders && p->boxed; e++) {
        const plane_border *t = p->border + e;
        if (p->cell[t->a].pattern != NULL && p->cell[t->b].pattern != NULL) continue;
        p->cell[t->a].endless = p->cell[t->b].endless = 1;
        for (int i = 0; i < 2; i++)
            if (t->end[i] >= 0) p->outer[t->end[i]] = 1;
    }
}

/* In a box, a cell that has no more than a point of the outside. */
static void find_touching(plane *p)
{
    for (int e = 0; e < p->nborders; e++)
        for (int i = 0; i < 2; i++)
            if (p->border[e].end[i] >= 0 && p->outer[p->border[e].end[i]])
                p->cell[p->border[e].a].endless = p->cell[p->border[e].b].endless = 1;
}

void plane_find_borders(plane *p)
{
    int n = p->d.at.n, count = 0;
    fibre *f = oracle_alloc(n, sizeof *f);

    p->nborders = p->npoints = 0;
    for (int i = 0; i < n; i++) {
        f[i].n = contacts_find(&f[i].pair, &p->d, i);
        f[i].point = p->npoints;
        p->npoints += f[i].n - 1;
        count += f[i].n;
    }
    for (int i = 0; i <= n; i++) count += p->d.stack[i].section.n;
    p->border = oracle_alloc(count, sizeof *p->border);
    p->outer = oracle_alloc(p->npoints, 1);
    for (int i = 0; i <= n; i++) add_sections(p, i, i > 0 ? f + i - 1 : NULL, i < n ? f + i : NULL);
    for (int i = 0; i < n; i++) add_pieces(p, i, f + i);
    for (int i = 0; i < n; i++) find_endless_over(p, i, f + i);
    find_endless(p);
    find_touching(p);
    for (int i = 0; i < n; i++) free(f[i].pair);
    free(f);
}
