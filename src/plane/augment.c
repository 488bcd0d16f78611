/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks with units on top that compare outputs.

   The largest output is found by a knock-out: the pair a, b becomes relu(a - b) and b, whose sum is the larger one. Polynomials in the coordinates of
   the domain are made beside the network: each layer carries the monomials up to the degree that the network has there, so that no degree grows. */
#include <stdlib.h>
#include <string.h>

#include "plane/decide.h"

void qd_plane__augmented_clear(qd_plane_augmented *a)
{
    qd_net_clear(a->net);
}

/* ---- units --------------------------------------------------------------------------------- */

static void relu(qd_lowered_unit *unit)
{
    unit->act = QD_RELU;
}

/* Appends the entry c a_i; room for it must be there. */
static void entry(qd_lowered_unit *unit, slong *n, slong i, slong c)
{
    unit->at[*n] = i;
    fmpq_set_si(unit->w + *n, c, 1);
    ++*n;
}

static void carry(qd_lowered_unit *unit, slong i)
{
    slong n = 0;
    qd_lowered_unit_resize(unit, 1, 0);
    entry(unit, &n, i, 1);
}

/* ---- monomials -------------------------------------------------------------------------------- */

/* s^i t^j by ascending degree: number of those of degree 1 .. d, and the place of one among them. */
static slong monomials(slong d)
{
    return (d + 1) * (d + 2) / 2 - 1;
}

static slong place(slong i, slong j)
{
    return monomials(i + j - 1) + j;
}

/* s and t as linear forms of the input: (2, 1 + inputs), constants first. */
static void coordinate_forms(fmpq *form, const qd_domain *d, slong inputs)
{
    if (d->dim == 0) {
        fmpq_one(form + 1);
        fmpq_one(form + (1 + inputs) + 2);
        return;
    }
    const fmpq *u = d->step, *v = d->step + inputs;
    fmpq_t det, x;
    fmpq_init(det);
    fmpq_init(x);
    slong i = 0, j = 0;
    for (slong a = 0; a < inputs && fmpq_is_zero(det); a++)
        for (slong b = 0; b < a && fmpq_is_zero(det); b++) {
            fmpq_mul(det, u + b, v + a);
            fmpq_submul(det, u + a, v + b);
            i = b;
            j = a;
        }
    /* det s = v_j (x_i - o_i) - v_i (x_j - o_j), det t = u_i (x_j - o_j) - u_j (x_i - o_i) */
    fmpq_div(form + 1 + i, v + j, det);
    fmpq_div(form + 1 + j, v + i, det);
    fmpq_neg(form + 1 + j, form + 1 + j);
    fmpq *t = form + 1 + inputs;
    fmpq_div(t + 1 + j, u + i, det);
    fmpq_div(t + 1 + i, u + j, det);
    fmpq_neg(t + 1 + i, t + 1 + i);
    for (int k = 0; k < 2; k++)
        for (slong a = 0; a < inputs; a++) fmpq_submul(form + k * (1 + inputs), form + k * (1 + inputs) + 1 + a, d->base + a);
    fmpq_clear(det);
    fmpq_clear(x);
}

/* c = expanded product of two linear forms. */
static void product(fmpq *c, const fmpq *f, const fmpq *g, slong n)
{
    fmpq_mul(c, f, g);
    for (slong i = 1; i <= n; i++) {
        fmpq_mul(c + i, f, g + i);
        fmpq_addmul(c + i, g, f + i);
    }
    fmpq *q = c + 1 + n;
    for (slong i = 1; i <= n; i++)
        for (slong j = i; j <= n; j++, q++) {
            fmpq_mul(q, f + i, g + j);
            if (i != j) fmpq_addmul(q, f + j, g + i);
        }
}

/* Monomials of degree 1 or 2 from the input. */
static void first_monomial(qd_lowered_unit *unit, const fmpq *form, slong inputs, slong i, slong j)
{
    slong n = 1 + inputs + inputs * (inputs + 1) / 2;
    fmpq *c = _fmpq_vec_init(n);
    const fmpq *s = form, *t = form + 1 + inputs;
    if (i + j == 1)
        for (slong k = 0; k <= inputs; k++) fmpq_set(c + k, (i == 1 ? s : t) + k);
    else product(c, i > 0 ? s : t, j > 0 ? t : s, inputs);
    qd_lowered_unit_set_expanded(unit, c, inputs);
    _fmpq_vec_clear(c, n);
}

/* Monomials from those up to degree `have`, which are the inputs from `at` on. */
static void next_monomial(qd_lowered_unit *unit, slong at, slong have, slong i, slong j)
{
    if (i + j <= have) {
        carry(unit, at + place(i, j));
        return;
    }
    slong i1 = FLINT_MIN(i, have), j1 = have - i1, a = at + place(i1, j1), b = at + place(i - i1, j - j1);
    qd_lowered_unit_resize(unit, 0, 1);
    unit->term->i = FLINT_MIN(a, b);
    unit->term->j = FLINT_MAX(a, b);
    fmpq_one(unit->term->c);
}

/* The network with monomials up to `degree` beside its outputs. */
static qd_status with_monomials(qd_net_t out, const qd_net_t net, slong degree, const qd_domain *domain, const qd_restriction *m,
                                qd_ctx_t ctx)
{
    slong have = 1, inputs = net->input_dim;
    fmpq *form = _fmpq_vec_init(2 * (1 + inputs));
    coordinate_forms(form, domain, inputs);
    for (slong l = 0; l < net->depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        slong next = FLINT_MIN(degree, FLINT_MIN(2 * have, FLINT_MAX(m->degree[l + 1], 1))),
              n = 1 + layer->in + layer->in * (layer->in + 1) / 2;
        slong extra = l == 0 ? 0 : monomials(have);
        fmpq *c = _fmpq_vec_init(n);
        qd_layer_struct *to = qd_net_add_sparse(out, layer->in + extra, layer->out + monomials(next));
        for (slong u = 0; u < layer->out; u++) {
            qd_lowered_unit *unit = to->sparse + u;
            qd_lowered_expand(c, layer->unit + u, layer->in);
            qd_lowered_unit_set_expanded(unit, c, layer->in);
            unit->act = layer->unit[u].act;
            unit->power = layer->unit[u].power;
            fmpq_set(unit->slope, layer->unit[u].slope);
        }
        for (slong d = 1; d <= next; d++)
            for (slong j = 0; j <= d; j++) {
                qd_lowered_unit *unit = to->sparse + layer->out + place(d - j, j);
                if (l == 0) first_monomial(unit, form, inputs, d - j, j);
                else next_monomial(unit, layer->in, have, d - j, j);
            }
        _fmpq_vec_clear(c, n);
        have = next;
    }
    _fmpq_vec_clear(form, 2 * (1 + inputs));
    if (have >= degree) return QD_OK;
    return qd_fail(ctx, QD_EUNABLE, "outputs touch along a curve of degree %ld, which is above the degrees of the layers below",
                   (long) degree);
}

/* relu(f), f from the monomials, inputs from `at` on. */
static void factor_unit(qd_lowered_unit *unit, const fmpz_mpoly_struct *f, const fmpz_mpoly_ctx_struct *ctx, slong at)
{
    slong n = 0, len = fmpz_mpoly_length(f, ctx);
    fmpq *c = _fmpq_vec_init(1 + at + monomials(fmpz_mpoly_total_degree_si(f, ctx)));
    slong inputs = at + monomials(fmpz_mpoly_total_degree_si(f, ctx));
    for (slong k = 0; k < len; k++) {
        ulong e[2];
        fmpz_mpoly_get_term_exp_ui(e, f, k, ctx);
        fmpq *to = e[0] + e[1] == 0 ? c : c + 1 + at + place((slong) e[0], (slong) e[1]);
        fmpz_mpoly_get_term_coeff_fmpz(fmpq_numref(to), f, k, ctx);
    }
    for (slong i = 1; i <= inputs; i++) n += !fmpq_is_zero(c + i);
    qd_lowered_unit_resize(unit, n, 0);
    fmpq_set(unit->b, c);
    n = 0;
    for (slong i = 0; i < inputs; i++)
        if (!fmpq_is_zero(c + 1 + i)) {
            unit->at[n] = i;
            fmpq_set(unit->w + n++, c + 1 + i);
        }
    relu(unit);
    _fmpq_vec_clear(c, 1 + inputs);
}

/* ---- comparisons --------------------------------------------------------------------------------- */

/* The value of contestant k of a round, as entries times sign: in the first round input k, later units 2 k and 2 k + 1, the last one alone when the
   round before had an odd number of them. */
static void contestant(qd_lowered_unit *unit, slong *n, slong k, slong before, slong sign)
{
    if (before == 0) entry(unit, n, k, sign);
    else {
        entry(unit, n, 2 * k, sign);
        if (2 * k + 1 < before) entry(unit, n, 2 * k + 1, sign);
    }
}

static slong entries(slong k, slong before)
{
    return before == 0 || 2 * k + 1 >= before ? 1 : 2;
}

/* One round of n contestants, from the units of a round of `before`. */
static void add_round(qd_layer_struct *layer, slong n, slong before)
{
    for (slong k = 0; k < n; k += 2) {
        slong at = 0, last = k + 1 < n ? k + 1 : k;
        if (last > k) {
            qd_lowered_unit_resize(layer->sparse + k, entries(k, before) + entries(last, before), 0);
            contestant(layer->sparse + k, &at, k, before, 1);
            contestant(layer->sparse + k, &at, last, before, -1);
            relu(layer->sparse + k);
        }
        at = 0;
        qd_lowered_unit_resize(layer->sparse + last, entries(last, before), 0);
        contestant(layer->sparse + last, &at, last, before, 1);
    }
}

static slong first_width(const qd_plane_augmented *a)
{
    return a->output >= 0 ? 1 : a->outputs;
}

qd_status qd_plane__augment(qd_plane_augmented *a, const qd_net_t net, slong output, const qd_domain *domain, const qd_restriction *m,
                            const qd_plane_exact *x, const slong *factor, slong nfactors, qd_ctx_t ctx)
{
    const fmpz_mpoly_ctx_struct *mctx = qd_plane__exact_ctx(x);
    slong degree = 0;
    qd_status st = QD_OK;
    qd_net_init(a->net);
    a->output = output;
    a->depth = net->depth;
    a->outputs = qd_net_output_dim(net);
    a->nfactors = nfactors;
    for (slong k = 0; k < nfactors; k++) degree = FLINT_MAX(degree, fmpz_mpoly_total_degree_si(qd_plane__exact_poly(x, factor[k]), mctx));
    if (nfactors == 0) qd_net_set(a->net, net);
    else st = with_monomials(a->net, net, degree, domain, m, ctx);
    if (st != QD_OK) return st;
    slong n = first_width(a), before = 0;
    qd_layer_struct *layer = qd_net_add_sparse(a->net, qd_net_output_dim(a->net), n + nfactors);
    for (slong k = 0; k < nfactors; k++) factor_unit(layer->sparse + n + k, qd_plane__exact_poly(x, factor[k]), mctx, a->outputs);
    if (output >= 0) {
        carry(layer->sparse, output);
        relu(layer->sparse);
        return QD_OK;
    }
    for (;;) {
        add_round(layer, n, before);
        before = n;
        n = (n + 1) / 2;
        if (n == 1) return QD_OK;
        layer = qd_net_add_sparse(a->net, layer->out, n);
    }
}

slong qd_plane__augmented_winner(const qd_plane_augmented *a, const qd_restriction *m, const qd_word *pattern)
{
    if (a->output >= 0) return !qd_pattern_get(pattern, m->bit[a->depth][0]);
    slong alive[a->outputs];
    for (slong k = 0; k < a->outputs; k++) alive[k] = k;
    for (slong n = a->outputs, l = a->depth; n > 1; n = (n + 1) / 2, l++)
        for (slong k = 0; k < n; k += 2) {
            bool first = k + 1 == n || qd_pattern_get(pattern, m->bit[l][k]);
            alive[k / 2] = alive[first ? k : k + 1];
        }
    return alive[0];
}

bool qd_plane__augmented_sign(const qd_plane_augmented *a, const qd_restriction *m, const qd_word *pattern, slong k)
{
    return qd_pattern_get(pattern, m->bit[a->depth][first_width(a) + k]);
}
