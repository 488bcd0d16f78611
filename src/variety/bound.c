/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest upper bound of dim V that is known, with its proof: that of the table over blocks (bound_table.c) for the given widths, the
   reduced ones (reduction), or squares in the place of power neurons.

   Power neurons, and compact ones without biases, are affine functions of squares: with u = x^2 the network alternates affine maps
   and squares, so that it is one of linear neurons with squares on u and a linear readout, of the same widths when the last layer is the
   same. With a linear readout two affine maps follow each other behind the last squares; together they are a matrix of
   rank at most r = d_(h-1), which is dropped, and constants. If r is below its sizes, the span of its d_(h-1) forms is one of
   dimension r in that of the d_(h-2) squares (as in bound_table.c). So
     squares       the bound of that family
     squares-span  the bound of layers 0..h-3 with their activation - d_(h-2) + r (d_(h-2) - r) + (r + b) d_h, b = 1 with biases */
#include <stdlib.h>
#include <string.h>

#include "variety/impl.h"

static const char *const names[] = {
    [QD_UPPER_AMBIENT] = "ambient",
    [QD_UPPER_SUPPORT] = "support",
    [QD_UPPER_ACTIVATION] = "activation",
    [QD_UPPER_SYMMETRY] = "symmetry",
    [QD_UPPER_ORBIT] = "orbit",
    [QD_UPPER_MATRIX] = "matrix",
    [QD_UPPER_FORM] = "form",
    [QD_UPPER_COMPLETED] = "completed",
    [QD_UPPER_POWERS] = "alexander-hirschowitz",
    [QD_UPPER_RECURSION] = "recursion",
    [QD_UPPER_LARGER] = "larger",
    [QD_UPPER_CAP] = "cap",
    [QD_UPPER_SPAN] = "span",
    [QD_UPPER_SUMMAND] = "summand",
    [QD_UPPER_REDUCTION] = "reduction",
    [QD_UPPER_SQUARES] = "squares",
    [QD_UPPER_SQUARES_SPAN] = "squares-span",
};

const char *qd_variety_certificate_name(qd_variety_certificate certificate)
{
    return names[certificate];
}

/* ---- proofs ------------------------------------------------------------------------------- */

void qd_bound_init(qd_bound_t proof)
{
    *proof = (qd_bound_struct){0, NULL};
}

void qd_bound_clear(qd_bound_t proof)
{
    free(proof->step);
}

void qd_bound_swap(qd_bound_t a, qd_bound_t b)
{
    qd_bound_struct t = *a;
    *a = *b;
    *b = t;
}

void qd_variety__bound_set(qd_bound_t to, const qd_bound_t from)
{
    size_t bytes = sizeof *from->step * (size_t) from->n;
    *to = (qd_bound_struct){from->n, memcpy(qd_malloc(bytes + 1), from->step, bytes)};
}

qd_arch qd_bound_arch(const qd_bound_step *s)
{
    return (qd_arch){s->depth, s->width, s->neuron, s->same, s->biases};
}

int64_t qd_bound_value(const qd_bound_t proof)
{
    return proof->step[proof->n - 1].upper;
}

qd_bound_step *qd_variety__step(qd_bound_t proof, const qd_arch *arch, int64_t upper, qd_variety_certificate by, const int64_t *part)
{
    proof->step = qd_realloc(proof->step, sizeof *proof->step * (size_t) (proof->n + 1));
    qd_bound_step *s = proof->step + proof->n++;
    *s =
        (qd_bound_step){.depth = arch->depth, .neuron = arch->neuron, .same = arch->same, .biases = arch->biases, .upper = upper, .by = by};
    memcpy(s->width, arch->width, sizeof *s->width * (size_t) (arch->depth + 1));
    memcpy(s->part, part, sizeof s->part);
    return s;
}

/* ---- other families ----------------------------------------------------------------------- */

/* Takes the bound `value` of arch if it is smaller; it follows from that of other, which is cleared, or from no other (empty). */
static void improve(qd_bound_t proof, const qd_arch *arch, qd_bound_t other, int64_t value, qd_variety_certificate by)
{
    if (value < qd_bound_value(proof)) {
        int64_t part[2] = {other->n - 1, -1};
        qd_variety__step(other, arch, value, by, part);
        qd_bound_swap(proof, other);
    }
    qd_bound_clear(other);
}

static void improve_by_reduction(qd_bound_t proof, const qd_arch *arch)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch s = *arch;
    qd_bound_t other;
    s.width = width;
    qd_variety_reduce(width, arch);
    if (memcmp(width, arch->width, sizeof *width * (size_t) (s.depth + 1)) == 0) return;
    qd_bound_init(other);
    qd_variety__blocks(other, &s);
    improve(proof, arch, other, qd_bound_value(other), QD_UPPER_REDUCTION);
}

static void improve_by_last_squares(qd_bound_t proof, const qd_arch *s)
{
    int64_t h = s->depth, r = s->width[h - 1], d = s->width[h - 2], most = s->width[h], rest = (r + s->biases) * most;
    qd_arch squares = {h - 2, s->width, qd_neuron_raise(QD_LINEAR, 2), true, s->biases};
    qd_bound_t other;
    if (h == 2 || r >= d || r >= most) return;
    qd_bound_init(other);
    qd_bound_find(other, &squares);
    improve(proof, s, other, qd_bound_value(other) - d + r * (d - r) + rest, QD_UPPER_SQUARES_SPAN);
}

static void improve_by_squares(qd_bound_t proof, const qd_arch *s)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1], h = s->depth;
    qd_arch squares = {h, width, qd_neuron_raise(QD_LINEAR, 2), false, s->biases};
    qd_bound_t other;
    if (s->neuron.kind != QD_POWER && (s->neuron.kind != QD_COMPACT || s->biases)) return;
    if (!s->same && h == 1) return;
    memcpy(width, s->width, sizeof *width * (size_t) (h + 1));
    if (!s->same) width[--squares.depth] = s->width[h];
    qd_bound_init(other);
    qd_bound_find(other, &squares);
    improve(proof, s, other, qd_bound_value(other), QD_UPPER_SQUARES);
    if (!s->same) improve_by_last_squares(proof, s);
}

void qd_bound_find(qd_bound_t proof, const qd_arch *arch)
{
    qd_bound_t p;
    qd_bound_init(p);
    qd_variety__blocks(p, arch);
    improve_by_reduction(p, arch);
    improve_by_squares(p, arch);
    qd_bound_swap(proof, p);
    qd_bound_clear(p);
}

void qd_bound_add_orbit(qd_bound_t proof, const qd_arch *arch, int64_t orbit)
{
    qd_bound_t other;
    qd_bound_init(other);
    improve(proof, arch, other, qd_variety_nparams(arch) - orbit, QD_UPPER_ORBIT);
}
