/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which coordinates meet: union by units, from the first layer that is not affine to the last one that is not. Of the first layer the exact
   polynomials in the coordinates count, of later ones the entries that are not 0, which joins too much at worst. */
#include <stdlib.h>
#include <string.h>

#include "engine/impl.h"

void qd_blocks_init(qd_blocks_t b)
{
    memset(b, 0, sizeof *b);
}

void qd_blocks_clear(qd_blocks_t b)
{
    for (slong l = b->first; l < b->end; l++) free(b->unit[l - b->first]);
    free(b->unit);
    free(b->block);
}

/* Exact rational products that the polynomials of the first layer may take; else all is joined. */
#define MOST_PRODUCTS 1e8

typedef struct {
    slong *parent; /* (k) */
    slong k, n;    /* coordinates, blocks */
} joins;

static slong find(const joins *j, slong i)
{
    while (j->parent[i] != i) i = j->parent[i] = j->parent[j->parent[i]];
    return i;
}

/* Joins two; -1 is nobody. Returns whom they belong to. */
static slong join(joins *j, slong a, slong b)
{
    if (a < 0 || b < 0) return a < 0 ? b : a;
    a = find(j, a);
    b = find(j, b);
    if (a != b) j->n--;
    j->parent[a > b ? a : b] = a < b ? a : b;
    return a < b ? a : b;
}

/* A coordinate of the unit of the first layer, -1: it is constant. */
static slong first_unit(joins *j, const qd_engine__affine *a, const qd_lowered_unit *unit, fmpq *v)
{
    slong mine = -1;
    qd_engine__polynomial p;
    qd_engine__polynomial_init(&p, a, unit);
    for (slong i = p.quadratic ? 0 : j->k; i <= j->k && j->n > 1; i++) {
        qd_engine__polynomial_row(v, &p, i);
        for (slong c = 0; c < j->k; c++)
            if (!fmpq_is_zero(v + c)) mine = join(j, mine, c);
    }
    qd_engine__polynomial_clear(&p);
    return mine;
}

static slong later_unit(joins *j, const qd_lowered_unit *unit, const slong *below, slong in)
{
    slong mine = -1;
    for (slong i = 0; i < unit->nw; i++)
        if (!fmpq_is_zero(unit->w + i)) mine = join(j, mine, below[unit->at != NULL ? unit->at[i] : i]);
    for (slong i = 0; i < unit->nterms; i++) {
        mine = join(j, mine, below[unit->term[i].i]);
        mine = join(j, mine, below[unit->term[i].j]);
    }
    for (slong i = 0; i < in && unit->r != NULL; i++)
        if (!fmpq_is_zero(unit->r + i) || !fmpq_is_zero(unit->g + i)) mine = join(j, mine, below[i]);
    return mine;
}

static const slong *mine_below(const qd_blocks_t b, slong l)
{
    return b->unit[l - 1 - b->first];
}

/* b->unit becomes a coordinate of each unit. */
static void join_layers(joins *j, qd_blocks_t b, const qd_lowered_t low, const qd_engine__affine *a)
{
    fmpq *v = _fmpq_vec_init(j->k);
    for (slong l = b->first; l < b->end && j->n > 1; l++) {
        const qd_lowered_layer *layer = low->layer + l;
        slong *mine = b->unit[l - b->first];
        for (slong u = 0; u < layer->out; u++)
            mine[u] = l == b->first ? first_unit(j, a, layer->unit + u, v) : later_unit(j, layer->unit + u, mine_below(b, l), layer->in);
    }
    _fmpq_vec_clear(v, j->k);
}

static bool too_much(const qd_lowered_t low, const qd_engine__affine *a)
{
    double width = (double) a->width;
    return !a->plain && low->layer[a->l].degree > 1 && width * width * (double) a->k * (double) low->layer[a->l].out > MOST_PRODUCTS;
}

static bool ends(const qd_lowered_layer *layer, bool sum)
{
    return sum ? qd_engine__is_affine(layer) : layer->nswitching == 0;
}

static void set_layers(qd_blocks_t b, const qd_lowered_t low, const qd_engine__affine *a, bool sum)
{
    b->sum = sum;
    b->first = b->end = a->l;
    for (slong l = a->l; l < low->depth; l++)
        if (!ends(low->layer + l, sum)) b->end = l + 1;
    b->unit = qd_calloc((size_t) (b->end - b->first + 1), sizeof *b->unit);
    for (slong l = b->first; l < b->end; l++) b->unit[l - b->first] = qd_calloc((size_t) low->layer[l].out, sizeof **b->unit);
}

/* Coordinates become blocks, numbered from the first coordinate on. */
static void number(qd_blocks_t b, const joins *j, const qd_lowered_t low)
{
    for (slong i = 0; i < b->k; i++) b->block[i] = find(j, i) == i ? b->n++ : b->block[find(j, i)];
    for (slong l = b->first; l < b->end; l++)
        for (slong u = 0; u < low->layer[l].out; u++) {
            slong *mine = b->unit[l - b->first] + u;
            if (*mine >= 0) *mine = b->block[*mine];
        }
}

static void find_blocks(qd_blocks_t b, const qd_lowered_t low, const qd_engine__affine *a, bool sum)
{
    joins j = {qd_malloc(sizeof(slong) * (size_t) a->k), a->k, a->k};
    qd_blocks_clear(b);
    b->k = a->k;
    b->n = 0;
    b->block = qd_calloc((size_t) b->k, sizeof *b->block);
    set_layers(b, low, a, sum);
    for (slong i = 0; i < b->k; i++) j.parent[i] = i;
    if (too_much(low, a)) j.n = 1;
    else join_layers(&j, b, low, a);
    if (j.n > 1) number(b, &j, low);
    else b->n = 1;
    free(j.parent);
}

void qd_blocks_find(qd_blocks_t b, const qd_lowered_t low, const qd_box_t box)
{
    qd_engine__affine a;
    qd_engine__affine_init(&a, low, box);
    find_blocks(b, low, &a, true);
    if (b->n == 1) find_blocks(b, low, &a, false);
    qd_engine__affine_clear(&a);
}
