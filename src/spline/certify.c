/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The largest error of a network against a target: best-first branch and bound on the common pieces of both.

   On an interval c + h t, |t| <= 1, of a piece the difference is a polynomial P (the network, less a polynomial target) minus an
   expression. With N Taylor coefficients of the expression at c and its N-th coefficient over the whole interval, the difference is

       G_0 + G_1 t + G_2 t^2 + R,   |R| <= sum_{3 <= k} |G_k| + |remainder| h^N,

   and the range of the quadratic part is exact, so the width of the enclosure falls like h^3. Kinks and jumps that a polynomial
   decides (abs(x^2 - 2), step(x - 1/3)) are ends of pieces, exactly (qd_expr_split), and the expression is smooth beyond them; at a
   jump the value at the point itself is enclosed as well (certify_point.c). Where the expression is not smooth otherwise its range
   on the interval is taken instead. The interval with the largest upper bound is halved until that bound and the best value met are close
   enough. Every number is a ball: rounding that shows is answered by more bits for that interval. P is recomputed from the exact
   polynomial then, else it is handed from an interval to its halves.

   Ends of a piece that are not dyadic are replaced by dyadic points outside (for upper bounds; the piece's polynomial goes on
   beyond its end, and so does the expression with the signs that are known) and inside (for values that are attained). Both are a
   2^-160th of the tolerance away or less, so what is added to the upper bound is of that order. */
#include "spline/certify.h"

#include <math.h>
#include <string.h>

#define END_BITS 192 /* of the dyadic ends of a piece, beside those of the tolerance */

/* ---- the result ------------------------------------------------------------------------------ */

void qd_enclosure_init(qd_enclosure_t r)
{
    memset(r, 0, sizeof *r);
    arf_init(r->lower);
    arf_init(r->upper);
    fmpq_init(r->at);
}

void qd_enclosure_clear(qd_enclosure_t r)
{
    for (slong i = 0; i < 2 * r->nwhere; i++) arf_clear(r->where + i);
    free(r->where);
    arf_clear(r->lower);
    arf_clear(r->upper);
    fmpq_clear(r->at);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void search_init(qd_certify_search *s, double tolerance)
{
    memset(s, 0, sizeof *s);
    s->tolerance = tolerance;
    arf_init(s->lower);
    arf_init(s->aside_upper);
    fmpq_init(s->at);
}

static void search_clear(qd_certify_search *s)
{
    for (slong i = 0; i < s->n; i++) {
        qd_certify_job *j = s->e + i;
        fmpq_poly_clear(j->difference);
        arf_clear(j->lo);
        arf_clear(j->hi);
        arf_clear(j->in_lo);
        arf_clear(j->in_hi);
    }
    for (slong i = 0; i < s->nheap; i++) qd_certify__interval_free(s->heap[i]);
    for (slong i = 0; i < s->naside; i++) qd_certify__interval_free(s->aside[i]);
    free(s->e);
    free(s->heap);
    free(s->aside);
    arf_clear(s->lower);
    arf_clear(s->aside_upper);
    fmpq_clear(s->at);
}

/* Dyadic ends of (a, b) outside and inside; more bits until the inside is nearly all of it. */
static void set_ends(qd_certify_job *j, const qd_alg_t a, const qd_alg_t b, double tolerance)
{
    qd_alg_t left, right;
    arf_t gap, whole;
    qd_alg_init(left);
    qd_alg_init(right);
    arf_init(gap);
    arf_init(whole);
    qd_alg_set(left, a);
    qd_alg_set(right, b);
    for (slong bits = END_BITS - ilogb(tolerance);; bits *= 2) {
        qd_alg_refine(left, bits);
        qd_alg_refine(right, bits);
        arf_set_fmpq(j->lo, left->lo, bits, ARF_RND_FLOOR);
        arf_set_fmpq(j->in_lo, left->hi, bits, ARF_RND_CEIL);
        arf_set_fmpq(j->in_hi, right->lo, bits, ARF_RND_FLOOR);
        arf_set_fmpq(j->hi, right->hi, bits, ARF_RND_CEIL);
        arf_sub(gap, j->in_hi, j->in_lo, ARF_PREC_EXACT, ARF_RND_DOWN);
        arf_sub(whole, j->hi, j->lo, ARF_PREC_EXACT, ARF_RND_DOWN);
        arf_sub(whole, whole, gap, ARF_PREC_EXACT, ARF_RND_DOWN);
        arf_mul_2exp_si(whole, whole, 30);
        if (arf_cmp(whole, gap) < 0) break;
    }
    qd_alg_clear(left);
    qd_alg_clear(right);
    arf_clear(gap);
    arf_clear(whole);
}

/* Both sides on the way from left to right. */
typedef struct {
    const qd_spline_struct *net;
    const qd_target *target;
    const qd_expr_parts_struct *parts; /* of each expression */
    slong k, l, nl;                    /* piece of net, piece of the target spline; its breakpoints */
    slong *part;                       /* owned: the open part of each expression */
} sides;

static slong expression_of(const sides *v, slong output)
{
    return v->target->nexpr == 1 ? 0 : output;
}

/* The job of an output on a part of its expression (on piece l of the target spline); false where network and target are the same. */
static bool set_job(qd_certify_job *j, const sides *v, slong output, slong part)
{
    fmpq_poly_init(j->difference);
    fmpq_poly_set(j->difference, qd_spline_poly(v->net, v->k, output));
    j->expr = NULL;
    j->known = NULL;
    j->output = output;
    if (v->target->spline != NULL) fmpq_poly_sub(j->difference, j->difference, qd_spline_poly(v->target->spline, v->l, output));
    else {
        const qd_expr_part *p = v->parts[expression_of(v, output)].e + part;
        if (p->polynomial) fmpq_poly_sub(j->difference, j->difference, p->poly);
        else {
            j->expr = v->target->expr + expression_of(v, output);
            j->known = p->sign;
        }
    }
    if (j->expr != NULL || !fmpq_poly_is_zero(j->difference)) return true;
    fmpq_poly_clear(j->difference);
    return false;
}

/* The pieces between a and b. */
static void add_jobs(qd_certify_search *s, const sides *v, const qd_alg_t a, const qd_alg_t b)
{
    s->pieces++;
    for (slong o = 0; o < v->net->outputs; o++) {
        qd_certify_job j;
        if (!set_job(&j, v, o, v->target->spline != NULL ? 0 : v->part[expression_of(v, o)])) continue;
        arf_init(j.lo);
        arf_init(j.hi);
        arf_init(j.in_lo);
        arf_init(j.in_hi);
        set_ends(&j, a, b, s->tolerance);
        if (s->n == s->room) {
            s->room = 2 * s->room + 16;
            s->e = qd_realloc(s->e, sizeof *s->e * (size_t) s->room);
        }
        s->e[s->n++] = j;
    }
}

/* May the value at a point differ from the limit of the open part beside it? */
static bool jumps(const qd_expr_struct *e, const qd_expr_part *point, const qd_expr_part *open)
{
    for (int64_t i = 0; i < e->n; i++) {
        int a = point->sign[i], b = open->sign[i];
        if (e->node[i].op == QD_EXPR_SIGN                                     ? a != b
            : e->node[i].op == QD_EXPR_STEP || e->node[i].op == QD_EXPR_ATAN2 ? (a >= 0) != (b >= 0)
                                                                              : false)
            return true;
    }
    return false;
}

/* The values of the outputs with expression i at its point `point`, which is an end of piece k of the network. */
static qd_status add_points(qd_certify_search *s, const sides *v, slong i, slong point, qd_ctx_t ctx)
{
    const qd_expr_parts_struct *p = v->parts + i;
    qd_status st = QD_OK;
    bool jump = (point > 0 && jumps(v->target->expr + i, p->e + point, p->e + point - 1)) ||
                (point + 1 < p->n && jumps(v->target->expr + i, p->e + point, p->e + point + 1));
    for (slong o = 0; jump && o < v->net->outputs && st == QD_OK; o++) {
        qd_certify_job j;
        if (expression_of(v, o) != i || !set_job(&j, v, o, point)) continue;
        st = qd_certify__point(s, &j, p->e[point].at, ctx);
        fmpq_poly_clear(j.difference);
    }
    return st;
}

/* The next breakpoint of the network (i = 0), the target spline (1) or expression i - 2; NULL: none. */
static const qd_alg_struct *next_break(const sides *v, slong i)
{
    if (i == 0) return v->k < v->net->nbreaks ? v->net->at + v->k : NULL;
    if (i == 1) return v->l < v->nl ? v->target->spline->at + v->l : NULL;
    slong point = v->part[i - 2] + 1;
    return point < v->parts[i - 2].n - 1 ? v->parts[i - 2].e[point].at : NULL;
}

/* Past the breakpoint `at`. */
static qd_status pass(qd_certify_search *s, sides *v, slong i, const qd_alg_t at, qd_ctx_t ctx)
{
    const qd_alg_struct *next = next_break(v, i);
    if (next == NULL || (next != at && qd_alg_cmp(next, at) != 0)) return QD_OK;
    if (i == 0) v->k++;
    else if (i == 1) v->l++;
    else {
        v->part[i - 2] += 2;
        return add_points(s, v, i - 2, v->part[i - 2] - 1, ctx);
    }
    return QD_OK;
}

/* Walks over the breakpoints of all sides from left to right. */
static qd_status walk(qd_certify_search *s, sides *v, const qd_alg_t lo, const qd_alg_t hi, qd_ctx_t ctx)
{
    slong nexpr = v->target->spline != NULL ? 0 : v->target->nexpr;
    const qd_alg_struct *left = lo, *right;
    qd_status st = QD_OK;
    for (slong i = 0; i < nexpr && st == QD_OK; i++) st = add_points(s, v, i, 0, ctx);
    for (; st == QD_OK && left != hi; left = right) {
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        right = hi;
        for (slong i = 0; i < 2 + nexpr; i++) {
            const qd_alg_struct *next = next_break(v, i);
            if (next != NULL && (right == hi || qd_alg_cmp(next, right) < 0)) right = next;
        }
        add_jobs(s, v, left, right);
        for (slong i = 0; i < 2 + nexpr && right != hi && st == QD_OK; i++) st = pass(s, v, i, right, ctx);
    }
    for (slong i = 0; i < nexpr && st == QD_OK; i++) st = add_points(s, v, i, v->parts[i].n - 1, ctx);
    return st;
}

static qd_status make_jobs(qd_certify_search *s, const qd_spline_t net, const qd_target *target, const qd_expr_parts_struct *parts,
                           const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    const qd_spline_struct *spline = target->spline;
    sides v = {.net = net, .target = target, .parts = parts, .nl = spline != NULL ? spline->nbreaks : 0};
    qd_alg_t left, right;
    qd_alg_init(left);
    qd_alg_init(right);
    qd_alg_set_fmpq(left, lo);
    qd_alg_set_fmpq(right, hi);
    while (v.l < v.nl && qd_alg_cmp(spline->at + v.l, left) <= 0) v.l++;
    while (v.l < v.nl && qd_alg_cmp(spline->at + v.nl - 1, right) >= 0) v.nl--;
    v.part = qd_malloc(sizeof *v.part * (size_t) (target->nexpr + 1));
    for (slong i = 0; i < target->nexpr; i++) v.part[i] = 1;
    qd_status st = walk(s, &v, left, right, ctx);
    qd_alg_clear(left);
    qd_alg_clear(right);
    free(v.part);
    return st;
}

/* The parts of all expressions; none with a target spline. */
static qd_status split(qd_expr_parts_struct **parts, const qd_target *target, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    slong n = target->spline != NULL ? 0 : target->nexpr;
    *parts = qd_malloc(sizeof **parts * (size_t) (n + 1));
    for (slong i = 0; i < n; i++) qd_expr_parts_init(*parts + i);
    for (slong i = 0; i < n && st == QD_OK; i++) st = qd_expr_split(*parts + i, target->expr + i, lo, hi, ctx);
    return st;
}

/* ---- the answer -------------------------------------------------------------------------------- */

static int compare_intervals(const void *a, const void *b)
{
    return arf_cmp((*(qd_certify_interval *const *) a)->lo, (*(qd_certify_interval *const *) b)->lo);
}

/* The intervals that can hold the largest error, neighbours joined. */
static void set_where(qd_enclosure_t r, qd_certify_search *s)
{
    slong n = 0;
    for (slong i = 0; i < s->nheap; i++) {
        qd_certify_interval *v = s->heap[i];
        if (arf_cmp(v->upper, s->lower) < 0) qd_certify__interval_free(v);
        else s->heap[n++] = v;
    }
    s->nheap = n;
    if (n > 0) qsort(s->heap, (size_t) n, sizeof *s->heap, compare_intervals);
    r->where = qd_malloc(sizeof *r->where * (size_t) (2 * n + 1));
    for (slong i = 0; i < n; i++) {
        arf_struct *last = r->where + 2 * r->nwhere - 1;
        if (r->nwhere > 0 && arf_cmp(s->heap[i]->lo, last) <= 0) {
            if (arf_cmp(s->heap[i]->hi, last) > 0) arf_set(last, s->heap[i]->hi);
            continue;
        }
        arf_init(r->where + 2 * r->nwhere);
        arf_init(r->where + 2 * r->nwhere + 1);
        arf_set(r->where + 2 * r->nwhere, s->heap[i]->lo);
        arf_set(r->where + 2 * r->nwhere + 1, s->heap[i]->hi);
        r->nwhere++;
    }
}

static void set_result(qd_enclosure_t result, qd_certify_search *s, bool complete, const fmpq_t lo)
{
    qd_enclosure_t r;
    qd_enclosure_init(r);
    arf_set(r->lower, s->lower);
    arf_set(r->upper, s->lower);
    if (!complete) arf_pos_inf(r->upper);
    else if (s->nheap > 0 && arf_cmp(s->heap[0]->upper, r->upper) > 0) arf_set(r->upper, s->heap[0]->upper);
    if (arf_is_zero(s->lower)) fmpq_set(r->at, lo);
    else fmpq_set(r->at, s->at);
    r->output = s->output;
    r->pieces = s->pieces;
    r->intervals = s->made;
    r->reached = complete && qd_certify__reached(s);
    if (complete) set_where(r, s);
    qd_enclosure_struct t = *result;
    *result = *r;
    *r = t;
    qd_enclosure_clear(r);
}

/* what: "the network" or "the spline", which has so many outputs */
static qd_status check(slong outputs, const char *what, const qd_target *target, const fmpq_t lo, const fmpq_t hi, double tolerance,
                       qd_ctx_t ctx)
{
    const qd_spline_struct *t = target->spline;
    if (fmpq_cmp(lo, hi) >= 0) return qd_fail(ctx, QD_EINPUT, "the interval is empty or a point");
    if (!(tolerance > 0 && tolerance < 1)) return qd_fail(ctx, QD_EINPUT, "the tolerance is %g, expected 0 < T < 1", tolerance);
    if (t != NULL && t->outputs != outputs)
        return qd_fail(ctx, QD_EINPUT, "the target spline has %ld outputs, %s %ld", (long) t->outputs, what, (long) outputs);
    if (t != NULL && ((t->has_lo && fmpq_cmp(lo, t->lo) < 0) || (t->has_hi && fmpq_cmp(hi, t->hi) > 0)))
        return qd_fail(ctx, QD_EINPUT, "the target spline is defined on a smaller interval");
    if (t == NULL && target->nexpr != 1 && target->nexpr != outputs)
        return qd_fail(ctx, QD_EINPUT, "found %ld target functions, expected one for all outputs or one for each of %ld",
                       (long) target->nexpr, (long) outputs);
    for (slong i = 0; t == NULL && i < target->nexpr; i++)
        if (target->expr[i].nvariables != 1)
            return qd_fail(ctx, QD_EINPUT, "the target '%.60s' depends on y, expected a function of x", target->expr[i].text);
    return QD_OK;
}

/* After the checks. */
static qd_status certify(qd_enclosure_t result, const qd_spline_t pieces, const qd_target *target, const fmpq_t lo, const fmpq_t hi,
                         double tolerance, const arf_struct *enough, qd_ctx_t ctx)
{
    qd_certify_search s;
    qd_expr_parts_struct *parts = NULL;
    search_init(&s, tolerance);
    s.enough = enough;
    qd_status st = split(&parts, target, lo, hi, ctx);
    if (st == QD_OK) st = make_jobs(&s, pieces, target, parts, lo, hi, ctx);
    bool complete = st == QD_OK;
    if (complete) st = qd_certify__search(&s, ctx);
    if (complete && st == QD_OK && enough == NULL) qd_certify__locate(&s, lo, hi, ctx);
    if (st == QD_OK || st == QD_EUNABLE) set_result(result, &s, complete && (st == QD_OK || s.nheap > 0), lo);
    search_clear(&s);
    for (slong i = 0; parts != NULL && target->spline == NULL && i < target->nexpr; i++) qd_expr_parts_clear(parts + i);
    free(parts);
    return st;
}

qd_status qd_certify_spline(qd_enclosure_t result, const qd_spline_t s, const qd_target *target, const fmpq_t lo, const fmpq_t hi,
                            double tolerance, const arf_struct *enough, qd_ctx_t ctx)
{
    qd_status st = check(s->outputs, "the spline", target, lo, hi, tolerance, ctx);
    return st == QD_OK ? certify(result, s, target, lo, hi, tolerance, enough, ctx) : st;
}

/* Nothing is known yet: 0 <= error. */
static void set_open(qd_enclosure_t result, const fmpq_t lo)
{
    qd_certify_search s;
    search_init(&s, 0.5);
    set_result(result, &s, false, lo);
    search_clear(&s);
}

qd_status qd_certify(qd_enclosure_t result, const qd_net_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi, double tolerance,
                     qd_ctx_t ctx)
{
    const qd_domain domain = {.lo = lo, .hi = hi};
    qd_line_t line;
    qd_spline_t pieces;
    if (net->input_dim != 1) return qd_fail(ctx, QD_EINPUT, "the network has %ld inputs, expected one", (long) net->input_dim);
    qd_status st = check(qd_net_output_dim(net), "the network", target, lo, hi, tolerance, ctx);
    if (st != QD_OK) return st;
    qd_line_init(line);
    qd_spline_init(pieces);
    st = qd_line_compute(line, net, &domain, ctx);
    if (st == QD_OK) st = qd_spline_set_line(pieces, line, ctx);
    if (st == QD_OK) st = certify(result, pieces, target, lo, hi, tolerance, NULL, ctx);
    else if (st == QD_EUNABLE) set_open(result, lo);
    qd_spline_clear(pieces);
    qd_line_clear(line);
    return st;
}
