/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where windows are cut, and how a root between two certified signs is narrowed. */
#include "line/bracket.h"

#include <math.h>

/* Relative width to which a root is narrowed. */
#define NARROW 0x1p-51

/* ---- where to cut a window ------------------------------------------------------------------ */

/* A scale on which 1e-3, 1, 1e3 and 1e150 are a few steps apart. */
static double compress(double x)
{
    return copysign(log1p(fabs(x)), x);
}

static double expand(double y)
{
    return copysign(expm1(fabs(y)), y);
}

double qd_bracket__middle(double a, double b)
{
    const double part = 0.4868;
    if (isinf(a) && isinf(b)) return 0.05391;
    if (isinf(b)) return a < 1 ? 1.3717 : a < 1e3 ? 9.13 * a : a * a;
    if (isinf(a)) return b > -1 ? -1.3717 : b > -1e3 ? 9.13 * b : -b * b;
    double p = compress(a), q = compress(b);
    if (q - p < 1) return a + part * (b - a);
    return expand(p + part * (q - p));
}

/* ---- narrowing one root --------------------------------------------------------------------- */

/* Sign at x relative to the left side (1: left of the root, -1: right of it), 0 when not certified; moves the bracket. */
static int probe(qd_bracket *k, double x)
{
    double error, f = k->value(&error, k->what, x);
    int s = f > error ? 1 : -f > error ? -1 : 0;
    if (s == 0 || !(x > k->lo && x < k->hi)) return 0;
    if (s == k->sign) {
        k->lo = x;
        k->flo = f;
    } else {
        k->hi = x;
        k->fhi = f;
    }
    return s * k->sign;
}

/* A finite bracket inside an infinite window. */
static bool make_finite(qd_bracket *k)
{
    double d = 1 + fabs(isinf(k->hi) ? k->lo : k->hi);
    for (int i = 0; i < 500 && (isinf(k->lo) || isinf(k->hi)); i++, d *= 2) {
        double x = isinf(k->hi) ? k->lo + d : k->hi - d;
        if (!isfinite(x)) return false;
        probe(k, x);
    }
    return isfinite(k->lo) && isfinite(k->hi);
}

static double tolerance(const qd_bracket *k)
{
    double size = fmax(fabs(k->lo), fabs(k->hi));
    return size * NARROW;
}

/* Around a point whose own sign cannot be certified: the nearest points whose signs can. */
static void close_in(qd_bracket *k, double x)
{
    double d = tolerance(k) / 2;
    for (int i = 0, left = 0, right = 0; i < 40 && !(left && right); i++, d *= 4) {
        if (!left && (x - d <= k->lo || probe(k, x - d) != 0)) left = 1;
        if (!right && (x + d >= k->hi || probe(k, x + d) != 0)) right = 1;
    }
}

/* Secant steps, each followed by a probe on the other side of the estimated root, and a bisection when that was slow. */
static void narrow(qd_bracket *k)
{
    for (int i = 0; i < 60 && k->hi - k->lo > tolerance(k); i++) {
        double width = k->hi - k->lo, slope = (k->fhi - k->flo) / width;
        double x = k->lo - k->flo / slope;
        if (!(x > k->lo && x < k->hi)) x = k->lo + width / 2;
        int s = probe(k, x);
        if (s == 0) {
            close_in(k, x);
            return;
        }
        double f = s > 0 ? k->flo : k->fhi, d = 2 * fabs(f / slope);
        if (!(d > tolerance(k) / 2)) d = tolerance(k) / 2;
        double y = x + s * d;
        if (y > k->lo && y < k->hi && probe(k, y) == 0) {
            close_in(k, y);
            return;
        }
        if (k->hi - k->lo > width / 4) {
            double c = k->lo + (k->hi - k->lo) / 2;
            if (c > k->lo && c < k->hi && probe(k, c) == 0) {
                close_in(k, c);
                return;
            }
        }
    }
}

bool qd_bracket__narrow(qd_bracket *k)
{
    double error;
    if (!isinf(k->lo)) k->flo = k->value(&error, k->what, k->lo);
    if (!isinf(k->hi)) k->fhi = k->value(&error, k->what, k->hi);
    if (!make_finite(k)) return false;
    narrow(k);
    return true;
}
