/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upper bounds of dim V from larger families, and from the spans of hidden units.

   Layers in three forms. OWN: as they are. LARGER: a neuron may be any polynomial of the span of its degree in n inputs, all of them: the family
   contains the one that is asked for, and it is closed under linear (with biases affine) maps on both sides. NARROW: as they are, but the
   layer has m = min(d, e d') inputs in place of d, where each of its d' units is a function of at most e linear forms of them (e = 1
   linear, 2 product, 2 or 3 product_linear).

   A block (i, j) is the family of layers i..j-1, layer i in one of the forms, the later ones as they are; u bounds its dimension. A later layer
   may be LARGER too, as a bound of a larger family is one. u is the smallest of

     space      d_j times the dimension of the space of one output (bound.c)
     cut        at k, u(i, k) + u(k, j) - the orbits of the symmetries at k (symmetry.c); where the left block is one layer they may mix
     span       at k, if layer k is closed under linear (affine) substitutions: with m inputs that it needs (NARROW, or all d and
                LARGER) the function is determined by a space F of dimension m in the span of the d units (with biases: and 1, all
                modulo constants) and by a block (k, j) on a basis of F. So u <= dim {F} + u(k, j), where dim {F} is at most

                  m (N - m)                        N >= m the dimension of the space of one output of (i, k), modulo constants
                  u(i, k) - t + m (d - m)          subspaces of the span: F does not change under the multiples, and where constants
                                                   are free the shifts, of each unit, t = d or 2 d
                  d (dim X - c) - d + m (d - m)    one layer, X + T = X for a linear space T of dimension c < dim X (product_linear: the
                    + m (c - s)                    affine part, quadratic: the squares and 1): f = P + tau, tau in T^d, and F is the
                                                   span of M f = M P + M tau: P modulo T, M, and M tau in T^m, modulo constants (s
                                                   = 1 if T contains them), and not changed by GL(m) on M and M tau nor by
                                                   multiples of P against M: together they act freely, as M has rank m and P_i != 0

   With a linear readout span is the determinantal cap: matrices of rank m, m (N - m) + m d_h. */
#include <stdlib.h>

#include "variety/impl.h"

typedef enum { OWN, LARGER, NARROW, FORMS } form;

typedef struct {
    const qd_arch *arch;
    int64_t u[FORMS][QD_VARIETY_MAX_DEPTH + 1][QD_VARIETY_MAX_DEPTH + 1];
    qd_variety_certificate by; /* how the last bound was found */
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

/* Dimension of the space of one output of the block. */
static int64_t space(const qd_arch *s, int64_t i, int64_t j, form f)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch narrow = *s;
    if (f == LARGER) return qd_variety__binomial(qd_variety__degree(s, i, j), s->width[i] - 1 + s->biases);
    for (int64_t l = 0; l <= s->depth; l++) width[l] = s->width[l];
    width[i] = inputs(s, i, f);
    narrow.width = width;
    return qd_variety__space(&narrow, i, j);
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

/* dim {F} for the block (i, k) and spaces of dimension m; QD_VARIETY_HUGE: not defined. */
static int64_t spaces(const table *t, int64_t i, int64_t k, form f, int64_t m)
{
    const qd_arch *s = t->arch;
    int64_t N = space(s, i, k, f) - s->biases, d = s->width[k];
    qd_variety_kind x = neuron(s, k - 1, k == i + 1 ? f : OWN);
    if (N < m || N >= QD_VARIETY_HUGE / 2 / m) return QD_VARIETY_HUGE;
    int64_t all = m * (N - m), some = t->u[f][i][k] - d * (1 + shifts(s, &x)) + m * (d - m);
    if (k == i + 1 && x.summand < x.dim)
        some = least(some, d * (x.dim - x.summand) - d + m * (d - m) + m * (x.summand - (x.summand > 0 && shifts(s, &x))));
    return least(all, some);
}

static void improve(table *t, int64_t *u, int64_t value, qd_variety_certificate by)
{
    if (value >= *u) return;
    *u = value;
    t->by = by;
}

static void cut(table *t, int64_t i, int64_t k, int64_t j, form f)
{
    const qd_arch *s = t->arch;
    int64_t *u = &t->u[f][i][j];
    for (form g = OWN; g <= LARGER; g++)
        if (inputs(s, k, g) > 0)
            improve(t, u, t->u[f][i][k] + t->u[g][k][j] - orbits(s, k, f, k == i + 1, g),
                    g == LARGER ? QD_UPPER_LARGER : QD_UPPER_RECURSION);
    for (form g = LARGER; g <= NARROW; g++) {
        int64_t m = inputs(s, k, g);
        if (m > 0) improve(t, u, spaces(t, i, k, f, m) + t->u[g][k][j], QD_UPPER_SPAN);
    }
}

/* ---- all blocks --------------------------------------------------------------------------- */

static int64_t product(int64_t a, int64_t b)
{
    return b < QD_VARIETY_HUGE / a ? a * b : QD_VARIETY_HUGE;
}

static void block(table *t, int64_t i, int64_t j, form f)
{
    const qd_arch *s = t->arch;
    int64_t *u = &t->u[f][i][j];
    if (inputs(s, i, f) == 0) return;
    *u = product(s->width[j], space(s, i, j, f));
    t->by = QD_UPPER_AMBIENT;
    if (j == i + 1) improve(t, u, product(s->width[j], neuron(s, i, f).dim), QD_UPPER_SYMMETRY);
    if (f == OWN) improve(t, u, qd_variety__form_rank(s, i, j), QD_UPPER_RANK);
    for (int64_t k = i + 1; k < j; k++) cut(t, i, k, j, f);
}

int64_t qd_variety__spans(qd_variety_certificate *by, const qd_arch *arch)
{
    table *t = qd_malloc(sizeof *t);
    t->arch = arch;
    for (int64_t size = 1; size <= arch->depth; size++)
        for (int64_t i = 0; i + size <= arch->depth; i++)
            for (form f = FORMS; f-- > OWN;) block(t, i, i + size, f);
    int64_t value = t->u[OWN][0][arch->depth];
    *by = t->by;
    free(t);
    return value;
}
