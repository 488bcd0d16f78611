/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1.0: a random network is what the engine says it is. */
#include "verify/verify.h"

/* Formal degrees up to this keep a case in the milliseconds. */
#define MOST_DEGREE 16

static void fill(qd_layer_struct *layer, qd_rng_t rng)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    for (int k = 0; k < info->nparams; k++)
        for (slong i = 0; i < layer->out * qd_shape_length(info->param[k].shape, layer->in); i++) {
            fmpq_set_si(layer->param[k] + i, qd_rng_range(rng, -8, 8), 1 + qd_rng_below(rng, 8));
            fmpq_canonicalise(layer->param[k] + i);
        }
}

/* *degree: the product bound of T1.0. */
static void random_net(qd_net_t net, slong *degree, qd_rng_t rng)
{
    static const qd_activation acts[] = {QD_RELU, QD_RELU, QD_RELU, QD_LEAKY_RELU, QD_ABS, QD_IDENTITY, QD_SQUARE};
    slong in = 1, depth = 1 + (slong) qd_rng_below(rng, 3);
    *degree = 1;
    for (slong l = 0; l < depth; l++) {
        qd_kind kind = qd_rng_below(rng, 2) ? QD_QUADRATIC : (qd_kind) qd_rng_below(rng, QD_KINDS);
        qd_activation act = acts[qd_rng_below(rng, sizeof acts / sizeof *acts)];
        if (act == QD_SQUARE && *degree * qd_kind_get(kind)->degree * 2 > MOST_DEGREE) act = QD_RELU;
        slong out = 1 + (slong) qd_rng_below(rng, 4);
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(kind, act), in, out);
        if (act == QD_LEAKY_RELU) fmpq_set_si(layer->slope, 1, 1 + qd_rng_below(rng, 100));
        fill(layer, rng);
        *degree *= qd_kind_get(kind)->degree * layer->neuron.power;
        in = out;
    }
    fill(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), in, 1 + (slong) qd_rng_below(rng, 2)), rng);
}

static bool equal_at(const qd_net_t net, const fmpq_poly_struct *p, const fmpq_t x, qd_ctx_t ctx)
{
    qd_vec_t point, y;
    fmpq_t v;
    qd_vec_init(point);
    qd_vec_init(y);
    fmpq_init(v);
    qd_vec_resize(point, 1);
    fmpq_set(point->e, x);
    bool equal = qd_net_eval(y, NULL, net, point, ctx) == QD_OK;
    for (slong o = 0; o < y->n && equal; o++) {
        fmpq_poly_evaluate_fmpq(v, p + o, x);
        equal = fmpq_equal(v, y->e + o);
    }
    qd_vec_clear(point);
    qd_vec_clear(y);
    fmpq_clear(v);
    return equal;
}

/* Network and polynomial have degree at most D on a region, so agreement at D + 1 points is equality, provided that the region is
   one. D + 1 points on either half: where the engine overlooked a breakpoint inside (lo, hi), no polynomial agrees on both sides. One
   outside of it would have to keep the junctions continuous; that no breakpoint is missing is for the tests, against the oracle. */
static bool region_agrees(const qd_net_t net, qd_line_t line, slong i, slong degree, qd_ctx_t ctx)
{
    slong n = qd_line_outputs(line);
    fmpq_poly_struct *p = flint_malloc(sizeof *p * (size_t) n);
    fmpq_t lo, hi, x, h;
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_init(x);
    fmpq_init(h);
    for (slong o = 0; o < n; o++) fmpq_poly_init(p + o);
    bool agree = qd_line_inner(lo, hi, line, i, 1000, ctx) == QD_OK && qd_line_poly(p, line, i, ctx) == QD_OK;
    fmpq_sub(h, hi, lo);
    fmpq_set_si(x, 1, (ulong) (2 * degree + 3));
    fmpq_mul(h, h, x);
    for (slong o = 0; o < n && agree; o++) agree = fmpq_poly_degree(p + o) <= degree;
    fmpq_set(x, lo);
    for (slong k = 0; k < 2 * degree + 2 && agree; k++) {
        fmpq_add(x, x, h);
        agree = equal_at(net, p, x, ctx);
    }
    for (slong o = 0; o < n; o++) fmpq_poly_clear(p + o);
    flint_free(p);
    fmpq_clear(lo);
    fmpq_clear(hi);
    fmpq_clear(x);
    fmpq_clear(h);
    return agree;
}

static qd_truth check(qd_buf_t why, const qd_net_t net, slong degree, qd_ctx_t ctx)
{
    qd_truth truth = QD_UNKNOWN;
    qd_line_t line;
    qd_domain whole = {0};
    qd_line_init(line);
    if (qd_line_compute(line, net, &whole, ctx) != QD_OK) {
        qd_buf_puts(why, qd_ctx_message(ctx));
        goto done;
    }
    truth = QD_TRUE;
    if (qd_line_count(line).max_degree > degree) truth = QD_FALSE;
    for (slong i = 0; i < qd_line_nbreaks(line) && truth == QD_TRUE; i++) {
        slong k;
        if (qd_line_smoothness(&k, line, i, ctx) != QD_OK) truth = QD_UNKNOWN;
        else if (k < 0) truth = QD_FALSE;
    }
    for (slong i = 0; i < qd_line_nregions(line) && truth == QD_TRUE; i++)
        if (!region_agrees(net, line, i, degree, ctx)) truth = qd_ctx_budget(ctx) == QD_OK ? QD_FALSE : QD_UNKNOWN;
    if (truth != QD_TRUE) {
        qd_buf_puts(why, "a degree, a junction or a value disagrees; the network: ");
        qd_net_print(why, net);
    }
done:
    qd_line_clear(line);
    return truth;
}

qd_truth verify_t10(qd_buf_t why, int64_t index, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_rng_t rng;
    slong degree;
    qd_net_init(net);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(10, (uint64_t) index, 0));
    random_net(net, &degree, rng);
    qd_truth truth = check(why, net, degree, ctx);
    qd_net_clear(net);
    return truth;
}
