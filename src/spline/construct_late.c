/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units of the last layer h, where every polynomial of degree <= 2^h is one pre-activation (construct_carry.c).

   Breakpoint i, jump J of one output, u = u_i, degree(J) <= 2^h - 1, J = 0 at u = 0.
     (a) J changes its sign at u = 0 and nowhere else. Then [u > 0] J = e relu(e J) with e the sign of J on u > 0: ONE
         unit. Decided exactly: the product of the irreducible factors of odd multiplicity vanishes at u = 0 and has no
         other real root.
     (b) Otherwise let J = sum of g_k u^k over l <= k <= n with l and n odd, C = sum of |g_k| and Z = C (u^l + u^n).
         As |u|^k <= |u|^l + |u|^n, |J| <= |Z|: J + Z and Z are >= 0 for u > 0 and <= 0 for u < 0, hence
         [u > 0] J = relu(J + Z) - relu(Z): TWO units. The smallest such n is <= 2^h - 1; the largest l asks for the
         fewest powers.

   Polynomial P: P = relu(P) - relu(-P); one unit when it is of even degree: with e the sign of its leading
   coefficient, e P + C >= 0 for a C, and P = e relu(e P + C) - e C. For P = sum of p_k v^k take
   R = 1 + sum_(k<n) |p_k / p_n|: e P >= 0 for |v| >= R, and C = sum |p_k| R^k >= |P| for |v| <= R. */
#include "spline/construct.h"

/* Adds the unit relu(e p) to the last layer, with weight w on output o; e, w = 1 or -1. */
static void add_unit(qd_build_t b, const fmpq_poly_t p, int e, int w, slong o)
{
    fmpq_t c;
    fmpq_poly_t q;
    fmpq_init(c);
    fmpq_poly_init(q);
    fmpq_set_si(c, w, 1);
    fmpq_poly_scalar_mul_si(q, p, e);
    qd_affine__add_unit(b->out + o, qd_carry__unit(b, b->depth, q), c);
    fmpq_clear(c);
    fmpq_poly_clear(q);
}

static int leading_sign(const fmpq_poly_t p)
{
    return fmpz_sgn(fmpq_poly_numref(p) + fmpq_poly_degree(p));
}

/* Does p, p(0) = 0, change its sign at 0 and nowhere else? */
static qd_status changes_once(bool *once, const fmpq_poly_t p, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    fmpz_poly_t num;
    qd_alg_list_t roots;
    fmpz_poly_init(num);
    qd_alg_list_init(roots);
    fmpq_poly_get_numerator(num, p);
    qd_root_odd_part(num, num);
    *once = fmpz_is_zero(fmpz_poly_get_coeff_ptr(num, 0));
    if (*once) {
        fmpz_poly_shift_right(num, num, 1);
        st = qd_root_isolate(roots, num, NULL, NULL, ctx);
        *once = roots->n == 0;
    }
    qd_alg_list_clear(roots);
    fmpz_poly_clear(num);
    return st;
}

qd_status qd_late__signs(int *sign, const qd_jumps_t J, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    fmpq_poly_t p;
    fmpq_poly_init(p);
    for (slong k = 0; k < J->nbreaks * J->outputs && st == QD_OK; k++) {
        bool once = false;
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        qd_jumps__to_u(p, J, k / J->outputs, J->jump + k);
        if (fmpq_poly_degree(p) % 2 == 1) st = changes_once(&once, p, ctx);
        sign[k] = once ? leading_sign(p) : 0;
    }
    fmpq_poly_clear(p);
    return st;
}

slong qd_late__cost(const qd_jumps_t J, slong i, const int *sign)
{
    slong cost = 0;
    for (slong o = 0; o < J->outputs; o++)
        if (!fmpq_poly_is_zero(qd_jumps__at(J, i, o))) cost += sign[i * J->outputs + o] != 0 ? 1 : 2;
    return cost;
}

/* c = sum of |p_k| r^k */
static void norm(fmpq_t c, const fmpq_poly_t p, const fmpq_t r)
{
    fmpq_t a;
    fmpq_init(a);
    fmpq_zero(c);
    for (slong k = fmpq_poly_degree(p); k >= 0; k--) {
        fmpq_poly_get_coeff_fmpq(a, p, k);
        fmpq_abs(a, a);
        fmpq_mul(c, c, r);
        fmpq_add(c, c, a);
    }
    fmpq_clear(a);
}

/* z = C (u^l + u^n) of case (b) */
static void dominate(fmpq_poly_t z, const fmpq_poly_t p)
{
    fmpq_t c, one;
    fmpq_init(c);
    fmpq_init(one);
    fmpq_one(one);
    norm(c, p, one);
    slong l = 1, n = fmpq_poly_degree(p) | 1;
    while (l + 2 <= n && fmpz_is_zero(fmpq_poly_numref(p) + l) && fmpz_is_zero(fmpq_poly_numref(p) + l + 1)) l += 2;
    fmpq_poly_zero(z);
    fmpq_poly_set_coeff_fmpq(z, n, c);
    fmpq_poly_set_coeff_fmpq(z, l, c);
    fmpq_clear(c);
    fmpq_clear(one);
}

void qd_late__breakpoint(qd_build_t b, const qd_jumps_t J, slong i, const int *sign)
{
    fmpq_poly_t p, z;
    fmpq_poly_init(p);
    fmpq_poly_init(z);
    for (slong o = 0; o < J->outputs; o++) {
        const fmpq_poly_struct *jump = qd_jumps__at(J, i, o);
        if (fmpq_poly_is_zero(jump)) continue;
        int e = sign[i * J->outputs + o];
        if (e != 0) {
            add_unit(b, jump, e, e, o);
            continue;
        }
        qd_jumps__to_u(p, J, i, jump);
        dominate(z, p);
        qd_jumps__from_u(z, J, i, z);
        fmpq_poly_add(p, jump, z);
        add_unit(b, p, 1, 1, o);
        add_unit(b, z, 1, -1, o);
    }
    fmpq_poly_clear(p);
    fmpq_poly_clear(z);
}

/* c = the C of the header for p of even degree. */
static void lower_bound(fmpq_t c, const fmpq_poly_t p)
{
    fmpq_t r, one;
    fmpq_poly_t q;
    fmpq_init(r);
    fmpq_init(one);
    fmpq_poly_init(q);
    fmpq_one(one);
    fmpq_poly_make_monic(q, p);
    norm(r, q, one); /* 1 + sum of |p_k / p_n| */
    norm(c, p, r);
    fmpq_clear(r);
    fmpq_clear(one);
    fmpq_poly_clear(q);
}

static void even_degree(qd_build_t b, const fmpq_poly_t p, slong o)
{
    int e = leading_sign(p);
    fmpq_t c;
    fmpq_poly_t q;
    fmpq_init(c);
    fmpq_poly_init(q);
    lower_bound(c, p);
    if (e < 0) fmpq_neg(c, c);
    fmpq_poly_set(q, p);
    qd_affine__add_constant(q, c); /* e q >= 0 and p = e relu(e q) - c */
    add_unit(b, q, e, e, o);
    fmpq_neg(c, c);
    qd_affine__add_constant(b->out + o, c);
    fmpq_clear(c);
    fmpq_poly_clear(q);
}

void qd_late__poly(qd_build_t b, const qd_jumps_t J)
{
    for (slong o = 0; o < J->outputs; o++) {
        const fmpq_poly_struct *p = J->poly + o;
        if (fmpq_poly_degree(p) < 1) fmpq_poly_add(b->out + o, b->out + o, p);
        else if (fmpq_poly_degree(p) % 2 == 0) even_degree(b, p, o);
        else {
            add_unit(b, p, 1, 1, o);
            add_unit(b, p, -1, -1, o);
        }
    }
}
