/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sign changes of the units of one layer inside one cell, from local series (local.h): first in doubles, then in pairs of doubles. A unit is
   settled on a window when the window falls into ranges on each of which its sign is certain, or its derivative has one sign and its
   signs at both ends are certain. What is left out of the series gets small on smaller windows; what was rounded does not, unless the
   unit bends there, and asks for pairs. Nothing here can be wrong: what is not certified is open. */
#include "line/bracket.h"
#include "line/crossing.h"

#include <math.h>
#include <stdlib.h>

/* Halvings of a window for one series; windows inside windows; those where bending, and not what was left out, asks for them. */
#define MAX_RANGES 5
#define MAX_DEPTH 60
#define MAX_BENDS 40 /* one unit alone that starts at 0 bends what is above it on many scales */
/* Windows of one cell, and how many of them go by between two looks at the budget. */
#define MAX_WINDOWS 4096
#define WINDOWS_A_LOOK 64
/* A layer costs as much on a rung for one unit as for all: where a unit in so many needs the next one, the layers above begin there. */
#define MANY 16
/* A root is known well enough when its interval is so short, relative to its size or to the window; doubles, after which pairs can be asked, have to
   know it better: breakpoints of the layers above may crowd there. */
#define SHORTEST 0x1p-47
#define SHORT 0x1p-40
#define SHORT_IN_WINDOW 0x1p-22
#define INFLATE (1 + 0x1p-38)

typedef enum { SETTLED, SPLIT, BENDS, FINER } verdict;

typedef struct {
    qd_splitter *sp;
    slong unit;
    const qd_local_unit *z;
    const qd_window *window;
    verdict why; /* of the last range that was not settled */
} look;

/* ---- one range ------------------------------------------------------------------------------ */

/* On a range s = centre + h x, |x| <= 1: the coefficients q_k h^k, and bounds of the error of the value and of the derivative by x. */
typedef struct {
    double q[QD_LOCAL_TOP + 1];
    double rounded, beyond; /* of the value: from rounding, from what was left out */
    double slope;
} expansion;

/* c(s) at the centre: Horner's rule in pairs, again and again. */
QD_CLONES static void shift(double *hi, double *lo, slong m, double s)
{
    for (slong i = 0; i < m; i++)
        for (slong k = m - 1; k >= i; k--) {
            double p = hi[k + 1] * s, e = __builtin_fma(hi[k + 1], s, -p) + lo[k + 1] * s;
            double t = hi[k] + p, d = t - hi[k];
            e += (hi[k] - (t - d)) + (p - d) + lo[k];
            hi[k] = t + e;
            lo[k] = e - (hi[k] - t);
        }
}

/* The same in doubles: wrong by less than (2 m + 4) 2^-53 of the sum of |c_k|. */
QD_CLONES static void shift_doubles(double *c, slong m, double s)
{
    for (slong i = 0; i < m; i++)
        for (slong k = m - 1; k >= i; k--) c[k] = __builtin_fma(c[k + 1], s, c[k]);
}

static void expand(expansion *x, const qd_local_unit *z, double a, double b)
{
    double sa, sb, low, lo[QD_LOCAL_TOP + 1];
    qd_local__parameter(&sa, &low, &z->chart, a);
    qd_local__parameter(&sb, &low, &z->chart, b);
    double theta = fmax(fabs(sa), fabs(sb)) * INFLATE, centre = sa + (sb - sa) / 2;
    double h = fmax(fabs(sa - centre), fabs(sb - centre)) + 0x1p-50 * theta, power = 1;
    for (slong k = 0; k <= z->m; k++) {
        x->q[k] = z->hi[k];
        lo[k] = z->lo[k];
    }
    double shifted = (double) (8 * z->m + 16) * (z->pairs ? 0x1p-100 : 0x1p-53) * z->norm;
    if (!(fabs(centre) > 0x1p-50 * theta)) h += fabs(centre);
    else if (z->pairs) shift(x->q, lo, z->m, centre);
    else shift_doubles(x->q, z->m, centre);
    for (slong k = 0; k <= z->m; k++, power *= h) x->q[k] *= power;
    double high = z->tail * pow(theta, (double) z->m);
    x->rounded = (z->err + shifted) * INFLATE;
    x->beyond = high * theta * INFLATE;
    x->slope = (h * (z->bend * z->err + (double) (z->m + 1) * high) + (double) z->m * shifted) * INFLATE;
}

/* The sign on all of the range, or 0. *monotone: the derivative has one sign. *why: what would have to get smaller. */
static int decide(bool *monotone, verdict *why, const expansion *x, slong m)
{
    double first = m > 0 ? fabs(x->q[1]) : 0, rest = 0, bend = 0;
    for (slong k = 2; k <= m; k++) {
        rest += fabs(x->q[k]);
        bend += (double) k * fabs(x->q[k]);
    }
    double error = x->rounded + x->beyond;
    *monotone = first > (bend + x->slope) * INFLATE;
    *why = x->beyond > 2 * x->rounded ? SPLIT : 16 * rest > fabs(x->q[0]) + first ? BENDS : FINER;
    if (!(fabs(x->q[0]) > (first + rest + error) * INFLATE)) return 0;
    return x->q[0] > 0 ? 1 : -1;
}

/* Is nothing to be seen on the range? */
static bool is_blurred(const expansion *x, slong m)
{
    double size = 0;
    for (slong k = 0; k <= m; k++) size += fabs(x->q[k]);
    return !(size > 2 * (x->rounded + x->beyond));
}

static int sign_at(const qd_local_unit *z, double t)
{
    double error, f = qd_local__value(&error, z, t);
    return f > error ? 1 : -f > error ? -1 : 0;
}

/* The next range of one sign. */
static bool chain(const look *k, int sign)
{
    qd_unit_state *state = k->sp->state + k->unit;
    if (state->last == 0) state->sign = sign;
    else if (state->last != sign) return false;
    state->last = sign;
    return true;
}

static bool add_crossing(look *k, double a, double b, int sign)
{
    const qd_line_cell *cell = k->sp->cell;
    qd_bracket r = {qd_local__value, k->z, sign, a, b, 0, 0};
    if (!qd_bracket__narrow(&r)) return false;
    double width = r.hi - r.lo, all = k->window->b - k->window->a;
    double size = fmax(fabs(r.lo), fabs(r.hi));
    if (!k->z->pairs && !(width <= SHORTEST * size)) {
        k->why = FINER;
        return false;
    }
    if (!(width <= SHORT * size || width <= SHORT_IN_WINDOW * all)) return false;
    if (cell->left != NULL && !(r.lo >= cell->left->hi)) return false;
    if (cell->right != NULL && !(r.hi <= cell->right->lo)) return false;
    qd_crossing *c = qd_crossing__add(&k->sp->crossings, k->unit);
    c->lo = r.lo;
    c->hi = r.hi;
    return true;
}

static bool settle(look *k, double a, double b, int depth)
{
    expansion x;
    bool monotone;
    expand(&x, k->z, a, b);
    int sign = decide(&monotone, &k->why, &x, k->z->m);
    if (sign != 0) return chain(k, sign);
    if (monotone) {
        int left = sign_at(k->z, a), right = sign_at(k->z, b);
        if (left == 0 || right == 0 || !chain(k, left)) return false;
        if (left == right) return true;
        if (!add_crossing(k, a, b, left)) return false;
        k->sp->state[k->unit].last = right;
        return true;
    }
    double c = qd_bracket__middle(a, b);
    if (depth == MAX_RANGES || is_blurred(&x, k->z->m) || !(c > a && c < b && fabs(c) < QD_LINE_FARTHEST)) return false;
    return settle(k, a, c, depth + 1) && settle(k, c, b, depth + 1);
}

/* ---- windows -------------------------------------------------------------------------------- */

/* Settles the unit on the window, or leaves it as it was. */
static verdict look_at(qd_splitter *sp, slong u, const qd_local_unit *z, const qd_window *window)
{
    qd_unit_state before = sp->state[u];
    slong n = sp->crossings.n;
    look k = {sp, u, z, window, SETTLED};
    if (z->zero) {
        sp->state[u].zero = true;
        return SETTLED;
    }
    if (settle(&k, window->a, window->b, 0)) return SETTLED;
    sp->state[u] = before;
    sp->crossings.n = n;
    return k.why;
}

/* Is there time for one more window? */
static bool may_go_on(qd_splitter *sp)
{
    if (++sp->windows % WINDOWS_A_LOOK == 0 && qd_ctx_budget(sp->ctx) != QD_OK) sp->windows = MAX_WINDOWS;
    return sp->windows < MAX_WINDOWS;
}

static void solve(qd_splitter *sp, const qd_window *window, const slong *unit, slong n, int rung, int depth, int bends);

static void solve_halves(qd_splitter *sp, const qd_window *window, const slong *unit, slong n, int rung, int depth, int bends)
{
    double c = qd_bracket__middle(window->a, window->b);
    if (n == 0) return;
    if (depth == MAX_DEPTH || !may_go_on(sp) || !(c > window->a && c < window->b && fabs(c) < QD_LINE_FARTHEST)) {
        for (slong i = 0; i < n; i++) sp->state[unit[i]].open = true;
        return;
    }
    qd_window left = {window->a, c}, right = {c, window->b};
    solve(sp, &left, unit, n, rung, depth + 1, bends);
    solve(sp, &right, unit, n, rung, depth + 1, bends);
}

/* Settles the n units on the window; from left to right, so that signs chain. */
static void solve(qd_splitter *sp, const qd_window *window, const slong *unit, slong n, int rung, int depth, int bends)
{
    qd_local *s = sp->worker->local + rung;
    slong *halves = qd_malloc(2 * sizeof *halves * (size_t) n), *finer = halves + n, nhalves = 0, nfiner = 0;
    bool ready = qd_local__prepare(s, window, sp->cell->pattern, sp->layer);
    for (slong i = 0; i < n; i++) {
        qd_local_unit z;
        verdict v = SPLIT;
        if (sp->state[unit[i]].open) continue;
        if (ready) {
            qd_local__unit(&z, s, sp->layer, unit[i]);
            v = look_at(sp, unit[i], &z, window);
        }
        if (v == SPLIT || (v == BENDS && bends < MAX_BENDS)) halves[nhalves++] = unit[i];
        else if (v != SETTLED) finer[nfiner++] = unit[i];
    }
    if (rung + 1 < QD_LOCAL_RUNGS) {
        if (nfiner > 0) solve(sp, window, finer, nfiner, rung + 1, depth, 0);
        if (MANY * nfiner > n && n > 1) sp->rung = rung + 1;
    } else
        for (slong i = 0; i < nfiner; i++) sp->state[finer[i]].open = true;
    solve_halves(sp, window, halves, nhalves, rung, depth, bends + 1);
    free(halves);
}

void qd_near__crossings(qd_splitter *sp, int rung, bool wide)
{
    slong n = 0, *unit = qd_malloc(sizeof *unit * (size_t) (sp->model->low->layer[sp->layer].out + 1));
    qd_window window;
    bool usable = qd_crossing__window(&window, sp->cell) && sp->layer < sp->worker->local->plan->depth;
    for (slong u = 0; usable && u < sp->model->low->layer[sp->layer].out; u++) {
        if (!sp->state[u].open || (wide && !sp->state[u].wide)) continue;
        sp->state[u] = (qd_unit_state){0, 0, false, false, false};
        unit[n++] = u;
    }
    if (n > 0) solve(sp, &window, unit, n, rung, 0, 0);
    qd_crossing__forget_open(sp);
    free(unit);
}
