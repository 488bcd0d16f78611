/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formulas of bounds without a cut, again, from the widths alone; why they hold stands in bound_leaf.c and bound.c. */
#include "variety/check_impl.h"

/* Symmetric matrices of order n and rank at most m: those of rank 1 summed, m n of them less the m (m-1)/2 rotations. */
static int64_t low_rank(int64_t n, int64_t m)
{
    int64_t order = m < n ? n - m : 0; /* of the minor that vanishes: codimension order (order + 1) / 2 */
    return n * (n + 1) / 2 - order * (order + 1) / 2;
}

/* parameters - symmetries: neurons as polynomials, and where two layers meet */
static int64_t symmetry(const qd_bound_step *s)
{
    int64_t sum = 0;
    for (int64_t l = 0; l < s->depth; l++) {
        sum += s->width[l + 1] * qd_variety__facts(s, l).dim;
        if (l == 0) continue;
        qd_bound_step left = qd_variety__front(s, l), right = *s;
        left.depth = 1;
        left.width[0] = s->width[l - 1];
        right.width[0] = s->width[l];
        right.depth = l == s->depth - 1 ? 1 : 2; /* only its first layer counts */
        sum -= qd_variety__meeting(&left, &right);
    }
    return sum;
}

static int64_t matrix(const qd_bound_step *s)
{
    int64_t q = s->width[0], n = s->width[0], m = s->width[s->depth];
    for (int64_t l = 1; l <= s->depth; l++) q = s->width[l] < q ? s->width[l] : q;
    return n * m - (n - q) * (m - q) + s->biases * m; /* codimension (n - q)(m - q) */
}

/* Quadratic forms in one output. */
static bool form(int64_t *value, const qd_bound_step *s)
{
    int64_t k = s->width[1], n = s->width[0], b = s->biases;
    if (s->depth != 2 || s->same || s->width[2] != 1) return false;
    switch (s->neuron.kind) {
    case QD_LINEAR:
        *value = low_rank(n + b, k) + b;
        return s->neuron.power == 2;
    case QD_PRODUCT:
        *value = low_rank(n + b, 2 * k) + b;
        return true;
    case QD_QUADRATIC: /* and a diagonal */
        *value = low_rank(n + b, 2 * k) + n + b;
        return true;
    case QD_PRODUCT_LINEAR: /* and an affine form */
        *value = low_rank(n, 2 * k) + b * (n + 1);
        return true;
    case QD_COMPACT:
    case QD_FULL:
    case QD_POWER:
        break;
    }
    return false;
}

/* Quadratic forms on the linear space of the units before. */
static bool completed(int64_t *value, const qd_bound_step *s)
{
    qd_variety_facts x = qd_variety__facts(s, 0);
    int64_t N = x.span, d = s->width[1];
    if (s->depth != 2 || !s->same || s->width[2] != 1 || x.dim != x.span || s->neuron.kind == QD_LINEAR || N > INT32_MAX) return false;
    if (s->neuron.kind == QD_PRODUCT) *value = low_rank(N, 2);
    else if (s->neuron.kind == QD_PRODUCT_LINEAR) *value = low_rank(N, 2) + (s->biases ? N : 0);
    else *value = low_rank(N, d) + (d < N && s->biases);
    return true;
}

/* k general r-th powers in n variables that do not have the dimension min(k n, all), squares apart [AH95]: one less than all. */
static bool exception(int64_t *value, const qd_bound_step *s)
{
    static const int64_t exceptions[4][3] = {{3, 5, 7}, {4, 3, 5}, {4, 4, 9}, {4, 5, 14}};
    int64_t r = s->neuron.power, n = s->width[0], k = s->width[1];
    bool found = false;
    if (s->neuron.kind != QD_LINEAR || s->depth != 2 || s->same || s->width[2] != 1 || s->biases) return false;
    for (int i = 0; i < 4; i++) found |= exceptions[i][0] == r && exceptions[i][1] == n && exceptions[i][2] == k;
    *value = qd_variety__choose(r + n - 1, r) - 1;
    return found;
}

static bool space(int64_t *value, const qd_bound_step *s)
{
    qd_bound_step t = *s;
    if (s->by == QD_UPPER_ACTIVATION) {
        if (!s->same || s->neuron.kind != QD_LINEAR || s->neuron.power < 2) return false;
        t.same = false;
    }
    int64_t D = qd_variety__top_degree(&t), n = t.width[0] - 1 + t.biases;
    int64_t one = s->by == QD_UPPER_SUPPORT ? qd_variety__monomials(s) : qd_variety__choose(D + n, D);
    *value = qd_variety__times(one, s->width[s->depth]);
    return true;
}

bool qd_variety__leaf_formula(int64_t *value, const qd_bound_step *s)
{
    if (s->at != 0 || (s->larger && s->by != QD_UPPER_AMBIENT)) return false;
    switch (s->by) {
    case QD_UPPER_AMBIENT:
    case QD_UPPER_SUPPORT:
    case QD_UPPER_ACTIVATION:
        return space(value, s);
    case QD_UPPER_SYMMETRY:
        *value = symmetry(s);
        return true;
    case QD_UPPER_MATRIX:
        *value = matrix(s);
        return s->neuron.kind == QD_LINEAR && s->neuron.power == 1;
    case QD_UPPER_FORM:
        return form(value, s);
    case QD_UPPER_COMPLETED:
        return completed(value, s);
    case QD_UPPER_POWERS:
        return exception(value, s);
    case QD_UPPER_ORBIT:
    case QD_UPPER_RECURSION:
    case QD_UPPER_LARGER:
    case QD_UPPER_CAP:
    case QD_UPPER_SPAN:
    case QD_UPPER_SUMMAND:
    case QD_UPPER_REDUCTION:
    case QD_UPPER_SQUARES:
    case QD_UPPER_SQUARES_SPAN:
    case QD_UPPER_REASONS:
        break;
    }
    return false;
}
