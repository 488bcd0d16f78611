/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clocks of the benchmarks, and their median. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <time.h>

#include "report/report.h"

static inline double clock_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* Processor time of all threads of this process, s. */
static inline double processor_s(void)
{
    return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

static inline double wall_s(void)
{
    return clock_s(CLOCK_MONOTONIC);
}

static inline double median(const double *x, int64_t n)
{
    return qd_stats_quantile(x, n, 0.5);
}

#endif
