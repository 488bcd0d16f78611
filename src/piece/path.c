/* Exact polynomials along a pattern. Everything is made on demand and kept until a bit of a lower layer changes, so walking over
   neighbouring cells recomputes only the layers above the bit that flipped.

   No fractions: the inputs of layer l are A / D_l with A in Z[t] and D_l > 0 a fixed integer. With r = r'/rho, g = g'/gamma,
   c = c'/tau, w = w'/omega over the common denominators of the layer and q = lcm(rho gamma, tau, omega),

       q D^2 z = (q/(rho gamma)) (r'.A + r0' D)(g'.A + g0' D) + (q/tau) sum c' A_i A_j + (q/omega) D (w'.A + b' D),

   so the integer weights below hold all factors and no greatest common divisor is ever taken. Positive denominators change no sign. */
#include "piece/piece.h"

#include <stdlib.h>
#include <string.h>

/* ---- integer weights ---------------------------------------------------------------------- */

/* Least common denominator of n rationals (NULL: none), times what is in d. */
static void denominators(fmpz_t d, const fmpq *v, slong n)
{
    for (slong i = 0; v != NULL && i < n; i++) fmpz_lcm(d, d, fmpq_denref(v + i));
}

/* x = v f, an integer. */
static void scale_one(fmpz_t x, const fmpq_t v, const fmpz_t f)
{
    fmpz_divexact(x, f, fmpq_denref(v));
    fmpz_mul(x, x, fmpq_numref(v));
}

static fmpz *scale_row(const fmpq *v, slong n, const fmpz_t f)
{
    if (v == NULL) return NULL;
    fmpz *x = _fmpz_vec_init(n);
    for (slong i = 0; i < n; i++) scale_one(x + i, v + i, f);
    return x;
}

/* rho, gamma, tau, omega of a layer. */
typedef struct {
    fmpz_t r, g, c, w;
} layer_denominators;

static void find_denominators(layer_denominators *d, const qd_lowered_layer *layer)
{
    fmpz_init_set_ui(d->r, 1);
    fmpz_init_set_ui(d->g, 1);
    fmpz_init_set_ui(d->c, 1);
    fmpz_init_set_ui(d->w, 1);
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        denominators(d->r, unit->r, layer->in);
        denominators(d->r, unit->r0, 1);
        denominators(d->g, unit->g, layer->in);
        denominators(d->g, unit->g0, 1);
        for (slong k = 0; k < unit->nterms; k++) denominators(d->c, unit->term[k].c, 1);
        denominators(d->w, unit->w, layer->in);
        denominators(d->w, unit->b, 1);
    }
}

static void clear_denominators(layer_denominators *d)
{
    fmpz_clear(d->r);
    fmpz_clear(d->g);
    fmpz_clear(d->c);
    fmpz_clear(d->w);
}

/* Factors that turn r, g, c, w and the constants into the integers of the formula. */
static void set_unit(qd_unit_integer *x, const qd_lowered_unit *unit, slong n, int degree, const layer_denominators *d, const fmpz_t q,
                     const fmpz_t in)
{
    fmpz_t f;
    fmpz_init(f);
    fmpz_divexact(f, q, d->g); /* rho q / (rho gamma) */
    x->r = scale_row(unit->r, n, f);
    fmpz_mul(f, f, in);
    scale_one(x->r0, unit->r0, f);
    x->g = scale_row(unit->g, n, d->g);
    fmpz_mul(f, d->g, in);
    scale_one(x->g0, unit->g0, f);
    x->term = _fmpz_vec_init(unit->nterms);
    for (slong k = 0; k < unit->nterms; k++) scale_one(x->term + k, unit->term[k].c, q);
    fmpz_set(f, q);
    if (degree == 2) fmpz_mul(f, f, in);
    x->w = scale_row(unit->w, n, f);
    fmpz_mul(f, f, in);
    scale_one(x->b, unit->b, f);
    fmpz_clear(f);
}

/* D_(l+1) from D_l. */
static void next_denominator(fmpz_t out, const qd_lowered_layer *layer, const fmpz_t q, const fmpz_t in)
{
    fmpz_mul(out, q, in);
    if (layer->degree == 2) fmpz_mul(out, out, in);
    if (layer->act == QD_LEAKY_RELU) fmpz_mul(out, out, fmpq_denref(layer->slope));
    if (layer->power > 1) fmpz_pow_ui(out, out, (ulong) layer->power);
}

void qd_restriction_set_integers(qd_restriction *m)
{
    slong depth = m->low->depth;
    m->den = _fmpz_vec_init(depth + 1);
    m->unit_integer = qd_calloc((size_t) depth, sizeof *m->unit_integer);
    fmpz_one(m->den);
    denominators(m->den, m->base, m->low->input_dim);
    denominators(m->den, m->step, m->low->input_dim);
    for (slong l = 0; l < depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        layer_denominators d;
        fmpz_t q;
        find_denominators(&d, layer);
        fmpz_init(q);
        fmpz_mul(q, d.r, d.g);
        fmpz_lcm(q, q, d.c);
        fmpz_lcm(q, q, d.w);
        m->unit_integer[l] = qd_calloc((size_t) layer->out, sizeof **m->unit_integer);
        for (slong u = 0; u < layer->out; u++)
            set_unit(m->unit_integer[l] + u, layer->unit + u, layer->in, layer->degree, &d, q, m->den + l);
        next_denominator(m->den + l + 1, layer, q, m->den + l);
        fmpz_clear(q);
        clear_denominators(&d);
    }
}

void qd_restriction_clear_integers(qd_restriction *m)
{
    for (slong l = 0; m->unit_integer != NULL && l < m->low->depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        for (slong u = 0; u < layer->out; u++) {
            qd_unit_integer *x = m->unit_integer[l] + u;
            if (x->r != NULL) _fmpz_vec_clear(x->r, layer->in);
            if (x->g != NULL) _fmpz_vec_clear(x->g, layer->in);
            if (x->w != NULL) _fmpz_vec_clear(x->w, layer->in);
            _fmpz_vec_clear(x->term, layer->unit[u].nterms);
            fmpz_clear(x->r0);
            fmpz_clear(x->g0);
            fmpz_clear(x->b);
        }
        free(m->unit_integer[l]);
    }
    free(m->unit_integer);
    if (m->den != NULL) _fmpz_vec_clear(m->den, m->low->depth + 1);
}

/* ---- the path ----------------------------------------------------------------------------- */

static slong width(const qd_restriction *m, slong l)
{
    return l == 0 ? m->low->input_dim : m->low->layer[l - 1].out;
}

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

void qd_path_init(qd_path *path, const qd_restriction *m)
{
    size_t n = (size_t) m->low->depth + 1;
    path->model = m;
    path->pattern = qd_calloc((size_t) m->nwords, sizeof *path->pattern);
    path->layer = qd_calloc(n, sizeof *path->layer);
    for (slong l = 0; l <= m->low->depth; l++) {
        qd_path_layer *layer = path->layer + l;
        size_t w = (size_t) width(m, l);
        layer->a = polys_new((slong) w);
        layer->square = polys_new((slong) w);
        layer->have_a = qd_calloc(w, sizeof(bool));
        layer->have_square = qd_calloc(w, sizeof(bool));
        if (l == m->low->depth) break;
        layer->z = polys_new(m->low->layer[l].out);
        layer->have_z = qd_calloc((size_t) m->low->layer[l].out, sizeof(bool));
    }
    fmpz_t c;
    fmpz_init(c);
    for (slong i = 0; i < width(m, 0); i++) {
        scale_one(c, m->base + i, m->den);
        fmpz_poly_set_coeff_fmpz(path->layer->a + i, 0, c);
        scale_one(c, m->step + i, m->den);
        fmpz_poly_set_coeff_fmpz(path->layer->a + i, 1, c);
        path->layer->have_a[i] = true;
    }
    fmpz_clear(c);
}

void qd_path_clear(qd_path *path)
{
    const qd_restriction *m = path->model;
    if (m == NULL) return;
    for (slong l = 0; l <= m->low->depth; l++) {
        qd_path_layer *layer = path->layer + l;
        polys_free(layer->a, width(m, l));
        polys_free(layer->square, width(m, l));
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
        memset(path->layer[l].have_a, 0, sizeof(bool) * (size_t) width(m, l));
        memset(path->layer[l].have_square, 0, sizeof(bool) * (size_t) width(m, l));
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

/* s += b + sum_i w_i a_i over the inputs of layer l. */
static void add_affine(fmpz_poly_t s, qd_path *path, slong l, const fmpz *w, const fmpz_t b, slong n)
{
    for (slong i = 0; i < n; i++)
        if (!fmpz_is_zero(w + i)) addmul(s, qd_path_a(path, l, i), w + i);
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
    const qd_unit_integer *x = path->model->unit_integer[l] + u;
    fmpz_poly_t g;
    fmpz_poly_zero(z);
    if (x->r != NULL) {
        fmpz_poly_init(g);
        add_affine(z, path, l, x->r, x->r0, layer->in);
        add_affine(g, path, l, x->g, x->g0, layer->in);
        fmpz_poly_mul(z, z, g);
        fmpz_poly_clear(g);
    }
    add_terms(z, path, l, layer->unit + u, x->term);
    if (x->w != NULL) add_affine(z, path, l, x->w, x->b, layer->in);
    else fmpz_poly_add_fmpz(z, z, (fmpz *) x->b);
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
    const qd_lowered_layer *layer = path->model->low->layer + l;
    bool off = qd_restriction_switches(path->model, l) && !qd_restriction_bit(path->model, path->pattern, l, u);
    if (off && layer->act == QD_RELU) {
        fmpz_poly_zero(a);
        return;
    }
    const fmpz_poly_struct *z = qd_path_z(path, l, u);
    if (layer->act == QD_LEAKY_RELU) fmpz_poly_scalar_mul_fmpz(a, z, off ? fmpq_numref(layer->slope) : fmpq_denref(layer->slope));
    else if (off) fmpz_poly_neg(a, z);
    else if (layer->power > 1) fmpz_poly_pow(a, z, (ulong) layer->power);
    else fmpz_poly_set(a, z);
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
