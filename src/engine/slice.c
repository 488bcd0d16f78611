/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random lines and planes through a space or a box. */
#include "engine/impl.h"

void qd_engine__slice_init(qd_engine__slice *s, slong dim, slong k, slong n)
{
    *s = (qd_engine__slice){.dim = dim, .k = k};
    s->base = _fmpq_vec_init(k);
    s->step = _fmpq_vec_init(dim * k);
    s->lo = _fmpq_vec_init(dim);
    s->hi = _fmpq_vec_init(dim);
    qd_box_init(s->domain, n, dim, false);
}

void qd_engine__slice_clear(qd_engine__slice *s)
{
    _fmpq_vec_clear(s->base, s->k);
    _fmpq_vec_clear(s->step, s->dim * s->k);
    _fmpq_vec_clear(s->lo, s->dim);
    _fmpq_vec_clear(s->hi, s->dim);
    qd_box_clear(s->domain);
}

/* x = j / den, |j| <= range */
static void random_rational(fmpq_t x, slong range, ulong den, qd_rng_t rng)
{
    fmpq_set_si(x, qd_rng_range(rng, -range, range), den);
    fmpq_canonicalise(x);
}

/* The whole space: points of several sizes; a plane only in a square around its point, for its far ends are dear. */
static void random_slice(qd_engine__slice *s, qd_rng_t rng)
{
    flint_bitcnt_t size = qd_rng_below(rng, 5);
    for (slong j = 0; j < s->k; j++) {
        random_rational(s->base + j, 64, 64, rng);
        fmpq_mul_2exp(s->base + j, s->base + j, size);
    }
    for (slong j = 0; j < s->dim * s->k; j++) random_rational(s->step + j, 64, 64, rng);
    s->bounded = s->dim == 2;
    for (slong c = 0; c < s->dim; c++) {
        fmpq_set_si(s->hi + c, 1, 1);
        fmpq_mul_2exp(s->hi + c, s->hi + c, size + 1);
        fmpq_neg(s->lo + c, s->hi + c);
    }
}

/* lo < base_j + x step_j < hi becomes a range of x; *any: it has been narrowed before. */
static void clip(qd_engine__slice *s, const qd_box_struct *box, slong j, bool *any)
{
    fmpq_t a, b;
    int sign = fmpq_sgn(s->step + j);
    if (sign == 0) return;
    fmpq_init(a);
    fmpq_init(b);
    fmpq_sub(a, box->lo + j, s->base + j);
    fmpq_sub(b, box->hi + j, s->base + j);
    fmpq_div(a, a, s->step + j);
    fmpq_div(b, b, s->step + j);
    if (sign < 0) fmpq_swap(a, b);
    if (!*any || fmpq_cmp(a, s->lo) > 0) fmpq_set(s->lo, a);
    if (!*any || fmpq_cmp(b, s->hi) < 0) fmpq_set(s->hi, b);
    *any = true;
    fmpq_clear(a);
    fmpq_clear(b);
}

/* In a box: a line through a point inside, from side to side; in a plane a parallelogram about a point near the middle whose corners are inside:
   with d half of the width, the point is at most d/4 from the middle and each step at most 3d/8 long in every coordinate. */
static void random_slice_in(qd_engine__slice *s, const qd_box_struct *box, qd_rng_t rng)
{
    fmpq_t half, middle;
    fmpq_init(half);
    fmpq_init(middle);
    for (slong j = 0; j < s->k; j++) {
        fmpq_sub(half, box->hi + j, box->lo + j);
        fmpq_div_2exp(half, half, 1);
        fmpq_add(middle, box->lo + j, half);
        random_rational(s->base + j, s->dim == 1 ? 63 : 16, 64, rng);
        fmpq_mul(s->base + j, s->base + j, half);
        fmpq_add(s->base + j, s->base + j, middle);
        for (slong c = 0; c < s->dim; c++) {
            random_rational(s->step + c * s->k + j, 24, 64, rng);
            fmpq_mul(s->step + c * s->k + j, s->step + c * s->k + j, half);
        }
    }
    bool any = false;
    s->bounded = true;
    for (slong c = 0; c < s->dim; c++) {
        fmpq_set_si(s->lo + c, -1, 1);
        fmpq_set_si(s->hi + c, 1, 1);
    }
    for (slong j = 0; s->dim == 1 && j < s->k; j++) clip(s, box, j, &any);
    fmpq_clear(half);
    fmpq_clear(middle);
}

/* x = base + sum of step_c t_c in the inputs; -> a domain, unless the steps are dependent */
static bool to_inputs(qd_engine__slice *s, const qd_box_struct *box, qd_ctx_t ctx)
{
    qd_box_struct *d = s->domain;
    qd_domain_point(d->base, &box->d, box->n, s->base);
    for (slong c = 0; c < s->dim; c++)
        for (slong i = 0; i < box->n; i++) {
            fmpq *x = d->step + c * box->n + i;
            for (slong j = 0; j < s->k; j++) fmpq_addmul(x, s->step + c * s->k + j, box->step + j * box->n + i);
        }
    d->d.lo = s->bounded ? s->lo : NULL;
    d->d.hi = s->bounded ? s->hi : NULL;
    return qd_domain_check(&d->d, box->n, ctx) == QD_OK;
}

bool qd_engine__slice_random(qd_engine__slice *s, const qd_box_struct *box, qd_rng_t rng, qd_ctx_t ctx)
{
    if (box->lo == NULL) random_slice(s, rng);
    else random_slice_in(s, box, rng);
    return to_inputs(s, box, ctx);
}

/* t = the point of the slice with coordinates x, in those of the box. */
void qd_engine__slice_point(fmpq *t, const qd_engine__slice *s, const fmpq *x)
{
    for (slong j = 0; j < s->k; j++) {
        fmpq_set(t + j, s->base + j);
        for (slong c = 0; c < s->dim; c++) fmpq_addmul(t + j, x + c, s->step + c * s->k + j);
    }
}
