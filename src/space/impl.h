/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/space share.

   Chart. A box is [-1,1]^dim in coordinates s, t_k = centre_k + scale_k s_k. The whole space is s = t, without the coordinates that the first
   layer does not see: its weights have rank dim, and t_k = 0 for the others changes nothing.

   Cells are polyhedra without lines, known by their generators: vertices (x, 1) and, in the whole space, rays (x, 0), which lie on the facet at
   infinity. Both are called vertices below. Every inequality that a cell has met is a facet of it, also one that only touches it; the set of
   facets on which a vertex lies is complete.

   Forms. Unit u of a layer is, on a cell, z(x, x0) = sum_k c_k x_k + c_dim x0. In doubles |c_k - true| <= rad for all k. A vertex has doubles x
   with |x_k - true| <= err for the vertex, for some positive multiple of the ray. With S = sum |x_k| + x0, computed,

       |fl(z(x)) - z(true)| <= R S + G err,   R >= rad + (dim + 3) EPS max |c_k|,   G >= sum_(k<dim) |c_k| + dim rad:

   (dim + 1 products and sums err by at most (dim + 2) EPS sum |c_k x_k|; the coefficients by rad S; the point by sum |true c_k| err.) R and G are
   enlarged by 1 + 2^-30, which also covers their own rounding, that of S, and that of R S + G err. Underflow: 2^-900 is in rad; a sum has
   less than 2^20 terms, weights are between 2^-100 and 2^100, so what underflow loses is far below. Overflow: R is infinite and the form 0 where a
   coefficient is above QD_SPACE_HUGE or not a number, and S and err are infinite where a place is; then no sign is decided by doubles. */
#ifndef QD_SPACE_IMPL_H
#define QD_SPACE_IMPL_H

#include "space/space.h"

#define QD_SPACE_MAX 8 /* dimensions in which cells have vertices */
#define QD_SPACE_EPS 0x1p-53
#define QD_SPACE_SAFE (1 + 0x1p-30)
#define QD_SPACE_HUGE 0x1p400

/* ---- model.c: the network in the chart, shared by all threads --------------------------------------- */

/* The weights of a layer in doubles, one row an input, units side by side. */
typedef struct {
    slong in, out, stride; /* stride: out rounded up to 8 */
    double *w;             /* (in, stride) */
    double *b;             /* (stride) */
    double *off;           /* (out): what an inactive unit is multiplied by */
} qd_space_layer;

/* A hyperplane that the whole space is cut by at first: a unit of the first layer, or s_coordinate = 0. */
typedef struct {
    slong unit, coordinate; /* unit -1: the coordinate */
} qd_space_cut;

typedef struct {
    qd_restriction m; /* in the coordinates s */
    slong dim, full;  /* of the chart, of the domain */
    bool whole;
    slong *at;            /* (dim): s_k belongs to t_at[k] */
    fmpq *centre, *scale; /* (dim) */
    slong layers;         /* up to the last one that switches */
    qd_space_layer *layer;
    slong ncuts; /* dim in the whole space, else 0 */
    qd_space_cut cut[QD_SPACE_MAX];
} qd_space_model;

void qd_space__model_init(qd_space_model *p, const qd_net_t net, const qd_domain *domain, uint64_t seed);
void qd_space__model_clear(qd_space_model *p);
/* t, length full, of the chart's point s. */
void qd_space__point(fmpq *t, const qd_space_model *p, const fmpq *s);

/* ---- stack.c: memory that is given back in the order of a recursion ---------------------------------- */

typedef struct {
    char **block;
    size_t *room;
    slong n, at; /* blocks, and the one in use */
    size_t used; /* of it */
} qd_space_stack;

typedef struct {
    slong at;
    size_t used;
} qd_space_mark;

void qd_space__stack_clear(qd_space_stack *s);
/* 64-byte aligned; lives until the stack is set back to a mark taken before. */
void *qd_space__take(qd_space_stack *s, size_t bytes);
static inline qd_space_mark qd_space__mark(const qd_space_stack *s)
{
    return (qd_space_mark){s->at, s->used};
}
static inline void qd_space__release(qd_space_stack *s, qd_space_mark m)
{
    s->at = m.at;
    s->used = m.used;
}

/* ---- cells -------------------------------------------------------------------------------------------- */

typedef struct {
    double x[QD_SPACE_MAX + 1];   /* x[dim] is x0: 1, or 0 for a ray, whose largest |x_k| is about 1 */
    double err, size;             /* size: S, or more */
    bool located;                 /* x comes from the basis: it will not become better */
    uint16_t facets;              /* how many are in `on` */
    signed char orient;           /* exact.c; 0: not known */
    uint16_t basis[QD_SPACE_MAX]; /* dim facets whose forms are independent and determine it */
    uint64_t on[];                /* set of the facets on which it lies, (words) */
} qd_space_vertex;

typedef enum { QD_SPACE_INFINITY, QD_SPACE_SIDE, QD_SPACE_CUT, QD_SPACE_UNIT } qd_space_kind;

/* A half-space side * form >= 0. */
typedef struct {
    qd_space_kind kind;
    int side;
    slong layer, unit; /* SIDE: s_unit = -1 (layer 0) or 1; CUT: s_unit = 0 */
    double c[QD_SPACE_MAX + 1], rad, R;
} qd_space_facet;

/* The units of a layer on a cell. */
typedef struct {
    double *c;                        /* (dim + 1, stride) */
    double *rad, *R, *G;              /* (stride) */
    double *most;                     /* (stride): max |c_k| */
    double *lo, *hi;                  /* (stride): certain bounds on a cell */
    double *in;                       /* (in, dim + 2): active inputs as forms, and what each adds to the radius of a unit of weight 1 */
    slong *at;                        /* (in): which inputs these are */
    slong *open;                      /* (out): the units that may change sign on the cell */
    double *open_c, *open_R, *open_G; /* the same of those units alone: (dim + 1, stride), (stride) */
} qd_space_forms;

/* ---- a worker ------------------------------------------------------------------------------------------- */

/* Regions as they are found. */
typedef struct {
    slong n, room;
    qd_word *pattern; /* (n, nwords) */
    char *bounded;
    double *point;  /* (n, dim), s; NULL when not wanted */
    slong *flips;   /* (n + 1): flip[flips[i] .. flips[i + 1] - 1] are the bits, 0 here, that alone are 1 in a neighbour */
    uint32_t *flip; /* (flips_room) */
    slong flips_room;
    slong nother, other_room; /* neighbours that differ in several bits */
    slong *other_of;
    qd_word *other; /* (nother, nwords) */
    slong nexact, exact_room;
    slong *exact_of; /* ascending: regions whose point no double shows to be inside */
    fmpq *exact;     /* (nexact, dim) */
} qd_space_record;

/* What all workers share. */
typedef struct {
    const qd_space_model *model;
    qd_space_want want;
    int words;             /* of a set of facets */
    int frontier;          /* nodes of the tree after so many splits are shared out; 0: there is one worker */
    unsigned char *taken;  /* (1 << frontier), atomic */
    bool stop, more_words; /* atomic: the budget ran out; a cell has more facets than sets have room for */
    bool unknown;          /* atomic: a linear program was not decided */
} qd_space_job;

typedef struct {
    qd_space_job *job;
    const qd_space_model *model;
    slong dim;
    int words;
    qd_path path;
    qd_word *pattern; /* of the cell, as far as it is known */
    qd_space_stack stack;
    qd_space_forms *forms;
    qd_space_facet
        *table; /* (64 words): facets of the cells from the root to the current one; a number that the current cell does not use is free */
    uint64_t *frame;      /* facets on the boundary of the domain; their numbers are used for nothing else */
    const uint64_t *used; /* facets of the current cell */
    slong nzero, *zero;   /* bits of units that are zero on the cell */
    int depth;            /* splits above it */
    slong node;           /* number of the next node of the frontier */
    int64_t work;         /* since the budget was asked */
    qd_space_record record;
    qd_ctx_struct *ctx;
} qd_space_worker;

/* A vertex in a cell of a layer. */
typedef struct {
    qd_space_vertex *v;
    double *
        val; /* err, size, and from QD_SPACE_ROW on the values of the open units; err and size are those of the x that they were computed from */
} qd_space_entry;

#define QD_SPACE_ROW 8

/* A cell in a layer. */
typedef struct {
    slong n;
    qd_space_entry *e; /* (n) */
    uint8_t *open;     /* (blocks): the open units that may still change sign, eight a byte */
    signed char *sign; /* (n): of the unit that is looked at */
    uint64_t *used;    /* its facets, once they are asked for; else NULL */
    bool simple;       /* then: every vertex lies on dim facets */
} qd_space_cell;

/* A layer on the way down. */
typedef struct {
    qd_space_worker *w;
    slong l, m, blocks; /* the layer; z->open[0 .. m - 1], in blocks of eight */
    qd_space_forms *z;
} qd_space_level;

void qd_space__worker_init(qd_space_worker *w, qd_space_job *job, qd_ctx_t ctx);
void qd_space__worker_clear(qd_space_worker *w);

/* ---- forms.c: doubles, units side by side ---------------------------------------------------------------- */

/* Forms of layer l under w->pattern. */
void qd_space__forms(qd_space_worker *w, slong l);
/* lo and hi of the forms, from all vertices of a cell. */
void qd_space__range(qd_space_worker *w, slong l, const qd_space_entry *e, slong n);
/* open_c, open_R, open_G for z->open[0 .. m - 1]. */
void qd_space__gather_open(qd_space_worker *w, slong l, slong m);
/* Rows of n vertices, from the places that they have now; blocks without open units are left out. */
void qd_space__fill(const qd_space_worker *w, slong l, slong blocks, const uint8_t *open, qd_space_entry *e, slong n);
/* Takes the units of one certain sign out of open; those that are positive are in plus. */
void qd_space__decide(uint8_t *open, uint8_t *plus, const qd_space_worker *w, slong l, slong blocks, const qd_space_entry *e, slong n);

/* ---- solve.c ------------------------------------------------------------------------------------------------ */

/* A x = y in doubles, A by columns; r[i]: how far the coefficients of row i may be from the truth. */
typedef struct {
    double column[QD_SPACE_MAX][QD_SPACE_MAX], y[QD_SPACE_MAX], r[QD_SPACE_MAX];
} qd_space_equations;

/* x, and how far its coordinates are at most from those of the true solution; INFINITY: nothing is known. */
double qd_space__solve(double *x, const qd_space_equations *q, int dim);

/* ---- vertex.c: places ---------------------------------------------------------------------------------- */

/* x from the basis, and its error; infinite when doubles cannot tell. */
double qd_space__place(double *x, const qd_space_worker *w, const qd_space_vertex *v);
/* The same for the vertex's own x and err, if it is better. */
void qd_space__locate(qd_space_worker *w, qd_space_vertex *v);
/* x and err of the point between p and q where the unit of value zp at p and zq at q, known within tp and tq, is zero. */
void qd_space__between(qd_space_worker *w, qd_space_vertex *v, const qd_space_vertex *p, const qd_space_vertex *q, double zp, double tp,
                       double zq, double tq);

/* dim + 1 integers, the constant last. */
void qd_space__exact_row(fmpz *row, const fmpz_poly_struct *p, slong dim);

/* ---- exact.c ---------------------------------------------------------------------------------------------- */

/* A positive multiple of the form of a unit under w->pattern: a polynomial, see qd_path. */
const fmpz_poly_struct *qd_space__exact_form(qd_space_worker *w, slong l, slong unit);
/* The sign of a unit at a vertex. */
int qd_space__exact_sign(qd_space_worker *w, qd_space_vertex *v, slong l, slong unit);
/* dim - 1 independent facets among those in `common`, whose rank is dim - 1. */
void qd_space__choose(uint16_t *basis, qd_space_worker *w, const uint64_t *common);
/* The mean of the vertices among e, and from there along the sum of the rays. */
void qd_space__exact_point(fmpq *s, qd_space_worker *w, const qd_space_entry *e, slong n);
/* The neighbour's pattern behind a facet of the current cell on which exactly the given bits vanish, ascending; one of them belongs to the
   facet `id`. */
void qd_space__behind(qd_word *pattern, qd_space_worker *w, int id, const slong *bit, slong nbits);

/* ---- sign.c --------------------------------------------------------------------------------------------------- */

/* Fills c->sign with the signs of open unit k at all vertices; how many are 1, -1. */
void qd_space__signs(slong *plus, slong *minus, qd_space_level *y, slong k, qd_space_cell *c);
/* Computes c->used and c->simple, if they are not there, and makes them those of the current cell. */
void qd_space__facets(qd_space_cell *c, qd_space_worker *w);
/* Bound of the error of the value of open unit k in a row. */
static inline double qd_space__tolerance(const qd_space_level *y, slong k, const qd_space_entry *e)
{
    return y->z->open_R[k] * e->val[1] + y->z->open_G[k] * e->val[0];
}
/* Is the row not from the place that the vertex has now? Then it is computed again. */
void qd_space__renew(qd_space_level *y, qd_space_entry *e);

/* ---- edge.c ---------------------------------------------------------------------------------------------------- */

/* The new vertices, on facet id, where open unit k is zero between vertices of different signs; *n of them, on the stack. */
qd_space_entry *qd_space__cut_edges(slong *n, qd_space_level *y, slong k, qd_space_cell *c, int id);

/* ---- cell.c: the recursion -------------------------------------------------------------------------------- */

/* The next node of the frontier, or leaf above it, belongs to the worker that asks first. */
bool qd_space__take_node(qd_space_worker *w);
/* May the current node be entered: is it not on the frontier, or was it taken? */
bool qd_space__may_enter(qd_space_worker *w);
bool qd_space__stopped(const qd_space_worker *w);
void qd_space__set_bit(qd_space_worker *w, slong l, slong unit, bool on);
/* The cell with these vertices by layers l, l + 1, ... */
void qd_space__enter_layer(qd_space_worker *w, slong l, const qd_space_entry *e, slong n);
void qd_space__set_facet(qd_space_facet *f, const qd_space_worker *w, slong l, slong unit);

/* ---- domain.c ------------------------------------------------------------------------------------------------------ */

/* All regions of the domain, or those that this worker takes. */
void qd_space__cells(qd_space_worker *w);

/* ---- leaf.c ------------------------------------------------------------------------------------------------ */

void qd_space__leaf(qd_space_worker *w, const qd_space_entry *e, slong n);

/* ---- record.c ---------------------------------------------------------------------------------------------- */

void qd_space__record_clear(qd_space_record *r, slong dim);
/* A region with w->pattern; it is there once record.n is raised. Until then: */
void qd_space__record_begin(qd_space_worker *w, bool bounded);
/* room for an exact point of it; */
fmpq *qd_space__record_exact(qd_space_worker *w);
/* a facet of it, `id` of the table, on which exactly these units vanish, ascending. */
void qd_space__record_wall(qd_space_worker *w, int id, const slong *bit, slong nbits);

/* ---- lp.c: linear programs, GLPK proposes and exact arithmetic decides --------------------------------------------- */

/* Half-spaces a.x + c >= 0: row i is a_1 .. a_dim, c, integers. */
typedef struct {
    slong dim, n, room;
    fmpz *row; /* owned, (room, dim + 1) */
} qd_space_rows;

void qd_space__rows_init(qd_space_rows *r, slong dim);
void qd_space__rows_clear(qd_space_rows *r);
/* Adds form, multiplied by sign; removes the last one. */
void qd_space__rows_push(qd_space_rows *r, const fmpz *form, int sign);
void qd_space__rows_pop(qd_space_rows *r);
/* Is there a point at which all rows are positive? QD_TRUE: x is one; QD_FALSE: a combination of the rows with coefficients >= 0 that are not all 0
   is a constant <= 0. */
qd_truth qd_space__strict(fmpq *x, const qd_space_rows *r);
/* Is there a point at which all rows are >= 0 and form is 0, where it is known that at none of those form is positive? At start all rows are >= 0. */
qd_truth qd_space__meets(const qd_space_rows *r, const fmpz *form, const fmpq *start);

/* ---- simplex.c ------------------------------------------------------------------------------------------------------ */

/* The largest value of f where all rows are >= 0, as they are at start: its sign, and a point x with it. QD_UNKNOWN: it took too long, or there is no
   largest one; x is a point then, too. */
qd_truth qd_space__maximise(fmpq *x, int *sign, const qd_space_rows *r, const fmpz *f, const fmpq *start);

/* ---- many.c -------------------------------------------------------------------------------------------------------- */

/* The same as qd_space__cells in any number of dimensions, without vertices. job->unknown: something was left undecided. */
void qd_space__many(qd_space_worker *w);

/* ---- collect.c ---------------------------------------------------------------------------------------------- */

/* Regions in their order, from the records of all workers. */
qd_status qd_space__collect(qd_regions_t g, const qd_space_job *job, qd_space_record *const *record, slong nrecords, bool complete,
                            qd_ctx_t ctx);

/* -1, 0, 1: by the first unit that differs. */
static inline int qd_space__compare(const qd_word *a, const qd_word *b, slong n)
{
    slong i = 0;
    while (i < n && a[i] == b[i]) i++;
    if (i == n) return 0;
    return a[i] >> __builtin_ctzll(a[i] ^ b[i]) & 1 ? 1 : -1;
}

#endif
