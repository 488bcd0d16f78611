/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Truncated power series of many units at once, in doubles or in pairs of doubles.

   Series u of a batch is the function

       f_u(s) = sum_{k <= m} c_ku s^k + g_u(s) + h_u(s),   |s| <= 1,

   where g_u is any power series of norm at most err[u] and h_u one of norm at most tail[u] with powers above m only; the norm is the sum of the
   absolute values of the coefficients, so that |f g| <= |f| |g|. Rows of coefficients are contiguous over the units: every operation is
   one over all units. An infinity or a NaN in err or tail says nothing, and nothing is concluded from it. */
#ifndef QD_LINE_SERIES_H
#define QD_LINE_SERIES_H

#include <stdbool.h>

#include "base/base.h"
#include "exact/exact.h"

typedef struct {
    slong n, stride;      /* units; n rounded up to QD_SERIES_LANES */
    slong m, room;        /* highest power now, and the highest there is room for */
    bool pairs;           /* c = hi + lo, else c = hi */
    double *hi, *lo;      /* owned, (room + 1, stride); lo NULL without pairs */
    double *err, *tail;   /* (stride), >= 0 */
    double *lean;         /* (stride): with m = 1 on a finite chart, and so below: what c_1u is wrong by */
    double *norm;         /* (stride): at least the sum of |c_ku| over k, after qd_series__measure */
    double *sum, *factor; /* (room + 2, stride), (2, stride): for the operations below */
} qd_series;

#define QD_SERIES_LANES 8

/* The relative error of one operation, and what a result of n of them is wrong by, relative to the sum of the absolute values of all terms. */
#define QD_SERIES_UNIT(pairs) ((pairs) ? 0x1p-101 : 0x1p-53)
static inline double qd_series__slack(bool pairs, slong n)
{
    return (double) (2 * n + 8) * QD_SERIES_UNIT(pairs);
}
/* Sums of bounds are rounded as well. */
#define QD_SERIES_INFLATE (1 + 0x1p-38)
/* Covers all underflow within one layer, whose numbers are below 2^300. */
#define QD_SERIES_UNDERFLOW 0x1p-700

void qd_series__init(qd_series *z, slong n, slong room, bool pairs);
void qd_series__clear(qd_series *z);
/* 0, with powers up to m. */
void qd_series__zero(qd_series *z, slong m);
/* norm from the coefficients. */
void qd_series__measure(qd_series *z);

/* The zero polynomial, for certain? */
static inline bool qd_series__is_zero(const qd_series *z, slong u)
{
    return z->norm[u] == 0 && z->err[u] == 0 && z->tail[u] == 0;
}

/* z_u += (w_u + wl_u) s^shift a_j for all u; wl NULL: 0. Rounding included, for sums of at most terms / 2 such.     a must be measured. */
void qd_series__add_column(qd_series *z, const double *w, const double *wl, const qd_series *a, slong j, slong shift, slong terms);
/* z_u += b_u s^k, b_u (b_u + bl_u) 2^e. */
void qd_series__add_constant(qd_series *z, const double *b, const double *bl, double e, slong k, slong terms);
/* z += 2^e s^shift a, unit by unit; a measured. */
void qd_series__add(qd_series *z, const qd_series *a, double e, slong shift, slong terms);
/* z = a b, unit by unit, up to the power z->m; z is neither, a and b are measured, and z is not. terms: of the sum that is to follow. */
void qd_series__mul(qd_series *z, const qd_series *a, const qd_series *b, slong terms);
/* z = (f + fl) a unit by unit, f one of a few numbers; measured. */
void qd_series__scale(qd_series *z, const qd_series *a, const double *f, const double *fl);
/* z 2^e, e within 1000 of 0. */
void qd_series__shift(qd_series *z, double e);
/* Unit k of z is unit from[k] of a. */
void qd_series__gather(qd_series *z, const qd_series *a, const slong *from);

#endif
