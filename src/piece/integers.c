/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights as integers.

   No fractions: the inputs of layer l are A / D_l with A in Z[t] and D_l > 0 a fixed integer. With r = r'/rho, g = g'/gamma,
   c = c'/tau, w = w'/omega over the common denominators of the layer and q = lcm(rho gamma, tau, omega),

       q D^2 z = (q/(rho gamma)) (r'.A + r0' D)(g'.A + g0' D) + (q/tau) sum c' A_i A_j + (q/omega) D (w'.A + b' D),

   so the integer weights below hold all factors and no greatest common divisor is ever taken. Positive denominators change no sign.
   (Layers of degree 1: q D z = (q/omega) (w'.A + b' D).) Units of one layer may have different activations: let Z be that multiple of z,
   p the largest power of the layer and s the common denominator of its slopes. Then D_(l+1) = Z^p s, and a unit z^k is
   (Z z)^k Z^(p-k) s over it, with another factor where it is inactive. */
#include "piece/impl.h"

#include <stdlib.h>

/* Least common denominator of n rationals (NULL: none), times what is in d. */
static void denominators(fmpz_t d, const fmpq *v, slong n)
{
    for (slong i = 0; v != NULL && i < n; i++) fmpz_lcm(d, d, fmpq_denref(v + i));
}

void qd_restriction__scale(fmpz_t x, const fmpq_t v, const fmpz_t f)
{
    fmpz_divexact(x, f, fmpq_denref(v));
    fmpz_mul(x, x, fmpq_numref(v));
}

static fmpz *scale_row(const fmpq *v, slong n, const fmpz_t f)
{
    if (v == NULL) return NULL;
    fmpz *x = _fmpz_vec_init(n);
    for (slong i = 0; i < n; i++) qd_restriction__scale(x + i, v + i, f);
    return x;
}

/* rho, gamma, tau, omega of a layer. */
typedef struct {
    fmpz_t r, g, c, w;
} layer_denominators;

static void find_denominators(layer_denominators *d, const qd_lowered_layer *layer)
{
    fmpz_init_set_ui(d->r, 1);
    fmpz_init_set_ui(d->g, 1);
    fmpz_init_set_ui(d->c, 1);
    fmpz_init_set_ui(d->w, 1);
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        denominators(d->r, unit->r, layer->in);
        denominators(d->r, unit->r0, 1);
        denominators(d->g, unit->g, layer->in);
        denominators(d->g, unit->g0, 1);
        for (slong k = 0; k < unit->nterms; k++) denominators(d->c, unit->term[k].c, 1);
        denominators(d->w, unit->w, unit->nw);
        denominators(d->w, unit->b, 1);
    }
}

static void clear_denominators(layer_denominators *d)
{
    fmpz_clear(d->r);
    fmpz_clear(d->g);
    fmpz_clear(d->c);
    fmpz_clear(d->w);
}

/* Factors that turn r, g, c, w and the constants into the integers of the formula. */
static void set_unit(qd_unit_integer *x, const qd_lowered_unit *unit, slong n, int degree, const layer_denominators *d, const fmpz_t q,
                     const fmpz_t in)
{
    fmpz_t f;
    fmpz_init(f);
    fmpz_divexact(f, q, d->g); /* rho q / (rho gamma) */
    x->r = scale_row(unit->r, n, f);
    fmpz_mul(f, f, in);
    qd_restriction__scale(x->r0, unit->r0, f);
    x->g = scale_row(unit->g, n, d->g);
    fmpz_mul(f, d->g, in);
    qd_restriction__scale(x->g0, unit->g0, f);
    x->term = _fmpz_vec_init(unit->nterms);
    for (slong k = 0; k < unit->nterms; k++) qd_restriction__scale(x->term + k, unit->term[k].c, q);
    fmpz_set(f, q);
    if (degree == 2) fmpz_mul(f, f, in);
    x->w = scale_row(unit->w, unit->nw, f);
    fmpz_mul(f, f, in);
    qd_restriction__scale(x->b, unit->b, f);
    fmpz_clear(f);
}

/* The factors of z^k, k the unit's power; z: Z, p: the layer's power, s: the layer's denominator of slopes. */
static void set_activation(qd_unit_integer *x, const qd_lowered_unit *unit, const fmpz_t z, int64_t p, const fmpz_t s)
{
    fmpq_t c;
    fmpz_pow_ui(x->on, z, (ulong) (p - unit->power));
    fmpq_init(c);
    qd_lowered_off(c, unit);
    qd_restriction__scale(x->off, c, s);
    fmpz_mul(x->off, x->off, x->on);
    fmpz_mul(x->on, x->on, s);
    fmpq_clear(c);
}

/* Integers of layer l, and D_(l+1) from D_l. */
static void set_layer(qd_restriction *m, slong l)
{
    const qd_lowered_layer *layer = m->low->layer + l;
    layer_denominators d;
    fmpz_t q, z, s;
    fmpq_t c;
    find_denominators(&d, layer);
    fmpz_init(q);
    fmpz_init(z);
    fmpz_init_set_ui(s, 1);
    fmpz_mul(q, d.r, d.g);
    fmpz_lcm(q, q, d.c);
    fmpz_lcm(q, q, d.w);
    fmpz_mul(z, q, m->den + l);
    if (layer->degree == 2) fmpz_mul(z, z, m->den + l);
    fmpq_init(c);
    for (slong u = 0; u < layer->out; u++) {
        qd_lowered_off(c, layer->unit + u);
        denominators(s, c, 1);
    }
    fmpq_clear(c);
    m->unit_integer[l] = qd_calloc((size_t) layer->out, sizeof **m->unit_integer);
    for (slong u = 0; u < layer->out; u++) {
        set_unit(m->unit_integer[l] + u, layer->unit + u, layer->in, layer->degree, &d, q, m->den + l);
        set_activation(m->unit_integer[l] + u, layer->unit + u, z, layer->power, s);
    }
    fmpz_pow_ui(m->den + l + 1, z, (ulong) layer->power);
    fmpz_mul(m->den + l + 1, m->den + l + 1, s);
    fmpz_clear(q);
    fmpz_clear(z);
    fmpz_clear(s);
    clear_denominators(&d);
}

void qd_restriction__set_integers(qd_restriction *m)
{
    slong depth = m->low->depth;
    m->den = _fmpz_vec_init(depth + 1);
    m->unit_integer = qd_calloc((size_t) depth, sizeof *m->unit_integer);
    fmpz_one(m->den);
    denominators(m->den, m->base, m->low->input_dim);
    denominators(m->den, m->step, m->dim * m->low->input_dim);
    for (slong l = 0; l < depth; l++) set_layer(m, l);
}

void qd_restriction__clear_integers(qd_restriction *m)
{
    for (slong l = 0; m->unit_integer != NULL && l < m->low->depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        for (slong u = 0; u < layer->out; u++) {
            qd_unit_integer *x = m->unit_integer[l] + u;
            if (x->r != NULL) _fmpz_vec_clear(x->r, layer->in);
            if (x->g != NULL) _fmpz_vec_clear(x->g, layer->in);
            if (x->w != NULL) _fmpz_vec_clear(x->w, layer->unit[u].nw);
            _fmpz_vec_clear(x->term, layer->unit[u].nterms);
            fmpz_clear(x->r0);
            fmpz_clear(x->g0);
            fmpz_clear(x->b);
            fmpz_clear(x->on);
            fmpz_clear(x->off);
        }
        free(m->unit_integer[l]);
    }
    free(m->unit_integer);
    if (m->den != NULL) _fmpz_vec_clear(m->den, m->low->depth + 1);
}
