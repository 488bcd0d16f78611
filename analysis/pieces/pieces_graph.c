/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of neighbouring regions as a file. */
#include <stdlib.h>
#include <string.h>

#include "pieces/pieces.h"

void pieces_pattern(char *text, const qd_regions_t g, slong i)
{
    for (slong k = 0; k < g->nswitching; k++) text[k] = (char) ('0' + qd_pattern_get(g->pattern + i * g->nwords, k));
    text[g->nswitching] = '\0';
}

typedef struct {
    const qd_word *word;
    slong nwords, i;
} numbered;

static int by_pattern(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    int c = memcmp(x->word, y->word, sizeof *x->word * (size_t) x->nwords);
    return c != 0 ? c : (x->i > y->i) - (x->i < y->i);
}

void pieces_first(char *first, const qd_regions_t g)
{
    numbered *k = qd_malloc(sizeof *k * (size_t) (g->n + 1));
    for (slong i = 0; i < g->n; i++) k[i] = (numbered){g->pattern + i * g->nwords, g->nwords, i};
    qsort(k, (size_t) g->n, sizeof *k, by_pattern);
    for (slong i = 0; i < g->n; i++) first[k[i].i] = i == 0 || memcmp(k[i].word, k[i - 1].word, sizeof *k->word * (size_t) g->nwords) != 0;
    free(k);
}

int pieces_graph_check(void)
{
    const char *file = pieces_options.graph;
    if (file == NULL || qd_ends_with(file, ".json") || qd_ends_with(file, ".dot")) return EXIT_ANSWERED;
    return cli_usage("pieces", "--graph: found '%.100s', expected a file that ends with .json or .dot", file);
}

/* The node-link form that NetworkX reads. */
static void graph_json(qd_buf_t out, const qd_regions_t g, char *pattern)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_bool(w, "directed", false);
    qd_json_bool(w, "multigraph", false);
    qd_json_array(w, "nodes");
    for (slong i = 0; i < g->n; i++) {
        pieces_pattern(pattern, g, i);
        qd_json_object(w, NULL);
        qd_json_int(w, "id", i);
        qd_json_string(w, "pattern", pattern);
        qd_json_int(w, "piece", g->piece[i]);
        qd_json_bool(w, "bounded", g->bounded[i]);
        qd_json_int(w, "holes", g->holes[i]);
        qd_json_end(w);
    }
    qd_json_end(w);
    qd_json_array(w, "links");
    for (slong k = 0; k < g->nwalls; k++) {
        qd_json_object(w, NULL);
        qd_json_int(w, "source", g->wall[2 * k]);
        qd_json_int(w, "target", g->wall[2 * k + 1]);
        qd_json_end(w);
    }
    qd_json_end(w);
    qd_json_end(w);
    qd_json_finish(w);
}

static void graph_dot(qd_buf_t out, const qd_regions_t g, char *pattern)
{
    qd_buf_puts(out, "graph regions {\n");
    for (slong i = 0; i < g->n; i++) {
        pieces_pattern(pattern, g, i);
        qd_buf_printf(out, "  %ld [label=\"%ld\", pattern=\"%s\", piece=%ld];\n", (long) i, (long) i, pattern, (long) g->piece[i]);
    }
    for (slong k = 0; k < g->nwalls; k++) qd_buf_printf(out, "  %ld -- %ld;\n", (long) g->wall[2 * k], (long) g->wall[2 * k + 1]);
    qd_buf_puts(out, "}\n");
}

qd_status pieces_graph_write(const qd_regions_t g, qd_ctx_t ctx)
{
    char *pattern = qd_malloc((size_t) g->nswitching + 1);
    qd_buf_t out;
    qd_buf_init(out);
    if (qd_ends_with(pieces_options.graph, ".dot")) graph_dot(out, g, pattern);
    else graph_json(out, g, pattern);
    qd_status st = qd_file_write(pieces_options.graph, qd_buf_str(out), out->len, ctx);
    qd_buf_clear(out);
    free(pattern);
    return st;
}
