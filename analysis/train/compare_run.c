/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of a study. */
#include "train/compare_impl.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "train/train_exact.h"

/* Seconds between checkpoints of one run, and steps between looks at the clock. */
#define CHECKPOINT_S 60

static void part_path(qd_buf_t path, const comparison *c, int64_t item)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/part/%" PRId64 ".safetensors", qd_buf_str(c->folder->path), item);
}

static qd_status go_on(qd_run_t run, const char *path, qd_ctx_t ctx)
{
    qd_ctx_t own;
    if (access(path, F_OK) != 0) return QD_OK;
    qd_ctx_own(own, ctx);
    qd_status st = qd_run_read(run, path, own);
    return st == QD_OK ? st : qd_fail(ctx, st, "%s; without the file the run begins again", qd_ctx_message(own));
}

/* The budget of the whole study; an interruption is the end of it. */
qd_status compare__budget(qd_ctx_t ctx)
{
    return cli_interrupted() ? qd_fail(ctx, QD_EUNABLE, "interrupted") : qd_ctx_budget(ctx);
}

/* Steps between counts on the way; 0: none. */
static qd_status read_every(int64_t *every, const qd_config *config, const qd_run_spec_struct *spec, const train_data *data, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "training", "piece_every");
    *every = 0;
    if (m == NULL) return QD_OK;
    qd_status st = qd_node_get_int(every, m, 0, (int64_t) 1 << 40, "'piece_every'", ctx);
    if (st != QD_OK || *every == 0 || train_exact_fits(spec, data)) return st;
    return qd_node_fail(m, ctx, "'piece_every' needs a dense network and a target function");
}

/* Trains to the end, in stretches of about a second that end where there is to be counted, with looks at the budget of the whole study. */
static qd_status train(qd_run_t run, const comparison *c, const train_data *data, int64_t every, const char *path, qd_ctx_t ctx)
{
    int64_t chunk = 1;
    double saved = qd_ctx_elapsed(ctx);
    qd_status st = train_exact_note(run, data, every, ctx); /* of the step that a checkpoint was taken at */
    while (st == QD_OK && run->status == QD_RUN_GOING) {
        double t = qd_ctx_elapsed(ctx);
        int64_t until = run->optim->step + chunk;
        if (every > 0 && train_exact_next(run->optim->step, every) < until) until = train_exact_next(run->optim->step, every);
        st = qd_run_advance(run, until, ctx);
        t = qd_ctx_elapsed(ctx) - t;
        chunk = t < 0.5 ? 2 * chunk : t > 2 && chunk > 1 ? chunk / 2 : chunk;
        if (st == QD_OK) st = train_exact_note(run, data, every, ctx);
        if (st != QD_OK || run->status != QD_RUN_GOING) break;
        qd_status budget = compare__budget(c->ctx);
        if (budget != QD_OK || qd_ctx_elapsed(ctx) - saved > CHECKPOINT_S) {
            st = qd_run_write(path, run, true, ctx);
            saved = qd_ctx_elapsed(ctx);
        }
        if (st == QD_OK && budget != QD_OK) return qd_ctx_pass(ctx, budget, c->ctx);
    }
    return st;
}

/* The notes without their header, as one word. */
static char *join_notes(const qd_run_struct *run)
{
    const char *notes = qd_buf_str(run->notes), *end = strchr(notes, '\n');
    char *word = qd_strdup(end != NULL ? end + 1 : "");
    for (char *s = word; (s = strchr(s, '\n')) != NULL;) *s = ';';
    return word;
}

static qd_status describe(compare_result *r, const comparison *c, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx)
{
    *r = (compare_result){run->status,
                          run->cause,
                          run->layer,
                          run->optim->step,
                          run->best_step,
                          run->reached_step,
                          run->model->nparams,
                          data->test->label != NULL,
                          run->error,
                          run->largest,
                          run->train_error,
                          run->loss,
                          run->best_error,
                          run->constant_error,
                          -1,
                          -1,
                          -INFINITY,
                          INFINITY,
                          join_notes(run)};
    if (!c->study->exact || run->status == QD_RUN_COLLAPSED) return QD_OK;
    qd_count count;
    qd_status st = train_exact_count(&count, run, data, ctx);
    if (st != QD_OK) return st;
    r->pieces = count.pieces;
    r->degree = count.max_degree;
    return data->inputs == 1 ? train_exact_error(&r->lower, &r->upper, run, data, ctx) : QD_OK;
}

/* Have the files of the item changed since the study was opened? The configuration has the seed in it, and so have random samples. */
static qd_status check_files(const comparison *c, int64_t item, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx)
{
    qd_digest then = c->digest[item / c->study->seeds];
    then.config = run->digest.config;
    if (data->sampled) then.train = run->digest.train;
    const char *what = qd_digest_difference(&then, &run->digest);
    return what == NULL ? QD_OK : qd_fail(ctx, QD_EINPUT, "%s than when the command began; a file has changed", what);
}

qd_status compare__run(compare_result *r, const comparison *c, int64_t item, qd_ctx_t ctx)
{
    int64_t entry[COMPARE_AXES], every = 0;
    uint64_t seed;
    train_data data;
    qd_run_spec_t spec;
    qd_run_t run;
    qd_buf_t path;
    train_data_init(&data);
    qd_run_spec_init(spec);
    qd_run_init(run);
    qd_buf_init(path);
    compare_item(c->study, item, entry, &seed);
    part_path(path, c, item);
    qd_config config = compare_config(c->study, item);
    qd_status st = train_data_read(&data, &config, seed, ctx);
    if (st == QD_OK) st = qd_run_spec_read(spec, &config, data.train, ctx);
    if (st == QD_OK) st = read_every(&every, &config, spec, &data, ctx);
    if (st == QD_OK) st = qd_run_start(run, spec, data.train, data.test, seed, ctx);
    qd_buf_puts(run->notes, TRAIN_EXACT_HEADER);
    if (st == QD_OK) st = check_files(c, item, run, &data, ctx);
    if (st == QD_OK) st = go_on(run, qd_buf_str(path), ctx);
    if (st == QD_OK) st = train(run, c, &data, every, qd_buf_str(path), ctx);
    if (st == QD_OK) st = describe(r, c, run, &data, ctx);
    if (st == QD_OK) unlink(qd_buf_str(path));
    qd_buf_clear(path);
    qd_run_clear(run);
    qd_run_spec_clear(spec);
    train_data_clear(&data);
    return st;
}

/* Is every run of the study meaningful? One item for each target, model and strategy, before the first step. */
qd_status compare__check(comparison *c, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    train_data data;
    train_data_init(&data);
    for (int64_t item = 0; item < c->nitems && st == QD_OK; item += c->study->seeds) {
        qd_config config = compare_config(c->study, item);
        qd_run_spec_t spec;
        qd_run_t run;
        qd_ctx_t own;
        qd_buf_t name;
        qd_ctx_own(own, ctx);
        qd_run_spec_init(spec);
        qd_run_init(run);
        qd_buf_init(name);
        st = train_data_read(&data, &config, c->study->first_seed, own);
        if (st == QD_OK) st = qd_run_spec_read(spec, &config, data.train, own);
        if (st == QD_OK && c->study->exact && !train_exact_fits(spec, &data))
            st = qd_fail(own, QD_EINPUT, "'exact' needs a dense network and a target function");
        int64_t every;
        if (st == QD_OK) st = read_every(&every, &config, spec, &data, own);
        if (st == QD_OK) st = qd_run_start(run, spec, data.train, data.test, c->study->first_seed, own);
        if (st == QD_OK) c->digest[item / c->study->seeds] = run->digest;
        compare_item_name(name, c->study, item);
        qd_ctx_prefix(ctx, st, own, "%s: ", qd_buf_str(name));
        qd_buf_clear(name);
        qd_run_clear(run);
        qd_run_spec_clear(spec);
    }
    train_data_clear(&data);
    return st;
}
