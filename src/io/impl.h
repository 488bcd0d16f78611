/* What the files of src/io share: the node of a document, and a few small helpers. */
#ifndef QD_IO_IMPL_H
#define QD_IO_IMPL_H

#include "io/io.h"

struct qd_node {
    qd_node_type kind;
    int line, column; /* from 1; libfyaml counts in int too */
    int64_t count;    /* bytes of a text, items of an array, members of an object */
    union {
        const char *text;     /* a scalar as written (a string: unescaped), '\0'-terminated */
        const qd_node *child; /* items; for an object key, value, key, value, ... */
    };
};

/* Records "line L, column C: <sentence>" and returns QD_EINPUT. Control characters and cut
   characters in the sentence, which may quote the text, become '?': a message is one line of UTF-8. */
qd_status qd_io__fail_at(int line, int column, qd_ctx_t ctx, const char *format, va_list args);

/* Bytes (1 to 4) of the UTF-8 sequence at the start of s, of which len bytes may be read; 0 when
   there is none: truncated, overlong, a surrogate or beyond U+10FFFF. */
size_t qd_io__utf8(const char *s, size_t len);

#endif
