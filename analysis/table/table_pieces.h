/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configurations of `quadric table pieces` and `quadric table functional`; configs/pieces.yaml and configs/functional.yaml explain
   the keys. */
#ifndef QD_TABLE_PIECES_H
#define QD_TABLE_PIECES_H

#include "piece/piece.h"
#include "table/arch_list.h"

/* Where pieces are counted: one input as it is, lines, planes, or all inputs. */
typedef enum { PLACE_AXIS, PLACE_RANDOM_LINE, PLACE_GIVEN_LINE, PLACE_RANDOM_PLANE, PLACE_SPACE } table_place;

typedef struct {
    table_place place;
    slong inputs, dim; /* dim: coordinates of the domain */
    fmpq *p, *q;       /* owned, (inputs): the points of a given line */
    fmpq *lo, *hi;     /* owned, (dim): the interval or the box; NULL: none */
} table_domain;

/* Reads the keys line, interval, domain and box. */
qd_status table_domain_read(table_domain *d, const qd_node *root, slong inputs, qd_ctx_t ctx);
void table_domain_clear(table_domain *d);
void table_domain_print(qd_buf_t out, const table_domain *d);
/* The domain of one seed; base and step: (inputs), (2, inputs), for it to stand in. */
qd_domain table_domain_make(const table_domain *d, fmpq *base, fmpq *step, uint64_t seed);

typedef struct {
    char *name;      /* owned */
    arch_list archs; /* owned */
    int64_t input_dim, seeds;
    table_domain domain;
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

/* Weights and budget: with the domain, shapes, neurons and seeds all that results depend on. */
void pieces_weights(qd_buf_t out, const pieces_config *c);
/* Shapes, neurons and the number of seeds as text. */
void pieces_list(qd_buf_t out, const pieces_config *c);
/* QD_EUNABLE: the budget is too small to make the network and to lower it. */
qd_status pieces_foresee(const qd_arch *arch, qd_ctx_t ctx);
/* The network of one row with one seed: it does not depend on the other rows. */
void pieces_network(qd_net_t net, const pieces_config *c, const qd_arch *arch, uint64_t seed);

#endif
