/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words and numbers of a layer, which JSON files and the metadata of safetensors write in the same way. */
#include "net/impl.h"

#include <stdio.h>
#include <string.h>

bool qd_net__is_sparse(const qd_node *node)
{
    const qd_node *kind = qd_node_member(node, "kind");
    return kind != NULL && qd_node_kind(kind) == QD_NODE_STRING && strcmp(qd_node_text(kind, NULL), "sparse") == 0;
}

qd_status qd_net__read_activation(qd_neuron *neuron, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    const qd_node *m;
    qd_status st = qd_node_need(&m, node, "activation", what, ctx);
    return st == QD_OK ? qd_neuron_read_activation(neuron, m, what, ctx) : st;
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

qd_status qd_net__read_neuron(qd_neuron *neuron, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    const qd_node *m;
    qd_ctx_t own;
    qd_status st = qd_node_need(&m, node, "kind", what, ctx);
    *neuron = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
    if (st != QD_OK) return st;
    qd_ctx_own(own, ctx);
    st = qd_neuron_read_kind(neuron, m, what, own);
    if (st != QD_OK) /* the sentence ends with the known kinds, and a layer has one more */
        return qd_fail(ctx, st, qd_node_kind(m) == QD_NODE_STRING ? "%s, sparse" : "%s", qd_ctx_message(own));
    return qd_net__read_activation(neuron, node, what, ctx);
}

void qd_net__neuron_json(qd_json_t w, const qd_layer_struct *layer)
{
    qd_neuron_json(w, &layer->neuron);
}
