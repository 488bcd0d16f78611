/* The folder of a study. */
#include "train/compare_impl.h"

#include <dirent.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

void compare__path(qd_buf_t path, const comparison *c, const char *name)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/%s", qd_buf_str(c->dir), name);
}

/* Runs on the way of another study. */
static void remove_parts(const comparison *c)
{
    qd_buf_t path;
    qd_buf_init(path);
    compare__path(path, c, "part");
    DIR *dir = opendir(qd_buf_str(path));
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        qd_buf_reset(path);
        qd_buf_printf(path, "%s/part/%s", qd_buf_str(c->dir), e->d_name);
        if (strstr(e->d_name, ".safetensors") != NULL) unlink(qd_buf_str(path));
    }
    if (dir != NULL) closedir(dir);
    qd_buf_clear(path);
}

/* What a study writes beside study.json. */
static const char *const results[] = {"runs.part", "runs.csv",  "times.csv", "table.txt", "table.csv", "table.md",
                                      "table.tex", "tests.txt", "tests.csv", "tests.md",  "tests.tex"};
#define NRESULTS ((int) (sizeof results / sizeof *results))

/* A folder for a new study; the files of another one, or of somebody else, go only by --force. */
static qd_status new_folder(const comparison *c, bool there, const qd_buf_struct *text, qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_status st = QD_OK;
    if (there && !c->force)
        st = qd_fail(ctx, QD_EINPUT, "%s holds another study, seed or version; --force replaces it", qd_buf_str(c->dir));
    for (int i = 0; i < NRESULTS && st == QD_OK && !c->force; i++) {
        compare__path(path, c, results[i]);
        if (access(qd_buf_str(path), F_OK) == 0)
            st = qd_fail(ctx, QD_EINPUT, "%s is there, and no study that it belongs to; --force replaces it", qd_buf_str(path));
    }
    compare__path(path, c, "part");
    if (st == QD_OK) st = qd_folder_make(qd_buf_str(path), ctx);
    if (st == QD_OK) remove_parts(c);
    for (int i = 0; i < NRESULTS && st == QD_OK; i++) {
        compare__path(path, c, results[i]);
        unlink(qd_buf_str(path));
    }
    compare__path(path, c, "study.json");
    if (st == QD_OK) st = qd_file_write(qd_buf_str(path), qd_buf_str(text), text->len, ctx);
    qd_buf_clear(path);
    return st;
}

/* The study in the folder must be this one; --force replaces another. */
qd_status compare__open(comparison *c, qd_ctx_t ctx)
{
    qd_buf_t path, old, text;
    qd_json_t w;
    qd_buf_init(path);
    qd_buf_init(old);
    qd_buf_init(text);
    qd_json_init(w, text);
    qd_json_object(w, NULL);
    qd_json_string(w, "version", QD_VERSION);
    qd_json_uint(w, "seed", c->study->first_seed);
    qd_json_raw(w, "study", qd_buf_str(c->study->resolved));
    qd_json_end(w);
    qd_json_finish(w);
    if (c->folder != NULL) qd_buf_puts(c->dir, c->folder);
    else qd_buf_printf(c->dir, "out/%s", c->study->name);
    compare__path(path, c, "study.json");
    bool there = access(qd_buf_str(path), F_OK) == 0;
    qd_status st = there ? qd_file_read(old, qd_buf_str(path), ctx) : QD_OK;
    bool same = there && !strcmp(qd_buf_str(old), qd_buf_str(text));
    compare__path(path, c, "part");
    if (st == QD_OK) st = same ? qd_folder_make(qd_buf_str(path), ctx) : new_folder(c, there, text, ctx);
    qd_buf_clear(path);
    qd_buf_clear(old);
    qd_buf_clear(text);
    return st;
}

qd_status compare__open_state(comparison *c, qd_ctx_t ctx)
{
    qd_buf_t path, header;
    qd_buf_init(path);
    qd_buf_init(header);
    const table_job job = {.command = "compare", .resolved = qd_buf_str(c->study->resolved), .nitems = c->nitems};
    compare__path(path, c, "runs.part");
    table_state_header(header, &job, c->study->first_seed);
    qd_status st = table_state_open(&c->state, qd_buf_str(path), qd_buf_str(header), &c->results, ctx);
    qd_buf_clear(path);
    qd_buf_clear(header);
    if (st != QD_OK) return st;
    c->open = qd_malloc((size_t) c->nitems * sizeof *c->open);
    for (int64_t i = 0; i < c->nitems; i++)
        if (!c->results.there[i]) c->open[c->nopen++] = i;
    return QD_OK;
}
