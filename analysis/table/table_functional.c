/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table functional: functional dimensions over architectures, neuron kinds and seeds. One item is one network, one row all seeds
   of one architecture and kind; for the fair question, a kind that is not conventional has a second row, conventional units
   in layers so much wider that there are as many parameters, or nearly. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "table/dimension_config.h"
#include "table/table.h"
#include "table/table_count.h"
#include "table/table_pieces.h"

typedef struct {
    pieces_config config;
    pieces_rows rows; /* owned */
} functional_study;

/* Of one network. */
typedef struct {
    qd_label label;
    int64_t dimension;
} functional_result;

static const qd_field fields[] = {
    {"status", QD_FIELD_ENUM, offsetof(functional_result, label), QD_EXACT, QD_LOWER_BOUND},
    {"dimension", QD_FIELD_INT, offsetof(functional_result, dimension), 0, INT64_MAX},
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

/* The architecture with every parameter that the kind has, as a polynomial: the activation does not count. */
static qd_arch plain(const qd_arch *arch)
{
    return (qd_arch){arch->depth, arch->width, qd_neuron_make(arch->neuron.kind, QD_IDENTITY), false, true};
}

static qd_status check_archs(const pieces_config *c, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (int64_t i = 0; i < pieces_narchs(c) && st == QD_OK; i++) {
        qd_arch arch = pieces_arch(c, i), kind = plain(&arch);
        if (arch.depth > QD_VARIETY_MAX_DEPTH)
            return qd_fail(ctx, QD_EINPUT, "found %" PRId64 " hidden layers, expected at most %d", arch.depth - 1,
                           QD_VARIETY_MAX_DEPTH - 1);
        st = qd_variety_check(&kind, ctx);
    }
    return st;
}

/* ---- one network -------------------------------------------------------------------------- */

static int64_t item_row(const void *study, int64_t item)
{
    const functional_study *s = study;
    return pieces_rows_find(&s->rows, item);
}

/* A bound that is due to the network's own time or to fixed limits is a result; when the time or the memory of the run ends it, it is none. */
static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    const functional_study *s = study;
    const pieces_config *c = &s->config;
    const pieces_row *row = s->rows.row + item_row(study, item);
    qd_functional r;
    qd_net_t net;
    qd_status st = pieces_foresee(&row->arch, ctx);
    if (st != QD_OK) return st;
    qd_net_init(net);
    pieces_network(net, c->starts.start, &row->arch, c->seed + (uint64_t) (item - row->first));
    bool own = table_own_budget(ctx, c->max_seconds);
    st = qd_variety_functional(&r, net, ctx);
    bool late = ctx->max_seconds > 0 && qd_ctx_elapsed(ctx) >= ctx->max_seconds / 2; /* regions are looked for in half of the time */
    if (st == QD_EUNABLE && (late ? own : ctx->max_bytes <= 0)) st = QD_OK;
    if (st == QD_OK) *(functional_result *) result = (functional_result){r.label, r.dimension};
    qd_net_clear(net);
    return st;
}

/* ---- the table ---------------------------------------------------------------------------- */

enum { ARCHITECTURE, KIND, ACTIVATION, MATCHES, PARAMETERS, SYMMETRIES, EXPECTED, NETWORKS, STATUS, MIN, MEDIAN, MAX, DEFECT };

static void columns(const void *study, qd_table_t t)
{
    (void) study;
    qd_table_column(t, "architecture", "architecture", QD_CELL_STRING);
    qd_table_column(t, "kind", "kind", QD_CELL_STRING);
    qd_table_column(t, "activation", "activation", QD_CELL_STRING);
    qd_table_column(t, "as_many_parameters_as", "as many parameters as", QD_CELL_STRING);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "symmetries", "symmetries", QD_CELL_NUMBER);
    qd_table_column(t, "expected", "expected", QD_CELL_NUMBER);
    qd_table_column(t, "networks", "networks", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    qd_table_column(t, "dimension_min", "dimension min", QD_CELL_NUMBER);
    qd_table_column(t, "dimension_median", "median", QD_CELL_NUMBER);
    qd_table_column(t, "dimension_max", "max", QD_CELL_NUMBER);
    qd_table_column(t, "defect", "defect", QD_CELL_NUMBER);
}

/* Where one network has a lower bound only, so has the row: each of minimum, median and maximum is one then. */
static void fill_dimensions(qd_table_t t, int64_t row, const functional_result *result, int64_t n, int64_t expected)
{
    double *dimension = qd_malloc(sizeof *dimension * (size_t) n); /* far below 2^53 */
    bool exact = true;
    for (int64_t i = 0; i < n; i++) {
        exact = exact && result[i].label == QD_EXACT;
        dimension[i] = (double) result[i].dimension;
    }
    double largest = qd_stats_quantile(dimension, n, 1);
    qd_table_set(t, row, STATUS, "%s", qd_label_name(exact ? QD_EXACT : QD_LOWER_BOUND));
    qd_table_set(t, row, MIN, "%.15g", qd_stats_quantile(dimension, n, 0));
    qd_table_set(t, row, MEDIAN, "%.15g", qd_stats_quantile(dimension, n, 0.5));
    qd_table_set(t, row, MAX, "%.15g", largest);
    qd_table_set(t, row, DEFECT, "%" PRId64, expected - (int64_t) largest);
    free(dimension);
}

static void fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    const functional_study *s = study;
    const pieces_config *c = &s->config;
    const functional_result *result = results;
    qd_net_t net;
    qd_net_init(net);
    for (int64_t i = 0; i < t->nrows; i++) {
        const pieces_row *r = s->rows.row + i;
        pieces_row_name(t, i, &r->arch);
        if (r->matches != NULL) qd_table_set(t, i, MATCHES, "%s", qd_kind_get(r->matches->kind)->name);
        if (open[i]) continue;
        pieces_network(net, c->starts.start, &r->arch, c->seed);
        int64_t parameters = qd_net_nparams(net), lost = qd_variety_functional_symmetries(net);
        qd_table_set(t, i, PARAMETERS, "%" PRId64, parameters);
        qd_table_set(t, i, SYMMETRIES, "%" PRId64, lost);
        qd_table_set(t, i, EXPECTED, "%" PRId64, parameters - lost);
        qd_table_set(t, i, NETWORKS, "%" PRId64, r->n);
        fill_dimensions(t, i, result + r->first, r->n, parameters - lost);
    }
    qd_net_clear(net);
}

/* ---- the command -------------------------------------------------------------------------- */

static void describe(qd_buf_t caption, qd_buf_t resolved, const pieces_config *c)
{
    qd_buf_printf(caption, "%s; ", c->name);
    pieces_weights(caption, c);
    qd_buf_puts(resolved, qd_buf_str(caption));
    pieces_list(resolved, c);
}

static int run(int n, char **arguments)
{
    (void) n;
    int code = table_check_options("table functional");
    if (code != EXIT_ANSWERED) return code;
    qd_ctx_t ctx;
    qd_buf_t caption, resolved;
    functional_study s = {.rows = {0}};
    cli_ctx(ctx);
    qd_buf_init(caption);
    qd_buf_init(resolved);
    pieces_config_init(&s.config, PIECES_FUNCTIONAL, ctx->seed);
    qd_status st = pieces_config_read(&s.config, arguments[0], PIECES_FUNCTIONAL, ctx);
    if (st == QD_OK) st = check_archs(&s.config, ctx);
    if (st == QD_OK) {
        pieces_rows_make(&s.rows, &s.config);
        describe(caption, resolved, &s.config);
        table_job job = {
            .command = "table functional",
            .caption = qd_buf_str(caption),
            .resolved = qd_buf_str(resolved),
            .study = &s,
            .nitems = s.rows.nitems,
            .nrows = s.rows.n,
            .nkeys = MATCHES + 1,
            .columns = columns,
            .field = fields,
            .size = sizeof(functional_result),
            .row = item_row,
            .compute = compute,
            .fill = fill,
        };
        code = table_run(&job, ctx);
    } else code = table_fail(st, arguments[0], ctx);
    pieces_rows_clear(&s.rows);
    pieces_config_clear(&s.config);
    qd_buf_clear(caption);
    qd_buf_clear(resolved);
    return code;
}

const cli_command command_table_functional = {
    .name = "table functional",
    .arguments = "CONFIG",
    .summary = "functional dimensions of random networks over architectures, kinds and seeds",
    .description = "The functional dimension at their parameters ('quadric dimension --help') of random networks, for each\n"
                   "architecture and neuron kind of the YAML file CONFIG and a number of seeds: --seed, --seed + 1, and so\n"
                   "on. configs/functional.yaml explains the keys. Exact where all regions are found (one input,\n"
                   "conventional networks, in the plane up to 64 units of degree 16) or the expected dimension is met,\n"
                   "else a lower bound.\n"
                   "\n"
                   "One row is one architecture and kind, with minimum, median and maximum over its networks. Rows of one\n"
                   "architecture compare kinds at equal widths. For the comparison at (nearly) equal parameter counts, a kind\n"
                   "that is not conventional is followed by conventional units in wider layers; as_many_parameters_as names\n"
                   "the kind.\n"
                   "\n"
                   "symmetries: directions that change no function, for each hidden unit its multiples and what its own\n"
                   "pre-activation leaves open. expected: parameters - symmetries, an upper bound of the functional\n"
                   "dimension. defect: expected - maximum, what the widths or too few regions cost at all these networks.\n"
                   "\n"
                   "With -o FILE, finished networks are kept in FILE.part; after --max-seconds or an interruption the\n"
                   "same command goes on from there, and the table comes out as if nothing had happened.\n",
    .examples = "  quadric table functional configs/functional.yaml\n"
                "  quadric table functional configs/functional.yaml --seed 7 -o out/functional.csv\n",
    .options = table_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
