/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of how many pieces and units a function needs: where the number is known, against dynamic programming on polygons, lower against upper bounds,
   networks by certification, certificates with one number changed. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "approx/approx.h"
#include "oracle/need.h"
#include "shared/suite.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static qd_ctx_t ctx;
static qd_approx_target_t f;
static qd_approx_lower_t lower;
static qd_spline_t upper;
static qd_enclosure_t error;
static fmpq_t lo, hi, eps;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_approx_target_init(f);
    qd_approx_lower_init(lower);
    qd_spline_init(upper);
    qd_enclosure_init(error);
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_init(eps);
}

static void teardown(void)
{
    qd_approx_target_clear(f);
    qd_approx_lower_clear(lower);
    qd_spline_clear(upper);
    qd_enclosure_clear(error);
    fmpq_clear(lo);
    fmpq_clear(hi);
    fmpq_clear(eps);
    flint_cleanup();
}

static void set(fmpq_t x, const char *text)
{
    ck_assert_int_eq(qd_rat_set_str(x, text, strlen(text), ctx), QD_OK);
}

static qd_status target(const char *text, const char *a, const char *b)
{
    set(lo, a);
    set(hi, b);
    return qd_approx_target_set_expr(f, text, lo, hi, ctx);
}

static void set_target(const char *text, const char *a, const char *b)
{
    ck_assert_msg(target(text, a, b) == QD_OK, "%s: %s", text, qd_ctx_message(ctx));
}

/* Both bounds; what the upper one says is looked at. */
static void bounds(slong degree)
{
    slong i, o;
    ck_assert_msg(qd_approx_upper(upper, error, f, degree, eps, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_approx_lower(lower, f, degree, eps, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert(!qd_spline_jump(&i, &o, upper));
    ck_assert_int_le(qd_spline_degree(upper), degree);
    ck_assert(fmpq_equal(upper->lo, f->lo) && fmpq_equal(upper->hi, f->hi));
    ck_assert_int_le(lower->m, upper->nbreaks);
    arf_t e;
    arf_init(e);
    arf_set_fmpq(e, eps, 64, ARF_RND_CEIL);
    ck_assert(arf_cmp(error->upper, e) <= 0 && arf_cmp(error->lower, error->upper) <= 0);
    arf_clear(e);
}

/* ---- known numbers ------------------------------------------------------------------------ */

/* p straight pieces come within 1/(8 p^2) of x^2 on [0, 1], and not nearer (T1.4). */
START_TEST(square_needs_what_is_proved)
{
    slong p = _i;
    fmpq_t step;
    fmpq_init(step);
    set_target("x^2", "0", "1");
    for (int side = -1; side <= 1; side++) {
        fmpq_set_si(eps, 1, (ulong) (8 * p * p));
        fmpq_set_si(step, side, 5000);
        fmpq_mul(step, step, eps);
        fmpq_add(eps, eps, step);
        ck_assert_int_eq(qd_approx_lower(lower, f, 1, eps, ctx), QD_OK);
        ck_assert_int_eq(lower->m + 1, side < 0 ? p + 1 : p);
        if (side == 0) continue;
        bounds(1);
        ck_assert_int_eq(upper->nbreaks + 1, side < 0 ? p + 1 : p);
    }
    fmpq_clear(step);
}
END_TEST

START_TEST(polynomials_need_one_piece)
{
    set(eps, "1e-9");
    set_target("3*x^3-x+1/7", "-1", "2");
    bounds(3);
    ck_assert_int_eq(upper->nbreaks, 0);
    bounds(4);
    ck_assert_int_eq(upper->nbreaks, 0);
    bounds(2);
    ck_assert_int_gt(lower->m, 10);
    set_target("2/3", "0", "1");
    bounds(1);
    ck_assert_int_eq(upper->nbreaks, 0);
}
END_TEST

/* For degree 1 the upper bound is the least number; where f'' has one sign the lower bound is it too. */
START_TEST(straight_pieces_are_met_on_convex_functions)
{
    static const char *const convex[] = {"exp(x)", "1/(x+2)", "-sqrt(x+2)", "x*abs(x)*sign(x)", "max(x^2,x^4)", "abs(x-1/3)"};
    static const char *const tolerances[] = {"1e-2", "1e-3", "1/5001", "1e-5"};
    set_target(convex[_i], "-1", "1");
    for (int i = 0; i < COUNT(tolerances); i++) {
        set(eps, tolerances[i]);
        bounds(1);
        ck_assert_msg(lower->m == upper->nbreaks, "%s: %ld and %ld", convex[_i], (long) lower->m, (long) upper->nbreaks);
    }
}
END_TEST

static const char *const study[] = {"runge",          "sin(5*x)",      "exp(-x^2)",    "sqrt(x+101/100)",
                                    "x*sqrt(abs(x))", "abs(sin(7*x))", "min(x,1/3)^3", "tanh(9*x)"};

/* Continuity costs something, but not much. */
START_TEST(bounds_are_near_each_other)
{
    static const char *const tolerances[] = {"1/10", "1e-3", "1e-5"};
    set_target(study[_i], "-1", "1");
    for (int i = 0; i < COUNT(tolerances); i++) {
        set(eps, tolerances[i]);
        for (slong degree = 1; degree <= 5; degree++) {
            bounds(degree);
            ck_assert_msg(upper->nbreaks <= lower->m + lower->m / 3 + 2, "%s, %s, degree %ld: %ld and %ld pieces", study[_i], tolerances[i],
                          (long) degree, (long) lower->m + 1, (long) upper->nbreaks + 1);
        }
    }
}
END_TEST

/* The spline at many points, without the certificate. */
START_TEST(the_spline_is_within_the_tolerance)
{
    qd_rng_t rng;
    fmpq_t x;
    qd_vec_t y;
    fmpq_init(x);
    qd_vec_init(y);
    qd_vec_resize(y, 1);
    qd_rng_init(rng, ctx->seed, 7);
    set_target(study[_i], "-1", "1");
    set(eps, "1e-4");
    for (slong degree = 1; degree <= 3; degree++) {
        bounds(degree);
        for (int i = 0; i < 2000; i++) {
            double at = 2 * qd_rng_unit(rng) - 1;
            qd_rat_set_double(x, at);
            qd_spline_eval(y, upper, x);
            ck_assert_msg(fabs(fmpq_get_d(y->e) - qd_expr_value(f->expr, &at)) <= 1e-4 + 1e-14, "%s at %.17g", study[_i], at);
        }
    }
    fmpq_clear(x);
    qd_vec_clear(y);
}
END_TEST

/* What is narrower than all that the search looks at is found by the certificate, and then remembered. */
START_TEST(a_spike_is_found)
{
    set(eps, "1e-2");
    set_target("exp(-1e10*(x-0.3)^2)", "-1", "1");
    bounds(1);
    ck_assert_int_eq(upper->nbreaks, lower->m);
    ck_assert_int_ge(lower->m, 4);
}
END_TEST

/* ---- polygons ----------------------------------------------------------------------------- */

#define CORNERS 28

static void random_polygon(qd_spline_t s, mpq_t *x, mpq_t *y, int seed)
{
    qd_rng_t rng;
    fmpq_t a, b, slope;
    fmpq_poly_struct *p;
    fmpq_init(a);
    fmpq_init(b);
    fmpq_init(slope);
    qd_rng_init(rng, ctx->seed, (uint64_t) seed);
    for (int i = 0, at = 0; i < CORNERS; i++) {
        at += (int) qd_rng_range(rng, 1, 9);
        mpq_set_si(x[i], at, 7);
        mpq_set_si(y[i], qd_rng_range(rng, -40, 40) + (seed % 2 == 0 ? at * at / 30 : 0), 12);
        mpq_canonicalize(x[i]);
        mpq_canonicalize(y[i]);
    }
    qd_spline_resize(s, CORNERS - 2, 1);
    for (int i = 0; i + 1 < CORNERS; i++) {
        p = qd_spline_poly(s, i, 0);
        fmpq_set_mpq(a, x[i + 1]);
        fmpq_set_mpq(b, x[i]);
        fmpq_sub(a, a, b);
        fmpq_set_mpq(slope, y[i + 1]);
        fmpq_set_mpq(b, y[i]);
        fmpq_sub(slope, slope, b);
        fmpq_div(slope, slope, a);
        fmpq_set_mpq(a, x[i]);
        fmpq_mul(a, a, slope);
        fmpq_sub(b, b, a);
        fmpq_poly_set_coeff_fmpq(p, 1, slope);
        fmpq_poly_set_coeff_fmpq(p, 0, b);
        fmpq_set_mpq(a, x[i + 1]);
        if (i + 2 < CORNERS) qd_alg_set_fmpq(s->at + i, a);
    }
    fmpq_set_mpq(lo, x[0]);
    fmpq_set_mpq(hi, x[CORNERS - 1]);
    fmpq_clear(a);
    fmpq_clear(b);
    fmpq_clear(slope);
}

START_TEST(polygons_need_what_dynamic_programming_says)
{
    static const char *const tolerances[] = {"1/20", "1/3", "1", "9/4", "30"};
    mpq_t x[CORNERS], y[CORNERS], e;
    qd_spline_t s;
    qd_spline_init(s);
    mpq_init(e);
    for (int i = 0; i < CORNERS; i++) mpq_inits(x[i], y[i], NULL);
    random_polygon(s, x, y, _i);
    ck_assert_msg(qd_approx_target_set_spline(f, s, lo, hi, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    for (int i = 0; i < COUNT(tolerances); i++) {
        int apart, joined;
        set(eps, tolerances[i]);
        fmpq_get_mpq(e, eps);
        oracle_need(&apart, &joined, CORNERS, x, y, e);
        bounds(1);
        ck_assert_msg(apart <= lower->m + 1 && lower->m + 1 <= joined, "case %d, %s: %d <= %ld <= %d", _i, tolerances[i], apart,
                      (long) lower->m + 1, joined);
    }
    for (int i = 0; i < CORNERS; i++) mpq_clears(x[i], y[i], NULL);
    mpq_clear(e);
    qd_spline_clear(s);
}
END_TEST

/* ---- networks ----------------------------------------------------------------------------- */

static void check_network(const char *text, const char *a, const char *b, const char *tolerance, qd_kind kind, slong depth)
{
    qd_net_t net;
    qd_approx_report_t r;
    qd_enclosure_t e;
    qd_net_init(net);
    qd_approx_report_init(r);
    qd_enclosure_init(e);
    set_target(text, a, b);
    set(eps, tolerance);
    ck_assert_msg(qd_approx_network(net, r, f, eps, kind, depth, ctx) == QD_OK, "%s: %s", text, qd_ctx_message(ctx));
    qd_target view = qd_approx_target_view(f);
    ck_assert_int_eq(qd_certify(e, net, &view, lo, hi, 1e-6, ctx), QD_OK);
    ck_assert(arf_get_d(e->upper, ARF_RND_DOWN) <= fmpq_get_d(eps) * (1 + 1e-12));
    ck_assert_int_eq(net->depth, r->depth + 1);
    ck_assert_int_le(r->depth, depth);
    ck_assert_int_eq(net->layer[0].neuron.kind, kind);
    ck_assert_int_eq(qd_net_nparams(net), r->parameters);
    ck_assert_int_le(r->least_units, r->units);
    ck_assert_int_le(r->least_pieces, r->pieces);
    if (kind == QD_LINEAR) {
        ck_assert_int_le(r->units, r->pieces);
        ck_assert_int_eq(r->least_units, r->least_pieces - 1);
    } else ck_assert_int_le(r->degree, WORD(1) << depth);
    if (kind == QD_QUADRATIC && depth == 1) ck_assert_int_le(r->units, 2 * r->pieces - 1);
    qd_net_clear(net);
    qd_approx_report_clear(r);
    qd_enclosure_clear(e);
}

START_TEST(networks_are_within_the_tolerance)
{
    static const char *const tolerances[] = {"1/5", "1/400"};
    for (int i = 0; i < COUNT(tolerances); i++) {
        check_network(study[_i], "-1", "1", tolerances[i], QD_LINEAR, 1);
        for (slong depth = 1; depth <= 2 + (i == 0); depth++) check_network(study[_i], "-1", "1", tolerances[i], QD_QUADRATIC, depth);
    }
}
END_TEST

/* A network is a target too; its exact pieces may end at irrational points. */
START_TEST(a_network_is_a_target)
{
    static const char text[] =
        "{\"input_dim\": 1, \"layers\": [{\"kind\": \"quadratic\", \"activation\": \"relu\", \"wr\": [[\"1\"], [\"1\"]], "
        "\"br\": [\"0\", \"1\"], \"wg\": [[\"1\"], [\"0\"]], \"bg\": [\"0\", \"1\"], \"wb\": [[\"0\"], [\"0\"]], \"c\": [\"-2\", \"0\"]}, "
        "{\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[\"1\", \"-1/3\"]], \"b\": [\"0\"]}]}";
    qd_net_t net;
    qd_net_init(net);
    ck_assert_msg(qd_net_parse(net, text, strlen(text), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    set(lo, "-3");
    set(hi, "3");
    set(eps, "1/1000");
    ck_assert_int_eq(qd_approx_target_set_net(f, net, lo, hi, ctx), QD_OK);
    bounds(1);
    slong m = lower->m;
    ck_assert_int_eq(upper->nbreaks, m);
    set_target("max(x^2-2,0)-max(x+1,0)/3", "-3", "3");
    bounds(1);
    ck_assert_int_eq(lower->m, m);
    qd_net_clear(net);
}
END_TEST

/* ---- units -------------------------------------------------------------------------------- */

/* G(N) of T1.8. */
static slong most_pieces(slong n)
{
    slong g = n % 2 == 0 ? 1 : 2;
    for (slong i = 0; i < n / 2; i++) g *= 3;
    return g;
}

START_TEST(units_follow_from_pieces)
{
    for (slong p = 1; p < 3000; p++) {
        slong n = qd_approx_units_any_depth(p), q = qd_approx_units_quadratic(p, 1), two = qd_approx_units_quadratic(p, 2), best = 0;
        ck_assert_int_eq(qd_approx_units_conventional(p), p - 1);
        ck_assert(most_pieces(n) >= p && (n == 0 || most_pieces(n - 1) < p));
        ck_assert_int_eq(q, p / 2);
        if (p == 1) continue;
        for (slong n2 = two - 1; n2 <= two; n2++) {
            best = 0;
            for (slong m = 1; m < n2; m++) best = FLINT_MAX(best, (2 * m + 1) * (4 * (n2 - m) + 1));
            ck_assert(n2 == two ? best >= p : best < p);
        }
    }
}
END_TEST

START_TEST(need_says_all)
{
    qd_approx_need_t r;
    qd_approx_need_init(r);
    set_target("runge", "-1", "1");
    set(eps, "1e-4");
    ck_assert_int_eq(qd_approx_need(r, f, 1, eps, ctx), QD_OK);
    ck_assert_int_eq(r->nunits, 4);
    ck_assert_int_eq(r->units[0].at_least, r->lower->m);
    for (slong i = 0; i < 4; i++) ck_assert_int_le(r->units[i].at_least, r->units[i].reached);
    ck_assert_int_lt(r->units[2].reached, r->units[0].at_least);
    qd_approx_need_clear(r);
}
END_TEST

/* ---- bad input ---------------------------------------------------------------------------- */

static const struct {
    const char *text, *lo, *hi;
    qd_status st;
    const char *says;
} bad[] = {
    {"step(x-1/3)", "0", "1", QD_EINPUT, "jumps by 1 at x = 0.3333333333: no continuous function comes within 0.5"},
    {"3*sign(x^2-2)", "0", "2", QD_EINPUT, "jumps by 6 at x = 1.414213562: no continuous function comes within 3 "},
    {"step(-x)", "0", "1", QD_EINPUT, "jumps by 1 at x = 0"},
    {"x*step(x-1)", "0", "1", QD_EINPUT, "jumps by 1 at x = 1"},
    {"log(x)", "0", "1", QD_EDOMAIN, "x = 0"},
    {"1/x", "-1", "2", QD_EDOMAIN, "no finite bound"},
    {"sqrt(x)", "-1", "1", QD_EDOMAIN, "no finite bound"},
    {"x+y", "0", "1", QD_EINPUT, "y"},
    {"radial", "0", "1", QD_EINPUT, "y"},
    {"x", "1", "1", QD_EINPUT, "expected a < b"},
    {"x+", "0", "1", QD_EINPUT, "column"},
};

START_TEST(bad_targets_are_refused)
{
    ck_assert_int_eq(target(bad[_i].text, bad[_i].lo, bad[_i].hi), bad[_i].st);
    ck_assert_msg(strstr(qd_ctx_message(ctx), bad[_i].says) != NULL, "%s", qd_ctx_message(ctx));
}
END_TEST

START_TEST(no_jump_where_sides_agree)
{
    static const char *const text[] = {"abs(x)*step(x)", "x*sign(x)", "step(x^2)", "min(abs(x),1/2)"};
    for (int i = 0; i < COUNT(text); i++) set_target(text[i], "-1", "1");
}
END_TEST

START_TEST(bad_tolerances_and_degrees_are_refused)
{
    static const char *const tolerances[] = {"0", "-1", "1e-20"};
    set_target("exp(x)", "0", "1");
    for (int i = 0; i < COUNT(tolerances); i++) {
        set(eps, tolerances[i]);
        qd_ctx_forget(ctx);
        ck_assert_int_eq(qd_approx_lower(lower, f, 1, eps, ctx), QD_EINPUT);
        ck_assert_int_eq(qd_approx_upper(upper, error, f, 1, eps, ctx), QD_EINPUT);
        ck_assert(strstr(qd_ctx_message(ctx), "tolerance") != NULL);
    }
    set(eps, "1/100");
    ck_assert_int_eq(qd_approx_lower(lower, f, 0, eps, ctx), QD_EINPUT);
    ck_assert_int_eq(qd_approx_upper(upper, error, f, QD_APPROX_MAX_DEGREE + 1, eps, ctx), QD_EINPUT);
    ck_assert_int_eq(lower->m, 0);
    ck_assert_int_eq(upper->outputs, 0);
}
END_TEST

START_TEST(a_budget_ends_the_search)
{
    set_target("sin(1000*x)", "-1", "1");
    set(eps, "1e-8");
    ctx->max_seconds = 0.05;
    qd_ctx_start(ctx);
    ck_assert_int_eq(qd_approx_upper(upper, error, f, 1, eps, ctx), QD_EUNABLE);
    ck_assert_int_eq(upper->outputs, 0);
}
END_TEST

/* ---- certificates ------------------------------------------------------------------------- */

static qd_status check_text(const char *text)
{
    qd_doc_t doc;
    qd_approx_certificate_t c;
    qd_doc_init(doc);
    qd_approx_certificate_init(c);
    qd_ctx_forget(ctx);
    qd_status st = qd_doc_parse(doc, text, strlen(text), QD_JSON, ctx);
    if (st == QD_OK) st = qd_approx_certificate_read(c, qd_doc_root(doc), ctx);
    if (st == QD_OK) st = qd_approx_certificate_check(c, ctx);
    qd_approx_certificate_clear(c);
    qd_doc_clear(doc);
    return st;
}

static void print_certificate(qd_buf_t out, const qd_net_struct *net)
{
    qd_approx_certificate_t c;
    qd_approx_certificate_init(c);
    qd_approx_certificate_make(c, f, net, eps, lower);
    qd_approx_certificate_print(out, c);
    qd_approx_certificate_clear(c);
}

/* Every digit of the file that is changed is noticed. */
static void change_digits(const char *text)
{
    char *copy = qd_strdup(text);
    for (char *s = copy; *s != '\0'; s++) {
        char old = *s;
        if (old < '0' || old > '9') continue;
        *s = old == '9' ? '1' : (char) (old + 1);
        ck_assert_msg(check_text(copy) != QD_OK, "%s", copy);
        *s = old;
    }
    free(copy);
}

START_TEST(certificates_hold_and_changes_are_refused)
{
    qd_buf_t out;
    qd_buf_init(out);
    set_target(study[_i], "-1", "1");
    set(eps, "1/100");
    ck_assert_int_eq(qd_approx_lower(lower, f, 1 + _i % 3, eps, ctx), QD_OK);
    print_certificate(out, NULL);
    ck_assert_msg(check_text(qd_buf_str(out)) == QD_OK, "%s", qd_ctx_message(ctx));
    change_digits(qd_buf_str(out));
    qd_buf_clear(out);
}
END_TEST

/* Without the checksum's help: a tuple whose points are moved together proves nothing. */
START_TEST(a_tuple_that_proves_nothing_is_named)
{
    qd_buf_t out;
    qd_buf_init(out);
    set_target("x^2", "0", "1");
    set(eps, "1/100");
    ck_assert_int_eq(qd_approx_lower(lower, f, 1, eps, ctx), QD_OK);
    ck_assert_int_eq(lower->m, 3);
    ck_assert_int_eq(qd_approx_tuple(lower->point, f, 1, eps), QD_TRUE);
    fmpq_set_si(lower->point + 1, 1, 1000000);
    ck_assert_int_ne(qd_approx_tuple(lower->point, f, 1, eps), QD_TRUE);
    print_certificate(out, NULL);
    ck_assert_int_eq(check_text(qd_buf_str(out)), QD_EINPUT);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "tuple 1 do not show") != NULL, "%s", qd_ctx_message(ctx));
    qd_buf_clear(out);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("approx");
    TCase *t = tcase_create("approx");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, square_needs_what_is_proved, 1, 9);
    tcase_add_test(t, polynomials_need_one_piece);
    tcase_add_loop_test(t, straight_pieces_are_met_on_convex_functions, 0, 6);
    tcase_add_loop_test(t, bounds_are_near_each_other, 0, COUNT(study));
    tcase_add_loop_test(t, the_spline_is_within_the_tolerance, 0, COUNT(study));
    tcase_add_test(t, a_spike_is_found);
    tcase_add_loop_test(t, polygons_need_what_dynamic_programming_says, 0, 12 * test_multiplier());
    tcase_add_loop_test(t, networks_are_within_the_tolerance, 0, COUNT(study));
    tcase_add_test(t, a_network_is_a_target);
    tcase_add_test(t, units_follow_from_pieces);
    tcase_add_test(t, need_says_all);
    tcase_add_loop_test(t, bad_targets_are_refused, 0, COUNT(bad));
    tcase_add_test(t, no_jump_where_sides_agree);
    tcase_add_test(t, bad_tolerances_and_degrees_are_refused);
    tcase_add_test(t, a_budget_ends_the_search);
    tcase_add_loop_test(t, certificates_hold_and_changes_are_refused, 0, COUNT(study));
    tcase_add_test(t, a_tuple_that_proves_nothing_is_named);
    suite_add_tcase(s, t);
    int failed = test_run(s);
    flint_cleanup_master();
    return failed;
}
