/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bernstein forms where doubles have lost their digits: from exact coefficients, in balls of 128 bits, rounded once to doubles, so that the error is
   small against the form on this box and not only against the polynomial on the chart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plane/impl.h"

#define BITS 128

struct qd_plane_fine {
    struct qd_plane_fine *next; /* of the worker */
    slong degree;
    double scale; /* the double form times it, up to a relative error of FINE_SCALE, is this one */
    arb_ptr c;    /* (terms of the degree) */
};

void qd_plane__fine_forget(qd_plane_worker *w)
{
    for (qd_plane_fine *f = w->fine, *next; f != NULL; f = next) {
        next = f->next;
        _arb_vec_clear(f->c, qd_plane__terms(f->degree));
        free(f);
    }
    w->fine = NULL;
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
    f->c = _arb_vec_init(qd_plane__terms(f->degree));
    f->next = w->fine;
    w->fine = f;
    for (slong k = 0; k < fmpz_mpoly_length(g, ctx); k++) {
        ulong e[2];
        fmpz_mpoly_get_term_exp_ui(e, g, k, ctx);
        fmpz_mpoly_get_term_coeff_fmpz(c, g, k, ctx);
        arb_ptr to = f->c + qd_plane__row(f->degree, (slong) e[0] + shift) + (slong) e[1];
        arb_set_round_fmpz(to, c, BITS);
        arb_mul_2exp_si(to, to, -bits);
    }
    fmpz_clear(c);
    return f;
}

/* Brings f to the size of column u: the largest coefficient is the most certain one. */
static void set_scale(qd_plane_fine *f, const qd_plane_block *b, slong u)
{
    slong best = 0, n = qd_plane__terms(f->degree);
    for (slong k = 1; k < n; k++)
        if (fabs(b->c[k * b->stride + u]) > fabs(b->c[best * b->stride + u])) best = k;
    f->scale = b->c[best * b->stride + u] / arf_get_d(arb_midref(f->c + best), ARF_RND_NEAR);
}

qd_plane_fine *qd_plane__fine_level(qd_plane_worker *w, const fmpz_mpoly_t g, const qd_plane_block *b, const qd_alg_t rho, slong shift)
{
    qd_plane_fine *f = make(w, g, b->degree, b);
    arb_ptr to = f->c + (w->chart == 0 ? 0 : qd_plane__row(f->degree, f->degree));
    arb_t x, y;
    arb_init(x);
    arb_init(y);
    arb_set_fmpq(x, rho->lo, 2 * BITS);
    arb_set_fmpq(y, rho->hi, 2 * BITS);
    arb_union(x, x, y, 2 * BITS);
    arb_mul_2exp_si(x, x, shift - FLINT_ABS(fmpz_mpoly_max_bits(g)));
    arb_sub(to, to, x, BITS);
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

/* basis[i * (m + 1) + k]: coefficient k of x^i on [a, b], see box.c. */
static void make_basis(arb_ptr basis, slong m, double a, double b)
{
    arb_ptr p = _arb_vec_init(m + 1), q = _arb_vec_init(m + 1), r = _arb_vec_init(2 * m + 2);
    arb_t x, c;
    arb_init(x);
    arb_init(c);
    for (slong k = 0; k <= m; k++) { /* (1 + a y)^(m - k) (1 + b y)^k */
        for (int end = 0; end < 2; end++) {
            arb_ptr v = end ? q : p;
            slong n = end ? k : m - k;
            arb_set_d(x, end ? b : a);
            arb_one(v);
            for (slong i = 1; i <= n; i++) { /* binomial(n, i) x^i */
                arb_mul(v + i, v + i - 1, x, BITS);
                arb_mul_si(v + i, v + i, n - i + 1, BITS);
                arb_div_si(v + i, v + i, i, BITS);
            }
        }
        _arb_poly_mul(r, k <= m - k ? p : q, m - FLINT_MIN(k, m - k) + 1, k <= m - k ? q : p, FLINT_MIN(k, m - k) + 1, BITS);
        arb_one(c);
        for (slong i = 0; i <= m; i++) {
            arb_div(basis + i * (m + 1) + k, r + i, c, BITS);
            arb_mul_si(c, c, m - i, BITS);
            arb_div_si(c, c, i + 1, BITS);
        }
    }
    _arb_vec_clear(p, m + 1);
    _arb_vec_clear(q, m + 1);
    _arb_vec_clear(r, 2 * m + 2);
    arb_clear(x);
    arb_clear(c);
}

static arb_ptr basis_of(qd_plane_worker *w, slong m, int axis)
{
    qd_plane_fine_basis *b = w->fine_basis + 2 * m + axis;
    if (b->b == NULL) b->b = _arb_vec_init((m + 1) * (m + 1));
    if (b->box != w->boxes) {
        make_basis(b->b, m, axis == 0 ? w->box.s0 : w->box.t0, axis == 0 ? w->box.s1 : w->box.t1);
        b->box = w->boxes;
    }
    return b->b;
}

static void form(qd_plane_form *f, qd_plane_worker *w, const qd_plane_fine *fine)
{
    slong m = fine->degree, n = m + 1;
    arb_ptr bs = basis_of(w, m, 0), bt = basis_of(w, m, 1), g = _arb_vec_init(n * n);
    arb_t x;
    mag_t error;
    arb_init(x);
    mag_init(error);
    for (slong i = 0; i <= m; i++)
        for (slong l = 0; l <= m; l++) arb_dot(g + i * n + l, NULL, 0, fine->c + qd_plane__row(m, i), 1, bt + l, n, m - i + 1, BITS);
    f->size = f->rad = 0;
    for (slong k = 0; k <= m; k++)
        for (slong l = 0; l <= m; l++) {
            arb_dot(x, NULL, 0, g + l, n, bs + k, n, n, BITS);
            double *to = f->b + k * n + l;
            *to = arf_get_d(arb_midref(x), ARF_RND_NEAR) * fine->scale;
            mag_max(error, error, arb_radref(x));
            if (fabs(*to) > f->size) f->size = fabs(*to);
        }
    f->rad = (mag_get_d(error) * fabs(fine->scale) + 4 * QD_PLANE_EPS * f->size) * (1 + 0x1p-20) + 0x1p-1000;
    f->size += f->rad;
    mag_clear(error);
    arb_clear(x);
    _arb_vec_clear(g, n * n);
}

bool qd_plane__fine_curve(qd_plane_form *f, qd_plane_worker *w, qd_plane_sheet *s, slong curve)
{
    qd_plane_curve *c = s->curve + curve;
    if (c->fine == NULL && c->factor < 0 && c->block != 0) return false;
    form(f, w, c->fine != NULL ? c->fine : c->factor >= 0 ? of_factor(w, s, c) : of_unit(w, s, c->column));
    return true;
}

void qd_plane__fine_unit(qd_plane_form *f, qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    form(f, w, of_unit(w, s, unit));
}
