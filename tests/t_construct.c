/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the construction. The network is compared with the spline at points of every interval between breakpoints,
   more than the degree of any piece it can have; that is a sampled test and no verification, for which the engine is
   there. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "spline/spline.h"

static qd_ctx_t ctx;
static qd_spline_t s;
static qd_net_t net;
static qd_construct_report report;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_spline_init(s);
    qd_net_init(net);
}

static void teardown(void)
{
    qd_spline_clear(s);
    qd_net_clear(net);
}

/* ---- sampled comparison ------------------------------------------------------------------- */

static bool agrees_at(const fmpq_t x)
{
    qd_vec_t in, y, z;
    qd_vec_init(in);
    qd_vec_init(y);
    qd_vec_init(z);
    qd_vec_resize(in, 1);
    fmpq_set(in->e, x);
    ck_assert_int_eq(qd_net_eval(y, NULL, net, in, ctx), QD_OK);
    qd_spline_eval(z, s, x);
    bool equal = qd_vec_equal(y, z);
    qd_vec_clear(in);
    qd_vec_clear(y);
    qd_vec_clear(z);
    return equal;
}

/* At n + 1 points from a to b, both included. */
static bool agrees_between(const fmpq_t a, const fmpq_t b, slong n)
{
    bool equal = true;
    fmpq_t x, step;
    fmpq_init(x);
    fmpq_init(step);
    fmpq_sub(step, b, a);
    fmpq_div_fmpz(step, step, (fmpz[]){n});
    fmpq_set(x, a);
    for (slong k = 0; k <= n && equal; k++) {
        equal = agrees_at(x);
        fmpq_add(x, x, step);
    }
    fmpq_clear(x);
    fmpq_clear(step);
    return equal;
}

/* A random subinterval of [a, b]. */
static bool agrees_inside(const fmpq_t a, const fmpq_t b, slong n, qd_rng_t rng)
{
    fmpq_t u, v, w;
    fmpq_init(u);
    fmpq_init(v);
    fmpq_init(w);
    fmpq_sub(w, b, a);
    fmpq_set_si(u, qd_rng_range(rng, 0, 499), 1000);
    fmpq_set_si(v, qd_rng_range(rng, 500, 1000), 1000);
    fmpq_canonicalise(u);
    fmpq_canonicalise(v);
    fmpq_mul(u, u, w);
    fmpq_mul(v, v, w);
    fmpq_add(u, u, a);
    fmpq_add(v, v, a);
    bool equal = agrees_between(u, v, n);
    fmpq_clear(u);
    fmpq_clear(v);
    fmpq_clear(w);
    return equal;
}

/* Interval i between breakpoints; an infinite one is cut at a distance of `reach`. */
static void get_interval(fmpq_t a, fmpq_t b, slong i, slong reach)
{
    if (i > 0) fmpq_set(a, s->at[i - 1].lo);
    else if (s->has_lo) fmpq_set(a, s->lo);
    if (i < s->nbreaks) fmpq_set(b, s->at[i].lo);
    else if (s->has_hi) fmpq_set(b, s->hi);
    bool left = i > 0 || s->has_lo, right = i < s->nbreaks || s->has_hi;
    if (!left && !right) fmpq_set_si(b, reach, 1);
    if (!left) fmpq_sub_si(a, b, 2 * reach);
    if (!right && left) fmpq_add_si(b, a, 2 * reach);
}

/* Sampled: does the network agree with the spline? */
static bool agrees(uint64_t stream)
{
    bool equal = true;
    slong n = (WORD(1) << (net->depth - 1)) + 1;
    qd_rng_t rng;
    fmpq_t a, b;
    fmpq_init(a);
    fmpq_init(b);
    qd_rng_init(rng, ctx->seed, stream);
    for (slong i = 0; i <= s->nbreaks && equal; i++) {
        get_interval(a, b, i, 2);
        equal = agrees_between(a, b, n) && agrees_inside(a, b, n, rng);
        get_interval(a, b, i, 1000000);
        equal = equal && agrees_between(a, b, 5);
    }
    fmpq_clear(a);
    fmpq_clear(b);
    return equal;
}

/* ---- what every construction must satisfy -------------------------------------------------- */

static void check_shape(const char *name)
{
    slong units = 0, width = 0;
    ck_assert_int_eq(net->input_dim, 1);
    ck_assert_int_eq(net->depth, report.depth + 1);
    for (slong l = 0; l < report.depth; l++) {
        ck_assert_int_eq(net->layer[l].neuron.kind, QD_QUADRATIC);
        ck_assert_int_eq(net->layer[l].neuron.act, QD_RELU);
        units += net->layer[l].out;
        if (net->layer[l].out > width) width = net->layer[l].out;
    }
    ck_assert_int_eq(net->layer[report.depth].neuron.kind, QD_LINEAR);
    ck_assert_int_eq(net->layer[report.depth].neuron.act, QD_IDENTITY);
    ck_assert_int_eq(width, report.width);
    ck_assert_int_eq(qd_net_nparams(net), report.params);
    ck_assert_int_eq(units, report.units);
    ck_assert_int_eq(qd_net_output_dim(net), s->outputs);
    ck_assert_msg(report.depth <= report.bound_depth, "%s: depth", name);
    ck_assert_msg(report.width <= report.proved_width, "%s: width %ld, proved %ld", name, (long) report.width, (long) report.proved_width);
    ck_assert_msg(report.proved_width <= report.bound_width, "%s: proved width %ld, bound %ld", name, (long) report.proved_width,
                  (long) report.bound_width);
}

static void construct(const char *name)
{
    ck_assert_msg(qd_construct(net, &report, s, ctx) == QD_OK, "%s: %s", name, qd_ctx_message(ctx));
    check_shape(name);
    ck_assert_msg(agrees(3), "%s, QD_SEED=%lu", name, (unsigned long) ctx->seed);
}

/* The bounds as the theorems state them, for one output. */
static slong theorem_bound(slong N, slong K)
{
    switch (report.method) {
    case QD_CONSTRUCT_INTERVAL:
        return 2 * K + 1;
    case QD_CONSTRUCT_SMOOTH:
        return 2 * K + 2 * N;
    case QD_CONSTRUCT_GENERAL:
        break;
    }
    return N * (K + 2);
}

/* Degree 1..9, 12, 16, 17; 0..12 breakpoints; smoothness 0, N - 1 or any; 1..3 outputs; line or interval. */
START_TEST(random_splines)
{
    static const slong degree[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17};
    char name[100];
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(4, (uint64_t) _i, 0));
    slong N = degree[_i % 12], K = N > 9 ? (slong) qd_rng_below(rng, 4) : (slong) qd_rng_below(rng, 13);
    slong smooth = _i / 12 % 3 == 0 ? 0 : _i / 12 % 3 == 1 ? N - 1 : (slong) qd_rng_below(rng, (uint64_t) N);
    slong outputs = qd_rng_below(rng, 4) == 0 ? 2 + (slong) qd_rng_below(rng, 2) : 1;
    bool bounded = qd_rng_below(rng, 3) == 0;
    snprintf(name, sizeof name, "case %d: N %ld, K %ld, C^%ld, %ld outputs%s", _i, (long) N, (long) K, (long) smooth, (long) outputs,
             bounded ? ", interval" : "");
    qd_spline_random(s, N, K, smooth, outputs, bounded, rng);
    construct(name);
    ck_assert_int_eq(report.degree, N);
    ck_assert_int_eq(report.nbreaks, K);
    ck_assert_int_eq(report.outputs, outputs);
    ck_assert_int_eq(report.method == QD_CONSTRUCT_INTERVAL, bounded && N <= 2);
    if (smooth == N - 1 && N >= 2 && !(bounded && N <= 2)) ck_assert_int_eq(report.method, QD_CONSTRUCT_SMOOTH);
    ck_assert_int_eq(report.bound_width, outputs * theorem_bound(N, K));
    if (outputs == 1 && N >= 2 && report.method != QD_CONSTRUCT_INTERVAL) ck_assert_int_le(report.width, FLINT_MAX(K + 2, N));
}
END_TEST

/* ---- hand-made ---------------------------------------------------------------------------- */

static const struct {
    const char *name, *text;
    slong depth, width; /* expected */
    bool minimal;
} made[] = {
    {"relu", "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"1\"]]}", 1, 1, true},
    {"-relu(-x) + 3", "{\"breakpoints\": [\"0\"], \"pieces\": [[\"3\", \"1\"], [\"3\"]]}", 1, 1, true},
    {"abs", "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\", \"-1\"], [\"0\", \"1\"]]}", 1, 2, true},
    {"abs on an interval", "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\", \"-1\"], [\"0\", \"1\"]], \"interval\": [-1, 1]}", 1, 2, true},
    {"x", "{\"breakpoints\": [], \"pieces\": [[\"0\", \"1\"]]}", 1, 2, false},
    {"x on an interval", "{\"breakpoints\": [], \"pieces\": [[\"0\", \"1\"]], \"interval\": [-5, 2]}", 1, 1, false},
    {"zero", "{\"breakpoints\": [], \"pieces\": [[\"0\"]]}", 1, 1, false},
    {"constant", "{\"breakpoints\": [], \"pieces\": [[\"-7/3\"]]}", 1, 1, false},
    {"constant, cut", "{\"breakpoints\": [\"1\"], \"pieces\": [[\"-7/3\"], [\"-7/3\"]]}", 1, 1, false},
    {"constant on an interval", "{\"breakpoints\": [], \"pieces\": [[\"5\"]], \"interval\": [0, 1]}", 1, 1, false},
    {"constants", "{\"breakpoints\": [], \"pieces\": [[[\"5\"], [\"0\"], [\"-1\"]]]}", 1, 1, false},
    {"hat", "{\"breakpoints\": [0, 1, 2], \"pieces\": [[\"0\"], [0, 1], [2, -1], [\"0\"]]}", 1, 3, true},
    {"hat on an interval", "{\"breakpoints\": [1], \"pieces\": [[0, 1], [2, -1]], \"interval\": [0, 2]}", 1, 2, true},
    {"quadratic B-spline",
     "{\"breakpoints\": [0, 1, 2, 3], \"pieces\": [[0], [0, 0, \"1/2\"], [\"-3/2\", 3, -1],"
     " [\"9/2\", -3, \"1/2\"], [0]]}",
     2, 4, false},
    {"quadratic B-spline on an interval",
     "{\"breakpoints\": [1, 2], \"pieces\": [[0, 0, \"1/2\"], [\"-3/2\", 3, -1], [\"9/2\", -3, \"1/2\"]],"
     " \"interval\": [0, 3]}",
     1, 5, true},
    {"cubic B-spline",
     "{\"breakpoints\": [0, 1, 2, 3, 4], \"pieces\": [[0], [0, 0, 0, \"1/6\"], [\"2/3\", -2, 2, \"-1/2\"],"
     " [\"-22/3\", 10, -4, \"1/2\"], [\"32/3\", -8, 2, \"-1/6\"], [0]]}",
     2, 5, true},
    {"parabola", "{\"breakpoints\": [], \"pieces\": [[1, -3, \"2/7\"]]}", 1, 1, true},
    {"cubic", "{\"breakpoints\": [], \"pieces\": [[1, -3, \"2/7\", 5]]}", 2, 2, true},
    {"quartic", "{\"breakpoints\": [], \"pieces\": [[1, -3, \"2/7\", 5, -1]]}", 2, 2, true},
    {"x^17", "{\"breakpoints\": [], \"pieces\": [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]}", 5, 2, true},
    {"x^2 and x^2 - x, same top coefficient", "{\"breakpoints\": [0], \"pieces\": [[0, 0, 1], [0, -1, 1]]}", 2, 2, false},
    {"x |x|", "{\"breakpoints\": [0], \"pieces\": [[0, 0, -1], [0, 0, 1]]}", 2, 2, true},
    {"x^3 on the left, 0 on the right",
     "{\"breakpoints\": [\"1/3\"], \"pieces\":"
     " [[\"-1/27\", \"1/3\", -1, 1], [0]]}",
     2, 2, true},
    {"degree 6, only C^0", "{\"breakpoints\": [0, 1], \"pieces\": [[0], [0, 1, -1, 1, -1, 1, -1], [\"0\"]]}", 3, 5, true},
    {"a curve", "{\"breakpoints\": [0, 1], \"pieces\": [[[0], [1]], [[0, 1], [1, 0, -1]], [[1], [0]]]}", 2, 4, false},
    {"a curve on an interval",
     "{\"breakpoints\": [0, 1], \"pieces\": [[[0], [1]], [[0, 1], [1, 0, -1]], [[1], [0]]], \"interval\": [-1, 2]}", 1, 4, true},
    {"proportional jumps",
     "{\"breakpoints\": [0], \"pieces\": [[[0], [1]], [[0, 1, 1], [1, -2, -2]]],"
     " \"interval\": [-1, 1]}",
     1, 1, true},
    {"far apart",
     "{\"breakpoints\": [\"-1e50\", \"1e50\"], \"pieces\": [[\"-1e50\", \"-1\"], [\"0\"],"
     " [\"-1e150\", 0, 0, 1]]}",
     2, 4, true},
    {"close together", "{\"breakpoints\": [\"1e-50\", \"2e-50\"], \"pieces\": [[0], [\"-1e-50\", 1], [\"1e-50\"]]}", 1, 2, true},
};

START_TEST(hand_made)
{
    qd_status st = qd_spline_parse(s, made[_i].text, strlen(made[_i].text), ctx);
    ck_assert_msg(st == QD_OK, "%s: %s", made[_i].name, qd_ctx_message(ctx));
    construct(made[_i].name);
    ck_assert_msg(report.depth == made[_i].depth && report.width <= made[_i].width && report.depth_minimal == made[_i].minimal,
                  "%s: depth %ld, width %ld, minimal %d", made[_i].name, (long) report.depth, (long) report.width,
                  (int) report.depth_minimal);
}
END_TEST

/* s = gamma (x - t)_+^N + const, or its mirror image: depth 1 + floor(log2 N), minimal, at most two units a layer. */
START_TEST(truncated_powers)
{
    slong N = _i + 1;
    fmpq_t t;
    fmpq_poly_t line;
    fmpq_init(t);
    fmpq_poly_init(line);
    fmpq_set_si(t, -5, 3);
    qd_spline_resize(s, 1, 1);
    qd_alg_set_fmpq(s->at, t);
    fmpq_neg(t, t);
    fmpq_poly_set_coeff_si(line, 1, 1);
    fmpq_poly_set_coeff_fmpq(line, 0, t);
    fmpq_poly_pow(line, line, (ulong) N);
    fmpq_poly_scalar_mul_si(line, line, N % 3 - 1 == 0 ? 4 : N % 3 - 1);
    fmpq_poly_set_si(qd_spline_poly(s, N % 4 < 2, 0), 7);
    fmpq_poly_add(qd_spline_poly(s, N % 4 >= 2, 0), line, qd_spline_poly(s, N % 4 < 2, 0));
    construct("truncated power");
    ck_assert_int_eq(report.depth, (slong) FLINT_BIT_COUNT(N));
    ck_assert_int_le(report.width, 2);
    ck_assert(report.depth_minimal);
    fmpq_clear(t);
    fmpq_poly_clear(line);
}
END_TEST

/* Cubic splines of class C^2 take about half a unit a breakpoint. */
START_TEST(mixed_cubics)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(5, (uint64_t) _i, 0));
    qd_spline_random(s, 3, _i, 2, 1, false, rng);
    construct("cubic");
    ck_assert_int_eq(report.method, QD_CONSTRUCT_SMOOTH);
    ck_assert_int_le(report.width, (_i + 1) / 2 + 3);
}
END_TEST

/* A spline on a half-line is extended like one on an interval. */
START_TEST(half_line)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(6, (uint64_t) _i, 0));
    qd_spline_random(s, 1 + _i % 5, _i % 4, 0, 1, true, rng);
    if (_i % 2 == 0) s->has_lo = false;
    else s->has_hi = false;
    construct("half-line");
    ck_assert(report.method != QD_CONSTRUCT_INTERVAL);
}
END_TEST

/* ---- what must fail ----------------------------------------------------------------------- */

/* z -> -z in one neuron */
static void negate_unit(qd_layer_struct *layer, slong u)
{
    static const char *const key[] = {"wr", "br", "wb", "c"};
    for (int k = 0; k < 4; k++) {
        int param = qd_layer_param(layer, key[k]);
        for (slong j = 0; j < (k % 2 == 0 ? layer->in : 1); j++) {
            fmpq *x = qd_layer_at(layer, param, u, j);
            fmpq_neg(x, x);
        }
    }
}

/* The sampled comparison sees every unit whose sign is wrong: no unit is idle, and the test can fail. */
START_TEST(wrong_signs_are_seen)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(7, (uint64_t) _i, 0));
    slong N = 1 + _i % 6;
    slong K = 1 + (slong) qd_rng_below(rng, 4);
    slong smooth = (slong) qd_rng_below(rng, (uint64_t) N);
    qd_spline_random(s, N, K, smooth, 1, _i % 7 == 0, rng);
    construct("before");
    for (slong l = 0; l < net->depth - 1; l++)
        for (slong u = 0; u < net->layer[l].out; u++) {
            negate_unit(net->layer + l, u);
            ck_assert_msg(!agrees(3), "case %d, QD_SEED=%lu: layer %ld, unit %ld", _i, (unsigned long) ctx->seed, (long) l + 1,
                          (long) u + 1);
            negate_unit(net->layer + l, u);
        }
    ck_assert(agrees(3));
}
END_TEST

static void refused(qd_status st, const char *message)
{
    qd_net_t before;
    qd_net_init(before);
    qd_net_set(before, net);
    ck_assert_int_eq(qd_construct(net, &report, s, ctx), st);
    ck_assert_msg(strstr(qd_ctx_message(ctx), message) != NULL, "%s", qd_ctx_message(ctx));
    ck_assert(qd_net_equal(net, before));
    qd_ctx_forget(ctx);
    qd_net_clear(before);
}

/* One breakpoint at the root of p in (1, 2), pieces 0 and p. */
static void set_root_spline(const char *p)
{
    fmpz_poly_t q;
    fmpq_t a, b;
    fmpz_poly_init(q);
    fmpq_init(a);
    fmpq_init(b);
    ck_assert_int_eq(fmpz_poly_set_str(q, p), 0);
    fmpq_set_si(a, 1, 1);
    fmpq_set_si(b, 2, 1);
    qd_spline_resize(s, 1, 1);
    ck_assert_int_eq(qd_alg_set_root(s->at, q, a, b, ctx), QD_OK);
    fmpq_poly_set_fmpz_poly(qd_spline_poly(s, 1, 0), q);
    fmpz_poly_clear(q);
    fmpq_clear(a);
    fmpq_clear(b);
}

START_TEST(refusals)
{
    refused(QD_EINPUT, "no output");
    qd_spline_resize(s, 0, 1);
    construct("zero");
    set_root_spline("3  -2 0 1");
    refused(QD_EINPUT, "breakpoint 1 is irrational");
    set_root_spline("3  15 -16 4"); /* (2 x - 3)(2 x - 5) */
    ck_assert_int_eq(qd_construct(net, NULL, s, ctx), QD_OK);
    qd_alg_simplify(s->at);
    ck_assert(agrees(3));
    fmpq_poly_set_si(qd_spline_poly(s, 0, 0), 1);
    refused(QD_EINPUT, "discontinuous at breakpoint 1 (3/2): 1 on the left, 0 on the right");
}
END_TEST

START_TEST(budget_runs_out)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 8);
    qd_spline_random(s, 5, 3, 0, 1, false, rng);
    ctx->max_seconds = 1e-9;
    refused(QD_EUNABLE, "time budget");
}
END_TEST

#define COUNT(a) (int) (sizeof(a) / sizeof *(a))

int main(void)
{
    int multiplier = test_multiplier();
    Suite *suite = suite_create("construct");
    TCase *tc = tcase_create("construct");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, random_splines, 0, 360 * multiplier);
    tcase_add_loop_test(tc, hand_made, 0, COUNT(made));
    tcase_add_loop_test(tc, truncated_powers, 0, 40);
    tcase_add_loop_test(tc, mixed_cubics, 1, 30);
    tcase_add_loop_test(tc, half_line, 0, 40);
    tcase_add_loop_test(tc, wrong_signs_are_seen, 0, 60 * multiplier);
    tcase_add_test(tc, refusals);
    tcase_add_test(tc, budget_runs_out);
    suite_add_tcase(suite, tc);
    int failed = test_run(suite);
    flint_cleanup();
    return failed;
}
