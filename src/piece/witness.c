/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rational points inside regions. A region is met by points near one of its closure, at all scales; where it is thin there, by lines through that
   point and others near it: along the region's own pattern all pre-activations are polynomials on such a line, and between their roots, which are
   isolated, nothing changes. Either way a point counts when the network itself, evaluated there exactly, shows the pattern. */
#include "piece/piece.h"

#include <stdlib.h>

#define TRIES 60        /* one for each scale, 2^-k */
#define LINES 48        /* through points at scales 0, 2^-40, 2^-20, 2^-10 */
#define CELLS_OF_LINE 9 /* to either side */
#define ENOUGH 3        /* points with the pattern; a touching at all of them would be a miracle */

typedef struct {
    const qd_restriction *m;
    const qd_domain *domain;
    const qd_word *pattern;
    const fmpq *point; /* of the closure */
    slong nswitching;
    fmpq *best; /* the point with the fewest zeros so far */
    slong zeros, good;
    fmpq *x, *base, *way;
    char *text;
    qd_vec_t in;
    qd_rng_t rng;
    qd_ctx_t own;
    bool failed; /* values are too long to evaluate */
} search;

static bool inside(const fmpq *t, const qd_domain *d, slong dim)
{
    for (slong k = 0; k < dim; k++)
        if ((d->lo != NULL && fmpq_cmp(t + k, d->lo + k) <= 0) || (d->hi != NULL && fmpq_cmp(t + k, d->hi + k) >= 0)) return false;
    return true;
}

static bool has_pattern(const char *text, const qd_word *pattern, slong n)
{
    for (slong i = 0; i < n; i++)
        if ((text[i] == '1') != qd_pattern_get(pattern, i)) return false;
    return true;
}

static bool enough(const search *s)
{
    return s->failed || s->good >= ENOUGH || (s->good > 0 && s->zeros == 0);
}

/* Is s->x such a point? */
static void try_point(search *s)
{
    slong zeros, dim = s->m->dim;
    if (!inside(s->x, s->domain, dim)) return;
    qd_domain_point(s->in->e, s->domain, s->in->n, s->x);
    if (qd_lowered_run(NULL, s->text, &zeros, s->m->low, s->in, s->own) != QD_OK) {
        s->failed = true;
        return;
    }
    if (!has_pattern(s->text, s->pattern, s->nswitching)) return;
    if (s->good++ > 0 && zeros >= s->zeros) return;
    s->zeros = zeros;
    for (slong c = 0; c < dim; c++) fmpq_set(s->best + c, s->x + c);
}

/* to = point + a random vector in [-1, 1]^dim 2^-scale. */
static void near_point(fmpq *to, search *s, slong scale)
{
    for (slong c = 0; c < s->m->dim; c++) {
        fmpq_set_si(to + c, qd_rng_range(s->rng, -1024, 1024), 1024);
        fmpq_canonicalise(to + c);
        fmpq_div_2exp(to + c, to + c, (flint_bitcnt_t) scale);
        fmpq_add(to + c, to + c, s->point + c);
    }
}

/* ---- lines ------------------------------------------------------------------------------------- */

/* p(r) = f(base + r way) times a positive integer. */
static void on_line(fmpz_poly_t p, const fmpz_poly_struct *f, const search *s)
{
    fmpq_poly_t sum, term, power, line;
    fmpq_poly_init(sum);
    fmpq_poly_init(term);
    fmpq_poly_init(power);
    fmpq_poly_init(line);
    for (slong k = 0; k < f->length; k++) {
        if (fmpz_is_zero(f->coeffs + k)) continue;
        fmpq_poly_set_fmpz(term, f->coeffs + k);
        for (slong v = 0; v < s->m->dim; v++) {
            slong e = qd_path_exponent(s->m, k, v);
            if (e == 0) continue;
            fmpq_poly_set_coeff_fmpq(line, 0, s->base + v);
            fmpq_poly_set_coeff_fmpq(line, 1, s->way + v);
            fmpq_poly_pow(power, line, (ulong) e);
            fmpq_poly_mul(term, term, power);
        }
        fmpq_poly_add(sum, sum, term);
    }
    fmpq_poly_get_numerator(p, sum);
    fmpq_poly_clear(sum);
    fmpq_poly_clear(term);
    fmpq_poly_clear(power);
    fmpq_poly_clear(line);
}

/* Where the line leaves the box. */
static void add_ends(qd_alg_list_t roots, const search *s)
{
    fmpq_t r;
    fmpq_init(r);
    for (slong k = 0; k < 2 * s->m->dim; k++) {
        const fmpq *end = k % 2 == 0 ? s->domain->lo : s->domain->hi;
        slong c = k / 2;
        if (end == NULL || fmpq_is_zero(s->way + c)) continue;
        fmpq_sub(r, end + c, s->base + c);
        fmpq_div(r, r, s->way + c);
        qd_alg_set_fmpq(qd_alg_list_add(roots, NULL), r);
    }
    fmpq_clear(r);
}

static int by_value(const void *a, const void *b)
{
    return qd_alg_cmp(a, b);
}

/* All places on the line where a pre-activation may change its sign along the pattern, ascending, each once. */
static qd_status set_roots(qd_alg_list_t roots, search *s, qd_path *path, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_alg_list_t some;
    fmpz_poly_t p, q;
    qd_alg_list_init(some);
    fmpz_poly_init(p);
    fmpz_poly_init(q);
    for (slong l = 0; l < s->m->low->depth; l++)
        for (slong k = 0; k < s->m->first[l + 1] - s->m->first[l] && st == QD_OK; k++) {
            on_line(p, qd_path_z(path, l, s->m->switching[l][k]), s);
            if (fmpz_poly_degree(p) < 1) continue;
            qd_root_squarefree_part(q, p);
            st = qd_root_isolate(some, q, NULL, NULL, ctx);
            for (slong i = 0; i < some->n; i++) qd_alg_list_add(roots, some->e + i);
        }
    add_ends(roots, s);
    if (st == QD_OK) {
        slong n = 0;
        qsort(roots->e, (size_t) roots->n, sizeof *roots->e, by_value);
        for (slong i = 0; i < roots->n; i++)
            if (n == 0 || qd_alg_cmp(roots->e + n - 1, roots->e + i) != 0) qd_alg_swap(roots->e + n++, roots->e + i);
        while (roots->n > n) qd_alg_clear(roots->e + --roots->n);
    }
    fmpz_poly_clear(p);
    fmpz_poly_clear(q);
    qd_alg_list_clear(some);
    return st;
}

/* A point in front of root i, and behind root i - 1. */
static void try_cell(search *s, const qd_alg_list_t roots, slong i)
{
    fmpq_t r, one;
    if (i < 0 || i > roots->n) return;
    fmpq_init(r);
    fmpq_init(one);
    fmpq_one(one);
    if (i > 0 && i < roots->n) qd_alg_between(r, roots->e + i - 1, roots->e + i);
    else if (i > 0) fmpq_add(r, roots->e[i - 1].hi, one);
    else if (roots->n > 0) fmpq_sub(r, roots->e[0].lo, one);
    for (slong c = 0; c < s->m->dim; c++) {
        fmpq_set(s->x + c, s->base + c);
        fmpq_addmul(s->x + c, r, s->way + c);
    }
    try_point(s);
    fmpq_clear(r);
    fmpq_clear(one);
}

/* The cells next to base on a line through it. */
static qd_status try_line(search *s, qd_path *path, qd_ctx_t ctx)
{
    qd_alg_list_t roots;
    fmpq_t zero;
    slong middle = 0;
    qd_alg_list_init(roots);
    fmpq_init(zero);
    qd_status st = set_roots(roots, s, path, ctx);
    while (middle < roots->n && qd_alg_cmp_fmpq(roots->e + middle, zero) <= 0) middle++;
    for (slong k = 0; k < CELLS_OF_LINE && st == QD_OK && !enough(s); k++) {
        try_cell(s, roots, middle + k);
        if (k > 0) try_cell(s, roots, middle - k);
    }
    fmpq_clear(zero);
    qd_alg_list_clear(roots);
    return st;
}

static void try_lines(search *s, qd_ctx_t ctx)
{
    static const slong scale[] = {40, 20, 10};
    slong dim = s->m->dim;
    qd_path path;
    qd_path_init(&path, s->m);
    qd_path_set(&path, s->pattern);
    qd_status st = QD_OK;
    for (slong k = 0; k < LINES && st == QD_OK && !enough(s); k++) {
        bool none = true;
        if (k % 4 == 0)
            for (slong c = 0; c < dim; c++) fmpq_set(s->base + c, s->point + c);
        else near_point(s->base, s, scale[k % 4 - 1]);
        for (slong c = 0; c < dim; c++) {
            fmpq_set_si(s->way + c, qd_rng_range(s->rng, -16, 16), 1);
            none = none && fmpq_is_zero(s->way + c);
        }
        if (!none) st = try_line(s, &path, ctx);
    }
    qd_path_clear(&path);
}

/* ---- all of it --------------------------------------------------------------------------------- */

qd_truth qd_regions_witness(fmpq *t, const qd_regions_t g, slong i, const qd_restriction *m, const qd_domain *domain, qd_ctx_t ctx)
{
    slong dim = g->dim;
    fmpq *room = _fmpq_vec_init(3 * dim);
    search s = {.m = m,
                .domain = domain,
                .pattern = g->pattern + i * g->nwords,
                .point = g->point + i * dim,
                .nswitching = g->nswitching,
                .best = t,
                .x = room,
                .base = room + dim,
                .way = room + 2 * dim};
    s.text = qd_malloc((size_t) g->nswitching + 1);
    qd_ctx_init(s.own);
    qd_vec_init(s.in);
    qd_vec_resize(s.in, m->low->input_dim);
    qd_rng_init(s.rng, ctx->seed, (uint64_t) i);
    for (slong k = 0; k < TRIES && !enough(&s); k++) {
        if (k > 0) near_point(s.x, &s, k);
        else
            for (slong c = 0; c < dim; c++) fmpq_set(s.x + c, s.point + c);
        try_point(&s);
    }
    if (s.good == 0 && !s.failed && qd_path_fits(m)) try_lines(&s, ctx);
    qd_vec_clear(s.in);
    free(s.text);
    _fmpq_vec_clear(room, 3 * dim);
    return s.good > 0 ? QD_TRUE : QD_UNKNOWN;
}
