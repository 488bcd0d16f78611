/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the elimination share: arithmetic modulo p in doubles.

   A residue is a double that holds an integer of absolute value at most f->bound, about p/2: the residue nearest to 0, or, where a
   rounding decides, one a little beyond. It is 0 exactly if its class is. Sums of f->depth products of two residues and one
   residue more are exact in a double, so a product of matrices takes one reduction for every f->depth columns. */
#ifndef QD_RANK_IMPL_H
#define QD_RANK_IMPL_H

#include <stdbool.h>

#include "rank/rank.h"

typedef struct {
    double p, inverse; /* p and 1/p, rounded */
    int64_t depth;     /* products that may be added up before a reduction, >= 1 */
} qd_elim_field;

void qd_elim__field(qd_elim_field *f, uint32_t p);
/* 1/a for a residue that is not 0. */
double qd_elim__inverse(double a, const qd_elim_field *f);

/* x - p * (the integer next to x / p). Adding and subtracting 1.5 * 2^52 rounds to an integer on every processor
   that has no instruction for it; |x| <= 2^53 and p >= 2 keep the quotient inside the range where this is right. */
static inline double qd_elim__residue(double x, double p, double inverse)
{
    const double round = 6755399441055744.0;
    double q = (x * inverse + round) - round;
    return x - q * p;
}

/* c = beta * c + alpha * a * b modulo p; alpha 1 or -1, beta 0 or 1; a and b are residues; c overlaps neither. */
typedef struct {
    double *c; /* (m, n) row-major, rows ldc apart; so are a (m, k) and b (k, n) */
    const double *a, *b;
    int64_t m, n, k, ldc, lda, ldb;
    double alpha, beta;
} qd_elim_product;
/* c consists of residues, before and after. */
void qd_elim__multiply(const qd_elim_product *x, const qd_elim_field *f, qd_ctx_t ctx);
/* The same without the last reduction: numbers in c are sums of at most *pending products and a residue, before and after. */
void qd_elim__accumulate(const qd_elim_product *x, int64_t *pending, const qd_elim_field *f, qd_ctx_t ctx);
/* c (rows, cols), such sums with at most f->depth products, as residues. */
void qd_elim__reduce(double *c, int64_t rows, int64_t cols, int64_t ld, const qd_elim_field *f, qd_ctx_t ctx);

/* Makes the products of this thread run on this thread: they are shared out here, tile by tile. Returns what
   qd_elim__blas_leave wants back. */
int qd_elim__blas_enter(void);
void qd_elim__blas_leave(int before);
/* QD_OK if the library that was loaded is one that may be called from the threads of a parallel loop. */
qd_status qd_elim__blas_check(qd_ctx_t ctx);

/* ---- one window: at most QD_ELIM_BLOCK rows and columns --------------------------------------- */

enum { QD_ELIM_BLOCK = 128, QD_ELIM_LD = QD_ELIM_BLOCK + 8 };

typedef struct {
    int64_t m, n; /* the window's shape */
    int64_t rank;
    int64_t row[QD_ELIM_BLOCK]; /* step i exchanges rows i and row[i] >= i; then row i has pivot i */
    int64_t col[QD_ELIM_BLOCK]; /* its column; ascending */
    double x[QD_ELIM_BLOCK * QD_ELIM_LD];
    double multiplier[QD_ELIM_BLOCK * QD_ELIM_BLOCK], pivot_rows[QD_ELIM_BLOCK * QD_ELIM_LD]; /* work space */
} qd_elim_window;

/* Finds a largest invertible submatrix of w->x and replaces it by its inverse: on return entry (i, j) of the inverse, i, j < w->rank, is
   w->x[i * QD_ELIM_LD + w->col[j]]; the pivot rows are the first w->rank after the exchanges. */
void qd_elim__window(qd_elim_window *w, const qd_elim_field *f, qd_ctx_t ctx);

#endif
