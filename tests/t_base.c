/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of src/base. */
#include <check.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "shared/suite.h"

static qd_ctx_t ctx;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
}

/* ---- random ------------------------------------------------------------------------------ */

/* Known-answer vectors of the Random123 library for philox4x32-10. */
static const struct {
    uint32_t counter[4], key[2], out[4];
} published[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(philox_published)
{
    uint32_t out[4];
    qd_rng_philox(out, published[_i].counter, published[_i].key);
    for (int k = 0; k < 4; k++) ck_assert_uint_eq(out[k], published[_i].out[k]);
}
END_TEST

START_TEST(streams_differ_and_repeat)
{
    qd_rng_t a, b, c, d;
    qd_rng_init(a, ctx->seed, 1);
    qd_rng_init(b, ctx->seed, 1);
    qd_rng_init(c, ctx->seed, 2);
    qd_rng_init(d, ctx->seed + 1, 1);
    for (int k = 0; k < 100; k++) {
        uint64_t x = qd_rng_u64(a);
        ck_assert_uint_eq(x, qd_rng_u64(b));
        ck_assert_uint_ne(x, qd_rng_u64(c));
        ck_assert_uint_ne(x, qd_rng_u64(d));
    }
    ck_assert_uint_eq(qd_rng_stream(1, 2, 3), qd_rng_stream(1, 2, 3));
    ck_assert_uint_ne(qd_rng_stream(1, 2, 3), qd_rng_stream(1, 3, 2));
    ck_assert_uint_ne(qd_rng_stream(0, 0, 1), qd_rng_stream(0, 1, 0));
}
END_TEST

START_TEST(below_is_uniform)
{
    enum { N = 7, DRAWS = 70000 };
    int count[N] = {0};
    double chi2 = 0;
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 3);
    for (int k = 0; k < DRAWS; k++) count[qd_rng_below(rng, N)]++;
    for (int k = 0; k < N; k++) chi2 += pow(count[k] - DRAWS / N, 2) / (DRAWS / N);
    ck_assert_msg(chi2 < 40, "chi2 %g with 6 degrees of freedom, QD_SEED=%llu", chi2, (unsigned long long) ctx->seed);
    ck_assert_uint_eq(qd_rng_below(rng, 1), 0);
    for (int k = 0; k < 100; k++) ck_assert(qd_rng_below(rng, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}
END_TEST

/* Without rejection the remainders below 2^62 would come twice as often as the others: half of the time, not a third. Each number is the
   remainder of the first 64-bit number that is at least 2^64 mod n. */
START_TEST(below_rejects)
{
    enum { DRAWS = 9000 };
    const uint64_t n = UINT64_C(3) << 62;
    qd_rng_t rng, words;
    int small = 0, rejected = 0;
    qd_rng_init(rng, ctx->seed, 6);
    qd_rng_init(words, ctx->seed, 6);
    for (int k = 0; k < DRAWS; k++) {
        uint64_t x, y = qd_rng_below(rng, n);
        while ((x = qd_rng_u64(words)) < UINT64_C(1) << 62) rejected++;
        ck_assert_uint_eq(y, x >= n ? x - n : x);
        small += y < UINT64_C(1) << 62;
    }
    ck_assert_msg(abs(small - DRAWS / 3) < 6 * sqrt(DRAWS * 2 / 9.0), "%d of %d", small, DRAWS);
    ck_assert_msg(abs(rejected - DRAWS / 3) < 6 * sqrt(DRAWS * 4 / 9.0), "%d of %d", rejected, DRAWS);
}
END_TEST

START_TEST(ranges)
{
    bool seen[7] = {false}, negative = false, positive = false;
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 4);
    for (int k = 0; k < 500; k++) {
        int64_t x = qd_rng_range(rng, -3, 3);
        ck_assert(-3 <= x && x <= 3);
        seen[x + 3] = true;
    }
    for (int k = 0; k < 7; k++) ck_assert(seen[k]);
    ck_assert_int_eq(qd_rng_range(rng, 5, 5), 5);
    for (int k = 0; k < 100; k++) { /* wider than an int64_t can tell */
        int64_t x = qd_rng_range(rng, INT64_MIN, INT64_MAX), y = qd_rng_range(rng, INT64_MIN, INT64_MAX - 1);
        negative |= x < 0 || y < 0;
        positive |= x > 0 || y > 0;
    }
    ck_assert(negative && positive);
}
END_TEST

START_TEST(unit_and_gauss_moments)
{
    enum { N = 100000 };
    double unit = 0, mean = 0, square = 0, fourth = 0;
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 5);
    for (int k = 0; k < N; k++) {
        double u = qd_rng_unit(rng), g = qd_rng_gauss(rng);
        ck_assert(u >= 0 && u < 1);
        unit += u / N;
        mean += g / N;
        square += g * g / N;
        fourth += g * g * g * g / N;
    }
    /* six standard deviations of each mean */
    ck_assert(fabs(unit - 0.5) < 6 * sqrt(1 / 12.0 / N));
    ck_assert(fabs(mean) < 6 * sqrt(1.0 / N));
    ck_assert(fabs(square - 1) < 6 * sqrt(2.0 / N));
    ck_assert(fabs(fourth - 3) < 6 * sqrt(96.0 / N));
}
END_TEST

/* ---- parallel ---------------------------------------------------------------------------- */

enum { ITEMS = 1000, BAD = 100 };

typedef struct {
    uint64_t value[ITEMS];
    int started; /* changed atomically */
    int wrong_thread;
} work;

static qd_status draw(void *arg, int64_t i, qd_ctx_t c)
{
    work *w = arg;
    qd_rng_t rng;
    qd_rng_init(rng, c->seed, (uint64_t) i);
    w->value[i] = qd_rng_u64(rng);
    if (qd_thread() < 0 || qd_thread() >= c->threads) __atomic_store_n(&w->wrong_thread, 1, __ATOMIC_RELAXED);
    return QD_OK;
}

START_TEST(threads_do_not_change_results)
{
    static work one, many;
    ctx->threads = 1;
    ck_assert_int_eq(qd_parallel_for(ITEMS, draw, &one, ctx), QD_OK);
    for (ctx->threads = 2; ctx->threads <= 4; ctx->threads++) {
        memset(&many, 0, sizeof many);
        ck_assert_int_eq(qd_parallel_for(ITEMS, draw, &many, ctx), QD_OK);
        ck_assert_int_eq(memcmp(one.value, many.value, sizeof one.value), 0);
        ck_assert(!many.wrong_thread);
    }
    ck_assert_int_eq(qd_parallel_for(0, draw, NULL, ctx), QD_OK);
    ck_assert_int_eq(qd_thread(), 0);
}
END_TEST

static qd_status fail_from_bad_on(void *arg, int64_t i, qd_ctx_t c)
{
    work *w = arg;
    __atomic_add_fetch(&w->started, 1, __ATOMIC_RELAXED);
    usleep(100);
    return i < BAD ? QD_OK : qd_fail(c, QD_EDOMAIN, "item %d or later has no value", BAD);
}

START_TEST(failure_stops_the_loop)
{
    for (ctx->threads = 1; ctx->threads <= 4; ctx->threads++) {
        work w = {.started = 0};
        qd_ctx_forget(ctx);
        ck_assert_int_eq(qd_parallel_for(ITEMS, fail_from_bad_on, &w, ctx), QD_EDOMAIN);
        ck_assert_str_eq(qd_ctx_message(ctx), "item 100 or later has no value");
        ck_assert_msg(w.started > BAD && w.started < ITEMS / 2, "%d items were started", w.started);
    }
}
END_TEST

static qd_status nested(void *arg, int64_t i, qd_ctx_t c)
{
    work *w = (work *) arg + i;
    int thread = qd_thread();
    qd_status st = qd_parallel_for(ITEMS, draw, w, c);
    if (qd_thread() != thread) w->wrong_thread = 1;
    return st;
}

START_TEST(nested_loops)
{
    static work w[4];
    ctx->threads = 4;
    ck_assert_int_eq(qd_parallel_for(4, nested, w, ctx), QD_OK);
    for (int k = 1; k < 4; k++) ck_assert_int_eq(memcmp(w[0].value, w[k].value, sizeof w[0].value), 0);
    for (int k = 0; k < 4; k++) ck_assert(!w[k].wrong_thread);
}
END_TEST

static int ended; /* changed atomically */

static void at_end(void)
{
    __atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
}

/* Waits until three threads are in the loop. */
static qd_status meet(void *arg, int64_t i, qd_ctx_t c)
{
    int *arrived = arg;
    (void) i, (void) c;
    __atomic_add_fetch(arrived, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(arrived, __ATOMIC_SEQ_CST) < 3) sched_yield();
    return QD_OK;
}

START_TEST(end_of_the_workers)
{
    int arrived = 0;
    qd_parallel_at_end(at_end);
    qd_parallel_at_end(at_end);
    ended = 0;
    ctx->threads = 3;
    ck_assert_int_eq(qd_parallel_for(3, meet, &arrived, ctx), QD_OK);
    ck_assert_int_eq(arrived, 3);
    ck_assert_int_eq(ended, 2); /* the calling thread is no worker */
}
END_TEST

/* ---- ctx --------------------------------------------------------------------------------- */

START_TEST(first_message_stays)
{
    ck_assert_str_eq(qd_ctx_message(ctx), "");
    ck_assert_int_eq(qd_fail(ctx, QD_EINPUT, "first %d", 1), QD_EINPUT);
    ck_assert_int_eq(qd_fail(ctx, QD_EIO, "second"), QD_EIO);
    ck_assert_str_eq(qd_ctx_message(ctx), "first 1");
    ck_assert_int_eq(ctx->first, QD_EINPUT);
    qd_ctx_forget(ctx);
    qd_fail(ctx, QD_EIO, "%0*d", 2 * QD_MESSAGE_MAX, 7);
    ck_assert_uint_eq(strlen(qd_ctx_message(ctx)), QD_MESSAGE_MAX - 1);
}
END_TEST

START_TEST(message_behind_a_prefix)
{
    qd_ctx_t own;
    ctx->seed = 7;
    ctx->threads = 3;
    ctx->max_bytes = 12345;
    qd_ctx_own(own, ctx);
    ck_assert(own->seed == 7 && own->threads == 3 && own->max_bytes == 12345 && own->start_s == ctx->start_s);
    ck_assert_str_eq(qd_ctx_message(own), "");
    ck_assert_int_eq(qd_ctx_prefix(ctx, QD_OK, own, "a: "), QD_OK);
    ck_assert_str_eq(qd_ctx_message(ctx), "");
    qd_fail(own, QD_EINPUT, "no %s", "number");
    ck_assert_int_eq(qd_ctx_prefix(ctx, QD_EINPUT, own, "%s %d: ", "line", 3), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "line 3: no number");
    ck_assert_int_eq(ctx->first, QD_EINPUT);
    qd_ctx_own(own, ctx); /* begins without a message, and does not replace one */
    ck_assert_str_eq(qd_ctx_message(own), "");
    qd_fail(own, QD_EIO, "%0*d", 2 * QD_MESSAGE_MAX, 7);
    ck_assert_int_eq(qd_ctx_prefix(ctx, QD_EIO, own, "later: "), QD_EIO);
    ck_assert_str_eq(qd_ctx_message(ctx), "line 3: no number");
    qd_ctx_forget(ctx);
    qd_ctx_prefix(ctx, QD_EIO, own, "long: ");
    ck_assert_uint_eq(strlen(qd_ctx_message(ctx)), QD_MESSAGE_MAX - 1);
    qd_ctx_own(own, NULL);
    ck_assert(own->seed == 1 && own->threads == 1 && own->max_seconds == 0 && own->max_bytes == 0 && own->progress == NULL);
    ck_assert_str_eq(qd_ctx_message(own), "");
}
END_TEST

START_TEST(time_budget)
{
    ctx->max_seconds = 1000;
    ck_assert_int_eq(qd_ctx_budget(ctx), QD_OK);
    ctx->max_seconds = 0.01;
    usleep(20000);
    ck_assert(qd_ctx_elapsed(ctx) >= 0.02);
    ck_assert_int_eq(qd_ctx_budget(ctx), QD_EUNABLE);
    ck_assert_str_eq(qd_ctx_message(ctx), "the time budget of 0.01 s is used up");
    qd_ctx_start(ctx);
    ck_assert_str_eq(qd_ctx_message(ctx), "");
    ctx->start_s -= 1500; /* as if it had begun so much earlier */
    ctx->max_seconds = 1000;
    ck_assert_int_eq(qd_ctx_budget(ctx), QD_EUNABLE);
    ctx->max_seconds = 2000;
    ck_assert_int_eq(qd_ctx_budget(ctx), QD_OK);
    ctx->max_seconds = 0;
    ck_assert_int_eq(qd_ctx_budget(ctx), QD_OK);
}
END_TEST

START_TEST(memory_budget)
{
    ck_assert(qd_memory_now() > 0 && qd_memory_peak() >= qd_memory_now() / 2);
    ctx->max_bytes = qd_memory_now() + ((int64_t) 1 << 40);
    ck_assert_int_eq(qd_ctx_budget(ctx), QD_OK);
    ctx->max_bytes = 1;
    ck_assert_int_eq(qd_ctx_budget(ctx), QD_EUNABLE);
    ck_assert_int_eq(strncmp(qd_ctx_message(ctx), "the memory budget of 1 bytes is used up (", 41), 0);
}
END_TEST

START_TEST(steps_are_foreseen)
{
    ck_assert_int_eq(qd_ctx_foresee(ctx, 1e18, 1e9, "a step"), QD_OK); /* no budget */
    ctx->max_seconds = 1000;
    ctx->max_bytes = (int64_t) 1 << 40;
    ck_assert_int_eq(qd_ctx_foresee(ctx, 1e6, 1, "a step"), QD_OK);
    ck_assert_int_eq(qd_ctx_foresee(ctx, 1e6, 2000, "step %d", 7), QD_EUNABLE);
    ck_assert_str_eq(qd_ctx_message(ctx), "the time budget of 1000 s is too short for step 7");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_ctx_foresee(ctx, 2e12, 1, "step %d", 8), QD_EUNABLE);
    ck_assert_str_eq(qd_ctx_message(ctx), "the memory budget of 1099511627776 bytes is too small for step 8");
    qd_ctx_forget(ctx);
    ctx->max_bytes = 1; /* what is used up already is said as that */
    ck_assert_int_eq(qd_ctx_foresee(ctx, 0, 0, "step %d", 9), QD_EUNABLE);
    ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), "is used up"));
}
END_TEST

static size_t refused;

static void note_refusal(size_t bytes)
{
    refused = bytes;
}

/* Large blocks above the limit are refused before they are touched, small ones and what fits are not. */
START_TEST(memory_limit)
{
    const size_t large = (size_t) 64 << 20;
    void *p = qd_malloc(large), *q;
    ck_assert_ptr_nonnull(p);
    qd_memory_limit(qd_memory_now() + ((int64_t) 32 << 20));
    q = qd_malloc(large);
    ck_assert_ptr_nonnull(q); /* nobody would hear of it */
    free(q);
    qd_nomem_handler(note_refusal);
    ck_assert_ptr_null(qd_malloc(large));
    ck_assert_uint_eq(refused, large);
    ck_assert_ptr_null(qd_calloc(large / 8, 16));
    ck_assert_uint_eq(refused, 2 * large);
    ck_assert_ptr_null(qd_realloc(p, 2 * large));
    ck_assert_ptr_null(qd_calloc(SIZE_MAX / 2, 3));
    ck_assert_uint_eq(refused, SIZE_MAX);
    refused = 0;
    q = qd_malloc((size_t) 2 << 20);
    ck_assert_ptr_nonnull(q);
    p = qd_realloc(p, large + 4096);
    ck_assert(p != NULL && refused == 0);
    qd_memory_limit(0);
    qd_nomem_handler(NULL);
    free(p);
    free(q);
}
END_TEST

static void note(void *arg, const char *what, int64_t done, int64_t total)
{
    if (strcmp(what, "cells") == 0 && total == 9) *(int64_t *) arg = done;
}

START_TEST(progress)
{
    int64_t seen = 0;
    qd_ctx_progress(ctx, "cells", 3, 9); /* nobody listens */
    ctx->progress = note;
    ctx->progress_arg = &seen;
    qd_ctx_progress(ctx, "cells", 4, 9);
    ck_assert_int_eq(seen, 4);
}
END_TEST

START_TEST(labels)
{
    ck_assert_str_eq(qd_label_name(QD_EXACT), "exact");
    ck_assert_str_eq(qd_label_name(QD_LOWER_BOUND), "lower_bound");
    ck_assert_str_eq(qd_label_name(QD_UPPER_BOUND), "upper_bound");
}
END_TEST

/* ---- arena ------------------------------------------------------------------------------- */

/* Blocks do not touch each other, and hold any type. */
START_TEST(arena_blocks_are_apart)
{
    enum { BLOCKS = 400 };
    unsigned char *block[BLOCKS];
    size_t bytes[BLOCKS];
    qd_arena a;
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 7);
    qd_arena_init(&a);
    for (int i = 0; i < BLOCKS; i++) {
        bytes[i] = qd_rng_below(rng, i % 50 == 0 ? 200000 : 2000);
        block[i] = qd_arena_take(&a, bytes[i]);
        ck_assert_uint_eq((uintptr_t) block[i] % 16, 0);
        memset(block[i], i % 251, bytes[i]);
    }
    for (int i = 0; i < BLOCKS; i++)
        for (size_t k = 0; k < bytes[i]; k++) ck_assert(block[i][k] == i % 251);
    qd_arena_clear(&a);
}
END_TEST

/* ---- buf --------------------------------------------------------------------------------- */

START_TEST(buffer_grows)
{
    qd_buf_t b;
    qd_buf_init(b);
    ck_assert_str_eq(qd_buf_str(b), "");
    qd_buf_add(b, "a\0b", 3);
    ck_assert_uint_eq(b->len, 3);
    ck_assert_int_eq(memcmp(b->s, "a\0b", 4), 0);
    qd_buf_reset(b);
    ck_assert_str_eq(qd_buf_str(b), "");
    for (int k = 0; k < 1000; k++) qd_buf_printf(b, "%03d,", k);
    ck_assert_uint_eq(b->len, 4000);
    ck_assert_int_eq(strncmp(b->s + 4 * 678, "678,679,", 8), 0);
    qd_buf_puts(b, "end");
    ck_assert_str_eq(b->s + 4000, "end");
    qd_buf_clear(b);
    ck_assert_str_eq(qd_buf_str(b), "");
}
END_TEST

/* Fowler, Noll and Vo's own test vectors of FNV-1a, 64 bits. */
START_TEST(hash_published)
{
    static const struct {
        const char *text;
        uint64_t hash;
    } vector[] = {{"", 0xcbf29ce484222325u}, {"a", 0xaf63dc4c8601ec8cu}, {"foobar", 0x85944171f73967e8u}};
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        ck_assert_uint_eq(qd_hash(vector[i].text, strlen(vector[i].text)), vector[i].hash);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *tc = tcase_create("base");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, philox_published, 0, 3);
    tcase_add_test(tc, streams_differ_and_repeat);
    tcase_add_test(tc, below_is_uniform);
    tcase_add_test(tc, below_rejects);
    tcase_add_test(tc, ranges);
    tcase_add_test(tc, unit_and_gauss_moments);
    tcase_add_test(tc, threads_do_not_change_results);
    tcase_add_test(tc, failure_stops_the_loop);
    tcase_add_test(tc, nested_loops);
    tcase_add_test(tc, end_of_the_workers);
    tcase_add_test(tc, first_message_stays);
    tcase_add_test(tc, message_behind_a_prefix);
    tcase_add_test(tc, time_budget);
    tcase_add_test(tc, memory_budget);
    tcase_add_test(tc, steps_are_foreseen);
    tcase_add_test(tc, memory_limit);
    tcase_add_test(tc, progress);
    tcase_add_test(tc, labels);
    tcase_add_test(tc, buffer_grows);
    tcase_add_test(tc, arena_blocks_are_apart);
    tcase_add_test(tc, hash_published);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
