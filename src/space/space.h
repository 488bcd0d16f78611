/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: the engine in space. A conventional network with two and more inputs, or restricted to a flat -> its regions, exactly. */
#ifndef QD_SPACE_H
#define QD_SPACE_H

#include "piece/piece.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is wanted beside the regions' patterns and whether they are bounded: counting alone is the fastest. */
typedef struct {
    bool points; /* a rational point inside each region; else points are 0 */
    bool pieces; /* else count.pieces and all pieces are 0 */
    bool walls;  /* which regions are neighbours; else there are no walls */
} qd_space_want;

/* Is it conventional: of degree one in every layer, with relu, leaky_relu, abs and identity? Then regions are convex, one a pattern. */
bool qd_space_takes(const qd_net_t net);

/* Analyses a conventional network on a domain of dimension >= 2: the whole of it, or a box (lo and hi both given).
     regions  in the order of their patterns, unit by unit, the same for every number of threads; a point is strictly inside its region, and no
              pre-activation is 0 there unless it is zero on all of the region; bounded: it lies in a ball (in a box: its closure misses the
              boundary of the box); holes are 0
     want     NULL: everything
     ->       QD_OK; QD_EINPUT (not conventional, wrong dimension, dependent steps, an empty or a half open box); QD_EUNABLE: the budget ran
              out, or some place was too hard, and regions then holds a certified lower bound (regions->count.label says so): every region
              that is listed is one, and two of different pieces have different outputs
     cost     up to 8 dimensions (in the whole space: up to rank 8 of the first layer) 0.3 to 100 microseconds a region and layer, growing with
              2^dimension, nwords words a region; above some linear programs a unit and region
     method   cell.c, vertex.c, exact.c; from nine dimensions on lp.c. Checked against tests/oracle, the planar engine, and by the walls: both
              sides of each must be there */
qd_status qd_space_compute(qd_regions_t regions, const qd_net_t net, const qd_domain *domain, const qd_space_want *want, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
