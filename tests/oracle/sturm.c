/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting and isolating real roots by Sturm's theorem: the number of distinct roots of a
   squarefree f in (lo, hi] is the number of sign variations lost from lo to hi along
   f, f', -(f mod f'), ... */
#include "impl.h"
#include <stdlib.h>

void sturm_init(sturm_chain *c, const oracle_zpoly *f)
{
    c->s = oracle_alloc(f->len + 1, sizeof(oracle_zpoly));
    zpoly_set(&c->s[0], f);
    zpoly_derivative(&c->s[1], f);
    for (c->n = 1; c->s[c->n].len > 0; c->n++) zpoly_neg_rem(&c->s[c->n + 1], &c->s[c->n - 1], &c->s[c->n]);
}

void sturm_clear(sturm_chain *c)
{
    for (int i = 0; i <= c->n; i++) /* the last one is zero */
        zpoly_clear(&c->s[i]);
    free(c->s);
}

static int variations(const sturm_chain *c, const mpq_t x)
{
    int last = 0, count = 0;

    for (int i = 0; i < c->n; i++) {
        int sign = zpoly_sign(&c->s[i], x);
        if (sign * last < 0) count++;
        if (sign != 0) last = sign;
    }
    return count;
}

int sturm_count(const sturm_chain *c, const mpq_t lo, const mpq_t hi)
{
    return variations(c, lo) - variations(c, hi);
}

void root_list_insert(root_list *l, int k, oracle_root *r)
{
    if (l->n == l->cap) {
        l->cap = 2 * l->cap + 8;
        l->r = realloc(l->r, l->cap * sizeof(oracle_root *));
        if (l->r == NULL) abort();
    }
    for (int i = l->n++; i > k; i--) l->r[i] = l->r[i - 1];
    l->r[k] = r;
}

/* Cauchy: a root is smaller than 1 + max |c_i| / |leading c|; x is a power of two above that. */
static void root_bound(mpq_t x, const oracle_zpoly *f)
{
    size_t largest = 0, leading = mpz_sizeinbase(f->c[f->len - 1], 2);

    for (int i = 0; i < f->len; i++)
        if (mpz_sizeinbase(f->c[i], 2) > largest) largest = mpz_sizeinbase(f->c[i], 2);
    mpq_set_ui(x, 1, 1);
    mpq_mul_2exp(x, x, largest - leading + 2);
}

/* f(lo) and f(hi) are not zero, and there are `count` roots between them. */
static void bisect(root_list *l, const sturm_chain *c, const mpq_t lo, const mpq_t hi, int count)
{
    mpq_t mid;
    int left;

    if (count == 0) return;
    if (count == 1) {
        root_list_insert(l, l->n, root_new(&c->s[0], lo, hi));
        return;
    }
    mpq_init(mid);
    mpq_set(mid, lo);
    do { /* a second round only if mid is a root */
        mpq_add(mid, mid, hi);
        mpq_div_2exp(mid, mid, 1);
    } while (zpoly_sign(&c->s[0], mid) == 0);
    left = sturm_count(c, lo, mid);
    bisect(l, c, lo, mid, left);
    bisect(l, c, mid, hi, count - left);
    mpq_clear(mid);
}

void sturm_isolate(root_list *l, const oracle_zpoly *f, mpq_srcptr lo, mpq_srcptr hi)
{
    sturm_chain c;
    mpq_t a, b, one;

    mpq_init(a);
    mpq_init(b);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    sturm_init(&c, f);
    root_bound(b, f);
    mpq_neg(a, b);
    if (lo != NULL) mpq_set(a, lo);
    if (hi != NULL) mpq_set(b, hi);
    while (zpoly_sign(f, a) == 0) /* ends of cells often are roots: step outwards */
        mpq_sub(a, a, one);
    while (zpoly_sign(f, b) == 0) mpq_add(b, b, one);
    if (mpq_cmp(a, b) < 0) /* else the bound shows that there is nothing */
        bisect(l, &c, a, b, sturm_count(&c, a, b));
    sturm_clear(&c);
    mpq_clear(a);
    mpq_clear(b);
    mpq_clear(one);
}
