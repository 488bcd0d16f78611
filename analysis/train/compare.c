/* quadric compare: training runs over targets, models, strategies and seeds, in parallel over the runs, into a folder.

   DIR/runs.part         a line for each finished run; the same command goes on from there
   DIR/part/N.safetensors   runs on the way, kept once a minute
   DIR/runs.csv, table.{txt,csv,md,tex}, tests.{txt,csv,md,tex}   at the end: functions of the study and the seed alone
   DIR/study.json, times.csv */
#include "train/compare.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "table/table.h"
#include "train/summary.h"
#include "train/train_exact.h"

static const char *folder;
static bool force;

static const opt_spec options[] = {
    {"output", 'o', OPT_TEXT, "DIR", &folder, 0, 0, "the folder of the study (default: out/NAME)"},
    {"force", 0, OPT_FLAG, NULL, &force, 0, 0, "replace another study in DIR, or files of the same names"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

typedef struct {
    compare_study *study;
    qd_buf_t dir;
    int64_t nitems, *open, nopen, done;
    char **line;
    double *seconds;
    table_state state;
    qd_ctx_struct *ctx;
} comparison;

static void path_of(qd_buf_t path, const comparison *c, const char *name)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/%s", qd_buf_str(c->dir), name);
}

/* ---- one run ------------------------------------------------------------------------------ */

/* Seconds between checkpoints of one run, and steps between looks at the clock. */
#define CHECKPOINT_S 60

static void part_path(qd_buf_t path, const comparison *c, int64_t item)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/part/%" PRId64 ".safetensors", qd_buf_str(c->dir), item);
}

static qd_status go_on(qd_run_t run, const char *path, qd_ctx_t ctx)
{
    if (access(path, F_OK) != 0) return QD_OK;
    qd_st_t st;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_st_init(st);
    qd_status status = qd_st_read(st, path, own);
    if (status == QD_OK) status = qd_run_load(run, st, own);
    qd_st_clear(st);
    return status == QD_OK ? status : qd_fail(ctx, status, "%s: %s; without the file the run begins again", path, qd_ctx_message(own));
}

static qd_status keep(const qd_run_struct *run, const char *path, qd_ctx_t ctx)
{
    qd_st_t st;
    qd_st_init(st);
    qd_run_save(st, run, true);
    qd_status status = qd_st_write(path, st, ctx);
    qd_st_clear(st);
    return status;
}

/* The budget of the whole study; an interruption is the end of it. */
static qd_status budget_of(qd_ctx_t ctx)
{
    return cli_interrupted() ? qd_fail(ctx, QD_EUNABLE, "interrupted") : qd_ctx_budget(ctx);
}

/* Trains to the end, in stretches of about a second, with looks at the budget of the whole study. */
static qd_status train(qd_run_t run, const comparison *c, const char *path, qd_ctx_t ctx)
{
    int64_t chunk = 1;
    double saved = qd_ctx_elapsed(ctx);
    qd_status st = QD_OK;
    while (st == QD_OK && run->status == QD_RUN_GOING) {
        double t = qd_ctx_elapsed(ctx);
        st = qd_run_advance(run, run->optim->step + chunk, ctx);
        t = qd_ctx_elapsed(ctx) - t;
        chunk = t < 0.5 ? 2 * chunk : t > 2 && chunk > 1 ? chunk / 2 : chunk;
        if (st != QD_OK || run->status != QD_RUN_GOING) break;
        qd_status budget = budget_of(c->ctx);
        if (budget != QD_OK || qd_ctx_elapsed(ctx) - saved > CHECKPOINT_S) {
            st = keep(run, path, ctx);
            saved = qd_ctx_elapsed(ctx);
        }
        if (st == QD_OK && budget != QD_OK) return qd_ctx_pass(ctx, budget, c->ctx);
    }
    return st;
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
                          0,
                          0};
    if (!c->study->exact || run->status == QD_RUN_COLLAPSED) return QD_OK;
    qd_count count;
    qd_status st = train_exact_count(&count, run, data, ctx);
    if (st != QD_OK) return st;
    r->pieces = count.pieces;
    r->degree = count.max_degree;
    return train_exact_error(&r->lower, &r->upper, run, data, ctx);
}

static qd_status one_run(compare_result *r, const comparison *c, int64_t item, qd_ctx_t ctx)
{
    int64_t entry[COMPARE_AXES];
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
    if (st == QD_OK) st = qd_run_start(run, spec, data.train, data.test, seed, ctx);
    if (st == QD_OK) st = go_on(run, qd_buf_str(path), ctx);
    if (st == QD_OK) st = train(run, c, qd_buf_str(path), ctx);
    if (st == QD_OK) st = describe(r, c, run, &data, ctx);
    if (st == QD_OK) unlink(qd_buf_str(path));
    qd_buf_clear(path);
    qd_run_clear(run);
    qd_run_spec_clear(spec);
    train_data_clear(&data);
    return st;
}

static qd_status compute(void *arg, int64_t k, qd_ctx_t ctx)
{
    comparison *c = arg;
    int64_t item = c->open[k];
    compare_result r;
    qd_ctx_t own;
    qd_buf_t line;
    qd_status st = budget_of(ctx);
    if (st != QD_OK) return st;
    qd_ctx_own(own, NULL);
    own->max_bytes = ctx->max_bytes;
    qd_buf_init(line);
    st = one_run(&r, c, item, own);
    if (st == QD_OK) {
        compare_result_print(line, &r);
        c->seconds[item] = qd_ctx_elapsed(own);
        st = table_state_add(&c->state, item, c->seconds[item], qd_buf_str(line), ctx);
        c->line[item] = qd_strdup(qd_buf_str(line));
    } else if (st != QD_EUNABLE) {
        compare_item_name(line, c->study, item);
        qd_ctx_prefix(ctx, st, own, "%s: ", qd_buf_str(line));
    } else qd_ctx_pass(ctx, st, own);
    qd_buf_clear(line);
    qd_ctx_progress(ctx, "runs", __atomic_add_fetch(&c->done, 1, __ATOMIC_RELAXED), c->nopen);
    return st;
}

/* ---- results ------------------------------------------------------------------------------ */

static qd_status write_table(const comparison *c, const qd_table_struct *t, const char *name, const char *suffix, qd_table_format format,
                             qd_ctx_t ctx)
{
    qd_buf_t path, out;
    qd_buf_init(path);
    qd_buf_init(out);
    path_of(path, c, name);
    qd_buf_puts(path, suffix);
    qd_table_print(out, t, format);
    qd_status st = qd_file_write(qd_buf_str(path), qd_buf_str(out), out->len, ctx);
    qd_buf_clear(path);
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
    qd_buf_printf(text, "quadric compare: %s: %s%s; first seed %" PRIu64 ", version %s", c->study->name, labels ? "" : "mean squared ",
                  what, c->study->first_seed, QD_VERSION);
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

static qd_status write_results(const comparison *c, const compare_result *r, qd_ctx_t ctx)
{
    qd_table_t runs, summary, tests;
    qd_table_init(runs);
    qd_table_init(summary);
    qd_table_init(tests);
    compare_runs_table(runs, c->study, r);
    compare_summary_table(summary, c->study, r, NULL);
    compare_tests_table(tests, c->study, r);
    caption(summary, c, any_labels(c, r), SUMMARY);
    caption(tests, c, any_labels(c, r), TESTS);
    qd_status st = write_table(c, runs, "runs", ".csv", QD_CSV, ctx);
    if (st == QD_OK) st = write_all(c, summary, "table", ctx);
    if (st == QD_OK) st = write_all(c, tests, "tests", ctx);
    qd_table_clear(runs);
    qd_table_clear(summary);
    qd_table_clear(tests);
    return st;
}

static qd_status write_times(const comparison *c, qd_ctx_t ctx)
{
    qd_buf_t out, path, name;
    qd_buf_init(out);
    qd_buf_init(path);
    qd_buf_init(name);
    qd_buf_puts(out, "run,seconds\n");
    for (int64_t i = 0; i < c->nitems; i++) {
        qd_buf_reset(name);
        compare_item_name(name, c->study, i);
        qd_csv_print(out, qd_buf_str(name), true);
        qd_buf_printf(out, ",%.3f\n", c->seconds[i]);
    }
    path_of(path, c, "times.csv");
    qd_status st = qd_file_write(qd_buf_str(path), qd_buf_str(out), out->len, ctx);
    qd_buf_clear(out);
    qd_buf_clear(path);
    qd_buf_clear(name);
    return st;
}

static int print_results(const comparison *c, const compare_result *r)
{
    qd_table_t summary, tests;
    qd_buf_t out;
    qd_table_init(summary);
    qd_table_init(tests);
    qd_buf_init(out);
    compare_summary_table(summary, c->study, r, c->seconds);
    compare_tests_table(tests, c->study, r);
    caption(summary, c, any_labels(c, r), SUMMARY);
    caption(tests, c, any_labels(c, r), TESTS);
    qd_table_format format = cli_common.json ? QD_JSON_LINES : QD_TEXT;
    qd_table_print(out, summary, format);
    if (tests->nrows > 0 && !cli_common.json) {
        qd_buf_puts(out, "\n");
        qd_table_print(out, tests, format);
    }
    if (!cli_common.json) qd_buf_printf(out, "\nfolder %s\n", qd_buf_str(c->dir));
    int code = cli_print(out, EXIT_ANSWERED);
    qd_buf_clear(out);
    qd_table_clear(summary);
    qd_table_clear(tests);
    return code;
}

static int finish(comparison *c, qd_ctx_t ctx)
{
    compare_result *r = qd_calloc((size_t) c->nitems, sizeof *r);
    qd_status st = QD_OK;
    for (int64_t i = 0; i < c->nitems && st == QD_OK; i++)
        if (!compare_result_parse(r + i, c->line[i]))
            st = qd_fail(ctx, QD_EINPUT, "%s: line of run %" PRId64 " cannot be read", c->state.path, i);
    if (st == QD_OK) st = write_results(c, r, ctx);
    if (st == QD_OK) st = write_times(c, ctx);
    qd_buf_t part;
    qd_buf_init(part);
    path_of(part, c, "part");
    rmdir(qd_buf_str(part));
    qd_buf_clear(part);
    cli_progress_end();
    int code = st == QD_OK ? print_results(c, r) : cli_fail(st, NULL, ctx);
    free(r);
    return code;
}

/* ---- folder ------------------------------------------------------------------------------- */

/* Runs on the way of another study. */
static void remove_parts(const comparison *c)
{
    qd_buf_t path;
    qd_buf_init(path);
    path_of(path, c, "part");
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
    if (there && !force) st = qd_fail(ctx, QD_EINPUT, "%s holds another study, seed or version; --force replaces it", qd_buf_str(c->dir));
    for (int i = 0; i < NRESULTS && st == QD_OK && !force; i++) {
        path_of(path, c, results[i]);
        if (access(qd_buf_str(path), F_OK) == 0)
            st = qd_fail(ctx, QD_EINPUT, "%s is there, and no study that it belongs to; --force replaces it", qd_buf_str(path));
    }
    path_of(path, c, "part");
    if (st == QD_OK) st = qd_folder_make(qd_buf_str(path), ctx);
    if (st == QD_OK) remove_parts(c);
    for (int i = 0; i < NRESULTS && st == QD_OK; i++) {
        path_of(path, c, results[i]);
        unlink(qd_buf_str(path));
    }
    path_of(path, c, "study.json");
    if (st == QD_OK) st = qd_file_write(qd_buf_str(path), qd_buf_str(text), text->len, ctx);
    qd_buf_clear(path);
    return st;
}

/* The study in the folder must be this one; --force replaces another. */
static qd_status open_folder(comparison *c, qd_ctx_t ctx)
{
    qd_buf_t path, old, text;
    qd_buf_init(path);
    qd_buf_init(old);
    qd_buf_init(text);
    qd_buf_printf(text, "{\"version\": \"%s\", \"seed\": %" PRIu64 ", \"study\": %s}\n", QD_VERSION, c->study->first_seed,
                  qd_buf_str(c->study->resolved));
    if (folder != NULL) qd_buf_puts(c->dir, folder);
    else qd_buf_printf(c->dir, "out/%s", c->study->name);
    path_of(path, c, "study.json");
    bool there = access(qd_buf_str(path), F_OK) == 0;
    qd_status st = there ? qd_file_read(old, qd_buf_str(path), ctx) : QD_OK;
    bool same = there && !strcmp(qd_buf_str(old), qd_buf_str(text));
    path_of(path, c, "part");
    if (st == QD_OK) st = same ? qd_folder_make(qd_buf_str(path), ctx) : new_folder(c, there, text, ctx);
    qd_buf_clear(path);
    qd_buf_clear(old);
    qd_buf_clear(text);
    return st;
}

static qd_status open_state(comparison *c, qd_ctx_t ctx)
{
    qd_buf_t path, header;
    qd_buf_init(path);
    qd_buf_init(header);
    const table_job job = {.command = "compare", .resolved = qd_buf_str(c->study->resolved), .nitems = c->nitems};
    path_of(path, c, "runs.part");
    table_state_header(header, &job, c->study->first_seed);
    qd_status st = table_state_open(&c->state, qd_buf_str(path), qd_buf_str(header), c->nitems, c->line, c->seconds, ctx);
    qd_buf_clear(path);
    qd_buf_clear(header);
    if (st != QD_OK) return st;
    c->open = qd_malloc((size_t) c->nitems * sizeof *c->open);
    for (int64_t i = 0; i < c->nitems; i++)
        if (c->line[i] == NULL) c->open[c->nopen++] = i;
    return QD_OK;
}

/* ---- command ------------------------------------------------------------------------------ */

/* Is every run of the study meaningful? One item for each target, model and strategy, before the first step. */
static qd_status check_items(const comparison *c, qd_ctx_t ctx)
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
            st = qd_fail(own, QD_EINPUT, "'exact' needs a dense network and a target function of one variable");
        if (st == QD_OK) st = qd_run_start(run, spec, data.train, data.test, c->study->first_seed, own);
        compare_item_name(name, c->study, item);
        qd_ctx_prefix(ctx, st, own, "%s: ", qd_buf_str(name));
        qd_buf_clear(name);
        qd_run_clear(run);
        qd_run_spec_clear(spec);
    }
    train_data_clear(&data);
    return st;
}

static int stopped(const comparison *c, qd_ctx_t ctx)
{
    int64_t there = 0;
    for (int64_t i = 0; i < c->nitems; i++) there += c->line[i] != NULL;
    cli_progress_end();
    fprintf(stderr, "quadric: %s: stopped after %" PRId64 " of %" PRId64 " runs; the same command goes on from there\n",
            qd_ctx_message(ctx), there, c->nitems);
    return EXIT_OPEN;
}

static int run(int n, char **arguments)
{
    (void) n;
    if (folder != NULL && folder[0] == '\0') return cli_usage("compare", "-o: found '', expected a folder");
    qd_ctx_t ctx;
    compare_study study;
    comparison c = {.study = &study, .state = {.fd = -1}, .ctx = ctx};
    int code;
    cli_ctx(ctx);
    compare_init(&study);
    qd_buf_init(c.dir);
    qd_status st = compare_read(&study, arguments[0], cli_common.seed, ctx);
    if (st == QD_OK) {
        c.nitems = compare_nitems(&study);
        c.line = qd_calloc((size_t) c.nitems, sizeof *c.line);
        c.seconds = qd_calloc((size_t) c.nitems, sizeof *c.seconds);
        st = check_items(&c, ctx);
    }
    if (st != QD_OK) {
        code = cli_fail(st, arguments[0], ctx);
        goto done;
    }
    st = open_folder(&c, ctx);
    if (st == QD_OK) st = open_state(&c, ctx);
    cli_catch_interrupts();
    if (st == QD_OK) st = qd_parallel_for(c.nopen, compute, &c, ctx);
    if (st == QD_EUNABLE) code = stopped(&c, ctx);
    else code = st == QD_OK ? finish(&c, ctx) : cli_fail(st, NULL, ctx);
    table_state_close(&c.state, false);
done:
    for (int64_t i = 0; c.line != NULL && i < c.nitems; i++) free(c.line[i]);
    free(c.line);
    free(c.seconds);
    free(c.open);
    qd_buf_clear(c.dir);
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
                   "checkpoint_every and piece_every are for `quadric train` alone.\n"
                   "\n"
                   "A strategy of the form {name: N, sweep: {gamma: [0, 1e-5, 1]}} stands for one strategy a value;\n"
                   "gamma 0 is the conventional network, gamma 1 the plain quadratic one. exact: true reads each\n"
                   "trained network of one variable back: its exact pieces and degree, and a certified bound of its\n"
                   "largest error.\n"
                   "\n"
                   "The folder holds runs.csv, table.txt .csv .md .tex, tests.* and times.csv.\n",
    .examples = "  quadric compare configs/compare/targets.yaml\n  quadric compare configs/compare/gamma.yaml -o out/gamma --json\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
