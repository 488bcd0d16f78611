#include "commands.h"

const cli_command *const commands[] = {&command_pieces, &command_eval, &command_table_pieces, &command_table_bounds};
const int ncommands = sizeof commands / sizeof *commands;
