/* SPDX-License-Identifier: MIT */
/* QEMU's monitor (QMP): JSON, one object a line. */
#ifndef PARAPET_TOOLSTACK_TESTBED_MONITOR_H
#define PARAPET_TOOLSTACK_TESTBED_MONITOR_H

#include "common/error.h"

/* monitor_command - sends a command without arguments; 0 if QEMU took it, -1 if not. */
MUST_CHECK int monitor_command(const char *name, const char *command);

#endif
