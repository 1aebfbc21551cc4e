/* SPDX-License-Identifier: MIT */
/* Which descriptors a guest may have in a GDT or LDT. */
#ifndef PARAPET_PVMMU_DESCRIPTOR_RULES_H
#define PARAPET_PVMMU_DESCRIPTOR_RULES_H

#include <stdint.h>

#include "lib/compiler.h"

/* Checks one descriptor and gives it the privilege level it must have. 0 or -EINVAL. */
MUST_CHECK int descriptor_check(uint64_t *descriptor);

#endif
