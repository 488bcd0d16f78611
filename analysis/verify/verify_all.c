/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric verify all: both theorem programs with their defaults. */
#include "cli/commands.h"

static const opt_spec options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

static int run(int n, char **arguments)
{
    int spline = command_verify_spline.run(n, arguments), dimension = command_verify_dimension.run(n, arguments);
    if (spline == EXIT_BAD || dimension == EXIT_BAD) return EXIT_BAD;
    return spline != EXIT_ANSWERED ? spline : dimension;
}

const cli_command command_verify_all = {
    .name = "verify all",
    .arguments = "",
    .summary = "verify spline and verify dimension, one after the other",
    .description = "Runs 'verify spline' and 'verify dimension' with their defaults. Exit code 1 when something failed,\n"
                   "3 when something was not decided within the budget and nothing failed.\n",
    .examples = "  quadric verify all --json\n",
    .options = options,
    .min_arguments = 0,
    .max_arguments = 0,
    .run = run,
};
