/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies: results of runs, and the tables made of them. */
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/compare.h"

const qd_field compare_field[] = {
    {"status", QD_FIELD_ENUM, offsetof(compare_result, status), QD_RUN_DONE, QD_RUN_COLLAPSED},
    {"cause", QD_FIELD_ENUM, offsetof(compare_result, cause), 0, QD_CAUSE_CONSTANT},
    {"layer", QD_FIELD_INT, offsetof(compare_result, layer), -1, INT64_MAX},
    {"step", QD_FIELD_INT, offsetof(compare_result, step), 0, INT64_MAX},
    {"best_step", QD_FIELD_INT, offsetof(compare_result, best_step), 0, INT64_MAX},
    {"reached_step", QD_FIELD_INT, offsetof(compare_result, reached_step), -1, INT64_MAX},
    {"parameters", QD_FIELD_INT, offsetof(compare_result, parameters), 0, INT64_MAX},
    {"labels", QD_FIELD_INT, offsetof(compare_result, labels), 0, 1},
    {"error", QD_FIELD_DOUBLE, offsetof(compare_result, error), 0, 0},
    {"largest", QD_FIELD_DOUBLE, offsetof(compare_result, largest), 0, 0},
    {"train_error", QD_FIELD_DOUBLE, offsetof(compare_result, train_error), 0, 0},
    {"loss", QD_FIELD_DOUBLE, offsetof(compare_result, loss), 0, 0},
    {"best_error", QD_FIELD_DOUBLE, offsetof(compare_result, best_error), 0, 0},
    {"constant_error", QD_FIELD_DOUBLE, offsetof(compare_result, constant_error), 0, 0},
    {"pieces", QD_FIELD_INT, offsetof(compare_result, pieces), -1, INT64_MAX},
    {"degree", QD_FIELD_INT, offsetof(compare_result, degree), -1, INT64_MAX},
    {"lower", QD_FIELD_DOUBLE, offsetof(compare_result, lower), 0, 0},
    {"upper", QD_FIELD_DOUBLE, offsetof(compare_result, upper), 0, 0},
    {"counts", QD_FIELD_TEXT, offsetof(compare_result, counts), 0, 0},
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

/* ---- tables ------------------------------------------------------------------------------- */

static void axis_columns(qd_table_t t)
{
    qd_table_column(t, "target", "target", QD_CELL_STRING);
    qd_table_column(t, "model", "model", QD_CELL_STRING);
    qd_table_column(t, "strategy", "strategy", QD_CELL_STRING);
}

static void axis_cells(qd_table_t t, int64_t row, const compare_study *s, int64_t item)
{
    int64_t entry[COMPARE_AXES];
    uint64_t seed;
    compare_item(s, item, entry, &seed);
    for (int a = 0; a < COMPARE_AXES; a++) qd_table_set(t, row, a, "%s", s->axis[a].entry[entry[a]].name);
}

/* A number for people: empty where it is not finite. */
static void set_number(qd_table_t t, int64_t row, int64_t column, double x, const char *format)
{
    if (isfinite(x)) qd_table_set(t, row, column, format, x);
}

/* A bound with few digits is still one: rounded outwards. The format is MPFR's. */
static void set_bound(qd_table_t t, int64_t row, int64_t column, double x, const char *format)
{
    char *text = NULL;
    mpfr_t m;
    if (!isfinite(x)) return;
    mpfr_init2(m, 53);
    mpfr_set_d(m, x, MPFR_RNDN);
    mpfr_asprintf(&text, format, m);
    qd_table_set(t, row, column, "%s", text);
    mpfr_free_str(text);
    mpfr_clear(m);
}

void compare_runs_table(qd_table_t t, const compare_study *s, const compare_result *r)
{
    static const char *const numbers[] = {"error", "largest_error", "train_error", "loss", "best_error", "constant_error"};
    axis_columns(t);
    qd_table_column(t, "seed", "seed", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    qd_table_column(t, "cause", "cause", QD_CELL_STRING);
    qd_table_column(t, "layer", "layer", QD_CELL_NUMBER);
    qd_table_column(t, "step", "step", QD_CELL_NUMBER);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) qd_table_column(t, numbers[k], numbers[k], QD_CELL_NUMBER);
    qd_table_column(t, "best_step", "best step", QD_CELL_NUMBER);
    qd_table_column(t, "reached_step", "reached at step", QD_CELL_NUMBER);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    static const char *const exact[] = {"pieces", "max_degree", "certified_lower", "certified_upper"};
    for (int k = 0; s->exact && k < 4; k++) qd_table_column(t, exact[k], exact[k], QD_CELL_NUMBER);
    for (int64_t i = 0; i < compare_nitems(s); i++) {
        int64_t entry[COMPARE_AXES], row = qd_table_row(t);
        uint64_t seed;
        const double x[] = {r[i].error, r[i].largest, r[i].train_error, r[i].loss, r[i].best_error, r[i].constant_error};
        compare_item(s, i, entry, &seed);
        axis_cells(t, row, s, i);
        qd_table_set(t, row, 3, "%" PRIu64, seed);
        qd_table_set(t, row, 4, "%s", qd_run_status_name(r[i].status));
        qd_table_set(t, row, 5, "%s", qd_cause_name(r[i].cause));
        if (r[i].layer >= 0) qd_table_set(t, row, 6, "%" PRId64, r[i].layer);
        qd_table_set(t, row, 7, "%" PRId64, r[i].step);
        for (int k = 0; k < 6; k++) set_number(t, row, 8 + k, x[k], "%.9g");
        qd_table_set(t, row, 14, "%" PRId64, r[i].best_step);
        if (r[i].reached_step >= 0) qd_table_set(t, row, 15, "%" PRId64, r[i].reached_step);
        qd_table_set(t, row, 16, "%" PRId64, r[i].parameters);
        if (!s->exact || r[i].pieces < 0) continue;
        qd_table_set(t, row, 17, "%" PRId64, r[i].pieces);
        qd_table_set(t, row, 18, "%" PRId64, r[i].degree);
        set_bound(t, row, 19, r[i].lower, "%.6RDg");
        set_bound(t, row, 20, r[i].upper, "%.6RUg");
    }
}

/* The cells of one line, up to its ';', from column 4 on; returns what is behind it. */
static const char *count_cells(qd_table_t t, int64_t row, const char *line)
{
    for (int64_t k = 4; *line != ';'; k++) {
        int len = (int) strcspn(line, ",;");
        qd_table_set(t, row, k, "%.*s", len, line);
        line += len + (line[len] == ',');
    }
    return line + 1;
}

void compare_counts_table(qd_table_t t, const compare_study *s, const compare_result *r)
{
    axis_columns(t);
    qd_table_column(t, "seed", "seed", QD_CELL_NUMBER);
    qd_table_column(t, "step", "step", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    qd_table_column(t, "regions", "regions", QD_CELL_NUMBER);
    qd_table_column(t, "pieces", "pieces", QD_CELL_NUMBER);
    qd_table_column(t, "max_degree", "max degree", QD_CELL_NUMBER);
    for (int64_t i = 0; i < compare_nitems(s); i++)
        for (const char *line = r[i].counts; *line != '\0';) {
            int64_t entry[COMPARE_AXES], row = qd_table_row(t);
            uint64_t seed;
            compare_item(s, i, entry, &seed);
            axis_cells(t, row, s, i);
            qd_table_set(t, row, 3, "%" PRIu64, seed);
            line = count_cells(t, row, line);
        }
}

/* A collapsed run has no error worth the name: it ranks behind all others. */
static double error_of(const compare_result *r)
{
    return r->status == QD_RUN_COLLAPSED || !isfinite(r->error) ? INFINITY : r->error;
}

/* Medians of pieces and of the certified upper bounds, and the largest degree, over the runs that were read back. */
static void exact_cells(qd_table_t t, int64_t row, int64_t column, const compare_result *r, int64_t n)
{
    double *pieces = qd_malloc((size_t) n * sizeof *pieces), *upper = qd_malloc((size_t) n * sizeof *upper);
    int64_t m = 0, degree = -1;
    for (int64_t i = 0; i < n; i++) {
        if (r[i].pieces < 0) continue;
        pieces[m] = (double) r[i].pieces;
        upper[m++] = r[i].upper;
        if (r[i].degree > degree) degree = r[i].degree;
    }
    if (m > 0) {
        qd_table_set(t, row, column, "%.4g", qd_stats_quantile(pieces, m, 0.5));
        qd_table_set(t, row, column + 1, "%" PRId64, degree);
        set_bound(t, row, column + 2, qd_stats_quantile(upper, m, 0.5), "%.3RUe");
    }
    free(pieces);
    free(upper);
}

/* percent: the errors are rates. */
static void summary_row(qd_table_t t, const compare_study *s, const compare_result *r, int64_t first, const double *seconds, bool percent)
{
    int64_t n = s->seeds, collapsed = 0, reached = 0, row = qd_table_row(t);
    double *error = qd_malloc((size_t) n * sizeof *error), *at = qd_malloc((size_t) n * sizeof *at);
    for (int64_t i = 0; i < n; i++) {
        error[i] = error_of(r + first + i);
        collapsed += r[first + i].status == QD_RUN_COLLAPSED;
        if (r[first + i].reached_step >= 0) at[reached++] = (double) r[first + i].reached_step;
    }
    axis_cells(t, row, s, first);
    qd_table_set(t, row, 3, "%" PRId64, r[first].parameters);
    qd_table_set(t, row, 4, "%" PRId64, n);
    qd_table_set(t, row, 5, "%" PRId64, collapsed);
    for (int k = 0; k < 3; k++)
        set_number(t, row, 6 + k, (percent ? 100 : 1) * qd_stats_quantile(error, n, 0.25 * (k + 1)), percent ? "%.2f" : "%.3e");
    if (s->threshold) qd_table_set(t, row, 9, "%" PRId64, reached);
    if (s->threshold && reached > 0) set_number(t, row, 10, qd_stats_quantile(at, reached, 0.5), "%.0f");
    if (s->exact) exact_cells(t, row, s->threshold ? 11 : 9, r + first, n);
    if (seconds != NULL) qd_table_set(t, row, t->ncolumns - 1, "%.2f", qd_stats_quantile(seconds + first, n, 0.5));
    free(error);
    free(at);
}

void compare_summary_table(qd_table_t t, const compare_study *s, const compare_result *r, const double *seconds)
{
    bool percent = true; /* where all targets have classes */
    for (int64_t i = 0; i < compare_nitems(s); i += s->seeds) percent &= r[i].labels != 0;
    axis_columns(t);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "runs", "runs", QD_CELL_NUMBER);
    qd_table_column(t, "collapsed", "collapsed", QD_CELL_NUMBER);
    qd_table_column(t, "error_q1", percent ? "error q1 (%)" : "error q1", QD_CELL_NUMBER);
    qd_table_column(t, "error_median", percent ? "median (%)" : "median", QD_CELL_NUMBER);
    qd_table_column(t, "error_q3", percent ? "q3 (%)" : "q3", QD_CELL_NUMBER);
    if (s->threshold) {
        qd_table_column(t, "reached", "reached", QD_CELL_NUMBER);
        qd_table_column(t, "steps_to_threshold", "steps to it", QD_CELL_NUMBER);
    }
    if (s->exact) {
        qd_table_column(t, "pieces_median", "pieces", QD_CELL_NUMBER);
        qd_table_column(t, "max_degree", "degree", QD_CELL_NUMBER);
        qd_table_column(t, "certified_error_median", "certified", QD_CELL_NUMBER);
    }
    if (seconds != NULL) qd_table_column(t, "seconds", "seconds", QD_CELL_NUMBER);
    for (int64_t first = 0; first < compare_nitems(s); first += s->seeds) summary_row(t, s, r, first, seconds, percent);
}

/* ---- paired tests ------------------------------------------------------------------------- */

/* Fills a row and returns its p-value. */
static double test_row(qd_table_t t, const compare_study *s, const compare_result *r, int axis, int64_t reference, int64_t first)
{
    int64_t better = 0, worse = 0, row = qd_table_row(t);
    double *d = qd_malloc((size_t) s->seeds * sizeof *d);
    for (int64_t i = 0; i < s->seeds; i++) {
        double x = error_of(r + first + i), y = error_of(r + reference + i);
        d[i] = x == y ? 0 : x - y; /* both collapsed: no difference */
        better += d[i] < 0;
        worse += d[i] > 0;
    }
    axis_cells(t, row, s, first);
    qd_table_set(t, row, 3, "%s", s->axis[axis].entry[0].name);
    qd_table_set(t, row, 4, "%" PRId64, better);
    qd_table_set(t, row, 5, "%" PRId64, worse);
    double p = qd_stats_wilcoxon(d, s->seeds);
    qd_table_set(t, row, 6, "%.3g", p);
    free(d);
    return p;
}

void compare_tests_table(qd_table_t t, const compare_study *s, const compare_result *r)
{
    int axis = s->axis[COMPARE_STRATEGIES].n > 1 ? COMPARE_STRATEGIES : COMPARE_MODELS;
    int64_t step = axis == COMPARE_STRATEGIES ? s->seeds : s->seeds * s->axis[COMPARE_STRATEGIES].n;
    axis_columns(t);
    qd_table_column(t, "against", "against", QD_CELL_STRING);
    qd_table_column(t, "better", "better", QD_CELL_NUMBER);
    qd_table_column(t, "worse", "worse", QD_CELL_NUMBER);
    qd_table_column(t, "p", "p", QD_CELL_NUMBER);
    qd_table_column(t, "p_holm", "p Holm", QD_CELL_NUMBER);
    double *p = qd_malloc((size_t) compare_nitems(s) * sizeof *p);
    for (int64_t first = 0; first < compare_nitems(s); first += s->seeds) {
        int64_t entry[COMPARE_AXES];
        uint64_t seed;
        compare_item(s, first, entry, &seed);
        if (entry[axis] == 0) continue;
        double value = test_row(t, s, r, axis, first - entry[axis] * step, first);
        p[t->nrows - 1] = value;
    }
    qd_stats_holm(p, p, t->nrows);
    for (int64_t row = 0; row < t->nrows; row++) qd_table_set(t, row, 7, "%.3g", p[row]);
    free(p);
}
