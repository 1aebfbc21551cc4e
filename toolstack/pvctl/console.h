/* SPDX-License-Identifier: MIT */
/* Being at a domain's console. */
#ifndef PARAPET_TOOLSTACK_PVCTL_CONSOLE_H
#define PARAPET_TOOLSTACK_PVCTL_CONSOLE_H

#include "pvctl/command.h"

enum console_flags {
    CONSOLE_WRITE = 1,      /* keys go to the guest */
    CONSOLE_FROM_START = 2, /* what was written before comes first */
    CONSOLE_FORCE = 4,      /* whoever types there now becomes a reader */
};

/*
 * console_run - until the domain is gone, Ctrl-] is pressed, or (if stdin is no terminal) stdin
 * ends and so does the guest. The terminal is raw meanwhile.
 */
MUST_CHECK int console_run(struct invocation *call, const char *domain, unsigned int flags,
                           struct error *error);

#endif
