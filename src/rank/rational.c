/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rank over Q. The rank r modulo a prime is a lower bound: the minor of the pivots is not 0 modulo the prime, so it is not 0. It is the
   rank when every column without pivot is a rational combination of the r columns with one, on all rows; or every row without
   pivot one of the rows with one. The side with fewer lines to express is taken. The coefficients K
   are found from the minor of the pivots: modulo primes of 61 bits, put together by the Chinese remainder theorem, and
   guessed by rational reconstruction as soon as it gives an answer; the guess is then checked on everything in integers. The
   coefficients are quotients of minors of order r, hence of Hadamard's size at most, and with a modulus
   of twice its bits the reconstruction gives them: when the check fails then, the rank is larger than r. */
#include <flint/fmpq_mat.h>
#include <flint/fmpz_mat.h>
#include <flint/nmod_mat.h>
#include <math.h>
#include <stdlib.h>

#include "rank/rank.h"

/* Rows that are eliminated at a time: so many, or fewer with about so many entries. */
#define PANEL_ROWS 256
#define PANEL_ENTRIES 4000000

#define PRIME_BITS 60

/* ---- rows --------------------------------------------------------------------------------- */

static int64_t panel_rows(const qd_rows_t r)
{
    return r->ncols * PANEL_ROWS <= PANEL_ENTRIES ? PANEL_ROWS : PANEL_ENTRIES / r->ncols + 1;
}

void qd_rows_init(qd_rows_t r, int64_t ncols, const qd_rng_t rng)
{
    *r = (qd_rows_struct){.ncols = ncols, .rng = {*rng}};
    uint32_t p = QD_ELIM_PRIME_MAX / 2 + (uint32_t) qd_rng_below(r->rng, QD_ELIM_PRIME_MAX / 2 - 100);
    while (!n_is_prime(p)) p--;
    qd_echelon_init(r->echelon, p, ncols);
    r->panel = qd_malloc(sizeof *r->panel * (size_t) (panel_rows(r) * ncols));
}

void qd_rows_clear(qd_rows_t r)
{
    for (int64_t i = 0; i < r->nrows; i++) _fmpz_vec_clear(r->row[i], r->ncols);
    free(r->row);
    free(r->panel);
    qd_echelon_clear(r->echelon);
}

/* Eliminates what is in the panel. */
static qd_status flush(qd_rows_t r, qd_ctx_t ctx)
{
    int64_t first = r->echelon->nrows;
    return qd_echelon_add(NULL, r->echelon, r->panel, r->nrows - first, ctx);
}

qd_status qd_rows_add(qd_rows_t r, const fmpz *row, qd_ctx_t ctx)
{
    fmpz_t content;
    qd_status st = r->nrows - r->echelon->nrows == panel_rows(r) ? flush(r, ctx) : QD_OK;
    if (st != QD_OK) return st;
    if (r->nrows == r->room) r->row = qd_realloc(r->row, sizeof *r->row * (size_t) (r->room = 2 * r->room + 16));
    fmpz *v = _fmpz_vec_init(r->ncols);
    fmpz_init(content);
    _fmpz_vec_content(content, row, r->ncols);
    if (!fmpz_is_zero(content)) _fmpz_vec_scalar_divexact_fmpz(v, row, r->ncols, content);
    fmpz_clear(content);
    uint32_t *residue = r->panel + (r->nrows - r->echelon->nrows) * r->ncols;
    for (int64_t j = 0; j < r->ncols; j++) residue[j] = (uint32_t) fmpz_fdiv_ui(v + j, r->echelon->p);
    r->row[r->nrows++] = v;
    return QD_OK;
}

qd_status qd_rows_rank(int64_t *rank, qd_rows_t r, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    own->max_seconds = 0;
    own->max_bytes = 0;
    qd_status st = flush(r, own);
    if (st == QD_OK) *rank = qd_echelon_rank(r->echelon);
    return qd_ctx_pass(ctx, st, own);
}

/* ---- proof -------------------------------------------------------------------------------- */

/* The matrix or its transpose: nlines rows, each with the pivots at cross[0..rank-1], and `others` positions more. */
typedef struct {
    const qd_rows_struct *r;
    bool transposed;
    int64_t nlines, rank, others;
    const int64_t *line; /* borrowed: the lines with a pivot */
    int64_t *cross;      /* owned, length rank + others */
} view;

static const fmpz *entry(const view *v, int64_t line, int64_t cross)
{
    return v->transposed ? v->r->row[cross] + line : v->r->row[line] + cross;
}

static void view_init(view *v, const qd_rows_t r)
{
    const qd_echelon_struct *e = r->echelon;
    bool transposed = r->nrows < r->ncols;
    int64_t ncross = transposed ? r->nrows : r->ncols, n = e->rank;
    const int64_t *pivot = transposed ? e->pivot_row : e->pivot_col;
    *v = (view){r,
                transposed,
                transposed ? r->ncols : r->nrows,
                e->rank,
                ncross - e->rank,
                transposed ? e->pivot_col : e->pivot_row,
                qd_malloc(sizeof *v->cross * (size_t) ncross)};
    bool *taken = qd_calloc((size_t) ncross, sizeof *taken);
    for (int64_t i = 0; i < e->rank; i++) taken[v->cross[i] = pivot[i]] = true;
    for (int64_t i = 0; i < ncross; i++)
        if (!taken[i]) v->cross[n++] = i;
    free(taken);
}

/* Bits of the minors of order rank, by Hadamard's inequality. */
static double minor_bits(const view *v)
{
    slong most = 0;
    for (int64_t i = 0; i < v->r->nrows; i++) {
        slong bits = labs(_fmpz_vec_max_bits(v->r->row[i], v->r->ncols));
        if (bits > most) most = bits;
    }
    return (double) v->rank * ((double) most + 0.5 * log2((double) v->rank));
}

/* x = a^-1 b modulo q for the lines with a pivot: a at the positions of pivots, b at the others. False when a is singular modulo q. */
static bool solve(nmod_mat_t x, const view *v, ulong q)
{
    nmod_mat_t a, b;
    nmod_mat_init(a, v->rank, v->rank, q);
    nmod_mat_init(b, v->rank, v->others, q);
    for (slong i = 0; i < v->rank; i++) {
        for (slong j = 0; j < v->rank; j++) nmod_mat_entry(a, i, j) = fmpz_fdiv_ui(entry(v, v->line[i], v->cross[j]), q);
        for (slong j = 0; j < v->others; j++) nmod_mat_entry(b, i, j) = fmpz_fdiv_ui(entry(v, v->line[i], v->cross[v->rank + j]), q);
    }
    bool regular = nmod_mat_solve(x, a, b);
    nmod_mat_clear(a);
    nmod_mat_clear(b);
    return regular;
}

/* Is every line, at the other positions, K of what it is at those of pivots? */
static qd_status check(bool *good, const view *v, const fmpq_mat_t K, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    fmpz_mat_t numerator;
    fmpz *den = _fmpz_vec_init(v->others), *sum = _fmpz_vec_init(v->others);
    fmpz_mat_init(numerator, v->rank, v->others);
    fmpq_mat_get_fmpz_mat_colwise(numerator, den, K);
    *good = true;
    for (int64_t n = 0; n < v->nlines && *good && (st = qd_ctx_budget(ctx)) == QD_OK; n++) {
        for (slong j = 0; j < v->others; j++) fmpz_mul(sum + j, den + j, entry(v, n, v->cross[v->rank + j]));
        for (slong i = 0; i < v->rank; i++) {
            const fmpz *x = entry(v, n, v->cross[i]), *coefficient = fmpz_mat_entry(numerator, i, 0); /* a row is contiguous */
            if (fmpz_is_zero(x)) continue;
            for (slong j = 0; j < v->others; j++)
                if (!fmpz_is_zero(coefficient + j)) fmpz_submul(sum + j, x, coefficient + j);
        }
        *good = _fmpz_vec_is_zero(sum, v->others);
        qd_ctx_progress(ctx, "relations checked", n + 1, v->nlines);
    }
    fmpz_mat_clear(numerator);
    _fmpz_vec_clear(den, v->others);
    _fmpz_vec_clear(sum, v->others);
    return st;
}

/* *residue, *modulus: with one more prime q. */
static void join(fmpz_mat_t residue, fmpz_t modulus, const nmod_mat_t x, ulong q)
{
    fmpz_mat_CRT_ui(residue, residue, modulus, x, 1);
    fmpz_mul_ui(modulus, modulus, q);
}

/* Guesses and checks, with one prime more in each round. */
static qd_status prove(bool *good, const view *v, qd_rng_t rng, qd_ctx_t ctx)
{
    double enough = 2 * minor_bits(v) + 2;
    ulong q = (UWORD(1) << PRIME_BITS) + qd_rng_below(rng, UINT64_C(1) << PRIME_BITS);
    bool last = false;
    qd_status st = QD_OK;
    fmpz_mat_t residue;
    fmpq_mat_t K;
    fmpz_t modulus;
    fmpz_mat_init(residue, v->rank, v->others);
    fmpq_mat_init(K, v->rank, v->others);
    fmpz_init_set_ui(modulus, 1);
    for (int64_t count = 1, next = 1; !*good && !last && st == QD_OK; count++) {
        nmod_mat_t x;
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        q = n_nextprime(q, 1);
        nmod_mat_init(x, v->rank, v->others, q);
        if (solve(x, v, q)) join(residue, modulus, x, q);
        nmod_mat_clear(x);
        qd_ctx_progress(ctx, "primes, at most", count, (int64_t) (enough / PRIME_BITS) + 1);
        last = (double) fmpz_bits(modulus) - 1 > enough;
        if (count < next && !last) continue;
        next = count + count / 4 + 1;
        if (fmpq_mat_set_fmpz_mat_mod_fmpz(K, residue, modulus)) st = check(good, v, K, ctx);
    }
    fmpz_mat_clear(residue);
    fmpq_mat_clear(K);
    fmpz_clear(modulus);
    return st;
}

qd_status qd_rows_prove(qd_truth *proved, qd_rows_t r, qd_ctx_t ctx)
{
    int64_t rank;
    bool good = false;
    qd_status st = qd_rows_rank(&rank, r, ctx);
    *proved = QD_UNKNOWN;
    if (st != QD_OK) return st;
    if (rank == r->nrows || rank == r->ncols || rank == 0) good = true; /* a row that is not 0 has content 1 */
    else {
        view v;
        view_init(&v, r);
        st = prove(&good, &v, r->rng, ctx);
        free(v.cross);
    }
    if (st == QD_OK && good) *proved = QD_TRUE;
    return st;
}
