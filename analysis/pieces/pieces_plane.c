/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces in the plane: counts, the list of regions, the graph of neighbours. */
#include "plane/plane.h"

#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "pieces/pieces.h"
#include "report/report.h"

typedef struct {
    qd_regions_t g;
    qd_restriction m; /* in the coordinates that the user has */
    qd_path path;
    const pieces_domain *dom;
} answer;

static void sums(slong *bounded, slong *holes, const qd_regions_t g)
{
    *bounded = *holes = 0;
    for (slong i = 0; i < g->n; i++) {
        *bounded += g->bounded[i];
        *holes += g->holes[i];
    }
}

/* ---- one region ---------------------------------------------------------------------------- */

static slong degree(answer *a, slong i, qd_terms_t t)
{
    slong best = -1;
    qd_path_set(&a->path, a->g->pattern + i * a->g->nwords);
    for (slong o = 0; o < a->g->outputs; o++) {
        qd_path_output(t, &a->path, o);
        if (qd_terms_degree(t) > best) best = qd_terms_degree(t);
    }
    return best;
}

static void json_terms(qd_json_t w, const qd_terms_t t)
{
    qd_json_array(w, NULL);
    for (slong k = 0; k < t->n; k++) {
        qd_json_array(w, NULL);
        qd_rat_json(w, NULL, t->c + k);
        qd_json_array(w, NULL);
        for (slong v = 0; v < t->dim; v++) qd_json_int(w, NULL, t->e[k * t->dim + v]);
        qd_json_end(w);
        qd_json_end(w);
    }
    qd_json_end(w);
}

/* The point is null where exact evaluation near the engine's point did not show the pattern. */
static void json_point(qd_json_t w, answer *a, slong i, qd_ctx_t ctx)
{
    fmpq *t = _fmpq_vec_init(2);
    if (qd_regions_witness(t, a->g, i, &a->m, &a->dom->d, ctx) == QD_TRUE) {
        qd_json_array(w, "point");
        qd_rat_json(w, NULL, t);
        qd_rat_json(w, NULL, t + 1);
        qd_json_end(w);
    } else qd_json_null(w, "point");
    _fmpq_vec_clear(t, 2);
}

static void json_region(qd_json_t w, answer *a, slong i, char *pattern, qd_terms_t t, qd_ctx_t ctx)
{
    pieces_pattern(pattern, a->g, i);
    qd_json_object(w, NULL);
    qd_json_string(w, "pattern", pattern);
    json_point(w, a, i, ctx);
    qd_json_int(w, "piece", a->g->piece[i]);
    qd_json_int(w, "degree", degree(a, i, t));
    qd_json_bool(w, "bounded", a->g->bounded[i]);
    qd_json_int(w, "holes", a->g->holes[i]);
    qd_json_array(w, "polys");
    for (slong o = 0; o < a->g->outputs; o++) {
        qd_path_output(t, &a->path, o);
        json_terms(w, t);
    }
    qd_json_end(w);
    qd_json_end(w);
}

/* ---- JSON -------------------------------------------------------------------------------------- */

static void json_list(qd_json_t w, answer *a, qd_ctx_t ctx)
{
    char *pattern = qd_malloc((size_t) a->g->nswitching + 1);
    qd_terms_t t;
    qd_terms_init(t);
    qd_json_array(w, "list");
    for (slong i = 0; i < a->g->n; i++) json_region(w, a, i, pattern, t, ctx);
    qd_json_end(w);
    qd_json_array(w, "adjacency");
    for (slong k = 0; k < a->g->nwalls; k++) qd_json_ints(w, NULL, (int64_t[]){a->g->wall[2 * k], a->g->wall[2 * k + 1]}, 2);
    qd_json_end(w);
    qd_terms_clear(t);
    free(pattern);
}

/* One region of each pattern, with a point that shows it. */
static void json_witnesses(qd_json_t w, answer *a, qd_ctx_t ctx)
{
    const qd_regions_struct *g = a->g;
    char *pattern = qd_malloc((size_t) g->nswitching + 1), **seen = qd_malloc(sizeof *seen * (size_t) (g->n + 1));
    slong n = 0;
    qd_json_array(w, "witnesses");
    for (slong i = 0; i < g->n; i++) {
        slong k = 0;
        pieces_pattern(pattern, a->g, i);
        while (k < n && strcmp(seen[k], pattern) != 0) k++;
        if (k < n) continue;
        seen[n++] = qd_strdup(pattern);
        qd_json_object(w, NULL);
        qd_json_string(w, "pattern", pattern);
        json_point(w, a, i, ctx);
        qd_json_end(w);
    }
    qd_json_end(w);
    for (slong k = 0; k < n; k++) free(seen[k]);
    free(seen);
    free(pattern);
}

static void print_json(qd_buf_t out, answer *a, const qd_net_t net, qd_ctx_t ctx)
{
    const qd_count *c = &a->g->count;
    bool exact = c->label == QD_EXACT;
    slong bounded, holes;
    qd_json_t w;
    sums(&bounded, &holes, a->g);
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "status", qd_label_name(c->label));
    qd_json_int(w, "input_dim", net->input_dim);
    qd_json_int(w, "patterns", c->patterns);
    qd_json_int(w, "regions", c->regions);
    qd_json_int(w, "pieces", c->pieces);
    if (exact) {
        qd_json_int(w, "max_degree", c->max_degree);
        qd_json_int(w, "bounded_regions", bounded);
        qd_json_int(w, "holes", holes);
        if (pieces_options.list) json_list(w, a, ctx);
    } else {
        qd_json_null(w, "max_degree");
        qd_json_null(w, "bounded_regions");
        qd_json_null(w, "holes");
        json_witnesses(w, a, ctx);
    }
    cli_json_end(w, ctx->seed);
}

/* ---- text ---------------------------------------------------------------------------------------- */

static void text_list(qd_buf_t out, answer *a, qd_ctx_t ctx)
{
    static const char *const column[] = {"region", "piece", "degree", "bounded", "holes", "neighbours", "point", "pattern"};
    char *pattern = qd_malloc((size_t) a->g->nswitching + 1);
    fmpq *p = _fmpq_vec_init(2);
    slong *neighbours = qd_calloc((size_t) a->g->n + 1, sizeof *neighbours);
    qd_table_t t;
    qd_terms_t terms;
    qd_buf_t s;
    qd_table_init(t);
    qd_terms_init(terms);
    qd_buf_init(s);
    for (slong k = 0; k < 2 * a->g->nwalls; k++) neighbours[a->g->wall[k]]++;
    for (int k = 0; k < 8; k++) qd_table_column(t, column[k], column[k], k == 3 || k > 5 ? QD_CELL_STRING : QD_CELL_NUMBER);
    for (slong i = 0; i < a->g->n; i++) {
        slong row = qd_table_row(t);
        pieces_pattern(pattern, a->g, i);
        qd_buf_reset(s);
        if (qd_regions_witness(p, a->g, i, &a->m, &a->dom->d, ctx) == QD_TRUE) {
            qd_rat_print_decimal(s, p, 8);
            qd_buf_puts(s, ", ");
            qd_rat_print_decimal(s, p + 1, 8);
        }
        qd_table_set(t, row, 0, "%ld", (long) i);
        qd_table_set(t, row, 1, "%ld", (long) a->g->piece[i]);
        qd_table_set(t, row, 2, "%ld", (long) degree(a, i, terms));
        qd_table_set(t, row, 3, "%s", a->g->bounded[i] ? "yes" : "no");
        qd_table_set(t, row, 4, "%ld", (long) a->g->holes[i]);
        qd_table_set(t, row, 5, "%ld", (long) neighbours[i]);
        qd_table_set(t, row, 6, "%s", qd_buf_str(s));
        qd_table_set(t, row, 7, "%s", pattern);
    }
    qd_buf_puts(out, "\n");
    qd_table_print(out, t, QD_TEXT);
    qd_table_clear(t);
    qd_terms_clear(terms);
    qd_buf_clear(s);
    _fmpq_vec_clear(p, 2);
    free(neighbours);
    free(pattern);
}

static void print_text(qd_buf_t out, answer *a, const qd_net_t net, qd_ctx_t ctx)
{
    const qd_count *c = &a->g->count;
    const char *at_least = c->label == QD_EXACT ? "" : "at least ";
    slong bounded, holes;
    sums(&bounded, &holes, a->g);
    pieces_text_head(out, net);
    qd_buf_printf(out, "status         %s\n", qd_label_name(c->label));
    qd_buf_printf(out, "patterns       %s%ld\n", at_least, (long) c->patterns);
    qd_buf_printf(out, "regions        %s%ld\n", at_least, (long) c->regions);
    qd_buf_printf(out, "pieces         %s%ld\n", at_least, (long) c->pieces);
    if (c->label == QD_EXACT) {
        qd_buf_printf(out, "largest degree %ld\n", (long) c->max_degree);
        qd_buf_printf(out, "bounded        %ld regions\n", (long) bounded);
        qd_buf_printf(out, "holes          %ld\n", (long) holes);
        qd_buf_printf(out, "neighbours     %ld pairs of regions, %.4g a region\n", (long) a->g->nwalls,
                      2.0 * (double) a->g->nwalls / (double) a->g->n);
    }
    qd_buf_printf(out, "made by        quadric %s, seed %llu\n", QD_VERSION, (unsigned long long) cli_common.seed);
    if (c->label == QD_EXACT && pieces_options.list) text_list(out, a, ctx);
}

/* ---- the command ------------------------------------------------------------------------------------ */

static int print(answer *a, const qd_net_t net, int code, qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_buf_init(out);
    if (cli_common.json) print_json(out, a, net, ctx);
    else print_text(out, a, net, ctx);
    if (pieces_options.graph != NULL && a->g->count.label == QD_EXACT && pieces_graph_write(a->g, ctx) != QD_OK)
        code = cli_fail(QD_EIO, NULL, ctx);
    code = cli_print(out, code);
    qd_buf_clear(out);
    return code;
}

int pieces_plane(const qd_net_t net, const char *path, const pieces_domain *dom, qd_ctx_t ctx)
{
    answer a = {.dom = dom};
    int code = EXIT_ANSWERED;
    qd_regions_init(a.g);
    qd_status st = qd_plane_compute(a.g, net, &dom->d, ctx);
    if (st == QD_OK || (st == QD_EUNABLE && a.g->outputs > 0)) {
        if (st == QD_EUNABLE) {
            code = cli_fail(st, "lower bound", ctx);
            ctx->max_seconds = 0; /* the bound is printed without a budget */
            ctx->max_bytes = 0;
            qd_ctx_forget(ctx);
        }
        qd_restriction_init(&a.m, net, &dom->d, ctx->seed);
        qd_path_init(&a.path, &a.m);
        code = print(&a, net, code, ctx);
        qd_path_clear(&a.path);
        qd_restriction_clear(&a.m);
    } else code = cli_fail(st, path, ctx);
    qd_regions_clear(a.g);
    return code;
}
