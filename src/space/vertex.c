/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where vertices are: between two others, cheaply, or from the facets that define them.

   Between p and q. Let a = z(p) > 0 > -b = z(q), known within tp and tq, and rho = (tp + tq) / (a + b) <= 2^-7. The point is
   (b p + a q) / (a + b) = p + t (q - p), t = a / (a + b). True values a', b' give a' + b' >= (a + b)(1 - rho) and t' with
   |t - t'| = |a (b' - b) - b (a' - a)| / ((a + b)(a' + b')) <= max(tp, tq) / (a' + b') <= 1.01 max(tp, tq) / (a + b), and 4 EPS more cover the
   rounding of t. The true point is (1 - t') p' + t' q', so it is at most max(err_p, err_q) + |t - t'| |q - p| away, and 3 EPS (|q - p| + |x|) by
   rounding. Two rays make a ray in the same way, which is then divided by its largest coordinate, and its error with it.
   Vertex p, ray q: p + s q, s = a / b; with tq <= b / 128 likewise |s - s'| <= 1.01 (s tq + tp) / b, and the point is at most
   err_p + |s - s'| |q| + (s + |s - s'|) err_q away. For the ray p and the vertex q exchange both.

   From the basis: A x = y, rows the gradients of the facets with radii r_i; for a ray the row of infinity is x_k = +-1. With Y close to the inverse
   of the double matrix A, x' the truth, A' the true matrix:  x - x' = (Y A')^-1 Y (A' x - y'), so
   |x - x'| <= max_i (|Y| (|A x - y| + r (|x|_1 + 1)))_i / (1 - N) where N >= |1 - Y A'|, N <= |1 - Y A| + |Y| r dim, is below 1/2; all in the largest
   norm, each sum of m terms enlarged by (m + 2) EPS of its absolute terms. That also proves that A' is regular. */
#include "space/impl.h"

#include <math.h>
#include <string.h>

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

/* x is there: its size, or nothing is known. */
static void set_size(qd_space_vertex *v, slong dim)
{
    double s = v->x[dim];
    for (slong k = 0; k < dim; k++) s += fabs(v->x[k]);
    v->size = s * QD_SPACE_SAFE;
    if (v->size < QD_SPACE_HUGE && v->err < QD_SPACE_HUGE) return;
    for (slong k = 0; k < dim; k++) v->x[k] = 0;
    v->err = v->size = INFINITY;
}

/* ---- from the basis --------------------------------------------------------------------------------- */

/* The row of infinity, or -1. */
static slong set_equations(qd_space_equations *q, const qd_space_worker *w, const qd_space_vertex *v)
{
    slong infinity = -1, dim = w->dim;
    bool ray = v->x[dim] == 0;
    for (slong i = 0; i < dim; i++) {
        const qd_space_facet *f = w->table + v->basis[i];
        if (f->kind == QD_SPACE_INFINITY) infinity = i;
        for (slong k = 0; k < dim; k++) q->column[k][i] = f->c[k];
        q->y[i] = ray ? 0 : -f->c[dim];
        q->r[i] = f->rad;
    }
    return infinity;
}

/* Does a facet of the cell that the ray x is not on show its direction? Then x is turned. */
static bool turn(double *x, double err, const qd_space_worker *w, const qd_space_vertex *v)
{
    for (int id = 0; id < 64 * w->words; id++) {
        uint64_t bit = (uint64_t) 1 << (id & 63);
        if (!(w->used[id >> 6] & bit) || (v->on[id >> 6] & bit)) continue;
        const qd_space_facet *f = w->table + id;
        double s = 0, size = 0, g = 0;
        for (slong k = 0; k < w->dim; k++) {
            s += f->c[k] * x[k];
            size += fabs(x[k]);
            g += fabs(f->c[k]);
        }
        if (!(fabs(s) > (f->R * size + (g + (double) w->dim * f->rad) * err) * QD_SPACE_SAFE)) continue;
        if ((s > 0) != (f->side > 0))
            for (slong k = 0; k < w->dim; k++) x[k] = -x[k];
        return true;
    }
    return false;
}

/* A ray: one coordinate is set to 1, one that makes the others not large. */
static double solve_ray(double *x, qd_space_equations *q, slong row, const qd_space_worker *w, const qd_space_vertex *v)
{
    for (slong k = 0; k < w->dim; k++) {
        double most = 0;
        for (slong i = 0; i < w->dim; i++) q->column[i][row] = i == k;
        q->y[row] = 1;
        q->r[row] = 0;
        double err = qd_space__solve(x, q, (int) w->dim);
        for (slong i = 0; i < w->dim; i++) most = larger(most, fabs(x[i]));
        if (err < INFINITY && most <= 4 && turn(x, err, w, v)) return err;
    }
    return INFINITY;
}

double qd_space__place(double *x, const qd_space_worker *w, const qd_space_vertex *v)
{
    qd_space_equations q = {0};
    slong row = set_equations(&q, w, v);
    return row < 0 ? qd_space__solve(x, &q, (int) w->dim) : solve_ray(x, &q, row, w, v);
}

void qd_space__locate(qd_space_worker *w, qd_space_vertex *v)
{
    double x[QD_SPACE_MAX] = {0}, err = qd_space__place(x, w, v);
    v->located = true;
    if (!(err < v->err)) return;
    memcpy(v->x, x, sizeof *x * (size_t) w->dim);
    v->err = err;
    set_size(v, w->dim);
}

/* ---- between two -------------------------------------------------------------------------------------- */

/* Both vertices, or both rays. */
static bool interpolate(qd_space_vertex *v, const qd_space_vertex *p, const qd_space_vertex *q, double a, double tp, double b, double tq,
                        slong dim)
{
    double rho = (tp + tq) / (a + b), t = a / (a + b), far = 0, most = 0;
    if (!(a > 0 && b > 0 && rho <= 0x1p-7)) return false;
    for (slong k = 0; k < dim; k++) {
        double d = q->x[k] - p->x[k];
        v->x[k] = p->x[k] + t * d;
        far = larger(far, fabs(d));
        most = larger(most, fabs(v->x[k]));
    }
    double et = 1.01 * larger(tp, tq) / (a + b) + 4 * QD_SPACE_EPS;
    v->err = (larger(p->err, q->err) + far * (et + 4 * QD_SPACE_EPS) + 4 * QD_SPACE_EPS * most) * QD_SPACE_SAFE;
    if (v->x[dim] != 0) return true;
    for (slong k = 0; k < dim; k++) v->x[k] /= most;
    v->err = (v->err / most + 2 * QD_SPACE_EPS) * QD_SPACE_SAFE;
    return most > 0;
}

/* From the vertex p along the ray q. */
static bool go_along(qd_space_vertex *v, const qd_space_vertex *p, const qd_space_vertex *q, double a, double tp, double b, double tq,
                     slong dim)
{
    double s = a / b, most = 0, ray = 0;
    if (!(a > 0 && b > 0 && tq * 128 <= b)) return false;
    for (slong k = 0; k < dim; k++) {
        v->x[k] = p->x[k] + s * q->x[k];
        most = larger(most, fabs(v->x[k]));
        ray = larger(ray, fabs(q->x[k]));
    }
    double es = 1.01 * (s * tq + tp) / b + 4 * QD_SPACE_EPS * s;
    v->err = (p->err + (es + 4 * QD_SPACE_EPS * s) * ray + (s + es) * q->err + 4 * QD_SPACE_EPS * most) * QD_SPACE_SAFE;
    return true;
}

#define GOOD 1e-6 /* relative errors above it are not carried on */

void qd_space__between(qd_space_worker *w, qd_space_vertex *v, const qd_space_vertex *p, const qd_space_vertex *q, double zp, double tp,
                       double zq, double tq)
{
    slong dim = w->dim;
    bool ray_p = p->x[dim] == 0, ray_q = q->x[dim] == 0, done;
    v->located = false;
    v->orient = 0;
    v->x[dim] = ray_p && ray_q ? 0 : 1;
    if (ray_p == ray_q) done = interpolate(v, p, q, zp, tp, -zq, tq, dim);
    else if (ray_q) done = go_along(v, p, q, zp, tp, -zq, tq, dim);
    else done = go_along(v, q, p, -zq, tq, zp, tp, dim);
    if (!done) {
        v->err = INFINITY;
        memset(v->x, 0, sizeof *v->x * (size_t) dim);
    }
    set_size(v, dim);
    if (!(v->err <= GOOD * v->size)) qd_space__locate(w, v);
}
