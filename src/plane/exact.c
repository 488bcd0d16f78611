/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact polynomials in two variables: from a path, in a chart, and each irreducible one once. */
#include "plane/impl.h"

#include <stdlib.h>

struct qd_plane_exact {
    fmpz_mpoly_ctx_t ctx;
    slong n, room;
    fmpz_mpoly_struct *poly;
};

void qd_plane__exact_init(qd_plane_exact **x)
{
    *x = qd_calloc(1, sizeof **x);
    fmpz_mpoly_ctx_init((*x)->ctx, 2, ORD_LEX);
}

void qd_plane__exact_clear(qd_plane_exact *x)
{
    for (slong i = 0; i < x->n; i++) fmpz_mpoly_clear(x->poly + i, x->ctx);
    free(x->poly);
    fmpz_mpoly_ctx_clear(x->ctx);
    free(x);
}

const fmpz_mpoly_ctx_struct *qd_plane__exact_ctx(const qd_plane_exact *x)
{
    return x->ctx;
}

const fmpz_mpoly_struct *qd_plane__exact_poly(const qd_plane_exact *x, slong i)
{
    return x->poly + i;
}

slong qd_plane__exact_add(qd_plane_exact *x, const fmpz_mpoly_t p, bool *flip)
{
    fmpz_mpoly_t q;
    fmpz_mpoly_init(q, x->ctx);
    *flip = fmpz_sgn(p->coeffs) < 0;
    if (*flip) fmpz_mpoly_neg(q, p, x->ctx);
    else fmpz_mpoly_set(q, p, x->ctx);
    slong i = 0;
    while (i < x->n && !fmpz_mpoly_equal(x->poly + i, q, x->ctx)) i++;
    if (i == x->n) {
        if (x->n == x->room) {
            x->room = x->room == 0 ? 16 : 2 * x->room;
            x->poly = qd_realloc(x->poly, sizeof *x->poly * (size_t) x->room);
        }
        fmpz_mpoly_init(x->poly + x->n, x->ctx);
        fmpz_mpoly_swap(x->poly + x->n++, q, x->ctx);
    }
    fmpz_mpoly_clear(q, x->ctx);
    return i;
}

void qd_plane__exact_set(fmpz_mpoly_t f, const fmpz_poly_struct *p, slong stride, const qd_plane_exact *x)
{
    fmpz_mpoly_zero(f, x->ctx);
    for (slong k = 0; k < p->length; k++) {
        ulong e[2] = {(ulong) (k % stride), (ulong) (k / stride)};
        if (!fmpz_is_zero(p->coeffs + k)) fmpz_mpoly_push_term_fmpz_ui(f, p->coeffs + k, e, x->ctx);
    }
    fmpz_mpoly_sort_terms(f, x->ctx);
}

/* A linear form with coefficients that are multiples of 2^-20, times 2^20. */
static void linear(fmpz_mpoly_t f, const double c[3], const fmpz_mpoly_ctx_t ctx)
{
    static const ulong exponent[3][2] = {{0, 0}, {0, 1}, {1, 0}};
    fmpz_mpoly_zero(f, ctx);
    for (int k = 0; k < 3; k++) fmpz_mpoly_set_coeff_si_ui(f, (slong) (c[k] * 0x1p20), exponent[k], ctx);
}

void qd_plane__exact_chart(fmpz_mpoly_t g, const fmpz_mpoly_t f, const qd_plane_model *p, int chart, const qd_plane_exact *x)
{
    if (chart == 0 || fmpz_mpoly_is_zero(f, x->ctx)) {
        fmpz_mpoly_set(g, f, x->ctx);
        return;
    }
    double c[3][3];
    slong n = fmpz_mpoly_length(f, x->ctx), d = fmpz_mpoly_total_degree_si(f, x->ctx);
    fmpz_mpoly_struct *power[3];
    fmpz_mpoly_t t;
    fmpz_t k;
    qd_plane__coordinates(c, p, chart);
    fmpz_mpoly_init(t, x->ctx);
    fmpz_init(k);
    for (int i = 0; i < 3; i++) {
        power[i] = qd_malloc(sizeof *power[i] * (size_t) (d + 1));
        for (slong j = 0; j <= d; j++) fmpz_mpoly_init(power[i] + j, x->ctx);
        fmpz_mpoly_one(power[i], x->ctx);
        if (d > 0) linear(power[i] + 1, c[i], x->ctx);
        for (slong j = 2; j <= d; j++) fmpz_mpoly_mul(power[i] + j, power[i] + j - 1, power[i] + 1, x->ctx);
    }
    fmpz_mpoly_t sum;
    fmpz_mpoly_init(sum, x->ctx);
    for (slong m = 0; m < n; m++) {
        ulong e[2];
        fmpz_mpoly_get_term_exp_ui(e, f, m, x->ctx);
        fmpz_mpoly_get_term_coeff_fmpz(k, f, m, x->ctx);
        fmpz_mpoly_mul(t, power[0] + e[0], power[1] + e[1], x->ctx);
        fmpz_mpoly_mul(t, t, power[2] + (d - (slong) (e[0] + e[1])), x->ctx);
        fmpz_mpoly_scalar_mul_fmpz(t, t, k, x->ctx);
        fmpz_mpoly_add(sum, sum, t, x->ctx);
    }
    fmpz_mpoly_swap(g, sum, x->ctx);
    for (int i = 0; i < 3; i++) {
        for (slong j = 0; j <= d; j++) fmpz_mpoly_clear(power[i] + j, x->ctx);
        free(power[i]);
    }
    fmpz_mpoly_clear(sum, x->ctx);
    fmpz_mpoly_clear(t, x->ctx);
    fmpz_clear(k);
}
