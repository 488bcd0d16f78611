/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The choice of engines: networks of few linear forms against the same network in those, networks of separate inputs against their parts,
   and every answer against values at many points, which the oracle computes. */
#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "engine/impl.h"
#include "line/line.h"
#include "plane/plane.h"
#include "space/space.h"
#include "shared/network.h"
#include "shared/suite.h"

static uint64_t seed;
static slong multiplier;

static qd_engine_options all = {.list = true, .slices = 64};

/* A random network: widths[0] inputs, weights k/4, a linear readout of `outputs`. */
static void random_net(qd_net_t net, qd_kind kind, qd_activation act, const int64_t *width, int64_t depth, uint64_t stream)
{
    qd_arch arch = {.depth = depth, .width = (int64_t *) width, .neuron = qd_neuron_make(kind, act), .biases = true};
    qd_random_weights weights = {QD_WEIGHTS_GRID, 8, 4};
    qd_net_random(net, &arch, &weights, seed, stream);
}

/* ---- values at points ------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Patterns of the answer's regions, sorted; all of it to be freed. */
static char **patterns(const qd_regions_t g)
{
    char **p = qd_malloc(sizeof *p * (size_t) (g->n + 1));
    for (slong i = 0; i < g->n; i++) {
        p[i] = qd_calloc((size_t) g->nswitching + 1, 1);
        for (slong k = 0; k < g->nswitching; k++) p[i][k] = qd_pattern_get(g->pattern + i * g->nwords, k) ? '1' : '0';
    }
    qsort(p, (size_t) g->n, sizeof *p, by_text);
    return p;
}

static void random_point(mpq_t *x, slong n, const qd_domain *d, qd_rng_t rng)
{
    for (slong i = 0; i < n; i++) {
        mpq_set_si(x[i], (long) qd_rng_range(rng, -4001, 4001), 1009);
        if (d->lo != NULL) {
            mpq_t lo, hi;
            mpq_inits(lo, hi, NULL);
            fmpq_get_mpq(lo, d->lo + i);
            fmpq_get_mpq(hi, d->hi + i);
            mpq_set_si(x[i], (long) qd_rng_range(rng, 1, 100002), 100003);
            mpq_sub(hi, hi, lo);
            mpq_mul(x[i], x[i], hi);
            mpq_add(x[i], x[i], lo);
            mpq_clears(lo, hi, NULL);
        }
        mpq_canonicalize(x[i]);
    }
}

/* In a network without a pre-activation that vanishes identically a random point almost surely shows a pattern with interior: the list of an
   exact answer has it, and there are no more patterns at points than in it. */
static void check_points(const qd_answer_t a, const qd_net_t net, const qd_domain *d, slong npoints, uint64_t stream)
{
    slong n = net->input_dim, ny = qd_net_output_dim(net);
    oracle_net *o = to_oracle(net);
    char **known = patterns(a->regions), *text = qd_malloc((size_t) qd_net_nswitching(net) + 1);
    mpq_t *x = qd_malloc(sizeof *x * (size_t) n), *y = qd_malloc(sizeof *y * (size_t) ny);
    qd_rng_t rng;
    qd_rng_init(rng, seed, stream);
    for (slong i = 0; i < n; i++) mpq_init(x[i]);
    for (slong i = 0; i < ny; i++) mpq_init(y[i]);
    for (slong k = 0; k < npoints; k++) {
        random_point(x, n, d, rng);
        oracle_eval(y, text, o, (const mpq_t *) x);
        ck_assert_msg(bsearch(&text, known, (size_t) a->regions->n, sizeof *known, by_text) != NULL,
                      "pattern %s at a point, not in the list", text);
    }
    for (slong i = 0; i < n; i++) mpq_clear(x[i]);
    for (slong i = 0; i < ny; i++) mpq_clear(y[i]);
    for (slong i = 0; i < a->regions->n; i++) free(known[i]);
    free(known);
    free(x);
    free(y);
    free(text);
    oracle_net_free(o);
}

/* Every region's witness shows its pattern to the oracle. The plane does not find one for every thin region that goes to infinity. */
static void check_witnesses(const qd_answer_t a, const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    const qd_regions_struct *g = a->regions;
    slong ny = qd_net_output_dim(net), unknown = 0;
    oracle_net *o = to_oracle(net);
    qd_restriction m;
    char *text = qd_malloc((size_t) g->nswitching + 1);
    fmpq *t = _fmpq_vec_init(g->dim);
    mpq_t *x = qd_malloc(sizeof *x * (size_t) g->dim), *y = qd_malloc(sizeof *y * (size_t) ny);
    for (slong i = 0; i < g->dim; i++) mpq_init(x[i]);
    for (slong i = 0; i < ny; i++) mpq_init(y[i]);
    qd_restriction_init(&m, net, d, 1);
    for (slong i = 0; i < g->n; i++) {
        if (qd_regions_witness(t, a->regions, i, &m, d, ctx) == QD_UNKNOWN) {
            unknown++;
            continue;
        }
        for (slong k = 0; k < g->dim; k++) {
            fmpq_get_mpq(x[k], t + k);
            ck_assert(d->lo == NULL || (fmpq_cmp(t + k, d->lo + k) > 0 && fmpq_cmp(t + k, d->hi + k) < 0));
        }
        oracle_eval(y, text, o, (const mpq_t *) x);
        for (slong k = 0; k < g->nswitching; k++)
            ck_assert_msg((text[k] == '1') == qd_pattern_get(g->pattern + i * g->nwords, k), "region %ld, bit %ld", (long) i, (long) k);
    }
    ck_assert_int_le(4 * unknown, g->n);
    qd_restriction_clear(&m);
    for (slong i = 0; i < g->dim; i++) mpq_clear(x[i]);
    for (slong i = 0; i < ny; i++) mpq_clear(y[i]);
    _fmpq_vec_clear(t, g->dim);
    free(x);
    free(y);
    free(text);
    oracle_net_free(o);
}

static void same_counts(const qd_count *a, const qd_count *b)
{
    ck_assert_int_eq(a->label, QD_EXACT);
    ck_assert_int_eq(b->label, QD_EXACT);
    ck_assert_int_eq(a->patterns, b->patterns);
    ck_assert_int_eq(a->regions, b->regions);
    ck_assert_int_eq(a->pieces, b->pieces);
    ck_assert_int_eq(a->max_degree, b->max_degree);
}

/* Every piece has a region, and the flags of the list add up to the sums. */
static void check_list(const qd_answer_t a)
{
    const qd_regions_struct *g = a->regions;
    char *seen = qd_calloc((size_t) g->npieces + 1, 1);
    slong bounded = 0, pieces = 0;
    for (slong i = 0; i < g->n; i++) {
        ck_assert(g->piece[i] >= 0 && g->piece[i] < g->npieces);
        pieces += !seen[g->piece[i]];
        seen[g->piece[i]] = 1;
        bounded += g->bounded[i];
    }
    ck_assert_int_eq(pieces, a->count.pieces);
    ck_assert_int_eq(bounded, a->bounded);
    free(seen);
}

static void compute(qd_answer_t a, const qd_net_t net, const qd_domain *d, qd_road road, qd_ctx_t ctx)
{
    ck_assert_msg(qd_engine_compute(a, net, d, &all, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(a->road, road);
    ck_assert_int_eq(a->count.label, QD_EXACT);
    ck_assert_int_eq(a->regions->n, a->count.regions);
    check_list(a);
}

/* ---- one and two dimensions ------------------------------------------------------------------- */

START_TEST(on_a_line)
{
    static const int64_t width[] = {1, 4, 3, 1};
    qd_net_t net;
    qd_line_t line;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_line_init(line);
    qd_answer_init(a);
    random_net(net, QD_QUADRATIC, QD_RELU, width, 3, (uint64_t) _i);
    ck_assert_int_eq(qd_line_compute(line, net, &(qd_domain){0}, ctx), QD_OK);
    qd_count c = qd_line_count(line);
    compute(a, net, &(qd_domain){0}, QD_ROAD_LINE, ctx);
    same_counts(&a->count, &c);
    ck_assert_int_eq(a->regions->nwalls, c.regions - 1);
    ck_assert_int_eq(a->regions->npieces, c.pieces);
    ck_assert_int_eq(a->bounded, c.regions > 1 ? c.regions - 2 : 0);
    check_witnesses(a, net, &(qd_domain){0}, ctx);
    qd_answer_clear(a);
    qd_line_clear(line);
    qd_net_clear(net);
}
END_TEST

/* The conventional reference networks in two to four dimensions. */
START_TEST(references)
{
    glob_t found;
    ck_assert_int_eq(glob("tests/reference/pieces/*_cv.json", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        qd_doc_t doc;
        qd_net_t net;
        qd_ctx_t ctx;
        qd_count c;
        qd_ctx_init(ctx);
        qd_doc_init(doc);
        qd_net_init(net);
        ck_assert_int_eq(qd_doc_read(doc, found.gl_pathv[i], QD_JSON, ctx), QD_OK);
        const qd_node *e = qd_node_member(qd_doc_root(doc), "expected");
        ck_assert_int_eq(qd_net_from_node(net, qd_node_member(qd_doc_root(doc), "network"), ctx), QD_OK);
        ck_assert_int_eq(qd_engine_count(&c, net, &(qd_domain){0}, ctx), QD_OK);
        const qd_node *regions = qd_node_member(e, "patterns"), *pieces = qd_node_member(e, "pieces");
        ck_assert_msg(regions == NULL || atol(qd_node_text(regions, NULL)) == c.patterns, "%s: %ld", found.gl_pathv[i], (long) c.patterns);
        ck_assert_msg(pieces == NULL || atol(qd_node_text(pieces, NULL)) == c.pieces, "%s: %ld", found.gl_pathv[i], (long) c.pieces);
        qd_net_clear(net);
        qd_doc_clear(doc);
    }
    globfree(&found);
}
END_TEST

/* ---- few forms --------------------------------------------------------------------------------- */

/* One hidden layer of full quadratic neurons and a second one of quadratic ones, two inputs. */
static void flat_net(qd_net_t net, uint64_t stream)
{
    static const int64_t width[] = {2, 3, 2, 1};
    random_net(net, stream % 3 == 2 ? QD_LINEAR : QD_FULL, stream % 2 == 0 ? QD_RELU : QD_ABS, width, 3, stream);
}

/* to is from after x -> F x, F (2, n): as another layer in front of it, or put into its first layer. */
static void embed(qd_net_t to, const qd_net_t from, const fmpq *f, slong n, bool front)
{
    const qd_layer_struct *first = from->layer;
    slong out = first->out;
    qd_net_clear(to);
    qd_net_init(to);
    qd_layer_struct *l =
        front ? qd_net_add_layer(to, qd_neuron_make(QD_LINEAR, QD_IDENTITY), n, 2) : qd_net_add_layer(to, first->neuron, n, out);
    if (front)
        for (slong i = 0; i < 2 * n; i++) fmpq_set(l->param[0] + i, f + i);
    else
        for (slong u = 0; u < out; u++) {
            int w = qd_layer_param(first, "w"), b = qd_layer_param(first, "b");
            for (slong c = 0; c < 2; c++)
                for (slong j = 0; j < n; j++) fmpq_addmul(qd_layer_at(l, w, u, j), qd_layer_at(first, w, u, c), f + c * n + j);
            fmpq_set(qd_layer_at(l, b, u, 0), qd_layer_at(first, b, u, 0));
            if (first->neuron.kind != QD_FULL) continue;
            static const slong pair[3][2] = {{0, 0}, {0, 1}, {1, 1}};
            for (slong p = 0; p < 3; p++)
                for (slong i = 0; i < n; i++)
                    for (slong j = 0; j < n; j++) {
                        fmpq_t v;
                        slong lo = i < j ? i : j, hi = i < j ? j : i;
                        fmpq_init(v);
                        fmpq_mul(v, f + pair[p][0] * n + i, f + pair[p][1] * n + j);
                        fmpq_addmul(qd_layer_at(l, 0, u, lo * n - lo * (lo - 1) / 2 + hi - lo), v, qd_layer_at(first, 0, u, p));
                        fmpq_clear(v);
                    }
        }
    for (slong k = front ? 0 : 1; k < from->depth; k++) {
        const qd_layer_struct *s = from->layer + k;
        l = qd_net_add_layer(to, s->neuron, s->in, s->out);
        for (int p = 0; p < qd_kind_get(s->neuron.kind)->nparams; p++)
            for (slong i = 0; i < s->out * qd_shape_length(qd_kind_get(s->neuron.kind)->param[p].shape, s->in); i++)
                fmpq_set(l->param[p] + i, s->param[p] + i);
    }
}

static void random_map(fmpq *f, slong n, bool disjoint, uint64_t stream)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, stream);
    for (slong c = 0; c < 2; c++)
        for (slong j = 0; j < n; j++) {
            bool mine = !disjoint || (j % 2 == c && j < 4);
            fmpq_set_si(f + c * n + j, mine ? qd_rng_range(rng, -5, 5) : 0, 3);
            if (mine && fmpq_is_zero(f + c * n + j)) fmpq_one(f + c * n + j);
            fmpq_canonicalise(f + c * n + j);
        }
    if (!disjoint) /* independent */
        for (slong j = 0; j < 2; j++) fmpq_set_si(f + n + j, j, 1);
}

/* A planar network put into n dimensions by a random map has the counts of the plane. */
START_TEST(forms_of_a_plane)
{
    slong n = 3 + _i % 3;
    fmpq *f = _fmpq_vec_init(2 * n);
    qd_net_t flat, net;
    qd_regions_t g;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(flat);
    qd_net_init(net);
    qd_regions_init(g);
    qd_answer_init(a);
    flat_net(flat, (uint64_t) _i);
    random_map(f, n, false, (uint64_t) _i);
    embed(net, flat, f, n, _i % 2 == 0);
    ck_assert_msg(qd_plane_compute(g, flat, &(qd_domain){0}, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    compute(a, net, &(qd_domain){0}, QD_ROAD_FORMS, ctx);
    same_counts(&a->count, &g->count);
    ck_assert_int_le(a->forms, 2);
    ck_assert_int_eq(a->bounded, 0);
    ck_assert_int_eq(a->holes, 0);
    for (slong i = 0; i < a->regions->n; i++) ck_assert(!a->regions->bounded[i] && a->regions->holes[i] == 0);
    ck_assert_int_eq(a->regions->nwalls, g->nwalls);
    check_witnesses(a, net, &(qd_domain){0}, ctx);
    check_points(a, net, &(qd_domain){0}, 300, (uint64_t) _i);
    qd_answer_clear(a);
    qd_regions_clear(g);
    qd_net_clear(net);
    qd_net_clear(flat);
    _fmpq_vec_clear(f, 2 * n);
}
END_TEST

/* Forms of separate coordinates: a box becomes the box of their values, which is computed here term by term. */
START_TEST(forms_in_a_box)
{
    enum { N = 5 };
    fmpq *f = _fmpq_vec_init(2 * N), *lo = _fmpq_vec_init(N), *hi = _fmpq_vec_init(N), *ends = _fmpq_vec_init(4);
    qd_net_t flat, net;
    qd_regions_t g;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_rng_t rng;
    qd_ctx_init(ctx);
    qd_net_init(flat);
    qd_net_init(net);
    qd_regions_init(g);
    qd_answer_init(a);
    qd_rng_init(rng, seed, (uint64_t) (1000 + _i));
    flat_net(flat, (uint64_t) _i);
    random_map(f, N, true, (uint64_t) _i);
    embed(net, flat, f, N, _i % 2 == 0);
    for (slong j = 0; j < N; j++) {
        fmpq_set_si(lo + j, qd_rng_range(rng, -6, 2), 2);
        fmpq_add_si(hi + j, lo + j, 1 + (slong) qd_rng_below(rng, 3));
        fmpq_canonicalise(lo + j);
        for (slong c = 0; c < 2; c++) {
            fmpq_t p, q;
            fmpq_init(p);
            fmpq_init(q);
            fmpq_mul(p, f + c * N + j, lo + j);
            fmpq_mul(q, f + c * N + j, hi + j);
            if (fmpq_cmp(p, q) > 0) fmpq_swap(p, q);
            fmpq_add(ends + c, ends + c, p);
            fmpq_add(ends + 2 + c, ends + 2 + c, q);
            fmpq_clear(p);
            fmpq_clear(q);
        }
    }
    ck_assert_msg(qd_plane_compute(g, flat, &(qd_domain){.lo = ends, .hi = ends + 2}, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    const qd_domain box = {.lo = lo, .hi = hi};
    compute(a, net, &box, QD_ROAD_FORMS, ctx);
    same_counts(&a->count, &g->count);
    ck_assert_int_eq(a->bounded, 0);
    check_witnesses(a, net, &box, ctx);
    check_points(a, net, &box, 300, (uint64_t) _i);
    qd_answer_clear(a);
    qd_regions_clear(g);
    qd_net_clear(net);
    qd_net_clear(flat);
    _fmpq_vec_clear(f, 2 * N);
    _fmpq_vec_clear(lo, N);
    _fmpq_vec_clear(hi, N);
    _fmpq_vec_clear(ends, 4);
}
END_TEST

/* s = x + z and t = y + z of a cube are in the hexagon |s|, |t|, |s - t| < 2. One circle around 0 in it, of radius r: sides at distance 2 and
   sqrt 2, corners at 2 and sqrt 8. In the square around it there are 2, 2, 5 and 1. */
START_TEST(forms_that_overlap)
{
    static const slong square[] = {1, 3, 5, 9}, regions[] = {2, 3, 3, 1}; /* r^2 */
    fmpq *lo = _fmpq_vec_init(3), *hi = _fmpq_vec_init(3);
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    for (slong k = 0; k < 3; k++) {
        fmpq_set_si(lo + k, -1, 1);
        fmpq_set_si(hi + k, 1, 1);
    }
    const qd_domain box = {.lo = lo, .hi = hi};
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 3, 2);
    for (slong u = 0; u < 2; u++) {
        fmpq_one(qd_layer_at(l, 0, u, u));
        fmpq_one(qd_layer_at(l, 0, u, 2));
    }
    l = qd_net_add_layer(net, qd_neuron_make(QD_COMPACT, QD_RELU), 2, 1);
    for (slong i = 0; i < 2; i++) fmpq_one(qd_layer_at(l, qd_layer_param(l, "wb"), 0, i));
    fmpq_one(qd_layer_at(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 1), 0, 0, 0));
    fmpq *b = qd_layer_at(net->layer + 1, qd_layer_param(net->layer + 1, "b"), 0, 0);
    for (int i = 0; i < 4; i++) {
        fmpq_set_si(b, -square[i], 1);
        compute(a, net, &box, QD_ROAD_FORMS, ctx);
        ck_assert_int_eq(a->count.regions, regions[i]);
        ck_assert_int_eq(a->count.pieces, regions[i]);
        ck_assert_int_eq(a->count.patterns, regions[i] > 1 ? 2 : 1);
        ck_assert_int_eq(a->regions->nwalls, regions[i] - 1);
        ck_assert_int_eq(a->bounded, 0);
    }
    qd_answer_clear(a);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 3);
    _fmpq_vec_clear(hi, 3);
}
END_TEST

/* Conventional networks against the engine in space, others at points. */
START_TEST(forms_in_a_polygon)
{
    slong n = 3 + _i / 3 % 4;
    fmpq *f = _fmpq_vec_init(2 * n), *lo = _fmpq_vec_init(n), *hi = _fmpq_vec_init(n);
    qd_net_t flat, net;
    qd_regions_t g;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_rng_t rng;
    qd_ctx_init(ctx);
    qd_net_init(flat);
    qd_net_init(net);
    qd_regions_init(g);
    qd_answer_init(a);
    qd_rng_init(rng, seed, (uint64_t) (2000 + _i));
    flat_net(flat, (uint64_t) _i);
    random_map(f, n, false, (uint64_t) (100 + _i));
    embed(net, flat, f, n, _i % 2 == 0);
    for (slong j = 0; j < n; j++) {
        fmpq_set_si(lo + j, qd_rng_range(rng, -6, 2), 4);
        fmpq_canonicalise(lo + j);
        fmpq_add_si(hi + j, lo + j, 1 + (slong) qd_rng_below(rng, 2));
    }
    const qd_domain box = {.lo = lo, .hi = hi};
    compute(a, net, &box, QD_ROAD_FORMS, ctx);
    ck_assert_int_eq(a->forms, 2);
    ck_assert_int_eq(a->bounded, 0);
    if (_i % 3 == 2) {
        ck_assert_msg(qd_space_compute(g, net, &box, NULL, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        same_counts(&a->count, &g->count);
        ck_assert_int_eq(a->regions->nwalls, g->nwalls);
    }
    check_witnesses(a, net, &box, ctx);
    check_points(a, net, &box, 300, (uint64_t) _i);
    qd_answer_clear(a);
    qd_regions_clear(g);
    qd_net_clear(net);
    qd_net_clear(flat);
    _fmpq_vec_clear(f, 2 * n);
    _fmpq_vec_clear(lo, n);
    _fmpq_vec_clear(hi, n);
}
END_TEST

/* ---- separate inputs ------------------------------------------------------------------------------ */

/* Adds the polynomial c (qd_lowered_expand) of n inputs, which stand from `at` on, to the unit. */
static void add_to_unit(qd_lowered_unit *unit, const fmpq *c, slong n, slong at)
{
    slong nw = unit->nw, nterms = unit->nterms, k = 1 + n;
    qd_lowered_unit old = *unit;
    qd_lowered_unit_init(unit);
    qd_lowered_unit_resize(unit, nw + n, nterms + n * (n + 1) / 2);
    unit->act = old.act;
    fmpq_add(unit->b, old.b, c);
    for (slong i = 0; i < nw + n; i++) {
        unit->at[i] = i < nw ? old.at[i] : at + i - nw;
        fmpq_set(unit->w + i, i < nw ? old.w + i : c + 1 + i - nw);
    }
    for (slong t = 0; t < nterms; t++) {
        unit->term[t].i = old.term[t].i;
        unit->term[t].j = old.term[t].j;
        fmpq_set(unit->term[t].c, old.term[t].c);
    }
    for (slong i = 0, t = nterms; i < n; i++)
        for (slong j = i; j < n; j++, t++, k++) {
            unit->term[t].i = at + i;
            unit->term[t].j = at + j;
            fmpq_set(unit->term[t].c, c + k);
        }
    qd_lowered_unit_clear(&old, 0);
}

/* The sum of networks of separate inputs and three layers, as sparse layers. */
static void sum_net(qd_net_t net, const qd_net_struct *part, slong n)
{
    for (slong l = 0; l < 3; l++) {
        slong in = 0, out = 0, from = 0, to = 0;
        for (slong p = 0; p < n; p++) {
            in += part[p].layer[l].in;
            out += part[p].layer[l].out;
        }
        qd_layer_struct *layer = qd_net_add_sparse(net, in, l == 2 ? 1 : out);
        for (slong p = 0; p < n; p++) {
            slong m = part[p].layer[l].in;
            qd_lowered_t low;
            qd_lowered_init(low);
            qd_net_lower(low, part + p);
            fmpq *c = _fmpq_vec_init(1 + m + m * (m + 1) / 2);
            for (slong u = 0; u < part[p].layer[l].out; u++) {
                qd_lowered_unit *unit = layer->sparse + (l == 2 ? 0 : to + u);
                qd_lowered_expand(c, low->layer[l].unit + u, m);
                unit->act = part[p].layer[l].neuron.act;
                add_to_unit(unit, c, m, from);
            }
            _fmpq_vec_clear(c, 1 + m + m * (m + 1) / 2);
            qd_lowered_clear(low);
            from += m;
            to += part[p].layer[l].out;
        }
    }
}

static const struct {
    slong n, inputs[3];
    bool box;
} sums[] = {{3, {1, 1, 1}, false}, {2, {1, 2}, false}, {2, {2, 1}, true}, {3, {1, 1, 1}, true}, {2, {2, 2}, false}, {3, {1, 2, 1}, false}};

/* Counts, neighbours and bounded regions of the sum from those of the parts. */
START_TEST(products)
{
    slong kind = _i % 6, total = 0, nn = sums[kind].n;
    qd_net_struct part[3];
    qd_answer_struct one[3];
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_count want = {QD_EXACT, 1, 1, 1, -1};
    slong bounded = 1, walls = 0;
    fmpq *lo = _fmpq_vec_init(4), *hi = _fmpq_vec_init(4);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    for (slong k = 0; k < 4; k++) {
        fmpq_set_si(lo + k, -k - 1, 1);
        fmpq_set_si(hi + k, 2, 1);
    }
    for (slong p = 0; p < nn; p++) {
        const int64_t width[] = {sums[kind].inputs[p], 2 + (_i + p) % 2, 2, 1};
        qd_net_init(part + p);
        qd_answer_init(one + p);
        random_net(part + p,
                   width[0] > 1 && !sums[kind].box ? QD_LINEAR
                   : p == 1                        ? QD_COMPACT
                                                   : QD_QUADRATIC,
                   QD_RELU, width, 3, (uint64_t) (10 * _i + p));
        qd_domain d = {.lo = sums[kind].box ? lo + total : NULL, .hi = sums[kind].box ? hi + total : NULL};
        ck_assert_msg(qd_engine_compute(one + p, part + p, &d, &all, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        walls = walls * one[p].count.regions + one[p].regions->nwalls * want.regions;
        want.patterns *= one[p].count.patterns;
        want.regions *= one[p].count.regions;
        want.pieces *= one[p].count.pieces;
        bounded *= one[p].bounded;
        if (one[p].count.max_degree > want.max_degree) want.max_degree = one[p].count.max_degree;
        total += sums[kind].inputs[p];
    }
    sum_net(net, part, nn);
    const qd_domain d = {.lo = sums[kind].box ? lo : NULL, .hi = sums[kind].box ? hi : NULL};
    ck_assert_msg(qd_engine_compute(a, net, &d, &all, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    if (a->road == QD_ROAD_PRODUCT) { /* a part that is constant in its inputs leaves fewer forms */
        if (want.max_degree > 0) same_counts(&a->count, &want);
        ck_assert_int_eq(a->bounded, bounded);
        ck_assert_int_eq(a->regions->nwalls, walls);
        ck_assert_int_eq(a->regions->npieces, want.pieces);
        ck_assert_int_eq(a->factors, nn);
    }
    ck_assert_int_eq(a->count.regions, want.regions);
    ck_assert_int_eq(a->count.pieces, want.pieces);
    check_list(a);
    check_witnesses(a, net, &d, ctx);
    check_points(a, net, &d, 200, (uint64_t) _i);
    for (slong p = 0; p < nn; p++) {
        qd_net_clear(part + p);
        qd_answer_clear(one + p);
    }
    qd_answer_clear(a);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 4);
    _fmpq_vec_clear(hi, 4);
}
END_TEST

/* x and y meet in a product of the second layer, z never: the quadrants with a hyperbola in one, 5 regions, times 3. */
START_TEST(meet_in_a_product)
{
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 3, 3);
    for (slong u = 0; u < 3; u++) fmpq_one(qd_layer_at(l, 0, u, u));
    if (_i == 0) { /* a_0 a_1 - 1, a_2 - 1/2 */
        l = qd_net_add_layer(net, qd_neuron_make(QD_PRODUCT_LINEAR, QD_RELU), 3, 2);
        fmpq_one(qd_layer_at(l, qd_layer_param(l, "wr"), 0, 0));
        fmpq_one(qd_layer_at(l, qd_layer_param(l, "wg"), 0, 1));
        fmpq_one(qd_layer_at(l, qd_layer_param(l, "w"), 1, 2));
        fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "b"), 0, 0), -1, 1);
        fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "b"), 1, 0), -1, 2);
    } else {
        l = qd_net_add_sparse(net, 3, 2);
        qd_lowered_unit_resize(l->sparse, 0, 1);
        l->sparse->term->j = 1;
        fmpq_one(l->sparse->term->c);
        fmpq_set_si(l->sparse->b, -1, 1);
        qd_lowered_unit_resize(l->sparse + 1, 1, 0);
        l->sparse[1].at[0] = 2;
        fmpq_one(l->sparse[1].w);
        fmpq_set_si(l->sparse[1].b, -1, 2);
        l->sparse[0].act = l->sparse[1].act = QD_RELU;
    }
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 2, 1);
    for (slong u = 0; u < 2; u++) fmpq_one(qd_layer_at(l, 0, 0, u));
    compute(a, net, &(qd_domain){0}, QD_ROAD_PRODUCT, ctx);
    ck_assert_int_eq(a->factors, 2);
    ck_assert_int_eq(a->count.regions, 15);
    ck_assert_int_eq(a->count.pieces, 4); /* one of each where the output is not constant in a block */
    check_points(a, net, &(qd_domain){0}, 300, 1);
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

/* ---- lower bounds --------------------------------------------------------------------------------- */

/* The lower bound of slices, whatever other road there is. */
static void slices(qd_answer_t a, const qd_net_t net, const qd_domain *d, slong n, qd_ctx_t ctx)
{
    qd_lowered_t low;
    qd_box_t box;
    const qd_engine_options o = {.list = true, .slices = n};
    qd_lowered_init(low);
    qd_net_lower(low, net);
    qd_box_init(box, 0, 0, false);
    qd_box_set(box, d, net->input_dim);
    const qd_engine__question q = {net, low, &o};
    ck_assert_int_eq(qd_engine__slices(a, &q, box, ctx), QD_EUNABLE);
    qd_ctx_forget(ctx);
    ck_assert_int_eq(a->road, QD_ROAD_SLICES);
    ck_assert_int_eq(a->count.label, QD_LOWER_BOUND);
    ck_assert_int_eq(a->regions->n, a->count.patterns);
    ck_assert_int_eq(qd_patterns_distinct(a->regions->pattern, a->regions->n, a->regions->nwords), a->regions->n);
    qd_box_clear(box);
    qd_lowered_clear(low);
}

/* One layer of conventional neurons cuts R^3 into at most 1 + n + C(n, 2) + C(n, 3) regions, and most are found. */
START_TEST(below_zaslavsky)
{
    slong n = 2 + _i % 7, most = 1 + n + n * (n - 1) / 2 + n * (n - 1) * (n - 2) / 6;
    const int64_t width[] = {3, n, 1};
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    random_net(net, QD_LINEAR, QD_RELU, width, 2, (uint64_t) _i);
    slices(a, net, &(qd_domain){0}, 64, ctx);
    ck_assert_int_le(a->count.patterns, most);
    ck_assert_int_ge(2 * a->count.patterns, most); /* coordinates k/4 are not always generic */
    ck_assert_int_le(a->count.pieces, a->count.patterns);
    check_witnesses(a, net, &(qd_domain){0}, ctx);
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

/* Conventional networks of two layers in space and in a box: exact, no more than the bound, and slices find no more. */
START_TEST(below_space)
{
    const int64_t width[] = {3 + _i % 2, 5, 4, 1};
    fmpq *lo = _fmpq_vec_init(4), *hi = _fmpq_vec_init(4);
    qd_net_t net;
    qd_answer_t a, b;
    qd_ctx_t ctx;
    fmpz_t most;
    fmpz_init(most);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    qd_answer_init(b);
    for (slong k = 0; k < 4; k++) fmpq_set_si(hi + k, 2, 1);
    random_net(net, QD_LINEAR, _i % 3 == 0 ? QD_ABS : QD_RELU, width, 3, (uint64_t) _i);
    const qd_domain d = {.lo = _i % 2 ? lo : NULL, .hi = _i % 2 ? hi : NULL};
    compute(a, net, &d, QD_ROAD_SPACE, ctx);
    qd_bound_best_net(most, net, width[0], _i % 2);
    ck_assert_int_ge(fmpz_cmp_si(most, a->count.regions), 0);
    check_points(a, net, &d, 300, (uint64_t) _i);
    slices(b, net, &d, 64, ctx);
    ck_assert_int_le(b->count.patterns, a->count.patterns);
    ck_assert_int_le(b->count.pieces, a->count.pieces);
    ck_assert_int_ge(2 * b->count.patterns, a->count.patterns);
    qd_answer_clear(a);
    qd_answer_clear(b);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 4);
    _fmpq_vec_clear(hi, 4);
    fmpz_clear(most);
}
END_TEST

/* Networks that other roads count exactly: slices find no more, in space and in a box, and the same with any number of threads. */
START_TEST(below_exact)
{
    static const int64_t width[] = {1, 3, 2, 1};
    fmpq *lo = _fmpq_vec_init(3), *hi = _fmpq_vec_init(3);
    qd_net_struct part[3];
    qd_net_t net;
    qd_answer_t exact, a, b;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(exact);
    qd_answer_init(a);
    qd_answer_init(b);
    for (slong k = 0; k < 3; k++) {
        fmpq_set_si(lo + k, -k - 2, 1);
        fmpq_set_si(hi + k, 3, 1);
        qd_net_init(part + k);
        random_net(part + k, QD_QUADRATIC, QD_RELU, width, 3, (uint64_t) (3 * _i + k));
    }
    sum_net(net, part, 3);
    const qd_domain d = {.lo = _i % 2 ? lo : NULL, .hi = _i % 2 ? hi : NULL};
    ck_assert_int_eq(qd_engine_compute(exact, net, &d, &all, ctx), QD_OK);
    ctx->threads = 1;
    slices(a, net, &d, 24, ctx);
    ctx->threads = 3;
    slices(b, net, &d, 24, ctx);
    ck_assert_int_le(a->count.patterns, exact->count.patterns);
    ck_assert_int_le(a->count.pieces, exact->count.pieces);
    ck_assert_int_ge(3 * a->count.patterns, exact->count.patterns);
    ck_assert_int_eq(a->count.patterns, b->count.patterns);
    ck_assert_mem_eq(a->regions->pattern, b->regions->pattern, sizeof(qd_word) * (size_t) (a->regions->n * a->regions->nwords));
    for (slong k = 0; k < 3 * a->regions->n; k++) ck_assert(fmpq_equal(a->regions->point + k, b->regions->point + k));
    check_witnesses(a, net, &d, ctx);
    for (slong k = 0; k < 3; k++) qd_net_clear(part + k);
    qd_answer_clear(exact);
    qd_answer_clear(a);
    qd_answer_clear(b);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 3);
    _fmpq_vec_clear(hi, 3);
}
END_TEST

/* The road slices where it is asked for, in the plane, where another is exact: lines find most patterns, and none that the plane has not. */
START_TEST(sampled_plane)
{
    static const int64_t width[] = {2, 3, 2, 1};
    static const qd_engine_options sampled = {.list = true, .sampled = true, .slices = 64};
    const qd_domain whole = {0};
    qd_net_t net;
    qd_answer_t exact, a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(exact);
    qd_answer_init(a);
    random_net(net, QD_QUADRATIC, QD_RELU, width, 3, (uint64_t) (900 + _i));
    ck_assert_int_eq(qd_engine_compute(exact, net, &whole, &all, ctx), QD_OK);
    ck_assert_int_eq(qd_engine_compute(a, net, &whole, &sampled, ctx), QD_EUNABLE);
    ck_assert_int_eq(a->road, QD_ROAD_SLICES);
    ck_assert(a->count.label == QD_LOWER_BOUND);
    ck_assert_int_ge(2 * a->count.patterns, exact->count.patterns);
    char **found = patterns(a->regions), **there = patterns(exact->regions);
    for (slong i = 0; i < a->regions->n; i++)
        ck_assert_ptr_nonnull(bsearch(found + i, there, (size_t) exact->regions->n, sizeof *there, by_text));
    for (slong i = 0; i < a->regions->n; i++) free(found[i]);
    for (slong i = 0; i < exact->regions->n; i++) free(there[i]);
    free(found);
    free(there);
    check_witnesses(a, net, &whole, ctx);
    qd_answer_clear(exact);
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

/* Quadratic networks with every kind and activation: witnesses hold for the oracle. */
START_TEST(witnesses_of_slices)
{
    static const int64_t width[] = {3, 4, 3, 2};
    static const qd_activation act[] = {QD_RELU, QD_LEAKY_RELU, QD_ABS};
    fmpq *lo = _fmpq_vec_init(3), *hi = _fmpq_vec_init(3);
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    for (slong k = 0; k < 3; k++) fmpq_set_si(hi + k, k + 1, 1);
    random_net(net, (qd_kind) (_i % 7), act[_i % 3], width, 3, (uint64_t) _i);
    const qd_domain d = {.lo = _i % 2 ? lo : NULL, .hi = _i % 2 ? hi : NULL};
    slices(a, net, &d, 12, ctx);
    check_witnesses(a, net, &d, ctx);
    fmpz_t most;
    fmpz_init(most);
    qd_bound_best_net(most, net, 3, _i % 2);
    ck_assert_int_ge(fmpz_cmp_si(most, a->count.regions), 0);
    fmpz_clear(most);
    qd_answer_clear(a);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 3);
    _fmpq_vec_clear(hi, 3);
}
END_TEST

/* x^2 + y^2 + z^2 touches 0 at the first point that is tried, and a unit without weights is 0 everywhere: one pattern, 10. */
START_TEST(touching_is_no_pattern)
{
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_COMPACT, QD_RELU), 3, 2);
    for (slong i = 0; i < 3; i++) fmpq_one(qd_layer_at(l, qd_layer_param(l, "wb"), 0, i));
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 2, 1);
    slices(a, net, &(qd_domain){0}, 8, ctx);
    ck_assert_int_eq(a->count.patterns, 1);
    ck_assert_int_eq(qd_pattern_get(a->regions->pattern, 0), 1);
    ck_assert_int_eq(qd_pattern_get(a->regions->pattern, 1), 0);
    ck_assert(!fmpq_is_zero(a->regions->point) || !fmpq_is_zero(a->regions->point + 1) || !fmpq_is_zero(a->regions->point + 2));
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

/* A budget of nothing still shows one pattern. */
START_TEST(out_of_time)
{
    static const int64_t width[] = {4, 8, 8, 1};
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    random_net(net, QD_QUADRATIC, QD_RELU, width, 3, 1);
    ctx->max_seconds = 1e-9;
    ck_assert_int_eq(qd_engine_compute(a, net, &(qd_domain){0}, &all, ctx), QD_EUNABLE);
    ck_assert_int_eq(a->count.label, QD_LOWER_BOUND);
    ck_assert_int_ge(a->count.patterns, 1);
    ck_assert_int_eq(a->bounded, -1);
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

/* The product of two networks of separate inputs, as an output and with the last unit squared: regions of a product, and pieces by the
   definition, which the test counts from the list: neighbours with equal outputs at three points of all are one. */
static void multiply_outputs(qd_net_t net, const qd_net_struct *part)
{
    qd_layer_struct *l = qd_net_add_sparse(net, 3, 5);
    for (slong u = 0; u < 5; u++) {
        const qd_net_struct *p = part + (u >= 2);
        qd_lowered_t low;
        qd_lowered_init(low);
        qd_net_lower(low, p);
        slong m = p->input_dim;
        fmpq *c = _fmpq_vec_init(1 + m + m * (m + 1) / 2);
        qd_lowered_expand(c, low->layer[0].unit + (u >= 2 ? u - 2 : u), m);
        l->sparse[u].act = QD_RELU;
        add_to_unit(l->sparse + u, c, m, u >= 2 ? 1 : 0);
        _fmpq_vec_clear(c, 1 + m + m * (m + 1) / 2);
        qd_lowered_clear(low);
    }
    l = qd_net_add_layer(net, qd_neuron_make(QD_PRODUCT, QD_IDENTITY), 5, 1);
    for (slong u = 0; u < 5; u++) fmpq_one(qd_layer_at(l, qd_layer_param(l, u >= 2 ? "wg" : "wr"), 0, u));
}

/* The value at x of the output polynomial of region i, made from the pattern by hand: two layers, relu. */
static void output_along(mpq_t y, const qd_regions_t g, slong i, const qd_net_t net, const mpq_t *x)
{
    mpq_t z, s[2];
    mpq_inits(z, s[0], s[1], NULL);
    for (slong u = 0; u < 5; u++) {
        const qd_lowered_unit *unit = net->layer->sparse + u;
        mpq_t c;
        mpq_init(c);
        fmpq_get_mpq(z, unit->b);
        for (slong k = 0; k < unit->nw; k++) {
            fmpq_get_mpq(c, unit->w + k);
            mpq_mul(c, c, x[unit->at[k]]);
            mpq_add(z, z, c);
        }
        for (slong k = 0; k < unit->nterms; k++) {
            fmpq_get_mpq(c, unit->term[k].c);
            mpq_mul(c, c, x[unit->term[k].i]);
            mpq_mul(c, c, x[unit->term[k].j]);
            mpq_add(z, z, c);
        }
        if (qd_pattern_get(g->pattern + i * g->nwords, u)) mpq_add(s[u >= 2], s[u >= 2], z);
        mpq_clear(c);
    }
    mpq_mul(y, s[0], s[1]);
    mpq_clears(z, s[0], s[1], NULL);
}

START_TEST(products_of_outputs)
{
    static const int64_t one[] = {1, 2, 1}, two[] = {2, 3, 1};
    qd_net_struct part[2];
    qd_net_t net;
    qd_answer_t a;
    qd_count c[2];
    qd_ctx_t ctx;
    mpq_t x[3], y, z;
    qd_rng_t rng;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    mpq_inits(x[0], x[1], x[2], y, z, NULL);
    qd_rng_init(rng, seed, (uint64_t) _i);
    for (int k = 0; k < 2; k++) {
        qd_net_init(part + k);
        random_net(part + k, QD_QUADRATIC, QD_RELU, k == 0 ? one : two, 2, (uint64_t) (2 * _i + k));
        ck_assert_int_eq(qd_engine_count(c + k, part + k, &(qd_domain){0}, ctx), QD_OK);
    }
    multiply_outputs(net, part);
    ck_assert_msg(qd_engine_compute(a, net, &(qd_domain){0}, &all, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(a->count.regions, c[0].regions * c[1].regions);
    ck_assert_int_eq(a->count.patterns, c[0].patterns * c[1].patterns);
    const qd_regions_struct *g = a->regions;
    slong *piece = qd_calloc((size_t) g->n + 1, sizeof *piece), pieces = g->n;
    for (slong i = 0; i < g->n; i++) piece[i] = i;
    for (slong w = 0; w < g->nwalls; w++) {
        slong p = piece[g->wall[2 * w]], q = piece[g->wall[2 * w + 1]];
        bool same = true;
        for (int k = 0; k < 3 && same; k++) {
            random_point(x, 3, &(qd_domain){0}, rng);
            output_along(y, g, g->wall[2 * w], net, (const mpq_t *) x);
            output_along(z, g, g->wall[2 * w + 1], net, (const mpq_t *) x);
            same = mpq_equal(y, z);
        }
        if (!same || p == q) continue;
        pieces--;
        for (slong i = 0; i < g->n; i++)
            if (piece[i] == p) piece[i] = q;
    }
    ck_assert_int_eq(a->count.pieces, pieces);
    for (int k = 0; k < 2; k++) qd_net_clear(part + k);
    mpq_clears(x[0], x[1], x[2], y, z, NULL);
    free(piece);
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

/* relu(x_i) and relu(x_i - 1) of 40 inputs: 3^40 regions are beyond what is counted. */
START_TEST(beyond_all_numbers)
{
    enum { INPUTS = 40 };
    qd_net_t net;
    qd_ctx_t ctx;
    qd_answer_t a;
    qd_net_init(net);
    qd_ctx_init(ctx);
    qd_answer_init(a);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), INPUTS, 2 * INPUTS);
    for (slong u = 0; u < 2 * INPUTS; u++) {
        fmpq_one(qd_layer_at(l, 0, u, u / 2));
        fmpq_set_si(qd_layer_at(l, 1, u, 0), -(u % 2), 1);
    }
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 2 * INPUTS, 1);
    for (slong u = 0; u < 2 * INPUTS; u++) fmpq_one(qd_layer_at(l, 0, 0, u));
    ck_assert_int_eq(qd_engine_compute(a, net, &(qd_domain){0}, &qd_engine_defaults, ctx), QD_EUNABLE);
    ck_assert_str_eq(qd_ctx_message(ctx), "the number of regions is beyond 2^63 - 1");
    ck_assert(a->road == QD_ROAD_PRODUCT && a->factors == INPUTS);
    ck_assert(a->count.label == QD_LOWER_BOUND && a->count.regions == WORD_MAX);
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

/* relu(x^2 + 1) - relu(x^2) is 1, the same of y taken away, and relu(-z^2 - 1) is 0: the output is its bias, of degree 0, or -1 where that is 0. */
START_TEST(constant_sums)
{
    static const slong input[] = {0, 0, 1, 1, 2}, square[] = {1, 1, 1, 1, -1}, constant[] = {1, 0, 1, 0, -1}, sign[] = {1, -1, -1, 1, 1};
    for (slong bias = 0; bias < 2; bias++) {
        qd_net_t net;
        qd_ctx_t ctx;
        qd_answer_t a;
        qd_net_init(net);
        qd_ctx_init(ctx);
        qd_answer_init(a);
        qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_POWER, QD_RELU), 3, 5);
        for (slong u = 0; u < 5; u++) {
            fmpq_set_si(qd_layer_at(l, 0, u, input[u]), square[u], 1);
            fmpq_set_si(qd_layer_at(l, 1, u, 0), constant[u], 1);
        }
        l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 5, 1);
        for (slong u = 0; u < 5; u++) fmpq_set_si(qd_layer_at(l, 0, 0, u), sign[u], 1);
        fmpq_set_si(qd_layer_at(l, 1, 0, 0), 5 * bias, 1);
        ck_assert_int_eq(qd_engine_compute(a, net, &(qd_domain){0}, &qd_engine_defaults, ctx), QD_OK);
        ck_assert(a->road == QD_ROAD_PRODUCT && a->count.regions == 1 && a->count.pieces == 1);
        ck_assert_int_eq(a->count.max_degree, bias - 1);
        qd_answer_clear(a);
        qd_net_clear(net);
    }
}
END_TEST

/* relu(x^2 + y^2 - 1): a disc, and what is around it, which has one hole. */
START_TEST(a_hole)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_answer_t a;
    qd_net_init(net);
    qd_ctx_init(ctx);
    qd_answer_init(a);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_POWER, QD_RELU), 2, 1);
    for (slong i = 0; i < 2; i++) fmpq_one(qd_layer_at(l, 0, 0, i));
    fmpq_set_si(qd_layer_at(l, 1, 0, 0), -1, 1);
    ck_assert_int_eq(qd_engine_compute(a, net, &(qd_domain){0}, &qd_engine_defaults, ctx), QD_OK);
    ck_assert(a->road == QD_ROAD_PLANE && a->count.regions == 2);
    ck_assert_int_eq(a->bounded, 1);
    ck_assert_int_eq(a->holes, 1);
    qd_answer_clear(a);
    qd_net_clear(net);
}
END_TEST

START_TEST(bad_domains)
{
    static const int64_t width[] = {3, 2, 1};
    fmpq *lo = _fmpq_vec_init(3), *hi = _fmpq_vec_init(3);
    qd_net_t net;
    qd_answer_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_answer_init(a);
    random_net(net, QD_QUADRATIC, QD_RELU, width, 2, 1);
    ck_assert_int_eq(qd_engine_compute(a, net, &(qd_domain){.lo = lo, .hi = hi}, &all, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the range 0:0 is empty; expected a < b");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_engine_compute(a, net, &(qd_domain){.lo = lo}, &all, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "a box with ends on one side only; expected both, or none");
    ck_assert_int_eq(a->count.patterns, 0);
    qd_answer_clear(a);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 3);
    _fmpq_vec_clear(hi, 3);
}
END_TEST

static slong loops(slong n)
{
    return n * multiplier;
}

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("engine");
    TCase *tc = tcase_create("engine");
    tcase_set_timeout(tc, 10 * (double) multiplier);
    tcase_add_loop_test(tc, on_a_line, 0, (int) loops(10));
    tcase_add_test(tc, references);
    tcase_add_loop_test(tc, forms_of_a_plane, 0, (int) loops(12));
    tcase_add_loop_test(tc, forms_in_a_box, 0, (int) loops(12));
    tcase_add_test(tc, forms_that_overlap);
    tcase_add_loop_test(tc, forms_in_a_polygon, 0, (int) loops(24));
    tcase_add_loop_test(tc, products, 0, (int) loops(18));
    tcase_add_loop_test(tc, meet_in_a_product, 0, 2);
    tcase_add_loop_test(tc, products_of_outputs, 0, (int) loops(20));
    tcase_add_loop_test(tc, below_zaslavsky, 0, (int) loops(7));
    tcase_add_loop_test(tc, below_space, 0, (int) loops(8));
    tcase_add_loop_test(tc, below_exact, 0, (int) loops(6));
    tcase_add_loop_test(tc, sampled_plane, 0, (int) loops(6));
    tcase_add_loop_test(tc, witnesses_of_slices, 0, (int) loops(14));
    tcase_add_test(tc, touching_is_no_pattern);
    tcase_add_test(tc, out_of_time);
    tcase_add_test(tc, beyond_all_numbers);
    tcase_add_test(tc, constant_sums);
    tcase_add_test(tc, a_hole);
    tcase_add_test(tc, bad_domains);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
