/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line in the words of every dimension. Regions are intervals: all but the first and the last lie between two breakpoints, which makes them
   bounded, and none has holes. */
#include <stdlib.h>

#include "engine/impl.h"
#include "line/line.h"

static void set_pattern(qd_word *word, const char *text)
{
    for (slong i = 0; text[i] != '\0'; i++)
        if (text[i] == '1') qd_pattern_flip(word, i);
}

/* Regions i and i + 1 are neighbours when all were found. */
static void list(qd_regions_t g, qd_line_t line, const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    qd_restriction m;
    slong n = qd_line_nregions(line), piece = 0;
    bool exact = qd_line_count(line).label == QD_EXACT;
    char *text = qd_malloc((size_t) qd_net_nswitching(net) + 1);
    qd_restriction_init(&m, net, d, ctx->seed);
    qd_regions_resize(g, &m, n);
    qd_regions_add_points(g, m.dim);
    for (slong i = 0; i < n; i++) {
        qd_line_pattern(text, line, i);
        set_pattern(g->pattern + i * g->nwords, text);
        qd_line_sample(g->point + i, line, i);
        if (i > 0 && (!exact || qd_line_changes(line, i - 1))) piece++;
        g->piece[i] = piece;
        g->bounded[i] = i > 0 && i + 1 < n;
        if (exact && i > 0) qd_regions_add_wall(g, i - 1, i);
    }
    g->npieces = n > 0 ? piece + 1 : 0;
    g->count = qd_line_count(line);
    qd_restriction_clear(&m);
    free(text);
}

qd_status qd_engine__line(qd_answer_t a, const qd_engine__question *q, const qd_domain *d, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_line_init(line);
    qd_status st = qd_line_compute(line, q->net, d, ctx);
    if (line->impl != NULL) {
        a->road = QD_ROAD_LINE;
        a->count = qd_line_count(line);
        a->forms = 1;
        if (a->count.label == QD_EXACT) {
            a->bounded = a->count.regions > 2 ? a->count.regions - 2 : 0;
            a->holes = 0;
        }
        if (q->options->list) list(a->regions, line, q->net, d, ctx);
    }
    qd_line_clear(line);
    return st;
}
