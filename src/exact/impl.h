/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/exact share and nobody else needs. */
#ifndef QD_EXACT_IMPL_H
#define QD_EXACT_IMPL_H

#include "exact/exact.h"

/* ---- rat --------------------------------------------------------------------------------- */

/* As qd_rat_print_decimal; zeros at the end of a value that ends there are kept unless strip. */
void qd_rat__print(qd_buf_t out, const fmpq_t x, slong digits, int strip);

/* ---- dyadic numbers and signs at points (point.c) ---------------------------------------- */

/* x = m 2^e, in lowest terms without a gcd. m may be the numerator of x. */
void qd_dyadic__set(fmpq_t x, const fmpz_t m, slong e);
int qd_dyadic__is(const fmpq_t x); /* the denominator is a power of two */

/* The smallest s with |x| <= 2^s when up, else the largest s with 2^s <= |x|, or one beyond; x != 0. */
slong qd_dyadic__size(const fmpq_t x, int up);

/* x 2^k rounded down (up when up is set), times 2^-k. */
void qd_dyadic__round(fmpq_t y, const fmpq_t x, slong k, int up);

/* Exact sign of p(x): doubles, then balls of growing precision, then integers. */
int qd_point__sign(const fmpz_poly_t p, const fmpq_t x);

/* v contains p(x) for every number in x. v is not x. */
void qd_point__ball(arb_t v, const fmpz_poly_t p, const arb_t x, slong prec);

/* 0: x is certainly no root of p. Costs one evaluation modulo a word-sized prime at most. */
int qd_point__maybe_root(const fmpz_poly_t p, const fmpq_t x);

/* Exact sign of p(x) by integer arithmetic alone. */
int qd_point__sign_exact(const fmpz_poly_t p, const fmpq_t x);

/* ---- polynomials modulo a prime (squarefree.c) -------------------------------------------- */

/* 1: certainly without common factor; 0: not known. */
int qd_root__coprime_modp(const fmpz_poly_t p, const fmpz_poly_t q);
/* 1: certainly squarefree; 0: not known. */
int qd_root__squarefree_modp(const fmpz_poly_t p);

/* ---- alg --------------------------------------------------------------------------------- */

/* b^2 - 4ac of a x^2 + b x + c. */
void qd_alg__discriminant(fmpz_t d, const fmpz_poly_t p);

/* The smaller (which = 0) or larger root of a quadratic polynomial whose discriminant is the square of r. */
void qd_alg__rational_root2(fmpq_t x, const fmpz_poly_t p, const fmpz_t r, int which);

/* For a quadratic polynomial: makes the number rational if the discriminant is a square. */
void qd_alg__rational_if_square(qd_alg_t a);

/* qd_alg_refine for an irrational root of a quadratic polynomial. */
void qd_alg__refine2(qd_alg_t a, slong bits);

/* a = x; x is swapped in. */
void qd_alg__swap_fmpq(qd_alg_t a, fmpq_t x);

/* Intersects the isolating interval with (lo, hi), whose ends are dyadic and no roots; swaps. */
void qd_alg__narrow(qd_alg_t a, fmpq_t lo, fmpq_t hi);

/* ---- root -------------------------------------------------------------------------------- */

/* Shrinks (lo, hi), which holds one root of p and none at its ends, to dyadic ends, not beyond the old ones;
   or sets both to the root when it is met. */
void qd_root__make_dyadic(fmpq_t lo, fmpq_t hi, const fmpz_poly_t p);

/* The roots of the squarefree p of degree n >= 1 in the closed interval [a, b], 0 <= a < b dyadic, ascending: only lo
   and hi of the elements are set, lo = hi for a dyadic root that was met, else an isolating interval
   with dyadic ends that are no roots. On failure out holds a part of the roots. */
qd_status qd_root__tree(qd_alg_list_t out, const fmpz_poly_t p, const fmpq_t a, const fmpq_t b, qd_ctx_t ctx);

/* A node of the subdivision: the open interval (m, m + w) 2^e, w fixed for the whole tree, with p there as a
   Bernstein form b_k (without the binomials of qd_form; the signs are the same). */
typedef struct qd_root_node_struct {
    struct qd_root_node_struct *next; /* in the stack, or among the spare ones */
    fmpz_t m;
    slong e;
    int left, right;           /* sign of p just inside the ends */
    int root_left, root_right; /* the end is a root */
    int is_root;               /* not an interval: m 2^e is a root */
    int fresh;                 /* computed from p itself, precise enough to be halved */
    qd_form form;              /* owned arrays */
    fmpz *fixed;               /* NULL, or owned: |b_k - fixed[k] s| <= error s for a common scale s */
    slong error;
} qd_root_node;

typedef struct {
    const fmpz_poly_struct *p;
    slong n; /* degree */
    fmpz_t w;
    slong prec;     /* bits that were enough last time */
    fmpz *binomial; /* n over k */
    qd_root_node *spare;
} qd_root_tree;

qd_root_node *qd_root_node__new(qd_root_tree *t);          /* flags 0, no form */
void qd_root_node__drop(qd_root_tree *t, qd_root_node *v); /* to the spare ones */
void qd_root_node__free(qd_root_node *v);                  /* v and all that follow it */

/* The form of v from p, of enough precision; v->m, v->e are set. */
void qd_root_node__compute(qd_root_node *v, qd_root_tree *t);

/* The forms of the halves l, r of v: in doubles, or in integers (v->fixed != NULL); l, r are not v. */
void qd_root_node__halve(qd_root_node *l, qd_root_node *r, const qd_root_node *v);
void qd_root_node__halve_fixed(qd_root_node *l, qd_root_node *r, const qd_root_node *v);

#endif
