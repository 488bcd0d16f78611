/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine in space: what it takes, threads, budgets. */
#include "space/space.h"

#include <stdlib.h>
#include <string.h>

#include "space/impl.h"

bool qd_space_takes(const qd_net_t net)
{
    bool takes = true;
    qd_lowered_t low;
    qd_lowered_init(low);
    qd_net_lower(low, net);
    for (slong l = 0; l < low->depth; l++) takes = takes && low->layer[l].degree <= 1 && low->layer[l].power == 1;
    qd_lowered_clear(low);
    return takes;
}

static qd_status check(const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    slong dim = qd_domain_dim(d, net->input_dim);
    if (!qd_space_takes(net))
        return qd_fail(ctx, QD_EINPUT,
                       "the network is not conventional; expected layers of degree one with relu, leaky_relu, abs or identity");
    if (dim < 2) return qd_fail(ctx, QD_EINPUT, "the domain has dimension %ld, expected 2 or more", (long) dim);
    if ((d->lo == NULL) != (d->hi == NULL)) return qd_fail(ctx, QD_EINPUT, "a box with ends on one side only; expected both, or none");
    return qd_domain_check(d, net->input_dim, ctx);
}

/* Every worker walks over the top of the tree and does what no other one has begun below. */
#define FRONTIER 10

typedef struct {
    qd_space_job job;
    qd_space_worker *worker;
    void (*find)(qd_space_worker *w);
} walk;

static qd_status run_worker(void *arg, int64_t i, qd_ctx_t ctx)
{
    walk *a = arg;
    qd_space_worker *w = a->worker + i;
    w->ctx = ctx;
    a->find(w);
    return QD_OK;
}

/* All cells, with sets of so many words. */
static qd_status find_cells(walk *a, slong nworkers, int words, qd_ctx_t ctx)
{
    qd_space_job *job = &a->job;
    slong dim = job->model->ncuts;
    job->words = words;
    job->more_words = false;
    job->frontier = nworkers == 1 ? 0 : (int) (dim > FRONTIER ? dim : FRONTIER);
    job->taken = qd_calloc((size_t) 1 << job->frontier, 1);
    for (slong i = 0; i < nworkers; i++) qd_space__worker_init(a->worker + i, job, ctx);
    qd_status st = qd_exact_for(nworkers, run_worker, a, ctx);
    free(job->taken);
    return st;
}

static void clear_workers(walk *a, slong n)
{
    for (slong i = 0; i < n; i++) qd_space__worker_clear(a->worker + i);
}

static qd_status find_regions(qd_regions_t g, const qd_space_model *p, qd_space_want want, qd_ctx_t ctx)
{
    bool few = p->dim <= QD_SPACE_MAX;
    slong n = ctx->threads;
    walk a = {{.model = p, .want = want}, qd_calloc((size_t) n, sizeof *a.worker), few ? qd_space__cells : qd_space__many};
    qd_space_record **record = qd_calloc((size_t) n, sizeof *record);
    int words = few ? 1 : (int) ((p->m.nswitching + 2 * p->dim) / 64 + 1);
    qd_status st = find_cells(&a, n, words, ctx);
    while (st == QD_OK && a.job.more_words && !a.job.stop) {
        clear_workers(&a, n);
        st = find_cells(&a, n, words *= 2, ctx);
    }
    for (slong i = 0; i < n; i++) record[i] = &a.worker[i].record;
    if (st == QD_OK) st = qd_space__collect(g, &a.job, record, n, !a.job.stop && !a.job.unknown, ctx);
    if (st == QD_OK && a.job.stop) st = QD_EUNABLE; /* who saw it has said it */
    if (st == QD_OK && a.job.unknown) st = qd_fail(ctx, QD_EUNABLE, "some cells of the space were too hard");
    clear_workers(&a, n);
    free(a.worker);
    free(record);
    return st;
}

qd_status qd_space_compute(qd_regions_t regions, const qd_net_t net, const qd_domain *domain, const qd_space_want *want, qd_ctx_t ctx)
{
    static const qd_space_want everything = {true, true, true};
    qd_space_model p;
    qd_regions_t g;
    qd_status st = check(net, domain, ctx);
    if (st != QD_OK) return st;
    qd_regions_init(g);
    qd_space__model_init(&p, net, domain, ctx->seed);
    st = find_regions(g, &p, want != NULL ? *want : everything, ctx);
    if (g->count.regions > 0) qd_regions_swap(regions, g);
    qd_regions_clear(g);
    qd_space__model_clear(&p);
    return st;
}
