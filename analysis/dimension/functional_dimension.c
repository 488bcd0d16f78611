/* Functional dimension. On a region of the line that has no pre-activation identically 0, every entry of a row d output_o / d theta is
   a polynomial in x of degree at most the formal degree D of the output: one factor of a product is differentiated, and
   differentiating with respect to a parameter does not raise its degree. So the rows at any D + 1 points of the region span the
   rows at all of them, and D + 1 points in each region give the rank. A unit with a pre-activation that is not identically
   0 has at most D zeros in a region: one that is 0 at more than D of our points is identically 0 there.

   Values, activity and derivatives are rational; each row is scaled to integers. Their rank modulo a prime is a lower bound at
   any time; with all rows of a line it is proved over Q (src/variety/rational.c). */
#include "dimension/functional_dimension.h"

#include <stdlib.h>
#include <string.h>

#include "spline/spline.h"
#include "variety/variety.h"

/* Beyond this formal degree the regions of a line are not tried. */
#define MOST_DEGREE 4096
/* Entries of the matrix that are kept. */
#define MOST_ENTRIES 20000000.0
#define STEP 4

/* ---- one point ---------------------------------------------------------------------------- */

typedef struct {
    const qd_net_struct *net;
    qd_lowered_t low;
    slong outputs, params;
    fmpq **a, **z, **delta; /* a[l], delta[l]: input of layer l and derivatives by it; z[l] pre-activations */
    slong *offset;          /* number of the first parameter of layer l */
    fmpq *row;              /* length params */
} workspace;

static void workspace_init(workspace *w, const qd_net_t net)
{
    w->net = net;
    qd_lowered_init(w->low);
    qd_net_lower(w->low, net);
    w->outputs = qd_net_output_dim(net);
    w->params = (slong) qd_net_nparams(net);
    w->a = qd_malloc(sizeof *w->a * (size_t) (net->depth + 1));
    w->delta = qd_malloc(sizeof *w->delta * (size_t) (net->depth + 1));
    w->z = qd_malloc(sizeof *w->z * (size_t) net->depth);
    w->offset = qd_malloc(sizeof *w->offset * (size_t) (net->depth + 1));
    w->offset[0] = 0;
    for (slong l = 0; l <= net->depth; l++) {
        slong n = l < net->depth ? net->layer[l].in : w->outputs;
        w->a[l] = _fmpq_vec_init(n);
        w->delta[l] = _fmpq_vec_init(n);
        if (l == net->depth) break;
        w->z[l] = _fmpq_vec_init(net->layer[l].out);
        w->offset[l + 1] = w->offset[l] + (slong) qd_kind_nparams(net->layer[l].kind, net->layer[l].in, net->layer[l].out);
    }
    w->row = _fmpq_vec_init(w->params);
}

static void workspace_clear(workspace *w)
{
    for (slong l = 0; l <= w->net->depth; l++) {
        slong n = l < w->net->depth ? w->net->layer[l].in : w->outputs;
        _fmpq_vec_clear(w->a[l], n);
        _fmpq_vec_clear(w->delta[l], n);
        if (l < w->net->depth) _fmpq_vec_clear(w->z[l], w->net->layer[l].out);
    }
    _fmpq_vec_clear(w->row, w->params);
    qd_lowered_clear(w->low);
    free(w->a);
    free(w->delta);
    free(w->z);
    free(w->offset);
}

static bool switched_on(const qd_layer_struct *layer, const fmpq_t z)
{
    return !qd_activation_switches(layer->act) || fmpq_sgn(z) > 0;
}

static void activate(fmpq_t y, const fmpq_t z, const qd_layer_struct *layer)
{
    if (!qd_activation_switches(layer->act)) fmpq_pow_si(y, z, layer->power);
    else if (switched_on(layer, z)) fmpq_set(y, z);
    else if (layer->act == QD_LEAKY_RELU) fmpq_mul(y, z, layer->slope);
    else if (layer->act == QD_ABS) fmpq_neg(y, z);
    else fmpq_zero(y);
}

/* Multiplies d by the derivative of the activation at z. */
static void activate_derivative(fmpq_t d, const fmpq_t z, const qd_layer_struct *layer)
{
    if (!qd_activation_switches(layer->act)) {
        if (layer->power == 1) return;
        fmpq_t s;
        fmpq_init(s);
        fmpq_pow_si(s, z, layer->power - 1);
        fmpq_mul_si(s, s, layer->power);
        fmpq_mul(d, d, s);
        fmpq_clear(s);
    } else if (switched_on(layer, z)) return;
    else if (layer->act == QD_LEAKY_RELU) fmpq_mul(d, d, layer->slope);
    else if (layer->act == QD_ABS) fmpq_neg(d, d);
    else fmpq_zero(d);
}

/* Values at x. *zeros: how many switching units have pre-activation 0 there; count (or NULL) counts them unit by unit. */
static qd_status forward(workspace *w, slong *zeros, slong *count, const qd_vec_t x, qd_ctx_t ctx)
{
    slong bit = 0;
    qd_status st = qd_lowered_run(NULL, NULL, zeros, w->low, x, ctx); /* refuses numbers that would be too large */
    if (st != QD_OK) return st;
    for (slong j = 0; j < w->net->input_dim; j++) fmpq_set(w->a[0] + j, x->e + j);
    for (slong l = 0; l < w->net->depth; l++) {
        const qd_layer_struct *layer = w->net->layer + l;
        bool switches = qd_activation_switches(layer->act);
        for (slong u = 0; u < layer->out; u++) {
            fmpq *z = w->z[l] + u;
            qd_lowered_eval(z, w->low->layer[l].unit + u, w->a[l], layer->in);
            activate(w->a[l + 1] + u, z, layer);
            if (switches && count != NULL && fmpq_is_zero(z)) count[bit]++;
            bit += switches;
        }
    }
    return QD_OK;
}

/* ---- derivatives of a neuron -------------------------------------------------------------- */

/* The entries of one unit in the parameter with this key, and where their derivatives go; false when the kind has none. */
static bool find(fmpq **value, fmpq **slot, const qd_layer_struct *layer, fmpq *row, slong u, const char *key)
{
    const qd_kind_info *info = qd_kind_get(layer->kind);
    for (int k = 0; k < info->nparams; k++) {
        slong length = (slong) qd_shape_length(info->param[k].shape, layer->in);
        if (strcmp(info->param[k].key, key) == 0) {
            *value = qd_layer_at(layer, k, u, 0);
            *slot = row + u * length;
            return true;
        }
        row += layer->out * length;
    }
    return false;
}

/* The factor w.a + b of key and bias. */
static void factor(fmpq_t s, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const char *key, const char *bias)
{
    fmpq *w, *slot;
    fmpq_zero(s);
    if (find(&w, &slot, layer, row, u, bias)) fmpq_set(s, w);
    if (find(&w, &slot, layer, row, u, key))
        for (slong j = 0; j < layer->in; j++) fmpq_addmul(s, w + j, a + j);
}

/* Part w.a + b of the pre-activation, times c; c includes the derivative by the pre-activation. bias may be missing. */
static void affine_part(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const char *key, const char *bias,
                        const fmpq_t c)
{
    fmpq *w, *slot;
    if (find(&w, &slot, layer, row, u, key))
        for (slong j = 0; j < layer->in; j++) {
            fmpq_mul(slot + j, c, a + j);
            fmpq_addmul(da + j, c, w + j);
        }
    if (find(&w, &slot, layer, row, u, bias)) fmpq_set(slot, c);
}

static void square_part(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const char *key, const fmpq_t c)
{
    fmpq *w, *slot;
    fmpq_t s;
    if (!find(&w, &slot, layer, row, u, key)) return;
    fmpq_init(s);
    for (slong j = 0; j < layer->in; j++) {
        fmpq_mul(s, c, a + j);
        fmpq_mul(slot + j, s, a + j);
        fmpq_addmul(da + j, s, w + j);
        fmpq_addmul(da + j, s, w + j);
    }
    fmpq_clear(s);
}

static void triangle_part(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const fmpq_t c)
{
    fmpq *w, *slot;
    fmpq_t s;
    if (!find(&w, &slot, layer, row, u, "a")) return;
    fmpq_init(s);
    for (slong i = 0, k = 0; i < layer->in; i++)
        for (slong j = i; j < layer->in; j++, k++) {
            fmpq_mul(s, c, a + i);
            fmpq_mul(slot + k, s, a + j);
            fmpq_addmul(da + j, s, w + k);
            fmpq_mul(s, c, a + j);
            fmpq_addmul(da + i, s, w + k);
        }
    fmpq_clear(s);
}

/* c: derivative of the output by this pre-activation. Fills the unit's part of the layer's row, adds to da. */
static void unit_derivatives(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const fmpq_t c)
{
    if (layer->kind == QD_QUADRATIC || layer->kind == QD_PRODUCT || layer->kind == QD_PRODUCT_LINEAR) {
        fmpq_t r, g;
        fmpq_init(r);
        fmpq_init(g);
        factor(r, layer, row, u, a, "wr", "br");
        factor(g, layer, row, u, a, "wg", "bg");
        fmpq_mul(r, r, c);
        fmpq_mul(g, g, c);
        affine_part(da, layer, row, u, a, "wr", "br", g);
        affine_part(da, layer, row, u, a, "wg", "bg", r);
        fmpq_clear(r);
        fmpq_clear(g);
    }
    triangle_part(da, layer, row, u, a, c);
    square_part(da, layer, row, u, a, layer->kind == QD_POWER ? "w" : "wb", c);
    affine_part(da, layer, row, u, a, layer->kind == QD_POWER ? "" : "w", layer->kind == QD_QUADRATIC ? "c" : "b", c);
}

/* w->row = d output_o / d theta at the point of the last forward. */
static void backward(workspace *w, slong o)
{
    const qd_net_struct *net = w->net;
    fmpq_t c;
    fmpq_init(c);
    for (slong i = 0; i < w->params; i++) fmpq_zero(w->row + i);
    for (slong i = 0; i < w->outputs; i++) fmpq_set_si(w->delta[net->depth] + i, i == o, 1);
    for (slong l = net->depth - 1; l >= 0; l--) {
        const qd_layer_struct *layer = net->layer + l;
        for (slong j = 0; j < layer->in; j++) fmpq_zero(w->delta[l] + j);
        for (slong u = 0; u < layer->out; u++) {
            fmpq_set(c, w->delta[l + 1] + u);
            activate_derivative(c, w->z[l] + u, layer);
            if (!fmpq_is_zero(c)) unit_derivatives(w->delta[l], layer, w->row + w->offset[l], u, w->a[l], c);
        }
    }
    fmpq_clear(c);
}

/* Appends the rows of the point of the last forward, scaled to integers. */
static qd_status add_point(qd_rows_t m, workspace *w, qd_ctx_t ctx)
{
    fmpz_t den;
    fmpz *v = _fmpz_vec_init(w->params);
    qd_status st = qd_ctx_budget(ctx);
    fmpz_init(den);
    if (st == QD_OK && (double) (m->nrows + w->outputs) * (double) w->params > MOST_ENTRIES)
        st = qd_fail(ctx, QD_EUNABLE, "the Jacobian has more than the %.3g entries that are tried", MOST_ENTRIES);
    for (slong o = 0; o < w->outputs && st == QD_OK; o++) {
        backward(w, o);
        _fmpq_vec_get_fmpz_vec_fmpz(v, den, w->row, w->params);
        st = qd_rows_add(m, v, ctx);
    }
    fmpz_clear(den);
    _fmpz_vec_clear(v, w->params);
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
static qd_status add_region(functional_result *r, qd_rows_t m, workspace *w, const qd_line_t line, slong i, slong degree, qd_ctx_t ctx)
{
    fmpq_t lo, hi;
    qd_vec_t x;
    slong zeros, found = 0, units = qd_net_nswitching(w->net), *count = qd_calloc((size_t) units + 1, sizeof *count);
    int64_t rejected = 0;
    bool dead = false;
    fmpq_init(lo);
    fmpq_init(hi);
    qd_vec_init(x);
    qd_vec_resize(x, 1);
    qd_status st = qd_line_inner(lo, hi, line, i, STEP, ctx);
    fmpq_sub(hi, hi, lo);
    for (ulong k = 1; st == QD_OK && found <= degree && !dead; k++) {
        dyadic(x->e, k);
        fmpq_mul(x->e, x->e, hi);
        fmpq_add(x->e, x->e, lo);
        if ((st = forward(w, &zeros, count, x, ctx)) != QD_OK) break;
        if (zeros == 0) {
            st = add_point(m, w, ctx);
            found++;
        } else {
            rejected++;
            st = qd_ctx_budget(ctx);
            for (slong u = 0; u < units; u++) dead |= count[u] > degree;
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
    qd_ctx_t own = {*ctx};
    if (ctx->max_seconds > 0) own->max_seconds = 0.5 * (qd_ctx_elapsed(ctx) + ctx->max_seconds);
    qd_status st = qd_line_compute(line, net, &all, own);
    if (st == QD_EUNABLE) qd_fail(ctx, st, "half of the time, or the memory, was used up before all regions were found");
    else if (st != QD_OK) qd_fail(ctx, st, "%s", qd_ctx_message(own));
    return st;
}

static qd_status add_line(functional_result *r, qd_rows_t m, workspace *w, slong degree, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_line_init(line);
    qd_status found = find_regions(line, w->net, ctx), st = QD_OK;
    r->regions = found == QD_OK || (found == QD_EUNABLE && line->impl != NULL) ? qd_line_nregions(line) : 0;
    r->excluded_regions = 0;
    for (slong i = 0; i < r->regions && st == QD_OK; i++) {
        st = add_region(r, m, w, line, i, degree, ctx);
        qd_ctx_progress(ctx, "regions", i + 1, r->regions);
    }
    qd_line_clear(line);
    return found != QD_OK ? found : st;
}

/* Random points of several sizes, twice as many rows as parameters. */
static qd_status add_random(functional_result *r, qd_rows_t m, workspace *w, qd_rng_t rng, qd_ctx_t ctx)
{
    slong n = w->net->input_dim, wanted = 2 * ((w->params + w->outputs - 1) / w->outputs) + 8, zeros;
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
        if ((st = forward(w, &zeros, NULL, x, ctx)) != QD_OK) break;
        if (zeros == 0) {
            st = add_point(m, w, ctx);
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

/* Formal degree of the output. */
static double formal_degree(const workspace *w)
{
    double degree = 1;
    for (slong l = 0; l < w->net->depth; l++) degree *= (double) w->low->layer[l].degree * (double) w->net->layer[l].power;
    return degree;
}

/* All points; the rows of all regions were added when *complete. */
static qd_status add_points(functional_result *r, bool *complete, qd_rows_t m, workspace *w, qd_rng_t rng, qd_ctx_t ctx)
{
    double degree = formal_degree(w);
    bool line = w->net->input_dim == 1 && degree <= MOST_DEGREE;
    qd_status st = line ? add_line(r, m, w, (slong) degree, ctx) : add_random(r, m, w, rng, ctx);
    *complete = line && st == QD_OK;
    if (st == QD_OK && w->net->input_dim == 1 && !line)
        st = qd_fail(ctx, QD_EUNABLE, "the output has formal degree %.3g; beyond %d only random points are tried", degree, MOST_DEGREE);
    return st;
}

/* st: how the points ended. Whatever was added counts. */
static qd_status decide(functional_result *r, qd_rows_t m, bool complete, qd_status st, qd_ctx_t ctx)
{
    qd_truth proved = QD_UNKNOWN;
    qd_status last = qd_rows_rank(&r->dimension, m, ctx);
    if (last == QD_OK && complete) last = qd_rows_prove(&proved, m, ctx);
    if (proved == QD_TRUE || r->dimension == r->parameters) r->label = QD_EXACT;
    return r->label == QD_EXACT && st == QD_EUNABLE ? QD_OK : st != QD_OK ? st : last;
}

qd_status functional_dimension(functional_result *r, const qd_net_t net, qd_ctx_t ctx)
{
    workspace w;
    qd_rng_t rng;
    qd_rows_t m;
    bool complete = false;
    *r = (functional_result){.label = QD_LOWER_BOUND, .parameters = qd_net_nparams(net), .regions = -1, .excluded_regions = -1};
    if ((double) r->parameters > MOST_ENTRIES)
        return qd_fail(ctx, QD_EUNABLE, "the network has %.3g parameters, more than the %.3g that are tried", (double) r->parameters,
                       MOST_ENTRIES);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(31, 0, 0));
    workspace_init(&w, net);
    qd_rows_init(m, w.params, rng);
    qd_status st = add_points(r, &complete, m, &w, rng, ctx);
    if (st == QD_OK || st == QD_EUNABLE) st = decide(r, m, complete, st, ctx);
    qd_rows_clear(m);
    workspace_clear(&w);
    return st;
}
