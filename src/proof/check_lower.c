/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate of a lower bound is proved by its points: so many different patterns, each shown where every pre-activation is not 0 or is zero along
   the pattern, hence on an open set; so at least as many regions. Patterns whose outputs differ, as polynomials, lie in different pieces: they are told
   apart by their values at one random point. */
#include "proof/impl.h"

#include <stdlib.h>

typedef struct {
    fmpq *y;
    slong n;
} value;

static int by_value(const void *a, const void *b)
{
    const value *x = a, *y = b;
    int order = 0;
    for (slong o = 0; o < x->n && order == 0; o++) order = fmpq_cmp(x->y + o, y->y + o);
    return order;
}

static slong distinct(value *v, slong n)
{
    slong count = n > 0;
    qsort(v, (size_t) n, sizeof *v, by_value);
    for (slong i = 1; i < n; i++) count += by_value(v + i - 1, v + i) != 0;
    return count;
}

/* How many outputs are certainly different. */
static qd_status count_outputs(slong *pieces, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx)
{
    const qd_regions_struct *g = p->regions;
    fmpq *y = _fmpq_vec_init(g->n * g->outputs), *t = _fmpq_vec_init(g->dim);
    value *v = qd_malloc(sizeof *v * (size_t) (g->n + 1));
    char *bits = qd_malloc((size_t) w->nbits + 1);
    qd_rng_t rng;
    qd_status st = QD_OK;
    qd_rng_init(rng, ctx->seed, 0);
    for (slong k = 0; k < g->dim; k++) fmpq_set_si(t + k, qd_rng_range(rng, -1000000007, 1000000007), 1);
    for (slong i = 0; i < g->n && (st = qd_ctx_budget(ctx)) == QD_OK; i++) {
        v[i] = (value){y + i * g->outputs, g->outputs};
        qd_proof__pattern(bits, g, i);
        qd_proof__along_set(w, bits);
        const fmpq_mpoly_struct *z = qd_proof__along_outputs(w);
        for (slong o = 0; o < g->outputs; o++) qd_proof__along_value(v[i].y + o, z + o, t, w);
    }
    if (st == QD_OK) *pieces = distinct(v, g->n);
    _fmpq_vec_clear(y, g->n * g->outputs);
    _fmpq_vec_clear(t, g->dim);
    free(v);
    free(bits);
    return st;
}

qd_status qd_proof__check_lower(qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx)
{
    const qd_count *c = &p->regions->count;
    slong pieces;
    qd_status st = count_outputs(&pieces, p, w, ctx);
    if (st != QD_OK) return st;
    if (pieces > c->pieces) pieces = c->pieces;
    qd_proof__say(r->confirmed, "at least %ld regions: as many patterns", (long) c->patterns);
    qd_proof__say(r->confirmed, "at least %ld pieces: as many outputs", (long) pieces);
    if (c->regions > c->patterns) qd_proof__say(r->open, "that there are %ld regions at least", (long) c->regions);
    if (c->pieces > pieces) qd_proof__say(r->open, "that there are %ld pieces at least", (long) c->pieces);
    r->complete = c->regions <= c->patterns && c->pieces <= pieces;
    return QD_OK;
}
