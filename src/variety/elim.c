/* Row space modulo a prime: plain elimination, one row after the other. */
#include <stdlib.h>
#include <string.h>

#include "variety/variety.h"

struct qd_elim_block {
    uint32_t *row;                       /* owned, length ncols, 1 at its pivot column */
};

void qd_echelon_init(qd_echelon_t e, uint32_t p, int64_t ncols)
{
    memset(e, 0, sizeof *e);
    e->p = p;
    e->ncols = ncols;
}

void qd_echelon_clear(qd_echelon_t e)
{
    for (int64_t i = 0; i < e->nblocks; i++) free(e->block[i].row);
    free(e->block);
    free(e->pivot_row);
    free(e->pivot_col);
    free(e->perm);
}

int64_t qd_echelon_rank(const qd_echelon_t e)
{
    return e->rank;
}

static uint64_t inverse(uint64_t a, uint64_t p)
{
    uint64_t r = 1;
    for (uint64_t k = p - 2; k > 0; k >>= 1, a = a * a % p)
        if (k & 1) r = r * a % p;
    return r;
}

static void keep(qd_echelon_t e, const uint32_t *x, int64_t col)
{
    uint32_t *row = qd_malloc((size_t) e->ncols * sizeof *row);
    uint64_t f = inverse(x[col], e->p);
    size_t n = (size_t) e->rank + 1;
    for (int64_t j = 0; j < e->ncols; j++) row[j] = (uint32_t) (x[j] * f % e->p);
    e->block = qd_realloc(e->block, n * sizeof *e->block);
    e->pivot_row = qd_realloc(e->pivot_row, n * sizeof(int64_t));
    e->pivot_col = qd_realloc(e->pivot_col, n * sizeof(int64_t));
    e->block[e->rank].row = row;
    e->pivot_row[e->rank] = e->nrows;
    e->pivot_col[e->rank] = col;
    e->nblocks = ++e->rank;
}

static void add_row(qd_echelon_t e, uint32_t *x)
{
    int64_t col = 0;
    for (int64_t i = 0; i < e->rank; i++) {
        uint64_t f = e->p - x[e->pivot_col[i]];
        for (int64_t j = 0; j < e->ncols; j++) x[j] = (uint32_t) ((x[j] + f * e->block[i].row[j]) % e->p);
    }
    while (col < e->ncols && x[col] == 0) col++;
    if (col < e->ncols) keep(e, x, col);
    e->nrows++;
}

qd_status qd_echelon_add(int64_t *added, qd_echelon_t e, const uint32_t *rows, int64_t nrows, qd_ctx_t ctx)
{
    int64_t before = e->rank;
    qd_status st = QD_OK;
    uint32_t *x = qd_malloc((size_t) e->ncols * sizeof *x);
    for (int64_t i = 0; i < nrows && (st = qd_ctx_budget(ctx)) == QD_OK; i++) {
        memcpy(x, rows + i * e->ncols, (size_t) e->ncols * sizeof *x);
        add_row(e, x);
    }
    free(x);
    if (st == QD_OK && added != NULL) *added = e->rank - before;
    return st;
}

qd_status qd_rank_modp(int64_t *rank, const uint32_t *a, int64_t nrows, int64_t ncols, uint32_t p, qd_ctx_t ctx)
{
    qd_echelon_t e;
    qd_echelon_init(e, p, ncols);
    qd_status st = qd_echelon_add(rank, e, a, nrows, ctx);
    qd_echelon_clear(e);
    return st;
}
