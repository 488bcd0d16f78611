/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Optimisers, a number at a time. */
#include "optim.h"

#include <math.h>

double oracle_schedule(const qd_optim_spec *spec, int64_t step)
{
    const qd_schedule *s = &spec->schedule;
    double rate = spec->rate;
    if (step < s->warmup) return rate * (double) (step + 1) / (double) s->warmup;
    if (s->type == QD_SCHEDULE_STEP)
        for (int64_t i = 0; i < s->nmilestones; i++)
            if (step >= s->milestone[i]) rate *= s->factor;
    if (s->type == QD_SCHEDULE_COSINE) {
        double part = s->total > s->warmup ? (double) (step - s->warmup) / (double) (s->total - s->warmup) : 1;
        rate = s->final + (rate - s->final) * (1 + cos(acos(-1) * fmin(part, 1))) / 2;
    }
    return rate;
}

static double ratio(const oracle_range *r, const qd_optim_spec *spec)
{
    return r->group == QD_GROUP_G ? spec->gamma_g : r->group == QD_GROUP_B ? spec->gamma_b : 1;
}

static double norm(const oracle_range *range, int ranges, const qd_optim_spec *spec)
{
    double sum = 0;
    for (int k = 0; k < ranges; k++)
        for (int64_t i = 0; i < range[k].n && ratio(range + k, spec) != 0; i++) sum += range[k].grad[i] * range[k].grad[i];
    return sqrt(sum);
}

/* p and g are parameter and gradient; returns the new parameter. */
static double sgd(double p, double g, double rate, double *b, const qd_optim_spec *spec)
{
    if (spec->momentum == 0) return p - rate * g;
    *b = spec->momentum * *b + g;
    return p - rate * (spec->nesterov ? g + spec->momentum * *b : *b);
}

static double adam(double p, double g, double rate, double *m, double *v, int64_t t, const qd_optim_spec *spec)
{
    *m = spec->beta1 * *m + (1 - spec->beta1) * g;
    *v = spec->beta2 * *v + (1 - spec->beta2) * g * g;
    double m_hat = *m / (1 - pow(spec->beta1, (double) t)), v_hat = *v / (1 - pow(spec->beta2, (double) t));
    return p - rate * m_hat / (sqrt(v_hat) + spec->eps);
}

static double rmsprop(double p, double g, double rate, double *b, double *v, const qd_optim_spec *spec)
{
    *v = spec->alpha * *v + (1 - spec->alpha) * g * g;
    double d = g / (sqrt(*v) + spec->eps);
    if (spec->momentum == 0) return p - rate * d;
    *b = spec->momentum * *b + d;
    return p - rate * *b;
}

static double shrink(double p, double origin, double rate, double l1, double l2)
{
    double d = p - origin, size = fmax(fabs(d) - rate * l1, 0) / (1 + rate * l2);
    return origin + (d < 0 ? -size : size);
}

void oracle_step(oracle_range *range, int ranges, const qd_optim_spec *spec, int64_t step)
{
    double length = norm(range, ranges, spec), clip = spec->clip > 0 && length > spec->clip ? spec->clip / length : 1;
    for (int k = 0; k < ranges; k++) {
        oracle_range *r = range + k;
        double rate = oracle_schedule(spec, step) * ratio(r, spec), goal = r->bg && !spec->decay_to_zero ? 1 : 0;
        for (int64_t i = 0; i < r->n && ratio(r, spec) != 0; i++) {
            double p = r->theta[i], g = clip * r->grad[i];
            if (spec->type == QD_ADAMW) p -= rate * spec->decay * (p - goal);
            else {
                double d = spec->decay * (p - goal), terms = fabs(g) + fabs(d);
                g += d;
                if (g != 0) r->cancel[i] = fmax(r->cancel[i], terms / fabs(g));
            }
            if (spec->type == QD_SGD) p = sgd(p, g, rate, r->momentum + i, spec);
            else if (spec->type == QD_RMSPROP) p = rmsprop(p, g, rate, r->momentum + i, r->square + i, spec);
            else p = adam(p, g, rate, r->mean + i, r->square + i, step + 1, spec);
            if (r->group == QD_GROUP_G) p = shrink(p, r->origin, rate, spec->alpha_g, spec->beta_g);
            if (r->group == QD_GROUP_B) p = shrink(p, r->origin, rate, spec->alpha_b, spec->beta_b);
            r->theta[i] = p;
        }
    }
}
