/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check of a certificate of need (T1.9), by another road than lower.c: no balls, no weights, no exact pieces of a network.

   The divided difference of order n over x_0 < ... < x_n by its recursion [x_i .. x_(i+k)] = ([x_(i+1) .. x_(i+k)] - [x_i .. x_(i+k-1)]) /
   (x_(i+k) - x_i), in intervals with rational ends. The same recursion over the signs 1, -1, 1, ... in place of f gives the sum of
   the absolute weights, for they alternate. A polynomial of degree n - 1 within eps of f at all the points would make the first at most eps
   times the second. */
#include "approx/impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREC 256 /* bits of a value of an expression */

/* lo <= f(x) <= hi; a rational target has lo = hi. */
static qd_status set_expression(fmpq_t lo, fmpq_t hi, const qd_approx_certificate_t c, const fmpq_t x, qd_ctx_t ctx)
{
    arf_t a, b;
    qd_status st = QD_OK;
    arf_init(a);
    arf_init(b);
    arf_set_fmpq(a, x, PREC, ARF_RND_FLOOR);
    arf_set_fmpq(b, x, PREC, ARF_RND_CEIL);
    qd_expr_range(a, b, c->expr, NULL, a, b, PREC);
    if (arf_is_finite(a) && arf_is_finite(b)) {
        arf_get_fmpq(lo, a);
        arf_get_fmpq(hi, b);
    } else st = qd_fail(ctx, QD_EINPUT, "refused: the target has no value at x = %.15g", fmpq_get_d(x));
    arf_clear(a);
    arf_clear(b);
    return st;
}

static qd_status set_value(fmpq_t lo, fmpq_t hi, const qd_approx_certificate_t c, const fmpq_t x, qd_ctx_t ctx)
{
    qd_vec_t at, y;
    qd_status st = QD_OK;
    if (c->kind == QD_APPROX_EXPRESSION) return set_expression(lo, hi, c, x, ctx);
    qd_vec_init(at);
    qd_vec_init(y);
    qd_vec_resize(at, 1);
    qd_vec_resize(y, 1);
    fmpq_set(at->e, x);
    if (c->kind == QD_APPROX_SPLINE) qd_spline_eval(y, c->spline, x);
    else st = qd_net_eval(y, NULL, c->net, at, ctx);
    if (st == QD_OK) {
        fmpq_set(lo, y->e);
        fmpq_set(hi, y->e);
    }
    qd_vec_clear(at);
    qd_vec_clear(y);
    return st;
}

/* The divided difference over n points: lo[0], hi[0] from lo[i] <= value at x_i <= hi[i]. */
static void divide(fmpq *lo, fmpq *hi, const fmpq *x, slong n)
{
    fmpq_t h, a;
    fmpq_init(h);
    fmpq_init(a);
    for (slong k = 1; k < n; k++)
        for (slong i = 0; i + k < n; i++) {
            fmpq_sub(h, x + i + k, x + i);
            fmpq_sub(a, lo + i + 1, hi + i);
            fmpq_sub(hi + i, hi + i + 1, lo + i);
            fmpq_div(lo + i, a, h);
            fmpq_div(hi + i, hi + i, h);
        }
    fmpq_clear(h);
    fmpq_clear(a);
}

/* eps times the sum of the absolute weights. */
static void set_allowed(fmpq_t allowed, const fmpq *x, slong n, const fmpq_t eps)
{
    fmpq *s = _fmpq_vec_init(n), *t = _fmpq_vec_init(n);
    for (slong i = 0; i < n; i++) {
        fmpq_set_si(s + i, i % 2 == 0 ? 1 : -1, 1);
        fmpq_set(t + i, s + i);
    }
    divide(s, t, x, n);
    fmpq_abs(allowed, s);
    fmpq_mul(allowed, allowed, eps);
    _fmpq_vec_clear(s, n);
    _fmpq_vec_clear(t, n);
}

/* Tuple i, whose points begin at or after `from`. */
static qd_status check_tuple(const qd_approx_certificate_t c, slong i, const fmpq_t from, qd_ctx_t ctx)
{
    slong n = c->tuples->degree + 2;
    const fmpq *x = c->tuples->point + i * n;
    qd_status st = QD_OK;
    if (fmpq_cmp(x, from) < 0)
        return qd_fail(ctx, QD_EINPUT, "refused: tuple %ld begins before the end of what stands to its left", (long) i + 1);
    if (fmpq_cmp(x + n - 1, c->hi) > 0) return qd_fail(ctx, QD_EINPUT, "refused: tuple %ld ends beyond the interval", (long) i + 1);
    for (slong k = 1; k < n; k++)
        if (fmpq_cmp(x + k - 1, x + k) >= 0) return qd_fail(ctx, QD_EINPUT, "refused: the points of tuple %ld do not ascend", (long) i + 1);
    fmpq *lo = _fmpq_vec_init(n), *hi = _fmpq_vec_init(n);
    fmpq_t allowed;
    fmpq_init(allowed);
    for (slong k = 0; k < n && st == QD_OK; k++) st = set_value(lo + k, hi + k, c, x + k, ctx);
    if (st == QD_OK) {
        divide(lo, hi, x, n);
        fmpq_neg(hi, hi);
        set_allowed(allowed, x, n, c->eps);
        if (fmpq_cmp(lo, allowed) <= 0 && fmpq_cmp(hi, allowed) <= 0)
            st = qd_fail(ctx, QD_EINPUT, "refused: the points of tuple %ld do not show a breakpoint between them", (long) i + 1);
    }
    fmpq_clear(allowed);
    _fmpq_vec_clear(lo, n);
    _fmpq_vec_clear(hi, n);
    return st;
}

static qd_status check_head(const qd_approx_certificate_t c, qd_ctx_t ctx)
{
    const qd_spline_struct *s = c->spline;
    if (fmpq_cmp(c->lo, c->hi) >= 0) return qd_fail(ctx, QD_EINPUT, "refused: the interval is empty or a point");
    if (fmpq_sgn(c->eps) <= 0) return qd_fail(ctx, QD_EINPUT, "refused: the tolerance is not positive");
    if (c->kind == QD_APPROX_EXPRESSION && c->expr->nvariables != 1) return qd_fail(ctx, QD_EINPUT, "refused: the target depends on y");
    if (c->kind == QD_APPROX_NETWORK && (c->net->input_dim != 1 || qd_net_output_dim(c->net) != 1))
        return qd_fail(ctx, QD_EINPUT, "refused: the network has not one input and one output");
    if (c->kind == QD_APPROX_SPLINE &&
        (s->outputs != 1 || (s->has_lo && fmpq_cmp(c->lo, s->lo) < 0) || (s->has_hi && fmpq_cmp(c->hi, s->hi) > 0)))
        return qd_fail(ctx, QD_EINPUT, "refused: the spline has more than one output, or is defined on a smaller interval");
    return QD_OK;
}

static qd_status check_checksum(const qd_approx_certificate_t c, qd_ctx_t ctx)
{
    char sum[17];
    qd_buf_t body;
    qd_buf_init(body);
    qd_approx__certificate_body(body, c);
    snprintf(sum, sizeof sum, "%016" PRIx64, qd_hash(qd_buf_str(body), body->len));
    qd_buf_clear(body);
    if (c->checksum == NULL || strcmp(sum, c->checksum) == 0) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "refused: the checksum is not that of the rest of the file, which was changed");
}

qd_status qd_approx_certificate_check(const qd_approx_certificate_t c, qd_ctx_t ctx)
{
    slong n = c->tuples->degree + 2;
    qd_status st = check_head(c, ctx);
    for (slong i = 0; i < c->tuples->m && st == QD_OK; i++) {
        const fmpq *from = i == 0 ? c->lo : c->tuples->point + i * n - 1;
        if ((st = qd_ctx_budget(ctx)) == QD_OK) st = check_tuple(c, i, from, ctx);
    }
    return st == QD_OK ? check_checksum(c, ctx) : st;
}
