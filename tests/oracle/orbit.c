/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symmetries of a polynomial network by brute force, for tiny widths: nothing is known here of which kind may be mixed, scaled or
   shifted. At each hidden layer all affine vector fields a -> M a + s are found that keep every tuple of neurons before it and every
   neuron behind it in their kind, by linear algebra: at random tuples, more than there are unknowns, the direction of the field must
   be tangent to the neurons of the kind. Functions are their values at random points, numbers residues modulo 2^61 - 1. */
#include "impl.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long u64;

#define P ((1ULL << 61) - 1)

static u64 mul(u64 a, u64 b)
{
    return (u64) ((unsigned __int128) a * b % P);
}

static u64 add(u64 a, u64 b)
{
    return (a + b) % P;
}

static u64 power(u64 a, u64 e)
{
    u64 y = 1;
    for (; e > 0; e >>= 1, a = mul(a, a))
        if (e & 1) y = mul(y, a);
    return y;
}

static u64 draw(gmp_randstate_t state)
{
    return ((u64) gmp_urandomb_ui(state, 31) << 30 | gmp_urandomb_ui(state, 30)) % P;
}

/* ---- matrices ----------------------------------------------------------------------------- */

typedef struct {
    int rows, columns;
    u64 *x;
} matrix;

static matrix matrix_new(int rows, int columns)
{
    return (matrix){rows, columns, oracle_alloc((size_t) rows * (size_t) columns + 1, sizeof(u64))};
}

static u64 *at(matrix m, int i, int j)
{
    return m.x + (size_t) i * (size_t) m.columns + j;
}

/* Reduced echelon form; pivot[i] is the column of row i. Returns the rank. */
static int reduce(matrix m, int *pivot)
{
    int rank = 0;
    for (int c = 0; c < m.columns && rank < m.rows; c++) {
        int p = rank;
        while (p < m.rows && *at(m, p, c) == 0) p++;
        if (p == m.rows) continue;
        u64 inverse = power(*at(m, p, c), P - 2);
        for (int j = 0; j < m.columns; j++) {
            u64 t = *at(m, p, j);
            *at(m, p, j) = *at(m, rank, j);
            *at(m, rank, j) = mul(t, inverse);
        }
        for (int i = 0; i < m.rows; i++) {
            u64 f = *at(m, i, c);
            if (i == rank || f == 0) continue;
            for (int j = c; j < m.columns; j++) *at(m, i, j) = add(*at(m, i, j), P - mul(f, *at(m, rank, j)));
        }
        pivot[rank++] = c;
    }
    return rank;
}

/* ---- neurons ------------------------------------------------------------------------------ */

typedef struct {
    const char *kind;
    int n, power, biases, nparams;
} type;

/* The value at a; to ds its derivatives by the parameters, to da those by the inputs. */
static u64 value(u64 *ds, u64 *da, const type *t, const u64 *w, const u64 *a)
{
    int n = t->n, k = 0, b = t->biases;
    int quadratic = strcmp(t->kind, "quadratic") == 0, product = strcmp(t->kind, "product") == 0;
    int product_linear = strcmp(t->kind, "product_linear") == 0, full = strcmp(t->kind, "full") == 0;
    int compact = strcmp(t->kind, "compact") == 0, squares = strcmp(t->kind, "power") == 0;
    u64 z = 0;
    for (int i = 0; i < n; i++) da[i] = 0;
    if (quadratic || product || product_linear) {
        int constant = b && !product_linear, g = n + constant;
        u64 left = constant ? w[n] : 0, right = constant ? w[g + n] : 0;
        for (int i = 0; i < n; i++) left = add(left, mul(w[i], a[i]));
        for (int i = 0; i < n; i++) right = add(right, mul(w[g + i], a[i]));
        for (int i = 0; i < n; i++) {
            ds[i] = mul(right, a[i]);
            ds[g + i] = mul(left, a[i]);
            da[i] = add(mul(right, w[i]), mul(left, w[g + i]));
        }
        if (constant) {
            ds[n] = right;
            ds[g + n] = left;
        }
        z = mul(left, right);
        k = 2 * g;
    }
    for (int i = 0; i < n && (quadratic || compact || squares); i++, k++) {
        ds[k] = mul(a[i], a[i]);
        z = add(z, mul(w[k], ds[k]));
        da[i] = add(da[i], mul(2, mul(w[k], a[i])));
    }
    for (int i = 0; i < n && full; i++)
        for (int j = i; j < n; j++, k++) {
            ds[k] = mul(a[i], a[j]);
            z = add(z, mul(w[k], ds[k]));
            da[i] = add(da[i], mul(w[k], a[j]));
            da[j] = add(da[j], mul(w[k], a[i]));
        }
    int linear = strcmp(t->kind, "linear") == 0;
    for (int i = 0; i < n && (linear || (b && (compact || product_linear || full))); i++, k++) {
        ds[k] = a[i];
        z = add(z, mul(w[k], a[i]));
        da[i] = add(da[i], w[k]);
    }
    if (b && !product) {
        ds[k] = 1;
        z = add(z, w[k++]);
    }
    u64 slope = mul((u64) t->power, power(z, (u64) t->power - 1));
    for (int i = 0; i < k; i++) ds[i] = mul(ds[i], slope);
    for (int i = 0; i < n; i++) da[i] = mul(da[i], slope);
    return power(z, (u64) t->power);
}

static int nparams(const type *t)
{
    int n = t->n, b = t->biases;
    if (strcmp(t->kind, "quadratic") == 0) return 3 * n + 3 * b;
    if (strcmp(t->kind, "product") == 0) return 2 * n + 2 * b;
    if (strcmp(t->kind, "product_linear") == 0) return 2 * n + (b ? n + 1 : 0);
    if (strcmp(t->kind, "full") == 0) return n * (n + 1) / 2 + (b ? n + 1 : 0);
    if (strcmp(t->kind, "compact") == 0) return b ? 2 * n + 1 : n;
    return n + b;
}

static type make_type(const int *width, int depth, const char *kind, int power, int same, int biases, int l)
{
    int readout = l == depth - 1 && !same;
    type t = {readout ? "linear" : kind, width[l], readout ? 1 : power, biases, 0};
    t.nparams = nparams(&t);
    return t;
}

/* Points at which functions of the neuron's inputs are told apart. */
static int npoints(const type *t)
{
    int degree = (strcmp(t->kind, "linear") == 0 ? 1 : 2) * t->power, count = 1;
    for (int i = 1; i <= t->n; i++) count = count * (degree + i) / i;
    return count + t->n + 3;
}

/* A random neuron at all points: values, and derivatives by parameters and inputs, rows of points. */
typedef struct {
    u64 *v;
    matrix ds, da;
} sample;

static sample sample_new(const type *t, const matrix points, gmp_randstate_t state)
{
    sample s = {oracle_alloc((size_t) points.rows, sizeof(u64)), matrix_new(points.rows, t->nparams), matrix_new(points.rows, t->n)};
    u64 *w = oracle_alloc((size_t) t->nparams, sizeof *w);
    for (int i = 0; i < t->nparams; i++) w[i] = draw(state);
    for (int q = 0; q < points.rows; q++) s.v[q] = value(at(s.ds, q, 0), at(s.da, q, 0), t, w, at(points, q, 0));
    free(w);
    return s;
}

static void sample_free(sample s)
{
    free(s.v);
    free(s.ds.x);
    free(s.da.x);
}

static matrix random_points(const type *t, gmp_randstate_t state)
{
    matrix m = matrix_new(npoints(t), t->n);
    for (int i = 0; i < m.rows * m.columns; i++) m.x[i] = draw(state);
    return m;
}

/* ---- the vector fields of one hidden layer -------------------------------------------------- */

/* Linear conditions on the coefficients of a field: rows, of which `count` are in use. The coefficient of a_i -> a_j is number
   i * (d + 1) + j, with j = d that of a_i -> 1. */
typedef struct {
    matrix m;
    int count;
} conditions;

/* Adds that sum_k c_k v_k, c_k the coefficient number first + k, is a combination of the columns of ds. Columns of v: functions at points. */
static void must_be_tangent(conditions *c, const matrix v, const matrix ds, int first)
{
    int q = ds.columns, *pivot = oracle_alloc((size_t) v.rows + 1, sizeof *pivot);
    matrix m = matrix_new(v.rows, q + v.columns);
    for (int i = 0; i < v.rows; i++) {
        memcpy(at(m, i, 0), at(ds, i, 0), sizeof *m.x * (size_t) q);
        memcpy(at(m, i, q), at(v, i, 0), sizeof *m.x * (size_t) v.columns);
    }
    int rank = reduce(m, pivot);
    for (int i = 0; i < rank; i++)
        if (pivot[i] >= q) memcpy(at(c->m, c->count++, first), at(m, i, q), sizeof *m.x * (size_t) v.columns);
    free(m.x);
    free(pivot);
}

/* Every component of the field at a random tuple f is tangent to that neuron. */
static void keep_before(conditions *c, const type *before, int d, const matrix x, gmp_randstate_t state)
{
    matrix v = matrix_new(x.rows, d + 1);
    sample *f = oracle_alloc((size_t) d, sizeof *f);
    for (int i = 0; i < d; i++) f[i] = sample_new(before, x, state);
    for (int q = 0; q < x.rows; q++) {
        for (int j = 0; j < d; j++) *at(v, q, j) = f[j].v[q];
        *at(v, q, d) = 1;
    }
    for (int i = 0; i < d; i++) must_be_tangent(c, v, f[i].ds, i * (d + 1));
    for (int i = 0; i < d; i++) sample_free(f[i]);
    free(f);
    free(v.x);
}

/* The derivative of a random neuron along the field is tangent to it. */
static void keep_after(conditions *c, const type *after, const matrix y, gmp_randstate_t state)
{
    int d = after->n;
    sample g = sample_new(after, y, state);
    matrix v = matrix_new(y.rows, d * (d + 1));
    for (int q = 0; q < y.rows; q++)
        for (int i = 0; i < d; i++)
            for (int j = 0; j <= d; j++) *at(v, q, i * (d + 1) + j) = j < d ? mul(*at(g.da, q, i), *at(y, q, j)) : *at(g.da, q, i);
    must_be_tangent(c, v, g.ds, 0);
    sample_free(g);
    free(v.x);
}

/* A basis of m c = 0, as rows. */
static matrix kernel(matrix m)
{
    int n = m.columns, *pivot = oracle_alloc((size_t) n + 1, sizeof *pivot), rank = reduce(m, pivot), count = 0;
    matrix k = matrix_new(n - rank, n);
    for (int c = 0, next = 0; c < n; c++) {
        if (next < rank && pivot[next] == c) {
            next++;
            continue;
        }
        *at(k, count, c) = 1;
        for (int i = 0; i < rank; i++) *at(k, count, pivot[i]) = (P - *at(m, i, c)) % P;
        count++;
    }
    free(pivot);
    return k;
}

/* A basis of the fields that keep both sides, as rows. A random sample may add as little as one condition, so there are more samples than
   coefficients. */
static matrix fields(const type *before, const type *after, gmp_randstate_t state)
{
    int d = after->n, n = d * (d + 1);
    matrix x = random_points(before, state), y = random_points(after, state);
    conditions c = {matrix_new((d + 3) * d * x.rows + (n + 2) * y.rows, n), 0};
    for (int k = 0; k < d + 3; k++) keep_before(&c, before, d, x, state);
    for (int k = 0; k < n + 2; k++) keep_after(&c, after, y, state);
    c.m.rows = c.count;
    matrix basis = kernel(c.m);
    free(c.m.x);
    free(x.x);
    free(y.x);
    return basis;
}

/* ---- all layers --------------------------------------------------------------------------- */

int oracle_orbit(const int *width, int depth, const char *kind, int power, int same, int biases, unsigned long seed)
{
    type t[8];
    matrix point[8], field[8];
    sample *f[8];
    int column[9] = {0}, rows = 0, redundant = 0;
    gmp_randstate_t state;
    gmp_randinit_default(state);
    gmp_randseed_ui(state, seed);
    for (int l = 0; l < depth; l++) {
        t[l] = make_type(width, depth, kind, power, same, biases, l);
        point[l] = random_points(t + l, state);
        column[l + 1] = column[l] + width[l + 1] * point[l].rows;
        f[l] = oracle_alloc((size_t) width[l + 1], sizeof *f[l]);
        for (int u = 0; u < width[l + 1]; u++) {
            f[l][u] = sample_new(t + l, point[l], state);
            sample s = sample_new(t + l, point[l], state);
            int *pivot = oracle_alloc((size_t) t[l].nparams + 1, sizeof *pivot);
            redundant += t[l].nparams - reduce(s.ds, pivot);
            free(pivot);
            sample_free(s);
        }
        if (l > 0) field[l] = fields(t + l - 1, t + l, state);
        if (l > 0) rows += field[l].rows;
    }
    matrix m = matrix_new(rows, column[depth]);
    for (int l = 1, row = 0; l < depth; l++) {
        int d = width[l];
        for (int e = 0; e < field[l].rows; e++, row++) {
            const u64 *a = at(field[l], e, 0);
            for (int u = 0; u < d; u++)
                for (int q = 0; q < point[l - 1].rows; q++) {
                    u64 sum = a[u * (d + 1) + d];
                    for (int j = 0; j < d; j++) sum = add(sum, mul(a[u * (d + 1) + j], f[l - 1][j].v[q]));
                    *at(m, row, column[l - 1] + u * point[l - 1].rows + q) = sum;
                }
            for (int q = 0; q < point[l].rows; q++)
                for (int i = 0; i < d; i++) {
                    u64 move = a[i * (d + 1) + d];
                    for (int j = 0; j < d; j++) move = add(move, mul(a[i * (d + 1) + j], *at(point[l], q, j)));
                    for (int u = 0; u < width[l + 1]; u++) {
                        u64 *to = at(m, row, column[l] + u * point[l].rows + q);
                        *to = add(*to, (P - mul(*at(f[l][u].da, q, i), move)) % P);
                    }
                }
        }
    }
    int *pivot = oracle_alloc((size_t) rows + 1, sizeof *pivot), rank = reduce(m, pivot);
    free(pivot);
    free(m.x);
    for (int l = 0; l < depth; l++) {
        for (int u = 0; u < width[l + 1]; u++) sample_free(f[l][u]);
        free(f[l]);
        free(point[l].x);
        if (l > 0) free(field[l].x);
    }
    gmp_randclear(state);
    return redundant + rank;
}
