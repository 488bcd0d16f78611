/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Constants: the tensors of the message as the numbers that they are, and the nodes that make constants. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

bool qd_onnx__is_float(int type)
{
    return type == QD_ONNX_FLOAT32 || type == QD_ONNX_FLOAT16 || type == QD_ONNX_FLOAT64 || type == QD_ONNX_BFLOAT16;
}

/* Bytes of an entry in raw data; 0: a type that is not read. */
static size_t entry_size(int type)
{
    switch (type) {
    case QD_ONNX_FLOAT64:
    case QD_ONNX_INT64:
        return 8;
    case QD_ONNX_FLOAT32:
    case QD_ONNX_INT32:
        return 4;
    case QD_ONNX_FLOAT16:
    case QD_ONNX_BFLOAT16:
        return 2;
    case QD_ONNX_BOOL:
        return 1;
    default:
        return 0;
    }
}

/* Entry i, float or integer. */
static double float_entry(const Qdpb__Tensor *m, slong i)
{
    const uint8_t *raw = m->raw.data;
    float f;
    double d;
    uint16_t h;
    if (m->type == QD_ONNX_FLOAT64) return m->has_raw ? memcpy(&d, raw + 8 * i, sizeof d), d : m->doubles[i];
    if (m->type == QD_ONNX_FLOAT32) return m->has_raw ? memcpy(&f, raw + 4 * i, sizeof f), f : m->floats[i];
    if (m->has_raw) memcpy(&h, raw + 2 * i, sizeof h);
    else h = (uint16_t) m->ints[i];
    return m->type == QD_ONNX_FLOAT16 ? qd_half_get(h) : qd_bfloat_get(h);
}

static int64_t integer_entry(const Qdpb__Tensor *m, slong i)
{
    int64_t k;
    int32_t n;
    if (m->type == QD_ONNX_INT64) return m->has_raw ? memcpy(&k, m->raw.data + 8 * i, sizeof k), k : m->longs[i];
    if (m->type == QD_ONNX_INT32 && m->has_raw) return memcpy(&n, m->raw.data + 4 * i, sizeof n), n;
    return m->has_raw ? m->raw.data[i] != 0 : m->ints[i];
}

/* How many entries the message holds, of whatever shape. */
static size_t stored(const Qdpb__Tensor *m)
{
    if (m->has_raw) return m->raw.len / entry_size(m->type);
    if (m->type == QD_ONNX_FLOAT32) return m->n_floats;
    if (m->type == QD_ONNX_FLOAT64) return m->n_doubles;
    return m->type == QD_ONNX_INT64 ? m->n_longs : m->n_ints;
}

static qd_status external(const Qdpb__Tensor *m, const char *what, qd_ctx_t ctx)
{
    const char *file = "";
    for (size_t k = 0; k < m->n_external; k++)
        if (m->external[k]->key != NULL && m->external[k]->value != NULL && strcmp(m->external[k]->key, "location") == 0)
            file = m->external[k]->value;
    return qd_fail(ctx, QD_EINPUT,
                   "%s keeps its data in another file, '%.60s'; expected all in one: export with external_data=False, or "
                   "onnx.save(onnx.load('IN.onnx'), 'OUT.onnx') puts them together",
                   what, file);
}

/* Before there is memory for them: are there as many entries as the shape says? */
static qd_status check_size(int ndim, const slong *dims, const Qdpb__Tensor *m, const char *what, qd_ctx_t ctx)
{
    size_t size = entry_size(m->type), count = 1;
    bool many = false;
    for (int k = 0; k < ndim; k++) many = __builtin_mul_overflow(count, (size_t) dims[k], &count) || many;
    if (!many && stored(m) == count && (!m->has_raw || m->raw.len % size == 0)) return QD_OK;
    qd_buf_t shape;
    qd_buf_init(shape);
    qd_onnx__print_shape(shape, ndim, dims);
    if (m->has_raw)
        qd_fail(ctx, QD_EINPUT, "%s has %zu bytes, expected %zu for the shape %s", what, m->raw.len, many ? SIZE_MAX : size * count,
                qd_buf_str(shape));
    else
        qd_fail(ctx, QD_EINPUT, "%s has %zu entries, expected %zu for the shape %s", what, stored(m), many ? SIZE_MAX : count,
                qd_buf_str(shape));
    qd_buf_clear(shape);
    return QD_EINPUT;
}

static qd_status read_shape(slong *shape, const Qdpb__Tensor *m, const char *what, qd_ctx_t ctx)
{
    if (m->n_dims > QD_ONNX_MAX_DIM)
        return qd_fail(ctx, QD_EINPUT, "%s has %zu dimensions, expected at most %d", what, m->n_dims, QD_ONNX_MAX_DIM);
    for (size_t k = 0; k < m->n_dims; k++) {
        if (m->dims[k] < 0) return qd_fail(ctx, QD_EINPUT, "%s has a negative dimension, %ld", what, (long) m->dims[k]);
        shape[k] = m->dims[k];
    }
    return QD_OK;
}

qd_status qd_onnx__constant(qd_onnx__tensor *t, const Qdpb__Tensor *m, const char *what, qd_ctx_t ctx)
{
    slong shape[QD_ONNX_MAX_DIM];
    if (m->location == 1 || m->n_external > 0) return external(m, what, ctx);
    if (entry_size(m->type) == 0)
        return qd_fail(ctx, QD_EINPUT, "%s has entries of ONNX's type %d, expected floats of 16, 32 or 64 bits, int32, int64 or bool", what,
                       m->type);
    qd_status st = read_shape(shape, m, what, ctx);
    if (st == QD_OK) st = check_size((int) m->n_dims, shape, m, what, ctx);
    if (st != QD_OK) return st;
    if (!qd_onnx__tensor_init(t, (int) m->n_dims, shape, true, !qd_onnx__is_float(m->type)))
        return qd_fail(ctx, QD_EINPUT, "%s has more than 2^26 entries", what);
    for (slong i = 0; i < t->count; i++) {
        if (t->integer) {
            fmpq_set_si(t->value + i, integer_entry(m, i), 1);
            continue;
        }
        double x = float_entry(m, i);
        if (!isfinite(x))
            return qd_fail(ctx, QD_EINPUT, "entry %ld of %s, from 0, is %s, expected a finite number", (long) i, what,
                           isnan(x) ? "NaN" : "infinite");
        qd_rat_set_double(t->value + i, x);
    }
    return QD_OK;
}

/* ---- operators ------------------------------------------------------------------------------ */

static qd_status constant(qd_onnx__node *n)
{
    const Qdpb__Attribute *a = qd_onnx__attribute(n, "value");
    char what[128];
    if (a != NULL && a->t != NULL) {
        snprintf(what, sizeof what, "the constant of node %ld '%.60s'", (long) n->number, n->message->name != NULL ? n->message->name : "");
        return qd_onnx__constant(n->out, a->t, what, n->ctx);
    }
    bool ints = qd_onnx__attribute(n, "value_int") != NULL || (a = qd_onnx__attribute(n, "value_ints")) != NULL;
    if (a == NULL) a = qd_onnx__attribute(n, "value_floats");
    if (a == NULL && !ints && qd_onnx__attribute(n, "value_float") == NULL)
        return qd_onnx__fail(n, "found no number, expected a constant of numbers");
    slong length = a == NULL ? 1 : (slong) (ints ? a->n_ints : a->n_floats);
    qd_status st = qd_onnx__shape(n, 0, a != NULL, &length, true, ints);
    for (slong i = 0; i < length && st == QD_OK; i++) {
        double x = a != NULL && !ints ? a->floats[i] : qd_onnx__float(n, "value_float", 0);
        if (ints) fmpq_set_si(n->out->value + i, a != NULL ? a->ints[i] : qd_onnx__int(n, "value_int", 0), 1);
        else if (isfinite(x)) qd_rat_set_double(n->out->value + i, x);
        else return qd_onnx__fail(n, "its constant is %s, expected a finite number", isnan(x) ? "NaN" : "infinite");
    }
    return st;
}

static qd_status constant_of_shape(qd_onnx__node *n)
{
    const Qdpb__Attribute *a = qd_onnx__attribute(n, "value");
    qd_onnx__tensor one = {0};
    slong *shape, ndim;
    qd_status st = qd_onnx__ints(&shape, &ndim, n, NULL, 0);
    if (st == QD_OK && a != NULL && a->t != NULL) st = qd_onnx__constant(&one, a->t, "the value of a ConstantOfShape", n->ctx);
    if (st == QD_OK && one.there && one.count != 1) st = qd_onnx__fail(n, "its value has %ld entries, expected one", (long) one.count);
    if (st == QD_OK) st = qd_onnx__shape(n, 0, (int) ndim, shape, true, one.there && one.integer);
    for (slong i = 0; st == QD_OK && one.there && i < n->out->count; i++) fmpq_set(n->out->value + i, one.value);
    qd_onnx__tensor_clear(&one);
    free(shape);
    return st;
}

static qd_status shape(qd_onnx__node *n)
{
    slong ndim = n->in[0]->ndim, end[2] = {qd_onnx__int(n, "start", 0), qd_onnx__int(n, "end", ndim)};
    for (int k = 0; k < 2; k++) { /* from opset 15 on; negative ones count from the last axis */
        if (end[k] < 0) end[k] += ndim;
        end[k] = end[k] < 0 ? 0 : end[k] > ndim ? ndim : end[k];
    }
    slong length = end[1] > end[0] ? end[1] - end[0] : 0;
    qd_status st = qd_onnx__shape(n, 0, 1, &length, true, true);
    for (slong k = 0; k < length && st == QD_OK; k++) fmpq_set_si(n->out->value + k, n->in[0]->shape[end[0] + k], 1);
    return st;
}

/* Equal and Where as the exporter puts them around the shapes of Expand. */
static qd_status equal(qd_onnx__node *n)
{
    const qd_onnx__tensor *in[2] = {n->in[0], n->in[1]};
    slong shape[QD_ONNX_MAX_DIM], index[QD_ONNX_MAX_DIM] = {0}, i = 0;
    int ndim;
    qd_status st;
    for (int k = 0; k < 2; k++)
        if ((st = qd_onnx__need_constant(n, k, "compare constants only: a comparison of computed values is no continuous function")) !=
            QD_OK)
            return st;
    if (!qd_onnx__broadcast(&ndim, shape, in, 2)) return qd_onnx__fail(n, "the shapes of its inputs do not fit");
    if ((st = qd_onnx__shape(n, 0, ndim, shape, true, true)) != QD_OK || n->out->count == 0) return st;
    do
        fmpq_set_si(n->out->value + i++,
                    fmpq_equal(in[0]->value + qd_onnx__broadcast_index(in[0], ndim, index),
                               in[1]->value + qd_onnx__broadcast_index(in[1], ndim, index)),
                    1);
    while (qd_onnx__next(index, ndim, shape));
    return QD_OK;
}

static qd_status where(qd_onnx__node *n)
{
    const qd_onnx__tensor *in[3] = {n->in[0], n->in[1], n->in[2]};
    slong shape[QD_ONNX_MAX_DIM], index[QD_ONNX_MAX_DIM] = {0}, i = 0;
    int ndim;
    qd_status st = qd_onnx__need_constant(n, 0, "choose by a constant: a choice by computed values is no continuous function");
    if (st != QD_OK) return st;
    if (!qd_onnx__broadcast(&ndim, shape, in, 3)) return qd_onnx__fail(n, "the shapes of its inputs do not fit");
    bool constant = in[1]->form == NULL && in[2]->form == NULL;
    if ((st = qd_onnx__shape(n, 0, ndim, shape, constant, in[1]->integer)) != QD_OK || n->out->count == 0) return st;
    do {
        const qd_onnx__tensor *t = fmpq_is_zero(in[0]->value + qd_onnx__broadcast_index(in[0], ndim, index)) ? in[2] : in[1];
        slong from = qd_onnx__broadcast_index(t, ndim, index);
        if (constant) fmpq_set(n->out->value + i++, t->value + from);
        else qd_onnx__tensor_form(n->out, i++, qd_onnx__tensor_entry(t, from));
    } while (qd_onnx__next(index, ndim, shape));
    return QD_OK;
}

const qd_onnx__op qd_onnx__constant_ops[] = {
    {"Constant", constant, 0, 0}, {"ConstantOfShape", constant_of_shape, 1, 1},
    {"Shape", shape, 1, 1},       {"Equal", equal, 2, 2},
    {"Where", where, 3, 3},       {NULL, NULL, 0, 0},
};
