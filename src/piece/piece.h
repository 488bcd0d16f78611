/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: the vocabulary of pieces, in any dimension.

   domain       a line, a plane, a box or all of the input space
   pattern      which switching units are active
   restriction  a network on a domain, with everything that all its regions share
   path         its exact polynomials along a pattern
   count        what was counted and how far it may be trusted
   regions      all regions of a network on a domain, from any engine
   bound        formulas that bound piece counts

   Definitions: DEFINITIONS section 2. */
#ifndef QD_PIECE_H
#define QD_PIECE_H

#include "net/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- domain ------------------------------------------------------------------------------ */

/* The part of the input space that is looked at: the points x = base + sum_k t_k step_k, k < dim, with lo_k < t_k < hi_k. All pointers are
   borrowed. {0} is the whole input space. */
typedef struct {
    slong dim;               /* 1: a line, 2: a plane, ...; 0: the whole input space, t = x */
    const fmpq *base, *step; /* (inputs), (dim, inputs) row-major; not used when dim is 0 */
    const fmpq *lo, *hi;     /* (dim), with dim 0 (inputs); NULL: without end on that side */
} qd_domain;

/* Number of coordinates t. */
slong qd_domain_dim(const qd_domain *d, slong inputs);
/* The input x, length inputs, of the coordinates t. */
void qd_domain_point(fmpq *x, const qd_domain *d, slong inputs, const fmpq *t);
/* step = q - p: the step of the line through two points. */
void qd_domain_difference(fmpq *step, const fmpq *p, const fmpq *q, slong inputs);
/* Two different points with coordinates k/8, |k| <= 16, for a line through them; a function of (inputs, seed) alone. */
void qd_domain_random_points(fmpq *p, fmpq *q, slong inputs, uint64_t seed);
/* The same for a plane: a point, (inputs), and two independent vectors, (2, inputs); inputs >= 2. */
void qd_domain_random_plane(fmpq *base, fmpq *step, slong inputs, uint64_t seed);
/* Coordinates of a point inside. */
void qd_domain_middle(fmpq *t, const qd_domain *d, slong inputs);
/* QD_EINPUT: the steps are linearly dependent, or a range is empty. */
qd_status qd_domain_check(const qd_domain *d, slong inputs, qd_ctx_t ctx);

/* ---- patterns ---------------------------------------------------------------------------- */

/* One bit per switching unit, layer by layer, in 64-bit words. A pattern of the layers below l has zeros above. */
typedef uint64_t qd_word;

static inline int qd_pattern_get(const qd_word *p, slong i)
{
    return (int) (p[i >> 6] >> (i & 63) & 1);
}

static inline void qd_pattern_flip(qd_word *p, slong i)
{
    p[i >> 6] ^= (qd_word) 1 << (i & 63);
}

/* The number of distinct patterns among n, (n, nwords). */
slong qd_patterns_distinct(const qd_word *pattern, slong n, slong nwords);

/* ---- restriction ------------------------------------------------------------------------- */

/* The weights of a neuron in doubles, modulo the prime, and as integers (integers.c). */
typedef struct {
    const double *r, *g, *w; /* lengths as in the lowered unit; NULL when absent */
    double r0, g0, b, off;   /* off: qd_lowered_off */
    const double *term;      /* length nterms */
} qd_unit_double;

typedef struct {
    const ulong *r, *g, *w, *term;
    ulong r0, g0, b, off;
    bool off_zero; /* off is the number 0 */
    bool squares;  /* all terms are squares */
} qd_unit_mod;

typedef struct {
    fmpz *r, *g, *w, *term; /* owned; NULL when absent */
    fmpz_t r0, g0, b;
    fmpz_t on, off; /* what z^power is multiplied by, active or without bit, and inactive */
} qd_unit_integer;

/* A lowered network restricted to a domain, with everything that all cells share. The coordinates of the domain are t_0..t_(dim-1). */
typedef struct {
    qd_lowered_t low;  /* owned */
    slong *first;      /* first[l]: index of the first pattern bit of layer l; length depth + 1 */
    slong **bit;       /* bit[l][u]: index of the pattern bit of unit u, -1 when it does not switch */
    slong **switching; /* switching[l]: the units that switch, ascending; length first[l + 1] - first[l] */
    slong nswitching, nwords;
    slong dim;
    slong *degree;     /* degree[l]: no input of layer l has a larger degree in t, under any pattern; length depth + 1 */
    slong *formal;     /* formal[l]: the product of the degrees and powers of the layers below l, >= degree[l]; length depth + 1 */
    slong *fan_in;     /* fan_in[l]: the most inputs that one sum of a unit of layer l runs over */
    fmpq *base, *step; /* a_0 = base + sum_k t_k step_k; (input_dim), (dim, input_dim) */
    /* doubles: nearest to the rationals */
    bool weights; /* all weights and sums are in the range of doubles */
    bool doubles; /* and all degrees are in that of Bernstein forms of doubles */
    qd_unit_double **unit_double;
    double *base_double, *step_double;
    /* residues modulo one word-size prime that divides no denominator */
    nmod_t mod;
    ulong *t_mod; /* (dim): the random point of fingerprints */
    qd_unit_mod **unit_mod;
    ulong *base_mod, *step_mod;
    /* integers over a fixed denominator per unit */
    fmpz **den; /* input i of layer l is an integer polynomial over den[l][i] > 0, under every pattern; length depth + 1 */
    qd_unit_integer **unit_integer;
    double *bytes; /* bytes[l]: no exact pre-activation or output of a unit of layer l takes more, on a line; length depth */
    void **pool;   /* blocks to free */
    slong npool;
} qd_restriction;

/* The bounds of the domain play no role here. */
void qd_restriction_init(qd_restriction *m, const qd_net_t net, const qd_domain *domain, uint64_t seed);
void qd_restriction_clear(qd_restriction *m);
/* The inputs of layer l; l = depth: the outputs. */
static inline slong qd_restriction_width(const qd_restriction *m, slong l)
{
    return l == 0 ? m->low->input_dim : m->low->layer[l - 1].out;
}

/* Has unit u of layer l a pattern bit? */
bool qd_restriction_switches(const qd_restriction *m, slong l, slong u);
/* Is unit u of layer l inactive under the pattern? Units without a bit never are. */
bool qd_restriction_off(const qd_restriction *m, const qd_word *pattern, slong l, slong u);

/* Values of the outputs under a pattern at the random point, modulo the prime; y has length outputs. Different values prove
   different output polynomials. */
void qd_restriction_fingerprint(ulong *y, const qd_restriction *m, const qd_word *pattern, ulong *work);
/* The same where work is as the fingerprint of `before` left it: only layers from the first change on are computed. NULL: from nothing. */
void qd_restriction_fingerprint_after(ulong *y, const qd_restriction *m, const qd_word *pattern, const qd_word *before, ulong *work);
/* Room for the work of fingerprint and leading, in words. */
slong qd_restriction_work(const qd_restriction *m);
/* Upper bound of the degree of the outputs under a pattern; *tight when it is proved to be the degree. */
slong qd_restriction_degree(bool *tight, const qd_restriction *m, const qd_word *pattern, ulong *work);

/* ---- path: exact polynomials along a pattern ---------------------------------------------- */

/* Pre-activation polynomials in t under one pattern, made when asked for and kept while the pattern's layers below stay the
   same: neighbouring cells share most of them. One path a thread. In more than one variable they are kept by Kronecker's substitution
   t_k = x^(stride^k): the total degree of everything that occurs is below the stride, so the coefficient of t^e is that of
   x^(sum_k e_k stride^k), and sums and products are those of polynomials in x. Where everything has degree 1 (stride 2) t_k is x^(k+1) instead. */
typedef struct {
    fmpz_poly_struct *a, *z, *square; /* inputs of the layer, its pre-activations, squares of the inputs */
    bool *have_a, *have_z, *have_square;
} qd_path_layer;

typedef struct {
    const qd_restriction *model;
    qd_word *pattern;     /* owned */
    qd_path_layer *layer; /* owned, length depth + 1 */
} qd_path;

slong qd_path_stride(const qd_restriction *m);
/* The exponent of t_v in x^e. */
slong qd_path_exponent(const qd_restriction *m, slong e, slong v);
/* Are the polynomials of this restriction short enough to be written down? Always on a line; else at most QD_PATH_LENGTH coefficients. */
bool qd_path_fits(const qd_restriction *m);
#define QD_PATH_LENGTH 1e6
void qd_path_init(qd_path *path, const qd_restriction *m);
void qd_path_clear(qd_path *path);
/* From now on polynomials are those under this pattern (layers below `depth` matter). */
void qd_path_set(qd_path *path, const qd_word *pattern);
/* The pre-activation of unit u of layer l times a positive integer; borrowed until the next qd_path_set. */
const fmpz_poly_struct *qd_path_z(qd_path *path, slong l, slong u);
/* Input u of layer l times model->den[l][u]; l = depth: output u of the network. */
const fmpz_poly_struct *qd_path_a(qd_path *path, slong l, slong u);

/* A polynomial in dim variables, its terms ascending by exponents. */
typedef struct {
    slong n, dim;
    fmpq *c;  /* owned, (n), not 0 */
    slong *e; /* owned, (n, dim) */
} qd_terms_struct;
typedef qd_terms_struct qd_terms_t[1];

void qd_terms_init(qd_terms_t t); /* 0 */
void qd_terms_clear(qd_terms_t t);
/* Does the budget leave room and time for the polynomials of layer l and of those below?   -> QD_OK; QD_EUNABLE. To be asked before
   qd_path_z of the layer and qd_path_a of the next one. In more than one variable only the budget itself is asked. */
qd_status qd_path_foresee(const qd_restriction *m, slong l, qd_ctx_t ctx);

/* Output o under the pattern of the path, exactly. */
void qd_path_output(qd_terms_t t, qd_path *path, slong o);
/* Largest sum of exponents; -1: zero. */
slong qd_terms_degree(const qd_terms_t t);

/* ---- count ------------------------------------------------------------------------------- */

/* Counts of DEFINITIONS section 2; label is exact, or lower_bound when a budget ended the work. */
typedef struct {
    qd_label label;
    slong patterns, regions, pieces;
    slong max_degree; /* exact only with label exact; -1: the zero function */
} qd_count;

/* ---- regions ----------------------------------------------------------------------------- */

/* What an engine found out about all regions of a network on a domain; every engine can fill it. Numbers of regions and pieces count from
   0. With label lower_bound the regions listed are certain to be different ones only as far as the count says: two of the list may be one. */
typedef struct {
    qd_count count;
    slong dim, outputs, nwords, nswitching;
    slong n;          /* regions that are listed */
    qd_word *pattern; /* owned, (n, nwords) */
    fmpq *point;      /* owned, (n, dim): coordinates t of a point of the closure, see qd_regions_witness; NULL: not asked for */
    slong *piece;     /* owned, (n) */
    char *bounded;    /* owned, (n): as DEFINITIONS section 2 has it; see the engine */
    slong *holes;     /* owned, (n) */
    slong npieces;
    slong nwalls, walls_room;
    slong *
        wall; /* owned, (nwalls, 2): pairs of regions with a common boundary of codimension 1, the smaller number first, ascending, each once */
    slong nopen, open_room;
    slong *open; /* owned, (nopen, 2): an unfinished place, a region next to it */
} qd_regions_struct;
typedef qd_regions_struct qd_regions_t[1];

void qd_regions_init(qd_regions_t g);
void qd_regions_clear(qd_regions_t g);
void qd_regions_swap(qd_regions_t a, qd_regions_t b);

/* For engines: room for n regions, all 0, without points; room for their points, of dim coordinates, all 0; a wall, in any order and any number of times; a place where regions may be joined or merged unseen. */
void qd_regions_resize(qd_regions_t g, const qd_restriction *m, slong n);
void qd_regions_add_points(qd_regions_t g, slong dim);
void qd_regions_add_wall(qd_regions_t g, slong a, slong b);
void qd_regions_add_open(qd_regions_t g, slong place, slong region);
/* From patterns and walls: pieces, counts, the largest degree. With QD_LOWER_BOUND, regions next to one unfinished place count as one piece where
   their outputs are equal.
     ->    QD_OK; QD_EUNABLE: the budget ran out
     cost  a fingerprint a region, an exact comparison for each pair of neighbours whose fingerprints agree */
qd_status qd_regions_count(qd_regions_t g, const qd_restriction *m, qd_label label, qd_ctx_t ctx);
/* The same without pieces: count.pieces is 0. */
void qd_regions_count_patterns(qd_regions_t g, const qd_restriction *m, qd_label label);
/* A rational point strictly inside region i and the domain at which every pre-activation is not 0 or is the zero polynomial there, found by
   exact evaluation near g->point, then on lines through it; QD_UNKNOWN: not found, or the budget ran out. t: (dim)
     cost  60 evaluations at most; where the region is thin, for each of at most 48 lines the roots of all pre-activations */
qd_truth qd_regions_witness(fmpq *t, const qd_regions_t g, slong i, const qd_restriction *m, const qd_domain *domain, qd_ctx_t ctx);

/* ---- bound ------------------------------------------------------------------------------- */

/* What the formulas need to know of a network or an architecture on a domain. */
typedef struct {
    slong in, out;       /* units of the layer below (of the first one: the dimension of the domain), and of this one */
    slong degree, power; /* the largest of a pre-activation in its inputs, of an activation */
    slong switching;     /* units with a pattern bit */
    slong relu;          /* of them, those that are 0 where they are inactive */
    bool sparse;
} qd_bound_layer;

typedef struct {
    slong dim; /* of the domain, >= 1 */
    bool box;  /* the domain is cut to a bounded box */
    slong depth;
    qd_bound_layer *layer; /* owned, (depth) */
} qd_bound_shape_struct;
typedef qd_bound_shape_struct qd_bound_shape_t[1];

void qd_bound_shape_init(qd_bound_shape_t s); /* no layer */
void qd_bound_shape_clear(qd_bound_shape_t s);
/* Of a network on a domain of dimension dim: the inputs, or those of a line, a plane, ... */
void qd_bound_shape_set_net(qd_bound_shape_t s, const qd_net_t net, slong dim, bool box);
/* Of an architecture, in the same way: what holds for it holds for each of its networks. */
void qd_bound_shape_set_arch(qd_bound_shape_t s, const qd_arch *arch, slong dim, bool box);

/* Bounds of the number of regions (hence of pieces) in the sense of DEFINITIONS section 2. Conventional here: every unit that switches has a
   pre-activation of degree 1 along every pattern. All upper bounds hold in a box too. */
typedef enum {
    QD_BOUND_PATTERN_ROOT,  /* upper; one dimension, any network. bound_line.c */
    QD_BOUND_LAYER_PRODUCT, /* upper; the same, weaker */
    QD_BOUND_ZASLAVSKY,     /* upper, reached; conventional, one layer that switches [Zas75]. bound_linear.c, as are the next six */
    QD_BOUND_HISTOGRAM,     /* upper; conventional [HG19] */
    QD_BOUND_SERRA,         /* upper; conventional, all units of layers that switch are relu [STR18] */
    QD_BOUND_MONTUFAR,      /* upper; conventional [Mon17] */
    QD_BOUND_RAGHU,         /* upper; conventional [RPKGS17] */
    QD_BOUND_SERRA_LOWER, /* lower bound of the maximum over the weights: dense conventional relu layers, no narrower than 3 dim [STR18] */
    QD_BOUND_MONTUFAR_LOWER, /* the same, no narrower than dim [MPCB14] */
    QD_BOUND_PATTERN_CURVE,  /* upper; two dimensions, any network. bound_degree.c */
    QD_BOUND_PATTERN_DEGREE  /* upper; any dimension, any network. bound_degree.c */
} qd_bound;
enum { QD_BOUNDS = QD_BOUND_PATTERN_DEGREE + 1 };

const char *qd_bound_name(qd_bound bound);   /* "pattern-root" */
const char *qd_bound_source(qd_bound bound); /* a key of REFERENCES, or "proved in ..." */
qd_label qd_bound_label(qd_bound bound);     /* QD_UPPER_BOUND or QD_LOWER_BOUND */
/* Where the bound says something, in words. */
const char *qd_bound_validity(qd_bound bound);

/* The bound.   -> false: it says nothing here, and value is untouched
     cost  (number of units)^2 operations on integers of the length of the result */
bool qd_bound_get(fmpz_t value, qd_bound bound, const qd_bound_shape_t s);
/* The smallest of the upper bounds that hold, and which one it is: there is always one. */
qd_bound qd_bound_best(fmpz_t value, const qd_bound_shape_t s);
/* The same for a network, as qd_bound_shape_set_net has it. */
qd_bound qd_bound_best_net(fmpz_t value, const qd_net_t net, slong dim, bool box);
/* value in full, or where it has more than QD_BOUND_DIGITS digits the next power of two that is true: "< 2^812" of an upper bound, "> 2^811"
   of a lower one. */
void qd_bound_print(qd_buf_t out, const fmpz_t value, qd_bound bound);
#define QD_BOUND_DIGITS 40

/* A heuristic, no bound: N^d / d! regions for N conventional relu units at random weights in dimension d (2^N where N < d). The theorem behind
   it [HR19, theorem 5] bounds the expected number of activation regions of a random network in a cube, divided by its volume, by
   (T N)^d / d! with a T that depends on the distribution of the weights alone, not on the depth; here T and the volume are 1.
     ->  false: some unit that switches is not relu or not conventional, or none switches; nothing is said and value is untouched */
bool qd_estimate_hanin_rolnick(double *value, const qd_bound_shape_t s);
#define QD_ESTIMATE_HANIN_ROLNICK_NAME "hanin-rolnick"

/* Upper bound of the number of regions (hence pieces) of a network in one dimension, on any domain: by counting patterns instead of
   regions, B_l <= B_(l-1) + d_l D_l N_(l-1). Proof in bound_line.c. Never above layer-product, P_(l-1) (1 + d_l D_l). */
void qd_bound_line(fmpz_t bound, const qd_net_t net);
#define QD_BOUND_LINE_NAME "pattern-root"
/* DEFINITIONS section 5: P_l = P_(l-1) (1 + d_l D_l). */
void qd_bound_line_product(fmpz_t bound, const qd_net_t net);
#define QD_BOUND_LINE_PRODUCT_NAME "layer-product"

#ifdef __cplusplus
}
#endif
#endif
