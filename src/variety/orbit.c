/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dimension of the orbits of the known symmetries, as a rank.

   The groups of symmetry.c act on the tuples (f_1, ..., f_h) of neurons, f_l in X_l^(d_l), an irreducible variety. With E an affine vector
   field in the Lie algebra at the hidden layer k, that is a_i -> a_j for scaling and mixing, a_i -> 1 for shifting, the tuple moves
   in the direction

       f_k -> E f_k,     f_(k+1) -> - sum_i E_i d f_(k+1) / d a_i,     the others not.

   In characteristic 0 the dimension of an orbit is the rank of these directions, one row a field, one column a coefficient. Entries are
   integer polynomials in the parameters, so the rank at one point modulo one prime is at most the rank there over Q, and that at most the
   rank at a generic point: what is returned is certainly a lower bound of the dimension of a generic orbit, whatever was drawn. It is that
   dimension unless the draw was unlucky: a minor of at most 512 rows would vanish modulo a prime of 60 bits. Neurons that are
   equal as polynomials differ in parameters - dim X_l of their parameters, which are added.

   Where the activation is z^r, r > 1, coefficients are those of w.a + b: a multiple t of the unit is t^(1/r) of them, so the field r a_i is taken
   in place of a_i. If there is one input and no bias, X is the line of all c a^r: its coefficient is c, mixing is allowed,
   and the field a of the inputs moves c by -r c. */
#include <flint/nmod_mat.h>
#include <stdlib.h>

#include "variety/impl.h"

/* Larger matrices are not tried. */
#define MOST_FIELDS 512
#define MOST_ENTRIES 4000000

#define PRIME_BITS 60

typedef struct {
    const qd_arch *arch;
    qd_variety_plan plan;
    int64_t column[QD_VARIETY_MAX_DEPTH + 1]; /* of the first coefficient of layer l; at depth: how many there are */
    nmod_t mod;
    ulong *f; /* owned: all coefficients of all neurons */
} tuple;

/* Coefficients of a neuron: 1, a_0..a_(n-1), then a_i a_j (i <= j) row by row. */
static int64_t ncoefficients(int64_t n)
{
    return 1 + n + n * (n + 1) / 2;
}

static int64_t monomial(int64_t n, int64_t i, int64_t j)
{
    int64_t low = i < j ? i : j, high = i < j ? j : i;
    return 1 + n + low * n - low * (low - 1) / 2 + high - low;
}

static ulong *neuron(const tuple *t, ulong *all, int64_t l, int64_t unit)
{
    return all + t->column[l] + unit * ncoefficients(t->arch->width[l]);
}

/* ---- the point ---------------------------------------------------------------------------- */

static void add_product(ulong *c, ulong a, ulong b, nmod_t mod)
{
    *c = nmod_add(*c, nmod_mul(a, b, mod), mod);
}

/* A parameter of a unit, 0 where the layer has none. */
static ulong parameter(const ulong *theta, int64_t block, int64_t at)
{
    return block >= 0 ? theta[block + at] : 0;
}

static void expand(ulong *c, const qd_variety_layer *l, const ulong *theta, int64_t unit, nmod_t mod)
{
    int64_t n = l->in, triangle = unit * (n * (n + 1) / 2);
    ulong r0 = parameter(theta, l->r0, unit), g0 = parameter(theta, l->g0, unit);
    c[0] = parameter(theta, l->b, unit);
    add_product(c, r0, g0, mod);
    for (int64_t i = 0; i < n; i++) {
        ulong r = parameter(theta, l->r, unit * n + i), g = parameter(theta, l->g, unit * n + i);
        c[1 + i] = parameter(theta, l->w, unit * n + i);
        add_product(c + 1 + i, r, g0, mod);
        add_product(c + 1 + i, g, r0, mod);
        for (int64_t j = i; j < n; j++) {
            ulong *to = c + monomial(n, i, j);
            *to = parameter(theta, l->t, triangle++);
            add_product(to, r, parameter(theta, l->g, unit * n + j), mod);
            if (j > i) add_product(to, parameter(theta, l->r, unit * n + j), g, mod);
            else *to = nmod_add(*to, parameter(theta, l->s, unit * n + i), mod);
        }
    }
}

static void tuple_init(tuple *t, const qd_arch *arch, uint64_t seed)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, qd_rng_stream(UINT64_C(0x6f726269), 0, 0));
    t->arch = arch;
    qd_variety_plan_make(&t->plan, arch);
    nmod_init(&t->mod, n_nextprime((UWORD(1) << PRIME_BITS) + qd_rng_below(rng, UINT64_C(1) << (PRIME_BITS - 1)), 1));
    t->f = qd_calloc((size_t) t->column[arch->depth], sizeof *t->f);
    ulong *theta = qd_malloc(sizeof *theta * (size_t) t->plan.nparams);
    for (int64_t k = 0; k < t->plan.nparams; k++) theta[k] = qd_rng_below(rng, t->mod.n);
    for (int64_t l = 0; l < arch->depth; l++)
        for (int64_t u = 0; u < arch->width[l + 1]; u++) expand(neuron(t, t->f, l, u), t->plan.layer + l, theta, u, t->mod);
    free(theta);
}

/* ---- directions --------------------------------------------------------------------------- */

/* to -= c E_i d f / d a_i, E_i = a_j, or 1 for j < 0 */
static void substitute(ulong *to, const ulong *f, int64_t n, int64_t i, int64_t j, ulong c, nmod_t mod)
{
    ulong minus = nmod_neg(c, mod);
    add_product(to + (j < 0 ? 0 : 1 + j), minus, f[1 + i], mod);
    for (int64_t k = 0; k < n; k++) {
        ulong twice = nmod_mul(minus, k == i ? 2 : 1, mod), q = f[monomial(n, i, k)];
        add_product(to + (j < 0 ? 1 + k : monomial(n, j, k)), twice, q, mod);
    }
}

/* The direction of the field a_i -> a_j (j < 0: 1) at the hidden layer k; units of it come from layer k - 1. */
static void direction(ulong *row, const tuple *t, int64_t k, int64_t i, int64_t j)
{
    const qd_arch *arch = t->arch;
    int64_t size = ncoefficients(arch->width[k - 1]), before = t->plan.layer[k - 1].power, after = t->plan.layer[k].power;
    ulong *to = neuron(t, row, k - 1, i);
    if (j < 0) to[0] = 1;
    else
        for (int64_t m = 0; m < size; m++) to[m] = neuron(t, t->f, k - 1, j)[m];
    ulong c = before > 1 && !qd_variety__neuron(arch, k - 1).out_mix ? (ulong) before : 1;
    if (after > 1 && qd_variety__neuron(arch, k).out_mix) c *= (ulong) after;
    for (int64_t u = 0; u < arch->width[k + 1]; u++)
        substitute(neuron(t, row, k, u), neuron(t, t->f, k, u), arch->width[k], i, j, c, t->mod);
}

/* Rows of all fields of the hidden layer k; returns how many. With m NULL they are counted only. */
static int64_t fields(nmod_mat_struct *m, int64_t row, const tuple *t, const qd_arch *arch, int64_t k)
{
    qd_variety_neuron before = qd_variety__neuron(arch, k - 1), after = qd_variety__neuron(arch, k);
    bool mix = before.out_mix && after.in_mix, shift = before.out_shift && after.in_shift;
    int64_t d = arch->width[k], first = row;
    if (m == NULL) return mix ? d * (d + shift) : d * (1 + shift);
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = shift ? -1 : 0; j < d; j++)
            if (mix || j < 0 || i == j) direction(m->rows[row++], t, k, i, j);
    return row - first;
}

/* ---- rank --------------------------------------------------------------------------------- */

bool qd_variety_orbit_rank(int64_t *rank, const qd_arch *arch, uint64_t seed)
{
    tuple t;
    nmod_mat_t m;
    double rows = 0, columns = 0;
    int64_t at = 0, redundant = qd_variety_nparams(arch);
    for (int64_t l = 0; l < arch->depth; l++) {
        double n = (double) arch->width[l];
        columns += (double) arch->width[l + 1] * (1 + n + n * (n + 1) / 2);
        if (l > 0) rows += (double) fields(NULL, 0, NULL, arch, l);
    }
    if (rows > MOST_FIELDS || rows * columns > MOST_ENTRIES) return false;
    t.column[0] = 0;
    for (int64_t l = 0; l < arch->depth; l++) {
        t.column[l + 1] = t.column[l] + arch->width[l + 1] * ncoefficients(arch->width[l]);
        redundant -= arch->width[l + 1] * qd_variety__neuron(arch, l).dim;
    }
    tuple_init(&t, arch, seed);
    nmod_mat_init(m, (slong) rows, (slong) columns, t.mod.n);
    for (int64_t k = 1; k < arch->depth; k++) at += fields(m, at, &t, arch, k);
    *rank = redundant + nmod_mat_rank(m);
    nmod_mat_clear(m);
    free(t.f);
    return true;
}
