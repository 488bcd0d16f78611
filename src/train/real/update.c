/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of the optimisers on one range of parameters, with the formulas of PyTorch's, and ReLinear's shrinking. */
#include "train/real/real.h"

#include <math.h>

/* Gradient with clipping and coupled decay. */
#define GRADIENT(i) (scale * grad[i] + decay * (theta[i] - origin))

QD_CLONES static void sgd(const qd_train__update *u, real *restrict theta, const real *restrict grad, real *restrict m, int64_t n)
{
    real rate = (real) u->rate, scale = (real) u->scale, decay = (real) u->spec->decay, origin = (real) u->decay_origin;
    real momentum = (real) u->spec->momentum;
    if (m == NULL) {
        for (int64_t i = 0; i < n; i++) theta[i] -= rate * GRADIENT(i);
        return;
    }
    real keep = u->spec->nesterov ? momentum : 1, add = u->spec->nesterov ? 1 : 0;
    for (int64_t i = 0; i < n; i++) {
        real g = GRADIENT(i);
        m[i] = momentum * m[i] + g;
        theta[i] -= rate * (keep * m[i] + add * g);
    }
}

QD_CLONES static void adam(const qd_train__update *u, real *restrict theta, const real *restrict grad, real *restrict m, real *restrict v,
                           int64_t n)
{
    bool decoupled = u->spec->type == QD_ADAMW;
    real scale = (real) u->scale, decay = decoupled ? 0 : (real) u->spec->decay, origin = (real) u->decay_origin;
    real pull = decoupled ? (real) (u->rate * u->spec->decay) : 0;
    real b1 = (real) u->spec->beta1, b2 = (real) u->spec->beta2, c1 = (real) (1 - u->spec->beta1), c2 = (real) (1 - u->spec->beta2);
    real rate = (real) (u->rate / u->bias1);
    real root = (real) (1 / sqrt(u->bias2)), eps = (real) u->spec->eps;
    for (int64_t i = 0; i < n; i++) {
        real g = GRADIENT(i), p = theta[i] - pull * (theta[i] - origin);
        m[i] = b1 * m[i] + c1 * g;
        v[i] = b2 * v[i] + c2 * g * g;
        theta[i] = p - rate * m[i] / ((sizeof(real) == 4 ? (real) sqrtf((float) v[i]) : (real) sqrt((double) v[i])) * root + eps);
    }
}

QD_CLONES static void rmsprop(const qd_train__update *u, real *restrict theta, const real *restrict grad, real *restrict m,
                              real *restrict v, int64_t n)
{
    real rate = (real) u->rate, scale = (real) u->scale, decay = (real) u->spec->decay, origin = (real) u->decay_origin;
    real alpha = (real) u->spec->alpha, rest = (real) (1 - u->spec->alpha), eps = (real) u->spec->eps, momentum = (real) u->spec->momentum;
    for (int64_t i = 0; i < n; i++) {
        real g = GRADIENT(i);
        v[i] = alpha * v[i] + rest * g * g;
        real move = g / ((sizeof(real) == 4 ? (real) sqrtf((float) v[i]) : (real) sqrt((double) v[i])) + eps);
        if (m != NULL) move = m[i] = momentum * m[i] + move;
        theta[i] -= rate * move;
    }
}

/* The proximal step of l1 |d| + l2/2 d^2, d = theta - origin: see train.h. */
QD_CLONES static void shrink(const qd_train__update *u, real *theta, int64_t n)
{
    real origin = (real) u->origin, soft = (real) (u->rate * u->l1), factor = (real) (1 / (1 + u->rate * u->l2));
    for (int64_t i = 0; i < n; i++) {
        real d = theta[i] - origin, size = (d < 0 ? -d : d) - soft;
        /* written so that a NaN stays one */
        theta[i] = size <= 0 ? origin : origin + factor * (d < 0 ? -size : size);
    }
}

void R(qd_train__update)(const qd_train__update *u, void *theta, const void *grad, void *m, void *v, int64_t n)
{
    switch (u->spec->type) {
    case QD_SGD:
        sgd(u, theta, grad, m, n);
        break;
    case QD_ADAM:
    case QD_ADAMW:
        adam(u, theta, grad, m, v, n);
        break;
    case QD_RMSPROP:
        rmsprop(u, theta, grad, m, v, n);
        break;
    }
    if (u->l1 > 0 || u->l2 > 0) shrink(u, theta, n);
}

double R(qd_train__squares)(const void *x, int64_t n)
{
    const real *a = x;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double) a[i] * (double) a[i];
    return sum;
}
