/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An independent answer to "what does this network look like on a line?", for the tests.

   Everything is exact, and written to be simple and obviously right rather than fast: dense
   polynomials, Sturm sequences and bisection on top of GMP, and no line shared with src/.
   The definitions are those of DEFINITIONS sections 1 and 2. Meant for networks up to about depth 3 and
   width 4, where one call takes a few milliseconds.

   Numbers come in as strings that mpq_set_str reads: "-3/7", "12". */
#ifndef ORACLE_H
#define ORACLE_H

#include <gmp.h>

/* sum c[i] x^i for i < len; c[len - 1] != 0; the zero polynomial has len 0. */
typedef struct {
    int len;
    mpq_t *c;
} oracle_poly;

typedef struct {
    int len;
    mpz_t *c;
} oracle_zpoly;

/* A real number: the only real root of the squarefree primitive `poly` in the open interval
   (lo, hi), where poly(lo) and poly(hi) are not zero; or, if lo == hi, that rational number. */
typedef struct {
    oracle_zpoly poly;
    mpq_t lo, hi;
    int sign_lo; /* the sign of poly(lo); unused when lo == hi */
} oracle_root;

typedef struct {
    oracle_root at; /* linear poly and lo == hi if rational, else
                                              hi - lo <= 2^-100 */
    int changes_output;
    int smoothness; /* -1 when the output does not change */
} oracle_breakpoint;

typedef struct {
    char *pattern;       /* '0' or '1' per switching unit, in layer order */
    oracle_poly *output; /* one polynomial in t per output */
    mpq_t sample;        /* inside the region; oracle_eval has `pattern` there */
} oracle_region;

typedef struct {
    int outputs;
    int regions, patterns, pieces;
    int max_degree;                /* -1: every output is zero everywhere */
    oracle_breakpoint *breakpoint; /* regions - 1, ascending */
    oracle_region *region;         /* regions, from left to right */
} oracle_line_result;

typedef struct oracle_net oracle_net;

/* A network without layers: the identity of input_dim >= 1 numbers. */
oracle_net *oracle_net_new(int input_dim);
void oracle_net_free(oracle_net *net); /* NULL is allowed */

/* Append a layer.
     kind        linear | quadratic | compact | product | product_linear | full | power
     activation  identity | relu | leaky_relu | abs | square | power
     power       the exponent >= 1 of `power`; otherwise ignored
     slope       the slope of `leaky_relu`; otherwise ignored and may be NULL
     out         number of neurons, >= 1
     params      one array of strings per key of the kind, in the order
                   linear w b; quadratic wr br wg bg wb c; compact w wb b; product wr br wg bg;
                   product_linear wr wg w b; full a w b; power w b
                 each row-major with one row per neuron; a row of a is the upper triangle
     ->          0; -1 and the network untouched: unknown name, bad number, power or out < 1 */
int oracle_net_add_layer(oracle_net *net, const char *kind, const char *activation, int power, const char *slope, int out,
                         const char *const *const *params);

/* An entry c a_i a_j of a sparse unit, or c a_i when j is negative. */
typedef struct {
    int i, j;
    const char *c;
} oracle_entry;

typedef struct {
    const char *activation; /* with power and slope as above */
    int power;
    const char *slope;
    int entries;
    const oracle_entry *entry;
    const char *b;
} oracle_unit;

/* The same for a layer of units that have each their own activation and entries. Entries may repeat a place: they add up. */
int oracle_net_add_sparse(oracle_net *net, int out, const oracle_unit *unit);

int oracle_net_inputs(const oracle_net *net);
int oracle_net_outputs(const oracle_net *net);
int oracle_net_switching(const oracle_net *net); /* units with relu, leaky_relu or abs */

/* The value and the pattern at the point x, straight from the table of neurons.
     y        (out) oracle_net_outputs(net) initialised numbers
     pattern  (out) oracle_net_switching(net) + 1 chars, '1' iff the pre-activation is > 0, then
              a 0; or NULL */
void oracle_eval(mpq_t *y, char *pattern, const oracle_net *net, const mpq_t *x);

/* The network on x(t) = P + t (Q - P), lo < t < hi.
     P, Q    oracle_net_inputs(net) strings each; both NULL with one input: x(t) = t
     lo, hi  strings; NULL is -infinity for lo, +infinity for hi
     ->      to be freed with oracle_free; NULL: bad number, lo >= hi, or P = Q = NULL with more
             than one input */
oracle_line_result *oracle_line(const oracle_net *net, const char *const *P, const char *const *Q, const char *lo, const char *hi);
void oracle_free(oracle_line_result *line); /* NULL is allowed */

/* A lower bound of the number of regions on the whole line: changes of pattern between `points` points that are spread over it, and between points
   of bisection. Numbers of so many bits, rounded: enough bits make it right. Dense layers of linear and quadratic neurons with relu or identity,
   one input; else -1.     cost  points + a bisection for each region, evaluations */
int oracle_sample(const oracle_net *net, int points, int bits);

/* An activation region in the plane. */
typedef struct {
    char *pattern;
    mpq_t at[2]; /* inside; oracle_eval has `pattern` there */
    int piece;   /* its number */
    int degree;  /* of the output, in both inputs together; -1: zero */
    int bounded; /* in a box: its closure misses the boundary */
    int holes;   /* bounded components of the plane without the region */
} oracle_plane_region;

typedef struct {
    int patterns, regions, pieces;
    int max_degree;
    int bounded, holes; /* sums over the regions */
    oracle_plane_region *region;
    int adjacencies;
    int (*adjacent)[2]; /* pairs of regions with a common boundary of codimension 1, i < j, ascending */
} oracle_plane_result;

/* The network, which has two inputs, on the plane or the open box (x0, x1) x (y0, y1).
     box  NULL, or the four strings x0 x1 y0 y1
     ->   to be freed with oracle_plane_free; NULL: bad number, empty box, or not two inputs
   Exact, by an open cylindrical decomposition; meant for some twenty polynomials of degree up to 8 (seconds). */
oracle_plane_result *oracle_plane(const oracle_net *net, const char *const *box);
void oracle_plane_free(oracle_plane_result *plane); /* NULL is allowed */

/* The sign of one output y. Components of the open sets y > 0 and y < 0 (a curve where y = 0 without change of sign parts them), and of the
   inside of y = 0; and of the common boundary of the first two, which is all curves with y > 0 on one side and y < 0 on the other, with the
   points of the domain where they end: crossings have a point where three or more branches meet, of the others ovals are closed curves,
   and arcs are not: they end at infinity, at the boundary of the box, or where y is zero on an open set. */
typedef struct {
    int positive, negative, zero, arcs, ovals, crossings;
} oracle_zero_result;

/* box as above; -> 0; -1 and *r untouched: as above, or no such output. */
int oracle_zero(oracle_zero_result *r, const oracle_net *net, int output, const char *const *box);

/* Where one output is larger than all others, or (ties) the inside of where two or more are largest. Holes: the sum over the components of
   the bounded components of the plane without it. Missing points do not count as missing, missing curves do, also when they part nothing. In
   a box its outside and boundary count as missing and unbounded. */
typedef struct {
    int components, holes;
} oracle_class;

/* c: (outputs + 1) entries, the last one: ties; -> 0; -1 and c untouched: as above. */
int oracle_classes(oracle_class *c, const oracle_net *net, const char *const *box);

/* An activation region of a conventional network. */
typedef struct {
    char *pattern;
    int piece, bounded; /* as in the plane */
} oracle_space_region;

typedef struct {
    int regions, pieces;
    oracle_space_region *region;
    int adjacencies;
    int (*adjacent)[2]; /* i < j, ascending */
} oracle_space_result;

/* A network of linear and sparse layers of degree one on the whole space (lo and hi NULL) or an open box, lo and hi one string an input.
     ->   to be freed with oracle_space_free; NULL: bad number, empty box
   Exact; doubly exponential in the inputs: meant for up to four, and some ten units. */
oracle_space_result *oracle_space(const oracle_net *net, const char *const *lo, const char *const *hi);
void oracle_space_free(oracle_space_result *space); /* NULL is allowed */

/* Is `at` the number that the integer polynomial poly (len strings, from the constant up) and the
   closed interval [lo, hi] describe? 1: poly is squarefree, has exactly one root in [lo, hi], and
   that is `at`. Otherwise 0, bad strings included. */
int oracle_root_is(const oracle_root *at, const char *const *poly, int len, const char *lo, const char *hi);

/* Rank over Q of the Jacobian of parameters -> coefficients of a polynomial network (DEFINITIONS section 4), at random integer
   parameters of 24 bits: the dimension of the functional variety, but for a chance below 1e-4 for the sizes meant here.
     nparams  (out) number of parameters
     width    depth + 1 widths; meant for at most some 60 parameters and degree^inputs below some 500
     power    of the activation of a `linear` kind; same: the last layer is like the others, else a linear readout */
int oracle_dimension(int *nparams, const int *width, int depth, const char *kind, int power, int same, int biases, unsigned long seed);

/* Dimension of the generic orbits of all affine symmetries at the hidden layers of a polynomial network, and of what a neuron's polynomial
   leaves open of its parameters, found by brute force modulo 2^61 - 1 (orbit.c). Arguments as above; depth at most 8. */
int oracle_orbit(const int *width, int depth, const char *kind, int power, int same, int biases, unsigned long seed);

#endif
