/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the check of upper bounds share: check_facts.c, check_leaf.c, check_bound.c, check_orbit.c. It shares nothing with the files
   that find bounds. */
#ifndef QD_VARIETY_CHECK_IMPL_H
#define QD_VARIETY_CHECK_IMPL_H

#include "variety/variety.h"

/* Stands for every larger integer. */
#define QD_CHECK_MANY (INT64_C(1) << 61)

/* A neuron of one layer; X: the closure of the set of its polynomials. */
typedef struct {
    int64_t nparams, dim, span;   /* of X and of its linear span */
    int64_t summand;              /* dimension of a linear space T with X + T = X */
    bool substitutes, translates; /* is X closed under linear substitutions, and with biases under translations? */
    bool shifts;                  /* can constants be added to its elements? */
    int64_t forms;                /* an element is a function of so many linear forms, 0: of all inputs */
} qd_variety_facts;

qd_variety_facts qd_variety__facts(const qd_bound_step *s, int64_t l);
/* C(n, k), and a b; at most QD_CHECK_MANY */
int64_t qd_variety__choose(int64_t n, int64_t k);
int64_t qd_variety__times(int64_t a, int64_t b);
/* The degree of the outputs, and how many monomials can occur in one. */
int64_t qd_variety__top_degree(const qd_bound_step *s);
int64_t qd_variety__monomials(const qd_bound_step *s);
/* The family of layers 0..k-1. */
qd_bound_step qd_variety__front(const qd_bound_step *s, int64_t k);
/* Dimension of the orbits of the symmetries where two blocks meet. */
int64_t qd_variety__meeting(const qd_bound_step *left, const qd_bound_step *right);

/* The bound by a step's own formula; part: the steps that it uses.   -> false: the step does not have the shape that its formula needs */
bool qd_variety__leaf_formula(int64_t *value, const qd_bound_step *s);
bool qd_variety__cut_formula(int64_t *value, const qd_bound_step *s, const qd_bound_step *const part[2]);
/* A certified lower bound of the dimension of the generic orbits, by values at points (check_orbit.c).   -> false: too large to try */
bool qd_variety__orbit_by_values(int64_t *rank, const qd_bound_step *s);

#endif
