/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures as a batch sees them: padded, cropped, flipped. real/fill.c turns the bytes into numbers. */
#include "train/data_impl.h"

#include <string.h>

bool qd_train__plain(const qd_batch *batch)
{
    const qd_data_struct *d = batch->data;
    bool changed = batch->augment != NULL && (batch->augment->flip || batch->augment->crop > 0);
    return !changed && d->height == d->height0 && d->width == d->width0;
}

qd_train__place qd_train__place_of(const qd_batch *batch, int64_t index)
{
    const qd_data_struct *d = batch->data;
    qd_train__place place = {(d->height - d->height0) / 2, (d->width - d->width0) / 2, false};
    if (batch->augment == NULL) return place;
    qd_rng_t rng;
    int64_t crop = batch->augment->crop;
    qd_rng_init(rng, batch->seed, qd_rng_stream(QD_TRAIN__AUGMENT, batch->epoch, (uint64_t) index));
    if (batch->augment->flip) place.flip = qd_rng_below(rng, 2) == 1;
    if (crop > 0) {
        place.top += qd_rng_range(rng, -crop, crop);
        place.left += qd_rng_range(rng, -crop, crop);
    }
    return place;
}

/* One row: width bytes, of which stored[0..width0-1] begin at column left. */
static void set_row(uint8_t *dst, const uint8_t *stored, int64_t width, int64_t width0, const qd_train__place *place)
{
    int64_t from = place->left < 0 ? 0 : place->left, to = place->left + width0 < width ? place->left + width0 : width;
    memset(dst, 0, (size_t) width);
    if (to <= from) return;
    memcpy(dst + from, stored + from - place->left, (size_t) (to - from));
    for (int64_t i = 0, j = width - 1; place->flip && i < j; i++, j--) {
        uint8_t t = dst[i];
        dst[i] = dst[j];
        dst[j] = t;
    }
}

void qd_train__picture(uint8_t *dst, const qd_batch *batch, int64_t index)
{
    const qd_data_struct *d = batch->data;
    qd_train__place place = qd_train__place_of(batch, index);
    for (int64_t c = 0; c < d->channels; c++) {
        const uint8_t *stored = d->pixel + (index * d->channels + c) * d->height0 * d->width0;
        for (int64_t i = 0; i < d->height; i++, dst += d->width) {
            int64_t row = i - place.top;
            if (row < 0 || row >= d->height0) memset(dst, 0, (size_t) d->width);
            else set_row(dst, stored + row * d->width0, d->width, d->width0, &place);
        }
    }
}
