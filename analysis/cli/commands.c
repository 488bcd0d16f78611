/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/commands.h"

const cli_command *const commands[] = {
    &command_verify_spline,
    &command_verify_dimension,
    &command_verify_all,
    &command_pieces,
    &command_eval,
    &command_construct,
    &command_dimension,
    &command_check,
    &command_table_pieces,
    &command_table_bounds,
    &command_table_dimension,
    &command_table_filling,
    &command_table_functional,
    &command_table_approximation,
    &command_train,
    &command_compare,
    &command_convert,
    &command_certify,
    &command_need,
    &command_approximate,
};
const int ncommands = sizeof commands / sizeof *commands;
