/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts from patterns and walls: distinct patterns, pieces, the largest degree. */
#include "piece/piece.h"

#include <stdlib.h>
#include <string.h>

/* ---- walls ---------------------------------------------------------------------------------- */

static int by_pair(const void *a, const void *b)
{
    const slong *x = a, *y = b;
    if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

static void sort_pairs(slong *pair, slong *n)
{
    slong k = 1;
    while (k < *n && by_pair(pair + 2 * (k - 1), pair + 2 * k) < 0) k++;
    if (k >= *n) return;
    k = 0;
    qsort(pair, (size_t) *n, 2 * sizeof *pair, by_pair);
    for (slong i = 0; i < *n; i++) {
        if (k > 0 && by_pair(pair + 2 * (k - 1), pair + 2 * i) == 0) continue;
        memmove(pair + 2 * k++, pair + 2 * i, 2 * sizeof *pair);
    }
    *n = k;
}

/* ---- degree and patterns ------------------------------------------------------------------- */

/* The total degree of a polynomial of a path. */
static slong total_degree(const fmpz_poly_struct *p, const qd_restriction *m)
{
    slong best = -1;
    for (slong k = 0; k < p->length; k++) {
        slong d = 0;
        if (fmpz_is_zero(p->coeffs + k)) continue;
        for (slong v = 0; v < m->dim; v++) d += qd_path_exponent(m, k, v);
        if (d > best) best = d;
    }
    return best;
}

static slong largest_degree(const qd_regions_struct *g, const qd_restriction *m, ulong *work)
{
    slong best = -1;
    qd_path path;
    qd_path_init(&path, m);
    for (slong i = 0; i < g->n; i++) {
        bool tight;
        const qd_word *pattern = g->pattern + i * g->nwords;
        if (best == m->degree[m->low->depth]) break;
        slong d = qd_restriction_degree(&tight, m, pattern, work);
        if (d <= best) continue;
        if (tight) {
            best = d;
            continue;
        }
        qd_path_set(&path, pattern);
        for (slong o = 0; o < g->outputs; o++) {
            d = total_degree(qd_path_a(&path, m->low->depth, o), m);
            if (d > best) best = d;
        }
    }
    qd_path_clear(&path);
    return best;
}

typedef struct {
    const qd_word *word;
    slong n;
} key;

static int by_words(const void *x, const void *y)
{
    const key *a = x, *b = y;
    return memcmp(a->word, b->word, sizeof(qd_word) * (size_t) a->n);
}

/* By the first unit that differs. */
static int compare(const qd_word *a, const qd_word *b, slong n)
{
    slong i = 0;
    while (i < n && a[i] == b[i]) i++;
    if (i == n) return 0;
    return a[i] >> __builtin_ctzll(a[i] ^ b[i]) & 1 ? 1 : -1;
}

slong qd_patterns_distinct(const qd_word *pattern, slong n, slong nwords)
{
    slong distinct = n > 0, rising = 1;
    while (rising < n && compare(pattern + (rising - 1) * nwords, pattern + rising * nwords, nwords) < 0) rising++;
    if (rising >= n) return n;
    key *k = qd_malloc(sizeof *k * (size_t) (n + 1));
    for (slong i = 0; i < n; i++) k[i] = (key){pattern + i * nwords, nwords};
    qsort(k, (size_t) n, sizeof *k, by_words);
    for (slong i = 1; i < n; i++) distinct += by_words(k + i - 1, k + i) != 0;
    free(k);
    return distinct;
}

/* ---- fingerprints ---------------------------------------------------------------------------- */

typedef struct {
    const qd_restriction *m;
    qd_regions_struct *g;
    slong *order; /* (n): depth first along the walls, so that most regions come behind a neighbour */
    ulong *print; /* (n, outputs) */
    slong *parent;
    qd_path path[2];
} counting;

/* The walls of region i are to[first[i]], ..., to[first[i + 1] - 1]. */
static void set_neighbours(slong *first, slong *to, const qd_regions_struct *g)
{
    slong *next = qd_calloc((size_t) g->n + 1, sizeof *next);
    for (slong i = 0; i < 2 * g->nwalls; i++) next[g->wall[i]]++;
    first[0] = 0;
    for (slong i = 0; i < g->n; i++) {
        first[i + 1] = first[i] + next[i];
        next[i] = first[i];
    }
    for (slong i = 0; i < 2 * g->nwalls; i++) to[next[g->wall[i]]++] = g->wall[i ^ 1];
    free(next);
}

static void set_order(slong *order, const qd_regions_struct *g)
{
    size_t size = (size_t) g->n + 1;
    slong *first = qd_malloc(sizeof *first * size), *to = qd_malloc(sizeof *to * (2 * (size_t) g->nwalls + 1));
    slong *next = qd_malloc(sizeof *next * size), *stack = qd_malloc(sizeof *stack * size), n = 0;
    char *seen = qd_calloc(size, 1);
    set_neighbours(first, to, g);
    memcpy(next, first, sizeof *next * (size_t) g->n);
    for (slong root = 0; root < g->n; root++) {
        slong depth = 0;
        for (slong i = seen[root] ? -1 : root; i >= 0;) {
            if (!seen[i]) {
                seen[i] = 1;
                order[n++] = stack[depth++] = i;
            }
            while (next[i] < first[i + 1] && seen[to[next[i]]]) next[i]++;
            if (next[i] < first[i + 1]) i = to[next[i]];
            else i = --depth > 0 ? stack[depth - 1] : -1;
        }
    }
    free(first);
    free(to);
    free(next);
    free(stack);
    free(seen);
}

#define PRINTS 512 /* a task */

static qd_status set_prints(void *arg, int64_t task, qd_ctx_t ctx)
{
    counting *c = arg;
    const qd_regions_struct *g = c->g;
    slong from = PRINTS * task, to = from + PRINTS < g->n ? from + PRINTS : g->n;
    ulong *work = qd_malloc(sizeof *work * (size_t) qd_restriction_work(c->m));
    const qd_word *before = NULL;
    (void) ctx;
    for (slong k = from; k < to; k++) {
        slong i = c->order[k];
        const qd_word *pattern = g->pattern + i * g->nwords;
        qd_restriction_fingerprint_after(c->print + i * g->outputs, c->m, pattern, before, work);
        before = pattern;
    }
    free(work);
    return QD_OK;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static slong find(slong *parent, slong i)
{
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static bool same_outputs(counting *c, slong a, slong b)
{
    const qd_regions_struct *g = c->g;
    slong depth = c->m->low->depth;
    if (memcmp(c->print + a * g->outputs, c->print + b * g->outputs, sizeof(ulong) * (size_t) g->outputs) != 0) return false;
    qd_path_set(c->path, g->pattern + a * g->nwords);
    qd_path_set(c->path + 1, g->pattern + b * g->nwords);
    for (slong o = 0; o < g->outputs; o++)
        if (!fmpz_poly_equal(qd_path_a(c->path, depth, o), qd_path_a(c->path + 1, depth, o))) return false;
    return true;
}

static void unite(slong *parent, slong a, slong b)
{
    a = find(parent, a);
    b = find(parent, b);
    if (a < b) parent[b] = a;
    else parent[a] = b;
}

static void merge_pieces(counting *c, slong a, slong b)
{
    if (find(c->parent, a) != find(c->parent, b) && same_outputs(c, a, b)) unite(c->parent, a, b);
}

typedef struct {
    slong place, region, length;
    const ulong *print;
} beside;

static int by_print(const void *x, const void *y)
{
    const beside *a = x, *b = y;
    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    return memcmp(a->print, b->print, sizeof(ulong) * (size_t) a->length);
}

/* Regions beside one place may be one piece when their outputs may be equal: that can only lower the count. */
static void join_open(counting *c)
{
    const qd_regions_struct *g = c->g;
    beside *list = qd_malloc(sizeof *list * (size_t) (g->nopen + 1));
    for (slong i = 0; i < g->nopen; i++)
        list[i] = (beside){g->open[2 * i], g->open[2 * i + 1], g->outputs, c->print + g->open[2 * i + 1] * g->outputs};
    qsort(list, (size_t) g->nopen, sizeof *list, by_print);
    for (slong i = 1; i < g->nopen; i++)
        if (by_print(list + i - 1, list + i) == 0) unite(c->parent, list[i - 1].region, list[i].region);
    free(list);
}

qd_status qd_regions_count(qd_regions_t g, const qd_restriction *m, qd_label label, qd_ctx_t ctx)
{
    counting c = {.m = m, .g = g};
    size_t size = (size_t) g->n + 1;
    qd_status st = QD_OK;
    c.print = qd_malloc(sizeof *c.print * size * (size_t) g->outputs);
    c.parent = qd_malloc(sizeof *c.parent * size);
    for (int k = 0; k < 2; k++) qd_path_init(c.path + k, m);
    for (slong i = 0; i < g->n; i++) c.parent[i] = i;
    c.order = qd_malloc(sizeof *c.order * size);
    sort_pairs(g->wall, &g->nwalls);
    sort_pairs(g->open, &g->nopen);
    set_order(c.order, g);
    qd_parallel_for((g->n + PRINTS - 1) / PRINTS, set_prints, &c, ctx);
    join_open(&c);
    for (slong i = 0; i < g->nwalls && st == QD_OK; i++) {
        if (i % 1024 == 1023 && label == QD_EXACT) st = qd_ctx_budget(ctx);
        merge_pieces(&c, g->wall[2 * i], g->wall[2 * i + 1]);
    }
    if (st == QD_OK) {
        g->npieces = 0;
        for (slong i = 0; i < g->n; i++) g->piece[i] = find(c.parent, i) == i ? g->npieces++ : g->piece[find(c.parent, i)];
        qd_regions_count_patterns(g, m, label);
        g->count.pieces = g->npieces > 0 ? g->npieces : 1;
    }
    for (int k = 0; k < 2; k++) qd_path_clear(c.path + k);
    free(c.order);
    free(c.print);
    free(c.parent);
    return st;
}

void qd_regions_count_patterns(qd_regions_t g, const qd_restriction *m, qd_label label)
{
    ulong *work = qd_malloc(sizeof *work * (size_t) qd_restriction_work(m));
    g->count.label = label;
    g->count.regions = g->n > 0 ? g->n : 1;
    g->count.pieces = 0;
    g->count.patterns = g->n > 0 ? qd_patterns_distinct(g->pattern, g->n, g->nwords) : 1;
    g->count.max_degree = largest_degree(g, m, work);
    free(work);
}
