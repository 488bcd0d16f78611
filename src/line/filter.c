/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter: sign changes of the units of one layer inside one cell, from double balls alone. A unit leaves the filter
   settled (all its sign changes in the cell, each in an interval with certified signs at the ends and exactly one
   simple root inside) or open. Nothing here can be wrong: what is not certified is open. */
#include "line/crossing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bisections before a unit is left to exact arithmetic; fewer where an end of the window itself looks like a root. */
#define MAX_DEPTH 45
#define MAX_DEPTH_AT_END 8
/* Relative width to which a root is narrowed. */
#define NARROW 0x1p-46
/* Ends of windows stay below this, so that squares of them are doubles. */
#define FARTHEST 1e150

/* ---- where to cut a window ------------------------------------------------------------------ */

/* A scale on which 1e-3, 1, 1e3 and 1e150 are a few steps apart. */
static double compress(double x)
{
    return copysign(log1p(fabs(x)), x);
}

static double expand(double y)
{
    return copysign(expm1(fabs(y)), y);
}

/* A point inside the window, off the round numbers at which hand-made networks have their roots. */
static double middle(const qd_window *w)
{
    const double part = 0.4868;
    if (isinf(w->a) && isinf(w->b)) return 0.05391;
    if (isinf(w->b)) return w->a < 1 ? 1.3717 : w->a < 1e3 ? 9.13 * w->a : w->a * w->a;
    if (isinf(w->a)) return w->b > -1 ? -1.3717 : w->b > -1e3 ? 9.13 * w->b : -w->b * w->b;
    double p = compress(w->a), q = compress(w->b);
    if (q - p < 1) return w->a + part * (w->b - w->a);
    return expand(p + part * (q - p));
}

/* ---- narrowing one root --------------------------------------------------------------------- */

typedef struct {
    const qd_form *z;
    const qd_window *window;
    int sign;                /* left of the root */
    double lo, hi, flo, fhi; /* bracket with certified signs, and values there */
} bracket;

/* Sign at x relative to the left side (1: left of the root, -1: right of it), 0 when not certified; moves the bracket. */
static int probe(bracket *k, double x)
{
    double error, f = qd_shadow__value(&error, k->z, k->window, x);
    int s = f > error ? 1 : -f > error ? -1 : 0;
    if (s == 0 || !(x > k->lo && x < k->hi)) return 0;
    if (s == k->sign) {
        k->lo = x;
        k->flo = f;
    } else {
        k->hi = x;
        k->fhi = f;
    }
    return s * k->sign;
}

/* A finite bracket inside an infinite window. */
static bool make_finite(bracket *k)
{
    double d = 1 + fabs(isinf(k->hi) ? k->lo : k->hi);
    for (int i = 0; i < 500 && (isinf(k->lo) || isinf(k->hi)); i++, d *= 2) {
        double x = isinf(k->hi) ? k->lo + d : k->hi - d;
        if (!isfinite(x)) return false;
        probe(k, x);
    }
    return isfinite(k->lo) && isfinite(k->hi);
}

static double tolerance(const bracket *k)
{
    double size = fmax(fabs(k->lo), fabs(k->hi));
    return size * NARROW;
}

/* Around a point whose own sign cannot be certified: the nearest points whose signs can. */
static void close_in(bracket *k, double x)
{
    double d = tolerance(k) / 2;
    for (int i = 0, left = 0, right = 0; i < 40 && !(left && right); i++, d *= 4) {
        if (!left && (x - d <= k->lo || probe(k, x - d) != 0)) left = 1;
        if (!right && (x + d >= k->hi || probe(k, x + d) != 0)) right = 1;
    }
}

/* Secant steps, each followed by a probe on the other side of the estimated root, and a bisection when that was slow. */
static void narrow(bracket *k)
{
    for (int i = 0; i < 60 && k->hi - k->lo > tolerance(k); i++) {
        double width = k->hi - k->lo, slope = (k->fhi - k->flo) / width;
        double x = k->lo - k->flo / slope;
        if (!(x > k->lo && x < k->hi)) x = k->lo + width / 2;
        int s = probe(k, x);
        if (s == 0) {
            close_in(k, x);
            return;
        }
        double f = s > 0 ? k->flo : k->fhi, d = 2 * fabs(f / slope);
        if (!(d > tolerance(k) / 2)) d = tolerance(k) / 2;
        double y = x + s * d;
        if (y > k->lo && y < k->hi && probe(k, y) == 0) {
            close_in(k, y);
            return;
        }
        if (k->hi - k->lo > width / 4) {
            double c = k->lo + (k->hi - k->lo) / 2;
            if (c > k->lo && c < k->hi && probe(k, c) == 0) {
                close_in(k, c);
                return;
            }
        }
    }
}

/* ---- windows -------------------------------------------------------------------------------- */

/* The only root in the window, as a crossing; false when it touches an end of the cell. */
static bool add_crossing(qd_splitter *sp, slong u, const qd_form *z, const qd_window *window, int sign)
{
    const qd_line_cell *cell = sp->cell;
    double error;
    bracket k = {z, window, sign, window->a, window->b, 0, 0};
    if (!isinf(k.lo)) k.flo = qd_shadow__value(&error, z, window, k.lo);
    if (!isinf(k.hi)) k.fhi = qd_shadow__value(&error, z, window, k.hi);
    if (!make_finite(&k)) return false;
    narrow(&k);
    if (cell->left != NULL && !(k.lo >= cell->left->hi)) return false;
    if (cell->right != NULL && !(k.hi <= cell->right->lo)) return false;
    qd_crossing *c = qd_crossing__add(&sp->crossings, u);
    c->lo = k.lo;
    c->hi = k.hi;
    return true;
}

/* What one window says about one unit: true when the window needs to be cut for it. */
static bool look(qd_splitter *sp, slong u, const qd_form *z, const qd_window *window)
{
    qd_unit_state *state = sp->state + u;
    slong lo, hi;
    qd_form_variations(&lo, &hi, z);
    if (lo != hi || hi > 1) return true;
    int first = qd_form_sign_at(z, 0), last = qd_form_sign_at(z, z->degree), before = first;
    if (hi == 0) {
        int s = qd_form_sign(z);
        if (s == 2) return true;
        if (s == 0) {
            state->zero = true;
            return false;
        }
        before = last = s;
    } else if (first == 0 || first == 2 || last == 0 || last == 2) return true;
    if (state->last == 0) state->sign = before;
    else if (state->last != before) {
        state->open = true; /* a sign change exactly between two windows */
        return false;
    }
    if (hi == 1 && !add_crossing(sp, u, z, window, before)) state->open = true;
    state->last = last;
    return false;
}

static bool looks_like_root_at_end(const qd_splitter *sp, const qd_form *z, const qd_window *window)
{
    const qd_line_cell *cell = sp->cell;
    return (cell->left != NULL && window->a == cell->left->lo && qd_form_sign_at(z, 0) != 1 && qd_form_sign_at(z, 0) != -1) ||
           (cell->right != NULL && window->b == cell->right->hi && qd_form_sign_at(z, z->degree) != 1 &&
            qd_form_sign_at(z, z->degree) != -1);
}

/* Settles the n units on the window, cutting it where needed; from left to right, so that signs chain. */
static void solve(qd_splitter *sp, const qd_window *window, const slong *unit, slong n, int depth)
{
    qd_shadow *s = &sp->worker->shadow;
    slong *rest = qd_malloc(sizeof *rest * (size_t) n), nrest = 0;
    bool whole = isinf(window->a) && isinf(window->b);
    double c = middle(window);
    bool divisible = c > window->a && c < window->b && fabs(c) < FARTHEST;
    if (!whole) qd_shadow__inputs(s, window, sp->cell->pattern, sp->layer);
    for (slong i = 0; i < n; i++) {
        slong u = unit[i];
        qd_form z;
        if (sp->state[u].open) continue;
        if (!whole) {
            qd_shadow__z(&z, s, sp->layer, u);
            if (!look(sp, u, &z, window)) continue;
            if (!divisible || depth >= (looks_like_root_at_end(sp, &z, window) ? MAX_DEPTH_AT_END : MAX_DEPTH)) {
                sp->state[u].open = true;
                continue;
            }
        }
        rest[nrest++] = u;
    }
    if (nrest > 0) {
        qd_window left = {window->a, c}, right = {c, window->b};
        solve(sp, &left, rest, nrest, depth + 1);
        solve(sp, &right, rest, nrest, depth + 1);
    }
    free(rest);
}

static void forget_open(qd_splitter *sp)
{
    slong n = 0;
    for (slong i = 0; i < sp->crossings.n; i++)
        if (!sp->state[sp->crossings.e[i].unit].open) sp->crossings.e[n++] = sp->crossings.e[i];
    sp->crossings.n = n;
}

/* An end that a window can have: infinite only where the cell is. */
static bool in_range(double x, const qd_cut *cut)
{
    return cut == NULL || fabs(x) <= FARTHEST;
}

void qd_filter__crossings(qd_splitter *sp)
{
    const qd_line_cell *cell = sp->cell;
    const slong *unit = sp->model->switching[sp->layer];
    slong n = sp->model->first[sp->layer + 1] - sp->model->first[sp->layer];
    qd_window window = {cell->left != NULL ? cell->left->lo : -INFINITY, cell->right != NULL ? cell->right->hi : INFINITY};
    bool usable = sp->model->doubles && window.a < window.b && in_range(window.a, cell->left) && in_range(window.b, cell->right);
    for (slong i = 0; i < n; i++) sp->state[unit[i]].open = !usable;
    if (usable) solve(sp, &window, unit, n, 0);
    for (slong i = 0; i < n; i++) {
        qd_unit_state *state = sp->state + unit[i];
        if (!state->open && !state->zero && state->last == 0) state->open = true;
    }
    forget_open(sp);
}
