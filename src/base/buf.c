/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory and growing strings. */
#include "base/base.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks of this size are looked at one by one; smaller ones add up, and are seen by whoever asks for the resident memory. */
#define LARGE ((size_t) 1 << 20)

static void (*nomem)(size_t bytes);
static int64_t limit; /* atomic */

void qd_nomem_handler(void (*fn)(size_t bytes))
{
    nomem = fn;
}

void qd_memory_limit(int64_t bytes)
{
    __atomic_store_n(&limit, bytes, __ATOMIC_RELAXED);
}

static void *check(void *p, size_t bytes)
{
    if (p == NULL && bytes > 0 && nomem != NULL) nomem(bytes);
    return p;
}

/* Are so many bytes more, in one block, within the limit? */
static bool within(size_t bytes)
{
    int64_t most = __atomic_load_n(&limit, __ATOMIC_RELAXED);
    return most <= 0 || nomem == NULL || (double) qd_memory_now() + (double) bytes <= (double) most;
}

void *qd_malloc(size_t bytes)
{
    return check(bytes < LARGE || within(bytes) ? malloc(bytes) : NULL, bytes);
}

void *qd_calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) return check(NULL, SIZE_MAX);
    return check(bytes < LARGE || within(bytes) ? calloc(n, size) : NULL, bytes);
}

void *qd_realloc(void *p, size_t bytes)
{
    if (bytes >= LARGE) {
        size_t old = malloc_usable_size(p);
        if (bytes > old && !within(bytes - old)) return check(NULL, bytes);
    }
    return check(realloc(p, bytes), bytes);
}

char *qd_strdup(const char *s)
{
    return strcpy(qd_malloc(strlen(s) + 1), s);
}

bool qd_ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}

void qd_buf_init(qd_buf_t b)
{
    b->s = NULL;
    b->len = b->room = 0;
}

void qd_buf_clear(qd_buf_t b)
{
    free(b->s);
    qd_buf_init(b);
}

void qd_buf_reset(qd_buf_t b)
{
    b->len = 0;
    if (b->s != NULL) b->s[0] = '\0';
}

static void reserve(qd_buf_t b, size_t more)
{
    if (b->len + more + 1 <= b->room) return;
    b->room = 2 * b->room > b->len + more + 1 ? 2 * b->room : b->len + more + 64;
    b->s = qd_realloc(b->s, b->room);
}

void qd_buf_add(qd_buf_t b, const char *s, size_t len)
{
    reserve(b, len);
    memcpy(b->s + b->len, s, len);
    b->len += len;
    b->s[b->len] = '\0';
}

void qd_buf_puts(qd_buf_t b, const char *s)
{
    qd_buf_add(b, s, strlen(s));
}

void qd_buf_printf(qd_buf_t b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    reserve(b, (size_t) n);
    va_start(args, format);
    vsnprintf(b->s + b->len, (size_t) n + 1, format, args);
    va_end(args);
    b->len += (size_t) n;
}

const char *qd_buf_str(const qd_buf_t b)
{
    return b->s == NULL ? "" : b->s;
}
