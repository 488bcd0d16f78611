/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks on a line that are too deep for the oracle's polynomials: counts against sign patterns at many points in long floating point, and, where
   exact polynomials are still short, every breakpoint that a local series has found against the exact root. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "line/line.h"
#include "shared/network.h"
#include "shared/suite.h"

typedef struct {
    qd_kind kind;
    slong width, depth;
    uint64_t seed; /* with it, no region is too narrow for the points */
    bool list;     /* ask for exact breakpoints as well */
} deep_case;

static const deep_case cases[] = {
    {QD_LINEAR, 12, 8, 1, true},    {QD_LINEAR, 8, 24, 2, false},    {QD_LINEAR, 6, 40, 4, false},  {QD_LINEAR, 6, 50, 5, false},
    {QD_LINEAR, 5, 60, 6, false},   {QD_QUADRATIC, 3, 7, 1, true},   {QD_QUADRATIC, 4, 7, 2, true}, {QD_QUADRATIC, 8, 8, 1, false},
    {QD_QUADRATIC, 5, 9, 3, false}, {QD_QUADRATIC, 6, 10, 1, false},
};

static void random_net(qd_net_t net, const deep_case *c)
{
    int64_t width[64];
    width[0] = width[c->depth + 1] = 1;
    for (slong l = 1; l <= c->depth; l++) width[l] = c->width;
    qd_arch arch = {c->depth + 1, width, qd_neuron_make(c->kind, QD_RELU), false, true};
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GAUSS, 8, 8}, c->seed, 0);
}

START_TEST(agrees_with_samples)
{
    const deep_case *c = cases + _i;
    qd_net_t net;
    qd_line_t line;
    qd_ctx_t ctx;
    qd_alg_t a;
    qd_net_init(net);
    qd_line_init(line);
    qd_ctx_init(ctx);
    qd_alg_init(a);
    ctx->seed = test_seed();
    random_net(net, c);
    oracle_net *o = to_oracle(net);
    int seen = oracle_sample(o, c->kind == QD_LINEAR ? 10000 : 4000, 192);
    ck_assert_int_eq(qd_line_compute(line, net, &(qd_domain){0}, ctx), QD_OK);
    qd_count n = qd_line_count(line);
    ck_assert_msg(n.label == QD_EXACT && n.regions == seen, "case %d: %ld regions, %d are seen", _i, (long) n.regions, seen);
    ck_assert_msg(n.pieces <= n.regions && n.patterns <= n.regions, "case %d", _i);
    for (slong i = 0; c->list && i < qd_line_nbreaks(line); i++) {
        double x = qd_line_approx(line, i);
        ck_assert_int_eq(qd_line_breakpoint(a, line, i, ctx), QD_OK);
        qd_alg_refine(a, 100);
        double exact = fmpq_get_d(a->lo);
        ck_assert_msg(fabs(x - exact) <= 1e-9 * (1 + fabs(exact)), "case %d: breakpoint %ld is %.17g, not %.17g", _i, (long) i, exact, x);
    }
    oracle_net_free(o);
    qd_alg_clear(a);
    qd_line_clear(line);
    qd_net_clear(net);
}
END_TEST

/* max(x - 2, 0) + 2, squared 62 times, and max(z^2 - 3, 0) of that: the last unit is active everywhere, and the degree is beyond a word. */
START_TEST(degree_beyond_a_word)
{
    qd_buf_t text;
    qd_net_t net;
    qd_line_t line;
    qd_ctx_t ctx;
    char pattern[3];
    qd_buf_init(text);
    qd_net_init(net);
    qd_line_init(line);
    qd_ctx_init(ctx);
    ctx->max_bytes = (int64_t) 1 << 31;
    ctx->max_seconds = 5;
    qd_buf_puts(text, "{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[1]], \"b\": [-2]},"
                      "{\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[1]], \"b\": [2]}");
    for (int k = 0; k < 63; k++)
        qd_buf_printf(text, ", {\"kind\": \"sparse\", \"units\": [{\"activation\": \"%s\", \"quadratic\": [[0, 0, 1]], \"b\": %d}]}",
                      k < 62 ? "identity" : "relu", k < 62 ? 0 : -3);
    qd_buf_puts(text, "]}");
    ck_assert_msg(qd_net_parse(net, qd_buf_str(text), text->len, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(qd_line_compute(line, net, &(qd_domain){0}, ctx), QD_EUNABLE);
    for (slong i = 0; i < qd_line_nregions(line); i++) {
        qd_line_pattern(pattern, line, i);
        ck_assert_int_eq(pattern[1], '1');
    }
    qd_line_clear(line);
    qd_net_clear(net);
    qd_buf_clear(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deep");
    TCase *tc = tcase_create("deep");
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, agrees_with_samples, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, degree_beyond_a_word);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
