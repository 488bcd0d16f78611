/* Rational points that prove a lower bound on the number of patterns. */
#ifndef QD_ANALYSIS_WITNESS_H
#define QD_ANALYSIS_WITNESS_H

#include "spline/spline.h"

/* Appends [{"pattern": "011", "at": "1/2"}, ...]: for each pattern among the regions of `line` a rational t inside one, at which
   evaluation shows that pattern; in a line without a finished region, one point and what evaluation shows there. No budget. */
void witnesses_json(qd_buf_t out, const qd_line_t line, const qd_net_t net, const qd_domain *d, qd_ctx_t ctx);

#endif
