/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each line is written whole or taken back, so that a process that is killed leaves at most one incomplete line, the last; a crash of the
   machine may spoil what was not yet synced, which is an end of the file too. A wrong line with right ones behind it is none of these. */
#include "io/impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds between two calls of fdatasync: what a crash of the machine may cost. */
#define SYNC_S 5

/* Every version of the format begins so; the number changes with what lines hold. */
#define MAGIC "quadric part "
#define FORMAT MAGIC "2, "

void qd_ledger_init(qd_ledger_t l, const qd_field *field, size_t size, int64_t nitems)
{
    *l = (qd_ledger_struct){.field = field, .size = size, .nitems = nitems, .fd = -1};
    l->record = qd_calloc((size_t) nitems + 1, size);
    l->there = qd_calloc((size_t) nitems + 1, sizeof *l->there);
    l->seconds = qd_calloc((size_t) nitems + 1, sizeof *l->seconds);
    pthread_mutex_init(&l->mutex, NULL);
}

void qd_ledger_clear(qd_ledger_t l)
{
    for (int64_t i = 0; i < l->nitems; i++) qd_record_clear(qd_ledger_record(l, i), l->field);
    free(l->record);
    free(l->there);
    free(l->seconds);
    free(l->path);
    if (l->fd >= 0) close(l->fd);
    pthread_mutex_destroy(&l->mutex);
}

void *qd_ledger_record(const qd_ledger_t l, int64_t item)
{
    return l->record + l->size * (size_t) item;
}

int64_t qd_ledger_done(const qd_ledger_t l)
{
    int64_t n = 0;
    for (int64_t i = 0; i < l->nitems; i++) n += l->there[i];
    return n;
}

void qd_ledger_remove(qd_ledger_t l)
{
    if (l->fd < 0) return;
    unlink(l->path);
    close(l->fd);
    l->fd = -1;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Does the line of length len, without its line end, carry its checksum? *body: its length without that. */
static bool is_whole(size_t *body, const char *line, size_t len)
{
    char sum[18];
    if (len < 17 || memchr(line, '\0', len) != NULL) return false;
    *body = len - 17;
    snprintf(sum, sizeof sum, "\t%016" PRIx64, qd_hash(line, *body));
    return memcmp(line + *body, sum, 17) == 0;
}

/* Takes a whole line. QD_EINPUT, without a sentence: it names no item that is open; with one: its record is none of this ledger. */
static qd_status take_line(qd_ledger_t l, const char *line, size_t len, qd_ctx_t ctx)
{
    qd_status st = QD_EINPUT;
    char *text = qd_malloc(len + 1), *rest, *value = NULL;
    memcpy(text, line, len);
    text[len] = '\0';
    long long item = strtoll(text, &rest, 10);
    bool good = rest > text && *rest == '\t' && item >= 0 && item < l->nitems && !l->there[item];
    double seconds = good ? strtod(rest + 1, &value) : 0;
    if (good && *value == '\t') {
        st = qd_record_read(qd_ledger_record(l, item), l->field, value + 1, ctx);
        l->there[item] = st == QD_OK;
        l->seconds[item] = seconds;
        if (st != QD_OK) qd_record_clear(qd_ledger_record(l, item), l->field);
    }
    free(text);
    return st;
}

static qd_status foreign(const char *path, const char *text, const char *header, qd_ctx_t ctx)
{
    int len = (int) strcspn(text, "\n");
    if (strncmp(text, MAGIC, strlen(MAGIC)) == 0)
        return qd_fail(ctx, QD_EINPUT, "%s: found the state of another run, '%.*s', expected '%s'; remove it to start afresh", path, len,
                       text, header);
    return qd_fail(ctx, QD_EINPUT, "%s: found a file that is not the state of a table; it is left as it is", path);
}

/* Is there a whole line in the text? */
static bool any_whole(const char *s, const char *end)
{
    size_t body;
    for (const char *eol; (eol = memchr(s, '\n', (size_t) (end - s))) != NULL; s = eol + 1)
        if (is_whole(&body, s, (size_t) (eol - s))) return true;
    return false;
}

/* Takes the lines; l->length, l->cut: how far they are right, and what is behind that. */
static qd_status read_text(qd_ledger_t l, const qd_buf_t text, const char *header, qd_ctx_t ctx)
{
    const char *s = qd_buf_str(text), *end = s + text->len, *eol;
    size_t head = strlen(header), body;
    l->length = 0;
    l->cut = (int64_t) text->len;
    l->cut_line = 1;
    if (text->len <= head) return strncmp(s, header, text->len) == 0 ? QD_OK : foreign(l->path, s, header, ctx);
    if (strncmp(s, header, head) != 0 || s[head] != '\n') return foreign(l->path, s, header, ctx);
    s += head + 1;
    for (l->cut_line = 2; (eol = memchr(s, '\n', (size_t) (end - s))) != NULL; l->cut_line++, s = eol + 1) {
        bool whole = is_whole(&body, s, (size_t) (eol - s));
        if (!whole && !any_whole(eol + 1, end)) break;
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        if (whole && take_line(l, s, body, own) == QD_OK) continue;
        const char *why = qd_ctx_message(own);
        return qd_fail(ctx, QD_EINPUT, "%s: line %" PRId64 " is damaged%s%s; remove the file to start afresh", l->path, l->cut_line,
                       why[0] != '\0' ? ": " : "", why);
    }
    l->length = s - qd_buf_str(text);
    l->cut = end - s;
    return QD_OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* The whole line, or what is there of it is taken back; should even that fail, no line is put behind it. */
static qd_status append(qd_ledger_t l, const qd_buf_t line, qd_ctx_t ctx)
{
    errno = EIO;
    if (lseek(l->fd, 0, SEEK_END) == l->length && qd_io__write_all(l->fd, qd_buf_str(line), line->len)) {
        l->length += (int64_t) line->len;
        return QD_OK;
    }
    qd_status st = qd_fail(ctx, QD_EIO, "cannot write %s: %s", l->path, strerror(errno));
    if (ftruncate(l->fd, (off_t) l->length) != 0) l->length = -1;
    return st;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* Cuts off the damaged end; a file without a line gets its header. */
static qd_status prepare(qd_ledger_t l, const char *header, qd_ctx_t ctx)
{
    if (l->cut > 0 && ftruncate(l->fd, (off_t) l->length) != 0)
        return qd_fail(ctx, QD_EIO, "cannot write %s: %s", l->path, strerror(errno));
    if (l->length > 0) return QD_OK;
    qd_buf_t line;
    qd_buf_init(line);
    qd_buf_printf(line, "%s\n", header);
    qd_status st = append(l, line, ctx);
    qd_buf_clear(line);
    return st;
}

qd_status qd_ledger_open(qd_ledger_t l, const char *path, const char *header, qd_ctx_t ctx)
{
    qd_buf_t text, head;
    qd_ctx_t own;
    qd_status st = qd_file_lock(&l->fd, path, true, "table", ctx);
    if (st != QD_OK) return st;
    l->path = qd_strdup(path);
    l->synced_s = now_s();
    qd_ctx_own(own, NULL);
    qd_buf_init(text);
    qd_buf_init(head);
    qd_buf_printf(head, FORMAT "%s", header);
    if ((st = qd_file_read(text, path, own)) != QD_OK) qd_ctx_prefix(ctx, st, own, "%s ", path);
    if (st == QD_OK) st = read_text(l, text, qd_buf_str(head), ctx);
    if (st == QD_OK) st = prepare(l, qd_buf_str(head), ctx);
    qd_buf_clear(text);
    qd_buf_clear(head);
    return st;
}

qd_status qd_ledger_add(qd_ledger_t l, int64_t item, double seconds, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_buf_t line;
    l->seconds[item] = seconds;
    l->there[item] = true;
    if (l->fd < 0) return QD_OK;
    qd_buf_init(line);
    qd_buf_printf(line, "%" PRId64 "\t%.6f\t", item, seconds);
    qd_record_print(line, l->field, qd_ledger_record(l, item));
    qd_buf_printf(line, "\t%016" PRIx64 "\n", qd_hash(qd_buf_str(line), line->len));
    pthread_mutex_lock(&l->mutex);
    st = append(l, line, ctx);
    if (st == QD_OK && now_s() - l->synced_s > SYNC_S) {
        fdatasync(l->fd);
        l->synced_s = now_s();
    }
    pthread_mutex_unlock(&l->mutex);
    qd_buf_clear(line);
    return st;
}
