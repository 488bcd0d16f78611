/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a study to a file: options, the loop over the items, the table and the times. */
#include "table/table_impl.h"

#include <inttypes.h>
#include <malloc.h>
#include <math.h>
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

/* ---- an existing file --------------------------------------------------------------------- */

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
    table__beginning(start, job, format, ctx);
    if ((st = qd_file_read(old, output, own)) != QD_OK) qd_ctx_prefix(ctx, st, own, "%s ", output);
    else if (strncmp(qd_buf_str(old), qd_buf_str(start), start->len) != 0)
        st = qd_fail(ctx, QD_EINPUT, "%s: the file is there and is no table of 'quadric %s'; it is left as it is", output, job->command);
    qd_buf_clear(old);
    qd_buf_clear(start);
    return st;
}

/* ---- the loop ----------------------------------------------------------------------------- */

/* One loop over items. */
typedef struct {
    table_work *work;
    const int64_t *item;
} table_loop;

static qd_status keep(table_work *w, int64_t item, double seconds, qd_ctx_t ctx)
{
    qd_status st = qd_ledger_add(w->ledger, item, seconds, ctx);
    qd_ctx_progress(ctx, "networks", __atomic_add_fetch(&w->done, 1, __ATOMIC_RELAXED), w->nopen);
    return st;
}

/* The budget of the whole run, on the clock of an item. */
static void share_budget(qd_ctx_t own, const qd_ctx_t ctx)
{
    qd_ctx_own(own, NULL);
    own->seed = ctx->seed;
    own->max_bytes = ctx->max_bytes;
    if (ctx->max_seconds > 0) own->max_seconds = fmax(ctx->max_seconds - qd_ctx_elapsed(ctx), 1e-3);
}

static qd_status compute(void *arg, int64_t k, qd_ctx_t ctx)
{
    const table_loop *loop = arg;
    table_work *w = loop->work;
    int64_t item = loop->item[k];
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK) return st;
    qd_ctx_t own; /* on this thread, with a clock and a message of its own */
    share_budget(own, ctx);
    double end = own->max_seconds;
    st = w->job->compute(w->job->study, qd_ledger_record(w->ledger, item), item, own);
    if (st == QD_OK) {
        st = w->keep(w, item, qd_ctx_elapsed(own), ctx);
    } else if (st == QD_EUNABLE && (end <= 0 || qd_ctx_elapsed(own) < end)) {
        qd_ctx_pass(w->why, st, own); /* others may need less memory */
        malloc_trim(0);
        st = QD_OK;
    } else qd_ctx_pass(ctx, st, own);
    return st;
}

qd_status table__compute(table_work *w, int64_t *item, int64_t n, qd_ctx_t ctx)
{
    table_loop loop = {w, item};
    return qd_exact_for(n, compute, &loop, ctx);
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
    table__print(out, w->job, w->ledger, format, ctx);
    qd_status st = qd_file_write(output, qd_buf_str(out), out->len, ctx);
    if (st == QD_OK && w->ledger->fd >= 0) {
        qd_buf_reset(out);
        table__print_times(out, w->job, w->ledger);
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
    table__print(out, w->job, w->ledger, f, ctx);
    int code = cli_print(out, EXIT_ANSWERED);
    qd_buf_clear(out);
    return code;
}

/* Some rows are open. */
static int incomplete(const table_work *w)
{
    fprintf(stderr, "quadric: %s: %" PRId64 " of %" PRId64 " networks are left out, as their rows say%s\n", qd_ctx_message(w->why),
            w->job->nitems - qd_ledger_done(w->ledger), w->job->nitems,
            w->ledger->fd >= 0 ? "; the same command with more memory computes them" : "");
    return EXIT_OPEN;
}

static int write_all(const table_work *w, qd_ctx_t ctx)
{
    if (to_stdout()) return print_stdout(w, format, ctx);
    qd_status st = write_files(w, ctx);
    cli_progress_end();
    if (st != QD_OK) return cli_fail(st, NULL, ctx);
    return cli_common.json ? print_stdout(w, QD_JSON_LINES, ctx) : EXIT_ANSWERED;
}

static int finish(const table_work *w, qd_ctx_t ctx)
{
    int code = write_all(w, ctx);
    return code == EXIT_ANSWERED && qd_ledger_done(w->ledger) < w->job->nitems ? incomplete(w) : code;
}

/* Rank 0, which is all there is without MPI. */
static int run_first(table_work *w, qd_ctx_t ctx)
{
    qd_status st = open_ledger(w, ctx);
    bool began = st == QD_OK;
    if (began) w->nopen = table_ledger_open_items(&w->open, w->ledger);
    st = table__ranks_share(w, st, ctx);
    if (!began) return cli_fail(st, NULL, ctx);
    if (st == QD_EUNABLE) return stopped(w, ctx);
    int code = st == QD_OK ? finish(w, ctx) : cli_fail(st, NULL, ctx);
    if (code == EXIT_ANSWERED) qd_ledger_remove(w->ledger);
    return code;
}

/* What a result depends on, as in the ledger. */
static void describe_work(qd_buf_t out, const table_job *job, const qd_ctx_t ctx)
{
    qd_buf_printf(out, "%s, version %s, seed %" PRIu64 ", %s, %" PRId64 " items", job->command, QD_VERSION, ctx->seed, job->resolved,
                  job->nitems);
}

int table_run(const table_job *job, qd_ctx_t ctx)
{
    table_work w = {.job = job, .keep = keep};
    qd_buf_t work;
    qd_buf_init(work);
    describe_work(work, job, ctx);
    qd_ctx_own(w.why, NULL);
    qd_ledger_init(w.ledger, job->field, job->size, job->nitems);
    qd_status st = table__ranks_agree(NULL, qd_buf_str(work), ctx);
    int code = EXIT_ANSWERED;
    if (table__rank() > 0 && st == QD_OK) table__ranks_share(&w, st, ctx);
    else if (table__rank() == 0) code = st == QD_OK ? run_first(&w, ctx) : cli_fail(st, NULL, ctx);
    code = table__ranks_end(code);
    qd_ledger_clear(w.ledger);
    qd_buf_clear(work);
    free(w.open);
    return code;
}

int table_fail(qd_status st, const char *path, qd_ctx_t ctx)
{
    if (table__nranks() == 1) return cli_fail(st, path, ctx);
    qd_ctx_t all;
    qd_buf_t said;
    qd_buf_init(said);
    qd_ctx_own(all, NULL);
    qd_buf_printf(said, "%s: %s", path, qd_ctx_message(ctx));
    table__ranks_agree(qd_buf_str(said), "", all);
    qd_buf_clear(said);
    return table__ranks_end(table__rank() == 0 ? cli_fail(st, NULL, all) : EXIT_BAD);
}
