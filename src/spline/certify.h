/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the certificate share: certify.c makes the pieces and the answer, certify_search.c searches, certify_interval.c holds one
   interval, certify_enclose.c bounds it with the models of certify_model.c, certify_point.c bounds a point. The method is explained in certify.c. */
#ifndef QD_SPLINE_CERTIFY_H
#define QD_SPLINE_CERTIFY_H

#include "spline/spline.h"

/* One output on one common piece of network and target. */
typedef struct {
    fmpq_poly_t difference;     /* network less polynomial target */
    const qd_expr_struct *expr; /* borrowed, also to be subtracted; NULL: none */
    const signed char *known;   /* borrowed: the signs of the part of expr (qd_expr_split) */
    slong output;
    arf_t lo, hi, in_lo, in_hi; /* outer and inner ends */
} qd_certify_job;

typedef struct {
    slong job, prec;
    arf_t lo, hi;
    arb_poly_t p; /* the difference at c + h t */
    arf_t upper;  /* of the error on the interval */
    arf_t mark;   /* upper less the best value, when that had last become smaller by what counts on the way to this interval */
    slong age;    /* halvings since then */
    slong depth;  /* all halvings */
} qd_certify_interval;

typedef struct {
    qd_certify_job *e; /* owned */
    slong n, room, pieces;
    qd_certify_interval **heap; /* owned; largest upper first */
    slong nheap, heap_room, made;
    qd_certify_interval **aside; /* owned: intervals that are not halved any more; none after the search */
    slong naside, aside_room;
    arf_t aside_upper; /* of them */
    double tolerance;
    const arf_struct *enough; /* borrowed: whether the error is at most so much is all that is asked; NULL: no such bound */
    arf_t lower;              /* best value, and where */
    fmpq_t at;
    slong output;
} qd_certify_search;

/* An interval of job k over lo..hi with its bound; a half of `whole` unless that is NULL. Its points are tried for the best value. */
qd_certify_interval *qd_certify__interval(qd_certify_search *s, slong k, const arf_t lo, const arf_t hi, const qd_certify_interval *whole);
void qd_certify__interval_free(qd_certify_interval *v);
/* The value at the point `at` of the function of job j: tried for the best value, and set aside as an interval in narrow ends.
     -> QD_OK; QD_EDOMAIN: it has no finite value there */
qd_status qd_certify__point(qd_certify_search *s, const qd_certify_job *j, const qd_alg_t at, qd_ctx_t ctx);

/* Is the largest upper bound close enough to the best value? */
bool qd_certify__reached(const qd_certify_search *s);
/* Takes v over as an interval that is not to be halved. */
void qd_certify__put_aside(qd_certify_search *s, qd_certify_interval *v);
/* Searches until it is. QD_EUNABLE: the budget ran out, or what is left cannot be decided by halving; then the intervals are a cover of
   everything, or none are left. */
qd_status qd_certify__search(qd_certify_search *s, qd_ctx_t ctx);
/* Halves the intervals that can hold the largest error until they are narrow: not for the bounds, which are there, but to say where. */
void qd_certify__locate(qd_certify_search *s, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx);

/* ---- on one interval ----------------------------------------------------------------------- */

/* g[0] + g[1] t + g[2] t^2 and what is left. */
typedef struct {
    arb_t g[3];
    mag_t rest;
} qd_certify_model;

void qd_certify__model_init(qd_certify_model *m);
void qd_certify__model_clear(qd_certify_model *m);
void qd_certify__model_set(qd_certify_model *m, const arb_poly_t p);
/* The only place inside |t| < 1 where the quadratic part can be extremal, -g1 / 2 g2; false when there is none. */
bool qd_certify__model_vertex(arb_t t, const qd_certify_model *m, slong prec);
/* Bounds over |t| <= 1. */
void qd_certify__model_range(arf_t lo, arf_t hi, const qd_certify_model *m, slong prec);

/* (lo + hi) / 2 and (hi - lo) / 2, exactly. */
void qd_certify__middle(arf_t c, arf_t h, const qd_certify_interval *v);
/* What more bits make smaller: the largest radius, and what operations of this precision round. */
void qd_certify__set_rounding(mag_t rounding, const arb_poly_t p, slong prec);
/* Bounds the error on the interval, and tries its points. rounding: the largest radius that more bits make smaller. */
void qd_certify__enclose(mag_t rounding, qd_certify_search *s, qd_certify_interval *v);

/* QD_EDOMAIN with the sentence that the target has no finite value at x. */
qd_status qd_certify__no_value(const arf_t x, qd_ctx_t ctx);

/* An upper bound of 2^QD_CERTIFY_TINY is good enough. */
#define QD_CERTIFY_TINY (-100)
/* Bits of the numbers in a bound, at most. */
#define QD_CERTIFY_PREC 32768

#endif
