/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the command line share. */
#ifndef QD_ANALYSIS_CLI_IMPL_H
#define QD_ANALYSIS_CLI_IMPL_H

#include "cli/cli.h"

/* The options of every command; ends with name NULL. */
extern const opt_spec cli_options[];

/* The text of --help, with the defaults as they stand now. */
void cli_help(qd_buf_t out, const cli_command *command);

#endif
