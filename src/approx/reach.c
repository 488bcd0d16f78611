/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest interval on which the best polynomial stays within eps. The least error grows with the interval, for a smooth f like a power of
   its length h near degree + 1: so the zero of log(error / eps) is found over log h, by secants that are kept inside a bracket. */
#include "approx/impl.h"

#include <math.h>

#define CLOSE 1e-6 /* the level that is accepted, relative to eps */
#define STEPS_MAX 200
#define NARROW 1e-14 /* a bracket of this relative width is not narrowed */

typedef struct {
    double short_h, short_level; /* within eps; 0: only the point itself is known to be */
    double long_h, long_level;   /* beyond; 0: none known */
} bracket;

static double clamp(double x, double lo, double hi)
{
    return fmin(fmax(x, lo), hi);
}

/* The next length to try, from the last one and its level; bolder with every step until both ends of the bracket are known. */
static double next_length(const bracket *k, double h, double level, double eps, slong degree, int step)
{
    double power = (double) (degree + 1);
    if (k->short_level > 0 && k->long_level > k->short_level)
        power = clamp(log(k->long_level / k->short_level) / log(k->long_h / k->short_h), 0.1, 64);
    double bold = 1 + ldexp(1e-8, step < 26 ? step : 26), next = level > 0 ? h * clamp(pow(eps / level, 1 / power), 0.05, 4) : 4 * h;
    if (k->long_h == 0) next = h * fmax(1 + (next / h - 1) * (1 + step / 2.0), bold);
    else if (k->short_h == 0) next = fmin(next, h / bold);
    if (k->long_h > 0 && (next <= k->short_h || next >= k->long_h || step % 4 == 3)) next = (k->short_h + k->long_h) / 2;
    return next;
}

bool qd_approx__reach_find(qd_approx__best *b, bool *whole, const qd_approx__reach *r)
{
    double all = r->end - r->lo, h = fmin(r->first, all), eps = r->eps * (r->beyond ? 1 + CLOSE / 2 : 1 - CLOSE / 2);
    bracket k = {0};
    qd_approx__best good;
    bool warm = false, known = false;
    *whole = false;
    for (int step = 0; step < STEPS_MAX; step++) {
        double hi = h >= all ? r->end : r->lo + h;
        if (!(hi > r->lo)) break;
        if (!qd_approx__best_find(b, r->f, r->degree, r->lo, hi, r->value, 1e-3 * r->eps, warm)) return false;
        warm = b->level > 0;
        bool within = r->beyond ? b->level <= r->eps : b->largest <= r->eps;
        if (within && hi == r->end) {
            *whole = true;
            return true;
        }
        if (within) k.short_h = h, k.short_level = b->level;
        else k.long_h = h, k.long_level = b->level;
        if (within != r->beyond) good = *b, known = true;
        if (within != r->beyond && fabs(b->level - r->eps) <= CLOSE * r->eps) break;
        if (k.long_h > 0 && k.long_h - k.short_h <= NARROW * (fabs(r->lo) + k.long_h) && known) break;
        h = fmin(next_length(&k, h, b->level, eps, r->degree, step), all);
    }
    if (known) *b = good;
    return known;
}
