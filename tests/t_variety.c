/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of src/variety: dimensions against published and reference values and against an oracle over Q, bounds against both, the
   Jacobian by two roads. */
#include <check.h>
#include <ctype.h>
#include <flint/nmod_mat.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/oracle.h"
#include "shared/suite.h"
#include "variety/variety.h"

static qd_ctx_t ctx;
static qd_variety_result_t result;
static int64_t width[QD_VARIETY_MAX_DEPTH + 1];

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->threads = 1;
    ctx->seed = test_seed();
    qd_variety_result_init(result);
}

static void teardown(void)
{
    qd_variety_result_clear(result);
    flint_cleanup();
}

/* A spec that borrows the static widths. */
static qd_arch family(const char *widths, qd_kind kind, int64_t power, bool same, bool biases)
{
    qd_arch s = {0, width, qd_neuron_raise(kind, power), same, biases};
    ck_assert_int_eq(qd_arch_set_widths(width, &s.depth, QD_VARIETY_MAX_DEPTH + 1, widths, ctx), QD_OK);
    ck_assert_int_eq(qd_variety_check(&s, ctx), QD_OK);
    return s;
}

static void compute(const qd_arch *s)
{
    ck_assert_msg(qd_variety_dimension(result, s, &qd_variety_defaults, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_le(result->lower, result->upper);
    ck_assert(result->lower == result->upper ? result->log2_failure == -INFINITY : result->log2_failure > -INFINITY);
}

/* ---- published and reference values ------------------------------------------------------- */

typedef struct {
    char widths[64], kind[32], activation[32], last[16];
    int biases;
    int64_t parameters, ambient, dimension;
    int filling;
} reference;

static bool read_reference(reference *r, FILE *f)
{
    char line[256];
    if (fgets(line, sizeof line, f) == NULL) return false;
    ck_assert_int_eq(sscanf(line, "\"%63[^\"]\",%31[^,],%31[^,],%15[^,],%d,%" SCNd64 ",%" SCNd64 ",%" SCNd64 ",%d", r->widths, r->kind,
                            r->activation, r->last, &r->biases, &r->parameters, &r->ambient, &r->dimension, &r->filling),
                     9);
    return true;
}

START_TEST(reference_table)
{
    FILE *f = fopen("tests/reference/dimension.csv", "r");
    char head[256];
    reference r;
    int rows = 0, proved = 0;
    ck_assert_ptr_nonnull(f);
    ck_assert_ptr_nonnull(fgets(head, sizeof head, f));
    for (; read_reference(&r, f); rows++) {
        qd_neuron neuron = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
        ck_assert_int_eq(qd_neuron_set_kind(&neuron, r.kind, ctx), QD_OK);
        ck_assert_int_eq(qd_neuron_set_activation(&neuron, r.activation, ctx), QD_OK);
        qd_arch s = family(r.widths, neuron.kind, neuron.power, strcmp(r.last, "same") == 0, r.biases);
        compute(&s);
        ck_assert_msg(result->lower == r.dimension, "%s %s %s: %" PRId64 ", expected %" PRId64, r.widths, r.kind, r.last, result->lower,
                      r.dimension);
        ck_assert_int_ge(result->upper, r.dimension);
        ck_assert_int_eq(result->parameters, r.parameters);
        ck_assert(fmpz_equal_si(result->ambient, r.ambient));
        ck_assert(result->filling != (r.filling ? QD_FALSE : QD_TRUE));
        if (r.filling) ck_assert_int_eq(result->filling, QD_TRUE);
        proved += result->lower == result->upper;
    }
    fclose(f);
    ck_assert_int_eq(rows, 70);
    ck_assert_int_ge(proved, 66); /* the bounds are as sharp as they were */
}
END_TEST

/* expected: parameters minus symmetries, or ambient; 0: not asked */
static const struct {
    const char *widths;
    int64_t power, dimension, ambient, expected;
} published[] = {
    {"2,3,2,3,4", 2, 16, 36, 0},
    {"5,10,10,10,1", 2, 185, 0, 0},
    {"6,12,12,12,1", 2, 270, 0, 0},
    {"7,15,15,15,1", 2, 420, 0, 0},
    {"8,16,16,16,1", 2, 488, 0, 0},
    {"10,24,24,24,1", 2, 1068, 24310, 0},
    {"5,5,3,1", 2, 32, 0, 35},
    {"4,5,5,3,1", 2, 47, 0, 0},
    {"5,4,3,1", 2, 25, 0, 0},
    {"3,5,6,4,3,1", 2, 58, 0, 0},
    {"5,7,1", 3, 34, 35, 0},
    {"3,5,1", 4, 14, 15, 0},
    {"2,2,1", 2, 3, 3, 0},
    {"2,2,2,1", 2, 5, 5, 0},
    {"2,3,3,2,1", 2, 9, 9, 0},
    {"2,3,3,3,2,1", 2, 17, 17, 0},
    {"2,3,3,4,4,2,1", 2, 33, 33, 0},
    {"2,3,4,5,4,6,4,1", 2, 65, 65, 0},
    {"2,3,7,6,15,8,1", 3, 244, 244, 0},
    {"2,2,7,6,15,8,1", 3, 84, 244, 0},
    {"2,3,6,6,15,8,1", 3, 240, 244, 0},
    {"2,3,7,5,15,8,1", 3, 223, 244, 0},
    {"2,3,7,6,14,8,1", 3, 233, 244, 0},
    {"2,3,7,6,15,7,1", 3, 231, 244, 0},
    {"4,10,10,1", 2, 35, 35, 0},
    {"7,5,1,3", 2, 27, 0, 0},
    {"3,1,20", 2, 22, 0, 0},
    {"3,5,1", 3, 10, 10, 0},
    {"2,1,1", 2, 2, 3, 0},
    {"2,2,3", 2, 8, 9, 0},
    {"2,2,2,2", 2, 8, 10, 0},
    {"3,4,4,2", 2, 28, 30, 0},
    {"2,2,2,2,1", 2, 7, 9, 0},
    {"3,3,2", 2, 12, 12, 0},
};

/* Case _i: one published value, homogeneous with a linear readout. */
START_TEST(published_values)
{
    qd_arch s = family(published[_i].widths, QD_LINEAR, published[_i].power, false, false);
    compute(&s);
    ck_assert_msg(result->lower == published[_i].dimension, "%s: %" PRId64, published[_i].widths, result->lower);
    if (published[_i].ambient) ck_assert(fmpz_equal_si(result->ambient, published[_i].ambient));
    if (published[_i].expected) ck_assert_int_eq(result->expected, published[_i].expected);
}
END_TEST

/* Equal dimensions of quadratic neurons and square activation although neither fills. */
START_TEST(equal_not_filling)
{
    static const struct {
        const char *widths;
        bool biases;
    } cases[] = {{"2,2,3", 0},     {"2,2,2,2", 0}, {"2,2,3,2", 0}, {"2,2,4,2", 0}, {"3,4,4,2", 0},
                 {"2,2,2,2,1", 0}, {"2,3,4,2", 1}, {"1,1,2", 1},   {"1,1,3", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qd_arch s = family(cases[i].widths, QD_LINEAR, 2, false, cases[i].biases);
        compute(&s);
        int64_t square = result->lower;
        s.neuron = qd_neuron_make(QD_QUADRATIC, QD_IDENTITY);
        compute(&s);
        ck_assert_msg(result->lower == square, "%s: %" PRId64 " and %" PRId64, cases[i].widths, result->lower, square);
        ck_assert_int_eq(result->filling, QD_FALSE);
    }
}
END_TEST

/* One quadratic neuron, n = _i inputs: min(3n - 1, n (n+1)/2), with biases min(3n + 2, (n+1)(n+2)/2). */
START_TEST(one_neuron)
{
    char widths[16];
    int64_t n = _i;
    snprintf(widths, sizeof widths, "%d,1", _i);
    for (int biases = 0; biases < 2; biases++) {
        qd_arch s = family(widths, QD_QUADRATIC, 1, true, biases);
        int64_t m = n + biases, forms = m * (m + 1) / 2, neuron = biases ? 3 * n + 2 : 3 * n - 1;
        compute(&s);
        ck_assert_int_eq(result->lower, neuron < forms ? neuron : forms);
        ck_assert_int_eq(result->upper, result->lower);
    }
}
END_TEST

/* ---- the oracle --------------------------------------------------------------------------- */

/* Widths small enough for the oracle. */
static bool small_enough(const qd_arch *s)
{
    fmpz_t degree;
    fmpz_init(degree);
    qd_variety_degree(degree, s);
    double size = pow(fmpz_get_d(degree) + 1, (double) s->width[0]) * (double) s->width[s->depth];
    fmpz_clear(degree);
    return size <= 400 && qd_variety_nparams(s) <= 45;
}

static void random_family(qd_arch *s, qd_rng_t rng)
{
    do {
        *s = (qd_arch){1 + (int64_t) qd_rng_below(rng, 4), width, qd_neuron_make((qd_kind) qd_rng_below(rng, QD_KINDS), QD_IDENTITY),
                       qd_rng_below(rng, 2), qd_rng_below(rng, 2)};
        if (s->neuron.kind == QD_LINEAR) s->neuron = qd_neuron_raise(QD_LINEAR, qd_rng_range(rng, 1, 4));
        for (int64_t l = 0; l <= s->depth; l++) width[l] = qd_rng_range(rng, 1, 4);
    } while (!small_enough(s));
}

/* Case _i: ten random families of all kinds; lower <= truth <= upper, and the rank is the truth. */
START_TEST(oracle_over_q)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(1, (uint64_t) _i, 0));
    for (int k = 0; k < 10; k++) {
        qd_arch s;
        qd_buf_t name;
        int w[8], nparams;
        random_family(&s, rng);
        for (int64_t l = 0; l <= s.depth; l++) w[l] = (int) width[l];
        int truth = oracle_dimension(&nparams, w, (int) s.depth, qd_kind_get(s.neuron.kind)->name, (int) s.neuron.power, s.same, s.biases,
                                     (unsigned long) qd_rng_below(rng, 1 << 30));
        compute(&s);
        qd_buf_init(name);
        qd_arch_print_widths(name, &s, ",");
        ck_assert_msg(result->lower == truth && result->upper >= truth,
                      "%s %s power %" PRId64 " same %d biases %d: rank %" PRId64 ", upper %" PRId64 " (%s), oracle %d", qd_buf_str(name),
                      qd_kind_get(s.neuron.kind)->name, s.neuron.power, s.same, s.biases, result->lower, result->upper,
                      qd_variety_certificate_name(result->certificate), truth);
        ck_assert_int_eq(result->parameters, nparams);
        ck_assert_int_eq(qd_variety_nparams(&s), nparams);
        ck_assert_int_le(result->orbit, nparams - truth);
        ck_assert_int_ge(result->orbit, 0);
        qd_buf_clear(name);
    }
}
END_TEST

/* ---- orbits ------------------------------------------------------------------------------- */

/* Is the generic fibre finitely many orbits? By the oracle: dimension over Q, symmetries by brute force. "No" is said only where it is true. */
static void compare_orbit(const qd_arch *s, unsigned long seed, int *open)
{
    qd_buf_t name;
    int w[9], nparams;
    const char *kind = qd_kind_get(s->neuron.kind)->name;
    for (int64_t l = 0; l <= s->depth; l++) w[l] = (int) width[l];
    int truth = oracle_dimension(&nparams, w, (int) s->depth, kind, (int) s->neuron.power, s->same, s->biases, seed);
    int orbit = oracle_orbit(w, (int) s->depth, kind, (int) s->neuron.power, s->same, s->biases, seed);
    compute(s);
    qd_buf_init(name);
    qd_arch_print_widths(name, s, ",");
    qd_buf_printf(name, " %s power %" PRId64 " same %d biases %d: dimension %d, orbit %d; found %" PRId64 " to %" PRId64, kind,
                  s->neuron.power, s->same, s->biases, truth, orbit, result->orbit, result->orbit_most);
    ck_assert_msg(result->orbit == orbit, "%s", qd_buf_str(name));
    ck_assert_msg(orbit <= result->orbit_most, "%s", qd_buf_str(name));
    ck_assert_msg(orbit <= qd_variety_orbit_most(s), "%s", qd_buf_str(name));
    ck_assert_msg(orbit >= qd_variety_orbit(s), "%s", qd_buf_str(name));
    bool identifiable = nparams - truth == orbit;
    if (result->identifiable == QD_UNKNOWN) ++*open;
    else ck_assert_msg((result->identifiable == QD_TRUE) == identifiable, "%s", qd_buf_str(name));
    if (identifiable) ck_assert_msg(result->identifiable != QD_FALSE, "%s", qd_buf_str(name));
    qd_buf_clear(name);
}

/* Case _i: twenty random families. */
START_TEST(orbits_by_brute_force)
{
    qd_rng_t rng;
    int open = 0;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(8, (uint64_t) _i, 0));
    for (int k = 0; k < 20; k++) {
        qd_arch s;
        random_family(&s, rng);
        compare_orbit(&s, (unsigned long) qd_rng_below(rng, 1 << 30), &open);
    }
    ck_assert_int_le(open, 5);
}
END_TEST

/* Fibres that are one orbit although units depend on each other. */
START_TEST(known_orbits)
{
    static const struct {
        const char *widths;
        qd_kind kind;
        int64_t power, orbit;
        qd_truth identifiable;
    } cases[] = {{"1,2,1", QD_LINEAR, 1, 3, QD_TRUE},     {"1,2,1", QD_LINEAR, 2, 3, QD_TRUE}, {"2,4,1", QD_FULL, 1, 13, QD_TRUE},
                 {"1,2,2,1", QD_LINEAR, 1, 7, QD_TRUE},   {"2,2,1", QD_LINEAR, 5, 2, QD_TRUE}, {"7,15,15,15,1", QD_LINEAR, 2, 45, QD_FALSE},
                 {"3,3,2", QD_QUADRATIC, 1, 18, QD_FALSE}};
    int open = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qd_arch s = family(cases[i].widths, cases[i].kind, cases[i].power, false, false);
        compute(&s);
        ck_assert_msg(result->orbit == cases[i].orbit && result->orbit_most == cases[i].orbit, "%s: %" PRId64 " to %" PRId64,
                      cases[i].widths, result->orbit, result->orbit_most);
        ck_assert_int_eq(result->identifiable, cases[i].identifiable);
        if (i < 4) compare_orbit(&s, 1, &open);
    }
    ck_assert_int_eq(open, 0);
}
END_TEST

/* ---- bounds and reductions ---------------------------------------------------------------- */

/* Larger random families than the oracle can do: rank <= upper, and the reduced widths have the same rank. */
START_TEST(bounds_hold)
{
    qd_rng_t rng;
    int64_t small[QD_VARIETY_MAX_DEPTH + 1];
    qd_rng_init(rng, ctx->seed, qd_rng_stream(2, (uint64_t) _i, 0));
    for (int k = 0; k < 20; k++) {
        qd_arch s = {1 + (int64_t) qd_rng_below(rng, 4), width, qd_neuron_make((qd_kind) qd_rng_below(rng, QD_KINDS), QD_IDENTITY),
                     qd_rng_below(rng, 2), qd_rng_below(rng, 2)};
        if (s.neuron.kind == QD_LINEAR) s.neuron = qd_neuron_raise(QD_LINEAR, qd_rng_range(rng, 1, 3));
        for (int64_t l = 0; l <= s.depth; l++) width[l] = qd_rng_range(rng, 1, 7);
        compute(&s);
        int64_t lower = result->lower, upper = result->upper;
        qd_variety_reduce(small, &s);
        for (int64_t l = 0; l <= s.depth; l++) ck_assert_int_le(small[l], width[l]);
        s.width = small;
        compute(&s);
        ck_assert_int_eq(result->lower, lower);
        ck_assert_int_ge(result->upper, upper);
    }
}
END_TEST

/* The rank at many points that no bound cuts short, by FLINT. */
static int64_t free_rank(const qd_arch *s, qd_rng_t rng)
{
    uint32_t p = 67108859;
    qd_variety_plan plan;
    qd_variety_plan_make(&plan, s);
    int64_t n = plan.nparams, points = n + 5, outputs = s->width[s->depth];
    uint32_t *theta = qd_malloc(sizeof *theta * (size_t) n), *x = qd_malloc(sizeof *x * (size_t) (points * s->width[0])),
             *rows = qd_malloc(sizeof *rows * (size_t) (points * outputs * n));
    nmod_mat_t m;
    for (int64_t i = 0; i < n; i++) theta[i] = (uint32_t) qd_rng_below(rng, p);
    for (int64_t i = 0; i < points * s->width[0]; i++) x[i] = (uint32_t) qd_rng_below(rng, p);
    ck_assert_int_eq(qd_variety_jacobian(rows, &plan, theta, x, points, p, ctx), QD_OK);
    nmod_mat_init(m, points * outputs, n, p);
    for (int64_t i = 0; i < points * outputs * n; i++) m->entries[i] = rows[i];
    int64_t rank = nmod_mat_rank(m);
    nmod_mat_clear(m);
    free(theta);
    free(x);
    free(rows);
    return rank;
}

/* All kinds, widths up to 6, depth up to 5, both last layers, with and without biases. */
static void random_wide(qd_arch *s, qd_rng_t rng)
{
    bool small;
    do {
        fmpz_t ambient;
        *s = (qd_arch){1 + (int64_t) qd_rng_below(rng, 5), width, qd_neuron_make((qd_kind) qd_rng_below(rng, QD_KINDS), QD_IDENTITY),
                       qd_rng_below(rng, 2), qd_rng_below(rng, 2)};
        if (s->neuron.kind == QD_LINEAR) s->neuron = qd_neuron_raise(QD_LINEAR, qd_rng_range(rng, 2, 4));
        for (int64_t l = 0; l <= s->depth; l++) width[l] = qd_rng_range(rng, 1, 6);
        fmpz_init(ambient);
        qd_variety_ambient(ambient, s);
        small = fmpz_cmp_si(ambient, 3000) <= 0 && qd_variety_nparams(s) <= 300;
        fmpz_clear(ambient);
    } while (!small);
}

/* At least 97 % of random families are proved, and no upper bound is below the rank found without it; where the oracle over Q is quick,
   its rank is the same. */
START_TEST(nearly_all_proved)
{
    qd_rng_t rng;
    int families = 500 * test_multiplier(), proved = 0;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(11, 0, 0));
    for (int k = 0; k < families; k++) {
        qd_arch s;
        qd_buf_t name;
        random_wide(&s, rng);
        compute(&s);
        int64_t rank = free_rank(&s, rng);
        qd_buf_init(name);
        qd_arch_print_widths(name, &s, ",");
        ck_assert_msg(rank <= result->upper && rank == result->lower,
                      "%s %s power %" PRId64 " same %d biases %d: rank %" PRId64 ", found %" PRId64 ", upper %" PRId64 " (%s)",
                      qd_buf_str(name), qd_kind_get(s.neuron.kind)->name, s.neuron.power, s.same, s.biases, rank, result->lower,
                      result->upper, qd_variety_certificate_name(result->certificate));
        if (small_enough(&s)) {
            int w[8], nparams;
            for (int64_t l = 0; l <= s.depth; l++) w[l] = (int) width[l];
            int truth = oracle_dimension(&nparams, w, (int) s.depth, qd_kind_get(s.neuron.kind)->name, (int) s.neuron.power, s.same,
                                         s.biases, (unsigned long) k);
            ck_assert_msg(truth == rank, "%s: rank %" PRId64 ", oracle %d", qd_buf_str(name), rank, truth);
        }
        proved += result->lower == result->upper;
        qd_buf_clear(name);
    }
    ck_assert_msg(100 * proved >= 97 * families, "%d of %d proved", proved, families);
}
END_TEST

/* Case _i: what each bound proves. */
static const struct {
    const char *widths;
    qd_kind kind;
    int64_t power;
    bool same, biases;
    int64_t dimension;
    const char *by;
} proved[] = {
    {"5,4,3,1", QD_LINEAR, 2, 0, 0, 25, "recursion"},
    {"5,5,3,1", QD_LINEAR, 2, 0, 0, 32, "recursion"},
    {"4,5,5,3,1", QD_LINEAR, 2, 0, 0, 47, "recursion"},
    {"3,5,6", QD_LINEAR, 2, 0, 0, 35, "cap"},
    {"3,5,6,4,3,1", QD_LINEAR, 2, 0, 0, 58, "cap"},
    {"2,2,1", QD_COMPACT, 1, 0, 1, 5, "support"},
    {"5,6,1", QD_COMPACT, 1, 1, 1, 52, "completed"},
    {"3,3,4", QD_PRODUCT, 1, 1, 0, 29, "cap"},
    {"6,4,1", QD_PRODUCT_LINEAR, 1, 1, 1, 70, "summand"},
    {"4,5,5,4", QD_QUADRATIC, 1, 1, 0, 135, "larger"},
    {"5,7,1", QD_LINEAR, 3, 0, 0, 34, "alexander-hirschowitz"},
    {"3,5,1", QD_LINEAR, 4, 0, 0, 14, "alexander-hirschowitz"},
    {"4,9,1", QD_LINEAR, 4, 0, 0, 34, "alexander-hirschowitz"},
    {"5,14,1", QD_LINEAR, 4, 0, 0, 69, "alexander-hirschowitz"},
    {"3,5,6", QD_POWER, 1, 1, 0, 35, "squares"},
};

START_TEST(proved_by_name)
{
    qd_arch s = family(proved[_i].widths, proved[_i].kind, proved[_i].power, proved[_i].same, proved[_i].biases);
    compute(&s);
    ck_assert_msg(result->lower == proved[_i].dimension && result->upper == proved[_i].dimension, "%s: %" PRId64 " to %" PRId64,
                  proved[_i].widths, result->lower, result->upper);
    ck_assert_str_eq(qd_variety_certificate_name(result->certificate), proved[_i].by);
}
END_TEST

/* ---- proofs of upper bounds --------------------------------------------------------------- */

/* The check, which shares no formula with the search. */
static qd_status check_bound(const qd_bound_t proof, bool *complete)
{
    qd_proof_report_t report;
    qd_proof_report_init(report);
    qd_ctx_forget(ctx);
    qd_status st = qd_bound_check(report, proof, ctx);
    *complete = report->complete;
    qd_proof_report_clear(report);
    return st;
}

/* Every name is explained where results are defined. */
START_TEST(proofs_named)
{
    qd_buf_t text;
    qd_buf_init(text);
    ck_assert_int_eq(qd_file_read(text, "src/DEFINITIONS.md", ctx), QD_OK);
    for (int by = 0; by < QD_UPPER_REASONS; by++) {
        char name[64];
        snprintf(name, sizeof name, "`%s`", qd_variety_certificate_name((qd_variety_certificate) by));
        ck_assert_msg(strstr(qd_buf_str(text), name) != NULL, "%s is not in DEFINITIONS", name);
    }
    qd_buf_clear(text);
}
END_TEST

/* Case _i: the proofs of a hundred families, small and deep ones, narrow layers behind wide ones, hold for the check. */
START_TEST(proofs_hold)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(21, (uint64_t) _i, 0));
    for (int k = 0; k < 100; k++) {
        qd_arch s = {1 + (int64_t) qd_rng_below(rng, 6), width, qd_neuron_make((qd_kind) qd_rng_below(rng, QD_KINDS), QD_IDENTITY),
                     qd_rng_below(rng, 2), qd_rng_below(rng, 2)};
        if (s.neuron.kind == QD_LINEAR) s.neuron = qd_neuron_raise(QD_LINEAR, qd_rng_range(rng, 1, 4));
        for (int64_t l = 0; l <= s.depth; l++) width[l] = qd_rng_range(rng, 1, qd_rng_below(rng, 4) ? 6 : 15);
        qd_bound_t proof;
        bool complete;
        qd_bound_init(proof);
        qd_bound_find(proof, &s);
        ck_assert_msg(check_bound(proof, &complete) == QD_OK, "%s", qd_ctx_message(ctx));
        ck_assert(complete);
        qd_bound_clear(proof);
    }
}
END_TEST

static void refused(const qd_bound_t proof, const char *what, int64_t step, int number)
{
    bool complete;
    ck_assert_msg(check_bound(proof, &complete) == QD_EINPUT, "case %d: accepted with another %s in step %" PRId64, number, what, step);
    ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), "refused: step"));
}

/* Case _i: one number of a proof changed, and it is refused, whichever it is. */
START_TEST(proofs_changed)
{
    qd_arch s = family(proved[_i].widths, proved[_i].kind, proved[_i].power, proved[_i].same, proved[_i].biases);
    qd_bound_t proof;
    qd_bound_init(proof);
    qd_bound_find(proof, &s);
    for (int64_t i = 0; i < proof->n; i++) {
        qd_bound_step *step = proof->step + i, good = *step;
        for (int by = -1; by <= 1; by += 2) {
            step->upper += by;
            refused(proof, "bound", i, _i);
            *step = good;
            step->at += by;
            refused(proof, "cut", i, _i);
            *step = good;
            for (int64_t l = 0; l <= step->depth && i < proof->n - 1; l++) { /* the claim's own family stands in the certificate */
                step->width[l] += by;
                if (step->width[l] > 0) refused(proof, "width", i, _i);
                *step = good;
            }
        }
        for (int k = 0; k < 2; k++) {
            step->part[k] = good.part[k] > 0 ? good.part[k] - 1 : good.part[k] < 0 && i > 0 ? i - 1 : -1;
            if (step->part[k] != good.part[k]) refused(proof, "part", i, _i);
            *step = good;
        }
    }
    qd_bound_clear(proof);
}
END_TEST

/* Case _i: the rank of orbits by coefficients and by values at points; one more or less is refused. */
START_TEST(orbits_by_values)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(22, (uint64_t) _i, 0));
    for (int k = 0; k < 10; k++) {
        qd_arch s;
        int64_t rank;
        bool complete;
        random_family(&s, rng);
        ck_assert(qd_variety_orbit_rank(&rank, &s, (uint64_t) k));
        qd_bound_step step = {
            .depth = s.depth, .neuron = s.neuron, .same = s.same, .biases = s.biases, .by = QD_UPPER_ORBIT, .part = {-1, -1}};
        memcpy(step.width, width, sizeof *width * (size_t) (s.depth + 1));
        qd_bound_t proof = {{1, &step}};
        for (int more = -1; more <= 1; more++) {
            step.upper = qd_variety_nparams(&s) - rank + more;
            ck_assert_msg(check_bound(proof, &complete) == (more == 0 ? QD_OK : QD_EINPUT), "%d %d: %s", k, more, qd_ctx_message(ctx));
            if (more == 0) ck_assert(complete);
        }
    }
}
END_TEST

/* The smallest orbit counts: parameters - orbit takes the place of a larger bound, and of no other. */
START_TEST(orbit_as_a_bound)
{
    qd_arch s = family("2,3,1", QD_QUADRATIC, 1, false, false);
    qd_bound_t proof;
    qd_bound_init(proof);
    qd_bound_find(proof, &s);
    int64_t upper = qd_bound_value(proof), n = proof->n;
    qd_bound_add_orbit(proof, &s, qd_variety_nparams(&s) - upper);
    ck_assert_int_eq(proof->n, n);
    qd_bound_add_orbit(proof, &s, qd_variety_nparams(&s) - upper + 1);
    ck_assert_int_eq(qd_bound_value(proof), upper - 1);
    ck_assert_int_eq(proof->step[proof->n - 1].by, QD_UPPER_ORBIT);
    qd_bound_clear(proof);
}
END_TEST

/* ---- the Jacobian ------------------------------------------------------------------------- */

/* Reverse mode against forward derivatives, every entry, at a prime of every size. */
START_TEST(two_roads)
{
    qd_rng_t rng;
    static const uint32_t primes[] = {2, 3, 101, 65537, 4194319, 67108859};
    uint32_t p = primes[_i % 6];
    nmod_t mod;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(3, (uint64_t) _i, 0));
    nmod_init(&mod, p);
    qd_arch s = {1 + (int64_t) qd_rng_below(rng, 3), width, qd_neuron_make((qd_kind) qd_rng_below(rng, QD_KINDS), QD_IDENTITY),
                 qd_rng_below(rng, 2), qd_rng_below(rng, 2)};
    if (s.neuron.kind == QD_LINEAR) s.neuron = qd_neuron_raise(QD_LINEAR, qd_rng_range(rng, 1, 5));
    for (int64_t l = 0; l <= s.depth; l++) width[l] = qd_rng_range(rng, 1, 6);
    qd_variety_plan plan;
    qd_variety_plan_make(&plan, &s);
    ck_assert_int_eq(plan.nparams, qd_variety_nparams(&s));
    int64_t n = plan.nparams, points = 3, outputs = width[s.depth];
    uint32_t *theta = qd_malloc(sizeof *theta * (size_t) n), *x = qd_malloc(sizeof *x * (size_t) (points * width[0])),
             *rows = qd_malloc(sizeof *rows * (size_t) (points * outputs * n));
    ulong *theta_u = qd_malloc(sizeof *theta_u * (size_t) n), *value = qd_malloc(sizeof *value * (size_t) (outputs * n)), x_u[8];
    int64_t *parameter = qd_malloc(sizeof *parameter * (size_t) n);
    for (int64_t i = 0; i < n; i++) parameter[i] = n - 1 - i;
    for (int64_t i = 0; i < n; i++) theta_u[i] = theta[i] = (uint32_t) qd_rng_below(rng, p);
    for (int64_t i = 0; i < points * width[0]; i++) x[i] = (uint32_t) qd_rng_below(rng, p);
    ck_assert_int_eq(qd_variety_jacobian(rows, &plan, theta, x, points, p, ctx), QD_OK);
    for (int64_t i = 0; i < points; i++) {
        for (int64_t k = 0; k < width[0]; k++) x_u[k] = x[i * width[0] + k];
        qd_variety_derivatives(value, &plan, theta_u, x_u, parameter, n, mod);
        for (int64_t k = 0; k < n; k++)
            for (int64_t o = 0; o < outputs; o++) ck_assert_uint_eq(rows[(i * outputs + o) * n + parameter[k]], value[k * outputs + o]);
    }
    free(parameter);
    free(value);
    free(theta);
    free(theta_u);
    free(x);
    free(rows);
}
END_TEST

/* ---- widths ------------------------------------------------------------------------------- */

/* Minimal filling widths of forms in two variables: [KTB19] gives 2,2,1 and 2,3,3,2,1 for squares. */
START_TEST(minimal_widths)
{
    static const struct {
        const char *widths;
        qd_truth minimal;
    } cases[] = {{"2,2,1", QD_TRUE},         {"2,3,1", QD_FALSE},         {"2,2,2,1", QD_TRUE}, {"2,3,2,1", QD_FALSE},
                 {"2,3,3,2,1", QD_TRUE},     {"2,3,3,3,1", QD_FALSE},     {"3,3,2", QD_TRUE},   {"1,1,1", QD_TRUE},
                 {"2,3,3,4,4,2,1", QD_TRUE}, {"2,3,4,5,4,6,4,1", QD_TRUE}};
    int64_t open[QD_VARIETY_MAX_DEPTH + 1];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qd_arch s = family(cases[i].widths, QD_LINEAR, 2, false, false);
        qd_truth minimal = QD_UNKNOWN;
        ck_assert_int_eq(qd_variety_minimal(&minimal, open, &s, ctx), QD_OK);
        ck_assert_msg(minimal == cases[i].minimal, "%s: %d", cases[i].widths, (int) minimal);
    }
}
END_TEST

/* By definition: the expected dimension at every power from there on, not at the one before. */
START_TEST(threshold_is_the_definition)
{
    static const char *const widths[] = {"2,2,1", "2,3,1", "3,2,2", "2,2,2,1", "3,5,1", "4,5,5,3,1", "2,4,2"};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        int64_t least = -1, most = 5;
        qd_arch s = family(widths[i], QD_LINEAR, 1, false, false);
        ck_assert_int_eq(qd_variety_threshold(&least, &s, most, ctx), QD_OK);
        ck_assert(least == 0 || (least >= 2 && least <= most));
        for (int64_t r = 2; r <= most; r++) {
            s.neuron = qd_neuron_raise(QD_LINEAR, r);
            compute(&s);
            if (least > 0 && r >= least) ck_assert_int_eq(result->lower, result->expected);
            if (r == (least > 0 ? least : most + 1) - 1) ck_assert_int_ne(result->lower, result->expected);
        }
    }
}
END_TEST

START_TEST(unimodal_widths)
{
    static const char *const yes[] = {"1,1", "1,2,3", "3,2,1", "1,3,3,2", "2,2,5,1"}, *const no[] = {"2,1,2", "1,3,2,3", "3,1,1,2"};
    for (size_t i = 0; i < 5; i++) {
        qd_arch s = family(yes[i], QD_LINEAR, 2, false, false);
        ck_assert(qd_variety_unimodal(&s));
    }
    for (size_t i = 0; i < 3; i++) {
        qd_arch s = family(no[i], QD_LINEAR, 2, false, false);
        ck_assert(!qd_variety_unimodal(&s));
    }
}
END_TEST

/* Case _i: no layer is narrower, and one unit more in any of them does not bring the number of parameters nearer. */
START_TEST(widened_widths)
{
    qd_rng_t rng;
    int64_t wide[QD_VARIETY_MAX_DEPTH + 1];
    qd_rng_init(rng, ctx->seed, qd_rng_stream(7, (uint64_t) _i, 0));
    for (int k = 0; k < 20; k++) {
        qd_arch s, w;
        random_family(&s, rng);
        int64_t before = qd_variety_nparams(&s), wanted = before * qd_rng_range(rng, 1, 5) + qd_rng_range(rng, -9, 9);
        qd_variety_widen(wide, &s, wanted);
        w = s;
        w.width = wide;
        int64_t off = llabs(qd_variety_nparams(&w) - wanted);
        ck_assert_int_eq(wide[0], s.width[0]);
        ck_assert_int_eq(wide[s.depth], s.width[s.depth]);
        ck_assert_int_le(off, llabs(before - wanted));
        for (int64_t l = 1; l < s.depth; l++) {
            ck_assert_int_ge(wide[l], s.width[l]);
            wide[l]++;
            ck_assert_int_ge(llabs(qd_variety_nparams(&w) - wanted), off);
            wide[l]--;
        }
    }
}
END_TEST

/* ---- certificates ------------------------------------------------------------------------- */

static qd_status check_text(const char *text, size_t len)
{
    qd_doc_t doc;
    qd_certificate_t c;
    qd_proof_report_t report;
    qd_doc_init(doc);
    qd_certificate_init(c);
    qd_ctx_forget(ctx);
    qd_status st = qd_doc_parse(doc, text, len, QD_JSON, ctx);
    if (st == QD_OK) st = qd_certificate_read(c, qd_doc_root(doc), ctx);
    qd_proof_report_init(report);
    if (st == QD_OK) st = qd_certificate_check(report, c, ctx);
    if (st == QD_OK) ck_assert(report->complete);
    qd_proof_report_clear(report);
    qd_certificate_clear(c);
    qd_doc_clear(doc);
    return st;
}

/* The file for the rank of a family. */
static void certificate_text(qd_buf_t text, const qd_arch *s)
{
    qd_certificate_t c;
    qd_variety_options o = qd_variety_defaults;
    o.keep_witness = true;
    qd_certificate_init(c);
    ck_assert_int_eq(qd_variety_dimension(result, s, &o, ctx), QD_OK);
    ck_assert_int_eq(qd_certificate_make(c, s, result, ctx), QD_OK);
    ck_assert_int_eq(c->lower, result->lower);
    ck_assert_int_eq(qd_bound_value(c->upper), result->upper);
    qd_certificate_print(text, c);
    qd_certificate_clear(c);
}

/* Case _i: certificates of random families prove their rank, and printing what was read gives the same bytes. */
START_TEST(certificates_hold)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(5, (uint64_t) _i, 0));
    for (int k = 0; k < 10; k++) {
        qd_arch s;
        qd_buf_t text, again;
        qd_doc_t doc;
        qd_certificate_t c;
        random_family(&s, rng);
        qd_buf_init(text);
        qd_buf_init(again);
        qd_doc_init(doc);
        qd_certificate_init(c);
        certificate_text(text, &s);
        ck_assert_msg(check_text(qd_buf_str(text), text->len) == QD_OK, "%s: %s", qd_ctx_message(ctx), qd_buf_str(text));
        ck_assert_int_eq(qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx), QD_OK);
        ck_assert_int_eq(qd_certificate_read(c, qd_doc_root(doc), ctx), QD_OK);
        ck_assert_int_eq(c->lower, result->lower);
        qd_certificate_print(again, c);
        ck_assert_str_eq(qd_buf_str(again), qd_buf_str(text));
        qd_certificate_clear(c);
        qd_doc_clear(doc);
        qd_buf_clear(text);
        qd_buf_clear(again);
    }
}
END_TEST

/* Every letter and digit of the file replaced by another, left out, or written twice: refused, whatever it stands for. */
START_TEST(certificates_damaged)
{
    static const struct {
        const char *widths;
        qd_neuron neuron;
        bool same, biases;
    } cases[] = {{"2,3,1", {QD_LINEAR, QD_SQUARE, 2, {0, 1}}, false, false},
                 {"2,2,2", {QD_QUADRATIC, QD_IDENTITY, 1, {0, 1}}, true, true},
                 {"3,1", {QD_FULL, QD_IDENTITY, 1, {0, 1}}, true, false},
                 {"1,2,1", {QD_LINEAR, QD_IDENTITY, 1, {0, 1}}, false, true}};
    qd_arch s = family(cases[_i].widths, cases[_i].neuron.kind, cases[_i].neuron.power, cases[_i].same, cases[_i].biases);
    qd_rng_t rng;
    qd_buf_t text;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(6, (uint64_t) _i, 0));
    qd_buf_init(text);
    certificate_text(text, &s);
    size_t len = text->len;
    char *bad = qd_malloc(len + 2);
    for (size_t at = 0; at < len; at++) {
        char was = qd_buf_str(text)[at];
        if (!isalnum((unsigned char) was) && was != ',' && was != ':' && was != '"' && was != '[' && was != ']') continue;
        for (int how = 0; how < 3; how++) {
            memcpy(bad, qd_buf_str(text), at);
            size_t n = at;
            if (how == 0) bad[n++] = isdigit((unsigned char) was) ? (char) ('0' + (was - '0' + 1 + (int) qd_rng_below(rng, 9)) % 10) : 'x';
            if (how == 1) bad[n++] = was, bad[n++] = was;
            memcpy(bad + n, qd_buf_str(text) + at + 1, len - at - 1);
            n += len - at - 1;
            ck_assert_msg(check_text(bad, n) == QD_EINPUT, "accepted with a change at byte %zu: %.*s", at, (int) n, bad);
            ck_assert_int_gt(strlen(qd_ctx_message(ctx)), 10);
        }
    }
    for (size_t n = 0; n + 2 < len; n++) ck_assert_int_eq(check_text(qd_buf_str(text), n), QD_EINPUT);
    ck_assert_int_eq(check_text(qd_buf_str(text), len), QD_OK);
    free(bad);
    qd_buf_clear(text);
}
END_TEST

/* A file of the first format has a lower bound only; it is read, printed and checked as it was. */
START_TEST(certificates_of_the_first_format)
{
    qd_buf_t text;
    qd_certificate_t c;
    qd_variety_options o = qd_variety_defaults;
    qd_arch s = family("2,2,1", QD_LINEAR, 2, false, false);
    qd_buf_init(text);
    qd_certificate_init(c);
    o.keep_witness = true;
    ck_assert_int_eq(qd_variety_dimension(result, &s, &o, ctx), QD_OK);
    ck_assert_int_eq(qd_certificate_make(c, &s, result, ctx), QD_OK);
    c->upper->n = 0;
    qd_certificate_print(text, c);
    ck_assert_ptr_nonnull(strstr(qd_buf_str(text), "\"quadric dimension 1\""));
    ck_assert_ptr_null(strstr(qd_buf_str(text), "steps"));
    ck_assert_msg(check_text(qd_buf_str(text), text->len) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_certificate_clear(c);
    qd_buf_clear(text);
}
END_TEST

/* A reading that fails leaves what was there. */
START_TEST(certificates_untouched)
{
    qd_buf_t text, again;
    qd_doc_t doc;
    qd_certificate_t c;
    qd_arch s = family("2,2,1", QD_LINEAR, 2, false, false);
    qd_buf_init(text);
    qd_buf_init(again);
    qd_doc_init(doc);
    qd_certificate_init(c);
    certificate_text(text, &s);
    ck_assert_int_eq(qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx), QD_OK);
    ck_assert_int_eq(qd_certificate_read(c, qd_doc_root(doc), ctx), QD_OK);
    ck_assert_int_eq(qd_doc_parse(doc, "{\"certificate\": \"quadric dimension 1\"}", 38, QD_JSON, ctx), QD_OK);
    ck_assert_int_eq(qd_certificate_read(c, qd_doc_root(doc), ctx), QD_EINPUT);
    qd_certificate_print(again, c);
    ck_assert_str_eq(qd_buf_str(again), qd_buf_str(text));
    qd_certificate_clear(c);
    qd_doc_clear(doc);
    qd_buf_clear(text);
    qd_buf_clear(again);
}
END_TEST

/* ---- results ------------------------------------------------------------------------------ */

/* The result is a function of spec and seed, not of the threads, and keeps a witness when asked. */
START_TEST(threads_and_witness)
{
    qd_variety_result_t other;
    qd_variety_options o = qd_variety_defaults;
    qd_arch s = family("6,12,12,12,1", QD_LINEAR, 2, false, false);
    qd_variety_result_init(other);
    o.keep_witness = true;
    ck_assert_int_eq(qd_variety_dimension(result, &s, &o, ctx), QD_OK);
    ctx->threads = 3;
    ck_assert_int_eq(qd_variety_dimension(other, &s, &o, ctx), QD_OK);
    const qd_variety_witness *a = &result->witness, *b = &other->witness;
    ck_assert_int_eq(a->p, b->p);
    ck_assert_int_eq(a->rank, 270);
    ck_assert_int_eq(b->rank, 270);
    ck_assert_mem_eq(a->row, b->row, sizeof *a->row * 270);
    ck_assert_mem_eq(a->column, b->column, sizeof *a->column * 270);
    qd_variety_result_clear(other);
}
END_TEST

START_TEST(huge_widths)
{
    fmpz_t value;
    bool complete;
    qd_bound_t proof;
    fmpz_init(value);
    qd_bound_init(proof);
    qd_arch s = family("3,80,80,80,80,3", QD_LINEAR, 6, false, false);
    ck_assert_int_eq(qd_variety_nparams(&s), 19680);
    qd_variety_ambient(value, &s);
    ck_assert(fmpz_equal_si(value, 3 * (1298 * 1297 / 2)));
    /* the second layer has 80 of the 28-dimensional forms of degree 6: 80 * 28 + 6400 + 6400 + 240 - 240 */
    qd_bound_find(proof, &s);
    ck_assert_int_eq(qd_bound_value(proof), 15040);
    ck_assert_int_eq(check_bound(proof, &complete), QD_OK);
    s = family("2,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", QD_LINEAR, 64, true, true);
    qd_variety_degree(value, &s);
    ck_assert_int_eq(fmpz_sizeinbase(value, 2), 6 * 32 + 1);
    qd_bound_find(proof, &s);
    ck_assert_int_le(qd_bound_value(proof), qd_variety_nparams(&s));
    ck_assert_int_eq(check_bound(proof, &complete), QD_OK);
    qd_bound_clear(proof);
    fmpz_clear(value);
}
END_TEST

/* One input point after the other: no more than the rank needs when it meets the upper bound, and 8 idle ones when it does not. */
START_TEST(points_are_as_many_as_needed)
{
    qd_arch s = family("3,6,1", QD_LINEAR, 2, false, false); /* fills: 6 forms, one output */
    compute(&s);
    ck_assert_int_eq(result->upper, 6);
    ck_assert_int_eq(result->points, 6);
    s = family("2,3,2,3,4", QD_LINEAR, 2, false, false); /* 16 by 4 outputs */
    compute(&s);
    ck_assert_int_eq(result->lower, 16);
    ck_assert_int_eq(result->upper, 16);
    ck_assert_int_ge(result->points, 4);
    s = family("2,2,2,1", QD_QUADRATIC, 1, false, false);
    compute(&s);
    ck_assert_msg(result->points <= result->upper + 8, "%" PRId64 " points, upper bound %" PRId64, result->points, result->upper);
}
END_TEST

/* ---- the failure probability again ---------------------------------------------------------- */

/* What every output of the family is at parameters and inputs that are all 1, times the values theta and x: a polynomial with coefficients
   >= 0, so F(1, 1) is the sum of its coefficients and F(2^k, 1), F(1, 2^k) tell the degrees. */
static void positive_output(fmpz_t y, const qd_arch *s, const fmpz_t theta, const fmpz_t x)
{
    fmpz_t a, u, v, t2;
    fmpz_init_set(a, x);
    fmpz_init(u);
    fmpz_init(v);
    fmpz_init(t2);
    fmpz_mul(t2, theta, theta);
    for (int64_t l = 0; l < s->depth; l++) {
        ulong n = (ulong) s->width[l];
        bool readout = l + 1 == s->depth && !s->same;
        qd_kind kind = readout ? QD_LINEAR : s->neuron.kind;
        fmpz_mul_ui(u, a, n); /* sum of the inputs */
        fmpz_mul(v, a, a);
        fmpz_mul_ui(v, v, n); /* sum of their squares */
        fmpz_t z;
        fmpz_init(z);
        if (kind == QD_QUADRATIC || kind == QD_PRODUCT) { /* (w u + b)^2 (+ w v + c) */
            fmpz_add_ui(z, u, 1);
            fmpz_mul(z, z, z);
            fmpz_mul(z, z, t2);
            if (kind == QD_QUADRATIC) fmpz_addmul(z, v, theta);
            if (kind == QD_QUADRATIC) fmpz_add(z, z, theta);
        } else {
            if (kind == QD_PRODUCT_LINEAR) {
                fmpz_mul(z, u, u);
                fmpz_mul(z, z, t2);
            }
            if (kind == QD_FULL) { /* n = 1 */
                fmpz_mul(z, a, a);
                fmpz_mul(z, z, theta);
            }
            if (kind == QD_COMPACT) fmpz_addmul(z, v, theta);
            fmpz_add_ui(u, u, 1);
            fmpz_addmul(z, u, theta);
        }
        if (!readout && s->neuron.power > 1) fmpz_pow_ui(z, z, (ulong) s->neuron.power);
        fmpz_swap(a, z);
        fmpz_clear(z);
    }
    fmpz_swap(y, a);
    fmpz_clear(a);
    fmpz_clear(u);
    fmpz_clear(v);
    fmpz_clear(t2);
}

/* The degree in one variable of a polynomial with the given value at 2^4000, less than 2^4000 times its leading term. */
static double degree_of(const fmpz_t value)
{
    return (double) ((fmpz_sizeinbase(value, 2) - 1) / 4000);
}

/* pi(2^bits) - pi(2^(bits-1)) by a sieve. */
static double count_primes(int bits)
{
    size_t n = (size_t) 1 << bits, count = 0;
    char *composite = qd_calloc(n, 1);
    for (size_t i = 2; i < n; i++) {
        if (composite[i]) continue;
        count += i >= n / 2;
        for (size_t j = i * i; j < n; j += i) composite[j] = 1;
    }
    free(composite);
    return (double) count;
}

START_TEST(failure_probability_is_the_formula)
{
    static const struct {
        const char *widths;
        qd_kind kind;
        int64_t power;
        bool same;
    } cases[] = {
        {"3,2,1", QD_LINEAR, 3, false},        {"2,3,2,2", QD_LINEAR, 2, true}, {"2,3,2", QD_QUADRATIC, 1, false},
        {"1,2,2,1", QD_QUADRATIC, 1, true},    {"2,3,2", QD_PRODUCT, 1, false}, {"2,2,2,1", QD_PRODUCT, 1, true},
        {"3,2,1", QD_PRODUCT_LINEAR, 1, true}, {"1,1,1,1", QD_FULL, 1, true},   {"2,3,2", QD_COMPACT, 1, false},
        {"2,2,2,1", QD_COMPACT, 1, true},
    };
    double primes = count_primes(26);
    fmpz_t one, large, y;
    fmpz_init_set_ui(one, 1);
    fmpz_init(large);
    fmpz_init(y);
    fmpz_mul_2exp(large, one, 4000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t rank = 0; rank < 40; rank += 13) {
            qd_arch s = family(cases[i].widths, cases[i].kind, cases[i].power, cases[i].same, true);
            double k = (double) rank + 1;
            positive_output(y, &s, one, one);
            double norm = fmpz_dlog(y) / log(2);
            positive_output(y, &s, large, one);
            double in_theta = degree_of(y);
            positive_output(y, &s, one, large);
            double in_x = degree_of(y);
            double p = k * (log2(k) + log2(in_theta) + norm) / (25 * primes) + k * (in_theta - 1 + in_x) / 0x1p25;
            ck_assert_double_eq_tol(qd_variety_log2_failure(&s, rank, 26), log2(p), 1e-9);
        }
    fmpz_clear(one);
    fmpz_clear(large);
    fmpz_clear(y);
}
END_TEST

START_TEST(failure_probability)
{
    qd_arch s = family("3,2,1", QD_LINEAR, 2, false, false);
    double few = qd_variety_log2_failure(&s, 4, 26), many = qd_variety_log2_failure(&s, 400, 26);
    ck_assert(few < many && many < 0);
    ck_assert(qd_variety_log2_failure(&s, 4, 23) > few);
    s = family("3,80,80,80,80,3", QD_LINEAR, 6, false, false);
    ck_assert(qd_variety_log2_failure(&s, 19000, 23) == 0);
}
END_TEST

START_TEST(bad_input)
{
    static const struct {
        qd_neuron neuron;
        const char *message;
    } bad[] = {
        {{QD_QUADRATIC, QD_RAISE, 3, {1, 100}},
         "found power:3 with the kind quadratic, which goes with identity; square and power:r go with linear"},
        {{QD_LINEAR, QD_RELU, 1, {1, 100}}, "relu is no polynomial; expected identity, square or power:r"},
        {{QD_LINEAR, QD_RAISE, 65, {1, 100}}, "found the power 65, expected 1 to 64"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        qd_arch s = {1, (int64_t[]){2, 1}, bad[i].neuron, true, false};
        ck_assert_int_eq(qd_variety_admit(&s, ctx), QD_EINPUT);
        ck_assert_str_eq(qd_ctx_message(ctx), bad[i].message);
        ck_assert_int_eq(s.neuron.power, bad[i].neuron.power);
        qd_ctx_forget(ctx);
    }
    qd_arch s = {2, (int64_t[]){100000, 100000, 1}, qd_neuron_make(QD_FULL, QD_IDENTITY), false, false};
    ck_assert_int_eq(qd_variety_check(&s, ctx), QD_EINPUT);
    qd_ctx_forget(ctx);
    s = (qd_arch){1, (int64_t[]){2, 1}, qd_neuron_make(QD_LINEAR, QD_SQUARE), true, false};
    ck_assert_int_eq(qd_variety_admit(&s, ctx), QD_OK);
    ck_assert(s.neuron.act == QD_RAISE && s.neuron.power == 2);
}
END_TEST

START_TEST(budgets)
{
    qd_arch s = family("7,15,15,15,1", QD_LINEAR, 2, false, false);
    ctx->max_bytes = qd_memory_now() + 1000;
    result->lower = -7;
    ck_assert_int_eq(qd_variety_dimension(result, &s, &qd_variety_defaults, ctx), QD_EUNABLE);
    ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), "more than"));
    ck_assert_int_eq(result->lower, -7);
    qd_ctx_forget(ctx);
    ctx->max_bytes = 0;
    ctx->max_seconds = 1e-9; /* nothing was reached, the bounds are certain all the same */
    ck_assert_int_eq(qd_variety_dimension(result, &s, &qd_variety_defaults, ctx), QD_EUNABLE);
    ck_assert_int_eq(result->lower, 0);
    ck_assert_int_eq(result->upper, 420);
    ck_assert_int_eq(result->trials, 0);
    ck_assert(result->log2_failure == 0);
    ck_assert(result->filling == QD_FALSE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("variety");
    TCase *tc = tcase_create("variety");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, reference_table);
    tcase_add_loop_test(tc, published_values, 0, (int) (sizeof published / sizeof *published));
    tcase_add_test(tc, equal_not_filling);
    tcase_add_loop_test(tc, one_neuron, 1, 8);
    tcase_add_loop_test(tc, oracle_over_q, 0, 40 * test_multiplier());
    tcase_add_loop_test(tc, orbits_by_brute_force, 0, 10 * test_multiplier());
    tcase_add_test(tc, known_orbits);
    tcase_add_loop_test(tc, bounds_hold, 0, 20 * test_multiplier());
    tcase_add_test(tc, nearly_all_proved);
    tcase_add_loop_test(tc, proved_by_name, 0, sizeof proved / sizeof *proved);
    tcase_add_test(tc, proofs_named);
    tcase_add_loop_test(tc, proofs_hold, 0, 10 * test_multiplier());
    tcase_add_loop_test(tc, proofs_changed, 0, sizeof proved / sizeof *proved);
    tcase_add_loop_test(tc, orbits_by_values, 0, 10 * test_multiplier());
    tcase_add_test(tc, orbit_as_a_bound);
    tcase_add_loop_test(tc, two_roads, 0, 60 * test_multiplier());
    tcase_add_test(tc, minimal_widths);
    tcase_add_test(tc, threshold_is_the_definition);
    tcase_add_test(tc, unimodal_widths);
    tcase_add_loop_test(tc, widened_widths, 0, 5 * test_multiplier());
    tcase_add_loop_test(tc, certificates_hold, 0, 5 * test_multiplier());
    tcase_add_loop_test(tc, certificates_damaged, 0, 4);
    tcase_add_test(tc, certificates_untouched);
    tcase_add_test(tc, certificates_of_the_first_format);
    tcase_add_test(tc, threads_and_witness);
    tcase_add_test(tc, huge_widths);
    tcase_add_test(tc, failure_probability);
    tcase_add_test(tc, points_are_as_many_as_needed);
    tcase_add_test(tc, failure_probability_is_the_formula);
    tcase_add_test(tc, bad_input);
    tcase_add_test(tc, budgets);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
