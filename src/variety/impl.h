/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/variety share. */
#ifndef QD_VARIETY_IMPL_H
#define QD_VARIETY_IMPL_H

#include "variety/variety.h"

/* Stands for every larger integer. */
#define QD_VARIETY_HUGE (INT64_C(1) << 61)

/* How (w.a + b)^2 is a neuron of a kind: not at all; both factors w.a + b; both factors w.a, the rest in w and b; entry by entry. */
typedef enum { QD_SQUARE_NOT, QD_SQUARE_BY_FACTORS, QD_SQUARE_BY_FACTORS_AND_REST, QD_SQUARE_BY_TRIANGLE } qd_variety_square;

/* What is known about one neuron of a kind with n inputs; X: the closure of the set of its polynomials (symmetry.c). */
typedef struct {
    int64_t dim;              /* upper bound of dim X, at most span */
    int64_t span;             /* dimension of the linear span of X; at most QD_VARIETY_HUGE */
    int64_t summand;          /* dimension of a linear space T with X + T = X; span when X is its own span */
    bool constants;           /* can constants be added to its elements? (With biases.) */
    bool linear, translation; /* is X closed under linear substitutions, singular ones too, and with biases under translations? */
    int forms;                /* an element is a function of so many linear forms of the inputs, 0: of all of them */
    int rank;                 /* sums of k elements are quadratic forms of rank <= rank k in so many variables, plus a linear space of */
    int64_t variables, rest;  /* dimension rest; rank 0: nothing of the kind is known */
    int64_t form;   /* of d inputs in a linear space V it makes, its square completed, a quadratic form on V of rank at most this, plus */
    bool form_rest; /* an element of V, with biases; HUGE: of rank at most d, plus a constant, with biases; 0: nothing is known */
    qd_variety_square square;
} qd_variety_kind;
qd_variety_kind qd_variety__kind(qd_kind kind, int64_t power, int64_t n, bool biases);

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
/* Dimension of the orbits of the known symmetries at the hidden layer k, 0 < k < depth, on the layer before it. */
int64_t qd_variety__cut(const qd_arch *arch, int64_t k);
/* Degree of the outputs of layers i..j-1 in their inputs, or a number above QD_VARIETY_HUGE / QD_MAX_POWER. */
int64_t qd_variety__degree(const qd_arch *arch, int64_t i, int64_t j);
/* Dimension of a space that holds one output of layers i..j-1, spanned by the monomials that can occur; at most QD_VARIETY_HUGE. */
int64_t qd_variety__space(const qd_arch *arch, int64_t i, int64_t j);
/* The smallest bound of a block (bound_table.c) and where it comes from. */
typedef struct {
    int64_t value;
    qd_variety_certificate by;
    int64_t at; /* the hidden layer of the cut, 0: none */
    int right;  /* the form of the block behind it */
} qd_variety_choice;
/* That without a cut; larger: a neuron of the first layer may be any polynomial of its degree. */
void qd_variety__leaf(qd_variety_choice *c, const qd_arch *block, bool larger);
/* Appends the proof of the bound over all cuts.   cost  O(depth^3) */
void qd_variety__blocks(qd_bound_t proof, const qd_arch *arch);
/* Appends a step; it stays where it is until the next one.   part  the steps that it uses, -1: none */
qd_bound_step *qd_variety__step(qd_bound_t proof, const qd_arch *arch, int64_t upper, qd_variety_certificate by, const int64_t *part);
/* C(D + n, n), at most QD_VARIETY_HUGE. */
int64_t qd_variety__binomial(int64_t D, int64_t n);

/* Appends the rows of the point that g went to, scaled to integers.   -> QD_EUNABLE: a budget, or too many entries */
qd_status qd_variety__add_point(qd_rows_t m, qd_gradient_t g, qd_ctx_t ctx);
/* Bounds of degrees in x, on every region, at the weights of the network. */
typedef struct {
    double row;  /* of an entry d output / d parameter */
    double unit; /* of a pre-activation that switches */
} qd_variety_degrees;
qd_variety_degrees qd_variety__degrees(const qd_gradient_t g);
/* Appends rows that span those of all regions of a network with two and more inputs. Without *complete nothing, or a part: regions are not
   known exactly, or there would be more than `most` entries. */
qd_status qd_variety__add_regions(qd_functional *r, bool *complete, qd_rows_t m, qd_gradient_t g, qd_variety_degrees degree, double most,
                                  qd_ctx_t ctx);
/* Appends rows of the regions that slices show, until they add nothing or the rank meets r->upper. */
qd_status qd_variety__add_found(qd_functional *r, qd_rows_t m, qd_gradient_t g, qd_rng_t rng, qd_ctx_t ctx);

/* The checksum of c as a file, with its end. */
#define QD_CHECKSUM_ROOM 17
void qd_variety__certificate_checksum(char sum[QD_CHECKSUM_ROOM], const qd_certificate_t c);
/* from is empty afterwards; the widths are those of the certificate itself, so they move with it. */
void qd_variety__certificate_move(qd_certificate_t to, qd_certificate_t from);
/* A copy; to is empty. */
void qd_variety__bound_set(qd_bound_t to, const qd_bound_t from);

#endif
