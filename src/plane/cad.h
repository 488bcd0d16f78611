/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stack.c, fibre.c and resolve.c share: the cylindrical decomposition of one box. */
#ifndef QD_PLANE_CAD_H
#define QD_PLANE_CAD_H

#include "plane/impl.h"

typedef struct {
    qd_plane_worker *w;
    const fmpz_mpoly_ctx_struct *ctx;
    slong n;
    fmpz_mpoly_struct *f; /* (n), owned */
    bool *vertical;       /* without t */
    fmpq_t s0, s1, t0, t1;
    qd_alg_t low, high; /* t0 and t1 */
    const bool *frame;
} qd_plane_cad;

/* The roots along one abscissa. */
typedef struct {
    qd_alg_list_t root;
    slong *curve; /* of each root */
} qd_plane_roots;

typedef struct {
    fmpq_t s;
    qd_plane_roots r;
    slong *cell; /* (n + 1) faces */
    bool *wall;  /* (n): the pattern changes there */
    slong *edge; /* (n): node of the curve */
} qd_plane_stack;

/* What the stacks on both sides of a critical abscissa share on it. */
typedef struct {
    slong n, room;
    slong *left, *right; /* cells that share an interval of the fibre, from below */
    bool vertical, leaves_low, leaves_high;
} qd_plane_fibre;

/* ---- stack.c ------------------------------------------------------------------------------ */

/* f(value, t) for var 0, f(s, value) for var 1, times a positive integer. */
void qd_plane__cad_substitute(fmpz_poly_t r, const fmpz_mpoly_t f, slong var, const fmpq_t value, const fmpz_mpoly_ctx_t ctx);
/* f in one variable only. */
void qd_plane__cad_univariate(fmpz_poly_t r, const fmpz_mpoly_t f, slong var, const fmpz_mpoly_ctx_t ctx);
/* Adds the roots of p in the open interval. */
qd_status qd_plane__cad_add_roots(qd_alg_list_t out, const fmpz_poly_t p, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx);
/* Ascending, each once. */
void qd_plane__cad_sort_unique(qd_alg_list_t l);
void qd_plane__cad_roots_init(qd_plane_roots *r);
void qd_plane__cad_roots_clear(qd_plane_roots *r);
/* All roots above s, in order; at a non-critical s they are distinct. */
qd_status qd_plane__cad_find_roots(qd_plane_roots *r, const qd_plane_cad *p, const fmpq_t s);
/* The roots and cells above k->s, recorded. */
qd_status qd_plane__cad_stack(qd_plane_stack *k, const qd_plane_cad *p);

/* ---- fibre.c ------------------------------------------------------------------------------ */

/* What meets over critical abscissa i, between the stacks l and r; b is freed by the caller. */
qd_status qd_plane__cad_links(qd_plane_fibre *b, const qd_plane_cad *p, qd_alg_list_t critical, slong i, const qd_plane_stack *l,
                              const qd_plane_stack *r);

#endif
