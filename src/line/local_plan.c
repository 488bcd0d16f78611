/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights for local series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line/local.h"

/* Layers are not followed whose sparse weights, or products of two inputs, as dense columns would be more numbers than this. */
#define MOST_ENTRIES 4e6

static bool is_dyadic(const fmpq_t x)
{
    const fmpz *q = fmpq_denref(x);
    return !COEFF_IS_MPZ(*q) && (*q & (*q - 1)) == 0 && fmpz_bits(fmpq_numref(x)) <= 53;
}

/* x - hi to 53 bits; hi is the double nearest to x. */
static double rest(const fmpq_t x, double hi)
{
    fmpq_t y;
    arf_t f;
    if (is_dyadic(x)) return 0;
    fmpq_init(y);
    arf_init(f);
    qd_rat_set_double(y, hi);
    fmpq_sub(y, x, y);
    arf_set_fmpq(f, y, 53, ARF_RND_NEAR);
    double d = arf_get_d(f, ARF_RND_NEAR);
    fmpq_clear(y);
    arf_clear(f);
    return d;
}

static void columns_init(qd_columns *c, slong n)
{
    c->hi = qd_calloc((size_t) n, sizeof(double));
    c->lo = qd_calloc((size_t) n, sizeof(double));
}

static void columns_clear(qd_columns *c)
{
    free(c->hi);
    free(c->lo);
}

static void columns_set(qd_columns *c, slong k, const fmpq_t x, double hi)
{
    c->hi[k] = hi;
    c->lo[k] = rest(x, hi);
}

static void drop_zero_rest(qd_columns *c, slong n)
{
    for (slong k = 0; c->lo != NULL && k < n; k++)
        if (c->lo[k] != 0) return;
    free(c->lo);
    c->lo = NULL;
}

/* ---- products of two inputs ------------------------------------------------------------------- */

typedef struct {
    slong i, j;
} pair;

static int by_inputs(const void *x, const void *y)
{
    const pair *a = x, *b = y;
    if (a->i != b->i) return a->i < b->i ? -1 : 1;
    return a->j < b->j ? -1 : a->j > b->j;
}

/* All pairs that occur in some unit, ascending; returns how many. */
static slong all_pairs(pair **list, const qd_lowered_layer *low)
{
    slong n = 0, k = 0;
    for (slong u = 0; u < low->out; u++) n += low->unit[u].nterms;
    pair *p = *list = qd_malloc(sizeof *p * (size_t) (n + 1));
    for (slong u = 0, i = 0; u < low->out; u++)
        for (slong t = 0; t < low->unit[u].nterms; t++) p[i++] = (pair){low->unit[u].term[t].i, low->unit[u].term[t].j};
    if (n == 0) return 0;
    qsort(p, (size_t) n, sizeof *p, by_inputs);
    for (slong i = 1; i < n; i++)
        if (by_inputs(p + k, p + i) != 0) p[++k] = p[i];
    return k + 1;
}

static void set_pairs(qd_local_layer *layer, const pair *list, slong n, const qd_lowered_layer *low, const qd_unit_double *q)
{
    layer->npairs = n;
    layer->first = qd_malloc(sizeof(slong) * (size_t) (n + 1));
    layer->second = qd_malloc(sizeof(slong) * (size_t) (n + 1));
    columns_init(&layer->c, n * layer->stride);
    for (slong k = 0; k < n; k++) {
        layer->first[k] = list[k].i;
        layer->second[k] = list[k].j;
    }
    for (slong u = 0; u < low->out; u++)
        for (slong t = 0, k = 0; t < low->unit[u].nterms; t++) {
            const qd_term *term = low->unit[u].term + t;
            while (list[k].i != term->i || list[k].j != term->j) k++;
            columns_set(&layer->c, k * layer->stride + u, term->c, q[u].term[t]);
        }
    drop_zero_rest(&layer->c, n * layer->stride);
}

/* ---- layers ----------------------------------------------------------------------------------- */

static void set_column(qd_columns *c, slong u, slong stride, const fmpq *v, const double *hi, const slong *at, slong n)
{
    for (slong k = 0; k < n; k++)
        if (hi[k] != 0) columns_set(c, (at != NULL ? at[k] : k) * stride + u, v + k, hi[k]);
}

static void set_units(qd_local_layer *layer, const qd_lowered_layer *low, const qd_unit_double *q)
{
    fmpq_t off;
    fmpq_init(off);
    for (slong u = 0; u < low->out; u++) {
        const qd_lowered_unit *unit = low->unit + u;
        if (unit->r != NULL) set_column(&layer->r, u, layer->stride, unit->r, q[u].r, NULL, low->in);
        if (unit->g != NULL) set_column(&layer->g, u, layer->stride, unit->g, q[u].g, NULL, low->in);
        set_column(&layer->w, u, layer->stride, unit->w, q[u].w, unit->at, unit->nw);
        columns_set(&layer->r0, u, unit->r0, q[u].r0);
        columns_set(&layer->g0, u, unit->g0, q[u].g0);
        columns_set(&layer->b, u, unit->b, q[u].b);
        qd_lowered_off(off, unit);
        columns_set(&layer->off, u, off, q[u].off);
        layer->power[u] = unit->power;
    }
    fmpq_clear(off);
}

/* -> false: its columns would be too long */
static bool set_layer(qd_local_layer *layer, const qd_lowered_layer *low, const qd_unit_double *q)
{
    slong in = low->in, stride = (low->out + QD_SERIES_LANES - 1) / QD_SERIES_LANES * QD_SERIES_LANES;
    bool products = false, linear = false, sparse = false;
    for (slong u = 0; u < low->out; u++) {
        products = products || low->unit[u].r != NULL;
        linear = linear || low->unit[u].nw > 0;
        sparse = sparse || low->unit[u].at != NULL;
    }
    memset(layer, 0, sizeof *layer);
    pair *list;
    slong npairs = all_pairs(&list, low);
    if (((sparse ? (double) in : 0) + (double) npairs) * (double) stride > MOST_ENTRIES) {
        free(list);
        return false;
    }
    layer->in = in;
    layer->out = low->out;
    layer->stride = stride;
    layer->power = qd_calloc((size_t) low->out, sizeof *layer->power);
    if (products) columns_init(&layer->r, in * stride);
    if (products) columns_init(&layer->g, in * stride);
    if (linear) columns_init(&layer->w, in * stride);
    columns_init(&layer->r0, stride);
    columns_init(&layer->g0, stride);
    columns_init(&layer->b, stride);
    columns_init(&layer->off, stride);
    set_units(layer, low, q);
    set_pairs(layer, list, npairs, low, q);
    free(list);
    drop_zero_rest(&layer->r, in * stride);
    drop_zero_rest(&layer->g, in * stride);
    drop_zero_rest(&layer->w, in * stride);
    layer->terms = 2 * in + layer->npairs + 8;
    qd_norms__set(&layer->norm, layer->w.hi, in, low->out, stride, layer->b.hi);
    return true;
}

/* The norms of maps matter where many layers are followed: errors may then grow by more than so many bits. */
#define SMALL_GROWTH 16

static void refine_norms(qd_local_plan *plan)
{
    double bits = 0;
    for (slong l = 0; l < plan->depth; l++) bits += log2(fmax(1, plan->layer[l].norm.map));
    for (slong l = 0; l < plan->depth && bits > SMALL_GROWTH; l++) {
        qd_local_layer *layer = plan->layer + l;
        if (layer->w.hi != NULL) qd_norms__refine(&layer->norm, layer->w.hi, layer->in, layer->out, layer->stride);
    }
}

void qd_local__plan(qd_local_plan *plan, const qd_restriction *m)
{
    slong n = m->low->input_dim;
    memset(plan, 0, sizeof *plan);
    plan->model = m;
    if (!m->weights) return;
    plan->layer = qd_calloc((size_t) m->low->depth, sizeof *plan->layer);
    while (plan->depth < m->low->depth && set_layer(plan->layer + plan->depth, m->low->layer + plan->depth, m->unit_double[plan->depth]))
        plan->depth++;
    refine_norms(plan);
    plan->polynomial = true;
    for (slong l = 0; l < plan->depth; l++)
        if (m->formal[l] > QD_LOCAL_TOP || m->formal[l] * m->low->layer[l].degree > QD_LOCAL_TOP) plan->polynomial = false;
    columns_init(&plan->base, n);
    columns_init(&plan->step, n);
    for (slong i = 0; i < n; i++) {
        columns_set(&plan->base, i, m->base + i, m->base_double[i]);
        columns_set(&plan->step, i, m->step + i, m->step_double[i]);
    }
}

void qd_local__plan_clear(qd_local_plan *plan)
{
    for (slong l = 0; l < plan->depth; l++) {
        qd_local_layer *layer = plan->layer + l;
        columns_clear(&layer->r);
        columns_clear(&layer->g);
        columns_clear(&layer->w);
        columns_clear(&layer->r0);
        columns_clear(&layer->g0);
        columns_clear(&layer->b);
        columns_clear(&layer->off);
        columns_clear(&layer->c);
        free(layer->norm.row);
        free(layer->first);
        free(layer->second);
        free(layer->power);
    }
    free(plan->layer);
    columns_clear(&plan->base);
    columns_clear(&plan->step);
}
