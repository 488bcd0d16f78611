/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparison and signs. Intervals decide first; when a moderate refinement has not decided, a gcd decides whether the
   two are equal; after that refinement must separate them. For g = gcd(p, q) and overlapping isolating
   intervals of p and q the roots of g in the overlap (L, H) are roots of p in its interval, so there is at
   most one, and it exists exactly if the numbers are equal; g is not zero at L and H since p or q is
   not; g is squarefree: so equality is a change of sign of g over (L, H). */
#include "exact/impl.h"

/* Bits after which equality is decided by a gcd; a cheap one comes before any refinement. */
#define MODERATE 64
#define CHEAP 400

static int cheap(const fmpz_poly_t p, const fmpz_poly_t q)
{
    return fmpz_poly_degree(p) * fmpz_poly_degree(q) <= CHEAP;
}

int qd_alg_cmp_fmpq(const qd_alg_t a, const fmpq_t x)
{
    int l = fmpq_cmp(a->lo, x), h = fmpq_cmp(a->hi, x);
    if (qd_alg_is_rational_form(a)) return l < 0 ? -1 : l > 0;
    if (l >= 0) return 1;
    if (h <= 0) return -1;
    int s = qd_point__sign(a->poly, x);
    if (s == 0) return 0;
    return s == qd_point__sign(a->poly, a->lo) ? 1 : -1;
}

/* -1 / 1 when the intervals lie so, else 0; one of them at least is open. */
static int apart(const qd_alg_t a, const qd_alg_t b)
{
    if (fmpq_cmp(a->hi, b->lo) <= 0) return -1;
    if (fmpq_cmp(b->hi, a->lo) <= 0) return 1;
    return 0;
}

/* p changes sign between the larger of the left ends and the smaller of the right ends. */
static int root_in_common(const fmpz_poly_t p, const qd_alg_t a, const qd_alg_t b)
{
    const fmpq *l = fmpq_cmp(a->lo, b->lo) > 0 ? a->lo : b->lo;
    const fmpq *h = fmpq_cmp(a->hi, b->hi) < 0 ? a->hi : b->hi;
    return qd_point__sign(p, l) != qd_point__sign(p, h);
}

static int equal_by_gcd(const qd_alg_t a, const qd_alg_t b)
{
    int equal = 0;
    if (qd_root__coprime_modp(a->poly, b->poly)) return 0;
    fmpz_poly_t g;
    fmpz_poly_init(g);
    fmpz_poly_gcd(g, a->poly, b->poly);
    if (fmpz_poly_degree(g) > 0) equal = root_in_common(g, a, b);
    fmpz_poly_clear(g);
    return equal;
}

int qd_alg_cmp(const qd_alg_t a, const qd_alg_t b)
{
    if (qd_alg_is_rational_form(b)) return qd_alg_cmp_fmpq(a, b->lo);
    if (qd_alg_is_rational_form(a)) return -qd_alg_cmp_fmpq(b, a->lo);
    int s = apart(a, b), open = 1; /* equality is still open */
    if (s != 0) return s;
    if (fmpz_poly_equal(a->poly, b->poly)) {
        if (root_in_common(a->poly, a, b)) return 0;
        open = 0;
    } else if (fmpz_poly_degree(a->poly) == 2 && fmpz_poly_degree(b->poly) == 2) open = 0; /* irreducible, primitive and different */
    qd_alg_t x, y;
    qd_alg_init(x);
    qd_alg_init(y);
    qd_alg_set(x, a);
    qd_alg_set(y, b);
    for (slong bits = MODERATE / 2; s == 0; bits *= 2) {
        if (open && (bits > MODERATE || cheap(x->poly, y->poly))) {
            if (equal_by_gcd(x, y)) break;
            open = 0;
        }
        qd_alg_refine(x, bits);
        if ((s = apart(x, y)) != 0) break;
        qd_alg_refine(y, bits);
        if (qd_alg_is_rational_form(x) || qd_alg_is_rational_form(y)) {
            s = qd_alg_cmp(x, y);
            break;
        }
        s = apart(x, y);
    }
    qd_alg_clear(x);
    qd_alg_clear(y);
    return s;
}

/* f(a) = 0 for a that is not stored as a rational. */
static int vanishes(const fmpz_poly_t f, const qd_alg_t a)
{
    int yes = 0;
    if (qd_root__coprime_modp(f, a->poly)) return 0;
    fmpz_poly_t g;
    fmpz_poly_init(g);
    fmpz_poly_gcd(g, f, a->poly);
    if (fmpz_poly_degree(g) > 0) yes = root_in_common(g, a, a);
    fmpz_poly_clear(g);
    return yes;
}

/* Sign of f over the interval of a by balls, 0 when not decided. */
static int sign_over(const fmpz_poly_t f, const qd_alg_t a, slong prec)
{
    arf_t l, h;
    arb_t x, v;
    arf_init(l);
    arf_init(h);
    arb_init(x);
    arb_init(v);
    arf_set_fmpq(l, a->lo, prec, ARF_RND_FLOOR);
    arf_set_fmpq(h, a->hi, prec, ARF_RND_CEIL);
    arb_set_interval_arf(x, l, h, prec);
    qd_point__ball(v, f, x, prec);
    int s = arb_is_positive(v) ? 1 : arb_is_negative(v) ? -1 : 0;
    arf_clear(l);
    arf_clear(h);
    arb_clear(x);
    arb_clear(v);
    return s;
}

int qd_alg_sign_poly(const fmpz_poly_t f, const qd_alg_t a)
{
    if (fmpz_poly_degree(f) <= 0) return fmpz_poly_is_zero(f) ? 0 : fmpz_sgn(f->coeffs);
    if (qd_alg_is_rational_form(a)) return qd_point__sign(f, a->lo);
    if (fmpz_poly_equal(f, a->poly)) return 0;
    int s = sign_over(f, a, MODERATE);
    if (s != 0) return s;
    int open = 1;
    qd_alg_t x;
    qd_alg_init(x);
    qd_alg_set(x, a);
    for (slong bits = MODERATE; s == 0; bits *= 2) {
        if (open && (bits > MODERATE || cheap(f, x->poly))) {
            if (vanishes(f, x)) break;
            open = 0;
        }
        qd_alg_refine(x, bits);
        s = qd_alg_is_rational_form(x) ? qd_point__sign(f, x->lo) : sign_over(f, x, bits + 32);
        if (qd_alg_is_rational_form(x)) break;
    }
    qd_alg_clear(x);
    return s;
}

slong qd_alg_multiplicity(const fmpz_poly_t f, const qd_alg_t a)
{
    slong m = 0;
    fmpz_poly_t g;
    fmpz_poly_init(g);
    fmpz_poly_set(g, f);
    while (qd_alg_sign_poly(g, a) == 0) {
        fmpz_poly_derivative(g, g);
        m++;
    }
    fmpz_poly_clear(g);
    return m;
}

/* ---- between ------------------------------------------------------------------------------- */

/* The simplest rational of the gap, or where that is one of the numbers, of its middle part. */
static void pick(fmpq_t x, const qd_alg_t a, const qd_alg_t b)
{
    fmpq_t d, l, h;
    fmpq_simplest_between(x, a->hi, b->lo);
    if (qd_alg_cmp_fmpq(a, x) < 0 && qd_alg_cmp_fmpq(b, x) > 0) return;
    fmpq_init(d);
    fmpq_init(l);
    fmpq_init(h);
    fmpq_sub(d, b->lo, a->hi);
    fmpq_div_2exp(d, d, 3);
    fmpq_add(l, a->hi, d);
    fmpq_sub(h, b->lo, d);
    fmpq_simplest_between(x, l, h);
    fmpq_clear(d);
    fmpq_clear(l);
    fmpq_clear(h);
}

/* 1 when the gap is at least as long as the interval of a */
static int narrow(const qd_alg_t a, const fmpq_t gap)
{
    fmpq_t d;
    fmpq_init(d);
    fmpq_sub(d, a->hi, a->lo);
    int yes = fmpq_cmp(d, gap) <= 0;
    fmpq_clear(d);
    return yes;
}

void qd_alg_between(fmpq_t x, const qd_alg_t a, const qd_alg_t b)
{
    fmpq_t gap;
    qd_alg_t u, v;
    fmpq_init(gap);
    qd_alg_init(u);
    qd_alg_init(v);
    qd_alg_set(u, a);
    qd_alg_set(v, b);
    for (slong bits = 8;; bits *= 2) {
        fmpq_sub(gap, v->lo, u->hi);
        if (fmpq_sgn(gap) > 0 && narrow(u, gap) && narrow(v, gap)) break;
        qd_alg_refine(u, bits);
        qd_alg_refine(v, bits);
    }
    pick(x, u, v);
    fmpq_clear(gap);
    qd_alg_clear(u);
    qd_alg_clear(v);
}

void qd_alg_separate(qd_alg_t a, qd_alg_t b)
{
    for (slong bits = 64; fmpq_cmp(a->hi, b->lo) > 0; bits *= 2) {
        qd_alg_refine(a, bits);
        qd_alg_refine(b, bits);
    }
}
