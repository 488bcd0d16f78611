/* The largest error of a network against a target: best-first branch and bound on the common pieces of both.

   On a cell c + h t, |t| <= 1, of a piece the difference is a polynomial P (the network, less a polynomial target) minus an expression.
   With N Taylor coefficients of the expression at c and its N-th coefficient over the whole cell, the difference is

       G_0 + G_1 t + G_2 t^2 + R,   |R| <= sum_{3 <= k} |G_k| + |remainder| h^N,

   and the range of the quadratic part is exact, so the width of the enclosure falls like h^3. Where the expression is not smooth (a
   kink, a jump) its range on the cell is taken instead. The cell with the largest upper bound is halved until that bound and the best
   value met are close enough. Every number is a ball: rounding that shows is answered by more bits for that cell. P is recomputed from
   the exact polynomial then, else it is handed from a cell to its halves.

   Irrational ends of a piece are replaced by dyadic points outside (for upper bounds; the piece's polynomial goes on beyond its
   end) and inside (for values that are attained). Both are 2^-160 away or less, so what is added to the upper bound is of that order:
   the network is continuous, and the target counts with both limits at a jump. */
#include "spline/certify.h"

#include <string.h>

#define END_BITS 192 /* of the dyadic ends of a piece */

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
    arf_init(s->at);
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
    for (slong i = 0; i < s->ncells; i++) qd_certify__cell_free(s->heap[i]);
    free(s->e);
    free(s->heap);
    arf_clear(s->lower);
    arf_clear(s->at);
}

/* Dyadic ends of (a, b) outside and inside; more bits until the inside is nearly all of it. */
static void set_ends(qd_certify_job *j, const qd_alg_t a, const qd_alg_t b)
{
    qd_alg_t left, right;
    arf_t gap, whole;
    qd_alg_init(left);
    qd_alg_init(right);
    arf_init(gap);
    arf_init(whole);
    qd_alg_set(left, a);
    qd_alg_set(right, b);
    for (slong bits = END_BITS;; bits *= 2) {
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

/* The pieces between a and b, where the network is piece k of net, and the target piece l of spline (NULL: none). */
static void add_jobs(qd_certify_search *s, const qd_alg_t a, const qd_alg_t b, const qd_spline_t net, slong k, const qd_target *target,
                     slong l)
{
    fmpq_poly_t p;
    fmpq_poly_init(p);
    s->pieces++;
    for (slong o = 0; o < net->outputs; o++) {
        const qd_expr_struct *expr = target->spline != NULL ? NULL : target->expr + (target->nexpr == 1 ? 0 : o);
        fmpq_poly_set(p, qd_spline_poly(net, k, o));
        if (target->spline != NULL) fmpq_poly_sub(p, p, qd_spline_poly(target->spline, l, o));
        else {
            fmpq_poly_t q;
            fmpq_poly_init(q);
            if (qd_expr_polynomial(q, expr)) {
                fmpq_poly_sub(p, p, q);
                expr = NULL;
            }
            fmpq_poly_clear(q);
        }
        if (expr == NULL && fmpq_poly_is_zero(p)) continue;
        if (s->n == s->room) {
            s->room = 2 * s->room + 16;
            s->e = qd_realloc(s->e, sizeof *s->e * (size_t) s->room);
        }
        qd_certify_job *j = s->e + s->n++;
        fmpq_poly_init(j->difference);
        fmpq_poly_swap(j->difference, p);
        j->expr = expr;
        j->output = o;
        arf_init(j->lo);
        arf_init(j->hi);
        arf_init(j->in_lo);
        arf_init(j->in_hi);
        set_ends(j, a, b);
    }
    fmpq_poly_clear(p);
}

/* Walks over the breakpoints of both sides from left to right. */
static qd_status make_jobs(qd_certify_search *s, const qd_spline_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi,
                           qd_ctx_t ctx)
{
    slong k = 0, l = 0, nl = target->spline != NULL ? target->spline->nbreaks : 0;
    const qd_alg_struct *other = nl > 0 ? target->spline->at : NULL;
    qd_alg_t left, right, end;
    qd_status st = QD_OK;
    qd_alg_init(left);
    qd_alg_init(right);
    qd_alg_init(end);
    qd_alg_set_fmpq(left, lo);
    qd_alg_set_fmpq(end, hi);
    while (l < nl && qd_alg_cmp(other + l, left) <= 0) l++;
    while (l < nl && qd_alg_cmp(other + nl - 1, end) >= 0) nl--;
    for (bool last = false; !last && (st = qd_ctx_budget(ctx)) == QD_OK; qd_alg_swap(left, right)) {
        bool have_k = k < net->nbreaks, have_l = l < nl;
        int order = have_k && have_l ? qd_alg_cmp(net->at + k, other + l) : have_k ? -1 : 1;
        last = !have_k && !have_l;
        qd_alg_set(right, last ? end : order <= 0 ? net->at + k : other + l);
        add_jobs(s, left, right, net, k, target, l);
        if (have_k && order <= 0) k++;
        if (have_l && order >= 0) l++;
    }
    qd_alg_clear(left);
    qd_alg_clear(right);
    qd_alg_clear(end);
    return st;
}

/* ---- the answer -------------------------------------------------------------------------------- */

static int compare_cells(const void *a, const void *b)
{
    return arf_cmp((*(qd_certify_cell *const *) a)->lo, (*(qd_certify_cell *const *) b)->lo);
}

/* The cells that can hold the largest error, neighbours joined. */
static void set_where(qd_enclosure_t r, qd_certify_search *s)
{
    slong n = 0;
    for (slong i = 0; i < s->ncells; i++) {
        qd_certify_cell *v = s->heap[i];
        if (arf_cmp(v->upper, s->lower) < 0) qd_certify__cell_free(v);
        else s->heap[n++] = v;
    }
    s->ncells = n;
    if (n > 0) qsort(s->heap, (size_t) n, sizeof *s->heap, compare_cells);
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
    else if (s->ncells > 0 && arf_cmp(s->heap[0]->upper, r->upper) > 0) arf_set(r->upper, s->heap[0]->upper);
    if (arf_is_zero(s->lower)) fmpq_set(r->at, lo);
    else arf_get_fmpq(r->at, s->at);
    r->output = s->output;
    r->pieces = s->pieces;
    r->cells = s->made;
    r->reached = complete && qd_certify__reached(s);
    if (complete) set_where(r, s);
    qd_enclosure_struct t = *result;
    *result = *r;
    *r = t;
    qd_enclosure_clear(r);
}

static qd_status check(const qd_net_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi, double tolerance, qd_ctx_t ctx)
{
    slong outputs = qd_net_output_dim(net);
    const qd_spline_struct *t = target->spline;
    if (net->input_dim != 1) return qd_fail(ctx, QD_EINPUT, "the network has %ld inputs, expected one", (long) net->input_dim);
    if (fmpq_cmp(lo, hi) >= 0) return qd_fail(ctx, QD_EINPUT, "the interval is empty or a point");
    if (!(tolerance > 0 && tolerance < 1)) return qd_fail(ctx, QD_EINPUT, "the tolerance is %g, expected 0 < T < 1", tolerance);
    if (t != NULL && t->outputs != outputs)
        return qd_fail(ctx, QD_EINPUT, "the target spline has %ld outputs, the network %ld", (long) t->outputs, (long) outputs);
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

qd_status qd_certify(qd_enclosure_t result, const qd_net_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi, double tolerance,
                     qd_ctx_t ctx)
{
    const qd_domain domain = {.lo = lo, .hi = hi};
    qd_line_t line;
    qd_spline_t pieces;
    qd_certify_search s;
    qd_status st = check(net, target, lo, hi, tolerance, ctx);
    if (st != QD_OK) return st;
    qd_line_init(line);
    qd_spline_init(pieces);
    search_init(&s, tolerance);
    st = qd_line_compute(line, net, &domain, ctx);
    if (st == QD_OK) st = qd_spline_set_line(pieces, line, ctx);
    if (st == QD_OK) st = make_jobs(&s, pieces, target, lo, hi, ctx);
    bool complete = st == QD_OK;
    if (complete) st = qd_certify__search(&s, ctx);
    if (complete && st == QD_OK) qd_certify__locate(&s, lo, hi, ctx);
    if (st == QD_OK || st == QD_EUNABLE) set_result(result, &s, complete && (st == QD_OK || s.ncells > 0), lo);
    search_clear(&s);
    qd_spline_clear(pieces);
    qd_line_clear(line);
    return st;
}
