/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network restricted to a line. The domain is one cell before the first layer; every layer splits each cell
   along the sign changes of its units (cell.c). Cells do not depend on each other: a few layers are done breadth first
   until there is work for all threads, then each cell is followed down to its regions. The list stays in order from left to right, so the
   result does not depend on the number of threads. */
#include "line/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cells a thread should have to choose from before they are followed depth first. */
#define FRONTIER 16
/* ---- workers ------------------------------------------------------------------------------ */

static void worker_init(qd_worker *w, const qd_restriction *m, const qd_local_plan *plan)
{
    slong n = m->low->layer[m->low->depth - 1].out;
    memset(w, 0, sizeof *w);
    qd_path_init(&w->path, m);
    qd_path_init(&w->cut_path, m);
    qd_shadow__init(&w->shadow, m);
    for (int k = 0; k < QD_LOCAL_RUNGS; k++) qd_local__init(w->local + k, plan, k > 0);
    for (int k = 0; k < 2; k++) w->fingerprint[k] = qd_malloc(sizeof(ulong) * (size_t) n);
    qd_arena_init(&w->arena);
    w->work = qd_malloc(sizeof(ulong) * (size_t) qd_restriction_work(m));
}

static void worker_clear(qd_worker *w)
{
    for (slong i = 0; i < w->ncuts; i++) qd_alg_clear(w->cut[i]->alg);
    free(w->cut);
    free(w->work);
    qd_path_clear(&w->path);
    qd_path_clear(&w->cut_path);
    qd_shadow__clear(&w->shadow);
    for (int k = 0; k < QD_LOCAL_RUNGS; k++) qd_local__clear(w->local + k);
    for (int k = 0; k < 2; k++) free(w->fingerprint[k]);
    qd_arena_clear(&w->arena);
}

void qd_line_init(qd_line_t line)
{
    line->impl = NULL;
}

void qd_line_clear(qd_line_t line)
{
    struct qd_line_impl *s = line->impl;
    if (s == NULL) return;
    for (slong i = 0; i < s->nworkers; i++) worker_clear(s->worker + i);
    free(s->worker);
    free(s->cells.e);
    free(s->region);
    free(s->changes);
    qd_local__plan_clear(&s->plan);
    qd_restriction_clear(&s->model);
    free(s);
    line->impl = NULL;
}

/* ---- the domain --------------------------------------------------------------------------- */

static qd_status check_domain(const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    if (qd_domain_dim(d, net->input_dim) != 1)
        return qd_fail(ctx, QD_EINPUT, "the network has %ld inputs; without a line it must have 1", (long) net->input_dim);
    return qd_domain_check(d, net->input_dim, ctx);
}

static qd_cut *end_cut(struct qd_line_impl *s, const fmpq *x)
{
    if (x == NULL) return NULL;
    qd_cut *cut = qd_cut__new(s->worker, -1, -1, NULL);
    qd_alg_set_fmpq(cut->alg, x);
    cut->have_alg = true;
    qd_cut__bounds(&cut->lo, &cut->hi, cut->alg);
    return cut;
}

/* ---- splitting ---------------------------------------------------------------------------- */

typedef struct {
    struct qd_line_impl *s;
    const qd_line_cells *cells;
    qd_line_cells *children; /* one list a cell */
    bool follow;             /* down to the regions */
    int64_t done;
} splitting;

/* A cell that no budget is left for is kept as it is. */
static qd_status split_down(splitting *job, qd_line_cells *out, const qd_line_cell *cell, qd_ctx_t ctx)
{
    struct qd_line_impl *s = job->s;
    qd_status st = qd_ctx_budget(ctx);
    qd_line_cells children = {NULL, 0, 0};
    if (st == QD_OK) st = qd_line_cell__split(&children, cell, &s->model, s->worker + qd_thread(), ctx);
    if (st == QD_EUNABLE) {
        __atomic_store_n(&s->out_of_budget, true, __ATOMIC_RELAXED);
        qd_line_cells__append(out, cell);
        free(children.e);
        return QD_OK;
    }
    for (slong i = 0; i < children.n && st == QD_OK; i++) {
        if (job->follow && !qd_line_cell__is_region(s, children.e + i)) st = split_down(job, out, children.e + i, ctx);
        else qd_line_cells__append(out, children.e + i);
    }
    free(children.e);
    return st;
}

static qd_status split_item(void *arg, int64_t i, qd_ctx_t ctx)
{
    splitting *job = arg;
    const qd_line_cell *cell = job->cells->e + i;
    if (qd_line_cell__is_region(job->s, cell)) {
        qd_line_cells__append(job->children + i, cell);
        return QD_OK;
    }
    qd_status st = split_down(job, job->children + i, cell, ctx);
    int64_t done = __atomic_add_fetch(&job->done, 1, __ATOMIC_RELAXED);
    if (job->follow) qd_ctx_progress(ctx, "cells", done, job->cells->n);
    return st;
}

/* All items as one, for the calling thread. */
static qd_status split_each(void *arg, int64_t one, qd_ctx_t ctx)
{
    const splitting *job = arg;
    qd_status st = QD_OK;
    for (slong i = 0; i < job->cells->n && st == QD_OK; i++) st = split_item(arg, i + one, ctx);
    return st;
}

static qd_status split_all(struct qd_line_impl *s, bool follow, qd_ctx_t ctx)
{
    splitting job = {s, &s->cells, qd_calloc((size_t) s->cells.n, sizeof(qd_line_cells)), follow, 0};
    qd_status st = follow ? qd_exact_for(s->cells.n, split_item, &job, ctx) : qd_exact_for(1, split_each, &job, ctx);
    qd_line_cells all = {NULL, 0, 0};
    for (slong i = 0; i < s->cells.n; i++) {
        for (slong k = 0; k < job.children[i].n; k++) qd_line_cells__append(&all, job.children[i].e + k);
        free(job.children[i].e);
    }
    free(job.children);
    free(s->cells.e);
    s->cells = all;
    return st;
}

static bool all_regions(const struct qd_line_impl *s)
{
    slong i = 0;
    while (i < s->cells.n && qd_line_cell__is_region(s, s->cells.e + i)) i++;
    return i == s->cells.n;
}

static qd_status split_line(struct qd_line_impl *s, qd_ctx_t ctx)
{
    qd_line_cell whole = {s->ends[0], s->ends[1], NULL, 0, 0, NULL};
    qd_status st = QD_OK;
    whole.pattern = qd_arena_take(&s->worker->arena, sizeof(qd_word) * (size_t) s->model.nwords);
    memset(whole.pattern, 0, sizeof(qd_word) * (size_t) s->model.nwords);
    qd_line_cells__append(&s->cells, &whole);
    while (st == QD_OK && !s->out_of_budget && !all_regions(s))
        st = split_all(s, s->cells.n >= FRONTIER * ctx->threads && qd_ctx_elapsed(ctx) - s->start_s > QD_LINE_SHORT, ctx);
    return st;
}

qd_status qd_line_compute(qd_line_t line, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx)
{
    qd_status st = check_domain(net, domain, ctx);
    if (st != QD_OK) return st;
    qd_line_t t;
    struct qd_line_impl *s = t->impl = qd_calloc(1, sizeof *s);
    s->start_s = qd_ctx_elapsed(ctx);
    qd_restriction_init(&s->model, net, domain, ctx->seed);
    qd_local__plan(&s->plan, &s->model);
    s->nworkers = ctx->threads;
    s->worker = qd_calloc((size_t) s->nworkers, sizeof *s->worker);
    for (slong i = 0; i < s->nworkers; i++) worker_init(s->worker + i, &s->model, &s->plan);
    s->ends[0] = end_cut(s, domain->lo);
    s->ends[1] = end_cut(s, domain->hi);
    st = split_line(s, ctx);
    if (st == QD_OK) st = qd_line__count(s, ctx);
    if (st == QD_OK || st == QD_EUNABLE) {
        struct qd_line_impl *old = line->impl;
        line->impl = t->impl;
        t->impl = old;
        if (s->out_of_budget) st = QD_EUNABLE;
    }
    qd_line_clear(t);
    return st;
}
