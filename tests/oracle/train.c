/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loss and gradient of a dense network, a neuron at a time. */
#include "train.h"
#include <math.h>
#include <stdlib.h>

/* sum w_j a_j^e */
static double dot(const double *w, const double *a, int n, int e)
{
    double s = 0;

    for (int j = 0; j < n; j++) s += w[j] * (e == 2 ? a[j] * a[j] : a[j]);
    return s;
}

/* The two factors of neuron u; both 1 where the kind has none. */
static void factors(double *r, double *g, const oracle_layer *l, int u, const double *a)
{
    const double *const *p = l->param;
    int n = l->in;

    *r = *g = 1;
    if (l->kind == QD_QUADRATIC || l->kind == QD_PRODUCT) {
        *r = dot(p[0] + u * n, a, n, 1) + p[1][u];
        *g = dot(p[2] + u * n, a, n, 1) + p[3][u];
    } else if (l->kind == QD_PRODUCT_LINEAR) {
        *r = dot(p[0] + u * n, a, n, 1);
        *g = dot(p[1] + u * n, a, n, 1);
    }
}

static double preactivation(const oracle_layer *l, int u, const double *a)
{
    const double *const *p = l->param;
    int n = l->in, t = n * (n + 1) / 2;
    double r, g, z = 0;

    factors(&r, &g, l, u, a);
    switch (l->kind) {
    case QD_LINEAR:
        return dot(p[0] + u * n, a, n, 1) + p[1][u];
    case QD_QUADRATIC:
        return r * g + dot(p[4] + u * n, a, n, 2) + p[5][u];
    case QD_COMPACT:
        return dot(p[0] + u * n, a, n, 1) + dot(p[1] + u * n, a, n, 2) + p[2][u];
    case QD_PRODUCT:
        return r * g;
    case QD_PRODUCT_LINEAR:
        return r * g + dot(p[2] + u * n, a, n, 1) + p[3][u];
    case QD_POWER:
        return dot(p[0] + u * n, a, n, 2) + p[1][u];
    case QD_FULL:
        break;
    }
    for (int i = 0, k = 0; i < n; i++)
        for (int j = i; j < n; j++, k++) z += p[0][u * t + k] * a[i] * a[j];
    return z + dot(p[1] + u * n, a, n, 1) + p[2][u];
}

/* Row u of parameter k: grad += d a^e, da += d (w a^e)'. */
static void back_row(const oracle_layer *l, int k, int u, const double *a, int e, double d, double scale, double *da)
{
    for (int j = 0; j < l->in; j++) {
        double w = l->param[k][u * l->in + j];

        l->grad[k][u * l->in + j] += scale * d * (e == 2 ? a[j] * a[j] : a[j]);
        da[j] += d * w * (e == 2 ? 2 * a[j] : 1);
    }
}

static void back_triangle(const oracle_layer *l, int u, const double *a, double d, double scale, double *da)
{
    int at = u * (l->in * (l->in + 1) / 2);

    for (int i = 0; i < l->in; i++)
        for (int j = i; j < l->in; j++, at++) {
            l->grad[0][at] += scale * d * a[i] * a[j];
            da[i] += d * l->param[0][at] * a[j];
            da[j] += d * l->param[0][at] * a[i];
        }
}

/* d: gradient by the pre-activation of neuron u. */
static void back_neuron(const oracle_layer *l, int u, const double *a, double d, double scale, double *da)
{
    double r, g;

    factors(&r, &g, l, u, a);
    switch (l->kind) {
    case QD_LINEAR:
        back_row(l, 0, u, a, 1, d, scale, da);
        l->grad[1][u] += scale * d;
        break;
    case QD_QUADRATIC:
        back_row(l, 4, u, a, 2, d, scale, da);
        l->grad[5][u] += scale * d;
        /* fall through */
    case QD_PRODUCT:
        back_row(l, 0, u, a, 1, d * g, scale, da);
        l->grad[1][u] += scale * d * g;
        back_row(l, 2, u, a, 1, d * r, scale, da);
        l->grad[3][u] += scale * d * r;
        break;
    case QD_COMPACT:
        back_row(l, 0, u, a, 1, d, scale, da);
        back_row(l, 1, u, a, 2, d, scale, da);
        l->grad[2][u] += scale * d;
        break;
    case QD_PRODUCT_LINEAR:
        back_row(l, 0, u, a, 1, d * g, scale, da);
        back_row(l, 1, u, a, 1, d * r, scale, da);
        back_row(l, 2, u, a, 1, d, scale, da);
        l->grad[3][u] += scale * d;
        break;
    case QD_FULL:
        back_triangle(l, u, a, d, scale, da);
        back_row(l, 1, u, a, 1, d, scale, da);
        l->grad[2][u] += scale * d;
        break;
    case QD_POWER:
        back_row(l, 0, u, a, 2, d, scale, da);
        l->grad[1][u] += scale * d;
    }
}

/* act(z) and its derivative. */
static double activation(const oracle_layer *l, double z, double *slope)
{
    switch (l->act) {
    case QD_RELU:
        *slope = z > 0;
        return z > 0 ? z : 0;
    case QD_LEAKY_RELU:
        *slope = z > 0 ? 1 : l->slope;
        return z * *slope;
    case QD_ABS:
        *slope = z > 0 ? 1 : z < 0 ? -1 : 0;
        return fabs(z);
    case QD_SQUARE:
    case QD_RAISE:
        *slope = l->power * pow(z, l->power - 1);
        return pow(z, l->power);
    case QD_IDENTITY:
        break;
    }
    *slope = 1;
    return z;
}

/* sum of t_o (top + log(sum of exp(y - top)) - y_o), t the smoothed target */
static void add_cross_entropy(oracle_sums *sums, double *d, const double *y, int n, int label, double smoothing)
{
    double total = 0, top = y[0];
    int beaten = 0;

    for (int o = 0; o < n; o++) {
        top = fmax(top, y[o]);
        beaten |= o != label && !(y[o] < y[label]);
    }
    for (int o = 0; o < n; o++) total += exp(y[o] - top);
    for (int o = 0; o < n; o++) {
        double t = smoothing / n + (o == label ? 1 - smoothing : 0);

        sums->loss += t * (top - y[o] + log(total));
        d[o] = exp(y[o] - top) / total - t;
    }
    sums->wrong += beaten;
}

/* Adds to sums; d = gradient by the outputs. */
static void add_loss(oracle_sums *sums, double *d, const double *y, int n, const double *target, int label, const qd_loss *loss)
{
    if (loss->type == QD_LOSS_CROSS_ENTROPY) {
        add_cross_entropy(sums, d, y, n, label, loss->smoothing);
        return;
    }
    for (int o = 0; o < n; o++) {
        double e = y[o] - target[o];

        if (loss->type == QD_LOSS_HUBER) { /* the integral of the residual, clipped */
            double near = fmin(fabs(e), loss->delta);

            sums->loss += (near * near / 2 + (fabs(e) - near) * loss->delta) / n;
            d[o] = copysign(near, e) / n;
        } else {
            sums->loss += e * e / n;
            d[o] = 2 * e / n;
        }
        sums->squared += e * e / n;
        sums->largest = fmax(sums->largest, fabs(e));
    }
}

void oracle_train_sample(oracle_sums *sums, double *y, double *squares, const oracle_layer *layer, int depth, const double *x,
                         const double *target, int label, const qd_loss *loss, double scale)
{
    double **a = malloc(sizeof *a * (depth + 1)), **slope = malloc(sizeof *slope * depth), *d;
    int outputs = layer[depth - 1].out;

    a[0] = malloc(sizeof **a * layer[0].in);
    for (int j = 0; j < layer[0].in; j++) a[0][j] = x[j];
    for (int l = 0; l < depth; l++) {
        a[l + 1] = malloc(sizeof **a * layer[l].out);
        slope[l] = malloc(sizeof **slope * layer[l].out);
        for (int u = 0; u < layer[l].out; u++) {
            double z = preactivation(layer + l, u, a[l]);

            a[l + 1][u] = activation(layer + l, z, slope[l] + u);
            squares[l] += z * z;
            if (layer[l].act == QD_RELU || layer[l].act == QD_LEAKY_RELU || layer[l].act == QD_ABS)
                sums->nearest = fmin(sums->nearest, fabs(z));
        }
    }
    for (int o = 0; o < outputs; o++) y[o] = a[depth][o];
    d = malloc(sizeof *d * outputs);
    add_loss(sums, d, y, outputs, target, label, loss);
    for (int l = depth - 1; l >= 0; l--) {
        double *da = calloc(layer[l].in, sizeof *da);

        for (int u = 0; u < layer[l].out; u++) back_neuron(layer + l, u, a[l], d[u] * slope[l][u], scale, da);
        free(d);
        d = da;
    }
    free(d);
    for (int l = 0; l <= depth; l++) free(a[l]);
    for (int l = 0; l < depth; l++) free(slope[l]);
    free(a);
    free(slope);
}
