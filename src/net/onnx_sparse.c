/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sparse layer as nodes of a graph. ONNX has no sparse matrices that are read everywhere: entries that are not stored become zeros, and what would
   be too many of them is refused. Units go through their activations in groups and are put back in their order. */
#include "net/onnx_graph.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ENTRIES (1L << 26)

/* May this layer be written as a matrix of so many columns? */
static qd_status check_size(const qd_net__graph *w, const qd_layer_struct *l, slong columns)
{
    if (columns <= MOST_ENTRIES / l->out) return QD_OK;
    return qd_fail(w->ctx, QD_EINPUT,
                   "layer %ld is sparse, and ONNX would hold it as a matrix (%ld, %ld), with more than 2^26 entries; write JSON",
                   (long) w->layer + 1, (long) l->out, (long) columns);
}

static int by_place(const void *x, const void *y)
{
    const qd_term *a = *(qd_term *const *) x, *b = *(qd_term *const *) y;
    if (a->i != b->i) return a->i < b->i ? -1 : 1;
    return (a->j > b->j) - (a->j < b->j);
}

/* The quadratic parts, over these pairs of inputs, which ascend. */
static qd_status write_terms(char out[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l, int64_t *const at[2], slong pairs)
{
    fmpq *c = _fmpq_vec_init(l->out * pairs);
    for (slong u = 0; u < l->out; u++)
        for (slong k = 0, p = 0; k < l->sparse[u].nterms; k++) { /* both ascend */
            while (at[0][p] != l->sparse[u].term[k].i || at[1][p] != l->sparse[u].term[k].j) p++;
            fmpq_set(c + u * pairs + p, l->sparse[u].term[k].c);
        }
    char factor[2][QD_GRAPH_NAME], product[QD_GRAPH_NAME];
    for (int q = 0; q < 2; q++) qd_net__graph_gather(factor[q], w, w->x, at[q], pairs);
    qd_net__graph_node(product, w, "Mul", factor[0], factor[1]);
    qd_status st = qd_net__graph_gemm(out, w, product, "quadratic", c, l->out, pairs, NULL, NULL);
    _fmpq_vec_clear(c, l->out * pairs);
    return st;
}

/* out = the quadratic parts, over the pairs that occur; "": there are none */
static qd_status sparse_terms(char out[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l)
{
    slong n = 0, pairs = 0;
    out[0] = '\0';
    for (slong u = 0; u < l->out; u++) n += l->sparse[u].nterms;
    if (n == 0) return QD_OK;
    qd_term **all = qd_malloc(sizeof *all * (size_t) n);
    int64_t *at[2] = {qd_malloc(sizeof **at * (size_t) n), qd_malloc(sizeof **at * (size_t) n)};
    n = 0;
    for (slong u = 0; u < l->out; u++)
        for (slong k = 0; k < l->sparse[u].nterms; k++) all[n++] = l->sparse[u].term + k;
    qsort(all, (size_t) n, sizeof *all, by_place);
    for (slong k = 0; k < n; k++) {
        if (pairs > 0 && at[0][pairs - 1] == all[k]->i && at[1][pairs - 1] == all[k]->j) continue;
        at[0][pairs] = all[k]->i;
        at[1][pairs++] = all[k]->j;
    }
    qd_status st = check_size(w, l, pairs);
    if (st == QD_OK) st = write_terms(out, w, l, at, pairs);
    free(all);
    for (int q = 0; q < 2; q++) free(at[q]);
    return st;
}

static qd_status sparse_linear(char out[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l)
{
    qd_status st = check_size(w, l, l->in);
    if (st != QD_OK) return st;
    fmpq *v = _fmpq_vec_init(l->out * l->in), *b = _fmpq_vec_init(l->out);
    for (slong u = 0; u < l->out; u++) {
        for (slong k = 0; k < l->sparse[u].nw; k++) fmpq_set(v + u * l->in + l->sparse[u].at[k], l->sparse[u].w + k);
        fmpq_set(b + u, l->sparse[u].b);
    }
    st = qd_net__graph_gemm(out, w, w->x, "linear", v, l->out, l->in, "b", b);
    _fmpq_vec_clear(v, l->out * l->in);
    _fmpq_vec_clear(b, l->out);
    return st;
}

static bool same_activation(const qd_lowered_unit *a, const qd_lowered_unit *b)
{
    return a->act == b->act && a->power == b->power && fmpq_equal(a->slope, b->slope);
}

/* Each group of units through its activation; z becomes the units in their order. */
static qd_status sparse_activations(char z[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l)
{
    int64_t *column = qd_malloc(sizeof *column * (size_t) l->out), *back = qd_malloc(sizeof *back * (size_t) l->out);
    bool *done = qd_calloc((size_t) l->out, sizeof *done);
    char joined[QD_GRAPH_NAME] = "";
    slong placed = 0;
    qd_status st = QD_OK;
    for (slong u = 0; u < l->out && st == QD_OK; u++) {
        slong n = 0;
        char part[QD_GRAPH_NAME];
        if (done[u]) continue;
        for (slong k = u; k < l->out; k++) {
            if (done[k] || !same_activation(l->sparse + u, l->sparse + k)) continue;
            done[k] = true;
            back[k] = placed++;
            column[n++] = k;
        }
        if (n == l->out) { /* all alike */
            st = qd_net__graph_activation(z, w, l->sparse[u].act, l->sparse[u].power, l->sparse[u].slope);
            break;
        }
        qd_net__graph_gather(part, w, z, column, n);
        st = qd_net__graph_activation(part, w, l->sparse[u].act, l->sparse[u].power, l->sparse[u].slope);
        if (joined[0] == '\0') memcpy(joined, part, QD_GRAPH_NAME);
        else {
            qd_net__graph_node(joined, w, "Concat", joined, part);
            qd_onnx_file_int(w->file, "axis", 1);
        }
    }
    if (st == QD_OK && joined[0] != '\0') qd_net__graph_gather(z, w, joined, back, l->out);
    free(column);
    free(back);
    free(done);
    return st;
}

qd_status qd_net__graph_sparse(char z[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l)
{
    char terms[QD_GRAPH_NAME];
    qd_status st = sparse_linear(z, w, l);
    if (st == QD_OK) st = sparse_terms(terms, w, l);
    if (st == QD_OK && terms[0] != '\0') qd_net__graph_add(z, w, terms);
    return st == QD_OK ? sparse_activations(z, w, l) : st;
}
