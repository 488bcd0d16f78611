/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The activation regions of a network in the plane: cells glued across borders where the pattern is the same. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

/* Numbers the regions from left to right, from below. */
static void find_regions(oracle_plane_result *r, plane *p)
{
    int *parent = sets_new(p->ncells);

    for (int e = 0; e < p->nborders; e++) {
        const plane_border *t = p->border + e;
        const char *a = p->cell[t->a].pattern, *b = p->cell[t->b].pattern;
        if (a != NULL && b != NULL && strcmp(a, b) == 0) sets_join(parent, t->a, t->b);
    }
    r->region = oracle_alloc(p->ncells, sizeof *r->region);
    for (int c = 0; c < p->ncells; c++) {
        plane_cell *v = p->cell + c;
        oracle_plane_region *g = r->region + r->regions;
        if (v->pattern == NULL) continue;
        if (set_of(parent, c) == c) {
            v->region = r->regions++;
            g->pattern = strdup(v->pattern);
            g->bounded = 1;
            mpq_init(g->at[0]);
            mpq_init(g->at[1]);
            mpq_set(g->at[0], p->d.stack[v->stack].x);
            mpq_set(g->at[1], p->d.stack[v->stack].y[v->place]);
        } else v->region = p->cell[set_of(parent, c)].region;
        if (v->endless) r->region[v->region].bounded = 0;
    }
    free(parent);
}

static int compare_pairs(const void *a, const void *b)
{
    const int *p = a, *q = b;

    return p[0] != q[0] ? p[0] - q[0] : p[1] - q[1];
}

static void find_adjacencies(oracle_plane_result *r, const plane *p)
{
    int n = 0, kept = 0, (*list)[2] = oracle_alloc(p->nborders, sizeof *list);

    for (int e = 0; e < p->nborders; e++) {
        int a = p->cell[p->border[e].a].region, b = p->cell[p->border[e].b].region;
        if (a < 0 || b < 0 || a == b) continue;
        list[n][0] = a < b ? a : b;
        list[n++][1] = a < b ? b : a;
    }
    qsort(list, n, sizeof *list, compare_pairs);
    for (int i = 0; i < n; i++)
        if (kept == 0 || compare_pairs(list[kept - 1], list[i]) != 0) {
            list[kept][0] = list[i][0];
            list[kept++][1] = list[i][1];
        }
    r->adjacent = list;
    r->adjacencies = kept;
}

static int same_outputs(const oracle_poly *a, const oracle_poly *b, int n)
{
    oracle_poly d;
    int same = 1;

    qpoly_init(&d);
    for (int j = 0; j < n && same; j++) {
        qpoly_sub(&d, a + j, b + j);
        same = d.len == 0;
    }
    qpoly_clear(&d);
    return same;
}

static void find_pieces(oracle_plane_result *r, const plane *p)
{
    int n = oracle_net_outputs(p->net), *parent = sets_new(r->regions);
    oracle_poly **out = oracle_alloc(r->regions, sizeof *out);
    bpoly f;

    bpoly_init(&f);
    r->max_degree = -1;
    for (int i = 0; i < r->regions; i++) {
        oracle_plane_region *g = r->region + i;
        out[i] = plane_along(p, g->pattern, p->net->depth, NULL);
        g->degree = -1;
        for (int j = 0; j < n; j++) {
            bpoly_set_kronecker(&f, out[i] + j, p->base);
            if (bpoly_degree(&f) > g->degree) g->degree = bpoly_degree(&f);
        }
        if (g->degree > r->max_degree) r->max_degree = g->degree;
    }
    for (int k = 0; k < r->adjacencies; k++)
        if (same_outputs(out[r->adjacent[k][0]], out[r->adjacent[k][1]], n)) sets_join(parent, r->adjacent[k][0], r->adjacent[k][1]);
    for (int i = 0; i < r->regions; i++) r->region[i].piece = set_of(parent, i) == i ? r->pieces++ : r->region[set_of(parent, i)].piece;
    for (int i = 0; i < r->regions; i++) qpoly_array_free(out[i], n);
    bpoly_clear(&f);
    free(out);
    free(parent);
}

/* The components of the union of all closed cells but those of the region that have no cell without bound. */
static int holes_of(int region, const plane *p)
{
    int *parent = sets_new(p->ncells + p->npoints), *endless = oracle_alloc(p->ncells + p->npoints, sizeof *endless), holes = 0;

    for (int e = 0; e < p->nborders; e++) {
        const plane_border *t = p->border + e;
        int a = p->cell[t->a].region != region, b = p->cell[t->b].region != region;
        if (a && b) sets_join(parent, t->a, t->b);
        for (int i = 0; i < 2; i++) {
            if (t->end[i] < 0) continue;
            if (a) sets_join(parent, t->a, p->ncells + t->end[i]);
            if (b) sets_join(parent, t->b, p->ncells + t->end[i]);
        }
    }
    for (int c = 0; c < p->ncells; c++)
        if (p->cell[c].endless) endless[set_of(parent, c)] = 1;
    for (int c = 0; c < p->ncells; c++)
        if (p->cell[c].region != region && set_of(parent, c) == c) holes += !endless[c];
    free(parent);
    free(endless);
    return holes;
}

static oracle_plane_result *finish(plane *p)
{
    oracle_plane_result *r = oracle_alloc(1, sizeof *r);
    char **all;

    plane_find_borders(p);
    find_regions(r, p);
    find_adjacencies(r, p);
    find_pieces(r, p);
    for (int i = 0; i < r->regions; i++) {
        r->region[i].holes = holes_of(i, p);
        r->holes += r->region[i].holes;
        r->bounded += r->region[i].bounded;
    }
    all = plane_patterns(&r->patterns, p, oracle_net_switching(p->net));
    for (int i = 0; i < r->patterns; i++) free(all[i]);
    free(all);
    return r;
}

oracle_plane_result *oracle_plane(const oracle_net *net, const char *const *box)
{
    plane p;
    oracle_plane_result *r = plane_init(&p, net, box) == 0 ? finish(&p) : NULL;

    plane_clear(&p);
    return r;
}

void oracle_plane_free(oracle_plane_result *r)
{
    if (r == NULL) return;
    for (int i = 0; i < r->regions; i++) {
        free(r->region[i].pattern);
        mpq_clear(r->region[i].at[0]);
        mpq_clear(r->region[i].at[1]);
    }
    free(r->region);
    free(r->adjacent);
    free(r);
}
