#include "commands.h"

const cli_command *const commands[] = {&command_pieces, &command_eval};
const int ncommands = sizeof commands / sizeof *commands;
