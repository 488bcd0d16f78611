/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upper bounds of the number of regions in one dimension.

   Let B_l be the number of breakpoints that the layers 1..l make, P_l = B_l + 1 that of their regions, and
       D_l = deg(pre_l) prod_{i<l} deg(pre_i) deg(act_i).
   On one region of the layers below l every pre-activation of layer l is a polynomial of degree at most D_l in t, which changes
   sign at most D_l times. So the d_l units of a switching layer cut the regions at no more than P_(l-1) d_l D_l new points:

       layer-product    P_l <= P_(l-1) (1 + d_l D_l)                                     (DEFINITIONS section 5)

   Now count by patterns instead of regions. The pre-activation of a unit depends on the region only through the pattern of
   the layers below: under one pattern it is one polynomial, however many regions have that pattern, and so has at most D_l
   sign changes on all of them together. Let N_l be the number of patterns of the layers 1..l under which the next layer is not
   constant, N_0 = 1:

       pattern-root     B_l <= B_(l-1) + d_l D_l N_(l-1).

   In a sparse layer d_l counts the switching units only, and deg(pre_l), deg(act_l) are the largest of its units.

   N_l is bounded twice. (1) If all units of a layer of relu units are inactive, everything after is constant; so N_l <=
   (2^(d_l) - 1) N_(l-1) if there are only such units, 2^(d_l) N_(l-1) if there are any others. (2) There are no more patterns than regions, N_l <= B_l + 1; and if D_1, ..., D_l are
   even, N_l <= max(B_l, 1) with B_l the bound above. For if the leftmost and the rightmost region have the same pattern, one is counted
   twice. If not, take the first layer k in which they differ and a unit that differs: its polynomial under the pattern that
   both ends share below k has opposite signs there, so it changes sign an odd number of times, at most D_k - 1 times, and the
   true number of breakpoints is less than the bound.

   Width 1: 2^(L+1) - 1 for L quadratic relu layers, width 2: 1 + 4 (6^L - 1)/5, depth 2 and width w >= 3: 1 + 2 w + 8 w^2. All three
   are reached (spline/extremal.c). */
#include "piece/impl.h"

void qd_piece__bound_line(fmpz_t bound, const qd_bound_shape_t s)
{
    fmpz_t b, n, d, t;
    bool even = true;
    fmpz_init(b);
    fmpz_init_set_ui(n, 1);
    fmpz_init_set_ui(d, 1);
    fmpz_init(t);
    for (slong l = 0; l < s->depth; l++) {
        const qd_bound_layer *layer = s->layer + l;
        fmpz_mul_si(d, d, layer->degree);
        if (layer->switching > 0) {
            fmpz_mul_si(t, d, layer->switching);
            fmpz_addmul(b, t, n);
            even = even && fmpz_is_even(d);
            /* (1) */
            fmpz_one(t);
            fmpz_mul_2exp(t, t, (ulong) layer->switching);
            if (layer->relu == layer->out) fmpz_sub_ui(t, t, 1);
            fmpz_mul(n, n, t);
            /* (2) */
            fmpz_add_ui(t, b, !even);
            if (fmpz_cmp(t, n) < 0) fmpz_set(n, t);
        }
        fmpz_mul_si(d, d, layer->power);
    }
    fmpz_add_ui(bound, b, 1);
    fmpz_clear(b);
    fmpz_clear(n);
    fmpz_clear(d);
    fmpz_clear(t);
}

void qd_piece__bound_line_product(fmpz_t bound, const qd_bound_shape_t s)
{
    fmpz_t p, d, t;
    fmpz_init_set_ui(p, 1);
    fmpz_init_set_ui(d, 1);
    fmpz_init(t);
    for (slong l = 0; l < s->depth; l++) {
        const qd_bound_layer *layer = s->layer + l;
        fmpz_mul_si(d, d, layer->degree);
        fmpz_mul_si(t, d, layer->switching);
        fmpz_addmul(p, p, t);
        fmpz_mul_si(d, d, layer->power);
    }
    fmpz_swap(bound, p);
    fmpz_clear(p);
    fmpz_clear(d);
    fmpz_clear(t);
}

static void of_net(fmpz_t bound, const qd_net_t net, void (*fn)(fmpz_t bound, const qd_bound_shape_t s))
{
    qd_bound_shape_t s;
    qd_bound_shape_init(s);
    qd_bound_shape_set_net(s, net, 1, false);
    fn(bound, s);
    qd_bound_shape_clear(s);
}

void qd_bound_line(fmpz_t bound, const qd_net_t net)
{
    of_net(bound, net, qd_piece__bound_line);
}

void qd_bound_line_product(fmpz_t bound, const qd_net_t net)
{
    of_net(bound, net, qd_piece__bound_line_product);
}
