/* SPDX-License-Identifier: GPL-3.0-or-later */
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

/* All bytes, or false and errno: some may be written then. */
bool qd_io__write_all(int fd, const char *data, size_t len);

/* ---- temporary files (temp.c) -------------------------------------------------------------- */

/* Opens a new file in the folder of path for what path will hold, and leaves its name in temp; -1 and errno otherwise. As long as the
   descriptor is open nobody takes the file for a left one. */
int qd_io__temp_open(qd_buf_t temp, const char *path);
/* Could there be one? 0, or the errno. Removes those of path that are left. */
int qd_io__temp_try(const char *path);
/* Removes the temporary files in the folder whose writers are gone. */
void qd_io__temp_sweep(const char *folder);

#endif
