/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/net share. */
#ifndef QD_NET_IMPL_H
#define QD_NET_IMPL_H

#include "net/net.h"
#include "onnx/onnx.h"

/* Room for the place that a message names: "layer 2, unit 3, 'linear', entry 4". */
#define QD_WHERE_MAX 128

/* 'kind' and 'activation' of a dense layer; `what`: "layer 2". The slope is not read: a layer has any rational. */
qd_status qd_net__read_neuron(qd_neuron *neuron, const qd_node *node, const char *what, qd_ctx_t ctx);

/* Is 'kind' of this layer "sparse"? */
bool qd_net__is_sparse(const qd_node *node);
/* 'activation' of a layer or a unit. */
qd_status qd_net__read_activation(qd_neuron *neuron, const qd_node *node, const char *what, qd_ctx_t ctx);
/* Its 'slope', which leaky_relu must have and no other may have. */
qd_status qd_net__read_slope(fmpq_t slope, qd_activation act, const qd_node *node, const char *what, qd_ctx_t ctx);

/* "kind": "quadratic", "activation": "relu" */
void qd_net__neuron_json(qd_json_t w, const qd_layer_struct *layer);

/* A layer {"kind": "sparse", "units": [...]}, appended to net. `what`: "layer 2". */
qd_status qd_net__read_sparse(qd_net_t net, const qd_node *node, slong in, const char *what, qd_ctx_t ctx);
/* Its members, without the braces. */
void qd_net__print_sparse(qd_json_t w, const qd_layer_struct *layer);

/* An ONNX file as layers; note NULL or as in qd_net_reading. */
qd_status qd_net__read_onnx(qd_net_t net, qd_buf_struct *note, const char *path, qd_ctx_t ctx);

/* A unit of a graph: its pre-activation, or, z NULL, input number `carry` as it is. slope NULL: none. All borrowed. */
typedef struct {
    qd_activation act;
    int64_t power;
    const fmpq *slope;
    const qd_onnx_form *z;
    slong carry;
} qd_net__graph_unit;
/* Appends them as a layer of `in` inputs; place: where each variable is among these.   -> QD_EINPUT: too many terms */
qd_status qd_net__add_units(qd_net_t net, const qd_net__graph_unit *unit, slong n, slong in, const slong *place, qd_ctx_t ctx);

/* The nearest float of the type, which x must be unless round is set; *exact: it is. `name` names x in the sentence otherwise. */
qd_status qd_net__to_float(double *d, bool *exact, const fmpq_t x, qd_st_type type, bool round, const char *name, qd_ctx_t ctx);

/* Every unit as what it is: no product with a constant factor; and the degree of the layer. */
void qd_net__reduce(qd_lowered_layer *layer);

/* Units of sparse layers: a becomes b; the same entries, zeros included. */
void qd_net__unit_set(qd_lowered_unit *a, const qd_lowered_unit *b);
bool qd_net__unit_equal(const qd_lowered_unit *a, const qd_lowered_unit *b);

#endif
