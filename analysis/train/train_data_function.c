/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of a function: a target or a spline. */
#include "train/train_data_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/table_config.h"

static void expression_value(double *y, const double *x, const void *arg)
{
    const qd_expr_struct *e = arg;
    y[0] = qd_expr_value(e, x);
}

/* A spline in doubles. */
typedef struct {
    slong n, degree, outputs; /* n breakpoints */
    double *at, *coefficient; /* (n), (n + 1, outputs, degree + 1) */
} float_spline;

static void float_spline_make(float_spline *f, const qd_spline_t s)
{
    f->n = s->nbreaks;
    f->outputs = s->outputs;
    f->degree = qd_spline_degree(s) < 0 ? 0 : qd_spline_degree(s);
    f->at = qd_calloc((size_t) f->n + 1, sizeof *f->at);
    f->coefficient = qd_calloc((size_t) ((f->n + 1) * f->outputs * (f->degree + 1)), sizeof *f->coefficient);
    for (slong i = 0; i < f->n; i++) f->at[i] = fmpq_get_d(s->at[i].lo); /* rational, in files */
    fmpq_t c;
    fmpq_init(c);
    for (slong i = 0; i <= f->n; i++)
        for (slong o = 0; o < f->outputs; o++)
            for (slong k = 0; k <= f->degree; k++) {
                fmpq_poly_get_coeff_fmpq(c, qd_spline_poly(s, i, o), k);
                f->coefficient[(i * f->outputs + o) * (f->degree + 1) + k] = fmpq_get_d(c);
            }
    fmpq_clear(c);
}

static void spline_value(double *y, const double *x, const void *arg)
{
    const float_spline *f = arg;
    slong i = 0;
    while (i < f->n && x[0] > f->at[i]) i++;
    for (slong o = 0; o < f->outputs; o++) {
        const double *c = f->coefficient + (i * f->outputs + o) * (f->degree + 1);
        y[o] = 0;
        for (slong k = f->degree; k >= 0; k--) y[o] = y[o] * x[0] + c[k];
    }
}

typedef struct {
    int64_t samples, test_samples, classes;
    qd_sampling sampling;
    double noise, lo, hi;
} sample_plan;

static qd_status read_plan(sample_plan *plan, const qd_config *config, qd_ctx_t ctx)
{
    qd_status st;
    if ((st = train_data__int(&plan->samples, config, "samples", 1, 1 << 28, ctx)) != QD_OK ||
        (st = train_data__int(&plan->test_samples, config, "test_samples", 1, 1 << 28, ctx)) != QD_OK ||
        (st = train_data__int(&plan->classes, config, "classes", 0, 100000, ctx)) != QD_OK)
        return st;
    const qd_node *m = qd_config_find(config, "data", "noise");
    if (m != NULL && (st = qd_node_get_double(&plan->noise, m, 0, 1e300, "'noise'", ctx)) != QD_OK) return st;
    const char *text = NULL;
    if ((st = train_data__string(&text, config, "sampling", ctx)) != QD_OK || text == NULL) return st;
    if (strcmp(text, "grid") && strcmp(text, "random"))
        return qd_node_fail(qd_config_find(config, "data", "sampling"), ctx, "unknown sampling '%.40s'; expected grid or random", text);
    plan->sampling = !strcmp(text, "grid") ? QD_SAMPLE_GRID : QD_SAMPLE_RANDOM;
    return QD_OK;
}

static qd_status set_end(char end[64], const char *text, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "data", "interval");
    if (m == NULL) m = qd_config_find(config, "data", "spline");
    if (strlen(text) >= 64) return qd_node_fail(m, ctx, "'interval': an end of %zu characters; expected fewer than 64", strlen(text));
    strcpy(end, text);
    return QD_OK;
}

/* The interval as text, exactly as written, and in doubles. */
static qd_status read_interval(train_data *d, sample_plan *plan, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "data", "interval");
    if (m == NULL) return QD_OK;
    fmpq *v = _fmpq_vec_init(2);
    qd_status st = config_rationals(v, 2, m, "'interval'", ctx);
    if (st == QD_OK && fmpq_cmp(v, v + 1) >= 0) st = qd_node_fail(m, ctx, "'interval': found a >= b, expected [a, b] with a < b");
    if (st == QD_OK) {
        plan->lo = fmpq_get_d(v);
        plan->hi = fmpq_get_d(v + 1);
        st = set_end(d->lo, qd_node_text(qd_node_item(m, 0), NULL), config, ctx);
    }
    if (st == QD_OK) st = set_end(d->hi, qd_node_text(qd_node_item(m, 1), NULL), config, ctx);
    _fmpq_vec_clear(v, 2);
    return st;
}

static void resolve_function(train_data *d, const sample_plan *plan, const char *key, const char *text)
{
    qd_json_t w;
    qd_json_init(w, d->resolved);
    qd_json_object(w, NULL);
    qd_json_string(w, key, text);
    qd_json_array(w, "interval");
    qd_json_string(w, NULL, d->lo);
    qd_json_string(w, NULL, d->hi);
    qd_json_end(w);
    qd_json_int(w, "samples", plan->samples);
    qd_json_string(w, "sampling", plan->sampling == QD_SAMPLE_GRID ? "grid" : "random");
    qd_json_double(w, "noise", plan->noise);
    qd_json_int(w, "test_samples", plan->test_samples);
    qd_json_int(w, "classes", plan->classes);
    qd_json_end(w);
}

/* Training samples are stream 1 of the seed; the test samples are a grid without noise. */
static qd_status sample(train_data *d, const qd_sample_fn *target, const sample_plan *plan, uint64_t seed, qd_ctx_t ctx)
{
    double lo[2] = {plan->lo, plan->lo}, hi[2] = {plan->hi, plan->hi};
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    own->seed = seed;
    qd_status st = qd_data_function(d->train, target, plan->sampling, plan->samples, lo, hi, plan->noise, plan->classes, 1, own);
    if (st == QD_OK) st = qd_data_function(d->test, target, QD_SAMPLE_GRID, plan->test_samples, lo, hi, 0, plan->classes, 2, own);
    d->sampled = true;
    d->inputs = target->inputs;
    return qd_ctx_pass(ctx, st, own);
}

/* Does the interval lie in that of the spline? */
static qd_status check_inside(const train_data *d, const qd_config *config, qd_ctx_t ctx)
{
    fmpq *end = _fmpq_vec_init(2);
    qd_status st = qd_rat_set_str(end, d->lo, strlen(d->lo), ctx);
    if (st == QD_OK) st = qd_rat_set_str(end + 1, d->hi, strlen(d->hi), ctx);
    bool outside = st == QD_OK &&
                   ((d->spline->has_lo && fmpq_cmp(end, d->spline->lo) < 0) || (d->spline->has_hi && fmpq_cmp(end + 1, d->spline->hi) > 0));
    _fmpq_vec_clear(end, 2);
    if (!outside) return st;
    return qd_node_fail(qd_config_find(config, "data", "interval"), ctx,
                        "'interval': found [%s, %s], on which the spline is not defined; expected a part of its interval", d->lo, d->hi);
}

qd_status train_data__spline(train_data *d, const qd_config *config, const char *path, uint64_t seed, qd_ctx_t ctx)
{
    sample_plan plan = {1000, 1001, 0, QD_SAMPLE_RANDOM, 0, -1, 1};
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_status st = qd_spline_read(d->spline, path, own);
    if (st != QD_OK) return qd_ctx_prefix(ctx, st, own, "%s: ", path);
    strcpy(d->lo, "-1");
    strcpy(d->hi, "1");
    if (d->spline->has_lo && d->spline->has_hi) {
        char *lo = fmpq_get_str(NULL, 10, d->spline->lo), *hi = fmpq_get_str(NULL, 10, d->spline->hi);
        if ((st = set_end(d->lo, lo, config, ctx)) == QD_OK) st = set_end(d->hi, hi, config, ctx);
        plan.lo = fmpq_get_d(d->spline->lo);
        plan.hi = fmpq_get_d(d->spline->hi);
        flint_free(lo);
        flint_free(hi);
    }
    if (st != QD_OK || (st = read_interval(d, &plan, config, ctx)) != QD_OK || (st = check_inside(d, config, ctx)) != QD_OK ||
        (st = read_plan(&plan, config, ctx)) != QD_OK)
        return st;
    float_spline f;
    float_spline_make(&f, d->spline);
    const qd_sample_fn target = {1, d->spline->outputs, spline_value, &f};
    st = sample(d, &target, &plan, seed, ctx);
    resolve_function(d, &plan, "spline", path);
    free(f.at);
    free(f.coefficient);
    return st;
}

qd_status train_data__target(train_data *d, const qd_config *config, const char *text, uint64_t seed, qd_ctx_t ctx)
{
    sample_plan plan = {1000, 1001, 0, QD_SAMPLE_RANDOM, 0, -1, 1};
    const qd_named_target *named = qd_named_target_find(text);
    if (named != NULL) {
        plan.lo = named->lo;
        plan.hi = named->hi;
        plan.classes = named->classes;
        if (named->variables == 2) plan.test_samples = 10000;
    }
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_status st = qd_expr_parse(d->expr, named != NULL ? named->text : text, own);
    if (st != QD_OK) return qd_node_fail(qd_config_find(config, "data", "target"), ctx, "'target': %s", qd_ctx_message(own));
    snprintf(d->lo, sizeof d->lo, "%.17g", plan.lo);
    snprintf(d->hi, sizeof d->hi, "%.17g", plan.hi);
    if ((st = read_interval(d, &plan, config, ctx)) != QD_OK || (st = read_plan(&plan, config, ctx)) != QD_OK) return st;
    const qd_sample_fn target = {d->expr->nvariables, 1, expression_value, d->expr};
    resolve_function(d, &plan, "target", text);
    return sample(d, &target, &plan, seed, ctx);
}
