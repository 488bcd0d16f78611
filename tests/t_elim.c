/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the elimination modulo a prime, and of the rank over Q. The other road: FLINT's nmod_mat_rank, nmod_mat_det and fmpz_mat_rank. */
#include <check.h>
#include <flint/flint.h>
#include <flint/fmpz_mat.h>
#include <flint/nmod_mat.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "variety/variety.h"

static qd_ctx_t ctx;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
}

/* Rank modulo p of one matrix (nrows, ncols). */
static qd_status rank_modp(int64_t *rank, const uint32_t *a, int64_t nrows, int64_t ncols, uint32_t p, qd_ctx_t c)
{
    qd_echelon_t e;
    qd_echelon_init(e, p, ncols);
    qd_status st = qd_echelon_add(rank, e, a, nrows, c);
    qd_echelon_clear(e);
    return st;
}

/* The ends of the range, those about which the depth of a sum changes, and primes between. */
static const uint32_t primes[] = {2, 3, 5, 7, 251, 65521, 1048573, 1048583, 8388593, 8388617, 16777213, 33554393, 67108859};
enum { PRIMES = sizeof primes / sizeof *primes };

/* ---- matrices ----------------------------------------------------------------------------- */

typedef struct {
    int64_t m, n;
    uint32_t p;
    uint32_t *a; /* owned, (m, n) row-major */
} matrix;

/* A product (m, rank) (rank, n), then rows and columns are spoiled: zero, repeated, only the largest residue. */
static void random_matrix(matrix *x, int64_t m, int64_t n, int64_t rank, uint32_t p, qd_rng_t rng)
{
    nmod_mat_t l, r, a;
    *x = (matrix){m, n, p, qd_malloc((size_t) (m * n) * sizeof(uint32_t))};
    nmod_mat_init(l, m, rank, p);
    nmod_mat_init(r, rank, n, p);
    nmod_mat_init(a, m, n, p);
    for (int64_t i = 0; i < m * rank; i++) l->entries[i] = qd_rng_below(rng, p);
    for (int64_t i = 0; i < rank * n; i++) r->entries[i] = qd_rng_below(rng, p);
    nmod_mat_mul(a, l, r);
    for (int64_t i = 0; i < m * n; i++) x->a[i] = (uint32_t) nmod_mat_entry(a, i / n, i % n);
    nmod_mat_clear(l);
    nmod_mat_clear(r);
    nmod_mat_clear(a);
}

static void spoil(matrix *x, qd_rng_t rng)
{
    for (int64_t k = 0; k < x->m / 8; k++) {
        uint32_t *row = x->a + (int64_t) qd_rng_below(rng, (uint64_t) x->m) * x->n;
        const uint32_t *other = x->a + (int64_t) qd_rng_below(rng, (uint64_t) x->m) * x->n;
        if (qd_rng_below(rng, 2)) memmove(row, other, (size_t) x->n * sizeof *row);
        else memset(row, 0, (size_t) x->n * sizeof *row);
    }
    for (int64_t k = 0; k < x->n / 4; k++) {
        int64_t to = (int64_t) qd_rng_below(rng, (uint64_t) x->n), from = (int64_t) qd_rng_below(rng, (uint64_t) x->n);
        bool zero = qd_rng_below(rng, 2);
        for (int64_t i = 0; i < x->m; i++) x->a[i * x->n + to] = zero ? 0 : x->a[i * x->n + from];
    }
}

/* A matrix of FLINT from rows and columns of x; NULL: the first m, n. */
static void minor(nmod_mat_t y, const matrix *x, const int64_t *row, const int64_t *col, int64_t m, int64_t n)
{
    nmod_mat_init(y, m, n, x->p);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) nmod_mat_entry(y, i, j) = x->a[(row ? row[i] : i) * x->n + (col ? col[j] : j)];
}

static int64_t flint_rank(const matrix *x)
{
    nmod_mat_t y;
    minor(y, x, NULL, NULL, x->m, x->n);
    int64_t rank = nmod_mat_rank(y);
    nmod_mat_clear(y);
    return rank;
}

/* ---- checks ------------------------------------------------------------------------------- */

/* Adds x to e in panels of random size, at most panel rows. */
static void add_panels(qd_echelon_t e, const matrix *x, int64_t panel, qd_rng_t rng)
{
    for (int64_t i = 0; i < x->m;) {
        int64_t m = 1 + (int64_t) qd_rng_below(rng, (uint64_t) panel), before = qd_echelon_rank(e), added = -1;
        if (m > x->m - i) m = x->m - i;
        ck_assert_int_eq(qd_echelon_add(&added, e, x->a + i * x->n, m, ctx), QD_OK);
        ck_assert_int_eq(added, qd_echelon_rank(e) - before);
        i += m;
    }
    ck_assert_int_eq(e->nrows, x->m);
}

/* The pivots name an invertible minor: they show that the rank is not too large. */
static void check_pivots(const qd_echelon_t e, const matrix *x)
{
    nmod_mat_t y;
    minor(y, x, e->pivot_row, e->pivot_col, e->rank, e->rank);
    ck_assert_int_eq(nmod_mat_rank(y), e->rank);
    nmod_mat_clear(y);
}

static void check_matrix(const matrix *x, int64_t panel, int threads, qd_rng_t rng)
{
    qd_echelon_t e;
    int64_t expected = flint_rank(x), found = -1;
    ctx->threads = threads;
    qd_echelon_init(e, x->p, x->n);
    add_panels(e, x, panel, rng);
    ck_assert_msg(qd_echelon_rank(e) == expected, "(%lld, %lld) modulo %u, panels <= %lld: %lld, FLINT %lld, QD_SEED=%llu",
                  (long long) x->m, (long long) x->n, x->p, (long long) panel, (long long) e->rank, (long long) expected,
                  (unsigned long long) ctx->seed);
    check_pivots(e, x);
    qd_echelon_clear(e);
    ck_assert_int_eq(rank_modp(&found, x->a, x->m, x->n, x->p, ctx), QD_OK);
    ck_assert_int_eq(found, expected);
}

START_TEST(small_shapes)
{
    qd_rng_t rng;
    matrix x;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(1, (uint64_t) _i, 0));
    for (int k = 0; k < 40 * test_multiplier(); k++) {
        int64_t m = 1 + (int64_t) qd_rng_below(rng, 90), n = 1 + (int64_t) qd_rng_below(rng, 90);
        random_matrix(&x, m, n, 1 + (int64_t) qd_rng_below(rng, (uint64_t) (m < n ? m : n)), primes[_i], rng);
        if (k % 2) spoil(&x, rng);
        check_matrix(&x, 1 + (int64_t) qd_rng_below(rng, (uint64_t) m), 1 + k % 3, rng);
        free(x.a);
    }
}
END_TEST

/* Shapes on both sides of what is taken at once: 32, 128, 512 rows or columns. */
static const int64_t shape[][3] = {
    {700, 300, 300},  {300, 700, 300}, {520, 520, 520}, {600, 600, 250}, {129, 1030, 129},
    {1030, 129, 128}, {513, 257, 31},  {400, 512, 399}, {256, 1024, 1},  {1025, 640, 640},
};
enum { SHAPES = sizeof shape / sizeof *shape };

START_TEST(large_shapes)
{
    const int64_t *s = shape[_i % SHAPES], panels[] = {1, 33, 127, 200, s[0]};
    qd_rng_t rng;
    matrix x;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(2, (uint64_t) _i, 0));
    for (int k = 0; k < 2; k++) {
        random_matrix(&x, s[0], s[1], s[2], primes[(_i + 5 * k) % PRIMES], rng);
        if (k) spoil(&x, rng);
        check_matrix(&x, panels[(_i + k) % 5], 1 + _i % 3, rng);
        free(x.a);
    }
}
END_TEST

/* All entries (p-1)/2 and its negative, the largest numbers that residues reach: sums that are too long would be wrong. */
START_TEST(extreme_entries)
{
    uint32_t p = primes[_i];
    qd_rng_t rng;
    matrix x = {520, 520, p, qd_malloc(520 * 520 * sizeof(uint32_t))};
    qd_rng_init(rng, ctx->seed, qd_rng_stream(3, p, 0));
    for (int64_t i = 0; i < x.m * x.n; i++) x.a[i] = p / 2 + (p > 2 && qd_rng_below(rng, 8) == 0);
    check_matrix(&x, 520, 2, rng);
    free(x.a);
}
END_TEST

START_TEST(threads_do_not_change_pivots)
{
    qd_rng_t rng;
    matrix x;
    qd_echelon_t e[3];
    qd_rng_init(rng, ctx->seed, qd_rng_stream(4, (uint64_t) _i, 0));
    random_matrix(&x, 900, 800, 600, primes[PRIMES - 1 - _i], rng);
    spoil(&x, rng);
    for (int t = 0; t < 3; t++) {
        ctx->threads = t + 1;
        qd_echelon_init(e[t], x.p, x.n);
        ck_assert_int_eq(qd_echelon_add(NULL, e[t], x.a, x.m, ctx), QD_OK);
        size_t size = (size_t) e[0]->rank * sizeof(int64_t);
        ck_assert_int_eq(e[t]->rank, e[0]->rank);
        ck_assert_int_eq(memcmp(e[t]->pivot_row, e[0]->pivot_row, size), 0);
        ck_assert_int_eq(memcmp(e[t]->pivot_col, e[0]->pivot_col, size), 0);
    }
    for (int t = 0; t < 3; t++) qd_echelon_clear(e[t]);
    free(x.a);
}
END_TEST

START_TEST(empty_and_zero)
{
    uint32_t zero[600] = {0};
    int64_t rank = -1;
    ck_assert_int_eq(rank_modp(&rank, zero, 0, 7, 5, ctx), QD_OK);
    ck_assert_int_eq(rank, 0);
    rank = -1;
    ck_assert_int_eq(rank_modp(&rank, zero, 7, 0, 5, ctx), QD_OK);
    ck_assert_int_eq(rank, 0);
    ck_assert_int_eq(rank_modp(&rank, zero, 2, 300, 5, ctx), QD_OK);
    ck_assert_int_eq(rank, 0);
    zero[599] = 4;
    ck_assert_int_eq(rank_modp(&rank, zero, 2, 300, 5, ctx), QD_OK);
    ck_assert_int_eq(rank, 1);
}
END_TEST

/* Elimination from inside a parallel loop, many small ones at a time. */
static qd_status rank_of_one(void *arg, int64_t i, qd_ctx_t c)
{
    matrix *x = (matrix *) arg + i;
    return rank_modp(&x->m, x->a, x->m, x->n, x->p, c);
}

START_TEST(inside_a_parallel_loop)
{
    enum { N = 40 };
    matrix x[N];
    int64_t expected[N];
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 5);
    for (int i = 0; i < N; i++) {
        random_matrix(x + i, 150, 140, 1 + 3 * i, primes[i % PRIMES], rng);
        expected[i] = flint_rank(x + i);
    }
    ctx->threads = 3;
    ck_assert_int_eq(qd_parallel_for(N, rank_of_one, x, ctx), QD_OK);
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(x[i].m, expected[i]);
        free(x[i].a);
    }
}
END_TEST

START_TEST(budget_ends_it)
{
    qd_rng_t rng;
    matrix x;
    qd_echelon_t e;
    int64_t added = -5;
    qd_rng_init(rng, ctx->seed, 6);
    random_matrix(&x, 700, 700, 700, 8388593, rng);
    qd_echelon_init(e, x.p, x.n);
    ctx->max_seconds = 1e-9;
    ck_assert_int_eq(qd_echelon_add(&added, e, x.a, x.m, ctx), QD_EUNABLE);
    ck_assert_int_eq(added, -5);
    ck_assert_str_ne(qd_ctx_message(ctx), "");
    ctx->max_seconds = 0; /* and it goes on where it stopped */
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_echelon_add(NULL, e, x.a + e->nrows * x.n, x.m - e->nrows, ctx), QD_OK);
    ck_assert_int_eq(e->rank, flint_rank(&x));
    qd_echelon_clear(e);
    free(x.a);
}
END_TEST

/* ---- over Q ------------------------------------------------------------------------------- */

static qd_status add_rows(qd_rows_t r, const fmpz_mat_t a)
{
    qd_status st = QD_OK;
    for (slong i = 0; i < fmpz_mat_nrows(a) && st == QD_OK; i++) st = qd_rows_add(r, a->rows[i], ctx);
    return st;
}

/* (m, rank) (rank, n) with entries of so many bits, then a row and a column of zeros. */
static void random_integers(fmpz_mat_t a, slong rank, flint_bitcnt_t bits, flint_rand_t state)
{
    fmpz_mat_t x, y;
    fmpz_mat_init(x, fmpz_mat_nrows(a), rank);
    fmpz_mat_init(y, rank, fmpz_mat_ncols(a));
    fmpz_mat_randbits(x, state, bits);
    fmpz_mat_randbits(y, state, bits);
    fmpz_mat_mul(a, x, y);
    for (slong i = 0; i < fmpz_mat_nrows(a); i++) fmpz_zero(fmpz_mat_entry(a, i, fmpz_mat_ncols(a) / 2));
    for (slong j = 0; j < fmpz_mat_ncols(a); j++) fmpz_zero(fmpz_mat_entry(a, fmpz_mat_nrows(a) / 2, j));
    fmpz_mat_clear(x);
    fmpz_mat_clear(y);
}

START_TEST(rational_rank)
{
    qd_rng_t rng;
    flint_rand_t state;
    fmpz_mat_t a;
    qd_rows_t r;
    qd_truth proved = QD_UNKNOWN;
    int64_t rank = -1;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(8, (uint64_t) _i, 0));
    flint_randinit(state);
    flint_randseed(state, qd_rng_u64(rng), qd_rng_u64(rng));
    slong most = _i % 7 == 0 ? 300 : 25;
    fmpz_mat_init(a, 1 + (slong) qd_rng_below(rng, (uint64_t) most), 1 + (slong) qd_rng_below(rng, (uint64_t) most));
    random_integers(a, (slong) qd_rng_below(rng, 20), 1 + qd_rng_below(rng, 150), state);
    qd_rows_init(r, fmpz_mat_ncols(a), rng);
    ck_assert_int_eq(add_rows(r, a), QD_OK);
    ck_assert_int_eq(qd_rows_prove(&proved, r, ctx), QD_OK);
    ck_assert_int_eq(qd_rows_rank(&rank, r, ctx), QD_OK);
    ck_assert(proved == QD_TRUE);
    ck_assert_int_eq(rank, fmpz_mat_rank(a));
    qd_rows_clear(r);
    fmpz_mat_clear(a);
    flint_randclear(state);
}
END_TEST

/* The coefficients of the relation are as large as quotients of minors can be, so that the whole modulus is needed: one column that is no
   combination with small coefficients of the others, and rows that are sums of others. */
START_TEST(largest_relations)
{
    enum { RANK = 10, ROWS = 15 };
    qd_rng_t rng;
    flint_rand_t state;
    fmpz_mat_t a;
    qd_rows_t r;
    qd_truth proved = QD_UNKNOWN;
    int64_t rank = -1;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(10, (uint64_t) _i, 0));
    flint_randinit(state);
    flint_randseed(state, qd_rng_u64(rng), qd_rng_u64(rng));
    fmpz_mat_init(a, _i % 2 ? RANK + 1 : ROWS, _i % 2 ? ROWS : RANK + 1);
    for (slong i = 0; i < ROWS; i++)
        for (slong j = 0; j <= RANK; j++) {
            fmpz *e = _i % 2 ? fmpz_mat_entry(a, j, i) : fmpz_mat_entry(a, i, j);
            if (i < RANK) fmpz_randbits(e, state, 60);
            else if (_i % 2) fmpz_add(e, fmpz_mat_entry(a, j, i - RANK), fmpz_mat_entry(a, j, i - RANK + 1));
            else fmpz_add(e, fmpz_mat_entry(a, i - RANK, j), fmpz_mat_entry(a, i - RANK + 1, j));
        }
    qd_rows_init(r, fmpz_mat_ncols(a), rng);
    ck_assert_int_eq(add_rows(r, a), QD_OK);
    ck_assert_int_eq(qd_rows_prove(&proved, r, ctx), QD_OK);
    ck_assert_int_eq(qd_rows_rank(&rank, r, ctx), QD_OK);
    ck_assert_int_eq(rank, RANK);
    ck_assert(proved == QD_TRUE);
    qd_rows_clear(r);
    fmpz_mat_clear(a);
    flint_randclear(state);
}
END_TEST

/* Rows that depend on each other modulo the prime, but not over Q: the rank is too small, and must not be proved. */
START_TEST(bad_prime_proves_nothing)
{
    qd_rng_t rng;
    flint_rand_t state;
    fmpz_mat_t a;
    qd_rows_t r;
    qd_truth proved = QD_TRUE;
    int64_t rank = -1;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(9, (uint64_t) _i, 0));
    flint_randinit(state);
    fmpz_mat_init(a, _i % 2 == 0 ? 12 : 30, _i % 2 == 0 ? 30 : 12);
    random_integers(a, 7, 20, state);
    qd_rows_init(r, fmpz_mat_ncols(a), rng);
    _fmpz_vec_set(a->rows[1], a->rows[0], fmpz_mat_ncols(a));
    fmpz_add_ui(fmpz_mat_entry(a, 1, 0), fmpz_mat_entry(a, 1, 0), r->echelon->p);
    ck_assert_int_eq(add_rows(r, a), QD_OK);
    ck_assert_int_eq(qd_rows_prove(&proved, r, ctx), QD_OK);
    ck_assert_int_eq(qd_rows_rank(&rank, r, ctx), QD_OK);
    ck_assert_int_eq(rank, 7);
    ck_assert_int_eq(fmpz_mat_rank(a), 8);
    ck_assert(proved == QD_UNKNOWN);
    qd_rows_clear(r);
    fmpz_mat_clear(a);
    flint_randclear(state);
}
END_TEST

START_TEST(budget_leaves_the_lower_bound)
{
    qd_rng_t rng;
    flint_rand_t state;
    fmpz_mat_t a;
    qd_rows_t r;
    qd_truth proved = QD_TRUE;
    int64_t rank = -1;
    qd_rng_init(rng, ctx->seed, 10);
    flint_randinit(state);
    fmpz_mat_init(a, 40, 30);
    random_integers(a, 9, 100, state);
    qd_rows_init(r, 30, rng);
    ck_assert_int_eq(add_rows(r, a), QD_OK);
    ctx->max_seconds = 1e-9;
    ck_assert_int_eq(qd_rows_prove(&proved, r, ctx), QD_EUNABLE);
    ck_assert(proved == QD_UNKNOWN);
    ck_assert_str_ne(qd_ctx_message(ctx), "");
    ck_assert_int_eq(qd_rows_rank(&rank, r, ctx), QD_OK);
    ck_assert_int_eq(rank, 9);
    qd_rows_clear(r);
    fmpz_mat_clear(a);
    flint_randclear(state);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("elim");
    TCase *t = tcase_create("elim");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_set_timeout(t, 120.0 * test_multiplier());
    tcase_add_loop_test(t, small_shapes, 0, PRIMES);
    tcase_add_loop_test(t, large_shapes, 0, PRIMES * SHAPES / 4);
    tcase_add_loop_test(t, extreme_entries, 0, PRIMES);
    tcase_add_loop_test(t, threads_do_not_change_pivots, 0, 6);
    tcase_add_test(t, empty_and_zero);
    tcase_add_test(t, inside_a_parallel_loop);
    tcase_add_test(t, budget_ends_it);
    tcase_add_loop_test(t, rational_rank, 0, 60 * test_multiplier());
    tcase_add_loop_test(t, largest_relations, 0, 6);
    tcase_add_loop_test(t, bad_prime_proves_nothing, 0, 4);
    tcase_add_test(t, budget_leaves_the_lower_bound);
    suite_add_tcase(s, t);
    return test_run(s);
}
