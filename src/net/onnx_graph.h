/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph as it is written, layer by layer: what onnx_write.c and onnx_sparse.c make it of. */
#ifndef QD_NET_ONNX_GRAPH_H
#define QD_NET_ONNX_GRAPH_H

#include "net/impl.h"

/* Room for the name of a tensor. */
#define QD_GRAPH_NAME 64

typedef struct {
    qd_onnx_file_struct *file;
    qd_st_type type;
    bool round;
    int64_t changed;       /* numbers that were rounded */
    slong layer;           /* from 0 */
    int count;             /* names that were made up */
    char x[QD_GRAPH_NAME]; /* the inputs of the layer at hand */
    qd_ctx_struct *ctx;
} qd_net__graph;

/* Names go in and out: `out` may be one of the inputs, and becomes the name of what was made.   -> QD_OK; QD_EINPUT: a number that is none of
   the type, by name */

/* Numbers as a constant: a vector (rows), ndim 1, or a matrix (rows, columns). `what` is their part of the name. */
qd_status qd_net__graph_reals(char name[QD_GRAPH_NAME], qd_net__graph *w, const char *what, int ndim, int64_t rows, int64_t columns,
                              const fmpq *v);
/* out = op(a, b), b NULL: op(a) */
void qd_net__graph_node(char out[QD_GRAPH_NAME], qd_net__graph *w, const char *op, const char *a, const char *b);
/* out = x W^T + b, with b NULL no biases. */
qd_status qd_net__graph_gemm(char out[QD_GRAPH_NAME], qd_net__graph *w, const char *x, const char *key_w, const fmpq *weight, slong rows,
                             slong columns, const char *key_b, const fmpq *b);
/* out = the columns of x with these numbers */
void qd_net__graph_gather(char out[QD_GRAPH_NAME], qd_net__graph *w, const char *x, const int64_t *column, slong n);
/* sum += part; an empty sum, "", becomes it */
void qd_net__graph_add(char sum[QD_GRAPH_NAME], qd_net__graph *w, const char *part);
/* z becomes act(z) */
qd_status qd_net__graph_activation(char z[QD_GRAPH_NAME], qd_net__graph *w, qd_activation act, int64_t power, const fmpq_t slope);
/* z = a sparse layer.   -> QD_EINPUT: also one whose matrices would have more than 2^26 entries */
qd_status qd_net__graph_sparse(char z[QD_GRAPH_NAME], qd_net__graph *w, const qd_layer_struct *l);

#endif
