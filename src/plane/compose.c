/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pre-activations of one layer as polynomials in doubles, all units side by side.

   Errors. With EPS = 2^-53 every rounding is (1 + e), |e| <= EPS. A polynomial is known by coefficients c and a number rad with
   |p(s,t) - p~(s,t)| <= rad for |s|, |t| <= R; size = sum |c_ij| R^(i+j) bounds p~ there.
     sum of n products w_j a_j and b   each w_j is a rational rounded once, each product and sum rounds once more: the error of coefficient k is at
                                       most (n + 3) EPS (1 + n EPS) sum_j |w_j| |a_j,k|; so rad <= sum |w_j| (rad_j + (n + 6) EPS size_j) +
                                       (n + 6) EPS |b|, with room for the rounding of this bound itself, for n <= 2^20
     product r g                       rad <= size_r rad_g + size_g rad_r + rad_r rad_g + (T + 2) EPS size_r size_g, where each coefficient is a
                                       sum of at most T = the number of terms of the shorter factor
   Each bound is multiplied by INFLATE = 1 + 2^-30, which covers its own roundings: it is a sum of at most 2^20 positive terms. */
#include "plane/impl.h"

#include <math.h>
#include <string.h>

#define INFLATE (1 + 0x1p-30)

static qd_plane_block block_new(qd_arena *arena, slong degree, slong n)
{
    qd_plane_block b = {.degree = degree, .n = n, .stride = (n + QD_PLANE_LANES - 1) / QD_PLANE_LANES * QD_PLANE_LANES};
    size_t terms = (size_t) (qd_plane__terms(degree) * b.stride);
    b.c = qd_arena_take(arena, sizeof *b.c * (terms + 2 * (size_t) b.stride));
    memset(b.c, 0, sizeof *b.c * (terms + 2 * (size_t) b.stride));
    b.size = b.c + terms;
    b.rad = b.size + b.stride;
    return b;
}

qd_plane_block qd_plane__block_new(qd_arena *arena, slong degree, slong n)
{
    return block_new(arena, degree, n);
}

QD_CLONES static void add_scaled(double *restrict out, const double *restrict w, double a, slong n)
{
    for (slong u = 0; u < n; u++) out[u] += a * w[u];
}

QD_CLONES static void add_absolute(double *restrict out, const double *restrict w, double a, slong n)
{
    for (slong u = 0; u < n; u++) out[u] += a * fabs(w[u]);
}

QD_CLONES static void add_product(double *restrict out, const double *restrict a, const double *restrict b, slong n)
{
    for (slong u = 0; u < n; u++) out[u] += a[u] * b[u];
}

void qd_plane__block_size(qd_plane_block *b, double R)
{
    memset(b->size, 0, sizeof *b->size * (size_t) b->stride);
    for (slong i = 0; i <= b->degree; i++)
        for (slong j = 0; i + j <= b->degree; j++)
            add_absolute(b->size, b->c + (qd_plane__row(b->degree, i) + j) * b->stride, pow(R, (double) (i + j)), b->stride);
    for (slong u = 0; u < b->stride; u++) b->size[u] *= INFLATE;
}

/* ---- the inputs of a layer -------------------------------------------------------------------- */

/* Coefficient i, j of a polynomial of degree d in the numbering of degree e >= d; as homogeneous polynomials they differ by W^(e-d). */
static slong lifted(slong i, slong j, slong d, slong e, int chart)
{
    return qd_plane__row(e, chart == 0 ? i : i + e - d) + j;
}

/* The coordinates of the plane, homogeneous: coefficients of 1, t, s. */
static void coordinates(double c[3][3], const qd_plane_model *p, int chart)
{
    static const double W[2][3] = {{1, 0, 0}, {0, 0, 1}};
    const double side[4] = {p->x1, p->x0, p->y1, p->y0}, lo[2] = {p->x0, p->y0}, hi[2] = {p->x1, p->y1}, centre[2] = {p->cx, p->cy};
    memcpy(c[2], W[chart != 0], sizeof c[2]);
    for (int k = 0; k < 2; k++) {
        if (chart == 0) {
            c[k][0] = 0;
            c[k][1] = k == 1;
            c[k][2] = k == 0;
            continue;
        }
        bool fixed = (chart - 1) / 2 == k;
        c[k][0] = (fixed ? side[chart - 1] : lo[k]) - centre[k];
        c[k][1] = fixed ? 0 : hi[k] - lo[k];
        c[k][2] = centre[k];
    }
}

void qd_plane__coordinates(double c[3][3], const qd_plane_model *p, int chart)
{
    coordinates(c, p, chart);
}

/* The inputs of the network: base W + step_0 X + step_1 Y, sums of three products. */
static void first_inputs(qd_plane_inputs *in, const qd_plane_model *p, int chart, qd_arena *arena)
{
    double c[3][3];
    slong n = p->m.low->input_dim;
    coordinates(c, p, chart);
    in->n = n;
    in->degree = 1;
    in->a = qd_arena_take(arena, sizeof(double) * 3 * (size_t) n);
    in->size = qd_arena_take(arena, sizeof(double) * 2 * (size_t) n);
    in->rad = in->size + n;
    in->on = qd_arena_take(arena, (size_t) n);
    double R = chart == 0 ? p->R : 1;
    for (slong j = 0; j < n; j++) {
        double w[3] = {p->m.step_double[j], p->m.step_double[n + j], p->m.base_double[j]}, total = 0;
        for (int k = 0; k < 3; k++) {
            double v = 0;
            for (int i = 0; i < 3; i++) {
                v += w[i] * c[i][k];
                total += fabs(w[i] * c[i][k]) * (k == 0 ? 1 : R);
            }
            in->a[3 * j + k] = v;
        }
        in->size[j] = total * INFLATE;
        in->rad[j] = 8 * QD_PLANE_EPS * total * INFLATE;
        in->on[j] = 1;
    }
}

/* a = z^power */
static void power_of(double *a, double *size, double *rad, const double *z, double zsize, double zrad, slong d, int64_t power, double *work)
{
    slong e = d;
    memcpy(a, z, sizeof *a * (size_t) qd_plane__terms(d));
    *size = zsize;
    *rad = zrad;
    for (int64_t r = 1; r < power; r++) {
        memset(work, 0, sizeof *work * (size_t) qd_plane__terms(e + d));
        for (slong i = 0; i <= e; i++)
            for (slong j = 0; i + j <= e; j++)
                for (slong k = 0; k <= d; k++)
                    for (slong l = 0; k + l <= d; l++)
                        work[qd_plane__row(e + d, i + k) + j + l] += a[qd_plane__row(e, i) + j] * z[qd_plane__row(d, k) + l];
        *rad = (*size * zrad + zsize * *rad + *rad * zrad + ((double) qd_plane__terms(d) + 2) * QD_PLANE_EPS * *size * zsize) * INFLATE;
        *size *= zsize * INFLATE;
        e += d;
        memcpy(a, work, sizeof *a * (size_t) qd_plane__terms(e));
    }
}

/* What z^power is multiplied by. */
static double factor_of(const qd_plane_worker *w, const qd_plane_sheet *s, slong unit, bool on)
{
    if (s->unit[unit].sign == 0) return 0;
    return on ? 1 : w->model->m.unit_double[s->layer][unit].off;
}

/* The activations of the units of s under the bits, all in the numbering of the largest degree. */
static void next_inputs(qd_plane_inputs *in, const qd_plane_worker *w, const qd_plane_sheet *s, const char *bit, qd_arena *arena)
{
    const qd_lowered_layer *layer = w->model->m.low->layer + s->layer;
    slong n = layer->out, d = s->z.degree;
    in->n = n;
    in->on = qd_arena_take(arena, (size_t) n);
    in->degree = 0;
    for (slong j = 0; j < n; j++) {
        in->on[j] = factor_of(w, s, j, bit[j]) != 0;
        if (in->on[j] && d * layer->unit[j].power > in->degree) in->degree = d * layer->unit[j].power;
    }
    slong terms = qd_plane__terms(in->degree);
    in->a = qd_arena_take(arena, sizeof(double) * (size_t) ((n + 3) * terms));
    in->size = qd_arena_take(arena, sizeof(double) * 2 * (size_t) n);
    in->rad = in->size + n;
    double *z = in->a + n * terms, *power = z + terms, *work = power + terms;
    memset(in->a, 0, sizeof(double) * (size_t) (n * terms));
    for (slong j = 0; j < n; j++) {
        double *a = in->a + j * terms, factor = factor_of(w, s, j, bit[j]), scale = fabs(factor);
        slong e = d * layer->unit[j].power;
        if (!in->on[j]) continue;
        for (slong k = 0; k < qd_plane__terms(d); k++) z[k] = factor * s->z.c[k * s->z.stride + j];
        power_of(power, in->size + j, in->rad + j, z, s->z.size[j] * scale * INFLATE,
                 (s->z.rad[j] * scale + 3 * QD_PLANE_EPS * s->z.size[j] * scale) * INFLATE, d, layer->unit[j].power, work);
        for (slong i = 0; i <= e; i++)
            for (slong k = 0; i + k <= e; k++) a[lifted(i, k, e, in->degree, w->chart)] = power[qd_plane__row(e, i) + k];
    }
}

void qd_plane__inputs(qd_plane_inputs *in, qd_plane_worker *w, const qd_plane_sheet *below, const char *bit, qd_arena *arena)
{
    if (below == NULL) first_inputs(in, w->model, w->chart, arena);
    else next_inputs(in, w, below, bit, arena);
}

/* ---- pre-activations ---------------------------------------------------------------------------- */

/* out = sum_j weight_j a_j + b, degree in->degree when a weight of an active input is not 0, else 0. */
static qd_plane_block affine(const qd_plane_inputs *in, const double *weight, const double *b, slong n, slong stride,
                             const qd_plane_worker *w, qd_arena *arena)
{
    slong terms = qd_plane__terms(in->degree), d = 0;
    for (slong j = 0; j < in->n && d == 0; j++)
        for (slong u = 0; in->on[j] && u < n && d == 0; u++)
            if (weight[j * stride + u] != 0) d = in->degree;
    qd_plane_block out = block_new(arena, d, n);
    double slack = ((double) in->n + 6) * QD_PLANE_EPS;
    for (slong j = 0; j < in->n && (d > 0 || in->degree == 0); j++) {
        if (!in->on[j]) continue;
        for (slong k = 0; k < terms; k++)
            if (in->a[j * terms + k] != 0) add_scaled(out.c + k * stride, weight + j * stride, in->a[j * terms + k], stride);
        add_absolute(out.rad, weight + j * stride, in->rad[j] + slack * in->size[j], stride);
    }
    add_scaled(out.c + lifted(0, 0, 0, d, w->chart) * stride, b, 1, stride);
    add_absolute(out.rad, b, slack, stride);
    for (slong u = 0; u < stride; u++) out.rad[u] *= INFLATE;
    qd_plane__block_size(&out, w->chart == 0 ? w->model->R : 1);
    return out;
}

/* z += p in the numbering of z; one more rounding of each coefficient. */
static void add_block(qd_plane_block *z, const qd_plane_block *p, int chart)
{
    for (slong i = 0; i <= p->degree; i++)
        for (slong j = 0; i + j <= p->degree; j++)
            add_scaled(z->c + lifted(i, j, p->degree, z->degree, chart) * z->stride, p->c + (qd_plane__row(p->degree, i) + j) * p->stride,
                       1, z->stride);
    for (slong u = 0; u < z->stride; u++) z->rad[u] += p->rad[u] + 8 * QD_PLANE_EPS * p->size[u];
}

static void add_products(qd_plane_block *z, const qd_plane_block *r, const qd_plane_block *g, const qd_plane_worker *w, qd_arena *arena)
{
    qd_plane_block p = block_new(arena, r->degree + g->degree, r->n);
    for (slong i = 0; i <= r->degree; i++)
        for (slong j = 0; i + j <= r->degree; j++)
            for (slong k = 0; k <= g->degree; k++)
                for (slong l = 0; k + l <= g->degree; l++)
                    add_product(p.c + (qd_plane__row(p.degree, i + k) + j + l) * p.stride,
                                r->c + (qd_plane__row(r->degree, i) + j) * p.stride, g->c + (qd_plane__row(g->degree, k) + l) * p.stride,
                                p.stride);
    double terms = (double) qd_plane__terms(r->degree < g->degree ? r->degree : g->degree);
    for (slong u = 0; u < p.stride; u++)
        p.rad[u] = (r->size[u] * g->rad[u] + g->size[u] * r->rad[u] + r->rad[u] * g->rad[u] +
                    (terms + 2) * QD_PLANE_EPS * r->size[u] * g->size[u]) *
                   INFLATE;
    qd_plane__block_size(&p, w->chart == 0 ? w->model->R : 1);
    add_block(z, &p, w->chart);
}

/* z += q_ij a_i a_j for all pairs. */
static void add_pairs(qd_plane_block *z, const qd_plane_inputs *in, const qd_plane_layer *layer, const qd_plane_worker *w, qd_arena *arena)
{
    slong d = in->degree, terms = qd_plane__terms(d), twice = qd_plane__terms(2 * d);
    double *p = qd_arena_take(arena, sizeof *p * (size_t) twice), slack = ((double) layer->npairs + 8) * QD_PLANE_EPS;
    qd_plane_block sum = block_new(arena, 2 * d, z->n);
    for (slong k = 0; k < layer->npairs; k++) {
        slong x = layer->pair[3 * k], y = layer->pair[3 * k + 1];
        if (!in->on[x] || !in->on[y]) continue;
        const double *a = in->a + x * terms, *b = in->a + y * terms, *q = layer->q + k * layer->stride;
        memset(p, 0, sizeof *p * (size_t) twice);
        for (slong i = 0; i <= d; i++)
            for (slong j = 0; i + j <= d; j++)
                for (slong l = 0; l <= d; l++)
                    for (slong m = 0; l + m <= d; m++)
                        p[qd_plane__row(2 * d, i + l) + j + m] += a[qd_plane__row(d, i) + j] * b[qd_plane__row(d, l) + m];
        for (slong t = 0; t < twice; t++)
            if (p[t] != 0) add_scaled(sum.c + t * sum.stride, q, p[t], sum.stride);
        double M = in->size[x] * in->size[y] * INFLATE;
        add_absolute(sum.rad, q,
                     in->size[x] * in->rad[y] + in->size[y] * in->rad[x] + in->rad[x] * in->rad[y] +
                         ((double) terms + 2) * QD_PLANE_EPS * M + slack * M,
                     sum.stride);
    }
    for (slong u = 0; u < sum.stride; u++) sum.rad[u] *= INFLATE;
    qd_plane__block_size(&sum, w->chart == 0 ? w->model->R : 1);
    add_block(z, &sum, w->chart);
}

void qd_plane__preactivations(qd_plane_block *z, qd_plane_block *r, qd_plane_block *g, qd_plane_worker *w, const qd_plane_inputs *in,
                              slong l, qd_arena *scratch)
{
    const qd_plane_layer *layer = w->model->layer + l;
    qd_plane_block a = affine(in, layer->w, layer->b, layer->out, layer->stride, w, scratch);
    slong d = a.degree;
    *r = *g = (qd_plane_block){0};
    if (layer->products) {
        *r = affine(in, layer->r, layer->r0, layer->out, layer->stride, w, scratch);
        *g = affine(in, layer->g, layer->g0, layer->out, layer->stride, w, scratch);
        if (r->degree + g->degree > d) d = r->degree + g->degree;
    }
    bool pairs = false;
    for (slong k = 0; k < layer->npairs && !pairs; k++) pairs = in->on[layer->pair[3 * k]] && in->on[layer->pair[3 * k + 1]];
    if (pairs && 2 * in->degree > d) d = 2 * in->degree;
    *z = block_new(&w->arena, d, layer->out);
    add_block(z, &a, w->chart);
    if (layer->products) add_products(z, r, g, w, scratch);
    if (pairs) add_pairs(z, in, layer, w, scratch);
    for (slong u = 0; u < z->stride; u++) z->rad[u] *= INFLATE;
    qd_plane__block_size(z, w->chart == 0 ? w->model->R : 1);
}
