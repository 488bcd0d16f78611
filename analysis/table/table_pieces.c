/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table pieces: piece counts over architectures, neuron kinds and seeds. One item is one network, one row all seeds of one
   architecture and kind. */
#include "table/table_pieces.h"

#include <inttypes.h>
#include <limits.h>

#include "cli/commands.h"
#include "table/table.h"
#include "table/table_count.h"

typedef struct {
    pieces_config config;
    uint64_t seed; /* of the first network of a row */
} pieces_study;

static int64_t item_row(const void *study, int64_t item)
{
    const pieces_study *s = study;
    return item / s->config.seeds;
}

/* ---- one network -------------------------------------------------------------------------- */

static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    const pieces_study *s = study;
    const pieces_config *c = &s->config;
    int64_t row = item_row(study, item);
    uint64_t seed = s->seed + (uint64_t) (item % c->seeds);
    qd_arch arch = pieces_arch(c, row);
    qd_status st = pieces_foresee(&arch, ctx);
    if (st != QD_OK) return st;
    fmpq *base = _fmpq_vec_init(c->input_dim), *step = _fmpq_vec_init(2 * c->input_dim);
    qd_net_t net;
    qd_net_init(net);
    pieces_network(net, c, &arch, seed);
    qd_domain domain = table_domain_make(&c->domain, base, step, seed);
    st = table_count_network(result, net, &domain, c->max_seconds, ctx);
    qd_net_clear(net);
    _fmpq_vec_clear(base, c->input_dim);
    _fmpq_vec_clear(step, 2 * c->input_dim);
    return st;
}

/* ---- the table ---------------------------------------------------------------------------- */

enum {
    ARCHITECTURE,
    KIND,
    ACTIVATION,
    PARAMETERS,
    NETWORKS,
    STATUS,
    REGIONS_MIN,
    REGIONS_MEAN,
    REGIONS_MAX,
    PIECES_MIN,
    PIECES_MEAN,
    PIECES_MAX,
    PATTERNS_MAX,
    DEGREE_MAX,
    BOUND,
    BOUND_PRODUCT,             /* on a line */
    BOUND_NAME = BOUND_PRODUCT /* elsewhere */
};

static void columns(const void *study, qd_table_t t)
{
    const pieces_study *s = study;
    qd_table_column(t, "architecture", "architecture", QD_CELL_STRING);
    qd_table_column(t, "kind", "kind", QD_CELL_STRING);
    qd_table_column(t, "activation", "activation", QD_CELL_STRING);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "networks", "networks", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    qd_table_column(t, "regions_min", "regions min", QD_CELL_NUMBER);
    qd_table_column(t, "regions_mean", "regions mean", QD_CELL_NUMBER);
    qd_table_column(t, "regions_max", "regions max", QD_CELL_NUMBER);
    qd_table_column(t, "pieces_min", "pieces min", QD_CELL_NUMBER);
    qd_table_column(t, "pieces_mean", "pieces mean", QD_CELL_NUMBER);
    qd_table_column(t, "pieces_max", "pieces max", QD_CELL_NUMBER);
    qd_table_column(t, "patterns_max", "patterns max", QD_CELL_NUMBER);
    qd_table_column(t, "degree_max", "degree max", QD_CELL_NUMBER);
    if (s->config.domain.dim > 1) {
        qd_table_column(t, "bound", "upper bound", QD_CELL_NUMBER);
        qd_table_column(t, "bound_name", "by", QD_CELL_STRING);
        return;
    }
    qd_table_column(t, "bound_pattern_root", "bound " QD_BOUND_LINE_NAME, QD_CELL_NUMBER);
    qd_table_column(t, "bound_layer_product", "bound " QD_BOUND_LINE_PRODUCT_NAME, QD_CELL_NUMBER);
}

/* The three cells from `column` on: minimum, mean, maximum. */
static void set_summary(qd_table_t t, int64_t row, int64_t column, const int64_t *x, int64_t n)
{
    int64_t min = x[0], max = x[0];
    qd_buf_t mean;
    qd_buf_init(mean);
    for (int64_t i = 1; i < n; i++) {
        if (x[i] < min) min = x[i];
        if (x[i] > max) max = x[i];
    }
    qd_stats_print_mean(mean, x, n);
    qd_table_set(t, row, column, "%" PRId64, min);
    qd_table_set(t, row, column + 1, "%s", qd_buf_str(mean));
    qd_table_set(t, row, column + 2, "%" PRId64, max);
    qd_buf_clear(mean);
}

/* Where one network has a lower bound only, so has the row: each of its minimum, mean and maximum is one then. The degree
   is the largest that was found for certain. */
static void fill_counts(qd_table_t t, int64_t row, const qd_count *count, int64_t n)
{
    int64_t *regions = qd_malloc((size_t) n * sizeof *regions), *pieces = qd_malloc((size_t) n * sizeof *pieces);
    bool exact = true;
    long patterns = 0, degree = LONG_MIN;
    for (int64_t i = 0; i < n; i++) {
        qd_count c = count[i];
        bool known = c.label == QD_EXACT;
        regions[i] = c.regions;
        pieces[i] = c.pieces;
        if (c.patterns > patterns) patterns = c.patterns;
        if (known && c.max_degree > degree) degree = c.max_degree;
        exact = exact && known;
    }
    set_summary(t, row, REGIONS_MIN, regions, n);
    set_summary(t, row, PIECES_MIN, pieces, n);
    qd_table_set(t, row, PATTERNS_MAX, "%ld", patterns);
    if (degree > LONG_MIN) qd_table_set(t, row, DEGREE_MAX, "%ld", degree);
    qd_table_set(t, row, STATUS, "%s", qd_label_name(exact ? QD_EXACT : QD_LOWER_BOUND));
    free(regions);
    free(pieces);
}

static void set_best_bound(qd_table_t t, int64_t row, const qd_net_t net, const table_domain *d)
{
    fmpz_t value;
    fmpz_init(value);
    qd_bound which = qd_bound_best_net(value, net, d->dim, d->lo != NULL);
    char *text = fmpz_get_str(NULL, 10, value);
    qd_table_set(t, row, BOUND, "%s", text);
    qd_table_set(t, row, BOUND_NAME, "%s", qd_bound_name(which));
    flint_free(text);
    fmpz_clear(value);
}

static void fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    const pieces_study *s = study;
    const pieces_config *c = &s->config;
    const qd_count *count = results;
    qd_buf_t name;
    qd_net_t net;
    qd_buf_init(name);
    qd_net_init(net);
    for (int64_t row = 0; row < t->nrows; row++) {
        qd_arch arch = pieces_arch(c, row);
        qd_buf_reset(name);
        qd_arch_print_widths(name, &arch, "-");
        qd_table_set(t, row, ARCHITECTURE, "%s", qd_buf_str(name));
        qd_table_set(t, row, KIND, "%s", qd_kind_get(arch.neuron.kind)->name);
        qd_buf_reset(name);
        qd_neuron_print_function(name, &arch.neuron);
        qd_table_set(t, row, ACTIVATION, "%s", qd_buf_str(name));
        if (open[row]) continue;
        qd_table_set(t, row, NETWORKS, "%" PRId64, c->seeds);
        pieces_network(net, c, &arch, s->seed); /* parameters and bounds are those of the architecture */
        qd_table_set(t, row, PARAMETERS, "%" PRId64, qd_net_nparams(net));
        if (c->domain.dim == 1) {
            table_set_bound(t, row, BOUND, qd_bound_line, net);
            table_set_bound(t, row, BOUND_PRODUCT, qd_bound_line_product, net);
        } else set_best_bound(t, row, net, &c->domain);
        fill_counts(t, row, count + row * c->seeds, c->seeds);
    }
    qd_net_clear(net);
    qd_buf_clear(name);
}

/* ---- the command -------------------------------------------------------------------------- */

static void describe(qd_buf_t caption, qd_buf_t resolved, const pieces_config *c)
{
    qd_buf_printf(caption, "%s; ", c->name);
    table_domain_print(caption, &c->domain);
    qd_buf_puts(caption, "; ");
    pieces_weights(caption, c);
    qd_buf_puts(resolved, qd_buf_str(caption));
    pieces_list(resolved, c);
}

static int run(int n, char **arguments)
{
    (void) n;
    int code = table_check_options("table pieces");
    if (code != EXIT_ANSWERED) return code;
    qd_ctx_t ctx;
    qd_buf_t caption, resolved;
    pieces_study study;
    cli_ctx(ctx);
    qd_buf_init(caption);
    qd_buf_init(resolved);
    pieces_config *c = &study.config;
    study.seed = ctx->seed;
    pieces_config_init(c);
    qd_status st = pieces_config_read(c, arguments[0], PIECES_COUNT, ctx);
    if (st == QD_OK) {
        describe(caption, resolved, c);
        table_job job = {
            .command = "table pieces",
            .caption = qd_buf_str(caption),
            .resolved = qd_buf_str(resolved),
            .study = &study,
            .nitems = pieces_narchs(c) * c->seeds,
            .nrows = pieces_narchs(c),
            .nkeys = ACTIVATION + 1,
            .columns = columns,
            .field = table_count_field,
            .size = sizeof(qd_count),
            .row = item_row,
            .compute = compute,
            .fill = fill,
        };
        code = table_run(&job, ctx);
    } else code = cli_fail(st, arguments[0], ctx);
    pieces_config_clear(c);
    qd_buf_clear(caption);
    qd_buf_clear(resolved);
    return code;
}

const cli_command command_table_pieces = {
    .name = "table pieces",
    .arguments = "CONFIG",
    .summary = "piece counts over architectures, kinds and seeds",
    .description = "Counts the patterns, regions and pieces of random networks with one input, along a line, on a plane or\n"
                   "in all of the input space, exactly, for each architecture and neuron kind of the YAML file CONFIG and\n"
                   "a number of seeds: --seed, --seed + 1, and so on. configs/pieces.yaml explains the keys.\n"
                   "\n"
                   "One row is one architecture and kind, with minimum, mean and maximum over its networks, and an upper\n"
                   "bound of the number of regions that holds for every network of the row, two on a line. Where a network\n"
                   "took more than max_seconds_per_network, or no engine is exact for it (quadratic, three and more\n"
                   "inputs), the status of its row is lower_bound and so are the row's counts.\n"
                   "\n"
                   "With -o FILE, finished networks are kept in FILE.part; after --max-seconds or an interruption the\n"
                   "same command goes on from there, and the table comes out as if nothing had happened.\n",
    .examples = "  quadric table pieces configs/pieces.yaml\n"
                "  quadric table pieces configs/pieces.yaml --seed 7 --json\n"
                "  quadric table pieces configs/pieces-line.yaml -o out/line.csv --max-seconds 60\n"
                "  quadric table pieces configs/pieces-plane.yaml\n",
    .options = table_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
