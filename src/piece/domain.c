/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domains: affine images of R^dim in the input space, whole or cut to a box. */
#include "piece/piece.h"

#include <flint/fmpq_mat.h>
#include <string.h>

slong qd_domain_dim(const qd_domain *d, slong inputs)
{
    return d->dim == 0 ? inputs : d->dim;
}

void qd_domain_point(fmpq *x, const qd_domain *d, slong inputs, const fmpq *t)
{
    for (slong i = 0; i < inputs; i++) {
        if (d->dim == 0) fmpq_set(x + i, t + i);
        else fmpq_set(x + i, d->base + i);
        for (slong k = 0; k < d->dim; k++) fmpq_addmul(x + i, t + k, d->step + k * inputs + i);
    }
}

void qd_domain_difference(fmpq *step, const fmpq *p, const fmpq *q, slong inputs)
{
    for (slong i = 0; i < inputs; i++) fmpq_sub(step + i, q + i, p + i);
}

static bool same_point(const fmpq *p, const fmpq *q, slong n)
{
    slong i = 0;
    while (i < n && fmpq_equal(p + i, q + i)) i++;
    return i == n;
}

static void random_point(fmpq *x, slong n, qd_rng_t rng)
{
    for (slong i = 0; i < n; i++) {
        fmpq_set_si(x + i, qd_rng_range(rng, -16, 16), 8);
        fmpq_canonicalise(x + i);
    }
}

static bool independent(const fmpq *step, slong dim, slong inputs)
{
    fmpq_mat_t m;
    fmpq_mat_init(m, dim, inputs);
    for (slong k = 0; k < dim; k++)
        for (slong i = 0; i < inputs; i++) fmpq_set(fmpq_mat_entry(m, k, i), step + k * inputs + i);
    slong rank = fmpq_mat_rref(m, m);
    fmpq_mat_clear(m);
    return rank == dim;
}

void qd_domain_random_points(fmpq *p, fmpq *q, slong inputs, uint64_t seed)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, qd_rng_stream((uint64_t) inputs, 0, 0));
    do {
        random_point(p, inputs, rng);
        random_point(q, inputs, rng);
    } while (same_point(p, q, inputs));
}

void qd_domain_random_plane(fmpq *base, fmpq *step, slong inputs, uint64_t seed)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, qd_rng_stream((uint64_t) inputs, 2, 0));
    random_point(base, inputs, rng);
    do random_point(step, 2 * inputs, rng);
    while (!independent(step, 2, inputs));
}

void qd_domain_middle(fmpq *t, const qd_domain *d, slong inputs)
{
    for (slong k = 0; k < qd_domain_dim(d, inputs); k++) {
        const fmpq *lo = d->lo == NULL ? NULL : d->lo + k, *hi = d->hi == NULL ? NULL : d->hi + k;
        fmpq_zero(t + k);
        if (lo != NULL && hi != NULL) {
            fmpq_add(t + k, lo, hi);
            fmpq_div_2exp(t + k, t + k, 1);
        } else if (lo != NULL) fmpq_add_si(t + k, lo, 1);
        else if (hi != NULL) fmpq_sub_si(t + k, hi, 1);
    }
}

static qd_status empty_range(const fmpq_t lo, const fmpq_t hi, slong dim, qd_ctx_t ctx)
{
    qd_buf_t a, b;
    qd_buf_init(a);
    qd_buf_init(b);
    qd_rat_print(a, lo);
    qd_rat_print(b, hi);
    qd_status st = qd_fail(ctx, QD_EINPUT, "the %s %.100s:%.100s is empty; expected a < b", dim == 1 ? "interval" : "range", qd_buf_str(a),
                           qd_buf_str(b));
    qd_buf_clear(a);
    qd_buf_clear(b);
    return st;
}

qd_status qd_domain_check(const qd_domain *d, slong inputs, qd_ctx_t ctx)
{
    if (d->dim > 0 && !independent(d->step, d->dim, inputs)) {
        if (d->dim == 1) return qd_fail(ctx, QD_EINPUT, "the two points of the line are equal");
        return qd_fail(ctx, QD_EINPUT, "the %ld directions of the domain are linearly dependent", (long) d->dim);
    }
    for (slong k = 0; d->lo != NULL && d->hi != NULL && k < qd_domain_dim(d, inputs); k++)
        if (fmpq_cmp(d->lo + k, d->hi + k) >= 0) return empty_range(d->lo + k, d->hi + k, qd_domain_dim(d, inputs), ctx);
    return QD_OK;
}
