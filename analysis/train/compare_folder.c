/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder of a study. */
#include "train/compare_impl.h"

#include <stdlib.h>

static const char *const files[] = {"runs.part", "runs.csv",  "pieces.csv", "times.csv", "table.txt", "table.csv", "table.md",
                                    "table.tex", "tests.txt", "tests.csv",  "tests.md",  "tests.tex", NULL};

static const qd_folder_kind kind = {
    .what = "study", .replace = "--force replaces it", .identity = "study.json", .files = files, .parts = "part"};

/* Of all data and networks that the runs read; the configuration is the study's own. */
static uint64_t data_digest(const comparison *c)
{
    int64_t n = c->nitems / c->study->seeds;
    uint64_t *part = qd_malloc(3 * (size_t) n * sizeof *part);
    for (int64_t i = 0; i < n; i++) {
        part[3 * i] = c->digest[i].train;
        part[3 * i + 1] = c->digest[i].test;
        part[3 * i + 2] = c->digest[i].from;
    }
    uint64_t digest = qd_hash((const char *) part, 3 * (size_t) n * sizeof *part);
    free(part);
    return digest;
}

qd_status compare__open(comparison *c, const char *path, bool force, qd_ctx_t ctx)
{
    const char *resolved = qd_buf_str(c->study->resolved);
    qd_buf_t text, name;
    qd_json_t w;
    qd_buf_init(text);
    qd_buf_init(name);
    qd_json_init(w, text);
    qd_json_object(w, NULL);
    qd_json_string(w, "version", QD_VERSION);
    qd_json_uint(w, "seed", c->study->first_seed);
    qd_json_raw(w, "study", resolved);
    qd_json_end(w);
    qd_json_finish(w);
    if (path != NULL) qd_buf_puts(name, path);
    else qd_buf_printf(name, "out/%s", qd_buf_str(c->study->name));
    qd_status st = qd_folder_open(c->folder, &kind, qd_buf_str(name), qd_buf_str(text), force ? QD_FOLDER_REPLACE : QD_FOLDER_NEW, ctx);
    uint64_t data = data_digest(c);
    if (st == QD_OK) st = table_ledger_open(c->ledger, qd_folder_path(name, c->folder, "runs.part"), "compare", resolved, &data, ctx);
    if (st == QD_OK) c->nopen = table_ledger_open_items(&c->open, c->ledger);
    qd_buf_clear(text);
    qd_buf_clear(name);
    return st;
}
