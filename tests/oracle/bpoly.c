/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Polynomials in x and y over Q, as polynomials in y whose coefficients are polynomials in x. Greatest common divisors come from
   primitive remainder sequences, resultants from values at integers and interpolation. */
#include "impl.h"
#include <stdlib.h>

static bpoly fresh(int len)
{
    bpoly f = {len, qpoly_array(len)};

    return f;
}

static void replace(bpoly *r, bpoly f)
{
    while (f.len > 0 && f.c[f.len - 1].len == 0) qpoly_clear(f.c + --f.len);
    bpoly_clear(r);
    *r = f;
}

void bpoly_init(bpoly *f)
{
    f->len = 0;
    f->c = NULL;
}

void bpoly_clear(bpoly *f)
{
    qpoly_array_free(f->c, f->len);
    bpoly_init(f);
}

void bpoly_set(bpoly *r, const bpoly *f)
{
    bpoly g = fresh(f->len);

    for (int j = 0; j < f->len; j++) qpoly_set(g.c + j, f->c + j);
    replace(r, g);
}

/* c x^i */
static void monomial(oracle_poly *r, const mpq_t c, int i)
{
    oracle_poly p = {i + 1, oracle_alloc(i + 1, sizeof(mpq_t))};

    for (int k = 0; k <= i; k++) mpq_init(p.c[k]);
    mpq_set(p.c[i], c);
    qpoly_set(r, &p);
    qpoly_clear(&p);
}

static void add_monomial(oracle_poly *r, const mpq_t c, int i)
{
    oracle_poly p;

    qpoly_init(&p);
    monomial(&p, c, i);
    qpoly_add(r, r, &p);
    qpoly_clear(&p);
}

void bpoly_set_kronecker(bpoly *r, const oracle_poly *p, int base)
{
    bpoly f = fresh((p->len + base - 1) / base);

    for (int k = 0; k < p->len; k++) add_monomial(f.c + k / base, p->c[k], k % base);
    replace(r, f);
}

void bpoly_set_y_minus(bpoly *r, const mpq_t y)
{
    bpoly f = fresh(2);
    mpq_t t;

    mpq_init(t);
    mpq_neg(t, y);
    monomial(f.c, t, 0);
    mpq_set_ui(t, 1, 1);
    monomial(f.c + 1, t, 0);
    mpq_clear(t);
    replace(r, f);
}

int bpoly_degree(const bpoly *f)
{
    int degree = -1;

    for (int j = 0; j < f->len; j++)
        if (f->c[j].len > 0 && f->c[j].len - 1 + j > degree) degree = f->c[j].len - 1 + j;
    return degree;
}

int bpoly_degree_x(const bpoly *f)
{
    int degree = -1;

    for (int j = 0; j < f->len; j++)
        if (f->c[j].len - 1 > degree) degree = f->c[j].len - 1;
    return degree;
}

void bpoly_transpose(bpoly *r, const bpoly *f)
{
    bpoly t = fresh(bpoly_degree_x(f) + 1);

    for (int j = 0; j < f->len; j++)
        for (int i = 0; i < f->c[j].len; i++) add_monomial(t.c + i, f->c[j].c[i], j);
    replace(r, t);
}

void bpoly_at_x(oracle_poly *r, const bpoly *f, const mpq_t x)
{
    oracle_poly s;
    mpq_t v;

    qpoly_init(&s);
    mpq_init(v);
    for (int j = 0; j < f->len; j++) {
        qpoly_eval(v, f->c + j, x);
        add_monomial(&s, v, j);
    }
    qpoly_set(r, &s);
    qpoly_clear(&s);
    mpq_clear(v);
}

void bpoly_at_y(oracle_poly *r, const bpoly *f, const mpq_t y)
{
    oracle_poly s;

    qpoly_init(&s);
    for (int j = f->len - 1; j >= 0; j--) {
        qpoly_scale(&s, &s, y);
        qpoly_add(&s, &s, f->c + j);
    }
    qpoly_set(r, &s);
    qpoly_clear(&s);
}

/* f / g over Q, which is exact. */
static void divide_coefficient(oracle_poly *r, const oracle_poly *f, const oracle_poly *g)
{
    oracle_poly rest, q, t;
    mpq_t c;

    qpoly_init(&rest);
    qpoly_init(&q);
    qpoly_init(&t);
    mpq_init(c);
    qpoly_set(&rest, f);
    while (rest.len > 0) {
        int k = rest.len - g->len;
        if (k < 0) abort(); /* not exact: the oracle is wrong */
        mpq_div(c, rest.c[rest.len - 1], g->c[g->len - 1]);
        monomial(&t, c, k);
        qpoly_add(&q, &q, &t);
        qpoly_mul(&t, &t, g);
        qpoly_sub(&rest, &rest, &t);
    }
    qpoly_set(r, &q);
    qpoly_clear(&rest);
    qpoly_clear(&q);
    qpoly_clear(&t);
    mpq_clear(c);
}

void bpoly_split(oracle_zpoly *content, bpoly *primitive, const bpoly *f)
{
    oracle_zpoly g, z;
    oracle_poly d;
    bpoly p = fresh(f->len);

    zpoly_init(&g);
    zpoly_init(&z);
    qpoly_init(&d);
    for (int j = 0; j < f->len; j++) {
        zpoly_set_qpoly(&z, f->c + j);
        if (z.len > 0) zpoly_gcd(&g, &z, &g);
    }
    qpoly_set_zpoly(&d, &g);
    for (int j = 0; j < f->len; j++)
        if (f->c[j].len > 0) divide_coefficient(p.c + j, f->c + j, &d);
    if (content != NULL) zpoly_set(content, &g);
    replace(primitive, p);
    zpoly_clear(&g);
    zpoly_clear(&z);
    qpoly_clear(&d);
}

/* f = lc(g) f - lc(f) y^k g, which cancels the leading term of f; the same multiple and y^k is what the quotient grows by. */
static void cancel_leading(bpoly *f, const bpoly *g, bpoly *quotient)
{
    int k = f->len - g->len;
    oracle_poly lead, t;
    bpoly h;

    bpoly_init(&h);
    bpoly_set(&h, f);
    qpoly_init(&lead);
    qpoly_init(&t);
    qpoly_set(&lead, f->c + f->len - 1);
    for (int j = 0; j < h.len; j++) qpoly_mul(h.c + j, h.c + j, g->c + g->len - 1);
    for (int j = 0; j < g->len; j++) {
        qpoly_mul(&t, g->c + j, &lead);
        qpoly_sub(h.c + j + k, h.c + j + k, &t);
    }
    if (quotient != NULL) {
        for (int j = 0; j < quotient->len; j++) qpoly_mul(quotient->c + j, quotient->c + j, g->c + g->len - 1);
        qpoly_add(quotient->c + k, quotient->c + k, &lead);
    }
    replace(f, h);
    qpoly_clear(&lead);
    qpoly_clear(&t);
}

void bpoly_gcd(bpoly *r, const bpoly *f, const bpoly *g)
{
    bpoly a, b, t;

    bpoly_init(&a);
    bpoly_init(&b);
    bpoly_split(NULL, &a, f);
    bpoly_split(NULL, &b, g);
    while (b.len > 0) {
        while (a.len >= b.len) {
            cancel_leading(&a, &b, NULL);
            bpoly_split(NULL, &a, &a);
        }
        t = a;
        a = b;
        b = t;
    }
    replace(r, a);
    bpoly_clear(&b);
}

void bpoly_divide(bpoly *r, const bpoly *f, const bpoly *g)
{
    bpoly rest, q = fresh(f->len - g->len + 1);

    bpoly_init(&rest);
    bpoly_set(&rest, f);
    while (rest.len >= g->len) cancel_leading(&rest, g, &q);
    if (rest.len > 0) abort(); /* not exact: the oracle is wrong */
    bpoly_split(NULL, r, &q);
    bpoly_clear(&rest);
    bpoly_clear(&q);
}

void bpoly_derivative(bpoly *r, const bpoly *f)
{
    bpoly d = fresh(f->len > 0 ? f->len - 1 : 0);
    mpq_t c;

    mpq_init(c);
    for (int j = 1; j < f->len; j++) {
        mpq_set_si(c, j, 1);
        qpoly_scale(d.c + j - 1, f->c + j, c);
    }
    mpq_clear(c);
    replace(r, d);
}

/* The resultant of two non-zero polynomials over Q, by Euclid: res(f, g) = (-1)^(mn) lc(g)^(m - k) res(g, f mod g). */
static void resultant_of_values(mpq_t r, const oracle_poly *f, const oracle_poly *g)
{
    oracle_poly a, b, t;
    mpq_t c;

    qpoly_init(&a);
    qpoly_init(&b);
    qpoly_init(&t);
    mpq_init(c);
    qpoly_set(&a, f);
    qpoly_set(&b, g);
    mpq_set_ui(r, 1, 1);
    while (b.len > 1) {
        int m = a.len - 1, n = b.len - 1;
        while (a.len >= b.len) {
            mpq_div(c, a.c[a.len - 1], b.c[b.len - 1]);
            monomial(&t, c, a.len - b.len);
            qpoly_mul(&t, &t, &b);
            qpoly_sub(&a, &a, &t);
        }
        if (m * n % 2 != 0) mpq_neg(r, r);
        for (int i = a.len - 1; i < m && a.len > 0; i++) mpq_mul(r, r, b.c[n]);
        qpoly_clear(&t);
        t = a;
        a = b;
        b = t;
        qpoly_init(&t);
    }
    if (b.len == 0) mpq_set_ui(r, 0, 1);
    else
        for (int i = 1; i < a.len; i++) mpq_mul(r, r, b.c[0]);
    qpoly_clear(&a);
    qpoly_clear(&b);
    qpoly_clear(&t);
    mpq_clear(c);
}

/* The polynomial of degree < n with the values v at the places x; v is used up. Newton. */
static void interpolate(oracle_poly *r, mpq_t *v, mpq_t *x, int n)
{
    oracle_poly factor;
    mpq_t d, one;

    mpq_init(d);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    for (int k = 1; k < n; k++)
        for (int i = n - 1; i >= k; i--) {
            mpq_sub(v[i], v[i], v[i - 1]);
            mpq_sub(d, x[i], x[i - k]);
            mpq_div(v[i], v[i], d);
        }
    qpoly_init(&factor);
    qpoly_clear(r);
    for (int i = n - 1; i >= 0; i--) {
        mpq_neg(d, x[i]);
        qpoly_linear(&factor, d, one);
        qpoly_mul(r, r, &factor);
        add_monomial(r, v[i], 0);
    }
    qpoly_clear(&factor);
    mpq_clear(d);
    mpq_clear(one);
}

void bpoly_resultant(oracle_poly *r, const bpoly *f, const bpoly *g)
{
    int n = bpoly_degree_x(f) * (g->len - 1) + bpoly_degree_x(g) * (f->len - 1) + 1;
    mpq_t *x = oracle_alloc(n, sizeof(mpq_t)), *v = oracle_alloc(n, sizeof(mpq_t));
    oracle_poly a, b;

    qpoly_init(&a);
    qpoly_init(&b);
    for (int i = 0, at = 0; i<n; at = at> 0 ? -at : 1 - at) {
        mpq_init(x[i]);
        mpq_init(v[i]);
        mpq_set_si(x[i], at, 1);
        bpoly_at_x(&a, f, x[i]);
        bpoly_at_x(&b, g, x[i]);
        if (a.len < f->len || b.len < g->len) { /* a leading coefficient vanishes: take another place */
            mpq_clear(x[i]);
            mpq_clear(v[i]);
            continue;
        }
        resultant_of_values(v[i], &a, &b);
        i++;
    }
    interpolate(r, v, x, n);
    for (int i = 0; i < n; i++) {
        mpq_clear(x[i]);
        mpq_clear(v[i]);
    }
    free(x);
    free(v);
    qpoly_clear(&a);
    qpoly_clear(&b);
}
