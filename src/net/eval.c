/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact evaluation at a rational point. A network of degree d turns a number of h bits into one of about d h bits, so before each
   step the size that is to come is estimated from the sizes at hand: GMP ends the program where memory does. */
#include "net/net.h"

/* Numbers of so many bits take at least so many seconds a bit. */
#define LONG_BITS 1e7
#define SECONDS 1e-9

static double bits(const fmpq_t x)
{
    return (double) fmpz_bits(fmpq_numref(x)) + (double) fmpz_bits(fmpq_denref(x));
}

/* May x, taken to a power, be written down? */
static qd_status check_size(double nbits, int64_t power, slong layer, qd_ctx_t ctx)
{
    double size = nbits * (double) power;
    qd_status st = size < LONG_BITS
                       ? qd_ctx_budget(ctx)
                       : qd_ctx_foresee(ctx, size, SECONDS * size, "a number of %.3g bits in layer %ld", size, (long) layer + 1);
    if (st == QD_OK && nbits * (double) power > QD_EVAL_MAX_BITS)
        st = qd_fail(ctx, QD_EUNABLE, "a number in layer %ld may have %.3g bits, more than the %.3g that are tried", (long) layer + 1,
                     nbits * (double) power, QD_EVAL_MAX_BITS);
    return st;
}

static qd_status eval_layer(qd_vec_t y, char **pattern, slong *zeros, const qd_lowered_layer *layer, const qd_vec_t x, slong l,
                            qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    double size = 0;
    fmpq_t z;
    for (slong j = 0; j < x->n; j++)
        if (bits(x->e + j) > size) size = bits(x->e + j);
    fmpq_init(z);
    qd_vec_resize(y, layer->out);
    for (slong u = 0; u < layer->out && st == QD_OK; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        bool switches = qd_activation_switches(unit->act);
        if ((st = check_size(size, layer->degree, l, ctx)) != QD_OK) break;
        qd_lowered_eval(z, unit, x->e, layer->in);
        if (switches && fmpq_is_zero(z)) ++*zeros;
        if (switches && *pattern != NULL) *(*pattern)++ = fmpq_sgn(z) > 0 ? '1' : '0';
        if ((st = check_size(bits(z), unit->power, l, ctx)) == QD_OK) qd_lowered_activate(y->e + u, z, unit);
    }
    fmpq_clear(z);
    return st;
}

qd_status qd_lowered_run(qd_vec_t y, char *pattern, slong *zeros, const qd_lowered_t low, const qd_vec_t x, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_vec_t cur, next;
    slong count = 0;
    if (x->n != low->input_dim)
        return qd_fail(ctx, QD_EINPUT, "the point has %ld coordinates, the network takes %ld", (long) x->n, (long) low->input_dim);
    qd_vec_init(cur);
    qd_vec_init(next);
    qd_vec_set(cur, x);
    for (slong l = 0; l < low->depth && st == QD_OK; l++) {
        st = eval_layer(next, &pattern, &count, low->layer + l, cur, l, ctx);
        qd_vec_swap(cur, next);
    }
    if (st == QD_OK) {
        if (pattern != NULL) *pattern = '\0';
        if (zeros != NULL) *zeros = count;
        if (y != NULL) qd_vec_swap(y, cur);
    }
    qd_vec_clear(cur);
    qd_vec_clear(next);
    return st;
}

qd_status qd_net_eval(qd_vec_t y, char *pattern, const qd_net_t net, const qd_vec_t x, qd_ctx_t ctx)
{
    qd_lowered_t low;
    qd_lowered_init(low);
    qd_net_lower(low, net);
    qd_status st = qd_lowered_run(y, pattern, NULL, low, x, ctx);
    qd_lowered_clear(low);
    return st;
}
