/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recursion: a cell is cut by the units of a layer one after the other, then by those of the next layer.

   Every cut leaves two cells with interior: both strict signs occur at vertices. A unit that is nowhere positive is inactive, one that is somewhere
   positive and nowhere negative is active. Vertices where the unit is zero belong to both sides.

   Vertices are shared by all cells that have them. What a branch of the recursion writes into them (facets, places) is either taken
   back on return or true everywhere; numbers of facets are used again once no vertex of the cell is on them, but for those of the frame. */
#include "space/impl.h"

#include <string.h>

bool qd_space__stopped(const qd_space_worker *w)
{
    return __atomic_load_n(&w->job->stop, __ATOMIC_RELAXED) || __atomic_load_n(&w->job->more_words, __ATOMIC_RELAXED);
}

#define WORK 40000 /* vertices looked at between two questions for the budget: about a millisecond */

static void count_work(qd_space_worker *w, slong n)
{
    w->work += n;
    if (w->work < WORK) return;
    w->work = 0;
    if (qd_ctx_budget(w->ctx) != QD_OK) __atomic_store_n(&w->job->stop, true, __ATOMIC_RELAXED);
}

bool qd_space__take_node(qd_space_worker *w)
{
    return !__atomic_test_and_set(w->job->taken + w->node++, __ATOMIC_RELAXED);
}

bool qd_space__may_enter(qd_space_worker *w)
{
    return w->job->frontier == 0 || w->depth != w->job->frontier || qd_space__take_node(w);
}

void qd_space__set_bit(qd_space_worker *w, slong l, slong unit, bool on)
{
    slong bit = w->model->m.bit[l][unit];
    qd_word *word = w->pattern + (bit >> 6), mask = (qd_word) 1 << (bit & 63);
    *word = on ? *word | mask : *word & ~mask;
}

static void split(qd_space_level *y, qd_space_cell *c);

/* ---- facets ------------------------------------------------------------------------------------------- */

/* A free number; -1: there is none. */
static int free_facet(const qd_space_cell *c, qd_space_worker *w)
{
    for (int i = 0; i < w->words; i++)
        if (~(c->used[i] | w->frame[i]) != 0) return 64 * i + __builtin_ctzll(~(c->used[i] | w->frame[i]));
    __atomic_store_n(&w->job->more_words, true, __ATOMIC_RELAXED);
    return -1;
}

void qd_space__set_facet(qd_space_facet *f, const qd_space_worker *w, slong l, slong unit)
{
    const qd_space_forms *z = w->forms + l;
    f->kind = QD_SPACE_UNIT;
    f->layer = l;
    f->unit = unit;
    for (slong k = 0; k <= w->dim; k++) f->c[k] = z->c[k * w->model->layer[l].stride + unit];
    f->rad = z->rad[unit];
    f->R = z->R[unit];
}

/* Vertices where the unit is zero are on its facet, or no longer. */
static void mark_zeros(const qd_space_cell *c, int id, bool on)
{
    for (slong i = 0; i < c->n; i++) {
        if (c->sign[i] != 0) continue;
        c->e[i].v->on[id >> 6] ^= (uint64_t) 1 << (id & 63);
        c->e[i].v->facets = (uint16_t) (c->e[i].v->facets + (on ? 1 : -1));
    }
}

/* ---- cuts ------------------------------------------------------------------------------------------------- */

static void set_decided(qd_space_level *y, const uint8_t *before, const uint8_t *open, const uint8_t *plus)
{
    for (slong b = 0; b < y->blocks; b++)
        for (unsigned t = before[b] & (unsigned) ~open[b]; t != 0; t &= t - 1) {
            int i = __builtin_ctz(t);
            qd_space__set_bit(y->w, y->l, y->z->open[8 * b + i], plus[b] >> i & 1);
        }
}

/* One side of a cut: the vertices that are not on the other side, and the new ones. */
static void go_on(qd_space_level *y, slong k, const qd_space_cell *c, int sign, const qd_space_entry *fresh, slong nfresh)
{
    qd_space_worker *w = y->w;
    if (!qd_space__may_enter(w)) return;
    qd_space_mark mark = qd_space__mark(&w->stack);
    size_t blocks = (size_t) y->blocks, room = (size_t) (c->n + nfresh);
    qd_space_cell d = {0, qd_space__take(&w->stack, sizeof *d.e * room), qd_space__take(&w->stack, 2 * blocks), NULL, NULL, false};
    for (slong i = 0; i < c->n; i++)
        if (c->sign[i] * sign >= 0) d.e[d.n++] = c->e[i];
    memcpy(d.e + d.n, fresh, sizeof *d.e * (size_t) nfresh);
    d.n += nfresh;
    memcpy(d.open, c->open, blocks);
    qd_space__set_bit(w, y->l, y->z->open[k], sign > 0);
    qd_space__decide(d.open, d.open + blocks, w, y->l, y->blocks, d.e, d.n);
    set_decided(y, c->open, d.open, d.open + blocks);
    split(y, &d);
    qd_space__release(&w->stack, mark);
}

static void cut(qd_space_level *y, slong k, qd_space_cell *c)
{
    qd_space_worker *w = y->w;
    qd_space__facets(c, w);
    int id = free_facet(c, w);
    if (id < 0) return;
    qd_space_facet old = w->table[id];
    slong nfresh;
    qd_space__set_facet(w->table + id, w, y->l, y->z->open[k]);
    qd_space_entry *fresh = qd_space__cut_edges(&nfresh, y, k, c, id);
    mark_zeros(c, id, true);
    w->depth++;
    for (int sign = -1; sign <= 1; sign += 2) {
        w->table[id].side = sign;
        go_on(y, k, c, sign, fresh, nfresh);
    }
    w->depth--;
    mark_zeros(c, id, false);
    w->table[id] = old;
}

/* Are both sides of a cut by the unit that is no longer open regions of which nothing but the pattern and whether they are bounded is asked? The
   vertices of the cell tell that: a new one is on the boundary of the domain only between two that are on it, on both sides. */
static bool last_cut(const qd_space_level *y, const qd_space_cell *c)
{
    const qd_space_want *want = &y->w->job->want;
    if (y->l + 1 < y->w->model->layers || want->points || want->walls || want->pieces) return false;
    for (slong b = 0; b < y->blocks; b++)
        if (c->open[b] != 0) return false;
    return true;
}

static void halve(qd_space_level *y, slong k, const qd_space_cell *c)
{
    qd_space_worker *w = y->w;
    qd_space_entry *e = qd_space__take(&w->stack, sizeof *e * (size_t) c->n);
    w->depth++;
    for (int sign = -1; sign <= 1; sign += 2) {
        slong n = 0;
        if (!qd_space__may_enter(w)) continue;
        for (slong i = 0; i < c->n; i++)
            if (c->sign[i] * sign >= 0) e[n++] = c->e[i];
        qd_space__set_bit(w, y->l, y->z->open[k], sign > 0);
        qd_space__enter_layer(w, y->l + 1, e, n);
    }
    w->depth--;
}

/* The unit has no sign change, but zeros: they count where neighbours are asked for. */
static void touch(qd_space_level *y, slong k, qd_space_cell *c, int sign)
{
    qd_space_worker *w = y->w;
    qd_space_cell same = {c->n, c->e, c->open, NULL, NULL, false};
    if (sign == 0) {
        w->zero[w->nzero++] = w->model->m.bit[y->l][y->z->open[k]];
        split(y, &same);
        w->nzero--;
        return;
    }
    qd_space__facets(c, w);
    int id = free_facet(c, w);
    if (id < 0) return;
    qd_space_facet old = w->table[id];
    qd_space__set_facet(w->table + id, w, y->l, y->z->open[k]);
    w->table[id].side = sign;
    mark_zeros(c, id, true);
    split(y, &same);
    mark_zeros(c, id, false);
    w->table[id] = old;
}

/* The first open unit; -1: none. It is no longer open then. */
static slong next_open(uint8_t *open, slong blocks)
{
    for (slong b = 0; b < blocks; b++) {
        if (open[b] == 0) continue;
        slong k = 8 * b + __builtin_ctz(open[b]);
        open[b] &= (uint8_t) (open[b] - 1);
        return k;
    }
    return -1;
}

/* The cell by its open units, and then by the layers above. */
static void split(qd_space_level *y, qd_space_cell *c)
{
    qd_space_worker *w = y->w;
    bool neighbours = w->job->want.walls || w->job->want.pieces;
    if (qd_space__stopped(w)) return;
    qd_space_mark mark = qd_space__mark(&w->stack);
    slong k = next_open(c->open, y->blocks);
    if (k >= 0) c->sign = qd_space__take(&w->stack, (size_t) c->n);
    for (; k >= 0; k = next_open(c->open, y->blocks)) {
        slong plus, minus;
        count_work(w, c->n);
        qd_space__signs(&plus, &minus, y, k, c);
        if (plus > 0 && minus > 0) {
            if (last_cut(y, c)) halve(y, k, c);
            else cut(y, k, c);
            break;
        }
        qd_space__set_bit(w, y->l, y->z->open[k], plus > 0);
        if (neighbours && plus + minus < c->n) {
            touch(y, k, c, plus > 0 ? 1 : minus > 0 ? -1 : 0);
            break;
        }
    }
    if (k < 0) qd_space__enter_layer(w, y->l + 1, c->e, c->n);
    qd_space__release(&w->stack, mark);
}

/* ---- layers ----------------------------------------------------------------------------------------------- */

/* Is unit u of the first layer one of those that the whole space was cut by? */
static bool is_cut(const qd_space_model *p, slong l, slong u)
{
    for (slong i = 0; l == 0 && i < p->ncuts; i++)
        if (p->cut[i].unit == u) return true;
    return false;
}

/* Signs that all vertices certainly agree on go into the pattern; the other units are open. */
static slong find_open(qd_space_worker *w, slong l)
{
    const qd_space_model *p = w->model;
    const qd_space_forms *z = w->forms + l;
    slong m = 0, n = p->m.first[l + 1] - p->m.first[l];
    for (slong i = 0; i < n; i++) {
        slong u = p->m.switching[l][i], bit = p->m.first[l] + i;
        qd_word *word = w->pattern + (bit >> 6), mask = (qd_word) 1 << (bit & 63);
        if (is_cut(p, l, u)) continue;
        if (z->lo[u] > 0) *word |= mask;
        else if (z->hi[u] < 0) *word &= ~mask;
        else z->open[m++] = u;
    }
    return m;
}

void qd_space__enter_layer(qd_space_worker *w, slong l, const qd_space_entry *e, slong n)
{
    const qd_space_model *p = w->model;
    if (l == p->layers) {
        if (w->depth < w->job->frontier && !qd_space__take_node(w)) return;
        qd_space__leaf(w, e, n);
        return;
    }
    qd_space_mark mark = qd_space__mark(&w->stack);
    count_work(w, n);
    qd_space__forms(w, l);
    qd_space__range(w, l, e, n);
    qd_space_level y = {w, l, find_open(w, l), 0, w->forms + l};
    y.blocks = (y.m + 7) / 8;
    slong row = QD_SPACE_ROW + 8 * y.blocks;
    qd_space_cell c = {n,    qd_space__take(&w->stack, sizeof *c.e * (size_t) n), qd_space__take(&w->stack, (size_t) y.blocks), NULL, NULL,
                       false};
    if (y.m > 0) {
        double *val = qd_space__take(&w->stack, sizeof *val * (size_t) (n * row));
        qd_space__gather_open(w, l, y.m);
        for (slong i = 0; i < n; i++) c.e[i] = (qd_space_entry){e[i].v, val + i * row};
        for (slong b = 0; b < y.blocks; b++) c.open[b] = (uint8_t) (8 * b + 8 <= y.m ? 255 : (1 << (y.m - 8 * b)) - 1);
        qd_space__fill(w, l, y.blocks, c.open, c.e, n);
    } else memcpy(c.e, e, sizeof *e * (size_t) n);
    split(&y, &c);
    qd_space__release(&w->stack, mark);
}
