/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What doubles cannot decide: integers.

   A vertex is the kernel of the forms of its basis, dim rows of length dim + 1, so the value of a form c there is, up to a factor, the determinant
   of basis and c. The factor's sign is that of the determinant of the basis and any form whose sign at the vertex is known: x0 for a vertex,
   and for a ray a facet of the cell on which it does not lie. It is the same for every basis order that is kept, and so for all cells. */
#include "space/impl.h"

#include <flint/fmpz_mat.h>
#include <flint/nmod_vec.h>
#include <stdlib.h>
#include <string.h>

/* Only layers below l matter, so bits of layer l and above may be whatever they are. */
const fmpz_poly_struct *qd_space__exact_form(qd_space_worker *w, slong l, slong unit)
{
    qd_path_set(&w->path, w->pattern);
    return qd_path_z(&w->path, l, unit);
}

void qd_space__exact_row(fmpz *row, const fmpz_poly_struct *p, slong dim)
{
    for (slong k = 0; k <= dim; k++) {
        slong e = k < dim ? k + 1 : 0;
        if (e < p->length) fmpz_set(row + k, p->coeffs + e);
        else fmpz_zero(row + k);
    }
}

/* dim + 1 integers, the constant last. */
static void facet_row(fmpz *row, qd_space_worker *w, const qd_space_facet *f)
{
    if (f->kind == QD_SPACE_UNIT) {
        qd_space__exact_row(row, qd_space__exact_form(w, f->layer, f->unit), w->dim);
        return;
    }
    _fmpz_vec_zero(row, w->dim + 1);
    if (f->kind == QD_SPACE_INFINITY) fmpz_one(row + w->dim);
    else fmpz_one(row + f->unit);
    if (f->kind == QD_SPACE_SIDE) fmpz_set_si(row + w->dim, f->layer == 0 ? 1 : -1);
}

/* A facet of the cell that the vertex is not on: its sign there is its side. */
static const qd_space_facet *facet_off(const qd_space_worker *w, const qd_space_vertex *v)
{
    for (int i = 0; i < w->words; i++) {
        uint64_t free = w->used[i] & ~v->on[i];
        if (free != 0) return w->table + 64 * i + __builtin_ctzll(free);
    }
    return NULL;
}

static int det_sign(fmpz_mat_t a)
{
    fmpz_t d;
    fmpz_init(d);
    fmpz_mat_det(d, a);
    int s = fmpz_sgn(d);
    fmpz_clear(d);
    return s;
}

int qd_space__exact_sign(qd_space_worker *w, qd_space_vertex *v, slong l, slong unit)
{
    slong dim = w->dim;
    fmpz_mat_t a;
    fmpz_mat_init(a, dim + 1, dim + 1);
    for (slong i = 0; i < dim; i++) facet_row(fmpz_mat_entry(a, i, 0), w, w->table + v->basis[i]);
    if (v->orient == 0) {
        const qd_space_facet *f = v->x[dim] != 0 ? NULL : facet_off(w, v);
        if (f != NULL) facet_row(fmpz_mat_entry(a, dim, 0), w, f);
        else fmpz_one(fmpz_mat_entry(a, dim, dim));
        v->orient = (signed char) (det_sign(a) * (f != NULL ? f->side : 1));
    }
    qd_space__exact_row(fmpz_mat_entry(a, dim, 0), qd_space__exact_form(w, l, unit), dim);
    int s = det_sign(a) * v->orient;
    fmpz_mat_clear(a);
    return s;
}

/* ---- a basis ------------------------------------------------------------------------------------------ */

/* Facets whose rows are independent modulo the prime, hence independent; returns their number. */
static slong choose_mod(uint16_t *basis, qd_space_worker *w, const uint64_t *common)
{
    slong dim = w->dim, n = 0;
    nmod_t mod = w->model->m.mod;
    ulong a[QD_SPACE_MAX][QD_SPACE_MAX + 1];
    slong pivot[QD_SPACE_MAX];
    fmpz *row = _fmpz_vec_init(dim + 1);
    for (int id = 0; id < 64 * w->words && n < dim - 1; id++) {
        if (!(common[id >> 6] >> (id & 63) & 1)) continue;
        facet_row(row, w, w->table + id);
        for (slong k = 0; k <= dim; k++) a[n][k] = fmpz_fdiv_ui(row + k, mod.n);
        for (slong i = 0; i < n; i++) {
            ulong f = nmod_neg(a[n][pivot[i]], mod);
            if (f != 0) _nmod_vec_scalar_addmul_nmod(a[n], a[i], dim + 1, f, mod);
        }
        slong k = 0;
        while (k <= dim && a[n][k] == 0) k++;
        if (k > dim) continue;
        _nmod_vec_scalar_mul_nmod(a[n], a[n], dim + 1, n_invmod(a[n][k], mod.n), mod);
        pivot[n] = k;
        basis[n++] = (uint16_t) id;
    }
    _fmpz_vec_clear(row, dim + 1);
    return n;
}

static void choose_exactly(uint16_t *basis, qd_space_worker *w, const uint64_t *common)
{
    slong dim = w->dim, n = 0;
    fmpz_mat_t a, top;
    fmpz_mat_init(a, dim, dim + 1);
    for (int id = 0; id < 64 * w->words && n < dim - 1; id++) {
        if (!(common[id >> 6] >> (id & 63) & 1)) continue;
        facet_row(fmpz_mat_entry(a, n, 0), w, w->table + id);
        fmpz_mat_window_init(top, a, 0, 0, n + 1, dim + 1);
        if (fmpz_mat_rank(top) == n + 1) basis[n++] = (uint16_t) id;
        fmpz_mat_window_clear(top);
    }
    fmpz_mat_clear(a);
}

void qd_space__choose(uint16_t *basis, qd_space_worker *w, const uint64_t *common)
{
    if (choose_mod(basis, w, common) < w->dim - 1) choose_exactly(basis, w, common);
}

/* ---- points ------------------------------------------------------------------------------------------- */

/* The vertex exactly, x0 with it; a ray up to a positive factor. */
static void exact_vertex(fmpz *x, qd_space_worker *w, const qd_space_vertex *v)
{
    slong dim = w->dim;
    fmpz_mat_t a, minor;
    fmpz_t s;
    fmpz *row = _fmpz_vec_init(dim + 1);
    fmpz_init(s);
    fmpz_mat_init(a, dim, dim + 1);
    fmpz_mat_init(minor, dim, dim);
    for (slong i = 0; i < dim; i++) facet_row(fmpz_mat_entry(a, i, 0), w, w->table + v->basis[i]);
    for (slong k = 0; k <= dim; k++) {
        for (slong i = 0; i < dim; i++)
            for (slong j = 0; j < dim; j++) fmpz_set(fmpz_mat_entry(minor, i, j), fmpz_mat_entry(a, i, j < k ? j : j + 1));
        fmpz_mat_det(x + k, minor);
        if (k % 2 != 0) fmpz_neg(x + k, x + k);
    }
    int side = 1;
    fmpz_set(s, x + dim);
    if (v->x[dim] == 0) {
        const qd_space_facet *f = facet_off(w, v);
        facet_row(row, w, f);
        _fmpz_vec_dot(s, row, x, dim);
        side = f->side;
    }
    if (fmpz_sgn(s) * side < 0) _fmpz_vec_neg(x, x, dim + 1);
    fmpz_mat_clear(a);
    fmpz_mat_clear(minor);
    _fmpz_vec_clear(row, dim + 1);
    fmpz_clear(s);
}

void qd_space__exact_point(fmpq *s, qd_space_worker *w, const qd_space_entry *e, slong n)
{
    slong dim = w->dim, vertices = 0;
    fmpz *x = _fmpz_vec_init(dim + 1);
    fmpq_t c;
    fmpq_init(c);
    for (slong k = 0; k < dim; k++) fmpq_zero(s + k);
    for (slong i = 0; i < n; i++) vertices += e[i].v->x[dim] != 0;
    for (slong i = 0; i < n; i++) {
        exact_vertex(x, w, e[i].v);
        bool ray = e[i].v->x[dim] == 0;
        if (!ray) fmpz_mul_si(x + dim, x + dim, vertices);
        else _fmpz_vec_content(x + dim, x, dim);
        for (slong k = 0; k < dim; k++) {
            fmpq_set_fmpz_frac(c, x + k, x + dim);
            fmpq_add(s + k, s + k, c);
        }
    }
    _fmpz_vec_clear(x, dim + 1);
    fmpq_clear(c);
}

/* ---- behind a facet ------------------------------------------------------------------------------------ */

static slong layer_of(const qd_restriction *m, slong bit)
{
    slong l = 0;
    while (m->first[l + 1] <= bit) l++;
    return l;
}

/* Next to the inside of the facet, on its other side, all units that do not vanish on it have the sign that they have here; so, layer by layer, the
   units of a layer are affine there, and those that vanish on the facet are multiples of its form: their sign is the factor's. */
void qd_space__behind(qd_word *pattern, qd_space_worker *w, int id, const slong *bit, slong nbits)
{
    const qd_restriction *m = &w->model->m;
    const qd_space_facet *f = w->table + id;
    slong dim = w->dim, j = 0;
    fmpz *normal = _fmpz_vec_init(dim + 1), *row = _fmpz_vec_init(dim + 1);
    facet_row(normal, w, f);
    while (fmpz_is_zero(normal + j)) j++;
    memcpy(pattern, w->pattern, sizeof *pattern * (size_t) m->nwords);
    for (slong i = 0; i < nbits; i++) {
        slong l = layer_of(m, bit[i]);
        qd_path_set(&w->path, pattern);
        qd_space__exact_row(row, qd_path_z(&w->path, l, m->switching[l][bit[i] - m->first[l]]), dim);
        bool on = fmpz_sgn(row + j) * fmpz_sgn(normal + j) * f->side < 0;
        if (on != qd_pattern_get(pattern, bit[i])) qd_pattern_flip(pattern, bit[i]);
    }
    _fmpz_vec_clear(normal, dim + 1);
    _fmpz_vec_clear(row, dim + 1);
}
