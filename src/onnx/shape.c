/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators that leave the entries of a tensor in their order: another shape, another type, or nothing at all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

/* The entries of input 0 in another shape of as many. */
static qd_status view(qd_onnx__node *n, int ndim, const slong *shape)
{
    const qd_onnx__tensor *t = n->in[0];
    qd_status st = qd_onnx__shape(n, 0, ndim, shape, t->form == NULL, t->integer);
    if (st != QD_OK) return st;
    if (n->out->count != t->count)
        return qd_onnx__fail(n, "its input has %ld entries, the shape that is asked for %ld", (long) t->count, (long) n->out->count);
    for (slong i = 0; i < t->count; i++) {
        if (t->form != NULL) qd_onnx__tensor_form(n->out, i, qd_onnx__form_ref(t->form[i]));
        else fmpq_set(n->out->value + i, t->value + i);
    }
    return QD_OK;
}

static qd_status same(qd_onnx__node *n)
{
    return view(n, n->in[0]->ndim, n->in[0]->shape);
}

static qd_status dropout(qd_onnx__node *n)
{
    if (n->nin > 2 && n->in[2] != NULL && (n->in[2]->value == NULL || n->in[2]->count != 1 || !fmpq_is_zero(n->in[2]->value)))
        return qd_onnx__fail(n, "it is in training mode; export with model.eval()");
    return same(n);
}

/* 0: as it was (unless allowzero), -1: what is left. */
static qd_status reshape(qd_onnx__node *n)
{
    slong *shape, ndim, known = 1, open = -1;
    qd_status st = qd_onnx__ints(&shape, &ndim, n, "shape", 1);
    if (st == QD_OK && ndim > QD_ONNX_MAX_DIM)
        st = qd_onnx__fail(n, "the shape has %ld dimensions, expected at most %d", (long) ndim, QD_ONNX_MAX_DIM);
    for (slong k = 0; k < ndim && st == QD_OK; k++) {
        if (shape[k] == 0 && k < n->in[0]->ndim && qd_onnx__int(n, "allowzero", 0) == 0) shape[k] = n->in[0]->shape[k];
        if (shape[k] == -1 && open < 0) open = k;
        else if (shape[k] < 0 || __builtin_mul_overflow(known, shape[k], &known))
            st = qd_onnx__fail(n, "found the dimension %ld in the shape", (long) shape[k]);
    }
    if (st == QD_OK && open >= 0) shape[open] = known > 0 ? n->in[0]->count / known : 0;
    if (st == QD_OK) st = view(n, (int) ndim, shape);
    free(shape);
    return st;
}

static qd_status flatten(qd_onnx__node *n)
{
    int64_t axis = qd_onnx__int(n, "axis", 1);
    slong shape[2] = {1, 1};
    if (axis < 0) axis += n->in[0]->ndim;
    if (axis < 0 || axis > n->in[0]->ndim) return qd_onnx__fail(n, "found an axis beyond the %d dimensions of its input", n->in[0]->ndim);
    for (int k = 0; k < n->in[0]->ndim; k++) shape[k >= axis] *= n->in[0]->shape[k];
    return view(n, 2, shape);
}

/* Which of ndim axes a list names; all false where there is no list. */
static qd_status mark_axes(bool mark[QD_ONNX_MAX_DIM], const qd_onnx__node *n, const slong *axes, slong naxes, int ndim)
{
    memset(mark, 0, sizeof *mark * QD_ONNX_MAX_DIM);
    for (slong k = 0; k < naxes; k++) {
        int axis;
        qd_status st = qd_onnx__axis(&axis, n, axes[k], ndim);
        if (st != QD_OK) return st;
        mark[axis] = true;
    }
    return QD_OK;
}

static qd_status squeeze(qd_onnx__node *n)
{
    slong *axes, naxes, shape[QD_ONNX_MAX_DIM];
    bool mark[QD_ONNX_MAX_DIM];
    int ndim = 0;
    qd_status st = qd_onnx__ints(&axes, &naxes, n, "axes", 1);
    if (st == QD_OK) st = mark_axes(mark, n, axes, naxes, n->in[0]->ndim);
    for (int k = 0; k < n->in[0]->ndim && st == QD_OK; k++) {
        bool drop = axes != NULL ? mark[k] : n->in[0]->shape[k] == 1;
        if (drop && n->in[0]->shape[k] != 1) st = qd_onnx__fail(n, "axis %d has the length %ld, expected 1", k, (long) n->in[0]->shape[k]);
        if (!drop) shape[ndim++] = n->in[0]->shape[k];
    }
    free(axes);
    return st == QD_OK ? view(n, ndim, shape) : st;
}

static qd_status unsqueeze(qd_onnx__node *n)
{
    slong *axes, naxes, shape[QD_ONNX_MAX_DIM];
    bool mark[QD_ONNX_MAX_DIM];
    qd_status st = qd_onnx__ints(&axes, &naxes, n, "axes", 1);
    slong ndim = n->in[0]->ndim + naxes;
    if (st == QD_OK && ndim > QD_ONNX_MAX_DIM)
        st = qd_onnx__fail(n, "its output has %ld dimensions, expected at most %d", (long) ndim, QD_ONNX_MAX_DIM);
    if (st == QD_OK) st = mark_axes(mark, n, axes, naxes, (int) ndim);
    free(axes);
    if (st != QD_OK) return st;
    for (int k = 0, from = 0; k < ndim; k++) {
        if (!mark[k] && from == n->in[0]->ndim) return qd_onnx__fail(n, "an axis is named twice");
        shape[k] = mark[k] ? 1 : n->in[0]->shape[from++];
    }
    return view(n, (int) ndim, shape);
}

/* ---- cast ----------------------------------------------------------------------------------- */

static const qd_float *float_of(int64_t type)
{
    if (type == QD_ONNX_FLOAT16) return &qd_float16;
    if (type == QD_ONNX_BFLOAT16) return &qd_bfloat16;
    return type == QD_ONNX_FLOAT32 ? &qd_float32 : &qd_float64;
}

static qd_status cast_value(const qd_onnx__node *n, fmpq_t x, int64_t type)
{
    if (type == QD_ONNX_BOOL) {
        if (!fmpq_is_zero(x)) fmpq_one(x);
    } else if (!qd_onnx__is_float((int) type)) {
        fmpz_tdiv_q(fmpq_numref(x), fmpq_numref(x), fmpq_denref(x));
        fmpz_one(fmpq_denref(x));
    } else {
        double d = qd_rat_nearest(x, float_of(type));
        if (!isfinite(d)) return qd_onnx__fail(n, "a constant is beyond the largest number of the type that it is cast to");
        qd_rat_set_double(x, d);
    }
    return QD_OK;
}

/* Computed values are exact: only constants are rounded. */
static qd_status cast(qd_onnx__node *n)
{
    int64_t to = qd_onnx__int(n, "to", QD_ONNX_FLOAT32);
    bool integer = !qd_onnx__is_float((int) to);
    if (integer && n->in[0]->form != NULL)
        return qd_onnx__fail(n, "it makes integers of computed values, which is not continuous; leave it out");
    if (integer && to != QD_ONNX_INT32 && to != QD_ONNX_INT64 && to != QD_ONNX_BOOL)
        return qd_onnx__fail(n, "found ONNX's type %ld, expected floats, int32, int64 or bool", (long) to);
    qd_status st = same(n);
    n->out->integer = integer;
    for (slong i = 0; i < n->out->count && st == QD_OK && n->out->form == NULL; i++) st = cast_value(n, n->out->value + i, to);
    return st;
}

const qd_onnx__op qd_onnx__shape_ops[] = {
    {"Identity", same, 1, 1},   {"Dropout", dropout, 1, 3},     {"Reshape", reshape, 1, 2}, {"Flatten", flatten, 1, 1},
    {"Squeeze", squeeze, 1, 2}, {"Unsqueeze", unsqueeze, 1, 2}, {"Cast", cast, 1, 1},       {NULL, NULL, 0, 0},
};
