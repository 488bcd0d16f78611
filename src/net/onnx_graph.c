/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes and constants of a graph that is written, each with a name of its own. */
#include "net/onnx_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name that is not taken: layers.0.gemm.3 */
static void new_name(char name[QD_GRAPH_NAME], qd_net__graph *w, const char *what)
{
    snprintf(name, QD_GRAPH_NAME, "layers.%ld.%s.%d", (long) w->layer, what, w->count++);
}

qd_status qd_net__graph_reals(char name[QD_GRAPH_NAME], qd_net__graph *w, const char *what, int ndim, int64_t rows, int64_t columns,
                              const fmpq *v)
{
    const int64_t shape[2] = {rows, columns};
    slong n = ndim == 2 ? rows * columns : rows;
    double *x = qd_malloc(sizeof *x * (size_t) (n + 1));
    qd_status st = QD_OK;
    new_name(name, w, what);
    for (slong i = 0; i < n && st == QD_OK; i++) {
        char entry[QD_GRAPH_NAME + 48];
        bool exact;
        if (ndim == 2)
            snprintf(entry, sizeof entry, "layers.%ld.%s[%ld, %ld]", (long) w->layer, what, (long) (i / columns), (long) (i % columns));
        else snprintf(entry, sizeof entry, "layers.%ld.%s[%ld]", (long) w->layer, what, (long) i);
        st = qd_net__to_float(x + i, &exact, v + i, w->type, w->round, entry, w->ctx);
        w->changed += !exact;
    }
    if (st == QD_OK) qd_onnx_file_reals(w->file, name, ndim, shape, x);
    free(x);
    return st;
}

void qd_net__graph_node(char out[QD_GRAPH_NAME], qd_net__graph *w, const char *op, const char *a, const char *b)
{
    const char *input[2] = {a, b};
    char name[QD_GRAPH_NAME];
    new_name(name, w, op);
    qd_onnx_file_node(w->file, op, name, b != NULL ? 2 : 1, input);
    memcpy(out, name, QD_GRAPH_NAME);
}

qd_status qd_net__graph_gemm(char out[QD_GRAPH_NAME], qd_net__graph *w, const char *x, const char *key_w, const fmpq *weight, slong rows,
                             slong columns, const char *key_b, const fmpq *b)
{
    char matrix[QD_GRAPH_NAME], bias[QD_GRAPH_NAME], name[QD_GRAPH_NAME];
    qd_status st = qd_net__graph_reals(matrix, w, key_w, 2, rows, columns, weight);
    if (st == QD_OK && b != NULL) st = qd_net__graph_reals(bias, w, key_b, 1, rows, 0, b);
    if (st != QD_OK) return st;
    const char *input[3] = {x, matrix, bias};
    new_name(name, w, "Gemm");
    qd_onnx_file_node(w->file, "Gemm", name, b != NULL ? 3 : 2, input);
    qd_onnx_file_int(w->file, "transB", 1);
    memcpy(out, name, QD_GRAPH_NAME);
    return QD_OK;
}

void qd_net__graph_gather(char out[QD_GRAPH_NAME], qd_net__graph *w, const char *x, const int64_t *column, slong n)
{
    char list[QD_GRAPH_NAME];
    new_name(list, w, "columns");
    qd_onnx_file_integers(w->file, list, n, column);
    qd_net__graph_node(out, w, "Gather", x, list);
    qd_onnx_file_int(w->file, "axis", 1);
}

void qd_net__graph_add(char sum[QD_GRAPH_NAME], qd_net__graph *w, const char *part)
{
    if (sum[0] == '\0') memcpy(sum, part, QD_GRAPH_NAME);
    else qd_net__graph_node(sum, w, "Add", sum, part);
}

qd_status qd_net__graph_activation(char z[QD_GRAPH_NAME], qd_net__graph *w, qd_activation act, int64_t power, const fmpq_t slope)
{
    char name[QD_GRAPH_NAME];
    fmpq_t r;
    qd_status st = QD_OK;
    switch (act) {
    case QD_IDENTITY:
        return QD_OK;
    case QD_RELU:
    case QD_ABS:
        qd_net__graph_node(z, w, act == QD_RELU ? "Relu" : "Abs", z, NULL);
        return QD_OK;
    case QD_SQUARE:
        qd_net__graph_node(z, w, "Mul", z, z);
        return QD_OK;
    case QD_LEAKY_RELU: /* its slope as an attribute would be a float32 */
        if ((st = qd_net__graph_reals(name, w, "slope", 1, 1, 0, slope)) == QD_OK) qd_net__graph_node(z, w, "PRelu", z, name);
        return st;
    case QD_RAISE:
        fmpq_init(r);
        fmpq_set_si(r, power, 1);
        if ((st = qd_net__graph_reals(name, w, "power", 1, 1, 0, r)) == QD_OK) qd_net__graph_node(z, w, "Pow", z, name);
        fmpq_clear(r);
    }
    return st;
}
