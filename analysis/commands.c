#include "commands.h"

const cli_command *const commands[] = {&command_pieces, &command_eval, &command_table_pieces};
const int ncommands = sizeof commands / sizeof *commands;
