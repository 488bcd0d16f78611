/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The base piece and early breakpoints: one hinge a breakpoint in the first layer, and from then on a width that does
   not depend on the number of breakpoints.

   Let U_i = (u_i)_+, the hinges of layer 1, and N = degree >= 2, h = b->depth layers, N < 2^h. A jump vanishes at its
   breakpoint, so [u_i > 0] J_i = U_i q_i(v) with degree(q_i) <= N - 1, and

       s = P(0) + sum_(k<N) v^k H_k,     H_k = sum_i q_(i,k) U_i + [k > 0] p_k + [k = N-1] p_N v

   with every H_k affine in layer 1, which carries v and z = v^2. In pairs, with d = floor(N/2) - 1,

       s = P(0) + sum_(m<=d) z^m G_m,    G_m = H_2m + v H_(2m+1)  ( + z H_(N-1) for m = d and N odd).

   Layer 2. v U_i = (v - t_i) U_i + t_i U_i = +-U_i^2 + t_i U_i, so H_2m + v H_(2m+1) is an affine function plus a
   diagonal form of layer 1: ONE neuron. z H_(N-1) is a product: one more.
   Layers 3..h. Layer j has capacity c_j = 2^(j-1) - 2 = sum of 2^(i-2), i = 3..j: sum_(lo<=m<=hi) z^(m-base) G_m
   with hi - base <= c_j is a sum of neurons z^e F of layer j, where e <= 2^(j-2), so that z^e is affine in layer
   j - 1, and F is again such a sum, for layer j - 1 (split below; two neurons, three only when hi - base = c_j).
   In layer h that is s - P(0), because d <= c_h.

   A neuron f becomes a unit by a bound |f| <= C (1 + v^D) for all even D >= degree(f) (construct_sum.c): since
   |U_i| <= |v| + |t_i| and |v|^k <= 1 + v^D for k <= D,
       |v^k H_k| <= C_k (1 + v^D) with C_k = |p_k| + [k = N-1] |p_N| + sum_i |q_(i,k)| (1 + |t_i|),
   where multiplication by a power of z leaves C_k as it is.

   Width, without late breakpoints. Layer 1: the hinges, v and z, at most K + 2. Layer j, 2 <= j < h: one unit for each
   neuron above, which use disjoint sets of the at most ceil(N/2) parts (G_0..G_d, z H_(N-1)); and even powers of v up
   to 2^j <= 2^(h-1), at most 2^(h-2). Layer h: for each output 2, or 3 when d = c_h (N >= 6). So with
   M = 2^(h-1) <= N and p outputs
       width <= max(K + 2, p ceil(N/2) + M/2, 2 p or 3 p),   for p = 1   width <= max(K + 2, N). */
#include "spline/construct.h"

#include <assert.h>
#include <stdlib.h>

typedef struct {
    qd_build_struct *b;       /* borrowed */
    const qd_jumps_struct *J; /* borrowed */
    slong *hinge;             /* unit of U_i in layer 1, or -1; length K */
    fmpq_poly_struct *q;      /* (K, outputs); 0 for late breakpoints */
    fmpq_poly_struct *poly;   /* P - P(0), length outputs */
    fmpq *norm;               /* C_k, (outputs, N) */
} state;

/* ---- setup -------------------------------------------------------------------------------- */

/* q = J_i / u_i, a polynomial of v. */
static void divide(fmpq_poly_t q, const qd_jumps_t J, slong i, const fmpq_poly_t jump)
{
    fmpq_poly_t p;
    fmpq_poly_init(p);
    qd_jumps__to_u(p, J, i, jump);
    fmpq_poly_shift_right(p, p, 1);
    qd_jumps__from_u(q, J, i, p);
    fmpq_poly_clear(p);
}

static slong add_hinge(qd_build_t b, const qd_jumps_t J, slong i)
{
    fmpq_poly_t u;
    fmpq_poly_init(u);
    qd_jumps__u(u, J, i);
    slong unit = qd_carry__unit(b, 1, u);
    fmpq_poly_clear(u);
    return unit;
}

/* c += |p_k| w */
static void add_norm(fmpq_t c, const fmpq_poly_t p, slong k, const fmpq_t w)
{
    fmpq_t a;
    fmpq_init(a);
    fmpq_poly_get_coeff_fmpq(a, p, k);
    fmpq_abs(a, a);
    fmpq_addmul(c, a, w);
    fmpq_clear(a);
}

static void set_norms(state *E)
{
    slong N = E->J->degree, p = E->J->outputs;
    fmpq_t one, w;
    fmpq_init(one);
    fmpq_init(w);
    fmpq_one(one);
    for (slong o = 0; o < p; o++) {
        fmpq *c = E->norm + o * N;
        for (slong k = 0; k <= N; k++) add_norm(c + FLINT_MIN(k, N - 1), E->poly + o, k, one);
        for (slong i = 0; i < E->J->nbreaks; i++) {
            fmpq_abs(w, E->J->at + i);
            fmpq_add(w, w, one);
            for (slong k = 0; k < N; k++) add_norm(c + k, E->q + i * p + o, k, w);
        }
    }
    fmpq_clear(one);
    fmpq_clear(w);
}

static void early_init(state *E, qd_build_t b, const qd_jumps_t J, const bool *early)
{
    slong K = J->nbreaks, p = J->outputs;
    E->b = b;
    E->J = J;
    E->hinge = qd_malloc(sizeof *E->hinge * (size_t) (K + 1));
    E->q = qd_malloc(sizeof *E->q * (size_t) (K * p + 1));
    E->poly = qd_malloc(sizeof *E->poly * (size_t) p);
    E->norm = _fmpq_vec_init(p * J->degree);
    for (slong o = 0; o < p; o++) {
        fmpq_poly_init(E->poly + o);
        fmpq_poly_set(E->poly + o, J->poly + o);
        fmpq_poly_set_coeff_si(E->poly + o, 0, 0);
    }
    for (slong i = 0; i < K; i++) {
        E->hinge[i] = early[i] ? add_hinge(b, J, i) : -1;
        for (slong o = 0; o < p; o++) {
            fmpq_poly_init(E->q + i * p + o);
            if (early[i]) divide(E->q + i * p + o, J, i, qd_jumps__at(J, i, o));
        }
    }
    set_norms(E);
}

static void early_clear(state *E)
{
    slong K = E->J->nbreaks, p = E->J->outputs;
    for (slong k = 0; k < K * p; k++) fmpq_poly_clear(E->q + k);
    for (slong o = 0; o < p; o++) fmpq_poly_clear(E->poly + o);
    _fmpq_vec_clear(E->norm, p * E->J->degree);
    free(E->q);
    free(E->poly);
    free(E->hinge);
}

/* ---- layer 2 ------------------------------------------------------------------------------ */

/* f = H_k, affine in layer 1 */
static void hinge_sum(fmpq_poly_t f, state *E, slong o, slong k)
{
    slong N = E->J->degree;
    fmpq_t c;
    fmpq_poly_t line;
    fmpq_init(c);
    fmpq_poly_init(line);
    if (k == N - 1) {
        fmpq_poly_get_coeff_fmpq(c, E->poly + o, N);
        fmpq_poly_set_coeff_fmpq(line, 1, c);
    }
    fmpq_poly_get_coeff_fmpq(c, E->poly + o, k);
    fmpq_poly_set_coeff_fmpq(line, 0, c);
    qd_carry__poly(f, E->b, 1, line);
    for (slong i = 0; i < E->J->nbreaks; i++) {
        fmpq_poly_get_coeff_fmpq(c, E->q + i * E->J->outputs + o, k);
        if (!fmpq_is_zero(c)) qd_affine__add_unit(f, E->hinge[i], c);
    }
    fmpq_clear(c);
    fmpq_poly_clear(line);
}

/* u += v H_k as an affine function plus a diagonal form */
static void add_v_times(qd_sketch_t u, state *E, slong o, slong k)
{
    slong N = E->J->degree;
    fmpq_t c, ct;
    fmpq_poly_t p, f;
    fmpq_init(c);
    fmpq_init(ct);
    fmpq_poly_init(p);
    fmpq_poly_init(f);
    fmpq_poly_get_coeff_fmpq(c, E->poly + o, k);
    fmpq_poly_set_coeff_fmpq(p, 1, c);
    if (k == N - 1) {
        fmpq_poly_get_coeff_fmpq(c, E->poly + o, N);
        fmpq_poly_set_coeff_fmpq(p, 2, c);
    }
    qd_carry__poly(f, E->b, 1, p);
    fmpq_poly_add(u->r, u->r, f);
    for (slong i = 0; i < E->J->nbreaks; i++) {
        fmpq_poly_get_coeff_fmpq(c, E->q + i * E->J->outputs + o, k);
        if (fmpq_is_zero(c)) continue;
        fmpq_mul(ct, c, E->J->at + i);
        qd_affine__add_unit(u->r, E->hinge[i], ct);
        if (qd_jumps__side(E->J, i) < 0) fmpq_neg(c, c);
        qd_affine__add_unit(u->d, E->hinge[i], c);
    }
    fmpq_clear(c);
    fmpq_clear(ct);
    fmpq_poly_clear(p);
    fmpq_poly_clear(f);
}

/* C = sum of C_k over k = from..to, k < N */
static void norm_of(fmpq_t C, const state *E, slong o, slong from, slong to)
{
    slong N = E->J->degree;
    fmpq_zero(C);
    for (slong k = from; k <= to && k < N; k++) fmpq_add(C, C, E->norm + o * N + k);
}

static void add_parts(qd_sum_t S, state *E, slong o, slong m)
{
    slong N = E->J->degree;
    fmpq_t C;
    fmpq_init(C);
    norm_of(C, E, o, 2 * m, 2 * m + 1);
    if (!fmpq_is_zero(C)) {
        qd_summand *f = qd_sum__add(S, C, 2, true);
        hinge_sum(f->u->r, E, o, 2 * m);
        add_v_times(f->u, E, o, 2 * m + 1);
        qd_carry__power(f->u->g, E->b, 1, 0);
    }
    norm_of(C, E, o, 2 * m + 2, 2 * m + 2);
    if (N == 2 * m + 3 && !fmpq_is_zero(C)) {
        qd_summand *f = qd_sum__add(S, C, 3, false);
        qd_carry__power(f->u->r, E->b, 1, 2);
        hinge_sum(f->u->g, E, o, 2 * m + 2);
    }
    fmpq_clear(C);
}

/* ---- layers 3..h -------------------------------------------------------------------------- */

static void span(fmpq_poly_t f, state *E, slong j, slong o, slong base, slong lo, slong hi);

static slong capacity(slong j)
{
    return (WORD(1) << (j - 1)) - 2;
}

static slong last_part(const state *E)
{
    return E->J->degree / 2 - 1;
}

/* Appends the neuron of layer j that is sum over m = lo..hi of z^(m-base) G_m = z^e times a function of layer j - 1. */
static void add_product(qd_sum_t S, state *E, slong j, slong o, slong base, slong lo, slong hi, slong e)
{
    slong N = E->J->degree;
    bool odd = N % 2 != 0 && hi == last_part(E);
    fmpq_t C;
    fmpq_init(C);
    norm_of(C, E, o, 2 * lo, 2 * hi + (odd ? 2 : 1));
    if (!fmpq_is_zero(C)) {
        qd_summand *f = qd_sum__add(S, C, 2 * (hi - base) + (odd ? 3 : 2), e == 0);
        qd_carry__power(f->u->g, E->b, j - 1, 2 * e);
        span(f->u->r, E, j - 1, o, base + e, lo, hi);
    }
    fmpq_clear(C);
}

/* Appends neurons of layer j whose sum is sum over m = lo..hi of z^(m-base) G_m. High powers come first: the power z^e
   that they ask for can then serve the others as a bound. */
static void split(qd_sum_t S, state *E, slong j, slong o, slong base, slong lo, slong hi)
{
    if (j == 2) {
        assert(lo == base && hi == base);
        add_parts(S, E, o, lo);
        return;
    }
    slong d = hi - base, c = capacity(j - 1), e = d <= c ? 0 : d <= 2 * c + 1 ? (d + 1) / 2 : c + 1;
    assert(d <= 2 * c + 2);
    if (d == 2 * c + 2) {
        add_product(S, E, j, o, base, hi, hi, c + 2);
        hi--;
    }
    if (e > 0) {
        slong from = FLINT_MAX(lo, base + e);
        if (from <= hi) add_product(S, E, j, o, base, from, hi, e);
        hi = base + e - 1;
    }
    if (lo <= hi) add_product(S, E, j, o, base, lo, hi, 0);
}

/* f = sum over m = lo..hi of z^(m-base) G_m, affine in layer j */
static void span(fmpq_poly_t f, state *E, slong j, slong o, slong base, slong lo, slong hi)
{
    qd_sum_t S;
    qd_sum__init(S);
    split(S, E, j, o, base, lo, hi);
    qd_sum__carry(f, E->b, j, S);
    qd_sum__clear(S);
}

/* ---- the whole ---------------------------------------------------------------------------- */

void qd_early__units(qd_build_t b, const qd_jumps_t J, const bool *early)
{
    state E;
    fmpq_t c;
    assert(b->depth >= 2 && J->degree >= 2 && J->degree < WORD(1) << b->depth);
    early_init(&E, b, J, early);
    fmpq_init(c);
    for (slong o = 0; o < J->outputs; o++) {
        qd_sum_t S;
        qd_sum__init(S);
        split(S, &E, b->depth, o, 0, 0, last_part(&E));
        qd_sum__read(b, o, S);
        qd_sum__clear(S);
        fmpq_poly_get_coeff_fmpq(c, J->poly + o, 0);
        qd_affine__add_constant(b->out + o, c);
    }
    fmpq_clear(c);
    early_clear(&E);
}
