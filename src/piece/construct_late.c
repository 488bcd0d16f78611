/* Units of the last layer h, where every polynomial of degree <= 2^h is one pre-activation (construct_carry.c).

   Breakpoint i, jump J of one output, u = u_i, degree(J) <= 2^h - 1, J = 0 at u = 0.
     (a) J changes its sign at u = 0 and nowhere else. Then [u > 0] J = e relu(e J) with e the sign of J on u > 0: ONE
         unit. Decided exactly: the product of the irreducible factors of odd multiplicity vanishes at u = 0 and has no
         other real root.
     (b) Otherwise let J = sum of g_k u^k, n >= degree(J) odd, C = sum of |g_k| and Z = C (u + u^n). For 1 <= k <= n
         |u|^k <= |u| + |u|^n, so |J| <= |Z|: J + Z and Z are >= 0 for u > 0 and <= 0 for u < 0, hence
         [u > 0] J = relu(J + Z) - relu(Z): TWO units. The smallest such n is <= 2^h - 1.

   Polynomial P: P = relu(P) - relu(-P); one unit when it is of even degree: with e the sign of its leading
   coefficient, e P + C >= 0 for a C, and P = e relu(e P + C) - e C. For P = sum of p_k v^k take
   R = 1 + sum_(k<n) |p_k / p_n|: e P >= 0 for |v| >= R, and C = sum |p_k| R^k >= |P| for |v| <= R. */
#include "piece/construct.h"

/* Adds the unit relu(e p) to the last layer, e = 1 or -1, with weight w on output o. */
static void add_unit(qd_build_t b, const fmpq_poly_t p, int e, const fmpq_t w, slong o)
{
    qd_sketch_t u;
    fmpq_poly_t q;
    qd_sketch_init(u);
    fmpq_poly_init(q);
    if (e > 0) fmpq_poly_set(q, p);
    else fmpq_poly_neg(q, p);
    qd_carry_sketch(u, b, b->depth, q);
    qd_affine_add_unit(b->out + o, qd_build_add(b, b->depth, u), w);
    fmpq_poly_clear(q);
    qd_sketch_clear(u);
}

static void add_signed(qd_build_t b, const fmpq_poly_t p, int e, int w, slong o)
{
    fmpq_t c;
    fmpq_init(c);
    fmpq_set_si(c, w, 1);
    add_unit(b, p, e, c, o);
    fmpq_clear(c);
}

static int leading_sign(const fmpq_poly_t p)
{
    return fmpz_sgn(fmpq_poly_numref(p) + fmpq_poly_degree(p));
}

/* Case (a): the sign of p(u) for u > 0 if it changes its sign at 0 and nowhere else, else 0. */
static int sign_if_odd(const fmpq_poly_t p)
{
    fmpz_poly_t num;
    fmpz_poly_init(num);
    fmpq_poly_get_numerator(num, p);
    qd_root_odd_part(num, num);
    bool odd = fmpz_is_zero(fmpz_poly_get_coeff_ptr(num, 0)) && fmpz_poly_num_real_roots(num) == 1;
    fmpz_poly_clear(num);
    return odd ? leading_sign(p) : 0;
}

slong qd_late_cost(const qd_jumps_t J, slong i)
{
    slong cost = 0;
    fmpq_poly_t p;
    fmpq_poly_init(p);
    for (slong o = 0; o < J->outputs; o++) {
        qd_jumps_to_u(p, J, i, qd_jumps_at(J, i, o));
        if (!fmpq_poly_is_zero(p)) cost += sign_if_odd(p) != 0 ? 1 : 2;
    }
    fmpq_poly_clear(p);
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

/* z = C (u + u^n) of case (b) */
static void dominate(fmpq_poly_t z, const fmpq_poly_t p)
{
    fmpq_t c, one;
    fmpq_init(c);
    fmpq_init(one);
    fmpq_one(one);
    norm(c, p, one);
    fmpq_poly_zero(z);
    fmpq_poly_set_coeff_fmpq(z, fmpq_poly_degree(p) | 1, c);
    fmpq_poly_set_coeff_fmpq(z, 1, c);
    fmpq_clear(c);
    fmpq_clear(one);
}

void qd_late_breakpoint(qd_build_t b, const qd_jumps_t J, slong i)
{
    fmpq_poly_t p, z;
    fmpq_poly_init(p);
    fmpq_poly_init(z);
    for (slong o = 0; o < J->outputs; o++) {
        const fmpq_poly_struct *jump = qd_jumps_at(J, i, o);
        if (fmpq_poly_is_zero(jump)) continue;
        qd_jumps_to_u(p, J, i, jump);
        int e = sign_if_odd(p);
        if (e != 0) {
            add_signed(b, jump, e, e, o);
            continue;
        }
        dominate(z, p);
        qd_jumps_from_u(z, J, i, z);
        fmpq_poly_add(p, jump, z);
        add_signed(b, p, 1, 1, o);
        add_signed(b, z, 1, -1, o);
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
    norm(r, q, one);                                   /* 1 + sum of |p_k / p_n| */
    norm(c, p, r);
    fmpq_clear(r);
    fmpq_clear(one);
    fmpq_poly_clear(q);
}

static void even_degree(qd_build_t b, const fmpq_poly_t p, slong o)
{
    int e = leading_sign(p);
    fmpq_t c;
    fmpq_poly_t q, constant;
    fmpq_init(c);
    fmpq_poly_init(q);
    fmpq_poly_init(constant);
    lower_bound(c, p);
    if (e < 0) fmpq_neg(c, c);
    fmpq_poly_set_fmpq(constant, c);
    fmpq_poly_add(q, p, constant);                     /* e q >= 0 and p = e relu(e q) - constant */
    add_signed(b, q, e, e, o);
    fmpq_poly_sub(b->out + o, b->out + o, constant);
    fmpq_clear(c);
    fmpq_poly_clear(q);
    fmpq_poly_clear(constant);
}

void qd_late_poly(qd_build_t b, const qd_jumps_t J)
{
    for (slong o = 0; o < J->outputs; o++) {
        const fmpq_poly_struct *p = J->poly + o;
        if (fmpq_poly_degree(p) < 1) fmpq_poly_add(b->out + o, b->out + o, p);
        else if (fmpq_poly_degree(p) % 2 == 0) even_degree(b, p, o);
        else {
            add_signed(b, p, 1, 1, o);
            add_signed(b, p, -1, -1, o);
        }
    }
}
