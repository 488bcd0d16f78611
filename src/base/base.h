/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: what every other module stands on.

   status and truth   how a function answers
   ctx                what a whole call shares: seed, threads, budget, message, progress
   random             counter-based random numbers, equal for every number of threads
   parallel           one loop over independent items
   buf                a growing string
   hash               a checksum of bytes
   arena              blocks of memory that are freed together

   This module knows libc and POSIX threads only. */
#ifndef QD_BASE_H
#define QD_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QD_VERSION "0.1.0"

/* ---- status ------------------------------------------------------------------------------ */

/* What a call that can fail returns. Unless its contract says otherwise, a function that does not
   return QD_OK leaves its results untouched and the reason in the context (qd_ctx_message). */
typedef enum {
    QD_OK,
    QD_EINPUT,  /* what the caller or a file said cannot be meant: names what was found and expected */
    QD_EDOMAIN, /* the question has no answer (a slope at a pole) */
    QD_EUNABLE, /* a budget of the context ran out */
    QD_EIO,     /* the operating system refused */
    QD_ENOMEM   /* no memory */
} qd_status;

/* The answer to a question that may stay open. Compare with QD_TRUE; never use it as a condition. */
typedef enum { QD_FALSE, QD_TRUE, QD_UNKNOWN } qd_truth;

/* How far a number may be trusted. A bound is never printed as a count. */
typedef enum { QD_EXACT, QD_LOWER_BOUND, QD_UPPER_BOUND } qd_label;
const char *qd_label_name(qd_label label); /* "exact", "lower_bound", "upper_bound" */

/* ---- ctx --------------------------------------------------------------------------------- */

#define QD_MESSAGE_MAX 1024

/* Called now and then from one thread at a time; total <= 0 when it is not known. */
typedef void (*qd_progress_fn)(void *arg, const char *what, int64_t done, int64_t total);

typedef struct {
    uint64_t seed;                /* default 1 */
    int threads;                  /* >= 1; default: the cores of the machine */
    double max_seconds;           /* s, measured from qd_ctx_start; <= 0: no limit */
    int64_t max_bytes;            /* resident memory of the process, bytes; <= 0: no limit */
    qd_progress_fn progress;      /* may be NULL */
    void *progress_arg;           /* borrowed */
    double start_s;               /* set by qd_ctx_start */
    qd_status first;              /* status of the message below */
    char message[QD_MESSAGE_MAX]; /* one sentence without a final newline, or "" */
} qd_ctx_struct;
typedef qd_ctx_struct qd_ctx_t[1]; /* plain data: owns nothing */

void qd_ctx_init(qd_ctx_t ctx);  /* defaults, and starts the clock */
void qd_ctx_start(qd_ctx_t ctx); /* restarts the clock of max_seconds and forgets the message */

/* Seconds since qd_ctx_start. */
double qd_ctx_elapsed(const qd_ctx_t ctx);

/* Records the sentence, unless an earlier one is already there, and returns st.
   Callable from inside qd_parallel_for. */
qd_status qd_fail(qd_ctx_t ctx, qd_status st, const char *format, ...) __attribute__((format(printf, 3, 4)));
qd_status qd_vfail(qd_ctx_t ctx, qd_status st, const char *format, va_list args);
const char *qd_ctx_message(const qd_ctx_t ctx);
void qd_ctx_forget(qd_ctx_t ctx); /* clears the message: the failure was dealt with */

/* A context of one's own for a part of the work of ctx: seed, threads, budget, clock and progress are those of ctx, the message is
   apart. ctx NULL: seed 1, one thread, no budget. Cheap, unlike qd_ctx_init, which asks the system. */
void qd_ctx_own(qd_ctx_t own, const qd_ctx_struct *ctx);
/* Passes on what befell that part: unless st is QD_OK, the message of own goes to ctx, behind the prefix. Return st. */
qd_status qd_ctx_pass(qd_ctx_t ctx, qd_status st, const qd_ctx_t own);
qd_status qd_ctx_prefix(qd_ctx_t ctx, qd_status st, const qd_ctx_t own, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* QD_OK, or QD_EUNABLE with the sentence when the time or the memory of the budget is used up.
   Called before each unit of work, so the overshoot is at most one unit. Cost: 0.1 us; once in a millisecond some microseconds. */
qd_status qd_ctx_budget(qd_ctx_t ctx);
/* The same before a step whose size is foreseen: QD_EUNABLE also where it would need so many bytes or seconds more than the budget leaves.
     bytes, seconds  >= 0, at least what the step takes as far as memory goes, at most as far as time goes
     format          names the step: "the polynomial of degree %ld" */
qd_status qd_ctx_foresee(qd_ctx_t ctx, double bytes, double seconds, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Resident memory of this process now and at its peak, bytes; -1 where the system does not say. */
int64_t qd_memory_now(void);
int64_t qd_memory_peak(void);

void qd_ctx_progress(const qd_ctx_t ctx, const char *what, int64_t done, int64_t total);

/* ---- random ------------------------------------------------------------------------------ */

/* Philox 4x32-10 [SMDS11]: number k of stream s of seed q is a function of (q, s, k) alone, so a
   result does not depend on how work was shared out among threads. */
typedef struct {
    uint64_t key, stream, counter;
    uint32_t block[4];
    int left; /* words of block not used yet */
} qd_rng_struct;
typedef qd_rng_struct qd_rng_t[1]; /* plain data: owns nothing */

void qd_rng_init(qd_rng_t rng, uint64_t seed, uint64_t stream);
uint64_t qd_rng_u64(qd_rng_t rng);
uint64_t qd_rng_below(qd_rng_t rng, uint64_t n);            /* uniform in 0..n-1, unbiased; n >= 1 */
int64_t qd_rng_range(qd_rng_t rng, int64_t lo, int64_t hi); /* uniform in lo..hi, lo <= hi */
double qd_rng_unit(qd_rng_t rng);                           /* uniform in [0,1), 53 bits */
double qd_rng_gauss(qd_rng_t rng);                          /* mean 0, variance 1; Box-Muller */
/* A stream number for a work item from several small ones: equal inputs, equal stream. */
uint64_t qd_rng_stream(uint64_t a, uint64_t b, uint64_t c);
/* The raw block function, for the published test vectors. */
void qd_rng_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/* ---- parallel ---------------------------------------------------------------------------- */

/* Number of the calling thread inside the innermost qd_parallel_for, 0 <= it < ctx->threads of that loop; 0 outside. */
int qd_thread(void);

/* body(arg, i, ctx) for i = 0..n-1 on ctx->threads threads, in no stated order; each item must
   write only what belongs to i or to qd_thread(). Once an item fails no new one is started; the
   status of one failed item is returned. Nested calls run on the calling thread. */
typedef qd_status (*qd_body_fn)(void *arg, int64_t i, qd_ctx_t ctx);
qd_status qd_parallel_for(int64_t n, qd_body_fn body, void *arg, qd_ctx_t ctx);

/* A function to run on every worker thread when a parallel loop ends (libraries with caches per
   thread free them so). At most 4; registering the same one twice is harmless. */
void qd_parallel_at_end(void (*fn)(void));

/* Before a function whose loops are worth a version for each vector width. Sanitizers begin only after the versions are chosen. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define QD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define QD_CLONES
#endif

/* ---- memory and strings ------------------------------------------------------------------ */

/* malloc and friends that the callers here do not check. When the system has no memory, the handler is
   called; the program installs one that says so and ends. As with GMP and FLINT, whose allocations
   cannot report it either (qd_exact_memory leads them here), the way to stay clear of this is max_bytes, qd_ctx_foresee and qd_ctx_budget. */
void qd_nomem_handler(void (*fn)(size_t bytes));
/* With a handler, a block of 1 MiB and more that would lift the resident memory of the process above so many bytes is refused as if the
   system had no memory, before it is touched; <= 0: no limit. For programs; the limit of a call is that of its context. */
void qd_memory_limit(int64_t bytes);
void *qd_malloc(size_t bytes);
void *qd_calloc(size_t n, size_t size);
void *qd_realloc(void *p, size_t bytes);
char *qd_strdup(const char *s);
/* Is there something in front of the suffix? */
bool qd_ends_with(const char *s, const char *suffix);

typedef struct {
    char *s; /* owned; always ends with '\0' once something was added */
    size_t len, room;
} qd_buf_struct;
typedef qd_buf_struct qd_buf_t[1];

void qd_buf_init(qd_buf_t b);
void qd_buf_clear(qd_buf_t b);
void qd_buf_reset(qd_buf_t b); /* length 0, keeps the room */
void qd_buf_add(qd_buf_t b, const char *s, size_t len);
void qd_buf_puts(qd_buf_t b, const char *s);
void qd_buf_printf(qd_buf_t b, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *qd_buf_str(const qd_buf_t b); /* "" when empty */

/* ---- hash -------------------------------------------------------------------------------- */

/* FNV-1a, 64 bits: tells texts apart and finds damage, no more. */
uint64_t qd_hash(const char *s, size_t len);

/* ---- arena ------------------------------------------------------------------------------- */

/* Memory that lives as long as the result. */
typedef struct {
    char **block;
    int64_t nblocks;
    size_t used, room;
} qd_arena;

void qd_arena_init(qd_arena *a);
void qd_arena_clear(qd_arena *a);
void *qd_arena_take(qd_arena *a, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
