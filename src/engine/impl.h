/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the engines' choice share. Each fills an answer that is empty before; the domain is checked. */
#ifndef QD_ENGINE_IMPL_H
#define QD_ENGINE_IMPL_H

#include "engine/engine.h"

/* One question, handed from road to road. */
typedef struct {
    const qd_net_struct *net;
    const qd_lowered_struct *low; /* the same, lowered */
    const qd_engine_options *options;
} qd_engine__question;

/* Any road for this domain, in n >= 1 dimensions. */
qd_status qd_engine__solve(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx);
qd_status qd_engine__line(qd_answer_t a, const qd_engine__question *q, const qd_domain *d, qd_ctx_t ctx);
/* In the coordinates of the forms. */
qd_status qd_engine__forms(qd_answer_t a, const qd_engine__question *q, const qd_forms_t f, const qd_box_t box, const qd_box_t reduced,
                           qd_ctx_t ctx);
/* In the polygon that the values of two forms on a box fill, where they share coordinates; all of the answer but the road. reduced: the box around it. */
#define QD_POLYGON_MOST 32 /* coordinates: twice as many sides, the lines of which cut what is outside into some two thousand regions */
qd_status qd_engine__within(qd_answer_t a, const qd_engine__question *q, const qd_forms_t f, const qd_box_t box, const qd_box_t reduced,
                            qd_ctx_t ctx);
qd_status qd_engine__product(qd_answer_t a, const qd_engine__question *q, const qd_blocks_t b, const qd_box_t box, qd_ctx_t ctx);
qd_status qd_engine__slices(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx);

/* How the layers before the first one that is not affine look from the coordinates: the inputs of layer l are a = shift + row t. */
typedef struct {
    slong l, width, k;
    fmpq *row, *shift; /* owned, (width, k), (width) */
    bool plain;        /* a = t */
} qd_engine__affine;
void qd_engine__affine_init(qd_engine__affine *a, const qd_lowered_t low, const qd_box_t box);
void qd_engine__affine_clear(qd_engine__affine *a);
/* Are all units of the layer affine functions of their inputs? */
bool qd_engine__is_affine(const qd_lowered_layer *layer);

/* A unit as one of a sparse layer, its product of affine forms written out. place[i]: the number of its input i there, -1: it is left out. */
void qd_engine__copy_unit(qd_lowered_unit *to, const qd_lowered_unit *from, slong in, const slong *place);

/* The pre-activation of a unit of layer l as a polynomial in t, t.A t + b.t + const, with A symmetric. */
typedef struct {
    const qd_engine__affine *from;
    bool quadratic; /* A may be other than 0 */
    fmpq *c;        /* owned: qd_lowered_expand, when quadratic; else the linear part in a, (width) */
    fmpq *work;     /* owned */
} qd_engine__polynomial;
void qd_engine__polynomial_init(qd_engine__polynomial *p, const qd_engine__affine *from, const qd_lowered_unit *unit);
void qd_engine__polynomial_clear(qd_engine__polynomial *p);
/* v = row i of A, times 2; i = k: b. v: (k).     cost  width (width + k), without an affine layer k */
void qd_engine__polynomial_row(fmpq *v, const qd_engine__polynomial *p, slong i);

/* ---- the polygon of two forms in a box --------------------------------------------------------- */

/* A half-plane a.s + b >= 0 with the polygon in it and on its boundary. */
typedef struct {
    fmpq a[2], b;
} qd_engine__side;

typedef struct {
    const qd_forms_struct *f;
    const qd_box_struct *box;
    slong n;
    qd_engine__side *e; /* owned, (n) */
    fmpq c[2];          /* the image of the middle */
} qd_engine__polygon;
void qd_engine__polygon_init(qd_engine__polygon *p, const qd_forms_t f, const qd_box_t box);
void qd_engine__polygon_clear(qd_engine__polygon *p);
/* t inside the box with G t = s, s inside the polygon.     cost  sides and coordinates, once each */
void qd_engine__polygon_lift(fmpq *t, const qd_engine__polygon *p, const fmpq *s);

/* ---- witnesses ------------------------------------------------------------------------------ */

/* The lowered network in balls, for signs at rational points. */
typedef struct {
    arb_ptr r, g, w, term; /* owned, lengths as in the unit; NULL when absent */
    arb_t r0, g0, b, off;
} qd_engine__unit_ball;
typedef struct {
    const qd_lowered_struct *low;
    qd_engine__unit_ball **unit; /* owned */
} qd_engine__balls;
void qd_engine__balls_init(qd_engine__balls *b, const qd_lowered_struct *low);
void qd_engine__balls_clear(qd_engine__balls *b);
/* The pattern at x, (inputs), when the signs of all switching units are certain there; else false, and pattern has anything. */
bool qd_engine__balls_pattern(qd_word *pattern, slong nwords, const qd_engine__balls *b, const fmpq *x);

/* Patterns with a witness each, in the order in which they were found. */
typedef struct {
    slong dim, nwords, n, room;
    qd_word *pattern; /* owned, (room, nwords) */
    fmpq *point;      /* owned, (room, dim) */
    slong nslots;
    slong *slot; /* owned: a table of numbers + 1, open addressing */
} qd_engine__found;
void qd_engine__found_init(qd_engine__found *f, slong dim, slong nwords);
void qd_engine__found_clear(qd_engine__found *f);
bool qd_engine__found_has(const qd_engine__found *f, const qd_word *pattern);
/* -> false: it was there */
bool qd_engine__found_add(qd_engine__found *f, const qd_word *pattern, const fmpq *point);

/* What all witnesses of a network on a box share, and what one thread needs. */
typedef struct {
    const qd_restriction *m;
    const qd_box_struct *box;
    const qd_engine__balls *balls;
    bool have_path;
    qd_path path;
    char *text;    /* owned */
    qd_word *word; /* owned, (nwords) */
    fmpq *t;       /* owned, (dim) */
    qd_vec_t x;
} qd_engine__witness;
void qd_engine__witness_init(qd_engine__witness *w, const qd_restriction *m, const qd_box_struct *box, const qd_engine__balls *balls);
void qd_engine__witness_clear(qd_engine__witness *w);
/* Adds the pattern at t, or at a point near it, when that is a witness (DEFINITIONS section 2) inside the box. */
void qd_engine__witness_try(qd_engine__found *f, qd_engine__witness *w, const fmpq *t, qd_rng_t rng, qd_ctx_t ctx);

/* ---- slices ----------------------------------------------------------------------------------- */

/* A line or a plane, in the coordinates of a box. */
typedef struct {
    slong dim, k;
    fmpq *base, *step; /* owned, (k), (dim, k) */
    fmpq *lo, *hi;     /* owned, (dim) */
    bool bounded;
    qd_box_t domain; /* in the inputs */
} qd_engine__slice;
void qd_engine__slice_init(qd_engine__slice *s, slong dim, slong k, slong n);
void qd_engine__slice_clear(qd_engine__slice *s);
/* A function of rng alone; -> false: the steps happen to be dependent */
bool qd_engine__slice_random(qd_engine__slice *s, const qd_box_struct *box, qd_rng_t rng, qd_ctx_t ctx);
/* t = the point of the slice with coordinates x, in those of the box. */
void qd_engine__slice_point(fmpq *t, const qd_engine__slice *s, const fmpq *x);

/* From every pattern in f, new ones included, across the nearest zeros of its units: Newton steps in doubles, witnesses for what is new.
   Ends after `steps` steps, or with the budget. */
void qd_engine__search(qd_engine__found *f, qd_engine__witness *w, slong steps, qd_ctx_t ctx);

#endif
