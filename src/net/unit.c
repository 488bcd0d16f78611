/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One neuron as a polynomial of degree <= 2 and an activation: what sparse layers hold and what all layers become by lowering. */
#include "net/impl.h"

#include <stdlib.h>
#include <string.h>

void qd_lowered_unit_init(qd_lowered_unit *unit)
{
    memset(unit, 0, sizeof *unit);
    unit->act = QD_IDENTITY;
    unit->power = 1;
    fmpq_init(unit->slope);
    fmpq_init(unit->r0);
    fmpq_init(unit->g0);
    fmpq_init(unit->b);
}

static void clear_terms(qd_lowered_unit *unit)
{
    for (slong k = 0; k < unit->nterms; k++) fmpq_clear(unit->term[k].c);
    free(unit->term);
}

void qd_lowered_unit_clear(qd_lowered_unit *unit, slong in)
{
    if (unit->r != NULL) _fmpq_vec_clear(unit->r, in);
    if (unit->g != NULL) _fmpq_vec_clear(unit->g, in);
    if (unit->w != NULL) _fmpq_vec_clear(unit->w, unit->nw);
    clear_terms(unit);
    free(unit->at);
    fmpq_clear(unit->slope);
    fmpq_clear(unit->r0);
    fmpq_clear(unit->g0);
    fmpq_clear(unit->b);
}

void qd_lowered_unit_resize(qd_lowered_unit *unit, slong nw, slong nterms)
{
    if (unit->w != NULL) _fmpq_vec_clear(unit->w, unit->nw);
    clear_terms(unit);
    free(unit->at);
    unit->nw = nw;
    unit->w = nw > 0 ? _fmpq_vec_init(nw) : NULL;
    unit->at = nw > 0 ? qd_calloc((size_t) nw, sizeof *unit->at) : NULL;
    unit->nterms = nterms;
    unit->term = nterms > 0 ? qd_calloc((size_t) nterms, sizeof *unit->term) : NULL;
    for (slong k = 0; k < nterms; k++) fmpq_init(unit->term[k].c);
}

void qd_net__unit_set(qd_lowered_unit *a, const qd_lowered_unit *b)
{
    a->act = b->act;
    a->power = b->power;
    fmpq_set(a->slope, b->slope);
    fmpq_set(a->b, b->b);
    qd_lowered_unit_resize(a, b->nw, b->nterms);
    for (slong k = 0; k < b->nw; k++) {
        a->at[k] = b->at[k];
        fmpq_set(a->w + k, b->w + k);
    }
    for (slong k = 0; k < b->nterms; k++) {
        a->term[k].i = b->term[k].i;
        a->term[k].j = b->term[k].j;
        fmpq_set(a->term[k].c, b->term[k].c);
    }
}

static bool same_term(const qd_term *a, const qd_term *b)
{
    return a->i == b->i && a->j == b->j && fmpq_equal(a->c, b->c);
}

bool qd_net__unit_equal(const qd_lowered_unit *a, const qd_lowered_unit *b)
{
    bool same = a->act == b->act && a->power == b->power && a->nw == b->nw && a->nterms == b->nterms && fmpq_equal(a->slope, b->slope) &&
                fmpq_equal(a->b, b->b);
    for (slong k = 0; same && k < a->nw; k++) same = a->at[k] == b->at[k] && fmpq_equal(a->w + k, b->w + k);
    for (slong k = 0; same && k < a->nterms; k++) same = same_term(a->term + k, b->term + k);
    return same;
}

/* ---- values ------------------------------------------------------------------------------- */

static slong quadratic_index(slong n, slong i, slong j)
{
    return 1 + n + i * n - i * (i - 1) / 2 + (j - i);
}

void qd_lowered_expand(fmpq *c, const qd_lowered_unit *unit, slong n)
{
    for (slong k = 0; k < 1 + n + n * (n + 1) / 2; k++) fmpq_zero(c + k);
    fmpq_set(c, unit->b);
    for (slong k = 0; k < unit->nw; k++) fmpq_set(c + 1 + (unit->at != NULL ? unit->at[k] : k), unit->w + k);
    for (slong k = 0; k < unit->nterms; k++) {
        fmpq *q = c + quadratic_index(n, unit->term[k].i, unit->term[k].j);
        fmpq_add(q, q, unit->term[k].c);
    }
    if (unit->r != NULL) {
        fmpq_addmul(c, unit->r0, unit->g0);
        for (slong i = 0; i < n; i++) {
            fmpq_addmul(c + 1 + i, unit->r + i, unit->g0);
            fmpq_addmul(c + 1 + i, unit->r0, unit->g + i);
            for (slong j = 0; j < n; j++) fmpq_addmul(c + quadratic_index(n, i < j ? i : j, i < j ? j : i), unit->r + i, unit->g + j);
        }
    }
}

void qd_lowered_unit_set_expanded(qd_lowered_unit *unit, const fmpq *c, slong n)
{
    slong nw = 0, nterms = 0;
    for (slong i = 1; i <= n; i++) nw += !fmpq_is_zero(c + i);
    for (slong k = n + 1; k < 1 + n + n * (n + 1) / 2; k++) nterms += !fmpq_is_zero(c + k);
    qd_lowered_unit_resize(unit, nw, nterms);
    fmpq_set(unit->b, c);
    nw = nterms = 0;
    for (slong i = 0; i < n; i++) {
        if (fmpq_is_zero(c + 1 + i)) continue;
        unit->at[nw] = i;
        fmpq_set(unit->w + nw++, c + 1 + i);
    }
    c += 1 + n;
    for (slong i = 0; i < n; i++)
        for (slong j = i; j < n; j++, c++) {
            if (fmpq_is_zero(c)) continue;
            unit->term[nterms].i = i;
            unit->term[nterms].j = j;
            fmpq_set(unit->term[nterms++].c, c);
        }
}

/* at NULL: the first n of a. */
static void affine(fmpq_t z, const fmpq *w, const slong *at, const fmpq_t b, const fmpq *a, slong n)
{
    fmpq_set(z, b);
    for (slong j = 0; j < n; j++) fmpq_addmul(z, w + j, a + (at != NULL ? at[j] : j));
}

void qd_lowered_eval(fmpq_t z, const qd_lowered_unit *unit, const fmpq *a, slong n)
{
    fmpq_t s, t;
    fmpq_init(s);
    fmpq_init(t);
    affine(s, unit->w, unit->at, unit->b, a, unit->nw);
    for (slong k = 0; k < unit->nterms; k++) {
        fmpq_mul(t, a + unit->term[k].i, a + unit->term[k].j);
        fmpq_addmul(s, t, unit->term[k].c);
    }
    if (unit->r != NULL) {
        fmpq_t g;
        fmpq_init(g);
        affine(t, unit->r, NULL, unit->r0, a, n);
        affine(g, unit->g, NULL, unit->g0, a, n);
        fmpq_addmul(s, t, g);
        fmpq_clear(g);
    }
    fmpq_swap(z, s);
    fmpq_clear(s);
    fmpq_clear(t);
}

void qd_lowered_off(fmpq_t c, const qd_lowered_unit *unit)
{
    switch (unit->act) {
    case QD_RELU:
        fmpq_zero(c);
        return;
    case QD_LEAKY_RELU:
        fmpq_set(c, unit->slope);
        return;
    case QD_ABS:
        fmpq_set_si(c, -1, 1);
        return;
    case QD_IDENTITY: /* never off */
    case QD_SQUARE:
    case QD_RAISE:
        fmpq_one(c);
    }
}

void qd_lowered_activate(fmpq_t y, const fmpq_t z, const qd_lowered_unit *unit)
{
    if (qd_activation_switches(unit->act) && fmpq_sgn(z) <= 0) {
        fmpq_t c;
        fmpq_init(c);
        qd_lowered_off(c, unit);
        fmpq_mul(y, z, c);
        fmpq_clear(c);
    } else fmpq_pow_si(y, z, unit->power);
}
