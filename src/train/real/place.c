/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the dense layers keep their matrices, and which tensors belong to them. */
#include <stdlib.h>

#include "train/real/dense.h"

enum {
    PAIR_BLOCK = 512, /* pairs taken together on the way back, where a row of the triangle is not longer */
    TILE = 1 << 16    /* numbers of a tile, roughly: it should stay in cache until the optimiser has seen it */
};

/* ---- matrices ---------------------------------------------------------------------------------- */

/* Numbers handed out so far, from `base` unless that is NULL. */
typedef struct {
    real *base;
    int64_t used, ld;
} pool;

static real *take(pool *p, int64_t rows)
{
    real *at = p->base != NULL ? p->base + p->used : NULL;
    p->used += rows * p->ld;
    return at;
}

/* Columns, rounded up to whole cache lines; beyond one shard to an odd number of them, as a column block of rows that are a power of
   two apart would use few sets of the cache. */
static int64_t leading(int64_t columns)
{
    int64_t lines = (columns + 15) / 16;
    return 16 * (columns > QD_TRAIN__SHARD ? lines | 1 : lines);
}

int64_t R(qd_train__pair_block)(int64_t n, int64_t i, int64_t *next)
{
    int64_t most = n - i > PAIR_BLOCK ? n - i : PAIR_BLOCK, count = 0;
    for (*next = i; *next < n && count + n - *next <= most; ++*next) count += n - *next;
    return count;
}

static bool has(qd_kind kind, qd_role role)
{
    return qd_kind_find(kind, role) >= 0;
}

static int64_t at_least(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void place_layer(R(qd_train__layer) * l, const qd_unit *unit, int64_t in, pool *p)
{
    *l = (R(qd_train__layer)){
        .in = in,
        .out = unit->out,
        .kind = unit->neuron.kind,
        .act = unit->neuron.act,
        .slope = (real) qd_ratio_double(unit->neuron.slope),
        .power = unit->neuron.power,
        .wr = -1,
        .br = -1,
        .wg = -1,
        .bg = -1,
        .w = -1,
        .wsq = -1,
        .wpair = -1,
        .bias = -1,
    };
    if (has(l->kind, QD_ROLE_T)) l->npairs = in * (in + 1) / 2;
    if (l->npairs > 0) l->pairs = take(p, l->npairs);
    if (has(l->kind, QD_ROLE_R)) {
        l->r = take(p, l->out);
        l->g = take(p, l->out);
    }
    l->z = take(p, l->out);
    l->a = take(p, l->out);
}

int64_t R(qd_train__place)(R(qd_train__dense) * d, const qd_spec_t spec, int64_t max_batch, real *buffer)
{
    pool p = {buffer, 0, leading(max_batch)};
    d->ld = p.ld;
    d->first = 0;
    while (d->first < spec->nunits && spec->unit[d->first].type == QD_UNIT_CONV) d->first++;
    d->nlayers = spec->nunits - d->first;
    d->inputs = qd_train__unit_input(spec, d->first).channels;
    real *x = d->x = take(&p, d->inputs), *x2 = NULL;
    int64_t in = d->inputs, widest = in, block = 0;
    for (int64_t i = 0; i < d->nlayers; i++) {
        R(qd_train__layer) *l = d->layer + i;
        place_layer(l, spec->unit + d->first + i, in, &p);
        if (has(l->kind, QD_ROLE_S)) x2 = take(&p, in);
        if (i == 0) d->x2 = x2;
        else l[-1].a2 = x2;
        l->x = x;
        l->x2 = x2;
        if (l->npairs > 0 && i + d->first > 0) block = at_least(block, at_least(PAIR_BLOCK, in));
        in = l->out;
        widest = at_least(widest, in);
        x = l->a;
        x2 = NULL;
    }
    d->outputs = in;
    d->da = take(&p, widest);
    d->dsq = take(&p, widest);
    d->dpairs = take(&p, block);
    return p.used;
}

/* ---- tensors ----------------------------------------------------------------------------------- */

/* One parameter of a kind: where the layer notes its offset, the gradient it goes with, and what it is multiplied by. */
typedef struct {
    int64_t *offset;
    const real *d, *x;
} place;

static place place_of(R(qd_train__layer) * l, qd_role role)
{
    switch (role) {
    case QD_ROLE_R:
        return (place){&l->wr, l->r, l->x};
    case QD_ROLE_R0:
        return (place){&l->br, l->r, NULL};
    case QD_ROLE_G:
        return (place){&l->wg, l->g, l->x};
    case QD_ROLE_G0:
        return (place){&l->bg, l->g, NULL};
    case QD_ROLE_S:
        return (place){&l->wsq, l->z, l->x2};
    case QD_ROLE_T:
        return (place){&l->wpair, l->z, l->pairs};
    case QD_ROLE_W:
        return (place){&l->w, l->z, l->x};
    case QD_ROLE_B:
        break;
    }
    return (place){&l->bias, l->z, NULL};
}

/* Rows of each tile but the last: a multiple of 16, so that tiles begin at multiples of 16 numbers. */
static int64_t tile_rows(const qd_tensor *t)
{
    int64_t parts = (t->count + TILE - 1) / TILE, rows = (t->shape[0] + parts - 1) / parts;
    return t->bias ? t->shape[0] : (rows + 15) / 16 * 16;
}

static void add_tiles(R(qd_train__dense) * d, const qd_tensor *t, place at)
{
    int64_t cols = t->bias ? 1 : t->shape[1], end = t->offset + (t->count + 15) / 16 * 16, step = tile_rows(t);
    for (int64_t i = 0; i < t->shape[0]; i += step) {
        R(qd_train__tile) *tile = d->tile + d->ntiles++;
        bool last = i + step >= t->shape[0];
        *tile = (R(qd_train__tile)){at.d + i * d->ld, at.x, last ? t->shape[0] - i : step, cols, t->offset + i * cols, 0};
        tile->count = last ? end - tile->offset : step * cols;
    }
}

void R(qd_train__connect)(R(qd_train__dense) * d, const qd_model_t model)
{
    int64_t most = 0;
    for (int64_t k = 0; k < model->ntensors; k++) {
        int64_t step = tile_rows(model->tensor + k);
        if (model->tensor[k].unit >= d->first) most += (model->tensor[k].shape[0] + step - 1) / step;
    }
    d->tile = qd_malloc((size_t) most * sizeof *d->tile);
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        if (t->unit < d->first) continue;
        place at = place_of(d->layer + (t->unit - d->first), t->role);
        *at.offset = t->offset;
        add_tiles(d, t, at);
    }
}
