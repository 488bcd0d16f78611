/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real algebraic numbers as (squarefree polynomial, isolating interval). Two such numbers are told
   apart by refining, and first found to be equal by the gcd of their polynomials, so that refining
   always ends. */
#include "impl.h"
#include <stdlib.h>

oracle_root *root_new(const oracle_zpoly *f, const mpq_t lo, const mpq_t hi)
{
    oracle_root *r = oracle_alloc(1, sizeof *r);

    zpoly_set(&r->poly, f);
    mpq_init(r->lo);
    mpq_set(r->lo, lo);
    mpq_init(r->hi);
    mpq_set(r->hi, hi);
    r->sign_lo = zpoly_sign(f, lo);
    return r;
}

oracle_root *root_new_rational(const mpq_t x)
{
    oracle_zpoly f;
    oracle_root *r;

    zpoly_init(&f);
    zpoly_set_root(&f, x);
    r = root_new(&f, x, x);
    zpoly_clear(&f);
    return r;
}

void root_copy(oracle_root *r, const oracle_root *s)
{
    zpoly_init(&r->poly);
    zpoly_set(&r->poly, &s->poly);
    mpq_init(r->lo);
    mpq_set(r->lo, s->lo);
    mpq_init(r->hi);
    mpq_set(r->hi, s->hi);
    r->sign_lo = s->sign_lo;
}

void root_clear(oracle_root *r)
{
    zpoly_clear(&r->poly);
    mpq_clear(r->lo);
    mpq_clear(r->hi);
}

void root_free(oracle_root *r)
{
    root_clear(r);
    free(r);
}

int root_is_rational(const oracle_root *r)
{
    return mpq_equal(r->lo, r->hi);
}

static void become_rational(oracle_root *r, const mpq_t x)
{
    mpq_set(r->lo, x);
    mpq_set(r->hi, x);
    zpoly_set_root(&r->poly, r->lo);
}

void root_refine(oracle_root *r)
{
    mpq_t mid;
    int sign;

    if (root_is_rational(r)) return;
    mpq_init(mid);
    mpq_add(mid, r->lo, r->hi);
    mpq_div_2exp(mid, mid, 1);
    sign = zpoly_sign(&r->poly, mid);
    if (sign == 0) become_rational(r, mid);
    else mpq_set(sign == r->sign_lo ? r->lo : r->hi, mid);
    mpq_clear(mid);
}

/* The number lies strictly inside its interval, or is both ends of it. */
static int strictly_inside(const oracle_root *r, const mpq_t x)
{
    return mpq_cmp(r->lo, x) < 0 && mpq_cmp(x, r->hi) < 0;
}

int root_cmp_rational(oracle_root *r, const mpq_t x)
{
    if (strictly_inside(r, x) && zpoly_sign(&r->poly, x) == 0) become_rational(r, x);
    while (strictly_inside(r, x)) root_refine(r);
    if (root_is_rational(r)) return mpq_cmp(r->lo, x);
    return mpq_cmp(r->hi, x) <= 0 ? -1 : 1;
}

/* Are these two, neither known to be rational, the same? If the intervals meet, a common root of
   the polynomials in the common part is both numbers; the gcd is squarefree and the ends of the
   common part are no roots of it, so it has a root there iff its sign changes. */
static int same_irrational(const oracle_root *r, const oracle_root *s)
{
    mpq_srcptr lo = mpq_cmp(r->lo, s->lo) > 0 ? r->lo : s->lo;
    mpq_srcptr hi = mpq_cmp(r->hi, s->hi) < 0 ? r->hi : s->hi;
    oracle_zpoly g;
    int same;

    if (mpq_cmp(lo, hi) >= 0) return 0;
    zpoly_init(&g);
    zpoly_gcd(&g, &r->poly, &s->poly);
    same = zpoly_sign(&g, lo) * zpoly_sign(&g, hi) < 0;
    zpoly_clear(&g);
    return same;
}

int root_cmp(oracle_root *r, oracle_root *s)
{
    mpq_t x;
    int sign;

    if (!root_is_rational(r) && !root_is_rational(s)) {
        if (same_irrational(r, s)) return 0;
        while (mpq_cmp(r->lo, s->hi) < 0 && mpq_cmp(s->lo, r->hi) < 0) {
            root_refine(r);
            root_refine(s);
        }
    }
    if (!root_is_rational(r) && !root_is_rational(s)) return mpq_cmp(r->hi, s->lo) <= 0 ? -1 : 1;
    mpq_init(x);
    mpq_set(x, root_is_rational(s) ? s->lo : r->lo);
    sign = root_is_rational(s) ? root_cmp_rational(r, x) : -root_cmp_rational(s, x);
    mpq_clear(x);
    return sign;
}

int root_annihilates(const oracle_root *r, const oracle_zpoly *g)
{
    oracle_zpoly h;
    int zero;

    if (root_is_rational(r)) return zpoly_sign(g, r->lo) == 0;
    zpoly_init(&h);
    zpoly_gcd(&h, &r->poly, g); /* squarefree, not zero at lo and hi: it divides poly */
    zero = zpoly_sign(&h, r->lo) * zpoly_sign(&h, r->hi) < 0;
    zpoly_clear(&h);
    return zero;
}

static int has_root_modulo(const oracle_zpoly *f, unsigned long p)
{
    unsigned long value;

    for (unsigned long x = 0; x < p; x++) {
        value = 0;
        for (int i = f->len - 1; i >= 0; i--) value = (value * x + mpz_fdiv_ui(f->c[i], p)) % p;
        if (value == 0) return 1;
    }
    return 0;
}

/* A quick proof that f has no rational root: a root u/v has v | lc(f), so it is a root modulo
   every prime that does not divide lc(f). Saves the long search below where heights are huge. */
static int has_no_rational_root(const oracle_zpoly *f)
{
    static const unsigned long prime[] = {5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43};

    for (size_t i = 0; i < sizeof prime / sizeof *prime; i++)
        if (mpz_fdiv_ui(f->c[f->len - 1], prime[i]) != 0 && !has_root_modulo(f, prime[i])) return 1;
    return 0;
}

static int wider_than(const oracle_root *r, const mpq_t width)
{
    mpq_t w;
    int wider;

    mpq_init(w);
    mpq_sub(w, r->hi, r->lo);
    wider = mpq_cmp(w, width) > 0;
    mpq_clear(w);
    return wider;
}

/* A rational root is k / |lc| with an integer k, so an interval shorter than 1 / |lc| holds at
   most one candidate. */
static void find_rational(oracle_root *r)
{
    mpq_t step, x;

    mpq_init(step);
    mpq_init(x);
    mpz_abs(mpq_denref(step), r->poly.c[r->poly.len - 1]);
    mpz_set_ui(mpq_numref(step), 1);
    while (wider_than(r, step)) root_refine(r);
    if (!root_is_rational(r)) {
        mpq_div(x, r->hi, step); /* the last multiple of step that is <= hi */
        mpz_fdiv_q(mpq_numref(x), mpq_numref(x), mpq_denref(x));
        mpz_set_ui(mpq_denref(x), 1);
        mpq_mul(x, x, step);
        if (strictly_inside(r, x) && zpoly_sign(&r->poly, x) == 0) become_rational(r, x);
    }
    mpq_clear(step);
    mpq_clear(x);
}

void root_simplify(oracle_root *r)
{
    mpq_t width;

    if (!root_is_rational(r) && !has_no_rational_root(&r->poly)) find_rational(r);
    mpq_init(width);
    mpq_set_ui(width, 1, 1);
    mpq_div_2exp(width, width, 100);
    while (wider_than(r, width)) root_refine(r);
    mpq_clear(width);
}

/* Reads an integer polynomial; 0, or -1 if a string is bad or all are zero. */
static int parse_poly(oracle_zpoly *f, const char *const *s, int len)
{
    oracle_poly p = {len, oracle_alloc(len, sizeof(mpq_t))};
    int bad = 0;

    for (int i = 0; i < len; i++) {
        mpq_init(p.c[i]);
        if (oracle_parse(p.c[i], s[i]) != 0) bad = 1;
    }
    if (!bad) zpoly_set_qpoly(f, &p);
    qpoly_clear(&p);
    return bad || f->len == 0 ? -1 : 0;
}

static int is_squarefree(const oracle_zpoly *f)
{
    oracle_zpoly g;
    int squarefree;

    zpoly_init(&g);
    zpoly_derivative(&g, f);
    zpoly_gcd(&g, f, &g);
    squarefree = g.len == 1;
    zpoly_clear(&g);
    return squarefree;
}

static int roots_in_closed(const oracle_zpoly *f, const mpq_t lo, const mpq_t hi)
{
    sturm_chain c;
    int count;

    sturm_init(&c, f);
    count = sturm_count(&c, lo, hi) + (zpoly_sign(f, lo) == 0);
    sturm_clear(&c);
    return count;
}

int oracle_root_is(const oracle_root *at, const char *const *poly, int len, const char *lo, const char *hi)
{
    oracle_zpoly f;
    oracle_root r;
    mpq_t a, b;
    int same = 0;

    zpoly_init(&f);
    root_copy(&r, at);
    mpq_init(a);
    mpq_init(b);
    if (oracle_parse(a, lo) == 0 && oracle_parse(b, hi) == 0 && mpq_cmp(a, b) <= 0 && parse_poly(&f, poly, len) == 0 && is_squarefree(&f))
        same = root_annihilates(&r, &f) && root_cmp_rational(&r, a) >= 0 && root_cmp_rational(&r, b) <= 0 && roots_in_closed(&f, a, b) == 1;
    zpoly_clear(&f);
    root_clear(&r);
    mpq_clear(a);
    mpq_clear(b);
    return same;
}
