/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1.1: continuous splines of degree <= 2 on [A, B] by one hidden layer.

   Breakpoint t, jumps J_o = (x - t)(alpha_o + beta_o (x - t)), u = x - t or t - x (construct.h).
     (a) All J_o multiples of one J whose second root, if there is one, is not in (A, B): then J has one sign left
         of t in [A, B] and the other right of it, and [u > 0] J = e relu(e J), e its sign where u > 0: ONE unit.
     (b) Otherwise TWO: with s = A - 1, x - s > 0 on [A, B], so relu(u (x - s)) = [u > 0] u (x - s), and
         J_o = lambda (x - t) + beta (x - t)(x - s), lambda = alpha - beta (t - s).
   Base piece b_o x + c_o x^2 + const: |b x + c x^2| <= C = |b| R + |c| R^2 on [A, B], R = max(|A|, |B|), so
   b x + c x^2 = relu(b x + c x^2 + C) - C. As many units as the rank of the pairs (b_o, c_o): 0, 1 or 2.
   So at most 2 K + 1 units for one output, 2 K + 2 for several; K + 1 when all is linear, for then (a) holds and the
   ranks are at most 1. The base piece is one of least rank. */
#include "spline/construct.h"

/* The coefficients of x and x^2 (of v, with the origin 0) of each output. */
typedef struct {
    slong n;
    fmpq *b, *c;
} pairs;

static void pairs_init(pairs *P, slong n)
{
    P->n = n;
    P->b = _fmpq_vec_init(n);
    P->c = _fmpq_vec_init(n);
}

static void pairs_clear(pairs *P)
{
    _fmpq_vec_clear(P->b, P->n);
    _fmpq_vec_clear(P->c, P->n);
}

static void pairs_set(pairs *P, const fmpq_poly_struct *poly)
{
    for (slong o = 0; o < P->n; o++) {
        fmpq_poly_get_coeff_fmpq(P->b + o, poly + o, 1);
        fmpq_poly_get_coeff_fmpq(P->c + o, poly + o, 2);
    }
}

/* Rank of the (n, 2) matrix; *first is its first non-zero row. */
static slong rank(slong *first, const pairs *P)
{
    slong r = 0;
    fmpq_t x, y;
    fmpq_init(x);
    fmpq_init(y);
    for (slong o = 0; o < P->n && r < 2; o++) {
        if (fmpq_is_zero(P->b + o) && fmpq_is_zero(P->c + o)) continue;
        if (r == 0) {
            *first = o;
            r = 1;
            continue;
        }
        fmpq_mul(x, P->b + *first, P->c + o);
        fmpq_mul(y, P->c + *first, P->b + o);
        if (!fmpq_equal(x, y)) r = 2;
    }
    fmpq_clear(x);
    fmpq_clear(y);
    return r;
}

/* w with row o = w row first, for a matrix of rank 1. */
static void ratio(fmpq_t w, const pairs *P, slong o, slong first)
{
    if (fmpq_is_zero(P->c + first)) fmpq_div(w, P->b + o, P->b + first);
    else fmpq_div(w, P->c + o, P->c + first);
}

/* ---- base piece --------------------------------------------------------------------------- */

/* Adds relu(b x + c x^2 + C) for the p with these coefficients and returns its number. */
static slong add_bounded(fmpq_t C, qd_build_t b, const fmpq_poly_t p, const qd_spline_t s)
{
    fmpq_t R, a;
    fmpq_poly_t q;
    fmpq_init(R);
    fmpq_init(a);
    fmpq_poly_init(q);
    fmpq_abs(R, s->lo);
    fmpq_abs(a, s->hi);
    if (fmpq_cmp(R, a) < 0) fmpq_set(R, a);
    fmpq_zero(C);
    for (slong k = 2; k >= 1; k--) {
        fmpq_poly_get_coeff_fmpq(a, p, k);
        fmpq_abs(a, a);
        fmpq_add(C, C, a);
        fmpq_mul(C, C, R);
    }
    fmpq_poly_set(q, p);
    fmpq_poly_set_coeff_fmpq(q, 0, C);
    slong unit = qd_carry__unit(b, 1, q);
    fmpq_clear(R);
    fmpq_clear(a);
    fmpq_poly_clear(q);
    return unit;
}

/* out_o += w (unit - C) */
static void read_unit(qd_build_t b, slong o, slong unit, const fmpq_t w, const fmpq_t C)
{
    fmpq_t t;
    fmpq_init(t);
    fmpq_mul(t, w, C);
    fmpq_neg(t, t);
    qd_affine__add_unit(b->out + o, unit, w);
    qd_affine__add_constant(b->out + o, t);
    fmpq_clear(t);
}

static void add_base(qd_build_t b, const qd_jumps_t J, const qd_spline_t s)
{
    pairs P;
    slong first = 0;
    fmpq_t w, C;
    fmpq_poly_t p;
    fmpq_init(w);
    fmpq_init(C);
    fmpq_poly_init(p);
    pairs_init(&P, J->outputs);
    pairs_set(&P, J->poly);
    for (slong o = 0; o < P.n; o++) {
        fmpq_poly_get_coeff_fmpq(w, J->poly + o, 0);
        fmpq_poly_set_fmpq(b->out + o, w);
    }
    slong r = rank(&first, &P);
    if (r == 1) {
        slong unit = add_bounded(C, b, J->poly + first, s);
        for (slong o = 0; o < P.n; o++) {
            ratio(w, &P, o, first);
            read_unit(b, o, unit, w, C);
        }
    }
    for (slong k = 1; k <= 2 && r == 2; k++) {
        fmpq_poly_zero(p);
        fmpq_poly_set_coeff_si(p, k, 1);
        slong unit = add_bounded(C, b, p, s);
        for (slong o = 0; o < P.n; o++) read_unit(b, o, unit, (k == 1 ? P.b : P.c) + o, C);
    }
    pairs_clear(&P);
    fmpq_clear(w);
    fmpq_clear(C);
    fmpq_poly_clear(p);
}

/* ---- breakpoints -------------------------------------------------------------------------- */

/* Case (a) for the jump p, root t: is its second root outside (A, B)? With t double it is not. */
static bool second_root_outside(const fmpq_poly_t p, const fmpq_t t, const qd_spline_t s)
{
    fmpq_t b, c;
    bool outside = true;
    fmpq_init(b);
    fmpq_init(c);
    fmpq_poly_get_coeff_fmpq(c, p, 2);
    if (!fmpq_is_zero(c)) {
        fmpq_poly_get_coeff_fmpq(b, p, 1);
        fmpq_div(b, b, c);
        fmpq_add(b, b, t);
        fmpq_neg(b, b); /* the sum of the roots is -b/c */
        outside = fmpq_cmp(b, s->lo) <= 0 || fmpq_cmp(b, s->hi) >= 0;
    }
    fmpq_clear(b);
    fmpq_clear(c);
    return outside;
}

/* The sign of p, case (a), on the side of t where the jump acts. */
static int acting_sign(const fmpq_poly_t p, const fmpq_t t, int side, const qd_spline_t s)
{
    fmpq_t x;
    fmpq_init(x);
    fmpq_add(x, t, side > 0 ? s->hi : s->lo);
    fmpq_div_2exp(x, x, 1);
    fmpq_poly_evaluate_fmpq(x, p, x);
    int sign = fmpq_sgn(x);
    fmpq_clear(x);
    return sign;
}

static void add_one(qd_build_t b, const qd_jumps_t J, slong i, const pairs *P, slong first, const qd_spline_t s)
{
    fmpq_t w;
    fmpq_poly_t p;
    fmpq_init(w);
    fmpq_poly_init(p);
    int e = acting_sign(qd_jumps__at(J, i, first), J->at + i, qd_jumps__side(J, i), s);
    fmpq_poly_scalar_mul_si(p, qd_jumps__at(J, i, first), e);
    slong unit = qd_carry__unit(b, 1, p);
    for (slong o = 0; o < P->n; o++) {
        ratio(w, P, o, first);
        if (e < 0) fmpq_neg(w, w);
        qd_affine__add_unit(b->out + o, unit, w);
    }
    fmpq_clear(w);
    fmpq_poly_clear(p);
}

/* relu(u), relu(u (x - s)) */
static void add_two(qd_build_t b, const qd_jumps_t J, slong i, const pairs *P, const qd_spline_t s)
{
    int side = qd_jumps__side(J, i);
    fmpq_t root, w, t;
    fmpq_poly_t u, q;
    fmpq_init(root);
    fmpq_init(w);
    fmpq_init(t);
    fmpq_poly_init(u);
    fmpq_poly_init(q);
    qd_jumps__u(u, J, i);
    slong linear = qd_carry__unit(b, 1, u);
    fmpq_sub_si(root, s->lo, 1);
    fmpq_neg(w, root);
    fmpq_poly_set_coeff_si(q, 1, 1);
    fmpq_poly_set_coeff_fmpq(q, 0, w);
    fmpq_poly_mul(q, q, u);
    slong square = qd_carry__unit(b, 1, q);
    fmpq_add(t, J->at + i, root); /* lambda = b + c (t + s), for alpha = b + 2 c t */
    for (slong o = 0; o < P->n; o++) {
        fmpq_mul(w, P->c + o, t);
        fmpq_add(w, w, P->b + o);
        if (side < 0) fmpq_neg(w, w);
        qd_affine__add_unit(b->out + o, linear, w);
        fmpq_set(w, P->c + o);
        if (side < 0) fmpq_neg(w, w);
        qd_affine__add_unit(b->out + o, square, w);
    }
    fmpq_clear(root);
    fmpq_clear(w);
    fmpq_clear(t);
    fmpq_poly_clear(u);
    fmpq_poly_clear(q);
}

static void add_breakpoint(qd_build_t b, const qd_jumps_t J, slong i, const qd_spline_t s)
{
    pairs P;
    slong first = 0;
    pairs_init(&P, J->outputs);
    pairs_set(&P, qd_jumps__at(J, i, 0));
    if (rank(&first, &P) == 1 && second_root_outside(qd_jumps__at(J, i, first), J->at + i, s)) add_one(b, J, i, &P, first, s);
    else add_two(b, J, i, &P, s);
    pairs_clear(&P);
}

slong qd_plan__interval_width(slong degree, slong nbreaks, slong outputs)
{
    return degree <= 1 ? nbreaks + 1 : 2 * nbreaks + (outputs > 1 ? 2 : 1);
}

static slong choose_base(const qd_spline_t s)
{
    pairs P;
    slong best = 0, least = 3, first;
    pairs_init(&P, s->outputs);
    for (slong i = 0; i <= s->nbreaks; i++) {
        pairs_set(&P, qd_spline_poly(s, i, 0));
        slong r = rank(&first, &P);
        if (r >= least) continue;
        best = i;
        least = r;
    }
    pairs_clear(&P);
    return best;
}

void qd_plan__interval(qd_build_t b, const qd_spline_t s)
{
    qd_jumps_t J;
    qd_build_t c;
    fmpq_t zero;
    fmpq_init(zero);
    qd_jumps__init(J);
    qd_jumps__set(J, s, choose_base(s), zero);
    qd_build__init(c, 1, s->outputs, zero, false);
    add_base(c, J, s);
    for (slong i = 0; i < s->nbreaks; i++) add_breakpoint(c, J, i, s);
    qd_build__swap(b, c);
    qd_build__clear(c);
    qd_jumps__clear(J);
    fmpq_clear(zero);
}
