#include "commands.h"

const cli_command *const commands[] = {&command_verify_spline, &command_pieces, &command_eval, &command_construct};
const int ncommands = sizeof commands / sizeof *commands;
