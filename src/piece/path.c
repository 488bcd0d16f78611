/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact polynomials along a pattern. Everything is made on demand and kept until a bit of a lower layer changes, so walking over
   neighbouring cells recomputes only the layers above the bit that flipped. Arithmetic: integers.c. */
#include "piece/impl.h"

#include <stdlib.h>
#include <string.h>

static fmpz_poly_struct *polys_new(slong n)
{
    fmpz_poly_struct *p = qd_malloc(sizeof *p * (size_t) n);
    for (slong i = 0; i < n; i++) fmpz_poly_init(p + i);
    return p;
}

static void polys_free(fmpz_poly_struct *p, slong n)
{
    for (slong i = 0; i < n; i++) fmpz_poly_clear(p + i);
    free(p);
}

slong qd_path_stride(const qd_restriction *m)
{
    slong degree = m->degree[m->low->depth];
    for (slong l = 0; l < m->low->depth; l++) /* an output layer can have degree 0, but what stands below it has not */
        if (m->degree[l] > degree) degree = m->degree[l];
    return 1 + degree;
}

/* The power of x that t_v is. */
static slong place(const qd_restriction *m, slong v)
{
    slong stride = qd_path_stride(m), power = 1;
    if (stride == 2) return v + 1; /* no products: a place each is enough */
    for (; v > 0; v--) power *= stride;
    return power;
}

slong qd_path_exponent(const qd_restriction *m, slong e, slong v)
{
    slong stride = qd_path_stride(m);
    if (stride == 2) return e == v + 1;
    e /= place(m, v);
    return v + 1 < m->dim ? e % stride : e;
}

bool qd_path_fits(const qd_restriction *m)
{
    double length = 1;
    if (qd_path_stride(m) == 2) return true;
    for (slong k = 0; k < m->dim; k++) length *= (double) qd_path_stride(m);
    return m->dim <= 1 || length <= QD_PATH_LENGTH;
}

void qd_path_init(qd_path *path, const qd_restriction *m)
{
    size_t n = (size_t) m->low->depth + 1;
    path->model = m;
    path->pattern = qd_calloc((size_t) m->nwords, sizeof *path->pattern);
    path->layer = qd_calloc(n, sizeof *path->layer);
    for (slong l = 0; l <= m->low->depth; l++) {
        qd_path_layer *layer = path->layer + l;
        size_t w = (size_t) qd_restriction_width(m, l);
        layer->a = polys_new((slong) w);
        layer->square = polys_new((slong) w);
        layer->have_a = qd_calloc(w, sizeof(bool));
        layer->have_square = qd_calloc(w, sizeof(bool));
        if (l == m->low->depth) break;
        layer->z = polys_new(m->low->layer[l].out);
        layer->have_z = qd_calloc((size_t) m->low->layer[l].out, sizeof(bool));
    }
    fmpz_t c, one;
    fmpz_init(c);
    fmpz_init_set_ui(one, 1);
    for (slong i = 0; i < qd_restriction_width(m, 0); i++) {
        qd_restriction__scale(c, m->base + i, m->den[0] + i, one);
        fmpz_poly_set_coeff_fmpz(path->layer->a + i, 0, c);
        for (slong k = 0; k < m->dim; k++) {
            qd_restriction__scale(c, m->step + k * qd_restriction_width(m, 0) + i, m->den[0] + i, one);
            fmpz_poly_set_coeff_fmpz(path->layer->a + i, place(m, k), c);
        }
        path->layer->have_a[i] = true;
    }
    fmpz_clear(c);
    fmpz_clear(one);
}

void qd_path_clear(qd_path *path)
{
    const qd_restriction *m = path->model;
    if (m == NULL) return;
    for (slong l = 0; l <= m->low->depth; l++) {
        qd_path_layer *layer = path->layer + l;
        polys_free(layer->a, qd_restriction_width(m, l));
        polys_free(layer->square, qd_restriction_width(m, l));
        free(layer->have_a);
        free(layer->have_square);
        if (l == m->low->depth) break;
        polys_free(layer->z, m->low->layer[l].out);
        free(layer->have_z);
    }
    free(path->layer);
    free(path->pattern);
}

void qd_path_set(qd_path *path, const qd_word *pattern)
{
    const qd_restriction *m = path->model;
    slong i = 0, l = 0;
    while (i < m->nwords && path->pattern[i] == pattern[i]) i++;
    if (i == m->nwords) return;
    slong bit = 64 * i + __builtin_ctzll(path->pattern[i] ^ pattern[i]);
    while (m->first[l + 1] <= bit) l++;
    memcpy(path->pattern, pattern, sizeof *pattern * (size_t) m->nwords);
    for (l = l + 1; l <= m->low->depth; l++) {
        memset(path->layer[l].have_a, 0, sizeof(bool) * (size_t) qd_restriction_width(m, l));
        memset(path->layer[l].have_square, 0, sizeof(bool) * (size_t) qd_restriction_width(m, l));
        if (l < m->low->depth) memset(path->layer[l].have_z, 0, sizeof(bool) * (size_t) m->low->layer[l].out);
    }
}

/* s += c p */
static void addmul(fmpz_poly_t s, const fmpz_poly_struct *p, const fmpz_t c)
{
    if (fmpz_is_zero(c) || p->length == 0) return;
    fmpz_poly_fit_length(s, p->length);
    if (s->length < p->length) {
        _fmpz_vec_zero(s->coeffs + s->length, p->length - s->length);
        _fmpz_poly_set_length(s, p->length);
    }
    _fmpz_vec_scalar_addmul_fmpz(s->coeffs, p->coeffs, p->length, c);
    _fmpz_poly_normalise(s);
}

/* s += b + sum of w_k a_i over n inputs of layer l, i = at[k]; at NULL: the first n. */
static void add_affine(fmpz_poly_t s, qd_path *path, slong l, const fmpz *w, const slong *at, const fmpz_t b, slong n)
{
    for (slong i = 0; i < n; i++)
        if (!fmpz_is_zero(w + i)) addmul(s, qd_path_a(path, l, at != NULL ? at[i] : i), w + i);
    fmpz_poly_add_fmpz(s, s, (fmpz *) b); /* FLINT 2.9 has no const there */
}

static const fmpz_poly_struct *square(qd_path *path, slong l, slong i)
{
    qd_path_layer *layer = path->layer + l;
    if (!layer->have_square[i]) {
        fmpz_poly_sqr(layer->square + i, qd_path_a(path, l, i));
        layer->have_square[i] = true;
    }
    return layer->square + i;
}

/* s += sum of the terms c a_i a_j: squares are shared by all units of the layer, the mixed terms of one i take one
   product. Terms are sorted by i. */
static void add_terms(fmpz_poly_t s, qd_path *path, slong l, const qd_lowered_unit *unit, const fmpz *c)
{
    fmpz_poly_t inner;
    fmpz_poly_init(inner);
    for (slong k = 0; k < unit->nterms;) {
        slong i = unit->term[k].i;
        fmpz_poly_zero(inner);
        for (; k < unit->nterms && unit->term[k].i == i; k++) {
            slong j = unit->term[k].j;
            if (i == j) addmul(s, square(path, l, i), c + k);
            else addmul(inner, qd_path_a(path, l, j), c + k);
        }
        if (fmpz_poly_is_zero(inner)) continue;
        fmpz_poly_mul(inner, inner, qd_path_a(path, l, i));
        fmpz_poly_add(s, s, inner);
    }
    fmpz_poly_clear(inner);
}

static void preact(fmpz_poly_t z, qd_path *path, slong l, slong u)
{
    const qd_lowered_layer *layer = path->model->low->layer + l;
    const qd_lowered_unit *unit = layer->unit + u;
    const qd_unit_integer *x = path->model->unit_integer[l] + u;
    fmpz_poly_t g;
    fmpz_poly_zero(z);
    if (x->r != NULL) {
        fmpz_poly_init(g);
        add_affine(z, path, l, x->r, NULL, x->r0, layer->in);
        add_affine(g, path, l, x->g, NULL, x->g0, layer->in);
        fmpz_poly_mul(z, z, g);
        fmpz_poly_clear(g);
    }
    add_terms(z, path, l, unit, x->term);
    add_affine(z, path, l, x->w, unit->at, x->b, unit->nw);
}

const fmpz_poly_struct *qd_path_z(qd_path *path, slong l, slong u)
{
    qd_path_layer *layer = path->layer + l;
    if (!layer->have_z[u]) {
        preact(layer->z + u, path, l, u);
        layer->have_z[u] = true;
    }
    return layer->z + u;
}

static void activate(fmpz_poly_t a, qd_path *path, slong l, slong u)
{
    const qd_unit_integer *x = path->model->unit_integer[l] + u;
    int64_t power = path->model->low->layer[l].unit[u].power;
    bool off = qd_restriction_off(path->model, path->pattern, l, u);
    const fmpz *factor = off ? x->off : x->on;
    if (fmpz_is_zero(factor)) {
        fmpz_poly_zero(a);
        return;
    }
    const fmpz_poly_struct *z = qd_path_z(path, l, u);
    if (power > 1) fmpz_poly_pow(a, z, (ulong) power);
    else fmpz_poly_set(a, z);
    if (!fmpz_is_one(factor)) fmpz_poly_scalar_mul_fmpz(a, a, factor);
}

const fmpz_poly_struct *qd_path_a(qd_path *path, slong l, slong u)
{
    qd_path_layer *layer = path->layer + l;
    if (!layer->have_a[u]) {
        activate(layer->a + u, path, l - 1, u);
        layer->have_a[u] = true;
    }
    return layer->a + u;
}
