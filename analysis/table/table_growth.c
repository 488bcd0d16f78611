/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How counts grow with the width at a fixed depth, and with the depth at a fixed width. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "table/table_pieces_study.h"

/* Hidden layers of a row whose hidden layers have all one width; 0: they have not, or the row is none of a series. */
static int64_t layers(const pieces_row *r)
{
    if (r->arch.depth < 2 || r->matches != NULL) return 0;
    for (int64_t l = 2; l < r->arch.depth; l++)
        if (r->arch.width[l] != r->arch.width[1]) return 0;
    return r->arch.depth - 1;
}

/* The number that varies in a series, and the one that does not. */
static int64_t varying(const pieces_row *r, bool depth)
{
    return depth ? layers(r) : r->arch.width[1];
}

static bool belongs(const pieces_row *r, const pieces_row *first, bool depth)
{
    return layers(r) > 0 && r->start == first->start && qd_neuron_equal(&r->arch.neuron, &first->arch.neuron) &&
           varying(r, !depth) == varying(first, !depth);
}

/* The series that begins with this row, in ascending order; n < 3: it is none, or an earlier row belongs to it too. */
static growth_series collect(const pieces_rows *rows, int64_t first, bool depth)
{
    const pieces_row *row = rows->row;
    growth_series g = {depth, 0, qd_malloc((size_t) rows->n * sizeof *g.row)};
    for (int64_t i = 0; i < rows->n; i++) {
        if (!belongs(row + i, row + first, depth)) continue;
        if (i < first) {
            g.n = 0;
            return g;
        }
        int64_t at = g.n++;
        for (; at > 0 && varying(row + g.row[at - 1], depth) > varying(row + i, depth); at--) g.row[at] = g.row[at - 1];
        g.row[at] = i;
    }
    return g;
}

static int64_t distinct(const growth_series *g, const pieces_row *row)
{
    int64_t n = g->n > 0;
    for (int64_t i = 1; i < g->n; i++) n += varying(row + g->row[i], g->depth) > varying(row + g->row[i - 1], g->depth);
    return n;
}

void growth_make(pieces_study *s)
{
    s->series = qd_calloc((size_t) (2 * s->rows.n + 1), sizeof *s->series);
    for (int depth = 0; depth < 2; depth++)
        for (int64_t i = 0; i < s->rows.n; i++) {
            if (layers(s->rows.row + i) == 0) continue;
            growth_series g = collect(&s->rows, i, depth);
            if (distinct(&g, s->rows.row) >= 3) s->series[s->nseries++] = g;
            else free(g.row);
        }
}

void growth_clear(pieces_study *s)
{
    for (int64_t i = 0; i < s->nseries; i++) free(s->series[i].row);
    free(s->series);
}

void growth_name(qd_table_t t, int64_t row, const growth_series *g, const pieces_rows *rows)
{
    const pieces_row *first = rows->row + g->row[0], *last = rows->row + g->row[g->n - 1];
    const int64_t *width = first->arch.width;
    qd_buf_t name;
    qd_buf_init(name);
    qd_buf_printf(name, "%" PRId64 "-", width[0]);
    if (g->depth) qd_buf_printf(name, "%" PRId64 "^L-", width[1]);
    else
        for (int64_t l = 0; l < layers(first); l++) qd_buf_puts(name, "w-");
    qd_buf_printf(name, "%" PRId64 " %s=%" PRId64 "..%" PRId64, width[first->arch.depth], g->depth ? "L" : "w", varying(first, g->depth),
                  varying(last, g->depth));
    qd_table_set(t, row, 0, "%s", qd_buf_str(name));
    qd_buf_clear(name);
}

void growth_fill(qd_table_t t, int64_t row, int64_t at, const growth_series *g, const pieces_rows *rows, const double *regions,
                 const double *pieces)
{
    const double *const median[] = {regions, pieces};
    double *x = qd_malloc((size_t) g->n * sizeof *x), *y = qd_malloc((size_t) g->n * sizeof *y), slope, error, intercept;
    for (int k = 0; k < 2; k++) {
        for (int64_t i = 0; i < g->n; i++) {
            x[i] = log((double) varying(rows->row + g->row[i], g->depth));
            y[i] = log(median[k][g->row[i]]);
        }
        if (!qd_stats_fit(&slope, &error, &intercept, x, y, g->n)) continue;
        qd_table_set(t, row, at + 2 * k, "%.4f", slope);
        qd_table_set(t, row, at + 2 * k + 1, "%.4f", error);
    }
    free(x);
    free(y);
}
