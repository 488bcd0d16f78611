/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is counted of a finished line. Regions are the final cells; every cut flips a bit, so neighbours differ. Pieces: neighbours whose outputs
   have certainly different derivatives (affine networks), or differ modulo a prime at a random point, differ; equal residues are compared as exact polynomials. */
#include "line/impl.h"

#include <stdlib.h>
#include <string.h>

static slong outputs(const struct qd_line_impl *s)
{
    return s->model.low->layer[s->model.low->depth - 1].out;
}

/* Number of distinct patterns, as far as the first nbits bits go. */
typedef struct {
    const qd_word *word;
    slong n;
} key;

static int by_words(const void *x, const void *y)
{
    const key *a = x, *b = y;
    return memcmp(a->word, b->word, sizeof(qd_word) * (size_t) a->n);
}

static slong count_patterns(const struct qd_line_impl *s)
{
    slong n = s->nregions, distinct = n > 0;
    key *k = qd_malloc(sizeof *k * (size_t) (n + 1));
    for (slong i = 0; i < n; i++) k[i] = (key){s->cells.e[s->region[i]].pattern, s->model.nwords};
    qsort(k, (size_t) n, sizeof *k, by_words);
    for (slong i = 1; i < n; i++) distinct += by_words(k + i - 1, k + i) != 0;
    free(k);
    return distinct;
}

typedef struct {
    struct qd_line_impl *s;
    slong chunk;
    slong *degree; /* per chunk */
} compare;

/* The residues of the outputs on a region, from those that were asked for last. */
static const ulong *fingerprint(const struct qd_line_impl *s, qd_worker *w, const qd_line_cell *cell, int which)
{
    qd_restriction_fingerprint_after(w->fingerprint[which], &s->model, cell->pattern, w->fingerprinted, w->work);
    w->fingerprinted = cell->pattern;
    return w->fingerprint[which];
}

/* Have some outputs different derivatives for certain? */
static bool slopes_differ(const double *p, const double *q, slong n)
{
    if (p == NULL || q == NULL) return false;
    for (slong o = 0; o < n; o++)
        if (p[2 * o + 1] < q[2 * o] || q[2 * o + 1] < p[2 * o]) return true;
    return false;
}

static qd_status same_outputs(bool *same, struct qd_line_impl *s, qd_worker *w, const qd_line_cell *a, const qd_line_cell *b, qd_ctx_t ctx)
{
    slong n = outputs(s), depth = s->model.low->depth;
    *same = false;
    if (slopes_differ(a->slope, b->slope, n)) return QD_OK;
    if (memcmp(fingerprint(s, w, a, 0), fingerprint(s, w, b, 1), sizeof(ulong) * (size_t) n) != 0) return QD_OK;
    qd_status st = qd_path_foresee(&s->model, depth - 1, ctx);
    if (st != QD_OK) return st;
    qd_path_set(&w->path, a->pattern);
    qd_path_set(&w->cut_path, b->pattern);
    for (slong o = 0; o < n; o++)
        if (!fmpz_poly_equal(qd_path_a(&w->path, depth, o), qd_path_a(&w->cut_path, depth, o))) return QD_OK;
    *same = true;
    return QD_OK;
}

/* *best becomes the degree on the cell where that is larger. */
static qd_status region_degree(slong *best, struct qd_line_impl *s, qd_worker *w, const qd_line_cell *cell, qd_ctx_t ctx)
{
    bool tight;
    if (*best == s->model.degree[s->model.low->depth]) return QD_OK;
    w->fingerprinted = NULL; /* work is needed */
    slong d = qd_restriction_degree(&tight, &s->model, cell->pattern, w->work);
    if (d <= *best) return QD_OK;
    if (tight) {
        *best = d;
        return QD_OK;
    }
    qd_status st = qd_path_foresee(&s->model, s->model.low->depth - 1, ctx);
    if (st != QD_OK) return st;
    qd_path_set(&w->path, cell->pattern);
    for (slong o = 0; o < outputs(s); o++) {
        slong k = fmpz_poly_degree(qd_path_a(&w->path, s->model.low->depth, o));
        if (k > *best) *best = k;
    }
    return QD_OK;
}

/* Neighbouring regions share most of their polynomials, so a chunk is a run of them. */
static qd_status compare_chunk(void *arg, int64_t c, qd_ctx_t ctx)
{
    compare *job = arg;
    struct qd_line_impl *s = job->s;
    qd_worker *w = s->worker + qd_thread();
    slong best = -1;
    for (slong i = c * job->chunk; i < (c + 1) * job->chunk && i < s->nregions; i++) {
        slong k = s->region[i];
        bool same = true;
        qd_status st = qd_ctx_budget(ctx);
        if (st == QD_OK) st = region_degree(&best, s, w, s->cells.e + k, ctx);
        if (st == QD_OK && i + 1 < s->nregions && s->region[i + 1] == k + 1)
            st = same_outputs(&same, s, w, s->cells.e + k, s->cells.e + k + 1, ctx);
        if (st == QD_OK) s->changes[i] = !same;
        else { /* not compared: nothing is claimed */ __atomic_store_n(&s->out_of_budget, true, __ATOMIC_RELAXED);
            break;
        }
    }
    job->degree[c] = best;
    return QD_OK;
}

/* Every cell that the budget left unfinished holds at least one region, the cuts between cells stay, and every breakpoint at
   which neighbouring finished regions differ adds a piece. */
qd_status qd_line__count(struct qd_line_impl *s, qd_ctx_t ctx)
{
    qd_count *c = &s->count;
    slong n = 0;
    s->region = qd_malloc(sizeof *s->region * (size_t) (s->cells.n + 1));
    for (slong i = 0; i < s->cells.n; i++)
        if (qd_line_cell__is_region(s, s->cells.e + i)) s->region[n++] = i;
    s->nregions = n;
    c->regions = s->cells.n;
    s->changes = qd_calloc((size_t) n + 1, 1);
    c->patterns = count_patterns(s);
    bool brief = qd_ctx_elapsed(ctx) - s->start_s < QD_LINE_SHORT;
    compare job = {s, brief ? n + 1 : n / (8 * ctx->threads) + 1, NULL};
    slong chunks = (n + job.chunk - 1) / job.chunk;
    job.degree = qd_calloc((size_t) chunks + 1, sizeof *job.degree);
    qd_status st = qd_exact_for(chunks, compare_chunk, &job, ctx);
    c->max_degree = -1;
    for (slong i = 0; i < chunks; i++)
        if (job.degree[i] > c->max_degree) c->max_degree = job.degree[i];
    free(job.degree);
    c->pieces = 1;
    for (slong i = 0; i + 1 < n; i++) c->pieces += s->changes[i];
    c->label = s->out_of_budget ? QD_LOWER_BOUND : QD_EXACT;
    if (c->patterns == 0) c->patterns = 1;
    return st;
}
