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
                 e = 1 for square, 2 for product and product_linear, 2 and a diagonal form for quadratic. (Squares: [AH95].)
                 One output, two layers, the last like the first, whose neurons are all of a linear space of dimension N: a
                 polynomial of degree 2 in the k units is, its square completed, a form of rank at most k (product: 2) in N
                 variables, with biases and a constant, or for product_linear and an element of the space
     recursion   over all cuts k, U(i, k) + U(k, j) - orbit: the block is the image of the product of the two varieties under
                 composition, which is constant on the orbits of the symmetries at k

   U(0, h) is computed for the given widths and for the reduced ones. Where they are better, the bounds of spans.c and those of
   squares in the place of power neurons are taken. */
#include "variety/impl.h"

static const char *const names[] = {
    [QD_UPPER_AMBIENT] = "ambient", [QD_UPPER_SYMMETRY] = "symmetry",   [QD_UPPER_RECURSION] = "recursion",
    [QD_UPPER_RANK] = "rank",       [QD_UPPER_REDUCTION] = "reduction", [QD_UPPER_SUPPORT] = "support",
    [QD_UPPER_SPAN] = "span",       [QD_UPPER_LARGER] = "larger",       [QD_UPPER_SQUARES] = "squares",
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

/* One output, a readout of k r-th powers of linear forms in n variables, r >= 3, without biases: sums of k powers have the dimension
   min(k n, all), but for four exceptions, where they are a hypersurface [AH95]. */
static int64_t by_powers(int64_t r, int64_t n, int64_t k)
{
    bool quartic = r == 4 && ((n == 3 && k == 5) || (n == 4 && k == 9) || (n == 5 && k == 14));
    bool cubic = r == 3 && n == 5 && k == 7;
    return quartic || cubic ? qd_variety__binomial(r, n - 1) - 1 : QD_VARIETY_HUGE;
}

/* One output of a unit that is no readout, where the d units before it are elements of a linear space of dimension N, generic ones. */
static int64_t by_forms_of_space(const qd_arch *s, int64_t i)
{
    qd_variety_neuron before = qd_variety__neuron(s, i);
    qd_variety_kind x = qd_variety__kind(s->neuron.kind, s->neuron.power, s->width[i], s->biases);
    int64_t N = before.span, d = s->width[i + 1];
    if (!before.out_mix || N > INT32_MAX || x.form == 0) return QD_VARIETY_HUGE;
    if (x.form < QD_VARIETY_HUGE) return symmetric(N, x.form) + (x.form_rest && s->biases ? N : 0);
    return d < N ? symmetric(N, d) + s->biases : symmetric(N, N);
}

int64_t qd_variety__form_rank(const qd_arch *s, int64_t i, int64_t j)
{
    qd_variety_kind x = qd_variety__kind(s->neuron.kind, s->neuron.power, s->width[i], s->biases);
    if (j != i + 2 || s->width[j] != 1) return QD_VARIETY_HUGE;
    if (!qd_variety__readout(s, i + 1)) return by_forms_of_space(s, i);
    if (s->neuron.kind == QD_LINEAR && s->neuron.power > 2 && !s->biases) return by_powers(s->neuron.power, s->width[i], s->width[i + 1]);
    if (x.rank == 0) return QD_VARIETY_HUGE;
    if (s->neuron.kind != QD_LINEAR && (j != s->depth || s->same)) return QD_VARIETY_HUGE;
    return symmetric(x.variables, x.rank * s->width[i + 1]) + x.rest;
}

static int64_t by_rank(const qd_arch *s, int64_t i, int64_t j)
{
    if (s->neuron.kind != QD_LINEAR || s->neuron.power != 1) return qd_variety__form_rank(s, i, j);
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

/* The ambient dimension. */
static int64_t space_of_all(const qd_arch *s)
{
    int64_t h = s->depth;
    return times(s->width[h], qd_variety__binomial(qd_variety__degree(s, 0, h), s->width[0] - 1 + s->biases));
}

static void improve_by_spans(bound *b, const qd_arch *s)
{
    qd_variety_certificate by;
    int64_t value = qd_variety__spans(&by, s);
    improve(b, value, by);
}

/* Power neurons, and compact ones without biases, are affine functions of squares: with u = x^2 the network alternates affine maps
   and squares, so that it is one of linear neurons with squares on u and a linear readout, of the same widths when the last layer is the
   same. With a linear readout two affine maps follow each other behind the last squares; together they are a matrix of
   rank at most r = d_(h-1), which is dropped, and constants. If r is below its sizes, the span of its d_(h-1) forms is one of
   dimension r in that of the d_(h-2) squares (as in spans.c). */
static void improve_by_squares(bound *b, const qd_arch *s)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1], h = s->depth, space;
    qd_variety_certificate by;
    qd_arch squares = {h, width, qd_neuron_raise(QD_LINEAR, 2), false, s->biases};
    if (s->neuron.kind != QD_POWER && (s->neuron.kind != QD_COMPACT || s->biases)) return;
    for (int64_t l = 0; l <= h; l++) width[l] = s->width[l];
    if (!s->same) {
        if (h == 1) return;
        width[--squares.depth] = s->width[h];
    }
    improve(b, qd_variety_upper(&by, &squares), QD_UPPER_SQUARES);
    if (s->same) return;
    int64_t r = s->width[h - 1], d = s->width[h - 2], most = s->width[h];
    if (r >= d || r >= most) return;
    space = qd_variety__space(s, 0, h) - s->biases;
    int64_t rest = (r + s->biases) * most, some = QD_VARIETY_HUGE;
    if (space < QD_VARIETY_HUGE) some = times(r, space - r);
    squares = (qd_arch){h - 2, width, qd_neuron_raise(QD_LINEAR, 2), true, s->biases};
    if (h > 2) {
        int64_t whole = qd_variety_upper(&by, &squares) - d + r * (d - r);
        if (whole < some) some = whole;
    }
    improve(b, some + rest, QD_UPPER_SQUARES);
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
    if (b.certificate == QD_UPPER_SUPPORT && arch->same && arch->neuron.kind == QD_LINEAR && arch->neuron.power > 1)
        b.certificate = QD_UPPER_REDUCTION; /* the space is that of the family without the last activation */
    if (b.certificate == QD_UPPER_AMBIENT && b.value < space_of_all(arch)) b.certificate = QD_UPPER_SUPPORT;
    improve_by_spans(&b, arch);
    if (smaller) improve_by_spans(&b, &s);
    improve_by_squares(&b, arch);
    *certificate = b.certificate;
    return b.value;
}
