/* SPDX-License-Identifier: MIT */
/* Storage for arch/machine.h. */
#include "arch/machine.h"

struct acpi_info machine_acpi;
bool machine_rsdp_is_hidden;
