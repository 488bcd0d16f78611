/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Charts of local series, and what a series says at points of one. */
#include <math.h>

#include "line/local_impl.h"

/* Ends of windows are smaller. */
#define FARTHEST 0x1p500

/* ---- charts ----------------------------------------------------------------------------------- */

/* The next one above x. */
static double power_of_two(double x)
{
    return ldexp(1, ilogb(x) + 1);
}

bool qd_chart__set(qd_chart *c, const qd_window *w, bool whole)
{
    if (isinf(w->a) && isinf(w->b)) return false;
    if (!isinf(w->a) && !isinf(w->b)) {
        c->side = 0;
        c->o = w->a + (w->b - w->a) / 2;
        double h = fmax(w->b - c->o, c->o - w->a);
        if (!(h > 0 && fabs(c->o) + h < FARTHEST)) return false;
        c->r = power_of_two(whole ? h : 2 * h);
        return true;
    }
    double end = isinf(w->a) ? w->b : w->a;
    if (!(fabs(end) < FARTHEST)) return false;
    c->side = isinf(w->b) ? 1 : -1;
    /* roots have their middle near 0, and o there keeps the series short */
    bool far = c->side * end >= 1;
    c->r = far ? fabs(end) / 2 : power_of_two(fmax(1, fabs(end)));
    c->o = far ? 0 : end - 2 * c->side * c->r;
    return true;
}

void qd_local__parameter(double *hi, double *lo, const qd_chart *c, double t)
{
    double d, e;
    QD_TWO_SUM(d, e, t, -c->o);
    if (c->side == 0) {
        *hi = d / c->r;
        *lo = e / c->r;
        return;
    }
    *lo = 0;
    if (isinf(t)) {
        *hi = 0;
        return;
    }
    d *= c->side;
    e *= c->side;
    *hi = c->r / d;
    double rest = fma(-*hi, d, c->r) - *hi * e;
    *lo = rest / d;
}

/* ---- questions ---------------------------------------------------------------------------------- */

void qd_local__unit(qd_local_unit *z, const qd_local *s, slong l, slong u)
{
    const qd_series *x = &s->level[l].z;
    slong degree = qd_local__degree(s->plan->model, l);
    z->chart = s->chart;
    z->m = x->m;
    z->pairs = s->pairs;
    for (slong k = 0; k <= x->m; k++) {
        z->hi[k] = x->hi[k * x->stride + u];
        z->lo[k] = s->pairs ? x->lo[k * x->stride + u] : 0;
    }
    z->norm = x->norm[u];
    z->err = x->err[u];
    z->tail = x->tail[u];
    z->zero = qd_series__is_zero(x, u);
    /* a power series on |s| <= 0.51, where k s^(k-1) is at most 1.02; else a polynomial on |s| <= 1 */
    z->bend = degree <= QD_LOCAL_TOP ? (double) degree : 1.02;
}

/* Horner's rule in pairs. */
double qd_local__value(double *error, const void *unit, double t)
{
    const qd_local_unit *z = unit;
    double s, sl, f = 0, fl = 0;
    qd_local__parameter(&s, &sl, &z->chart, t);
    for (slong k = z->m; k >= 0; k--) {
        double g = z->hi[k], gl = z->lo[k];
        qd_pair__add_product(&g, &gl, f, fl, s);
        gl += f * sl;
        f = g;
        fl = gl;
    }
    double a = fabs(s);
    *error = (z->err + z->tail * pow(a, (double) (z->m + 1)) + (double) (8 * z->m + 16) * 0x1p-100 * z->norm) * (1 + 0x1p-38);
    *error += 0x1p-52 * fabs(f); /* of the result */
    return f + fl;
}

void qd_local__slope(double *lo, double *hi, const qd_local *s, slong o)
{
    const qd_restriction *m = s->plan->model;
    slong l = m->low->depth - 1;
    const qd_series *z = &s->level[l].z;
    double f = qd_restriction_off(m, s->pattern, l, o) ? s->plan->layer[l].off.hi[o] : 1, e = s->level[l].ez;
    if (f == 0) {
        *lo = *hi = 0;
        return;
    }
    double scale = fabs(e) < 900 ? ldexp(f, (int) e) / s->chart.r : NAN, q = z->hi[z->stride + o] * scale;
    double error = z->lean[o] * fabs(scale) * (1 + 0x1p-38) + 0x1p-48 * fabs(q) + 0x1p-1000;
    *lo = q - error;
    *hi = q + error;
}
