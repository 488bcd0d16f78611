/* Times of dimensions of functional varieties, square activation, homogeneous, linear readout.

     bench_dimension FOLDER [large]     FOLDER holds dimension.gp

   Ours: one thread, processor time, the median of REPEAT runs with different seeds. Peer: PARI (dimension.gp, processor time of
   one run), where it is installed and the case is small enough for it; the ranks must agree. Sage and Macaulay2 are named when they are
   missing, and have no script here. Then the rate over all widths up to 8 of depth 4, on two threads; with `large`, a case of
   19,680 parameters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "variety/variety.h"

enum { REPEAT = 5, PEER_SECONDS = 300 };

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return x < y ? -1 : x > y;
}

static qd_variety_spec square(int64_t *width, const char *widths, qd_ctx_t ctx)
{
    qd_variety_spec s = {0, width, QD_LINEAR, 2, false, false};
    if (qd_variety_read_widths(width, &s.depth, widths, ctx) != QD_OK) exit(1);
    return s;
}

static int64_t dimension(const qd_variety_spec *s, qd_ctx_t ctx)
{
    qd_variety_result_t r;
    qd_variety_result_init(r);
    if (qd_variety_dimension(r, s, &qd_variety_defaults, ctx) != QD_OK) {
        fprintf(stderr, "bench_dimension: %s\n", qd_ctx_message(ctx));
        exit(1);
    }
    int64_t lower = r->lower;
    qd_variety_result_clear(r);
    return lower;
}

/* Seconds, or -1 when there is none in time. */
static double time_pari(int64_t *rank, const char *folder, const char *widths)
{
    char command[600];
    long long found;
    double ms;
    snprintf(command, sizeof command, "WIDTHS=%s timeout %d gp -q -f -D parisizemax=4G %s/dimension.gp </dev/null 2>/dev/null", widths,
             PEER_SECONDS, folder);
    FILE *f = popen(command, "r");
    bool read = f != NULL && fscanf(f, "%lld %lf", &found, &ms) == 2;
    if (f != NULL) pclose(f);
    *rank = read ? found : -1;
    return read ? ms / 1000 : -1;
}

static void compare(const char *folder, const char *widths, bool pari)
{
    double time[REPEAT];
    int64_t width[QD_VARIETY_MAX_DEPTH + 1], rank = 0, other;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = 1;
    qd_variety_spec s = square(width, widths, ctx);
    for (int i = 0; i < REPEAT; i++, ctx->seed++) {
        time[i] = now(CLOCK_PROCESS_CPUTIME_ID);
        rank = dimension(&s, ctx);
        time[i] = now(CLOCK_PROCESS_CPUTIME_ID) - time[i];
    }
    qsort(time, REPEAT, sizeof *time, by_value);
    printf("%-16s %9lld %12.6f", widths, (long long) rank, time[REPEAT / 2]);
    double peer = pari ? time_pari(&other, folder, widths) : -1;
    if (peer >= 0) printf(" %10.3f %8.0f", peer, peer / time[REPEAT / 2]);
    printf("\n");
    fflush(stdout);
    if (peer >= 0 && other != rank) {
        fprintf(stderr, "bench_dimension: PARI says %lld for %s\n", (long long) other, widths);
        exit(1);
    }
}

/* ---- many small ones ---------------------------------------------------------------------- */

enum { WIDEST = 8, ALL = WIDEST * WIDEST * WIDEST * WIDEST };

static qd_status one_of_all(void *arg, int64_t i, qd_ctx_t ctx)
{
    int64_t width[] = {2, 1 + i / 512, 1 + i / 64 % 8, 1 + i / 8 % 8, 1 + i % 8, 1};
    qd_variety_spec s = {5, width, QD_LINEAR, 2, false, false};
    ((int64_t *) arg)[i] = dimension(&s, ctx);
    return QD_OK;
}

static void rate(int threads)
{
    static int64_t found[ALL];
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = threads;
    double start = now(CLOCK_MONOTONIC);
    qd_parallel_for(ALL, one_of_all, found, ctx);
    start = now(CLOCK_MONOTONIC) - start;
    printf("all %d widths (2, up to 8 four times, 1): %.3f s on %d thread%s, %.0f architectures a second\n", (int) ALL, start, threads,
           threads > 1 ? "s" : "", ALL / start);
}

static void large(void)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = 2;
    qd_variety_spec s = square(width, "3,80,80,80,80,3", ctx);
    s.power = 6;
    double start = now(CLOCK_MONOTONIC);
    int64_t rank = dimension(&s, ctx);
    printf("3,80,80,80,80,3 power:6: rank %lld in %.1f s on 2 threads, at most %.2f GB\n", (long long) rank,
           now(CLOCK_MONOTONIC) - start, (double) qd_memory_peak() * 1e-9);
}

int main(int argc, char **argv)
{
    static const char *const cases[] = {"2,3,1", "5,5,3,1", "5,10,10,10,1", "6,12,12,12,1", "7,15,15,15,1", "8,16,16,16,1",
                                        "10,24,24,24,1"};
    const char *folder = argc > 1 ? argv[1] : "tests/bench";
    bool pari = system("command -v gp >/dev/null 2>&1") == 0;
    printf("dimension of functional varieties, square activation\n%-16s %9s %12s %10s %8s\n", "widths", "dimension", "ours, s", "PARI, s",
           "times");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) compare(folder, cases[i], pari && i < 4);
    if (!pari) printf("PARI is not installed (package pari-gp)\n");
    if (system("command -v sage >/dev/null 2>&1") != 0) printf("Sage is not installed (package sagemath)\n");
    if (system("command -v M2 >/dev/null 2>&1") != 0) printf("Macaulay2 is not installed (package macaulay2)\n");
    rate(1);
    rate(2);
    if (argc > 2 && strcmp(argv[2], "large") == 0) large();
    return 0;
}
