/* Exact polynomials along a pattern. Everything is made on demand and kept until a bit of a lower layer changes, so walking
   over neighbouring cells recomputes only the layers above the bit that flipped. Sums are formed over the
   integers with one common denominator and reduced once. */
#include "piece/impl.h"

#include <stdlib.h>
#include <string.h>

static slong width(const qd_model *m, slong l)
{
    return l == 0 ? m->low->input_dim : m->low->layer[l - 1].out;
}

static fmpq_poly_struct *polys_new(slong n)
{
    fmpq_poly_struct *p = qd_malloc(sizeof *p * (size_t) n);
    for (slong i = 0; i < n; i++) fmpq_poly_init(p + i);
    return p;
}

static void polys_free(fmpq_poly_struct *p, slong n)
{
    for (slong i = 0; i < n; i++) fmpq_poly_clear(p + i);
    free(p);
}

void qd_path__init(qd_path *path, const qd_model *m)
{
    size_t n = (size_t) m->low->depth + 1;
    path->model = m;
    path->pattern = qd_calloc((size_t) m->nwords, sizeof *path->pattern);
    path->a = qd_calloc(n, sizeof *path->a);
    path->z = qd_calloc(n, sizeof *path->z);
    path->square = qd_calloc(n, sizeof *path->square);
    path->have_a = qd_calloc(n, sizeof *path->have_a);
    path->have_z = qd_calloc(n, sizeof *path->have_z);
    path->have_square = qd_calloc(n, sizeof *path->have_square);
    for (slong l = 0; l <= m->low->depth; l++) {
        slong w = width(m, l);
        path->a[l] = polys_new(w);
        path->square[l] = polys_new(w);
        path->have_a[l] = qd_calloc((size_t) w, sizeof(bool));
        path->have_square[l] = qd_calloc((size_t) w, sizeof(bool));
        if (l == m->low->depth) break;
        path->z[l] = polys_new(m->low->layer[l].out);
        path->have_z[l] = qd_calloc((size_t) m->low->layer[l].out, sizeof(bool));
    }
    for (slong i = 0; i < width(m, 0); i++) {
        fmpq_poly_set_coeff_fmpq(path->a[0] + i, 0, m->base + i);
        fmpq_poly_set_coeff_fmpq(path->a[0] + i, 1, m->step + i);
        path->have_a[0][i] = true;
    }
}

void qd_path__clear(qd_path *path)
{
    const qd_model *m = path->model;
    if (m == NULL) return;
    for (slong l = 0; l <= m->low->depth; l++) {
        polys_free(path->a[l], width(m, l));
        polys_free(path->square[l], width(m, l));
        free(path->have_a[l]);
        free(path->have_square[l]);
        if (l == m->low->depth) break;
        polys_free(path->z[l], m->low->layer[l].out);
        free(path->have_z[l]);
    }
    free(path->a);
    free(path->z);
    free(path->square);
    free(path->have_a);
    free(path->have_z);
    free(path->have_square);
    free(path->pattern);
}

void qd_path__set(qd_path *path, const qd_word *pattern)
{
    const qd_model *m = path->model;
    slong i = 0, l = 0;
    while (i < m->nwords && path->pattern[i] == pattern[i]) i++;
    if (i == m->nwords) return;
    slong bit = 64 * i + __builtin_ctzll(path->pattern[i] ^ pattern[i]);
    while (m->first[l + 1] <= bit) l++;
    memcpy(path->pattern, pattern, sizeof *pattern * (size_t) m->nwords);
    for (l = l + 1; l <= m->low->depth; l++) {
        memset(path->have_a[l], 0, sizeof(bool) * (size_t) width(m, l));
        memset(path->have_square[l], 0, sizeof(bool) * (size_t) width(m, l));
        if (l < m->low->depth) memset(path->have_z[l], 0, sizeof(bool) * (size_t) m->low->layer[l].out);
    }
}

/* s = b + sum_i w_i a_i over the inputs of layer l. */
static void combine(fmpq_poly_t s, qd_path *path, slong l, const fmpq *w, const fmpq *b, slong n)
{
    fmpz_t den, c;
    fmpz_poly_t num;
    fmpz_init(den);
    fmpz_init(c);
    fmpz_poly_init(num);
    fmpz_set(den, fmpq_denref(b));
    for (slong i = 0; i < n; i++) {
        if (fmpq_is_zero(w + i)) continue;
        const fmpq_poly_struct *a = qd_path__a(path, l, i);
        if (fmpq_poly_is_zero(a)) continue;
        fmpz_mul(c, fmpq_denref(w + i), fmpq_poly_denref(a));
        fmpz_lcm(den, den, c);
    }
    fmpz_divexact(c, den, fmpq_denref(b));
    fmpz_mul(c, c, fmpq_numref(b));
    fmpz_poly_set_fmpz(num, c);
    for (slong i = 0; i < n; i++) {
        if (fmpq_is_zero(w + i)) continue;
        const fmpq_poly_struct *a = qd_path__a(path, l, i);
        if (fmpq_poly_is_zero(a)) continue;
        fmpz_mul(c, fmpq_denref(w + i), fmpq_poly_denref(a));
        fmpz_divexact(c, den, c);
        fmpz_mul(c, c, fmpq_numref(w + i));
        fmpz_poly_fit_length(num, a->length);
        if (num->length < a->length) {
            _fmpz_vec_zero(num->coeffs + num->length, a->length - num->length);
            _fmpz_poly_set_length(num, a->length);
        }
        _fmpz_vec_scalar_addmul_fmpz(num->coeffs, a->coeffs, a->length, c);
    }
    _fmpz_poly_normalise(num);
    fmpq_poly_set_fmpz_poly(s, num);
    fmpq_poly_scalar_div_fmpz(s, s, den);
    fmpz_poly_clear(num);
    fmpz_clear(den);
    fmpz_clear(c);
}

static const fmpq_poly_struct *square(qd_path *path, slong l, slong i)
{
    if (!path->have_square[l][i]) {
        const fmpq_poly_struct *a = qd_path__a(path, l, i);
        fmpq_poly_mul(path->square[l] + i, a, a);
        path->have_square[l][i] = true;
    }
    return path->square[l] + i;
}

/* s += sum of the terms c a_i a_j: squares are shared by all units of the layer, the mixed terms of one i take one
   product. Terms are sorted by i. */
static void add_terms(fmpq_poly_t s, qd_path *path, slong l, const qd_lowered_unit *unit)
{
    fmpq_poly_t t, inner;
    fmpq_poly_init(t);
    fmpq_poly_init(inner);
    for (slong k = 0; k < unit->nterms;) {
        slong i = unit->term[k].i;
        fmpq_poly_zero(inner);
        for (; k < unit->nterms && unit->term[k].i == i; k++) {
            const qd_term *term = unit->term + k;
            fmpq_poly_scalar_mul_fmpq(t, term->j == i ? square(path, l, i) : qd_path__a(path, l, term->j), term->c);
            if (term->j == i) fmpq_poly_add(s, s, t);
            else fmpq_poly_add(inner, inner, t);
        }
        if (fmpq_poly_is_zero(inner)) continue;
        fmpq_poly_mul(t, inner, qd_path__a(path, l, i));
        fmpq_poly_add(s, s, t);
    }
    fmpq_poly_clear(t);
    fmpq_poly_clear(inner);
}

static void preact(fmpq_poly_t z, qd_path *path, slong l, const qd_lowered_unit *unit, slong n)
{
    fmpq_poly_t r, g;
    if (unit->w != NULL) combine(z, path, l, unit->w, unit->b, n);
    else fmpq_poly_set_fmpq(z, unit->b);
    add_terms(z, path, l, unit);
    if (unit->r == NULL) return;
    fmpq_poly_init(r);
    fmpq_poly_init(g);
    combine(r, path, l, unit->r, unit->r0, n);
    combine(g, path, l, unit->g, unit->g0, n);
    fmpq_poly_mul(r, r, g);
    fmpq_poly_add(z, z, r);
    fmpq_poly_clear(r);
    fmpq_poly_clear(g);
}

const fmpq_poly_struct *qd_path__z(qd_path *path, slong l, slong u)
{
    const qd_lowered_layer *layer = path->model->low->layer + l;
    if (!path->have_z[l][u]) {
        preact(path->z[l] + u, path, l, layer->unit + u, layer->in);
        path->have_z[l][u] = true;
    }
    return path->z[l] + u;
}

static void activate(fmpq_poly_t a, qd_path *path, slong l, slong u)
{
    const qd_lowered_layer *layer = path->model->low->layer + l;
    if (!qd_model__switches(path->model, l)) {
        fmpq_poly_pow(a, qd_path__z(path, l, u), (ulong) layer->power);
        return;
    }
    bool active = qd_model__bit(path->model, path->pattern, l, u);
    if (active) fmpq_poly_set(a, qd_path__z(path, l, u));
    else if (layer->act == QD_RELU) fmpq_poly_zero(a);
    else if (layer->act == QD_ABS) fmpq_poly_neg(a, qd_path__z(path, l, u));
    else fmpq_poly_scalar_mul_fmpq(a, qd_path__z(path, l, u), layer->slope);
}

const fmpq_poly_struct *qd_path__a(qd_path *path, slong l, slong u)
{
    if (!path->have_a[l][u]) {
        activate(path->a[l] + u, path, l - 1, u);
        path->have_a[l][u] = true;
    }
    return path->a[l] + u;
}
