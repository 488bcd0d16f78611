/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New vertices. p and q are the ends of an edge iff no third vertex lies on all facets on which both lie; that needs dim - 1 of them, and if every
   vertex lies on dim facets only, that is enough. The new vertex lies on these and on the new facet, and on no other. */
#include "space/impl.h"

#include <string.h>

typedef struct {
    int plus, minus; /* numbers of vertices */
    int shared;      /* facets on which both lie */
} pair;

/* Vertices of one sign: their numbers, and their sets of facets side by side. */
typedef struct {
    slong n;
    int *number;
    uint64_t *on;
} side;

static side find_side(const qd_space_cell *c, qd_space_worker *w, int sign)
{
    int words = w->words;
    side s = {0, qd_space__take(&w->stack, sizeof(int) * (size_t) c->n),
              qd_space__take(&w->stack, sizeof(uint64_t) * (size_t) (c->n * words))};
    for (slong i = 0; i < c->n; i++) {
        if (c->sign[i] != sign) continue;
        for (int k = 0; k < words; k++) s.on[s.n * words + k] = c->e[i].v->on[k];
        s.number[s.n++] = (int) i;
    }
    return s;
}

/* The pairs that share `least` facets. */
QD_CLONES static slong share(pair *to, const side *a, const side *b, int words, int least)
{
    slong n = 0;
    for (slong i = 0; i < a->n; i++) {
        if (words == 1) {
            uint64_t on = a->on[i];
            for (slong j = 0; j < b->n; j++) {
                int shared = __builtin_popcountll(on & b->on[j]);
                to[n] = (pair){a->number[i], b->number[j], shared};
                n += shared >= least;
            }
            continue;
        }
        for (slong j = 0; j < b->n; j++) {
            int shared = 0;
            for (int k = 0; k < words; k++) shared += __builtin_popcountll(a->on[i * words + k] & b->on[j * words + k]);
            to[n] = (pair){a->number[i], b->number[j], shared};
            n += shared >= least;
        }
    }
    return n;
}

/* Is a third vertex on all facets of `common`? */
static bool is_no_edge(const qd_space_cell *c, pair p, const uint64_t *common, int words)
{
    for (slong i = 0; i < c->n; i++) {
        if (i == p.plus || i == p.minus) continue;
        int k = 0;
        while (k < words && (c->e[i].v->on[k] & common[k]) == common[k]) k++;
        if (k == words) return true;
    }
    return false;
}

static qd_space_vertex *new_vertex(qd_space_worker *w, const uint64_t *common, int shared, int id)
{
    slong dim = w->dim;
    size_t set = sizeof(uint64_t) * (size_t) w->words;
    qd_space_vertex *v = qd_space__take(&w->stack, sizeof *v + set);
    memcpy(v->on, common, set);
    if (shared > dim - 1) qd_space__choose(v->basis, w, common);
    else
        for (int i = 0, n = 0; i < w->words; i++)
            for (uint64_t t = common[i]; t != 0; t &= t - 1) v->basis[n++] = (uint16_t) (64 * i + __builtin_ctzll(t));
    v->basis[dim - 1] = (uint16_t) id;
    v->on[id >> 6] |= (uint64_t) 1 << (id & 63);
    v->facets = (uint16_t) (shared + 1);
    return v;
}

qd_space_entry *qd_space__cut_edges(slong *n, qd_space_level *y, slong k, qd_space_cell *c, int id)
{
    qd_space_worker *w = y->w;
    int words = w->words;
    side a = find_side(c, w, 1), b = find_side(c, w, -1);
    uint64_t common[words];
    pair *p = qd_space__take(&w->stack, sizeof *p * (size_t) (a.n * b.n + 1));
    slong npairs = share(p, &a, &b, words, (int) w->dim - 1);
    qd_space_entry *to = qd_space__take(&w->stack, sizeof *to * (size_t) npairs);
    *n = 0;
    for (slong i = 0; i < npairs; i++) {
        qd_space_entry *plus = c->e + p[i].plus, *minus = c->e + p[i].minus;
        for (int j = 0; j < words; j++) common[j] = plus->v->on[j] & minus->v->on[j];
        if (!c->simple && is_no_edge(c, p[i], common, words)) continue;
        qd_space_vertex *v = new_vertex(w, common, p[i].shared, id);
        qd_space__renew(y, plus);
        qd_space__renew(y, minus);
        qd_space__between(w, v, plus->v, minus->v, plus->val[QD_SPACE_ROW + k], qd_space__tolerance(y, k, plus),
                          minus->val[QD_SPACE_ROW + k], qd_space__tolerance(y, k, minus));
        to[(*n)++] = (qd_space_entry){v, qd_space__take(&w->stack, sizeof(double) * (size_t) (QD_SPACE_ROW + 8 * y->blocks))};
    }
    qd_space__fill(w, y->l, y->blocks, c->open, to, *n);
    return to;
}
