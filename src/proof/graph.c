/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of neighbours: for each region those that it has a wall with. */
#include "proof/impl.h"

#include <stdlib.h>

void qd_proof__graph_init(qd_proof__graph *a, const qd_regions_struct *g)
{
    slong *at = qd_calloc((size_t) g->n + 2, sizeof *at);
    a->n = g->n;
    a->start = qd_calloc((size_t) g->n + 2, sizeof *a->start);
    a->neighbour = qd_calloc(2 * (size_t) g->nwalls + 1, sizeof *a->neighbour);
    for (slong k = 0; k < 2 * g->nwalls; k++) a->start[g->wall[k] + 1]++;
    for (slong i = 0; i < g->n; i++) a->start[i + 1] += a->start[i];
    for (slong k = 0; k < 2 * g->nwalls; k++) a->neighbour[a->start[g->wall[k]] + at[g->wall[k]]++] = g->wall[k ^ 1];
    free(at);
}

void qd_proof__graph_clear(qd_proof__graph *a)
{
    free(a->start);
    free(a->neighbour);
}

/* Marks all that can be reached from region i and is not marked yet; are all of it marked in `only`? */
static bool reach(const qd_proof__graph *a, slong i, char *seen, slong *stack, const char *only)
{
    slong top = 0;
    bool all = true;
    stack[top++] = i;
    seen[i] = 1;
    while (top > 0) {
        slong r = stack[--top];
        all = all && only[r];
        for (slong j = a->start[r]; j < a->start[r + 1]; j++) {
            if (seen[a->neighbour[j]]) continue;
            seen[a->neighbour[j]] = 1;
            stack[top++] = a->neighbour[j];
        }
    }
    return all;
}

slong qd_proof__graph_parts(slong *within, const qd_proof__graph *a, slong out, const char *only)
{
    slong *stack = qd_malloc(sizeof *stack * (size_t) (a->n + 1)), parts = 0;
    char *seen = qd_calloc((size_t) a->n + 1, 1);
    *within = 0;
    if (out >= 0) seen[out] = 1;
    for (slong i = 0; i < a->n; i++) {
        if (seen[i]) continue;
        parts++;
        *within += reach(a, i, seen, stack, only);
    }
    free(stack);
    free(seen);
    return parts;
}
