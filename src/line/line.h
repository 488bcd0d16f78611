/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: the engine on a line. A network restricted to a line -> its regions, breakpoints and polynomials. */
#ifndef QD_LINE_H
#define QD_LINE_H

#include "piece/piece.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- line -------------------------------------------------------------------------------- */

/* A network restricted to a line, fully analysed. Regions are numbered from left to right; breakpoint i lies between
   regions i and i + 1. The counts are computed at once; polynomials and algebraic numbers are made when asked for,
   from the network and the region's pattern, so asking costs exact arithmetic. What takes a line that is not const keeps what it makes
   in the line: one thread at a time. */
typedef struct {
    struct qd_line_impl *impl; /* owned; NULL while empty */
} qd_line_struct;
typedef qd_line_struct qd_line_t[1];

void qd_line_init(qd_line_t line);
void qd_line_clear(qd_line_t line);

/* Analyses net on a line, dim 1; dim 0 when the network has one input.
     -> QD_OK; QD_EINPUT (wrong dimension, equal points, lo >= hi); QD_EUNABLE: the budget ran out, and line then
        holds a valid lower bound (qd_line_count says so) with the finished regions only
     cost  for each cell of each layer about (units * degree^2) double operations; exact arithmetic only
           where doubles cannot decide */
qd_status qd_line_compute(qd_line_t line, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx);

qd_count qd_line_count(const qd_line_t line);
slong qd_line_nregions(const qd_line_t line); /* finished ones: all of them when exact, else perhaps fewer than the count says */
slong qd_line_nbreaks(const qd_line_t line);  /* nregions - 1; when not exact, regions i and i + 1 need not be neighbours */
slong qd_line_outputs(const qd_line_t line);
/* The left or right end of the domain, borrowed; NULL: infinite. */
const fmpq *qd_line_end(const qd_line_t line, bool right);

/* Pattern of region i as '0' / '1' per switching unit, layer by layer; room for qd_net_nswitching + 1. */
void qd_line_pattern(char *pattern, const qd_line_t line, slong region);
/* A rational point strictly inside region i. Pre-activations may touch 0 there, so as a witness of the pattern it has to be
   checked, and moved a little where it fails. */
void qd_line_sample(fmpq_t t, qd_line_t line, slong region);
/* Two rationals strictly inside region i, on either side of its sample and at most `step` >= 1 away from it; for a line on the whole axis.
     -> QD_OK; QD_EUNABLE: the budget ran out. The three below answer alike */
qd_status qd_line_inner(fmpq_t lo, fmpq_t hi, qd_line_t line, slong region, slong step, qd_ctx_t ctx);
/* The output polynomials on region i, length outputs.
     cost  exact arithmetic on polynomials, from the first layer on in which the region's pattern differs from that asked for last */
qd_status qd_line_poly(fmpq_poly_struct *poly, qd_line_t line, slong region, qd_ctx_t ctx);
/* Breakpoint i as an algebraic number, simplified (rational numbers are rational).
     cost  as for a polynomial of its layer, and the isolation of a root */
qd_status qd_line_breakpoint(qd_alg_t a, qd_line_t line, slong i, qd_ctx_t ctx);
/* A double next to breakpoint i, for display. */
double qd_line_approx(const qd_line_t line, slong i);
/* Do pieces meet there (the output polynomials differ)? */
bool qd_line_changes(const qd_line_t line, slong i);
/* Smoothness class at breakpoint i, WORD_MAX where the output does not change, and where the budget ran out. */
qd_status qd_line_smoothness(slong *k, qd_line_t line, slong i, qd_ctx_t ctx);

/* ---- witnesses ----------------------------------------------------------------------------- */

/* A rational point of the line and the pattern that evaluation of the network shows there. */
typedef struct {
    char *pattern; /* owned: '0' / '1' per switching unit */
    fmpq_t at;     /* t */
} qd_line_witness;

typedef struct {
    slong n;
    qd_line_witness *item; /* owned */
} qd_line_witnesses_struct;
typedef qd_line_witnesses_struct qd_line_witnesses_t[1];

void qd_line_witnesses_init(qd_line_witnesses_t w);
void qd_line_witnesses_clear(qd_line_witnesses_t w);
/* One witness for each pattern among the finished regions, from left to right: what proves a lower bound of their number. In a line without
   a finished region one point, and what is shown there, or none where no value can be written down. As few pre-activations as can be found
   are 0 at a point. Where a value has more than QD_EVAL_MAX_BITS bits, or a pre-activation touches 0 at all points that were tried, the region's sample and pattern stand
   as the engine gave them.
     net, domain  those of `line`
     ->    QD_OK; QD_EUNABLE: the budget ran out, and w has the first of them
     cost  the seed of the context picks the few points that are tried beside the samples: at most 12 evaluations for each pattern, 60 where
           the region is tiny */
qd_status qd_line_witnesses(qd_line_witnesses_t w, qd_line_t line, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
