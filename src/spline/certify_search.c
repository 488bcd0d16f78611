/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search of the certificate: intervals in a heap, the largest upper bound first, halved until it is close to the best value.

   It ends. An interval is set aside when its bound has not come nearer to the best value in AGE_MAX halvings by what counts, or after
   DEPTH_MAX halvings; an interval without a finite bound when it is narrow; and the number of intervals is bounded. So where the target
   jumps at a point that no ball can decide (step(sin(pi x)) at 1: is sin(pi) >= 0?), or is known only by ranges that do not shrink
   (step(exp(x) - exp(x))), what is found is an enclosure that says so. */
#include "spline/certify.h"

#include <string.h>

#define LOCATE_BITS 10 /* the place of the largest error is told to 2^-10 of the interval, or better */
#define NARROW (-80)   /* intervals of this width (2^NARROW max(1, |x|)) are not halved while the target has no value there */
#define AGE_MAX 64
#define DEPTH_MAX (1 << 16)
#define INTERVALS_MAX (1 << 20)

/* ---- the search -------------------------------------------------------------------------------- */

static void heap_push(qd_certify_search *s, qd_certify_interval *v)
{
    if (s->nheap == s->heap_room) {
        s->heap_room = 2 * s->heap_room + 64;
        s->heap = qd_realloc(s->heap, sizeof *s->heap * (size_t) s->heap_room);
    }
    slong i = s->nheap++;
    for (; i > 0 && arf_cmp(s->heap[(i - 1) / 2]->upper, v->upper) < 0; i = (i - 1) / 2) s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = v;
}

static qd_certify_interval *heap_pop(qd_certify_search *s)
{
    qd_certify_interval *top = s->heap[0], *v = s->heap[--s->nheap];
    slong i = 0;
    for (slong k = 1; k < s->nheap; k = 2 * i + 1) {
        if (k + 1 < s->nheap && arf_cmp(s->heap[k + 1]->upper, s->heap[k]->upper) > 0) k++;
        if (arf_cmp(s->heap[k]->upper, v->upper) <= 0) break;
        s->heap[i] = s->heap[k];
        i = k;
    }
    if (s->nheap > 0) s->heap[i] = v;
    return top;
}

/* A new interval, dropped when the best value is beyond it. */
static void add_interval(qd_certify_search *s, slong k, const arf_t lo, const arf_t hi, const qd_certify_interval *whole)
{
    qd_certify_interval *v = qd_certify__interval(s, k, lo, hi, whole);
    if (arf_cmp(v->upper, s->lower) < 0) qd_certify__interval_free(v);
    else heap_push(s, v);
}

/* A point near the middle with few bits: sums and differences of such ends are exact in a ball, so that an interval which begins at a
   singular point of the target stays on its right side. */
static void split_point(arf_t m, const qd_certify_interval *v)
{
    arf_t w;
    fmpz_t e;
    arf_init(w);
    fmpz_init(e);
    arf_sub(w, v->hi, v->lo, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_add(m, v->lo, v->hi, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_abs_bound_lt_2exp_fmpz(e, w);
    fmpz_sub_ui(e, e, 5);
    fmpz_neg(e, e);
    arf_mul_2exp_si(m, m, -1);
    arf_mul_2exp_fmpz(m, m, e);
    arf_floor(m, m);
    fmpz_neg(e, e);
    arf_mul_2exp_fmpz(m, m, e);
    arf_clear(w);
    fmpz_clear(e);
}

qd_status qd_certify__no_value(const arf_t x, qd_ctx_t ctx)
{
    return qd_fail(ctx, QD_EDOMAIN,
                   "no finite bound of the target at or next to x = %.15g, where it is not defined, not bounded or too large",
                   arf_get_d(x, ARF_RND_NEAR));
}

/* QD_EDOMAIN when the target has no finite enclosure on an interval that is too narrow to be halved. */
static qd_status check_width(const qd_certify_interval *v, qd_ctx_t ctx)
{
    arf_t w, x;
    qd_status st = QD_OK;
    if (arf_is_finite(v->upper)) return QD_OK;
    arf_init(w);
    arf_init(x);
    arf_sub(w, v->hi, v->lo, 53, ARF_RND_DOWN);
    arf_abs(x, v->hi);
    if (arf_cmp_2exp_si(x, 0) < 0) arf_one(x);
    arf_mul_2exp_si(x, x, NARROW);
    if (arf_cmp(w, x) < 0) st = qd_certify__no_value(v->lo, ctx);
    arf_clear(w);
    arf_clear(x);
    return st;
}

/* Is the bound close enough to the best value? */
static bool close_enough(const qd_certify_search *s, const arf_t upper)
{
    arf_t gap, wanted;
    if (!arf_is_finite(upper)) return false;
    if (arf_cmp(upper, s->lower) <= 0 || arf_cmp_2exp_si(upper, QD_CERTIFY_TINY) < 0) return true;
    if (s->enough != NULL && (arf_cmp(upper, s->enough) <= 0 || arf_cmp(s->lower, s->enough) > 0)) return true;
    arf_init(gap);
    arf_init(wanted);
    arf_sub(gap, upper, s->lower, 53, ARF_RND_UP);
    arf_set_d(wanted, s->tolerance);
    arf_mul(wanted, wanted, upper, 53, ARF_RND_DOWN);
    bool close = arf_cmp(gap, wanted) <= 0;
    arf_clear(gap);
    arf_clear(wanted);
    return close;
}

/* Is the search done, but for the intervals that are set aside? */
static bool rest_reached(const qd_certify_search *s)
{
    return s->nheap == 0 || close_enough(s, s->heap[0]->upper);
}

bool qd_certify__reached(const qd_certify_search *s)
{
    return rest_reached(s) && close_enough(s, s->aside_upper);
}

void qd_certify__put_aside(qd_certify_search *s, qd_certify_interval *v)
{
    if (s->naside == s->aside_room) {
        s->aside_room = 2 * s->aside_room + 16;
        s->aside = qd_realloc(s->aside, sizeof *s->aside * (size_t) s->aside_room);
    }
    s->aside[s->naside++] = v;
    if (arf_cmp(v->upper, s->aside_upper) > 0) arf_set(s->aside_upper, v->upper);
}

/* The sentence about the worst of the intervals that are set aside. */
static qd_status undecided(const qd_certify_search *s, qd_ctx_t ctx)
{
    slong k = 0;
    for (slong i = 1; i < s->naside; i++)
        if (arf_cmp(s->aside[i]->upper, s->aside[k]->upper) > 0) k = i;
    return qd_fail(ctx, QD_EUNABLE, "the target cannot be decided to the tolerance at or next to x = %.15g",
                   arf_get_d(s->aside[k]->lo, ARF_RND_NEAR));
}

/* Halves the interval with the largest bound, or sets it aside. */
static qd_status step(qd_certify_search *s, arf_t m, qd_ctx_t ctx)
{
    qd_status st = qd_ctx_budget(ctx);
    if (st == QD_OK) st = check_width(s->heap[0], ctx);
    if (st == QD_OK && s->made >= INTERVALS_MAX) st = qd_fail(ctx, QD_EUNABLE, "the tolerance is not reached with %d cells", INTERVALS_MAX);
    if (st != QD_OK) return st;
    qd_certify_interval *v = heap_pop(s);
    if (v->age >= AGE_MAX || v->depth >= DEPTH_MAX) {
        qd_certify__put_aside(s, v);
        return QD_OK;
    }
    split_point(m, v);
    add_interval(s, v->job, v->lo, m, v);
    add_interval(s, v->job, m, v->hi, v);
    qd_certify__interval_free(v);
    qd_ctx_progress(ctx, "cells", s->made, 0);
    return QD_OK;
}

qd_status qd_certify__search(qd_certify_search *s, qd_ctx_t ctx)
{
    arf_t m;
    qd_status st = QD_OK;
    arf_init(m);
    for (slong k = 0; k < s->n && st == QD_OK; k++)
        if ((st = qd_ctx_budget(ctx)) == QD_OK) add_interval(s, k, s->e[k].lo, s->e[k].hi, NULL);
    bool all = st == QD_OK;
    while (st == QD_OK && !rest_reached(s)) st = step(s, m, ctx);
    if (st == QD_OK && !close_enough(s, s->aside_upper)) st = undecided(s, ctx);
    while (s->naside > 0) heap_push(s, s->aside[--s->naside]);
    arf_zero(s->aside_upper);
    if (!all)
        while (s->nheap > 0) qd_certify__interval_free(heap_pop(s));
    arf_clear(m);
    return st;
}

void qd_certify__locate(qd_certify_search *s, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    qd_certify_interval **todo = s->heap;
    slong n = s->nheap;
    arf_t narrow, w;
    arf_init(narrow);
    arf_init(w);
    arf_set_fmpq(narrow, hi, 53, ARF_RND_UP);
    arf_set_fmpq(w, lo, 53, ARF_RND_DOWN);
    arf_sub(narrow, narrow, w, 53, ARF_RND_UP);
    arf_mul_2exp_si(narrow, narrow, -LOCATE_BITS);
    while (n > 0) {
        s->heap = NULL;
        s->nheap = s->heap_room = 0;
        bool halved = false;
        for (slong i = 0; i < n; i++) {
            qd_certify_interval *v = todo[i];
            arf_sub(w, v->hi, v->lo, 53, ARF_RND_DOWN);
            if (arf_cmp(v->upper, s->lower) < 0) qd_certify__interval_free(v);
            else if (v->job < 0 || arf_cmp(w, narrow) <= 0 || qd_ctx_budget(ctx) != QD_OK) heap_push(s, v);
            else {
                split_point(w, v);
                add_interval(s, v->job, v->lo, w, v);
                add_interval(s, v->job, w, v->hi, v);
                qd_certify__interval_free(v);
                halved = true;
            }
        }
        free(todo);
        todo = s->heap;
        n = halved ? s->nheap : 0;
    }
    qd_ctx_forget(ctx); /* out of budget: the place is as narrow as it got */
    arf_clear(narrow);
    arf_clear(w);
}
