/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates of regions: those of the engines pass, and come back from their file as they were; a change of any one thing is refused. */
#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "line/line.h"
#include "proof/proof.h"
#include "shared/suite.h"
#include "space/space.h"

static uint64_t seed;
static slong multiplier;

static qd_net_t net;
static qd_ctx_t ctx;
static qd_proof_t proof;
static qd_proof_report_t report;
static qd_buf_t file; /* the certificate as it was made */

static void setup(void)
{
    qd_net_init(net);
    qd_ctx_init(ctx);
    ctx->seed = seed;
    qd_proof_init(proof);
    qd_proof_report_init(report);
    qd_buf_init(file);
}

static void teardown(void)
{
    qd_net_clear(net);
    qd_proof_clear(proof);
    qd_proof_report_clear(report);
    qd_buf_clear(file);
}

static void find_breaks(qd_alg_list_t breaks, const qd_domain *d)
{
    qd_line_t line;
    qd_line_init(line);
    ck_assert_int_eq(qd_line_compute(line, net, d, ctx), QD_OK);
    for (slong i = 0; i < qd_line_nbreaks(line); i++)
        ck_assert_int_eq(qd_line_breakpoint(qd_alg_list_add(breaks, NULL), line, i, ctx), QD_OK);
    qd_line_clear(line);
}

/* The regions of net on the domain; in two dimensions space only where it is asked for. */
static bool compute(qd_regions_t g, const qd_domain *d, bool space)
{
    qd_answer_t a;
    qd_engine_options want = qd_engine_defaults;
    slong dim = qd_domain_dim(d, net->input_dim);
    want.list = true;
    ctx->max_seconds = 60;
    qd_ctx_start(ctx);
    qd_answer_init(a);
    qd_status st;
    if (qd_space_takes(net) && (dim > 2 || (dim == 2 && space))) st = qd_space_compute(g, net, d, NULL, ctx);
    else {
        st = qd_engine_compute(a, net, d, &want, ctx);
        qd_regions_swap(g, a->regions);
    }
    qd_answer_clear(a);
    ctx->max_seconds = 0;
    qd_ctx_forget(ctx);
    return st == QD_OK && g->count.label == QD_EXACT;
}

/* The certificate of net on the domain, into proof and file; false: the engines are not exact here within seconds, or a point is hard to find. */
static bool make(const qd_domain *d, bool space)
{
    qd_regions_t g;
    qd_alg_list_t breaks;
    qd_status st = QD_EUNABLE;
    bool line = qd_domain_dim(d, net->input_dim) == 1;
    qd_regions_init(g);
    qd_alg_list_init(breaks);
    if (compute(g, d, space)) {
        if (line) find_breaks(breaks, d);
        st = qd_proof_make(proof, net, d, g, line ? breaks : NULL, ctx);
        ck_assert(st == QD_OK || (st == QD_EUNABLE && !line));
        qd_ctx_forget(ctx);
        qd_buf_reset(file);
        if (st == QD_OK) qd_proof_print(file, proof);
    }
    qd_regions_clear(g);
    qd_alg_list_clear(breaks);
    return st == QD_OK;
}

/* The certificate that a text says, into proof. */
static qd_status parse(const char *text, size_t len)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_proof_clear(proof);
    qd_proof_init(proof);
    qd_status st = qd_doc_parse(doc, text, len, QD_JSON, ctx);
    if (st == QD_OK) st = qd_proof_read(proof, qd_doc_root(doc), ctx);
    qd_doc_clear(doc);
    return st;
}

/* As it was made, but without a checksum: what is wrong must be seen. */
static void restore(void)
{
    ck_assert_msg(parse(qd_buf_str(file), file->len) == QD_OK, "%s", qd_ctx_message(ctx));
    free(proof->checksum);
    proof->checksum = NULL;
}

static bool refused(void)
{
    qd_ctx_forget(ctx);
    qd_status st = qd_proof_check(report, proof, ctx);
    if (st == QD_EINPUT) ck_assert_msg(strncmp(qd_ctx_message(ctx), "refused: ", 9) == 0, "%s", qd_ctx_message(ctx));
    else ck_assert_msg(st == QD_OK, "%s", qd_ctx_message(ctx));
    qd_ctx_forget(ctx);
    return st == QD_EINPUT;
}

static void passes(bool complete, const char *what)
{
    qd_buf_t again;
    qd_buf_init(again);
    ck_assert_msg(parse(qd_buf_str(file), file->len) == QD_OK, "%s: %s", what, qd_ctx_message(ctx));
    qd_proof_print(again, proof);
    ck_assert_str_eq(qd_buf_str(again), qd_buf_str(file));
    ck_assert_msg(qd_proof_check(report, proof, ctx) == QD_OK, "%s: %s", what, qd_ctx_message(ctx));
    ck_assert_int_eq(report->complete, complete);
    ck_assert_int_eq(report->open->len == 0, complete);
    ck_assert_uint_gt(report->confirmed->len, 0);
    qd_buf_clear(again);
}

/* ---- changes -------------------------------------------------------------------------------- */

/* Region k and its walls are left out; the counts are made to agree. */
static void leave_out(slong k)
{
    qd_regions_struct *g = proof->regions;
    slong walls = 0, pieces = 0, *piece = qd_calloc((size_t) g->n + 1, sizeof *piece);
    for (slong j = 0; j < g->nwalls; j++) {
        slong a = g->wall[2 * j], b = g->wall[2 * j + 1];
        if (a == k || b == k) continue;
        g->wall[2 * walls] = a - (a > k);
        g->wall[2 * walls++ + 1] = b - (b > k);
    }
    g->nwalls = walls;
    proof->bounded -= g->bounded[k];
    proof->holes -= g->holes[k];
    for (slong i = k; i + 1 < g->n; i++) {
        memcpy(g->pattern + i * g->nwords, g->pattern + (i + 1) * g->nwords, sizeof *g->pattern * (size_t) g->nwords);
        for (slong c = 0; c < g->dim; c++) fmpq_swap(g->point + i * g->dim + c, g->point + (i + 1) * g->dim + c);
        g->piece[i] = g->piece[i + 1];
        g->bounded[i] = g->bounded[i + 1];
        g->holes[i] = g->holes[i + 1];
    }
    for (slong c = 0; c < g->dim; c++) fmpq_clear(g->point + (g->n - 1) * g->dim + c);
    g->n--;
    for (slong i = 0; i < g->n; i++) { /* pieces counted anew: all numbers from 0 */
        slong other = 0;
        while (other < i && g->piece[other] != g->piece[i]) other++;
        piece[i] = other < i ? piece[other] : pieces++;
    }
    memcpy(g->piece, piece, sizeof *piece * (size_t) g->n);
    g->count.pieces = pieces;
    g->count.regions = g->n;
    g->count.patterns = qd_patterns_distinct(g->pattern, g->n, g->nwords);
    free(piece);
}

static void drop_break(slong i)
{
    for (; i + 1 < proof->breaks->n; i++) qd_alg_swap(proof->breaks->e + i, proof->breaks->e + i + 1);
    qd_alg_clear(proof->breaks->e + --proof->breaks->n);
}

static void drop_wall(slong k)
{
    qd_regions_struct *g = proof->regions;
    memmove(g->wall + 2 * k, g->wall + 2 * (k + 1), 2 * sizeof *g->wall * (size_t) (g->nwalls - k - 1));
    g->nwalls--;
}

/* What is refused whatever the network. */
static void common_changes(const char *what)
{
    qd_regions_struct *g = proof->regions;
    restore();
    for (slong i = 0; i < g->n; i++)
        for (slong bit = 0; bit < g->nswitching; bit++) {
            qd_pattern_flip(g->pattern + i * g->nwords, bit);
            g->count.patterns = qd_patterns_distinct(g->pattern, g->n, g->nwords);
            ck_assert_msg(refused(), "%s: bit %ld of region %ld", what, (long) bit, (long) i);
            qd_pattern_flip(g->pattern + i * g->nwords, bit);
        }
    g->count.patterns = qd_patterns_distinct(g->pattern, g->n, g->nwords);
    for (slong i = 1; i < g->n; i++) {
        if (memcmp(g->pattern, g->pattern + i * g->nwords, sizeof(qd_word) * (size_t) g->nwords) == 0) continue;
        for (slong c = 0; c < g->dim; c++) fmpq_swap(g->point + c, g->point + i * g->dim + c);
        ck_assert_msg(refused(), "%s: points of regions 0 and %ld", what, (long) i);
        for (slong c = 0; c < g->dim; c++) fmpq_swap(g->point + c, g->point + i * g->dim + c);
    }
    slong *const counts[] = {&g->count.patterns, &g->count.regions, &g->count.pieces, &g->count.max_degree, &proof->bounded, &proof->holes};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        ++*counts[k];
        ck_assert_msg(refused(), "%s: count %d", what, (int) k);
        --*counts[k];
    }
    for (slong i = 0; i < g->n && g->n > 1; i++) {
        slong piece = g->piece[i];
        g->piece[i] = piece > 0 ? piece - 1 : g->n - 1;
        ck_assert_msg(refused(), "%s: piece of region %ld", what, (long) i);
        g->piece[i] = piece;
    }
    if (g->nwalls > 0) {
        g->nwalls = 0;
        ck_assert_msg(refused(), "%s: no walls", what);
    }
    restore();
    ck_assert(!refused());
}

/* What is refused where all is proved. */
static void complete_changes(const char *what)
{
    qd_regions_struct *g = proof->regions;
    for (slong i = 0; i < g->n; i++) {
        int way = g->bounded[i] ? -1 : 1;
        g->bounded[i] = !g->bounded[i];
        proof->bounded += way;
        ck_assert_msg(refused(), "%s: bounded, region %ld", what, (long) i);
        g->bounded[i] = !g->bounded[i];
        proof->bounded -= way;
        g->holes[i]++;
        proof->holes++;
        ck_assert_msg(refused(), "%s: hole of region %ld", what, (long) i);
        g->holes[i]--;
        proof->holes--;
    }
    for (slong k = g->nwalls - 1; k >= 0; k--) {
        drop_wall(k);
        ck_assert_msg(refused(), "%s: wall %ld", what, (long) k);
        restore();
    }
    for (slong i = 0; i < g->n && g->n > 1; i++) {
        leave_out(i);
        if (proof->dim == 1) drop_break(i < proof->breaks->n ? i : i - 1);
        for (slong j = 0; proof->dim == 1 && j + 1 < g->n; j++) { /* walls and bounded regions as a line of them has */
            g->wall[2 * j] = j;
            g->wall[2 * j + 1] = j + 1;
        }
        if (proof->dim == 1) {
            g->nwalls = g->n - 1;
            proof->bounded = 0;
            for (slong j = 0; j < g->n; j++) proof->bounded += g->bounded[j] = j > 0 && j + 1 < g->n;
        }
        ck_assert_msg(refused(), "%s: region %ld left out", what, (long) i);
        restore();
    }
}

static bool neighbours(slong a, slong b)
{
    const qd_regions_struct *g = proof->regions;
    for (slong k = 0; k < g->nwalls; k++)
        if (g->wall[2 * k] == a && g->wall[2 * k + 1] == b) return true;
    return false;
}

/* Points of any two regions, of one pattern too, change places; a wall between any two that have none is listed beside the others, and
   instead of each of them. */
static void pair_changes(const char *what)
{
    qd_regions_struct *g = proof->regions;
    for (slong i = 0; i < g->n && g->n <= 12; i++)
        for (slong j = i + 1; j < g->n; j++) {
            for (slong c = 0; c < g->dim; c++) fmpq_swap(g->point + i * g->dim + c, g->point + j * g->dim + c);
            ck_assert_msg(refused(), "%s: points of regions %ld and %ld", what, (long) i, (long) j);
            for (slong c = 0; c < g->dim; c++) fmpq_swap(g->point + i * g->dim + c, g->point + j * g->dim + c);
            if (neighbours(i, j)) continue;
            for (slong k = 0; k <= g->nwalls; k++) {
                if (k < g->nwalls) drop_wall(k);
                qd_regions_add_wall(g, i, j);
                ck_assert_msg(refused(), "%s: wall %ld-%ld, without %ld", what, (long) i, (long) j, (long) k);
                restore();
            }
        }
}

static void break_changes(const char *what)
{
    for (slong i = 0; i < proof->breaks->n; i++) {
        fmpq_t x;
        fmpz_poly_t f;
        drop_break(i);
        ck_assert_msg(refused(), "%s: breakpoint %ld left out", what, (long) i);
        restore();
        /* somewhere else between the two points */
        fmpq_init(x);
        fmpz_poly_init(f);
        qd_alg_struct *a = proof->breaks->e + i;
        fmpq_add(x, proof->regions->point + i, proof->regions->point + i + 1);
        fmpq_div_2exp(x, x, 1);
        if (qd_alg_cmp_fmpq(a, x) == 0) {
            fmpq_add(x, x, proof->regions->point + i);
            fmpq_div_2exp(x, x, 1);
        }
        qd_alg_set_fmpq(a, x);
        ck_assert_msg(refused(), "%s: breakpoint %ld moved", what, (long) i);
        restore();
        /* no root at all, and one that is counted twice */
        a = proof->breaks->e + i;
        fmpz_poly_mul(f, a->poly, a->poly);
        fmpz_poly_swap(a->poly, f);
        ck_assert_msg(refused(), "%s: breakpoint %ld not squarefree", what, (long) i);
        restore();
        fmpq_clear(x);
        fmpz_poly_clear(f);
    }
}

/* ---- networks ------------------------------------------------------------------------------- */

static const qd_activation switching[] = {QD_RELU, QD_LEAKY_RELU, QD_ABS};

static void random_net(slong inputs, qd_kind kind, int i, qd_rng_t rng)
{
    int64_t width[4] = {inputs, qd_rng_range(rng, 1, 3), qd_rng_range(rng, 1, 2), qd_rng_range(rng, 1, 2)};
    qd_arch arch = {.depth = 2 + i % 2, .width = width, .neuron = qd_neuron_make(kind, switching[i % 3]), .biases = i % 5 != 0};
    if (arch.depth == 2) width[2] = width[3];
    arch.same = qd_rng_below(rng, 3) == 0;
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 3, 2}, seed, 100 * (uint64_t) kind + (uint64_t) i);
}

START_TEST(on_a_line)
{
    qd_rng_t rng;
    fmpq *end = _fmpq_vec_init(2);
    qd_rng_init(rng, seed, (uint64_t) _i);
    random_net(1, (qd_kind) (_i % QD_KINDS), _i, rng);
    fmpq_set_si(end, -1, 1);
    fmpq_set_si(end + 1, 2, 1);
    bool cut = qd_rng_below(rng, 3) == 0;
    ck_assert(make(&(qd_domain){.lo = cut ? end : NULL, .hi = cut ? end + 1 : NULL}, false));
    passes(true, "line");
    common_changes("line");
    complete_changes("line");
    pair_changes("line");
    break_changes("line");
    _fmpq_vec_clear(end, 2);
}
END_TEST

/* Conventional networks in two and three dimensions, in all of the space and in a box. */
START_TEST(conventional)
{
    qd_rng_t rng;
    slong dim = 2 + _i % 2;
    fmpq *end = _fmpq_vec_init(2 * dim);
    qd_rng_init(rng, seed, 300 + (uint64_t) _i);
    random_net(dim, QD_LINEAR, _i, rng);
    for (slong k = 0; k < 2 * dim; k++) fmpq_set_si(end + k, k < dim ? -3 : 2, k < dim ? 2 : 1);
    bool cut = qd_rng_below(rng, 2) == 0;
    ck_assert(make(&(qd_domain){.lo = cut ? end : NULL, .hi = cut ? end + dim : NULL}, _i % 4 == 0));
    passes(true, "conventional");
    common_changes("conventional");
    complete_changes("conventional");
    pair_changes("conventional");

    _fmpq_vec_clear(end, 2 * dim);
}
END_TEST

/* Has no other region its pattern? */
static bool alone(slong i)
{
    const qd_regions_struct *g = proof->regions;
    slong n = 0;
    for (slong j = 0; j < g->n; j++)
        n += memcmp(g->pattern + i * g->nwords, g->pattern + j * g->nwords, sizeof(qd_word) * (size_t) g->nwords) == 0;
    return n == 1;
}

/* Others in the plane: most walls and regions that are left out are missed by some line. */
START_TEST(in_the_plane)
{
    qd_rng_t rng;
    slong seen = 0, all = 0;
    fmpq *end = _fmpq_vec_init(4);
    qd_rng_init(rng, seed, 600 + (uint64_t) _i);
    random_net(2, (qd_kind) (1 + _i % (QD_KINDS - 1)), _i, rng);
    for (slong k = 0; k < 4; k++) fmpq_set_si(end + k, k < 2 ? -2 : 1, 1);
    bool cut = qd_rng_below(rng, 2) == 0;
    bool exact = make(&(qd_domain){.lo = cut ? end : NULL, .hi = cut ? end + 2 : NULL}, false);
    _fmpq_vec_clear(end, 4);
    if (!exact || proof->regions->n == 1 || proof->regions->n > 16) return;
    ck_assert_int_eq(parse(qd_buf_str(file), file->len), QD_OK);
    ck_assert_msg(!refused(), "plane");
    if (report->complete) return; /* the products were linear after all */
    passes(false, "plane");
    common_changes("plane");
    for (slong k = proof->regions->nwalls - 1; k >= 0; k--, all++) {
        drop_wall(k);
        seen += refused();
        restore();
    }
    for (slong i = 0; i < proof->regions->n; i++) {
        if (!alone(i)) continue; /* another one of its pattern could be there */
        all++;
        leave_out(i);
        seen += refused();
        restore();
    }
    ck_assert_msg(4 * seen >= 3 * all, "%ld of %ld", (long) seen, (long) all);
}
END_TEST

/* Three balls in space: what lines and planes find is proved by its points, and no more may be said. */
START_TEST(lower_bounds)
{
    qd_answer_t a;
    qd_engine_options want = qd_engine_defaults;
    want.list = true;
    want.slices = 8;
    qd_answer_init(a);
    ck_assert_int_eq(qd_net_read(net, "configs/networks/three-balls.json", ctx), QD_OK);
    ck_assert_int_eq(qd_engine_compute(a, net, &(qd_domain){0}, &want, ctx), QD_EUNABLE);
    qd_ctx_forget(ctx);
    ck_assert_msg(qd_proof_make(proof, net, &(qd_domain){0}, a->regions, NULL, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_buf_reset(file);
    qd_proof_print(file, proof);
    qd_answer_clear(a);
    passes(true, "lower bound");
    restore();
    qd_regions_struct *g = proof->regions;
    slong *const counts[] = {&g->count.patterns, &g->count.regions};
    for (int k = 0; k < 2; k++) {
        ++*counts[k];
        ck_assert(refused());
        --*counts[k];
    }
    g->count.pieces += 100; /* may be, but is not shown */
    ck_assert(!refused());
    ck_assert(!report->complete && report->open->len > 0);
    g->count.pieces = 2; /* more are shown, but no more are claimed */
    ck_assert(!refused());
    ck_assert(report->complete && strstr(qd_buf_str(report->confirmed), "at least 2 pieces") != NULL);
    restore();
    qd_pattern_flip(g->pattern, 0);
    g->count.patterns = qd_patterns_distinct(g->pattern, g->n, g->nwords);
    ck_assert(refused());
    restore();
    for (slong c = 0; c < g->dim; c++) fmpq_set(g->point + c, g->point + g->dim + c);
    ck_assert(refused());
}
END_TEST

/* Two lines that cross make four regions; walls across the crossing, in place of those beside it, have the right units but no common facet. */
START_TEST(walls_across_a_crossing)
{
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 2, 2);
    for (slong u = 0; u < 2; u++) fmpq_one(qd_layer_at(l, qd_layer_param(l, "w"), u, u));
    ck_assert(make(&(qd_domain){0}, true));
    passes(true, "crossing");
    restore();
    qd_regions_struct *g = proof->regions;
    ck_assert_int_eq(g->n, 4);
    slong at[4]; /* by pattern */
    for (slong i = 0; i < 4; i++) at[g->pattern[i * g->nwords] & 3] = i;
    slong walls[4][2] = {{at[0], at[3]}, {at[1], at[2]}, {at[0], at[2]}, {at[1], at[3]}}; /* the first two across */
    g->nwalls = 0;
    for (int k = 0; k < 4; k++) qd_regions_add_wall(g, walls[k][0], walls[k][1]);
    ck_assert(refused());
}
END_TEST

/* Three lines through one point: x + y >= 0 touches the quarter x, y >= 0 there and bounds it nowhere. That is no missing wall, and a wall there is none. */
START_TEST(touching_inequalities)
{
    static const slong w[3][2] = {{1, 1}, {1, 0}, {0, 1}};
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 2, 3);
    for (slong u = 0; u < 3; u++)
        for (slong j = 0; j < 2; j++) fmpq_set_si(qd_layer_at(l, 0, u, j), w[u][j], 1);
    ck_assert(make(&(qd_domain){0}, true));
    ck_assert_int_eq(proof->regions->n, 6);
    passes(true, "touching");
    restore();
    qd_regions_struct *g = proof->regions;
    slong at[8] = {0}; /* by pattern */
    for (slong i = 0; i < 6; i++) at[g->pattern[i * g->nwords] & 7] = i;
    qd_regions_add_wall(g, at[7], at[0]);
    ck_assert_int_eq(qd_proof_check(report, proof, ctx), QD_EINPUT);
    ck_assert_msg(strstr(qd_ctx_message(ctx), "is no facet") != NULL, "%s", qd_ctx_message(ctx));
}
END_TEST

/* Five bands between four parallels, and a unit x^2 + 1 that is active on all of them. Lines through the bands do not see that others are no neighbours; but five regions of a plane have nine walls at most. */
START_TEST(walls_of_a_plane)
{
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_COMPACT, QD_RELU), 2, 5);
    for (slong u = 0; u < 4; u++) {
        fmpq_one(qd_layer_at(l, qd_layer_param(l, "w"), u, 1));
        fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "b"), u, 0), u, 1);
    }
    fmpq_one(qd_layer_at(l, qd_layer_param(l, "wb"), 4, 0));
    fmpq_one(qd_layer_at(l, qd_layer_param(l, "b"), 4, 0));
    ck_assert(make(&(qd_domain){0}, true));
    ck_assert_int_eq(proof->regions->n, 5);
    passes(false, "bands");
    restore();
    qd_regions_struct *g = proof->regions;
    for (slong i = 0; i < 5; i++)
        for (slong j = i + 1; j < 5; j++) {
            if (neighbours(i, j)) continue;
            qd_regions_add_wall(g, i, j);
            ck_assert_msg(refused() == (g->nwalls > 9), "%ld walls", (long) g->nwalls);
        }
    ck_assert_int_eq(g->nwalls, 10);
}
END_TEST

/* A point at which a unit touches 0 shows nothing: -x^2 has the pattern 0 on all of the line. */
START_TEST(touching_points)
{
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_POWER, QD_RELU), 1, 1);
    fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "w"), 0, 0), -1, 1);
    ck_assert(make(&(qd_domain){0}, true));
    passes(true, "touching");
    restore();
    fmpq_set_si(proof->regions->point, 1, 3);
    ck_assert(!refused());
    fmpq_zero(proof->regions->point);
    ck_assert(refused());
}
END_TEST

/* A point at an end of the domain is not inside it, though the pattern is the same there. */
START_TEST(points_at_an_end)
{
    fmpq_t lo, hi;
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_set_si(hi, 1, 1);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 1, 1);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    fmpq_set_si(qd_layer_at(l, 1, 0, 0), 5, 1);
    ck_assert(make(&(qd_domain){.lo = lo, .hi = hi}, true));
    passes(true, "ends");
    for (int end = 0; end < 2; end++) {
        restore();
        fmpq_set(proof->regions->point, end ? hi : lo);
        ck_assert(refused());
    }
    fmpq_clear(lo);
    fmpq_clear(hi);
}
END_TEST

/* The largest degree is that of the second output. */
START_TEST(degree_of_another_output)
{
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_POWER, QD_RELU), 1, 1);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    fmpq_set_si(qd_layer_at(l, 1, 0, 0), -1, 1);
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 2);
    fmpq_one(qd_layer_at(l, 0, 1, 0));
    ck_assert(make(&(qd_domain){0}, true));
    ck_assert_int_eq(proof->regions->count.max_degree, 2);
    passes(true, "degree");
}
END_TEST

/* Every reference network has a certificate that passes. */
START_TEST(reference_networks)
{
    glob_t found;
    slong complete = 0, made = 0;
    ck_assert_int_eq(glob("tests/reference/pieces/*.json", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        qd_doc_t doc;
        qd_doc_init(doc);
        ck_assert_int_eq(qd_doc_read(doc, found.gl_pathv[i], QD_JSON, ctx), QD_OK);
        ck_assert_int_eq(qd_net_from_node(net, qd_node_member(qd_doc_root(doc), "network"), ctx), QD_OK);
        qd_doc_clear(doc);
        if (!make(&(qd_domain){0}, true)) continue;
        ck_assert_int_eq(parse(qd_buf_str(file), file->len), QD_OK);
        ck_assert_msg(qd_proof_check(report, proof, ctx) == QD_OK, "%s: %s", found.gl_pathv[i], qd_ctx_message(ctx));
        complete += report->complete;
        made++;
    }
    ck_assert_int_eq(made, (int64_t) found.gl_pathc);
    ck_assert_int_ge(complete, 29);
    globfree(&found);
}
END_TEST

/* A file of which one digit is changed does not pass. */
START_TEST(changed_files)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, 900);
    random_net(1, QD_QUADRATIC, 4, rng);
    ck_assert(make(&(qd_domain){0}, true));
    for (size_t i = 0; i < file->len; i++) {
        char *at = file->s + i, was = *at;
        if (was < '0' || was > '9') continue;
        *at = was == '1' ? '2' : '1';
        qd_ctx_forget(ctx);
        qd_status st = parse(file->s, file->len);
        if (st == QD_OK) st = qd_proof_check(report, proof, ctx);
        ck_assert_msg(st == QD_EINPUT, "byte %d of the file", (int) i);
        *at = was;
    }
    qd_ctx_forget(ctx);
    ck_assert_int_eq(parse(file->s, file->len), QD_OK);
    ck_assert_int_eq(qd_proof_check(report, proof, ctx), QD_OK);
}
END_TEST

START_TEST(budgets)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, 901);
    for (slong inputs = 1; inputs <= 2; inputs++) {
        random_net(inputs, QD_LINEAR, 1, rng);
        ck_assert(make(&(qd_domain){0}, true));
        ctx->max_seconds = 1e-9;
        qd_ctx_start(ctx);
        ck_assert_int_eq(qd_proof_check(report, proof, ctx), QD_EUNABLE);
        ctx->max_seconds = 0;
        qd_ctx_forget(ctx);
    }
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("proof");
    TCase *tc = tcase_create("proof");
    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, on_a_line, 0, (int) (28 * multiplier));
    tcase_add_loop_test(tc, conventional, 0, (int) (16 * multiplier));
    tcase_add_loop_test(tc, in_the_plane, 0, (int) (18 * multiplier));
    tcase_add_test(tc, lower_bounds);
    tcase_add_test(tc, walls_across_a_crossing);
    tcase_add_test(tc, touching_inequalities);
    tcase_add_test(tc, walls_of_a_plane);
    tcase_add_test(tc, touching_points);
    tcase_add_test(tc, points_at_an_end);
    tcase_add_test(tc, degree_of_another_output);
    tcase_add_test(tc, reference_networks);
    tcase_add_test(tc, changed_files);
    tcase_add_test(tc, budgets);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
