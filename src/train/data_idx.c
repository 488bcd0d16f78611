/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IDX files: magic 00 00 type dimensions, the dimensions as big-endian 32-bit numbers, then the data. */
#include "train/data_impl.h"

#include <string.h>

#define IMAGES 0x00000803u /* unsigned bytes (08) in 3 dimensions */
#define LABELS 0x00000801u

static uint32_t word(const qd_buf_t b, size_t at)
{
    const unsigned char *p = (const unsigned char *) b->s + at;
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

/* Reads a file of that magic and checks that the data are as long as the dimensions say. */
static qd_status read_idx(qd_buf_t b, int64_t *dims, const char *path, uint32_t magic, qd_ctx_t ctx)
{
    size_t ndims = magic & 0xff, header = 4 + 4 * ndims;
    double size = 1;
    qd_status st = qd_train__read(b, path, ctx);
    if (st != QD_OK) return st;
    if (b->len < header)
        return qd_fail(ctx, QD_EINPUT, "%s: %zu bytes, shorter than the header of an IDX file (%zu bytes)", path, b->len, header);
    if (word(b, 0) != magic)
        return qd_fail(ctx, QD_EINPUT, "%s: the file begins with 0x%08x, expected 0x%08x (IDX, unsigned bytes in %zu dimension%s)", path,
                       word(b, 0), magic, ndims, ndims == 1 ? "" : "s");
    for (size_t k = 0; k < ndims; k++) {
        dims[k] = word(b, 4 + 4 * k);
        if (dims[k] == 0) return qd_fail(ctx, QD_EINPUT, "%s: dimension %zu is 0, expected at least 1", path, k + 1);
        size *= (double) dims[k];
    }
    if ((double) (b->len - header) != size)
        return qd_fail(ctx, QD_EINPUT, "%s: %zu bytes after the header, expected %.0f as its dimensions say", path, b->len - header, size);
    return QD_OK;
}

static qd_status set_labels(qd_data_t data, const qd_buf_t b, int64_t count, const char *path, qd_ctx_t ctx)
{
    const unsigned char *p = (const unsigned char *) b->s + 8;
    for (int64_t s = 0; s < count; s++)
        if (p[s] >= data->outputs)
            return qd_fail(ctx, QD_EINPUT, "%s: label %d of sample %lld, expected 0 to %lld", path, p[s], (long long) s,
                           (long long) data->outputs - 1);
    for (int64_t s = 0; s < data->n; s++) data->label[s] = p[s];
    return QD_OK;
}

/* Picture by picture, from h x w to w x h. */
static void transpose(uint8_t *to, const uint8_t *from, int64_t n, int64_t h, int64_t w)
{
    for (int64_t s = 0; s < n; s++, to += h * w, from += h * w)
        for (int64_t i = 0; i < h; i++)
            for (int64_t j = 0; j < w; j++) to[j * h + i] = from[i * w + j];
}

static qd_status set_pictures(qd_data_t d, const qd_buf_t pixels, const int64_t dims[3], const char *path, const qd_idx_plan *plan,
                              qd_ctx_t ctx)
{
    int64_t h = plan->transpose ? dims[2] : dims[1], w = plan->transpose ? dims[1] : dims[2];
    if ((plan->height != 0 && plan->height < h) || (plan->width != 0 && plan->width < w))
        return qd_fail(ctx, QD_EINPUT, "%s: pictures of %lld x %lld do not fit into %lld x %lld", path, (long long) h, (long long) w,
                       (long long) plan->height, (long long) plan->width);
    qd_train__pictures(d, plan->limit > 0 && plan->limit < dims[0] ? plan->limit : dims[0], 1, h, w, plan->classes);
    if (plan->height != 0) d->height = plan->height;
    if (plan->width != 0) d->width = plan->width;
    const uint8_t *stored = (const uint8_t *) pixels->s + 16;
    if (plan->transpose) transpose(d->pixel, stored, d->n, dims[1], dims[2]);
    else memcpy(d->pixel, stored, (size_t) (d->n * h * w));
    return QD_OK;
}

qd_status qd_data_idx(qd_data_t data, const char *images, const char *labels, const qd_idx_plan *plan, qd_ctx_t ctx)
{
    qd_status st;
    qd_data_t d;
    qd_buf_t pixels, classof;
    int64_t dims[3], count = 0;
    qd_data_init(d);
    qd_buf_init(pixels);
    qd_buf_init(classof);
    if ((st = read_idx(pixels, dims, images, IMAGES, ctx)) != QD_OK) goto done;
    if ((st = read_idx(classof, &count, labels, LABELS, ctx)) != QD_OK) goto done;
    if (count != dims[0]) {
        st = qd_fail(ctx, QD_EINPUT, "%s: %lld labels, but %s has %lld images", labels, (long long) count, images, (long long) dims[0]);
        goto done;
    }
    if ((st = set_pictures(d, pixels, dims, images, plan, ctx)) != QD_OK) goto done;
    if ((st = set_labels(d, classof, count, labels, ctx)) == QD_OK) qd_data_swap(data, d);
done:
    qd_data_clear(d);
    qd_buf_clear(pixels);
    qd_buf_clear(classof);
    return st;
}
