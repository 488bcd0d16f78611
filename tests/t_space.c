/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine in space: published and hand-made counts, formulas, the planar engine and the engine on a line, and what must not change: coordinates,
   the order and scale of units, the number of threads. */
#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "line/line.h"
#include "plane/plane.h"
#include "shared/network.h"
#include "shared/suite.h"
#include "space/space.h"

static uint64_t seed;
static slong multiplier;

static void compute(qd_regions_t g, const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    ck_assert_msg(qd_space_compute(g, net, d, NULL, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(g->count.label, QD_EXACT);
    ck_assert_int_eq(g->count.regions, g->n);
    ck_assert_int_eq(g->count.patterns, g->n);
}

static slong bounded(const qd_regions_t g)
{
    slong n = 0;
    for (slong i = 0; i < g->n; i++) n += g->bounded[i];
    return n;
}

/* ---- known answers --------------------------------------------------------------------------- */

static int64_t expected(const qd_node *node, const char *key)
{
    const qd_node *v = qd_node_member(node, key);
    return v == NULL ? -1 : strtoll(qd_node_text(v, NULL), NULL, 10);
}

static void check_file(const char *path)
{
    qd_doc_t doc;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_ctx_init(ctx);
    qd_doc_init(doc);
    qd_net_init(net);
    qd_regions_init(g);
    ck_assert_int_eq(qd_doc_read(doc, path, QD_JSON, ctx), QD_OK);
    ck_assert_msg(qd_net_from_node(net, qd_node_member(qd_doc_root(doc), "network"), ctx) == QD_OK, "%s: %s", path, qd_ctx_message(ctx));
    const qd_node *e = qd_node_member(qd_doc_root(doc), "expected");
    compute(g, net, &(qd_domain){0}, ctx);
    ck_assert_msg(expected(e, "patterns") == g->count.patterns, "%s: patterns %ld", path, (long) g->count.patterns);
    ck_assert_msg(expected(e, "pieces") < 0 || expected(e, "pieces") == g->count.pieces, "%s: pieces %ld", path, (long) g->count.pieces);
    qd_regions_clear(g);
    qd_net_clear(net);
    qd_doc_clear(doc);
}

START_TEST(reference_networks)
{
    glob_t found;
    ck_assert_int_eq(glob("tests/reference/pieces/*_cv.json", 0, NULL, &found), 0);
    ck_assert_uint_gt(found.gl_pathc, 7);
    for (size_t i = 0; i < found.gl_pathc; i++) check_file(found.gl_pathv[i]);
    globfree(&found);
}
END_TEST

static slong choose(slong n, slong k)
{
    slong c = 1;
    for (slong i = 0; i < k; i++) c = c * (n - i) / (i + 1);
    return k < 0 || k > n ? 0 : c;
}

/* One layer with relu, the hyperplanes sum_k u^k x_k + u^dim = 0 (or through 0), u = 1, 2, ..., which are in general position. */
static void moment_net(qd_net_t net, slong dim, slong n, bool central)
{
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), dim, n);
    for (slong u = 0; u < n; u++) {
        fmpz_t p;
        fmpz_init_set_ui(p, 1);
        for (slong k = 0; k < dim; k++) {
            fmpq_set_fmpz(qd_layer_at(l, 0, u, k), p);
            fmpz_mul_si(p, p, u + 1);
        }
        if (!central) fmpq_set_fmpz(qd_layer_at(l, 1, u, 0), p);
        fmpz_clear(p);
    }
}

/* Zaslavsky: sum_(j <= dim) C(n, j) regions, of which C(n - 1, dim) are bounded; through one point 2 sum_(j < dim) C(n - 1, j). */
START_TEST(general_position)
{
    static const slong most[] = {0, 0, 12, 11, 10, 9, 9, 9, 10, 7};
    slong dim = _i;
    for (slong n = 1; n <= most[dim]; n++)
        for (int central = 0; central < 2; central++) {
            qd_net_t net;
            qd_ctx_t ctx;
            qd_regions_t g;
            slong regions = 0, walls = 0;
            qd_ctx_init(ctx);
            qd_net_init(net);
            qd_regions_init(g);
            moment_net(net, dim, n, central);
            compute(g, net, &(qd_domain){0}, ctx);
            for (slong j = 0; j <= dim - central; j++) regions += (1 + central) * choose(n - central, j);
            /* every hyperplane is cut by the others into regions of one dimension less */
            for (slong j = 0; j <= dim - 1 - central; j++) walls += n * (1 + central) * choose(n - 1 - central, j);
            if (central && dim == 1) walls = n;
            ck_assert_msg(g->count.regions == regions, "%ld hyperplanes in dimension %ld: %ld regions, expected %ld", (long) n, (long) dim,
                          (long) g->count.regions, (long) regions);
            ck_assert_int_eq(bounded(g), central ? 0 : choose(n - 1, dim));
            if (n > 1) ck_assert_int_eq(g->nwalls, walls);
            qd_regions_clear(g);
            qd_net_clear(net);
        }
}
END_TEST

/* x_i = x_j: dim! regions, one an order, each beside dim - 1 others; the space has a direction that no unit sees. */
START_TEST(braid)
{
    slong dim = 2 + _i, n = 0, orders = 1;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), dim, dim * (dim - 1) / 2);
    for (slong i = 0; i < dim; i++)
        for (slong j = 0; j < i; j++, n++) {
            fmpq_set_si(qd_layer_at(l, 0, n, i), 1, 1);
            fmpq_set_si(qd_layer_at(l, 0, n, j), -1, 1);
        }
    for (slong i = 2; i <= dim; i++) orders *= i;
    compute(g, net, &(qd_domain){0}, ctx);
    ck_assert_int_eq(g->count.regions, orders);
    ck_assert_int_eq(g->nwalls, orders * (dim - 1) / 2);
    ck_assert_int_eq(bounded(g), 0);
    qd_regions_clear(g);
    qd_net_clear(net);
}
END_TEST

/* Three parallel hyperplanes for each coordinate, each of them twice: 4^dim regions, 2^dim of them bounded. In the box [0,5/2]^dim, one side of which
   is one of them: 3^dim regions, of which only the middle one does not touch the boundary. */
START_TEST(products)
{
    slong dim = 2 + _i, all = 1, inner = 1, some = 1;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    fmpq *lo = _fmpq_vec_init(dim), *hi = _fmpq_vec_init(dim);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_ABS), dim, 6 * dim);
    for (slong u = 0; u < 6 * dim; u++) {
        slong s = u % 2 == 0 ? 1 : -2;
        fmpq_set_si(qd_layer_at(l, 0, u, u / 6), s, 1);
        fmpq_set_si(qd_layer_at(l, 1, u, 0), -s * (u / 2 % 3), 1);
    }
    for (slong k = 0; k < dim; k++) {
        all *= 4;
        inner *= 2;
        some *= 3;
        fmpq_set_si(hi + k, 5, 2);
    }
    compute(g, net, &(qd_domain){0}, ctx);
    ck_assert_int_eq(g->count.regions, all);
    ck_assert_int_eq(bounded(g), inner);
    ck_assert_int_eq(g->nwalls, dim * all / 4 * 3);
    compute(g, net, &(qd_domain){.lo = lo, .hi = hi}, ctx);
    ck_assert_int_eq(g->count.regions, some);
    ck_assert_int_eq(bounded(g), 1);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, dim);
    _fmpq_vec_clear(hi, dim);
}
END_TEST

/* More facets than fit into a word: the tangents of a parabola all bound the region below it. */
START_TEST(many_facets)
{
    slong n = 100 + 50 * _i;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_ctx_init(ctx);
    ctx->threads = 1 + _i;
    qd_net_init(net);
    qd_regions_init(g);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 2, n);
    for (slong u = 0; u < n; u++) {
        fmpq_set_si(qd_layer_at(l, 0, u, 0), u, 1);
        fmpq_set_si(qd_layer_at(l, 0, u, 1), -1, 1);
        fmpq_set_si(qd_layer_at(l, 1, u, 0), -u * u, 4);
        fmpq_canonicalise(qd_layer_at(l, 1, u, 0));
    }
    compute(g, net, &(qd_domain){0}, ctx);
    ck_assert_int_eq(g->count.regions, 1 + n + n * (n - 1) / 2);
    ck_assert_int_eq(bounded(g), (n - 1) * (n - 2) / 2);
    ck_assert_int_eq(g->nwalls, n * n);
    qd_regions_clear(g);
    qd_net_clear(net);
}
END_TEST

/* ---- random networks ----------------------------------------------------------------------------- */

static void draw(fmpq_t x, int flavour, qd_rng_t rng)
{
    static const slong small[] = {0, 0, 1, -1, 1, -1, 2, -2, 3, -3};
    if (flavour == 0) fmpq_set_si(x, small[qd_rng_below(rng, 10)], 1);
    else if (flavour == 1) fmpq_set_si(x, qd_rng_range(rng, -8, 8), 8);
    else if (flavour == 2) fmpq_set_si(x, qd_rng_range(rng, -1000, 1000), 997);
    else fmpq_set_si(x, small[qd_rng_below(rng, 10)], qd_rng_below(rng, 2) ? 1 : 1000000007);
    fmpq_canonicalise(x);
}

static void random_dense(qd_net_t net, slong in, slong out, bool last, int flavour, qd_rng_t rng)
{
    static const qd_activation acts[] = {QD_RELU, QD_RELU, QD_RELU, QD_LEAKY_RELU, QD_ABS, QD_IDENTITY};
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, last ? QD_IDENTITY : acts[qd_rng_below(rng, 6)]), in, out);
    if (l->neuron.act == QD_LEAKY_RELU) fmpq_set_si(l->slope, 1, 3);
    for (slong u = 0; u < out; u++) {
        for (slong j = 0; j < in; j++) draw(qd_layer_at(l, 0, u, j), flavour, rng);
        draw(qd_layer_at(l, 1, u, 0), flavour, rng);
    }
    if (out < 2 || qd_rng_below(rng, 3) > 0) return;
    fmpq_t s; /* one unit is a multiple of another */
    fmpq_init(s);
    fmpq_set_si(s, qd_rng_below(rng, 2) ? 2 : -3, 1);
    for (slong j = 0; j < in; j++) fmpq_mul(qd_layer_at(l, 0, 1, j), qd_layer_at(l, 0, 0, j), s);
    if (qd_rng_below(rng, 2)) fmpq_mul(qd_layer_at(l, 1, 1, 0), qd_layer_at(l, 1, 0, 0), s);
    fmpq_clear(s);
}

static void random_sparse(qd_net_t net, slong in, slong out, int flavour, qd_rng_t rng)
{
    static const qd_activation acts[] = {QD_RELU, QD_RELU, QD_LEAKY_RELU, QD_ABS, QD_IDENTITY, QD_IDENTITY};
    qd_layer_struct *l = qd_net_add_sparse(net, in, out);
    for (slong u = 0; u < out; u++) {
        qd_lowered_unit *unit = l->sparse + u;
        slong n = (slong) qd_rng_below(rng, (uint64_t) in + 1), at = 0;
        unit->act = acts[qd_rng_below(rng, 6)];
        if (unit->act == QD_LEAKY_RELU) fmpq_set_si(unit->slope, -1, 2);
        qd_lowered_unit_resize(unit, n, 0);
        for (slong k = 0; k < n; k++) {
            at += (slong) qd_rng_below(rng, (uint64_t) (in - at - (n - k) + 1));
            unit->at[k] = at++;
            draw(unit->w + k, flavour, rng);
        }
        draw(unit->b, flavour, rng);
    }
}

static void random_net(qd_net_t net, slong inputs, slong depth, slong width, qd_rng_t rng)
{
    slong in = inputs;
    int flavour = (int) qd_rng_below(rng, 4);
    qd_net_clear(net);
    qd_net_init(net);
    for (slong l = 0; l <= depth; l++) {
        slong out = 1 + (slong) qd_rng_below(rng, (uint64_t) (l == depth ? 2 : width));
        if (l < depth && qd_rng_below(rng, 4) == 0) random_sparse(net, in, out, flavour, rng);
        else random_dense(net, in, out, l == depth, flavour, rng);
        in = out;
    }
}

static void random_box(fmpq *lo, fmpq *hi, slong dim, qd_rng_t rng)
{
    for (slong k = 0; k < dim; k++) {
        fmpq_set_si(lo + k, -(slong) qd_rng_below(rng, 3), 1 + (slong) qd_rng_below(rng, 2));
        fmpq_set_si(hi + k, 1 + (slong) qd_rng_below(rng, 3), 1 + (slong) qd_rng_below(rng, 2));
        fmpq_canonicalise(lo + k);
        fmpq_canonicalise(hi + k);
    }
}

static bool has_pattern(const qd_regions_t g, slong i, const char *pattern)
{
    slong k = 0;
    while (k < g->nswitching && (pattern[k] == '1') == qd_pattern_get(g->pattern + i * g->nwords, k)) k++;
    return k == g->nswitching;
}

static slong find(const qd_regions_t g, const qd_word *pattern)
{
    for (slong i = 0; i < g->n; i++)
        if (memcmp(g->pattern + i * g->nwords, pattern, sizeof *pattern * (size_t) g->nwords) == 0) return i;
    return -1;
}

static int by_pair(const void *a, const void *b)
{
    const slong *x = a, *y = b;
    if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

/* b is a with its regions in another order. */
static void check_same(const qd_regions_t a, const qd_regions_t b, const char *what, int number)
{
    ck_assert_msg(a->n == b->n && a->nwalls == b->nwalls && a->count.pieces == b->count.pieces &&
                      a->count.max_degree == b->count.max_degree,
                  "%s: %ld and %ld regions, %ld and %ld walls, %ld and %ld pieces, degrees %ld and %ld, case %d, QD_SEED=%lu", what,
                  (long) a->n, (long) b->n, (long) a->nwalls, (long) b->nwalls, (long) a->count.pieces, (long) b->count.pieces,
                  (long) a->count.max_degree, (long) b->count.max_degree, number, (ulong) seed);
    slong *to = malloc(sizeof *to * (size_t) (a->n + 1)), *wall = malloc(2 * sizeof *wall * (size_t) (a->nwalls + 1));
    for (slong i = 0; i < a->n; i++) {
        to[i] = find(b, a->pattern + i * a->nwords);
        ck_assert_msg(to[i] >= 0 && a->bounded[i] == b->bounded[to[i]], "%s: region %ld is %s, case %d, QD_SEED=%lu", what, (long) i,
                      to[i] < 0       ? "not there"
                      : a->bounded[i] ? "bounded"
                                      : "not bounded",
                      number, (ulong) seed);
    }
    for (slong i = 0; i < a->n; i++)
        for (slong k = 0; k < i && i < 200; k++)
            ck_assert_msg((a->piece[i] == a->piece[k]) == (b->piece[to[i]] == b->piece[to[k]]), "%s: pieces, case %d, QD_SEED=%lu", what,
                          number, (ulong) seed);
    for (slong i = 0; i < a->nwalls; i++) {
        slong x = to[a->wall[2 * i]], y = to[a->wall[2 * i + 1]];
        wall[2 * i] = x < y ? x : y;
        wall[2 * i + 1] = x < y ? y : x;
    }
    qsort(wall, (size_t) a->nwalls, 2 * sizeof *wall, by_pair);
    ck_assert_msg(a->nwalls == 0 || memcmp(wall, b->wall, 2 * sizeof *wall * (size_t) a->nwalls) == 0, "%s: walls, case %d, QD_SEED=%lu",
                  what, number, (ulong) seed);
    free(to);
    free(wall);
}

/* Everything against the engine in the plane, which knows nothing of convexity. */
START_TEST(equals_plane)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    slong inputs = 2 + _i % 2;
    fmpq *lo = _fmpq_vec_init(2), *hi = _fmpq_vec_init(2), *base = _fmpq_vec_init(inputs), *step = _fmpq_vec_init(2 * inputs);
    qd_rng_init(rng, seed, 100000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 5;
    qd_net_init(net);
    qd_regions_init(a);
    qd_regions_init(b);
    random_net(net, inputs, 1 + _i % 3, 4, rng);
    random_box(lo, hi, 2, rng);
    bool boxed = qd_rng_below(rng, 2);
    qd_domain d = {.lo = boxed ? lo : NULL, .hi = boxed ? hi : NULL};
    if (inputs > 2) {
        for (slong i = 0; i < inputs; i++) draw(base + i, 1, rng);
        for (slong i = 0; i < 2 * inputs; i++) draw(step + i, 2, rng);
        d.dim = 2;
        d.base = base;
        d.step = step;
    }
    if (qd_plane_compute(b, net, &d, ctx) == QD_OK && b->count.label == QD_EXACT) {
        compute(a, net, &d, ctx);
        check_same(a, b, "space and plane", _i);
    }
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 2);
    _fmpq_vec_clear(hi, 2);
    _fmpq_vec_clear(base, inputs);
    _fmpq_vec_clear(step, 2 * inputs);
}
END_TEST

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* One line a region: pattern, bounded, the patterns of its neighbours in order, how many regions its piece has. */
static char **describe(const qd_regions_t g)
{
    char **d = malloc(sizeof *d * (size_t) (g->n + 1));
    for (slong i = 0; i < g->n; i++) {
        slong size = 0, length = g->nswitching;
        uint64_t neighbours = 0;
        d[i] = malloc((size_t) length + 100);
        for (slong k = 0; k < length; k++) d[i][k] = (char) ('0' + qd_pattern_get(g->pattern + i * g->nwords, k));
        for (slong k = 0; k < 2 * g->nwalls; k++)
            if (g->wall[k] == i) {
                char other[400];
                slong j = g->wall[k ^ 1];
                for (slong b = 0; b < length; b++) other[b] = (char) ('0' + qd_pattern_get(g->pattern + j * g->nwords, b));
                neighbours += qd_hash(other, (size_t) length);
            }
        for (slong k = 0; k < g->n; k++) size += g->piece[k] == g->piece[i];
        sprintf(d[i] + length, " bounded %d, neighbours %lx, regions of its piece %ld", g->bounded[i] != 0, (ulong) neighbours,
                (long) size);
    }
    qsort(d, (size_t) g->n, sizeof *d, by_text);
    return d;
}

static char **describe_oracle(const oracle_space_result *o)
{
    char **d = malloc(sizeof *d * (size_t) (o->regions + 1));
    for (int i = 0; i < o->regions; i++) {
        const oracle_space_region *r = o->region + i;
        int size = 0;
        uint64_t neighbours = 0;
        for (int k = 0; k < o->adjacencies; k++)
            for (int side = 0; side < 2; side++)
                if (o->adjacent[k][side] == i) {
                    const char *other = o->region[o->adjacent[k][1 - side]].pattern;
                    neighbours += qd_hash(other, strlen(other));
                }
        for (int k = 0; k < o->regions; k++) size += o->region[k].piece == r->piece;
        d[i] = malloc(strlen(r->pattern) + 100);
        sprintf(d[i], "%s bounded %d, neighbours %lx, regions of its piece %d", r->pattern, r->bounded != 0, (ulong) neighbours, size);
    }
    qsort(d, (size_t) o->regions, sizeof *d, by_text);
    return d;
}

/* All regions against sign vectors that Fourier and Motzkin say are possible. */
START_TEST(equals_oracle)
{
    static const char *const numbers[] = {"-2", "-3/2", "-1", "-1/2", "0", "1/3", "1", "4/3", "2", "3"};
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    slong dim = 2 + _i % 3;
    const char *from[4], *to[4];
    fmpq *lo = _fmpq_vec_init(dim), *hi = _fmpq_vec_init(dim);
    qd_rng_init(rng, seed, 600000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    random_net(net, dim, 1 + (slong) qd_rng_below(rng, 2), dim == 4 ? 3 : 4, rng);
    for (slong k = 0; k < dim; k++) {
        from[k] = numbers[qd_rng_below(rng, 5)];
        to[k] = numbers[5 + qd_rng_below(rng, 5)];
        fmpq_set_str(lo + k, from[k], 10);
        fmpq_set_str(hi + k, to[k], 10);
    }
    bool boxed = qd_rng_below(rng, 2);
    compute(g, net, &(qd_domain){.lo = boxed ? lo : NULL, .hi = boxed ? hi : NULL}, ctx);
    oracle_net *o = to_oracle(net);
    oracle_space_result *p = oracle_space(o, boxed ? from : NULL, boxed ? to : NULL);
    ck_assert_ptr_nonnull(p);
    ck_assert_msg(g->n == p->regions && g->count.pieces == p->pieces && g->nwalls == p->adjacencies,
                  "regions %ld, pieces %ld, walls %ld; oracle %d, %d, %d; case %d, QD_SEED=%lu", (long) g->n, (long) g->count.pieces,
                  (long) g->nwalls, p->regions, p->pieces, p->adjacencies, _i, (ulong) seed);
    char **a = describe(g), **b = describe_oracle(p);
    for (slong i = 0; i < g->n; i++)
        ck_assert_msg(strcmp(a[i], b[i]) == 0, "'%s', oracle '%s', case %d, QD_SEED=%lu", a[i], b[i], _i, (ulong) seed);
    for (slong i = 0; i < g->n; i++) {
        free(a[i]);
        free(b[i]);
    }
    free(a);
    free(b);
    oracle_space_free(p);
    oracle_net_free(o);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, dim);
    _fmpq_vec_clear(hi, dim);
}
END_TEST

/* Nine and more dimensions, where cells have no vertices: inputs that no unit sees change nothing but that all regions reach the boundary. */
START_TEST(unseen_inputs)
{
    qd_rng_t rng;
    qd_net_t net, wide;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    slong dim = 2 + _i % 2, all = 9 + _i % 2;
    fmpq *lo = _fmpq_vec_init(all), *hi = _fmpq_vec_init(all);
    qd_rng_init(rng, seed, 700000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->threads = 1 + _i % 3;
    qd_net_init(net);
    qd_net_init(wide);
    qd_regions_init(a);
    qd_regions_init(b);
    do random_net(net, dim, 1 + _i % 2, 4, rng);
    while (net->layer[0].sparse != NULL);
    qd_net_set(wide, net);
    const qd_layer_struct *from = net->layer;
    qd_layer_struct *l = wide->layer;
    wide->input_dim = l->in = all;
    _fmpq_vec_clear(l->param[0], l->out * dim);
    l->param[0] = _fmpq_vec_init(l->out * all);
    for (slong u = 0; u < l->out; u++)
        for (slong j = 0; j < dim; j++) fmpq_set(qd_layer_at(l, 0, u, all - 1 - j), qd_layer_at(from, 0, u, j));
    random_box(lo, hi, all, rng);
    compute(b, wide, &(qd_domain){.lo = lo, .hi = hi}, ctx);
    for (slong i = 0; i < b->n; i++) ck_assert(!b->bounded[i]);
    for (slong j = 0; j < dim; j++) {
        fmpq_swap(lo + j, lo + all - 1 - j);
        fmpq_swap(hi + j, hi + all - 1 - j);
    }
    compute(a, net, &(qd_domain){.lo = lo, .hi = hi}, ctx);
    memset(a->bounded, 0, (size_t) a->n);
    check_same(a, b, "unseen inputs", _i);
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
    qd_net_clear(wide);
    _fmpq_vec_clear(lo, all);
    _fmpq_vec_clear(hi, all);
}
END_TEST

/* Three networks of three inputs side by side, in the whole space of nine dimensions: regions and bounded regions multiply. */
START_TEST(side_by_side)
{
    qd_rng_t rng;
    qd_net_t one, all;
    qd_ctx_t ctx;
    qd_regions_t g;
    slong regions = 1, inner = 1, walls = 0, units = 0;
    qd_rng_init(rng, seed, 800000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(all);
    qd_regions_init(g);
    qd_layer_struct *l = qd_net_add_layer(all, qd_neuron_make(QD_LINEAR, QD_RELU), 9, 12);
    for (slong part = 0; part < 3; part++) {
        qd_net_init(one);
        qd_layer_struct *y = qd_net_add_layer(one, qd_neuron_make(QD_LINEAR, QD_RELU), 3, part == 0 ? 5 : part == 1 ? 4 : 3);
        for (slong u = 0; u < y->out; u++, units++) {
            for (slong j = 0; j < 3; j++) {
                draw(qd_layer_at(y, 0, u, j), _i % 4, rng);
                fmpq_set(qd_layer_at(l, 0, units, 3 * part + j), qd_layer_at(y, 0, u, j));
            }
            draw(qd_layer_at(y, 1, u, 0), _i % 4, rng);
            fmpq_set(qd_layer_at(l, 1, units, 0), qd_layer_at(y, 1, u, 0));
        }
        compute(g, one, &(qd_domain){0}, ctx);
        walls = walls * g->n + regions * g->nwalls;
        regions *= g->n;
        inner *= bounded(g);
        qd_net_clear(one);
    }
    compute(g, all, &(qd_domain){0}, ctx);
    ck_assert_msg(g->n == regions && bounded(g) == inner && g->nwalls == walls,
                  "%ld regions, %ld bounded, %ld walls; expected %ld, %ld, %ld; case %d, QD_SEED=%lu", (long) g->n, (long) bounded(g),
                  (long) g->nwalls, (long) regions, (long) inner, (long) walls, _i, (ulong) seed);
    qd_regions_clear(g);
    qd_net_clear(all);
}
END_TEST

/* Every pattern on a line is one of the space, every point is inside its region, and with relu alone the average degree is at most 2 dim. */
START_TEST(lines_and_points)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_line_t line;
    qd_restriction m;
    slong dim = 2 + _i % 4;
    fmpq *v = _fmpq_vec_init(2 * dim), *t = _fmpq_vec_init(dim), *lo = _fmpq_vec_init(dim), *hi = _fmpq_vec_init(dim);
    qd_rng_init(rng, seed, 200000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    qd_line_init(line);
    random_net(net, dim, 1 + _i % 3, 5, rng);
    random_box(lo, hi, dim, rng);
    bool boxed = qd_rng_below(rng, 2), relu = true;
    const qd_domain d = {.lo = boxed ? lo : NULL, .hi = boxed ? hi : NULL};
    compute(g, net, &d, ctx);
    for (slong l = 0; l + 1 < net->depth; l++) relu = relu && net->layer[l].sparse == NULL && net->layer[l].neuron.act == QD_RELU;
    if (relu) ck_assert_int_le(2 * g->nwalls, 2 * dim * g->n);
    qd_restriction_init(&m, net, &d, seed);
    for (slong i = 0; i < g->n && i < 100; i++) {
        ck_assert_int_eq(qd_regions_witness(t, g, i, &m, &d, ctx), QD_TRUE);
        for (slong k = 0; k < dim; k++) /* the first try is the point itself, and nothing is better where no pre-activation is 0 */
            ck_assert_msg(!boxed || (fmpq_cmp(g->point + i * dim + k, lo + k) > 0 && fmpq_cmp(g->point + i * dim + k, hi + k) < 0),
                          "a point on the boundary, case %d, QD_SEED=%lu", _i, (ulong) seed);
    }
    qd_restriction_clear(&m);
    char *pattern = malloc((size_t) g->nswitching + 1);
    for (int k = 0; k < 4 && !boxed; k++) {
        for (slong i = 0; i < 2 * dim; i++) fmpq_set_si(v + i, qd_rng_range(rng, -1000000, 1000000), 999983);
        ck_assert_int_eq(qd_line_compute(line, net, &(qd_domain){.dim = 1, .base = v, .step = v + dim}, ctx), QD_OK);
        for (slong i = 0; i < qd_line_nregions(line); i++) {
            slong j = 0;
            qd_line_pattern(pattern, line, i);
            while (j < g->n && !has_pattern(g, j, pattern)) j++;
            ck_assert_msg(j < g->n, "pattern %s on a line is none in space, case %d, QD_SEED=%lu", pattern, _i, (ulong) seed);
        }
    }
    free(pattern);
    qd_line_clear(line);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(v, 2 * dim);
    _fmpq_vec_clear(t, dim);
    _fmpq_vec_clear(lo, dim);
    _fmpq_vec_clear(hi, dim);
}
END_TEST

/* Other coordinates of the space change nothing. */
START_TEST(affine_coordinates)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    slong dim = 2 + _i % 3;
    fmpq *base = _fmpq_vec_init(dim), *step = _fmpq_vec_init(dim * dim);
    qd_rng_init(rng, seed, 300000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(a);
    qd_regions_init(b);
    random_net(net, dim, 1 + _i % 2, 5, rng);
    qd_domain d = {.dim = dim, .base = base, .step = step};
    do
        for (slong i = 0; i < dim * dim; i++) draw(step + i, _i % 4, rng);
    while (qd_domain_check(&d, dim, ctx) != QD_OK);
    qd_ctx_forget(ctx);
    for (slong i = 0; i < dim; i++) draw(base + i, 2, rng);
    compute(a, net, &(qd_domain){0}, ctx);
    compute(b, net, &d, ctx);
    check_same(a, b, "affine coordinates", _i);
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
    _fmpq_vec_clear(base, dim);
    _fmpq_vec_clear(step, dim * dim);
}
END_TEST

/* Units of the first hidden layer in reverse order, each scaled by a positive number, and the next layer to match: the same counts. */
static void turn_units(qd_net_t to, const qd_net_t net)
{
    qd_net_set(to, net);
    qd_layer_struct *a = to->layer, *b = to->layer + 1;
    const qd_layer_struct *from = net->layer, *above = net->layer + 1;
    for (slong u = 0; u < a->out; u++) {
        slong v = a->out - 1 - u;
        fmpq_t s;
        fmpq_init(s);
        fmpq_set_si(s, 2 + u, 3);
        for (slong j = 0; j < a->in; j++) fmpq_mul(qd_layer_at(a, 0, u, j), qd_layer_at(from, 0, v, j), s);
        fmpq_mul(qd_layer_at(a, 1, u, 0), qd_layer_at(from, 1, v, 0), s);
        for (slong i = 0; i < b->out; i++) fmpq_div(qd_layer_at(b, 0, i, u), qd_layer_at(above, 0, i, v), s);
        fmpq_clear(s);
    }
}

START_TEST(order_and_scale_of_units)
{
    qd_rng_t rng;
    qd_net_t net, other;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    slong dim = 2 + _i % 3;
    qd_rng_init(rng, seed, 400000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_net_init(other);
    qd_regions_init(a);
    qd_regions_init(b);
    do random_net(net, dim, 2, 5, rng);
    while (net->layer[0].sparse != NULL || net->layer[1].sparse != NULL);
    turn_units(other, net);
    compute(a, net, &(qd_domain){0}, ctx);
    compute(b, other, &(qd_domain){0}, ctx);
    ck_assert_msg(a->n == b->n && a->nwalls == b->nwalls && a->count.pieces == b->count.pieces && bounded(a) == bounded(b),
                  "%ld and %ld regions, %ld and %ld bounded, %ld and %ld walls, pieces %ld and %ld, case %d, QD_SEED=%lu", (long) a->n,
                  (long) b->n, (long) bounded(a), (long) bounded(b), (long) a->nwalls, (long) b->nwalls, (long) a->count.pieces,
                  (long) b->count.pieces, _i, (ulong) seed);
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
    qd_net_clear(other);
}
END_TEST

START_TEST(threads_do_not_matter)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    slong dim = 2 + _i % 3;
    qd_rng_init(rng, seed, 500000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(a);
    qd_regions_init(b);
    random_net(net, dim, 1 + _i % 3, 6, rng);
    ctx->threads = 1;
    compute(a, net, &(qd_domain){0}, ctx);
    for (int threads = 2; threads <= 4; threads++) {
        ctx->threads = threads;
        compute(b, net, &(qd_domain){0}, ctx);
        ck_assert_int_eq(a->n, b->n);
        ck_assert_int_eq(a->nwalls, b->nwalls);
        ck_assert_int_eq(memcmp(a->pattern, b->pattern, sizeof *a->pattern * (size_t) (a->n * a->nwords)), 0);
        ck_assert_int_eq(memcmp(a->piece, b->piece, sizeof *a->piece * (size_t) a->n), 0);
        ck_assert_int_eq(memcmp(a->bounded, b->bounded, (size_t) a->n), 0);
        if (a->nwalls > 0) ck_assert_int_eq(memcmp(a->wall, b->wall, 2 * sizeof *a->wall * (size_t) a->nwalls), 0);
        for (slong i = 0; i < a->n * a->dim; i++) ck_assert(fmpq_equal(a->point + i, b->point + i));
    }
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
}
END_TEST

/* ---- budget and bad input ------------------------------------------------------------------------- */

START_TEST(wanted_alone)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t a, g;
    qd_net_init(net);
    qd_regions_init(a);
    qd_regions_init(g);
    qd_ctx_init(ctx);
    moment_net(net, 3, 8, false);
    compute(a, net, &(qd_domain){0}, ctx);
    for (int k = 0; k < 8; k++) {
        const qd_space_want want = {k & 1, k >> 1 & 1, k >> 2 & 1};
        ck_assert_int_eq(qd_space_compute(g, net, &(qd_domain){0}, &want, ctx), QD_OK);
        ck_assert_int_eq(g->n, a->n);
        ck_assert_int_eq(g->count.regions, a->n);
        ck_assert_int_eq(g->count.pieces, want.pieces ? a->count.pieces : 0);
        ck_assert_int_eq(g->nwalls, want.walls ? a->nwalls : 0);
        ck_assert_int_eq(g->count.max_degree, 1);
        ck_assert_int_eq(g->point == NULL, !want.points);
    }
    qd_regions_clear(a);
    qd_regions_clear(g);
    qd_net_clear(net);
}
END_TEST

START_TEST(budget_gives_a_lower_bound)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_rng_t rng;
    static const double seconds[] = {1e-6, 1e-3, 1e-2, 5e-2};
    int64_t width[] = {4, 12, 12, 1};
    qd_arch arch = {3, width, qd_neuron_make(QD_LINEAR, QD_RELU), false, true};
    qd_net_init(net);
    qd_regions_init(g);
    qd_rng_init(rng, 3, 3);
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GAUSS, 8, 8}, 1, 1);
    qd_ctx_init(ctx);
    compute(g, net, &(qd_domain){0}, ctx);
    qd_count all = g->count;
    for (int k = 0; k < 8; k++) {
        ctx->max_seconds = seconds[k % 4];
        ctx->threads = 1 + k / 4;
        qd_ctx_start(ctx);
        if (qd_space_compute(g, net, &(qd_domain){0}, NULL, ctx) == QD_OK) continue;
        ck_assert_int_eq(g->count.label, QD_LOWER_BOUND);
        ck_assert_int_le(g->count.regions, all.regions);
        ck_assert_int_le(g->count.pieces, all.pieces);
        ck_assert_int_le(g->count.patterns, all.patterns);
        ck_assert_int_ge(g->count.pieces, 1);
    }
    qd_regions_clear(g);
    qd_net_clear(net);
}
END_TEST

START_TEST(bad_domains)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    fmpq *v = _fmpq_vec_init(9);
    qd_net_init(net);
    qd_regions_init(g);
    qd_ctx_init(ctx);
    for (int i = 0; i < 9; i++) fmpq_set_si(v + i, 1 + i / 3, 1);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 3, 1);
    ck_assert(qd_space_takes(net));
    ck_assert_int_eq(qd_space_compute(g, net, &(qd_domain){.dim = 1, .base = v, .step = v}, NULL, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the domain has dimension 1, expected 2 or more");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_space_compute(g, net, &(qd_domain){.dim = 3, .base = v, .step = v}, NULL, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the 3 directions of the domain are linearly dependent");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_space_compute(g, net, &(qd_domain){.lo = v, .hi = v + 1}, NULL, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the range 1:1 is empty; expected a < b");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_space_compute(g, net, &(qd_domain){.lo = v}, NULL, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "a box with ends on one side only; expected both, or none");
    qd_ctx_forget(ctx);
    qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_RELU), 1, 1);
    fmpq_one(qd_layer_at(layer, qd_layer_param(layer, "wr"), 0, 0));
    fmpq_one(qd_layer_at(layer, qd_layer_param(layer, "bg"), 0, 0));
    ck_assert(qd_space_takes(net)); /* a product with a constant */
    fmpq_one(qd_layer_at(layer, qd_layer_param(layer, "wg"), 0, 0));
    ck_assert(!qd_space_takes(net));
    ck_assert_int_eq(qd_space_compute(g, net, &(qd_domain){0}, NULL, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx),
                     "the network is not conventional; expected layers of degree one with relu, leaky_relu, abs or identity");
    ck_assert_int_eq(g->n, 0);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(v, 9);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("space");
    TCase *tc = tcase_create("space");
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, reference_networks);
    tcase_add_loop_test(tc, general_position, 2, 10);
    tcase_add_loop_test(tc, braid, 0, 5);
    tcase_add_loop_test(tc, products, 0, 4);
    tcase_add_loop_test(tc, many_facets, 0, 2);
    tcase_add_loop_test(tc, equals_plane, 0, (int) (150 * multiplier));
    tcase_add_loop_test(tc, equals_oracle, 0, (int) (150 * multiplier));
    tcase_add_loop_test(tc, unseen_inputs, 0, (int) (20 * multiplier));
    tcase_add_loop_test(tc, side_by_side, 0, (int) (4 * multiplier));
    tcase_add_loop_test(tc, lines_and_points, 0, (int) (80 * multiplier));
    tcase_add_loop_test(tc, affine_coordinates, 0, (int) (80 * multiplier));
    tcase_add_loop_test(tc, order_and_scale_of_units, 0, (int) (40 * multiplier));
    tcase_add_loop_test(tc, threads_do_not_matter, 0, (int) (30 * multiplier));
    tcase_add_test(tc, wanted_alone);
    tcase_add_test(tc, budget_gives_a_lower_bound);
    tcase_add_test(tc, bad_domains);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
