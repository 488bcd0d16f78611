/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutions and averages over windows: linear maps with few entries. Maxima over windows are in switch.c, by the same windows. */
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

/* One attribute of a window: a number an axis; `otherwise` where it is not there. */
static qd_status window_list(slong *v, int length, const qd_onnx__node *n, const char *key, slong otherwise)
{
    slong *list, nlist;
    qd_status st = qd_onnx__ints(&list, &nlist, n, key, -1);
    if (st == QD_OK && list != NULL && nlist != length)
        st = qd_onnx__fail(n, "'%s' has %ld numbers, expected %d", key, (long) nlist, length);
    for (int k = 0; k < length && st == QD_OK; k++) {
        v[k] = list != NULL ? list[k] : otherwise;
        if (v[k] < 0 || v[k] > 1 << 20 || (v[k] == 0 && otherwise == 1)) st = qd_onnx__fail(n, "found %ld in '%s'", (long) v[k], key);
    }
    free(list);
    return st;
}

/* Pads that keep the size, for auto_pad SAME_UPPER and SAME_LOWER. */
static void pad_same(qd_onnx__window *w, bool upper)
{
    for (int k = 0; k < w->axes; k++) {
        slong out = (w->in[k] + w->stride[k] - 1) / w->stride[k],
              total = (out - 1) * w->stride[k] + (w->kernel[k] - 1) * w->dilation[k] + 1 - w->in[k];
        if (total < 0) total = 0;
        w->before[k] = upper ? total / 2 : total - total / 2;
        w->after[k] = total - w->before[k];
    }
}

/* Entries of a kernel; larger ones are refused before anything runs over them. */
#define MOST_PLACES (1 << 26)

static qd_status check_kernel(const qd_onnx__window *w, const qd_onnx__node *n)
{
    double places = 1;
    for (int k = 0; k < w->axes; k++) places *= (double) w->kernel[k];
    return places <= MOST_PLACES ? QD_OK : qd_onnx__fail(n, "its window has %.3g entries, expected at most 2^26", places);
}

static qd_status output_shape(qd_onnx__window *w, const qd_onnx__node *n)
{
    bool ceil = qd_onnx__int(n, "ceil_mode", 0) != 0;
    for (int k = 0; k < w->axes; k++) {
        slong room = w->in[k] + w->before[k] + w->after[k] - (w->kernel[k] - 1) * w->dilation[k] - 1;
        if (room < 0) return qd_onnx__fail(n, "its window is larger than its input on axis %d", k + 2);
        w->out[k] = (room + (ceil ? w->stride[k] - 1 : 0)) / w->stride[k] + 1;
        if (ceil && (w->out[k] - 1) * w->stride[k] >= w->in[k] + w->before[k]) w->out[k]--; /* a window must begin inside */
    }
    return QD_OK;
}

qd_status qd_onnx__window_read(qd_onnx__window *w, const qd_onnx__node *n, const slong *kernel)
{
    const qd_onnx__tensor *t = n->in[0];
    slong pads[2 * QD_ONNX_MAX_DIM];
    qd_status st;
    if (t->ndim < 3) return qd_onnx__fail(n, "its input has %d dimensions, expected batch, channels and at least one more", t->ndim);
    w->axes = t->ndim - 2;
    memcpy(w->in, t->shape + 2, sizeof *w->in * (size_t) w->axes);
    if (kernel != NULL) memcpy(w->kernel, kernel, sizeof *kernel * (size_t) w->axes);
    else if ((st = window_list(w->kernel, w->axes, n, "kernel_shape", 1)) != QD_OK) return st;
    if ((st = check_kernel(w, n)) != QD_OK) return st;
    if ((st = window_list(w->stride, w->axes, n, "strides", 1)) != QD_OK) return st;
    if ((st = window_list(w->dilation, w->axes, n, "dilations", 1)) != QD_OK) return st;
    if ((st = window_list(pads, 2 * w->axes, n, "pads", 0)) != QD_OK) return st;
    memcpy(w->before, pads, sizeof *pads * (size_t) w->axes);
    memcpy(w->after, pads + w->axes, sizeof *pads * (size_t) w->axes);
    if (!qd_onnx__text_is(n, "auto_pad", "NOTSET") && !qd_onnx__text_is(n, "auto_pad", "VALID")) { /* it is there */
        bool upper = qd_onnx__text_is(n, "auto_pad", "SAME_UPPER");
        if (!upper && !qd_onnx__text_is(n, "auto_pad", "SAME_LOWER")) return qd_onnx__fail(n, "found an unknown auto_pad");
        pad_same(w, upper);
    }
    return output_shape(w, n);
}

bool qd_onnx__window_source(slong *at, bool *padded, const qd_onnx__window *w, const slong *out, const slong *offset)
{
    bool inside = true;
    *at = 0;
    *padded = true;
    for (int k = 0; k < w->axes; k++) {
        slong i = out[k] * w->stride[k] - w->before[k] + offset[k] * w->dilation[k];
        inside = inside && i >= 0 && i < w->in[k];
        *padded = *padded && i >= -w->before[k] && i < w->in[k] + w->after[k];
        *at = *at * w->in[k] + i;
    }
    return inside;
}

slong qd_onnx__window_count(const slong *v, int axes)
{
    slong count = 1;
    for (int k = 0; k < axes; k++) count *= v[k];
    return count;
}

qd_status qd_onnx__window_shape(qd_onnx__node *n, const qd_onnx__window *w, slong channels, bool constant)
{
    slong shape[QD_ONNX_MAX_DIM] = {n->in[0]->shape[0], channels};
    memcpy(shape + 2, w->out, sizeof *shape * (size_t) w->axes);
    return qd_onnx__shape(n, 0, w->axes + 2, shape, constant, false);
}

/* ---- convolution ---------------------------------------------------------------------------- */

typedef struct {
    qd_onnx__window w;
    slong groups, channels, group_in, group_out, size, kernel; /* of all; of a group, in and out; entries of a channel and of a kernel */
} conv_plan;

static qd_status conv_read(conv_plan *p, const qd_onnx__node *n)
{
    const qd_onnx__tensor *t = n->in[0], *weight = n->in[1];
    qd_status st = qd_onnx__need_constant(n, 1, "expected constant weights");
    if (st == QD_OK) st = qd_onnx__need_constant(n, 2, "expected constant biases");
    if (st != QD_OK) return st;
    if (weight->ndim != t->ndim) return qd_onnx__fail(n, "its weights have %d dimensions, its input %d", weight->ndim, t->ndim);
    if ((st = qd_onnx__window_read(&p->w, n, weight->shape + 2)) != QD_OK) return st;
    p->groups = qd_onnx__int(n, "group", 1);
    p->channels = weight->shape[0];
    if (p->groups < 1 || p->channels % p->groups != 0 || weight->shape[1] * p->groups != t->shape[1])
        return qd_onnx__fail(n, "found weights for %ld channels in each of %ld groups, its input has %ld channels", (long) weight->shape[1],
                             (long) p->groups, (long) t->shape[1]);
    p->group_in = weight->shape[1];
    p->group_out = p->channels / p->groups;
    p->size = qd_onnx__window_count(p->w.in, p->w.axes);
    p->kernel = qd_onnx__window_count(p->w.kernel, p->w.axes);
    if (n->nin > 2 && n->in[2] != NULL && n->in[2]->count != p->channels)
        return qd_onnx__fail(n, "it has %ld biases for %ld channels", (long) n->in[2]->count, (long) p->channels);
    return QD_OK;
}

/* Adds the products of one window to the run's sum: batch entry b, output channel c. */
static void conv_window(qd_onnx__run *run, const conv_plan *p, const qd_onnx__tensor *t, const qd_onnx__tensor *weight, slong b, slong c,
                        const slong *out)
{
    slong offset[QD_ONNX_MAX_DIM] = {0}, k = 0;
    do {
        slong at;
        bool padded;
        if (qd_onnx__window_source(&at, &padded, &p->w, out, offset))
            for (slong q = 0; q < p->group_in; q++) {
                slong channel = c / p->group_out * p->group_in + q;
                qd_onnx__sum_add(&run->sum, weight->value + (c * p->group_in + q) * p->kernel + k,
                                 t->form[(b * t->shape[1] + channel) * p->size + at]);
            }
        k++;
    } while (qd_onnx__next(offset, p->w.axes, p->w.kernel));
}

static qd_status conv(qd_onnx__node *n)
{
    conv_plan p;
    qd_status st = conv_read(&p, n);
    if (st != QD_OK) return st;
    if (n->in[0]->form == NULL) return qd_onnx__fail(n, "its input is constant");
    qd_onnx__settle(n->run, n->in[0]);
    if ((st = qd_onnx__window_shape(n, &p.w, p.channels, false)) != QD_OK) return st;
    slong to = 0;
    for (slong bc = 0; bc < n->in[0]->shape[0] * p.channels; bc++) {
        slong out[QD_ONNX_MAX_DIM] = {0}, c = bc % p.channels;
        if (n->out->count == 0) break;
        do {
            conv_window(n->run, &p, n->in[0], n->in[1], bc / p.channels, c, out);
            if (n->nin > 2 && n->in[2] != NULL) fmpq_add(n->run->sum.c, n->run->sum.c, n->in[2]->value + c);
            qd_onnx__tensor_form(n->out, to++, qd_onnx__sum_take(&n->run->sum));
        } while (qd_onnx__next(out, p.w.axes, p.w.out));
    }
    return QD_OK;
}

/* ---- averages ------------------------------------------------------------------------------- */

static qd_onnx_form *average_window(qd_onnx__run *run, const qd_onnx__window *w, const qd_onnx__tensor *t, slong base, const slong *out,
                                    bool with_pads)
{
    slong offset[QD_ONNX_MAX_DIM] = {0}, count = 0;
    fmpq_t one;
    fmpq_init(one);
    fmpq_one(one);
    for (int pass = 0; pass < 2; pass++) { /* first how many, then their sum */
        if (pass == 1) fmpq_set_si(one, 1, count > 0 ? (ulong) count : 1);
        do {
            slong at;
            bool padded, inside = qd_onnx__window_source(&at, &padded, w, out, offset);
            if (pass == 0) count += inside || (with_pads && padded);
            else if (inside) qd_onnx__sum_add(&run->sum, one, t->form[base + at]);
        } while (qd_onnx__next(offset, w->axes, w->kernel));
    }
    fmpq_clear(one);
    return qd_onnx__sum_take(&run->sum);
}

static qd_status average(qd_onnx__node *n, const slong *kernel)
{
    qd_onnx__window w;
    const qd_onnx__tensor *t = n->in[0];
    if (t->form == NULL) return qd_onnx__fail(n, "its input is constant");
    qd_status st = qd_onnx__window_read(&w, n, kernel);
    if (st == QD_OK) st = qd_onnx__window_shape(n, &w, t->shape[1], false);
    if (st != QD_OK || n->out->count == 0) return st;
    bool with_pads = qd_onnx__int(n, "count_include_pad", 0) != 0;
    slong size = qd_onnx__window_count(w.in, w.axes), to = 0;
    for (slong c = 0; c < t->shape[0] * t->shape[1]; c++) {
        slong out[QD_ONNX_MAX_DIM] = {0};
        do qd_onnx__tensor_form(n->out, to++, average_window(n->run, &w, t, c * size, out, with_pads));
        while (qd_onnx__next(out, w.axes, w.out));
    }
    return QD_OK;
}

static qd_status average_pool(qd_onnx__node *n)
{
    return average(n, NULL);
}

static qd_status global_average_pool(qd_onnx__node *n)
{
    return average(n, n->in[0]->shape + 2); /* how many there are is checked with the window */
}

const qd_onnx__op qd_onnx__window_ops[] = {
    {"Conv", conv, 2, 3},
    {"AveragePool", average_pool, 1, 1},
    {"GlobalAveragePool", global_average_pool, 1, 1},
    {NULL, NULL, 0, 0},
};
