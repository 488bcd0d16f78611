/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The planar map of the curves between regions, from the nodes and places that were recorded. */
#include <stdlib.h>
#include <string.h>

#include "plane/impl.h"

void qd_plane_curves_init(qd_plane_curves_t c)
{
    memset(c, 0, sizeof *c);
}

void qd_plane_curves_clear(qd_plane_curves_t c)
{
    free(c->side);
    free(c->ends);
    free(c->first);
    free(c->curve);
}

void qd_plane_curves_swap(qd_plane_curves_t a, qd_plane_curves_t b)
{
    qd_plane_curves_struct t = *a;
    *a = *b;
    *b = t;
}

/* Roots of nodes that have walls become curves: number[root], -1 for the others. false: one of them has other regions at another place. */
static bool number_curves(qd_plane_curves_t c, slong *number, const qd_plane_record *r, const slong *region, slong *chain)
{
    memset(number, -1, sizeof *number * (size_t) (r->nnodes + 1));
    c->side = qd_malloc(sizeof *c->side * (size_t) (2 * r->nwalls + 1));
    for (slong i = 0; i < r->nwalls; i++) {
        slong a = region[r->wall[3 * i]], b = region[r->wall[3 * i + 1]], root = qd_plane__find(chain, r->wall[3 * i + 2]);
        if (number[root] < 0) {
            number[root] = c->n;
            c->side[2 * c->n] = FLINT_MIN(a, b);
            c->side[2 * c->n++ + 1] = FLINT_MAX(a, b);
        }
        if (c->side[2 * number[root]] != FLINT_MIN(a, b) || c->side[2 * number[root] + 1] != FLINT_MAX(a, b)) return false;
    }
    return true;
}

/* One entry of a place: the curve `curve` is at the place whose node has this root. */
typedef struct {
    slong root, curve;
} entry;

static int by_root(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->root != y->root ? (x->root < y->root ? -1 : 1) : (x->curve > y->curve) - (x->curve < y->curve);
}

/* All meetings; a place without a node of its own gets a number above all nodes. false: a place is on a curve that goes on, or none of them has walls. */
static bool list_entries(entry *e, slong *n, const qd_plane_record *r, const slong *number, slong *chain)
{
    *n = 0;
    for (slong i = 0, place = r->nnodes; i < r->ncross; i += r->cross[i] + 2, place++) {
        slong root = r->cross[i + 1] < 0 ? place : qd_plane__find(chain, r->cross[i + 1]);
        if (root < r->nnodes && number[root] >= 0) return false;
        for (slong k = 0; k < r->cross[i]; k++) {
            slong curve = number[qd_plane__find(chain, r->cross[i + 2 + k])];
            if (curve < 0) return false;
            e[(*n)++] = (entry){root, curve};
        }
    }
    qsort(e, (size_t) *n, sizeof *e, by_root);
    return true;
}

bool qd_plane__curves(qd_plane_curves_t c, qd_plane_record *r, const slong *region, slong *chain, const slong *end, slong nends)
{
    slong n, *number = qd_malloc(sizeof *number * (size_t) (r->nnodes + 1));
    entry *e = qd_malloc(sizeof *e * (size_t) (r->ncross + 1));
    char *frame = qd_calloc((size_t) (r->nnodes + r->ncross + 1), 1);
    bool ok = number_curves(c, number, r, region, chain) && list_entries(e, &n, r, number, chain);
    c->ends = qd_calloc((size_t) c->n + 1, 1);
    for (slong i = 0; i < nends; i++) frame[qd_plane__find(chain, end[i])] = 1;
    for (slong i = 0; i < r->nnodes; i++)
        if (frame[i] && number[i] >= 0) c->ends[number[i]] = 1;
    if (ok) {
        c->first = qd_malloc(sizeof *c->first * (size_t) (n + 1));
        c->curve = qd_malloc(sizeof *c->curve * (size_t) (n + 1));
        slong at = 0;
        for (slong i = 0; i < n; i++) {
            if (frame[e[i].root]) {
                c->ends[e[i].curve] = 1;
                continue;
            }
            if (i == 0 || e[i - 1].root != e[i].root) c->first[c->nplaces++] = at;
            c->curve[at++] = e[i].curve;
        }
        c->first[c->nplaces] = at;
    }
    free(frame);
    free(e);
    free(number);
    return ok;
}
