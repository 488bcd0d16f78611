#include "table/table_count.h"

#include <stdio.h>

qd_status table_count_network(qd_buf_t result, const qd_net_t net, const qd_domain *domain, double max_seconds, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_line_init(line);
    double start = qd_ctx_elapsed(ctx);
    ctx->max_seconds = max_seconds > 0 ? start + max_seconds : 0;
    qd_status st = qd_line_compute(line, net, domain, ctx);
    if (st == QD_EUNABLE && max_seconds > 0 && qd_ctx_elapsed(ctx) - start > max_seconds) st = QD_OK;
    if (st == QD_OK) {
        qd_count c = qd_line_count(line);
        qd_buf_printf(result, "%s %ld %ld %ld %ld", qd_label_name(c.label), (long) c.regions, (long) c.pieces, (long) c.patterns,
                      (long) c.max_degree);
    }
    qd_line_clear(line);
    return st;
}

table_count table_count_read(const char *result)
{
    table_count c = {result[0] == 'e', 0, 0, 0, 0};
    sscanf(result, "%*s %ld %ld %ld %ld", &c.regions, &c.pieces, &c.patterns, &c.max_degree);
    return c;
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
