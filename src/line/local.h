/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pre-activations near a point of the line, as power series of bounded length with what is left out as a bound (series.h): the cost depends on
   the window and not on the degree. In doubles, and in pairs of doubles where those have lost their digits. */
#ifndef QD_LINE_LOCAL_H
#define QD_LINE_LOCAL_H

#include "line/series.h"
#include "piece/piece.h"

/* Powers that are kept. */
#define QD_LOCAL_TOP 16

/* An open interval with double ends; -INFINITY or INFINITY, but not both. */
typedef struct {
    double a, b;
} qd_window;

/* ---- weights ------------------------------------------------------------------------------- */

/* The weights of one layer by inputs, each to twice the digits of a double: hi + lo, lo NULL where all are 0. */
typedef struct {
    double *hi, *lo; /* (columns, stride) */
} qd_columns;

/* Upper bounds of Euclidean norms. */
typedef struct {
    double *row;                     /* owned, (stride): of the rows of w */
    double map, frobenius, constant; /* of w as a map, of all its entries, of b */
} qd_norms;

typedef struct {
    slong in, out, stride, terms; /* terms: at least the number of terms of any sum */
    qd_columns r, g, w;           /* (in, stride); hi NULL where no unit has that part */
    qd_columns r0, g0, b, off;    /* (1, stride) */
    slong npairs;
    slong *first, *second; /* owned, (npairs): the products a_i a_j that occur */
    qd_columns c;          /* (npairs, stride) */
    int64_t *power;        /* owned, (out) */
    qd_norms norm;         /* of w and b */
} qd_local_layer;

/* Shared by all threads, never changed. */
typedef struct {
    const qd_restriction *model; /* borrowed */
    slong depth;                 /* layers below this can be followed */
    bool polynomial;             /* no pre-activation of a unit that switches has a degree above QD_LOCAL_TOP */
    qd_local_layer *layer;       /* owned */
    qd_columns base, step;       /* (inputs) */
} qd_local_plan;

/* Of n numbers, step places apart. */
double qd_norms__vector(const double *x, slong n, slong step);
/* n->row gets memory. w (in, stride) or NULL: 0. */
void qd_norms__set(qd_norms *n, const double *w, slong in, slong out, slong stride, const double *b);
/* A bound of w as a map that is within a few percent, where that takes at most 2^27 operations. */
void qd_norms__refine(qd_norms *n, const double *w, slong in, slong out, slong stride);

void qd_local__plan(qd_local_plan *plan, const qd_restriction *m);
void qd_local__plan_clear(qd_local_plan *plan);

/* ---- series -------------------------------------------------------------------------------- */

/* t = o + r s, |s| <= 1; or, on the side -1 or 1 of the line, t = o + side r / s, 0 < s <= 1: then series are those of s^d z, d the degree of the
   layer, and have the sign of z. */
typedef struct {
    double o, r;
    int side;
} qd_chart;

typedef struct {
    qd_series a, z; /* inputs and pre-activations, times 2^e and 2^ez */
    double e, ez;
    slong d; /* degree of the inputs, on an infinite chart */
    /* Where the inputs are affine, the Euclidean norms of what c_0 and what c_1 are wrong by have at most this sum; the same of z. */
    double spread, spread_z;
    bool *zero; /* inputs that are the zero polynomial */
    bool have_z, made;
    qd_series r, g, x, y, p, f, t; /* for what they are made of */
} qd_local_level;

/* What one thread works with. */
typedef struct {
    const qd_local_plan *plan; /* borrowed */
    bool pairs;
    qd_window window; /* of the chart */
    qd_chart chart;
    qd_word *pattern;      /* owned */
    qd_local_level *level; /* owned, (depth + 1) */
    slong ready;           /* levels with valid inputs */
} qd_local;

void qd_local__init(qd_local *s, const qd_local_plan *plan, bool pairs);
void qd_local__clear(qd_local *s);
/* Prepares the pre-activations of layer l under the pattern on the window.     -> false: it cannot (the whole line; a layer beyond the plan) */
bool qd_local__prepare(qd_local *s, const qd_window *window, const qd_word *pattern, slong l);

/* One of them, copied. */
typedef struct {
    qd_chart chart;
    slong m;
    double hi[QD_LOCAL_TOP + 1], lo[QD_LOCAL_TOP + 1];
    double norm, err, tail;
    double bend; /* |g'(s)| <= bend err in the window, for g as in series.h */
    bool pairs, zero;
} qd_local_unit;

void qd_local__unit(qd_local_unit *z, const qd_local *s, slong l, slong u);
/* The parameter s of t, as a pair, up to 2^-100 of it. */
void qd_local__parameter(double *hi, double *lo, const qd_chart *chart, double t);
/* The value at t up to a positive factor, with a bound of its error; t = -INFINITY or INFINITY on an infinite chart: the limit. */
double qd_local__value(double *error, const void *unit, double t);
/* The derivative of the output o of the readout, degree 1 everywhere, under the pattern of the last qd_local__prepare(depth - 1). */
void qd_local__slope(double *lo, double *hi, const qd_local *s, slong o);

#endif
