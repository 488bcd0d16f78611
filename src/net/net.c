/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks as data: layers of rational parameters. */
#include "net/impl.h"

#include <stdlib.h>
#include <string.h>

static slong param_length(const qd_layer_struct *layer, int k)
{
    return layer->out * qd_shape_length(qd_kind_get(layer->neuron.kind)->param[k].shape, layer->in);
}

static void layer_init(qd_layer_struct *layer, qd_neuron neuron, slong in, slong out)
{
    memset(layer, 0, sizeof *layer);
    layer->neuron = neuron;
    layer->neuron.slope = (qd_ratio){0, 1};
    layer->in = in;
    layer->out = out;
    fmpq_init(layer->slope);
    if (neuron.act == QD_LEAKY_RELU) fmpq_set_si(layer->slope, neuron.slope.num, (ulong) neuron.slope.den);
    for (int k = 0; k < qd_kind_get(neuron.kind)->nparams; k++) layer->param[k] = _fmpq_vec_init(param_length(layer, k));
}

static void layer_init_sparse(qd_layer_struct *layer, slong in, slong out)
{
    memset(layer, 0, sizeof *layer);
    layer->neuron.kind = (qd_kind) QD_KINDS; /* none */
    layer->in = in;
    layer->out = out;
    layer->sparse = qd_malloc(sizeof *layer->sparse * (size_t) out);
    fmpq_init(layer->slope);
    for (slong u = 0; u < out; u++) qd_lowered_unit_init(layer->sparse + u);
}

static void layer_clear(qd_layer_struct *layer)
{
    fmpq_clear(layer->slope);
    if (layer->sparse != NULL) {
        for (slong u = 0; u < layer->out; u++) qd_lowered_unit_clear(layer->sparse + u, layer->in);
        free(layer->sparse);
        return;
    }
    for (int k = 0; k < qd_kind_get(layer->neuron.kind)->nparams; k++) _fmpq_vec_clear(layer->param[k], param_length(layer, k));
}

void qd_net_init(qd_net_t net)
{
    memset(net, 0, sizeof *net);
}

void qd_net_clear(qd_net_t net)
{
    for (slong l = 0; l < net->depth; l++) layer_clear(net->layer + l);
    free(net->layer);
    free(net->name);
    free(net->comment);
    qd_net_init(net);
}

void qd_net_swap(qd_net_t a, qd_net_t b)
{
    qd_net_struct t = *a;
    *a = *b;
    *b = t;
}

static void copy_layer(qd_net_t net, const qd_layer_struct *from)
{
    if (from->sparse != NULL) {
        qd_layer_struct *to = qd_net_add_sparse(net, from->in, from->out);
        for (slong u = 0; u < from->out; u++) qd_net__unit_set(to->sparse + u, from->sparse + u);
        return;
    }
    qd_layer_struct *to = qd_net_add_layer(net, from->neuron, from->in, from->out);
    fmpq_set(to->slope, from->slope);
    for (int k = 0; k < qd_kind_get(from->neuron.kind)->nparams; k++)
        for (slong i = 0; i < param_length(from, k); i++) fmpq_set(to->param[k] + i, from->param[k] + i);
}

void qd_net_set(qd_net_t a, const qd_net_t b)
{
    qd_net_t t;
    if (a == b) return;
    qd_net_init(t);
    if (b->name != NULL) t->name = qd_strdup(b->name);
    if (b->comment != NULL) t->comment = qd_strdup(b->comment);
    for (slong l = 0; l < b->depth; l++) copy_layer(t, b->layer + l);
    t->input_dim = b->input_dim;
    qd_net_swap(a, t);
    qd_net_clear(t);
}

static qd_layer_struct *add_layer(qd_net_t net, slong in)
{
    net->layer = qd_realloc(net->layer, sizeof *net->layer * (size_t) (net->depth + 1));
    if (net->depth == 0) net->input_dim = in;
    return net->layer + net->depth++;
}

qd_layer_struct *qd_net_add_layer(qd_net_t net, qd_neuron neuron, slong in, slong out)
{
    qd_layer_struct *layer = add_layer(net, in);
    layer_init(layer, neuron, in, out);
    return layer;
}

qd_layer_struct *qd_net_add_sparse(qd_net_t net, slong in, slong out)
{
    qd_layer_struct *layer = add_layer(net, in);
    layer_init_sparse(layer, in, out);
    return layer;
}

slong qd_net_output_dim(const qd_net_t net)
{
    return net->depth == 0 ? net->input_dim : net->layer[net->depth - 1].out;
}

slong qd_layer_nswitching(const qd_layer_struct *layer)
{
    slong n = 0;
    if (layer->sparse == NULL) return qd_activation_switches(layer->neuron.act) ? layer->out : 0;
    for (slong u = 0; u < layer->out; u++) n += qd_activation_switches(layer->sparse[u].act);
    return n;
}

slong qd_net_nswitching(const qd_net_t net)
{
    slong n = 0;
    for (slong l = 0; l < net->depth; l++) n += qd_layer_nswitching(net->layer + l);
    return n;
}

int64_t qd_layer_nparams(const qd_layer_struct *layer)
{
    int64_t n = layer->out;
    if (layer->sparse == NULL) return qd_kind_nparams(layer->neuron.kind, layer->in, layer->out);
    for (slong u = 0; u < layer->out; u++) n += layer->sparse[u].nw + layer->sparse[u].nterms;
    return n;
}

int64_t qd_net_nparams(const qd_net_t net)
{
    int64_t n = 0;
    for (slong l = 0; l < net->depth; l++) n += qd_layer_nparams(net->layer + l);
    return n;
}

static bool vectors_equal(const fmpq *a, const fmpq *b, slong n)
{
    slong i = 0;
    while (i < n && fmpq_equal(a + i, b + i)) i++;
    return i == n;
}

static bool sparse_equal(const qd_layer_struct *a, const qd_layer_struct *b)
{
    bool same = a->sparse != NULL && b->sparse != NULL && a->in == b->in && a->out == b->out;
    for (slong u = 0; same && u < a->out; u++) same = qd_net__unit_equal(a->sparse + u, b->sparse + u);
    return same;
}

static bool layer_equal(const qd_layer_struct *a, const qd_layer_struct *b)
{
    if (a->sparse != NULL || b->sparse != NULL) return sparse_equal(a, b);
    if (!qd_neuron_equal(&a->neuron, &b->neuron) || a->in != b->in || a->out != b->out || !fmpq_equal(a->slope, b->slope)) return false;
    for (int k = 0; k < qd_kind_get(a->neuron.kind)->nparams; k++)
        if (!vectors_equal(a->param[k], b->param[k], param_length(a, k))) return false;
    return true;
}

bool qd_net_equal(const qd_net_t a, const qd_net_t b)
{
    if (a->input_dim != b->input_dim || a->depth != b->depth) return false;
    for (slong l = 0; l < a->depth; l++)
        if (!layer_equal(a->layer + l, b->layer + l)) return false;
    return true;
}

fmpq *qd_layer_at(const qd_layer_struct *layer, int k, slong u, slong j)
{
    return layer->param[k] + u * qd_shape_length(qd_kind_get(layer->neuron.kind)->param[k].shape, layer->in) + j;
}

int qd_layer_param(const qd_layer_struct *layer, const char *key)
{
    int k = 0;
    while (strcmp(qd_kind_get(layer->neuron.kind)->param[k].key, key) != 0) k++;
    return k;
}
