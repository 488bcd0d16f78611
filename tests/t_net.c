/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks: text and back, exact values against the oracle, lowering against an expansion written here, random
   networks, and what is said of files that are no network. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/net.h"
#include "shared/network.h"
#include "shared/suite.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static uint64_t seed;
static slong multiplier;

/* ---- random networks that like to degenerate ------------------------------------------------- */

static void draw_huge(fmpq_t x, qd_rng_t rng)
{
    fmpz_t h;
    fmpz_init(h);
    fmpz_set_ui(h, 10);
    fmpz_pow_ui(h, h, 1 + qd_rng_below(rng, 400));
    fmpz_add_si(h, h, qd_rng_range(rng, -1, 1));
    fmpq_set_si(x, qd_rng_range(rng, -9, 9), 1);
    if (qd_rng_below(rng, 2)) fmpq_mul_fmpz(x, x, h);
    else fmpq_div_fmpz(x, x, h);
    fmpz_clear(h);
}

static void draw(fmpq_t x, int flavour, qd_rng_t rng)
{
    static const slong small[] = {0, 0, 0, 1, -1, 1, -1, 2, -2, 3};
    if (flavour == 3 && qd_rng_below(rng, 2)) {
        draw_huge(x, rng);
        return;
    }
    if (flavour == 1) fmpq_set_si(x, qd_rng_range(rng, -8, 8), 8);
    else if (flavour == 2) fmpq_set_si(x, qd_rng_range(rng, -50, 50), 1 + qd_rng_below(rng, 50));
    else fmpq_set_si(x, small[qd_rng_below(rng, 10)], 1);
    fmpq_canonicalise(x);
}

static char *draw_text(qd_rng_t rng)
{
    static const char *const texts[] = {
        "",
        "plain",
        "\"quoted\" and \\ and /",
        "tab\tline\nreturn\rbell\a\x01\x1f",
        "gr\xC3\xBC\xC3\x9F dich",
        "\xD0\xBA\xD0\xBB\xD1\x8E\xD1\x87",
        "\xE6\x97\xA5\xE6\x9C\xAC",
        "\xF0\x9F\x99\x82 and \x7f",
        "{\"input_dim\": 1}",
        "'%s%n'",
    };
    qd_buf_t b;
    qd_buf_init(b);
    for (uint64_t n = 1 + qd_rng_below(rng, 3); n > 0; n--) qd_buf_puts(b, texts[qd_rng_below(rng, COUNT(texts))]);
    char *s = qd_strdup(qd_buf_str(b));
    qd_buf_clear(b);
    return s;
}

static void random_net(qd_net_t net, qd_rng_t rng)
{
    qd_net_t t;
    slong in = 1 + (slong) qd_rng_below(rng, 4), depth = 1 + (slong) qd_rng_below(rng, 3);
    int flavour = (int) qd_rng_below(rng, 4);
    qd_net_init(t);
    if (qd_rng_below(rng, 3) == 0) t->name = draw_text(rng);
    if (qd_rng_below(rng, 3) == 0) t->comment = draw_text(rng);
    for (slong l = 0; l < depth; l++) {
        qd_activation act = (qd_activation) qd_rng_below(rng, QD_ACTIVATIONS);
        qd_neuron neuron = qd_neuron_make(QD_LINEAR, act);
        if (act == QD_RAISE) neuron.power = 1 + (int64_t) qd_rng_below(rng, 4);
        neuron.kind = (qd_kind) qd_rng_below(rng, QD_KINDS);
        qd_layer_struct *layer = qd_net_add_layer(t, neuron, in, 1 + (slong) qd_rng_below(rng, 4));
        const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
        if (act == QD_LEAKY_RELU) draw(layer->slope, flavour, rng);
        for (int k = 0; k < info->nparams; k++)
            for (slong i = 0; i < layer->out * qd_shape_length(info->param[k].shape, in); i++) draw(layer->param[k] + i, flavour, rng);
        in = layer->out;
    }
    qd_net_swap(net, t);
    qd_net_clear(t);
}

static void random_point(qd_vec_t x, slong n, qd_rng_t rng)
{
    int flavour = (int) qd_rng_below(rng, 3);
    qd_vec_resize(x, n);
    for (slong i = 0; i < n; i++) draw(x->e + i, flavour, rng);
}

/* ---- the oracle ------------------------------------------------------------------------------ */

static void naive_eval(qd_vec_t y, char *pattern, const qd_net_t net, const qd_vec_t x)
{
    oracle_net *o = to_oracle(net);
    mpq_t *a = malloc(sizeof *a * (size_t) x->n), *b = malloc(sizeof *b * (size_t) qd_net_output_dim(net));
    for (slong i = 0; i < x->n; i++) {
        mpq_init(a[i]);
        fmpq_get_mpq(a[i], x->e + i);
    }
    for (slong i = 0; i < qd_net_output_dim(net); i++) mpq_init(b[i]);
    oracle_eval(b, pattern, o, a);
    qd_vec_resize(y, qd_net_output_dim(net));
    for (slong i = 0; i < y->n; i++) fmpq_set_mpq(y->e + i, b[i]);
    for (slong i = 0; i < x->n; i++) mpq_clear(a[i]);
    for (slong i = 0; i < y->n; i++) mpq_clear(b[i]);
    free(a);
    free(b);
    oracle_net_free(o);
}

static void print_case(const qd_net_t net, const qd_vec_t x)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_net_print(b, net);
    fprintf(stderr, "%sat", qd_buf_str(b));
    for (slong i = 0; x != NULL && i < x->n; i++) {
        char *s = fmpq_get_str(NULL, 10, x->e + i);
        fprintf(stderr, " %s", s);
        flint_free(s);
    }
    fputs("\n", stderr);
    qd_buf_clear(b);
}

/* The condition is evaluated twice. */
#define AGREE(condition, ...)                                                                                                              \
    do {                                                                                                                                   \
        if (!(condition)) print_case(net, x);                                                                                              \
        ck_assert_msg(condition, __VA_ARGS__);                                                                                             \
    } while (0)

/* ---- evaluation ------------------------------------------------------------------------------ */

static void compare_eval(const qd_net_t net, const qd_vec_t x)
{
    qd_vec_t y, z;
    qd_ctx_t ctx;
    qd_lowered_t low;
    slong zeros = -1;
    size_t room = (size_t) qd_net_nswitching(net) + 1;
    char *p = malloc(room), *q = malloc(room);
    qd_vec_init(y);
    qd_vec_init(z);
    qd_ctx_init(ctx);
    qd_lowered_init(low);
    naive_eval(y, p, net, x);
    ck_assert_msg(qd_net_eval(z, q, net, x, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    AGREE(qd_vec_equal(y, z), "another value");
    AGREE(strcmp(p, q) == 0, "pattern %s, oracle %s", q, p);
    qd_net_lower(low, net);
    ck_assert_int_eq(qd_lowered_run(NULL, NULL, &zeros, low, x, ctx), QD_OK);
    ck_assert_int_le(0, zeros);
    qd_vec_set(z, x);
    ck_assert_int_eq(qd_net_eval(z, NULL, net, z, ctx), QD_OK); /* output is input */
    AGREE(qd_vec_equal(y, z), "another value when the output is the input");
    qd_lowered_clear(low);
    qd_vec_clear(y);
    qd_vec_clear(z);
    free(p);
    free(q);
}

/* Changes a bias (product: one of the two) so that the pre-activation of unit u in layer l is exactly 0 at x. */
static void make_zero(qd_net_t net, slong l, slong u, const qd_vec_t x)
{
    qd_net_t head;
    qd_vec_t a, z;
    qd_layer_struct *layer = net->layer + l;
    qd_net_init(head);
    qd_vec_init(a);
    qd_vec_init(z);
    qd_vec_set(a, x);
    for (slong k = 0; k <= l; k++) {
        const qd_layer_struct *from = net->layer + k;
        qd_layer_struct *to = qd_net_add_layer(head, from->neuron, from->in, from->out);
        fmpq_set(to->slope, from->slope);
        for (int i = 0; i < qd_kind_get(from->neuron.kind)->nparams; i++)
            for (slong j = 0; j < from->out * qd_shape_length(qd_kind_get(from->neuron.kind)->param[i].shape, from->in); j++)
                fmpq_set(to->param[i] + j, from->param[i] + j);
        if (k == l) break;
        naive_eval(a, NULL, head, x);
    }
    if (layer->neuron.kind == QD_PRODUCT) {
        fmpq *b = qd_layer_at(layer, qd_layer_param(layer, "br"), u, 0);
        fmpq_zero(b);
        for (slong j = 0; j < layer->in; j++) fmpq_submul(b, qd_layer_at(layer, qd_layer_param(layer, "wr"), u, j), a->e + j);
    } else {
        fmpq *b = qd_layer_at(layer, qd_kind_get(layer->neuron.kind)->nparams - 1, u, 0); /* "b" or "c" */
        head->layer[l].neuron.act = QD_IDENTITY;
        head->layer[l].neuron.power = 1;
        naive_eval(z, NULL, head, x);
        fmpq_sub(b, b, z->e + u);
    }
    qd_net_clear(head);
    qd_vec_clear(a);
    qd_vec_clear(z);
}

START_TEST(eval_equals_oracle)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_vec_t x;
    qd_rng_init(rng, seed, (uint64_t) _i);
    qd_net_init(net);
    qd_vec_init(x);
    for (slong k = 0; k < 60 * multiplier; k++) {
        random_net(net, rng);
        random_point(x, net->input_dim, rng);
        compare_eval(net, x);
    }
    qd_net_clear(net);
    qd_vec_clear(x);
}
END_TEST

START_TEST(eval_where_a_preactivation_is_zero)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_vec_t x;
    qd_ctx_t ctx;
    qd_lowered_t low;
    qd_rng_init(rng, seed, 1000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_lowered_init(low);
    qd_vec_init(x);
    for (slong k = 0; k < 60 * multiplier; k++) {
        random_net(net, rng);
        random_point(x, net->input_dim, rng);
        slong l = (slong) qd_rng_below(rng, (uint64_t) net->depth), bit = 0, zeros;
        slong u = (slong) qd_rng_below(rng, (uint64_t) net->layer[l].out);
        make_zero(net, l, u, x);
        compare_eval(net, x);
        if (!qd_activation_switches(net->layer[l].neuron.act)) continue;
        char *p = malloc((size_t) qd_net_nswitching(net) + 1);
        for (slong i = 0; i < l; i++)
            if (qd_activation_switches(net->layer[i].neuron.act)) bit += net->layer[i].out;
        qd_net_lower(low, net);
        ck_assert_int_eq(qd_lowered_run(NULL, p, &zeros, low, x, ctx), QD_OK);
        AGREE(p[bit + u] == '0', "unit %ld of layer %ld is active where its pre-activation is 0", u, l);
        AGREE(zeros >= 1, "no pre-activation is 0");
        free(p);
    }
    qd_lowered_clear(low);
    qd_net_clear(net);
    qd_vec_clear(x);
}
END_TEST

START_TEST(eval_fails)
{
    qd_net_t net;
    qd_vec_t x, y;
    qd_ctx_t ctx;
    qd_net_init(net);
    qd_vec_init(x);
    qd_vec_init(y);
    qd_ctx_init(ctx);
    for (int l = 0; l < 9; l++) fmpq_set_si(qd_net_add_layer(net, qd_neuron_raise(QD_LINEAR, 64), 1, 1)->param[0], 1, 1);
    qd_vec_resize(x, 2);
    qd_vec_resize(y, 1);
    fmpq_set_si(y->e, 5, 7);
    ck_assert_int_eq(qd_net_eval(y, NULL, net, x, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the point has 2 coordinates, the network takes 1");
    qd_ctx_forget(ctx);
    qd_vec_resize(x, 1);
    fmpq_set_si(x->e, -1, 1);
    ck_assert_int_eq(qd_net_eval(y, NULL, net, x, ctx), QD_OK); /* 1 to any power */
    ck_assert(fmpq_is_one(y->e));
    fmpq_set_si(x->e, 2, 3);
    fmpq_set_si(y->e, 5, 7);
    ck_assert_int_eq(qd_net_eval(y, NULL, net, x, ctx), QD_EUNABLE);
    ck_assert_msg(strstr(qd_ctx_message(ctx), " bits, more than the 2.68e+08 that are tried") != NULL, "%s", qd_ctx_message(ctx));
    qd_ctx_init(ctx);
    ctx->max_seconds = 1e-9;
    ck_assert_int_eq(qd_net_eval(y, NULL, net, x, ctx), QD_EUNABLE);
    ck_assert_str_eq(qd_ctx_message(ctx), "the time budget of 1e-09 s is used up");
    ck_assert_int_eq(y->n, 1);
    ck_assert(fmpz_equal_si(fmpq_numref(y->e), 5) && fmpz_equal_si(fmpq_denref(y->e), 7));
    qd_net_clear(net);
    qd_vec_clear(x);
    qd_vec_clear(y);
}
END_TEST

/* ---- lowering -------------------------------------------------------------------------------- */

/* What the kinds say, term by term. q[i][j], i <= j, is the coefficient of a_i a_j. */
typedef struct {
    fmpq_t constant, linear[4], q[4][4];
} expansion;

static bool has(const qd_layer_struct *layer, qd_role role)
{
    return qd_kind_find(layer->neuron.kind, role) >= 0;
}

static const fmpq *at(const qd_layer_struct *layer, qd_role role, slong u, slong j)
{
    return qd_layer_at(layer, qd_kind_find(layer->neuron.kind, role), u, j);
}

static void add_product(expansion *e, const qd_layer_struct *layer, slong u)
{
    for (slong i = 0; i < layer->in; i++)
        for (slong j = 0; j < layer->in; j++)
            fmpq_addmul(e->q[i < j ? i : j][i < j ? j : i], at(layer, QD_ROLE_R, u, i), at(layer, QD_ROLE_G, u, j));
}

static void add_biases(expansion *e, const qd_layer_struct *layer, slong u)
{
    const fmpq *br = at(layer, QD_ROLE_R0, u, 0), *bg = at(layer, QD_ROLE_G0, u, 0);
    for (slong i = 0; i < layer->in; i++) {
        fmpq_addmul(e->linear[i], at(layer, QD_ROLE_R, u, i), bg);
        fmpq_addmul(e->linear[i], at(layer, QD_ROLE_G, u, i), br);
    }
    fmpq_addmul(e->constant, br, bg);
}

static void expand(expansion *e, const qd_layer_struct *layer, slong u)
{
    if (has(layer, QD_ROLE_R)) add_product(e, layer, u);
    if (has(layer, QD_ROLE_R0)) add_biases(e, layer, u);
    for (slong i = 0, k = 0; i < layer->in; i++)
        for (slong j = i; j < layer->in && has(layer, QD_ROLE_T); j++) fmpq_add(e->q[i][j], e->q[i][j], at(layer, QD_ROLE_T, u, k++));
    for (slong i = 0; i < layer->in; i++) {
        if (has(layer, QD_ROLE_S)) fmpq_add(e->q[i][i], e->q[i][i], at(layer, QD_ROLE_S, u, i));
        if (has(layer, QD_ROLE_W)) fmpq_add(e->linear[i], e->linear[i], at(layer, QD_ROLE_W, u, i));
    }
    if (has(layer, QD_ROLE_B)) fmpq_add(e->constant, e->constant, at(layer, QD_ROLE_B, u, 0));
}

static void compare_expansion(const qd_net_t net, const qd_layer_struct *layer, slong u, const qd_lowered_unit *unit)
{
    const qd_vec_struct *x = NULL;
    slong n = layer->in, length = 1 + n + n * (n + 1) / 2, k = 1 + n;
    expansion e;
    fmpq_init(e.constant);
    for (int i = 0; i < 4; i++) fmpq_init(e.linear[i]);
    for (int i = 0; i < 16; i++) fmpq_init(e.q[i / 4][i % 4]);
    fmpq *c = _fmpq_vec_init(length);
    for (slong i = 0; i < length; i++) fmpq_set_si(c + i, 9, 7); /* to be overwritten */
    expand(&e, layer, u);
    qd_lowered_expand(c, unit, n);
    AGREE(fmpq_equal(c, e.constant), "constant");
    for (slong i = 0; i < n; i++) AGREE(fmpq_equal(c + 1 + i, e.linear[i]), "coefficient of a_%ld", i);
    for (slong i = 0; i < n; i++)
        for (slong j = i; j < n; j++, k++) AGREE(fmpq_equal(c + k, e.q[i][j]), "coefficient of a_%ld a_%ld", i, j);
    for (slong i = 0; i < unit->nterms; i++) {
        AGREE(!fmpq_is_zero(unit->term[i].c), "a term with coefficient 0");
        AGREE(unit->term[i].i <= unit->term[i].j, "a term below the diagonal");
    }
    _fmpq_vec_clear(c, length);
    fmpq_clear(e.constant);
    for (int i = 0; i < 4; i++) fmpq_clear(e.linear[i]);
    for (int i = 0; i < 16; i++) fmpq_clear(e.q[i / 4][i % 4]);
}

/* Of the products of parameters: one with a constant factor is none. */
static int true_degree(const qd_lowered_layer *layer)
{
    int degree = 1;
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        bool r = false, g = false;
        for (slong i = 0; unit->r != NULL && i < layer->in; i++) {
            r = r || !fmpq_is_zero(unit->r + i);
            g = g || !fmpq_is_zero(unit->g + i);
        }
        if (unit->nterms > 0 || (r && g)) degree = 2;
    }
    return degree;
}

START_TEST(lowering)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_lowered_t low, parts;
    qd_rng_init(rng, seed, 2000 + (uint64_t) _i);
    qd_net_init(net);
    qd_lowered_init(low);
    qd_lowered_init(parts);
    for (slong k = 0; k < 100 * multiplier; k++) {
        random_net(net, rng);
        qd_net_lower(low, net);
        qd_net_lower_parameters(parts, net);
        ck_assert_int_eq(low->input_dim, net->input_dim);
        ck_assert_int_eq(low->depth, net->depth);
        for (slong l = 0; l < net->depth; l++) {
            const qd_layer_struct *layer = net->layer + l;
            ck_assert_int_eq(low->layer[l].degree, true_degree(parts->layer + l));
            ck_assert_int_eq(parts->layer[l].degree, layer->neuron.kind == QD_LINEAR ? 1 : 2);
            ck_assert_int_eq(low->layer[l].power, layer->neuron.power);
            ck_assert_int_eq(low->layer[l].nswitching, qd_activation_switches(layer->neuron.act) ? layer->out : 0);
            for (slong u = 0; u < layer->out; u++) {
                const qd_lowered_unit *unit = low->layer[l].unit + u;
                ck_assert_int_eq(unit->act, layer->neuron.act);
                ck_assert_int_eq(unit->power, layer->neuron.power);
                ck_assert(fmpq_equal(unit->slope, layer->slope));
                compare_expansion(net, layer, u, unit);
                compare_expansion(net, layer, u, parts->layer[l].unit + u);
            }
        }
    }
    qd_lowered_clear(low);
    qd_lowered_clear(parts);
    qd_net_clear(net);
}
END_TEST

/* ---- gradient -------------------------------------------------------------------------------- */

#define SHIFT 3000 /* a parameter moves by 2^-SHIFT: no switching unit with a pre-activation other than 0 notices */
#define CLOSE 1500 /* the difference quotient is as near as 2^-CLOSE */

/* Small numbers and degrees. */
static void tame_net(qd_net_t net, qd_rng_t rng)
{
    for (double degree = 33; degree > 32;) {
        random_net(net, rng);
        degree = 1;
        for (slong l = 0; l < net->depth; l++) {
            qd_layer_struct *layer = net->layer + l;
            const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
            degree *= 2 * (double) layer->neuron.power;
            for (int k = 0; k < info->nparams; k++)
                for (slong i = 0; i < layer->out * qd_shape_length(info->param[k].shape, layer->in); i++) draw(layer->param[k] + i, 2, rng);
            fmpq_set_si(layer->slope, layer->neuron.act == QD_LEAKY_RELU, 7);
        }
    }
}

/* y = (the network with this parameter moved by h, minus before) / h, h = 2^-SHIFT */
static void quotient(qd_vec_t y, fmpq *parameter, const qd_vec_t before, const qd_net_t net, const qd_vec_t x)
{
    char pattern[100];
    fmpq_t h, kept;
    fmpq_init(h);
    fmpq_init(kept);
    fmpq_set(kept, parameter);
    fmpq_one(h);
    fmpq_div_2exp(h, h, SHIFT);
    fmpq_add(parameter, parameter, h);
    naive_eval(y, pattern, net, x);
    for (slong o = 0; o < y->n; o++) {
        fmpq_sub(y->e + o, y->e + o, before->e + o);
        fmpq_mul_2exp(y->e + o, y->e + o, SHIFT);
    }
    fmpq_set(parameter, kept);
    fmpq_clear(h);
    fmpq_clear(kept);
}

static void compare_gradient(qd_net_t net, const qd_vec_t x, qd_gradient_t g)
{
    char pattern[100];
    slong k = 0;
    fmpq *row = _fmpq_vec_init(g->params);
    qd_vec_t before, y;
    fmpq_t close;
    fmpq_init(close);
    fmpq_one(close);
    fmpq_div_2exp(close, close, CLOSE);
    qd_vec_init(before);
    qd_vec_init(y);
    naive_eval(before, pattern, net, x);
    for (slong l = 0; l < net->depth; l++) {
        const qd_kind_info *info = qd_kind_get(net->layer[l].neuron.kind);
        for (int q = 0; q < info->nparams; q++)
            for (slong j = 0; j < net->layer[l].out * qd_shape_length(info->param[q].shape, net->layer[l].in); j++, k++) {
                quotient(y, net->layer[l].param[q] + j, before, net, x);
                for (slong o = 0; o < y->n; o++) {
                    qd_gradient_row(row, g, o);
                    fmpq_sub(y->e + o, y->e + o, row + k);
                    fmpq_abs(y->e + o, y->e + o);
                    ck_assert_msg(fmpq_cmp(y->e + o, close) < 0, "layer %ld, %s, entry %ld, output %ld", (long) l, info->param[q].key,
                                  (long) j, (long) o);
                }
            }
    }
    ck_assert_int_eq(k, g->params);
    qd_vec_clear(before);
    qd_vec_clear(y);
    fmpq_clear(close);
    _fmpq_vec_clear(row, g->params);
}

/* Against difference quotients of the oracle, where no pre-activation of a switching unit is 0. */
START_TEST(gradient_equals_quotients)
{
    slong compared = 0;
    for (slong c = 0; c < 10 * multiplier; c++) {
        qd_ctx_t ctx;
        qd_rng_t rng;
        qd_net_t net;
        qd_vec_t x;
        qd_gradient_t g;
        slong zeros = -1;
        qd_ctx_init(ctx);
        qd_rng_init(rng, seed, qd_rng_stream(41, (uint64_t) _i, (uint64_t) c));
        qd_net_init(net);
        qd_vec_init(x);
        tame_net(net, rng);
        slong units = qd_net_nswitching(net), *count = qd_calloc((size_t) units + 1, sizeof *count), sum = 0;
        qd_gradient_init(g, net);
        ck_assert_int_eq(g->params, qd_net_nparams(net));
        for (int points = 0; points < 3; points++) {
            slong before = sum;
            random_point(x, net->input_dim, rng);
            ck_assert_int_eq(qd_gradient_point(&zeros, count, g, x, ctx), QD_OK);
            sum = 0;
            for (slong u = 0; u < units; u++) sum += count[u];
            ck_assert_int_eq(sum, before + zeros);
            if (zeros > 0) continue;
            compare_gradient(net, x, g);
            compared++;
        }
        qd_vec_resize(x, net->input_dim + 1);
        ck_assert_int_eq(qd_gradient_point(&zeros, NULL, g, x, ctx), QD_EINPUT);
        qd_gradient_clear(g);
        free(count);
        qd_vec_clear(x);
        qd_net_clear(net);
    }
    ck_assert_int_ge(compared, 10 * multiplier);
}
END_TEST

/* ---- text and back --------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

START_TEST(print_then_parse)
{
    qd_rng_t rng;
    qd_net_t net, back;
    qd_ctx_t ctx;
    qd_buf_t a, b;
    const qd_vec_struct *x = NULL;
    qd_rng_init(rng, seed, 3000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_net_init(back);
    qd_buf_init(a);
    qd_buf_init(b);
    for (slong k = 0; k < 150 * multiplier; k++) {
        random_net(net, rng);
        qd_buf_reset(a);
        qd_buf_reset(b);
        qd_net_print(a, net);
        AGREE(qd_net_parse(back, qd_buf_str(a), a->len, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        AGREE(qd_net_equal(net, back), "another network");
        AGREE(same_text(net->name, back->name) && same_text(net->comment, back->comment), "another name or comment");
        qd_net_print(b, back);
        AGREE(strcmp(qd_buf_str(a), qd_buf_str(b)) == 0, "another text");
    }
    qd_buf_clear(a);
    qd_buf_clear(b);
    qd_net_clear(net);
    qd_net_clear(back);
}
END_TEST

START_TEST(write_then_read)
{
    const char *folder = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/quadric-net-XXXXXX", folder != NULL ? folder : P_tmpdir);
    qd_rng_t rng;
    qd_net_t net, back;
    qd_ctx_t ctx;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    qd_rng_init(rng, seed, 4000);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_net_init(back);
    random_net(net, rng);
    ck_assert_int_eq(qd_net_write(path, net, ctx), QD_OK);
    ck_assert_int_eq(qd_net_read(back, path, ctx), QD_OK);
    ck_assert(qd_net_equal(net, back));
    unlink(path);
    ck_assert_int_eq(qd_net_read(net, path, ctx), QD_EIO);
    ck_assert_str_eq(qd_ctx_message(ctx), "cannot be opened: No such file or directory");
    ck_assert(qd_net_equal(net, back));
    qd_net_clear(net);
    qd_net_clear(back);
}
END_TEST

#define LINEAR(w, b) "{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[" w "]], \"b\": [" b "]}]}"

static const struct {
    const char *written, *exact;
} number[] = {
    {"\"0.1\"", "1/10"},
    {"0.1", "1/10"},
    {"\"-3/7\"", "-3/7"},
    {"\"6/4\"", "3/2"},
    {"\"0/5\"", "0"},
    {"\"-0\"", "0"},
    {"-0", "0"},
    {"-0.0", "0"},
    {"1e-30", "1/1000000000000000000000000000000"},
    {"\"1e-30\"", "1/1000000000000000000000000000000"},
    {"1E+3", "1000"},
    {"\"12.50\"", "25/2"},
    {"\"+5\"", "5"},
    {"\".5\"", "1/2"},
    {"\"5.\"", "5"},
    {"-2.5e-1", "-1/4"},
    {"0.1000000000000000055511151231257827", "1000000000000000055511151231257827/10000000000000000000000000000000000"},
    {"\"\\u0031/2\"", "1/2"},
    {"0e100000", "0"},
    {"123456789012345678901234567890", "123456789012345678901234567890"},
};

START_TEST(numbers_mean_what_they_say)
{
    char text[400];
    qd_net_t net;
    qd_ctx_t ctx;
    fmpq_t x;
    qd_net_init(net);
    qd_ctx_init(ctx);
    fmpq_init(x);
    snprintf(text, sizeof text, LINEAR("%s", "\"1\""), number[_i].written);
    ck_assert_msg(qd_net_parse(net, text, strlen(text), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(fmpq_set_str(x, number[_i].exact, 10), 0);
    ck_assert(fmpq_equal(net->layer[0].param[0], x));
    ck_assert(fmpq_is_canonical(net->layer[0].param[0]));
    fmpq_clear(x);
    qd_net_clear(net);
}
END_TEST

START_TEST(large_exponents)
{
    static const char text[] = LINEAR("1e-100000", "\"-1e100000\"");
    qd_net_t net;
    qd_ctx_t ctx;
    fmpz_t ten;
    qd_net_init(net);
    qd_ctx_init(ctx);
    fmpz_init_set_ui(ten, 10);
    fmpz_pow_ui(ten, ten, 100000);
    ck_assert_int_eq(qd_net_parse(net, text, strlen(text), ctx), QD_OK);
    ck_assert(fmpz_is_one(fmpq_numref(net->layer[0].param[0])));
    ck_assert(fmpz_equal(fmpq_denref(net->layer[0].param[0]), ten));
    fmpz_neg(ten, ten);
    ck_assert(fmpz_equal(fmpq_numref(net->layer[0].param[1]), ten));
    fmpz_clear(ten);
    qd_net_clear(net);
}
END_TEST

/* ---- networks as data ------------------------------------------------------------------------ */

START_TEST(set_equal_swap)
{
    qd_rng_t rng;
    qd_net_t a, b, c;
    qd_rng_init(rng, seed, 5000);
    qd_net_init(a);
    qd_net_init(b);
    qd_net_init(c);
    for (slong k = 0; k < 300 * multiplier; k++) {
        random_net(a, rng);
        qd_net_set(b, a);
        qd_net_set(b, b);
        ck_assert(qd_net_equal(a, b) && qd_net_equal(b, a));
        ck_assert(same_text(a->name, b->name) && same_text(a->comment, b->comment));
        random_net(c, rng);
        qd_net_swap(b, c);
        ck_assert(qd_net_equal(a, c));
        qd_net_swap(b, c);
        slong l = (slong) qd_rng_below(rng, (uint64_t) b->depth);
        qd_layer_struct *layer = b->layer + l;
        int p = (int) qd_rng_below(rng, (uint64_t) qd_kind_get(layer->neuron.kind)->nparams);
        slong n = layer->out * qd_shape_length(qd_kind_get(layer->neuron.kind)->param[p].shape, layer->in);
        fmpq *entry = layer->param[p] + (slong) qd_rng_below(rng, (uint64_t) n);
        fmpq_add_si(entry, entry, 1);
        ck_assert(!qd_net_equal(a, b));
        fmpq_sub_si(entry, entry, 1);
        ck_assert(qd_net_equal(a, b));
        fmpq_add_si(layer->slope, layer->slope, 1);
        ck_assert(!qd_net_equal(a, b));
        fmpq_sub_si(layer->slope, layer->slope, 1);
        layer->neuron.power++;
        ck_assert(!qd_net_equal(a, b));
        layer->neuron.power--;
        layer->neuron.act = (qd_activation) ((layer->neuron.act + 1) % QD_ACTIVATIONS);
        ck_assert(!qd_net_equal(a, b));
        qd_net_add_layer(a, qd_neuron_make(QD_LINEAR, QD_IDENTITY), qd_net_output_dim(a), 1);
        ck_assert(!qd_net_equal(a, b));
    }
    qd_net_clear(a);
    qd_net_clear(b);
    qd_net_clear(c);
}
END_TEST

START_TEST(sizes)
{
    qd_net_t net;
    qd_net_init(net);
    qd_net_add_layer(net, qd_neuron_make(QD_QUADRATIC, QD_RELU), 2, 5);
    qd_net_add_layer(net, qd_neuron_make(QD_FULL, QD_SQUARE), 5, 3);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_ABS), 3, 7);
    ck_assert_int_eq(net->input_dim, 2);
    ck_assert_int_eq(net->depth, 3);
    ck_assert_int_eq(qd_net_output_dim(net), 7);
    ck_assert_int_eq(qd_net_nswitching(net), 12);
    ck_assert_int_eq(qd_net_nparams(net), 5 * 9 + 3 * (15 + 5 + 1) + 7 * 4);
    qd_net_clear(net);
    ck_assert_int_eq(net->depth, 0);
}
END_TEST

/* ---- random networks ------------------------------------------------------------------------- */

/* At distance 0 every kind computes what the conventional network of the same seed does; all distances share its numbers, and others grow
   with the distance. */
START_TEST(random_near_a_conventional_network)
{
    static const int64_t width[] = {2, 3, 4, 3};
    qd_kind kind = (qd_kind) _i;
    qd_arch arch = {3, width, qd_neuron_make(kind, QD_RELU), false, _i % 2 == 0}, conventional = arch;
    if (!qd_kind_conventional(kind)) {
        ck_assert_int_eq(kind, QD_POWER);
        return;
    }
    conventional.neuron.kind = QD_LINEAR;
    qd_net_t a, b, one, two;
    qd_ctx_t ctx;
    qd_vec_t x, y, z;
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_net_init(b);
    qd_net_init(one);
    qd_net_init(two);
    qd_vec_init(x);
    qd_vec_init(y);
    qd_vec_init(z);
    qd_net_random_near(a, &arch, 0, 7, 11);
    qd_net_random_near(b, &conventional, 0, 7, 11);
    for (int trial = 0; trial < 20; trial++) {
        qd_vec_resize(x, 2);
        for (int i = 0; i < 2; i++) fmpq_set_si(x->e + i, 3 * trial - 20 + 7 * i, 5);
        ck_assert_int_eq(qd_net_eval(y, NULL, a, x, ctx), QD_OK);
        ck_assert_int_eq(qd_net_eval(z, NULL, b, x, ctx), QD_OK);
        for (int i = 0; i < 3; i++) ck_assert(fmpq_equal(y->e + i, z->e + i));
    }
    /* a parameter is its origin, or a number that no distance changes, or moves in proportion to the distance, up to rounding */
    qd_net_random_near(one, &arch, 1, 7, 11);
    qd_net_random_near(two, &arch, 2, 7, 11);
    for (slong l = 0; l < 2; l++)
        for (int k = 0; k < qd_kind_get(kind)->nparams; k++)
            for (slong u = 0; u < width[l + 1]; u++) {
                double p0 = fmpq_get_d(qd_layer_at(a->layer + l, k, u, 0)), p1 = fmpq_get_d(qd_layer_at(one->layer + l, k, u, 0)),
                       p2 = fmpq_get_d(qd_layer_at(two->layer + l, k, u, 0));
                ck_assert_double_eq_tol(p2 - p0, 2 * (p1 - p0), 1e-5);
            }
    ck_assert_int_eq(qd_net_equal(a, one), kind == QD_LINEAR);
    qd_net_clear(a);
    qd_net_clear(b);
    qd_net_clear(one);
    qd_net_clear(two);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_vec_clear(z);
}
END_TEST

START_TEST(random_is_a_function_of_seed_and_stream)
{
    static const int64_t width[] = {2, 3, 4, 3};
    qd_arch arch = {3, width, qd_neuron_make((qd_kind) (_i / 2), QD_LEAKY_RELU), false, true};
    qd_random_weights weights = {(qd_weights) (_i % 2), 5, 3};
    qd_net_t a, b;
    qd_net_init(a);
    qd_net_init(b);
    qd_net_random(a, &arch, &weights, 7, 11);
    qd_net_random(b, &arch, &weights, 7, 12);
    ck_assert(!qd_net_equal(a, b));
    qd_net_random(b, &arch, &weights, 8, 11);
    ck_assert(!qd_net_equal(a, b));
    qd_net_random(b, &arch, &weights, 7, 11);
    ck_assert(qd_net_equal(a, b));
    ck_assert_int_eq(a->depth, 3);
    ck_assert_int_eq(a->input_dim, 2);
    for (slong l = 0; l < 2; l++) {
        ck_assert_int_eq(a->layer[l].neuron.kind, arch.neuron.kind);
        ck_assert_int_eq(a->layer[l].neuron.act, QD_LEAKY_RELU);
        ck_assert_int_eq(a->layer[l].out, width[l + 1]);
        ck_assert(fmpz_is_one(fmpq_numref(a->layer[l].slope)) && fmpz_equal_ui(fmpq_denref(a->layer[l].slope), 100));
    }
    ck_assert_int_eq(a->layer[2].neuron.kind, QD_LINEAR);
    ck_assert_int_eq(a->layer[2].neuron.act, QD_IDENTITY);
    ck_assert_int_eq(a->layer[2].out, 3);
    arch.same = true;
    qd_net_random(b, &arch, &weights, 7, 11);
    ck_assert_int_eq(b->layer[2].neuron.kind, arch.neuron.kind);
    ck_assert_int_eq(b->layer[2].neuron.act, QD_LEAKY_RELU);
    b->depth--; /* the layers before are those of the network with a readout */
    a->depth--;
    ck_assert(qd_net_equal(a, b));
    b->depth++;
    a->depth++;
    qd_net_clear(a);
    qd_net_clear(b);
}
END_TEST

/* Architectures of one depth or another have different streams, equal ones the same. */
START_TEST(random_streams)
{
    enum { N = 4 * 2 * 3 };
    uint64_t stream[N];
    static const int64_t width[4][4] = {{1, 8, 1, 0}, {1, 8, 8, 1}, {1, 9, 8, 1}, {1, 8, 9, 1}};
    static const qd_kind kinds[] = {QD_LINEAR, QD_QUADRATIC};
    static const qd_activation acts[] = {QD_RELU, QD_ABS, QD_LEAKY_RELU};
    for (int i = 0; i < N; i++) {
        qd_arch arch = {i % 4 == 0 ? 2 : 3, width[i % 4], qd_neuron_make(kinds[i / 4 % 2], acts[i / 8]), false, true};
        stream[i] = qd_net_random_stream(&arch);
        ck_assert(stream[i] == qd_net_random_stream(&arch));
        for (int j = 0; j < i; j++) ck_assert(stream[i] != stream[j]);
    }
}
END_TEST

START_TEST(random_grid)
{
    static const int64_t width[] = {20, 40, 1};
    fmpq_t slope, x;
    qd_net_t net;
    int seen[11] = {0};
    fmpq_init(slope);
    fmpq_init(x);
    fmpq_set_si(slope, -2, 3);
    qd_arch arch = {2, width, {QD_QUADRATIC, QD_LEAKY_RELU, 1, {-2, 3}}, false, false};
    qd_random_weights weights = {QD_WEIGHTS_GRID, 5, 4};
    qd_net_init(net);
    qd_net_random(net, &arch, &weights, seed, 0);
    ck_assert(fmpq_equal(net->layer[0].slope, slope));
    for (slong l = 0; l < 2; l++) {
        const qd_kind_info *info = qd_kind_get(net->layer[l].neuron.kind);
        for (int k = 0; k < info->nparams; k++)
            for (slong i = 0; i < net->layer[l].out * qd_shape_length(info->param[k].shape, net->layer[l].in); i++) {
                ck_assert(info->param[k].shape != QD_VECTOR || fmpq_is_zero(net->layer[l].param[k] + i));
                fmpq_mul_si(x, net->layer[l].param[k] + i, 4);
                ck_assert(fmpz_is_one(fmpq_denref(x)) && fmpq_is_canonical(net->layer[l].param[k] + i));
                slong v = fmpz_get_si(fmpq_numref(x));
                ck_assert_int_le(labs(v), 5);
                if (info->param[k].shape == QD_MATRIX) seen[v + 5]++;
            }
    }
    for (int i = 0; i < 11; i++) ck_assert_int_gt(seen[i], (3 * 40 * 20 + 40) / 11 / 2);
    arch.biases = true;
    qd_net_random(net, &arch, &weights, seed, 0);
    slong zero = 0;
    for (slong u = 0; u < 40; u++) zero += fmpq_is_zero(qd_layer_at(net->layer, 1, u, 0));
    ck_assert_int_lt(zero, 20);
    qd_net_clear(net);
    fmpq_clear(slope);
    fmpq_clear(x);
}
END_TEST

START_TEST(random_gauss)
{
    static const int64_t width[] = {80, 50, 1};
    qd_arch arch = {2, width, qd_neuron_make(QD_LINEAR, QD_RELU), false, true};
    qd_random_weights weights = {QD_WEIGHTS_GAUSS, 1, 1};
    double sum = 0, squares = 0;
    qd_net_t net;
    fmpz_t odd;
    fmpz_init(odd);
    qd_net_init(net);
    qd_net_random(net, &arch, &weights, seed, 0);
    for (slong i = 0; i < 4000; i++) {
        const fmpq *x = net->layer[0].param[0] + i;
        ck_assert(fmpz_popcnt(fmpq_denref(x)) == 1);
        fmpz_tdiv_q_2exp(odd, fmpq_numref(x), fmpz_is_zero(fmpq_numref(x)) ? 0 : fmpz_val2(fmpq_numref(x)));
        ck_assert_int_le(fmpz_bits(odd), 24);
        double d = fmpq_get_d(x);
        sum += d;
        squares += d * d;
    }
    ck_assert_double_le(fabs(sum / 4000), 5 * sqrt(2.0 / 80 / 4000));
    ck_assert_double_le(fabs(squares / 4000 * 80 / 2 - 1), 0.15);
    fmpz_clear(odd);
    qd_net_clear(net);
}
END_TEST

/* ---- files that are no network --------------------------------------------------------------- */

#define LAYER(kind, activation, rest) "{\"kind\": \"" kind "\", \"activation\": \"" activation "\"" rest "}"
#define NET(in, layers) "{\"input_dim\": " in ", \"layers\": [" layers "]}"
#define WB ", \"w\": [[\"1\"]], \"b\": [\"0\"]"
#define ONE LAYER("linear", "relu", WB)

#define W "line 1, column 77: layer 1, 'w', row 1: "
#define B "line 1, column 88: layer 1, 'b': "
#define AT_W "line 1, column 77: "
#define AT_LAYER "line 1, column 29: "
#define AT_DIM "line 1, column 15: "
#define VALUE ", expected a string in double quotes, a number, true, false, null, [...] or {...}"
#define SUCH_AS ", expected a number such as \"-3/7\" or 0.25"
#define DIM "'input_dim' must be an integer from 1 to 1000000, not "
#define KINDS "; known are linear, quadratic, compact, product, product_linear, full, power, sparse"
#define ACTIVATIONS "; known are identity, relu, leaky_relu, abs, square, power:r"
#define NO " is not a number"

static const struct {
    const char *text, *message;
} bad[] = {
    {"", "line 1, column 1: the text is empty"},
    {" \n\t", "line 1, column 1: the text is empty"},
    {"null", "line 1, column 1: the network must be an object, not null"},
    {"[]", "line 1, column 1: the network must be an object, not an array"},
    {"3", "line 1, column 1: the network must be an object, not 3"},
    {"\"net\"", "line 1, column 1: the network must be an object, not a string"},
    {"{}", "line 1, column 1: key 'input_dim' is missing in the network"},
    {"{\"input_dim\": 1}", "line 1, column 1: key 'layers' is missing in the network"},
    {"{\"layers\": []}", "line 1, column 1: key 'input_dim' is missing in the network"},
    {"{\"input_dim\": 1, \"layers\": []}", "line 1, column 28: 'layers' is empty; a network needs at least one layer"},
    {"{\"input_dim\": 1, \"layers\": {}}", "line 1, column 28: 'layers' must be an array, not an object"},
    {"{\"input_dim\": 1, \"layers\": null}", "line 1, column 28: 'layers' must be an array, not null"},
    {NET("0", ONE), AT_DIM DIM "0"},
    {NET("-1", ONE), AT_DIM DIM "-1"},
    {NET("\"1\"", ONE), AT_DIM DIM "a string"},
    {NET("1.5", ONE), AT_DIM DIM "1.5"},
    {NET("1e0", ONE), AT_DIM DIM "1e0"},
    {NET("1000001", ONE), AT_DIM DIM "1000001"},
    {NET("99999999999999999999", ONE), AT_DIM DIM "99999999999999999999"},
    {NET("null", ONE), AT_DIM DIM "null"},
    {"{\"input_dim\": 1, \"input_dim\": 2, \"layers\": [" ONE "]}",
     "line 1, column 18: key 'input_dim' is there twice, first in line 1, column 2"},
    {"{\"input_dim\": 1, \"layers\": [" ONE "], \"depth\": 1}",
     "line 1, column 98: unknown key 'depth' in the network; known keys are 'input_dim', 'layers', 'name', 'comment'"},
    {"{\"input_dim\": 1, \"name\": 3, \"layers\": [" ONE "]}", "line 1, column 26: 'name' must be a string, not 3"},
    {"{\"input_dim\": 1, \"comment\": [], \"layers\": [" ONE "]}", AT_LAYER "'comment' must be a string, not an array"},
    {"{\"input_dim\": 1, \"name\": \"a\\u0000b\", \"layers\": [" ONE "]}",
     "line 1, column 26: 'name' must be a string without the character U+0000"},
    {NET("1", "3"), AT_LAYER "layer 1 must be an object, not 3"},
    {NET("1", ONE ",\n  []"), "line 2, column 3: layer 2 must be an object, not an array"},
    {NET("1", "{}"), AT_LAYER "key 'kind' is missing in layer 1"},
    {NET("1", "{\"kind\": \"linear\"}"), AT_LAYER "key 'activation' is missing in layer 1"},
    {NET("1", LAYER("cubic", "relu", WB)), "line 1, column 38: layer 1: unknown kind 'cubic'" KINDS},
    {NET("1", LAYER("Linear", "relu", WB)), "line 1, column 38: layer 1: unknown kind 'Linear'" KINDS},
    {NET("1", "{\"kind\": 3, \"activation\": \"relu\"" WB "}"), "line 1, column 38: layer 1: 'kind' must be a string, not 3"},
    {NET("1", LAYER("linear", "sigmoid", WB)), "line 1, column 62: layer 1: unknown activation 'sigmoid'" ACTIVATIONS},
    {NET("1", "{\"kind\": \"linear\", \"activation\": null" WB "}"), "line 1, column 62: layer 1: 'activation' must be a string, not null"},
    {NET("1", LAYER("linear", "power", WB)), "line 1, column 62: layer 1: unknown activation 'power'" ACTIVATIONS},
    {NET("1", LAYER("linear", "power:0", WB)),
     "line 1, column 62: layer 1: activation 'power:0': the exponent must be an integer from 1 to 64"},
    {NET("1", LAYER("linear", "power:-1", WB)),
     "line 1, column 62: layer 1: activation 'power:-1': the exponent must be an integer from 1 to 64"},
    {NET("1", LAYER("linear", "power:65", WB)),
     "line 1, column 62: layer 1: activation 'power:65': the exponent must be an integer from 1 to 64"},
    {NET("1", LAYER("linear", "relu", WB ", \"bias\": [0]")),
     "line 1, column 96: unknown key 'bias' in layer 1; known keys are 'kind', 'activation', 'w', 'b'"},
    {NET("1", LAYER("linear", "relu", WB ", \"wr\": [[1]]")),
     "line 1, column 96: unknown key 'wr' in layer 1; known keys are 'kind', 'activation', 'w', 'b'"},
    {NET("1", LAYER("linear", "relu", WB ", \"b\": [0]")), "line 1, column 96: key 'b' is there twice, first in line 1, column 84"},
    {NET("1", LAYER("linear", "relu", WB ", \"slope\": \"1/2\"")),
     "line 1, column 105: layer 1: found a 'slope', which only the activation leaky_relu has"},
    {NET("1", LAYER("linear", "leaky_relu", WB)), AT_LAYER "key 'slope' is missing in layer 1"},
    {NET("1", LAYER("linear", "leaky_relu", WB ", \"slope\": []")), "line 1, column 111: layer 1, 'slope': found an array" SUCH_AS},
    {NET("1", LAYER("linear", "leaky_relu", WB ", \"slope\": \"1/0\"")),
     "line 1, column 111: layer 1, 'slope': \"1/0\" has denominator zero"},
    {NET("1", LAYER("linear", "relu", ", \"b\": [\"0\"]")), AT_LAYER "key 'w' is missing in layer 1"},
    {NET("1", LAYER("linear", "relu", ", \"w\": [[\"1\"]]")), AT_LAYER "key 'b' is missing in layer 1"},
    {NET("1", LAYER("quadratic", "relu", ", \"wr\": [[1]], \"br\": [1], \"wg\": [[1]], \"bg\": [1], \"wb\": [[1]]")),
     AT_LAYER "key 'c' is missing in layer 1"},
    {NET("1", LAYER("linear", "relu", ", \"w\": [], \"b\": []")),
     "line 1, column 75: layer 1, 'w': found an empty array, expected an array with one row a neuron"},
    {NET("1", LAYER("linear", "relu", ", \"w\": \"1\", \"b\": [0]")),
     "line 1, column 75: layer 1, 'w': found a string, expected an array with one row a neuron"},
    {NET("1", LAYER("linear", "relu", ", \"w\": [\"1\"], \"b\": [0]")),
     "line 1, column 76: layer 1, 'w', row 1: found a string, expected an array of length 1, which is 'input_dim'"},
    {NET("1", LAYER("linear", "relu", ", \"w\": [[1], {}], \"b\": [0, 0]")),
     "line 1, column 81: layer 1, 'w', row 2: found an object, expected an array of length 1, which is 'input_dim'"},
    {NET("1", LAYER("linear", "relu", ", \"w\": [[]], \"b\": [0]")),
     "line 1, column 76: layer 1, 'w', row 1: found an array of length 0, expected length 1, which is 'input_dim'"},
    {NET("2", LAYER("linear", "relu", ", \"w\": [[1, 2],\n [3]], \"b\": [0, 0]")),
     "line 2, column 2: layer 1, 'w', row 2: found an array of length 1, expected length 2, which is 'input_dim'"},
    {NET("2", LAYER("linear", "relu", ", \"w\": [[1, 2], [3, 4]], \"b\": [0]")),
     "line 1, column 98: layer 1, 'b': found an array of length 1, expected length 2, one number a neuron"},
    {NET("2", LAYER("linear", "relu", ", \"w\": [[1, 2], [3, 4]], \"b\": 0")),
     "line 1, column 98: layer 1, 'b': found a number, expected an array of length 2, one number a neuron"},
    {NET("2", LAYER("linear", "relu", ", \"w\": [[1, 2], [3, 4]], \"b\": [[0], [0]]")),
     "line 1, column 99: layer 1, 'b': found an array" SUCH_AS},
    {NET("1", LAYER("compact", "relu", ", \"w\": [[1], [1]], \"wb\": [[1]], \"b\": [0, 0]")),
     "line 1, column 94: layer 1, 'wb': found an array of length 1, expected length 2, one row a neuron"},
    {NET("2", LAYER("full", "relu", ", \"a\": [[1, 2, 3, 4]], \"w\": [[1, 1]], \"b\": [0]")),
     "line 1, column 74: layer 1, 'a', row 1: found an array of length 4, expected length 3, n (n + 1) / 2 for n = 2 inputs"},
    {NET("1", ONE ", " LAYER("linear", "relu", ", \"w\": [[1, 2]], \"b\": [0]")),
     "line 1, column 144: layer 2, 'w', row 1: found an array of length 2, expected length 1, the number of neurons of layer 1"},
    {NET("1", LAYER("linear", "relu", ", \"w\": [[1], [2]], \"b\": [0, 0]") ",\n" LAYER(
                  "quadratic", "relu", ", \"wr\": [[1]], \"br\": [1], \"wg\": [[1]], \"bg\": [1], \"wb\": [[1]], \"c\": [0]")),
     "line 2, column 52: layer 2, 'wr', row 1: found an array of length 1, expected length 2, the number of neurons of layer 1"},
    {NET("1", LAYER("linear", "relu", ", \"w\": [[1, 2, 3]], \"b\": [0, 0, 0]")),
     "line 1, column 75: layer 1, 'w': (3, 1) expected, found (1, 3): transposed?"},
    {NET("2", LAYER("quadratic", "relu", ", \"wr\": [[1, 2]], \"br\": [1], \"wg\": [[1], [2]], \"bg\": [1], \"wb\": [[1, 2]], \"c\": [0]")),
     "line 1, column 106: layer 1, 'wg': (1, 2) expected, found (2, 1): transposed?"},
    {NET("2", LAYER("linear", "relu", ", \"w\": [[1, 2, 3], [4, 5]], \"b\": [0, 0, 0]")),
     "line 1, column 76: layer 1, 'w', row 1: found an array of length 3, expected length 2, which is 'input_dim'"},
    {LINEAR("\"1/0\"", "0"), W "\"1/0\" has denominator zero"},
    {LINEAR("\"nan\"", "0"), W "\"nan\"" NO},
    {LINEAR("\"inf\"", "0"), W "\"inf\"" NO},
    {LINEAR("\"-Infinity\"", "0"), W "\"-Infinity\"" NO},
    {LINEAR("\"\"", "0"), W "\"\" is empty, expected a number"},
    {LINEAR("\" 1\"", "0"), W "\" 1\"" NO},
    {LINEAR("\"1 \"", "0"), W "\"1 \"" NO},
    {LINEAR("\"0x10\"", "0"), W "\"0x10\"" NO},
    {LINEAR("\"1/-2\"", "0"), W "\"1/-2\"" NO},
    {LINEAR("\"1/2/3\"", "0"), W "\"1/2/3\"" NO},
    {LINEAR("\"1.5/2\"", "0"), W "\"1.5/2\"" NO},
    {LINEAR("\"1e\"", "0"), W "\"1e\"" NO},
    {LINEAR("\"--1\"", "0"), W "\"--1\"" NO},
    {LINEAR("\".\"", "0"), W "\".\"" NO},
    {LINEAR("\"1,5\"", "0"), W "\"1,5\"" NO},
    {LINEAR("\"1\\u0000\"", "0"), W "\"1\\x00\"" NO},
    {LINEAR("\"one\\ntwo\"", "0"), W "\"one\\x0atwo\"" NO},
    {LINEAR("\"\xC2\xBD\"", "0"), W "\"½\"" NO},
    {LINEAR("\"an integer written out in very many words, by somebody who likes to write\"", "0"),
     W "\"an integer written out in very many word...\"" NO},
    {LINEAR("1", "\"1e100001\""), B "\"1e100001\" has an exponent beyond +-100000"},
    {LINEAR("1", "1e-100001"), B "\"1e-100001\" has an exponent beyond +-100000"},
    {LINEAR("1", "1e99999999999999999999"), B "\"1e99999999999999999999\" has an exponent beyond +-100000"},
    {LINEAR("NaN", "0"), AT_W "found 'NaN'" VALUE},
    {LINEAR("Infinity", "0"), AT_W "found 'Infinity'" VALUE},
    {LINEAR("-Infinity", "0"), AT_W "found '-Infinity'" VALUE},
    {LINEAR("nan", "0"), AT_W "found 'nan'" VALUE},
    {LINEAR("1", "inf"), "line 1, column 88: found 'inf'" VALUE},
    {LINEAR("+1", "0"), AT_W "found '+1'" VALUE},
    {LINEAR("01", "0"), AT_W "found '01'" VALUE},
    {LINEAR(".5", "0"), AT_W "found '.5'" VALUE},
    {LINEAR("{}", "0"), W "found an object" SUCH_AS},
    {LINEAR("null", "0"), W "found null" SUCH_AS},
    {LINEAR("true", "0"), W "found true or false" SUCH_AS},
    {LINEAR("[1]", "0"), W "found an array" SUCH_AS},
    {LINEAR("1", "{\"n\": 1}"), B "found an object" SUCH_AS},
    {LINEAR("1", "0, 1"), "line 1, column 87: layer 1, 'b': found an array of length 2, expected length 1, one number a neuron"},
    {LINEAR("1", "0") " x", "line 1, column 94: found 'x'" VALUE},
    {LINEAR("1", "0") "{}", "line 1, column 93: found '{', expected the end of the text"},
    {"\xEF\xBB\xBF" LINEAR("1", "0"), "line 1, column 1: found a byte order mark, which JSON does not have"},
    {"\x7f"
     "ELF\x02\x01",
     "line 1, column 5: control character U+0002"},
    {"{\"input_dim\": 1, \"name\": \"\xFF\", \"layers\": [" ONE "]}", "line 1, column 27: byte 0xFF, which is not UTF-8"},
    {"{'input_dim': 1}", "line 1, column 2: found ''input_dim': 1'" VALUE},
    {"{input_dim: 1}", "line 1, column 2: found 'input_dim: 1'" VALUE},
    {"input_dim: 1\nlayers: []\n", "line 1, column 1: found 'input_dim: 1'" VALUE},
};

static const char keep_text[] =
    "{\"name\": \"kept\", \"comment\": \"c\", \"input_dim\": 1, \"layers\": [" LAYER("power", "abs", ", \"w\": [[2]], \"b\": [3]") "]}";

static void keep(qd_net_t net)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(net);
    ck_assert_int_eq(qd_net_parse(net, keep_text, strlen(keep_text), ctx), QD_OK);
}

static void is_kept(const qd_net_t net)
{
    qd_net_t fresh;
    keep(fresh);
    ck_assert(qd_net_equal(fresh, net));
    ck_assert_str_eq(net->name, "kept");
    ck_assert_str_eq(net->comment, "c");
    qd_net_clear(fresh);
}

START_TEST(refuses)
{
    qd_net_t net;
    qd_ctx_t ctx;
    keep(net);
    qd_ctx_init(ctx);
    ck_assert_msg(qd_net_parse(net, bad[_i].text, strlen(bad[_i].text), ctx) == QD_EINPUT, "accepted: %s", bad[_i].text);
    ck_assert_str_eq(qd_ctx_message(ctx), bad[_i].message);
    is_kept(net);
    qd_net_clear(net);
}
END_TEST

/* A file may end anywhere: every beginning of a network is refused, the whole is not. */
START_TEST(truncated)
{
    static const char text[] = NET("1", LAYER("linear", "leaky_relu", WB ", \"slope\": \"1/2\"") ", " ONE);
    qd_net_t net;
    qd_ctx_t ctx;
    keep(net);
    for (size_t len = 0; len < strlen(text); len++) {
        qd_ctx_init(ctx);
        ck_assert_int_eq(qd_net_parse(net, text, len, ctx), QD_EINPUT);
        ck_assert_msg(strncmp(qd_ctx_message(ctx), "line 1, column ", 15) == 0, "%s", qd_ctx_message(ctx));
        is_kept(net);
    }
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_net_parse(net, text, strlen(text), ctx), QD_OK);
    qd_net_clear(net);
}
END_TEST

/* One byte of a network changed at random: an answer or one sentence with a place, never more. */
START_TEST(mutated)
{
    static const char text[] = NET("2", LAYER("quadratic", "leaky_relu",
                                              ", \"slope\": \"1/2\", \"wr\": [[\"1/2\", 0.5]], \"br\": [\"0\"], "
                                              "\"wg\": [[1, -1]], \"bg\": [\"1e-3\"], \"wb\": [[0, 0]], \"c\": [7]") ", " ONE);
    static const char bytes[] = "\"\"[]{},:-+.eE/0123456789 \n\t\\atruefalsn\x01\x7f\xC3\xFF";
    qd_rng_t rng;
    qd_net_t net, fresh;
    qd_ctx_t ctx;
    char copy[sizeof text];
    qd_rng_init(rng, seed, 6000 + (uint64_t) _i);
    qd_net_init(fresh);
    for (slong k = 0; k < 500 * multiplier; k++) {
        memcpy(copy, text, sizeof text);
        for (uint64_t n = 1 + qd_rng_below(rng, 2); n > 0; n--)
            copy[qd_rng_below(rng, sizeof text - 1)] = bytes[qd_rng_below(rng, sizeof bytes - 1)];
        keep(net);
        qd_ctx_init(ctx);
        if (qd_net_parse(net, copy, sizeof text - 1, ctx) != QD_OK) {
            ck_assert_msg(strncmp(qd_ctx_message(ctx), "line ", 5) == 0, "%s: %s", copy, qd_ctx_message(ctx));
            ck_assert_ptr_null(strchr(qd_ctx_message(ctx), '\n'));
            is_kept(net);
        }
        qd_net_clear(net);
    }
    qd_net_clear(fresh);
}
END_TEST

/* ---- large texts ----------------------------------------------------------------------------- */

#define MEGABYTE 1000000

/* So many megabytes on one line: one layer, rows of `in` numbers. */
static void large_text(qd_buf_t b, slong megabytes, slong in, const char *number, slong *out)
{
    *out = megabytes * MEGABYTE / (in * ((slong) strlen(number) + 1) + 2);
    qd_buf_printf(b, "{\"input_dim\": %ld, \"layers\": [{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [", (long) in);
    for (slong u = 0; u < *out; u++) {
        qd_buf_puts(b, u > 0 ? ",[" : "[");
        for (slong j = 0; j < in; j++) {
            if (j > 0) qd_buf_puts(b, ",");
            qd_buf_puts(b, number);
        }
        qd_buf_puts(b, "]");
    }
    qd_buf_puts(b, "], \"b\": [");
    for (slong u = 0; u < *out; u++) qd_buf_puts(b, u > 0 ? ",0" : "0");
    qd_buf_puts(b, "]}]}");
}

START_TEST(ten_megabytes_on_one_line)
{
    /* libfyaml needs 200 bytes of memory for each byte of many short rows of plain numbers */
    static const struct {
        slong megabytes, in;
        const char *number;
    } shape[] = {{10, 1000, "\"-0.123456\""}, {10, 100000, "0.25"}, {1, 1, "0.5"}};
    qd_buf_t b;
    qd_net_t net;
    qd_ctx_t ctx;
    slong out;
    qd_buf_init(b);
    large_text(b, shape[_i].megabytes, shape[_i].in, shape[_i].number, &out);
    qd_net_init(net);
    qd_ctx_init(ctx);
    ck_assert_msg(qd_net_parse(net, qd_buf_str(b), b->len, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_double_le(qd_ctx_elapsed(ctx), 60); /* some seconds; sanitizers and valgrind take longer */
    ck_assert_int_eq(net->layer[0].out, out);
    qd_net_clear(net);
    qd_buf_clear(b);
}
END_TEST

START_TEST(ten_megabytes_of_garbage)
{
    static const char *const start[] = {"", "[", "{\"input_dim\": 1, \"layers\": ", "\"", "{\"", "[[", "{\"input_dim\": "};
    static const char fill[] = "xxx\"1x[";
    static const int megabytes[] = {10, 10, 10, 10, 10, 10, 1};
    qd_buf_t b;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_buf_init(b);
    qd_buf_puts(b, start[_i]);
    size_t n = b->len;
    char *part = malloc(MEGABYTE);
    memset(part, fill[_i], MEGABYTE);
    for (int k = 0; k < megabytes[_i]; k++) qd_buf_add(b, part, MEGABYTE);
    free(part);
    keep(net);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_net_parse(net, qd_buf_str(b), b->len, ctx), QD_EINPUT);
    ck_assert_msg(strlen(qd_ctx_message(ctx)) < 200 && strncmp(qd_ctx_message(ctx), "line 1, column ", 15) == 0, "after %zu bytes: %s", n,
                  qd_ctx_message(ctx));
    ck_assert_double_le(qd_ctx_elapsed(ctx), 60);
    is_kept(net);
    qd_net_clear(net);
    qd_buf_clear(b);
}
END_TEST

/* A short file must not ask for more memory than it has bytes. */
START_TEST(short_text_with_large_claims)
{
    static const struct {
        const char *text, *message;
    } claim[] = {
        {NET("1000000", LAYER("full", "relu", ", \"a\": [[1]], \"w\": [[1]], \"b\": [1]")),
         "line 1, column 80: layer 1, 'a', row 1: found an array of length 1, expected length 500000500000, n (n + 1) / 2 for n = 1000000 inputs"},
        {NET("1000000", LAYER("linear", "relu", ", \"w\": [[],[],[],[],[],[],[]], \"b\": [1]")),
         "line 1, column 82: layer 1, 'w', row 1: found an array of length 0, expected length 1000000, which is 'input_dim'"},
    };
    qd_net_t net;
    qd_ctx_t ctx;
    keep(net);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_net_parse(net, claim[_i].text, strlen(claim[_i].text), ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), claim[_i].message);
    is_kept(net);
    qd_net_clear(net);
}
END_TEST

/* ---- safetensors ----------------------------------------------------------------------------- */

/* Is x a double, and if single is set, a float? By GMP's conversion, which is exact where it can be; the smallest exponents aside,
   which the networks here do not have. */
static bool is_float(const fmpq_t x, bool single)
{
    mpq_t q, r;
    mpq_init(q);
    mpq_init(r);
    fmpq_get_mpq(q, x);
    double d = mpq_get_d(q);
    bool same = isfinite(d);
    if (same) {
        mpq_set_d(r, d);
        same = mpq_equal(q, r) && (!single || (double) (float) d == d);
    }
    mpq_clear(q);
    mpq_clear(r);
    return same;
}

static bool all_floats(const qd_net_t net, bool single)
{
    for (slong l = 0; l < net->depth; l++) {
        const qd_layer_struct *layer = net->layer + l;
        for (int k = 0; k < qd_kind_get(layer->neuron.kind)->nparams; k++)
            for (slong i = 0; i < layer->out * qd_shape_length(qd_kind_get(layer->neuron.kind)->param[k].shape, layer->in); i++)
                if (!is_float(layer->param[k] + i, single)) return false;
    }
    return true;
}

START_TEST(to_tensors_and_back)
{
    qd_rng_t rng;
    qd_net_t net, back;
    qd_ctx_t ctx;
    qd_st_t st;
    const qd_vec_struct *x = NULL;
    qd_rng_init(rng, seed, 5000 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_net_init(back);
    qd_st_init(st);
    slong exact = 0;
    for (slong k = 0; k < 50 * multiplier; k++) {
        qd_st_type type = k % 2 ? QD_ST_F32 : QD_ST_F64;
        random_net(net, rng);
        qd_ctx_forget(ctx);
        bool floats = all_floats(net, type == QD_ST_F32);
        qd_status status = qd_net_to_safetensors(st, net, type, false, ctx);
        AGREE((status == QD_OK) == floats, "%s", qd_ctx_message(ctx));
        if (!floats) {
            AGREE(strncmp(qd_ctx_message(ctx), "layers.", 7) == 0, "%s", qd_ctx_message(ctx));
            continue;
        }
        exact++;
        AGREE(qd_net_from_safetensors(back, st, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        AGREE(qd_net_equal(net, back), "another network");
        AGREE(same_text(net->name, back->name) && same_text(net->comment, back->comment), "another name or comment");
    }
    ck_assert_int_gt(exact, 5);
    qd_st_clear(st);
    qd_net_clear(net);
    qd_net_clear(back);
}
END_TEST

/* One weight, rounded: the neighbours on both sides are not nearer. */
START_TEST(to_tensors_rounded)
{
    static const char *const text[] = {
        "1/3",
        "-2/3",
        "0.1",
        "1e-40",
        "1e-45",
        "7e-46",
        "8e-46",
        "-1e-60",
        "16777217",
        "16777219",
        "340282346638528859811704183484516925440",
        "1e-320",
        "1e30",
        "3.50324616082e-45",            /* just above 2.5 times the smallest float32: what is first rounded to 24 bits is a tie */
        "1.235164114603116360442e-323", /* the same for float64 and 53 bits */
    };
    qd_rng_t rng;
    qd_net_t net, back;
    qd_ctx_t ctx;
    qd_st_t st;
    fmpq_t x, error, other;
    qd_rng_init(rng, seed, 5500 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_net_init(back);
    qd_st_init(st);
    fmpq_init(x);
    fmpq_init(error);
    fmpq_init(other);
    ck_assert_int_eq(qd_rat_set_str(x, text[_i], strlen(text[_i]), ctx), QD_OK);
    fmpq_set(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 1)->param[0], x);
    for (int single = 0; single < 2; single++) {
        ck_assert_int_eq(qd_net_to_safetensors(st, net, single ? QD_ST_F32 : QD_ST_F64, true, ctx), QD_OK);
        ck_assert_int_eq(qd_net_from_safetensors(back, st, ctx), QD_OK);
        double d = qd_st_get(qd_st_find(st, "layers.0.w"), 0);
        fmpq_sub(error, back->layer->param[0], x);
        fmpq_abs(error, error);
        for (int side = -1; side <= 1; side += 2) {
            double near = single ? nextafterf((float) d, side * INFINITY) : nextafter(d, side * INFINITY);
            if (!isfinite(near)) continue;
            qd_rat_set_double(other, near);
            fmpq_sub(other, other, x);
            fmpq_abs(other, other);
            ck_assert_msg(fmpq_cmp(error, other) <= 0, "%s as float%d: %.17g", text[_i], single ? 32 : 64, d);
        }
    }
    fmpq_clear(x);
    fmpq_clear(error);
    fmpq_clear(other);
    qd_st_clear(st);
    qd_net_clear(net);
    qd_net_clear(back);
}
END_TEST

START_TEST(no_float)
{
    static const struct {
        const char *w;
        qd_st_type type;
        bool round;
        const char *message;
    } entry[] = {
        {"1/3", QD_ST_F64, false, "layers.0.w[0, 0] is 1/3, which is no float64, and rounding was not asked for"},
        {"16777217", QD_ST_F32, false, "layers.0.w[0, 0] is 16777217, which is no float32, and rounding was not asked for"},
        {"1e-46", QD_ST_F32, false, "layers.0.w[0, 0] is about 1e-46, which is no float32, and rounding was not asked for"},
        {"3/1427247692705959881058285969449495136382746624", QD_ST_F32, false, /* 3/2^150: between two subnormals */
         "layers.0.w[0, 0] is about 2.1019476964872256064e-45, which is no float32, and rounding was not asked for"},
        {"1/1427247692705959881058285969449495136382746624", QD_ST_F32, false,
         "layers.0.w[0, 0] is about 7.0064923216240853546e-46, which is no float32, and rounding was not asked for"},
        {"8388609/1427247692705959881058285969449495136382746624", QD_ST_F32, false,
         "layers.0.w[0, 0] is about 5.8774724547606697023e-39, which is no float32, and rounding was not asked for"},
        {"1e39", QD_ST_F32, true, "layers.0.w[0, 0] is about 1e39, which is beyond the largest float32"},
        {"-1e309", QD_ST_F64, true, "layers.0.w[0, 0] is about -1e309, which is beyond the largest float64"},
    };
    qd_net_t net;
    qd_ctx_t ctx;
    qd_st_t st;
    fmpq_t x;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_st_init(st);
    fmpq_init(x);
    qd_st_set_meta(st, "kept", "yes");
    ck_assert_int_eq(qd_rat_set_str(x, entry[_i].w, strlen(entry[_i].w), ctx), QD_OK);
    fmpq_set(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 1)->param[0], x);
    ck_assert_int_eq(qd_net_to_safetensors(st, net, entry[_i].type, entry[_i].round, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), entry[_i].message);
    ck_assert_str_eq(qd_st_meta(st, "kept"), "yes");
    fmpq_clear(x);
    qd_st_clear(st);
    qd_net_clear(net);
}
END_TEST

#define HEAD(layer) "{\"input_dim\": 2, \"layers\": [" layer "]}"
#define RELU "{\"kind\": \"linear\", \"activation\": \"relu\"}"

static const struct {
    const char *architecture, *extra;
    int64_t rows, columns, biases;
    double entry;
    const char *message;
} tensors[] = {
    {NULL, NULL, 3, 2, 3, 0, "the metadata has no 'architecture'"},
    {"{", NULL, 3, 2, 3, 0, "metadata 'architecture': line 1, column 2"},
    {"[]", NULL, 3, 2, 3, 0, "metadata 'architecture': line 1, column 1: the architecture must be an object"},
    {"{\"input\": [3, 32, 32], \"layers\": []}", NULL, 3, 2, 3, 0, "found a convolutional network, expected a dense one"},
    {"{\"layers\": []}", NULL, 3, 2, 3, 0, "key 'input_dim' is missing"},
    {HEAD(""), NULL, 3, 2, 3, 0, "'layers' is empty"},
    {HEAD("{\"kind\": \"linear\"}"), NULL, 3, 2, 3, 0, "key 'activation' is missing in layer 1"},
    {HEAD("{\"kind\": \"line\", \"activation\": \"relu\"}"), NULL, 3, 2, 3, 0, "layer 1: unknown kind 'line'"},
    {HEAD("{\"kind\": \"linear\", \"activation\": \"leaky_relu\"}"), NULL, 3, 2, 3, 0, "key 'slope' is missing in layer 1"},
    {HEAD("{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": []}"), NULL, 3, 2, 3, 0, "unknown key 'w' in layer 1"},
    {HEAD("{\"kind\": \"quadratic\", \"activation\": \"relu\"}"), NULL, 3, 2, 3, 0, "the tensor 'layers.0.wr' is missing"},
    {HEAD(RELU ", " RELU), NULL, 3, 2, 3, 0, "the tensor 'layers.1.w' is missing"},
    {HEAD(RELU), NULL, 3, 4, 3, 0, "the tensor 'layers.0.w': (3, 2) expected, found (3, 4)"},
    {HEAD(RELU), NULL, 2, 3, 3, 0, "the tensor 'layers.0.w': (3, 2) expected, found (2, 3): transposed?"},
    {HEAD(RELU), NULL, 2, 3, 2, 0, "the tensor 'layers.0.w': (2, 2) expected, found (2, 3)"},
    {HEAD(RELU), NULL, 3, 2, 4, 0, "the tensor 'layers.0.b': (3) expected, found (4)"},
    {HEAD(RELU), NULL, 0, 2, 0, 0, "the tensor 'layers.0.w' is empty, expected one row a neuron"},
    {HEAD(RELU), NULL, 3, 2, 3, NAN, "layers.0.w[2, 1] is NaN, expected a finite number"},
    {HEAD(RELU), NULL, 3, 2, 3, -INFINITY, "layers.0.w[2, 1] is infinite, expected a finite number"},
    {HEAD(RELU), "layers.0.scale", 3, 2, 3, 0, "the tensor 'layers.0.scale' belongs to batch normalisation"},
    {HEAD(RELU), "layers.00.w", 3, 2, 3, 0, "the tensor 'layers.00.w' has no place in the architecture"},
    {HEAD(RELU), "layers.1.w", 3, 2, 3, 0, "the tensor 'layers.1.w' has no place in the architecture"},
    {HEAD(RELU), "layers.", 3, 2, 3, 0, "the tensor 'layers.' has no place in the architecture"},
    {HEAD(RELU), "optimiser.layers.0.w", 3, 2, 3, 0, NULL},
};

START_TEST(from_tensors)
{
    const int64_t shape[] = {tensors[_i].rows, tensors[_i].columns};
    double w[16] = {0}, zero = 0;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_st_t st;
    qd_ctx_init(ctx);
    qd_st_init(st);
    keep(net);
    if (shape[0] > 0) w[shape[0] * shape[1] - 1] = tensors[_i].entry;
    qd_st_add(st, "layers.0.w", QD_ST_F64, 2, shape, w);
    qd_st_add(st, "layers.0.b", QD_ST_F64, 1, &tensors[_i].biases, w);
    if (tensors[_i].extra != NULL) qd_st_add(st, tensors[_i].extra, QD_ST_F64, 0, NULL, &zero);
    if (tensors[_i].architecture != NULL) qd_st_set_meta(st, "architecture", tensors[_i].architecture);
    qd_status status = qd_net_from_safetensors(net, st, ctx);
    if (tensors[_i].message == NULL) ck_assert_int_eq(status, QD_OK);
    else {
        ck_assert_int_eq(status, QD_EINPUT);
        ck_assert_msg(strstr(qd_ctx_message(ctx), tensors[_i].message) != NULL, "%s", qd_ctx_message(ctx));
        is_kept(net);
    }
    qd_st_clear(st);
    qd_net_clear(net);
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_set_timeout(tc, 300);
    suite_add_tcase(suite, tc);
    return tc;
}

/* The entry of a matrix that is not square is named by row and column, that of a vector by its number. */
START_TEST(entries_have_names)
{
    static const struct {
        qd_kind kind;
        const char *key, *name;
        slong u, j;
    } entry[] = {{QD_LINEAR, "w", "layers.0.w[1, 2]", 1, 2},
                 {QD_QUADRATIC, "wg", "layers.0.wg[0, 1]", 0, 1},
                 {QD_QUADRATIC, "c", "layers.0.c[1]", 1, 0},
                 {QD_FULL, "a", "layers.0.a[1, 5]", 1, 5}};
    qd_net_t net;
    qd_ctx_t ctx;
    qd_st_t st;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_st_init(st);
    qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(entry[_i].kind, QD_IDENTITY), 3, 2);
    fmpq_set_si(qd_layer_at(layer, qd_layer_param(layer, entry[_i].key), entry[_i].u, entry[_i].j), 1, 3);
    ck_assert_int_eq(qd_net_to_safetensors(st, net, QD_ST_F64, false, ctx), QD_EINPUT);
    ck_assert_msg(strncmp(qd_ctx_message(ctx), entry[_i].name, strlen(entry[_i].name)) == 0, "%s", qd_ctx_message(ctx));
    qd_st_clear(st);
    qd_net_clear(net);
}
END_TEST

/* Decimals where the slope has one, for readers that know no fractions. */
START_TEST(slopes_are_decimals)
{
    static const struct {
        slong p, q;
        const char *text;
    } slope[] = {{1, 100, "\"slope\": \"0.01\""}, {1, 3, "\"slope\": \"1/3\""}, {-7, 8, "\"slope\": \"-0.875\""}};
    qd_net_t net;
    qd_ctx_t ctx;
    qd_st_t st;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_st_init(st);
    fmpq_set_si(qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_LEAKY_RELU), 1, 1)->slope, slope[_i].p, (ulong) slope[_i].q);
    ck_assert_int_eq(qd_net_to_safetensors(st, net, QD_ST_F64, false, ctx), QD_OK);
    ck_assert_msg(strstr(qd_st_meta(st, "architecture"), slope[_i].text) != NULL, "%s", qd_st_meta(st, "architecture"));
    qd_st_clear(st);
    qd_net_clear(net);
}
END_TEST

/* Where a pre-activation is 0 the unit is off, in the derivatives too: of relu(w x + b) none is left at w = x = b = 0, of |w x + b| that of -b. */
START_TEST(gradient_at_zero)
{
    static const qd_activation acts[] = {QD_RELU, QD_ABS};
    qd_net_t net;
    qd_vec_t x;
    qd_gradient_t g;
    qd_ctx_t ctx;
    slong zeros;
    qd_net_init(net);
    qd_vec_init(x);
    qd_vec_resize(x, 1);
    qd_ctx_init(ctx);
    qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, acts[_i]), 1, 1);
    qd_layer_struct *l = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_IDENTITY), 1, 1);
    fmpq_one(qd_layer_at(l, 0, 0, 0));
    qd_gradient_init(g, net);
    fmpq *row = _fmpq_vec_init(g->params);
    ck_assert_int_eq(qd_gradient_point(&zeros, NULL, g, x, ctx), QD_OK);
    ck_assert_int_eq(zeros, 1);
    qd_gradient_row(row, g, 0); /* w, b, then those of the readout */
    ck_assert(fmpq_is_zero(row) && fmpq_equal_si(row + 1, acts[_i] == QD_RELU ? 0 : -1));
    ck_assert(fmpq_is_zero(row + 2) && fmpq_is_one(row + 3));
    _fmpq_vec_clear(row, g->params);
    qd_gradient_clear(g);
    qd_vec_clear(x);
    qd_net_clear(net);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("net");
    TCase *tc = new_case(suite, "eval");
    tcase_add_loop_test(tc, eval_equals_oracle, 0, 20);
    tcase_add_loop_test(tc, eval_where_a_preactivation_is_zero, 0, 20);
    tcase_add_test(tc, eval_fails);
    tcase_add_loop_test(tc, lowering, 0, 20);
    tcase_add_loop_test(tc, gradient_equals_quotients, 0, 6);
    tc = new_case(suite, "text");
    tcase_add_loop_test(tc, print_then_parse, 0, 20);
    tcase_add_test(tc, write_then_read);
    tcase_add_loop_test(tc, numbers_mean_what_they_say, 0, COUNT(number));
    tcase_add_test(tc, large_exponents);
    tc = new_case(suite, "data");
    tcase_add_test(tc, set_equal_swap);
    tcase_add_test(tc, sizes);
    tcase_add_loop_test(tc, random_near_a_conventional_network, 0, QD_KINDS);
    tcase_add_loop_test(tc, random_is_a_function_of_seed_and_stream, 0, 2 * QD_KINDS);
    tcase_add_test(tc, random_streams);
    tcase_add_test(tc, random_grid);
    tcase_add_test(tc, random_gauss);
    tc = new_case(suite, "bad");
    tcase_add_loop_test(tc, refuses, 0, COUNT(bad));
    tcase_add_test(tc, truncated);
    tcase_add_loop_test(tc, mutated, 0, 4);
    tc = new_case(suite, "safetensors");
    tcase_add_loop_test(tc, to_tensors_and_back, 0, 10);
    tcase_add_loop_test(tc, to_tensors_rounded, 0, 15);
    tcase_add_loop_test(tc, gradient_at_zero, 0, 2);
    tcase_add_loop_test(tc, no_float, 0, 8);
    tcase_add_loop_test(tc, entries_have_names, 0, 4);
    tcase_add_loop_test(tc, slopes_are_decimals, 0, 3);
    tcase_add_loop_test(tc, from_tensors, 0, COUNT(tensors));
    tc = new_case(suite, "large");
    tcase_add_loop_test(tc, ten_megabytes_on_one_line, 0, 3);
    tcase_add_loop_test(tc, ten_megabytes_of_garbage, 0, 7);
    tcase_add_loop_test(tc, short_text_with_large_claims, 0, 2);
    int failed = test_run(suite);
    flint_cleanup_master();
    return failed;
}
