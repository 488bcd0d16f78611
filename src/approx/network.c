/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network within the tolerance: a spline that is (upper.c), then theorem 1. That the network equals the spline is verified by the general
   engine, which knows nothing of the construction; so its error is the spline's.

   Quadratic units give pieces of degree 2, or of higher degree in more layers: few long pieces against cheap short ones. Which is less depends on
   the target, so every degree that the layers allow is tried. */
#include "approx/approx.h"

#include <assert.h>
#include <string.h>

void qd_approx_report_init(qd_approx_report_t r)
{
    memset(r, 0, sizeof *r);
    qd_enclosure_init(r->error);
}

void qd_approx_report_clear(qd_approx_report_t r)
{
    qd_enclosure_clear(r->error);
}

/* ---- conventional units ------------------------------------------------------------------ */

/* The same network with conventional units: those of a spline of degree 1 are affine before the relu, products with a constant. */
static void make_conventional(qd_net_t net, const qd_net_t from)
{
    qd_lowered_t low;
    qd_net_t t;
    qd_lowered_init(low);
    qd_net_init(t);
    qd_net_lower(low, from);
    for (slong l = 0; l < low->depth; l++) {
        const qd_lowered_layer *layer = low->layer + l;
        qd_activation act = l + 1 < low->depth ? QD_RELU : QD_IDENTITY;
        qd_layer_struct *to = qd_net_add_layer(t, qd_neuron_make(QD_LINEAR, act), layer->in, layer->out);
        int w = qd_layer_param(to, "w"), b = qd_layer_param(to, "b");
        for (slong u = 0; u < layer->out; u++) {
            const qd_lowered_unit *unit = layer->unit + u;
            assert(unit->r == NULL && unit->nterms == 0);
            for (slong k = 0; k < unit->nw; k++) fmpq_set(qd_layer_at(to, w, u, unit->at != NULL ? unit->at[k] : k), unit->w + k);
            fmpq_set(qd_layer_at(to, b, u, 0), unit->b);
        }
    }
    qd_net_swap(net, t);
    qd_net_clear(t);
    qd_lowered_clear(low);
}

/* ---- one degree -------------------------------------------------------------------------- */

static void swap_reports(qd_approx_report_t a, qd_approx_report_t b)
{
    qd_approx_report_struct t = *a;
    *a = *b;
    *b = t;
}

/* The network of the best spline s of the degree, and what is known of it but for the lower bounds. */
static qd_status of_degree(qd_net_t net, qd_spline_t s, qd_approx_report_t r, qd_approx_target_t f, const fmpq_t eps, qd_kind kind,
                           slong degree, qd_ctx_t ctx)
{
    qd_construct_report made;
    qd_status st = qd_approx_upper(s, r->error, f, degree, eps, ctx);
    if (st == QD_OK) st = qd_construct(net, &made, s, ctx);
    if (st == QD_OK) {
        if (kind == QD_LINEAR) make_conventional(net, net);
        r->kind = kind;
        r->depth = made.depth;
        r->degree = made.degree;
        r->pieces = made.nbreaks + 1;
        r->units = made.units;
        r->parameters = (slong) qd_net_nparams(net);
    }
    return st;
}

/* Takes the network of the degree over when it has no more than `depth` hidden layers and fewer parameters than the one before. A degree above 2
   may be beyond the search in doubles: then it does without. */
static qd_status try_degree(qd_net_t net, qd_spline_t s, qd_approx_report_t best, qd_approx_target_t f, const fmpq_t eps, slong degree,
                            slong depth, qd_ctx_t ctx)
{
    qd_net_t t;
    qd_spline_t u;
    qd_approx_report_t r;
    qd_net_init(t);
    qd_spline_init(u);
    qd_approx_report_init(r);
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_status st = of_degree(t, u, r, f, eps, QD_QUADRATIC, degree, own);
    bool beyond = st == QD_EUNABLE && degree > 2 && qd_ctx_budget(ctx) == QD_OK;
    if (st == QD_OK && r->depth <= depth && (best->parameters == 0 || r->parameters < best->parameters)) {
        qd_net_swap(net, t);
        qd_spline_swap(s, u);
        swap_reports(best, r);
    }
    qd_net_clear(t);
    qd_spline_clear(u);
    qd_approx_report_clear(r);
    return beyond ? QD_OK : qd_ctx_pass(ctx, st, own);
}

/* ---- the answer -------------------------------------------------------------------------- */

/* What every network of the kind with at most `depth` hidden layers has at least: in l layers pieces have degree 2^l or less. */
static qd_status set_least(qd_approx_report_t r, const qd_approx_target_t f, const fmpq_t eps, qd_kind kind, slong depth, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (slong l = 1; l <= depth && st == QD_OK; l++) {
        qd_approx_lower_t lower;
        qd_approx_lower_init(lower);
        st = qd_approx_lower(lower, f, kind == QD_LINEAR ? 1 : WORD(1) << l, eps, ctx);
        slong pieces = lower->m + 1;
        slong units = kind == QD_LINEAR ? qd_approx_units_conventional(pieces) : qd_approx_units_quadratic(pieces, l);
        r->least_pieces = pieces; /* the fewest: the degree is the highest */
        if (l == 1 || units < r->least_units) r->least_units = units;
        qd_approx_lower_clear(lower);
    }
    return st;
}

static qd_status verify(const qd_net_t net, const qd_spline_t s, qd_ctx_t ctx)
{
    qd_buf_t why;
    qd_buf_init(why);
    qd_status st = qd_ctx_budget(ctx);
    if (st == QD_OK && qd_spline_verify(why, net, s, ctx) != QD_TRUE)
        st = qd_fail(ctx, QD_EUNABLE, "the network was not verified: %s", qd_buf_str(why));
    qd_buf_clear(why);
    return st;
}

qd_status qd_approx_network(qd_net_t net, qd_approx_report_t report, qd_approx_target_t f, const fmpq_t eps, qd_kind kind, slong depth,
                            qd_ctx_t ctx)
{
    qd_net_t t;
    qd_spline_t s;
    qd_approx_report_t r;
    slong most = kind == QD_LINEAR ? 1 : QD_APPROX_MAX_DEPTH;
    if (depth < 1 || depth > most) return qd_fail(ctx, QD_EINPUT, "the depth is %ld, expected 1 to %ld", (long) depth, (long) most);
    qd_status st = qd_approx_check_tolerance(f, eps, ctx);
    if (st != QD_OK) return st;
    qd_net_init(t);
    qd_spline_init(s);
    qd_approx_report_init(r);
    if (kind == QD_LINEAR) st = of_degree(t, s, r, f, eps, kind, 1, ctx);
    for (slong d = 2; kind == QD_QUADRATIC && st == QD_OK && d <= WORD(1) << depth; d++) st = try_degree(t, s, r, f, eps, d, depth, ctx);
    if (st == QD_OK) st = verify(t, s, ctx);
    if (st == QD_OK) st = set_least(r, f, eps, kind, depth, ctx);
    if (st == QD_OK) {
        qd_net_swap(net, t);
        swap_reports(report, r);
    }
    qd_net_clear(t);
    qd_spline_clear(s);
    qd_approx_report_clear(r);
    return st;
}
