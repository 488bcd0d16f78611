/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shadow: pre-activations of one cell as Bernstein forms of double balls, computed layer by layer from the window, never
   from expanded exact polynomials. Bernstein coefficients of a product are convex combinations of products of Bernstein
   coefficients, so radii stay close to the size of the values on the window, whatever the degree.

   The inputs of one layer share a power of two, 2^e: their forms are scaled so that the largest coefficient is near 1. A
   sum of n terms c p in doubles is within (n + 4) 2^-53 sum |c p| of the truth, the rounding of the weights c included, so each term
   brings the radius |c| (rad p + slack |p|). Overflow and NaN make later decisions fail (form.h), never wrong. */
#include "line/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EPS 0x1p-53
#define INFLATE (1 + 0x1p-38)
/* Constants of the next layer are multiplied by 2^-2e and by binomials below 2^500. */
#define LEAST_EXPONENT (-150.0)

static double *doubles(slong n)
{
    return qd_calloc((size_t) n, sizeof(double));
}

/* binomial(m, k), k = 0..m */
static double *binomials(slong m)
{
    double *w = doubles(m + 1);
    w[0] = 1;
    for (slong k = 0; k < m; k++) w[k + 1] = w[k] * (double) (m - k) / (double) (k + 1);
    return w;
}

void qd_shadow__init(qd_shadow *s, const qd_restriction *m)
{
    slong depth = m->low->depth, top = 1;
    memset(s, 0, sizeof *s);
    s->model = m;
    if (!m->weights) return;
    s->layer = qd_calloc((size_t) depth, sizeof *s->layer);
    s->pattern = qd_calloc((size_t) m->nwords, sizeof *s->pattern);
    for (slong l = 0; l < depth; l++) {
        qd_shadow_layer *layer = s->layer + l;
        slong d = m->formal[l];
        if (d > QD_SHADOW_DEGREE) break;
        layer->mid = doubles(qd_restriction_width(m, l) * (d + 1));
        layer->rad = doubles(qd_restriction_width(m, l) * (d + 1));
        layer->slack = doubles(qd_restriction_width(m, l) * (d + 1));
        layer->zero = qd_calloc((size_t) qd_restriction_width(m, l), sizeof(bool));
        layer->square_mid = doubles(qd_restriction_width(m, l) * (2 * d + 1));
        layer->square_rad = doubles(qd_restriction_width(m, l) * (2 * d + 1));
        layer->have_square = qd_calloc((size_t) qd_restriction_width(m, l), sizeof(bool));
        layer->binomial = binomials(d);
        layer->binomial2 = binomials(2 * d);
        if (2 * d > top) top = 2 * d;
        if (l + 1 < depth && m->formal[l + 1] <= QD_SHADOW_DEGREE && m->formal[l + 1] > top) top = m->formal[l + 1];
    }
    s->top = top;
    for (int k = 0; k < QD_SHADOW_BUFFERS; k++) s->buffer[k] = doubles(2 * (top + 1));
    s->work = doubles(2 * (top + 1));
}

void qd_shadow__clear(qd_shadow *s)
{
    if (s->layer == NULL) return;
    for (slong l = 0; l < s->model->low->depth; l++) {
        qd_shadow_layer *layer = s->layer + l;
        free(layer->mid);
        free(layer->rad);
        free(layer->slack);
        free(layer->zero);
        free(layer->square_mid);
        free(layer->square_rad);
        free(layer->have_square);
        free(layer->binomial);
        free(layer->binomial2);
    }
    for (int k = 0; k < QD_SHADOW_BUFFERS; k++) free(s->buffer[k]);
    free(s->work);
    free(s->layer);
    free(s->pattern);
}

/* ---- sums --------------------------------------------------------------------------------- */

/* A sum of at most 2 n + 2 forms in the making (squares, mixed terms, an affine part or a product), n the fan-in; `slack` is
   (2 n + 8) EPS. */
typedef struct {
    double *mid, *rad;
    slong degree;
    double slack;
    bool empty;
} sum;

static double slack_of(const qd_shadow *s, slong l)
{
    return (double) (2 * s->model->fan_in[l] + 8) * EPS;
}

static void sum_start(sum *t, double *buffer, slong degree, double slack)
{
    t->mid = buffer;
    t->rad = buffer + degree + 1;
    t->degree = degree;
    t->slack = slack;
    t->empty = true;
    memset(buffer, 0, sizeof(double) * (size_t) (2 * (degree + 1)));
}

QD_CLONES static void accumulate(double *restrict mid, double *restrict rad, double c, const double *restrict p, const double *restrict r,
                                 double slack, slong n)
{
    double a = fabs(c);
    for (slong k = 0; k <= n; k++) {
        mid[k] += c * p[k];
        rad[k] += a * (r[k] + slack * fabs(p[k]));
    }
}

static void sum_add(sum *t, double c, const double *mid, const double *rad)
{
    if (c == 0) return;
    accumulate(t->mid, t->rad, c, mid, rad, t->slack, t->degree);
    t->empty = false;
}

static void sum_finish(sum *t)
{
    for (slong k = 0; k <= t->degree; k++) t->rad[k] *= INFLATE;
}

/* What is smaller than this is kept as a radius only (qd_form_flush). */
#define TINY QD_FORM_TINY
/* Up to this degree binomials come out of the recurrence exactly. */
#define EXACT_BINOMIALS 50

/* b 2^-e W^degree for the constant b of the window at hand; on [a,b] W = u + v, so W^degree has binomial coefficients,
   each within 2 degree * EPS; w is that row. On an infinite window W^degree is one monomial. */
static void sum_add_constant(sum *t, const qd_window *window, double b, double e, const double *w)
{
    if (b == 0) return;
    slong m = t->degree;
    double c = e == 0 ? b : ldexp(b, (int) -e), slack = t->slack + (m <= EXACT_BINOMIALS ? 0 : 3 * (double) (m + 1) * EPS);
    if (fabs(c) < TINY) {
        c = 0;
        slack = 2 * TINY;
    } else slack *= fabs(c);
    t->empty = false;
    if (isinf(window->a) || isinf(window->b)) {
        slong k = isinf(window->b) ? 0 : m;
        t->mid[k] += c;
        t->rad[k] += slack;
        return;
    }
    for (slong k = 0; k <= m; k++) {
        t->mid[k] += c * w[k];
        t->rad[k] += slack * w[k];
    }
}

/* Adds 2^-e times a form. */
static void sum_add_shifted(sum *t, const double *mid, const double *rad, double e)
{
    double c = ldexp(1, (int) -e);
    if (c >= TINY) {
        sum_add(t, c, mid, rad);
        return;
    }
    t->empty = false;
    for (slong k = 0; k <= t->degree; k++) t->rad[k] += 2 * TINY * (fabs(mid[k]) + rad[k]);
}

/* Adds w . a over n inputs of degree d in one pass. The radii of the inputs already hold the slack of a sum. */
QD_CLONES static void dot(double *restrict mid, double *restrict rad, const double *w, const double *a, const double *r, const bool *zero,
                          slong n, slong d)
{
    for (slong i = 0; i < n; i++) {
        const double *restrict p = a + i * (d + 1), *restrict q = r + i * (d + 1);
        double c = w[i], s = fabs(c);
        if (zero[i] || c == 0) continue;
        for (slong k = 0; k <= d; k++) {
            mid[k] += c * p[k];
            rad[k] += s * q[k];
        }
    }
}

/* Adds w . a + b 2^-e over n inputs of layer l: those in `at`, or, when that is NULL, all. */
static void affine(sum *t, const qd_shadow *s, slong l, const double *w, const slong *at, slong n, double b)
{
    const qd_shadow_layer *layer = s->layer + l;
    slong d = s->model->formal[l];
    if (at == NULL) dot(t->mid, t->rad, w, layer->mid, layer->slack, layer->zero, n, d);
    for (slong k = 0; at != NULL && k < n; k++) /* one by one: few, and anywhere */
        dot(t->mid, t->rad, w + k, layer->mid + at[k] * (d + 1), layer->slack + at[k] * (d + 1), layer->zero + at[k], 1, d);
    sum_add_constant(t, &s->window, b, layer->e, layer->binomial);
    sum_finish(t);
}

/* ---- products ----------------------------------------------------------------------------- */

static qd_form as_form(double *mid, double *rad, slong degree)
{
    qd_form f = {degree, mid, rad};
    return f;
}

static qd_form input(const qd_shadow *s, slong l, slong i)
{
    slong d = s->model->formal[l];
    return as_form(s->layer[l].mid + i * (d + 1), s->layer[l].rad + i * (d + 1), d);
}

/* The buffers hold the sum of the unit, two affine forms and a product: mid, then rad. */
enum { SUM, LEFT, RIGHT, PRODUCT };

static void multiply(qd_form *r, qd_shadow *s, const qd_form *p, const qd_form *q)
{
    *r = as_form(s->buffer[PRODUCT], s->buffer[PRODUCT] + p->degree + q->degree + 1, 0);
    qd_form_mul(r, p, q, s->work);
}

static void square(double **mid, double **rad, qd_shadow *s, slong l, slong i)
{
    slong d = s->model->formal[l];
    qd_shadow_layer *layer = s->layer + l;
    *mid = layer->square_mid + i * (2 * d + 1);
    *rad = layer->square_rad + i * (2 * d + 1);
    if (layer->have_square[i]) return;
    qd_form a = input(s, l, i), q = as_form(*mid, *rad, 2 * d);
    qd_form_mul(&q, &a, &a, s->work);
    layer->have_square[i] = true;
}

static qd_form affine_form(qd_shadow *s, int buffer, slong l, const double *w, const slong *at, slong n, double b)
{
    sum t;
    sum_start(&t, s->buffer[buffer], s->model->formal[l], slack_of(s, l));
    affine(&t, s, l, w, at, n, b);
    qd_form f = as_form(t.mid, t.rad, t.degree);
    qd_form_flush(&f);
    return f;
}

/* The terms c a_i a_j: squares are shared by all units, the mixed terms of one i take one product. */
static void add_terms(sum *t, qd_shadow *s, slong l, const qd_lowered_unit *unit, const double *c)
{
    const qd_shadow_layer *layer = s->layer + l;
    slong d = s->model->formal[l];
    for (slong k = 0; k < unit->nterms;) {
        slong i = unit->term[k].i;
        sum inner;
        sum_start(&inner, s->buffer[LEFT], d, t->slack);
        for (; k < unit->nterms && unit->term[k].i == i; k++) {
            slong j = unit->term[k].j;
            if (layer->zero[i] || layer->zero[j]) continue;
            if (i == j) {
                double *mid, *rad;
                square(&mid, &rad, s, l, i);
                sum_add(t, c[k], mid, rad);
            } else sum_add(&inner, c[k], layer->mid + j * (d + 1), layer->rad + j * (d + 1));
        }
        if (inner.empty) continue;
        sum_finish(&inner);
        qd_form p = as_form(inner.mid, inner.rad, d), a = input(s, l, i), r;
        qd_form_flush(&p);
        multiply(&r, s, &p, &a);
        sum_add(t, 1, r.mid, r.rad);
    }
}

/* W^m for the window at hand, m the degree of the inputs of layer l. */
static qd_form one(qd_shadow *s, int buffer, slong l, slong m)
{
    sum w;
    sum_start(&w, s->buffer[buffer], m, slack_of(s, l));
    sum_add_constant(&w, &s->window, 1, 0, m == s->model->formal[l] ? s->layer[l].binomial : s->layer[l].binomial2);
    sum_finish(&w);
    return as_form(w.mid, w.rad, m);
}

void qd_shadow__z(qd_form *z, qd_shadow *s, slong l, slong u)
{
    const qd_restriction *m = s->model;
    const qd_lowered_layer *low = m->low->layer + l;
    const qd_lowered_unit *unit = low->unit + u;
    const qd_unit_double *q = m->unit_double[l] + u;
    slong d = m->formal[l];
    double e = s->layer[l].e;
    sum t;
    sum_start(&t, s->buffer[SUM], low->degree * d, slack_of(s, l));
    if (low->degree == 1) {
        affine(&t, s, l, q->w, unit->at, unit->nw, q->b);
        *z = as_form(t.mid, t.rad, d);
        return;
    }
    if (unit->nw > 0) {
        /* raise the affine part to degree 2 d: times W^d */
        qd_form p = affine_form(s, LEFT, l, q->w, unit->at, unit->nw, q->b), v = one(s, RIGHT, l, d), r;
        multiply(&r, s, &p, &v);
        sum_add_shifted(&t, r.mid, r.rad, e);
    } else sum_add_constant(&t, &s->window, q->b, 2 * e, s->layer[l].binomial2);
    add_terms(&t, s, l, unit, q->term);
    if (q->r != NULL) {
        qd_form r = affine_form(s, LEFT, l, q->r, NULL, low->in, q->r0), g = affine_form(s, RIGHT, l, q->g, NULL, low->in, q->g0), p;
        multiply(&p, s, &r, &g);
        sum_add(&t, 1, p.mid, p.rad);
    }
    sum_finish(&t);
    *z = as_form(t.mid, t.rad, 2 * d);
}

/* ---- layers ------------------------------------------------------------------------------- */

/* p + d x; d != 0 and p are above 2^-100, so only p = 0 lets it be tiny. */
static void affine_value(double *mid, double *rad, double p, double d, double x, bool exact)
{
    double size = fabs(p) + fabs(d * x);
    bool tiny = d != 0 && x != 0 && size < TINY;
    *mid = tiny ? 0 : p + d * x;
    *rad = tiny ? 2 * TINY : exact ? 0 : 4 * EPS * size;
}

static void set_affine_inputs(qd_shadow *s)
{
    const qd_restriction *m = s->model;
    qd_shadow_layer *layer = s->layer;
    double a = s->window.a, b = s->window.b;
    for (slong i = 0; i < m->low->input_dim; i++) {
        double p = m->base_double[i], d = m->step_double[i], *mid = layer->mid + 2 * i, *rad = layer->rad + 2 * i;
        bool exact = fmpq_is_zero(m->base + i) && d == 1 && fmpq_is_one(m->step + i);
        if (isinf(a)) affine_value(mid, rad, 0, -d, 1, exact);
        else affine_value(mid, rad, p, d, a, exact);
        if (isinf(b)) affine_value(mid + 1, rad + 1, 0, d, 1, exact);
        else affine_value(mid + 1, rad + 1, p, d, b, exact);
        layer->zero[i] = fmpq_is_zero(m->base + i) && fmpq_is_zero(m->step + i);
        layer->have_square[i] = false;
    }
    layer->e = 0;
}

static void copy_scaled(double *mid, double *rad, const qd_form *z, double c)
{
    double a = fabs(c), f = c == 1 || c == -1 ? 0 : 4 * EPS * a;
    for (slong k = 0; k <= z->degree; k++) {
        mid[k] = c * z->mid[k];
        rad[k] = (a * z->rad[k] + f * fabs(z->mid[k])) * INFLATE;
    }
}

/* Scales all inputs of layer l by one power of two so that the largest is near 1 and flushes what is negligible. */
static void normalise(qd_shadow *s, slong l, double e, slong degree)
{
    qd_shadow_layer *layer = s->layer + l;
    slong n = qd_restriction_width(s->model, l), stride = s->model->formal[l] + 1;
    double top = 0;
    bool sound = true;
    for (slong i = 0; i < n; i++)
        for (slong k = 0; !layer->zero[i] && k <= degree; k++) {
            double x = fabs(layer->mid[i * stride + k]) + layer->rad[i * stride + k];
            if (!(x < 0x1p1000)) sound = false;
            if (x > top) top = x;
        }
    if (!sound) { /* overflow or NaN: nothing can be decided from here on */
        for (slong i = 0; i < n * stride; i++) layer->rad[i] = INFINITY;
        layer->e = 0;
        return;
    }
    double shift = top == 0 ? 0 : ilogb(top);
    if (e + shift < LEAST_EXPONENT) shift = LEAST_EXPONENT - e;
    if (shift < -1000) shift = -1000;
    if (shift > 1000) shift = 1000;
    double factor = ldexp(1, (int) -shift); /* a normal number */
    for (slong i = 0; i < n; i++) {
        if (layer->zero[i]) continue;
        qd_form f = as_form(layer->mid + i * stride, layer->rad + i * stride, degree);
        for (slong k = 0; k <= degree; k++) {
            double size = fabs(f.mid[k]) + f.rad[k];
            bool tiny = size != 0 && size * factor < TINY; /* before it is rounded to an exact zero */
            f.mid[k] = tiny ? 0 : f.mid[k] * factor;
            f.rad[k] = tiny ? TINY : f.rad[k] * factor;
        }
    }
    layer->e = e + shift;
}

/* Divides a flushed form by 2^shift, shift >= 0. */
static void shift_down(qd_form *f, double shift)
{
    if (shift == 0) return;
    double c = shift < 1000 ? ldexp(1, (int) -shift) : 0;
    for (slong k = 0; k <= f->degree; k++) {
        double size = fabs(f->mid[k]) + f->rad[k];
        bool tiny = c < TINY;
        f->mid[k] = tiny ? 0 : c * f->mid[k];
        f->rad[k] = tiny ? 2 * TINY * size : f->rad[k] == 0 ? 0 : fmax(c * f->rad[k], 0x1p-1000); /* underflow loses nothing */
    }
    qd_form_flush(f);
}

/* The inputs of layer l + 1 are pre-activations z, forms of degree `degree` times 2^e: each becomes z^k, k its power, in place. Units with
   less than the layer's power p are raised to its degree, z^k W^(degree (p - k)), and share the exponent that is returned. */
static double raise_inputs(qd_shadow *s, slong l, slong degree)
{
    const qd_lowered_layer *low = s->model->low->layer + l;
    qd_shadow_layer *next = s->layer + l + 1;
    slong stride = s->model->formal[l + 1] + 1;
    double top = -INFINITY;
    for (slong u = 0; u < low->out; u++) top = fmax(top, (double) low->unit[u].power * next->e);
    for (slong u = 0; u < low->out; u++) {
        if (next->zero[u]) continue;
        int64_t power = low->unit[u].power;
        double *mid = next->mid + u * stride, *rad = next->rad + u * stride;
        size_t bytes = sizeof(double) * (size_t) (degree + 1);
        qd_form z = as_form(s->buffer[LEFT], s->buffer[LEFT] + degree + 1, degree), w;
        memcpy(z.mid, mid, bytes);
        memcpy(z.rad, rad, bytes);
        if (power < low->power) w = one(s, RIGHT, l, degree);
        qd_form x = as_form(mid, rad, degree), y;
        for (int64_t r = 1; r < low->power; r++) {
            multiply(&y, s, &x, r < power ? &z : &w);
            memcpy(mid, y.mid, sizeof(double) * (size_t) (y.degree + 1));
            memcpy(rad, y.rad, sizeof(double) * (size_t) (y.degree + 1));
            x.degree = y.degree;
            qd_form_flush(&x);
        }
        shift_down(&x, top - (double) power * next->e);
    }
    return top;
}

/* Radii enlarged by what a sum over the inputs loses to rounding. */
static void set_slack(qd_shadow *s, slong l)
{
    qd_shadow_layer *layer = s->layer + l;
    slong stride = s->model->formal[l] + 1;
    double f = slack_of(s, l);
    for (slong i = 0; i < qd_restriction_width(s->model, l); i++) {
        if (layer->zero[i]) continue;
        for (slong k = i * stride; k < (i + 1) * stride; k++) layer->slack[k] = layer->rad[k] + f * fabs(layer->mid[k]);
    }
}

/* The inputs of layer l + 1 from those of layer l. */
static void step(qd_shadow *s, const qd_word *pattern, slong l)
{
    const qd_restriction *m = s->model;
    const qd_lowered_layer *low = m->low->layer + l;
    qd_shadow_layer *next = s->layer + l + 1;
    slong stride = m->formal[l + 1] + 1, degree = low->degree * m->formal[l];
    for (slong u = 0; u < low->out; u++) {
        bool off = qd_restriction_off(m, pattern, l, u);
        double c = off ? m->unit_double[l][u].off : 1;
        next->have_square[u] = false;
        next->zero[u] = c == 0;
        if (c == 0) continue;
        qd_form z;
        qd_shadow__z(&z, s, l, u);
        copy_scaled(next->mid + u * stride, next->rad + u * stride, &z, c);
    }
    normalise(s, l + 1, low->degree * s->layer[l].e, degree);
    if (low->power > 1) normalise(s, l + 1, raise_inputs(s, l, degree), m->formal[l + 1]);
}

/* Layers whose inputs are the same as at the last call: same window, same bits below. */
static slong still_valid(const qd_shadow *s, const qd_window *window, const qd_word *pattern)
{
    const qd_restriction *m = s->model;
    slong i = 0, l = 0;
    if (s->ready == 0 || window->a != s->window.a || window->b != s->window.b) return 0;
    while (i < m->nwords && s->pattern[i] == pattern[i]) i++;
    if (i == m->nwords) return s->ready;
    slong bit = 64 * i + __builtin_ctzll(s->pattern[i] ^ pattern[i]);
    while (m->first[l + 1] <= bit) l++;
    return l + 1 < s->ready ? l + 1 : s->ready;
}

void qd_shadow__inputs(qd_shadow *s, const qd_window *window, const qd_word *pattern, slong l)
{
    slong k = still_valid(s, window, pattern);
    s->window = *window;
    memcpy(s->pattern, pattern, sizeof *pattern * (size_t) s->model->nwords);
    if (k == 0) {
        set_affine_inputs(s);
        set_slack(s, 0);
        k = 1;
    }
    for (; k <= l; k++) {
        step(s, pattern, k - 1);
        set_slack(s, k);
    }
    s->ready = l + 1;
}

double qd_shadow__value(double *error, const qd_form *z, const qd_window *window, double x)
{
    double u = isinf(window->a) ? 1 : x - window->a, v = isinf(window->b) ? 1 : window->b - x;
    double p = qd_form_eval(error, z, u, v), f = pow(1 + (u <= v ? u / v : v / u), -(double) z->degree);
    *error = *error * f * INFLATE;
    return p * f;
}
