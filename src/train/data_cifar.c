/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CIFAR-10, binary version: files of 10,000 records, a label and 3 x 32 x 32 pixels each. */
#include "train/data_impl.h"

#include <string.h>

#define PIXELS (3 * 32 * 32)
#define RECORDS 10000
#define CLASSES 10

/* Records of one file go to samples from, from + 1, ... of data as long as there is room. */
static qd_status read_batch(qd_data_t data, int64_t from, const char *path, qd_ctx_t ctx)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_status st = qd_train__read(b, path, ctx);
    if (st == QD_OK && b->len != RECORDS * (1 + PIXELS))
        st = qd_fail(ctx, QD_EINPUT, "%s: %zu bytes, expected %d (%d records of a label and 3 x 32 x 32 pixels)", path, b->len,
                     RECORDS * (1 + PIXELS), RECORDS);
    for (int64_t r = 0; st == QD_OK && r < RECORDS; r++) {
        const uint8_t *record = (const uint8_t *) b->s + r * (1 + PIXELS);
        if (record[0] >= CLASSES)
            st = qd_fail(ctx, QD_EINPUT, "%s: label %d of record %lld, expected 0 to %d", path, record[0], (long long) r, CLASSES - 1);
        else if (from + r < data->n) {
            data->label[from + r] = record[0];
            memcpy(data->pixel + (from + r) * PIXELS, record + 1, PIXELS);
        }
    }
    qd_buf_clear(b);
    return st;
}

qd_status qd_data_cifar10(qd_data_t data, const char *folder, bool train, int64_t limit, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_data_t d;
    qd_buf_t path;
    int64_t all = train ? 5 * RECORDS : RECORDS;
    qd_data_init(d);
    qd_buf_init(path);
    qd_train__pictures(d, limit > 0 && limit < all ? limit : all, 3, 32, 32, CLASSES);
    for (int64_t from = 0; st == QD_OK && from < d->n; from += RECORDS) {
        qd_buf_reset(path);
        if (train) qd_buf_printf(path, "%s/data_batch_%d.bin", folder, (int) (1 + from / RECORDS));
        else qd_buf_printf(path, "%s/test_batch.bin", folder);
        st = read_batch(d, from, qd_buf_str(path), ctx);
    }
    if (st == QD_OK) qd_data_swap(data, d);
    qd_data_clear(d);
    qd_buf_clear(path);
    return st;
}
