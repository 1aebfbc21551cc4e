/* SPDX-License-Identifier: MIT */
/*
 * System time: nanoseconds since the hypervisor was entered, the same on every CPU.
 *
 * It is the TSC, scaled; its frequency was measured against the HPET, the ACPI PM timer or the
 * PIT. clock_is_stable() says whether all TSCs were found synchronous; if not, each CPU has an
 * offset and time is only close.
 */
#ifndef PARAPET_ARCH_CLOCK_H
#define PARAPET_ARCH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/clock_scale.h"

#define NS_PER_SECOND 1000000000UL
#define NS_PER_MS     1000000UL
#define NS_PER_US     1000UL

/* From ticks of the TSC to nanoseconds. */
struct clock_scale clock_tsc_scale(void);
uint64_t clock_tsc_hz(void);
bool clock_is_stable(void);

/* 0 before clock_calibrate(). */
uint64_t system_time_ns(void);

/* This CPU's TSC value at system time @time_ns, and the reverse. */
uint64_t clock_tsc_at(uint64_t time_ns);
uint64_t clock_time_at(uint64_t tsc);

/* Busy waiting, after clock_calibrate(). */
void clock_delay_us(uint32_t us);

/* What the TSC and the APIC timer are measured against: the first of these that works. */
struct clock_references {
    volatile void *hpet_registers; /* or NULL */
    uint16_t pm_timer_port;        /* or 0 */
    bool pm_timer_is_32_bits;
};
#define HPET_BYTES 1024u

/* Once, on the boot CPU; @entry_tsc is the TSC at the hypervisor's first instructions. The
 * name of the reference, or NULL: nothing counts. */
const char *clock_calibrate(uint64_t entry_tsc, const struct clock_references *references);

/* Compares CPU 0's TSC with that of CPU @id, which calls clock_sync_target() meanwhile. */
void clock_sync_source(uint32_t id);
void clock_sync_target(void);

#endif
