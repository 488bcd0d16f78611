/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of the engine in the plane, one thread, processor time inside this process; beside them CGAL's exact arrangement of the same conics, where
   the program arrangement.cpp could be built (package libcgal-dev), in processor time of its own without reading.

   Networks: random relu, two inputs, the whole plane or a box, weights k/8 with k uniform in -8..8 (grid) or 24-bit Gaussian. The figure of a row is
   the median over the seeds, those that do not end within 10 s counted as 10 s; the ratio is the median of ratios. Faces of the arrangement and
   regions must agree. SplineCam (published code, floating point, one core of the same machine) takes 7.6 s for 2-32-32 on [-4,4]^2, misses a
   region, and 27 s for 2-64-64. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "plane/plane.h"

#define SEEDS 20
#define BUDGET_S 10.0

typedef struct {
    const char *what;
    slong depth, width[6];
    qd_kind kind;
    qd_weights weights;
    int seeds, box; /* box: half its width, 0: the whole plane */
    double asked_ms;
} bench_case;

static const bench_case cases[] = {
    {"16 units", 1, {16}, QD_QUADRATIC, QD_WEIGHTS_GRID, 5, 0, 5},
    {"64 units", 1, {64}, QD_QUADRATIC, QD_WEIGHTS_GRID, 5, 0, 100},
    {"16 units, Gaussian", 1, {16}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 5, 0, 5},
    {"64 units, Gaussian", 1, {64}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 5, 0, 100},
    {"6-6", 2, {6, 6}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 20, 0, 10},
    {"16-16", 2, {16, 16}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 5, 0, 150},
    {"32-32", 2, {32, 32}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 3, 0, 1000},
    {"6-6-6", 3, {6, 6, 6}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 20, 0, 200},
    {"3-3-3", 3, {3, 3, 3}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 20, 0, 0},
    {"4-4-4-4", 4, {4, 4, 4, 4}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 20, 0, 0},
    {"6-6-6 in a box", 3, {6, 6, 6}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 20, 4, 0},
    {"4-4-4-4 in a box", 4, {4, 4, 4, 4}, QD_QUADRATIC, QD_WEIGHTS_GAUSS, 20, 4, 0},
};

static void random_net(qd_net_t net, const bench_case *c, uint64_t seed)
{
    int64_t width[8] = {2};
    for (slong l = 0; l < c->depth; l++) width[l + 1] = c->width[l];
    width[c->depth + 1] = 1;
    qd_arch arch = {c->depth + 1, width, qd_neuron_make(c->kind, QD_RELU), false, true};
    qd_net_random(net, &arch, &(qd_random_weights){c->weights, 8, 8}, seed, 0);
}

/* Median of some runs, fewer when they are long. */
static double time_ours(qd_status *st, qd_count *count, const qd_net_t net, const qd_domain *domain)
{
    double t[9];
    int n = 0;
    for (double total = 0; n < 9 && total < 0.3; n++) {
        qd_ctx_t ctx;
        qd_regions_t g;
        qd_regions_init(g);
        qd_ctx_init(ctx);
        ctx->threads = 1;
        ctx->max_seconds = BUDGET_S;
        double start = processor_s();
        *st = qd_plane_compute(g, net, domain, ctx);
        t[n] = processor_s() - start;
        total += t[n];
        *count = g->count;
        qd_regions_clear(g);
    }
    return median(t, n);
}

/* Seconds of the peer, -1: none. Weights are multiples of 1/8, pre-activations of 1/64. */
static double time_peer(long *faces, const char *program, const qd_net_t net)
{
    const char *tmp = getenv("TMPDIR");
    char path[512], command[1024];
    snprintf(path, sizeof path, "%s/quadric-bench-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    double seconds = -1;
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (f == NULL) return -1;
    qd_lowered_t low;
    fmpq *c = _fmpq_vec_init(6);
    qd_lowered_init(low);
    qd_net_lower(low, net);
    fprintf(f, "%ld\n", (long) low->layer->out);
    for (slong u = 0; u < low->layer->out; u++) {
        qd_lowered_expand(c, low->layer->unit + u, 2);
        for (int k = 0; k < 6; k++) {
            fmpq_mul_2exp(c + k, c + k, 6);
            fprintf(f, "%ld ", (long) fmpz_get_si(fmpq_numref(c + k)));
        }
        fprintf(f, "\n");
    }
    fclose(f);
    snprintf(command, sizeof command, "timeout 300 '%s' < %s 2>/dev/null", program, path);
    f = popen(command, "r");
    if (f != NULL && fscanf(f, "%ld %lf", faces, &seconds) != 2) seconds = -1;
    if (f != NULL) pclose(f);
    unlink(path);
    qd_lowered_clear(low);
    _fmpq_vec_clear(c, 6);
    return seconds;
}

static int run_case(const bench_case *c, const char *program)
{
    double ours[SEEDS], peer[SEEDS], ratio[SEEDS], worst = 0;
    int npeer = 0, finished = 0, wrong = 0;
    slong regions[2] = {WORD_MAX, 0};
    fmpq *lo = _fmpq_vec_init(2), *hi = _fmpq_vec_init(2);
    for (int k = 0; k < 2; k++) {
        fmpq_set_si(lo + k, -c->box, 1);
        fmpq_set_si(hi + k, c->box, 1);
    }
    for (int s = 0; s < c->seeds; s++) {
        qd_net_t net;
        qd_count count;
        qd_status st = QD_OK;
        qd_net_init(net);
        random_net(net, c, (uint64_t) s + 1);
        ours[s] = time_ours(&st, &count, net, &(qd_domain){.lo = c->box ? lo : NULL, .hi = c->box ? hi : NULL});
        if (st != QD_OK) ours[s] = BUDGET_S;
        else {
            finished++;
            regions[0] = FLINT_MIN(regions[0], count.regions);
            regions[1] = FLINT_MAX(regions[1], count.regions);
        }
        if (ours[s] > worst) worst = ours[s];
        if (program != NULL && c->depth == 1 && c->weights == QD_WEIGHTS_GRID) {
            long faces = 0;
            double t = time_peer(&faces, program, net);
            if (t >= 0) {
                wrong += st == QD_OK && faces != count.regions;
                peer[npeer] = t;
                ratio[npeer++] = t / ours[s];
            }
        }
        qd_net_clear(net);
    }
    _fmpq_vec_clear(lo, 2);
    _fmpq_vec_clear(hi, 2);
    printf("%-22s %5ld-%-6ld %3d/%-3d %9.2f %9.2f ", c->what, finished ? (long) regions[0] : 0, (long) regions[1], finished, c->seeds,
           1e3 * median(ours, c->seeds), 1e3 * worst);
    if (c->asked_ms > 0) printf("%8g ", c->asked_ms);
    else printf("%8s ", "-");
    if (npeer > 0) printf("%9.1f %6.1fx", 1e3 * median(peer, npeer), median(ratio, npeer));
    else printf("%9s %7s", "-", "-");
    if (wrong > 0) printf("  COUNTS DIFFER in %d", wrong);
    printf("\n");
    fflush(stdout);
    return wrong;
}

int main(int argc, char **argv)
{
    const char *program = argc > 1 && access(argv[1], X_OK) == 0 ? argv[1] : NULL;
    int wrong = 0;
    if (program == NULL) printf("CGAL is not installed (package libcgal-dev): no ratios\n");
    printf("Processor time in ms on one thread, median over networks; finished: within %g s.\n\n", BUDGET_S);
    printf("%-22s %12s %8s %8s %9s %8s %9s %7s\n", "networks", "regions", "finished", "median", "worst", "asked", "CGAL", "ratio");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc < 3 || strstr(cases[i].what, argv[2]) != NULL) wrong += run_case(cases + i, program);
    printf("\npeak memory %.0f MB\n", (double) qd_memory_peak() / 1e6);
    flint_cleanup_master();
    return wrong == 0 ? 0 : 1;
}
