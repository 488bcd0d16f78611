/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Architectures as JSON text, for checkpoints, and layers of a configuration. */
#include "train/impl.h"

#include <string.h>

/* The number that is computed with, all digits: the exact side reads a decimal as what it says. */
static void computed_json(qd_json_t w, qd_ratio slope, qd_dtype dtype)
{
    qd_buf_t text;
    double x = qd_ratio_double(slope);
    qd_buf_init(text);
    qd_buf_printf(text, "%.800g", dtype == QD_F32 ? (double) (float) x : x);
    qd_json_raw(w, "slope", qd_buf_str(text));
    qd_buf_clear(text);
}

/* The slope that was asked for. */
static void ratio_json(qd_json_t w, qd_ratio slope)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_ratio_print(text, slope);
    qd_json_string(w, "slope", qd_buf_str(text));
    qd_buf_clear(text);
}

static void conv_json(qd_json_t w, const qd_unit *unit)
{
    qd_json_int(w, "size", unit->size);
    qd_json_int(w, "stride", unit->stride);
    qd_json_int(w, "pad", unit->pad);
    qd_json_int(w, "biases", unit->biases);
    qd_json_bool(w, "norm", unit->norm);
    qd_json_int(w, "shortcut", unit->shortcut);
    qd_json_bool(w, "gate", unit->gate);
}

/* A dense network's layers are those of a network file: they have no type, and their widths are those of the tensors. */
static void unit_json(qd_json_t w, const qd_unit *unit, bool file, const qd_dtype *dtype)
{
    qd_json_object(w, NULL);
    if (!file) qd_json_string(w, "type", unit->type == QD_UNIT_CONV ? "conv" : "dense");
    qd_neuron_json(w, &unit->neuron);
    if (unit->neuron.act == QD_LEAKY_RELU && dtype != NULL) computed_json(w, unit->neuron.slope, *dtype);
    else if (unit->neuron.act == QD_LEAKY_RELU) ratio_json(w, unit->neuron.slope);
    if (!file) qd_json_int(w, "out", unit->out);
    if (unit->type == QD_UNIT_CONV) conv_json(w, unit);
    qd_json_end(w);
}

void qd_spec_print(qd_buf_t out, const qd_spec_t spec, qd_dtype dtype)
{
    bool file = spec->unit[0].type == QD_UNIT_DENSE;
    const int64_t shape[] = {spec->channels, spec->height, spec->width};
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    if (file) qd_json_int(w, "input_dim", spec->channels * spec->height * spec->width);
    else qd_json_ints(w, "input", shape, 3);
    qd_json_array(w, "layers");
    for (int64_t u = 0; u < spec->nunits; u++) unit_json(w, spec->unit + u, file, &dtype);
    qd_json_end(w);
    qd_json_end(w);
}

void qd_train__layers_json(qd_json_t w, const char *key, const qd_spec_t spec)
{
    qd_json_array(w, key);
    for (int64_t u = 0; u < spec->nunits; u++) unit_json(w, spec->unit + u, false, NULL);
    qd_json_end(w);
}

/* ---- configuration ------------------------------------------------------------------------ */

static qd_status read_conv(qd_unit *unit, const qd_node *node, qd_ctx_t ctx)
{
    unit->size = 3;
    unit->stride = 1;
    qd_status st;
    if ((st = qd_node_optional_int(&unit->size, node, "size", 1, 1001, ctx)) != QD_OK ||
        (st = qd_node_optional_int(&unit->stride, node, "stride", 1, 1000, ctx)) != QD_OK ||
        (st = qd_node_optional_bool(&unit->norm, node, "norm", ctx)) != QD_OK ||
        (st = qd_node_optional_bool(&unit->gate, node, "gate", ctx)) != QD_OK ||
        (st = qd_node_optional_int(&unit->shortcut, node, "shortcut", -1, 100000, ctx)) != QD_OK)
        return st;
    unit->pad = (unit->size - 1) / 2;
    unit->biases = unit->neuron.kind == QD_QUADRATIC ? 3 : unit->neuron.kind == QD_COMPACT || !unit->norm ? 1 : 0;
    if ((st = qd_node_optional_int(&unit->pad, node, "pad", 0, 1000, ctx)) != QD_OK) return st;
    return qd_node_optional_int(&unit->biases, node, "biases", 0, 3, ctx);
}

static qd_status read_unit(qd_spec_t spec, const qd_node *node, bool last, qd_ctx_t ctx)
{
    static const char *const dense_keys[] = {"type", "kind", "activation", "slope", "out", NULL};
    static const char *const conv_keys[] = {"type", "kind",   "activation", "slope",    "out",  "size", "stride",
                                            "pad",  "biases", "norm",       "shortcut", "gate", NULL};
    qd_status st = qd_node_get_object(node, "a layer", ctx);
    if (st != QD_OK) return st;
    const char *type = "dense";
    const qd_node *m = qd_node_member(node, "type");
    if (m != NULL && (st = qd_node_get_string(&type, m, "'type'", ctx)) != QD_OK) return st;
    bool conv = !strcmp(type, "conv");
    if (!conv && strcmp(type, "dense")) return qd_node_fail(m, ctx, "unknown type '%.40s'; expected conv or dense", type);
    if ((st = qd_node_only_keys(node, conv ? conv_keys : dense_keys, "the layer", ctx)) != QD_OK) return st;
    qd_unit *unit = qd_train__add_unit(spec, conv ? QD_UNIT_CONV : QD_UNIT_DENSE, QD_LINEAR, last ? QD_IDENTITY : QD_RELU, 0);
    if ((m = qd_node_member(node, "kind")) != NULL && (st = qd_neuron_read_kind(&unit->neuron, m, "", ctx)) != QD_OK) return st;
    if ((m = qd_node_member(node, "activation")) != NULL && (st = qd_neuron_read_activation(&unit->neuron, m, "", ctx)) != QD_OK) return st;
    if ((m = qd_node_member(node, "slope")) != NULL && (st = qd_neuron_read_slope(&unit->neuron, m, "", ctx)) != QD_OK) return st;
    if ((st = qd_train__unit_effects(node, unit->neuron.act, ctx)) != QD_OK ||
        (st = qd_node_need(&m, node, "out", "the layer", ctx)) != QD_OK ||
        (st = qd_node_get_int(&unit->out, m, 1, 1 << 24, "'out'", ctx)) != QD_OK)
        return st;
    return conv ? read_conv(unit, node, ctx) : QD_OK;
}

qd_status qd_spec_from_node(qd_spec_t spec, const qd_node *layers, int64_t channels, int64_t height, int64_t width, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(layers, "'layers'", ctx);
    if (st != QD_OK) return st;
    qd_spec_t s;
    qd_spec_init(s);
    s->channels = channels;
    s->height = height;
    s->width = width;
    int64_t n = qd_node_count(layers);
    for (int64_t u = 0; u < n && st == QD_OK; u++) st = read_unit(s, qd_node_item(layers, u), u == n - 1, ctx);
    if (st == QD_OK) {
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        if (qd_spec_check(s, own) != QD_OK) st = qd_node_fail(layers, ctx, "%s", qd_ctx_message(own));
    }
    if (st == QD_OK) {
        qd_spec_struct t = *spec;
        *spec = *s;
        *s = t;
    }
    qd_spec_clear(s);
    return st;
}
