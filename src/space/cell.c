/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recursion: a cell is cut by the units of a layer one after the other, then by those of the next layer.

   Every cut leaves two cells with interior: both strict signs occur at vertices. A unit that is nowhere positive is inactive, one that is somewhere
   positive and nowhere negative is active. New vertices are on the edges between vertices of different signs: p and q are the ends of an edge iff
   no third vertex lies on all facets on which both lie; if every vertex lies on dim facets only, iff they share dim - 1. Vertices where the
   unit is zero belong to both sides.

   Vertices are shared by all cells that have them. What a branch of the recursion writes into them (facets, places) is either taken
   back on return or true everywhere; numbers of facets are used again once no vertex of the cell is on them. */
#include "space/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- workers -------------------------------------------------------------------------------------- */

void qd_space__worker_init(qd_space_worker *w, qd_space_job *job, qd_ctx_t ctx)
{
    const qd_space_model *p = job->model;
    memset(w, 0, sizeof *w);
    w->job = job;
    w->model = p;
    w->dim = p->dim;
    w->words = job->words;
    w->ctx = ctx;
    qd_path_init(&w->path, &p->m);
    w->pattern = qd_calloc((size_t) p->m.nwords, sizeof *w->pattern);
    w->zero = qd_calloc((size_t) p->m.nswitching + 1, sizeof *w->zero);
    w->table = qd_calloc((size_t) (64 * w->words), sizeof *w->table);
    w->frame = qd_calloc((size_t) w->words, sizeof *w->frame);
    w->forms = qd_calloc((size_t) p->layers + 1, sizeof *w->forms);
    for (slong l = 0; l < p->layers; l++) {
        const qd_space_layer *y = p->layer + l;
        qd_space_forms *z = w->forms + l;
        z->c = qd_calloc((size_t) ((p->dim + 6) * y->stride), sizeof *z->c);
        z->rad = z->c + (p->dim + 1) * y->stride;
        z->R = z->rad + y->stride;
        z->G = z->R + y->stride;
        z->lo = z->G + y->stride;
        z->hi = z->lo + y->stride;
        z->in = qd_calloc((size_t) (y->in * (p->dim + 2)), sizeof *z->in);
        z->at = qd_calloc((size_t) y->in, sizeof *z->at);
        z->open = qd_calloc((size_t) y->out, sizeof *z->open);
    }
}

void qd_space__worker_clear(qd_space_worker *w)
{
    qd_path_clear(&w->path);
    free(w->pattern);
    free(w->zero);
    free(w->table);
    free(w->frame);
    for (slong l = 0; l < w->model->layers; l++) {
        free(w->forms[l].c);
        free(w->forms[l].in);
        free(w->forms[l].at);
        free(w->forms[l].open);
    }
    free(w->forms);
    qd_space__stack_clear(&w->stack);
    qd_space__record_clear(&w->record, w->dim);
}

static bool stopped(const qd_space_worker *w)
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

/* Nodes of the frontier, and leaves above it, belong to who takes them first. */
static bool take_node(qd_space_worker *w)
{
    return !__atomic_test_and_set(w->job->taken + w->node++, __ATOMIC_RELAXED);
}

static bool may_enter(qd_space_worker *w)
{
    return w->job->frontier == 0 || w->depth != w->job->frontier || take_node(w);
}

/* ---- one layer ---------------------------------------------------------------------------------------- */

typedef struct {
    qd_space_worker *w;
    slong l, m; /* the layer, and its open units z->open[0 .. m - 1] */
    qd_space_forms *z;
} layer;

typedef struct {
    slong n;
    qd_space_entry *e;
    signed char *sign; /* of unit k */
    uint64_t *used;
    bool simple; /* every vertex lies on dim facets */
} cell;

static void enter_layer(qd_space_worker *w, slong l, const qd_space_entry *e, slong n);
static void split(layer *y, slong k, qd_space_entry *e, slong n);

static void set_bit(qd_space_worker *w, slong l, slong unit, bool on)
{
    slong bit = w->model->m.bit[l][unit];
    if (qd_pattern_get(w->pattern, bit) != (int) on) qd_pattern_flip(w->pattern, bit);
}

/* Values of all open units, again, from the x that the vertex has now: another multiple of a ray, too. */
static void refresh(const layer *y, qd_space_entry *e)
{
    e->val[0] = e->v->err;
    e->val[1] = e->v->size;
    for (slong r = 0; r < y->m; r++) e->val[2 + r] = qd_space__value(y->w, y->l, y->z->open[r], e->v->x);
}

static bool is_stale(const qd_space_entry *e)
{
    return !(e->val[0] == e->v->err && e->val[1] == e->v->size);
}

static inline double tolerance(const layer *y, slong unit, const qd_space_entry *e)
{
    return y->z->R[unit] * e->val[1] + y->z->G[unit] * e->val[0];
}

static inline int sign_by_doubles(const layer *y, slong k, const qd_space_entry *e)
{
    double t = e->val[2 + k], tol = tolerance(y, y->z->open[k], e);
    return t > tol ? 1 : t < -tol ? -1 : 0;
}

static int find_sign(layer *y, slong k, qd_space_entry *e)
{
    if (!e->v->located) qd_space__locate(y->w, e->v);
    if (is_stale(e)) refresh(y, e);
    int s = sign_by_doubles(y, k, e);
    return s != 0 ? s : qd_space__exact_sign(y->w, e->v, y->l, y->z->open[k]);
}

/* Signs of open unit k at all vertices; how many are 1, -1. */
static void find_signs(layer *y, slong k, cell *c, slong *plus, slong *minus)
{
    bool asked = false;
    *plus = *minus = 0;
    for (slong i = 0; i < c->n; i++) {
        int s = sign_by_doubles(y, k, c->e + i);
        if (s == 0 && !asked) {
            const fmpz_poly_struct *p = qd_space__exact_form(y->w, y->l, y->z->open[k]);
            asked = true;
            if (p->length <= 1) { /* constant on the cell */
                s = p->length == 0 ? 0 : fmpz_sgn(p->coeffs);
                memset(c->sign, s, (size_t) c->n);
                *plus = s > 0 ? c->n : 0;
                *minus = s < 0 ? c->n : 0;
                return;
            }
        }
        if (s == 0) s = find_sign(y, k, c->e + i);
        c->sign[i] = (signed char) s;
        *plus += s > 0;
        *minus += s < 0;
    }
}

/* The facets of the cell. */
static void find_facets(cell *c, const qd_space_worker *w)
{
    memset(c->used, 0, sizeof *c->used * (size_t) w->words);
    c->simple = true;
    for (slong i = 0; i < c->n; i++) {
        int facets = 0;
        for (int k = 0; k < w->words; k++) {
            c->used[k] |= c->e[i].v->on[k];
            facets += __builtin_popcountll(c->e[i].v->on[k]);
        }
        if (facets != w->dim) c->simple = false;
    }
}

/* A free number, the frame's stay its own; -1: there is none. */
static int free_facet(const cell *c, qd_space_worker *w)
{
    for (int i = 0; i < w->words; i++)
        if (~(c->used[i] | w->frame[i]) != 0) return 64 * i + __builtin_ctzll(~(c->used[i] | w->frame[i]));
    __atomic_store_n(&w->job->more_words, true, __ATOMIC_RELAXED);
    return -1;
}

static void set_facet(qd_space_facet *f, const layer *y, slong unit)
{
    slong dim = y->w->dim, stride = y->w->model->layer[y->l].stride;
    f->kind = QD_SPACE_UNIT;
    f->layer = y->l;
    f->unit = unit;
    for (slong k = 0; k <= dim; k++) f->c[k] = y->z->c[k * stride + unit];
    f->rad = y->z->rad[unit];
    f->R = y->z->R[unit];
}

static void mark_zeros(const cell *c, int id)
{
    for (slong i = 0; i < c->n; i++)
        if (c->sign[i] == 0) c->e[i].v->on[id >> 6] ^= (uint64_t) 1 << (id & 63);
}

/* ---- new vertices ---------------------------------------------------------------------------------------- */

/* Is no third vertex on all facets of `common`? */
static bool is_edge(const cell *c, slong p, slong q, const uint64_t *common, int words)
{
    for (slong i = 0; i < c->n; i++) {
        if (i == p || i == q) continue;
        int k = 0;
        while (k < words && (c->e[i].v->on[k] & common[k]) == common[k]) k++;
        if (k == words) return false;
    }
    return true;
}

/* The vertex between p and q on facet id, where open unit k is zero. */
static void add_vertex(qd_space_entry *to, layer *y, slong k, qd_space_entry *p, qd_space_entry *q, const uint64_t *common, int shared,
                       int id)
{
    qd_space_worker *w = y->w;
    slong dim = w->dim, unit = y->z->open[k];
    size_t set = sizeof(uint64_t) * (size_t) w->words;
    qd_space_vertex *v = qd_space__take(&w->stack, sizeof *v + set);
    memcpy(v->on, common, set);
    if (shared > dim - 1) qd_space__choose(v->basis, w, common);
    else
        for (int i = 0, n = 0; i < w->words; i++)
            for (uint64_t t = common[i]; t != 0; t &= t - 1) v->basis[n++] = (uint16_t) (64 * i + __builtin_ctzll(t));
    v->basis[dim - 1] = (uint16_t) id;
    v->on[id >> 6] |= (uint64_t) 1 << (id & 63);
    if (is_stale(p)) refresh(y, p);
    if (is_stale(q)) refresh(y, q);
    qd_space__between(w, v, p->v, q->v, p->val[2 + k], tolerance(y, unit, p), q->val[2 + k], tolerance(y, unit, q));
    to->v = v;
    to->val = qd_space__take(&w->stack, sizeof(double) * (size_t) (2 + y->m));
    refresh(y, to);
}

typedef struct {
    slong *plus, *minus; /* numbers of vertices of that sign */
    slong nplus, nminus;
} sides;

/* Ends up with a list of new vertices on the stack. */
static qd_space_entry *cut_edges(slong *n, layer *y, slong k, const cell *c, const sides *s, int id)
{
    qd_space_worker *w = y->w;
    int words = w->words;
    slong few = s->nplus < s->nminus ? s->nplus : s->nminus, room = c->simple ? few * w->dim : s->nplus * s->nminus;
    qd_space_entry *to = qd_space__take(&w->stack, sizeof *to * (size_t) room);
    uint64_t *on = qd_space__take(&w->stack, sizeof *on * (size_t) (s->nminus * words));
    uint64_t common[words];
    *n = 0;
    for (slong b = 0; b < s->nminus; b++) memcpy(on + b * words, c->e[s->minus[b]].v->on, sizeof *on * (size_t) words);
    for (slong a = 0; a < s->nplus; a++) {
        qd_space_entry *p = c->e + s->plus[a];
        for (slong b = 0; b < s->nminus; b++) {
            int shared = 0;
            for (int i = 0; i < words; i++) {
                common[i] = p->v->on[i] & on[b * words + i];
                shared += __builtin_popcountll(common[i]);
            }
            if (shared < w->dim - 1 || (!c->simple && !is_edge(c, s->plus[a], s->minus[b], common, words))) continue;
            add_vertex(to + (*n)++, y, k, p, c->e + s->minus[b], common, shared, id);
        }
    }
    return to;
}

/* ---- cuts ------------------------------------------------------------------------------------------------- */

/* One side of a cut. */
static void go_on(layer *y, slong k, const cell *c, int side, const qd_space_entry *fresh, slong nfresh)
{
    qd_space_worker *w = y->w;
    if (!may_enter(w)) return;
    qd_space_mark mark = qd_space__mark(&w->stack);
    qd_space_entry *e = qd_space__take(&w->stack, sizeof *e * (size_t) (c->n + nfresh));
    slong n = 0;
    for (slong i = 0; i < c->n; i++)
        if (c->sign[i] * side >= 0) e[n++] = c->e[i];
    memcpy(e + n, fresh, sizeof *e * (size_t) nfresh);
    set_bit(w, y->l, y->z->open[k], side > 0);
    split(y, k + 1, e, n + nfresh);
    qd_space__release(&w->stack, mark);
}

static void cut(layer *y, slong k, cell *c, slong nplus, slong nminus)
{
    qd_space_worker *w = y->w;
    int id = free_facet(c, w);
    if (id < 0) return;
    sides s = {qd_space__take(&w->stack, sizeof(slong) * (size_t) nplus), qd_space__take(&w->stack, sizeof(slong) * (size_t) nminus), 0, 0};
    for (slong i = 0; i < c->n; i++)
        if (c->sign[i] > 0) s.plus[s.nplus++] = i;
        else if (c->sign[i] < 0) s.minus[s.nminus++] = i;
    qd_space_facet old = w->table[id];
    slong nfresh;
    set_facet(w->table + id, y, y->z->open[k]);
    qd_space_entry *fresh = cut_edges(&nfresh, y, k, c, &s, id);
    mark_zeros(c, id);
    w->depth++;
    for (int side = -1; side <= 1; side += 2) {
        w->table[id].side = side;
        go_on(y, k, c, side, fresh, nfresh);
    }
    w->depth--;
    mark_zeros(c, id);
    w->table[id] = old;
}

/* The unit has no sign change, but zeros: they count where neighbours are asked for. */
static void touch(layer *y, slong k, cell *c, int side)
{
    qd_space_worker *w = y->w;
    if (side == 0) {
        w->zero[w->nzero++] = w->model->m.bit[y->l][y->z->open[k]];
        split(y, k + 1, c->e, c->n);
        w->nzero--;
        return;
    }
    int id = free_facet(c, w);
    if (id < 0) return;
    qd_space_facet old = w->table[id];
    set_facet(w->table + id, y, y->z->open[k]);
    w->table[id].side = side;
    mark_zeros(c, id);
    split(y, k + 1, c->e, c->n);
    mark_zeros(c, id);
    w->table[id] = old;
}

/* The cell by open units k, k + 1, ... of the layer, and then by the layers above. */
static void split(layer *y, slong k, qd_space_entry *e, slong n)
{
    qd_space_worker *w = y->w;
    if (stopped(w)) return;
    if (k == y->m) {
        enter_layer(w, y->l + 1, e, n);
        return;
    }
    qd_space_mark mark = qd_space__mark(&w->stack);
    cell c = {n, e, qd_space__take(&w->stack, (size_t) n), qd_space__take(&w->stack, sizeof(uint64_t) * (size_t) w->words), true};
    find_facets(&c, w);
    w->used = c.used;
    for (; k < y->m; k++) {
        slong plus, minus;
        count_work(w, n);
        find_signs(y, k, &c, &plus, &minus);
        if (plus > 0 && minus > 0) {
            cut(y, k, &c, plus, minus);
            break;
        }
        set_bit(w, y->l, y->z->open[k], plus > 0);
        if (plus + minus < n && (w->job->want.walls || w->job->want.pieces)) {
            touch(y, k, &c, plus > 0 ? 1 : minus > 0 ? -1 : 0);
            break;
        }
    }
    if (k == y->m) enter_layer(w, y->l + 1, e, n);
    qd_space__release(&w->stack, mark);
}

/* Is unit u of the first layer one of those that the whole space was cut by? */
static bool is_cut(const qd_space_model *p, slong l, slong u)
{
    if (l > 0) return false;
    for (slong i = 0; i < p->ncuts; i++)
        if (p->cut[i].unit == u) return true;
    return false;
}

/* Signs that all vertices agree on go into the pattern; the other units are open. */
static slong find_open(qd_space_worker *w, slong l, const qd_space_entry *e, slong n)
{
    const qd_space_model *p = w->model;
    const qd_space_forms *z = w->forms + l;
    double err = 0, size = 0;
    slong m = 0;
    for (slong i = 0; i < n; i++) {
        if (!(e[i].v->err <= err)) err = e[i].v->err;
        if (!(e[i].v->size <= size)) size = e[i].v->size;
    }
    for (slong i = p->m.first[l]; i < p->m.first[l + 1]; i++) {
        slong u = p->m.switching[l][i - p->m.first[l]];
        double tol = z->R[u] * size + z->G[u] * err;
        if (is_cut(p, l, u)) continue;
        if (z->lo[u] > tol) set_bit(w, l, u, true);
        else if (z->hi[u] < -tol) set_bit(w, l, u, false);
        else z->open[m++] = u;
    }
    return m;
}

static void enter_layer(qd_space_worker *w, slong l, const qd_space_entry *e, slong n)
{
    const qd_space_model *p = w->model;
    if (l == p->layers) {
        if (w->depth < w->job->frontier && !take_node(w)) return;
        qd_space__leaf(w, e, n);
        return;
    }
    qd_space_mark mark = qd_space__mark(&w->stack);
    slong stride = p->layer[l].stride;
    double *values = qd_space__take(&w->stack, sizeof *values * (size_t) (n * stride));
    count_work(w, n);
    qd_space__forms(w, l);
    qd_space__values(values, w, l, e, n);
    layer y = {w, l, find_open(w, l, e, n), w->forms + l};
    qd_space_entry *own = qd_space__take(&w->stack, sizeof *own * (size_t) n);
    double *val = qd_space__take(&w->stack, sizeof *val * (size_t) (n * (2 + y.m)));
    for (slong i = 0; i < n; i++) {
        own[i] = (qd_space_entry){e[i].v, val + i * (2 + y.m)};
        own[i].val[0] = e[i].v->err;
        own[i].val[1] = e[i].v->size;
        for (slong r = 0; r < y.m; r++) own[i].val[2 + r] = values[i * stride + y.z->open[r]];
    }
    split(&y, 0, own, n);
    qd_space__release(&w->stack, mark);
}

/* ---- the domain ---------------------------------------------------------------------------------------------- */

static qd_space_entry *new_vertices(qd_space_worker *w, slong n)
{
    size_t bytes = sizeof(qd_space_vertex) + sizeof(uint64_t) * (size_t) w->words;
    qd_space_entry *e = qd_space__take(&w->stack, sizeof *e * (size_t) n);
    for (slong i = 0; i < n; i++) {
        e[i] = (qd_space_entry){qd_space__take(&w->stack, bytes), NULL};
        memset(e[i].v, 0, bytes);
    }
    return e;
}

static void put_on(qd_space_vertex *v, slong place, int id)
{
    v->basis[place] = (uint16_t) id;
    v->on[id >> 6] |= (uint64_t) 1 << (id & 63);
}

/* Facet 2 k: s_k >= -1; 2 k + 1: s_k <= 1. */
static void box(qd_space_worker *w)
{
    slong dim = w->dim, n = (slong) 1 << dim;
    for (slong i = 0; i < 2 * dim; i++) {
        qd_space_facet *f = w->table + i;
        *f = (qd_space_facet){.kind = QD_SPACE_SIDE, .side = i % 2 == 0 ? 1 : -1, .layer = i % 2, .unit = i / 2};
        f->c[i / 2] = 1;
        f->c[dim] = i % 2 == 0 ? 1 : -1;
        f->R = (double) (dim + 3) * QD_SPACE_EPS * QD_SPACE_SAFE;
        w->frame[0] |= (uint64_t) 1 << i;
    }
    qd_space_entry *e = new_vertices(w, n);
    for (slong i = 0; i < n; i++) {
        qd_space_vertex *v = e[i].v;
        for (slong k = 0; k < dim; k++) {
            v->x[k] = i >> k & 1 ? 1 : -1;
            put_on(v, k, (int) (2 * k + (i >> k & 1)));
        }
        v->x[dim] = 1;
        v->size = (double) dim + 1;
        v->located = true;
    }
    enter_layer(w, 0, e, n);
}

static void set_cut(qd_space_worker *w, slong i)
{
    const qd_space_cut *c = w->model->cut + i;
    qd_space_facet *f = w->table + 1 + i;
    memset(f, 0, sizeof *f);
    if (c->unit >= 0) {
        set_facet(f, &(layer){w, 0, 0, w->forms}, c->unit);
        return;
    }
    f->kind = QD_SPACE_CUT;
    f->unit = c->coordinate;
    f->c[c->coordinate] = 1;
    f->R = (double) (w->dim + 3) * QD_SPACE_EPS * QD_SPACE_SAFE;
}

/* One of the 2^dim cones between the cuts: vertex dim is its apex, ray i lies on all cuts but cut i. */
static void cone(qd_space_worker *w, slong number)
{
    const qd_space_model *p = w->model;
    slong dim = w->dim;
    qd_space_mark mark = qd_space__mark(&w->stack);
    qd_space_entry *e = new_vertices(w, dim + 1);
    uint64_t *used = qd_space__take(&w->stack, sizeof *used * (size_t) w->words);
    memset(used, 0, sizeof *used * (size_t) w->words);
    used[0] = (((uint64_t) 1 << dim) << 1) - 1;
    w->used = used;
    for (slong i = 0; i < dim; i++) {
        bool plus = number >> i & 1;
        w->table[1 + i].side = plus ? 1 : -1;
        if (p->cut[i].unit >= 0) set_bit(w, 0, p->cut[i].unit, plus);
    }
    for (slong i = 0; i <= dim; i++) {
        qd_space_vertex *v = e[i].v;
        for (slong k = 0; k < dim; k++) put_on(v, k, k == i ? 0 : (int) (1 + k));
        v->x[dim] = i == dim;
        v->err = v->size = INFINITY;
        qd_space__locate(w, v);
    }
    enter_layer(w, 0, e, dim + 1);
    qd_space__release(&w->stack, mark);
}

void qd_space__cells(qd_space_worker *w)
{
    if (!w->model->whole) {
        box(w);
        return;
    }
    w->table[0] = (qd_space_facet){.kind = QD_SPACE_INFINITY, .side = 1};
    w->frame[0] = 1;
    if (w->model->layers > 0) qd_space__forms(w, 0);
    for (slong i = 0; i < w->dim; i++) set_cut(w, i);
    w->depth = (int) w->dim;
    for (slong i = 0; i < (slong) 1 << w->dim && !stopped(w); i++)
        if (may_enter(w)) cone(w, i);
}
