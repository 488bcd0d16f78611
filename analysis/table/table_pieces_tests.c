/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of one row against those of another, seed by seed. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "table/table_pieces_study.h"

/* The most networks of which the exact test is quick. */
enum { MOST_TESTED = 1000 };

static void set_against(qd_table_t t, int64_t row, int64_t column, const qd_arch *arch)
{
    qd_buf_t name;
    qd_buf_init(name);
    qd_arch_print_widths(name, arch, "-");
    qd_buf_printf(name, " %s ", qd_kind_get(arch->neuron.kind)->name);
    qd_neuron_print_function(name, &arch->neuron);
    qd_table_set(t, row, column, "%s", qd_buf_str(name));
    qd_buf_clear(name);
}

/* The p-value of a row against another; NaN: there is none. Seeds in which either run has collapsed are left out. */
static double test_row(const pieces_filling *f, qd_table_t t, int64_t row, int64_t column)
{
    const pieces_row *r = f->study->rows.row + row, *other = f->study->rows.row + r->against;
    int64_t more = 0, fewer = 0, n = 0;
    set_against(t, row, column, &other->arch);
    if (f->open[row] || f->open[r->against] || !f->exact[row] || !f->exact[r->against]) return NAN;
    double *d = qd_malloc((size_t) r->n * sizeof *d);
    for (int64_t i = 0; i < r->n; i++) {
        const pieces_result *x = f->result + r->first + i, *y = f->result + other->first + i;
        if (x->collapsed || y->collapsed) continue;
        d[n] = (double) (x->count.pieces - y->count.pieces);
        more += d[n] > 0;
        fewer += d[n] < 0;
        n++;
    }
    qd_table_set(t, row, column + 1, "%" PRId64, more);
    qd_table_set(t, row, column + 2, "%" PRId64, fewer);
    double p = n >= 1 && n <= MOST_TESTED ? qd_stats_wilcoxon(d, n) : NAN;
    free(d);
    return p;
}

void pieces_fill_tests(const pieces_filling *f, qd_table_t t, int64_t column)
{
    const pieces_rows *rows = &f->study->rows;
    double *p = qd_malloc((size_t) (rows->n + 1) * sizeof *p);
    int64_t *at = qd_malloc((size_t) (rows->n + 1) * sizeof *at), n = 0;
    for (int64_t row = 0; row < rows->n; row++) {
        if (rows->row[row].against < 0) continue;
        p[n] = test_row(f, t, row, column);
        if (isnan(p[n])) continue;
        qd_table_set(t, row, column + 3, "%.3g", p[n]);
        at[n++] = row;
    }
    qd_stats_holm(p, p, n);
    for (int64_t i = 0; i < n; i++) qd_table_set(t, at[i], column + 4, "%.3g", p[i]);
    free(p);
    free(at);
}
