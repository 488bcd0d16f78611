/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several processes at one table, by Open MPI. All that is known of MPI stands here; a build without it has one process.

   A rank that has nothing to do asks rank 0 (WANT), which answers with items, none at the end. Batches become smaller towards the end, so that
   nobody waits long for the last one. Each result is sent as soon as it is there (RESULT), as a line of the ledger. Who waits looks now and
   then and sleeps in between: MPI's own waiting takes a core. */
#include "table/table_impl.h"

#ifdef QD_MPI

#include <inttypes.h>
#include <mpi.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WANT, ITEMS, RESULT, LEFT }; /* tags */
enum { LARGEST_BATCH = 32, BATCHES = 4 };
/* Between two looks, from the first to the longest. */
enum { SHORTEST_NS = 20000, LONGEST_NS = 1000000 };

static int rank, nranks;
static pthread_mutex_t sending = PTHREAD_MUTEX_INITIALIZER;

/* ---- beginning and end ---------------------------------------------------------------------- */

static void begin(void)
{
    int provided;
    if (nranks > 0) return;
    nranks = 1;
    if (getenv("OMPI_COMM_WORLD_SIZE") == NULL) return; /* mpirun has not started this process */
    MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &nranks);
}

int table__rank(void)
{
    begin();
    return rank;
}

int table__nranks(void)
{
    begin();
    return nranks;
}

int table__ranks_end(int code)
{
    int initialized;
    MPI_Initialized(&initialized);
    if (!initialized) return code;
    MPI_Bcast(&code, 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return code;
}

/* ---- the same work -------------------------------------------------------------------------- */

/* The sentence of one rank, on all of them. */
static void spread(char *sentence, const char *said, int from)
{
    memset(sentence, 0, QD_MESSAGE_MAX);
    if (rank == from) strncpy(sentence, said, QD_MESSAGE_MAX - 1);
    MPI_Bcast(sentence, QD_MESSAGE_MAX, MPI_CHAR, from, MPI_COMM_WORLD);
}

qd_status table__ranks_agree(const char *said, const char *work, qd_ctx_t ctx)
{
    if (table__nranks() == 1) return QD_OK;
    uint64_t mine[] = {said != NULL, qd_hash(work, strlen(work))}, *all = qd_malloc(sizeof mine * (size_t) nranks);
    char sentence[QD_MESSAGE_MAX];
    int failed = 0, other = 0;
    MPI_Allgather(mine, 2, MPI_UINT64_T, all, 2, MPI_UINT64_T, MPI_COMM_WORLD);
    while (failed < nranks && !all[2 * failed]) failed++;
    while (other < nranks && all[2 * other + 1] == all[1]) other++;
    free(all);
    if (failed < nranks) {
        spread(sentence, said, failed);
        return failed == 0 ? qd_fail(ctx, QD_EINPUT, "%s", sentence) : qd_fail(ctx, QD_EINPUT, "rank %d: %s", failed, sentence);
    }
    if (other == nranks) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "rank %d has another configuration, seed or version than rank 0; expected the same on all %d ranks",
                   other, nranks);
}

/* ---- messages ------------------------------------------------------------------------------- */

/* The next message from this rank, or any, into the buffer, with a '\0' behind it; returns its tag. */
static int receive(qd_buf_t text, int *from)
{
    MPI_Status status;
    int there = 0, bytes;
    struct timespec t = {0, SHORTEST_NS};
    for (;;) {
        MPI_Iprobe(*from, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
        if (there) break;
        nanosleep(&t, NULL);
        if (t.tv_nsec < LONGEST_NS) t.tv_nsec *= 2;
    }
    MPI_Get_count(&status, MPI_CHAR, &bytes);
    char *s = qd_malloc((size_t) bytes + 1);
    MPI_Recv(s, bytes, MPI_CHAR, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    qd_buf_reset(text);
    qd_buf_add(text, s, (size_t) bytes);
    free(s);
    *from = status.MPI_SOURCE;
    return status.MPI_TAG;
}

static void send(const char *s, size_t bytes, int to, int tag)
{
    pthread_mutex_lock(&sending);
    MPI_Send(s, (int) bytes, MPI_CHAR, to, tag, MPI_COMM_WORLD);
    pthread_mutex_unlock(&sending);
}

/* ---- rank 0 --------------------------------------------------------------------------------- */

static qd_status take_result(table_work *w, const char *text, qd_ctx_t ctx)
{
    char *rest;
    int64_t item = strtoll(text, &rest, 10);
    double seconds = strtod(rest, &rest);
    qd_status st = qd_record_read(qd_ledger_record(w->ledger, item), w->job->field, rest + 1, ctx);
    return st == QD_OK ? w->keep(w, item, seconds, ctx) : st;
}

/* A rank has left items out, or can do no more. */
static qd_status take_left(table_work *w, const char *text, qd_ctx_t ctx)
{
    char *rest;
    qd_status st = (qd_status) strtol(text, &rest, 10);
    if (st == QD_OK) qd_fail(w->why, QD_EUNABLE, "%s", rest + 1);
    return st == QD_OK ? st : qd_fail(ctx, st, "%s", rest + 1);
}

static int64_t batch(int64_t left)
{
    int64_t n = left / (BATCHES * (nranks - 1));
    n = n < 1 ? 1 : n > LARGEST_BATCH ? LARGEST_BATCH : n;
    return n < left ? n : left;
}

static qd_status serve(table_work *w, qd_status st, qd_ctx_t ctx)
{
    int64_t next = 0;
    qd_buf_t text;
    qd_buf_init(text);
    for (int ended = 0; ended < nranks - 1;) {
        int from = MPI_ANY_SOURCE, tag = receive(text, &from);
        qd_status of = QD_OK;
        if (tag == RESULT) of = take_result(w, qd_buf_str(text), ctx);
        if (tag == LEFT) of = take_left(w, qd_buf_str(text), ctx);
        if (st == QD_OK) st = of;
        if (tag != WANT) continue;
        if (st == QD_OK && next < w->nopen) st = qd_ctx_budget(ctx);
        int64_t n = st == QD_OK ? batch(w->nopen - next) : 0;
        send((const char *) (w->open + next), sizeof *w->open * (size_t) n, from, ITEMS);
        next += n;
        ended += n == 0;
    }
    qd_buf_clear(text);
    return st;
}

/* ---- the others ----------------------------------------------------------------------------- */

static qd_status send_result(table_work *w, int64_t item, double seconds, qd_ctx_t ctx)
{
    (void) ctx;
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_printf(text, "%" PRId64 " %.6f ", item, seconds);
    qd_record_print(text, w->job->field, qd_ledger_record(w->ledger, item));
    send(qd_buf_str(text), text->len, 0, RESULT);
    qd_record_clear(qd_ledger_record(w->ledger, item), w->job->field);
    qd_buf_clear(text);
    return QD_OK;
}

static void send_left(qd_status st, const qd_ctx_t ctx)
{
    qd_buf_t text;
    if (qd_ctx_message(ctx)[0] == '\0') return;
    qd_buf_init(text);
    qd_buf_printf(text, "%d %s", (int) st, qd_ctx_message(ctx));
    send(qd_buf_str(text), text->len, 0, LEFT);
    qd_buf_clear(text);
}

static void work(table_work *w, qd_ctx_t ctx)
{
    qd_buf_t items;
    qd_buf_init(items);
    ctx->progress = NULL;
    w->keep = send_result;
    for (int from = 0;;) {
        send("", 0, 0, WANT);
        receive(items, &from);
        if (items->len == 0) break;
        qd_status st = table__compute(w, (int64_t *) items->s, (int64_t) (items->len / sizeof(int64_t)), ctx);
        send_left(QD_OK, w->why);
        if (st != QD_OK) send_left(st, ctx);
        qd_ctx_forget(w->why);
        qd_ctx_forget(ctx);
    }
    qd_buf_clear(items);
}

qd_status table__ranks_share(table_work *w, qd_status st, qd_ctx_t ctx)
{
    if (nranks == 1) return st == QD_OK ? table__compute(w, w->open, w->nopen, ctx) : st;
    if (cli_common.threads == 0) ctx->threads = 1; /* there are ranks for the other cores */
    if (rank == 0) return serve(w, st, ctx);
    work(w, ctx);
    return QD_OK;
}

#else

int table__rank(void)
{
    return 0;
}

int table__nranks(void)
{
    return 1;
}

qd_status table__ranks_agree(const char *said, const char *work, qd_ctx_t ctx)
{
    (void) said;
    (void) work;
    (void) ctx;
    return QD_OK;
}

qd_status table__ranks_share(table_work *w, qd_status st, qd_ctx_t ctx)
{
    return st == QD_OK ? table__compute(w, w->open, w->nopen, ctx) : st;
}

int table__ranks_end(int code)
{
    return code;
}

#endif
