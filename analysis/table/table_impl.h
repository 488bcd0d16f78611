/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of every table share: printing, and several processes at one table. */
#ifndef QD_TABLE_IMPL_H
#define QD_TABLE_IMPL_H

#include "table/table.h"

/* The table of all results; rows that lack one have their keys only. */
void table__print(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger, qd_table_format f, const qd_ctx_t ctx);
/* The keys of the rows and the seconds that their items took, all threads together. */
void table__print_times(qd_buf_t out, const table_job *job, const qd_ledger_struct *ledger);
/* How every table of this command begins in this format. */
void table__beginning(qd_buf_t out, const table_job *job, qd_table_format f, const qd_ctx_t ctx);

/* ---- work ---------------------------------------------------------------------------------- */

typedef struct table_work table_work;
struct table_work {
    const table_job *job;
    int64_t *open, nopen; /* the items to do, ascending */
    qd_ledger_t ledger;
    int64_t done; /* of the open ones */
    qd_ctx_t why; /* an item was left out: the first reason */
    /* What becomes of a result that stands in its place in the ledger; callable from inside qd_parallel_for. */
    qd_status (*keep)(table_work *w, int64_t item, double seconds, qd_ctx_t ctx);
};

/* Computes n items and keeps them; those that a budget leaves out are said in w->why.   -> QD_OK; QD_EUNABLE: the budget of the run is used
   up; what keep answers */
qd_status table__compute(table_work *w, int64_t *item, int64_t n, qd_ctx_t ctx);

/* ---- ranks (table_ranks.c) ------------------------------------------------------------------ */

/* Processes that mpirun has started work at one table, where the build has MPI (make MPI=1); else there is one, of rank 0. Rank 0 hands out
   the items, a few at a time to whoever asks, keeps the ledger and prints; the others read the configuration, compute and send results. Each of
   these functions but the first two is to be called by all ranks, in this order.

   The results are kept by item, so that the table does not depend on the ranks, and neither does the ledger but for the order of its lines: a
   run goes on with any number of ranks. When a process dies mpirun ends the others: rank 0 has written every result that it was sent. */
int table__rank(void);
int table__nranks(void); /* begins with MPI when it is first asked */

/* Do all ranks mean the same work? said: what befell this one while it read its configuration, or NULL; work: all that the result depends on.
     ->  QD_OK; QD_EINPUT with the sentence of the first rank that failed, or which rank means something else: on all ranks alike */
qd_status table__ranks_agree(const char *said, const char *work, qd_ctx_t ctx);
/* Computes the open items of rank 0's ledger on the other ranks; st: rank 0 could begin, or nothing is done.   -> rank 0: as
   table__compute; others: QD_OK */
qd_status table__ranks_share(table_work *w, qd_status st, qd_ctx_t ctx);
/* The exit code of rank 0, on all ranks; the end of MPI. */
int table__ranks_end(int code);

#endif
