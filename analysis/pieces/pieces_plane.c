/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces in the plane and in space: counts, the list of regions, the graph of neighbours. */
#include <stdlib.h>

#include "cli/text.h"
#include "pieces/pieces_certificate.h"
#include "pieces/pieces.h"
#include "report/report.h"

typedef struct {
    qd_answer_t e;
    qd_regions_struct *g; /* those of e */
    qd_restriction m;     /* in the coordinates that the user has */
    bool fits;            /* polynomials in them can be written down: there is a path */
    qd_path path;
    const pieces_domain *dom;
} answer;

/* ---- one region ---------------------------------------------------------------------------- */

static slong degree(answer *a, slong i, qd_terms_t t)
{
    slong best = -1;
    if (!a->fits) return a->e->count.max_degree < 1 ? a->e->count.max_degree : WORD_MIN;
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

/* The points may be witnesses already. */
static bool witness(fmpq *t, answer *a, slong i, qd_ctx_t ctx)
{
    if (!a->e->shown) return qd_regions_witness(t, a->g, i, &a->m, &a->dom->d, ctx) == QD_TRUE;
    for (slong k = 0; k < a->g->dim; k++) fmpq_set(t + k, a->g->point + i * a->g->dim + k);
    return true;
}

/* The point is null where exact evaluation near the engine's point did not show the pattern. */
static void json_point(qd_json_t w, answer *a, slong i, qd_ctx_t ctx)
{
    slong dim = a->g->dim;
    fmpq *t = _fmpq_vec_init(dim);
    if (witness(t, a, i, ctx)) {
        qd_json_array(w, "point");
        for (slong k = 0; k < dim; k++) qd_rat_json(w, NULL, t + k);
        qd_json_end(w);
    } else qd_json_null(w, "point");
    _fmpq_vec_clear(t, dim);
}

static void json_region(qd_json_t w, answer *a, slong i, char *pattern, qd_terms_t t, qd_ctx_t ctx)
{
    pieces_pattern(pattern, a->g, i);
    qd_json_object(w, NULL);
    qd_json_string(w, "pattern", pattern);
    json_point(w, a, i, ctx);
    qd_json_int(w, "piece", a->g->piece[i]);
    if (degree(a, i, t) == WORD_MIN) qd_json_null(w, "degree");
    else qd_json_int(w, "degree", degree(a, i, t));
    qd_json_bool(w, "bounded", a->g->bounded[i]);
    qd_json_int(w, "holes", a->g->holes[i]);
    if (a->fits) qd_json_array(w, "polys");
    else qd_json_null(w, "polys");
    for (slong o = 0; a->fits && o < a->g->outputs; o++) {
        qd_path_output(t, &a->path, o);
        json_terms(w, t);
    }
    if (a->fits) qd_json_end(w);
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
    char *pattern = qd_malloc((size_t) g->nswitching + 1), *first = qd_malloc((size_t) g->n + 1);
    pieces_first(first, g);
    qd_json_array(w, "witnesses");
    for (slong i = 0; i < g->n; i++) {
        if (!first[i]) continue;
        pieces_pattern(pattern, g, i);
        qd_json_object(w, NULL);
        qd_json_string(w, "pattern", pattern);
        json_point(w, a, i, ctx);
        qd_json_end(w);
    }
    qd_json_end(w);
    free(first);
    free(pattern);
}

static void print_json(qd_buf_t out, answer *a, const qd_net_t net, qd_ctx_t ctx)
{
    const qd_count *c = &a->e->count;
    bool exact = c->label == QD_EXACT;
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "status", qd_label_name(c->label));
    qd_json_int(w, "input_dim", net->input_dim);
    qd_json_int(w, "patterns", c->patterns);
    qd_json_int(w, "regions", c->regions);
    qd_json_int(w, "pieces", c->pieces);
    if (exact) {
        qd_json_int(w, "max_degree", c->max_degree);
        pieces_json_bound(w, net, a->dom);
        qd_json_int(w, "bounded_regions", a->e->bounded);
        qd_json_int(w, "holes", a->e->holes);
        if (a->m.dim > 2) pieces_json_road(w, a->e);
        if (pieces_options.list && a->g->outputs > 0) json_list(w, a, ctx);
        else if (pieces_options.list) qd_json_null(w, "list");
    } else {
        qd_json_null(w, "max_degree");
        pieces_json_bound(w, net, a->dom);
        qd_json_null(w, "bounded_regions");
        qd_json_null(w, "holes");
        if (a->m.dim > 2) pieces_json_road(w, a->e);
        json_witnesses(w, a, ctx);
    }
    pieces_decide_json(w);
    cli_json_end(w, ctx->seed);
}

/* ---- text ---------------------------------------------------------------------------------------- */

static void text_list(qd_buf_t out, answer *a, qd_ctx_t ctx)
{
    static const char *const column[] = {"region", "piece", "degree", "bounded", "holes", "neighbours", "point", "pattern"};
    char *pattern = qd_malloc((size_t) a->g->nswitching + 1);
    fmpq *p = _fmpq_vec_init(a->g->dim);
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
        bool shown = witness(p, a, i, ctx);
        for (slong k = 0; k < a->g->dim && shown; k++) {
            if (k > 0) qd_buf_puts(s, ", ");
            qd_rat_print_decimal(s, p + k, 8);
        }
        qd_table_set(t, row, 0, "%ld", (long) i);
        qd_table_set(t, row, 1, "%ld", (long) a->g->piece[i]);
        if (degree(a, i, terms) > WORD_MIN) qd_table_set(t, row, 2, "%ld", (long) degree(a, i, terms));
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
    _fmpq_vec_clear(p, a->g->dim);
    free(neighbours);
    free(pattern);
}

static void print_text(qd_buf_t out, answer *a, const qd_net_t net, qd_ctx_t ctx)
{
    const qd_count *c = &a->e->count;
    const char *at_least = c->label == QD_EXACT ? "" : "at least ";
    pieces_text_head(out, net);
    qd_buf_printf(out, "status         %s\n", qd_label_name(c->label));
    qd_buf_printf(out, "patterns       %s%ld\n", at_least, (long) c->patterns);
    qd_buf_printf(out, "regions        %s%ld   ", at_least, (long) c->regions);
    pieces_text_bound(out, net, a->dom);
    qd_buf_printf(out, "pieces         %s%ld\n", at_least, (long) c->pieces);
    if (c->label == QD_EXACT) {
        qd_buf_printf(out, "largest degree %ld\n", (long) c->max_degree);
        qd_buf_printf(out, "bounded        %ld regions\n", (long) a->e->bounded);
        qd_buf_printf(out, "holes          %ld\n", (long) a->e->holes);
        if (a->g->outputs > 0 && !pieces_options.count)
            qd_buf_printf(out, "neighbours     %ld pairs of regions, %.4g a region\n", (long) a->g->nwalls,
                          2.0 * (double) a->g->nwalls / (double) a->g->n);
    }
    if (a->m.dim > 2) pieces_text_road(out, a->e, a->m.dim);
    pieces_decide_text(out);
    qd_buf_printf(out, "made by        quadric %s, seed %llu\n", QD_VERSION, (unsigned long long) cli_common.seed);
    if (c->label == QD_EXACT && pieces_options.list && a->g->outputs > 0) text_list(out, a, ctx);
}

/* ---- the command ------------------------------------------------------------------------------------ */

static int print(answer *a, const qd_net_t net, int code, qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_buf_init(out);
    if (cli_common.json) print_json(out, a, net, ctx);
    else print_text(out, a, net, ctx);
    if (pieces_options.plot != NULL && pieces_plot_write(a->e, net, a->dom, ctx) != QD_OK) code = cli_fail(QD_EIO, NULL, ctx);
    if (pieces_options.graph != NULL && a->g->outputs > 0 && a->g->count.label == QD_EXACT && pieces_graph_write(a->g, ctx) != QD_OK)
        code = cli_fail(QD_EIO, NULL, ctx);
    code = cli_print(out, code);
    qd_buf_clear(out);
    return code;
}

/* What the budget, or the size, leaves out of an answer is said on stderr. */
static int said(qd_status st, const answer *a, qd_ctx_t ctx)
{
    bool list = pieces_options.list || pieces_options.graph != NULL || pieces_options.certificate != NULL;
    if (st == QD_OK && (!list || a->g->outputs > 0)) return EXIT_ANSWERED;
    if (st == QD_OK) {
        st = qd_fail(ctx, QD_EUNABLE, "the counts are complete, but more than %d regions are not listed", QD_ENGINE_MOST_LISTED);
        return cli_fail(st, NULL, ctx);
    }
    int code = cli_fail(st, "lower bound", ctx);
    cli_ctx_print(ctx);
    return code;
}

int pieces_plane(const qd_net_t net, const char *path, const pieces_domain *dom, qd_ctx_t ctx)
{
    answer a = {.dom = dom};
    int code;
    const qd_engine_options o = {.list = pieces_options.list || pieces_options.graph != NULL || pieces_options.certificate != NULL ||
                                         pieces_options.plot != NULL,
                                 .walls = !pieces_options.count,
                                 .slices = pieces_options.slices};
    qd_answer_init(a.e);
    qd_status st = qd_engine_compute(a.e, net, &dom->d, &o, ctx);
    a.g = a.e->regions;
    if (a.e->count.patterns > 0) {
        code = said(st, &a, ctx);
        if (st == QD_OK && code == EXIT_ANSWERED) code = pieces_decide(net, path, &dom->d, ctx);
        qd_restriction_init(&a.m, net, &dom->d, ctx->seed);
        a.fits = qd_path_fits(&a.m);
        if (a.fits) qd_path_init(&a.path, &a.m);
        code = print(&a, net, code, ctx);
        pieces_decide_clear();
        if (a.fits) qd_path_clear(&a.path);
        qd_restriction_clear(&a.m);
        code = pieces_certificate_write(net, dom, a.g, NULL, code, ctx);
    } else code = cli_fail(st, path, ctx);
    qd_answer_clear(a.e);
    return code;
}
