/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `quadric pieces` on a line share. */
#ifndef QD_ANALYSIS_PIECES_LINE_H
#define QD_ANALYSIS_PIECES_LINE_H

#include "line/line.h"
#include "pieces/pieces.h"

typedef struct {
    slong n;
    qd_alg_struct *at;
    char **approx;
    slong *smoothness;
} pieces_breakpoints;

/* The first n breakpoints; whatever is answered, b is to be cleared. */
qd_status pieces_breakpoints_make(pieces_breakpoints *b, qd_line_t line, slong n, qd_ctx_t ctx);
void pieces_breakpoints_clear(pieces_breakpoints *b);

fmpq_poly_struct *pieces_polys(slong n);
void pieces_polys_free(fmpq_poly_struct *p, slong n);

/* The object. What the budget does not allow for any more is null in it: QD_EUNABLE. */
qd_status pieces_line_json(qd_buf_t out, const qd_net_t net, qd_line_t line, const pieces_domain *dom, qd_ctx_t ctx);

#endif
