/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Affine functions as rows of rationals. */
#include "proof/impl.h"

bool qd_proof__row_constant(const fmpq *c, slong n)
{
    slong k = 0;
    while (k < n && fmpq_is_zero(c + k)) k++;
    return k == n;
}

bool qd_proof__row_proportional(const fmpq *c, const fmpq *d, slong n)
{
    fmpq_t x, y;
    bool same = true;
    slong k = 0;
    while (fmpq_is_zero(d + k)) k++;
    fmpq_init(x);
    fmpq_init(y);
    for (slong i = 0; i <= n && same; i++) {
        fmpq_mul(x, c + i, d + k);
        fmpq_mul(y, c + k, d + i);
        same = fmpq_equal(x, y);
    }
    fmpq_clear(x);
    fmpq_clear(y);
    return same && !fmpq_is_zero(c + k);
}

void qd_proof__row_value(fmpq_t v, const fmpq *c, const fmpq *t, slong n)
{
    fmpq_set(v, c + n);
    for (slong k = 0; k < n; k++) fmpq_addmul(v, c + k, t + k);
}

void qd_proof__row_shift(fmpq *to, const fmpq *c, const fmpq *point, slong n)
{
    for (slong k = 0; k < n; k++) fmpq_set(to + k, c + k);
    qd_proof__row_value(to + n, c, point, n);
}
