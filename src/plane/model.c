/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network on its domain in the coordinates of chart 0, and its layers in doubles with units side by side. */
#include "plane/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- layers in doubles ---------------------------------------------------------------------- */

static double *zeros(slong n)
{
    double *d = NULL;
    if (posix_memalign((void **) &d, 64, sizeof *d * (size_t) (n > 0 ? n : 1)) != 0) return qd_calloc((size_t) n + 1, sizeof *d);
    memset(d, 0, sizeof *d * (size_t) (n > 0 ? n : 1));
    return d;
}

static double nearest(const fmpq_t x)
{
    arf_t f;
    arf_init(f);
    arf_set_fmpq(f, x, 53, ARF_RND_NEAR);
    double d = arf_get_d(f, ARF_RND_NEAR);
    arf_clear(f);
    return d;
}

/* The row of coefficients of a_i a_j, made when it is not there; first[i]: the first pair with this i, and the next one of each pair follows it. */
static double *pair_row(qd_plane_layer *to, slong *first, slong i, slong j)
{
    slong k = first[i];
    while (k >= 0 && to->pair[3 * k + 1] != j) k = to->pair[3 * k + 2];
    if (k < 0) {
        k = to->npairs++;
        to->pair = qd_realloc(to->pair, sizeof *to->pair * 3 * (size_t) to->npairs);
        to->pair[3 * k] = i;
        to->pair[3 * k + 1] = j;
        to->pair[3 * k + 2] = first[i];
        first[i] = k;
        to->q = qd_realloc(to->q, sizeof *to->q * (size_t) (to->npairs * to->stride));
        memset(to->q + k * to->stride, 0, sizeof *to->q * (size_t) to->stride);
    }
    return to->q + k * to->stride;
}

static void set_unit(qd_plane_layer *to, slong *first, const qd_lowered_layer *from, slong u)
{
    const qd_lowered_unit *unit = from->unit + u;
    for (slong j = 0; j < to->in; j++) {
        if (unit->r != NULL) to->r[j * to->stride + u] = nearest(unit->r + j);
        if (unit->g != NULL) to->g[j * to->stride + u] = nearest(unit->g + j);
    }
    for (slong k = 0; k < unit->nw; k++) to->w[(unit->at != NULL ? unit->at[k] : k) * to->stride + u] = nearest(unit->w + k);
    to->r0[u] = nearest(unit->r0);
    to->g0[u] = nearest(unit->g0);
    to->b[u] = nearest(unit->b);
    for (slong k = 0; k < unit->nterms; k++) pair_row(to, first, unit->term[k].i, unit->term[k].j)[u] = nearest(unit->term[k].c);
    to->only_product[u] = unit->r != NULL && unit->nw == 0 && unit->nterms == 0 && fmpq_is_zero(unit->b);
    to->products |= unit->r != NULL;
}

static void set_layer(qd_plane_layer *to, const qd_lowered_layer *from)
{
    to->in = from->in;
    to->out = from->out;
    to->stride = (from->out + QD_PLANE_LANES - 1) / QD_PLANE_LANES * QD_PLANE_LANES;
    double **matrix[] = {&to->r, &to->g, &to->w}, **vector[] = {&to->r0, &to->g0, &to->b};
    for (int k = 0; k < 3; k++) {
        *matrix[k] = zeros(to->in * to->stride);
        *vector[k] = zeros(to->stride);
    }
    to->only_product = qd_calloc((size_t) to->out, 1);
    slong *first = qd_malloc(sizeof *first * (size_t) to->in);
    for (slong i = 0; i < to->in; i++) first[i] = -1;
    for (slong u = 0; u < to->out; u++) set_unit(to, first, from, u);
    free(first);
}

static void clear_layer(qd_plane_layer *l)
{
    double *all[] = {l->r, l->g, l->w, l->r0, l->g0, l->b, l->q};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) free(all[k]);
    free(l->pair);
    free(l->only_product);
}

/* ---- coordinates ----------------------------------------------------------------------------- */

/* The rectangle of chart 0 for the whole plane: no round numbers, since round lines are where hand-made curves are tangent to the sides,
   and multiples of 2^-20, so that differences are exact. */
#define DYADIC(k) ((k) *0x1p-20)
#define X0 DYADIC(-1385947)
#define X1 DYADIC(1486179)
#define Y0 DYADIC(-1437725)
#define Y1 DYADIC(1404173)
#define CX DYADIC(56531)
#define CY DYADIC(-38933)

/* The domain with a coordinate system in which its box is [-1,1]^2. base, step, lo, hi are owned by the model. */
static void set_box(qd_plane_model *p, const qd_domain *d, slong inputs)
{
    fmpq *base = _fmpq_vec_init(inputs), *step = _fmpq_vec_init(2 * inputs), *centre = _fmpq_vec_init(2), *half = _fmpq_vec_init(2);
    for (slong k = 0; k < 2; k++) {
        fmpq_add(centre + k, d->lo + k, d->hi + k);
        fmpq_div_2exp(centre + k, centre + k, 1);
        fmpq_sub(half + k, d->hi + k, centre + k);
    }
    qd_domain_point(base, d, inputs, centre);
    for (slong k = 0; k < 2; k++)
        for (slong i = 0; i < inputs; i++) {
            if (d->dim == 0) fmpq_set_si(step + k * inputs + i, i == k, 1);
            else fmpq_set(step + k * inputs + i, d->step + k * inputs + i);
            fmpq_mul(step + k * inputs + i, step + k * inputs + i, half + k);
        }
    p->domain = (qd_domain){.dim = 2, .base = base, .step = step};
    p->scale = half;
    p->centre = centre;
    p->x0 = p->y0 = -1;
    p->x1 = p->y1 = p->R = 1;
}

static void set_whole(qd_plane_model *p, const qd_domain *d, slong inputs)
{
    fmpq *base = _fmpq_vec_init(inputs), *step = _fmpq_vec_init(2 * inputs);
    for (slong i = 0; i < inputs; i++) {
        if (d->dim != 0) fmpq_set(base + i, d->base + i);
        for (slong k = 0; k < 2; k++) {
            if (d->dim == 0) fmpq_set_si(step + k * inputs + i, i == k, 1);
            else fmpq_set(step + k * inputs + i, d->step + k * inputs + i);
        }
    }
    p->domain = (qd_domain){.dim = 2, .base = base, .step = step};
    p->scale = _fmpq_vec_init(2);
    p->centre = _fmpq_vec_init(2);
    fmpq_one(p->scale);
    fmpq_one(p->scale + 1);
    p->x0 = X0;
    p->x1 = X1;
    p->y0 = Y0;
    p->y1 = Y1;
    p->cx = CX;
    p->cy = CY;
    p->R = fmax(fmax(-X0, X1), fmax(-Y0, Y1));
}

void qd_plane__point(fmpq *c, const qd_plane_model *p, int chart, const fmpq_t s, const fmpq_t t)
{
    double form[3][3];
    fmpq_t x, w;
    qd_plane__coordinates(form, p, chart);
    fmpq_init(x);
    fmpq_init(w);
    for (int k = 2; k >= 0; k--) { /* W first */
        fmpq *to = k == 2 ? w : c + k;
        qd_rat_set_double(to, form[k][0]);
        qd_rat_set_double(x, form[k][1]);
        fmpq_addmul(to, x, t);
        qd_rat_set_double(x, form[k][2]);
        fmpq_addmul(to, x, s);
        if (k < 2) fmpq_div(to, to, w);
    }
    fmpq_clear(x);
    fmpq_clear(w);
}

void qd_plane__model_init(qd_plane_model *p, const qd_net_t net, const qd_domain *domain, uint64_t seed)
{
    memset(p, 0, sizeof *p);
    p->inputs = net->input_dim;
    p->whole = domain->lo == NULL;
    if (p->whole) set_whole(p, domain, p->inputs);
    else set_box(p, domain, p->inputs);
    qd_restriction_init(&p->m, net, &p->domain, seed);
    p->layer = qd_calloc((size_t) p->m.low->depth, sizeof *p->layer);
    p->leaves = p->m.doubles;
    for (slong l = 0; l < p->m.low->depth; l++) {
        if (p->m.low->layer[l].nswitching > 0) p->switching = l + 1;
        if (p->switching == l + 1 && p->m.formal[l] * p->m.low->layer[l].degree > QD_PLANE_MAX_DEGREE) p->leaves = false;
        if (p->m.doubles) set_layer(p->layer + l, p->m.low->layer + l);
    }
}

void qd_plane__model_clear(qd_plane_model *p)
{
    for (slong l = 0; p->m.doubles && l < p->m.low->depth; l++) clear_layer(p->layer + l);
    free(p->layer);
    qd_restriction_clear(&p->m);
    _fmpq_vec_clear((fmpq *) p->domain.base, p->inputs);
    _fmpq_vec_clear((fmpq *) p->domain.step, 2 * p->inputs);
    _fmpq_vec_clear(p->scale, 2);
    _fmpq_vec_clear(p->centre, 2);
}
