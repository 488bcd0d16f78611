/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oracle against facts that do not come from it: the one-dimensional networks of
   tests/reference/pieces, cases whose answer is plain, and its own two roads (polynomials on a
   region, the neuron's formula at a point) held against each other on random networks. */
#include "oracle/oracle.h"
#include "shared/suite.h"
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LAYERS = 5, MAX_KEYS = 6, MAX_NUMBERS = 512 };

/* ---- networks as text ---------------------------------------------------------------------- */

typedef struct {
    const char *kind, *activation; /* "power:3", "leaky_relu:-1/2" */
    int out;
    const char *params; /* "numbers; numbers; ...", one list per key */
} layer_text;

/* Splits text in place at every character of `at`; returns the number of parts. */
static int split(char **part, char *text, const char *at)
{
    int n = 0;

    for (char *save, *p = strtok_r(text, at, &save); p != NULL; p = strtok_r(NULL, at, &save)) part[n++] = p;
    return n;
}

static int add_layer(oracle_net *net, const layer_text *l)
{
    char *text = strdup(l->params), *key[MAX_KEYS], *number[MAX_KEYS][MAX_NUMBERS];
    char *activation = strdup(l->activation), *colon = strchr(activation, ':');
    const char *const *params[MAX_KEYS];
    int n = split(key, text, ";"), status;

    if (colon != NULL) *colon++ = 0;
    for (int k = 0; k < n; k++) {
        split(number[k], key[k], " ");
        params[k] = (const char *const *) number[k];
    }
    status = oracle_net_add_layer(net, l->kind, activation, colon ? atoi(colon) : 0, colon, l->out, params);
    free(text);
    free(activation);
    return status;
}

static oracle_net *build(int input_dim, const layer_text *layer)
{
    oracle_net *net = oracle_net_new(input_dim);

    for (; layer->kind != NULL; layer++) ck_assert_int_eq(add_layer(net, layer), 0);
    return net;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Reads "-3/7" or a decimal "-1.25" exactly. */
static void set_number(mpq_t x, const char *s)
{
    const char *dot = strchr(s, '.');
    char digits[128];
    mpz_t d;

    if (dot == NULL) {
        ck_assert_int_eq(mpq_set_str(x, s, 10), 0);
        mpq_canonicalize(x);
        return;
    }
    snprintf(digits, sizeof digits, "%.*s%s", (int) (dot - s), s, dot + 1);
    ck_assert_int_eq(mpz_set_str(mpq_numref(x), digits, 10), 0);
    mpz_init(d);
    mpz_ui_pow_ui(d, 10, strlen(dot + 1));
    mpz_set(mpq_denref(x), d);
    mpz_clear(d);
    mpq_canonicalize(x);
}

static void evaluate(mpq_t y, const oracle_poly *p, const mpq_t t)
{
    mpq_set_ui(y, 0, 1);
    for (int k = p->len - 1; k >= 0; k--) {
        mpq_mul(y, y, t);
        mpq_add(y, y, p->c[k]);
    }
}

/* Do [lo, hi] and the decimal s, rounded in its 25th place, meet? */
static int root_is_near(const oracle_root *r, const char *s)
{
    mpq_t x, eps, d;
    int near;

    mpq_init(x);
    mpq_init(eps);
    mpq_init(d);
    set_number(x, s);
    set_number(eps, "0.0000000000000000000000001");
    mpq_sub(d, r->lo, x);
    near = mpq_cmp(d, eps) <= 0;
    mpq_sub(d, x, r->hi);
    near = near && mpq_cmp(d, eps) <= 0;
    mpq_clear(x);
    mpq_clear(eps);
    mpq_clear(d);
    return near;
}

static void check_rational(const oracle_root *r, const char *s)
{
    mpq_t x;

    mpq_init(x);
    set_number(x, s);
    ck_assert(mpq_equal(r->lo, x) && mpq_equal(r->hi, x));
    ck_assert_int_eq(r->poly.len, 2);
    mpq_clear(x);
}

/* ---- the reference cases --------------------------------------------------------------------- */

typedef struct {
    const char *name;
    layer_text layer[MAX_LAYERS];
    int patterns, regions, pieces, max_degree;
    const char *breakpoints, *changes;
} reference_case;

static const reference_case reference[] = {
    {"close_roots_1e20",
     {{"quadratic", "relu", 2,
       "1 1; 0 0; 1 1; 0 0; 0 0; -2 "
       "-200000000000000000001/100000000000000000000"},
      {"linear", "identity", 1, "1 1; 0"}},
     3,
     5,
     5,
     2,
     "-1.4142135623730950488052243 -1.4142135623730950488016887 1.4142135623730950488016887 "
     "1.4142135623730950488052243",
     "1111"},
    {"dead_neuron", {{"quadratic", "relu", 1, "1; 0; -1; 0; 0; -1"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, -1, "", ""},
    {"kink_touch",
     {{"linear", "relu", 2, "1 -1; 0 0"}, {"linear", "relu", 1, "1 1; 0"}, {"linear", "identity", 1, "1; 0"}},
     2,
     2,
     2,
     1,
     "0.0",
     "1"},
    {"logistic_offset_2",
     {{"quadratic", "relu", 1, "-4; 4; 1; 0; 0; 0"}, {"quadratic", "relu", 1, "-4; 4; 1; 0; 0; -1/2"}, {"linear", "identity", 1, "1; 0"}},
     3,
     7,
     5,
     4,
     "0.0 0.0380602337443566219359084 0.3086582838174551141357700 0.6913417161825448858642300 "
     "0.9619397662556433780640916 1.0",
     "011110"},
    {"logistic_touch_2",
     {{"quadratic", "relu", 1, "-4; 4; 1; 0; 0; 0"}, {"quadratic", "relu", 1, "-4; 4; 1; 0; 0; 0"}, {"linear", "identity", 1, "1; 0"}},
     2,
     3,
     3,
     4,
     "0.0 1.0",
     "11"},
    {"merge_relu_pair",
     {{"quadratic", "relu", 2, "1 1; 0 0; 1 -1; 0 0; 0 0; -2 2"}, {"linear", "identity", 1, "1 -1; 0"}},
     2,
     3,
     1,
     2,
     "-1.4142135623730950488016887 1.4142135623730950488016887",
     "00"},
    {"mixed_lin_quad",
     {{"linear", "relu", 3, "1 -1 1/2; 0 1 -1"},
      {"quadratic", "relu", 2, "1 1 -1 1 2 0; -1 -1; 1 -1 2 0 1 1; 1 -2; 0 0 1 0 1 0; -1 0"},
      {"linear", "identity", 1, "1 -1; 0"}},
     6,
     6,
     5,
     2,
     "0.0 1.0 1.4142135623730950488016887 2.0 6.0",
     "10111"},
    {"repeat_polynomials",
     {{"quadratic", "relu", 2, "1 1; -1 -4; 1 1; -2 -5; 0 0; 0 0"}, {"linear", "identity", 1, "1 0; 0"}},
     3,
     5,
     3,
     2,
     "1.0 2.0 4.0 5.0",
     "1100"},
    {"second_layer_touch_at_break",
     {{"linear", "relu", 2, "1 -1; 0 0"},
      {"quadratic", "relu", 2, "1 0 1 -1; 0 0; 0 1 1 -1; 0 0; 0 0 0 0; 0 0"},
      {"linear", "identity", 1, "1 1; 0"}},
     2,
     2,
     1,
     2,
     "0.0",
     "0"},
    {"second_layer_zero_on_interval",
     {{"quadratic", "relu", 1, "0; 1; 1; 0; 0; 0"}, {"quadratic", "relu", 1, "1; 0; 1; 0; 0; 0"}, {"linear", "identity", 1, "1; 0"}},
     2,
     2,
     2,
     2,
     "0.0",
     "1"},
    {"share_rational_root",
     {{"quadratic", "relu", 2, "1 1; -1 -1; 1 1; -2 3; 0 0; 0 0"}, {"linear", "identity", 1, "1 1; 0"}},
     3,
     4,
     4,
     2,
     "-3.0 1.0 2.0",
     "111"},
    {"share_root_across_layers",
     {{"quadratic", "relu", 2, "1 1; 0 0; 1 1; 0 0; 0 0; -2 2"},
      {"quadratic", "relu", 2, "0 1 1 0; 0 0; 0 1 0 1; 0 0; 0 0 0 0; -16 0"},
      {"linear", "identity", 1, "1 1; 0"}},
     2,
     3,
     3,
     4,
     "-1.4142135623730950488016887 1.4142135623730950488016887",
     "11"},
    {"tangent_and_cross_same_point",
     {{"quadratic", "relu", 2, "1 0; -1 1; 1 1; -1 -1; 0 0; 0 0"}, {"linear", "identity", 1, "1 1; 0"}},
     2,
     2,
     2,
     2,
     "1.0",
     "1"},
    {"tangent_irrational",
     {{"quadratic", "relu", 1, "1; 0; 1; 0; 0; 0"},
      {"quadratic", "relu", 2, "1 1; -2 -2; 1 0; -2 1; 0 0; 0 0"},
      {"linear", "identity", 1, "1 1; 0"}},
     2,
     3,
     3,
     4,
     "-1.4142135623730950488016887 1.4142135623730950488016887",
     "11"},
    {"tangent_neg", {{"quadratic", "relu", 1, "1; -1; -1; 1; 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, -1, "", ""},
    {"tangent_pos", {{"quadratic", "relu", 1, "1; -1; 1; -1; 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, 2, "", ""},
    {"telgarsky_sawtooth_2",
     {{"linear", "relu", 3, "1 1 1; 0 -1/2 -1"},
      {"linear", "relu", 3, "2 -4 2 2 -4 2 2 -4 2; 0 -1/2 -1"},
      {"linear", "identity", 1, "2 -4 2; 0"}},
     6,
     6,
     6,
     1,
     "0.0 0.2500000000000000000000000 0.5000000000000000000000000 0.7500000000000000000000000 "
     "1.0",
     "11111"},
    {"two_outputs_merge_one",
     {{"quadratic", "relu", 2, "1 1; 0 0; 1 -1; 0 0; 0 0; -2 2"}, {"linear", "identity", 2, "1 -1 1 1; 0 0"}},
     2,
     3,
     3,
     2,
     "-1.4142135623730950488016887 1.4142135623730950488016887",
     "11"},
    {"zero_output_weights",
     {{"quadratic", "relu", 2, "1 1; 0 0; 1 1; 0 -3; 0 0; -2 1"}, {"linear", "identity", 1, "0 0; 7"}},
     4,
     5,
     1,
     0,
     "-1.4142135623730950488016887 0.3819660112501051517954132 1.4142135623730950488016887 "
     "2.6180339887498948482045868",
     "0000"},
    {"zero_preact_cancel",
     {{"quadratic", "relu", 2, "1 1; 0 0; 1 1; 0 -1; -1 0; 0 -1"}, {"linear", "identity", 1, "1 1; 0"}},
     2,
     3,
     3,
     2,
     "-0.6180339887498948482045868 1.6180339887498948482045868",
     "11"},
    {"zero_preact_weights",
     {{"quadratic", "relu", 2, "0 1; 0 0; 0 1; 0 0; 0 0; 0 -2"}, {"linear", "identity", 1, "1 1; 0"}},
     2,
     3,
     3,
     2,
     "-1.4142135623730950488016887 1.4142135623730950488016887",
     "11"}};
enum { REFERENCES = sizeof reference / sizeof *reference };

START_TEST(reference_cases)
{
    const reference_case *c = reference + _i;
    oracle_net *net = build(1, c->layer);
    oracle_line_result *r = oracle_line(net, NULL, NULL, NULL, NULL);
    char *text = strdup(c->breakpoints), *breakpoint[16];
    int n = split(breakpoint, text, " ");

    ck_assert_ptr_nonnull(r);
    ck_assert_msg(r->patterns == c->patterns && r->regions == c->regions && r->pieces == c->pieces && r->max_degree == c->max_degree,
                  "%s: %d %d %d %d", c->name, r->patterns, r->regions, r->pieces, r->max_degree);
    ck_assert_int_eq(r->regions, n + 1);
    for (int i = 0; i < n; i++) {
        ck_assert_msg(root_is_near(&r->breakpoint[i].at, breakpoint[i]), "%s: %d", c->name, i);
        ck_assert_int_eq(r->breakpoint[i].changes_output, c->changes[i] == '1');
        ck_assert_int_eq(r->breakpoint[i].smoothness >= 0, c->changes[i] == '1');
    }
    free(text);
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST

/* ---- plain cases ----------------------------------------------------------------------------- */

/* relu(x)^m has m - 1 continuous derivatives at 0; an output without a kink does not count. */
START_TEST(smoothness_of_truncated_powers)
{
    char power[16];
    const layer_text layer[] = {{"linear", "relu", 1, "1; 0"}, {"linear", power, 1, "1; 0"}, {"linear", "identity", 2, "1 0; 0 5"}, {0}};
    oracle_net *net;
    oracle_line_result *r;

    sprintf(power, "power:%d", _i);
    net = build(1, layer);
    r = oracle_line(net, NULL, NULL, NULL, NULL);
    ck_assert_int_eq(r->regions, 2);
    ck_assert_int_eq(r->pieces, 2);
    ck_assert_int_eq(r->max_degree, _i);
    ck_assert_int_eq(r->breakpoint[0].smoothness, _i - 1);
    check_rational(&r->breakpoint[0].at, "0");
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST

/* The outputs h, h^2, 2 and h^2, h, 2 of h = relu(x): class 0 and 1 make 0 in either order. */
START_TEST(smoothness_is_the_minimum)
{
    static const char *const params[] = {"0 1 0; 1 0 0; 0 0 2", "1 0 0; 0 1 0; 0 0 2"};
    const layer_text layer[] = {{"linear", "relu", 1, "1; 0"}, {"full", "identity", 3, params[_i]}, {0}};
    oracle_net *net = build(1, layer);
    oracle_line_result *r = oracle_line(net, NULL, NULL, NULL, NULL);

    ck_assert_int_eq(r->outputs, 3);
    ck_assert_int_eq(r->pieces, 2);
    ck_assert_int_eq(r->max_degree, 2);
    ck_assert_int_eq(r->breakpoint[0].smoothness, 0);
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST

/* relu((x^2 - 2)^3): the triple irrational roots change the sign, and the output has two continuous
   derivatives there. */
START_TEST(triple_root_changes_sign)
{
    const layer_text layer[] = {{"power", "power:3", 1, "1; -2"}, {"linear", "relu", 1, "1; 0"}, {0}};
    oracle_net *net = build(1, layer);
    oracle_line_result *r = oracle_line(net, NULL, NULL, NULL, NULL);
    const char *const poly[] = {"-4", "0", "2"}, *const square[] = {"4", "0", "-4", "0", "1"};
    const char *const other[] = {"-3", "0", "1"};

    ck_assert_int_eq(r->regions, 3);
    ck_assert_int_eq(r->pieces, 3);
    ck_assert_int_eq(r->max_degree, 6);
    ck_assert_str_eq(r->region[1].pattern, "0");
    ck_assert_int_eq(r->breakpoint[0].smoothness, 2);
    ck_assert(root_is_near(&r->breakpoint[0].at, "-1.4142135623730950488016887"));
    ck_assert(oracle_root_is(&r->breakpoint[1].at, poly, 3, "0", "2"));
    ck_assert(!oracle_root_is(&r->breakpoint[1].at, poly, 3, "-2", "2")); /* two roots */
    ck_assert(!oracle_root_is(&r->breakpoint[1].at, poly, 3, "-2", "0")); /* the other root */
    ck_assert(!oracle_root_is(&r->breakpoint[0].at, poly, 3, "0", "2"));
    ck_assert(!oracle_root_is(&r->breakpoint[1].at, poly, 3, "2", "0"));   /* no interval */
    ck_assert(!oracle_root_is(&r->breakpoint[1].at, square, 5, "0", "2")); /* not squarefree */
    ck_assert(!oracle_root_is(&r->breakpoint[1].at, other, 3, "0", "2"));
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST

/* | |x| - 1 | by leaky_relu of slope -1, after a leaky_relu of slope 1 that switches at +-3 and
   changes nothing. */
START_TEST(abs_and_leaky_relu)
{
    const layer_text layer[] = {
        {"linear", "abs", 1, "1; 0"}, {"linear", "leaky_relu:1", 1, "1; -3"}, {"linear", "leaky_relu:-1", 1, "1; 2"}, {0}};
    const char *const at[] = {"-3", "-1", "0", "1", "3"};
    oracle_net *net = build(1, layer);
    oracle_line_result *r = oracle_line(net, NULL, NULL, NULL, NULL);

    ck_assert_int_eq(r->regions, 6);
    ck_assert_int_eq(r->patterns, 6);
    ck_assert_int_eq(r->pieces, 4);
    ck_assert_int_eq(r->max_degree, 1);
    ck_assert_str_eq(r->region[0].pattern, "011");
    ck_assert_str_eq(r->region[3].pattern, "100");
    for (int i = 0; i < 5; i++) {
        int changes = i >= 1 && i <= 3;
        check_rational(&r->breakpoint[i].at, at[i]);
        ck_assert_int_eq(r->breakpoint[i].changes_output, changes);
        ck_assert_int_eq(r->breakpoint[i].smoothness, changes ? 0 : -1);
    }
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST

/* Roots 0, 1/3 and 1: those at the ends of the interval are no breakpoints of it. */
START_TEST(ends_are_no_breakpoints)
{
    static const struct {
        const char *lo, *hi;
        int regions;
    } c[] = {{NULL, NULL, 4},
             {"0", "1", 2},
             {"0", NULL, 3},
             {NULL, "1", 3},
             {NULL, "2", 4},
             {"0", "1/3", 1},
             {"1/3", "1", 1},
             {"-1", "2/3", 3},
             {"5", "6", 1},
             {"1/3", "7", 2},
             {"-3/10000000", "1/10000000", 2}};
    const layer_text layer[] = {{"quadratic", "relu", 2, "1 3; 0 -1; 1 0; -1 1; 0 0; 0 0"}, {0}};
    oracle_net *net = build(1, layer);
    oracle_line_result *r = oracle_line(net, NULL, NULL, c[_i].lo, c[_i].hi);

    ck_assert_int_eq(r->regions, c[_i].regions);
    ck_assert_int_eq(r->pieces, c[_i].regions);
    if (_i == 0) check_rational(&r->breakpoint[1].at, "1/3");
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST
enum { INTERVALS = 11 };

/* relu(1 - x^2 - y^2) on lines that cross, touch and miss the circle; `full` has the circle too. */
START_TEST(lines_in_the_plane)
{
    static const struct {
        const char *P[2], *Q[2];
        int regions;
        const char *first;
    } c[] = {{{"0", "0"}, {"1", "0"}, 3, "-1"}, {{"-1", "-1"}, {"1", "1"}, 3, NULL},       {{"1", "0"}, {"1", "1"}, 1, NULL},
             {{"0", "2"}, {"2", "0"}, 1, NULL}, {{"3/5", "0"}, {"3/5", "1/2"}, 3, "-8/5"}, {{"0", "0"}, {"0", "0"}, 1, NULL}};
    const layer_text power[] = {{"power", "relu", 1, "-1 -1; 1"}, {0}};
    const layer_text full[] = {{"full", "relu", 1, "-1 0 -1; 0 0; 1"}, {0}};
    oracle_net *net = build(2, _i % 2 ? full : power);
    int k = _i / 2;
    oracle_line_result *r = oracle_line(net, c[k].P, c[k].Q, NULL, NULL);

    ck_assert_int_eq(r->regions, c[k].regions);
    ck_assert_int_eq(r->max_degree, k == 5 ? 0 : r->regions == 3 ? 2 : -1);
    if (c[k].first != NULL) check_rational(&r->breakpoint[0].at, c[k].first);
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST
enum { LINES = 12 };

START_TEST(no_switching_unit)
{
    const layer_text layer[] = {{"product", "square", 1, "1; 2; 1; -2"}, {0}};
    oracle_net *net = build(1, layer);
    oracle_line_result *r = oracle_line(net, NULL, NULL, NULL, NULL);

    ck_assert_int_eq(r->regions, 1);
    ck_assert_int_eq(r->patterns, 1);
    ck_assert_int_eq(r->pieces, 1);
    ck_assert_int_eq(r->max_degree, 4);
    ck_assert_str_eq(r->region[0].pattern, "");
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST

/* x^2 - 10^80, x^2 - 10^80 - 10^-40 and x - 10^40: the breakpoints come in pairs that are about
   10^-80 / 2 apart, one rational and one not. */
START_TEST(huge_heights)
{
#define Z39 "000000000000000000000000000000000000000"
#define Z40 Z39 "0"
    const layer_text layer[] = {{"quadratic", "relu", 3,
                                 "1 1 1; 0 0 -1" Z40 "; 1 1 0; 0 0 1; 0 0 0;"
                                 "-1" Z40 Z40 " -1" Z40 Z40 Z39 "1/1" Z40 " 0"},
                                {0}};
    oracle_net *net = build(1, layer);
    oracle_line_result *r = oracle_line(net, NULL, NULL, NULL, NULL);

    ck_assert_int_eq(r->regions, 5);
    ck_assert_int_eq(r->patterns, 5);
    check_rational(&r->breakpoint[1].at, "-1" Z40);
    check_rational(&r->breakpoint[2].at, "1" Z40);
    ck_assert(mpq_cmp(r->breakpoint[0].at.lo, r->breakpoint[0].at.hi) < 0);
    ck_assert(mpq_cmp(r->breakpoint[3].at.lo, r->breakpoint[3].at.hi) < 0);
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST

/* ---- the plane --------------------------------------------------------------------------------- */

/* The files of tests/reference/pieces with two inputs (bounded regions and holes are not in them: -1), and cases that are plain. */
static const struct {
    const char *name, *box;
    layer_text layer[MAX_LAYERS];
    int patterns, regions, pieces, bounded, holes;
} planar[] = {
    {"circle", NULL, {{"quadratic", "relu", 1, "0 0; 1; 0 0; -1; 1 1; 0"}, {"linear", "identity", 1, "1; 0"}}, 2, 2, 2, -1, -1},
    {"double_line_neg", NULL, {{"quadratic", "relu", 1, "1 -1; 0; -1 1; 0; 0 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, -1, -1},
    {"double_line_pos", NULL, {{"quadratic", "relu", 1, "1 -1; 0; 1 -1; 0; 0 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, -1, -1},
    {"hyperbola_xy", NULL, {{"quadratic", "relu", 1, "1 0; 0; 0 1; 0; 0 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 2, 4, 4, -1, -1},
    {"parabola", NULL, {{"quadratic", "relu", 1, "0 0; 1; 0 1; 0; -1 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 2, 2, 2, -1, -1},
    {"point_zero", NULL, {{"quadratic", "relu", 1, "0 0; 1; 0 0; 0; 1 1; 0"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, -1, -1},
    {"rand_q_2_0",
     NULL,
     {{"quadratic", "relu", 2, "0 -1 -1 1; -1 -3/2; 0 4 2 -1; -2 -1; 0 3 -3 2; -1/2 4"}, {"linear", "identity", 1, "1 2; 0"}},
     4,
     9,
     9,
     -1,
     -1},
    {"shared_component",
     NULL,
     {{"quadratic", "relu", 2, "1 0 1 0; 0 0; 0 1 0 1; -1 1; 0 0 0 0; 0 0"}, {"linear", "identity", 1, "1 2; 0"}},
     4,
     6,
     6,
     -1,
     -1},
    {"tangent_circles_out",
     NULL,
     {{"quadratic", "relu", 2, "0 0 0 0; 1 1; 0 0 -4 0; -1 3; 1 1 1 1; 0 0"}, {"linear", "identity", 1, "1 2; 0"}},
     3,
     3,
     3,
     -1,
     -1},
    {"two_layer_absx",
     NULL,
     {{"linear", "relu", 4, "1 0 -1 0 0 1 0 -1; 0 0 0 0"},
      {"quadratic", "relu", 1, "0 0 0 0; 0; 0 0 0 0; 0; 1 1 1 1; -1"},
      {"linear", "identity", 1, "1; 0"}},
     8,
     8,
     2,
     -1,
     -1},
    {"two_layer_double_root",
     NULL,
     {{"quadratic", "relu", 2, "0 0 0 0; 1 1; 0 0 1 1; -2 1; 1 1 0 0; 0 0"},
      {"quadratic", "relu", 2, "1 -1 1 1; 0 -2; 1 -1 0 1; 0 -1; 0 0 0 0; 0 0"},
      {"linear", "identity", 1, "1 2; 0"}},
     7,
     13,
     13,
     -1,
     -1},
    {"venn3",
     NULL,
     {{"quadratic", "relu", 3, "0 0 0 0 0 0; 1 1 1; 0 0 -2 0 -1 -8/5; -1 0 -11/100; 1 1 1 1 1 1; 0 0 0"},
      {"linear", "identity", 1, "1 2 3; 0"}},
     8,
     8,
     8,
     -1,
     -1},
    {"central_2d_5",
     NULL,
     {{"linear", "relu", 5, "1 1 1 2 1 3 1 4 1 5; 0 0 0 0 0"}, {"linear", "identity", 1, "-1 5 5/3 -1 5/3; -1"}},
     10,
     10,
     10,
     -1,
     -1},
    {"duplicate_2d",
     NULL,
     {{"linear", "relu", 5, "1 1 2 2 -3 -3 0 0 0 0; 1 2 -3 -1 0"}, {"linear", "identity", 1, "3 -5/3 -1/3 -1 2; -1/3"}},
     2,
     2,
     2,
     -1,
     -1},
    {"generic_2d_3",
     NULL,
     {{"linear", "relu", 3, "1 1 1 2 1 3; 5/4 -661/1746 2611/4656"}, {"linear", "identity", 1, "1/2 -2/3 -3; -2"}},
     7,
     7,
     7,
     -1,
     -1},
    {"montufar_2d_2x2",
     NULL,
     {{"linear", "relu", 4, "2 0 4 0 0 2 0 4; 0 -2 0 -2"},
      {"linear", "relu", 4, "2 -2 0 0 4 -4 0 0 0 0 2 -2 0 0 4 -4; 0 -2 0 -2"},
      {"linear", "identity", 1, "1 -1 1 -1; 0"}},
     36,
     36,
     36,
     -1,
     -1},
    {"parallel_2d",
     NULL,
     {{"linear", "relu", 5, "1 0 1 0 1 0 0 1 0 1; 0 -1 -2 0 1"}, {"linear", "identity", 1, "4/3 2 1/2 -1 -5/3; 0"}},
     12,
     12,
     12,
     -1,
     -1},
    {"two circles apart", NULL, {{"full", "relu", 2, "1 0 1 1 0 1; 4 0 -4 0; 3 3"}, {"linear", "identity", 1, "1 2; 0"}}, 3, 3, 3, 2, 2},
    {"two circles crossing",
     NULL,
     {{"full", "relu", 2, "1 0 1 1 0 1; 2 0 -2 0; -1 -1"}, {"linear", "identity", 1, "1 2; 0"}},
     4,
     4,
     4,
     3,
     1},
    {"two circles touching", NULL, {{"full", "relu", 2, "1 0 1 1 0 1; 2 0 -2 0; 0 0"}, {"linear", "identity", 1, "1 2; 0"}}, 3, 3, 3, 2, 1},
    {"two circles touching from inside",
     NULL,
     {{"full", "relu", 2, "1 0 1 1 0 1; 0 0 -2 0; -4 0"}, {"linear", "identity", 1, "1 2; 0"}},
     3,
     3,
     3,
     2,
     1},
    {"two circles in each other",
     NULL,
     {{"full", "relu", 2, "1 0 1 1 0 1; 0 0 0 0; -4 -1"}, {"linear", "identity", 1, "1 2; 0"}},
     3,
     3,
     3,
     2,
     2},
    {"three circles touching in a ring",
     NULL,
     {{"full", "relu", 3, "1 0 1 1 0 1 1 0 1; 0 0 -6 0 0 -8; -1 5 7"}, {"linear", "identity", 1, "1 2 1; 0"}},
     4,
     5,
     5,
     4,
     1},
    {"circle beside the box", "-2 2 -2 2", {{"full", "relu", 1, "1 0 1; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}}, 2, 2, 2, 1, 1},
    {"circle that touches the box", "-1 2 -2 2", {{"full", "relu", 1, "1 0 1; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}}, 2, 2, 2, 0, 0},
    {"circle that touches the box below",
     "-2 2 -1 2",
     {{"full", "relu", 1, "1 0 1; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}},
     2,
     2,
     2,
     0,
     0},
    {"double line", NULL, {{"full", "relu", 1, "0 0 1; 0 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, 0, 0},
    {"hyperbola, vertical asymptote", NULL, {{"full", "relu", 1, "0 1 0; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}}, 2, 3, 3, 0, 0},
    {"parabola on its side", NULL, {{"full", "relu", 1, "0 0 1; -1 0; 0"}, {"linear", "identity", 1, "1; 0"}}, 2, 2, 2, 0, 0},
    {"parabola in a box", "-2 2 1 3", {{"full", "relu", 1, "-1 0 0; 0 1; 0"}, {"linear", "identity", 1, "1; 0"}}, 2, 3, 3, 0, 0},
    {"circle and parabola", NULL, {{"full", "relu", 2, "1 0 1 -1 0 0; 0 0 0 1; -2 0"}, {"linear", "identity", 1, "1 2; 0"}}, 4, 4, 4, 2, 0},
    {"duplicate units",
     NULL,
     {{"full", "relu", 3, "1 0 1 1 0 1 -2 0 -2; 0 0 0 0 0 0; -1 -1 2"}, {"linear", "identity", 1, "1 2 1; 0"}},
     2,
     2,
     2,
     1,
     1},
    {"two parallel vertical lines", NULL, {{"full", "relu", 1, "1 0 0; 0 0; -2"}, {"linear", "identity", 1, "1; 0"}}, 2, 3, 3, 0, 0},
    {"x^2 y = 1",
     NULL,
     {{"full", "identity", 2, "1 0 0 0 0 0; 0 0 0 1; 0 0"}, {"full", "relu", 1, "0 1 0; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}},
     2,
     3,
     3,
     0,
     0},
    {"y = (x^2 - 2)^2 and y = 0, touching at irrational points",
     NULL,
     {{"full", "identity", 2, "1 0 0 0 0 0; 0 0 0 1; -2 0"},
      {"full", "relu", 2, "-1 0 0 0 0 0; 0 1 0 1; 0 0"},
      {"linear", "identity", 1, "1 2; 0"}},
     3,
     5,
     5,
     1,
     0},
    {"nodes at irrational points",
     NULL,
     {{"full", "identity", 2, "1 0 0 0 0 0; 0 0 0 1; -2 0"}, {"full", "relu", 1, "-1 0 1; 0 0; 0"}, {"linear", "identity", 1, "1; 0"}},
     2,
     5,
     5,
     1,
     0},
    {"the same nodes turned",
     NULL,
     {{"linear", "identity", 2, "1 1 1 -1; 0 0"},
      {"full", "identity", 2, "1 0 0 0 0 0; 0 0 0 1; -2 0"},
      {"full", "relu", 1, "-1 0 1; 0 0; 0"},
      {"linear", "identity", 1, "1; 0"}},
     2,
     5,
     5,
     1,
     0},
    {"double ovals: y^2 = -(x^2 - 2)(x^2 - 3)",
     NULL,
     {{"full", "identity", 2, "1 0 0 0 0 1; 0 0 0 0; 0 0"}, {"full", "relu", 1, "1 0 0; -5 1; 6"}, {"linear", "identity", 1, "1; 0"}},
     2,
     3,
     3,
     2,
     2},
    {"isolated points: y^2 + (x^2 - 2)^2",
     NULL,
     {{"full", "identity", 2, "1 0 0 0 0 0; 0 0 0 1; -2 0"}, {"full", "relu", 1, "1 0 1; 0 0; 0"}, {"linear", "identity", 1, "1; 0"}},
     1,
     1,
     1,
     0,
     0},
    {"three circles through two irrational points",
     NULL,
     {{"full", "relu", 3, "1 0 1 1 0 1 1 0 1; 0 0 -1 -1 1 1; -3 -3 -3"}, {"linear", "identity", 1, "1 2 1; 0"}},
     6,
     6,
     6,
     5,
     1},
    {"strips that only an asymptote leaves unbounded",
     NULL,
     {{"full", "relu", 3, "0 1 0 0 1 0 0 0 0; 0 0 0 0 1 0; -1 -2 -1"}, {"linear", "identity", 1, "1 2 1; 0"}},
     6,
     8,
     8,
     0,
     0},
    {"the same below",
     NULL,
     {{"full", "relu", 3, "0 -1 0 0 -1 0 0 0 0; 0 0 0 0 1 0; -1 -2 -1"}, {"linear", "identity", 1, "1 2 1; 0"}},
     6,
     8,
     8,
     0,
     0},
    {"next to an asymptote",
     NULL,
     {{"full", "relu", 3, "0 1 0 -1 0 0 0 0 0; 0 0 1 0 0 1; 1 0 0"}, {"linear", "identity", 1, "1 2 1; 0"}},
     7,
     9,
     9,
     0,
     0},
    {"leaky_relu", NULL, {{"full", "leaky_relu:1/2", 1, "1 0 1; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}}, 2, 2, 2, 1, 1},
    {"abs", NULL, {{"full", "abs", 1, "1 0 1; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}}, 2, 2, 2, 1, 1},
    {"no switching unit", NULL, {{"full", "square", 1, "1 0 1; 0 0; -1"}, {"linear", "identity", 1, "1; 0"}}, 1, 1, 1, 0, 0},
    {"output switches: |x| + |y| < 1", NULL, {{"linear", "abs", 2, "1 0 0 1; 0 0"}, {"linear", "relu", 1, "-1 -1; 1"}}, 8, 8, 5, 4, 0},
};
enum { PLANAR = sizeof planar / sizeof *planar };

static oracle_plane_result *plane_of(const oracle_net *net, const char *box)
{
    char *text = strdup(box != NULL ? box : ""), *end[4];
    int n = split(end, text, " ");
    oracle_plane_result *r = oracle_plane(net, n == 4 ? (const char *const *) end : NULL);

    ck_assert_ptr_nonnull(r);
    free(text);
    return r;
}

START_TEST(planar_cases)
{
    oracle_net *net = build(2, planar[_i].layer);
    oracle_plane_result *r = plane_of(net, planar[_i].box);

    ck_assert_msg(r->patterns == planar[_i].patterns && r->regions == planar[_i].regions && r->pieces == planar[_i].pieces,
                  "%s: %d patterns, %d regions, %d pieces", planar[_i].name, r->patterns, r->regions, r->pieces);
    if (planar[_i].bounded >= 0)
        ck_assert_msg(r->bounded == planar[_i].bounded && r->holes == planar[_i].holes, "%s: %d bounded, %d holes", planar[_i].name,
                      r->bounded, r->holes);
    oracle_plane_free(r);
    oracle_net_free(net);
}
END_TEST

START_TEST(bad_input)
{
    static const layer_text bad[] = {{"cubic", "relu", 1, "1; 0"},       {"linear", "tanh", 1, "1; 0"}, {"linear", "relu", 1, "1; 1/0"},
                                     {"linear", "relu", 1, "1; x"},      {"linear", "relu", 0, "1; 0"}, {"linear", "power", 1, "1; 0"},
                                     {"linear", "leaky_relu", 1, "1; 0"}};
    const char *const P[] = {"0", "0"}, *const Q[] = {"1", "1/0"};
    oracle_net *net = oracle_net_new(2), *line = oracle_net_new(1);
    oracle_line_result *r;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) ck_assert_int_eq(add_layer(line, bad + i), -1);
    r = oracle_line(line, NULL, NULL, NULL, NULL); /* untouched: the identity */
    ck_assert_int_eq(r->regions, 1);
    ck_assert_int_eq(r->max_degree, 1);
    oracle_free(r);
    ck_assert_ptr_null(oracle_line(net, NULL, NULL, NULL, NULL));
    ck_assert_ptr_null(oracle_line(net, P, NULL, NULL, NULL));
    ck_assert_ptr_null(oracle_line(net, P, Q, NULL, NULL));
    ck_assert_ptr_null(oracle_line(line, NULL, NULL, "1", "1"));
    ck_assert_ptr_null(oracle_line(line, NULL, NULL, "2", "1"));
    ck_assert_ptr_null(oracle_line(line, NULL, NULL, "a", "1"));
    ck_assert_ptr_null(oracle_line(line, NULL, NULL, "0", "1/0"));
    oracle_net_free(net);
    oracle_net_free(line);
}
END_TEST

/* ---- random networks ------------------------------------------------------------------------- */

static uint64_t random_state;

static unsigned random_below(unsigned n) /* splitmix64 */
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % n;
}

static const struct {
    const char *name, *shapes;
} kinds[] = {{"linear", "mv"},           {"quadratic", "mvmvmv"}, {"compact", "mmv"}, {"product", "mvmv"},
             {"product_linear", "mmmv"}, {"full", "tmv"},         {"power", "mv"}};
static const char *const activations[] = {"relu", "abs", "leaky_relu:1/4", "identity", "square", "power:3"};

/* Small numbers, so that zeros, ties and shared roots are frequent. */
static void random_numbers(char *text, int n)
{
    for (int i = 0; i < n; i++) text += sprintf(text, "%d/%d ", (int) random_below(7) - 3, 1 << random_below(3));
}

static void add_random_layer(oracle_net *net, const char *kind, const char *shapes, const char *activation, int out)
{
    int in = oracle_net_outputs(net);
    char text[8192] = "", *end = text;
    layer_text l = {kind, activation, out, text};

    for (; *shapes; shapes++) {
        int row = *shapes == 'm' ? in : *shapes == 't' ? in * (in + 1) / 2 : 1;
        random_numbers(end, out * row);
        end = text + strlen(text);
        *end++ = ';';
        *end = 0;
    }
    ck_assert_int_eq(add_layer(net, &l), 0);
}

/* Every kind and every activation in turn, then relu layers, then a readout with two outputs. */
static oracle_net *random_net(int i)
{
    oracle_net *net = oracle_net_new(1 + i % 2);
    int depth = 1 + i % 3;

    random_state = 1000 + i;
    for (int l = 0; l < depth; l++) {
        int kind = l == 0 ? i % 7 : (int) random_below(7);
        const char *activation = activations[l == 0 ? i / 7 % 6 : (int) random_below(3)];
        add_random_layer(net, kinds[kind].name, kinds[kind].shapes, activation, 1 + random_below(3));
    }
    add_random_layer(net, "linear", "mv", "identity", 2);
    return net;
}

/* On region g at parameter t: the neuron's formula gives the region's polynomials. */
static void check_value(const oracle_net *net, const oracle_line_result *r, const oracle_region *g, const char *const *P,
                        const char *const *Q, const mpq_t t, char *pattern)
{
    mpq_t x[2], y[2], v;

    for (int i = 0; i < 2; i++) {
        mpq_init(x[i]);
        mpq_init(y[i]);
        set_number(x[i], P[i]);
        set_number(y[i], Q[i]);
        mpq_sub(y[i], y[i], x[i]);
        mpq_mul(y[i], y[i], t);
        mpq_add(x[i], x[i], y[i]);
    }
    oracle_eval(y, pattern, net, x);
    mpq_init(v);
    for (int j = 0; j < r->outputs; j++) {
        evaluate(v, g->output + j, t);
        ck_assert(mpq_equal(v, y[j]));
    }
    for (int i = 0; i < 2; i++) {
        mpq_clear(x[i]);
        mpq_clear(y[i]);
    }
    mpq_clear(v);
}

static int count_ones(const char *s)
{
    int n = 0;

    for (; *s; s++) n += *s == '1';
    return n;
}

/* Multiples of 1/8 between -5 and 5, each in the region where it lies (in both at a breakpoint).
   A touching unit shows fewer active units at its point than on the region, never more. */
static void check_grid(const oracle_net *net, const oracle_line_result *r, const char *const *P, const char *const *Q, char *pattern)
{
    mpq_t t;
    int k = 0;

    mpq_init(t);
    for (int i = -40; i <= 40; i++) {
        mpq_set_si(t, i, 8);
        mpq_canonicalize(t);
        while (k + 1 < r->regions && mpq_cmp(r->breakpoint[k].at.hi, t) < 0) k++;
        check_value(net, r, r->region + k, P, Q, t, pattern);
        ck_assert(count_ones(pattern) <= count_ones(r->region[k].pattern));
    }
    mpq_clear(t);
}

START_TEST(polynomials_agree_with_formulas)
{
    const char *const P[] = {"0", "1/3"}, *const Q[] = {"1", "-1/2"};
    oracle_net *net = random_net(_i);
    oracle_line_result *r = oracle_line(net, P, Q, NULL, NULL);
    char *pattern = malloc(oracle_net_switching(net) + 1);

    ck_assert_ptr_nonnull(r);
    for (int i = 0; i < r->regions; i++) {
        check_value(net, r, r->region + i, P, Q, r->region[i].sample, pattern);
        ck_assert_str_eq(pattern, r->region[i].pattern);
        if (i == 0) continue;
        ck_assert_str_ne(r->region[i - 1].pattern, r->region[i].pattern);
        ck_assert(mpq_cmp(r->region[i - 1].sample, r->breakpoint[i - 1].at.lo) <= 0);
        ck_assert(mpq_cmp(r->breakpoint[i - 1].at.hi, r->region[i].sample) <= 0);
    }
    check_grid(net, r, P, Q, pattern);
    free(pattern);
    oracle_free(r);
    oracle_net_free(net);
}
END_TEST
enum { RANDOM_NETS = 420, PLANAR_NETS = 56 };

/* ---- random networks in the plane ------------------------------------------------------------------ */

/* As above, after `turn` unless that is NULL. Mostly of degree 4 or less before the readout. */
static oracle_net *random_planar(int i, const layer_text *turn)
{
    oracle_net *net = oracle_net_new(2);
    int degree = 1;

    if (turn != NULL) ck_assert_int_eq(add_layer(net, turn), 0);
    random_state = 5000 + i;
    for (int l = 0; l <= i % 2; l++) {
        int kind = l == 0 ? i / 2 % 7 : (int) random_below(7), k = l == 0 ? i / 14 % 6 : (int) random_below(5);
        degree *= (kind > 0 ? 2 : 1) * (k == 4 ? 2 : k == 5 ? 3 : 1);
        add_random_layer(net, kinds[kind].name, kinds[kind].shapes, activations[degree > 4 ? 0 : k], 1 + random_below(i % 2 ? 2 : 3));
    }
    if (i % 5 > 0) add_random_layer(net, "linear", "mv", "identity", 1 + i % 3 / 2);
    return net;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* All that does not depend on coordinates, as a text. */
static char *summary(const oracle_plane_result *r)
{
    char **name = malloc((r->regions + 1) * sizeof *name), *text = malloc(200 + 100 * r->regions), *end = text;

    end += sprintf(end, "%d patterns %d regions %d pieces degree %d, %d bounded %d holes %d adjacencies:", r->patterns, r->regions,
                   r->pieces, r->max_degree, r->bounded, r->holes, r->adjacencies);
    for (int i = 0; i < r->regions; i++) {
        const oracle_plane_region *g = r->region + i;
        int neighbours = 0, alike = 0;
        for (int k = 0; k < r->adjacencies; k++) neighbours += r->adjacent[k][0] == i || r->adjacent[k][1] == i;
        for (int k = 0; k < r->regions; k++) alike += r->region[k].piece == g->piece;
        name[i] = malloc(100);
        sprintf(name[i], " %s:%d,%d,%d,%d,%d", g->pattern, g->degree, g->bounded, g->holes, neighbours, alike);
    }
    qsort(name, r->regions, sizeof *name, compare_names);
    for (int i = 0; i < r->regions; i++) {
        end = stpcpy(end, name[i]);
        free(name[i]);
    }
    free(name);
    return text;
}

/* The decomposition depends on the coordinates, the answer does not. */
START_TEST(the_plane_may_be_turned)
{
    static const layer_text turn[] = {{"linear", "identity", 2, "0 1 1 0; 0 0"},
                                      {"linear", "identity", 2, "1 1/2 0 1; 1/3 0"},
                                      {"linear", "identity", 2, "1 -1 2 1; 0 -1/2"},
                                      {"linear", "identity", 2, "-1 0 1 3; 1 1"}};
    oracle_net *net = random_planar(_i, NULL), *turned = random_planar(_i, turn + _i / 3 % 4);
    oracle_plane_result *r = plane_of(net, NULL), *s = plane_of(turned, NULL);
    char *a = summary(r), *b = summary(s), *pattern = malloc(oracle_net_switching(net) + 1);
    mpq_t y[3];

    ck_assert_msg(strcmp(a, b) == 0, "case %d:\n%s\n%s", _i, a, b);
    for (int k = 0; k < 3; k++) mpq_init(y[k]);
    for (int i = 0; i < r->regions; i++) {
        oracle_eval(y, pattern, net, r->region[i].at);
        ck_assert_str_eq(pattern, r->region[i].pattern);
    }
    for (int k = 0; k < 3; k++) mpq_clear(y[k]);
    free(a);
    free(b);
    free(pattern);
    oracle_plane_free(r);
    oracle_plane_free(s);
    oracle_net_free(net);
    oracle_net_free(turned);
}
END_TEST

/* Patterns met along a line are patterns of the plane; neighbours on the line that meet in one point of a common boundary are neighbours, unless
   the point is special, so a line of odd slope is taken. */
START_TEST(lines_are_in_the_plane)
{
    const char *const P[] = {"1/97", "-3/89"}, *const Q[] = {"83/79", "61/67"};
    oracle_net *net = random_planar(_i, NULL);
    oracle_plane_result *r = plane_of(net, NULL);
    oracle_line_result *line = oracle_line(net, P, Q, NULL, NULL);

    ck_assert_int_le(line->patterns, r->patterns);
    ck_assert_int_le(line->max_degree, r->max_degree);
    for (int i = 0; i < line->regions; i++) {
        int found = 0, met = i == 0;
        for (int k = 0; k < r->regions; k++) found |= strcmp(r->region[k].pattern, line->region[i].pattern) == 0;
        for (int k = 0; k < r->adjacencies; k++) {
            const char *a = r->region[r->adjacent[k][0]].pattern, *b = r->region[r->adjacent[k][1]].pattern;
            const char *u = line->region[i > 0 ? i - 1 : 0].pattern, *v = line->region[i].pattern;
            met |= (strcmp(a, u) == 0 && strcmp(b, v) == 0) || (strcmp(a, v) == 0 && strcmp(b, u) == 0);
        }
        ck_assert_msg(found, "case %d: pattern %s is not in the plane", _i, line->region[i].pattern);
        ck_assert_msg(met, "case %d: %s is not next to the one before", _i, line->region[i].pattern);
    }
    oracle_free(line);
    oracle_plane_free(r);
    oracle_net_free(net);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oracle");
    TCase *plain = tcase_create("plain"), *random = tcase_create("random");

    tcase_add_loop_test(plain, reference_cases, 0, REFERENCES);
    tcase_add_loop_test(plain, smoothness_of_truncated_powers, 1, 5);
    tcase_add_loop_test(plain, smoothness_is_the_minimum, 0, 2);
    tcase_add_test(plain, triple_root_changes_sign);
    tcase_add_test(plain, abs_and_leaky_relu);
    tcase_add_loop_test(plain, ends_are_no_breakpoints, 0, INTERVALS);
    tcase_add_loop_test(plain, lines_in_the_plane, 0, LINES);
    tcase_add_test(plain, no_switching_unit);
    tcase_add_test(plain, huge_heights);
    tcase_add_loop_test(plain, planar_cases, 0, PLANAR);
    tcase_add_test(plain, bad_input);
    tcase_add_loop_test(random, polynomials_agree_with_formulas, 0, RANDOM_NETS);
    tcase_add_loop_test(random, the_plane_may_be_turned, 0, PLANAR_NETS);
    tcase_add_loop_test(random, lines_are_in_the_plane, 0, PLANAR_NETS);
    tcase_set_timeout(random, 300);
    suite_add_tcase(suite, plain);
    suite_add_tcase(suite, random);
    return test_run(suite);
}
