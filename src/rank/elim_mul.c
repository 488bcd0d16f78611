/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of matrices modulo p by dgemm.

   A product of up to f->depth summands and what is there already is exact in a double, so dgemm needs a reduction only when the sums
   would grow longer. The result is cut into tiles, which threads share out; the numbers do not depend on the tiles, as nothing is
   ever rounded. */
#include <cblas.h>
#include <math.h>

#include "rank/impl.h"

enum { TILE_ROWS = 512, TILE_COLS = 4096, TILE_COLS_LEAST = 256, REDUCE_AT_ONCE = 1 << 14 };

/* ---- the field -------------------------------------------------------------------------------- */

/* Bound of a residue: x * inverse is wrong by at most 2^-52 |x / p|, so the remainder is at most p/2 + 2^-52 |x| <= p/2 + 2. For
   p < 2^20, where depth stops at 4096, |x| < 2^51 and the remainder, an integer, is at most p/2: below p for p = 2 and 3 too. */
void qd_elim__field(qd_elim_field *f, uint32_t p)
{
    double bound = floor(p / 2) + 2;
    f->p = p;
    f->inverse = 1.0 / p;
    f->depth = (int64_t) fmin(4096, floor((9007199254740992.0 - bound) / (bound * bound)));
}

double qd_elim__inverse(double a, const qd_elim_field *f)
{
    int64_t p = (int64_t) f->p, r0 = p, r1 = (int64_t) a, s0 = 0, s1 = 1;
    if (r1 < 0) r1 += p;
    while (r1 != 1) { /* s1 * a = r1 modulo p */
        int64_t q = r0 / r1, r = r0 - q * r1, s = s0 - q * s1;
        r0 = r1;
        r1 = r;
        s0 = s1;
        s1 = s;
    }
    return qd_elim__residue((double) s1, f->p, f->inverse);
}

/* Of libgomp, which OpenBLAS brings along; its header comes with gcc only. */
int omp_get_max_threads(void);
void omp_set_num_threads(int);

/* ---- the library ------------------------------------------------------------------------------ */

/* OpenBLAS for OpenMP asks libgomp at every call how many threads the calling thread may have, and libgomp keeps that number for
   each thread. The loops here share out the work, so a product must not. */
int qd_elim__blas_enter(void)
{
    int before = omp_get_max_threads();
    omp_set_num_threads(1);
    return before;
}

void qd_elim__blas_leave(int before)
{
    omp_set_num_threads(before);
}

qd_status qd_elim__blas_check(qd_ctx_t ctx)
{
    static const char *const kind[] = {"one thread", "POSIX threads"};
    int found = openblas_get_parallel();
    if (found == 2) return QD_OK;
    return qd_fail(ctx, QD_EIO, "the OpenBLAS that was loaded is built for %s, expected the build for OpenMP (Debian: libopenblas0-openmp)",
                   kind[found == 1]);
}

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Length of equal parts of n, each at most most, a multiple of unit but for the last. */
static int64_t part(int64_t n, int64_t most, int64_t unit)
{
    int64_t parts = (n + most - 1) / most;
    return ((n + parts - 1) / parts + unit - 1) / unit * unit;
}

/* ---- reduction -------------------------------------------------------------------------------- */

QD_CLONES
static void reduce(double *c, int64_t rows, int64_t cols, int64_t ld, double p, double inverse)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) c[i * ld + j] = qd_elim__residue(c[i * ld + j], p, inverse);
}

typedef struct {
    double *c;
    int64_t rows, cols, ld, step; /* step: rows that one call takes */
    const qd_elim_field *f;
} reduction;

static qd_status reduce_some(void *arg, int64_t t, qd_ctx_t ctx)
{
    const reduction *r = arg;
    int64_t i = t * r->step;
    (void) ctx;
    reduce(r->c + i * r->ld, at_most(r->step, r->rows - i), r->cols, r->ld, r->f->p, r->f->inverse);
    return QD_OK;
}

void qd_elim__reduce(double *c, int64_t rows, int64_t cols, int64_t ld, const qd_elim_field *f, qd_ctx_t ctx)
{
    if (rows <= 0 || cols <= 0) return;
    reduction r = {c, rows, cols, ld, part(rows, 1 + REDUCE_AT_ONCE / cols, 1), f};
    qd_parallel_for((rows + r.step - 1) / r.step, reduce_some, &r, ctx);
}

/* ---- products --------------------------------------------------------------------------------- */

typedef struct {
    const qd_elim_product *x;
    const qd_elim_field *f;
    int64_t rows, cols, across; /* shape of a tile; tiles side by side */
    int64_t step;               /* columns of a taken at once, at most f->depth */
    int64_t pending;            /* products in c at the beginning */
    bool finish;                /* ends with a reduction */
} tiling;

static qd_status multiply_tile(void *arg, int64_t t, qd_ctx_t ctx)
{
    const tiling *tile = arg;
    const qd_elim_product *x = tile->x;
    int64_t i = t / tile->across * tile->rows, j = t % tile->across * tile->cols, pending = tile->pending;
    int64_t m = at_most(tile->rows, x->m - i), n = at_most(tile->cols, x->n - j);
    double *c = x->c + i * x->ldc + j;
    (void) ctx;
    qd_elim__blas_enter(); /* of the pool's threads nobody else asks anything */
    for (int64_t l = 0; l < x->k; l += tile->step) {
        int64_t k = at_most(tile->step, x->k - l);
        if (pending + k > tile->f->depth) {
            reduce(c, m, n, x->ldc, tile->f->p, tile->f->inverse);
            pending = 0;
        }
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, x->alpha, x->a + i * x->lda + l,
                    (blasint) x->lda, x->b + l * x->ldb + j, (blasint) x->ldb, l == 0 ? x->beta : 1, c, (blasint) x->ldc);
        pending += k;
    }
    if (tile->finish) reduce(c, m, n, x->ldc, tile->f->p, tile->f->inverse);
    return QD_OK;
}

/* Tiles are large, for dgemm copies its share of a and b for every tile. */
static void multiply(const qd_elim_product *x, int64_t pending, bool finish, const qd_elim_field *f, qd_ctx_t ctx)
{
    if (x->m <= 0 || x->n <= 0 || x->k <= 0) return;
    int64_t share = ctx->threads == 1 ? TILE_COLS : x->n / ctx->threads + 1;
    int64_t cols = share < TILE_COLS_LEAST ? TILE_COLS_LEAST : at_most(share, TILE_COLS);
    tiling tile = {x, f, part(x->m, TILE_ROWS, 8), part(x->n, cols, 8), 0, part(x->k, f->depth, 1), pending, finish};
    tile.across = (x->n + tile.cols - 1) / tile.cols;
    int64_t down = (x->m + tile.rows - 1) / tile.rows;
    qd_parallel_for(down * tile.across, multiply_tile, &tile, ctx);
}

void qd_elim__multiply(const qd_elim_product *x, const qd_elim_field *f, qd_ctx_t ctx)
{
    multiply(x, 0, true, f, ctx);
}

void qd_elim__accumulate(const qd_elim_product *x, int64_t *pending, const qd_elim_field *f, qd_ctx_t ctx)
{
    multiply(x, *pending, false, f, ctx);
    int64_t step = part(x->k, f->depth, 1);
    for (int64_t l = 0; l < x->k; l += step) { /* what every tile went through */
        int64_t k = at_most(step, x->k - l);
        *pending = *pending + k > f->depth ? k : *pending + k;
    }
}
