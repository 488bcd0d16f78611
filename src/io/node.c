/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way through a document, and messages that name the place. */
#include "io/impl.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

qd_status qd_io__fail_at(int line, int column, qd_ctx_t ctx, const char *format, va_list args)
{
    char sentence[QD_MESSAGE_MAX];
    vsnprintf(sentence, sizeof sentence, format, args);
    for (size_t i = 0, n, len = strlen(sentence); i < len; i += n == 0 ? 1 : n) {
        n = qd_io__utf8(sentence + i, len - i);
        if (n == 0 || iscntrl((unsigned char) sentence[i])) sentence[i] = '?';
    }
    return qd_fail(ctx, QD_EINPUT, "line %d, column %d: %s", line, column, sentence);
}

qd_status qd_node_fail(const qd_node *node, qd_ctx_t ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    qd_io__fail_at(node->line, node->column, ctx, format, args);
    va_end(args);
    return QD_EINPUT;
}

qd_node_type qd_node_kind(const qd_node *node)
{
    return node->kind;
}

const char *qd_node_kind_name(const qd_node *node)
{
    static const char *const name[] = {"null", "true or false", "a number", "a string", "an array", "an object"};
    return name[node->kind];
}

static bool is_container(const qd_node *node)
{
    return node->kind == QD_NODE_ARRAY || node->kind == QD_NODE_OBJECT;
}

int64_t qd_node_count(const qd_node *node)
{
    return is_container(node) ? node->count : 0;
}

const qd_node *qd_node_item(const qd_node *array, int64_t i)
{
    assert(array->kind == QD_NODE_ARRAY && 0 <= i && i < array->count);
    return array->child + i;
}

static const qd_node *key_at(const qd_node *object, int64_t i)
{
    assert(object->kind == QD_NODE_OBJECT && 0 <= i && i < object->count);
    return object->child + 2 * i;
}

const char *qd_node_key_at(const qd_node *object, int64_t i)
{
    return key_at(object, i)->text;
}

const qd_node *qd_node_value_at(const qd_node *object, int64_t i)
{
    return key_at(object, i) + 1;
}

static bool text_is(const qd_node *scalar, const char *s)
{
    size_t len = strlen(s);
    return (size_t) scalar->count == len && memcmp(scalar->text, s, len) == 0;
}

const qd_node *qd_node_member(const qd_node *object, const char *key)
{
    for (int64_t i = 0; i < qd_node_count(object); i++)
        if (text_is(key_at(object, i), key)) return qd_node_value_at(object, i);
    return NULL;
}

const char *qd_node_text(const qd_node *scalar, size_t *len)
{
    assert(!is_container(scalar));
    if (len != NULL) *len = (size_t) scalar->count;
    return scalar->text;
}

/* ---- typed access ------------------------------------------------------------------------ */

/* "<what> must be <wanted>, not <what it is>"; a number is quoted, anything else named. */
static qd_status not_what(const qd_node *node, const char *what, const char *wanted, qd_ctx_t ctx)
{
    if (node->kind == QD_NODE_NUMBER) return qd_node_fail(node, ctx, "%s must be %s, not %.40s", what, wanted, node->text);
    return qd_node_fail(node, ctx, "%s must be %s, not %s", what, wanted, qd_node_kind_name(node));
}

static qd_status int_fails(const qd_node *node, int64_t min, int64_t max, const char *what, qd_ctx_t ctx)
{
    char wanted[100];
    long long lo = min, hi = max;
    if (min == INT64_MIN && max == INT64_MAX) snprintf(wanted, sizeof wanted, "an integer of 64 bits");
    else if (max == INT64_MAX) snprintf(wanted, sizeof wanted, "an integer of at least %lld", lo);
    else if (min == INT64_MIN) snprintf(wanted, sizeof wanted, "an integer of at most %lld", hi);
    else snprintf(wanted, sizeof wanted, "an integer from %lld to %lld", lo, hi);
    return not_what(node, what, wanted, ctx);
}

qd_status qd_node_get_int(int64_t *v, const qd_node *node, int64_t min, int64_t max, const char *what, qd_ctx_t ctx)
{
    if (node->kind != QD_NODE_NUMBER || strpbrk(node->text, ".eE") != NULL) return int_fails(node, min, max, what, ctx);
    errno = 0;
    long long x = strtoll(node->text, NULL, 10);
    if (errno == ERANGE || x < min || x > max) return int_fails(node, min, max, what, ctx);
    *v = x;
    return QD_OK;
}

static qd_status double_fails(const qd_node *node, double min, double max, const char *what, qd_ctx_t ctx)
{
    char wanted[100];
    if (isinf(min) && isinf(max)) snprintf(wanted, sizeof wanted, "a number that a double can hold");
    else if (isinf(max)) snprintf(wanted, sizeof wanted, "a number of at least %g", min);
    else if (isinf(min)) snprintf(wanted, sizeof wanted, "a number of at most %g", max);
    else snprintf(wanted, sizeof wanted, "a number from %g to %g", min, max);
    return not_what(node, what, wanted, ctx);
}

static bool holds_number(const qd_node *node)
{
    if (node->kind == QD_NODE_STRING) return strlen(node->text) == (size_t) node->count && qd_json_is_number(node->text);
    return node->kind == QD_NODE_NUMBER;
}

qd_status qd_node_get_double(double *v, const qd_node *node, double min, double max, const char *what, qd_ctx_t ctx)
{
    if (!holds_number(node)) return double_fails(node, min, max, what, ctx);
    double x = strtod(node->text, NULL);
    if (!isfinite(x) || x < min || x > max) return double_fails(node, min, max, what, ctx);
    *v = x;
    return QD_OK;
}

qd_status qd_node_get_bool(bool *v, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    if (node->kind != QD_NODE_BOOL) return not_what(node, what, "true or false", ctx);
    *v = node->text[0] == 't';
    return QD_OK;
}

qd_status qd_node_get_string(const char **v, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    if (node->kind != QD_NODE_STRING) return not_what(node, what, "a string", ctx);
    if (strlen(node->text) != (size_t) node->count)
        return qd_node_fail(node, ctx, "%s must be a string without the character U+0000", what);
    *v = node->text;
    return QD_OK;
}

qd_status qd_node_get_array(const qd_node *node, const char *what, qd_ctx_t ctx)
{
    return node->kind == QD_NODE_ARRAY ? QD_OK : not_what(node, what, "an array", ctx);
}

qd_status qd_node_get_object(const qd_node *node, const char *what, qd_ctx_t ctx)
{
    return node->kind == QD_NODE_OBJECT ? QD_OK : not_what(node, what, "an object", ctx);
}

static bool is_known(const qd_node *key, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        if (text_is(key, *keys)) return true;
    return false;
}

static qd_status unknown_key(const qd_node *key, const char *const *keys, const char *what, qd_ctx_t ctx)
{
    qd_buf_t list;
    qd_buf_init(list);
    for (int i = 0; keys[i] != NULL; i++) qd_buf_printf(list, "%s'%s'", i == 0 ? "" : ", ", keys[i]);
    qd_node_fail(key, ctx, "unknown key '%.60s' in %s; known keys are %s", key->text, what, qd_buf_str(list));
    qd_buf_clear(list);
    return QD_EINPUT;
}

qd_status qd_node_only_keys(const qd_node *object, const char *const *keys, const char *what, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < qd_node_count(object); i++)
        if (!is_known(key_at(object, i), keys)) return unknown_key(key_at(object, i), keys, what, ctx);
    return QD_OK;
}

qd_status qd_node_need(const qd_node **member, const qd_node *object, const char *key, const char *what, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_object(object, what, ctx);
    if (st != QD_OK) return st;
    const qd_node *found = qd_node_member(object, key);
    if (found == NULL) return qd_node_fail(object, ctx, "key '%s' is missing in %s", key, what);
    *member = found;
    return QD_OK;
}

/* ---- members that may be absent --------------------------------------------------------- */

static const char *quoted(char *s, size_t room, const char *key)
{
    snprintf(s, room, "'%s'", key);
    return s;
}

qd_status qd_node_optional_int(int64_t *v, const qd_node *object, const char *key, int64_t min, int64_t max, qd_ctx_t ctx)
{
    char what[64];
    const qd_node *m = object == NULL ? NULL : qd_node_member(object, key);
    return m == NULL ? QD_OK : qd_node_get_int(v, m, min, max, quoted(what, sizeof what, key), ctx);
}

qd_status qd_node_optional_double(double *v, const qd_node *object, const char *key, double min, double max, qd_ctx_t ctx)
{
    char what[64];
    const qd_node *m = object == NULL ? NULL : qd_node_member(object, key);
    return m == NULL ? QD_OK : qd_node_get_double(v, m, min, max, quoted(what, sizeof what, key), ctx);
}

qd_status qd_node_optional_bool(bool *v, const qd_node *object, const char *key, qd_ctx_t ctx)
{
    char what[64];
    const qd_node *m = object == NULL ? NULL : qd_node_member(object, key);
    return m == NULL ? QD_OK : qd_node_get_bool(v, m, quoted(what, sizeof what, key), ctx);
}

qd_status qd_node_optional_string(const char **v, const qd_node *object, const char *key, qd_ctx_t ctx)
{
    char what[64];
    const qd_node *m = object == NULL ? NULL : qd_node_member(object, key);
    return m == NULL ? QD_OK : qd_node_get_string(v, m, quoted(what, sizeof what, key), ctx);
}
