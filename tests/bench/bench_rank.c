/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of the rank of a random matrix modulo a prime beside FLINT and beside the dgemm of the same BLAS, in one run.

   Per prime and number of threads: ours and dgemm are timed in turn, REPEAT times; the figure is the median, the ratio the median of
   the ratios of neighbours. Rate of ours: 2/3 N^3 operations over its time. One thread: processor time; two: time on the clock. FLINT, which
   uses one thread here, is timed once for each prime. Ranks must agree.

   The process keeps its memory: dgemm finds its operands in place, so ours is not to pay either for pages that the system clears. */
#include <cblas.h>
#include <flint/flint.h>
#include <flint/nmod_mat.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "variety/variety.h"

enum { REPEAT = 9 };

static const uint32_t primes[] = {1048573, 8388593, 33554393}; /* 20, 23 and 25 bits */

/* s; of all threads together for one thread, of the wall for more. */
static double now(int threads)
{
    return threads == 1 ? processor_s() : wall_s();
}

static uint32_t *random_matrix(int64_t n, uint32_t p)
{
    qd_rng_t rng;
    uint32_t *a = qd_malloc((size_t) (n * n) * sizeof *a);
    qd_rng_init(rng, 1, p);
    for (int64_t i = 0; i < n * n; i++) a[i] = (uint32_t) qd_rng_below(rng, p);
    return a;
}

static double time_flint(int64_t *rank, const uint32_t *a, int64_t n, uint32_t p)
{
    nmod_mat_t x;
    nmod_mat_init(x, n, n, p);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) nmod_mat_entry(x, i, j) = a[i * n + j];
    flint_set_num_threads(1);
    double start = now(1);
    *rank = nmod_mat_rank(x);
    start = now(1) - start;
    nmod_mat_clear(x);
    return start;
}

static double time_ours(int64_t *rank, const uint32_t *a, int64_t n, uint32_t p, int threads)
{
    qd_ctx_t ctx;
    qd_echelon_t e;
    qd_ctx_init(ctx);
    ctx->threads = threads;
    double start = now(threads);
    qd_echelon_init(e, p, n);
    qd_status st = qd_echelon_add(rank, e, a, n, ctx);
    qd_echelon_clear(e);
    if (st != QD_OK) {
        fprintf(stderr, "bench_rank: %s\n", qd_ctx_message(ctx));
        exit(1);
    }
    return now(threads) - start;
}

static double time_dgemm(int64_t n, int threads)
{
    size_t size = (size_t) (n * n);
    double *x = qd_malloc(3 * size * sizeof *x), *y = x + size, *z = y + size;
    for (size_t i = 0; i < 3 * size; i++) x[i] = (double) (i % 1001) - 500;
    openblas_set_num_threads(threads);
    double start = now(threads);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) n, (blasint) n, (blasint) n, -1, x, (blasint) n, y, (blasint) n, 1, z,
                (blasint) n);
    start = now(threads) - start;
    free(x);
    return start;
}

static void bench(const uint32_t *a, int64_t n, uint32_t p, int threads, int64_t flint_rank, double flint_s)
{
    double ours[REPEAT], gemm[REPEAT], ratio[REPEAT], flops = 2.0 * (double) (n * n * n);
    for (int i = 0; i < REPEAT; i++) {
        int64_t rank;
        ours[i] = time_ours(&rank, a, n, p, threads);
        gemm[i] = time_dgemm(n, threads);
        ratio[i] = gemm[i] / 3 / ours[i];
        if (rank == flint_rank) continue;
        fprintf(stderr, "bench_rank: rank %lld modulo %u, FLINT says %lld\n", (long long) rank, p, (long long) flint_rank);
        exit(1);
    }
    double t = median(ours, REPEAT);
    printf("%9u  %7d  %8.2f  %8.3f  %8.1f  %12.1f  %12.1f  %9.0f %%\n", p, threads, flint_s, t, flint_s / t, flops / 3e9 / t,
           flops / 1e9 / median(gemm, REPEAT), 100 * median(ratio, REPEAT));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? atol(argv[1]) : 4000;
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    printf("rank of a random %lld x %lld matrix modulo p\n", (long long) n, (long long) n);
    printf("        p  threads  FLINT, s   ours, s  times     ours, GFLOP/s dgemm, GFLOP/s  of dgemm\n");
    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) {
        int64_t rank;
        uint32_t *a = random_matrix(n, primes[i]);
        double flint_s = time_flint(&rank, a, n, primes[i]);
        for (int threads = 1; threads <= 2; threads++) bench(a, n, primes[i], threads, rank, flint_s);
        free(a);
    }
    return 0;
}
