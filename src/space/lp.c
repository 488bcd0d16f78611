/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear programs: maximise f(x) where all rows are >= 0. The simplex method of GLPK works in doubles and proposes a basis: as many rows as there
   are variables (and variables set to 0, where the program leaves them free). Nothing else of it is believed.

   Let the gradients of these rows be independent, y solve sum y_i a_i = -a_f, and y_i >= 0 for rows, 0 for variables. Then for every x at which the
   rows are >= 0, a_f.x = -sum y_i a_i.x <= sum y_i c_i: an upper bound, attained at the point where the rows are 0, if all others are >= 0 there.

   Strictly inside: one more variable d, rows a.x + c - s d >= 0 with s = max |a_k|, and 1 - d >= 0; maximise d. If d > 0 at a feasible point, all
   rows are positive there; if d <= 0 everywhere, the y are the combination that shows it. What a basis does not decide, simplex.c does. */
#include "space/impl.h"

#include <flint/fmpz_mat.h>
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void qd_space__rows_init(qd_space_rows *r, slong dim)
{
    *r = (qd_space_rows){dim, 0, 0, NULL};
}

void qd_space__rows_clear(qd_space_rows *r)
{
    if (r->row != NULL) _fmpz_vec_clear(r->row, r->room * (r->dim + 1));
}

void qd_space__rows_push(qd_space_rows *r, const fmpz *form, int sign)
{
    slong width = r->dim + 1;
    if (r->n == r->room) {
        slong room = r->room == 0 ? 32 : 2 * r->room;
        r->row = qd_realloc(r->row, sizeof *r->row * (size_t) (room * width));
        memset(r->row + r->room * width, 0, sizeof *r->row * (size_t) ((room - r->room) * width));
        r->room = room;
    }
    fmpz *to = r->row + r->n++ * width;
    if (sign > 0) _fmpz_vec_set(to, form, width);
    else _fmpz_vec_neg(to, form, width);
}

void qd_space__rows_pop(qd_space_rows *r)
{
    r->n--;
}

/* ---- what GLPK proposes ----------------------------------------------------------------------------------- */

typedef struct {
    const qd_space_rows *r;
    const fmpz *f;
    double *x;  /* (dim) */
    slong *row; /* (dim): the basis: row i, or -1 - k for variable k */
} proposal;

/* x / 2^shift */
static double scaled(const fmpz_t x, slong shift)
{
    slong e;
    double d = fmpz_get_d_2exp(&e, x);
    e -= shift;
    return d == 0 || e < -1000 ? 0 : ldexp(d, e > 1000 ? 1000 : (int) e);
}

static slong bits(const fmpz *v, slong n)
{
    return FLINT_ABS(_fmpz_vec_max_bits(v, n));
}

static void set_program(glp_prob *p, const proposal *a)
{
    slong dim = a->r->dim, width = dim + 1, shift = bits(a->f, dim);
    int *at = qd_malloc(sizeof *at * (size_t) width);
    double *c = qd_malloc(sizeof *c * (size_t) width);
    glp_set_obj_dir(p, GLP_MAX);
    glp_add_cols(p, (int) dim);
    if (a->r->n > 0) glp_add_rows(p, (int) a->r->n);
    for (slong k = 0; k < dim; k++) {
        glp_set_col_bnds(p, (int) k + 1, GLP_FR, 0, 0);
        glp_set_obj_coef(p, (int) k + 1, scaled(a->f + k, shift));
    }
    for (slong i = 0; i < a->r->n; i++) {
        const fmpz *row = a->r->row + i * width;
        int n = 0;
        shift = bits(row, dim);
        for (slong k = 0; k < dim; k++) {
            double d = scaled(row + k, shift);
            if (d == 0) continue;
            at[++n] = (int) k + 1;
            c[n] = d;
        }
        glp_set_mat_row(p, (int) i + 1, n, at, c);
        glp_set_row_bnds(p, (int) i + 1, GLP_LO, -scaled(row + dim, shift), 0);
    }
    free(at);
    free(c);
}

static bool propose(proposal *a)
{
    slong dim = a->r->dim, n = 0;
    glp_smcp parm;
    glp_prob *p = glp_create_prob();
    glp_init_smcp(&parm);
    int talk = glp_term_out(GLP_OFF); /* scaling says what it does */
    parm.msg_lev = GLP_MSG_OFF;
    parm.it_lim = 100000;
    set_program(p, a);
    glp_scale_prob(p, GLP_SF_GM | GLP_SF_EQ | GLP_SF_2N);
    bool ok = glp_simplex(p, &parm) == 0 && glp_get_status(p) == GLP_OPT;
    for (slong i = 0; ok && i < a->r->n && n <= dim; i++)
        if (glp_get_row_stat(p, (int) i + 1) != GLP_BS && n++ < dim) a->row[n - 1] = i;
    for (slong k = 0; ok && k < dim && n <= dim; k++) {
        a->x[k] = glp_get_col_prim(p, (int) k + 1);
        if (glp_get_col_stat(p, (int) k + 1) != GLP_BS && n++ < dim) a->row[n - 1] = -1 - k;
    }
    glp_delete_prob(p);
    glp_term_out(talk);
    return ok && n == dim;
}

/* ---- what is proved ----------------------------------------------------------------------------------------- */

/* The rows of the basis; false: they are dependent. Then x = solution / den: where they are 0. */
static void set_basis(fmpz_mat_t m, const proposal *a)
{
    slong dim = a->r->dim;
    fmpz_mat_zero(m);
    for (slong i = 0; i < dim; i++) {
        if (a->row[i] < 0) fmpz_one(fmpz_mat_entry(m, i, -1 - a->row[i]));
        else _fmpz_vec_set(fmpz_mat_entry(m, i, 0), a->r->row + a->row[i] * (dim + 1), dim);
    }
}

/* *sign: of an upper bound of f. false: the basis gives none. */
static bool prove_bound(int *sign, const proposal *a)
{
    slong dim = a->r->dim;
    fmpz_mat_t m, y, b;
    fmpz_t den, s;
    bool ok = true;
    fmpz_mat_init(m, dim, dim);
    fmpz_mat_init(y, dim, 1);
    fmpz_mat_init(b, dim, 1);
    fmpz_init(den);
    fmpz_init(s);
    set_basis(m, a);
    fmpz_mat_transpose(m, m);
    for (slong k = 0; k < dim; k++) fmpz_neg(fmpz_mat_entry(b, k, 0), a->f + k);
    ok = fmpz_mat_solve(y, den, m, b);
    fmpz_mul(s, a->f + dim, den);
    for (slong i = 0; ok && i < dim; i++) {
        const fmpz *yi = fmpz_mat_entry(y, i, 0);
        if (a->row[i] < 0) ok = fmpz_is_zero(yi);
        else {
            ok = fmpz_sgn(yi) * fmpz_sgn(den) >= 0;
            fmpz_addmul(s, yi, a->r->row + a->row[i] * (dim + 1) + dim);
        }
    }
    *sign = fmpz_sgn(s) * fmpz_sgn(den);
    fmpz_mat_clear(m);
    fmpz_mat_clear(y);
    fmpz_mat_clear(b);
    fmpz_clear(den);
    fmpz_clear(s);
    return ok;
}

/* The value of a row at x. */
static int sign_at(const fmpz *row, const fmpq *x, slong dim)
{
    fmpq_t s, t;
    fmpq_init(s);
    fmpq_init(t);
    fmpq_set_fmpz(s, row + dim);
    for (slong k = 0; k < dim; k++) {
        fmpq_mul_fmpz(t, x + k, row + k);
        fmpq_add(s, s, t);
    }
    int sign = fmpq_sgn(s);
    fmpq_clear(s);
    fmpq_clear(t);
    return sign;
}

static bool all_rows(const qd_space_rows *r, const fmpq *x, int least)
{
    for (slong i = 0; i < r->n; i++)
        if (sign_at(r->row + i * (r->dim + 1), x, r->dim) < least) return false;
    return true;
}

/* The point where the rows of the basis are 0; false: not one point. */
static bool basis_point(fmpq *x, const proposal *a)
{
    slong dim = a->r->dim;
    fmpz_mat_t m, y, b;
    fmpz_t den;
    fmpz_mat_init(m, dim, dim);
    fmpz_mat_init(y, dim, 1);
    fmpz_mat_init(b, dim, 1);
    fmpz_init(den);
    set_basis(m, a);
    for (slong i = 0; i < dim; i++)
        if (a->row[i] >= 0) fmpz_neg(fmpz_mat_entry(b, i, 0), a->r->row + a->row[i] * (dim + 1) + dim);
    bool ok = fmpz_mat_solve(y, den, m, b);
    for (slong k = 0; ok && k < dim; k++) fmpq_set_fmpz_frac(x + k, fmpz_mat_entry(y, k, 0), den);
    fmpz_mat_clear(m);
    fmpz_mat_clear(y);
    fmpz_mat_clear(b);
    fmpz_clear(den);
    return ok;
}

static void proposal_init(proposal *a, const qd_space_rows *r, const fmpz *f)
{
    *a = (proposal){r, f, qd_calloc((size_t) r->dim + 1, sizeof *a->x), qd_calloc((size_t) r->dim + 1, sizeof *a->row)};
}

static void proposal_clear(proposal *a)
{
    free(a->x);
    free(a->row);
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

/* The rows with the variable d, and 1 - d. */
static void add_margin(qd_space_rows *to, const qd_space_rows *r)
{
    slong dim = r->dim;
    fmpz *row = _fmpz_vec_init(dim + 2);
    for (slong i = 0; i < r->n; i++) {
        const fmpz *from = r->row + i * (dim + 1);
        _fmpz_vec_set(row, from, dim);
        fmpz_set(row + dim + 1, from + dim);
        fmpz_zero(row + dim);
        for (slong k = 0; k < dim; k++)
            if (fmpz_cmpabs(from + k, row + dim) > 0) fmpz_abs(row + dim, from + k);
        if (fmpz_is_zero(row + dim)) fmpz_one(row + dim);
        fmpz_neg(row + dim, row + dim);
        qd_space__rows_push(to, row, 1);
    }
    _fmpz_vec_zero(row, dim + 2);
    fmpz_set_si(row + dim, -1);
    fmpz_one(row + dim + 1);
    qd_space__rows_push(to, row, 1);
    _fmpz_vec_clear(row, dim + 2);
}

/* A short point near the proposed one, strictly inside. */
static bool round_point(fmpq *x, const qd_space_rows *r, const double *near)
{
    static const double grid[] = {0x1p4, 0x1p10, 0x1p20, 0x1p32};
    for (size_t g = 0; g < sizeof grid / sizeof *grid; g++) {
        for (slong k = 0; k < r->dim; k++) {
            double d = nearbyint(near[k] * grid[g]) / grid[g];
            if (!(fabs(d) < 0x1p500)) return false;
            qd_rat_set_double(x + k, d);
        }
        if (all_rows(r, x, 1)) return true;
    }
    return false;
}

/* The largest d for which all rows are >= 0 at x = 0. */
static void least_margin(fmpq_t d, const qd_space_rows *wide)
{
    slong dim = wide->dim;
    fmpq_t q;
    fmpq_init(q);
    for (slong i = 0; i < wide->n; i++) {
        const fmpz *row = wide->row + i * (dim + 1);
        fmpq_set_fmpz_frac(q, row + dim, row + dim - 1);
        fmpq_neg(q, q);
        if (i == 0 || fmpq_cmp(q, d) < 0) fmpq_set(d, q);
    }
    fmpq_clear(q);
}

qd_truth qd_space__strict(fmpq *x, const qd_space_rows *r)
{
    qd_space_rows wide;
    proposal a;
    slong dim = r->dim;
    fmpz *f = _fmpz_vec_init(dim + 2);
    fmpq *point = _fmpq_vec_init(dim + 1);
    qd_truth answer = QD_UNKNOWN;
    int sign;
    fmpz_one(f + dim);
    qd_space__rows_init(&wide, dim + 1);
    add_margin(&wide, r);
    proposal_init(&a, &wide, f);
    if (propose(&a)) {
        if (a.x[dim] > 0 && round_point(point, r, a.x)) answer = QD_TRUE;
        else if (prove_bound(&sign, &a) && sign <= 0) answer = QD_FALSE;
        else if (basis_point(point, &a) && all_rows(r, point, 1)) answer = QD_TRUE;
    }
    if (answer == QD_UNKNOWN) {
        fmpq *start = _fmpq_vec_init(dim + 1);
        least_margin(start + dim, &wide);
        if (qd_space__maximise(point, &sign, &wide, f, start) == QD_TRUE) answer = sign > 0 ? QD_TRUE : QD_FALSE;
        _fmpq_vec_clear(start, dim + 1);
    }
    for (slong k = 0; answer == QD_TRUE && k < dim; k++) fmpq_set(x + k, point + k);
    proposal_clear(&a);
    qd_space__rows_clear(&wide);
    _fmpz_vec_clear(f, dim + 2);
    _fmpq_vec_clear(point, dim + 1);
    return answer;
}

qd_truth qd_space__meets(const qd_space_rows *r, const fmpz *form, const fmpq *start)
{
    proposal a;
    fmpq *point = _fmpq_vec_init(r->dim);
    qd_truth answer = QD_UNKNOWN;
    int sign;
    proposal_init(&a, r, form);
    if (propose(&a)) {
        if (prove_bound(&sign, &a) && sign < 0) answer = QD_FALSE;
        else if (basis_point(point, &a) && all_rows(r, point, 0) && sign_at(form, point, r->dim) >= 0) answer = QD_TRUE;
    }
    if (answer == QD_UNKNOWN && qd_space__maximise(point, &sign, r, form, start) == QD_TRUE) answer = sign < 0 ? QD_FALSE : QD_TRUE;
    proposal_clear(&a);
    _fmpq_vec_clear(point, r->dim);
    return answer;
}
