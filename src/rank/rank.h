/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: ranks of large matrices, modulo a prime and over the rationals.

   elimination  rank modulo a prime on top of floating-point BLAS
   row space    rank of integer rows over Q: a lower bound at any time, proved when asked

   Foreign library: OpenBLAS. */
#ifndef QD_RANK_H
#define QD_RANK_H

#include <stdbool.h>

#include "base/base.h"
#include "exact/compat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- elimination ------------------------------------------------------------------------- */

/* Row space over Z/p, built panel by panel. Memory: 8 bytes * rank * (ncols - rank / 2) for what was found, and
   8 bytes * 512 to 2048 (by threads) * ncols of work space while rows are added. */
typedef struct qd_elim_block qd_elim_block; /* private to src/rank/elim*.c */

typedef struct {
    uint32_t p;
    int64_t ncols, nrows, rank;     /* nrows: rows that were looked at so far, dependent ones included */
    int64_t *pivot_row, *pivot_col; /* owned, length rank: the minor of these rows (numbered from 0 through all
                                            panels) and columns of what was added is invertible modulo p */
    int64_t *perm;                  /* owned, length ncols: position -> column, pivots first */
    qd_elim_block *block;           /* owned, length nblocks */
    int64_t nblocks;
} qd_echelon_struct;
typedef qd_echelon_struct qd_echelon_t[1];

#define QD_ELIM_PRIME_MAX (UINT32_C(1) << 26)

/* p prime, below QD_ELIM_PRIME_MAX; fastest below 2^23; ncols >= 0. */
void qd_echelon_init(qd_echelon_t e, uint32_t p, int64_t ncols);
void qd_echelon_clear(qd_echelon_t e);

/* Adds rows to the row space; the panels may have any numbers of rows, some hundreds or more are best.
     added   (out) how many were independent of what was there and of each other; may be NULL
     rows    (nrows, ncols) row-major, entries in 0..p-1
     ->      QD_OK; QD_EUNABLE: the budget ran out (the echelon then holds the first part of the panel, e->nrows tells how
             much, and may be used further; *added is untouched); QD_EIO: the OpenBLAS that was loaded is not the OpenMP build
   Rank and pivots do not depend on ctx->threads.
     cost    2 * nrows * rank * (ncols - rank / 2) floating-point operations or less, nearly all in dgemm */
qd_status qd_echelon_add(int64_t *added, qd_echelon_t e, const uint32_t *rows, int64_t nrows, qd_ctx_t ctx);
int64_t qd_echelon_rank(const qd_echelon_t e);

/* ---- row space over Q -------------------------------------------------------------------- */

/* Integer rows as they come. The rank modulo a random prime is a lower bound of the rank over Q at any time; what proves it is
   written in rational.c. */
typedef struct {
    int64_t ncols, nrows, room;
    fmpz **row;      /* owned: nrows vectors of length ncols */
    uint32_t *panel; /* owned: rows modulo the prime, on their way into the echelon */
    qd_echelon_t echelon;
    qd_rng_t rng;
} qd_rows_struct;
typedef qd_rows_struct qd_rows_t[1];

/* The primes are drawn from rng.   ncols >= 1 */
void qd_rows_init(qd_rows_t r, int64_t ncols, const qd_rng_t rng);
void qd_rows_clear(qd_rows_t r);

/* Copies a row of length ncols and divides the copy by its content.   -> QD_OK, or what qd_echelon_add answers */
qd_status qd_rows_add(qd_rows_t r, const fmpz *row, qd_ctx_t ctx);
/* Rank of the rows so far modulo the prime, without a budget: at most one panel of rows is left to eliminate. */
qd_status qd_rows_rank(int64_t *rank, qd_rows_t r, qd_ctx_t ctx);
/* Is qd_rows_rank the rank over Q?
     proved  (out) QD_TRUE: yes, certainly; QD_UNKNOWN: the prime was a bad one, or the budget ran out
     ->      QD_OK; QD_EUNABLE: the budget ran out, which is looked at after each prime and each row
     cost    a few solutions modulo primes of 61 bits where the relations between rows or columns are simple, in the worst case
             as many as Cramer's rule has bits / 30; then rank * nrows * (ncols - rank) multiplications, or rows and columns
             exchanged */
qd_status qd_rows_prove(qd_truth *proved, qd_rows_t r, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
