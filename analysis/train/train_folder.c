/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder of `quadric train`: what is kept on the way, and how a run goes on from it. */
#include "train/train_job.h"

static const char *const files[] = {
    "summary.json", "checkpoint.safetensors", "model.safetensors", "metrics.csv", "pieces.csv", "times.csv", NULL};

static const qd_folder_kind kind = {.what = "run",
                                    .begin = "without --resume a new one is begun",
                                    .go_on = "--resume goes on with it",
                                    .replace = "--force replaces it",
                                    .identity = "config.json",
                                    .files = files};

static qd_status load(train_job *j, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_buf_t path;
    qd_buf_init(path);
    if (qd_folder_has(j->folder, "checkpoint.safetensors"))
        st = qd_run_read(j->run, qd_folder_path(path, j->folder, "checkpoint.safetensors"), ctx);
    if (st == QD_OK && qd_folder_has(j->folder, "times.csv")) {
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        st = qd_file_read(j->times, qd_folder_path(path, j->folder, "times.csv"), own);
        qd_ctx_prefix(ctx, st, own, "%s: ", qd_buf_str(path));
    }
    qd_buf_clear(path);
    return st;
}

qd_status train__open(train_job *j, const char *path, qd_folder_way way, qd_ctx_t ctx)
{
    qd_buf_t name;
    qd_buf_init(name);
    if (path != NULL) qd_buf_puts(name, path);
    else qd_buf_printf(name, "out/%s", qd_buf_str(j->name));
    qd_status st = qd_folder_open(j->folder, &kind, qd_buf_str(name), qd_buf_str(j->config), way, ctx);
    qd_buf_clear(name);
    return st == QD_OK && j->folder->begun ? load(j, ctx) : st;
}

qd_status train__write_model(const train_job *j, const char *name, bool state, qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_status st = qd_run_write(qd_folder_path(path, j->folder, name), j->run, state, ctx);
    qd_buf_clear(path);
    return st;
}

/* The checkpoint last, since it is what counts. */
qd_status train__save(train_job *j, qd_ctx_t ctx)
{
    double s = qd_ctx_elapsed(ctx) - j->started_s;
    size_t before = j->times->len;
    qd_buf_printf(j->times, "%ld,%.3f,%.1f\n", (long) j->run->optim->step, s, j->images / s);
    qd_status st = qd_folder_write(j->folder, "metrics.csv", j->run->metrics, ctx);
    if (st == QD_OK && j->piece_every > 0) st = qd_folder_write(j->folder, "pieces.csv", j->run->notes, ctx);
    if (st == QD_OK && j->images > 0) st = qd_folder_write(j->folder, "times.csv", j->times, ctx);
    j->times->len = before;
    return st == QD_OK ? train__write_model(j, "checkpoint.safetensors", true, ctx) : st;
}
