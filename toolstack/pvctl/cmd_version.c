/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "pvctl/command.h"

int command_version(int argc, char **argv, struct error *error)
{
    (void)argv;
    if (argc > 1)
        return error_set(error, ERROR_USAGE, "PV-E0201", "version takes no arguments");
    puts("pvctl " PARAPET_VERSION);
    return 0;
}
