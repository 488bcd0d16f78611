/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact objects as text: what several commands print. */
#ifndef QD_ANALYSIS_TEXT_H
#define QD_ANALYSIS_TEXT_H

#include "spline/spline.h"

/* 3 x^2 - 1/2 x + 1 */
void text_poly(qd_buf_t out, const fmpq_poly_t p, const char *variable);
/* "1/2" or "root of x^2 - 2" while short, else "rational with 1000 characters" or "root of a polynomial of degree 64". */
void text_alg(qd_buf_t out, const qd_alg_t a, const char *variable);
/* "poly": [...], "interval": ["a", "b"], "approx": "..." as members of an object. */
void text_alg_json(qd_json_t w, const qd_alg_t a, const char *approx);
/* x with so many digits, rounded down (up when `up` is set), so that the printed bound is one. */
void text_bound(qd_buf_t out, const arf_t x, int digits, bool up);
/* The same as a number of a document, null where x is not finite. */
void text_bound_json(qd_json_t w, const char *key, const arf_t x, int digits, bool up);
/* Decimal renderings of ascending distinct numbers with at least `digits` significant digits, and enough to tell neighbours
   apart; one string each, freed by the caller with free. */
char **text_distinct(const qd_alg_struct *a, slong n, slong digits);
/* Cuts "A:B" at its only ':': A goes into first, B is returned; NULL when there is none or more than one. */
const char *text_split(qd_buf_t first, const char *s);
/* "A:B" with rationals A < B. -> QD_EINPUT: found ..., expected ...; the command says which option it was */
qd_status text_interval(fmpq_t lo, fmpq_t hi, const char *s, qd_ctx_t ctx);

#endif
