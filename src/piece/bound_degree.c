/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upper bounds for networks of any degree in n dimensions: a sum along patterns of bounds for the components that are left when the zeros of
   polynomials are removed. Regions of deeper layers are not convex, so a bound of one layer must not be multiplied layer by layer.

   1. From regions to components. Along a pattern s of all layers every pre-activation is one polynomial p_(u,s), and a point has the pattern s iff p_(u,s) > 0
   for the active units and <= 0 for the others (by induction over the layers). So the points of s are semialgebraic, and a region of s, a component of
   the interior of their closure, is open and has a dense part of them: it contains an open set of them, hence a point at which no p_(u,s) but the zero
   polynomials is 0, hence the component of {all of these p_(u,s) are not 0} around that point, which has the pattern s throughout. Different
   regions contain different components. A region may contain more: units that touch 0 do not split it. Nothing here asks for generic
   units: those that are zero, constant, equal or tangent make fewer components.

   2. Along patterns. p_(u,s) depends on s only below the layer of u. For a pattern s of the layers below l let K_l(s) be the number of
   components of {p_(u,s) != 0 for all units u of the layers 1..l}, zero polynomials left out, on which the layers below l have the signs of s, and
   K_l the sum over all s that occur. By 1, the layers 1..l have at most K_l regions. Let N_l be the number of patterns of the layers 1..l, m_l that
   of the units of layer l that switch and D_l their degree in the coordinates, as in bound_line.c, and F_l = sum_{i <= l} m_i D_i. If
   C_n(D) bounds the components of {p != 0} for a p of degree D (take the product of all), then

       pattern-degree   K_l <= N_(l-1) C_n(F_l),   N_l <= 2^(m_1 + ... + m_l) and N_l <= K_l,

   and while all D_i are 1, N_l <= the histogram of bound_linear.c.

   3. C_n, in a box. A component W of {p != 0} in the box B: |p| has a maximum over the closure of W, at a point of the closed box where p != 0, in
   the relative interior of a face of dimension k. Near it the box is convex and p != 0, so it belongs to no other component. Add a small linear
   form, so that the critical points on all faces are non-degenerate (almost every one does): as |p| is 0 on the rest of the boundary of
   W, the maximum stays inside. A polynomial of degree D in k variables has at most (D - 1)^k non-degenerate critical points (Bezout), so

       C_n(D) = sum_k (number of faces of dimension k) (D - 1)^k = (2 + D - 1)^n = (D + 1)^n.

   C_n, whole space: C_n(D) = 1 + D + ... + D^n. By induction: in projective space, let H be the hyperplane at infinity and G another one that meets
   every component whose closure it meets (almost every one does). Components of {p != 0} that miss G are bounded in the affine space without
   G, and there components of {p h != 0}, h of degree 1 for H; each has a point where |p h| is largest, at most (D + 1 - 1)^n by the same
   argument. Those that meet G contain components of {p != 0} in G without H, a space of dimension n - 1. This is the method of [Mil64] and
   [War68], whose constants are larger for as few variables.

   4. The plane. Let c(p) be the number of components of {p != 0}, p and q of degrees F and E. Repeated factors, common factors and, in a box, factors
   without a zero inside can be dropped from q. Then

       c(pq) - c(p) <= E F + E (E + 1) / 2,      in a box  E F + E (E - 1) / 2 + 2 E.

   Proof. Add the point at infinity to the plane (contract the boundary of the box): a sphere. By Alexander's duality the components are 1 + b_1 of the
   curve X with that point, b_1 = b_0 - chi. Adding the curve Y of q: b_0 grows by at most k, the number of compact components of Y that miss X,
   and chi by the sum over what is added, points minus open arcs. Let 2 r be the number of half-branches of Y at a point, e that of those that
   end at infinity (at the boundary of the box). Counting arcs by their ends,

       growth <= sum_{points of X and Y} r + [k + sum_{other points of Y} (r - 1) + e / 2],

   an isolated point counting 1 - 1 = 0. A point of X and Y has r <= the intersection number there, so the first sum is at most E F (Bezout). The bracket
   only grows if it is taken for Y alone. For it, take the factors of q one by one: products add E E' once more, and E (E + 1) / 2 + E' (E' + 1) / 2 + E E' =
   (E + E') (E + E' + 1) / 2 (the same with - 1). A factor irreducible over the reals but not over C has isolated points only. One that is
   irreducible over C: its compact components other than points contain ovals of the normalisation, at most genus + 1 by Harnack's theorem; the
   genus is at most (E-1)(E-2)/2 - sum r (r-1)/2, and r (r-1)/2 >= r - 1. So k + sum (r - 1) <= (E-1)(E-2)/2 + 1 <= E (E-1)/2 for E >= 2; a line has 0. And
   e / 2 <= E, the intersection number with the line at infinity; in a box e <= 4 E, that with its four sides (a branch that touches a side counts twice).

   The growth over all components of {p != 0} bounds that over some of them, since none shrinks. Sum over patterns: with E_l = m_l D_l,

       pattern-curve    K_l <= K_(l-1) + N_(l-1) (E_l F_(l-1) + E_l (E_l + 1) / 2),   K_0 = 1,

   where only those patterns count below which the layer is not constant (bound_line.c): N_l <= (2^(m_l) - 1) N_(l-1) if it is all relu. One layer of m
   quadratic units: 1 + 2 m (2 m + 1) / 2 = 2 m^2 + m + 1, which m pairs of lines reach. */
#include "piece/impl.h"

typedef struct {
    fmpz_t k, n, d, f; /* K_l, N_l, D_l, F_l */
    bool linear;
} sums;

static void sums_init(sums *a)
{
    fmpz_init_set_ui(a->k, 1);
    fmpz_init_set_ui(a->n, 1);
    fmpz_init_set_ui(a->d, 1);
    fmpz_init(a->f);
    a->linear = true;
}

static void sums_clear(sums *a)
{
    fmpz_clear(a->k);
    fmpz_clear(a->n);
    fmpz_clear(a->d);
    fmpz_clear(a->f);
}

/* N_l, from K_l; where `constant`, patterns with a whole layer of relu inactive are left out. */
static void patterns(sums *a, const qd_bound_layer *layer, bool constant)
{
    fmpz_t t;
    fmpz_init_set_ui(t, 1);
    fmpz_mul_2exp(t, t, (ulong) layer->switching);
    if (constant && layer->relu == layer->out) fmpz_sub_ui(t, t, 1);
    fmpz_mul(a->n, a->n, t);
    if (fmpz_cmp(a->k, a->n) < 0) fmpz_set(a->n, a->k);
    fmpz_clear(t);
}

/* C_n(D) */
static void components(fmpz_t c, const fmpz_t d, slong n, bool box)
{
    fmpz_t t;
    fmpz_init(t);
    if (box) {
        fmpz_add_ui(t, d, 1);
        fmpz_pow_ui(c, t, (ulong) n);
    } else {
        fmpz_zero(c);
        for (slong k = 0; k <= n; k++) {
            fmpz_mul(c, c, d);
            fmpz_add_ui(c, c, 1);
        }
    }
    fmpz_clear(t);
}

/* What one polynomial of degree e adds to one of degree f in the plane. */
static void growth(fmpz_t g, const fmpz_t e, const fmpz_t f, bool box)
{
    fmpz_t t;
    fmpz_init(t);
    fmpz_add_si(t, e, box ? 3 : 1); /* e (e - 1) / 2 + 2 e = e (e + 3) / 2 */
    fmpz_mul(t, t, e);
    fmpz_fdiv_q_2exp(t, t, 1);
    fmpz_addmul(t, e, f);
    fmpz_swap(g, t);
    fmpz_clear(t);
}

static void layer_degree(sums *a, const qd_bound_shape_t s, slong l)
{
    fmpz_t t;
    fmpz_init(t);
    fmpz_mul_si(t, a->d, s->layer[l].switching);
    fmpz_add(a->f, a->f, t);
    if (a->linear) qd_piece__histogram(a->k, s, l + 1);
    else {
        components(t, a->f, s->dim, s->box);
        fmpz_mul(a->k, a->n, t);
    }
    patterns(a, s->layer + l, false);
    fmpz_clear(t);
}

static void layer_curve(sums *a, const qd_bound_shape_t s, slong l)
{
    fmpz_t e, t;
    fmpz_init(e);
    fmpz_init(t);
    fmpz_mul_si(e, a->d, s->layer[l].switching);
    growth(t, e, a->f, s->box);
    fmpz_addmul(a->k, a->n, t);
    fmpz_add(a->f, a->f, e);
    patterns(a, s->layer + l, true);
    fmpz_clear(e);
    fmpz_clear(t);
}

static void along_patterns(fmpz_t value, const qd_bound_shape_t s, void (*fn)(sums *a, const qd_bound_shape_t s, slong l))
{
    sums a;
    sums_init(&a);
    for (slong l = 0; l < s->depth; l++) {
        const qd_bound_layer *layer = s->layer + l;
        fmpz_mul_si(a.d, a.d, layer->degree);
        a.linear = a.linear && layer->degree == 1;
        if (layer->switching > 0) fn(&a, s, l);
        fmpz_mul_si(a.d, a.d, layer->power);
        a.linear = a.linear && layer->power == 1;
    }
    fmpz_set(value, a.k);
    sums_clear(&a);
}

bool qd_piece__bound_curve(fmpz_t value, const qd_bound_shape_t s)
{
    if (s->dim != 2) return false;
    along_patterns(value, s, layer_curve);
    return true;
}

bool qd_piece__bound_degree(fmpz_t value, const qd_bound_shape_t s)
{
    along_patterns(value, s, layer_degree);
    return true;
}
