#include "train/train_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table/table_config.h"

#define FASHION_MNIST "/usr/share/datasets/fashion-mnist"

static const char *const keys[] = {
    "target", "spline",  "interval", "samples",       "sampling", "noise", "test_samples", "classes",     "idx",
    "size",   "cifar10", "csv",      "target_column", "test_csv", "limit", "test_limit",   "standardise", NULL,
};

void train_data_init(train_data *d)
{
    memset(d, 0, sizeof *d);
    qd_data_init(d->train);
    qd_data_init(d->test);
    qd_buf_init(d->resolved);
    qd_expr_init(d->expr);
    qd_spline_init(d->spline);
}

void train_data_clear(train_data *d)
{
    qd_data_clear(d->train);
    qd_data_clear(d->test);
    qd_buf_clear(d->resolved);
    qd_expr_clear(d->expr);
    qd_spline_clear(d->spline);
}

qd_status train_data_check(const qd_node *layer, qd_ctx_t ctx)
{
    const qd_node *block = qd_node_member(layer, "data");
    if (block == NULL) return QD_OK;
    qd_status st = qd_node_get_object(block, "'data'", ctx);
    return st == QD_OK ? qd_node_only_keys(block, keys, "'data'", ctx) : st;
}

static qd_status get_int(int64_t *v, const qd_config *config, const char *key, int64_t min, int64_t max, qd_ctx_t ctx)
{
    return qd_node_optional_int(v, qd_config_block(config, "data", key), key, min, max, ctx);
}

static qd_status get_string(const char **v, const qd_config *config, const char *key, qd_ctx_t ctx)
{
    return qd_node_optional_string(v, qd_config_block(config, "data", key), key, ctx);
}

static void add_text(qd_buf_t out, const char *key, const char *text)
{
    qd_buf_printf(out, "%s\"%s\": ", out->len > 1 ? ", " : "", key);
    qd_json_quote(out, text);
}

static void add_int(qd_buf_t out, const char *key, int64_t x)
{
    qd_buf_printf(out, "%s\"%s\": %ld", out->len > 1 ? ", " : "", key, (long) x);
}

/* ---- functions ---------------------------------------------------------------------------- */

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
    if ((st = get_int(&plan->samples, config, "samples", 1, 1 << 28, ctx)) != QD_OK ||
        (st = get_int(&plan->test_samples, config, "test_samples", 1, 1 << 28, ctx)) != QD_OK ||
        (st = get_int(&plan->classes, config, "classes", 0, 100000, ctx)) != QD_OK)
        return st;
    const qd_node *m = qd_config_find(config, "data", "noise");
    if (m != NULL && (st = qd_node_get_double(&plan->noise, m, 0, 1e300, "'noise'", ctx)) != QD_OK) return st;
    const char *text = NULL;
    if ((st = get_string(&text, config, "sampling", ctx)) != QD_OK || text == NULL) return st;
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
    qd_buf_struct *out = d->resolved;
    qd_buf_puts(out, "{");
    add_text(out, key, text);
    qd_buf_printf(out, ", \"interval\": [\"%s\", \"%s\"]", d->lo, d->hi);
    add_int(out, "samples", plan->samples);
    add_text(out, "sampling", plan->sampling == QD_SAMPLE_GRID ? "grid" : "random");
    qd_buf_puts(out, ", \"noise\": ");
    qd_double_print(out, plan->noise);
    add_int(out, "test_samples", plan->test_samples);
    add_int(out, "classes", plan->classes);
    qd_buf_puts(out, "}");
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
    d->has_interval = target->inputs == 1;
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

static qd_status read_spline(train_data *d, const qd_config *config, const char *path, uint64_t seed, qd_ctx_t ctx)
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

static qd_status read_target(train_data *d, const qd_config *config, const char *text, uint64_t seed, qd_ctx_t ctx)
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

/* ---- files -------------------------------------------------------------------------------- */

/* folder/name, or folder/name.gz when only that is there. */
static void find_file(qd_buf_t path, const char *folder, const char *name)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/%s", folder, name);
    if (access(qd_buf_str(path), F_OK) == 0) return;
    qd_buf_puts(path, ".gz");
}

static qd_status load_idx(qd_data_t data, const char *folder, const char *set, const int64_t size[2], int64_t limit, qd_ctx_t ctx)
{
    qd_buf_t images, labels, name;
    qd_buf_init(images);
    qd_buf_init(labels);
    qd_buf_init(name);
    qd_buf_printf(name, "%s-images-idx3-ubyte", set);
    find_file(images, folder, qd_buf_str(name));
    qd_buf_reset(name);
    qd_buf_printf(name, "%s-labels-idx1-ubyte", set);
    find_file(labels, folder, qd_buf_str(name));
    qd_status st = qd_data_idx(data, qd_buf_str(images), qd_buf_str(labels), 10, size[0], size[1], limit, ctx);
    qd_buf_clear(images);
    qd_buf_clear(labels);
    qd_buf_clear(name);
    return st;
}

typedef struct {
    int64_t limit, test_limit;
    bool standardise;
} file_plan;

static qd_status read_file_plan(file_plan *plan, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "data", "standardise");
    qd_status st = m == NULL ? QD_OK : qd_node_get_bool(&plan->standardise, m, "'standardise'", ctx);
    if (st == QD_OK) st = get_int(&plan->limit, config, "limit", 0, 1 << 30, ctx);
    return st == QD_OK ? get_int(&plan->test_limit, config, "test_limit", 0, 1 << 30, ctx) : st;
}

static void resolve_files(train_data *d, const file_plan *plan)
{
    if (plan->limit > 0) add_int(d->resolved, "limit", plan->limit);
    if (plan->test_limit > 0) add_int(d->resolved, "test_limit", plan->test_limit);
    if (d->train->pixel != NULL) qd_buf_printf(d->resolved, ", \"standardise\": %s", plan->standardise ? "true" : "false");
    qd_buf_puts(d->resolved, "}");
}

static void standardise(train_data *d, const file_plan *plan)
{
    if (!plan->standardise) return;
    qd_data_standardise(d->test, d->train);
    qd_data_standardise(d->train, d->train);
}

static qd_status read_idx(train_data *d, const qd_config *config, const char *folder, const file_plan *plan, qd_ctx_t ctx)
{
    if (!strcmp(folder, "fashion-mnist")) {
        folder = FASHION_MNIST;
        if (access(folder, F_OK) != 0)
            return qd_fail(ctx, QD_EIO, "%s is not there; expected Debian's package dataset-fashion-mnist", folder);
    }
    int64_t size[2] = {0, 0};
    const qd_node *m = qd_config_find(config, "data", "size");
    qd_status st = QD_OK;
    if (m != NULL && (qd_node_kind(m) != QD_NODE_ARRAY || qd_node_count(m) != 2))
        return qd_node_fail(m, ctx, "'size': expected [height, width]");
    for (int i = 0; i < 2 && m != NULL && st == QD_OK; i++) st = qd_node_get_int(size + i, qd_node_item(m, i), 1, 10000, "'size'", ctx);
    if (st == QD_OK) st = load_idx(d->train, folder, "train", size, plan->limit, ctx);
    if (st == QD_OK) st = load_idx(d->test, folder, "t10k", size, plan->test_limit, ctx);
    qd_buf_puts(d->resolved, "{");
    add_text(d->resolved, "idx", folder);
    if (m != NULL) qd_buf_printf(d->resolved, ", \"size\": [%ld, %ld]", (long) size[0], (long) size[1]);
    return st;
}

static qd_status read_cifar10(train_data *d, const char *folder, const file_plan *plan, qd_ctx_t ctx)
{
    qd_status st = qd_data_cifar10(d->train, folder, true, plan->limit, ctx);
    qd_buf_puts(d->resolved, "{");
    add_text(d->resolved, "cifar10", folder);
    return st == QD_OK ? qd_data_cifar10(d->test, folder, false, plan->test_limit, ctx) : st;
}

static void keep_first(qd_data_t data, int64_t limit)
{
    if (limit > 0 && limit < data->n) data->n = limit;
}

static qd_status read_csv(train_data *d, const qd_config *config, const char *path, const file_plan *plan, qd_ctx_t ctx)
{
    const qd_node *pictures = qd_config_find(config, "data", "standardise");
    if (pictures != NULL) return qd_node_fail(pictures, ctx, "'standardise' without pictures; expected IDX or CIFAR-10 data");
    const char *column = NULL, *test = path;
    int64_t classes = 0;
    qd_status st;
    if ((st = get_string(&column, config, "target_column", ctx)) != QD_OK || (st = get_string(&test, config, "test_csv", ctx)) != QD_OK ||
        (st = get_int(&classes, config, "classes", 0, 100000, ctx)) != QD_OK)
        return st;
    if (column == NULL)
        return qd_node_fail(qd_config_find(config, "data", "csv"), ctx,
                            "'csv' without 'target_column'; expected the name of the column to be learnt");
    qd_buf_puts(d->resolved, "{");
    add_text(d->resolved, "csv", path);
    add_text(d->resolved, "target_column", column);
    add_text(d->resolved, "test_csv", test);
    add_int(d->resolved, "classes", classes);
    st = qd_data_csv(d->train, path, column, classes, ctx);
    if (st == QD_OK) st = qd_data_csv(d->test, test, column, classes, ctx);
    keep_first(d->train, plan->limit);
    keep_first(d->test, plan->test_limit);
    return st;
}

static qd_status read_files(train_data *d, const qd_config *config, const char *way, const char *path, qd_ctx_t ctx)
{
    file_plan plan = {0, 0, true};
    qd_status st = read_file_plan(&plan, config, ctx);
    if (st != QD_OK) return st;
    if (!strcmp(way, "idx")) st = read_idx(d, config, path, &plan, ctx);
    else if (!strcmp(way, "cifar10")) st = read_cifar10(d, path, &plan, ctx);
    else st = read_csv(d, config, path, &plan, ctx);
    if (st != QD_OK) return st;
    standardise(d, &plan);
    resolve_files(d, &plan);
    return QD_OK;
}

/* ---- all ---------------------------------------------------------------------------------- */

/* Which of the sources the most specific layer names; NULL: none. */
static const char *data_way(const qd_config *config, qd_status *st, qd_ctx_t ctx)
{
    static const char *const ways[] = {"target", "spline", "idx", "cifar10", "csv"};
    for (int i = 0; i < config->n; i++) {
        const qd_config one = {1, {config->layer[i]}};
        const char *found = NULL;
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
            const qd_node *m = qd_config_find(&one, "data", ways[k]);
            if (m == NULL) continue;
            if (found != NULL) *st = qd_node_fail(m, ctx, "both '%s' and '%s' in 'data'; expected one source", found, ways[k]);
            found = ways[k];
        }
        if (found != NULL) return found;
    }
    return NULL;
}

qd_status train_data_read(train_data *d, const qd_config *config, uint64_t seed, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    const char *way = data_way(config, &st, ctx), *text = NULL;
    if (st != QD_OK) return st;
    if (way == NULL) return qd_fail(ctx, QD_EINPUT, "no source in 'data'; expected 'target', 'spline', 'idx', 'cifar10' or 'csv'");
    if ((st = get_string(&text, config, way, ctx)) != QD_OK) return st;
    train_data_clear(d);
    train_data_init(d);
    if (!strcmp(way, "target")) return read_target(d, config, text, seed, ctx);
    if (!strcmp(way, "spline")) return read_spline(d, config, text, seed, ctx);
    return read_files(d, config, way, text, ctx);
}
