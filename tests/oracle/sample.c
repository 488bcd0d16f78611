/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many regions are seen on a line: sign patterns at many points, computed neuron by neuron in floating point of so many bits that rounding plays no
   role (MPFR, whose exponents do not overflow), and bisection between neighbours whose patterns differ. Points in
   one region lie side by side, so every change of pattern from left to right is one more region: what is returned is a lower bound
   that is reached when no region is too narrow for the points. It needs no polynomial and goes where nothing else of the oracle does. */
#include "impl.h"
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

/* Halvings around a single change. */
#define FOLLOW 20
/* Points are sinh(u), |u| < SPREAD: up to 2e8, and SPREAD / points apart near 0. */
#define SPREAD 20

typedef struct {
    const oracle_net *net;
    mpfr_t *(*param)[MAX_PARAMS]; /* per layer */
    mpfr_t *a, *next, u, v, z;
    int bits, switching, changes;
} sampler;

typedef struct {
    mpfr_t t;
    char *pattern;
} sample;

static int widest(const oracle_net *net)
{
    int n = net->input_dim;
    for (int l = 0; l < net->depth; l++)
        if (net->layer[l].out > n) n = net->layer[l].out;
    return n;
}

static mpfr_t *new_floats(int n, int bits)
{
    mpfr_t *x = oracle_alloc(n, sizeof *x);
    for (int i = 0; i < n; i++) mpfr_init2(x[i], bits);
    return x;
}

static void free_floats(mpfr_t *x, int n)
{
    for (int i = 0; i < n; i++) mpfr_clear(x[i]);
    free(x);
}

static void sampler_init(sampler *s, const oracle_net *net, int bits)
{
    s->net = net;
    s->bits = bits;
    s->switching = oracle_net_switching(net);
    s->changes = 0;
    s->param = oracle_alloc(net->depth, sizeof *s->param);
    for (int l = 0; l < net->depth; l++)
        for (int k = 0; k < MAX_PARAMS; k++) {
            const oracle_layer *layer = net->layer + l;
            if (layer->param[k] == NULL) continue;
            s->param[l][k] = new_floats(layer->size[k], bits);
            for (int i = 0; i < layer->size[k]; i++) mpfr_set_q(s->param[l][k][i], layer->param[k][i], MPFR_RNDN);
        }
    s->a = new_floats(widest(net), bits);
    s->next = new_floats(widest(net), bits);
    mpfr_inits2(bits, s->u, s->v, s->z, (mpfr_ptr) NULL);
}

static void sampler_clear(sampler *s)
{
    for (int l = 0; l < s->net->depth; l++)
        for (int k = 0; k < MAX_PARAMS; k++)
            if (s->param[l][k] != NULL) free_floats(s->param[l][k], s->net->layer[l].size[k]);
    free(s->param);
    free_floats(s->a, widest(s->net));
    free_floats(s->next, widest(s->net));
    mpfr_clears(s->u, s->v, s->z, (mpfr_ptr) NULL);
    mpfr_free_cache();
}

/* r = b + w.a */
static void affine(mpfr_t r, const mpfr_t *w, mpfr_t b, const mpfr_t *a, int n)
{
    mpfr_set(r, b, MPFR_RNDN);
    for (int i = 0; i < n; i++) mpfr_fma(r, w[i], a[i], r, MPFR_RNDN);
}

/* z = the pre-activation of neuron j of layer l. */
static void neuron(sampler *s, int l, int j)
{
    const oracle_layer *layer = s->net->layer + l;
    mpfr_t *const *p = s->param[l];
    int n = layer->in;
    if (layer->kind == KIND_LINEAR) {
        affine(s->z, (const mpfr_t *) p[0] + j * n, p[1][j], (const mpfr_t *) s->a, n);
        return;
    }
    affine(s->u, (const mpfr_t *) p[0] + j * n, p[1][j], (const mpfr_t *) s->a, n);
    affine(s->v, (const mpfr_t *) p[2] + j * n, p[3][j], (const mpfr_t *) s->a, n);
    mpfr_fma(s->z, s->u, s->v, p[5][j], MPFR_RNDN);
    for (int i = 0; i < n; i++) {
        mpfr_sqr(s->u, s->a[i], MPFR_RNDN);
        mpfr_fma(s->z, p[4][j * n + i], s->u, s->z, MPFR_RNDN);
    }
}

static void see(sampler *s, sample *x)
{
    int bit = 0;
    mpfr_set(s->a[0], x->t, MPFR_RNDN);
    for (int l = 0; l < s->net->depth; l++) {
        const oracle_layer *layer = s->net->layer + l;
        for (int j = 0; j < layer->out; j++) {
            neuron(s, l, j);
            int off = layer->act.activation == ACT_RELU && mpfr_sgn(s->z) <= 0;
            if (layer->act.activation == ACT_RELU) x->pattern[bit++] = off ? '0' : '1';
            if (off) mpfr_set_zero(s->next[j], 1);
            else mpfr_set(s->next[j], s->z, MPFR_RNDN);
        }
        mpfr_t *t = s->a;
        s->a = s->next;
        s->next = t;
    }
    x->pattern[bit] = '\0';
}

static void sample_init(sample *x, const sampler *s)
{
    mpfr_init2(x->t, s->bits);
    x->pattern = oracle_alloc(s->switching + 1, 1);
}

static void sample_clear(sample *x)
{
    mpfr_clear(x->t);
    free(x->pattern);
}

static int differences(const sample *x, const sample *y)
{
    int n = 0;
    for (int i = 0; x->pattern[i]; i++) n += x->pattern[i] != y->pattern[i];
    return n;
}

/* Counts the changes of pattern between x and y. A single one is followed for a while, as others hide near it; more are followed to the end. */
static void between(sampler *s, const sample *x, const sample *y, int depth)
{
    sample m;
    int n = differences(x, y);
    if (n == 0) return;
    if (depth == 0 || (n == 1 && depth < s->bits / 2 - FOLLOW)) {
        s->changes++;
        return;
    }
    sample_init(&m, s);
    mpfr_add(m.t, x->t, y->t, MPFR_RNDN);
    mpfr_div_2ui(m.t, m.t, 1, MPFR_RNDN);
    see(s, &m);
    between(s, x, &m, depth - 1);
    between(s, &m, y, depth - 1);
    sample_clear(&m);
}

int oracle_sample(const oracle_net *net, int points, int bits)
{
    sampler s;
    sample x, y;
    for (int l = 0; l < net->depth; l++) {
        const oracle_layer *layer = net->layer + l;
        if (layer->kind != KIND_LINEAR && layer->kind != KIND_QUADRATIC) return -1;
        if (layer->act.activation != ACT_RELU && layer->act.activation != ACT_IDENTITY) return -1;
    }
    if (net->input_dim != 1) return -1;
    sampler_init(&s, net, bits);
    sample_init(&x, &s);
    sample_init(&y, &s);
    for (int i = 0; i < points; i++) {
        mpfr_set_si(y.t, SPREAD * (2 * i + 1 - points), MPFR_RNDN);
        mpfr_div_si(y.t, y.t, points, MPFR_RNDN);
        mpfr_sinh(y.t, y.t, MPFR_RNDN);
        see(&s, &y);
        if (i > 0) between(&s, &x, &y, bits / 2);
        sample t = x;
        x = y;
        y = t;
    }
    sample_clear(&x);
    sample_clear(&y);
    sampler_clear(&s);
    return s.changes + 1;
}
