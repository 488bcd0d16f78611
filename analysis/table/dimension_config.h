/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Families of polynomial networks as a configuration lists them; shared by `verify dimension`, `table dimension` and `table filling`. */
#ifndef QD_DIMENSION_CONFIG_H
#define QD_DIMENSION_CONFIG_H

#include "report/report.h"
#include "table/arch_list.h"
#include "table/table.h"
#include "variety/variety.h"

typedef struct {
    char *name;                         /* owned */
    arch_list archs;                    /* owned */
    bool last[2], biases[2];            /* which are wanted: last[1]: same; biases[1]: with biases */
    int64_t inputs, outputs, max_width; /* the grid, 0 where shapes were listed */
    int64_t max_power;                  /* `table filling`: the largest power tried for the threshold, 0: none */
    bool minimal_only;                  /* `table filling`: no rows that are not minimal for certain */
} dimension_config;

void dimension_config_init(dimension_config *c, const char *name);
void dimension_config_clear(dimension_config *c);

/* Who reads: it decides which keys there are. */
typedef enum { DIMENSION_VERIFY, DIMENSION_TABLE, DIMENSION_FILLING } dimension_study;

/* A YAML file. widths: [[2, 3, 1], ...], or inputs, outputs, hidden_layers and max_width for a grid (all hidden widths up to
   max_width); neurons: [square, "power:3", quadratic, ...] (not DIMENSION_VERIFY); last: [linear, same]; biases: [false, true];
   max_power and minimal_only (DIMENSION_FILLING). Defaults: linear, false, 0. */
qd_status dimension_config_read(dimension_config *c, const char *path, dimension_study study, qd_ctx_t ctx);

/* The families, by shape, then neuron, then last layer, then biases; an architecture borrows its widths. */
int64_t dimension_config_nitems(const dimension_config *c);
qd_arch dimension_config_item(const dimension_config *c, int64_t item);

/* The caption of a table, and all that its results depend on. */
void dimension_config_describe(qd_buf_t caption, qd_buf_t resolved, const dimension_config *c);

/* The first four columns of a table: widths, neuron, last layer, biases. */
void dimension_set_keys(qd_table_t t, int64_t row, const qd_arch *arch);
void dimension_key_columns(qd_table_t t);
/* true, false, or an empty cell while open */
void dimension_set_truth(qd_table_t t, int64_t row, int64_t column, qd_truth truth);

/* The rank of a family and its bounds, as a table keeps them. */
typedef struct {
    char *ambient; /* owned: an integer of any length */
    int64_t parameters, orbit, expected, lower, upper;
    qd_variety_certificate certificate;
    qd_truth filling, identifiable;
    double log2_failure;
    /* `table filling` */
    qd_truth minimal;
    char *open;        /* owned: widths of the first predecessor that is open, or "" */
    int64_t threshold; /* 0: none */
} dimension_record;
extern const qd_field dimension_field[];

/* What is known before predecessors and powers were looked at: minimal is filling then (not filling: not minimal; open: open). */
void dimension_record_set(dimension_record *d, const qd_variety_result_t r);

/* proved, probable (a valid failure probability below 2^-20) or lower_bound. */
const char *dimension_status(int64_t lower, int64_t upper, double log2_failure);

/* Reads the configuration and runs a table of one row a family; job holds the command, its columns and functions. Returns the
   exit code. */
int dimension_config_table(table_job *job, const char *name, dimension_study study, const char *path);

#endif
