/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: tables and statistics.

   table   one table, five formats: aligned text, CSV, Markdown, LaTeX (booktabs), JSON
   stats   quantiles, means, a line through points, Wilcoxon's test, Holm's correction */
#ifndef QD_REPORT_H
#define QD_REPORT_H

#include <stdbool.h>

#include "io/io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- table ------------------------------------------------------------------------------- */

typedef enum { QD_TEXT, QD_CSV, QD_MARKDOWN, QD_LATEX, QD_JSON_LINES } qd_table_format;

/* Suffix -> format: .txt .csv .md .tex .json (one JSON object a line), in either case. QD_EINPUT names
   the suffix and the known ones. */
qd_status qd_table_format_from_path(qd_table_format *format, const char *path, qd_ctx_t ctx);

typedef enum {
    QD_CELL_STRING, /* left-aligned; quoted in JSON */
    QD_CELL_NUMBER  /* a number, true or false: right-aligned; bare in JSON. An empty cell is null there,
                           anything else ("1/2", "inf") a string */
} qd_cell_type;

typedef struct {
    char *name;  /* machine name: the CSV header and the JSON key */
    char *title; /* heading in text, Markdown and LaTeX */
    qd_cell_type type;
} qd_column;

typedef struct {
    int64_t ncolumns, nrows;
    qd_column *column; /* owned */
    char ***cell;      /* owned; cell[row][column], never NULL */
    char *caption;     /* owned or NULL: text, Markdown and LaTeX print it */
    int64_t row_room;
} qd_table_struct;
typedef qd_table_struct qd_table_t[1];

void qd_table_init(qd_table_t t);
void qd_table_clear(qd_table_t t);
void qd_table_caption(qd_table_t t, const char *caption);
void qd_table_column(qd_table_t t, const char *name, const char *title, qd_cell_type type); /* before any row */
/* Appends a row of empty cells and returns its number. */
int64_t qd_table_row(qd_table_t t);
void qd_table_set(qd_table_t t, int64_t row, int64_t column, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Removes the rows r for which keep[r] is false; keep has length nrows. */
void qd_table_keep(qd_table_t t, const bool *keep);

/* Appends the whole table in one format to out. A row of CSV is quoted by RFC 4180 and ends in \n. LaTeX (needs
   booktabs) escapes # $ % & _ { } ~ ^ \ < > |; Markdown escapes | \ * _ ` < ~ $ &. Text, Markdown and
   LaTeX write a space for a line break or a tab in a cell; widths in text count UTF-8 code points. */
void qd_table_print(qd_buf_t out, const qd_table_t t, qd_table_format format);
/* The rows as an array of objects, a value of a document. */
void qd_table_json(qd_json_t w, const char *key, const qd_table_t t);

/* ---- maps -------------------------------------------------------------------------------- */

/* Regions of a plane on a grid, all borrowed. */
typedef struct {
    int64_t n;         /* points a side */
    const int32_t *at; /* (n, n), rows from below: a number that gives the colour */
    int64_t nsegments;
    const double *segment; /* (nsegments, 4): x0, y0, x1, y1, from 0 to n - 1 */
    const double *lo, *hi; /* (2): the window */
    const char *name[2], *title;
} qd_report_map;

/* The map as an SVG document. */
void qd_report_map_svg(qd_buf_t out, const qd_report_map *map);

/* ---- stats ------------------------------------------------------------------------------- */

/* The quantile p of n >= 1 numbers in any order, 0 <= p <= 1: with x_0 <= ... <= x_(n-1), the value at p (n - 1) of the function
   that is x_i at i and linear in between. So p = 1/2 is the median, 1/4 and 3/4 are the quartiles: definition 7 of [HF96], the default
   of R and NumPy. Infinity ranks last, and so does what lies between a number and infinity. No NaN, no -infinity.
     cost  O(n log n) */
double qd_stats_quantile(const double *x, int64_t n, double p);

/* Appends the mean of n >= 1 integers x_i >= 0 with two decimals, the exact mean rounded to the nearest, halves up: "33.50". */
void qd_stats_print_mean(qd_buf_t out, const int64_t *x, int64_t n);

/* The line y = intercept + slope x that fits n >= 2 points best, by least squares.
     error  (out) the standard error of the slope, sqrt(sum of squared residuals / (n - 2) / sum of (x - mean)^2): its standard deviation were
            the deviations from a line independent, with mean 0 and the same variance; NaN for n = 2
     ->     false: all x are equal, and nothing is set
     from   any textbook; means first, then sums of products of deviations, which lose no digits [CGL83]; cost O(n) */
bool qd_stats_fit(double *slope, double *error, double *intercept, const double *x, const double *y, int64_t n);

/* Two-sided p-value of Wilcoxon's signed-rank test on n differences, n <= 1000: zeros are dropped, infinite ones rank highest, ties
   get midranks. Exact: among all 2^m choices of the signs of the m ranks that are there, twice the share of those whose positive ranks sum to
   no more than the smaller of the two rank sums, at most 1; 1 when nothing is left. No NaN.
     from  [Wil45]; cost O(n^3) */
double qd_stats_wilcoxon(const double *difference, int64_t n);

/* Holm's correction of n p-values that are looked at together: with p_0 <= ... <= p_(n-1), adjusted_i = max_(j <= i) min(1, (n - j) p_j),
   equal ones alike. Rejecting what is at most alpha errs anywhere with probability at most alpha, however the tests depend on each other.
   adjusted (length n) may be p. No NaN.
     from  [Holm79]; cost O(n log n) */
void qd_stats_holm(double *adjusted, const double *p, int64_t n);

#ifdef __cplusplus
}
#endif
#endif
