/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts that are made from the descriptions of commands and options: --help, the overview, the man page. */
#include "cli/cli_impl.h"

#include <stdio.h>
#include <string.h>

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
    case OPT_OUTPUT:
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

void cli_help(qd_buf_t out, const cli_command *c)
{
    qd_buf_printf(out, "quadric %s%s%s [options]: %s\n\n", c->name, c->arguments[0] ? " " : "", c->arguments, c->summary);
    qd_buf_puts(out, c->description);
    if (c->options->name != NULL) {
        qd_buf_puts(out, "\nOptions:\n");
        print_options(out, c->options);
    }
    qd_buf_puts(out, "\nOptions of every command:\n");
    print_options(out, cli_options);
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
    roff_options(out, cli_options);
    qd_buf_puts(out, ".SH EXIT STATUS\n0 answered; 1 bad file, I/O error or a verdict that failed; 2 bad command line;\n"
                     "3 not decided within the budget.\n");
}
