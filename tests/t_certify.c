/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the enclosure of the largest error: where it is known, against samples, against critical points found by root isolation; and
   of Taylor coefficients of expressions, against their values. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "spline/spline.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static qd_ctx_t ctx;
static qd_net_t net;
static qd_enclosure_t r;
static fmpq_t lo, hi;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_net_init(net);
    qd_enclosure_init(r);
    fmpq_init(lo);
    fmpq_init(hi);
}

static void teardown(void)
{
    qd_net_clear(net);
    qd_enclosure_clear(r);
    fmpq_clear(lo);
    fmpq_clear(hi);
}

static void set_interval(const char *a, const char *b)
{
    ck_assert_int_eq(qd_rat_set_str(lo, a, strlen(a), ctx), QD_OK);
    ck_assert_int_eq(qd_rat_set_str(hi, b, strlen(b), ctx), QD_OK);
}

/* One layer w x + b with an activation, between identity layers. */
static void one_unit(qd_activation act, slong w, slong b)
{
    qd_net_t t;
    qd_net_init(t);
    qd_layer_struct *layer = qd_net_add_layer(t, qd_neuron_make(QD_LINEAR, act), 1, 1);
    fmpq_set_si(layer->param[0], w, 1);
    fmpq_set_si(layer->param[1], b, 1);
    qd_net_swap(net, t);
    qd_net_clear(t);
}

/* Certifies against `text`, functions separated by ';'. */
static qd_status certify(const char *text, double tolerance)
{
    qd_expr_struct e[4];
    char *copy = qd_strdup(text), *rest = copy, *part;
    qd_target target = {.expr = e};
    while ((part = strsep(&rest, ";")) != NULL) {
        qd_expr_init(e + target.nexpr);
        qd_status st = qd_expr_parse(e + target.nexpr++, part, ctx);
        ck_assert_msg(st == QD_OK, "%s: %s", part, qd_ctx_message(ctx));
    }
    qd_status st = qd_certify(r, net, &target, lo, hi, tolerance, ctx);
    for (slong i = 0; i < target.nexpr; i++) qd_expr_clear(e + i);
    free(copy);
    return st;
}

static double lower(void)
{
    return arf_get_d(r->lower, ARF_RND_FLOOR);
}

static double upper(void)
{
    return arf_get_d(r->upper, ARF_RND_CEIL);
}

/* Is x enclosed (up to the error `slack` of x) with the relative width that was asked for, and is its place among the intervals? */
static void encloses(double x, double slack, double tolerance, const char *what)
{
    ck_assert_msg(lower() <= x + slack && x - slack <= upper(), "%s: %.17g is not in [%.17g, %.17g]", what, x, lower(), upper());
    ck_assert_msg(r->reached && upper() - lower() <= tolerance * upper() * (1 + 1e-9), "%s: [%.17g, %.17g] is too wide", what, lower(),
                  upper());
    ck_assert(fmpq_cmp(r->at, lo) >= 0 && fmpq_cmp(r->at, hi) <= 0);
}

/* Is x in one of the intervals of the place? */
static bool in_where(double x)
{
    for (slong i = 0; i < r->nwhere; i++)
        if (arf_get_d(r->where + 2 * i, ARF_RND_FLOOR) <= x && x <= arf_get_d(r->where + 2 * i + 1, ARF_RND_CEIL)) return true;
    return false;
}

/* ---- known answers ---------------------------------------------------------------------------- */

/* w x + b through an activation against a function; the largest error and a place of it by hand. */
static const struct {
    qd_activation act;
    slong w, b;
    const char *target, *lo, *hi;
    double error, at;
} known[] = {
    {QD_RELU, 1, 0, "abs(x)", "-1", "2", 1, -1},
    {QD_RELU, 1, 0, "abs(x)", "-1/3", "2", 1 / 3., -1 / 3.},
    {QD_SQUARE, 1, 0, "x^2", "-1", "1", 0, 0},
    {QD_SQUARE, 1, 0, "x^3", "0", "1", 4 / 27., 2 / 3.},
    {QD_SQUARE, 1, 0, "abs(x)", "-1", "1", 0.25, 0.5},
    {QD_IDENTITY, 1, 0, "step(x)", "-1/2", "1", 1, 0},
    {QD_IDENTITY, 1, 0, "step(x-1/3)", "0", "1", 2 / 3., 1 / 3.},
    {QD_IDENTITY, 1, 0, "sign(3*x-1)", "0", "1/2", 4 / 3., 1 / 3.},
    {QD_IDENTITY, 0, 0, "x*step(1/3-x)", "0", "1", 1 / 3., 1 / 3.},
    {QD_IDENTITY, 0, 0, "sqrt(x)*(1-x)", "0", "1", 0.38490017945975050967, 1 / 3.},
    {QD_IDENTITY, 0, 0, "x^0.5*(1-x)", "0", "1", 0.38490017945975050967, 1 / 3.},
    {QD_IDENTITY, 1, 0, "sqrt(x)", "0", "1", 0.25, 0.25},
    {QD_IDENTITY, 0, 0, "x*log(x)", "1/10", "1", 0.36787944117144232160, 0.36787944117144232160},
    {QD_IDENTITY, 0, 0, "x*exp(-x)", "0", "10", 0.36787944117144232160, 1},
    {QD_IDENTITY, 0, 0, "sin(pi*x)", "-1/4", "1", 1, 0.5},
    {QD_IDENTITY, 1, 0, "cos(x)-1+x", "-1", "1", 0.45969769413186028260, 1},
    {QD_IDENTITY, 1, 0, "tan(x)", "-1", "1", 0.55740772465490223051, 1},
    {QD_IDENTITY, 1, 0, "tanh(x)", "-1", "1", 0.23840584404423511188, 1},
    {QD_IDENTITY, 1, 0, "atan(x)", "-1", "1", 0.21460183660255169038, 1},
    {QD_IDENTITY, 1, 0, "atan2(x,1)", "-1", "1", 0.21460183660255169038, 1},
    {QD_IDENTITY, 0, 0, "atan2(1,x)", "-1", "1", 2.3561944901923449288, -1},
    {QD_IDENTITY, 0, 0, "atan2(-1,x)", "-1", "1", 2.3561944901923449288, -1},
    {QD_IDENTITY, 0, 0, "min(x,1-x)", "0", "1", 0.5, 0.5},
    {QD_IDENTITY, 0, 0, "max(x,1-3*x)", "0", "1/2", 1, 0},
    {QD_IDENTITY, 0, 1, "max(x,1-3*x)", "0", "1/2", 0.75, 0.25},
    {QD_IDENTITY, 0, 1, "1/(1+25*x^2)", "-1", "1", 25 / 26., 1},
    {QD_IDENTITY, 0, 0, "(1+x^2)^-2", "-1", "1", 1, 0},
    {QD_IDENTITY, 0, 0, "1e-25*sin(pi*x)", "0", "1", 1e-25, 0.5},
    {QD_IDENTITY, 1000000, 0, "1000000*x+sin(pi*x)/1000000", "0", "1", 1e-6, 0.5},
};

START_TEST(known_errors)
{
    for (double tolerance = 1e-2; tolerance > 1e-13; tolerance /= 1e5) {
        one_unit(known[_i].act, known[_i].w, known[_i].b);
        set_interval(known[_i].lo, known[_i].hi);
        qd_status st = certify(known[_i].target, tolerance);
        ck_assert_msg(st == QD_OK, "%s: %s", known[_i].target, qd_ctx_message(ctx));
        encloses(known[_i].error, 1e-15 * known[_i].error, tolerance, known[_i].target);
        if (known[_i].error > 0) ck_assert_msg(in_where(known[_i].at), "%s: the place is not there", known[_i].target);
    }
}
END_TEST

/* T1.4: the best continuous piecewise linear fit of x^2 on [0,1] with p pieces has error exactly 1/(8 p^2); the network is
   built for it. The second target is the same function in words that hide the polynomial. */
START_TEST(best_linear_fits)
{
    slong p = _i + 1;
    qd_spline_t s;
    fmpq_t a, b, c, error;
    qd_spline_init(s);
    fmpq_init(a);
    fmpq_init(b);
    fmpq_init(c);
    fmpq_init(error);
    set_interval("0", "1");
    fmpq_set_si(error, 1, 8 * (ulong) (p * p));
    qd_spline_resize(s, p - 1, 1);
    s->has_lo = s->has_hi = true;
    fmpq_set(s->hi, hi);
    for (slong i = 0; i < p; i++) { /* the chord of [a, b], (a + b) x - a b, lowered by half of its error */
        fmpq_set_si(a, i, (ulong) p);
        fmpq_canonicalise(a);
        fmpq_set_si(b, i + 1, (ulong) p);
        fmpq_canonicalise(b);
        if (i + 1 < p) qd_alg_set_fmpq(s->at + i, b);
        fmpq_mul(c, a, b);
        fmpq_add(c, c, error);
        fmpq_neg(c, c);
        fmpq_poly_set_coeff_fmpq(qd_spline_poly(s, i, 0), 0, c);
        fmpq_add(c, a, b);
        fmpq_poly_set_coeff_fmpq(qd_spline_poly(s, i, 0), 1, c);
    }
    ck_assert_int_eq(qd_construct(net, NULL, s, ctx), QD_OK);
    for (int k = 0; k < 2; k++) {
        ck_assert_int_eq(certify(k == 0 ? "x^2" : "exp(2*log(x+2))-4*x-4", 1e-9), QD_OK);
        encloses(1. / (8. * (double) (p * p)), 1e-18, 1e-9, "linear fit");
        ck_assert_int_eq(r->pieces, p);
        for (slong i = 0; i <= 2 * p; i++) ck_assert(in_where(i / (2. * (double) p)));
    }
    qd_spline_clear(s);
    fmpq_clear(a);
    fmpq_clear(b);
    fmpq_clear(c);
    fmpq_clear(error);
}
END_TEST

/* ---- random networks ---------------------------------------------------------------------------- */

static void random_net(slong outputs, int i)
{
    int64_t width[5], depth = 2 + i % 3;
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 50 + (uint64_t) i);
    qd_kind kind = (qd_kind) qd_rng_below(rng, QD_KINDS);
    qd_activation act = i % 5 == 4 ? QD_LEAKY_RELU : i % 7 == 6 ? QD_ABS : QD_RELU;
    width[0] = 1;
    for (int l = 1; l <= 3; l++) width[l] = 2 + (int64_t) qd_rng_below(rng, 5);
    width[depth] = outputs;
    qd_arch arch = {depth, width, qd_neuron_make(kind, act), false, true};
    qd_random_weights weights = {i % 2 ? QD_WEIGHTS_GAUSS : QD_WEIGHTS_GRID, 6, 5};
    qd_net_random(net, &arch, &weights, ctx->seed, 70 + (uint64_t) i);
}

static void eval(fmpq_t y, const fmpq_t x, slong output)
{
    qd_vec_t v, w;
    qd_vec_init(v);
    qd_vec_init(w);
    qd_vec_resize(v, 1);
    fmpq_set(v->e, x);
    ck_assert_int_eq(qd_net_eval(w, NULL, net, v, ctx), QD_OK);
    fmpq_set(y, w->e + output);
    qd_vec_clear(v);
    qd_vec_clear(w);
}

/* |network - text| at x, the network exactly, the function in doubles. */
static double error_at(const char *text, const fmpq_t x, slong output)
{
    qd_expr_t e;
    fmpq_t y, f;
    qd_expr_init(e);
    fmpq_init(y);
    fmpq_init(f);
    ck_assert_int_eq(qd_expr_parse(e, text, ctx), QD_OK);
    double t = fmpq_get_d(x);
    eval(y, x, output);
    qd_rat_set_double(f, qd_expr_value(e, &t));
    fmpq_sub(y, y, f);
    t = fabs(fmpq_get_d(y));
    fmpq_clear(y);
    fmpq_clear(f);
    qd_expr_clear(e);
    return t;
}

/* No sample lies above the upper bound, and the error at the witness is the lower bound or more. */
START_TEST(against_samples)
{
    static const char *const targets[] = {
        "1/(1+25*x^2)", "sin(3*pi*x)", "abs(x-0.3)",  "exp(-x)*cos(7*x)",
        "sqrt(x+1)",    "tanh(20*x)",  "x^3-x/2+1/7", "max(x^2,0.3)-step(x+0.11)",
    };
    qd_rng_t rng;
    fmpq_t x;
    const char *text = targets[_i % COUNT(targets)];
    slong outputs = 1 + _i % 2;
    random_net(outputs, _i);
    set_interval("-1", "1");
    qd_status st = certify(text, 1e-6);
    ck_assert_msg(st == QD_OK, "case %d, %s: %s", _i, text, qd_ctx_message(ctx));
    ck_assert(r->reached && upper() - lower() <= 1e-6 * upper() * (1 + 1e-9));
    double slack = 1e-12 * (1 + upper());
    ck_assert_msg(error_at(text, r->at, r->output) >= lower() - slack, "case %d, %s: %.17g at the witness, lower bound %.17g", _i, text,
                  error_at(text, r->at, r->output), lower());
    qd_rng_init(rng, ctx->seed, 90 + (uint64_t) _i);
    fmpq_init(x);
    for (int k = 0; k < 300; k++) {
        fmpq_set_si(x, qd_rng_range(rng, -1000000, 1000000), 1000000);
        fmpq_canonicalise(x);
        for (slong o = 0; o < outputs; o++)
            ck_assert_msg(error_at(text, x, o) <= upper() + slack, "case %d, %s: %.17g at %.17g, upper bound %.17g", _i, text,
                          error_at(text, x, o), fmpq_get_d(x), upper());
    }
    fmpq_clear(x);
}
END_TEST

/* max |d| over the closed interval between two rationals inside which d has its piece: ends, and real roots of d'. */
static void critical_values(arf_t best, const fmpq_poly_t d, const qd_alg_t a, const qd_alg_t b)
{
    qd_alg_list_t roots;
    fmpq_poly_t slope;
    fmpz_poly_t p;
    arb_t y;
    arb_poly_t q;
    arf_t x;
    qd_alg_list_init(roots);
    fmpq_poly_init(slope);
    fmpz_poly_init(p);
    arb_init(y);
    arb_poly_init(q);
    arf_init(x);
    fmpq_poly_derivative(slope, d);
    if (!fmpq_poly_is_zero(slope)) {
        fmpq_poly_get_numerator(p, slope);
        qd_root_squarefree_part(p, p);
        ck_assert_int_eq(qd_root_isolate(roots, p, NULL, NULL, ctx), QD_OK);
    }
    qd_alg_list_add(roots, a);
    qd_alg_list_add(roots, b);
    arb_poly_set_fmpq_poly(q, d, 400);
    for (slong i = 0; i < roots->n; i++) {
        if (qd_alg_cmp(roots->e + i, a) < 0 || qd_alg_cmp(roots->e + i, b) > 0) continue;
        qd_alg_refine(roots->e + i, 300);
        arb_set_fmpq(y, roots->e[i].lo, 400);
        arb_poly_evaluate(y, q, y, 400);
        arf_abs(x, arb_midref(y));
        if (arf_cmp(x, best) > 0) arf_set(best, x);
    }
    qd_alg_list_clear(roots);
    fmpq_poly_clear(slope);
    fmpz_poly_clear(p);
    arb_clear(y);
    arb_poly_clear(q);
    arf_clear(x);
}

START_TEST(against_critical_points)
{
    qd_rng_t rng;
    qd_spline_t s, t;
    qd_line_t line;
    fmpq_poly_t d;
    qd_alg_t a, b;
    arf_t best, slack;
    slong outputs = 1 + _i % 2;
    qd_rng_init(rng, ctx->seed, 20 + (uint64_t) _i);
    qd_spline_init(s);
    qd_spline_init(t);
    qd_line_init(line);
    fmpq_poly_init(d);
    qd_alg_init(a);
    qd_alg_init(b);
    arf_init(best);
    arf_init(slack);
    random_net(outputs, _i);
    qd_spline_random(s, 1 + _i % 5, 4, 0, outputs, false, rng);
    set_interval(_i % 3 ? "-2" : "-1/3", "5/7");
    const qd_target target = {.spline = s};
    qd_status st = qd_certify(r, net, &target, lo, hi, 1e-15, ctx);
    ck_assert_msg(st == QD_OK, "case %d: %s", _i, qd_ctx_message(ctx));

    const qd_domain domain = {.lo = lo, .hi = hi};
    ck_assert_int_eq(qd_line_compute(line, net, &domain, ctx), QD_OK);
    ck_assert_int_eq(qd_spline_set_line(t, line, ctx), QD_OK);
    for (slong i = 0; i <= t->nbreaks; i++)
        for (slong j = 0; j <= s->nbreaks; j++) {
            qd_alg_set_fmpq(a, lo);
            qd_alg_set_fmpq(b, hi);
            if (i > 0) qd_alg_set(a, t->at + i - 1);
            if (i < t->nbreaks) qd_alg_set(b, t->at + i);
            if (j > 0 && qd_alg_cmp(s->at + j - 1, a) > 0) qd_alg_set(a, s->at + j - 1);
            if (j < s->nbreaks && qd_alg_cmp(s->at + j, b) < 0) qd_alg_set(b, s->at + j);
            if (qd_alg_cmp(a, b) >= 0) continue;
            for (slong o = 0; o < outputs; o++) {
                fmpq_poly_sub(d, qd_spline_poly(t, i, o), qd_spline_poly(s, j, o));
                critical_values(best, d, a, b);
            }
        }
    arf_mul_2exp_si(slack, best, -140);
    arf_add(slack, slack, best, ARF_PREC_EXACT, ARF_RND_DOWN);
    ck_assert_msg(arf_cmp(r->lower, slack) <= 0, "case %d: lower bound %.17g, truth %.17g", _i, lower(), arf_get_d(best, ARF_RND_NEAR));
    arf_mul_2exp_si(slack, best, -140);
    arf_sub(slack, best, slack, ARF_PREC_EXACT, ARF_RND_DOWN);
    ck_assert_msg(arf_cmp(r->upper, slack) >= 0, "case %d: upper bound %.17g, truth %.17g", _i, upper(), arf_get_d(best, ARF_RND_NEAR));
    ck_assert(r->reached && upper() - lower() <= 2e-15 * upper());
    qd_spline_clear(s);
    qd_spline_clear(t);
    qd_line_clear(line);
    fmpq_poly_clear(d);
    qd_alg_clear(a);
    qd_alg_clear(b);
    arf_clear(best);
    arf_clear(slack);
}
END_TEST

/* A network against its own spline: 0, exactly; and against one that differs in the last of four pieces. */
START_TEST(no_error)
{
    qd_rng_t rng;
    qd_spline_t s;
    qd_rng_init(rng, ctx->seed, 10 + (uint64_t) _i);
    qd_spline_init(s);
    qd_spline_random(s, 1 + _i % 4, 3, 0, 1 + _i % 2, false, rng);
    ck_assert_int_eq(qd_construct(net, NULL, s, ctx), QD_OK);
    qd_alg_refine(s->at, 10);
    fmpq_sub_si(lo, s->at->lo, 1);
    fmpq_add_si(hi, s->at[s->nbreaks - 1].hi, 1);
    const qd_target target = {.spline = s};
    ck_assert_int_eq(qd_certify(r, net, &target, lo, hi, 1e-6, ctx), QD_OK);
    ck_assert(arf_is_zero(r->lower) && arf_is_zero(r->upper) && r->reached && r->nwhere == 0);
    fmpq_poly_struct *p = qd_spline_poly(s, s->nbreaks, 0);
    fmpq_t c;
    fmpq_init(c);
    fmpq_poly_get_coeff_fmpq(c, p, 0);
    fmpq_add_si(c, c, 1);
    fmpq_poly_set_coeff_fmpq(p, 0, c);
    ck_assert_int_eq(qd_certify(r, net, &target, lo, hi, 1e-6, ctx), QD_OK);
    encloses(1, 0, 1e-6, "a piece raised by 1");
    fmpq_clear(c);
    qd_spline_clear(s);
}
END_TEST

START_TEST(several_outputs)
{
    qd_net_t t;
    qd_net_init(t);
    qd_layer_struct *layer = qd_net_add_layer(t, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 2);
    fmpq_set_si(layer->param[0], 1, 1);
    fmpq_set_si(layer->param[0] + 1, 2, 1);
    qd_net_swap(net, t);
    qd_net_clear(t);
    set_interval("0", "1");
    ck_assert_int_eq(certify("x;tanh(x)", 1e-6), QD_OK);
    encloses(2 - 0.76159415595576488812, 1e-15, 1e-6, "two functions");
    ck_assert_int_eq(r->output, 1);
    ck_assert_int_eq(certify("x", 1e-6), QD_OK);
    encloses(1, 0, 1e-6, "one function");
    ck_assert_int_eq(certify("x;x;x", 1e-6), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "found 3 target functions, expected one for all outputs or one for each of 2");
}
END_TEST

/* ---- refusals and budgets ------------------------------------------------------------------------ */

START_TEST(refuses)
{
    static const struct {
        const char *target, *lo, *hi;
        double tolerance;
        qd_status st;
        const char *message;
    } bad[] = {
        {"x", "1", "1", 1e-6, QD_EINPUT, "the interval is empty or a point"},
        {"x", "0", "1", 0, QD_EINPUT, "the tolerance is 0, expected 0 < T < 1"},
        {"x", "0", "1", NAN, QD_EINPUT, "the tolerance is"},
        {"x+y", "0", "1", 1e-6, QD_EINPUT, "the target 'x+y' depends on y, expected a function of x"},
        {"log(x)", "0", "1", 1e-6, QD_EDOMAIN, "no finite bound of the target at or next to x = 0"},
        {"1/x", "-1", "1", 1e-6, QD_EDOMAIN, "no finite bound of the target at or next to x ="},
        {"1/(3*x-1)", "-1", "1", 1e-6, QD_EDOMAIN, "no finite bound of the target at or next to x = 0.33333333333333"},
        {"sqrt(x)", "-1", "1", 1e-6, QD_EDOMAIN, "no finite bound of the target at or next to x ="},
    };
    one_unit(QD_RELU, 1, 0);
    set_interval(bad[_i].lo, bad[_i].hi);
    ck_assert_int_eq(certify(bad[_i].target, bad[_i].tolerance), bad[_i].st);
    ck_assert_msg(strstr(qd_ctx_message(ctx), bad[_i].message) != NULL, "%s", qd_ctx_message(ctx));
    ck_assert(arf_is_zero(r->upper));
}
END_TEST

START_TEST(refuses_shapes)
{
    qd_spline_t s;
    qd_spline_init(s);
    const char text[] = "{\"breakpoints\": [], \"pieces\": [[\"1\"]], \"interval\": [\"0\", \"1\"]}";
    ck_assert_int_eq(qd_spline_parse(s, text, strlen(text), ctx), QD_OK);
    const qd_target target = {.spline = s};
    one_unit(QD_RELU, 1, 0);
    set_interval("0", "2");
    ck_assert_int_eq(qd_certify(r, net, &target, lo, hi, 1e-6, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the target spline is defined on a smaller interval");
    random_net(2, 0);
    set_interval("0", "1");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_certify(r, net, &target, lo, hi, 1e-6, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the target spline has 1 outputs, the network 2");
    qd_spline_clear(s);
    qd_net_t plane;
    qd_net_init(plane);
    qd_net_add_layer(plane, qd_neuron_make(QD_LINEAR, QD_RELU), 2, 1);
    qd_net_swap(net, plane);
    qd_net_clear(plane);
    qd_ctx_forget(ctx);
    ck_assert_int_eq(certify("x", 1e-6), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the network has 2 inputs, expected one");
}
END_TEST

/* Out of budget at once, or later: what is there is still certain. */
START_TEST(budget)
{
    static const double seconds[] = {1e-9, 1e-4, 1e-3, 1e-2};
    one_unit(QD_IDENTITY, 1, 0);
    set_interval("-1", "1");
    ctx->max_seconds = seconds[_i];
    qd_ctx_start(ctx);
    /* the largest error 1 + sin 1 is at x = -1 */
    qd_status st = certify("sin(x)+1000*(sin(1000*x)^2+cos(1000*x)^2-1)", 1e-14);
    ck_assert(st == QD_OK || st == QD_EUNABLE);
    ck_assert((st == QD_OK) == (r->reached && arf_is_finite(r->upper)));
    double error = 1 - sin(1);
    ck_assert(lower() <= error + 1e-9 && upper() >= error - 1e-9);
}
END_TEST

/* ---- expressions ------------------------------------------------------------------------------- */

static const char *const smooth[] = {
    "x",
    "pi",
    "1/7+x*x-x^5",
    "1/(1+25*x^2)",
    "x^-3",
    "sqrt(x)",
    "exp(-x)",
    "log(x)",
    "sin(3*x)",
    "cos(x^2)",
    "tan(x/3)",
    "atan(5*x)",
    "tanh(x)",
    "tanh(-30*x)",
    "atan2(x,2)",
    "atan2(2,x-1)",
    "atan2(-1,x)",
    "x^x",
    "2^x",
    "(x+1)^(1/3)",
    "abs(x-5)*x",
    "min(x,7)+max(x^2,-1)",
    "step(x)*x+sign(-x)",
};

/* sum_{k<n} y_k(c) t^k + y_n([c-h, c+h]) t^n contains the function at c + t. */
START_TEST(taylor)
{
    qd_rng_t rng;
    qd_expr_t e;
    arb_poly_t at, over;
    arb_t c, box, t, y, last;
    mag_t h;
    qd_rng_init(rng, ctx->seed, 40 + (uint64_t) _i);
    qd_expr_init(e);
    arb_poly_init(at);
    arb_poly_init(over);
    arb_init(c);
    arb_init(box);
    arb_init(t);
    arb_init(y);
    arb_init(last);
    mag_init(h);
    ck_assert_int_eq(qd_expr_parse(e, smooth[_i], ctx), QD_OK);
    for (int k = 0; k < 50; k++) {
        slong n = 1 + (slong) qd_rng_below(rng, 8);
        double centre = 0.5 + qd_rng_unit(rng), radius = ldexp(1, -4 - (int) qd_rng_below(rng, 8)),
               step = radius * (2 * qd_rng_unit(rng) - 1);
        arb_set_d(c, centre);
        mag_set_d(h, radius);
        arb_set(box, c);
        arb_add_error_mag(box, h);
        ck_assert_int_eq(qd_expr_taylor(at, e, NULL, c, n, 128), 1);
        ck_assert_int_eq(qd_expr_taylor(over, e, NULL, box, n + 1, 128), 1);
        arb_poly_get_coeff_arb(last, over, n);
        arb_poly_set_coeff_arb(at, n, last);
        arb_set_d(t, step);
        arb_poly_evaluate(y, at, t, 128);
        double x = centre + step, value = qd_expr_value(e, &x);
        mag_set_d(h, 1e-13 * (1 + fabs(value)));
        arb_add_error_mag(y, h);
        arb_set_d(t, value);
        ck_assert_msg(arb_contains(y, t), "%s at %.17g, %ld terms: %.17g", smooth[_i], x, (long) n, value);
        if (n == 8 && radius < 1e-3) ck_assert_msg(mag_cmp_2exp_si(arb_radref(y), -20) < 0, "%s: wide", smooth[_i]);
    }
    qd_expr_clear(e);
    arb_poly_clear(at);
    arb_poly_clear(over);
    arb_clear(c);
    arb_clear(box);
    arb_clear(t);
    arb_clear(y);
    arb_clear(last);
    mag_clear(h);
}
END_TEST

START_TEST(not_smooth)
{
    static const char *const text[] = {
        "abs(x)", "step(x)", "sign(x)", "min(x,-x)", "max(x,0)",    "sqrt(x)",    "log(x)",
        "1/x",    "1/(x-x)", "x^-1",    "x^0.5",     "atan2(x,-1)", "atan2(x,x)", "tan(10*x)/sign(x)",
    };
    qd_expr_t e;
    arb_poly_t y;
    arb_t x;
    qd_expr_init(e);
    arb_poly_init(y);
    arb_init(x);
    ck_assert_int_eq(qd_expr_parse(e, text[_i], ctx), QD_OK);
    ck_assert_int_eq(qd_expr_taylor(y, e, NULL, x, 3, 64), 0);
    arb_add_error_2exp_si(x, -3);
    ck_assert_int_eq(qd_expr_taylor(y, e, NULL, x, 3, 64), 0);
    ck_assert_int_eq(arb_poly_length(y), 0);
    qd_expr_clear(e);
    arb_poly_clear(y);
    arb_clear(x);
}
END_TEST

START_TEST(polynomials)
{
    static const struct {
        const char *text, *poly;
    } p[] = {
        {"0.1*x^2-(x-1)^3/7", "4  1/7 -3/7 37/70 -1/7"},
        {"-x*x+1e-3", "3  1/1000 0 -1"},
        {"2", "1  2"},
        {"x-x", "0"},
        {"exp(x)", NULL},
        {"1/x", NULL},
        {"x^-1", NULL},
        {"x/0", NULL},
        {"abs(x)", "2  0 1"},
        {"pi*x", NULL},
        {"(x^100)^100", NULL},
        {"x^x", NULL},
        {"abs(x+1)*step(x+1/7)", "2  1 1"},
        {"min(x,sign(x+1)+1)", "2  0 1"},
        {"sqrt(min(x,-x)+max(-x,x))", "0"},
    };
    qd_expr_t e;
    fmpq_poly_t expected;
    qd_expr_parts_t parts;
    qd_expr_init(e);
    fmpq_poly_init(expected);
    qd_expr_parts_init(parts);
    set_interval("0", "1");
    ck_assert_int_eq(qd_expr_parse(e, p[_i].text, ctx), QD_OK);
    ck_assert_int_eq(qd_expr_split(parts, e, lo, hi, ctx), QD_OK);
    ck_assert_int_eq(parts->n, 3);
    for (slong k = 0; k < 3; k++) {
        const qd_expr_part *v = parts->e + k;
        if (p[_i].poly == NULL && k != 1) continue;
        ck_assert_int_eq(v->polynomial, p[_i].poly != NULL);
        if (p[_i].poly != NULL) ck_assert_int_eq(fmpq_poly_set_str(expected, p[_i].poly), 0);
        ck_assert_msg(fmpq_poly_equal(v->poly, expected), "%s", p[_i].text);
    }
    qd_expr_clear(e);
    fmpq_poly_clear(expected);
    qd_expr_parts_clear(parts);
}
END_TEST

int main(void)
{
    int multiplier = test_multiplier();
    Suite *suite = suite_create("certify");
    TCase *tc = tcase_create("certify");
    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, setup, teardown);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, known_errors, 0, COUNT(known));
    tcase_add_loop_test(tc, best_linear_fits, 0, 8);
    tcase_add_loop_test(tc, against_samples, 0, 32 * multiplier);
    tcase_add_loop_test(tc, against_critical_points, 0, 40 * multiplier);
    tcase_add_loop_test(tc, no_error, 0, 8);
    tcase_add_test(tc, several_outputs);
    tcase_add_loop_test(tc, refuses, 0, 8);
    tcase_add_test(tc, refuses_shapes);
    tcase_add_loop_test(tc, budget, 0, 4);
    tcase_add_loop_test(tc, taylor, 0, COUNT(smooth));
    tcase_add_loop_test(tc, not_smooth, 0, 14);
    tcase_add_loop_test(tc, polynomials, 0, 15);
    int failed = test_run(suite);
    flint_cleanup_master();
    return failed;
}
