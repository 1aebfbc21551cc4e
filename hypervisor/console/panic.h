/* SPDX-License-Identifier: MIT */
/*
 * The end: a report and a stop.
 *
 * A panic is a bug of ours or a broken machine, never a guest's doing. The report has the cause,
 * registers, a backtrace with names, what the running vCPU was, and the last trace records of
 * each CPU. Then the other CPUs are stopped, and machine_stop() stops (noreboot) or reboots.
 * Only the first CPU to panic reports; a panic within the report stops at once.
 */
#ifndef PARAPET_CONSOLE_PANIC_H
#define PARAPET_CONSOLE_PANIC_H

#include "arch/trap_frame.h"
#include "lib/compiler.h"

NORETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);

/* The same with the registers at the time of a fault; the backtrace starts there. */
NORETURN void panic_with_frame(const struct trap_frame *frame, const char *format, ...)
    PRINTF_LIKE(2, 3);

/*
 * The machine or its command line cannot be used (no memory, unknown option, no NX): one line,
 * then stop or reboot as the options say. Not a bug, so no report.
 */
NORETURN void boot_failure(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints registers and a backtrace of a frame, for reports that do not stop the machine. */
void report_frame(const struct trap_frame *frame);

/* Set by the layer that knows vCPUs: prints what runs on this CPU, reading nothing of a guest. */
extern void (*panic_describe_vcpu)(void);

#endif
