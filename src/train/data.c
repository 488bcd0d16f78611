/* Sets of samples: their memory, statistics, and the order of an epoch. */
#include "train/data_impl.h"

#include <math.h>
#include <stdlib.h>

void qd_data_init(qd_data_t data)
{
    *data = (qd_data_struct){.n = 0};
}

void qd_data_clear(qd_data_t data)
{
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
