/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture of the regions: patterns on a grid, and where they change between its points. In doubles, to be looked at; nothing is counted from it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plane/impl.h"

void qd_plane_raster_init(qd_plane_raster_t r)
{
    memset(r, 0, sizeof *r);
}

void qd_plane_raster_clear(qd_plane_raster_t r)
{
    free(r->at);
    free(r->segment);
}

/* ---- the network at a point -------------------------------------------------------------------- */

typedef struct {
    const qd_plane_model *m;
    const qd_plane_raster_struct *r;
    double *a, *next; /* (widest layer) */
} evaluator;

static double affine(const double *w, slong stride, slong u, double b, const double *a, slong n)
{
    for (slong j = 0; j < n; j++) b += w[j * stride + u] * a[j];
    return b;
}

/* Units of layer l at e->a, to e->next. */
static void layer_at(qd_word *pattern, const evaluator *e, slong l)
{
    const qd_plane_layer *layer = e->m->layer + l;
    const qd_restriction *m = &e->m->m;
    for (slong u = 0; u < layer->out; u++) {
        double z = affine(layer->w, layer->stride, u, layer->b[u], e->a, layer->in);
        if (layer->products)
            z += affine(layer->r, layer->stride, u, layer->r0[u], e->a, layer->in) *
                 affine(layer->g, layer->stride, u, layer->g0[u], e->a, layer->in);
        for (slong k = 0; k < layer->npairs; k++)
            z += layer->q[k * layer->stride + u] * e->a[layer->pair[3 * k]] * e->a[layer->pair[3 * k + 1]];
        bool off = m->bit[l][u] >= 0 && !(z > 0);
        if (m->bit[l][u] >= 0 && !off) qd_pattern_flip(pattern, m->bit[l][u]);
        e->next[u] = off ? m->unit_double[l][u].off * z : z;
        for (int64_t p = 1; p < m->low->layer[l].unit[u].power; p++) e->next[u] *= z;
    }
}

/* x, y of [0,1] in the window. */
static void pattern_at(qd_word *pattern, evaluator *e, double x, double y)
{
    const qd_plane_model *m = e->m;
    double t[2] = {e->r->lo[0] + x * (e->r->hi[0] - e->r->lo[0]), e->r->lo[1] + y * (e->r->hi[1] - e->r->lo[1])};
    for (int k = 0; k < 2; k++) t[k] = (t[k] - fmpq_get_d(m->centre + k)) / fmpq_get_d(m->scale + k);
    memset(pattern, 0, sizeof *pattern * (size_t) m->m.nwords);
    for (slong j = 0; j < m->inputs; j++)
        e->a[j] = m->m.base_double[j] + t[0] * m->m.step_double[j] + t[1] * m->m.step_double[m->inputs + j];
    for (slong l = 0; l < m->switching; l++) {
        layer_at(pattern, e, l);
        double *s = e->a;
        e->a = e->next;
        e->next = s;
    }
}

/* ---- the window --------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

/* Around the points of the bounded regions, but a twentieth on either side; or [-2,2]^2. */
static void choose_window(qd_plane_raster_t r, const qd_regions_t g, const qd_domain *domain)
{
    double *x = qd_malloc(sizeof *x * (size_t) (g->n + 1)), middle[2] = {0, 0}, half = 0;
    for (int k = 0; k < 2; k++) {
        slong n = 0;
        for (slong i = 0; i < g->n; i++)
            if (g->bounded[i]) x[n++] = fmpq_get_d(g->point + 2 * i + k);
        if (n == 0) continue;
        qsort(x, (size_t) n, sizeof *x, by_value);
        double lo = x[n / 20], hi = x[n - 1 - n / 20];
        middle[k] = lo + (hi - lo) / 2;
        half = fmax(half, 0.75 * (hi - lo));
    }
    if (half == 0) half = 2;
    for (int k = 0; k < 2; k++) {
        r->lo[k] = domain->lo != NULL ? fmpq_get_d(domain->lo + k) : middle[k] - half;
        r->hi[k] = domain->hi != NULL ? fmpq_get_d(domain->hi + k) : middle[k] + half;
    }
    free(x);
}

/* ---- the grid --------------------------------------------------------------------------------------- */

static bool same(const qd_word *p, const qd_word *q, slong nwords)
{
    return memcmp(p, q, sizeof *p * (size_t) nwords) == 0;
}

/* Numbers equal patterns alike, in the order in which they come. */
static void number_patterns(qd_plane_raster_t r, const qd_word *pattern, slong nwords)
{
    slong n = r->n * r->n, room = 4 * n;
    slong *table = qd_malloc(sizeof *table * (size_t) room), *first = qd_malloc(sizeof *first * (size_t) n);
    memset(table, -1, sizeof *table * (size_t) room);
    for (slong i = 0; i < n; i++) {
        uint64_t h = 0;
        for (slong k = 0; k < nwords; k++) h = (h ^ pattern[i * nwords + k]) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 29);
        slong at = (slong) (h % (uint64_t) room);
        while (table[at] >= 0 && !same(pattern + first[table[at]] * nwords, pattern + i * nwords, nwords)) at = (at + 1) % room;
        if (table[at] < 0) {
            first[r->npatterns] = i;
            table[at] = r->npatterns++;
        }
        r->at[i] = (int32_t) table[at];
    }
    free(table);
    free(first);
}

/* Where the pattern p ends between two points, in grid units. */
static void crossing(double *x, double *y, evaluator *e, const qd_word *p, double x0, double y0, double x1, double y1, double unit)
{
    qd_word q[e->m->m.nwords];
    double lo = 0, hi = 1;
    for (int i = 0; i < 12; i++) {
        double c = (lo + hi) / 2;
        pattern_at(q, e, (x0 + c * (x1 - x0)) * unit, (y0 + c * (y1 - y0)) * unit);
        if (same(p, q, e->m->m.nwords)) lo = c;
        else hi = c;
    }
    *x = x0 + lo * (x1 - x0);
    *y = y0 + lo * (y1 - y0);
}

static void add_segment(qd_plane_raster_t r, double x0, double y0, double x1, double y1)
{
    if ((r->nsegments & (r->nsegments - 1)) == 0)
        r->segment = qd_realloc(r->segment, sizeof *r->segment * 4 * (size_t) (r->nsegments == 0 ? 1 : 2 * r->nsegments));
    double *s = r->segment + 4 * r->nsegments++;
    s[0] = x0;
    s[1] = y0;
    s[2] = x1;
    s[3] = y1;
}

/* The curves in the cell whose lower left point is i, j: from one crossing of its sides to the other; more than two meet in the middle. */
static void cell(qd_plane_raster_t r, evaluator *e, const qd_word *pattern, slong i, slong j)
{
    static const int from[4][2] = {{0, 0}, {1, 0}, {0, 1}, {0, 0}}, to[4][2] = {{1, 0}, {1, 1}, {1, 1}, {0, 1}};
    slong nwords = e->m->m.nwords;
    double x[4], y[4], unit = 1.0 / (double) (r->n - 1);
    int n = 0;
    for (int k = 0; k < 4; k++) {
        slong a = (j + from[k][1]) * r->n + i + from[k][0], b = (j + to[k][1]) * r->n + i + to[k][0];
        if (r->at[a] == r->at[b]) continue;
        crossing(x + n, y + n, e, pattern + a * nwords, (double) (i + from[k][0]), (double) (j + from[k][1]), (double) (i + to[k][0]),
                 (double) (j + to[k][1]), unit);
        n++;
    }
    if (n == 2) add_segment(r, x[0], y[0], x[1], y[1]);
    for (int k = 0; n > 2 && k < n; k++) add_segment(r, x[k], y[k], (double) i + 0.5, (double) j + 0.5);
}

qd_status qd_plane_raster(qd_plane_raster_t r, slong n, const qd_regions_t g, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx)
{
    qd_plane_model m;
    slong widest = net->input_dim;
    qd_status st = qd_plane__check_domain(net, domain, ctx);
    if (st != QD_OK) return st;
    qd_plane__model_init(&m, net, domain, ctx->seed);
    if (!m.m.doubles) {
        qd_plane__model_clear(&m);
        return qd_fail(ctx, QD_EUNABLE, "the weights are out of the range of doubles, in which the picture is made");
    }
    for (slong l = 0; l < m.m.low->depth; l++) widest = FLINT_MAX(widest, m.m.low->layer[l].out);
    evaluator e = {&m, r, qd_malloc(sizeof(double) * (size_t) widest), qd_malloc(sizeof(double) * (size_t) widest)};
    qd_word *pattern = qd_malloc(sizeof *pattern * (size_t) (n * n * m.m.nwords));
    r->n = n;
    r->at = qd_malloc(sizeof *r->at * (size_t) (n * n));
    choose_window(r, g, domain);
    for (slong j = 0; j < n; j++)
        for (slong i = 0; i < n; i++)
            pattern_at(pattern + (j * n + i) * m.m.nwords, &e, (double) i / (double) (n - 1), (double) j / (double) (n - 1));
    number_patterns(r, pattern, m.m.nwords);
    for (slong j = 0; j + 1 < n; j++)
        for (slong i = 0; i + 1 < n; i++) cell(r, &e, pattern, i, j);
    free(pattern);
    free(e.a);
    free(e.next);
    qd_plane__model_clear(&m);
    return QD_OK;
}
