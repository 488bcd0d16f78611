/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training in stretches, with piece counts and checkpoints between them. */
#include "train/train_job.h"

#include "cli/cli.h"
#include "train/train_exact.h"

static void show(const train_job *j, const qd_ctx_t ctx)
{
    const qd_run_struct *run = j->run;
    double s = qd_ctx_elapsed(ctx) - j->started_s, rate = j->images / (s > 0 ? s : 1);
    qd_buf_t what;
    bool many = j->data.train->pixel != NULL;
    int64_t batch = qd_run_batch(j->spec, j->data.train->n);
    qd_buf_init(what);
    qd_buf_printf(what, "training, loss %.4g, error %.4g, %.0f %s/s", run->records > 0 ? run->loss : run->sum.loss / (double) run->sum.n,
                  run->error, many ? rate : rate / (double) batch, many ? "images" : "steps");
    qd_ctx_progress(ctx, qd_buf_str(what), run->optim->step, j->spec->steps);
    qd_buf_clear(what);
}

/* One stretch: to the next piece count or checkpoint, or about half a second's worth of steps. */
static qd_status stretch(train_job *j, int64_t *chunk, qd_ctx_t ctx)
{
    qd_run_struct *run = j->run;
    int64_t from = run->optim->step, until = from + *chunk;
    if (j->piece_every > 0 && train_exact_next(from, j->piece_every) < until) until = train_exact_next(from, j->piece_every);
    if (j->checkpoint_every > 0 && train_exact_next(from, j->checkpoint_every) < until) until = train_exact_next(from, j->checkpoint_every);
    double t = qd_ctx_elapsed(ctx);
    qd_status st = qd_run_advance(run, until, ctx);
    t = qd_ctx_elapsed(ctx) - t;
    if (t < 0.25 && run->optim->step - from == *chunk) *chunk *= 2;
    if (t > 1 && *chunk > 1) *chunk /= 2;
    /* the last batch of an epoch may be smaller */
    double each = (double) j->data.train->n / (double) qd_run_epoch(j->spec, j->data.train->n);
    j->images += (double) (run->optim->step - from) * each;
    return st == QD_OK ? train_exact_note(run, &j->data, j->piece_every, ctx) : st;
}

/* Seconds between checkpoints when no number of steps is given. */
#define CHECKPOINT_S 60

qd_status train__run(train_job *j, qd_ctx_t ctx)
{
    int64_t chunk = 1;
    double saved_s = qd_ctx_elapsed(ctx);
    qd_status st = train_exact_note(j->run, &j->data, j->piece_every, ctx); /* of the step that a checkpoint was taken at */
    j->started_s = saved_s;
    while (st == QD_OK && j->run->status == QD_RUN_GOING && !cli_interrupted()) {
        st = stretch(j, &chunk, ctx);
        if (st != QD_OK || j->run->status != QD_RUN_GOING) break;
        show(j, ctx);
        bool due = j->checkpoint_every > 0 ? j->run->optim->step % j->checkpoint_every == 0 : qd_ctx_elapsed(ctx) - saved_s > CHECKPOINT_S;
        if (!due) continue;
        st = train__save(j, ctx);
        saved_s = qd_ctx_elapsed(ctx);
    }
    cli_progress_end();
    if (cli_interrupted() && st == QD_OK) st = qd_fail(ctx, QD_EUNABLE, "interrupted at step %ld", (long) j->run->optim->step);
    if (st == QD_EUNABLE) {
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        if (train__save(j, own) != QD_OK) return qd_ctx_pass(ctx, QD_EIO, own);
    }
    return st == QD_OK ? train__save(j, ctx) : st;
}
