/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Square activation inside the quadratic kinds: (w.a + b)^2 is a neuron of the kind at iota(w, b).

     quadratic        wr = wg = w, br = bg = b, wb = 0, c = 0
     product          wr = wg = w, br = bg = b
     product_linear   wr = wg = w, linear part 2 b w, constant b^2
     full             w_i^2 and 2 w_i w_j, linear part 2 b w, constant b^2

   The identity is checked in Z[a, w, b], every coefficient, by polynomial arithmetic: it holds for all parameters and all inputs. Layers
   of a network are composed of neurons, so that F_kind(iota(theta)) = F_square(theta) follows layer by layer, whatever the widths
   are that have this n; a linear readout is the same on both sides. */
#include <flint/fmpz_mpoly.h>

#include "variety/impl.h"

/* The ring: variables a_i at i, w_i at n + i, b at 2n. */
typedef struct {
    fmpz_mpoly_ctx_t ring;
    int64_t n;
    fmpz_mpoly_t result, factor, other;
} work;

static void variable(fmpz_mpoly_t p, int64_t i, work *k)
{
    fmpz_mpoly_gen(p, i, k->ring);
}

/* factor = w.a + b */
static void affine(fmpz_mpoly_t p, work *k, bool biases)
{
    fmpz_mpoly_zero(p, k->ring);
    for (int64_t i = 0; i < k->n; i++) {
        fmpz_mpoly_t a, w;
        fmpz_mpoly_init(a, k->ring);
        fmpz_mpoly_init(w, k->ring);
        variable(a, i, k);
        variable(w, k->n + i, k);
        fmpz_mpoly_mul(a, a, w, k->ring);
        fmpz_mpoly_add(p, p, a, k->ring);
        fmpz_mpoly_clear(a, k->ring);
        fmpz_mpoly_clear(w, k->ring);
    }
    if (!biases) return;
    variable(k->other, 2 * k->n, k);
    fmpz_mpoly_add(p, p, k->other, k->ring);
}

/* result += c times the product of the variables listed */
static void add_monomial(work *k, slong c, const int64_t *v, int count)
{
    fmpz_mpoly_set_si(k->factor, c, k->ring);
    for (int i = 0; i < count; i++) {
        variable(k->other, v[i], k);
        fmpz_mpoly_mul(k->factor, k->factor, k->other, k->ring);
    }
    fmpz_mpoly_add(k->result, k->result, k->factor, k->ring);
}

/* result += 2 b w.a + b^2 */
static void add_lower_terms(work *k)
{
    int64_t n = k->n;
    for (int64_t i = 0; i < n; i++) add_monomial(k, 2, (int64_t[]){2 * n, n + i, i}, 3);
    add_monomial(k, 1, (int64_t[]){2 * n, 2 * n}, 2);
}

/* result = the neuron of the kind at iota(w, b) */
static void neuron_at_iota(work *k, qd_variety_square square, bool biases)
{
    int64_t n = k->n;
    fmpz_mpoly_zero(k->result, k->ring);
    if (square == QD_SQUARE_BY_TRIANGLE) {
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = i; j < n; j++) add_monomial(k, i == j ? 1 : 2, (int64_t[]){n + i, n + j, i, j}, 4);
    } else {
        affine(k->factor, k, biases && square == QD_SQUARE_BY_FACTORS);
        fmpz_mpoly_mul(k->result, k->factor, k->factor, k->ring); /* wr = wg; wb = 0 and c = 0 add nothing */
    }
    if (biases && square != QD_SQUARE_BY_FACTORS) add_lower_terms(k);
}

bool qd_variety_contains_square(qd_kind kind)
{
    return qd_variety__kind(kind, 1, 1, false).square != QD_SQUARE_NOT;
}

bool qd_variety_embeds_square(qd_kind kind, int64_t n, bool biases)
{
    qd_variety_square way = qd_variety__kind(kind, 1, n, biases).square;
    if (way == QD_SQUARE_NOT) return false;
    work k = {.n = n};
    fmpz_mpoly_t square;
    fmpz_mpoly_ctx_init(k.ring, 2 * n + 1, ORD_LEX);
    fmpz_mpoly_init(k.result, k.ring);
    fmpz_mpoly_init(k.factor, k.ring);
    fmpz_mpoly_init(k.other, k.ring);
    fmpz_mpoly_init(square, k.ring);
    affine(square, &k, biases);
    fmpz_mpoly_pow_ui(square, square, 2, k.ring);
    neuron_at_iota(&k, way, biases);
    bool equal = fmpz_mpoly_equal(square, k.result, k.ring);
    fmpz_mpoly_clear(square, k.ring);
    fmpz_mpoly_clear(k.result, k.ring);
    fmpz_mpoly_clear(k.factor, k.ring);
    fmpz_mpoly_clear(k.other, k.ring);
    fmpz_mpoly_ctx_clear(k.ring);
    return equal;
}
