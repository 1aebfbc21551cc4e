/* SPDX-License-Identifier: MIT */
/*
 * How the machine ends. All of these stop the other CPUs first and do not return.
 */
#ifndef PARAPET_ARCH_REBOOT_H
#define PARAPET_ARCH_REBOOT_H

#include <stdint.h>

/* Options "noreboot" and its opposite decide what machine_stop() does. */
void machine_set_noreboot(int value);

/* After a fatal error: reboot after some seconds, or halt when told "noreboot". */
_Noreturn void machine_stop(void);

/* ACPI reset register, port 0xcf9, keyboard controller, triple fault: until one works. */
_Noreturn void machine_reboot(void);

/* ACPI S5 with the sleep type found in the DSDT; halts if there is none. */
_Noreturn void machine_poweroff(void);

/* The same with the PM1 control values that the control domain computed. */
_Noreturn void machine_poweroff_with(uint16_t pm1a_control, uint16_t pm1b_control);

_Noreturn void machine_halt(void);

#endif
