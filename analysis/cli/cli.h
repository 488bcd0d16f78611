/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one description of every command and option serves parsing, --help and the man page.

   Exit codes (DEFINITIONS section 6): 0 answered; 1 bad file, I/O error, a verdict failed or refused; 2 bad command line;
   3 not decided within the budget. */
#ifndef QD_CLI_H
#define QD_CLI_H

#include <stdbool.h>

#include "io/io.h"

enum { EXIT_ANSWERED = 0, EXIT_BAD = 1, EXIT_USAGE = 2, EXIT_OPEN = 3 };

typedef enum {
    OPT_FLAG,
    OPT_INT,
    OPT_UINT64,
    OPT_SECONDS,
    OPT_BYTES,
    OPT_TEXT,
    OPT_TEXTS,
    OPT_OUTPUT /* a file that the command writes: that it can be written, and is no other file of the command, is checked before it runs */
} opt_type;

/* What an option that may be said several times holds. */
#define CLI_TEXTS 3
typedef struct {
    int n;
    const char *text[CLI_TEXTS];
} cli_texts;

typedef struct {
    const char *name; /* "interval" for --interval */
    char letter;      /* 'o' for -o, or 0 */
    opt_type type;
    const char *value; /* what --help calls the value, e.g. "A:B"; NULL for a flag */
    void *target;      /* bool, int64_t, uint64_t, double (s), int64_t (bytes), const char *, cli_texts; holds the default */
    int64_t min, max;  /* of OPT_INT */
    const char *help;  /* one line; the default is added */
} opt_spec;

typedef struct {
    const char *name;        /* "pieces", "verify spline" */
    const char *arguments;   /* "NET" */
    const char *summary;     /* one line */
    const char *description; /* paragraphs separated by blank lines */
    const char *examples;    /* lines, or NULL */
    const opt_spec *options; /* ends with name NULL; the common ones are added */
    int min_arguments, max_arguments;
    int (*run)(int narguments, char **arguments);
} cli_command;

/* What the common options set. */
extern struct cli_common {
    uint64_t seed;
    int64_t threads, max_bytes;
    double max_seconds;
    bool json, quiet;
    bool seed_said; /* --seed was there: it goes before a configuration's */
} cli_common;

/* Parses the options of a command and runs it; --help and --version are answered here. */
int cli_run(const cli_command *command, int argc, char **argv);

/* A context with the common options, the clock started and progress on stderr unless --quiet. */
void cli_ctx(qd_ctx_t ctx);
/* Ends the progress line, if there is one. */
void cli_progress_end(void);

/* From here on SIGINT and SIGTERM only set a flag, once; the second one ends the program. */
void cli_catch_interrupts(void);
bool cli_interrupted(void);

/* A budget has ended the work: what was found is printed within a little more of it, and the message is forgotten. */
void cli_ctx_print(qd_ctx_t ctx);

/* "quadric: <prefix>: <sentence>" on stderr; prefix may be NULL. Returns the exit code for the status. */
int cli_fail(qd_status st, const char *prefix, const qd_ctx_t ctx);
/* "quadric <command>: <sentence>" and a pointer to --help; returns EXIT_USAGE. */
int cli_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes the buffer to stdout; EXIT_BAD when that fails, else code. */
int cli_print(const qd_buf_t out, int code);

/* The members with which most objects end, seed and version, and the end of the line. */
void cli_json_end(qd_json_t w, uint64_t seed);

/* The man page (roff) of the whole program. */
void cli_manual(qd_buf_t out, const cli_command *const *commands, int n);
/* The list of commands. */
void cli_overview(qd_buf_t out, const cli_command *const *commands, int n);

#endif
