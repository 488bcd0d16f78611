/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions from text, by recursive descent:

       sum     = product { (+|-) product }
       product = factor { (*|/) factor }
       factor  = (+|-) factor | power
       power   = atom [ ^ factor ]               -x^2 is -(x^2), 2^3^2 is 2^(3^2), and 2^-x is allowed
       atom    = number | x | y | pi | ( sum ) | function ( sum [, sum] )

   A reader returns the number of its node, or -1 once a message was recorded. */
#include "expr/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 200       /* of one construct inside another: bounds the stack */
#define MAX_LENGTH 65536    /* bytes of a text */
#define MAX_EXPONENT 100000 /* decimal, as in network files */

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define OPERAND "a number, x, y, pi, a function or '('"

typedef struct {
    const char *text, *at;
    qd_expr_struct *e;
    int depth;
    qd_ctx_struct *ctx;
} parser;

static const struct {
    const char *name;
    qd_expr_op op;
    int arguments;
} functions[] = {
    {"abs", QD_EXPR_ABS, 1},   {"step", QD_EXPR_STEP, 1}, {"sign", QD_EXPR_SIGN, 1},   {"min", QD_EXPR_MIN, 2},   {"max", QD_EXPR_MAX, 2},
    {"sqrt", QD_EXPR_SQRT, 1}, {"exp", QD_EXPR_EXP, 1},   {"log", QD_EXPR_LOG, 1},     {"sin", QD_EXPR_SIN, 1},   {"cos", QD_EXPR_COS, 1},
    {"tan", QD_EXPR_TAN, 1},   {"atan", QD_EXPR_ATAN, 1}, {"atan2", QD_EXPR_ATAN2, 2}, {"tanh", QD_EXPR_TANH, 1},
};
#define FUNCTIONS "abs step sign min max sqrt exp log sin cos tan atan atan2 tanh"

static int32_t parse_sum(parser *p);
static int32_t parse_factor(parser *p);

/* ---- text --------------------------------------------------------------------------------- */

/* Column of a place, from 1, in characters: bytes 10xxxxxx continue one. */
static long column(const parser *p, const char *at)
{
    long n = 1;
    for (const char *s = p->text; s < at; s++) n += (*s & 0xc0) != 0x80;
    return n;
}

static char peek(parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
    return *p->at;
}

static size_t name_length(const char *s)
{
    size_t letters = strspn(s, LETTERS);
    return letters == 0 ? 0 : letters + strspn(s + letters, LETTERS DIGITS);
}

/* Length of the decimal at s, 0 when there is none. An e that no digits follow is not part of it. */
static size_t number_length(const char *s)
{
    size_t whole = strspn(s, DIGITS), n = whole, fraction = 0;
    if (s[n] == '.') {
        fraction = strspn(s + n + 1, DIGITS);
        n += 1 + fraction;
    }
    if (whole + fraction == 0) return 0;
    if (s[n] == 'e' || s[n] == 'E') {
        size_t sign = s[n + 1] == '+' || s[n + 1] == '-', digits = strspn(s + n + 1 + sign, DIGITS);
        if (digits > 0) n += 1 + sign + digits;
    }
    return n;
}

/* Bytes of the character at s when it is printable UTF-8, else 0. */
static size_t character_length(const char *s)
{
    unsigned char c = (unsigned char) *s;
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (c < 0x20 || c == 0x7f) return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    return len;
}

/* "column C: found F, expected E" at the next token. */
static int32_t unexpected(parser *p, const char *expected)
{
    char c = peek(p);
    size_t len = name_length(p->at);
    if (len == 0) len = number_length(p->at);
    if (len == 0) len = character_length(p->at);
    if (c == '\0') qd_fail(p->ctx, QD_EINPUT, "column %ld: found the end, expected %s", column(p, p->at), expected);
    else if (len == 0)
        qd_fail(p->ctx, QD_EINPUT, "column %ld: found the byte \\x%02x, expected %s", column(p, p->at), (unsigned char) c, expected);
    else
        qd_fail(p->ctx, QD_EINPUT, "column %ld: found '%.*s%s', expected %s", column(p, p->at), len > 40 ? 40 : (int) len, p->at,
                len > 40 ? "..." : "", expected);
    return -1;
}

static int32_t add(parser *p, qd_expr_op op, int32_t a, int32_t b)
{
    return qd_expr__add(p->e, (qd_expr_node){.op = op, .a = a, .b = b}, NULL, 0);
}

/* ---- atoms -------------------------------------------------------------------------------- */

static int32_t parse_number(parser *p, size_t len)
{
    size_t mantissa = strcspn(p->at, "eE");
    long exponent = mantissa < len ? strtol(p->at + mantissa + 1, NULL, 10) : 0;
    if (exponent > MAX_EXPONENT || exponent < -MAX_EXPONENT) {
        qd_fail(p->ctx, QD_EINPUT, "column %ld: the number has an exponent beyond +-%d", column(p, p->at), MAX_EXPONENT);
        return -1;
    }
    qd_expr_node node = {.op = QD_EXPR_NUMBER, .a = -1, .b = -1};
    int32_t i = qd_expr__add(p->e, node, p->at, len);
    p->e->node[i].value = strtod(p->e->node[i].text, NULL);
    p->at += len;
    return i;
}

/* '(' was read at `open`; reads the rest of a pair of parentheses. */
static bool parse_close(parser *p, const char *open)
{
    char expected[80];
    if (peek(p) == ')') {
        p->at++;
        return true;
    }
    snprintf(expected, sizeof expected, "an operator or the ')' of the '(' in column %ld", column(p, open));
    unexpected(p, expected);
    return false;
}

static int32_t parse_function(parser *p, size_t len, size_t k)
{
    char expected[80];
    int32_t a, b = -1;
    p->at += len;
    if (peek(p) != '(') {
        snprintf(expected, sizeof expected, "'(' after '%s'", functions[k].name);
        return unexpected(p, expected);
    }
    const char *open = p->at++;
    if ((a = parse_sum(p)) < 0) return -1;
    if (functions[k].arguments == 2) {
        if (peek(p) != ',') {
            snprintf(expected, sizeof expected, "an operator or ',' and the second argument of '%s'", functions[k].name);
            return unexpected(p, expected);
        }
        p->at++;
        if ((b = parse_sum(p)) < 0) return -1;
    }
    return parse_close(p, open) ? add(p, functions[k].op, a, b) : -1;
}

/* The built-in targets are no part of expressions, but what is meant where one of them is misspelt. */
static int32_t unknown(parser *p, const char *name, size_t len)
{
    qd_buf_t targets;
    qd_buf_init(targets);
    for (int64_t i = 0; qd_named_target_at(i) != NULL; i++) qd_buf_printf(targets, " %s", qd_named_target_at(i)->name);
    qd_fail(p->ctx, QD_EINPUT, "column %ld: unknown name '%.*s%s'; known are x, y, pi and the functions %s; alone, the targets%s",
            column(p, name), len > 40 ? 40 : (int) len, name, len > 40 ? "..." : "", FUNCTIONS, qd_buf_str(targets));
    qd_buf_clear(targets);
    return -1;
}

static int32_t parse_name(parser *p, size_t len)
{
    const char *name = p->at;
    if (len == 1 && (*name == 'x' || *name == 'y')) {
        p->at++;
        if (*name == 'y') p->e->nvariables = 2;
        return add(p, QD_EXPR_VARIABLE, *name - 'x', -1);
    }
    if (len == 2 && memcmp(name, "pi", 2) == 0) {
        p->at += 2;
        return add(p, QD_EXPR_PI, -1, -1);
    }
    for (size_t k = 0; k < sizeof functions / sizeof *functions; k++)
        if (strlen(functions[k].name) == len && memcmp(name, functions[k].name, len) == 0) return parse_function(p, len, k);
    return unknown(p, name, len);
}

static int32_t parse_atom(parser *p)
{
    char c = peek(p);
    size_t len;
    if (c == '(') {
        const char *open = p->at++;
        int32_t a = parse_sum(p);
        return a < 0 || !parse_close(p, open) ? -1 : a;
    }
    if ((len = name_length(p->at)) > 0) return parse_name(p, len);
    if ((len = number_length(p->at)) > 0) return parse_number(p, len);
    return unexpected(p, OPERAND);
}

/* ---- operators ---------------------------------------------------------------------------- */

/* The integer that node i, the last one, writes as digits with signs before them. Its nodes are then dropped. */
static bool take_integer(int64_t *power, qd_expr_struct *e, int32_t i)
{
    int64_t sign = 1;
    int32_t first = i;
    while (e->node[first].op == QD_EXPR_NEG) {
        first = e->node[first].a;
        sign = -sign;
    }
    const char *digits = e->node[first].text;
    if (e->node[first].op != QD_EXPR_NUMBER || digits[strspn(digits, DIGITS)] != '\0' || strlen(digits) > 18) return false;
    *power = sign * strtoll(digits, NULL, 10);
    free(e->node[first].text);
    e->n = first;
    return true;
}

static int32_t parse_power(parser *p)
{
    qd_expr_node node = {.op = QD_EXPR_POW, .b = -1};
    if ((node.a = parse_atom(p)) < 0) return -1;
    if (peek(p) != '^') return node.a;
    p->at++;
    int32_t b = parse_factor(p);
    if (b < 0) return -1;
    if (!take_integer(&node.power, p->e, b)) node.b = b;
    return qd_expr__add(p->e, node, NULL, 0);
}

static int32_t parse_signed(parser *p)
{
    char c = peek(p);
    if (c != '-' && c != '+') return parse_power(p);
    p->at++;
    int32_t a = parse_factor(p);
    return a < 0 || c == '+' ? a : add(p, QD_EXPR_NEG, a, -1);
}

/* Every recursion passes here. */
static int32_t parse_factor(parser *p)
{
    if (++p->depth > MAX_DEPTH) {
        qd_fail(p->ctx, QD_EINPUT, "column %ld: more than %d levels inside one another", column(p, p->at), MAX_DEPTH);
        return -1;
    }
    int32_t a = parse_signed(p);
    p->depth--;
    return a;
}

static int32_t parse_product(parser *p)
{
    int32_t a = parse_factor(p), b;
    for (char c = 0; a >= 0 && ((c = peek(p)) == '*' || c == '/');) {
        p->at++;
        if ((b = parse_factor(p)) < 0) return -1;
        a = add(p, c == '*' ? QD_EXPR_MUL : QD_EXPR_DIV, a, b);
    }
    return a;
}

static int32_t parse_sum(parser *p)
{
    int32_t a = parse_product(p), b;
    for (char c = 0; a >= 0 && ((c = peek(p)) == '+' || c == '-');) {
        p->at++;
        if ((b = parse_product(p)) < 0) return -1;
        a = add(p, c == '+' ? QD_EXPR_ADD : QD_EXPR_SUB, a, b);
    }
    return a;
}

qd_status qd_expr_parse(qd_expr_t e, const char *text, qd_ctx_t ctx)
{
    qd_status st = QD_EINPUT;
    qd_expr_t f;
    size_t len = strlen(text);
    if (len > MAX_LENGTH) return qd_fail(ctx, QD_EINPUT, "the expression has %zu characters, at most %d are read", len, MAX_LENGTH);
    qd_expr_init(f);
    parser p = {text, text, f, 0, ctx};
    if (parse_sum(&p) < 0) goto done;
    if (peek(&p) != '\0') {
        unexpected(&p, "an operator or the end");
        goto done;
    }
    f->text = qd_strdup(text);
    qd_expr_struct t = *e;
    *e = *f;
    *f = t;
    st = QD_OK;
done:
    qd_expr_clear(f);
    return st;
}
