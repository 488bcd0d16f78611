/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds of the number of regions against everything that can be counted, against formulas that are summed in another way, and against networks
   that reach them. */
#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "line/line.h"
#include "plane/plane.h"
#include "shared/suite.h"

static uint64_t seed;
static slong multiplier;

static qd_net_t net;
static qd_bound_shape_t shape;
static qd_ctx_t ctx;
static fmpz_t value;

static void setup(void)
{
    qd_net_init(net);
    qd_bound_shape_init(shape);
    qd_ctx_init(ctx);
    ctx->seed = seed;
    fmpz_init(value);
}

static void teardown(void)
{
    qd_net_clear(net);
    qd_bound_shape_clear(shape);
    fmpz_clear(value);
}

/* No upper bound that says something is below the count. */
static void holds(slong regions, slong dim, bool box, const char *what)
{
    int said = 0;
    qd_bound_shape_set_net(shape, net, dim, box);
    for (int b = 0; b < QD_BOUNDS; b++) {
        if (qd_bound_label((qd_bound) b) != QD_UPPER_BOUND || !qd_bound_get(value, (qd_bound) b, shape)) continue;
        said++;
        ck_assert_msg(fmpz_cmp_si(value, regions) >= 0, "%s: %ld regions, %s says %s", what, (long) regions, qd_bound_name((qd_bound) b),
                      fmpz_get_str(NULL, 10, value));
    }
    ck_assert_int_ge(said, 1);
    qd_bound best = qd_bound_best_net(value, net, dim, box);
    ck_assert_int_eq(qd_bound_label(best), QD_UPPER_BOUND);
    ck_assert_msg(fmpz_cmp_si(value, regions) >= 0, "%s: best", what);
}

static slong get(qd_bound bound)
{
    ck_assert_msg(qd_bound_get(value, bound, shape), "%s says nothing", qd_bound_name(bound));
    return fmpz_get_si(value);
}

static void arch_shape(const int64_t *width, int64_t depth, qd_kind kind, qd_activation act, bool box)
{
    const qd_arch arch = {.depth = depth, .width = width, .neuron = qd_neuron_make(kind, act), .biases = true};
    qd_bound_shape_set_arch(shape, &arch, (slong) width[0], box);
}

/* ---- counts --------------------------------------------------------------------------------- */

static slong count_line(const qd_domain *d)
{
    qd_line_t line;
    qd_line_init(line);
    ck_assert_msg(qd_line_compute(line, net, d, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    slong n = qd_line_count(line).regions;
    qd_line_clear(line);
    return n;
}

/* Exact, or a lower bound after two seconds: no bound is below that either. */
static slong count_plane(const qd_domain *d)
{
    qd_regions_t g;
    qd_regions_init(g);
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    own->max_seconds = 2;
    qd_ctx_start(own);
    qd_status st = qd_plane_compute(g, net, d, own);
    ck_assert_msg(st == QD_OK || st == QD_EUNABLE, "%s", qd_ctx_message(own));
    slong n = g->count.regions;
    qd_regions_clear(g);
    return n;
}

static const qd_activation switching[] = {QD_RELU, QD_LEAKY_RELU, QD_ABS};

/* A network of 1 or 2 hidden layers of narrow random widths; odd cases have mixed kinds. */
static void random_net(slong inputs, int i, qd_rng_t rng)
{
    int64_t width[4] = {inputs, qd_rng_range(rng, 1, 4), qd_rng_range(rng, 1, 3), 1};
    qd_arch arch = {.depth = 2 + i % 2, .width = width, .biases = true};
    if (arch.depth == 2) width[2] = 1;
    arch.neuron = qd_neuron_make((qd_kind) (i % QD_KINDS), switching[i / QD_KINDS % 3]);
    arch.neuron.slope = (qd_ratio){qd_rng_range(rng, -2, 2), 3};
    arch.same = qd_rng_below(rng, 3) == 0;
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 4, 2}, seed, (uint64_t) i);
    if (qd_rng_below(rng, 3) == 0) {
        net->layer[0].neuron.act = QD_IDENTITY; /* a layer that does not switch, of degree 1 or 2 */
        if (qd_kind_get(net->layer[0].neuron.kind)->degree == 1 && qd_rng_below(rng, 2) == 0) {
            net->layer[0].neuron.act = QD_SQUARE;
            net->layer[0].neuron.power = 2;
        }
    }
}

START_TEST(random_on_a_line)
{
    qd_rng_t rng;
    fmpq end[2];
    qd_rng_init(rng, seed, (uint64_t) _i);
    random_net(1, _i, rng);
    holds(count_line(&(qd_domain){0}), 1, false, "line");
    for (int k = 0; k < 2; k++) {
        fmpq_init(end + k);
        fmpq_set_si(end + k, 4 * k - 2, 1);
    }
    holds(count_line(&(qd_domain){.lo = end, .hi = end + 1}), 1, true, "interval");
    for (int k = 0; k < 2; k++) fmpq_clear(end + k);
}
END_TEST

START_TEST(random_in_the_plane)
{
    qd_rng_t rng;
    fmpq *end = _fmpq_vec_init(4);
    qd_rng_init(rng, seed, 1000 + (uint64_t) _i);
    random_net(2, _i, rng);
    holds(count_plane(&(qd_domain){0}), 2, false, "plane");
    for (int k = 0; k < 4; k++) fmpq_set_si(end + k, k < 2 ? -2 : 2, 1);
    holds(count_plane(&(qd_domain){.lo = end, .hi = end + 2}), 2, true, "box");
    _fmpq_vec_clear(end, 4);
}
END_TEST

START_TEST(reference_networks)
{
    glob_t found;
    ck_assert_int_eq(glob("tests/reference/pieces/*.json", 0, NULL, &found), 0);
    ck_assert_uint_gt(found.gl_pathc, 40);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        qd_doc_t doc;
        int64_t regions = 0;
        qd_doc_init(doc);
        ck_assert_int_eq(qd_doc_read(doc, found.gl_pathv[i], QD_JSON, ctx), QD_OK);
        const qd_node *e = qd_node_member(qd_doc_root(doc), "expected");
        ck_assert_int_eq(qd_net_from_node(net, qd_node_member(qd_doc_root(doc), "network"), ctx), QD_OK);
        qd_node_optional_int(&regions, e, "patterns", 0, INT64_MAX, ctx);
        qd_node_optional_int(&regions, e, "regions", 0, INT64_MAX, ctx);
        ck_assert_int_ge(regions, 1);
        holds((slong) regions, net->input_dim, false, found.gl_pathv[i]);
        qd_doc_clear(doc);
    }
    globfree(&found);
}
END_TEST

/* y - x^2 has 2 regions in the plane and 3 in this box. */
START_TEST(boxes_have_more)
{
    fmpq *end = _fmpq_vec_init(4);
    static const slong at[] = {-2, 1, 2, 3};
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_COMPACT, QD_RELU), 2, 1);
    fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "w"), 0, 1), 1, 1);
    fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "wb"), 0, 0), -1, 1);
    for (int k = 0; k < 4; k++) fmpq_set_si(end + k, at[k], 1);
    ck_assert_int_eq(count_plane(&(qd_domain){0}), 2);
    ck_assert_int_eq(count_plane(&(qd_domain){.lo = end, .hi = end + 2}), 3);
    holds(3, 2, true, "parabola");
    qd_bound_shape_set_net(shape, net, 2, false);
    ck_assert_int_eq(get(QD_BOUND_PATTERN_CURVE), 4);
    qd_bound_shape_set_net(shape, net, 2, true);
    ck_assert_int_eq(get(QD_BOUND_PATTERN_CURVE), 6);
    ck_assert_int_eq(get(QD_BOUND_PATTERN_DEGREE), 9);
    _fmpq_vec_clear(end, 4);
}
END_TEST

/* ---- formulas ------------------------------------------------------------------------------- */

static void binomial(fmpz_t c, slong n, slong k)
{
    fmpz_bin_uiui(c, (ulong) n, (ulong) k);
}

/* Serra, Tjandraatmadja, Ramalingam: the sum over all (j_1, ..., j_L), one after the other. */
static void serra_sum(fmpz_t sum, const int64_t *width, slong l, slong depth, slong least, const fmpz_t factor)
{
    fmpz_t c;
    if (l == depth) {
        fmpz_add(sum, sum, factor);
        return;
    }
    fmpz_init(c);
    for (slong j = 0; j <= least && j <= width[l]; j++) {
        binomial(c, width[l], j);
        fmpz_mul(c, c, factor);
        serra_sum(sum, width, l + 1, depth, width[l] - j < least ? width[l] - j : least, c);
    }
    fmpz_clear(c);
}

static void product_sum(fmpz_t product, const int64_t *width, slong depth, bool narrow)
{
    slong d = width[0];
    fmpz_t c, sum;
    fmpz_init(c);
    fmpz_init(sum);
    fmpz_one(product);
    for (slong l = 1; l < depth; l++) {
        fmpz_zero(sum);
        for (slong j = 0; j <= d; j++) {
            binomial(c, width[l], j);
            fmpz_add(sum, sum, c);
        }
        fmpz_mul(product, product, sum);
        if (narrow && width[l] < d) d = width[l];
    }
    fmpz_clear(c);
    fmpz_clear(sum);
}

START_TEST(conventional_formulas)
{
    qd_rng_t rng;
    int64_t width[6];
    fmpz_t sum, one;
    fmpz_init(sum);
    fmpz_init_set_ui(one, 1);
    qd_rng_init(rng, seed, 2000 + (uint64_t) _i);
    int64_t depth = qd_rng_range(rng, 2, 5);
    for (int64_t l = 0; l < depth; l++) width[l] = qd_rng_range(rng, 1, 7);
    width[depth] = 1;
    arch_shape(width, depth, QD_LINEAR, QD_RELU, false);
    serra_sum(sum, width, 1, (slong) depth, (slong) width[0], one);
    get(QD_BOUND_SERRA);
    ck_assert(fmpz_equal(value, sum));
    get(QD_BOUND_HISTOGRAM);
    ck_assert(fmpz_equal(value, sum));
    for (int narrow = 0; narrow < 2; narrow++) {
        fmpz_swap(sum, value);
        product_sum(sum, width, (slong) depth, narrow);
        get(narrow ? QD_BOUND_MONTUFAR : QD_BOUND_RAGHU);
        ck_assert(fmpz_equal(value, sum));
        get(QD_BOUND_HISTOGRAM);
        ck_assert(fmpz_cmp(value, sum) <= 0);
    }
    if (depth == 2) {
        get(QD_BOUND_ZASLAVSKY);
        ck_assert(fmpz_equal(value, sum));
    } else ck_assert(!qd_bound_get(value, QD_BOUND_ZASLAVSKY, shape));
    arch_shape(width, depth, QD_LINEAR, QD_ABS, false);
    get(QD_BOUND_HISTOGRAM);
    ck_assert(fmpz_equal(value, sum));
    ck_assert(!qd_bound_get(value, QD_BOUND_SERRA, shape));
    ck_assert(!qd_bound_get(value, QD_BOUND_MONTUFAR_LOWER, shape));
    fmpz_clear(sum);
    fmpz_clear(one);
}
END_TEST

/* Zaslavsky's numbers for generic planes, and what the sums above give by hand. */
START_TEST(known_values)
{
    static const slong planes[3][10] = {
        {2, 4, 7, 11, 16, 22, 29, 37, 46, 56}, {2, 4, 8, 15, 26, 42, 64, 93, 130, 176}, {2, 4, 8, 16, 31, 57, 99, 163, 256, 386}};
    static const struct {
        int64_t width[5], depth;
        slong serra, lower, montufar_lower;
    } deep[] = {{{2, 3, 3, 1}, 3, 40, 0, 7},        {{2, 4, 4, 1}, 3, 121, 0, 44},    {{2, 5, 5, 1}, 3, 256, 0, 64},
                {{2, 6, 6, 1}, 3, 484, 352, 198},   {{2, 4, 3, 3, 1}, 4, 440, 0, 28}, {{3, 3, 3, 1}, 3, 42, 0, 8},
                {{2, 8, 8, 1}, 3, 1369, 925, 592},  {{3, 4, 4, 1}, 3, 161, 0, 15},    {{1, 3, 3, 1}, 3, 16, 16, 12},
                {{1, 5, 5, 5, 1}, 4, 216, 216, 150}};
    for (int64_t n = 2; n <= 4; n++)
        for (int64_t m = 1; m <= 10; m++) {
            arch_shape((int64_t[]){n, m, 1}, 2, QD_LINEAR, QD_LEAKY_RELU, m % 2 == 0);
            ck_assert_int_eq(get(QD_BOUND_ZASLAVSKY), planes[n - 2][m - 1]);
        }
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        arch_shape(deep[i].width, deep[i].depth, QD_LINEAR, QD_RELU, false);
        ck_assert_int_eq(get(QD_BOUND_SERRA), deep[i].serra);
        ck_assert_int_eq(get(QD_BOUND_MONTUFAR_LOWER), deep[i].montufar_lower);
        if (deep[i].lower > 0) ck_assert_int_eq(get(QD_BOUND_SERRA_LOWER), deep[i].lower);
        else ck_assert(!qd_bound_get(value, QD_BOUND_SERRA_LOWER, shape));
    }
    /* one unit after the other: 4 regions with abs, 3 with relu */
    arch_shape((int64_t[]){1, 1, 1, 1}, 3, QD_LINEAR, QD_ABS, false);
    ck_assert_int_eq(get(QD_BOUND_HISTOGRAM), 4);
    arch_shape((int64_t[]){1, 1, 1, 1}, 3, QD_LINEAR, QD_RELU, false);
    ck_assert_int_eq(get(QD_BOUND_HISTOGRAM), 3);
    /* quadratic units: 2 n^2 + n + 1 in the plane; conventional bounds say nothing */
    for (int64_t m = 1; m < 20; m++) {
        arch_shape((int64_t[]){2, m, 1}, 2, QD_QUADRATIC, QD_ABS, false);
        ck_assert_int_eq(get(QD_BOUND_PATTERN_CURVE), 2 * m * m + m + 1);
        ck_assert_int_eq(get(QD_BOUND_PATTERN_DEGREE), 4 * m * m + 2 * m + 1);
        for (int b = QD_BOUND_ZASLAVSKY; b <= QD_BOUND_MONTUFAR_LOWER; b++) ck_assert(!qd_bound_get(value, (qd_bound) b, shape));
        ck_assert_int_eq(qd_bound_best(value, shape), QD_BOUND_PATTERN_CURVE);
    }
    /* along patterns by hand: 1 + 2 units of degree 2: K = 11, N = 3; then 2 of degree 4: 11 + 3 (8 * 4 + 36), and in space 4 (1 + 12 + 144 + 1728) */
    arch_shape((int64_t[]){2, 2, 2, 1}, 3, QD_QUADRATIC, QD_RELU, false);
    ck_assert_int_eq(get(QD_BOUND_PATTERN_CURVE), 11 + 3 * (8 * 4 + 36));
    arch_shape((int64_t[]){3, 2, 2, 1}, 3, QD_QUADRATIC, QD_RELU, false);
    ck_assert_int_eq(get(QD_BOUND_PATTERN_DEGREE), 4 * (1 + 12 + 144 + 1728));
    arch_shape((int64_t[]){3, 2, 2, 1}, 3, QD_QUADRATIC, QD_RELU, true);
    ck_assert_int_eq(get(QD_BOUND_PATTERN_DEGREE), 4 * 13 * 13 * 13);
}
END_TEST

/* N^d / d! by hand, and where it says nothing: other units than conventional relu. */
START_TEST(heuristic)
{
    static const int64_t line[] = {1, 4, 1}, deep[] = {2, 8, 8, 1}, narrow[] = {5, 3, 1}, five[] = {5, 10, 10, 1};
    double x = -1;
    arch_shape(line, 2, QD_LINEAR, QD_RELU, false);
    ck_assert(qd_estimate_hanin_rolnick(&x, shape));
    ck_assert_double_eq_tol(x, 4, 1e-9);
    arch_shape(deep, 3, QD_LINEAR, QD_RELU, true);
    ck_assert(qd_estimate_hanin_rolnick(&x, shape));
    ck_assert_double_eq_tol(x, 128, 1e-9);
    arch_shape(narrow, 2, QD_LINEAR, QD_RELU, false);
    ck_assert(qd_estimate_hanin_rolnick(&x, shape));
    ck_assert_double_eq_tol(x, 8, 1e-9);
    arch_shape(five, 3, QD_LINEAR, QD_RELU, false);
    ck_assert(qd_estimate_hanin_rolnick(&x, shape));
    ck_assert_double_eq_tol(x, 3200000 / 120.0, 1e-6);
    arch_shape(deep, 3, QD_QUADRATIC, QD_RELU, false);
    ck_assert(!qd_estimate_hanin_rolnick(&x, shape));
    arch_shape(deep, 3, QD_LINEAR, QD_ABS, false);
    ck_assert(!qd_estimate_hanin_rolnick(&x, shape));
    arch_shape(deep, 3, QD_LINEAR, QD_SQUARE, false);
    ck_assert(!qd_estimate_hanin_rolnick(&x, shape));
    ck_assert_double_eq_tol(x, 3200000 / 120.0, 1e-6); /* untouched */
}
END_TEST

START_TEST(names_and_print)
{
    qd_buf_t out;
    qd_buf_init(out);
    for (int a = 0; a < QD_BOUNDS; a++) {
        ck_assert_uint_gt(strlen(qd_bound_source((qd_bound) a)), 3);
        ck_assert_uint_gt(strlen(qd_bound_validity((qd_bound) a)), 3);
        for (int b = 0; b < a; b++) ck_assert_str_ne(qd_bound_name((qd_bound) a), qd_bound_name((qd_bound) b));
    }
    fmpz_set_str(value, "1234567890123456789012345678901234567890", 10);
    qd_bound_print(out, value, QD_BOUND_SERRA);
    ck_assert_str_eq(qd_buf_str(out), "1234567890123456789012345678901234567890");
    fmpz_one(value);
    fmpz_mul_2exp(value, value, 200);
    qd_buf_reset(out);
    qd_bound_print(out, value, QD_BOUND_SERRA);
    qd_bound_print(out, value, QD_BOUND_SERRA_LOWER);
    fmpz_add_ui(value, value, 1);
    qd_bound_print(out, value, QD_BOUND_SERRA_LOWER);
    ck_assert_str_eq(qd_buf_str(out), "< 2^201> 2^199> 2^200");
    qd_buf_clear(out);
}
END_TEST

/* ---- networks that reach them --------------------------------------------------------------- */

/* Slopes and kinks in (0, 1) of a function that maps each of its pieces onto [0, 1]: p pieces, or with more p + 1. kink[i] is that of unit i, left[i]: the unit
   looks to the left, weight[i]: its weight; returns the bias. */
static void fold(fmpq *kink, bool *left, fmpq *weight, fmpq_t bias, slong p, bool more)
{
    slong n = more ? p + 1 : p;
    fmpq *slope = _fmpq_vec_init(n);
    fmpq_t x, rest;
    fmpq_init(x);
    fmpq_init(rest);
    for (slong i = 0; i < n; i++) fmpq_set_si(slope + i, i % 2 == 0 ? n : -n, 1);
    if (more) { /* slopes c + 1, -b, c, -1, +-1 ... do not fit [0,1]; all but the second have sizes 2 n and n, the second what is left */
        for (slong i = 2; i < n; i++) fmpq_set_si(slope + i, i % 2 == 0 ? 2 * n : -2 * n, 1);
        fmpq_set_si(slope, 4 * n, 1);
        fmpq_set_si(rest, 4 * n, 4 * n - 1 - 2 * (n - 2)); /* 1 / (1 - 1 / (4 n) - (n - 2) / (2 n)) */
        fmpq_canonicalise(rest);
        fmpq_neg(slope + 1, rest);
    }
    fmpq_zero(bias);
    for (slong i = 0; i < p; i++) {
        slong before = more ? i : i - 1; /* without more, unit 0 makes the first piece */
        left[i] = more && i == 2;
        if (before >= 0) {
            fmpq_inv(rest, slope + before);
            fmpq_abs(rest, rest);
            fmpq_add(x, x, rest);
            fmpq_sub(weight + i, slope + before + 1, slope + before);
        } else fmpq_set(weight + i, slope);
        fmpq_set(kink + i, x);
        if (left[i]) fmpq_submul(bias, weight + i, x);
    }
    _fmpq_vec_clear(slope, n);
    fmpq_clear(x);
    fmpq_clear(rest);
}

/* Layers of dim p units that fold the cube, then `last` units whose zeros meet it in generic position. */
static void fold_net(slong dim, slong layers, slong p, slong last, bool more)
{
    fmpq *kink = _fmpq_vec_init(p), *weight = _fmpq_vec_init(p);
    bool left[8];
    fmpq_t bias, t;
    fmpq_init(bias);
    fmpq_init(t);
    fold(kink, left, weight, bias, p, more);
    for (slong l = 0; l <= layers; l++) { /* unit u takes the coordinate x_k that the layer below makes */
        slong n = l < layers ? dim * p : last, in = l == 0 ? dim : dim * p;
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), in, n);
        for (slong u = 0; u < n; u++) {
            fmpq *b = qd_layer_at(layer, qd_layer_param(layer, "b"), u, 0);
            fmpq *c = _fmpq_vec_init(dim); /* the unit is c.x + b */
            if (l < layers) {
                fmpq_set_si(c + u / p, left[u % p] ? -1 : 1, 1);
                fmpq_mul(b, c + u / p, kink + u % p);
                fmpq_neg(b, b);
            } else if (dim == 1) {
                fmpq_one(c);
                fmpq_set_si(b, -(u + 1), last + 1);
            } else { /* lines close to the middle */
                fmpq_set_si(c, 1 + u, 1);
                fmpq_set_si(c + 1, u * u - 5, 1);
                fmpq_set_si(b, -(1 + u + u * u - 5), 2);
                fmpq_canonicalise(b);
                fmpq_set_si(t, (u * u * u) % 7 - 3, 40);
                fmpq_canonicalise(t);
                fmpq_add(b, b, t);
            }
            for (slong k = 0; k < dim; k++) {
                fmpq *w = qd_layer_at(layer, qd_layer_param(layer, "w"), u, 0);
                if (l == 0) fmpq_set(w + k, c + k);
                else {
                    for (slong i = 0; i < p; i++) fmpq_mul(w + k * p + i, c + k, weight + i);
                    fmpq_addmul(b, c + k, bias);
                }
            }
            _fmpq_vec_clear(c, dim);
        }
    }
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), last, 1);
    _fmpq_vec_clear(kink, p);
    _fmpq_vec_clear(weight, p);
    fmpq_clear(bias);
    fmpq_clear(t);
}

START_TEST(lower_bounds_are_reached)
{
    static const struct {
        slong dim, layers, p, last;
        bool more;
    } cases[] = {{1, 1, 2, 3, false}, {1, 2, 3, 4, false}, {1, 1, 3, 3, true},  {1, 2, 3, 3, true},
                 {1, 3, 4, 4, true},  {2, 1, 2, 4, false}, {2, 1, 3, 6, false}, {2, 1, 3, 6, true}};
    fold_net(cases[_i].dim, cases[_i].layers, cases[_i].p, cases[_i].last, cases[_i].more);
    slong regions = cases[_i].dim == 1 ? count_line(&(qd_domain){0}) : count_plane(&(qd_domain){0});
    qd_bound_shape_set_net(shape, net, cases[_i].dim, false);
    qd_bound b = cases[_i].more ? QD_BOUND_SERRA_LOWER : QD_BOUND_MONTUFAR_LOWER;
    ck_assert_msg(get(b) <= regions, "%ld regions, %s says %ld", (long) regions, qd_bound_name(b), (long) get(b));
    holds(regions, cases[_i].dim, false, "fold");
}
END_TEST

/* Pairs of lines in general position reach 2 n^2 + n + 1. */
START_TEST(pairs_of_lines)
{
    slong n = _i + 1;
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_PRODUCT, QD_RELU), 2, n);
    static const char *const keys[] = {"wr", "br", "wg", "bg"};
    for (slong u = 0; u < n; u++)
        for (slong half = 0; half < 2; half++) {
            slong k = 2 * u + half, w = qd_layer_param(l, keys[2 * half]), b = qd_layer_param(l, keys[2 * half + 1]);
            fmpq_one(qd_layer_at(l, (int) w, u, 0));
            fmpq_set_si(qd_layer_at(l, (int) w, u, 1), k, 1);
            fmpq_set_si(qd_layer_at(l, (int) b, u, 0), k * k, 1); /* tangents of a parabola */
        }
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), n, 1);
    ck_assert_int_eq(count_plane(&(qd_domain){0}), 2 * n * n + n + 1);
    qd_bound_shape_set_net(shape, net, 2, false);
    ck_assert_int_eq(get(QD_BOUND_PATTERN_CURVE), 2 * n * n + n + 1);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("bound");
    TCase *tc = tcase_create("bound");
    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, random_on_a_line, 0, (int) (126 * multiplier));
    tcase_add_loop_test(tc, random_in_the_plane, 0, (int) (63 * multiplier));
    tcase_add_test(tc, reference_networks);
    tcase_add_test(tc, boxes_have_more);
    tcase_add_loop_test(tc, conventional_formulas, 0, (int) (100 * multiplier));
    tcase_add_test(tc, known_values);
    tcase_add_test(tc, heuristic);
    tcase_add_test(tc, names_and_print);
    tcase_add_loop_test(tc, lower_bounds_are_reached, 0, 8);
    tcase_add_loop_test(tc, pairs_of_lines, 0, 4);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
