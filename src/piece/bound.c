/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds of the number of regions: what is known by name, and the smallest of them. The formulas are in bound_line.c, bound_linear.c and
   bound_degree.c. */
#include "piece/impl.h"

#include <stdlib.h>

/* ---- shapes ------------------------------------------------------------------------------- */

void qd_bound_shape_init(qd_bound_shape_t s)
{
    *s = (qd_bound_shape_struct){0};
}

void qd_bound_shape_clear(qd_bound_shape_t s)
{
    free(s->layer);
    qd_bound_shape_init(s);
}

static void resize(qd_bound_shape_t s, slong depth, slong dim, bool box)
{
    qd_bound_shape_clear(s);
    s->dim = dim;
    s->box = box;
    s->depth = depth;
    s->layer = qd_calloc((size_t) depth + 1, sizeof *s->layer);
}

static qd_bound_layer dense_layer(qd_neuron n, slong in, slong out)
{
    qd_bound_layer b = {.in = in, .out = out, .degree = qd_kind_get(n.kind)->degree, .power = (slong) n.power};
    if (qd_activation_switches(n.act)) b.switching = out;
    if (n.act == QD_RELU) b.relu = out;
    return b;
}

static qd_bound_layer sparse_layer(const qd_layer_struct *layer, slong in)
{
    qd_bound_layer b = {.in = in, .out = layer->out, .degree = 1, .power = 1, .sparse = true};
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->sparse + u;
        if (unit->nterms > 0) b.degree = 2;
        if ((slong) unit->power > b.power) b.power = (slong) unit->power;
        b.switching += qd_activation_switches(unit->act);
        b.relu += unit->act == QD_RELU;
    }
    return b;
}

void qd_bound_shape_set_net(qd_bound_shape_t s, const qd_net_t net, slong dim, bool box)
{
    resize(s, net->depth, dim, box);
    for (slong l = 0; l < net->depth; l++) {
        const qd_layer_struct *layer = net->layer + l;
        slong in = l == 0 ? dim : layer->in;
        s->layer[l] = layer->sparse != NULL ? sparse_layer(layer, in) : dense_layer(layer->neuron, in, layer->out);
    }
}

void qd_bound_shape_set_arch(qd_bound_shape_t s, const qd_arch *arch, slong dim, bool box)
{
    resize(s, (slong) arch->depth, dim, box);
    for (slong l = 0; l < s->depth; l++)
        s->layer[l] = dense_layer(qd_arch_neuron(arch, l), l == 0 ? dim : (slong) arch->width[l], (slong) arch->width[l + 1]);
}

bool qd_piece__conventional(const qd_bound_shape_t s, slong depth)
{
    bool linear = true;
    for (slong l = 0; l < depth; l++) {
        linear = linear && s->layer[l].degree == 1;
        if (s->layer[l].switching > 0 && !linear) return false;
        linear = linear && s->layer[l].power == 1;
    }
    return true;
}

/* ---- names -------------------------------------------------------------------------------- */

typedef struct {
    const char *name, *source, *validity;
    qd_label label;
    bool (*get)(fmpz_t value, const qd_bound_shape_t s);
} bound_info;

static bool pattern_root(fmpz_t value, const qd_bound_shape_t s)
{
    if (s->dim == 1) qd_piece__bound_line(value, s);
    return s->dim == 1;
}

static bool layer_product(fmpz_t value, const qd_bound_shape_t s)
{
    if (s->dim == 1) qd_piece__bound_line_product(value, s);
    return s->dim == 1;
}

static const bound_info bounds[QD_BOUNDS] = {
    [QD_BOUND_PATTERN_ROOT] = {QD_BOUND_LINE_NAME, "proved in piece/bound_line.c", "one dimension, any network", QD_UPPER_BOUND,
                               pattern_root},
    [QD_BOUND_LAYER_PRODUCT] = {QD_BOUND_LINE_PRODUCT_NAME, "proved in piece/bound_line.c", "one dimension, any network", QD_UPPER_BOUND,
                                layer_product},
    [QD_BOUND_ZASLAVSKY] = {"zaslavsky", "Zas75", "conventional, one layer that switches", QD_UPPER_BOUND, qd_piece__bound_zaslavsky},
    [QD_BOUND_HISTOGRAM] = {"histogram", "HG19", "conventional", QD_UPPER_BOUND, qd_piece__bound_histogram},
    [QD_BOUND_SERRA] = {"serra", "STR18", "conventional, relu", QD_UPPER_BOUND, qd_piece__bound_serra},
    [QD_BOUND_MONTUFAR] = {"montufar", "Mon17", "conventional", QD_UPPER_BOUND, qd_piece__bound_montufar},
    [QD_BOUND_RAGHU] = {"raghu", "RPKGS17", "conventional", QD_UPPER_BOUND, qd_piece__bound_raghu},
    [QD_BOUND_SERRA_LOWER] = {"serra-lower", "STR18",
                              "the maximum over the weights of dense conventional relu layers of 3 dim units or more", QD_LOWER_BOUND,
                              qd_piece__bound_serra_lower},
    [QD_BOUND_MONTUFAR_LOWER] = {"montufar-lower", "MPCB14",
                                 "the maximum over the weights of dense conventional relu layers of dim units or more", QD_LOWER_BOUND,
                                 qd_piece__bound_montufar_lower},
    [QD_BOUND_PATTERN_CURVE] = {"pattern-curve", "proved in piece/bound_degree.c", "two dimensions, any network", QD_UPPER_BOUND,
                                qd_piece__bound_curve},
    [QD_BOUND_PATTERN_DEGREE] = {"pattern-degree", "proved in piece/bound_degree.c", "any network", QD_UPPER_BOUND, qd_piece__bound_degree},
};

const char *qd_bound_name(qd_bound bound)
{
    return bounds[bound].name;
}

const char *qd_bound_source(qd_bound bound)
{
    return bounds[bound].source;
}

const char *qd_bound_validity(qd_bound bound)
{
    return bounds[bound].validity;
}

qd_label qd_bound_label(qd_bound bound)
{
    return bounds[bound].label;
}

bool qd_bound_get(fmpz_t value, qd_bound bound, const qd_bound_shape_t s)
{
    return bounds[bound].get(value, s);
}

qd_bound qd_bound_best(fmpz_t value, const qd_bound_shape_t s)
{
    qd_bound best = QD_BOUND_PATTERN_DEGREE;
    fmpz_t v;
    fmpz_init(v);
    qd_bound_get(value, best, s);
    for (int b = QD_BOUND_PATTERN_DEGREE; b-- > 0;) { /* of equal ones the first */
        if (bounds[b].label != QD_UPPER_BOUND || !qd_bound_get(v, (qd_bound) b, s) || fmpz_cmp(v, value) > 0) continue;
        best = (qd_bound) b;
        fmpz_swap(value, v);
    }
    fmpz_clear(v);
    return best;
}

qd_bound qd_bound_best_net(fmpz_t value, const qd_net_t net, slong dim, bool box)
{
    qd_bound_shape_t s;
    qd_bound_shape_init(s);
    qd_bound_shape_set_net(s, net, dim, box);
    qd_bound best = qd_bound_best(value, s);
    qd_bound_shape_clear(s);
    return best;
}

void qd_bound_print(qd_buf_t out, const fmpz_t value, qd_bound bound)
{
    slong bits = (slong) fmpz_bits(value);
    if (fmpz_sizeinbase(value, 10) <= QD_BOUND_DIGITS) {
        char *text = fmpz_get_str(NULL, 10, value);
        qd_buf_puts(out, text);
        flint_free(text);
    } else if (bounds[bound].label == QD_UPPER_BOUND) qd_buf_printf(out, "< 2^%ld", (long) bits);
    else qd_buf_printf(out, "> 2^%ld", (long) (fmpz_val2(value) == (ulong) bits - 1 ? bits - 2 : bits - 1));
}
