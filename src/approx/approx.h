/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: how many pieces and units a function needs for an error, and what reaches it.

   target       the function: an expression, a spline or a network with one input, on a closed interval
   lower        points that prove how many polynomial pieces every continuous piecewise polynomial within the tolerance has (T1.9)
   upper        a continuous piecewise polynomial with rational data within the tolerance
   units        what both say about networks
   network      a network within the tolerance
   certificate  the points as a file, and a check of it that knows nothing of the search

   The search works in doubles and proposes; what is said is proved in balls or exactly. Theorem numbers T1.x: DEFINITIONS section 3. */
#ifndef QD_APPROX_H
#define QD_APPROX_H

#include "spline/spline.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Largest degree of a piece. */
#define QD_APPROX_MAX_DEGREE 16
/* Most hidden layers: 2^4 is that degree. */
#define QD_APPROX_MAX_DEPTH 4

/* ---- target ------------------------------------------------------------------------------ */

/* A polynomial of the target in doubles: sum a_k ((x - centre) / half)^k up to `end`. */
typedef struct {
    double end, centre, half;
    slong n;
    double *a; /* owned, length n */
} qd_approx_section;

/* A continuous function on [lo, hi] with one value. */
typedef struct {
    qd_expr_t expr; /* is it, unless spline is set */
    bool is_spline;
    qd_spline_t spline;
    fmpq_t lo, hi;
    double size;                /* an upper bound of |f| */
    qd_expr_parts_t parts;      /* of expr */
    slong nsections;            /* of spline */
    qd_approx_section *section; /* owned */
    slong nkinks;
    double *kink; /* owned, ascending: points that a search looks at: where signs in expr change, breakpoints of spline, peaks */
} qd_approx_target_struct;
typedef qd_approx_target_struct qd_approx_target_t[1];

void qd_approx_target_init(qd_approx_target_t f);
void qd_approx_target_clear(qd_approx_target_t f);
/* The expression `text`, or the built-in function of that name, of x.
     -> QD_OK; QD_EINPUT: it cannot be read, has a y, lo >= hi, or jumps: no continuous function comes within half the jump, and the
        sentence says how much that is; QD_EDOMAIN: no finite value somewhere on [lo, hi]; QD_EUNABLE: the budget ran out, or whether it
        jumps cannot be decided */
qd_status qd_approx_target_set_expr(qd_approx_target_t f, const char *text, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx);
/* -> QD_OK; QD_EINPUT: lo >= hi, not one output, a smaller domain, a jump */
qd_status qd_approx_target_set_spline(qd_approx_target_t f, const qd_spline_t s, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx);
/* The exact pieces of a network.   -> QD_OK; QD_EINPUT: lo >= hi, not one input and one output; QD_EUNABLE: the budget ran out */
qd_status qd_approx_target_set_net(qd_approx_target_t f, const qd_net_t net, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx);
/* As certification takes it; borrowed from f. */
qd_target qd_approx_target_view(const qd_approx_target_t f);
/* Is eps a tolerance for f?   -> QD_OK; QD_EINPUT: eps <= 0, or below what the search in doubles can tell apart, with the least one */
qd_status qd_approx_check_tolerance(const qd_approx_target_t f, const fmpq_t eps, qd_ctx_t ctx);

/* ---- lower ------------------------------------------------------------------------------- */

/* m tuples of degree + 2 ascending points each; the intervals from the first to the last point of a tuple have disjoint interiors, and no
   polynomial of the degree is within the tolerance at all points of one tuple. */
typedef struct {
    slong degree, m;
    fmpq *point; /* owned, (m, degree + 2) */
} qd_approx_lower_struct;
typedef qd_approx_lower_struct qd_approx_lower_t[1];

void qd_approx_lower_init(qd_approx_lower_t r);
void qd_approx_lower_clear(qd_approx_lower_t r);

/* Every continuous piecewise polynomial of the degree within eps of f on [lo, hi] has at least r->m + 1 pieces: proved, in balls where f is an
   expression, exactly where it is a spline or a network. For such functions that need not be continuous but whose one-sided limits are
   within eps too, m + 1 is the least number itself, but for roundings.
     ->    QD_OK; QD_EINPUT: degree or tolerance; QD_EUNABLE: the budget ran out
     cost  about 100 values of f in doubles a tuple for degree 1, and degree + 2 in balls
     from  lower.c: the greatest number of such tuples, by the shortest from the left */
qd_status qd_approx_lower(qd_approx_lower_t r, const qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx);

/* Is no polynomial of the degree within eps of f at these degree + 2 ascending points? */
qd_truth qd_approx_tuple(const fmpq *point, const qd_approx_target_t f, slong degree, const fmpq_t eps);

/* ---- upper ------------------------------------------------------------------------------- */

/* A continuous spline of the degree with rational breakpoints and coefficients on [lo, hi] that is within eps of f; few pieces. Peaks
   of f that only the certificate found are remembered in f, for later searches.
     error  (out) its certified enclosure, upper at most eps
     ->     QD_OK; QD_EINPUT: degree or tolerance; QD_EUNABLE: the budget ran out, or no spline that was found is within eps
     from   upper.c: for degree 1 the least number of pieces, but for roundings */
qd_status qd_approx_upper(qd_spline_t s, qd_enclosure_t error, qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx);

/* ---- units ------------------------------------------------------------------------------- */

/* The least number of hidden units with which ReLU networks of one input can have so many pieces; lower bounds of units, since a network
   within the tolerance has at least as many pieces as are needed.
     conventional  one hidden layer of N units: at most N + 1 pieces of degree 1
     any_depth     conventional, any number of layers: at most G(N) (T1.8)
     quadratic     depth >= 1 layers of d_1, ..., d_L units: at most prod (1 + 2^l d_l) pieces, of degree 2^L or less */
slong qd_approx_units_conventional(slong pieces);
slong qd_approx_units_any_depth(slong pieces);
slong qd_approx_units_quadratic(slong pieces, slong depth);

/* What is known about networks of one kind within the tolerance. */
typedef struct {
    qd_kind kind;
    slong depth;    /* hidden layers at most; 0: any number */
    slong at_least; /* units: no network has fewer */
    slong reached;  /* units of a network that was made (network, below) */
    const char *by; /* what at_least rests on, beside the points of `lower` */
} qd_approx_units;

/* Everything about one target and one tolerance. */
typedef struct {
    slong degree;
    qd_approx_lower_t lower;
    qd_spline_t upper;
    qd_enclosure_t error; /* of upper */
    slong nunits;
    qd_approx_units units[4]; /* conventional of one hidden layer and of any depth, quadratic of one and of up to two hidden layers */
} qd_approx_need_struct;
typedef qd_approx_need_struct qd_approx_need_t[1];

void qd_approx_need_init(qd_approx_need_t r);
void qd_approx_need_clear(qd_approx_need_t r);
/* -> QD_OK; QD_EINPUT: degree or tolerance; QD_EUNABLE: the budget ran out, or no spline was found */
qd_status qd_approx_need(qd_approx_need_t r, qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx);

/* ---- network ----------------------------------------------------------------------------- */

typedef struct {
    qd_kind kind;
    slong depth, degree; /* hidden layers of the network, degree of its pieces */
    slong pieces, units; /* of the network */
    slong parameters;
    slong
        least_pieces; /* proved: every network of the kind within eps with at most `depth` hidden layers, as asked for, has so many pieces */
    slong least_units;    /* and so many units, or more */
    qd_enclosure_t error; /* certified */
} qd_approx_report_struct;
typedef qd_approx_report_struct qd_approx_report_t[1];

void qd_approx_report_init(qd_approx_report_t r);
void qd_approx_report_clear(qd_approx_report_t r);

/* A network with rational weights within eps of f.
     kind   QD_LINEAR: one hidden layer of conventional units, for the best spline of degree 1; QD_QUADRATIC: of all splines of degree 1 to
            2^depth whose network has at most `depth` hidden layers the one with the fewest parameters
     ->     QD_OK; QD_EINPUT: depth, tolerance; QD_EUNABLE: the budget ran out, or no spline was found */
qd_status qd_approx_network(qd_net_t net, qd_approx_report_t report, qd_approx_target_t f, const fmpq_t eps, qd_kind kind, slong depth,
                            qd_ctx_t ctx);

/* ---- certificate ------------------------------------------------------------------------- */

#define QD_APPROX_FORMAT "quadric need 1"

typedef enum { QD_APPROX_EXPRESSION, QD_APPROX_SPLINE, QD_APPROX_NETWORK } qd_approx_kind;

/* That every continuous piecewise polynomial of the degree within eps of the target on [lo, hi] has at least tuples.m + 1 pieces. */
typedef struct {
    qd_approx_kind kind; /* which of the three the target is */
    qd_expr_t expr;
    qd_spline_t spline;
    qd_net_t net;
    fmpq_t lo, hi, eps;
    qd_approx_lower_t tuples;
    char *version, *checksum; /* owned: as read; NULL before */
} qd_approx_certificate_struct;
typedef qd_approx_certificate_struct qd_approx_certificate_t[1];

void qd_approx_certificate_init(qd_approx_certificate_t c);
void qd_approx_certificate_clear(qd_approx_certificate_t c);
/* net: the network that f was made from; NULL: none */
void qd_approx_certificate_make(qd_approx_certificate_t c, const qd_approx_target_t f, const qd_net_struct *net, const fmpq_t eps,
                                const qd_approx_lower_t tuples);
/* Appends the file (DEFINITIONS section 6). */
void qd_approx_certificate_print(qd_buf_t out, const qd_approx_certificate_t c);
/* Reads it.   -> QD_OK; QD_EINPUT: a member is missing, of another type or size, or cannot be. c is to be cleared in either case */
qd_status qd_approx_certificate_read(qd_approx_certificate_t c, const qd_node *root, qd_ctx_t ctx);
/* Is it true? The target is evaluated anew: an expression as an interval around each point, a network by itself and not by its pieces; then
   divided differences by their recursion, in rationals. The checksum is looked at last: what is wrong is named.
     ->    QD_OK: proved; QD_EINPUT: refused, the message says why; QD_EUNABLE: the budget ran out
     from  certificate_check.c */
qd_status qd_approx_certificate_check(const qd_approx_certificate_t c, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
