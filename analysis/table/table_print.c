/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the results in a ledger to the text of a table. */
#include "table/table_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool by_machines(qd_table_format f)
{
    return f == QD_CSV || f == QD_JSON_LINES;
}

/* The table without rows. Seed and version stand in columns where there is no caption. */
static void make_columns(qd_table_t t, const table_job *job, qd_table_format f, const qd_ctx_t ctx)
{
    qd_buf_t caption;
    job->columns(job->study, t);
    if (by_machines(f)) {
        qd_table_column(t, "seed", "seed", QD_CELL_NUMBER);
        qd_table_column(t, "version", "version", QD_CELL_STRING);
        return;
    }
    qd_buf_init(caption);
    qd_buf_printf(caption, "quadric %s: %s; seed %" PRIu64 ", version %s", job->command, job->caption, ctx->seed, QD_VERSION);
    qd_table_caption(t, qd_buf_str(caption));
    qd_buf_clear(caption);
}

/* Rows that lack a result; owned by the caller. */
static bool *open_rows(const table_job *job, const qd_ledger_struct *ledger)
{
    bool *open = qd_calloc((size_t) job->nrows + 1, sizeof *open);
    for (int64_t i = 0; i < job->nitems; i++)
        if (!ledger->there[i]) open[job->row(job->study, i)] = true;
    return open;
}

/* The row has its keys and says why it has no more. */
static void leave_open(qd_table_t t, int64_t row, int64_t nkeys, int64_t ncolumns)
{
    for (int64_t k = nkeys; k < ncolumns; k++) qd_table_set(t, row, k, "%s", strcmp(t->column[k].name, "status") == 0 ? "budget" : "");
}

void table__print(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger, qd_table_format f, const qd_ctx_t ctx)
{
    qd_table_t t;
    qd_table_init(t);
    make_columns(t, job, f, ctx);
    for (int64_t r = 0; r < job->nrows; r++) {
        qd_table_row(t);
        if (!by_machines(f)) continue;
        qd_table_set(t, r, t->ncolumns - 2, "%" PRIu64, ctx->seed);
        qd_table_set(t, r, t->ncolumns - 1, "%s", QD_VERSION);
    }
    bool *open = open_rows(job, ledger);
    job->fill(job->study, t, ledger->record, open);
    for (int64_t r = 0; r < job->nrows; r++)
        if (open[r]) leave_open(t, r, job->nkeys, t->ncolumns - (by_machines(f) ? 2 : 0));
    if (job->shown != NULL) {
        bool *keep = qd_calloc((size_t) job->nrows + 1, sizeof *keep);
        for (int64_t r = 0; r < job->nrows; r++) keep[r] = open[r] || job->shown(job->study, r, ledger->record);
        qd_table_keep(t, keep);
        free(keep);
    }
    qd_table_print(out, t, f);
    qd_table_clear(t);
    free(open);
}

void table__print_times(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger)
{
    qd_table_t t, times;
    double *sum = qd_calloc((size_t) job->nrows + 1, sizeof *sum);
    qd_table_init(t);
    qd_table_init(times);
    job->columns(job->study, t);
    for (int64_t r = 0; r < job->nrows; r++) qd_table_row(t);
    bool *open = open_rows(job, ledger);
    job->fill(job->study, t, ledger->record, open);
    for (int64_t k = 0; k < job->nkeys; k++) qd_table_column(times, t->column[k].name, t->column[k].title, t->column[k].type);
    qd_table_column(times, "time_s", "time (s)", QD_CELL_NUMBER);
    for (int64_t i = 0; i < job->nitems; i++) sum[job->row(job->study, i)] += ledger->seconds[i];
    for (int64_t r = 0; r < job->nrows; r++) {
        qd_table_row(times);
        for (int64_t k = 0; k < job->nkeys; k++) qd_table_set(times, r, k, "%s", t->cell[r][k]);
        qd_table_set(times, r, job->nkeys, "%.6f", sum[r]);
    }
    qd_table_print(out, times, QD_CSV);
    qd_table_clear(t);
    qd_table_clear(times);
    free(sum);
    free(open);
}

void table__beginning(qd_buf_t out, const table_job *job, qd_table_format f, const qd_ctx_t ctx)
{
    qd_table_t t;
    if (f == QD_LATEX) qd_buf_puts(out, "\\begin{table}\n\\centering\n\\caption{");
    if (!by_machines(f)) {
        qd_buf_printf(out, "quadric %s:", job->command);
        return;
    }
    qd_table_init(t);
    make_columns(t, job, f, ctx);
    if (f == QD_CSV) qd_table_print(out, t, f);
    else qd_buf_printf(out, "{\"%s\": ", t->column[0].name);
    qd_table_clear(t);
}
