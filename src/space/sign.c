/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sign of a unit at a vertex: from the row; from a better place; from integers. */
#include "space/impl.h"

#include <string.h>

/* The frame's facets have bits of their own, see cell.c. */
void qd_space__facets(qd_space_cell *c, qd_space_worker *w)
{
    if (c->used == NULL) {
        c->used = qd_space__take(&w->stack, sizeof *c->used * (size_t) w->words);
        memset(c->used, 0, sizeof *c->used * (size_t) w->words);
        c->simple = true;
        for (slong i = 0; i < c->n; i++) {
            for (int k = 0; k < w->words; k++) c->used[k] |= c->e[i].v->on[k];
            if (c->e[i].v->facets != w->dim) c->simple = false;
        }
    }
    w->used = c->used;
}

/* Another place of a ray can be another multiple of it, so that its old values do not go with its new place. */
void qd_space__renew(qd_space_level *y, qd_space_entry *e)
{
    const qd_space_forms *z = y->z;
    slong dim = y->w->dim, stride = y->w->model->layer[y->l].stride;
    if (e->val[0] == e->v->err && e->val[1] == e->v->size) return;
    e->val[0] = e->v->err;
    e->val[1] = e->v->size;
    for (slong r = 0; r < QD_SPACE_ROW * y->blocks; r++) {
        double s = z->open_c[dim * stride + r] * e->v->x[dim];
        for (slong k = 0; k < dim; k++) s += z->open_c[k * stride + r] * e->v->x[k];
        e->val[QD_SPACE_ROW + r] = s;
    }
}

static inline int by_doubles(const qd_space_level *y, slong k, const qd_space_entry *e)
{
    double t = e->val[QD_SPACE_ROW + k], tol = qd_space__tolerance(y, k, e);
    return (t > tol) - (t < -tol);
}

static int find_sign(qd_space_level *y, slong k, qd_space_cell *c, qd_space_entry *e)
{
    qd_space__facets(c, y->w);
    if (!e->v->located) qd_space__locate(y->w, e->v);
    qd_space__renew(y, e);
    int s = by_doubles(y, k, e);
    return s != 0 ? s : qd_space__exact_sign(y->w, e->v, y->l, y->z->open[k]);
}

void qd_space__signs(slong *plus, slong *minus, qd_space_level *y, slong k, qd_space_cell *c)
{
    bool asked = false;
    *plus = *minus = 0;
    for (slong i = 0; i < c->n; i++) {
        int s = by_doubles(y, k, c->e + i);
        if (s == 0 && !asked) {
            const fmpz_poly_struct *p = qd_space__exact_form(y->w, y->l, y->z->open[k]);
            asked = true;
            if (p->length <= 1) { /* constant on the cell */
                s = p->length == 0 ? 0 : fmpz_sgn(p->coeffs);
                memset(c->sign, s, (size_t) c->n);
                *plus = s > 0 ? c->n : 0;
                *minus = s < 0 ? c->n : 0;
                return;
            }
        }
        if (s == 0) s = find_sign(y, k, c, c->e + i);
        c->sign[i] = (signed char) s;
        *plus += s > 0;
        *minus += s < 0;
    }
}
