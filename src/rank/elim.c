/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Row space modulo a prime, block by block.

   Columns are kept in an order of their own: position -> column, e->perm. Block b stands for rows

       0 .. 0   I   B          I at positions at .. at+rank-1, B (rank, ncols - at - rank) to the right of it,

   the blocks one after the other, so that block b+1 begins where the I of block b ends. Only B is stored: together about half of
   rank * ncols numbers when the rank is full.

   A row x is reduced by block b with one product: its entries m at the I, x := x - m (I B). No triangular system is solved, as I is
   the identity and not a triangle. New rows come in groups, which bounds the work space. Their tiles of rows are reduced by all blocks,
   each by one thread from the first block to the last, so that threads seldom wait for each other. Then the rows of the group, a slice of at most
   QD_ELIM_BLOCK at a time, look for pivots in windows of as many columns, from left to right. An r x r submatrix A of the window
   becomes A^-1 (elim_window.c), its columns are moved in front, its rows are multiplied by A^-1 and are a new block, by which
   the later rows of the group are reduced.

   Invariants. Rows of a group that are not used up are reduced by all blocks: their entries at positions before e->rank count as 0, and what
   is stored there is not looked at any more. Rows of the slice are 0 from e->rank to the window too. Numbers of a group are sums of
   at most g->pending products and a residue; they are reduced where they are read as factors, and where a sum would become too long.

   Which pivots are found depends on the order of the rows and the slices only, not on groups, tiles or threads. */
#include <stdlib.h>
#include <string.h>

#include "rank/impl.h"

enum { TILE = 512, GROUP_LEAST = TILE, GROUP_MOST = 4 * TILE }; /* rows */

struct qd_elim_block {
    int64_t at, rank; /* positions of I */
    double *b;        /* owned */
};

/* Rows that are being added. */
typedef struct {
    int64_t m, used, ld;        /* rows; rows 0..used-1 have pivots or are dependent */
    double *x;                  /* (m, ld), columns by position */
    int64_t pending;            /* numbers in x are sums of at most so many products and a residue */
    int64_t source[GROUP_MOST]; /* the number of a row among all that were added */
    qd_elim_window window;
} group;

void qd_echelon_init(qd_echelon_t e, uint32_t p, int64_t ncols)
{
    memset(e, 0, sizeof *e);
    e->p = p;
    e->ncols = ncols;
    e->perm = qd_malloc((size_t) ncols * sizeof *e->perm);
    for (int64_t j = 0; j < ncols; j++) e->perm[j] = j;
}

void qd_echelon_clear(qd_echelon_t e)
{
    for (int64_t i = 0; i < e->nblocks; i++) free(e->block[i].b);
    free(e->block);
    free(e->pivot_row);
    free(e->pivot_col);
    free(e->perm);
}

int64_t qd_echelon_rank(const qd_echelon_t e)
{
    return e->rank;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Numbers in a row of B. */
static int64_t width(const qd_echelon_t e, const qd_elim_block *b)
{
    return e->ncols - b->at - b->rank;
}

/* ---- columns move ----------------------------------------------------------------------------- */

/* In each of m rows, which begin at position base: exchanges the entries at positions to + i and from[i], i = 0..n-1 in this order. */
static void swap_entries(double *x, int64_t m, int64_t ld, int64_t base, const int64_t *from, int64_t to, int64_t n)
{
    for (int64_t r = 0; r < m; r++, x += ld)
        for (int64_t i = 0; i < n; i++) {
            double t = x[to + i - base];
            x[to + i - base] = x[from[i] - base];
            x[from[i] - base] = t;
        }
}

/* Brings the window's pivot columns, the window starting at position at, to positions rank.., everywhere. */
static void move_columns(qd_echelon_t e, group *g, int64_t at)
{
    const qd_elim_window *w = &g->window;
    int64_t from[QD_ELIM_BLOCK], same = 0;
    for (int64_t i = 0; i < w->rank; i++) from[i] = at + w->col[i];
    while (same < w->rank && from[same] == e->rank + same) same++;
    int64_t to = e->rank + same, n = w->rank - same;
    if (n == 0) return;
    for (int64_t i = 0; i < n; i++) {
        int64_t t = e->perm[to + i];
        e->perm[to + i] = e->perm[from[same + i]];
        e->perm[from[same + i]] = t;
    }
    for (int64_t k = 0; k < e->nblocks; k++) {
        const qd_elim_block *b = e->block + k;
        swap_entries(b->b, b->rank, width(e, b), b->at + b->rank, from + same, to, n);
    }
    swap_entries(g->x + g->used * g->ld, g->m - g->used, g->ld, 0, from + same, to, n);
}

/* Brings the window's pivot rows to the first rows that are not used up. */
static void move_rows(const qd_echelon_t e, group *g)
{
    const qd_elim_window *w = &g->window;
    for (int64_t i = 0; i < w->rank; i++) {
        int64_t a = g->used + i, b = g->used + w->row[i], t = g->source[a];
        if (a == b) continue;
        g->source[a] = g->source[b];
        g->source[b] = t;
        for (int64_t j = e->rank; j < e->ncols; j++) {
            double y = g->x[a * g->ld + j];
            g->x[a * g->ld + j] = g->x[b * g->ld + j];
            g->x[b * g->ld + j] = y;
        }
    }
}

/* ---- blocks ----------------------------------------------------------------------------------- */

/* m rows of a group, from x on, reduced by block b. */
static void reduce_rows(double *x, int64_t m, int64_t ld, int64_t *pending, const qd_echelon_t e, const qd_elim_block *b,
                        const qd_elim_field *f, qd_ctx_t ctx)
{
    int64_t n = width(e, b);
    x += b->at;
    qd_elim__reduce(x, m, b->rank, ld, f, ctx);
    qd_elim_product product = {x + b->rank, x, b->b, m, n, b->rank, ld, ld, n, -1, 1};
    qd_elim__accumulate(&product, pending, f, ctx);
}

/* The block of the window's pivots: their rows times the inverse. */
static qd_elim_block make_block(const qd_echelon_t e, group *g, const qd_elim_field *f, qd_ctx_t ctx)
{
    qd_elim_window *w = &g->window;
    int64_t r = w->rank;
    qd_elim_block b = {e->rank, r, NULL};
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < r; j++) w->multiplier[i * r + j] = w->x[i * QD_ELIM_LD + w->col[j]];
    b.b = qd_malloc((size_t) (r * width(e, &b)) * sizeof *b.b);
    double *rows = g->x + g->used * g->ld + b.at + r;
    qd_elim__reduce(rows, r, width(e, &b), g->ld, f, ctx);
    qd_elim_product product = {b.b, w->multiplier, rows, r, width(e, &b), r, width(e, &b), r, g->ld, 1, 0};
    qd_elim__multiply(&product, f, ctx);
    return b;
}

/* One block of two that follow each other: b takes next, its rows are reduced by those of next. */
static void join_blocks(qd_elim_block *b, const qd_elim_block *next, const qd_echelon_t e, const qd_elim_field *f, qd_ctx_t ctx)
{
    int64_t n = width(e, next), old = width(e, b);
    double *x = qd_malloc((size_t) ((b->rank + next->rank) * n) * sizeof *x);
    for (int64_t i = 0; i < b->rank; i++) memcpy(x + i * n, b->b + i * old + next->rank, (size_t) n * sizeof *x);
    memcpy(x + b->rank * n, next->b, (size_t) (next->rank * n) * sizeof *x);
    qd_elim_product product = {x, b->b, next->b, b->rank, n, next->rank, n, old, n, -1, 1};
    qd_elim__multiply(&product, f, ctx);
    free(b->b);
    free(next->b);
    b->b = x;
    b->rank += next->rank;
}

/* Appends the block of the window's pivots, which are the first rows of g not used up. Small blocks grow into one. */
static void keep_block(qd_echelon_t e, const group *g, const qd_elim_block *b, const qd_elim_field *f, qd_ctx_t ctx)
{
    size_t rank = (size_t) (e->rank + b->rank) * sizeof(int64_t);
    e->pivot_row = qd_realloc(e->pivot_row, rank);
    e->pivot_col = qd_realloc(e->pivot_col, rank);
    memcpy(e->pivot_row + e->rank, g->source + g->used, (size_t) b->rank * sizeof(int64_t));
    memcpy(e->pivot_col + e->rank, e->perm + e->rank, (size_t) b->rank * sizeof(int64_t));
    e->rank += b->rank;
    if (e->nblocks > 0 && e->block[e->nblocks - 1].rank + b->rank <= QD_ELIM_BLOCK) {
        join_blocks(e->block + e->nblocks - 1, b, e, f, ctx);
        return;
    }
    e->block = qd_realloc(e->block, (size_t) (e->nblocks + 1) * sizeof *e->block);
    e->block[e->nblocks++] = *b;
}

/* ---- rows ------------------------------------------------------------------------------------- */

/* Pivots of the first m rows not used up within n columns from position at on; returns how many. */
static int64_t take_window(qd_echelon_t e, group *g, int64_t m, int64_t at, int64_t n, const qd_elim_field *f, qd_ctx_t ctx)
{
    qd_elim_window *w = &g->window;
    w->m = m;
    w->n = n;
    for (int64_t i = 0; i < m; i++) memcpy(w->x + i * QD_ELIM_LD, g->x + (g->used + i) * g->ld + at, (size_t) n * sizeof *w->x);
    qd_elim__reduce(w->x, m, n, QD_ELIM_LD, f, ctx);
    qd_elim__window(w, f, ctx);
    if (w->rank == 0) return 0;
    move_columns(e, g, at);
    move_rows(e, g);
    qd_elim_block b = make_block(e, g, f, ctx);
    int64_t next = g->used + b.rank;
    reduce_rows(g->x + next * g->ld, g->m - next, g->ld, &g->pending, e, &b, f, ctx);
    keep_block(e, g, &b, f, ctx);
    g->used = next;
    return w->rank;
}

/* Uses up the next rows of the group: at most QD_ELIM_BLOCK. */
static void take_slice(qd_echelon_t e, group *g, const qd_elim_field *f, qd_ctx_t ctx)
{
    int64_t m = least(QD_ELIM_BLOCK, g->m - g->used);
    for (int64_t at = e->rank; at < e->ncols && m > 0;) {
        int64_t n = least(QD_ELIM_BLOCK, e->ncols - at);
        m -= take_window(e, g, m, at, n, f, ctx);
        at += n;
    }
    g->used += m; /* what is left is 0 */
}

QD_CLONES
static void load_in_order(double *x, const uint32_t *a, int64_t n, uint32_t p)
{
    int32_t half = (int32_t) (p / 2);
    for (int64_t j = 0; j < n; j++) {
        int32_t v = (int32_t) a[j];
        x[j] = v - (v > half ? (int32_t) p : 0);
    }
}

static void load_moved(double *x, const uint32_t *a, const int64_t *perm, int64_t n, uint32_t p)
{
    int32_t half = (int32_t) (p / 2);
    for (int64_t j = 0; j < n; j++) {
        int32_t v = (int32_t) a[perm[j]];
        x[j] = v > half ? v - (int32_t) p : v;
    }
}

/* A group on its way in: rows tile by tile, each by one thread. */
typedef struct {
    const qd_echelon_struct *e;
    const group *g;
    const uint32_t *rows; /* (g->m, e->ncols) */
    const qd_elim_field *f;
    int64_t step;                /* rows of a tile */
    int64_t pending[GROUP_MOST]; /* (out) of tile t; all the same */
    bool moved;                  /* columns are not in order */
} arrival;

/* Rows of tile t as residues, columns by position, reduced by all blocks. */
static qd_status take_tile(void *arg, int64_t t, qd_ctx_t ctx)
{
    arrival *a = arg;
    const qd_echelon_struct *e = a->e;
    qd_status st = QD_OK;
    int64_t first = t * a->step, m = least(a->step, a->g->m - first), ld = a->g->ld;
    double *x = a->g->x + first * ld;
    qd_ctx_struct alone = *ctx;
    alone.threads = 1;
    for (int64_t i = 0; i < m; i++) {
        const uint32_t *row = a->rows + (first + i) * e->ncols;
        if (a->moved) load_moved(x + i * ld, row, e->perm, e->ncols, e->p);
        else load_in_order(x + i * ld, row, e->ncols, e->p);
    }
    a->pending[t] = 0;
    for (int64_t k = 0; k < e->nblocks && (st = qd_ctx_budget(ctx)) == QD_OK; k++)
        reduce_rows(x, m, ld, a->pending + t, e, e->block + k, a->f, &alone);
    return st;
}

static qd_status load_group(group *g, const qd_echelon_t e, const uint32_t *rows, int64_t m, const qd_elim_field *f, qd_ctx_t ctx)
{
    int64_t share = (m + ctx->threads - 1) / ctx->threads;
    arrival a = {.e = e, .g = g, .rows = rows, .f = f, .step = least(TILE, share)};
    for (int64_t j = 0; j < e->ncols && !a.moved; j++) a.moved = e->perm[j] != j;
    for (int64_t i = 0; i < m; i++) g->source[i] = e->nrows + i;
    g->m = m;
    g->used = 0;
    qd_status st = qd_parallel_for((m + a.step - 1) / a.step, take_tile, &a, ctx);
    g->pending = a.pending[0];
    return st;
}

/* The next m rows. */
static qd_status add_group(qd_echelon_t e, group *g, const uint32_t *rows, int64_t m, const qd_elim_field *f, qd_ctx_t ctx)
{
    qd_status st = load_group(g, e, rows, m, f, ctx);
    while (st == QD_OK && g->used < m && (st = qd_ctx_budget(ctx)) == QD_OK) {
        int64_t before = g->used;
        take_slice(e, g, f, ctx);
        e->nrows += g->used - before;
    }
    return st;
}

static qd_status add_panel(qd_echelon_t e, const uint32_t *rows, int64_t nrows, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_elim_field f;
    int64_t most = least(GROUP_MOST, GROUP_LEAST > TILE * ctx->threads ? GROUP_LEAST : TILE * ctx->threads);
    group *g = qd_malloc(sizeof *g);
    qd_elim__field(&f, e->p);
    g->ld = e->ncols % 512 == 0 ? e->ncols + 8 : e->ncols; /* rows a power of two apart share a few lines of the cache */
    g->x = qd_malloc((size_t) (least(most, nrows) * g->ld) * sizeof *g->x);
    for (int64_t i = 0; i < nrows && st == QD_OK; i += most) st = add_group(e, g, rows + i * e->ncols, least(most, nrows - i), &f, ctx);
    free(g->x);
    free(g);
    return st;
}

qd_status qd_echelon_add(int64_t *added, qd_echelon_t e, const uint32_t *rows, int64_t nrows, qd_ctx_t ctx)
{
    int64_t before = e->rank;
    qd_status st = qd_elim__blas_check(ctx);
    if (st != QD_OK) return st;
    int threads = qd_elim__blas_enter();
    st = add_panel(e, rows, nrows, ctx);
    qd_elim__blas_leave(threads);
    if (st == QD_OK && added != NULL) *added = e->rank - before;
    return st;
}
