/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric train: one training run into a folder.

   DIR/config.json             the configuration with every value said; another one in the folder is an error
   DIR/metrics.csv             a line a record
   DIR/pieces.csv              exact piece counts on the way, where asked for
   DIR/checkpoint.safetensors  everything that --resume needs
   DIR/model.safetensors, summary.json   at the end
   DIR/times.csv               seconds, a line for each time the command ran; apart, so that the other files are a function of
                               configuration and seed */
#include "train/train_job.h"

#include <stdio.h>

#include "cli/commands.h"
#include "train/summary.h"
#include "train/train_exact.h"

static const char *folder;
static bool resume, force;

static const opt_spec options[] = {
    {"output", 'o', OPT_TEXT, "DIR", &folder, 0, 0, "the folder of the run (default: out/NAME)"},
    {"resume", 0, OPT_FLAG, NULL, &resume, 0, 0, "go on with the run in DIR, to the same bits as without a break"},
    {"force", 0, OPT_FLAG, NULL, &force, 0, 0, "replace the run in DIR"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

static int finish(train_job *j, qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_buf_init(out);
    train_summary(out, j->run, qd_buf_str(j->name));
    /* numbers that are not finite are no network */
    bool network = j->run->cause != QD_CAUSE_NOT_FINITE && qd_run_finite(j->run);
    qd_status st = network ? train__write_model(j, "model.safetensors", false, ctx) : QD_OK;
    if (st == QD_OK) st = qd_folder_write(j->folder, "summary.json", out, ctx);
    if (!cli_common.json) {
        qd_buf_reset(out);
        train__print(out, j, ctx);
    }
    int code = st == QD_OK ? cli_print(out, EXIT_ANSWERED) : cli_fail(st, NULL, ctx);
    qd_buf_clear(out);
    return code;
}

/* What is known of a run that was ended by a budget. */
static int print_going(const train_job *j, int code)
{
    qd_buf_t out;
    qd_buf_init(out);
    train_summary(out, j->run, qd_buf_str(j->name));
    code = cli_print(out, code);
    qd_buf_clear(out);
    return code;
}

static int run(int n, char **arguments)
{
    (void) n;
    if (resume && force) return cli_usage("train", "--resume and --force exclude each other");
    if (folder != NULL && folder[0] == '\0') return cli_usage("train", "-o: found '', expected a folder");
    qd_ctx_t ctx;
    train_job j;
    cli_ctx(ctx);
    train_job_init(&j);
    int code;
    qd_status st = train__read(&j, arguments[0], ctx);
    if (st == QD_OK) st = qd_run_start(j.run, j.spec, j.data.train, j.data.test, j.seed, ctx);
    qd_buf_puts(j.run->notes, TRAIN_EXACT_HEADER);
    if (st != QD_OK) {
        code = cli_fail(st, arguments[0], ctx);
        goto done;
    }
    cli_catch_interrupts();
    st = train__open(&j, folder, resume ? QD_FOLDER_GO_ON : force ? QD_FOLDER_REPLACE : QD_FOLDER_NEW, ctx);
    if (st == QD_OK) st = train__run(&j, ctx);
    if (st == QD_OK) {
        code = finish(&j, ctx);
        goto done;
    }
    code = cli_fail(st, NULL, ctx);
    if (st == QD_EUNABLE && cli_common.json) code = print_going(&j, code);
    if (st == QD_EUNABLE) fprintf(stderr, "quadric: the same command with --resume goes on from step %ld\n", (long) j.run->optim->step);
done:
    train_job_clear(&j);
    return code;
}

const cli_command command_train = {
    .name = "train",
    .arguments = "CONFIG",
    .summary = "trains one network, conventional or quadratic, with ReLinear",
    .description = "Trains the network of a configuration (YAML) into a folder: metrics.csv (a line a record),\n"
                   "model.safetensors, config.json (every value said), summary.json, times.csv. The result is a\n"
                   "function of configuration and seed, bit for bit, whatever the number of threads; an\n"
                   "interrupted run goes on with --resume as if it had not been. One process at a time has the folder;\n"
                   "a checkpoint of another configuration or of other data is refused.\n"
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
                   "...); or idx (a folder with the four files of MNIST, as published: .gz behind, a dot before idx\n"
                   "and a prefix may be; or fashion-mnist for Debian's package dataset-fashion-mnist) with classes\n"
                   "(10; EMNIST's letters are 1 to 26: 27), prefix (where a folder has several sets), transpose\n"
                   "(EMNIST is stored so), size [h, w] (zero padding); or cifar10 (the folder of the binary version);\n"
                   "or csv with target_column, test_csv, classes, separator (\",\"), decimal (\".\"), columns (the\n"
                   "features; all but the target): test_csv is read by the names of the columns, other names are\n"
                   "refused, and a first column without a name, as pandas writes it, is passed over. limit,\n"
                   "test_limit: so many samples of files, from the front. standardise (true): a pixel becomes\n"
                   "(pixel/255 - mean)/std with mean and std of the training pictures, which model.safetensors keeps\n"
                   "as pixel_mean, pixel_std; numbers of CSV files stay as they are.\n"
                   "\n"
                   "model: hidden [16, 16], kind (quadratic), activation (relu), slope (of leaky_relu); or\n"
                   "network (resnet20, qresnet20, cresnet20, cresnet20-b1, any depth 6n + 2) with rezero (a scalar\n"
                   "on each residual branch, initially 0); or layers, a list of {type: conv | dense, kind,\n"
                   "activation, out, size, stride, pad, biases, norm, shortcut, gate}: biases a filter, norm batch\n"
                   "normalisation, shortcut the number of the layer (from 0) whose input is added, gate ReZero's\n"
                   "scalar. The kinds, with inputs a:\n" QD_KIND_FORMULAS ".\n"
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
                   "published code, the default with random), clip (largest norm of the gradient), batch (64; 0:\n"
                   "all), steps (2000) or epochs, schedule {type: constant | step | cosine, factor (0.1) at_steps or\n"
                   "at_epochs, warmup_steps or warmup_epochs, final (rate, 0)}, loss (squared, huber with delta,\n"
                   "cross_entropy with smoothing of labels), flip, crop (of pictures, padded by so many pixels),\n"
                   "precision (float32, float64), record_every, patience (stop after so many records without a\n"
                   "better one), threshold (note when the error reaches it), largest_rms, checkpoint_every,\n"
                   "piece_every (steps between exact piece counts).\n"
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
