/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table approximation: pieces, units and parameters that functions need and that networks reach, over targets, kinds and tolerances,
   and the error of networks of the same shape that were trained. One item is one row. */
#include "table/table_approximation.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/text.h"
#include "table/table.h"

#define DIGITS 4 /* of an error */

typedef struct {
    approximation_config config;
} approximation_study;

typedef struct {
    int64_t least_pieces, pieces, degree, depth, least_units, units, parameters;
    double error; /* an upper bound */
    approximation_status trained;
    double trained_lower, trained_upper;
} approximation_result;

static const qd_field fields[] = {
    {"least_pieces", QD_FIELD_INT, offsetof(approximation_result, least_pieces), 1, INT64_MAX},
    {"pieces", QD_FIELD_INT, offsetof(approximation_result, pieces), 1, INT64_MAX},
    {"degree", QD_FIELD_INT, offsetof(approximation_result, degree), -1, INT64_MAX},
    {"depth", QD_FIELD_INT, offsetof(approximation_result, depth), 0, INT64_MAX},
    {"least_units", QD_FIELD_INT, offsetof(approximation_result, least_units), 0, INT64_MAX},
    {"units", QD_FIELD_INT, offsetof(approximation_result, units), 0, INT64_MAX},
    {"parameters", QD_FIELD_INT, offsetof(approximation_result, parameters), 1, INT64_MAX},
    {"error", QD_FIELD_DOUBLE, offsetof(approximation_result, error), 0, 0},
    {"trained", QD_FIELD_ENUM, offsetof(approximation_result, trained), TRAINED_NONE, TRAINED_COLLAPSED},
    {"trained_lower", QD_FIELD_DOUBLE, offsetof(approximation_result, trained_lower), 0, 0},
    {"trained_upper", QD_FIELD_DOUBLE, offsetof(approximation_result, trained_upper), 0, 0},
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

/* ---- one row ------------------------------------------------------------------------------ */

static int64_t item_row(const void *study, int64_t item)
{
    (void) study;
    return item;
}

/* Rows by target, then kind, then tolerance. */
static const approximation_target *row_target(const approximation_config *c, int64_t row)
{
    return c->target + row / (c->nkinds * c->ntolerances);
}

static const approximation_kind *row_kind(const approximation_config *c, int64_t row)
{
    return c->kind + row / c->ntolerances % c->nkinds;
}

static const fmpq *row_tolerance(const approximation_config *c, int64_t row)
{
    return c->tolerance + row % c->ntolerances;
}

static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    const approximation_config *c = &((const approximation_study *) study)->config;
    const approximation_target *t = row_target(c, item);
    const approximation_kind *k = row_kind(c, item);
    approximation_result *r = result;
    qd_approx_target_t f;
    qd_net_t net;
    qd_approx_report_t made;
    qd_approx_target_init(f);
    qd_net_init(net);
    qd_approx_report_init(made);
    qd_status st = approximation_target_make(f, t, ctx);
    if (st == QD_OK) st = qd_approx_network(net, made, f, row_tolerance(c, item), k->kind, (slong) k->depth, ctx);
    if (st == QD_OK) {
        *r = (approximation_result){
            made->least_pieces, made->pieces, made->degree, made->depth, made->least_units, made->units, made->parameters, 0, 0, 0, 0};
        r->error = arf_get_d(made->error->upper, ARF_RND_CEIL);
        if (c->trains && !t->is_net) st = approximation_train(&r->trained, &r->trained_lower, &r->trained_upper, c, t, f, net, ctx);
    }
    qd_approx_target_clear(f);
    qd_net_clear(net);
    qd_approx_report_clear(made);
    return st;
}

/* ---- the table ---------------------------------------------------------------------------- */

enum {
    TARGET,
    INTERVAL,
    KIND,
    LAYERS,
    TOLERANCE,
    NEEDED,
    PIECES,
    DEGREE,
    GROWTH,
    THEORY,
    UNITS_NEEDED,
    UNITS,
    PARAMETERS,
    ERROR,
    TRAINED,
    TRAINED_ERROR
};

static void columns(const void *study, qd_table_t t)
{
    (void) study;
    qd_table_column(t, "target", "target", QD_CELL_STRING);
    qd_table_column(t, "interval", "interval", QD_CELL_STRING);
    qd_table_column(t, "kind", "kind", QD_CELL_STRING);
    qd_table_column(t, "layers", "layers", QD_CELL_NUMBER);
    qd_table_column(t, "tolerance", "tolerance", QD_CELL_STRING);
    qd_table_column(t, "pieces_at_least", "pieces needed", QD_CELL_NUMBER);
    qd_table_column(t, "pieces", "pieces reached", QD_CELL_NUMBER);
    qd_table_column(t, "degree", "degree", QD_CELL_NUMBER);
    qd_table_column(t, "growth", "growth", QD_CELL_NUMBER);
    qd_table_column(t, "theory", "theory", QD_CELL_STRING);
    qd_table_column(t, "units_at_least", "units needed", QD_CELL_NUMBER);
    qd_table_column(t, "units", "units reached", QD_CELL_NUMBER);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "error", "error", QD_CELL_NUMBER);
    qd_table_column(t, "trained", "trained", QD_CELL_STRING);
    qd_table_column(t, "trained_error", "trained error", QD_CELL_NUMBER);
}

/* x as a decimal that is not below it. */
static void set_above(qd_table_t t, int64_t row, int64_t column, double x)
{
    arf_t a;
    qd_buf_t text;
    arf_init(a);
    qd_buf_init(text);
    arf_set_d(a, x);
    text_bound(text, a, DIGITS, true);
    qd_table_set(t, row, column, "%s", qd_buf_str(text));
    arf_clear(a);
    qd_buf_clear(text);
}

static void fill_keys(qd_table_t t, int64_t row, const approximation_config *c)
{
    const approximation_target *target = row_target(c, row);
    const approximation_kind *k = row_kind(c, row);
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_puts(text, "[");
    qd_rat_print(text, target->lo);
    qd_buf_puts(text, ", ");
    qd_rat_print(text, target->hi);
    qd_buf_puts(text, "]");
    qd_table_set(t, row, TARGET, "%s", target->name);
    qd_table_set(t, row, INTERVAL, "%s", qd_buf_str(text));
    qd_table_set(t, row, KIND, "%s", k->kind == QD_LINEAR ? "conventional" : qd_kind_get(k->kind)->name);
    qd_table_set(t, row, LAYERS, "%" PRId64, k->depth);
    qd_buf_reset(text);
    qd_rat_print(text, row_tolerance(c, row));
    qd_table_set(t, row, TOLERANCE, "%s", qd_buf_str(text));
    qd_buf_clear(text);
}

/* The slope of log pieces over log 1/tolerance of the rows first..first + n - 1, and what it tends to for smooth targets: pieces of degree d and
   length h miss them by about h^(d + 1). In more layers than one the degree varies, and there is no such law. */
static void fill_growth(qd_table_t t, int64_t first, const approximation_config *c, const approximation_result *r, const bool *open)
{
    int64_t n = c->ntolerances;
    const approximation_kind *k = row_kind(c, first);
    double *x = qd_malloc((size_t) n * sizeof *x), *y = qd_malloc((size_t) n * sizeof *y), slope, error, intercept;
    bool all = n >= 2 && k->depth == 1;
    for (int64_t i = 0; i < n; i++) {
        all = all && !open[first + i];
        x[i] = -log(fmpq_get_d(row_tolerance(c, first + i)));
        y[i] = log((double) r[first + i].pieces);
    }
    if (all && qd_stats_fit(&slope, &error, &intercept, x, y, n))
        for (int64_t i = 0; i < n; i++) {
            qd_table_set(t, first + i, GROWTH, "%.3f", slope);
            qd_table_set(t, first + i, THEORY, "%s", k->kind == QD_LINEAR ? "1/2" : "1/3");
        }
    free(x);
    free(y);
}

static void fill_row(qd_table_t t, int64_t row, const approximation_result *r)
{
    static const char *const status[] = {"", "done", "collapsed"};
    qd_table_set(t, row, NEEDED, "%" PRId64, r->least_pieces);
    qd_table_set(t, row, PIECES, "%" PRId64, r->pieces);
    qd_table_set(t, row, DEGREE, "%" PRId64, r->degree);
    qd_table_set(t, row, UNITS_NEEDED, "%" PRId64, r->least_units);
    qd_table_set(t, row, UNITS, "%" PRId64, r->units);
    qd_table_set(t, row, PARAMETERS, "%" PRId64, r->parameters);
    set_above(t, row, ERROR, r->error);
    qd_table_set(t, row, TRAINED, "%s", status[r->trained]);
    if (r->trained == TRAINED_DONE) set_above(t, row, TRAINED_ERROR, r->trained_upper);
}

static void fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    const approximation_config *c = &((const approximation_study *) study)->config;
    const approximation_result *r = results;
    for (int64_t i = 0; i < t->nrows; i++) {
        fill_keys(t, i, c);
        if (!open[i]) fill_row(t, i, r + i);
        if (i % c->ntolerances == 0) fill_growth(t, i, c, r, open);
    }
}

/* ---- the command -------------------------------------------------------------------------- */

static int run_table(const approximation_study *s, const qd_buf_t resolved, qd_ctx_t ctx)
{
    const approximation_config *c = &s->config;
    table_job job = {
        .command = "table approximation",
        .caption = c->name,
        .resolved = qd_buf_str(resolved),
        .study = s,
        .nitems = c->ntargets * c->nkinds * c->ntolerances,
        .nrows = c->ntargets * c->nkinds * c->ntolerances,
        .nkeys = TOLERANCE + 1,
        .columns = columns,
        .field = fields,
        .size = sizeof(approximation_result),
        .row = item_row,
        .compute = compute,
        .fill = fill,
    };
    return table_run(&job, ctx);
}

static int run(int n, char **arguments)
{
    (void) n;
    int code = table_check_options("table approximation");
    if (code != EXIT_ANSWERED) return code;
    qd_ctx_t ctx;
    qd_buf_t resolved;
    approximation_study s;
    cli_ctx(ctx);
    qd_buf_init(resolved);
    approximation_config_init(&s.config);
    qd_status st = approximation_config_read(&s.config, arguments[0], ctx);
    if (st == QD_OK) {
        qd_buf_puts(resolved, s.config.name);
        approximation_describe(resolved, &s.config);
        st = approximation_training_check(resolved, &s.config, ctx);
    }
    code = st == QD_OK ? run_table(&s, resolved, ctx) : cli_fail(st, arguments[0], ctx);
    approximation_config_clear(&s.config);
    qd_buf_clear(resolved);
    return code;
}

const cli_command command_table_approximation = {
    .name = "table approximation",
    .arguments = "CONFIG",
    .summary = "pieces, units and parameters that functions need, that networks reach, and what training finds",
    .description = "For each target, kind and tolerance of the YAML file CONFIG: how many pieces and units are needed (proved,\n"
                   "'quadric need --help'), and a network whose certified error is within the tolerance ('quadric approximate\n"
                   "--help') with its pieces, units and parameters. configs/approximation.yaml explains the keys.\n"
                   "\n"
                   "growth: the slope of log pieces over log 1/tolerance, over the tolerances of the study; theory: what it\n"
                   "tends to for smooth targets, 1/2 for straight pieces and 1/3 for quadratic ones (one layer). With a block 'training'\n"
                   "a network of the same shape, so with as many parameters, is trained on samples of the target (targets\n"
                   "that are networks excepted), read back exactly, and its error is certified too: the last column. Errors\n"
                   "are upper bounds, rounded up.\n"
                   "\n"
                   "With -o FILE, finished rows are kept in FILE.part; after --max-seconds or an interruption the same command\n"
                   "goes on from there, and the table comes out as if nothing had happened.\n",
    .examples = "  quadric table approximation configs/approximation.yaml\n"
                "  quadric table approximation configs/approximation.yaml --seed 7 -o out/approximation.csv\n",
    .options = table_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
