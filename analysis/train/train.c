/* quadric train: one training run into a folder.

   DIR/config.json             the configuration with every value said; another one in the folder is an error
   DIR/metrics.csv             a line a record
   DIR/pieces.csv              exact piece counts on the way, where asked for
   DIR/checkpoint.safetensors  everything that --resume needs
   DIR/model.safetensors, summary.json   at the end
   DIR/times.csv               seconds, a line for each time the command ran; apart, so that the other files are a function of
                               configuration and seed */
#include "train/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "train/train_exact.h"

static const char *folder;
static bool resume, force;

static const opt_spec options[] = {
    {"output", 'o', OPT_TEXT, "DIR", &folder, 0, 0, "the folder of the run (default: out/NAME)"},
    {"resume", 0, OPT_FLAG, NULL, &resume, 0, 0, "go on with the run in DIR, to the same bits as without a break"},
    {"force", 0, OPT_FLAG, NULL, &force, 0, 0, "replace the run in DIR"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

/* Everything of one run. */
typedef struct {
    char name[128];
    uint64_t seed;
    qd_buf_t dir, config, pieces;
    qd_buf_t times; /* of earlier commands on this run */
    qd_doc_t doc;
    qd_run_spec_t spec;
    train_data data;
    qd_run_t run;
    int64_t checkpoint_every, piece_every; /* steps; 0: by time, never */
    double started_s, images;              /* of this process */
} job;

/* ---- files -------------------------------------------------------------------------------- */

static const char *path_of(qd_buf_t path, const job *j, const char *name)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/%s", qd_buf_str(j->dir), name);
    return qd_buf_str(path);
}

static qd_status write_text(const job *j, const char *name, const qd_buf_struct *text, qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_status st = qd_file_write(path_of(path, j, name), qd_buf_str(text), text->len, ctx);
    qd_buf_clear(path);
    return st;
}

static qd_status write_model(const job *j, const char *name, bool state, qd_ctx_t ctx)
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

static void remove_file(const job *j, const char *name)
{
    qd_buf_t path;
    qd_buf_init(path);
    unlink(path_of(path, j, name));
    qd_buf_clear(path);
}

static bool exists(const job *j, const char *name)
{
    qd_buf_t path;
    qd_buf_init(path);
    bool yes = access(path_of(path, j, name), F_OK) == 0;
    qd_buf_clear(path);
    return yes;
}

/* What there is to see of the run while it goes on; the checkpoint last, since it is what counts. */
static qd_status save(job *j, qd_ctx_t ctx)
{
    double s = qd_ctx_elapsed(ctx) - j->started_s;
    size_t before = j->times->len;
    qd_buf_printf(j->times, "%ld,%.3f,%.1f\n", (long) j->run->optim->step, s, j->images / s);
    qd_status st = write_text(j, "metrics.csv", j->run->metrics, ctx);
    if (st == QD_OK && j->piece_every > 0) st = write_text(j, "pieces.csv", j->pieces, ctx);
    if (st == QD_OK && j->images > 0) st = write_text(j, "times.csv", j->times, ctx);
    j->times->len = before;
    return st == QD_OK ? write_model(j, "checkpoint.safetensors", true, ctx) : st;
}

/* ---- pieces on the way -------------------------------------------------------------------- */

/* Counts, unless it is not the time or this step is there already: a budget may end between a step and its count. */
static qd_status count_pieces(job *j, qd_ctx_t ctx)
{
    int64_t step = j->run->optim->step;
    if (j->piece_every == 0 || step == 0 || step % j->piece_every != 0 || j->run->status == QD_RUN_COLLAPSED) return QD_OK;
    qd_buf_t line;
    qd_buf_init(line);
    qd_buf_printf(line, "\n%ld,exact,", (long) step);
    bool there = strstr(qd_buf_str(j->pieces), qd_buf_str(line)) != NULL;
    qd_buf_clear(line);
    qd_count c;
    qd_status st = there ? QD_OK : train_exact_count(&c, j->run, &j->data, ctx);
    if (st == QD_OK && !there)
        qd_buf_printf(j->pieces, "%ld,%s,%ld,%ld,%ld\n", (long) step, qd_label_name(c.label), (long) c.regions, (long) c.pieces,
                      (long) c.max_degree);
    return st;
}

/* ---- set-up ------------------------------------------------------------------------------- */

qd_status train_name(char *name, const qd_node *root, const char *path, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(root, "name");
    if (m != NULL) {
        const char *text;
        qd_status st = qd_node_get_string(&text, m, "'name'", ctx);
        if (st == QD_OK && (text[0] == '\0' || text[0] == '.' || strchr(text, '/') != NULL || strlen(text) > 100))
            st = qd_node_fail(m, ctx, "'name': found '%.40s', expected 1 to 100 characters without '/', the first no '.'", text);
        if (st == QD_OK) strcpy(name, text);
        return st;
    }
    const char *slash = strrchr(path, '/');
    snprintf(name, 128, "%s", slash != NULL ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name) *dot = '\0';
    return QD_OK;
}

static qd_status check_keys(const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"name", "comment", "seed", "version", "data", "model", "strategy", "training", NULL};
    qd_status st = qd_node_get_object(root, "the configuration", ctx);
    if (st == QD_OK) st = qd_node_only_keys(root, keys, "the configuration", ctx);
    if (st == QD_OK) st = train_data_check(root, ctx);
    return st == QD_OK ? qd_config_check(root, ctx) : st;
}

/* Of the command line, or of the configuration, or 1. */
static qd_status read_seed(uint64_t *seed, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(root, "seed");
    *seed = cli_common.seed;
    if (m == NULL) return QD_OK;
    const char *text = qd_node_kind(m) == QD_NODE_NUMBER ? qd_node_text(m, NULL) : "";
    char *end;
    errno = 0;
    uint64_t said = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return qd_node_fail(m, ctx, "'seed' must be an integer from 0 to 2^64 - 1");
    if (!cli_common.seed_said) *seed = said;
    return QD_OK;
}

static qd_status read_intervals(job *j, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "training", "checkpoint_every");
    qd_status st = m == NULL ? QD_OK : qd_node_get_int(&j->checkpoint_every, m, 1, (int64_t) 1 << 40, "'checkpoint_every'", ctx);
    m = qd_config_find(config, "training", "piece_every");
    if (st != QD_OK || m == NULL) return st;
    st = qd_node_get_int(&j->piece_every, m, 0, (int64_t) 1 << 40, "'piece_every'", ctx);
    bool fits = train_exact_fits(j->spec, &j->data);
    return st == QD_OK && j->piece_every > 0 && !fits ? qd_node_fail(m, ctx, "'piece_every' needs a target function of one variable") : st;
}

static qd_status read_config(job *j, const char *path, qd_ctx_t ctx)
{
    qd_status st = qd_doc_read(j->doc, path, QD_YAML, ctx);
    if (st != QD_OK) return st;
    const qd_node *root = qd_doc_root(j->doc);
    const qd_config config = {1, {root}};
    if ((st = check_keys(root, ctx)) != QD_OK || (st = train_name(j->name, root, path, ctx)) != QD_OK ||
        (st = read_seed(&j->seed, root, ctx)) != QD_OK || (st = train_data_read(&j->data, &config, j->seed, ctx)) != QD_OK ||
        (st = qd_run_spec_read(j->spec, &config, j->data.train, ctx)) != QD_OK || (st = read_intervals(j, &config, ctx)) != QD_OK)
        return st;
    qd_buf_puts(j->config, "{\n  \"name\": ");
    qd_json_quote(j->config, j->name);
    qd_buf_printf(j->config, ",\n  \"version\": \"%s\", \"seed\": %llu,\n  \"data\": %s,\n", QD_VERSION, (unsigned long long) j->seed,
                  qd_buf_str(j->data.resolved));
    qd_run_spec_print(j->config, j->spec);
    if (j->piece_every > 0) qd_buf_printf(j->config, ", \"piece_every\": %ld", (long) j->piece_every);
    qd_buf_puts(j->config, "}\n}\n");
    return QD_OK;
}

/* A folder for a new run; the files of another one, or of somebody else, go only by --force. */
static qd_status new_folder(const job *j, qd_ctx_t ctx)
{
    static const char *const files[] = {"summary.json", "checkpoint.safetensors", "model.safetensors", "metrics.csv", "pieces.csv",
                                        "times.csv"};
    const int n = sizeof files / sizeof *files;
    const char *dir = qd_buf_str(j->dir);
    if (exists(j, "config.json") && !force)
        return qd_fail(ctx, QD_EINPUT, "%s holds a run already; --resume goes on with it, --force replaces it", dir);
    for (int i = 0; i < n && !force; i++)
        if (exists(j, files[i]))
            return qd_fail(ctx, QD_EINPUT, "%s/%s is there, and no run that it belongs to; --force replaces it", dir, files[i]);
    qd_status st = qd_folder_make(dir, ctx);
    for (int i = 0; i < n && st == QD_OK; i++) remove_file(j, files[i]);
    return st == QD_OK ? write_text(j, "config.json", j->config, ctx) : st;
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
static qd_status open_folder(job *j, qd_ctx_t ctx)
{
    if (folder != NULL) qd_buf_puts(j->dir, folder);
    else qd_buf_printf(j->dir, "out/%s", j->name);
    struct stat info;
    const char *dir = qd_buf_str(j->dir);
    if (stat(dir, &info) == 0 && !S_ISDIR(info.st_mode))
        return qd_fail(ctx, QD_EINPUT, "%s is a file; expected a folder for the run, or none", dir);
    if (!resume) return new_folder(j, ctx);
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

static qd_status load_checkpoint(job *j, qd_ctx_t ctx)
{
    if (!resume || !exists(j, "checkpoint.safetensors")) return QD_OK;
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

/* ---- training ----------------------------------------------------------------------------- */

static void show(const job *j, const qd_ctx_t ctx)
{
    const qd_run_struct *run = j->run;
    double s = qd_ctx_elapsed(ctx) - j->started_s, rate = j->images / (s > 0 ? s : 1);
    char what[160];
    bool many = j->data.train->pixel != NULL;
    int64_t batch = qd_run_batch(j->spec, j->data.train->n);
    snprintf(what, sizeof what, "training, loss %.4g, error %.4g, %.0f %s/s",
             run->records > 0 ? run->loss : run->sum.loss / (double) run->sum.n, run->error, many ? rate : rate / (double) batch,
             many ? "images" : "steps");
    qd_ctx_progress(ctx, what, run->optim->step, j->spec->steps);
}

static int64_t next_multiple(int64_t step, int64_t every)
{
    return (step / every + 1) * every;
}

/* One stretch: to the next piece count or checkpoint, or about half a second's worth of steps. */
static qd_status stretch(job *j, int64_t *chunk, qd_ctx_t ctx)
{
    qd_run_struct *run = j->run;
    int64_t from = run->optim->step, until = from + *chunk;
    if (j->piece_every > 0 && next_multiple(from, j->piece_every) < until) until = next_multiple(from, j->piece_every);
    if (j->checkpoint_every > 0 && next_multiple(from, j->checkpoint_every) < until) until = next_multiple(from, j->checkpoint_every);
    double t = qd_ctx_elapsed(ctx);
    qd_status st = qd_run_advance(run, until, ctx);
    t = qd_ctx_elapsed(ctx) - t;
    if (t < 0.25 && run->optim->step - from == *chunk) *chunk *= 2;
    if (t > 1 && *chunk > 1) *chunk /= 2;
    /* the last batch of an epoch may be smaller */
    double each = (double) j->data.train->n / (double) qd_run_epoch(j->spec, j->data.train->n);
    j->images += (double) (run->optim->step - from) * each;
    return st == QD_OK ? count_pieces(j, ctx) : st;
}

/* Seconds between checkpoints when no number of steps is given. */
#define CHECKPOINT_S 60

static qd_status train(job *j, qd_ctx_t ctx)
{
    int64_t chunk = 1;
    double saved_s = qd_ctx_elapsed(ctx);
    qd_status st = count_pieces(j, ctx); /* of the step that a checkpoint was taken at */
    j->started_s = saved_s;
    while (st == QD_OK && j->run->status == QD_RUN_GOING && !cli_interrupted()) {
        st = stretch(j, &chunk, ctx);
        if (st != QD_OK || j->run->status != QD_RUN_GOING) break;
        show(j, ctx);
        bool due = j->checkpoint_every > 0 ? j->run->optim->step % j->checkpoint_every == 0 : qd_ctx_elapsed(ctx) - saved_s > CHECKPOINT_S;
        if (!due) continue;
        st = save(j, ctx);
        saved_s = qd_ctx_elapsed(ctx);
    }
    cli_progress_end();
    if (cli_interrupted() && st == QD_OK) st = qd_fail(ctx, QD_EUNABLE, "interrupted at step %ld", (long) j->run->optim->step);
    if (st == QD_EUNABLE) {
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        if (save(j, own) != QD_OK) return qd_ctx_pass(ctx, QD_EIO, own);
    }
    return st == QD_OK ? save(j, ctx) : st;
}

/* ---- results ------------------------------------------------------------------------------ */

static void add_number(qd_buf_t out, const char *key, double x)
{
    qd_buf_printf(out, ", \"%s\": ", key);
    qd_double_print(out, x);
}

void train_summary(qd_buf_t out, const qd_run_struct *run, const char *name)
{
    qd_buf_puts(out, "{\"name\": ");
    qd_json_quote(out, name);
    qd_buf_printf(out, ", \"status\": \"%s\", \"cause\": \"%s\", \"layer\": ", qd_run_status_name(run->status), qd_cause_name(run->cause));
    if (run->status == QD_RUN_COLLAPSED && run->layer >= 0) qd_buf_printf(out, "%ld", (long) run->layer);
    else qd_buf_puts(out, "null");
    qd_buf_printf(out, ", \"step\": %ld, \"steps\": %ld, \"parameters\": %ld, \"error_is\": \"%s\"", (long) run->optim->step,
                  (long) run->spec->steps, (long) run->model->nparams, run->test->label != NULL ? "error rate" : "mean squared error");
    add_number(out, "loss", run->loss);
    add_number(out, "train_error", run->train_error);
    add_number(out, "error", run->error);
    if (run->test->label == NULL) add_number(out, "largest_error", run->largest);
    add_number(out, "constant_error", run->constant_error);
    add_number(out, "best_error", run->best_error);
    qd_buf_printf(out, ", \"best_step\": %ld", (long) run->best_step);
    if (run->spec->threshold > 0) {
        if (run->reached_step >= 0) qd_buf_printf(out, ", \"reached_step\": %ld", (long) run->reached_step);
        else qd_buf_puts(out, ", \"reached_step\": null");
    }
    qd_buf_printf(out, ", \"version\": \"%s\", \"seed\": %llu}\n", QD_VERSION, (unsigned long long) run->seed);
}

static void print_text(qd_buf_t out, const job *j, const qd_ctx_t ctx)
{
    const qd_run_struct *run = j->run;
    bool labels = run->test->label != NULL;
    double s = qd_ctx_elapsed(ctx) - j->started_s;
    qd_buf_printf(out, "run          %s\nparameters   %ld\nstatus       %s", j->name, (long) run->model->nparams,
                  qd_run_status_name(run->status));
    if (run->status == QD_RUN_COLLAPSED) {
        qd_buf_printf(out, ": %s at step %ld", qd_cause_name(run->cause), (long) run->optim->step);
        if (run->layer >= 0) qd_buf_printf(out, ", layer %ld", (long) run->layer);
    }
    qd_buf_printf(out, "\nsteps        %ld of %ld\n", (long) run->optim->step, (long) run->spec->steps);
    if (isfinite(run->loss)) qd_buf_printf(out, "loss         %.6g, mean since the record before\n", run->loss);
    if (!isfinite(run->error)) qd_buf_puts(out, "error        not finite\n");
    else if (labels)
        qd_buf_printf(out, "error        %.2f %% of the test samples (always the same class: %.2f %%)\n", 100 * run->error,
                      100 * run->constant_error);
    else
        qd_buf_printf(out, "error        %.6g, mean squared (best constant: %.6g); largest %.6g\n", run->error, run->constant_error,
                      run->largest);
    if (run->best_step > 0)
        qd_buf_printf(out, labels ? "best         %.2f %%" : "best         %.6g", labels ? 100 * run->best_error : run->best_error);
    if (run->best_step > 0) qd_buf_printf(out, " at step %ld\n", (long) run->best_step);
    if (j->images > 0) qd_buf_printf(out, "time         %.1f s, %.0f samples/s\n", s, j->images / s);
    qd_buf_printf(out, "folder       %s\nmade by      quadric %s, seed %llu\n", qd_buf_str(j->dir), QD_VERSION,
                  (unsigned long long) run->seed);
}

static int finish(job *j, qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_buf_init(out);
    train_summary(out, j->run, j->name);
    /* numbers that are not finite are no network */
    bool network = j->run->cause != QD_CAUSE_NOT_FINITE && qd_run_finite(j->run);
    qd_status st = network ? write_model(j, "model.safetensors", false, ctx) : QD_OK;
    if (st == QD_OK) st = write_text(j, "summary.json", out, ctx);
    if (!cli_common.json) {
        qd_buf_reset(out);
        print_text(out, j, ctx);
    }
    int code = st == QD_OK ? cli_print(out, EXIT_ANSWERED) : cli_fail(st, NULL, ctx);
    qd_buf_clear(out);
    return code;
}

/* What is known of a run that was ended by a budget. */
static int print_going(const job *j, int code)
{
    qd_buf_t out;
    qd_buf_init(out);
    train_summary(out, j->run, j->name);
    code = cli_print(out, code);
    qd_buf_clear(out);
    return code;
}

/* ---- command ------------------------------------------------------------------------------ */

static void job_init(job *j)
{
    memset(j, 0, sizeof *j);
    qd_buf_init(j->dir);
    qd_buf_init(j->config);
    qd_buf_init(j->pieces);
    qd_buf_init(j->times);
    qd_doc_init(j->doc);
    qd_run_spec_init(j->spec);
    train_data_init(&j->data);
    qd_run_init(j->run);
    qd_buf_puts(j->pieces, "step,status,regions,pieces,max_degree\n");
    qd_buf_puts(j->times, "step,seconds,samples_per_second\n");
}

static void job_clear(job *j)
{
    qd_run_clear(j->run);
    train_data_clear(&j->data);
    qd_run_spec_clear(j->spec);
    qd_doc_clear(j->doc);
    qd_buf_clear(j->dir);
    qd_buf_clear(j->config);
    qd_buf_clear(j->pieces);
    qd_buf_clear(j->times);
}

static int run(int n, char **arguments)
{
    (void) n;
    if (resume && force) return cli_usage("train", "--resume and --force exclude each other");
    if (folder != NULL && folder[0] == '\0') return cli_usage("train", "-o: found '', expected a folder");
    qd_ctx_t ctx;
    job j;
    cli_ctx(ctx);
    job_init(&j);
    int code;
    qd_status st = read_config(&j, arguments[0], ctx);
    if (st == QD_OK) st = qd_run_start(j.run, j.spec, j.data.train, j.data.test, j.seed, ctx);
    if (st != QD_OK) {
        code = cli_fail(st, arguments[0], ctx);
        goto done;
    }
    cli_catch_interrupts();
    st = open_folder(&j, ctx);
    if (st == QD_OK) st = load_checkpoint(&j, ctx);
    if (st == QD_OK) st = train(&j, ctx);
    if (st == QD_OK) {
        code = finish(&j, ctx);
        goto done;
    }
    code = cli_fail(st, NULL, ctx);
    if (st == QD_EUNABLE && cli_common.json) code = print_going(&j, code);
    if (st == QD_EUNABLE) fprintf(stderr, "quadric: the same command with --resume goes on from step %ld\n", (long) j.run->optim->step);
done:
    job_clear(&j);
    return code;
}

const cli_command command_train = {
    .name = "train",
    .arguments = "CONFIG",
    .summary = "trains one network, conventional or quadratic, with ReLinear",
    .description = "Trains the network of a configuration (YAML) into a folder: metrics.csv (a line a record),\n"
                   "model.safetensors, config.json (every value said), summary.json, times.csv. The result is a\n"
                   "function of configuration and seed, bit for bit, whatever the number of threads; an\n"
                   "interrupted run goes on with --resume as if it had not been.\n"
                   "\n"
                   "A configuration has four blocks; all keys but the source of the data and the model's layers\n"
                   "have defaults. Beside them: name, comment, seed (--seed goes before it). config.json is a\n"
                   "configuration too, that of the same run. Paths in it are relative to where the command runs.\n"
                   "A key that has no effect in this run (momentum with adam, slope with relu) is an error; a key\n"
                   "that is null is as if it were not there.\n"
                   "\n"
                   "  data: {target: \"sin(3*x)\", samples: 500, noise: 0.01}\n"
                   "  model: {hidden: [16, 16], kind: quadratic}\n"
                   "  strategy: {start: relinear, gamma: 0.1}\n"
                   "  training: {optimiser: adam, rate: 3e-3, steps: 5000, schedule: {type: cosine}}\n"
                   "\n"
                   "data: target (runge, sin, abs, step; of two variables radial, disc, xor, spirals,\n"
                   "checkerboard; or an expression of x or of x and y) or spline (a spline file), with interval\n"
                   "[a, b] of each variable (a name brings its own, else [-1, 1]), samples (1000), sampling random\n"
                   "or grid, noise (standard deviation, on the training samples), test_samples (a grid; two\n"
                   "variables: that many in all, rounded down to a square), classes (the values are labels 0, 1,\n"
                   "...); or idx (a folder with the four files of MNIST, or fashion-mnist for Debian's package\n"
                   "dataset-fashion-mnist) with size [h, w] (zero padding); or cifar10 (the folder of the binary\n"
                   "version); or csv with target_column, test_csv, classes. limit, test_limit: so many samples of\n"
                   "files, from the front. standardise (true): a pixel becomes (pixel/255 - mean)/std with mean\n"
                   "and std of the training pictures, which model.safetensors keeps as pixel_mean, pixel_std;\n"
                   "numbers of CSV files stay as they are.\n"
                   "\n"
                   "model: hidden [16, 16], kind (quadratic), activation (relu), slope (of leaky_relu); or\n"
                   "network (resnet20, qresnet20, cresnet20, cresnet20-b1, any depth 6n + 2) with rezero (a scalar\n"
                   "on each residual branch, initially 0); or layers, a list of {type: conv | dense, kind,\n"
                   "activation, out, size, stride, pad, biases, norm, shortcut, gate}: biases a filter, norm batch\n"
                   "normalisation, shortcut the number of the layer (from 0) whose input is added, gate ReZero's\n"
                   "scalar. Kinds, with inputs a: linear w.a + b; quadratic (wr.a + br)(wg.a + bg) + wb.(a*a) + c;\n"
                   "compact w.a + wb.(a*a) + b; product (wr.a + br)(wg.a + bg); product_linear (wr.a)(wg.a) + w.a\n"
                   "+ b; full, every a_i a_j; power w.(a*a) + b.\n"
                   "\n"
                   "strategy: start relinear (wg = 0, bg = 1, wb = 0, c = 0: the network starts as the\n"
                   "conventional one) or random; weights he or uniform; gamma (or gamma_g, gamma_b): the rate\n"
                   "of wg, bg and of wb, c as a ratio to the base rate (default with relinear 0.01 for sgd, 0.1\n"
                   "else; with random 1); alpha, beta (or alpha_g, ...): l1 and l2 shrinking of these weights\n"
                   "towards the conventional network; from: a checkpoint of a trained conventional network.\n"
                   "\n"
                   "training: optimiser (adam, adamw, sgd, rmsprop), rate (1e-3; sgd and rmsprop 1e-2), momentum,\n"
                   "nesterov, beta1, beta2, smooth (rmsprop's alpha), eps, decay, decay_to (where decay leads bg:\n"
                   "conventional, to 1, the default with relinear; zero, as all other weights and as in the\n"
                   "published code, the default with random), clip (largest norm of the gradient), batch (64; 0: all), steps (2000) or epochs, schedule {type: constant | step |\n"
                   "cosine, factor (0.1) at_steps or at_epochs, warmup_steps or warmup_epochs, final (rate, 0)},\n"
                   "loss (squared, huber with delta, cross_entropy with smoothing of labels), flip, crop (of\n"
                   "pictures, padded by so many pixels), precision (float32, float64), record_every, patience (stop\n"
                   "after so many records without a better one), threshold (note when the error reaches it),\n"
                   "largest_rms, checkpoint_every, piece_every (steps between exact piece counts).\n"
                   "\n"
                   "A line of metrics.csv has loss and train_error as means since the line before, error and\n"
                   "largest_error on the test samples. A run collapses when an activation or the loss is not\n"
                   "finite, when the pre-activations of a layer exceed largest_rms (1e6), or when it ends worse\n"
                   "than the best constant, however short it was. It stops there; status, cause, layer and step\n"
                   "are its result, and the exit code is 0.\n",
    .examples = "  quadric train configs/train/runge.yaml\n  quadric train configs/train/fashion-mnist.yaml -o out/fashion --threads 2\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
