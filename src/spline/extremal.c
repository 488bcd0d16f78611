/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of quadratic relu units with many regions in one dimension.

   Each construction is a scalar map y -> y' written as one hidden layer, composed depth times; the affine readout of a layer is absorbed by
   the next one. A lap is a piece of [0,1] on which y' runs monotonically through the whole of [0,1]. If the map has k laps, its layer b
   breakpoints inside (0,1), and y' is outside (0,1) wherever no lap is, then layer l adds exactly b k^(l-1) breakpoints:

       1 + b (k^L - 1)/(k - 1) regions on the whole line.

   tent      y' piecewise linear, w >= 2 units, 0 for y < 0: k = w laps between the points i/w, what a conventional network does. Its
             breakpoints are mapped to the breakpoint 0 or to 1, where units touch 0: w^L laps, a region on the left and, for even
             w and L > 1, one on the right: w^L + 1 or w^L + 2 regions.
   logistic  w disjoint bumps -c (y - p)(y - q) with peak 1: k = 2 w laps, b = 2 w. Width 1 is the logistic map.
   fold      y' = 2 f(y^2) - 1 on [-1,1], f a zigzag between 0 and 1 with w + 1 laps, width w >= 3: k = 2 (w + 1), b = 2 w. The
             zigzag f = c + sum_i J_i (X - tau_i)_+ or J_i (tau_i - X)_+ has no affine unit to spare: its first slope must come
             from the units that are active on the left. With only the third one turned to the left, s_0 = -J_3 = s_2 - s_3, which
             holds when laps 2 and 3 are twice as long as lap 0.
   chain     w bumps, each overlapping the next: the sum has a bump of its own where two overlap, and between neighbouring bumps a
             valley, the higher the more they overlap. Read from the valleys up: 2 w - 1 bumps, k = 4 w - 2 laps, b = 2 w.
   ring      a chain of w - 1 bumps, and one unit that is active outside of an interval whose ends lie inside the first and the last bump,
             w >= 3: 2 w - 1 bumps as well, and a lap on either side that comes from infinity: k = 4 w laps, b = 2 w.

   What the best of them reach, beside the bound pattern-root (bound.c):
     width 1   logistic, chain: 2^(L+1) - 1 regions, the bound for every depth;
     width 2   chain: 1 + 4 (6^L - 1)/5 regions, the bound for every depth;
     width >= 3  ring: 8 w^2 + 2 w + 1 regions at depth 2, the bound. Open from depth 3 on. */
#include "spline/spline.h"

#include <string.h>

const char *qd_extremal_name(qd_extremal e)
{
    static const char *const name[QD_EXTREMALS] = {"tent", "logistic", "fold", "chain", "ring"};
    return name[e];
}

slong qd_extremal_least_width(qd_extremal e)
{
    static const slong least[QD_EXTREMALS] = {2, 1, 3, 1, 3};
    return least[e];
}

/* A layer of the map: unit i has pre-activation s_i (y - p_i)(y - q_i), or with linear[i] s_i (y - p_i), and y' = c + sum_i J_i a_i. */
typedef struct {
    slong width;
    bool linear;
    bool square; /* pre-activation s_i (y^2 - p_i) instead */
    fmpq *s, *p, *q, *jump;
    fmpq_t c;
} map;

static void map_init(map *f, slong width)
{
    memset(f, 0, sizeof *f);
    f->width = width;
    f->s = _fmpq_vec_init(width);
    f->p = _fmpq_vec_init(width);
    f->q = _fmpq_vec_init(width);
    f->jump = _fmpq_vec_init(width);
    fmpq_init(f->c);
}

static void map_clear(map *f)
{
    _fmpq_vec_clear(f->s, f->width);
    _fmpq_vec_clear(f->p, f->width);
    _fmpq_vec_clear(f->q, f->width);
    _fmpq_vec_clear(f->jump, f->width);
    fmpq_clear(f->c);
}

/* a/b, b > 0 */
static void set_fraction(fmpq_t x, slong a, slong b)
{
    fmpq_set_si(x, a, (ulong) b);
    fmpq_canonicalise(x);
}

static void make_tent(map *f)
{
    slong w = f->width;
    f->linear = true;
    for (slong i = 0; i < w; i++) {
        slong slope = i == 0 ? w : 2 * w;
        fmpq_one(f->s + i);
        set_fraction(f->p + i, i, w);
        fmpq_set_si(f->jump + i, i % 2 == 0 ? slope : -slope, 1);
    }
}

static void make_logistic(map *f)
{
    slong w = f->width;
    for (slong i = 0; i < w; i++) {
        fmpq_set_si(f->s + i, -4 * (2 * w + 1) * (2 * w + 1), 1);
        set_fraction(f->p + i, 2 * i + 1, 2 * w + 1);
        set_fraction(f->q + i, 2 * i + 2, 2 * w + 1);
        fmpq_one(f->jump + i);
    }
}

/* Knots of the zigzag: laps of length 1, 1, 2, 2, 1, 1, ... over their sum. f(0) = 0. */
static void make_fold(map *f)
{
    slong w = f->width, total = w + 3, at = 0;
    fmpq_t slope, next;
    fmpq_init(slope);
    fmpq_init(next);
    f->square = true;
    for (slong j = 0; j <= w; j++) {
        slong length = j == 2 || j == 3 ? 2 : 1;
        set_fraction(next, j % 2 == 0 ? total : -total, length);
        if (j > 0) {
            fmpq_sub(f->jump + j - 1, next, slope);
            set_fraction(f->p + j - 1, at, total);
            fmpq_set_si(f->s + j - 1, j == 3 ? -1 : 1, 1);
        }
        fmpq_swap(slope, next);
        at += length;
    }
    /* f(0) = 0: the unit turned to the left gives J_3 tau_3 there */
    fmpq_mul(f->c, f->jump + 2, f->p + 2);
    fmpq_neg(f->c, f->c);
    /* y' = 2 f - 1 */
    for (slong i = 0; i < w; i++) fmpq_mul_2exp(f->jump + i, f->jump + i, 1);
    fmpq_mul_2exp(f->c, f->c, 1);
    fmpq_sub_si(f->c, f->c, 1);
    fmpq_clear(slope);
    fmpq_clear(next);
}

/* In units of half the length of a bump, bump i is 1 - (Y - m_i)^2 with m_(i+1) - m_i = 7/5: valleys of height 21/25, peaks of 1
   and, in the middle of an overlap, 51/50. y' = (sum - 21/25) / (4/25). The bumps begin 3/10 after 0 and end 3/10 before 1, Y =
   (6 + 7 w)/5 y. */
static void make_chain(map *f)
{
    slong w = f->width, t = 6 + 7 * w;
    for (slong i = 0; i < w; i++) {
        set_fraction(f->s + i, -t * t, 4);
        set_fraction(f->p + i, 3 + 14 * i, 2 * t);
        set_fraction(f->q + i, 23 + 14 * i, 2 * t);
        fmpq_one(f->jump + i);
    }
    set_fraction(f->c, -21, 4);
}

/* In the units of the chain: w - 1 bumps from 1/10 on, Y = t y with t = (7 w - 3)/5, and the unit (Y - a)(Y - b)/(w - 1) with a,
   b inside the first and the last bump by 3/5, where the bump has height 21/25; at the other end of the overlap the unit has
   height 21/25 too: (3/5)(3/5 + b - a)/(w - 1), b - a = (7 w - 10)/5. In between the sum exceeds 22/25 (0.885 for w = 3, more for
   others), and so does the unit at 0 and 1. y' = (sum - 21/25) / (1/25). */
static void make_ring(map *f)
{
    slong w = f->width, t = 7 * w - 3;
    set_fraction(f->s, t * t, w - 1);
    set_fraction(f->p, 7, 2 * t);
    set_fraction(f->q, 2 * t - 7, 2 * t);
    fmpq_one(f->jump);
    for (slong i = 1; i < w; i++) {
        set_fraction(f->s + i, -t * t, 1);
        set_fraction(f->p + i, 1 + 14 * (i - 1), 2 * t);
        set_fraction(f->q + i, 21 + 14 * (i - 1), 2 * t);
        fmpq_one(f->jump + i);
    }
    set_fraction(f->c, -21, 1);
}

/* y = c + sum_j J_j a_j (or the input itself) as the two affine forms of unit u: s (y - p) and (y - q). */
static void set_unit(qd_layer_struct *layer, slong u, const map *f, bool first)
{
    fmpq *br = qd_layer_at(layer, 1, u, 0), *bg = qd_layer_at(layer, 3, u, 0), *c = qd_layer_at(layer, 5, u, 0);
    for (slong j = 0; j < layer->in; j++) {
        fmpq *wr = qd_layer_at(layer, 0, u, j), *wg = qd_layer_at(layer, 2, u, j);
        if (first) fmpq_one(wr);
        else fmpq_set(wr, f->jump + j);
        if (!f->linear) fmpq_set(wg, wr);
        fmpq_mul(wr, wr, f->s + u);
    }
    if (!first) fmpq_set(bg, f->c);
    fmpq_set(br, bg);
    if (f->square) {
        fmpq_mul(c, f->s + u, f->p + u);
        fmpq_neg(c, c);
    } else {
        fmpq_sub(br, br, f->p + u);
        if (!f->linear) fmpq_sub(bg, bg, f->q + u);
    }
    if (f->linear) fmpq_one(bg);
    fmpq_mul(br, br, f->s + u);
}

static void compose(qd_net_t net, const map *f, slong depth)
{
    for (slong l = 0; l < depth; l++) {
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_RELU), l == 0 ? 1 : f->width, f->width);
        for (slong u = 0; u < f->width; u++) set_unit(layer, u, f, l == 0);
    }
    qd_layer_struct *readout = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), f->width, 1);
    for (slong j = 0; j < f->width; j++) fmpq_set(qd_layer_at(readout, 0, 0, j), f->jump + j);
    fmpq_set(qd_layer_at(readout, 1, 0, 0), f->c);
}

qd_status qd_extremal_net(qd_net_t net, qd_extremal e, slong width, slong depth, qd_ctx_t ctx)
{
    static void (*const make[QD_EXTREMALS])(map *) = {make_tent, make_logistic, make_fold, make_chain, make_ring};
    slong least = qd_extremal_least_width(e);
    if (width < least || depth < 1)
        return qd_fail(ctx, QD_EINPUT, "the %s construction needs width >= %ld and depth >= 1, found %ld and %ld", qd_extremal_name(e),
                       (long) least, (long) width, (long) depth);
    map f;
    qd_net_t t;
    map_init(&f, width);
    qd_net_init(t);
    make[e](&f);
    compose(t, &f, depth);
    qd_net_swap(net, t);
    qd_net_clear(t);
    map_clear(&f);
    return QD_OK;
}
