/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quadric program: finds the command and runs it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/watch.h"
#include "exact/exact.h"

static int top_level(const char *word)
{
    qd_buf_t out;
    int code = EXIT_ANSWERED;
    qd_buf_init(out);
    if (strcmp(word, "--version") == 0) qd_buf_printf(out, "quadric %s\n", QD_VERSION);
    else if (strcmp(word, "--man") == 0) cli_manual(out, commands, ncommands);
    else cli_overview(out, commands, ncommands);
    code = cli_print(out, code);
    qd_buf_clear(out);
    return code;
}

static bool is_top_level(const char *word)
{
    static const char *const words[] = {"--help", "-h", "help", "--version", "--man"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0) return true;
    return false;
}

/* Number of words of the command name that the arguments begin with, 0 when they do not. */
static int match(const char *name, int argc, char **argv)
{
    int words = 0;
    while (words < argc) {
        size_t n = strcspn(name, " ");
        if (strlen(argv[words]) != n || strncmp(argv[words], name, n) != 0) return 0;
        words++;
        if (name[n] == '\0') return words;
        name += n + 1;
    }
    return 0;
}

static int run(int argc, char **argv)
{
    if (argc < 2) return cli_usage(NULL, "a command is missing");
    if (is_top_level(argv[1])) return top_level(argv[1]);
    for (int i = 0; i < ncommands; i++) {
        int words = match(commands[i]->name, argc - 1, argv + 1);
        if (words > 0) return cli_run(commands[i], argc - words, argv + words);
    }
    /* the first word of a command of two words */
    qd_buf_t names;
    qd_buf_init(names);
    for (int i = 0; i < ncommands; i++) {
        size_t n = strcspn(commands[i]->name, " ");
        if (commands[i]->name[n] == ' ' && strlen(argv[1]) == n && strncmp(commands[i]->name, argv[1], n) == 0)
            qd_buf_printf(names, "%s'%s'", names->len > 0 ? ", " : "", commands[i]->name);
    }
    bool help = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
    int code = names->len > 0 && help ? top_level("--help")
               : names->len > 0       ? cli_usage(NULL, "'%s' needs a second word: %s", argv[1], qd_buf_str(names))
                                      : cli_usage(NULL, "unknown command '%s'", argv[1]);
    qd_buf_clear(names);
    return code;
}

/* A closed descriptor 0, 1 or 2 is filled, so that no file that is opened later gets its number, and what is said to the standard output
   or the standard error lands in it. Filled the wrong way round: reading from a closed input and writing to a closed output fail as ever. */
static bool fill_descriptors(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
    return true;
}

int main(int argc, char **argv)
{
    if (!fill_descriptors()) return EXIT_BAD;
    qd_nomem_handler(cli_no_memory);
    qd_exact_memory();
    int code = run(argc, argv);
    flint_cleanup_master();
    return code;
}
