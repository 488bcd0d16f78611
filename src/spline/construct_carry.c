/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Powers of v in every layer.

   Layer j carries v^m, 0 < m <= M = 2^j, in one unit each, whatever the sign of v:

       m = M         relu(v^M)               = v^M =: y_j, for M is even
       m even        relu(v^m + e)           = v^m + e      e = 1 with b->shift, else 0
       m odd         relu(v^m + 1 + y_j)     = v^m + 1 + y_j, for |v|^m <= max(1, v^M) <= 1 + v^M

   so v^m is an affine function of the layer. Each unit is one quadratic neuron on layer j - 1: v^m = v^p v^q with
   p, q <= M/2 is a product of two affine functions, and y_j = (y_(j-1))^2 a diagonal term. (In layer 1, whose input
   is not v but x, v^1 + 1 + v^2 = v (v + 1) + 1.) With all m <= M carried, the layer has M units.

   Lemma. With b->shift every polynomial p of degree <= 2 M is the pre-activation of ONE quadratic neuron on layer j.
   Proof. Let a_m be the value of the unit of v^m, 0 < m < M. Modulo v^M it is v^m + 1, its square
   v^(2m) + 2 v^m + 1. So there are w_1, w_2, ..., w_(M-1), found one after the other, such that
   p - sum w_m a_m^2 has no term of degree 1..M-1, that is, equals y G + c with G of degree <= M: a_m^2 has degree
   <= 2 M. Here y G is a product of two affine functions, sum w_m a_m^2 a diagonal form and c the constant of the
   neuron. For M = 1 (the input) there is no w_m, and p = v G + c. []
   Only the m that occur in p on the way, and the powers in G, are asked for. */
#include "spline/construct.h"

#include <assert.h>

static slong top(slong j)
{
    return WORD(1) << j;
}

bool qd_carry__is_exact(const qd_build_t b, slong j, slong m)
{
    return j >= 1 && m <= top(j) && b->layer[j].power[m] >= 0 && (m == top(j) || (m % 2 == 0 && !b->shift));
}

/* A multiple of 4 is asked for as a square where that is possible: m / 2 is more often there already than m. */
static slong factor(slong j, slong m)
{
    slong half = top(j - 1);
    if (m > half) return half;
    return m % 4 == 0 ? m / 2 : m;
}

static slong add_power(qd_build_t b, slong j, slong m)
{
    fmpq_poly_t y;
    qd_sketch_t u;
    fmpq_poly_init(y);
    qd_sketch__init(u);
    slong p = factor(j, m);
    bool odd = m % 2 != 0;
    qd_carry__power(u->r, b, j - 1, p);
    qd_carry__power(u->g, b, j - 1, m - p);
    if (m < top(j) && (odd || b->shift)) fmpq_poly_set_coeff_si(u->d, 0, 1);
    if (odd) qd_carry__power(y, b, j, top(j));
    if (odd && j == 1) fmpq_poly_add(u->g, u->g, u->r); /* v 1 becomes v (1 + v) */
    else if (odd) fmpq_poly_set_coeff_si(u->d, b->layer[j - 1].power[top(j - 1)] + 1, 1);
    slong i = qd_build__add(b, j, u);
    qd_sketch__clear(u);
    fmpq_poly_clear(y);
    return i;
}

void qd_carry__power(fmpq_poly_t f, qd_build_t b, slong j, slong m)
{
    assert(m >= 0 && m <= top(j));
    fmpq_poly_zero(f);
    if (m == 0) {
        fmpq_poly_set_coeff_si(f, 0, 1);
        return;
    }
    if (j == 0) {
        fmpq_t c;
        fmpq_init(c);
        fmpq_neg(c, b->origin);
        fmpq_poly_set_coeff_si(f, 1, 1);
        fmpq_poly_set_coeff_fmpq(f, 0, c);
        fmpq_clear(c);
        return;
    }
    slong *power = b->layer[j].power;
    if (power[m] < 0) power[m] = add_power(b, j, m);
    fmpq_poly_set_coeff_si(f, power[m] + 1, 1);
    if (m < top(j) && (m % 2 != 0 || b->shift)) fmpq_poly_set_coeff_si(f, 0, -1);
    if (m % 2 != 0) fmpq_poly_set_coeff_si(f, power[top(j)] + 1, -1);
}

void qd_carry__poly(fmpq_poly_t f, qd_build_t b, slong j, const fmpq_poly_t p)
{
    fmpq_t c;
    fmpq_poly_t power;
    fmpq_init(c);
    fmpq_poly_init(power);
    fmpq_poly_zero(f);
    for (slong m = fmpq_poly_degree(p); m >= 0; m--) {
        fmpq_poly_get_coeff_fmpq(c, p, m);
        if (fmpq_is_zero(c)) continue;
        qd_carry__power(power, b, j, m);
        fmpq_poly_scalar_mul_fmpq(power, power, c);
        fmpq_poly_add(f, f, power);
    }
    fmpq_clear(c);
    fmpq_poly_clear(power);
}

/* a = the value of the unit of v^m in layer j as a polynomial of v, m < 2^j, with b->shift. */
static void value_of_unit(fmpq_poly_t a, slong j, slong m)
{
    fmpq_poly_zero(a);
    fmpq_poly_set_coeff_si(a, 0, 1);
    fmpq_poly_set_coeff_si(a, m, 1);
    if (m % 2 != 0) fmpq_poly_set_coeff_si(a, top(j), 1);
}

/* rest -= w a_m^2 with the w that removes its term of degree m, and u gets that diagonal term. */
static void remove_term(qd_sketch_t u, fmpq_poly_t rest, qd_build_t b, slong j, slong m)
{
    fmpq_t w;
    fmpq_poly_t a;
    fmpq_init(w);
    fmpq_poly_init(a);
    fmpq_poly_get_coeff_fmpq(w, rest, m);
    if (!fmpq_is_zero(w)) {
        qd_carry__power(a, b, j, m);
        fmpq_div_2exp(w, w, 1);
        qd_affine__add_unit(u->d, b->layer[j].power[m], w);
        value_of_unit(a, j, m);
        fmpq_poly_mul(a, a, a);
        fmpq_poly_scalar_mul_fmpq(a, a, w);
        fmpq_poly_sub(rest, rest, a);
    }
    fmpq_clear(w);
    fmpq_poly_clear(a);
}

/* u = p(v): the lemma. */
static void set_sketch(qd_sketch_t u, qd_build_t b, slong j, const fmpq_poly_t p)
{
    slong half = top(j - 1);
    fmpq_t c;
    fmpq_poly_t rest;
    if (fmpq_poly_degree(p) <= half) {
        qd_carry__poly(u->r, b, j - 1, p);
        qd_carry__power(u->g, b, j - 1, 0);
        return;
    }
    assert((b->shift || half == 1) && fmpq_poly_degree(p) <= 2 * half);
    fmpq_init(c);
    fmpq_poly_init(rest);
    fmpq_poly_set(rest, p);
    for (slong m = 1; m < half; m++) remove_term(u, rest, b, j - 1, m);
    fmpq_poly_get_coeff_fmpq(c, rest, 0);
    qd_affine__add_constant(u->d, c);
    fmpq_poly_shift_right(rest, rest, half);
    qd_carry__power(u->r, b, j - 1, half);
    qd_carry__poly(u->g, b, j - 1, rest);
    fmpq_clear(c);
    fmpq_poly_clear(rest);
}

slong qd_carry__unit(qd_build_t b, slong j, const fmpq_poly_t p)
{
    qd_sketch_t u;
    qd_sketch__init(u);
    set_sketch(u, b, j, p);
    slong unit = qd_build__add(b, j, u);
    qd_sketch__clear(u);
    return unit;
}
