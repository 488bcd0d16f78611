/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory and growing strings. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*nomem)(size_t bytes);

void qd_nomem_handler(void (*fn)(size_t bytes))
{
    nomem = fn;
}

static void *check(void *p, size_t bytes)
{
    if (p == NULL && bytes > 0 && nomem != NULL) nomem(bytes);
    return p;
}

void *qd_malloc(size_t bytes)
{
    return check(malloc(bytes), bytes);
}

void *qd_calloc(size_t n, size_t size)
{
    return check(calloc(n, size), n * size);
}

void *qd_realloc(void *p, size_t bytes)
{
    return check(realloc(p, bytes), bytes);
}

char *qd_strdup(const char *s)
{
    return strcpy(qd_malloc(strlen(s) + 1), s);
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
