/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table dimension: dimensions over widths, neurons, last layers and biases. One item and one row is one family. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "dimension/dimension.h"
#include "table/dimension_config.h"
#include "table/table.h"

/* ---- items -------------------------------------------------------------------------------- */

static int64_t item_row(const void *study, int64_t item)
{
    (void) study;
    return item;
}

static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    qd_arch spec = dimension_config_item(study, item);
    qd_variety_result_t r;
    qd_variety_result_init(r);
    qd_status st = qd_variety_dimension(r, &spec, &qd_variety_defaults, ctx);
    if (st == QD_OK) dimension_record_set(result, r);
    qd_variety_result_clear(r);
    return st;
}

/* ---- the table ---------------------------------------------------------------------------- */

enum { BIASES = 3, PARAMETERS, AMBIENT, DIMENSION, STATUS, FAILURE, UPPER, CERTIFICATE, FILLING, EXPECTED, DEFECT, FIBRE, IDENTIFIABLE };

static void columns(const void *study, qd_table_t t)
{
    (void) study;
    dimension_key_columns(t);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "ambient", "ambient", QD_CELL_NUMBER);
    qd_table_column(t, "dimension", "dimension", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    qd_table_column(t, "failure_probability", "failure", QD_CELL_NUMBER);
    qd_table_column(t, "upper", "upper", QD_CELL_NUMBER);
    qd_table_column(t, "upper_certificate", "by", QD_CELL_STRING);
    qd_table_column(t, "filling", "filling", QD_CELL_NUMBER);
    qd_table_column(t, "expected", "expected", QD_CELL_NUMBER);
    qd_table_column(t, "defect", "defect", QD_CELL_NUMBER);
    qd_table_column(t, "fibre_dimension", "fibre", QD_CELL_NUMBER);
    qd_table_column(t, "finitely_identifiable", "identifiable", QD_CELL_NUMBER);
}

static void fill_row(qd_table_t t, int64_t row, const qd_arch *spec, const dimension_record *r)
{
    qd_buf_t text;
    qd_buf_init(text);
    dimension_set_keys(t, row, spec);
    qd_table_set(t, row, PARAMETERS, "%" PRId64, r->parameters);
    qd_table_set(t, row, AMBIENT, "%s", r->ambient);
    qd_table_set(t, row, DIMENSION, "%" PRId64, r->lower);
    qd_table_set(t, row, STATUS, "%s", dimension_status(r->lower, r->upper, r->log2_failure));
    if (r->lower != r->upper && r->log2_failure < 0) dimension_print_failure(text, r->log2_failure);
    qd_table_set(t, row, FAILURE, "%s", qd_buf_str(text));
    qd_table_set(t, row, UPPER, "%" PRId64, r->upper);
    qd_table_set(t, row, CERTIFICATE, "%s", qd_variety_certificate_name(r->certificate));
    dimension_set_truth(t, row, FILLING, r->filling);
    qd_table_set(t, row, EXPECTED, "%" PRId64, r->expected);
    qd_table_set(t, row, DEFECT, "%" PRId64, r->expected - r->lower);
    qd_table_set(t, row, FIBRE, "%" PRId64, r->parameters - r->lower);
    dimension_set_truth(t, row, IDENTIFIABLE, r->identifiable);
    qd_buf_clear(text);
}

static void fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    const dimension_record *r = results;
    for (int64_t row = 0; row < t->nrows; row++) {
        qd_arch spec = dimension_config_item(study, row);
        if (open[row]) dimension_set_keys(t, row, &spec);
        else fill_row(t, row, &spec, r + row);
    }
}

/* ---- the command -------------------------------------------------------------------------- */

static int run(int n, char **arguments)
{
    (void) n;
    table_job job = {
        .command = "table dimension",
        .nkeys = BIASES + 1,
        .columns = columns,
        .row = item_row,
        .compute = compute,
        .fill = fill,
    };
    return dimension_config_table(&job, "dimension", DIMENSION_TABLE, arguments[0]);
}

const cli_command command_table_dimension = {
    .name = "table dimension",
    .arguments = "CONFIG",
    .summary = "dimensions of functional varieties over widths and neurons",
    .description = "The dimension of every family that the YAML file CONFIG lists: widths, neurons, last layers, biases.\n"
                   "configs/dimension.yaml explains the keys; 'quadric dimension --help' explains the columns.\n"
                   "\n"
                   "status: proved, where rank and upper bound meet; probable, with a valid bound of the probability that\n"
                   "the rank is too small; lower_bound, where nothing valid can be said. An empty cell is not decided.\n"
                   "filling: dense in the ambient space over the complex numbers.\n"
                   "\n"
                   "With -o FILE, finished rows are kept in FILE.part; after --max-seconds or an interruption the same\n"
                   "command goes on from there, and the table comes out as if nothing had happened.\n",
    .examples = "  quadric table dimension configs/dimension.yaml\n  quadric table dimension configs/dimension.yaml -o out/dimension.csv\n",
    .options = table_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
