/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that may be compressed: gzip members one after another, as RFC 1952 allows. */
#include "io/impl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LARGEST ((size_t) 1 << 32) /* bytes after expansion: a few bytes can ask for a thousand times as many */

static qd_status corrupt(z_stream *z, const qd_buf_t raw, int code, qd_ctx_t ctx)
{
    if (code == Z_MEM_ERROR) return qd_fail(ctx, QD_ENOMEM, "no memory to expand gzip data");
    if (code == Z_BUF_ERROR)
        return qd_fail(ctx, QD_EINPUT, "gzip data end after %zu bytes in the middle of a member: the file is truncated", raw->len);
    return qd_fail(ctx, QD_EINPUT, "gzip data are corrupt near byte %zu: %s", raw->len - z->avail_in,
                   z->msg != NULL ? z->msg : "no deflate stream");
}

/* Expands one member, or a part of it that fills the room of out. */
static int expand(z_stream *z, qd_buf_t out, unsigned char *part, size_t room)
{
    z->next_out = part;
    z->avail_out = (uInt) room;
    int code = inflate(z, Z_NO_FLUSH);
    qd_buf_add(out, (const char *) part, room - z->avail_out);
    return code;
}

/* out is empty. */
static qd_status expand_all(qd_buf_t out, const qd_buf_t raw, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    unsigned char part[65536];
    z_stream z = {.next_in = (unsigned char *) raw->s, .avail_in = (uInt) raw->len};
    if (raw->len > UINT_MAX) return qd_fail(ctx, QD_EINPUT, "%zu bytes of gzip data, at most %u are read", raw->len, UINT_MAX);
    if (inflateInit2(&z, 15 + 16) != Z_OK) return qd_fail(ctx, QD_ENOMEM, "no memory to expand gzip data");
    while (st == QD_OK && z.avail_in > 0) {
        int code = Z_OK;
        inflateReset(&z);
        while (code == Z_OK && out->len <= LARGEST) code = expand(&z, out, part, sizeof part);
        if (out->len > LARGEST) st = qd_fail(ctx, QD_EINPUT, "gzip data expand to more than %zu bytes", LARGEST);
        else if (code != Z_STREAM_END) st = corrupt(&z, raw, code, ctx);
    }
    inflateEnd(&z);
    return st;
}

qd_status qd_file_read_gzip(qd_buf_t b, const char *path, qd_ctx_t ctx)
{
    qd_buf_t raw;
    qd_status st = qd_file_read(b, path, ctx);
    if (st != QD_OK || b->len < 2 || memcmp(b->s, "\x1f\x8b", 2) != 0) return st;
    *raw = *b;
    qd_buf_init(b);
    st = expand_all(b, raw, ctx);
    qd_buf_clear(raw);
    return st;
}
