/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives by another road than jacobian.c: values once, then one direction after the other from the inputs to the outputs, by the
   product rule, FLINT's arithmetic modulo a prime, and no code in common with reverse mode. For checking. In the direction of
   one parameter nothing moves before its own layer, there one unit moves, and what does not move is skipped. */
#include <string.h>

#include "variety/variety.h"

typedef struct {
    const qd_variety_plan *plan;
    const ulong *theta;
    nmod_t mod;
    ulong *a[QD_VARIETY_MAX_DEPTH + 1]; /* a[l]: inputs of layer l; a[depth]: the outputs */
    ulong *z[QD_VARIETY_MAX_DEPTH];     /* of layer l before the power */
} values;

static ulong times(ulong a, ulong b, const values *v)
{
    return nmod_mul(a, b, v->mod);
}

static void add(ulong *sum, ulong a, const values *v)
{
    *sum = nmod_add(*sum, a, v->mod);
}

/* ---- values ------------------------------------------------------------------------------- */

/* offset, constant: of a unit's own parameters; constant -1: there is none */
static ulong form(const values *v, int64_t offset, int64_t constant, const ulong *a, int64_t n)
{
    ulong sum = constant >= 0 ? v->theta[constant] : 0;
    for (int64_t i = 0; i < n; i++) add(&sum, times(v->theta[offset + i], a[i], v), v);
    return sum;
}

static int64_t own(int64_t block, int64_t j)
{
    return block >= 0 ? block + j : -1;
}

static ulong unit(const values *v, const qd_variety_layer *l, const ulong *a, int64_t j)
{
    int64_t n = l->in, triangle = l->t + j * (n * (n + 1) / 2);
    ulong z = l->b >= 0 ? v->theta[l->b + j] : 0;
    if (l->w >= 0) add(&z, form(v, l->w + j * n, -1, a, n), v);
    if (l->r >= 0) add(&z, times(form(v, l->r + j * n, own(l->r0, j), a, n), form(v, l->g + j * n, own(l->g0, j), a, n), v), v);
    for (int64_t i = 0; i < n && l->s >= 0; i++) add(&z, times(v->theta[l->s + j * n + i], times(a[i], a[i], v), v), v);
    for (int64_t i = 0; i < n && l->t >= 0; i++)
        for (int64_t k = i; k < n; k++) add(&z, times(v->theta[triangle++], times(a[i], a[k], v), v), v);
    return z;
}

/* ---- derivatives -------------------------------------------------------------------------- */

/* Of form() in the direction of parameter k. da: derivatives of a, NULL where nothing moves. */
static ulong form_moves(const values *v, int64_t offset, int64_t constant, const ulong *a, const ulong *da, int64_t n, int64_t k)
{
    ulong sum = k == constant ? 1 % v->mod.n : 0;
    if (k >= offset && k < offset + n) add(&sum, a[k - offset], v);
    for (int64_t i = 0; i < n && da != NULL; i++)
        if (da[i] != 0) add(&sum, times(v->theta[offset + i], da[i], v), v);
    return sum;
}

static ulong product_moves(const values *v, const qd_variety_layer *l, const ulong *a, const ulong *da, int64_t j, int64_t k)
{
    int64_t n = l->in, r0 = own(l->r0, j), g0 = own(l->g0, j);
    ulong dr = form_moves(v, l->r + j * n, r0, a, da, n, k), dg = form_moves(v, l->g + j * n, g0, a, da, n, k), sum = 0;
    if (dr != 0) add(&sum, times(dr, form(v, l->g + j * n, g0, a, n), v), v);
    if (dg != 0) add(&sum, times(dg, form(v, l->r + j * n, r0, a, n), v), v);
    return sum;
}

static ulong squares_move(const values *v, int64_t offset, const ulong *a, const ulong *da, int64_t n, int64_t k)
{
    ulong sum = k >= offset && k < offset + n ? times(a[k - offset], a[k - offset], v) : 0;
    for (int64_t i = 0; i < n && da != NULL; i++)
        if (da[i] != 0) add(&sum, times(times(2 % v->mod.n, v->theta[offset + i], v), times(a[i], da[i], v), v), v);
    return sum;
}

static ulong triangle_moves(const values *v, int64_t at, const ulong *a, const ulong *da, int64_t n, int64_t k)
{
    ulong sum = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t m = i; m < n; m++, at++) {
            if (k == at) add(&sum, times(a[i], a[m], v), v);
            if (da == NULL || (da[i] == 0 && da[m] == 0)) continue;
            add(&sum, times(v->theta[at], nmod_add(times(da[i], a[m], v), times(a[i], da[m], v), v->mod), v), v);
        }
    return sum;
}

static ulong unit_moves(const values *v, int64_t layer, const ulong *da, int64_t j, int64_t k)
{
    const qd_variety_layer *l = v->plan->layer + layer;
    const ulong *a = v->a[layer];
    int64_t n = l->in;
    ulong dz = l->b >= 0 && k == l->b + j ? 1 % v->mod.n : 0;
    if (l->w >= 0) add(&dz, form_moves(v, l->w + j * n, -1, a, da, n, k), v);
    if (l->r >= 0) add(&dz, product_moves(v, l, a, da, j, k), v);
    if (l->s >= 0) add(&dz, squares_move(v, l->s + j * n, a, da, n, k), v);
    if (l->t >= 0) add(&dz, triangle_moves(v, l->t + j * (n * (n + 1) / 2), a, da, n, k), v);
    if (dz == 0 || l->power == 1) return dz;
    return times(dz, times((ulong) l->power % v->mod.n, nmod_pow_ui(v->z[layer][j], (ulong) l->power - 1, v->mod), v), v);
}

/* Whose parameter k is: the last layer with a block that begins at or before it, as parameters are numbered layer by layer. */
static int64_t layer_of(const qd_variety_plan *plan, int64_t k)
{
    int64_t l = plan->depth - 1;
    for (; l > 0; l--) {
        const qd_variety_layer *y = plan->layer + l;
        const int64_t block[] = {y->r, y->r0, y->g, y->g0, y->s, y->t, y->w, y->b};
        for (size_t i = 0; i < sizeof block / sizeof *block; i++)
            if (block[i] >= 0 && block[i] <= k) return l;
    }
    return l;
}

void qd_variety_derivatives(ulong *value, const qd_variety_plan *plan, const ulong *theta, const ulong *x, const int64_t *parameter,
                            int64_t n, nmod_t mod)
{
    int64_t widest = plan->layer[0].in, outputs = plan->layer[plan->depth - 1].out;
    values v = {.plan = plan, .theta = theta, .mod = mod};
    v.a[0] = _nmod_vec_init(plan->layer[0].in);
    memcpy(v.a[0], x, sizeof *x * (size_t) plan->layer[0].in);
    for (int64_t l = 0; l < plan->depth; l++) {
        int64_t out = plan->layer[l].out;
        v.z[l] = _nmod_vec_init(out);
        v.a[l + 1] = _nmod_vec_init(out);
        for (int64_t j = 0; j < out; j++) {
            v.z[l][j] = unit(&v, plan->layer + l, v.a[l], j);
            v.a[l + 1][j] = nmod_pow_ui(v.z[l][j], (ulong) plan->layer[l].power, mod);
        }
        if (out > widest) widest = out;
    }
    ulong *da = _nmod_vec_init(widest), *db = _nmod_vec_init(widest);
    for (int64_t i = 0; i < n; i++) {
        int64_t first = layer_of(plan, parameter[i]);
        for (int64_t l = first; l < plan->depth; l++) {
            for (int64_t j = 0; j < plan->layer[l].out; j++) db[j] = unit_moves(&v, l, l == first ? NULL : da, j, parameter[i]);
            ulong *t = da;
            da = db;
            db = t;
        }
        memcpy(value + i * outputs, da, sizeof *da * (size_t) outputs);
    }
    _nmod_vec_clear(da);
    _nmod_vec_clear(db);
    for (int64_t l = 0; l <= plan->depth; l++) {
        _nmod_vec_clear(v.a[l]);
        if (l < plan->depth) _nmod_vec_clear(v.z[l]);
    }
}
