/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: expressions of x, or of x and y, as a user writes them, and the target functions that have a name. The trainer evaluates
   them in doubles (here), certification in balls (exact.h). */
#ifndef QD_EXPR_H
#define QD_EXPR_H

#include <stdbool.h>

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- expressions -------------------------------------------------------------------------- */

/* An expression of x, or of x and y, as a list of nodes, operands before their use; the last node is the value. The trainer
   evaluates it in doubles (here), certification in balls (exact.h). */
typedef enum {
    QD_EXPR_NUMBER,
    QD_EXPR_VARIABLE,
    QD_EXPR_PI,
    QD_EXPR_NEG,
    QD_EXPR_ADD,
    QD_EXPR_SUB,
    QD_EXPR_MUL,
    QD_EXPR_DIV,
    QD_EXPR_POW,
    QD_EXPR_ABS,
    QD_EXPR_STEP,
    QD_EXPR_SIGN,
    QD_EXPR_MIN,
    QD_EXPR_MAX,
    QD_EXPR_SQRT,
    QD_EXPR_EXP,
    QD_EXPR_LOG,
    QD_EXPR_SIN,
    QD_EXPR_COS,
    QD_EXPR_TAN,
    QD_EXPR_ATAN,
    QD_EXPR_ATAN2,
    QD_EXPR_TANH
} qd_expr_op;
enum { QD_EXPR_OPS = QD_EXPR_TANH + 1 };

typedef struct {
    qd_expr_op op;
    int32_t a, b;  /* operands: numbers of earlier nodes, -1 where there is none; VARIABLE: a is its number */
    int64_t power; /* POW with an integer exponent: the exponent, b = -1 */
    double value;  /* NUMBER: nearest double */
    char *text;    /* NUMBER: digits as written, owned */
} qd_expr_node;

typedef struct {
    int64_t nvariables; /* 1 or 2: whether y occurs, or was asked for */
    int64_t n;
    qd_expr_node *node; /* owned */
    char *text;         /* owned: as given */
} qd_expr_struct;
typedef qd_expr_struct qd_expr_t[1];

void qd_expr_init(qd_expr_t e);
void qd_expr_clear(qd_expr_t e);
/* Numbers as in network files, x, y, pi, + - * / ^ (right-associative, binds tighter than a sign before it), parentheses, and the functions
   abs step sign min max sqrt exp log sin cos tan atan atan2 tanh. step(0) = 1, sign(0) = 0.
     -> QD_EINPUT: names the column, what was found and what was expected */
qd_status qd_expr_parse(qd_expr_t e, const char *text, qd_ctx_t ctx);
double qd_expr_value(const qd_expr_t e, const double *x);

/* Built-in target functions, each an expression on a box. */
typedef struct {
    const char *name; /* "runge" */
    const char *text; /* "1/(1+25*x^2)" */
    int variables;
    double lo, hi; /* the usual interval of each variable */
    int classes;   /* 0: a function; else values 0..classes-1 */
    const char *summary;
} qd_named_target;
/* NULL when there is none of that name; targets are numbered from 0 for listings. */
const qd_named_target *qd_named_target_find(const char *name);
const qd_named_target *qd_named_target_at(int64_t i);

#ifdef __cplusplus
}
#endif
#endif
