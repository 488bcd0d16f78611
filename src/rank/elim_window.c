/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inverse of a largest invertible submatrix of a small matrix, by principal pivot transforms.

   The transform at rows Q and columns C, A = X(Q, C) invertible, exchanges the roles of "row Q of y" and "column C of x" in y = X x:

       [ A  B ]        [  A^-1      A^-1 B     ]
       [ D  E ]   ->   [ -D A^-1    E - D A^-1 B ]   (the signs below: row Q solved for x)

   so transforms one after the other give the transform at all pivots, whose Q-C part is the inverse looked for. Columns are taken in strips.
   Within a strip one pivot follows the other; then the columns outside it take all its pivots at once, by a product:
   with M the strip's pivot columns after its transforms and Z the pivot rows before them, X := X + M Z with the pivot rows of X set
   to 0 first.

   Invariant: rows 0..rank-1 have pivots, the other rows are 0 in all columns to the left that have none. */
#include <string.h>

#include "rank/impl.h"

enum { STRIP = 32 };

static void swap_rows(qd_elim_window *w, int64_t i, int64_t j)
{
    double t[QD_ELIM_BLOCK], *a = w->x + i * QD_ELIM_LD, *b = w->x + j * QD_ELIM_LD;
    size_t size = (size_t) w->n * sizeof *t;
    if (i == j) return;
    memcpy(t, a, size);
    memcpy(a, b, size);
    memcpy(b, t, size);
}

/* The transform at (row, col), for the columns lo..lo+n-1 of the strip, whose numbers become sums of one product more. */
QD_CLONES
static void transform(qd_elim_window *w, int64_t row, int64_t col, int64_t lo, int64_t n, const qd_elim_field *f)
{
    double y[STRIP], inverse = qd_elim__inverse(w->x[row * QD_ELIM_LD + col], f), *pivot = w->x + row * QD_ELIM_LD + lo;
    for (int64_t l = 0; l < n; l++) {
        y[l] = qd_elim__residue(pivot[l], f->p, f->inverse);
        y[l] = qd_elim__residue(y[l] * inverse, f->p, f->inverse);
    }
    y[col - lo] = inverse;
    for (int64_t i = 0; i < w->m; i++) {
        double *x = w->x + i * QD_ELIM_LD + lo, factor = qd_elim__residue(x[col - lo], f->p, f->inverse);
        x[col - lo] = 0;
        for (int64_t l = 0; l < n; l++) x[l] -= factor * y[l];
    }
    memcpy(pivot, y, (size_t) n * sizeof *y);
}

/* Pivots in columns lo..lo+n-1, which take their effect. */
static void eliminate_strip(qd_elim_window *w, int64_t lo, int64_t n, const qd_elim_field *f, qd_ctx_t ctx)
{
    int64_t pending = 0; /* products in the sums that the strip's numbers are */
    for (int64_t col = lo; col < lo + n && w->rank < w->m; col++) {
        int64_t i = w->rank;
        while (i < w->m && (w->x[i * QD_ELIM_LD + col] = qd_elim__residue(w->x[i * QD_ELIM_LD + col], f->p, f->inverse)) == 0) i++;
        if (i == w->m) continue;
        swap_rows(w, w->rank, i);
        transform(w, w->rank, col, lo, n, f);
        w->row[w->rank] = i;
        w->col[w->rank++] = col;
        if (++pending < f->depth) continue;
        qd_elim__reduce(w->x + lo, w->m, n, QD_ELIM_LD, f, ctx);
        pending = 0;
    }
    qd_elim__reduce(w->x + lo, w->m, n, QD_ELIM_LD, f, ctx);
}

/* Columns lo..lo+n-1, outside the strip, take the effect of the pivots from first on. */
static void update_columns(qd_elim_window *w, int64_t first, int64_t lo, int64_t n, const qd_elim_field *f, qd_ctx_t ctx)
{
    int64_t k = w->rank - first;
    size_t size = (size_t) n * sizeof *w->x;
    if (n <= 0) return;
    for (int64_t i = 0; i < k; i++) {
        double *row = w->x + (first + i) * QD_ELIM_LD + lo;
        memcpy(w->pivot_rows + i * QD_ELIM_LD, row, size);
        memset(row, 0, size);
    }
    qd_elim_product x = {w->x + lo, w->multiplier, w->pivot_rows, w->m, n, k, QD_ELIM_LD, k, QD_ELIM_LD, 1, 1};
    qd_elim__multiply(&x, f, ctx);
}

void qd_elim__window(qd_elim_window *w, const qd_elim_field *f, qd_ctx_t ctx)
{
    w->rank = 0;
    for (int64_t lo = 0; lo < w->n && w->rank < w->m; lo += STRIP) {
        int64_t first = w->rank, n = w->n - lo < STRIP ? w->n - lo : STRIP;
        eliminate_strip(w, lo, n, f, ctx);
        int64_t k = w->rank - first;
        if (k == 0) continue;
        for (int64_t i = 0; i < w->m; i++)
            for (int64_t j = 0; j < k; j++) w->multiplier[i * k + j] = w->x[i * QD_ELIM_LD + w->col[first + j]];
        update_columns(w, first, 0, lo, f, ctx);
        update_columns(w, first, lo + n, w->n - lo - n, f, ctx);
    }
}
