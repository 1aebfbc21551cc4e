/* SPDX-License-Identifier: MIT */
/* A command of pvctl: a row of commands.def and a function in a file cmd_<name>.c. */
#ifndef PARAPET_TOOLSTACK_PVCTL_COMMAND_H
#define PARAPET_TOOLSTACK_PVCTL_COMMAND_H

#include "common/error.h"

struct command {
    const char *name;
    const char *arguments;
    const char *summary;
    const char *example;
    /* argv[0] is the command's name. 0, or -1 with @error filled in. */
    int (*run)(int argc, char **argv, struct error *error);
};

#define COMMAND(function, name, arguments, summary, example)                                       \
    int command_##function(int argc, char **argv, struct error *error);
#include "pvctl/commands.def"
#undef COMMAND

#endif
