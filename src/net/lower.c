/* Lowering: every neuron kind as one polynomial of degree <= 2 in its inputs, kept as a product of two affine forms (where the
   kind has one), a sparse quadratic part and an affine part. On the exact side only what lowers and what differentiates knows
   what a kind means. */
#include "net/net.h"

#include <stdlib.h>
#include <string.h>

void qd_lowered_init(qd_lowered_t low)
{
    memset(low, 0, sizeof *low);
}

static void unit_clear(qd_lowered_unit *unit, slong n)
{
    if (unit->r != NULL) _fmpq_vec_clear(unit->r, n);
    if (unit->g != NULL) _fmpq_vec_clear(unit->g, n);
    if (unit->w != NULL) _fmpq_vec_clear(unit->w, n);
    for (slong t = 0; t < unit->nterms; t++) fmpq_clear(unit->term[t].c);
    free(unit->term);
    fmpq_clear(unit->r0);
    fmpq_clear(unit->g0);
    fmpq_clear(unit->b);
}

void qd_lowered_clear(qd_lowered_t low)
{
    for (slong l = 0; l < low->depth; l++) {
        qd_lowered_layer *layer = low->layer + l;
        for (slong u = 0; u < layer->out; u++) unit_clear(layer->unit + u, layer->in);
        free(layer->unit);
        fmpq_clear(layer->slope);
    }
    free(low->layer);
    qd_lowered_init(low);
}

static fmpq *copy_row(const qd_layer_struct *layer, const char *key, slong u)
{
    fmpq *v = _fmpq_vec_init(layer->in);
    for (slong j = 0; j < layer->in; j++) fmpq_set(v + j, qd_layer_at(layer, qd_layer_param(layer, key), u, j));
    return v;
}

static void add_term(qd_lowered_unit *unit, slong i, slong j, const fmpq_t c)
{
    if (fmpq_is_zero(c)) return;
    unit->term = qd_realloc(unit->term, sizeof *unit->term * (size_t) (unit->nterms + 1));
    qd_term *t = unit->term + unit->nterms++;
    t->i = i;
    t->j = j;
    fmpq_init(t->c);
    fmpq_set(t->c, c);
}

static void add_squares(qd_lowered_unit *unit, const qd_layer_struct *layer, const char *key, slong u)
{
    for (slong j = 0; j < layer->in; j++) add_term(unit, j, j, qd_layer_at(layer, qd_layer_param(layer, key), u, j));
}

static void set_scalar(fmpq_t x, const qd_layer_struct *layer, const char *key, slong u)
{
    fmpq_set(x, qd_layer_at(layer, qd_layer_param(layer, key), u, 0));
}

static void lower_unit(qd_lowered_unit *unit, const qd_layer_struct *layer, slong u)
{
    memset(unit, 0, sizeof *unit);
    fmpq_init(unit->r0);
    fmpq_init(unit->g0);
    fmpq_init(unit->b);
    switch (layer->kind) {
    case QD_QUADRATIC:
        add_squares(unit, layer, "wb", u);
        set_scalar(unit->b, layer, "c", u);
        /* fall through */
    case QD_PRODUCT:
        unit->r = copy_row(layer, "wr", u);
        unit->g = copy_row(layer, "wg", u);
        set_scalar(unit->r0, layer, "br", u);
        set_scalar(unit->g0, layer, "bg", u);
        return;
    case QD_PRODUCT_LINEAR:
        unit->r = copy_row(layer, "wr", u);
        unit->g = copy_row(layer, "wg", u);
        break;
    case QD_COMPACT:
        add_squares(unit, layer, "wb", u);
        break;
    case QD_FULL:
        for (slong i = 0, k = 0; i < layer->in; i++)
            for (slong j = i; j < layer->in; j++, k++) add_term(unit, i, j, qd_layer_at(layer, qd_layer_param(layer, "a"), u, k));
        break;
    case QD_POWER:
        add_squares(unit, layer, "w", u);
        set_scalar(unit->b, layer, "b", u);
        return;
    case QD_LINEAR:
    case QD_KINDS:
        break;
    }
    unit->w = copy_row(layer, "w", u);
    set_scalar(unit->b, layer, "b", u);
}

void qd_net_lower(qd_lowered_t low, const qd_net_t net)
{
    qd_lowered_clear(low);
    low->input_dim = net->input_dim;
    low->depth = net->depth;
    low->layer = qd_calloc((size_t) net->depth, sizeof *low->layer);
    for (slong l = 0; l < net->depth; l++) {
        const qd_layer_struct *from = net->layer + l;
        qd_lowered_layer *to = low->layer + l;
        to->in = from->in;
        to->out = from->out;
        to->degree = qd_kind_get(from->kind)->degree;
        to->act = from->act;
        to->power = from->power;
        fmpq_init(to->slope);
        fmpq_set(to->slope, from->slope);
        to->unit = qd_calloc((size_t) to->out, sizeof *to->unit);
        for (slong u = 0; u < to->out; u++) lower_unit(to->unit + u, from, u);
    }
}

static slong quadratic_index(slong n, slong i, slong j)
{
    return 1 + n + i * n - i * (i - 1) / 2 + (j - i);
}

void qd_lowered_expand(fmpq *c, const qd_lowered_unit *unit, slong n)
{
    for (slong k = 0; k < 1 + n + n * (n + 1) / 2; k++) fmpq_zero(c + k);
    fmpq_set(c, unit->b);
    if (unit->w != NULL)
        for (slong j = 0; j < n; j++) fmpq_set(c + 1 + j, unit->w + j);
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

static void affine(fmpq_t z, const fmpq *w, const fmpq_t b, const fmpq *a, slong n)
{
    fmpq_set(z, b);
    for (slong j = 0; j < n; j++) fmpq_addmul(z, w + j, a + j);
}

void qd_lowered_eval(fmpq_t z, const qd_lowered_unit *unit, const fmpq *a, slong n)
{
    fmpq_t s, t;
    fmpq_init(s);
    fmpq_init(t);
    if (unit->w != NULL) affine(s, unit->w, unit->b, a, n);
    else fmpq_set(s, unit->b);
    for (slong k = 0; k < unit->nterms; k++) {
        fmpq_mul(t, a + unit->term[k].i, a + unit->term[k].j);
        fmpq_addmul(s, t, unit->term[k].c);
    }
    if (unit->r != NULL) {
        fmpq_t g;
        fmpq_init(g);
        affine(t, unit->r, unit->r0, a, n);
        affine(g, unit->g, unit->g0, a, n);
        fmpq_addmul(s, t, g);
        fmpq_clear(g);
    }
    fmpq_swap(z, s);
    fmpq_clear(s);
    fmpq_clear(t);
}
