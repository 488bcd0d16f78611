/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets: made on demand and kept in a table. */
#include "plane/impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- curves ------------------------------------------------------------------------------------ */

/* Room for n curves in all; those in the arena before it are left there. */
static void curves_reserve(qd_plane_worker *w, qd_plane_sheet *s, slong n)
{
    qd_plane_curve *c = qd_arena_take(&w->arena, sizeof *c * (size_t) n);
    if (s->ncurves > 0) memcpy(c, s->curve, sizeof *c * (size_t) s->ncurves);
    s->curve = c;
    s->curves_room = n;
}

slong qd_plane__curve_add(qd_plane_worker *w, qd_plane_sheet *s, int block, slong column)
{
    if (s->ncurves == s->curves_room) curves_reserve(w, s, 2 * s->curves_room + 1);
    s->curve[s->ncurves] = (qd_plane_curve){.block = block, .column = column, .pencil = -1, .factor = -1};
    return s->ncurves++;
}

int qd_plane__block_add(qd_plane_worker *w, qd_plane_sheet *s, qd_plane_block b)
{
    qd_plane_block *all = qd_arena_take(&w->arena, sizeof *all * (size_t) (s->nblocks + 1));
    if (s->nblocks > 0) memcpy(all, s->block, sizeof *all * (size_t) s->nblocks);
    s->block = all;
    s->block[s->nblocks] = b;
    return s->nblocks++;
}

void qd_plane__unit_curves(qd_plane_worker *w, qd_plane_unit *u, slong n)
{
    u->ncurves = n;
    u->curve = qd_arena_take(&w->arena, sizeof *u->curve * (size_t) (n + 1));
}

static qd_plane_block block_copy(qd_plane_worker *w, const qd_plane_block *b)
{
    qd_plane_block c = qd_plane__block_new(&w->arena, b->degree, b->n);
    memcpy(c.c, b->c, sizeof *c.c * (size_t) ((qd_plane__terms(b->degree) + 2) * b->stride));
    return c;
}

/* One curve a unit, its pre-activation; two where that is a product of affine functions of the inputs and nothing else. */
static void first_curves(qd_plane_worker *w, qd_plane_sheet *s, const qd_plane_block *r, const qd_plane_block *g)
{
    const qd_plane_layer *layer = w->model->layer + s->layer;
    int factor[2] = {-1, -1};
    slong n = 0;
    for (slong u = 0; u < layer->out; u++)
        if (qd_restriction_switches(&w->model->m, s->layer, u)) n += layer->only_product[u] ? 2 : 1;
    curves_reserve(w, s, n);
    qd_plane__block_add(w, s, s->z);
    for (slong u = 0; u < layer->out; u++) {
        qd_plane_unit *unit = s->unit + u;
        if (!qd_restriction_switches(&w->model->m, s->layer, u)) continue;
        if (!layer->only_product[u]) {
            qd_plane__unit_curves(w, unit, 1);
            unit->curve[0] = qd_plane__curve_add(w, s, 0, u);
            continue;
        }
        if (factor[0] < 0) {
            factor[0] = qd_plane__block_add(w, s, block_copy(w, r));
            factor[1] = qd_plane__block_add(w, s, block_copy(w, g));
        }
        qd_plane__unit_curves(w, unit, 2);
        for (int k = 0; k < 2; k++) unit->curve[k] = qd_plane__curve_add(w, s, factor[k], u);
    }
}

/* ---- sheets ------------------------------------------------------------------------------------- */

/* Which inputs are not constant, as units of the layer below: -1 none, -2 more than one, else the only one. */
static slong only_active(const qd_plane_sheet *s, const qd_plane_inputs *in)
{
    slong found = -1;
    for (slong j = 0; j < in->n; j++) {
        if (!in->on[j] || s->z.degree == 0) continue;
        if (found >= 0) return -2;
        found = j;
    }
    return found;
}

static void set_active(qd_plane_sheet *s, const qd_plane_inputs *in)
{
    s->active = -1;
    if (s->below == NULL) return;
    s->active_sheet = s->below->active_sheet;
    s->active = s->below->active;
    if (s->active_sheet != NULL) return;
    slong j = only_active(s->below, in);
    if (j < 0) return;
    s->active_sheet = s->below;
    s->active = j;
}

static qd_plane_sheet *sheet_make(qd_plane_worker *w, qd_plane_sheet *below, slong layer, const qd_word *pattern, const char *bit)
{
    const qd_restriction *m = &w->model->m;
    qd_plane_sheet *s = qd_arena_take(&w->arena, sizeof *s);
    qd_arena scratch;
    qd_plane_inputs in;
    qd_plane_block r, g;
    memset(s, 0, sizeof *s);
    s->below = below;
    s->layer = layer;
    s->switches = m->low->layer[layer].nswitching > 0;
    s->pattern = qd_arena_take(&w->arena, sizeof(qd_word) * (size_t) m->nwords);
    memcpy(s->pattern, pattern, sizeof(qd_word) * (size_t) m->nwords);
    slong n = m->low->layer[layer].out;
    s->unit = qd_arena_take(&w->arena, sizeof *s->unit * (size_t) n);
    memset(s->unit, 0, sizeof *s->unit * (size_t) n);
    for (slong u = 0; u < n; u++) {
        s->unit[u].sign = 1;
        s->unit[u].nfactors = -1;
    }
    qd_arena_init(&scratch);
    qd_plane__inputs(&in, w, below, bit, &scratch);
    set_active(s, &in);
    qd_plane__preactivations(&s->z, &r, &g, w, &in, layer, &scratch);
    if (s->switches) first_curves(w, s, &r, &g);
    qd_arena_clear(&scratch);
    w->nsheets++;
    return s;
}

qd_plane_sheet *qd_plane__sheet_first(qd_plane_worker *w)
{
    if (w->root == NULL) {
        qd_word *zero = qd_arena_take(&w->arena, sizeof *zero * (size_t) w->model->m.nwords);
        memset(zero, 0, sizeof *zero * (size_t) w->model->m.nwords);
        w->root = sheet_make(w, NULL, 0, zero, NULL);
    }
    return w->root;
}

static uint64_t hash(const qd_word *pattern, slong nwords, slong layer)
{
    uint64_t h = (uint64_t) layer * UINT64_C(0x9e3779b97f4a7c15);
    for (slong i = 0; i < nwords; i++) {
        h = (h ^ pattern[i]) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    return h;
}

static void table_grow(qd_plane_worker *w)
{
    slong size = w->table_size == 0 ? 256 : 4 * w->table_size;
    qd_plane_sheet **table = qd_calloc((size_t) size, sizeof *table);
    for (slong i = 0; i < w->table_size; i++)
        for (qd_plane_sheet *s = w->table[i], *next; s != NULL; s = next) {
            qd_plane_sheet **at = table + (hash(s->pattern, w->model->m.nwords, s->layer) & (uint64_t) (size - 1));
            next = s->next;
            s->next = *at;
            *at = s;
        }
    free(w->table);
    w->table = table;
    w->table_size = size;
}

void qd_plane__pattern_above(qd_word *pattern, const qd_plane_worker *w, const qd_plane_sheet *s, const char *bit)
{
    const qd_restriction *m = &w->model->m;
    memcpy(pattern, s->pattern, sizeof *pattern * (size_t) m->nwords);
    for (slong u = 0; s->switches && u < m->low->layer[s->layer].out; u++)
        if (bit[u] && m->bit[s->layer][u] >= 0) qd_pattern_flip(pattern, m->bit[s->layer][u]);
}

qd_plane_sheet *qd_plane__sheet_above(qd_plane_worker *w, qd_plane_sheet *s, const char *bit)
{
    const qd_restriction *m = &w->model->m;
    qd_word pattern[m->nwords];
    qd_plane__pattern_above(pattern, w, s, bit);
    if (w->nsheets >= w->table_size) table_grow(w);
    qd_plane_sheet **at = w->table + (hash(pattern, m->nwords, s->layer + 1) & (uint64_t) (w->table_size - 1)), *found = *at;
    while (found != NULL && (found->layer != s->layer + 1 || memcmp(found->pattern, pattern, sizeof pattern) != 0)) found = found->next;
    if (found != NULL) return found;
    found = sheet_make(w, s, s->layer + 1, pattern, bit);
    found->next = *at;
    *at = found;
    return found;
}
