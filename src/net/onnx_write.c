/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as a graph: a few nodes a layer, matrices as Gemm takes them (out, in), products and squares as Mul, and every other pair of
   inputs through Gather. */
#include "net/onnx_graph.h"

#include <stdlib.h>
#include <string.h>

/* ---- dense layers --------------------------------------------------------------------------- */

static const fmpq *param(const qd_layer_struct *l, qd_role role, const char **key)
{
    int k = qd_kind_find(l->neuron.kind, role);
    if (k >= 0) *key = qd_kind_get(l->neuron.kind)->param[k].key;
    return k >= 0 ? l->param[k] : NULL;
}

/* out = the sum over i <= j of t_ij x_i x_j */
static qd_status triangle(char out[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l, const char *key, const fmpq *t)
{
    slong n = l->in, pairs = n * (n + 1) / 2, k = 0;
    int64_t *at[2];
    char factor[2][QD_GRAPH_NAME], product[QD_GRAPH_NAME];
    for (int q = 0; q < 2; q++) at[q] = qd_malloc(sizeof **at * (size_t) pairs);
    for (slong i = 0; i < n; i++)
        for (slong j = i; j < n; j++, k++) {
            at[0][k] = i;
            at[1][k] = j;
        }
    for (int q = 0; q < 2; q++) {
        qd_net__graph_gather(factor[q], w, w->x, at[q], pairs);
        free(at[q]);
    }
    qd_net__graph_node(product, w, "Mul", factor[0], factor[1]);
    return qd_net__graph_gemm(out, w, product, key, t, l->out, pairs, NULL, NULL);
}

static qd_status dense(char sum[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l)
{
    const char *kr = NULL, *kr0 = NULL, *kg = NULL, *kg0 = NULL, *ks = NULL, *kt = NULL, *kw = NULL, *kb = NULL;
    const fmpq *r = param(l, QD_ROLE_R, &kr), *r0 = param(l, QD_ROLE_R0, &kr0), *g = param(l, QD_ROLE_G, &kg),
               *g0 = param(l, QD_ROLE_G0, &kg0);
    const fmpq *s = param(l, QD_ROLE_S, &ks), *t = param(l, QD_ROLE_T, &kt), *v = param(l, QD_ROLE_W, &kw), *b = param(l, QD_ROLE_B, &kb);
    char part[QD_GRAPH_NAME], other[QD_GRAPH_NAME];
    qd_status st = QD_OK;
    sum[0] = '\0';
    if (r != NULL) {
        st = qd_net__graph_gemm(part, w, w->x, kr, r, l->out, l->in, kr0, r0);
        if (st == QD_OK) st = qd_net__graph_gemm(other, w, w->x, kg, g, l->out, l->in, kg0, g0);
        if (st == QD_OK) qd_net__graph_node(sum, w, "Mul", part, other);
    }
    if (st == QD_OK && v != NULL) {
        if ((st = qd_net__graph_gemm(part, w, w->x, kw, v, l->out, l->in, kb, b)) == QD_OK) qd_net__graph_add(sum, w, part);
        b = NULL;
    }
    if (st == QD_OK && s != NULL) {
        qd_net__graph_node(other, w, "Mul", w->x, w->x);
        if ((st = qd_net__graph_gemm(part, w, other, ks, s, l->out, l->in, kb, b)) == QD_OK) qd_net__graph_add(sum, w, part);
    }
    if (st == QD_OK && t != NULL && (st = triangle(part, w, l, kt, t)) == QD_OK) qd_net__graph_add(sum, w, part);
    return st == QD_OK ? qd_net__graph_activation(sum, w, l->neuron.act, l->neuron.power, l->slope) : st;
}

/* ---- the file ------------------------------------------------------------------------------- */

qd_status qd_net_write_onnx(int64_t *changed, const char *path, const qd_net_t net, qd_st_type type, bool round, qd_ctx_t ctx)
{
    qd_onnx_file_t file;
    qd_net__graph w = {.file = file, .type = type, .round = round, .x = "x", .ctx = ctx};
    qd_status st = QD_OK;
    qd_onnx_file_init(file, type == QD_ST_F32);
    for (; w.layer < net->depth && st == QD_OK; w.layer++) {
        const qd_layer_struct *l = net->layer + w.layer;
        char z[QD_GRAPH_NAME];
        st = l->sparse != NULL ? qd_net__graph_sparse(z, &w, l) : dense(z, &w, l);
        if (st == QD_OK) memcpy(w.x, z, QD_GRAPH_NAME);
    }
    if (st == QD_OK) {
        const char *last = w.x;
        qd_onnx_file_node(file, "Identity", "y", 1, &last);
        st = qd_onnx_file_write(path, file, net->input_dim, qd_net_output_dim(net), ctx);
    }
    if (st == QD_OK) *changed = w.changed;
    qd_onnx_file_clear(file);
    return st;
}
