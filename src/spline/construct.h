/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the construction share.

   jumps   a spline as one piece and its jumps
   build   a network that grows unit by unit in any layer
   carry   powers of v in every layer, on demand
   sum     neurons whose sum is wanted
   plans   the constructions themselves

   Throughout v = x - a for one rational a, the origin. */
#ifndef QD_SPLINE_CONSTRUCT_H
#define QD_SPLINE_CONSTRUCT_H

#include "spline/spline.h"

/* ---- jumps -------------------------------------------------------------------------------- */

/* s = P + sum over the breakpoints t_i of [u_i > 0] J_i, with P the base piece and u_i = x - t_i to the right of the
   base piece (i >= base), t_i - x to its left. Everything as a function of v. */
typedef struct {
    slong degree, nbreaks, outputs;
    slong base; /* number of the base piece */
    fmpq_t origin;
    fmpq *at;               /* owned: t_i - origin */
    fmpq_poly_struct *poly; /* owned, length outputs: P(v) */
    fmpq_poly_struct *jump; /* owned, (nbreaks, outputs): J_i(v) */
} qd_jumps_struct;
typedef qd_jumps_struct qd_jumps_t[1];

void qd_jumps__init(qd_jumps_t J);
void qd_jumps__clear(qd_jumps_t J);
/* Breakpoints of s rational in form. */
void qd_jumps__set(qd_jumps_t J, const qd_spline_t s, slong base, const fmpq_t origin);
fmpq_poly_struct *qd_jumps__at(const qd_jumps_t J, slong i, slong output);
/* 1 when u_i = x - t_i, -1 when u_i = t_i - x. */
int qd_jumps__side(const qd_jumps_t J, slong i);
/* p = u_i as a polynomial of v. */
void qd_jumps__u(fmpq_poly_t p, const qd_jumps_t J, slong i);
/* p(v) as a polynomial of u_i, and back. */
void qd_jumps__to_u(fmpq_poly_t q, const qd_jumps_t J, slong i, const fmpq_poly_t p);
void qd_jumps__from_u(fmpq_poly_t q, const qd_jumps_t J, slong i, const fmpq_poly_t p);

/* ---- build -------------------------------------------------------------------------------- */

/* An affine function of the units a_0, a_1, ... of a layer is kept as an fmpq_poly: its constant, then the weights of
   the units in order. So functions of a layer that still grows need no care. */

/* Pre-activation r g + d_0 + sum of d_(i+1) a_i^2 over the units of the layer before; r and g affine. */
typedef struct {
    fmpq_poly_t r, g, d;
} qd_sketch_struct;
typedef qd_sketch_struct qd_sketch_t[1];

typedef struct {
    slong n, room;
    qd_sketch_struct *unit; /* owned */
    slong *power;           /* owned, length 2^j + 1 in layer j: the unit that carries v^m, or -1 */
} qd_build_layer;

typedef struct {
    slong depth, outputs;
    fmpq_t origin;
    bool shift;            /* even powers below 2^j are carried as v^m + 1; see construct_carry.c */
    qd_build_layer *layer; /* owned, length depth + 1; layer 0 is the input and has no units here */
    fmpq_poly_struct *out; /* owned, length outputs: the readout, affine in the last layer */
} qd_build_struct;
typedef qd_build_struct qd_build_t[1];

void qd_sketch__init(qd_sketch_t u);
void qd_sketch__clear(qd_sketch_t u);

void qd_build__init(qd_build_t b, slong depth, slong outputs, const fmpq_t origin, bool shift);
void qd_build__clear(qd_build_t b);
void qd_build__swap(qd_build_t a, qd_build_t b);
slong qd_build__width(const qd_build_t b);
slong qd_build__units(const qd_build_t b);
/* Appends relu(u) to layer j >= 1 and returns its number; u is emptied. */
slong qd_build__add(qd_build_t b, slong j, qd_sketch_t u);
/* f += c a_i, f += c */
void qd_affine__add_unit(fmpq_poly_t f, slong i, const fmpq_t c);
void qd_affine__add_constant(fmpq_poly_t f, const fmpq_t c);
/* The network; a hidden layer without units gets one that is 0. */
void qd_build__net(qd_net_t net, const qd_build_t b);

/* ---- carry -------------------------------------------------------------------------------- */

/* f = v^m as an affine function of layer j, 0 <= m <= 2^j; adds the units that are needed. */
void qd_carry__power(fmpq_poly_t f, qd_build_t b, slong j, slong m);
/* f = p(v), degree(p) <= 2^j. */
void qd_carry__poly(fmpq_poly_t f, qd_build_t b, slong j, const fmpq_poly_t p);
/* Is there a unit in layer j whose value is exactly v^m? */
bool qd_carry__is_exact(const qd_build_t b, slong j, slong m);
/* Adds the unit relu(p(v)) to layer j >= 1 and returns its number; degree(p) <= 2^j, and b->shift unless j = 1. */
slong qd_carry__unit(qd_build_t b, slong j, const fmpq_poly_t p);

/* ---- sum --------------------------------------------------------------------------------- */

/* A neuron f of some layer j >= 2, with |f| <= C (1 + v^D) for every even D >= degree. */
typedef struct {
    qd_sketch_t u;
    fmpq_t C;
    slong degree; /* <= 2^j */
    bool affine;  /* u->g is 1 */
} qd_summand;

typedef struct {
    slong n, room;
    qd_summand *e; /* owned */
} qd_sum_struct;
typedef qd_sum_struct qd_sum_t[1];

void qd_sum__init(qd_sum_t S);
void qd_sum__clear(qd_sum_t S);
/* The new summand, whose u is 0 and for the caller to fill; valid until the next one is added. */
qd_summand *qd_sum__add(qd_sum_t S, const fmpq_t C, slong degree, bool affine);
/* g = the sum as an affine function of layer j; uses S up. */
void qd_sum__carry(fmpq_poly_t g, qd_build_t b, slong j, qd_sum_t S);
/* Adds the sum, neurons of the last layer, to output o; uses S up. */
void qd_sum__read(qd_build_t b, slong o, qd_sum_t S);

/* ---- plans -------------------------------------------------------------------------------- */

/* construct_interval.c: one hidden layer on [lo, hi], degree <= 2; the width that it never exceeds. */
void qd_plan__interval(qd_build_t b, const qd_spline_t s);
slong qd_plan__interval_width(slong degree, slong nbreaks, slong outputs);
/* construct_line.c: the whole line, any degree; its depth, and the width that it never exceeds. */
qd_status qd_plan__line(qd_build_t b, const qd_spline_t s, qd_ctx_t ctx);
slong qd_plan__line_depth(slong degree, slong nbreaks);
slong qd_plan__line_width(slong degree, slong nbreaks, slong outputs);

/* construct_direct.c: degree 1, with b->depth 1; J->base is 0 or the base piece constant. */
void qd_plan__linear(qd_build_t b, const qd_jumps_t J);
/* Is s = constants + gammas (u)_+^N with one breakpoint, at v = 0, and N even? Such splines. */
bool qd_plan__is_even_power(const qd_jumps_t J);
void qd_plan__even_power(qd_build_t b, const qd_jumps_t J);

/* construct_late.c: units of the last layer.
   sign   (nbreaks, outputs): the sign of J_i on u_i > 0 where one unit is enough for it, else 0 */
qd_status qd_late__signs(int *sign, const qd_jumps_t J, qd_ctx_t ctx);
/* Number of units that breakpoint i takes. */
slong qd_late__cost(const qd_jumps_t J, slong i, const int *sign);
void qd_late__breakpoint(qd_build_t b, const qd_jumps_t J, slong i, const int *sign);
void qd_late__poly(qd_build_t b, const qd_jumps_t J);

/* construct_early.c: the base piece and the breakpoints with early[i], from hinges of the first layer. */
void qd_early__units(qd_build_t b, const qd_jumps_t J, const bool *early);

#endif
