/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate on a line is proved in full: between two neighbouring breakpoints no unit changes sign.

   Let region i be the open interval between the breakpoints b_(i-1) and b_i, s its pattern, and z the polynomial of a unit along s. If z is the zero polynomial its
   bit is 0; else the odd part of z (the roots at which it changes sign) has no root inside, by Sturm's theorem, and z has the sign of its bit at the
   region's point. Then s is the pattern on the whole interval but for finitely many points, by induction over the layers. Neighbouring patterns
   differ, so the intervals are the regions.

   A breakpoint is the only root of its polynomial in (lo, hi), or rational. For a root count up to b exactly, its interval is halved until it
   holds no root of the odd part but b itself, if b is one: decided by a greatest common divisor. */
#include "proof/impl.h"

#include <stdlib.h>
#include <string.h>

static bool rational(const qd_alg_struct *a)
{
    return fmpq_equal(a->lo, a->hi);
}

static bool dyadic(const fmpq_t x)
{
    return fmpz_bits(fmpq_denref(x)) == fmpz_val2(fmpq_denref(x)) + 1;
}

/* Is it a number in the form that qd_alg_t has? */
static bool is_number(const qd_alg_struct *a)
{
    fmpz_poly_t q;
    fmpq_t v;
    fmpz_t content;
    bool good;
    fmpz_poly_init(q);
    fmpq_init(v);
    fmpz_init(content);
    fmpz_poly_content(content, a->poly);
    fmpz_poly_evaluate_fmpq(v, a->poly, a->lo);
    good = fmpz_is_one(content) && fmpz_sgn(fmpz_poly_lead(a->poly)) > 0;
    if (rational(a)) good = good && fmpz_poly_degree(a->poly) == 1 && fmpq_is_zero(v);
    else {
        good = good && fmpz_poly_degree(a->poly) >= 2 && !fmpq_is_zero(v) && fmpq_cmp(a->lo, a->hi) < 0 && dyadic(a->lo) && dyadic(a->hi);
        fmpz_poly_evaluate_fmpq(v, a->poly, a->hi);
        fmpz_poly_derivative(q, a->poly);
        fmpz_poly_gcd(q, q, a->poly);
        good = good && !fmpq_is_zero(v) && fmpz_poly_degree(q) == 0 && qd_proof__sturm_count(a->poly, a->lo, a->hi) == 1;
    }
    fmpz_poly_clear(q);
    fmpq_clear(v);
    fmpz_clear(content);
    return good;
}

/* Halves the interval of an irrational breakpoint, or of one that is not known to be rational. */
static void halve(qd_alg_struct *a)
{
    fmpq_t middle, v;
    fmpq_init(middle);
    fmpq_init(v);
    fmpq_add(middle, a->lo, a->hi);
    fmpq_div_2exp(middle, middle, 1);
    fmpz_poly_evaluate_fmpq(v, a->poly, middle);
    if (fmpq_is_zero(v)) {
        fmpq_set(a->lo, middle);
        fmpq_set(a->hi, middle);
    } else if (qd_proof__sturm_count(a->poly, a->lo, middle) == 1) fmpq_set(a->hi, middle);
    else fmpq_set(a->lo, middle);
    fmpq_clear(middle);
    fmpq_clear(v);
}

/* Until the closed interval of a holds no root of q but a itself. */
static void isolate(qd_alg_struct *a, const fmpz_poly_t q)
{
    fmpz_poly_t common;
    fmpq_t v;
    fmpz_poly_init(common);
    fmpq_init(v);
    fmpz_poly_gcd(common, q, a->poly);
    while (!rational(a)) {
        slong is_root = qd_proof__sturm_count(common, a->lo, a->hi);
        fmpz_poly_evaluate_fmpq(v, q, a->lo);
        if (!fmpq_is_zero(v) && qd_proof__sturm_count(q, a->lo, a->hi) == is_root) break;
        halve(a);
    }
    fmpz_poly_clear(common);
    fmpq_clear(v);
}

/* Roots of q strictly between a and b, or the ends of the domain where they are NULL. */
static slong roots_between(const fmpz_poly_t q, qd_alg_struct *a, qd_alg_struct *b, const fmpq *lo, const fmpq *hi)
{
    fmpq_t v;
    if (a != NULL) isolate(a, q);
    if (b != NULL) isolate(b, q);
    const fmpq *from = a != NULL ? a->hi : lo, *to = b != NULL ? b->lo : hi;
    if (from != NULL && to != NULL && fmpq_cmp(from, to) >= 0) return 0;
    slong n = qd_proof__sturm_count(q, from, to);
    if (to == NULL) return n;
    fmpq_init(v);
    fmpz_poly_evaluate_fmpq(v, q, to);
    n -= fmpq_is_zero(v); /* the count is that of (from, to] */
    fmpq_clear(v);
    return n;
}

static qd_status check_unit(const qd_proof_t p, slong i, qd_alg_struct *a, qd_alg_struct *b, const fmpq_mpoly_struct *z, char bit,
                            qd_proof__along *w, slong l, slong u, qd_ctx_t ctx)
{
    fmpz_poly_t f, q;
    qd_status st = QD_OK;
    fmpz_poly_init(f);
    fmpz_poly_init(q);
    qd_proof__along_poly(f, z, w);
    if (fmpz_poly_is_zero(f)) {
        if (bit == '1') st = qd_fail(ctx, QD_EINPUT, "refused: unit %ld of layer %ld is 0 on all of region %ld", u + 1, l + 1, (long) i);
    } else {
        qd_proof__odd_part(q, f);
        if (roots_between(q, a, b, p->lo, p->hi) > 0)
            st = qd_fail(ctx, QD_EINPUT,
                         "refused: unit %ld of layer %ld changes sign inside region %ld: a breakpoint is missing or misplaced", u + 1,
                         l + 1, (long) i);
    }
    fmpz_poly_clear(f);
    fmpz_poly_clear(q);
    return st;
}

/* The region's point lies between its breakpoints. */
static qd_status check_place(const qd_proof_t p, slong i, const qd_alg_struct *a, const qd_alg_struct *b, qd_ctx_t ctx)
{
    const fmpq *t = p->regions->point + i;
    if ((a == NULL || qd_alg_cmp_fmpq(a, t) < 0) && (b == NULL || qd_alg_cmp_fmpq(b, t) > 0)) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "refused: the point of region %ld is not between its breakpoints", (long) i);
}

static qd_status check_region(const qd_proof_t p, slong i, qd_alg_struct *breaks, qd_proof__along *w, qd_ctx_t ctx)
{
    const qd_regions_struct *g = p->regions;
    qd_alg_struct *a = i > 0 ? breaks + i - 1 : NULL, *b = i + 1 < g->n ? breaks + i : NULL;
    char *bits = qd_malloc((size_t) w->nbits + 1);
    qd_proof__pattern(bits, g, i);
    qd_proof__along_set(w, bits);
    qd_status st = check_place(p, i, a, b, ctx);
    for (slong l = 0; l < w->low->depth && st == QD_OK; l++) {
        const fmpq_mpoly_struct *z = qd_proof__along_z(w, l);
        slong bit = w->first[l];
        for (slong u = 0; u < w->low->layer[l].out && st == QD_OK; u++)
            if (qd_activation_switches(w->low->layer[l].unit[u].act)) st = check_unit(p, i, a, b, z + u, bits[bit++], w, l, u, ctx);
    }
    free(bits);
    return st;
}

static qd_status check_order(const qd_proof_t p, qd_ctx_t ctx)
{
    const qd_alg_list_struct *b = p->breaks;
    for (slong i = 0; i < b->n; i++) {
        if (!is_number(b->e + i))
            return qd_fail(ctx, QD_EINPUT,
                           "refused: breakpoint %ld is not the only root of a squarefree integer polynomial in its interval", (long) i);
        bool ascending = i == 0 || qd_alg_cmp(b->e + i - 1, b->e + i) < 0;
        if (p->lo != NULL && qd_alg_cmp_fmpq(b->e + i, p->lo) <= 0) ascending = false;
        if (p->hi != NULL && qd_alg_cmp_fmpq(b->e + i, p->hi) >= 0) ascending = false;
        if (!ascending)
            return qd_fail(ctx, QD_EINPUT, "refused: breakpoint %ld is not behind the one before, or not inside the domain", (long) i);
    }
    return QD_OK;
}

/* Walls join neighbours on the line, and nothing else; intervals without end are not bounded; there are no holes. */
static qd_status check_shape(const qd_proof_t p, qd_ctx_t ctx)
{
    const qd_regions_struct *g = p->regions;
    if (p->breaks->n != g->n - 1)
        return qd_fail(ctx, QD_EINPUT, "refused: %ld breakpoints and %ld regions, expected one region more", (long) p->breaks->n,
                       (long) g->n);
    for (slong i = 0; i < g->n; i++) {
        bool inner = i > 0 && i + 1 < g->n;
        if (g->bounded[i] != inner) return qd_fail(ctx, QD_EINPUT, "refused: region %ld is %sbounded", (long) i, inner ? "" : "not ");
        if (g->holes[i] != 0) return qd_fail(ctx, QD_EINPUT, "refused: region %ld of a line has no holes", (long) i);
    }
    for (slong k = 0; k < g->nwalls; k++)
        if (g->wall[2 * k] != k || g->wall[2 * k + 1] != k + 1)
            return qd_fail(ctx, QD_EINPUT, "refused: the walls of a line are 0-1, 1-2, ...");
    if (g->nwalls != g->n - 1) return qd_fail(ctx, QD_EINPUT, "refused: %ld walls of %ld are listed", (long) g->nwalls, (long) g->n - 1);
    return QD_OK;
}

qd_status qd_proof__check_line(qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx)
{
    qd_status st = check_shape(p, ctx);
    qd_alg_list_t breaks; /* copies, whose intervals shrink */
    if (st == QD_OK) st = check_order(p, ctx);
    if (st != QD_OK) return st;
    qd_alg_list_init(breaks);
    for (slong i = 0; i < p->breaks->n; i++) qd_alg_list_add(breaks, p->breaks->e + i);
    for (slong i = 0; i < p->regions->n && st == QD_OK; i++) {
        st = qd_ctx_budget(ctx);
        if (st == QD_OK) st = check_region(p, i, breaks->e, w, ctx);
        qd_ctx_progress(ctx, "regions", i + 1, p->regions->n);
    }
    qd_alg_list_clear(breaks);
    if (st != QD_OK) return st;
    qd_proof__say(r->confirmed, "%ld breakpoints: no unit changes sign between them, by Sturm's theorem, so the regions are all of the %s",
                  (long) p->breaks->n, p->lo != NULL || p->hi != NULL ? "interval" : "line");
    r->complete = true;
    return QD_OK;
}
