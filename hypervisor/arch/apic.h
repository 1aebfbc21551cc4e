/* SPDX-License-Identifier: MIT */
/*
 * The local APIC: one-shot timer, inter-processor interrupts, end of interrupt.
 *
 * x2APIC where the CPU has it (and firmware or we can switch it on), else the memory-mapped
 * xAPIC. Each CPU touches only its own.
 */
#ifndef PARAPET_ARCH_APIC_H
#define PARAPET_ARCH_APIC_H

#include <stdbool.h>
#include <stdint.h>

/* Once, on the boot CPU: find and map it. Then on every CPU. */
void apic_detect(void);
void apic_start_cpu(void);

uint32_t apic_id(void);
bool apic_is_x2(void);
void apic_eoi(void);

/* Fixed-delivery interrupt @vector to the CPU with this APIC id. */
void apic_send(uint32_t apic_id, uint8_t vector);
void apic_send_nmi(uint32_t apic_id);
void apic_send_init(uint32_t apic_id);
void apic_send_startup(uint32_t apic_id, uint8_t page);

/*
 * This CPU's one-shot timer: SOFTIRQ_TIMER is raised at @deadline_ns of system time or up to
 * some microseconds earlier or later (whoever serves it looks at the clock). A deadline in the
 * past fires at once; APIC_TIMER_OFF disarms it.
 */
#define APIC_TIMER_OFF (~0UL)
void apic_timer_set(uint64_t deadline_ns);

/* Measure the timer against the clock that clock_calibrate() reads; called by it. */
void apic_timer_count_start(void);
uint32_t apic_timer_count_elapsed(void);
void apic_timer_set_frequency(uint64_t hz);

#endif
