/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check of a certificate: what is the same in every dimension. Counts against the lists; each region's point by exact evaluation of the
   network, and where a pre-activation is 0 there, its polynomial along the pattern must be zero; degrees and pieces from the output polynomials; the
   rest is that of the dimension. */
#include "proof/impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static qd_status check_counts(const qd_proof_t p, qd_ctx_t ctx)
{
    const qd_regions_struct *g = p->regions;
    bool exact = g->count.label == QD_EXACT;
    slong bounded = 0, holes = 0, patterns = qd_patterns_distinct(g->pattern, g->n, g->nwords);
    for (slong i = 0; i < g->n; i++) {
        bounded += g->bounded[i];
        holes += g->holes[i];
    }
    if (g->count.regions != g->n)
        return qd_fail(ctx, QD_EINPUT, "refused: 'regions' is %ld, %ld are listed", (long) g->count.regions, (long) g->n);
    if (g->count.patterns != patterns)
        return qd_fail(ctx, QD_EINPUT, "refused: 'patterns' is %ld, %ld are listed", (long) g->count.patterns, (long) patterns);
    if (exact && p->bounded != bounded)
        return qd_fail(ctx, QD_EINPUT, "refused: 'bounded_regions' is %ld, %ld are listed", (long) p->bounded, (long) bounded);
    if (exact && p->holes != holes)
        return qd_fail(ctx, QD_EINPUT, "refused: 'holes' is %ld, the regions have %ld", (long) p->holes, (long) holes);
    return QD_OK;
}

/* ---- points --------------------------------------------------------------------------------- */

static bool inside(const fmpq *t, const qd_domain *d, slong dim)
{
    for (slong k = 0; k < dim; k++)
        if ((d->lo != NULL && fmpq_cmp(t + k, d->lo + k) <= 0) || (d->hi != NULL && fmpq_cmp(t + k, d->hi + k) >= 0)) return false;
    return true;
}

/* Every pre-activation that is 0 at t is the zero polynomial along the pattern. */
static qd_status check_zeros(qd_proof__along *w, const char *bits, const fmpq *t, slong i, qd_ctx_t ctx)
{
    fmpq_t v;
    qd_status st = QD_OK;
    fmpq_init(v);
    qd_proof__along_set(w, bits);
    for (slong l = 0; l < w->low->depth && st == QD_OK; l++) {
        const fmpq_mpoly_struct *z = qd_proof__along_z(w, l);
        for (slong u = 0; u < w->low->layer[l].out && st == QD_OK; u++) {
            if (!qd_activation_switches(w->low->layer[l].unit[u].act) || fmpq_mpoly_is_zero(z + u, w->ctx)) continue;
            qd_proof__along_value(v, z + u, t, w);
            if (fmpq_is_zero(v))
                st =
                    qd_fail(ctx, QD_EINPUT, "refused: at the point of region %ld, unit %ld of layer %ld is 0, and not on all of the region",
                            (long) i, (long) u + 1, (long) l + 1);
        }
    }
    fmpq_clear(v);
    return st;
}

static qd_status check_point(const qd_proof_t p, slong i, qd_proof__along *w, char *bits, char *found, qd_ctx_t ctx)
{
    const qd_regions_struct *g = p->regions;
    const fmpq *t = g->point + i * g->dim;
    slong zeros;
    qd_vec_t x;
    if (!inside(t, &p->domain, g->dim))
        return qd_fail(ctx, QD_EINPUT, "refused: the point of region %ld is not inside the domain", (long) i);
    qd_vec_init(x);
    qd_vec_resize(x, p->net->input_dim);
    qd_domain_point(x->e, &p->domain, x->n, t);
    qd_proof__pattern(bits, g, i);
    qd_status st = qd_lowered_run(NULL, found, &zeros, w->low, x, ctx);
    if (st == QD_OK && strcmp(bits, found) != 0)
        st = qd_fail(ctx, QD_EINPUT, "refused: the point of region %ld does not show its pattern", (long) i);
    if (st == QD_OK && zeros > 0) st = check_zeros(w, bits, t, i, ctx);
    qd_vec_clear(x);
    return st;
}

static qd_status check_points(const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    char *bits = qd_malloc((size_t) w->nbits + 1), *found = qd_malloc((size_t) w->nbits + 1);
    for (slong i = 0; i < p->regions->n && st == QD_OK; i++) {
        st = qd_ctx_budget(ctx);
        if (st == QD_OK) st = check_point(p, i, w, bits, found, ctx);
        qd_ctx_progress(ctx, "points", i + 1, p->regions->n);
    }
    free(bits);
    free(found);
    return st;
}

/* ---- outputs --------------------------------------------------------------------------------- */

static slong find(slong *parent, slong i)
{
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static bool same_outputs(qd_proof__along *a, qd_proof__along *b, slong outputs)
{
    const fmpq_mpoly_struct *y = qd_proof__along_outputs(a), *z = qd_proof__along_outputs(b);
    slong o = 0;
    while (o < outputs && fmpq_mpoly_equal(y + o, z + o, a->ctx)) o++;
    return o == outputs;
}

/* The pieces are the classes of regions that walls with equal outputs join. */
static qd_status check_classes(const qd_regions_struct *g, slong *parent, qd_ctx_t ctx)
{
    slong *first = qd_malloc(2 * sizeof *first * (size_t) (g->n + 1)), *number = first + g->n, pieces = 0;
    qd_status st = QD_OK;
    for (slong i = 0; i < 2 * g->n; i++) first[i] = -1;
    for (slong i = 0; i < g->n && st == QD_OK; i++) {
        slong root = find(parent, i), k = g->piece[i];
        if (first[k] < 0) first[k] = root;
        if (number[root] < 0) number[root] = k;
        pieces += root == i;
        if (first[k] != root || number[root] != k)
            st = qd_fail(ctx, QD_EINPUT, "refused: region %ld does not belong to piece %ld", (long) i, (long) k);
    }
    if (st == QD_OK && pieces != g->count.pieces)
        st = qd_fail(ctx, QD_EINPUT, "refused: 'pieces' is %ld, the regions make %ld", (long) g->count.pieces, (long) pieces);
    for (slong k = 0; k < pieces && st == QD_OK; k++)
        if (first[k] < 0) st = qd_fail(ctx, QD_EINPUT, "refused: piece %ld has no region", (long) k);
    free(first);
    return st;
}

static qd_status check_degree(const qd_proof_t p, qd_proof__along *w, char *bits, qd_ctx_t ctx)
{
    const qd_regions_struct *g = p->regions;
    slong degree = -1;
    for (slong i = 0; i < g->n; i++) {
        qd_status st = qd_ctx_budget(ctx);
        if (st != QD_OK) return st;
        qd_proof__pattern(bits, g, i);
        qd_proof__along_set(w, bits);
        const fmpq_mpoly_struct *y = qd_proof__along_outputs(w);
        for (slong o = 0; o < g->outputs; o++) {
            slong d = fmpq_mpoly_is_zero(y + o, w->ctx) ? -1 : fmpq_mpoly_total_degree_si(y + o, w->ctx);
            if (d > degree) degree = d;
        }
    }
    if (degree != g->count.max_degree)
        return qd_fail(ctx, QD_EINPUT, "refused: 'max_degree' is %ld, the outputs have %ld", (long) g->count.max_degree, (long) degree);
    return QD_OK;
}

static qd_status check_pieces(const qd_proof_t p, qd_proof__along *w, qd_proof__along *v, qd_ctx_t ctx)
{
    const qd_regions_struct *g = p->regions;
    char *bits = qd_malloc((size_t) w->nbits + 1);
    slong *parent = qd_malloc(sizeof *parent * (size_t) (g->n + 1));
    qd_status st = check_degree(p, w, bits, ctx);
    for (slong i = 0; i < g->n; i++) parent[i] = i;
    for (slong k = 0; k < g->nwalls && st == QD_OK; k++) {
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        slong a = g->wall[2 * k], b = g->wall[2 * k + 1];
        qd_proof__pattern(bits, g, a);
        qd_proof__along_set(w, bits);
        qd_proof__pattern(bits, g, b);
        qd_proof__along_set(v, bits);
        if (memcmp(w->bits, v->bits, (size_t) w->nbits) == 0)
            st = qd_fail(ctx, QD_EINPUT, "refused: the neighbours %ld and %ld have one pattern", (long) a, (long) b);
        else if (same_outputs(w, v, g->outputs)) {
            a = find(parent, a);
            b = find(parent, b);
            parent[a < b ? b : a] = a < b ? a : b;
        }
    }
    if (st == QD_OK) st = check_classes(g, parent, ctx);
    free(parent);
    free(bits);
    return st;
}

/* ---- the whole -------------------------------------------------------------------------------- */

static qd_status check_sum(const qd_proof_t p, qd_ctx_t ctx)
{
    char sum[17];
    qd_buf_t body;
    qd_buf_init(body);
    qd_proof__print_body(body, p);
    snprintf(sum, sizeof sum, "%016" PRIx64, qd_hash(qd_buf_str(body), body->len));
    qd_buf_clear(body);
    if (p->checksum == NULL || strcmp(sum, p->checksum) == 0) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "refused: the checksum is not that of the rest of the file, which was changed");
}

static qd_status check_dimension(qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx)
{
    bool linear = false;
    if (p->dim == 1) return qd_proof__check_line(r, p, w, ctx);
    qd_status st = qd_proof__check_linear(&linear, r, p, w, ctx);
    return st != QD_OK || linear ? st : qd_proof__check_lines(r, p, ctx);
}

static qd_status check_exact(qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_proof__along *v, qd_ctx_t ctx)
{
    qd_status st = check_dimension(r, p, w, ctx);
    if (st == QD_OK) st = check_pieces(p, w, v, ctx);
    if (st == QD_OK)
        qd_proof__say(r->confirmed, "%ld pieces across these walls, largest degree %ld", (long) p->regions->count.pieces,
                      (long) p->regions->count.max_degree);
    return st;
}

qd_status qd_proof_check(qd_proof_report_t report, const qd_proof_t p, qd_ctx_t ctx)
{
    qd_proof__along w, v;
    qd_buf_reset(report->confirmed);
    qd_buf_reset(report->open);
    report->complete = false;
    qd_status st = check_counts(p, ctx);
    if (st != QD_OK) return st;
    qd_proof__along_init(&w, p->net, p->dim, p->base, p->step);
    qd_proof__along_init(&v, p->net, p->dim, p->base, p->step);
    st = check_points(p, &w, ctx);
    if (st == QD_OK)
        qd_proof__say(report->confirmed, "%ld regions: each point shows its pattern, %ld patterns", (long) p->regions->n,
                      (long) p->regions->count.patterns);
    if (st == QD_OK)
        st = p->regions->count.label == QD_EXACT ? check_exact(report, p, &w, &v, ctx) : qd_proof__check_lower(report, p, &w, ctx);
    if (st == QD_OK) st = check_sum(p, ctx);
    qd_proof__along_clear(&w);
    qd_proof__along_clear(&v);
    return st;
}
