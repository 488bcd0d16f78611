/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many straight pieces a polygon needs, by dynamic programming over its corners: exact, with GMP, and nothing shared with src/. */
#ifndef ORACLE_NEED_H
#define ORACLE_NEED_H

#include <gmp.h>

/* The polygon has the corners (x_i, y_i), i < n, x ascending. For a straight line the largest error on an interval between corners is at a corner,
   so both numbers are exact:
     apart    fewest groups of consecutive corners such that a line is within eps at all corners of each group: no piecewise linear
              function within eps has fewer pieces
     joined   the same where neighbouring groups share a corner: piecewise linear functions with this many pieces, which may jump at
              the shared corners, are within eps */
void oracle_need(int *apart, int *joined, int n, mpq_t *x, mpq_t *y, const mpq_t eps);

#endif
