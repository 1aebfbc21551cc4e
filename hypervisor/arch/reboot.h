/* SPDX-License-Identifier: MIT */
/*
 * How the machine ends. All of these stop the other CPUs first and do not return.
 */
#ifndef PARAPET_ARCH_REBOOT_H
#define PARAPET_ARCH_REBOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/acpi.h"
#include "lib/compiler.h"

/* Option "noreboot". */
extern bool machine_noreboot;

/* After a fatal error: reboot, or halt when told "noreboot". */
NORETURN void machine_stop(void);

/* ACPI reset register, port 0xcf9, keyboard controller, triple fault: until one works. */
NORETURN void machine_reboot(void);

/* ACPI S5 with the sleep type found in the DSDT; halts if there is none. */
NORETURN void machine_poweroff(void);

/* The same with the PM1 control values that the control domain computed. */
NORETURN void machine_poweroff_with(uint16_t pm1a_control, uint16_t pm1b_control);

NORETURN void machine_halt(void);

/* Called before any of these, if set; what it does must be right after a panic, too. */
extern void (*machine_last_moment)(void);

/* At boot: the registers for this (only those in I/O space are used), and the DSDT's
 * SLP_TYP values for S5 (arch/acpi_sleep.h); neither is needed for a halt or a reboot. */
void machine_set_registers(const struct acpi_info *acpi);
void machine_set_sleep_types(uint8_t pm1a_type, uint8_t pm1b_type);

#endif
