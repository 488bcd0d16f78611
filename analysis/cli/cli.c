/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Option parsing on top of getopt_long. */
#include "cli/cli_impl.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct cli_common cli_common = {.seed = 1};

static bool want_help, want_version;

const opt_spec cli_options[] = {
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
    case OPT_OUTPUT:
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
        for (const opt_spec *o = k == 0 ? c->options : cli_options; o->name != NULL; o++, n++) {
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

/* ---- outputs ------------------------------------------------------------------------------ */

static const char *output_of(const opt_spec *o)
{
    return o->type == OPT_OUTPUT ? *(const char **) o->target : NULL;
}

/* Would what is written to a be lost by writing b? Devices hold nothing. */
static bool same_file(const char *a, const char *b)
{
    struct stat s, t;
    bool there = stat(a, &s) == 0;
    if (!there || stat(b, &t) != 0) return !there && strcmp(a, b) == 0;
    return S_ISREG(s.st_mode) && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

/* Refuses before the work what would be lost after it. */
static int check_output(const cli_command *c, const opt_spec *o, int narguments, char **arguments)
{
    const char *path = output_of(o), *other;
    for (const opt_spec *p = c->options; p < o; p++)
        if ((other = output_of(p)) != NULL && same_file(path, other))
            return cli_usage(c->name, "--%s and --%s: found '%.100s' for both, expected two files", p->name, o->name, path);
    for (int i = 0; i < narguments; i++)
        if (strcmp(path, "-") != 0 && same_file(path, arguments[i]))
            return cli_usage(c->name, "--%s: found '%.100s', which the command reads; expected another file", o->name, path);
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_status st = qd_file_check(path, ctx);
    return st == QD_OK ? EXIT_ANSWERED : cli_fail(st, NULL, ctx);
}

static int check_outputs(const cli_command *c, int narguments, char **arguments)
{
    int code = EXIT_ANSWERED;
    for (const opt_spec *o = c->options; o->name != NULL && code == EXIT_ANSWERED; o++)
        if (output_of(o) != NULL) code = check_output(c, o, narguments, arguments);
    return code;
}

/* ---- commands ----------------------------------------------------------------------------- */

int cli_run(const cli_command *c, int argc, char **argv)
{
    qd_buf_t out;
    qd_buf_init(out);
    cli_help(out, c); /* before parsing: the defaults are still in place */
    int code = parse(c, argc, argv), n = argc - optind;
    if (want_version && !want_help) {
        qd_buf_reset(out);
        qd_buf_printf(out, "quadric %s\n", QD_VERSION);
    }
    if (code == EXIT_ANSWERED && (want_help || want_version)) code = cli_print(out, EXIT_ANSWERED);
    else if (code == EXIT_ANSWERED && n < c->min_arguments) code = cli_usage(c->name, "missing argument; expected %s", c->arguments);
    else if (code == EXIT_ANSWERED && n > c->max_arguments)
        code = cli_usage(c->name, "unexpected argument '%s'", argv[optind + c->max_arguments]);
    else if (code == EXIT_ANSWERED && (code = check_outputs(c, n, argv + optind)) == EXIT_ANSWERED) code = c->run(n, argv + optind);
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
