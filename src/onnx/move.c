/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators that move the entries of a tensor: each is a list that says where an output entry comes from. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

/* Output o has that shape, and its entry with index i is entry origin + sum of i_k stride_k of input 0. */
static qd_status strided(qd_onnx__node *n, int o, int ndim, const slong *shape, slong origin, const slong *stride)
{
    const qd_onnx__tensor *t = n->in[0];
    slong index[QD_ONNX_MAX_DIM] = {0}, i = 0;
    qd_status st = qd_onnx__shape(n, o, ndim, shape, t->form == NULL, t->integer);
    if (st != QD_OK || n->out[o].count == 0) return st;
    slong *from = qd_malloc(sizeof *from * (size_t) n->out[o].count);
    do {
        from[i] = origin;
        for (int k = 0; k < ndim; k++) from[i] += index[k] * stride[k];
        i++;
    } while (qd_onnx__next(index, ndim, shape));
    qd_onnx__take(n->out + o, t, from, NULL);
    free(from);
    return QD_OK;
}

static qd_status transpose(qd_onnx__node *n)
{
    int ndim = n->in[0]->ndim;
    slong *perm, nperm, stride[QD_ONNX_MAX_DIM], shape[QD_ONNX_MAX_DIM], step[QD_ONNX_MAX_DIM];
    bool seen[QD_ONNX_MAX_DIM] = {false};
    qd_status st = qd_onnx__ints(&perm, &nperm, n, "perm", -1);
    if (st != QD_OK) return st;
    qd_onnx__strides(stride, ndim, n->in[0]->shape);
    if (perm != NULL && nperm != ndim)
        st = qd_onnx__fail(n, "the permutation has %ld entries, its input %d dimensions", (long) nperm, ndim);
    for (int k = 0; k < ndim && st == QD_OK; k++) {
        slong from = perm != NULL ? perm[k] : ndim - 1 - k;
        if (from < 0 || from >= ndim || seen[from]) {
            st = qd_onnx__fail(n, "found no permutation of its %d axes", ndim);
            break;
        }
        seen[from] = true;
        shape[k] = n->in[0]->shape[from];
        step[k] = stride[from];
    }
    free(perm);
    return st == QD_OK ? strided(n, 0, ndim, shape, 0, step) : st;
}

static slong clamp(slong x, slong lo, slong hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* start, end and step along an axis of that length, as ONNX means them. */
static slong slice_length(slong *start, slong end, slong step, slong length)
{
    if (*start < 0) *start += length;
    if (end < 0) end += length;
    *start = step > 0 ? clamp(*start, 0, length) : clamp(*start, 0, length - 1);
    end = step > 0 ? clamp(end, 0, length) : clamp(end, -1, length - 1);
    slong span = step > 0 ? end - *start : *start - end, size = step > 0 ? step : -step;
    return span > 0 ? (span - 1) / size + 1 : 0;
}

static qd_status slice_axes(qd_onnx__node *n, slong *const list[4], const slong length[4])
{
    int ndim = n->in[0]->ndim;
    slong stride[QD_ONNX_MAX_DIM], shape[QD_ONNX_MAX_DIM], origin = 0;
    bool cut[QD_ONNX_MAX_DIM] = {false};
    qd_onnx__strides(stride, ndim, n->in[0]->shape);
    memcpy(shape, n->in[0]->shape, sizeof shape);
    if (length[0] != length[1] || (list[2] != NULL && length[2] != length[0]) || (list[3] != NULL && length[3] != length[0]))
        return qd_onnx__fail(n, "starts, ends, axes and steps have different lengths");
    for (slong k = 0; k < length[0]; k++) {
        int axis;
        qd_status st = qd_onnx__axis(&axis, n, list[2] != NULL ? list[2][k] : k, ndim);
        if (st != QD_OK) return st;
        if (cut[axis]) return qd_onnx__fail(n, "axis %d is named twice", axis);
        cut[axis] = true;
        slong start = list[0][k], end = list[1][k], step = list[3] != NULL ? list[3][k] : 1, size = n->in[0]->shape[axis];
        if (step == 0 || step == WORD_MIN) return qd_onnx__fail(n, "found the step %ld", (long) step);
        /* an end before the first entry is said as a number below -length */
        if (step < 0 && end < -size) end = WORD_MIN / 2;
        shape[axis] = slice_length(&start, end, step, size);
        origin += start * stride[axis];
        stride[axis] *= shape[axis] > 1 ? step : 0;
    }
    return strided(n, 0, ndim, shape, origin, stride);
}

static qd_status slice(qd_onnx__node *n)
{
    slong *list[4] = {NULL, NULL, NULL, NULL}, length[4];
    static const char *const key[4] = {"starts", "ends", "axes", "steps"};
    qd_status st = QD_OK;
    for (int k = 0; k < 4 && st == QD_OK; k++) st = qd_onnx__ints(list + k, length + k, n, k < 3 ? key[k] : NULL, k + 1);
    if (st == QD_OK && (list[0] == NULL || list[1] == NULL)) st = qd_onnx__fail(n, "it has no starts and ends");
    if (st == QD_OK) st = slice_axes(n, list, length);
    for (int k = 0; k < 4; k++) free(list[k]);
    return st;
}

static qd_status split(qd_onnx__node *n)
{
    const qd_onnx__tensor *t = n->in[0];
    slong *part, nparts, stride[QD_ONNX_MAX_DIM], shape[QD_ONNX_MAX_DIM], at = 0;
    int axis = 0;
    qd_status st = qd_onnx__ints(&part, &nparts, n, "split", 1);
    if (st == QD_OK) st = qd_onnx__axis(&axis, n, qd_onnx__int(n, "axis", 0), t->ndim);
    if (st == QD_OK && part != NULL && nparts != n->nout) st = qd_onnx__fail(n, "found %ld lengths for %d outputs", (long) nparts, n->nout);
    if (st == QD_OK) {
        qd_onnx__strides(stride, t->ndim, t->shape);
        memcpy(shape, t->shape, sizeof shape);
    }
    for (int o = 0; o < n->nout && st == QD_OK; o++) {
        slong even = (t->shape[axis] + n->nout - 1) / n->nout, left = t->shape[axis] - at;
        shape[axis] = part != NULL ? part[o] : even < left ? even : left;
        if (shape[axis] < 0 || shape[axis] > left) {
            st = qd_onnx__fail(n, "its parts are longer than the %ld entries of axis %d", (long) t->shape[axis], axis);
            break;
        }
        st = strided(n, o, t->ndim, shape, at * stride[axis], stride);
        at += shape[axis];
    }
    if (st == QD_OK && at != t->shape[axis])
        st = qd_onnx__fail(n, "its parts have %ld entries together, axis %d has %ld", (long) at, axis, (long) t->shape[axis]);
    free(part);
    return st;
}

static qd_status expand(qd_onnx__node *n)
{
    qd_onnx__tensor wanted = {.value = NULL};
    const qd_onnx__tensor *both[2] = {n->in[0], &wanted};
    slong *list, length, shape[QD_ONNX_MAX_DIM], stride[QD_ONNX_MAX_DIM], step[QD_ONNX_MAX_DIM];
    int ndim;
    qd_status st = qd_onnx__ints(&list, &length, n, NULL, 1);
    if (st == QD_OK && length > QD_ONNX_MAX_DIM)
        st = qd_onnx__fail(n, "the shape has %ld dimensions, expected at most %d", (long) length, QD_ONNX_MAX_DIM);
    if (st == QD_OK) {
        wanted.ndim = (int) length;
        memcpy(wanted.shape, list, sizeof *list * (size_t) length);
        if (!qd_onnx__broadcast(&ndim, shape, both, 2)) st = qd_onnx__fail(n, "the shapes do not fit");
    }
    free(list);
    if (st != QD_OK) return st;
    qd_onnx__strides(stride, n->in[0]->ndim, n->in[0]->shape);
    for (int k = 0; k < ndim; k++) {
        int own = k - (ndim - n->in[0]->ndim);
        step[k] = own < 0 || n->in[0]->shape[own] == 1 ? 0 : stride[own];
    }
    return strided(n, 0, ndim, shape, 0, step);
}

/* Constants are taken along an axis; the numbers may be a tensor of any shape. */
static qd_status gather(qd_onnx__node *n)
{
    const qd_onnx__tensor *t = n->in[0], *number = n->in[1];
    slong *list, length, shape[QD_ONNX_MAX_DIM], outer = 1, inner = 1, i = 0;
    int axis, ndim = t->ndim + number->ndim - 1;
    qd_status st = qd_onnx__axis(&axis, n, qd_onnx__int(n, "axis", 0), t->ndim);
    if (st == QD_OK) st = qd_onnx__ints(&list, &length, n, NULL, 1);
    if (st != QD_OK) return st;
    if (ndim > QD_ONNX_MAX_DIM) st = qd_onnx__fail(n, "its output has %d dimensions, expected at most %d", ndim, QD_ONNX_MAX_DIM);
    for (int k = 0; k < ndim && st == QD_OK; k++)
        shape[k] = k < axis ? t->shape[k] : k < axis + number->ndim ? number->shape[k - axis] : t->shape[k - number->ndim + 1];
    for (int k = 0; k < t->ndim; k++) *(k < axis ? &outer : &inner) *= k == axis ? 1 : t->shape[k];
    for (slong k = 0; k < length && st == QD_OK; k++) {
        if (list[k] < 0) list[k] += t->shape[axis];
        if (list[k] < 0 || list[k] >= t->shape[axis]) st = qd_onnx__fail(n, "there is no entry %ld on axis %d", (long) list[k], axis);
    }
    if (st == QD_OK) st = qd_onnx__shape(n, 0, ndim, shape, t->form == NULL, t->integer);
    if (st == QD_OK) {
        slong *from = qd_malloc(sizeof *from * (size_t) (n->out->count + 1));
        for (slong o = 0; o < outer; o++)
            for (slong k = 0; k < length; k++)
                for (slong q = 0; q < inner; q++) from[i++] = (o * t->shape[axis] + list[k]) * inner + q;
        qd_onnx__take(n->out, t, from, NULL);
        free(from);
    }
    free(list);
    return st;
}

static qd_status concat(qd_onnx__node *n)
{
    slong shape[QD_ONNX_MAX_DIM], inner = 1, at = 0;
    bool constant = true;
    int axis;
    qd_status st = qd_onnx__axis(&axis, n, qd_onnx__int(n, "axis", 0), n->in[0]->ndim);
    if (st != QD_OK) return st;
    memcpy(shape, n->in[0]->shape, sizeof shape);
    shape[axis] = 0;
    for (int q = 0; q < n->nin; q++) {
        const qd_onnx__tensor *t = n->in[q];
        bool fits = t->ndim == n->in[0]->ndim;
        for (int k = 0; k < t->ndim && fits; k++) fits = k == axis || t->shape[k] == shape[k];
        if (!fits) return qd_onnx__fail(n, "the shape of its input %d does not fit the first", q + 1);
        shape[axis] += t->shape[axis];
        constant = constant && t->form == NULL;
    }
    for (int k = axis + 1; k < n->in[0]->ndim; k++) inner *= shape[k];
    if ((st = qd_onnx__shape(n, 0, n->in[0]->ndim, shape, constant, n->in[0]->integer)) != QD_OK) return st;
    for (int q = 0; q < n->nin; q++) {
        const qd_onnx__tensor *t = n->in[q];
        slong block = t->shape[axis] * inner;
        for (slong i = 0; i < t->count; i++) {
            slong to = (i / block) * shape[axis] * inner + at + i % block;
            if (constant) fmpq_set(n->out->value + to, t->value + i);
            else qd_onnx__tensor_form(n->out, to, qd_onnx__tensor_entry(t, i));
        }
        at += block;
    }
    return QD_OK;
}

/* ---- padding -------------------------------------------------------------------------------- */

/* Where entry i of a padded axis comes from, mode constant, reflect or edge; -1: filled. */
static slong pad_source(slong i, slong before, slong length, char mode)
{
    i -= before;
    if (i >= 0 && i < length) return i;
    if (mode == 'c') return -1;
    if (mode == 'e') return clamp(i, 0, length - 1);
    return i < 0 ? -i : 2 * (length - 1) - i;
}

static qd_status pad_by(qd_onnx__node *n, const slong *pads, slong npads, char mode, const fmpq *fill)
{
    const qd_onnx__tensor *t = n->in[0];
    slong shape[QD_ONNX_MAX_DIM], index[QD_ONNX_MAX_DIM] = {0}, i = 0;
    if (npads != 2 * t->ndim) return qd_onnx__fail(n, "found %ld pads, expected 2 for each of %d axes", (long) npads, t->ndim);
    for (int k = 0; k < t->ndim; k++) {
        slong more = pads[k] > pads[k + t->ndim] ? pads[k] : pads[k + t->ndim];
        if (labs(pads[k]) > 1L << 30 || labs(pads[k + t->ndim]) > 1L << 30 || (mode == 'r' && more >= t->shape[k]) ||
            (mode == 'e' && t->shape[k] == 0))
            return qd_onnx__fail(n, "axis %d of length %ld cannot be padded by %ld", k, (long) t->shape[k], (long) more);
        shape[k] = t->shape[k] + pads[k] + pads[k + t->ndim];
    }
    qd_status st = qd_onnx__shape(n, 0, t->ndim, shape, t->form == NULL, t->integer);
    if (st != QD_OK || n->out->count == 0) return st;
    slong *from = qd_malloc(sizeof *from * (size_t) n->out->count);
    do {
        slong at = 0;
        for (int k = 0; k < t->ndim && at >= 0; k++) {
            slong source = pad_source(index[k], pads[k], t->shape[k], mode);
            at = source < 0 ? -1 : at * t->shape[k] + source;
        }
        from[i++] = at;
    } while (qd_onnx__next(index, t->ndim, shape));
    qd_onnx__take(n->out, t, from, fill);
    free(from);
    return QD_OK;
}

static qd_status pad(qd_onnx__node *n)
{
    slong *pads, npads;
    fmpq_t value;
    char mode = qd_onnx__text_is(n, "mode", "constant")  ? 'c'
                : qd_onnx__text_is(n, "mode", "reflect") ? 'r'
                : qd_onnx__text_is(n, "mode", "edge")    ? 'e'
                                                         : 0;
    if (mode == 0) return qd_onnx__fail(n, "found an unknown mode, expected constant, reflect or edge");
    if (n->nin > 3 && n->in[3] != NULL)
        return qd_onnx__fail(n, "it has axes, expected pads for all of them: export with opset 17 or below");
    qd_status st = qd_onnx__need_constant(n, 2, "expected a constant to fill with");
    const qd_onnx__tensor *given = n->nin > 2 ? n->in[2] : NULL;
    if (st == QD_OK && given != NULL && given->count != 1)
        st = qd_onnx__fail(n, "found %ld numbers to fill with, expected one", (long) given->count);
    if (st == QD_OK) st = qd_onnx__ints(&pads, &npads, n, "pads", 1);
    if (st != QD_OK) return st;
    fmpq_init(value);
    double attribute = qd_onnx__float(n, "value", 0);
    if (isfinite(attribute)) qd_rat_set_double(value, attribute);
    else st = qd_onnx__fail(n, "it fills with a number that is not finite");
    if (st == QD_OK) st = pad_by(n, pads, npads, mode, given != NULL ? given->value : value);
    fmpq_clear(value);
    free(pads);
    return st;
}

const qd_onnx__op qd_onnx__move_ops[] = {
    {"Transpose", transpose, 1, 1}, {"Slice", slice, 1, 5},   {"Split", split, 1, 2}, {"Concat", concat, 1, 1 << 20},
    {"Expand", expand, 2, 2},       {"Gather", gather, 2, 2}, {"Pad", pad, 1, 4},     {NULL, NULL, 0, 0},
};
