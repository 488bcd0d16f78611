/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of domains in any dimension, against arithmetic with small integers; of fingerprints and foreseen sizes, against exact polynomials; of
   pieces, by hand. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "piece/piece.h"
#include "shared/suite.h"

/* n small rationals p / 2. */
static fmpq *halves(const int *p, slong n)
{
    fmpq *v = _fmpq_vec_init(n);
    for (slong i = 0; i < n; i++) {
        fmpq_set_si(v + i, p[i], 2);
        fmpq_canonicalise(v + i);
    }
    return v;
}

static void equal_halves(const fmpq *v, const int *p, slong n)
{
    fmpq *w = halves(p, n);
    for (slong i = 0; i < n; i++) ck_assert_msg(fmpq_equal(v + i, w + i), "entry %ld", (long) i);
    _fmpq_vec_clear(w, n);
}

/* A plane in three inputs: base + t_0 (1, 0, -1) + t_1 (0, 2, 1/2). */
START_TEST(points_of_a_plane)
{
    fmpq *base = halves((int[]){6, -2, 1}, 3), *step = halves((int[]){2, 0, -2, 0, 4, 1}, 6), *t = halves((int[]){3, -2}, 2);
    fmpq *x = _fmpq_vec_init(3);
    qd_domain plane = {2, base, step, NULL, NULL}, whole = {0};
    ck_assert_int_eq(qd_domain_dim(&plane, 3), 2);
    ck_assert_int_eq(qd_domain_dim(&whole, 3), 3);
    qd_domain_point(x, &plane, 3, t);
    equal_halves(x, (int[]){9, -6, -3}, 3);
    qd_domain_point(x, &whole, 3, base);
    equal_halves(x, (int[]){6, -2, 1}, 3);
    qd_domain_difference(x, step, step + 3, 3);
    equal_halves(x, (int[]){-2, 4, 3}, 3);
    _fmpq_vec_clear(base, 3);
    _fmpq_vec_clear(step, 6);
    _fmpq_vec_clear(t, 2);
    _fmpq_vec_clear(x, 3);
}
END_TEST

/* The coordinates of a point inside: 0 where there is no end, 1 away from the only one, half of the way between two; whatever t was. */
START_TEST(middles)
{
    fmpq *lo = halves((int[]){-1, 4, 3}, 3), *hi = halves((int[]){1, 5, 7}, 3);
    static const int expected[2][2][3] = {{{0, 0, 0}, {-1, 3, 5}}, {{1, 6, 5}, {0, 0, 0}}};
    for (int left = 0; left < 2; left++)
        for (int right = 0; right < 2; right++) {
            fmpq *t = halves((int[]){9, 9, 9}, 3);
            qd_domain box = {0, NULL, NULL, left ? lo : NULL, right ? hi : NULL};
            qd_domain_middle(t, &box, 3);
            for (int k = 0; left && right && k < 3; k++) fmpq_add(t + k, t + k, t + k); /* the middles are quarters */
            if (left && right) equal_halves(t, (int[]){0, 9, 10}, 3);
            else equal_halves(t, expected[left][right], 3);
            _fmpq_vec_clear(t, 3);
        }
    _fmpq_vec_clear(lo, 3);
    _fmpq_vec_clear(hi, 3);
}
END_TEST

START_TEST(what_is_no_domain)
{
    fmpq *base = halves((int[]){0, 0, 0}, 3), *twice = halves((int[]){2, 4, -2, 1, 2, -1}, 6),
         *apart = halves((int[]){2, 4, -2, 1, 2, 1}, 6);
    fmpq *lo = halves((int[]){0, 3}, 2), *hi = halves((int[]){1, 3}, 2);
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_domain_check(&(qd_domain){2, base, apart, NULL, NULL}, 3, ctx), QD_OK);
    ck_assert_int_eq(qd_domain_check(&(qd_domain){2, base, apart, lo, NULL}, 3, ctx), QD_OK);
    ck_assert_int_eq(qd_domain_check(&(qd_domain){1, base, apart, lo, hi}, 3, ctx), QD_OK);
    ck_assert_int_eq(qd_domain_check(&(qd_domain){2, base, twice, NULL, NULL}, 3, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the 2 directions of the domain are linearly dependent");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_domain_check(&(qd_domain){2, base, apart, lo, hi}, 3, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the range 3/2:3/2 is empty; expected a < b");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_domain_check(&(qd_domain){1, base, base, lo, hi}, 3, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the two points of the line are equal");
    _fmpq_vec_clear(base, 3);
    _fmpq_vec_clear(twice, 6);
    _fmpq_vec_clear(apart, 6);
    _fmpq_vec_clear(lo, 2);
    _fmpq_vec_clear(hi, 2);
}
END_TEST

START_TEST(random_lines)
{
    fmpq *p = _fmpq_vec_init(2), *q = _fmpq_vec_init(2), *again = _fmpq_vec_init(2);
    for (uint64_t seed = 0; seed < 200; seed++) {
        qd_domain_random_points(p, q, 2, seed);
        ck_assert(!fmpq_equal(p, q) || !fmpq_equal(p + 1, q + 1));
        for (int i = 0; i < 2; i++) {
            ck_assert_int_le(fmpz_get_si(fmpq_denref(p + i)), 8);
            ck_assert(fmpq_cmp_si(p + i, 2) <= 0 && fmpq_cmp_si(p + i, -2) >= 0);
            ck_assert(fmpq_is_canonical(p + i) && fmpq_is_canonical(q + i));
        }
        qd_domain_random_points(again, q, 2, seed);
        ck_assert(fmpq_equal(p, again) && fmpq_equal(p + 1, again + 1));
    }
    _fmpq_vec_clear(p, 2);
    _fmpq_vec_clear(q, 2);
    _fmpq_vec_clear(again, 2);
}
END_TEST

/* ---- fingerprints ------------------------------------------------------------------------------ */

static ulong residue(const fmpq_t x, nmod_t mod)
{
    return nmod_div(fmpz_fdiv_ui(fmpq_numref(x), mod.n), fmpz_fdiv_ui(fmpq_denref(x), mod.n), mod);
}

/* The polynomial at the random point. */
static ulong value(const qd_terms_t t, const qd_restriction *m)
{
    ulong s = 0;
    for (slong k = 0; k < t->n; k++) {
        ulong x = residue(t->c + k, m->mod);
        for (slong v = 0; v < t->dim; v++) x = nmod_mul(x, nmod_pow_ui(m->t_mod[v], (ulong) t->e[k * t->dim + v], m->mod), m->mod);
        s = nmod_add(s, x, m->mod);
    }
    return s;
}

/* A walk through patterns, of few or of many changes, for every kind and activation. */
START_TEST(fingerprints)
{
    static const int64_t width[] = {2, 5, 4, 2};
    qd_neuron neuron = qd_neuron_make((qd_kind) (_i % QD_KINDS), (qd_activation) (_i / QD_KINDS));
    const qd_arch arch = {3, width, neuron, _i % 2, true};
    const qd_domain whole = {0};
    qd_net_t net;
    qd_restriction m;
    qd_path path;
    qd_terms_t t;
    qd_rng_t rng;
    qd_net_init(net);
    qd_terms_init(t);
    qd_rng_init(rng, test_seed(), (uint64_t) _i);
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 8, 8}, test_seed(), (uint64_t) _i);
    qd_restriction_init(&m, net, &whole, test_seed());
    qd_path_init(&path, &m);
    qd_word pattern[m.nwords], before[m.nwords];
    memset(pattern, 0, sizeof pattern);
    ulong y[2], *work = calloc((size_t) qd_restriction_work(&m), sizeof *work);
    for (int step = 0; step < 60; step++) {
        memcpy(before, pattern, sizeof pattern);
        for (int64_t n = m.nswitching == 0 ? 0 : qd_rng_range(rng, 0, step % 10 == 0 ? 8 : 2); n > 0; n--)
            qd_pattern_flip(pattern, qd_rng_range(rng, 0, m.nswitching - 1));
        qd_restriction_fingerprint_after(y, &m, pattern, step == 0 ? NULL : before, work);
        qd_path_set(&path, pattern);
        for (int o = 0; o < 2; o++) {
            qd_path_output(t, &path, o);
            ck_assert_msg(value(t, &m) == y[o], "step %d, output %d, QD_SEED=%lu", step, o, (unsigned long) test_seed());
        }
    }
    free(work);
    qd_path_clear(&path);
    qd_restriction_clear(&m);
    qd_terms_clear(t);
    qd_net_clear(net);
}
END_TEST

/* ---- sizes --------------------------------------------------------------------------------------- */

/* What is foreseen is never less than what an exact polynomial takes, and a budget that it is above refuses before. */
START_TEST(sizes_are_foreseen)
{
    static const int64_t width[] = {1, 5, 4, 3};
    qd_neuron neuron = qd_neuron_make((qd_kind) (_i % QD_KINDS), (qd_activation) (_i / QD_KINDS));
    const qd_arch arch = {3, width, neuron, _i % 2, true};
    const qd_domain whole = {0};
    qd_net_t net;
    qd_restriction m;
    qd_path path;
    qd_rng_t rng;
    qd_net_init(net);
    qd_rng_init(rng, test_seed(), (uint64_t) _i);
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 1000, 900}, test_seed(), (uint64_t) _i);
    qd_restriction_init(&m, net, &whole, test_seed());
    qd_path_init(&path, &m);
    qd_word pattern[m.nwords];
    memset(pattern, 0, sizeof pattern);
    for (int step = 0; step < 20; step++) {
        if (m.nswitching > 0) qd_pattern_flip(pattern, qd_rng_range(rng, 0, m.nswitching - 1));
        qd_path_set(&path, pattern);
        for (slong l = 0; l < m.low->depth; l++)
            for (slong u = 0; u < m.low->layer[l].out; u++) {
                const fmpz_poly_struct *p[] = {qd_path_z(&path, l, u), qd_path_a(&path, l + 1, u)};
                for (int k = 0; k < 2; k++)
                    ck_assert_msg((double) (p[k]->length * labs(fmpz_poly_max_bits(p[k]))) <= 8 * m.bytes[l], "layer %ld, unit %ld",
                                  (long) l, (long) u);
            }
    }
    qd_ctx_t ctx;
    qd_ctx_own(ctx, NULL);
    ck_assert_int_eq(qd_path_foresee(&m, 2, ctx), QD_OK);
    ctx->max_bytes = qd_memory_now() + ((int64_t) 64 << 20);
    ck_assert_int_eq(qd_path_foresee(&m, 2, ctx), QD_OK);
    m.bytes[2] = 1e9;
    ck_assert_int_eq(qd_path_foresee(&m, 1, ctx), QD_OK);
    ck_assert_int_eq(qd_path_foresee(&m, 2, ctx), QD_EUNABLE);
    qd_path_clear(&path);
    qd_restriction_clear(&m);
    qd_net_clear(net);
}
END_TEST

/* ---- pieces ------------------------------------------------------------------------------------ */

/* Two regions without a wall, by hand, of y = relu(a) + relu(b), x the only input: active alone a (x), b (x) or, with another slope, c (2 x).
   Beside one unfinished place they may be one piece where their outputs are equal; nowhere else, and not when there is no such place. */
START_TEST(pieces_beside_a_place)
{
    static const struct {
        slong bit[2], place[2]; /* place -1: none */
        slong pieces;
    } cases[] = {{{0, 1}, {7, 7}, 1}, {{0, 2}, {7, 7}, 2}, {{0, 1}, {7, 8}, 2}, {{0, 1}, {-1, -1}, 2}, {{0, 1}, {7, -1}, 2}};
    static const slong slope[] = {1, 1, 2};
    qd_net_t net;
    qd_ctx_t ctx;
    qd_restriction m;
    qd_regions_t g;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_regions_init(g);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 1, 3);
    for (slong u = 0; u < 3; u++) fmpq_set_si(qd_layer_at(l, 0, u, 0), slope[u], 1);
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 3, 1);
    for (slong u = 0; u < 3; u++) fmpq_one(qd_layer_at(l, 0, 0, u));
    qd_restriction_init(&m, net, &(qd_domain){0}, test_seed());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qd_regions_resize(g, &m, 2);
        for (slong k = 0; k < 2; k++) {
            qd_pattern_flip(g->pattern + k * g->nwords, cases[i].bit[k]);
            if (cases[i].place[k] >= 0) qd_regions_add_open(g, cases[i].place[k], k);
        }
        ck_assert_int_eq(qd_regions_count(g, &m, QD_LOWER_BOUND, ctx), QD_OK);
        ck_assert_int_eq(g->count.label, QD_LOWER_BOUND);
        ck_assert_int_eq(g->count.regions, 2);
        ck_assert_msg(g->count.pieces == cases[i].pieces, "case %d: %ld pieces", (int) i, (long) g->count.pieces);
    }
    qd_regions_clear(g);
    qd_restriction_clear(&m);
    qd_net_clear(net);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain");
    TCase *tc = tcase_create("domain");
    tcase_add_test(tc, points_of_a_plane);
    tcase_add_test(tc, middles);
    tcase_add_test(tc, what_is_no_domain);
    tcase_add_test(tc, random_lines);
    tcase_add_loop_test(tc, fingerprints, 0, QD_KINDS * QD_ACTIVATIONS);
    tcase_add_loop_test(tc, sizes_are_foreseen, 0, QD_KINDS * QD_ACTIVATIONS);
    tcase_add_test(tc, pieces_beside_a_place);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
