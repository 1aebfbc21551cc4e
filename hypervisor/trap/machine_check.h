/* SPDX-License-Identifier: MIT */
/*
 * Machine checks. An error that lost data or the processor's state stops the machine, with the
 * banks in the report; one that was corrected is logged. Guests see a machine without banks.
 */
#ifndef PARAPET_TRAP_MACHINE_CHECK_H
#define PARAPET_TRAP_MACHINE_CHECK_H

#include "arch/trap_frame.h"

void machine_check_handle(const struct trap_frame *frame);

/* On each CPU, at start: has errors reported, and forgets old ones. */
void machine_check_start_cpu(void);

#endif
