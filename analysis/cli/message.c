/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command says: progress and sentences on stderr, answers on stdout. */
#include "cli/cli.h"
#include "cli/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool progress_open;
static double progress_last;
static struct {
    double s;
    int64_t done, total;
} begun; /* where this process began: a run that goes on has steps behind it */

static void show_progress(void *arg, const char *what, int64_t done, int64_t total)
{
    const qd_ctx_struct *ctx = arg;
    double t = qd_ctx_elapsed(ctx);
    bool tty = isatty(STDERR_FILENO);
    if (total != begun.total || done < begun.done) begun.s = t, begun.done = done, begun.total = total;
    if (t - progress_last < (tty ? 0.25 : 5)) return;
    progress_last = t;
    fprintf(stderr, tty ? "\r\033[K%s %lld" : "%s %lld", what, (long long) done);
    if (total > 0) {
        fprintf(stderr, " of %lld", (long long) total);
        if (done > begun.done && done < total)
            fprintf(stderr, ", about %.0f s left", (t - begun.s) / (double) (done - begun.done) * (double) (total - done));
    }
    if (!tty) fputc('\n', stderr);
    else fflush(stderr);
    progress_open = tty;
}

void cli_progress_end(void)
{
    if (progress_open) fputs("\r\033[K", stderr);
    progress_open = false;
    progress_last = 0;
}

void cli_ctx(qd_ctx_t ctx)
{
    qd_ctx_init(ctx);
    ctx->seed = cli_common.seed;
    if (cli_common.threads > 0) ctx->threads = (int) cli_common.threads;
    ctx->max_seconds = cli_common.max_seconds;
    ctx->max_bytes = cli_common.max_bytes;
    if (!cli_common.quiet) {
        ctx->progress = show_progress;
        ctx->progress_arg = ctx;
    }
    progress_last = 0;
    cli_watch(ctx);
}

/* Less than what cli_watch leaves. */
#define PRINT_S 0.4
#define PRINT_BYTES (60 << 20)

void cli_ctx_print(qd_ctx_t ctx)
{
    int64_t now = qd_memory_now();
    if (ctx->max_seconds > 0) ctx->max_seconds = qd_ctx_elapsed(ctx) + PRINT_S;
    if (ctx->max_bytes > 0) ctx->max_bytes = (now > ctx->max_bytes ? now : ctx->max_bytes) + PRINT_BYTES;
    qd_ctx_forget(ctx);
}

/* Bytes of the UTF-8 character at s, or 0 where there is none. */
static size_t character(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xC2 && s[0] < 0xE0 ? 2 : s[0] >= 0xE0 && s[0] < 0xF0 ? 3 : s[0] >= 0xF0 && s[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    return n;
}

/* A message is one line, whatever the file names and arguments in it are: control characters and cut characters
   become '?'. */
static void one_line(const qd_buf_t b)
{
    for (size_t i = 0, n; i < b->len; i += n == 0 ? 1 : n) {
        unsigned char *s = (unsigned char *) b->s + i;
        n = character(s);
        if (n == 0 || *s < 0x20 || *s == 0x7f) *s = '?';
    }
    fprintf(stderr, "%s\n", qd_buf_str(b));
}

int cli_fail(qd_status st, const char *prefix, const qd_ctx_t ctx)
{
    qd_buf_t b;
    qd_buf_init(b);
    cli_progress_end();
    qd_buf_puts(b, "quadric: ");
    if (prefix != NULL) qd_buf_printf(b, "%s: ", *prefix != '\0' ? prefix : "''");
    qd_buf_puts(b, qd_ctx_message(ctx));
    one_line(b);
    qd_buf_clear(b);
    return st == QD_EUNABLE ? EXIT_OPEN : EXIT_BAD;
}

int cli_usage(const char *command, const char *format, ...)
{
    va_list args, again;
    qd_buf_t b;
    qd_buf_init(b);
    va_start(args, format);
    va_copy(again, args);
    size_t room = (size_t) vsnprintf(NULL, 0, format, args) + 1;
    char *sentence = qd_malloc(room);
    vsnprintf(sentence, room, format, again);
    va_end(again);
    va_end(args);
    qd_buf_printf(b, "quadric%s%s: %s; try 'quadric %s%s--help'", command != NULL ? " " : "", command != NULL ? command : "", sentence,
                  command != NULL ? command : "", command != NULL ? " " : "");
    one_line(b);
    free(sentence);
    qd_buf_clear(b);
    return EXIT_USAGE;
}

int cli_print(const qd_buf_t out, int code)
{
    cli_progress_end();
    cli_watch_writing(true);
    bool written = fwrite(qd_buf_str(out), 1, out->len, stdout) == out->len && fflush(stdout) == 0;
    cli_watch_writing(false);
    if (written) return code;
    fprintf(stderr, "quadric: standard output: %s\n", strerror(errno));
    return EXIT_BAD;
}

void cli_json_end(qd_json_t w, uint64_t seed)
{
    qd_json_uint(w, "seed", seed);
    qd_json_string(w, "version", QD_VERSION);
    qd_json_end(w);
    qd_json_finish(w);
}
