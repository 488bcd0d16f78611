/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records: the members of a struct as one line of text, and back. One list of fields says both ways, so that they cannot differ. */
#include "io/io.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void *member(void *record, const qd_field *f)
{
    return (char *) record + f->offset;
}

static const void *const_member(const void *record, const qd_field *f)
{
    return (const char *) record + f->offset;
}

static int64_t integer(const void *record, const qd_field *f)
{
    return f->type == QD_FIELD_INT ? *(const int64_t *) const_member(record, f) : *(const int *) const_member(record, f);
}

static void print_value(qd_buf_t out, const qd_field *f, const void *record)
{
    switch (f->type) {
    case QD_FIELD_INT:
    case QD_FIELD_ENUM:
        assert(f->min <= integer(record, f) && integer(record, f) <= f->max);
        qd_buf_printf(out, "%" PRId64, integer(record, f));
        break;
    case QD_FIELD_DOUBLE:
        qd_buf_printf(out, "%a", *(const double *) const_member(record, f)); /* hexadecimal: nothing is rounded */
        break;
    case QD_FIELD_TEXT: {
        const char *s = *(char *const *) const_member(record, f);
        assert(s != NULL && strpbrk(s, " \t\r\n") == NULL);
        qd_buf_puts(out, s);
    }
    }
}

void qd_record_print(qd_buf_t out, const qd_field *field, const void *record)
{
    for (const qd_field *f = field; f->name != NULL; f++) {
        qd_buf_printf(out, "%s%s=", f == field ? "" : " ", f->name);
        print_value(out, f, record);
    }
}

/* ---- reading ------------------------------------------------------------------------------ */

static qd_status bad_value(const qd_field *f, const char *text, const char *expected, qd_ctx_t ctx)
{
    return qd_fail(ctx, QD_EINPUT, "'%s' is '%.40s', expected %s", f->name, text, expected);
}

static qd_status read_integer(void *record, const qd_field *f, const char *text, qd_ctx_t ctx)
{
    char *end;
    errno = 0;
    long long x = strtoll(text, &end, 10);
    if (end == text || *end != '\0') return bad_value(f, text, "an integer", ctx);
    if (errno != 0 || x < f->min || x > f->max)
        return qd_fail(ctx, QD_EINPUT, "'%s' is %.40s, expected %" PRId64 " to %" PRId64, f->name, text, f->min, f->max);
    if (f->type == QD_FIELD_INT) *(int64_t *) member(record, f) = x;
    else *(int *) member(record, f) = (int) x;
    return QD_OK;
}

static qd_status read_value(void *record, const qd_field *f, const char *text, qd_ctx_t ctx)
{
    char *end;
    if (f->type == QD_FIELD_INT || f->type == QD_FIELD_ENUM) return read_integer(record, f, text, ctx);
    if (f->type == QD_FIELD_TEXT) {
        *(char **) member(record, f) = qd_strdup(text);
        return QD_OK;
    }
    double x = strtod(text, &end);
    if (end == text || *end != '\0') return bad_value(f, text, "a number", ctx);
    *(double *) member(record, f) = x;
    return QD_OK;
}

/* Cuts the text at the blank behind its first word; returns what follows. */
static char *cut(char *text)
{
    char *blank = text + strcspn(text, " ");
    if (*blank == '\0') return blank;
    *blank = '\0';
    return blank + 1;
}

static qd_status read_fields(void *record, const qd_field *field, char *text, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (const qd_field *f = field; f->name != NULL && st == QD_OK; f++) {
        size_t len = strlen(f->name);
        char *word = text;
        if (*word == '\0') return qd_fail(ctx, QD_EINPUT, "it ends before '%s'", f->name);
        text = cut(text);
        if (strncmp(word, f->name, len) != 0 || word[len] != '=')
            return qd_fail(ctx, QD_EINPUT, "found '%.40s', expected '%s=...'", word, f->name);
        st = read_value(record, f, word + len + 1, ctx);
    }
    if (st == QD_OK && *text != '\0') return qd_fail(ctx, QD_EINPUT, "found '%.40s' behind the last field", text);
    return st;
}

static void forget_texts(void *record, const qd_field *field)
{
    for (const qd_field *f = field; f->name != NULL; f++)
        if (f->type == QD_FIELD_TEXT) *(char **) member(record, f) = NULL;
}

qd_status qd_record_read(void *record, const qd_field *field, const char *text, qd_ctx_t ctx)
{
    char *copy = qd_strdup(text);
    forget_texts(record, field);
    qd_status st = read_fields(record, field, copy, ctx);
    free(copy);
    return st;
}

void qd_record_clear(void *record, const qd_field *field)
{
    for (const qd_field *f = field; f->name != NULL; f++)
        if (f->type == QD_FIELD_TEXT) free(*(char **) member(record, f));
    forget_texts(record, field);
}
