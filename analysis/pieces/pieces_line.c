/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces on a line: breakpoints, regions and their polynomials. */
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "pieces/pieces_certificate.h"
#include "pieces/pieces_line.h"
#include "report/report.h"

/* Breakpoints that the text shows without --list. */
#define SHOWN 20

static void text_summary(qd_buf_t out, const qd_net_t net, const qd_line_t line)
{
    qd_count c = qd_line_count(line);
    const char *at_least = c.label == QD_EXACT ? "" : "at least ";
    fmpz_t b;
    fmpz_init(b);
    qd_bound_line(b, net);
    char *bound = fmpz_get_str(NULL, 10, b);
    pieces_text_head(out, net);
    qd_buf_printf(out, "status         %s\n", qd_label_name(c.label));
    qd_buf_printf(out, "patterns       %s%ld\n", at_least, (long) c.patterns);
    qd_buf_printf(out, "regions        %s%ld   (upper bound %s, %s)\n", at_least, (long) c.regions, bound, QD_BOUND_LINE_NAME);
    qd_buf_printf(out, "pieces         %s%ld\n", at_least, (long) c.pieces);
    if (c.label == QD_EXACT) qd_buf_printf(out, "largest degree %ld\n", (long) c.max_degree);
    qd_buf_printf(out, "made by        quadric %s, seed %llu\n", QD_VERSION, (unsigned long long) cli_common.seed);
    flint_free(bound);
    fmpz_clear(b);
}

static void text_breakpoints(qd_buf_t out, const qd_line_t line, const pieces_breakpoints *b, const char *variable)
{
    qd_table_t t;
    qd_buf_t s;
    qd_table_init(t);
    qd_buf_init(s);
    qd_table_column(t, "number", "breakpoint", QD_CELL_NUMBER);
    qd_table_column(t, "approx", variable, QD_CELL_STRING);
    qd_table_column(t, "smoothness", "smoothness", QD_CELL_STRING);
    qd_table_column(t, "exact", "exactly", QD_CELL_STRING);
    for (slong i = 0; i < b->n; i++) {
        slong row = qd_table_row(t);
        qd_table_set(t, row, 0, "%ld", (long) i + 1);
        qd_table_set(t, row, 1, "%s", b->approx[i]);
        if (!qd_line_changes(line, i)) qd_table_set(t, row, 2, "same piece");
        else qd_table_set(t, row, 2, "C^%ld", (long) b->smoothness[i]);
        qd_buf_reset(s);
        text_alg(s, b->at + i, variable);
        qd_table_set(t, row, 3, "%s", qd_buf_str(s));
    }
    qd_buf_puts(out, "\n");
    qd_table_print(out, t, QD_TEXT);
    qd_table_clear(t);
    qd_buf_clear(s);
}

static qd_status text_regions(qd_buf_t out, qd_line_t line, slong nswitching, const char *variable, qd_ctx_t ctx)
{
    slong outputs = qd_line_outputs(line), piece = 1;
    char *pattern = qd_malloc((size_t) nswitching + 1);
    fmpq_poly_struct *p = pieces_polys(outputs);
    qd_table_t t;
    qd_buf_t s;
    qd_status st = QD_OK;
    qd_table_init(t);
    qd_buf_init(s);
    qd_table_column(t, "region", "region", QD_CELL_NUMBER);
    qd_table_column(t, "piece", "piece", QD_CELL_NUMBER);
    qd_table_column(t, "pattern", "pattern", QD_CELL_STRING);
    qd_table_column(t, "degree", "degree", QD_CELL_NUMBER);
    qd_table_column(t, "output", "output", QD_CELL_STRING);
    for (slong i = 0; i < qd_line_nregions(line); i++) {
        if ((st = qd_line_poly(p, line, i, ctx)) != QD_OK) break;
        slong row = qd_table_row(t), degree = -1;
        if (i > 0 && qd_line_changes(line, i - 1)) piece++;
        qd_line_pattern(pattern, line, i);
        qd_buf_reset(s);
        for (slong o = 0; o < outputs; o++) {
            if (o > 0) qd_buf_puts(s, ",  ");
            text_poly(s, p + o, variable);
            if (fmpq_poly_degree(p + o) > degree) degree = fmpq_poly_degree(p + o);
        }
        qd_table_set(t, row, 0, "%ld", (long) i + 1);
        qd_table_set(t, row, 1, "%ld", (long) piece);
        qd_table_set(t, row, 2, "%s", pattern);
        qd_table_set(t, row, 3, "%ld", (long) degree);
        qd_table_set(t, row, 4, "%s", qd_buf_str(s));
    }
    if (st == QD_OK) {
        qd_buf_puts(out, "\n");
        qd_table_print(out, t, QD_TEXT);
    }
    qd_table_clear(t);
    qd_buf_clear(s);
    pieces_polys_free(p, outputs);
    free(pattern);
    return st;
}

static qd_status print_text(qd_buf_t out, const qd_net_t net, qd_line_t line, const char *variable, qd_ctx_t ctx)
{
    text_summary(out, net, line);
    if (qd_line_count(line).label != QD_EXACT || pieces_options.count) return QD_OK;
    slong n = qd_line_nbreaks(line);
    if (n > SHOWN && !pieces_options.list) {
        qd_buf_printf(out, "\n%ld breakpoints between %.6g and %.6g; --list shows them all\n", (long) n, qd_line_approx(line, 0),
                      qd_line_approx(line, n - 1));
        return QD_OK;
    }
    qd_status st = QD_OK;
    if (n > 0) {
        pieces_breakpoints b = {0, NULL, NULL, NULL};
        st = pieces_breakpoints_make(&b, line, n, ctx);
        if (st == QD_OK) text_breakpoints(out, line, &b, variable);
        pieces_breakpoints_clear(&b);
    }
    if (st == QD_OK && pieces_options.list) st = text_regions(out, line, qd_net_nswitching(net), variable, ctx);
    return st;
}

/* Counts, prints, and says on stderr what the budget left out. */
static int answer(qd_line_t line, const qd_net_t net, const char *path, const pieces_domain *dom, qd_ctx_t ctx)
{
    int code = EXIT_ANSWERED;
    qd_buf_t out;
    qd_status st = qd_line_compute(line, net, &dom->d, ctx);
    if (st != QD_OK && !(st == QD_EUNABLE && line->impl != NULL)) return cli_fail(st, path, ctx);
    if (st == QD_EUNABLE) {
        code = cli_fail(st, "lower bound", ctx);
        cli_ctx_print(ctx);
    }
    qd_buf_init(out);
    st = cli_common.json ? pieces_line_json(out, net, line, dom, ctx) : print_text(out, net, line, dom->variable, ctx);
    if (st == QD_EUNABLE) code = cli_fail(st, "the counts are complete, the list is not", ctx);
    else if (st != QD_OK) code = cli_fail(st, path, ctx);
    if (st == QD_OK || st == QD_EUNABLE) code = cli_print(out, code);
    qd_buf_clear(out);
    return pieces_certificate_line(net, dom, line, code, ctx);
}

int pieces_line(const qd_net_t net, const char *path, const pieces_domain *dom, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_line_init(line);
    int code = answer(line, net, path, dom, ctx);
    qd_line_clear(line);
    return code;
}
