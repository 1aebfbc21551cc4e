/* SPDX-License-Identifier: MIT */
/* Finds the handler of an external interrupt and tells the local APIC that it has ended. */
#include "arch/interrupt.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/apic.h"
#include "arch/percpu.h"
#include "arch/vectors.h"

static struct {
    interrupt_handler handler;
    bool sends_eoi;
} table[VECTOR_COUNT];

void interrupt_set_handler(uint32_t vector, interrupt_handler handler)
{
    table[vector].sends_eoi = false;
    table[vector].handler = handler;
}

void interrupt_set_ending_handler(uint32_t vector, interrupt_handler handler)
{
    table[vector].sends_eoi = true;
    table[vector].handler = handler;
}

/* Those that leave no bit in the APIC's in-service register; an EOI would end another's. */
static bool vector_is_spurious(uint32_t vector)
{
    return vector == VECTOR_APIC_SPURIOUS ||
           (vector >= VECTOR_LEGACY_PIC && vector <= VECTOR_LEGACY_PIC_LAST);
}

void interrupt_dispatch(uint32_t vector)
{
    interrupt_handler handler = table[vector].handler;

    this_cpu()->counters.interrupt++;
    if (vector_is_spurious(vector))
        return;
    if (!table[vector].sends_eoi)
        apic_eoi();
    if (handler)
        handler(vector);
}
