/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of matrices on the calling thread.

   Measured on one core with AVX-512, float, shards of 64 samples, GFLOP/s of OpenBLAS against oneDNN: A B and A^T B of width 10
   126:35, of width 64 180:150, of width 256 130:170; A B^T of width 20 92:46, 40 77:90, 96 107:153. OpenBLAS has kernels for small
   products that pack nothing, and leaves them at a million multiplications (A B^T: at 1200 entries of the result); from there on
   oneDNN is ahead. So each takes its side, and kernels of our own would gain nothing. */
#include <assert.h>
#include <cblas.h>
#if QD_REAL == 32
#include <dnnl.h>
#endif

#include "train/real/real.h"

/* Of libgomp, which both libraries ask at every call how many threads the calling thread may have. */
int omp_get_max_threads(void);
void omp_set_num_threads(int);

#if QD_REAL == 32

static bool is_small(bool tb, int64_t m, int64_t n, int64_t k)
{
    return m * n * k <= 1000000 && (!tb || m * n <= 1200);
}

static void multiply(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b, int64_t ldb,
                     float beta, float *c, int64_t ldc)
{
    if (is_small(tb, m, n, k)) {
        cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1,
                    a, (blasint) lda, b, (blasint) ldb, beta, c, (blasint) ldc);
        return;
    }
    dnnl_status_t st = dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
    assert(st == dnnl_success);
    (void) st;
}

#else

static void multiply(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a, int64_t lda, const double *b, int64_t ldb,
                     double beta, double *c, int64_t ldc)
{
    cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1, a,
                (blasint) lda, b, (blasint) ldb, beta, c, (blasint) ldc);
}

#endif

void R(qd_train__gemm)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b, int64_t ldb, real beta,
                       real *c, int64_t ldc)
{
    int before = omp_get_max_threads();
    if (before != 1) omp_set_num_threads(1);
    multiply(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc);
    if (before != 1) omp_set_num_threads(before);
}
