/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions on boxes. A value is an interval with Arb's floats as ends, rounded outwards: an interval that begins at exactly
   0 keeps doing so, so that sqrt(x^2 + y^2) is finite at the origin, which midpoint and radius would round below 0. Monotone
   functions are enclosed by their values at the ends. */
#include "exact/exact.h"

#include <string.h>

typedef struct {
    arf_t lo, hi; /* lo NaN: not defined on all of the box, or not finite */
} interval;

static void set_nothing(interval *z)
{
    arf_nan(z->lo);
    arf_nan(z->hi);
}

static int is_nothing(const interval *z)
{
    return !arf_is_finite(z->lo) || !arf_is_finite(z->hi);
}

static void set_si(interval *z, slong lo, slong hi)
{
    arf_set_si(z->lo, lo);
    arf_set_si(z->hi, hi);
}

static void set_ball(interval *z, const arb_t x, slong prec)
{
    if (!arb_is_finite(x)) {
        set_nothing(z);
        return;
    }
    arb_get_lbound_arf(z->lo, x, prec);
    arb_get_ubound_arf(z->hi, x, prec);
}

static int touches_zero(const interval *z)
{
    return arf_sgn(z->lo) <= 0 && arf_sgn(z->hi) >= 0;
}

/* z narrowed to lo..hi, outside which the function has no value. */
static void clip(interval *z, slong lo, slong hi)
{
    if (arf_cmp_si(z->lo, lo) < 0) arf_set_si(z->lo, lo);
    if (arf_cmp_si(z->hi, hi) > 0) arf_set_si(z->hi, hi);
}

/* ---- numbers and arithmetic ---------------------------------------------------------------- */

static void set_number(interval *z, const qd_expr_node *q, slong prec)
{
    size_t len = strlen(q->text);
    if (len <= 15 && strspn(q->text, "0123456789") == len) { /* a double holds it */
        arf_set_d(z->lo, q->value);
        arf_set(z->hi, z->lo);
        return;
    }
    qd_ctx_t ctx;
    fmpq_t x;
    qd_ctx_own(ctx, NULL);
    fmpq_init(x);
    if (qd_rat_set_str(x, q->text, len, ctx) == QD_OK) {
        arf_set_fmpq(z->lo, x, prec, ARF_RND_FLOOR);
        arf_set_fmpq(z->hi, x, prec, ARF_RND_CEIL);
    } else set_nothing(z);
    fmpq_clear(x);
}

/* Product or quotient of all four pairs of ends; z is neither a nor b, and for a quotient b does not touch 0. */
static void corners(interval *z, const interval *a, const interval *b, int quotient, slong prec)
{
    arf_t t;
    arf_init(t);
    for (int k = 0; k < 4; k++) {
        const arf_struct *p = k & 1 ? a->hi : a->lo, *q = k & 2 ? b->hi : b->lo;
        for (int up = 0; up < 2; up++) {
            arf_rnd_t rnd = up ? ARF_RND_CEIL : ARF_RND_FLOOR;
            arf_struct *end = up ? z->hi : z->lo;
            if (quotient) arf_div(t, p, q, prec, rnd);
            else arf_mul(t, p, q, prec, rnd);
            if (k == 0 || (up ? arf_cmp(t, end) > 0 : arf_cmp(t, end) < 0)) arf_set(end, t);
        }
    }
    arf_clear(t);
}

static void set_quotient(interval *z, const interval *a, const interval *b, slong prec)
{
    if (touches_zero(b)) set_nothing(z);
    else corners(z, a, b, 1, prec);
}

static void set_abs(interval *z, const interval *a)
{
    arf_abs(z->lo, a->lo);
    arf_abs(z->hi, a->hi);
    if (arf_cmp(z->lo, z->hi) > 0) arf_swap(z->lo, z->hi);
    if (touches_zero(a)) arf_zero(z->lo);
}

/* ---- functions ----------------------------------------------------------------------------- */

typedef void (*ball_function)(arb_t y, const arb_t x, slong prec);

/* An increasing function that is defined at both ends of a. */
static void increasing(interval *z, const interval *a, ball_function f, slong prec)
{
    arb_t x, y;
    arb_init(x);
    arb_init(y);
    arb_set_arf(x, a->lo);
    f(y, x, prec);
    arb_get_lbound_arf(z->lo, y, prec);
    arb_set_arf(x, a->hi);
    f(y, x, prec);
    arb_get_ubound_arf(z->hi, y, prec);
    arb_clear(x);
    arb_clear(y);
}

static void by_ball(interval *z, const interval *a, ball_function f, slong prec)
{
    arb_t x;
    arb_init(x);
    arb_set_interval_arf(x, a->lo, a->hi, prec);
    f(x, x, prec);
    set_ball(z, x, prec);
    arb_clear(x);
}

/* sin and tan where they increase: an interval that begins at exactly 0 keeps doing so. */
static int near_zero(const interval *a)
{
    return arf_cmpabs_d(a->lo, 1.5) < 0 && arf_cmpabs_d(a->hi, 1.5) < 0;
}

static void set_sqrt(interval *z, const interval *a, slong prec)
{
    if (arf_sgn(a->lo) < 0) {
        set_nothing(z);
        return;
    }
    arf_sqrt(z->lo, a->lo, prec, ARF_RND_FLOOR);
    arf_sqrt(z->hi, a->hi, prec, ARF_RND_CEIL);
}

static void set_log(interval *z, const interval *a, slong prec)
{
    if (arf_sgn(a->lo) <= 0) set_nothing(z);
    else increasing(z, a, arb_log, prec);
}

static void set_exp(interval *z, const interval *a, slong prec)
{
    increasing(z, a, arb_exp, prec);
    if (arf_sgn(z->lo) < 0) arf_zero(z->lo);
}

/* The angle of (b, a). Away from the cut, along the negative b-axis and belonging to its upper side, it is monotone in each
   variable on each half plane, so its extremes over a rectangle are at corners. */
static void set_atan2(interval *z, const interval *a, const interval *b, slong prec)
{
    arb_t y, x;
    interval t;
    int cut = arf_sgn(a->lo) < 0 && arf_sgn(a->hi) >= 0 && arf_sgn(b->lo) < 0;
    arb_init(y), arb_init(x), arf_init(t.lo), arf_init(t.hi);
    if (cut) {
        arb_const_pi(y, prec);
        arb_get_ubound_arf(z->hi, y, prec);
        arf_neg(z->lo, z->hi);
    } else
        for (int k = 0; k < 4; k++) {
            arb_set_arf(y, k & 1 ? a->hi : a->lo);
            arb_set_arf(x, k & 2 ? b->hi : b->lo);
            arb_atan2(y, y, x, prec);
            set_ball(&t, y, prec);
            if (k == 0 || arf_cmp(t.lo, z->lo) < 0) arf_set(z->lo, t.lo);
            if (k == 0 || arf_cmp(t.hi, z->hi) > 0) arf_set(z->hi, t.hi);
        }
    arb_clear(y), arb_clear(x), arf_clear(t.lo), arf_clear(t.hi);
}

/* step and sign. */
static void set_jump(interval *z, const interval *a, slong below, slong at, slong above)
{
    slong left = arf_sgn(a->lo), right = arf_sgn(a->hi);
    set_si(z, left < 0 ? below : left == 0 ? at : above, right > 0 ? above : right == 0 ? at : below);
}

/* ---- powers -------------------------------------------------------------------------------- */

/* z = (lo^n, hi^n), n >= 1, where the power increases: n odd, or a >= 0. */
static void increasing_power(interval *z, const interval *a, ulong n, slong prec)
{
    arb_t x;
    arb_init(x);
    arb_set_arf(x, a->lo);
    arb_pow_ui(x, x, n, prec);
    arb_get_lbound_arf(z->lo, x, prec);
    arb_set_arf(x, a->hi);
    arb_pow_ui(x, x, n, prec);
    arb_get_ubound_arf(z->hi, x, prec);
    arb_clear(x);
}

static void set_power(interval *z, const interval *a, slong n, slong prec)
{
    interval b, c;
    arf_init(b.lo), arf_init(b.hi), arf_init(c.lo), arf_init(c.hi);
    if (n % 2 == 0) set_abs(&b, a);
    else arf_set(b.lo, a->lo), arf_set(b.hi, a->hi);
    if (n == 0) set_si(z, 1, 1);
    else if (n > 0) increasing_power(z, &b, (ulong) n, prec);
    else {
        set_si(&c, 1, 1);
        increasing_power(z, &b, -(ulong) n, prec);
        arf_swap(b.lo, z->lo), arf_swap(b.hi, z->hi);
        set_quotient(z, &c, &b, prec);
    }
    if (n % 2 == 0 && arf_sgn(z->lo) < 0) arf_zero(z->lo);
    arf_clear(b.lo), arf_clear(b.hi), arf_clear(c.lo), arf_clear(c.hi);
}

/* a^b = exp(b log a) for a > 0. Where a begins at 0 and b > 0 it begins at 0^b = 0, and grows with a. */
static void set_real_power(interval *z, const interval *a, const interval *b, slong prec)
{
    int at_zero = arf_sgn(a->lo) == 0 && arf_sgn(b->lo) > 0;
    interval l, t;
    if (arf_equal(b->lo, b->hi) && arf_is_int(b->lo) && arf_cmpabs_2exp_si(b->lo, 62) < 0) {
        set_power(z, a, arf_get_si(b->lo, ARF_RND_DOWN), prec);
        return;
    }
    if (at_zero && arf_sgn(a->hi) == 0) {
        set_si(z, 0, 0);
        return;
    }
    arf_init(l.lo), arf_init(l.hi), arf_init(t.lo), arf_init(t.hi);
    arf_set(l.hi, a->hi);
    arf_set(l.lo, at_zero ? a->hi : a->lo);
    set_log(&l, &l, prec);
    if (is_nothing(&l)) set_nothing(z);
    else {
        corners(&t, b, &l, 0, prec);
        set_exp(z, &t, prec);
        if (at_zero) arf_zero(z->lo);
    }
    arf_clear(l.lo), arf_clear(l.hi), arf_clear(t.lo), arf_clear(t.hi);
}

/* ---- expressions --------------------------------------------------------------------------- */

static void set_leaf(interval *z, const qd_expr_node *q, const arf_struct *a, const arf_struct *b, slong prec)
{
    arb_t pi;
    if (q->op == QD_EXPR_NUMBER) set_number(z, q, prec);
    else if (q->op == QD_EXPR_VARIABLE) arf_set(z->lo, a + q->a), arf_set(z->hi, b + q->a);
    else {
        arb_init(pi);
        arb_const_pi(pi, prec);
        set_ball(z, pi, prec);
        arb_clear(pi);
    }
}

static int same_variable(const qd_expr_node *a, const qd_expr_node *b)
{
    return a->op == QD_EXPR_VARIABLE && b->op == QD_EXPR_VARIABLE && a->a == b->a;
}

static void set_node(interval *z, const qd_expr_t e, const qd_expr_node *q, const interval *a, const interval *b, slong prec)
{
    switch (q->op) {
    case QD_EXPR_NEG:
        arf_neg(z->lo, a->hi), arf_neg(z->hi, a->lo);
        break;
    case QD_EXPR_ADD:
        arf_add(z->lo, a->lo, b->lo, prec, ARF_RND_FLOOR), arf_add(z->hi, a->hi, b->hi, prec, ARF_RND_CEIL);
        break;
    case QD_EXPR_SUB:
        arf_sub(z->lo, a->lo, b->hi, prec, ARF_RND_FLOOR), arf_sub(z->hi, a->hi, b->lo, prec, ARF_RND_CEIL);
        break;
    case QD_EXPR_MUL:
        if (same_variable(&e->node[q->a], &e->node[q->b]))
            set_power(z, a, 2, prec); /* x*x is a square, which no product of intervals knows */
        else corners(z, a, b, 0, prec);
        break;
    case QD_EXPR_DIV:
        set_quotient(z, a, b, prec);
        break;
    case QD_EXPR_POW:
        if (b == NULL) set_power(z, a, q->power, prec);
        else set_real_power(z, a, b, prec);
        break;
    case QD_EXPR_ABS:
        set_abs(z, a);
        break;
    case QD_EXPR_STEP:
        set_jump(z, a, 0, 1, 1);
        break;
    case QD_EXPR_SIGN:
        set_jump(z, a, -1, 0, 1);
        break;
    case QD_EXPR_MIN:
        arf_min(z->lo, a->lo, b->lo), arf_min(z->hi, a->hi, b->hi);
        break;
    case QD_EXPR_MAX:
        arf_max(z->lo, a->lo, b->lo), arf_max(z->hi, a->hi, b->hi);
        break;
    case QD_EXPR_SQRT:
        set_sqrt(z, a, prec);
        break;
    case QD_EXPR_EXP:
        set_exp(z, a, prec);
        break;
    case QD_EXPR_LOG:
        set_log(z, a, prec);
        break;
    case QD_EXPR_SIN:
        if (near_zero(a)) increasing(z, a, arb_sin, prec);
        else by_ball(z, a, arb_sin, prec);
        clip(z, -1, 1);
        break;
    case QD_EXPR_COS:
        by_ball(z, a, arb_cos, prec), clip(z, -1, 1);
        break;
    case QD_EXPR_TAN:
        if (near_zero(a)) increasing(z, a, arb_tan, prec);
        else by_ball(z, a, arb_tan, prec);
        break;
    case QD_EXPR_ATAN:
        increasing(z, a, arb_atan, prec);
        break;
    case QD_EXPR_ATAN2:
        set_atan2(z, a, b, prec);
        break;
    case QD_EXPR_TANH:
        increasing(z, a, arb_tanh, prec), clip(z, -1, 1);
        break;
    case QD_EXPR_NUMBER: /* no operations: their values are set elsewhere */
    case QD_EXPR_VARIABLE:
    case QD_EXPR_PI:
        set_nothing(z);
    }
}

/* a where its sign is known; on a box that lies on the wrong side, 0. */
static void narrow(interval *z, const interval *a, int known)
{
    arf_set(z->lo, a->lo);
    arf_set(z->hi, a->hi);
    if (known >= 0 && arf_sgn(z->lo) < 0) arf_zero(z->lo);
    if (known <= 0 && arf_sgn(z->hi) > 0) arf_zero(z->hi);
    if (known == 0 || arf_cmp(z->lo, z->hi) > 0) set_si(z, 0, 0);
}

/* An operation whose sign is known (qd_expr_split). */
static void set_decided(interval *z, const qd_expr_t e, const qd_expr_node *q, const interval *a, const interval *b, int known, slong prec)
{
    interval t;
    if (q->op == QD_EXPR_STEP) set_si(z, known >= 0, known >= 0);
    else if (q->op == QD_EXPR_SIGN) set_si(z, known, known);
    else if (q->op == QD_EXPR_MIN || q->op == QD_EXPR_MAX) {
        const interval *c = (q->op == QD_EXPR_MIN) == (known <= 0) ? a : b;
        arf_set(z->lo, c->lo);
        arf_set(z->hi, c->hi);
    } else {
        arf_init(t.lo), arf_init(t.hi);
        narrow(&t, a, known);
        if (q->op == QD_EXPR_ATAN2 && known < 0) { /* below the cut */
            arf_neg(t.lo, t.lo), arf_neg(t.hi, t.hi), arf_swap(t.lo, t.hi);
            set_atan2(z, &t, b, prec);
            arf_neg(z->lo, z->lo), arf_neg(z->hi, z->hi), arf_swap(z->lo, z->hi);
        } else set_node(z, e, q, &t, b, prec);
        arf_clear(t.lo), arf_clear(t.hi);
    }
}

void qd_expr_range(arf_t lo, arf_t hi, const qd_expr_t e, const signed char *known, const arf_struct *a, const arf_struct *b, slong prec)
{
    interval *v = qd_malloc(sizeof *v * (size_t) (e->n + 1));
    for (int64_t i = 0; i < e->n; i++) {
        const qd_expr_node *q = &e->node[i];
        arf_init(v[i].lo), arf_init(v[i].hi);
        if (q->op <= QD_EXPR_PI) {
            set_leaf(&v[i], q, a, b, prec);
            continue;
        }
        const interval *left = &v[q->a], *right = q->b < 0 ? NULL : &v[q->b];
        if (is_nothing(left) || (right != NULL && is_nothing(right))) set_nothing(&v[i]);
        else if (known != NULL && known[i] != QD_EXPR_OPEN) set_decided(&v[i], e, q, left, right, known[i], prec);
        else set_node(&v[i], e, q, left, right, prec);
    }
    if (e->n == 0 || is_nothing(&v[e->n - 1])) arf_nan(lo), arf_nan(hi);
    else arf_swap(lo, v[e->n - 1].lo), arf_swap(hi, v[e->n - 1].hi);
    for (int64_t i = 0; i < e->n; i++) arf_clear(v[i].lo), arf_clear(v[i].hi);
    free(v);
}

void qd_expr_ball(arb_t y, const qd_expr_t e, const signed char *known, const arb_struct *x, slong prec)
{
    arf_struct lo[2], hi[2];
    for (int64_t k = 0; k < 2; k++) {
        arf_init(lo + k), arf_init(hi + k);
        if (k < e->nvariables) arb_get_lbound_arf(lo + k, x + k, prec), arb_get_ubound_arf(hi + k, x + k, prec);
    }
    qd_expr_range(lo, hi, e, known, lo, hi, prec);
    if (arf_is_nan(lo)) arb_indeterminate(y);
    else arb_set_interval_arf(y, lo, hi, prec);
    for (int k = 0; k < 2; k++) arf_clear(lo + k), arf_clear(hi + k);
}
