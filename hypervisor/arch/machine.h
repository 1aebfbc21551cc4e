/* SPDX-License-Identifier: MIT */
/* What the firmware told about the machine; written at boot, read only afterwards. */
#ifndef PARAPET_ARCH_MACHINE_H
#define PARAPET_ARCH_MACHINE_H

#include "arch/acpi.h"
#include "arch/memory_map.h" /* machine_memory_map */

/* Without usable ACPI tables there is one CPU and no IO-APIC in it. */
extern struct acpi_info machine_acpi;

/* Whether the RSDP was found otherwise than in the BIOS areas, where a control domain looks. */
extern bool machine_rsdp_is_hidden;

#endif
