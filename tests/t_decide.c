/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an output is positive, and where which output is the largest. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plane/plane.h"
#include "shared/network.h"
#include "shared/suite.h"

static uint64_t seed;
static slong multiplier;

/* ---- networks by hand ------------------------------------------------------------------------ */

#define HEAD "{\"input_dim\": 2, \"layers\": ["
/* One neuron: coefficients of x^2, x y, y^2, x, y, 1. */
#define CONIC(a, b, c, d, e, f)                                                                                                            \
    HEAD "{\"kind\": \"full\", \"activation\": \"identity\", \"a\": [[\"" a "\", \"" b "\", \"" c "\"]], \"w\": [[\"" d "\", \"" e         \
         "\"]], \"b\": [\"" f "\"]}]}"
/* Units of one layer as (x, y, 1), and how they add up. */
#define RELU2(w, b, v)                                                                                                                     \
    HEAD "{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": " w ", \"b\": " b                                                        \
         "}, {\"kind\": \"linear\", \"activation\": \"identity\", \"w\": " v ", \"b\": [\"0\"]}]}"
/* x, y, x^2 in the first layer, then a quadratic form of them. */
#define CUBIC(a, w)                                                                                                                                    \
    HEAD                                                                                                                                               \
        "{\"kind\": \"full\", \"activation\": \"identity\", \"a\": [[0, 0, 0], [0, 0, 0], [1, 0, 0]], \"w\": [[1, 0], [0, 1], [0, 0]], \"b\": [0, 0, " \
        "0]}, {\"kind\": \"full\", \"activation\": \"identity\", \"a\": [" a "], \"w\": [" w "], \"b\": [0]}]}"
/* Quadratic forms of relu(x) and relu(y^2) = y^2. */
#define RELU_X_SQUARE_Y(a, w, b)                                                                                                           \
    HEAD "{\"kind\": \"full\", \"activation\": \"relu\", \"a\": [[0, 0, 0], [0, 0, 1]], \"w\": [[1, 0], [0, 0]], \"b\": [0, 0]"            \
         "}, {\"kind\": \"full\", \"activation\": \"identity\", \"a\": " a ", \"w\": " w ", \"b\": " b "}]}"

static const struct {
    const char *what, *net;
    bool box; /* [-1,1]^2 */
    qd_plane_zero_count z;
} zeros[] = {
    {"circle", CONIC("1", "0", "1", "0", "0", "-1"), false, {1, 1, 0, 0, 1, 0}},
    {"circle that touches its box", CONIC("1", "0", "1", "0", "0", "-1"), true, {4, 1, 0, 4, 0, 0}},
    {"two lines", CONIC("0", "1", "0", "0", "0", "0"), false, {2, 2, 0, 0, 0, 1}},
    {"two lines in a box", CONIC("0", "1", "0", "0", "0", "0"), true, {2, 2, 0, 0, 0, 1}},
    {"parallel lines", CONIC("1", "0", "0", "0", "0", "-1"), false, {2, 1, 0, 2, 0, 0}},
    {"hyperbola", CONIC("1", "0", "-1", "0", "0", "-1"), false, {2, 1, 0, 2, 0, 0}},
    {"parabola", CONIC("1", "0", "0", "0", "-1", "0"), false, {1, 1, 0, 1, 0, 0}},
    {"double line", CONIC("1", "-2", "1", "0", "0", "0"), false, {2, 0, 0, 0, 0, 0}},
    {"point", CONIC("1", "0", "1", "0", "0", "0"), false, {1, 0, 0, 0, 0, 0}},
    {"nothing", CONIC("0", "0", "0", "0", "0", "0"), false, {0, 0, 1, 0, 0, 0}},
    {"|x|", RELU2("[[1, 0], [-1, 0]]", "[0, 0]", "[[1, 1]]"), false, {2, 0, 0, 0, 0, 0}},
    {"|x| + relu(y), zero on a ray", RELU2("[[1, 0], [-1, 0], [0, 1]]", "[0, 0, 0]", "[[1, 1, 1]]"), false, {1, 0, 0, 0, 0, 0}},
    {"relu(x) - relu(y)", RELU2("[[1, 0], [0, 1]]", "[0, 0]", "[[1, -1]]"), false, {1, 1, 1, 1, 0, 0}},
    {"nodal cubic", CUBIC("[0, 0, -1, 1, 0, 0]", "[0, 0, -1]"), false, {1, 2, 0, 0, 0, 1}},
    {"cuspidal cubic", CUBIC("[0, 0, -1, 1, 0, 0]", "[0, 0, 0]"), false, {1, 1, 0, 1, 0, 0}},
    {"cubic with an oval", CUBIC("[0, 0, -1, 1, 0, 0]", "[1, 0, 0]"), false, {1, 2, 0, 1, 1, 0}},
    {"x^2 y", CUBIC("[0, 0, 0, 0, 1, 0]", "[0, 0, 0]"), false, {2, 2, 0, 1, 0, 0}},
    {"relu(x) y^2, whose factor y parts no zeros", RELU_X_SQUARE_Y("[[0, 1, 0]]", "[[0, 0]]", "[0]"), false, {2, 0, 1, 0, 0, 0}},
};

static void parse(qd_net_t net, const char *text, qd_ctx_t ctx)
{
    qd_net_init(net);
    ck_assert_msg(qd_net_parse(net, text, strlen(text), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

START_TEST(zero_by_hand)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_plane_zero_count z;
    fmpq *box = _fmpq_vec_init(4);
    for (int i = 0; i < 4; i++) fmpq_set_si(box + i, i < 2 ? -1 : 1, 1);
    const qd_domain d = {.lo = zeros[_i].box ? box : NULL, .hi = zeros[_i].box ? box + 2 : NULL};
    qd_ctx_init(ctx);
    parse(net, zeros[_i].net, ctx);
    ck_assert_msg(qd_plane_zero(&z, net, 0, &d, ctx) == QD_OK, "%s: %s", zeros[_i].what, qd_ctx_message(ctx));
    const qd_plane_zero_count *e = &zeros[_i].z;
    ck_assert_msg(memcmp(&z, e, sizeof z) == 0, "%s: %ld %ld %ld, %ld arcs, %ld ovals, %ld crossings; expected %ld %ld %ld, %ld, %ld, %ld",
                  zeros[_i].what, (long) z.positive, (long) z.negative, (long) z.zero, (long) z.arcs, (long) z.ovals, (long) z.crossings,
                  (long) e->positive, (long) e->negative, (long) e->zero, (long) e->arcs, (long) e->ovals, (long) e->crossings);
    qd_net_clear(net);
    _fmpq_vec_clear(box, 4);
}
END_TEST

#define THREE(a, b, c)                                                                                                                     \
    HEAD "{\"kind\": \"full\", \"activation\": \"identity\", \"a\": [[" a "], [" b "], [" c                                                \
         "]], \"w\": [[0, 0], [0, 0], [0, 0]], \"b\": [-1, 4, 0]}]}"

static const struct {
    const char *what, *net;
    qd_plane_class c[4];
} classes[] = {
    {"three sectors",
     HEAD "{\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[1, 0], [0, 1], [-1, -1]], \"b\": [0, 0, 0]}]}",
     {{1, 0}, {1, 0}, {1, 0}, {0, 0}}},
    {"disc and outside", THREE("1, 0, 1", "-1, 0, -1", "0, 0, 0"), {{1, 1}, {1, 0}, {0, 0}, {0, 0}}},
    {"line taken out of a plane", /* 0 and -x^2, the third far below */
     HEAD
     "{\"kind\": \"full\", \"activation\": \"identity\", \"a\": [[0, 0, 0], [-1, 0, 0], [0, 0, 0]], \"w\": [[0, 0], [0, 0], [0, 0]], \"b\": [0, 0, "
     "-9]}]}",
     {{2, 0}, {0, 0}, {0, 0}, {0, 0}}},
    {"tie of the larger two",
     HEAD
     "{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[1, 0], [0, 1]], \"b\": [0, 0]}, {\"kind\": \"linear\", \"activation\": \"identity\", "
     "\"w\": [[1, 0], [0, 1], [0, 0]], \"b\": [0, 0, 0]}]}",
     {{1, 0}, {1, 0}, {0, 0}, {1, 0}}},
    {"always a tie",
     HEAD "{\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[1, 0], [1, 0], [1, 0]], \"b\": [0, 0, -1]}]}",
     {{0, 0}, {0, 0}, {0, 0}, {1, 0}}},
    {"a factor parts no ties", /* relu(x) y^2, 0 and -1 */
     RELU_X_SQUARE_Y("[[0, 1, 0], [0, 0, 0], [0, 0, 0]]", "[[0, 0], [0, 0], [0, 0]]", "[0, 0, -1]"),
     {{2, 0}, {0, 0}, {0, 0}, {1, 0}}},
};

START_TEST(classes_by_hand)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_plane_class c[4];
    qd_ctx_init(ctx);
    parse(net, classes[_i].net, ctx);
    ck_assert_msg(qd_plane_classes(c, net, &(qd_domain){0}, ctx) == QD_OK, "%s: %s", classes[_i].what, qd_ctx_message(ctx));
    for (int k = 0; k < 4; k++)
        ck_assert_msg(c[k].components == classes[_i].c[k].components && c[k].holes == classes[_i].c[k].holes, "%s: %d: %ld, %ld holes",
                      classes[_i].what, k, (long) c[k].components, (long) c[k].holes);
    qd_net_clear(net);
}
END_TEST

START_TEST(bad_questions)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_plane_zero_count z = {7, 7, 7, 7, 7, 7};
    qd_plane_class c[2];
    fmpq *v = _fmpq_vec_init(2);
    qd_ctx_init(ctx);
    parse(net, zeros[0].net, ctx);
    ck_assert_int_eq(qd_plane_zero(&z, net, 1, &(qd_domain){0}, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "output 1 is not there, the network has outputs 0 to 0");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_plane_classes(c, net, &(qd_domain){0}, ctx), QD_EINPUT);
    qd_ctx_forget(ctx);
    fmpq_one(v);
    ck_assert_int_eq(qd_plane_zero(&z, net, 0, &(qd_domain){.dim = 1, .base = v, .step = v}, ctx), QD_EINPUT);
    ck_assert_int_eq(z.positive, 7);
    qd_net_clear(net);
    _fmpq_vec_clear(v, 2);
}
END_TEST

/* ---- random networks ----------------------------------------------------------------------------- */

/* Two layers of two or three quadratic units and one or two outputs, all with small numbers, so that ties occur; or (true) with large ones, so that they
   do not. */
static bool random_net(qd_net_t net, slong outputs, qd_rng_t rng)
{
    static const slong small[] = {0, 0, 1, -1, 1, -1, 2, -2, 3, -3};
    slong depth = 1 + (slong) qd_rng_below(rng, 2), in = 2;
    bool fine = qd_rng_below(rng, 2) == 0;
    qd_net_init(net);
    for (slong l = 0; l <= depth; l++) {
        qd_kind kind = l == depth || qd_rng_below(rng, 3) == 0 ? QD_LINEAR : QD_QUADRATIC;
        slong out = l == depth ? outputs : 2 + (slong) qd_rng_below(rng, 2);
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(kind, l == depth ? QD_IDENTITY : QD_RELU), in, out);
        const qd_kind_info *info = qd_kind_get(kind);
        for (int k = 0; k < info->nparams; k++)
            for (slong i = 0; i < out * qd_shape_length(info->param[k].shape, in); i++)
                fmpq_set_si(layer->param[k] + i, fine ? qd_rng_range(rng, -1000, 1000) : small[qd_rng_below(rng, 10)], fine ? 997 : 1);
        in = out;
    }
    return fine;
}

/* y -> -y */
static void negate(qd_net_t net)
{
    qd_layer_struct *last = net->layer + net->depth - 1;
    for (slong i = 0; i < last->in; i++) fmpq_neg(last->param[0] + i, last->param[0] + i);
    fmpq_neg(last->param[1], last->param[1]);
}

/* -y changes the roles of the signs. Curves that neither meet nor end part the plane into one set more than there are of them (Jordan). Another
   coordinate system changes nothing. */
START_TEST(signs)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_plane_zero_count z, w, v;
    fmpq *move = _fmpq_vec_init(6);
    const qd_domain moved = {.dim = 2, .base = move, .step = move + 2};
    qd_rng_init(rng, seed, (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 3;
    bool fine = random_net(net, 1, rng);
    for (int i = 0; i < 6; i++) fmpq_set_si(move + i, 1 + qd_rng_range(rng, -20000, 20000), 9973);
    qd_status a = qd_plane_zero(&z, net, 0, &(qd_domain){0}, ctx);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "nothing is claimed") == NULL, "%s, case %d", qd_ctx_message(ctx), _i);
    qd_ctx_start(ctx);
    qd_status c = qd_plane_zero(&v, net, 0, &moved, ctx);
    negate(net);
    qd_ctx_start(ctx);
    qd_status b = qd_plane_zero(&w, net, 0, &(qd_domain){0}, ctx);
    if (a == QD_OK && b == QD_OK)
        ck_assert_msg(z.positive == w.negative && z.negative == w.positive && z.zero == w.zero && z.arcs == w.arcs && z.ovals == w.ovals &&
                          z.crossings == w.crossings,
                      "case %d, QD_SEED=%lu", _i, (ulong) seed);
    if (a == QD_OK && c == QD_OK) ck_assert_msg(memcmp(&z, &v, sizeof z) == 0, "case %d, QD_SEED=%lu", _i, (ulong) seed);
    if (a == QD_OK && z.zero == 0 && z.crossings == 0) {
        slong sets = z.positive + z.negative;
        ck_assert_msg(sets == 1 + z.arcs + z.ovals || (!fine && sets > z.arcs + z.ovals),
                      "%ld sets, %ld arcs, %ld ovals, case %d, QD_SEED=%lu", (long) sets, (long) z.arcs, (long) z.ovals, _i, (ulong) seed);
    }
    qd_net_clear(net);
    _fmpq_vec_clear(move, 6);
}
END_TEST

/* Of two outputs, the first is the larger one where the difference is positive. */
START_TEST(two_classes)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_plane_class k[3];
    qd_plane_zero_count z;
    qd_rng_init(rng, seed, 1000000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 3;
    random_net(net, 2, rng);
    qd_status a = qd_plane_classes(k, net, &(qd_domain){0}, ctx);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "nothing is claimed") == NULL, "%s, case %d", qd_ctx_message(ctx), _i);
    qd_layer_struct *last = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 2, 1);
    fmpq_one(last->param[0]);
    fmpq_set_si(last->param[0] + 1, -1, 1);
    qd_ctx_start(ctx);
    qd_status b = qd_plane_zero(&z, net, 0, &(qd_domain){0}, ctx);
    if (a == QD_OK && b == QD_OK)
        ck_assert_msg(k[0].components == z.positive && k[1].components == z.negative && k[2].components == z.zero,
                      "%ld %ld %ld and %ld %ld %ld, case %d, QD_SEED=%lu", (long) k[0].components, (long) k[1].components,
                      (long) k[2].components, (long) z.positive, (long) z.negative, (long) z.zero, _i, (ulong) seed);
    qd_net_clear(net);
}
END_TEST

/* Both questions against a cylindrical decomposition that shares no arithmetic with src; in every third case in a box. */
START_TEST(equals_oracle)
{
    static const char *const box[] = {"-3/2", "2", "-1", "7/3"};
    qd_rng_t rng;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_plane_zero_count z;
    qd_plane_class k[3];
    oracle_zero_result o;
    oracle_class c[3];
    fmpq *ends = _fmpq_vec_init(4);
    for (int i = 0; i < 4; i++) fmpq_set_str(ends + (i % 2 * 2 + i / 2), box[i], 10);
    const bool boxed = _i % 3 == 0;
    const qd_domain d = {.lo = boxed ? ends : NULL, .hi = boxed ? ends + 2 : NULL};
    qd_rng_init(rng, seed, 2000000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    ctx->max_seconds = 3;
    slong outputs = 1 + _i % 2;
    do {
        random_net(net, outputs, rng);
        if (net->depth == 2) break; /* beyond it the oracle takes minutes */
        qd_net_clear(net);
    } while (true);
    oracle_net *on = to_oracle(net);
    if (qd_plane_zero(&z, net, 0, &d, ctx) == QD_OK) {
        ck_assert_int_eq(oracle_zero(&o, on, 0, boxed ? box : NULL), 0);
        ck_assert_msg(z.positive == o.positive && z.negative == o.negative && z.zero == o.zero && z.arcs == o.arcs && z.ovals == o.ovals &&
                          z.crossings == o.crossings,
                      "%ld %ld %ld, %ld %ld %ld; oracle %d %d %d, %d %d %d, case %d, QD_SEED=%lu", (long) z.positive, (long) z.negative,
                      (long) z.zero, (long) z.arcs, (long) z.ovals, (long) z.crossings, o.positive, o.negative, o.zero, o.arcs, o.ovals,
                      o.crossings, _i, (ulong) seed);
    }
    qd_ctx_start(ctx);
    if (outputs == 2 && qd_plane_classes(k, net, &d, ctx) == QD_OK) {
        ck_assert_int_eq(oracle_classes(c, on, boxed ? box : NULL), 0);
        for (int i = 0; i < 3; i++)
            ck_assert_msg(k[i].components == c[i].components && k[i].holes == c[i].holes,
                          "class %d: %ld, %ld holes; oracle %d, %d, case %d, QD_SEED=%lu", i, (long) k[i].components, (long) k[i].holes,
                          c[i].components, c[i].holes, _i, (ulong) seed);
    }
    oracle_net_free(on);
    qd_net_clear(net);
    _fmpq_vec_clear(ends, 4);
}
END_TEST

/* Every end of a segment lies on the circle, to a twentieth of the grid, and the segments are as long as it. */
START_TEST(picture_of_a_circle)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_regions_t g;
    qd_plane_raster_t r;
    const double pi = 3.14159265358979;
    double length = 0;
    fmpq *box = _fmpq_vec_init(4);
    for (int i = 0; i < 4; i++) fmpq_set_si(box + i, i < 2 ? -2 : 2, 1);
    const qd_domain d = {.lo = box, .hi = box + 2};
    qd_ctx_init(ctx);
    qd_regions_init(g);
    qd_plane_raster_init(r);
    parse(net, HEAD "{\"kind\": \"full\", \"activation\": \"relu\", \"a\": [[1, 0, 1]], \"w\": [[0, 0]], \"b\": [-1]}]}", ctx);
    ck_assert_int_eq(qd_plane_compute(g, net, &d, ctx), QD_OK);
    ck_assert_int_eq(qd_plane_raster(r, 101, g, net, &d, ctx), QD_OK);
    ck_assert_int_eq(r->npatterns, 2);
    ck_assert(r->lo[0] == -2 && r->hi[1] == 2);
    ck_assert_int_eq(r->at[0], 0);
    ck_assert_int_eq(r->at[50 * 101 + 50], 1);
    for (slong k = 0; k < r->nsegments; k++) {
        const double *s = r->segment + 4 * k;
        for (int e = 0; e < 2; e++) ck_assert_double_lt(fabs(hypot(s[2 * e] - 50, s[2 * e + 1] - 50) - 25), 0.05);
        length += hypot(s[2] - s[0], s[3] - s[1]);
    }
    ck_assert_double_lt(fabs(length - 50 * pi), 1);
    qd_plane_raster_clear(r);
    qd_regions_clear(g);
    qd_net_clear(net);
    _fmpq_vec_clear(box, 4);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("decide");
    TCase *tc = tcase_create("decide");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, zero_by_hand, 0, (int) (sizeof zeros / sizeof *zeros));
    tcase_add_loop_test(tc, classes_by_hand, 0, (int) (sizeof classes / sizeof *classes));
    tcase_add_loop_test(tc, signs, 0, (int) (30 * multiplier));
    tcase_add_loop_test(tc, two_classes, 0, (int) (30 * multiplier));
    tcase_add_loop_test(tc, equals_oracle, 0, (int) (60 * multiplier));
    tcase_add_test(tc, bad_questions);
    tcase_add_test(tc, picture_of_a_circle);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
