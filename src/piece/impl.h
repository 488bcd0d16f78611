/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a restriction share, and those of the bounds. */
#ifndef QD_PIECE_IMPL_H
#define QD_PIECE_IMPL_H

#include "piece/piece.h"

/* The weights of all units as integers over the denominators m->den; the lowered network, base and step are there. */
void qd_restriction__set_integers(qd_restriction *m);
void qd_restriction__clear_integers(qd_restriction *m);
/* How many bytes exact polynomials take (size.c). */
void qd_restriction__set_sizes(qd_restriction *m);

/* The most inputs or units that a layer has. */
slong qd_restriction__widest(const qd_restriction *m);

/* x = v f / d, which is an integer. */
void qd_restriction__scale(fmpz_t x, const fmpq_t v, const fmpz_t f, const fmpz_t d);

/* Has every switching unit of the first `depth` layers a pre-activation of degree 1 along every pattern? */
bool qd_piece__conventional(const qd_bound_shape_t s, slong depth);
/* The regions of the first `depth` layers, which are conventional. */
void qd_piece__histogram(fmpz_t value, const qd_bound_shape_t s, slong depth);

/* The formulas of qd_bound: the first two for dim 1, the others say false where they do not apply. */
void qd_piece__bound_line(fmpz_t bound, const qd_bound_shape_t s);
void qd_piece__bound_line_product(fmpz_t bound, const qd_bound_shape_t s);
bool qd_piece__bound_zaslavsky(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_histogram(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_serra(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_montufar(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_raghu(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_serra_lower(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_montufar_lower(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_curve(fmpz_t value, const qd_bound_shape_t s);
bool qd_piece__bound_degree(fmpz_t value, const qd_bound_shape_t s);

#endif
