/* Comma-separated values by RFC 4180, one record at a time. */
#ifndef QD_CSV_H
#define QD_CSV_H

#include <stdbool.h>

#include "base/base.h"

typedef struct {
    const char *at, *end; /* borrowed: what is left of the text */
    int64_t line;         /* of the record read last, from 1; a quoted field may span lines */
    int64_t next;         /* line of `at` */
    int64_t nfields, room;
    size_t *start, *length; /* owned: fields in text, which ends each with '\0' */
    qd_buf_t text;
} qd_csv;

void qd_csv_init(qd_csv *csv, const char *text, size_t len);
void qd_csv_clear(qd_csv *csv);
/* Reads the next record that is not an empty line; nfields = 0 at the end of the text. Lines end with LF or CRLF.
     -> QD_EINPUT: a quote inside a field without quotes, text behind a closing quote, a quote that is not closed */
qd_status qd_csv_next(qd_csv *csv, qd_ctx_t ctx);
const char *qd_csv_field(const qd_csv *csv, int64_t i);

#endif
