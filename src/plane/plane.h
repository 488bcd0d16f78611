/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: the engine in the plane. A network with two inputs, or restricted to a plane, -> its regions, exactly. */
#ifndef QD_PLANE_H
#define QD_PLANE_H

#include "piece/piece.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Analyses net on a domain of dimension 2: the whole plane, or a box (lo and hi both given).
     ->     QD_OK; QD_EINPUT (wrong dimension, dependent steps, an empty or a half open box); QD_EUNABLE: the budget ran out, or
            some place was too hard, and regions then holds a certified lower bound (regions->count.label says so)
     cost   about a microsecond a box of the subdivision and unit of low degree, some boxes a region; exact algebra where doubles decide nothing
     method tree.c, leaf.c, resolve.c; checked against tests/oracle, and at every run by two independent counts of the regions: as joined faces,
            and from Euler's formula for the curves between them */
qd_status qd_plane_compute(qd_regions_t regions, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
