/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units as what they are: a product with a constant factor is an affine form, and layers have the degree of their units. ReLinear starts from
   such networks, and the formal degree 2^depth of one says nothing about it. */
#include "net/impl.h"

static bool all_zero(const fmpq *v, slong n)
{
    for (slong j = 0; j < n; j++)
        if (!fmpq_is_zero(v + j)) return false;
    return true;
}

/* w += c v over all n inputs; w is dense or not there. */
static void add_row(qd_lowered_unit *unit, const fmpq *v, const fmpq_t c, slong n)
{
    if (fmpq_is_zero(c) || all_zero(v, n)) return;
    if (unit->w == NULL) {
        unit->nw = n;
        unit->w = _fmpq_vec_init(n);
    }
    for (slong j = 0; j < n; j++) fmpq_addmul(unit->w + j, v + j, c);
}

/* (r.a + r0)(g.a + g0) without a factor that is constant. */
static void fold_product(qd_lowered_unit *unit, slong n)
{
    bool r = all_zero(unit->r, n), g = all_zero(unit->g, n);
    if (!r && !g) return;
    if (g) add_row(unit, unit->r, unit->g0, n);
    if (r) add_row(unit, unit->g, unit->r0, n);
    fmpq_addmul(unit->b, unit->r0, unit->g0);
    _fmpq_vec_clear(unit->r, n);
    _fmpq_vec_clear(unit->g, n);
    unit->r = unit->g = NULL;
    fmpq_zero(unit->r0);
    fmpq_zero(unit->g0);
}

void qd_net__reduce(qd_lowered_layer *layer)
{
    layer->degree = 1;
    for (slong u = 0; u < layer->out; u++) {
        qd_lowered_unit *unit = layer->unit + u;
        if (unit->r != NULL) fold_product(unit, layer->in);
        if (unit->r != NULL || unit->nterms > 0) layer->degree = 2;
    }
}
