/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate in memory. */
#include "proof/impl.h"

#include <stdlib.h>
#include <string.h>

void qd_proof_init(qd_proof_t p)
{
    memset(p, 0, sizeof *p);
    qd_net_init(p->net);
    qd_regions_init(p->regions);
    qd_alg_list_init(p->breaks);
}

static void clear_vec(fmpq *v, slong n)
{
    if (v != NULL) _fmpq_vec_clear(v, n);
}

void qd_proof_clear(qd_proof_t p)
{
    clear_vec(p->base, p->net->input_dim);
    clear_vec(p->step, p->dim * p->net->input_dim);
    clear_vec(p->lo, p->dim);
    clear_vec(p->hi, p->dim);
    qd_net_clear(p->net);
    qd_regions_clear(p->regions);
    qd_alg_list_clear(p->breaks);
    free(p->version);
    free(p->checksum);
}

void qd_proof_report_init(qd_proof_report_t r)
{
    r->complete = false;
    qd_buf_init(r->confirmed);
    qd_buf_init(r->open);
}

void qd_proof_report_clear(qd_proof_report_t r)
{
    qd_buf_clear(r->confirmed);
    qd_buf_clear(r->open);
}

void qd_proof__say(qd_buf_t out, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    qd_buf_puts(out, line);
    qd_buf_puts(out, "\n");
}

void qd_proof__pattern(char *bits, const qd_regions_struct *g, slong i)
{
    for (slong k = 0; k < g->nswitching; k++) bits[k] = (char) ('0' + qd_pattern_get(g->pattern + i * g->nwords, k));
    bits[g->nswitching] = '\0';
}

/* ---- making --------------------------------------------------------------------------------- */

static fmpq *copy(const fmpq *v, slong n)
{
    if (v == NULL) return NULL;
    fmpq *w = _fmpq_vec_init(n);
    for (slong i = 0; i < n; i++) fmpq_set(w + i, v + i);
    return w;
}

static qd_status find_witnesses(fmpq *points, const qd_net_t net, const qd_domain *domain, const qd_regions_t g, qd_ctx_t ctx)
{
    qd_restriction m;
    qd_status st = QD_OK;
    qd_restriction_init(&m, net, domain, ctx->seed);
    for (slong i = 0; i < g->n && st == QD_OK; i++) {
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        if (qd_regions_witness(points + i * g->dim, g, i, &m, domain, ctx) != QD_TRUE)
            st = qd_fail(ctx, QD_EUNABLE, "no rational point was found that shows the pattern of region %ld", (long) i);
    }
    qd_restriction_clear(&m);
    return st;
}

qd_status qd_proof_make(qd_proof_t p, const qd_net_t net, const qd_domain *domain, qd_regions_t g, const qd_alg_list_struct *breaks,
                        qd_ctx_t ctx)
{
    slong inputs = net->input_dim, dim = qd_domain_dim(domain, inputs);
    if (g->n == 0) return qd_fail(ctx, QD_EUNABLE, "no regions are listed");
    fmpq *points = _fmpq_vec_init(g->n * dim);
    qd_status st = find_witnesses(points, net, domain, g, ctx);
    if (st != QD_OK) {
        _fmpq_vec_clear(points, g->n * dim);
        return st;
    }
    qd_proof_clear(p);
    qd_proof_init(p);
    qd_net_set(p->net, net);
    p->dim = dim;
    p->base = domain->dim > 0 ? copy(domain->base, inputs) : NULL;
    p->step = domain->dim > 0 ? copy(domain->step, dim * inputs) : NULL;
    p->lo = copy(domain->lo, dim);
    p->hi = copy(domain->hi, dim);
    p->domain = (qd_domain){domain->dim, p->base, p->step, p->lo, p->hi};
    _fmpq_vec_clear(g->point, g->n * dim);
    g->point = points;
    qd_regions_swap(p->regions, g);
    for (slong i = 0; i < p->regions->n; i++) {
        p->bounded += p->regions->bounded[i];
        p->holes += p->regions->holes[i];
    }
    for (slong i = 0; breaks != NULL && i < breaks->n; i++) qd_alg_list_add(p->breaks, breaks->e + i);
    return QD_OK;
}
