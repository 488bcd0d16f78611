/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local series, layer by layer. On an infinite chart x = base + step (o + side r / s) is (step side r + (base + step o) s) / s, so inputs of degree d are
   kept as s^d a(s), and a constant b of a layer is b s^d: beyond the powers that are kept it is a bound.

   Layers share a power of two, 2^e, so that their largest norm is near 1. What is kept of the layers below stays valid as long as the window and the
   pattern below do; where everything is affine nothing is left out, and a chart serves the smaller windows inside it as well, until it is
   too coarse for them. */
#include "line/local_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Constants of the next layer are multiplied by 2^-2e. */
#define LEAST_EXPONENT (-150.0)
/* Beyond, exponents would not be exact. */
#define LARGEST_EXPONENT 1e15
/* A chart may be so much larger than a window for affine units. */
#define COARSE 0x1p12

void qd_local__init(qd_local *s, const qd_local_plan *plan, bool pairs)
{
    memset(s, 0, sizeof *s);
    s->plan = plan;
    s->pairs = pairs;
    s->pattern = qd_calloc((size_t) plan->model->nwords, sizeof *s->pattern);
    s->level = qd_calloc((size_t) plan->depth + 1, sizeof *s->level);
}

void qd_local__clear(qd_local *s)
{
    for (slong l = 0; s->plan != NULL && l <= s->plan->depth; l++) {
        qd_local_level *v = s->level + l;
        if (!v->made) continue;
        qd_series__clear(&v->a);
        free(v->zero);
        if (l == s->plan->depth) continue;
        qd_series__clear(&v->z);
        qd_series__clear(&v->r);
        qd_series__clear(&v->g);
        qd_series__clear(&v->x);
        qd_series__clear(&v->y);
        qd_series__clear(&v->p);
        qd_series__clear(&v->f);
        qd_series__clear(&v->t);
    }
    free(s->pattern);
    free(s->level);
}

static void make_level(qd_local *s, slong l)
{
    const qd_restriction *m = s->plan->model;
    qd_local_level *v = s->level + l;
    if (v->made) return;
    v->made = true;
    qd_series__init(&v->a, qd_restriction_width(m, l), qd_local__kept(m->formal[l]), s->pairs);
    v->zero = qd_calloc((size_t) v->a.stride, sizeof(bool));
    if (l == s->plan->depth) return;
    const qd_local_layer *layer = s->plan->layer + l;
    slong d = qd_local__kept(qd_local__degree(m, l)), top = qd_local__kept(m->formal[l + 1]);
    bool product = layer->r.hi != NULL || m->low->layer[l].degree == 2;
    qd_series__init(&v->z, layer->out, d, s->pairs);
    qd_series__init(&v->r, product ? layer->out : 0, qd_local__kept(m->formal[l]), s->pairs);
    qd_series__init(&v->g, product ? layer->out : 0, qd_local__kept(m->formal[l]), s->pairs);
    slong raised = m->low->layer[l].power > 1 ? layer->out : 0;
    qd_series__init(&v->x, layer->npairs, qd_local__kept(m->formal[l]), s->pairs);
    qd_series__init(&v->y, layer->npairs, qd_local__kept(m->formal[l]), s->pairs);
    qd_series__init(&v->p, layer->npairs, d, s->pairs);
    qd_series__init(&v->f, raised, top, s->pairs);
    qd_series__init(&v->t, raised, top, s->pairs);
}

/* ---- inputs ----------------------------------------------------------------------------------- */

static void set_first(qd_local *s)
{
    const qd_local_plan *plan = s->plan;
    qd_local_level *v = s->level;
    qd_series *a = &v->a;
    bool infinite = s->chart.side != 0;
    double r = infinite ? s->chart.side * s->chart.r : s->chart.r;
    qd_series__zero(a, 1);
    for (slong i = 0; i < a->n; i++) {
        double p = plan->base.hi[i], q = plan->step.hi[i], c = 0, cl = 0, d = 0, dl = 0;
        qd_pair__add_product(&c, &cl, p, plan->base.lo[i], 1);
        qd_pair__add_product(&c, &cl, q, plan->step.lo[i], s->chart.o);
        qd_pair__add_product(&d, &dl, q, plan->step.lo[i], r);
        slong k = infinite ? 1 : 0;
        a->hi[k * a->stride + i] = c;
        a->hi[(1 - k) * a->stride + i] = d;
        if (s->pairs) a->lo[k * a->stride + i] = cl;
        if (s->pairs) a->lo[(1 - k) * a->stride + i] = dl;
        double size = fabs(p) + fabs(q * s->chart.o) + fabs(q * r);
        v->zero[i] = p == 0 && q == 0;
        a->err[i] = v->zero[i] ? 0 : qd_series__slack(s->pairs, 2) * size + QD_SERIES_UNDERFLOW;
        a->lean[i] = v->zero[i] ? 0 : qd_series__slack(s->pairs, 2) * fabs(q * r) + QD_SERIES_UNDERFLOW;
    }
    qd_series__measure(a);
    v->spread = qd_local__spread(a);
    v->e = 0;
    v->d = 1;
}

/* ---- pre-activations ---------------------------------------------------------------------------- */

static const double *row(const double *x, slong k, slong stride)
{
    return x == NULL ? NULL : x + k * stride;
}

/* z += w a + b s^shift, times 2^-e: measured. */
static void affine(qd_series *z, const qd_local_level *v, const qd_columns *w, const qd_columns *b, slong shift, slong terms)
{
    qd_series__zero(z, v->a.m);
    for (slong j = 0; w->hi != NULL && j < v->a.n; j++)
        if (!v->zero[j]) qd_series__add_column(z, w->hi + j * z->stride, row(w->lo, j, z->stride), &v->a, j, 0, terms);
    if (b != NULL) qd_series__add_constant(z, b->hi, b->lo, -v->e, shift, terms);
    qd_series__measure(z);
}

static void add_pairs(qd_local_level *v, const qd_local_layer *layer, slong top)
{
    qd_series__gather(&v->x, &v->a, layer->first);
    qd_series__gather(&v->y, &v->a, layer->second);
    v->p.m = top;
    qd_series__mul(&v->p, &v->x, &v->y, 0);
    qd_series__measure(&v->p);
    for (slong k = 0; k < layer->npairs; k++)
        if (!v->zero[layer->first[k]] && !v->zero[layer->second[k]])
            qd_series__add_column(&v->z, layer->c.hi + k * v->z.stride, row(layer->c.lo, k, v->z.stride), &v->p, k, 0, layer->terms);
}

static void make_z(qd_local *s, slong l)
{
    const qd_restriction *m = s->plan->model;
    const qd_local_layer *layer = s->plan->layer + l;
    qd_local_level *v = s->level + l;
    slong d = s->chart.side != 0 ? v->d : 0;
    if (v->have_z) return;
    v->have_z = true;
    v->ez = v->e;
    if (m->low->layer[l].degree == 1) {
        affine(&v->z, v, &layer->w, &layer->b, d, layer->terms);
        if (m->formal[l] == 1) qd_local__bound_spread(v, layer, s->pairs);
        return;
    }
    v->ez = 2 * v->e;
    slong top = v->z.m = qd_local__kept(qd_local__degree(m, l));
    if (layer->r.hi != NULL) {
        affine(&v->r, v, &layer->r, &layer->r0, d, layer->terms);
        affine(&v->g, v, &layer->g, &layer->g0, d, layer->terms);
        qd_series__mul(&v->z, &v->r, &v->g, layer->terms);
    } else qd_series__zero(&v->z, top);
    if (layer->npairs > 0) add_pairs(v, layer, top);
    if (layer->w.hi != NULL) {
        affine(&v->r, v, &layer->w, NULL, 0, layer->terms);
        qd_series__add(&v->z, &v->r, -v->e, d, layer->terms);
    }
    qd_series__add_constant(&v->z, layer->b.hi, layer->b.lo, -v->ez, 2 * d, layer->terms);
    qd_series__measure(&v->z);
}

/* Degrees are only compared with those of the terms that are kept: larger ones need not be told apart, and do not overflow. */
#define MOST_DEGREE ((slong) 1 << 30)

/* ---- activations -------------------------------------------------------------------------------- */

/* v->a of the layer above: z^power in place, units of less power as often as they need times the constant 1. */
static void raise_powers(qd_local *s, slong l)
{
    const qd_local_layer *layer = s->plan->layer + l;
    qd_local_level *v = s->level + l;
    qd_series *a = &s->level[l + 1].a;
    slong most = s->plan->model->low->layer[l].power, dz = s->plan->model->low->layer[l].degree * v->d;
    double *f = a->factor, *rest = a->factor + a->stride;
    memset(a->sum, 0, sizeof(double) * (size_t) a->stride);
    for (slong k = 1; k < most; k++) {
        for (slong u = 0; u < a->stride; u++) {
            f[u] = u < layer->out && k < layer->power[u] ? 1 : 0;
            rest[u] = u < layer->out && k >= layer->power[u] ? 1 : 0;
        }
        qd_series__scale(&v->f, &v->z, f, a->sum);
        qd_series__add_constant(&v->f, rest, NULL, -v->ez, s->chart.side != 0 ? dz : 0, 0);
        qd_series__measure(&v->f);
        v->t.m = qd_local__kept(a->m + v->z.m);
        qd_series__mul(&v->t, a, &v->f, 0);
        qd_series__measure(&v->t);
        for (slong u = 0; u < a->stride; u++) f[u] = 1;
        qd_series__scale(a, &v->t, f, a->sum);
    }
}

/* Nothing can be decided from here on. */
static void give_up(qd_local_level *next)
{
    qd_series *a = &next->a;
    for (slong u = 0; u < a->stride; u++) a->err[u] = a->lean[u] = INFINITY;
    next->spread = INFINITY;
}

static void normalise(qd_local_level *next, double e)
{
    qd_series *a = &next->a;
    double top = 0;
    bool sound = true;
    for (slong u = 0; u < a->n; u++) {
        double x = a->norm[u] + a->err[u] + a->tail[u];
        if (next->zero[u]) continue;
        if (!(x < 0x1p900)) sound = false;
        if (x > top) top = x;
    }
    double shift = top == 0 ? 0 : ilogb(top);
    if (e + shift < LEAST_EXPONENT) shift = LEAST_EXPONENT - e;
    if (!sound || !(fabs(e + shift) < LARGEST_EXPONENT) || fabs(shift) > 1000) {
        give_up(next);
        next->e = 0;
        return;
    }
    qd_series__shift(a, -shift);
    next->spread = ldexp(next->spread, (int) -shift) * QD_SERIES_INFLATE + (double) a->n * QD_SERIES_UNDERFLOW;
    next->e = e + shift;
}

/* The inputs of layer l + 1 from those of layer l. */
static void step(qd_local *s, const qd_word *pattern, slong l)
{
    const qd_restriction *m = s->plan->model;
    const qd_local_layer *layer = s->plan->layer + l;
    qd_local_level *v = s->level + l, *next = v + 1;
    make_level(s, l + 1);
    make_z(s, l);
    double *f = next->a.factor, *fl = f + next->a.stride;
    bool any = false;
    memset(f, 0, 2 * sizeof(double) * (size_t) next->a.stride);
    for (slong u = 0; u < layer->out; u++) {
        bool off = qd_restriction_off(m, pattern, l, u);
        f[u] = off ? layer->off.hi[u] : 1;
        fl[u] = off && layer->off.lo != NULL ? layer->off.lo[u] : 0;
        next->zero[u] = f[u] == 0 || (layer->power[u] == m->low->layer[l].power && qd_series__is_zero(&v->z, u));
        any = any || !next->zero[u];
    }
    qd_series__scale(&next->a, &v->z, f, fl);
    if (m->formal[l + 1] == 1) qd_local__pass_spread(next, v, f, s->pairs);
    if (m->low->layer[l].power > 1) raise_powers(s, l);
    slong d = v->d * m->low->layer[l].degree * m->low->layer[l].power;
    next->d = any ? FLINT_MIN(d, MOST_DEGREE) : 0;
    next->have_z = false;
    normalise(next, (double) m->low->layer[l].power * v->ez);
}

/* Is the chart still one for this window? */
static bool serves(const qd_local *s, const qd_window *w, bool affine)
{
    if (s->ready == 0) return false;
    if (w->a == s->window.a && w->b == s->window.b) return true;
    if (!affine || s->chart.side != 0 || isinf(w->a) || isinf(w->b)) return false;
    return w->a >= s->window.a && w->b <= s->window.b && s->chart.r <= COARSE * (w->b - w->a);
}

/* Layers whose inputs are the same as at the last call. */
static slong still_valid(const qd_local *s, const qd_word *pattern)
{
    const qd_restriction *m = s->plan->model;
    slong i = 0, l = 0;
    while (i < m->nwords && s->pattern[i] == pattern[i]) i++;
    if (i == m->nwords) return s->ready;
    slong bit = 64 * i + __builtin_ctzll(s->pattern[i] ^ pattern[i]);
    while (m->first[l + 1] <= bit) l++;
    return l + 1 < s->ready ? l + 1 : s->ready;
}

bool qd_local__prepare(qd_local *s, const qd_window *window, const qd_word *pattern, slong l)
{
    const qd_restriction *m = s->plan->model;
    bool affine = qd_local__degree(m, l) == 1;
    slong k = 0;
    if (l >= s->plan->depth) return false;
    if (serves(s, window, affine)) k = still_valid(s, pattern);
    else {
        s->ready = 0;
        if (!qd_chart__set(&s->chart, window, s->plan->polynomial)) return false;
        s->window = *window;
    }
    memcpy(s->pattern, pattern, sizeof *pattern * (size_t) m->nwords);
    if (k == 0) {
        make_level(s, 0);
        set_first(s);
        s->level[0].have_z = false;
        k = 1;
    }
    for (; k <= l; k++) step(s, pattern, k - 1);
    s->ready = l + 1;
    make_z(s, l);
    return true;
}
