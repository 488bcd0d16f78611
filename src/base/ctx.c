/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The context of a call: budget, message, progress. */
#include "base/base.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t message_lock = PTHREAD_MUTEX_INITIALIZER, progress_lock = PTHREAD_MUTEX_INITIALIZER;

const char *qd_label_name(qd_label label)
{
    static const char *const name[] = {"exact", "lower_bound", "upper_bound"};
    return name[label];
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

void qd_ctx_init(qd_ctx_t ctx)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    memset(ctx, 0, sizeof *ctx);
    ctx->seed = 1;
    ctx->threads = cores < 1 ? 1 : cores > 256 ? 256 : (int) cores;
    qd_ctx_start(ctx);
}

void qd_ctx_start(qd_ctx_t ctx)
{
    ctx->start_s = now_s();
    qd_ctx_forget(ctx);
}

double qd_ctx_elapsed(const qd_ctx_t ctx)
{
    return now_s() - ctx->start_s;
}

qd_status qd_vfail(qd_ctx_t ctx, qd_status st, const char *format, va_list args)
{
    pthread_mutex_lock(&message_lock);
    if (ctx->first == QD_OK) {
        ctx->first = st;
        vsnprintf(ctx->message, sizeof ctx->message, format, args);
    }
    pthread_mutex_unlock(&message_lock);
    return st;
}

qd_status qd_fail(qd_ctx_t ctx, qd_status st, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    qd_vfail(ctx, st, format, args);
    va_end(args);
    return st;
}

const char *qd_ctx_message(const qd_ctx_t ctx)
{
    return ctx->message;
}

void qd_ctx_forget(qd_ctx_t ctx)
{
    ctx->first = QD_OK;
    ctx->message[0] = '\0';
}

void qd_ctx_own(qd_ctx_t own, const qd_ctx_struct *ctx)
{
    if (ctx != NULL) memcpy(own, ctx, offsetof(qd_ctx_struct, first)); /* not the message, which another thread may be writing */
    else *own = (qd_ctx_struct){.seed = 1, .threads = 1, .start_s = now_s()};
    qd_ctx_forget(own);
}

qd_status qd_ctx_pass(qd_ctx_t ctx, qd_status st, const qd_ctx_t own)
{
    return st == QD_OK ? st : qd_fail(ctx, st, "%s", own->message);
}

qd_status qd_ctx_prefix(qd_ctx_t ctx, qd_status st, const qd_ctx_t own, const char *format, ...)
{
    char prefix[QD_MESSAGE_MAX];
    va_list args;
    if (st == QD_OK) return st;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    return qd_fail(ctx, st, "%s%s", prefix, own->message);
}

int64_t qd_memory_now(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL) return -1;
    if (fscanf(f, "%ld %ld", &pages, &resident) != 2) resident = -1;
    fclose(f);
    return resident < 0 ? -1 : (int64_t) resident * sysconf(_SC_PAGESIZE);
}

int64_t qd_memory_peak(void)
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? (int64_t) u.ru_maxrss * 1024 : -1;
}

qd_status qd_ctx_budget(qd_ctx_t ctx)
{
    if (ctx->max_seconds > 0) {
        double t = qd_ctx_elapsed(ctx);
        if (t > ctx->max_seconds) return qd_fail(ctx, QD_EUNABLE, "the time budget of %g s is used up", ctx->max_seconds);
    }
    if (ctx->max_bytes > 0) {
        int64_t m = qd_memory_now();
        if (m > ctx->max_bytes)
            return qd_fail(ctx, QD_EUNABLE, "the memory budget of %lld bytes is used up (%lld in use)", (long long) ctx->max_bytes,
                           (long long) m);
    }
    return QD_OK;
}

void qd_ctx_progress(const qd_ctx_t ctx, const char *what, int64_t done, int64_t total)
{
    if (ctx->progress == NULL) return;
    pthread_mutex_lock(&progress_lock);
    ctx->progress(ctx->progress_arg, what, done, total);
    pthread_mutex_unlock(&progress_lock);
}
