/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lower bound where no engine is exact: lines and planes through the space are computed exactly, each pattern that occurs on one is shown at
   a rational point, and a search goes on from there. Distinct patterns are as many regions, and distinct output polynomials (told apart by
   their values at a point modulo a prime) as many pieces. A function of network, domain, seed and the number of slices: each slice has random
   numbers of its own, and they are gathered in their order. */
#include <stdlib.h>
#include <string.h>

#include "engine/impl.h"
#include "line/line.h"
#include "plane/plane.h"

/* Every fourth slice of a space is a plane, where the network is small enough for that to pay. */
#define PLANE_EVERY 4
#define PLANE_MOST_UNITS 64
#define PLANE_MOST_DEGREE 8
/* Multiplications that the witnesses of a slice and the steps of the search that belongs to it may take. */
#define WITNESS_WORK 1e7
#define SEARCH_WORK 1e7
#define SEARCH_STEPS 512

typedef struct {
    const qd_engine__question *q;
    const qd_box_struct *box;
    qd_restriction m;
    qd_engine__balls balls;
    double size; /* parameters */
    slong n;
    qd_engine__found *found;     /* (n): of each slice */
    qd_engine__witness *witness; /* (threads) */
} job;

/* ---- one slice ---------------------------------------------------------------------------------- */

/* So that at most as many witnesses are made as the work allows, evenly over the regions. */
static slong stride(const job *j, slong regions)
{
    double most = WITNESS_WORK / j->size;
    return 1 + (slong) ((double) regions / (most > 8 ? most : 8));
}

/* The regions' patterns at their points; what a budget ended counts as far as it went. */
static void take(job *j, qd_engine__found *f, const qd_engine__slice *s, const qd_regions_struct *g, qd_rng_t rng, qd_ctx_t ctx)
{
    fmpq *t = _fmpq_vec_init(s->k);
    for (slong i = 0; i < g->n && qd_ctx_budget(ctx) == QD_OK; i += stride(j, g->n)) {
        if (qd_engine__found_has(f, g->pattern + i * g->nwords)) continue;
        qd_engine__slice_point(t, s, g->point + i * g->dim);
        qd_engine__witness_try(f, j->witness + qd_thread(), t, rng, ctx);
    }
    _fmpq_vec_clear(t, s->k);
}

static bool is_plane(const job *j, int64_t i)
{
    return j->box->dim > 2 && i % PLANE_EVERY == PLANE_EVERY - 1 && j->m.nswitching <= PLANE_MOST_UNITS &&
           j->m.degree[j->m.low->depth] <= PLANE_MOST_DEGREE;
}

static qd_status run_slice(void *arg, int64_t i, qd_ctx_t ctx)
{
    job *j = arg;
    qd_rng_t rng;
    qd_engine__slice s;
    qd_ctx_t own;
    qd_answer_t a;
    static const qd_engine_options list = {.list = true, .slices = 1};
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK) return st;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(0x736c6963, (uint64_t) i, 0));
    qd_answer_init(a);
    qd_engine__slice_init(&s, is_plane(j, i) ? 2 : 1, j->box->dim, j->box->n);
    qd_ctx_own(own, ctx);
    if (qd_engine__slice_random(&s, j->box, rng, own)) {
        qd_engine_compute(a, j->q->net, &s.domain->d, &list, own);
        if (a->regions->outputs > 0) take(j, j->found + i, &s, a->regions, rng, ctx);
    }
    qd_engine__slice_clear(&s);
    qd_answer_clear(a);
    qd_ctx_progress(ctx, "slices", i + 1, j->n);
    return QD_OK;
}

/* ---- all ------------------------------------------------------------------------------------------ */

/* One place at least is known. */
static void first_point(job *j, qd_engine__found *f, qd_ctx_t ctx)
{
    qd_rng_t rng;
    fmpq *t = _fmpq_vec_init(j->box->dim);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(0x736c6963, 0, 1));
    qd_domain_middle(t, &j->box->d, j->box->n);
    qd_engine__witness_try(f, j->witness, t, rng, ctx);
    _fmpq_vec_clear(t, j->box->dim);
}

static void search(job *j, qd_engine__found *f, qd_ctx_t ctx)
{
    double each = SEARCH_WORK / j->size;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_engine__search(f, j->witness, j->n * (each < 1 ? 1 : each > SEARCH_STEPS ? SEARCH_STEPS : (slong) each), own);
}

typedef struct {
    const ulong *y;
    slong n, i; /* outputs; the pattern */
} print;

static int by_print(const void *a, const void *b)
{
    const print *p = a, *q = b;
    int c = memcmp(p->y, q->y, sizeof *p->y * (size_t) p->n);
    return c != 0 ? c : (p->i > q->i) - (p->i < q->i);
}

/* Patterns with different fingerprints have different outputs: pieces that differ for certain, numbered by their first pattern. */
static void number_pieces(qd_regions_t g, const qd_restriction *m)
{
    ulong *y = qd_malloc(sizeof *y * (size_t) (g->n * g->outputs + 1)), *work = qd_malloc(sizeof *work * (size_t) qd_restriction_work(m));
    print *p = qd_malloc(sizeof *p * (size_t) (g->n + 1));
    slong *first = qd_malloc(sizeof *first * (size_t) (g->n + 1));
    for (slong i = 0; i < g->n; i++) {
        p[i] = (print){y + i * g->outputs, g->outputs, i};
        qd_restriction_fingerprint(y + i * g->outputs, m, g->pattern + i * g->nwords, work);
    }
    qsort(p, (size_t) g->n, sizeof *p, by_print);
    for (slong k = 0; k < g->n; k++) {
        bool same = k > 0 && memcmp(p[k].y, p[k - 1].y, sizeof *y * (size_t) g->outputs) == 0;
        first[p[k].i] = same ? first[p[k - 1].i] : p[k].i;
    }
    g->npieces = 0;
    for (slong i = 0; i < g->n; i++) g->piece[i] = first[i] == i ? g->npieces++ : g->piece[first[i]];
    free(first);
    free(p);
    free(work);
    free(y);
}

static void set_answer(qd_answer_t a, const qd_engine__found *f, const job *j)
{
    qd_regions_struct *g = a->regions;
    qd_regions_resize(g, &j->m, f->n);
    qd_regions_add_points(g, j->m.dim);
    memcpy(g->pattern, f->pattern, sizeof *f->pattern * (size_t) (f->n * f->nwords));
    for (slong i = 0; i < f->n * f->dim; i++) fmpq_set(g->point + i, f->point + i);
    number_pieces(g, &j->m);
    g->count = (qd_count){QD_LOWER_BOUND, f->n, f->n, g->npieces, -1};
    a->road = QD_ROAD_SLICES;
    a->sliced = a->shown = true;
    a->count = g->count;
    a->forms = j->box->dim;
}

static void job_init(job *j, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    *j = (job){.q = q, .box = box, .n = q->options->slices, .size = 1 + (double) qd_net_nparams(q->net)};
    qd_restriction_init(&j->m, q->net, &box->d, ctx->seed);
    qd_engine__balls_init(&j->balls, q->low);
    j->found = qd_malloc(sizeof *j->found * (size_t) j->n);
    for (slong i = 0; i < j->n; i++) qd_engine__found_init(j->found + i, box->dim, j->m.nwords);
    j->witness = qd_malloc(sizeof *j->witness * (size_t) ctx->threads);
    for (slong i = 0; i < ctx->threads; i++) qd_engine__witness_init(j->witness + i, &j->m, box, &j->balls);
}

static void job_clear(job *j, const qd_ctx_t ctx)
{
    for (slong i = 0; i < j->n; i++) qd_engine__found_clear(j->found + i);
    for (slong i = 0; i < ctx->threads; i++) qd_engine__witness_clear(j->witness + i);
    free(j->found);
    free(j->witness);
    qd_engine__balls_clear(&j->balls);
    qd_restriction_clear(&j->m);
}

qd_status qd_engine__slices(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    job j;
    qd_engine__found f;
    job_init(&j, q, box, ctx);
    qd_engine__found_init(&f, box->dim, j.m.nwords);
    qd_status st = qd_exact_for(j.n, run_slice, &j, ctx);
    first_point(&j, &f, ctx);
    for (slong i = 0; i < j.n; i++)
        for (slong k = 0; k < j.found[i].n; k++) qd_engine__found_add(&f, j.found[i].pattern + k * f.nwords, j.found[i].point + k * f.dim);
    if (st == QD_OK) search(&j, &f, ctx);
    if (f.n > 0) set_answer(a, &f, &j);
    qd_engine__found_clear(&f);
    job_clear(&j, ctx);
    if (st != QD_OK) return st;
    return qd_fail(ctx, QD_EUNABLE,
                   "no engine is exact for this network in %ld dimensions; found by %ld lines and planes through the space",
                   (long) box->dim, (long) q->options->slices);
}
