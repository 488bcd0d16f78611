/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bernstein forms with double balls. Everything is round-to-nearest arithmetic with a priori error
   bounds: with unit roundoff e = 2^-53 a sum of n products has error at most gamma(n+1) times the sum of
   the absolute values, gamma(n) = n e / (1 - n e) [Hig02, 3.1]. Radii are computed in the same
   arithmetic and then enlarged by a factor that covers their own rounding. */
#include "exact/impl.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define EPS 0x1p-53
/* Radii are sums of at most a few thousand non-negative terms: 2^-38 covers their rounding. */
#define INFLATE (1 + 0x1p-38)
#define TINY QD_FORM_TINY

int qd_form_sign_at(const qd_form *p, slong k)
{
    /* a sum that overflowed lies, and its radius need not have overflowed with it */
    if (!isfinite(p->mid[k])) return 2;
    if (p->mid[k] > p->rad[k]) return 1;
    if (-p->mid[k] > p->rad[k]) return -1;
    return p->mid[k] == 0 && p->rad[k] == 0 ? 0 : 2;
}

/* Between two certified signs with j undecided coefficients in between there are at most j + 1 variations,
   of the parity that the two signs fix; before the first and after the last at most one for each. */
void qd_form_variations(slong *lo, slong *hi, const qd_form *p)
{
    int last = 0;
    slong open = 0, a = 0, b = 0;
    for (slong k = 0; k <= p->degree; k++) {
        int s = qd_form_sign_at(p, k);
        if (s == 0) continue;
        if (s == 2) {
            open++;
            continue;
        }
        if (last == 0) b += open;
        else if (s == last) b += 2 * ((open + 1) / 2);
        else {
            a++;
            b += 2 * (open / 2) + 1;
        }
        open = 0;
        last = s;
    }
    b += last == 0 ? (open > 0 ? open - 1 : 0) : open;
    *lo = a;
    *hi = b;
}

int qd_form_sign(const qd_form *p)
{
    int sign = 0;
    for (slong k = 0; k <= p->degree; k++) {
        int s = qd_form_sign_at(p, k);
        if (s == 0) continue;
        if (s == 2 || s == -sign) return 2;
        sign = s;
    }
    return sign;
}

/* Horner in the ratio that is at most 1, so that nothing overflows. The ratio carries relative error 5 e at
   most, unless it underflows, and enters with powers up to m, Horner adds 2 m e: 8 (m + 2) e of the sum of absolute values
   covers both. */
double qd_form_eval(double *error, const qd_form *p, double u, double v)
{
    slong m = p->degree;
    bool up = u <= v;
    double r = up ? u / v : v / u, x = 0, rad = 0, size = 0;
    for (slong i = 0; i <= m; i++) {
        slong k = up ? m - i : i;
        x = x * r + p->mid[k];
        rad = rad * r + p->rad[k];
        size = size * r + fabs(p->mid[k]);
    }
    double slack = 8 * (double) (m + 2) * EPS;
    /* the last term: products that underflow */
    *error = (rad * (1 + 2 * slack) + slack * size) * INFLATE + 0x1p-1000;
    if (r < 0x1p-1000 && u != 0 && v != 0) *error = INFINITY;
    return x;
}

/* mid += x * q_mid and rad += |x| * tail + xr * size: one row of the convolution, written so that the compiler
   turns it into vector code. */
QD_CLONES static void convolve(double *restrict mid, double *restrict rad, const double *restrict pm, const double *restrict pr, slong m,
                               const double *restrict qm, const double *restrict tail, const double *restrict size, slong n)
{
    for (slong i = 0; i <= m; i++) {
        double x = pm[i], ax = fabs(pm[i]), xr = pr[i];
#pragma omp simd
        for (slong j = 0; j <= n; j++) {
            mid[i + j] += x * qm[j];
            rad[i + j] += ax * tail[j] + xr * size[j];
        }
    }
}

void qd_form_mul(qd_form *r, const qd_form *p, const qd_form *q, double *work)
{
    slong m = p->degree, n = q->degree;
    double gamma = (double) ((m < n ? m : n) + 4) * EPS;
    double *tail = work, *size = work + n + 1;
    for (slong j = 0; j <= n; j++) {
        size[j] = fabs(q->mid[j]) + q->rad[j];
        tail[j] = q->rad[j] + gamma * fabs(q->mid[j]);
    }
    r->degree = m + n;
    memset(r->mid, 0, sizeof(double) * (size_t) (m + n + 1));
    memset(r->rad, 0, sizeof(double) * (size_t) (m + n + 1));
    convolve(r->mid, r->rad, p->mid, p->rad, m, q->mid, tail, size, n);
    for (slong k = 0; k <= m + n; k++) r->rad[k] *= INFLATE;
}

void qd_form_flush(qd_form *p)
{
    for (slong k = 0; k <= p->degree; k++)
        if (fabs(p->mid[k]) + p->rad[k] < TINY && (p->mid[k] != 0 || p->rad[k] != 0)) {
            p->mid[k] = 0;
            p->rad[k] = TINY;
        }
}

/* The coefficients c[0..m] as doubles, scaled by the power of two that brings the largest near 1. */
static void set_balls(qd_form *r, arb_struct *c, slong m)
{
    fmpz_t top;
    mag_t size;
    int first = 1;
    fmpz_init(top);
    mag_init(size);
    for (slong k = 0; k <= m; k++) {
        arb_get_mag(size, c + k);
        if (mag_is_special(size)) continue;
        if (first || fmpz_cmp(MAG_EXPREF(size), top) > 0) fmpz_set(top, MAG_EXPREF(size));
        first = 0;
    }
    fmpz_neg(top, top);
    r->degree = m;
    for (slong k = 0; k <= m; k++) {
        arb_mul_2exp_fmpz(c + k, c + k, top);
        double mid = arf_get_d(arb_midref(c + k), ARF_RND_NEAR), rad = mag_get_d(arb_radref(c + k));
        int exact = arf_equal_d(arb_midref(c + k), mid), point = mag_is_zero(arb_radref(c + k));
        r->mid[k] = mid;
        r->rad[k] = (rad + (exact ? 0 : fabs(mid) * 0x1p-52)) * INFLATE + (point ? 0 : 0x1p-1000);
        if (fabs(mid) < TINY && !(exact && point)) {
            r->mid[k] = 0;
            r->rad[k] = 2 * TINY + rad;
        }
    }
    fmpz_clear(top);
    mag_clear(size);
}

/* p(a + (b-a) u/(u+v)) (u+v)^m: with w = u/v, q(s) = p(a + (b-a) s) gives sum_k q_k w^k (1+w)^(m-k), the reversed
   Taylor shift of q by one. */
void qd_form_set_poly(qd_form *r, const fmpz_poly_t p, const fmpq_t a, const fmpq_t b, slong prec)
{
    slong m = fmpz_poly_degree(p);
    if (m < 0) {
        r->degree = 0;
        r->mid[0] = r->rad[0] = 0;
        return;
    }
    fmpq_t d;
    arb_t x, h;
    arb_poly_t f;
    fmpq_init(d);
    arb_init(x);
    arb_init(h);
    arb_poly_init(f);
    fmpq_sub(d, b, a);
    arb_set_fmpq(x, a, prec);
    arb_set_fmpq(h, d, prec);
    arb_poly_set_fmpz_poly(f, p, prec);
    arb_poly_taylor_shift(f, f, x, prec);
    arb_poly_fit_length(f, m + 1);
    arb_one(x);
    for (slong k = 1; k <= m; k++) {
        arb_mul(x, x, h, prec);
        arb_mul(f->coeffs + k, f->coeffs + k, x, prec);
    }
    _arb_poly_reverse(f->coeffs, f->coeffs, m + 1, m + 1);
    _arb_poly_set_length(f, m + 1);
    arb_one(x);
    _arb_poly_taylor_shift(f->coeffs, x, m + 1, prec);
    _arb_poly_reverse(f->coeffs, f->coeffs, m + 1, m + 1);
    set_balls(r, f->coeffs, m);
    arb_poly_clear(f);
    arb_clear(x);
    arb_clear(h);
    fmpq_clear(d);
}
