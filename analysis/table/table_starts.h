/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the networks of a table come from: the key 'weights' of its configuration, one entry or a list of them. configs/pieces-starts.yaml
   explains the entries. */
#ifndef QD_TABLE_STARTS_H
#define QD_TABLE_STARTS_H

#include "net/net.h"

typedef enum { START_DRAWN, START_NEAR, START_TRAINED, START_FILE } start_type;

typedef struct {
    start_type type;
    char *name;                /* owned: what the table calls it */
    qd_random_weights weights; /* START_DRAWN */
    double distance;           /* START_NEAR: from a conventional network, see qd_net_random_near */
    const qd_node *node;       /* START_TRAINED: the entry, with blocks as a training configuration has them; borrowed */
    qd_doc_struct *base;       /* START_TRAINED: owned, the configuration below the entry; NULL: none */
    int64_t after;             /* START_TRAINED: steps; -1: all */
    int64_t outputs;           /* of its networks: 1, or what the data say */
    qd_net_t net;              /* START_FILE */
} table_start;

typedef struct {
    int64_t n;
    table_start *start; /* owned */
} table_starts;

void table_starts_clear(table_starts *s); /* zero bytes are an empty list */

/* Reads the value of 'weights'; NULL: the grid k/8, |k| <= 8. The document must outlive the list.
     only_drawn  one entry, of random weights
     inputs      what files must have
     ->          QD_OK; QD_EINPUT with line and column; QD_EIO and QD_EINPUT of a file name it */
qd_status table_starts_read(table_starts *s, const qd_node *weights, bool only_drawn, int64_t inputs, qd_ctx_t ctx);

/* The names, one after the other. */
void table_starts_print(qd_buf_t out, const table_starts *s);
/* All that the networks depend on but their architecture and the data of training. */
void table_starts_describe(qd_buf_t out, const table_starts *s);

#endif
