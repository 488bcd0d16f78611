/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many pieces are needed (T1.9).

   Let x_0 < ... < x_(d+1), w_i = prod_(j != i) (x_i - x_j), so that sum q(x_i) / w_i = 0 for every polynomial q of degree d: the divided
   difference of order d + 1. If |sum f(x_i) / w_i| > eps sum 1 / |w_i|, no such q is within eps of f at all of these points. A continuous
   piecewise polynomial g within eps of f is a polynomial on [x_0, x_(d+1)] unless it has a breakpoint inside; so m tuples whose
   intervals have disjoint interiors prove m breakpoints, m + 1 pieces. (If g jumps but its one-sided limits are within eps of f, the same
   holds with those in place of its values.)

   Taken from the left, each tuple as early as there is one after the last, their number is the greatest. The tuple is the reference of
   the best polynomial on an interval just too long: by Chebyshev's theorem there is one as soon as the least error is above eps. Its points
   are rounded to rationals of few digits, then it is proved. */
#include "approx/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREC 160       /* bits of the proof in balls */
#define MARGIN 0x1p-24 /* of the tolerance: a tuple is as much too long, so that it may be rounded */
#define ATTEMPTS 8     /* to find a tuple that can be proved, each a little longer */
#define ROUND_BITS 16  /* bits of a point relative to the length of the tuple */

void qd_approx_lower_init(qd_approx_lower_t r)
{
    memset(r, 0, sizeof *r);
}

void qd_approx_lower_clear(qd_approx_lower_t r)
{
    if (r->point != NULL) _fmpq_vec_clear(r->point, r->m * (r->degree + 2));
}

/* ---- the proof --------------------------------------------------------------------------- */

/* weight[i] = 1 / w_i. */
static void set_weights(fmpq *weight, const fmpq *x, slong n)
{
    fmpq_t d;
    fmpq_init(d);
    for (slong i = 0; i < n; i++) {
        fmpq_one(weight + i);
        for (slong j = 0; j < n; j++) {
            if (j == i) continue;
            fmpq_sub(d, x + i, x + j);
            fmpq_mul(weight + i, weight + i, d);
        }
        fmpq_inv(weight + i, weight + i);
    }
    fmpq_clear(d);
}

static bool proved_exactly(const fmpq *x, const fmpq *weight, const fmpq_t bound, const qd_approx_target_t f, slong n)
{
    fmpq_t sum;
    qd_vec_t y;
    fmpq_init(sum);
    qd_vec_init(y);
    qd_vec_resize(y, 1);
    for (slong i = 0; i < n; i++) {
        qd_spline_eval(y, f->spline, x + i);
        fmpq_addmul(sum, y->e, weight + i);
    }
    fmpq_abs(sum, sum);
    bool proved = fmpq_cmp(sum, bound) > 0;
    fmpq_clear(sum);
    qd_vec_clear(y);
    return proved;
}

static bool proved_in_balls(const fmpq *x, const fmpq *weight, const fmpq_t bound, const qd_approx_target_t f, slong n)
{
    arb_t at, y, c, sum;
    arb_init(at);
    arb_init(y);
    arb_init(c);
    arb_init(sum);
    for (slong i = 0; i < n; i++) {
        arb_set_fmpq(at, x + i, PREC);
        qd_expr_ball(y, f->expr, NULL, at, PREC);
        arb_set_fmpq(c, weight + i, PREC);
        arb_addmul(sum, y, c, PREC);
    }
    arb_abs(sum, sum);
    arb_set_fmpq(c, bound, PREC);
    bool proved = arb_is_finite(sum) && arb_gt(sum, c);
    arb_clear(at);
    arb_clear(y);
    arb_clear(c);
    arb_clear(sum);
    return proved;
}

qd_truth qd_approx_tuple(const fmpq *x, const qd_approx_target_t f, slong degree, const fmpq_t eps)
{
    slong n = degree + 2;
    fmpq *weight = _fmpq_vec_init(n);
    fmpq_t bound, a;
    fmpq_init(bound);
    fmpq_init(a);
    set_weights(weight, x, n);
    for (slong i = 0; i < n; i++) {
        fmpq_abs(a, weight + i);
        fmpq_add(bound, bound, a);
    }
    fmpq_mul(bound, bound, eps);
    bool proved = f->is_spline ? proved_exactly(x, weight, bound, f, n) : proved_in_balls(x, weight, bound, f, n);
    fmpq_clear(bound);
    fmpq_clear(a);
    _fmpq_vec_clear(weight, n);
    return proved ? QD_TRUE : f->is_spline ? QD_FALSE : QD_UNKNOWN;
}

/* ---- the search -------------------------------------------------------------------------- */

/* x to a multiple of a power of two that is 2^-bits of h or less, inside [lo, hi]. */
static void round_point(fmpq_t y, double x, double h, int bits, const fmpq_t lo, const fmpq_t hi)
{
    double unit = ldexp(1, ilogb(h) - bits);
    qd_rat_set_double(y, unit > fabs(x) * 0x1p-52 ? nearbyint(x / unit) * unit : x);
    if (fmpq_cmp(y, lo) < 0) fmpq_set(y, lo);
    if (fmpq_cmp(y, hi) > 0) fmpq_set(y, hi);
}

/* The contacts as ascending rationals in [from, f->hi]; the last ones, which say how soon the next tuple may begin, with more bits.
   -> false: two of them fall together */
static bool set_tuple(fmpq *x, const qd_approx__best *b, const qd_approx_target_t f, const fmpq_t from, int bits)
{
    slong n = b->degree + 2;
    double h = b->contact[n - 1].x - b->contact[0].x;
    for (slong i = 0; i < n; i++) {
        round_point(x + i, b->contact[i].x, h, i == n - 1 ? 2 * bits : bits, from, f->hi);
        if (i > 0 && fmpq_cmp(x + i - 1, x + i) >= 0) return false;
    }
    return true;
}

/* The tuple of the contacts in few digits, or else as they are. */
static bool round_and_prove(fmpq *x, const qd_approx__best *b, const qd_approx_target_t f, const fmpq_t from, const fmpq_t eps)
{
    for (int bits = ROUND_BITS; bits <= 64; bits *= 2)
        if (set_tuple(x, b, f, from, bits) && qd_approx_tuple(x, f, b->degree, eps) == QD_TRUE) return true;
    return false;
}

/* The next tuple from `from` on; *found: there is one. */
static qd_status next_tuple(fmpq *x, bool *found, double *length, const qd_approx_target_t f, slong degree, const fmpq_t from,
                            const fmpq_t eps, qd_ctx_t ctx)
{
    double e = fmpq_get_d(eps), more = fmax(qd_approx__noise(f, e), MARGIN);
    qd_approx__best b;
    bool whole = false;
    *found = false;
    for (int i = 0; i < ATTEMPTS && !*found && !whole; i++, more *= 4) {
        qd_approx__reach r = {f, degree, fmpq_get_d(from), fmpq_get_d(f->hi), e * (1 + more), true, NULL, *length};
        if (!(r.lo < r.end)) return QD_OK;
        if (!qd_approx__reach_find(&b, &whole, &r))
            return qd_fail(ctx, QD_EDOMAIN, "the target has no finite value in double precision near x = %.15g", r.lo);
        if (whole) return QD_OK;
        *length = b.hi - b.lo;
        *found = round_and_prove(x, &b, f, from, eps);
    }
    return QD_OK;
}

qd_status qd_approx_lower(qd_approx_lower_t r, const qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx)
{
    qd_status st = qd_approx__check(f, degree, eps, ctx);
    if (st != QD_OK) return st;
    slong n = degree + 2, m = 0, room = 0;
    double length = (fmpq_get_d(f->hi) - fmpq_get_d(f->lo)) / 8;
    fmpq *x = NULL;
    bool found = true;
    fmpq_t from;
    fmpq_init(from);
    fmpq_set(from, f->lo);
    while (st == QD_OK && found) {
        if (m == room) {
            room = 2 * room + 16;
            x = qd_realloc(x, sizeof *x * (size_t) (room * n));
            for (slong i = m * n; i < room * n; i++) fmpq_init(x + i);
        }
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        st = next_tuple(x + m * n, &found, &length, f, degree, from, eps, ctx);
        if (st == QD_OK && found) fmpq_set(from, x + m++ * n + n - 1);
        if (m > QD_APPROX_PIECES) st = qd_fail(ctx, QD_EUNABLE, "more than %d pieces are needed", QD_APPROX_PIECES);
        qd_ctx_progress(ctx, "tuples", m, 0);
    }
    for (slong i = m * n; i < room * n; i++) fmpq_clear(x + i);
    fmpq_clear(from);
    qd_approx_lower_t t = {{degree, m, x}};
    if (st == QD_OK) {
        qd_approx_lower_struct old = *r;
        *r = *t;
        *t = old;
    }
    qd_approx_lower_clear(t);
    return st;
}
