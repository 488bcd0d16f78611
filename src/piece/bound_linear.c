/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds for conventional networks: all units that switch have a pre-activation of degree 1 along every pattern.

   The points of one pattern are then given by linear inequalities, so they are convex, and so is the interior of their closure: a pattern is one
   region. A box cuts a convex set to a convex set, so no region falls apart in it, and all upper bounds here hold in boxes and on affine
   subspaces. Let m_l be the units of layer l that switch, w_l all its units, n the dimension of the domain.

   On one region of the layers below, layer l sees an affine image of some dimension d, on which its units are m_l hyperplanes (or
   constant), so it cuts the region into at most sum_{j <= d} C(m_l, j) regions [Zas75]. Central, parallel or equal hyperplanes make fewer.

       zaslavsky   one layer: sum_{j <= n} C(m, j); generic hyperplanes reach it, in a large box too
       raghu       prod_l sum_{j <= n} C(m_l, j)                          as d <= n
       montufar    prod_l sum_{j <= min(n, w_1, ..., w_(l-1))} C(m_l, j)  as the image lies in the space of each layer below
       histogram   as d is smaller where units of relu are 0

   Histogram: let h_d be the number of regions with an image of dimension at most d, and none in h_e, e > d. If i of the r_l units of relu of a
   layer are inactive, the image has at most dimension w_l - i. There are at most C(r_l, i) 2^(m_l - r_l) patterns with i inactive ones of
   them. A larger dimension never gives fewer regions later, so the worst case puts as many of the sum_{j <= d} C(m_l, j) regions as there are
   patterns into i = 0, then i = 1, and so on. Where all units are relu that is C(m_l, i) regions in dimension min(d, w_l - i), i <= d, and the sum
   over all ways is the formula of

       serra       sum over 0 <= j_l <= min(n, w_1 - j_1, ..., w_(l-1) - j_(l-1), w_l) of prod_l C(w_l, j_l).

   leaky_relu and abs keep the dimension (1-1-1 with abs has 4 regions where `serra` would say 3), so they take part in the histogram with r_l = 0.

   Lower bounds of the maximum over the weights, dense layers of relu, w_l >= n. The first layers fold: split the units of a layer into n groups
   of p = floor(w_l / n), one a coordinate (the rest stays 0). The relus of a group with a bias, combined by the weights of the next layer, make a
   function that maps each of its pieces in [0,1] onto [0,1]:

       montufar-lower   p pieces: slopes that alternate in sign, p - 1 kinks and one relu(x) for the first piece
       serra-lower      p + 1 pieces where p >= 3: kinks t_1 < ... < t_p inside, slopes a, -b, c, -d, ..., jumps -(a+b), b+c, -(c+d), ... All units
                        look to the right but the third, relu(t_3 - x): then the slope on the left is a = c + d, which 1/a + 1/b + 1/c + ... = 1
                        can satisfy.

   So a layer maps q^n boxes onto the cube, q = p or p + 1, and neighbouring boxes differ in a unit. The last layer has its sum_{j <= n} C(w_L, j) regions
   inside the cube, and so in every one of the boxes:

       (prod_{l < L} q_l^n) sum_{j <= n} C(w_L, j).

   Scaling the inputs brings a point of every region into a given box, so this holds for boxes too. */
#include "piece/impl.h"

/* sum_{j <= d} C(m, j) */
static void cells(fmpz_t sum, slong m, slong d)
{
    fmpz_t c;
    fmpz_init_set_ui(c, 1);
    fmpz_one(sum);
    for (slong j = 1; j <= d && j <= m; j++) {
        fmpz_mul_si(c, c, m - j + 1);
        fmpz_divexact_si(c, c, j);
        fmpz_add(sum, sum, c);
    }
    fmpz_clear(c);
}

bool qd_piece__bound_zaslavsky(fmpz_t value, const qd_bound_shape_t s)
{
    slong layers = 0, m = 0;
    for (slong l = 0; l < s->depth; l++) {
        layers += s->layer[l].switching > 0;
        m += s->layer[l].switching;
    }
    if (layers != 1 || !qd_piece__conventional(s, s->depth)) return false;
    cells(value, m, s->dim);
    return true;
}

/* prod_l sum_{j <= d_l} C(m_l, j), d_l = dim or the least width below, if that is narrower. */
static bool product(fmpz_t value, const qd_bound_shape_t s, bool narrow)
{
    slong d = s->dim;
    fmpz_t c;
    if (!qd_piece__conventional(s, s->depth)) return false;
    fmpz_init(c);
    fmpz_one(value);
    for (slong l = 0; l < s->depth; l++) {
        cells(c, s->layer[l].switching, d);
        fmpz_mul(value, value, c);
        if (narrow && s->layer[l].out < d) d = s->layer[l].out;
    }
    fmpz_clear(c);
    return true;
}

bool qd_piece__bound_raghu(fmpz_t value, const qd_bound_shape_t s)
{
    return product(value, s, false);
}

bool qd_piece__bound_montufar(fmpz_t value, const qd_bound_shape_t s)
{
    return product(value, s, true);
}

/* ---- histogram ---------------------------------------------------------------------------- */

/* next[e] += n * (regions in dimension e) that the layer makes of one region in dimension d. */
static void push(fmpz *next, const fmpz_t n, slong d, const qd_bound_layer *layer)
{
    fmpz_t left, room, take;
    fmpz_init(left);
    fmpz_init(take);
    fmpz_init_set_ui(room, 1);
    fmpz_mul_2exp(room, room, (ulong) (layer->switching - layer->relu));
    cells(left, layer->switching, d);
    for (slong i = 0; i <= layer->relu && !fmpz_is_zero(left); i++) {
        slong e = layer->out - i < d ? layer->out - i : d;
        fmpz_set(take, fmpz_cmp(room, left) < 0 ? room : left);
        fmpz_sub(left, left, take);
        fmpz_addmul(next + e, n, take);
        fmpz_mul_si(room, room, layer->relu - i);
        fmpz_divexact_si(room, room, i + 1);
    }
    fmpz_clear(left);
    fmpz_clear(room);
    fmpz_clear(take);
}

void qd_piece__histogram(fmpz_t value, const qd_bound_shape_t s, slong depth)
{
    slong n = s->dim + 1;
    fmpz *h = _fmpz_vec_init(n), *next = _fmpz_vec_init(n);
    fmpz_one(h + s->dim);
    for (slong l = 0; l < depth; l++) {
        _fmpz_vec_zero(next, n);
        for (slong d = 0; d < n; d++)
            if (!fmpz_is_zero(h + d)) push(next, h + d, d, s->layer + l);
        _fmpz_vec_swap(h, next, n);
    }
    _fmpz_vec_sum(value, h, n);
    _fmpz_vec_clear(h, n);
    _fmpz_vec_clear(next, n);
}

bool qd_piece__bound_histogram(fmpz_t value, const qd_bound_shape_t s)
{
    if (!qd_piece__conventional(s, s->depth)) return false;
    qd_piece__histogram(value, s, s->depth);
    return true;
}

bool qd_piece__bound_serra(fmpz_t value, const qd_bound_shape_t s)
{
    for (slong l = 0; l < s->depth; l++)
        if (s->layer[l].switching > 0 && s->layer[l].relu < s->layer[l].out) return false;
    return qd_piece__bound_histogram(value, s);
}

/* ---- lower bounds ------------------------------------------------------------------------- */

/* The layers that switch are the first ones, dense and all relu, of at least `least` units; returns how many, 0: they are not so. */
static slong folds(const qd_bound_shape_t s, slong least)
{
    slong n = 0;
    if (!qd_piece__conventional(s, s->depth)) return 0;
    for (slong l = 0; l < s->depth; l++) {
        const qd_bound_layer *layer = s->layer + l;
        if (layer->switching == 0) continue;
        if (n < l || layer->sparse || layer->relu < layer->out || layer->out < least) return 0;
        n++;
    }
    return n;
}

static bool folded(fmpz_t value, const qd_bound_shape_t s, slong least, slong more)
{
    slong n = folds(s, least);
    fmpz_t q;
    if (n == 0) return false;
    fmpz_init(q);
    cells(value, s->layer[n - 1].out, s->dim);
    for (slong l = 0; l + 1 < n; l++) {
        fmpz_set_si(q, s->layer[l].out / s->dim + more);
        fmpz_pow_ui(q, q, (ulong) s->dim);
        fmpz_mul(value, value, q);
    }
    fmpz_clear(q);
    return true;
}

bool qd_piece__bound_montufar_lower(fmpz_t value, const qd_bound_shape_t s)
{
    return folded(value, s, s->dim, 0);
}

bool qd_piece__bound_serra_lower(fmpz_t value, const qd_bound_shape_t s)
{
    return folded(value, s, 3 * s->dim, 1);
}
