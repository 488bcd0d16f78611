/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: the engine in the plane. A network with two inputs, or restricted to a plane, -> its regions, exactly. */
#ifndef QD_PLANE_H
#define QD_PLANE_H

#include "piece/piece.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The curves between regions, cut where they meet: a planar map. */
typedef struct {
    slong n;       /* curves */
    slong *side;   /* owned, (n, 2): the regions on both sides, the smaller number first */
    char *ends;    /* owned, (n): it goes to infinity, or to the boundary of the box */
    slong nplaces; /* where curves meet, inside the domain */
    slong *first;  /* owned, (nplaces + 1) */
    slong *curve;  /* owned: those that meet at place i are curve[first[i]] .. curve[first[i + 1] - 1]; twice: it begins and ends there */
} qd_plane_curves_struct;
typedef qd_plane_curves_struct qd_plane_curves_t[1];

void qd_plane_curves_init(qd_plane_curves_t c);
void qd_plane_curves_clear(qd_plane_curves_t c);
void qd_plane_curves_swap(qd_plane_curves_t a, qd_plane_curves_t b);

/* Analyses net on a domain of dimension 2: the whole plane, or a box (lo and hi both given).
     ->     QD_OK; QD_EINPUT (wrong dimension, dependent steps, an empty or a half open box); QD_EUNABLE: the budget ran out, or
            some place was too hard, and regions then holds a certified lower bound (regions->count.label says so)
     cost   about a microsecond a box of the subdivision and unit of low degree, some boxes a region; exact algebra where doubles decide nothing
     method tree.c, leaf.c, resolve.c; checked against tests/oracle, and at every run by two independent counts of the regions: as joined faces,
            and from Euler's formula for the curves between them */
qd_status qd_plane_compute(qd_regions_t regions, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx);
/* The same, with the curves; they are empty unless the answer is exact. */
qd_status qd_plane_map(qd_regions_t regions, qd_plane_curves_t curves, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx);

/* ---- a picture --------------------------------------------------------------------------------- */

/* Patterns on a grid of points over a window, row by row from below, and segments of the curves between them in units of the grid. In doubles, to be
   looked at: small regions may be missed. */
typedef struct {
    slong n; /* points a side */
    double lo[2], hi[2];
    slong npatterns;
    int32_t *at; /* owned, (n, n): number of the pattern there */
    slong nsegments;
    double *segment; /* owned, (nsegments, 4): x0, y0, x1, y1, from 0 to n - 1 */
} qd_plane_raster_struct;
typedef qd_plane_raster_struct qd_plane_raster_t[1];

void qd_plane_raster_init(qd_plane_raster_t r);
void qd_plane_raster_clear(qd_plane_raster_t r);
/* regions: what qd_plane_compute found on the domain; without a box the window is chosen around the bounded ones.
     ->     QD_OK; QD_EINPUT as above; QD_EUNABLE: weights out of the range of doubles
     cost   n^2 evaluations, and 12 a crossing of the grid */
qd_status qd_plane_raster(qd_plane_raster_t r, slong n, const qd_regions_t regions, const qd_net_t net, const qd_domain *domain,
                          qd_ctx_t ctx);

/* ---- decisions ------------------------------------------------------------------------------ */

/* Where an output y is positive, negative, zero: components of the sets {y > 0} and {y < 0}, of the interior of {y = 0}, and of the common boundary of the
   first two. A boundary curve that crosses itself or another one is a crossing together with all that is connected to it; of the others, an
   oval is closed, and an arc goes to infinity, to the boundary of the box, or to a place where y is zero on an open set. A curve on which
   y is zero without a change of sign parts two components; a point does not. */
typedef struct {
    slong positive, negative, zero, arcs, ovals, crossings;
} qd_plane_zero_count;

/* The interior of the set where one output is larger than all others: its components, and the sum of their holes. A curve on which another output comes
   up to it is not in the set, single points count as inside. */
typedef struct {
    slong components, holes;
} qd_plane_class;

/* Exactly, or not at all.
     output   0 <= output < output_dim
     ->       QD_OK; what qd_plane_compute answers, and QD_EUNABLE also when outputs touch along a curve of higher degree than the layers below have
     cost     one run of the engine for the network with one more layer; a second one when there are places where y touches zero
     method   decide.c; checked against the cells of tests/oracle */
qd_status qd_plane_zero(qd_plane_zero_count *z, const qd_net_t net, slong output, const qd_domain *domain, qd_ctx_t ctx);
/* classes: (output_dim + 1): of each output, and of ties, where the largest output is reached by two of them on an open set. QD_EINPUT also
   for a network with one output. */
qd_status qd_plane_classes(qd_plane_class *classes, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
