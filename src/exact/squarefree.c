/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Squarefree and odd parts. Most polynomials are squarefree, and one gcd modulo one word-sized prime proves it: if the prime does
   not divide the leading coefficient, a common factor of p and p' over Q stays one modulo the prime, and
   p' keeps its degree since the prime exceeds it. Otherwise Yun's algorithm (FLINT) over Z. */
#include "exact/impl.h"

#define PRIME UWORD(4611686018427388039) /* the first prime above 2^62 */

static void reduce(nmod_poly_t r, const fmpz_poly_t p)
{
    nmod_poly_init(r, PRIME);
    fmpz_poly_get_nmod_poly(r, p);
}

int qd_root__coprime_modp(const fmpz_poly_t p, const fmpz_poly_t q)
{
    int yes = 0;
    nmod_poly_t a, b;
    reduce(a, p);
    reduce(b, q);
    if (nmod_poly_degree(a) == fmpz_poly_degree(p) || nmod_poly_degree(b) == fmpz_poly_degree(q)) {
        nmod_poly_gcd(a, a, b);
        yes = nmod_poly_degree(a) == 0;
    }
    nmod_poly_clear(a);
    nmod_poly_clear(b);
    return yes;
}

int qd_root__squarefree_modp(const fmpz_poly_t p)
{
    int yes = 0;
    nmod_poly_t a, b;
    reduce(a, p);
    if (nmod_poly_degree(a) == fmpz_poly_degree(p)) {
        nmod_poly_init(b, PRIME);
        nmod_poly_derivative(b, a);
        nmod_poly_gcd(a, a, b);
        yes = nmod_poly_degree(a) == 0;
        nmod_poly_clear(b);
    }
    nmod_poly_clear(a);
    return yes;
}

static void normalise(fmpz_poly_t q, const fmpz_poly_t p)
{
    fmpz_poly_primitive_part(q, p);
    if (fmpz_sgn(fmpz_poly_lead(q)) < 0) fmpz_poly_neg(q, q);
}

static void parts(fmpz_poly_t q, const fmpz_poly_t p, int odd)
{
    if (fmpz_poly_degree(p) <= 1 || qd_root__squarefree_modp(p)) {
        normalise(q, p);
        return;
    }
    fmpz_poly_factor_t f;
    fmpz_poly_t r;
    fmpz_poly_factor_init(f);
    fmpz_poly_init(r);
    fmpz_poly_factor_squarefree(f, p);
    fmpz_poly_one(r);
    for (slong i = 0; i < f->num; i++)
        if (!odd || f->exp[i] % 2 == 1) fmpz_poly_mul(r, r, f->p + i);
    normalise(q, r);
    fmpz_poly_clear(r);
    fmpz_poly_factor_clear(f);
}

void qd_root_odd_part(fmpz_poly_t q, const fmpz_poly_t p)
{
    parts(q, p, 1);
}

void qd_root_squarefree_part(fmpz_poly_t q, const fmpz_poly_t p)
{
    parts(q, p, 0);
}
