/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse layers. The same network with its layers as they are and as sparse layers gives the same answers everywhere; files and what they
   must not say; memory that goes with the entries. The line against the oracle: t_line.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shared/suite.h"
#include "spline/spline.h"
#include "variety/variety.h"

#define COUNT(a) ((slong) (sizeof(a) / sizeof *(a)))

static uint64_t seed;
static slong multiplier;

/* ---- networks --------------------------------------------------------------------------------- */

static void draw(fmpq_t x, qd_rng_t rng)
{
    fmpq_set_si(x, qd_rng_range(rng, -6, 6), 1 + qd_rng_below(rng, 4));
    fmpq_canonicalise(x);
}

/* The kinds whose parameters are the coefficients of their polynomials, and all: in `some`; returns how many. */
static slong kinds_of(qd_kind *some, bool all)
{
    slong n = 0;
    for (int kind = 0; kind < QD_KINDS; kind++)
        if (all || qd_kind_find((qd_kind) kind, QD_ROLE_R) < 0) some[n++] = (qd_kind) kind;
    return n;
}

static void random_dense(qd_net_t net, slong inputs, bool all, qd_rng_t rng)
{
    qd_kind kind[QD_KINDS];
    slong nkinds = kinds_of(kind, all);
    slong in = inputs, depth = 1 + (slong) qd_rng_below(rng, 3), degree = 1;
    qd_net_clear(net);
    for (slong l = 0; l <= depth; l++) {
        qd_kind k = l == depth ? QD_LINEAR : kind[qd_rng_below(rng, (uint64_t) nkinds)];
        qd_activation act = l == depth ? QD_IDENTITY : (qd_activation) qd_rng_below(rng, QD_ACTIVATIONS);
        int64_t power = act == QD_SQUARE ? 2 : act == QD_RAISE ? 1 + (int64_t) qd_rng_below(rng, 3) : 1;
        if (degree * qd_kind_get(k)->degree * power > 8) {
            k = QD_LINEAR;
            act = QD_RELU;
            power = 1;
        }
        degree *= qd_kind_get(k)->degree * power;
        qd_neuron neuron = qd_neuron_make(k, act);
        neuron.power = power;
        qd_layer_struct *layer = qd_net_add_layer(net, neuron, in, 1 + (slong) qd_rng_below(rng, 3));
        if (act == QD_LEAKY_RELU) draw(layer->slope, rng);
        for (int p = 0; p < qd_kind_get(k)->nparams; p++)
            for (slong i = 0; i < layer->out * (slong) qd_shape_length(qd_kind_get(k)->param[p].shape, in); i++)
                draw(layer->param[p] + i, rng);
        in = layer->out;
    }
}

/* Is a_i a_j among the terms that neurons of this kind have? i = j = -1: any linear entry? */
static bool has_entry(qd_kind kind, slong i, slong j)
{
    if (qd_kind_find(kind, QD_ROLE_R) >= 0) return true;
    if (i < 0) return qd_kind_find(kind, QD_ROLE_W) >= 0;
    return qd_kind_find(kind, QD_ROLE_T) >= 0 || (i == j && qd_kind_find(kind, QD_ROLE_S) >= 0);
}

/* One unit with the coefficients c (qd_lowered_expand). all: also the entries that are 0. */
static void set_unit(qd_lowered_unit *unit, const qd_layer_struct *from, const fmpq *c, bool all)
{
    slong n = from->in, nw = 0, nterms = 0;
    unit->act = from->neuron.act;
    unit->power = from->neuron.power;
    fmpq_set(unit->slope, from->slope);
    fmpq_set(unit->b, c);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) qd_lowered_unit_resize(unit, nw, nterms);
        nw = nterms = 0;
        for (slong i = 0; i < n; i++) {
            if (!has_entry(from->neuron.kind, -1, -1) || (!all && fmpq_is_zero(c + 1 + i))) continue;
            if (pass == 1) {
                unit->at[nw] = i;
                fmpq_set(unit->w + nw, c + 1 + i);
            }
            nw++;
        }
        for (slong i = 0, k = 1 + n; i < n; i++)
            for (slong j = i; j < n; j++, k++) {
                if (!has_entry(from->neuron.kind, i, j) || (!all && fmpq_is_zero(c + k))) continue;
                if (pass == 1) {
                    unit->term[nterms].i = i;
                    unit->term[nterms].j = j;
                    fmpq_set(unit->term[nterms].c, c + k);
                }
                nterms++;
            }
    }
}

/* The same network of sparse layers; a layer stays as it is with probability 1/4 when some. */
static void to_sparse(qd_net_t net, const qd_net_t dense, bool all, bool some, qd_rng_t rng)
{
    qd_lowered_t low;
    qd_net_t whole;
    qd_lowered_init(low);
    qd_net_lower(low, dense);
    qd_net_init(whole);
    qd_net_set(whole, dense);
    qd_net_clear(net);
    for (slong l = 0; l < dense->depth; l++) {
        const qd_layer_struct *from = dense->layer + l;
        slong n = from->in, length = 1 + n + n * (n + 1) / 2;
        fmpq *c = _fmpq_vec_init(length);
        if (some && qd_rng_below(rng, 4) == 0) {
            qd_layer_struct *to = qd_net_add_layer(net, from->neuron, n, from->out);
            qd_layer_struct t = *to;
            *to = whole->layer[l];
            whole->layer[l] = t;
        } else {
            qd_layer_struct *to = qd_net_add_sparse(net, n, from->out);
            for (slong u = 0; u < from->out; u++) {
                qd_lowered_expand(c, low->layer[l].unit + u, n);
                set_unit(to->sparse + u, from, c, all);
            }
        }
        _fmpq_vec_clear(c, length);
    }
    qd_net_clear(whole);
    qd_lowered_clear(low);
}

static void print_net(const qd_net_t net)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_net_print(b, net);
    fprintf(stderr, "%s", qd_buf_str(b));
    qd_buf_clear(b);
}

#define AGREE(condition, ...)                                                                                                              \
    do {                                                                                                                                   \
        if (!(condition)) print_net(a);                                                                                                    \
        if (!(condition)) print_net(b);                                                                                                    \
        ck_assert_msg(condition, __VA_ARGS__);                                                                                             \
    } while (0)

/* ---- the same answers ------------------------------------------------------------------------- */

static void same_values(const qd_net_t a, const qd_net_t b, qd_rng_t rng)
{
    qd_vec_t x, y, z;
    qd_ctx_t ctx;
    char *p = malloc((size_t) qd_net_nswitching(a) + 1), *q = malloc((size_t) qd_net_nswitching(a) + 1);
    qd_vec_init(x);
    qd_vec_init(y);
    qd_vec_init(z);
    qd_ctx_init(ctx);
    qd_vec_resize(x, a->input_dim);
    AGREE(qd_net_nswitching(a) == qd_net_nswitching(b), "switching units");
    for (slong i = 0; i < x->n; i++) draw(x->e + i, rng);
    ck_assert_int_eq(qd_net_eval(y, p, a, x, ctx), QD_OK);
    ck_assert_int_eq(qd_net_eval(z, q, b, x, ctx), QD_OK);
    AGREE(strcmp(p, q) == 0, "patterns %s and %s", p, q);
    for (slong o = 0; o < y->n; o++) AGREE(fmpq_equal(y->e + o, z->e + o), "output %ld", (long) o);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_vec_clear(z);
    free(p);
    free(q);
}

static void same_regions(const qd_net_t a, const qd_net_t b, qd_line_t k, qd_line_t l, qd_ctx_t ctx)
{
    slong n = qd_line_outputs(k), s, t;
    char *p = malloc((size_t) qd_net_nswitching(a) + 1), *q = malloc((size_t) qd_net_nswitching(a) + 1);
    fmpq_poly_struct *f = malloc(2 * sizeof *f * (size_t) n), *g = f + n;
    qd_alg_t v, w;
    qd_alg_init(v);
    qd_alg_init(w);
    for (slong o = 0; o < 2 * n; o++) fmpq_poly_init(f + o);
    for (slong i = 0; i < qd_line_nregions(k); i++) {
        qd_line_pattern(p, k, i);
        qd_line_pattern(q, l, i);
        AGREE(strcmp(p, q) == 0, "region %ld: patterns %s and %s", (long) i, p, q);
        ck_assert_int_eq(qd_line_poly(f, k, i, ctx), QD_OK);
        ck_assert_int_eq(qd_line_poly(g, l, i, ctx), QD_OK);
        for (slong o = 0; o < n; o++) AGREE(fmpq_poly_equal(f + o, g + o), "region %ld: output %ld", (long) i, (long) o);
        if (i == qd_line_nbreaks(k)) break;
        ck_assert_int_eq(qd_line_breakpoint(v, k, i, ctx), QD_OK);
        ck_assert_int_eq(qd_line_breakpoint(w, l, i, ctx), QD_OK);
        AGREE(qd_alg_cmp(v, w) == 0, "breakpoint %ld", (long) i);
        AGREE(qd_line_changes(k, i) == qd_line_changes(l, i), "breakpoint %ld: does the output change?", (long) i);
        ck_assert_int_eq(qd_line_smoothness(&s, k, i, ctx), QD_OK);
        ck_assert_int_eq(qd_line_smoothness(&t, l, i, ctx), QD_OK);
        AGREE(s == t, "breakpoint %ld: smoothness %ld and %ld", (long) i, (long) s, (long) t);
    }
    for (slong o = 0; o < 2 * n; o++) fmpq_poly_clear(f + o);
    qd_alg_clear(v);
    qd_alg_clear(w);
    free(f);
    free(p);
    free(q);
}

static void same_bounds(const qd_net_t a, const qd_net_t b, bool all)
{
    void (*const bound[])(fmpz_t, const qd_net_t) = {qd_bound_line, qd_bound_line_product};
    for (int i = 0; i < 2; i++) {
        fmpz_t x, y;
        fmpz_init(x);
        fmpz_init(y);
        bound[i](x, a);
        bound[i](y, b);
        if (all) AGREE(fmpz_equal(x, y), "bound %d", i);
        else AGREE(fmpz_cmp(y, x) <= 0, "bound %d is larger for fewer entries", i); /* a layer without terms has degree 1 */
        fmpz_clear(x);
        fmpz_clear(y);
    }
}

static void same_line(const qd_net_t a, const qd_net_t b, qd_rng_t rng)
{
    qd_line_t k, l;
    qd_ctx_t ctx;
    slong n = a->input_dim;
    fmpq *p = _fmpq_vec_init(n), *q = _fmpq_vec_init(n);
    qd_domain d = {0};
    qd_ctx_init(ctx);
    qd_line_init(k);
    qd_line_init(l);
    for (slong i = 0; i < n; i++) {
        draw(p + i, rng);
        draw(q + i, rng);
    }
    fmpq_one(q);
    if (n > 1) d = (qd_domain){.dim = 1, .base = p, .step = q};
    ck_assert_msg(qd_line_compute(k, a, &d, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_line_compute(l, b, &d, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_count c = qd_line_count(k), e = qd_line_count(l);
    AGREE(c.regions == e.regions && c.patterns == e.patterns && c.pieces == e.pieces && c.max_degree == e.max_degree, "counts");
    same_regions(a, b, k, l, ctx);
    qd_line_clear(k);
    qd_line_clear(l);
    _fmpq_vec_clear(p, n);
    _fmpq_vec_clear(q, n);
}

START_TEST(sparse_is_dense)
{
    qd_rng_t rng;
    qd_net_t a, b;
    qd_rng_init(rng, seed, (uint64_t) _i);
    qd_net_init(a);
    qd_net_init(b);
    for (slong k = 0; k < 40 * multiplier; k++) {
        bool all = qd_rng_below(rng, 2);
        random_dense(a, k % 4 == 0 ? 3 : 1, true, rng);
        to_sparse(b, a, all, true, rng);
        for (int i = 0; i < 5; i++) same_values(a, b, rng);
        same_line(a, b, rng);
        same_bounds(a, b, all);
    }
    qd_net_clear(a);
    qd_net_clear(b);
}
END_TEST

START_TEST(same_dimension)
{
    qd_rng_t rng;
    qd_net_t a, b;
    qd_ctx_t ctx;
    qd_rng_init(rng, seed, 100 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_net_init(b);
    for (slong k = 0; k < 15 * multiplier; k++) {
        qd_functional r, s;
        random_dense(a, 1 + k % 2, false, rng);
        to_sparse(b, a, true, false, rng);
        AGREE(qd_net_nparams(a) == qd_net_nparams(b), "parameters");
        ck_assert_int_eq(qd_variety_functional(&r, a, ctx), QD_OK);
        ck_assert_int_eq(qd_variety_functional(&s, b, ctx), QD_OK);
        AGREE(r.label == s.label && r.dimension == s.dimension && r.points == s.points && r.regions == s.regions &&
                  r.excluded_regions == s.excluded_regions && r.excluded_points == s.excluded_points,
              "dimensions %ld and %ld", (long) r.dimension, (long) s.dimension);
    }
    qd_net_clear(a);
    qd_net_clear(b);
}
END_TEST

/* Splines and largest errors come from the line alone. */
START_TEST(same_error)
{
    qd_rng_t rng;
    qd_net_t a, b;
    qd_ctx_t ctx;
    qd_expr_t e;
    qd_enclosure_t r, s;
    fmpq_t lo, hi;
    qd_rng_init(rng, seed, 200);
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_net_init(b);
    qd_expr_init(e);
    qd_enclosure_init(r);
    qd_enclosure_init(s);
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_set_si(lo, -1, 1);
    fmpq_set_si(hi, 2, 1);
    ck_assert_int_eq(qd_expr_parse(e, "exp(x)", ctx), QD_OK);
    const qd_target target = {.nexpr = 1, .expr = e};
    for (slong k = 0; k < 10 * multiplier; k++) {
        random_dense(a, 1, true, rng);
        to_sparse(b, a, false, false, rng);
        ck_assert_msg(qd_certify(r, a, &target, lo, hi, 1e-6, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        ck_assert_msg(qd_certify(s, b, &target, lo, hi, 1e-6, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        AGREE(arf_cmp(r->lower, s->upper) <= 0 && arf_cmp(s->lower, r->upper) <= 0, "the enclosures do not meet");
        AGREE(r->reached && s->reached && r->pieces == s->pieces, "%ld and %ld pieces", (long) r->pieces, (long) s->pieces);
    }
    fmpq_clear(lo);
    fmpq_clear(hi);
    qd_enclosure_clear(r);
    qd_enclosure_clear(s);
    qd_expr_clear(e);
    qd_net_clear(a);
    qd_net_clear(b);
}
END_TEST

START_TEST(same_spline)
{
    qd_rng_t rng;
    qd_net_t a, b;
    qd_ctx_t ctx;
    qd_rng_init(rng, seed, 300);
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_net_init(b);
    for (slong k = 0; k < 20 * multiplier; k++) {
        const qd_domain all = {0};
        qd_line_t line;
        qd_spline_t s, t;
        qd_line_init(line);
        qd_spline_init(s);
        qd_spline_init(t);
        random_dense(a, 1, true, rng);
        to_sparse(b, a, false, false, rng);
        ck_assert_int_eq(qd_line_compute(line, a, &all, ctx), QD_OK);
        ck_assert_int_eq(qd_spline_set_line(s, line, ctx), QD_OK);
        ck_assert_int_eq(qd_line_compute(line, b, &all, ctx), QD_OK);
        ck_assert_int_eq(qd_spline_set_line(t, line, ctx), QD_OK);
        AGREE(qd_spline_equal(s, t), "splines");
        qd_spline_clear(s);
        qd_spline_clear(t);
        qd_line_clear(line);
    }
    qd_net_clear(a);
    qd_net_clear(b);
}
END_TEST

/* A relu unit that is off does not end a network that carries its input past it: x + relu(x - 1) on layer after layer. */
START_TEST(carried_past_relu)
{
    qd_net_t net;
    qd_ctx_t ctx;
    qd_line_t line;
    fmpz_t bound;
    const qd_domain all = {0};
    qd_net_init(net);
    qd_ctx_init(ctx);
    qd_line_init(line);
    fmpz_init(bound);
    for (slong l = 0; l < 3; l++) {
        qd_layer_struct *layer = qd_net_add_sparse(net, l == 0 ? 1 : 2, 2);
        for (slong u = 0; u < 2; u++) {
            qd_lowered_unit *unit = layer->sparse + u;
            qd_lowered_unit_resize(unit, 1, u == 0 ? 0 : 1);
            fmpq_set_si(unit->w, u == 0 ? 1 : l, 1);
            if (u == 1) fmpq_one(unit->term->c);
        }
        layer->sparse[1].act = QD_RELU;
        fmpq_set_si(layer->sparse[1].b, -l - 1, 1);
    }
    qd_layer_struct *sum = qd_net_add_sparse(net, 2, 1);
    qd_lowered_unit_resize(sum->sparse, 2, 0);
    for (slong i = 0; i < 2; i++) {
        sum->sparse->at[i] = i;
        fmpq_one(sum->sparse->w + i);
    }
    ck_assert_int_eq(qd_line_compute(line, net, &all, ctx), QD_OK);
    /* units relu(x^2 + l x - l - 1), l = 0, 1, 2, of which only the last is read: sign changes at -1, 1; -2, 1; -3, 1 */
    qd_count c = qd_line_count(line);
    ck_assert_int_eq(c.regions, 5);
    ck_assert_int_eq(c.patterns, 4);
    ck_assert_int_eq(c.pieces, 3);
    ck_assert_int_eq(c.max_degree, 2);
    qd_bound_line(bound, net);
    ck_assert_int_ge(fmpz_get_si(bound), 5);
    fmpz_clear(bound);
    qd_line_clear(line);
    qd_net_clear(net);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------ */

START_TEST(text_and_back)
{
    qd_rng_t rng;
    qd_net_t a, b, t;
    qd_ctx_t ctx;
    qd_buf_t out, again;
    qd_rng_init(rng, seed, 400 + (uint64_t) _i);
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_net_init(b);
    qd_net_init(t);
    qd_buf_init(out);
    qd_buf_init(again);
    for (slong k = 0; k < 50 * multiplier; k++) {
        random_dense(t, 1 + k % 4, true, rng);
        to_sparse(a, t, qd_rng_below(rng, 2), true, rng);
        qd_buf_reset(out);
        qd_buf_reset(again);
        qd_net_print(out, a);
        ck_assert_msg(qd_net_parse(b, qd_buf_str(out), out->len, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        AGREE(qd_net_equal(a, b), "not what was written");
        qd_net_print(again, b);
        ck_assert_str_eq(qd_buf_str(out), qd_buf_str(again));
        qd_net_set(t, a);
        AGREE(qd_net_equal(a, t), "a copy is not equal");
        /* every entry counts */
        slong l = (slong) qd_rng_below(rng, (uint64_t) a->depth);
        qd_layer_struct *layer = t->layer + l;
        if (layer->sparse == NULL) continue;
        qd_lowered_unit *unit = layer->sparse + qd_rng_below(rng, (uint64_t) layer->out);
        slong n = unit->nw + unit->nterms, e = (slong) qd_rng_below(rng, (uint64_t) n + 2);
        fmpq *x = e < unit->nw ? unit->w + e : e < n ? unit->term[e - unit->nw].c : e == n ? unit->b : unit->slope;
        fmpq_add_si(x, x, 1);
        AGREE(!qd_net_equal(a, t), "entry %ld of a unit of layer %ld does not count", (long) e, (long) l);
    }
    qd_buf_clear(out);
    qd_buf_clear(again);
    qd_net_clear(a);
    qd_net_clear(b);
    qd_net_clear(t);
}
END_TEST

#define NET(units) "{\"input_dim\": 2, \"layers\": [\n{\"kind\": \"sparse\", \"units\": " units "}]}"
#define UNIT(members) NET("[\n{\"activation\": \"relu\"" members "}]")

START_TEST(any_order)
{
    qd_net_t a, b;
    qd_ctx_t ctx;
    const char *one =
        NET("[{\"activation\": \"leaky_relu\", \"slope\": \"0.5\", \"quadratic\": [[0, 0, 1], [0, 1, \"2\"], [1, 1, \"-3\"]], "
            "\"linear\": [[0, \"4/5\"], [1, 0]], \"b\": \"0\"}]");
    const char *two = NET("[{\"linear\": [[1, \"0\"], [0, 0.8]], \"quadratic\": [[1, 1, \"-3\"], [0, 0, \"1\"], [0, 1, 2]], "
                          "\"slope\": \"1/2\", \"activation\": \"leaky_relu\"}]");
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_net_init(b);
    ck_assert_msg(qd_net_parse(a, one, strlen(one), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_msg(qd_net_parse(b, two, strlen(two), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert(qd_net_equal(a, b));
    ck_assert_int_eq(qd_net_nparams(a), 6);
    qd_net_clear(a);
    qd_net_clear(b);
}
END_TEST

#define U1 "layer 1, unit 1"
#define KEYS "; known keys are 'activation', 'slope', 'quadratic', 'linear', 'b'"
#define LINEAR3(e) UNIT(", \"linear\": [[0, 1], " e "]")
#define QUADRATIC3(e) UNIT(", \"quadratic\": [[0, 1, 1], " e "]")

static const struct {
    const char *text, *message;
} bad[] = {
    {"{\"input_dim\": 2, \"layers\": [\n{\"kind\": \"sparse\"}]}", "line 2, column 1: key 'units' is missing in layer 1"},
    {"{\"input_dim\": 2, \"layers\": [\n{\"kind\": \"sparse\", \"activation\": \"relu\", \"units\": []}]}",
     "line 2, column 20: unknown key 'activation' in layer 1; known keys are 'kind', 'units'"},
    {NET("{}"), "line 2, column 29: layer 1, 'units' must be an array, not an object"},
    {NET("[]"), "line 2, column 29: layer 1, 'units': found an empty array, expected one object a unit"},
    {NET("[\n7]"), "line 3, column 1: " U1 " must be an object, not 7"},
    {NET("[\n{\"b\": 0}]"), "line 3, column 1: key 'activation' is missing in " U1},
    {NET("[\n{\"activation\": \"tanh\"}]"),
     "line 3, column 16: " U1 ": unknown activation 'tanh'; known are identity, relu, leaky_relu, abs, square, power:r"},
    {NET("[\n{\"activation\": \"leaky_relu\"}]"), "line 3, column 1: key 'slope' is missing in " U1},
    {UNIT(", \"slope\": 1"), "line 3, column 33: " U1 ": found a 'slope', which only the activation leaky_relu has"},
    {UNIT(", \"w\": [1]"), "line 3, column 24: unknown key 'w' in " U1 KEYS},
    {UNIT(", \"b\": [1]"), "line 3, column 29: " U1 ", 'b': found an array, expected a number such as \"-3/7\" or 0.25"},
    {UNIT(", \"linear\": 3"), "line 3, column 34: " U1 ", 'linear' must be an array, not 3"},
    {LINEAR3("7"), "line 3, column 43: " U1 ", 'linear', entry 2: found a number, expected [i, \"c\"]"},
    {LINEAR3("[1]"), "line 3, column 43: " U1 ", 'linear', entry 2: found an array of length 1, expected [i, \"c\"]"},
    {LINEAR3("[1, 1, 1]"), "line 3, column 43: " U1 ", 'linear', entry 2: found an array of length 3, expected [i, \"c\"]"},
    {LINEAR3("[2, 1]"), "line 3, column 44: " U1 ", 'linear', entry 2: the input must be an integer from 0 to 1, not 2"},
    {LINEAR3("[-1, 1]"), "line 3, column 44: " U1 ", 'linear', entry 2: the input must be an integer from 0 to 1, not -1"},
    {LINEAR3("[\"1\", 1]"), "line 3, column 44: " U1 ", 'linear', entry 2: the input must be an integer from 0 to 1, not a string"},
    {LINEAR3("[1, \"x\"]"), "line 3, column 47: " U1 ", 'linear', entry 2: \"x\" is not a number"},
    {LINEAR3("[0, 1]"), "line 3, column 43: " U1 ", 'linear', entry 2: found the inputs of entry 1 again"},
    {LINEAR3("[1, 1], [0, 2]"), "line 3, column 51: " U1 ", 'linear', entry 3: found the inputs of entry 1 again"},
    {QUADRATIC3("[0, 1]"), "line 3, column 49: " U1 ", 'quadratic', entry 2: found an array of length 2, expected [i, j, \"c\"]"},
    {QUADRATIC3("[1, 0, 1]"), "line 3, column 49: " U1 ", 'quadratic', entry 2: found the inputs 1, 0, expected the smaller one first"},
    {QUADRATIC3("[1, 2, 1]"), "line 3, column 53: " U1 ", 'quadratic', entry 2: the input must be an integer from 0 to 1, not 2"},
    {QUADRATIC3("[0, 1, 5]"), "line 3, column 49: " U1 ", 'quadratic', entry 2: found the inputs of entry 1 again"},
    {QUADRATIC3("[1, 1, null]"), "line 3, column 56: " U1 ", 'quadratic', entry 2: found null, expected a number such as \"-3/7\" or 0.25"},
    /* the width of a sparse layer is that of its units */
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"sparse\", \"units\": [{\"activation\": \"abs\"}, {\"activation\": \"abs\"}]},\n"
     "{\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[1]], \"b\": [0]}]}",
     "line 2, column 52: layer 2, 'w', row 1: found an array of length 1, expected length 2, the number of neurons of layer 1"},
};

START_TEST(refuses)
{
    qd_net_t a;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_init(a);
    ck_assert_int_eq(qd_net_parse(a, bad[_i].text, strlen(bad[_i].text), ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), bad[_i].message);
    ck_assert_int_eq(a->depth, 0);
    qd_net_clear(a);
}
END_TEST

START_TEST(safetensors_refuse)
{
    static const char text[] = UNIT("");
    static const char why[] = " is sparse; safetensors files hold dense layers only, JSON files hold both";
    qd_net_t a;
    qd_ctx_t ctx;
    qd_st_t tensors;
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_st_init(tensors);
    ck_assert_int_eq(qd_net_parse(a, text, strlen(text), ctx), QD_OK);
    ck_assert_int_eq(qd_net_to_safetensors(tensors, a, QD_ST_F64, true, ctx), QD_EINPUT);
    ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), "layer 1"));
    ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), why));
    qd_st_set_meta(tensors, "architecture", "{\"input_dim\": 1, \"layers\": [{\"kind\": \"sparse\"}]}");
    ck_assert_int_eq(qd_net_from_safetensors(a, tensors, ctx), QD_EINPUT);
    ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), why));
    ck_assert_int_eq(a->depth, 1);
    qd_st_clear(tensors);
    qd_net_clear(a);
}
END_TEST

/* ---- size ------------------------------------------------------------------------------------- */

/* 1,000 units of three entries over 10,000 inputs; dense, the weights alone would take 160 MB. Read, copied, evaluated, and
   restricted to a line. */
START_TEST(size_of_the_entries)
{
    enum { INPUTS = 10000, UNITS = 1000 };
    qd_net_t a, b;
    qd_ctx_t ctx;
    qd_vec_t x, y;
    qd_buf_t text;
    qd_rng_t rng;
    qd_line_t line;
    fmpq_t sum, t;
    qd_rng_init(rng, seed, 500);
    qd_ctx_init(ctx);
    qd_net_init(a);
    qd_net_init(b);
    qd_vec_init(x);
    qd_vec_init(y);
    qd_buf_init(text);
    qd_line_init(line);
    fmpq_init(sum);
    fmpq_init(t);
    double before = (double) qd_memory_peak();
    qd_buf_printf(text, "{\"input_dim\": %d, \"layers\": [{\"kind\": \"sparse\", \"units\": [", INPUTS);
    qd_vec_resize(x, INPUTS);
    for (slong i = 0; i < INPUTS; i++) fmpq_set_si(x->e + i, qd_rng_range(rng, -9, 9), 1);
    for (slong u = 0; u < UNITS; u++) {
        slong i = 10 * u, j = i + 1 + (slong) qd_rng_below(rng, 9), c = qd_rng_range(rng, 1, 9);
        qd_buf_printf(text, "%s{\"activation\": \"%s\", \"quadratic\": [[%ld, %ld, %ld]], \"linear\": [[%ld, 2], [%ld, -1]]}",
                      u > 0 ? ", " : "", u % 2 ? "abs" : "identity", (long) i, (long) j, (long) c, (long) i, (long) j);
        fmpq_mul(t, x->e + i, x->e + j);
        fmpq_mul_si(t, t, c);
        fmpq_add(t, t, x->e + i);
        fmpq_add(t, t, x->e + i);
        fmpq_sub(t, t, x->e + j);
        if (u % 2) fmpq_abs(t, t);
        fmpq_add(sum, sum, t);
    }
    qd_buf_puts(text, "]}, {\"kind\": \"sparse\", \"units\": [{\"activation\": \"identity\", \"linear\": [");
    for (slong u = 0; u < UNITS; u++) qd_buf_printf(text, "%s[%ld, 1]", u > 0 ? ", " : "", (long) u);
    qd_buf_puts(text, "]}]}]}");
    ck_assert_msg(qd_net_parse(a, qd_buf_str(text), text->len, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    qd_net_set(b, a);
    ck_assert(qd_net_equal(a, b));
    ck_assert_int_eq(qd_net_nparams(a), 4 * UNITS + UNITS + 1);
    ck_assert_int_eq(qd_net_nswitching(a), UNITS / 2);
    ck_assert_int_eq(qd_net_eval(y, NULL, b, x, ctx), QD_OK);
    ck_assert(fmpq_equal(y->e, sum));
    const qd_domain d = {.dim = 1, .base = x->e, .step = x->e}; /* through the origin: each pre-activation has one more zero */
    ck_assert_msg(qd_line_compute(line, a, &d, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(qd_line_count(line).label, QD_EXACT);
    ck_assert_int_ge(qd_line_count(line).regions, 2);
    ck_assert_int_le(qd_line_count(line).max_degree, 2);
    double used = (double) qd_memory_peak() - before;
    ck_assert_msg(used < 150e6, "%.0f MB", used / 1e6);
    fmpq_clear(sum);
    fmpq_clear(t);
    qd_line_clear(line);
    qd_buf_clear(text);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_net_clear(a);
    qd_net_clear(b);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("sparse");
    TCase *tc = tcase_create("answers");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, sparse_is_dense, 0, 4);
    tcase_add_loop_test(tc, same_dimension, 0, 2);
    tcase_add_test(tc, same_error);
    tcase_add_test(tc, same_spline);
    tcase_add_test(tc, carried_past_relu);
    suite_add_tcase(suite, tc);
    tc = tcase_create("files");
    tcase_add_loop_test(tc, text_and_back, 0, 4);
    tcase_add_test(tc, any_order);
    tcase_add_loop_test(tc, refuses, 0, COUNT(bad));
    tcase_add_test(tc, safetensors_refuse);
    suite_add_tcase(suite, tc);
    tc = tcase_create("size");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, size_of_the_entries);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
