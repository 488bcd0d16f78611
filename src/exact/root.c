/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Isolation: what is decided without a search (degrees 1 and 2, no or one variation of the coefficients),
   the bounded dyadic interval for the search, and the cut at the ends of the wanted interval.
   Negative roots are positive roots of p(-x). The search runs on a dyadic hull of the wanted interval that
   is a little longer; roots outside are dropped by the sign of p at the true end, and an isolating
   interval that reaches over an end is cut there. */
#include "exact/impl.h"

/* ---- one half line ------------------------------------------------------------------------- */

static slong variations(const fmpz_poly_t p)
{
    slong count = 0;
    int last = 0;
    for (slong i = 0; i < p->length; i++) {
        int s = fmpz_sgn(p->coeffs + i);
        if (s == 0) continue;
        count += last == -s;
        last = s;
    }
    return count;
}

/* All positive roots of p are below 2^k: twice the largest of (|c_i| / lc)^(1/(n-i)) over the coefficients of sign opposite
   to that of the leading one bounds them [Kio86]. */
static slong bound(const fmpz_poly_t p)
{
    slong n = fmpz_poly_degree(p), k = WORD_MIN;
    int sign = fmpz_sgn(p->coeffs + n);
    slong lead = (slong) fmpz_bits(p->coeffs + n) - 1;
    for (slong i = 0; i < n; i++) {
        if (fmpz_sgn(p->coeffs + i) != -sign) continue;
        slong q = (slong) fmpz_bits(p->coeffs + i) - lead, d = n - i;
        slong r = q >= 0 ? (q + d - 1) / d : -(-q / d); /* ceil(q / d) */
        if (r + 1 > k) k = r + 1;
    }
    return k;
}

static void power_of_two(fmpq_t x, slong k)
{
    fmpz_t one;
    fmpz_init_set_ui(one, 1);
    qd_dyadic__set(x, one, k);
    fmpz_clear(one);
}

/* (a, b) = a dyadic hull of [lo, hi] (NULL: no limit) inside [0, 2^k], 0 when it is empty. Ends are kept when they
   are short dyadic numbers, else rounded outwards to some 64ths of the length. */
static int hull(fmpq_t a, fmpq_t b, const fmpq *lo, const fmpq *hi, slong k)
{
    fmpq_t d;
    fmpq_zero(a);
    power_of_two(b, k);
    if (lo != NULL && fmpq_sgn(lo) > 0) fmpq_set(a, lo);
    if (hi != NULL && fmpq_cmp(hi, b) < 0) fmpq_set(b, hi);
    if (fmpq_cmp(a, b) >= 0) return 0;
    fmpq_init(d);
    fmpq_sub(d, b, a);
    slong grid = 6 - qd_dyadic__size(d, 0);
    fmpq_div_2exp(d, d, 7);
    if (fmpq_cmp(a, d) < 0) fmpq_zero(a); /* a scale of its own near 0 would cost precision */
    if (!qd_dyadic__is(a) || (slong) fmpz_val2(fmpq_denref(a)) > grid + 16) qd_dyadic__round(a, a, grid, 0);
    if (!qd_dyadic__is(b) || (slong) fmpz_val2(fmpq_denref(b)) > grid + 16) qd_dyadic__round(b, b, grid, 1);
    fmpq_clear(d);
    return 1;
}

/* The roots of p in [lo, hi] that are positive, or a few more around the ends; p(0) != 0. */
static qd_status positive(qd_alg_list_t out, const fmpz_poly_t p, const fmpq *lo, const fmpq *hi, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    fmpq_t a, b;
    slong count = variations(p);
    if (count == 0 || (hi != NULL && fmpq_sgn(hi) <= 0)) return QD_OK;
    fmpq_init(a);
    fmpq_init(b);
    slong k = bound(p);
    if (count == 1) {
        qd_alg_struct *e = qd_alg_list_add(out, NULL);
        power_of_two(e->hi, k);
    } else if (hull(a, b, lo, hi, k)) st = qd_root__tree(out, p, a, b, ctx);
    fmpq_clear(a);
    fmpq_clear(b);
    return st;
}

/* ---- the cut at the ends ------------------------------------------------------------------- */

/* Cuts the isolating interval of e at x, which is the lower limit (side = 1) or the upper one (side = -1); 0 when the root
   lies beyond. An end that is not dyadic is left to the caller. */
static int cut(qd_alg_struct *e, const fmpz_poly_t p, const fmpq *x, int side)
{
    if (x == NULL) return 1;
    int l = fmpq_cmp(e->lo, x), h = fmpq_cmp(e->hi, x);
    if (l == 0 && h == 0) return 1;
    if (side > 0 ? l >= 0 : h <= 0) return 1;
    if (side > 0 ? h <= 0 : l >= 0) return 0;
    int s = qd_point__sign(p, x);
    if (s == 0) {
        fmpq_set(e->lo, x);
        fmpq_set(e->hi, x);
        return 1;
    }
    int below = s == qd_point__sign(p, e->lo); /* x lies below the root */
    if (below != (side > 0)) return 0;
    fmpq_set(side > 0 ? e->lo : e->hi, x);
    return 1;
}

/* The elements of in, whose intervals belong to p, that lie in [lo, hi]. */
static void take(qd_alg_list_t out, qd_alg_list_t in, const fmpz_poly_t p, const fmpq *lo, const fmpq *hi)
{
    for (slong i = 0; i < in->n; i++) {
        qd_alg_struct *e = in->e + i, *a;
        if (!cut(e, p, lo, 1) || !cut(e, p, hi, -1)) continue;
        if (!fmpq_equal(e->lo, e->hi)) qd_root__make_dyadic(e->lo, e->hi, p);
        a = qd_alg_list_add(out, NULL);
        if (fmpq_equal(e->lo, e->hi)) qd_alg__swap_fmpq(a, e->lo);
        else {
            fmpz_poly_set(a->poly, p);
            fmpq_swap(a->lo, e->lo);
            fmpq_swap(a->hi, e->hi);
        }
    }
}

static void mirror(fmpz_poly_t q, const fmpz_poly_t p)
{
    fmpz_poly_set(q, p);
    for (slong i = 1; i < q->length; i += 2) fmpz_neg(q->coeffs + i, q->coeffs + i);
}

/* Intervals of p(-x) become those of p. */
static void mirror_list(qd_alg_list_t l)
{
    for (slong i = 0, j = l->n - 1; i < j; i++, j--) qd_alg_swap(l->e + i, l->e + j);
    for (slong i = 0; i < l->n; i++) {
        fmpq_swap(l->e[i].lo, l->e[i].hi);
        fmpq_neg(l->e[i].lo, l->e[i].lo);
        fmpq_neg(l->e[i].hi, l->e[i].hi);
    }
}

static qd_status negative(qd_alg_list_t out, const fmpz_poly_t p, const fmpq *lo, const fmpq *hi, qd_ctx_t ctx)
{
    fmpz_poly_t q;
    fmpq_t a, b;
    if (lo != NULL && fmpq_sgn(lo) >= 0) return QD_OK;
    fmpz_poly_init(q);
    fmpq_init(a);
    fmpq_init(b);
    mirror(q, p);
    if (hi != NULL) fmpq_neg(a, hi);
    if (lo != NULL) fmpq_neg(b, lo);
    qd_status st = positive(out, q, hi != NULL ? a : NULL, lo != NULL ? b : NULL, ctx);
    mirror_list(out);
    fmpz_poly_clear(q);
    fmpq_clear(a);
    fmpq_clear(b);
    return st;
}

/* ---- degrees 1 and 2 ----------------------------------------------------------------------- */

/* A point between the roots of a quadratic polynomial of positive leading coefficient: the vertex, rounded. */
static void between_roots(fmpq_t v, const fmpz_poly_t p)
{
    fmpq_t vertex;
    fmpq_init(vertex);
    fmpz_neg(fmpq_numref(vertex), p->coeffs + 1);
    fmpz_mul_2exp(fmpq_denref(vertex), p->coeffs + 2, 1);
    fmpq_canonicalise(vertex);
    slong k = 0;
    do {
        qd_dyadic__round(v, vertex, k, 0);
        k += k < 64 ? 8 : k;
    } while (qd_point__sign(p, v) >= 0);
    fmpq_clear(vertex);
}

/* The irrational roots of p as intervals: cut at 0 when it lies between them. */
static void quadratic_intervals(qd_alg_struct *small, qd_alg_struct *large, const fmpz_poly_t p)
{
    fmpz_poly_t q;
    fmpz_poly_init(q);
    mirror(q, p);
    if (fmpz_sgn(p->coeffs) > 0) {
        between_roots(small->hi, p);
        fmpq_set(large->lo, small->hi);
    }
    if (variations(p) > 0) power_of_two(large->hi, bound(p));
    if (variations(q) > 0) {
        power_of_two(small->lo, bound(q));
        fmpq_neg(small->lo, small->lo);
    }
    fmpz_poly_clear(q);
}

static void quadratic(qd_alg_list_t neg, qd_alg_list_t pos, const fmpz_poly_t p)
{
    fmpz_t d;
    fmpz_init(d);
    qd_alg__discriminant(d, p);
    if (fmpz_sgn(d) > 0) {
        int apart = fmpz_sgn(p->coeffs)<0, below = fmpz_sgn(p->coeffs + 1)> 0;
        qd_alg_list_struct *l = apart || below ? neg : pos, *m = apart || !below ? pos : neg;
        qd_alg_list_add(l, NULL);
        qd_alg_list_add(m, NULL);
        qd_alg_struct *small = l->e, *large = m->e + m->n - 1;
        if (fmpz_is_square(d)) {
            fmpz_sqrt(d, d);
            qd_alg__rational_root2(small->lo, p, d, 0);
            qd_alg__rational_root2(large->lo, p, d, 1);
            fmpq_set(small->hi, small->lo);
            fmpq_set(large->hi, large->lo);
        } else quadratic_intervals(small, large, p);
    }
    fmpz_clear(d);
}

/* ---- all ----------------------------------------------------------------------------------- */

static void linear(qd_alg_list_t out, const fmpz_poly_t p)
{
    qd_alg_struct *e = qd_alg_list_add(out, NULL);
    fmpz_neg(fmpq_numref(e->lo), p->coeffs);
    fmpz_set(fmpq_denref(e->lo), p->coeffs + 1);
    fmpq_set(e->hi, e->lo);
}

qd_status qd_root_isolate(qd_alg_list_t roots, const fmpz_poly_t p, const fmpq *lo, const fmpq *hi, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_alg_list_t neg, pos, out;
    fmpz_poly_t q;
    qd_alg_list_init(neg);
    qd_alg_list_init(pos);
    qd_alg_list_init(out);
    fmpz_poly_init(q);
    if (lo != NULL && hi != NULL && fmpq_equal(lo, hi)) {
        if (qd_point__sign(p, lo) == 0) qd_alg_set_fmpq(qd_alg_list_add(out, NULL), lo);
        qd_alg_list_swap(roots, out);
        goto done;
    }
    fmpz_poly_primitive_part(q, p);
    if (fmpz_sgn(fmpz_poly_lead(q)) < 0) fmpz_poly_neg(q, q);
    int zero = fmpz_is_zero(q->coeffs);
    if (zero) fmpz_poly_shift_right(q, q, 1);
    slong n = fmpz_poly_degree(q);
    if (n == 1) linear(fmpz_sgn(q->coeffs) > 0 ? neg : pos, q);
    else if (n == 2) quadratic(neg, pos, q);
    else if (n > 2) {
        if ((st = negative(neg, q, lo, hi, ctx)) != QD_OK) goto done;
        if ((st = positive(pos, q, lo, hi, ctx)) != QD_OK) goto done;
    }
    take(out, neg, q, lo, hi);
    if (zero && (lo == NULL || fmpq_sgn(lo) <= 0) && (hi == NULL || fmpq_sgn(hi) >= 0)) qd_alg_list_add(out, NULL);
    take(out, pos, q, lo, hi);
    qd_alg_list_swap(roots, out);
done:
    qd_alg_list_clear(neg);
    qd_alg_list_clear(pos);
    qd_alg_list_clear(out);
    fmpz_poly_clear(q);
    return st;
}
