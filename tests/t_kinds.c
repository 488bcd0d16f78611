/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every neuron kind with every activation through every reader, printer, engine and table, and through the trainer: whoever leaves a new one
   out fails here. The enumerations are walked through, no list is kept; what is right comes from the oracles. */
#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "line/line.h"
#include "plane/plane.h"
#include "proof/proof.h"
#include "shared/network.h"
#include "shared/suite.h"
#include "space/space.h"
#include "train/train.h"
#include "variety/variety.h"

#define CASES (QD_KINDS * QD_ACTIVATIONS)

static qd_ctx_t ctx;
static qd_net_t net, other;
static qd_buf_t text;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->threads = 1;
    ctx->seed = test_seed();
    qd_net_init(net);
    qd_net_init(other);
    qd_buf_init(text);
}

static void teardown(void)
{
    qd_net_clear(net);
    qd_net_clear(other);
    qd_buf_clear(text);
    flint_cleanup();
}

static qd_neuron neuron_of(int i)
{
    qd_neuron neuron = qd_neuron_make((qd_kind) (i % QD_KINDS), (qd_activation) (i / QD_KINDS));
    if (neuron.act == QD_RAISE) neuron.power = 3;
    neuron.slope = (qd_ratio){1, 4}; /* exact in binary */
    return neuron;
}

static const char *name_of(const qd_neuron *neuron)
{
    qd_buf_reset(text);
    qd_buf_printf(text, "%s ", qd_kind_get(neuron->kind)->name);
    qd_neuron_print_function(text, neuron);
    return qd_buf_str(text);
}

/* A random network of these neurons with weights k/8. */
static void make_net(const int64_t *width, int64_t depth, qd_neuron neuron, uint64_t stream)
{
    const qd_arch arch = {depth, width, neuron, false, true};
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 8, 8}, ctx->seed, stream);
    for (slong l = 0; l < depth; l++) {
        ck_assert_int_eq(net->layer[l].neuron.kind, l < depth - 1 ? neuron.kind : QD_LINEAR);
        ck_assert_int_eq(net->layer[l].neuron.act, l < depth - 1 ? neuron.act : QD_IDENTITY);
        ck_assert_int_eq(net->layer[l].neuron.power, l < depth - 1 ? neuron.power : 1);
    }
}

/* ---- text ---------------------------------------------------------------------------------- */

static void read_back(qd_neuron *neuron, const char *yaml)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    ck_assert_msg(qd_doc_parse(doc, yaml, strlen(yaml), QD_YAML, ctx) == QD_OK, "%s: %s", yaml, qd_ctx_message(ctx));
    ck_assert_msg(qd_neuron_read(neuron, qd_doc_root(doc), QD_IDENTITY, "the neuron", ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_doc_clear(doc);
}

START_TEST(words)
{
    const qd_neuron neuron = neuron_of(_i);
    qd_neuron back = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
    qd_json_t w;
    ck_assert_ptr_nonnull(strstr(qd_kind_names(), qd_kind_get(neuron.kind)->name));
    ck_assert_ptr_nonnull(strstr(qd_activation_names(), qd_activation_name(neuron.act)));
    ck_assert_int_eq(qd_neuron_set_kind(&back, qd_kind_get(neuron.kind)->name, ctx), QD_OK);
    qd_neuron_print_activation(text, &neuron);
    ck_assert_int_eq(qd_neuron_set_activation(&back, qd_buf_str(text), ctx), QD_OK);
    ck_assert_int_eq(qd_neuron_set_slope(&back, "0.25", ctx), QD_OK);
    ck_assert_msg(qd_neuron_equal(&neuron, &back), "%s", name_of(&neuron));
    qd_buf_reset(text);
    qd_json_init(w, text);
    qd_json_object(w, NULL);
    qd_neuron_json(w, &neuron);
    if (neuron.act == QD_LEAKY_RELU) qd_json_string(w, "slope", "1/4");
    qd_json_end(w);
    back = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
    read_back(&back, qd_buf_str(text));
    ck_assert_msg(qd_neuron_equal(&neuron, &back), "%s", name_of(&neuron));
}
END_TEST

START_TEST(files)
{
    static const int64_t width[] = {2, 3, 2, 2};
    const qd_neuron neuron = neuron_of(_i);
    qd_st_t tensors;
    make_net(width, 3, neuron, 1);
    qd_net_print(text, net);
    ck_assert_msg(qd_net_parse(other, qd_buf_str(text), text->len, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_net_equal(net, other), "%s", name_of(&neuron));
    qd_net_clear(other);
    qd_st_init(tensors);
    ck_assert_msg(qd_net_to_safetensors(tensors, net, QD_ST_F64, false, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_net_from_safetensors(other, tensors, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_net_equal(net, other), "%s", name_of(&neuron));
    qd_st_clear(tensors);
}
END_TEST

/* ---- exact engines ------------------------------------------------------------------------- */

/* Value and pattern at random points, which go through the lowering, against the table of neurons. */
START_TEST(values)
{
    static const int64_t width[] = {2, 3, 2, 2};
    const qd_neuron neuron = neuron_of(_i);
    qd_vec_t x, y;
    qd_rng_t rng;
    mpq_t in[2], out[2];
    char pattern[6], expected[6];
    make_net(width, 3, neuron, 2);
    oracle_net *o = to_oracle(net);
    ck_assert_int_eq(qd_net_nswitching(net), oracle_net_switching(o));
    qd_rng_init(rng, ctx->seed, (uint64_t) _i);
    qd_vec_init(x);
    qd_vec_init(y);
    qd_vec_resize(x, 2);
    for (int k = 0; k < 2; k++) mpq_init(in[k]), mpq_init(out[k]);
    for (int i = 0; i < 20; i++) {
        for (int k = 0; k < 2; k++) {
            fmpq_set_si(x->e + k, qd_rng_range(rng, -9, 9), 1 + qd_rng_below(rng, 4));
            fmpq_canonicalise(x->e + k);
            fmpq_get_mpq(in[k], x->e + k);
        }
        ck_assert_int_eq(qd_net_eval(y, pattern, net, x, ctx), QD_OK);
        oracle_eval(out, expected, o, in);
        ck_assert_str_eq(pattern, expected);
        for (int k = 0; k < 2; k++) {
            fmpq_get_mpq(in[0], y->e + k);
            ck_assert_msg(mpq_equal(in[0], out[k]), "%s", name_of(&neuron));
        }
    }
    for (int k = 0; k < 2; k++) mpq_clear(in[k]), mpq_clear(out[k]);
    qd_vec_clear(x);
    qd_vec_clear(y);
    oracle_net_free(o);
}
END_TEST

/* On each region of the line the polynomial is the value of the network at a point of it. */
static void polynomials_are_values(qd_line_t line, const char *name)
{
    qd_vec_t x, y;
    fmpq_poly_t p;
    fmpq_t value;
    qd_vec_init(x);
    qd_vec_init(y);
    fmpq_poly_init(p);
    fmpq_init(value);
    qd_vec_resize(x, 1);
    for (slong i = 0; i < qd_line_nregions(line); i++) {
        qd_line_sample(x->e, line, i);
        ck_assert_int_eq(qd_line_poly(p, line, i, ctx), QD_OK);
        ck_assert_int_eq(qd_net_eval(y, NULL, net, x, ctx), QD_OK);
        fmpq_poly_evaluate_fmpq(value, p, x->e);
        ck_assert_msg(fmpq_equal(value, y->e), "%s, region %ld", name, (long) i);
    }
    qd_vec_clear(x);
    qd_vec_clear(y);
    fmpq_poly_clear(p);
    fmpq_clear(value);
}

START_TEST(on_the_line)
{
    static const int64_t width[] = {1, 3, 2, 1};
    const qd_neuron neuron = neuron_of(_i);
    const qd_domain whole = {0, NULL, NULL, NULL, NULL};
    for (uint64_t stream = 0; stream < 4; stream++) {
        qd_line_t line;
        fmpz_t bound;
        make_net(width, 3, neuron, 10 + stream);
        oracle_net *o = to_oracle(net);
        oracle_line_result *expected = oracle_line(o, NULL, NULL, NULL, NULL);
        qd_line_init(line);
        ck_assert_int_eq(qd_line_compute(line, net, &whole, ctx), QD_OK);
        qd_count count = qd_line_count(line);
        ck_assert_msg(count.label == QD_EXACT && count.regions == expected->regions && count.pieces == expected->pieces &&
                          count.patterns == expected->patterns && count.max_degree == expected->max_degree,
                      "%s, stream %d", name_of(&neuron), (int) stream);
        polynomials_are_values(line, name_of(&neuron));
        fmpz_init(bound);
        qd_bound_line(bound, net);
        ck_assert(fmpz_cmp_si(bound, count.regions) >= 0);
        fmpz_clear(bound);
        qd_line_clear(line);
        oracle_free(expected);
        oracle_net_free(o);
    }
}
END_TEST

START_TEST(in_the_plane)
{
    static const int64_t width[] = {2, 2, 1};
    const qd_neuron neuron = neuron_of(_i);
    const qd_domain whole = {0, NULL, NULL, NULL, NULL};
    qd_regions_t regions;
    make_net(width, 2, neuron, 20);
    oracle_net *o = to_oracle(net);
    oracle_plane_result *expected = oracle_plane(o, NULL);
    qd_regions_init(regions);
    ck_assert_msg(qd_plane_compute(regions, net, &whole, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(regions->count.label == QD_EXACT && regions->count.regions == expected->regions &&
                      regions->count.pieces == expected->pieces && regions->count.patterns == expected->patterns &&
                      regions->count.max_degree == expected->max_degree,
                  "%s: %ld regions, expected %d", name_of(&neuron), (long) regions->count.regions, expected->regions);
    qd_regions_clear(regions);
    oracle_plane_free(expected);
    oracle_net_free(o);
}
END_TEST

/* Does the point of every region show its pattern, by the oracle? */
static void points_show_patterns(const qd_regions_t g, const oracle_net *o, const char *name)
{
    mpq_t *x = qd_malloc(sizeof *x * (size_t) g->dim), y[1];
    char *pattern = qd_malloc((size_t) g->nswitching + 1);
    for (slong k = 0; k < g->dim; k++) mpq_init(x[k]);
    mpq_init(y[0]);
    for (slong i = 0; i < g->n; i++) {
        for (slong k = 0; k < g->dim; k++) fmpq_get_mpq(x[k], g->point + i * g->dim + k);
        oracle_eval(y, pattern, o, x);
        for (slong k = 0; k < g->nswitching; k++)
            ck_assert_msg((pattern[k] == '1') == qd_pattern_get(g->pattern + i * g->nwords, k), "%s, region %ld", name, (long) i);
    }
    for (slong k = 0; k < g->dim; k++) mpq_clear(x[k]);
    mpq_clear(y[0]);
    free(x);
    free(pattern);
}

/* Three inputs: exact where the network is conventional, else exact or a lower bound with witnesses; never above the upper bound. */
START_TEST(in_space)
{
    static const int64_t width[] = {3, 3, 1};
    const qd_neuron neuron = neuron_of(_i);
    const qd_domain whole = {0, NULL, NULL, NULL, NULL};
    const qd_engine_options options = {.list = true, .slices = 8};
    qd_answer_t a;
    qd_bound_shape_t shape;
    fmpz_t bound;
    make_net(width, 2, neuron, 40);
    oracle_net *o = to_oracle(net);
    qd_answer_init(a);
    qd_bound_shape_init(shape);
    fmpz_init(bound);
    qd_status st = qd_engine_compute(a, net, &whole, &options, ctx);
    ck_assert_msg(st == QD_OK || (st == QD_EUNABLE && !qd_space_takes(net)), "%s: %s", name_of(&neuron), qd_ctx_message(ctx));
    ck_assert_msg(a->count.regions >= 1 && (a->count.label == QD_EXACT) == (st == QD_OK), "%s", name_of(&neuron));
    if (a->shown) points_show_patterns(a->regions, o, name_of(&neuron));
    qd_bound_shape_set_net(shape, net, 3, false);
    qd_bound_best(bound, shape);
    ck_assert_msg(fmpz_cmp_si(bound, a->count.regions) >= 0, "%s", name_of(&neuron));
    if (qd_space_takes(net)) {
        oracle_space_result *expected = oracle_space(o, NULL, NULL);
        ck_assert_msg(a->count.regions == expected->regions && a->count.pieces == expected->pieces, "%s: %ld regions, expected %d",
                      name_of(&neuron), (long) a->count.regions, expected->regions);
        oracle_space_free(expected);
    }
    fmpz_clear(bound);
    qd_bound_shape_clear(shape);
    qd_answer_clear(a);
    oracle_net_free(o);
}
END_TEST

/* The breakpoints of the network, which has one input. */
static void find_breaks(qd_alg_list_t breaks, const qd_domain *d)
{
    qd_line_t line;
    qd_line_init(line);
    ck_assert_int_eq(qd_line_compute(line, net, d, ctx), QD_OK);
    for (slong i = 0; i < qd_line_nbreaks(line); i++)
        ck_assert_int_eq(qd_line_breakpoint(qd_alg_list_add(breaks, NULL), line, i, ctx), QD_OK);
    qd_line_clear(line);
}

/* A certificate is written, read and confirmed; on a line and for conventional networks all of it. */
START_TEST(certified)
{
    for (int inputs = 1; inputs <= 2; inputs++) {
        const int64_t width[] = {inputs, 2, 1};
        const qd_neuron neuron = neuron_of(_i);
        const qd_domain whole = {0, NULL, NULL, NULL, NULL};
        const qd_engine_options options = {.list = true, .slices = 8};
        qd_answer_t a;
        qd_alg_list_t breaks;
        qd_proof_t proof;
        qd_proof_report_t report;
        qd_doc_t doc;
        make_net(width, 2, neuron, 50);
        qd_answer_init(a);
        qd_alg_list_init(breaks);
        qd_proof_init(proof);
        qd_proof_report_init(report);
        qd_doc_init(doc);
        ck_assert_int_eq(qd_engine_compute(a, net, &whole, &options, ctx), QD_OK);
        if (inputs == 1) find_breaks(breaks, &whole);
        ck_assert_msg(qd_proof_make(proof, net, &whole, a->regions, inputs == 1 ? breaks : NULL, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        qd_buf_reset(text);
        qd_proof_print(text, proof);
        qd_proof_clear(proof);
        qd_proof_init(proof);
        ck_assert_int_eq(qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx), QD_OK);
        ck_assert_msg(qd_proof_read(proof, qd_doc_root(doc), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        ck_assert_msg(qd_proof_check(report, proof, ctx) == QD_OK, "%s: %s", name_of(&neuron), qd_ctx_message(ctx));
        ck_assert_msg(report->complete || (inputs == 2 && !qd_space_takes(net)), "%s", name_of(&neuron));
        qd_doc_clear(doc);
        qd_proof_report_clear(report);
        qd_proof_clear(proof);
        qd_alg_list_clear(breaks);
        qd_answer_clear(a);
    }
}
END_TEST

/* ---- dimensions ---------------------------------------------------------------------------- */

/* Networks that are polynomials have a dimension, that of the oracle; the others are refused. */
START_TEST(dimensions)
{
    static const int64_t width[] = {2, 2, 1};
    const int w[] = {2, 2, 1};
    for (int k = 0; k < 4; k++) {
        qd_arch arch = {2, width, neuron_of(_i), k / 2, k % 2};
        const qd_neuron neuron = arch.neuron;
        bool allowed = !qd_activation_switches(neuron.act) && (neuron.kind == QD_LINEAR || neuron.power == 1);
        qd_ctx_forget(ctx);
        ck_assert_msg((qd_variety_admit(&arch, ctx) == QD_OK) == allowed, "%s", name_of(&neuron));
        ck_assert_int_eq(qd_ctx_message(ctx)[0] == '\0', allowed);
        if (!allowed) continue;
        qd_variety_result_t r;
        int nparams;
        qd_variety_result_init(r);
        ck_assert_int_eq(qd_variety_dimension(r, &arch, &qd_variety_defaults, ctx), QD_OK);
        int truth = oracle_dimension(&nparams, w, 2, qd_kind_get(neuron.kind)->name, (int) neuron.power, arch.same, arch.biases, 5);
        ck_assert_msg(r->lower == truth && r->upper >= truth && r->parameters == nparams, "%s, case %d: %d to %d, expected %d of %d",
                      name_of(&neuron), k, (int) r->lower, (int) r->upper, truth, nparams);
        qd_variety_result_clear(r);
    }
}
END_TEST

/* Is (w.a + b)^2 a neuron? Then the kind's dimension is not below that of square activation. */
START_TEST(squares_inside)
{
    static const int64_t width[] = {2, 2, 1};
    for (int biases = 0; biases < 2; biases++) {
        qd_arch kind = {2, width, qd_neuron_make((qd_kind) _i, QD_IDENTITY), false, biases}, square = kind;
        qd_variety_result_t a, b;
        qd_variety_result_init(a);
        qd_variety_result_init(b);
        square.neuron = qd_neuron_raise(QD_LINEAR, 2);
        ck_assert_int_eq(qd_variety_dimension(a, &kind, &qd_variety_defaults, ctx), QD_OK);
        ck_assert_int_eq(qd_variety_dimension(b, &square, &qd_variety_defaults, ctx), QD_OK);
        if (qd_variety_embeds_square((qd_kind) _i, 2, biases)) ck_assert_int_ge(a->upper, b->lower);
        qd_variety_result_clear(a);
        qd_variety_result_clear(b);
    }
}
END_TEST

/* ---- the trainer --------------------------------------------------------------------------- */

/* One sample of a regression. */
static void one_sample(qd_data_t data, double x0, double x1)
{
    qd_data_init(data);
    data->n = 1;
    data->channels = 2;
    data->height = data->width = 1;
    data->outputs = 1;
    data->x = qd_malloc(2 * sizeof *data->x);
    data->y = qd_malloc(sizeof *data->y);
    data->x[0] = x0;
    data->x[1] = x1;
    data->y[0] = 0;
}

static void set_parameters(qd_model_t model)
{
    int64_t k = 0;
    for (slong l = 0; l < net->depth; l++)
        for (int i = 0; i < qd_kind_get(net->layer[l].neuron.kind)->nparams; i++, k++)
            for (int64_t j = 0; j < model->tensor[k].count; j++)
                qd_model_set_theta(model, model->tensor[k].offset + j, fmpq_get_d(net->layer[l].param[i] + j));
    ck_assert_int_eq(k, model->ntensors);
    ck_assert_int_eq(model->nparams, qd_net_nparams(net));
}

/* Returns the sum of squares. */
static double gradient_is_exact(const qd_model_t model, const qd_vec_t y, const fmpq *row, const char *name)
{
    int64_t at = 0;
    double squares = 0;
    for (int64_t k = 0; k < model->ntensors; k++)
        for (int64_t j = 0; j < model->tensor[k].count; j++, at++) {
            double expected = 2 * fmpq_get_d(y->e) * fmpq_get_d(row + at), found = qd_model_grad(model, model->tensor[k].offset + j);
            ck_assert_msg(fabs(found - expected) <= 1e-9 * (1 + fabs(expected)), "%s, %s: %.17g, expected %.17g", name,
                          model->tensor[k].name, found, expected);
            squares += found * found;
        }
    return squares;
}

/* Value and gradient of a model with the weights of a network against its exact derivative, both precisions' model being built; and a step of
   gradient descent goes down. */
START_TEST(trained)
{
    static const int64_t width[] = {2, 3, 2, 1};
    const qd_neuron neuron = neuron_of(_i);
    const qd_loss loss = {QD_LOSS_SQUARED, 1, 0};
    const int64_t index[] = {0};
    qd_spec_t spec;
    qd_data_t data;
    qd_model_t model;
    qd_gradient_t g;
    qd_vec_t x, y;
    qd_result result = {0}, after = {0};
    qd_optim_spec sgd;
    qd_optim_t opt;
    make_net(width, 3, neuron, 30);
    qd_spec_init(spec);
    qd_spec_dense(spec, width, 3, neuron);
    one_sample(data, 0.75, -0.5);
    const qd_batch batch = {data, index, 1, NULL, 1, 0};
    qd_model_init(model);
    ck_assert_msg(qd_model_create(model, spec, QD_F32, 1, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_model_clear(model);
    ck_assert_msg(qd_model_create(model, spec, QD_F64, 1, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    set_parameters(model);
    ck_assert_int_eq(qd_model_gradient(model, &result, &batch, &loss, NULL, NULL, ctx), QD_OK);

    qd_vec_init(x);
    qd_vec_init(y);
    qd_vec_resize(x, 2);
    fmpq_set_si(x->e, 3, 4);
    fmpq_set_si(x->e + 1, -1, 2);
    ck_assert_int_eq(qd_net_eval(y, NULL, net, x, ctx), QD_OK);
    double value = fmpq_get_d(y->e);
    ck_assert_msg(fabs(result.loss - value * value) <= 1e-9 * (1 + value * value), "%s", name_of(&neuron));
    qd_gradient_init(g, net);
    fmpq *row = _fmpq_vec_init(g->params);
    ck_assert_int_eq(qd_gradient_point(NULL, NULL, g, x, ctx), QD_OK);
    qd_gradient_row(row, g, 0);
    double squares = gradient_is_exact(model, y, row, name_of(&neuron));

    qd_optim_defaults(&sgd, QD_SGD);
    sgd.rate = squares > 0 ? 1e-6 * value * value / squares : 1;
    qd_optim_init(opt);
    qd_optim_start(opt, &sgd, model);
    ck_assert_int_eq(qd_optim_step(opt, model, &result, &batch, &loss, ctx), QD_OK);
    ck_assert_int_eq(qd_model_evaluate(model, &after, NULL, &batch, &loss, ctx), QD_OK);
    ck_assert_msg(squares == 0 || after.loss < value * value, "%s", name_of(&neuron));

    qd_optim_clear(opt);
    _fmpq_vec_clear(row, g->params);
    qd_gradient_clear(g);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_model_clear(model);
    qd_data_clear(data);
    qd_spec_clear(spec);
}
END_TEST

/* ---- the program --------------------------------------------------------------------------- */

/* Makes a folder; path, with room for PATH_ROOM, is its name. */
enum { PATH_ROOM = 512 };
static void make_folder(char *path)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, PATH_ROOM - 64, "%s/quadric-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(path));
}

/* Runs the program with a configuration; its standard output replaces text. */
static void run(const char *command, const char *config, const char *more)
{
    char folder[PATH_ROOM], path[PATH_ROOM + 64], line[3 * PATH_ROOM];
    const char *program = getenv("QUADRIC");
    int c;
    make_folder(folder);
    snprintf(path, sizeof path, "%s/c.yaml", folder);
    ck_assert_int_eq(qd_file_write(path, config, strlen(config), ctx), QD_OK);
    snprintf(line, sizeof line, "%s %s %s --quiet %s", program != NULL ? program : "build/release/quadric", command, path, more);
    FILE *f = popen(line, "r");
    qd_buf_reset(text);
    while ((c = getc(f)) != EOF) qd_buf_add(text, &(char){(char) c}, 1);
    ck_assert_msg(pclose(f) == 0, "%s", line);
    unlink(path);
    rmdir(folder);
}

static void add_neuron(qd_buf_t list, const qd_neuron *neuron)
{
    qd_buf_printf(list, "%s{kind: %s, activation: '", list->len > 0 ? ", " : "", qd_kind_get(neuron->kind)->name);
    qd_neuron_print_activation(list, neuron);
    qd_buf_puts(list, neuron->act == QD_LEAKY_RELU ? "', slope: 0.25}" : "'}");
}

/* Are the first lines of the CSV, in order, those of the neurons, where `asked` says that one was asked for? */
static void rows_are_all(bool (*asked)(const qd_neuron *), int rows_each)
{
    char *at = strchr(text->s, '\n') + 1;
    for (int i = 0; i < CASES; i++) {
        const qd_neuron neuron = neuron_of(i);
        qd_buf_t cells;
        if (!asked(&neuron)) continue;
        qd_buf_init(cells);
        qd_buf_printf(cells, "1-2-1,%s,", qd_kind_get(neuron.kind)->name);
        qd_neuron_print_function(cells, &neuron);
        qd_buf_puts(cells, ",");
        ck_assert_msg(strncmp(at, qd_buf_str(cells), cells->len) == 0, "expected %s, found %.60s", qd_buf_str(cells), at);
        for (int k = 0; k < (neuron.kind == QD_LINEAR ? 1 : rows_each); k++) {
            char *end = strchr(at, '\n');
            ck_assert_msg(strstr(at, ",exact,") != NULL && strstr(at, ",exact,") < end, "%.80s", at);
            at = end + 1;
        }
        qd_buf_clear(cells);
    }
    ck_assert_str_eq(at, "");
}

static bool any(const qd_neuron *neuron)
{
    (void) neuron;
    return true;
}

static void config_of(qd_buf_t config, const char *key, const char *head, bool (*asked)(const qd_neuron *))
{
    qd_buf_t list;
    qd_buf_init(list);
    for (int i = 0; i < CASES; i++) {
        const qd_neuron neuron = neuron_of(i);
        if (asked(&neuron)) add_neuron(list, &neuron);
    }
    qd_buf_printf(config, "%s\n%s: [%s]\n", head, key, qd_buf_str(list));
    qd_buf_clear(list);
}

START_TEST(tables_of_networks)
{
    static const char *const commands[] = {"table pieces", "table functional"};
    qd_buf_t config;
    qd_buf_init(config);
    config_of(config, "kinds", "widths: [[2]]\nseeds: 2", any);
    run(commands[_i], qd_buf_str(config), "--format csv");
    rows_are_all(any, 1 + _i); /* the second compares with conventional networks of as many parameters */
    qd_buf_clear(config);
}
END_TEST

static bool polynomial(const qd_neuron *neuron)
{
    return !qd_activation_switches(neuron->act) && (neuron->kind == QD_LINEAR || neuron->power == 1);
}

START_TEST(tables_of_families)
{
    static const char *const commands[] = {"table dimension", "table filling"};
    qd_buf_t config, cell;
    qd_buf_init(config);
    qd_buf_init(cell);
    config_of(config, "neurons", "widths: [[2, 2, 1]]\nlast: [same]\nbiases: [true]", polynomial);
    run(commands[_i], qd_buf_str(config), "--format csv");
    char *at = strchr(text->s, '\n') + 1;
    for (int i = 0; i < CASES; i++) {
        qd_neuron neuron = neuron_of(i);
        if (!polynomial(&neuron)) continue;
        qd_buf_reset(cell);
        qd_buf_puts(cell, "\"2,2,1\",");
        qd_neuron_print_name(cell, &neuron, QD_IDENTITY);
        qd_buf_puts(cell, ",same,true,");
        ck_assert_msg(strncmp(at, qd_buf_str(cell), cell->len) == 0, "expected %s, found %.60s", qd_buf_str(cell), at);
        at = strchr(at, '\n') + 1;
    }
    ck_assert_str_eq(at, "");
    qd_buf_clear(config);
    qd_buf_clear(cell);
}
END_TEST

/* The theorem's table compares every kind but the conventional one. */
START_TEST(compared)
{
    run("verify dimension", "widths: [[2, 2, 1]]\n", "--json");
    for (int k = 0; k < QD_KINDS; k++) {
        char statement[64];
        snprintf(statement, sizeof statement, "\"statement\": \"T2.%s\"", qd_kind_get((qd_kind) k)->name);
        ck_assert_msg((strstr(qd_buf_str(text), statement) != NULL) == (k != QD_LINEAR), "%s", statement);
    }
}
END_TEST

/* A network that was trained is read back as what was asked for. */
START_TEST(trained_by_the_program)
{
    const qd_neuron neuron = neuron_of(_i);
    char folder[PATH_ROOM], more[PATH_ROOM + 64], path[PATH_ROOM + 64], clean[PATH_ROOM + 64];
    qd_buf_t config;
    qd_buf_init(config);
    make_folder(folder);
    qd_buf_printf(config, "data: {target: runge, samples: 8}\nmodel: {hidden: [3, 2], kind: %s, activation: '",
                  qd_kind_get(neuron.kind)->name);
    qd_neuron_print_activation(config, &neuron);
    qd_buf_printf(config, "'%s}\n%straining: {steps: 1, batch: 4}\n", neuron.act == QD_LEAKY_RELU ? ", slope: 1/4" : "",
                  neuron.kind == QD_LINEAR ? "" : "strategy: {start: random}\n");
    snprintf(more, sizeof more, "-o %s/run", folder);
    run("train", qd_buf_str(config), more);
    snprintf(path, sizeof path, "%s/run/model.safetensors", folder);
    ck_assert_msg(qd_net_read(net, path, ctx) == QD_OK, "%s: %s", name_of(&neuron), qd_ctx_message(ctx));
    ck_assert_int_eq(net->depth, 3);
    for (int l = 0; l < 2; l++) {
        ck_assert_int_eq(net->layer[l].neuron.kind, neuron.kind);
        ck_assert_int_eq(net->layer[l].neuron.act, neuron.act);
        ck_assert_int_eq(net->layer[l].neuron.power, neuron.power);
        ck_assert(neuron.act != QD_LEAKY_RELU || fmpz_equal_si(fmpq_denref(net->layer[l].slope), 4));
    }
    snprintf(clean, sizeof clean, "rm -rf %s", folder);
    ck_assert_int_eq(system(clean), 0);
    qd_buf_clear(config);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kinds");
    TCase *tc = tcase_create("kinds");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, words, 0, CASES);
    tcase_add_loop_test(tc, files, 0, CASES);
    tcase_add_loop_test(tc, values, 0, CASES);
    tcase_add_loop_test(tc, on_the_line, 0, CASES);
    tcase_add_loop_test(tc, in_the_plane, 0, CASES);
    tcase_add_loop_test(tc, in_space, 0, CASES);
    tcase_add_loop_test(tc, certified, 0, CASES);
    tcase_add_loop_test(tc, dimensions, 0, CASES);
    tcase_add_loop_test(tc, squares_inside, 0, QD_KINDS);
    tcase_add_loop_test(tc, trained, 0, CASES);
    tcase_add_loop_test(tc, tables_of_networks, 0, 2);
    tcase_add_loop_test(tc, tables_of_families, 0, 2);
    tcase_add_test(tc, compared);
    tcase_add_loop_test(tc, trained_by_the_program, 0, CASES);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
