/* SPDX-License-Identifier: MIT */
#ifndef PVGUEST_PV_BALLOON_H
#define PVGUEST_PV_BALLOON_H

#include "kernel/types.h"

/* balloon_init - follow memory/target from now on, in the thread of the store. */
void balloon_init(void);

/* balloon_again_ns - when to call balloon_adjust() again, because the target could not be reached. */
uint64_t balloon_again_ns(void);
void balloon_adjust(void);

#endif
