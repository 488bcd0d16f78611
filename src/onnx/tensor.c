/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors: a shape with constants or with forms. */
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

#define MAX_COUNT (1L << 26)

void qd_onnx__tensor_clear(qd_onnx__tensor *t)
{
    if (t->value != NULL) _fmpq_vec_clear(t->value, t->count);
    for (slong i = 0; t->form != NULL && i < t->count; i++) qd_onnx_form_unref(t->form[i]);
    free(t->form);
    t->value = NULL;
    t->form = NULL;
}

bool qd_onnx__tensor_init(qd_onnx__tensor *t, int ndim, const slong *shape, bool constant, bool integer)
{
    slong count = 1;
    for (int k = 0; k < ndim; k++) {
        if (shape[k] > MAX_COUNT || count * shape[k] > MAX_COUNT) return false; /* both are at most 2^26 */
        count *= shape[k];
    }
    t->there = true;
    t->integer = integer;
    t->ndim = ndim;
    memcpy(t->shape, shape, sizeof *shape * (size_t) ndim);
    t->count = count;
    t->value = constant || count == 0 ? _fmpq_vec_init(count + 1) : NULL;
    t->form = constant || count == 0 ? NULL : qd_calloc((size_t) count, sizeof *t->form);
    return true;
}

void qd_onnx__tensor_form(qd_onnx__tensor *t, slong i, qd_onnx_form *f)
{
    qd_onnx_form_unref(t->form[i]);
    t->form[i] = f;
}

qd_onnx_form *qd_onnx__tensor_entry(const qd_onnx__tensor *t, slong i)
{
    if (t->form != NULL) return qd_onnx__form_ref(t->form[i]);
    qd_onnx_form *f = qd_onnx__form_new();
    fmpq_set(f->c, t->value + i);
    return f;
}

void qd_onnx__strides(slong *stride, int ndim, const slong *shape)
{
    slong s = 1;
    for (int k = ndim; k-- > 0; s *= shape[k]) stride[k] = s;
}

bool qd_onnx__next(slong *index, int ndim, const slong *shape)
{
    for (int k = ndim; k-- > 0; index[k] = 0)
        if (++index[k] < shape[k]) return true;
    return false;
}

void qd_onnx__print_shape(qd_buf_t out, int ndim, const slong *shape)
{
    qd_buf_puts(out, "(");
    for (int k = 0; k < ndim; k++) qd_buf_printf(out, k > 0 ? ", %ld" : "%ld", (long) shape[k]);
    qd_buf_puts(out, ")");
}

void qd_onnx__take(qd_onnx__tensor *out, const qd_onnx__tensor *t, const slong *from, const fmpq *fill)
{
    for (slong i = 0; i < out->count; i++) {
        if (out->form != NULL) {
            qd_onnx_form *f = from[i] >= 0 ? qd_onnx__tensor_entry(t, from[i]) : qd_onnx__form_new();
            if (from[i] < 0 && fill != NULL) fmpq_set(f->c, fill);
            qd_onnx__tensor_form(out, i, f);
        } else if (from[i] >= 0) fmpq_set(out->value + i, t->value + from[i]);
        else if (fill != NULL) fmpq_set(out->value + i, fill);
    }
}

bool qd_onnx__broadcast(int *ndim, slong *shape, const qd_onnx__tensor *const *t, int n)
{
    *ndim = 0;
    for (int q = 0; q < n; q++) *ndim = t[q]->ndim > *ndim ? t[q]->ndim : *ndim;
    for (int k = 0; k < *ndim; k++) {
        shape[*ndim - 1 - k] = 1;
        for (int q = 0; q < n; q++) {
            slong s = k < t[q]->ndim ? t[q]->shape[t[q]->ndim - 1 - k] : 1, *to = shape + *ndim - 1 - k;
            if (s == 1 || s == *to) continue;
            if (*to != 1) return false;
            *to = s;
        }
    }
    return true;
}

slong qd_onnx__broadcast_index(const qd_onnx__tensor *t, int ndim, const slong *index)
{
    slong at = 0;
    for (int k = 0; k < t->ndim; k++) at = at * t->shape[k] + (t->shape[k] == 1 ? 0 : index[ndim - t->ndim + k]);
    return at;
}
