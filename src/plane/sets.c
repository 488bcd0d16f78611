/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions with equal labels joined to sets, their holes, and the boundary between two labels.

   A set U is open and connected. The components of its complement on the sphere (infinity, or the frame of a box, is a point of it) have
   connected boundaries, and these are the components of the boundary of U: so U has one hole less than boundary components, the frame being
   one of them when U is unbounded. Curves that lie in the complement of U may be connected to each other outside U; that joins
   only what bounds one component of the complement, and so the components of all barriers that are next to U can be counted. */
#include <stdlib.h>
#include <string.h>

#include "plane/decide.h"

static void unite(slong *parent, slong a, slong b)
{
    a = qd_plane__find(parent, a);
    b = qd_plane__find(parent, b);
    if (a < b) parent[b] = a;
    else parent[a] = b;
}

static slong *forest(slong n)
{
    slong *parent = qd_malloc(sizeof *parent * (size_t) (n + 1));
    for (slong i = 0; i <= n; i++) parent[i] = i;
    return parent;
}

void qd_plane__sets_clear(qd_plane_sets *s)
{
    free(s->set);
    free(s->label);
    free(s->holes);
}

static void join_regions(qd_plane_sets *s, const qd_regions_t g, const qd_plane_curves_t c, const slong *label, const char *barrier)
{
    slong *parent = forest(g->n);
    for (slong k = 0; k < c->n; k++)
        if (!barrier[k]) unite(parent, c->side[2 * k], c->side[2 * k + 1]);
    s->set = qd_malloc(sizeof *s->set * (size_t) (g->n + 1));
    s->label = qd_malloc(sizeof *s->label * (size_t) (g->n + 1));
    s->n = 0;
    for (slong i = 0; i < g->n; i++) {
        slong root = qd_plane__find(parent, i); /* the smallest of them */
        s->set[i] = root == i ? s->n++ : s->set[root];
        s->label[s->set[i]] = label[i];
    }
    free(parent);
}

typedef struct {
    slong set, root;
} incidence;

static int by_set(const void *a, const void *b)
{
    const incidence *x = a, *y = b;
    return x->set != y->set ? (x->set < y->set ? -1 : 1) : (x->root > y->root) - (x->root < y->root);
}

/* Barriers that are connected have one root; number c->n is the frame. */
static slong *connected_barriers(const qd_plane_curves_t c, const char *barrier)
{
    slong *parent = forest(c->n);
    for (slong k = 0; k < c->n; k++)
        if (barrier[k] && c->ends[k]) unite(parent, k, c->n);
    for (slong i = 0; i < c->nplaces; i++)
        for (slong k = c->first[i], before = -1; k < c->first[i + 1]; k++) {
            if (!barrier[c->curve[k]]) continue;
            if (before >= 0) unite(parent, before, c->curve[k]);
            before = c->curve[k];
        }
    return parent;
}

void qd_plane__sets(qd_plane_sets *s, const qd_regions_t g, const qd_plane_curves_t c, const slong *label, const char *barrier)
{
    join_regions(s, g, c, label, barrier);
    slong n = 0, *parent = connected_barriers(c, barrier);
    incidence *list = qd_malloc(sizeof *list * (size_t) (2 * c->n + g->n + 1));
    for (slong k = 0; k < c->n; k++)
        for (int side = 0; side < 2 && barrier[k]; side++)
            list[n++] = (incidence){s->set[c->side[2 * k + side]], qd_plane__find(parent, k)};
    for (slong i = 0; i < g->n; i++)
        if (!g->bounded[i]) list[n++] = (incidence){s->set[i], qd_plane__find(parent, c->n)};
    qsort(list, (size_t) n, sizeof *list, by_set);
    s->holes = qd_malloc(sizeof *s->holes * (size_t) (s->n + 1));
    for (slong i = 0; i < s->n; i++) s->holes[i] = -1;
    for (slong i = 0; i < n; i++)
        if (i == 0 || by_set(list + i - 1, list + i) != 0) s->holes[list[i].set]++;
    free(list);
    free(parent);
}

/* Is the curve between a region with label p and one with label q? */
static bool separates(const qd_plane_curves_t c, slong k, const slong *label, slong p, slong q)
{
    slong a = label[c->side[2 * k]], b = label[c->side[2 * k + 1]];
    return (a == p && b == q) || (a == q && b == p);
}

enum { CROSSING = 1, ARC = 2 };

void qd_plane__boundary(qd_plane_zero_count *z, const qd_plane_curves_t c, const slong *label, slong p, slong q)
{
    slong *parent = forest(c->n);
    char *what = qd_calloc((size_t) c->n + 1, 1);
    for (slong i = 0; i < c->nplaces; i++) {
        slong n = 0, before = -1;
        for (slong k = c->first[i]; k < c->first[i + 1]; k++) {
            if (!separates(c, c->curve[k], label, p, q)) continue;
            if (before >= 0) unite(parent, before, c->curve[k]);
            before = c->curve[k];
            n++;
        }
        if (n > 0) what[before] |= n > 2 ? CROSSING : n == 1 ? ARC : 0;
    }
    for (slong k = 0; k < c->n; k++) {
        if (c->ends[k]) what[k] |= ARC;
        what[qd_plane__find(parent, k)] |= what[k];
    }
    for (slong k = 0; k < c->n; k++) {
        if (!separates(c, k, label, p, q) || qd_plane__find(parent, k) != k) continue;
        if (what[k] & CROSSING) z->crossings++;
        else if (what[k] & ARC) z->arcs++;
        else z->ovals++;
    }
    free(what);
    free(parent);
}
