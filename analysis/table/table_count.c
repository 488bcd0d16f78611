/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/table_count.h"

#include <stddef.h>

const qd_field table_count_field[] = {
    TABLE_COUNT_FIELDS(qd_count, ),
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

bool table_own_budget(qd_ctx_t ctx, double max_seconds)
{
    double end = qd_ctx_elapsed(ctx) + max_seconds;
    bool own = max_seconds > 0 && (ctx->max_seconds <= 0 || end < ctx->max_seconds);
    if (own) ctx->max_seconds = end;
    return own;
}

qd_status table_count_network(qd_count *count, const qd_net_t net, const qd_domain *domain, double max_seconds, qd_ctx_t ctx)
{
    qd_count found = {.patterns = 0};
    bool own = table_own_budget(ctx, max_seconds);
    qd_status st = qd_engine_count(&found, net, domain, ctx);
    bool late = own && qd_ctx_elapsed(ctx) > ctx->max_seconds;
    bool flat = qd_domain_dim(domain, net->input_dim) > 1;
    if (st == QD_EUNABLE && late && found.patterns == 0) found = (qd_count){QD_LOWER_BOUND, 1, 1, 1, -1};
    if (st == QD_EUNABLE && found.patterns > 0 && (late || (flat && qd_ctx_budget(ctx) == QD_OK))) st = QD_OK;
    if (st == QD_OK) *count = found;
    return st;
}

void table_set_bound(qd_table_t t, int64_t row, int64_t column, table_bound_fn bound, const qd_net_t net)
{
    fmpz_t b;
    fmpz_init(b);
    bound(b, net);
    char *s = fmpz_get_str(NULL, 10, b);
    qd_table_set(t, row, column, "%s", s);
    flint_free(s);
    fmpz_clear(b);
}
