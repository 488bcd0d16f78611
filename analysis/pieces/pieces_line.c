/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces on a line: breakpoints, regions and their polynomials. */
#include "pieces/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "pieces/pieces_certificate.h"
#include "line/line.h"
#include "report/report.h"

/* Significant digits of `approx`. */
#define DIGITS 30
/* Breakpoints that the text shows without --list. */
#define SHOWN 20

/* ---- breakpoints -------------------------------------------------------------------------- */

typedef struct {
    slong n;
    qd_alg_struct *at;
    char **approx;
    slong *smoothness;
} breakpoints;

static qd_status make_breakpoints(breakpoints *b, qd_line_t line, slong n, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    b->n = n;
    b->at = qd_malloc(sizeof *b->at * (size_t) (n + 1));
    b->smoothness = qd_calloc((size_t) n + 1, sizeof *b->smoothness);
    for (slong i = 0; i < n; i++) qd_alg_init(b->at + i);
    for (slong i = 0; i < n && st == QD_OK; i++) {
        st = qd_line_breakpoint(b->at + i, line, i, ctx);
        if (st == QD_OK && i > 0) qd_alg_separate(b->at + i - 1, b->at + i);
        if (st == QD_OK) st = qd_line_smoothness(b->smoothness + i, line, i, ctx);
        qd_ctx_progress(ctx, "breakpoints", i + 1, n);
    }
    b->approx = st == QD_OK ? text_distinct(b->at, n, DIGITS) : NULL;
    return st;
}

static void clear_breakpoints(breakpoints *b)
{
    for (slong i = 0; i < b->n; i++) {
        qd_alg_clear(b->at + i);
        if (b->approx != NULL) free(b->approx[i]);
    }
    free(b->at);
    free(b->approx);
    free(b->smoothness);
}

/* ---- printing ----------------------------------------------------------------------------- */

static fmpq_poly_struct *polys(slong n)
{
    fmpq_poly_struct *p = qd_malloc(sizeof *p * (size_t) n);
    for (slong i = 0; i < n; i++) fmpq_poly_init(p + i);
    return p;
}

static void free_polys(fmpq_poly_struct *p, slong n)
{
    for (slong i = 0; i < n; i++) fmpq_poly_clear(p + i);
    free(p);
}

/* What the budget does not allow for any more becomes null, here and below. */
static qd_status json_breakpoints(qd_json_t w, const char *key, qd_line_t line, qd_ctx_t ctx)
{
    breakpoints b = {0, NULL, NULL, NULL};
    qd_status st = make_breakpoints(&b, line, qd_line_nbreaks(line), ctx);
    if (st != QD_OK) qd_json_null(w, key);
    else qd_json_array(w, key);
    for (slong i = 0; i < b.n && st == QD_OK; i++) {
        qd_json_object(w, NULL);
        text_alg_json(w, b.at + i, b.approx[i]);
        if (b.smoothness[i] == WORD_MAX) qd_json_null(w, "smoothness");
        else qd_json_int(w, "smoothness", b.smoothness[i]);
        qd_json_bool(w, "changes_output", qd_line_changes(line, i));
        qd_json_end(w);
    }
    if (st == QD_OK) qd_json_end(w);
    clear_breakpoints(&b);
    return st;
}

static qd_status json_regions(qd_json_t w, const char *key, qd_line_t line, slong nswitching, qd_ctx_t ctx)
{
    slong outputs = qd_line_outputs(line), piece = 0;
    char *pattern = qd_malloc((size_t) nswitching + 1);
    fmpq_poly_struct *p = polys(outputs);
    qd_buf_t text;
    qd_json_t array; /* apart: a region that fails takes the others with it */
    qd_status st = QD_OK;
    qd_buf_init(text);
    qd_json_init(array, text);
    qd_json_array(array, NULL);
    for (slong i = 0; i < qd_line_nregions(line); i++) {
        if ((st = qd_line_poly(p, line, i, ctx)) != QD_OK) break;
        qd_line_pattern(pattern, line, i);
        qd_json_object(array, NULL);
        qd_json_string(array, "pattern", pattern);
        if (i > 0 && qd_line_changes(line, i - 1)) piece++;
        qd_json_int(array, "piece", piece);
        qd_json_array(array, "polys");
        for (slong o = 0; o < outputs; o++) qd_poly_json(array, NULL, p + o);
        qd_json_end(array);
        qd_json_end(array);
    }
    qd_json_end(array);
    qd_json_raw(w, key, st == QD_OK ? qd_buf_str(text) : "null");
    qd_buf_clear(text);
    free_polys(p, outputs);
    free(pattern);
    return st;
}

static void json_bound(qd_json_t w, const char *key, const qd_net_t net)
{
    fmpz_t b;
    fmpz_init(b);
    qd_bound_line(b, net);
    qd_json_object(w, key);
    qd_json_string(w, "name", QD_BOUND_LINE_NAME);
    qd_fmpz_json(w, "regions", b);
    qd_json_end(w);
    fmpz_clear(b);
}

/* [{"pattern": "011", "at": "1/2"}, ...] */
static void json_witnesses(qd_json_t w, const char *key, const qd_net_t net, qd_line_t line, const pieces_domain *dom, const qd_ctx_t ctx)
{
    qd_line_witnesses_t found;
    qd_line_witnesses_init(found);
    qd_line_witnesses(found, line, net, &dom->d, ctx->seed);
    qd_json_array(w, key);
    for (slong i = 0; i < found->n; i++) {
        qd_json_object(w, NULL);
        qd_json_string(w, "pattern", found->item[i].pattern);
        qd_rat_json(w, "at", found->item[i].at);
        qd_json_end(w);
    }
    qd_json_end(w);
    qd_line_witnesses_clear(found);
}

static qd_status print_json(qd_buf_t out, const qd_net_t net, qd_line_t line, const pieces_domain *dom, qd_ctx_t ctx)
{
    qd_count c = qd_line_count(line);
    qd_status st = QD_OK;
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "status", qd_label_name(c.label));
    qd_json_int(w, "input_dim", net->input_dim);
    qd_json_int(w, "patterns", c.patterns);
    qd_json_int(w, "regions", c.regions);
    qd_json_int(w, "pieces", c.pieces);
    if (c.label == QD_EXACT) qd_json_int(w, "max_degree", c.max_degree);
    else qd_json_null(w, "max_degree");
    json_bound(w, "upper_bound", net);
    if (c.label != QD_EXACT) {
        if (!pieces_options.count) qd_json_null(w, "breakpoints");
        json_witnesses(w, "witnesses", net, line, dom, ctx);
    } else if (!pieces_options.count) {
        st = json_breakpoints(w, "breakpoints", line, ctx);
        qd_status listed = pieces_options.list ? json_regions(w, "list", line, qd_net_nswitching(net), ctx) : QD_OK;
        if (st == QD_OK) st = listed;
    }
    cli_json_end(w, ctx->seed);
    return st;
}

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

static void text_breakpoints(qd_buf_t out, const qd_line_t line, const breakpoints *b, const char *variable)
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
    fmpq_poly_struct *p = polys(outputs);
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
    free_polys(p, outputs);
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
        breakpoints b = {0, NULL, NULL, NULL};
        st = make_breakpoints(&b, line, n, ctx);
        if (st == QD_OK) text_breakpoints(out, line, &b, variable);
        clear_breakpoints(&b);
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
        ctx->max_seconds = 0; /* the bound is printed without a budget */
        ctx->max_bytes = 0;
        qd_ctx_forget(ctx);
    }
    qd_buf_init(out);
    st = cli_common.json ? print_json(out, net, line, dom, ctx) : print_text(out, net, line, dom->variable, ctx);
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
