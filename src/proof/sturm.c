/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sturm's theorem: the number of roots of a squarefree polynomial in (lo, hi] is the loss of sign variations of its sequence q, q', and
   the negative remainders, between lo and hi. Remainders are made primitive, which keeps signs. */
#include "proof/impl.h"

#include <stdlib.h>

void qd_proof__odd_part(fmpz_poly_t q, const fmpz_poly_t p)
{
    fmpz_poly_factor_t f;
    fmpz_poly_factor_init(f);
    fmpz_poly_factor_squarefree(f, p);
    fmpz_poly_one(q);
    for (slong i = 0; i < f->num; i++)
        if (f->exp[i] % 2 == 1) fmpz_poly_mul(q, q, f->p + i);
    fmpz_poly_factor_clear(f);
}

/* r = - (a mod b) times a positive rational, primitive. */
static void negative_remainder(fmpz_poly_t r, const fmpz_poly_t a, const fmpz_poly_t b)
{
    ulong d;
    fmpz_t content;
    bool flip;
    fmpz_poly_pseudo_rem(r, &d, a, b); /* lc(b)^d a = q b + r */
    flip = fmpz_sgn(fmpz_poly_lead(b)) < 0 && d % 2 == 1;
    if (!flip) fmpz_poly_neg(r, r);
    if (fmpz_poly_is_zero(r)) return;
    fmpz_init(content);
    fmpz_poly_content(content, r);
    fmpz_poly_scalar_divexact_fmpz(r, r, content);
    fmpz_clear(content);
}

static int sign_at(const fmpz_poly_t p, const fmpq *x, bool right)
{
    fmpq_t v;
    int sign;
    if (x == NULL) {
        sign = fmpz_sgn(fmpz_poly_lead(p));
        return !right && fmpz_poly_degree(p) % 2 == 1 ? -sign : sign;
    }
    fmpq_init(v);
    fmpz_poly_evaluate_fmpq(v, p, x);
    sign = fmpq_sgn(v);
    fmpq_clear(v);
    return sign;
}

slong qd_proof__sturm_count(const fmpz_poly_t q, const fmpq *lo, const fmpq *hi)
{
    slong n = 0, length = fmpz_poly_length(q) + 1, count = 0;
    if (fmpz_poly_degree(q) <= 0) return 0;
    fmpz_poly_struct *s = qd_malloc(sizeof *s * (size_t) length);
    for (slong i = 0; i < length; i++) fmpz_poly_init(s + i);
    fmpz_poly_set(s, q);
    fmpz_poly_derivative(s + 1, q);
    for (n = 2; fmpz_poly_degree(s + n - 1) > 0; n++) negative_remainder(s + n, s + n - 2, s + n - 1);
    for (int right = 0; right < 2; right++) {
        int last = 0;
        for (slong i = 0; i < n; i++) {
            int sign = sign_at(s + i, right ? hi : lo, right);
            if (sign * last < 0) count += right ? -1 : 1;
            if (sign != 0) last = sign;
        }
    }
    for (slong i = 0; i < length; i++) fmpz_poly_clear(s + i);
    free(s);
    return count;
}
