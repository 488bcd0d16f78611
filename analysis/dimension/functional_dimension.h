/* Functional dimension of a network at its parameters: the rank of the Jacobian of the evaluation map. */
#ifndef FUNCTIONAL_DIMENSION_H
#define FUNCTIONAL_DIMENSION_H

#include "net/net.h"

typedef struct {
    qd_label label; /* of dimension: exact or lower_bound */
    int64_t dimension, parameters, points;
    int64_t regions, excluded_regions; /* of the line; -1 for more inputs. Excluded: some pre-activation is 0 on all of it */
    int64_t excluded_points;           /* tried, but a pre-activation was 0 there */
} functional_result;

/* Rank of the rows d output_o(x) / d theta over all points x at which every switching unit has a pre-activation other than 0.
   One input: all regions of the line, exact. More inputs, or a formal degree above 4096: random points of ctx->seed, a lower bound
   unless it meets the number of parameters.
     ->    QD_OK; QD_EUNABLE: a budget ran out, or only a part was tried; r then holds the lower bound of the r->points points and
           the r->regions regions that were reached (none: points 0) */
qd_status functional_dimension(functional_result *r, const qd_net_t net, qd_ctx_t ctx);

#endif
