/* What the two file formats of networks share. */
#ifndef QD_NET_IMPL_H
#define QD_NET_IMPL_H

#include "net/net.h"

/* 'kind' and 'activation' of a layer; `what`: "layer 2". */
qd_status qd_net__read_kind(qd_kind *kind, qd_activation *act, int64_t *power, const qd_node *node, const char *what, qd_ctx_t ctx);

/* "kind": "quadratic", "activation": "relu" */
void qd_net__print_kind(qd_json_t w, const qd_layer_struct *layer);

#endif
