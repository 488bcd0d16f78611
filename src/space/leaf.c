/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A region that was found: its point, and its neighbours.

   Facets of the cell. The vertices on one of its inequalities are a face; it is a facet iff no other inequality has these and more, and inequalities
   with the same vertices are one facet. If every vertex lies on dim of them only, all are facets. Behind a facet on which one unit vanishes
   lies the region whose pattern differs in this unit alone; if several vanish, see qd_space__behind. */
#include "space/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- points ------------------------------------------------------------------------------------------ */

/* Is x certainly inside all facets? */
static bool inside(const qd_space_worker *w, const uint64_t *used, const double *x)
{
    double size = 1;
    for (slong k = 0; k < w->dim; k++) size += fabs(x[k]);
    for (int i = 0; i < w->words; i++)
        for (uint64_t t = used[i]; t != 0; t &= t - 1) {
            const qd_space_facet *f = w->table + 64 * i + __builtin_ctzll(t);
            double s = f->c[w->dim];
            if (f->kind == QD_SPACE_INFINITY) continue;
            for (slong k = 0; k < w->dim; k++) s += f->c[k] * x[k];
            if (!(s * f->side > f->R * size * QD_SPACE_SAFE)) return false;
        }
    return true;
}

/* Vertices that no facet has in common, one of them no ray: a point between them is strictly inside. A function of the cell alone, unlike the
   places that vertices happen to have. */
static slong spread(qd_space_entry *to, const qd_space_worker *w, const qd_space_entry *e, slong n)
{
    slong m = 0;
    uint64_t common[w->words];
    memset(common, -1, sizeof common);
    for (slong i = 0; i < n; i++) {
        bool fewer = false;
        for (int k = 0; k < w->words; k++) {
            fewer = fewer || (common[k] & ~e[i].v->on[k]) != 0;
            common[k] &= e[i].v->on[k];
        }
        if (fewer) to[m++] = e[i];
    }
    return m;
}

/* Their mean in doubles. */
static bool mean_place(double *mean, const qd_space_worker *w, const qd_space_entry *e, slong n)
{
    double x[QD_SPACE_MAX], vertices = 0;
    for (slong i = 0; i < n; i++) vertices += e[i].v->x[w->dim];
    for (slong k = 0; k < w->dim; k++) mean[k] = 0;
    for (slong i = 0; i < n; i++) {
        if (!(qd_space__place(x, w, e[i].v) < INFINITY)) return false;
        for (slong k = 0; k < w->dim; k++) mean[k] += e[i].v->x[w->dim] == 0 ? x[k] : x[k] / vertices;
    }
    return true;
}

/* A short dyadic point, if possible. */
static void add_point(qd_space_worker *w, const uint64_t *used, const qd_space_entry *e, slong n)
{
    static const double grid[] = {0x1p4, 0x1p8, 0x1p14, 0x1p24};
    double mean[QD_SPACE_MAX], *x = w->record.point + w->record.n * w->dim;
    qd_space_entry *some = qd_space__take(&w->stack, sizeof *some * (size_t) n);
    slong m = spread(some, w, e, n);
    bool placed = mean_place(mean, w, some, m);
    for (size_t g = 0; placed && g <= sizeof grid / sizeof *grid; g++) {
        for (slong k = 0; k < w->dim; k++)
            x[k] = g < sizeof grid / sizeof *grid && fabs(mean[k]) < 0x1p20 ? nearbyint(mean[k] * grid[g]) / grid[g] : mean[k];
        if (inside(w, used, x)) return;
    }
    qd_space__exact_point(qd_space__record_exact(w), w, some, m);
}

/* ---- neighbours ----------------------------------------------------------------------------------------- */

static slong facet_bit(const qd_space_worker *w, int id)
{
    const qd_space_facet *f = w->table + id;
    return w->model->m.bit[f->layer][f->unit];
}

static void simple_walls(qd_space_worker *w, const uint64_t *used)
{
    for (int i = 0; i < w->words; i++)
        for (uint64_t t = used[i]; t != 0; t &= t - 1) {
            int id = 64 * i + __builtin_ctzll(t);
            slong bit = w->table[id].kind == QD_SPACE_UNIT ? facet_bit(w, id) : -1;
            if (bit >= 0) qd_space__record_wall(w, id, &bit, 1);
        }
}

/* The inequalities of the cell and the sets of vertices on them. */
typedef struct {
    slong n, words;
    int *id;
    uint64_t *on; /* (n, words) */
} faces;

static bool within(const faces *f, slong a, slong b)
{
    for (slong i = 0; i < f->words; i++)
        if (f->on[a * f->words + i] & ~f->on[b * f->words + i]) return false;
    return true;
}

static faces find_faces(qd_space_worker *w, const uint64_t *used, const qd_space_entry *e, slong n)
{
    faces f = {0, (n + 63) / 64, NULL, NULL};
    f.id = qd_space__take(&w->stack, sizeof *f.id * (size_t) (64 * w->words));
    for (int i = 0; i < w->words; i++)
        for (uint64_t t = used[i]; t != 0; t &= t - 1) f.id[f.n++] = 64 * i + __builtin_ctzll(t);
    f.on = qd_space__take(&w->stack, sizeof *f.on * (size_t) (f.n * f.words));
    memset(f.on, 0, sizeof *f.on * (size_t) (f.n * f.words));
    for (slong a = 0; a < f.n; a++)
        for (slong i = 0; i < n; i++) f.on[a * f.words + i / 64] |= (e[i].v->on[f.id[a] >> 6] >> (f.id[a] & 63) & 1) << (i % 64);
    return f;
}

static int by_value(const void *a, const void *b)
{
    slong x = *(const slong *) a, y = *(const slong *) b;
    return (x > y) - (x < y);
}

/* The facet of inequality a, and of the others with the same vertices. */
static void add_wall(qd_space_worker *w, const faces *f, slong a)
{
    slong *bit = qd_space__take(&w->stack, sizeof *bit * (size_t) (f->n + w->nzero)), n = 0;
    int unit = -1;
    for (slong b = 0; b < f->n; b++) {
        if (!within(f, a, b)) continue;
        if (!within(f, b, a) || (b < a && within(f, b, a))) return; /* no facet, or seen before */
        qd_space_kind kind = w->table[f->id[b]].kind;
        if (kind == QD_SPACE_INFINITY || kind == QD_SPACE_SIDE) return; /* on the boundary of the domain */
        if (kind != QD_SPACE_UNIT) continue;
        unit = f->id[b];
        bit[n++] = facet_bit(w, unit);
    }
    if (unit < 0) return;
    for (slong i = 0; i < w->nzero; i++) bit[n++] = w->zero[i];
    qsort(bit, (size_t) n, sizeof *bit, by_value);
    qd_space__record_wall(w, unit, bit, n);
}

static void all_walls(qd_space_worker *w, const uint64_t *used, const qd_space_entry *e, slong n)
{
    faces f = find_faces(w, used, e, n);
    for (slong a = 0; a < f.n; a++) {
        qd_space_mark mark = qd_space__mark(&w->stack);
        add_wall(w, &f, a);
        qd_space__release(&w->stack, mark);
    }
}

/* ---- a region -------------------------------------------------------------------------------------------- */

void qd_space__leaf(qd_space_worker *w, const qd_space_entry *e, slong n)
{
    qd_space_mark mark = qd_space__mark(&w->stack);
    uint64_t *used = qd_space__take(&w->stack, sizeof *used * (size_t) w->words);
    bool simple = true, bounded = true;
    memset(used, 0, sizeof *used * (size_t) w->words);
    for (slong i = 0; i < n; i++) {
        for (int k = 0; k < w->words; k++) used[k] |= e[i].v->on[k];
        if (e[i].v->facets != w->dim) simple = false;
    }
    for (int k = 0; k < w->words; k++)
        if (used[k] & w->frame[k]) bounded = false;
    w->used = used;
    qd_space__record_begin(w, bounded && w->dim == w->model->full);
    if (w->job->want.points) add_point(w, used, e, n);
    if (w->job->want.walls || w->job->want.pieces) {
        if (simple && w->nzero == 0) simple_walls(w, used);
        else all_walls(w, used, e, n);
    }
    w->record.n++;
    qd_space__release(&w->stack, mark);
}
