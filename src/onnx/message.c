/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The message of a file. protobuf-c says no more than that bytes are no message. Where they stop being one is found by asking it for shorter
   and shorter beginnings of the file, read as a message none of whose fields is known: such a beginning is whole exactly where a field ends. */
#include <string.h>

#include "onnx/impl.h"

/* So many beginnings are tried at each end of the file. */
#define TRIES 4096

static bool is_whole(const qd_buf_t file, size_t length)
{
    Qdpb__Fields *fields = qdpb__fields__unpack(NULL, length, (const uint8_t *) file->s);
    if (fields != NULL) qdpb__fields__free_unpacked(fields, NULL);
    return fields != NULL;
}

/* The end of the last whole field that is found; 0: none. */
static size_t last_whole(const qd_buf_t file)
{
    size_t stop = file->len > TRIES ? file->len - TRIES : 0;
    for (size_t n = file->len; n > stop; n--)
        if (is_whole(file, n)) return n;
    for (size_t n = stop < TRIES ? stop : TRIES; n > 0; n--)
        if (is_whole(file, n)) return n;
    return 0;
}

static qd_status damaged(const qd_buf_t file, qd_ctx_t ctx)
{
    size_t at = last_whole(file);
    if (at == file->len)
        return qd_fail(ctx, QD_EINPUT, "damaged, or no ONNX file: of its %zu bytes a part is no message as ONNX has them", file->len);
    if (at == 0) return qd_fail(ctx, QD_EINPUT, "no ONNX file: its bytes are no protobuf message, from byte 0 on");
    return qd_fail(ctx, QD_EINPUT, "cut off, or no ONNX file: what begins at byte %zu does not end within its %zu bytes", at, file->len);
}

qd_status qd_onnx__load(Qdpb__Model **model, const char *path, qd_ctx_t ctx)
{
    qd_buf_t file;
    qd_buf_init(file);
    *model = NULL;
    qd_status st = qd_file_read(file, path, ctx);
    if (st == QD_OK && file->len == 0) st = qd_fail(ctx, QD_EINPUT, "no ONNX file: it is empty");
    if (st == QD_OK && (*model = qdpb__model__unpack(NULL, file->len, (const uint8_t *) file->s)) == NULL) st = damaged(file, ctx);
    qd_buf_clear(file);
    if (st != QD_OK) return st;
    if ((*model)->graph != NULL) return QD_OK;
    qdpb__model__free_unpacked(*model, NULL);
    *model = NULL;
    return qd_fail(ctx, QD_EINPUT, "no ONNX file, or cut off before its graph: the message has no graph");
}
