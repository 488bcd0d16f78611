/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a rank that does not meet the upper bound is worth.

   One trial draws a prime p uniformly from the primes in [2^(b-1), 2^b), parameters and inputs uniformly from 0..p-1, all
   independent, and adds inputs (points) in a fixed order until 8 new ones add nothing. Let g(m) be the rank of the Jacobian at m
   generic points over Q. It grows strictly with m until it is dim V: once a generic point adds nothing, none does.

   Suppose dim V > rank. Take the first rank + 1 rows that are independent over Q(theta, x), in the order of the points, and
   rank + 1 columns with a minor M != 0 of them. If M does not vanish modulo p at the values drawn, these rows are independent
   modulo p, and for every m the rank modulo p at m points is at least min(g(m), rank + 1): it grows with each point until it
   exceeds `rank`, so the trial does not end with `rank` or less. Hence it fails only if M vanishes:
     - all coefficients of M are divisible by p. One is not 0 and at most ||M||_1 in absolute value, so at most
       log2 ||M||_1 / (b - 1) primes of the range divide it: probability <= log2 ||M||_1 / ((b - 1) Pi), Pi primes in the range
     - or M is not 0 modulo p, and its value is: probability <= Delta / p <= Delta / 2^(b-1) (Schwartz, Zippel), with
       Delta = (rank + 1) (deg_theta - 1 + D) as every entry is a derivative of an output
   Norms: an output F of degree deg_theta in theta has entries of norm at most deg_theta ||F||_1 =: B, so that
   ||M||_1 <= (rank + 1)! B^(rank + 1), and ||F||_1 follows the layers. Trials are independent: their probabilities multiply. */
#include "variety/impl.h"

#include <math.h>

/* Lower bounds for the number of primes in [2^(b-1), 2^b): the exact values of pi(2^b) - pi(2^(b-1)). */
static double primes_of_bits(int b)
{
    switch (b) {
    case 23:
        return 268216;
    case 26:
        return 1894120;
    default:
        return 1;
    }
}

/* log2(2^a + 2^b) */
static double add2(double a, double b)
{
    return fmax(a, b) + log2(1 + exp2(-fabs(a - b)));
}

typedef struct {
    double theta, x, norm; /* degree in the parameters and in the inputs, log2 of the sum of |coefficients| */
} growth;

/* Norms of the parts of a neuron that have a role, behind inputs of norm A: r.a + r0, and likewise the rest. */
static double norm_of(qd_role role, double n, double A, bool shifted)
{
    switch (role) {
    case QD_ROLE_R: /* the product of both factors */
        return 2 * (shifted ? add2(log2(n) + A, 0) : log2(n) + A);
    case QD_ROLE_S:
        return log2(n) + 2 * A;
    case QD_ROLE_T:
        return 2 * log2(n) + 2 * A;
    case QD_ROLE_W:
        return log2(n) + A;
    case QD_ROLE_B:
        return 0;
    case QD_ROLE_R0: /* in the product */
    case QD_ROLE_G:
    case QD_ROLE_G0:
        break;
    }
    return -INFINITY;
}

/* With all terms, whether the family has them or not. */
static growth after_layer(growth g, const qd_arch *s, int64_t l)
{
    qd_neuron neuron = qd_arch_neuron(s, l);
    const qd_kind_info *info = qd_kind_get(neuron.kind);
    bool product = qd_kind_find(neuron.kind, QD_ROLE_R) >= 0, shifted = qd_kind_find(neuron.kind, QD_ROLE_R0) >= 0;
    double power = (double) neuron.power, norm = -INFINITY;
    for (int k = 0; k < info->nparams; k++) {
        double part = norm_of(info->param[k].role, (double) s->width[l], g.norm, shifted);
        if (part > -INFINITY) norm = norm > -INFINITY ? add2(norm, part) : part;
    }
    return (growth){power * (info->degree * g.theta + (product ? 2 : 1)), power * info->degree * g.x, power * norm};
}

double qd_variety_log2_failure(const qd_arch *s, int64_t rank, int prime_bits)
{
    growth g = {0, 1, 0};
    for (int64_t l = 0; l < s->depth; l++) g = after_layer(g, s, l);
    double k = (double) rank + 1;
    double norm = k * (log2(k) + log2(g.theta) + g.norm), degree = k * (g.theta - 1 + g.x);
    double p = norm / ((prime_bits - 1) * primes_of_bits(prime_bits)) + degree * exp2(1 - prime_bits);
    return p < 1 ? log2(p) : 0;
}
