/* quadric: variety. Dimension of functional varieties.

   elimination  rank modulo a prime on top of floating-point BLAS */
#ifndef QD_VARIETY_H
#define QD_VARIETY_H

#include <stdint.h>

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- elimination ------------------------------------------------------------------------- */

/* Row space over Z/p, built panel by panel. Memory: 8 bytes * rank * (ncols - rank / 2) for what was found, and
   8 bytes * 512 to 2048 (by threads) * ncols of work space while rows are added. */
typedef struct qd_elim_block qd_elim_block;   /* private to src/variety/elim*.c */

typedef struct {
    uint32_t p;
    int64_t ncols, nrows, rank;          /* nrows: rows that were looked at so far, dependent ones included */
    int64_t *pivot_row, *pivot_col;      /* owned, length rank: the minor of these rows (numbered from 0 through all
                                            panels) and columns of what was added is invertible modulo p */
    int64_t *perm;                       /* owned, length ncols: position -> column, pivots first */
    qd_elim_block *block;                /* owned, length nblocks */
    int64_t nblocks;
} qd_echelon_struct;
typedef qd_echelon_struct qd_echelon_t[1];

#define QD_ELIM_PRIME_MAX (UINT32_C(1) << 26)

/* p prime, below QD_ELIM_PRIME_MAX; fastest below 2^24; ncols >= 0. */
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

/* Rank modulo p of one dense matrix (nrows, ncols), row-major, entries in 0..p-1. */
qd_status qd_rank_modp(int64_t *rank, const uint32_t *a, int64_t nrows, int64_t ncols, uint32_t p, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
