/* Derivatives by another road than jacobian.c: dual numbers, one direction after the other, FLINT's arithmetic modulo a prime, and no
   code in common with reverse mode. For checking, not for speed. */
#include "variety/variety.h"

/* value + derivative e, e^2 = 0 */
typedef struct {
    ulong v, d;
} dual;

static dual dual_add(dual a, dual b, nmod_t mod)
{
    return (dual) {nmod_add(a.v, b.v, mod), nmod_add(a.d, b.d, mod)};
}

static dual dual_mul(dual a, dual b, nmod_t mod)
{
    return (dual) {nmod_mul(a.v, b.v, mod), nmod_add(nmod_mul(a.v, b.d, mod), nmod_mul(a.d, b.v, mod), mod)};
}

/* The parameters, of which number k is the variable. */
typedef struct {
    const ulong *theta;
    int64_t k;
    nmod_t mod;
} direction;

static dual parameter(const direction *t, int64_t i)
{
    return (dual) {t->theta[i], i == t->k};
}

static dual linear_form(const direction *t, int64_t offset, int64_t constant, const dual *a, int64_t n)
{
    dual sum = constant >= 0 ? parameter(t, constant) : (dual) {0, 0};
    for (int64_t i = 0; i < n; i++) sum = dual_add(sum, dual_mul(parameter(t, offset + i), a[i], t->mod), t->mod);
    return sum;
}

static dual neuron(const direction *t, const qd_variety_layer *l, const dual *a, int64_t j)
{
    int64_t n = l->in, triangle = l->t + j * (n * (n + 1) / 2);
    dual z = l->b >= 0 ? parameter(t, l->b + j) : (dual) {0, 0}, y = {1 % t->mod.n, 0};
    if (l->w >= 0) z = dual_add(z, linear_form(t, l->w + j * n, -1, a, n), t->mod);
    if (l->r >= 0)
        z = dual_add(z, dual_mul(linear_form(t, l->r + j * n, l->r0 < 0 ? -1 : l->r0 + j, a, n),
                                 linear_form(t, l->g + j * n, l->g0 < 0 ? -1 : l->g0 + j, a, n), t->mod), t->mod);
    for (int64_t i = 0; i < n && l->s >= 0; i++)
        z = dual_add(z, dual_mul(parameter(t, l->s + j * n + i), dual_mul(a[i], a[i], t->mod), t->mod), t->mod);
    for (int64_t i = 0; i < n && l->t >= 0; i++)
        for (int64_t k = i; k < n; k++)
            z = dual_add(z, dual_mul(parameter(t, triangle++), dual_mul(a[i], a[k], t->mod), t->mod), t->mod);
    for (int64_t e = 0; e < l->power; e++) y = dual_mul(y, z, t->mod);
    return y;
}

void qd_variety_derivative(ulong *value, const qd_variety_plan *plan, const ulong *theta, const ulong *x, int64_t k, nmod_t mod)
{
    int64_t widest = plan->layer[0].in;
    direction t = {theta, k, mod};
    for (int64_t l = 0; l < plan->depth; l++)
        if (plan->layer[l].out > widest) widest = plan->layer[l].out;
    dual *a = flint_malloc(sizeof *a * (size_t) widest), *b = flint_malloc(sizeof *b * (size_t) widest), *c;
    for (int64_t i = 0; i < plan->layer[0].in; i++) a[i] = (dual) {x[i], 0};
    for (int64_t l = 0; l < plan->depth; l++) {
        for (int64_t j = 0; j < plan->layer[l].out; j++) b[j] = neuron(&t, plan->layer + l, a, j);
        c = a, a = b, b = c;
    }
    for (int64_t o = 0; o < plan->layer[plan->depth - 1].out; o++) value[o] = a[o].d;
    flint_free(a);
    flint_free(b);
}
