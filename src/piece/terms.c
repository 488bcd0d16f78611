/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Polynomials of a path, written out. */
#include "piece/piece.h"

#include <stdlib.h>
#include <string.h>

void qd_terms_init(qd_terms_t t)
{
    memset(t, 0, sizeof *t);
}

void qd_terms_clear(qd_terms_t t)
{
    if (t->c != NULL) _fmpq_vec_clear(t->c, t->n);
    free(t->e);
    qd_terms_init(t);
}

void qd_path_output(qd_terms_t t, qd_path *path, slong o)
{
    const qd_restriction *m = path->model;
    slong depth = m->low->depth, n = 0;
    const fmpz_poly_struct *p = qd_path_a(path, depth, o);
    qd_terms_clear(t);
    t->dim = m->dim;
    for (slong k = 0; k < p->length; k++) t->n += !fmpz_is_zero(p->coeffs + k);
    t->c = _fmpq_vec_init(t->n);
    t->e = qd_calloc((size_t) (t->n * t->dim) + 1, sizeof *t->e);
    for (slong k = 0; k < p->length; k++) {
        if (fmpz_is_zero(p->coeffs + k)) continue;
        fmpq_set_fmpz_frac(t->c + n, p->coeffs + k, m->den[depth] + o);
        for (slong v = 0; v < t->dim; v++) t->e[n * t->dim + v] = qd_path_exponent(m, k, v);
        n++;
    }
}

slong qd_terms_degree(const qd_terms_t t)
{
    slong best = -1;
    for (slong i = 0; i < t->n; i++) {
        slong d = 0;
        for (slong v = 0; v < t->dim; v++) d += t->e[i * t->dim + v];
        if (d > best) best = d;
    }
    return best;
}
