/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables over many networks: what the commands `quadric table ...` share.

   A study is a list of items, one network each. The items are computed in parallel and independently; the result of an item is
   one struct of numbers and texts, whose fields the study lists. When all are there, the study turns them into the rows of a
   table. With -o FILE every finished item is kept in FILE.part as a line, and the same command goes on from there.

   The table is a function of configuration, seed and version alone: not of the threads, nor of how often the work was
   interrupted. Times are kept beside it, in FILE.times.csv. */
#ifndef QD_TABLE_H
#define QD_TABLE_H

#include "cli/cli.h"
#include "io/io.h"
#include "report/report.h"

typedef struct {
    const char *command;  /* "table pieces" */
    const char *caption;  /* what text, Markdown and LaTeX print over the table, after the command */
    const char *resolved; /* all that the results depend on, but seed and version, as text */
    const void *study;    /* borrowed, the first argument of all functions below */
    int64_t nitems, nrows;
    int64_t nkeys;         /* so many first columns name a row */
    const qd_field *field; /* of the result of an item, a struct of so many bytes */
    size_t size;
    void (*columns)(const void *study, qd_table_t t);
    /* The row to which an item belongs. */
    int64_t (*row)(const void *study, int64_t item);
    /* Fills in the result of one item, which was all 0. ctx is the item's own, with what is left of the run's budget.
         -> QD_OK; QD_EUNABLE: a budget of the whole run is used up, the item will be computed again. While there is time left for others,
            they are computed, and the row of this one says "budget" */
    qd_status (*compute)(const void *study, void *result, int64_t item, qd_ctx_t ctx);
    /* Fills the rows from the array of all results; of a row that is open, which lacks a result, only the keys count. */
    void (*fill)(const void *study, qd_table_t t, const void *results, const bool *open);
    /* Which rows the table has in the end; NULL: all. */
    bool (*shown)(const void *study, int64_t row, const void *results);
} table_job;

/* -o and --format; a command of this family has no other options. */
extern const opt_spec table_options[];

/* EXIT_ANSWERED, or EXIT_USAGE with a message: called before the configuration is read. */
int table_check_options(const char *command);

/* Computes and writes the table; returns the exit code. Everything that goes wrong is said on stderr. Under mpirun, where the build has MPI,
   all processes of the run call it. */
int table_run(const table_job *job, qd_ctx_t ctx);
/* In its place, when the configuration of this path could not be read. */
int table_fail(qd_status st, const char *path, qd_ctx_t ctx);

/* ---- ledger ------------------------------------------------------------------------------- */

/* Opens the ledger of the command's work in the file: that of another version, seed, configuration or (where data, their digest, is given)
   other data is refused. A damaged end that was cut off is said on stderr. */
qd_status table_ledger_open(qd_ledger_t l, const char *path, const char *command, const char *resolved, const uint64_t *data, qd_ctx_t ctx);
/* The items that are not done, ascending: *item is owned by the caller; returns their number. */
int64_t table_ledger_open_items(int64_t **item, const qd_ledger_t l);

#endif
