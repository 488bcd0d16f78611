/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Smaller widths with the same variety.

   Let p be the d outputs of layers i..l-1 as polynomials in the outputs of layer i - 1, and k the dimension of their span (with
   biases: of their span modulo constants). Then k of the units are enough: the others are linear (affine) functions of them. If the
   next layer is closed under linear (affine) substitutions, singular ones too, it absorbs that, and the network is one with k
   units in place of d; the other direction is trivial. k is at most the dimension of the space in which p lies. */
#include "variety/impl.h"

void qd_variety_reduce(int64_t *width, const qd_arch *arch)
{
    qd_arch s = *arch;
    s.width = width;
    for (int64_t l = 0; l <= s.depth; l++) width[l] = arch->width[l];
    for (int64_t l = 1; l < s.depth; l++) {
        qd_variety_neuron after = qd_variety__neuron(&s, l);
        if (!after.in_mix || (s.biases && !after.in_shift)) continue;
        int64_t most = qd_variety__neuron(&s, l - 1).span;
        for (int64_t i = 0; i < l; i++) {
            int64_t space = qd_variety__space(&s, i, l);
            if (space < most) most = space;
        }
        most -= s.biases;
        if (most < width[l]) width[l] = most;
    }
}
