/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signs at a rational point in ball arithmetic: where all are certain, exact arithmetic would say the same, much later. */
#include <stdlib.h>

#include "engine/impl.h"

#define PREC 128

static arb_ptr vector(const fmpq *v, slong n)
{
    if (v == NULL || n == 0) return NULL;
    arb_ptr b = _arb_vec_init(n);
    for (slong i = 0; i < n; i++) arb_set_fmpq(b + i, v + i, PREC);
    return b;
}

static void scalar(arb_t b, const fmpq_t x)
{
    arb_init(b);
    arb_set_fmpq(b, x, PREC);
}

static void set_unit(qd_engine__unit_ball *b, const qd_lowered_unit *unit, slong in)
{
    fmpq_t off;
    fmpq_init(off);
    qd_lowered_off(off, unit);
    b->r = vector(unit->r, in);
    b->g = vector(unit->g, in);
    b->w = vector(unit->w, unit->nw);
    b->term = unit->nterms > 0 ? _arb_vec_init(unit->nterms) : NULL;
    for (slong k = 0; k < unit->nterms; k++) arb_set_fmpq(b->term + k, unit->term[k].c, PREC);
    scalar(b->r0, unit->r0);
    scalar(b->g0, unit->g0);
    scalar(b->b, unit->b);
    scalar(b->off, off);
    fmpq_clear(off);
}

static void clear_unit(qd_engine__unit_ball *b, const qd_lowered_unit *unit, slong in)
{
    if (b->r != NULL) _arb_vec_clear(b->r, in);
    if (b->g != NULL) _arb_vec_clear(b->g, in);
    if (b->w != NULL) _arb_vec_clear(b->w, unit->nw);
    if (b->term != NULL) _arb_vec_clear(b->term, unit->nterms);
    arb_clear(b->r0);
    arb_clear(b->g0);
    arb_clear(b->b);
    arb_clear(b->off);
}

void qd_engine__balls_init(qd_engine__balls *b, const qd_lowered_struct *low)
{
    b->low = low;
    b->unit = qd_malloc(sizeof *b->unit * (size_t) low->depth);
    for (slong l = 0; l < low->depth; l++) {
        b->unit[l] = qd_malloc(sizeof **b->unit * (size_t) low->layer[l].out);
        for (slong u = 0; u < low->layer[l].out; u++) set_unit(b->unit[l] + u, low->layer[l].unit + u, low->layer[l].in);
    }
}

void qd_engine__balls_clear(qd_engine__balls *b)
{
    for (slong l = 0; l < b->low->depth; l++) {
        for (slong u = 0; u < b->low->layer[l].out; u++) clear_unit(b->unit[l] + u, b->low->layer[l].unit + u, b->low->layer[l].in);
        free(b->unit[l]);
    }
    free(b->unit);
}

static void preact(arb_t z, const qd_engine__unit_ball *b, const qd_lowered_unit *unit, arb_srcptr a, slong in)
{
    arb_t s, t;
    arb_init(s);
    arb_init(t);
    if (unit->at == NULL) arb_dot(z, b->b, 0, b->w, 1, a, 1, unit->nw, PREC);
    else {
        arb_set(z, b->b);
        for (slong k = 0; k < unit->nw; k++) arb_addmul(z, b->w + k, a + unit->at[k], PREC);
    }
    for (slong k = 0; k < unit->nterms; k++) {
        arb_mul(s, a + unit->term[k].i, a + unit->term[k].j, PREC);
        arb_addmul(z, s, b->term + k, PREC);
    }
    if (unit->r != NULL) {
        arb_dot(s, b->r0, 0, b->r, 1, a, 1, in, PREC);
        arb_dot(t, b->g0, 0, b->g, 1, a, 1, in, PREC);
        arb_addmul(z, s, t, PREC);
    }
    arb_clear(s);
    arb_clear(t);
}

/* a: what the unit makes of z; bit: its number, which moves on; false: the sign is not certain */
static bool activate(arb_t a, qd_word *pattern, slong *bit, const qd_engine__unit_ball *b, const qd_lowered_unit *unit, const arb_t z)
{
    if (!qd_activation_switches(unit->act)) {
        arb_pow_ui(a, z, (ulong) unit->power, PREC);
        return true;
    }
    slong i = (*bit)++;
    if (arb_is_positive(z)) {
        qd_pattern_flip(pattern, i);
        arb_set(a, z);
        return true;
    }
    arb_mul(a, z, b->off, PREC);
    return arb_is_negative(z);
}

bool qd_engine__balls_pattern(qd_word *pattern, slong nwords, const qd_engine__balls *b, const fmpq *x)
{
    slong in = b->low->input_dim, bit = 0;
    bool certain = true;
    arb_ptr a = vector(x, in);
    arb_t z;
    arb_init(z);
    for (slong i = 0; i < nwords; i++) pattern[i] = 0;
    for (slong l = 0; l < b->low->depth && certain; l++) {
        const qd_lowered_layer *layer = b->low->layer + l;
        arb_ptr next = _arb_vec_init(layer->out);
        for (slong u = 0; u < layer->out && certain; u++) {
            preact(z, b->unit[l] + u, layer->unit + u, a, layer->in);
            certain = activate(next + u, pattern, &bit, b->unit[l] + u, layer->unit + u, z);
        }
        _arb_vec_clear(a, in);
        a = next;
        in = layer->out;
    }
    _arb_vec_clear(a, in);
    arb_clear(z);
    return certain;
}
