/* SPDX-License-Identifier: MIT */
/* Commands that are planned. */
#include "pvctl/command.h"

int command_not_yet(struct invocation *call, struct error *error)
{
    error_set(error, ERROR_UNSUPPORTED, "PV-E0426", "%s is not supported yet", call->command->name);
    return error_hint(error, "pvctl help lists what is there");
}
