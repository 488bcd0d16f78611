/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/verdict.h"

#include <string.h>

/* The lines of a text as an array. */
static void json_lines(qd_json_t w, const char *key, const qd_buf_t lines)
{
    qd_json_array(w, key);
    for (const char *s = qd_buf_str(lines), *end; (end = strchr(s, '\n')) != NULL; s = end + 1) {
        qd_buf_t line;
        qd_buf_init(line);
        qd_buf_add(line, s, (size_t) (end - s));
        qd_json_string(w, NULL, qd_buf_str(line));
        qd_buf_clear(line);
    }
    qd_json_end(w);
}

static void text_lines(qd_buf_t out, const char *word, const qd_buf_t lines)
{
    for (const char *s = qd_buf_str(lines), *end; (end = strchr(s, '\n')) != NULL; s = end + 1)
        qd_buf_printf(out, "%s%.*s\n", word, (int) (end - s), s);
}

void cli_print_verdict(qd_buf_t out, const qd_buf_t statement, const qd_proof_report_t r)
{
    if (cli_common.json) {
        qd_json_t w;
        qd_json_init(w, out);
        qd_json_object(w, NULL);
        qd_json_string(w, "version", QD_VERSION);
        qd_json_truth(w, "verified", r->complete ? QD_TRUE : QD_UNKNOWN);
        qd_json_string(w, "statement", qd_buf_str(statement));
        json_lines(w, "confirmed", r->confirmed);
        json_lines(w, "not_confirmed", r->open);
        qd_json_end(w);
        qd_json_finish(w);
        return;
    }
    qd_buf_printf(out, "%s: %s\n", r->complete ? "verified" : "nothing contradicts", qd_buf_str(statement));
    text_lines(out, "confirmed      ", r->confirmed);
    text_lines(out, "not confirmed  ", r->open);
}
