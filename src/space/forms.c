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

#include "space/lanes.h"

/* ---- forms -------------------------------------------------------------------------------------- */

typedef struct {
    const qd_space_layer *y;
    qd_space_forms *z;
    slong n; /* active inputs */
} product;

/* Eight units from their coefficients and the sum e. Where that overflows nothing is known: form 0, R infinite. */
ALWAYS void radii(qd_space_forms *z, slong u, slong stride, const lanes *c, const lanes *sum_e, const int dim)
{
    lanes most = ABSOLUTE(c[dim]), sum = {0};
    for (int k = 0; k < dim; k++) {
        lanes a = ABSOLUTE(c[k]);
        sum += a;
        most = CHOOSE(a > most, a, most);
    }
    lanes e = *sum_e * QD_SPACE_SAFE + 0x1p-900;
    masks ok = (sum < QD_SPACE_HUGE) & (most < QD_SPACE_HUGE) & (e < QD_SPACE_HUGE);
    lanes infinite = (lanes){0} + INFINITY, r = (e + (dim + 3) * QD_SPACE_EPS * most) * QD_SPACE_SAFE;
    for (int k = 0; k <= dim; k++) AT(z->c + k * stride + u) = CHOOSE(ok, c[k], (lanes){0});
    AT(z->most + u) = most;
    AT(z->rad + u) = CHOOSE(ok, e, infinite);
    AT(z->R + u) = CHOOSE(ok, r, infinite);
    AT(z->G + u) = CHOOSE(ok, (sum + dim * e) * QD_SPACE_SAFE, (lanes){0} + 1);
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
        radii(p->z, u, stride, c, &e, dim);
    }
}

QD_CLONES static void multiply_any(const product *p, int dim)
{
#define MULTIPLY(d) multiply(p, d)
    EACH_DIM(MULTIPLY)
}

/* An active input j: room for its coefficients, which are at most `most` and within r. */
static double *add_input(product *p, slong j, double most, double r, slong dim)
{
    double *a = p->z->in + p->n * (dim + 2);
    a[dim + 1] = r + (double) (p->y->in + 4) * QD_SPACE_EPS * most;
    p->z->at[p->n++] = j;
    return a;
}

static void first_inputs(product *p, const qd_space_model *model)
{
    const qd_restriction *m = &model->m;
    slong dim = model->dim;
    for (slong j = 0; j < p->y->in; j++) {
        double c[QD_SPACE_MAX + 1], most = 0;
        for (slong k = 0; k <= dim; k++) {
            c[k] = k < dim ? m->step_double[k * p->y->in + j] : m->base_double[j];
            if (fabs(c[k]) > most) most = fabs(c[k]);
        }
        if (most > 0) memcpy(add_input(p, j, most, QD_SPACE_EPS * QD_SPACE_SAFE * most, dim), c, sizeof *c * (size_t) (dim + 1));
    }
}

static void inputs(product *p, const qd_space_worker *w, slong l)
{
    const qd_space_layer *below = w->model->layer + l - 1;
    const qd_space_forms *x = w->forms + l - 1;
    const slong *bit = w->model->m.bit[l - 1];
    slong dim = w->dim, stride = below->stride;
    for (slong j = 0; j < p->y->in; j++) {
        double s = bit[j] < 0 || qd_pattern_get(w->pattern, bit[j]) ? 1 : below->off[j], r = x->rad[j], most = x->most[j];
        if (s == 0) continue;
        if (s != 1) {
            r = fabs(s) * ((1 + 4 * QD_SPACE_EPS) * r + 4 * QD_SPACE_EPS * most) * QD_SPACE_SAFE;
            most *= fabs(s) * QD_SPACE_SAFE;
        }
        double *a = add_input(p, j, most, r, dim);
        for (slong k = 0; k <= dim; k++) a[k] = s * x->c[k * stride + j];
    }
}

void qd_space__forms(qd_space_worker *w, slong l)
{
    product p = {w->model->layer + l, w->forms + l, 0};
    if (l == 0) first_inputs(&p, w->model);
    else inputs(&p, w, l);
    multiply_any(&p, (int) w->dim);
    if (w->model->m.doubles) return;
    memset(p.z->c, 0, sizeof *p.z->c * (size_t) ((w->dim + 1) * p.y->stride));
    for (slong u = 0; u < p.y->stride; u++) {
        p.z->rad[u] = p.z->R[u] = INFINITY;
        p.z->G[u] = 1;
    }
}

/* ---- values at all vertices of a cell, of all units --------------------------------------------- */

typedef struct {
    const qd_space_forms *z;
    slong stride, n;
    const qd_space_entry *e;
} evaluation;

/* lo and hi: every value is certainly above lo, below hi. */
ALWAYS void range(const evaluation *v, const int dim)
{
    for (slong u = 0; u < v->stride; u += QD_SPACE_LANES) {
        lanes c[QD_SPACE_MAX + 1], lo = (lanes){0} + INFINITY, hi = -lo, R = READ(v->z->R + u), G = READ(v->z->G + u);
        for (int k = 0; k <= dim; k++) c[k] = READ(v->z->c + k * v->stride + u);
        for (slong i = 0; i < v->n; i++) {
            const qd_space_vertex *p = v->e[i].v;
            lanes s = c[dim] * p->x[dim], tol = R * p->size + G * p->err;
            for (int k = 0; k < dim; k++) s += c[k] * p->x[k];
            lanes a = s - tol, b = s + tol;
            lo = CHOOSE(a < lo, a, lo);
            hi = CHOOSE(b > hi, b, hi);
        }
        AT(v->z->lo + u) = lo;
        AT(v->z->hi + u) = hi;
    }
}

QD_CLONES static void range_any(const evaluation *v, int dim)
{
#define RANGE(d) range(v, d)
    EACH_DIM(RANGE)
}

void qd_space__range(qd_space_worker *w, slong l, const qd_space_entry *e, slong n)
{
    range_any(&(evaluation){w->forms + l, w->model->layer[l].stride, n, e}, (int) w->dim);
}

/* ---- rows: values of the open units ---------------------------------------------------------------- */

void qd_space__gather_open(qd_space_worker *w, slong l, slong m)
{
    qd_space_forms *z = w->forms + l;
    slong stride = w->model->layer[l].stride, room = (m + QD_SPACE_LANES - 1) / QD_SPACE_LANES * QD_SPACE_LANES;
    for (slong r = 0; r < room; r++) {
        slong u = z->open[r < m ? r : 0];
        for (slong k = 0; k <= w->dim; k++) z->open_c[k * stride + r] = z->c[k * stride + u];
        z->open_R[r] = z->R[u];
        z->open_G[r] = z->G[u];
    }
}

typedef struct {
    const qd_space_forms *z;
    slong stride, blocks, n;
    qd_space_entry *e;
    uint8_t *open;
    uint8_t *plus;
} rows;

ALWAYS void fill(const rows *v, const int dim)
{
    for (slong i = 0; i < v->n; i++) {
        v->e[i].val[0] = v->e[i].v->err;
        v->e[i].val[1] = v->e[i].v->size;
    }
    for (slong b = 0; b < v->blocks; b++) {
        lanes c[QD_SPACE_MAX + 1];
        if (v->open[b] == 0) continue;
        for (int k = 0; k <= dim; k++) c[k] = READ(v->z->open_c + k * v->stride + QD_SPACE_LANES * b);
        for (slong i = 0; i < v->n; i++) {
            const double *x = v->e[i].v->x;
            lanes s = c[dim] * x[dim];
            for (int k = 0; k < dim; k++) s += c[k] * x[k];
            AT(v->e[i].val + QD_SPACE_ROW + QD_SPACE_LANES * b) = s;
        }
    }
}

QD_CLONES static void fill_any(const rows *v, int dim)
{
#define FILL(d) fill(v, d)
    EACH_DIM(FILL)
}

void qd_space__fill(const qd_space_worker *w, slong l, slong blocks, const uint8_t *open, qd_space_entry *e, slong n)
{
    fill_any(&(rows){w->forms + l, w->model->layer[l].stride, blocks, n, e, (uint8_t *) open, NULL}, (int) w->dim);
}

QD_CLONES static void decide(const rows *v)
{
    for (slong b = 0; b < v->blocks; b++) {
        double low[QD_SPACE_LANES], high[QD_SPACE_LANES];
        v->plus[b] = 0;
        if (v->open[b] == 0) continue;
        lanes lo = (lanes){0} + INFINITY, hi = -lo, R = READ(v->z->open_R + QD_SPACE_LANES * b),
              G = READ(v->z->open_G + QD_SPACE_LANES * b);
        for (slong i = 0; i < v->n; i++) {
            const double *val = v->e[i].val;
            lanes s = READ(val + QD_SPACE_ROW + QD_SPACE_LANES * b), tol = R * val[1] + G * val[0], x = s - tol, y = s + tol;
            lo = CHOOSE(x < lo, x, lo);
            hi = CHOOSE(y > hi, y, hi);
        }
        AT(low) = lo;
        AT(high) = hi;
        int plus = 0, minus = 0;
        for (int i = 0; i < QD_SPACE_LANES; i++) {
            plus |= (low[i] > 0) << i;
            minus |= (high[i] < 0) << i;
        }
        v->plus[b] = (uint8_t) (plus & v->open[b]);
        v->open[b] &= (uint8_t) ~(plus | minus);
    }
}

void qd_space__decide(uint8_t *open, uint8_t *plus, const qd_space_worker *w, slong l, slong blocks, const qd_space_entry *e, slong n)
{
    decide(&(rows){w->forms + l, w->model->layer[l].stride, blocks, n, (qd_space_entry *) e, open, plus});
}
