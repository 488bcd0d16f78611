/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the search in doubles shares: target.c has values, jump.c jumps, best.c best polynomials on an interval, reach.c longest intervals, chain.c continuous
   chains of polynomials. */
#ifndef QD_APPROX_IMPL_H
#define QD_APPROX_IMPL_H

#include "approx/approx.h"

/* Are degree and tolerance in their ranges?   -> QD_OK; QD_EINPUT */
qd_status qd_approx__check(const qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx);
/* Jumps of the expression of f.   -> QD_OK; QD_EINPUT: one is there, and by how much */
qd_status qd_approx__check_jumps(const qd_approx_target_t f, qd_ctx_t ctx);
/* f(x) in doubles; may be NaN or infinite although f is not. */
double qd_approx__value(const qd_approx_target_t f, double x);
/* The search also looks at x. */
void qd_approx__add_kink(qd_approx_target_t f, double x);
/* Relative error of eps that the rounding of f in doubles can make. */
double qd_approx__noise(const qd_approx_target_t f, double eps);

/* ---- best polynomials -------------------------------------------------------------------- */

/* A polynomial in Newton's form in u = (x - centre) / half. */
typedef struct {
    slong degree;
    double centre, half;
    double node[QD_APPROX_MAX_DEGREE + 1], a[QD_APPROX_MAX_DEGREE + 1];
} qd_approx__poly;
double qd_approx__poly_value(const qd_approx__poly *p, double x);

/* A point at which f - p = sign E. Where p has a prescribed value at the left end, that is the first contact, without a sign. */
typedef struct {
    double x, f;
    int sign;
} qd_approx__contact;

/* The best polynomial on [lo, hi]: E = level at the contacts, which ascend and alternate in sign; so no polynomial of the degree (with the
   prescribed value) has a smaller one at them. */
typedef struct {
    slong degree;
    double lo, hi;
    qd_approx__poly p;
    qd_approx__contact contact[QD_APPROX_MAX_DEGREE + 2];
    double level;   /* of the contacts */
    double largest; /* E that p needs at all points that were looked at, level or a little more */
} qd_approx__best;

/* By exchange, from the contacts of `b` when warm, moved to [lo, hi].
     value  NULL, or what the polynomial is at lo
     floor  levels far below it are not told apart
     ->     false: f has no finite value in doubles somewhere */
bool qd_approx__best_find(qd_approx__best *b, const qd_approx_target_t f, slong degree, double lo, double hi, const double *value,
                          double floor, bool warm);

/* ---- longest intervals ------------------------------------------------------------------- */

/* What is searched for: the longest interval from lo on which the level is at most eps, up to end. */
typedef struct {
    const qd_approx_target_struct *f;
    slong degree;
    double lo, end, eps;
    bool beyond;         /* just too long instead: the level is above eps */
    const double *value; /* borrowed: what the polynomial is at lo; NULL: not prescribed */
    double first;        /* length to begin with */
} qd_approx__reach;

/* *whole: the level is at most eps on all of [lo, end].   -> false: f has no finite value in doubles somewhere, or no such interval is longer than
   a point */
bool qd_approx__reach_find(qd_approx__best *b, bool *whole, const qd_approx__reach *r);

/* ---- chains ------------------------------------------------------------------------------ */

/* Polynomials p_0, ..., p_(n-1), p_i within eps of f on [knot[i], knot[i + 1]], and neighbours equal at the knots but for roundings. */
typedef struct {
    slong n, room;
    qd_approx__poly *p; /* owned */
    double *knot;       /* owned, length n + 1 */
    double *gap;        /* owned, length n + 1: the knot may move by much less than so much */
} qd_approx__chain;

void qd_approx__chain_init(qd_approx__chain *c);
void qd_approx__chain_clear(qd_approx__chain *c);
/* -> QD_OK; QD_EDOMAIN: no finite value in doubles; QD_EUNABLE: the budget ran out, or too many pieces */
qd_status qd_approx__chain_find(qd_approx__chain *c, const qd_approx_target_t f, slong degree, double eps, qd_ctx_t ctx);
/* The continuous spline with rational data near the chain; values are rounded by unit, and so are the other coefficients by what they do. */
void qd_approx__chain_round(qd_spline_t s, const qd_approx__chain *c, const qd_approx_target_t f, double unit);

/* ---- certificate ------------------------------------------------------------------------- */

/* The file but for its last line, the checksum of these bytes. */
void qd_approx__certificate_body(qd_buf_t out, const qd_approx_certificate_t c);

/* Pieces, at most. */
#define QD_APPROX_PIECES 1000000

#endif
