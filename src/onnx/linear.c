/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products and sums along axes. A constant matrix acts on variables: what is longer becomes identity units first, so that the work
   is that of the matrix, whatever came before. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

/* length products a[a_at + q a_step] b[b_at + q b_step] */
typedef struct {
    const qd_onnx__tensor *a, *b;
    slong length, a_at, a_step, b_at, b_step;
} dot;

static void dot_constant(fmpq_t y, const dot *d, const fmpq_t scale)
{
    fmpq_zero(y);
    for (slong q = 0; q < d->length; q++) fmpq_addmul(y, d->a->value + d->a_at + q * d->a_step, d->b->value + d->b_at + q * d->b_step);
    fmpq_mul(y, y, scale);
}

/* Adds scale times the sum of the products to the run's sum. */
static void dot_forms(qd_onnx__run *run, const dot *d, const fmpq_t scale)
{
    bool plain = fmpq_is_one(scale);
    fmpq_t c;
    fmpq_init(c);
    for (slong q = 0; q < d->length; q++) {
        slong i = d->a_at + q * d->a_step, j = d->b_at + q * d->b_step;
        if (d->a->form != NULL && d->b->form != NULL) {
            qd_onnx_form *f = qd_onnx__multiply(run, d->a->form[i], d->b->form[j]);
            qd_onnx__sum_add(&run->sum, scale, f);
            qd_onnx_form_unref(f);
            continue;
        }
        const fmpq *w = d->a->form == NULL ? d->a->value + i : d->b->value + j;
        const qd_onnx_form *f = d->a->form != NULL ? d->a->form[i] : d->b->form[j];
        if (plain) qd_onnx__sum_add(&run->sum, w, f);
        else {
            fmpq_mul(c, w, scale);
            qd_onnx__sum_add(&run->sum, c, f);
        }
    }
    fmpq_clear(c);
}

static void settle_both(qd_onnx__node *n)
{
    for (int k = 0; k < 2; k++) qd_onnx__settle(n->run, n->in[k]);
}

/* ---- MatMul --------------------------------------------------------------------------------- */

/* The leading axes of a tensor of matrices, as a tensor of their own for broadcasting. */
static qd_onnx__tensor stack_of(const qd_onnx__tensor *t)
{
    qd_onnx__tensor s = {.ndim = t->ndim > 2 ? t->ndim - 2 : 0};
    memcpy(s.shape, t->shape, sizeof *s.shape * (size_t) s.ndim);
    return s;
}

static qd_status matmul(qd_onnx__node *n)
{
    const qd_onnx__tensor *a = n->in[0], *b = n->in[1];
    if (a->ndim == 0 || b->ndim == 0) return qd_onnx__fail(n, "found a number, expected matrices");
    settle_both(n);
    bool row = a->ndim == 1, column = b->ndim == 1;
    slong rows = row ? 1 : a->shape[a->ndim - 2], inner = a->shape[a->ndim - 1];
    slong columns = column ? 1 : b->shape[b->ndim - 1], inner_b = column ? b->shape[0] : b->shape[b->ndim - 2];
    qd_onnx__tensor sa = stack_of(a), sb = stack_of(b);
    const qd_onnx__tensor *stacks[2] = {&sa, &sb};
    slong shape[QD_ONNX_MAX_DIM + 2], index[QD_ONNX_MAX_DIM] = {0}, to = 0;
    int ndim, total;
    fmpq_t one;
    if (inner != inner_b) return qd_onnx__fail(n, "found %ld columns and %ld rows, expected as many", (long) inner, (long) inner_b);
    if (!qd_onnx__broadcast(&ndim, shape, stacks, 2)) return qd_onnx__fail(n, "the leading axes of its inputs do not fit");
    total = ndim;
    if (!row) shape[total++] = rows;
    if (!column) shape[total++] = columns;
    qd_status st = qd_onnx__shape(n, 0, total, shape, a->form == NULL && b->form == NULL, a->integer && b->integer);
    if (st != QD_OK || n->out->count == 0) return st;
    fmpq_init(one);
    fmpq_one(one);
    do {
        slong at_a = qd_onnx__broadcast_index(&sa, ndim, index) * rows * inner,
              at_b = qd_onnx__broadcast_index(&sb, ndim, index) * inner * columns;
        for (slong i = 0; i < rows * columns; i++, to++) {
            dot d = {a, b, inner, at_a + i / columns * inner, 1, at_b + i % columns, columns};
            if (n->out->form == NULL) dot_constant(n->out->value + to, &d, one);
            else {
                dot_forms(n->run, &d, one);
                qd_onnx__tensor_form(n->out, to, qd_onnx__sum_take(&n->run->sum));
            }
        }
    } while (qd_onnx__next(index, ndim, shape));
    fmpq_clear(one);
    return QD_OK;
}

/* ---- Gemm ----------------------------------------------------------------------------------- */

static void gemm_entry(qd_onnx__node *n, slong i, const dot *d, const qd_onnx__tensor *c, slong c_at, const fmpq_t alpha, const fmpq_t beta)
{
    if (n->out->form == NULL) {
        dot_constant(n->out->value + i, d, alpha);
        if (c != NULL) fmpq_addmul(n->out->value + i, beta, c->value + c_at);
        return;
    }
    dot_forms(n->run, d, alpha);
    if (c != NULL) {
        qd_onnx_form *f = qd_onnx__tensor_entry(c, c_at);
        qd_onnx__sum_add(&n->run->sum, beta, f);
        qd_onnx_form_unref(f);
    }
    qd_onnx__tensor_form(n->out, i, qd_onnx__sum_take(&n->run->sum));
}

static qd_status gemm(qd_onnx__node *n)
{
    const qd_onnx__tensor *a = n->in[0], *b = n->in[1], *c = n->nin > 2 ? n->in[2] : NULL, *both[2];
    bool ta = qd_onnx__int(n, "transA", 0) != 0, tb = qd_onnx__int(n, "transB", 0) != 0;
    double alpha_d = qd_onnx__float(n, "alpha", 1), beta_d = qd_onnx__float(n, "beta", 1);
    fmpq_t alpha, beta;
    if (a->ndim != 2 || b->ndim != 2) return qd_onnx__fail(n, "found tensors of %d and %d dimensions, expected matrices", a->ndim, b->ndim);
    if (!isfinite(alpha_d) || !isfinite(beta_d)) return qd_onnx__fail(n, "alpha or beta is not finite");
    settle_both(n);
    slong rows = a->shape[ta], inner = a->shape[!ta], columns = b->shape[!tb], inner_b = b->shape[tb],
          shape[QD_ONNX_MAX_DIM] = {rows, columns};
    qd_onnx__tensor product = {.ndim = 2, .shape = {rows, columns}};
    int ndim = 2;
    if (inner != inner_b) return qd_onnx__fail(n, "found %ld columns and %ld rows, expected as many", (long) inner, (long) inner_b);
    both[0] = &product;
    both[1] = c;
    if (c != NULL && (!qd_onnx__broadcast(&ndim, shape, both, 2) || ndim != 2 || shape[0] != rows || shape[1] != columns))
        return qd_onnx__fail(n, "the shape of its third input does not fit the product of the first two");
    qd_status st = qd_onnx__shape(n, 0, 2, shape, a->form == NULL && b->form == NULL && (c == NULL || c->form == NULL), false);
    if (st != QD_OK) return st;
    fmpq_init(alpha);
    fmpq_init(beta);
    qd_rat_set_double(alpha, alpha_d);
    qd_rat_set_double(beta, beta_d);
    for (slong i = 0; i < rows * columns; i++) {
        slong index[2] = {i / columns, i % columns};
        dot d = {a, b, inner, index[0] * (ta ? 1 : inner), ta ? rows : 1, index[1] * (tb ? inner : 1), tb ? 1 : columns};
        gemm_entry(n, i, &d, c, c != NULL ? qd_onnx__broadcast_index(c, 2, index) : 0, alpha, beta);
    }
    fmpq_clear(alpha);
    fmpq_clear(beta);
    return QD_OK;
}

/* ---- sums along axes ------------------------------------------------------------------------ */

/* Which axes a list names, all where there is none. */
static qd_status named_axes(bool named[QD_ONNX_MAX_DIM], const qd_onnx__node *n)
{
    slong *axes, naxes;
    int axis;
    qd_status st = qd_onnx__ints(&axes, &naxes, n, "axes", 1);
    bool all = naxes == 0 && qd_onnx__int(n, "noop_with_empty_axes", 0) == 0;
    for (int k = 0; k < QD_ONNX_MAX_DIM; k++) named[k] = all;
    for (slong k = 0; st == QD_OK && k < naxes; k++)
        if ((st = qd_onnx__axis(&axis, n, axes[k], n->in[0]->ndim)) == QD_OK) named[axis] = true;
    free(axes);
    return st;
}

/* The output becomes scale times the sums over the named axes. */
static void reduce_entries(qd_onnx__node *n, const bool *named, const fmpq_t scale)
{
    const qd_onnx__tensor *t = n->in[0];
    slong outer[QD_ONNX_MAX_DIM], inner[QD_ONNX_MAX_DIM], stride[QD_ONNX_MAX_DIM], o[QD_ONNX_MAX_DIM] = {0}, to = 0;
    qd_onnx__strides(stride, t->ndim, t->shape);
    for (int k = 0; k < t->ndim; k++) {
        outer[k] = named[k] ? 1 : t->shape[k];
        inner[k] = named[k] ? t->shape[k] : 1;
    }
    do {
        slong i[QD_ONNX_MAX_DIM] = {0};
        do {
            slong at = 0;
            for (int k = 0; k < t->ndim; k++) at += (o[k] + i[k]) * stride[k];
            if (t->form != NULL) qd_onnx__sum_add(&n->run->sum, scale, t->form[at]);
            else fmpq_addmul(n->out->value + to, scale, t->value + at);
        } while (qd_onnx__next(i, t->ndim, inner));
        if (t->form != NULL) qd_onnx__tensor_form(n->out, to, qd_onnx__sum_take(&n->run->sum));
        to++;
    } while (qd_onnx__next(o, t->ndim, outer));
}

static qd_status reduce(qd_onnx__node *n, bool mean)
{
    const qd_onnx__tensor *t = n->in[0];
    bool named[QD_ONNX_MAX_DIM], keep = qd_onnx__int(n, "keepdims", 1) != 0;
    slong shape[QD_ONNX_MAX_DIM], size = 1;
    int ndim = 0;
    fmpq_t scale;
    qd_status st = named_axes(named, n);
    if (st != QD_OK) return st;
    if (t->count == 0) return qd_onnx__fail(n, "its input is empty");
    for (int k = 0; k < t->ndim; k++) {
        if (named[k]) size *= t->shape[k];
        if (keep || !named[k]) shape[ndim++] = named[k] ? 1 : t->shape[k];
    }
    if ((st = qd_onnx__shape(n, 0, ndim, shape, t->form == NULL, t->integer && !mean)) != QD_OK) return st;
    fmpq_init(scale);
    fmpq_set_si(scale, 1, mean ? (ulong) size : 1);
    reduce_entries(n, named, scale);
    fmpq_clear(scale);
    return QD_OK;
}

static qd_status reduce_sum(qd_onnx__node *n)
{
    return reduce(n, false);
}

static qd_status reduce_mean(qd_onnx__node *n)
{
    return reduce(n, true);
}

const qd_onnx__op qd_onnx__linear_ops[] = {
    {"MatMul", matmul, 2, 2}, {"Gemm", gemm, 2, 3}, {"ReduceSum", reduce_sum, 1, 2}, {"ReduceMean", reduce_mean, 1, 2}, {NULL, NULL, 0, 0},
};
