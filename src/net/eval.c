/* Exact evaluation at a rational point. */
#include "net/net.h"

static void activate(fmpq_t y, const fmpq_t z, const qd_lowered_layer *layer)
{
    switch (layer->act) {
    case QD_RELU:
        if (fmpq_sgn(z) > 0) fmpq_set(y, z);
        else fmpq_zero(y);
        return;
    case QD_LEAKY_RELU:
        if (fmpq_sgn(z) > 0) fmpq_set(y, z);
        else fmpq_mul(y, z, layer->slope);
        return;
    case QD_ABS:
        fmpq_abs(y, z);
        return;
    default:
        fmpq_pow_si(y, z, layer->power);
    }
}

qd_status qd_net_eval(qd_vec_t y, char *pattern, const qd_net_t net, const qd_vec_t x, qd_ctx_t ctx)
{
    if (x->n != net->input_dim)
        return qd_fail(ctx, QD_EINPUT, "the point has %ld coordinates, the network takes %ld", (long) x->n,
                       (long) net->input_dim);
    qd_lowered_t low;
    qd_vec_t cur, next;
    fmpq_t z;
    qd_lowered_init(low);
    qd_vec_init(cur);
    qd_vec_init(next);
    fmpq_init(z);
    qd_net_lower(low, net);
    qd_vec_set(cur, x);
    for (slong l = 0; l < low->depth; l++) {
        const qd_lowered_layer *layer = low->layer + l;
        qd_vec_resize(next, layer->out);
        for (slong u = 0; u < layer->out; u++) {
            qd_lowered_eval(z, layer->unit + u, cur->e, layer->in);
            if (pattern != NULL && qd_activation_switches(layer->act)) *pattern++ = fmpq_sgn(z) > 0 ? '1' : '0';
            activate(next->e + u, z, layer);
        }
        qd_vec_swap(cur, next);
    }
    if (pattern != NULL) *pattern = '\0';
    qd_vec_swap(y, cur);
    fmpq_clear(z);
    qd_vec_clear(cur);
    qd_vec_clear(next);
    qd_lowered_clear(low);
    return QD_OK;
}
