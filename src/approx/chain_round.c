/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a chain in doubles to a continuous spline with rational data of few bits.

   All numbers are multiples of powers of two, so that sums of very many of them, as a network forms, stay short. Knots are rounded; a piece is a line with
   a rounded slope through the value at its left end, plus (x - t_0)(x - t_1) B(x), B the rounded quotient of the chain's polynomial by these
   two factors. Its value at t_1 is where the next piece begins: the spline is continuous whatever rounding does, and each slope aims at the value
   of the chain at t_1, so that errors do not add up. */
#include "approx/impl.h"

#include <math.h>

#define KNOT_BITS                                                                                                                          \
    22 /* a knot moves by 2^-KNOT_BITS of its gap: neighbours, which differ by 2 eps over it or less, still agree to 2^-20 eps */

/* The multiple of a power of two, unit or less, that is nearest to x. */
static void round_to(fmpq_t y, const fmpq_t x, double unit)
{
    slong e = ilogb(unit);
    fmpz_t n;
    fmpq_t two, half;
    fmpz_init(n);
    fmpq_init(two);
    fmpq_init(half);
    fmpq_set_si(two, 2, 1);
    fmpq_pow_si(two, two, e);
    fmpq_set_si(half, 1, 2);
    fmpq_div(y, x, two);
    fmpq_add(y, y, half);
    fmpz_fdiv_q(n, fmpq_numref(y), fmpq_denref(y));
    fmpq_mul_fmpz(y, two, n);
    fmpz_clear(n);
    fmpq_clear(two);
    fmpq_clear(half);
}

/* q(v) = (v + t - centre) / half - node_k, exactly: factor k of Newton's form. */
static void set_linear(fmpq_poly_t q, const qd_approx__poly *p, slong k, const fmpq_t t)
{
    fmpq_t c, half;
    fmpq_init(c);
    fmpq_init(half);
    qd_rat_set_double(half, p->half);
    fmpq_poly_zero(q);
    qd_rat_set_double(c, p->centre);
    fmpq_sub(c, t, c);
    fmpq_div(c, c, half);
    fmpq_inv(half, half);
    fmpq_poly_set_coeff_fmpq(q, 1, half);
    qd_rat_set_double(half, p->node[k]);
    fmpq_sub(c, c, half);
    fmpq_poly_set_coeff_fmpq(q, 0, c);
    fmpq_clear(c);
    fmpq_clear(half);
}

/* p as a polynomial in v = x - t, exactly. */
static void set_poly(fmpq_poly_t q, const qd_approx__poly *p, const fmpq_t t)
{
    fmpq_t a, c;
    fmpq_poly_t u;
    fmpq_init(a);
    fmpq_init(c);
    fmpq_poly_init(u);
    fmpq_poly_zero(q);
    for (slong k = p->degree; k >= 0; k--) {
        if (k < p->degree) {
            set_linear(u, p, k, t);
            fmpq_poly_mul(q, q, u);
        }
        qd_rat_set_double(a, p->a[k]);
        fmpq_poly_get_coeff_fmpq(c, q, 0);
        fmpq_add(c, c, a);
        fmpq_poly_set_coeff_fmpq(q, 0, c);
    }
    fmpq_clear(a);
    fmpq_clear(c);
    fmpq_poly_clear(u);
}

/* Coefficient k of B(v) so that v^k times it is rounded by unit at |v| = h. */
static void round_coefficients(fmpq_poly_t B, double h, double unit)
{
    fmpq_t c;
    fmpq_init(c);
    for (slong k = 0; k < fmpq_poly_length(B); k++) {
        fmpq_poly_get_coeff_fmpq(c, B, k);
        round_to(c, c, unit / pow(h, (double) k));
        fmpq_poly_set_coeff_fmpq(B, k, c);
    }
    fmpq_clear(c);
}

/* The piece over [t0, t1] that begins at y, which becomes its value at t1; there it aims at `aim`. */
static void set_piece(fmpq_poly_t piece, fmpq_t y, const qd_approx__poly *p, const fmpq_t t0, const fmpq_t t1, const fmpq_t aim,
                      double unit)
{
    fmpq_t h, c;
    fmpq_poly_t line, factor, B;
    fmpq_init(h);
    fmpq_init(c);
    fmpq_poly_init(line);
    fmpq_poly_init(factor);
    fmpq_poly_init(B);
    fmpq_sub(h, t1, t0);
    double length = fmpq_get_d(h);
    fmpq_sub(c, aim, y);
    fmpq_div(c, c, h);
    round_to(c, c, unit / length);
    fmpq_poly_set_coeff_fmpq(line, 1, c);
    fmpq_poly_set_coeff_fmpq(line, 0, y);
    fmpq_addmul(y, c, h);
    if (p->degree > 1) {
        fmpq_neg(c, h);
        fmpq_poly_set_coeff_fmpq(factor, 1, c);
        fmpq_poly_set_coeff_si(factor, 2, 1);
        set_poly(B, p, t0);
        fmpq_poly_div(B, B, factor);
        round_coefficients(B, length, unit / (length * length));
        fmpq_poly_mul(B, B, factor);
        fmpq_poly_add(line, line, B);
    }
    fmpq_poly_zero(factor);
    fmpq_poly_set_coeff_si(factor, 1, 1);
    fmpq_neg(c, t0);
    fmpq_poly_set_coeff_fmpq(factor, 0, c);
    fmpq_poly_compose(piece, line, factor);
    fmpq_clear(h);
    fmpq_clear(c);
    fmpq_poly_clear(line);
    fmpq_poly_clear(factor);
    fmpq_poly_clear(B);
}

/* Knot i, rounded; the ends are those of f. */
static void set_knot(fmpq_t t, const qd_approx__chain *c, slong i, const qd_approx_target_t f)
{
    if (i == 0) fmpq_set(t, f->lo);
    else if (i == c->n) fmpq_set(t, f->hi);
    else {
        qd_rat_set_double(t, c->knot[i]);
        round_to(t, t, ldexp(c->gap[i], -KNOT_BITS));
    }
}

void qd_approx__chain_round(qd_spline_t s, const qd_approx__chain *c, const qd_approx_target_t f, double unit)
{
    qd_spline_t r;
    fmpq_t t0, t1, y, aim;
    qd_spline_init(r);
    fmpq_init(t0);
    fmpq_init(t1);
    fmpq_init(y);
    fmpq_init(aim);
    qd_spline_resize(r, c->n - 1, 1);
    r->has_lo = r->has_hi = true;
    fmpq_set(r->lo, f->lo);
    fmpq_set(r->hi, f->hi);
    set_knot(t0, c, 0, f);
    qd_rat_set_double(y, qd_approx__poly_value(c->p, c->knot[0]));
    round_to(y, y, unit);
    for (slong i = 0; i < c->n; i++) {
        set_knot(t1, c, i + 1, f);
        qd_rat_set_double(aim, qd_approx__poly_value(c->p + i, fmpq_get_d(t1)));
        set_piece(qd_spline_poly(r, i, 0), y, c->p + i, t0, t1, aim, unit);
        if (i + 1 < c->n) qd_alg_set_fmpq(r->at + i, t1);
        fmpq_swap(t0, t1);
    }
    qd_spline_swap(s, r);
    qd_spline_clear(r);
    fmpq_clear(t0);
    fmpq_clear(t1);
    fmpq_clear(y);
    fmpq_clear(aim);
}
