/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1.2 and T1.3: splines of degree N on the whole line (an interval is extended by its end pieces).

   Depth. h = 1 + floor(log2 N) hidden layers; a polynomial (K = 0) takes ceil(log2 N), at least 1.
   Width, N >= 2. A breakpoint enters the network once: early, as one hinge unit of the first layer
   (construct_early.c), or late, as one or two units of the last (construct_late.c). Everything else does not depend
   on K. Plans, with p outputs and M = 2^(h-1):
     all early   width <= max(K + 2, p ceil(N/2) + M/2, 2 p or 3 p)
     all late    width <= max(M, 2 p + 2 p K)
     mixed       balances the first against the last layer: cubic C^2 splines take about K/2 + 2
     squares     at most 2 units a layer, for a truncated power with N even (N odd: all late does it)
   The narrowest is taken, so for p = 1 the width is at most max(K + 2, N), below 2 K + 2 N (T1.2) and N (K + 2)
   (T1.3). (A polynomial with N = 2^h can only be late: max(N/2, 2 p).)
   N = 1: construct_direct.c, K + 1 units, 2 when K = 0. */
#include "spline/construct.h"

#include <stdlib.h>

slong qd_plan__line_depth(slong degree, slong nbreaks)
{
    if (degree <= 1) return 1;
    return (slong) FLINT_BIT_COUNT(nbreaks == 0 ? degree - 1 : degree);
}

slong qd_plan__line_width(slong degree, slong nbreaks, slong outputs)
{
    if (degree <= 0) return 1;
    if (degree == 1) return nbreaks == 0 ? 2 : nbreaks + 1;
    slong half = WORD(1) << (FLINT_BIT_COUNT(degree) - 2); /* M / 2 */
    slong middle = outputs * ((degree + 1) / 2) + half;
    return FLINT_MAX(FLINT_MAX(nbreaks + 2, middle), outputs * (degree < 6 ? 2 : 3));
}

/* ---- base piece and origin ---------------------------------------------------------------- */

static slong degree_of_piece(const qd_spline_t s, slong i)
{
    slong degree = -1;
    for (slong o = 0; o < s->outputs; o++) degree = FLINT_MAX(degree, fmpq_poly_degree(qd_spline_poly(s, i, o)));
    return degree;
}

/* A constant piece costs nothing. For N = 2 a parabola c (x - a)^2 + const costs one unit, a line two. Else the
   degree decides. */
static slong choose_base(const qd_spline_t s)
{
    slong best = 0, least = WORD_MAX, N = qd_spline_degree(s);
    for (slong i = 0; i <= s->nbreaks; i++) {
        slong degree = degree_of_piece(s, i);
        slong cost = degree <= 0 ? 0 : N == 2 ? 3 - degree : degree;
        if (cost >= least) continue;
        best = i;
        least = cost;
    }
    return best;
}

/* The vertex of a base parabola when N = 2, the breakpoint when there is one, else 0. */
static void choose_origin(fmpq_t a, const qd_spline_t s, slong base)
{
    fmpq_t c;
    fmpq_zero(a);
    if (s->nbreaks == 1) fmpq_set(a, s->at[0].lo);
    if (qd_spline_degree(s) != 2 || degree_of_piece(s, base) != 2) return;
    slong o = 0;
    while (fmpq_poly_degree(qd_spline_poly(s, base, o)) != 2) o++;
    fmpq_init(c);
    fmpq_poly_get_coeff_fmpq(a, qd_spline_poly(s, base, o), 1);
    fmpq_poly_get_coeff_fmpq(c, qd_spline_poly(s, base, o), 2);
    fmpq_div(a, a, c);
    fmpq_div_2exp(a, a, 1);
    fmpq_neg(a, a);
    fmpq_clear(c);
}

/* ---- N >= 2 ------------------------------------------------------------------------------- */

/* Makes the breakpoints early that cost most in the last layer, until the first layer (at most 2 units besides hinges)
   and the last (at most 2 units an output besides late breakpoints) are balanced. */
static void balance(bool *early, const qd_jumps_t J, const int *sign)
{
    slong K = J->nbreaks, n = 0, last = 2 * J->outputs, most = 0;
    slong *cost = qd_malloc(sizeof *cost * (size_t) (K + 1));
    for (slong i = 0; i < K; i++) {
        early[i] = false;
        cost[i] = qd_late__cost(J, i, sign);
        last += cost[i];
        most = FLINT_MAX(most, cost[i]);
    }
    for (; most > 0; most--)
        for (slong i = 0; i < K; i++) {
            if (cost[i] != most || n + 3 >= last) continue;
            early[i] = true;
            last -= cost[i];
            n++;
        }
    free(cost);
}

/* Hands c over to b if it is better. */
static void offer(qd_build_t b, qd_build_t c)
{
    slong w = qd_build__width(b), v = qd_build__width(c);
    if (b->depth == 0 || v < w || (v == w && qd_build__units(c) < qd_build__units(b))) qd_build__swap(b, c);
    qd_build__clear(c);
}

static void build_init(qd_build_t b, const qd_jumps_t J, bool shift)
{
    qd_build__init(b, qd_plan__line_depth(J->degree, J->nbreaks), J->outputs, J->origin, shift);
}

static void try_even_power(qd_build_t b, const qd_jumps_t J)
{
    qd_build_t c;
    if (!qd_plan__is_even_power(J)) return;
    build_init(c, J, true);
    qd_plan__even_power(c, J);
    offer(b, c);
}

/* The base piece early or late, each breakpoint as early[i] says; early ones need an early base piece. */
static qd_status try_plan(qd_build_t b, const qd_jumps_t J, bool base_early, const bool *early, const int *sign, qd_ctx_t ctx)
{
    qd_build_t c;
    bool late = !base_early;
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK) return st;
    for (slong i = 0; i < J->nbreaks; i++) late = late || !early[i];
    build_init(c, J, late);
    if (base_early) qd_early__units(c, J, early);
    else qd_late__poly(c, J);
    for (slong i = 0; i < J->nbreaks; i++)
        if (!early[i]) qd_late__breakpoint(c, J, i, sign);
    offer(b, c);
    return QD_OK;
}

static qd_status plan_best(qd_build_t b, const qd_jumps_t J, qd_ctx_t ctx)
{
    slong K = J->nbreaks;
    qd_status st;
    bool *early = qd_calloc((size_t) K + 1, sizeof *early);
    int *sign = qd_calloc((size_t) (K * J->outputs + 1), sizeof *sign);
    if ((st = qd_late__signs(sign, J, ctx)) != QD_OK) goto done;
    try_even_power(b, J);
    if ((st = try_plan(b, J, false, early, sign, ctx)) != QD_OK) goto done;
    if (J->degree == WORD(1) << b->depth) goto done; /* a polynomial at the capacity of its depth: only late */
    balance(early, J, sign);
    if ((st = try_plan(b, J, true, early, sign, ctx)) != QD_OK) goto done;
    for (slong i = 0; i < K; i++) early[i] = true;
    st = try_plan(b, J, true, early, sign, ctx);
done:
    free(early);
    free(sign);
    return st;
}

qd_status qd_plan__line(qd_build_t b, const qd_spline_t s, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    slong base = choose_base(s), N = qd_spline_degree(s);
    qd_jumps_t J;
    qd_build_t c;
    fmpq_t a;
    fmpq_init(a);
    qd_jumps__init(J);
    choose_origin(a, s, base);
    qd_jumps__set(J, s, base, a);
    qd_build__init(c, N <= 1 ? 1 : 0, s->outputs, a, false);
    if (N <= 0)
        for (slong o = 0; o < s->outputs; o++) fmpq_poly_set(c->out + o, J->poly + o);
    else if (N == 1) qd_plan__linear(c, J);
    else st = plan_best(c, J, ctx);
    if (st == QD_OK) qd_build__swap(b, c);
    qd_build__clear(c);
    qd_jumps__clear(J);
    fmpq_clear(a);
    return st;
}
