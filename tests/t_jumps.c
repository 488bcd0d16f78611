/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the largest error against targets with jumps and kinks, by another road: the targets are evaluated here in exact
   rationals, and between the places where they can jump or bend, which are known because the test wrote them, error polynomials of
   degree <= 2 are found again from three values, so that limits and extremes are exact. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "spline/spline.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))
#define PLACES_MAX 64

static qd_ctx_t ctx;
static qd_net_t net;
static qd_enclosure_t r;
static qd_expr_t e;
static fmpq_t lo, hi, error; /* error: the largest, exactly */

/* Where the target may jump or bend. */
static fmpq place[PLACES_MAX];
static int nplaces;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_net_init(net);
    qd_enclosure_init(r);
    qd_expr_init(e);
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_init(error);
    for (int i = 0; i < PLACES_MAX; i++) fmpq_init(place + i);
    nplaces = 0;
}

static void teardown(void)
{
    qd_net_clear(net);
    qd_enclosure_clear(r);
    qd_expr_clear(e);
    fmpq_clear(lo);
    fmpq_clear(hi);
    fmpq_clear(error);
    for (int i = 0; i < PLACES_MAX; i++) fmpq_clear(place + i);
}

static void set(fmpq_t x, const char *text)
{
    ck_assert_int_eq(qd_rat_set_str(x, text, strlen(text), ctx), QD_OK);
}

/* ---- the other road ---------------------------------------------------------------------------- */

/* Node i of e at x, exactly. */
static void value_of_node(fmpq_t y, int64_t i, const fmpq_t x)
{
    const qd_expr_node *q = e->node + i;
    fmpq_t a, b;
    fmpq_init(a);
    fmpq_init(b);
    if (q->op > QD_EXPR_PI) value_of_node(a, q->a, x);
    if (q->op > QD_EXPR_PI && q->b >= 0) value_of_node(b, q->b, x);
    switch ((int) q->op) { /* some of them */
    case QD_EXPR_NUMBER:
        set(y, q->text);
        break;
    case QD_EXPR_VARIABLE:
        fmpq_set(y, x);
        break;
    case QD_EXPR_NEG:
        fmpq_neg(y, a);
        break;
    case QD_EXPR_ADD:
        fmpq_add(y, a, b);
        break;
    case QD_EXPR_SUB:
        fmpq_sub(y, a, b);
        break;
    case QD_EXPR_MUL:
        fmpq_mul(y, a, b);
        break;
    case QD_EXPR_DIV:
        fmpq_div(y, a, b);
        break;
    case QD_EXPR_ABS:
        fmpq_abs(y, a);
        break;
    case QD_EXPR_STEP:
        fmpq_set_si(y, fmpq_sgn(a) >= 0, 1);
        break;
    case QD_EXPR_SIGN:
        fmpq_set_si(y, fmpq_sgn(a), 1);
        break;
    case QD_EXPR_MIN:
        fmpq_set(y, fmpq_cmp(a, b) < 0 ? a : b);
        break;
    case QD_EXPR_MAX:
        fmpq_set(y, fmpq_cmp(a, b) > 0 ? a : b);
        break;
    default:
        ck_abort_msg("operation %d", q->op);
    }
    fmpq_clear(a);
    fmpq_clear(b);
}

/* network - target at x. */
static void difference_at(fmpq_t y, const fmpq_t x)
{
    qd_vec_t v, w;
    fmpq_t f;
    qd_vec_init(v);
    qd_vec_init(w);
    fmpq_init(f);
    qd_vec_resize(v, 1);
    fmpq_set(v->e, x);
    ck_assert_int_eq(qd_net_eval(w, NULL, net, v, ctx), QD_OK);
    value_of_node(f, e->n - 1, x);
    fmpq_sub(y, w->e, f);
    qd_vec_clear(v);
    qd_vec_clear(w);
    fmpq_clear(f);
}

static void larger(const fmpq_t y)
{
    fmpq_t a;
    fmpq_init(a);
    fmpq_abs(a, y);
    if (fmpq_cmp(a, error) > 0) fmpq_set(error, a);
    fmpq_clear(a);
}

/* The supremum of |difference| over (a, b), in which it is one polynomial of degree <= 2, which a fourth value confirms. */
static void between(const fmpq_t a, const fmpq_t b)
{
    fmpq x[4], y[4];
    fmpq_poly_t p;
    fmpq_t t;
    fmpq_init(t);
    fmpq_poly_init(p);
    for (int i = 0; i < 4; i++) {
        fmpq_init(x + i);
        fmpq_init(y + i);
        fmpq_sub(x + i, b, a);
        fmpq_set_si(t, i + 1, 5);
        fmpq_mul(x + i, x + i, t);
        fmpq_add(x + i, x + i, a);
        difference_at(y + i, x + i);
    }
    for (int i = 0; i < 3; i++) { /* Lagrange */
        fmpq_poly_t l, f;
        fmpq_poly_init(l);
        fmpq_poly_init(f);
        fmpq_poly_set_fmpq(l, y + i);
        for (int k = 0; k < 3; k++) {
            if (k == i) continue;
            fmpq_sub(t, x + i, x + k);
            fmpq_inv(t, t);
            fmpq_poly_zero(f);
            fmpq_poly_set_coeff_fmpq(f, 1, t);
            fmpq_mul(t, t, x + k);
            fmpq_neg(t, t);
            fmpq_poly_set_coeff_fmpq(f, 0, t);
            fmpq_poly_mul(l, l, f);
        }
        fmpq_poly_add(p, p, l);
        fmpq_poly_clear(l);
        fmpq_poly_clear(f);
    }
    fmpq_poly_evaluate_fmpq(t, p, x + 3);
    ck_assert_msg(fmpq_equal(t, y + 3), "%s: not one polynomial of degree <= 2", e->text);
    fmpq_poly_evaluate_fmpq(t, p, a);
    larger(t);
    fmpq_poly_evaluate_fmpq(t, p, b);
    larger(t);
    if (fmpq_poly_degree(p) == 2) {
        fmpq_poly_get_coeff_fmpq(x, p, 1);
        fmpq_poly_get_coeff_fmpq(x + 1, p, 2);
        fmpq_mul_si(x + 1, x + 1, -2);
        fmpq_div(x, x, x + 1);
        fmpq_poly_evaluate_fmpq(t, p, x);
        if (fmpq_cmp(x, a) > 0 && fmpq_cmp(x, b) < 0) larger(t);
    }
    for (int i = 0; i < 4; i++) {
        fmpq_clear(x + i);
        fmpq_clear(y + i);
    }
    fmpq_clear(t);
    fmpq_poly_clear(p);
}

static int compare(const void *a, const void *b)
{
    return fmpq_cmp(a, b);
}

/* error = the largest error on [lo, hi]: values at all places and ends, and all that lies between them. */
static void find_error(void)
{
    fmpq_t left, y;
    fmpq_init(left);
    fmpq_init(y);
    fmpq_zero(error);
    ck_assert_int_lt(nplaces, PLACES_MAX);
    fmpq_set(place + nplaces++, hi);
    qsort(place, (size_t) nplaces, sizeof *place, compare);
    fmpq_set(left, lo);
    difference_at(y, lo);
    larger(y);
    for (int i = 0; i < nplaces; i++) {
        if (fmpq_cmp(place + i, left) <= 0 || fmpq_cmp(place + i, hi) > 0) continue;
        between(left, place + i);
        difference_at(y, place + i);
        larger(y);
        fmpq_set(left, place + i);
    }
    fmpq_clear(left);
    fmpq_clear(y);
}

/* ---- what is asked -------------------------------------------------------------------------------- */

/* The network a x + b + c relu(x - k); k is a place. */
static void set_net(const char *a, const char *b, const char *c, const char *k)
{
    qd_net_t t;
    fmpq_t q;
    fmpq_init(q);
    qd_net_init(t);
    qd_layer_struct *first = qd_net_add_layer(t, qd_neuron_make(QD_LINEAR, QD_RELU), 1, 3);
    fmpq_one(first->param[0]);
    fmpq_set_si(first->param[0] + 1, -1, 1);
    fmpq_one(first->param[0] + 2);
    set(q, k);
    fmpq_set(place + nplaces++, q);
    fmpq_neg(first->param[1] + 2, q);
    fmpq_zero(place + nplaces++);
    qd_layer_struct *last = qd_net_add_layer(t, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 3, 1);
    set(last->param[0], a);
    fmpq_neg(last->param[0] + 1, last->param[0]);
    set(last->param[0] + 2, c);
    set(last->param[1], b);
    qd_net_swap(net, t);
    qd_net_clear(t);
    fmpq_clear(q);
}

/* The answer holds the largest error, as narrowly as was asked, for ever smaller tolerances. */
static void enclosures_hold(void)
{
    static const double tolerance[] = {0.5, 1e-3, 1e-7, 1e-20, 1e-60};
    const qd_target target = {.expr = e, .nexpr = 1};
    fmpq_t lower, upper, gap, wanted;
    fmpq_init(lower);
    fmpq_init(upper);
    fmpq_init(gap);
    fmpq_init(wanted);
    for (int i = 0; i < COUNT(tolerance); i++) {
        qd_status st = qd_certify(r, net, &target, lo, hi, tolerance[i], ctx);
        ck_assert_msg(st == QD_OK, "%s: %s", e->text, qd_ctx_message(ctx));
        arf_get_fmpq(lower, r->lower);
        arf_get_fmpq(upper, r->upper);
        ck_assert_msg(fmpq_cmp(lower, error) <= 0 && fmpq_cmp(error, upper) <= 0, "%s, tolerance %g: %.17g is not in [%.17g, %.17g]",
                      e->text, tolerance[i], fmpq_get_d(error), fmpq_get_d(lower), fmpq_get_d(upper));
        qd_rat_set_double(wanted, tolerance[i]);
        fmpq_mul(wanted, wanted, upper);
        fmpq_sub(gap, upper, lower);
        ck_assert(r->reached);
        ck_assert_msg(fmpq_cmp(gap, wanted) <= 0 || fmpq_is_zero(error), "%s, tolerance %g: [%.17g, %.17g] is wide", e->text, tolerance[i],
                      fmpq_get_d(lower), fmpq_get_d(upper));
        ck_assert_msg(!fmpq_is_zero(error) || arf_is_zero(r->upper), "%s: 0 is not found to be 0", e->text);
        ck_assert(fmpq_cmp(r->at, lo) >= 0 && fmpq_cmp(r->at, hi) <= 0);
    }
    fmpq_clear(lower);
    fmpq_clear(upper);
    fmpq_clear(gap);
    fmpq_clear(wanted);
}

/* ---- cases by hand ---------------------------------------------------------------------------------- */

static const struct {
    const char *target, *lo, *hi, *b, *error; /* the network is the constant b */
} known[] = {
    {"step(x)", "-1", "0", "0", "1"}, /* at the end alone */
    {"step(x)", "-1", "0", "1", "1"},
    {"step(x)", "0", "1", "1", "0"},
    {"step(x)", "0", "1", "0", "1"},
    {"step(-x)", "0", "1", "0", "1"},
    {"sign(x)", "0", "1", "0", "1"},
    {"sign(x)", "0", "1", "1", "1"},
    {"sign(x)", "-1", "0", "-1", "1"},
    {"sign(x)", "-1", "1", "0", "1"},
    {"sign(x)*sign(x)", "-1", "1", "1", "1"},
    {"abs(sign(x))", "-1", "1", "0", "1"},
    {"abs(sign(x))", "-1", "1", "1", "1"}, /* at 0 alone, and not between the limits */
    {"abs(sign(x-1/3))", "0", "1", "1", "1"},
    {"abs(sign(x-1/3))", "1/3", "1", "1", "1"},
    {"abs(sign(x-1/3))", "0", "1/3", "1", "1"},
    {"step(x-1/3)", "1/3", "1", "1", "0"}, /* the limit from outside does not count */
    {"step(x-1/3)", "0", "1/3", "0", "1"},
    {"step(1/3-x)", "0", "1/3", "1", "0"},
    {"step(x-1/3)", "0", "1", "1/4", "3/4"},
    {"step(x)*step(-x)", "-1", "1", "0", "1"},
    {"step(x-1/7)*step(1/7-x)", "0", "1", "0", "1"},
    {"step(x-1/7)*step(1/7-x)", "0", "1/7", "0", "1"},
    {"step(x)-step(x)", "-1", "1", "0", "0"},
    {"step(0)", "-1", "1", "1", "0"},
    {"step(x-x)", "-1", "1", "1", "0"},
    {"sign(x-x)", "-1", "1", "0", "0"},
    {"max(step(x),step(-x))", "-1", "1", "1", "0"},
    {"min(step(x),step(-x))", "-1", "1", "0", "1"},
    {"min(sign(x),-sign(x))", "-1", "1", "-1", "1"},
    {"abs(2*step(x)-1)", "-1", "1", "1", "0"},
    {"step(abs(sign(x))-1)", "-1", "1", "1", "1"},
    {"step(step(x)-1/2)", "-1", "0", "0", "1"},
    {"step((x-1/3)*(x-2/3))", "0", "1", "1", "1"},
    {"step((x-1/3)*(x-2/3))", "1/3", "2/3", "0", "1"}, /* at both ends */
    {"step(-(x-1/3)*(x-1/3))", "0", "1", "0", "1"},
    {"abs(sign((x-1/3)*(x-1/3)))", "0", "1", "1", "1"},
    {"step(x^2-2)", "-1", "1", "0", "0"},
    {"step(x^2-2)", "-2", "2", "0", "1"},
    {"abs(sign(x^2-2))", "0", "2", "1", "1"}, /* at an irrational point alone */
    {"abs(x^2-2)+2-x^2", "-1", "1", "4", "2"},
    {"sqrt(abs(x)-x)", "0", "1", "0", "0"},
    {"x*step(x-1/3)", "0", "1/3", "0", "1/3"},
    {"exp(x)*step(x)*step(-x)", "-1", "1", "0", "1"},
    {"step(sin(x))", "0", "1", "1", "0"}, /* no polynomial, but exact */
    {"step(sin(x))", "-1", "0", "0", "1"},
};

START_TEST(known_errors)
{
    set(lo, known[_i].lo);
    set(hi, known[_i].hi);
    set(error, known[_i].error);
    set_net("0", known[_i].b, "0", "0");
    ck_assert_int_eq(qd_expr_parse(e, known[_i].target, ctx), QD_OK);
    enclosures_hold();
}
END_TEST

/* No precision decides these: the search ends all the same, and what it says is true. */
static const struct {
    const char *target, *b;
} open[] = {
    {"step(sin(pi*x))", "1"},
    {"abs(sign(sin(pi*x)))*0+step(sin(pi*(x-1)))-step(sin(pi*(x-1)))", "0"},
    {"abs(sign(exp(x)-exp(1/3)))", "1"},
    {"step(exp(x)-exp(x))", "1"},
};

START_TEST(ends_open)
{
    const qd_target target = {.expr = e, .nexpr = 1};
    set(lo, "0");
    set(hi, "1");
    set_net("0", open[_i].b, "0", "0");
    ck_assert_int_eq(qd_expr_parse(e, open[_i].target, ctx), QD_OK);
    ck_assert_int_eq(qd_certify(r, net, &target, lo, hi, 1e-6, ctx), QD_EUNABLE);
    ck_assert(!r->reached && arf_is_zero(r->lower) && arf_cmp_si(r->upper, 1) >= 0 && arf_cmp_si(r->upper, 2) <= 0);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "cannot be decided to the tolerance at or next to x = ") != NULL ||
                      strstr(qd_ctx_message(ctx), "the tolerance is not reached with ") != NULL,
                  "%s", qd_ctx_message(ctx));
}
END_TEST

/* ---- random targets ---------------------------------------------------------------------------------- */

/* A text, and a number of small height for it, a place when `is_place`. */
typedef struct {
    char text[2000];
    size_t n;
    qd_rng_t rng;
} writer;

static void put(writer *w, const char *text)
{
    size_t n = strlen(text);
    ck_assert_uint_lt(w->n + n, sizeof w->text);
    memcpy(w->text + w->n, text, n + 1);
    w->n += n;
}

static void put_number(writer *w, bool is_place)
{
    static const char *const some[] = {"0", "1/3", "1/2", "2/3", "1/7", "-1/3", "-1/2", "1", "-1", "0.1", "5/4"};
    const char *text = some[qd_rng_below(w->rng, COUNT(some))];
    put(w, text);
    if (is_place) set(place + nplaces++, text);
}

/* x - r or r - x. */
static void put_factor(writer *w)
{
    bool turned = qd_rng_below(w->rng, 2);
    put(w, turned ? "((" : "(x-(");
    put_number(w, true);
    put(w, turned ? ")-x)" : "))");
}

/* Constant but for jumps. */
static void put_jump(writer *w, int depth)
{
    static const char *const pair[] = {"min(", "max(", "("}, *const op[] = {"*", "+", "-"};
    uint64_t k = qd_rng_below(w->rng, depth > 0 ? 8 : 4);
    if (k < 4) {
        put(w, k == 0 || k == 1 ? "step(" : "sign(");
        put_factor(w);
        if (k % 2 == 1) put(w, "*"), put_factor(w);
        put(w, ")");
    } else if (k == 4) {
        put(w, "abs(");
        put_jump(w, depth - 1);
        put(w, ")");
    } else if (k == 5) {
        put(w, qd_rng_below(w->rng, 2) ? "step(" : "sign(");
        put_jump(w, depth - 1);
        put(w, "-1/2*");
        put_jump(w, depth - 1);
        put(w, ")");
    } else {
        uint64_t m = qd_rng_below(w->rng, 3);
        put(w, pair[m]);
        put_jump(w, depth - 1);
        put(w, m < 2 ? "," : op[qd_rng_below(w->rng, 3)]);
        put_jump(w, depth - 1);
        put(w, ")");
    }
}

/* Of degree <= 2 between places. */
static void put_term(writer *w)
{
    uint64_t k = qd_rng_below(w->rng, 5);
    if (k == 0) put(w, "abs("), put_factor(w), put(w, ")");
    else if (k == 1) put(w, "abs("), put_factor(w), put(w, "*"), put_factor(w), put(w, ")");
    else if (k == 2) put(w, "min("), put_factor(w), put(w, "*"), put_jump(w, 1), put(w, ",0)");
    else if (k == 3) put(w, "max(0,"), put_factor(w), put(w, ")");
    else put_number(w, false);
    put(w, "*");
    put_jump(w, 2);
}

START_TEST(random_targets)
{
    static const char *const ends[] = {"-1", "-1/2", "-1/3", "0", "1/7", "1/3", "1/2", "2/3", "1", "5/4"};
    static const char *const weights[] = {"0", "1", "-1", "1/3", "-2"};
    writer w = {.n = 0};
    qd_rng_init(w.rng, ctx->seed, 300 + (uint64_t) _i);
    int a = (int) qd_rng_below(w.rng, COUNT(ends) - 1), b = a + 1 + (int) qd_rng_below(w.rng, (uint64_t) (COUNT(ends) - 1 - a));
    set(lo, ends[a]);
    set(hi, ends[b]);
    put_term(&w);
    if (_i % 3 > 0) put(&w, "+"), put_term(&w);
    ck_assert_int_eq(qd_expr_parse(e, w.text, ctx), QD_OK);
    const char *weight[3];
    for (int i = 0; i < 3; i++) weight[i] = weights[qd_rng_below(w.rng, COUNT(weights))];
    set_net(weight[0], weight[1], weight[2], ends[qd_rng_below(w.rng, COUNT(ends))]);
    find_error();
    enclosures_hold();
}
END_TEST

/* Enclosures for smaller tolerances meet those for larger ones, also where no exact value is known. */
START_TEST(tolerances_agree)
{
    static const char *const text[] = {"exp(x)*step(x-1/3)", "sin(3*x)*sign(x^2-1/2)", "abs(sin(5*x))-step(x)*cos(x)",
                                       "sqrt(abs(x-1/3))",   "abs(x^3-x/2-1/9)",       "tanh(9*x)*abs(sign(x+1/5))"};
    const qd_target target = {.expr = e, .nexpr = 1};
    arf_t lower, upper;
    arf_init(lower);
    arf_init(upper);
    arf_pos_inf(upper);
    set(lo, "-1");
    set(hi, "2/3");
    set_net("1/2", "-1/3", "1", "1/7");
    ck_assert_int_eq(qd_expr_parse(e, text[_i], ctx), QD_OK);
    for (double tolerance = 0.1; tolerance > 1e-90; tolerance *= tolerance) {
        ck_assert_msg(qd_certify(r, net, &target, lo, hi, tolerance, ctx) == QD_OK, "%s: %s", text[_i], qd_ctx_message(ctx));
        if (arf_cmp(r->lower, lower) > 0) arf_set(lower, r->lower);
        if (arf_cmp(r->upper, upper) < 0) arf_set(upper, r->upper);
        ck_assert_msg(arf_cmp(lower, upper) <= 0, "%s, tolerance %g", text[_i], tolerance);
    }
    arf_clear(lower);
    arf_clear(upper);
}
END_TEST

int main(void)
{
    int multiplier = test_multiplier();
    Suite *suite = suite_create("jumps");
    TCase *tc = tcase_create("jumps");
    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, setup, teardown);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, known_errors, 0, COUNT(known));
    tcase_add_loop_test(tc, ends_open, 0, COUNT(open));
    tcase_add_loop_test(tc, random_targets, 0, 400 * multiplier);
    tcase_add_loop_test(tc, tolerances_agree, 0, 6);
    int failed = test_run(suite);
    flint_cleanup_master();
    return failed;
}
