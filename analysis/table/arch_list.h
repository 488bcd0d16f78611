/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Architectures as a study lists them: every shape with every neuron. */
#ifndef QD_ARCH_LIST_H
#define QD_ARCH_LIST_H

#include "arch/arch.h"

typedef struct {
    int64_t nshapes, nneurons;
    int64_t *first;    /* owned: the widths of shape i are first[i] .. first[i + 1] - 1 of the next */
    int64_t *width;    /* owned */
    int64_t room[2];   /* numbers that these two have room for */
    qd_neuron *neuron; /* owned */
} arch_list;

void arch_list_clear(arch_list *list); /* zero bytes are an empty list */

/* A shape of n widths, the inputs first. */
void arch_list_add(arch_list *list, const int64_t *width, int64_t n);
/* widths: [[8], [8, 8]]. inputs = 0: a list has all widths of a network, else its hidden ones, between so many inputs and one output.
   At most max_depth layers. Messages name line and column. */
qd_status arch_list_read_widths(arch_list *list, const qd_node *node, int64_t inputs, int64_t max_depth, qd_ctx_t ctx);
/* The member `key` of the configuration: [conventional, quadratic, {kind: ..., activation: ...}], see qd_neuron_read. */
qd_status arch_list_read_neurons(arch_list *list, const qd_node *root, const char *key, qd_activation usual, qd_ctx_t ctx);

/* Parameters of the dense network with a readout, biases and all. */
double arch_list_nparams(const qd_arch *arch);
/* Has every architecture of the list at most ARCH_LIST_MAX_PARAMETERS? shapes: the node that the shapes were read from, for messages with line
   and column, QD_EINPUT. */
qd_status arch_list_check_size(const arch_list *list, const qd_node *shapes, qd_ctx_t ctx);
#define ARCH_LIST_MAX_PARAMETERS 1e9

/* A shape with linear neurons, a readout and biases; it borrows its widths from the list, which must not grow meanwhile. */
qd_arch arch_list_shape(const arch_list *list, int64_t shape);
/* The same with a neuron of the list. */
qd_arch arch_list_get(const arch_list *list, int64_t shape, int64_t neuron);

#endif
