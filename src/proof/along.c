/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Polynomials along a pattern, layer by layer, in FLINT's sparse polynomials over the rationals. Layers below the first bit that differs from the
   pattern before are kept. */
#include "proof/impl.h"

#include <stdlib.h>
#include <string.h>

static slong width(const qd_proof__along *w, slong l)
{
    return l == 0 ? w->low->input_dim : w->low->layer[l - 1].out;
}

static fmpq_mpoly_struct *polys(slong n, const fmpq_mpoly_ctx_t ctx)
{
    fmpq_mpoly_struct *p = qd_malloc(sizeof *p * (size_t) (n + 1));
    for (slong i = 0; i < n; i++) fmpq_mpoly_init(p + i, ctx);
    return p;
}

static void free_polys(fmpq_mpoly_struct *p, slong n, const fmpq_mpoly_ctx_t ctx)
{
    for (slong i = 0; i < n; i++) fmpq_mpoly_clear(p + i, ctx);
    free(p);
}

/* to += c p */
static void addmul(fmpq_mpoly_struct *to, const fmpq_t c, const fmpq_mpoly_struct *p, const fmpq_mpoly_ctx_t ctx)
{
    fmpq_mpoly_t t;
    if (fmpq_is_zero(c) || fmpq_mpoly_is_zero(p, ctx)) return;
    fmpq_mpoly_init(t, ctx);
    fmpq_mpoly_scalar_mul_fmpq(t, p, c, ctx);
    fmpq_mpoly_add(to, to, t, ctx);
    fmpq_mpoly_clear(t, ctx);
}

static void set_inputs(qd_proof__along *w, const fmpq *base, const fmpq *step)
{
    slong inputs = w->low->input_dim;
    fmpq_mpoly_t t;
    fmpq_mpoly_init(t, w->ctx);
    for (slong i = 0; i < inputs; i++) {
        if (base == NULL) fmpq_mpoly_gen(w->a[0] + i, i, w->ctx);
        else fmpq_mpoly_set_fmpq(w->a[0] + i, base + i, w->ctx);
        for (slong k = 0; base != NULL && k < w->dim; k++) {
            fmpq_mpoly_gen(t, k, w->ctx);
            addmul(w->a[0] + i, step + k * inputs + i, t, w->ctx);
        }
    }
    fmpq_mpoly_clear(t, w->ctx);
}

void qd_proof__along_init(qd_proof__along *w, const qd_net_t net, slong dim, const fmpq *base, const fmpq *step)
{
    qd_lowered_init(w->low);
    qd_net_lower(w->low, net);
    slong depth = w->low->depth;
    w->dim = dim;
    w->done = 0;
    w->first = qd_calloc((size_t) depth + 1, sizeof *w->first);
    for (slong l = 0; l < depth; l++) w->first[l + 1] = w->first[l] + w->low->layer[l].nswitching;
    w->nbits = w->first[depth];
    w->bits = qd_calloc((size_t) w->nbits + 1, 1);
    memset(w->bits, '0', (size_t) w->nbits);
    fmpq_mpoly_ctx_init(w->ctx, dim, ORD_LEX);
    w->a = qd_calloc((size_t) depth + 1, sizeof *w->a);
    w->z = qd_calloc((size_t) depth + 1, sizeof *w->z);
    for (slong l = 0; l <= depth; l++) w->a[l] = polys(width(w, l), w->ctx);
    for (slong l = 0; l < depth; l++) w->z[l] = polys(width(w, l + 1), w->ctx);
    set_inputs(w, base, step);
}

void qd_proof__along_clear(qd_proof__along *w)
{
    slong depth = w->low->depth;
    for (slong l = 0; l <= depth; l++) free_polys(w->a[l], width(w, l), w->ctx);
    for (slong l = 0; l < depth; l++) free_polys(w->z[l], width(w, l + 1), w->ctx);
    fmpq_mpoly_ctx_clear(w->ctx);
    free(w->a);
    free(w->z);
    free(w->first);
    free(w->bits);
    qd_lowered_clear(w->low);
}

void qd_proof__along_set(qd_proof__along *w, const char *bits)
{
    for (slong l = 0; l < w->low->depth; l++) {
        size_t n = (size_t) (w->first[l + 1] - w->first[l]);
        if (memcmp(w->bits + w->first[l], bits + w->first[l], n) != 0 && w->done > l) w->done = l;
    }
    memcpy(w->bits, bits, (size_t) w->nbits);
}

slong qd_proof__along_bit(const qd_proof__along *w, slong l, slong u)
{
    slong bit = w->first[l];
    if (!qd_activation_switches(w->low->layer[l].unit[u].act)) return -1;
    for (slong v = 0; v < u; v++) bit += qd_activation_switches(w->low->layer[l].unit[v].act);
    return bit;
}

/* sum_i c_i a_i + c */
static void combine(fmpq_mpoly_struct *z, const fmpq *c, const slong *at, slong n, const fmpq_t constant, const fmpq_mpoly_struct *a,
                    const fmpq_mpoly_ctx_t ctx)
{
    fmpq_mpoly_set_fmpq(z, constant, ctx);
    for (slong i = 0; i < n; i++) addmul(z, c + i, a + (at == NULL ? i : at[i]), ctx);
}

static void pre_activation(fmpq_mpoly_struct *z, const qd_lowered_unit *unit, const fmpq_mpoly_struct *a, slong in,
                           const fmpq_mpoly_ctx_t ctx)
{
    fmpq_mpoly_t s, t;
    combine(z, unit->w, unit->at, unit->nw, unit->b, a, ctx);
    fmpq_mpoly_init(s, ctx);
    fmpq_mpoly_init(t, ctx);
    if (unit->r != NULL) {
        combine(s, unit->r, NULL, in, unit->r0, a, ctx);
        combine(t, unit->g, NULL, in, unit->g0, a, ctx);
        fmpq_mpoly_mul(s, s, t, ctx);
        fmpq_mpoly_add(z, z, s, ctx);
    }
    for (slong k = 0; k < unit->nterms; k++) {
        fmpq_mpoly_mul(s, a + unit->term[k].i, a + unit->term[k].j, ctx);
        addmul(z, unit->term[k].c, s, ctx);
    }
    fmpq_mpoly_clear(s, ctx);
    fmpq_mpoly_clear(t, ctx);
}

static void compute_layer(qd_proof__along *w, slong l)
{
    const qd_lowered_layer *layer = w->low->layer + l;
    slong bit = w->first[l];
    fmpq_t c;
    fmpq_init(c);
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        fmpq_mpoly_struct *z = w->z[l] + u, *a = w->a[l + 1] + u;
        pre_activation(z, unit, w->a[l], layer->in, w->ctx);
        if (qd_activation_switches(unit->act) && w->bits[bit++] == '0') {
            qd_lowered_off(c, unit);
            fmpq_mpoly_scalar_mul_fmpq(a, z, c, w->ctx);
        } else fmpq_mpoly_pow_ui(a, z, (ulong) unit->power, w->ctx);
    }
    fmpq_clear(c);
}

static void compute(qd_proof__along *w, slong layers)
{
    for (; w->done < layers; w->done++) compute_layer(w, w->done);
}

const fmpq_mpoly_struct *qd_proof__along_z(qd_proof__along *w, slong l)
{
    compute(w, l + 1);
    return w->z[l];
}

const fmpq_mpoly_struct *qd_proof__along_outputs(qd_proof__along *w)
{
    compute(w, w->low->depth);
    return w->a[w->low->depth];
}

void qd_proof__along_poly(fmpz_poly_t p, const fmpq_mpoly_struct *z, const qd_proof__along *w)
{
    fmpq_poly_t q;
    fmpq_t c;
    fmpq_poly_init(q);
    fmpq_init(c);
    for (slong k = 0; k < fmpq_mpoly_length(z, w->ctx); k++) {
        ulong e;
        fmpq_mpoly_get_term_exp_ui(&e, z, k, w->ctx);
        fmpq_mpoly_get_term_coeff_fmpq(c, z, k, w->ctx);
        fmpq_poly_set_coeff_fmpq(q, (slong) e, c);
    }
    fmpq_poly_get_numerator(p, q);
    fmpq_poly_clear(q);
    fmpq_clear(c);
}

bool qd_proof__along_affine(fmpq *c, const fmpq_mpoly_struct *z, const qd_proof__along *w)
{
    ulong *e = qd_malloc(sizeof *e * (size_t) (w->dim + 1));
    bool affine = true;
    for (slong k = 0; k <= w->dim; k++) fmpq_zero(c + k);
    for (slong k = 0; k < fmpq_mpoly_length(z, w->ctx) && affine; k++) {
        slong at = w->dim;
        ulong degree = 0;
        fmpq_mpoly_get_term_exp_ui(e, z, k, w->ctx);
        for (slong v = 0; v < w->dim; v++) {
            degree += e[v];
            if (e[v] > 0) at = v;
        }
        affine = degree <= 1;
        fmpq_mpoly_get_term_coeff_fmpq(c + at, z, k, w->ctx);
    }
    free(e);
    return affine;
}

void qd_proof__along_value(fmpq_t v, const fmpq_mpoly_struct *z, const fmpq *t, const qd_proof__along *w)
{
    fmpq **at = qd_malloc(sizeof *at * (size_t) w->dim);
    for (slong k = 0; k < w->dim; k++) at[k] = (fmpq *) t + k;
    fmpq_mpoly_evaluate_all_fmpq(v, z, at, w->ctx);
    free(at);
}
