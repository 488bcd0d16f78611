/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ONNX files from C: random networks of every kind, dense and sparse, written and read again have the same values as the oracle; graphs of
   a few nodes are what they are said to be. Files of other programs: t_cli_onnx.sh. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "onnx/onnx.h"
#include "shared/network.h"
#include "shared/suite.h"

static qd_ctx_t ctx;
static char path[512];

/* ---- random networks -------------------------------------------------------------------------- */

/* A float32, often 0. */
static void draw(fmpq_t x, qd_rng_t rng)
{
    fmpq_set_si(x, qd_rng_below(rng, 4) == 0 ? 0 : qd_rng_range(rng, -9, 9), 1UL << qd_rng_below(rng, 4));
}

static qd_activation draw_activation(int64_t *power, qd_rng_t rng)
{
    qd_activation act = (qd_activation) qd_rng_below(rng, QD_ACTIVATIONS);
    *power = act == QD_SQUARE ? 2 : act == QD_RAISE ? 1 + (int64_t) qd_rng_below(rng, 3) : 1;
    return act;
}

static void add_sparse(qd_net_t net, slong in, slong out, qd_rng_t rng)
{
    qd_layer_struct *layer = qd_net_add_sparse(net, in, out);
    slong nc = 1 + in + in * (in + 1) / 2;
    for (slong u = 0; u < out; u++) {
        qd_lowered_unit *unit = layer->sparse + u;
        fmpq *c = _fmpq_vec_init(nc);
        for (slong k = 0; k < nc; k++)
            if (qd_rng_below(rng, 2)) draw(c + k, rng);
        qd_lowered_unit_set_expanded(unit, c, in);
        unit->act = draw_activation(&unit->power, rng);
        if (unit->act == QD_LEAKY_RELU) draw(unit->slope, rng);
        _fmpq_vec_clear(c, nc);
    }
}

static void add_dense(qd_net_t net, slong in, slong out, qd_rng_t rng)
{
    qd_kind kind = (qd_kind) qd_rng_below(rng, QD_KINDS);
    int64_t power;
    qd_neuron neuron = qd_neuron_make(kind, draw_activation(&power, rng));
    neuron.power = power;
    qd_layer_struct *layer = qd_net_add_layer(net, neuron, in, out);
    if (neuron.act == QD_LEAKY_RELU) draw(layer->slope, rng);
    for (int p = 0; p < qd_kind_get(kind)->nparams; p++)
        for (slong i = 0; i < out * (slong) qd_shape_length(qd_kind_get(kind)->param[p].shape, in); i++) draw(layer->param[p] + i, rng);
}

static void random_net(qd_net_t net, qd_rng_t rng)
{
    slong in = 1 + (slong) qd_rng_below(rng, 4), depth = 1 + (slong) qd_rng_below(rng, 3);
    qd_net_clear(net);
    for (slong l = 0; l < depth; l++) {
        slong out = 1 + (slong) qd_rng_below(rng, 4);
        (qd_rng_below(rng, 3) == 0 ? add_sparse : add_dense)(net, in, out, rng);
        in = out;
    }
}

static void compare(const qd_net_t back, const qd_net_t net, int i)
{
    oracle_net *o = to_oracle(net);
    qd_vec_t x, y;
    mpq_t *at = malloc(sizeof *at * (size_t) net->input_dim), *value;
    qd_vec_init(x);
    qd_vec_init(y);
    qd_vec_resize(x, net->input_dim);
    ck_assert_int_eq(back->input_dim, net->input_dim);
    ck_assert_int_eq(qd_net_output_dim(back), qd_net_output_dim(net));
    for (slong k = 0; k < net->input_dim; k++) {
        fmpq_set_si(x->e + k, 3 * i - 5 * k + 1, 3);
        mpq_init(at[k]);
        fmpq_get_mpq(at[k], x->e + k);
    }
    ck_assert_msg(qd_net_eval(y, NULL, back, x, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    value = malloc(sizeof *value * (size_t) y->n);
    for (slong k = 0; k < y->n; k++) mpq_init(value[k]);
    char *pattern = malloc((size_t) oracle_net_switching(o) + 1);
    oracle_eval(value, pattern, o, (const mpq_t *) at);
    free(pattern);
    for (slong k = 0; k < y->n; k++) {
        fmpq_t want;
        fmpq_init(want);
        fmpq_set_mpq(want, value[k]);
        ck_assert_msg(fmpq_equal(want, y->e + k), "case %d, output %ld, QD_SEED=%llu", i, (long) k, (unsigned long long) test_seed());
        fmpq_clear(want);
        mpq_clear(value[k]);
    }
    for (slong k = 0; k < net->input_dim; k++) mpq_clear(at[k]);
    free(at);
    free(value);
    qd_vec_clear(x);
    qd_vec_clear(y);
    oracle_net_free(o);
}

START_TEST(written_and_read)
{
    qd_net_t net, back;
    qd_rng_t rng;
    qd_net_init(net);
    qd_net_init(back);
    qd_rng_init(rng, test_seed(), (uint64_t) _i);
    for (int k = 0; k < 30 * test_multiplier(); k++) {
        int64_t changed = -1;
        random_net(net, rng);
        ck_assert_msg(qd_net_write_onnx(&changed, path, net, k % 2 ? QD_ST_F32 : QD_ST_F64, false, ctx) == QD_OK, "%s",
                      qd_ctx_message(ctx));
        ck_assert_int_eq(changed, 0);
        ck_assert_msg(qd_net_read(back, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        ck_assert_int_eq(qd_net_nswitching(back), qd_net_nswitching(net));
        for (int i = 0; i < 3; i++) compare(back, net, i);
    }
    qd_net_clear(net);
    qd_net_clear(back);
}
END_TEST

/* A layer of each kind is of that kind again; and slopes of 1, 0 and beyond are those of units. */
START_TEST(kinds_come_back)
{
    static const qd_activation acts[] = {QD_IDENTITY, QD_RELU, QD_ABS, QD_LEAKY_RELU};
    qd_net_t net, back;
    int64_t changed;
    qd_rng_t rng;
    qd_rng_init(rng, test_seed(), 1000 + (uint64_t) _i);
    qd_net_init(net);
    qd_net_init(back);
    for (int k = 0; k < 4; k++) {
        const qd_kind_info *info = qd_kind_get((qd_kind) _i);
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make((qd_kind) _i, acts[k]), 4, 4);
        if (acts[k] == QD_LEAKY_RELU) fmpq_set_si(layer->slope, 1, 1);
        for (int p = 0; p < info->nparams; p++)
            for (slong i = 0; i < 4 * (slong) qd_shape_length(info->param[p].shape, 4); i++)
                fmpq_set_si(layer->param[p] + i, 2 * qd_rng_range(rng, -9, 9) + 1, 8);
    }
    ck_assert_int_eq(qd_net_write_onnx(&changed, path, net, QD_ST_F64, false, ctx), QD_OK);
    ck_assert_msg(qd_net_read(back, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_net_equal(back, net), "kind %s, QD_SEED=%llu", qd_kind_get((qd_kind) _i)->name, (unsigned long long) test_seed());
    qd_net_clear(net);
    qd_net_clear(back);
}
END_TEST

/* ---- graphs ----------------------------------------------------------------------------------- */

/* y = relu(x w) + x, two by two: one relu layer that carries x, and a readout. */
START_TEST(skip)
{
    qd_onnx_file_t file;
    qd_net_t net;
    const int64_t shape[2] = {2, 2};
    const double w[4] = {1, 2, -1, 0.5};
    const char *const product[2] = {"x", "w"}, *const relu[1] = {"h"}, *const sum[2] = {"r", "x"};
    qd_onnx_file_init(file, false);
    qd_net_init(net);
    qd_onnx_file_reals(file, "w", 2, shape, w);
    qd_onnx_file_node(file, "Add", "y", 2, sum); /* nodes need no order */
    qd_onnx_file_node(file, "Relu", "r", 1, relu);
    qd_onnx_file_node(file, "MatMul", "h", 2, product);
    ck_assert_int_eq(qd_onnx_file_write(path, file, 2, 2, ctx), QD_OK);
    ck_assert_msg(qd_net_read(net, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(net->depth, 2);
    ck_assert(net->layer[0].sparse != NULL && net->layer[0].out == 4);
    ck_assert_int_eq(qd_net_nswitching(net), 2);
    for (slong u = 0; u < 4; u++) ck_assert_int_eq(net->layer[0].sparse[u].act, u < 2 ? QD_RELU : QD_IDENTITY);
    qd_onnx_file_clear(file);
    qd_net_clear(net);
}
END_TEST

/* The same graph, read as forms: levels, variables, references. */
START_TEST(forms)
{
    qd_onnx_file_t file;
    qd_onnx_t g;
    const char *const one[1] = {"x"}, *const square[2] = {"x", "x"}, *const cube[2] = {"s", "a"};
    qd_onnx_file_init(file, true);
    qd_onnx_init(g);
    qd_onnx_file_node(file, "Abs", "a", 1, one);
    qd_onnx_file_node(file, "Mul", "s", 2, square);
    qd_onnx_file_node(file, "Mul", "y", 2, cube);
    ck_assert_int_eq(qd_onnx_file_write(path, file, 1, 1, ctx), QD_OK);
    ck_assert_msg(qd_onnx_read(g, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert(g->inputs == 1 && g->noutputs == 1 && g->nunits == 2); /* |x|, and x^2 as a variable */
    ck_assert(g->output[0]->nterms == 1 && g->output[0]->level == 1);
    ck_assert_int_eq(g->output[0]->term[0].i, 1);
    ck_assert_int_eq(g->output[0]->term[0].j, 2);
    qd_onnx_file_clear(file);
    qd_onnx_clear(g);
}
END_TEST

/* A failure leaves the network as it was. */
START_TEST(untouched)
{
    qd_onnx_file_t file;
    qd_net_t net, copy;
    const char *const one[1] = {"x"};
    qd_rng_t rng;
    qd_rng_init(rng, 1, 0);
    qd_onnx_file_init(file, true);
    qd_net_init(net);
    qd_net_init(copy);
    random_net(net, rng);
    qd_net_set(copy, net);
    qd_onnx_file_node(file, "Sigmoid", "y", 1, one);
    ck_assert_int_eq(qd_onnx_file_write(path, file, 1, 1, ctx), QD_OK);
    ck_assert_int_eq(qd_net_read(net, path, ctx), QD_EINPUT);
    ck_assert(strstr(qd_ctx_message(ctx), "node 1 'y' (Sigmoid)") != NULL);
    ck_assert(qd_net_equal(net, copy));
    qd_onnx_file_clear(file);
    qd_net_clear(net);
    qd_net_clear(copy);
}
END_TEST

static void setup(void)
{
    const char *folder = getenv("TMPDIR");
    qd_ctx_init(ctx);
    snprintf(path, sizeof path, "%s/quadric-XXXXXX.onnx", folder != NULL ? folder : P_tmpdir);
    int fd = mkstemps(path, 5);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void teardown(void)
{
    unlink(path);
}

int main(void)
{
    Suite *suite = suite_create("onnx");
    TCase *tc = tcase_create("onnx");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, written_and_read, 0, 10);
    tcase_add_loop_test(tc, kinds_come_back, 0, QD_KINDS);
    tcase_add_test(tc, skip);
    tcase_add_test(tc, forms);
    tcase_add_test(tc, untouched);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
