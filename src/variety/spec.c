/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Families of polynomial networks: what is one, and the numbers that its widths alone decide. */
#include "variety/impl.h"

#include <inttypes.h>

bool qd_variety__readout(const qd_arch *s, int64_t l)
{
    return l == s->depth - 1 && !s->same;
}

/* Parameters of one neuron with n inputs; the last layer may be linear. */
static int64_t neuron_nparams(const qd_arch *s, int64_t l)
{
    const qd_kind kind = qd_arch_neuron(s, l).kind;
    const qd_kind_info *info = qd_kind_get(kind);
    int64_t sum = 0;
    for (int k = 0; k < info->nparams; k++)
        if (s->biases || qd_kind_leads(kind, k)) sum += qd_shape_length(info->param[k].shape, s->width[l]);
    return sum;
}

int64_t qd_variety_nparams(const qd_arch *s)
{
    int64_t sum = 0;
    for (int64_t l = 0; l < s->depth; l++) sum += s->width[l + 1] * neuron_nparams(s, l);
    return sum;
}

qd_status qd_variety_check(const qd_arch *s, qd_ctx_t ctx)
{
    if (s->depth < 1 || s->depth > QD_VARIETY_MAX_DEPTH)
        return qd_fail(ctx, QD_EINPUT, "found %" PRId64 " widths, expected 2 to %d", s->depth + 1, QD_VARIETY_MAX_DEPTH + 1);
    for (int64_t l = 0; l <= s->depth; l++)
        if (s->width[l] < 1 || s->width[l] > QD_ARCH_MAX_WIDTH)
            return qd_fail(ctx, QD_EINPUT, "found the width %" PRId64 ", expected integers from 1 to %d", s->width[l], QD_ARCH_MAX_WIDTH);
    if (qd_activation_switches(s->neuron.act))
        return qd_fail(ctx, QD_EINPUT, "%s is no polynomial; expected identity, square or power:r", qd_activation_name(s->neuron.act));
    if (s->neuron.power < 1 || s->neuron.power > QD_MAX_POWER)
        return qd_fail(ctx, QD_EINPUT, "found the power %" PRId64 ", expected 1 to %d", s->neuron.power, QD_MAX_POWER);
    if (s->neuron.kind != QD_LINEAR && s->neuron.power != 1)
        return qd_fail(ctx, QD_EINPUT,
                       "found power:%" PRId64 " with the kind %s, which goes with identity; square and power:r go with linear",
                       s->neuron.power, qd_kind_get(s->neuron.kind)->name);
    double sum = 0; /* no 64-bit integer holds what the largest widths give */
    for (int64_t l = 0; l < s->depth; l++) sum += (double) s->width[l + 1] * (double) neuron_nparams(s, l);
    if (sum > (double) QD_VARIETY_MAX_PARAMETERS)
        return qd_fail(ctx, QD_EINPUT, "these widths have %.3g parameters, expected at most %" PRId64, sum, QD_VARIETY_MAX_PARAMETERS);
    return QD_OK;
}

qd_status qd_variety_admit(qd_arch *arch, qd_ctx_t ctx)
{
    qd_status st = qd_variety_check(arch, ctx);
    if (st == QD_OK) arch->neuron = qd_neuron_raise(arch->neuron.kind, arch->neuron.power);
    return st;
}

/* ---- degree and ambient space ------------------------------------------------------------- */

void qd_variety_degree(fmpz_t degree, const qd_arch *s)
{
    fmpz_set_si(degree, s->neuron.kind == QD_LINEAR ? s->neuron.power : 2);
    fmpz_pow_ui(degree, degree, (ulong) (s->same ? s->depth : s->depth - 1));
}

/* C(D + n, n), the smaller of both below. */
static void binomial(fmpz_t c, const fmpz_t D, ulong n)
{
    fmpz_t base, factorial;
    fmpz_init(base);
    fmpz_init(factorial);
    fmpz_set_ui(base, n);
    if (fmpz_cmp_ui(D, n) < 0) n = fmpz_get_ui(D);
    else fmpz_set(base, D);
    fmpz_add_ui(base, base, 1);
    fmpz_rfac_ui(c, base, n);
    fmpz_fac_ui(factorial, n);
    fmpz_divexact(c, c, factorial);
    fmpz_clear(base);
    fmpz_clear(factorial);
}

void qd_variety_ambient(fmpz_t ambient, const qd_arch *s)
{
    fmpz_t degree;
    fmpz_init(degree);
    qd_variety_degree(degree, s);
    binomial(ambient, degree, (ulong) (s->biases ? s->width[0] : s->width[0] - 1));
    fmpz_mul_si(ambient, ambient, s->width[s->depth]);
    fmpz_clear(degree);
}

int64_t qd_variety__binomial(int64_t D, int64_t n)
{
    int64_t small = D < n ? D : n, large = D < n ? n : D;
    unsigned __int128 c = 1;
    for (int64_t i = 1; i <= small; i++) {
        c = c * (unsigned __int128) (large + i) / (unsigned __int128) i;
        if (c > (unsigned __int128) QD_VARIETY_HUGE) return QD_VARIETY_HUGE;
    }
    return (int64_t) c;
}

int64_t qd_variety__degree(const qd_arch *s, int64_t i, int64_t j)
{
    int64_t degree = 1, factor = s->neuron.kind == QD_LINEAR ? s->neuron.power : 2;
    for (int64_t l = i; l < j && degree < QD_VARIETY_HUGE / QD_MAX_POWER; l++) degree *= qd_variety__readout(s, l) ? 1 : factor;
    return degree;
}

/* Monomials x^a with sum ceil(a_i / 2) <= D: j of the n variables have an a_i > 0, each odd or even, and their halves, rounded up, are
   positive with a sum of at most D. */
static int64_t halves(int64_t D, int64_t n)
{
    __int128 sum = 0;
    for (int64_t j = 0; j <= n && j <= D; j++) {
        int64_t chosen = qd_variety__binomial(n - j, j), parts = qd_variety__binomial(D - j, j);
        if (j > 30 || chosen >= QD_VARIETY_HUGE >> 32 || parts >= QD_VARIETY_HUGE >> 32) return QD_VARIETY_HUGE;
        sum += (__int128) chosen * parts << j;
        if (sum >= QD_VARIETY_HUGE) return QD_VARIETY_HUGE;
    }
    return (int64_t) sum;
}

/* Compact and power neurons have no products of different inputs. Let S be the exponents that occur in the outputs of the first of their
   layers, and L of them in the block: then those of the block are the sums of D = 2^(L-1) elements of S, as S lies in S + S where 0
   is in S. Power, and compact neurons without biases: S = {2 e_i}, with biases {0, 2 e_i}, so polynomials of degree D in the x_i^2. Compact
   ones with biases: S = {0, e_i, 2 e_i}, so that x^a occurs if sum ceil(a_i / 2) <= D. */
int64_t qd_variety__space(const qd_arch *s, int64_t i, int64_t j)
{
    int64_t degree = qd_variety__degree(s, i, j), n = s->width[i];
    int64_t all = qd_variety__binomial(degree, n - 1 + s->biases);
    bool even = s->neuron.kind == QD_POWER || (s->neuron.kind == QD_COMPACT && !s->biases);
    if (degree > 1 && even) return qd_variety__binomial(degree / 2, n - 1 + s->biases);
    int64_t some = degree > 1 && s->neuron.kind == QD_COMPACT ? halves(degree / 2, n) : all;
    return some < all ? some : all;
}
