/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a check share. */
#ifndef QD_PROOF_IMPL_H
#define QD_PROOF_IMPL_H

#include "proof/proof.h"

#include <flint/fmpq_mpoly.h>

/* ---- polynomials along a pattern (along.c) ------------------------------------------------- */

/* A network on x = base + sum t_k step_k, its pre-activations and outputs under one pattern as polynomials in t. */
typedef struct {
    qd_lowered_t low; /* owned */
    slong dim, nbits;
    fmpq_mpoly_ctx_t ctx;
    slong *first;               /* owned, (depth + 1): the first bit of a layer */
    char *bits;                 /* owned, (nbits): the pattern, '0' and '1' */
    fmpq_mpoly_struct **a, **z; /* owned: a[l], inputs of layer l; a[depth], outputs; z[l], pre-activations of layer l */
    slong done;                 /* so many layers are computed for these bits: z[l] for l < done, a[l] for l <= done */
} qd_proof__along;

/* Of the first `dim` coordinates; base NULL: t = x. */
void qd_proof__along_init(qd_proof__along *w, const qd_net_t net, slong dim, const fmpq *base, const fmpq *step);
void qd_proof__along_clear(qd_proof__along *w);
/* From here on under this pattern; bits of layers that are not asked for do not matter. */
void qd_proof__along_set(qd_proof__along *w, const char *bits);
/* The pre-activations of layer l, and the outputs; valid until the next set. */
const fmpq_mpoly_struct *qd_proof__along_z(qd_proof__along *w, slong l);
const fmpq_mpoly_struct *qd_proof__along_outputs(qd_proof__along *w);
/* The bit of unit u of layer l; -1: it does not switch. */
slong qd_proof__along_bit(const qd_proof__along *w, slong l, slong u);
/* A polynomial in one variable times a positive integer. */
void qd_proof__along_poly(fmpz_poly_t p, const fmpq_mpoly_struct *z, const qd_proof__along *w);
/* c_1 t_1 + ... + c_n t_n + c_0, the coefficients from c_1; false: the degree is larger. */
bool qd_proof__along_affine(fmpq *c, const fmpq_mpoly_struct *z, const qd_proof__along *w);
void qd_proof__along_value(fmpq_t v, const fmpq_mpoly_struct *z, const fmpq *t, const qd_proof__along *w);

/* ---- sturm.c -------------------------------------------------------------------------------- */

/* The squarefree polynomial that has the roots at which p != 0 changes sign. */
void qd_proof__odd_part(fmpz_poly_t q, const fmpz_poly_t p);
/* Roots of the squarefree q in the half-open interval (lo, hi]; NULL: without end. */
slong qd_proof__sturm_count(const fmpz_poly_t q, const fmpq *lo, const fmpq *hi);

/* ---- row.c ---------------------------------------------------------------------------------- */

/* A row of n + 1 rationals is the function c_1 t_1 + ... + c_n t_n + c_(n+1). */
bool qd_proof__row_constant(const fmpq *c, slong n);
/* c = s d for a number s? Not for constant rows. */
bool qd_proof__row_proportional(const fmpq *c, const fmpq *d, slong n);
void qd_proof__row_value(fmpq_t v, const fmpq *c, const fmpq *t, slong n);
/* The same in t - point. */
void qd_proof__row_shift(fmpq *to, const fmpq *c, const fmpq *point, slong n);

/* ---- simplex.c ------------------------------------------------------------------------------ */

/* The largest value of c.x + c_n over {x: row_i.x + row_in >= 0 for all i}; x = 0 must satisfy all rows strictly. Rows and c have n + 1 entries.
     x  (out, or NULL) where it is; when unbounded a point where c.x + c_n > 1
     -> 1: max is it; 0: unbounded, max untouched */
int qd_proof__simplex(fmpq_t max, fmpq *x, const fmpq *const *row, slong rows, const fmpq *c, slong n);

/* ---- section.c ------------------------------------------------------------------------------ */

/* The patterns along a line, from left to right, found by isolation of roots, layer by layer. */
typedef struct {
    slong n;
    char **bits;       /* owned, (n) */
    qd_alg_list_t cut; /* n - 1 of them */
} qd_proof__section;

void qd_proof__section_clear(qd_proof__section *s);
/* lo, hi: ends of the line, or NULL. */
qd_status qd_proof__section_make(qd_proof__section *s, qd_proof__along *w, const fmpq *lo, const fmpq *hi, qd_ctx_t ctx);

/* A rational in part k of such a line. */
void qd_proof__section_sample(fmpq_t x, const qd_proof__section *s, slong k, const fmpq *lo, const fmpq *hi);

/* ---- graph.c -------------------------------------------------------------------------------- */

typedef struct {
    slong n;
    slong *start, *neighbour; /* owned: region i has the neighbours neighbour[start[i] .. start[i + 1] - 1] */
} qd_proof__graph;

void qd_proof__graph_init(qd_proof__graph *a, const qd_regions_struct *g);
void qd_proof__graph_clear(qd_proof__graph *a);
/* Connected parts without region `out` (-1: of all), and how many of them consist of regions marked in `only`, (n), alone. */
slong qd_proof__graph_parts(slong *within, const qd_proof__graph *a, slong out, const char *only);

/* ---- the parts of a check ------------------------------------------------------------------- */

/* Region i's pattern as text; room for nswitching + 1. */
void qd_proof__pattern(char *bits, const qd_regions_struct *g, slong i);
/* The file but for its checksum. */
void qd_proof__print_body(qd_buf_t out, const qd_proof_t p);

qd_status qd_proof__check_line(qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx);
/* *applies: is every pre-activation of degree 1 along every listed pattern? */
qd_status qd_proof__check_linear(bool *applies, qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx);
/* Of a lower bound. */
qd_status qd_proof__check_lower(qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx);
qd_status qd_proof__check_lines(qd_proof_report_t r, const qd_proof_t p, qd_ctx_t ctx);

/* Appends a sentence as a line. */
void qd_proof__say(qd_buf_t out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
