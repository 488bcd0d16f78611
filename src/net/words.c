/* The words and numbers of a layer, which JSON files and the metadata of safetensors write in the same way. */
#include "net/impl.h"

#include <stdio.h>

static qd_status read_word(const char **text, const qd_node **m, const qd_node *node, const char *key, const char *what, qd_ctx_t ctx)
{
    char where[80];
    qd_status st = qd_node_need(m, node, key, what, ctx);
    snprintf(where, sizeof where, "%s: '%s'", what, key);
    return st == QD_OK ? qd_node_get_string(text, *m, where, ctx) : st;
}

qd_status qd_net__read_kind(qd_kind *kind, qd_activation *act, int64_t *power, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    const qd_node *m;
    const char *text;
    qd_status st;
    if ((st = read_word(&text, &m, node, "kind", what, ctx)) != QD_OK) return st;
    *kind = qd_kind_from_name(text);
    if (*kind == QD_KINDS) return qd_node_fail(m, ctx, "%s: unknown kind '%.40s'; known are %s", what, text, qd_kind_names());
    if ((st = read_word(&text, &m, node, "activation", what, ctx)) != QD_OK) return st;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    if (qd_activation_from_text(act, power, text, own) != QD_OK) return qd_node_fail(m, ctx, "%s: %s", what, qd_ctx_message(own));
    return QD_OK;
}

void qd_net__print_kind(qd_json_t w, const qd_layer_struct *layer)
{
    qd_buf_t act;
    qd_buf_init(act);
    qd_buf_puts(act, qd_activation_name(layer->act));
    if (layer->act == QD_RAISE) qd_buf_printf(act, ":%lld", (long long) layer->power);
    qd_json_string(w, "kind", qd_kind_get(layer->kind)->name);
    qd_json_string(w, "activation", qd_buf_str(act));
    qd_buf_clear(act);
}
