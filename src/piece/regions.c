/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The regions of a network on a domain, whichever engine found them. */
#include "piece/piece.h"

#include <stdlib.h>
#include <string.h>

void qd_regions_init(qd_regions_t g)
{
    memset(g, 0, sizeof *g);
}

void qd_regions_clear(qd_regions_t g)
{
    free(g->pattern);
    if (g->point != NULL) _fmpq_vec_clear(g->point, g->n * g->dim);
    free(g->piece);
    free(g->bounded);
    free(g->holes);
    free(g->wall);
    free(g->open);
    qd_regions_init(g);
}

void qd_regions_swap(qd_regions_t a, qd_regions_t b)
{
    qd_regions_struct t = *a;
    *a = *b;
    *b = t;
}

void qd_regions_resize(qd_regions_t g, const qd_restriction *m, slong n)
{
    size_t size = (size_t) n + 1;
    qd_regions_clear(g);
    g->n = n;
    g->dim = m->dim;
    g->nwords = m->nwords;
    g->nswitching = m->nswitching;
    g->outputs = m->low->layer[m->low->depth - 1].out;
    g->pattern = qd_calloc(size * (size_t) m->nwords, sizeof *g->pattern);
    g->piece = qd_calloc(size, sizeof *g->piece);
    g->bounded = qd_calloc(size, 1);
    g->holes = qd_calloc(size, sizeof *g->holes);
}

void qd_regions_add_points(qd_regions_t g, slong dim)
{
    g->dim = dim;
    g->point = _fmpq_vec_init(g->n * dim);
}

static slong *pair_add(slong **list, slong *n, slong *room)
{
    if (*n == *room) {
        *room = *room == 0 ? 64 : 2 * *room;
        *list = qd_realloc(*list, sizeof **list * 2 * (size_t) *room);
    }
    return *list + 2 * (*n)++;
}

void qd_regions_add_wall(qd_regions_t g, slong a, slong b)
{
    slong *w = pair_add(&g->wall, &g->nwalls, &g->walls_room);
    w[0] = a < b ? a : b;
    w[1] = a < b ? b : a;
}

void qd_regions_add_open(qd_regions_t g, slong place, slong region)
{
    slong *w = pair_add(&g->open, &g->nopen, &g->open_room);
    w[0] = place;
    w[1] = region;
}
