/* SPDX-License-Identifier: MIT */
/*
 * What to do for each external interrupt vector.
 *
 * The trap code calls interrupt_dispatch() for every vector from VECTOR_FIRST_INTERRUPT on;
 * a handler runs with interrupts off, on the main stack, and does little: it sets a softirq.
 * Who installs a handler owns the vector (arch/vectors.h).
 */
#ifndef PARAPET_ARCH_INTERRUPT_H
#define PARAPET_ARCH_INTERRUPT_H

#include <stdint.h>

typedef void (*interrupt_handler)(uint32_t vector);

/* Once per vector, before the interrupt can arrive. The dispatcher sends the EOI before it
 * calls the handler; the second kind of handler calls apic_eoi() itself, for interrupts of which
 * something must be done first (a level-triggered pin is to be masked). */
void interrupt_set_handler(uint32_t vector, interrupt_handler handler);
void interrupt_set_ending_handler(uint32_t vector, interrupt_handler handler);

void interrupt_dispatch(uint32_t vector);

#endif
