/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate in two and more dimensions of a network whose regions need not be convex: compared with what lines show.

   Through each region's point lines in random directions are cut exactly into its patterns (section.c). The part around the point belongs to the
   region. From part to part, both ways, there must be a listed region with the part's pattern that has a wall with one that the part before can
   be. A line in a random direction meets a point where curves cross with a probability below 2^-20 a crossing; the directions are a function of the certificate. A
   part without end, or that reaches the box, belongs to a region that is not bounded. Two regions of one pattern whose points one part joins are one.

   The graph of neighbours: the domain is connected, and so is the graph, as points (sets of codimension 2) separate nothing. In the plane it is
   planar, E <= 3 F - 6 (Euler); and each hole of a region contains, among the regions that are left when it is taken out of the graph, a connected part
   of bounded ones.

   What lines cannot show, and the report says so: that no region lies between the lines, and that regions of one pattern are different. */
#include "proof/impl.h"

#include <stdlib.h>
#include <string.h>

#define LINES 3    /* through each region, at least */
#define LEAST 100  /* lines */
#define SAME 8     /* regions of one pattern among which a part of a line is looked for, at most */
#define PAIRS 2000 /* of regions of one pattern that are looked at, at most */

typedef struct {
    const qd_proof_struct *p;
    const qd_regions_struct *g;
    qd_proof__graph graph;
    char **bits;      /* (regions): patterns as text */
    char *now, *next; /* (regions): which regions a part of a line can be */
    fmpq *unit;       /* (2): 0, 1 */
    slong crossings, joined;
} line_check;

static void init(line_check *a, const qd_proof_t p)
{
    const qd_regions_struct *g = p->regions;
    size_t n = (size_t) g->n + 2;
    *a = (line_check){.p = p, .g = g};
    a->unit = _fmpq_vec_init(2);
    fmpq_one(a->unit + 1);
    qd_proof__graph_init(&a->graph, g);
    a->bits = qd_calloc(n, sizeof *a->bits);
    a->now = qd_calloc(n, 1);
    a->next = qd_calloc(n, 1);
    for (slong i = 0; i < g->n; i++) {
        a->bits[i] = qd_malloc((size_t) g->nswitching + 1);
        qd_proof__pattern(a->bits[i], g, i);
    }
}

static void clear(line_check *a)
{
    for (slong i = 0; i < a->g->n; i++) free(a->bits[i]);
    free(a->bits);
    _fmpq_vec_clear(a->unit, 2);
    qd_proof__graph_clear(&a->graph);
    free(a->now);
    free(a->next);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* The part of the line point + x way that lies in the box, in which the point is. */
static void ends(fmpq_t lo, fmpq_t hi, const qd_proof_t p, const fmpq *point, const fmpq *way)
{
    bool found[2] = {false, false};
    fmpq_t x;
    fmpq_init(x);
    for (slong k = 0; k < p->dim; k++)
        for (int e = 0; e < 2; e++) {
            if (fmpq_is_zero(way + k)) continue;
            fmpq_sub(x, (e == 0 ? p->lo : p->hi) + k, point + k);
            fmpq_div(x, x, way + k);
            bool right = fmpq_sgn(x) > 0;
            fmpq *side = right ? hi : lo;
            if (!found[right] || (right ? fmpq_cmp(x, side) < 0 : fmpq_cmp(x, side) > 0)) fmpq_set(side, x);
            found[right] = true;
        }
    fmpq_clear(x);
}

/* The patterns along point + x way, end[0] < x < end[1]; NULL: without end. */
static qd_status cut_line(qd_proof__section *s, const qd_proof_t p, const fmpq *point, const fmpq *way, const fmpq *end, qd_ctx_t ctx)
{
    slong inputs = p->net->input_dim;
    fmpq *base = _fmpq_vec_init(inputs), *step = _fmpq_vec_init(inputs);
    qd_proof__along w;
    qd_domain_point(base, &p->domain, inputs, point);
    for (slong i = 0; i < inputs; i++)
        for (slong k = 0; k < p->dim; k++) {
            if (p->step != NULL) fmpq_addmul(step + i, way + k, p->step + k * inputs + i);
            else if (k == i) fmpq_set(step + i, way + k);
        }
    qd_proof__along_init(&w, p->net, 1, base, step);
    qd_status st = qd_proof__section_make(s, &w, end, end == NULL ? NULL : end + 1, ctx);
    qd_proof__along_clear(&w);
    _fmpq_vec_clear(base, inputs);
    _fmpq_vec_clear(step, inputs);
    return st;
}

/* Part k of the line point + x way is next to region i. Where its pattern has several regions, a segment of that pattern from it to the point of one of them says
   which one it is: then there must be a wall. */
static qd_status identify(line_check *a, const qd_proof__section *s, slong k, slong i, const fmpq *way, const fmpq *end, qd_ctx_t ctx)
{
    const qd_regions_struct *g = a->g;
    slong same = 0, dim = g->dim;
    qd_status st = QD_OK;
    for (slong r = 0; r < g->n; r++) same += strcmp(a->bits[r], s->bits[k]) == 0;
    if (same < 2 || same > SAME) return QD_OK;
    fmpq *y = _fmpq_vec_init(dim), *to = _fmpq_vec_init(dim + 1);
    bool known = false;
    qd_proof__section_sample(to + dim, s, k, end, end == NULL ? NULL : end + 1);
    for (slong c = 0; c < dim; c++) {
        fmpq_set(y + c, g->point + i * dim + c);
        fmpq_addmul(y + c, to + dim, way + c);
    }
    for (slong r = 0; r < g->n && st == QD_OK && !known; r++) {
        qd_proof__section joint;
        if (strcmp(a->bits[r], s->bits[k]) != 0) continue;
        for (slong c = 0; c < dim; c++) fmpq_sub(to + c, g->point + r * dim + c, y + c);
        st = cut_line(&joint, a->p, y, to, a->unit, ctx);
        known = st == QD_OK && joint.n == 1;
        qd_proof__section_clear(&joint);
        slong j = a->graph.start[i];
        while (j < a->graph.start[i + 1] && a->graph.neighbour[j] != r) j++;
        if (known && j == a->graph.start[i + 1])
            st =
                qd_fail(ctx, QD_EINPUT, "refused: regions %ld and %ld are neighbours on a line, but no wall is listed", (long) i, (long) r);
    }
    _fmpq_vec_clear(y, dim);
    _fmpq_vec_clear(to, dim + 1);
    return st;
}

/* From the part `at`, which is region i, on to one end of the line. */
static qd_status walk(line_check *a, const qd_proof__section *s, slong at, slong i, int way, qd_ctx_t ctx)
{
    const qd_regions_struct *g = a->g;
    memset(a->now, 0, (size_t) g->n);
    a->now[i] = 1;
    for (slong k = at + way; k >= 0 && k < s->n; k += way) {
        bool any = false;
        memset(a->next, 0, (size_t) g->n);
        for (slong r = 0; r < g->n; r++)
            for (slong j = a->graph.start[r]; a->now[r] && j < a->graph.start[r + 1]; j++) {
                slong t = a->graph.neighbour[j];
                if (strcmp(a->bits[t], s->bits[k]) != 0) continue;
                a->next[t] = 1;
                any = true;
            }
        if (!any)
            return qd_fail(ctx, QD_EINPUT,
                           "refused: a line through region %ld comes to the pattern %.100s, where no listed region lies behind a wall",
                           (long) i, s->bits[k]);
        a->crossings++;
        char *swap = a->now;
        a->now = a->next;
        a->next = swap;
    }
    return QD_OK;
}

static qd_status check_through(line_check *a, slong i, qd_rng_t rng, qd_ctx_t ctx)
{
    const qd_regions_struct *g = a->g;
    slong at = 0;
    qd_proof__section s;
    fmpq_t zero;
    fmpq *way = _fmpq_vec_init(g->dim);
    for (slong k = 0; k < g->dim; k++) fmpq_set_si(way + k, qd_rng_range(rng, -(1 << 20), 1 << 20) * 2 + 1, 1 << 20);
    for (slong k = 0; k < g->dim; k++) fmpq_canonicalise(way + k);
    fmpq_init(zero);
    fmpq *box = _fmpq_vec_init(2), *end = a->p->lo == NULL ? NULL : box;
    if (end != NULL) ends(end, end + 1, a->p, g->point + i * g->dim, way);
    qd_status st = cut_line(&s, a->p, g->point + i * g->dim, way, end, ctx);
    while (st == QD_OK && at < s.cut->n && qd_alg_cmp_fmpq(s.cut->e + at, zero) < 0) at++;
    if (st == QD_OK && strcmp(s.bits[at], a->bits[i]) != 0)
        st = qd_fail(ctx, QD_EINPUT, "refused: a line shows another pattern at the point of region %ld", (long) i);
    if (st == QD_OK && g->bounded[i] && (at == 0 || at == s.n - 1))
        st = qd_fail(ctx, QD_EINPUT, "refused: region %ld is not bounded", (long) i);
    if (st == QD_OK && at > 0) st = identify(a, &s, at - 1, i, way, end, ctx);
    if (st == QD_OK && at + 1 < s.n) st = identify(a, &s, at + 1, i, way, end, ctx);
    if (st == QD_OK) st = walk(a, &s, at, i, 1, ctx);
    if (st == QD_OK) st = walk(a, &s, at, i, -1, ctx);
    qd_proof__section_clear(&s);
    _fmpq_vec_clear(way, g->dim);
    _fmpq_vec_clear(box, 2);
    fmpq_clear(zero);
    return st;
}

/* Regions of one pattern: is the segment between their points in one of them? */
static qd_status check_pairs(line_check *a, qd_ctx_t ctx)
{
    const qd_regions_struct *g = a->g;
    fmpq *way = _fmpq_vec_init(g->dim);
    qd_status st = QD_OK;
    for (slong i = 0; i < g->n && st == QD_OK; i++)
        for (slong j = i + 1; j < g->n && st == QD_OK && a->joined < PAIRS; j++) {
            qd_proof__section s;
            if (strcmp(a->bits[i], a->bits[j]) != 0 || (st = qd_ctx_budget(ctx)) != QD_OK) continue;
            for (slong k = 0; k < g->dim; k++) fmpq_sub(way + k, g->point + j * g->dim + k, g->point + i * g->dim + k);
            st = cut_line(&s, a->p, g->point + i * g->dim, way, a->unit, ctx);
            if (st == QD_OK && s.n == 1)
                st = qd_fail(ctx, QD_EINPUT, "refused: regions %ld and %ld are one: a segment of their pattern joins their points",
                             (long) i, (long) j);
            a->joined++;
            qd_proof__section_clear(&s);
        }
    _fmpq_vec_clear(way, g->dim);
    return st;
}

/* ---- the graph --------------------------------------------------------------------------------- */

static qd_status check_graph(line_check *a, qd_ctx_t ctx)
{
    const qd_regions_struct *g = a->g;
    slong bounded;
    if (qd_proof__graph_parts(&bounded, &a->graph, -1, g->bounded) != 1)
        return qd_fail(ctx, QD_EINPUT, "refused: the walls do not connect all regions");
    if (g->dim == 2 && g->n >= 3 && g->nwalls > 3 * g->n - 6)
        return qd_fail(ctx, QD_EINPUT, "refused: %ld regions of a plane have at most %ld walls, %ld are listed", (long) g->n,
                       (long) (3 * g->n - 6), (long) g->nwalls);
    for (slong i = 0; i < g->n && g->dim == 2; i++) {
        if (g->holes[i] == 0) continue;
        qd_proof__graph_parts(&bounded, &a->graph, i, g->bounded);
        if (g->holes[i] > bounded)
            return qd_fail(ctx, QD_EINPUT, "refused: region %ld has %ld holes, its neighbours fill at most %ld", (long) i,
                           (long) g->holes[i], (long) bounded);
    }
    return QD_OK;
}

qd_status qd_proof__check_lines(qd_proof_report_t r, const qd_proof_t p, qd_ctx_t ctx)
{
    line_check a;
    qd_rng_t rng;
    qd_buf_t body;
    qd_buf_init(body);
    qd_proof__print_body(body, p);
    qd_rng_init(rng, qd_hash(qd_buf_str(body), body->len), 0);
    qd_buf_clear(body);
    init(&a, p);
    slong lines = LEAST / p->regions->n > LINES ? LEAST / p->regions->n : LINES;
    qd_status st = check_graph(&a, ctx);
    for (slong i = 0; i < p->regions->n && st == QD_OK; i++) {
        for (slong k = 0; k < lines && st == QD_OK; k++) {
            st = qd_ctx_budget(ctx);
            if (st == QD_OK) st = check_through(&a, i, rng, ctx);
        }
        qd_ctx_progress(ctx, "lines", i + 1, p->regions->n);
    }
    if (st == QD_OK) st = check_pairs(&a, ctx);
    if (st == QD_OK) {
        qd_proof__say(r->confirmed,
                      "%ld lines, %ld through each region: the patterns behind all %ld crossings are those of listed neighbours",
                      (long) (p->regions->n * lines), (long) lines, (long) a.crossings);
        qd_proof__say(r->confirmed, "the graph of %ld walls is connected%s", (long) p->regions->nwalls,
                      p->dim == 2 ? ", has no more edges than a planar one, and room for the holes" : "");
        qd_proof__say(r->open, "that no region and no wall lies between these lines");
        qd_proof__say(r->open, "that regions of one pattern are different ones (%ld pairs: no segment joins them)", (long) a.joined);
        qd_proof__say(r->open, "that regions called bounded are, and that holes are as many as listed");
    }
    clear(&a);
    return st;
}
