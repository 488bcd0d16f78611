/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ascend.c, arcs.c, several.c, pair.c and leaf.c share: boxes on which doubles can name everything. */
#ifndef QD_PLANE_LEAF_H
#define QD_PLANE_LEAF_H

#include "plane/impl.h"

/* ---- ascend.c --------------------------------------------------------------------------------- */

slong qd_plane__units(const qd_plane_worker *w, const qd_plane_sheet *s);

/* Where everything depends on one unit, the box may be a leaf of its own kind. */
typedef struct {
    qd_plane_sheet *sheet;
    slong unit; /* -1: nothing was found */
} qd_plane_only;

/* From the sheet s upwards as long as everything has a sign; the view of the sheet with open curves is v. Returns how many it has; 0: there is
   none, and `pattern` is that of the box. Ends at a unit on which everything depends when one is asked for. */
slong qd_plane__ascend(qd_plane_view *v, qd_plane_form *forms, qd_word *pattern, qd_plane_worker *w, qd_plane_sheet *s,
                       qd_plane_only *only);
/* The same above v, whose open curves have the signs of the bits of `face`. */
slong qd_plane__ascend_face(qd_plane_view *to, qd_plane_form *forms, qd_word *pattern, qd_plane_worker *w, qd_plane_view *v, slong face);

/* ---- arcs.c ----------------------------------------------------------------------------------- */

/* What happens along the four sides: arcs by number, ascending, and where. */
typedef struct {
    int n[4], arc[4][2 * QD_PLANE_OPEN];
    double lo[4][2 * QD_PLANE_OPEN], hi[4][2 * QD_PLANE_OPEN];
    slong face[4][2 * QD_PLANE_OPEN + 1]; /* between them */
} qd_plane_boundary;

/* The sides in the order of a walk around the box from the corner (s0, t0): t = t0 ascending, s = s1 ascending, t = t1 descending, s = s0
   descending. */
extern const int qd_plane__walk[4];
/* The arcs around the boundary in that order; returns how many ends they have. */
int qd_plane__around(int *cycle, const qd_plane_boundary *b);
/* Two arcs with two ends each: do the ends interleave? */
bool qd_plane__interleave(const int *cycle, int n, int a, int b);
bool qd_plane__same_pencil(const qd_plane_curve *a, const qd_plane_curve *b);
bool qd_plane__at_infinity(const qd_plane_worker *w, int side);
/* Which of two curves of one pencil comes first on the side at infinity, where they end in one point: -1 a, 1 b, 0 not known. */
int qd_plane__order_at_infinity(const qd_plane_curve *a, const qd_plane_curve *b, const qd_plane_root *x, const qd_plane_root *y);

/* Crossings cut arcs into edges. One node an edge, made when asked for: that of the arc between the sign vector `face` and the one on its other side,
   of which face is the smaller; -1 before. */
typedef struct {
    slong node[QD_PLANE_OPEN][1 << QD_PLANE_OPEN];
} qd_plane_edges;

slong qd_plane__edge(qd_plane_edges *e, qd_plane_worker *w, slong arc, slong face);
void qd_plane__cross_edges(qd_plane_edges *e, qd_plane_worker *w, slong a, slong b, slong face, slong with_a, slong with_b);
/* Records the faces and sides; number[f]: the recorded face of sign vector f, -1 before. */
void qd_plane__leaf_record(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_boundary *b, const qd_word *patterns, slong *number,
                           qd_plane_edges *e);

/* ---- several.c, pair.c ------------------------------------------------------------------------- */

/* A box with the open curves of one sheet. */
bool qd_plane__several(qd_plane_patch *patch, qd_plane_worker *w, qd_plane_view *v, const qd_plane_form *form, bool *suspect);
/* A box with one open curve, that of w->view[0], and perhaps one more on each side of it. */
bool qd_plane__single(qd_plane_patch *patch, qd_plane_worker *w, bool *suspect);

#endif
