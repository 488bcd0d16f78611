/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The crossings of one layer inside one cell: cell.c asks for them, filter.c and cell.c find them. */
#ifndef QD_LINE_CROSSING_H
#define QD_LINE_CROSSING_H

#include "line/impl.h"

/* A sign change of one unit inside the cell. */
typedef struct {
    slong unit;
    double lo, hi;    /* the point is in [lo, hi], in (lo, hi) when not exact */
    bool exact, same; /* alg is set; same point as the crossing before */
    qd_alg_t alg;
} qd_crossing;

typedef struct {
    qd_crossing *e;
    slong n, room;
} qd_crossing_list;

typedef struct {
    int sign;  /* just right of the left end of the cell: -1, 1 */
    int last;  /* filter only: sign at the right end of what was seen so far; 0: nothing seen */
    bool zero; /* the zero polynomial */
    bool open; /* not settled by the filter */
    bool wide; /* filter only, and then open: a root is known, but not well */
} qd_unit_state;

typedef struct {
    const qd_restriction *model;
    const qd_line_cell *cell;
    qd_worker *worker;
    qd_ctx_struct *ctx;
    slong layer;
    qd_unit_state *state; /* per unit of the layer; all 0 where it does not switch */
    qd_crossing_list crossings;
    int rung;      /* of local series with which the cells in it had better begin */
    slong windows; /* that local series have looked at */
} qd_splitter;

/* Appends a crossing of the unit, all else 0. */
qd_crossing *qd_crossing__add(qd_crossing_list *list, slong unit);
void qd_crossing__clear(qd_crossing *c);
/* Windows end there at the latest, or are infinite: products of doubles at most so large stay in range. */
#define QD_LINE_FARTHEST 1e150
/* All of the cell.   -> false: it is no window of doubles */
bool qd_crossing__window(qd_window *window, const qd_line_cell *cell);
/* Leaves out the crossings of units that are open. A unit that is not was settled on windows that cover the cell: it is zero, or its signs were seen. */
void qd_crossing__forget_open(qd_splitter *sp);
/* From left to right; those whose intervals touch become exact, and equal ones are marked.   -> QD_OK; QD_EUNABLE: the budget ran out */
qd_status qd_crossing__order(qd_splitter *sp);
/* Fills state and crossings for the units that Bernstein forms of doubles can settle and marks the others open. */
void qd_filter__crossings(qd_splitter *sp);
/* The same for the units that are open, or those of them that are wide, by local series, beginning with doubles (0) or pairs (1). */
void qd_near__crossings(qd_splitter *sp, int rung, bool wide);

#endif
