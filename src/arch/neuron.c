/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neurons as text: the one reader and the one printer of kind, activation, power and slope. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"

qd_neuron qd_neuron_make(qd_kind kind, qd_activation act)
{
    int64_t power = qd_activation_get(act)->power;
    return (qd_neuron){kind, act, power > 0 ? power : 1, {1, 100}};
}

qd_neuron qd_neuron_raise(qd_kind kind, int64_t r)
{
    qd_neuron neuron = qd_neuron_make(kind, r == 1 ? QD_IDENTITY : QD_RAISE);
    neuron.power = r;
    return neuron;
}

bool qd_neuron_equal(const qd_neuron *a, const qd_neuron *b)
{
    if (a->kind != b->kind || a->act != b->act || a->power != b->power) return false;
    return a->act != QD_LEAKY_RELU || (a->slope.num == b->slope.num && a->slope.den == b->slope.den);
}

/* ---- text ---------------------------------------------------------------------------------- */

static bool find_kind(qd_kind *kind, const char *text)
{
    for (int k = 0; k < QD_KINDS; k++)
        if (strcmp(text, qd_kind_get((qd_kind) k)->name) == 0) {
            *kind = (qd_kind) k;
            return true;
        }
    return false;
}

qd_status qd_neuron_set_kind(qd_neuron *neuron, const char *text, qd_ctx_t ctx)
{
    if (find_kind(&neuron->kind, text)) return QD_OK;
    if (strcmp(text, "sparse") == 0)
        return qd_fail(ctx, QD_EINPUT,
                       "sparse layers stand in network files only, they are not trained and have no architecture; known are %s",
                       qd_kind_names());
    return qd_fail(ctx, QD_EINPUT, "unknown kind '%.40s'; known are %s", text, qd_kind_names());
}

qd_status qd_neuron_set_activation(qd_neuron *neuron, const char *text, qd_ctx_t ctx)
{
    if (strncmp(text, "power:", 6) == 0) {
        char *end;
        long r = strtol(text + 6, &end, 10);
        if (text[6] < '0' || text[6] > '9' || *end != '\0' || r < 1 || r > QD_MAX_POWER)
            return qd_fail(ctx, QD_EINPUT, "activation '%.40s': the exponent must be an integer from 1 to %d", text, QD_MAX_POWER);
        neuron->act = QD_RAISE;
        neuron->power = r;
        return QD_OK;
    }
    for (int k = 0; k < QD_ACTIVATIONS; k++) {
        const qd_activation_info *info = qd_activation_get((qd_activation) k);
        if (info->power == 0 || strcmp(text, info->name) != 0) continue;
        neuron->act = (qd_activation) k;
        neuron->power = info->power;
        return QD_OK;
    }
    return qd_fail(ctx, QD_EINPUT, "unknown activation '%.40s'; known are %s", text, qd_activation_names());
}

qd_status qd_neuron_set_name(qd_neuron *neuron, const char *text, qd_activation usual, qd_ctx_t ctx)
{
    qd_neuron t = qd_neuron_make(QD_LINEAR, QD_RELU);
    if (find_kind(&t.kind, text)) t = qd_neuron_make(t.kind, usual);
    else if (strcmp(text, "square") == 0 || strncmp(text, "power:", 6) == 0) {
        qd_status st = qd_neuron_set_activation(&t, text, ctx);
        if (st != QD_OK) return st;
    } else if (strcmp(text, "conventional") != 0)
        return qd_fail(ctx, QD_EINPUT, "unknown kind '%.40s'; known are conventional, square, power:r, %s", text, qd_kind_names());
    *neuron = t;
    return QD_OK;
}

/* ---- slopes -------------------------------------------------------------------------------- */

static unsigned __int128 gcd(unsigned __int128 a, unsigned __int128 b)
{
    while (b != 0) {
        unsigned __int128 r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* Digits at *s appended to *x, as long as that stays below 2^100; false when it does not. */
static bool append_digits(unsigned __int128 *x, const char **s)
{
    for (; **s >= '0' && **s <= '9'; ++*s) {
        *x = *x * 10 + (unsigned) (**s - '0');
        if (*x >> 100 != 0) return false;
    }
    return true;
}

/* x * 10^e; false beyond 2^100. */
static bool scale(unsigned __int128 *x, long e)
{
    for (; e > 0 && *x != 0; e--) {
        *x *= 10;
        if (*x >> 100 != 0) return false;
    }
    return true;
}

#define MOST_POWER 1000000000 /* beyond the range of scale, and of the digits that a text can have */

/* What follows the sign: digits/digits, or digits[.digits][e[+-]digits]. false: no number, or not within range. */
static bool parse_magnitude(unsigned __int128 *num, unsigned __int128 *den, const char *s)
{
    const char *first = s, *point;
    char *end;
    long e = 0;
    *num = *den = 0;
    if (!append_digits(num, &s)) return false;
    if (s > first && *s == '/') {
        const char *below = ++s;
        return append_digits(den, &s) && s > below && *s == '\0' && *den != 0;
    }
    size_t digits = (size_t) (s - first);
    *den = 1;
    if (*s == '.') {
        point = ++s;
        if (!append_digits(num, &s)) return false;
        digits += (size_t) (s - point);
        e = -(s - point);
    }
    if (digits == 0) return false;
    if (*s == 'e' || *s == 'E') {
        const char *at = s[1] == '-' || s[1] == '+' ? s + 2 : s + 1;
        if (*at < '0' || *at > '9') return false;
        long power = strtol(s + 1, &end, 10);
        e += power > MOST_POWER ? MOST_POWER : power < -MOST_POWER ? -MOST_POWER : power;
        s = end;
    }
    return *s == '\0' && (*num == 0 || scale(e > 0 ? num : den, e > 0 ? e : -e));
}

qd_status qd_neuron_set_slope(qd_neuron *neuron, const char *text, qd_ctx_t ctx)
{
    unsigned __int128 num, den;
    bool negative = *text == '-', known = parse_magnitude(&num, &den, *text == '-' || *text == '+' ? text + 1 : text);
    if (known) {
        unsigned __int128 d = gcd(num, den);
        num /= d;
        den /= d;
        known = num <= INT64_MAX && den <= INT64_MAX;
    }
    if (!known)
        return qd_fail(ctx, QD_EINPUT, "found '%.40s', expected a number such as 0.01 or -3/7, a fraction of integers below 2^63", text);
    neuron->slope = (qd_ratio){negative ? -(int64_t) num : (int64_t) num, (int64_t) den};
    return QD_OK;
}

/* The quotient is cut off at 62 bits or more, its last bit standing for all that were lost: the conversion then rounds as the
   number itself would. */
double qd_ratio_double(qd_ratio x)
{
    unsigned __int128 num = (unsigned __int128) (x.num < 0 ? -x.num : x.num) << 63, den = (unsigned __int128) x.den;
    int shift = -63;
    while (num != 0 && num >> 125 == 0) {
        num <<= 1;
        shift--;
    }
    unsigned __int128 q = num / den, lost = num % den;
    while (q >> 64 != 0) {
        lost |= q & 1;
        q >>= 1;
        shift++;
    }
    double d = (double) ((uint64_t) q | (lost != 0));
    for (; shift < 0; shift++) d /= 2;
    for (; shift > 0; shift--) d *= 2;
    return x.num < 0 ? -d : d;
}

void qd_ratio_print(qd_buf_t out, qd_ratio x)
{
    qd_buf_printf(out, "%" PRId64, x.num);
    if (x.den != 1) qd_buf_printf(out, "/%" PRId64, x.den);
}

/* ---- documents ----------------------------------------------------------------------------- */

typedef qd_status (*reader)(qd_neuron *neuron, const char *text, qd_ctx_t ctx);

static const char *colon(const char *what)
{
    return *what != '\0' ? ": " : "";
}

/* Text of the document through a reader of text, whose sentence gets the place. */
static qd_status read_text(qd_neuron *neuron, const char *text, const qd_node *node, const char *what, reader read, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_status st = read(neuron, text, own);
    return st == QD_OK ? st : qd_node_fail(node, ctx, "%s%s%s", what, colon(what), qd_ctx_message(own));
}

static qd_status read_word(qd_neuron *neuron, const qd_node *value, const char *what, const char *key, reader read, qd_ctx_t ctx)
{
    const char *text;
    char where[120];
    snprintf(where, sizeof where, "%s%s'%s'", what, colon(what), key);
    qd_status st = qd_node_get_string(&text, value, where, ctx);
    return st == QD_OK ? read_text(neuron, text, value, what, read, ctx) : st;
}

qd_status qd_neuron_read_kind(qd_neuron *neuron, const qd_node *value, const char *what, qd_ctx_t ctx)
{
    return read_word(neuron, value, what, "kind", qd_neuron_set_kind, ctx);
}

qd_status qd_neuron_read_activation(qd_neuron *neuron, const qd_node *value, const char *what, qd_ctx_t ctx)
{
    return read_word(neuron, value, what, "activation", qd_neuron_set_activation, ctx);
}

qd_status qd_neuron_read_slope(qd_neuron *neuron, const qd_node *value, const char *what, qd_ctx_t ctx)
{
    char where[120];
    qd_node_type type = qd_node_kind(value);
    snprintf(where, sizeof where, "%s%s'slope'", what, colon(what));
    if (type != QD_NODE_STRING && type != QD_NODE_NUMBER)
        return qd_node_fail(value, ctx, "%s: found %s, expected a number such as 0.01 or -3/7", where, qd_node_kind_name(value));
    return read_text(neuron, qd_node_text(value, NULL), value, where, qd_neuron_set_slope, ctx);
}

static qd_status read_object(qd_neuron *neuron, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    static const char *const keys[] = {"kind", "activation", "slope", NULL};
    const qd_node *m;
    qd_status st = qd_node_only_keys(node, keys, what, ctx);
    if (st == QD_OK) st = qd_node_need(&m, node, "kind", what, ctx);
    if (st == QD_OK) st = qd_neuron_read_kind(neuron, m, "", ctx);
    if (st == QD_OK && (m = qd_node_member(node, "activation")) != NULL) st = qd_neuron_read_activation(neuron, m, "", ctx);
    if (st != QD_OK || (m = qd_node_member(node, "slope")) == NULL) return st;
    if (neuron->act != QD_LEAKY_RELU)
        return qd_node_fail(m, ctx, "'slope' belongs to leaky_relu, found the activation %s", qd_activation_name(neuron->act));
    return qd_neuron_read_slope(neuron, m, "", ctx);
}

qd_status qd_neuron_read(qd_neuron *neuron, const qd_node *node, qd_activation usual, const char *what, qd_ctx_t ctx)
{
    qd_neuron t = qd_neuron_make(QD_LINEAR, usual);
    const char *text;
    qd_ctx_t own;
    qd_status st;
    if (qd_node_kind(node) == QD_NODE_OBJECT) st = read_object(&t, node, what, ctx);
    else if ((st = qd_node_get_string(&text, node, what, ctx)) == QD_OK) {
        qd_ctx_own(own, ctx);
        st = qd_neuron_set_name(&t, text, usual, own);
        if (st != QD_OK) qd_node_fail(node, ctx, "%s", qd_ctx_message(own));
    }
    if (st == QD_OK) *neuron = t;
    return st;
}

/* ---- printing ------------------------------------------------------------------------------ */

void qd_neuron_print_activation(qd_buf_t out, const qd_neuron *neuron)
{
    qd_buf_puts(out, qd_activation_name(neuron->act));
    if (neuron->act == QD_RAISE) qd_buf_printf(out, ":%" PRId64, neuron->power);
}

void qd_neuron_print_function(qd_buf_t out, const qd_neuron *neuron)
{
    qd_neuron_print_activation(out, neuron);
    if (neuron->act != QD_LEAKY_RELU) return;
    qd_buf_puts(out, " ");
    qd_ratio_print(out, neuron->slope);
}

/* The words of a linear neuron that say its activation. */
static bool print_word(qd_buf_t out, const qd_neuron *neuron)
{
    if (neuron->kind != QD_LINEAR) return false;
    if (neuron->act == QD_RELU) qd_buf_puts(out, "conventional");
    else if (neuron->act == QD_SQUARE || (neuron->act == QD_RAISE && neuron->power == 2)) qd_buf_puts(out, "square");
    else if (neuron->act == QD_RAISE) qd_neuron_print_activation(out, neuron);
    else return false;
    return true;
}

void qd_neuron_print_name(qd_buf_t out, const qd_neuron *neuron, qd_activation usual)
{
    qd_neuron plain = qd_neuron_make(neuron->kind, usual);
    if (!qd_neuron_equal(neuron, &plain) && print_word(out, neuron)) return;
    qd_buf_puts(out, qd_kind_get(neuron->kind)->name);
    if (qd_neuron_equal(neuron, &plain)) return;
    qd_buf_puts(out, " ");
    qd_neuron_print_function(out, neuron);
}

void qd_activation_json(qd_json_t w, qd_activation act, int64_t power)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_neuron_print_activation(text, &(qd_neuron){.act = act, .power = power});
    qd_json_string(w, "activation", qd_buf_str(text));
    qd_buf_clear(text);
}

void qd_neuron_json(qd_json_t w, const qd_neuron *neuron)
{
    qd_json_string(w, "kind", qd_kind_get(neuron->kind)->name);
    qd_activation_json(w, neuron->act, neuron->power);
}
