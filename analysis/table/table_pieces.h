/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configurations of `quadric table pieces` and `quadric table functional`; configs/pieces.yaml and configs/functional.yaml explain
   the keys. */
#ifndef QD_TABLE_PIECES_H
#define QD_TABLE_PIECES_H

#include "net/net.h"
#include "table/arch_list.h"

typedef enum { PIECES_AXIS, PIECES_RANDOM_LINE, PIECES_GIVEN_LINE } pieces_line;

typedef struct {
    char *name;      /* owned */
    arch_list archs; /* owned */
    int64_t input_dim, seeds;
    pieces_line line; /* PIECES_AXIS: one input, the network as it is */
    fmpq *p, *q;      /* owned, length input_dim: the points of a given line */
    bool has_interval;
    fmpq_t lo, hi;
    qd_weights weights;
    int64_t range, denominator;
    bool biases;
    bool equal_parameters; /* `table functional` */
    double max_seconds;    /* s, for one network; 0: no limit */
} pieces_config;

/* Who reads: it decides which keys there are. */
typedef enum { PIECES_COUNT, PIECES_FUNCTIONAL } pieces_study_kind;

void pieces_config_init(pieces_config *c);
void pieces_config_clear(pieces_config *c);
/* Reads and checks the file; every message but one for a file that cannot be opened names line and column. */
qd_status pieces_config_read(pieces_config *c, const char *path, pieces_study_kind study, qd_ctx_t ctx);

/* Number `row` of the architectures, shape by shape, with or without biases as asked for. */
int64_t pieces_narchs(const pieces_config *c);
qd_arch pieces_arch(const pieces_config *c, int64_t row);

/* The domain; weights and budget: with shapes, neurons and seeds all that results depend on. */
void pieces_domain(qd_buf_t out, const pieces_config *c);
void pieces_weights(qd_buf_t out, const pieces_config *c);
/* Shapes, neurons and the number of seeds as text. */
void pieces_list(qd_buf_t out, const pieces_config *c);
/* The network of one row with one seed: it does not depend on the other rows. */
void pieces_network(qd_net_t net, const pieces_config *c, const qd_arch *arch, uint64_t seed);

#endif
