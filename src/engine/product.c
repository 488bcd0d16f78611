/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of coordinates that never meet: each alone, the others held at a point, and the products of what was found. Region number
   sum_f i_f stride_f of the product is region i_f in each block f, pieces likewise. */
#include <stdlib.h>
#include <string.h>

#include "engine/impl.h"

/* Where the other blocks are held: anywhere will do, but a random point keeps their pre-activations away from 0. */
static void random_inside(fmpq *t, const qd_box_t box, qd_rng_t rng)
{
    fmpq_t part;
    fmpq_init(part);
    for (slong j = 0; j < box->dim; j++) {
        if (box->lo == NULL) fmpq_set_si(t + j, qd_rng_range(rng, -1024, 1024), 256);
        else {
            fmpq_set_si(part, qd_rng_range(rng, 1, 1023), 1024);
            fmpq_sub(t + j, box->hi + j, box->lo + j);
            fmpq_mul(t + j, t + j, part);
            fmpq_add(t + j, t + j, box->lo + j);
        }
        fmpq_canonicalise(t + j);
    }
    fmpq_clear(part);
}

/* The coordinates of one block. */
static void block_domain(qd_box_t part, const qd_blocks_t b, slong block, const qd_box_t box, const fmpq *t)
{
    slong dim = 0, k = 0;
    for (slong j = 0; j < b->k; j++) dim += b->block[j] == block;
    qd_box_clear(part);
    qd_box_init(part, box->n, dim, box->lo != NULL);
    for (slong i = 0; i < box->n; i++) fmpq_set(part->base + i, box->base + i);
    for (slong j = 0; j < b->k; j++) {
        const fmpq *step = box->step + j * box->n;
        if (b->block[j] != block) {
            for (slong i = 0; i < box->n; i++) fmpq_addmul(part->base + i, t + j, step + i);
            continue;
        }
        for (slong i = 0; i < box->n; i++) fmpq_set(part->step + k * box->n + i, step + i);
        if (box->lo != NULL) {
            fmpq_set(part->lo + k, box->lo + j);
            fmpq_set(part->hi + k, box->hi + j);
        }
        k++;
    }
}

/* *n *= m; saturated */
static void multiply(slong *n, slong m)
{
    if (__builtin_mul_overflow(*n, m, n)) *n = WORD_MAX;
}

static void multiply_counts(qd_answer_t a, const qd_answer_struct *f, slong n)
{
    a->count = (qd_count){QD_EXACT, 1, 1, 1, -1};
    a->bounded = 1;
    a->holes = 0;
    a->forms = 0;
    for (slong i = 0; i < n; i++) {
        multiply(&a->count.patterns, f[i].count.patterns);
        multiply(&a->count.regions, f[i].count.regions);
        multiply(&a->count.pieces, f[i].count.pieces);
        multiply(&a->bounded, f[i].bounded);
        a->forms += f[i].forms;
        if (f[i].count.max_degree > a->count.max_degree) a->count.max_degree = f[i].count.max_degree;
        if (f[i].count.label != QD_EXACT) a->count.label = QD_LOWER_BOUND;
        a->sliced = a->sliced || f[i].sliced;
    }
    if (a->count.regions == WORD_MAX) a->count.label = QD_LOWER_BOUND;
    if (a->count.label != QD_EXACT) a->bounded = a->holes = -1;
}

/* ---- the list -------------------------------------------------------------------------------- */

typedef struct {
    qd_answer_struct *f;
    const qd_blocks_struct *b;
    slong n, *stride; /* factors; of the numbers of regions */
    slong **bit;      /* of each factor: its pattern bits in the whole */
} factors;

static slong part(const factors *p, slong f, slong i)
{
    return i / p->stride[f] % p->f[f].regions->n;
}

static void set_region(qd_regions_t g, const factors *p, slong i)
{
    slong piece = 0;
    g->bounded[i] = 1;
    for (slong f = 0; f < p->n; f++) {
        const qd_regions_struct *from = p->f[f].regions;
        slong j = part(p, f, i), at = 0;
        piece = piece * from->npieces + from->piece[j];
        g->bounded[i] = g->bounded[i] && from->bounded[j];
        for (slong c = 0; c < p->b->k; c++)
            if (p->b->block[c] == f) fmpq_set(g->point + i * g->dim + c, from->point + j * from->dim + at++);
        for (slong k = 0; k < from->nswitching; k++) /* constant units have the same bit in all factors */
            if (qd_pattern_get(from->pattern + j * from->nwords, k) && !qd_pattern_get(g->pattern + i * g->nwords, p->bit[f][k]))
                qd_pattern_flip(g->pattern + i * g->nwords, p->bit[f][k]);
    }
    g->piece[i] = piece;
}

/* The walls of region i with later ones, ascending: those of the last factor come first. */
static void add_walls(qd_regions_t g, const factors *p, slong i, slong *const *first)
{
    for (slong f = p->n; f-- > 0;) {
        const qd_regions_struct *from = p->f[f].regions;
        slong j = part(p, f, i);
        for (slong w = first[f][j]; w < first[f][j + 1]; w++) qd_regions_add_wall(g, i, i + (from->wall[2 * w + 1] - j) * p->stride[f]);
    }
}

/* Walls are ascending by their smaller region: those of region j begin at first[j]. */
static slong *wall_index(const qd_regions_t g)
{
    slong *first = qd_calloc((size_t) g->n + 2, sizeof *first);
    for (slong w = 0; w < g->nwalls; w++) first[g->wall[2 * w] + 1]++;
    for (slong j = 0; j < g->n; j++) first[j + 1] += first[j];
    return first;
}

static void list(qd_regions_t g, const factors *p, const qd_net_t net, const qd_box_t box, const qd_count *count, qd_ctx_t ctx)
{
    qd_restriction m;
    slong **first = qd_malloc(sizeof *first * (size_t) p->n), n = 1;
    for (slong f = 0; f < p->n; f++) {
        first[f] = wall_index(p->f[f].regions);
        n *= p->f[f].regions->n;
    }
    qd_restriction_init(&m, net, &box->d, ctx->seed);
    qd_regions_resize(g, &m, n);
    qd_regions_add_points(g, m.dim);
    for (slong i = 0; i < n; i++) {
        set_region(g, p, i);
        add_walls(g, p, i, first);
    }
    g->npieces = 1;
    for (slong f = 0; f < p->n; f++) g->npieces *= p->f[f].regions->npieces;
    g->count = *count;
    qd_restriction_clear(&m);
    for (slong f = 0; f < p->n; f++) free(first[f]);
    free(first);
}

/* -> false: too many, or a factor has none to show */
static bool strides(factors *p)
{
    slong n = 1;
    for (slong f = p->n; f-- > 0;) {
        p->stride[f] = n;
        if (p->f[f].regions->outputs == 0) return false;
        multiply(&n, p->f[f].regions->n);
    }
    return n <= QD_ENGINE_MOST_LISTED;
}

/* ---- the road -------------------------------------------------------------------------------- */

static qd_status solve_factor(factors *p, slong i, const qd_engine__question *q, const qd_box_t box, const fmpq *t, qd_ctx_t ctx)
{
    qd_box_t part;
    qd_net_t net;
    qd_lowered_t low;
    qd_box_init(part, 0, 0, false);
    qd_net_init(net);
    qd_lowered_init(low);
    p->bit[i] = qd_calloc((size_t) qd_net_nswitching(q->net) + 1, sizeof **p->bit);
    qd_blocks_part(net, p->bit[i], p->b, q->low, i);
    qd_net_lower(low, net);
    block_domain(part, p->b, i, box, t);
    qd_engine_options options = *q->options;
    options.list = options.list || !p->b->sum;
    const qd_engine__question mine = {net, low, &options};
    qd_status st = qd_engine__solve(p->f + i, &mine, part, ctx);
    qd_lowered_clear(low);
    qd_net_clear(net);
    qd_box_clear(part);
    return st;
}

/* The message of the first factor that is not exact is that of the whole. */
static qd_status solve_factors(factors *p, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    qd_status all = QD_OK;
    qd_rng_t rng;
    fmpq *t = _fmpq_vec_init(box->dim);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(0x70726f64, 0, 0));
    random_inside(t, box, rng);
    for (slong i = 0; i < p->n; i++) {
        qd_status st = solve_factor(p, i, q, box, t, ctx);
        if (all == QD_OK) all = st;
        if (p->f[i].count.patterns == 0) break;
    }
    _fmpq_vec_clear(t, box->dim);
    return all;
}

/* Where all parts are constant so is the sum, and only its value tells whether it is 0. */
static qd_status constant_degree(slong *degree, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    qd_vec_t x, y;
    qd_vec_init(x);
    qd_vec_init(y);
    qd_vec_resize(x, box->n);
    for (slong i = 0; i < box->n; i++) fmpq_set(x->e + i, box->base + i);
    qd_status st = qd_lowered_run(y, NULL, NULL, q->low, x, ctx);
    *degree = -1;
    for (slong o = 0; st == QD_OK && o < y->n; o++)
        if (!fmpq_is_zero(y->e + o)) *degree = 0;
    qd_vec_clear(x);
    qd_vec_clear(y);
    return st;
}

/* Where the end multiplies, pieces and degree come from the list, which `all` has made. */
static qd_status count_pieces(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    qd_restriction m;
    qd_label label = a->count.label;
    qd_status st = QD_OK;
    qd_restriction_init(&m, q->net, &box->d, ctx->seed);
    bool can = label == QD_EXACT && a->regions->outputs > 0 && qd_path_fits(&m);
    if (can) st = qd_regions_count(a->regions, &m, label, ctx);
    if (can && st == QD_OK) a->count = a->regions->count;
    else {
        a->count.label = QD_LOWER_BOUND;
        a->count.pieces = 1;
        a->bounded = a->holes = -1;
        if (st == QD_OK) st = qd_fail(ctx, QD_EUNABLE, "the regions of a product are counted, but there are too many to count its pieces");
    }
    qd_restriction_clear(&m);
    if (!q->options->list) qd_regions_clear(a->regions);
    return st;
}

/* Counts, list, pieces from the factors. */
static qd_status finish(qd_answer_t a, factors *p, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    a->road = QD_ROAD_PRODUCT;
    a->factors = p->n;
    multiply_counts(a, p->f, p->n);
    if ((q->options->list || !p->b->sum) && strides(p)) list(a->regions, p, q->net, box, &a->count, ctx);
    if (!p->b->sum) st = count_pieces(a, q, box, ctx);
    else if (a->count.max_degree < 1) st = constant_degree(&a->count.max_degree, q, box, ctx);
    if (st == QD_OK && a->count.regions == WORD_MAX) st = qd_fail(ctx, QD_EUNABLE, "the number of regions is beyond 2^63 - 1");
    return st;
}

qd_status qd_engine__product(qd_answer_t a, const qd_engine__question *q, const qd_blocks_t b, const qd_box_t box, qd_ctx_t ctx)
{
    factors p = {qd_malloc(sizeof *p.f * (size_t) b->n), b, b->n, qd_calloc((size_t) b->n, sizeof *p.stride),
                 qd_calloc((size_t) b->n, sizeof *p.bit)};
    for (slong i = 0; i < b->n; i++) qd_answer_init(p.f + i);
    qd_status st = solve_factors(&p, q, box, ctx);
    if (p.f[b->n - 1].count.patterns > 0) {
        qd_status last = finish(a, &p, q, box, ctx);
        if (st == QD_OK) st = last;
    }
    for (slong i = 0; i < b->n; i++) {
        qd_answer_clear(p.f + i);
        free(p.bit[i]);
    }
    free(p.f);
    free(p.stride);
    free(p.bit);
    return st;
}
