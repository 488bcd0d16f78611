/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taylor coefficients of expressions, node by node in power series over balls. A series with a coefficient that is not finite says
   nothing, and so does everything made from it. */
#include "exact/exact.h"

#include <string.h>

static void set_number(fmpq_t x, const qd_expr_node *q)
{
    qd_ctx_t own;
    qd_ctx_own(own, NULL); /* the text was read before: it is a number */
    qd_rat_set_str(x, q->text, strlen(q->text), own);
}

static void set_nothing(arb_poly_t z)
{
    arb_poly_one(z);
    arb_indeterminate(z->coeffs);
}

static int is_nothing(const arb_poly_t z)
{
    for (slong k = 0; k < z->length; k++)
        if (!arb_is_finite(z->coeffs + k)) return 1;
    return 0;
}

/* Sign of the value on the whole ball: 1, -1, or 0 where it is not certain. */
static int sign(const arb_poly_t a)
{
    if (a->length == 0) return 0;
    return arb_is_positive(a->coeffs) ? 1 : arb_is_negative(a->coeffs) ? -1 : 0;
}

static void set_leaf(arb_poly_t z, const qd_expr_node *q, const arb_t x, slong n, slong prec)
{
    fmpq_t value;
    arb_poly_zero(z);
    if (q->op == QD_EXPR_VARIABLE) {
        arb_poly_set_coeff_arb(z, 0, x);
        if (n > 1) arb_poly_set_coeff_si(z, 1, 1);
        return;
    }
    arb_poly_fit_length(z, 1);
    if (q->op == QD_EXPR_PI) arb_const_pi(z->coeffs, prec);
    else {
        fmpq_init(value);
        set_number(value, q);
        arb_set_fmpq(z->coeffs, value, prec);
        fmpq_clear(value);
    }
    _arb_poly_set_length(z, 1);
    _arb_poly_normalise(z);
}

static void set_quotient(arb_poly_t z, const arb_poly_t a, const arb_poly_t b, slong n, slong prec)
{
    if (sign(b) == 0) set_nothing(z);
    else arb_poly_div_series(z, a, b, n, prec);
}

static void set_power(arb_poly_t z, const arb_poly_t a, int64_t power, slong n, slong prec)
{
    if (power >= 0) {
        arb_poly_pow_ui_trunc_binexp(z, a, (ulong) power, n, prec);
        return;
    }
    arb_poly_t one, t;
    arb_poly_init(one);
    arb_poly_init(t);
    arb_poly_one(one);
    arb_poly_pow_ui_trunc_binexp(t, a, -(ulong) power, n, prec);
    set_quotient(z, one, t, n, prec);
    arb_poly_clear(one);
    arb_poly_clear(t);
}

/* exp(b log a), a > 0. */
static void set_real_power(arb_poly_t z, const arb_poly_t a, const arb_poly_t b, slong n, slong prec)
{
    if (sign(a) <= 0) {
        set_nothing(z);
        return;
    }
    arb_poly_t t;
    arb_poly_init(t);
    arb_poly_log_series(t, a, n, prec);
    arb_poly_mullow(t, t, b, n, prec);
    arb_poly_exp_series(z, t, n, prec);
    arb_poly_clear(t);
}

/* (e^2a - 1) / (e^2a + 1) with e^-2|a|, which does not overflow. */
static void set_tanh(arb_poly_t z, const arb_poly_t a, slong n, slong prec)
{
    int flip = a->length > 0 && arf_sgn(arb_midref(a->coeffs)) > 0;
    arb_poly_t t, one;
    arb_poly_init(t);
    arb_poly_init(one);
    arb_poly_one(one);
    arb_poly_scalar_mul_2exp_si(t, a, 1);
    if (flip) arb_poly_neg(t, t);
    arb_poly_exp_series(t, t, n, prec);
    arb_poly_sub(z, t, one, prec);
    arb_poly_add(t, t, one, prec);
    set_quotient(z, z, t, n, prec);
    if (flip) arb_poly_neg(z, z);
    arb_poly_clear(t);
    arb_poly_clear(one);
}

/* Away from the cut: atan(a/b), or a quarter turn less atan(b/a); the quotient that is smaller, where there is a choice. At the cut
   the sign of a is needed: atan(a/b) and half a turn. */
static void set_atan2(arb_poly_t z, const arb_poly_t a, const arb_poly_t b, int known, slong n, slong prec)
{
    int up = sign(a), right = sign(b);
    arb_t quarter;
    if (right > 0 && (up == 0 || arf_cmpabs(arb_midref(a->coeffs), arb_midref(b->coeffs)) <= 0)) {
        set_quotient(z, a, b, n, prec);
        arb_poly_atan_series(z, z, n, prec);
        return;
    }
    bool at_cut = up == 0 && right < 0 && known != QD_EXPR_OPEN;
    if (at_cut) set_quotient(z, a, b, n, prec);
    else set_quotient(z, b, a, n, prec);
    if ((up == 0 && !at_cut) || is_nothing(z)) {
        set_nothing(z);
        return;
    }
    arb_init(quarter);
    arb_const_pi(quarter, prec);
    if (!at_cut) arb_mul_2exp_si(quarter, quarter, -1);
    if (at_cut ? known < 0 : up < 0) arb_neg(quarter, quarter);
    arb_poly_atan_series(z, z, n, prec);
    if (!at_cut) arb_poly_neg(z, z);
    arb_poly_fit_length(z, 1);
    if (z->length == 0) _arb_poly_set_length(z, 1);
    arb_add(z->coeffs, z->coeffs, quarter, prec);
    arb_clear(quarter);
}

/* abs, step, sign, min, max: smooth where the sign of a (of a - b) is known, or certain. */
static void set_by_sign(arb_poly_t z, qd_expr_op op, const arb_poly_t a, const arb_poly_t b, int known, slong prec)
{
    int s = known;
    if (s == QD_EXPR_OPEN) {
        if (b != NULL) {
            arb_poly_sub(z, a, b, prec);
            s = sign(z);
        } else s = sign(a);
        if (s == 0) {
            set_nothing(z);
            return;
        }
    }
    if (op == QD_EXPR_STEP) arb_poly_set_si(z, s >= 0);
    else if (op == QD_EXPR_SIGN) arb_poly_set_si(z, s);
    else if (op == QD_EXPR_ABS && s < 0) arb_poly_neg(z, a);
    else arb_poly_set(z, op == QD_EXPR_ABS || (op == QD_EXPR_MAX) == (s > 0) ? a : b); /* where a = b, either */
}

static void set_function(arb_poly_t z, qd_expr_op op, const arb_poly_t a, slong n, slong prec)
{
    switch ((int) op) { /* some of them */
    case QD_EXPR_SQRT:
        if (sign(a) > 0) arb_poly_sqrt_series(z, a, n, prec);
        else set_nothing(z);
        break;
    case QD_EXPR_LOG:
        if (sign(a) > 0) arb_poly_log_series(z, a, n, prec);
        else set_nothing(z);
        break;
    case QD_EXPR_EXP:
        arb_poly_exp_series(z, a, n, prec);
        break;
    case QD_EXPR_SIN:
        arb_poly_sin_series(z, a, n, prec);
        break;
    case QD_EXPR_COS:
        arb_poly_cos_series(z, a, n, prec);
        break;
    case QD_EXPR_TAN:
        arb_poly_tan_series(z, a, n, prec);
        break;
    case QD_EXPR_ATAN:
        arb_poly_atan_series(z, a, n, prec);
        break;
    case QD_EXPR_TANH:
        set_tanh(z, a, n, prec);
        break;
    default:
        set_nothing(z);
    }
}

static void set_node(arb_poly_t z, const qd_expr_node *q, const arb_poly_struct *a, const arb_poly_struct *b, int known, slong n,
                     slong prec)
{
    switch ((int) q->op) { /* some of them */
    case QD_EXPR_NEG:
        arb_poly_neg(z, a);
        break;
    case QD_EXPR_ADD:
        arb_poly_add(z, a, b, prec);
        break;
    case QD_EXPR_SUB:
        arb_poly_sub(z, a, b, prec);
        break;
    case QD_EXPR_MUL:
        arb_poly_mullow(z, a, b, n, prec);
        break;
    case QD_EXPR_DIV:
        set_quotient(z, a, b, n, prec);
        break;
    case QD_EXPR_POW:
        if (b == NULL) set_power(z, a, q->power, n, prec);
        else set_real_power(z, a, b, n, prec);
        break;
    case QD_EXPR_ATAN2:
        set_atan2(z, a, b, known, n, prec);
        break;
    case QD_EXPR_ABS:
    case QD_EXPR_STEP:
    case QD_EXPR_SIGN:
    case QD_EXPR_MIN:
    case QD_EXPR_MAX:
        set_by_sign(z, q->op, a, b, known, prec);
        break;
    default:
        set_function(z, q->op, a, n, prec);
    }
}

int qd_expr_taylor(arb_poly_t y, const qd_expr_t e, const signed char *known, const arb_t x, slong n, slong prec)
{
    arb_poly_struct *v = qd_malloc(sizeof *v * (size_t) e->n);
    int good = 1;
    for (int64_t i = 0; i < e->n; i++) arb_poly_init(v + i);
    for (int64_t i = 0; i < e->n && good; i++) {
        const qd_expr_node *q = e->node + i;
        if (q->op <= QD_EXPR_PI) set_leaf(v + i, q, x, n, prec);
        else set_node(v + i, q, v + q->a, q->b < 0 ? NULL : v + q->b, known != NULL ? known[i] : QD_EXPR_OPEN, n, prec);
        good = !is_nothing(v + i);
    }
    if (good) arb_poly_swap(y, v + e->n - 1);
    for (int64_t i = 0; i < e->n; i++) arb_poly_clear(v + i);
    free(v);
    return good;
}
