/* SPDX-License-Identifier: MIT */
/* Storage for arch/machine.h. */
#include "arch/machine.h"

struct acpi_info machine_acpi;
struct memory_map machine_memory_map;
bool machine_rsdp_is_hidden;
