/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Element-wise work on pictures, as loops over flat arrays. Numbers by channel come as tiles: repeated as often as whole channels
   fill a tile, so that number i of a picture meets number i % tile. Arrays do not overlap unless the comment says that they may be
   the same. */
#ifndef QD_TRAIN_FLAT_H
#define QD_TRAIN_FLAT_H

#include "train/real/real.h"

/* Work goes through pictures in pieces of about so many numbers, which stay in the first cache. */
#define QD_TRAIN__PIECE 4096

/* Length of the tile for so many channels: long enough for loops over tiles to be worth it. */
int64_t R(qd_train__flat_tile)(int64_t channels);
void R(qd_train__flat_tile_fill)(real *tile, const double *value, int64_t channels);

/* y = (z - mean) factor + shift (+ more, unless NULL); mean, factor, shift: tiles. */
void R(qd_train__flat_affine)(real *y, const real *z, const real *more, int64_t n, const real *mean, const real *factor, const real *shift,
                              int64_t tile);
/* a = act(a); and d = act'(d), with derivative 0 at the kinks of relu and abs, and the slope at that of leaky_relu. */
void R(qd_train__flat_act)(real *a, int64_t n, const qd_unit *unit);
void R(qd_train__flat_act_slope)(real *d, int64_t n, const qd_unit *unit);
void R(qd_train__flat_square)(real *y, const real *x, int64_t n);
void R(qd_train__flat_add)(real *y, const real *x, int64_t n);
void R(qd_train__flat_mul)(real *y, const real *x, int64_t n);
/* z += r g; rg holds r and then g of each position. */
void R(qd_train__flat_add_product)(real *z, const real *rg, int64_t positions, int64_t channels);
/* d0 = (dz g, dz r) of each position. */
void R(qd_train__flat_product_back)(real *d0, const real *dz, const real *rg, int64_t positions, int64_t channels);
/* dx += 2 x dsquare. */
void R(qd_train__flat_square_back)(real *dx, const real *x, const real *dsquare, int64_t n);
/* dz = factor (dy - mean_dy - (z - mean) slope); tiles. */
void R(qd_train__flat_norm_back)(real *dz, const real *dy, const real *z, int64_t n, const real *factor, const real *mean_dy,
                                 const real *mean, const real *slope, int64_t tile);

/* Sums by channel, added to s and t; acc: 2 tiles to work in. n is at most QD_TRAIN__PIECE numbers, or one
   tile: within it sums are taken in real. The first also for twice the numbers, in pairs of tiles with twice the channels. */
void R(qd_train__flat_sum)(double *s, const real *v, int64_t n, int64_t channels, int64_t tile, real *acc);
/* s += d, t += d^2 with d = z - shift. */
void R(qd_train__flat_sum_moments)(double *s, double *t, const real *z, int64_t n, const real *shift, int64_t channels, real *acc);
/* s += v, t += v (z - mean). */
void R(qd_train__flat_sum_times)(double *s, double *t, const real *v, const real *z, int64_t n, const real *mean, int64_t channels,
                                 real *acc);

#endif
