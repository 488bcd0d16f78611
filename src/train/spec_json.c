/* Architectures as JSON text, for checkpoints, and layers of a configuration. */
#include "train/impl.h"

#include <string.h>

static void print_activation(qd_buf_t out, const qd_unit *unit)
{
    qd_buf_printf(out, "\"kind\": \"%s\", \"activation\": \"%s", qd_kind_get(unit->kind)->name, qd_activation_name(unit->act));
    if (unit->act == QD_RAISE) qd_buf_printf(out, ":%ld", (long) unit->power);
    qd_buf_puts(out, "\"");
    if (unit->act != QD_LEAKY_RELU) return;
    qd_buf_printf(out, ", \"slope\": %.800g", unit->slope); /* all digits: the exact side reads a decimal as what it says */
}

static void print_unit(qd_buf_t out, const qd_unit *unit, bool dense_only)
{
    qd_buf_puts(out, "{");
    if (!dense_only) qd_buf_printf(out, "\"type\": \"%s\", ", unit->type == QD_UNIT_CONV ? "conv" : "dense");
    print_activation(out, unit);
    if (!dense_only) qd_buf_printf(out, ", \"out\": %ld", (long) unit->out);
    if (unit->type == QD_UNIT_CONV)
        qd_buf_printf(out, ", \"size\": %ld, \"stride\": %ld, \"pad\": %ld, \"biases\": %ld, \"norm\": %s, \"shortcut\": %ld, \"gate\": %s",
                      (long) unit->size, (long) unit->stride, (long) unit->pad, (long) unit->biases, unit->norm ? "true" : "false",
                      (long) unit->shortcut, unit->gate ? "true" : "false");
    qd_buf_puts(out, "}");
}

static void print_units(qd_buf_t out, const qd_spec_struct *spec, bool dense_only)
{
    for (int64_t u = 0; u < spec->nunits; u++) {
        if (u > 0) qd_buf_puts(out, ", ");
        print_unit(out, spec->unit + u, dense_only);
    }
}

void qd_spec_print(qd_buf_t out, const qd_spec_t spec)
{
    bool dense_only = spec->unit[0].type == QD_UNIT_DENSE;
    if (dense_only) qd_buf_printf(out, "{\"input_dim\": %ld, \"layers\": [", (long) (spec->channels * spec->height * spec->width));
    else qd_buf_printf(out, "{\"input\": [%ld, %ld, %ld], \"layers\": [", (long) spec->channels, (long) spec->height, (long) spec->width);
    print_units(out, spec, dense_only);
    qd_buf_puts(out, "]}");
}

void qd_train__print_layers(qd_buf_t out, const qd_spec_t spec)
{
    qd_buf_puts(out, "\"layers\": [");
    print_units(out, spec, false);
    qd_buf_puts(out, "]");
}

/* ---- configuration ------------------------------------------------------------------------ */

qd_status qd_train__get_kind(qd_kind *kind, const qd_node *node, qd_ctx_t ctx)
{
    const char *text;
    qd_status st = qd_node_get_string(&text, node, "'kind'", ctx);
    if (st != QD_OK) return st;
    qd_kind k = qd_kind_from_name(text);
    if (k == QD_KINDS) return qd_node_fail(node, ctx, "unknown kind '%.40s'; expected %s", text, qd_kind_names());
    *kind = k;
    return QD_OK;
}

qd_status qd_train__get_activation(qd_activation *act, int64_t *power, const qd_node *node, qd_ctx_t ctx)
{
    const char *text;
    qd_status st = qd_node_get_string(&text, node, "'activation'", ctx);
    if (st != QD_OK) return st;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    if (qd_activation_from_text(act, power, text, own) != QD_OK) return qd_node_fail(node, ctx, "%s", qd_ctx_message(own));
    return QD_OK;
}

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
    unit->biases = unit->kind == QD_QUADRATIC ? 3 : unit->kind == QD_COMPACT || !unit->norm ? 1 : 0;
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
    if ((m = qd_node_member(node, "kind")) != NULL && (st = qd_train__get_kind(&unit->kind, m, ctx)) != QD_OK) return st;
    if ((m = qd_node_member(node, "activation")) != NULL && (st = qd_train__get_activation(&unit->act, &unit->power, m, ctx)) != QD_OK)
        return st;
    unit->slope = 0.01;
    if ((m = qd_node_member(node, "slope")) != NULL && (st = qd_node_get_double(&unit->slope, m, -1e6, 1e6, "'slope'", ctx)) != QD_OK)
        return st;
    if ((st = qd_train__unit_effects(node, unit->act, ctx)) != QD_OK || (st = qd_node_need(&m, node, "out", "the layer", ctx)) != QD_OK ||
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
