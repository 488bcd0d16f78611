/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a study to a file: options, the loop over the items, the table and the times. */
#include "table/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exact/exact.h"

static const char *output, *format_name;
static qd_table_format format = QD_TEXT;

const opt_spec table_options[] = {
    {"output", 'o', OPT_OUTPUT, "FILE", &output, 0, 0,
     "write the table to FILE, with its state in FILE.part and the times in FILE.times.csv; the suffix (.txt .csv .md .tex .json) "
     "picks the format"},
    {"format", 0, OPT_TEXT, "FORMAT", &format_name, 0, 0, "text, csv, markdown, latex or json, whatever the suffix (default: text)"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

/* ---- options ------------------------------------------------------------------------------ */

static bool to_stdout(void)
{
    return output == NULL || strcmp(output, "-") == 0;
}

static bool format_from_name(const char *name)
{
    static const char *const names[] = {"text", "csv", "markdown", "latex", "json"};
    static const qd_table_format formats[] = {QD_TEXT, QD_CSV, QD_MARKDOWN, QD_LATEX, QD_JSON_LINES};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            format = formats[i];
            return true;
        }
    return false;
}

int table_check_options(const char *command)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    if (format_name != NULL && !format_from_name(format_name))
        return cli_usage(command, "--format: found '%.60s', expected text, csv, markdown, latex or json", format_name);
    if (cli_common.json && to_stdout() && format_name != NULL && format != QD_JSON_LINES)
        return cli_usage(command, "--json and --format %s exclude each other", format_name);
    if (format_name == NULL && !to_stdout() && qd_table_format_from_path(&format, output, ctx) != QD_OK)
        return cli_usage(command, "-o: %s", qd_ctx_message(ctx));
    if (to_stdout() && cli_common.json) format = QD_JSON_LINES;
    return EXIT_ANSWERED;
}

/* ---- the table ---------------------------------------------------------------------------- */

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

static void print_table(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger, qd_table_format f, const qd_ctx_t ctx)
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
    job->fill(job->study, t, ledger->record);
    if (job->shown != NULL) {
        bool *keep = qd_calloc((size_t) job->nrows + 1, sizeof *keep);
        for (int64_t r = 0; r < job->nrows; r++) keep[r] = job->shown(job->study, r, ledger->record);
        qd_table_keep(t, keep);
        free(keep);
    }
    qd_table_print(out, t, f);
    qd_table_clear(t);
}

/* The keys of the rows and the seconds that their items took, all threads together. */
static void print_times(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger)
{
    qd_table_t t, times;
    double *sum = qd_calloc((size_t) job->nrows + 1, sizeof *sum);
    qd_table_init(t);
    qd_table_init(times);
    job->columns(job->study, t);
    for (int64_t r = 0; r < job->nrows; r++) qd_table_row(t);
    job->fill(job->study, t, ledger->record);
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
}

/* ---- an existing file --------------------------------------------------------------------- */

/* How every table of this command begins in this format. */
static void beginning(qd_buf_t out, const table_job *job, const qd_ctx_t ctx)
{
    qd_table_t t;
    if (format == QD_LATEX) qd_buf_puts(out, "\\begin{table}\n\\centering\n\\caption{");
    if (!by_machines(format)) {
        qd_buf_printf(out, "quadric %s:", job->command);
        return;
    }
    qd_table_init(t);
    make_columns(t, job, format, ctx);
    if (format == QD_CSV) qd_table_print(out, t, format);
    else qd_buf_printf(out, "{\"%s\": ", t->column[0].name);
    qd_table_clear(t);
}

/* A table takes the place of an older one, but of nothing else: -o may have been given the wrong name. */
static qd_status check_old(const table_job *job, qd_ctx_t ctx)
{
    struct stat s;
    qd_status st = QD_OK;
    if (stat(output, &s) != 0 || !S_ISREG(s.st_mode) || s.st_size == 0) return QD_OK;
    qd_buf_t old, start;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_buf_init(old);
    qd_buf_init(start);
    beginning(start, job, ctx);
    if ((st = qd_file_read(old, output, own)) != QD_OK) qd_ctx_prefix(ctx, st, own, "%s ", output);
    else if (strncmp(qd_buf_str(old), qd_buf_str(start), start->len) != 0)
        st = qd_fail(ctx, QD_EINPUT, "%s: the file is there and is no table of 'quadric %s'; it is left as it is", output, job->command);
    qd_buf_clear(old);
    qd_buf_clear(start);
    return st;
}

/* ---- the loop ----------------------------------------------------------------------------- */

typedef struct {
    const table_job *job;
    int64_t *open, nopen; /* the items to do, ascending */
    qd_ledger_t ledger;
    int64_t done; /* of the open ones */
} table_work;

static qd_status compute(void *arg, int64_t k, qd_ctx_t ctx)
{
    table_work *w = arg;
    int64_t item = w->open[k];
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK) return st;
    qd_ctx_t own;
    qd_ctx_own(own, NULL); /* on this thread, with a clock and a message of its own */
    own->seed = ctx->seed;
    own->max_bytes = ctx->max_bytes;
    st = w->job->compute(w->job->study, qd_ledger_record(w->ledger, item), item, own);
    if (st == QD_OK) {
        st = qd_ledger_add(w->ledger, item, qd_ctx_elapsed(own), ctx);
    } else qd_ctx_pass(ctx, st, own);
    int64_t done = __atomic_add_fetch(&w->done, 1, __ATOMIC_RELAXED);
    qd_ctx_progress(ctx, "networks", done, w->nopen);
    return st;
}

static qd_status check_times(qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_buf_printf(path, "%s.times.csv", output);
    qd_status st = qd_file_check(qd_buf_str(path), ctx);
    qd_buf_clear(path);
    return st;
}

static qd_status open_ledger(table_work *w, qd_ctx_t ctx)
{
    struct stat s;
    if (to_stdout()) return QD_OK;
    qd_status st;
    bool device = stat(output, &s) == 0 && !S_ISREG(s.st_mode);
    if (device) return QD_OK;
    if ((st = check_times(ctx)) != QD_OK || (st = check_old(w->job, ctx)) != QD_OK) return st;
    qd_buf_t path;
    qd_buf_init(path);
    qd_buf_printf(path, "%s.part", output);
    st = table_ledger_open(w->ledger, qd_buf_str(path), w->job->command, w->job->resolved, NULL, ctx);
    qd_buf_clear(path);
    return st;
}

static int stopped(const table_work *w, qd_ctx_t ctx)
{
    cli_progress_end();
    fprintf(stderr, "quadric: %s: stopped after %" PRId64 " of %" PRId64 " networks; %s\n", qd_ctx_message(ctx), qd_ledger_done(w->ledger),
            w->job->nitems,
            w->ledger->fd >= 0 ? "the same command goes on from there" : "with -o FILE the same command would go on from there");
    return EXIT_OPEN;
}

static qd_status write_files(const table_work *w, qd_ctx_t ctx)
{
    qd_buf_t out, path;
    qd_buf_init(out);
    qd_buf_init(path);
    print_table(out, w->job, w->ledger, format, ctx);
    qd_status st = qd_file_write(output, qd_buf_str(out), out->len, ctx);
    if (st == QD_OK && w->ledger->fd >= 0) {
        qd_buf_reset(out);
        print_times(out, w->job, w->ledger);
        qd_buf_printf(path, "%s.times.csv", output);
        st = qd_file_write(qd_buf_str(path), qd_buf_str(out), out->len, ctx);
    }
    qd_buf_clear(out);
    qd_buf_clear(path);
    return st;
}

static int print_stdout(const table_work *w, qd_table_format f, const qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_buf_init(out);
    print_table(out, w->job, w->ledger, f, ctx);
    int code = cli_print(out, EXIT_ANSWERED);
    qd_buf_clear(out);
    return code;
}

static int finish(const table_work *w, qd_ctx_t ctx)
{
    if (to_stdout()) return print_stdout(w, format, ctx);
    qd_status st = write_files(w, ctx);
    cli_progress_end();
    if (st != QD_OK) return cli_fail(st, NULL, ctx);
    return cli_common.json ? print_stdout(w, QD_JSON_LINES, ctx) : EXIT_ANSWERED;
}

int table_run(const table_job *job, qd_ctx_t ctx)
{
    table_work w = {.job = job};
    int code;
    qd_ledger_init(w.ledger, job->field, job->size, job->nitems);
    qd_status st = open_ledger(&w, ctx);
    if (st != QD_OK) {
        code = cli_fail(st, NULL, ctx);
        goto done;
    }
    w.nopen = table_ledger_open_items(&w.open, w.ledger);
    st = qd_exact_for(w.nopen, compute, &w, ctx);
    if (st == QD_EUNABLE) code = stopped(&w, ctx);
    else code = st == QD_OK ? finish(&w, ctx) : cli_fail(st, NULL, ctx);
    if (code == EXIT_ANSWERED) qd_ledger_remove(w.ledger);
done:
    qd_ledger_clear(w.ledger);
    free(w.open);
    return code;
}
