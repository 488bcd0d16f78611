/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of splines: files, comparison, evaluation, the random generator. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "spline/spline.h"

static qd_ctx_t ctx;
static qd_spline_t s, r;
static qd_buf_t buf;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_spline_init(s);
    qd_spline_init(r);
    qd_buf_init(buf);
}

static void teardown(void)
{
    qd_spline_clear(s);
    qd_spline_clear(r);
    qd_buf_clear(buf);
}

static void parse(qd_spline_t t, const char *text)
{
    qd_status st = qd_spline_parse(t, text, strlen(text), ctx);
    ck_assert_msg(st == QD_OK, "%s: %s", text, qd_ctx_message(ctx));
}

/* Case i: degree 0..9, 0..7 breakpoints, any smoothness, 1..3 outputs, on the line or on an interval. */
static void draw(qd_spline_t t, slong *degree, slong *nbreaks, slong *smooth, slong *outputs, int i)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(1, (uint64_t) i, 0));
    *degree = i % 10;
    *nbreaks = *degree == 0 ? 0 : (slong) qd_rng_below(rng, 8);
    *smooth = *degree == 0 ? 0 : (slong) qd_rng_below(rng, (uint64_t) *degree);
    *outputs = 1 + (slong) qd_rng_below(rng, 3);
    bool bounded = qd_rng_below(rng, 2) == 0;
    qd_spline_random(t, *degree, *nbreaks, *smooth, *outputs, bounded, rng);
}

static void draw_any(qd_spline_t t, int i)
{
    slong degree, nbreaks, smooth, outputs;
    draw(t, &degree, &nbreaks, &smooth, &outputs, i);
}

/* ---- files -------------------------------------------------------------------------------- */

START_TEST(print_then_parse)
{
    qd_buf_t again;
    qd_buf_init(again);
    draw_any(s, _i);
    qd_spline_print(buf, s);
    parse(r, qd_buf_str(buf));
    ck_assert_msg(qd_spline_equal(s, r), "case %d, QD_SEED=%lu", _i, (unsigned long) ctx->seed);
    qd_spline_print(again, r);
    ck_assert_str_eq(qd_buf_str(buf), qd_buf_str(again));
    qd_buf_clear(again);
}
END_TEST

/* Numbers mean the decimal that is written; a polynomial may end with zeros. */
START_TEST(numbers_are_exact)
{
    parse(s, "{\"breakpoints\": [0.1, \"1e0\"], \"pieces\": [[\"-1/10\", 1, 0], [\"0\"], [-1, 1.0, \"0.00\"]],"
             " \"interval\": [\"-3/6\", 2.50]}");
    parse(r, "{\"breakpoints\": [\"1/10\", \"1\"], \"pieces\": [[\"-0.1\", \"1\"], [\"0\"], [\"-1\", \"1\"]],"
             " \"interval\": [\"-1/2\", \"5/2\"]}");
    ck_assert(qd_spline_equal(s, r));
    ck_assert_int_eq(qd_spline_degree(s), 1);
    qd_spline_print(buf, s);
    ck_assert_str_eq(qd_buf_str(buf), "{\"breakpoints\": [\"1/10\", \"1\"],\n \"pieces\": [\n  [\"-1/10\", \"1\"],\n"
                                      "  [\"0\"],\n  [\"-1\", \"1\"]\n ],\n \"interval\": [\"-1/2\", \"5/2\"]}\n");
}
END_TEST

static const struct {
    const char *text, *message;
} bad[] = {
    {"[]", "line 1, column 1: the spline must be an object, not an array"},
    {"{\"breakpoints\": []}", "'pieces' is missing"},
    {"{\"pieces\": [[\"1\"]]}", "'breakpoints' is missing"},
    {"{\"breakpoints\": [], \"pieces\": [[\"1\"]], \"knots\": []}", "unknown key 'knots'"},
    {"{\"breakpoints\": {}, \"pieces\": [[\"1\"]]}", "'breakpoints'"},
    {"{\"breakpoints\": [],\n \"pieces\": []}", "line 2, column 12: 'pieces' is an empty list"},
    {"{\"breakpoints\": [],\n \"pieces\": [[]]}", "line 2, column 13: piece 1 is an empty list; the zero polynomial is [\"0\"]"},
    {"{\"breakpoints\": [], \"pieces\": [[[]]]}", "piece 1, output 1 is an empty list"},
    {"{\"breakpoints\": [], \"pieces\": [\"1\"]}", "piece 1"},
    {"{\"breakpoints\": [\"0\"], \"pieces\": [[\"1\"], []]}", "piece 2 is an empty list"},
    {"{\"breakpoints\": [\"0\"], \"pieces\": [[\"1\"], [null]]}", "piece 2: found null, expected a number"},
    {"{\"breakpoints\": [\"0\"], \"pieces\": [[\"1\"], [[\"1\"]]]}", "piece 2: found an array, expected a number"},
    {"{\"breakpoints\": [\"0\"], \"pieces\": [[[\"1\"]], [\"1\"]]}", "piece 2, output 1 must be an array, not a string"},
    {"{\"breakpoints\": [\"0\"], \"pieces\": [[[\"1\"]], []]}", "piece 2 is an empty list; it needs one list"},
    {"{\"breakpoints\": [\"0\"],\n\"pieces\": [[[\"1\"], [\"1\"]],\n [[\"1\"]]]}",
     "line 3, column 2: piece 2 has 1 outputs, piece 1 has 2"},
    {"{\"breakpoints\": [\"0\"], \"pieces\": [[\"1\"]]}", "'pieces': found 1, expected 2, one more than breakpoints"},
    {"{\"breakpoints\": [], \"pieces\": [[\"1\"], [\"1\"]]}", "'pieces': found 2, expected 1"},
    {"{\"breakpoints\": [\"x\"], \"pieces\": [[\"1\"], [\"1\"]]}", "line 1, column 18: 'breakpoints': "},
    {"{\"breakpoints\": [\"1/0\"], \"pieces\": [[\"1\"], [\"1\"]]}", "denominator"},
    {"{\"breakpoints\": [\"1\", \"1\"], \"pieces\": [[\"1\"], [\"1\"], [\"1\"]]}",
     "line 1, column 23: 'breakpoints': number 2 is not greater than the one before"},
    {"{\"breakpoints\": [\"1\", \"0\"], \"pieces\": [[\"1\"], [\"1\"], [\"1\"]]}", "number 2 is not greater"},
    {"{\"breakpoints\": [\"1\"], \"pieces\": [[\"1\"], [\"1\"]], \"interval\": [\"1\", \"2\"]}", "number 1 is not inside the interval"},
    {"{\"breakpoints\": [\"2\"], \"pieces\": [[\"1\"], [\"1\"]], \"interval\": [\"1\", \"2\"]}", "number 1 is not inside the interval"},
    {"{\"breakpoints\": [], \"pieces\": [[\"1\"]], \"interval\": [\"2\", \"2\"]}",
     "'interval': the left end must be smaller than the right end"},
    {"{\"breakpoints\": [], \"pieces\": [[\"1\"]], \"interval\": [\"1\"]}", "'interval': found 1 numbers, expected 2"},
    {"{\"breakpoints\": [], \"pieces\": [[\"1\"]], \"interval\": \"all\"}", "'interval'"},
    {"{\"breakpoints\": [], \"pieces\": [[\"1\"]], \"interval\": [\"0\", true]}", "'interval': found"},
    {"{\"breakpoints\": [\"0\",\n \"1/2\"], \"pieces\": [[\"1\"], [\"1\", \"-1/2\"], [\"1/2\"]]}",
     "line 2, column 2: discontinuous at breakpoint 2 (1/2): 3/4 on the left, 1/2 on the right"},
    {"{\"breakpoints\": [\"3\"], \"pieces\": [[[\"1\"], [\"0\", \"1\"]], [[\"1\"], [\"0\", \"2\"]]]}",
     "breakpoint 1 (3), output 2: 3 on the left, 6 on the right"},
    {"{\"breakpoints\": [\"1e60\"], \"pieces\": [[\"0\"], [\"0\", \"1\"]]}", "0 on the left, 1e60 on the right"},
};

START_TEST(bad_files)
{
    parse(s, "{\"breakpoints\": [], \"pieces\": [[\"7\"]]}");
    qd_spline_set(r, s);
    ck_assert_int_eq(qd_spline_parse(s, bad[_i].text, strlen(bad[_i].text), ctx), QD_EINPUT);
    ck_assert_msg(strstr(qd_ctx_message(ctx), bad[_i].message) != NULL, "%s: \"%s\" lacks \"%s\"", bad[_i].text, qd_ctx_message(ctx),
                  bad[_i].message);
    ck_assert_msg(strncmp(qd_ctx_message(ctx), "line ", 5) == 0, "no place: %s", qd_ctx_message(ctx));
    ck_assert(qd_spline_equal(s, r));
}
END_TEST

START_TEST(file_on_disk)
{
    char path[1100];
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/quadric-spline-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *f = fdopen(fd, "w");
    draw_any(s, 17);
    qd_spline_print(buf, s);
    fputs(qd_buf_str(buf), f);
    fclose(f);
    ck_assert_int_eq(qd_spline_read(r, path, ctx), QD_OK);
    ck_assert(qd_spline_equal(s, r));
    remove(path);
    ck_assert_int_eq(qd_spline_read(r, path, ctx), QD_EIO);
    ck_assert(qd_spline_equal(s, r));
}
END_TEST

/* ---- structure ---------------------------------------------------------------------------- */

/* t with every piece cut in the middle, or at a distance of 1 where it has no end. */
static void cut(qd_spline_t c, const qd_spline_t t)
{
    fmpq_t x;
    fmpq_init(x);
    qd_spline_resize(c, 2 * t->nbreaks + 1, t->outputs);
    c->has_lo = t->has_lo;
    c->has_hi = t->has_hi;
    fmpq_set(c->lo, t->lo);
    fmpq_set(c->hi, t->hi);
    for (slong i = 0; i <= t->nbreaks; i++) {
        const fmpq *a = i > 0 ? t->at[i - 1].lo : t->has_lo ? t->lo : NULL;
        const fmpq *b = i < t->nbreaks ? t->at[i].lo : t->has_hi ? t->hi : NULL;
        if (a != NULL && b != NULL) {
            fmpq_add(x, a, b);
            fmpq_div_2exp(x, x, 1);
        } else if (a != NULL) fmpq_add_si(x, a, 1);
        else if (b != NULL) fmpq_sub_si(x, b, 1);
        qd_alg_set_fmpq(c->at + 2 * i, x);
        if (i < t->nbreaks) qd_alg_set(c->at + 2 * i + 1, t->at + i);
        for (slong o = 0; o < t->outputs; o++) {
            fmpq_poly_set(qd_spline_poly(c, 2 * i, o), qd_spline_poly(t, i, o));
            fmpq_poly_set(qd_spline_poly(c, 2 * i + 1, o), qd_spline_poly(t, i, o));
        }
    }
    fmpq_clear(x);
}

START_TEST(merge_undoes_cuts)
{
    draw_any(s, _i);
    cut(r, s);
    ck_assert_int_eq(r->nbreaks, 2 * s->nbreaks + 1);
    ck_assert(!qd_spline_equal(s, r));
    for (slong i = 0; i < r->nbreaks; i += 2) ck_assert_int_eq(qd_spline_smoothness(r, i), WORD_MAX);
    qd_spline_merge(r);
    ck_assert_msg(qd_spline_equal(s, r), "case %d, QD_SEED=%lu", _i, (unsigned long) ctx->seed);
    qd_spline_difference(buf, s, r);
    ck_assert_str_eq(qd_buf_str(buf), "");
}
END_TEST

/* Each text differs from the one before it in what the sentence names. */
START_TEST(differences)
{
    static const struct {
        const char *text, *sentence;
    } step[] = {
        {"{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"1\"]]}", ""},
        {"{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"1\"]]}", ""},
        {"{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"1\", \"1/2\"]]}",
         "piece 2: the coefficient of x^2 is 0 in the first and 1/2 in the second"},
        {"{\"breakpoints\": [\"-2\"], \"pieces\": [[\"0\"], [\"0\", \"1\", \"1/2\"]]}",
         "breakpoint 1 is 0 in the first and -2 in the second"},
        {"{\"breakpoints\": [], \"pieces\": [[\"0\"]]}", "the first has 1 breakpoints, the second 0"},
        {"{\"breakpoints\": [], \"pieces\": [[\"0\"]], \"interval\": [\"0\", \"1\"]}",
         "the first lives on (-oo, oo), the second on [0, 1]"},
        {"{\"breakpoints\": [], \"pieces\": [[[\"0\"], [\"1\"]]], \"interval\": [\"0\", \"1\"]}", "the first has 1 outputs, the second 2"},
        {"{\"breakpoints\": [], \"pieces\": [[[\"0\"], [\"2\"]]], \"interval\": [\"0\", \"1\"]}",
         "piece 1, output 2: the coefficient of x^0 is 1 in the first and 2 in the second"},
    };
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        parse(s, step[i].text);
        if (i == 0) qd_spline_set(r, s);
        qd_buf_reset(buf);
        qd_spline_difference(buf, r, s);
        ck_assert_str_eq(qd_buf_str(buf), step[i].sentence);
        ck_assert_int_eq(qd_spline_equal(r, s), step[i].sentence[0] == '\0');
        qd_spline_swap(r, s);
    }
}
END_TEST

/* |x^2 - 2|: breakpoints that are not rational. */
START_TEST(irrational_breakpoints)
{
    fmpz_poly_t p;
    fmpq_t a, b, x;
    fmpz_poly_init(p);
    fmpq_init(a);
    fmpq_init(b);
    fmpq_init(x);
    fmpz_poly_set_coeff_si(p, 2, 1);
    fmpz_poly_set_coeff_si(p, 0, -2);
    fmpq_set_si(a, 1, 1);
    fmpq_set_si(b, 2, 1);
    qd_spline_resize(s, 2, 1);
    ck_assert_int_eq(qd_alg_set_root(s->at + 1, p, a, b, ctx), QD_OK);
    fmpq_neg(a, a);
    fmpq_neg(b, b);
    ck_assert_int_eq(qd_alg_set_root(s->at, p, b, a, ctx), QD_OK);
    for (slong i = 0; i < 3; i++) fmpq_poly_set_fmpz_poly(qd_spline_poly(s, i, 0), p);
    fmpq_poly_neg(qd_spline_poly(s, 1, 0), qd_spline_poly(s, 1, 0));
    ck_assert_int_eq(qd_spline_check_continuous(s, ctx), QD_OK);
    ck_assert_int_eq(qd_spline_smoothness(s, 0), 0);
    ck_assert_int_eq(qd_spline_smoothness(s, 1), 0);
    qd_spline_set(r, s);
    ck_assert(qd_spline_equal(s, r));
    for (slong k = -20; k <= 20; k++) {
        qd_vec_t y;
        qd_vec_init(y);
        fmpq_set_si(x, k, 7);
        fmpq_canonicalise(x);
        qd_spline_eval(y, s, x);
        fmpq_mul(x, x, x);
        fmpq_sub_si(x, x, 2);
        fmpq_abs(x, x);
        ck_assert(fmpq_equal(y->e, x));
        qd_vec_clear(y);
    }
    fmpq_poly_set_si(qd_spline_poly(s, 2, 0), 5);
    ck_assert_int_eq(qd_spline_check_continuous(s, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "discontinuous at breakpoint 2 (1.4142135623730950488): 0 on the left, "
                                          "5 on the right");
    fmpz_poly_clear(p);
    fmpq_clear(a);
    fmpq_clear(b);
    fmpq_clear(x);
}
END_TEST

/* ---- value -------------------------------------------------------------------------------- */

/* By powers, with plain mpq: no polynomial arithmetic of the module. */
static void naive_value(mpq_t y, const fmpq_poly_t p, const mpq_t x)
{
    mpq_t power, c;
    fmpq_t coefficient;
    mpq_init(power);
    mpq_init(c);
    fmpq_init(coefficient);
    mpq_set_ui(y, 0, 1);
    mpq_set_ui(power, 1, 1);
    for (slong k = 0; k <= fmpq_poly_degree(p); k++) {
        fmpq_poly_get_coeff_fmpq(coefficient, p, k);
        fmpq_get_mpq(c, coefficient);
        mpq_mul(c, c, power);
        mpq_add(y, y, c);
        mpq_mul(power, power, x);
    }
    mpq_clear(power);
    mpq_clear(c);
    fmpq_clear(coefficient);
}

static slong naive_piece(const qd_spline_t t, const fmpq_t x)
{
    slong i = 0;
    while (i < t->nbreaks && fmpq_cmp(t->at[i].lo, x) < 0) i++;
    return i;
}

static void check_value(const fmpq_t x, int i)
{
    qd_vec_t y;
    mpq_t u, v;
    qd_vec_init(y);
    mpq_init(u);
    mpq_init(v);
    qd_spline_eval(y, s, x);
    ck_assert_int_eq(y->n, s->outputs);
    fmpq_get_mpq(u, x);
    for (slong o = 0; o < s->outputs; o++) {
        naive_value(v, qd_spline_poly(s, naive_piece(s, x), o), u);
        fmpq_t w;
        fmpq_init(w);
        fmpq_set_mpq(w, v);
        ck_assert_msg(fmpq_equal(y->e + o, w), "case %d, QD_SEED=%lu", i, (unsigned long) ctx->seed);
        fmpq_clear(w);
    }
    mpq_clear(u);
    mpq_clear(v);
    qd_vec_clear(y);
}

START_TEST(value_equals_oracle)
{
    qd_rng_t rng;
    fmpq_t x;
    fmpq_init(x);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(2, (uint64_t) _i, 0));
    draw_any(s, _i);
    for (slong i = 0; i < s->nbreaks; i++) check_value(s->at[i].lo, _i);
    for (int k = 0; k < 20; k++) {
        slong p = (slong) qd_rng_range(rng, -200, 200), q = (slong) qd_rng_range(rng, 1, 9);
        fmpq_set_si(x, p, (ulong) q);
        fmpq_canonicalise(x);
        check_value(x, _i);
    }
    fmpq_clear(x);
}
END_TEST

/* ---- random ------------------------------------------------------------------------------- */

/* Derivatives by the power rule, compared one by one. */
static slong naive_smoothness(slong i)
{
    slong least = WORD_MAX;
    fmpq_poly_t a, b;
    fmpq_t x, y;
    fmpq_poly_init(a);
    fmpq_poly_init(b);
    fmpq_init(x);
    fmpq_init(y);
    for (slong o = 0; o < s->outputs; o++) {
        slong k = -1;
        fmpq_poly_set(a, qd_spline_poly(s, i, o));
        fmpq_poly_set(b, qd_spline_poly(s, i + 1, o));
        while (!fmpq_poly_equal(a, b)) {
            fmpq_poly_evaluate_fmpq(x, a, s->at[i].lo);
            fmpq_poly_evaluate_fmpq(y, b, s->at[i].lo);
            if (!fmpq_equal(x, y)) break;
            fmpq_poly_derivative(a, a);
            fmpq_poly_derivative(b, b);
            k++;
        }
        if (!fmpq_poly_equal(qd_spline_poly(s, i, o), qd_spline_poly(s, i + 1, o)) && k < least) least = k;
    }
    fmpq_poly_clear(a);
    fmpq_poly_clear(b);
    fmpq_clear(x);
    fmpq_clear(y);
    return least;
}

/* 2 relu(x - 1) + 0 relu(x) has a region's end at 0, at which nothing changes. */
START_TEST(a_network_s_pieces)
{
    const qd_domain whole = {0, NULL, NULL, NULL, NULL};
    qd_net_t net;
    qd_line_t line;
    qd_net_init(net);
    qd_line_init(line);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 1, 2);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    fmpq_one(qd_layer_at(l, 0, 1, 0));
    fmpq_set_si(qd_layer_at(l, 1, 1, 0), -1, 1);
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 2, 1);
    fmpq_set_si(qd_layer_at(l, 0, 0, 1), 2, 1);
    ck_assert_int_eq(qd_line_compute(line, net, &whole, ctx), QD_OK);
    ck_assert_int_eq(qd_line_nregions(line), 3);
    ck_assert_int_eq(qd_spline_set_line(s, line, ctx), QD_OK);
    parse(r, "{\"breakpoints\": [\"1\"], \"pieces\": [[\"0\"], [\"-2\", \"2\"]]}");
    ck_assert(qd_spline_equal(s, r));
    qd_line_clear(line);
    qd_net_clear(net);
}
END_TEST

START_TEST(random_keeps_its_promises)
{
    slong degree, nbreaks, smooth, outputs;
    draw(s, &degree, &nbreaks, &smooth, &outputs, _i);
    ck_assert_int_eq(s->nbreaks, nbreaks);
    ck_assert_int_eq(s->outputs, outputs);
    ck_assert(s->has_lo == s->has_hi);
    if (degree > 0) ck_assert_int_eq(qd_spline_degree(s), degree);
    ck_assert_int_eq(qd_spline_check_continuous(s, ctx), QD_OK);
    for (slong i = 0; i < nbreaks; i++) {
        slong k = qd_spline_smoothness(s, i);
        ck_assert_msg(k >= smooth && k < degree, "case %d, QD_SEED=%lu", _i, (unsigned long) ctx->seed);
        ck_assert_int_eq(k, naive_smoothness(i));
        if (i > 0) ck_assert_int_lt(qd_alg_cmp(s->at + i - 1, s->at + i), 0);
        ck_assert(!s->has_lo || (qd_alg_cmp_fmpq(s->at + i, s->lo) > 0 && qd_alg_cmp_fmpq(s->at + i, s->hi) < 0));
    }
    qd_spline_set(r, s);
    qd_spline_merge(r);
    ck_assert_int_eq(r->nbreaks, nbreaks);
    draw(r, &degree, &nbreaks, &smooth, &outputs, _i);
    ck_assert(qd_spline_equal(s, r));
}
END_TEST

#define COUNT(a) (int) (sizeof(a) / sizeof *(a))

int main(void)
{
    int multiplier = test_multiplier();
    Suite *suite = suite_create("spline");
    TCase *tc = tcase_create("spline");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, print_then_parse, 0, 200 * multiplier);
    tcase_add_test(tc, numbers_are_exact);
    tcase_add_loop_test(tc, bad_files, 0, COUNT(bad));
    tcase_add_test(tc, file_on_disk);
    tcase_add_loop_test(tc, merge_undoes_cuts, 0, 100 * multiplier);
    tcase_add_test(tc, differences);
    tcase_add_test(tc, irrational_breakpoints);
    tcase_add_test(tc, a_network_s_pieces);
    tcase_add_loop_test(tc, value_equals_oracle, 0, 100 * multiplier);
    tcase_add_loop_test(tc, random_keeps_its_promises, 0, 200 * multiplier);
    suite_add_tcase(suite, tc);
    int failed = test_run(suite);
    flint_cleanup();
    return failed;
}
