/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two kinds of splines with a construction of their own.

   N = 1: one hidden layer, the K hinges (u_i)_+. A base piece of slope m != 0 takes one unit more,
   m (x - t_1) = m (x - t_1)_+ - m (t_1 - x)_+: K + 1 units, and two when K = 0.

   Truncated power gamma u_+^N + const, N = 2^e n with n odd: relu(u^n) = u_+^n in layer h - e, which is
   1 + floor(log2 n), and its squares in the layers after it, one unit each. Before it layer j carries v^(2^j) and one
   odd power: v^n = v^M v^(n-M), and so on down: two units each. (For N odd construct_late.c does the same.) */
#include "spline/construct.h"

/* Adds slope_o [side (v - t) > 0] (v - t) to each output: the unit relu(side (v - t)). */
static void add_hinge(qd_build_t b, const fmpq_t t, int side, const fmpq *slope)
{
    fmpq_t c;
    fmpq_poly_t u;
    fmpq_init(c);
    fmpq_poly_init(u);
    fmpq_neg(c, t);
    fmpq_poly_set_coeff_si(u, 1, 1);
    fmpq_poly_set_coeff_fmpq(u, 0, c);
    fmpq_poly_scalar_mul_si(u, u, side);
    slong unit = qd_carry__unit(b, 1, u);
    for (slong o = 0; o < b->outputs; o++) {
        fmpq_mul_si(c, slope + o, side);
        qd_affine__add_unit(b->out + o, unit, c);
    }
    fmpq_clear(c);
    fmpq_poly_clear(u);
}

/* With t the first breakpoint, or 0, P = P(t) + m (v - t): adds P(t) and, unless m = 0, the half of m (v - t) on the
   left of t. The half on the right is left to the caller. */
static void add_base(fmpq *m, qd_build_t b, const qd_jumps_t J, const fmpq_t t)
{
    bool sloped = false;
    fmpq_t value;
    fmpq_init(value);
    for (slong o = 0; o < J->outputs; o++) {
        fmpq_poly_evaluate_fmpq(value, J->poly + o, t);
        qd_affine__add_constant(b->out + o, value);
        fmpq_poly_get_coeff_fmpq(m + o, J->poly + o, 1);
        sloped = sloped || !fmpq_is_zero(m + o);
    }
    if (sloped) add_hinge(b, t, -1, m);
    fmpq_clear(value);
}

void qd_plan__linear(qd_build_t b, const qd_jumps_t J)
{
    slong p = J->outputs;
    fmpq_t t;
    fmpq *m = _fmpq_vec_init(p), *slope = _fmpq_vec_init(p);
    fmpq_init(t);
    if (J->nbreaks > 0) fmpq_set(t, J->at);
    add_base(m, b, J, t);
    if (J->nbreaks == 0) add_hinge(b, t, 1, m);
    for (slong i = 0; i < J->nbreaks; i++) {
        for (slong o = 0; o < p; o++) {
            fmpq_poly_get_coeff_fmpq(slope + o, qd_jumps__at(J, i, o), 1);
            if (i == 0) fmpq_add(slope + o, slope + o, m + o);
        }
        add_hinge(b, J->at + i, qd_jumps__side(J, i), slope);
    }
    fmpq_clear(t);
    _fmpq_vec_clear(m, p);
    _fmpq_vec_clear(slope, p);
}

bool qd_plan__is_even_power(const qd_jumps_t J)
{
    if (J->nbreaks != 1 || J->degree % 2 != 0 || !fmpq_is_zero(J->at)) return false;
    for (slong o = 0; o < J->outputs; o++) {
        const fmpq_poly_struct *jump = qd_jumps__at(J, 0, o);
        if (fmpq_poly_degree(J->poly + o) > 0) return false;
        for (slong k = 0; k < J->degree && k <= fmpq_poly_degree(jump); k++)
            if (!fmpz_is_zero(fmpq_poly_numref(jump) + k)) return false;
    }
    return true;
}

void qd_plan__even_power(qd_build_t b, const qd_jumps_t J)
{
    slong n = J->degree, j = b->depth;
    fmpq_t c;
    fmpq_poly_t p;
    qd_sketch_t u;
    fmpq_init(c);
    fmpq_poly_init(p);
    for (; n % 2 == 0; n /= 2) j--;
    fmpq_poly_set_coeff_si(p, n, qd_jumps__side(J, 0));
    slong unit = qd_carry__unit(b, j, p);
    qd_sketch__init(u);
    for (j++; j <= b->depth; j++) {
        fmpq_poly_set_coeff_si(u->d, unit + 1, 1);
        unit = qd_build__add(b, j, u);
    }
    for (slong o = 0; o < J->outputs; o++) {
        fmpq_poly_get_coeff_fmpq(c, qd_jumps__at(J, 0, o), J->degree);
        fmpq_poly_set(b->out + o, J->poly + o);
        qd_affine__add_unit(b->out + o, unit, c);
    }
    fmpq_clear(c);
    fmpq_poly_clear(p);
    qd_sketch__clear(u);
}
