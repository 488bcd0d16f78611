/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of the engine in space: random conventional relu networks, Gaussian weights (He), biases like weights, seeds 1 to 5, on one thread
   (processor time) and on two (wall time); the figure of a row is the median over the seeds of the median over the repetitions. One layer in the
   whole space must have the number of regions that hyperplanes in general position have (Zaslavsky).

   bench_space NET HALF-WIDTH times one network file on the box of that half-width around 0: regions alone, and with pieces and neighbours. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "space/space.h"

#define SEEDS 5

typedef struct {
    slong inputs, width, depth, half; /* half: of the box; 0: the whole space */
    int repeat;
    double asked; /* ms (boxes) or regions/s; 0: none */
} bench_case;

static const bench_case cases[] = {
    {2, 32, 2, 4, 21, 1},    {2, 64, 2, 4, 11, 9},    {2, 20, 10, 4, 11, 14},  {3, 64, 1, 0, 3, 1.2e6},
    {4, 32, 1, 0, 3, 730e3}, {5, 24, 1, 0, 3, 364e3}, {6, 16, 1, 0, 3, 145e3}, {7, 16, 1, 0, 1, 41e3},
    {8, 16, 1, 0, 1, 10e3},  {3, 32, 2, 4, 3, 0},     {5, 16, 2, 4, 1, 0},     {9, 11, 1, 0, 1, 0},
};

/* Median seconds, or a negative number where it failed. */
static double time_compute(qd_count *count, const qd_net_t net, const qd_domain *d, qd_space_want want, int threads, int repeat)
{
    double t[32];
    clockid_t clock = threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    for (int i = 0; i < repeat; i++) {
        qd_ctx_t ctx;
        qd_regions_t g;
        qd_ctx_init(ctx);
        qd_regions_init(g);
        ctx->threads = threads;
        double start = clock_s(clock);
        if (qd_space_compute(g, net, d, &want, ctx) != QD_OK) {
            printf("%s\n", qd_ctx_message(ctx));
            return -1;
        }
        t[i] = clock_s(clock) - start;
        *count = g->count;
        qd_regions_clear(g);
    }
    return median(t, repeat);
}

static void set_box(fmpq *lo, fmpq *hi, slong dim, const fmpq_t half)
{
    for (slong k = 0; k < dim; k++) {
        fmpq_set(hi + k, half);
        fmpq_neg(lo + k, half);
    }
}

static double zaslavsky(slong n, slong dim)
{
    double sum = 0, c = 1;
    for (slong j = 0; j <= dim && j <= n; j++) {
        sum += c;
        c = c * (double) (n - j) / (double) (j + 1);
    }
    return sum;
}

static int run_case(const bench_case *c)
{
    double one[SEEDS], two[SEEDS], regions[SEEDS];
    int64_t width[16];
    int wrong = 0;
    fmpq *lo = _fmpq_vec_init(c->inputs), *hi = _fmpq_vec_init(c->inputs);
    fmpq_t half;
    fmpq_init(half);
    fmpq_set_si(half, c->half, 1);
    set_box(lo, hi, c->inputs, half);
    const qd_domain d = {.lo = c->half > 0 ? lo : NULL, .hi = c->half > 0 ? hi : NULL};
    width[0] = c->inputs;
    for (slong l = 1; l <= c->depth; l++) width[l] = c->width;
    width[c->depth + 1] = 1;
    for (int s = 0; s < SEEDS; s++) {
        const qd_arch arch = {c->depth + 1, width, qd_neuron_make(QD_LINEAR, QD_RELU), false, true};
        const qd_space_want count_only = {false, false, false};
        qd_net_t net;
        qd_count count = {QD_EXACT, 0, 0, 0, 0};
        qd_net_init(net);
        qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GAUSS, 8, 8}, (uint64_t) s + 1, 0);
        one[s] = time_compute(&count, net, &d, count_only, 1, c->repeat);
        two[s] = time_compute(&count, net, &d, count_only, 2, c->repeat);
        regions[s] = (double) count.regions;
        wrong += c->half == 0 && c->depth == 1 && regions[s] != zaslavsky(c->width, c->inputs);
        qd_net_clear(net);
    }
    double n = median(regions, SEEDS), t = median(one, SEEDS);
    printf("%2ld-%ld x %-3ld %-8s %9.0f %10.2f %10.2f %12.0f", (long) c->inputs, (long) c->width, (long) c->depth,
           c->half > 0 ? "box" : "space", n, 1e3 * t, 1e3 * median(two, SEEDS), n / t);
    if (c->asked > 0 && c->half > 0) printf("  asked %g ms", c->asked);
    else if (c->asked > 0) printf("  asked %.0f /s", c->asked);
    printf("%s\n", wrong > 0 ? "  COUNTS WRONG" : "");
    fflush(stdout);
    fmpq_clear(half);
    _fmpq_vec_clear(lo, c->inputs);
    _fmpq_vec_clear(hi, c->inputs);
    return wrong;
}

static int run_file(const char *path, const char *text)
{
    qd_ctx_t ctx;
    qd_net_t net;
    fmpq_t half;
    int failed = 1;
    qd_ctx_init(ctx);
    qd_net_init(net);
    fmpq_init(half);
    if (qd_net_read(net, path, ctx) == QD_OK && fmpq_set_str(half, text, 10) == 0) {
        slong dim = net->input_dim;
        fmpq *lo = _fmpq_vec_init(dim), *hi = _fmpq_vec_init(dim);
        set_box(lo, hi, dim, half);
        for (int all = 0; all < 2; all++)
            for (int threads = 1; threads <= 2; threads++) {
                qd_count count = {QD_EXACT, 0, 0, 0, 0};
                const qd_domain d = {.lo = lo, .hi = hi};
                double t = time_compute(&count, net, &d, (qd_space_want){false, all, all}, threads, 1);
                printf("%s: %ld regions, %ld pieces, %d thread%s, %.3f s of %s time, peak memory %.0f MB\n", path, (long) count.regions,
                       (long) count.pieces, threads, threads > 1 ? "s" : "", t, threads > 1 ? "wall" : "processor",
                       (double) qd_memory_peak() / 1e6);
                failed = t < 0;
            }
        _fmpq_vec_clear(lo, dim);
        _fmpq_vec_clear(hi, dim);
    } else printf("%s\n", qd_ctx_message(ctx));
    fmpq_clear(half);
    qd_net_clear(net);
    return failed;
}

int main(int argc, char **argv)
{
    int wrong = 0;
    if (argc == 3) return run_file(argv[1], argv[2]);
    printf("Conventional networks, regions counted; median milliseconds over %d networks.\n\n", SEEDS);
    printf("%-18s %9s %10s %10s %12s\n", "networks", "regions", "1 thread", "2 threads", "regions/s");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) wrong += run_case(cases + i);
    printf("\npeak memory %.0f MB\n", (double) qd_memory_peak() / 1e6);
    flint_cleanup_master();
    return wrong == 0 ? 0 : 1;
}
