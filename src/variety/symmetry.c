/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The known symmetries, and bounds for the dimension of their orbits.

   Let X_l be the Zariski closure of the set of polynomials of one neuron of layer l, n inputs. The network is a function of the
   d_l-tuples of elements of X_l, l = 1..h, so parameters that give the same neurons may be identified:

     kind             dim X homogeneous             with biases         
     linear           n                             n + 1                        the power is finite-to-one
     quadratic        3n - 1                        3n + 2                       (wr, wg) -> (t wr, wg/t), biases alike
     compact          n                             2n + 1
     product          2n - 1                        2n + 1
     product_linear   2n - 1                        2n - 1 + n + 1
     full             n (n+1)/2                     (n+1)(n+2)/2
     power            n                             n + 1

   or the dimension of the span of X where that is smaller, in product_linear for each of its two parts. Products are the forms of rank
   at most 2, in n + 1 variables with biases. A quadratic neuron is one of these and a diagonal form, in m = n or n + 1 variables:
   for m >= 5 the entries off the diagonal determine those on it (3 x 3 minors with one of them), so dimensions add up to 2m - 1 + m;
   for m <= 4 it fills its space (m = 4: a symmetric 4 x 4 matrix has a diagonal with which its rank is 2). X is closed under multiples,
   and so is the substitution of multiples into each kind: at each hidden layer the torus of its units acts, a -> t a behind it,
   t^-1 in front of the next layer. More acts where both sides allow it:
     mixing     a -> G a, G in GL(d): X is a linear space (full, compact, power, and whenever dim X = dim span X), and the next layer
                is closed under linear substitution (linear, product, product_linear, full, and a quadratic one that fills its space)
     shifting   a -> a + s with biases: X contains the constants freely (all kinds but product, and linear + power:r), and the next
                layer is closed under translation (all but power, and quadratic unless it fills its space)

   Orbits. Let f be the tuple at a hidden layer with d units, generic in X^d. The torus has d-dimensional orbits, as no component
   is 0; with shifts 2d-dimensional ones, as none is constant. The maps G with G f = f are those with (G - 1) f = 0, so that
   the orbit of f under GL(d) has dimension d * min(d, span), under the affine group d * min(d + 1, span), the span with constants.
   The groups of all layers act on the tuples (f_1, ..., f_h), that of layer l on f_l and f_(l+1). The orbit projects onto
   that of f_1 under the first group, and the stabilizer of f_1 contains the groups of all later layers: by induction its
   dimension is at least the sum over the layers. The map to functions is constant on orbits, hence
   dim V <= sum_l d_l dim X_l - sum of the orbits = parameters - qd_variety_orbit.

   From above. The directions in which the groups of all layers move a tuple are spanned by those of each, so the dimension of an orbit is at most
   the sum over the hidden layers of the dimension of the orbits of each group alone, on f_l and f_(l+1). Torus and shifts act freely. Of
   the affine group, those vector fields a -> M a + s move neither that vanish on f_l, whose components and constants span
   at most min(d + 1, span) dimensions, and have values on which f_(l+1) does not depend: it is a function of at most e linear forms,
   e = 1 for each of its units if they are linear, 2 if product, 2 or with biases 3 if product_linear, and all d otherwise. So at least
   (d + 1 - min(d + 1, span)) (d - e) dimensions do not move; without shifts, with d in place of d + 1. orbit.c has the rank of all
   directions, which can be between the two sums. */
#include "variety/impl.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static qd_variety_kind kind_of(const qd_arch *s, int64_t l)
{
    qd_neuron neuron = qd_arch_neuron(s, l);
    return qd_variety__kind(neuron.kind, neuron.power, s->width[l], s->biases);
}

qd_variety_neuron qd_variety__neuron(const qd_arch *s, int64_t l)
{
    qd_variety_kind kind = kind_of(s, l);
    bool fills = kind.dim == kind.span;
    return (qd_variety_neuron){.dim = kind.dim,
                               .span = kind.span,
                               .out_mix = fills,
                               .out_shift = s->biases && (fills || kind.constants),
                               .in_mix = kind.linear,
                               .in_shift = s->biases && kind.translation};
}

int64_t qd_variety__cut(const qd_arch *s, int64_t k)
{
    qd_variety_neuron before = qd_variety__neuron(s, k - 1), after = qd_variety__neuron(s, k);
    int64_t d = s->width[k], shift = before.out_shift && after.in_shift;
    if (before.out_mix && after.in_mix) return d * least(d + shift, before.span);
    return d * (1 + shift);
}

int64_t qd_variety_orbit(const qd_arch *s)
{
    int64_t sum = qd_variety_nparams(s);
    for (int64_t l = 0; l < s->depth; l++) sum -= s->width[l + 1] * qd_variety__neuron(s, l).dim;
    for (int64_t k = 1; k < s->depth; k++) sum += qd_variety__cut(s, k);
    return sum;
}

/* On how many linear forms of its n inputs a layer of d units depends, at most. */
static int64_t forms(const qd_arch *s, int64_t l)
{
    int64_t n = s->width[l], each = kind_of(s, l).forms;
    return each == 0 ? n : least(n, each * s->width[l + 1]);
}

int64_t qd_variety_orbit_most(const qd_arch *s)
{
    int64_t sum = qd_variety_nparams(s);
    for (int64_t l = 0; l < s->depth; l++) sum -= s->width[l + 1] * qd_variety__neuron(s, l).dim;
    for (int64_t k = 1; k < s->depth; k++) {
        qd_variety_neuron before = qd_variety__neuron(s, k - 1), after = qd_variety__neuron(s, k);
        int64_t d = s->width[k], shift = before.out_shift && after.in_shift;
        if (before.out_mix && after.in_mix) sum += d * (d + shift) - (d + shift - least(d + shift, before.span)) * (d - forms(s, k));
        else sum += d * (1 + shift);
    }
    return sum;
}
