/* SPDX-License-Identifier: MIT */
/* How fast the TSC and the APIC timer run: measured against a clock of known speed. */
#ifndef PARAPET_ARCH_CLOCK_REFERENCE_H
#define PARAPET_ARCH_CLOCK_REFERENCE_H

#include <stdint.h>

#include "arch/clock.h"

/* Sets the frequency of the APIC timer too. The name of what was used, or NULL. */
const char *clock_reference_measure(const struct clock_references *references, uint64_t *tsc_hz);

#endif
