/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formulas of bounds that use other steps, again, from the widths and the bounds of those steps; why they hold stands in bound_table.c, reduce.c
   and bound.c. A step must have the families that its formula is about as its parts. */
#include <string.h>

#include "variety/check_impl.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- the shape ---------------------------------------------------------------------------- */

/* Is p the family of layers from..to-1 of s, but for its inputs and the form of its first layer? */
static bool is_block(const qd_bound_step *p, const qd_bound_step *s, int64_t from, int64_t to)
{
    return p->depth == to - from && memcmp(p->width + 1, s->width + from + 1, sizeof *p->width * (size_t) (to - from)) == 0 &&
           p->same == (to < s->depth || s->same) && p->biases == s->biases && qd_neuron_equal(&p->neuron, &s->neuron);
}

/* The part in front of a cut: as in the whole. */
static bool is_front(const qd_bound_step *p, const qd_bound_step *s)
{
    return is_block(p, s, 0, s->at) && p->width[0] == s->width[0] && p->larger == s->larger;
}

/* Can the layer behind the cut be substituted into, and does it need no more than the inputs that p has? */
static bool takes_spans(const qd_bound_step *p, const qd_bound_step *s)
{
    int64_t n = s->width[s->at];
    qd_bound_step own = *p;
    own.width[0] = n;
    own.larger = false;
    qd_variety_facts f = qd_variety__facts(&own, 0);
    if (p->larger) return p->width[0] == n;
    return f.substitutes && (!s->biases || f.translates) && f.forms > 0 && p->width[0] == least(n, f.forms * p->width[1]);
}

/* ---- cuts --------------------------------------------------------------------------------- */

int64_t qd_variety__meeting(const qd_bound_step *left, const qd_bound_step *right)
{
    qd_variety_facts before = qd_variety__facts(left, left->depth - 1), after = qd_variety__facts(right, 0);
    int64_t d = right->width[0], shift = before.shifts && after.translates;
    bool mix = left->depth == 1 && before.dim == before.span && after.substitutes;
    return mix ? d * least(d + shift, before.span) : d * (1 + shift);
}

static bool recursion(int64_t *value, const qd_bound_step *s, const qd_bound_step *left, const qd_bound_step *right)
{
    if (right == NULL || !is_front(left, s) || !is_block(right, s, s->at, s->depth)) return false;
    if (right->width[0] != s->width[s->at] || right->larger != (s->by == QD_UPPER_LARGER)) return false;
    *value = left->upper + right->upper - qd_variety__meeting(left, right);
    return true;
}

/* A space of dimension m in the span of the d units, and what stands behind the cut. */
static bool spans(int64_t *value, const qd_bound_step *s, const qd_bound_step *left, const qd_bound_step *right)
{
    qd_bound_step front = qd_variety__front(s, s->at);
    if (right == NULL || !is_block(right, s, s->at, s->depth) || !takes_spans(right, s)) return false;
    if (left != NULL && !is_front(left, s)) return false;
    qd_variety_facts x = qd_variety__facts(&front, front.depth - 1);
    int64_t m = right->width[0], d = s->width[s->at], N = qd_variety__monomials(&front) - s->biases;
    if (N < m) return false;
    int64_t subspaces = m * (d - m);
    if (s->by == QD_UPPER_CAP) *value = qd_variety__times(m, N - m) + right->upper;
    else if (s->by == QD_UPPER_SPAN) *value = left->upper - (x.shifts ? 2 * d : d) + subspaces + right->upper;
    else {
        if (front.depth > 1 || x.summand >= x.dim) return false;
        int64_t modulo = x.summand > 0 && x.shifts;
        *value = d * (x.dim - x.summand - 1) + subspaces + m * (x.summand - modulo) + right->upper;
    }
    return true;
}

/* ---- other families ----------------------------------------------------------------------- */

/* The span of the d units in front of layer l has at most the dimension of p's, so that the rest of them are combinations. */
static bool reduces(const qd_bound_step *p, const qd_bound_step *s, int64_t l)
{
    qd_bound_step layer = *s, front = qd_variety__front(p, l);
    layer.width[0] = s->width[l];
    layer.depth = l == s->depth - 1 ? 1 : 2;
    qd_variety_facts after = qd_variety__facts(&layer, 0);
    int64_t most = qd_variety__facts(&front, l - 1).span;
    for (int64_t i = 0; i < l; i++) {
        qd_bound_step block = front;
        block.depth = l - i;
        memcpy(block.width, front.width + i, sizeof *block.width * (size_t) (l - i));
        most = least(most, qd_variety__monomials(&block));
    }
    return after.substitutes && (!s->biases || after.translates) && p->width[l] >= most - s->biases;
}

static bool reduction(int64_t *value, const qd_bound_step *s, const qd_bound_step *p)
{
    if (s->larger || p->larger || p->depth != s->depth || p->same != s->same || p->biases != s->biases) return false;
    if (!qd_neuron_equal(&p->neuron, &s->neuron) || p->width[0] != s->width[0] || p->width[s->depth] != s->width[s->depth]) return false;
    for (int64_t l = 1; l < s->depth; l++)
        if (p->width[l] > s->width[l] || (p->width[l] < s->width[l] && !reduces(p, s, l))) return false;
    *value = p->upper;
    return true;
}

/* Affine functions of squares of the inputs: squares one layer later. */
static bool squares(int64_t *value, const qd_bound_step *s, const qd_bound_step *p)
{
    int64_t h = s->depth, kept, r = s->width[h - 1];
    qd_neuron square = qd_neuron_raise(QD_LINEAR, 2);
    bool even = s->neuron.kind == QD_POWER || (s->neuron.kind == QD_COMPACT && !s->biases), rest = s->by == QD_UPPER_SQUARES_SPAN;
    if (!even || s->larger || p->larger || !qd_neuron_equal(&p->neuron, &square) || p->biases != s->biases || p->same != rest) return false;
    if (rest ? s->same || h < 3 : !s->same && h < 2) return false;
    kept = rest ? h - 2 : s->same ? h : h - 1;
    if (p->depth != kept || memcmp(p->width, s->width, sizeof *p->width * (size_t) kept) != 0) return false;
    if (p->width[kept] != (rest ? s->width[h - 2] : s->width[h])) return false;
    int64_t d = s->width[h - 2 + (h < 2)];
    if (rest && r > d) return false;
    *value = rest ? p->upper - d + r * (d - r) + (r + s->biases) * s->width[h] : p->upper;
    return true;
}

bool qd_variety__cut_formula(int64_t *value, const qd_bound_step *s, const qd_bound_step *const part[2])
{
    const bool cut = s->at > 0 && s->at < s->depth, alone = s->at == 0 && part[1] == NULL;
    switch (s->by) {
    case QD_UPPER_RECURSION:
    case QD_UPPER_LARGER:
        return cut && recursion(value, s, part[0], part[1]);
    case QD_UPPER_SPAN:
        return cut && spans(value, s, part[0], part[1]);
    case QD_UPPER_CAP:
    case QD_UPPER_SUMMAND:
        return cut && part[1] == NULL && spans(value, s, NULL, part[0]);
    case QD_UPPER_REDUCTION:
        return alone && reduction(value, s, part[0]);
    case QD_UPPER_SQUARES:
    case QD_UPPER_SQUARES_SPAN:
        return alone && squares(value, s, part[0]);
    case QD_UPPER_AMBIENT:
    case QD_UPPER_SUPPORT:
    case QD_UPPER_ACTIVATION:
    case QD_UPPER_SYMMETRY:
    case QD_UPPER_ORBIT:
    case QD_UPPER_MATRIX:
    case QD_UPPER_FORM:
    case QD_UPPER_COMPLETED:
    case QD_UPPER_POWERS:
    case QD_UPPER_REASONS:
        break;
    }
    return false;
}
