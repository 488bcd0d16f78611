/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: variety. Dimension of functional varieties.

   families     which networks, and how many parameters and coefficients they have
   bounds       certified upper bounds
   Jacobian     its rows modulo a prime, by two roads
   dimension    the rank, and all that follows from it and the bounds
   widths       minimal, filling, as many parameters
   certificate  rank and bound as a file that proves itself
   functional   the dimension around one network, at its parameters */
#ifndef QD_VARIETY_H
#define QD_VARIETY_H

#include "arch/arch.h"
#include "net/net.h"
#include "proof/proof.h"
#include "rank/rank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- families ---------------------------------------------------------------------------- */

/* A family of polynomial networks (DEFINITIONS section 4) is an architecture whose activation is z^power, with power 1 unless the kind is
   linear. Homogeneous (biases: false): only the degree-2 part of a quadratic neuron, w.a of a linear one; with biases: everything in
   the table of arch.h. */
#define QD_VARIETY_MAX_DEPTH 32
#define QD_VARIETY_MAX_PARAMETERS (INT64_C(1) << 31)

/* QD_EINPUT with a sentence when the arch is none of the above or has too many parameters. Every function below needs an arch
   that passes. */
qd_status qd_variety_check(const qd_arch *arch, qd_ctx_t ctx);
/* The same, and the activation in one form: identity, or power:r with r >= 2. */
qd_status qd_variety_admit(qd_arch *arch, qd_ctx_t ctx);

int64_t qd_variety_nparams(const qd_arch *arch);
/* Degree of the output in the inputs: power^depth or 2^depth, one factor less with a linear last layer. */
void qd_variety_degree(fmpz_t degree, const qd_arch *arch);
/* d_h * C(D + d_0 - 1, D), with biases d_h * C(D + d_0, D). */
void qd_variety_ambient(fmpz_t ambient, const qd_arch *arch);

/* ---- bounds ------------------------------------------------------------------------------ */

/* A lower bound for the dimension of a generic orbit of the known symmetries in the space of parameters:
       orbit = sum over layers d_l (parameters of a neuron - dim X_l) + sum over hidden layers k of o_k,
   X_l the polynomials of one neuron of layer l, n inputs, of dimension (homogeneous / with biases, never above its linear span)
       linear n / n + 1           quadratic 3n - 1 / 3n + 2     product 2n - 1 / 2n + 1     product_linear 2n - 1 / 3n
       compact n / 2n + 1         full n(n+1)/2 / (n+1)(n+2)/2  power n / n + 1
   and o_k = d_k for the scalings of its units; 2 d_k where they can be shifted too; up to d_k^2 and d_k (d_k + 1) where they can be
   mixed. Conditions and proof: symmetry.c. So dim V <= parameters - orbit. */
int64_t qd_variety_orbit(const qd_arch *arch);
/* An upper bound for it; proof there. Both agree unless units are mixed that are linearly dependent. */
int64_t qd_variety_orbit_most(const qd_arch *arch);
/* The dimension itself, as a rank at random parameters modulo a random prime: certainly no more than that, and that unless the draw was
   unlucky (orbit.c).   -> false: the matrix would be too large, and rank is untouched
     cost  (sum of d^2)^2 times the number of coefficients of all neurons, for at most 512 rows and 4e6 entries */
bool qd_variety_orbit_rank(int64_t *rank, const qd_arch *arch, uint64_t seed);

/* Why a number is an upper bound of dim V. The formulas, and proofs, are where the file is named. */
typedef enum {
    QD_UPPER_AMBIENT,      /* bound_leaf.c: the space of all polynomials */
    QD_UPPER_SUPPORT,      /* the monomials that can occur */
    QD_UPPER_ACTIVATION,   /* the space of all polynomials without the last activation */
    QD_UPPER_SYMMETRY,     /* parameters - orbit, by its formula */
    QD_UPPER_ORBIT,        /* orbit.c: parameters - orbit, by its rank */
    QD_UPPER_MATRIX,       /* bound_leaf.c: matrices of bounded rank */
    QD_UPPER_FORM,         /* quadratic forms of bounded rank */
    QD_UPPER_COMPLETED,    /* quadratic forms of bounded rank, after completing the square */
    QD_UPPER_POWERS,       /* the exceptions of [AH95] */
    QD_UPPER_RECURSION,    /* bound_table.c: the block recursion over cuts */
    QD_UPPER_LARGER,       /* the same, with more neurons behind the cut */
    QD_UPPER_CAP,          /* spans of units as spaces of polynomials; the determinantal cap */
    QD_UPPER_SPAN,         /* spans of units as spaces in the span of all */
    QD_UPPER_SUMMAND,      /* the same, where a linear space can be added to the units */
    QD_UPPER_REDUCTION,    /* reduce.c: smaller widths with the same variety */
    QD_UPPER_SQUARES,      /* bound.c: squares in the place of power neurons */
    QD_UPPER_SQUARES_SPAN, /* the same, with a matrix of bounded rank behind them */
    QD_UPPER_REASONS
} qd_variety_certificate;
const char *qd_variety_certificate_name(qd_variety_certificate certificate);

/* A step of a proof: dim V <= upper for one family. */
typedef struct {
    int64_t depth, width[QD_VARIETY_MAX_DEPTH + 1];
    qd_neuron neuron;
    bool same, biases;
    bool larger; /* a neuron of the first layer may be any polynomial of its degree; never a readout */
    int64_t upper;
    qd_variety_certificate by;
    int64_t at;      /* the hidden layer at which it is cut, 0: none */
    int64_t part[2]; /* the steps that it uses, by number, all before it; -1: none. With a cut the last of them is the block behind it */
} qd_bound_step;

/* A proof as a tree: its steps, parts before the whole, the last one the claim. */
typedef struct {
    int64_t n;
    qd_bound_step *step; /* owned */
} qd_bound_struct;
typedef qd_bound_struct qd_bound_t[1];

void qd_bound_init(qd_bound_t proof);
void qd_bound_clear(qd_bound_t proof);
void qd_bound_swap(qd_bound_t a, qd_bound_t b);
/* The family of a step, but for `larger`; borrows its widths. */
qd_arch qd_bound_arch(const qd_bound_step *step);
/* What a proof, not empty, proves. */
int64_t qd_bound_value(const qd_bound_t proof);

/* The smallest certified upper bound that we have for dim V, from the widths. Methods and proofs: bound.c.   cost  O(depth^3) */
void qd_bound_find(qd_bound_t proof, const qd_arch *arch);
/* Is parameters - orbit smaller, orbit a certified lower bound of the dimension of the orbits? Then that is the proof. */
void qd_bound_add_orbit(qd_bound_t proof, const qd_arch *arch, int64_t orbit);
/* Is it a proof? Decided by another road than the search: formulas again from the widths, orbits from values at points.
     report  (out) a line of what was confirmed, or of what was not
     ->      QD_OK: nothing contradicts it; QD_EINPUT: a step has not the shape or the value of its formula; QD_EUNABLE: a budget ran out */
qd_status qd_bound_check(qd_proof_report_t report, const qd_bound_t proof, qd_ctx_t ctx);
/* Widths of a family with the same variety, none larger than in arch (reduce.c).   width  (out) depth + 1 of them */
void qd_variety_reduce(int64_t *width, const qd_arch *arch);

/* Is the square of an affine form one of the kind's neurons, with and without biases, for every number of inputs? What is claimed: */
bool qd_variety_contains_square(qd_kind kind);
/* and what is shown of it. Is (w.a + b)^2, n inputs (homogeneous: without b), a neuron of this kind for the parameters that embed.c names? Decided as an identity
   of polynomials in w, b and a. False for kinds that do not contain it (compact, power, linear). */
bool qd_variety_embeds_square(qd_kind kind, int64_t n, bool biases);

/* ---- Jacobian modulo a prime ------------------------------------------------------------- */

/* One layer as the evaluation sees it: neuron j maps a to the power-th power of
   (r.a + r0)(g.a + g0) + s.(a*a) + t(a,a) + w.a + b. Each member is the offset of that block of parameters, row-major with a
   row per neuron, or -1 when the layer has none; a row of t is an upper triangle. After this nothing knows the kind. */
typedef struct {
    int64_t in, out, power;
    int64_t r, r0, g, g0, s, t, w, b;
} qd_variety_layer;

typedef struct {
    int64_t depth, nparams;
    qd_variety_layer layer[QD_VARIETY_MAX_DEPTH];
} qd_variety_plan;

/* Parameters are numbered layer by layer, in the order of the network file without what the homogeneous form drops. */
void qd_variety_plan_make(qd_variety_plan *plan, const qd_arch *arch);

/* Rows of the Jacobian (d output_o(x) / d theta) at npoints inputs, by reverse mode.
     rows    (out) (npoints * d_h, nparams), row-major; the outputs of one point are neighbours
     theta   nparams numbers below p
     x       (npoints, d_0), below p
     p       prime, below 2^26
     ->      QD_OK; it asks for no budget
     cost    O(nparams) a row; two threads share the points when there is enough to do */
qd_status qd_variety_jacobian(uint32_t *rows, const qd_variety_plan *plan, const uint32_t *theta, const uint32_t *x, int64_t npoints,
                              uint32_t p, qd_ctx_t ctx);
/* The rows of one input by another road, forward derivatives, for n parameters that the caller lists.
     value      (out) (n, d_h), row-major: d output_o(x) / d theta_parameter[i]
     parameter  numbers of parameters, in any order
     cost       for each of them a pass through the layers behind it, where only units that depend on it are visited */
void qd_variety_derivatives(ulong *value, const qd_variety_plan *plan, const ulong *theta, const ulong *x, const int64_t *parameter,
                            int64_t n, nmod_t mod);

/* ---- dimension --------------------------------------------------------------------------- */

typedef struct {
    int64_t max_trials;  /* (prime, parameters) pairs at most, >= 1 */
    double log2_failure; /* stop when the failure probability is below 2^this */
    bool keep_witness;
} qd_variety_options;
extern const qd_variety_options qd_variety_defaults;

/* What proves a lower bound: the minor of these rows and columns of the Jacobian is not 0 modulo the prime. */
typedef struct {
    uint32_t p;
    int64_t rank, npoints;
    uint32_t *theta, *x;   /* owned: nparams; (npoints, d_0) */
    int64_t *row, *column; /* owned, length rank: point * d_h + output; parameter */
} qd_variety_witness;

typedef struct {
    int64_t parameters, expected; /* expected: min(ambient, parameters - orbit) */
    int64_t orbit, orbit_most;    /* certified: the generic orbits of the known symmetries have a dimension between the two */
    fmpz_t ambient;
    int64_t lower, upper;               /* certified: lower <= dim V <= upper; lower is the rank found */
    qd_variety_certificate certificate; /* of upper */
    qd_bound_t proof;                   /* of upper */
    int64_t trials, points;             /* finished trials; inputs of the best one, perhaps cut short by a budget */
    qd_truth filling;                   /* dim V = ambient? */
    /* Is the generic fibre of parameters -> function, of dimension parameters - dim V, finitely many orbits of the known
       symmetries at most: is parameters - dim V the dimension of the orbits? */
    qd_truth identifiable;
    /* If dim V were larger than lower, this run would have shown it but for a probability of at most 2^log2_failure; 0 when
       nothing valid can be said; -INFINITY when lower = upper. Derived in failure.c. */
    double log2_failure;
    qd_variety_witness witness; /* empty unless kept */
} qd_variety_result_struct;
typedef qd_variety_result_struct qd_variety_result_t[1];

void qd_variety_result_init(qd_variety_result_t r);
void qd_variety_result_clear(qd_variety_result_t r);

/* Bounds and rank of one family.
     ->     QD_OK; QD_EUNABLE: a budget ran out, and r holds what is certain all the same, its lower bound that of the points that
            were reached; or the matrix would not fit max_bytes, and r is untouched
     cost   O(rank * nparams) a row; points are added until the rank meets upper or 8 new ones add nothing
     from   [KTB19]; checked against the exact rank over Q in tests/t_variety.c */
qd_status qd_variety_dimension(qd_variety_result_t r, const qd_arch *arch, const qd_variety_options *options, qd_ctx_t ctx);

/* log2 of a valid bound for the probability that one trial shows a rank <= rank although dim V > rank; 0 when vacuous. */
double qd_variety_log2_failure(const qd_arch *arch, int64_t rank, int prime_bits);

/* ---- widths ------------------------------------------------------------------------------ */

/* Is a filling family minimal: does no family with one unit less in one hidden layer fill?
     minimal  (out) QD_TRUE: each is certified not to; QD_FALSE: one is certified to; QD_UNKNOWN: neither
     open     (out) when unknown the depth + 1 widths of the first that is not decided
     ->       QD_OK, or what qd_variety_dimension answers
     cost     that of up to depth - 1 dimensions */
qd_status qd_variety_minimal(qd_truth *minimal, int64_t *open, const qd_arch *arch, qd_ctx_t ctx);
/* The smallest r >= 2 such that the rank found is the expected dimension for all powers r..max_power of linear neurons; 0 when it is not at
   max_power. Nothing is said about larger powers.
     ->    QD_OK, or what qd_variety_dimension answers
     cost  that of up to max_power - 1 dimensions */
qd_status qd_variety_threshold(int64_t *least, const qd_arch *arch, int64_t max_power, qd_ctx_t ctx);
/* Do the widths rise, then fall? */
bool qd_variety_unimodal(const qd_arch *arch);
/* Widths of hidden layers that are at least those of arch, widened in turn as long as that brings the number of parameters nearer to
   `wanted`.   width  (out) depth + 1 of them */
void qd_variety_widen(int64_t *width, const qd_arch *arch, int64_t wanted);

/* ---- certificates ------------------------------------------------------------------------ */

/* A proof of lower <= dim V <= upper that needs no trust in how it was found: the minor of these rows and columns of the Jacobian at theta and
   the inputs x is `determinant`, and not 0, modulo the prime; and the steps of an upper bound. */
typedef struct {
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch arch; /* its widths are those above */
    int64_t lower, prime, determinant, npoints;
    int64_t *theta, *x, *row, *column; /* owned, as in qd_variety_witness */
    qd_bound_t upper;                  /* empty in a file of the first format, which has a lower bound only */
    char *version;                     /* owned: of the program that made it */
    char checksum[32];                 /* as it was read */
} qd_certificate_struct;
typedef qd_certificate_struct qd_certificate_t[1];

void qd_certificate_init(qd_certificate_t c);
void qd_certificate_clear(qd_certificate_t c);

/* From what a search found, its witness kept.   -> QD_OK, or what qd_variety_jacobian answers */
qd_status qd_certificate_make(qd_certificate_t c, const qd_arch *arch, const qd_variety_result_t r, qd_ctx_t ctx);
/* Appends the file: JSON, with a checksum over everything. */
void qd_certificate_print(qd_buf_t out, const qd_certificate_t c);
/* Reads the file.   -> QD_OK; QD_EINPUT: a member is missing, of another type or size, or cannot be */
qd_status qd_certificate_read(qd_certificate_t c, const qd_node *root, qd_ctx_t ctx);
/* Is it one? Decided by another road than the search: forward derivatives (qd_variety_derivatives) and the determinant by FLINT, then
   qd_bound_check. c was read from a file.
     report  (out) what was confirmed, and what was not
     ->      QD_OK: nothing contradicts it; QD_EINPUT: the minor is 0 or not what c says, a step of the upper bound is none, or the checksum
             is not that of c, which finds damage that nothing else notices; QD_EUNABLE: the budget ran out
     cost    lower columns for each point among the rows (qd_variety_derivatives), and lower^3 */
qd_status qd_certificate_check(qd_proof_report_t report, const qd_certificate_t c, qd_ctx_t ctx);

/* ---- functional dimension ---------------------------------------------------------------- */

typedef struct {
    qd_label label; /* of dimension: exact or lower_bound */
    int64_t dimension, parameters, points;
    int64_t upper;                     /* certified, at these and all other parameters: dimension <= upper */
    int64_t regions, excluded_regions; /* -1 where they are not all known. Excluded: some pre-activation is 0 on all of it */
    int64_t excluded_points;           /* tried, but a pre-activation was 0 there */
} qd_functional;

/* Rank of the rows d output_o(x) / d theta over all points x at which every switching unit has a pre-activation other than 0. Degrees are
   those at the weights: a factor that is constant raises none.
   One input: all regions of the line, exact. More inputs: all regions where the engines find them (conventional networks, in the plane others
   with at most MOST_UNITS switching units of degree at most MOST_DEGREE, see functional_regions.c), exact. Otherwise points around the regions
   that lines and planes through the space show, and random ones, a lower bound unless it meets upper; on a line that is so for degrees above 4096.
     ->    QD_OK; QD_EUNABLE: a budget ran out, or only a part was tried; r then holds the lower bound of the r->points points and
           the r->regions regions that were reached (none: points 0)
     cost  the regions (qd_line_compute, qd_engine_compute), degree + 1 points in each on a line, and the rank of as many rows, proved over Q */
qd_status qd_variety_functional(qd_functional *r, const qd_net_t net, qd_ctx_t ctx);
/* Directions in which the parameters of every network with these kinds and widths can be changed without changing the function: for
   each hidden unit its positive multiples, absorbed by the next layer, and what its own pre-activation does not determine, such as
   (wr, wg) -> (t wr, wg / t). The functional dimension is at most the parameters without them. */
int64_t qd_variety_functional_symmetries(const qd_net_t net);

#ifdef __cplusplus
}
#endif
#endif
