/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simplex method over the rationals, for the few programs that doubles cannot decide: from a feasible point, with Bland's rule, so that it ends.

   Dictionary: basic variables and the objective as affine functions of the nonbasic ones, row b: value b + sum_j entry (b, j) * (nonbasic j). At
   first the nonbasic ones are the coordinates, measured from the start, which are free, and the basic ones are the rows, which are >= 0. A
   coordinate that has become basic stays so. */
#include "space/impl.h"

#include <flint/fmpq_mat.h>
#include <stdlib.h>

#define MOST_PIVOTS 20000

/* Variables: 0 .. dim - 1 the coordinates, dim + i row i. */
typedef struct {
    slong dim, n;
    fmpq_mat_t t;           /* (n + 1, dim + 1): the last row is the objective, the last column the values */
    slong *basic, *outside; /* (n), (dim) */
} dictionary;

static void dictionary_init(dictionary *d, const qd_space_rows *r, const fmpz *f, const fmpq *start)
{
    fmpq_t s;
    d->dim = r->dim;
    d->n = r->n;
    fmpq_init(s);
    fmpq_mat_init(d->t, r->n + 1, r->dim + 1);
    d->basic = qd_malloc(sizeof *d->basic * (size_t) (d->n + 1));
    d->outside = qd_malloc(sizeof *d->outside * (size_t) d->dim);
    for (slong i = 0; i <= d->n; i++) {
        const fmpz *row = i < d->n ? r->row + i * (d->dim + 1) : f;
        fmpq *value = fmpq_mat_entry(d->t, i, d->dim);
        fmpq_set_fmpz(value, row + d->dim);
        for (slong k = 0; k < d->dim; k++) {
            fmpq_set_fmpz(fmpq_mat_entry(d->t, i, k), row + k);
            fmpq_mul_fmpz(s, start + k, row + k);
            fmpq_add(value, value, s);
        }
        if (i < d->n) d->basic[i] = d->dim + i;
    }
    for (slong k = 0; k < d->dim; k++) d->outside[k] = k;
    fmpq_clear(s);
}

static void dictionary_clear(dictionary *d)
{
    fmpq_mat_clear(d->t);
    free(d->basic);
    free(d->outside);
}

/* The variable of least number that makes the objective larger, going up or down; -1: none. */
static slong entering(const dictionary *d, int *direction)
{
    slong best = -1;
    for (slong j = 0; j < d->dim; j++) {
        int s = fmpq_sgn(fmpq_mat_entry(d->t, d->n, j));
        if (s == 0 || (s < 0 && d->outside[j] >= d->dim)) continue;
        if (best >= 0 && d->outside[best] < d->outside[j]) continue;
        best = j;
        *direction = s;
    }
    return best;
}

/* The first row that becomes 0, the least number among equals; -1: none does. */
static slong leaving(const dictionary *d, slong j, int direction)
{
    slong best = -1;
    fmpq_t ratio, least;
    fmpq_init(ratio);
    fmpq_init(least);
    for (slong i = 0; i < d->n; i++) {
        const fmpq *a = fmpq_mat_entry(d->t, i, j);
        if (d->basic[i] < d->dim || fmpq_sgn(a) * direction >= 0) continue;
        fmpq_div(ratio, fmpq_mat_entry(d->t, i, d->dim), a);
        fmpq_abs(ratio, ratio);
        int c = best < 0 ? -1 : fmpq_cmp(ratio, least);
        if (c > 0 || (c == 0 && d->basic[best] < d->basic[i])) continue;
        best = i;
        fmpq_set(least, ratio);
    }
    fmpq_clear(ratio);
    fmpq_clear(least);
    return best;
}

/* Row i and column j change places. */
static void pivot(dictionary *d, slong i, slong j)
{
    fmpq_t f, p, t;
    fmpq_init(f);
    fmpq_init(p);
    fmpq_init(t);
    fmpq_inv(p, fmpq_mat_entry(d->t, i, j));
    for (slong k = 0; k <= d->dim; k++) { /* x_j = (row i - the rest) / entry */
        fmpq *e = fmpq_mat_entry(d->t, i, k);
        if (k == j) fmpq_set(e, p);
        else {
            fmpq_mul(e, e, p);
            fmpq_neg(e, e);
        }
    }
    for (slong r = 0; r <= d->n; r++) {
        if (r == i) continue;
        fmpq_set(f, fmpq_mat_entry(d->t, r, j));
        if (fmpq_is_zero(f)) continue;
        for (slong k = 0; k <= d->dim; k++) {
            fmpq_mul(t, f, fmpq_mat_entry(d->t, i, k));
            if (k == j) fmpq_set(fmpq_mat_entry(d->t, r, k), t);
            else fmpq_add(fmpq_mat_entry(d->t, r, k), fmpq_mat_entry(d->t, r, k), t);
        }
    }
    slong v = d->basic[i];
    d->basic[i] = d->outside[j];
    d->outside[j] = v;
    fmpq_clear(f);
    fmpq_clear(p);
    fmpq_clear(t);
}

qd_truth qd_space__maximise(fmpq *x, int *sign, const qd_space_rows *r, const fmpz *f, const fmpq *start)
{
    dictionary d;
    qd_truth found = QD_UNKNOWN;
    dictionary_init(&d, r, f, start);
    for (slong step = 0; step < MOST_PIVOTS; step++) {
        int direction;
        slong j = entering(&d, &direction), i = j < 0 ? -1 : leaving(&d, j, direction);
        if (j < 0) found = QD_TRUE;
        if (i < 0) break;
        pivot(&d, i, j);
    }
    *sign = fmpq_sgn(fmpq_mat_entry(d.t, d.n, d.dim));
    for (slong k = 0; k < d.dim; k++) fmpq_set(x + k, start + k);
    for (slong i = 0; i < d.n; i++)
        if (d.basic[i] < d.dim) fmpq_add(x + d.basic[i], x + d.basic[i], fmpq_mat_entry(d.t, i, d.dim));
    dictionary_clear(&d);
    return found;
}
