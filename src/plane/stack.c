/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stacks of the decomposition in resolve.c: the roots of all curves above one abscissa, and the cells between them. */
#include <stdlib.h>
#include <string.h>

#include "plane/cad.h"

/* ---- univariate polynomials ------------------------------------------------------------------- */

/* f(value, t) for var 0, f(s, value) for var 1, times a positive integer. */
void qd_plane__cad_substitute(fmpz_poly_t r, const fmpz_mpoly_t f, slong var, const fmpq_t value, const fmpz_mpoly_ctx_t ctx)
{
    slong d = fmpz_mpoly_degree_si(f, var, ctx);
    fmpz *num = _fmpz_vec_init(d + 1), *den = _fmpz_vec_init(d + 1);
    fmpz_t c, k;
    fmpz_init(c);
    fmpz_init(k);
    fmpz_one(num);
    fmpz_one(den);
    for (slong i = 1; i <= d; i++) {
        fmpz_mul(num + i, num + i - 1, fmpq_numref(value));
        fmpz_mul(den + i, den + i - 1, fmpq_denref(value));
    }
    fmpz_poly_zero(r);
    for (slong i = 0; i < fmpz_mpoly_length(f, ctx); i++) {
        ulong e[2];
        fmpz_mpoly_get_term_exp_ui(e, f, i, ctx);
        fmpz_mpoly_get_term_coeff_fmpz(c, f, i, ctx);
        fmpz_mul(c, c, num + e[var]);
        fmpz_mul(c, c, den + d - (slong) e[var]);
        fmpz_poly_get_coeff_fmpz(k, r, (slong) e[1 - var]);
        fmpz_add(k, k, c);
        fmpz_poly_set_coeff_fmpz(r, (slong) e[1 - var], k);
    }
    _fmpz_vec_clear(num, d + 1);
    _fmpz_vec_clear(den, d + 1);
    fmpz_clear(c);
    fmpz_clear(k);
}

/* f in one variable only. */
void qd_plane__cad_univariate(fmpz_poly_t r, const fmpz_mpoly_t f, slong var, const fmpz_mpoly_ctx_t ctx)
{
    fmpq_t zero;
    fmpq_init(zero);
    qd_plane__cad_substitute(r, f, 1 - var, zero, ctx);
    fmpq_clear(zero);
}

/* Adds the roots of p in the open interval. */
qd_status qd_plane__cad_add_roots(qd_alg_list_t out, const fmpz_poly_t p, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    if (fmpz_poly_degree(p) < 1) return QD_OK;
    fmpz_poly_t q;
    qd_alg_list_t list;
    fmpz_poly_init(q);
    qd_alg_list_init(list);
    qd_root_squarefree_part(q, p);
    qd_status st = qd_root_isolate(list, q, lo, hi, ctx);
    for (slong i = 0; i < list->n && st == QD_OK; i++) {
        if (qd_alg_cmp_fmpq(list->e + i, lo) <= 0 || qd_alg_cmp_fmpq(list->e + i, hi) >= 0) continue;
        qd_alg_simplify(list->e + i);
        qd_alg_list_add(out, list->e + i);
    }
    qd_alg_list_clear(list);
    fmpz_poly_clear(q);
    return st;
}

static int by_value(const void *a, const void *b)
{
    return qd_alg_cmp(a, b);
}

void qd_plane__cad_sort_unique(qd_alg_list_t l)
{
    slong n = 0;
    if (l->n > 1) qsort(l->e, (size_t) l->n, sizeof *l->e, by_value);
    for (slong i = 0; i < l->n; i++) {
        if (n > 0 && qd_alg_cmp(l->e + n - 1, l->e + i) == 0) continue;
        if (n != i) qd_alg_swap(l->e + n, l->e + i);
        n++;
    }
    while (l->n > n) qd_alg_clear(l->e + --l->n);
}

/* ---- stacks ------------------------------------------------------------------------------------------ */

void qd_plane__cad_roots_init(qd_plane_roots *r)
{
    qd_alg_list_init(r->root);
    r->curve = NULL;
}

void qd_plane__cad_roots_clear(qd_plane_roots *r)
{
    qd_alg_list_clear(r->root);
    free(r->curve);
}

typedef struct {
    qd_alg_struct *a;
    slong curve;
} labelled;

static int by_label(const void *a, const void *b)
{
    return qd_alg_cmp(((const labelled *) a)->a, ((const labelled *) b)->a);
}

/* All roots above s, in order; at a non-critical s they are distinct. */
qd_status qd_plane__cad_find_roots(qd_plane_roots *r, const qd_plane_cad *p, const fmpq_t s)
{
    fmpz_poly_t g;
    qd_alg_list_t all;
    qd_status st = QD_OK;
    fmpz_poly_init(g);
    qd_alg_list_init(all);
    slong *curve = NULL;
    for (slong k = 0; k < p->n && st == QD_OK; k++) {
        if (p->vertical[k]) continue;
        slong before = all->n;
        qd_plane__cad_substitute(g, p->f + k, 0, s, p->ctx);
        st = qd_plane__cad_add_roots(all, g, p->t0, p->t1, p->w->ctx);
        curve = qd_realloc(curve, sizeof *curve * (size_t) (all->n + 1));
        for (slong i = before; i < all->n; i++) curve[i] = k;
    }
    if (st == QD_OK) {
        labelled *l = qd_malloc(sizeof *l * (size_t) (all->n + 1));
        for (slong i = 0; i < all->n; i++) l[i] = (labelled){all->e + i, curve[i]};
        qsort(l, (size_t) all->n, sizeof *l, by_label);
        r->curve = qd_malloc(sizeof *r->curve * (size_t) (all->n + 1));
        for (slong i = 0; i < all->n; i++) {
            qd_alg_swap(qd_alg_list_add(r->root, NULL), l[i].a);
            r->curve[i] = l[i].curve;
        }
        free(l);
    }
    free(curve);
    qd_alg_list_clear(all);
    fmpz_poly_clear(g);
    return st;
}

/* Pattern of the network at a rational point of the chart. */
static qd_status pattern_at(qd_word *pattern, const qd_plane_cad *p, const fmpq_t s, const fmpq_t t)
{
    const qd_plane_model *m = p->w->model;
    char text[m->m.nswitching + 1];
    qd_vec_t x;
    fmpq *c = _fmpq_vec_init(2);
    qd_vec_init(x);
    qd_vec_resize(x, m->inputs);
    qd_plane__point(c, m, p->w->chart, s, t);
    qd_domain_point(x->e, &m->domain, m->inputs, c);
    qd_status st = qd_lowered_run(NULL, text, NULL, m->m.low, x, p->w->ctx);
    memset(pattern, 0, sizeof *pattern * (size_t) m->m.nwords);
    for (slong i = 0; i < m->m.nswitching && st == QD_OK; i++)
        if (text[i] == '1') qd_pattern_flip(pattern, i);
    qd_vec_clear(x);
    _fmpq_vec_clear(c, 2);
    return st;
}

static const qd_alg_struct *bound(const qd_plane_cad *p, const qd_plane_roots *r, slong i)
{
    return i < 0 ? p->low : i >= r->root->n ? p->high : r->root->e + i;
}

qd_status qd_plane__cad_stack(qd_plane_stack *k, const qd_plane_cad *p)
{
    qd_plane_record *record = &p->w->record;
    qd_status st = qd_plane__cad_find_roots(&k->r, p, k->s);
    if (st != QD_OK) return st;
    slong n = k->r.root->n, nwords = p->w->model->m.nwords;
    qd_word pattern[2][nwords];
    fmpq_t t;
    fmpq_init(t);
    k->cell = qd_malloc(sizeof *k->cell * (size_t) (n + 1));
    k->wall = qd_calloc((size_t) n + 1, sizeof *k->wall);
    k->edge = qd_malloc(sizeof *k->edge * (size_t) (n + 1));
    for (slong i = 0; i <= n && st == QD_OK; i++) {
        qd_alg_between(t, bound(p, &k->r, i - 1), bound(p, &k->r, i));
        st = pattern_at(pattern[i % 2], p, k->s, t);
        if (st != QD_OK) break;
        k->cell[i] = i > 0 ? k->cell[i - 1] : -1;
        if (i > 0 && memcmp(pattern[0], pattern[1], sizeof pattern[0]) == 0) continue;
        k->cell[i] = qd_plane__face_new(record, pattern[i % 2], p->w->chart, fmpq_get_d(k->s), fmpq_get_d(t), false);
        if (i == 0) continue;
        k->wall[i - 1] = true;
        k->edge[i - 1] = qd_plane__node_new(record);
        record->edges++;
        qd_plane__wall_add(record, k->cell[i - 1], k->cell[i], k->edge[i - 1]);
    }
    fmpq_clear(t);
    return st;
}
