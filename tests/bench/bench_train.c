/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates of training, side by side with PyTorch on the same threads.

     bench_train FOLDER [BLAS_FOLDER]     FOLDER holds train.py; BLAS_FOLDER: OpenBLAS built for OpenMP, which PyTorch is given

   Each case is measured in PAIRS pairs, ours and PyTorch's after each other, because the machine's speed varies; printed are the medians of
   both rates, and the median of the ratios of the pairs. Each side reports the median of its stretches. Peak memory is that of a
   process of its own for each case. Without python3-torch only ours is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "train/train.h"

enum { PAIRS = 3 };
#define SECONDS 3.0

typedef struct {
    const char *name, *network, *what; /* network: of qd_spec_named; NULL: dense */
    int64_t widths[5], depth;
    qd_kind kind;
    qd_optim_type optimiser;
    double momentum;
    int64_t samples, batch;
} bench_case;

static const bench_case cases[] = {
    {"quadratic-adam", NULL, "quadratic 784-256-256-10, Adam", {784, 256, 256, 10}, 3, QD_QUADRATIC, QD_ADAM, 0, 8192, 128},
    {"quadratic-sgd", NULL, "quadratic 784-256-256-10, SGD", {784, 256, 256, 10}, 3, QD_QUADRATIC, QD_SGD, 0, 8192, 128},
    {"conventional-sgd", NULL, "conventional 784-256-256-10, SGD", {784, 256, 256, 10}, 3, QD_LINEAR, QD_SGD, 0, 8192, 128},
    {"qresnet20", "qresnet20", "QResNet-20, SGD", {0}, 0, QD_QUADRATIC, QD_SGD, 0.9, 1024, 128},
    {"resnet20", "resnet20", "ResNet-20, SGD", {0}, 0, QD_LINEAR, QD_SGD, 0.9, 1024, 128},
    {"small-64", NULL, "quadratic 1-10-10-10-1, batch 64", {1, 10, 10, 10, 1}, 4, QD_QUADRATIC, QD_SGD, 0, 1000, 64},
    {"small-1000", NULL, "quadratic 1-10-10-10-1, batch 1000", {1, 10, 10, 10, 1}, 4, QD_QUADRATIC, QD_SGD, 0, 1000, 1000},
};

/* Random pictures, or samples of a line; what they are does not matter for the time. */
static void make_data(qd_data_t data, const bench_case *c)
{
    bool pictures = c->samples > 1000;
    qd_rng_t rng;
    qd_rng_init(rng, 1, 1);
    data->n = c->samples;
    data->channels = c->network != NULL ? 3 : 1;
    data->height = data->width = c->network != NULL ? 32 : pictures ? 28 : 1;
    data->outputs = pictures ? 10 : 1;
    int64_t features = data->channels * data->height * data->width;
    if (!pictures) {
        data->x = qd_malloc((size_t) data->n * sizeof *data->x);
        data->y = qd_malloc((size_t) data->n * sizeof *data->y);
        for (int64_t i = 0; i < data->n; i++) data->y[i] = data->x[i] = 2 * qd_rng_unit(rng) - 1;
        return;
    }
    data->height0 = data->height;
    data->width0 = data->width;
    for (int k = 0; k < 4; k++) data->std[k] = 1;
    data->pixel = qd_malloc((size_t) (data->n * features));
    data->label = qd_malloc((size_t) data->n * sizeof *data->label);
    for (int64_t i = 0; i < data->n * features; i++) data->pixel[i] = (uint8_t) qd_rng_below(rng, 256);
    for (int64_t i = 0; i < data->n; i++) data->label[i] = (int32_t) qd_rng_below(rng, 10);
}

static void fail(const qd_ctx_t ctx)
{
    fprintf(stderr, "bench_train: %s\n", qd_ctx_message(ctx));
    exit(1);
}

/* The work of one case, in a process of its own. */
static double measure(const bench_case *c, int threads)
{
    qd_ctx_t ctx;
    qd_data_t data;
    qd_run_spec_t spec;
    qd_run_t run;
    qd_ctx_init(ctx);
    qd_data_init(data);
    qd_run_spec_init(spec);
    qd_run_init(run);
    ctx->threads = threads;
    make_data(data, c);
    if (c->network == NULL) qd_spec_dense(spec->model, c->widths, c->depth, qd_neuron_make(c->kind, QD_RELU));
    else if (qd_spec_named(spec->model, c->network, 3, 32, 32, 10, false, ctx) != QD_OK) fail(ctx);
    qd_optim_defaults(&spec->optim, c->optimiser);
    spec->optim.rate = 1e-3;
    spec->optim.momentum = c->momentum;
    spec->loss.type = data->label != NULL ? QD_LOSS_CROSS_ENTROPY : QD_LOSS_SQUARED;
    spec->batch = c->batch;
    spec->steps = spec->record_every = (int64_t) 1 << 40;
    if (qd_run_start(run, spec, data, data, 1, ctx) != QD_OK || qd_run_advance(run, 1, ctx) != QD_OK) fail(ctx);
    double begin = wall_s(), rate[1000];
    size_t n = 0;
    int64_t stretch = 1;
    while ((wall_s() - begin < SECONDS || n < 3) && n < 1000) {
        double t = wall_s();
        if (qd_run_advance(run, run->optim->step + stretch, ctx) != QD_OK || run->status != QD_RUN_GOING) fail(ctx);
        t = wall_s() - t;
        rate[n++] = (double) (stretch * (data->pixel != NULL ? c->batch : 1)) / t;
        if (t > SECONDS / 20) continue;
        stretch *= 2;
        n = 0;
    }
    double result = median(rate, n);
    qd_run_clear(run);
    qd_run_spec_clear(spec);
    qd_data_clear(data);
    return result;
}

static double ours(const bench_case *c, int threads, double *peak)
{
    int fd[2];
    double answer[2] = {-1, -1};
    if (pipe(fd) != 0) exit(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        answer[0] = measure(c, threads);
        answer[1] = (double) qd_memory_peak() * 0x1p-20;
        ssize_t n = write(fd[1], answer, sizeof answer);
        _exit(n == (ssize_t) sizeof answer ? 0 : 1);
    }
    close(fd[1]);
    if (read(fd[0], answer, sizeof answer) != (ssize_t) sizeof answer) exit(1);
    close(fd[0]);
    waitpid(child, NULL, 0);
    *peak = answer[1];
    return answer[0];
}

static double theirs(const bench_case *c, int threads, const char *folder, const char *blas, double *peak)
{
    char command[600];
    double rate = -1;
    snprintf(command, sizeof command, "%s%s%s OMP_NUM_THREADS=%d /usr/bin/python3 '%s/train.py' %s %d %g 2>/dev/null",
             blas != NULL ? "LD_PRELOAD='" : "", blas != NULL ? blas : "", blas != NULL ? "/libopenblas.so.0'" : "", threads, folder,
             c->name, threads, SECONDS);
    FILE *f = popen(command, "r");
    bool read = f != NULL && fscanf(f, "%lf %lf", &rate, peak) == 2;
    if (f != NULL) pclose(f);
    return read ? rate : -1;
}

static void compare(const bench_case *c, int threads, const char *folder, const char *blas, bool peer)
{
    double a[PAIRS], b[PAIRS], ratio[PAIRS], our_peak = 0, peak = 0;
    for (int i = 0; i < PAIRS; i++) {
        a[i] = ours(c, threads, &our_peak);
        b[i] = peer ? theirs(c, threads, folder, blas, &peak) : -1;
        ratio[i] = a[i] / b[i];
    }
    printf("%-36s %7d %10.0f %-9s", c->what, threads, median(a, PAIRS), c->samples > 1000 ? "samples/s" : "steps/s");
    if (peer) printf(" %10.0f %7.2fx %9.0f %9.0f\n", median(b, PAIRS), median(ratio, PAIRS), our_peak, peak);
    else printf(" %10s %8s %9.0f %9s\n", "-", "-", our_peak, "-");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "tests/bench", *blas = argc > 2 && argv[2][0] != '\0' ? argv[2] : NULL;
    bool peer = system("/usr/bin/python3 -c 'import torch' 2>/dev/null") == 0;
    printf("Training%s\n",
           peer ? ", against PyTorch on the same threads" : "; PyTorch (Debian's python3-torch) is not installed: not compared");
    printf("%-36s %7s %20s %10s %8s %9s %9s\n", "network", "threads", "ours", "PyTorch", "ratio", "ours MB", "theirs MB");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int threads = 1; threads <= 2; threads++) compare(cases + i, threads, folder, blas, peer);
    return 0;
}
