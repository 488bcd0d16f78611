/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run is a function of, as checksums. */
#include "train/impl.h"

#include <string.h>

static uint64_t hash_array(const void *array, int64_t n, size_t size)
{
    return array == NULL ? 0 : qd_hash(array, (size_t) n * size);
}

static uint64_t hash_data(const qd_data_struct *d)
{
    int64_t pixels = d->channels * d->height0 * d->width0, features = d->channels * d->height * d->width;
    const int64_t shape[] = {d->n, d->channels, d->height, d->width, d->height0, d->width0, d->outputs};
    const uint64_t part[] = {
        hash_array(shape, sizeof shape, 1),
        hash_array(d->pixel, d->n * pixels, 1),
        hash_array(d->mean, d->pixel != NULL ? sizeof d->mean : 0, 1),
        hash_array(d->std, d->pixel != NULL ? sizeof d->std : 0, 1),
        hash_array(d->x, d->n * features, sizeof *d->x),
        hash_array(d->label, d->n, sizeof *d->label),
        hash_array(d->y, d->n * d->outputs, sizeof *d->y),
    };
    return hash_array(part, sizeof part, 1);
}

static uint64_t hash_spec(const qd_run_spec_struct *spec, uint64_t seed)
{
    qd_buf_t text;
    qd_json_t w;
    qd_buf_init(text);
    qd_json_init(w, text);
    qd_json_object(w, NULL);
    qd_run_spec_json(w, spec); /* leaves its last object open: nobody reads the text */
    const uint64_t part[] = {hash_array(qd_buf_str(text), (int64_t) text->len, 1), seed};
    qd_buf_clear(text);
    return hash_array(part, sizeof part, 1);
}

qd_status qd_train__digest(qd_digest *digest, const qd_run_struct *run, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    const char *from = run->spec->start.from;
    *digest = (qd_digest){hash_spec(run->spec, run->seed), hash_data(run->train), hash_data(run->test), 0};
    if (from == NULL) return QD_OK;
    qd_buf_t file;
    qd_ctx_t own;
    qd_buf_init(file);
    qd_ctx_own(own, ctx);
    if ((st = qd_file_read(file, from, own)) == QD_OK) digest->from = hash_array(qd_buf_str(file), (int64_t) file->len, 1);
    else qd_ctx_prefix(ctx, st, own, "%s: ", from);
    qd_buf_clear(file);
    return st;
}

const char *qd_digest_difference(const qd_digest *a, const qd_digest *b)
{
    return a->config != b->config ? "another configuration"
           : a->train != b->train ? "other training data"
           : a->test != b->test   ? "other test data"
           : a->from != b->from   ? "another network in 'from'"
                                  : NULL;
}
