/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of a study: the files, and what is printed. */
#include "train/compare_impl.h"

#include <inttypes.h>

#include "cli/cli.h"

static qd_status write_table(const comparison *c, const qd_table_struct *t, const char *name, const char *suffix, qd_table_format format,
                             qd_ctx_t ctx)
{
    qd_buf_t file, out;
    qd_buf_init(file);
    qd_buf_init(out);
    qd_buf_printf(file, "%s%s", name, suffix);
    qd_table_print(out, t, format);
    qd_status st = qd_folder_write(c->folder, qd_buf_str(file), out, ctx);
    qd_buf_clear(file);
    qd_buf_clear(out);
    return st;
}

static bool any_labels(const comparison *c, const compare_result *r)
{
    bool any = false;
    for (int64_t i = 0; i < c->nitems; i++) any |= r[i].labels != 0;
    return any;
}

static void caption(qd_table_t t, const comparison *c, bool labels, const char *what)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_printf(text, "quadric compare: %s: %s%s; first seed %" PRIu64 ", version %s", qd_buf_str(c->study->name),
                  labels ? "" : "mean squared ", what, c->study->first_seed, QD_VERSION);
    qd_table_caption(t, qd_buf_str(text));
    qd_buf_clear(text);
}

static qd_status write_all(const comparison *c, const qd_table_struct *t, const char *name, qd_ctx_t ctx)
{
    static const char *const suffix[] = {".txt", ".csv", ".md", ".tex"};
    static const qd_table_format format[] = {QD_TEXT, QD_CSV, QD_MARKDOWN, QD_LATEX};
    qd_status st = QD_OK;
    for (int i = 0; i < 4 && st == QD_OK; i++) st = write_table(c, t, name, suffix[i], format[i], ctx);
    return st;
}

#define SUMMARY "test errors over seeds (collapsed runs rank last)"
#define TESTS                                                                                                                              \
    "test errors seed by seed against another's; p: Wilcoxon's signed-rank test, two-sided, exact; p Holm: corrected for all tests here"

qd_status compare__write(const comparison *c, qd_ctx_t ctx)
{
    const compare_result *r = (const void *) c->ledger->record;
    qd_table_t runs, counts, summary, tests;
    qd_table_init(runs);
    qd_table_init(counts);
    qd_table_init(summary);
    qd_table_init(tests);
    compare_runs_table(runs, c->study, r);
    compare_counts_table(counts, c->study, r);
    compare_summary_table(summary, c->study, r, NULL);
    compare_tests_table(tests, c->study, r);
    caption(summary, c, any_labels(c, r), SUMMARY);
    caption(tests, c, any_labels(c, r), TESTS);
    qd_status st = write_table(c, runs, "runs", ".csv", QD_CSV, ctx);
    if (st == QD_OK && c->study->counted) st = write_table(c, counts, "pieces", ".csv", QD_CSV, ctx);
    if (st == QD_OK) st = write_all(c, summary, "table", ctx);
    if (st == QD_OK) st = write_all(c, tests, "tests", ctx);
    qd_table_clear(runs);
    qd_table_clear(counts);
    qd_table_clear(summary);
    qd_table_clear(tests);
    return st;
}

qd_status compare__write_times(const comparison *c, qd_ctx_t ctx)
{
    qd_buf_t out, name;
    qd_buf_init(out);
    qd_buf_init(name);
    qd_buf_puts(out, "run,seconds\n");
    for (int64_t i = 0; i < c->nitems; i++) {
        qd_buf_reset(name);
        compare_item_name(name, c->study, i);
        qd_csv_print(out, qd_buf_str(name), true);
        qd_buf_printf(out, ",%.3f\n", c->ledger->seconds[i]);
    }
    qd_status st = qd_folder_write(c->folder, "times.csv", out, ctx);
    qd_buf_clear(out);
    qd_buf_clear(name);
    return st;
}

int compare__print(const comparison *c)
{
    const compare_result *r = (const void *) c->ledger->record;
    qd_table_t summary, tests;
    qd_buf_t out;
    qd_table_init(summary);
    qd_table_init(tests);
    qd_buf_init(out);
    compare_summary_table(summary, c->study, r, c->ledger->seconds);
    compare_tests_table(tests, c->study, r);
    caption(summary, c, any_labels(c, r), SUMMARY);
    caption(tests, c, any_labels(c, r), TESTS);
    qd_table_format format = cli_common.json ? QD_JSON_LINES : QD_TEXT;
    qd_table_print(out, summary, format);
    if (tests->nrows > 0 && !cli_common.json) {
        qd_buf_puts(out, "\n");
        qd_table_print(out, tests, format);
    }
    if (!cli_common.json) qd_buf_printf(out, "\nfolder %s\n", qd_buf_str(c->folder->path));
    int code = cli_print(out, EXIT_ANSWERED);
    qd_buf_clear(out);
    qd_table_clear(summary);
    qd_table_clear(tests);
    return code;
}
