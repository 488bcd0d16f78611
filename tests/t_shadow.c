/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filters against exact arithmetic: every coefficient of a shadow form lies in its ball, and every value and derivative of a local series
   within its bounds, whatever the window, the pattern and the size of the weights. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "line/impl.h"
#include "shared/suite.h"

static uint64_t seed;
static slong multiplier;

/* ---- random networks and windows --------------------------------------------------------------- */

/* Odd number times a power of two in 2^-90 .. 2^90, or 0. */
static void draw(fmpq_t x, int spread, qd_rng_t rng)
{
    static const slong small[] = {0, 1, -1, 1, -1, 3};
    fmpq_set_si(x, qd_rng_below(rng, 2) ? small[qd_rng_below(rng, 6)] : qd_rng_range(rng, -1000, 1000), 1 + 2 * qd_rng_below(rng, 4));
    fmpq_canonicalise(x);
    slong e = qd_rng_range(rng, -spread, spread);
    if (e > 0) fmpq_mul_2exp(x, x, (ulong) e);
    else fmpq_div_2exp(x, x, (ulong) -e);
}

static const qd_activation acts[] = {QD_RELU, QD_RELU, QD_LEAKY_RELU, QD_ABS, QD_IDENTITY, QD_SQUARE, QD_RAISE};

/* A unit of a sparse layer whose degree and power may be at most these. */
static void random_unit(qd_lowered_unit *unit, slong in, int degree, int64_t most_power, int spread, qd_rng_t rng)
{
    unit->act = acts[qd_rng_below(rng, sizeof acts / sizeof *acts)];
    unit->power = unit->act == QD_SQUARE ? 2 : unit->act == QD_RAISE ? 1 + (int64_t) qd_rng_below(rng, (uint64_t) most_power) : 1;
    if (unit->power > most_power) {
        unit->act = QD_IDENTITY;
        unit->power = 1;
    }
    if (unit->act == QD_LEAKY_RELU) draw(unit->slope, spread, rng);
    qd_lowered_unit_resize(unit, in, degree == 2 ? in * (in + 1) / 2 : 0);
    for (slong i = 0, k = 0; i < in; i++) { /* lowering drops the entries that stay 0 */
        unit->at[i] = i;
        if (qd_rng_below(rng, 2)) draw(unit->w + i, spread, rng);
        for (slong j = i; degree == 2 && j < in; j++, k++) {
            unit->term[k].i = i;
            unit->term[k].j = j;
            if (qd_rng_below(rng, 2)) draw(unit->term[k].c, spread, rng);
        }
    }
    draw(unit->b, spread, rng);
}

/* Returns the width. */
static slong add_sparse(qd_net_t net, slong *degree, slong most_degree, slong in, slong out, int spread, qd_rng_t rng)
{
    int d = *degree * 2 <= most_degree ? 1 + (int) qd_rng_below(rng, 2) : 1;
    slong room = most_degree / (*degree * d), power = 1;
    qd_layer_struct *layer = qd_net_add_sparse(net, in, out);
    if (room > 20) room = 20;
    for (slong u = 0; u < out; u++) {
        random_unit(layer->sparse + u, in, d, room < 1 ? 1 : room, spread, rng);
        if (layer->sparse[u].power > power) power = layer->sparse[u].power;
    }
    *degree *= d * power;
    return out;
}

static void random_net(qd_net_t net, slong most_degree, slong widest, int spread, qd_rng_t rng)
{
    slong in = 1 + (slong) qd_rng_below(rng, (uint64_t) widest), degree = 1, depth = 1 + (slong) qd_rng_below(rng, 5);
    for (slong l = 0; l < depth; l++) {
        if (qd_rng_below(rng, 3) == 0) {
            in = add_sparse(net, &degree, most_degree, in, 1 + (slong) qd_rng_below(rng, (uint64_t) widest), spread, rng);
            continue;
        }
        qd_kind kind = (qd_kind) qd_rng_below(rng, QD_KINDS);
        qd_activation act = acts[qd_rng_below(rng, sizeof acts / sizeof *acts)];
        int64_t power = act == QD_SQUARE ? 2 : act == QD_RAISE ? 1 + (int64_t) qd_rng_below(rng, 20) : 1;
        if (degree * qd_kind_get(kind)->degree * power > most_degree) {
            kind = QD_LINEAR;
            act = QD_RELU;
            power = 1;
        }
        degree *= qd_kind_get(kind)->degree * power;
        slong out = 1 + (slong) qd_rng_below(rng, (uint64_t) widest);
        qd_neuron neuron = qd_neuron_make(kind, act);
        neuron.power = power;
        qd_layer_struct *layer = qd_net_add_layer(net, neuron, in, out);
        if (act == QD_LEAKY_RELU) draw(layer->slope, spread, rng);
        for (int k = 0; k < qd_kind_get(kind)->nparams; k++) {
            slong n = out * qd_shape_length(qd_kind_get(kind)->param[k].shape, in);
            for (slong i = 0; i < n; i++) draw(layer->param[k] + i, spread, rng);
        }
        in = out;
    }
}

static double random_end(qd_rng_t rng)
{
    double x = qd_rng_unit(rng) + 0.5;
    int e = qd_rng_below(rng, 2) ? (int) qd_rng_range(rng, -4, 4) : (int) qd_rng_range(rng, -498, 497);
    return qd_rng_below(rng, 12) == 0 ? 0 : ldexp(qd_rng_below(rng, 2) ? x : -x, e);
}

/* Wide, narrow and infinite windows. */
static qd_window random_window(qd_rng_t rng)
{
    double a = random_end(rng), b = random_end(rng);
    switch (qd_rng_below(rng, 6)) {
    case 0:
        return (qd_window){-INFINITY, b};
    case 1:
        return (qd_window){a, INFINITY};
    case 2:
        b = a + fabs(a) * ldexp(1, -(int) qd_rng_below(rng, 50));
        break;
    case 3:
        b = nextafter(a, INFINITY);
        break;
    default:
        break;
    }
    if (a == b) b = a + 1;
    return a < b ? (qd_window){a, b} : (qd_window){b, a};
}

/* ---- the exact form --------------------------------------------------------------------------- */

/* r = c0 v + c1 u with u = 1 row: the linear form c0 + c1 u */
static void linear(fmpq_poly_t r, double c0, double c1)
{
    fmpq_t x;
    fmpq_init(x);
    fmpq_poly_zero(r);
    qd_rat_set_double(x, c0);
    fmpq_poly_set_coeff_fmpq(r, 0, x);
    qd_rat_set_double(x, c1);
    fmpq_poly_set_coeff_fmpq(r, 1, x);
    fmpq_clear(x);
}

/* The coefficients of exact.h, form: sum_j p_j X^j W^(m-j) with x = X / W. */
static void exact_form(fmpq_poly_t r, const fmpz_poly_struct *p, slong m, const qd_window *w)
{
    fmpq_poly_t x, d, power, t;
    fmpz_t c;
    fmpz_init(c);
    fmpq_poly_init(x);
    fmpq_poly_init(d);
    fmpq_poly_init(power);
    fmpq_poly_init(t);
    if (isinf(w->b)) {
        linear(x, w->a, 1);
        linear(d, 1, 0);
    } else if (isinf(w->a)) {
        linear(x, -1, w->b);
        linear(d, 0, 1);
    } else {
        linear(x, w->a, w->b);
        linear(d, 1, 1);
    }
    fmpq_poly_zero(r);
    fmpq_poly_one(power);
    for (slong j = m; j >= 0; j--) {
        fmpz_poly_get_coeff_fmpz(c, p, j);
        fmpq_poly_mul(r, r, x);
        fmpq_poly_scalar_mul_fmpz(t, power, c);
        fmpq_poly_add(r, r, t);
        fmpq_poly_mul(power, power, d);
    }
    fmpz_clear(c);
    fmpq_poly_clear(x);
    fmpq_poly_clear(d);
    fmpq_poly_clear(power);
    fmpq_poly_clear(t);
}

/* Is |c_k - mid_k| <= rad_k for all k, after c is divided by 2^e? An infinity or a NaN says nothing, and no sign may come from it. */
static bool contained(fmpq_poly_t c, const qd_form *z, slong e, slong *bad)
{
    fmpq_t x, y;
    bool good = true;
    fmpq_init(x);
    fmpq_init(y);
    for (slong k = 0; k <= z->degree && good; k++) {
        *bad = k;
        if (!isfinite(z->mid[k])) {
            good = qd_form_sign_at(z, k) == 2;
            continue;
        }
        if (!isfinite(z->rad[k])) continue;
        fmpq_poly_get_coeff_fmpq(x, c, k);
        if (e > 0) fmpq_div_2exp(x, x, (ulong) e);
        else fmpq_mul_2exp(x, x, (ulong) -e);
        qd_rat_set_double(y, z->mid[k]);
        fmpq_sub(x, x, y);
        fmpq_abs(x, x);
        qd_rat_set_double(y, z->rad[k]);
        good = fmpq_cmp(x, y) <= 0;
    }
    fmpq_clear(x);
    fmpq_clear(y);
    return good;
}

/* The value at a point of the window, with its error, brackets the exact one: same sign when the sign is certified. */
static bool value_holds(const qd_form *z, const qd_window *w, const fmpz_poly_struct *p, double x)
{
    double error, f = qd_shadow__value(&error, z, w, x);
    fmpq_t t, y;
    if (!(fabs(f) > error)) return true;
    fmpq_init(t);
    fmpq_init(y);
    qd_rat_set_double(t, x);
    fmpz_poly_evaluate_fmpq(y, p, t);
    bool good = fmpq_sgn(y) == (f > 0 ? 1 : -1);
    fmpq_clear(t);
    fmpq_clear(y);
    return good;
}

/* The positive integer that the path multiplies the pre-activation of unit u of layer l by. */
static void path_factor(fmpz_t f, const qd_restriction *m, slong l, slong u)
{
    const qd_lowered_unit *unit = m->low->layer[l].unit + u;
    fmpz_set(f, m->den[l + 1] + u);
    if (unit->act == QD_LEAKY_RELU) fmpz_divexact(f, f, fmpq_denref(unit->slope));
    if (unit->power > 1) fmpz_root(f, f, unit->power);
}

static void check_unit(qd_shadow *s, qd_path *path, slong l, slong u, uint64_t stream, qd_rng_t rng)
{
    const qd_restriction *m = s->model;
    const fmpz_poly_struct *p = qd_path_z(path, l, u);
    const qd_window *w = &s->window;
    fmpq_poly_t c;
    fmpz_t f;
    qd_form z;
    slong bad;
    fmpq_poly_init(c);
    fmpz_init(f);
    qd_shadow__z(&z, s, l, u);
    exact_form(c, p, z.degree, w);
    path_factor(f, m, l, u);
    fmpq_poly_scalar_div_fmpz(c, c, f);
    slong e = m->low->layer[l].degree * (slong) s->layer[l].e;
    ck_assert_msg(contained(c, &z, e, &bad), "case %lu: layer %ld unit %ld coefficient %ld on (%a, %a): %a +- %a", stream, l, u, bad, w->a,
                  w->b, z.mid[bad], z.rad[bad]);
    double lo = isinf(w->a) ? w->b - 1 - fabs(w->b) : w->a, hi = isinf(w->b) ? w->a + 1 + fabs(w->a) : w->b;
    for (int k = 0; k < 4; k++) {
        double x = k == 0 ? lo : k == 1 ? hi : lo + qd_rng_unit(rng) * (hi - lo);
        if (x >= w->a && x <= w->b) ck_assert_msg(value_holds(&z, w, p, x), "case %lu: layer %ld unit %ld at %a", stream, l, u, x);
    }
    fmpq_poly_clear(c);
    fmpz_clear(f);
}

/* ---- local series -------------------------------------------------------------------------------- */

/* y 2^e, e anything that can occur. */
static void shift(fmpq_t y, double e)
{
    if (e >= 0) fmpq_mul_2exp(y, y, (ulong) e);
    else fmpq_div_2exp(y, y, (ulong) -e);
}

/* |approximation - y| <= error, all numbers finite. */
static bool within(double approximation, double error, const fmpq_t y)
{
    fmpq_t a, b;
    if (!isfinite(approximation) || !isfinite(error)) return true;
    fmpq_init(a);
    fmpq_init(b);
    qd_rat_set_double(a, approximation);
    qd_rat_set_double(b, error);
    fmpq_sub(a, a, y);
    fmpq_abs(a, a);
    bool good = fmpq_cmp(a, b) <= 0;
    fmpq_clear(a);
    fmpq_clear(b);
    return good;
}

/* Value, and on a finite chart the derivative by s, of a local unit at t, against the exact polynomial. */
static void check_local_at(const qd_local_unit *z, double e, slong d, const fmpz_poly_struct *p, const fmpz_t factor, double t,
                           uint64_t stream)
{
    fmpq_t x, y, s;
    double error, f = qd_local__value(&error, z, t);
    fmpq_init(x);
    fmpq_init(y);
    fmpq_init(s);
    qd_rat_set_double(x, t);
    qd_rat_set_double(s, z->chart.o);
    fmpq_sub(s, x, s);
    if (z->chart.side < 0) fmpq_neg(s, s);
    fmpz_poly_evaluate_fmpq(y, p, x);
    fmpq_div_fmpz(y, y, factor);
    shift(y, -e);
    qd_rat_set_double(x, z->chart.r);
    if (z->chart.side != 0) {
        fmpq_div(s, x, s);
        fmpq_pow_si(s, s, d);
        fmpq_mul(y, y, s);
    }
    ck_assert_msg(within(f, error, y), "case %lu: value %a +- %a at %a, chart %a %a %d", stream, f, error, t, z->chart.o, z->chart.r,
                  z->chart.side);
    if (z->chart.side == 0) {
        fmpz_poly_t q;
        double g = 0, sum = 0, a, low;
        fmpz_poly_init(q);
        fmpz_poly_derivative(q, p);
        qd_rat_set_double(s, t);
        fmpz_poly_evaluate_fmpq(y, q, s);
        fmpq_div_fmpz(y, y, factor);
        fmpq_mul(y, y, x);
        shift(y, -e);
        qd_local__parameter(&a, &low, &z->chart, t);
        for (slong k = z->m; k >= 1; k--) {
            g = g * a + (double) k * (z->hi[k] + z->lo[k]);
            sum = sum * fabs(a) + (double) k * fabs(z->hi[k]);
        }
        error = (z->bend * z->err + z->tail * (double) (z->m + 1) * pow(fabs(a), (double) z->m)) * (1 + 0x1p-30) + 0x1p-46 * sum;
        ck_assert_msg(within(g, error, y), "case %lu: derivative %a +- %a at %a", stream, g, error, t);
        fmpz_poly_clear(q);
    }
    fmpq_clear(x);
    fmpq_clear(y);
    fmpq_clear(s);
}

/* The slope of an affine unit, with the bound of its own. */
static void check_lean(const qd_local *s, slong l, slong u, const fmpz_poly_struct *p, const fmpz_t factor, uint64_t stream)
{
    const qd_series *z = &s->level[l].z;
    fmpq_t y, r;
    if (z->m != 1 || s->chart.side != 0) return;
    fmpq_init(y);
    fmpq_init(r);
    qd_rat_set_double(r, s->chart.r);
    fmpz_poly_get_coeff_fmpz(fmpq_numref(y), p, 1);
    fmpq_div_fmpz(y, y, factor);
    fmpq_mul(y, y, r);
    shift(y, -s->level[l].ez);
    double q = z->hi[z->stride + u];
    ck_assert_msg(within(q, z->lean[u] + 0x1p-52 * fabs(q), y), "case %lu: layer %ld unit %ld: slope %a +- %a", stream, l, u, q,
                  z->lean[u]);
    fmpq_clear(y);
    fmpq_clear(r);
}

static void check_local(qd_local *s, qd_path *path, const qd_window *w, slong l, uint64_t stream, qd_rng_t rng)
{
    const qd_restriction *m = s->plan->model;
    if (!qd_local__prepare(s, w, path->pattern, l)) return;
    for (slong u = 0; u < m->low->layer[l].out && u < 4; u++) {
        qd_local_unit z;
        fmpz_t f;
        fmpz_init(f);
        path_factor(f, m, l, u);
        qd_local__unit(&z, s, l, u);
        const fmpz_poly_struct *p = qd_path_z(path, l, u);
        ck_assert_msg(!z.zero || fmpz_poly_is_zero(p), "case %lu: layer %ld unit %ld is not zero", stream, l, u);
        check_lean(s, l, u, p, f, stream);
        double lo = isinf(w->a) ? w->b - 1 - fabs(w->b) : w->a, hi = isinf(w->b) ? w->a + 1 + fabs(w->a) : w->b;
        for (int k = 0; k < 4; k++) {
            double x = k == 0 ? lo : k == 1 ? hi : lo + qd_rng_unit(rng) * (hi - lo);
            if (x >= w->a && x <= w->b) check_local_at(&z, s->level[l].ez, s->level[l].d * m->low->layer[l].degree, p, f, x, stream);
        }
        fmpz_clear(f);
    }
}

/* Any pattern will do: forms and polynomials follow it, whether or not it occurs. */
static void random_pattern(qd_word *pattern, const qd_restriction *m, qd_rng_t rng)
{
    for (slong i = 0; i < m->nwords; i++) pattern[i] = 0;
    for (slong i = 0; i < m->nswitching; i++)
        if (qd_rng_below(rng, 4) != 0) qd_pattern_flip(pattern, i);
}

static void random_case(uint64_t stream, slong most_degree, slong widest, int spread)
{
    qd_rng_t rng;
    qd_net_t net;
    qd_restriction m;
    qd_shadow s;
    qd_local local[QD_LOCAL_RUNGS];
    qd_local_plan plan;
    qd_path path;
    qd_rng_init(rng, seed, stream);
    qd_net_init(net);
    random_net(net, most_degree, widest, spread, rng);
    slong n = net->input_dim;
    fmpq *base = _fmpq_vec_init(n), *step = _fmpq_vec_init(n);
    bool plain = qd_rng_below(rng, 2);
    for (slong i = 0; i < n; i++) {
        if (plain) fmpq_one(step + i);
        else {
            draw(base + i, spread, rng);
            draw(step + i, spread, rng);
        }
    }
    qd_restriction_init(&m, net, &(qd_domain){.dim = 1, .base = base, .step = step}, seed);
    qd_shadow__init(&s, &m);
    qd_local__plan(&plan, &m);
    for (int i = 0; i < QD_LOCAL_RUNGS; i++) qd_local__init(local + i, &plan, i > 0);
    qd_path_init(&path, &m);
    qd_word *pattern = qd_calloc((size_t) m.nwords, sizeof *pattern);
    for (int k = 0; k < 4 && m.weights; k++) {
        qd_window w = random_window(rng);
        random_pattern(pattern, &m, rng);
        qd_path_set(&path, pattern);
        for (slong l = 0; l < m.low->depth; l++) {
            for (int i = 0; i < QD_LOCAL_RUNGS; i++) check_local(local + i, &path, &w, l, stream, rng);
            if (m.formal[l] * m.low->layer[l].degree > QD_SHADOW_DEGREE) continue;
            qd_shadow__inputs(&s, &w, pattern, l);
            for (slong u = 0; u < m.low->layer[l].out && u < 4; u++) check_unit(&s, &path, l, u, stream, rng);
        }
    }
    free(pattern);
    qd_path_clear(&path);
    qd_shadow__clear(&s);
    for (int i = 0; i < QD_LOCAL_RUNGS; i++) qd_local__clear(local + i);
    qd_local__plan_clear(&plan);
    qd_restriction_clear(&m);
    _fmpq_vec_clear(base, n);
    _fmpq_vec_clear(step, n);
    qd_net_clear(net);
}

START_TEST(balls_hold_small_degrees)
{
    for (slong k = 0; k < 100 * multiplier; k++) random_case((uint64_t) (_i * 1000000 + k), 16, 4, _i % 2 ? 90 : 3);
}
END_TEST

START_TEST(balls_hold_many_inputs)
{
    for (slong k = 0; k < 20 * multiplier; k++) random_case((uint64_t) (100000000 + _i * 1000000 + k), 4, 30, _i % 2 ? 90 : 3);
}
END_TEST

/* relu(x + W x), so often that the bounds of single units have no digits left. */
static void residual_net(qd_net_t net, slong n, slong depth, qd_rng_t rng)
{
    for (slong l = 0; l <= depth; l++) {
        qd_layer_struct *layer = qd_net_add_layer(net, qd_neuron_make(QD_LINEAR, QD_RELU), l == 0 ? 1 : n, n);
        for (slong u = 0; u < n; u++)
            for (slong j = 0; j < layer->in; j++) {
                fmpq *w = qd_layer_at(layer, qd_layer_param(layer, "w"), u, j);
                fmpq_set_si(w, qd_rng_range(rng, -6, 6), 8);
                if (u == j) fmpq_add_si(w, w, 1);
            }
        for (slong u = 0; u < n; u++) fmpq_set_si(qd_layer_at(layer, qd_layer_param(layer, "b"), u, 0), qd_rng_range(rng, -6, 6), 8);
    }
}

/* In pairs, values of deep layers are known, and their errors are what they are said to be at most. */
START_TEST(balls_hold_deep)
{
    const slong n = 16, depth = 64;
    qd_rng_t rng;
    qd_net_t net;
    qd_restriction m;
    qd_local_plan plan;
    qd_local local[QD_LOCAL_RUNGS];
    qd_path path;
    qd_rng_init(rng, seed, 300000000 + (uint64_t) _i);
    qd_net_init(net);
    residual_net(net, n, depth, rng);
    qd_restriction_init(&m, net, &(qd_domain){0}, seed);
    qd_local__plan(&plan, &m);
    for (int i = 0; i < QD_LOCAL_RUNGS; i++) qd_local__init(local + i, &plan, i > 0);
    qd_path_init(&path, &m);
    qd_word *pattern = qd_calloc((size_t) m.nwords, sizeof *pattern);
    qd_window w = {_i % 2 ? 1 : -INFINITY, 2 + _i};
    random_pattern(pattern, &m, rng);
    qd_path_set(&path, pattern);
    for (slong l = 0; l <= depth; l++)
        for (int i = 0; i < QD_LOCAL_RUNGS; i++) check_local(local + i, &path, &w, l, 300000000 + (uint64_t) _i, rng);
    for (slong u = 0; u < n; u++) {
        qd_local_unit z;
        qd_local__unit(&z, local + 1, depth, u);
        ck_assert_msg(z.err < 0x1p-10 * z.norm, "case %d, unit %ld: the error of %g is bounded by %g", _i, (long) u, z.norm, z.err);
    }
    free(pattern);
    qd_path_clear(&path);
    for (int i = 0; i < QD_LOCAL_RUNGS; i++) qd_local__clear(local + i);
    qd_local__plan_clear(&plan);
    qd_restriction_clear(&m);
    qd_net_clear(net);
}
END_TEST

START_TEST(balls_hold_high_degrees)
{
    for (slong k = 0; k < 4 * multiplier; k++) random_case((uint64_t) (200000000 + _i * 1000000 + k), 200, 2, _i % 2 ? 90 : 3);
}
END_TEST

int main(void)
{
    seed = test_seed();
    multiplier = test_multiplier();
    Suite *suite = suite_create("shadow");
    TCase *tc = tcase_create("shadow");
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, balls_hold_small_degrees, 0, 10);
    tcase_add_loop_test(tc, balls_hold_many_inputs, 0, 4);
    tcase_add_loop_test(tc, balls_hold_high_degrees, 0, 4);
    tcase_add_loop_test(tc, balls_hold_deep, 0, 4);
    suite_add_tcase(suite, tc);
    int failed = test_run(suite);
    flint_cleanup_master();
    return failed;
}
