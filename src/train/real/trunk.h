/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the trunk share.

   A pass goes through the units with one parallel loop over the shards for each unit, because batch normalisation wants sums over
   the whole batch in between. Kept from forward to backward are z and, of quadratic units, r and g, and those outputs that
   shortcuts start at; other outputs are computed again from z, which costs less than their memory.

     forward, loop u:   a_{u-1} = act(y_{u-1}), convolutions of unit u, z_u, its sums
     backward, loop u:  dz_u, dr, dg; gradients of weights; da_{u-1}; dy_{u-1} = da_{u-1} act'(y_{u-1}), its sums

   where y = (z - mean) factor + shift + shortcut is what the activation reads. Sums are kept by shard, in double, and added up in the
   order of the shards.

   A shard with fewer samples goes through the same convolutions: what they read of the missing ones is 0, and what they write there
   nobody reads. */
#ifndef QD_TRAIN_TRUNK_H
#define QD_TRAIN_TRUNK_H

#include "train/real/conv.h"
#include "train/real/flat.h"

typedef struct {
    const qd_unit *spec; /* borrowed from the model */
    qd_train__shape in, out;
    int64_t positions;             /* of an output picture */
    int64_t in_length, out_length; /* numbers of a shard */
    bool product;                  /* quadratic: the first convolution gives both factors, wr and wg */
    bool square;                   /* quadratic, compact: a second convolution reads x * x */
    R(qd_train__conv) conv[2];     /* of x: w, or wr and wg together; of x * x: wb */
    const qd_tensor *w[3], *b[3];  /* w or wr, wg, wb, and the biases added to their products; or NULL */
    const qd_tensor *scale, *shift, *gate;
    double *running;              /* borrowed from the model: (2, channels) */
    int64_t ratio;                /* stride of the shortcut */
    bool source;                  /* a shortcut starts at the output: a is kept */
    int slot;                     /* which of the trunk's dy is this unit's */
    real *z, *rg, *a;             /* owned, (shards, out_length): rg twice as long, r and g of a position in turn */
    real *factor, *mean, *offset; /* owned tiles: y = (z - mean) factor + offset + shortcut */
    real *mean_dy, *slope;        /* owned tiles: dz = factor (dy - mean_dy - (z - mean) slope) */
    double *invstd;               /* owned: (channels) */
} R(trunk_unit);

/* What a thread works in: pictures of a shard. */
typedef struct {
    real *x, *square;   /* input of a unit, and x * x */
    real *d0, *dz;      /* gradients of the results of the two convolutions */
    real *dx, *dsquare; /* gradients of x and x * x */
    real *jump;         /* what a shortcut between different shapes adds */
    real *piece, *acc;
    void *library; /* scratch of the convolutions */
    real *memory;  /* owned: all of the above; NULL until the thread has an item */
} R(trunk_worker);

struct R(qd_train__trunk) {
    int64_t nunits, shards;
    R(trunk_unit) * unit; /* owned */
    int64_t n;            /* samples of the batch at hand */
    bool train;
    real *input; /* owned: (shards, in_length of the first unit) */
    int nslots;
    int64_t slot_length;
    real **dy; /* owned, (nslots), of (shards, slot_length): gradients by y */
    int64_t packed_length;
    real *packed; /* owned: (shards, packed_length): gradients of the weights of one unit */
    real *plain;  /* owned: weights and biases of one convolution as in theta */
    int64_t plain_length;
    int64_t channels;                  /* the most that a unit gives */
    double *sums, *bias_sums;          /* owned: (shards, 2, channels) of y or dy; (shards, 3, channels) of dr, dg, dz */
    real *features, *dfeatures;        /* owned: (shards, channels of the last unit, QD_TRAIN__CONV_SHARD) */
    int64_t x_length, y_length, piece; /* of a worker's pictures: of inputs and last outputs, of outputs */
    int64_t library;                   /* bytes */
    int nworkers;
    R(trunk_worker) * worker; /* owned */
};

/* Sizes of everything, for the spec; owns only trunk->unit. */
void R(qd_train__trunk_plan)(R(qd_train__trunk) * trunk, const qd_spec_t spec, int64_t max_batch);

/* Memory of the calling thread. */
R(trunk_worker) * R(qd_train__trunk_worker)(R(qd_train__trunk) * trunk);
/* At the start of a pass: workers for these threads. OpenMP is left with one thread; the value it had is returned. */
int R(qd_train__trunk_enter)(R(qd_train__trunk) * trunk, qd_ctx_t ctx);

/* Samples of a shard that there are. */
int64_t R(qd_train__trunk_samples)(const R(qd_train__trunk) * trunk, int64_t shard);
/* What unit u reads of a shard (u = nunits: the output), computed into the worker's x unless it is kept. */
const real *R(qd_train__trunk_input)(R(qd_train__trunk) * trunk, int64_t u, int64_t shard, R(trunk_worker) * worker);
/* What the shortcut of unit u adds, or NULL. */
const real *R(qd_train__trunk_jump)(R(qd_train__trunk) * trunk, int64_t u, int64_t shard, R(trunk_worker) * worker);
/* dx += gradient that the shortcut of unit u brings to its start, whose gradient by y is dy. */
void R(qd_train__trunk_jump_back)(const R(qd_train__trunk) * trunk, int64_t u, real *dx, const real *dy, int64_t samples);

/* Batch normalisation between the loops: sums of the shards to what the next loop applies. */
void R(qd_train__trunk_norm)(R(qd_train__trunk) * trunk, qd_model_t model, int64_t u);
void R(qd_train__trunk_norm_back)(R(qd_train__trunk) * trunk, qd_model_t model, int64_t u, qd_ready_fn ready, void *arg);
/* The range of a tensor's gradient is final; t may be NULL. */
void R(qd_train__trunk_ready)(const qd_tensor *t, qd_ready_fn ready, void *arg);

#endif
