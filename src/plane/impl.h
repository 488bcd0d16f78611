/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/plane share.

   The plane is covered by charts. Chart 0 is a rectangle; where the whole plane is asked for, charts 1 to 4 are the sectors outside it:
   chart k has coordinates s, t in [0,1] and shows the point c + (e_k(t) - c) / s, e_k(t) on side k - 1 of the rectangle and c inside it, so
   s = 1 is the side and s = 0 the line at infinity. In homogeneous coordinates (X, Y, W) all charts are linear in s and t,
       chart 0:  X = s, Y = t, W = 1;      chart k:  X = c_x s + (e_x(t) - c_x), Y likewise, W = s,
   and a polynomial f of degree d becomes W^d f(X/W, Y/W), of total degree at most d in s and t and of the sign of f for s > 0. */
#ifndef QD_PLANE_IMPL_H
#define QD_PLANE_IMPL_H

#include <flint/fmpz_mpoly.h>
#include <flint/fmpz_mpoly_factor.h>

#include "plane/plane.h"

/* ---- polynomials of total degree at most d in s and t --------------------------------------- */

/* Coefficients are numbered by rows of s^i: (0,0) .. (0,d), (1,0) .. (1,d-1), ... */
static inline slong qd_plane__terms(slong d)
{
    return (d + 1) * (d + 2) / 2;
}

static inline slong qd_plane__row(slong d, slong i)
{
    return i * (d + 1) - i * (i - 1) / 2;
}

/* n polynomials side by side: coefficient k of polynomial u is c[k * stride + u]. */
typedef struct {
    slong degree, n, stride; /* stride: n rounded up to QD_PLANE_LANES */
    double *c;               /* (terms, stride) */
    double *size, *rad;      /* (stride): sum of |c| R^(i+j), and a bound of the difference to the true polynomial, for |s|, |t| <= R */
} qd_plane_block;

#define QD_PLANE_LANES 8
/* Above it 1 + (4 d + 12) EPS and the like are no longer safe by far, and exact steps would not end. */
#define QD_PLANE_MAX_DEGREE 64
#define QD_PLANE_EPS 0x1p-53

/* ---- sheets: the units of one layer along one pattern of the layers below --------------------- */

/* Cuts of a chart. */
#define QD_PLANE_DEEPEST 84

/* Coefficients to more digits than doubles have (fine.c). */
typedef struct qd_plane_fine qd_plane_fine;

/* A curve: the zeros of one polynomial, which changes sign across it. */
typedef struct {
    int block;
    slong column;
    slong pencil;        /* curves of one pencil are the level sets h = rho of one function h, which do not meet; -1: none */
    double rho;          /* orders the curves of a pencil */
    slong factor;        /* number of qd_plane_exact, or -1 */
    qd_plane_fine *fine; /* of that polynomial, made when asked for */
    signed char sign;    /* on the box of number `box`, at the depth `depth` of the tree, and on all boxes in it; 0: none */
    int depth;
    int64_t box;
    bool dead; /* replaced by its factors */
    bool tied; /* a unit of a layer above vanishes on it and is known by its sign on one side only */
} qd_plane_curve;

/* A unit: its sign is `sign` times the product of the signs of its curves. */
typedef struct {
    signed char sign; /* 0: the pre-activation is identically zero here */
    bool refined;     /* its curves are irreducible, or level sets of one function */
    slong ncurves;
    slong *curve;
    slong nfactors;               /* -1 until they are known: all irreducible factors, even ones too, as numbers of qd_plane_exact */
    slong *factor, *multiplicity; /* multiplicity: 1 odd, 2 even */
    signed char factor_sign;      /* of the constant factor */
    slong pencil;                 /* number of the pencil of this function, 0: none yet */
} qd_plane_unit;

/* The function of one pre-activation h that everything above it is while no other unit of its layer gets through. */
typedef struct qd_plane_levels {
    struct qd_plane_levels *next;
    slong unit;
    slong n;          /* levels h = rho where a pattern ends; -1: not known */
    double *lo, *hi;  /* (n): lo <= rho <= hi, disjoint and ascending */
    qd_word *pattern; /* (n + 1, nwords) */
} qd_plane_levels;

typedef struct qd_plane_sheet {
    struct qd_plane_sheet *below; /* of the layer below; NULL for the first layer */
    struct qd_plane_sheet *next;  /* in its chain of the table */
    slong layer;
    qd_word *pattern;        /* of the layers below */
    bool switches, levelled; /* levelled: its curves are level sets of the active function, where that was possible */
    qd_plane_block z;        /* pre-activations of all units */
    int nblocks;
    qd_plane_block *block; /* of curves; block[0] is z */
    slong ncurves, curves_room;
    qd_plane_curve *curve;
    qd_plane_unit *unit; /* per unit of the layer */
    /* Is everything from here on a polynomial of one function, the pre-activation `active` of `active_sheet`? */
    struct qd_plane_sheet *active_sheet;
    slong active;
    qd_plane_levels *levels; /* those that were asked for */
    qd_plane_fine **fine;    /* (units), made when asked for; NULL before */
} qd_plane_sheet;

/* The weights of a layer in doubles, one row an input, units side by side. */
typedef struct {
    slong in, out, stride;
    double *r, *g, *w;   /* (in, stride) */
    double *r0, *g0, *b; /* (stride) */
    slong npairs;
    slong *pair;        /* (npairs, 3): i, j, and the next pair with the same i */
    double *q;          /* (npairs, stride): coefficients of a_i a_j */
    char *only_product; /* (out): the pre-activation is r g */
    bool products;      /* of some unit */
} qd_plane_layer;

/* ---- one chart -------------------------------------------------------------------------------- */

typedef struct {
    int chart;
    double s0, s1, t0, t1;
} qd_plane_box;

/* The network on its domain in the chosen coordinates; shared by all threads. */
typedef struct {
    qd_restriction m;
    slong inputs;
    qd_domain domain;     /* its coordinates are those of chart 0; arrays owned */
    fmpq *centre, *scale; /* (2), owned: t_k = centre_k + scale_k (coordinate k of chart 0) */
    bool whole;
    double x0, x1, y0, y1, cx, cy; /* the rectangle of chart 0 and the centre of the sectors */
    double R;                      /* of chart 0; 1 for the others */
    slong switching;               /* layers up to the last one with switching units */
    int attempt;                   /* which places are cut at */
    bool leaves;                   /* weights and degrees are in the range of doubles */
    qd_plane_layer *layer;
} qd_plane_model;

/* The coordinates of chart 0 of a point of a chart. */
void qd_plane__point(fmpq *c, const qd_plane_model *p, int chart, const fmpq_t s, const fmpq_t t);
void qd_plane__model_init(qd_plane_model *p, const qd_net_t net, const qd_domain *domain, uint64_t seed);
void qd_plane__model_clear(qd_plane_model *p);
/* QD_EINPUT: no plane, or no box in it. */
qd_status qd_plane__check_domain(const qd_net_t net, const qd_domain *d, qd_ctx_t ctx);

/* ---- what one thread records ------------------------------------------------------------------- */

/* Faces of leaves and the curves between them. A face is a part of a region, a node a part of a curve. */
typedef struct {
    slong nwords;
    slong nfaces, faces_room;
    qd_word *pattern; /* (faces_room, nwords) */
    slong *face;      /* parent of each face: a forest of regions */
    double *where;    /* (faces_room, 3): chart, s, t of a point in it or on its boundary */
    char *inner;      /* is the point inside for certain? */
    slong nnodes, nodes_room;
    slong *node; /* parent of each node: a forest of connected curves */
    slong nwalls, walls_room;
    slong *wall; /* (walls_room, 3): faces on both sides, node of the curve between them */
    slong ntouches, touches_room;
    slong *touch; /* (touches_room, 2): a face and a node where it reaches the frame in a point only */
    slong nopen, open_room;
    slong *open; /* parent of each open node of the tree: a forest of those that touch */
    slong nholes, holes_room;
    slong *hole; /* (holes_room, 2): an open node and a face next to it */
    slong ncross, cross_room;
    slong *cross; /* (ncross): places where curves meet, one after the other: number of nodes, point (see vertex_add), the nodes */
    int64_t vertices, edges; /* of the curves: end points on sides that were zipped count once */
} qd_plane_record;

void qd_plane__record_init(qd_plane_record *r, slong nwords);
void qd_plane__record_clear(qd_plane_record *r);
slong qd_plane__face_new(qd_plane_record *r, const qd_word *pattern, int chart, double s, double t, bool inner);
slong qd_plane__node_new(qd_plane_record *r);
void qd_plane__wall_add(qd_plane_record *r, slong a, slong b, slong node);
void qd_plane__touch_add(qd_plane_record *r, slong face, slong node);
/* The curves of these nodes meet in a point. Nodes are only united where one curve goes on, so that it can be told later which curves meet. point: a
   node for the place itself, to be united with that of a neighbour on the other side of the box's boundary, or -1. */
void qd_plane__vertex_add(qd_plane_record *r, slong point, const slong *node, slong n);
slong qd_plane__open_new(qd_plane_record *r);
void qd_plane__hole_add(qd_plane_record *r, slong open, slong face);
/* Forgets what came after `before`, a copy of the structure. */
void qd_plane__record_drop(qd_plane_record *r, const qd_plane_record *before);
/* Appends b, which is cleared, to a; shift: what was added to the numbers of faces, nodes and open nodes. */
void qd_plane__record_append(qd_plane_record *a, qd_plane_record *b, slong shift[3]);
slong qd_plane__find(slong *parent, slong i);
/* false: the patterns differ, which must not happen. */
bool qd_plane__unite_faces(qd_plane_record *r, slong a, slong b);
void qd_plane__unite_nodes(qd_plane_record *r, slong a, slong b);

/* ---- curves.c ------------------------------------------------------------------------------------- */

/* region: of each face; chain: the forest of nodes, before those that meet were united; end: nodes on the frame. false: places do not fit together
   in these boxes. */
bool qd_plane__curves(qd_plane_curves_t c, qd_plane_record *r, const slong *region, slong *chain, const slong *end, slong nends);

/* ---- forms on a box ------------------------------------------------------------------------------ */

/* A tensor Bernstein form of degree (m, m): |b - true| <= rad, |b| + rad <= size. */
typedef struct {
    slong degree, room;
    double *b; /* owned, (m + 1, m + 1) */
    double size, rad;
} qd_plane_form;

#define QD_PLANE_OPEN 4

/* A sheet on a box: the signs of its curves, 0 where it is not known; the first QD_PLANE_OPEN of these are in `open`. */
typedef struct {
    qd_plane_sheet *sheet;
    signed char *sign; /* owned */
    slong room, nopen;
    slong open[QD_PLANE_OPEN];
} qd_plane_view;

typedef struct {
    double s0, s1, t0, t1; /* the derivative for s (over the side of the box) lies in [s0, s1], for t in [t0, t1] */
} qd_plane_gradient;

/* A root along side 0 (s = s0), 1 (s = s1), 2 (t = t0) or 3 (t = t1), in (lo, hi) of [0,1]. */
typedef struct {
    const qd_plane_form *form;
    int side;
    double lo, hi;
    int left; /* sign before it */
} qd_plane_root;

/* ---- a worker ----------------------------------------------------------------------------------- */

/* Bernstein coefficients of powers on the s- or t-range of a box. */
typedef struct {
    double *b;
    int64_t box;
} qd_plane_basis;

/* Irreducible integer polynomials in the coordinates of the domain, each once. */
typedef struct qd_plane_exact qd_plane_exact;

typedef struct {
    const qd_plane_model *model;
    int chart; /* of the sheets below */
    qd_arena arena;
    qd_plane_sheet **table;
    slong table_size, nsheets, npencils;
    qd_plane_sheet *root;
    qd_path path;
    qd_plane_exact *exact;
    qd_plane_record record;
    double *work; /* grows */
    size_t work_room;
    qd_plane_box box;                    /* number `boxes` */
    int depth;                           /* of the box, -1: it is none of the tree */
    int64_t trail[QD_PLANE_DEEPEST + 2]; /* numbers of the box and of those around it, by depth */
    qd_plane_basis basis[2 * (QD_PLANE_MAX_DEGREE + 1)];
    double *triangle[QD_PLANE_MAX_DEGREE + 1]; /* of fine.c */
    qd_plane_fine *fine;                       /* all that were made */
    qd_plane_form form[4][QD_PLANE_OPEN];
    qd_plane_form level, spare;
    qd_plane_view view[4];
    int nviews;
    int64_t boxes, resolved;
    bool holes;  /* open nodes instead of failure */
    bool out;    /* the budget ran out */
    bool broken; /* sides did not fit */
    qd_ctx_struct *ctx;
} qd_plane_worker;

void qd_plane__worker_init(qd_plane_worker *w, const qd_plane_model *model);
void qd_plane__worker_clear(qd_plane_worker *w);
/* Forgets the sheets of another chart. */
void qd_plane__worker_chart(qd_plane_worker *w, int chart);

/* ---- compose.c ------------------------------------------------------------------------------------ */

/* The inputs of a layer, all of one degree. */
typedef struct {
    slong n, degree;
    double *a;          /* (n, terms) */
    double *size, *rad; /* (n) */
    char *on;           /* (n): 0: identically zero */
} qd_plane_inputs;

qd_plane_block qd_plane__block_new(qd_arena *arena, slong degree, slong n);
/* size from c */
void qd_plane__block_size(qd_plane_block *b, double R);
/* X, Y, W of a chart: coefficients of 1, t, s. */
void qd_plane__coordinates(double c[3][3], const qd_plane_model *p, int chart);
/* Inputs of the layer above `below` (NULL: of the first) when its units have the bits `bit`. */
void qd_plane__inputs(qd_plane_inputs *in, qd_plane_worker *w, const qd_plane_sheet *below, const char *bit, qd_arena *scratch);
/* Pre-activations of layer l (in the arena of w), and where the layer has products their factors (in scratch). */
void qd_plane__preactivations(qd_plane_block *z, qd_plane_block *r, qd_plane_block *g, qd_plane_worker *w, const qd_plane_inputs *in,
                              slong l, qd_arena *scratch);

/* ---- exact.c ---------------------------------------------------------------------------------------- */

/* Irreducible integer polynomials in the coordinates of chart 0, each once and with a positive leading coefficient. */
void qd_plane__exact_init(qd_plane_exact **x);
void qd_plane__exact_clear(qd_plane_exact *x);
const fmpz_mpoly_ctx_struct *qd_plane__exact_ctx(const qd_plane_exact *x);
const fmpz_mpoly_struct *qd_plane__exact_poly(const qd_plane_exact *x, slong i);
/* The number of an irreducible polynomial; *flip: it was multiplied by -1. */
slong qd_plane__exact_add(qd_plane_exact *x, const fmpz_mpoly_t p, bool *flip);
/* f from a polynomial of a path. */
void qd_plane__exact_set(fmpz_mpoly_t f, const fmpz_poly_struct *p, slong stride, const qd_plane_exact *x);
/* g(s,t) = a positive multiple of W^deg(f) f(X/W, Y/W). */
void qd_plane__exact_chart(fmpz_mpoly_t g, const fmpz_mpoly_t f, const qd_plane_model *p, int chart, const qd_plane_exact *x);

/* ---- sheet.c ---------------------------------------------------------------------------------------- */

/* The sheet of the next layer when this one has the bits `bit` (one char a unit, 0 or 1); made when it is not there. */
qd_plane_sheet *qd_plane__sheet_above(qd_plane_worker *w, qd_plane_sheet *s, const char *bit);
/* The pattern above a sheet whose units have these bits. */
void qd_plane__pattern_above(qd_word *pattern, const qd_plane_worker *w, const qd_plane_sheet *s, const char *bit);
/* The sheet of the first layer. */
qd_plane_sheet *qd_plane__sheet_first(qd_plane_worker *w);
/* A new curve, column `column` of a block; its number. A new block of curves; its number. Room for the n curves of a unit. All in the arena of w. */
slong qd_plane__curve_add(qd_plane_worker *w, qd_plane_sheet *s, int block, slong column);
int qd_plane__block_add(qd_plane_worker *w, qd_plane_sheet *s, qd_plane_block b);
void qd_plane__unit_curves(qd_plane_worker *w, qd_plane_unit *u, slong n);

/* ---- refine.c --------------------------------------------------------------------------------------- */

/* All irreducible factors of a unit, exactly: unit->sign is 0 afterwards when it is identically zero, else unit->factor is there.
     -> QD_EUNABLE: the degree is too high, or the budget ran out */
qd_status qd_plane__sheet_factor(qd_plane_worker *w, qd_plane_sheet *s, slong unit);
/* The same, and its irreducible factors of odd multiplicity become the curves of the unit. */
qd_status qd_plane__sheet_refine(qd_plane_worker *w, qd_plane_sheet *s, slong unit);

/* ---- box.c ------------------------------------------------------------------------------------------ */

void qd_plane__binomials(void); /* fills a table; before anything else */
/* The sheet on w->box; forms of the open curves go to forms[0..]. */
void qd_plane__view(qd_plane_view *v, qd_plane_worker *w, qd_plane_sheet *s, qd_plane_form *forms);
/* Column u of a block on w->box. */
void qd_plane__form(qd_plane_form *f, qd_plane_worker *w, const qd_plane_block *b, slong u);
void qd_plane__gradient(qd_plane_gradient *g, const qd_plane_form *f);
/* No closed curve, no singular point: a component of the gradient keeps its sign. */
bool qd_plane__regular(const qd_plane_gradient *g);
/* At most one common point, and a crossing: the determinant of the gradients keeps its sign. */
bool qd_plane__cone(const qd_plane_gradient *a, const qd_plane_gradient *b);
/* No common point: a combination f - l g keeps its sign. *left: its largest coefficient over its error; below 2 or so the two are
   proportional as far as doubles see. */
bool qd_plane__apart(double *left, const qd_plane_form *f, const qd_plane_form *g);
/* Certified sign at a corner, 0: not known. */
int qd_plane__corner(const qd_plane_form *f, int i, int j);
/* 0 or 1: certainly so many simple roots along a side and none at its ends; -1: not known. */
int qd_plane__variations(const qd_plane_form *f, int side);
void qd_plane__root_init(qd_plane_root *r, const qd_plane_form *f, int side);
/* -1: a lies before b, 1: behind it; 0: not separated. */
int qd_plane__separate(qd_plane_root *a, qd_plane_root *b);

/* ---- fine.c ------------------------------------------------------------------------------------------ */

/* The form of a curve, which has its degree and room already, to the last digit of a double; false: its exact polynomial is not at hand. */
bool qd_plane__fine_curve(qd_plane_form *f, qd_plane_worker *w, qd_plane_sheet *s, slong curve);
/* The same for the pre-activation of a unit; true up to a factor near 1, 1 + QD_PLANE_FINE_SCALE. false: its size is not that certain. */
bool qd_plane__fine_unit(qd_plane_form *f, qd_plane_worker *w, qd_plane_sheet *s, slong unit);
#define QD_PLANE_FINE_SCALE 0x1p-30
/* The coefficients of g - rho 2^shift W^d, as the block has them; kept by w. */
qd_plane_fine *qd_plane__fine_level(qd_plane_worker *w, const fmpz_mpoly_t g, const qd_plane_block *b, const qd_alg_t rho, slong shift);
void qd_plane__fine_forget(qd_plane_worker *w);
/* Has the form lost so many digits? */
static inline bool qd_plane__is_coarse(const qd_plane_form *f)
{
    return f->size < 0x1p10 * f->rad;
}

/* ---- leaf.c ----------------------------------------------------------------------------------------- */

/* What is met along a side, ascending: region, node, region, ..., region (2 n - 1 numbers for n regions). */
typedef struct {
    slong n;
    slong *e; /* owned */
} qd_plane_side;

typedef struct {
    bool ok;
    qd_plane_side side[4]; /* s = s0, s = s1 (t ascending), t = t0, t = t1 (s ascending) */
} qd_plane_patch;

/* Can doubles say what is on w->box? Then patch has its sides, and its faces are recorded. *suspect: some curve looks like zero or like a
   multiple of another one. The open curves of all sheets that were looked at are in w->view[0 .. w->nviews - 1]. */
bool qd_plane__leaf(qd_plane_patch *patch, qd_plane_worker *w, bool *suspect);
void qd_plane__side_init(qd_plane_side *side, slong n);
/* A box of one face. */
void qd_plane__whole_box(qd_plane_patch *patch, qd_plane_worker *w, const qd_word *pattern);

/* ---- level.c ---------------------------------------------------------------------------------------- */

/* The same where all units of the sheet are zero on w->box but one. */
bool qd_plane__level_leaf(qd_plane_patch *patch, qd_plane_worker *w, qd_plane_sheet *s, slong unit);

/* ---- tree.c ----------------------------------------------------------------------------------------- */

/* A box by leaves, halves and exact steps; depth 0 at the root of a chart. Without `holes` patch->ok is false where all of that failed. With
   holes, or when the budget ran out, what could not be solved becomes an open node, an entry QD_PLANE_HOLE - h of its sides. */
void qd_plane__solve(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, int depth);
/* Glues two sides of the same set of points; both are freed.  false: they do not fit, which must not happen. */
bool qd_plane__zip(qd_plane_worker *w, qd_plane_side *a, qd_plane_side *b);
/* The side b behind a, on one line, as one side; both are freed. */
bool qd_plane__join(qd_plane_side *to, qd_plane_worker *w, qd_plane_side *a, qd_plane_side *b);
/* Cuts the box; which: 0 by a value of s, 1 by one of t. */
#define QD_PLANE_ATTEMPTS 3
void qd_plane__halves(qd_plane_box *a, qd_plane_box *b, int *which, const qd_plane_box *box, int depth, int attempt);
void qd_plane__merge(qd_plane_patch *patch, qd_plane_worker *w, qd_plane_patch *a, qd_plane_patch *b, int which);
void qd_plane__patch_clear(qd_plane_patch *p);

#define QD_PLANE_HOLE (-2)

/* The units that may have a zero on a box, along all patterns that may occur there. */
typedef struct {
    qd_plane_sheet *sheet;
    slong unit;
} qd_plane_function;
/* *n < 0: more than max. */
void qd_plane__functions(qd_plane_function *f, slong *n, slong max, qd_plane_worker *w, const qd_plane_box *box);

/* ---- resolve.c -------------------------------------------------------------------------------------- */

/* The box by exact algebra.  frame[side]: the side is glued to nothing.
     -> QD_OK; QD_EUNABLE: too many functions, too high degrees, a curve along a side that is glued, or the budget ran out */
qd_status qd_plane__resolve(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, const bool frame[4]);

#endif
