/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table pieces: piece counts over architectures, neuron kinds, starts and seeds. One item is one network, one row all seeds of one
   architecture, kind and start. */
#include "table/table_pieces_study.h"

#include <stddef.h>

#include "cli/commands.h"
#include "table/table.h"
#include "table/table_trained.h"

static const qd_field fields[] = {
    TABLE_COUNT_FIELDS(pieces_result, count.),
    {"collapsed", QD_FIELD_ENUM, offsetof(pieces_result, collapsed), 0, 1},
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

/* A series has no items. */
static int64_t item_row(const void *study, int64_t item)
{
    const pieces_study *s = study;
    return pieces_rows_find(&s->rows, item);
}

/* ---- one network -------------------------------------------------------------------------- */

static qd_status make_network(qd_net_t net, bool *collapsed, const table_start *start, const qd_arch *arch, uint64_t seed, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    switch (start->type) {
    case START_FILE:
        qd_net_set(net, start->net);
        break;
    case START_DRAWN:
    case START_NEAR:
        if ((st = pieces_foresee(arch, ctx)) == QD_OK) pieces_network(net, start, arch, seed);
        break;
    case START_TRAINED:
        st = table_trained_network(net, collapsed, start, arch, seed, ctx);
    }
    return st;
}

static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    const pieces_study *s = study;
    const pieces_config *c = &s->config;
    const pieces_row *row = s->rows.row + item_row(study, item);
    uint64_t seed = c->seed + (uint64_t) (item - row->first);
    pieces_result *r = result;
    bool collapsed = false;
    fmpq *base = _fmpq_vec_init(c->input_dim), *step = _fmpq_vec_init(2 * c->input_dim);
    qd_net_t net;
    qd_net_init(net);
    qd_status st = make_network(net, &collapsed, c->starts.start + row->start, &row->arch, seed, ctx);
    qd_domain domain = table_domain_make(&c->domain, base, step, seed);
    if (st == QD_OK && !collapsed) st = table_count_network(&r->count, net, &domain, c->max_seconds, ctx);
    r->collapsed = collapsed;
    qd_net_clear(net);
    _fmpq_vec_clear(base, c->input_dim);
    _fmpq_vec_clear(step, 2 * c->input_dim);
    return st;
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
    pieces_study study = {.nseries = 0};
    cli_ctx(ctx);
    qd_buf_init(caption);
    qd_buf_init(resolved);
    pieces_config *c = &study.config;
    pieces_config_init(c, PIECES_COUNT, ctx->seed);
    qd_status st = pieces_config_read(c, arguments[0], PIECES_COUNT, ctx);
    if (st == QD_OK) {
        describe(caption, resolved, c);
        pieces_rows_make(&study.rows, c);
        growth_make(&study);
        table_job job = {
            .command = "table pieces",
            .caption = qd_buf_str(caption),
            .resolved = qd_buf_str(resolved),
            .study = &study,
            .nitems = study.rows.nitems,
            .nrows = study.rows.n + study.nseries,
            .nkeys = PIECES_KEYS,
            .columns = pieces_columns,
            .field = fields,
            .size = sizeof(pieces_result),
            .row = item_row,
            .compute = compute,
            .fill = pieces_fill,
        };
        code = table_run(&job, ctx);
    } else code = table_fail(st, arguments[0], ctx);
    growth_clear(&study);
    pieces_rows_clear(&study.rows);
    pieces_config_clear(c);
    qd_buf_clear(caption);
    qd_buf_clear(resolved);
    return code;
}

const cli_command command_table_pieces = {
    .name = "table pieces",
    .arguments = "CONFIG",
    .summary = "piece counts over architectures, kinds and seeds",
    .description = "Counts the patterns, regions and pieces of networks with one input, along a line, on a plane or in all\n"
                   "of the input space, exactly, for each architecture and neuron kind of the YAML file CONFIG, each way to\n"
                   "come by weights and a number of seeds: --seed, --seed + 1, and so on. Weights are drawn, on a grid,\n"
                   "Gaussian or at a distance from a conventional network, or trained, or read from files.\n"
                   "configs/pieces.yaml and configs/pieces-starts.yaml explain the keys.\n"
                   "\n"
                   "One row is one architecture, kind and start, with minimum, quartiles, mean and maximum over its networks,\n"
                   "and an upper bound of the number of regions that holds for every network of the row, two on a line.\n"
                   "equal_parameters: true puts conventional networks with as many parameters behind each other kind. Where a\n"
                   "network took more than max_seconds_per_network, or no engine is exact for it (quadratic, three and more\n"
                   "inputs), the status of its row is lower_bound and so are the row's counts.\n"
                   "\n"
                   "heuristic_hanin_rolnick: for N conventional relu units in dimension d, N^d / d!, about what random weights\n"
                   "are expected to give; a heuristic, no bound. Columns behind it are there where they have something to say.\n"
                   "against, more, fewer, p, p_holm: pieces compared seed by seed with those of the row of the first kind, a\n"
                   "wider conventional network with the one whose parameters it has: more and fewer pieces than that in so many\n"
                   "seeds, p of Wilcoxon's signed-rank test (two-sided, exact; none of lower bounds, or of more than 1000\n"
                   "networks), and corrected by Holm for all tests of the table. The rows at the end, with status fit: medians\n"
                   "grow like a power of the width or depth, with that exponent, by least squares on logarithms, and its\n"
                   "standard error; fit_of_lower_bounds where some of the medians are.\n"
                   "\n"
                   "With -o FILE, finished networks are kept in FILE.part; after --max-seconds or an interruption the\n"
                   "same command goes on from there, and the table comes out as if nothing had happened.\n",
    .examples = "  quadric table pieces configs/pieces.yaml\n"
                "  quadric table pieces configs/pieces.yaml --seed 7 --json\n"
                "  quadric table pieces configs/pieces-line.yaml -o out/line.csv --max-seconds 60\n"
                "  quadric table pieces configs/pieces-plane.yaml\n"
                "  quadric table pieces configs/pieces-starts.yaml\n",
    .options = table_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
