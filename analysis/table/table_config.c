/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/table_config.h"

qd_status config_ints(int64_t **v, int64_t *n, const qd_node *node, int64_t min, int64_t max, const char *what, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, what, ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(node) == 0) return qd_node_fail(node, ctx, "%s is empty, expected at least one integer", what);
    *n = qd_node_count(node);
    *v = qd_calloc((size_t) *n, sizeof **v);
    for (slong i = 0; i < *n && st == QD_OK; i++) {
        int64_t x = 0;
        st = qd_node_get_int(&x, qd_node_item(node, i), min, max, what, ctx);
        (*v)[i] = x;
    }
    return st;
}

qd_status config_rationals(fmpq *v, slong n, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, what, ctx);
    if (st == QD_OK && qd_node_count(node) != n)
        st = qd_node_fail(node, ctx, "%s: found %ld numbers, expected %ld", what, (long) qd_node_count(node), (long) n);
    for (slong i = 0; i < n && st == QD_OK; i++) st = qd_rat_from_node(v + i, qd_node_item(node, i), what, ctx);
    return st;
}
