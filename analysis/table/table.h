/* Tables over many networks: what the commands `quadric table ...` share.

   A study is a list of items, one network each. The items are computed in parallel and independently; the result of an item is
   one struct of numbers and texts, whose fields the study lists. When all are there, the study turns them into the rows of a
   table. With -o FILE every finished item is kept in FILE.part as a line, and the same command goes on from there.

   The table is a function of configuration, seed and version alone: not of the threads, nor of how often the work was
   interrupted. Times are kept beside it, in FILE.times.csv. */
#ifndef QD_TABLE_H
#define QD_TABLE_H

#include "cli/cli.h"
#include "report/report.h"

/* One struct for each item of a study. */
typedef struct {
    const qd_field *field; /* borrowed: what it holds */
    size_t size;           /* of one struct, bytes */
    int64_t n;
    char *record;    /* owned: n structs, all 0 where there is none yet */
    bool *there;     /* owned */
    double *seconds; /* owned: what it took */
} table_results;

void table_results_init(table_results *r, const qd_field *field, size_t size, int64_t n);
void table_results_clear(table_results *r);
void *table_result(const table_results *r, int64_t item);

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
    /* Fills in the result of one item, which was all 0. ctx is the item's own.
         -> QD_OK; QD_EUNABLE: a budget of the whole run is used up, the item will be computed again */
    qd_status (*compute)(const void *study, void *result, int64_t item, qd_ctx_t ctx);
    /* Fills the rows from the array of all results. */
    void (*fill)(const void *study, qd_table_t t, const void *results);
    /* Which rows the table has in the end; NULL: all. */
    bool (*shown)(const void *study, int64_t row, const void *results);
} table_job;

/* -o and --format; a command of this family has no other options. */
extern const opt_spec table_options[];

/* EXIT_ANSWERED, or EXIT_USAGE with a message: called before the configuration is read. */
int table_check_options(const char *command);

/* Computes and writes the table; returns the exit code. Everything that goes wrong is said on stderr. */
int table_run(const table_job *job, qd_ctx_t ctx);

/* ---- state (table_state.c) ---------------------------------------------------------------- */

/* FILE.part: a header line, then one line a finished item, appended as they come. */
typedef struct {
    int fd;     /* -1: no state is kept */
    char *path; /* owned */
    double synced_s;
} table_state;

/* The header line of a job, without line end. */
void table_state_header(qd_buf_t out, const table_job *job, uint64_t seed);

/* Opens or makes the file, locks it and reads what is there. An incomplete last line is dropped.
     -> QD_OK; QD_EIO; QD_EINPUT: the file belongs to something else, is damaged, or another process works on it; it is left
        untouched then */
qd_status table_state_open(table_state *s, const char *path, const char *header, table_results *results, qd_ctx_t ctx);
/* Appends one finished item; callable from inside qd_parallel_for. */
qd_status table_state_add(table_state *s, const table_results *results, int64_t item, qd_ctx_t ctx);
/* Closes the file, and removes it when done. */
void table_state_close(table_state *s, bool done);

#endif
