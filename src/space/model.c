/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network in the coordinates of the chart, its layers in doubles, and the cuts that make cells without lines of the whole space. */
#include "space/impl.h"

#include <flint/fmpq_mat.h>
#include <flint/nmod_mat.h>
#include <stdlib.h>
#include <string.h>

/* ---- layers in doubles ---------------------------------------------------------------------- */

static void set_layer(qd_space_layer *y, const qd_restriction *m, slong l)
{
    const qd_lowered_layer *layer = m->low->layer + l;
    y->in = layer->in;
    y->out = layer->out;
    y->stride = (layer->out + 7) / 8 * 8;
    y->w = qd_calloc((size_t) (y->in * y->stride), sizeof *y->w);
    y->b = qd_calloc((size_t) y->stride, sizeof *y->b);
    y->off = qd_calloc((size_t) y->out, sizeof *y->off);
    for (slong u = 0; u < y->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        const qd_unit_double *d = m->unit_double[l] + u;
        for (slong k = 0; k < unit->nw; k++) y->w[(unit->at != NULL ? unit->at[k] : k) * y->stride + u] = d->w[k];
        y->b[u] = d->b;
        y->off[u] = d->off;
    }
}

/* ---- coordinates ------------------------------------------------------------------------------ */

/* Columns that are independent modulo a prime, hence independent; their number is the rank if it is the number of rows or columns. -1: the prime
   divides a denominator. */
static slong independent_mod(slong *column, const fmpq_mat_t m)
{
    const ulong p = n_nextprime(UWORD(1) << 60, 0);
    nmod_mat_t a;
    bool ok = true;
    nmod_mat_init(a, fmpq_mat_nrows(m), fmpq_mat_ncols(m), p);
    for (slong i = 0; i < fmpq_mat_nrows(m); i++)
        for (slong k = 0; k < fmpq_mat_ncols(m); k++) {
            const fmpq *x = fmpq_mat_entry(m, i, k);
            ulong d = fmpz_fdiv_ui(fmpq_denref(x), p);
            ok = ok && d != 0;
            if (ok) nmod_mat_entry(a, i, k) = nmod_div(fmpz_fdiv_ui(fmpq_numref(x), p), d, a->mod);
        }
    slong rank = ok ? nmod_mat_rref(a) : -1;
    for (slong i = 0, k = 0; i < rank; i++) {
        while (nmod_mat_entry(a, i, k) == 0) k++;
        column[i] = k;
    }
    nmod_mat_clear(a);
    return rank;
}

/* As many independent columns of the matrix as there are; it is changed. */
static slong independent_columns(slong *column, fmpq_mat_t m)
{
    slong most = FLINT_MIN(fmpq_mat_nrows(m), fmpq_mat_ncols(m));
    if (independent_mod(column, m) == most) return most;
    slong rank = fmpq_mat_rref(m, m);
    for (slong i = 0, k = 0; i < rank; i++) {
        while (fmpq_is_zero(fmpq_mat_entry(m, i, k))) k++;
        column[i] = k;
    }
    return rank;
}

/* Gradients of the units of the first layer by t: row u. */
static void gradients(fmpq_mat_t g, const qd_lowered_layer *layer, const qd_domain *d, slong inputs)
{
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        for (slong k = 0; k < fmpq_mat_ncols(g); k++)
            for (slong i = 0; i < unit->nw; i++) {
                slong j = unit->at != NULL ? unit->at[i] : i;
                if (d->dim > 0) fmpq_addmul(fmpq_mat_entry(g, u, k), unit->w + i, d->step + k * inputs + j);
                else if (j == k) fmpq_add(fmpq_mat_entry(g, u, k), fmpq_mat_entry(g, u, k), unit->w + i);
            }
    }
}

static void find_coordinates(qd_space_model *p, const qd_net_t net, const qd_domain *d)
{
    qd_lowered_t low;
    fmpq_mat_t g;
    p->at = qd_calloc((size_t) p->full, sizeof *p->at);
    p->dim = p->full;
    for (slong k = 0; k < p->full; k++) p->at[k] = k;
    if (!p->whole) return;
    qd_lowered_init(low);
    qd_net_lower(low, net);
    fmpq_mat_init(g, low->layer[0].out, p->full);
    gradients(g, low->layer, d, net->input_dim);
    p->dim = independent_columns(p->at, g);
    if (p->dim == 0) p->dim = 1; /* all pre-activations of the first layer are constant: one coordinate as good as another */
    fmpq_mat_clear(g);
    qd_lowered_clear(low);
}

/* base and step of the chart. */
static void set_chart(fmpq *base, fmpq *step, const qd_space_model *p, const qd_domain *d, slong inputs)
{
    fmpq *t = _fmpq_vec_init(p->full);
    for (slong k = 0; k < p->dim; k++) fmpq_set(t + p->at[k], p->centre + k);
    qd_domain_point(base, d, inputs, t);
    for (slong k = 0; k < p->dim; k++) {
        if (d->dim == 0) fmpq_set(step + k * inputs + p->at[k], p->scale + k);
        for (slong i = 0; d->dim > 0 && i < inputs; i++) fmpq_mul(step + k * inputs + i, p->scale + k, d->step + p->at[k] * inputs + i);
    }
    _fmpq_vec_clear(t, p->full);
}

static void find_cuts(qd_space_model *p)
{
    const qd_restriction *m = &p->m;
    const qd_lowered_layer *layer = m->low->layer;
    const qd_domain chart = {.dim = p->dim, .base = m->base, .step = m->step};
    slong n = layer->nswitching, *column = qd_calloc((size_t) (n + p->dim), sizeof *column);
    fmpq_mat_t g, t;
    fmpq_mat_init(g, layer->out, p->dim);
    fmpq_mat_init(t, p->dim, n + p->dim);
    gradients(g, layer, &chart, m->low->input_dim);
    for (slong k = 0; k < p->dim; k++) {
        for (slong i = 0; i < n; i++) fmpq_set(fmpq_mat_entry(t, k, i), fmpq_mat_entry(g, m->switching[0][i], k));
        fmpq_set_si(fmpq_mat_entry(t, k, n + k), 1, 1);
    }
    p->ncuts = independent_columns(column, t);
    for (slong i = 0; i < p->ncuts; i++)
        p->cut[i] = column[i] < n ? (qd_space_cut){m->switching[0][column[i]], -1} : (qd_space_cut){-1, column[i] - n};
    fmpq_mat_clear(g);
    fmpq_mat_clear(t);
    free(column);
}

void qd_space__model_init(qd_space_model *p, const qd_net_t net, const qd_domain *d, uint64_t seed)
{
    slong inputs = net->input_dim;
    memset(p, 0, sizeof *p);
    p->whole = d->lo == NULL;
    p->full = qd_domain_dim(d, inputs);
    find_coordinates(p, net, d);
    p->centre = _fmpq_vec_init(p->dim);
    p->scale = _fmpq_vec_init(p->dim);
    for (slong k = 0; k < p->dim; k++) {
        fmpq_set_si(p->scale + k, 1, 1);
        if (p->whole) continue;
        fmpq_add(p->centre + k, d->lo + k, d->hi + k);
        fmpq_div_2exp(p->centre + k, p->centre + k, 1);
        fmpq_sub(p->scale + k, d->hi + k, p->centre + k);
    }
    fmpq *base = _fmpq_vec_init(inputs), *step = _fmpq_vec_init(p->dim * inputs);
    set_chart(base, step, p, d, inputs);
    qd_restriction_init(&p->m, net, &(qd_domain){.dim = p->dim, .base = base, .step = step}, seed);
    _fmpq_vec_clear(base, inputs);
    _fmpq_vec_clear(step, p->dim * inputs);
    p->layers = p->m.low->depth;
    while (p->layers > 0 && p->m.low->layer[p->layers - 1].nswitching == 0) p->layers--;
    p->layer = qd_calloc((size_t) p->layers + 1, sizeof *p->layer);
    for (slong l = 0; l < p->layers; l++) set_layer(p->layer + l, &p->m, l);
    if (p->whole && p->dim <= QD_SPACE_MAX) find_cuts(p);
}

void qd_space__model_clear(qd_space_model *p)
{
    for (slong l = 0; l < p->layers; l++) {
        free(p->layer[l].w);
        free(p->layer[l].b);
        free(p->layer[l].off);
    }
    free(p->layer);
    qd_restriction_clear(&p->m);
    _fmpq_vec_clear(p->centre, p->dim);
    _fmpq_vec_clear(p->scale, p->dim);
    free(p->at);
}

void qd_space__point(fmpq *t, const qd_space_model *p, const fmpq *s)
{
    for (slong k = 0; k < p->full; k++) fmpq_zero(t + k);
    for (slong k = 0; k < p->dim; k++) {
        fmpq_mul(t + p->at[k], p->scale + k, s + k);
        fmpq_add(t + p->at[k], t + p->at[k], p->centre + k);
    }
}
