/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The context of a call: budget, message, progress. */
#include "base/base.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Without stdio: also asked for inside an allocation. */
int64_t qd_memory_now(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return -1;
    text[n] = '\0';
    const char *resident = strchr(text, ' '); /* the second number, in pages */
    return resident == NULL ? -1 : (int64_t) strtoll(resident, NULL, 10) * sysconf(_SC_PAGESIZE);
}

int64_t qd_memory_peak(void)
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? (int64_t) u.ru_maxrss * 1024 : -1;
}

/* The clock is read at every call, the memory once in MEMORY_EVERY on each thread: it is a file of the system. */
#define MEMORY_EVERY 1e-3 /* s */

static qd_status memory_budget(qd_ctx_t ctx)
{
    static _Thread_local double last_s;
    static _Thread_local int64_t last;
    double t = now_s();
    if (last_s == 0 || t - last_s > MEMORY_EVERY || last > ctx->max_bytes) last = qd_memory_now(), last_s = t;
    if (last <= ctx->max_bytes) return QD_OK;
    return qd_fail(ctx, QD_EUNABLE, "the memory budget of %lld bytes is used up (%lld in use)", (long long) ctx->max_bytes,
                   (long long) last);
}

qd_status qd_ctx_budget(qd_ctx_t ctx)
{
    if (ctx->max_seconds > 0 && qd_ctx_elapsed(ctx) > ctx->max_seconds)
        return qd_fail(ctx, QD_EUNABLE, "the time budget of %g s is used up", ctx->max_seconds);
    return ctx->max_bytes > 0 ? memory_budget(ctx) : QD_OK;
}

qd_status qd_ctx_foresee(qd_ctx_t ctx, double bytes, double seconds, const char *format, ...)
{
    char what[200];
    va_list args;
    qd_status st = qd_ctx_budget(ctx);
    bool much = ctx->max_bytes > 0 && (double) qd_memory_now() + bytes > (double) ctx->max_bytes;
    bool slow = ctx->max_seconds > 0 && qd_ctx_elapsed(ctx) + seconds > ctx->max_seconds;
    if (st != QD_OK || !(much || slow)) return st;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (much) return qd_fail(ctx, QD_EUNABLE, "the memory budget of %lld bytes is too small for %s", (long long) ctx->max_bytes, what);
    return qd_fail(ctx, QD_EUNABLE, "the time budget of %g s is too short for %s", ctx->max_seconds, what);
}

void qd_ctx_progress(const qd_ctx_t ctx, const char *what, int64_t done, int64_t total)
{
    if (ctx->progress == NULL) return;
    pthread_mutex_lock(&progress_lock);
    ctx->progress(ctx->progress_arg, what, done, total);
    pthread_mutex_unlock(&progress_lock);
}
