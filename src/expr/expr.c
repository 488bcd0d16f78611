/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions: the list of nodes and its value in doubles. The parser is in expr_parse.c, balls in src/exact/expr.c. */
#include "expr/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qd_expr_init(qd_expr_t e)
{
    *e = (qd_expr_struct){.nvariables = 1};
}

void qd_expr_clear(qd_expr_t e)
{
    for (int64_t i = 0; i < e->n; i++) free(e->node[i].text);
    free(e->node);
    free(e->text);
    qd_expr_init(e);
}

int32_t qd_expr__add(qd_expr_t e, qd_expr_node node, const char *text, size_t len)
{
    if ((e->n & (e->n - 1)) == 0) e->node = qd_realloc(e->node, sizeof *e->node * (size_t) (e->n == 0 ? 1 : 2 * e->n));
    if (text != NULL) {
        node.text = qd_malloc(len + 1);
        memcpy(node.text, text, len);
        node.text[len] = '\0';
    }
    e->node[e->n] = node;
    return (int32_t) e->n++;
}

static double node_value(const qd_expr_node *q, double a, double b, const double *x)
{
    switch (q->op) {
    case QD_EXPR_NUMBER:
        return q->value;
    case QD_EXPR_VARIABLE:
        return x[q->a];
    case QD_EXPR_PI:
        return 3.141592653589793;
    case QD_EXPR_NEG:
        return -a;
    case QD_EXPR_ADD:
        return a + b;
    case QD_EXPR_SUB:
        return a - b;
    case QD_EXPR_MUL:
        return a * b;
    case QD_EXPR_DIV:
        return a / b;
    case QD_EXPR_POW:
        return pow(a, q->b < 0 ? (double) q->power : b);
    case QD_EXPR_ABS:
        return fabs(a);
    case QD_EXPR_STEP:
        return isnan(a) ? a : a >= 0;
    case QD_EXPR_SIGN:
        return isnan(a) ? a : (a > 0) - (a < 0);
    case QD_EXPR_MIN:
        return isnan(a) || isnan(b) ? a + b : fmin(a, b); /* fmin drops a NaN */
    case QD_EXPR_MAX:
        return isnan(a) || isnan(b) ? a + b : fmax(a, b);
    case QD_EXPR_SQRT:
        return sqrt(a);
    case QD_EXPR_EXP:
        return exp(a);
    case QD_EXPR_LOG:
        return log(a);
    case QD_EXPR_SIN:
        return sin(a);
    case QD_EXPR_COS:
        return cos(a);
    case QD_EXPR_TAN:
        return tan(a);
    case QD_EXPR_ATAN:
        return atan(a);
    case QD_EXPR_ATAN2:
        return atan2(a + 0.0, b + 0.0); /* of numbers: no sign of zero chooses a side */
    case QD_EXPR_TANH:
        return tanh(a);
        break;
    }
    return NAN;
}

#define SMALL 256 /* nodes whose values fit on the stack */

double qd_expr_value(const qd_expr_t e, const double *x)
{
    double small[SMALL], *v = e->n <= SMALL ? small : qd_malloc(sizeof *v * (size_t) e->n);
    for (int64_t i = 0; i < e->n; i++) {
        const qd_expr_node *q = &e->node[i];
        bool leaf = q->op <= QD_EXPR_PI;
        v[i] = node_value(q, leaf ? 0 : v[q->a], leaf || q->b < 0 ? 0 : v[q->b], x);
    }
    double value = e->n == 0 ? NAN : v[e->n - 1];
    if (v != small) free(v);
    return value;
}
