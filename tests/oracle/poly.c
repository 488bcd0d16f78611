/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Polynomials over Q. Each operation builds a fresh array and then replaces its output, so that
   an output may be an input. */
#include "impl.h"
#include <stdlib.h>

void *oracle_alloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);

    if (p == NULL) abort();
    return p;
}

static oracle_poly fresh(int len)
{
    oracle_poly p = {len, oracle_alloc(len, sizeof(mpq_t))};

    for (int i = 0; i < len; i++) mpq_init(p.c[i]);
    return p;
}

static void replace(oracle_poly *r, oracle_poly p)
{
    while (p.len > 0 && mpq_sgn(p.c[p.len - 1]) == 0) mpq_clear(p.c[--p.len]);
    qpoly_clear(r);
    *r = p;
}

void qpoly_init(oracle_poly *p)
{
    p->len = 0;
    p->c = NULL;
}

void qpoly_clear(oracle_poly *p)
{
    for (int i = 0; i < p->len; i++) mpq_clear(p->c[i]);
    free(p->c);
    qpoly_init(p);
}

void qpoly_set(oracle_poly *r, const oracle_poly *p)
{
    oracle_poly s = fresh(p->len);

    for (int i = 0; i < p->len; i++) mpq_set(s.c[i], p->c[i]);
    replace(r, s);
}

void qpoly_linear(oracle_poly *r, const mpq_t c0, const mpq_t c1)
{
    oracle_poly s = fresh(2);

    mpq_set(s.c[0], c0);
    mpq_set(s.c[1], c1);
    replace(r, s);
}

void qpoly_addmul(oracle_poly *r, const oracle_poly *p, const mpq_t c)
{
    oracle_poly s = fresh(r->len > p->len ? r->len : p->len);

    for (int i = 0; i < p->len; i++) mpq_mul(s.c[i], p->c[i], c);
    for (int i = 0; i < r->len; i++) mpq_add(s.c[i], s.c[i], r->c[i]);
    replace(r, s);
}

void qpoly_add(oracle_poly *r, const oracle_poly *p, const oracle_poly *q)
{
    oracle_poly s = fresh(p->len > q->len ? p->len : q->len);

    for (int i = 0; i < p->len; i++) mpq_set(s.c[i], p->c[i]);
    for (int i = 0; i < q->len; i++) mpq_add(s.c[i], s.c[i], q->c[i]);
    replace(r, s);
}

void qpoly_sub(oracle_poly *r, const oracle_poly *p, const oracle_poly *q)
{
    oracle_poly s = fresh(p->len > q->len ? p->len : q->len);

    for (int i = 0; i < p->len; i++) mpq_set(s.c[i], p->c[i]);
    for (int i = 0; i < q->len; i++) mpq_sub(s.c[i], s.c[i], q->c[i]);
    replace(r, s);
}

void qpoly_mul(oracle_poly *r, const oracle_poly *p, const oracle_poly *q)
{
    oracle_poly s = fresh(p->len && q->len ? p->len + q->len - 1 : 0);
    mpq_t t;

    mpq_init(t);
    for (int i = 0; i < p->len; i++)
        for (int j = 0; j < q->len; j++) {
            mpq_mul(t, p->c[i], q->c[j]);
            mpq_add(s.c[i + j], s.c[i + j], t);
        }
    mpq_clear(t);
    replace(r, s);
}

void qpoly_scale(oracle_poly *r, const oracle_poly *p, const mpq_t c)
{
    oracle_poly s = fresh(p->len);

    for (int i = 0; i < p->len; i++) mpq_mul(s.c[i], p->c[i], c);
    replace(r, s);
}

void qpoly_pow(oracle_poly *r, const oracle_poly *p, int e)
{
    oracle_poly s;

    qpoly_init(&s);
    qpoly_set(&s, p);
    while (--e > 0) qpoly_mul(&s, &s, p);
    replace(r, s);
}

void qpoly_set_zpoly(oracle_poly *r, const oracle_zpoly *f)
{
    oracle_poly s = fresh(f->len);

    for (int i = 0; i < f->len; i++) mpq_set_z(s.c[i], f->c[i]);
    replace(r, s);
}

void qpoly_eval(mpq_t r, const oracle_poly *p, const mpq_t x)
{
    mpq_t s;

    mpq_init(s);
    for (int i = p->len - 1; i >= 0; i--) {
        mpq_mul(s, s, x);
        mpq_add(s, s, p->c[i]);
    }
    mpq_swap(r, s);
    mpq_clear(s);
}

oracle_poly *qpoly_array(int n)
{
    return oracle_alloc(n, sizeof(oracle_poly)); /* all zero bytes: n zero polynomials */
}

void qpoly_array_free(oracle_poly *p, int n)
{
    for (int i = 0; i < n; i++) qpoly_clear(p + i);
    free(p);
}
