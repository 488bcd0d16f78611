/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of samples: their memory, statistics, and the order of an epoch. */
#include "train/data_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qd_data_init(qd_data_t data)
{
    *data = (qd_data_struct){.n = 0};
}

void qd_data_clear(qd_data_t data)
{
    for (int64_t i = 0; data->name != NULL && i < data->channels; i++) free(data->name[i]);
    free(data->name);
    free(data->pixel);
    free(data->x);
    free(data->label);
    free(data->y);
    qd_data_init(data);
}

void qd_data_swap(qd_data_t a, qd_data_t b)
{
    qd_data_struct t = *a;
    *a = *b;
    *b = t;
}

qd_status qd_train__read(qd_buf_t b, const char *path, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    return qd_ctx_prefix(ctx, qd_file_read_gzip(b, path, own), own, "%s: ", path);
}

void qd_train__pictures(qd_data_t data, int64_t n, int64_t channels, int64_t height0, int64_t width0, int64_t classes)
{
    qd_data_clear(data);
    data->n = n;
    data->channels = channels;
    data->height = data->height0 = height0;
    data->width = data->width0 = width0;
    data->outputs = classes;
    for (int c = 0; c < 4; c++) data->std[c] = 1;
    data->pixel = qd_malloc((size_t) (n * channels * height0 * width0));
    data->label = qd_malloc(sizeof *data->label * (size_t) n);
}

/* "pictures of 28 x 28", "samples of 3 x 32 x 32", "samples of 5 features" */
static void print_sizes(qd_buf_t out, const qd_data_struct *d)
{
    int64_t height = d->pixel != NULL ? d->height0 : d->height, width = d->pixel != NULL ? d->width0 : d->width;
    if (height == 1 && width == 1) qd_buf_printf(out, "samples of %ld feature%s", (long) d->channels, d->channels == 1 ? "" : "s");
    else if (d->channels == 1) qd_buf_printf(out, "pictures of %ld x %ld", (long) height, (long) width);
    else qd_buf_printf(out, "pictures of %ld x %ld x %ld", (long) d->channels, (long) height, (long) width);
}

static qd_status other_sizes(const qd_data_struct *test, const qd_data_struct *train, qd_ctx_t ctx)
{
    qd_buf_t found, expected;
    qd_buf_init(found);
    qd_buf_init(expected);
    print_sizes(found, test);
    print_sizes(expected, train);
    bool swapped = test->height0 != test->width0 && test->height0 == train->width0 && test->width0 == train->height0;
    qd_fail(ctx, QD_EINPUT, "%s, expected %s as in the training data%s", qd_buf_str(found), qd_buf_str(expected),
            swapped ? ": transposed?" : "");
    qd_buf_clear(found);
    qd_buf_clear(expected);
    return QD_EINPUT;
}

qd_status qd_data_match(const qd_data_t test, const qd_data_t train, qd_ctx_t ctx)
{
    if (test->channels != train->channels || test->height != train->height || test->width != train->width ||
        test->height0 != train->height0 || test->width0 != train->width0)
        return other_sizes(test, train, ctx);
    if ((test->label != NULL) != (train->label != NULL))
        return qd_fail(ctx, QD_EINPUT,
                       test->label != NULL ? "labels, expected numbers as in the training data"
                                           : "numbers as targets, expected labels as in the training data");
    if (test->outputs != train->outputs)
        return qd_fail(ctx, QD_EINPUT, "%ld %s, expected %ld as in the training data", (long) test->outputs,
                       test->label != NULL ? "classes" : "targets", (long) train->outputs);
    for (int64_t i = 0; test->name != NULL && train->name != NULL && i < test->channels; i++)
        if (strcmp(test->name[i], train->name[i]) != 0)
            return qd_fail(ctx, QD_EINPUT, "feature %ld is '%.40s', expected '%.40s' as in the training data", (long) i + 1, test->name[i],
                           train->name[i]);
    return QD_OK;
}

/* Sums over pixels are sums over the 256 values they can have, so they are exact. */
static void channel_counts(int64_t count[256], const qd_data_t data, int64_t channel)
{
    int64_t plane = data->height0 * data->width0;
    for (int v = 0; v < 256; v++) count[v] = 0;
    for (int64_t s = 0; s < data->n; s++) {
        const uint8_t *p = data->pixel + (s * data->channels + channel) * plane;
        for (int64_t i = 0; i < plane; i++) count[p[i]]++;
    }
}

void qd_data_standardise(qd_data_t data, const qd_data_t from)
{
    if (from->pixel == NULL) return;
    for (int64_t c = 0; c < from->channels; c++) {
        int64_t count[256];
        double n = (double) (from->n * from->height0 * from->width0), mean = 0, square = 0;
        channel_counts(count, from, c);
        for (int v = 0; v < 256; v++) mean += v / 255.0 * (double) count[v] / n;
        for (int v = 0; v < 256; v++) square += (v / 255.0 - mean) * (v / 255.0 - mean) * (double) count[v] / n;
        data->mean[c] = mean;
        data->std[c] = square > 1e-20 ? sqrt(square) : 1; /* one value alone leaves the rounding of the mean */
    }
}

static double error_rate(const qd_data_t data)
{
    int64_t largest = 0, *count = qd_calloc((size_t) data->outputs, sizeof *count);
    for (int64_t s = 0; s < data->n; s++) count[data->label[s]]++;
    for (int64_t k = 0; k < data->outputs; k++)
        if (count[k] > largest) largest = count[k];
    free(count);
    return (double) (data->n - largest) / (double) data->n;
}

double qd_data_constant_error(const qd_data_t data)
{
    double sum = 0;
    if (data->n == 0) return 0;
    if (data->label != NULL) return error_rate(data);
    for (int64_t k = 0; k < data->outputs; k++) {
        double mean = 0, square = 0;
        for (int64_t s = 0; s < data->n; s++) mean += data->y[s * data->outputs + k];
        mean /= (double) data->n;
        for (int64_t s = 0; s < data->n; s++) {
            double d = data->y[s * data->outputs + k] - mean;
            square += d * d;
        }
        sum += square / (double) data->n;
    }
    return sum / (double) data->outputs;
}

void qd_data_shuffle(int64_t *order, int64_t n, uint64_t seed, uint64_t epoch)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, qd_rng_stream(QD_TRAIN__SHUFFLE, epoch, 0));
    for (int64_t i = 0; i < n; i++) order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t) qd_rng_below(rng, (uint64_t) i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
}
