/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions: parser, value in doubles, balls. Second road: random trees that are printed with few or many parentheses and
   evaluated here, in doubles and, where the operations are rational, in exact rationals. */
#include "exact/exact.h"
#include "shared/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) ((int) (sizeof(a) / sizeof *(a)))
#define PI 3.141592653589793

static uint64_t seed = 1;
static int multiplier = 1;

static double value_of(const char *text, double x, double y)
{
    qd_ctx_t ctx;
    qd_expr_t e;
    double point[2] = {x, y};
    qd_ctx_init(ctx);
    qd_expr_init(e);
    ck_assert_msg(qd_expr_parse(e, text, ctx) == QD_OK, "%s: %s", text, qd_ctx_message(ctx));
    ck_assert_str_eq(e->text, text);
    double v = qd_expr_value(e, point);
    qd_expr_clear(e);
    return v;
}

/* ---- values ------------------------------------------------------------------------------ */

static const struct {
    const char *text;
    double value; /* at x = 3, y = -2 */
} values[] = {
    {"1", 1},
    {" 1 ", 1},
    {"x", 3},
    {"y", -2},
    {"pi", PI},
    {".5", 0.5},
    {"2.", 2},
    {"1e2", 100},
    {"1.5E-1", 0.15},
    {"+x", 3},
    {"-x", -3},
    {"--x", 3},
    {"-+-x", 3},
    {"x+y", 1},
    {"x-y", 5},
    {"x*y", -6},
    {"x/y", -1.5},
    {"1-2-3", -4},
    {"24/4/2", 3},
    {"2+3*4", 14},
    {"(2+3)*4", 20},
    {"2*3+4", 10},
    {"x^2", 9},
    {"-x^2", -9},
    {"(-x)^2", 9},
    {"2^3^2", 512},
    {"(2^3)^2", 64},
    {"2^-1", 0.5},
    {"2^--1", 2},
    {"-2^-2", -0.25},
    {"2*x^2", 18},
    {"x^2*2", 18},
    {"x^(2)", 9},
    {"x^y", 1.0 / 9},
    {"x^0", 1},
    {"y^3", -8},
    {"y^(1+1)", 4},
    {"4^0.5", 2},
    {"2*-3", -6},
    {"2--3", 5},
    {"x^-2^2", 1.0 / 81},
    {"abs(y)", 2},
    {"abs(x)", 3},
    {"step(x)", 1},
    {"step(y)", 0},
    {"step(0)", 1},
    {"sign(x)", 1},
    {"sign(y)", -1},
    {"sign(0)", 0},
    {"min(x,y)", -2},
    {"max(x,y)", 3},
    {"min(1,2+3)", 1},
    {"sqrt(x+1)", 2},
    {"exp(0)", 1},
    {"log(1)", 0},
    {"sin(pi/2)", 1},
    {"cos(0)", 1},
    {"tan(0)", 0},
    {"atan(0)", 0},
    {"atan2(0,-1)", PI},
    {"atan2(-0,-1)", PI},
    {"atan2(1,0)", PI / 2},
    {"atan2(y,0)", -PI / 2},
    {"tanh(0)", 0},
    {"1/(1+25*x^2)", 1.0 / 226},
    {"max ( x , y )\n", 3},
    {"((((x))))", 3},
    {"2^0.5^2", 1.189207115002721},
    {"x^1e0", 3},
    {"0.1+0.2", 0.1 + 0.2},
    {"x*x-x^2", 0},
    {"1e-400", 0},
    {"x^-0", 1},
    {"y^000000000000000000003", -8},
};

START_TEST(table_of_values)
{
    double v = value_of(values[_i].text, 3, -2);
    ck_assert_msg(v == values[_i].value, "%s gives %.17g, expected %.17g", values[_i].text, v, values[_i].value);
}
END_TEST

START_TEST(undefined_is_nan)
{
    static const char *const texts[] = {"sqrt(-x)",  "log(y)",     "y^0.5",      "0/0",        "abs(0/0)",  "step(0/0)",
                                        "sign(0/0)", "min(0/0,1)", "max(1,0/0)", "min(1,0/0)", "max(0/0,1)"};
    for (int i = 0; i < COUNT(texts); i++) ck_assert_msg(isnan(value_of(texts[i], 3, -2)), "%s", texts[i]);
    qd_expr_t e;
    qd_expr_init(e);
    ck_assert(isnan(qd_expr_value(e, NULL)));
    qd_expr_clear(e);
}
END_TEST

START_TEST(variables_and_integer_powers)
{
    qd_ctx_t ctx;
    qd_expr_t e;
    qd_ctx_init(ctx);
    qd_expr_init(e);
    ck_assert_int_eq(qd_expr_parse(e, "x^-12", ctx), QD_OK);
    ck_assert_int_eq(e->nvariables, 1);
    ck_assert_int_eq(e->n, 2);
    ck_assert_int_eq(e->node[1].op, QD_EXPR_POW);
    ck_assert_int_eq(e->node[1].power, -12);
    ck_assert_int_eq(e->node[1].b, -1);
    ck_assert_int_eq(qd_expr_parse(e, "y+0.10", ctx), QD_OK);
    ck_assert_int_eq(e->nvariables, 2);
    ck_assert_str_eq(e->node[1].text, "0.10");
    ck_assert(e->node[1].value == 0.1);
    qd_expr_clear(e);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------ */

#define OPERAND "expected a number, x, y, pi, a function or '('"
#define KNOWN                                                                                                                              \
    "; known are x, y, pi and the functions abs step sign min max sqrt exp log sin cos tan atan atan2 tanh; alone, the targets runge sin abs step radial disc xor spirals checkerboard"
#define CLOSE(c) "expected an operator or the ')' of the '(' in column " c

static const struct {
    const char *text, *message;
} bad[] = {
    {"", "column 1: found the end, " OPERAND},
    {"  ", "column 3: found the end, " OPERAND},
    {"x+", "column 3: found the end, " OPERAND},
    {"*x", "column 1: found '*', " OPERAND},
    {"x**2", "column 3: found '*', " OPERAND},
    {"2x", "column 2: found 'x', expected an operator or the end"},
    {"x y", "column 3: found 'y', expected an operator or the end"},
    {"1.2.3", "column 4: found '.3', expected an operator or the end"},
    {"1e", "column 2: found 'e', expected an operator or the end"},
    {".", "column 1: found '.', " OPERAND},
    {"()", "column 2: found ')', " OPERAND},
    {"x)", "column 2: found ')', expected an operator or the end"},
    {"(x", "column 3: found the end, " CLOSE("1")},
    {"1+(x,2)", "column 5: found ',', " CLOSE("3")},
    {"z+1", "column 1: unknown name 'z'" KNOWN},
    {"1+Sin(x)", "column 3: unknown name 'Sin'" KNOWN},
    {"xx", "column 1: unknown name 'xx'" KNOWN},
    {"x1", "column 1: unknown name 'x1'" KNOWN},
    {"1+aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde", "column 3: unknown name 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd...'" KNOWN},
    {"sin", "column 4: found the end, expected '(' after 'sin'"},
    {"sin x", "column 5: found 'x', expected '(' after 'sin'"},
    {"sin(x,y)", "column 6: found ',', " CLOSE("4")},
    {"min(x)", "column 6: found ')', expected an operator or ',' and the second argument of 'min'"},
    {"min(x,y,1)", "column 8: found ',', " CLOSE("4")},
    {"min(,1)", "column 5: found ',', " OPERAND},
    {"x^", "column 3: found the end, " OPERAND},
    {"1e100001", "column 1: the number has an exponent beyond +-100000"},
    {"x+1e-99999999999999999999", "column 3: the number has an exponent beyond +-100000"},
    {"2\xc3\x97x", "column 2: found '\xc3\x97', expected an operator or the end"},
    {"\xc3\xa4+", "column 1: found '\xc3\xa4', " OPERAND},
    {"(2 + \xe2\x82\xac)", "column 6: found '\xe2\x82\xac', " OPERAND},
    {"x\xff", "column 2: found the byte \\xff, expected an operator or the end"},
    {"x\xc3", "column 2: found the byte \\xc3, expected an operator or the end"},
    {"x\x01", "column 2: found the byte \\x01, expected an operator or the end"},
    {"x=1", "column 2: found '=', expected an operator or the end"},
};

START_TEST(every_error)
{
    qd_ctx_t ctx;
    qd_expr_t e;
    qd_ctx_init(ctx);
    qd_expr_init(e);
    ck_assert_int_eq(qd_expr_parse(e, "y+7", ctx), QD_OK);
    ck_assert_int_eq(qd_expr_parse(e, bad[_i].text, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), bad[_i].message);
    ck_assert_str_eq(e->text, "y+7");
    ck_assert_int_eq(e->n, 3);
    qd_expr_clear(e);
}
END_TEST

/* count times `open`, then x, then count times `close`. */
static char *nested(const char *open, const char *close, int count)
{
    qd_buf_t b;
    qd_buf_init(b);
    for (int i = 0; i < count; i++) qd_buf_puts(b, open);
    qd_buf_puts(b, "x");
    for (int i = 0; i < count; i++) qd_buf_puts(b, close);
    return b->s;
}

START_TEST(nesting_and_length_have_limits)
{
    static const struct {
        const char *open, *close;
    } kinds[] = {{"(", ")"}, {"-", ""}, {"sin(", ")"}, {"2^", ""}, {"2^-", ""}, {"1+(", ")"}, {"min(1,", ")"}};
    for (int k = 0; k < COUNT(kinds); k++)
        for (int count = 99; count <= 60000 / (int) strlen(kinds[k].open); count += 9901) {
            qd_ctx_t ctx;
            qd_expr_t e;
            qd_ctx_init(ctx);
            qd_expr_init(e);
            char *text = nested(kinds[k].open, count == 99 ? kinds[k].close : "", count);
            qd_status st = qd_expr_parse(e, text, ctx);
            ck_assert_int_eq(st, count == 99 ? QD_OK : QD_EINPUT);
            if (st != QD_OK) ck_assert(strstr(qd_ctx_message(ctx), ": more than 200 levels inside one another") != NULL);
            qd_expr_clear(e);
            free(text);
        }
    char *text = nested("1+", "", 32767), *longer = nested("1+", "", 32768);
    qd_ctx_t ctx;
    qd_expr_t e;
    double x = 0;
    qd_ctx_init(ctx);
    qd_expr_init(e);
    ck_assert_int_eq(qd_expr_parse(e, text, ctx), QD_OK);
    ck_assert(qd_expr_value(e, &x) == 32767);
    ck_assert_int_eq(qd_expr_parse(e, longer, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the expression has 65537 characters, at most 65536 are read");
    qd_expr_clear(e);
    free(text);
    free(longer);
}
END_TEST

/* Random texts of tokens, and random bytes: no crash, and a sentence with each refusal. */
START_TEST(random_texts)
{
    static const char *const tokens[] = {"x", "y",    "pi",   "1",    "2.5",   "1e3", "+", "-", "*", "/",        "^",      "(",  ")",
                                         ",", "sin(", "min(", "step", "sqrt(", " ",   "0", ".", "e", "\xc3\xa4", "max(x,", "^-2"};
    qd_rng_t rng;
    qd_rng_init(rng, seed, 77);
    arb_struct box[2];
    arb_t y;
    arb_init(y), arb_init(box), arb_init(box + 1);
    for (int i = 0; i < 20000 * multiplier; i++) {
        qd_ctx_t ctx;
        qd_expr_t e;
        qd_buf_t b;
        double x[2] = {0.5, -0.25};
        qd_ctx_init(ctx);
        qd_expr_init(e);
        qd_buf_init(b);
        qd_buf_puts(b, "");
        for (int64_t n = qd_rng_range(rng, 1, 12); n > 0; n--) {
            char byte[2] = {(char) qd_rng_range(rng, 1, 255), '\0'};
            qd_buf_puts(b, qd_rng_below(rng, 40) == 0 ? byte : tokens[qd_rng_below(rng, (uint64_t) COUNT(tokens))]);
        }
        arb_set_d(box, x[0]), arb_set_d(box + 1, x[1]);
        mag_set_d(arb_radref(box), 0.25);
        if (qd_expr_parse(e, qd_buf_str(b), ctx) == QD_OK) {
            qd_expr_value(e, x);
            qd_expr_ball(y, e, NULL, box, 53);
        } else ck_assert(strncmp(qd_ctx_message(ctx), "column ", 7) == 0);
        qd_expr_clear(e);
        qd_buf_clear(b);
    }
    arb_clear(y), arb_clear(box), arb_clear(box + 1);
    flint_cleanup();
}
END_TEST

/* ---- random trees ------------------------------------------------------------------------ */

typedef struct tree tree;
struct tree {
    qd_expr_op op;
    int number; /* of numbers[], of the variable, or the exponent of an integer power */
    tree *a, *b;
};

static const struct {
    const char *text;
    long n, d;
} numbers[] = {{"0", 0, 1},   {"1", 1, 1},     {"2", 2, 1},  {"3", 3, 1},       {"0.5", 1, 2},
               {".1", 1, 10}, {"12e-1", 6, 5}, {"7.", 7, 1}, {"1.25E+1", 25, 2}};

static const char *const names[QD_EXPR_OPS] = {
    [QD_EXPR_ABS] = "abs",   [QD_EXPR_STEP] = "step", [QD_EXPR_SIGN] = "sign",   [QD_EXPR_MIN] = "min",   [QD_EXPR_MAX] = "max",
    [QD_EXPR_SQRT] = "sqrt", [QD_EXPR_EXP] = "exp",   [QD_EXPR_LOG] = "log",     [QD_EXPR_SIN] = "sin",   [QD_EXPR_COS] = "cos",
    [QD_EXPR_TAN] = "tan",   [QD_EXPR_ATAN] = "atan", [QD_EXPR_ATAN2] = "atan2", [QD_EXPR_TANH] = "tanh",
};

static tree *random_tree(qd_rng_t rng, int depth, bool rational)
{
    static const qd_expr_op exact[] = {QD_EXPR_NEG, QD_EXPR_ADD,  QD_EXPR_SUB,  QD_EXPR_MUL, QD_EXPR_DIV, QD_EXPR_POW,
                                       QD_EXPR_ABS, QD_EXPR_STEP, QD_EXPR_SIGN, QD_EXPR_MIN, QD_EXPR_MAX};
    tree *t = calloc(1, sizeof *t);
    if (depth == 0 || qd_rng_below(rng, 6) == 0) {
        t->op = qd_rng_below(rng, 2) == 0 ? QD_EXPR_VARIABLE : rational || qd_rng_below(rng, 8) ? QD_EXPR_NUMBER : QD_EXPR_PI;
        t->number = (int) qd_rng_below(rng, t->op == QD_EXPR_VARIABLE ? 2 : (uint64_t) COUNT(numbers));
        return t;
    }
    t->op = rational ? exact[qd_rng_below(rng, (uint64_t) COUNT(exact))] : (qd_expr_op) qd_rng_range(rng, QD_EXPR_NEG, QD_EXPR_OPS - 1);
    t->a = random_tree(rng, depth - 1, rational);
    bool integer = t->op == QD_EXPR_POW && (rational || qd_rng_below(rng, 2) == 0);
    bool two = (t->op >= QD_EXPR_ADD && t->op <= QD_EXPR_POW) || t->op == QD_EXPR_MIN || t->op == QD_EXPR_MAX || t->op == QD_EXPR_ATAN2;
    if (integer) t->number = (int) qd_rng_range(rng, -3, 5);
    else if (two) t->b = random_tree(rng, depth - 1, rational);
    return t;
}

static void free_tree(tree *t)
{
    if (t == NULL) return;
    free_tree(t->a);
    free_tree(t->b);
    free(t);
}

/* Binds more tightly the larger it is: sum, product, sign, power, all else. */
static int level(const tree *t)
{
    return t->op == QD_EXPR_ADD || t->op == QD_EXPR_SUB   ? 1
           : t->op == QD_EXPR_MUL || t->op == QD_EXPR_DIV ? 2
           : t->op == QD_EXPR_NEG                         ? 3
           : t->op == QD_EXPR_POW                         ? 4
                                                          : 5;
}

static void print_tree(qd_buf_t b, const tree *t, int least, bool sparse)
{
    bool paren = level(t) < least || (!sparse && t->a != NULL);
    if (paren) qd_buf_puts(b, sparse ? "(" : " ( ");
    switch ((int) t->op) { /* some of them */
    case QD_EXPR_NUMBER:
        qd_buf_puts(b, numbers[t->number].text);
        break;
    case QD_EXPR_VARIABLE:
        qd_buf_puts(b, t->number == 0 ? "x" : "y");
        break;
    case QD_EXPR_PI:
        qd_buf_puts(b, "pi");
        break;
    case QD_EXPR_NEG:
        qd_buf_puts(b, "-"), print_tree(b, t->a, 3, sparse);
        break;
    case QD_EXPR_ADD:
    case QD_EXPR_SUB:
    case QD_EXPR_MUL:
    case QD_EXPR_DIV:
        print_tree(b, t->a, level(t), sparse);
        qd_buf_add(b, &"+-*/"[t->op - QD_EXPR_ADD], 1);
        print_tree(b, t->b, level(t) + 1, sparse);
        break;
    case QD_EXPR_POW:
        print_tree(b, t->a, 5, sparse);
        if (t->b == NULL) qd_buf_printf(b, "^%d", t->number);
        else qd_buf_puts(b, "^"), print_tree(b, t->b, 3, sparse);
        break;
    default:
        qd_buf_printf(b, "%s(", names[t->op]);
        print_tree(b, t->a, 0, sparse);
        if (t->b != NULL) qd_buf_puts(b, ","), print_tree(b, t->b, 0, sparse);
        qd_buf_puts(b, ")");
    }
    if (paren) qd_buf_puts(b, sparse ? ")" : " ) ");
}

/* The value, and whether all values on the way are of ordinary size. */
static double tree_value(const tree *t, const double *x, bool *ordinary)
{
    double a = t->a != NULL ? tree_value(t->a, x, ordinary) : 0, v = 0;
    double b = t->b != NULL ? tree_value(t->b, x, ordinary) : t->number;
    switch ((int) t->op) { /* some of them */
    case QD_EXPR_NUMBER:
        v = (double) numbers[t->number].n / (double) numbers[t->number].d;
        break;
    case QD_EXPR_VARIABLE:
        v = x[t->number];
        break;
    case QD_EXPR_PI:
        v = PI;
        break;
    case QD_EXPR_NEG:
        v = -a;
        break;
    case QD_EXPR_ADD:
        v = a + b;
        break;
    case QD_EXPR_SUB:
        v = a - b;
        break;
    case QD_EXPR_MUL:
        v = a * b;
        break;
    case QD_EXPR_DIV:
        v = a / b;
        break;
    case QD_EXPR_POW:
        v = pow(a, b);
        break;
    case QD_EXPR_ABS:
        v = a < 0 ? -a : a;
        break;
    case QD_EXPR_STEP:
        v = a < 0 ? 0 : 1;
        break;
    case QD_EXPR_SIGN:
        v = a < 0 ? -1 : a > 0;
        break;
    case QD_EXPR_MIN:
        v = a < b ? a : b;
        break;
    case QD_EXPR_MAX:
        v = a > b ? a : b;
        break;
    case QD_EXPR_SQRT:
        v = sqrt(a);
        break;
    case QD_EXPR_EXP:
        v = exp(a);
        break;
    case QD_EXPR_LOG:
        v = log(a);
        break;
    case QD_EXPR_SIN:
        v = sin(a);
        break;
    case QD_EXPR_COS:
        v = cos(a);
        break;
    case QD_EXPR_TAN:
        v = tan(a);
        break;
    case QD_EXPR_ATAN:
        v = atan(a);
        break;
    case QD_EXPR_ATAN2:
        v = atan2(a == 0 ? 0 : a, b == 0 ? 0 : b);
        break;
    case QD_EXPR_TANH:
        v = tanh(a);
        break;
    }
    bool zero = v == 0 && t->op != QD_EXPR_EXP && (t->op != QD_EXPR_POW || a == 0); /* not by underflow */
    if (!zero && !(fabs(v) > 1e-60 && fabs(v) < 1e60)) *ordinary = false;
    return v;
}

/* The exact value of a tree of rational operations; 0 when it divides by zero. */
static int tree_exact(fmpq_t v, const tree *t, const fmpq *x)
{
    fmpq_t a, b;
    int good = 1;
    fmpq_init(a);
    fmpq_init(b);
    if (t->a != NULL) good = tree_exact(a, t->a, x);
    if (good && t->b != NULL) good = tree_exact(b, t->b, x);
    if (good && t->op == QD_EXPR_DIV && fmpq_is_zero(b)) good = 0;
    if (good && t->op == QD_EXPR_POW && t->number < 0 && fmpq_is_zero(a)) good = 0;
    if (good) switch ((int) t->op) { /* some of them */
        case QD_EXPR_NUMBER:
            fmpq_set_si(v, numbers[t->number].n, (ulong) numbers[t->number].d);
            break;
        case QD_EXPR_VARIABLE:
            fmpq_set(v, x + t->number);
            break;
        case QD_EXPR_NEG:
            fmpq_neg(v, a);
            break;
        case QD_EXPR_ADD:
            fmpq_add(v, a, b);
            break;
        case QD_EXPR_SUB:
            fmpq_sub(v, a, b);
            break;
        case QD_EXPR_MUL:
            fmpq_mul(v, a, b);
            break;
        case QD_EXPR_DIV:
            fmpq_div(v, a, b);
            break;
        case QD_EXPR_POW:
            fmpq_pow_si(v, a, t->number);
            break;
        case QD_EXPR_ABS:
            fmpq_abs(v, a);
            break;
        case QD_EXPR_STEP:
            fmpq_set_si(v, fmpq_sgn(a) >= 0, 1);
            break;
        case QD_EXPR_SIGN:
            fmpq_set_si(v, fmpq_sgn(a), 1);
            break;
        case QD_EXPR_MIN:
            fmpq_set(v, fmpq_cmp(a, b) < 0 ? a : b);
            break;
        case QD_EXPR_MAX:
            fmpq_set(v, fmpq_cmp(a, b) > 0 ? a : b);
            break;
        default:
            ck_abort();
        }
    fmpq_clear(a);
    fmpq_clear(b);
    return good;
}

static void parse_tree(qd_expr_t e, const tree *t, bool sparse)
{
    qd_ctx_t ctx;
    qd_buf_t b;
    qd_ctx_init(ctx);
    qd_buf_init(b);
    print_tree(b, t, 0, sparse);
    ck_assert_msg(qd_expr_parse(e, qd_buf_str(b), ctx) == QD_OK, "%s: %s", qd_buf_str(b), qd_ctx_message(ctx));
    qd_buf_clear(b);
}

START_TEST(values_equal_trees)
{
    qd_rng_t rng;
    for (int i = 0; i < 10000 * multiplier; i++) {
        qd_expr_t e;
        bool ordinary = true;
        qd_rng_init(rng, seed, (uint64_t) i);
        tree *t = random_tree(rng, 5, false);
        double x[2] = {(double) qd_rng_range(rng, -8, 8) / 4, qd_rng_unit(rng) * 6 - 3}, v = tree_value(t, x, &ordinary);
        qd_expr_init(e);
        for (int sparse = 0; sparse < 2; sparse++) {
            parse_tree(e, t, sparse);
            double w = qd_expr_value(e, x);
            if (ordinary) ck_assert_msg(w == v, "%s: %.17g, expected %.17g", e->text, w, v);
        }
        qd_expr_clear(e);
        free_tree(t);
    }
}
END_TEST

/* At a point, 45 bits outwards hold what 53 bits and functions with an error of a few units in the last place give. */
START_TEST(balls_of_points_hold_doubles)
{
    qd_rng_t rng;
    arb_struct p[2];
    arb_t y;
    mag_t wide;
    int finite = 0;
    arb_init(y), arb_init(p), arb_init(p + 1);
    mag_init(wide);
    for (int i = 0; i < 10000 * multiplier; i++) {
        qd_expr_t e;
        bool ordinary = true;
        qd_rng_init(rng, seed, (uint64_t) i + 1000000);
        tree *t = random_tree(rng, 4, false);
        double x[2] = {(double) qd_rng_range(rng, -8, 8) / 4, qd_rng_unit(rng) * 6 - 3};
        tree_value(t, x, &ordinary);
        qd_expr_init(e);
        parse_tree(e, t, true);
        arb_set_d(p, x[0]), arb_set_d(p + 1, x[1]);
        qd_expr_ball(y, e, NULL, p, 45);
        if (ordinary && arb_is_finite(y)) {
            arb_t v;
            arb_init(v);
            finite++;
            arb_get_mag(wide, y);
            mag_mul_2exp_si(wide, wide, -40);
            mag_add(arb_radref(y), arb_radref(y), wide);
            arb_set_d(v, qd_expr_value(e, x));
            ck_assert_msg(arb_contains(y, v), "%s at %.17g, %.17g", e->text, x[0], x[1]);
            arb_clear(v);
        }
        qd_expr_clear(e);
        free_tree(t);
    }
    ck_assert_int_gt(finite, 4000 * multiplier);
    arb_clear(y), arb_clear(p), arb_clear(p + 1);
    mag_clear(wide);
    flint_cleanup();
}
END_TEST

/* A box around a rational point, or one that has the point as its end. */
static void box_around(arb_t box, const fmpq_t x, qd_rng_t rng)
{
    arb_set_fmpq(box, x, 60);
    if (qd_rng_below(rng, 4) == 0) return;
    double r = ldexp(1, (int) qd_rng_range(rng, -30, 1));
    arb_t shift;
    arb_init(shift);
    arb_set_d(shift, qd_rng_below(rng, 2) ? r : -r / 2);
    arb_add(box, box, shift, 60);
    arb_clear(shift);
    arb_add_error_2exp_si(box, (slong) log2(r));
}

START_TEST(balls_hold_exact_values)
{
    qd_rng_t rng;
    arb_struct box[2];
    arb_t y;
    fmpq *x = _fmpq_vec_init(2);
    fmpq_t v;
    int finite = 0;
    arb_init(y), arb_init(box), arb_init(box + 1);
    fmpq_init(v);
    for (int i = 0; i < 5000 * multiplier; i++) {
        qd_expr_t e;
        qd_rng_init(rng, seed, (uint64_t) i + 2000000);
        tree *t = random_tree(rng, 4, true);
        qd_expr_init(e);
        parse_tree(e, t, true);
        for (int k = 0; k < 2; k++) {
            fmpq_set_si(x + k, qd_rng_range(rng, -12, 12), (ulong) qd_rng_range(rng, 1, 9));
            box_around(box + k, x + k, rng);
        }
        qd_expr_ball(y, e, NULL, box, 40 + i % 100);
        if (arb_is_finite(y)) {
            finite++;
            ck_assert_msg(tree_exact(v, t, x), "%s divides by zero, yet has a ball", e->text);
            ck_assert_msg(arb_contains_fmpq(y, v), "%s at %s", e->text, fmpq_get_str(NULL, 10, x));
        }
        qd_expr_clear(e);
        free_tree(t);
    }
    ck_assert_int_gt(finite, 2500 * multiplier);
    arb_clear(y), arb_clear(box), arb_clear(box + 1);
    _fmpq_vec_clear(x, 2);
    fmpq_clear(v);
    flint_cleanup();
}
END_TEST

/* ---- balls by hand ----------------------------------------------------------------------- */

/* The range of a text on x in [a, b] and y in [c, d]; false where it has none. */
static bool ends(double *lo, double *hi, const char *text, double a, double b, double c, double d)
{
    qd_ctx_t ctx;
    qd_expr_t e;
    arf_struct from[2], to[2];
    qd_ctx_init(ctx);
    qd_expr_init(e);
    ck_assert_msg(qd_expr_parse(e, text, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    for (int k = 0; k < 2; k++) arf_init(from + k), arf_init(to + k);
    arf_set_d(from, a), arf_set_d(from + 1, c), arf_set_d(to, b), arf_set_d(to + 1, d);
    qd_expr_range(from, to, e, NULL, from, to, 64);
    *lo = arf_get_d(from, ARF_RND_NEAR);
    *hi = arf_get_d(to, ARF_RND_NEAR);
    bool finite = !arf_is_nan(from) && !arf_is_nan(to);
    for (int k = 0; k < 2; k++) arf_clear(from + k), arf_clear(to + k);
    qd_expr_clear(e);
    flint_cleanup();
    return finite;
}

static const struct {
    const char *text;
    double a, b, lo, hi; /* on x in [a, b], y in [-1/4, 1/4]; lo > hi: not finite */
} boxes[] = {
    {"abs(x)", -1, 2, 0, 2},
    {"abs(x)", -2, -1, 1, 2},
    {"step(x)", -1, 1, 0, 1},
    {"step(x)", 0, 1, 1, 1},
    {"step(x)", -1, 0, 0, 1},
    {"step(x)", 0, 0, 1, 1},
    {"step(x)", -2, -1, 0, 0},
    {"sign(x)", -1, 1, -1, 1},
    {"sign(x)", 0, 1, 0, 1},
    {"sign(x)", 1, 2, 1, 1},
    {"sign(x)", -1, 0, -1, 0},
    {"sign(x)", 0, 0, 0, 0},
    {"sign(x)", -2, -1, -1, -1},
    {"min(x,1)", 0, 2, 0, 1},
    {"max(x,1)", 0, 2, 1, 2},
    {"1/x", 1, 2, 0.5, 1},
    {"1/x", 0, 1, 1, 0},
    {"1/x", -1, 1, 1, 0},
    {"x^2", -1, 2, 0, 4},
    {"x*x", -1, 2, 0, 4},
    {"x^3", -1, 2, -1, 8},
    {"x^-2", -2, -1, 0.25, 1},
    {"x^-1", -1, 1, 1, 0},
    {"x^-3", 0.5, 1, 1, 8},
    {"x^0", -1, 1, 1, 1},
    {"x^(1+1)", -1, 2, 0, 4},
    {"sqrt(x)", 0, 4, 0, 2},
    {"sqrt(x)", -0.5, 4, 1, 0},
    {"sqrt(x^2+y^2)", 0, 0, 0, 0.25},
    {"sqrt(x*x+y*y)", 0, 0, 0, 0.25},
    {"sqrt(1-x^2)", 0, 1, 0, 1},
    {"sqrt(abs(x))", -4, 1, 0, 2},
    {"x^0.5", 0, 4, 0, 2},
    {"x^0.5", 0, 0, 0, 0},
    {"x^0.5", -1, 1, 1, 0},
    {"x^(1/2)", 1, 4, 1, 2},
    {"x^-0.5", 0, 4, 1, 0},
    {"2^x", -1, 3, 0.5, 8},
    {"x^x", 1, 2, 1, 4},
    {"log(x)", 0, 1, 1, 0},
    {"log(exp(x))", 1, 2, 1, 2},
    {"sin(x)", -10, 10, -1, 1},
    {"step(sin(x))", 0, 1, 1, 1},
    {"sqrt(tan(x)+sin(x))", 0, 0, 0, 0},
    {"cos(x)", -10, 10, -1, 1},
    {"tan(x)", 1, 2, 1, 0},
    {"tanh(x)", -1000, 1000, -1, 1},
    {"atan(x)", 0, 1, 0, PI / 4},
    {"atan2(y,x)", -2, -1, -PI, PI},
    {"atan2(abs(y),x)", -2, -1, 2.8966139904629289, PI},
    {"atan2(abs(y),x)", -1, 1, 0, PI},
    {"atan2(-1-y,x)", -1, 1, -2.4980915447965089, -0.6435011087932844},
    {"atan2(y,x)", 0, 1, -PI / 2, PI / 2},
    {"atan2(y,0.25)", 0, 0, -PI / 4, PI / 4},
    {"0.1*10-1", 0, 0, 0, 0},
    {"exp(exp(exp(exp(exp(x)))))", 9, 9, 1, 0},
    {"0*log(x)", -1, 1, 1, 0},
    {"pi", 0, 0, PI, PI},
    {"min(1,1/x)", -1, 1, 1, 0},
    {"step(x^2)", -1, 1, 1, 1},
    {"2^(10^18)", 0, 0, INFINITY, INFINITY},
    {"2^(10^(10^5))", 0, 0, 1, 0},
    {"1e-99999*1e99999", 0, 0, 1, 1},
};

START_TEST(table_of_boxes)
{
    double lo, hi, slack;
    bool finite = ends(&lo, &hi, boxes[_i].text, boxes[_i].a, boxes[_i].b, -0.25, 0.25);
    ck_assert_msg(finite == (boxes[_i].lo <= boxes[_i].hi), "%s: finite %d", boxes[_i].text, finite);
    slack = 1e-15 * (1 + fabs(boxes[_i].hi) + fabs(boxes[_i].lo));
    if (finite && isfinite(boxes[_i].hi))
        ck_assert_msg(fabs(lo - boxes[_i].lo) <= slack && fabs(hi - boxes[_i].hi) <= slack,
                      "%s on [%g, %g]: [%.17g, %.17g], expected [%g, %g]", boxes[_i].text, boxes[_i].a, boxes[_i].b, lo, hi, boxes[_i].lo,
                      boxes[_i].hi);
}
END_TEST

/* Continuous expressions: halving the box about a point never widens the ball, and it shrinks to the value. */
START_TEST(balls_shrink_with_the_box)
{
    static const char *const texts[] = {
        "1/(1+25*x^2)", "sin(pi*x)",         "abs(x)",         "sqrt(x^2+y^2)", "exp(-4*(x^2+y^2))",  "x^3-3*x*y+tanh(y)",
        "atan2(x+2,y)", "min(x,y)*max(x,y)", "tan(x)-atan(y)", "abs(x)^(1/3)",  "log(2+x)/sqrt(2-y)", "2^-(x^2)",
        "cos(x)^5"};
    static const double at[] = {0, 0.5, -0.75};
    for (int k = 0; k < COUNT(at); k++) {
        double lo, hi, before = INFINITY;
        for (int s = 2; s <= 50; s++) {
            double r = ldexp(1, -s), x = at[k], y = k == 0 ? 0 : 0.25;
            ck_assert_msg(ends(&lo, &hi, texts[_i], x - r, x + r, y - r, y + r), "%s at %g +- %g", texts[_i], x, r);
            ck_assert_msg(hi - lo <= before * (1 + 1e-6), "%s at %g +- %g", texts[_i], x, r);
            before = hi - lo;
            double v = value_of(texts[_i], x, y);
            ck_assert_msg(lo - 1e-14 <= v && v <= hi + 1e-14, "%s at %g +- %g", texts[_i], x, r);
        }
        ck_assert_msg(before < 2e-5, "%s at %g: %g", texts[_i], at[k], before);
    }
}
END_TEST

/* ---- named targets ----------------------------------------------------------------------- */

START_TEST(targets)
{
    const qd_named_target *t;
    int64_t n = 0;
    while ((t = qd_named_target_at(n)) != NULL) {
        qd_ctx_t ctx;
        qd_expr_t e;
        qd_ctx_init(ctx);
        qd_expr_init(e);
        n++;
        ck_assert_ptr_eq(qd_named_target_find(t->name), t);
        ck_assert_int_eq(qd_expr_parse(e, t->text, ctx), QD_OK);
        ck_assert_int_eq(e->nvariables, t->variables);
        int64_t count[2] = {0, 0};
        for (double u = t->lo; u <= t->hi; u += 1.0 / 64)
            for (double w = t->lo; w <= t->hi; w += 1.0 / 64) {
                double p[2] = {u, w}, v = qd_expr_value(e, p);
                ck_assert(isfinite(v));
                ck_assert(t->classes == 0 || v == 0 || v == 1);
                if (t->classes == 2) count[v == 1]++;
            }
        if (t->classes == 2) ck_assert(count[0] > 5000 && count[1] > 5000);
        qd_expr_clear(e);
    }
    ck_assert_int_eq(n, 9);
    ck_assert_ptr_null(qd_named_target_at(-1));
    ck_assert_ptr_null(qd_named_target_find("Runge"));
}
END_TEST

static double target(const char *name, double x, double y)
{
    return value_of(qd_named_target_find(name)->text, x, y);
}

START_TEST(target_values)
{
    ck_assert(target("runge", 0.2, 0) == 0.5 && target("abs", -0.5, 0) == 0.5);
    ck_assert(target("step", -0.1, 0) == 0 && target("step", 0, 0) == 1);
    ck_assert(fabs(target("sin", 0.5, 0) - 1) < 1e-15 && target("radial", 0, 0) == 1);
    ck_assert(target("xor", 0.5, 0.5) == 0 && target("xor", -0.5, 0.5) == 1);
    ck_assert(target("disc", 0.5, -0.4) == 1 && target("disc", 0.6, 0.6) == 0);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) ck_assert(target("checkerboard", -0.75 + i * 0.5, -0.75 + j * 0.5) == (i + j) % 2);
    for (int i = 0; i < 200; i++) { /* the arms: by angle, and one is the other turned by half */
        double r = 0.01 + i * 0.0049, a = 0.37 * i, x = r * cos(a), y = r * sin(a);
        ck_assert(target("spirals", x, y) == (sin(atan2(y, x) - 3 * PI * r) >= 0));
        ck_assert(target("spirals", -x, -y) == 1 - target("spirals", x, y));
    }
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("expr");
    TCase *tc = tcase_create("expr");
    tcase_add_loop_test(tc, table_of_values, 0, COUNT(values));
    tcase_add_test(tc, undefined_is_nan);
    tcase_add_test(tc, variables_and_integer_powers);
    tcase_add_loop_test(tc, every_error, 0, COUNT(bad));
    tcase_add_test(tc, nesting_and_length_have_limits);
    tcase_add_test(tc, random_texts);
    tcase_add_test(tc, values_equal_trees);
    tcase_add_test(tc, balls_of_points_hold_doubles);
    tcase_add_test(tc, balls_hold_exact_values);
    tcase_add_loop_test(tc, table_of_boxes, 0, COUNT(boxes));
    tcase_add_loop_test(tc, balls_shrink_with_the_box, 0, 13);
    tcase_add_test(tc, targets);
    tcase_add_test(tc, target_values);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
