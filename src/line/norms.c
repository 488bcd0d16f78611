/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Norms of the weights of a layer, rounded up. The square of the norm of w as a map is the largest eigenvalue t of the smaller one of w w^T and
   w^T w. For a symmetric G >= 0 it is at most |G|, the norm of its entries, and t^2 is that of G^2: a few squarings, each of a matrix with |G| = 1, bring
   the bound within a few percent. Where the products would take too long the bound is that of the sums of rows and columns. */
#include <math.h>
#include <stdlib.h>

#include "line/local.h"

#define SQUARINGS 4
/* Operations of all products. */
#define MOST_OPERATIONS 0x1p27
/* Covers the rounding of sums of so many terms, relative to the norms, as QD_SERIES_INFLATE does. */
#define ROUNDED 0x1p-38
#define MOST_TERMS (1 << 13)

/* Numbers whose squares underflow count as at most that. */
#define TINY 0x1p-500

double qd_norms__vector(const double *x, slong n, slong step)
{
    double sum = 0;
    for (slong i = 0; i < n; i++) sum += x[i * step] * x[i * step];
    return sqrt(sum) * QD_SERIES_INFLATE + (double) n * TINY;
}

/* sqrt of the largest sum of a row times the largest of a column, of absolute values. */
static double sums_norm(const double *w, slong in, slong out, slong stride)
{
    double most_in = 0, most_out = 0;
    for (slong j = 0; j < in; j++) {
        double sum = 0;
        for (slong u = 0; u < out; u++) sum += fabs(w[j * stride + u]);
        most_in = fmax(most_in, sum);
    }
    for (slong u = 0; u < out; u++) {
        double sum = 0;
        for (slong j = 0; j < in; j++) sum += fabs(w[j * stride + u]);
        most_out = fmax(most_out, sum);
    }
    return sqrt(most_in * most_out) * QD_SERIES_INFLATE;
}

void qd_norms__set(qd_norms *n, const double *w, slong in, slong out, slong stride, const double *b)
{
    double sum = 0;
    *n = (qd_norms){.row = qd_calloc((size_t) stride, sizeof *n->row), .constant = qd_norms__vector(b, out, 1)};
    if (w == NULL) return;
    for (slong u = 0; u < out; u++) {
        n->row[u] = qd_norms__vector(w + u, in, stride);
        sum += n->row[u] * n->row[u];
    }
    n->frobenius = sqrt(sum) * QD_SERIES_INFLATE;
    n->map = fmin(n->frobenius, sums_norm(w, in, out, stride));
}

/* ---- the largest eigenvalue ------------------------------------------------------------------- */

/* g (n, n) = x^T x, x (m, n) with rows so far apart. */
QD_CLONES static void square(double *restrict g, const double *restrict x, slong n, slong m, slong stride)
{
    for (slong i = 0; i < n * n; i++) g[i] = 0;
    for (slong q = 0; q < m; q++)
        for (slong i = 0; i < n; i++)
            for (slong j = 0; j < n; j++) g[i * n + j] += x[q * stride + i] * x[q * stride + j];
}

/* Of a symmetric matrix G >= 0 of size n, which is used up; work: of the same size. */
static double largest_eigenvalue(double *g, double *work, slong n)
{
    double bound = 1, root = 1;
    for (int k = 0; k <= SQUARINGS; k++, root /= 2) {
        double size = qd_norms__vector(g, n * n, 1) + (k > 0 ? ROUNDED : 0);
        bound *= pow(size, root);
        if (!(size > 0) || k == SQUARINGS) break;
        for (slong i = 0; i < n * n; i++) g[i] /= size;
        square(work, g, n, n, n);
        double *t = g;
        g = work;
        work = t;
    }
    return bound * QD_SERIES_INFLATE;
}

void qd_norms__refine(qd_norms *norm, const double *w, slong in, slong out, slong stride)
{
    slong n = in < out ? in : out, m = in < out ? out : in;
    if ((double) n * (double) n * (double) (m + SQUARINGS * n) > MOST_OPERATIONS || m > MOST_TERMS) return;
    if (!(norm->map > 0x1p-300 && norm->map < 0x1p300)) return;
    double *g = qd_malloc(sizeof *g * (size_t) (n * n)), *work = qd_malloc(sizeof *work * (size_t) (n * n));
    if (in < out) {
        double *rows = qd_malloc(sizeof *rows * (size_t) (n * m));
        for (slong u = 0; u < m; u++)
            for (slong j = 0; j < n; j++) rows[u * n + j] = w[j * stride + u];
        square(g, rows, n, m, n);
        free(rows);
    } else square(g, w, n, m, stride);
    double bound = sqrt(largest_eigenvalue(g, work, n) + ROUNDED * norm->frobenius * norm->frobenius) * QD_SERIES_INFLATE;
    norm->map = fmin(norm->map, bound);
    free(g);
    free(work);
}
