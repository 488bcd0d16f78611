/* What the files of src/variety share. */
#ifndef QD_VARIETY_IMPL_H
#define QD_VARIETY_IMPL_H

#include "variety/variety.h"

/* Stands for every larger integer. */
#define QD_VARIETY_HUGE (INT64_C(1) << 61)

/* What is known about the neurons of layer l (from 0), n = width[l] inputs each. */
typedef struct {
    int64_t dim;             /* upper bound of the dimension of the variety X of one neuron's polynomials */
    int64_t span;            /* dimension of the linear span of X; at most QD_VARIETY_HUGE */
    bool out_mix, out_shift; /* is X^d closed under linear maps of the d outputs; under adding constants to them? */
    bool in_mix, in_shift;   /* is X closed under linear substitutions (singular ones too), under translations? */
} qd_variety_neuron;

qd_variety_neuron qd_variety__neuron(const qd_arch *arch, int64_t l);
/* Is layer l the linear readout? */
bool qd_variety__readout(const qd_arch *arch, int64_t l);
/* Dimension of the orbits of the known symmetries at the hidden layer k, 0 < k < depth, on what stands before it: one layer
   (whole: false), or a longer block, of which less is known. */
int64_t qd_variety__cut(const qd_arch *arch, int64_t k, bool one_layer);
/* Dimension of the space of polynomials of one output of layers i..j-1; at most QD_VARIETY_HUGE. */
int64_t qd_variety__space(const qd_arch *arch, int64_t i, int64_t j);
/* C(D + n, n), at most QD_VARIETY_HUGE. */
int64_t qd_variety__binomial(int64_t D, int64_t n);

#endif
