/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1.4: what conventional networks cannot do.

   (a) A conventional relu network has degree <= 1 on every piece; x_+^2, a quadratic network with one unit, has a piece of degree 2. On
       [a, a + h] a line l misses x^2 by at least h^2/8: with e = x^2 - l,
           e(a) - 2 e(a + h/2) + e(a + h) = h^2/2   (the line drops out), so max |e| >= h^2/8.
       A function with p linear pieces on [0,1] has one of length h >= 1/p, hence error >= 1/(8p^2); the chords through k/p,
       lowered by 1/(8p^2), reach it.
   (b) A conventional network with square activation is one polynomial; x_+^2 is not.
   (c), that the quadratic neuron contains both, is in verify_embedding.c. */
#include "cli/text.h"
#include "verify/verify.h"

/* ---- random networks ------------------------------------------------------------------------- */

static void random_net(qd_net_t net, qd_activation act, int64_t index, uint64_t stream, qd_ctx_t ctx)
{
    int64_t width[5];
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(stream, (uint64_t) index, 1));
    slong depth = 1 + (slong) qd_rng_below(rng, 3);
    width[0] = width[depth + 1] = 1;
    for (slong l = 1; l <= depth; l++) width[l] = 1 + (int64_t) qd_rng_below(rng, 5);
    qd_arch arch = {depth + 1, width, qd_neuron_make(QD_LINEAR, act), false, true};
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 8, 4}, ctx->seed, qd_rng_stream(stream, (uint64_t) index, 2));
}

static qd_status count(qd_count *c, const qd_net_t net, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_domain whole = {0};
    qd_line_init(line);
    qd_status st = qd_line_compute(line, net, &whole, ctx);
    if (st == QD_OK) *c = qd_line_count(line);
    qd_line_clear(line);
    return st;
}

/* ---- (a) ------------------------------------------------------------------------------------- */

/* The conventional network with p pieces on [0,1] whose knots are k/p and whose values there are (k/p)^2 - 1/(8p^2): slopes (2k+1)/p. */
static void best_fit(qd_net_t net, slong p)
{
    qd_layer_struct *hidden = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 1, p);
    for (slong k = 0; k < p; k++) {
        fmpq_one(qd_layer_at(hidden, 0, k, 0));
        fmpq_set_si(qd_layer_at(hidden, 1, k, 0), -k, (ulong) p);
        fmpq_canonicalise(qd_layer_at(hidden, 1, k, 0));
    }
    qd_layer_struct *readout = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), p, 1);
    for (slong k = 0; k < p; k++) {
        fmpq_set_si(qd_layer_at(readout, 0, 0, k), k == 0 ? 1 : 2, (ulong) p);
        fmpq_canonicalise(qd_layer_at(readout, 0, 0, k));
    }
    fmpq_set_si(readout->param[1], -1, (ulong) (8 * p * p));
}

/* error = max(error, |x^2 - l(x)|) */
static void raise_error(fmpq_t error, const fmpq_poly_t l, const fmpq_t x)
{
    fmpq_t e;
    fmpq_init(e);
    fmpq_poly_evaluate_fmpq(e, l, x);
    fmpq_neg(e, e);
    fmpq_addmul(e, x, x);
    fmpq_abs(e, e);
    if (fmpq_cmp(e, error) > 0) fmpq_swap(e, error);
    fmpq_clear(e);
}

/* Largest |x^2 - s| on the interval of a spline of degree <= 1 with rational breakpoints: at the ends of the pieces and where the
   derivative 2x - slope vanishes. */
static void sup_error(fmpq_t error, const qd_spline_t s)
{
    fmpq_t x, slope;
    fmpq_init(x);
    fmpq_init(slope);
    fmpq_zero(error);
    for (slong i = 0; i <= s->nbreaks; i++) {
        const fmpq *a = i == 0 ? s->lo : s->at[i - 1].lo, *b = i == s->nbreaks ? s->hi : s->at[i].lo;
        const fmpq_poly_struct *l = qd_spline_poly(s, i, 0);
        raise_error(error, l, a);
        raise_error(error, l, b);
        fmpq_poly_get_coeff_fmpq(slope, l, 1);
        fmpq_div_2exp(x, slope, 1);
        if (fmpq_cmp(x, a) > 0 && fmpq_cmp(x, b) < 0) raise_error(error, l, x);
    }
    fmpq_clear(x);
    fmpq_clear(slope);
}

/* e(a) - 2 e(a + h/2) + e(a + h) - h^2/2 for e = x^2 - m x - c has degree at most 2 in each of a, h, m, c; zero on a 3^4 grid is
   zero. */
static bool second_difference_identity(void)
{
    for (slong k = 0; k < 81; k++) {
        slong a = k % 3, h = 2 * (k / 3 % 3), m = k / 9 % 3, c = k / 27, half = a + h / 2, end = a + h;
        slong e0 = a * a - m * a - c, e1 = half * half - m * half - c, e2 = end * end - m * end - c;
        if (2 * (e0 - 2 * e1 + e2) != h * h) return false;
    }
    return true;
}

/* Network -> spline on [0,1] -> number of pieces and error of approximating x^2. */
static qd_status fit_error(fmpq_t error, slong *pieces, const qd_net_t net, qd_ctx_t ctx)
{
    fmpq_t zero, one;
    qd_line_t line;
    qd_spline_t s;
    fmpq_init(zero);
    fmpq_init(one);
    fmpq_one(one);
    qd_line_init(line);
    qd_spline_init(s);
    qd_domain d = {.lo = zero, .hi = one};
    qd_status st = qd_line_compute(line, net, &d, ctx);
    if (st == QD_OK) st = qd_spline_set_line(s, line, ctx);
    if (st == QD_OK) {
        *pieces = s->nbreaks + 1;
        sup_error(error, s);
    }
    qd_line_clear(line);
    qd_spline_clear(s);
    fmpq_clear(zero);
    fmpq_clear(one);
    return st;
}

static bool fit_is_best(slong p, qd_ctx_t ctx, qd_status *st)
{
    qd_net_t net;
    fmpq_t error, want;
    slong pieces;
    qd_net_init(net);
    fmpq_init(error);
    fmpq_init(want);
    best_fit(net, p);
    fmpq_set_si(want, 1, (ulong) (8 * p * p));
    *st = fit_error(error, &pieces, net, ctx);
    bool good = *st == QD_OK && pieces == p && fmpq_equal(error, want);
    qd_net_clear(net);
    fmpq_clear(error);
    fmpq_clear(want);
    return good;
}

/* No random conventional network does better than its number of pieces allows. */
static bool nothing_beats_it(const qd_net_t net, qd_ctx_t ctx, qd_status *st)
{
    fmpq_t error, least;
    slong pieces = 1;
    fmpq_init(error);
    fmpq_init(least);
    *st = fit_error(error, &pieces, net, ctx);
    fmpq_set_si(least, 1, (ulong) (8 * pieces * pieces));
    bool good = *st == QD_OK && fmpq_cmp(error, least) >= 0;
    fmpq_clear(error);
    fmpq_clear(least);
    return good;
}

/* x_+^2, a network with a piece of degree 2. */
static void square_of_relu(qd_net_t net)
{
    qd_layer_struct *relu = qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_RELU), 1, 1);
    fmpq_one(qd_layer_at(relu, qd_layer_param(relu, "wr"), 0, 0));
    fmpq_one(qd_layer_at(relu, qd_layer_param(relu, "bg"), 0, 0));
    qd_layer_struct *square = qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_IDENTITY), 1, 1);
    fmpq_one(qd_layer_at(square, qd_layer_param(square, "wb"), 0, 0));
}

static bool witness_has_degree_2(qd_ctx_t ctx, qd_status *st)
{
    qd_net_t net;
    qd_count c = {QD_EXACT, 0, 0, 0, 0};
    qd_net_init(net);
    square_of_relu(net);
    *st = count(&c, net, ctx);
    qd_net_clear(net);
    return *st == QD_OK && c.max_degree == 2 && c.pieces == 2;
}

/* "p_0 for x < t_1, p_1 for x > t_1" of a network with one breakpoint, as the engine sees it. */
static qd_status describe(qd_buf_t out, const qd_net_t net, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_spline_t s;
    qd_domain whole = {0};
    qd_line_init(line);
    qd_spline_init(s);
    qd_status st = qd_line_compute(line, net, &whole, ctx);
    if (st == QD_OK) st = qd_spline_set_line(s, line, ctx);
    if (st == QD_OK && s->nbreaks == 1) {
        text_poly(out, qd_spline_poly(s, 0, 0), "x");
        qd_buf_puts(out, " for x < ");
        text_alg(out, s->at, "x");
        qd_buf_puts(out, ", ");
        text_poly(out, qd_spline_poly(s, 1, 0), "x");
        qd_buf_puts(out, " for x > ");
        text_alg(out, s->at, "x");
    }
    qd_spline_clear(s);
    qd_line_clear(line);
    return st;
}

qd_status verify_t14a_witness(qd_buf_t out, qd_ctx_t ctx)
{
    qd_net_t net;
    fmpq_t error;
    slong pieces;
    qd_net_init(net);
    fmpq_init(error);
    square_of_relu(net);
    qd_buf_puts(out, "the quadratic network ");
    qd_status st = describe(out, net, ctx);
    qd_buf_puts(out, ", a piece of degree 2; error of the best linear pieces for x^2 on [0,1]:");
    for (slong p = 1; p <= 4 && st == QD_OK; p++) {
        qd_net_clear(net);
        best_fit(net, p);
        st = fit_error(error, &pieces, net, ctx);
        qd_buf_printf(out, "%s p = %ld ", p > 1 ? "," : "", (long) pieces);
        qd_rat_print(out, error);
    }
    fmpq_clear(error);
    qd_net_clear(net);
    return st;
}

qd_status verify_t14b_witness(qd_buf_t out, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_net_init(net);
    square_of_relu(net);
    qd_buf_puts(out, "the quadratic network ");
    qd_status st = describe(out, net, ctx);
    qd_buf_puts(out, ", a breakpoint at which the polynomial changes");
    qd_net_clear(net);
    return st;
}

qd_truth verify_t14a(qd_buf_t why, int64_t index, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_count c;
    slong p = 1 + (slong) (index % 40);
    qd_net_init(net);
    random_net(net, QD_RELU, index, 0x14a, ctx);
    qd_status st = count(&c, net, ctx), more = QD_OK;
    bool good = st == QD_OK && c.max_degree <= 1;
    if (!good && st == QD_OK) qd_buf_puts(why, "a conventional relu network has a piece of degree above 1");
    if (good && !(good = witness_has_degree_2(ctx, &more))) qd_buf_puts(why, "the witness x_+^2 has no piece of degree 2");
    if (good && !(good = second_difference_identity())) qd_buf_puts(why, "the second difference identity does not hold");
    if (good && !(good = fit_is_best(p, ctx, &more)))
        qd_buf_printf(why, "the fit of x^2 by %ld linear pieces does not have error 1/(8p^2)", (long) p);
    if (good && !(good = nothing_beats_it(net, ctx, &more))) qd_buf_puts(why, "a linear spline is closer to x^2 than 1/(8p^2)");
    qd_net_clear(net);
    return good ? QD_TRUE : st == QD_EUNABLE || more == QD_EUNABLE ? QD_UNKNOWN : QD_FALSE;
}

/* ---- (b) ------------------------------------------------------------------------------------- */

qd_truth verify_t14b(qd_buf_t why, int64_t index, qd_ctx_t ctx)
{
    qd_net_t net, kink;
    qd_count c = {QD_EXACT, 0, 0, 0, 0}, k = c;
    qd_net_init(net);
    qd_net_init(kink);
    random_net(net, QD_SQUARE, index, 0x14b, ctx);
    square_of_relu(kink);
    qd_status st = count(&c, net, ctx);
    if (st == QD_OK) st = count(&k, kink, ctx);
    bool good = st == QD_OK && c.regions == 1 && c.pieces == 1 && c.patterns == 1 && k.pieces == 2;
    if (st == QD_OK && !good)
        qd_buf_printf(why, "a network with square activation has %ld pieces, x_+^2 has %ld", (long) c.pieces, (long) k.pieces);
    qd_net_clear(net);
    qd_net_clear(kink);
    return good ? QD_TRUE : st == QD_EUNABLE ? QD_UNKNOWN : QD_FALSE;
}
