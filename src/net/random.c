/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random networks: weights on a small grid for exact studies, or Gaussian floats as a trained network has them. */
#include "net/net.h"

#include <math.h>

static void grid_weight(fmpq_t x, const qd_random_weights *weights, qd_rng_t rng)
{
    fmpq_set_si(x, qd_rng_range(rng, -weights->range, weights->range), (ulong) weights->denominator);
    fmpq_canonicalise(x);
}

static void set_rounded(fmpq_t x, double value)
{
    int e;
    double f = frexp(value, &e);
    qd_rat_set_double(x, ldexp(nearbyint(ldexp(f, 24)), e - 24));
}

static double gauss(slong fan_in, qd_rng_t rng)
{
    return qd_rng_gauss(rng) * sqrt(2.0 / (double) fan_in);
}

static slong count(const qd_layer_struct *layer, const qd_param *param)
{
    return layer->out * qd_shape_length(param->shape, layer->in);
}

static void fill(qd_layer_struct *layer, const qd_random_weights *weights, bool biases, qd_rng_t rng)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    for (int k = 0; k < info->nparams; k++) {
        if (info->param[k].shape == QD_VECTOR && !biases) continue;
        slong n = count(layer, info->param + k);
        for (slong i = 0; i < n; i++) {
            if (weights->type == QD_WEIGHTS_GRID) grid_weight(layer->param[k] + i, weights, rng);
            else set_rounded(layer->param[k] + i, gauss(layer->in, rng));
        }
    }
}

/* Each parameter from a stream of its layer and place: matrix and bias of the conventional part have the same ones in all kinds. */
static void fill_near(qd_layer_struct *layer, slong l, double distance, bool biases, uint64_t seed, uint64_t stream)
{
    enum { MATRIX, BIAS, OTHERS };
    qd_kind kind = layer->neuron.kind;
    const qd_kind_info *info = qd_kind_get(kind);
    qd_rng_t rng;
    for (int k = 0; k < info->nparams; k++) {
        const qd_param *p = info->param + k;
        bool bias = p->shape == QD_VECTOR, conventional = qd_kind_part(kind, p->role) == QD_PART_R;
        bool beside = p->role == QD_ROLE_R && !conventional; /* the first factor of product_linear */
        double scale = conventional || beside ? 1 : distance, origin = qd_role_origin(p->role);
        uint64_t place = !conventional ? OTHERS + (uint64_t) p->role : bias ? BIAS : MATRIX;
        qd_rng_init(rng, seed, qd_rng_stream(stream, (uint64_t) l, place));
        slong n = count(layer, p);
        for (slong i = 0; i < n; i++) set_rounded(layer->param[k] + i, origin + (bias && !biases ? 0 : scale * gauss(layer->in, rng)));
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

void qd_net_random_near(qd_net_t net, const qd_arch *arch, double distance, uint64_t seed, uint64_t stream)
{
    qd_net_t t;
    qd_net_init(t);
    for (slong l = 0; l < arch->depth; l++)
        fill_near(qd_net_add_layer(t, qd_arch_neuron(arch, l), arch->width[l], arch->width[l + 1]), l, distance, arch->biases, seed,
                  stream);
    qd_net_swap(net, t);
    qd_net_clear(t);
}
