/* The folder of `quadric train`. */
#include "train/train_job.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(qd_buf_t path, const train_job *j, const char *name)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/%s", qd_buf_str(j->dir), name);
    return qd_buf_str(path);
}

qd_status train__write(const train_job *j, const char *name, const qd_buf_struct *text, qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_status st = qd_file_write(path_of(path, j, name), qd_buf_str(text), text->len, ctx);
    qd_buf_clear(path);
    return st;
}

qd_status train__write_model(const train_job *j, const char *name, bool state, qd_ctx_t ctx)
{
    qd_st_t st;
    qd_buf_t path;
    qd_st_init(st);
    qd_buf_init(path);
    qd_run_save(st, j->run, state);
    if (state) qd_st_set_meta(st, "pieces", qd_buf_str(j->pieces));
    qd_status status = qd_st_write(path_of(path, j, name), st, ctx);
    qd_buf_clear(path);
    qd_st_clear(st);
    return status;
}

static void remove_file(const train_job *j, const char *name)
{
    qd_buf_t path;
    qd_buf_init(path);
    unlink(path_of(path, j, name));
    qd_buf_clear(path);
}

static bool exists(const train_job *j, const char *name)
{
    qd_buf_t path;
    qd_buf_init(path);
    bool yes = access(path_of(path, j, name), F_OK) == 0;
    qd_buf_clear(path);
    return yes;
}

/* What there is to see of the run while it goes on; the checkpoint last, since it is what counts. */
qd_status train__save(train_job *j, qd_ctx_t ctx)
{
    double s = qd_ctx_elapsed(ctx) - j->started_s;
    size_t before = j->times->len;
    qd_buf_printf(j->times, "%ld,%.3f,%.1f\n", (long) j->run->optim->step, s, j->images / s);
    qd_status st = train__write(j, "metrics.csv", j->run->metrics, ctx);
    if (st == QD_OK && j->piece_every > 0) st = train__write(j, "pieces.csv", j->pieces, ctx);
    if (st == QD_OK && j->images > 0) st = train__write(j, "times.csv", j->times, ctx);
    j->times->len = before;
    return st == QD_OK ? train__write_model(j, "checkpoint.safetensors", true, ctx) : st;
}

/* A folder for a new run; the files of another one, or of somebody else, go only by --force. */
static qd_status new_folder(const train_job *j, qd_ctx_t ctx)
{
    static const char *const files[] = {"summary.json", "checkpoint.safetensors", "model.safetensors", "metrics.csv", "pieces.csv",
                                        "times.csv"};
    const int n = sizeof files / sizeof *files;
    const char *dir = qd_buf_str(j->dir);
    if (exists(j, "config.json") && !j->force)
        return qd_fail(ctx, QD_EINPUT, "%s holds a run already; --resume goes on with it, --force replaces it", dir);
    for (int i = 0; i < n && !j->force; i++)
        if (exists(j, files[i]))
            return qd_fail(ctx, QD_EINPUT, "%s/%s is there, and no run that it belongs to; --force replaces it", dir, files[i]);
    qd_status st = qd_folder_make(dir, ctx);
    for (int i = 0; i < n && st == QD_OK; i++) remove_file(j, files[i]);
    return st == QD_OK ? train__write(j, "config.json", j->config, ctx) : st;
}

/* Where two texts begin to differ, from the key before on; lengths to the end of the value in each. */
static const char *difference(int *found, int *expected, const char *a, const char *b)
{
    size_t at = 0, key;
    while (a[at] != '\0' && a[at] == b[at]) at++;
    for (key = at; key > 0 && !(a[key - 1] == ' ' && a[key] == '"' && key + 1 < at) && a[key - 1] != '\n'; key--) {
    }
    *found = (int) (at - key + strcspn(a + at, ",\n}")), *expected = (int) (at - key + strcspn(b + at, ",\n}"));
    return a + key;
}

/* The folder: new, or the same run's. Everything that could be wrong is found before anything is written. */
qd_status train__open(train_job *j, qd_ctx_t ctx)
{
    if (j->folder != NULL) qd_buf_puts(j->dir, j->folder);
    else qd_buf_printf(j->dir, "out/%s", j->name);
    struct stat info;
    const char *dir = qd_buf_str(j->dir);
    if (stat(dir, &info) == 0 && !S_ISDIR(info.st_mode))
        return qd_fail(ctx, QD_EINPUT, "%s is a file; expected a folder for the run, or none", dir);
    if (!j->resume) return new_folder(j, ctx);
    if (!exists(j, "config.json"))
        return qd_fail(ctx, QD_EINPUT, "%s holds no run; expected one to go on with (without --resume a new one is begun)", dir);
    qd_buf_t path, text;
    qd_buf_init(path);
    qd_buf_init(text);
    qd_status st = qd_file_read(text, path_of(path, j, "config.json"), ctx);
    if (st == QD_OK && strcmp(qd_buf_str(text), qd_buf_str(j->config))) {
        int found, expected;
        const char *a = difference(&found, &expected, qd_buf_str(text), qd_buf_str(j->config));
        st = qd_fail(ctx, QD_EINPUT, "%s belongs to another configuration, seed or version: it says %.*s, the command means %.*s",
                     qd_buf_str(path), found, a, expected, qd_buf_str(j->config) + (a - qd_buf_str(text)));
    }
    qd_buf_clear(path);
    qd_buf_clear(text);
    return st;
}

qd_status train__load(train_job *j, qd_ctx_t ctx)
{
    if (!j->resume || !exists(j, "checkpoint.safetensors")) return QD_OK;
    qd_st_t st;
    qd_buf_t path;
    qd_st_init(st);
    qd_buf_init(path);
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_status status = qd_st_read(st, path_of(path, j, "checkpoint.safetensors"), own);
    if (status == QD_OK) status = qd_run_load(j->run, st, own);
    const char *pieces = status == QD_OK ? qd_st_meta(st, "pieces") : NULL;
    if (pieces != NULL) {
        qd_buf_reset(j->pieces);
        qd_buf_puts(j->pieces, pieces);
    }
    if (status == QD_OK && exists(j, "times.csv")) status = qd_file_read(j->times, path_of(path, j, "times.csv"), own);
    qd_ctx_prefix(ctx, status, own, "%s: ", qd_buf_str(path));
    qd_buf_clear(path);
    qd_st_clear(st);
    return status;
}
