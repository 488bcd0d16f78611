/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the counts of all networks to the cells of `table pieces`. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "table/table_pieces_study.h"

enum { ARCHITECTURE, KIND, ACTIVATION, WEIGHTS, MATCHES, PARAMETERS, NETWORKS, COLLAPSED, STATUS };
/* Six cells each, from these on: minimum, first quartile, median, mean, third quartile, maximum. */
enum { REGIONS = STATUS + 1, PIECES = REGIONS + 6, PATTERNS_MAX = PIECES + 6, DEGREE_MAX, BOUND };
enum {
    BOUND_PRODUCT = BOUND + 1,  /* on a line */
    BOUND_NAME = BOUND_PRODUCT, /* elsewhere */
    ESTIMATE,
    AGAINST /* the first column that need not be there */
};
enum { TESTS = 5, GROWTH = 4 }; /* columns of either */

/* ---- columns ------------------------------------------------------------------------------- */

static bool any_tests(const pieces_study *s)
{
    for (int64_t i = 0; i < s->rows.n; i++)
        if (s->rows.row[i].against >= 0) return true;
    return false;
}

static void count_columns(qd_table_t t, const char *what)
{
    static const char *const of[] = {"min", "q1", "median", "mean", "q3", "max"};
    qd_buf_t name, title;
    qd_buf_init(name);
    qd_buf_init(title);
    for (int k = 0; k < 6; k++) {
        qd_buf_reset(name);
        qd_buf_reset(title);
        qd_buf_printf(name, "%s_%s", what, of[k]);
        qd_buf_printf(title, "%s %s", what, of[k]);
        qd_table_column(t, qd_buf_str(name), qd_buf_str(title), QD_CELL_NUMBER);
    }
    qd_buf_clear(name);
    qd_buf_clear(title);
}

static void bound_columns(const pieces_study *s, qd_table_t t)
{
    if (s->config.domain.dim > 1) {
        qd_table_column(t, "bound", "upper bound", QD_CELL_NUMBER);
        qd_table_column(t, "bound_name", "by", QD_CELL_STRING);
        return;
    }
    qd_table_column(t, "bound_pattern_root", "bound " QD_BOUND_LINE_NAME, QD_CELL_NUMBER);
    qd_table_column(t, "bound_layer_product", "bound " QD_BOUND_LINE_PRODUCT_NAME, QD_CELL_NUMBER);
}

void pieces_columns(const void *study, qd_table_t t)
{
    const pieces_study *s = study;
    qd_table_column(t, "architecture", "architecture", QD_CELL_STRING);
    qd_table_column(t, "kind", "kind", QD_CELL_STRING);
    qd_table_column(t, "activation", "activation", QD_CELL_STRING);
    qd_table_column(t, "weights", "weights", QD_CELL_STRING);
    qd_table_column(t, "as_many_parameters_as", "as many parameters as", QD_CELL_STRING);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "networks", "networks", QD_CELL_NUMBER);
    qd_table_column(t, "collapsed", "collapsed", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    count_columns(t, "regions");
    count_columns(t, "pieces");
    qd_table_column(t, "patterns_max", "patterns max", QD_CELL_NUMBER);
    qd_table_column(t, "degree_max", "degree max", QD_CELL_NUMBER);
    bound_columns(s, t);
    qd_table_column(t, "heuristic_hanin_rolnick", "heuristic " QD_ESTIMATE_HANIN_ROLNICK_NAME, QD_CELL_NUMBER);
    if (any_tests(s)) {
        qd_table_column(t, "against", "against", QD_CELL_STRING);
        qd_table_column(t, "more", "more", QD_CELL_NUMBER);
        qd_table_column(t, "fewer", "fewer", QD_CELL_NUMBER);
        qd_table_column(t, "p", "p", QD_CELL_NUMBER);
        qd_table_column(t, "p_holm", "p Holm", QD_CELL_NUMBER);
    }
    if (s->nseries > 0) {
        qd_table_column(t, "regions_exponent", "regions exponent", QD_CELL_NUMBER);
        qd_table_column(t, "regions_exponent_error", "error", QD_CELL_NUMBER);
        qd_table_column(t, "pieces_exponent", "pieces exponent", QD_CELL_NUMBER);
        qd_table_column(t, "pieces_exponent_error", "error", QD_CELL_NUMBER);
    }
}

/* ---- counts -------------------------------------------------------------------------------- */

/* The six cells from `column` on; returns the median. x: (n), n >= 1. */
static double set_summary(qd_table_t t, int64_t row, int64_t column, const int64_t *x, int64_t n)
{
    double *d = qd_malloc((size_t) n * sizeof *d); /* far below 2^53 */
    qd_buf_t mean;
    qd_buf_init(mean);
    for (int64_t i = 0; i < n; i++) d[i] = (double) x[i];
    qd_stats_print_mean(mean, x, n);
    static const double quantile[] = {0, 0.25, 0.5, 0, 0.75, 1};
    for (int k = 0; k < 6; k++) {
        if (k == 3) qd_table_set(t, row, column + k, "%s", qd_buf_str(mean));
        else qd_table_set(t, row, column + k, "%.15g", qd_stats_quantile(d, n, quantile[k]));
    }
    double median = qd_stats_quantile(d, n, 0.5);
    qd_buf_clear(mean);
    free(d);
    return median;
}

/* Where one network has a lower bound only, so has the row: each of its numbers is one then. The degree is the largest that was found for
   certain. */
static void fill_counts(pieces_filling *f, qd_table_t t, int64_t row)
{
    const pieces_row *r = f->study->rows.row + row;
    int64_t *regions = qd_malloc((size_t) r->n * sizeof *regions), *pieces = qd_malloc((size_t) r->n * sizeof *pieces), n = 0;
    bool exact = true;
    long patterns = 0, degree = LONG_MIN;
    for (int64_t i = r->first; i < r->first + r->n; i++) {
        const qd_count *c = &f->result[i].count;
        if (f->result[i].collapsed) continue;
        bool known = c->label == QD_EXACT;
        regions[n] = c->regions;
        pieces[n++] = c->pieces;
        if (c->patterns > patterns) patterns = c->patterns;
        if (known && c->max_degree > degree) degree = c->max_degree;
        exact = exact && known;
    }
    qd_table_set(t, row, NETWORKS, "%" PRId64, r->n);
    qd_table_set(t, row, COLLAPSED, "%" PRId64, r->n - n);
    qd_table_set(t, row, STATUS, "%s", n == 0 ? "collapsed" : qd_label_name(exact ? QD_EXACT : QD_LOWER_BOUND));
    f->exact[row] = exact;
    if (n > 0) {
        f->regions[row] = set_summary(t, row, REGIONS, regions, n);
        f->pieces[row] = set_summary(t, row, PIECES, pieces, n);
        qd_table_set(t, row, PATTERNS_MAX, "%ld", patterns);
        if (degree > LONG_MIN) qd_table_set(t, row, DEGREE_MAX, "%ld", degree);
    }
    free(regions);
    free(pieces);
}

/* ---- what the architecture says ------------------------------------------------------------ */

static void set_integer(qd_table_t t, int64_t row, int64_t column, const fmpz_t value)
{
    char *text = fmpz_get_str(NULL, 10, value);
    qd_table_set(t, row, column, "%s", text);
    flint_free(text);
}

static void fill_bounds(qd_table_t t, int64_t row, const qd_bound_shape_t shape)
{
    fmpz_t value;
    double estimate;
    fmpz_init(value);
    if (shape->dim == 1) {
        if (qd_bound_get(value, QD_BOUND_PATTERN_ROOT, shape)) set_integer(t, row, BOUND, value);
        if (qd_bound_get(value, QD_BOUND_LAYER_PRODUCT, shape)) set_integer(t, row, BOUND_PRODUCT, value);
    } else {
        qd_bound which = qd_bound_best(value, shape);
        set_integer(t, row, BOUND, value);
        qd_table_set(t, row, BOUND_NAME, "%s", qd_bound_name(which));
    }
    if (qd_estimate_hanin_rolnick(&estimate, shape)) qd_table_set(t, row, ESTIMATE, "%.4g", estimate);
    fmpz_clear(value);
}

/* Layers of a file may be of any kinds. */
static void set_widths(qd_table_t t, int64_t row, const qd_net_t net)
{
    qd_buf_t name;
    qd_buf_init(name);
    qd_buf_printf(name, "%ld", (long) net->input_dim);
    for (slong l = 0; l < net->depth; l++) qd_buf_printf(name, "-%ld", (long) net->layer[l].out);
    qd_table_set(t, row, ARCHITECTURE, "%s", qd_buf_str(name));
    qd_buf_clear(name);
}

/* The cells that do not depend on the counts. */
static void fill_row(const pieces_study *s, qd_table_t t, int64_t row)
{
    const pieces_row *r = s->rows.row + row;
    const table_start *start = s->config.starts.start + r->start;
    const table_domain *d = &s->config.domain;
    bool file = start->type == START_FILE;
    qd_bound_shape_t shape;
    qd_bound_shape_init(shape);
    qd_table_set(t, row, WEIGHTS, "%s", start->name);
    if (file) qd_bound_shape_set_net(shape, start->net, d->dim, d->lo != NULL);
    else qd_bound_shape_set_arch(shape, &r->arch, d->dim, d->lo != NULL);
    if (file) set_widths(t, row, start->net);
    else pieces_row_name(t, row, &r->arch);
    if (r->matches != NULL) qd_table_set(t, row, MATCHES, "%s", qd_kind_get(r->matches->kind)->name);
    if (file) qd_table_set(t, row, PARAMETERS, "%" PRId64, qd_net_nparams(start->net));
    else qd_table_set(t, row, PARAMETERS, "%.15g", arch_list_nparams(&r->arch));
    fill_bounds(t, row, shape);
    qd_bound_shape_clear(shape);
}

/* ---- growth -------------------------------------------------------------------------------- */

static void fill_series(const pieces_filling *f, qd_table_t t, int64_t k, int64_t column)
{
    const pieces_study *s = f->study;
    const growth_series *g = s->series + k;
    int64_t row = s->rows.n + k, first = g->row[0];
    const char *status = "fit";
    for (int64_t i = 0; i < g->n; i++) {
        if (!f->exact[g->row[i]]) status = "fit_of_lower_bounds";
        if (isnan(f->pieces[g->row[i]])) status = "budget"; /* a row is open, or all of its runs have collapsed */
    }
    growth_name(t, row, g, &s->rows);
    for (int64_t c = KIND; c <= WEIGHTS; c++) qd_table_set(t, row, c, "%s", t->cell[first][c]);
    qd_table_set(t, row, STATUS, "%s", status);
    if (status[0] == 'f') growth_fill(t, row, column, g, &s->rows, f->regions, f->pieces);
}

void pieces_fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    const pieces_study *s = study;
    size_t n = (size_t) s->rows.n + 1;
    pieces_filling f = {s, results, open, qd_malloc(n * sizeof(double)), qd_malloc(n * sizeof(double)), qd_calloc(n, sizeof(bool))};
    for (int64_t row = 0; row < s->rows.n; row++) {
        f.regions[row] = f.pieces[row] = NAN;
        fill_row(s, t, row);
        if (!open[row]) fill_counts(&f, t, row);
    }
    bool tests = any_tests(s);
    if (tests) pieces_fill_tests(&f, t, AGAINST);
    for (int64_t k = 0; k < s->nseries; k++) fill_series(&f, t, k, AGAINST + (tests ? TESTS : 0));
    free(f.regions);
    free(f.pieces);
    free(f.exact);
}
