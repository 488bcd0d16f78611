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

   What a neuron computes, f, becomes a unit by |f| <= C (1 + v^D), D even, D >= degree(f): relu(f + C (1 + v^D)) is
   affine again after subtracting C (1 + v^D), which layer j carries. v^D joins the pre-activation as the square
   of an exact unit, or as an affine term when f has no product. D = 2^j always works, by y_(j-1)^2. C: as
   |U_i| <= |v| + |t_i| and |v|^k <= 1 + v^D,
       |v^k H_k| <= C_k (1 + v^D) with C_k = |p_k| + [k = N-1] |p_N| + sum_i |q_(i,k)| (1 + |t_i|).
   In the last layer the neurons f_1..f_q give f_1 + .. + f_q = relu(f_1 + (q-1) E) - sum_(i>1) relu(E - f_i)
   with E = C (1 + v^D) >= |f_i|; for q = 1 it is relu(f) - relu(-f).

   Width. Layer 1: at most K + 2. Layer j >= 2: one unit for each neuron above; they use disjoint sets of the at
   most ceil(N/2) parts (G_0..G_d, z H_(N-1)); and even powers of v up to 2^j <= 2^(h-1), at most 2^(h-2). Layer h: for each
   output 2, or 3 when d = c_h (N >= 6). So with M = 2^(h-1) <= N and p outputs
       width <= max(K + 2, p ceil(N/2) + M/2, 2 p or 3 p),   for p = 1   width <= max(K + 2, N). */
#include "piece/construct.h"

#include <assert.h>
#include <stdlib.h>

typedef struct {
    qd_build_struct *b;                  /* borrowed */
    const qd_jumps_struct *J;            /* borrowed */
    slong *hinge;                        /* unit of U_i in layer 1, or -1; length K */
    fmpq_poly_struct *q;                 /* (K, outputs); 0 for late breakpoints */
    fmpq_poly_struct *poly;              /* P - P(0), length outputs */
    fmpq *norm;                          /* C_k, (outputs, N) */
} early_t;

/* A neuron of some layer: what it is, and |f| <= C (1 + v^D) for even D >= degree. */
typedef struct {
    qd_sketch_t u;
    fmpq_t C;
    slong degree;
    bool affine;                         /* g = 1 */
} summand;

typedef struct {
    slong n, room;
    summand *e;                          /* owned */
} sum_t;

/* ---- setup -------------------------------------------------------------------------------- */

/* q = J_i / u_i, a polynomial of v. */
static void divide(fmpq_poly_t q, const qd_jumps_t J, slong i, const fmpq_poly_t jump)
{
    fmpq_poly_t p;
    fmpq_poly_init(p);
    qd_jumps_to_u(p, J, i, jump);
    fmpq_poly_shift_right(p, p, 1);
    qd_jumps_from_u(q, J, i, p);
    fmpq_poly_clear(p);
}

static slong add_hinge(qd_build_t b, const qd_jumps_t J, slong i)
{
    qd_sketch_t u;
    fmpq_poly_t p;
    qd_sketch_init(u);
    fmpq_poly_init(p);
    fmpq_poly_set_coeff_si(p, 1, 1);
    qd_jumps_from_u(p, J, i, p);
    qd_carry_sketch(u, b, 1, p);
    slong unit = qd_build_add(b, 1, u);
    fmpq_poly_clear(p);
    qd_sketch_clear(u);
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

static void set_norms(early_t *E)
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

static void early_init(early_t *E, qd_build_t b, const qd_jumps_t J, const bool *early)
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
            if (early[i]) divide(E->q + i * p + o, J, i, qd_jumps_at(J, i, o));
        }
    }
    set_norms(E);
}

static void early_clear(early_t *E)
{
    slong K = E->J->nbreaks, p = E->J->outputs;
    for (slong k = 0; k < K * p; k++) fmpq_poly_clear(E->q + k);
    for (slong o = 0; o < p; o++) fmpq_poly_clear(E->poly + o);
    _fmpq_vec_clear(E->norm, p * E->J->degree);
    free(E->q);
    free(E->poly);
    free(E->hinge);
}

static void sum_init(sum_t *S)
{
    S->n = S->room = 0;
    S->e = NULL;
}

static void sum_clear(sum_t *S)
{
    for (slong i = 0; i < S->n; i++) {
        qd_sketch_clear(S->e[i].u);
        fmpq_clear(S->e[i].C);
    }
    free(S->e);
}

/* The new summand is 0 until its u is filled. */
static summand *sum_add(sum_t *S, const fmpq_t C, slong degree, bool affine)
{
    if (S->n == S->room) {
        S->room = 2 * S->room + 4;
        S->e = qd_realloc(S->e, sizeof *S->e * (size_t) S->room);
    }
    summand *f = S->e + S->n++;
    qd_sketch_init(f->u);
    fmpq_init(f->C);
    fmpq_set(f->C, C);
    f->degree = degree;
    f->affine = affine;
    return f;
}

/* ---- layer 2 ------------------------------------------------------------------------------ */

/* f = H_k, affine in layer 1 */
static void hinge_sum(fmpq_poly_t f, early_t *E, slong o, slong k)
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
    qd_carry_poly(f, E->b, 1, line);
    for (slong i = 0; i < E->J->nbreaks; i++) {
        fmpq_poly_get_coeff_fmpq(c, E->q + i * E->J->outputs + o, k);
        if (!fmpq_is_zero(c)) qd_affine_add_unit(f, E->hinge[i], c);
    }
    fmpq_clear(c);
    fmpq_poly_clear(line);
}

/* u += v H_k as an affine function plus a diagonal form */
static void add_v_times(qd_sketch_t u, early_t *E, slong o, slong k)
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
    qd_carry_poly(f, E->b, 1, p);
    fmpq_poly_add(u->r, u->r, f);
    for (slong i = 0; i < E->J->nbreaks; i++) {
        fmpq_poly_get_coeff_fmpq(c, E->q + i * E->J->outputs + o, k);
        if (fmpq_is_zero(c)) continue;
        fmpq_mul(ct, c, E->J->at + i);
        qd_affine_add_unit(u->r, E->hinge[i], ct);
        if (qd_jumps_side(E->J, i) < 0) fmpq_neg(c, c);
        qd_affine_add_unit(u->d, E->hinge[i], c);
    }
    fmpq_clear(c);
    fmpq_clear(ct);
    fmpq_poly_clear(p);
    fmpq_poly_clear(f);
}

/* C = sum of C_k over k = from..to, k < N */
static void norm_of(fmpq_t C, const early_t *E, slong o, slong from, slong to)
{
    slong N = E->J->degree;
    fmpq_zero(C);
    for (slong k = from; k <= to && k < N; k++) fmpq_add(C, C, E->norm + o * N + k);
}

static void add_parts(sum_t *S, early_t *E, slong o, slong m)
{
    slong N = E->J->degree;
    fmpq_t C;
    fmpq_init(C);
    norm_of(C, E, o, 2 * m, 2 * m + 1);
    if (!fmpq_is_zero(C)) {
        summand *f = sum_add(S, C, 2, true);
        hinge_sum(f->u->r, E, o, 2 * m);
        add_v_times(f->u, E, o, 2 * m + 1);
        qd_carry_power(f->u->g, E->b, 1, 0);
    }
    norm_of(C, E, o, 2 * m + 2, 2 * m + 2);
    if (N == 2 * m + 3 && !fmpq_is_zero(C)) {
        summand *f = sum_add(S, C, 3, false);
        qd_carry_power(f->u->r, E->b, 1, 2);
        hinge_sum(f->u->g, E, o, 2 * m + 2);
    }
    fmpq_clear(C);
}

/* ---- layers 3..h -------------------------------------------------------------------------- */

static void span(fmpq_poly_t f, early_t *E, slong j, slong o, slong base, slong lo, slong hi);

static slong capacity(slong j)
{
    return (WORD(1) << (j - 1)) - 2;
}

static slong last_part(const early_t *E)
{
    return E->J->degree / 2 - 1;
}

/* Appends the neuron of layer j that is sum over m = lo..hi of z^(m-base) G_m = z^e times a function of layer j - 1. */
static void add_product(sum_t *S, early_t *E, slong j, slong o, slong base, slong lo, slong hi, slong e)
{
    slong N = E->J->degree;
    bool odd = N % 2 != 0 && hi == last_part(E);
    fmpq_t C;
    fmpq_init(C);
    norm_of(C, E, o, 2 * lo, 2 * hi + (odd ? 2 : 1));
    if (!fmpq_is_zero(C)) {
        summand *f = sum_add(S, C, 2 * (hi - base) + (odd ? 3 : 2), e == 0);
        qd_carry_power(f->u->g, E->b, j - 1, 2 * e);
        span(f->u->r, E, j - 1, o, base + e, lo, hi);
    }
    fmpq_clear(C);
}

/* Appends neurons of layer j whose sum is sum over m = lo..hi of z^(m-base) G_m. High powers come first: the power z^e
   that they ask for can then serve the others as a bound. */
static void split(sum_t *S, early_t *E, slong j, slong o, slong base, slong lo, slong hi)
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

/* ---- units -------------------------------------------------------------------------------- */

/* Can v^D join the pre-activation of f in layer j with the units there are? */
static bool joins(const qd_build_t b, slong j, const summand *f, slong D)
{
    if (qd_carry_is_exact(b, j - 1, D / 2)) return true;
    return f->affine && D <= WORD(1) << (j - 1) && b->layer[j - 1].power[D] >= 0;
}

/* The smallest D that costs no unit, or 2^j. */
static slong choose_D(const qd_build_t b, slong j, const summand *f)
{
    for (slong D = (f->degree + 1) / 2 * 2; D < WORD(1) << j; D += 2)
        if (b->layer[j].power[D] >= 0 && joins(b, j, f, D)) return D;
    return WORD(1) << j;
}

/* u += C (1 + v^D) in layer j */
static void add_bound(qd_sketch_t u, qd_build_t b, slong j, slong D, const fmpq_t C)
{
    fmpq_t t;
    fmpq_poly_t power;
    fmpq_init(t);
    fmpq_poly_init(power);
    fmpq_poly_get_coeff_fmpq(t, u->d, 0);
    fmpq_add(t, t, C);
    fmpq_poly_set_coeff_fmpq(u->d, 0, t);
    if (D == WORD(1) << j) qd_carry_power(power, b, j - 1, D / 2);
    if (qd_carry_is_exact(b, j - 1, D / 2)) qd_affine_add_unit(u->d, b->layer[j - 1].power[D / 2], C);
    else {
        qd_carry_power(power, b, j - 1, D);
        fmpq_poly_scalar_mul_fmpq(power, power, C);
        fmpq_poly_add(u->r, u->r, power);
    }
    fmpq_clear(t);
    fmpq_poly_clear(power);
}

/* f += the function of the summand, as a unit of layer j < h. */
static void add_carried(fmpq_poly_t f, qd_build_t b, slong j, summand *a)
{
    fmpq_t one;
    fmpq_poly_t power;
    fmpq_init(one);
    fmpq_poly_init(power);
    fmpq_one(one);
    slong D = choose_D(b, j, a);
    add_bound(a->u, b, j, D, a->C);
    qd_carry_power(power, b, j, D);
    fmpq_poly_scalar_mul_fmpq(power, power, a->C);
    fmpq_poly_sub(f, f, power);
    fmpq_poly_set_fmpq(power, a->C);
    fmpq_poly_sub(f, f, power);
    qd_affine_add_unit(f, qd_build_add(b, j, a->u), one);
    fmpq_clear(one);
    fmpq_poly_clear(power);
}

/* f = sum over m = lo..hi of z^(m-base) G_m, affine in layer j */
static void span(fmpq_poly_t f, early_t *E, slong j, slong o, slong base, slong lo, slong hi)
{
    sum_t S;
    sum_init(&S);
    fmpq_poly_zero(f);
    split(&S, E, j, o, base, lo, hi);
    for (slong i = 0; i < S.n; i++) add_carried(f, E->b, j, S.e + i);
    sum_clear(&S);
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
    qd_affine_add_unit(b->out + o, qd_build_add(b, b->depth, u), w);
    fmpq_clear(w);
}

static void read_pair(qd_build_t b, slong o, summand *f)
{
    qd_sketch_t u;
    qd_sketch_struct *v = f->u;
    qd_sketch_init(u);
    fmpq_poly_neg(u->r, v->r);
    fmpq_poly_set(u->g, v->g);
    fmpq_poly_neg(u->d, v->d);
    add_readout(b, o, v, 1);
    add_readout(b, o, u, -1);
    qd_sketch_clear(u);
}

/* Two or more summands, one unit each. */
static void read_sum(qd_build_t b, slong o, sum_t *S)
{
    slong h = b->depth, degree = 0;
    fmpq_t C;
    fmpq_init(C);
    for (slong i = 0; i < S->n; i++) {
        degree = FLINT_MAX(degree, S->e[i].degree);
        if (fmpq_cmp(C, S->e[i].C) < 0) fmpq_set(C, S->e[i].C);
    }
    slong D = (degree + 1) / 2 * 2;
    while (D < WORD(1) << h && !qd_carry_is_exact(b, h - 1, D / 2)) D += 2;
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

void qd_early(qd_build_t b, const qd_jumps_t J, const bool *early)
{
    early_t E;
    fmpq_t c;
    assert(b->depth >= 2 && J->degree >= 2 && J->degree < WORD(1) << b->depth);
    early_init(&E, b, J, early);
    fmpq_init(c);
    for (slong o = 0; o < J->outputs; o++) {
        sum_t S;
        sum_init(&S);
        split(&S, &E, b->depth, o, 0, 0, last_part(&E));
        if (S.n == 1) read_pair(b, o, S.e);
        else if (S.n > 1) read_sum(b, o, &S);
        sum_clear(&S);
        fmpq_poly_t constant;
        fmpq_poly_init(constant);
        fmpq_poly_get_coeff_fmpq(c, J->poly + o, 0);
        fmpq_poly_set_fmpq(constant, c);
        fmpq_poly_add(b->out + o, b->out + o, constant);
        fmpq_poly_clear(constant);
    }
    fmpq_clear(c);
    early_clear(&E);
}
