/* SPDX-License-Identifier: GPL-3.0-or-later */
/* True degrees. On a region every unit is a polynomial in x; its degree follows from those of the units that it reads with a weight that is
   not 0: e for its value, Z for its pre-activation (r.a + r0)(g.a + g0) + terms + w.a + b, R and G for the two factors. A factor that is
   constant, as where ReLinear starts, raises no degree.

   A row of the Jacobian is d output / d z_u times d z_u / d theta. The first is a sum over ways through the later layers, on each of which
   a derivative by an input has the degree of what stands beside it: G for r, R for g, e_j for a term a_i a_j, 0 for w. The second does
   not ask whether theta is 0: a_i times the other factor, a_i a_j, a_i. Units that are off only lower degrees, so the bounds hold on every
   region. */
#include <math.h>
#include <stdlib.h>

#include "variety/impl.h"

typedef struct {
    double *e, *z, *r, *g, *delta; /* owned, a unit each: value, pre-activation, factors, d output / d z (-1: it is 0) */
} degrees;

static degrees degrees_new(slong n)
{
    double *v = qd_calloc((size_t) (5 * n), sizeof *v);
    return (degrees){v, v + n, v + 2 * n, v + 3 * n, v + 4 * n};
}

static double of_form(const fmpq *w, slong n, const double *e)
{
    double d = 0;
    for (slong i = 0; i < n; i++)
        if (!fmpq_is_zero(w + i)) d = fmax(d, e[i]);
    return d;
}

static slong input(const qd_lowered_unit *unit, slong k)
{
    return unit->at == NULL ? k : unit->at[k];
}

/* ---- forwards ----------------------------------------------------------------------------- */

static void forwards(degrees *d, const qd_lowered_layer *layer, const double *e)
{
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        if (unit->r != NULL) {
            d->r[u] = of_form(unit->r, layer->in, e);
            d->g[u] = of_form(unit->g, layer->in, e);
        }
        double z = d->r[u] + d->g[u];
        for (slong k = 0; k < unit->nterms; k++)
            if (!fmpq_is_zero(unit->term[k].c)) z = fmax(z, e[unit->term[k].i] + e[unit->term[k].j]);
        for (slong k = 0; k < unit->nw; k++)
            if (!fmpq_is_zero(unit->w + k)) z = fmax(z, e[input(unit, k)]);
        d->z[u] = z;
        d->e[u] = z * (double) unit->power;
    }
}

/* ---- backwards ---------------------------------------------------------------------------- */

/* What unit u hands down: below[i] is the degree of d output / d a_i. */
static void hand_down(double *below, const degrees *d, const qd_lowered_layer *layer, slong u, const double *e)
{
    const qd_lowered_unit *unit = layer->unit + u;
    double delta = d->delta[u];
    if (delta < 0) return;
    for (slong i = 0; i < layer->in && unit->r != NULL; i++) {
        if (!fmpq_is_zero(unit->r + i)) below[i] = fmax(below[i], delta + d->g[u]);
        if (!fmpq_is_zero(unit->g + i)) below[i] = fmax(below[i], delta + d->r[u]);
    }
    for (slong k = 0; k < unit->nterms; k++) {
        slong i = unit->term[k].i, j = unit->term[k].j;
        if (fmpq_is_zero(unit->term[k].c)) continue;
        below[i] = fmax(below[i], delta + e[j]);
        below[j] = fmax(below[j], delta + e[i]);
    }
    for (slong k = 0; k < unit->nw; k++)
        if (!fmpq_is_zero(unit->w + k)) below[input(unit, k)] = fmax(below[input(unit, k)], delta);
}

/* The factor z^(power - 1) of the activation's derivative. */
static void activate(degrees *d, const qd_lowered_layer *layer)
{
    for (slong u = 0; u < layer->out; u++)
        if (d->delta[u] >= 0) d->delta[u] += (double) (layer->unit[u].power - 1) * d->z[u];
}

/* The largest degree of d z_u / d theta. */
static double by_parameters(const degrees *d, const qd_layer_struct *layer, slong u, const double *e)
{
    double most = 0, p = 0;
    if (layer->sparse != NULL) {
        const qd_lowered_unit *unit = layer->sparse + u;
        for (slong k = 0; k < unit->nterms; k++) p = fmax(p, e[unit->term[k].i] + e[unit->term[k].j]);
        for (slong k = 0; k < unit->nw; k++) p = fmax(p, e[input(unit, k)]);
        return p;
    }
    for (slong i = 0; i < layer->in; i++) most = fmax(most, e[i]);
    if (qd_kind_find(layer->neuron.kind, QD_ROLE_W) >= 0) p = most;
    if (qd_kind_find(layer->neuron.kind, QD_ROLE_R) >= 0) p = fmax(p, most + fmax(d->r[u], d->g[u]));
    if (qd_kind_find(layer->neuron.kind, QD_ROLE_S) >= 0 || qd_kind_find(layer->neuron.kind, QD_ROLE_T) >= 0) p = fmax(p, 2 * most);
    return p;
}

qd_variety_degrees qd_variety__degrees(const qd_gradient_t g)
{
    const qd_lowered_struct *low = g->low;
    degrees *d = qd_malloc(sizeof *d * (size_t) low->depth);
    double *inputs = qd_malloc(sizeof *inputs * (size_t) low->input_dim);
    qd_variety_degrees most = {0, 0};
    for (slong i = 0; i < low->input_dim; i++) inputs[i] = 1;
    for (slong l = 0; l < low->depth; l++) {
        d[l] = degrees_new(low->layer[l].out);
        forwards(d + l, low->layer + l, l == 0 ? inputs : d[l - 1].e);
    }
    for (slong l = low->depth - 1; l >= 0; l--) {
        const qd_lowered_layer *layer = low->layer + l;
        const double *e = l == 0 ? inputs : d[l - 1].e;
        activate(d + l, layer);
        for (slong i = 0; l > 0 && i < layer->in; i++) d[l - 1].delta[i] = -1;
        for (slong u = 0; u < layer->out; u++) {
            if (l > 0) hand_down(d[l - 1].delta, d + l, layer, u, e);
            if (qd_activation_switches(layer->unit[u].act)) most.unit = fmax(most.unit, d[l].z[u]);
            if (d[l].delta[u] >= 0) most.row = fmax(most.row, d[l].delta[u] + by_parameters(d + l, g->net->layer + l, u, e));
        }
    }
    for (slong l = 0; l < low->depth; l++) free(d[l].e);
    free(d);
    free(inputs);
    return most;
}
