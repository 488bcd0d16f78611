/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger of a command: its header, and what is said of it. */
#include "table/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

qd_status table_ledger_open(qd_ledger_t l, const char *path, const char *command, const char *resolved, const uint64_t *data, qd_ctx_t ctx)
{
    qd_buf_t header;
    qd_buf_init(header);
    qd_buf_printf(header, "%s, version %s, seed %" PRIu64 ", configuration %016" PRIx64, command, QD_VERSION, ctx->seed,
                  qd_hash(resolved, strlen(resolved)));
    if (data != NULL) qd_buf_printf(header, ", data %016" PRIx64, *data);
    qd_buf_printf(header, ", %" PRId64 " items", l->nitems);
    qd_status st = qd_ledger_open(l, path, qd_buf_str(header), ctx);
    if (st == QD_OK && l->cut > 0)
        fprintf(stderr,
                "quadric: %s: damaged from line %" PRId64 " on, as after a crash; %" PRId64
                " bytes are cut off, what they were is done again\n",
                path, l->cut_line, l->cut);
    qd_buf_clear(header);
    return st;
}

int64_t table_ledger_open_items(int64_t **item, const qd_ledger_t l)
{
    int64_t n = 0;
    *item = qd_malloc(sizeof **item * (size_t) (l->nitems + 1));
    for (int64_t i = 0; i < l->nitems; i++)
        if (!l->there[i]) (*item)[n++] = i;
    return n;
}
