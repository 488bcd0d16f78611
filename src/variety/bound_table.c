/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upper bounds of dim V over blocks of layers and their cuts.

   The first layer of a block has one of three forms. OWN: as it is. LARGER: a neuron may be any polynomial of its degree in its n inputs: the
   family contains the one that is asked for, and it is closed under linear (with biases affine) maps on both sides. NARROW: as it is, but it
   has m = min(d, e d') inputs in place of d, where each of its d' units is a function of at most e linear forms of them (e = 1
   linear, 2 product, 2 or 3 product_linear).

   A block (i, j) is the family of layers i..j-1, layer i in one of the forms, the later ones as they are; u bounds its dimension. A hidden
   block keeps its activation. u is the smallest of

     no cut     bound_leaf.c
     recursion  at k, u(i, k) + u(k, j) - the orbits of the symmetries at k (symmetry.c): the block is the image of the product of the two
                varieties under composition, which is constant on the orbits. Where the left block is one layer they may mix
     larger     the same with layer k LARGER, as a bound of a larger family is one
     at k, if layer k is closed under linear (affine) substitutions: with m inputs that it needs (NARROW, or all d and LARGER) the function
     is determined by a space F of dimension m in the span of the d units (with biases: and 1, all modulo constants) and by a block
     (k, j) on a basis of F. So u <= dim {F} + u(k, j), where dim {F} is at most

     cap        m (N - m)                        N >= m the dimension of the space of one output of (i, k), modulo constants. With a
                                                 linear readout: matrices of rank m, m (N - m) + m d_h
     span       u(i, k) - t + m (d - m)          subspaces of the span: F does not change under the multiples, and where constants
                                                 are free the shifts, of each unit, t = d or 2 d
     summand    d (dim X - c) - d + m (d - m)    one layer, X + T = X for a linear space T of dimension c < dim X (product_linear: the
                  + m (c - s)                    affine part, quadratic: the squares and 1): f = P + tau, tau in T^d, and F is the
                                                 span of M f = M P + M tau: P modulo T, M, and M tau in T^m, modulo constants (s
                                                 = 1 if T contains them), and not changed by GL(m) on M and M tau nor by
                                                 multiples of P against M: together they act freely, as M has rank m and P_i != 0 */
#include <stdlib.h>

#include "variety/impl.h"

typedef enum { OWN, LARGER, NARROW, FORMS } form;

typedef struct {
    const qd_arch *arch;
    qd_variety_choice u[FORMS][QD_VARIETY_MAX_DEPTH + 1][QD_VARIETY_MAX_DEPTH + 1];
} table;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- layers ------------------------------------------------------------------------------- */

static qd_variety_kind own(const qd_arch *s, int64_t l, int64_t n)
{
    qd_neuron neuron = qd_arch_neuron(s, l);
    return qd_variety__kind(neuron.kind, neuron.power, n, s->biases);
}

static bool substitutes(const qd_arch *s, const qd_variety_kind *x)
{
    return x->linear && (!s->biases || x->translation);
}

/* The inputs that layer l has in a form; 0 where there is no such form. */
static int64_t inputs(const qd_arch *s, int64_t l, form f)
{
    int64_t n = s->width[l];
    qd_variety_kind x = own(s, l, n);
    if (f == OWN || (f == LARGER && !qd_variety__readout(s, l))) return n;
    if (f == NARROW && substitutes(s, &x) && x.forms > 0) return least(n, x.forms * s->width[l + 1]);
    return 0;
}

static qd_variety_kind neuron(const qd_arch *s, int64_t l, form f)
{
    qd_variety_kind x = own(s, l, inputs(s, l, f));
    if (f != LARGER) return x;
    x.dim = x.span = x.summand = qd_variety__binomial(qd_variety__degree(s, l, l + 1), s->width[l] - 1 + s->biases);
    x.constants = x.linear = x.translation = true;
    return x;
}

/* Can constants be added to each of its elements? */
static bool shifts(const qd_arch *s, const qd_variety_kind *x)
{
    return s->biases && (x->constants || x->dim == x->span);
}

/* The block as an architecture of its own, but for layers that are LARGER.   width  (out) j - i + 1 of them */
static qd_arch block_arch(int64_t *width, const qd_arch *s, int64_t i, int64_t j, form f)
{
    for (int64_t l = i; l <= j; l++) width[l - i] = s->width[l];
    width[0] = inputs(s, i, f);
    return (qd_arch){j - i, width, s->neuron, j < s->depth || s->same, s->biases};
}

/* Dimension of the space of one output of the block. */
static int64_t space(const qd_arch *s, int64_t i, int64_t j, form f)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch b = block_arch(width, s, i, j, f);
    if (f == LARGER) return qd_variety__binomial(qd_variety__degree(&b, 0, b.depth), width[0] - 1 + s->biases);
    return qd_variety__space(&b, 0, b.depth);
}

/* ---- cuts --------------------------------------------------------------------------------- */

/* Dimension of the orbits at k, between layer k - 1 in the form f, or a longer block, and layer k in the form g. */
static int64_t orbits(const qd_arch *s, int64_t k, form f, bool one_layer, form g)
{
    qd_variety_kind before = neuron(s, k - 1, one_layer ? f : OWN), after = neuron(s, k, g);
    int64_t d = s->width[k], shift = shifts(s, &before) && after.translation;
    if (one_layer && before.dim == before.span && after.linear) return d * least(d + shift, before.span);
    return d * (1 + shift);
}

/* dim {F} for the block (i, k) and spaces of dimension m, in each way; QD_VARIETY_HUGE: not defined. */
static int64_t by_cap(const table *t, int64_t i, int64_t k, form f, int64_t m)
{
    int64_t N = space(t->arch, i, k, f) - t->arch->biases;
    return N < m || N >= QD_VARIETY_HUGE / 2 / m ? QD_VARIETY_HUGE : m * (N - m);
}

static int64_t by_span(const table *t, int64_t i, int64_t k, form f, int64_t m)
{
    int64_t d = t->arch->width[k];
    qd_variety_kind x = neuron(t->arch, k - 1, k == i + 1 ? f : OWN);
    return t->u[f][i][k].value - d * (1 + shifts(t->arch, &x)) + m * (d - m);
}

static int64_t by_summand(const table *t, int64_t i, int64_t k, form f, int64_t m)
{
    int64_t d = t->arch->width[k];
    qd_variety_kind x = neuron(t->arch, k - 1, k == i + 1 ? f : OWN);
    if (k > i + 1 || x.summand >= x.dim) return QD_VARIETY_HUGE;
    return d * (x.dim - x.summand) - d + m * (d - m) + m * (x.summand - (x.summand > 0 && shifts(t->arch, &x)));
}

static void improve(qd_variety_choice *u, int64_t value, qd_variety_certificate by, int64_t at, form right)
{
    if (value < u->value) *u = (qd_variety_choice){value, by, at, (int) right};
}

static void cut(table *t, int64_t i, int64_t k, int64_t j, form f)
{
    const qd_arch *s = t->arch;
    qd_variety_choice *u = &t->u[f][i][j];
    for (form g = OWN; g <= LARGER; g++)
        if (inputs(s, k, g) > 0)
            improve(u, t->u[f][i][k].value + t->u[g][k][j].value - orbits(s, k, f, k == i + 1, g),
                    g == LARGER ? QD_UPPER_LARGER : QD_UPPER_RECURSION, k, g);
    for (form g = LARGER; g <= NARROW; g++) {
        int64_t m = inputs(s, k, g), right = m > 0 ? t->u[g][k][j].value : 0;
        if (m == 0 || space(s, i, k, f) - s->biases < m) continue;
        improve(u, by_cap(t, i, k, f, m) + right, QD_UPPER_CAP, k, g);
        improve(u, by_span(t, i, k, f, m) + right, QD_UPPER_SPAN, k, g);
        improve(u, by_summand(t, i, k, f, m) + right, QD_UPPER_SUMMAND, k, g);
    }
}

/* ---- all blocks --------------------------------------------------------------------------- */

static void block(table *t, int64_t i, int64_t j, form f)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    if (inputs(t->arch, i, f) == 0) return;
    qd_arch b = block_arch(width, t->arch, i, j, f);
    qd_variety__leaf(&t->u[f][i][j], &b, f == LARGER);
    for (int64_t k = i + 1; k < j; k++) cut(t, i, k, j, f);
}

/* Appends the proof of u[f][i][j]. */
static void write_steps(qd_bound_t proof, const table *t, int64_t i, int64_t j, form f)
{
    const qd_variety_choice *u = &t->u[f][i][j];
    int64_t width[QD_VARIETY_MAX_DEPTH + 1], part[2] = {-1, -1};
    qd_arch b = block_arch(width, t->arch, i, j, f);
    int n = 0;
    if (u->by == QD_UPPER_RECURSION || u->by == QD_UPPER_LARGER || u->by == QD_UPPER_SPAN) {
        write_steps(proof, t, i, u->at, f);
        part[n++] = proof->n - 1;
    }
    if (u->at > 0) {
        write_steps(proof, t, u->at, j, (form) u->right);
        part[n] = proof->n - 1;
    }
    qd_bound_step *step = qd_variety__step(proof, &b, u->value, u->by, part);
    step->larger = f == LARGER;
    step->at = u->at > 0 ? u->at - i : 0;
}

void qd_variety__blocks(qd_bound_t proof, const qd_arch *arch)
{
    table *t = qd_malloc(sizeof *t);
    t->arch = arch;
    for (int64_t size = 1; size <= arch->depth; size++)
        for (int64_t i = 0; i + size <= arch->depth; i++)
            for (form f = FORMS; f-- > OWN;) block(t, i, i + size, f);
    write_steps(proof, t, 0, arch->depth, OWN);
    free(t);
}
