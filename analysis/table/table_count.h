/* The count of one network as the result of an item, and its cells. */
#ifndef QD_TABLE_COUNT_H
#define QD_TABLE_COUNT_H

#include "spline/spline.h"
#include "report/report.h"

typedef struct {
    bool exact;
    long regions, pieces, patterns, max_degree; /* max_degree: exact counts only */
} table_count;

/* Counts with a time budget of the network's own (max_seconds > 0) and appends the result. When that budget ends the work the count is a
   lower bound, and a result; when the memory of the run ends it, it is none: QD_EUNABLE. */
qd_status table_count_network(qd_buf_t result, const qd_net_t net, const qd_domain *domain, double max_seconds, qd_ctx_t ctx);
table_count table_count_read(const char *result);

typedef void (*table_bound_fn)(fmpz_t bound, const qd_net_t net);
void table_set_bound(qd_table_t t, int64_t row, int64_t column, table_bound_fn bound, const qd_net_t net);

#endif
