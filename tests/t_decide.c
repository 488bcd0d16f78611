/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an output is positive, and where which output is the largest. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plane/plane.h"
#include "shared/network.h"

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
    const char *s = getenv("QD_SEED"), *m = getenv("QD_TEST_MULTIPLIER");
    seed = s != NULL ? strtoull(s, NULL, 10) : 1;
    multiplier = m != NULL ? atol(m) : 1;
    Suite *suite = suite_create("decide");
    TCase *tc = tcase_create("decide");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, zero_by_hand, 0, (int) (sizeof zeros / sizeof *zeros));
    tcase_add_loop_test(tc, classes_by_hand, 0, (int) (sizeof classes / sizeof *classes));
    tcase_add_test(tc, bad_questions);
    tcase_add_test(tc, picture_of_a_circle);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
