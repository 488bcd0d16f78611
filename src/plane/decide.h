/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sets.c, augment.c and decide.c share. */
#ifndef QD_PLANE_DECIDE_H
#define QD_PLANE_DECIDE_H

#include "plane/impl.h"

/* ---- sets.c ------------------------------------------------------------------------------- */

typedef struct {
    slong n;      /* sets */
    slong *set;   /* owned, of each region */
    slong *label; /* owned, (n) */
    slong *holes; /* owned, (n) */
} qd_plane_sets;

void qd_plane__sets_clear(qd_plane_sets *s);
/* barrier: of each curve, is it no part of the sets? Certainly where the labels of its sides differ. */
void qd_plane__sets(qd_plane_sets *s, const qd_regions_t g, const qd_plane_curves_t c, const slong *label, const char *barrier);
/* arcs, ovals and crossings of the common boundary of the labels p and q. */
void qd_plane__boundary(qd_plane_zero_count *z, const qd_plane_curves_t c, const slong *label, slong p, slong q);

/* ---- augment.c ---------------------------------------------------------------------------- */

/* A network, and units above it that switch where one of its outputs changes sign, or where another one becomes the largest; and perhaps
   units that switch where given polynomials change sign. */
typedef struct {
    slong output; /* whose sign it is; -1: the largest output */
    slong depth;  /* layers of the network itself: its outputs are the inputs of layer `depth` */
    slong outputs, nfactors;
    qd_net_t net; /* owned */
} qd_plane_augmented;

void qd_plane__augmented_clear(qd_plane_augmented *a);
/* factor: (nfactors) numbers in x, in the coordinates of the domain, of restriction m.
     -> QD_EUNABLE: a factor has a higher degree than the network */
qd_status qd_plane__augment(qd_plane_augmented *a, const qd_net_t net, slong output, const qd_domain *domain, const qd_restriction *m,
                            const qd_plane_exact *x, const slong *factor, slong nfactors, qd_ctx_t ctx);
/* The output that is largest under a pattern of a; or for one output 0 where it is active, 1 where it is not. m: restriction of a->net. */
slong qd_plane__augmented_winner(const qd_plane_augmented *a, const qd_restriction *m, const qd_word *pattern);
/* Is polynomial k positive? */
bool qd_plane__augmented_sign(const qd_plane_augmented *a, const qd_restriction *m, const qd_word *pattern, slong k);

#endif
