/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random splines for tests and studies.

   One piece is drawn; its neighbours follow outwards by adding (x - t)^(smooth + 1) r(x) at each breakpoint, r not zero
   in one output at least, so every breakpoint counts and has the smoothness that was asked for. A power x^N added to
   all pieces makes up for a degree that the draw did not reach. */
#include "spline/spline.h"

#include <assert.h>

/* lo..hi over 1..den */
static void draw_fraction(fmpq_t x, slong lo, slong hi, slong den, qd_rng_t rng)
{
    slong p = (slong) qd_rng_range(rng, lo, hi); /* one draw after the other: C does not order arguments */
    slong q = (slong) qd_rng_range(rng, 1, den);
    fmpq_set_si(x, p, (ulong) q);
    fmpq_canonicalise(x);
}

/* Small as a rule; one in 64 has a numerator of about 170 bits. */
static void draw(fmpq_t x, qd_rng_t rng)
{
    draw_fraction(x, -9, 9, 6, rng);
    if (qd_rng_below(rng, 64) > 0) return;
    fmpz_t big;
    fmpz_init(big);
    fmpz_set_ui(big, 10);
    fmpz_pow_ui(big, big, 50);
    fmpz_add_ui(big, big, qd_rng_below(rng, 1000));
    fmpq_mul_fmpz(x, x, big);
    fmpz_clear(big);
}

static void draw_poly(fmpq_poly_t p, slong degree, qd_rng_t rng)
{
    fmpq_t c;
    fmpq_init(c);
    fmpq_poly_zero(p);
    int sparse = qd_rng_below(rng, 3) == 0;
    for (slong k = degree; k >= 0; k--) {
        draw(c, rng);
        if (!sparse || qd_rng_below(rng, 3) == 0) fmpq_poly_set_coeff_fmpq(p, k, c);
    }
    fmpq_clear(c);
}

/* Ascending by positive steps; the last one is now and then far away. */
static void draw_breakpoints(fmpq *t, slong n, qd_rng_t rng)
{
    fmpq_t step;
    fmpq_init(step);
    for (slong i = 0; i < n; i++) {
        if (i == 0) fmpq_set_si(t, qd_rng_range(rng, -2 * n - 3, 3), 1);
        else {
            draw_fraction(step, 1, 9, 4, rng);
            fmpq_add(t + i, t + i - 1, step);
        }
    }
    if (n > 0 && qd_rng_below(rng, 16) == 0) {
        draw(step, rng);
        fmpq_abs(step, step);
        fmpq_add(t + n - 1, t + n - 1, step);
    }
    fmpq_clear(step);
}

/* jump = (x - t)^(smooth + 1) r(x) of degree <= N, not zero when it must not be. */
static void draw_jump(fmpq_poly_t jump, const fmpq_t t, slong degree, slong smooth, bool nonzero, qd_rng_t rng)
{
    fmpq_t c;
    fmpq_poly_t power;
    fmpq_init(c);
    fmpq_poly_init(power);
    do draw_poly(jump, degree - smooth - 1, rng);
    while (nonzero && fmpq_poly_is_zero(jump));
    fmpq_neg(c, t);
    fmpq_poly_set_coeff_si(power, 1, 1);
    fmpq_poly_set_coeff_fmpq(power, 0, c);
    fmpq_poly_pow(power, power, (ulong) smooth + 1);
    fmpq_poly_mul(jump, jump, power);
    fmpq_clear(c);
    fmpq_poly_clear(power);
}

/* The piece next to piece `from`, across breakpoint i. */
static void draw_neighbour(qd_spline_t s, slong from, slong to, slong i, slong degree, slong smooth, qd_rng_t rng)
{
    fmpq_poly_t jump;
    fmpq_poly_init(jump);
    slong must = (slong) qd_rng_below(rng, (uint64_t) s->outputs);
    for (slong o = 0; o < s->outputs; o++) {
        draw_jump(jump, s->at[i].lo, degree, smooth, o == must, rng);
        fmpq_poly_add(qd_spline_poly(s, to, o), qd_spline_poly(s, from, o), jump);
    }
    fmpq_poly_clear(jump);
}

static void reach_degree(qd_spline_t s, slong degree)
{
    if (qd_spline_degree(s) == degree) return;
    fmpq_poly_t top;
    fmpq_poly_init(top);
    fmpq_poly_set_coeff_si(top, degree, 1);
    for (slong i = 0; i <= s->nbreaks; i++) fmpq_poly_add(qd_spline_poly(s, i, 0), qd_spline_poly(s, i, 0), top);
    fmpq_poly_clear(top);
}

static void draw_interval(qd_spline_t s, qd_rng_t rng)
{
    fmpq *d = _fmpq_vec_init(2);
    for (int k = 0; k < 2; k++) draw_fraction(d + k, 1, 9, 9, rng);
    s->has_lo = s->has_hi = true;
    fmpq_neg(s->lo, d);
    fmpq_swap(s->hi, d + 1);
    if (s->nbreaks > 0) {
        fmpq_add(s->lo, s->lo, s->at[0].lo);
        fmpq_add(s->hi, s->hi, s->at[s->nbreaks - 1].lo);
    }
    _fmpq_vec_clear(d, 2);
}

void qd_spline_random(qd_spline_t s, slong degree, slong nbreaks, slong smooth, slong outputs, bool bounded, qd_rng_t rng)
{
    assert(degree >= 0 && outputs >= 1 && smooth >= 0 && (nbreaks == 0 || smooth < degree));
    fmpq *t = _fmpq_vec_init(nbreaks);
    qd_spline_resize(s, nbreaks, outputs);
    draw_breakpoints(t, nbreaks, rng);
    for (slong i = 0; i < nbreaks; i++) qd_alg_set_fmpq(s->at + i, t + i);
    _fmpq_vec_clear(t, nbreaks);

    slong first = (slong) qd_rng_below(rng, (uint64_t) nbreaks + 1);
    slong first_degree = qd_rng_below(rng, 4) == 0 ? 0 : degree;
    for (slong o = 0; o < outputs; o++) draw_poly(qd_spline_poly(s, first, o), first_degree, rng);
    for (slong i = first; i < nbreaks; i++) draw_neighbour(s, i, i + 1, i, degree, smooth, rng);
    for (slong i = first - 1; i >= 0; i--) draw_neighbour(s, i + 1, i, i, degree, smooth, rng);
    reach_degree(s, degree);
    if (bounded) draw_interval(s, rng);
}
