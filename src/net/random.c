/* Random networks: weights on a small grid for exact studies, or Gaussian floats as a trained network has them. */
#include "net/net.h"

#include <math.h>

static void grid_weight(fmpq_t x, const qd_random_spec *spec, qd_rng_t rng)
{
    fmpq_set_si(x, qd_rng_range(rng, -spec->range, spec->range), (ulong) spec->denominator);
    fmpq_canonicalise(x);
}

static void gauss_weight(fmpq_t x, slong fan_in, qd_rng_t rng)
{
    int e;
    double f = frexp(qd_rng_gauss(rng) * sqrt(2.0 / (double) fan_in), &e);
    qd_rat_set_double(x, ldexp(nearbyint(ldexp(f, 24)), e - 24));
}

static void fill(qd_layer_struct *layer, const qd_random_spec *spec, qd_rng_t rng)
{
    const qd_kind_info *info = qd_kind_get(layer->kind);
    for (int k = 0; k < info->nparams; k++) {
        if (info->param[k].shape == QD_VECTOR && !spec->biases) continue;
        slong n = layer->out * qd_shape_length(info->param[k].shape, layer->in);
        for (slong i = 0; i < n; i++) {
            if (spec->weights == QD_WEIGHTS_GRID) grid_weight(layer->param[k] + i, spec, rng);
            else gauss_weight(layer->param[k] + i, layer->in, rng);
        }
    }
}

void qd_net_random(qd_net_t net, const qd_random_spec *spec, uint64_t seed, uint64_t stream)
{
    qd_net_t t;
    qd_rng_t rng;
    slong in = spec->input_dim;
    qd_net_init(t);
    qd_rng_init(rng, seed, stream);
    for (slong l = 0; l < spec->depth; l++) {
        qd_layer_struct *layer = qd_net_add_layer(t, spec->kind, spec->act, spec->power, in, spec->width[l]);
        if (spec->act == QD_LEAKY_RELU) {
            if (spec->slope != NULL) fmpq_set(layer->slope, spec->slope);
            else fmpq_set_si(layer->slope, 1, 100);
        }
        fill(layer, spec, rng);
        in = spec->width[l];
    }
    fill(qd_net_add_layer(t, QD_LINEAR, QD_IDENTITY, 1, in, spec->output_dim), spec, rng);
    qd_net_swap(net, t);
    qd_net_clear(t);
}
