/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine in one dimension against an oracle that shares no arithmetic with src: random small networks of every kind and
   activation, biased to zeros, ties, repeated rows and huge heights, compared in everything the engine says. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shared/network.h"
#include "shared/suite.h"
#include "spline/spline.h"

static uint64_t seed;
static slong multiplier;

/* ---- random networks that like to degenerate ------------------------------------------------- */

static void draw(fmpq_t x, int flavour, qd_rng_t rng)
{
    static const slong small[] = {0, 0, 0, 1, -1, 1, -1, 2, -2, 3};
    switch (flavour) {
    case 0:
        fmpq_set_si(x, small[qd_rng_below(rng, 10)], 1);
        return;
    case 1:
        fmpq_set_si(x, qd_rng_range(rng, -8, 8), 8);
        break;
    case 2:
        fmpq_set_si(x, qd_rng_range(rng, -5, 5), 1 + qd_rng_below(rng, 5));
        break;
    case 4: { /* far beyond the doubles on both sides */
        static const slong exponent[] = {-330, -300, -30, 30, 160, 200, 330};
        fmpq_set_si(x, small[qd_rng_below(rng, 10)], 1);
        if (qd_rng_below(rng, 3) != 0) return;
        fmpz_t h;
        fmpz_init(h);
        slong e = exponent[qd_rng_below(rng, 7)];
        fmpz_ui_pow_ui(h, 10, (ulong) labs(e));
        if (e > 0) fmpq_mul_fmpz(x, x, h);
        else fmpq_div_fmpz(x, x, h);
        fmpz_clear(h);
        return;
    }
    default: /* huge heights, and neighbours that differ in the 20th digit */
        fmpq_set_si(x, small[qd_rng_below(rng, 10)], 1);
        if (qd_rng_below(rng, 3) == 0) {
            fmpz_t h;
            fmpz_init(h);
            fmpz_set_si(h, qd_rng_range(rng, -3, 3));
            fmpz_mul_2exp(h, h, qd_rng_below(rng, 2) ? 70 : 200);
            fmpz_add_si(h, h, qd_rng_range(rng, -1, 1));
            fmpq_set_fmpz(x, h);
            fmpz_one(h);
            fmpz_mul_2exp(h, h, qd_rng_below(rng, 2) ? 70 : 200);
            fmpq_div_fmpz(x, x, h);
            fmpz_clear(h);
        }
        return;
    }
    fmpq_canonicalise(x);
}

static void fill(qd_layer_struct *layer, int flavour, qd_rng_t rng)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    for (int k = 0; k < info->nparams; k++) {
        slong n = qd_shape_length(info->param[k].shape, layer->in);
        for (slong i = 0; i < layer->out * n; i++) draw(layer->param[k] + i, flavour, rng);
    }
    /* now and then a neuron repeats the one before, or its negative */
    for (slong u = 1; u < layer->out; u++) {
        if (qd_rng_below(rng, 6) != 0) continue;
        bool negative = qd_rng_below(rng, 2);
        for (int k = 0; k < info->nparams; k++) {
            bool second = strcmp(info->param[k].key, "wg") == 0 || strcmp(info->param[k].key, "bg") == 0;
            for (slong j = 0; j < qd_shape_length(info->param[k].shape, layer->in); j++) {
                fmpq_set(qd_layer_at(layer, k, u, j), qd_layer_at(layer, k, u - 1, j));
                if (negative && !second) fmpq_neg(qd_layer_at(layer, k, u, j), qd_layer_at(layer, k, u, j));
            }
        }
    }
}

/* A unit of a sparse layer: every third one carries an input on, the others have some of the entries that `degree` allows. */
static void random_unit(qd_lowered_unit *unit, slong in, int degree, int64_t most_power, int flavour, qd_rng_t rng)
{
    slong place[64][2], nw = 0, nterms = 0;
    if (qd_rng_below(rng, 3) == 0) {
        qd_lowered_unit_resize(unit, 1, 0);
        unit->at[0] = (slong) qd_rng_below(rng, (uint64_t) in);
        fmpq_one(unit->w);
        return;
    }
    unit->act = (qd_activation) qd_rng_below(rng, most_power > 1 ? QD_ACTIVATIONS : QD_SQUARE);
    if (unit->act == QD_SQUARE) unit->power = 2;
    if (unit->act == QD_RAISE) unit->power = 1 + (int64_t) qd_rng_below(rng, (uint64_t) most_power);
    if (unit->act == QD_LEAKY_RELU) draw(unit->slope, flavour, rng);
    for (slong i = 0; degree == 2 && i < in; i++)
        for (slong j = i; j < in; j++)
            if (qd_rng_below(rng, 2)) {
                place[nterms][0] = i;
                place[nterms++][1] = j;
            }
    for (slong i = 0; i < in; i++) nw += (slong) qd_rng_below(rng, 2);
    qd_lowered_unit_resize(unit, nw, nterms);
    for (slong i = 0, k = 0; k < nw; i++) /* any nw of them, ascending */
        if (qd_rng_below(rng, (uint64_t) (in - i)) < (uint64_t) (nw - k)) unit->at[k++] = i;
    for (slong k = 0; k < nw; k++) draw(unit->w + k, flavour, rng);
    for (slong k = 0; k < nterms; k++) {
        unit->term[k].i = place[k][0];
        unit->term[k].j = place[k][1];
        draw(unit->term[k].c, flavour, rng);
    }
    draw(unit->b, flavour, rng);
}

/* Appends a sparse layer and multiplies *degree. */
static qd_layer_struct *random_sparse(qd_net_t net, slong in, slong *degree, slong most_degree, int flavour, qd_rng_t rng)
{
    int d = 2 * *degree <= most_degree ? 1 + (int) qd_rng_below(rng, 2) : 1;
    slong room = most_degree / (*degree * d), power = 1;
    qd_layer_struct *layer = qd_net_add_sparse(net, in, 1 + (slong) qd_rng_below(rng, 4));
    for (slong u = 0; u < layer->out; u++) {
        random_unit(layer->sparse + u, in, d, room < 1 ? 1 : room < 3 ? room : 3, flavour, rng);
        if (layer->sparse[u].power > power) power = layer->sparse[u].power;
    }
    *degree *= d * power;
    return layer;
}

/* flavour < 0: any of those whose numbers doubles hold */
static void random_net(qd_net_t net, slong most_degree, int flavour, qd_rng_t rng)
{
    qd_net_t t;
    slong in = qd_rng_below(rng, 4) == 0 ? 1 + (slong) qd_rng_below(rng, 3) : 1, degree = 1;
    slong depth = 1 + (slong) qd_rng_below(rng, 3);
    if (flavour < 0) flavour = (int) qd_rng_below(rng, 4);
    bool mixed = qd_rng_below(rng, 2);
    qd_net_init(t);
    bool sparse = qd_rng_below(rng, 3) == 0;
    for (slong l = 0; l < depth; l++) {
        if (sparse && qd_rng_below(rng, 2)) {
            in = random_sparse(t, in, &degree, most_degree, flavour, rng)->out;
            continue;
        }
        qd_kind kind = mixed ? (qd_kind) qd_rng_below(rng, QD_KINDS) : QD_QUADRATIC;
        qd_activation act = mixed && qd_rng_below(rng, 2) ? (qd_activation) qd_rng_below(rng, QD_ACTIVATIONS) : QD_RELU;
        int64_t power = act == QD_SQUARE ? 2 : act == QD_RAISE ? 1 + (int64_t) qd_rng_below(rng, 3) : 1;
        if (degree * qd_kind_get(kind)->degree * power > most_degree) {
            kind = QD_LINEAR;
            act = QD_RELU;
            power = 1;
        }
        degree *= qd_kind_get(kind)->degree * power;
        qd_neuron neuron = qd_neuron_make(kind, act);
        neuron.power = power;
        qd_layer_struct *layer = qd_net_add_layer(t, neuron, in, 1 + (slong) qd_rng_below(rng, 4));
        if (act == QD_LEAKY_RELU) draw(layer->slope, flavour, rng);
        fill(layer, flavour, rng);
        in = layer->out;
    }
    if (qd_rng_below(rng, 4) != 0)
        fill(qd_net_add_layer(t, qd_neuron_make(QD_LINEAR, QD_IDENTITY), in, 1 + (slong) qd_rng_below(rng, 2)), flavour, rng);
    qd_net_swap(net, t);
    qd_net_clear(t);
}

static char *text(const fmpq_t x)
{
    return fmpq_get_str(NULL, 10, x);
}

/* ---- comparison ------------------------------------------------------------------------------ */

static bool same_poly(const fmpq_poly_t p, const oracle_poly *q)
{
    fmpq_t x, y;
    bool same = fmpq_poly_length(p) == q->len;
    fmpq_init(x);
    fmpq_init(y);
    for (int i = 0; i < q->len && same; i++) {
        fmpq_poly_get_coeff_fmpq(x, p, i);
        fmpq_set_mpq(y, q->c[i]);
        same = fmpq_equal(x, y);
    }
    fmpq_clear(x);
    fmpq_clear(y);
    return same;
}

static bool same_root(const qd_alg_t a, const oracle_root *r)
{
    slong n = fmpz_poly_length(a->poly);
    char **c = malloc(sizeof *c * (size_t) n), *lo = text(a->lo), *hi = text(a->hi);
    for (slong i = 0; i < n; i++) c[i] = fmpz_get_str(NULL, 10, a->poly->coeffs + i);
    bool same = oracle_root_is(r, (const char *const *) c, (int) n, lo, hi);
    for (slong i = 0; i < n; i++) flint_free(c[i]);
    free(c);
    flint_free(lo);
    flint_free(hi);
    return same;
}

static void print_case(const qd_net_t net)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_net_print(b, net);
    fprintf(stderr, "%s", qd_buf_str(b));
    qd_buf_clear(b);
}

#define AGREE(condition, ...)                                                                                                              \
    do {                                                                                                                                   \
        if (!(condition)) print_case(net);                                                                                                 \
        ck_assert_msg(condition, __VA_ARGS__);                                                                                             \
    } while (0)

static void compare_regions(const qd_net_t net, qd_line_t line, const oracle_line_result *o, qd_ctx_t ctx)
{
    slong n = qd_line_outputs(line);
    char *pattern = malloc((size_t) qd_net_nswitching(net) + 1);
    fmpq_poly_struct *p = malloc(sizeof *p * (size_t) n);
    for (slong k = 0; k < n; k++) fmpq_poly_init(p + k);
    for (slong i = 0; i < o->regions; i++) {
        qd_line_pattern(pattern, line, i);
        AGREE(strcmp(pattern, o->region[i].pattern) == 0, "region %ld: pattern %s, oracle %s", i, pattern, o->region[i].pattern);
        ck_assert_int_eq(qd_line_poly(p, line, i, ctx), QD_OK);
        for (slong k = 0; k < n; k++) AGREE(same_poly(p + k, o->region[i].output + k), "region %ld: output %ld differs", i, k);
    }
    for (slong k = 0; k < n; k++) fmpq_poly_clear(p + k);
    free(p);
    free(pattern);
}

/* One witness for each pattern of the oracle's regions, inside the domain, where the oracle's evaluation shows it. */
static void compare_witnesses(const qd_net_t net, qd_line_t line, const qd_domain *d, const oracle_net *o, const oracle_line_result *r)
{
    qd_line_witnesses_t w;
    qd_ctx_t own;
    qd_ctx_own(own, NULL);
    qd_line_witnesses_init(w);
    ck_assert_int_eq(qd_line_witnesses(w, line, net, d, own), QD_OK);
    slong inputs = net->input_dim, outputs = qd_net_output_dim(net);
    char *pattern = malloc((size_t) qd_net_nswitching(net) + 1);
    fmpq *x = _fmpq_vec_init(inputs);
    mpq_t *a = malloc(sizeof *a * (size_t) inputs), *y = malloc(sizeof *y * (size_t) outputs);
    for (slong i = 0; i < inputs; i++) mpq_init(a[i]);
    for (slong i = 0; i < outputs; i++) mpq_init(y[i]);
    AGREE(w->n == r->patterns, "%ld witnesses, %d patterns", w->n, r->patterns);
    for (slong k = 0; k < w->n; k++) {
        bool there = false;
        for (slong i = 0; i < r->regions; i++) there |= strcmp(r->region[i].pattern, w->item[k].pattern) == 0;
        AGREE(there, "witness of %s, which the oracle does not have", w->item[k].pattern);
        for (slong i = 0; i < k; i++) AGREE(strcmp(w->item[i].pattern, w->item[k].pattern) != 0, "%s twice", w->item[k].pattern);
        AGREE(d->lo == NULL || fmpq_cmp(w->item[k].at, d->lo) > 0, "witness %ld is left of the domain", k);
        AGREE(d->hi == NULL || fmpq_cmp(w->item[k].at, d->hi) < 0, "witness %ld is right of the domain", k);
        qd_domain_point(x, d, inputs, w->item[k].at);
        for (slong i = 0; i < inputs; i++) fmpq_get_mpq(a[i], x + i);
        oracle_eval(y, pattern, o, (const mpq_t *) a);
        AGREE(strcmp(pattern, w->item[k].pattern) == 0, "witness %ld: %s, the oracle sees %s", k, w->item[k].pattern, pattern);
    }
    for (slong i = 0; i < inputs; i++) mpq_clear(a[i]);
    for (slong i = 0; i < outputs; i++) mpq_clear(y[i]);
    free(a);
    free(y);
    free(pattern);
    _fmpq_vec_clear(x, inputs);
    qd_line_witnesses_clear(w);
}

static void compare_breakpoints(const qd_net_t net, qd_line_t line, const oracle_line_result *o, qd_ctx_t ctx)
{
    qd_alg_t a;
    qd_alg_init(a);
    for (slong i = 0; i + 1 < o->regions; i++) {
        slong k;
        ck_assert_int_eq(qd_line_breakpoint(a, line, i, ctx), QD_OK);
        ck_assert_int_eq(qd_line_smoothness(&k, line, i, ctx), QD_OK);
        AGREE(same_root(a, &o->breakpoint[i].at), "breakpoint %ld is another number", i);
        AGREE(qd_alg_is_rational_form(a) == (mpq_equal(o->breakpoint[i].at.lo, o->breakpoint[i].at.hi) != 0),
              "breakpoint %ld: is it rational?", i);
        AGREE(qd_line_changes(line, i) == (o->breakpoint[i].changes_output != 0), "breakpoint %ld: does the output change?", i);
        AGREE((k == WORD_MAX ? -1 : k) == o->breakpoint[i].smoothness, "breakpoint %ld: smoothness %ld, oracle %d", i, k,
              o->breakpoint[i].smoothness);
    }
    qd_alg_clear(a);
}

static void compare(const qd_net_t net, const qd_domain *d, const char *const *P, const char *const *Q, const char *lo, const char *hi,
                    qd_ctx_t ctx)
{
    oracle_net *onet = to_oracle(net);
    oracle_line_result *o = oracle_line(onet, P, Q, lo, hi);
    qd_line_t line;
    fmpz_t bound, regions;
    qd_line_init(line);
    fmpz_init(bound);
    fmpz_init(regions);
    ck_assert_ptr_nonnull(o);
    ck_assert_msg(qd_line_compute(line, net, d, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_count c = qd_line_count(line);
    AGREE(c.label == QD_EXACT && c.regions == o->regions, "regions %ld, oracle %d", c.regions, o->regions);
    AGREE(c.patterns == o->patterns, "patterns %ld, oracle %d", c.patterns, o->patterns);
    AGREE(c.pieces == o->pieces, "pieces %ld, oracle %d", c.pieces, o->pieces);
    AGREE(c.max_degree == o->max_degree, "degree %ld, oracle %d", c.max_degree, o->max_degree);
    compare_regions(net, line, o, ctx);
    compare_breakpoints(net, line, o, ctx);
    compare_witnesses(net, line, d, onet, o);
    fmpz_set_si(regions, c.regions);
    qd_bound_line(bound, net);
    AGREE(fmpz_cmp(regions, bound) <= 0, "more regions than the pattern-root bound");
    qd_bound_line_product(bound, net);
    AGREE(fmpz_cmp(regions, bound) <= 0, "more regions than the layer-product bound");
    fmpz_clear(bound);
    fmpz_clear(regions);
    qd_line_clear(line);
    oracle_free(o);
    oracle_net_free(onet);
}

static void random_case(uint64_t stream, slong most_degree, int flavour, int threads)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    fmpq_t lo, hi;
    qd_rng_init(rng, seed, stream);
    qd_ctx_init(ctx);
    ctx->threads = threads;
    qd_net_init(net);
    fmpq_init(lo);
    fmpq_init(hi);
    random_net(net, most_degree, flavour, rng);

    slong n = net->input_dim;
    fmpq *p = _fmpq_vec_init(n), *q = _fmpq_vec_init(n);
    char **P = malloc(sizeof *P * (size_t) n), **Q = malloc(sizeof *Q * (size_t) n), *a = NULL, *b = NULL;
    bool on_line = n > 1 || qd_rng_below(rng, 8) == 0;
    qd_domain d = {0};
    for (slong i = 0; i < n; i++) {
        draw(p + i, 2, rng);
        draw(q + i, 2, rng);
        if (i == 0 && fmpq_equal(p, q)) fmpq_add_si(q, q, 1);
        P[i] = text(p + i);
        Q[i] = text(q + i);
    }
    if (on_line) {
        qd_domain_difference(q, p, q, n);
        d = (qd_domain){.dim = 1, .base = p, .step = q};
    }
    if (qd_rng_below(rng, 3) == 0) {
        draw(lo, 2, rng);
        draw(hi, 2, rng);
        if (fmpq_cmp(lo, hi) > 0) fmpq_swap(lo, hi);
        if (fmpq_equal(lo, hi)) fmpq_add_si(hi, hi, 1);
        if (qd_rng_below(rng, 4) != 0) {
            d.lo = lo;
            a = text(lo);
        }
        if (qd_rng_below(rng, 4) != 0) {
            d.hi = hi;
            b = text(hi);
        }
    }
    compare(net, &d, on_line ? (const char *const *) P : NULL, on_line ? (const char *const *) Q : NULL, a, b, ctx);
    for (slong i = 0; i < n; i++) {
        flint_free(P[i]);
        flint_free(Q[i]);
    }
    free(P);
    free(Q);
    if (a != NULL) flint_free(a);
    if (b != NULL) flint_free(b);
    _fmpq_vec_clear(p, n);
    _fmpq_vec_clear(q, n);
    fmpq_clear(lo);
    fmpq_clear(hi);
    qd_net_clear(net);
}

#define BATCH 100

START_TEST(agrees_with_oracle)
{
    for (slong k = 0; k < BATCH * multiplier; k++) random_case((uint64_t) (_i * BATCH * multiplier + k), 8, -1, 1);
}
END_TEST

START_TEST(agrees_with_oracle_on_two_threads)
{
    for (slong k = 0; k < BATCH * multiplier; k++) random_case((uint64_t) k, 8, -1, 2);
}
END_TEST

START_TEST(agrees_with_oracle_far_out)
{
    for (slong k = 0; k < 20 * multiplier; k++) random_case((uint64_t) (1000000 + _i * 20 * multiplier + k), 4, 4, 1);
}
END_TEST

/* Networks that once were answered wrongly, and their like. */
static const struct {
    const char *net, *P, *Q, *lo, *hi;
} special[] = {
    /* the power of a small number is no zero: 2^-1330 x^14 */
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"power:14\", \"w\": [[\"1/39614081257132168796771975168\"]], "
     "\"b\": [\"0\"]}, {\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[\"1\"]], \"b\": [\"0\"]}]}",
     NULL, NULL, NULL, NULL},
    /* one of three terms overflows at the right end, 2^495 */
    {"{\"input_dim\": 3, \"layers\": [{\"kind\": \"power\", \"activation\": \"relu\", \"w\": [[\"19e9\", \"-16e9\", \"-16e9\"]], \"b\": [\"0\"]}]}",
     "0", "1", "1",
     "102293456496754433437912178025862473506770063938845774671352855253004181137646079840102190385184504910965208878986252219038039"
     "267058918532916516487168"},
    /* breakpoints that are no doubles, and not rational */
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"compact\", \"activation\": \"relu\", \"w\": [[\"0\"], [\"0\"]], \"wb\": [[\"1\"], [\"1\"]], "
     "\"b\": [\"-2e640\", \"-3e640\"]}, {\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[\"1\", \"-1\"], [\"1\", \"-2\"]], "
     "\"b\": [\"-1\", \"5\"]}]}",
     NULL, NULL, NULL, NULL},
    /* all breakpoints within 1e-300 */
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"compact\", \"activation\": \"relu\", \"w\": [[\"0\"], [\"0\"]], \"wb\": [[\"1\"], [\"1\"]], "
     "\"b\": [\"-2e-640\", \"-3e-640\"]}, {\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[\"1\", \"-1\"], [\"1\", \"-2\"]], "
     "\"b\": [\"-1e-700\", \"0\"]}]}",
     NULL, NULL, NULL, NULL},
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"product\", \"activation\": \"relu\", \"wr\": [[\"1\"], [\"1\"], [\"1\"]], "
     "\"br\": [\"0\", \"-1e-300\", \"-1e-320\"], \"wg\": [[\"1\"], [\"1\"], [\"1\"]], \"bg\": [\"-1e-310\", \"1e-300\", \"-1e-320\"]}, "
     "{\"kind\": \"linear\", \"activation\": \"abs\", \"w\": [[\"1\", \"-1\", \"0\"], [\"1\", \"0\", \"-1\"]], \"b\": [\"0\", \"-1e-620\"]}]}",
     NULL, NULL, "-1e-305", NULL},
};

START_TEST(special_networks)
{
    qd_net_t net;
    qd_ctx_t ctx;
    fmpq_t lo, hi;
    qd_net_init(net);
    qd_ctx_init(ctx);
    fmpq_init(lo);
    fmpq_init(hi);
    ck_assert_msg(qd_net_parse(net, special[_i].net, strlen(special[_i].net), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_domain d = {0};
    const char *P[] = {special[_i].P, special[_i].P, special[_i].P}, *Q[] = {special[_i].Q, special[_i].Q, special[_i].Q};
    char *a = NULL, *b = NULL;
    fmpq *p = _fmpq_vec_init(3), *q = _fmpq_vec_init(3);
    for (int i = 0; i < 3 && P[0] != NULL; i++) {
        fmpq_set_str(p + i, P[i], 10);
        fmpq_set_str(q + i, Q[i], 10);
        qd_domain_difference(q + i, p + i, q + i, 1);
        d = (qd_domain){.dim = 1, .base = p, .step = q};
    }
    if (special[_i].lo != NULL) {
        ck_assert_int_eq(qd_rat_set_str(lo, special[_i].lo, strlen(special[_i].lo), ctx), QD_OK);
        d.lo = lo;
        a = text(lo);
    }
    if (special[_i].hi != NULL) {
        ck_assert_int_eq(qd_rat_set_str(hi, special[_i].hi, strlen(special[_i].hi), ctx), QD_OK);
        d.hi = hi;
        b = text(hi);
    }
    compare(net, &d, P[0] != NULL ? P : NULL, Q[0] != NULL ? Q : NULL, a, b, ctx);
    if (a != NULL) flint_free(a);
    if (b != NULL) flint_free(b);
    _fmpq_vec_clear(p, 3);
    _fmpq_vec_clear(q, 3);
    fmpq_clear(lo);
    fmpq_clear(hi);
    qd_net_clear(net);
}
END_TEST

/* ---- degrees and denominators ---------------------------------------------------------------- */

/* Networks whose formal degree says nothing: what they are, and the degrees and sizes that make them fast. */
static const struct {
    const char *file;
    bool unit; /* on -1:1, else on the whole line */
    slong regions, degree, bits;
} deep[] = {
    {"deep26_quadratic_chain.json", false, 2, 1, 24},  {"wilkinson.json", false, 21, 20, 1},
    {"wilkinson_over_20fact.json", false, 21, 20, 62}, {"relinear_gamma0_depth18.safetensors", true, 39, 1, 2000},
    {"d18_as_linear.json", true, 39, 1, 2000},
};

START_TEST(true_degrees)
{
    char path[200];
    qd_net_t net;
    qd_ctx_t ctx;
    qd_line_t line;
    qd_restriction m;
    fmpq_t lo, hi;
    qd_net_init(net);
    qd_ctx_init(ctx);
    qd_line_init(line);
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_set_si(lo, -1, 1);
    fmpq_one(hi);
    snprintf(path, sizeof path, "tests/reference/faults/%s", deep[_i].file);
    ck_assert_msg(qd_net_read(net, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_domain d = {.dim = 0, .lo = deep[_i].unit ? lo : NULL, .hi = deep[_i].unit ? hi : NULL};
    ck_assert_int_eq(qd_line_compute(line, net, &d, ctx), QD_OK);
    ck_assert_int_eq(qd_line_count(line).label, QD_EXACT);
    ck_assert_int_eq(qd_line_count(line).regions, deep[_i].regions);
    qd_restriction_init(&m, net, &d, 1);
    slong depth = m.low->depth;
    ck_assert_int_eq(m.degree[depth], deep[_i].degree);
    for (slong o = 0; o < qd_line_outputs(line); o++) ck_assert_int_le((slong) fmpz_bits(m.den[depth] + o), deep[_i].bits);
    qd_restriction_clear(&m);
    fmpq_clear(lo);
    fmpq_clear(hi);
    qd_line_clear(line);
    qd_net_clear(net);
}
END_TEST

/* ---- budgets --------------------------------------------------------------------------------- */

static void big_net(qd_net_t net)
{
    static const int64_t width[] = {1, 12, 12, 12, 12, 12, 12, 1};
    qd_arch arch = {7, width, qd_neuron_make(QD_QUADRATIC, QD_RELU), false, true};
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 8, 8}, 5, 0);
}

/* With no time at all the answer is the trivial bound; whatever the budget, the bound is at most the truth. */
START_TEST(budget_gives_a_lower_bound)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_line_t line;
    qd_domain whole = {0};
    qd_net_init(net);
    big_net(net);
    qd_line_init(line);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_line_compute(line, net, &whole, ctx), QD_OK);
    qd_count truth = qd_line_count(line);
    for (int k = 0; k < 6; k++) {
        qd_ctx_init(ctx);
        ctx->max_seconds = k == 0 ? 1e-9 : 1e-4 * (1 << k);
        qd_status st = qd_line_compute(line, net, &whole, ctx);
        qd_count c = qd_line_count(line);
        ck_assert(st == QD_OK || st == QD_EUNABLE);
        ck_assert(k > 0 || st == QD_EUNABLE);
        ck_assert_int_eq(c.label, st == QD_OK ? QD_EXACT : QD_LOWER_BOUND);
        ck_assert_int_le(c.regions, truth.regions);
        ck_assert_int_le(c.patterns, truth.patterns);
        ck_assert_int_le(c.pieces, truth.pieces);
        ck_assert_int_ge(c.patterns, 1);
        ck_assert_int_le(qd_line_nregions(line), c.regions);
        qd_line_witnesses_t w;
        qd_ctx_t own;
        qd_ctx_own(own, NULL);
        qd_line_witnesses_init(w);
        ck_assert_int_eq(qd_line_witnesses(w, line, net, &whole, own), QD_OK);
        ck_assert_int_ge(w->n, 1);
        ck_assert_int_le(w->n, c.patterns);
        qd_line_witnesses_clear(w);
        ck_assert_int_le(c.pieces, c.regions);
        qd_spline_t s;
        qd_spline_init(s);
        ctx->max_seconds = 0;
        if (st == QD_EUNABLE) ck_assert_int_eq(qd_spline_set_line(s, line, ctx), QD_EUNABLE);
        qd_spline_clear(s);
        ck_assert_int_ge(c.pieces, 1);
    }
    qd_line_clear(line);
    qd_net_clear(net);
}
END_TEST

START_TEST(threads_do_not_matter)
{
    qd_net_t net;
    qd_line_t a, b;
    qd_ctx_t ctx;
    qd_domain whole = {0};
    qd_net_init(net);
    qd_line_init(a);
    qd_line_init(b);
    big_net(net);
    char *p = malloc((size_t) qd_net_nswitching(net) + 1), *q = malloc((size_t) qd_net_nswitching(net) + 1);
    qd_ctx_init(ctx);
    ctx->threads = 1;
    ck_assert_int_eq(qd_line_compute(a, net, &whole, ctx), QD_OK);
    ctx->threads = 3;
    ck_assert_int_eq(qd_line_compute(b, net, &whole, ctx), QD_OK);
    ck_assert_int_eq(qd_line_nregions(a), qd_line_nregions(b));
    for (slong i = 0; i < qd_line_nregions(a); i++) {
        qd_line_pattern(p, a, i);
        qd_line_pattern(q, b, i);
        ck_assert_str_eq(p, q);
    }
    free(p);
    free(q);
    qd_line_clear(a);
    qd_line_clear(b);
    qd_net_clear(net);
}
END_TEST

/* Two different points on the grid, which depend on the number of inputs and the seed only, and reach both ends of it. */
START_TEST(random_points)
{
    bool least = false, most = false, differ = false;
    for (slong n = 1; n <= 3; n++)
        for (uint64_t s = 0; s < 60; s++) {
            fmpq *p = _fmpq_vec_init(2 * n), *again = _fmpq_vec_init(2 * n);
            bool equal = true;
            qd_domain_random_points(p, p + n, n, seed + s);
            qd_domain_random_points(again, again + n, n, seed + s);
            for (slong i = 0; i < 2 * n; i++) {
                ck_assert(fmpq_equal(p + i, again + i));
                ck_assert(fmpq_cmp_si(p + i, -2) >= 0 && fmpq_cmp_si(p + i, 2) <= 0);
                ck_assert(8 % fmpz_get_si(fmpq_denref(p + i)) == 0);
                least |= fmpq_cmp_si(p + i, -2) == 0;
                most |= fmpq_cmp_si(p + i, 2) == 0;
            }
            for (slong i = 0; i < n; i++) equal &= fmpq_equal(p + i, p + n + i);
            ck_assert(!equal);
            qd_domain_random_points(again, again + n, n, seed + s + 1);
            for (slong i = 0; i < 2 * n; i++) differ |= !fmpq_equal(p + i, again + i);
            _fmpq_vec_clear(p, 2 * n);
            _fmpq_vec_clear(again, 2 * n);
        }
    ck_assert(least && most && differ);
}
END_TEST

START_TEST(bad_domains)
{
    qd_net_t net;
    qd_line_t line;
    qd_ctx_t ctx;
    fmpq *p = _fmpq_vec_init(2);
    fmpq_t one;
    qd_net_init(net);
    qd_line_init(line);
    fmpq_init(one);
    fmpq_one(one);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 2, 1);
    qd_domain whole = {0}, point = {.dim = 1, .base = p, .step = p}, empty = {.lo = one, .hi = one};
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_line_compute(line, net, &whole, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the network has 2 inputs; without a line it must have 1");
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_line_compute(line, net, &point, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the two points of the line are equal");
    qd_net_clear(net);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 1, 1);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_line_compute(line, net, &empty, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the interval 1:1 is empty; expected a < b");
    qd_net_clear(net);
    qd_line_clear(line);
    fmpq_clear(one);
    _fmpq_vec_clear(p, 2);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("line");
    TCase *tc = tcase_create("line");
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, agrees_with_oracle, 0, 40);
    tcase_add_test(tc, agrees_with_oracle_on_two_threads);
    tcase_add_loop_test(tc, agrees_with_oracle_far_out, 0, 5);
    tcase_add_loop_test(tc, special_networks, 0, sizeof special / sizeof *special);
    tcase_add_loop_test(tc, true_degrees, 0, sizeof deep / sizeof *deep);
    tcase_add_test(tc, budget_gives_a_lower_bound);
    tcase_add_test(tc, threads_do_not_matter);
    tcase_add_test(tc, random_points);
    tcase_add_test(tc, bad_domains);
    suite_add_tcase(suite, tc);
    int failed = test_run(suite);
    flint_cleanup_master();
    return failed;
}
