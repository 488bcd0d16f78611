/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a graph switches. Relu, LeakyRelu, PRelu and Abs are one unit an entry. Clip(x, a, b) = a + relu(x - a) - relu(x - b): its units switch
   where it does. max(x, y) = y + relu(x - y), and larger maxima are taken in pairs, pairs of pairs and so on: their units also switch where
   two entries tie below a third, which makes regions more than pieces; the pieces are those of the function. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

/* act(z), at once where nothing is computed. A constant entry of a computed tensor is a unit all the same. */
static void activate(fmpq_t y, qd_activation act, const fmpq_t slope, const fmpq_t z)
{
    if (fmpq_sgn(z) >= 0) fmpq_set(y, z);
    else if (act == QD_ABS) fmpq_neg(y, z);
    else if (act == QD_LEAKY_RELU) fmpq_mul(y, z, slope);
    else fmpq_zero(y);
}

/* Every entry of input 0 through one unit. The tensor itself becomes variables where others use it too, on the level of the units. */
static qd_status each(qd_onnx__node *n, qd_activation act, const fmpq_t slope)
{
    qd_onnx__tensor *t = n->in[0];
    slong level = qd_onnx__level(t);
    qd_status st = qd_onnx__shape(n, 0, t->ndim, t->shape, t->form == NULL, t->integer);
    for (slong i = 0; i < t->count && st == QD_OK; i++) {
        if (t->form != NULL) qd_onnx__tensor_form(n->out, i, qd_onnx__unit(n->run, act, 1, slope, t->form[i], level));
        else activate(n->out->value + i, act, slope, t->value + i);
    }
    if (st == QD_OK && t->uses > 0) qd_onnx__settle(n->run, t);
    return st;
}

static qd_status relu(qd_onnx__node *n)
{
    return each(n, QD_RELU, NULL);
}

static qd_status absolute(qd_onnx__node *n)
{
    return each(n, QD_ABS, NULL);
}

static qd_status leaky_relu(qd_onnx__node *n)
{
    fmpq_t slope;
    double alpha = qd_onnx__float(n, "alpha", 0.01f);
    if (!isfinite(alpha)) return qd_onnx__fail(n, "its slope is not finite");
    fmpq_init(slope);
    qd_rat_set_double(slope, alpha);
    qd_status st = each(n, QD_LEAKY_RELU, slope);
    fmpq_clear(slope);
    return st;
}

/* One slope for all, or one a channel: they broadcast. A slope 0 is relu; a slope 1 is a unit that switches, as any other. */
static qd_status prelu(qd_onnx__node *n)
{
    const qd_onnx__tensor *t = n->in[0], *slope = n->in[1], *both[2] = {t, slope};
    slong shape[QD_ONNX_MAX_DIM], index[QD_ONNX_MAX_DIM] = {0}, i = 0, level = qd_onnx__level(t);
    int ndim;
    qd_status st = qd_onnx__need_constant(n, 1, "expected constant slopes");
    if (st != QD_OK) return st;
    if (!qd_onnx__broadcast(&ndim, shape, both, 2) || ndim != t->ndim || memcmp(shape, t->shape, sizeof *shape * (size_t) ndim) != 0)
        return qd_onnx__fail(n, "the shape of its slopes does not fit its input");
    if (t->form == NULL) return qd_onnx__fail(n, "its input is constant");
    if ((st = qd_onnx__shape(n, 0, ndim, shape, false, false)) != QD_OK) return st;
    do {
        const fmpq *c = slope->value + qd_onnx__broadcast_index(slope, ndim, index);
        qd_activation act = fmpq_is_zero(c) ? QD_RELU : QD_LEAKY_RELU;
        qd_onnx__tensor_form(n->out, i, qd_onnx__unit(n->run, act, 1, act == QD_RELU ? NULL : c, t->form[i], level));
        i++;
    } while (qd_onnx__next(index, ndim, shape));
    if (n->in[0]->uses > 0) qd_onnx__settle(n->run, n->in[0]);
    return QD_OK;
}

/* ---- clip, max, min ------------------------------------------------------------------------- */

/* relu(f - g) */
static qd_onnx_form *relu_of_difference(qd_onnx__run *run, const qd_onnx_form *f, const qd_onnx_form *g, slong level)
{
    qd_onnx_form *z = qd_onnx__combine(run, 1, f, -1, g, 0, NULL), *u = NULL;
    if (!qd_onnx__form_constant(z)) u = qd_onnx__unit(run, QD_RELU, 1, NULL, z, level > z->level ? level : z->level);
    else {
        u = qd_onnx__form_new();
        if (fmpq_sgn(z->c) > 0) fmpq_set(u->c, z->c);
    }
    qd_onnx_form_unref(z);
    return u;
}

static void clip_value(fmpq_t y, const fmpq_t x, const fmpq *lo, const fmpq *hi)
{
    fmpq_set(y, x);
    if (lo != NULL && fmpq_cmp(y, lo) < 0) fmpq_set(y, lo);
    if (hi != NULL && fmpq_cmp(y, hi) > 0) fmpq_set(y, hi);
}

static qd_onnx_form *clip_form(qd_onnx__run *run, const qd_onnx_form *f, const fmpq *lo, const fmpq *hi, slong level)
{
    qd_onnx_form *bound[2] = {qd_onnx__form_new(), qd_onnx__form_new()}, *up = NULL, *down = NULL, *y;
    if (lo != NULL) {
        fmpq_set(bound[0]->c, lo);
        up = relu_of_difference(run, f, bound[0], level);
    }
    if (hi != NULL) {
        fmpq_set(bound[1]->c, hi);
        down = relu_of_difference(run, f, bound[1], level);
    }
    y = lo != NULL ? qd_onnx__combine(run, 1, bound[0], 1, up, -1, down) : qd_onnx__combine(run, 1, f, -1, down, 0, NULL);
    for (int k = 0; k < 2; k++) qd_onnx_form_unref(bound[k]);
    qd_onnx_form_unref(up);
    qd_onnx_form_unref(down);
    return y;
}

/* Beyond all floats, or the last of them. */
static bool is_endless(double d)
{
    return fabs(d) >= 0x1.fffffep127;
}

/* Bounds are inputs, before opset 11 attributes; NULL: not there. A bound beyond all floats of its type is none. */
static qd_status clip_bound(const fmpq **bound, fmpq_t own, const qd_onnx__node *n, int input, const char *key)
{
    *bound = NULL;
    qd_status st = qd_onnx__need_constant(n, input, "expected constant bounds");
    if (st != QD_OK) return st;
    if (input < n->nin && n->in[input] != NULL) {
        if (n->in[input]->count != 1) return qd_onnx__fail(n, "found %ld bounds, expected one", (long) n->in[input]->count);
        if (!is_endless(fmpq_get_d(n->in[input]->value))) *bound = n->in[input]->value;
    } else if (qd_onnx__attribute(n, key) != NULL) {
        double d = qd_onnx__float(n, key, 0);
        if (isnan(d)) return qd_onnx__fail(n, "a bound is NaN");
        if (is_endless(d)) return QD_OK;
        qd_rat_set_double(own, d);
        *bound = own;
    }
    return QD_OK;
}

static qd_status clip(qd_onnx__node *n)
{
    qd_onnx__tensor *t = n->in[0];
    const fmpq *lo, *hi;
    fmpq_t own[2];
    slong level = qd_onnx__level(t);
    for (int k = 0; k < 2; k++) fmpq_init(own[k]);
    qd_status st = clip_bound(&lo, own[0], n, 1, "min");
    if (st == QD_OK) st = clip_bound(&hi, own[1], n, 2, "max");
    if (st == QD_OK && lo != NULL && hi != NULL && fmpq_cmp(lo, hi) > 0) st = qd_onnx__fail(n, "its lower bound is above its upper one");
    if (st == QD_OK) st = qd_onnx__shape(n, 0, t->ndim, t->shape, t->form == NULL, t->integer);
    for (slong i = 0; st == QD_OK && i < t->count; i++) {
        if (t->form == NULL) clip_value(n->out->value + i, t->value + i, lo, hi);
        else if (lo == NULL && hi == NULL) qd_onnx__tensor_form(n->out, i, qd_onnx__form_ref(t->form[i]));
        else qd_onnx__tensor_form(n->out, i, clip_form(n->run, t->form[i], lo, hi, level));
    }
    for (int k = 0; k < 2; k++) fmpq_clear(own[k]);
    return st;
}

/* max(f, g) = g + relu(f - g), min(f, g) = f - relu(f - g) */
static qd_onnx_form *extreme(qd_onnx__run *run, const qd_onnx_form *f, const qd_onnx_form *g, bool max)
{
    qd_onnx_form *u = relu_of_difference(run, f, g, 0),
                 *y = max ? qd_onnx__combine(run, 1, g, 1, u, 0, NULL) : qd_onnx__combine(run, 1, f, -1, u, 0, NULL);
    qd_onnx_form_unref(u);
    return y;
}

/* The extreme of n forms, in pairs; their references are given back. */
static qd_onnx_form *tournament(qd_onnx__run *run, qd_onnx_form **f, slong n, bool max)
{
    for (; n > 1; n = (n + 1) / 2)
        for (slong k = 0; k < n / 2 + n % 2; k++) {
            if (2 * k + 1 == n) {
                f[k] = f[2 * k];
                continue;
            }
            qd_onnx_form *y = extreme(run, f[2 * k], f[2 * k + 1], max);
            qd_onnx_form_unref(f[2 * k]);
            qd_onnx_form_unref(f[2 * k + 1]);
            f[k] = y;
        }
    return f[0];
}

static qd_status extremes(qd_onnx__node *n, bool max)
{
    const qd_onnx__tensor *const *in = (const qd_onnx__tensor *const *) n->in;
    slong shape[QD_ONNX_MAX_DIM], index[QD_ONNX_MAX_DIM] = {0}, to = 0;
    bool constant = true, integer = true;
    int ndim;
    if (!qd_onnx__broadcast(&ndim, shape, in, n->nin)) return qd_onnx__fail(n, "the shapes of its inputs do not fit");
    for (int k = 0; k < n->nin; k++) {
        constant = constant && in[k]->form == NULL;
        integer = integer && in[k]->integer;
        qd_onnx__settle(n->run, n->in[k]); /* each is used twice */
    }
    qd_status st = qd_onnx__shape(n, 0, ndim, shape, constant, integer);
    if (st != QD_OK || n->out->count == 0) return st;
    qd_onnx_form **f = qd_malloc(sizeof *f * (size_t) n->nin);
    do {
        for (int k = 0; k < n->nin; k++) f[k] = qd_onnx__tensor_entry(in[k], qd_onnx__broadcast_index(in[k], ndim, index));
        qd_onnx_form *y = tournament(n->run, f, n->nin, max);
        if (constant) {
            fmpq_set(n->out->value + to, y->c);
            qd_onnx_form_unref(y);
        } else qd_onnx__tensor_form(n->out, to, y);
        to++;
    } while (qd_onnx__next(index, ndim, shape));
    free(f);
    return QD_OK;
}

static qd_status maximum(qd_onnx__node *n)
{
    return extremes(n, true);
}

static qd_status minimum(qd_onnx__node *n)
{
    return extremes(n, false);
}

static qd_onnx_form *max_window(qd_onnx__run *run, const qd_onnx__window *w, const qd_onnx__tensor *t, slong base, const slong *out,
                                qd_onnx_form **room)
{
    slong offset[QD_ONNX_MAX_DIM] = {0}, count = 0;
    do {
        slong at;
        bool padded;
        if (qd_onnx__window_source(&at, &padded, w, out, offset)) room[count++] = qd_onnx__form_ref(t->form[base + at]);
    } while (qd_onnx__next(offset, w->axes, w->kernel));
    return count > 0 ? tournament(run, room, count, true) : NULL;
}

static qd_status max_pool(qd_onnx__node *n)
{
    qd_onnx__window w;
    qd_onnx__tensor *t = n->in[0];
    if (t->form == NULL) return qd_onnx__fail(n, "its input is constant");
    if (n->nout > 1) return qd_onnx__fail(n, "it has a second output, the places of the maxima, which is not continuous");
    qd_status st = qd_onnx__window_read(&w, n, NULL);
    if (st == QD_OK) st = qd_onnx__window_shape(n, &w, t->shape[1], false);
    if (st != QD_OK || n->out->count == 0) return st;
    qd_onnx__settle(n->run, t);
    slong size = qd_onnx__window_count(w.in, w.axes), to = 0;
    qd_onnx_form **room = qd_malloc(sizeof *room * (size_t) qd_onnx__window_count(w.kernel, w.axes));
    for (slong c = 0; c < t->shape[0] * t->shape[1] && st == QD_OK; c++) {
        slong out[QD_ONNX_MAX_DIM] = {0};
        do {
            qd_onnx_form *y = max_window(n->run, &w, t, c * size, out, room);
            if (y == NULL) st = qd_onnx__fail(n, "a window lies in the padding only");
            else qd_onnx__tensor_form(n->out, to++, y);
        } while (st == QD_OK && qd_onnx__next(out, w.axes, w.out));
    }
    free(room);
    return st;
}

const qd_onnx__op qd_onnx__switch_ops[] = {
    {"Relu", relu, 1, 1}, {"LeakyRelu", leaky_relu, 1, 1}, {"PRelu", prelu, 2, 2},       {"Abs", absolute, 1, 1},
    {"Clip", clip, 1, 3}, {"Max", maximum, 1, 1 << 20},    {"Min", minimum, 1, 1 << 20}, {"MaxPool", max_pool, 1, 1},
    {NULL, NULL, 0, 0},
};
