/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The patterns along a line: the cells of the layers below are cut at the sign changes of each unit of a layer, whose polynomial on a cell is that
   along the cell's pattern. */
#include "proof/impl.h"

#include <stdlib.h>
#include <string.h>

static void init(qd_proof__section *s)
{
    s->n = 0;
    s->bits = NULL;
    qd_alg_list_init(s->cut);
}

void qd_proof__section_clear(qd_proof__section *s)
{
    for (slong i = 0; i < s->n; i++) free(s->bits[i]);
    free(s->bits);
    qd_alg_list_clear(s->cut);
}

static void add_cell(qd_proof__section *s, const char *bits, const qd_alg_struct *cut)
{
    if (s->n > 0) qd_alg_list_add(s->cut, cut);
    s->bits = qd_realloc(s->bits, sizeof *s->bits * (size_t) (s->n + 1));
    s->bits[s->n++] = qd_strdup(bits);
}

/* A cell: between two cuts or ends of the line. */
typedef struct {
    const qd_alg_struct *left, *right; /* NULL: an end of the line */
    const fmpq *lo, *hi;               /* the line's ends */
} span;

/* Inserts a root, keeping the list ascending and without doubles. */
static void insert(qd_alg_list_t roots, const qd_alg_struct *a)
{
    slong k = roots->n;
    int order = 1;
    while (k > 0 && (order = qd_alg_cmp(roots->e + k - 1, a)) > 0) k--;
    if (k > 0 && order == 0) return;
    qd_alg_list_add(roots, a);
    for (slong i = roots->n - 1; i > k; i--) qd_alg_swap(roots->e + i, roots->e + i - 1);
}

static bool inside(const qd_alg_struct *a, const span *c)
{
    if (c->left != NULL ? qd_alg_cmp(a, c->left) <= 0 : c->lo != NULL && qd_alg_cmp_fmpq(a, c->lo) <= 0) return false;
    return !(c->right != NULL ? qd_alg_cmp(a, c->right) >= 0 : c->hi != NULL && qd_alg_cmp_fmpq(a, c->hi) >= 0);
}

/* Sign changes of p inside the cell, into roots. */
static qd_status find_roots(qd_alg_list_t roots, const fmpz_poly_t p, const span *c, qd_ctx_t ctx)
{
    qd_alg_list_t all;
    qd_alg_list_init(all);
    qd_status st = qd_root_isolate(all, p, c->left != NULL ? c->left->lo : c->lo, c->right != NULL ? c->right->hi : c->hi, ctx);
    for (slong i = 0; st == QD_OK && i < all->n; i++)
        if (inside(all->e + i, c)) insert(roots, all->e + i);
    qd_alg_list_clear(all);
    return st;
}

/* A rational inside the cell, between two roots or ends. */
static void sample(fmpq_t x, const qd_alg_struct *a, const qd_alg_struct *b, const fmpq *lo, const fmpq *hi)
{
    qd_alg_t end[2];
    for (int k = 0; k < 2; k++) qd_alg_init(end[k]);
    if (a != NULL) qd_alg_set(end[0], a);
    else if (lo != NULL) qd_alg_set_fmpq(end[0], lo);
    if (b != NULL) qd_alg_set(end[1], b);
    else if (hi != NULL) qd_alg_set_fmpq(end[1], hi);
    bool left = a != NULL || lo != NULL, right = b != NULL || hi != NULL;
    if (left && right) qd_alg_between(x, end[0], end[1]);
    else if (left) fmpq_add_si(x, end[0]->hi, 1);
    else if (right) fmpq_sub_si(x, end[1]->lo, 1);
    else fmpq_zero(x);
    for (int k = 0; k < 2; k++) qd_alg_clear(end[k]);
}

void qd_proof__section_sample(fmpq_t x, const qd_proof__section *s, slong k, const fmpq *lo, const fmpq *hi)
{
    sample(x, k > 0 ? s->cut->e + k - 1 : NULL, k + 1 < s->n ? s->cut->e + k : NULL, lo, hi);
}

/* The odd parts of a layer's units under one pattern, and the signs of their leading coefficients; 0: the zero polynomial. */
typedef struct {
    slong n;
    fmpz_poly_struct *q;
    int *lead;
} units;

static void units_init(units *v, qd_proof__along *w, slong l)
{
    const fmpq_mpoly_struct *z = qd_proof__along_z(w, l);
    fmpz_poly_t p;
    fmpz_poly_init(p);
    v->n = w->first[l + 1] - w->first[l];
    v->q = qd_malloc(sizeof *v->q * (size_t) (v->n + 1));
    v->lead = qd_malloc(sizeof *v->lead * (size_t) (v->n + 1));
    for (slong u = 0, k = 0; u < w->low->layer[l].out; u++) {
        if (!qd_activation_switches(w->low->layer[l].unit[u].act)) continue;
        fmpz_poly_init(v->q + k);
        qd_proof__along_poly(p, z + u, w);
        v->lead[k] = fmpz_poly_is_zero(p) ? 0 : fmpz_sgn(fmpz_poly_lead(p));
        if (v->lead[k] != 0) qd_proof__odd_part(v->q + k, p);
        k++;
    }
    fmpz_poly_clear(p);
}

static void units_clear(units *v)
{
    for (slong k = 0; k < v->n; k++) fmpz_poly_clear(v->q + k);
    free(v->q);
    free(v->lead);
}

/* The sign of lead * q at x, where q's leading coefficient is positive. */
static bool positive(const units *v, slong k, const fmpq_t x)
{
    fmpq_t y;
    fmpq_init(y);
    if (v->lead[k] != 0) fmpz_poly_evaluate_fmpq(y, v->q + k, x);
    int sign = fmpq_sgn(y) * v->lead[k] * (v->lead[k] == 0 ? 1 : fmpz_sgn(fmpz_poly_lead(v->q + k)));
    fmpq_clear(y);
    return sign > 0;
}

/* Cuts one cell by layer l. */
static qd_status cut_cell(qd_proof__section *to, char *bits, const span *c, qd_proof__along *w, slong l, qd_ctx_t ctx)
{
    qd_alg_list_t roots;
    units v;
    fmpq_t x;
    qd_status st = QD_OK;
    qd_proof__along_set(w, bits);
    units_init(&v, w, l);
    qd_alg_list_init(roots);
    fmpq_init(x);
    for (slong k = 0; k < v.n && st == QD_OK; k++)
        if (v.lead[k] != 0 && fmpz_poly_degree(v.q + k) > 0) st = find_roots(roots, v.q + k, c, ctx);
    for (slong i = 0; i <= roots->n && st == QD_OK; i++) {
        const qd_alg_struct *a = i > 0 ? roots->e + i - 1 : c->left, *b = i < roots->n ? roots->e + i : c->right;
        sample(x, a, b, c->lo, c->hi);
        for (slong k = 0; k < v.n; k++) bits[w->first[l] + k] = (char) ('0' + positive(&v, k, x));
        add_cell(to, bits, a);
    }
    fmpq_clear(x);
    qd_alg_list_clear(roots);
    units_clear(&v);
    return st;
}

static qd_status cut_layer(qd_proof__section *s, qd_proof__along *w, slong l, const fmpq *lo, const fmpq *hi, qd_ctx_t ctx)
{
    qd_proof__section next;
    qd_status st = QD_OK;
    init(&next);
    for (slong i = 0; i < s->n && st == QD_OK; i++) {
        span c = {i > 0 ? s->cut->e + i - 1 : NULL, i + 1 < s->n ? s->cut->e + i : NULL, lo, hi};
        if ((st = qd_ctx_budget(ctx)) == QD_OK) st = cut_cell(&next, s->bits[i], &c, w, l, ctx);
    }
    qd_proof__section t = *s;
    *s = next;
    qd_proof__section_clear(&t);
    return st;
}

qd_status qd_proof__section_make(qd_proof__section *s, qd_proof__along *w, const fmpq *lo, const fmpq *hi, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    char *bits = qd_malloc((size_t) w->nbits + 1);
    memset(bits, '0', (size_t) w->nbits);
    bits[w->nbits] = '\0';
    init(s);
    add_cell(s, bits, NULL);
    for (slong l = 0; l < w->low->depth && st == QD_OK; l++)
        if (w->first[l + 1] > w->first[l]) st = cut_layer(s, w, l, lo, hi, ctx);
    free(bits);
    return st;
}
