/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of a table that are trained first, each with the seed of its item: the entry says data, strategy and training, the row the
   architecture. */
#ifndef QD_TABLE_TRAINED_H
#define QD_TABLE_TRAINED_H

#include "table/table_starts.h"

/* The blocks of an entry; messages name line and column. */
qd_status table_trained_check(const qd_node *node, qd_ctx_t ctx);

/* What the data of a trained start are.
     outputs  (out) of its networks: those of the target, or its classes
     digest   (out) tells the data apart, with this seed
     ->       QD_OK; QD_EINPUT: the data have other inputs, or configuration and data do not fit together */
qd_status table_trained_data(int64_t *outputs, uint64_t *digest, const table_start *start, int64_t inputs, uint64_t seed, qd_ctx_t ctx);

/* Can networks of this architecture be trained so? QD_EINPUT: this kind has no ReLinear start. */
qd_status table_trained_fits(const table_start *start, const qd_arch *arch, uint64_t seed, qd_ctx_t ctx);

/* The network of an architecture after its training, or as many steps of it as the start says, as exact rationals.
     collapsed  (out) the run has collapsed; then net is left as it is
     ->         QD_OK; QD_EUNABLE: the budget ran out */
qd_status table_trained_network(qd_net_t net, bool *collapsed, const table_start *start, const qd_arch *arch, uint64_t seed, qd_ctx_t ctx);

#endif
