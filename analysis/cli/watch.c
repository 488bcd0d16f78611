/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Budgets are asked for before each unit of work, and a step whose size can be foreseen is refused before it begins. What remains are steps
   inside libraries that can be neither foreseen nor left: a thread looks at the clock and the memory, and ends the program.

   The program ends by _exit: other threads are at work. What was printed has left the buffers (cli_print), files appear only when they are
   complete, and tables and runs go on from what they have written, as after a power failure. */
#include "cli/watch.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

#define EVERY_NS 10000000L /* between two looks */
#define GRACE_S 0.75       /* beyond the budget, for the unit of work that is being done and for printing */
#define GRACE_BYTES (120 << 20)

static qd_ctx_t budget;
static int ended;                                           /* atomic */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER; /* an answer is being written: not ended between its halves */

/* The first call writes its sentence, without locks and memory, and ends the program; others wait for that. */
static void end(int code, const char *sentence)
{
    if (__atomic_exchange_n(&ended, 1, __ATOMIC_ACQ_REL) != 0)
        for (;;) pause();
    if (write(STDERR_FILENO, sentence, strlen(sentence)) < 0) code = EXIT_BAD;
    _exit(code);
}

void cli_no_memory(size_t bytes)
{
    char text[200];
    if (budget->max_bytes > 0 && qd_memory_now() + (int64_t) bytes > budget->max_bytes) {
        snprintf(text, sizeof text, "quadric: not decided: the memory budget of %lld bytes is too small for a step that asks for %zu\n",
                 (long long) budget->max_bytes, bytes);
        end(EXIT_OPEN, text);
    }
    snprintf(text, sizeof text, "quadric: the system has no memory for %zu bytes; --max-memory ends the work before that\n", bytes);
    end(EXIT_BAD, text);
}

static void *look(void *none)
{
    char text[200];
    const struct timespec pause_ns = {0, EVERY_NS};
    for (;;) {
        nanosleep(&pause_ns, NULL);
        bool late = budget->max_seconds > 0 && qd_ctx_elapsed(budget) > budget->max_seconds + GRACE_S;
        bool large = budget->max_bytes > 0 && qd_memory_now() > budget->max_bytes + GRACE_BYTES;
        if (!(late || large) || pthread_mutex_trylock(&writing) != 0) continue;
        if (late)
            snprintf(text, sizeof text, "quadric: not decided: the time budget of %g s was used up inside one step\n", budget->max_seconds);
        else
            snprintf(text, sizeof text, "quadric: not decided: the memory budget of %lld bytes was used up inside one step\n",
                     (long long) budget->max_bytes);
        end(EXIT_OPEN, text);
    }
    return none;
}

void cli_watch(const qd_ctx_t ctx)
{
    static bool watching;
    pthread_t thread;
    if (watching || (ctx->max_seconds <= 0 && ctx->max_bytes <= 0)) return;
    qd_ctx_own(budget, ctx);
    if (ctx->max_bytes > 0) qd_memory_limit(ctx->max_bytes + GRACE_BYTES);
    watching = pthread_create(&thread, NULL, look, NULL) == 0;
    if (watching) pthread_detach(thread);
}

void cli_watch_writing(bool begins)
{
    if (begins) pthread_mutex_lock(&writing);
    else pthread_mutex_unlock(&writing);
}
