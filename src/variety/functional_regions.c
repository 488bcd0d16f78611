/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functional dimension in two and more inputs, from all regions. The rows of a pattern are polynomials in x of degree at most D
   (functional_degree.c). A lattice w + d (i_1, ..., i_n), i_1 + ... + i_n <= D, tells polynomials of degree D apart, whatever d is; so
   when all its points show the pattern, its rows span those of the pattern everywhere, in all of its regions. A unit whose pre-activation is 0
   at all of them is identically 0 there. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "variety/impl.h"

/* Beyond these the regions of quadratic networks are not tried, for they may take long; and the points of a lattice. */
#define MOST_DEGREE 16
#define MOST_UNITS 64
#define MOST_POINTS 1000
#define TRIES 16

typedef struct {
    qd_functional *r;
    qd_rows_struct *m;
    qd_gradient_struct *g;
    const qd_regions_struct *all;
    slong degree, npoints, units;
    int64_t rank;  /* of the rows so far */
    slong *corner; /* (npoints, n): i */
    char *dead;    /* per region */
    fmpq *base;    /* (n) */
    slong *zeros;  /* (units) */
    char *text;
    qd_vec_t x;
} regions;

/* How many i with n entries have a sum of at most d; C(n + d, n). */
static double lattice_size(slong n, slong d)
{
    double c = 1;
    for (slong k = 1; k <= n && c <= MOST_POINTS; k++) c = c * (double) (d + k) / (double) k;
    return c;
}

/* All of them, one after the other. */
static void make_lattice(regions *s, slong n)
{
    slong *i = qd_calloc((size_t) n, sizeof *i), sum = 0;
    s->npoints = 0;
    for (;;) {
        memcpy(s->corner + s->npoints++ * n, i, sizeof *i * (size_t) n);
        slong k = 0;
        while (k < n && sum == s->degree) {
            sum -= i[k];
            i[k++] = 0;
        }
        if (k == n) break;
        i[k]++;
        sum++;
    }
    free(i);
}

static void go_to(regions *s, slong point, slong shrink)
{
    slong n = s->x->n;
    for (slong c = 0; c < n; c++) {
        fmpq_set_si(s->x->e + c, s->corner[point * n + c], 1);
        fmpq_div_2exp(s->x->e + c, s->x->e + c, (flint_bitcnt_t) (4 * shrink));
        fmpq_add(s->x->e + c, s->x->e + c, s->base + c);
    }
}

static bool has_pattern(const regions *s, slong i)
{
    for (slong k = 0; k < s->units; k++)
        if ((s->text[k] == '1') != qd_pattern_get(s->all->pattern + i * s->all->nwords, k)) return false;
    return true;
}

/* Do all points of the lattice show the pattern of region i? *zero: somewhere a pre-activation is 0; s->dead is set when one always is. */
static qd_status look(bool *good, bool *zero, regions *s, slong i, slong shrink, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    *good = true;
    *zero = false;
    memset(s->zeros, 0, sizeof *s->zeros * (size_t) s->units);
    for (slong p = 0; p < s->npoints && *good && st == QD_OK; p++) {
        slong zeros;
        go_to(s, p, shrink);
        if ((st = qd_lowered_run(NULL, s->text, &zeros, s->g->low, s->x, ctx)) != QD_OK) break;
        *good = has_pattern(s, i);
        if (!*good || zeros == 0) continue;
        *zero = true;
        st = qd_gradient_point(NULL, s->zeros, s->g, s->x, ctx);
    }
    for (slong u = 0; u < s->units && *good && st == QD_OK; u++)
        if (s->zeros[u] == s->npoints) s->dead[i] = 1;
    return st;
}

static qd_status add_lattice(regions *s, slong shrink, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (slong p = 0; p < s->npoints && st == QD_OK; p++) {
        go_to(s, p, shrink);
        st = qd_gradient_point(NULL, NULL, s->g, s->x, ctx);
        if (st == QD_OK) st = qd_variety__add_point(s->m, s->g, ctx);
        s->r->points++;
    }
    return st == QD_OK ? qd_rows_rank(&s->rank, s->m, ctx) : st;
}

/* -> false in *found: no lattice was met */
static qd_status add_region(bool *found, regions *s, slong i, const qd_restriction *m, qd_ctx_t ctx)
{
    static const qd_domain whole = {0};
    qd_status st = QD_OK;
    *found = false;
    if (qd_regions_witness(s->base, s->all, i, m, &whole, ctx) != QD_TRUE) return QD_OK;
    for (slong shrink = 0; shrink < TRIES && st == QD_OK && !*found; shrink++) {
        bool good, zero;
        if ((st = look(&good, &zero, s, i, shrink, ctx)) != QD_OK || !good) continue;
        if (s->dead[i]) *found = true;
        else if (!zero) {
            if (s->rank < s->r->upper) st = add_lattice(s, shrink, ctx); /* else they add nothing */
            *found = true;
        }
    }
    return st;
}

/* The first region with the pattern of region i. */
static slong first_like(const qd_regions_struct *g, slong i)
{
    slong k = 0;
    while (memcmp(g->pattern + k * g->nwords, g->pattern + i * g->nwords, sizeof *g->pattern * (size_t) g->nwords) != 0) k++;
    return k;
}

static qd_status add_all(bool *complete, regions *s, qd_ctx_t ctx)
{
    static const qd_domain whole = {0};
    qd_restriction m;
    qd_status st = QD_OK;
    qd_restriction_init(&m, s->g->net, &whole, ctx->seed);
    s->r->regions = s->all->n;
    s->r->excluded_regions = 0;
    *complete = true;
    for (slong i = 0; i < s->all->n && st == QD_OK && *complete; i++) {
        slong first = first_like(s->all, i);
        if (first == i) st = add_region(complete, s, i, &m, ctx);
        else s->dead[i] = s->dead[first];
        s->r->excluded_regions += s->dead[i];
        if (st == QD_OK) st = qd_ctx_budget(ctx);
        qd_ctx_progress(ctx, "regions", i + 1, s->all->n);
    }
    qd_restriction_clear(&m);
    return st;
}

static qd_status run(qd_functional *r, bool *complete, qd_rows_t m, qd_gradient_t g, const qd_regions_struct *all, slong degree,
                     qd_ctx_t ctx)
{
    slong n = g->net->input_dim, units = qd_net_nswitching(g->net), size = (slong) lattice_size(n, degree);
    regions s = {.r = r, .m = m, .g = g, .all = all, .degree = degree, .units = units};
    s.corner = qd_calloc((size_t) (size * n), sizeof *s.corner);
    s.dead = qd_calloc((size_t) all->n + 1, 1);
    s.zeros = qd_calloc((size_t) units + 1, sizeof *s.zeros);
    s.text = qd_malloc((size_t) units + 1);
    s.base = _fmpq_vec_init(n);
    qd_vec_init(s.x);
    qd_vec_resize(s.x, n);
    make_lattice(&s, n);
    qd_status st = add_all(complete, &s, ctx);
    if (!*complete) r->regions = r->excluded_regions = -1;
    qd_vec_clear(s.x);
    _fmpq_vec_clear(s.base, n);
    free(s.text);
    free(s.zeros);
    free(s.dead);
    free(s.corner);
    return st;
}

/* May all regions be looked for? Polyhedra always; curves in the plane, and where few forms or separate inputs lead to them, if they are few. */
static bool small(const qd_gradient_t g, qd_variety_degrees degree)
{
    slong units = qd_net_nswitching(g->net);
    return (degree.unit <= 1 || (degree.unit <= MOST_DEGREE && units <= MOST_UNITS)) && degree.row <= MOST_POINTS &&
           lattice_size(g->net->input_dim, (slong) degree.row) <= MOST_POINTS;
}

qd_status qd_variety__add_regions(qd_functional *r, bool *complete, qd_rows_t m, qd_gradient_t g, qd_variety_degrees degree, double most,
                                  qd_ctx_t ctx)
{
    static const qd_engine_options list = {.list = true, .slices = 1};
    static const qd_domain whole = {0};
    qd_answer_t a;
    qd_ctx_t own;
    qd_status st = QD_OK;
    *complete = false;
    if (!small(g, degree)) return QD_OK;
    qd_answer_init(a);
    qd_ctx_own(own, ctx);
    if (ctx->max_seconds > 0) own->max_seconds = 0.5 * (qd_ctx_elapsed(ctx) + ctx->max_seconds);
    bool exact = qd_engine_compute(a, g->net, &whole, &list, own) == QD_OK && a->regions->outputs > 0;
    double rows = (double) a->count.patterns * lattice_size(g->net->input_dim, (slong) degree.row) * (double) g->outputs;
    if (exact && rows * (double) g->params <= most) st = run(r, complete, m, g, a->regions, (slong) degree.row, ctx);
    qd_answer_clear(a);
    return st;
}
