/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/line share and nobody else sees. */
#ifndef QD_LINE_IMPL_H
#define QD_LINE_IMPL_H

#include "line/line.h"
#include "line/local.h"

/* ---- shadow: the same polynomials as Bernstein forms of double balls ----------------------- */

/* The inputs of one layer: forms of degree model->formal[l], row-major, times 2^e. */
typedef struct {
    double *mid, *rad, *slack;       /* (width, degree + 1); slack: rad enlarged for sums, see shadow.c */
    bool *zero;                      /* the zero polynomial */
    double *square_mid, *square_rad; /* (width, 2 degree + 1), made when needed */
    bool *have_square;
    double *binomial, *binomial2; /* rows degree and 2 degree of Pascal's triangle */
    double e;
} qd_shadow_layer;

/* Beyond, local series take the place of forms. */
#define QD_SHADOW_DEGREE 64
#define QD_SHADOW_BUFFERS 4

typedef struct {
    const qd_restriction *model;
    qd_shadow_layer *layer; /* owned, length depth; NULL when the model is out of the range of doubles */
    slong top;              /* largest degree that is met */
    double *buffer[QD_SHADOW_BUFFERS], *work;
    qd_window window; /* of the last call */
    qd_word *pattern;
    slong ready; /* layers with valid inputs */
} qd_shadow;

void qd_shadow__init(qd_shadow *s, const qd_restriction *m);
void qd_shadow__clear(qd_shadow *s);
/* Prepares the inputs of layer l under the pattern on the window. */
void qd_shadow__inputs(qd_shadow *s, const qd_window *window, const qd_word *pattern, slong l);
/* The pre-activation of unit u of that layer; borrowed until the next call. */
void qd_shadow__z(qd_form *z, qd_shadow *s, slong l, slong u);

/* Value of the form at x inside the window, up to a positive factor, with a bound of its error. */
double qd_shadow__value(double *error, const qd_form *z, const qd_window *window, double x);

/* ---- cells ------------------------------------------------------------------------------- */

/* A point of the line where some unit of layer `layer` changes sign, or a rational end of the domain. */
typedef struct {
    double lo, hi;          /* lo <= point <= hi */
    slong layer, unit;      /* unit whose pre-activation has a simple sign change there; layer -1: a given rational */
    const qd_word *pattern; /* of the layers below; borrowed from the arena */
    bool have_alg;          /* written under the lock of qd_cut__alg, read anywhere: atomic */
    qd_alg_t alg;
} qd_cut;

/* An open interval on which all layers below `layer` have one pattern. */
typedef struct {
    qd_cut *left, *right; /* NULL: infinite */
    qd_word *pattern;     /* borrowed from the arena */
    slong layer;          /* first layer not yet decided; depth: a region */
    int rung;             /* of local series with which its units are looked at first */
    double *slope;        /* of a region, (outputs, 2): bounds of the derivatives, where all is affine; else NULL. From the arena */
} qd_line_cell;

typedef struct {
    qd_line_cell *e;
    slong n, room;
} qd_line_cells;

#define QD_LOCAL_RUNGS 2

/* What one thread works with. */
typedef struct {
    qd_path path, cut_path;
    qd_shadow shadow;
    qd_local local[QD_LOCAL_RUNGS];
    qd_arena arena;
    ulong *work, *fingerprint[2]; /* the latter: length outputs */
    const qd_word *fingerprinted; /* what work holds the fingerprint of; NULL: nothing */
    qd_cut **cut;                 /* all cuts this thread made, for qd_alg_clear at the end */
    slong ncuts, cuts_room;
} qd_worker;

struct qd_line_impl {
    qd_restriction model;
    qd_local_plan plan;
    slong nworkers;
    qd_worker *worker;
    qd_cut *ends[2];     /* of the domain; NULL: infinite */
    qd_line_cells cells; /* in order; after the end of the budget some are not regions */
    slong nregions;      /* finished cells */
    slong *region;       /* region[i]: cell number of region i; length nregions */
    char *changes;       /* per breakpoint */
    qd_count count;
    double start_s; /* on the clock of the context */
    bool out_of_budget;
};

/* Less work than this is not worth waking threads for, s. */
#define QD_LINE_SHORT 1e-3

static inline bool qd_line_cell__is_region(const struct qd_line_impl *s, const qd_line_cell *cell)
{
    return cell->layer == s->model.low->depth;
}
/* Regions, patterns, pieces and degrees of the cells there are.     -> QD_OK; QD_EUNABLE: the budget ran out */
qd_status qd_line__count(struct qd_line_impl *s, qd_ctx_t ctx);

qd_cut *qd_cut__new(qd_worker *w, slong layer, slong unit, const qd_word *pattern);
/* The exact number of a cut, made at the first call. */
const qd_alg_struct *qd_cut__alg(qd_cut *cut, qd_worker *w);
/* Has it been made? */
bool qd_cut__has_alg(const qd_cut *cut);
/* The root of a unit's pre-activation under the pattern of the layers below, where doubles have found that (lo, hi) holds exactly one, a
   simple one. */
void qd_cut__root(qd_alg_t a, qd_path *path, const qd_word *pattern, slong layer, slong unit, double lo, double hi);
/* Outward double bounds of an algebraic number. */
void qd_cut__bounds(double *lo, double *hi, const qd_alg_t a);

/* Splits one cell along the sign changes of the units of its layer and appends the children, from left to right. Layers without
   switching units are passed over; a cell that has no layer left is a region. */
qd_status qd_line_cell__split(qd_line_cells *children, const qd_line_cell *cell, const qd_restriction *m, qd_worker *w, qd_ctx_t ctx);
void qd_line_cells__append(qd_line_cells *list, const qd_line_cell *cell);

#endif
