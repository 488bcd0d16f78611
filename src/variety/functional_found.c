/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functional dimension where not all regions are known: a lower bound from the regions that lines and planes through the space show
   (engine/slices.c). Wherever no pre-activation is 0 the rows are among those that count, so no region need be left out for being thin.

   The rows at the points of a region that lie in a given space are those of an algebraic subset, and a random point of the region
   is in it only if all are: so points are taken around each witness until a few in turn add nothing, and slices until a round of them adds
   nothing. What was not found is not known, hence the label. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "variety/impl.h"

/* Slices of a round; rounds at most; points of a region that must add nothing; halvings of the distance to the witness. */
#define SLICES 64
#define ROUNDS 16
#define IDLE_POINTS 2
#define SHRINKS 16

typedef struct {
    qd_functional *r;
    qd_rows_struct *m;
    qd_gradient_struct *g;
    qd_rng_struct *rng;
    int64_t rank;
    slong nwords, nseen;
    qd_word *seen; /* owned: patterns that are done */
    qd_vec_t x;
    char *text; /* owned */
} search;

/* -> false: it was there */
static bool remember(search *s, const qd_word *pattern)
{
    size_t bytes = sizeof *pattern * (size_t) s->nwords;
    for (slong i = 0; i < s->nseen; i++)
        if (memcmp(s->seen + i * s->nwords, pattern, bytes) == 0) return false;
    if ((s->nseen & (s->nseen - 1)) == 0) s->seen = qd_realloc(s->seen, bytes * (size_t) (2 * s->nseen + 1) + 1);
    memcpy(s->seen + s->nseen++ * s->nwords, pattern, bytes);
    return true;
}

/* A random point, each coordinate within 16^-shrink of the witness. */
static void go_near(search *s, const fmpq *base, slong shrink)
{
    for (slong c = 0; c < s->x->n; c++) {
        fmpq_set_si(s->x->e + c, qd_rng_range(s->rng, -1023, 1023), 1024);
        fmpq_canonicalise(s->x->e + c);
        fmpq_div_2exp(s->x->e + c, s->x->e + c, (flint_bitcnt_t) (4 * shrink));
        fmpq_add(s->x->e + c, s->x->e + c, base + c);
    }
}

static bool has_pattern(const search *s, const qd_word *pattern)
{
    for (slong k = 0; s->text[k] != '\0'; k++)
        if ((s->text[k] == '1') != qd_pattern_get(pattern, k)) return false;
    return true;
}

/* The rows at s->x. *zeros: pre-activations that are 0 there, and then nothing was added. */
static qd_status add_here(slong *zeros, search *s, qd_ctx_t ctx)
{
    int64_t rank;
    qd_status st = qd_gradient_point(zeros, NULL, s->g, s->x, ctx);
    if (st != QD_OK || *zeros > 0) {
        s->r->excluded_points += st == QD_OK;
        return st == QD_OK ? qd_ctx_budget(ctx) : st;
    }
    st = qd_variety__add_point(s->m, s->g, ctx);
    s->r->points++;
    if (st == QD_OK) st = qd_rows_rank(&rank, s->m, ctx);
    if (st == QD_OK) s->rank = rank;
    return st;
}

/* Points around a witness of the pattern. */
static qd_status add_near(search *s, const fmpq *base, const qd_word *pattern, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (slong idle = 0, shrink = 0; idle < IDLE_POINTS && shrink < SHRINKS && s->rank < s->r->upper && st == QD_OK;) {
        int64_t before = s->rank;
        slong zeros;
        go_near(s, base, shrink);
        if ((st = qd_lowered_run(NULL, s->text, NULL, s->g->low, s->x, ctx)) != QD_OK) break;
        if (!has_pattern(s, pattern)) {
            shrink++;
            continue;
        }
        st = add_here(&zeros, s, ctx);
        idle = s->rank > before ? 0 : idle + 1;
    }
    return st;
}

/* One round of slices. */
static qd_status add_round(search *s, slong round, qd_ctx_t ctx)
{
    static const qd_domain whole = {0};
    static const qd_engine_options slices = {.list = true, .sampled = true, .slices = SLICES};
    qd_answer_t a;
    qd_ctx_t own;
    qd_status st = QD_OK;
    qd_answer_init(a);
    qd_ctx_own(own, ctx);
    own->seed = ctx->seed + (uint64_t) round;
    qd_engine_compute(a, s->g->net, &whole, &slices, own);
    const qd_regions_struct *g = a->regions;
    s->nwords = g->nwords;
    for (slong i = 0; i < g->n && s->rank < s->r->upper && st == QD_OK; i++) {
        if (remember(s, g->pattern + i * g->nwords)) st = add_near(s, g->point + i * g->dim, g->pattern + i * g->nwords, ctx);
        qd_ctx_progress(ctx, "patterns", i + 1, g->n);
    }
    qd_answer_clear(a);
    return st == QD_OK ? qd_ctx_budget(ctx) : st;
}

qd_status qd_variety__add_found(qd_functional *r, qd_rows_t m, qd_gradient_t g, qd_rng_t rng, qd_ctx_t ctx)
{
    search s = {.r = r, .m = m, .g = g, .rng = rng};
    qd_status st = qd_rows_rank(&s.rank, m, ctx);
    bool more = true;
    qd_vec_init(s.x);
    qd_vec_resize(s.x, g->net->input_dim);
    s.text = qd_calloc((size_t) qd_net_nswitching(g->net) + 1, 1);
    for (slong round = 0; round < ROUNDS && more && st == QD_OK; round++) {
        int64_t before = s.rank;
        st = add_round(&s, round, ctx);
        more = s.rank > before && s.rank < r->upper;
    }
    qd_vec_clear(s.x);
    free(s.text);
    free(s.seen);
    return st;
}
