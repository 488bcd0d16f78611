/* quadric: pieces. Networks as exact piecewise polynomials, and back.

   spline     piecewise polynomials of one variable: type, file, comparison
   construct  spline -> network (theorem 1)
   count      what was counted and how far it may be trusted; any dimension
   line       network restricted to a line -> regions, breakpoints, polynomials
   certify    rigorous bounds of the largest error against a target function
   bound      formulas that bound piece counts
   extremal   networks with many pieces

   Definitions: DEFINITIONS section 2. Theorem numbers T1.x: DEFINITIONS section 3. */
#ifndef QD_PIECE_H
#define QD_PIECE_H

#include "net/net.h"

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
   Breakpoints are rational, ascending, inside the interval; the spline must be continuous. */
qd_status qd_spline_read(qd_spline_t s, const char *path, qd_ctx_t ctx);
qd_status qd_spline_parse(qd_spline_t s, const char *text, size_t len, qd_ctx_t ctx);
/* Rational breakpoints only; parse gives the spline back. */
void qd_spline_print(qd_buf_t out, const qd_spline_t s);

/* A random continuous spline with rational breakpoints: degree <= N (N reached), exactly K breakpoints at which it
   changes, smoothness at least C^smooth (0 <= smooth < N; with K = 0 any N >= 0); coefficients and breakpoints
   of small height, now and then of huge height. On the whole line, or on an interval when bounded. */
void qd_spline_random(qd_spline_t s, slong degree, slong nbreaks, slong smooth, slong outputs, bool bounded, qd_rng_t rng);

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

/* ---- count ------------------------------------------------------------------------------- */

/* Counts of DEFINITIONS section 2; label is exact, or lower_bound when a budget ended the work. */
typedef struct {
    qd_label label;
    slong patterns, regions, pieces;
    slong max_degree; /* exact only with label exact; -1: the zero function */
} qd_count;

/* ---- line -------------------------------------------------------------------------------- */

typedef struct {
    const fmpq *base, *through; /* borrowed points P, Q: x(t) = P + t (Q - P); both NULL: input_dim must be 1, x = t */
    const fmpq *lo, *hi;        /* borrowed; open t-interval; NULL: infinite */
} qd_line_domain;

/* A network restricted to a line, fully analysed. Regions are numbered from left to right; breakpoint i lies between
   regions i and i + 1. The counts are computed at once; polynomials and algebraic numbers are made when asked for,
   from the network and the region's pattern, so asking costs exact arithmetic. */
typedef struct {
    struct qd_line_impl *impl; /* owned; NULL while empty */
} qd_line_struct;
typedef qd_line_struct qd_line_t[1];

void qd_line_init(qd_line_t line);
void qd_line_clear(qd_line_t line);

/* Analyses net on the domain.
     -> QD_OK; QD_EINPUT (wrong dimension, equal points, lo >= hi); QD_EUNABLE: the budget ran out, and line then
        holds a valid lower bound (qd_line_count says so) with the finished regions only
     cost  for each cell of each layer about (units * degree^2) double operations; exact arithmetic only
           where doubles cannot decide */
qd_status qd_line_compute(qd_line_t line, const qd_net_t net, const qd_line_domain *domain, qd_ctx_t ctx);

qd_count qd_line_count(const qd_line_t line);
slong qd_line_nregions(const qd_line_t line); /* finished ones: all of them when exact, else perhaps fewer than the count says */
slong qd_line_nbreaks(const qd_line_t line);  /* nregions - 1; when not exact, regions i and i + 1 need not be neighbours */
slong qd_line_outputs(const qd_line_t line);

/* Pattern of region i as '0' / '1' per switching unit, layer by layer; room for qd_net_nswitching + 1. */
void qd_line_pattern(char *pattern, const qd_line_t line, slong region);
/* A rational point strictly inside region i. Pre-activations may touch 0 there, so as a witness of the pattern it has to be
   checked, and moved a little where it fails. */
void qd_line_sample(fmpq_t t, const qd_line_t line, slong region);
/* Two rationals strictly inside region i, on either side of its sample and at most `step` >= 1 away from it; for a line on the whole axis. */
qd_status qd_line_inner(fmpq_t lo, fmpq_t hi, const qd_line_t line, slong region, slong step, qd_ctx_t ctx);
/* The output polynomials on region i, length outputs. */
qd_status qd_line_poly(fmpq_poly_struct *poly, const qd_line_t line, slong region, qd_ctx_t ctx);
/* Breakpoint i as an algebraic number, simplified (rational numbers are rational). */
qd_status qd_line_breakpoint(qd_alg_t a, const qd_line_t line, slong i, qd_ctx_t ctx);
/* A double next to breakpoint i, for display. */
double qd_line_approx(const qd_line_t line, slong i);
/* Do pieces meet there (the output polynomials differ)? */
bool qd_line_changes(const qd_line_t line, slong i);
/* Smoothness class at breakpoint i, WORD_MAX where the output does not change. */
qd_status qd_line_smoothness(slong *k, const qd_line_t line, slong i, qd_ctx_t ctx);
/* The whole result as a merged spline (pieces). QD_EUNABLE when the count is not exact. */
qd_status qd_line_spline(qd_spline_t s, const qd_line_t line, qd_ctx_t ctx);

/* Does the network with one input equal s on the whole domain of s? Exact: both sides as merged splines, compared by equality of
   breakpoints and coefficients.
     why    (out) gets one sentence unless the answer is QD_TRUE
     ->     QD_UNKNOWN: the budget of ctx ran out */
qd_truth qd_spline_verify(qd_buf_t why, const qd_net_t net, const qd_spline_t s, qd_ctx_t ctx);

/* ---- certify ----------------------------------------------------------------------------- */

/* What a network is compared with. */
typedef struct {
    const qd_expr_struct *expr; /* borrowed: one function of x for all outputs, or one for each; not used with a spline */
    slong nexpr;
    const qd_spline_struct *spline; /* borrowed; NULL: the expressions */
} qd_target;

/* The largest error: the maximum over outputs and the supremum over a closed interval of |network - target|, where at a jump of the
   target both one-sided limits count (and its value, which lies between them). */
typedef struct {
    arf_t lower, upper; /* certain: lower <= largest error <= upper; upper may be infinite */
    bool reached;       /* upper - lower <= tolerance * upper, or upper < 2^-100 */
    slong output;
    fmpq_t at; /* there the error of that output is at least lower */
    slong nwhere;
    arf_struct *where;   /* owned, (nwhere, 2): intervals, ascending; the largest error is attained in one of them. None where
                                            the network is the target, and where the search did not begin */
    slong pieces, cells; /* common pieces of network and target; cells of the search */
} qd_enclosure_struct;
typedef qd_enclosure_struct qd_enclosure_t[1];

void qd_enclosure_init(qd_enclosure_t r); /* 0 <= error <= 0 */
void qd_enclosure_clear(qd_enclosure_t r);

/* Encloses the largest error of a network with one input on [lo, hi], from the exact pieces of the network. Polynomial targets
   (splines, and expressions written as polynomials) are subtracted exactly: an error of 0 is found to be 0.
     tolerance  0 < tolerance < 1: the relative width wanted
     ->         QD_OK; QD_EINPUT (more than one input, lo >= hi, an expression with y, other numbers of outputs, a spline that
                does not cover the interval); QD_EDOMAIN: the target has no finite value somewhere; QD_EUNABLE: the budget ran out,
                and result holds what is certain by then
     cost       per piece some cells of the search; a cell costs (degree^2) ball operations and some for each node of the expression.
                A smooth target needs about tolerance^(-1/3) cells around each maximum, one with kinks or jumps log(1/tolerance) around
                each
     method     certify.c; checked in tests/t_certify.c against sampling, against critical points found by root isolation, and
                where the answer is known (T1.4: best linear fits of x^2) */
qd_status qd_certify(qd_enclosure_t result, const qd_net_t net, const qd_target *target, const fmpq_t lo, const fmpq_t hi, double tolerance,
                     qd_ctx_t ctx);

/* ---- bound ------------------------------------------------------------------------------- */

/* Upper bound of the number of regions (hence pieces) of a network in one dimension, on any domain: by counting patterns instead of
   regions, B_l <= B_(l-1) + d_l D_l N_(l-1). Proof in bound.c. Never above layer-product, P_(l-1) (1 + d_l D_l). */
void qd_bound_line(fmpz_t bound, const qd_net_t net);
#define QD_BOUND_LINE_NAME "pattern-root"
/* DEFINITIONS section 5: P_l = P_(l-1) (1 + d_l D_l). */
void qd_bound_line_product(fmpz_t bound, const qd_net_t net);
#define QD_BOUND_LINE_PRODUCT_NAME "layer-product"

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
