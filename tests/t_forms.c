/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The affine forms of src/space in doubles against loops over rationals: every coefficient is within its radius of the true one, and R and G are what
   their contract asks for. Units cancel exactly, or all but: what is left is rounding alone. */
#include <check.h>
#include <stdlib.h>

#include "exact/exact.h"
#include "shared/suite.h"
#include "space/impl.h"

#define DEPTH 4
#define WIDTH 6

static uint64_t seed;

/* ---- networks ---------------------------------------------------------------------------------- */

/* p / q, some of them small. */
static void draw(fmpq_t x, qd_rng_t rng)
{
    fmpq_set_si(x, qd_rng_range(rng, -999, 999), 997);
    fmpq_canonicalise(x);
    if (qd_rng_below(rng, 3) == 0) fmpq_div_2exp(x, x, 30);
    if (qd_rng_below(rng, 4) == 0) fmpq_zero(x);
}

/* Units 2 i and 2 i + 1 of a layer are one up to the factor 3/7. Units 0 and 1 of the next layer see the two cancel: what is left of the
   weights is 2^-60 of them, or nothing. */
static void random_net(qd_net_t net, slong inputs, qd_rng_t rng)
{
    static const qd_activation acts[] = {QD_RELU, QD_LEAKY_RELU, QD_IDENTITY, QD_ABS};
    fmpq_t ratio, rest;
    fmpq_init(ratio);
    fmpq_init(rest);
    fmpq_set_si(ratio, 3, 7);
    for (slong l = 0; l < DEPTH; l++) {
        slong in = l == 0 ? inputs : WIDTH;
        qd_layer_struct *y =
            qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, l < DEPTH - 1 ? acts[qd_rng_below(rng, 4)] : QD_RELU), in, WIDTH);
        if (y->neuron.act == QD_LEAKY_RELU) fmpq_set_si(y->slope, qd_rng_below(rng, 2) ? 1 : -1000, 3);
        for (slong u = 0; u < WIDTH; u += 2) {
            for (slong j = 0; j < in; j++) draw(qd_layer_at(y, 0, u, j), rng);
            draw(qd_layer_at(y, 1, u, 0), rng);
            for (slong j = 0; l > 0 && u == 0 && j < in; j += 2) { /* w_j (3/7, -1), and a little */
                fmpq_neg(qd_layer_at(y, 0, u, j + 1), qd_layer_at(y, 0, u, j));
                fmpq_mul(qd_layer_at(y, 0, u, j), qd_layer_at(y, 0, u, j), ratio);
                draw(rest, rng);
                fmpq_div_2exp(rest, rest, 60);
                if (qd_rng_below(rng, 2)) fmpq_add(qd_layer_at(y, 0, u, j), qd_layer_at(y, 0, u, j), rest);
            }
            if (l > 0 && u == 0) fmpq_zero(qd_layer_at(y, 1, u, 0));
            for (slong j = 0; j < in; j++) fmpq_mul(qd_layer_at(y, 0, u + 1, j), qd_layer_at(y, 0, u, j), ratio);
            fmpq_mul(qd_layer_at(y, 1, u + 1, 0), qd_layer_at(y, 1, u, 0), ratio);
        }
    }
    fmpq_clear(ratio);
    fmpq_clear(rest);
}

/* ---- exact forms ------------------------------------------------------------------------------- */

/* x_j = centre_j + scale_j s_j. */
static void chart(fmpq *a, const fmpq *lo, const fmpq *hi, slong dim)
{
    for (slong j = 0; j < dim; j++) {
        fmpq *c = a + j * (dim + 1);
        fmpq_add(c + dim, lo + j, hi + j);
        fmpq_div_2exp(c + dim, c + dim, 1);
        fmpq_sub(c + j, hi + j, c + dim);
    }
}

/* Pre-activations z, (WIDTH, dim + 1), from the inputs a; then what the units hand on where `active` says which of them are. */
static void exact_layer(fmpq *z, fmpq *next, const fmpq *a, const qd_layer_struct *y, const bool *active, slong dim)
{
    for (slong u = 0; u < WIDTH; u++)
        for (slong k = 0; k <= dim; k++) {
            fmpq *c = z + u * (dim + 1) + k;
            fmpq_zero(c);
            for (slong j = 0; j < y->in; j++) fmpq_addmul(c, y->param[0] + u * y->in + j, a + j * (dim + 1) + k);
            if (k == dim) fmpq_add(c, c, y->param[1] + u);
        }
    for (slong i = 0; i < WIDTH * (dim + 1); i++) {
        if (y->neuron.act == QD_IDENTITY || active[i / (dim + 1)]) fmpq_set(next + i, z + i);
        else if (y->neuron.act == QD_ABS) fmpq_neg(next + i, z + i);
        else fmpq_mul(next + i, z + i, y->slope);
    }
}

/* ---- the contract -------------------------------------------------------------------------------- */

static void add_double(fmpq_t sum, double x, slong times)
{
    fmpq_t y;
    fmpq_init(y);
    qd_rat_set_double(y, x);
    fmpq_mul_si(y, y, times);
    fmpq_add(sum, sum, y);
    fmpq_clear(y);
}

static void at_least(double x, const fmpq_t y, const char *what, slong l, slong u, int i)
{
    fmpq_t z;
    fmpq_init(z);
    qd_rat_set_double(z, x);
    ck_assert_msg(fmpq_cmp(z, y) >= 0, "%s of unit %ld of layer %ld is %g, less than %g; case %d, QD_SEED=%lu", what, (long) u, (long) l, x,
                  fmpq_get_d(y), i, (ulong) seed);
    fmpq_clear(z);
}

static void check_unit(const qd_space_forms *f, slong stride, const fmpq *z, slong l, slong u, slong dim, int i)
{
    fmpq_t x, sum;
    double most = 0;
    fmpq_init(x);
    fmpq_init(sum);
    for (slong k = 0; k <= dim; k++) {
        double c = f->c[k * stride + u];
        qd_rat_set_double(x, c);
        fmpq_sub(x, x, z + k);
        fmpq_abs(x, x);
        at_least(f->rad[u], x, "the radius", l, u, i);
        if (fabs(c) > most) most = fabs(c);
        if (k < dim) add_double(sum, fabs(c), 1);
    }
    ck_assert_double_eq(f->most[u], most);
    add_double(sum, f->rad[u], dim);
    at_least(f->G[u], sum, "G", l, u, i);
    fmpq_zero(sum);
    add_double(sum, f->rad[u], 1);
    add_double(sum, most * QD_SPACE_EPS, dim + 3);
    at_least(f->R[u], sum, "R", l, u, i);
    fmpq_clear(x);
    fmpq_clear(sum);
}

/* A random pattern of the layer into the worker's. */
static void draw_pattern(bool *active, qd_space_worker *w, slong l, qd_rng_t rng)
{
    for (slong u = 0; u < WIDTH; u++) {
        active[u] = qd_rng_below(rng, 4) > 0;
        slong bit = w->model->m.bit[l][u];
        if (bit >= 0 && active[u]) qd_pattern_flip(w->pattern, bit);
    }
}

START_TEST(radii_hold)
{
    slong dim = 2 + _i % 3, room = WIDTH * (dim + 1);
    qd_net_t net;
    qd_ctx_t ctx;
    qd_rng_t rng;
    qd_space_model model;
    qd_space_worker w;
    bool active[WIDTH];
    fmpq *lo = _fmpq_vec_init(dim), *hi = _fmpq_vec_init(dim), *a = _fmpq_vec_init(room), *z = _fmpq_vec_init(room);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_rng_init(rng, seed, (uint64_t) _i);
    random_net(net, dim, rng);
    for (slong k = 0; k < dim; k++) {
        fmpq_set_si(lo + k, -qd_rng_range(rng, 1, 9), 7);
        fmpq_set_si(hi + k, qd_rng_range(rng, 1, 9), 3);
        fmpq_canonicalise(lo + k);
        fmpq_canonicalise(hi + k);
    }
    qd_space__model_init(&model, net, &(qd_domain){.lo = lo, .hi = hi}, seed);
    ck_assert_int_eq(model.layers, DEPTH);
    ck_assert(model.m.doubles);
    qd_space__worker_init(&w, &(qd_space_job){.model = &model, .words = 1}, ctx);
    chart(a, lo, hi, dim);
    for (slong l = 0; l < DEPTH; l++) {
        draw_pattern(active, &w, l, rng);
        qd_space__forms(&w, l);
        exact_layer(z, a, a, net->layer + l, active, dim);
        for (slong u = 0; u < WIDTH; u++) check_unit(w.forms + l, model.layer[l].stride, z + u * (dim + 1), l, u, dim, _i);
    }
    qd_space__worker_clear(&w);
    qd_space__model_clear(&model);
    qd_net_clear(net);
    _fmpq_vec_clear(lo, dim);
    _fmpq_vec_clear(hi, dim);
    _fmpq_vec_clear(a, room);
    _fmpq_vec_clear(z, room);
}
END_TEST

int main(void)
{
    seed = test_seed();
    Suite *suite = suite_create("forms");
    TCase *tc = tcase_create("forms");
    tcase_add_loop_test(tc, radii_hold, 0, 100 * test_multiplier());
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
