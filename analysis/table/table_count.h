/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The count of one network as the result of an item, and its cells. */
#ifndef QD_TABLE_COUNT_H
#define QD_TABLE_COUNT_H

#include "engine/engine.h"
#include "report/report.h"

/* The fields of a qd_count, and of one inside a struct: its type, and "count." */
#define TABLE_COUNT_FIELDS(type, member)                                                                                                   \
    {"status", QD_FIELD_ENUM, offsetof(type, member label), QD_EXACT, QD_LOWER_BOUND},                                                     \
        {"regions", QD_FIELD_INT, offsetof(type, member regions), 0, INT64_MAX},                                                           \
        {"pieces", QD_FIELD_INT, offsetof(type, member pieces), 0, INT64_MAX},                                                             \
        {"patterns", QD_FIELD_INT, offsetof(type, member patterns), 0, INT64_MAX},                                                         \
    {                                                                                                                                      \
        "max_degree", QD_FIELD_INT, offsetof(type, member max_degree), INT64_MIN, INT64_MAX                                                \
    }
extern const qd_field table_count_field[];

/* Sets the time budget of one network, s from now, inside that of the run, which ctx has; 0: none.   -> does it end before the run's? */
bool table_own_budget(qd_ctx_t ctx, double max_seconds);
/* Counts with a time budget of the network's own (max_seconds > 0). When that budget ends the work, or no engine is exact, the count is a
   lower bound, and a result, 1 where nothing was found; when the time or the memory of the run ends it, it is none: QD_EUNABLE. */
qd_status table_count_network(qd_count *count, const qd_net_t net, const qd_domain *domain, double max_seconds, qd_ctx_t ctx);

typedef void (*table_bound_fn)(fmpz_t bound, const qd_net_t net);
void table_set_bound(qd_table_t t, int64_t row, int64_t column, table_bound_fn bound, const qd_net_t net);

#endif
