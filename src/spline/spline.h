/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: splines. Piecewise polynomials of one variable as files and values, networks for them, and how far a network is from a
   function.

   spline     piecewise polynomials of one variable: type, file, comparison, the spline of a network
   construct  spline -> network (theorem 1)
   certify    rigorous bounds of the largest error against a target function
   extremal   networks with many pieces

   Theorem numbers T1.x: DEFINITIONS section 3. */
#ifndef QD_SPLINE_H
#define QD_SPLINE_H

#include "line/line.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- spline ------------------------------------------------------------------------------ */

/* A piecewise polynomial vector function of one variable on the whole line or on a closed interval:
   poly[i * outputs + o] on (at[i-1], at[i]), with at[-1] and at[nbreaks] the ends. */
typedef struct {
    slong nbreaks, outputs;
    bool has_lo, has_hi; /* finite ends */
    fmpq_t lo, hi;
    qd_alg_struct *at;      /* owned, length nbreaks, strictly ascending, inside (lo, hi) */
    fmpq_poly_struct *poly; /* owned, (nbreaks + 1, outputs) row-major */
} qd_spline_struct;
typedef qd_spline_struct qd_spline_t[1];

void qd_spline_init(qd_spline_t s); /* the empty spline: 0 breaks, 0 outputs */
void qd_spline_clear(qd_spline_t s);
void qd_spline_swap(qd_spline_t a, qd_spline_t b);
void qd_spline_set(qd_spline_t a, const qd_spline_t b);
/* Zero polynomials, breakpoints 0; whole line. */
void qd_spline_resize(qd_spline_t s, slong nbreaks, slong outputs);
fmpq_poly_struct *qd_spline_poly(const qd_spline_t s, slong piece, slong output);

/* Largest degree over pieces and outputs; -1 for the zero function. */
slong qd_spline_degree(const qd_spline_t s);
/* Removes breakpoints at which all outputs have the same polynomial on both sides. */
void qd_spline_merge(qd_spline_t s);
/* Equal ends, breakpoints and polynomials; call qd_spline_merge on both first. */
bool qd_spline_equal(const qd_spline_t a, const qd_spline_t b);
/* The first difference as a sentence for a report, or "" when equal. */
void qd_spline_difference(qd_buf_t out, const qd_spline_t a, const qd_spline_t b);
/* Largest k such that k derivatives of all outputs are continuous at breakpoint i (-1: a jump); WORD_MAX when
   the polynomials are equal. */
slong qd_spline_smoothness(const qd_spline_t s, slong i);
/* Is s discontinuous? Then (*i, *o) is the first breakpoint and output with a jump. */
bool qd_spline_jump(slong *i, slong *o, const qd_spline_t s);
/* QD_OK, or QD_EINPUT naming the first discontinuous breakpoint with both values. */
qd_status qd_spline_check_continuous(const qd_spline_t s, qd_ctx_t ctx);
/* Value at a rational point of the domain, length outputs (at a breakpoint: the left piece). */
void qd_spline_eval(qd_vec_t y, const qd_spline_t s, const fmpq_t x);

/* Spline files (DEFINITIONS section 6): {"breakpoints": [...], "pieces": [...], "interval": [a, b]}; a piece is a list of
   coefficients from the constant up, or for a vector-valued spline a list of such lists, one an output.
   Breakpoints are rational, ascending, inside the interval; the spline must be continuous.
     -> QD_OK; QD_EIO: the file cannot be read; QD_EINPUT: names line and column, or the breakpoint with a jump and both values */
qd_status qd_spline_read(qd_spline_t s, const char *path, qd_ctx_t ctx);
qd_status qd_spline_parse(qd_spline_t s, const char *text, size_t len, qd_ctx_t ctx);
qd_status qd_spline_from_node(qd_spline_t s, const qd_node *root, qd_ctx_t ctx);
/* Rational breakpoints only; parse gives the spline back. */
void qd_spline_print(qd_buf_t out, const qd_spline_t s);

/* A random continuous spline with rational breakpoints: degree <= N (N reached), exactly K breakpoints at which it
   changes, smoothness at least C^smooth (0 <= smooth < N; with K = 0 any N >= 0); coefficients and breakpoints
   of small height, now and then of huge height. On the whole line, or on an interval when bounded. */
void qd_spline_random(qd_spline_t s, slong degree, slong nbreaks, slong smooth, slong outputs, bool bounded, qd_rng_t rng);

/* ---- the spline of a network -------------------------------------------------------------- */

/* The whole result as a merged spline (pieces). QD_EUNABLE when the count is not exact. */
qd_status qd_spline_set_line(qd_spline_t s, qd_line_t line, qd_ctx_t ctx);

/* Does the network with one input equal s on the whole domain of s? Exact: both sides as merged splines, compared by equality of
   breakpoints and coefficients.
     why    (out) gets one sentence unless the answer is QD_TRUE
     ->     QD_UNKNOWN: the budget of ctx ran out */
qd_truth qd_spline_verify(qd_buf_t why, const qd_net_t net, const qd_spline_t s, qd_ctx_t ctx);

/* ---- construct --------------------------------------------------------------------------- */

typedef enum {
    QD_CONSTRUCT_INTERVAL, /* T1.1: one hidden layer on a closed interval, degree <= 2 */
    QD_CONSTRUCT_SMOOTH,   /* T1.2: C^(N-1) splines */
    QD_CONSTRUCT_GENERAL   /* T1.3: every continuous spline */
} qd_construct_method;

typedef struct {
    qd_construct_method method;
    slong degree, nbreaks, outputs; /* of the merged spline */
    slong depth, width, units;      /* hidden layers, widest hidden layer, hidden units */
    int64_t params;
    slong bound_depth, bound_width; /* what the theorem promises; for p outputs p networks side by side */
    slong proved_width;             /* what construct_line.c and construct_interval.c prove:
                                            width <= proved_width <= bound_width */
    bool depth_minimal;             /* proved: no ReLU quadratic network of smaller depth equals the spline */
} qd_construct_report;

const char *qd_construct_method_name(qd_construct_method m); /* "T1.1", "T1.2", "T1.3" */

/* A ReLU network of quadratic neurons with a linear readout that equals s on its whole domain. Breakpoints
   must be rational and s continuous.
     report  may be NULL
     ->      QD_OK; QD_EINPUT: an irrational breakpoint, a discontinuity or no output; QD_EUNABLE: the budget ran out
     width   degree N >= 2 on the line, K breakpoints, one output: at most max(K + 2, N); proofs in construct_line.c */
qd_status qd_construct(qd_net_t net, qd_construct_report *report, const qd_spline_t s, qd_ctx_t ctx);

/* ---- certify ----------------------------------------------------------------------------- */

/* What a network is compared with. */
typedef struct {
    const qd_expr_struct *expr; /* borrowed: one function of x for all outputs, or one for each; not used with a spline */
    slong nexpr;
    const qd_spline_struct *spline; /* borrowed; NULL: the expressions */
} qd_target;

/* The largest error: the maximum over outputs and over the closed interval of |network - target|. At a jump of the target its value
   and both one-sided limits count (the value need not lie between them: abs(sign(x)) at 0), at an end of the interval its value and
   the limit from inside: so it is the supremum of the values on the interval, attained in this sense. step(0) = 1, sign(0) = 0. */
typedef struct {
    arf_t lower, upper; /* certain: lower <= largest error <= upper; upper may be infinite */
    bool reached;       /* upper - lower <= tolerance * upper, or upper < 2^-100, or upper <= enough or lower > enough */
    slong output;
    fmpq_t at; /* there the error of that output, or a one-sided limit of it, is at least lower; where a single irrational point has the
                  largest error, within 2^-100 of it */
    slong nwhere;
    arf_struct *where;       /* owned, (nwhere, 2): intervals, ascending; the largest error is attained in one of them. None where
                                            the network is the target, and where the search did not begin */
    slong pieces, intervals; /* common pieces of network and target; intervals of the search ("cells" in what is printed) */
} qd_enclosure_struct;
typedef qd_enclosure_struct qd_enclosure_t[1];

void qd_enclosure_init(qd_enclosure_t r); /* 0 <= error <= 0 */
void qd_enclosure_clear(qd_enclosure_t r);

/* Encloses the largest error of a network with one input on [lo, hi], from the exact pieces of the network. Polynomial targets
   (splines, and expressions written as polynomials) are subtracted exactly: an error of 0 is found to be 0.
     tolerance  0 < tolerance < 1: the relative width wanted
     ->         QD_OK; QD_EINPUT (more than one input, lo >= hi, an expression with y, other numbers of outputs, a spline that
                does not cover the interval); QD_EDOMAIN: the target has no finite value somewhere; QD_EUNABLE: the budget ran out, or
                the target cannot be decided at some point (certify_search.c, which says why every search ends), and result holds
                what is certain by then
     cost       per piece some intervals of the search; one costs (degree^2) ball operations and some for each node of the expression.
                About log(1/tolerance) intervals around each maximum, kink or jump, tolerance^(-1/3) where the error is nearly constant
     method     certify.c; checked in tests/t_certify.c against sampling, against critical points found by root isolation, and
                where the answer is known (T1.4: best linear fits of x^2) */
qd_status qd_certify(qd_enclosure_t result, const qd_net_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi, double tolerance,
                     qd_ctx_t ctx);

/* The same for a continuous spline in the place of the network; its breakpoints lie inside (lo, hi).
     enough  NULL, or a bound: the search ends as soon as the error is known to be at most so much, or to be more, and does not say where it is
             largest */
qd_status qd_certify_spline(qd_enclosure_t result, const qd_spline_t s, const qd_target *target, const fmpq_t lo, const fmpq_t hi,
                            double tolerance, const arf_struct *enough, qd_ctx_t ctx);

/* ---- extremal ---------------------------------------------------------------------------- */

typedef enum { QD_EXTREMAL_TENT, QD_EXTREMAL_LOGISTIC, QD_EXTREMAL_FOLD, QD_EXTREMAL_CHAIN, QD_EXTREMAL_RING, QD_EXTREMALS } qd_extremal;
const char *qd_extremal_name(qd_extremal e);
slong qd_extremal_least_width(qd_extremal e);
/* A network of `depth` hidden layers of `width` quadratic ReLU units with one input and a linear readout. See extremal.c for the
   number of pieces each construction has.
     -> QD_OK; QD_EINPUT: the construction needs more width */
qd_status qd_extremal_net(qd_net_t net, qd_extremal e, slong width, slong depth, qd_ctx_t ctx);
/* Simulated annealing on the number of regions, over rational weights: from the construction with most regions (stream divisible by 3), from a
   random network, or from the logistic one. `steps` networks are counted, fewer when the bound pattern-root is reached.
     net  (out) the best network found; a function of (width, depth, steps, stream) and ctx->seed
     ->   QD_OK; QD_EINPUT: width or depth < 1; QD_EUNABLE: the budget ran out */
qd_status qd_extremal_search(qd_net_t net, slong width, slong depth, slong steps, uint64_t stream, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
