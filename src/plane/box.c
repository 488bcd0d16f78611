/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves on a box: Bernstein forms, signs, gradients, and what happens along the sides.

   A polynomial sum c_ij s^i t^j has on [s0,s1] x [t0,t1] the Bernstein coefficients b_kl = sum_ij c_ij B_i,k(s0,s1) B_j,l(t0,t1), where B_i,k
   is coefficient k of x^i, the mean of the products of i of m numbers, m - k of them the lower end and k the upper one.

   Errors. |B_i,k| <= R^i, and it is computed with an error below (3 m + 4) EPS R^i: products (1 + a y)^(m-k) (1 + b y)^k are sums of
   positive multiples of monomials, each with at most 2 m roundings, divided by a binomial coefficient that is rounded once. Two sums of
   at most m + 1 products follow. So b is known up to rad + (8 m + 20) EPS size, size = sum |c_ij| R^(i+j). */
#include "plane/impl.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- the basis ------------------------------------------------------------------------------- */

static double binomial[QD_PLANE_MAX_DEGREE + 1][QD_PLANE_MAX_DEGREE + 1];

static void make_binomials(void)
{
    for (int n = 0; n <= QD_PLANE_MAX_DEGREE; n++) {
        binomial[n][0] = 1;
        for (int k = 1; k <= n; k++) binomial[n][k] = k == n ? 1 : binomial[n - 1][k - 1] + binomial[n - 1][k];
    }
}

/* Networks are counted on several threads at once. */
void qd_plane__binomials(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_binomials);
}

/* basis[i * (m + 1) + k] = B_i,k on [a, b] */
static void make_basis(double *basis, slong m, double a, double b)
{
    double p[QD_PLANE_MAX_DEGREE + 1][QD_PLANE_MAX_DEGREE + 1], q[QD_PLANE_MAX_DEGREE + 1]; /* (1 + a y)^j, (1 + b y)^k */
    for (slong j = 0; j <= m; j++) {
        p[j][0] = 1;
        for (slong i = 1; i <= j; i++) p[j][i] = (i < j ? p[j - 1][i] : 0) + a * p[j - 1][i - 1];
    }
    memset(q, 0, sizeof q);
    q[0] = 1;
    for (slong k = 0; k <= m; k++) {
        for (slong i = k; k > 0 && i > 0; i--) q[i] += b * q[i - 1];
        for (slong i = 0; i <= m; i++) {
            double s = 0;
            for (slong l = i > m - k ? i - (m - k) : 0; l <= k && l <= i; l++) s += q[l] * p[m - k][i - l];
            basis[i * (m + 1) + k] = s / binomial[m][i];
        }
    }
}

static const double *basis_of(qd_plane_worker *w, slong m, int axis)
{
    qd_plane_basis *b = w->basis + 2 * m + axis;
    if (b->b == NULL) b->b = qd_malloc(sizeof *b->b * (size_t) ((m + 1) * (m + 1)));
    if (b->box != w->boxes) {
        make_basis(b->b, m, axis == 0 ? w->box.s0 : w->box.t0, axis == 0 ? w->box.s1 : w->box.t1);
        b->box = w->boxes;
    }
    return b->b;
}

/* ---- forms of all curves of a sheet ------------------------------------------------------------ */

/* out[(k * (m+1) + l) * stride + u], and the smallest and largest coefficient of each polynomial. */
QD_CLONES static void bernstein(double *restrict out, double *restrict lo, double *restrict hi, const double *restrict c,
                                const double *restrict bs, const double *restrict bt, slong m, slong stride)
{
    double g[(QD_PLANE_MAX_DEGREE + 1) * (QD_PLANE_MAX_DEGREE + 1)][QD_PLANE_LANES];
    for (slong u = 0; u < stride; u += QD_PLANE_LANES) {
        double least[QD_PLANE_LANES], most[QD_PLANE_LANES];
        for (slong i = 0; i <= m; i++)
            for (slong l = 0; l <= m; l++) {
                double s[QD_PLANE_LANES] = {0};
                const double *row = c + qd_plane__row(m, i) * stride + u;
                for (slong j = 0; j <= m - i; j++)
                    for (slong v = 0; v < QD_PLANE_LANES; v++) s[v] += row[j * stride + v] * bt[j * (m + 1) + l];
                for (slong v = 0; v < QD_PLANE_LANES; v++) g[i * (m + 1) + l][v] = s[v];
            }
        for (slong v = 0; v < QD_PLANE_LANES; v++) {
            least[v] = INFINITY;
            most[v] = -INFINITY;
        }
        for (slong k = 0; k <= m; k++)
            for (slong l = 0; l <= m; l++) {
                double s[QD_PLANE_LANES] = {0};
                for (slong i = 0; i <= m; i++)
                    for (slong v = 0; v < QD_PLANE_LANES; v++) s[v] += g[i * (m + 1) + l][v] * bs[i * (m + 1) + k];
                for (slong v = 0; v < QD_PLANE_LANES; v++) {
                    out[(k * (m + 1) + l) * stride + u + v] = s[v];
                    least[v] = s[v] < least[v] ? s[v] : least[v];
                    most[v] = s[v] > most[v] ? s[v] : most[v];
                }
            }
        for (slong v = 0; v < QD_PLANE_LANES; v++) {
            lo[u + v] = least[v];
            hi[u + v] = most[v];
        }
    }
}

static double *room(qd_plane_worker *w, slong n)
{
    if ((size_t) n > w->work_room) {
        free(w->work);
        w->work_room = 2 * (size_t) n;
        w->work = qd_malloc(sizeof *w->work * w->work_room);
    }
    return w->work;
}

static double error_of(const qd_plane_block *b, slong u)
{
    return b->rad[u] + (8 * (double) b->degree + 20) * QD_PLANE_EPS * b->size[u];
}

/* bern: coefficient k of the column at bern[k * stride + at] */
static void take_form(qd_plane_form *f, const qd_plane_block *b, slong u, const double *bern, slong stride, slong at)
{
    slong m = b->degree, n = (m + 1) * (m + 1);
    if (f->room < n) {
        f->room = n;
        f->b = qd_realloc(f->b, sizeof *f->b * (size_t) n);
    }
    f->degree = m;
    f->size = 0;
    for (slong k = 0; k < n; k++) {
        f->b[k] = bern[k * stride + at];
        if (fabs(f->b[k]) > f->size) f->size = fabs(f->b[k]);
    }
    f->rad = error_of(b, u);
    f->size += f->rad;
}

/* The sign of all coefficients, 0: they have different ones. */
static signed char sign_of(const qd_plane_form *f)
{
    int sign = f->b[0] > f->rad ? 1 : f->b[0] < -f->rad ? -1 : 0;
    for (slong k = 1; sign != 0 && k < (f->degree + 1) * (f->degree + 1); k++)
        if (!(f->b[k] * sign > f->rad)) sign = 0;
    return (signed char) sign;
}

/* The same for one polynomial; c[k * stride] are its coefficients. */
QD_CLONES static void bernstein_one(double *restrict out, double *restrict g, const double *restrict c, const double *restrict bs,
                                    const double *restrict bt, slong m, slong stride)
{
    slong n = m + 1;
    for (slong k = 0; k < n * n; k++) out[k] = g[k] = 0;
    for (slong i = 0; i <= m; i++)
        for (slong j = 0; j <= m - i; j++) {
            double x = c[(qd_plane__row(m, i) + j) * stride];
            for (slong l = 0; l < n; l++) g[i * n + l] += x * bt[j * n + l];
        }
    for (slong k = 0; k <= m; k++)
        for (slong i = 0; i <= m; i++) {
            double x = bs[i * n + k];
            for (slong l = 0; l < n; l++) out[k * n + l] += x * g[i * n + l];
        }
}

void qd_plane__form(qd_plane_form *f, qd_plane_worker *w, const qd_plane_block *b, slong u)
{
    slong m = b->degree, n = m + 1;
    const double *bs = basis_of(w, m, 0), *bt = basis_of(w, m, 1);
    double *bern = room(w, 2 * n * n);
    bernstein_one(bern, bern + n * n, b->c + u, bs, bt, m, b->stride);
    take_form(f, b, u, bern, 1, 0);
}

/* The sign that the curve has on a box around this one. */
static signed char known_sign(const qd_plane_worker *w, const qd_plane_curve *c)
{
    return c->sign != 0 && c->depth <= w->depth && w->trail[c->depth] == c->box ? c->sign : 0;
}

static void set_sign(qd_plane_view *v, const qd_plane_worker *w, qd_plane_curve *c, slong number, signed char sign)
{
    v->sign[number] = sign;
    if (sign == 0 || w->depth < 0) return;
    c->sign = sign;
    c->depth = w->depth;
    c->box = w->boxes;
}

/* A curve without a sign is open, unless more digits give it one. */
static void open_curve(qd_plane_view *v, qd_plane_worker *w, qd_plane_sheet *s, slong number, qd_plane_form *f)
{
    if (qd_plane__is_coarse(f) && qd_plane__fine_curve(f, w, s, number)) set_sign(v, w, s->curve + number, number, sign_of(f));
    if (v->sign[number] == 0) v->open[v->nopen++] = number;
}

/* Curves of one block by themselves. */
static void view_single(qd_plane_view *v, qd_plane_worker *w, qd_plane_sheet *s, slong number, qd_plane_form *forms)
{
    qd_plane_curve *c = s->curve + number;
    qd_plane_form *f = v->nopen < QD_PLANE_OPEN ? forms + v->nopen : &w->spare;
    qd_plane__form(f, w, s->block + c->block, c->column);
    set_sign(v, w, c, number, sign_of(f));
    if (v->sign[number] != 0) return;
    if (v->nopen < QD_PLANE_OPEN) open_curve(v, w, s, number, f);
    else v->nopen++;
}

/* All curves of block k at once. */
static void view_block(qd_plane_view *v, qd_plane_worker *w, qd_plane_sheet *s, int k, qd_plane_form *forms)
{
    const qd_plane_block *b = s->block + k;
    slong m = b->degree;
    double *bern = room(w, ((m + 1) * (m + 1) + 2) * b->stride), *lo = bern + (m + 1) * (m + 1) * b->stride, *hi = lo + b->stride;
    bernstein(bern, lo, hi, b->c, basis_of(w, m, 0), basis_of(w, m, 1), m, b->stride);
    for (slong i = 0; i < s->ncurves; i++) {
        qd_plane_curve *c = s->curve + i;
        if (c->block != k || v->sign[i] != 0) continue;
        double e = error_of(b, c->column);
        set_sign(v, w, c, i, lo[c->column] > e ? 1 : hi[c->column] < -e ? -1 : 0);
        if (v->sign[i] != 0) continue;
        if (v->nopen < QD_PLANE_OPEN) {
            take_form(forms + v->nopen, b, c->column, bern, b->stride, c->column);
            open_curve(v, w, s, i, forms + v->nopen);
        } else v->nopen++;
    }
}

/* From so many curves on, and below this degree, a block costs less than its curves one by one. */
#define MANY_CURVES 5
#define LOW_DEGREE 4

void qd_plane__view(qd_plane_view *v, qd_plane_worker *w, qd_plane_sheet *s, qd_plane_form *forms)
{
    v->sheet = s;
    v->nopen = 0;
    if (v->room < s->ncurves) {
        v->room = 2 * s->ncurves;
        v->sign = qd_realloc(v->sign, (size_t) v->room);
    }
    for (slong i = 0; i < s->ncurves; i++) v->sign[i] = s->curve[i].dead ? 1 : known_sign(w, s->curve + i);
    for (int k = 0; k < s->nblocks; k++) {
        slong unknown = 0;
        for (slong i = 0; i < s->ncurves; i++) unknown += s->curve[i].block == k && v->sign[i] == 0;
        if (unknown == 0) continue;
        if (unknown >= MANY_CURVES || s->block[k].degree < LOW_DEGREE) {
            view_block(v, w, s, k, forms);
            continue;
        }
        for (slong i = 0; i < s->ncurves; i++)
            if (s->curve[i].block == k && v->sign[i] == 0) view_single(v, w, s, i, forms);
    }
}

/* ---- one form ------------------------------------------------------------------------------------ */

/* m times the differences of neighbouring coefficients; each is wrong by 2 rad, and a subtraction and a product round. */
void qd_plane__gradient(qd_plane_gradient *g, const qd_plane_form *f)
{
    slong m = f->degree;
    double e = 2 * (double) m * f->rad * (1 + 0x1p-30) + 4 * (double) m * QD_PLANE_EPS * f->size;
    *g = (qd_plane_gradient){INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (slong i = 0; i < m; i++)
        for (slong j = 0; j <= m; j++) {
            double d = (double) m * (f->b[(i + 1) * (m + 1) + j] - f->b[i * (m + 1) + j]),
                   h = (double) m * (f->b[j * (m + 1) + i + 1] - f->b[j * (m + 1) + i]);
            if (d < g->s0) g->s0 = d;
            if (d > g->s1) g->s1 = d;
            if (h < g->t0) g->t0 = h;
            if (h > g->t1) g->t1 = h;
        }
    g->s0 -= e;
    g->s1 += e;
    g->t0 -= e;
    g->t1 += e;
}

bool qd_plane__regular(const qd_plane_gradient *g)
{
    return g->s0 > 0 || g->s1 < 0 || g->t0 > 0 || g->t1 < 0;
}

static void product(double *lo, double *hi, double a, double b, double c, double d)
{
    double p = a * c, q = a * d, r = b * c, s = b * d;
    *lo = fmin(fmin(p, q), fmin(r, s));
    *hi = fmax(fmax(p, q), fmax(r, s));
}

bool qd_plane__cone(const qd_plane_gradient *a, const qd_plane_gradient *b)
{
    double l, h, l2, h2;
    product(&l, &h, a->s0, a->s1, b->t0, b->t1);
    product(&l2, &h2, a->t0, a->t1, b->s0, b->s1);
    double e = 8 * QD_PLANE_EPS * (fabs(l) + fabs(h) + fabs(l2) + fabs(h2));
    return l - h2 > e || h - l2 < -e;
}

bool qd_plane__apart(double *left, const qd_plane_form *f, const qd_plane_form *g)
{
    slong m = f->degree, n = m + 1;
    *left = INFINITY;
    if (g->degree != m || m == 0) return false;
    double fs = f->b[n * m] + f->b[n * m + m] - f->b[0] - f->b[m], ft = f->b[m] + f->b[n * m + m] - f->b[0] - f->b[n * m];
    double gs = g->b[n * m] + g->b[n * m + m] - g->b[0] - g->b[m], gt = g->b[m] + g->b[n * m + m] - g->b[0] - g->b[n * m];
    double q = gs * gs + gt * gt, lo = INFINITY, hi = -INFINITY;
    if (!(q > 0)) return false;
    double l = (fs * gs + ft * gt) / q, e = (f->rad + fabs(l) * g->rad) * (1 + 0x1p-30) + 4 * QD_PLANE_EPS * (f->size + fabs(l) * g->size);
    if (!isfinite(l)) return false;
    for (slong k = 0; k < n * n; k++) {
        double d = f->b[k] - l * g->b[k];
        if (d < lo) lo = d;
        if (d > hi) hi = d;
    }
    *left = fmax(fabs(lo), fabs(hi)) / (e > 0 ? e : 1);
    return lo > e || hi < -e;
}

int qd_plane__corner(const qd_plane_form *f, int i, int j)
{
    slong m = f->degree;
    double c = f->b[(i ? m : 0) * (m + 1) + (j ? m : 0)];
    return c > f->rad ? 1 : c < -f->rad ? -1 : 0;
}

/* ---- along a side --------------------------------------------------------------------------------- */

static double side_at(const qd_plane_form *f, int side, slong k)
{
    slong m = f->degree;
    switch (side) {
    case 0:
        return f->b[k];
    case 1:
        return f->b[m * (m + 1) + k];
    case 2:
        return f->b[k * (m + 1)];
    }
    return f->b[k * (m + 1) + m];
}

int qd_plane__variations(const qd_plane_form *f, int side)
{
    int last = 0, n = 0;
    bool unknown = false;
    for (slong k = 0; k <= f->degree; k++) {
        double c = side_at(f, side, k);
        int sign = c > f->rad ? 1 : c < -f->rad ? -1 : 0;
        if (sign == 0) {
            if (k == 0 || k == f->degree) return -1;
            unknown = true;
            continue;
        }
        if (last != 0) {
            if (sign != last) n++;
            else if (unknown) return -1;
        }
        last = sign;
        unknown = false;
    }
    return n <= 1 ? n : -1;
}

/* Sign at the point x of [0,1] of a side: de Casteljau as Horner's rule with binomials; the relative error of each of the m + 1 terms is at
   most (4 m + 4) EPS, and the terms' absolute sum is at most size. */
static int side_sign(const qd_plane_form *f, int side, double x)
{
    slong m = f->degree;
    double y = 1 - x, v = side_at(f, side, m), power = 1;
    for (slong k = m - 1; k >= 0; k--) {
        power *= y;
        v = v * x + side_at(f, side, k) * binomial[m][k] * power;
    }
    double e = f->rad * (1 + 0x1p-30) + (4 * (double) m + 6) * QD_PLANE_EPS * f->size;
    return v > e ? 1 : v < -e ? -1 : 0;
}

void qd_plane__root_init(qd_plane_root *r, const qd_plane_form *f, int side)
{
    *r = (qd_plane_root){f, side, 0, 1, side_at(f, side, 0) > 0 ? 1 : -1};
}

static bool narrow(qd_plane_root *r, int halvings)
{
    for (int i = 0; i < halvings; i++) {
        double c = r->lo + (r->hi - r->lo) * 0.5;
        int s = side_sign(r->form, r->side, c);
        if (s == 0) return false;
        if (s == r->left) r->lo = c;
        else r->hi = c;
    }
    return true;
}

int qd_plane__separate(qd_plane_root *a, qd_plane_root *b)
{
    for (int i = 0; i < 24; i++) {
        if (a->hi < b->lo) return -1;
        if (b->hi < a->lo) return 1;
        if (!narrow(a, 2) || !narrow(b, 2)) return 0;
    }
    return 0;
}
