/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decision regions: the regions of the network with comparing units on top, joined where one output stays the largest.

   Let w be the largest output in a region; its margins are the polynomials y_w - y_j, or |y| where one output is asked for. A margin may vanish along a
   curve without change of sign, inside a region (a factor of even multiplicity) or on the boundary of two regions (a common factor
   with what switches there). Such a curve is no part of the set. Where margins have factors of that sort, the network gets units that
   switch on them, and the regions are found once more; then a boundary between two regions lies on the factor f exactly if the sign of f
   differs. That there are none is certified on a random line modulo a prime: if a restriction has the full degree and no square factor there,
   neither has the polynomial, and so for common factors. */
#include <stdlib.h>
#include <string.h>

#include "plane/decide.h"

typedef struct {
    const qd_net_struct *net;
    const qd_domain *domain;
    slong output, ties; /* ties: the label of ties */
    qd_restriction m;   /* of net */
    qd_plane_exact *exact;
    slong nfactors, *factor; /* numbers in exact */
    ulong line[4];           /* s = line[0] + line[1] z, t = line[2] + line[3] z modulo the prime */
    /* the network with comparisons */
    qd_plane_augmented aug;
    qd_restriction am;
    qd_path path;
    qd_regions_t g;
    qd_plane_curves_t curves;
    slong *label; /* of each region: the largest output; for one output 0 positive, 1 negative */
} decision;

/* ---- margins ------------------------------------------------------------------------------- */

static slong margins(const decision *d)
{
    return d->output >= 0 ? 1 : d->aug.outputs - 1;
}

/* Margin k along the pattern of the path where `winner` is the largest output. */
static void margin(fmpz_poly_t f, decision *d, slong winner, slong k)
{
    const fmpz_poly_struct *a = qd_path_a(&d->path, d->aug.depth, d->output >= 0 ? d->output : winner);
    if (d->output >= 0) fmpz_poly_set(f, a);
    else {
        fmpz_poly_set(f, a);
        fmpz_poly_sub(f, f, qd_path_a(&d->path, d->aug.depth, k < winner ? k : k + 1));
    }
}

static void go_to(decision *d, slong region)
{
    qd_path_set(&d->path, d->g->pattern + region * d->g->nwords);
}

static slong total_degree(const fmpz_poly_t f, slong stride)
{
    slong best = -1;
    for (slong k = 0; k < f->length; k++)
        if (!fmpz_is_zero(f->coeffs + k)) best = FLINT_MAX(best, k % stride + k / stride);
    return best;
}

/* f on the line, modulo the prime. false: its degree is smaller there. */
static bool on_line(nmod_poly_t r, const fmpz_poly_t f, const decision *d)
{
    slong stride = qd_path_stride(&d->am), rows = (f->length + stride - 1) / stride;
    nmod_poly_t s, t, row;
    nmod_poly_init_mod(s, d->am.mod);
    nmod_poly_init_mod(t, d->am.mod);
    nmod_poly_init_mod(row, d->am.mod);
    for (slong k = 0; k < 2; k++) {
        nmod_poly_set_coeff_ui(s, k, d->line[k]);
        nmod_poly_set_coeff_ui(t, k, d->line[2 + k]);
    }
    nmod_poly_zero(r);
    for (slong i = rows - 1; i >= 0; i--) {
        nmod_poly_zero(row);
        for (slong k = FLINT_MIN(stride, f->length - i * stride) - 1; k >= 0; k--) {
            nmod_poly_mul(row, row, s);
            ulong c = nmod_poly_get_coeff_ui(row, 0);
            nmod_poly_set_coeff_ui(row, 0, nmod_add(c, fmpz_fdiv_ui(f->coeffs + i * stride + k, d->am.mod.n), d->am.mod));
        }
        nmod_poly_mul(r, r, t);
        nmod_poly_add(r, r, row);
    }
    nmod_poly_clear(s);
    nmod_poly_clear(t);
    nmod_poly_clear(row);
    return nmod_poly_degree(r) == total_degree(f, stride);
}

/* ---- factors ----------------------------------------------------------------------------------- */

static void add_factor(decision *d, const fmpz_mpoly_t f)
{
    bool flip;
    slong number = qd_plane__exact_add(d->exact, f, &flip);
    for (slong k = 0; k < d->nfactors; k++)
        if (d->factor[k] == number) return;
    d->factor = qd_realloc(d->factor, sizeof *d->factor * (size_t) (d->nfactors + 1));
    d->factor[d->nfactors++] = number;
}

/* Adds the irreducible factors of f whose multiplicity is at least `least`. */
static qd_status add_factors(decision *d, const fmpz_mpoly_t f, slong least, qd_ctx_t ctx)
{
    const fmpz_mpoly_ctx_struct *mctx = qd_plane__exact_ctx(d->exact);
    fmpz_mpoly_factor_t factor;
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK) return st;
    fmpz_mpoly_factor_init(factor, mctx);
    if (!fmpz_mpoly_factor(factor, f, mctx))
        st = qd_fail(ctx, QD_EUNABLE, "a polynomial of degree %ld is not factored", (long) fmpz_mpoly_total_degree_si(f, mctx));
    for (slong k = 0; st == QD_OK && k < factor->num; k++)
        if (!fmpz_mpoly_is_fmpz(factor->poly + k, mctx) && fmpz_cmp_si(factor->exp + k, least) >= 0) add_factor(d, factor->poly + k);
    fmpz_mpoly_factor_clear(factor, mctx);
    return st;
}

/* Squares in the margins of a region. */
static qd_status square_factors(decision *d, slong region, qd_ctx_t ctx)
{
    const fmpz_mpoly_ctx_struct *mctx = qd_plane__exact_ctx(d->exact);
    fmpz_poly_t f;
    fmpz_mpoly_t p;
    nmod_poly_t r;
    qd_status st = QD_OK;
    fmpz_poly_init(f);
    fmpz_mpoly_init(p, mctx);
    nmod_poly_init_mod(r, d->am.mod);
    go_to(d, region);
    for (slong k = 0; k < margins(d) && st == QD_OK; k++) {
        margin(f, d, d->label[region], k);
        if (on_line(r, f, d) && nmod_poly_is_squarefree(r)) continue;
        qd_plane__exact_set(p, f, qd_path_stride(&d->am), d->exact);
        st = add_factors(d, p, 2, ctx);
    }
    fmpz_poly_clear(f);
    fmpz_mpoly_clear(p, mctx);
    nmod_poly_clear(r);
    return st;
}

/* A unit whose sign changes between two regions, in the lowest layer where there is one. */
static void switching_unit(slong *l, slong *u, const decision *d, slong a, slong b)
{
    const qd_word *p = d->g->pattern + a * d->g->nwords, *q = d->g->pattern + b * d->g->nwords;
    for (*l = 0; *l < d->aug.net->depth; ++*l)
        for (slong k = d->am.first[*l]; k < d->am.first[*l + 1]; k++) {
            if (qd_pattern_get(p, k) == qd_pattern_get(q, k)) continue;
            *u = d->am.switching[*l][k - d->am.first[*l]];
            return;
        }
}

/* Factors that a margin of region a has in common with what switches between a and b. */
static qd_status common_factors(decision *d, slong a, slong b, qd_ctx_t ctx)
{
    const fmpz_mpoly_ctx_struct *mctx = qd_plane__exact_ctx(d->exact);
    slong l, u = 0, stride = qd_path_stride(&d->am);
    fmpz_poly_t f, z;
    fmpz_mpoly_t p, q;
    nmod_poly_t r, s;
    qd_status st = QD_OK;
    switching_unit(&l, &u, d, a, b);
    fmpz_poly_init(f);
    fmpz_poly_init(z);
    fmpz_mpoly_init(p, mctx);
    fmpz_mpoly_init(q, mctx);
    nmod_poly_init_mod(r, d->am.mod);
    nmod_poly_init_mod(s, d->am.mod);
    go_to(d, a);
    fmpz_poly_set(z, qd_path_z(&d->path, l, u));
    bool full = on_line(s, z, d);
    for (slong k = 0; k < margins(d) && st == QD_OK; k++) {
        margin(f, d, d->label[a], k);
        if (full && on_line(r, f, d)) {
            nmod_poly_gcd(r, r, s);
            if (nmod_poly_degree(r) == 0) continue;
        }
        qd_plane__exact_set(p, f, stride, d->exact);
        qd_plane__exact_set(q, z, stride, d->exact);
        if (!fmpz_mpoly_gcd(p, p, q, mctx)) st = qd_fail(ctx, QD_EUNABLE, "no common factor of two polynomials was found");
        else if (!fmpz_mpoly_is_fmpz(p, mctx)) st = add_factors(d, p, 1, ctx);
    }
    fmpz_poly_clear(f);
    fmpz_poly_clear(z);
    fmpz_mpoly_clear(p, mctx);
    fmpz_mpoly_clear(q, mctx);
    nmod_poly_clear(r);
    nmod_poly_clear(s);
    return st;
}

/* Is it a label of an open condition? */
static bool strict(const decision *d, slong label)
{
    return label != d->ties;
}

static qd_status find_factors(decision *d, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (slong i = 0; i < d->g->n && st == QD_OK; i++)
        if (strict(d, d->label[i])) st = square_factors(d, i, ctx);
    for (slong k = 0; k < d->g->nwalls && st == QD_OK; k++) {
        slong a = d->g->wall[2 * k], b = d->g->wall[2 * k + 1];
        if (d->label[a] == d->label[b] && strict(d, d->label[a])) st = common_factors(d, a, b, ctx);
    }
    return st;
}

/* ---- regions ------------------------------------------------------------------------------------- */

static void forget(decision *d)
{
    if (d->label == NULL) return;
    free(d->label);
    d->label = NULL;
    qd_path_clear(&d->path);
    qd_restriction_clear(&d->am);
}

static void set_labels(decision *d)
{
    fmpz_poly_t f;
    fmpz_poly_init(f);
    d->label = qd_malloc(sizeof *d->label * (size_t) (d->g->n + 1));
    for (slong i = 0; i < d->g->n; i++) {
        go_to(d, i);
        slong winner = qd_plane__augmented_winner(&d->aug, &d->am, d->path.pattern);
        d->label[i] = winner;
        for (slong k = 0; k < margins(d); k++) {
            margin(f, d, winner, k);
            if (fmpz_poly_is_zero(f)) d->label[i] = d->ties;
        }
    }
    fmpz_poly_clear(f);
}

/* Regions, curves and labels of the network with comparisons and the factors so far. */
static qd_status look(decision *d, qd_ctx_t ctx)
{
    forget(d);
    qd_plane__augmented_clear(&d->aug);
    qd_status st = qd_plane__augment(&d->aug, d->net, d->output, d->domain, &d->m, d->exact, d->factor, d->nfactors, ctx);
    if (st == QD_OK) st = qd_plane_map(d->g, d->curves, d->aug.net, d->domain, ctx);
    if (st != QD_OK) return st;
    qd_restriction_init(&d->am, d->aug.net, d->domain, ctx->seed);
    qd_path_init(&d->path, &d->am);
    set_labels(d);
    return QD_OK;
}

/* Does some margin of the region vanish on the zeros of factor k? */
static bool vanishes(decision *d, slong region, slong k)
{
    const fmpz_mpoly_ctx_struct *mctx = qd_plane__exact_ctx(d->exact);
    fmpz_poly_t f;
    fmpz_mpoly_t p, q;
    bool found = false;
    fmpz_poly_init(f);
    fmpz_mpoly_init(p, mctx);
    fmpz_mpoly_init(q, mctx);
    go_to(d, region);
    for (slong j = 0; j < margins(d) && !found; j++) {
        margin(f, d, d->label[region], j);
        qd_plane__exact_set(p, f, qd_path_stride(&d->am), d->exact);
        found = fmpz_mpoly_divides(q, p, qd_plane__exact_poly(d->exact, d->factor[k]), mctx) != 0;
    }
    fmpz_poly_clear(f);
    fmpz_mpoly_clear(p, mctx);
    fmpz_mpoly_clear(q, mctx);
    return found;
}

static bool is_barrier(decision *d, slong a, slong b)
{
    const qd_word *p = d->g->pattern + a * d->g->nwords, *q = d->g->pattern + b * d->g->nwords;
    if (d->label[a] != d->label[b]) return true;
    if (!strict(d, d->label[a])) return false;
    for (slong k = 0; k < d->aug.nfactors; k++)
        if (qd_plane__augmented_sign(&d->aug, &d->am, p, k) != qd_plane__augmented_sign(&d->aug, &d->am, q, k) && vanishes(d, a, k))
            return true;
    return false;
}

static void find_sets(qd_plane_sets *s, decision *d)
{
    char *barrier = qd_malloc((size_t) d->curves->n + 1);
    for (slong k = 0; k < d->curves->n; k++) barrier[k] = is_barrier(d, d->curves->side[2 * k], d->curves->side[2 * k + 1]);
    qd_plane__sets(s, d->g, d->curves, d->label, barrier);
    free(barrier);
}

/* ---- both questions -------------------------------------------------------------------------------- */

static void decision_init(decision *d, const qd_net_t net, slong output, const qd_domain *domain, uint64_t seed)
{
    qd_rng_t rng;
    memset(d, 0, sizeof *d);
    d->net = net;
    d->domain = domain;
    d->output = output;
    d->ties = output >= 0 ? 2 : qd_net_output_dim(net);
    qd_restriction_init(&d->m, net, domain, seed);
    qd_plane__exact_init(&d->exact);
    qd_net_init(d->aug.net);
    qd_regions_init(d->g);
    qd_plane_curves_init(d->curves);
    qd_rng_init(rng, seed, 0x64656369);
    for (int k = 0; k < 4; k++) d->line[k] = qd_rng_u64(rng) % d->m.mod.n;
}

static void decision_clear(decision *d)
{
    forget(d);
    qd_plane__augmented_clear(&d->aug);
    qd_regions_clear(d->g);
    qd_plane_curves_clear(d->curves);
    qd_plane__exact_clear(d->exact);
    qd_restriction_clear(&d->m);
    free(d->factor);
}

static qd_status decide(qd_plane_sets *s, decision *d, qd_ctx_t ctx)
{
    qd_status st = look(d, ctx);
    if (st == QD_OK) st = find_factors(d, ctx);
    if (st == QD_OK && d->nfactors > 0) st = look(d, ctx);
    if (st == QD_OK) find_sets(s, d);
    return st;
}

qd_status qd_plane_zero(qd_plane_zero_count *z, const qd_net_t net, slong output, const qd_domain *domain, qd_ctx_t ctx)
{
    decision d;
    qd_plane_sets s = {0};
    if (output < 0 || output >= qd_net_output_dim(net))
        return qd_fail(ctx, QD_EINPUT, "output %ld is not there, the network has outputs 0 to %ld", (long) output,
                       (long) qd_net_output_dim(net) - 1);
    qd_status st = qd_plane__check_domain(net, domain, ctx);
    if (st != QD_OK) return st;
    decision_init(&d, net, output, domain, ctx->seed);
    st = decide(&s, &d, ctx);
    if (st == QD_OK) {
        memset(z, 0, sizeof *z);
        for (slong i = 0; i < s.n; i++) ++*(s.label[i] == 0 ? &z->positive : s.label[i] == 1 ? &z->negative : &z->zero);
        qd_plane__boundary(z, d.curves, d.label, 0, 1);
    }
    qd_plane__sets_clear(&s);
    decision_clear(&d);
    return st;
}

qd_status qd_plane_classes(qd_plane_class *classes, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx)
{
    decision d;
    qd_plane_sets s = {0};
    slong outputs = qd_net_output_dim(net);
    if (outputs < 2) return qd_fail(ctx, QD_EINPUT, "the network has one output; expected two or more to compare");
    qd_status st = qd_plane__check_domain(net, domain, ctx);
    if (st != QD_OK) return st;
    decision_init(&d, net, -1, domain, ctx->seed);
    st = decide(&s, &d, ctx);
    if (st == QD_OK) {
        memset(classes, 0, sizeof *classes * (size_t) (outputs + 1));
        for (slong i = 0; i < s.n; i++) {
            classes[s.label[i]].components++;
            classes[s.label[i]].holes += s.holes[i];
        }
    }
    qd_plane__sets_clear(&s);
    decision_clear(&d);
    return st;
}
