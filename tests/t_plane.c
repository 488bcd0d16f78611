/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine in the plane: published and hand-made counts, formulas, and what must not change: the coordinates of the plane, the order and scale of
   units, the number of threads; and lines in the plane against the engine on a line. */
#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "line/line.h"
#include "shared/network.h"
#include "plane/plane.h"
#include "shared/suite.h"

static uint64_t seed;
static slong multiplier;

/* ---- known answers --------------------------------------------------------------------------- */

static void compute(qd_regions_t g, const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    ck_assert_msg(qd_plane_compute(g, net, d, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(g->count.label, QD_EXACT);
}

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
    if (net->input_dim == 2) {
        const qd_node *e = qd_node_member(qd_doc_root(doc), "expected");
        compute(g, net, &(qd_domain){0}, ctx);
        ck_assert_msg(expected(e, "patterns") == g->count.patterns, "%s: patterns %ld", path, (long) g->count.patterns);
        ck_assert_msg(expected(e, "regions") < 0 || expected(e, "regions") == g->count.regions, "%s: regions %ld", path,
                      (long) g->count.regions);
        ck_assert_msg(expected(e, "pieces") == g->count.pieces, "%s: pieces %ld", path, (long) g->count.pieces);
    }
    qd_regions_clear(g);
    qd_net_clear(net);
    qd_doc_clear(doc);
}

START_TEST(reference_networks)
{
    static const char *const patterns[] = {"tests/reference/pieces/*_d2.json", "tests/reference/pieces/*_cv.json"};
    for (int k = 0; k < 2; k++) {
        glob_t found;
        ck_assert_int_eq(glob(patterns[k], 0, NULL, &found), 0);
        ck_assert_uint_gt(found.gl_pathc, 5);
        for (size_t i = 0; i < found.gl_pathc; i++) check_file(found.gl_pathv[i]);
        globfree(&found);
    }
}
END_TEST

/* One hidden layer of full quadratic polynomials a x^2 + b xy + c y^2 + d x + e y + f with relu, and the sum of all units. */
static void full_net(qd_net_t net, const char *const *rows, slong n, qd_ctx_t ctx)
{
    qd_net_clear(net);
    qd_net_init(net);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_FULL, QD_RELU), 2, n);
    for (slong u = 0; u < n; u++) {
        fmpq *v = _fmpq_vec_init(6);
        ck_assert_msg(qd_rat_set_list(v, 6, rows[u], ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        for (slong j = 0; j < 3; j++) fmpq_set(qd_layer_at(l, qd_layer_param(l, "a"), u, j), v + j);
        for (slong j = 0; j < 2; j++) fmpq_set(qd_layer_at(l, qd_layer_param(l, "w"), u, j), v + 3 + j);
        fmpq_set(qd_layer_at(l, qd_layer_param(l, "b"), u, 0), v + 5);
        _fmpq_vec_clear(v, 6);
    }
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), n, 1);
    for (slong u = 0; u < n; u++) fmpq_one(qd_layer_at(l, 0, 0, u));
}

static const struct {
    const char *name;
    slong n;
    const char *row[6]; /* x^2, xy, y^2, x, y, 1 */
    slong regions, bounded, holes;
} conics[] = {
    {"one circle", 1, {"-1,0,-1,0,0,1"}, 2, 1, 1},
    {"two circles apart", 2, {"-1,0,-1,0,0,1", "-1,0,-1,10,0,-24"}, 3, 2, 2},
    {"two circles crossing", 2, {"-1,0,-1,0,0,1", "-1,0,-1,2,0,0"}, 4, 3, 1},
    {"two circles touching from outside", 2, {"-1,0,-1,0,0,1", "-1,0,-1,4,0,-3"}, 3, 2, 1},
    {"two circles touching from inside", 2, {"-1,0,-1,0,0,4", "-1,0,-1,2,0,0"}, 3, 2, 1},
    {"two circles one in the other", 2, {"-1,0,-1,0,0,4", "-1,0,-1,0,0,1"}, 3, 2, 2},
    {"three circles one in the other", 3, {"-1,0,-1,0,0,9", "-1,0,-1,0,0,4", "-1,0,-1,0,0,1"}, 4, 3, 3},
    {"nearly touching circles", 2, {"-1,0,-1,0,0,1", "-1,0,-1,4.000000000001,0,-3.000000000002"}, 3, 2, 2},
    {"circle and parabola, four points", 2, {"-1,0,-1,0,0,4", "-1,0,0,0,1,3"}, 6, 4, 0},
    {"a point", 1, {"-1,0,-1,0,0,0"}, 1, 0, 0},
    {"no real point", 1, {"1,0,1,0,0,1"}, 1, 0, 0},
    {"double line", 1, {"0,0,1,0,0,0"}, 1, 0, 0},
    {"parabola on its side", 1, {"0,0,1,-1,0,0"}, 2, 0, 0},
    {"hyperbola with axes as asymptotes", 1, {"0,1,0,0,0,-1"}, 3, 0, 0},
    {"two lines", 1, {"0,1,0,0,0,0"}, 4, 0, 0},
    {"the same circle twice", 2, {"-1,0,-1,0,0,1", "-2,0,-2,0,0,2"}, 2, 1, 1},
    {"a circle and its outside", 2, {"-1,0,-1,0,0,1", "3,0,3,0,0,-3"}, 2, 1, 1},
    {"four conics through four points", 4, {"1,0,1,0,0,-2", "1,0,0,0,0,-1", "0,0,1,0,0,-1", "2,0,3,0,0,-5"}, 17, 9, 0},
    {"vertical lines and a circle", 2, {"1,0,0,0,0,-1/4", "-1,0,-1,0,0,1"}, 7, 3, 0},
    {"a line touching a circle", 2, {"0,0,0,1,0,-1", "-1,0,-1,0,0,1"}, 3, 1, 0},
    {"fifteen digits", 2, {"-1,0,-1,0,0,0.999999999999999", "-1,0,-1,1.999999999999997,0,0.123456789012345"}, 4, 3, 1},
};

START_TEST(hand_made)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    full_net(net, conics[_i].row, conics[_i].n, ctx);
    compute(g, net, &(qd_domain){0}, ctx);
    slong bounded = 0, holes = 0;
    for (slong i = 0; i < g->n; i++) {
        bounded += g->bounded[i];
        holes += g->holes[i];
    }
    ck_assert_msg(g->count.regions == conics[_i].regions && bounded == conics[_i].bounded && holes == conics[_i].holes,
                  "%s: %ld regions, %ld bounded, %ld holes; expected %ld, %ld, %ld", conics[_i].name, (long) g->count.regions,
                  (long) bounded, (long) holes, (long) conics[_i].regions, (long) conics[_i].bounded, (long) conics[_i].holes);
    qd_regions_clear(g);
    qd_net_clear(net);
}
END_TEST

/* Lines through corners of the box, and of the boxes that a symmetric subdivision would have. */
START_TEST(diagonals)
{
    static const char *const lines[] = {"0,0,0,1,-1,0", "0,0,0,1,1,0", "0,0,0,1,0,0", "0,0,0,0,1,0", "0,0,0,1,-2,0", "0,0,0,2,1,0"};
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    fmpq *lo = _fmpq_vec_init(2), *hi = _fmpq_vec_init(2);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    for (int k = 0; k < 2; k++) {
        fmpq_set_si(lo + k, -1 - _i, 1);
        fmpq_set_si(hi + k, 1 + _i, 1);
    }
    for (slong n = 1; n <= 6; n++) {
        full_net(net, lines, n, ctx);
        compute(g, net, &(qd_domain){.lo = lo, .hi = hi}, ctx);
        ck_assert_int_eq(g->count.regions, 2 * n);
    }
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 2);
    _fmpq_vec_clear(hi, 2);
}
END_TEST

/* y - x^2 on [-2,2] x [1,3] and on the whole plane: 3 against 2. A line along the side of a box is none of it. */
START_TEST(boxes)
{
    static const char *const parabola[] = {"-1,0,0,0,1,0"}, *const side[] = {"0,0,0,1,0,-1"};
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    fmpq *lo = _fmpq_vec_init(2), *hi = _fmpq_vec_init(2);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    qd_domain d = {.lo = lo, .hi = hi};
    fmpq_set_si(lo, -2, 1);
    fmpq_set_si(lo + 1, 1, 1);
    fmpq_set_si(hi, 2, 1);
    fmpq_set_si(hi + 1, 3, 1);
    full_net(net, parabola, 1, ctx);
    compute(g, net, &d, ctx);
    ck_assert_int_eq(g->count.regions, 3);
    compute(g, net, &(qd_domain){0}, ctx);
    ck_assert_int_eq(g->count.regions, 2);
    fmpq_set_si(lo, 1, 1);
    full_net(net, side, 1, ctx);
    compute(g, net, &d, ctx);
    ck_assert_int_eq(g->count.regions, 1);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 2);
    _fmpq_vec_clear(hi, 2);
}
END_TEST

/* Zaslavsky: 1 + n + n (n - 1) / 2 regions for n lines in general position, of which (n - 1)(n - 2) / 2 are bounded. */
START_TEST(generic_lines)
{
    slong n = 1 + _i, bounded = 0;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 2, n);
    for (slong u = 0; u < n; u++) { /* tangents of a parabola: y = u x - u^2 / 4 */
        fmpq_set_si(qd_layer_at(l, 0, u, 0), u, 1);
        fmpq_set_si(qd_layer_at(l, 0, u, 1), -1, 1);
        fmpq_set_si(qd_layer_at(l, 1, u, 0), -u * u, 4);
        fmpq_canonicalise(qd_layer_at(l, 1, u, 0));
    }
    compute(g, net, &(qd_domain){0}, ctx);
    for (slong i = 0; i < g->n; i++) bounded += g->bounded[i];
    ck_assert_int_eq(g->count.regions, 1 + n + n * (n - 1) / 2);
    ck_assert_int_eq(g->count.patterns, g->count.regions);
    ck_assert_int_eq(bounded, (n - 1) * (n - 2) / 2);
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
    else fmpq_set_si(x, qd_rng_range(rng, -1000, 1000), 997);
    fmpq_canonicalise(x);
}

static void random_net(qd_net_t net, qd_rng_t rng)
{
    static const qd_activation acts[] = {QD_RELU, QD_RELU, QD_RELU, QD_LEAKY_RELU, QD_ABS, QD_SQUARE, QD_IDENTITY};
    slong depth = 1 + (slong) qd_rng_below(rng, 2), in = 2;
    int flavour = (int) qd_rng_below(rng, 3);
    qd_net_clear(net);
    qd_net_init(net);
    for (slong l = 0; l <= depth; l++) {
        qd_kind kind = l == depth ? QD_LINEAR : (qd_kind) qd_rng_below(rng, QD_KINDS);
        qd_activation act = l == depth ? QD_IDENTITY : acts[qd_rng_below(rng, 7)];
        slong out = 1 + (slong) qd_rng_below(rng, 3);
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(kind, act), in, out);
        if (act == QD_LEAKY_RELU) fmpq_set_si(layer->slope, 1, 3);
        const qd_kind_info *info = qd_kind_get(kind);
        for (int k = 0; k < info->nparams; k++)
            for (slong i = 0; i < out * qd_shape_length(info->param[k].shape, in); i++) draw(layer->param[k] + i, flavour, rng);
        in = out;
    }
}

#define SAME(x)                                                                                                                            \
    ck_assert_msg(a->count.x == b->count.x, #x " %ld and %ld, case %d, QD_SEED=%lu", (long) a->count.x, (long) b->count.x, _i, (ulong) seed)

static bool both_exact(qd_regions_t a, qd_regions_t b, qd_status sa, qd_status sb)
{
    return sa == QD_OK && sb == QD_OK && a->count.label == QD_EXACT && b->count.label == QD_EXACT;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* One line a region: pattern, degree of its piece's polynomial left out, bounded, holes, number of neighbours. */
static char **describe_plane(const qd_regions_t g)
{
    char **d = malloc(sizeof *d * (size_t) (g->n + 1));
    for (slong i = 0; i < g->n; i++) {
        slong neighbours = 0, size = 0;
        for (slong k = 0; k < g->nwalls; k++) neighbours += g->wall[2 * k] == i || g->wall[2 * k + 1] == i;
        for (slong k = 0; k < g->n; k++) size += g->piece[k] == g->piece[i];
        d[i] = malloc((size_t) g->nswitching + 100);
        for (slong k = 0; k < g->nswitching; k++) d[i][k] = (char) ('0' + qd_pattern_get(g->pattern + i * g->nwords, k));
        sprintf(d[i] + g->nswitching, " bounded %d, holes %ld, neighbours %ld, regions of its piece %ld", g->bounded[i] != 0,
                (long) g->holes[i], (long) neighbours, (long) size);
    }
    qsort(d, (size_t) g->n, sizeof *d, by_text);
    return d;
}

static char **describe_oracle(const oracle_plane_result *o)
{
    char **d = malloc(sizeof *d * (size_t) (o->regions + 1));
    for (int i = 0; i < o->regions; i++) {
        const oracle_plane_region *r = o->region + i;
        int neighbours = 0, size = 0;
        for (int k = 0; k < o->adjacencies; k++) neighbours += o->adjacent[k][0] == i || o->adjacent[k][1] == i;
        for (int k = 0; k < o->regions; k++) size += o->region[k].piece == r->piece;
        d[i] = malloc(strlen(r->pattern) + 100);
        sprintf(d[i], "%s bounded %d, holes %d, neighbours %d, regions of its piece %d", r->pattern, r->bounded != 0, r->holes, neighbours,
                size);
    }
    qsort(d, (size_t) o->regions, sizeof *d, by_text);
    return d;
}

/* All regions against a cylindrical decomposition that shares no arithmetic with src. */
START_TEST(equals_oracle)
{
    static const char *const box[] = {"-3/2", "2", "-1", "7/3"};
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    fmpq *lo = _fmpq_vec_init(2), *hi = _fmpq_vec_init(2);
    qd_rng_init(rng, seed, 3000000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 1;
    qd_net_init(net);
    qd_regions_init(g);
    random_net(net, rng);
    bool boxed = qd_rng_below(rng, 3) == 0;
    for (int k = 0; k < 2; k++) {
        fmpq_set_str(lo + k, box[2 * k], 10);
        fmpq_set_str(hi + k, box[2 * k + 1], 10);
    }
    qd_restriction m;
    qd_restriction_init(&m, net, &(qd_domain){0}, 1);
    bool small = m.degree[m.low->depth] <= 4; /* beyond it the oracle takes minutes */
    qd_restriction_clear(&m);
    if (small && qd_plane_compute(g, net, &(qd_domain){.lo = boxed ? lo : NULL, .hi = boxed ? hi : NULL}, ctx) == QD_OK) {
        oracle_net *o = to_oracle(net);
        oracle_plane_result *p = oracle_plane(o, boxed ? box : NULL);
        ck_assert_ptr_nonnull(p);
        ck_assert_msg(g->count.patterns == p->patterns && g->count.regions == p->regions && g->count.pieces == p->pieces,
                      "patterns %ld, regions %ld, pieces %ld; oracle %d, %d, %d; case %d, QD_SEED=%lu", (long) g->count.patterns,
                      (long) g->count.regions, (long) g->count.pieces, p->patterns, p->regions, p->pieces, _i, (ulong) seed);
        ck_assert_msg(g->count.max_degree == p->max_degree, "degree %ld, oracle %d, case %d", (long) g->count.max_degree, p->max_degree,
                      _i);
        ck_assert_msg(g->nwalls == p->adjacencies, "walls %ld, oracle %d, case %d", (long) g->nwalls, p->adjacencies, _i);
        char **a = describe_plane(g), **b = describe_oracle(p);
        for (slong i = 0; i < g->n; i++)
            ck_assert_msg(strcmp(a[i], b[i]) == 0, "'%s', oracle '%s', case %d, QD_SEED=%lu", a[i], b[i], _i, (ulong) seed);
        for (slong i = 0; i < g->n; i++) {
            free(a[i]);
            free(b[i]);
        }
        free(a);
        free(b);
        oracle_plane_free(p);
        oracle_net_free(o);
    }
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, 2);
    _fmpq_vec_clear(hi, 2);
}
END_TEST

/* Another coordinate system of the plane changes nothing. */
START_TEST(affine_coordinates)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    fmpq *base = _fmpq_vec_init(2), *step = _fmpq_vec_init(4);
    qd_rng_init(rng, seed, (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 1;
    qd_net_init(net);
    qd_regions_init(a);
    qd_regions_init(b);
    random_net(net, rng);
    do
        for (int i = 0; i < 4; i++) draw(step + i, 1, rng);
    while (fmpq_is_zero(step) || fmpq_equal(step, step + 1) || fmpq_is_zero(step + 3) || !fmpq_is_zero(step + 2));
    draw(base, 1, rng);
    draw(base + 1, 2, rng);
    qd_status sa = qd_plane_compute(a, net, &(qd_domain){0}, ctx);
    qd_ctx_start(ctx);
    qd_status sb = qd_plane_compute(b, net, &(qd_domain){.dim = 2, .base = base, .step = step}, ctx);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "nothing is claimed") == NULL, "%s, case %d", qd_ctx_message(ctx), _i);
    if (both_exact(a, b, sa, sb)) {
        SAME(patterns);
        SAME(regions);
        SAME(pieces);
        SAME(max_degree);
        ck_assert_int_eq(a->nwalls, b->nwalls);
        slong holes = 0, bounded = 0;
        for (slong i = 0; i < a->n; i++) {
            holes += a->holes[i] - b->holes[i];
            bounded += a->bounded[i] - b->bounded[i];
        }
        ck_assert_msg(holes == 0 && bounded == 0, "case %d, QD_SEED=%lu", _i, (ulong) seed);
    }
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
    _fmpq_vec_clear(base, 2);
    _fmpq_vec_clear(step, 4);
}
END_TEST

static bool listed(const qd_regions_t g, const char *pattern)
{
    for (slong i = 0; i < g->n; i++) {
        slong k = 0;
        while (k < g->nswitching && (pattern[k] == '1') == qd_pattern_get(g->pattern + i * g->nwords, k)) k++;
        if (k == g->nswitching) return true;
    }
    return false;
}

/* Regions that are thin at their recorded point: no point near it is inside, one on a line through it is, as exact evaluation shows. */
START_TEST(points_of_thin_regions)
{
    static const int64_t width[] = {2, 3, 3, 3, 1};
    static const uint64_t seeds[] = {8, 16};
    const qd_arch arch = {4, width, qd_neuron_make(QD_QUADRATIC, QD_RELU), false, true};
    const qd_domain whole = {0};
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_restriction m;
    qd_vec_t t, y;
    qd_net_init(net);
    qd_ctx_init(ctx);
    qd_regions_init(g);
    qd_vec_init(t);
    qd_vec_init(y);
    qd_vec_resize(t, 2);
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GAUSS, 8, 8}, seeds[_i], 0);
    char *pattern = malloc((size_t) qd_net_nswitching(net) + 1);
    compute(g, net, &whole, ctx);
    qd_restriction_init(&m, net, &whole, 1);
    for (slong i = 0; i < g->n; i++) {
        ck_assert_msg(qd_regions_witness(t->e, g, i, &m, &whole, ctx) == QD_TRUE, "no point in region %ld", (long) i);
        ck_assert_int_eq(qd_net_eval(y, pattern, net, t, ctx), QD_OK);
        for (slong k = 0; k < g->nswitching; k++) ck_assert_int_eq(pattern[k] == '1', qd_pattern_get(g->pattern + i * g->nwords, k));
    }
    free(pattern);
    qd_restriction_clear(&m);
    qd_regions_clear(g);
    qd_vec_clear(t);
    qd_vec_clear(y);
    qd_net_clear(net);
}
END_TEST

/* Every pattern on a line in general position is one of the plane, and every region has a witness. */
START_TEST(lines_and_witnesses)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_line_t line;
    qd_restriction m;
    fmpq *v = _fmpq_vec_init(4), *t = _fmpq_vec_init(2);
    const qd_domain whole = {0}, slice = {.dim = 1, .base = v, .step = v + 2};
    qd_rng_init(rng, seed, 1000000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 1;
    qd_net_init(net);
    qd_regions_init(g);
    qd_line_init(line);
    random_net(net, rng);
    if (qd_plane_compute(g, net, &whole, ctx) == QD_OK) {
        char *pattern = malloc((size_t) g->nswitching + 1);
        for (int k = 0; k < 4; k++) {
            for (int i = 0; i < 4; i++) fmpq_set_si(v + i, qd_rng_range(rng, -1000000, 1000000), 999983);
            ck_assert_int_eq(qd_line_compute(line, net, &slice, ctx), QD_OK);
            for (slong i = 0; i < qd_line_nregions(line); i++) {
                qd_line_pattern(pattern, line, i);
                ck_assert_msg(listed(g, pattern), "pattern %s on a line is none in the plane, case %d, QD_SEED=%lu", pattern, _i,
                              (ulong) seed);
            }
        }
        qd_restriction_init(&m, net, &whole, seed);
        for (slong i = 0; i < g->n; i++)
            ck_assert_msg(qd_regions_witness(t, g, i, &m, &whole, ctx) == QD_TRUE, "no witness for region %ld, case %d, QD_SEED=%lu",
                          (long) i, _i, (ulong) seed);
        qd_restriction_clear(&m);
        free(pattern);
    }
    qd_line_clear(line);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(v, 4);
    _fmpq_vec_clear(t, 2);
}
END_TEST

/* Three and four layers on the whole plane, degree 8 and 16, where nothing else counts: another coordinate system gives the same, every pattern on
   a line is listed, and every region has a witness. */
START_TEST(deep_networks)
{
    static const int64_t width[2][6] = {{2, 3, 3, 3, 1, 0}, {2, 2, 3, 2, 2, 1}};
    qd_arch arch = {_i % 4 == 3 ? 5 : 4, (int64_t *) width[_i % 4 == 3], qd_neuron_make(QD_QUADRATIC, QD_RELU), false, true};
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    qd_line_t line;
    qd_restriction m;
    fmpq *v = _fmpq_vec_init(6), *t = _fmpq_vec_init(2);
    const qd_domain whole = {0}, moved = {.dim = 2, .base = v, .step = v + 2}, slice = {.dim = 1, .base = v, .step = v + 2};
    qd_rng_init(rng, seed, 4000000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 10;
    qd_net_init(net);
    qd_regions_init(a);
    qd_regions_init(b);
    qd_line_init(line);
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GAUSS, 8, 8}, seed, (uint64_t) _i);
    for (int i = 0; i < 6; i++) fmpq_set_si(v + i, qd_rng_range(rng, -2000000, 2000000), 999983);
    qd_status sa = qd_plane_compute(a, net, &whole, ctx);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "nothing is claimed") == NULL, "%s, case %d", qd_ctx_message(ctx), _i);
    qd_ctx_start(ctx);
    qd_status sb = qd_plane_compute(b, net, &moved, ctx);
    if (both_exact(a, b, sa, sb)) {
        char *pattern = malloc((size_t) a->nswitching + 1);
        SAME(patterns);
        SAME(regions);
        SAME(pieces);
        ck_assert_int_eq(a->nwalls, b->nwalls);
        for (int k = 0; k < 4; k++) {
            for (int i = 0; i < 4; i++) fmpq_set_si(v + i, qd_rng_range(rng, -5000000, 5000000), 999983);
            ck_assert_int_eq(qd_line_compute(line, net, &slice, ctx), QD_OK);
            for (slong i = 0; i < qd_line_nregions(line); i++) {
                qd_line_pattern(pattern, line, i);
                ck_assert_msg(listed(a, pattern), "pattern %s on a line is none in the plane, case %d, QD_SEED=%lu", pattern, _i,
                              (ulong) seed);
            }
        }
        qd_restriction_init(&m, net, &whole, seed);
        for (slong i = 0; i < a->n; i++)
            ck_assert_msg(qd_regions_witness(t, a, i, &m, &whole, ctx) == QD_TRUE, "no witness for region %ld, case %d, QD_SEED=%lu",
                          (long) i, _i, (ulong) seed);
        qd_restriction_clear(&m);
        free(pattern);
    }
    qd_line_clear(line);
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
    _fmpq_vec_clear(v, 6);
    _fmpq_vec_clear(t, 2);
}
END_TEST

START_TEST(threads_do_not_matter)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t a, b;
    qd_rng_init(rng, seed, 2000000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 1;
    qd_net_init(net);
    qd_regions_init(a);
    qd_regions_init(b);
    random_net(net, rng);
    ctx->threads = 1;
    qd_status sa = qd_plane_compute(a, net, &(qd_domain){0}, ctx);
    ctx->threads = 2 + _i % 3;
    qd_ctx_start(ctx);
    qd_status sb = qd_plane_compute(b, net, &(qd_domain){0}, ctx);
    if (both_exact(a, b, sa, sb)) {
        SAME(patterns);
        SAME(regions);
        SAME(pieces);
        ck_assert_int_eq(a->nwalls, b->nwalls);
    }
    qd_regions_clear(a);
    qd_regions_clear(b);
    qd_net_clear(net);
}
END_TEST

/* Networks at the same time, each on its own thread, as tables count them: what they share is made once. ThreadSanitizer sees who makes it. */
#define AT_ONCE 8

typedef struct {
    qd_net_t net[AT_ONCE];
    slong regions[AT_ONCE];
} at_once;

static qd_status count_one(void *arg, int64_t i, qd_ctx_t ctx)
{
    at_once *a = arg;
    qd_regions_t g;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_regions_init(g);
    qd_status st = qd_plane_compute(g, a->net[i], &(qd_domain){0}, own);
    a->regions[i] = g->count.regions;
    qd_regions_clear(g);
    return st;
}

START_TEST(networks_at_once)
{
    at_once a;
    slong together[AT_ONCE];
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = 4;
    for (int i = 0; i < AT_ONCE; i++) {
        qd_net_init(a.net[i]);
        qd_net_random(a.net[i], &(qd_arch){2, (int64_t[]){2, 3, 1}, qd_neuron_make(QD_QUADRATIC, QD_RELU), false, true},
                      &(qd_random_weights){QD_WEIGHTS_GRID, 8, 8}, seed, (uint64_t) i);
    }
    ck_assert_int_eq(qd_exact_for(AT_ONCE, count_one, &a, ctx), QD_OK);
    memcpy(together, a.regions, sizeof together);
    for (int i = 0; i < AT_ONCE; i++) {
        ck_assert_int_eq(count_one(&a, i, ctx), QD_OK);
        ck_assert_int_eq(together[i], a.regions[i]);
        qd_net_clear(a.net[i]);
    }
}
END_TEST

/* ---- budget and bad input ------------------------------------------------------------------------- */

START_TEST(budget_gives_a_lower_bound)
{
    slong width[] = {24, 24};
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_rng_t rng;
    qd_net_init(net);
    qd_regions_init(g);
    qd_rng_init(rng, 3, 3);
    slong in = 2;
    for (int l = 0; l < 3; l++) {
        slong out = l < 2 ? width[l] : 1;
        qd_layer_struct *layer =
            qd_net_add_layer(net, qd_neuron_make(l < 2 ? QD_QUADRATIC : QD_LINEAR, l < 2 ? QD_RELU : QD_IDENTITY), in, out);
        const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
        for (int k = 0; k < info->nparams; k++)
            for (slong i = 0; i < out * qd_shape_length(info->param[k].shape, in); i++) draw(layer->param[k] + i, 2, rng);
        in = out;
    }
    qd_ctx_init(ctx);
    compute(g, net, &(qd_domain){0}, ctx);
    qd_count all = g->count;
    static const double seconds[] = {1e-6, 1e-3, 1e-2, 5e-2};
    for (int k = 0; k < 4; k++) {
        ctx->max_seconds = seconds[k];
        qd_ctx_start(ctx);
        if (qd_plane_compute(g, net, &(qd_domain){0}, ctx) == QD_OK) continue;
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
    fmpq *v = _fmpq_vec_init(6);
    qd_net_init(net);
    qd_regions_init(g);
    for (int i = 0; i < 6; i++) fmpq_set_si(v + i, 1 + i / 3, 1);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 3, 1);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_plane_compute(g, net, &(qd_domain){0}, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the domain has dimension 3, expected a plane");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_plane_compute(g, net, &(qd_domain){.dim = 2, .base = v, .step = v}, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the 2 directions of the domain are linearly dependent");
    qd_net_clear(net);
    qd_net_init(net);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 2, 1);
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_plane_compute(g, net, &(qd_domain){.lo = v, .hi = v + 1}, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the range 1:1 is empty; expected a < b");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_plane_compute(g, net, &(qd_domain){.lo = v}, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "a box with ends on one side only; expected both, or none");
    ck_assert_int_eq(g->n, 0);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(v, 6);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("plane");
    TCase *tc = tcase_create("plane");
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, networks_at_once);
    tcase_add_test(tc, reference_networks);
    tcase_add_loop_test(tc, hand_made, 0, (int) (sizeof conics / sizeof *conics));
    tcase_add_test(tc, boxes);
    tcase_add_loop_test(tc, diagonals, 0, 3);
    tcase_add_loop_test(tc, generic_lines, 0, 10);
    tcase_add_loop_test(tc, equals_oracle, 0, (int) (40 * multiplier));
    tcase_add_loop_test(tc, affine_coordinates, 0, (int) (40 * multiplier));
    tcase_add_loop_test(tc, points_of_thin_regions, 0, 2);
    tcase_add_loop_test(tc, lines_and_witnesses, 0, (int) (40 * multiplier));
    tcase_add_loop_test(tc, deep_networks, 0, (int) (12 * multiplier));
    tcase_add_loop_test(tc, threads_do_not_matter, 0, (int) (20 * multiplier));
    tcase_add_test(tc, budget_gives_a_lower_bound);
    tcase_add_test(tc, bad_domains);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
