/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dimension of a functional variety for tiny widths: the rank over Q of the Jacobian of parameters -> coefficients at random integer
   parameters, from polynomial arithmetic and nothing else. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

/* A polynomial in n variables of degree < base in each: the coefficient of x^e is at sum e_i base^i. */
typedef struct {
    int n, base, size;
} ring;

typedef mpz_t *mpoly;

static mpoly mpoly_new(const ring *r)
{
    mpoly p = oracle_alloc((size_t) r->size, sizeof *p);
    for (int i = 0; i < r->size; i++) mpz_init(p[i]);
    return p;
}

static void mpoly_free(const ring *r, mpoly p)
{
    for (int i = 0; i < r->size; i++) mpz_clear(p[i]);
    free(p);
}

/* s += c p */
static void mpoly_addmul(const ring *r, mpoly s, const mpoly p, const mpz_t c)
{
    for (int i = 0; i < r->size; i++) mpz_addmul(s[i], p[i], c);
}

/* s += p q; degrees never reach the base, so indices add up */
static void mpoly_muladd(const ring *r, mpoly s, const mpoly p, const mpoly q)
{
    for (int i = 0; i < r->size; i++)
        for (int j = 0; mpz_sgn(p[i]) != 0 && i + j < r->size; j++)
            if (mpz_sgn(q[j]) != 0) mpz_addmul(s[i + j], p[i], q[j]);
}

static void mpoly_set(const ring *r, mpoly s, const mpoly p)
{
    for (int i = 0; i < r->size; i++) mpz_set(s[i], p[i]);
}

/* v + d e with e^2 = 0 */
typedef struct {
    mpoly v, d;
} dual;

static dual dual_new(const ring *r)
{
    return (dual){mpoly_new(r), mpoly_new(r)};
}

static void dual_free(const ring *r, dual a)
{
    mpoly_free(r, a.v);
    mpoly_free(r, a.d);
}

static void dual_muladd(const ring *r, dual s, dual a, dual b)
{
    mpoly_muladd(r, s.v, a.v, b.v);
    mpoly_muladd(r, s.d, a.v, b.d);
    mpoly_muladd(r, s.d, a.d, b.v);
}

/* ---- one evaluation ----------------------------------------------------------------------- */

/* Parameters are consumed in order; number k is the variable. */
typedef struct {
    ring r;
    const mpz_t *theta;
    int next, k;
} stream;

/* s += parameter * a; a.v NULL: s += parameter */
static void term(stream *t, dual s, dual a)
{
    const mpz_t *w = &t->theta[t->next];
    int variable = t->next++ == t->k;
    if (a.v == NULL) {
        mpz_add(s.v[0], s.v[0], *w);
        if (variable) mpz_add_ui(s.d[0], s.d[0], 1);
        return;
    }
    mpoly_addmul(&t->r, s.v, a.v, *w);
    mpoly_addmul(&t->r, s.d, a.d, *w);
    if (variable)
        for (int i = 0; i < t->r.size; i++) mpz_add(s.d[i], s.d[i], a.v[i]);
}

static const dual one = {NULL, NULL};

static void linear(stream *t, dual s, const dual *a, int n, int constant)
{
    for (int i = 0; i < n; i++) term(t, s, a[i]);
    if (constant) term(t, s, one);
}

static void product(stream *t, dual s, const dual *a, int n, int constant)
{
    dual u = dual_new(&t->r), v = dual_new(&t->r);
    linear(t, u, a, n, constant);
    linear(t, v, a, n, constant);
    dual_muladd(&t->r, s, u, v);
    dual_free(&t->r, u);
    dual_free(&t->r, v);
}

static void square_term(stream *t, dual s, dual a, dual b)
{
    dual u = dual_new(&t->r);
    dual_muladd(&t->r, u, a, b);
    term(t, s, u);
    dual_free(&t->r, u);
}

static void neuron(stream *t, dual s, const char *kind, const dual *a, int n, int biases)
{
    int full = strcmp(kind, "full") == 0, quadratic = strcmp(kind, "quadratic") == 0;
    int has_linear = strcmp(kind, "compact") == 0 || strcmp(kind, "product_linear") == 0 || full;
    if (strcmp(kind, "linear") == 0) {
        linear(t, s, a, n, biases);
        return;
    }
    if (quadratic || strcmp(kind, "product") == 0) product(t, s, a, n, biases);
    if (strcmp(kind, "product_linear") == 0) product(t, s, a, n, 0);
    if (quadratic || strcmp(kind, "compact") == 0 || strcmp(kind, "power") == 0)
        for (int i = 0; i < n; i++) square_term(t, s, a[i], a[i]);
    for (int i = 0; i < n && full; i++)
        for (int j = i; j < n; j++) square_term(t, s, a[i], a[j]);
    if (biases && has_linear) linear(t, s, a, n, 0);
    if (biases && strcmp(kind, "product") != 0) term(t, s, one);
}

/* The outputs, as fresh duals; *nparams is how many parameters were used. */
static dual *evaluate(stream *t, const int *width, int depth, const char *kind, int power, int same, int biases)
{
    dual *a = oracle_alloc((size_t) width[0], sizeof *a);
    int exponent = 1;
    for (int i = 0; i < width[0]; i++, exponent *= t->r.base) {
        a[i] = dual_new(&t->r);
        mpz_set_ui(a[i].v[exponent], 1);
    }
    for (int l = 0; l < depth; l++) {
        int readout = l == depth - 1 && !same;
        dual *b = oracle_alloc((size_t) width[l + 1], sizeof *b);
        for (int j = 0; j < width[l + 1]; j++) {
            dual z = dual_new(&t->r);
            neuron(t, z, readout ? "linear" : kind, a, width[l], biases);
            b[j] = dual_new(&t->r);
            mpoly_set(&t->r, b[j].v, z.v);
            mpoly_set(&t->r, b[j].d, z.d);
            for (int e = 1; e < power && !readout; e++) {
                dual y = dual_new(&t->r);
                dual_muladd(&t->r, y, b[j], z);
                dual_free(&t->r, b[j]);
                b[j] = y;
            }
            dual_free(&t->r, z);
        }
        for (int i = 0; i < width[l]; i++) dual_free(&t->r, a[i]);
        free(a);
        a = b;
    }
    return a;
}

/* ---- rank --------------------------------------------------------------------------------- */

/* Fraction-free elimination (Bareiss) over the integers; destroys m. */
static int rank_over_q(mpz_t *m, int rows, int columns)
{
    int rank = 0;
    mpz_t previous, u;
    mpz_init_set_ui(previous, 1);
    mpz_init(u);
    for (int c = 0; c < columns && rank < rows; c++) {
        int p = rank;
        while (p < rows && mpz_sgn(m[p * columns + c]) == 0) p++;
        if (p == rows) continue;
        for (int j = 0; j < columns; j++) mpz_swap(m[p * columns + j], m[rank * columns + j]);
        mpz_t *top = m + rank * columns;
        for (int i = rank + 1; i < rows; i++) {
            mpz_t *row = m + i * columns;
            for (int j = c + 1; j < columns; j++) {
                mpz_mul(u, row[j], top[c]);
                mpz_submul(u, row[c], top[j]);
                mpz_divexact(row[j], u, previous);
            }
            mpz_set_ui(row[c], 0);
        }
        mpz_set(previous, top[c]);
        rank++;
    }
    mpz_clear(previous);
    mpz_clear(u);
    return rank;
}

int oracle_dimension(int *nparams, const int *width, int depth, const char *kind, int power, int same, int biases, unsigned long seed)
{
    int most = 0, degree = 1, factor = strcmp(kind, "linear") == 0 ? power : 2;
    for (int l = 0; l < depth; l++) {
        int n = width[l];
        most += width[l + 1] * (n * (n + 1) / 2 + 3 * n + 3);
        if (same || l < depth - 1) degree *= factor;
    }
    stream t = {{width[0], degree + 1, 1}, NULL, 0, -1};
    for (int i = 0; i < width[0]; i++) t.r.size *= degree + 1;
    mpz_t *theta = oracle_alloc((size_t) most, sizeof *theta);
    gmp_randstate_t state;
    gmp_randinit_default(state);
    gmp_randseed_ui(state, seed);
    for (int i = 0; i < most; i++) {
        mpz_init(theta[i]);
        mpz_urandomb(theta[i], state, 24);
        mpz_sub_ui(theta[i], theta[i], 1 << 23);
    }
    t.theta = (const mpz_t *) theta;
    int outputs = width[depth], columns = outputs * t.r.size, count = 1;
    mpz_t *jacobian = NULL;
    for (int k = 0; k < count; k++) {
        t.k = k;
        t.next = 0;
        dual *y = evaluate(&t, width, depth, kind, power, same, biases);
        count = t.next;
        if (jacobian == NULL) jacobian = oracle_alloc((size_t) count * (size_t) columns, sizeof *jacobian);
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < t.r.size; i++) mpz_init_set(jacobian[k * columns + o * t.r.size + i], y[o].d[i]);
            dual_free(&t.r, y[o]);
        }
        free(y);
    }
    int rank = rank_over_q(jacobian, count, columns);
    for (int i = 0; i < count * columns; i++) mpz_clear(jacobian[i]);
    for (int i = 0; i < most; i++) mpz_clear(theta[i]);
    gmp_randclear(state);
    free(jacobian);
    free(theta);
    *nparams = count;
    return rank;
}
