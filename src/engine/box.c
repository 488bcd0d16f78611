/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domains that own what they are made of. */
#include "engine/engine.h"

#include <string.h>

static void point_to_own(qd_box_t b)
{
    b->d = (qd_domain){b->dim, b->base, b->step, b->lo, b->hi};
}

void qd_box_init(qd_box_t b, slong n, slong dim, bool bounded)
{
    b->n = n;
    b->dim = dim;
    b->base = _fmpq_vec_init(n);
    b->step = _fmpq_vec_init(dim * n);
    b->lo = bounded ? _fmpq_vec_init(dim) : NULL;
    b->hi = bounded ? _fmpq_vec_init(dim) : NULL;
    point_to_own(b);
}

void qd_box_clear(qd_box_t b)
{
    _fmpq_vec_clear(b->base, b->n);
    _fmpq_vec_clear(b->step, b->dim * b->n);
    if (b->lo != NULL) _fmpq_vec_clear(b->lo, b->dim);
    if (b->hi != NULL) _fmpq_vec_clear(b->hi, b->dim);
}

void qd_box_swap(qd_box_t a, qd_box_t b)
{
    qd_box_struct t = *a;
    *a = *b;
    *b = t;
}

void qd_box_set(qd_box_t b, const qd_domain *d, slong inputs)
{
    qd_box_t t;
    slong dim = qd_domain_dim(d, inputs);
    qd_box_init(t, inputs, dim, d->lo != NULL);
    for (slong i = 0; i < inputs && d->dim > 0; i++) fmpq_set(t->base + i, d->base + i);
    for (slong k = 0; k < dim; k++)
        for (slong i = 0; i < inputs; i++) {
            if (d->dim > 0) fmpq_set(t->step + k * inputs + i, d->step + k * inputs + i);
            else if (i == k) fmpq_one(t->step + k * inputs + i);
        }
    for (slong k = 0; k < dim && d->lo != NULL; k++) {
        fmpq_set(t->lo + k, d->lo + k);
        fmpq_set(t->hi + k, d->hi + k);
    }
    qd_box_swap(b, t);
    qd_box_clear(t);
}
