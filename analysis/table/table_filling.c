/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table filling: which widths express nearly every polynomial of their degree, and which of these are minimal?

   Minimal is true only where each immediate predecessor is certified not to fill, by an upper bound below the ambient dimension; where the
   bound is not sharp enough the row names it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "table/dimension_config.h"
#include "table/table.h"

static int64_t item_row(const void *study, int64_t item)
{
    (void) study;
    return item;
}

/* ---- one family --------------------------------------------------------------------------- */

static qd_status minimality(dimension_record *d, const qd_arch *spec, qd_ctx_t ctx)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch open = *spec;
    qd_buf_t text;
    open.width = width;
    qd_status st = qd_variety_minimal(&d->minimal, width, spec, ctx);
    if (st != QD_OK || d->minimal != QD_UNKNOWN) return st;
    qd_buf_init(text);
    qd_arch_print_widths(text, &open, ",");
    free(d->open);
    d->open = qd_strdup(qd_buf_str(text));
    qd_buf_clear(text);
    return QD_OK;
}

static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    const dimension_config *c = study;
    dimension_record *d = result;
    qd_arch spec = dimension_config_item(c, item);
    qd_variety_result_t r;
    qd_variety_result_init(r);
    qd_status st = qd_variety_dimension(r, &spec, &qd_variety_defaults, ctx);
    if (st == QD_OK) {
        dimension_record_set(d, r);
        if (d->filling == QD_TRUE) st = minimality(d, &spec, ctx);
    }
    if (st == QD_OK && spec.neuron.kind == QD_LINEAR && c->max_power > 0)
        st = qd_variety_threshold(&d->threshold, &spec, c->max_power, ctx);
    qd_variety_result_clear(r);
    return st;
}

/* ---- the table ---------------------------------------------------------------------------- */

enum { BIASES = 3, PARAMETERS, AMBIENT, DIMENSION, STATUS, FILLING, MINIMAL, OPEN_PREDECESSOR, UNIMODAL, THRESHOLD };

static void columns(const void *study, qd_table_t t)
{
    const dimension_config *c = study;
    qd_buf_t title;
    dimension_key_columns(t);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "ambient", "ambient", QD_CELL_NUMBER);
    qd_table_column(t, "dimension", "dimension", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    qd_table_column(t, "filling", "filling", QD_CELL_NUMBER);
    qd_table_column(t, "minimal", "minimal", QD_CELL_NUMBER);
    qd_table_column(t, "open_predecessor", "open predecessor", QD_CELL_STRING);
    qd_table_column(t, "unimodal", "unimodal", QD_CELL_NUMBER);
    if (c->max_power == 0) return;
    qd_buf_init(title);
    qd_buf_printf(title, "threshold within powers 2..%" PRId64, c->max_power);
    qd_table_column(t, "activation_threshold_tested", qd_buf_str(title), QD_CELL_NUMBER);
    qd_buf_clear(title);
}

static bool shown(const void *study, int64_t row, const void *results)
{
    const dimension_config *c = study;
    const dimension_record *d = results;
    return !c->minimal_only || d[row].minimal != QD_FALSE;
}

static void fill_row(qd_table_t t, int64_t row, const dimension_config *c, const dimension_record *d)
{
    qd_arch spec = dimension_config_item(c, row);
    dimension_set_keys(t, row, &spec);
    qd_table_set(t, row, PARAMETERS, "%" PRId64, d->parameters);
    qd_table_set(t, row, AMBIENT, "%s", d->ambient);
    qd_table_set(t, row, DIMENSION, "%" PRId64, d->lower);
    qd_table_set(t, row, STATUS, "%s", dimension_status(d->lower, d->upper, d->log2_failure));
    dimension_set_truth(t, row, FILLING, d->filling);
    dimension_set_truth(t, row, MINIMAL, d->minimal);
    qd_table_set(t, row, OPEN_PREDECESSOR, "%s", d->open);
    dimension_set_truth(t, row, UNIMODAL, qd_variety_unimodal(&spec) ? QD_TRUE : QD_FALSE);
    if (c->max_power > 0 && d->threshold > 0) qd_table_set(t, row, THRESHOLD, "%" PRId64, d->threshold);
}

static void fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    const dimension_record *d = results;
    for (int64_t row = 0; row < t->nrows; row++) {
        qd_arch spec = dimension_config_item(study, row);
        if (open[row]) dimension_set_keys(t, row, &spec);
        else fill_row(t, row, study, d + row);
    }
}

/* ---- the command -------------------------------------------------------------------------- */

static int run(int n, char **arguments)
{
    (void) n;
    table_job job = {
        .command = "table filling",
        .nkeys = BIASES + 1,
        .columns = columns,
        .row = item_row,
        .compute = compute,
        .fill = fill,
        .shown = shown,
    };
    return dimension_config_table(&job, "filling", DIMENSION_FILLING, arguments[0]);
}

const cli_command command_table_filling = {
    .name = "table filling",
    .arguments = "CONFIG",
    .summary = "minimal widths that express nearly all polynomials of their degree",
    .description = "For every family that the YAML file CONFIG lists: does its functional variety fill the ambient space,\n"
                   "and is it minimal, that is, does no family with one unit less in one hidden layer fill?\n"
                   "configs/filling.yaml explains the keys.\n"
                   "\n"
                   "filling and minimal are true or false only where that is certified: filling by the rank, not filling\n"
                   "by an upper bound. An empty cell is open, and open_predecessor names the first predecessor that is.\n"
                   "To fill is to be dense over the complex numbers: over the reals a filling family may miss an open\n"
                   "set. (2,2,1 with power:3 fills the cubic forms, but x^3 - 3 x y^2 is no sum of two real cubes.)\n"
                   "unimodal: the widths rise, then fall. activation_threshold_tested: the smallest power from which on\n"
                   "the dimension is the expected one, within the tested powers; empty when it is not at the largest one.\n"
                   "With minimal_only in CONFIG only rows that are minimal or open are printed.\n"
                   "\n"
                   "With -o FILE, finished rows are kept in FILE.part; after --max-seconds or an interruption the same\n"
                   "command goes on from there, and the table comes out as if nothing had happened.\n",
    .examples = "  quadric table filling configs/filling.yaml\n  quadric table filling configs/filling.yaml -o out/filling.csv\n",
    .options = table_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
