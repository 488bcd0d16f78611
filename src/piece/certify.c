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
#include "piece/impl.h"

#include <string.h>

#define TERMS 6                          /* N above */
#define FIRST_PREC 96                    /* bits of a cell at first */
#define LAST_PREC 32768
#define END_BITS 192                     /* of the dyadic ends of a piece */
#define TINY (-100)                      /* an upper bound of 2^TINY is good enough */
#define LOCATE_BITS 10                   /* the place of the largest error is told to 2^-10 of the interval, or better */
#define NARROW (-80)                     /* cells of this width (2^NARROW max(1, |x|)) are not halved while the target has no value there */

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

/* One output on one common piece of network and target. */
typedef struct {
    fmpq_poly_t difference;              /* network less polynomial target */
    const qd_expr_struct *expr;          /* borrowed, also to be subtracted; NULL: none */
    slong output;
    arf_t lo, hi, in_lo, in_hi;          /* outer and inner ends */
} job;

typedef struct {
    slong job, prec;
    arf_t lo, hi;
    arb_poly_t p;                        /* the difference at c + h t */
    arf_t upper;                         /* of the error on the cell */
} cell;

typedef struct {
    job *e;                              /* owned */
    slong n, room, pieces;
    cell **heap;                         /* owned; largest upper first */
    slong ncells, heap_room, made;
    double tolerance;
    arf_t lower, at;                     /* best value and where */
    slong output;
} search;

static void search_init(search *s, double tolerance)
{
    memset(s, 0, sizeof *s);
    s->tolerance = tolerance;
    arf_init(s->lower);
    arf_init(s->at);
}

static void cell_free(cell *v)
{
    arf_clear(v->lo);
    arf_clear(v->hi);
    arf_clear(v->upper);
    arb_poly_clear(v->p);
    free(v);
}

static void search_clear(search *s)
{
    for (slong i = 0; i < s->n; i++) {
        job *j = s->e + i;
        fmpq_poly_clear(j->difference);
        arf_clear(j->lo);
        arf_clear(j->hi);
        arf_clear(j->in_lo);
        arf_clear(j->in_hi);
    }
    for (slong i = 0; i < s->ncells; i++) cell_free(s->heap[i]);
    free(s->e);
    free(s->heap);
    arf_clear(s->lower);
    arf_clear(s->at);
}

/* Dyadic ends of (a, b) outside and inside; more bits until the inside is nearly all of it. */
static void set_ends(job *j, const qd_alg_t a, const qd_alg_t b)
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
static void add_jobs(search *s, const qd_alg_t a, const qd_alg_t b, const qd_spline_t net, slong k, const qd_target *target, slong l)
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
        job *j = s->e + s->n++;
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
static qd_status make_jobs(search *s, const qd_spline_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
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

/* ---- the polynomial on a cell ------------------------------------------------------------------ */

/* (lo + hi) / 2 and (hi - lo) / 2, exactly. */
static void middle(arf_t c, arf_t h, const cell *v)
{
    arf_add(c, v->lo, v->hi, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_sub(h, v->hi, v->lo, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_mul_2exp_si(c, c, -1);
    arf_mul_2exp_si(h, h, -1);
}

/* p(t) = p(shift + scale t). */
static void compose(arb_poly_t p, const arb_t shift, const arb_t scale, slong prec)
{
    arb_t power;
    arb_init(power);
    arb_one(power);
    arb_poly_taylor_shift(p, p, shift, prec);
    for (slong k = 1; k < p->length; k++) {
        arb_mul(power, power, scale, prec);
        arb_mul(p->coeffs + k, p->coeffs + k, power, prec);
    }
    arb_clear(power);
}

/* Largest coefficient and largest radius. */
static void sizes(mag_t value, mag_t radius, const arb_poly_t p)
{
    mag_t m;
    mag_init(m);
    mag_zero(value);
    mag_zero(radius);
    for (slong k = 0; k < p->length; k++) {
        arb_get_mag(m, p->coeffs + k);
        mag_max(value, value, m);
        mag_max(radius, radius, arb_radref(p->coeffs + k));
    }
    mag_clear(m);
}

/* From the exact polynomial: all coefficients known to 2^-prec of the largest. */
static void localise(cell *v, const job *j)
{
    arf_t c, h;
    arb_t shift, scale;
    mag_t value, radius;
    if (fmpq_poly_is_zero(j->difference)) return;
    arf_init(c);
    arf_init(h);
    arb_init(shift);
    arb_init(scale);
    mag_init(value);
    mag_init(radius);
    middle(c, h, v);
    arb_set_arf(shift, c);
    arb_set_arf(scale, h);
    for (slong prec = v->prec + 32;; prec *= 2) {
        arb_poly_set_fmpq_poly(v->p, j->difference, prec);
        compose(v->p, shift, scale, prec);
        sizes(value, radius, v->p);
        mag_mul_2exp_si(radius, radius, v->prec);
        if (mag_cmp(radius, value) <= 0) break;
    }
    arf_clear(c);
    arf_clear(h);
    arb_clear(shift);
    arb_clear(scale);
    mag_clear(value);
    mag_clear(radius);
}

/* Coefficients that are below the precision go into the radius of the constant one: |t| <= 1. */
static void shorten(cell *v)
{
    mag_t value, radius, m;
    mag_init(value);
    mag_init(radius);
    mag_init(m);
    sizes(value, radius, v->p);
    mag_mul_2exp_si(value, value, -v->prec - 10);
    slong n = v->p->length;
    for (; n > 3; n--) {
        arb_get_mag(m, v->p->coeffs + n - 1);
        if (mag_cmp(m, value) > 0) break;
        arb_add_error_mag(v->p->coeffs, m);
    }
    if (n < v->p->length) arb_poly_truncate(v->p, n);
    mag_clear(value);
    mag_clear(radius);
    mag_clear(m);
}

/* p of a half of the cell v. */
static void inherit(cell *half, const cell *v)
{
    arf_t c, h, d;
    arb_t shift, scale, size;
    arf_init(c);
    arf_init(h);
    arf_init(d);
    arb_init(shift);
    arb_init(scale);
    arb_init(size);
    middle(c, h, v);
    arb_set_arf(size, h);
    middle(d, h, half);
    arb_set_arf(scale, h);
    arf_sub(d, d, c, ARF_PREC_EXACT, ARF_RND_DOWN);
    arb_set_arf(shift, d);
    arb_div(shift, shift, size, v->prec);
    arb_div(scale, scale, size, v->prec);
    arb_poly_set(half->p, v->p);
    compose(half->p, shift, scale, v->prec + 32);
    shorten(half);
    arf_clear(c);
    arf_clear(h);
    arf_clear(d);
    arb_clear(shift);
    arb_clear(scale);
    arb_clear(size);
}

/* ---- the enclosure on a cell ------------------------------------------------------------------- */

/* g[0] + g[1] t + g[2] t^2 and what is left. */
typedef struct {
    arb_t g[3];
    mag_t rest;
} model;

static void model_init(model *m)
{
    for (int k = 0; k < 3; k++) arb_init(m->g[k]);
    mag_init(m->rest);
}

static void model_clear(model *m)
{
    for (int k = 0; k < 3; k++) arb_clear(m->g[k]);
    mag_clear(m->rest);
}

static void model_set(model *m, const arb_poly_t p)
{
    mag_t c;
    mag_init(c);
    mag_zero(m->rest);
    for (slong k = 0; k < 3; k++) arb_poly_get_coeff_arb(m->g[k], p, k);
    for (slong k = 3; k < p->length; k++) {
        arb_get_mag(c, p->coeffs + k);
        mag_add(m->rest, m->rest, c);
    }
    mag_clear(c);
}

/* The interval lo..hi grows to hold the ball x. */
static void hull(arf_t lo, arf_t hi, const arb_t x, slong prec)
{
    arf_t a;
    arf_init(a);
    arb_get_lbound_arf(a, x, prec);
    if (arf_cmp(a, lo) < 0) arf_set(lo, a);
    arb_get_ubound_arf(a, x, prec);
    if (arf_cmp(a, hi) > 0) arf_set(hi, a);
    arf_clear(a);
}

/* The only place inside |t| < 1 where the quadratic part can be extremal, -g1 / 2 g2; false when there is none. */
static bool vertex(arb_t t, const model *m, slong prec)
{
    arb_t a;
    arb_init(a);
    arb_mul_2exp_si(a, m->g[2], 1);
    arb_div(t, m->g[1], a, prec);
    arb_neg(t, t);
    arb_clear(a);
    return arb_is_finite(t) && arf_cmpabs_ui(arb_midref(t), 1) < 0;
}

/* Bounds of the model over |t| <= 1. */
static void range(arf_t lo, arf_t hi, const model *m, slong prec)
{
    arb_t x, y;
    arf_t rest;
    arb_init(x);
    arb_init(y);
    arf_init(rest);
    arf_pos_inf(lo);
    arf_neg_inf(hi);
    arb_add(x, m->g[0], m->g[2], prec);
    arb_sub(y, x, m->g[1], prec);
    arb_add(x, x, m->g[1], prec);
    hull(lo, hi, x, prec);
    hull(lo, hi, y, prec);
    /* the extremum g0 - g1^2 / 4 g2 counts unless it certainly lies outside; where g2 may be 0, g0 +- |g2| does: an extremum inside
       has |g1| <= 2 |g2| */
    arb_mul_2exp_si(x, m->g[2], 1);
    arb_abs(x, x);
    arb_abs(y, m->g[1]);
    if (!arb_gt(y, x)) {
        if (arb_contains_zero(m->g[2])) {
            mag_t size;
            mag_init(size);
            arb_get_mag(size, m->g[2]);
            arb_set(x, m->g[0]);
            arb_add_error_mag(x, size);
            mag_clear(size);
        } else {
            arb_mul(x, m->g[1], m->g[1], prec);
            arb_div(x, x, m->g[2], prec);
            arb_mul_2exp_si(x, x, -2);
            arb_sub(x, m->g[0], x, prec);
        }
        hull(lo, hi, x, prec);
    }
    arf_set_mag(rest, m->rest);
    arf_sub(lo, lo, rest, prec, ARF_RND_FLOOR);
    arf_add(hi, hi, rest, prec, ARF_RND_CEIL);
    arb_clear(x);
    arb_clear(y);
    arf_clear(rest);
}

/* The larger of |lo| and |hi|, +infinity for NaN. */
static void largest(arf_t upper, const arf_t lo, const arf_t hi)
{
    arf_t a;
    arf_init(a);
    arf_abs(a, lo);
    arf_abs(upper, hi);
    if (arf_is_nan(a) || arf_is_nan(upper)) arf_pos_inf(upper);
    else if (arf_cmp(a, upper) > 0) arf_set(upper, a);
    arf_clear(a);
}

/* Cells are short enough for the expression to be smooth on them: the model of the difference, from its Taylor coefficients. */
static bool smooth(model *m, mag_t rounding, const cell *v, const qd_expr_struct *e, const arf_t c, const arf_t h)
{
    arb_poly_t at, over;
    arb_t x, scale, power;
    mag_t value;
    arb_poly_init(at);
    arb_poly_init(over);
    arb_init(x);
    arb_init(scale);
    arb_init(power);
    mag_init(value);
    arb_set_arf(x, c);
    bool good = qd_expr_taylor(at, e, x, TERMS, v->prec);
    if (good) {
        arb_set_interval_arf(x, v->lo, v->hi, v->prec);
        good = qd_expr_taylor(over, e, x, TERMS + 1, 64);
    }
    if (good) {
        arb_set_arf(scale, h);
        arb_one(power);
        for (slong k = 1; k < at->length; k++) {
            arb_mul(power, power, scale, v->prec);
            arb_mul(at->coeffs + k, at->coeffs + k, power, v->prec);
        }
        arb_pow_ui(power, scale, TERMS, v->prec);
        arb_poly_sub(at, v->p, at, v->prec);
        model_set(m, at);
        sizes(value, rounding, at);
        if (over->length > TERMS) {
            mag_t last;
            mag_init(last);
            arb_get_mag(last, over->coeffs + TERMS);
            arb_get_mag(value, power);
            mag_addmul(m->rest, last, value);
            mag_clear(last);
        }
    }
    arb_poly_clear(at);
    arb_poly_clear(over);
    arb_clear(x);
    arb_clear(scale);
    arb_clear(power);
    mag_clear(value);
    return good;
}

/* |x| - rest is attained at `at`: is it the best value so far? */
static void attain(search *s, const arb_t x, const mag_t rest, const arf_t at, slong output, slong prec)
{
    arf_t a, r;
    if (!arb_is_finite(x)) return;
    arf_init(a);
    arf_init(r);
    arb_get_abs_lbound_arf(a, x, prec);
    arf_set_mag(r, rest);
    arf_sub(a, a, r, prec, ARF_RND_FLOOR);
    if (arf_cmp(a, s->lower) > 0) {
        arf_swap(s->lower, a);
        arf_set(s->at, at);
        s->output = output;
    }
    arf_clear(a);
    arf_clear(r);
}

/* The value at the point x of the cell: of the quadratic part where there is a model, else of polynomial and expression. */
static void try_point(search *s, const cell *v, const model *m, const arf_t x, const arf_t c, const arf_t h)
{
    const job *j = s->e + v->job;
    arb_t t, y, f;
    mag_t none;
    if (arf_cmp(x, j->in_lo) < 0 || arf_cmp(x, j->in_hi) > 0) return;
    arb_init(t);
    arb_init(y);
    arb_init(f);
    mag_init(none);
    arb_set_arf(t, x);
    arb_sub_arf(t, t, c, v->prec);
    arb_set_arf(f, h);
    arb_div(t, t, f, v->prec);
    if (m != NULL) {
        arb_mul(y, t, m->g[2], v->prec);
        arb_add(y, y, m->g[1], v->prec);
        arb_mul(y, y, t, v->prec);
        arb_add(y, y, m->g[0], v->prec);
        attain(s, y, arf_equal(x, c) ? none : m->rest, x, j->output, v->prec);
    } else {
        arb_poly_evaluate(y, v->p, t, v->prec);
        arb_set_arf(t, x);
        qd_expr_ball(f, j->expr, t, v->prec);
        arb_sub(y, y, f, v->prec);
        attain(s, y, none, x, j->output, v->prec);
    }
    arb_clear(t);
    arb_clear(y);
    arb_clear(f);
    mag_clear(none);
}

static void try_points(search *s, const cell *v, const model *m, const arf_t c, const arf_t h)
{
    const job *j = s->e + v->job;
    arb_t t;
    arf_t x;
    if (arf_cmp(v->upper, s->lower) <= 0) return;
    arb_init(t);
    arf_init(x);
    try_point(s, v, m, c, c, h);
    try_point(s, v, m, arf_cmp(v->lo, j->in_lo) < 0 ? j->in_lo : v->lo, c, h);
    try_point(s, v, m, arf_cmp(v->hi, j->in_hi) > 0 ? j->in_hi : v->hi, c, h);
    if (m != NULL && vertex(t, m, v->prec)) {
        arf_set_round(x, arb_midref(t), 53, ARF_RND_DOWN);
        arf_mul(x, x, h, ARF_PREC_EXACT, ARF_RND_DOWN);
        arf_add(x, x, c, ARF_PREC_EXACT, ARF_RND_DOWN);
        try_point(s, v, m, x, c, h);
    }
    arb_clear(t);
    arf_clear(x);
}

/* Bounds the error on the cell, and tries its points. rounding: the largest radius that more bits make smaller. */
static void enclose(mag_t rounding, search *s, cell *v)
{
    const job *j = s->e + v->job;
    arf_t c, h, lo, hi, upper;
    model m;
    mag_t value;
    bool good = false;
    arf_init(c);
    arf_init(h);
    arf_init(lo);
    arf_init(hi);
    arf_init(upper);
    model_init(&m);
    mag_init(value);
    middle(c, h, v);
    if (j->expr != NULL) good = smooth(&m, rounding, v, j->expr, c, h);
    if (good) {
        range(lo, hi, &m, v->prec);
        largest(v->upper, lo, hi);
        try_points(s, v, &m, c, h);
    }
    if (!good || arf_cmp(v->upper, s->lower) > 0) {
        arf_t flo, fhi;
        model p;
        arf_init(flo);
        arf_init(fhi);
        model_init(&p);
        model_set(&p, v->p);
        range(lo, hi, &p, v->prec);
        if (j->expr != NULL) {
            qd_expr_range(flo, fhi, j->expr, v->lo, v->hi, v->prec);
            arf_sub(lo, lo, fhi, v->prec, ARF_RND_FLOOR);
            arf_sub(hi, hi, flo, v->prec, ARF_RND_CEIL);
        }
        largest(upper, lo, hi);
        if (!good || arf_cmp(upper, v->upper) < 0) arf_set(v->upper, upper);
        if (!good) {
            sizes(value, rounding, v->p);
            try_points(s, v, j->expr == NULL ? &p : NULL, c, h);
        }
        model_clear(&p);
        arf_clear(flo);
        arf_clear(fhi);
    }
    arf_clear(c);
    arf_clear(h);
    arf_clear(lo);
    arf_clear(hi);
    arf_clear(upper);
    model_clear(&m);
    mag_clear(value);
}

/* Is the rounding visible in the width that is wanted? */
static bool too_rough(const search *s, const cell *v, const mag_t rounding)
{
    arf_t wanted, found;
    if (v->prec >= LAST_PREC || !arf_is_finite(v->upper) || arf_cmp(v->upper, s->lower) <= 0 ||
        arf_cmp_2exp_si(v->upper, TINY) < 0) return false;
    arf_init(wanted);
    arf_init(found);
    arf_set_d(wanted, s->tolerance / 64);
    arf_mul(wanted, wanted, v->upper, 53, ARF_RND_DOWN);
    arf_set_mag(found, rounding);
    bool rough = arf_cmp(found, wanted) > 0;
    arf_clear(wanted);
    arf_clear(found);
    return rough;
}

/* ---- the search -------------------------------------------------------------------------------- */

static void heap_push(search *s, cell *v)
{
    if (s->ncells == s->heap_room) {
        s->heap_room = 2 * s->heap_room + 64;
        s->heap = qd_realloc(s->heap, sizeof *s->heap * (size_t) s->heap_room);
    }
    slong i = s->ncells++;
    for (; i > 0 && arf_cmp(s->heap[(i - 1) / 2]->upper, v->upper) < 0; i = (i - 1) / 2) s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = v;
}

static cell *heap_pop(search *s)
{
    cell *top = s->heap[0], *v = s->heap[--s->ncells];
    slong i = 0;
    for (slong k = 1; k < s->ncells; k = 2 * i + 1) {
        if (k + 1 < s->ncells && arf_cmp(s->heap[k + 1]->upper, s->heap[k]->upper) > 0) k++;
        if (arf_cmp(s->heap[k]->upper, v->upper) <= 0) break;
        s->heap[i] = s->heap[k];
        i = k;
    }
    if (s->ncells > 0) s->heap[i] = v;
    return top;
}

/* A cell of job k over lo..hi, bounded; a half of `whole` unless that is NULL. Dropped when the best value is beyond it. */
static void add_cell(search *s, slong k, const arf_t lo, const arf_t hi, const cell *whole)
{
    cell *v = qd_malloc(sizeof *v);
    mag_t rounding;
    mag_init(rounding);
    v->job = k;
    v->prec = whole != NULL ? whole->prec : FIRST_PREC;
    arf_init(v->lo);
    arf_init(v->hi);
    arf_init(v->upper);
    arb_poly_init(v->p);
    arf_set(v->lo, lo);
    arf_set(v->hi, hi);
    if (whole != NULL) inherit(v, whole);
    else localise(v, s->e + k);
    for (enclose(rounding, s, v); too_rough(s, v, rounding); enclose(rounding, s, v)) {
        v->prec *= 2;
        localise(v, s->e + k);
    }
    s->made++;
    if (arf_cmp(v->upper, s->lower) < 0) cell_free(v);
    else heap_push(s, v);
    mag_clear(rounding);
}

/* A point near the middle with few bits: sums and differences of such ends are exact in a ball, so that a cell which begins at a
   singular point of the target stays on its right side. */
static void split_point(arf_t m, const cell *v)
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

/* QD_EDOMAIN when the target has no finite enclosure on a cell that is too narrow to be halved. */
static qd_status check_width(const cell *v, qd_ctx_t ctx)
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
    if (arf_cmp(w, x) < 0)
        st = qd_fail(ctx, QD_EDOMAIN, "the target has no finite value at or next to x = %.15g", arf_get_d(v->lo, ARF_RND_NEAR));
    arf_clear(w);
    arf_clear(x);
    return st;
}

static bool reached(const search *s)
{
    arf_t gap, wanted;
    const arf_struct *upper;
    if (s->ncells == 0) return true;
    upper = s->heap[0]->upper;
    if (!arf_is_finite(upper)) return false;
    if (arf_cmp(upper, s->lower) <= 0 || arf_cmp_2exp_si(upper, TINY) < 0) return true;
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

static qd_status run(search *s, qd_ctx_t ctx)
{
    arf_t m;
    qd_status st = QD_OK;
    arf_init(m);
    for (slong k = 0; k < s->n && st == QD_OK; k++)
        if ((st = qd_ctx_budget(ctx)) == QD_OK) add_cell(s, k, s->e[k].lo, s->e[k].hi, NULL);
    bool all = st == QD_OK;
    while (st == QD_OK && !reached(s)) {
        if ((st = qd_ctx_budget(ctx)) != QD_OK || (st = check_width(s->heap[0], ctx)) != QD_OK) break;
        cell *v = heap_pop(s);
        split_point(m, v);
        add_cell(s, v->job, v->lo, m, v);
        add_cell(s, v->job, m, v->hi, v);
        cell_free(v);
        qd_ctx_progress(ctx, "cells", s->made, 0);
    }
    if (!all) while (s->ncells > 0) cell_free(heap_pop(s));
    arf_clear(m);
    return st;
}

/* Halves the cells that can hold the largest error until they are narrow: not for the bounds, which are there, but to say where. */
static void locate(search *s, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    cell **todo = s->heap;
    slong n = s->ncells;
    arf_t narrow, w;
    arf_init(narrow);
    arf_init(w);
    arf_set_fmpq(narrow, hi, 53, ARF_RND_UP);
    arf_set_fmpq(w, lo, 53, ARF_RND_DOWN);
    arf_sub(narrow, narrow, w, 53, ARF_RND_UP);
    arf_mul_2exp_si(narrow, narrow, -LOCATE_BITS);
    while (n > 0) {
        s->heap = NULL;
        s->ncells = s->heap_room = 0;
        bool halved = false;
        for (slong i = 0; i < n; i++) {
            cell *v = todo[i];
            arf_sub(w, v->hi, v->lo, 53, ARF_RND_DOWN);
            if (arf_cmp(v->upper, s->lower) < 0) cell_free(v);
            else if (arf_cmp(w, narrow) <= 0 || qd_ctx_budget(ctx) != QD_OK) heap_push(s, v);
            else {
                split_point(w, v);
                add_cell(s, v->job, v->lo, w, v);
                add_cell(s, v->job, w, v->hi, v);
                cell_free(v);
                halved = true;
            }
        }
        free(todo);
        todo = s->heap;
        n = halved ? s->ncells : 0;
    }
    qd_ctx_forget(ctx);                  /* out of budget: the place is as narrow as it got */
    arf_clear(narrow);
    arf_clear(w);
}

/* ---- the answer -------------------------------------------------------------------------------- */

static int compare_cells(const void *a, const void *b)
{
    return arf_cmp((*(cell *const *) a)->lo, (*(cell *const *) b)->lo);
}

/* The cells that can hold the largest error, neighbours joined. */
static void set_where(qd_enclosure_t r, search *s)
{
    slong n = 0;
    for (slong i = 0; i < s->ncells; i++) {
        cell *v = s->heap[i];
        if (arf_cmp(v->upper, s->lower) < 0) cell_free(v);
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

static void set_result(qd_enclosure_t result, search *s, bool complete, const fmpq_t lo)
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
    r->reached = complete && reached(s);
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
        return qd_fail(ctx, QD_EINPUT, "found %ld target functions, expected one for all outputs or one for each of %ld", (long) target->nexpr,
                       (long) outputs);
    for (slong i = 0; t == NULL && i < target->nexpr; i++)
        if (target->expr[i].nvariables != 1) return qd_fail(ctx, QD_EINPUT, "the target '%.60s' depends on y, expected a function of x", target->expr[i].text);
    return QD_OK;
}

qd_status qd_certify(qd_enclosure_t result, const qd_net_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi, double tolerance,
                     qd_ctx_t ctx)
{
    const qd_line_domain domain = {.lo = lo, .hi = hi};
    qd_line_t line;
    qd_spline_t pieces;
    search s;
    qd_status st = check(net, target, lo, hi, tolerance, ctx);
    if (st != QD_OK) return st;
    qd_line_init(line);
    qd_spline_init(pieces);
    search_init(&s, tolerance);
    st = qd_line_compute(line, net, &domain, ctx);
    if (st == QD_OK) st = qd_line_spline(pieces, line, ctx);
    if (st == QD_OK) st = make_jobs(&s, pieces, target, lo, hi, ctx);
    bool complete = st == QD_OK;
    if (complete) st = run(&s, ctx);
    if (complete && st == QD_OK) locate(&s, lo, hi, ctx);
    if (st == QD_OK || st == QD_EUNABLE) set_result(result, &s, complete && (st == QD_OK || s.ncells > 0), lo);
    search_clear(&s);
    qd_spline_clear(pieces);
    qd_line_clear(line);
    return st;
}
