/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certified upper bounds of dim V.

   A block (i, j) is the family of layers i..j-1, the last of them as in the whole network, so a hidden one keeps its activation.
   U(i, j) >= dim of its variety is the smallest of

     ambient     d_j * dim of the space of one output. With power:r the map (p_1, ...) -> (p_1^r, ...) is finite-to-one, so that the
                 block has the dimension of the one without the last activation, whose space is smaller
     symmetry    sum over the layers of d dim X, minus the orbits at the layers in between (symmetry.c)
     rank        linear networks: matrices of rank at most q = min d, q (d_i + d_j - q), and the constants with biases.
                 One output, two layers, linear readout: the output is a quadratic form of rank at most e k in the n inputs,
                 k = d_(j-1), plus, by kind, a diagonal form; with biases n + 1 variables, or a free linear part. Symmetric
                 matrices of rank at most m < n have dimension m n - m (m-1)/2.
                 e = 1 for square, 2 for product and product_linear, 2 and a diagonal form for quadratic
     recursion   over all cuts k, U(i, k) + U(k, j) - orbit: the block is the image of the product of the two varieties under
                 composition, which is constant on the orbits of the symmetries at k

   U(0, h) is computed for the given widths and for the reduced ones. */
#include "variety/impl.h"

static const char *const names[] = {
    [QD_UPPER_AMBIENT] = "ambient", [QD_UPPER_SYMMETRY] = "symmetry",   [QD_UPPER_RECURSION] = "recursion",
    [QD_UPPER_RANK] = "rank",       [QD_UPPER_REDUCTION] = "reduction",
};

const char *qd_variety_certificate_name(qd_variety_certificate certificate)
{
    return names[certificate];
}

typedef struct {
    int64_t value;
    qd_variety_certificate certificate;
} bound;

static void improve(bound *b, int64_t value, qd_variety_certificate certificate)
{
    if (value < b->value) *b = (bound){value, certificate};
}

static int64_t times(int64_t a, int64_t b)
{
    __int128 c = (__int128) a * b;
    return c < QD_VARIETY_HUGE ? (int64_t) c : QD_VARIETY_HUGE;
}

/* ---- the four roads ----------------------------------------------------------------------- */

static int64_t space_of_block(const qd_arch *s, int64_t i, int64_t j)
{
    if (s->neuron.kind != QD_LINEAR) return qd_variety__space(s, i, j);
    int64_t degree = 1; /* without the last activation */
    for (int64_t l = i; l < j - 1 && degree < QD_VARIETY_HUGE / QD_MAX_POWER; l++) degree *= s->neuron.power;
    return qd_variety__binomial(degree, s->width[i] - 1 + s->biases);
}

static int64_t by_symmetry(const qd_arch *s, int64_t i, int64_t j)
{
    int64_t sum = 0;
    for (int64_t l = i; l < j; l++) sum += s->width[l + 1] * qd_variety__neuron(s, l).dim;
    for (int64_t k = i + 1; k < j; k++) sum -= qd_variety__cut(s, k, true);
    return sum;
}

/* Symmetric matrices of order n and rank at most m. */
static int64_t symmetric(int64_t n, int64_t m)
{
    return m < n ? m * n - m * (m - 1) / 2 : n * (n + 1) / 2;
}

static int64_t by_form_rank(const qd_arch *s, int64_t i, int64_t j)
{
    qd_variety_kind x = qd_variety__kind(s->neuron.kind, s->neuron.power, s->width[i], s->biases);
    if (j != i + 2 || s->width[j] != 1 || x.rank == 0) return QD_VARIETY_HUGE;
    if (s->neuron.kind != QD_LINEAR && (j != s->depth || s->same)) return QD_VARIETY_HUGE;
    return symmetric(x.variables, x.rank * s->width[i + 1]) + x.rest;
}

static int64_t by_rank(const qd_arch *s, int64_t i, int64_t j)
{
    if (s->neuron.kind != QD_LINEAR || s->neuron.power != 1) return by_form_rank(s, i, j);
    int64_t q = s->width[i];
    for (int64_t k = i + 1; k <= j; k++)
        if (s->width[k] < q) q = s->width[k];
    return q * (s->width[i] + s->width[j] - q) + (s->biases ? s->width[j] : 0);
}

/* ---- all blocks --------------------------------------------------------------------------- */

static bound bound_of(const qd_arch *s)
{
    bound u[QD_VARIETY_MAX_DEPTH + 1][QD_VARIETY_MAX_DEPTH + 1];
    for (int64_t size = 1; size <= s->depth; size++)
        for (int64_t i = 0; i + size <= s->depth; i++) {
            int64_t j = i + size;
            bound *b = &u[i][j];
            *b = (bound){times(s->width[j], space_of_block(s, i, j)), QD_UPPER_AMBIENT};
            improve(b, by_symmetry(s, i, j), QD_UPPER_SYMMETRY);
            improve(b, by_rank(s, i, j), QD_UPPER_RANK);
            for (int64_t k = i + 1; k < j; k++)
                improve(b, u[i][k].value + u[k][j].value - qd_variety__cut(s, k, k == i + 1), QD_UPPER_RECURSION);
        }
    return u[0][s->depth];
}

int64_t qd_variety_upper(qd_variety_certificate *certificate, const qd_arch *arch)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch s = *arch;
    bound b = bound_of(arch), reduced;
    bool smaller = false;
    s.width = width;
    qd_variety_reduce(width, arch);
    for (int64_t l = 0; l <= s.depth; l++) smaller |= width[l] != arch->width[l];
    if (smaller) {
        reduced = bound_of(&s);
        improve(&b, reduced.value, QD_UPPER_REDUCTION);
    }
    if (b.certificate == QD_UPPER_AMBIENT && arch->same && arch->neuron.kind == QD_LINEAR && arch->neuron.power > 1)
        b.certificate = QD_UPPER_REDUCTION; /* the space is that of the family without the last activation */
    *certificate = b.certificate;
    return b.value;
}
