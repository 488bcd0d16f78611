/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network that grows unit by unit in any layer, and becomes a qd_net at the end. */
#include "spline/construct.h"

#include <stdlib.h>

void qd_sketch__init(qd_sketch_t u)
{
    fmpq_poly_init(u->r);
    fmpq_poly_init(u->g);
    fmpq_poly_init(u->d);
}

void qd_sketch__clear(qd_sketch_t u)
{
    fmpq_poly_clear(u->r);
    fmpq_poly_clear(u->g);
    fmpq_poly_clear(u->d);
}

void qd_build__init(qd_build_t b, slong depth, slong outputs, const fmpq_t origin, bool shift)
{
    b->depth = depth;
    b->outputs = outputs;
    b->shift = shift;
    fmpq_init(b->origin);
    fmpq_set(b->origin, origin);
    b->layer = qd_calloc((size_t) depth + 1, sizeof *b->layer);
    for (slong j = 1; j <= depth; j++) {
        b->layer[j].power = qd_malloc(sizeof(slong) * (((size_t) 1 << j) + 1));
        for (slong m = 0; m <= WORD(1) << j; m++) b->layer[j].power[m] = -1;
    }
    b->out = qd_malloc(sizeof *b->out * (size_t) outputs);
    for (slong o = 0; o < outputs; o++) fmpq_poly_init(b->out + o);
}

void qd_build__clear(qd_build_t b)
{
    for (slong j = 0; j <= b->depth; j++) {
        for (slong i = 0; i < b->layer[j].n; i++) qd_sketch__clear(b->layer[j].unit + i);
        free(b->layer[j].unit);
        free(b->layer[j].power);
    }
    for (slong o = 0; o < b->outputs; o++) fmpq_poly_clear(b->out + o);
    free(b->layer);
    free(b->out);
    fmpq_clear(b->origin);
}

void qd_build__swap(qd_build_t a, qd_build_t b)
{
    qd_build_struct t = *a;
    *a = *b;
    *b = t;
}

slong qd_build__width(const qd_build_t b)
{
    slong width = 1;
    for (slong j = 1; j <= b->depth; j++) width = FLINT_MAX(width, b->layer[j].n);
    return width;
}

slong qd_build__units(const qd_build_t b)
{
    slong units = 0;
    for (slong j = 1; j <= b->depth; j++) units += FLINT_MAX(b->layer[j].n, 1);
    return units;
}

slong qd_build__add(qd_build_t b, slong j, qd_sketch_t u)
{
    qd_build_layer *layer = b->layer + j;
    if (layer->n == layer->room) {
        layer->room = 2 * layer->room + 8;
        layer->unit = qd_realloc(layer->unit, sizeof *layer->unit * (size_t) layer->room);
    }
    layer->unit[layer->n] = *u;
    qd_sketch__init(u);
    return layer->n++;
}

static void add_to_coefficient(fmpq_poly_t f, slong k, const fmpq_t c)
{
    fmpq_t t;
    fmpq_init(t);
    fmpq_poly_get_coeff_fmpq(t, f, k);
    fmpq_add(t, t, c);
    fmpq_poly_set_coeff_fmpq(f, k, t);
    fmpq_clear(t);
}

void qd_affine__add_unit(fmpq_poly_t f, slong i, const fmpq_t c)
{
    add_to_coefficient(f, i + 1, c);
}

void qd_affine__add_constant(fmpq_poly_t f, const fmpq_t c)
{
    add_to_coefficient(f, 0, c);
}

/* ---- network ------------------------------------------------------------------------------ */

/* Row u of a weight matrix and its bias from an affine function. */
static void put(qd_layer_struct *layer, const char *weights, const char *bias, slong u, const fmpq_poly_t f)
{
    int w = qd_layer_param(layer, weights), c = qd_layer_param(layer, bias);
    fmpq_poly_get_coeff_fmpq(qd_layer_at(layer, c, u, 0), f, 0);
    for (slong i = 0; i + 1 <= fmpq_poly_degree(f); i++) fmpq_poly_get_coeff_fmpq(qd_layer_at(layer, w, u, i), f, i + 1);
}

void qd_build__net(qd_net_t net, const qd_build_t b)
{
    qd_net_t t;
    slong in = 1;
    qd_net_init(t);
    for (slong j = 1; j <= b->depth; j++) {
        const qd_build_layer *from = b->layer + j;
        slong out = FLINT_MAX(from->n, 1);
        qd_layer_struct *layer = qd_net_add_layer(t, qd_neuron_make(QD_QUADRATIC, QD_RELU), in, out);
        for (slong i = 0; i < from->n; i++) {
            put(layer, "wr", "br", i, from->unit[i].r);
            put(layer, "wg", "bg", i, from->unit[i].g);
            put(layer, "wb", "c", i, from->unit[i].d);
        }
        in = out;
    }
    qd_layer_struct *readout = qd_net_add_layer(t, qd_neuron_make(QD_LINEAR, QD_IDENTITY), in, b->outputs);
    for (slong o = 0; o < b->outputs; o++) put(readout, "w", "b", o, b->out + o);
    qd_net_swap(net, t);
    qd_net_clear(t);
}
