/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON text: what is written can be read back by any strict reader. The writer knows where it stands, so that its callers say keys
   and values alone. */
#include "io/impl.h"

#include <assert.h>
#include <ctype.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- pieces of text ------------------------------------------------------------------------ */

static void escape(qd_buf_t out, unsigned char c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, its letter */
    for (const char *p = named; *p != '\0'; p += 2)
        if ((unsigned char) *p == c) {
            qd_buf_printf(out, "\\%c", p[1]);
            return;
        }
    qd_buf_printf(out, "\\u%04x", c);
}

static void quote(qd_buf_t out, const char *s)
{
    size_t len = strlen(s), plain = 0; /* s[plain..i) waits to be copied as it is */
    qd_buf_puts(out, "\"");
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char) s[i];
        size_t n = qd_io__utf8(s + i, len - i);
        if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        qd_buf_add(out, s + plain, i - plain);
        if (n == 0) qd_buf_puts(out, "\xEF\xBF\xBD");
        else escape(out, c);
        plain = ++i;
    }
    qd_buf_add(out, s + plain, len - plain);
    qd_buf_puts(out, "\"");
}

static void print_double(qd_buf_t out, double x)
{
    char text[40]; /* 17 digits, sign, point and exponent are 24 characters */
    if (!isfinite(x)) {
        qd_buf_puts(out, "null");
        return;
    }
    /* 15 digits survive the way through a normal double, so fewer are %.15g without its zeros. */
    for (int digits = fabs(x) < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    qd_buf_puts(out, text);
}

static size_t digits(const char *s)
{
    size_t n = 0;
    while (isdigit((unsigned char) s[n])) n++;
    return n;
}

bool qd_json_is_number(const char *s)
{
    size_t n;
    if (*s == '-') s++;
    if ((n = digits(s)) == 0 || (n > 1 && *s == '0')) return false;
    s += n;
    if (*s == '.') {
        if ((n = digits(s + 1)) == 0) return false;
        s += n + 1;
    }
    if (*s == 'e' || *s == 'E') {
        s += s[1] == '+' || s[1] == '-' ? 2 : 1;
        if ((n = digits(s)) == 0) return false;
        s += n;
    }
    return *s == '\0';
}

/* ---- the writer ---------------------------------------------------------------------------- */

void qd_json_init(qd_json_t w, qd_buf_t out)
{
    w->out = out;
    w->depth = 0;
    w->first = true;
    w->tight = false;
    w->indent = -1;
}

static void new_line(qd_json_t w)
{
    qd_buf_printf(w->out, "\n%*s", w->indent, "");
    w->indent = -1;
}

/* Comma, blank or new line before what comes next, and its key. */
static void begin(qd_json_t w, const char *key)
{
    assert(w->depth > 0 || w->first);                                        /* one value on the outside */
    assert((key != NULL) == (w->depth > 0 && w->open[w->depth - 1] == '}')); /* keys in objects, and nowhere else */
    if (!w->first) qd_buf_puts(w->out, ",");
    if (w->indent >= 0) new_line(w);
    else if (!w->first && !w->tight) qd_buf_puts(w->out, " ");
    w->first = false;
    if (key == NULL) return;
    quote(w->out, key);
    qd_buf_puts(w->out, w->tight ? ":" : ": ");
}

static void open(qd_json_t w, const char *key, const char *bracket, char closing)
{
    begin(w, key);
    assert(w->depth < QD_JSON_DEPTH);
    w->open[w->depth++] = closing;
    w->first = true;
    qd_buf_puts(w->out, bracket);
}

void qd_json_object(qd_json_t w, const char *key)
{
    open(w, key, "{", '}');
}

void qd_json_array(qd_json_t w, const char *key)
{
    open(w, key, "[", ']');
}

void qd_json_end(qd_json_t w)
{
    assert(w->depth > 0);
    if (w->indent >= 0) new_line(w);
    qd_buf_add(w->out, &w->open[--w->depth], 1);
    w->first = false;
}

void qd_json_finish(qd_json_t w)
{
    assert(w->depth == 0 && !w->first);
    qd_buf_puts(w->out, "\n");
    w->first = true;
}

void qd_json_line(qd_json_t w, int indent)
{
    w->indent = indent;
}

void qd_json_tight(qd_json_t w, bool tight)
{
    w->tight = tight;
}

void qd_json_raw(qd_json_t w, const char *key, const char *text)
{
    begin(w, key);
    qd_buf_puts(w->out, text);
}

void qd_json_null(qd_json_t w, const char *key)
{
    qd_json_raw(w, key, "null");
}

void qd_json_bool(qd_json_t w, const char *key, bool yes)
{
    qd_json_raw(w, key, yes ? "true" : "false");
}

void qd_json_truth(qd_json_t w, const char *key, qd_truth truth)
{
    qd_json_raw(w, key, truth == QD_TRUE ? "true" : truth == QD_FALSE ? "false" : "null");
}

void qd_json_int(qd_json_t w, const char *key, int64_t x)
{
    begin(w, key);
    qd_buf_printf(w->out, "%" PRId64, x);
}

void qd_json_ints(qd_json_t w, const char *key, const int64_t *x, int64_t n)
{
    qd_json_array(w, key);
    for (int64_t i = 0; i < n; i++) qd_json_int(w, NULL, x[i]);
    qd_json_end(w);
}

void qd_json_uint(qd_json_t w, const char *key, uint64_t x)
{
    begin(w, key);
    qd_buf_printf(w->out, "%" PRIu64, x);
}

void qd_json_double(qd_json_t w, const char *key, double x)
{
    begin(w, key);
    print_double(w->out, x);
}

void qd_json_string(qd_json_t w, const char *key, const char *s)
{
    begin(w, key);
    quote(w->out, s);
}

void qd_json_node(qd_json_t w, const char *key, const qd_node *node)
{
    switch (qd_node_kind(node)) {
    case QD_NODE_OBJECT:
        qd_json_object(w, key);
        for (int64_t i = 0; i < qd_node_count(node); i++) qd_json_node(w, qd_node_key_at(node, i), qd_node_value_at(node, i));
        qd_json_end(w);
        break;
    case QD_NODE_ARRAY:
        qd_json_array(w, key);
        for (int64_t i = 0; i < qd_node_count(node); i++) qd_json_node(w, NULL, qd_node_item(node, i));
        qd_json_end(w);
        break;
    case QD_NODE_NULL:
        qd_json_null(w, key);
        break;
    case QD_NODE_STRING:
        qd_json_string(w, key, qd_node_text(node, NULL));
        break;
    case QD_NODE_BOOL:
    case QD_NODE_NUMBER:
        qd_json_raw(w, key, qd_node_text(node, NULL));
        break;
    }
}
