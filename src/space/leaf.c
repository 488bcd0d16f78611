/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A region that was found: its point, and its neighbours.

   Facets of the cell. The vertices on one of its inequalities are a face; it is a facet iff no other inequality has these and more, and inequalities
   with the same vertices are one facet. If every vertex lies on dim of them only, all are facets. Behind a facet on which one unit vanishes
   lies the region whose pattern differs in this unit alone; if several vanish, see qd_space__behind. */
#include "space/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qd_space__record_clear(qd_space_record *r, slong dim)
{
    free(r->pattern);
    free(r->bounded);
    free(r->point);
    free(r->flips);
    free(r->flip);
    free(r->other_of);
    free(r->other);
    free(r->exact_of);
    if (r->exact != NULL) _fmpq_vec_clear(r->exact, r->exact_room * dim);
    memset(r, 0, sizeof *r);
}

static slong grown(slong room)
{
    return room == 0 ? 64 : room + room / 2;
}

static void grow(qd_space_record *r, const qd_space_worker *w)
{
    if (r->n < r->room) return;
    r->room = grown(r->room);
    size_t room = (size_t) r->room;
    r->pattern = qd_realloc(r->pattern, sizeof *r->pattern * room * (size_t) w->model->m.nwords);
    r->bounded = qd_realloc(r->bounded, room);
    if (w->job->want.points) r->point = qd_realloc(r->point, sizeof *r->point * room * (size_t) w->dim);
    r->flips = qd_realloc(r->flips, sizeof *r->flips * (room + 1));
    if (r->n == 0) r->flips[0] = 0;
}

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

static void exact_point(qd_space_worker *w, const qd_space_entry *e, slong n)
{
    qd_space_record *r = &w->record;
    if (r->nexact == r->exact_room) {
        slong room = grown(r->exact_room);
        r->exact_of = qd_realloc(r->exact_of, sizeof *r->exact_of * (size_t) room);
        r->exact = qd_realloc(r->exact, sizeof *r->exact * (size_t) (room * w->dim));
        for (slong i = r->exact_room * w->dim; i < room * w->dim; i++) fmpq_init(r->exact + i);
        r->exact_room = room;
    }
    r->exact_of[r->nexact] = r->n;
    qd_space__exact_point(r->exact + r->nexact++ * w->dim, w, e, n);
}

/* A short dyadic point near the middle, if possible. */
static void add_point(qd_space_worker *w, const uint64_t *used, const qd_space_entry *e, slong n)
{
    static const double grid[] = {0x1p4, 0x1p8, 0x1p14, 0x1p24};
    double mean[QD_SPACE_MAX] = {0}, vertices = 0, *x = w->record.point + w->record.n * w->dim;
    for (slong i = 0; i < n; i++) vertices += e[i].v->x[w->dim];
    for (slong i = 0; i < n; i++)
        for (slong k = 0; k < w->dim; k++) mean[k] += e[i].v->x[w->dim] == 0 ? e[i].v->x[k] : e[i].v->x[k] / vertices;
    for (size_t g = 0; g <= sizeof grid / sizeof *grid; g++) {
        for (slong k = 0; k < w->dim; k++)
            x[k] = g < sizeof grid / sizeof *grid && fabs(mean[k]) < 0x1p20 ? nearbyint(mean[k] * grid[g]) / grid[g] : mean[k];
        if (inside(w, used, x)) return;
    }
    exact_point(w, e, n);
}

/* ---- neighbours ----------------------------------------------------------------------------------------- */

static void add_flip(qd_space_record *r, const qd_space_worker *w, slong bit)
{
    slong n = r->flips[r->n + 1];
    if (qd_pattern_get(w->pattern, bit)) return; /* the neighbour says it */
    if (n == r->flips_room) {
        r->flips_room = grown(r->flips_room);
        r->flip = qd_realloc(r->flip, sizeof *r->flip * (size_t) r->flips_room);
    }
    r->flip[n] = (uint32_t) bit;
    r->flips[r->n + 1]++;
}

static void add_other(qd_space_worker *w, int id, const slong *bit, slong nbits)
{
    qd_space_record *r = &w->record;
    slong nwords = w->model->m.nwords;
    if (r->nother == r->other_room) {
        r->other_room = grown(r->other_room);
        r->other_of = qd_realloc(r->other_of, sizeof *r->other_of * (size_t) r->other_room);
        r->other = qd_realloc(r->other, sizeof *r->other * (size_t) (r->other_room * nwords));
    }
    qd_word *p = r->other + r->nother * nwords;
    qd_space__behind(p, w, id, bit, nbits);
    if (qd_space__compare(w->pattern, p, nwords) >= 0) return; /* the neighbour says it */
    r->other_of[r->nother++] = r->n;
}

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
            if (w->table[id].kind == QD_SPACE_UNIT) add_flip(&w->record, w, facet_bit(w, id));
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
    if (n == 1) add_flip(&w->record, w, bit[0]);
    else add_other(w, unit, bit, n);
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
    qd_space_record *r = &w->record;
    qd_space_mark mark = qd_space__mark(&w->stack);
    uint64_t *used = qd_space__take(&w->stack, sizeof *used * (size_t) w->words);
    bool simple = true, bounded = true;
    memset(used, 0, sizeof *used * (size_t) w->words);
    for (slong i = 0; i < n; i++) {
        int facets = 0;
        for (int k = 0; k < w->words; k++) {
            used[k] |= e[i].v->on[k];
            facets += __builtin_popcountll(e[i].v->on[k]);
        }
        if (facets != w->dim) simple = false;
    }
    for (int k = 0; k < w->words; k++)
        if (used[k] & w->frame[k]) bounded = false;
    grow(r, w);
    w->used = used;
    memcpy(r->pattern + r->n * w->model->m.nwords, w->pattern, sizeof *r->pattern * (size_t) w->model->m.nwords);
    r->bounded[r->n] = bounded && w->dim == w->model->full;
    r->flips[r->n + 1] = r->flips[r->n];
    if (w->job->want.points) add_point(w, used, e, n);
    if (w->job->want.walls || w->job->want.pieces) {
        if (simple && w->nzero == 0) simple_walls(w, used);
        else all_walls(w, used, e, n);
    }
    r->n++;
    qd_space__release(&w->stack, mark);
}
