/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units of a graph as one layer: of the kind that they all are, where there is one and it stores few zeros, else sparse. What a unit is shows
   in the parts of its form: an affine part, squares, one product of affine forms. */
#include "net/impl.h"

#include <stdlib.h>

/* Terms of one layer, after products are multiplied out. */
#define MAX_TERMS (1L << 25)

/* What all units of the layer have in common. */
typedef struct {
    bool alike;                                         /* activation, power, slope */
    bool no_linear, no_terms, diagonal;                 /* beside products; only a_i a_i */
    bool no_constant, one_product, no_product, squares; /* squares: each is (w.a + b)^2 */
    double entries;                                     /* stored in a sparse layer, products multiplied out */
    double dense_entries;                               /* of affine forms, those of products too */
} traits;

static bool same_activation(const qd_net__graph_unit *a, const qd_net__graph_unit *b)
{
    if (a->act != b->act || a->power != b->power) return false;
    return a->act != QD_LEAKY_RELU || fmpq_equal(a->slope, b->slope);
}

static bool is_square(const qd_onnx_form *z)
{
    return z->n == 0 && z->nterms == 0 && fmpq_is_zero(z->c) && z->nproducts == 1 && fmpq_is_one(z->product->c) &&
           z->product->a == z->product->b;
}

static void look_at(traits *t, const qd_net__graph_unit *u)
{
    const qd_onnx_form *z = u->z;
    if (z == NULL) {
        t->no_linear = t->squares = false;
        t->entries += 1;
        t->dense_entries += 1;
        return;
    }
    t->no_linear = t->no_linear && z->n == 0;
    t->no_terms = t->no_terms && z->nterms == 0;
    for (slong k = 0; k < z->nterms; k++) t->diagonal = t->diagonal && z->term[k].i == z->term[k].j;
    t->no_constant = t->no_constant && fmpq_is_zero(z->c);
    t->one_product = t->one_product && z->nproducts <= 1;
    t->no_product = t->no_product && z->nproducts == 0;
    t->squares = t->squares && is_square(z);
    t->entries += (double) z->n + (double) z->nterms;
    t->dense_entries += (double) z->n + (double) z->nterms;
    for (slong k = 0; k < z->nproducts; k++) {
        double a = (double) z->product[k].a->n, b = (double) z->product[k].b->n;
        t->entries += a * b / (z->product[k].a == z->product[k].b ? 2 : 1);
        t->dense_entries += a + b;
    }
}

/* The kind that all units have; false: none. A square is a linear neuron with that activation. */
static bool find_neuron(qd_neuron *neuron, const traits *t, const qd_net__graph_unit *u)
{
    if (!t->alike || !t->one_product) return false;
    *neuron = qd_neuron_make(QD_LINEAR, u->act);
    neuron->power = u->power;
    if (t->squares && u->act == QD_IDENTITY) {
        neuron->act = QD_SQUARE;
        neuron->power = qd_activation_get(QD_SQUARE)->power;
    } else if (t->no_product) {
        if (!t->diagonal) neuron->kind = QD_FULL;
        else if (!t->no_terms) neuron->kind = t->no_linear ? QD_POWER : QD_COMPACT;
    } else if (t->no_linear && t->diagonal) neuron->kind = t->no_terms && t->no_constant ? QD_PRODUCT : QD_QUADRATIC;
    else if (t->no_terms) neuron->kind = QD_PRODUCT_LINEAR;
    else return false;
    return true;
}

/* ---- dense ---------------------------------------------------------------------------------- */

/* The parameter with that role for unit u; NULL: the kind has none. */
static fmpq *row(qd_layer_struct *layer, qd_role role, slong u)
{
    int k = qd_kind_find(layer->neuron.kind, role);
    return k < 0 ? NULL : qd_layer_at(layer, k, u, 0);
}

/* A term's number in the upper triangle, row by row, of the products of n inputs. */
static slong triangle_place(slong i, slong j, slong n)
{
    slong first = i < j ? i : j, second = i < j ? j : i;
    return first * n - first * (first - 1) / 2 + second - first;
}

/* v += c w over the places of f's variables */
static void add_row(fmpq *v, const qd_onnx_form *f, const fmpq_t c, const slong *place)
{
    for (slong k = 0; k < f->n; k++) fmpq_addmul(v + place[f->at[k]], c, f->w + k);
}

static void set_product(qd_layer_struct *layer, slong u, const qd_onnx_product *p, const slong *place)
{
    fmpq *r = row(layer, QD_ROLE_R, u), *g = row(layer, QD_ROLE_G, u), *w = row(layer, QD_ROLE_W, u);
    fmpq_t c, one;
    fmpq_init(c);
    fmpq_init(one);
    fmpq_one(one);
    add_row(r, p->a, p->c, place);
    add_row(g, p->b, one, place);
    if (w == NULL) { /* the constants have places of their own */
        fmpq_mul(row(layer, QD_ROLE_R0, u), p->c, p->a->c);
        fmpq_set(row(layer, QD_ROLE_G0, u), p->b->c);
    } else {
        fmpq_mul(c, p->c, p->a->c);
        add_row(w, p->b, c, place);
        fmpq_addmul(row(layer, QD_ROLE_B, u), c, p->b->c);
        fmpq_mul(c, p->c, p->b->c);
        add_row(w, p->a, c, place);
    }
    fmpq_clear(c);
    fmpq_clear(one);
}

static void set_dense(qd_layer_struct *layer, slong u, const qd_net__graph_unit *unit, const slong *place)
{
    const qd_onnx_form *z = layer->neuron.act == QD_SQUARE ? unit->z->product->a : unit->z;
    fmpq *w = row(layer, QD_ROLE_W, u), *s = row(layer, QD_ROLE_S, u), *t = row(layer, QD_ROLE_T, u), *b = row(layer, QD_ROLE_B, u);
    if (z == NULL) {
        fmpq_one(w + unit->carry);
        return;
    }
    for (slong k = 0; k < z->n; k++) fmpq_set(w + place[z->at[k]], z->w + k);
    for (slong k = 0; k < z->nterms; k++) {
        slong i = place[z->term[k].i], j = place[z->term[k].j];
        fmpq_set(t != NULL ? t + triangle_place(i, j, layer->in) : s + i, z->term[k].c);
    }
    if (b != NULL) fmpq_set(b, z->c);
    if (z->nproducts > 0) set_product(layer, u, z->product, place);
}

/* ---- sparse --------------------------------------------------------------------------------- */

typedef struct {
    slong i, j;
    const fmpq *c;
} entry;

static int by_place(const void *x, const void *y)
{
    const entry *a = x, *b = y;
    if (a->i != b->i) return a->i < b->i ? -1 : 1;
    return (a->j > b->j) - (a->j < b->j);
}

static void set_sparse(qd_lowered_unit *to, const qd_net__graph_unit *unit, const slong *place)
{
    to->act = unit->act;
    to->power = unit->power;
    if (unit->act == QD_LEAKY_RELU) fmpq_set(to->slope, unit->slope);
    if (unit->z == NULL) {
        qd_lowered_unit_resize(to, 1, 0);
        to->at[0] = unit->carry;
        fmpq_one(to->w);
        return;
    }
    qd_onnx_form *z = qd_onnx_form_expanded(unit->z);
    entry *e = qd_malloc(sizeof *e * (size_t) (z->n + z->nterms + 1));
    qd_lowered_unit_resize(to, z->n, z->nterms);
    fmpq_set(to->b, z->c);
    for (slong k = 0; k < z->n; k++) e[k] = (entry){place[z->at[k]], 0, z->w + k};
    qsort(e, (size_t) z->n, sizeof *e, by_place);
    for (slong k = 0; k < z->n; k++) {
        to->at[k] = e[k].i;
        fmpq_set(to->w + k, e[k].c);
    }
    for (slong k = 0; k < z->nterms; k++) {
        slong i = place[z->term[k].i], j = place[z->term[k].j];
        e[k] = (entry){i < j ? i : j, i < j ? j : i, z->term[k].c};
    }
    qsort(e, (size_t) z->nterms, sizeof *e, by_place);
    for (slong k = 0; k < z->nterms; k++) {
        to->term[k].i = e[k].i;
        to->term[k].j = e[k].j;
        fmpq_set(to->term[k].c, e[k].c);
    }
    free(e);
    qd_onnx_form_unref(z);
}

qd_status qd_net__add_units(qd_net_t net, const qd_net__graph_unit *unit, slong n, slong in, const slong *place, qd_ctx_t ctx)
{
    traits t = {true, true, true, true, true, true, true, true, 0, 0};
    qd_neuron neuron;
    for (slong k = 0; k < n; k++) {
        t.alike = t.alike && same_activation(unit + k, unit);
        look_at(&t, unit + k);
    }
    /* small layers, and those with a third of their entries or more, are worth their zeros */
    bool dense = find_neuron(&neuron, &t, unit);
    if (dense) {
        double all = (double) n * (double) in * (neuron.kind == QD_FULL ? ((double) in + 3) / 2 : 1);
        dense = all <= 256 || 3 * t.dense_entries >= all;
    }
    if (dense) {
        qd_layer_struct *layer = qd_net_add_layer(net, neuron, in, n);
        if (neuron.act == QD_LEAKY_RELU) fmpq_set(layer->slope, unit->slope);
        for (slong k = 0; k < n; k++) set_dense(layer, k, unit + k, place);
        return QD_OK;
    }
    if (t.entries > (double) MAX_TERMS)
        return qd_fail(
            ctx, QD_EINPUT,
            "layer %ld is no layer of one neuron kind, and multiplied out its products have %.0f terms, more than %ld; use one of the "
            "kinds of 'quadric convert --help' for it",
            (long) net->depth + 1, t.entries, MAX_TERMS);
    qd_layer_struct *layer = qd_net_add_sparse(net, in, n);
    for (slong k = 0; k < n; k++) set_sparse(layer->sparse + k, unit + k, place);
    return QD_OK;
}
