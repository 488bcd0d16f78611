/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives of the outputs by the parameters, by reverse mode over the rationals: one pass forwards for a point, one pass backwards
   for each output. */
#include <stdlib.h>

#include "net/net.h"

void qd_gradient_init(qd_gradient_t g, const qd_net_t net)
{
    *g = (qd_gradient_struct){.net = net, .outputs = qd_net_output_dim(net), .params = (slong) qd_net_nparams(net)};
    qd_lowered_init(g->low);
    qd_net_lower_parameters(g->low, net);
    g->a = qd_malloc(sizeof *g->a * (size_t) (net->depth + 1));
    g->delta = qd_malloc(sizeof *g->delta * (size_t) (net->depth + 1));
    g->z = qd_malloc(sizeof *g->z * (size_t) net->depth);
    for (slong l = 0; l <= net->depth; l++) {
        slong n = l < net->depth ? net->layer[l].in : g->outputs;
        g->a[l] = _fmpq_vec_init(n);
        g->delta[l] = _fmpq_vec_init(n);
        if (l < net->depth) g->z[l] = _fmpq_vec_init(net->layer[l].out);
    }
}

void qd_gradient_clear(qd_gradient_t g)
{
    for (slong l = 0; l <= g->net->depth; l++) {
        slong n = l < g->net->depth ? g->net->layer[l].in : g->outputs;
        _fmpq_vec_clear(g->a[l], n);
        _fmpq_vec_clear(g->delta[l], n);
        if (l < g->net->depth) _fmpq_vec_clear(g->z[l], g->net->layer[l].out);
    }
    qd_lowered_clear(g->low);
    free(g->a);
    free(g->delta);
    free(g->z);
}

/* Multiplies d by the derivative of the activation at z. */
static void activate_derivative(fmpq_t d, const fmpq_t z, const qd_lowered_unit *unit)
{
    if (!qd_activation_switches(unit->act)) {
        if (unit->power == 1) return;
        fmpq_t s;
        fmpq_init(s);
        fmpq_pow_si(s, z, unit->power - 1);
        fmpq_mul_si(s, s, unit->power);
        fmpq_mul(d, d, s);
        fmpq_clear(s);
    } else if (fmpq_sgn(z) <= 0) {
        fmpq_t c;
        fmpq_init(c);
        qd_lowered_off(c, unit);
        fmpq_mul(d, d, c);
        fmpq_clear(c);
    }
}

qd_status qd_gradient_point(slong *zeros, slong *unit_zeros, qd_gradient_t g, const qd_vec_t x, qd_ctx_t ctx)
{
    slong bit = 0;
    qd_status st = qd_lowered_run(NULL, NULL, zeros, g->low, x, ctx); /* refuses numbers that would be too large */
    if (st != QD_OK) return st;
    for (slong j = 0; j < g->net->input_dim; j++) fmpq_set(g->a[0] + j, x->e + j);
    for (slong l = 0; l < g->net->depth; l++) {
        const qd_lowered_layer *layer = g->low->layer + l;
        for (slong u = 0; u < layer->out; u++) {
            const qd_lowered_unit *unit = layer->unit + u;
            bool switches = qd_activation_switches(unit->act);
            fmpq *z = g->z[l] + u;
            qd_lowered_eval(z, unit, g->a[l], layer->in);
            qd_lowered_activate(g->a[l + 1] + u, z, unit);
            if (switches && unit_zeros != NULL && fmpq_is_zero(z)) unit_zeros[bit]++;
            bit += switches;
        }
    }
    return QD_OK;
}

/* ---- derivatives of a neuron -------------------------------------------------------------- */

/* The entries of one unit in the parameter with this role, and where their derivatives go; false when the kind has none. */
static bool find(fmpq **value, fmpq **slot, const qd_layer_struct *layer, fmpq *row, slong u, qd_role role)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    for (int k = 0; k < info->nparams; k++) {
        slong length = (slong) qd_shape_length(info->param[k].shape, layer->in);
        if (info->param[k].role == role) {
            *value = qd_layer_at(layer, k, u, 0);
            *slot = row + u * length;
            return true;
        }
        row += layer->out * length;
    }
    return false;
}

/* The factor w.a + b of these roles. */
static void factor(fmpq_t s, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, qd_role role, qd_role bias)
{
    fmpq *w, *slot;
    fmpq_zero(s);
    if (find(&w, &slot, layer, row, u, bias)) fmpq_set(s, w);
    if (find(&w, &slot, layer, row, u, role))
        for (slong j = 0; j < layer->in; j++) fmpq_addmul(s, w + j, a + j);
}

/* Part w.a + b of the pre-activation, times c; c includes the derivative by the pre-activation. both may be missing. */
static void affine_part(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, qd_role role, qd_role bias,
                        const fmpq_t c)
{
    fmpq *w, *slot;
    if (find(&w, &slot, layer, row, u, role))
        for (slong j = 0; j < layer->in; j++) {
            fmpq_mul(slot + j, c, a + j);
            fmpq_addmul(da + j, c, w + j);
        }
    if (find(&w, &slot, layer, row, u, bias)) fmpq_set(slot, c);
}

static void square_part(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const fmpq_t c)
{
    fmpq *w, *slot;
    fmpq_t s;
    if (!find(&w, &slot, layer, row, u, QD_ROLE_S)) return;
    fmpq_init(s);
    for (slong j = 0; j < layer->in; j++) {
        fmpq_mul(s, c, a + j);
        fmpq_mul(slot + j, s, a + j);
        fmpq_addmul(da + j, s, w + j);
        fmpq_addmul(da + j, s, w + j);
    }
    fmpq_clear(s);
}

static void triangle_part(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const fmpq_t c)
{
    fmpq *w, *slot;
    fmpq_t s;
    if (!find(&w, &slot, layer, row, u, QD_ROLE_T)) return;
    fmpq_init(s);
    for (slong i = 0, k = 0; i < layer->in; i++)
        for (slong j = i; j < layer->in; j++, k++) {
            fmpq_mul(s, c, a + i);
            fmpq_mul(slot + k, s, a + j);
            fmpq_addmul(da + j, s, w + k);
            fmpq_mul(s, c, a + j);
            fmpq_addmul(da + i, s, w + k);
        }
    fmpq_clear(s);
}

/* c: derivative of the output by this pre-activation. Fills the unit's part of the layer's row, adds to da. */
static void unit_derivatives(fmpq *da, const qd_layer_struct *layer, fmpq *row, slong u, const fmpq *a, const fmpq_t c)
{
    if (qd_kind_find(layer->neuron.kind, QD_ROLE_R) >= 0) {
        fmpq_t r, g;
        fmpq_init(r);
        fmpq_init(g);
        factor(r, layer, row, u, a, QD_ROLE_R, QD_ROLE_R0);
        factor(g, layer, row, u, a, QD_ROLE_G, QD_ROLE_G0);
        fmpq_mul(r, r, c);
        fmpq_mul(g, g, c);
        affine_part(da, layer, row, u, a, QD_ROLE_R, QD_ROLE_R0, g);
        affine_part(da, layer, row, u, a, QD_ROLE_G, QD_ROLE_G0, r);
        fmpq_clear(r);
        fmpq_clear(g);
    }
    triangle_part(da, layer, row, u, a, c);
    square_part(da, layer, row, u, a, c);
    affine_part(da, layer, row, u, a, QD_ROLE_W, QD_ROLE_B, c);
}

/* The same for a unit of a sparse layer; row: that of the unit, terms before w before b. Returns its end. */
static fmpq *sparse_derivatives(fmpq *da, fmpq *row, const qd_lowered_unit *unit, const fmpq *a, const fmpq_t c)
{
    fmpq_t s;
    fmpq_init(s);
    for (slong k = 0; k < unit->nterms; k++, row++) {
        const qd_term *t = unit->term + k;
        fmpq_mul(s, c, a + t->i);
        fmpq_mul(row, s, a + t->j);
        fmpq_addmul(da + t->j, s, t->c);
        fmpq_mul(s, c, a + t->j);
        fmpq_addmul(da + t->i, s, t->c);
    }
    for (slong k = 0; k < unit->nw; k++, row++) {
        fmpq_mul(row, c, a + unit->at[k]);
        fmpq_addmul(da + unit->at[k], c, unit->w + k);
    }
    fmpq_set(row, c);
    fmpq_clear(s);
    return row + 1;
}

void qd_gradient_row(fmpq *row, qd_gradient_t g, slong output)
{
    const qd_net_struct *net = g->net;
    slong end = g->params;
    fmpq_t c;
    fmpq_init(c);
    for (slong i = 0; i < g->params; i++) fmpq_zero(row + i);
    for (slong i = 0; i < g->outputs; i++) fmpq_set_si(g->delta[net->depth] + i, i == output, 1);
    for (slong l = net->depth - 1; l >= 0; l--) {
        const qd_layer_struct *layer = net->layer + l;
        end -= (slong) qd_layer_nparams(layer);
        for (slong j = 0; j < layer->in; j++) fmpq_zero(g->delta[l] + j);
        fmpq *unit_row = row + end;
        for (slong u = 0; u < layer->out; u++) {
            fmpq_set(c, g->delta[l + 1] + u);
            activate_derivative(c, g->z[l] + u, g->low->layer[l].unit + u);
            if (layer->sparse != NULL) unit_row = sparse_derivatives(g->delta[l], unit_row, layer->sparse + u, g->a[l], c);
            else if (!fmpq_is_zero(c)) unit_derivatives(g->delta[l], layer, row + end, u, g->a[l], c);
        }
    }
    fmpq_clear(c);
}
