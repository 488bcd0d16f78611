/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as the oracle wants it, number by number as text. */
#include "shared/network.h"

#include <check.h>
#include <stdlib.h>

static char *text(const fmpq_t x)
{
    return fmpq_get_str(NULL, 10, x);
}

static void sparse_to_oracle(oracle_net *o, const qd_layer_struct *layer)
{
    oracle_unit *unit = calloc((size_t) layer->out, sizeof *unit);
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *from = layer->sparse + u;
        oracle_entry *e = calloc((size_t) (from->nw + from->nterms + 1), sizeof *e);
        unit[u] = (oracle_unit){qd_activation_name(from->act), (int) from->power, text(from->slope), 0, e, text(from->b)};
        for (slong k = from->nterms; k-- > 0;)
            e[unit[u].entries++] = (oracle_entry){(int) from->term[k].j, (int) from->term[k].i, text(from->term[k].c)};
        for (slong k = from->nw; k-- > 0;) e[unit[u].entries++] = (oracle_entry){(int) from->at[k], -1, text(from->w + k)};
    }
    ck_assert_int_eq(oracle_net_add_sparse(o, (int) layer->out, unit), 0);
    for (slong u = 0; u < layer->out; u++) {
        for (int k = 0; k < unit[u].entries; k++) flint_free((char *) unit[u].entry[k].c);
        flint_free((char *) unit[u].slope);
        flint_free((char *) unit[u].b);
        free((oracle_entry *) unit[u].entry);
    }
    free(unit);
}

oracle_net *to_oracle(const qd_net_t net)
{
    oracle_net *o = oracle_net_new((int) net->input_dim);
    for (slong l = 0; l < net->depth; l++) {
        const qd_layer_struct *layer = net->layer + l;
        if (layer->sparse != NULL) {
            sparse_to_oracle(o, layer);
            continue;
        }
        const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
        char **param[QD_MAX_PARAMS], *slope = text(layer->slope);
        for (int k = 0; k < info->nparams; k++) {
            slong n = layer->out * qd_shape_length(info->param[k].shape, layer->in);
            param[k] = malloc(sizeof(char *) * (size_t) n);
            for (slong i = 0; i < n; i++) param[k][i] = text(layer->param[k] + i);
        }
        ck_assert_int_eq(oracle_net_add_layer(o, info->name, qd_activation_name(layer->neuron.act), (int) layer->neuron.power, slope,
                                              (int) layer->out, (const char *const *const *) param),
                         0);
        for (int k = 0; k < info->nparams; k++) {
            slong n = layer->out * qd_shape_length(info->param[k].shape, layer->in);
            for (slong i = 0; i < n; i++) flint_free(param[k][i]);
            free(param[k]);
        }
        flint_free(slope);
    }
    return o;
}
