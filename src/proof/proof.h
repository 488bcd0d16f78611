/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: certificates of regions. What an engine found out about a network on a domain, as a file, and a check of it that knows no engine.

   certificate  network, domain, counts, regions, walls and, on a line, breakpoints
   file         JSON with a checksum (DEFINITIONS section 6)
   check        by another road: polynomials along patterns in FLINT's sparse form, Sturm sequences, exact linear programs, and lines

   No engine is included here. */
#ifndef QD_PROOF_H
#define QD_PROOF_H

#include "piece/piece.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- certificate ------------------------------------------------------------------------- */

typedef struct {
    qd_net_t net;
    qd_domain domain;            /* its arrays are the four below */
    fmpq *base, *step, *lo, *hi; /* owned, (inputs), (dim, inputs), (dim), (dim); NULL as in qd_domain */
    slong dim;                   /* number of coordinates */
    qd_regions_t regions;        /* points are witnesses; on a line the regions stand from left to right */
    slong bounded, holes;        /* as counted: bounded regions, and the sum of holes */
    qd_alg_list_t breaks;        /* on a line: between regions i and i + 1 */
    char *version, *checksum;    /* owned: as read; NULL before */
} qd_proof_struct;
typedef qd_proof_struct qd_proof_t[1];

void qd_proof_init(qd_proof_t p);
void qd_proof_clear(qd_proof_t p);

/* A certificate of what an engine found: regions is taken over (and empty then), its points replaced by witnesses.
     breaks  on a line: the breakpoints; else NULL
     ->      QD_OK; QD_EUNABLE: no regions are listed, or a witness was not found; regions is as it was */
qd_status qd_proof_make(qd_proof_t p, const qd_net_t net, const qd_domain *domain, qd_regions_t regions, const qd_alg_list_struct *breaks,
                        qd_ctx_t ctx);

/* ---- file -------------------------------------------------------------------------------- */

#define QD_PROOF_FORMAT "quadric pieces 1"

/* Appends the file. */
void qd_proof_print(qd_buf_t out, const qd_proof_t p);
/* Reads the file.   -> QD_OK; QD_EINPUT: a member is missing, of another type or size, or cannot be. p is to be cleared in either case */
qd_status qd_proof_read(qd_proof_t p, const qd_node *root, qd_ctx_t ctx);

/* ---- check ------------------------------------------------------------------------------- */

/* What was shown and what was not, a sentence a line. */
typedef struct {
    bool complete; /* all that the certificate says was shown */
    qd_buf_t confirmed, open;
} qd_proof_report_struct;
typedef qd_proof_report_struct qd_proof_report_t[1];

void qd_proof_report_init(qd_proof_report_t r);
void qd_proof_report_clear(qd_proof_report_t r);

/* Is what the certificate says true? On a line and for conventional networks everything is proved; for others what lines through every
   region show is compared, and the report says what stays open. Of a lower bound, patterns and different outputs are proved. The checksum is looked at last: what is wrong is named.
     ->    QD_OK: nothing contradicts it; QD_EINPUT: refused, the message says why; QD_EUNABLE: the budget ran out
     cost  line: for each region and unit a Sturm sequence. Conventional: for each region and unit a linear program in dim variables with
           as many rows as the region has walls, in rationals. Else: for each region the sections of a line, as on a line
     from  check_line.c, check_linear.c, check_lines.c */
qd_status qd_proof_check(qd_proof_report_t report, const qd_proof_t p, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
