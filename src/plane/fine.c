/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bernstein forms where doubles have lost their digits. Coefficients are sums of two doubles, rounded from exact ones; they are moved to a corner of the
   box in that arithmetic, and only the small polynomial that is left there is turned into a Bernstein form in doubles. So the error is small
   against the form on this box, and not only against the polynomial on the chart.

   Errors. two_product and two_sum give the exact product and sum but for 2^-104 of it, so a step x + a y on pairs is wrong by at most
   2^-100 (|x| + |a y|). A coefficient takes at most 2 m such steps one after the other, on numbers whose absolute values sum up to what |c| gives at
   |s0| + w, |t0| + w: an error below (5 m + 2) 2^-100 S with S = sum |c_ij| (|s0| + w_s)^i (|t0| + w_t)^j. The rest is wrong by (4 m + 12) EPS
   times the sum of the absolute values of the moved coefficients: at most 2 m + 3 roundings of powers of the widths, 2 of the matrices, and two sums of
   m + 1 products. Where pairs are not enough either, which happens for degree 16 near infinity, the same is done in balls. The file is compiled without contraction of products and sums, which two_sum does not survive. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plane/impl.h"

#define BITS 320 /* of balls */

struct qd_plane_fine {
    struct qd_plane_fine *next; /* of the worker */
    slong degree;
    double
        scale; /* positive; what is stored times it is the column of the block, up to a relative error of QD_PLANE_FINE_SCALE if certain */
    bool certain;
    double *hi, *lo; /* (terms of the degree) */
    arb_ptr c;       /* the same, of which these are the first digits */
};

void qd_plane__fine_forget(qd_plane_worker *w)
{
    for (qd_plane_fine *f = w->fine, *next; f != NULL; f = next) {
        next = f->next;
        _arb_vec_clear(f->c, qd_plane__terms(f->degree));
        free(f->hi);
        free(f);
    }
    w->fine = NULL;
}

static void set_pair(qd_plane_fine *f, slong k)
{
    arf_t rest;
    arf_init(rest);
    f->hi[k] = arf_get_d(arb_midref(f->c + k), ARF_RND_NEAR);
    arf_set_d(rest, f->hi[k]);
    arf_sub(rest, arb_midref(f->c + k), rest, ARF_PREC_EXACT, ARF_RND_DOWN);
    f->lo[k] = arf_get_d(rest, ARF_RND_NEAR);
    arf_clear(rest);
}

/* g times a power of two and, in the other charts than 0, where it is made from a polynomial of that degree, the power of W = s that is missing to the degree of
   the block. */
static qd_plane_fine *make(qd_plane_worker *w, const fmpz_mpoly_t g, slong degree, const qd_plane_block *b)
{
    const fmpz_mpoly_ctx_struct *ctx = qd_plane__exact_ctx(w->exact);
    qd_plane_fine *f = qd_calloc(1, sizeof *f);
    slong bits = FLINT_ABS(fmpz_mpoly_max_bits(g)), shift = w->chart == 0 ? 0 : b->degree - degree;
    fmpz_t c;
    fmpz_init(c);
    f->degree = b->degree;
    f->hi = qd_calloc(2 * (size_t) qd_plane__terms(f->degree), sizeof *f->hi);
    f->lo = f->hi + qd_plane__terms(f->degree);
    f->c = _arb_vec_init(qd_plane__terms(f->degree));
    f->next = w->fine;
    w->fine = f;
    for (slong k = 0; k < fmpz_mpoly_length(g, ctx); k++) {
        ulong e[2];
        fmpz_mpoly_get_term_exp_ui(e, g, k, ctx);
        fmpz_mpoly_get_term_coeff_fmpz(c, g, k, ctx);
        slong at = qd_plane__row(f->degree, (slong) e[0] + shift) + (slong) e[1];
        arb_set_round_fmpz(f->c + at, c, BITS);
        arb_mul_2exp_si(f->c + at, f->c + at, -bits);
        set_pair(f, at);
    }
    fmpz_clear(c);
    return f;
}

/* Brings f to the size of column u: the largest coefficient is the most certain one. (Radii are sums over all coefficients, at R >= 1.) */
static void set_scale(qd_plane_fine *f, const qd_plane_block *b, slong u)
{
    slong best = 0, n = qd_plane__terms(f->degree);
    for (slong k = 1; k < n; k++)
        if (fabs(b->c[k * b->stride + u]) > fabs(b->c[best * b->stride + u])) best = k;
    double c = b->c[best * b->stride + u];
    f->certain = fabs(c) * QD_PLANE_FINE_SCALE > 2 * b->rad[u] && f->hi[best] != 0;
    f->scale = f->certain ? c / f->hi[best] : 1;
}

qd_plane_fine *qd_plane__fine_level(qd_plane_worker *w, const fmpz_mpoly_t g, const qd_plane_block *b, const qd_alg_t rho, slong shift)
{
    qd_plane_fine *f = make(w, g, b->degree, b);
    slong k = w->chart == 0 ? 0 : qd_plane__row(f->degree, f->degree);
    arb_t x, y;
    arb_init(x);
    arb_init(y);
    arb_set_fmpq(x, rho->lo, BITS);
    arb_set_fmpq(y, rho->hi, BITS);
    arb_union(x, x, y, BITS);
    arb_mul_2exp_si(x, x, shift - FLINT_ABS(fmpz_mpoly_max_bits(g)));
    arb_sub(f->c + k, f->c + k, x, BITS);
    set_pair(f, k);
    f->scale = 1;
    arb_clear(x);
    arb_clear(y);
    return f;
}

static qd_plane_fine *of_unit(qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    const fmpz_mpoly_ctx_struct *ctx = qd_plane__exact_ctx(w->exact);
    if (s->fine == NULL) {
        size_t n = (size_t) w->model->m.low->layer[s->layer].out;
        s->fine = qd_arena_take(&w->arena, sizeof *s->fine * n);
        memset(s->fine, 0, sizeof *s->fine * n);
    }
    if (s->fine[unit] != NULL) return s->fine[unit];
    fmpz_mpoly_t f, g;
    fmpz_mpoly_init(f, ctx);
    fmpz_mpoly_init(g, ctx);
    qd_path_set(&w->path, s->pattern);
    qd_plane__exact_set(f, qd_path_z(&w->path, s->layer, unit), qd_path_stride(&w->model->m), w->exact);
    qd_plane__exact_chart(g, f, w->model, w->chart, w->exact);
    s->fine[unit] = make(w, g, fmpz_mpoly_total_degree_si(f, ctx), &s->z);
    set_scale(s->fine[unit], &s->z, unit);
    fmpz_mpoly_clear(f, ctx);
    fmpz_mpoly_clear(g, ctx);
    return s->fine[unit];
}

static qd_plane_fine *of_factor(qd_plane_worker *w, qd_plane_sheet *s, qd_plane_curve *c)
{
    const fmpz_mpoly_ctx_struct *ctx = qd_plane__exact_ctx(w->exact);
    fmpz_mpoly_t g;
    fmpz_mpoly_init(g, ctx);
    qd_plane__exact_chart(g, qd_plane__exact_poly(w->exact, c->factor), w->model, w->chart, w->exact);
    c->fine = make(w, g, s->block[c->block].degree, s->block + c->block);
    set_scale(c->fine, s->block + c->block, c->column);
    fmpz_mpoly_clear(g, ctx);
    return c->fine;
}

/* ---- forms --------------------------------------------------------------------------------------- */

/* row += a next on pairs. */
QD_CLONES static void add_multiple(double *restrict hi, double *restrict lo, const double *restrict next_hi, const double *restrict next_lo,
                                   double a, slong n)
{
    double c = 134217729.0 * a, a_hi = c - (c - a), a_lo = a - a_hi;
    for (slong k = 0; k < n; k++) {
        double b = next_hi[k], p = a * b, d = 134217729.0 * b, b_hi = d - (d - b), b_lo = b - b_hi;
        double q = ((a_hi * b_hi - p) + (a_hi * b_lo + a_lo * b_hi)) + a_lo * b_lo + a * next_lo[k];
        double x = hi[k], s = x + p, t = s - x, e = (x - (s - t)) + (p - t) + (lo[k] + q);
        hi[k] = s + e;
        lo[k] = e - (hi[k] - s);
    }
}

/* The polynomial in the first index moved to x: rows i = 0..m of m - i + 1 pairs. */
static void move(double *hi, double *lo, slong m, double x)
{
    slong n = m + 1;
    if (x == 0) return;
    for (slong p = 0; p < m; p++)
        for (slong i = m - 1; i >= p; i--) add_multiple(hi + i * n, lo + i * n, hi + (i + 1) * n, lo + (i + 1) * n, x, m - i);
}

/* (m + 1, m + 1): binomial(k, i) / binomial(m, i), what turns coefficients of x^i into Bernstein coefficients k. */
static const double *triangle(qd_plane_worker *w, slong m)
{
    double *t = w->triangle[m];
    if (t != NULL) return t;
    w->triangle[m] = t = qd_calloc((size_t) ((m + 1) * (m + 1)), sizeof *t);
    for (slong k = 0; k <= m; k++) {
        double c = 1; /* binomial(k, i) / binomial(m, i) = prod (k - j) / (m - j) */
        for (slong i = 0; i <= k; i++) {
            t[k * (m + 1) + i] = c;
            c = c * (double) (k - i) / (double) (m - i);
        }
    }
    return t;
}

static double magnitude(const qd_plane_fine *f, double s, double t)
{
    double sum = 0;
    for (slong i = f->degree; i >= 0; i--) {
        const double *row = f->hi + qd_plane__row(f->degree, i);
        double v = 0;
        for (slong j = f->degree - i; j >= 0; j--) v = v * t + fabs(row[j]);
        sum = sum * s + v;
    }
    return sum;
}

/* out[k][l] = sum_i T[k][i] c[i][l] */
QD_CLONES static void apply(double *restrict out, const double *restrict t, const double *restrict c, slong n)
{
    for (slong k = 0; k < n; k++)
        for (slong l = 0; l < n; l++) out[k * n + l] = 0;
    for (slong k = 0; k < n; k++)
        for (slong i = 0; i <= k; i++)
            for (slong l = 0; l < n; l++) out[k * n + l] += t[k * n + i] * c[i * n + l];
}

static void transpose(double *out, const double *c, slong n)
{
    for (slong i = 0; i < n; i++)
        for (slong j = 0; j < n; j++) out[i * n + j] = c[j * n + i];
}

/* The coefficients of the polynomial in x, y of [0,1] on the box, c[j * n + i] for x^i y^j; returns a bound of the errors of all together. */
static double moved_pairs(double *c, const qd_plane_fine *fine, const qd_plane_box *box)
{
    slong m = fine->degree, n = m + 1;
    double a[3][n * n], ws = box->s1 - box->s0, wt = box->t1 - box->t0, pt = fine->scale;
    memset(a, 0, sizeof a);
    for (slong i = 0; i <= m; i++) {
        memcpy(a[0] + i * n, fine->hi + qd_plane__row(m, i), sizeof(double) * (size_t) (n - i));
        memcpy(a[1] + i * n, fine->lo + qd_plane__row(m, i), sizeof(double) * (size_t) (n - i));
    }
    move(a[0], a[1], m, box->s0);
    transpose(c, a[0], n);
    transpose(a[2], a[1], n);
    move(c, a[2], m, box->t0);
    for (slong j = 0; j <= m; j++, pt *= wt) {
        double p = pt;
        for (slong i = 0; i <= m; i++, p *= ws) c[j * n + i] = i + j <= m ? (c[j * n + i] + a[2][j * n + i]) * p : 0;
    }
    return (5 * (double) m + 2) * 0x1p-100 * magnitude(fine, fabs(box->s0) + ws, fabs(box->t0) + wt) * fabs(fine->scale);
}

/* Rows i = 0..m of m - i + 1 balls with the steps given: those of one variable. */
static void move_balls(arb_ptr c, slong m, slong row, slong step, double by)
{
    arb_t x;
    arb_init(x);
    arb_set_d(x, by);
    for (slong p = 0; p < m; p++)
        for (slong i = m - 1; i >= p; i--)
            for (slong j = 0; j < m - i; j++) arb_addmul(c + i * row + j * step, c + (i + 1) * row + j * step, x, BITS);
    arb_clear(x);
}

static double moved_balls(double *c, const qd_plane_fine *fine, const qd_plane_box *box)
{
    slong m = fine->degree, n = m + 1;
    double ws = box->s1 - box->s0, wt = box->t1 - box->t0, pt = fine->scale, error = 0;
    arb_ptr a = _arb_vec_init(n * n); /* [j][i] */
    for (slong i = 0; i <= m; i++)
        for (slong j = 0; i + j <= m; j++) arb_set(a + j * n + i, fine->c + qd_plane__row(m, i) + j);
    move_balls(a, m, 1, n, box->s0);
    move_balls(a, m, n, 1, box->t0);
    for (slong j = 0; j <= m; j++, pt *= wt) {
        double p = pt;
        for (slong i = 0; i <= m; i++, p *= ws) {
            c[j * n + i] = arf_get_d(arb_midref(a + j * n + i), ARF_RND_NEAR) * p;
            error += mag_get_d(arb_radref(a + j * n + i)) * fabs(p);
        }
    }
    _arb_vec_clear(a, n * n);
    return error;
}

static void set_form(qd_plane_form *f, qd_plane_worker *w, const double *c, double error)
{
    slong n = f->degree + 1;
    double a[n * n], b[n * n], sum = 0;
    const double *T = triangle(w, f->degree);
    for (slong k = 0; k < n * n; k++) sum += fabs(c[k]);
    apply(a, T, c, n); /* [l][i] */
    transpose(b, a, n);
    apply(f->b, T, b, n);
    f->size = 0;
    for (slong k = 0; k < n * n; k++)
        if (fabs(f->b[k]) > f->size) f->size = fabs(f->b[k]);
    f->rad = (error + (4 * (double) f->degree + 12) * QD_PLANE_EPS * sum) * (1 + 0x1p-20) + 0x1p-1000;
    f->size += f->rad;
}

static void form(qd_plane_form *f, qd_plane_worker *w, const qd_plane_fine *fine)
{
    double c[(fine->degree + 1) * (fine->degree + 1)];
    set_form(f, w, c, moved_pairs(c, fine, &w->box));
    if (qd_plane__is_coarse(f)) set_form(f, w, c, moved_balls(c, fine, &w->box));
}

bool qd_plane__fine_curve(qd_plane_form *f, qd_plane_worker *w, qd_plane_sheet *s, slong curve)
{
    qd_plane_curve *c = s->curve + curve;
    if (c->fine == NULL && c->factor < 0 && c->block != 0) return false;
    form(f, w, c->fine != NULL ? c->fine : c->factor >= 0 ? of_factor(w, s, c) : of_unit(w, s, c->column));
    return true;
}

bool qd_plane__fine_unit(qd_plane_form *f, qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    const qd_plane_fine *fine = of_unit(w, s, unit);
    if (fine->certain) form(f, w, fine);
    return fine->certain;
}
