/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units as affine forms in doubles, and their values at the vertices of a cell.

   Radii. Inputs a_j of a layer have coefficients within r_j of the truth, max |c_k| = M_j. A weight is the double nearest to the rational. A unit
   with n active inputs is a sum of n products and the bias; in any order, with or without fused steps, its rounding is at most
   (n + 1) EPS (1 + 2^-30) sum |w_j| M_j, the weights' own at most EPS (1 + 2^-30) of the same, both with |b| beside it, and the inputs' at most
   (1 + 2 EPS) sum |w_j| r_j. So rad = sum |w_j| (r_j + (n + 4) EPS M_j) + (n + 4) EPS |b|, times 1 + 2^-30 for its own rounding (n <= 8192),
   and 2^-900. An input that is multiplied by a slope s: (1 + 4 EPS) |s| r_j + 4 EPS |s| M_j, since s is rounded, and so is the product. The inputs
   of the first layer are rounded rationals: r_j = EPS (1 + 2^-30) M_j. */
#include "space/impl.h"

#include <math.h>
#include <string.h>

typedef double lanes __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t masks __attribute__((vector_size(64)));

#define ALWAYS static inline __attribute__((always_inline))

/* No functions: an instruction set without such registers has no way to pass them. */
#define ABSOLUTE(x) ((lanes) ((masks) (x) &INT64_MAX))
#define CHOOSE(m, a, b) ((lanes) (((masks) (m) & (masks) (a)) | (~(masks) (m) & (masks) (b))))
#define AT(p) (*(lanes *) (p))
#define READ(p) (*(const lanes *) (p))

/* ---- forms -------------------------------------------------------------------------------------- */

typedef struct {
    const qd_space_layer *y;
    qd_space_forms *z;
    slong n; /* active inputs */
} product;

/* rad, R, G of eight units from their coefficients and the sum e. */
ALWAYS void radii(qd_space_forms *z, slong u, const lanes *c, const lanes *sum_e, const int dim)
{
    lanes most = ABSOLUTE(c[dim]), sum = {0};
    for (int k = 0; k < dim; k++) {
        lanes a = ABSOLUTE(c[k]);
        sum += a;
        most = CHOOSE(a > most, a, most);
    }
    lanes e = *sum_e * QD_SPACE_SAFE + 0x1p-900;
    AT(z->rad + u) = e;
    lanes r = (e + (dim + 3) * QD_SPACE_EPS * most) * QD_SPACE_SAFE;
    AT(z->R + u) = CHOOSE((sum < QD_SPACE_HUGE) & (most < QD_SPACE_HUGE), r, (lanes){0} + INFINITY);
    AT(z->G + u) = (sum + dim * e) * QD_SPACE_SAFE;
}

ALWAYS void multiply(const product *p, const int dim)
{
    const slong stride = p->y->stride, n = p->n;
    const double slack = (double) (n + 4) * QD_SPACE_EPS;
    for (slong u = 0; u < stride; u += QD_SPACE_LANES) {
        lanes c[QD_SPACE_MAX + 1], b = READ(p->y->b + u), e = ABSOLUTE(b) * slack;
        for (int k = 0; k < dim; k++) c[k] = (lanes){0};
        c[dim] = b;
        for (slong j = 0; j < n; j++) {
            const double *a = p->z->in + j * (dim + 2);
            lanes w = READ(p->y->w + p->z->at[j] * stride + u);
            for (int k = 0; k <= dim; k++) c[k] += w * a[k];
            e += ABSOLUTE(w) * a[dim + 1];
        }
        for (int k = 0; k <= dim; k++) AT(p->z->c + k * stride + u) = c[k];
        radii(p->z, u, c, &e, dim);
    }
}

#define EACH_DIM(call)                                                                                                                     \
    switch (dim) {                                                                                                                         \
    case 1:                                                                                                                                \
        call(1);                                                                                                                           \
        break;                                                                                                                             \
    case 2:                                                                                                                                \
        call(2);                                                                                                                           \
        break;                                                                                                                             \
    case 3:                                                                                                                                \
        call(3);                                                                                                                           \
        break;                                                                                                                             \
    case 4:                                                                                                                                \
        call(4);                                                                                                                           \
        break;                                                                                                                             \
    case 5:                                                                                                                                \
        call(5);                                                                                                                           \
        break;                                                                                                                             \
    case 6:                                                                                                                                \
        call(6);                                                                                                                           \
        break;                                                                                                                             \
    case 7:                                                                                                                                \
        call(7);                                                                                                                           \
        break;                                                                                                                             \
    case 8:                                                                                                                                \
        call(8);                                                                                                                           \
        break;                                                                                                                             \
    }

QD_CLONES static void multiply_any(const product *p, int dim)
{
#define MULTIPLY(d) multiply(p, d)
    EACH_DIM(MULTIPLY)
}

/* The coefficients c, length dim + 1, as an active input j with radius r. */
static void add_input(product *p, slong j, const double *c, double r, int dim)
{
    double *a = p->z->in + p->n * (dim + 2), most = 0;
    for (int k = 0; k <= dim; k++) {
        a[k] = c[k];
        most = fmax(most, fabs(c[k]));
    }
    a[dim + 1] = r + (double) (p->y->in + 4) * QD_SPACE_EPS * most;
    p->z->at[p->n++] = j;
}

static void first_inputs(product *p, const qd_space_model *model)
{
    const qd_restriction *m = &model->m;
    int dim = (int) model->dim;
    for (slong j = 0; j < p->y->in; j++) {
        double c[QD_SPACE_MAX + 1], most = 0;
        for (int k = 0; k <= dim; k++) {
            c[k] = k < dim ? m->step_double[k * p->y->in + j] : m->base_double[j];
            most = fmax(most, fabs(c[k]));
        }
        if (most > 0) add_input(p, j, c, QD_SPACE_EPS * QD_SPACE_SAFE * most, dim);
    }
}

static void inputs(product *p, const qd_space_worker *w, slong l)
{
    const qd_restriction *m = &w->model->m;
    const qd_space_layer *below = w->model->layer + l - 1;
    const qd_space_forms *x = w->forms + l - 1;
    int dim = (int) w->dim;
    for (slong j = 0; j < p->y->in; j++) {
        double c[QD_SPACE_MAX + 1], r = x->rad[j], most = 0, s = 1;
        if (qd_restriction_off(m, w->pattern, l - 1, j)) {
            s = below->off[j];
            if (s == 0) continue;
        }
        for (int k = 0; k <= dim; k++) {
            c[k] = x->c[k * below->stride + j];
            most = fmax(most, fabs(c[k]));
        }
        if (s != 1) {
            for (int k = 0; k <= dim; k++) c[k] *= s;
            r = fabs(s) * ((1 + 4 * QD_SPACE_EPS) * r + 4 * QD_SPACE_EPS * most) * QD_SPACE_SAFE;
        }
        add_input(p, j, c, r, dim);
    }
}

void qd_space__forms(qd_space_worker *w, slong l)
{
    product p = {w->model->layer + l, w->forms + l, 0};
    if (l == 0) first_inputs(&p, w->model);
    else inputs(&p, w, l);
    multiply_any(&p, (int) w->dim);
    if (w->model->m.doubles) return;
    for (slong u = 0; u < p.y->stride; u++) p.z->rad[u] = p.z->R[u] = p.z->G[u] = INFINITY;
}

/* ---- values --------------------------------------------------------------------------------------- */

typedef struct {
    double *values;
    const qd_space_forms *z;
    slong stride, n;
    const qd_space_entry *e;
} evaluation;

ALWAYS void evaluate(const evaluation *v, const int dim)
{
    for (slong u = 0; u < v->stride; u += QD_SPACE_LANES) {
        lanes c[QD_SPACE_MAX + 1], lo = (lanes){0} + INFINITY, hi = -lo;
        for (int k = 0; k <= dim; k++) c[k] = READ(v->z->c + k * v->stride + u);
        for (slong i = 0; i < v->n; i++) {
            const double *x = v->e[i].v->x;
            lanes s = c[dim] * x[dim];
            for (int k = 0; k < dim; k++) s += c[k] * x[k];
            AT(v->values + i * v->stride + u) = s;
            lo = CHOOSE(s < lo, s, lo);
            hi = CHOOSE(s > hi, s, hi);
        }
        AT(v->z->lo + u) = lo;
        AT(v->z->hi + u) = hi;
    }
}

QD_CLONES static void evaluate_any(const evaluation *v, int dim)
{
#define EVALUATE(d) evaluate(v, d)
    EACH_DIM(EVALUATE)
}

void qd_space__values(double *values, qd_space_worker *w, slong l, const qd_space_entry *e, slong n)
{
    evaluate_any(&(evaluation){values, w->forms + l, w->model->layer[l].stride, n, e}, (int) w->dim);
}

double qd_space__value(const qd_space_worker *w, slong l, slong unit, const double *x)
{
    const double *c = w->forms[l].c + unit;
    slong stride = w->model->layer[l].stride;
    double s = c[w->dim * stride] * x[w->dim];
    for (slong k = 0; k < w->dim; k++) s += c[k * stride] * x[k];
    return s;
}
