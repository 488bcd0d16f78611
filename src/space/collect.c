/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of all workers as one list, in the order of patterns. Cells that only a coordinate cuts apart have equal patterns and are one region.
   A wall is recorded by its side with the smaller pattern; that its other side is there is checked. */
#include "space/impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- order ------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t key; /* the first word, its bits turned around: ascending as the patterns are */
    uint32_t record;
    uint32_t cell;
} item;

typedef struct {
    const qd_space_job *job;
    qd_space_record *const *record;
    slong nwords, n; /* cells */
    item *item;
    slong nregions;
    slong *first; /* (nregions + 1): items first[i] .. first[i + 1] - 1 are region i */
} collection;

static uint64_t turned(uint64_t x)
{
    x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
    x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
    x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
    return __builtin_bswap64(x);
}

static const qd_word *pattern_of(const collection *c, const item *x)
{
    return c->record[x->record]->pattern + x->cell * c->nwords;
}

static int compare(const collection *c, const item *a, const item *b)
{
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    int s = c->nwords == 1 ? 0 : qd_space__compare(pattern_of(c, a), pattern_of(c, b), c->nwords);
    if (s != 0) return s;
    s = (a->record > b->record) - (a->record < b->record);
    return s != 0 ? s : (a->cell > b->cell) - (a->cell < b->cell);
}

static void merge(const collection *c, item *to, const item *a, slong na, const item *b, slong nb)
{
    while (na > 0 && nb > 0)
        if (compare(c, a, b) <= 0) {
            *to++ = *a++;
            na--;
        } else {
            *to++ = *b++;
            nb--;
        }
    memcpy(to, a, sizeof *to * (size_t) na);
    memcpy(to + na, b, sizeof *to * (size_t) nb);
}

static void sort(const collection *c, item *x, item *spare, slong n)
{
    if (n < 12) {
        for (slong i = 1; i < n; i++) {
            item t = x[i];
            slong k = i;
            for (; k > 0 && compare(c, x + k - 1, &t) > 0; k--) x[k] = x[k - 1];
            x[k] = t;
        }
        return;
    }
    slong h = n / 2;
    sort(c, x, spare, h);
    sort(c, x + h, spare, n - h);
    if (compare(c, x + h - 1, x + h) <= 0) return;
    memcpy(spare, x, sizeof *x * (size_t) h);
    merge(c, x, spare, h, x + h, n - h);
}

static void sort_all(collection *c, slong nrecords)
{
    for (slong r = 0; r < nrecords; r++) c->n += c->record[r]->n;
    c->item = qd_malloc(sizeof *c->item * (size_t) (c->n + 1));
    item *spare = qd_malloc(sizeof *spare * (size_t) (c->n + 1));
    slong n = 0;
    for (slong r = 0; r < nrecords; r++)
        for (slong i = 0; i < c->record[r]->n; i++)
            c->item[n++] = (item){turned(c->record[r]->pattern[i * c->nwords]), (uint32_t) r, (uint32_t) i};
    sort(c, c->item, spare, c->n);
    free(spare);
    c->first = qd_malloc(sizeof *c->first * (size_t) (c->n + 1));
    for (slong i = 0; i < c->n; i++)
        if (i == 0 || qd_space__compare(pattern_of(c, c->item + i - 1), pattern_of(c, c->item + i), c->nwords) != 0)
            c->first[c->nregions++] = i;
    c->first[c->nregions] = c->n;
}

/* ---- points --------------------------------------------------------------------------------------------- */

static void set_point(fmpq *t, const collection *c, const item *x, fmpq *s)
{
    const qd_space_record *r = c->record[x->record];
    slong dim = c->job->model->dim, lo = 0, hi = r->nexact;
    while (lo < hi) {
        slong mid = (lo + hi) / 2;
        if (r->exact_of[mid] < (slong) x->cell) lo = mid + 1;
        else hi = mid;
    }
    bool exact = lo < r->nexact && r->exact_of[lo] == (slong) x->cell;
    for (slong k = 0; k < dim; k++) {
        if (exact) fmpq_set(s + k, r->exact + lo * dim + k);
        else qd_rat_set_double(s + k, r->point[(slong) x->cell * dim + k]);
    }
    qd_space__point(t, c->job->model, s);
}

static bool is_less(const fmpq *a, const fmpq *b, slong n)
{
    slong k = 0;
    while (k < n && fmpq_equal(a + k, b + k)) k++;
    return k < n && fmpq_cmp(a + k, b + k) < 0;
}

/* Of the points of its cells the least one. */
static void choose_point(fmpq *t, const collection *c, slong region, fmpq *work, fmpq *s)
{
    slong dim = c->job->model->full;
    for (slong i = c->first[region]; i < c->first[region + 1]; i++) {
        set_point(work, c, c->item + i, s);
        if (i > c->first[region] && !is_less(work, t, dim)) continue;
        for (slong k = 0; k < dim; k++) fmpq_swap(t + k, work + k);
    }
}

static void set_regions(qd_regions_t g, const collection *c)
{
    const qd_space_model *p = c->job->model;
    fmpq *s = _fmpq_vec_init(p->dim), *work = _fmpq_vec_init(p->full);
    qd_regions_resize(g, &p->m, c->nregions);
    g->dim = p->full; /* the domain may have more coordinates than the chart */
    if (c->job->want.points) qd_regions_add_points(g, p->full);
    for (slong i = 0; i < g->n; i++) {
        const item *x = c->item + c->first[i];
        memcpy(g->pattern + i * g->nwords, pattern_of(c, x), sizeof *g->pattern * (size_t) g->nwords);
        if (c->job->want.points) choose_point(g->point + i * g->dim, c, i, work, s);
        g->bounded[i] = 1;
        for (slong k = c->first[i]; k < c->first[i + 1]; k++) g->bounded[i] &= c->record[c->item[k].record]->bounded[c->item[k].cell];
    }
    _fmpq_vec_clear(s, p->dim);
    _fmpq_vec_clear(work, p->full);
}

/* ---- walls ------------------------------------------------------------------------------------------------ */

/* Open addressing: the number of a region, or -1. */
typedef struct {
    const qd_regions_struct *g;
    int32_t *slot;
    uint64_t mask;
} table;

static uint64_t hash(const qd_word *p, slong n)
{
    uint64_t h = 0;
    for (slong i = 0; i < n; i++) {
        h = (h ^ p[i]) * 0x9e3779b97f4a7c15;
        h ^= h >> 29;
    }
    return h ^ h >> 32;
}

static slong find_region(const table *t, const qd_word *p)
{
    slong n = t->g->nwords;
    for (uint64_t h = hash(p, n);; h++) {
        slong i = t->slot[h & t->mask];
        if (i < 0 || memcmp(t->g->pattern + i * n, p, sizeof *p * (size_t) n) == 0) return i;
    }
}

static void fill_table(table *t, const qd_regions_t g)
{
    uint64_t size = 64;
    while (size < 2 * (uint64_t) g->n) size *= 2;
    t->g = g;
    t->mask = size - 1;
    t->slot = qd_malloc(sizeof *t->slot * size);
    memset(t->slot, -1, sizeof *t->slot * size);
    for (slong i = 0; i < g->n; i++) {
        uint64_t h = hash(g->pattern + i * g->nwords, g->nwords);
        while (t->slot[h & t->mask] >= 0) h++;
        t->slot[h & t->mask] = (int32_t) i;
    }
}

static int by_value(const void *a, const void *b)
{
    slong x = *(const slong *) a, y = *(const slong *) b;
    return (x > y) - (x < y);
}

/* The neighbours of a cell that it has recorded; false: one of them is not there. */
static bool add_neighbours(slong *to, slong *n, const table *t, const qd_space_record *r, slong cell, qd_word *work)
{
    slong nwords = t->g->nwords, lo = 0, hi = r->nother;
    bool all = true;
    for (slong k = r->flips[cell]; k < r->flips[cell + 1]; k++) {
        memcpy(work, r->pattern + cell * nwords, sizeof *work * (size_t) nwords);
        qd_pattern_flip(work, r->flip[k]);
        slong i = find_region(t, work);
        if (i >= 0) to[(*n)++] = i;
        else all = false;
    }
    while (lo < hi) {
        slong mid = (lo + hi) / 2;
        if (r->other_of[mid] < cell) lo = mid + 1;
        else hi = mid;
    }
    for (; lo < r->nother && r->other_of[lo] == cell; lo++) {
        slong i = find_region(t, r->other + lo * nwords);
        if (i >= 0) to[(*n)++] = i;
        else all = false;
    }
    return all;
}

static bool add_walls(qd_regions_t g, const collection *c)
{
    table t;
    slong room = 0, *to = NULL;
    bool all = true;
    qd_word *work = qd_malloc(sizeof *work * (size_t) c->nwords);
    fill_table(&t, g);
    for (slong i = 0; i < g->n; i++) {
        slong n = 0;
        for (slong k = c->first[i]; k < c->first[i + 1]; k++) {
            const qd_space_record *r = c->record[c->item[k].record];
            slong cell = c->item[k].cell, most = n + r->flips[cell + 1] - r->flips[cell] + r->nother;
            if (most > room) to = qd_realloc(to, sizeof *to * (size_t) (room = 2 * most));
            if (!add_neighbours(to, &n, &t, r, cell, work)) all = false;
        }
        if (n > 1) qsort(to, (size_t) n, sizeof *to, by_value);
        for (slong k = 0; k < n; k++)
            if (k == 0 || to[k] != to[k - 1]) qd_regions_add_wall(g, i, to[k]);
    }
    free(to);
    free(work);
    free(t.slot);
    return all;
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

/* What was not seen, or not compared, may join any two regions of equal output. */
static void count_bound(qd_regions_t g, const qd_restriction *m, qd_ctx_t ctx)
{
    for (slong i = 0; i < g->n; i++) qd_regions_add_open(g, 0, i);
    qd_regions_count(g, m, QD_LOWER_BOUND, ctx);
}

qd_status qd_space__collect(qd_regions_t g, const qd_space_job *job, qd_space_record *const *record, slong nrecords, bool complete,
                            qd_ctx_t ctx)
{
    collection c = {.job = job, .record = record, .nwords = job->model->m.nwords};
    qd_status st = QD_OK;
    sort_all(&c, nrecords);
    set_regions(g, &c);
    bool pieces = job->want.pieces, walls = job->want.walls || pieces;
    if (walls && !add_walls(g, &c) && complete)
        st = qd_fail(ctx, QD_EUNABLE, "a wall between two regions was found from one of its sides only: nothing is claimed");
    if (st == QD_OK && pieces) {
        if (complete) st = qd_regions_count(g, &job->model->m, QD_EXACT, ctx);
        if (!complete || st == QD_EUNABLE) count_bound(g, &job->model->m, ctx);
    } else if (st == QD_OK) qd_regions_count_patterns(g, &job->model->m, complete ? QD_EXACT : QD_LOWER_BOUND);
    if (!job->want.walls) g->nwalls = 0;
    free(c.item);
    free(c.first);
    return st;
}
