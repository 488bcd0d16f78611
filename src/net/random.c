/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random networks: weights on a small grid for exact studies, or Gaussian floats as a trained network has them. */
#include "net/net.h"

#include <math.h>

static void grid_weight(fmpq_t x, const qd_random_weights *weights, qd_rng_t rng)
{
    fmpq_set_si(x, qd_rng_range(rng, -weights->range, weights->range), (ulong) weights->denominator);
    fmpq_canonicalise(x);
}

static void gauss_weight(fmpq_t x, slong fan_in, qd_rng_t rng)
{
    int e;
    double f = frexp(qd_rng_gauss(rng) * sqrt(2.0 / (double) fan_in), &e);
    qd_rat_set_double(x, ldexp(nearbyint(ldexp(f, 24)), e - 24));
}

static void fill(qd_layer_struct *layer, const qd_random_weights *weights, bool biases, qd_rng_t rng)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    for (int k = 0; k < info->nparams; k++) {
        if (info->param[k].shape == QD_VECTOR && !biases) continue;
        slong n = layer->out * qd_shape_length(info->param[k].shape, layer->in);
        for (slong i = 0; i < n; i++) {
            if (weights->type == QD_WEIGHTS_GRID) grid_weight(layer->param[k] + i, weights, rng);
            else gauss_weight(layer->param[k] + i, layer->in, rng);
        }
    }
}

uint64_t qd_net_random_stream(const qd_arch *arch)
{
    uint64_t stream = qd_rng_stream((uint64_t) arch->neuron.kind, (uint64_t) arch->neuron.act, (uint64_t) arch->neuron.power);
    for (int64_t l = 1; l < arch->depth; l++) stream = qd_rng_stream(stream, (uint64_t) l - 1, (uint64_t) arch->width[l]);
    return stream;
}

void qd_net_random(qd_net_t net, const qd_arch *arch, const qd_random_weights *weights, uint64_t seed, uint64_t stream)
{
    qd_net_t t;
    qd_rng_t rng;
    qd_net_init(t);
    qd_rng_init(rng, seed, stream);
    for (slong l = 0; l < arch->depth; l++) {
        qd_layer_struct *layer = qd_net_add_layer(t, qd_arch_neuron(arch, l), arch->width[l], arch->width[l + 1]);
        fill(layer, weights, arch->biases, rng);
    }
    qd_net_swap(net, t);
    qd_net_clear(t);
}
