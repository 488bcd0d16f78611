/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model is: layers, their shapes and parameters. */
#include "train/impl.h"

#include <stdlib.h>
#include <string.h>

void qd_spec_init(qd_spec_t spec)
{
    memset(spec, 0, sizeof *spec);
}

void qd_spec_clear(qd_spec_t spec)
{
    free(spec->unit);
    qd_spec_init(spec);
}

void qd_spec_set(qd_spec_t a, const qd_spec_t b)
{
    qd_spec_struct old = *a;
    *a = *b;
    size_t bytes = (size_t) b->nunits * sizeof *b->unit;
    a->unit = qd_malloc(bytes + 1);
    memcpy(a->unit, b->unit, bytes);
    free(old.unit);
}

qd_unit *qd_train__add_unit(qd_spec_t spec, qd_unit_type type, qd_kind kind, qd_activation act, int64_t out)
{
    spec->unit = qd_realloc(spec->unit, (size_t) (spec->nunits + 1) * sizeof *spec->unit);
    qd_unit *unit = spec->unit + spec->nunits++;
    *unit = (qd_unit){.type = type, .neuron = qd_neuron_make(kind, act), .out = out, .shortcut = -1};
    return unit;
}

void qd_spec_dense(qd_spec_t spec, const int64_t *widths, int64_t depth, qd_neuron neuron)
{
    qd_spec_clear(spec);
    spec->channels = widths[0];
    spec->height = spec->width = 1;
    for (int64_t l = 1; l <= depth; l++) {
        qd_unit *unit = qd_train__add_unit(spec, QD_UNIT_DENSE, QD_LINEAR, QD_IDENTITY, widths[l]);
        if (l < depth) unit->neuron = neuron;
    }
}

/* ---- shapes and parameters ---------------------------------------------------------------- */

static int64_t conv_length(int64_t in, const qd_unit *unit)
{
    return (in + 2 * unit->pad - unit->size) / unit->stride + 1;
}

qd_train__shape qd_train__unit_input(const qd_spec_t spec, int64_t u)
{
    qd_train__shape s = {spec->channels, spec->height, spec->width};
    for (int64_t i = 0; i < u; i++) {
        const qd_unit *unit = spec->unit + i;
        if (unit->type == QD_UNIT_CONV) s = (qd_train__shape){unit->out, conv_length(s.height, unit), conv_length(s.width, unit)};
        else s = (qd_train__shape){unit->out, 1, 1};
    }
    /* a dense layer reads the means over positions of a convolution, and all numbers of the input */
    if (u < spec->nunits && spec->unit[u].type == QD_UNIT_DENSE) {
        if (u > 0) s.height = s.width = 1;
        else s = (qd_train__shape){s.channels * s.height * s.width, 1, 1};
    }
    return s;
}

/* The parts of a kind learn at rates of their own. */
static qd_group group_of(qd_kind kind, qd_role role)
{
    static const qd_group group[] = {[QD_PART_R] = QD_GROUP_R, [QD_PART_G] = QD_GROUP_G, [QD_PART_B] = QD_GROUP_B};
    return group[qd_kind_part(kind, role)];
}

static void add_tensor(qd_tensor *t, const char *key, qd_group group, double origin, int64_t count)
{
    memset(t, 0, sizeof *t);
    strcpy(t->name, key);
    t->group = group;
    t->origin = origin;
    t->bias = true;
    t->ndim = 1;
    t->shape[0] = t->count = count;
}

static void make_matrix(qd_tensor *t, const qd_unit *unit, int64_t inputs)
{
    t->bias = false;
    t->shape[1] = inputs;
    if (unit->type == QD_UNIT_DENSE) {
        t->ndim = 2;
        t->count *= inputs;
        return;
    }
    t->ndim = 4;
    t->shape[2] = t->shape[3] = unit->size;
    t->count *= inputs * unit->size * unit->size;
}

static bool has_bias(const qd_unit *unit, const char *key)
{
    return unit->type == QD_UNIT_DENSE || unit->biases > 0 || key[0] == 'w';
}

int qd_train__unit_tensors(qd_tensor *tensor, const qd_unit *unit, qd_train__shape in)
{
    const qd_kind_info *info = qd_kind_get(unit->neuron.kind);
    bool conv = unit->type == QD_UNIT_CONV;
    int n = 0;
    for (int k = 0; k < info->nparams; k++) {
        const char *key = info->param[k].key;
        if (!has_bias(unit, key)) continue;
        qd_tensor *t = tensor + n++;
        add_tensor(t, key, group_of(unit->neuron.kind, info->param[k].role), qd_role_origin(info->param[k].role), unit->out);
        t->role = info->param[k].role;
        if (info->param[k].shape != QD_VECTOR) make_matrix(t, unit, qd_shape_length(info->param[k].shape, in.channels));
    }
    if (conv && unit->neuron.kind == QD_COMPACT && unit->biases == 2) add_tensor(tensor + n++, "c", QD_GROUP_B, 0, unit->out);
    for (int i = 0; i < n; i++) {
        int64_t positions = conv ? unit->size * unit->size : 1;
        tensor[i].fan_in = in.channels * positions;
        tensor[i].fan_out = unit->out * positions;
        if (!tensor[i].bias && !conv) tensor[i].fan_in = tensor[i].shape[1];
    }
    if (conv && unit->norm) {
        add_tensor(tensor + n++, "scale", QD_GROUP_NORM, 1, unit->out);
        add_tensor(tensor + n++, "shift", QD_GROUP_NORM, 0, unit->out);
    }
    if (conv && unit->gate) add_tensor(tensor + n++, "gate", QD_GROUP_GATE, 0, 1);
    return n;
}

int64_t qd_spec_nparams(const qd_spec_t spec)
{
    qd_tensor tensor[QD_TRAIN__MAX_TENSORS];
    int64_t sum = 0;
    for (int64_t u = 0; u < spec->nunits; u++) {
        int n = qd_train__unit_tensors(tensor, spec->unit + u, qd_train__unit_input(spec, u));
        for (int i = 0; i < n; i++) sum += tensor[i].count;
    }
    return sum;
}

/* ---- checks ------------------------------------------------------------------------------- */

static qd_status check_shortcut(const qd_spec_t spec, int64_t u, qd_ctx_t ctx)
{
    const qd_unit *unit = spec->unit + u;
    if (unit->shortcut < -1 || unit->shortcut > u)
        return qd_fail(ctx, QD_EINPUT, "layer %ld: a shortcut from layer %ld; expected an earlier layer, or itself", (long) u,
                       (long) unit->shortcut);
    if (unit->shortcut < 0) return QD_OK;
    qd_train__shape from = qd_train__unit_input(spec, unit->shortcut), in = qd_train__unit_input(spec, u);
    int64_t h = conv_length(in.height, unit), w = conv_length(in.width, unit);
    int64_t stride = (from.height + h - 1) / h;
    if (from.channels > unit->out || (unit->out - from.channels) % 2 || (from.height + stride - 1) / stride != h ||
        (from.width + stride - 1) / stride != w)
        return qd_fail(
            ctx, QD_EINPUT,
            "layer %ld: a shortcut from %ld x %ld x %ld to %ld x %ld x %ld; expected the same shape, or more channels at every k-th position",
            (long) u, (long) from.channels, (long) from.height, (long) from.width, (long) unit->out, (long) h, (long) w);
    return QD_OK;
}

static qd_status check_conv(const qd_spec_t spec, int64_t u, qd_ctx_t ctx)
{
    const qd_unit *unit = spec->unit + u;
    long l = (long) u;
    qd_train__shape in = qd_train__unit_input(spec, u);
    if (u > 0 && unit[-1].type == QD_UNIT_DENSE)
        return qd_fail(ctx, QD_EINPUT, "layer %ld: a convolution after a dense layer; expected convolutions first", l);
    if (unit->neuron.kind != QD_LINEAR && unit->neuron.kind != QD_QUADRATIC && unit->neuron.kind != QD_COMPACT)
        return qd_fail(ctx, QD_EINPUT, "layer %ld: kind '%s' in a convolution; expected linear, quadratic or compact", l,
                       qd_kind_get(unit->neuron.kind)->name);
    if (unit->size < 1 || unit->size % 2 == 0 || unit->stride < 1 || unit->pad < 0 || unit->pad >= unit->size)
        return qd_fail(ctx, QD_EINPUT, "layer %ld: size %ld, stride %ld, pad %ld; expected an odd size, stride >= 1 and 0 <= pad < size", l,
                       (long) unit->size, (long) unit->stride, (long) unit->pad);
    if (in.height + 2 * unit->pad < unit->size || in.width + 2 * unit->pad < unit->size)
        return qd_fail(ctx, QD_EINPUT,
                       "layer %ld: a %ld x %ld filter on a %ld x %ld picture with padding %ld; expected a picture that holds the filter", l,
                       (long) unit->size, (long) unit->size, (long) in.height, (long) in.width, (long) unit->pad);
    int64_t most = unit->neuron.kind == QD_LINEAR ? 1 : unit->neuron.kind == QD_QUADRATIC ? 3 : 2;
    if (unit->biases < 0 || unit->biases > most || (unit->neuron.kind == QD_QUADRATIC && unit->biases != 0 && unit->biases != 3))
        return qd_fail(ctx, QD_EINPUT, "layer %ld: %ld biases a filter; expected %s", l, (long) unit->biases,
                       most == 1   ? "0 or 1"
                       : most == 3 ? "0 or 3"
                                   : "0, 1 or 2");
    return check_shortcut(spec, u, ctx);
}

/* Numbers of a layer's output and of its parameters stay below this, so that products of sizes cannot overflow. */
#define LARGEST ((int64_t) 1 << 31)

qd_status qd_spec_check(const qd_spec_t spec, qd_ctx_t ctx)
{
    if (spec->nunits < 1 || spec->unit[spec->nunits - 1].type != QD_UNIT_DENSE)
        return qd_fail(ctx, QD_EINPUT, "a network without a dense last layer; expected one");
    if (spec->channels < 1 || spec->height < 1 || spec->width < 1 || spec->channels >= LARGEST / spec->height / spec->width)
        return qd_fail(ctx, QD_EINPUT, "an input of %ld x %ld x %ld; expected 1 to 2^31 numbers", (long) spec->channels,
                       (long) spec->height, (long) spec->width);
    for (int64_t u = 0; u < spec->nunits; u++) {
        const qd_unit *unit = spec->unit + u;
        if (unit->out < 1 || unit->out >= LARGEST)
            return qd_fail(ctx, QD_EINPUT, "layer %ld: %ld neurons; expected 1 to 2^31", (long) u, (long) unit->out);
        if (unit->type == QD_UNIT_CONV) {
            qd_status st = check_conv(spec, u, ctx);
            if (st != QD_OK) return st;
        }
        qd_train__shape in = qd_train__unit_input(spec, u);
        qd_train__shape out = qd_train__unit_input(spec, u + 1);
        int64_t positions = unit->type == QD_UNIT_CONV ? unit->size * unit->size : 1;
        int64_t inputs =
            qd_kind_find(unit->neuron.kind, QD_ROLE_T) >= 0 ? qd_shape_length(QD_TRIANGLE, in.channels) : in.channels * positions;
        if (inputs >= LARGEST / unit->out || out.height * out.width >= LARGEST / unit->out)
            return qd_fail(ctx, QD_EINPUT, "layer %ld: %ld inputs and %ld neurons; expected at most 2^31 weights and outputs", (long) u,
                           (long) in.channels, (long) unit->out);
    }
    return QD_OK;
}
