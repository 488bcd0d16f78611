/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One parallel loop on threads that sleep between loops.

   The caller takes items like everybody else, and at the end waits only for items that somebody has begun: a thread that the system
   did not wake in time (a busy machine) costs nothing. That, and not spinning, is why this is not an OpenMP loop.

   Invariant: a loop lives on its caller's stack. A thread enters it under the lock while it is the pool's loop, and the caller
   returns only after taking it out of the pool and seeing `inside` at 0. */
#include "base/base.h"

#include <pthread.h>
#include <stdbool.h>

/* ---- functions at the end of loops ----------------------------------------------------------- */

#define AT_END 4

static pthread_mutex_t at_end_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*at_end[AT_END])(void);

void qd_parallel_at_end(void (*fn)(void))
{
    pthread_mutex_lock(&at_end_lock);
    int i = 0;
    while (i < AT_END && at_end[i] != NULL && at_end[i] != fn) i++;
    if (i < AT_END) at_end[i] = fn;
    pthread_mutex_unlock(&at_end_lock);
}

static void run_at_end(void)
{
    void (*fn[AT_END])(void);
    pthread_mutex_lock(&at_end_lock);
    for (int i = 0; i < AT_END; i++) fn[i] = at_end[i];
    pthread_mutex_unlock(&at_end_lock);
    for (int i = 0; i < AT_END && fn[i] != NULL; i++) fn[i]();
}

/* ---- one loop ----------------------------------------------------------------------------- */

typedef struct {
    int64_t n, next; /* next: atomic */
    qd_body_fn body;
    void *arg;
    qd_ctx_struct *ctx;
    int result;          /* atomic: status of one failed item */
    int threads, inside; /* inside: threads of the pool at work, under the lock */
} loop;

/* Number within the innermost loop, so that a nested loop with one thread is thread 0 of its own. */
static _Thread_local int current;
static _Thread_local bool in_loop;

int qd_thread(void)
{
    return current;
}

static void take_items(loop *l)
{
    int64_t i;
    while (__atomic_load_n(&l->result, __ATOMIC_RELAXED) == QD_OK && (i = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED)) < l->n) {
        qd_status st = l->body(l->arg, i, l->ctx);
        if (st != QD_OK) __atomic_store_n(&l->result, (int) st, __ATOMIC_RELAXED);
    }
}

static qd_status run_here(int64_t n, qd_body_fn body, void *arg, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    int outer = current;
    current = 0;
    for (int64_t i = 0; i < n && st == QD_OK; i++) st = body(arg, i, ctx);
    current = outer;
    return st;
}

/* ---- the pool ----------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    loop *loop;      /* what there is to do, or NULL */
    uint64_t number; /* of the loop, so that no thread enters one twice */
    int threads;     /* started so far; they stay */
} pool = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, 0, 0};

static void *thread_main(void *number)
{
    int me = (int) (intptr_t) number;
    uint64_t seen = 0;
    in_loop = true;
    current = me;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (pool.loop == NULL || pool.number == seen || me >= pool.loop->threads) pthread_cond_wait(&pool.work, &pool.lock);
        loop *l = pool.loop;
        seen = pool.number;
        l->inside++;
        pthread_mutex_unlock(&pool.lock);
        take_items(l);
        run_at_end();
        pthread_mutex_lock(&pool.lock);
        if (--l->inside == 0) pthread_cond_broadcast(&pool.done);
    }
    return NULL;
}

/* Starts threads until there are `threads` with the caller; fewer when the system refuses. Under the lock. */
static void start_threads(int threads)
{
    while (pool.threads + 1 < threads) {
        pthread_t t;
        if (pthread_create(&t, NULL, thread_main, (void *) (intptr_t) (pool.threads + 1)) != 0) return;
        pthread_detach(t);
        pool.threads++;
    }
}

qd_status qd_parallel_for(int64_t n, qd_body_fn body, void *arg, qd_ctx_t ctx)
{
    if (n < 2 || ctx->threads < 2 || in_loop) return run_here(n, body, arg, ctx);
    loop l = {n, 0, body, arg, ctx, QD_OK, ctx->threads, 0};
    pthread_mutex_lock(&pool.lock);
    if (pool.loop != NULL) { /* another thread of the program is at it */
        pthread_mutex_unlock(&pool.lock);
        return run_here(n, body, arg, ctx);
    }
    start_threads(ctx->threads);
    pool.loop = &l;
    pool.number++;
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);

    int outer = current;
    current = 0;
    in_loop = true;
    take_items(&l);
    in_loop = false;
    current = outer;

    pthread_mutex_lock(&pool.lock);
    pool.loop = NULL;
    while (l.inside > 0) pthread_cond_wait(&pool.done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    return (qd_status) l.result;
}
