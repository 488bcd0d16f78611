/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One source for both arithmetics: the Makefile compiles each file of this folder with QD_REAL=32 and with QD_REAL=64. */
#ifndef QD_TRAIN_REAL_H
#define QD_TRAIN_REAL_H

#include "train/impl.h"

#if QD_REAL == 32
typedef float real;
#define R(name) name##_f32
#elif QD_REAL == 64
typedef double real;
#define R(name) name##_f64
#else
#error "compile with -DQD_REAL=32 or 64"
#endif

/* ---- gemm: products of matrices on the calling thread -------------------------------------- */

/* C (m, n) = A (m, k) B (k, n) + beta C, row-major, beta 0 or 1, leading dimensions lda, ldb, ldc; transposed: A is stored (k, m), B
   (n, k); sizes >= 1. The result is a function of the arguments alone, not of threads. Double goes to OpenBLAS; float to OpenBLAS
   where the product is small, else to oneDNN. */
void R(qd_train__gemm)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b, int64_t ldb, real beta,
                       real *c, int64_t ldc);

/* ---- trunk: the convolutional part of a model ---------------------------------------------- */

/* The batch is cut into shards of QD_TRAIN__CONV_SHARD samples; shard s holds samples s * QD_TRAIN__CONV_SHARD and on. */
#define QD_TRAIN__CONV_SHARD 8

typedef struct R(qd_train__trunk) R(qd_train__trunk);

qd_status R(qd_train__trunk_create)(R(qd_train__trunk) * *trunk, qd_model_t model, qd_ctx_t ctx);
void R(qd_train__trunk_clear)(R(qd_train__trunk) * trunk);
int64_t R(qd_train__trunk_bytes)(const qd_spec_t spec, int64_t max_batch);
/* Runs all convolutional units over the batch, to the means over positions. train: batch statistics, and all is kept for
   the way back; else running statistics. Sets model->rms of these units. */
qd_status R(qd_train__trunk_forward)(R(qd_train__trunk) * trunk, qd_model_t model, const qd_batch *batch, bool train, qd_ctx_t ctx);
/* Features of a shard after forward, (channels, ld) with one sample a column, ld = QD_TRAIN__CONV_SHARD; and where the head writes the
   gradient of the loss by them, before backward. */
real *R(qd_train__trunk_features)(R(qd_train__trunk) * trunk, int64_t shard);
real *R(qd_train__trunk_dfeatures)(R(qd_train__trunk) * trunk, int64_t shard);
/* Fills model->grad for all tensors of the convolutional units, and calls ready on each range. */
qd_status R(qd_train__trunk_backward)(R(qd_train__trunk) * trunk, qd_model_t model, qd_ready_fn ready, void *arg, qd_ctx_t ctx);

#endif
