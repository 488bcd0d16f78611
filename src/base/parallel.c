/* One parallel loop. Without OpenMP the same loop runs on the calling thread. */
#include "base/base.h"

#ifdef _OPENMP
#include <omp.h>
#endif

static void (*at_end[4])(void);

void qd_parallel_at_end(void (*fn)(void))
{
#pragma omp critical(qd_at_end)
    for (int i = 0; i < 4; i++) {
        if (at_end[i] == fn) break;
        if (at_end[i] == NULL) {
            at_end[i] = fn;
            break;
        }
    }
}

/* Number within the innermost loop, so that a nested loop with one thread is thread 0 of its own. */
static _Thread_local int current;

int qd_thread(void)
{
    return current;
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

qd_status qd_parallel_for(int64_t n, qd_body_fn body, void *arg, qd_ctx_t ctx)
{
#ifdef _OPENMP
    if (n > 1 && ctx->threads > 1 && omp_get_level() == 0) {
        int result = QD_OK;
#pragma omp parallel num_threads(ctx->threads)
        {
            current = omp_get_thread_num();
#pragma omp for schedule(dynamic, 1)
            for (int64_t i = 0; i < n; i++) {
                int seen;
#pragma omp atomic read
                seen = result;
                if (seen != QD_OK) continue;
                qd_status st = body(arg, i, ctx);
                if (st != QD_OK) {
#pragma omp atomic write
                    result = (int) st;
                }
            }
            if (omp_get_thread_num() != 0)
                for (int k = 0; k < 4 && at_end[k] != NULL; k++) at_end[k]();
            current = 0;
        }
        return (qd_status) result;
    }
#endif
    return run_here(n, body, arg, ctx);
}
