/* The words and numbers of a layer, which JSON files and the metadata of safetensors write in the same way. */
#include "net/impl.h"

#include <stdio.h>
#include <string.h>

static qd_status read_word(const char **text, const qd_node **m, const qd_node *node, const char *key, const char *what, qd_ctx_t ctx)
{
    char where[QD_WHERE_MAX];
    qd_status st = qd_node_need(m, node, key, what, ctx);
    snprintf(where, sizeof where, "%s: '%s'", what, key);
    return st == QD_OK ? qd_node_get_string(text, *m, where, ctx) : st;
}

bool qd_net__is_sparse(const qd_node *node)
{
    const qd_node *kind = qd_node_member(node, "kind");
    return kind != NULL && qd_node_kind(kind) == QD_NODE_STRING && strcmp(qd_node_text(kind, NULL), "sparse") == 0;
}

qd_status qd_net__read_activation(qd_activation *act, int64_t *power, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    const qd_node *m;
    const char *text;
    qd_ctx_t own;
    qd_status st = read_word(&text, &m, node, "activation", what, ctx);
    if (st != QD_OK) return st;
    qd_ctx_own(own, ctx);
    if (qd_activation_from_text(act, power, text, own) != QD_OK) return qd_node_fail(m, ctx, "%s: %s", what, qd_ctx_message(own));
    return QD_OK;
}

qd_status qd_net__read_slope(fmpq_t slope, qd_activation act, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(node, "slope");
    char where[QD_WHERE_MAX];
    if (act != QD_LEAKY_RELU)
        return m == NULL ? QD_OK : qd_node_fail(m, ctx, "%s: found a 'slope', which only the activation leaky_relu has", what);
    qd_status st = qd_node_need(&m, node, "slope", what, ctx);
    snprintf(where, sizeof where, "%s, 'slope'", what);
    return st == QD_OK ? qd_rat_from_node(slope, m, where, ctx) : st;
}

qd_status qd_net__read_kind(qd_kind *kind, qd_activation *act, int64_t *power, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    const qd_node *m;
    const char *text;
    qd_status st = read_word(&text, &m, node, "kind", what, ctx);
    if (st != QD_OK) return st;
    *kind = qd_kind_from_name(text);
    if (*kind == QD_KINDS) return qd_node_fail(m, ctx, "%s: unknown kind '%.40s'; known are %s, sparse", what, text, qd_kind_names());
    return qd_net__read_activation(act, power, node, what, ctx);
}

void qd_net__print_activation(qd_json_t w, qd_activation act, int64_t power)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_puts(text, qd_activation_name(act));
    if (act == QD_RAISE) qd_buf_printf(text, ":%lld", (long long) power);
    qd_json_string(w, "activation", qd_buf_str(text));
    qd_buf_clear(text);
}

void qd_net__print_kind(qd_json_t w, const qd_layer_struct *layer)
{
    qd_json_string(w, "kind", qd_kind_get(layer->kind)->name);
    qd_net__print_activation(w, layer->act, layer->power);
}
