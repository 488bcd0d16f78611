/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model: the lowered network in the three arithmetics that the engines use besides exact polynomials. Doubles feed the filters, integers
   the paths (integers.c), residues modulo one prime the fingerprints (residue.c). */
#include "piece/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Radii are enlarged by a factor that covers sums of 2^15 terms; `full` neurons have two for each input. */
#define WIDEST 8192

static void *pool_take(qd_restriction *m, size_t bytes)
{
    m->pool = qd_realloc(m->pool, sizeof *m->pool * (size_t) (m->npool + 1));
    return m->pool[m->npool++] = qd_calloc(1, bytes == 0 ? 1 : bytes);
}

static double to_double(qd_restriction *m, const fmpq_t x)
{
    arf_t f;
    arf_init(f);
    arf_set_fmpq(f, x, 53, ARF_RND_NEAR);
    if (!arf_is_zero(f) && (arf_cmpabs_2exp_si(f, 100) > 0 || arf_cmpabs_2exp_si(f, -100) < 0)) m->weights = false;
    double d = m->weights ? arf_get_d(f, ARF_RND_NEAR) : 0;
    arf_clear(f);
    return d;
}

static const double *row_double(qd_restriction *m, const fmpq *v, slong n)
{
    if (v == NULL) return NULL;
    double *d = pool_take(m, sizeof *d * (size_t) n);
    for (slong i = 0; i < n; i++) d[i] = to_double(m, v + i);
    return d;
}

static ulong to_mod(const qd_restriction *m, const fmpq_t x)
{
    ulong p = fmpz_fdiv_ui(fmpq_numref(x), m->mod.n);
    if (fmpz_is_one(fmpq_denref(x))) return p;
    ulong q = fmpz_fdiv_ui(fmpq_denref(x), m->mod.n);
    return n_mulmod2_preinv(p, n_invmod(q, m->mod.n), m->mod.n, m->mod.ninv);
}

static const ulong *row_mod(qd_restriction *m, const fmpq *v, slong n)
{
    if (v == NULL) return NULL;
    ulong *d = pool_take(m, sizeof *d * (size_t) n);
    for (slong i = 0; i < n; i++) d[i] = to_mod(m, v + i);
    return d;
}

/* Is the prime a divisor of some denominator? */
static bool divides(ulong p, const fmpq *v, slong n)
{
    for (slong i = 0; v != NULL && i < n; i++)
        if (fmpz_fdiv_ui(fmpq_denref(v + i), p) == 0) return true;
    return false;
}

static bool bad_prime(const qd_restriction *m, ulong p)
{
    const qd_lowered_struct *low = m->low;
    if (divides(p, m->base, low->input_dim) || divides(p, m->step, m->dim * low->input_dim)) return true;
    for (slong l = 0; l < low->depth; l++) {
        const qd_lowered_layer *layer = low->layer + l;
        for (slong u = 0; u < layer->out; u++) {
            const qd_lowered_unit *unit = layer->unit + u;
            if (divides(p, unit->r, layer->in) || divides(p, unit->g, layer->in) || divides(p, unit->w, unit->nw) ||
                divides(p, unit->r0, 1) || divides(p, unit->g0, 1) || divides(p, unit->b, 1) || divides(p, unit->slope, 1))
                return true;
            for (slong k = 0; k < unit->nterms; k++)
                if (divides(p, unit->term[k].c, 1)) return true;
        }
    }
    return false;
}

static void set_prime(qd_restriction *m, uint64_t seed)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, 0x6d6f64656c);
    ulong p;
    do p = n_nextprime((UWORD(1) << 58) + qd_rng_below(rng, UWORD(1) << 57), 0);
    while (bad_prime(m, p));
    nmod_init(&m->mod, p);
    for (slong k = 0; k < m->dim; k++) m->t_mod[k] = qd_rng_below(rng, p);
}

static void set_off(qd_unit_double *d, qd_unit_mod *q, qd_restriction *m, const qd_lowered_unit *unit)
{
    fmpq_t c;
    fmpq_init(c);
    qd_lowered_off(c, unit);
    d->off = to_double(m, c);
    q->off = to_mod(m, c);
    q->off_zero = fmpq_is_zero(c);
    fmpq_clear(c);
}

static void set_unit(qd_restriction *m, slong l, slong u)
{
    const qd_lowered_layer *layer = m->low->layer + l;
    const qd_lowered_unit *unit = layer->unit + u;
    qd_unit_double *d = m->unit_double[l] + u;
    qd_unit_mod *q = m->unit_mod[l] + u;
    d->r = row_double(m, unit->r, layer->in);
    d->g = row_double(m, unit->g, layer->in);
    d->w = row_double(m, unit->w, unit->nw);
    d->r0 = to_double(m, unit->r0);
    d->g0 = to_double(m, unit->g0);
    d->b = to_double(m, unit->b);
    q->r = row_mod(m, unit->r, layer->in);
    q->g = row_mod(m, unit->g, layer->in);
    q->w = row_mod(m, unit->w, unit->nw);
    q->r0 = to_mod(m, unit->r0);
    q->g0 = to_mod(m, unit->g0);
    q->b = to_mod(m, unit->b);
    set_off(d, q, m, unit);
    double *dt = pool_take(m, sizeof *dt * (size_t) unit->nterms);
    ulong *qt = pool_take(m, sizeof *qt * (size_t) unit->nterms);
    q->squares = true;
    for (slong k = 0; k < unit->nterms; k++) {
        dt[k] = to_double(m, unit->term[k].c);
        qt[k] = to_mod(m, unit->term[k].c);
        q->squares &= unit->term[k].i == unit->term[k].j;
    }
    d->term = dt;
    q->term = qt;
}

/* Degrees can outgrow a word in absurd networks; then they stay at the largest value. */
static slong times(slong a, slong b)
{
    return a > WORD_MAX / 4 / (b < 1 ? 1 : b) ? WORD_MAX / 4 : a * b;
}

static slong plus(slong a, slong b)
{
    return a > WORD_MAX / 4 - b ? WORD_MAX / 4 : a + b;
}

slong qd_restriction__widest(const qd_restriction *m)
{
    slong n = m->low->input_dim;
    for (slong l = 0; l < m->low->depth; l++)
        if (m->low->layer[l].out > n) n = m->low->layer[l].out;
    return n;
}

/* A sum over a unit's terms runs over no input twice: mixed terms of one i, squares, products. */
static slong fan_in(const qd_lowered_layer *layer)
{
    slong most = 0;
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        slong n = unit->r != NULL ? layer->in : unit->nw > unit->nterms ? unit->nw : unit->nterms;
        if (n > most) most = n;
    }
    return most < layer->in ? most : layer->in;
}

/* The largest degree in t of an input of layer l + 1, from those of all inputs of layer l. */
static slong set_degrees(slong *out, const qd_lowered_layer *layer, const slong *in)
{
    slong most = 0;
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        slong d = 0, r = 0, g = 0;
        for (slong k = 0; k < unit->nw; k++)
            if (!fmpq_is_zero(unit->w + k)) d = FLINT_MAX(d, in[unit->at != NULL ? unit->at[k] : k]);
        for (slong k = 0; k < unit->nterms; k++) d = FLINT_MAX(d, plus(in[unit->term[k].i], in[unit->term[k].j]));
        for (slong i = 0; unit->r != NULL && i < layer->in; i++) {
            if (!fmpq_is_zero(unit->r + i)) r = FLINT_MAX(r, in[i]);
            if (!fmpq_is_zero(unit->g + i)) g = FLINT_MAX(g, in[i]);
        }
        out[u] = times(FLINT_MAX(d, plus(r, g)), unit->power);
        most = FLINT_MAX(most, out[u]);
    }
    return most;
}

/* Degrees and formal degrees of all layers, and whether doubles can follow them. */
static void set_all_degrees(qd_restriction *m)
{
    slong depth = m->low->depth, w = qd_restriction__widest(m);
    slong *in = qd_malloc(sizeof *in * (size_t) w), *out = qd_malloc(sizeof *out * (size_t) w);
    m->degree = pool_take(m, sizeof(slong) * (size_t) (depth + 1));
    m->formal = pool_take(m, sizeof(slong) * (size_t) (depth + 1));
    for (slong i = 0; i < w; i++) in[i] = 1;
    m->degree[0] = m->formal[0] = 1;
    for (slong l = 0; l < depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        m->degree[l + 1] = set_degrees(out, layer, in);
        m->formal[l + 1] = times(times(m->formal[l], layer->degree), layer->power);
        if (layer->nswitching > 0 && times(m->formal[l], layer->degree) > QD_FORM_MAX_DEGREE) m->doubles = false;
        slong *t = in;
        in = out;
        out = t;
    }
    free(in);
    free(out);
}

/* Which units of layer l have which bit. */
static void set_bits(qd_restriction *m, slong l)
{
    const qd_lowered_layer *layer = m->low->layer + l;
    slong n = 0;
    m->bit[l] = pool_take(m, sizeof **m->bit * (size_t) layer->out);
    m->switching[l] = pool_take(m, sizeof **m->switching * (size_t) layer->nswitching);
    for (slong u = 0; u < layer->out; u++) {
        m->bit[l][u] = -1;
        if (!qd_activation_switches(layer->unit[u].act)) continue;
        m->bit[l][u] = m->first[l] + n;
        m->switching[l][n++] = u;
    }
    m->first[l + 1] = m->first[l] + n;
}

static void set_domain(qd_restriction *m, const qd_domain *d)
{
    slong in = m->low->input_dim;
    m->dim = qd_domain_dim(d, in);
    m->base = _fmpq_vec_init(in);
    m->step = _fmpq_vec_init(m->dim * in);
    for (slong i = 0; i < in; i++) {
        if (d->dim == 0) fmpq_one(m->step + i * in + i);
        else fmpq_set(m->base + i, d->base + i);
        for (slong k = 0; k < d->dim; k++) fmpq_set(m->step + k * in + i, d->step + k * in + i);
    }
    m->t_mod = pool_take(m, sizeof *m->t_mod * (size_t) m->dim);
}

void qd_restriction_init(qd_restriction *m, const qd_net_t net, const qd_domain *domain, uint64_t seed)
{
    memset(m, 0, sizeof *m);
    qd_lowered_init(m->low);
    qd_net_lower(m->low, net);
    slong depth = m->low->depth, in = m->low->input_dim;
    m->first = pool_take(m, sizeof(slong) * (size_t) (depth + 1));
    m->fan_in = pool_take(m, sizeof(slong) * (size_t) depth);
    m->bit = pool_take(m, sizeof *m->bit * (size_t) depth);
    m->switching = pool_take(m, sizeof *m->switching * (size_t) depth);
    m->doubles = m->weights = true;
    set_all_degrees(m);
    for (slong l = 0; l < depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        set_bits(m, l);
        m->fan_in[l] = fan_in(layer);
        if (m->fan_in[l] > WIDEST) m->weights = false;
    }
    m->nswitching = m->first[depth];
    m->nwords = (m->nswitching + 63) / 64 + (m->nswitching == 0);
    set_domain(m, domain);
    set_prime(m, seed);
    m->base_double = (double *) row_double(m, m->base, in);
    m->step_double = (double *) row_double(m, m->step, m->dim * in);
    m->base_mod = (ulong *) row_mod(m, m->base, in);
    m->step_mod = (ulong *) row_mod(m, m->step, m->dim * in);
    m->unit_double = pool_take(m, sizeof *m->unit_double * (size_t) depth);
    m->unit_mod = pool_take(m, sizeof *m->unit_mod * (size_t) depth);
    for (slong l = 0; l < depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        m->unit_double[l] = pool_take(m, sizeof **m->unit_double * (size_t) layer->out);
        m->unit_mod[l] = pool_take(m, sizeof **m->unit_mod * (size_t) layer->out);
        for (slong u = 0; u < layer->out; u++) set_unit(m, l, u);
    }
    m->doubles = m->doubles && m->weights;
    qd_restriction__set_integers(m);
    m->bytes = pool_take(m, sizeof *m->bytes * (size_t) depth);
    qd_restriction__set_sizes(m);
}

void qd_restriction_clear(qd_restriction *m)
{
    qd_restriction__clear_integers(m);
    for (slong i = 0; i < m->npool; i++) free(m->pool[i]);
    free(m->pool);
    if (m->base != NULL) _fmpq_vec_clear(m->base, m->low->input_dim);
    if (m->step != NULL) _fmpq_vec_clear(m->step, m->dim * m->low->input_dim);
    qd_lowered_clear(m->low);
}

bool qd_restriction_switches(const qd_restriction *m, slong l, slong u)
{
    return m->bit[l][u] >= 0;
}

bool qd_restriction_off(const qd_restriction *m, const qd_word *pattern, slong l, slong u)
{
    slong bit = m->bit[l][u];
    return bit >= 0 && !qd_pattern_get(pattern, bit);
}
