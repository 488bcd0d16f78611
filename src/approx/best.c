/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The best polynomial on an interval, in doubles, by Remez's exchange.

   A reference is degree + 2 ascending points with alternating signs s_i. With [.] the divided difference over them, which kills polynomials
   of the degree, the only p with f - p = s_i w_i E there, w_i = 1, has E = [f] / [s w], and p interpolates f - s w E. No polynomial has a smaller E at
   these points (de la Vallee Poussin). Then the largest values of s (f - p) between sign changes become the next reference, until they
   are E; where there are too few of them (f close to a polynomial at the reference), one contact is exchanged for the highest.

   A prescribed value at the left end is a first point with w_0 = 0 and that value in place of f, which stays in every reference; the
   degree + 1 others are exchanged. */
#include "approx/impl.h"

#include <math.h>
#include <stdlib.h>

#define GAPS 10      /* points looked at for each contact, at least */
#define GRID 4096    /* and on the whole interval of f */
#define STEPS_MAX 40 /* of the exchange */
#define CLOSE 1e-7   /* relative */
#define POINTS_MAX (QD_APPROX_MAX_DEGREE + 2)

typedef struct {
    slong n, room;
    double *x, *f, *r;
} samples;

double qd_approx__poly_value(const qd_approx__poly *p, double x)
{
    double u = (x - p->centre) / p->half, y = p->a[p->degree];
    for (slong k = p->degree - 1; k >= 0; k--) y = y * (u - p->node[k]) + p->a[k];
    return y;
}

/* ---- the points that are looked at ------------------------------------------------------- */

static void add_sample(samples *v, double x, double f)
{
    if (v->n == v->room) {
        v->room = 2 * v->room + 64;
        v->x = qd_realloc(v->x, sizeof *v->x * (size_t) v->room);
        v->f = qd_realloc(v->f, sizeof *v->f * (size_t) v->room);
        v->r = qd_realloc(v->r, sizeof *v->r * (size_t) v->room);
    }
    v->x[v->n] = x;
    v->f[v->n++] = f;
}

/* An even grid and the kinks, ascending. */
static void set_samples(samples *v, const qd_approx_target_t f, slong degree, double lo, double hi)
{
    double all = fmpq_get_d(f->hi) - fmpq_get_d(f->lo), last = lo;
    slong n = GAPS * (degree + 2), dense = (slong) ((hi - lo) / all * GRID), k = 0;
    if (dense > n) n = dense;
    while (k < f->nkinks && f->kink[k] <= lo) k++;
    for (slong i = 0; i <= n; i++) {
        double x = i == n ? hi : lo + (hi - lo) * ((double) i / (double) n);
        for (; k < f->nkinks && f->kink[k] < x; k++) {
            if (f->kink[k] > last) add_sample(v, f->kink[k], qd_approx__value(f, f->kink[k]));
            last = f->kink[k];
        }
        if (i == 0 || x > last) add_sample(v, x, qd_approx__value(f, x));
        last = x;
    }
}

/* ---- a reference ------------------------------------------------------------------------- */

/* Divided differences of v at the nodes u, in place. */
static void divide(double *v, const double *u, slong n)
{
    for (slong k = 1; k < n; k++)
        for (slong i = n - 1; i >= k; i--) v[i] = (v[i] - v[i - 1]) / (u[i] - u[i - k]);
}

/* Level and polynomial of the contacts, whose signs are turned so that the level is not negative. */
static void solve(qd_approx__best *b, const double *value)
{
    slong n = b->degree + 2;
    double u[POINTS_MAX], f[POINTS_MAX], s[POINTS_MAX];
    b->p.degree = b->degree;
    b->p.centre = b->lo + (b->hi - b->lo) / 2;
    b->p.half = (b->hi - b->lo) / 2;
    for (slong i = 0; i < n; i++) {
        u[i] = (b->contact[i].x - b->p.centre) / b->p.half;
        f[i] = b->contact[i].f;
        s[i] = b->contact[i].sign;
    }
    if (value != NULL) {
        f[0] = *value;
        s[0] = 0;
    }
    divide(f, u, n);
    divide(s, u, n);
    b->level = f[n - 1] / s[n - 1];
    for (slong k = 0; k <= b->degree; k++) {
        b->p.node[k] = u[k];
        b->p.a[k] = f[k] - b->level * s[k];
    }
    if (b->level >= 0) return;
    b->level = -b->level;
    for (slong i = 0; i < n; i++) b->contact[i].sign = -b->contact[i].sign;
}

/* A first reference: Chebyshev's points, or the contacts of another interval. */
static void start(qd_approx__best *b, const qd_approx_target_t f, double lo, double hi, bool warm)
{
    slong n = b->degree + 2;
    for (slong i = 0; i < n; i++) {
        double t = warm ? (b->contact[i].x - b->lo) / (b->hi - b->lo) : (1 - cos(M_PI * (double) i / (double) (n - 1))) / 2;
        b->contact[i].x = fmin(fmax(lo + t * (hi - lo), lo), hi);
        b->contact[i].f = qd_approx__value(f, b->contact[i].x);
        if (!warm) b->contact[i].sign = i % 2 == 0 ? 1 : -1;
    }
    b->lo = lo;
    b->hi = hi;
}

/* ---- the exchange ------------------------------------------------------------------------ */

/* A place for a contact, and the E that p needs there. */
typedef struct {
    qd_approx__contact c;
    double needs;
} place;

/* The peak near sample i by a parabola through its neighbours, if it is higher; samples begin at `first`. */
static void refine(place *q, const samples *v, slong i, slong first, const qd_approx_target_t f, const qd_approx__poly *p)
{
    if (i == first || i == v->n - 1) return;
    double a = v->x[i - 1] - v->x[i], b = v->x[i + 1] - v->x[i];
    double ya = (v->r[i - 1] - v->r[i]) / a, yb = (v->r[i + 1] - v->r[i]) / b, bend = (yb - ya) / (b - a);
    double x = v->x[i] - (ya - bend * a) / (2 * bend);
    if (!(x > v->x[i - 1] && x < v->x[i + 1])) return;
    double y = qd_approx__value(f, x), r = q->c.sign * (y - qd_approx__poly_value(p, x));
    if (!(r > q->needs)) return;
    q->c.x = x;
    q->c.f = y;
    q->needs = r;
}

/* The highest place of each run of one sign of f - p from sample `first` on, ascending; *n of them. */
static place *find_places(slong *n, const samples *v, slong first, const qd_approx_target_t f, const qd_approx__poly *p)
{
    place *q = qd_malloc(sizeof *q * (size_t) (v->n + 1));
    *n = 0;
    for (slong i = first, end; i < v->n; i = end) {
        int sign = v->r[i] >= 0 ? 1 : -1;
        slong top = i;
        for (end = i + 1; end < v->n && (v->r[end] >= 0 ? 1 : -1) == sign; end++)
            if (fabs(v->r[end]) > fabs(v->r[top])) top = end;
        q[*n] = (place){{v->x[top], v->f[top], sign}, fabs(v->r[top])};
        refine(q + (*n)++, v, top, first, f, p);
    }
    return q;
}

/* Takes neighbours of one sign together, then drops ends until so many are left; false where there are fewer. Places below the level, small runs
   between contacts, do not count: so no reference has a level below that of the one before. */
static bool choose(place *q, slong n, double level, slong wanted, qd_approx__contact *c)
{
    slong count = 0, first = 0;
    for (slong i = 0; i < n; i++) {
        if (q[i].needs < level * (1 - CLOSE)) continue;
        if (count == 0 || q[count - 1].c.sign != q[i].c.sign) q[count++] = q[i];
        else if (q[i].needs > q[count - 1].needs) q[count - 1] = q[i];
    }
    for (; count - first > wanted;) {
        if (q[first].needs < q[count - 1].needs) first++;
        else count--;
    }
    if (count - first < wanted) return false;
    for (slong i = 0; i < wanted; i++) c[i] = q[first + i].c;
    return true;
}

/* The place for which p needs most. */
static const place *highest(const place *q, slong n)
{
    const place *top = q;
    for (slong i = 1; i < n; i++)
        if (q[i].needs > top->needs) top = q + i;
    return top;
}

/* One contact is exchanged for the place `top`: a neighbour of its sign, or at an end the one at the other end. */
static void exchange_one(qd_approx__contact *c, slong n, qd_approx__contact top)
{
    slong k = 0; /* contacts before it */
    while (k < n && c[k].x < top.x) k++;
    if (k < n && c[k].sign == top.sign) c[k] = top;
    else if (k > 0 && c[k - 1].sign == top.sign) c[k - 1] = top;
    else if (k == 0) {
        for (slong i = n - 1; i > 0; i--) c[i] = c[i - 1];
        c[0] = top;
    } else {
        for (slong i = 0; i + 1 < n; i++) c[i] = c[i + 1];
        c[n - 1] = top;
    }
}

static bool all_finite(const samples *v)
{
    for (slong i = 0; i < v->n; i++)
        if (!isfinite(v->f[i])) return false;
    return true;
}

bool qd_approx__best_find(qd_approx__best *b, const qd_approx_target_t f, slong degree, double lo, double hi, const double *value,
                          double floor, bool warm)
{
    samples v = {0};
    slong first = value != NULL ? 1 : 0, n; /* contacts and samples that take part in the exchange */
    b->degree = degree;
    set_samples(&v, f, degree, lo, hi);
    bool good = all_finite(&v);
    start(b, f, lo, hi, warm);
    solve(b, value);
    for (int step = 0; good; step++) {
        for (slong i = 0; i < v.n; i++) v.r[i] = v.f[i] - qd_approx__poly_value(&b->p, v.x[i]);
        place *q = find_places(&n, &v, first, f, &b->p);
        const place *top = highest(q, n);
        qd_approx__contact worst = top->c;
        b->largest = fmax(top->needs, b->level);
        bool done = b->largest - b->level <= CLOSE * fmax(b->level, floor) || step == STEPS_MAX;
        if (!done && !choose(q, n, b->level, degree + 2 - first, b->contact + first))
            exchange_one(b->contact + first, degree + 2 - first, worst);
        free(q);
        if (done) break;
        solve(b, value);
    }
    free(v.x);
    free(v.f);
    free(v.r);
    return good;
}
