/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signs of integer polynomials at rational points. Three stages: Horner in doubles with a running error bound;
   Horner in balls, precision doubling; integers. A point that may be a root (its value is zero modulo a prime)
   goes to the integers at once, since balls never decide zero; any other point goes there only when the
   integers have become no longer than the balls. */
#include "exact/impl.h"

#include <math.h>

#define EPS 0x1p-53

/* ---- dyadic numbers ------------------------------------------------------------------------ */

void qd_dyadic__set(fmpq_t x, const fmpz_t m, slong e)
{
    if (fmpz_is_zero(m)) {
        fmpq_zero(x);
        return;
    }
    if (e >= 0) {
        fmpz_mul_2exp(fmpq_numref(x), m, (ulong) e);
        fmpz_one(fmpq_denref(x));
        return;
    }
    slong v = (slong) fmpz_val2(m);
    if (v > -e) v = -e;
    fmpz_tdiv_q_2exp(fmpq_numref(x), m, (ulong) v);
    fmpz_one(fmpq_denref(x));
    fmpz_mul_2exp(fmpq_denref(x), fmpq_denref(x), (ulong) (-e - v));
}

int qd_dyadic__is(const fmpq_t x)
{
    return fmpz_val2(fmpq_denref(x)) + 1 == fmpz_bits(fmpq_denref(x));
}

slong qd_dyadic__size(const fmpq_t x, int up)
{
    slong s = (slong) fmpz_bits(fmpq_numref(x)) - (slong) fmpz_bits(fmpq_denref(x));
    return up ? s + 1 : s - 1;
}

void qd_dyadic__round(fmpq_t y, const fmpq_t x, slong k, int up)
{
    fmpz_t m, d;
    fmpz_init_set(m, fmpq_numref(x));
    fmpz_init_set(d, fmpq_denref(x));
    fmpz_mul_2exp(k >= 0 ? m : d, k >= 0 ? m : d, (ulong) (k >= 0 ? k : -k));
    if (up) fmpz_cdiv_q(m, m, d);
    else fmpz_fdiv_q(m, m, d);
    qd_dyadic__set(y, m, -k);
    fmpz_clear(m);
    fmpz_clear(d);
}

/* ---- doubles ------------------------------------------------------------------------------- */

static double get_d(const fmpz_t x)
{
    return COEFF_IS_MPZ(*x) ? fmpz_get_d(x) : (double) *x;
}

/* x and the coefficients carry relative error 5 e at most, a step of Horner two roundings: 8 (n + 1) e sum |c| |x|^i
   covers everything, and 2^-900 the products that underflow (their later factors are below 1). A value
   beyond the range of doubles gives a NaN or an infinite bound, which decides nothing. */
static int sign_double(const fmpz_poly_t p, const fmpq_t x)
{
    slong n = fmpz_poly_degree(p);
    if (fmpz_bits(fmpq_numref(x)) > 400 || fmpz_bits(fmpq_denref(x)) > 400) return 0;
    double t = get_d(fmpq_numref(x)) / get_d(fmpq_denref(x)), at = fabs(t), v = 0, size = 0;
    for (slong i = n; i >= 0; i--) {
        if (COEFF_IS_MPZ(p->coeffs[i]) && fmpz_bits(p->coeffs + i) > 1000) return 0;
        double c = get_d(p->coeffs + i);
        v = v * t + c;
        size = size * at + fabs(c);
    }
    size = size * (8 * (double) (n + 1) * EPS) + 0x1p-900;
    return v > size ? 1 : -v > size ? -1 : 0;
}

/* ---- balls --------------------------------------------------------------------------------- */

void qd_point__ball(arb_t v, const fmpz_poly_t p, const arb_t x, slong prec)
{
    slong n = fmpz_poly_degree(p);
    if (n < 0) {
        arb_zero(v);
        return;
    }
    arb_set_round_fmpz(v, p->coeffs + n, prec);
    for (slong i = n - 1; i >= 0; i--) {
        arb_mul(v, v, x, prec);
        arb_add_fmpz(v, v, p->coeffs + i, prec);
    }
}

/* ---- integers ------------------------------------------------------------------------------ */

int qd_point__sign_exact(const fmpz_poly_t p, const fmpq_t x)
{
    slong n = fmpz_poly_degree(p);
    if (n < 0) return 0;
    fmpz_t v, d;
    fmpz_init_set(v, p->coeffs + n);
    fmpz_init_set_ui(d, 1);
    for (slong i = n - 1; i >= 0; i--) {
        fmpz_mul(v, v, fmpq_numref(x));
        fmpz_mul(d, d, fmpq_denref(x));
        fmpz_addmul(v, d, p->coeffs + i);
    }
    int s = fmpz_sgn(v);
    fmpz_clear(v);
    fmpz_clear(d);
    return s;
}

int qd_point__maybe_root(const fmpz_poly_t p, const fmpq_t x)
{
    slong n = fmpz_poly_degree(p);
    nmod_t mod;
    nmod_init(&mod, UWORD(4611686018427388039)); /* the first prime above 2^62 */
    ulong d = fmpz_fdiv_ui(fmpq_denref(x), mod.n), a = fmpz_fdiv_ui(fmpq_numref(x), mod.n);
    if (d == 0) return 1;
    ulong t = nmod_div(a, d, mod), v = 0;
    for (slong i = n; i >= 0; i--) v = nmod_add(nmod_mul(v, t, mod), fmpz_fdiv_ui(p->coeffs + i, mod.n), mod);
    return v == 0;
}

int qd_point__sign(const fmpz_poly_t p, const fmpq_t x)
{
    slong n = fmpz_poly_degree(p);
    if (n < 0) return 0;
    if (n == 0 || fmpq_is_zero(x)) return fmpz_sgn(p->coeffs);
    int s = sign_double(p, x);
    if (s != 0) return s;
    slong bits = (slong) fmpz_bits(fmpq_numref(x)), dbits = (slong) fmpz_bits(fmpq_denref(x));
    slong longest = n * (bits > dbits ? bits : dbits);
    if (longest < 500 || qd_point__maybe_root(p, x)) return qd_point__sign_exact(p, x);
    arb_t t, v;
    arb_init(t);
    arb_init(v);
    for (slong prec = 128; s == 0 && prec < longest + 64; prec *= 2) {
        arb_set_fmpq(t, x, prec);
        qd_point__ball(v, p, t, prec);
        s = arb_is_positive(v) ? 1 : arb_is_negative(v) ? -1 : 0;
    }
    arb_clear(t);
    arb_clear(v);
    return s != 0 ? s : qd_point__sign_exact(p, x);
}
