/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated values: fields are copied without their quotes. */
#include "io/io.h"

#include <stdlib.h>
#include <string.h>

void qd_csv_print(qd_buf_t out, const char *s, bool quotes)
{
    if (!quotes && strpbrk(s, ",\"\r\n") == NULL) {
        qd_buf_puts(out, s);
        return;
    }
    qd_buf_puts(out, "\"");
    for (; *s != '\0'; s++) qd_buf_add(out, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    qd_buf_puts(out, "\"");
}

void qd_csv_init(qd_csv *csv, const char *text, size_t len)
{
    *csv = (qd_csv){.separator = ',', .at = text, .end = text + len, .next = 1};
    qd_buf_init(csv->text);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) csv->at += 3; /* a byte order mark says nothing here */
}

void qd_csv_clear(qd_csv *csv)
{
    free(csv->start);
    free(csv->length);
    qd_buf_clear(csv->text);
}

const char *qd_csv_field(const qd_csv *csv, int64_t i)
{
    return qd_buf_str(csv->text) + csv->start[i];
}

/* Bytes of the end of line at csv->at: LF, CRLF, or the end of the text (0, and *yes). */
static size_t line_end(const qd_csv *csv, bool *yes)
{
    size_t left = (size_t) (csv->end - csv->at);
    size_t n = left >= 1 && csv->at[0] == '\n' ? 1 : left >= 2 && csv->at[0] == '\r' && csv->at[1] == '\n' ? 2 : 0;
    *yes = left == 0 || n > 0;
    return n;
}

static qd_status bad(const qd_csv *csv, const char *what, qd_ctx_t ctx)
{
    return qd_fail(ctx, QD_EINPUT, "line %lld, column %lld: %s", (long long) csv->line, (long long) csv->nfields + 1, what);
}

static qd_status read_quoted(qd_csv *csv, qd_ctx_t ctx)
{
    bool over;
    for (csv->at++;; csv->at++) {
        if (csv->at == csv->end) return bad(csv, "the quote is not closed before the end of the file", ctx);
        if (*csv->at == '\n') csv->next++;
        if (*csv->at == '"') {
            csv->at++;
            if (csv->at == csv->end || *csv->at != '"') break;
        }
        qd_buf_add(csv->text, csv->at, 1);
    }
    line_end(csv, &over);
    if (over || *csv->at == csv->separator) return QD_OK;
    return bad(csv,
               csv->separator == ',' ? "text behind the closing quote, expected a comma or the end of the line"
                                     : "text behind the closing quote, expected the separator or the end of the line",
               ctx);
}

static qd_status read_plain(qd_csv *csv, qd_ctx_t ctx)
{
    const char *from = csv->at;
    for (bool over; line_end(csv, &over), !over && *csv->at != csv->separator; csv->at++)
        if (*csv->at == '"') return bad(csv, "a quote inside a field that does not begin with one", ctx);
    qd_buf_add(csv->text, from, (size_t) (csv->at - from));
    return QD_OK;
}

static qd_status read_field(qd_csv *csv, qd_ctx_t ctx)
{
    size_t start = csv->text->len;
    qd_status st = csv->at < csv->end && *csv->at == '"' ? read_quoted(csv, ctx) : read_plain(csv, ctx);
    if (st != QD_OK) return st;
    if (csv->nfields == csv->room) {
        csv->room = 2 * csv->room + 8;
        csv->start = qd_realloc(csv->start, sizeof *csv->start * (size_t) csv->room);
        csv->length = qd_realloc(csv->length, sizeof *csv->length * (size_t) csv->room);
    }
    csv->start[csv->nfields] = start;
    csv->length[csv->nfields++] = csv->text->len - start;
    qd_buf_add(csv->text, "", 1);
    return QD_OK;
}

qd_status qd_csv_next(qd_csv *csv, qd_ctx_t ctx)
{
    bool over;
    size_t n;
    qd_buf_reset(csv->text);
    csv->nfields = 0;
    while ((n = line_end(csv, &over)) > 0) csv->at += n, csv->next++; /* empty lines */
    if (over) return QD_OK;
    csv->line = csv->next;
    for (;;) {
        qd_status st = read_field(csv, ctx);
        if (st != QD_OK) return st;
        n = line_end(csv, &over);
        if (over) break;
        csv->at++; /* the separator: a field follows, be it empty */
    }
    csv->at += n;
    csv->next += n > 0;
    return QD_OK;
}
