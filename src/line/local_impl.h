/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of local series share. */
#ifndef QD_LINE_LOCAL_IMPL_H
#define QD_LINE_LOCAL_IMPL_H

#include "line/local.h"

/* The formal degree of the pre-activations of layer l, and how many powers are kept of one. */
static inline slong qd_local__degree(const qd_restriction *m, slong l)
{
    return m->formal[l] > WORD_MAX / 4 ? WORD_MAX / 4 : m->formal[l] * m->low->layer[l].degree;
}

static inline slong qd_local__kept(slong degree)
{
    return degree < QD_LOCAL_TOP ? degree : QD_LOCAL_TOP;
}

/* A chart for the window, which has |s| <= 1 / 2 there, or, a finite one with `whole`, |s| <= 1.     -> false: there is none */
bool qd_chart__set(qd_chart *c, const qd_window *w, bool whole);

/* The spread that the errors of the units show. */
double qd_local__spread(const qd_series *a);
/* Errors of z = w a + b, measured, and its spread, from that of a. */
void qd_local__bound_spread(qd_local_level *v, const qd_local_layer *layer, bool pairs);
/* The spread of the inputs f z of the next layer. */
void qd_local__pass_spread(qd_local_level *next, const qd_local_level *v, const double *f, bool pairs);

#define QD_TWO_SUM(s, e, a, b)                                                                                                             \
    do {                                                                                                                                   \
        s = (a) + (b);                                                                                                                     \
        double t_ = s - (a);                                                                                                               \
        e = ((a) - (s - t_)) + ((b) -t_);                                                                                                  \
    } while (0)

/* x += p q, all pairs */
static inline void qd_pair__add_product(double *x, double *xl, double p, double pl, double q)
{
    double h = p * q, s, e, l = fma(p, q, -h) + pl * q;
    QD_TWO_SUM(s, e, *x, h);
    e += *xl + l;
    *x = s + e;
    *xl = e - (*x - s);
}

#endif
