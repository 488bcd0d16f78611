/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functional dimensions: known ones, and random networks of every kind against difference quotients. */
#include <check.h>
#include <stdlib.h>

#include "line/line.h"
#include "shared/suite.h"
#include "variety/variety.h"

static uint64_t seed;
static slong multiplier;

static qd_functional ask(const qd_net_t net)
{
    qd_ctx_t ctx;
    qd_functional r;
    qd_ctx_init(ctx);
    ck_assert_msg(qd_variety_functional(&r, net, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(r.parameters, qd_net_nparams(net));
    ck_assert_int_le(r.dimension, r.parameters - qd_variety_functional_symmetries(net));
    return r;
}

/* ---- known dimensions ------------------------------------------------------------------------ */

static void set(qd_layer_struct *layer, const char *key, slong u, slong value)
{
    fmpq_set_si(qd_layer_at(layer, qd_layer_param(layer, key), u, 0), value, 1);
}

/* 1-n-1: sum of v relu(w x + b), plus a constant; rows of {w, b, v}. */
static qd_functional one_layer(slong n, const slong (*unit)[3], qd_activation act)
{
    qd_net_t net;
    qd_net_init(net);
    qd_layer_struct *h = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, act), 1, n);
    for (slong u = 0; u < n; u++) {
        set(h, "w", u, unit[u][0]);
        set(h, "b", u, unit[u][1]);
    }
    qd_layer_struct *o = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), n, 1);
    for (slong u = 0; u < n; u++) fmpq_set_si(qd_layer_at(o, qd_layer_param(o, "w"), 0, u), unit[u][2], 1);
    qd_functional r = ask(net);
    ck_assert_int_eq(qd_variety_functional_symmetries(net), n);
    qd_net_clear(net);
    return r;
}

/* Different breakpoints: a unit with v != 0 gives the step and the ramp at its breakpoint, the output bias the constant; jumps and kinks
   show that these 2n + 1 functions are independent. */
START_TEST(conventional_units)
{
    static const slong general[][3] = {{1, 0, 1}, {-2, 3, 5}, {3, -7, -2}, {1, 4, 3}};
    static const slong dead[][3] = {{1, 0, 1}, {0, -3, 5}, {1, 4, 3}};    /* 2 + 2 + 1 */
    static const slong constant[][3] = {{1, 0, 1}, {0, 3, 5}, {1, 4, 3}}; /* and x */
    static const slong unused[][3] = {{1, 0, 1}, {-2, 3, 0}, {1, 4, 3}};  /* and a ramp */
    static const slong twins[][3] = {{1, 0, 1}, {2, 0, 5}, {1, 4, 3}};
    static const slong opposite[][3] = {{1, 0, 1}, {-1, 0, 5}, {1, 4, 3}}; /* steps add up to the constant: 7 - 1 */
    static const slong zero[][3] = {{1, 0, 1}, {0, 0, 5}};                 /* every region is excluded */
    for (slong n = 1; n <= 4; n++) {
        qd_functional r = one_layer(n, general, QD_RELU);
        ck_assert(r.label == QD_EXACT);
        ck_assert_int_eq(r.dimension, 2 * n + 1);
        ck_assert_int_eq(r.parameters, 3 * n + 1);
        ck_assert_int_eq(r.regions, n + 1);
        ck_assert_int_eq(r.points, 2 * (n + 1));
        ck_assert_int_eq(r.excluded_regions, 0);
    }
    ck_assert_int_eq(one_layer(3, dead, QD_RELU).dimension, 5);
    ck_assert_int_eq(one_layer(3, constant, QD_RELU).dimension, 6);
    ck_assert_int_eq(one_layer(3, unused, QD_RELU).dimension, 6);
    ck_assert_int_eq(one_layer(3, twins, QD_RELU).dimension, 5);
    ck_assert_int_eq(one_layer(3, opposite, QD_RELU).dimension, 6);
    ck_assert_int_eq(one_layer(3, general, QD_ABS).dimension, 7);
    qd_functional r = one_layer(2, zero, QD_RELU);
    ck_assert_int_eq(r.dimension, 0);
    ck_assert_int_eq(r.excluded_regions, r.regions);
}
END_TEST

/* Units with two real roots, all different: 1, x, x^2 on the support of each, and the constant: 3n + 1. A unit that is positive everywhere
   shares the constant with the output bias; a unit that is negative everywhere gives nothing. */
START_TEST(quadratic_units)
{
    for (slong n = 1; n <= 4; n++)
        for (int other = 0; other < 3; other++) {
            qd_net_t net;
            qd_net_init(net);
            qd_layer_struct *h = qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_RELU), 1, n);
            for (slong u = 0; u < n; u++) { /* (x - 3u + 7)(3u + 8 - x), roots 3u - 7 and 3u + 8 */
                set(h, "wr", u, 1);
                set(h, "br", u, 7 - 3 * u);
                set(h, "wg", u, -1);
                set(h, "bg", u, 8 + 3 * u);
            }
            if (other > 0) {
                set(h, "wb", 0, other == 1 ? 2 : -2);
                set(h, "c", 0, other == 1 ? 1000 : -1000);
            }
            qd_layer_struct *o = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), n, 1);
            for (slong u = 0; u < n; u++) fmpq_set_si(qd_layer_at(o, qd_layer_param(o, "w"), 0, u), u + 1, 1);
            qd_functional r = ask(net);
            ck_assert(r.label == QD_EXACT);
            ck_assert_int_eq(r.parameters, 7 * n + 1);
            ck_assert_int_eq(qd_variety_functional_symmetries(net), 4 * n);
            ck_assert_int_eq(r.dimension, other == 0 ? 3 * n + 1 : other == 1 ? 3 * n : 3 * n - 2);
            qd_net_clear(net);
        }
}
END_TEST

/* ---- difference quotients -------------------------------------------------------------------- */

#define BITS 12000     /* of the floating-point elimination */
#define SHIFT 2000     /* the parameters move by 2^-SHIFT */
#define THRESHOLD 1000 /* a pivot below 2^-THRESHOLD is 0 */

static void fill(qd_layer_struct *layer, qd_rng_t rng)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    for (int k = 0; k < info->nparams; k++)
        for (slong i = 0; i < layer->out * (slong) qd_shape_length(info->param[k].shape, layer->in); i++) {
            fmpq_set_si(layer->param[k] + i, qd_rng_range(rng, -6, 6), 1 + qd_rng_below(rng, 3));
            fmpq_canonicalise(layer->param[k] + i);
        }
}

static const qd_activation acts[] = {QD_RELU, QD_RELU, QD_RELU, QD_LEAKY_RELU, QD_ABS, QD_SQUARE};

/* Every third unit carries one input on; the others have some entries, of which some are 0. */
static void random_unit(qd_lowered_unit *unit, slong in, bool square, qd_rng_t rng)
{
    slong nw = 0, nterms = 0;
    if (qd_rng_below(rng, 3) != 0) unit->act = acts[qd_rng_below(rng, square ? 6 : 5)];
    if (unit->act == QD_LEAKY_RELU) fmpq_set_si(unit->slope, 1, 3);
    if (unit->act == QD_SQUARE) unit->power = 2;
    nw = unit->act == QD_IDENTITY ? 1 : (slong) qd_rng_below(rng, (uint64_t) in + 1);
    nterms = unit->act == QD_IDENTITY ? 0 : (slong) qd_rng_below(rng, (uint64_t) in + 1);
    qd_lowered_unit_resize(unit, nw, nterms);
    for (slong k = 0; k < nw; k++) {
        unit->at[k] = in - nw + k;
        fmpq_set_si(unit->w + k, qd_rng_range(rng, -6, 6), 1 + qd_rng_below(rng, 3));
        fmpq_canonicalise(unit->w + k);
    }
    for (slong k = 0; k < nterms; k++) { /* a_k a_(in-1) */
        unit->term[k].i = k;
        unit->term[k].j = in - 1;
        fmpq_set_si(unit->term[k].c, qd_rng_range(rng, -6, 6), 1 + qd_rng_below(rng, 3));
        fmpq_canonicalise(unit->term[k].c);
    }
    fmpq_set_si(unit->b, qd_rng_range(rng, -6, 6), 2);
    fmpq_canonicalise(unit->b);
}

/* Where ReLinear starts, or some of it: the second factor and the squares of some units are gone, so that they are affine. */
static void relinear(qd_layer_struct *layer, qd_rng_t rng, uint64_t spared)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    for (slong u = 0; u < layer->out; u++) {
        if (qd_rng_below(rng, 3) < spared) continue;
        for (int k = 0; k < info->nparams; k++) {
            qd_role role = info->param[k].role;
            for (slong i = 0; i < layer->in && (role == QD_ROLE_G || role == QD_ROLE_S); i++) fmpq_zero(qd_layer_at(layer, k, u, i));
            if (role == QD_ROLE_G0) fmpq_one(qd_layer_at(layer, k, u, 0));
        }
    }
}

static void random_net(qd_net_t net, slong inputs, qd_rng_t rng)
{
    slong in = inputs, depth = 1 + (slong) qd_rng_below(rng, 2);
    for (slong l = 0; l < depth; l++) {
        qd_activation act = acts[qd_rng_below(rng, l == 0 ? 5 : 6)];
        slong out = 1 + (slong) qd_rng_below(rng, 3);
        if (qd_rng_below(rng, 3) == 0) {
            qd_layer_struct *sparse = qd_net_add_sparse(net, in, out);
            for (slong u = 0; u < out; u++) random_unit(sparse->sparse + u, in, l > 0, rng);
            in = out;
            continue;
        }
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make((qd_kind) qd_rng_below(rng, QD_KINDS), act), in, out);
        if (act == QD_LEAKY_RELU) fmpq_set_si(layer->slope, 1, 7);
        fill(layer, rng);
        if (qd_rng_below(rng, 2)) relinear(layer, rng, 1);
        in = out;
    }
    fill(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), in, 1 + (slong) qd_rng_below(rng, 2)), rng);
}

static void to_float(mpf_t y, const fmpq_t x)
{
    mpq_t q;
    mpq_init(q);
    fmpq_get_mpq(q, x);
    mpf_set_q(y, q);
    mpq_clear(q);
}

/* Rank by elimination with complete pivoting. */
static long float_rank(mpf_t *a, slong rows, slong cols)
{
    mpf_t t, s, least;
    long rank = 0;
    mpf_init2(t, BITS);
    mpf_init2(s, BITS);
    mpf_init2(least, BITS);
    mpf_set_ui(least, 1);
    mpf_div_2exp(least, least, THRESHOLD);
    for (; rank < rows && rank < cols; rank++) {
        slong bi = rank, bj = rank;
        mpf_set_ui(t, 0);
        for (slong i = rank; i < rows; i++)
            for (slong j = rank; j < cols; j++) {
                mpf_abs(s, a[i * cols + j]);
                if (mpf_cmp(s, t) > 0) {
                    mpf_set(t, s);
                    bi = i;
                    bj = j;
                }
            }
        if (mpf_cmp(t, least) < 0) break;
        for (slong j = 0; j < cols; j++) mpf_swap(a[rank * cols + j], a[bi * cols + j]);
        for (slong i = 0; i < rows; i++) mpf_swap(a[i * cols + rank], a[i * cols + bj]);
        for (slong i = rank + 1; i < rows; i++) {
            mpf_div(t, a[i * cols + rank], a[rank * cols + rank]);
            for (slong j = rank; j < cols; j++) {
                mpf_mul(s, t, a[rank * cols + j]);
                mpf_sub(a[i * cols + j], a[i * cols + j], s);
            }
        }
    }
    mpf_clear(t);
    mpf_clear(s);
    mpf_clear(least);
    return rank;
}

/* Points: around the sample of each region of the line; random ones for more inputs. */
static slong choose_points(qd_vec_struct *x, slong room, const qd_net_t net, qd_rng_t rng, qd_ctx_t ctx)
{
    slong n = 0;
    qd_line_t line;
    qd_domain all = {0};
    if (net->input_dim > 1) {
        for (; n < room; n++) {
            slong size = WORD(20) << qd_rng_below(rng, 8);
            for (slong j = 0; j < net->input_dim; j++) {
                fmpq_set_si(x[n].e + j, qd_rng_range(rng, -size, size), 63);
                fmpq_canonicalise(x[n].e + j);
            }
        }
        return n;
    }
    qd_line_init(line);
    ck_assert_int_eq(qd_line_compute(line, net, &all, ctx), QD_OK);
    for (slong i = 0; i < qd_line_nregions(line); i++)
        for (slong k = 1; k <= 10 && n < room; k++, n++) {
            fmpq_t h;
            fmpq_init(h);
            qd_line_sample(x[n].e, line, i);
            fmpq_set_si(h, k, 1);
            fmpq_div_2exp(h, h, 20);
            fmpq_add(x[n].e, x[n].e, h);
            fmpq_clear(h);
        }
    qd_line_clear(line);
    return n;
}

/* The k-th of all parameters. */
static fmpq *parameter(const qd_net_t net, slong k)
{
    for (slong l = 0; l < net->depth; l++) {
        const qd_layer_struct *layer = net->layer + l;
        for (slong u = 0; layer->sparse != NULL && u < layer->out; u++) {
            qd_lowered_unit *unit = layer->sparse + u;
            if (k < unit->nterms) return unit->term[k].c;
            k -= unit->nterms;
            if (k < unit->nw) return unit->w + k;
            k -= unit->nw;
            if (k-- == 0) return unit->b;
        }
        for (int q = 0; layer->sparse == NULL && q < qd_kind_get(layer->neuron.kind)->nparams; q++) {
            slong n = layer->out * (slong) qd_shape_length(qd_kind_get(layer->neuron.kind)->param[q].shape, layer->in);
            if (k < n) return layer->param[q] + k;
            k -= n;
        }
    }
    return NULL;
}

static long brute(const qd_net_t net, qd_rng_t rng)
{
    enum { ROOM = 150 };
    qd_ctx_t ctx;
    qd_vec_struct x[ROOM];
    qd_vec_t y, y2;
    qd_lowered_t low;
    slong params = (slong) qd_net_nparams(net), outputs = qd_net_output_dim(net), rows = 0, zeros;
    fmpq_t h;
    qd_ctx_init(ctx);
    qd_vec_init(y);
    qd_vec_init(y2);
    qd_lowered_init(low);
    fmpq_init(h);
    for (slong i = 0; i < ROOM; i++) {
        qd_vec_init(x + i);
        qd_vec_resize(x + i, net->input_dim);
    }
    mpf_t *a = qd_malloc(sizeof *a * (size_t) (ROOM * outputs * params));
    for (slong i = 0; i < ROOM * outputs * params; i++) mpf_init2(a[i], BITS);
    slong points = choose_points(x, ROOM, net, rng, ctx);
    bool usable[ROOM];
    qd_net_lower(low, net);
    for (slong i = 0; i < points; i++) {
        ck_assert_int_eq(qd_lowered_run(y, NULL, &zeros, low, x + i, ctx), QD_OK);
        usable[i] = zeros == 0;
    }
    for (slong k = 0; k < params; k++) {
        qd_net_t moved;
        qd_lowered_t low2;
        qd_net_init(moved);
        qd_lowered_init(low2);
        qd_net_set(moved, net);
        fmpq_one(h);
        fmpq_div_2exp(h, h, SHIFT);
        fmpq *x_k = parameter(moved, k);
        fmpq_add(x_k, x_k, h);
        qd_net_lower(low2, moved);
        rows = 0;
        for (slong i = 0; i < points; i++) {
            if (!usable[i]) continue;
            qd_lowered_run(y, NULL, NULL, low, x + i, ctx);
            qd_lowered_run(y2, NULL, NULL, low2, x + i, ctx);
            for (slong o = 0; o < outputs; o++, rows++) {
                fmpq_sub(h, y2->e + o, y->e + o);
                fmpq_mul_2exp(h, h, SHIFT);
                to_float(a[rows * params + k], h);
            }
        }
        qd_lowered_clear(low2);
        qd_net_clear(moved);
    }
    long rank = float_rank(a, rows, params);
    for (slong i = 0; i < ROOM * outputs * params; i++) mpf_clear(a[i]);
    free(a);
    for (slong i = 0; i < ROOM; i++) qd_vec_clear(x + i);
    qd_vec_clear(y);
    qd_vec_clear(y2);
    qd_lowered_clear(low);
    fmpq_clear(h);
    return rank;
}

static void agrees(slong inputs, slong cases)
{
    qd_rng_t rng;
    slong equal = 0, exact = 0;
    qd_rng_init(rng, seed, qd_rng_stream(77, (uint64_t) inputs, 0));
    for (slong c = 0; c < cases * multiplier; c++) {
        qd_net_t net;
        qd_net_init(net);
        random_net(net, inputs, rng);
        qd_functional r = ask(net);
        long rank = brute(net, rng);
        ck_assert_int_le(r.dimension, r.upper);
        ck_assert_int_le(rank, r.upper);
        if (inputs == 1) {
            ck_assert(r.label == QD_EXACT);
            ck_assert_msg(r.regions > 15 ? rank <= r.dimension : rank == r.dimension, "case %ld: %ld, found %ld", (long) c, rank,
                          (long) r.dimension);
        } else {
            ck_assert_msg(r.label != QD_EXACT || rank <= r.dimension, "case %ld: %ld, found %ld", (long) c, rank, (long) r.dimension);
            exact += r.label == QD_EXACT;
            equal += rank == r.dimension;
        }
        qd_net_clear(net);
    }
    /* Random points may miss a small region, on either side. */
    ck_assert_msg(inputs == 1 || 2 * exact >= cases * multiplier, "%ld of %ld exact", (long) exact, (long) (cases * multiplier));
    ck_assert_msg(inputs == 1 || 4 * equal >= 3 * cases * multiplier, "%ld of %ld agree", (long) equal, (long) (cases * multiplier));
}

START_TEST(difference_quotients_one_input)
{
    agrees(1, 30);
}
END_TEST

START_TEST(difference_quotients_two_inputs)
{
    agrees(2, 12);
}
END_TEST

/* relu(x + y - 10^9): no random point comes there. With f = v z + c the derivatives by w and v span x, y, 1 where it is active, that by c is
   1 everywhere: 4. */
START_TEST(far_away)
{
    qd_net_t net;
    qd_net_init(net);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 2, 1);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    fmpq_one(qd_layer_at(l, 0, 0, 1));
    fmpq_set_si(qd_layer_at(l, 1, 0, 0), -1000000000, 1);
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 1);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    qd_functional r = ask(net);
    ck_assert(r.label == QD_EXACT);
    ck_assert_int_eq(r.dimension, 4);
    ck_assert_int_eq(r.regions, 2);
    ck_assert_int_eq(r.excluded_regions, 0);
    qd_net_clear(net);
}
END_TEST

/* relu(1 - x^2 - y^2), f = v z + c: inside the circle x^2, y^2, x, y, 1 for a compact neuron's five parameters, v's is one of their span. */
START_TEST(inside_a_circle)
{
    qd_net_t net;
    qd_net_init(net);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_COMPACT, QD_RELU), 2, 1);
    for (slong i = 0; i < 2; i++) fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "wb"), 0, i), -1, 1);
    fmpq_one(qd_layer_at(l, qd_layer_param(l, "b"), 0, 0));
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 1);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    qd_functional r = ask(net);
    ck_assert(r.label == QD_EXACT);
    ck_assert_int_eq(r.dimension, 6);
    ck_assert_int_eq(r.regions, 2);
    qd_net_clear(net);
}
END_TEST

/* Three inputs, and a unit that is 0 everywhere: each region is excluded. */
START_TEST(dead_in_space)
{
    qd_net_t net;
    qd_net_init(net);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), 3, 2);
    for (slong i = 0; i < 3; i++) fmpq_set_si(qd_layer_at(l, 0, 0, i), i + 1, 1);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 2, 1);
    qd_functional r = ask(net);
    ck_assert(r.label == QD_EXACT);
    ck_assert_int_eq(r.dimension, 0);
    ck_assert_int_eq(r.regions, 2);
    ck_assert_int_eq(r.excluded_regions, 2);
    qd_net_clear(net);
}
END_TEST

/* The same with three spheres, whose regions no engine knows: no random point counts. */
START_TEST(dead_everywhere)
{
    qd_net_t net;
    qd_net_init(net);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_COMPACT, QD_RELU), 3, 4);
    for (slong u = 0; u < 3; u++) {
        for (slong i = 0; i < 3; i++) fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "wb"), u, i), u == i ? -2 : -1, 1);
        fmpq_one(qd_layer_at(l, qd_layer_param(l, "b"), u, 0));
    }
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 4, 1);
    for (slong u = 0; u < 3; u++) fmpq_one(qd_layer_at(l, 0, 0, u));
    qd_functional r = ask(net);
    ck_assert_int_eq(r.dimension, 0);
    ck_assert_int_eq(r.points, 0);
    ck_assert_int_gt(r.excluded_points, 0);
    qd_net_clear(net);
}
END_TEST

/* Twelve layers of quadratic neurons as ReLinear starts them. Their formal degree is 4096; on a region all units are affine, and the derivatives
   by wg and wb have degree 2: three points a region on the line, and in the plane the engine for polyhedra. */
START_TEST(true_degrees)
{
    for (slong inputs = 1; inputs <= 2; inputs++) {
        qd_net_t net;
        qd_rng_t rng;
        slong in = inputs;
        qd_rng_init(rng, seed, qd_rng_stream(78, (uint64_t) inputs, 0));
        qd_net_init(net);
        for (slong l = 0; l < 12; l++, in = 2) {
            qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_RELU), in, 2);
            fill(layer, rng);
            for (slong u = 0; u < 2; u++) { /* so that they stay alive */
                fmpq_set_si(qd_layer_at(layer, qd_layer_param(layer, "wr"), u, 0), u == 0 ? 1 : -1, 1);
                if (in == 2) fmpq_set_si(qd_layer_at(layer, qd_layer_param(layer, "wr"), u, 1), u == 0 ? 2 : 1, 3);
                fmpq_set_si(qd_layer_at(layer, qd_layer_param(layer, "br"), u, 0), 1 + u * l, 1);
            }
            relinear(layer, rng, 0);
        }
        fill(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 2, 1), rng);
        qd_functional r = ask(net);
        ck_assert(r.label == QD_EXACT);
        if (inputs == 1) ck_assert_int_eq(r.points, 3 * (r.regions - r.excluded_regions));
        ck_assert_int_gt(r.regions, 3);
        ck_assert_int_ge(r.dimension, brute(net, rng));
        qd_net_clear(net);
    }
}
END_TEST

/* Without switching units the rows are polynomials of their degree: all of degree 2 in two inputs, and the bound says so. */
START_TEST(one_polynomial)
{
    for (int affine = 0; affine < 2; affine++) {
        qd_net_t net;
        qd_rng_t rng;
        qd_rng_init(rng, seed, qd_rng_stream(79, 0, 0));
        qd_net_init(net);
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_IDENTITY), 2, 4);
        fill(layer, rng);
        if (affine) relinear(layer, rng, 0);
        fill(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 4, 1), rng);
        qd_functional r = ask(net);
        ck_assert(r.label == QD_EXACT);
        ck_assert_int_eq(r.upper, 6);
        ck_assert_int_eq(r.dimension, 6);
        qd_net_clear(net);
    }
}
END_TEST

/* A ball in three inputs, where no engine is exact, and which random points mostly miss: inside it x_i^2, x_i and 1, everywhere 1. */
START_TEST(a_ball_in_space)
{
    qd_net_t net;
    qd_net_init(net);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_COMPACT, QD_RELU), 3, 1);
    static const slong center[3] = {4, -3, 4};
    slong b = 2; /* of radius sqrt 2 */
    for (slong i = 0; i < 3; i++) {
        fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "wb"), 0, i), -1, 1);
        fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "w"), 0, i), 2 * center[i], 1);
        b -= center[i] * center[i];
    }
    fmpq_set_si(qd_layer_at(l, qd_layer_param(l, "b"), 0, 0), b, 1);
    l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 1);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    qd_functional r = ask(net);
    ck_assert_int_eq(r.dimension, 8);
    ck_assert_int_eq(r.upper, 8);
    ck_assert(r.label == QD_EXACT); /* it meets the bound */
    qd_net_clear(net);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("functional");
    TCase *tc = tcase_create("functional");
    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, conventional_units);
    tcase_add_test(tc, quadratic_units);
    tcase_add_test(tc, difference_quotients_one_input);
    tcase_add_test(tc, difference_quotients_two_inputs);
    tcase_add_test(tc, true_degrees);
    tcase_add_test(tc, one_polynomial);
    tcase_add_test(tc, a_ball_in_space);
    tcase_add_test(tc, far_away);
    tcase_add_test(tc, inside_a_circle);
    tcase_add_test(tc, dead_in_space);
    tcase_add_test(tc, dead_everywhere);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
