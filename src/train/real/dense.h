/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dense part of a model, in one arithmetic: what the files of this folder but the trunk's share.

   Everything is feature-major over the whole batch: a matrix is (features, ld), sample s of the batch in column s. The way forward and
   back goes shard by shard (columns), the gradients of the weights tile by tile (rows, all samples at once), so that each number
   has one writer and the order of every sum is fixed. */
#ifndef QD_TRAIN_DENSE_H
#define QD_TRAIN_DENSE_H

#include "train/real/real.h"

/* Samples that go through all layers together; a multiple of QD_TRAIN__CONV_SHARD. */
#define QD_TRAIN__SHARD 64

/* One layer: z = (wr x + br) * (wg x + bg) + w x + wsq (x * x) + wpair (x_i x_j) + bias, whatever of it the kind has, a = act(z).
   Offsets into theta, -1: absent. Buffers are NULL where nobody needs them. */
typedef struct {
    int64_t in, out, npairs;
    qd_kind kind;
    qd_activation act;
    int64_t power;
    real slope;
    int64_t wr, br, wg, bg, w, wsq, wpair, bias;
    const real *x, *x2; /* (in, ld): input and its squares, of the layer before */
    real *pairs;        /* (npairs, ld): x_i x_j, i <= j, row by row */
    real *r, *g, *z;    /* (out, ld); after the way back they hold the gradients by r, g, z */
    real *a, *a2;       /* (out, ld): output and its squares */
} R(qd_train__layer);

/* A block of rows of one tensor: gradient = d x^T, or the row sums of d where x is NULL (biases). */
typedef struct {
    const real *d, *x; /* (rows, ld), (cols, ld) */
    int64_t rows, cols;
    int64_t offset, count; /* in grad, with the padding that belongs to the tensor's last block */
} R(qd_train__tile);

/* Sums over the samples of a shard. */
typedef struct {
    double loss, squared, largest;
    int64_t wrong;
} qd_train__sums;

typedef struct {
    int64_t first; /* number of the first dense unit */
    int64_t nlayers, inputs, outputs, ld;
    R(qd_train__layer) * layer; /* owned, like the rest */
    real *buffer;               /* all matrices */
    real *x, *x2;               /* (inputs, ld): input of the first layer */
    real *da, *dsq;             /* (widest, ld): gradient by what a layer reads, and by its squares */
    real *dpairs;               /* (block of pairs, ld) */
    qd_train__sums *sums;       /* by shard */
    double *squares;            /* (shards, nlayers): sums of z^2 */
    int64_t ntiles;
    R(qd_train__tile) * tile;
    R(qd_train__trunk) * trunk; /* NULL for dense models */
} R(qd_train__dense);

/* ---- layout ------------------------------------------------------------------------------------ */

/* Fills d for a spec and places the matrices in buffer (d->layer has room for all dense units); with buffer NULL only counts.
     -> numbers that the matrices take */
int64_t R(qd_train__place)(R(qd_train__dense) * d, const qd_spec_t spec, int64_t max_batch, real *buffer);
/* Looks up the tensors of the layers and makes the tiles. */
void R(qd_train__connect)(R(qd_train__dense) * d, const qd_model_t model);
/* Pairs of the rows i..*next-1 of the triangle, taken together on the way back; *next is set. */
int64_t R(qd_train__pair_block)(int64_t n, int64_t i, int64_t *next);

/* ---- kernels: element-wise work on columns first..first+cols-1 ---------------------------------- */

/* From the products to r, g, z, a, a2; add: z holds a product already. Returns the sum of z^2. */
double R(qd_train__activate)(const R(qd_train__layer) * l, const real *theta, bool add, int64_t ld, int64_t first, int64_t cols);
/* From the gradients by a (da, if set) and by a^2 (dsq, may be NULL) to those by z, r, g; da is overwritten. */
void R(qd_train__deactivate)(const R(qd_train__layer) * l, real *da, bool set, const real *dsq, int64_t ld, int64_t first, int64_t cols);
/* y = x * x. */
void R(qd_train__square)(real *y, const real *x, int64_t rows, int64_t ld, int64_t first, int64_t cols);
/* da = gradient by x, from those by x (da, if set) and by x^2 (dsq). */
void R(qd_train__join)(real *da, const real *dsq, const real *x, bool set, int64_t rows, int64_t ld, int64_t first, int64_t cols);
/* pairs = x_i x_j for i <= j. */
void R(qd_train__pairs)(real *pairs, const real *x, int64_t n, int64_t ld, int64_t first, int64_t cols);
/* da += the gradient by x, from that by the pairs (i, j) of rows from..to-1 of the triangle. */
void R(qd_train__unpair)(real *da, const real *dpairs, const real *x, int64_t n, int64_t from, int64_t to, int64_t ld, int64_t first,
                         int64_t cols);
/* y_i = sum of row i. */
void R(qd_train__row_sums)(real *y, const real *d, int64_t rows, int64_t ld, int64_t cols);

/* ---- passes over one shard ---------------------------------------------------------------------- */

/* From d->x to the last layer's a; squares (nlayers): sums of z^2. */
void R(qd_train__forward)(const R(qd_train__dense) * d, const real *theta, int64_t first, int64_t cols, double *squares);
/* From the gradient by the outputs in d->da to all r, g, z; with a trunk also to d->x, left in d->da. */
void R(qd_train__backward)(const R(qd_train__dense) * d, const real *theta, int64_t first, int64_t cols);

/* Loss of samples first..first+cols-1 of the batch, whose outputs are columns of y (outputs, ld); dy (like y, or NULL) = gradient of
   loss * scale. */
void R(qd_train__loss)(qd_train__sums *sums, real *dy, const real *y, int64_t ld, const qd_batch *batch, const qd_loss *loss, double scale,
                       int64_t first, int64_t cols);

#endif
