/* SPDX-License-Identifier: MIT */
/*
 * System time: nanoseconds since the hypervisor was entered, the same on every CPU.
 *
 * It is the TSC, scaled. The frequency comes from CPUID where that states it, else from a
 * calibration against the HPET, the ACPI PM timer or the PIT. clock_is_stable() says whether
 * all TSCs were found synchronous; if not, each CPU has an offset and time is only close.
 */
#ifndef PARAPET_ARCH_CLOCK_H
#define PARAPET_ARCH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* ns = ((tsc << shift, or >> -shift) * mul) >> 32, as the ABI's vcpu_time_info has it. */
struct clock_scale {
    uint32_t mul;
    int8_t shift;
};

uint64_t clock_scale_apply(struct clock_scale scale, uint64_t ticks);

/* The scale that turns ticks of @hz into nanoseconds; @hz is not 0. */
struct clock_scale clock_scale_from_hz(uint64_t hz);

/* 0 before clock_start(). */
uint64_t system_time_ns(void);

/* The TSC value at which this CPU's system time is @time_ns; for pvclock and TSC deadlines. */
uint64_t clock_tsc_at(uint64_t time_ns);

/* System time that belongs to TSC value @tsc of this CPU. */
uint64_t clock_time_at(uint64_t tsc);

uint64_t clock_tsc_hz(void);
struct clock_scale clock_scale(void);
bool clock_is_stable(void);

/* Busy waiting; works before calibration too (by the PIT's speed), then coarsely. */
void clock_delay_us(uint32_t us);

/* Once, on the boot CPU: @entry_tsc is the TSC at the hypervisor's first instruction. */
void clock_start(uint64_t entry_tsc);
void clock_calibrate(void);

/* Both sides of the comparison of CPU 0's TSC with that of CPU @id, one CPU at a time. */
void clock_sync_source(uint32_t id);
void clock_sync_target(void);

#endif
