/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The certificate of a dimension. Lower bound: a minor of the Jacobian that is not 0 modulo a prime. The prime does not divide a denominator,
   there is none, so the minor is not 0 over the integers either, and the dimension is at least its order. The check
   evaluates the entries by forward derivatives, where the search used reverse mode, and computes the determinant again. Upper bound: the
   steps of its proof, see check_bound.c. A checksum over everything finds the damage that neither notices, such as a parameter on
   which the minor does not depend. */
#include <flint/nmod_mat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "variety/impl.h"

void qd_certificate_init(qd_certificate_t c)
{
    memset(c, 0, sizeof *c);
    c->arch.width = c->width;
}

void qd_certificate_clear(qd_certificate_t c)
{
    free(c->theta);
    free(c->x);
    free(c->row);
    free(c->column);
    free(c->version);
    qd_bound_clear(c->upper);
}

void qd_variety__certificate_move(qd_certificate_t to, qd_certificate_t from)
{
    qd_certificate_clear(to);
    *to = *from;
    to->arch.width = to->width;
    qd_certificate_init(from);
}

/* ---- making ------------------------------------------------------------------------------- */

static int64_t *widen_numbers(const uint32_t *v, int64_t n)
{
    int64_t *w = qd_malloc(sizeof *w * (size_t) (n + 1));
    for (int64_t i = 0; i < n; i++) w[i] = v[i];
    return w;
}

static int64_t *copy(const int64_t *v, int64_t n)
{
    int64_t *w = qd_malloc(sizeof *w * (size_t) (n + 1));
    memcpy(w, v, sizeof *w * (size_t) n);
    return w;
}

/* The minor by the rows of reverse mode, one point at a time. */
static qd_status minor_by_rows(nmod_mat_t m, const qd_arch *arch, const qd_variety_witness *w, qd_ctx_t ctx)
{
    int64_t outputs = arch->width[arch->depth];
    qd_status st = QD_OK;
    qd_variety_plan plan;
    qd_variety_plan_make(&plan, arch);
    uint32_t *rows = qd_malloc(sizeof *rows * (size_t) (outputs * plan.nparams));
    int64_t loaded = -1;
    for (int64_t i = 0; i < w->rank && st == QD_OK; i++) {
        int64_t point = w->row[i] / outputs;
        if (point != loaded) st = qd_variety_jacobian(rows, &plan, w->theta, w->x + point * arch->width[0], 1, w->p, ctx);
        loaded = point;
        const uint32_t *row = rows + w->row[i] % outputs * plan.nparams;
        for (int64_t j = 0; j < w->rank; j++) nmod_mat_entry(m, i, j) = row[w->column[j]];
    }
    free(rows);
    return st;
}

qd_status qd_certificate_make(qd_certificate_t c, const qd_arch *arch, const qd_variety_result_t r, qd_ctx_t ctx)
{
    const qd_variety_witness *w = &r->witness;
    nmod_mat_t m;
    nmod_mat_init(m, w->rank, w->rank, w->p);
    qd_status st = minor_by_rows(m, arch, w, ctx);
    if (st == QD_OK) {
        qd_certificate_t t;
        qd_certificate_init(t);
        t->arch = *arch;
        memcpy(t->width, arch->width, sizeof *t->width * (size_t) (arch->depth + 1));
        t->lower = w->rank;
        t->prime = w->p;
        t->determinant = (int64_t) nmod_mat_det(m);
        t->npoints = w->npoints;
        t->theta = widen_numbers(w->theta, qd_variety_nparams(arch));
        t->x = widen_numbers(w->x, w->npoints * arch->width[0]);
        t->row = copy(w->row, w->rank);
        t->column = copy(w->column, w->rank);
        t->version = qd_strdup(QD_VERSION);
        qd_variety__bound_set(t->upper, r->proof);
        qd_variety__certificate_move(c, t);
    }
    nmod_mat_clear(m);
    return st;
}

/* ---- checking ----------------------------------------------------------------------------- */

/* The rows of the minor that belong to the point of row i, from there on; returns the first row of another point. */
static int64_t fill_point(nmod_mat_t m, const qd_certificate_t c, const qd_variety_plan *plan, const ulong *theta, int64_t i, ulong *value,
                          ulong *x)
{
    int64_t inputs = c->width[0], outputs = c->width[plan->depth], point = c->row[i] / outputs;
    for (int64_t k = 0; k < inputs; k++) x[k] = (ulong) c->x[point * inputs + k];
    qd_variety_derivatives(value, plan, theta, x, c->column, c->lower, m->mod);
    for (; i < c->lower && c->row[i] / outputs == point; i++)
        for (int64_t j = 0; j < c->lower; j++) nmod_mat_entry(m, i, j) = value[j * outputs + c->row[i] % outputs];
    return i;
}

static qd_status check_minor(const qd_certificate_t c, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_variety_plan plan;
    nmod_mat_t m;
    qd_variety_plan_make(&plan, &c->arch);
    ulong *theta = qd_malloc(sizeof *theta * (size_t) plan.nparams), *x = qd_malloc(sizeof *x * (size_t) c->width[0]),
          *value = qd_malloc(sizeof *value * (size_t) (c->lower * c->width[plan.depth] + 1));
    for (int64_t k = 0; k < plan.nparams; k++) theta[k] = (ulong) c->theta[k];
    nmod_mat_init(m, c->lower, c->lower, (ulong) c->prime);
    for (int64_t i = 0; i < c->lower && st == QD_OK;) {
        i = fill_point(m, c, &plan, theta, i, value, x);
        st = qd_ctx_budget(ctx);
        qd_ctx_progress(ctx, "rows", i, c->lower);
    }
    if (st == QD_OK) {
        ulong det = nmod_mat_det(m);
        if (det == 0) st = qd_fail(ctx, QD_EINPUT, "refused: the minor is 0 modulo %" PRId64, c->prime);
        else if (det != (ulong) c->determinant)
            st = qd_fail(ctx, QD_EINPUT, "refused: the minor is %lu modulo %" PRId64 ", the file says %" PRId64, (unsigned long) det,
                         c->prime, c->determinant);
    }
    nmod_mat_clear(m);
    free(theta);
    free(x);
    free(value);
    return st;
}

qd_status qd_certificate_check(qd_proof_report_t report, const qd_certificate_t c, qd_ctx_t ctx)
{
    qd_status st = check_minor(c, ctx);
    if (st != QD_OK) return st;
    qd_buf_printf(report->confirmed, "lower bound %" PRId64 ": a minor of that order is %" PRId64 " modulo %" PRId64 ", computed again\n",
                  c->lower, c->determinant, c->prime);
    report->complete = true;
    if (c->upper->n > 0) st = qd_bound_check(report, c->upper, ctx);
    if (st != QD_OK) return st;
    char sum[QD_CHECKSUM_ROOM];
    qd_variety__certificate_checksum(sum, c);
    if (strcmp(c->checksum, sum) != 0) st = qd_fail(ctx, QD_EINPUT, "refused: the checksum is %s, the file says '%.20s'", sum, c->checksum);
    return st;
}
