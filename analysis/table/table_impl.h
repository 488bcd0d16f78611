/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What table.c has of table_print.c. */
#ifndef QD_TABLE_IMPL_H
#define QD_TABLE_IMPL_H

#include "table/table.h"

/* The table of all results; rows that lack one have their keys only. */
void table__print(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger, qd_table_format f, const qd_ctx_t ctx);
/* The keys of the rows and the seconds that their items took, all threads together. */
void table__print_times(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger);
/* How every table of this command begins in this format. */
void table__beginning(qd_buf_t out, const table_job *job, qd_table_format f, const qd_ctx_t ctx);

#endif
