/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conv.h"

#include <math.h>
#include <stdlib.h>

static double act(double y, const qd_unit *s)
{
    switch (s->neuron.act) {
    case QD_RELU:
        return fmax(y, 0);
    case QD_LEAKY_RELU:
        return y > 0 ? y : (double) s->neuron.slope.num / (double) s->neuron.slope.den * y;
    case QD_ABS:
        return fabs(y);
    case QD_SQUARE:
        return y * y;
    case QD_RAISE:
        return pow(y, (double) s->neuron.power);
    case QD_IDENTITY:
        break;
    }
    return y;
}

static double act_derivative(double y, const qd_unit *s)
{
    switch (s->neuron.act) {
    case QD_RELU:
        return y > 0;
    case QD_LEAKY_RELU:
        return y > 0 ? 1 : (double) s->neuron.slope.num / (double) s->neuron.slope.den;
    case QD_ABS:
        return (y > 0) - (y < 0);
    case QD_SQUARE:
        return 2 * y;
    case QD_RAISE:
        return s->neuron.power == 1 ? 1 : (double) s->neuron.power * pow(y, (double) (s->neuron.power - 1));
    case QD_IDENTITY:
        break;
    }
    return 1;
}

static int picture(const oracle_conv_unit *u)
{
    return u->oh * u->ov;
}

/* Number of the input that position (i, j) of the filter meets at (row, column) of the output, or -1 outside the picture. */
static int meets(const oracle_conv_unit *u, int s, int c, int row, int column, int i, int j)
{
    int h = row * (int) u->spec->stride - (int) u->spec->pad + i, v = column * (int) u->spec->stride - (int) u->spec->pad + j;
    return h < 0 || h >= u->h || v < 0 || v >= u->v ? -1 : ((s * u->c + c) * u->h + h) * u->v + v;
}

/* The sum k of one output: over x, x or x * x. With d: adds the gradients instead. */
static double sum_at(oracle_conv_unit *u, int k, int s, int o, int row, int column, double d)
{
    int size = (int) u->spec->size;
    double sum = u->b[k] == NULL ? 0 : u->b[k][o];
    if (u->db[k] != NULL) u->db[k][o] += d;
    for (int c = 0; c < u->c; c++)
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++) {
                int at = meets(u, s, c, row, column, i, j), t = ((o * u->c + c) * size + i) * size + j;
                if (at < 0) continue;
                double x = u->x[at];
                sum += u->w[k][t] * (k == 2 ? x * x : x);
                if (d == 0) continue;
                u->dw[k][t] += d * (k == 2 ? x * x : x);
                u->dx[at] += d * u->w[k][t] * (k == 2 ? 2 * x : 1);
            }
    return sum;
}

static void forward_sums(oracle_conv_unit *u, int n)
{
    int at = 0;
    double squares = 0;
    for (int s = 0; s < n; s++)
        for (int o = 0; o < u->spec->out; o++)
            for (int row = 0; row < u->oh; row++)
                for (int column = 0; column < u->ov; column++, at++) {
                    for (int k = 0; k < 3; k++) u->r[k][at] = u->w[k] == NULL ? 0 : sum_at(u, k, s, o, row, column, 0);
                    u->z[at] = u->spec->neuron.kind == QD_QUADRATIC ? u->r[0][at] * u->r[1][at] + u->r[2][at] : u->r[0][at] + u->r[2][at];
                    squares += u->z[at] * u->z[at];
                }
    u->rms = sqrt(squares / at);
}

static int channel(const oracle_conv_unit *u, int at)
{
    return at / picture(u) % (int) u->spec->out;
}

static double inverse(const oracle_conv_unit *u, int o)
{
    return u->spec->norm ? 1 / sqrt(u->var[o] + 1e-5) : 1;
}

static double branch(const oracle_conv_unit *u, int at)
{
    int o = channel(u, at);
    return u->spec->norm ? u->scale[o] * (u->z[at] - u->mean[o]) * inverse(u, o) + u->shift[o] : u->z[at];
}

static void statistics(oracle_conv_unit *u, int n)
{
    int all = n * (int) u->spec->out * picture(u);
    double count = n * picture(u);
    for (int o = 0; o < u->spec->out; o++) u->mean[o] = u->var[o] = 0;
    for (int at = 0; at < all; at++) u->mean[channel(u, at)] += u->z[at] / count;
    for (int at = 0; at < all; at++) u->var[channel(u, at)] += pow(u->z[at] - u->mean[channel(u, at)], 2) / count;
}

/* Number in the input of unit `from` that the shortcut of u takes to `at`, or -1 where it brings 0. */
static int jump(const oracle_conv_unit *u, const oracle_conv_unit *from, int at)
{
    int column = at % u->ov, row = at / u->ov % u->oh, s = at / picture(u) / (int) u->spec->out, stride = (from->h + u->oh - 1) / u->oh;
    int c = channel(u, at) - ((int) u->spec->out - from->c) / 2;
    return c < 0 || c >= from->c ? -1 : ((s * from->c + c) * from->h + row * stride) * from->v + column * stride;
}

void oracle_conv_forward(double *features, oracle_conv_unit *unit, int nunits, const double *x, int n, int channels, int height, int width,
                         bool fixed)
{
    for (int l = 0; l < nunits; l++) {
        oracle_conv_unit *u = unit + l;
        u->c = l == 0 ? channels : (int) u[-1].spec->out;
        u->h = l == 0 ? height : u[-1].oh;
        u->v = l == 0 ? width : u[-1].ov;
        u->oh = (u->h + 2 * (int) u->spec->pad - (int) u->spec->size) / (int) u->spec->stride + 1;
        u->ov = (u->v + 2 * (int) u->spec->pad - (int) u->spec->size) / (int) u->spec->stride + 1;
        int in = n * u->c * u->h * u->v, out = n * (int) u->spec->out * picture(u);
        u->x = malloc((size_t) in * sizeof *u->x);
        u->dx = calloc((size_t) in, sizeof *u->dx);
        for (int k = 0; k < 3; k++) u->r[k] = malloc((size_t) out * sizeof **u->r);
        u->z = malloc((size_t) out * sizeof *u->z);
        u->y = malloc((size_t) out * sizeof *u->y);
        for (int i = 0; i < in; i++) u->x[i] = l == 0 ? x[i] : act(u[-1].y[i], u[-1].spec);
        forward_sums(u, n);
        if (u->spec->norm && !fixed) statistics(u, n);
        for (int i = 0; i < out; i++) {
            int at = u->spec->shortcut < 0 ? -1 : jump(u, unit + u->spec->shortcut, i);
            u->y[i] = (u->gate == NULL ? 1 : *u->gate) * branch(u, i) + (at < 0 ? 0 : unit[u->spec->shortcut].x[at]);
        }
    }
    const oracle_conv_unit *last = unit + nunits - 1;
    for (int i = 0; i < n * last->spec->out; i++) {
        features[i] = 0;
        for (int p = 0; p < picture(last); p++) features[i] += act(last->y[i * picture(last) + p], last->spec) / picture(last);
    }
}

/* dz from the gradient by the normalised branch. */
static void backward_norm(oracle_conv_unit *u, double *d, int n)
{
    int all = n * (int) u->spec->out * picture(u);
    double *sum = calloc(2 * (size_t) u->spec->out, sizeof *sum), *times = sum + u->spec->out, count = n * picture(u);
    for (int at = 0; at < all; at++) {
        int o = channel(u, at);
        double xhat = (u->z[at] - u->mean[o]) * inverse(u, o);
        u->dscale[o] += d[at] * xhat;
        u->dshift[o] += d[at];
        sum[o] += d[at] * u->scale[o];
        times[o] += d[at] * u->scale[o] * xhat;
    }
    for (int at = 0; at < all; at++) {
        int o = channel(u, at);
        d[at] = inverse(u, o) * (d[at] * u->scale[o] - sum[o] / count - (u->z[at] - u->mean[o]) * inverse(u, o) * times[o] / count);
    }
    free(sum);
}

static void backward_sums(oracle_conv_unit *u, const double *dz, int n)
{
    int at = 0;
    for (int s = 0; s < n; s++)
        for (int o = 0; o < u->spec->out; o++)
            for (int row = 0; row < u->oh; row++)
                for (int column = 0; column < u->ov; column++, at++) {
                    bool quadratic = u->spec->neuron.kind == QD_QUADRATIC;
                    sum_at(u, 0, s, o, row, column, dz[at] * (quadratic ? u->r[1][at] : 1));
                    if (quadratic) sum_at(u, 1, s, o, row, column, dz[at] * u->r[0][at]);
                    if (u->w[2] != NULL) sum_at(u, 2, s, o, row, column, dz[at]);
                }
}

void oracle_conv_backward(oracle_conv_unit *unit, int nunits, const double *dfeatures, int n)
{
    for (int l = nunits - 1; l >= 0; l--) {
        oracle_conv_unit *u = unit + l;
        int out = n * (int) u->spec->out * picture(u);
        double *d = malloc((size_t) out * sizeof *d);
        for (int i = 0; i < out; i++) {
            d[i] = (l == nunits - 1 ? dfeatures[i / picture(u)] / picture(u) : u[1].dx[i]) * act_derivative(u->y[i], u->spec);
            int at = u->spec->shortcut < 0 ? -1 : jump(u, unit + u->spec->shortcut, i);
            if (at >= 0) unit[u->spec->shortcut].dx[at] += d[i];
            if (u->gate == NULL) continue;
            *u->dgate += d[i] * branch(u, i);
            d[i] *= *u->gate;
        }
        if (u->spec->norm) backward_norm(u, d, n);
        backward_sums(u, d, n);
        free(d);
    }
}

void oracle_conv_free(oracle_conv_unit *unit, int nunits)
{
    for (int l = 0; l < nunits; l++) {
        oracle_conv_unit *u = unit + l;
        for (int k = 0; k < 3; k++) free(u->r[k]);
        free(u->x), free(u->dx), free(u->z), free(u->y);
    }
}
