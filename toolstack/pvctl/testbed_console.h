/* SPDX-License-Identifier: MIT */
/* Being at the serial console of a testbed: the hypervisor's log and the control domain's shell. */
#ifndef PARAPET_TOOLSTACK_PVCTL_TESTBED_CONSOLE_H
#define PARAPET_TOOLSTACK_PVCTL_TESTBED_CONSOLE_H

#include "pvctl/command.h"

/* testbed_console_run - until Ctrl-] is pressed, stdin ends, or QEMU does. */
MUST_CHECK int testbed_console_run(const struct invocation *call, const char *name,
                                   struct error *error);

#endif
