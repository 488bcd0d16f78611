/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a restriction share. */
#ifndef QD_PIECE_IMPL_H
#define QD_PIECE_IMPL_H

#include "piece/piece.h"

/* The weights of all units as integers over the denominators m->den; the lowered network, base and step are there. */
void qd_restriction__set_integers(qd_restriction *m);
void qd_restriction__clear_integers(qd_restriction *m);

/* x = v f, an integer: the denominator of v divides f. */
void qd_restriction__scale(fmpz_t x, const fmpq_t v, const fmpz_t f);

#endif
