/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upper bounds of the dimension of a family from its widths alone, with no cut.

     ambient     d_h times the dimension of the space of all polynomials of the degree in the inputs
     support     d_h times the number of monomials that can occur (spec.c)
     activation  with power:r the map (p_1, ...) -> (p_1^r, ...) is finite-to-one, so that the family has the dimension of the one without the
                 last activation: the ambient space of that
     symmetry    sum over the layers of d dim X, minus the orbits at the layers in between (symmetry.c): parameters - orbit
     matrix      linear networks: matrices of rank at most q = min d, q (d_0 + d_h - q), and the constants with biases
     form        one output, two layers, linear readout: the output is a quadratic form of rank at most e k in the n inputs, k = d_1, plus, by
                 kind, a diagonal form; with biases n + 1 variables, or a free linear part. Symmetric matrices of order n and rank at most
                 m < n have dimension m n - m (m-1)/2. e = 1 for square, 2 for product and product_linear, 2 and a diagonal form for
                 quadratic
     completed   one output, two layers, the last like the first, whose neurons are all of a linear space of dimension N: a polynomial of
                 degree 2 in the k units is, its square completed, a form of rank at most k (product: 2) in N variables, with biases and a
                 constant, or for product_linear and an element of the space
     alexander-hirschowitz  one output, a readout of k r-th powers of linear forms in n variables, r >= 3, without biases: sums of k
                 powers have the dimension min(k n, all), but for four exceptions, where they are a hypersurface [AH95] */
#include "variety/impl.h"

static void improve(qd_variety_choice *c, int64_t value, qd_variety_certificate by)
{
    if (value < c->value) *c = (qd_variety_choice){.value = value, .by = by};
}

static int64_t times(int64_t a, int64_t b)
{
    __int128 c = (__int128) a * b;
    return c < QD_VARIETY_HUGE ? (int64_t) c : QD_VARIETY_HUGE;
}

/* Symmetric matrices of order n and rank at most m. */
static int64_t symmetric(int64_t n, int64_t m)
{
    return m < n ? m * n - m * (m - 1) / 2 : n * (n + 1) / 2;
}

/* ---- spaces ------------------------------------------------------------------------------- */

static void by_space(qd_variety_choice *c, const qd_arch *s, bool larger)
{
    int64_t h = s->depth, n = s->width[0] - 1 + s->biases, degree = 1;
    improve(c, times(s->width[h], qd_variety__binomial(qd_variety__degree(s, 0, h), n)), QD_UPPER_AMBIENT);
    if (larger) return;
    improve(c, times(s->width[h], qd_variety__space(s, 0, h)), QD_UPPER_SUPPORT);
    if (s->neuron.kind != QD_LINEAR || s->neuron.power == 1 || !s->same) return;
    for (int64_t l = 0; l < h - 1 && degree < QD_VARIETY_HUGE / QD_MAX_POWER; l++) degree *= s->neuron.power;
    improve(c, times(s->width[h], qd_variety__binomial(degree, n)), QD_UPPER_ACTIVATION);
}

static int64_t by_symmetry(const qd_arch *s)
{
    int64_t sum = 0;
    for (int64_t l = 0; l < s->depth; l++) sum += s->width[l + 1] * qd_variety__neuron(s, l).dim;
    for (int64_t k = 1; k < s->depth; k++) sum -= qd_variety__cut(s, k);
    return sum;
}

/* ---- ranks -------------------------------------------------------------------------------- */

static int64_t by_matrix(const qd_arch *s)
{
    int64_t q = s->width[0], h = s->depth;
    for (int64_t k = 1; k <= h; k++)
        if (s->width[k] < q) q = s->width[k];
    return q * (s->width[0] + s->width[h] - q) + (s->biases ? s->width[h] : 0);
}

static void by_powers(qd_variety_choice *c, int64_t r, int64_t n, int64_t k)
{
    bool quartic = r == 4 && ((n == 3 && k == 5) || (n == 4 && k == 9) || (n == 5 && k == 14));
    bool cubic = r == 3 && n == 5 && k == 7;
    if (quartic || cubic) improve(c, qd_variety__binomial(r, n - 1) - 1, QD_UPPER_POWERS);
}

/* One output of a unit that is no readout, where the d units before it are elements of a linear space of dimension N, generic ones. */
static void by_completed_square(qd_variety_choice *c, const qd_arch *s)
{
    qd_variety_neuron before = qd_variety__neuron(s, 0);
    qd_variety_kind x = qd_variety__kind(s->neuron.kind, s->neuron.power, s->width[0], s->biases);
    int64_t N = before.span, d = s->width[1], value;
    if (!before.out_mix || N > INT32_MAX || x.form == 0) return;
    if (x.form < QD_VARIETY_HUGE) value = symmetric(N, x.form) + (x.form_rest && s->biases ? N : 0);
    else value = d < N ? symmetric(N, d) + s->biases : symmetric(N, N);
    improve(c, value, QD_UPPER_COMPLETED);
}

static void by_form(qd_variety_choice *c, const qd_arch *s)
{
    qd_variety_kind x = qd_variety__kind(s->neuron.kind, s->neuron.power, s->width[0], s->biases);
    if (s->depth != 2 || s->width[2] != 1) return;
    if (s->same) by_completed_square(c, s);
    else if (s->neuron.kind == QD_LINEAR && s->neuron.power > 2 && !s->biases) by_powers(c, s->neuron.power, s->width[0], s->width[1]);
    else if (x.rank > 0) improve(c, symmetric(x.variables, x.rank * s->width[1]) + x.rest, QD_UPPER_FORM);
}

void qd_variety__leaf(qd_variety_choice *c, const qd_arch *s, bool larger)
{
    *c = (qd_variety_choice){.value = INT64_MAX};
    by_space(c, s, larger);
    if (larger) return;
    improve(c, by_symmetry(s), QD_UPPER_SYMMETRY);
    if (s->neuron.kind == QD_LINEAR && s->neuron.power == 1) improve(c, by_matrix(s), QD_UPPER_MATRIX);
    by_form(c, s);
}
