/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neurons f_1, .., f_q of one layer whose sum is wanted, as units of that layer. Each knows a C with
   |f| <= C (1 + v^D) for every even D >= degree(f).

   Carried through layer j: relu(f + C (1 + v^D)) = f + C (1 + v^D), and layer j carries v^D, so f is affine in it: one
   unit. v^D joins the pre-activation as the square of an exact unit, or as an affine term when f has no product.
   D = 2^j always works, by y_(j-1)^2; a smaller D is taken when it needs no unit that is not there yet.
   Read from the last layer: with E = C (1 + v^D) for the largest C and degree,
       f_1 + .. + f_q = relu(f_1 + (q-1) E) - sum_(i>1) relu(E - f_i): q units;
   for q = 1 it is relu(f) - relu(-f). */
#include "spline/construct.h"

#include <stdlib.h>

void qd_sum__init(qd_sum_t S)
{
    S->n = S->room = 0;
    S->e = NULL;
}

void qd_sum__clear(qd_sum_t S)
{
    for (slong i = 0; i < S->n; i++) {
        qd_sketch__clear(S->e[i].u);
        fmpq_clear(S->e[i].C);
    }
    free(S->e);
}

qd_summand *qd_sum__add(qd_sum_t S, const fmpq_t C, slong degree, bool affine)
{
    if (S->n == S->room) {
        S->room = 2 * S->room + 4;
        S->e = qd_realloc(S->e, sizeof *S->e * (size_t) S->room);
    }
    qd_summand *f = S->e + S->n++;
    qd_sketch__init(f->u);
    fmpq_init(f->C);
    fmpq_set(f->C, C);
    f->degree = degree;
    f->affine = affine;
    return f;
}

static slong even(slong degree)
{
    return degree + degree % 2;
}

/* Can v^D join the pre-activation of f in layer j with the units there are? */
static bool joins(const qd_build_t b, slong j, const qd_summand *f, slong D)
{
    if (qd_carry__is_exact(b, j - 1, D / 2)) return true;
    return f->affine && D <= WORD(1) << (j - 1) && b->layer[j - 1].power[D] >= 0;
}

/* The smallest D that costs no unit, or 2^j. */
static slong choose_D(const qd_build_t b, slong j, const qd_summand *f)
{
    for (slong D = even(f->degree); D < WORD(1) << j; D += 2)
        if (b->layer[j].power[D] >= 0 && joins(b, j, f, D)) return D;
    return WORD(1) << j;
}

/* u += C (1 + v^D) in layer j */
static void add_bound(qd_sketch_t u, qd_build_t b, slong j, slong D, const fmpq_t C)
{
    fmpq_poly_t power;
    fmpq_poly_init(power);
    qd_affine__add_constant(u->d, C);
    if (D == WORD(1) << j) qd_carry__power(power, b, j - 1, D / 2);
    if (qd_carry__is_exact(b, j - 1, D / 2)) qd_affine__add_unit(u->d, b->layer[j - 1].power[D / 2], C);
    else {
        qd_carry__power(power, b, j - 1, D);
        fmpq_poly_scalar_mul_fmpq(power, power, C);
        fmpq_poly_add(u->r, u->r, power);
    }
    fmpq_poly_clear(power);
}

/* g += f as a unit of layer j */
static void carry(fmpq_poly_t g, qd_build_t b, slong j, qd_summand *f)
{
    fmpq_t one;
    fmpq_poly_t bound;
    slong D = choose_D(b, j, f);
    fmpq_init(one);
    fmpq_poly_init(bound);
    fmpq_one(one);
    add_bound(f->u, b, j, D, f->C);
    qd_carry__power(bound, b, j, D);
    qd_affine__add_constant(bound, one);
    fmpq_poly_scalar_mul_fmpq(bound, bound, f->C);
    fmpq_poly_sub(g, g, bound);
    qd_affine__add_unit(g, qd_build__add(b, j, f->u), one);
    fmpq_clear(one);
    fmpq_poly_clear(bound);
}

void qd_sum__carry(fmpq_poly_t g, qd_build_t b, slong j, qd_sum_t S)
{
    fmpq_poly_zero(g);
    for (slong i = 0; i < S->n; i++) carry(g, b, j, S->e + i);
}

/* ---- last layer --------------------------------------------------------------------------- */

static void negate(qd_sketch_t u)
{
    fmpq_poly_neg(u->r, u->r);
    fmpq_poly_neg(u->d, u->d);
}

static void add_readout(qd_build_t b, slong o, qd_sketch_t u, slong weight)
{
    fmpq_t w;
    fmpq_init(w);
    fmpq_set_si(w, weight, 1);
    qd_affine__add_unit(b->out + o, qd_build__add(b, b->depth, u), w);
    fmpq_clear(w);
}

static void read_pair(qd_build_t b, slong o, qd_summand *f)
{
    qd_sketch_t u;
    qd_sketch_struct *v = f->u;
    qd_sketch__init(u);
    fmpq_poly_neg(u->r, v->r);
    fmpq_poly_set(u->g, v->g);
    fmpq_poly_neg(u->d, v->d);
    add_readout(b, o, v, 1);
    add_readout(b, o, u, -1);
    qd_sketch__clear(u);
}

/* Two or more summands, one unit each. */
static void read_sum(qd_build_t b, slong o, qd_sum_t S)
{
    slong h = b->depth, degree = 0;
    fmpq_t C;
    fmpq_init(C);
    for (slong i = 0; i < S->n; i++) {
        degree = FLINT_MAX(degree, S->e[i].degree);
        if (fmpq_cmp(C, S->e[i].C) < 0) fmpq_set(C, S->e[i].C);
    }
    slong D = even(degree);
    while (D < WORD(1) << h && !qd_carry__is_exact(b, h - 1, D / 2)) D += 2;
    for (slong i = 1; i < S->n; i++) {
        negate(S->e[i].u);
        add_bound(S->e[i].u, b, h, D, C);
        add_readout(b, o, S->e[i].u, -1);
    }
    fmpq_mul_si(C, C, S->n - 1);
    add_bound(S->e[0].u, b, h, D, C);
    add_readout(b, o, S->e[0].u, 1);
    fmpq_clear(C);
}

void qd_sum__read(qd_build_t b, slong o, qd_sum_t S)
{
    if (S->n == 1) read_pair(b, o, S->e);
    else if (S->n > 1) read_sum(b, o, S);
}
