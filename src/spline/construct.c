/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Theorem 1: from a spline to a network, and what is proved about it.

   Bounds that are reported, K breakpoints, degree N, p outputs (p networks for one output, side by side):
     T1.1  closed interval, N <= 2            depth 1                   width p (2 K + 1)
     T1.2  N >= 2 and C^(N-1) everywhere      depth 1 + floor(log2 N)   width p (2 K + 2 N)
     T1.3  else                               the same                  width p N (K + 2); p when s is constant
   The networks made here are narrower; see construct_line.c and construct_interval.c.

   Is the depth minimal? Let a network have L hidden ReLU layers of quadratic neurons and a linear readout.
     (i) Its degree is at most 2^L on every piece. So N > 2^(depth - 1) proves that depth hidden layers are needed.
    (ii) On the whole line the coefficients of x^(2^L) near -oo and near +oo agree, L >= 1. Proof: for every unit of
         layer l let c-, c+ be the coefficients of x^(2^l) of its value near -oo and +oo; claim c- = c+. True for l = 0,
         the input. A pre-activation z of layer l + 1 is a polynomial of degree 2 in values of layer l, and its
         coefficient of x^(2^(l+1)) is a quadratic form in their c: the same number C at both ends. If C > 0, then z > 0
         near both ends, for 2^(l+1) is even, and C stays; if C < 0, the unit is 0 near both ends; if C = 0, z or 0
         has coefficient 0 at both ends. The readout is linear. []
         So on the whole line N = 2^(depth - 1), depth >= 2, is minimal when the coefficients of x^N of the first and
         the last piece differ.
   (iii) No hidden layer: the network is affine. So depth 1 is minimal unless s is affine (N <= 1 and K = 0). */
#include "spline/construct.h"

const char *qd_construct_method_name(qd_construct_method m)
{
    switch (m) {
    case QD_CONSTRUCT_INTERVAL:
        return "T1.1";
    case QD_CONSTRUCT_SMOOTH:
        return "T1.2";
    case QD_CONSTRUCT_GENERAL:
        break;
    }
    return "T1.3";
}

static qd_construct_method choose_method(const qd_spline_t s)
{
    slong N = qd_spline_degree(s);
    if (s->has_lo && s->has_hi && N <= 2) return QD_CONSTRUCT_INTERVAL;
    for (slong i = 0; i < s->nbreaks; i++)
        if (qd_spline_smoothness(s, i) < N - 1) return QD_CONSTRUCT_GENERAL;
    return N >= 2 ? QD_CONSTRUCT_SMOOTH : QD_CONSTRUCT_GENERAL;
}

static slong theorem_width(qd_construct_method m, slong N, slong K, slong p)
{
    if (m == QD_CONSTRUCT_INTERVAL) return p * (2 * K + 1);
    if (m == QD_CONSTRUCT_SMOOTH) return p * (2 * K + 2 * N);
    return N <= 0 ? p : p * N * (K + 2);
}

/* (ii) */
static bool ends_differ(const qd_spline_t s, slong N)
{
    bool differ = false;
    fmpq_t a, b;
    fmpq_init(a);
    fmpq_init(b);
    for (slong o = 0; o < s->outputs; o++) {
        fmpq_poly_get_coeff_fmpq(a, qd_spline_poly(s, 0, o), N);
        fmpq_poly_get_coeff_fmpq(b, qd_spline_poly(s, s->nbreaks, o), N);
        differ = differ || !fmpq_equal(a, b);
    }
    fmpq_clear(a);
    fmpq_clear(b);
    return differ;
}

static bool depth_is_minimal(const qd_spline_t s, slong depth)
{
    slong N = qd_spline_degree(s), reach = WORD(1) << (depth - 1);
    if (depth == 1) return N > 1 || s->nbreaks > 0;
    if (N > reach) return true;
    return N == reach && !s->has_lo && !s->has_hi && ends_differ(s, N);
}

static void fill_report(qd_construct_report *r, const qd_spline_t s, const qd_build_t b, const qd_net_t net)
{
    slong N = qd_spline_degree(s), K = s->nbreaks, p = s->outputs;
    r->method = choose_method(s);
    r->degree = N;
    r->nbreaks = K;
    r->outputs = p;
    r->depth = b->depth;
    r->width = qd_build__width(b);
    r->units = qd_build__units(b);
    r->params = qd_net_nparams(net);
    r->bound_depth = r->method == QD_CONSTRUCT_INTERVAL || N <= 1 ? 1 : (slong) FLINT_BIT_COUNT(N);
    r->bound_width = theorem_width(r->method, N, K, p);
    bool interval = r->method == QD_CONSTRUCT_INTERVAL;
    r->proved_width = interval ? qd_plan__interval_width(N, K, p) : qd_plan__line_width(N, K, p);
    r->depth_minimal = depth_is_minimal(s, b->depth);
}

/* s merged, with rational breakpoints in rational form. */
static qd_status normalise(qd_spline_t t, const qd_spline_t s, qd_ctx_t ctx)
{
    if (s->outputs < 1) return qd_fail(ctx, QD_EINPUT, "the spline has no output");
    qd_spline_set(t, s);
    qd_spline_merge(t);
    for (slong i = 0; i < t->nbreaks; i++) {
        qd_alg_simplify(t->at + i);
        if (!qd_alg_is_rational_form(t->at + i))
            return qd_fail(ctx, QD_EINPUT, "breakpoint %ld is irrational; the construction takes rational breakpoints", (long) i + 1);
    }
    return qd_spline_check_continuous(t, ctx);
}

qd_status qd_construct(qd_net_t net, qd_construct_report *report, const qd_spline_t s, qd_ctx_t ctx)
{
    qd_status st;
    qd_spline_t t;
    qd_build_t b;
    qd_spline_init(t);
    fmpq_t zero;
    fmpq_init(zero);
    qd_build__init(b, 0, 0, zero, false);
    if ((st = normalise(t, s, ctx)) != QD_OK) goto done;
    if (choose_method(t) == QD_CONSTRUCT_INTERVAL) qd_plan__interval(b, t);
    else if ((st = qd_plan__line(b, t, ctx)) != QD_OK) goto done;
    qd_build__net(net, b);
    if (report != NULL) fill_report(report, t, b, net);
done:
    fmpq_clear(zero);
    qd_build__clear(b);
    qd_spline_clear(t);
    return st;
}
