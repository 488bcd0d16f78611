/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configurations of `quadric table pieces` and `quadric table functional`; configs/pieces.yaml and configs/functional.yaml explain
   the keys. */
#ifndef QD_TABLE_PIECES_H
#define QD_TABLE_PIECES_H

#include "piece/piece.h"
#include "report/report.h"
#include "table/arch_list.h"
#include "table/table_starts.h"

/* Where pieces are counted: one input as it is, lines, planes, or all inputs. */
typedef enum { PLACE_AXIS, PLACE_RANDOM_LINE, PLACE_GIVEN_LINE, PLACE_RANDOM_PLANE, PLACE_GIVEN_PLANE, PLACE_SPACE } table_place;

typedef struct {
    table_place place;
    slong inputs, dim; /* dim: coordinates of the domain */
    fmpq *p;           /* owned, (dim + 1, inputs): the points of a given line or plane; NULL: none */
    fmpq *lo, *hi;     /* owned, (dim): the interval or the box; NULL: none */
} table_domain;

/* Reads the keys line, interval, domain, plane and box. */
qd_status table_domain_read(table_domain *d, const qd_node *root, slong inputs, qd_ctx_t ctx);
void table_domain_clear(table_domain *d);
/* Does it depend on the seed? */
bool table_domain_random(const table_domain *d);
void table_domain_print(qd_buf_t out, const table_domain *d);
/* The domain of one seed; base and step: (inputs), (2, inputs), for it to stand in. */
qd_domain table_domain_make(const table_domain *d, fmpq *base, fmpq *step, uint64_t seed);

typedef struct {
    qd_doc_t doc;    /* what the starts borrow from */
    char *name;      /* owned */
    arch_list archs; /* owned */
    int64_t input_dim, seeds;
    table_domain domain;
    table_starts starts; /* owned; one, random, for `table functional` */
    uint64_t data;       /* digest of what trained networks learn */
    bool biases;
    bool equal_parameters; /* also conventional networks with as many parameters as each other kind */
    double max_seconds;    /* s, for one network; 0: no limit */
    uint64_t seed;         /* of the first network of a row */
} pieces_config;

/* Who reads: it decides which keys there are. */
typedef enum { PIECES_COUNT, PIECES_FUNCTIONAL } pieces_study_kind;

void pieces_config_init(pieces_config *c, pieces_study_kind study, uint64_t seed);
void pieces_config_clear(pieces_config *c);
/* Reads and checks the file; every message but one for a file that cannot be opened names line and column. */
qd_status pieces_config_read(pieces_config *c, const char *path, pieces_study_kind study, qd_ctx_t ctx);

/* Number i of the architectures, shape by shape, with or without biases as asked for. */
int64_t pieces_narchs(const pieces_config *c);
qd_arch pieces_arch(const pieces_config *c, int64_t i);

/* Weights and budget: with the domain, shapes, neurons and seeds all that results depend on. */
void pieces_weights(qd_buf_t out, const pieces_config *c);
/* Shapes, neurons, starts in full and the number of seeds as text. */
void pieces_list(qd_buf_t out, const pieces_config *c);

/* ---- rows ---------------------------------------------------------------------------------- */

/* One row of a table: an architecture with one start, or a network of a file. */
typedef struct {
    qd_arch arch;             /* width owned; depth 0: of a file */
    const qd_neuron *matches; /* borrowed: whose number of parameters it has; NULL: its own widths were asked for */
    int64_t start;            /* its number */
    int64_t against;          /* a row with which it is compared seed by seed; -1: none */
    int64_t first, n;         /* its items, one a seed */
} pieces_row;

typedef struct {
    int64_t n, nitems;
    pieces_row *row; /* owned */
} pieces_rows;

/* The rows: shape by shape, start by start, kind by kind; behind a kind that is not conventional, where equal parameters are asked for,
   conventional units in layers so much wider that there are as many parameters, or nearly. Then the files.
   The first kind is what the others are compared with, and a wider network the one whose parameters it has. */
void pieces_rows_make(pieces_rows *rows, const pieces_config *c);
void pieces_rows_clear(pieces_rows *rows); /* zero bytes are an empty list */
int64_t pieces_rows_find(const pieces_rows *rows, int64_t item);
/* The first three cells: widths, kind and function of the neurons. */
void pieces_row_name(qd_table_t t, int64_t row, const qd_arch *arch);

/* QD_EUNABLE: the budget is too small to make the network and to lower it. */
qd_status pieces_foresee(const qd_arch *arch, qd_ctx_t ctx);
/* The random network, START_DRAWN or START_NEAR, of one row with one seed: it does not depend on the other rows. */
void pieces_network(qd_net_t net, const table_start *start, const qd_arch *arch, uint64_t seed);

#endif
