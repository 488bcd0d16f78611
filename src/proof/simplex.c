/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simplex method over the rationals, for few variables: x = 0 is feasible, so there is no first phase. A dictionary writes each basic
   variable by the nonbasic ones; the x are free: nonbasic they may move both ways, basic they limit nothing and stay. Bland's rule ends it. */
#include "proof/impl.h"

#include <stdlib.h>

/* Variables: 0..n-1 are x, n.. are the slacks of the rows. */
typedef struct {
    slong n, m;
    fmpq *t;              /* (m + 1, n + 1): a row a basic variable, the last one the objective; the last column the constant */
    slong *basic, *other; /* (m), (n): which variables */
} dictionary;

static fmpq *at(const dictionary *d, slong i, slong j)
{
    return d->t + i * (d->n + 1) + j;
}

static void pivot(dictionary *d, slong i, slong j)
{
    fmpq_t inverse, f;
    fmpq_init(inverse);
    fmpq_init(f);
    fmpq_inv(inverse, at(d, i, j));
    for (slong k = 0; k <= d->n; k++) {
        fmpq_mul(at(d, i, k), at(d, i, k), inverse);
        if (k != j) fmpq_neg(at(d, i, k), at(d, i, k));
    }
    fmpq_set(at(d, i, j), inverse);
    for (slong r = 0; r <= d->m; r++) {
        if (r == i || fmpq_is_zero(at(d, r, j))) continue;
        fmpq_set(f, at(d, r, j));
        fmpq_zero(at(d, r, j));
        for (slong k = 0; k <= d->n; k++) fmpq_addmul(at(d, r, k), f, at(d, i, k));
    }
    slong v = d->basic[i];
    d->basic[i] = d->other[j];
    d->other[j] = v;
    fmpq_clear(inverse);
    fmpq_clear(f);
}

/* The column that enters, and its direction; -1: optimal. */
static slong entering(int *way, const dictionary *d)
{
    slong best = -1;
    for (slong j = 0; j < d->n; j++) {
        int sign = fmpq_sgn(at(d, d->m, j));
        if (sign == 0 || (sign < 0 && d->other[j] >= d->n)) continue;
        if (best >= 0 && d->other[j] > d->other[best]) continue;
        best = j;
        *way = sign;
    }
    return best;
}

/* The row that limits a step along column j; -1: none. */
static slong leaving(const dictionary *d, slong j, int way)
{
    slong best = -1;
    fmpq_t ratio, least;
    fmpq_init(ratio);
    fmpq_init(least);
    for (slong i = 0; i < d->m; i++) {
        if (d->basic[i] < d->n || fmpq_sgn(at(d, i, j)) * way >= 0) continue;
        fmpq_div(ratio, at(d, i, d->n), at(d, i, j));
        fmpq_abs(ratio, ratio);
        int order = best < 0 ? -1 : fmpq_cmp(ratio, least);
        if (order > 0 || (order == 0 && d->basic[i] > d->basic[best])) continue;
        best = i;
        fmpq_swap(ratio, least);
    }
    fmpq_clear(ratio);
    fmpq_clear(least);
    return best;
}

/* x where the nonbasic variables are 0, but that of column j (>= 0), which is `step`. */
static void point(fmpq *x, const dictionary *d, slong j, const fmpq_t step)
{
    for (slong k = 0; k < d->n; k++) fmpq_zero(x + k);
    if (j >= 0 && d->other[j] < d->n) fmpq_set(x + d->other[j], step);
    for (slong i = 0; i < d->m; i++) {
        if (d->basic[i] >= d->n) continue;
        fmpq_set(x + d->basic[i], at(d, i, d->n));
        if (j >= 0) fmpq_addmul(x + d->basic[i], at(d, i, j), step);
    }
}

static int solve(fmpq_t max, fmpq *x, dictionary *d)
{
    slong i, j;
    int way = 0;
    fmpq_t step;
    while ((j = entering(&way, d)) >= 0 && (i = leaving(d, j, way)) >= 0) pivot(d, i, j);
    fmpq_init(step);
    if (j >= 0) { /* far enough that the value is 2 or what it is more */
        fmpq_set_si(step, 2, 1);
        fmpq_sub(step, step, at(d, d->m, d->n));
        if (fmpq_sgn(step) < 0) fmpq_zero(step);
        fmpq_div(step, step, at(d, d->m, j));
    } else fmpq_set(max, at(d, d->m, d->n));
    if (x != NULL) point(x, d, j, step);
    fmpq_clear(step);
    return j < 0;
}

int qd_proof__simplex(fmpq_t max, fmpq *x, const fmpq *const *row, slong rows, const fmpq *c, slong n)
{
    dictionary d = {.n = n, .m = rows};
    d.t = _fmpq_vec_init((rows + 1) * (n + 1));
    d.basic = qd_malloc(sizeof *d.basic * (size_t) (rows + 1));
    d.other = qd_malloc(sizeof *d.other * (size_t) (n + 1));
    for (slong i = 0; i <= rows; i++)
        for (slong k = 0; k <= n; k++) fmpq_set(at(&d, i, k), (i < rows ? row[i] : c) + k);
    for (slong i = 0; i < rows; i++) d.basic[i] = n + i;
    for (slong k = 0; k < n; k++) d.other[k] = k;
    int bounded = solve(max, x, &d);
    _fmpq_vec_clear(d.t, (rows + 1) * (n + 1));
    free(d.basic);
    free(d.other);
    return bounded;
}
