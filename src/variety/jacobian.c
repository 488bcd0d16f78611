/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the Jacobian modulo a prime, by reverse mode: one pass forwards for a point, one pass backwards for each of its outputs,
   and every entry of the row is written once.

   All numbers are below p < 2^26, so that a 64-bit sum holds SUM_MAX products. Multiplying a vector by one number uses
   Shoup's quotient: with q = floor(c 2^32 / p), c v - floor(q v / 2^32) p lies in [0, 2p). */
#include "variety/variety.h"

#include <stdlib.h>
#include <string.h>

#define SUM_MAX 2048

/* Values of one layer at one point. */
typedef struct {
    uint32_t *a, *aa; /* its inputs; their squares, or all products i <= j */
    uint32_t *r, *g;  /* (r.a + r0), (g.a + g0) of each unit */
    uint32_t *slope;  /* derivative of the activation at each unit */
} layer_values;

typedef struct {
    layer_values layer[QD_VARIETY_MAX_DEPTH + 1]; /* the last one holds the outputs in a */
    uint32_t *adjoint;                            /* of the units of the current layer */
    uint64_t *sum, *sum_squares;                  /* of its inputs, and of their squares */
    uint32_t *memory;                             /* owned */
    uint64_t *memory64;                           /* owned */
} workspace;

static int64_t products(const qd_variety_layer *l)
{
    return l->t >= 0 ? l->in * (l->in + 1) / 2 : l->s >= 0 ? l->in : 0;
}

static void workspace_init(workspace *w, const qd_variety_plan *plan)
{
    int64_t size = 0, widest = 0;
    for (int64_t k = 0; k < plan->depth; k++) {
        const qd_variety_layer *l = plan->layer + k;
        size += l->in + products(l) + 3 * l->out;
        if (l->in > widest) widest = l->in;
        if (l->out > widest) widest = l->out;
    }
    size += plan->layer[plan->depth - 1].out + widest;
    uint32_t *next = w->memory = qd_malloc(sizeof *next * (size_t) size);
    for (int64_t k = 0; k < plan->depth; k++) {
        const qd_variety_layer *l = plan->layer + k;
        w->layer[k].a = next;
        w->layer[k].aa = next += l->in;
        w->layer[k].r = next += products(l);
        w->layer[k].g = next += l->out;
        w->layer[k].slope = next += l->out;
        next += l->out;
    }
    w->layer[plan->depth].a = next;
    w->adjoint = next + plan->layer[plan->depth - 1].out;
    w->sum = w->memory64 = qd_malloc(sizeof *w->sum * 2 * (size_t) widest);
    w->sum_squares = w->sum + widest;
}

static void workspace_clear(workspace *w)
{
    free(w->memory);
    free(w->memory64);
}

/* ---- modulo p ----------------------------------------------------------------------------- */

static uint32_t mul(uint32_t a, uint32_t b, uint32_t p)
{
    return (uint32_t) ((uint64_t) a * b % p);
}

static uint32_t add(uint32_t a, uint32_t b, uint32_t p)
{
    uint32_t c = a + b;
    return c >= p ? c - p : c;
}

static uint32_t power(uint32_t a, int64_t e, uint32_t p)
{
    uint32_t y = 1;
    for (; e > 0; e >>= 1, a = mul(a, a, p))
        if (e & 1) y = mul(y, a, p);
    return y;
}

QD_CLONES static uint32_t dot(const uint32_t *v, const uint32_t *w, int64_t n, uint32_t p)
{
    uint64_t total = 0;
    for (int64_t i = 0; i < n; i += SUM_MAX) {
        uint64_t sum = 0;
        int64_t end = n - i < SUM_MAX ? n : i + SUM_MAX;
        for (int64_t k = i; k < end; k++) sum += (uint64_t) v[k] * w[k];
        total = (total + sum) % p;
    }
    return (uint32_t) total;
}

/* out = c v */
QD_CLONES static void scale(uint32_t *restrict out, uint32_t c, const uint32_t *restrict v, int64_t n, uint32_t p)
{
    uint32_t q = (uint32_t) (((uint64_t) c << 32) / p);
    for (int64_t i = 0; i < n; i++) {
        uint32_t r = c * v[i] - (uint32_t) (((uint64_t) q * v[i]) >> 32) * p;
        out[i] = r >= p ? r - p : r;
    }
}

/* sum += c v, not reduced */
QD_CLONES static void accumulate(uint64_t *restrict sum, uint32_t c, const uint32_t *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] += (uint64_t) c * v[i];
}

static void reduce(uint64_t *sum, int64_t n, uint32_t p)
{
    for (int64_t i = 0; i < n; i++) sum[i] %= p;
}

/* ---- forwards ----------------------------------------------------------------------------- */

static void square_inputs(const layer_values *v, const qd_variety_layer *l, uint32_t p)
{
    if (l->t >= 0) {
        uint32_t *row = v->aa;
        for (int64_t i = 0; i < l->in; row += l->in - i, i++) scale(row, v->a[i], v->a + i, l->in - i, p);
    } else if (l->s >= 0)
        for (int64_t i = 0; i < l->in; i++) v->aa[i] = mul(v->a[i], v->a[i], p);
}

/* The neuron before its activation; fills r[j] and g[j]. */
static uint32_t neuron(const layer_values *v, const qd_variety_layer *l, const uint32_t *theta, int64_t j, uint32_t p)
{
    int64_t n = l->in;
    uint32_t z = l->b >= 0 ? theta[l->b + j] : 0;
    if (l->w >= 0) z = add(z, dot(theta + l->w + j * n, v->a, n, p), p);
    if (l->s >= 0) z = add(z, dot(theta + l->s + j * n, v->aa, n, p), p);
    if (l->t >= 0) z = add(z, dot(theta + l->t + j * products(l), v->aa, products(l), p), p);
    if (l->r < 0) return z;
    v->r[j] = add(l->r0 >= 0 ? theta[l->r0 + j] : 0, dot(theta + l->r + j * n, v->a, n, p), p);
    v->g[j] = add(l->g0 >= 0 ? theta[l->g0 + j] : 0, dot(theta + l->g + j * n, v->a, n, p), p);
    return add(z, mul(v->r[j], v->g[j], p), p);
}

static void forwards(workspace *w, const qd_variety_plan *plan, const uint32_t *theta, const uint32_t *x, uint32_t p)
{
    memcpy(w->layer[0].a, x, sizeof *x * (size_t) plan->layer[0].in);
    for (int64_t k = 0; k < plan->depth; k++) {
        const qd_variety_layer *l = plan->layer + k;
        layer_values *v = w->layer + k;
        square_inputs(v, l, p);
        for (int64_t j = 0; j < l->out; j++) {
            uint32_t z = neuron(v, l, theta, j, p), y = power(z, l->power - 1, p);
            v->slope[j] = mul((uint32_t) (l->power % p), y, p);
            w->layer[k + 1].a[j] = mul(y, z, p);
        }
    }
}

/* ---- backwards ---------------------------------------------------------------------------- */

/* Entries of the row that belong to unit j, c the adjoint of its pre-activation; the adjoints of the inputs go to w->sum. */
static void unit_backwards(uint32_t *row, workspace *w, const layer_values *v, const qd_variety_layer *l, const uint32_t *theta, int64_t j,
                           uint32_t c, bool first, uint32_t p)
{
    int64_t n = l->in;
    if (l->b >= 0) row[l->b + j] = c;
    if (l->w >= 0) {
        scale(row + l->w + j * n, c, v->a, n, p);
        if (!first) accumulate(w->sum, c, theta + l->w + j * n, n);
    }
    if (l->s >= 0) {
        scale(row + l->s + j * n, c, v->aa, n, p);
        if (!first) accumulate(w->sum_squares, c, theta + l->s + j * n, n);
    }
    if (l->r >= 0) {
        uint32_t cr = mul(c, v->g[j], p), cg = mul(c, v->r[j], p);
        if (l->r0 >= 0) row[l->r0 + j] = cr;
        if (l->g0 >= 0) row[l->g0 + j] = cg;
        scale(row + l->r + j * n, cr, v->a, n, p);
        scale(row + l->g + j * n, cg, v->a, n, p);
        if (first) return;
        accumulate(w->sum, cr, theta + l->r + j * n, n);
        accumulate(w->sum, cg, theta + l->g + j * n, n);
    }
}

/* The triangle of unit j; its part of the adjoints needs reducing row by row. */
static void triangle_backwards(uint32_t *row, workspace *w, const layer_values *v, const qd_variety_layer *l, const uint32_t *theta,
                               int64_t j, uint32_t c, bool first, uint32_t p)
{
    int64_t n = l->in, offset = l->t + j * products(l);
    scale(row + offset, c, v->aa, products(l), p);
    if (first) return;
    const uint32_t *t = theta + offset;
    for (int64_t i = 0; i < n; t += n - i, i++) {
        uint32_t sum = dot(t, v->a + i, n - i, p);
        w->sum[i] = (w->sum[i] + (uint64_t) c * sum) % p;
        accumulate(w->sum + i, mul(c, v->a[i], p), t, n - i);
        if (i % SUM_MAX == SUM_MAX - 1) reduce(w->sum, n, p);
    }
}

static void layer_backwards(uint32_t *row, workspace *w, const layer_values *v, const qd_variety_layer *l, const uint32_t *theta,
                            bool first, uint32_t p)
{
    int64_t n = l->in, added = 0;
    memset(w->sum, 0, sizeof *w->sum * (size_t) n);
    memset(w->sum_squares, 0, sizeof *w->sum_squares * (size_t) n);
    for (int64_t j = 0; j < l->out; j++) {
        uint32_t c = mul(w->adjoint[j], v->slope[j], p);
        unit_backwards(row, w, v, l, theta, j, c, first, p);
        if (l->t >= 0) triangle_backwards(row, w, v, l, theta, j, c, first, p);
        added += 3; /* products in one sum, at most; a triangle adds more */
        if (added + 3 > SUM_MAX || l->t >= 0) {
            reduce(w->sum, n, p);
            reduce(w->sum_squares, n, p);
            added = 0;
        }
    }
    if (first) return;
    for (int64_t i = 0; i < n; i++) {
        uint64_t squares = 2 * (w->sum_squares[i] % p) * v->a[i] % p;
        w->adjoint[i] = (uint32_t) ((w->sum[i] + squares) % p);
    }
}

static void point_rows(uint32_t *rows, workspace *w, const qd_variety_plan *plan, const uint32_t *theta, const uint32_t *x, uint32_t p)
{
    int64_t outputs = plan->layer[plan->depth - 1].out;
    forwards(w, plan, theta, x, p);
    for (int64_t o = 0; o < outputs; o++) {
        memset(w->adjoint, 0, sizeof *w->adjoint * (size_t) outputs);
        w->adjoint[o] = 1;
        for (int64_t k = plan->depth - 1; k >= 0; k--)
            layer_backwards(rows + o * plan->nparams, w, w->layer + k, plan->layer + k, theta, k == 0, p);
    }
}

/* ---- all points --------------------------------------------------------------------------- */

typedef struct {
    uint32_t *rows;
    const qd_variety_plan *plan;
    const uint32_t *theta, *x;
    int64_t npoints, chunk;
    uint32_t p;
} job;

static qd_status run_chunk(void *arg, int64_t c, qd_ctx_t ctx)
{
    const job *j = arg;
    int64_t inputs = j->plan->layer[0].in, outputs = j->plan->layer[j->plan->depth - 1].out;
    int64_t end = (c + 1) * j->chunk < j->npoints ? (c + 1) * j->chunk : j->npoints;
    workspace w;
    (void) ctx;
    workspace_init(&w, j->plan);
    for (int64_t i = c * j->chunk; i < end; i++)
        point_rows(j->rows + i * outputs * j->plan->nparams, &w, j->plan, j->theta, j->x + i * inputs, j->p);
    workspace_clear(&w);
    return QD_OK;
}

qd_status qd_variety_jacobian(uint32_t *rows, const qd_variety_plan *plan, const uint32_t *theta, const uint32_t *x, int64_t npoints,
                              uint32_t p, qd_ctx_t ctx)
{
    int64_t entries = npoints * plan->layer[plan->depth - 1].out * plan->nparams;
    bool share = ctx->threads > 1 && entries > 1 << 18 && npoints > 1; /* waking threads costs some microseconds */
    job j = {rows, plan, theta, x, npoints, share ? (npoints + 4 * ctx->threads - 1) / (4 * ctx->threads) : npoints, p};
    if (npoints == 0) return QD_OK;
    if (!share) return run_chunk(&j, 0, ctx);
    return qd_parallel_for((npoints + j.chunk - 1) / j.chunk, run_chunk, &j, ctx);
}
