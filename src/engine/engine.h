/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: one question for every dimension. A network on a domain -> its counts and regions, by the engine that can.

   road      one dimension: line. Two: plane, and space for conventional networks, which is faster there. More: by fewer coordinates where the
             network depends on few linear forms (forms), as a product where inputs never meet before the output (product), space for
             conventional networks, and otherwise patterns that lines and planes through the space show and a search from there
             (slices), which is a lower bound
   answer    the counts, how they were found, and the regions */
#ifndef QD_ENGINE_H
#define QD_ENGINE_H

#include "piece/piece.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { QD_ROAD_LINE, QD_ROAD_PLANE, QD_ROAD_SPACE, QD_ROAD_FORMS, QD_ROAD_PRODUCT, QD_ROAD_SLICES } qd_road;
const char *qd_road_name(qd_road road); /* "line", "plane", "space", "forms", "product", "slices" */

typedef struct {
    bool list;    /* the regions are wanted, not only their number: points and neighbours */
    bool walls;   /* at least the neighbours are, where they cost little: not of a product */
    bool sampled; /* the road slices in two and more dimensions, whatever is exact there: a lower bound in foreseeable time */
    slong slices; /* lines and planes of the road slices, >= 1 */
} qd_engine_options;
extern const qd_engine_options qd_engine_defaults; /* counts only, 64 slices */

/* Regions that are listed at most where a product has more. */
#define QD_ENGINE_MOST_LISTED 200000

typedef struct {
    qd_road road;
    qd_count count;       /* saturated at WORD_MAX, and then a lower bound */
    slong bounded, holes; /* bounded regions, and the sum of holes over the regions; -1 unless the label is exact */
    slong forms;          /* linear forms that the network depends on, at most the dimension */
    slong factors;        /* of the product, else 1 */
    bool sliced;          /* the road slices was taken, for all of it or for a part */
    bool shown;           /* points of regions are witnesses (DEFINITIONS section 2), not only near one */
    /* The regions, points in the coordinates of the domain; empty unless asked for, and where a product has too many. Where all is sliced: one
       for each pattern. */
    qd_regions_t regions;
} qd_answer_struct;
typedef qd_answer_struct qd_answer_t[1];

void qd_answer_init(qd_answer_t a); /* outputs of regions 0: no answer yet */
void qd_answer_clear(qd_answer_t a);
void qd_answer_swap(qd_answer_t a, qd_answer_t b);

/* What can be said about net on the domain, all of it exact or labelled.
     ->    QD_OK: exact. QD_EUNABLE: a lower bound when a->count.patterns > 0 (a budget ran out, or no engine is exact for this network; the
           message says which), else nothing is known. QD_EINPUT: dependent steps, an empty box, a box that is half open in two or more
           dimensions
     cost  that of the engine; forms and product: those of the smaller problems */
qd_status qd_engine_compute(qd_answer_t a, const qd_net_t net, const qd_domain *domain, const qd_engine_options *options, qd_ctx_t ctx);
/* The counts alone; *count is set whenever something is known. */
qd_status qd_engine_count(qd_count *count, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx);

/* ---- structure ----------------------------------------------------------------------------- */

/* A domain with all coordinates said, which owns what it is made of. */
typedef struct {
    slong n, dim;      /* inputs, coordinates */
    fmpq *base, *step; /* owned, (n), (dim, n) */
    fmpq *lo, *hi;     /* owned, (dim); NULL: the whole space */
    qd_domain d;       /* the same for others */
} qd_box_struct;
typedef qd_box_struct qd_box_t[1];

void qd_box_init(qd_box_t b, slong n, slong dim, bool bounded); /* base 0, steps 0 */
void qd_box_clear(qd_box_t b);
void qd_box_swap(qd_box_t a, qd_box_t b);
/* The domain in full. It must have both ends or none. */
void qd_box_set(qd_box_t b, const qd_domain *d, slong inputs);

/* A network that depends on its coordinates only through linear forms s = G t: on one, it is a network on a line; on two, in a plane.

   The forms are those in which the first layer that is not affine is written, as polynomials: the span of the rows of the symmetric
   matrix and the linear part of each of its units, over Q, in coordinates t of the domain. G is the reduced row echelon form of it.

   The whole space: t -> G t is linear and onto, and the preimage of a connected open set under it is connected and open; so regions and
   pieces, and whether they are neighbours, correspond one to one, and patterns are the same. Fewer forms than coordinates: none of the regions is
   bounded, and none has holes (each component of a complement is a union of lines).
   A box: t -> G t maps its interior onto an open convex set with convex fibres, so the same holds with regions in the image. When the rows of
   G have disjoint supports, the image is a box; for two forms that share coordinates a polygon (polygon.c); otherwise this road is closed. Every region then reaches the box's boundary along a fibre,
   and every point outside of it is joined to infinity along its own. */
typedef struct {
    slong k, r;   /* coordinates, forms */
    fmpq *g;      /* owned, (r, k), the reduced row echelon form */
    slong *pivot; /* owned, (r) */
} qd_forms_struct;
typedef qd_forms_struct qd_forms_t[1];

void qd_forms_init(qd_forms_t f);
void qd_forms_clear(qd_forms_t f);
/* The forms, when there are fewer than coordinates and at most QD_FORMS_MOST; else f->r = k and f->g is not set. A network that depends on
   nothing has the first coordinate as its form. */
void qd_forms_find(qd_forms_t f, const qd_lowered_t low, const qd_box_t box);
#define QD_FORMS_MOST 16
/* Does no coordinate occur in two forms? */
bool qd_forms_disjoint(const qd_forms_t f);
/* The least box in the coordinates s that the box goes into; onto, if the forms are disjoint. */
void qd_forms_reduce(qd_box_t reduced, const qd_forms_t f, const qd_box_t box);
/* Coordinates t inside the box with G t = s, s inside the reduced box; without a box, or where the forms are disjoint. */
void qd_forms_lift(fmpq *t, const qd_forms_t f, const qd_box_t box, const qd_box_t reduced, const fmpq *s);

/* Which coordinates never meet before the layers at the end that do not switch. Then
   - the pattern is that of all blocks together, the set of a pattern is the product of sets, and so patterns and regions (components of a
     product are products of components) are products;
   - two regions that differ in one block share a boundary of codimension 1 iff they do in that block, and those that differ in several
     share none;
   - where the layers at the end are affine, the output is a sum of functions of the blocks: across a boundary outputs agree iff the
     block's do, so pieces are products too. Where they multiply (f(x) g(y) is one piece where g is 0, whatever f is) pieces are counted
     from the list of regions;
   - a region is bounded iff all its factors are. Its complement has no bounded component: who is outside in one block can go to infinity
     in another. */
typedef struct {
    slong k, n;       /* coordinates, blocks */
    slong *block;     /* owned, (k) */
    slong first, end; /* the layers that are cut into blocks: from the first that is not affine to those at the end */
    bool sum;         /* those at the end are affine */
    slong **unit;     /* owned, [layer - first][unit]: its block, -1: it is constant */
} qd_blocks_struct;
typedef qd_blocks_struct qd_blocks_t[1];

void qd_blocks_init(qd_blocks_t b);
void qd_blocks_clear(qd_blocks_t b);
/* The finest blocks with affine layers at the end, or, where these are one, with any layers that do not switch. */
void qd_blocks_find(qd_blocks_t b, const qd_lowered_t low, const qd_box_t box);
/* The network of one block: without the units of the others, whose share of the outputs is left out; without the layers at the end, unless they
   are affine, the outputs are the units of the last layer before. Constant units stay.
     bit  (out) length qd_net_nswitching(net): the pattern bits in the whole network, ascending */
void qd_blocks_part(qd_net_t net, slong *bit, const qd_blocks_t b, const qd_lowered_t low, slong block);

#ifdef __cplusplus
}
#endif
#endif
