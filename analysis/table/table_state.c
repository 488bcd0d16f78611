/* FILE.part. Lines are "item <tab> seconds <tab> fields of the result <tab> checksum"; each is written by one call, so that a process that is
   killed leaves at most one incomplete line, the last. A complete line with a wrong checksum means that the file is damaged. */
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/io.h"
#include "cli/text.h"

/* Seconds between two calls of fdatasync: what a crash of the machine may cost. */
#define SYNC_S 5

/* Every version of the format begins so; the number changes with what lines hold. */
#define MAGIC "quadric part "
#define FORMAT MAGIC "2"

void table_state_header(qd_buf_t out, const table_job *job, uint64_t seed)
{
    qd_buf_printf(out, FORMAT ", %s, version %s, seed %" PRIu64 ", configuration %016" PRIx64 ", %" PRId64 " items", job->command,
                  QD_VERSION, seed, qd_hash(job->resolved, strlen(job->resolved)), job->nitems);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* One line of length len, without its line end. QD_EINPUT, without a sentence: it is not what table_state_add writes; with one: its
   result is none of this study. */
static qd_status read_line(table_results *r, const char *line, size_t len, qd_ctx_t ctx)
{
    qd_status st = QD_EINPUT;
    char *text = qd_malloc(len + 1), *end, *rest;
    memcpy(text, line, len);
    text[len] = '\0';
    char *sum = strrchr(text, '\t'), *value = NULL;
    bool good = sum != NULL && strlen(text) == len;
    if (good) good = strtoull(sum + 1, &end, 16) == qd_hash(text, (size_t) (sum - text)) && *end == '\0' && strlen(sum + 1) == 16;
    if (good) {
        *sum = '\0';
        long long item = strtoll(text, &rest, 10);
        good = *rest == '\t' && item >= 0 && item < r->n && !r->there[item];
        double s = good ? strtod(rest + 1, &value) : 0;
        good = good && *value == '\t';
        if (good) {
            st = qd_record_read(table_result(r, item), r->field, value + 1, ctx);
            r->there[item] = st == QD_OK;
            r->seconds[item] = s;
            if (st != QD_OK) qd_record_clear(table_result(r, item), r->field);
        }
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

/* Reads the file's text; *valid is the length of its complete lines. */
static qd_status read_text(size_t *valid, const char *path, const qd_buf_t text, const char *header, table_results *r, qd_ctx_t ctx)
{
    const char *s = qd_buf_str(text), *end = s + text->len, *eol;
    size_t head = strlen(header);
    *valid = 0;
    if (text->len <= head) return strncmp(s, header, text->len) == 0 ? QD_OK : foreign(path, s, header, ctx);
    if (strncmp(s, header, head) != 0 || s[head] != '\n') return foreign(path, s, header, ctx);
    s += head + 1;
    for (int64_t n = 2; (eol = memchr(s, '\n', (size_t) (end - s))) != NULL; n++, s = eol + 1) {
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        if (read_line(r, s, (size_t) (eol - s), own) == QD_OK) continue;
        const char *why = qd_ctx_message(own);
        return qd_fail(ctx, QD_EINPUT, "%s: line %" PRId64 " is damaged%s%s; remove the file to start afresh", path, n,
                       why[0] != '\0' ? ": " : "", why);
    }
    *valid = (size_t) (s - qd_buf_str(text));
    return QD_OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

static qd_status put(table_state *s, const qd_buf_t text, qd_ctx_t ctx)
{
    const char *p = qd_buf_str(text);
    for (size_t left = text->len; left > 0;) {
        ssize_t n = write(s->fd, p, left);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return qd_fail(ctx, QD_EIO, "cannot write %s: %s", s->path, strerror(errno));
        p += n;
        left -= (size_t) n;
    }
    return QD_OK;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* Drops the incomplete last line and goes to the end; an empty file gets its header. */
static qd_status prepare(table_state *s, size_t valid, const char *header, qd_ctx_t ctx)
{
    if (ftruncate(s->fd, (off_t) valid) != 0 || lseek(s->fd, 0, SEEK_END) < 0)
        return qd_fail(ctx, QD_EIO, "cannot write %s: %s", s->path, strerror(errno));
    if (valid > 0) return QD_OK;
    qd_buf_t line;
    qd_buf_init(line);
    qd_buf_printf(line, "%s\n", header);
    qd_status st = put(s, line, ctx);
    qd_buf_clear(line);
    return st;
}

qd_status table_state_open(table_state *s, const char *path, const char *header, table_results *results, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_buf_t text;
    size_t valid;
    s->path = qd_strdup(path);
    s->synced_s = now_s();
    s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (s->fd < 0) return qd_fail(ctx, QD_EIO, "cannot write %s: %s", path, strerror(errno));
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0) return qd_fail(ctx, QD_EINPUT, "%s: another process is working on this table", path);
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_buf_init(text);
    if ((st = qd_file_read(text, path, own)) != QD_OK) qd_ctx_prefix(ctx, st, own, "%s ", path);
    else st = read_text(&valid, path, text, header, results, ctx);
    if (st == QD_OK) st = prepare(s, valid, header, ctx);
    qd_buf_clear(text);
    return st;
}

qd_status table_state_add(table_state *s, const table_results *results, int64_t item, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_buf_t line;
    if (s->fd < 0) return QD_OK;
    qd_buf_init(line);
    qd_buf_printf(line, "%" PRId64 "\t%.6f\t", item, results->seconds[item]);
    qd_record_print(line, results->field, table_result(results, item));
    qd_buf_printf(line, "\t%016" PRIx64 "\n", qd_hash(qd_buf_str(line), line->len));
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    st = put(s, line, ctx);
    if (st == QD_OK && now_s() - s->synced_s > SYNC_S) {
        fdatasync(s->fd);
        s->synced_s = now_s();
    }
    pthread_mutex_unlock(&lock);
    qd_buf_clear(line);
    return st;
}

void table_state_close(table_state *s, bool done)
{
    if (done && s->path != NULL) unlink(s->path);
    if (s->fd >= 0) close(s->fd);
    free(s->path);
    s->fd = -1;
    s->path = NULL;
}
