/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the check of upper bounds knows of a family, from its widths alone and without what found the bounds. The dimension of a neuron's
   polynomials comes from its number of parameters, less one where two factors can be scaled against each other; monomials are counted by other
   sums; numbers are integers of any length, and what is above 2^61 stands for all of that. */
#include <flint/fmpz.h>

#include "variety/check_impl.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t clamp(const fmpz_t v)
{
    return fmpz_bits(v) > 61 ? QD_CHECK_MANY : fmpz_get_si(v);
}

int64_t qd_variety__choose(int64_t n, int64_t k)
{
    fmpz_t c;
    k = least(k, n - k);
    if (k > 64) return QD_CHECK_MANY; /* at least C(128, 64) */
    fmpz_init(c);
    fmpz_bin_uiui(c, (ulong) n, (ulong) k);
    int64_t value = clamp(c);
    fmpz_clear(c);
    return value;
}

int64_t qd_variety__times(int64_t a, int64_t b)
{
    fmpz_t c;
    fmpz_init_set_si(c, a);
    fmpz_mul_si(c, c, b);
    int64_t value = clamp(c);
    fmpz_clear(c);
    return value;
}

/* ---- one neuron --------------------------------------------------------------------------- */

static bool reads_out(const qd_bound_step *s, int64_t l)
{
    return l == s->depth - 1 && !s->same;
}

static int64_t degree_of_layer(const qd_bound_step *s, int64_t l)
{
    return reads_out(s, l) ? 1 : s->neuron.kind == QD_LINEAR ? s->neuron.power : 2;
}

/* Parameters, and how many of them say nothing. */
static int64_t parameters(int64_t *idle, qd_kind kind, int64_t n, bool biases)
{
    int64_t b = biases;
    *idle = kind == QD_QUADRATIC || kind == QD_PRODUCT || kind == QD_PRODUCT_LINEAR;
    switch (kind) {
    case QD_LINEAR:
    case QD_POWER:
        break;
    case QD_QUADRATIC:
        return 3 * (n + b);
    case QD_COMPACT:
        return n + b * (n + 1);
    case QD_PRODUCT:
        return 2 * (n + b);
    case QD_PRODUCT_LINEAR:
        return 2 * n + b * (n + 1);
    case QD_FULL:
        return n * (n + 1) / 2 + b * (n + 1);
    }
    return n + b;
}

qd_variety_facts qd_variety__facts(const qd_bound_step *s, int64_t l)
{
    qd_kind kind = reads_out(s, l) ? QD_LINEAR : s->neuron.kind;
    int64_t n = s->width[l], b = s->biases, D = degree_of_layer(s, l), all = qd_variety__choose(D + n - 1 + b, D), idle;
    int64_t count = parameters(&idle, kind, n, s->biases);
    qd_variety_facts f = {.nparams = count, .dim = count - idle, .span = all};
    if (s->larger && l == 0) return (qd_variety_facts){count, all, all, all, true, true, s->biases, 0};
    if (kind == QD_COMPACT || kind == QD_POWER) f.span = count;
    f.dim = least(f.dim, f.span);
    bool whole = f.dim == f.span;
    f.substitutes =
        kind == QD_LINEAR || kind == QD_PRODUCT || kind == QD_PRODUCT_LINEAR || kind == QD_FULL || (kind == QD_QUADRATIC && whole);
    f.translates = f.substitutes || kind == QD_COMPACT;
    f.shifts = s->biases && (whole || (kind != QD_LINEAR && kind != QD_PRODUCT));
    f.forms = kind == QD_LINEAR ? 1 : kind == QD_PRODUCT ? 2 : kind == QD_PRODUCT_LINEAR ? 2 + b : 0;
    f.summand = whole ? f.span : kind == QD_QUADRATIC ? n + b : kind == QD_PRODUCT_LINEAR ? b * (n + 1) : 0;
    return f;
}

/* ---- a block ------------------------------------------------------------------------------ */

int64_t qd_variety__top_degree(const qd_bound_step *s)
{
    int64_t D = 1;
    for (int64_t l = 0; l < s->depth; l++) D = qd_variety__times(D, degree_of_layer(s, l));
    return D;
}

/* Lattice paths from (0, 0) to (n, D) with steps (1, 0), (0, 1), (1, 1): sum over k of C(D, k) C(n + D - k, D), k diagonal steps. */
static int64_t paths(int64_t n, int64_t D)
{
    fmpz_t sum, c;
    fmpz_init(sum);
    fmpz_init(c);
    for (int64_t k = 0; k <= least(n, D) && fmpz_bits(sum) <= 61; k++) {
        int64_t a = qd_variety__choose(D, k), b = qd_variety__choose(n + D - k, D);
        fmpz_set_si(c, a);
        fmpz_mul_si(c, c, b);
        fmpz_add(sum, sum, c);
    }
    int64_t value = clamp(sum);
    fmpz_clear(c);
    fmpz_clear(sum);
    return value;
}

int64_t qd_variety__monomials(const qd_bound_step *s)
{
    int64_t D = qd_variety__top_degree(s), n = s->width[0], b = s->biases, all = qd_variety__choose(D + n - 1 + b, D);
    if (D == 1 || s->larger) return all;
    if (s->neuron.kind == QD_POWER || (s->neuron.kind == QD_COMPACT && !s->biases)) return qd_variety__choose(D / 2 + n - 1 + b, D / 2);
    return s->neuron.kind == QD_COMPACT ? least(all, paths(n, D / 2)) : all;
}

qd_bound_step qd_variety__front(const qd_bound_step *s, int64_t k)
{
    qd_bound_step f = *s;
    f.depth = k;
    f.same = k < s->depth || s->same;
    return f;
}
