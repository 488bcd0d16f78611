/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of src/piece/extremal.c and extremal_search.c: what the engine counts against the formulas that the constructions promise. */
#include <check.h>
#include <stdlib.h>

#include "oracle/oracle.h"
#include "shared/suite.h"
#include "spline/spline.h"

static qd_ctx_t ctx;
static qd_net_t net;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->threads = 1;
    ctx->seed = test_seed();
    qd_net_init(net);
}

static void teardown(void)
{
    qd_net_clear(net);
    flint_cleanup();
}

static qd_count count(const qd_net_t n)
{
    qd_line_t line;
    qd_domain whole = {0};
    qd_line_init(line);
    ck_assert_int_eq(qd_line_compute(line, n, &whole, ctx), QD_OK);
    qd_count c = qd_line_count(line);
    qd_line_clear(line);
    ck_assert_int_eq(c.label, QD_EXACT);
    return c;
}

/* Layer l of the network, all parameters as text. */
static void add_to_oracle(oracle_net *o, const qd_layer_struct *layer)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    char **param[QD_MAX_PARAMS];
    for (int k = 0; k < info->nparams; k++) {
        slong n = layer->out * qd_shape_length(info->param[k].shape, layer->in);
        param[k] = qd_calloc((size_t) n + 1, sizeof *param[k]);
        for (slong i = 0; i < n; i++) param[k][i] = fmpq_get_str(NULL, 10, layer->param[k] + i);
    }
    ck_assert_int_eq(oracle_net_add_layer(o, info->name, qd_activation_name(layer->neuron.act), 1, NULL, (int) layer->out,
                                          (const char *const *const *) param),
                     0);
    for (int k = 0; k < info->nparams; k++) {
        for (slong i = 0; param[k][i] != NULL; i++) flint_free(param[k][i]);
        free(param[k]);
    }
}

static slong power(slong k, slong n)
{
    return n == 0 ? 1 : k * power(k, n - 1);
}

/* 1 + b (k^L - 1)/(k - 1); for the tent as its comment says. */
static slong formula(qd_extremal e, slong w, slong depth)
{
    slong laps[] = {w, 2 * w, 2 * (w + 1), 4 * w - 2, 4 * w}, sum = 1;
    if (e == QD_EXTREMAL_TENT) return power(w, depth) + 1 + (w % 2 == 0 && depth > 1);
    for (slong l = 0; l < depth; l++) sum += 2 * w * power(laps[e], l);
    return sum;
}

static slong bound(void (*f)(fmpz_t, const qd_net_t), const qd_net_t n)
{
    fmpz_t b;
    fmpz_init(b);
    f(b, n);
    slong x = fmpz_get_si(b);
    fmpz_clear(b);
    return x;
}

/* Case _i: construction, width 1..5 and depth 1..3. */
START_TEST(regions_are_those_of_the_formula)
{
    qd_extremal e = (qd_extremal) (_i % QD_EXTREMALS);
    slong w = 1 + _i / QD_EXTREMALS % 5, depth = 1 + _i / QD_EXTREMALS / 5;
    if (w < qd_extremal_least_width(e)) return;
    ck_assert_int_eq(qd_extremal_net(net, e, w, depth, ctx), QD_OK);
    ck_assert_int_eq(net->depth, depth + 1);
    for (slong l = 0; l < depth; l++) ck_assert_int_eq(net->layer[l].out, w);
    qd_count c = count(net);
    ck_assert_msg(c.regions == formula(e, w, depth), "%s, width %ld, depth %ld: %ld regions, expected %ld", qd_extremal_name(e), (long) w,
                  (long) depth, (long) c.regions, (long) formula(e, w, depth));
    ck_assert_int_le(c.pieces, c.regions);
    ck_assert_int_le(c.regions, bound(qd_bound_line, net));
    ck_assert_int_le(bound(qd_bound_line, net), bound(qd_bound_line_product, net));
}
END_TEST

/* Width 1 and 2 at every depth, and one layer at every width, have networks that reach the bound. */
START_TEST(the_bound_is_reached)
{
    slong w = _i < 5 ? 1 : _i < 10 ? 2 : _i - 9, depth = _i < 10 ? 1 + _i % 5 : 1;
    ck_assert_int_eq(qd_extremal_net(net, QD_EXTREMAL_CHAIN, w, depth, ctx), QD_OK);
    ck_assert_int_eq(count(net).regions, bound(qd_bound_line, net));
}
END_TEST

/* The same regions and pieces by a road that shares no arithmetic with the engine. */
START_TEST(the_oracle_agrees)
{
    qd_extremal e = (qd_extremal) (_i % QD_EXTREMALS);
    slong w = 1 + _i / QD_EXTREMALS;
    if (w < qd_extremal_least_width(e)) return;
    ck_assert_int_eq(qd_extremal_net(net, e, w, 2, ctx), QD_OK);
    oracle_net *o = oracle_net_new(1);
    for (slong l = 0; l < net->depth; l++) add_to_oracle(o, net->layer + l);
    oracle_line_result *r = oracle_line(o, NULL, NULL, NULL, NULL);
    qd_count c = count(net);
    ck_assert_int_eq(r->regions, c.regions);
    ck_assert_int_eq(r->pieces, c.pieces);
    ck_assert_int_eq(r->patterns, c.patterns);
    ck_assert_int_eq(r->regions, formula(e, w, 2));
    oracle_free(r);
    oracle_net_free(o);
}
END_TEST

/* A ring of depth L, counted along the line t -> 3 - 2 t, and on an interval that holds all its breakpoints. */
START_TEST(domains)
{
    slong w = 3 + _i % 2, depth = 1 + _i / 2;
    fmpq *v = _fmpq_vec_init(4);
    qd_line_t line;
    ck_assert_int_eq(qd_extremal_net(net, QD_EXTREMAL_RING, w, depth, ctx), QD_OK);
    fmpq_set_si(v, 3, 1);
    fmpq_set_si(v + 1, -2, 1);
    fmpq_set_si(v + 2, 0, 1);
    fmpq_set_si(v + 3, 1, 1);
    qd_domain domain[] = {{.dim = 1, .base = v, .step = v + 1}, {.lo = v + 2, .hi = v + 3}};
    for (int k = 0; k < 2; k++) {
        qd_line_init(line);
        ck_assert_int_eq(qd_line_compute(line, net, domain + k, ctx), QD_OK);
        ck_assert_int_eq(qd_line_count(line).regions, formula(QD_EXTREMAL_RING, w, depth));
        qd_line_clear(line);
    }
    _fmpq_vec_clear(v, 4);
}
END_TEST

START_TEST(too_narrow)
{
    qd_net_t before;
    qd_net_init(before);
    qd_extremal_net(net, QD_EXTREMAL_LOGISTIC, 2, 2, ctx);
    qd_net_set(before, net);
    ck_assert_int_eq(qd_extremal_net(net, QD_EXTREMAL_RING, 2, 1, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the ring construction needs width >= 3 and depth >= 1, found 2 and 1");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_extremal_search(net, 0, 1, 10, 0, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the search needs width >= 1 and depth >= 1, found 0 and 1");
    ck_assert(qd_net_equal(net, before));
    qd_net_clear(before);
}
END_TEST

/* Case _i is the stream: a walk gives the same network again, and never fewer regions than it began with. */
START_TEST(walks)
{
    qd_net_t again, first;
    qd_net_init(again);
    qd_net_init(first);
    ck_assert_int_eq(qd_extremal_search(net, 3, 2, 100, (uint64_t) _i, ctx), QD_OK);
    ck_assert_int_eq(qd_extremal_search(again, 3, 2, 100, (uint64_t) _i, ctx), QD_OK);
    ck_assert(qd_net_equal(net, again));
    ck_assert_int_eq(qd_extremal_search(first, 3, 2, 1, (uint64_t) _i, ctx), QD_OK);
    ck_assert_int_ge(count(net).regions, count(first).regions);
    ck_assert_int_le(count(net).regions, bound(qd_bound_line, net));
    qd_net_clear(again);
    qd_net_clear(first);
}
END_TEST

START_TEST(random_walks_climb)
{
    qd_net_t first, other;
    qd_net_init(first);
    qd_net_init(other);
    ck_assert_int_eq(qd_extremal_search(first, 2, 2, 1, 1, ctx), QD_OK);
    ck_assert_int_eq(qd_extremal_search(net, 2, 2, 500, 1, ctx), QD_OK);
    ck_assert_int_gt(count(net).regions, count(first).regions);
    ctx->seed++;
    ck_assert_int_eq(qd_extremal_search(other, 2, 2, 500, 1, ctx), QD_OK);
    ck_assert(!qd_net_equal(net, other));
    qd_net_clear(first);
    qd_net_clear(other);
}
END_TEST

START_TEST(a_walk_ends_with_the_budget)
{
    ctx->max_seconds = 1e-9;
    ck_assert_int_eq(qd_extremal_search(net, 3, 2, 1000000, 1, ctx), QD_EUNABLE);
    ck_assert_int_eq(net->depth, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("extremal");
    TCase *tc = tcase_create("extremal");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, regions_are_those_of_the_formula, 0, 5 * QD_EXTREMALS * 3);
    tcase_add_loop_test(tc, the_bound_is_reached, 0, 20);
    tcase_add_loop_test(tc, the_oracle_agrees, 0, 4 * QD_EXTREMALS);
    tcase_add_loop_test(tc, domains, 0, 6);
    tcase_add_test(tc, too_narrow);
    tcase_add_loop_test(tc, walks, 0, 3);
    tcase_add_test(tc, random_walks_climb);
    tcase_add_test(tc, a_walk_ends_with_the_budget);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
