/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Primitive polynomials over Z: the content, always positive, is divided out after every
   operation, so signs stay those of the polynomial that is meant, and the coefficients of a
   remainder sequence stay as small as they can be. */
#include "impl.h"
#include <stdlib.h>

static oracle_zpoly fresh(int len)
{
    oracle_zpoly f = {len, oracle_alloc(len, sizeof(mpz_t))};

    for (int i = 0; i < len; i++) mpz_init(f.c[i]);
    return f;
}

static void trim(oracle_zpoly *f)
{
    while (f->len > 0 && mpz_sgn(f->c[f->len - 1]) == 0) mpz_clear(f->c[--f->len]);
}

static void make_primitive(oracle_zpoly *f)
{
    mpz_t g;

    mpz_init(g);
    for (int i = 0; i < f->len; i++) mpz_gcd(g, g, f->c[i]);
    for (int i = 0; i < f->len; i++) mpz_divexact(f->c[i], f->c[i], g);
    mpz_clear(g);
}

static void replace(oracle_zpoly *r, oracle_zpoly f)
{
    trim(&f);
    if (f.len > 0) make_primitive(&f);
    zpoly_clear(r);
    *r = f;
}

void zpoly_init(oracle_zpoly *f)
{
    f->len = 0;
    f->c = NULL;
}

void zpoly_clear(oracle_zpoly *f)
{
    for (int i = 0; i < f->len; i++) mpz_clear(f->c[i]);
    free(f->c);
    zpoly_init(f);
}

static oracle_zpoly copy(const oracle_zpoly *f)
{
    oracle_zpoly g = fresh(f->len);

    for (int i = 0; i < f->len; i++) mpz_set(g.c[i], f->c[i]);
    return g;
}

void zpoly_set(oracle_zpoly *r, const oracle_zpoly *f)
{
    replace(r, copy(f));
}

void zpoly_set_qpoly(oracle_zpoly *r, const oracle_poly *p)
{
    oracle_zpoly f = fresh(p->len);
    mpz_t d, t;

    mpz_init_set_ui(d, 1);
    mpz_init(t);
    for (int i = 0; i < p->len; i++) mpz_lcm(d, d, mpq_denref(p->c[i]));
    for (int i = 0; i < p->len; i++) {
        mpz_divexact(t, d, mpq_denref(p->c[i]));
        mpz_mul(f.c[i], t, mpq_numref(p->c[i]));
    }
    mpz_clear(d);
    mpz_clear(t);
    replace(r, f);
}

void zpoly_set_root(oracle_zpoly *r, const mpq_t x)
{
    oracle_zpoly f = fresh(2);

    mpz_neg(f.c[0], mpq_numref(x));
    mpz_set(f.c[1], mpq_denref(x));
    replace(r, f);
}

void zpoly_derivative(oracle_zpoly *r, const oracle_zpoly *f)
{
    oracle_zpoly d = fresh(f->len > 0 ? f->len - 1 : 0);

    for (int i = 1; i < f->len; i++) mpz_mul_ui(d.c[i - 1], f->c[i], i);
    replace(r, d);
}

/* One step of division: f = |lc(g)| f - (+-lc(f)) x^k g, which cancels the leading term of f and
   multiplies it by something positive. */
static void cancel_leading(oracle_zpoly *f, const oracle_zpoly *g)
{
    int k = f->len - g->len;
    mpz_t a, b;

    mpz_init(a);
    mpz_init_set(b, f->c[f->len - 1]);
    mpz_abs(a, g->c[g->len - 1]);
    if (mpz_sgn(g->c[g->len - 1]) < 0) mpz_neg(b, b);
    for (int i = 0; i < f->len; i++) mpz_mul(f->c[i], f->c[i], a);
    for (int i = 0; i < g->len; i++) mpz_submul(f->c[i + k], g->c[i], b);
    trim(f);
    mpz_clear(a);
    mpz_clear(b);
}

void zpoly_neg_rem(oracle_zpoly *r, const oracle_zpoly *f, const oracle_zpoly *g)
{
    oracle_zpoly t = copy(f);

    while (t.len >= g->len) cancel_leading(&t, g);
    for (int i = 0; i < t.len; i++) mpz_neg(t.c[i], t.c[i]);
    replace(r, t);
}

void zpoly_gcd(oracle_zpoly *r, const oracle_zpoly *f, const oracle_zpoly *g)
{
    oracle_zpoly a = copy(f), b = copy(g), t;

    while (b.len > 0) {
        zpoly_neg_rem(&a, &a, &b);
        t = a;
        a = b;
        b = t;
    }
    zpoly_clear(&b);
    replace(r, a);
}

/* f / g for primitive f and g with g | f over Q; the quotient is then integral (Gauss). */
void zpoly_divide(oracle_zpoly *r, const oracle_zpoly *f, const oracle_zpoly *g)
{
    oracle_zpoly rest = copy(f), q = fresh(f->len - g->len + 1);

    for (int k = q.len - 1; k >= 0; k--) {
        mpz_divexact(q.c[k], rest.c[k + g->len - 1], g->c[g->len - 1]);
        for (int i = 0; i < g->len; i++) mpz_submul(rest.c[k + i], q.c[k], g->c[i]);
    }
    zpoly_clear(&rest);
    replace(r, q);
}

static void multiply(oracle_zpoly *r, const oracle_zpoly *f, const oracle_zpoly *g)
{
    oracle_zpoly p = fresh(f->len + g->len - 1);

    for (int i = 0; i < f->len; i++)
        for (int j = 0; j < g->len; j++) mpz_addmul(p.c[i + j], f->c[i], g->c[j]);
    replace(r, p);
}

/* Musser: let f be the product of the p_i^i, each p_i squarefree. At the start of round i,
   `radical` is the product of the p_j over j >= i, and `rest` that of the p_j^(j-i) over j > i. */
void zpoly_odd_part(oracle_zpoly *r, const oracle_zpoly *f)
{
    oracle_zpoly rest, radical, next, factor, odd = fresh(1);

    mpz_set_ui(odd.c[0], 1);
    zpoly_init(&rest);
    zpoly_init(&radical);
    zpoly_init(&next);
    zpoly_init(&factor);
    zpoly_derivative(&rest, f);
    zpoly_gcd(&rest, f, &rest);
    zpoly_divide(&radical, f, &rest);
    for (int i = 1; radical.len > 1; i++) {
        zpoly_gcd(&next, &radical, &rest);
        zpoly_divide(&factor, &radical, &next); /* p_i */
        if (i % 2 == 1) multiply(&odd, &odd, &factor);
        zpoly_divide(&rest, &rest, &next);
        zpoly_set(&radical, &next);
    }
    zpoly_clear(&rest);
    zpoly_clear(&radical);
    zpoly_clear(&next);
    zpoly_clear(&factor);
    replace(r, odd);
}

void zpoly_radical(oracle_zpoly *r, const oracle_zpoly *f)
{
    oracle_zpoly g;

    zpoly_init(&g);
    zpoly_derivative(&g, f);
    zpoly_gcd(&g, f, &g);
    zpoly_divide(r, f, &g);
    zpoly_clear(&g);
}

/* Horner on d^n f(n/d), so that all stays integral. */
int zpoly_sign(const oracle_zpoly *f, const mpq_t x)
{
    mpz_t value, power;
    int sign;

    if (f->len == 0) return 0;
    mpz_init_set(value, f->c[f->len - 1]);
    mpz_init_set_ui(power, 1);
    for (int i = f->len - 2; i >= 0; i--) {
        mpz_mul(power, power, mpq_denref(x));
        mpz_mul(value, value, mpq_numref(x));
        mpz_addmul(value, f->c[i], power);
    }
    sign = mpz_sgn(value);
    mpz_clear(value);
    mpz_clear(power);
    return sign;
}
