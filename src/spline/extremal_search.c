/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated annealing for networks with many regions. The count is a step function of the weights, flat almost everywhere: equal counts are
   accepted, so that the walk crosses plateaus, and smaller ones with a probability that falls to 0. */
#include "spline/spline.h"

#include <math.h>
#include <stdlib.h>

/* Temperature at the start, as a share of the count. */
#define WARMTH 0.02

static qd_status count_regions(slong *regions, const qd_net_t net, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_domain whole = {0};
    qd_line_init(line);
    qd_status st = qd_line_compute(line, net, &whole, ctx);
    if (st == QD_OK) *regions = qd_line_count(line).regions;
    qd_line_clear(line);
    return st;
}

/* x += s/16 2^(e-k): e the binary order of x, s in -16..16, k in 0..6, so small weights move by small steps. Steps are multiples of
   2^-16, and so are all changes: heights stay bounded. */
static void move(fmpq_t x, qd_rng_t rng)
{
    fmpq_t step;
    slong s = qd_rng_range(rng, -16, 16), k = (slong) qd_rng_below(rng, 7), e = 0;
    if (!fmpq_is_zero(x)) e = (slong) fmpz_bits(fmpq_numref(x)) - (slong) fmpz_bits(fmpq_denref(x));
    slong shift = e - k - 4 < -16 ? -16 : e - k - 4;
    fmpq_init(step);
    fmpq_set_si(step, s, 1);
    if (shift >= 0) fmpq_mul_2exp(step, step, (ulong) shift);
    else fmpq_div_2exp(step, step, (ulong) -shift);
    fmpq_add(x, x, step);
    fmpq_clear(step);
}

/* Moves one weight of a hidden layer, now and then two or three. */
static void mutate(qd_net_t net, qd_rng_t rng)
{
    slong moves = qd_rng_below(rng, 3) > 0 ? 1 : 2 + (slong) qd_rng_below(rng, 2);
    for (slong i = 0; i < moves; i++) {
        qd_layer_struct *layer = net->layer + qd_rng_below(rng, (uint64_t) net->depth - 1);
        int k = (int) qd_rng_below(rng, (uint64_t) qd_kind_get(layer->neuron.kind)->nparams);
        slong n = qd_shape_length(qd_kind_get(layer->neuron.kind)->param[k].shape, layer->in);
        slong u = (slong) qd_rng_below(rng, (uint64_t) layer->out), j = (slong) qd_rng_below(rng, (uint64_t) n);
        move(qd_layer_at(layer, k, u, j), rng);
    }
}

static void start(qd_net_t net, slong width, slong depth, uint64_t stream, qd_ctx_t ctx)
{
    if (stream % 3 != 1) {
        qd_extremal best = width >= 3 ? QD_EXTREMAL_RING : QD_EXTREMAL_CHAIN;
        qd_extremal_net(net, stream % 3 == 0 ? best : QD_EXTREMAL_LOGISTIC, width, depth, ctx);
        return;
    }
    int64_t *widths = qd_malloc(sizeof *widths * (size_t) (depth + 2));
    widths[0] = widths[depth + 1] = 1;
    for (slong l = 1; l <= depth; l++) widths[l] = width;
    qd_arch arch = {depth + 1, widths, qd_neuron_make(QD_QUADRATIC, QD_RELU), false, true};
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 16, 4}, ctx->seed, stream);
    free(widths);
}

static bool accept(slong regions, slong current, double progress, qd_rng_t rng)
{
    if (regions >= current) return true;
    double t = WARMTH * (double) current * (1 - progress);
    return qd_rng_unit(rng) < exp((double) (regions - current) / t);
}

/* Walks from `best` and leaves the best network of the walk there. */
static qd_status anneal(qd_net_t best, slong steps, slong bound, qd_rng_t rng, qd_ctx_t ctx)
{
    qd_net_t current, trial;
    slong most = 0, regions = 0, now;
    qd_status st = count_regions(&most, best, ctx);
    qd_net_init(current);
    qd_net_init(trial);
    qd_net_set(current, best);
    now = most;
    for (slong i = 1; i < steps && most < bound && st == QD_OK; i++) {
        qd_net_set(trial, current);
        mutate(trial, rng);
        st = count_regions(&regions, trial, ctx);
        if (st != QD_OK || !accept(regions, now, (double) i / (double) steps, rng)) continue;
        now = regions;
        qd_net_swap(current, trial);
        if (now <= most) continue;
        most = now;
        qd_net_set(best, current);
    }
    qd_net_clear(current);
    qd_net_clear(trial);
    return st;
}

qd_status qd_extremal_search(qd_net_t net, slong width, slong depth, slong steps, uint64_t stream, qd_ctx_t ctx)
{
    if (width < 1 || depth < 1)
        return qd_fail(ctx, QD_EINPUT, "the search needs width >= 1 and depth >= 1, found %ld and %ld", (long) width, (long) depth);
    qd_net_t best;
    qd_rng_t rng;
    fmpz_t b;
    qd_net_init(best);
    fmpz_init(b);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(stream, (uint64_t) width, (uint64_t) depth));
    start(best, width, depth, stream, ctx);
    qd_bound_line(b, best);
    slong bound = fmpz_fits_si(b) ? fmpz_get_si(b) : WORD_MAX;
    qd_status st = anneal(best, steps, bound, rng, ctx);
    if (st == QD_OK) qd_net_swap(net, best);
    fmpz_clear(b);
    qd_net_clear(best);
    return st;
}
