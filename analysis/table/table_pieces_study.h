/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `quadric table pieces` share: the study, the result of one network, and the rows that sum up how counts grow. */
#ifndef QD_TABLE_PIECES_STUDY_H
#define QD_TABLE_PIECES_STUDY_H

#include "table/table_count.h"
#include "table/table_pieces.h"

typedef struct {
    qd_count count; /* all 0 where collapsed */
    int collapsed;  /* training has; there is no network to count */
} pieces_result;

/* Rows whose networks differ in one number alone, the width of all hidden layers or how many there are. */
typedef struct {
    bool depth;   /* the number is that of layers, else the width */
    int64_t n;    /* >= 3 */
    int64_t *row; /* owned: the rows, by that number, ascending */
} growth_series;

typedef struct {
    pieces_config config;
    pieces_rows rows;
    int64_t nseries;
    growth_series *series; /* owned: a row of the table each, behind the others */
} pieces_study;

/* All series of at least three rows; those of equal parameters, whose layers differ in width, and files belong to none. */
void growth_make(pieces_study *s);
void growth_clear(pieces_study *s);

void pieces_columns(const void *study, qd_table_t t);
void pieces_fill(const void *study, qd_table_t t, const void *results, const bool *open);
/* Of the first columns, how many name a row. */
enum { PIECES_KEYS = 5 };

/* What the rows of one table are filled from. */
typedef struct {
    const pieces_study *study;
    const pieces_result *result; /* of all items */
    const bool *open;
    double *regions, *pieces; /* owned: medians of the rows; NaN: none */
    bool *exact;              /* owned: of the rows */
} pieces_filling;

/* The five cells of each row that is compared with another, from `column` on: which, in how many seeds it has more pieces and fewer, the p-value,
   and that corrected for all tests of the table. */
void pieces_fill_tests(const pieces_filling *f, qd_table_t t, int64_t column);

/* The cells of a series from column `at` on, regions, then pieces: the exponent of the power of the number that fits their medians best, and
   its standard error. median: (rows), of the rows of the table. */
void growth_fill(qd_table_t t, int64_t row, int64_t at, const growth_series *series, const pieces_rows *rows, const double *regions,
                 const double *pieces);
/* The first cell: "2-w-w-1 w=4..32" or "2-8^L-1 L=1..4". */
void growth_name(qd_table_t t, int64_t row, const growth_series *series, const pieces_rows *rows);

#endif
