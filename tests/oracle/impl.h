/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the oracle share. Outputs come first and may be inputs. */
#ifndef ORACLE_IMPL_H
#define ORACLE_IMPL_H

#include "oracle.h"
#include <stddef.h>

void *oracle_alloc(size_t count, size_t size); /* zeroed; aborts when there is no memory */
int oracle_parse(mpq_t r, const char *s);      /* 0, or -1 and r arbitrary */

/* poly.c: polynomials over Q */
void qpoly_init(oracle_poly *p);
void qpoly_clear(oracle_poly *p);
void qpoly_set(oracle_poly *r, const oracle_poly *p);
void qpoly_linear(oracle_poly *r, const mpq_t c0, const mpq_t c1);
void qpoly_add(oracle_poly *r, const oracle_poly *p, const oracle_poly *q);
void qpoly_sub(oracle_poly *r, const oracle_poly *p, const oracle_poly *q);
void qpoly_mul(oracle_poly *r, const oracle_poly *p, const oracle_poly *q);
void qpoly_scale(oracle_poly *r, const oracle_poly *p, const mpq_t c);
void qpoly_addmul(oracle_poly *r, const oracle_poly *p, const mpq_t c); /* r += c p */
void qpoly_pow(oracle_poly *r, const oracle_poly *p, int e);            /* e >= 1 */
void qpoly_set_zpoly(oracle_poly *r, const oracle_zpoly *f);
void qpoly_eval(mpq_t r, const oracle_poly *p, const mpq_t x);
oracle_poly *qpoly_array(int n);
void qpoly_array_free(oracle_poly *p, int n);

/* zpoly.c: primitive polynomials over Z, always a positive multiple of what they stand for */
void zpoly_init(oracle_zpoly *f);
void zpoly_clear(oracle_zpoly *f);
void zpoly_set(oracle_zpoly *r, const oracle_zpoly *f);
void zpoly_set_qpoly(oracle_zpoly *r, const oracle_poly *p);
void zpoly_set_root(oracle_zpoly *r, const mpq_t x); /* den(x) t - num(x) */
void zpoly_derivative(oracle_zpoly *r, const oracle_zpoly *f);
/* r = -(f mod g), g != 0 */
void zpoly_neg_rem(oracle_zpoly *r, const oracle_zpoly *f, const oracle_zpoly *g);
/* up to sign; not both 0 */
void zpoly_gcd(oracle_zpoly *r, const oracle_zpoly *f, const oracle_zpoly *g);
/* r is squarefree and vanishes where f has a root of odd order; f != 0 */
void zpoly_odd_part(oracle_zpoly *r, const oracle_zpoly *f);
int zpoly_sign(const oracle_zpoly *f, const mpq_t x); /* of f(x) */

/* f / g up to sign, for g that divides f */
void zpoly_divide(oracle_zpoly *r, const oracle_zpoly *f, const oracle_zpoly *g);
void zpoly_radical(oracle_zpoly *r, const oracle_zpoly *f); /* the squarefree part; f != 0 */

/* bpoly.c: polynomials in x and y over Q */
typedef struct {
    int len;
    oracle_poly *c; /* c[j], in x, is the coefficient of y^j; c[len - 1] != 0 */
} bpoly;

void bpoly_init(bpoly *f);
void bpoly_clear(bpoly *f);
void bpoly_set(bpoly *r, const bpoly *f);
void bpoly_set_kronecker(bpoly *r, const oracle_poly *p, int base); /* p(x, x^base), degree in x below base */
void bpoly_set_y_minus(bpoly *r, const mpq_t y);
int bpoly_degree(const bpoly *f); /* in x and y together; -1 for 0 */
int bpoly_degree_x(const bpoly *f);
void bpoly_transpose(bpoly *r, const bpoly *f); /* x and y change places */
void bpoly_at_x(oracle_poly *r, const bpoly *f, const mpq_t x);
void bpoly_at_y(oracle_poly *r, const bpoly *f, const mpq_t y);
/* The greatest common divisor of the coefficients (NULL: not wanted), and f without it. */
void bpoly_split(oracle_zpoly *content, bpoly *primitive, const bpoly *f);
/* In y over Q(x); without content. f and g not both 0. */
void bpoly_gcd(bpoly *r, const bpoly *f, const bpoly *g);
void bpoly_divide(bpoly *r, const bpoly *f, const bpoly *g);          /* f / g without content, up to a constant, for g that divides f */
void bpoly_derivative(bpoly *r, const bpoly *f);                      /* in y */
void bpoly_resultant(oracle_poly *r, const bpoly *f, const bpoly *g); /* in y, for f, g != 0 */

/* sturm.c */
typedef struct {
    int n;
    oracle_zpoly *s;
} sturm_chain;

void sturm_init(sturm_chain *c, const oracle_zpoly *f); /* f squarefree, not 0 */
void sturm_clear(sturm_chain *c);
int sturm_count(const sturm_chain *c, const mpq_t lo, const mpq_t hi); /* roots in (lo, hi] */

/* A growing list of pointers to roots. */
typedef struct {
    int n, cap;
    oracle_root **r;
} root_list;

void root_list_insert(root_list *l, int k, oracle_root *r);

/* Every real root of the squarefree f between lo and hi, appended to l in ascending order as new
   roots; NULL stands for infinity. Roots outside [lo, hi] may come along. */
void sturm_isolate(root_list *l, const oracle_zpoly *f, mpq_srcptr lo, mpq_srcptr hi);

/* root.c: real algebraic numbers. Refining changes an interval and never the number. */
oracle_root *root_new(const oracle_zpoly *f, const mpq_t lo, const mpq_t hi);
oracle_root *root_new_rational(const mpq_t x);
void root_copy(oracle_root *r, const oracle_root *s); /* r uninitialised */
void root_clear(oracle_root *r);
void root_free(oracle_root *r);
int root_is_rational(const oracle_root *r);   /* known to be; 0 is no proof until simplified */
void root_refine(oracle_root *r);             /* halve the interval */
int root_cmp(oracle_root *r, oracle_root *s); /* sign of r - s */
int root_cmp_rational(oracle_root *r, const mpq_t x);
int root_annihilates(const oracle_root *r, const oracle_zpoly *g); /* g(r) == 0 */
void root_simplify(oracle_root *r);                                /* finds out whether it is rational; width
                                                      <= 2^-100 */

/* decompose.c: an open cylindrical decomposition of the plane, or of a box: between critical abscissae the roots in y of all curves are
   distinct and depend continuously on x. */
typedef struct {
    int n;
    bpoly *f; /* squarefree, without content, coprime, of degree >= 1 in y */
} curve_list;

/* The cells over one abscissa, from below. */
typedef struct {
    mpq_t x;
    root_list section; /* owned, ascending, in disjoint intervals */
    int *owner;        /* (section.n): the curve */
    mpq_t *y;          /* (section.n + 1): a height in each cell */
    char **sign;       /* (section.n + 1, curves): '-' or '+' */
} plane_stack;

typedef struct {
    curve_list curves;
    int nlines;
    oracle_zpoly *line; /* (nlines): squarefree, coprime: x where a factor without y vanishes */
    mpq_t lo, hi;       /* of x, if bounded */
    int bounded;
    root_list at;       /* critical abscissae, ascending, in disjoint intervals */
    plane_stack *stack; /* (at.n + 1) */
} decomposition;

void decomposition_init(decomposition *d);
void decomposition_clear(decomposition *d);
void decomposition_add(decomposition *d, const bpoly *f); /* the zeros of f != 0 become curves and lines */
void decomposition_find(decomposition *d);                /* abscissae and stacks */
void plane_stack_init(plane_stack *s, const curve_list *curves, const mpq_t x);
void plane_stack_clear(plane_stack *s);
void root_separate(oracle_root *r, oracle_root *s);        /* r < s: until r->hi < s->lo */
void short_between(mpq_t x, const mpq_t a, const mpq_t b); /* a < x < b, of few bits */
void heights_between(mpq_t *y, root_list *roots);          /* (roots->n + 1): below, between and above ascending roots */
void roots_merge(root_list *into, const oracle_zpoly *f,
                 int unique); /* the real roots of the squarefree f; unique: a root may be there already */

/* contact.c: which cells of neighbouring stacks share a piece of the line over abscissa i: pairs of cells, ascending from below. Between
   two of them one point of the line belongs to the closures of all cells from one pair to the next; the lowest and the highest go to
   infinity. */
typedef struct {
    int left, right;
} contact;

int contacts_find(contact **pairs, decomposition *d, int i);

/* cells.c: the cells of a decomposition on which a network has one pattern */
typedef struct {
    int stack, place;
    char *pattern; /* NULL: outside the box */
    int region;    /* -1 outside, and before regions are known */
    int endless;   /* not bounded; in a box: its closure meets the boundary */
} plane_cell;

/* What lies between two cells: a section of the stack of both (over < 0), cell a below, b above; or a piece of the line over an abscissa,
   a to the left, b to the right, which but for isolated points meets no curve. */
typedef struct {
    int a, b;
    int over;   /* the abscissa, or -1 */
    int end[2]; /* points: left and right, or lower and upper; -1: at infinity, in a box also where x is lo or hi */
} plane_border;

typedef struct {
    const oracle_net *net;
    int base; /* above all degrees */
    int boxed;
    mpq_t box[4];
    decomposition d;
    int ncells, *first; /* first[i]: number of the lowest cell of stack i */
    plane_cell *cell;
    int nborders, npoints;
    plane_border *border;
    char *outer; /* (npoints): on the boundary of the box or outside */
} plane;

int plane_init(plane *p, const oracle_net *net, const char *const *box); /* decomposed; -1: bad input; to be cleared in any case */
void plane_clear(plane *p);
void plane_find_cells(plane *p); /* again, after curves were added to p->d */
/* What comes out of the first `depth` layers along the pattern, in t = x and t^base = y; *pre: NULL, or the pre-activations of the last of
   them. */
oracle_poly *plane_along(const plane *p, const char *pattern, int depth, oracle_poly **pre);
/* The distinct first n characters of the patterns of all cells, ascending; owned by the caller. */
char **plane_patterns(int *count, const plane *p, int n);

/* border.c */
void plane_find_borders(plane *p); /* once, when the cells are final */
int *sets_new(int n);              /* parents of n sets of one element each */
int set_of(int *parent, int i);    /* the least element of its set */
void sets_join(int *parent, int i, int j);

/* lower.c: the pre-activation of neuron j of layer l when its inputs are the polynomials a */
typedef struct oracle_layer oracle_layer;
void lower_neuron(oracle_poly *r, const oracle_layer *l, int j, const oracle_poly *a);
void lower_activation(oracle_poly *r, const oracle_layer *l, int j, const oracle_poly *z, int active);

/* net.c */
enum { KIND_LINEAR, KIND_QUADRATIC, KIND_COMPACT, KIND_PRODUCT, KIND_PRODUCT_LINEAR, KIND_FULL, KIND_POWER, KIND_SPARSE };
enum { ACT_IDENTITY, ACT_RELU, ACT_LEAKY_RELU, ACT_ABS, ACT_SQUARE, ACT_POWER };
enum { MAX_PARAMS = 6 };

typedef struct {
    int activation, power;
    mpq_t slope;
} activation_of_unit;

typedef struct {
    activation_of_unit act;
    int n, *i, *j; /* c[k] a_i[k] a_j[k]; j[k] < 0: c[k] a_i[k] */
    mpq_t *c, b;
} sparse_unit;

struct oracle_layer {
    int kind;
    activation_of_unit act; /* of all units; sparse: of none */
    int in, out;
    sparse_unit *unit;        /* sparse only */
    mpq_t *param[MAX_PARAMS]; /* in the order of oracle_net_add_layer */
    int size[MAX_PARAMS];
};

struct oracle_net {
    int input_dim, depth;
    oracle_layer *layer;
};

const activation_of_unit *unit_activation(const oracle_layer *l, int j);
int unit_switches(const oracle_layer *l, int j);

#endif
