/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal rendering: the interval is refined until it is short against the last digit, then its middle is
   rounded. */
#include "exact/impl.h"

/* The relative width of the interval is at most 2^-bits. */
static int sharp(const qd_alg_t a, slong bits)
{
    fmpq_t d;
    if (fmpq_sgn(a->lo) < 0 && fmpq_sgn(a->hi) > 0) return 0;
    const fmpq *small = fmpq_sgn(a->lo) >= 0 ? a->lo : a->hi;
    if (fmpq_is_zero(small)) return 0;
    fmpq_init(d);
    fmpq_sub(d, a->hi, a->lo);
    int yes = fmpq_is_zero(d) || qd_dyadic__size(d, 1) + bits <= qd_dyadic__size(small, 0);
    fmpq_clear(d);
    return yes;
}

void qd_alg_print_decimal(qd_buf_t out, const qd_alg_t a, slong digits)
{
    fmpq_t zero;
    qd_alg_t x;
    fmpq_init(zero);
    qd_alg_init(x);
    if (qd_alg_cmp_fmpq(a, zero) != 0) qd_alg_set(x, a);
    if (digits < 1) digits = 1;
    slong need = (slong) (3.33 * (double) digits) + 8;
    for (slong bits = need; !sharp(x, need) && !qd_alg_is_rational_form(x); bits += bits / 2) qd_alg_refine(x, bits);
    fmpq_add(zero, x->lo, x->hi);
    fmpq_div_2exp(zero, zero, 1);
    qd_rat__print(out, zero, digits, qd_alg_is_rational_form(x));
    fmpq_clear(zero);
    qd_alg_clear(x);
}
