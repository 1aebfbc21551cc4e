/* SPDX-License-Identifier: MIT */
/* The command line, by the tables of commands and options. */
#ifndef PARAPET_TOOLSTACK_PVCTL_ARGUMENTS_H
#define PARAPET_TOOLSTACK_PVCTL_ARGUMENTS_H

#include "pvctl/command.h"

/*
 * arguments_parse - @argv after the program's name, into @call: options, command, words. Without a
 * command, call->command stays NULL. -1 with a ERROR_USAGE that names the remedy. The number of
 * words is not looked at if help is asked for.
 */
MUST_CHECK int arguments_parse(int argc, char **argv, struct invocation *call, struct error *error);

#endif
