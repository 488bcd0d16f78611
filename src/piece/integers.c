/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights as integers.

   No fractions: input i of layer l is A_i / D_i with A_i in Z[t] and D_i > 0 a fixed integer, the same under all patterns. Let R and G be
   the least common denominators of r_i / D_i and r0, of g_i / D_i and g0, and Z that of R G, of c_ij / (D_i D_j), w_i / D_i and b. Then

       Z z = (sum (Z r_i / (G D_i)) A_i + Z r0 / G) (sum (G g_i / D_i) A_i + G g0) + sum (Z c_ij / (D_i D_j)) A_i A_j
           + sum (Z w_i / D_i) A_i + Z b

   has integer weights (the first factor is that over R, times Z / (R G)), and along a pattern no greatest common divisor is ever taken. What
   a weight has in common with a denominator below goes, so denominators grow with the network and not with its formal degree. Positive
   denominators change no sign. With c = s'/s the slope where the unit is inactive, its output z^k or c z is Z^k s z^k or Z s' z (k = 1 then)
   over Z^k s. */
#include "piece/impl.h"

#include <stdlib.h>

/* n with x = 2^n; -1: there is none. What floats are made of has such denominators, and needs shifts only. */
static slong exponent(const fmpz_t x)
{
    slong n = (slong) fmpz_val2(x);
    return fmpz_sgn(x) > 0 && (slong) fmpz_bits(x) == n + 1 ? n : -1;
}

void qd_restriction__scale(fmpz_t x, const fmpq_t v, const fmpz_t f, const fmpz_t d)
{
    fmpz_t q;
    slong below = exponent(fmpq_denref(v)), more = exponent(d), up = exponent(f);
    if (fmpq_is_zero(v)) {
        fmpz_zero(x);
        return;
    }
    if (below >= 0 && more >= 0 && up >= 0) {
        if (up >= below + more) fmpz_mul_2exp(x, fmpq_numref(v), (ulong) (up - below - more));
        else fmpz_tdiv_q_2exp(x, fmpq_numref(v), (ulong) (below + more - up));
        return;
    }
    fmpz_init(q);
    fmpz_mul(q, fmpq_denref(v), d);
    fmpz_mul(x, f, fmpq_numref(v));
    fmpz_divexact(x, x, q);
    fmpz_clear(q);
}

/* m becomes the least common multiple of itself and the denominator of v / d. */
static void denominator(fmpz_t m, const fmpq_t v, const fmpz_t d)
{
    fmpz_t q;
    slong below = exponent(fmpq_denref(v)), more = exponent(d), there = exponent(m);
    if (fmpq_is_zero(v)) return;
    if (below >= 0 && more >= 0 && there >= 0) {
        slong shared = (slong) fmpz_val2(fmpq_numref(v));
        slong need = below + more - (shared < more ? shared : more);
        if (need > there) fmpz_mul_2exp(m, m, (ulong) (need - there));
        return;
    }
    fmpz_init(q);
    fmpz_gcd(q, fmpq_numref(v), d);
    fmpz_divexact(q, d, q);
    fmpz_mul(q, q, fmpq_denref(v));
    if (!fmpz_divisible(m, q)) fmpz_lcm(m, m, q);
    fmpz_clear(q);
}

/* The same for v_k / d_i, k < n and i = at[k] (NULL: k), and v0. */
static void denominators(fmpz_t m, const fmpq *v, const slong *at, slong n, const fmpq_t v0, const fmpz *d)
{
    for (slong k = 0; k < n; k++) denominator(m, v + k, d + (at != NULL ? at[k] : k));
    if (!fmpz_divisible(m, fmpq_denref(v0))) fmpz_lcm(m, m, fmpq_denref(v0));
}

/* v_k f / d_i */
static fmpz *scale_row(const fmpq *v, const slong *at, slong n, const fmpz_t f, const fmpz *d)
{
    if (v == NULL) return NULL;
    fmpz *x = _fmpz_vec_init(n);
    for (slong k = 0; k < n; k++) qd_restriction__scale(x + k, v + k, f, d + (at != NULL ? at[k] : k));
    return x;
}

/* The integer weights of a unit with n inputs over the denominators d, and Z. */
static void set_preact(qd_unit_integer *x, fmpz_t z, const qd_lowered_unit *unit, slong n, const fmpz *d)
{
    fmpz_t r, g, f, one;
    fmpz_init_set_ui(r, 1);
    fmpz_init_set_ui(g, 1);
    fmpz_init_set_ui(one, 1);
    fmpz_init(f);
    if (unit->r != NULL) {
        denominators(r, unit->r, NULL, n, unit->r0, d);
        denominators(g, unit->g, NULL, n, unit->g0, d);
    }
    fmpz_mul(z, r, g);
    for (slong k = 0; k < unit->nterms; k++) {
        fmpz_mul(f, d + unit->term[k].i, d + unit->term[k].j);
        denominator(z, unit->term[k].c, f);
    }
    denominators(z, unit->w, unit->at, unit->nw, unit->b, d);
    x->term = _fmpz_vec_init(unit->nterms);
    for (slong k = 0; k < unit->nterms; k++) {
        fmpz_mul(f, d + unit->term[k].i, d + unit->term[k].j);
        qd_restriction__scale(x->term + k, unit->term[k].c, z, f);
    }
    fmpz_divexact(f, z, g);
    x->r = scale_row(unit->r, NULL, n, f, d);
    qd_restriction__scale(x->r0, unit->r0, f, one);
    x->g = scale_row(unit->g, NULL, n, g, d);
    qd_restriction__scale(x->g0, unit->g0, g, one);
    x->w = scale_row(unit->w, unit->at, unit->nw, z, d);
    qd_restriction__scale(x->b, unit->b, z, one);
    fmpz_clear(r);
    fmpz_clear(g);
    fmpz_clear(f);
    fmpz_clear(one);
}

/* Integers of unit u of layer l, and its denominator in the next one. */
static void set_unit(qd_restriction *m, slong l, slong u)
{
    const qd_lowered_unit *unit = m->low->layer[l].unit + u;
    qd_unit_integer *x = m->unit_integer[l] + u;
    fmpz *out = m->den[l + 1] + u;
    fmpq_t c;
    fmpq_init(c);
    qd_lowered_off(c, unit);
    set_preact(x, out, unit, m->low->layer[l].in, m->den[l]);
    fmpz_pow_ui(out, out, (ulong) unit->power);
    fmpz_mul(out, out, fmpq_denref(c));
    fmpz_set(x->on, fmpq_denref(c));
    fmpz_set(x->off, fmpq_numref(c));
    fmpq_clear(c);
}

void qd_restriction__set_integers(qd_restriction *m)
{
    slong depth = m->low->depth, in = m->low->input_dim;
    m->den = qd_calloc((size_t) depth + 1, sizeof *m->den);
    for (slong l = 0; l <= depth; l++) m->den[l] = _fmpz_vec_init(qd_restriction_width(m, l));
    m->unit_integer = qd_calloc((size_t) depth, sizeof *m->unit_integer);
    for (slong i = 0; i < in; i++) {
        fmpz_set(m->den[0] + i, fmpq_denref(m->base + i));
        for (slong k = 0; k < m->dim; k++) fmpz_lcm(m->den[0] + i, m->den[0] + i, fmpq_denref(m->step + k * in + i));
    }
    for (slong l = 0; l < depth; l++) {
        m->unit_integer[l] = qd_calloc((size_t) m->low->layer[l].out, sizeof **m->unit_integer);
        for (slong u = 0; u < m->low->layer[l].out; u++) set_unit(m, l, u);
    }
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
    for (slong l = 0; m->den != NULL && l <= m->low->depth; l++) _fmpz_vec_clear(m->den[l], qd_restriction_width(m, l));
    free(m->den);
}
