/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Continuous chains of polynomials in the tube |y - f| <= eps, by windows (for degree 1: Imai and Iri's curve in a corridor [II86]).

   Let p be the polynomial that stays longest in the tube from the left, until T. At T it touches one side, and before, last at u, the other one:
   its graph over [u, T] is a window through which every continuous function in the tube must pass that goes on beyond T. So the next
   polynomial q need not begin at T where p ends: it has to meet p at some t in [u, T], and only from there on to stay in the tube. Its value
   at t is prescribed then (best.c), and the t for which it reaches farthest is looked for. First without a prescribed value from T on, which no q
   can surpass: if that one touches the side at T where p ends, it is the next one.

   Degree 1: no chain of as many pieces reaches farther, so their number is least. Higher degree: whether two polynomials of a shorter reach
   could be followed by more than these is not proved; the number stands beside its lower bound. */
#include "approx/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COARSE 6 /* places tried in a window, */
#define FINE 14  /* and steps around the best of them */

void qd_approx__chain_init(qd_approx__chain *c)
{
    memset(c, 0, sizeof *c);
}

void qd_approx__chain_clear(qd_approx__chain *c)
{
    free(c->p);
    free(c->knot);
    free(c->gap);
}

static void add_piece(qd_approx__chain *c, const qd_approx__poly *p, double end, double gap)
{
    if (c->n + 2 > c->room) {
        c->room = 2 * c->room + 16;
        c->p = qd_realloc(c->p, sizeof *c->p * (size_t) c->room);
        c->knot = qd_realloc(c->knot, sizeof *c->knot * (size_t) c->room);
        c->gap = qd_realloc(c->gap, sizeof *c->gap * (size_t) c->room);
    }
    c->p[c->n++] = *p;
    c->knot[c->n] = end;
    c->gap[c->n] = gap;
}

/* The polynomial after p, whose window is [from, to]: u and T above. */
typedef struct {
    qd_approx__reach reach;
    const qd_approx__poly *p;
    double from, to;
    int sign; /* of f - p at T */
} search;

/* A polynomial that meets p at `at`. */
typedef struct {
    double at, end;
    bool whole;
    qd_approx__best best;
} trial;

static double last_contact(const qd_approx__best *b)
{
    return b->contact[b->degree + 1].x;
}

/* value: NULL, or what it is there. */
static bool try_at(trial *v, search *s, double at, const double *value)
{
    v->at = s->reach.lo = at;
    s->reach.value = value;
    if (!qd_approx__reach_find(&v->best, &v->whole, &s->reach)) return false;
    v->end = v->whole ? INFINITY : last_contact(&v->best);
    return true;
}

/* The farther of *v and the trial there, if there is one. */
static void improve(trial *v, search *s, double at)
{
    trial w;
    double value = qd_approx__poly_value(s->p, at);
    if (try_at(&w, s, at, &value) && w.end > v->end) *v = w;
}

/* The best trial of the window: at its end if nothing is lost there, else on a coarse grid and then around the best place. */
static bool find_next(trial *v, search *s)
{
    double step = (s->to - s->from) / COARSE;
    if (!try_at(v, s, s->to, NULL)) return false;
    if (!v->whole && v->best.contact[0].x == s->to && v->best.contact[0].sign == s->sign) return true;
    v->end = -INFINITY;
    for (int i = 0; i <= COARSE && v->end < INFINITY; i++) improve(v, s, fmax(s->to - i * step, s->from));
    for (int i = 0; i < FINE && v->end < INFINITY; i++) {
        double at = v->at;
        step /= 2;
        if (at - step >= s->from) improve(v, s, at - step);
        if (v->at == at && at + step <= s->to) improve(v, s, at + step);
    }
    return true;
}

/* The pieces after the first, whose best polynomial is b. */
static qd_status go_on(qd_approx__chain *c, qd_approx__best *b, qd_approx__reach reach, qd_ctx_t ctx)
{
    slong n = b->degree + 2;
    qd_status st = QD_OK;
    for (bool whole = false; !whole && st == QD_OK;) {
        trial v;
        qd_approx__poly p = b->p;
        search s = {reach, &p, b->contact[n - 2].x, last_contact(b), b->contact[n - 1].sign};
        s.reach.first = b->hi - b->lo;
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        if (c->n >= QD_APPROX_PIECES) return qd_fail(ctx, QD_EUNABLE, "more than %d pieces", QD_APPROX_PIECES);
        if (!find_next(&v, &s)) return qd_fail(ctx, QD_EDOMAIN, "no finite value in double precision near x = %.15g", s.to);
        if (!(v.end > s.to)) return qd_fail(ctx, QD_EUNABLE, "the target cannot be followed in double precision beyond x = %.15g", s.to);
        add_piece(c, &p, v.at, s.to - s.from);
        *b = v.best;
        whole = v.whole;
        qd_ctx_progress(ctx, "pieces", c->n, 0);
    }
    return st;
}

qd_status qd_approx__chain_find(qd_approx__chain *c, const qd_approx_target_t f, slong degree, double eps, qd_ctx_t ctx)
{
    qd_approx__chain t;
    qd_approx__best b;
    bool whole;
    double lo = fmpq_get_d(f->lo), hi = fmpq_get_d(f->hi);
    qd_approx__reach reach = {f, degree, lo, hi, eps, false, NULL, (hi - lo) / 8};
    if (!qd_approx__reach_find(&b, &whole, &reach)) return qd_fail(ctx, QD_EDOMAIN, "the target has no finite value in double precision");
    qd_approx__chain_init(&t);
    qd_status st = whole ? QD_OK : go_on(&t, &b, reach, ctx);
    if (st == QD_OK) {
        add_piece(&t, &b.p, hi, 0);
        t.knot[0] = lo;
        qd_approx__chain old = *c;
        *c = t;
        t = old;
    }
    qd_approx__chain_clear(&t);
    return st;
}
