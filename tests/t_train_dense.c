/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of dense networks: losses and gradients against the oracle, against central differences, and against exact derivatives over
   Q; float against double; every number of threads against one; and what is said of numbers that are not finite. */
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "oracle/train.h"
#include "shared/suite.h"
#include "train/impl.h"

static uint64_t seed;

/* ---- random problems ------------------------------------------------------------------------- */

typedef struct {
    qd_spec_t spec;
    qd_data_t data;
    int64_t *index;
    qd_batch batch;
    qd_loss loss;
    double *theta; /* for a model of this spec */
} problem;

/* DYADIC: halves from -1 to 1, so that small networks are evaluated without rounding and meet 0 often. */
typedef enum { GAUSS, DYADIC } flavour;

static double draw(flavour f, double size, qd_rng_t rng)
{
    if (f == DYADIC) return (double) qd_rng_range(rng, -2, 2) / 2;
    return (double) (float) (size * qd_rng_gauss(rng));
}

static void make_spec(qd_spec_t spec, qd_kind kind, qd_activation act, int64_t hidden, int64_t widest, qd_rng_t rng)
{
    qd_spec_init(spec);
    spec->channels = 1 + (int64_t) qd_rng_below(rng, (uint64_t) widest);
    spec->height = spec->width = 1;
    for (int64_t l = 0; l <= hidden; l++) {
        bool last = l == hidden && hidden > 0;
        bool plain = last && qd_rng_below(rng, 2);
        qd_unit *unit = qd_train__add_unit(spec, QD_UNIT_DENSE, plain ? QD_LINEAR : kind, last ? QD_IDENTITY : act,
                                           1 + (int64_t) qd_rng_below(rng, (uint64_t) widest));
        if (unit->neuron.act == QD_RAISE) unit->neuron.power = 1 + (int64_t) qd_rng_below(rng, 3);
        if (unit->neuron.act == QD_LEAKY_RELU) unit->neuron.slope = (qd_ratio){1, 4};
    }
}

static void make_data(problem *p, int64_t n, flavour f, qd_rng_t rng)
{
    qd_data_struct *data = p->data;
    bool classes = p->loss.type == QD_LOSS_CROSS_ENTROPY;
    int64_t samples = n + 3;
    qd_data_init(data);
    data->n = samples;
    data->channels = p->spec->channels;
    data->height = data->width = 1;
    data->outputs = p->spec->unit[p->spec->nunits - 1].out;
    data->x = qd_malloc((size_t) (samples * data->channels) * sizeof *data->x);
    for (int64_t i = 0; i < samples * data->channels; i++) data->x[i] = draw(f, 0.7, rng);
    if (classes) data->label = qd_malloc((size_t) samples * sizeof *data->label);
    else data->y = qd_malloc((size_t) (samples * data->outputs) * sizeof *data->y);
    for (int64_t i = 0; i < samples; i++) {
        if (classes) data->label[i] = (int32_t) qd_rng_below(rng, (uint64_t) data->outputs);
        else
            for (int64_t o = 0; o < data->outputs; o++) data->y[i * data->outputs + o] = draw(f, 1, rng);
    }
    p->index = qd_malloc((size_t) n * sizeof *p->index);
    for (int64_t i = 0; i < n; i++) p->index[i] = (int64_t) qd_rng_below(rng, (uint64_t) samples);
    p->batch = (qd_batch){data, p->index, n, NULL, seed, 0};
}

static void make_model(qd_model_t model, const problem *p, qd_dtype dtype)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_model_init(model);
    ck_assert_msg(qd_model_create(model, p->spec, dtype, p->batch.n, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    for (int64_t i = 0; p->theta != NULL && i < model->length; i++) qd_model_set_theta(model, i, p->theta[i]);
}

static void make_theta(problem *p, flavour f, qd_rng_t rng)
{
    qd_model_t model;
    p->theta = NULL;
    make_model(model, p, QD_F64);
    p->theta = qd_calloc((size_t) model->length, sizeof *p->theta);
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        for (int64_t i = 0; i < t->count; i++) p->theta[t->offset + i] = draw(f, t->bias ? 0.5 : 1 / sqrt((double) t->shape[1]), rng);
    }
    qd_model_clear(model);
}

static void problem_clear(problem *p)
{
    qd_spec_clear(p->spec);
    qd_data_clear(p->data);
    free(p->index);
    free(p->theta);
}

#define COMBINATIONS (QD_KINDS * QD_ACTIVATIONS * 3)

/* Number i of all combinations of kind, activation and loss. */
static void problem_make(problem *p, int i, int64_t hidden, int64_t widest, int64_t n, flavour f, qd_rng_t rng)
{
    p->loss = (qd_loss){(qd_loss_type) (i / (QD_KINDS * QD_ACTIVATIONS)), 0.6, qd_rng_below(rng, 2) ? 0.1 : 0};
    make_spec(p->spec, (qd_kind) (i % QD_KINDS), (qd_activation) (i / QD_KINDS % QD_ACTIVATIONS), hidden, widest, rng);
    make_data(p, n, f, rng);
    make_theta(p, f, rng);
}

/* ---- the oracle's answer ---------------------------------------------------------------------- */

typedef struct {
    oracle_sums sums;
    double *grad, *y, *squares;
} answer;

static void ask_oracle(answer *a, const problem *p, const qd_model_t model)
{
    int64_t depth = p->spec->nunits, outputs = p->data->outputs;
    oracle_layer *layer = qd_calloc((size_t) depth, sizeof *layer);
    a->grad = qd_calloc((size_t) model->length, sizeof *a->grad);
    a->y = qd_calloc((size_t) (p->batch.n * outputs), sizeof *a->y);
    a->squares = qd_calloc((size_t) depth, sizeof *a->squares);
    a->sums = (oracle_sums){.nearest = INFINITY};
    for (int64_t l = 0, k = 0; l < depth; l++) {
        const qd_unit *unit = p->spec->unit + l;
        layer[l] = (oracle_layer){unit->neuron.kind,
                                  unit->neuron.act,
                                  (int) unit->neuron.power,
                                  0.25,
                                  (int) (l > 0 ? unit[-1].out : p->spec->channels),
                                  (int) unit->out,
                                  {0},
                                  {0}};
        for (int i = 0; k < model->ntensors && model->tensor[k].unit == l; i++, k++) {
            layer[l].param[i] = p->theta + model->tensor[k].offset;
            layer[l].grad[i] = a->grad + model->tensor[k].offset;
        }
    }
    for (int64_t s = 0; s < p->batch.n; s++) {
        int64_t i = p->index[s];
        oracle_train_sample(&a->sums, a->y + s * outputs, a->squares, layer, (int) depth, p->data->x + i * p->spec->channels,
                            p->data->y != NULL ? p->data->y + i * outputs : NULL, p->data->label != NULL ? p->data->label[i] : 0, &p->loss,
                            1 / (double) p->batch.n);
    }
    free(layer);
}

static void answer_clear(answer *a)
{
    free(a->grad);
    free(a->y);
    free(a->squares);
}

static void close_to(double got, double want, double scale, double tolerance, const char *what, int64_t i)
{
    ck_assert_msg(fabs(got - want) <= tolerance * scale, "%s %ld: found %.17g, expected %.17g, QD_SEED=%lu", what, (long) i, got, want,
                  (unsigned long) seed);
}

static double largest(const double *x, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    return most;
}

static void compare(const qd_model_t model, const qd_result *result, const double *y, const answer *want, const problem *p,
                    double tolerance)
{
    const oracle_sums *sums = &want->sums;
    int64_t n = p->batch.n, outputs = p->data->outputs;
    double scale = 1 + largest(want->y, n * outputs);
    ck_assert_int_eq(result->n, n);
    ck_assert_int_eq(result->wrong, sums->wrong);
    close_to(result->loss, sums->loss, (double) n * scale * scale, tolerance, "loss", 0);
    close_to(result->squared, sums->squared, (double) n * scale * scale, tolerance, "squared", 0);
    close_to(result->largest, sums->largest, scale, tolerance, "largest", 0);
    for (int64_t i = 0; y != NULL && i < n * outputs; i++) close_to(y[i], want->y[i], scale, tolerance, "output", i);
    for (int64_t l = 0; l < p->spec->nunits; l++) {
        double rms = sqrt(want->squares[l] / (double) (n * p->spec->unit[l].out));
        close_to(model->rms[l], rms, 1 + rms, tolerance, "rms", l);
    }
    scale = 1e-3 + largest(want->grad, model->length);
    for (int64_t i = 0; i < model->length; i++) close_to(qd_model_grad(model, i), want->grad[i], scale, tolerance, "gradient", i);
}

/* ---- two roads -------------------------------------------------------------------------------- */

static void gradient(qd_model_t model, qd_result *result, const problem *p, int threads)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = threads;
    ck_assert_int_eq(qd_model_gradient(model, result, &p->batch, &p->loss, NULL, NULL, ctx), QD_OK);
}

static void evaluate(qd_model_t model, qd_result *result, double *y, const problem *p)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    *result = (qd_result){0, 0, 0, 0, 0};
    ck_assert_int_eq(qd_model_evaluate(model, result, y, &p->batch, &p->loss, ctx), QD_OK);
}

static void against_oracle(const problem *p, qd_dtype dtype, double tolerance)
{
    qd_model_t model;
    qd_result result, again;
    answer want;
    double *y = qd_malloc((size_t) (p->batch.n * p->data->outputs) * sizeof *y);
    make_model(model, p, dtype);
    ask_oracle(&want, p, model);
    gradient(model, &result, p, 1);
    evaluate(model, &again, y, p);
    compare(model, &result, y, &want, p, tolerance);
    ck_assert_mem_eq(&result, &again, sizeof result);
    answer_clear(&want);
    qd_model_clear(model);
    free(y);
}

START_TEST(double_equals_oracle)
{
    qd_rng_t rng;
    problem p;
    qd_rng_init(rng, seed, 100 + (uint64_t) _i);
    for (int k = 0; k < 4; k++) {
        flavour f = k < 2 ? GAUSS : DYADIC;
        int64_t deepest = _i / QD_KINDS % QD_ACTIVATIONS < QD_SQUARE ? 3 : 2; /* degree 6^3 is beyond doubles */
        int64_t hidden = f == DYADIC ? k - 2 : 1 + (int64_t) qd_rng_below(rng, (uint64_t) deepest);
        problem_make(&p, _i, hidden, 6, 1 + (int64_t) qd_rng_below(rng, k == 0 ? 200 : 9), f, rng);
        against_oracle(&p, QD_F64, 1e-10);
        problem_clear(&p);
    }
}
END_TEST

/* Distance of the pre-activations from 0, where derivatives jump and float and double may differ. */
static double nearest(const problem *p)
{
    qd_model_t model;
    answer want;
    make_model(model, p, QD_F64);
    ask_oracle(&want, p, model);
    double d = want.sums.nearest;
    answer_clear(&want);
    qd_model_clear(model);
    return d;
}

static void problem_away_from_zero(problem *p, int i, int64_t hidden, int64_t widest, int64_t n, double distance, qd_rng_t rng)
{
    problem_make(p, i, hidden, widest, n, GAUSS, rng);
    while (nearest(p) < distance) {
        problem_clear(p);
        problem_make(p, i, hidden, widest, n, GAUSS, rng);
    }
}

START_TEST(float_equals_oracle)
{
    qd_rng_t rng;
    problem p;
    qd_rng_init(rng, seed, 300 + (uint64_t) _i);
    problem_away_from_zero(&p, _i, 1 + (int64_t) qd_rng_below(rng, 2), 6, 1 + (int64_t) qd_rng_below(rng, 9), 1e-4, rng);
    if (p.loss.type == QD_LOSS_HUBER) p.loss.delta = 1e3; /* wrong and huber's bend are looked at in double */
    against_oracle(&p, QD_F32, 1e-4);
    problem_clear(&p);
}
END_TEST

START_TEST(central_differences)
{
    static const double step[] = {1e-5, 1e-6};
    qd_rng_t rng;
    problem p;
    qd_model_t model;
    qd_result result;
    qd_rng_init(rng, seed, 500 + (uint64_t) _i);
    problem_away_from_zero(&p, _i, 1 + (int64_t) qd_rng_below(rng, 2), 4, 1 + (int64_t) qd_rng_below(rng, 4), 1e-3, rng);
    make_model(model, &p, QD_F64);
    gradient(model, &result, &p, 1);
    double *grad = qd_malloc((size_t) model->length * sizeof *grad), scale = 1;
    for (int64_t i = 0; i < model->length; i++) scale = fmax(scale, fabs(grad[i] = qd_model_grad(model, i)));
    for (int64_t k = 0; k < model->ntensors; k++)
        for (int64_t i = model->tensor[k].offset; i < model->tensor[k].offset + model->tensor[k].count; i++) {
            double error = INFINITY;
            for (int h = 0; h < 2; h++) {
                qd_result up, down;
                qd_model_set_theta(model, i, p.theta[i] + step[h]);
                evaluate(model, &up, NULL, &p);
                qd_model_set_theta(model, i, p.theta[i] - step[h]);
                evaluate(model, &down, NULL, &p);
                error = fmin(error, fabs((up.loss - down.loss) / (2 * step[h] * (double) p.batch.n) - grad[i]));
            }
            qd_model_set_theta(model, i, p.theta[i]);
            close_to(error, 0, scale, 1e-6, "difference", i);
        }
    free(grad);
    qd_model_clear(model);
    problem_clear(&p);
}
END_TEST

/* ---- over Q ----------------------------------------------------------------------------------- */

/* A value and its derivative by one parameter. */
typedef struct {
    fmpq *v, *d;
    slong n;
} dual;

static void dual_init(dual *a, slong n)
{
    a->v = _fmpq_vec_init(n);
    a->d = _fmpq_vec_init(n);
    a->n = n;
}

static void dual_clear(dual *a)
{
    _fmpq_vec_clear(a->v, a->n);
    _fmpq_vec_clear(a->d, a->n);
}

static slong monomials(slong n)
{
    return 1 + n + n * (n + 1) / 2;
}

/* m = 1, a_j, a_i a_j (i <= j), the monomials of qd_lowered_expand. */
static void dual_monomials(dual *m, const dual *a)
{
    fmpq_one(m->v);
    fmpq_zero(m->d);
    for (slong j = 0; j < a->n; j++) {
        fmpq_set(m->v + 1 + j, a->v + j);
        fmpq_set(m->d + 1 + j, a->d + j);
    }
    for (slong i = 0, k = 1 + a->n; i < a->n; i++)
        for (slong j = i; j < a->n; j++, k++) {
            fmpq_mul(m->v + k, a->v + i, a->v + j);
            fmpq_mul(m->d + k, a->v + i, a->d + j);
            fmpq_addmul(m->d + k, a->d + i, a->v + j);
        }
}

/* The active piece of an activation, in place. */
static void dual_activate(fmpq_t v, fmpq_t d, const qd_layer_struct *layer)
{
    fmpq_t factor;
    fmpq_init(factor);
    fmpq_one(factor);
    int sign = fmpq_sgn(v);
    if (layer->neuron.act == QD_RELU && sign <= 0) fmpq_zero(factor);
    if (layer->neuron.act == QD_LEAKY_RELU && sign <= 0) fmpq_set(factor, layer->slope);
    if (layer->neuron.act == QD_ABS) fmpq_set_si(factor, sign, 1);
    if (layer->neuron.act == QD_SQUARE || layer->neuron.act == QD_RAISE) {
        fmpq_pow_si(factor, v, layer->neuron.power - 1);
        fmpq_mul_si(d, d, layer->neuron.power);
    }
    fmpq_mul(d, d, factor);
    fmpq_mul(v, v, factor);
    fmpq_clear(factor);
}

/* x = v, which is a multiple of 1/4. */
static void set_dyadic(fmpq_t x, double v)
{
    fmpq_set_si(x, (slong) (4 * v), 4);
    fmpq_canonicalise(x);
}

static void to_net(qd_net_t net, const problem *p, const qd_model_t model)
{
    qd_net_init(net);
    for (int64_t l = 0, k = 0; l < p->spec->nunits; l++) {
        const qd_unit *unit = p->spec->unit + l;
        int64_t in = l > 0 ? unit[-1].out : p->spec->channels;
        qd_layer_struct *layer = qd_net_add_layer(net, unit->neuron, in, unit->out);
        if (unit->neuron.act == QD_LEAKY_RELU) fmpq_set_si(layer->slope, 1, 4);
        for (int i = 0; i < qd_kind_get(unit->neuron.kind)->nparams; i++, k++)
            for (slong j = 0; j < model->tensor[k].count; j++) set_dyadic(layer->param[i] + j, p->theta[model->tensor[k].offset + j]);
    }
}

/* Polynomial of neuron u of layer l, expanded. */
static void expand(fmpq *c, const qd_net_t net, slong l, slong u)
{
    qd_lowered_t low;
    qd_lowered_init(low);
    qd_net_lower(low, net);
    qd_lowered_expand(c, low->layer[l].unit + u, low->layer[l].in);
    qd_lowered_clear(low);
}

/* One parameter: a neuron's polynomial is linear in it, so change (the difference when it grows by 1) is the derivative. */
typedef struct {
    slong layer, unit;
    fmpq *change;
} direction;

static void dual_run(dual *y, const qd_net_t net, const double *x, const direction *by)
{
    dual a;
    dual_init(&a, net->input_dim);
    for (slong j = 0; j < a.n; j++) set_dyadic(a.v + j, x[j]);
    for (slong l = 0; l < net->depth; l++) {
        dual m, next;
        slong terms = monomials(a.n);
        fmpq *c = _fmpq_vec_init(terms);
        dual_init(&m, terms);
        dual_init(&next, net->layer[l].out);
        dual_monomials(&m, &a);
        for (slong u = 0; u < next.n; u++) {
            expand(c, net, l, u);
            bool here = by->layer == l && by->unit == u;
            for (slong k = 0; k < terms; k++) {
                fmpq_addmul(next.v + u, c + k, m.v + k);
                fmpq_addmul(next.d + u, c + k, m.d + k);
                if (here) fmpq_addmul(next.d + u, by->change + k, m.v + k);
            }
            dual_activate(next.v + u, next.d + u, net->layer + l);
        }
        _fmpq_vec_clear(c, terms);
        dual_clear(&m);
        dual_clear(&a);
        a = next;
    }
    *y = a;
}

/* Exact derivative of the mean squared loss of the batch. */
static double exact_derivative(const qd_net_t net, const problem *p, const direction *by)
{
    fmpq_t sum, e;
    fmpq_init(sum);
    fmpq_init(e);
    int64_t outputs = p->data->outputs;
    for (int64_t s = 0; s < p->batch.n; s++) {
        dual y;
        dual_run(&y, net, p->data->x + p->index[s] * p->spec->channels, by);
        for (int64_t o = 0; o < outputs; o++) {
            set_dyadic(e, p->data->y[p->index[s] * outputs + o]);
            fmpq_sub(e, y.v + o, e);
            fmpq_addmul(sum, e, y.d + o);
        }
        dual_clear(&y);
    }
    double d = 2 * fmpq_get_d(sum) / (double) (outputs * p->batch.n);
    fmpq_clear(sum);
    fmpq_clear(e);
    return d;
}

static void gradient_is_exact(const qd_model_t model, const problem *p, qd_net_t net)
{
    double scale = 1e-3;
    for (int64_t i = 0; i < model->length; i++) scale = fmax(scale, fabs(qd_model_grad(model, i)));
    for (int64_t k = 0; k < model->ntensors; k++) {
        const qd_tensor *t = model->tensor + k;
        qd_layer_struct *layer = net->layer + t->unit;
        int param = qd_layer_param(layer, strrchr(t->name, '.') + 1);
        slong terms = monomials(layer->in), row = t->count / t->shape[0];
        fmpq *before = _fmpq_vec_init(terms), *after = _fmpq_vec_init(terms);
        for (slong i = 0; i < t->count; i++) {
            direction by = {t->unit, i / row, after};
            expand(before, net, by.layer, by.unit);
            fmpq_add_si(layer->param[param] + i, layer->param[param] + i, 1);
            expand(after, net, by.layer, by.unit);
            fmpq_sub_si(layer->param[param] + i, layer->param[param] + i, 1);
            for (slong j = 0; j < terms; j++) fmpq_sub(after + j, after + j, before + j);
            close_to(qd_model_grad(model, t->offset + i), exact_derivative(net, p, &by), scale, 1e-13, t->name, i);
        }
        _fmpq_vec_clear(before, terms);
        _fmpq_vec_clear(after, terms);
    }
}

/* Weights and inputs are halves and the network is small: doubles hold every output without rounding. */
START_TEST(equals_exact_network)
{
    qd_rng_t rng;
    problem p;
    qd_model_t model;
    qd_result result;
    qd_net_t net;
    qd_vec_t x, y;
    qd_ctx_t ctx;
    qd_rng_init(rng, seed, 700 + (uint64_t) _i);
    bool deep = _i % 2 && _i / QD_KINDS % QD_ACTIVATIONS < QD_SQUARE;
    problem_make(&p, _i, deep ? 2 : 1, 3, 1 + (int64_t) qd_rng_below(rng, 3), DYADIC, rng);
    make_model(model, &p, QD_F64);
    to_net(net, &p, model);
    double *out = qd_malloc((size_t) (p.batch.n * p.data->outputs) * sizeof *out);
    evaluate(model, &result, out, &p);
    gradient(model, &result, &p, 1);
    qd_ctx_init(ctx);
    qd_vec_init(x);
    qd_vec_init(y);
    for (int64_t s = 0; s < p.batch.n; s++) {
        qd_vec_resize(x, p.spec->channels);
        for (slong j = 0; j < x->n; j++) set_dyadic(x->e + j, p.data->x[p.index[s] * x->n + j]);
        ck_assert_int_eq(qd_net_eval(y, NULL, net, x, ctx), QD_OK);
        for (slong o = 0; o < y->n; o++) close_to(out[s * y->n + o], fmpq_get_d(y->e + o), 0, 0, "exact output", o);
    }
    gradient_is_exact(model, &p, net);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_net_clear(net);
    qd_model_clear(model);
    problem_clear(&p);
    free(out);
}
END_TEST

/* ---- large enough for several threads and the libraries' large products ------------------------- */

static void large_problem(problem *p, qd_kind kind, qd_loss_type loss, qd_rng_t rng)
{
    static const int64_t widths[] = {70, 130, 90, 3};
    p->loss = (qd_loss){loss, 1, 0};
    qd_spec_init(p->spec);
    qd_spec_dense(p->spec, widths, 3, qd_neuron_make(kind, QD_RELU));
    make_data(p, 333, GAUSS, rng);
    make_theta(p, GAUSS, rng);
    qd_model_t model;
    make_model(model, p, QD_F64);
    for (int64_t k = 0; k < model->ntensors; k++) /* a triangle's row is longer than its neuron's fan-in */
        for (int64_t i = 0; i < model->tensor[k].count; i++) p->theta[model->tensor[k].offset + i] *= model->tensor[k].bias ? 1 : 0.25;
    qd_model_clear(model);
}

START_TEST(large_equals_oracle)
{
    qd_rng_t rng;
    problem p;
    qd_rng_init(rng, seed, 900 + (uint64_t) _i);
    large_problem(&p, (qd_kind) _i, QD_LOSS_SQUARED, rng);
    against_oracle(&p, QD_F64, 1e-11);
    against_oracle(&p, QD_F32, 1e-3);
    problem_clear(&p);
}
END_TEST

static void train(qd_model_t model, qd_result *result, const problem *p, qd_dtype dtype, int threads)
{
    qd_optim_spec spec;
    qd_optim_t opt;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = threads;
    make_model(model, p, dtype);
    qd_optim_defaults(&spec, QD_ADAM);
    qd_optim_init(opt);
    qd_optim_start(opt, &spec, model);
    for (int k = 0; k < 3; k++) ck_assert_int_eq(qd_optim_step(opt, model, result, &p->batch, &p->loss, ctx), QD_OK);
    qd_optim_clear(opt);
}

START_TEST(threads_change_no_bit)
{
    qd_rng_t rng;
    problem p;
    qd_dtype dtype = _i % 2 ? QD_F32 : QD_F64;
    size_t size = dtype == QD_F32 ? sizeof(float) : sizeof(double);
    qd_rng_init(rng, seed, 950 + (uint64_t) _i);
    large_problem(&p, (qd_kind) (_i / 2), _i % 4 < 2 ? QD_LOSS_SQUARED : QD_LOSS_CROSS_ENTROPY, rng);
    qd_model_t one;
    qd_result first;
    train(one, &first, &p, dtype, 1);
    for (int threads = 1; threads <= 3; threads++) {
        qd_model_t model;
        qd_result result;
        train(model, &result, &p, dtype, threads);
        ck_assert_msg(!memcmp(one->theta, model->theta, size * (size_t) one->length), "theta differs, %d threads", threads);
        ck_assert_msg(!memcmp(one->grad, model->grad, size * (size_t) one->length), "gradient differs, %d threads", threads);
        ck_assert_mem_eq(&first, &result, sizeof first);
        ck_assert_mem_eq(one->rms, model->rms, sizeof *one->rms * (size_t) p.spec->nunits);
        qd_model_clear(model);
    }
    qd_model_clear(one);
    problem_clear(&p);
}
END_TEST

/* ---- ranges ----------------------------------------------------------------------------------- */

typedef struct {
    pthread_mutex_t lock;
    const qd_model_struct *model;
    int *seen; /* by 16 numbers */
} ranges;

static void note_range(void *arg, int64_t offset, int64_t count)
{
    ranges *r = arg;
    pthread_mutex_lock(&r->lock);
    ck_assert_int_eq(offset % 16, 0);
    ck_assert_int_eq(count % 16, 0);
    ck_assert(count > 0 && offset >= 0 && offset + count <= r->model->length);
    for (int64_t k = 0; k < r->model->ntensors; k++) {
        const qd_tensor *t = r->model->tensor + k;
        ck_assert_msg(offset >= t->offset || offset + count <= t->offset, "a range reaches into %s", t->name);
    }
    for (int64_t i = offset; i < offset + count; i += 16) r->seen[i / 16]++;
    pthread_mutex_unlock(&r->lock);
}

START_TEST(every_range_once)
{
    qd_rng_t rng;
    problem p;
    qd_model_t model;
    qd_result result;
    qd_ctx_t ctx;
    qd_rng_init(rng, seed, 1000 + (uint64_t) _i);
    if (_i < QD_KINDS) large_problem(&p, (qd_kind) _i, QD_LOSS_SQUARED, rng);
    else problem_make(&p, _i % COMBINATIONS, 2, 6, 5, GAUSS, rng);
    make_model(model, &p, QD_F32);
    qd_ctx_init(ctx);
    ctx->threads = 2;
    ranges r = {PTHREAD_MUTEX_INITIALIZER, model, qd_calloc((size_t) model->length / 16, sizeof *r.seen)};
    ck_assert_int_eq(qd_model_gradient(model, &result, &p.batch, &p.loss, note_range, &r, ctx), QD_OK);
    for (int64_t i = 0; i < model->length / 16; i++) ck_assert_msg(r.seen[i] == 1, "block %ld: %d times", (long) i, r.seen[i]);
    free(r.seen);
    qd_model_clear(model);
    problem_clear(&p);
}
END_TEST

/* ---- numbers that are not finite ---------------------------------------------------------------- */

START_TEST(overflow_is_seen)
{
    qd_rng_t rng;
    problem p;
    qd_model_t model;
    qd_result result;
    qd_rng_init(rng, seed, 1200 + (uint64_t) _i);
    problem_make(&p, _i, 2, 4, 5, GAUSS, rng);
    make_model(model, &p, QD_F32);
    for (int64_t k = 0; k < p.data->n * p.data->channels; k++) p.data->x[k] = 1e300;
    gradient(model, &result, &p, 1); /* relu may hide it from the loss */
    ck_assert_msg(!isfinite(model->rms[0]), "rms %g", model->rms[0]);
    for (int64_t k = 0; k < p.data->n * p.data->channels; k++) p.data->x[k] = NAN;
    gradient(model, &result, &p, 1);
    ck_assert_msg(isnan(result.loss) && isnan(model->rms[0]), "loss %g, rms %g", result.loss, model->rms[0]);
    ck_assert(p.loss.type == QD_LOSS_CROSS_ENTROPY ? result.wrong == 5 : isnan(result.largest));
    qd_model_clear(model);
    problem_clear(&p);
}
END_TEST

/* A sum of squares beyond float's range is no reason to call a run collapsed. */
START_TEST(large_is_finite)
{
    qd_rng_t rng;
    problem p;
    qd_model_t model;
    qd_result result;
    qd_rng_init(rng, seed, 1300);
    problem_make(&p, 0, 1, 4, 5, GAUSS, rng);
    for (int64_t k = 0; k < p.data->n * p.data->channels; k++) p.data->x[k] = 1e25;
    make_model(model, &p, QD_F32);
    evaluate(model, &result, NULL, &p);
    ck_assert(isfinite(result.loss) && isfinite(model->rms[0]) && model->rms[0] > 1e22);
    qd_model_clear(model);
    problem_clear(&p);
}
END_TEST

/* ---- known values ------------------------------------------------------------------------------- */

static const struct {
    qd_loss_type type;
    double delta, residual, loss, slope;
} losses[] = {
    {QD_LOSS_HUBER, 1, 0.5, 0.125, 0.5}, {QD_LOSS_HUBER, 1, -0.5, 0.125, -0.5},     {QD_LOSS_HUBER, 1, 1, 0.5, 1},
    {QD_LOSS_HUBER, 1, 3, 2.5, 1},       {QD_LOSS_HUBER, 0.25, -2, 0.46875, -0.25}, {QD_LOSS_SQUARED, 1, -2, 4, -4},
};

/* The output is the bias, the target is 0. */
START_TEST(loss_of_one_residual)
{
    problem p = {.loss = {losses[_i].type, losses[_i].delta, 0}};
    qd_spec_init(p.spec);
    p.spec->channels = p.spec->height = p.spec->width = 1;
    qd_train__add_unit(p.spec, QD_UNIT_DENSE, QD_LINEAR, QD_IDENTITY, 1);
    qd_rng_t rng;
    qd_rng_init(rng, seed, 1400);
    make_data(&p, 1, GAUSS, rng);
    p.data->y[p.index[0]] = 0;
    for (int single = 0; single < 2; single++) {
        qd_model_t model;
        qd_result result = {0};
        make_model(model, &p, single ? QD_F32 : QD_F64);
        int64_t bias = qd_train__tensor(model, 0, "b")->offset;
        qd_model_set_theta(model, bias, losses[_i].residual);
        gradient(model, &result, &p, 1);
        ck_assert_double_eq(result.loss, losses[_i].loss);
        ck_assert_double_eq(qd_model_grad(model, bias), losses[_i].slope);
        ck_assert_double_eq(result.squared, losses[_i].residual * losses[_i].residual);
        qd_model_clear(model);
    }
    problem_clear(&p);
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_set_timeout(tc, 300);
    suite_add_tcase(suite, tc);
    return tc;
}

int main(void)
{
    seed = test_seed();
    Suite *suite = suite_create("train_dense");
    TCase *tc = new_case(suite, "oracle");
    tcase_add_loop_test(tc, double_equals_oracle, 0, COMBINATIONS);
    tcase_add_loop_test(tc, float_equals_oracle, 0, COMBINATIONS);
    tcase_add_loop_test(tc, large_equals_oracle, 0, QD_KINDS);
    tcase_add_loop_test(tc, loss_of_one_residual, 0, (int) (sizeof losses / sizeof *losses));
    tc = new_case(suite, "derivatives");
    tcase_add_loop_test(tc, central_differences, 0, COMBINATIONS);
    tcase_add_loop_test(tc, equals_exact_network, 0, QD_KINDS * QD_ACTIVATIONS);
    tc = new_case(suite, "threads");
    tcase_add_loop_test(tc, threads_change_no_bit, 0, 2 * QD_KINDS);
    tcase_add_loop_test(tc, every_range_once, 0, 4 * QD_KINDS);
    tc = new_case(suite, "not finite");
    tcase_add_loop_test(tc, overflow_is_seen, 0, COMBINATIONS);
    tcase_add_test(tc, large_is_finite);
    int failed = test_run(suite);
    flint_cleanup_master();
    return failed;
}
