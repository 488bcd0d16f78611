/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1.4 (c): the quadratic neuron contains the conventional one (wg = 0, bg = 1) and its square (wg = wr, bg = br), shown by equality of the
   coefficients of both polynomials. */
#include "verify/verify.h"

/* One neuron of n inputs with random weights, as a layer of the given kind. */
static qd_layer_struct *neuron(qd_net_t net, qd_kind kind, slong n)
{
    return qd_net_add_layer(net, qd_neuron_make(kind, QD_IDENTITY), n, 1);
}

/* The quadratic neuron with the weights w, b in its first factor; the second is 1 or the first again. */
static void embed(qd_net_t quadratic, const fmpq *w, const fmpq *b, slong n, bool square)
{
    qd_layer_struct *q = neuron(quadratic, QD_QUADRATIC, n);
    for (slong j = 0; j < n; j++) {
        fmpq_set(qd_layer_at(q, 0, 0, j), w + j);
        if (square) fmpq_set(qd_layer_at(q, 2, 0, j), w + j);
    }
    fmpq_set(q->param[1], b);
    if (square) fmpq_set(q->param[3], b);
    else fmpq_one(q->param[3]);
}

/* Coefficients of 1, a_j, a_i a_j (i <= j) of w.a + b or of its square, written down directly. */
static void expected(fmpq *c, const fmpq *w, const fmpq *b, slong n, bool square)
{
    slong k = 1 + n;
    fmpq_set(c, b);
    for (slong j = 0; j < n; j++) fmpq_set(c + 1 + j, w + j);
    if (!square) return;
    fmpq_mul(c, b, b);
    for (slong j = 0; j < n; j++) {
        fmpq_mul(c + 1 + j, b, w + j);
        fmpq_mul_2exp(c + 1 + j, c + 1 + j, 1);
    }
    for (slong i = 0; i < n; i++)
        for (slong j = i; j < n; j++, k++) {
            fmpq_mul(c + k, w + i, w + j);
            if (i != j) fmpq_mul_2exp(c + k, c + k, 1);
        }
}

static bool embedding_holds(const fmpq *w, const fmpq *b, slong n, bool square)
{
    slong size = 1 + n + n * (n + 1) / 2, k = 0;
    fmpq *got = _fmpq_vec_init(size), *want = _fmpq_vec_init(size);
    qd_net_t net;
    qd_lowered_t low;
    qd_net_init(net);
    qd_lowered_init(low);
    embed(net, w, b, n, square);
    qd_net_lower(low, net);
    qd_lowered_expand(got, low->layer->unit, n);
    expected(want, w, b, n, square);
    while (k < size && fmpq_equal(got + k, want + k)) k++;
    qd_lowered_clear(low);
    qd_net_clear(net);
    _fmpq_vec_clear(got, size);
    _fmpq_vec_clear(want, size);
    return k == size;
}

qd_truth verify_t14c(qd_buf_t why, int64_t index, qd_ctx_t ctx)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(0x14c, (uint64_t) index, 0));
    slong n = 1 + (slong) qd_rng_below(rng, 6);
    fmpq *w = _fmpq_vec_init(n + 1);
    for (slong j = 0; j <= n; j++) {
        fmpq_set_si(w + j, qd_rng_range(rng, -1000, 1000), 1 + qd_rng_below(rng, 1000));
        fmpq_canonicalise(w + j);
    }
    bool linear = embedding_holds(w, w + n, n, false), square = embedding_holds(w, w + n, n, true);
    if (!linear || !square) qd_buf_printf(why, "the quadratic neuron does not equal the %s one", linear ? "squared" : "conventional");
    _fmpq_vec_clear(w, n + 1);
    return linear && square ? QD_TRUE : QD_FALSE;
}
