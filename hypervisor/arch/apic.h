/* SPDX-License-Identifier: MIT */
/*
 * The local APIC: one-shot timer, inter-processor interrupts, end of interrupt.
 *
 * x2APIC where the CPU has it, else the memory-mapped xAPIC. Each CPU touches only its own.
 */
#ifndef PARAPET_ARCH_APIC_H
#define PARAPET_ARCH_APIC_H

#include <stdbool.h>
#include <stdint.h>

#define XAPIC_BYTES 4096u

/* Once, on the boot CPU: x2APIC or not, and where the xAPIC's registers are. */
void apic_detect(void);
bool apic_is_x2(void);
uint64_t apic_address(void);

/* @registers: the page at apic_address(), mapped uncached; not used with x2APIC. */
void apic_set_registers(volatile void *registers);

/* On every CPU: enabled, all local interrupts masked but the timer's and, on the boot CPU,
 * the NMI pin's. */
void apic_start_cpu(bool is_boot_cpu);

uint32_t apic_id(void);
void apic_eoi(void);

/* Fixed-delivery interrupt @vector to the CPU with this APIC id; and the others. */
void apic_send(uint32_t apic_id, uint8_t vector);
void apic_send_nmi(uint32_t apic_id);
void apic_send_init(uint32_t apic_id);
void apic_send_startup(uint32_t apic_id, uint8_t page);

/*
 * This CPU's one-shot timer: SOFTIRQ_TIMER is raised at @deadline_ns of system time or up to
 * some microseconds earlier or later, and earlier if the deadline is out of the timer's reach
 * (whoever serves it looks at the clock and sets the timer again). A deadline in the past
 * fires at once; APIC_TIMER_OFF disarms it.
 */
#define APIC_TIMER_OFF (~0UL)
void apic_timer_set(uint64_t deadline_ns);
bool apic_timer_is_tsc_deadline(void);

/* For the calibration, on the boot CPU: let the timer count down from its maximum, masked;
 * how far it has come; and the result. */
void apic_timer_count_start(void);
uint32_t apic_timer_count_elapsed(void);
void apic_timer_set_frequency(uint64_t hz);

/* Errors that the APIC has reported since the start, all CPUs. */
uint32_t apic_error_count(void);

#endif
