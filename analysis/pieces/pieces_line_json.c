/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces on a line, as JSON; and the breakpoints, which the text shows too. */
#include <stdlib.h>

#include "cli/text.h"
#include "pieces/pieces_line.h"

/* Significant digits of `approx`. */
#define DIGITS 30

qd_status pieces_breakpoints_make(pieces_breakpoints *b, qd_line_t line, slong n, qd_ctx_t ctx)
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

void pieces_breakpoints_clear(pieces_breakpoints *b)
{
    for (slong i = 0; i < b->n; i++) {
        qd_alg_clear(b->at + i);
        if (b->approx != NULL) free(b->approx[i]);
    }
    free(b->at);
    free(b->approx);
    free(b->smoothness);
}

fmpq_poly_struct *pieces_polys(slong n)
{
    fmpq_poly_struct *p = qd_malloc(sizeof *p * (size_t) n);
    for (slong i = 0; i < n; i++) fmpq_poly_init(p + i);
    return p;
}

void pieces_polys_free(fmpq_poly_struct *p, slong n)
{
    for (slong i = 0; i < n; i++) fmpq_poly_clear(p + i);
    free(p);
}

/* What the budget does not allow for any more becomes null, here and below. */
static qd_status json_breakpoints(qd_json_t w, const char *key, qd_line_t line, qd_ctx_t ctx)
{
    pieces_breakpoints b = {0, NULL, NULL, NULL};
    qd_status st = pieces_breakpoints_make(&b, line, qd_line_nbreaks(line), ctx);
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
    pieces_breakpoints_clear(&b);
    return st;
}

static qd_status json_regions(qd_json_t w, const char *key, qd_line_t line, slong nswitching, qd_ctx_t ctx)
{
    slong outputs = qd_line_outputs(line), piece = 0;
    char *pattern = qd_malloc((size_t) nswitching + 1);
    fmpq_poly_struct *p = pieces_polys(outputs);
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
    pieces_polys_free(p, outputs);
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
static void json_witnesses(qd_json_t w, const char *key, const qd_line_witnesses_t found)
{
    qd_json_array(w, key);
    for (slong i = 0; i < found->n; i++) {
        qd_json_object(w, NULL);
        qd_json_string(w, "pattern", found->item[i].pattern);
        qd_rat_json(w, "at", found->item[i].at);
        qd_json_end(w);
    }
    qd_json_end(w);
}

qd_status pieces_line_json(qd_buf_t out, const qd_net_t net, qd_line_t line, const pieces_domain *dom, qd_ctx_t ctx)
{
    qd_count c = qd_line_count(line);
    qd_status st = QD_OK;
    qd_line_witnesses_t found;
    qd_json_t w;
    qd_line_witnesses_init(found);
    /* where the budget allows for some of the witnesses only, no more patterns are claimed than are shown */
    if (c.label != QD_EXACT && qd_line_witnesses(found, line, net, &dom->d, ctx) != QD_OK) c.patterns = FLINT_MAX(found->n, 1);
    qd_ctx_forget(ctx);
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
        json_witnesses(w, "witnesses", found);
    } else if (!pieces_options.count) {
        st = json_breakpoints(w, "breakpoints", line, ctx);
        qd_status listed = pieces_options.list ? json_regions(w, "list", line, qd_net_nswitching(net), ctx) : QD_OK;
        if (st == QD_OK) st = listed;
    }
    cli_json_end(w, ctx->seed);
    qd_line_witnesses_clear(found);
    return st;
}
