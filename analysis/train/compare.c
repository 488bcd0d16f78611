/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric compare: training runs over targets, models, strategies and seeds, in parallel over the runs, into a folder.

   DIR/runs.part         a line for each finished run; the same command goes on from there
   DIR/part/N.safetensors   runs on the way, kept once a minute
   DIR/runs.csv, pieces.csv, table.{txt,csv,md,tex}, tests.{txt,csv,md,tex}   at the end: functions of the study and the seed alone
   DIR/study.json, times.csv */
#include "train/compare_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"

static const char *folder;
static bool force;

static const opt_spec options[] = {
    {"output", 'o', OPT_TEXT, "DIR", &folder, 0, 0, "the folder of the study (default: out/NAME)"},
    {"force", 0, OPT_FLAG, NULL, &force, 0, 0, "replace another study in DIR, or files of the same names"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

static qd_status compute(void *arg, int64_t k, qd_ctx_t ctx)
{
    comparison *c = arg;
    int64_t item = c->open[k];
    qd_ctx_t own;
    qd_buf_t name;
    qd_status st = compare__budget(ctx);
    if (st != QD_OK) return st;
    qd_ctx_own(own, NULL);
    own->max_bytes = ctx->max_bytes;
    qd_buf_init(name);
    st = compare__run(qd_ledger_record(c->ledger, item), c, item, own);
    if (st == QD_OK) {
        st = qd_ledger_add(c->ledger, item, qd_ctx_elapsed(own), ctx);
    } else if (st != QD_EUNABLE) {
        compare_item_name(name, c->study, item);
        qd_ctx_prefix(ctx, st, own, "%s: ", qd_buf_str(name));
    } else qd_ctx_pass(ctx, st, own);
    qd_buf_clear(name);
    qd_ctx_progress(ctx, "runs", __atomic_add_fetch(&c->done, 1, __ATOMIC_RELAXED), c->nopen);
    return st;
}

static int finish(comparison *c, qd_ctx_t ctx)
{
    qd_status st = compare__write(c, ctx);
    if (st == QD_OK) st = compare__write_times(c, ctx);
    cli_progress_end();
    int code = st == QD_OK ? compare__print(c) : cli_fail(st, NULL, ctx);
    return code;
}

static int stopped(const comparison *c, qd_ctx_t ctx)
{
    cli_progress_end();
    fprintf(stderr, "quadric: %s: stopped after %" PRId64 " of %" PRId64 " runs; the same command goes on from there\n",
            qd_ctx_message(ctx), qd_ledger_done(c->ledger), c->nitems);
    return EXIT_OPEN;
}

static int run(int n, char **arguments)
{
    (void) n;
    if (folder != NULL && folder[0] == '\0') return cli_usage("compare", "-o: found '', expected a folder");
    qd_ctx_t ctx;
    compare_study study;
    comparison c = {.study = &study, .ctx = ctx};
    int code;
    cli_ctx(ctx);
    compare_init(&study);
    qd_folder_init(c.folder);
    qd_status st = compare_read(&study, arguments[0], cli_common.seed, ctx);
    if (st == QD_OK) c.nitems = compare_nitems(&study);
    c.digest = qd_calloc((size_t) c.nitems + 1, sizeof *c.digest);
    qd_ledger_init(c.ledger, compare_field, sizeof(compare_result), c.nitems);
    if (st == QD_OK) st = compare__check(&c, ctx);
    if (st != QD_OK) {
        code = cli_fail(st, arguments[0], ctx);
        goto done;
    }
    cli_catch_interrupts();
    st = compare__open(&c, folder, force, ctx);
    if (st == QD_OK) st = qd_parallel_for(c.nopen, compute, &c, ctx);
    if (st == QD_EUNABLE) code = stopped(&c, ctx);
    else code = st == QD_OK ? finish(&c, ctx) : cli_fail(st, NULL, ctx);
done:
    qd_ledger_clear(c.ledger);
    qd_folder_clear(c.folder);
    free(c.open);
    free(c.digest);
    compare_clear(&study);
    return code;
}

const cli_command command_compare = {
    .name = "compare",
    .arguments = "STUDY",
    .summary = "training runs over targets, models, strategies and seeds, compared",
    .description = "Runs every combination of the study's targets, models, strategies and seeds (as `quadric train`\n"
                   "would, one thread a run, in parallel over the runs) and compares: quartiles of the final error\n"
                   "over seeds, how many runs collapsed, steps to a threshold, and each strategy against the first\n"
                   "one seed by seed: p of Wilcoxon's signed-rank test (two-sided, exact) and, since many tests find\n"
                   "something by chance, p with Holm's correction for all tests of the study. With one strategy, each\n"
                   "model against the first. Interrupted, the same command goes on.\n"
                   "\n"
                   "A study (YAML) has the blocks data, model, strategy and training of a configuration of\n"
                   "`quadric train`, and lists of what varies: targets, models and strategies, each entry with a\n"
                   "name and any blocks that differ; a target may be just a name or an expression. seeds: how many.\n"
                   "\n"
                   "  data: {samples: 500}\n"
                   "  model: {hidden: [16, 16]}\n"
                   "  targets: [runge, \"sin(5*x)\"]\n"
                   "  strategies:\n"
                   "    - {name: conventional, model: {kind: linear}}\n"
                   "    - {name: relinear, strategy: {gamma: 0.1}}\n"
                   "  seeds: 10\n"
                   "\n"
                   "The blocks are laid over each other key by key: the strategy's word goes before the model's, that\n"
                   "before the target's, that before the study's. A key that has no effect in a run is an error, so\n"
                   "an entry takes back what it has no use for: gamma: null is as if nobody had said gamma, strategy:\n"
                   "null the same of the whole block, and a block with replace: true stands for itself.\n"
                   "checkpoint_every is for `quadric train` alone.\n"
                   "\n"
                   "A strategy of the form {name: N, sweep: {gamma: [0, 1e-5, 1]}} stands for one strategy a value;\n"
                   "gamma 0 is the conventional network, gamma 1 the plain quadratic one. exact: true reads each\n"
                   "trained network of one or two variables back: its exact pieces and degree on the interval or box of\n"
                   "its data, and for one variable a certified bound of its largest error. With piece_every the exact\n"
                   "counts on the way are kept too, in pieces.csv.\n"
                   "\n"
                   "The folder holds runs.csv, table.txt .csv .md .tex, tests.* and times.csv. One process at a time\n"
                   "has it, and data that have changed since the study was begun are refused.\n",
    .examples = "  quadric compare configs/compare/targets.yaml\n  quadric compare configs/compare/gamma.yaml -o out/gamma --json\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
