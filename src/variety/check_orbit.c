/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dimension of the orbits again, by another road than orbit.c: neurons are functions, given by their values, and no coefficient is known. At
   random parameters modulo a random prime the field a -> E a at the hidden layer k moves

       f_k at x by (E f_k)(x),     f_(k+1) at a by - sum_i E_i(a) d f_(k+1) / d a_i (a),

   and the rank of these rows, one a field, over random points x and a for every unit, is at most the dimension of a generic orbit: values
   of polynomials with integer coefficients at points modulo a prime. Neurons whose parameters say nothing add to it, as they do there. */
#include <flint/nmod_mat.h>
#include <stdlib.h>

#include "variety/check_impl.h"

/* Whatever orbit.c tries fits: a unit has at most four times as many points here as coefficients there. */
#define MOST_FIELDS 512
#define MOST_ENTRIES 16000000
#define SPARE_POINTS 4

typedef struct {
    const qd_bound_step *s;
    qd_variety_plan plan;
    nmod_t mod;
    ulong *theta;                             /* owned */
    int64_t column[QD_VARIETY_MAX_DEPTH + 1]; /* of the first unit of layer l */
    int64_t npoints[QD_VARIETY_MAX_DEPTH];    /* of each unit of layer l */
    ulong *x[QD_VARIETY_MAX_DEPTH];           /* owned: (npoints, inputs) */
} orbit;

/* ---- values ------------------------------------------------------------------------------- */

static ulong entry(const orbit *o, int64_t block, int64_t at)
{
    return block < 0 ? 0 : o->theta[block + at];
}

/* w.a + b of unit u */
static ulong affine(const orbit *o, const qd_variety_layer *l, int64_t w, int64_t b, int64_t u, const ulong *a)
{
    ulong sum = entry(o, b, u);
    for (int64_t i = 0; i < l->in; i++) sum = nmod_add(sum, nmod_mul(entry(o, w, u * l->in + i), a[i], o->mod), o->mod);
    return sum;
}

/* The value of unit u of layer l at a, and its derivative in the direction e, or NULL. */
static ulong value(ulong *slope, const orbit *o, int64_t layer, int64_t u, const ulong *a, const ulong *e)
{
    const qd_variety_layer *l = o->plan.layer + layer;
    const nmod_t m = o->mod;
    int64_t n = l->in, t = u * (n * (n + 1) / 2);
    ulong r = affine(o, l, l->r, l->r0, u, a), g = affine(o, l, l->g, l->g0, u, a), d = 0;
    ulong z = nmod_add(nmod_mul(r, g, m), affine(o, l, l->w, l->b, u, a), m);
    if (e != NULL) {
        d = nmod_add(nmod_mul(affine(o, l, l->r, -1, u, e), g, m), nmod_mul(r, affine(o, l, l->g, -1, u, e), m), m);
        d = nmod_add(d, affine(o, l, l->w, -1, u, e), m);
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i; j < n; j++, t++) {
            ulong c = entry(o, l->t, t);
            if (i == j) c = nmod_add(c, entry(o, l->s, u * n + i), m);
            z = nmod_add(z, nmod_mul(c, nmod_mul(a[i], a[j], m), m), m);
            if (e != NULL) d = nmod_add(d, nmod_mul(c, nmod_add(nmod_mul(e[i], a[j], m), nmod_mul(a[i], e[j], m), m), m), m);
        }
    ulong outer = nmod_mul((ulong) l->power % m.n, nmod_pow_ui(z, (ulong) l->power - 1, m), m);
    if (e != NULL) *slope = nmod_mul(outer, d, m);
    return nmod_pow_ui(z, (ulong) l->power, m);
}

/* ---- fields ------------------------------------------------------------------------------- */

/* The field a_i -> a_j, j < 0: a_i -> 1, at the hidden layer k. */
static void move(ulong *row, const orbit *o, int64_t k, int64_t i, int64_t j)
{
    int64_t n = o->npoints[k - 1], in = o->s->width[k - 1], d = o->s->width[k];
    ulong *e = qd_calloc((size_t) d, sizeof *e);
    for (int64_t q = 0; q < n; q++) row[o->column[k - 1] + i * n + q] = j < 0 ? 1 : value(NULL, o, k - 1, j, o->x[k - 1] + q * in, NULL);
    n = o->npoints[k];
    for (int64_t u = 0; u < o->s->width[k + 1]; u++)
        for (int64_t q = 0; q < n; q++) {
            const ulong *a = o->x[k] + q * d;
            ulong slope = 0;
            e[i] = j < 0 ? 1 : a[j];
            value(&slope, o, k, u, a, e);
            row[o->column[k] + u * n + q] = nmod_neg(slope, o->mod);
        }
    free(e);
}

/* The fields of the hidden layer k, to m from the given row on; m NULL: only how many. */
static int64_t fields(nmod_mat_struct *m, int64_t row, const orbit *o, const qd_bound_step *s, int64_t k)
{
    qd_variety_facts before = qd_variety__facts(s, k - 1), after = qd_variety__facts(s, k);
    bool mix = before.dim == before.span && after.substitutes, shift = before.shifts && after.translates;
    int64_t d = s->width[k], first = row;
    if (m == NULL) return (mix ? d * d : d) + (shift ? d : 0);
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = shift ? -1 : 0; j < d; j++)
            if (mix || j < 0 || i == j) move(m->rows[row++], o, k, i, j);
    return row - first;
}

/* ---- rank --------------------------------------------------------------------------------- */

static ulong *draw(int64_t n, nmod_t mod, qd_rng_t rng)
{
    ulong *v = qd_malloc(sizeof *v * (size_t) (n + 1));
    for (int64_t i = 0; i < n; i++) v[i] = qd_rng_below(rng, mod.n);
    return v;
}

static int64_t rank_of(orbit *o, int64_t rows, int64_t columns)
{
    const qd_bound_step *s = o->s;
    qd_arch arch = qd_bound_arch(s);
    qd_rng_t rng;
    nmod_mat_t m;
    qd_rng_init(rng, 1, qd_rng_stream(UINT64_C(0x76616c75), 0, 0));
    nmod_init(&o->mod, n_nextprime((UWORD(1) << 61) + qd_rng_below(rng, UINT64_C(1) << 60), 1));
    qd_variety_plan_make(&o->plan, &arch);
    o->theta = draw(o->plan.nparams, o->mod, rng);
    for (int64_t l = 0; l < s->depth; l++) o->x[l] = draw(o->npoints[l] * s->width[l], o->mod, rng);
    nmod_mat_init(m, rows, columns, o->mod.n);
    for (int64_t k = 1, row = 0; k < s->depth; k++) row += fields(m, row, o, s, k);
    int64_t rank = nmod_mat_rank(m);
    nmod_mat_clear(m);
    for (int64_t l = 0; l < s->depth; l++) free(o->x[l]);
    free(o->theta);
    return rank;
}

bool qd_variety__orbit_by_values(int64_t *rank, const qd_bound_step *s)
{
    orbit o = {.s = s};
    double rows = 0, columns = 0;
    int64_t idle = 0;
    for (int64_t l = 0; l < s->depth; l++) {
        qd_variety_facts f = qd_variety__facts(s, l);
        o.npoints[l] = f.nparams + SPARE_POINTS;
        o.column[l] = (int64_t) columns;
        columns += (double) s->width[l + 1] * (double) o.npoints[l];
        idle += s->width[l + 1] * (f.nparams - f.dim);
        if (l > 0) rows += (double) fields(NULL, 0, NULL, s, l);
    }
    if (rows > MOST_FIELDS || columns > MOST_ENTRIES || rows * columns > MOST_ENTRIES) return false;
    *rank = idle + rank_of(&o, (int64_t) rows, (int64_t) columns);
    return true;
}
