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
