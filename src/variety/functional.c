/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functional dimension. On a region of the line that has no pre-activation identically 0, every entry of a row d output_o / d theta is
   a polynomial in x of degree at most D, see functional_degree.c. So the rows at any D + 1 points of the region span the
   rows at all of them, and D + 1 points in each region give the rank. A unit with a pre-activation that is not identically
   0 has at most as many zeros in a region as its degree: one that is 0 at more of our points is identically 0 there.

   From above. Whatever finitely many points are taken, none of them with a pre-activation that is 0, the patterns there do not change when
   the parameters are moved a little, and the rank does not fall: it is at most that at generic parameters, so at most the parameters
   less the generic orbits of the symmetries. Without switching units rows are polynomials of degree D everywhere.

   Values, activity and derivatives are rational; each row is scaled to integers. Their rank modulo a prime is a lower bound at
   any time; with all rows of a line it is proved over Q (rank/rational.c). */
#include <math.h>
#include <stdlib.h>

#include "line/line.h"
#include "variety/impl.h"

/* Beyond this degree the regions of a line are not tried. */
#define MOST_DEGREE 4096
/* Entries of the matrix that are kept. */
#define MOST_ENTRIES 20000000.0
#define STEP 4

qd_status qd_variety__add_point(qd_rows_t m, qd_gradient_t g, qd_ctx_t ctx)
{
    fmpz_t den;
    fmpq *row = _fmpq_vec_init(g->params);
    fmpz *v = _fmpz_vec_init(g->params);
    qd_status st = qd_ctx_budget(ctx);
    fmpz_init(den);
    if (st == QD_OK && (double) (m->nrows + g->outputs) * (double) g->params > MOST_ENTRIES)
        st = qd_fail(ctx, QD_EUNABLE, "the Jacobian has more than the %.3g entries that are tried", MOST_ENTRIES);
    for (slong o = 0; o < g->outputs && st == QD_OK; o++) {
        qd_gradient_row(row, g, o);
        _fmpq_vec_get_fmpz_vec_fmpz(v, den, row, g->params);
        st = qd_rows_add(m, v, ctx);
    }
    fmpz_clear(den);
    _fmpq_vec_clear(row, g->params);
    _fmpz_vec_clear(v, g->params);
    return st;
}

/* ---- points ------------------------------------------------------------------------------- */

/* The k-th of 1/2, 1/4, 3/4, 1/8, 5/8, 3/8, ...: all different, dense in (0, 1). k >= 1 */
static void dyadic(fmpq_t t, ulong k)
{
    ulong n = 0, d = 1;
    for (; k > 0; k >>= 1, d <<= 1) n = 2 * n + (k & 1);
    fmpq_set_si(t, (slong) n, d);
    fmpq_canonicalise(t);
}

/* D + 1 points of a region, or none where a pre-activation is identically 0. */
static qd_status add_region(qd_functional *r, qd_rows_t m, qd_gradient_t g, qd_line_t line, slong i, qd_variety_degrees degree,
                            qd_ctx_t ctx)
{
    fmpq_t lo, hi;
    qd_vec_t x;
    slong zeros, found = 0, units = qd_net_nswitching(g->net), *count = qd_calloc((size_t) units + 1, sizeof *count);
    int64_t rejected = 0;
    bool dead = false;
    fmpq_init(lo);
    fmpq_init(hi);
    qd_vec_init(x);
    qd_vec_resize(x, 1);
    qd_status st = qd_line_inner(lo, hi, line, i, STEP, ctx);
    fmpq_sub(hi, hi, lo);
    for (ulong k = 1; st == QD_OK && (double) found <= degree.row && !dead; k++) {
        dyadic(x->e, k);
        fmpq_mul(x->e, x->e, hi);
        fmpq_add(x->e, x->e, lo);
        if ((st = qd_gradient_point(&zeros, count, g, x, ctx)) != QD_OK) break;
        if (zeros == 0) {
            st = qd_variety__add_point(m, g, ctx);
            found++;
        } else {
            rejected++;
            st = qd_ctx_budget(ctx);
            for (slong u = 0; u < units; u++) dead |= (double) count[u] > degree.unit;
        }
    }
    if (dead) r->excluded_regions++; /* every point was rejected */
    else {
        r->points += found;
        r->excluded_points += rejected;
    }
    fmpq_clear(lo);
    fmpq_clear(hi);
    qd_vec_clear(x);
    free(count);
    return st;
}

/* The regions, in at most half of the time that is left; QD_EUNABLE: line holds those that were finished. */
static qd_status find_regions(qd_line_t line, const qd_net_t net, qd_ctx_t ctx)
{
    qd_domain all = {0};
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    if (ctx->max_seconds > 0) own->max_seconds = 0.5 * (qd_ctx_elapsed(ctx) + ctx->max_seconds);
    qd_status st = qd_line_compute(line, net, &all, own);
    if (st == QD_EUNABLE) return qd_fail(ctx, st, "half of the time, or the memory, was used up before all regions were found");
    return qd_ctx_pass(ctx, st, own);
}

static qd_status add_line(qd_functional *r, qd_rows_t m, qd_gradient_t g, qd_variety_degrees degree, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_line_init(line);
    qd_status found = find_regions(line, g->net, ctx), st = QD_OK;
    r->regions = found == QD_OK || (found == QD_EUNABLE && line->impl != NULL) ? qd_line_nregions(line) : 0;
    r->excluded_regions = 0;
    for (slong i = 0; i < r->regions && st == QD_OK; i++) {
        st = add_region(r, m, g, line, i, degree, ctx);
        qd_ctx_progress(ctx, "regions", i + 1, r->regions);
    }
    qd_line_clear(line);
    return found != QD_OK ? found : st;
}

/* Random points of several sizes, twice as many rows as parameters. */
static qd_status add_random(qd_functional *r, qd_rows_t m, qd_gradient_t g, qd_rng_t rng, qd_ctx_t ctx)
{
    slong n = g->net->input_dim, wanted = 2 * ((g->params + g->outputs - 1) / g->outputs) + 8, zeros;
    qd_vec_t x;
    qd_status st = QD_OK;
    qd_vec_init(x);
    qd_vec_resize(x, n);
    for (slong k = 0; k < 4 * wanted && r->points < wanted && st == QD_OK; k++) {
        slong size = WORD(16) << qd_rng_below(rng, 9);
        for (slong j = 0; j < n; j++) {
            fmpq_set_si(x->e + j, qd_rng_range(rng, -size, size), 64);
            fmpq_canonicalise(x->e + j);
        }
        if ((st = qd_gradient_point(&zeros, NULL, g, x, ctx)) != QD_OK) break;
        if (zeros == 0) {
            st = qd_variety__add_point(m, g, ctx);
            r->points++;
        } else {
            st = qd_ctx_budget(ctx);
            r->excluded_points++;
        }
        qd_ctx_progress(ctx, "points", r->points, wanted);
    }
    qd_vec_clear(x);
    return st;
}

/* All points; the rows of all regions were added when *complete. */
static qd_status add_points(qd_functional *r, bool *complete, qd_rows_t m, qd_gradient_t g, qd_variety_degrees degree, qd_rng_t rng,
                            qd_ctx_t ctx)
{
    bool line = g->net->input_dim == 1 && degree.row <= MOST_DEGREE && degree.unit <= MOST_DEGREE;
    qd_status st = QD_OK;
    *complete = false;
    if (line) {
        st = add_line(r, m, g, degree, ctx);
        *complete = st == QD_OK;
    } else if (g->net->input_dim > 1) {
        st = qd_variety__add_regions(r, complete, m, g, degree, MOST_ENTRIES, ctx);
        if (st == QD_OK && !*complete) st = qd_variety__add_found(r, m, g, rng, ctx);
    }
    if (!line && !*complete && st == QD_OK) st = add_random(r, m, g, rng, ctx);
    if (st == QD_OK && g->net->input_dim == 1 && !line)
        st = qd_fail(ctx, QD_EUNABLE, "the rows have degree %.3g; beyond %d only random points are tried", fmax(degree.row, degree.unit),
                     MOST_DEGREE);
    return st;
}

/* One region: rows are in the space of polynomials of their degree, in each output. */
static void bound_by_degree(qd_functional *r, const qd_gradient_t g, double degree)
{
    double most = (double) g->outputs;
    for (slong k = 1; k <= g->net->input_dim && most < (double) r->upper; k++) most = most * (degree + (double) k) / (double) k;
    if (most < (double) r->upper) r->upper = (int64_t) (most + 0.5);
}

/* st: how the points ended. Whatever was added counts. */
static qd_status decide(qd_functional *r, qd_rows_t m, bool complete, qd_status st, qd_ctx_t ctx)
{
    qd_truth proved = QD_UNKNOWN;
    qd_status last = qd_rows_rank(&r->dimension, m, ctx);
    if (last == QD_OK && complete && r->dimension < r->upper) last = qd_rows_prove(&proved, m, ctx);
    if (proved == QD_TRUE || r->dimension == r->upper) r->label = QD_EXACT;
    return r->label == QD_EXACT && st == QD_EUNABLE ? QD_OK : st != QD_OK ? st : last;
}

qd_status qd_variety_functional(qd_functional *r, const qd_net_t net, qd_ctx_t ctx)
{
    qd_gradient_t g;
    qd_rng_t rng;
    qd_rows_t m;
    bool complete = false;
    *r = (qd_functional){.label = QD_LOWER_BOUND, .parameters = qd_net_nparams(net), .regions = -1, .excluded_regions = -1};
    r->upper = r->parameters - qd_variety_functional_symmetries(net);
    if ((double) r->parameters > MOST_ENTRIES)
        return qd_fail(ctx, QD_EUNABLE, "the network has %.3g parameters, more than the %.3g that are tried", (double) r->parameters,
                       MOST_ENTRIES);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(31, 0, 0));
    qd_gradient_init(g, net);
    qd_rows_init(m, g->params, rng);
    qd_variety_degrees degree = qd_variety__degrees(g);
    if (qd_net_nswitching(net) == 0) bound_by_degree(r, g, degree.row);
    qd_status st = add_points(r, &complete, m, g, degree, rng, ctx);
    if (st == QD_OK || st == QD_EUNABLE) st = decide(r, m, complete, st, ctx);
    qd_rows_clear(m);
    qd_gradient_clear(g);
    return st;
}

int64_t qd_variety_functional_symmetries(const qd_net_t net)
{
    int64_t sum = 0;
    for (slong l = 0; l < net->depth - 1; l++) {
        int64_t width[2] = {net->layer[l].in, net->layer[l].out};
        sum += width[1];
        if (net->layer[l].sparse != NULL) continue; /* its entries are the coefficients */
        qd_arch layer = {1, width, qd_neuron_make(net->layer[l].neuron.kind, QD_IDENTITY), true, true};
        sum += qd_variety_orbit(&layer);
    }
    return sum;
}
