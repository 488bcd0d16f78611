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

static growth after_layer(growth g, const qd_arch *s, int64_t l)
{
    qd_kind kind = qd_variety__readout(s, l) ? QD_LINEAR : s->neuron.kind;
    double n = (double) s->width[l], power = qd_variety__readout(s, l) ? 1 : (double) s->neuron.power;
    double linear = add2(log2(n) + g.norm, 0); /* n A + 1 */
    double squares = log2(n) + 2 * g.norm, all = 2 * log2(n) + 2 * g.norm;
    switch (kind) {
    case QD_LINEAR:
        return (growth){power * (g.theta + 1), power * g.x, power * linear};
    case QD_QUADRATIC:
        return (growth){2 * g.theta + 2, 2 * g.x, add2(add2(2 * linear, squares), 0)};
    case QD_PRODUCT:
        return (growth){2 * g.theta + 2, 2 * g.x, 2 * linear};
    case QD_PRODUCT_LINEAR:
        return (growth){2 * g.theta + 2, 2 * g.x, add2(all, linear)};
    case QD_FULL:
        return (growth){2 * g.theta + 1, 2 * g.x, add2(all, linear)};
    default:
        return (growth){2 * g.theta + 1, 2 * g.x, add2(squares, linear)};
    }
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
