/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Option parsing on top of getopt_long, and the texts that are made from the same descriptions. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cli_common cli_common = {.seed = 1};

static bool want_help, want_version;

static const opt_spec common[] = {
    {"json", 0, OPT_FLAG, NULL, &cli_common.json, 0, 0, "print JSON objects on stdout and nothing else"},
    {"threads", 0, OPT_INT, "N", &cli_common.threads, 1, 256, "threads to use; the result does not depend on it"},
    {"seed", 0, OPT_UINT64, "N", &cli_common.seed, 0, 0, "seed of all random choices"},
    {"max-seconds", 0, OPT_SECONDS, "S", &cli_common.max_seconds, 0, 0, "stop after S seconds (exit code 3); 0: no limit"},
    {"max-memory", 0, OPT_BYTES, "B", &cli_common.max_bytes, 0, 0,
     "stop when the process uses more than B bytes (suffixes K, M, G); 0: no limit"},
    {"quiet", 0, OPT_FLAG, NULL, &cli_common.quiet, 0, 0, "no progress on stderr"},
    {"version", 0, OPT_FLAG, NULL, &want_version, 0, 0, "print the version"},
    {"help", 'h', OPT_FLAG, NULL, &want_help, 0, 0, "print this help"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

/* ---- messages ----------------------------------------------------------------------------- */

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
    if (fwrite(qd_buf_str(out), 1, out->len, stdout) == out->len && fflush(stdout) == 0) return code;
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

/* ---- texts -------------------------------------------------------------------------------- */

/* The default as --help prints it; "" when there is none to speak of. */
static void print_default(qd_buf_t out, const opt_spec *o)
{
    switch (o->type) {
    case OPT_INT:
        if (o->target == &cli_common.threads) qd_buf_puts(out, " (default: all cores)");
        else qd_buf_printf(out, " (default: %lld)", (long long) *(int64_t *) o->target);
        break;
    case OPT_UINT64:
        qd_buf_printf(out, " (default: %llu)", (unsigned long long) *(uint64_t *) o->target);
        break;
    case OPT_SECONDS:
        qd_buf_printf(out, " (default: %g)", *(double *) o->target);
        break;
    case OPT_BYTES:
        qd_buf_printf(out, " (default: %lld)", (long long) *(int64_t *) o->target);
        break;
    case OPT_TEXT:
        if (*(const char **) o->target != NULL) qd_buf_printf(out, " (default: %s)", *(const char **) o->target);
        break;
    case OPT_FLAG:
    case OPT_TEXTS:
        break;
    }
}

static void option_head(char *s, size_t room, const opt_spec *o)
{
    char letter[8] = "";
    if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(s, room, "%s--%s%s%s", letter, o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
}

/* Wraps the text at spaces, with every line after the first indented. */
static void print_wrapped(qd_buf_t out, const char *text, int indent, int column)
{
    const int right = 96;
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        if (column > indent && column + (int) n + 1 > right) {
            qd_buf_printf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            qd_buf_puts(out, " ");
            column++;
        }
        qd_buf_add(out, text, n);
        column += (int) n;
        text += n;
        while (*text == ' ') text++;
    }
    qd_buf_puts(out, "\n");
}

static void print_options(qd_buf_t out, const opt_spec *options)
{
    for (const opt_spec *o = options; o->name != NULL; o++) {
        char head[80];
        qd_buf_t help;
        qd_buf_init(help);
        qd_buf_puts(help, o->help);
        print_default(help, o);
        option_head(head, sizeof head, o);
        qd_buf_printf(out, "  %-22s  ", head);
        print_wrapped(out, qd_buf_str(help), 26, strlen(head) > 22 ? 26 + (int) strlen(head) - 22 : 26);
        qd_buf_clear(help);
    }
}

static void print_help(qd_buf_t out, const cli_command *c)
{
    qd_buf_printf(out, "quadric %s%s%s [options]: %s\n\n", c->name, c->arguments[0] ? " " : "", c->arguments, c->summary);
    qd_buf_puts(out, c->description);
    if (c->options->name != NULL) {
        qd_buf_puts(out, "\nOptions:\n");
        print_options(out, c->options);
    }
    qd_buf_puts(out, "\nOptions of every command:\n");
    print_options(out, common);
    if (c->examples != NULL) qd_buf_printf(out, "\nExamples:\n%s", c->examples);
    qd_buf_puts(out, "\nExit codes: 0 answered, 1 bad file or failed verdict, 2 bad command line, 3 budget ran out.\n");
}

void cli_overview(qd_buf_t out, const cli_command *const *commands, int n)
{
    qd_buf_puts(out, "quadric: what a network of quadratic neurons can express, exactly\n\nCommands:\n");
    for (int i = 0; i < n; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s %s", commands[i]->name, commands[i]->arguments);
        qd_buf_printf(out, "  %-22s  %s\n", head, commands[i]->summary);
    }
    qd_buf_puts(out, "\n'quadric COMMAND --help' explains one command, 'quadric --man' prints the manual page (roff),\n"
                     "'quadric --version' the version.\n");
}

/* Text for roff: a leading dot or quote and every backslash and minus get an escape. */
static void roff(qd_buf_t out, const char *s)
{
    bool start = true;
    for (; *s != '\0'; s++) {
        if (start && (*s == '.' || *s == '\'')) qd_buf_puts(out, "\\&");
        if (*s == '\\') qd_buf_puts(out, "\\e");
        else if (*s == '-') qd_buf_puts(out, "\\-");
        else if (*s == '\n' && s[1] == '\n') qd_buf_puts(out, "\n.PP");
        else qd_buf_add(out, s, 1);
        start = *s == '\n';
    }
}

static void roff_options(qd_buf_t out, const opt_spec *options)
{
    for (const opt_spec *o = options; o->name != NULL; o++) {
        char head[80];
        option_head(head, sizeof head, o);
        qd_buf_puts(out, ".TP\n.B ");
        roff(out, head);
        qd_buf_puts(out, "\n");
        roff(out, o->help);
        print_default(out, o);
        qd_buf_puts(out, "\n");
    }
}

void cli_manual(qd_buf_t out, const cli_command *const *commands, int n)
{
    qd_buf_printf(out, ".TH QUADRIC 1 \"\" \"quadric %s\" \"User Commands\"\n", QD_VERSION);
    qd_buf_puts(out, ".SH NAME\nquadric \\- exact analysis of networks of quadratic neurons\n.SH SYNOPSIS\n"
                     ".B quadric\n.I command\n[arguments] [options]\n.SH COMMANDS\n");
    for (int i = 0; i < n; i++) {
        const cli_command *c = commands[i];
        qd_buf_puts(out, ".SS \"quadric ");
        roff(out, c->name);
        qd_buf_puts(out, " ");
        roff(out, c->arguments);
        qd_buf_puts(out, "\"\n");
        roff(out, c->description);
        qd_buf_puts(out, "\n");
        roff_options(out, c->options);
        if (c->examples != NULL) {
            qd_buf_puts(out, ".PP\nExamples:\n.nf\n");
            roff(out, c->examples);
            qd_buf_puts(out, ".fi\n");
        }
    }
    qd_buf_puts(out, ".SH OPTIONS OF EVERY COMMAND\n");
    roff_options(out, common);
    qd_buf_puts(out, ".SH EXIT STATUS\n0 answered; 1 bad file, I/O error or a verdict that failed; 2 bad command line;\n"
                     "3 not decided within the budget.\n");
}

/* ---- parsing ------------------------------------------------------------------------------ */

static bool read_bytes(int64_t *v, const char *s)
{
    char *end;
    errno = 0;
    double x = strtod(s, &end);
    if (end == s || errno != 0 || !(x >= 0)) return false;
    int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift) end++;
    x = ldexp(x, shift);
    if (*end != '\0' || x > 9e18) return false;
    *v = (int64_t) x;
    return true;
}

static bool read_int(const opt_spec *o, const char *s)
{
    char *end;
    errno = 0;
    long long x = strtoll(s, &end, 10);
    if (end == s || *end != '\0' || errno != 0 || x < o->min || x > o->max) return false;
    *(int64_t *) o->target = x;
    return true;
}

static bool read_uint64(const opt_spec *o, const char *s)
{
    char *end;
    errno = 0;
    unsigned long long x = strtoull(s, &end, 10);
    if (s[0] < '0' || s[0] > '9' || *end != '\0' || errno != 0) return false;
    *(uint64_t *) o->target = x;
    return true;
}

static bool read_seconds(const opt_spec *o, const char *s)
{
    char *end;
    double x = strtod(s, &end);
    if (end == s || *end != '\0' || !(x >= 0) || x > 1e9) return false;
    *(double *) o->target = x;
    return true;
}

static int set_option(const char *command, const opt_spec *o, const char *text)
{
    bool good = true;
    const char *want = "";
    char range[80];
    switch (o->type) {
    case OPT_FLAG:
        *(bool *) o->target = true;
        break;
    case OPT_TEXT:
        *(const char **) o->target = text;
        break;
    case OPT_TEXTS: {
        cli_texts *t = o->target;
        if (t->n == CLI_TEXTS) return cli_usage(command, "--%s: found more than %d, expected at most that many", o->name, CLI_TEXTS);
        t->text[t->n++] = text;
        break;
    }
    case OPT_INT:
        good = read_int(o, text);
        snprintf(range, sizeof range, "an integer from %lld to %lld", (long long) o->min, (long long) o->max);
        want = range;
        break;
    case OPT_UINT64:
        good = read_uint64(o, text);
        if (o->target == &cli_common.seed) cli_common.seed_said = good;
        want = "an integer from 0 to 2^64 - 1";
        break;
    case OPT_SECONDS:
        good = read_seconds(o, text);
        want = "a number of seconds >= 0";
        break;
    case OPT_BYTES:
        good = read_bytes(o->target, text);
        want = "a number of bytes such as 500M or 2G";
        break;
    }
    return good ? EXIT_ANSWERED : cli_usage(command, "--%s: found '%.60s', expected %s", o->name, text, want);
}

#define MAX_OPTIONS 64

/* getopt_long has stepped over a long option, but may still be inside a group of letters. */
static int bad_option(const cli_command *c, char **argv, const opt_spec *flag)
{
    if (flag != NULL) return cli_usage(c->name, "option '--%s' takes no value", flag->name);
    if (optopt != 0) return cli_usage(c->name, "unknown option '-%c'", optopt);
    return cli_usage(c->name, "unknown or ambiguous option '%s'", argv[optind - 1]);
}

static int parse(const cli_command *c, int argc, char **argv)
{
    struct option longs[MAX_OPTIONS];
    const opt_spec *spec[MAX_OPTIONS];
    char letters[2 * MAX_OPTIONS + 2] = ":";
    int n = 0, code;
    for (int k = 0; k < 2; k++)
        for (const opt_spec *o = k == 0 ? c->options : common; o->name != NULL; o++, n++) {
            spec[n] = o;
            longs[n] = (struct option){o->name, o->value != NULL ? required_argument : no_argument, NULL, 256 + n};
            if (o->letter) snprintf(letters + strlen(letters), 3, "%c%s", o->letter, o->value != NULL ? ":" : "");
        }
    longs[n] = (struct option){NULL, 0, NULL, 0};
    opterr = 0;
    optind = 1;
    for (;;) {
        int r = getopt_long(argc, argv, letters, longs, NULL), k = r - 256;
        if (r == -1) return EXIT_ANSWERED;
        if (r == ':') return cli_usage(c->name, "option '%s' needs a value", argv[optind - 1]);
        if (r == '?') return bad_option(c, argv, optopt - 256 >= 0 && optopt - 256 < n ? spec[optopt - 256] : NULL);
        for (int i = 0; r < 256 && i < n; i++)
            if (spec[i]->letter == r) k = i;
        if ((code = set_option(c->name, spec[k], optarg)) != EXIT_ANSWERED) return code;
    }
}

int cli_run(const cli_command *c, int argc, char **argv)
{
    qd_buf_t out;
    qd_buf_init(out);
    print_help(out, c); /* before parsing: the defaults are still in place */
    int code = parse(c, argc, argv), n = argc - optind;
    if (want_version && !want_help) {
        qd_buf_reset(out);
        qd_buf_printf(out, "quadric %s\n", QD_VERSION);
    }
    if (code == EXIT_ANSWERED && (want_help || want_version)) code = cli_print(out, EXIT_ANSWERED);
    else if (code == EXIT_ANSWERED && n < c->min_arguments) code = cli_usage(c->name, "missing argument; expected %s", c->arguments);
    else if (code == EXIT_ANSWERED && n > c->max_arguments)
        code = cli_usage(c->name, "unexpected argument '%s'", argv[optind + c->max_arguments]);
    else if (code == EXIT_ANSWERED) code = c->run(n, argv + optind);
    qd_buf_clear(out);
    return code;
}

/* ---- interruption ------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void) number;
    interrupted = 1;
}

void cli_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}
