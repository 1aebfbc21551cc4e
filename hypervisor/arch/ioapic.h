/* SPDX-License-Identifier: MIT */
/*
 * The IO-APICs: pins by global interrupt number (GSI), as the MADT numbers them.
 *
 * All pins start masked; the 8259s are masked for good. A lock in here guards the register
 * window of each IO-APIC.
 */
#ifndef PARAPET_ARCH_IOAPIC_H
#define PARAPET_ARCH_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

struct ioapic_pin {
    uint8_t vector;
    bool is_level;
    bool is_active_low;
    uint32_t apic_id; /* destination, physical mode */
};

/* Once, from the MADT. Without an IO-APIC there are no pins and ioapic_gsi_count() is 0. */
void ioapic_start(void);

uint32_t ioapic_gsi_count(void); /* GSIs are below this; some below may not exist */
uint32_t ioapic_count(void);

/* Programs the pin, masked. False: no such GSI. */
__attribute__((warn_unused_result)) bool ioapic_program(uint32_t gsi, struct ioapic_pin pin);
void ioapic_set_masked(uint32_t gsi, bool is_masked);
void ioapic_set_destination(uint32_t gsi, uint32_t apic_id);

/* Where ISA interrupt @irq arrives, and how, with the MADT's overrides applied. */
uint32_t ioapic_isa_gsi(uint32_t irq);
void ioapic_isa_mode(uint32_t irq, bool *is_level, bool *is_active_low);

/* Register @index of the IO-APIC whose registers are at @address, for the control domain
 * (PHYSDEVOP_apic_read). False: no IO-APIC there. */
__attribute__((warn_unused_result)) bool ioapic_read(uint64_t address, uint32_t index,
                                                     uint32_t *value);

#endif
