/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors of rationals: FLINT's arrays with their length beside them. */
#include "exact/exact.h"

void qd_vec_init(qd_vec_t v)
{
    v->n = 0;
    v->e = NULL;
}

void qd_vec_clear(qd_vec_t v)
{
    if (v->n > 0) _fmpq_vec_clear(v->e, v->n);
    qd_vec_init(v);
}

void qd_vec_swap(qd_vec_t v, qd_vec_t w)
{
    qd_vec_struct t = *v;
    *v = *w;
    *w = t;
}

void qd_vec_resize(qd_vec_t v, slong n)
{
    if (n == v->n) return;
    qd_vec_t w;
    w->n = n;
    w->e = n > 0 ? _fmpq_vec_init(n) : NULL;
    for (slong i = 0; i < n && i < v->n; i++) fmpq_swap(w->e + i, v->e + i);
    qd_vec_swap(v, w);
    qd_vec_clear(w);
}

void qd_vec_set(qd_vec_t v, const qd_vec_t w)
{
    if (v == w) return;
    qd_vec_resize(v, w->n);
    for (slong i = 0; i < w->n; i++) fmpq_set(v->e + i, w->e + i);
}

int qd_vec_equal(const qd_vec_t v, const qd_vec_t w)
{
    if (v->n != w->n) return 0;
    for (slong i = 0; i < v->n; i++)
        if (!fmpq_equal(v->e + i, w->e + i)) return 0;
    return 1;
}
