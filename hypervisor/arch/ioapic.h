/* SPDX-License-Identifier: MIT */
/*
 * The IO-APICs: pins by global interrupt number (GSI), as the MADT numbers them.
 *
 * All pins start masked; the 8259s are masked for good. One lock guards the register windows.
 */
#ifndef PARAPET_ARCH_IOAPIC_H
#define PARAPET_ARCH_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define IOAPIC_BYTES   4096u
#define MAX_IOAPICS    16u
#define ISA_INTERRUPTS 16u

struct ioapic_pin {
    uint8_t vector;
    bool is_level;
    bool is_active_low;
    uint32_t apic_id; /* destination, physical mode */
};

/* How an interrupt arrives: ISA ones as the MADT's overrides say, by default edge, high. */
struct isa_route {
    uint32_t gsi;
    bool is_level;
    bool is_active_low;
};

/* At boot, before any pin is used. */
void legacy_pic_mask(void);
/* False: too many. @address: where the control domain sees it; @registers: mapped uncached. */
__attribute__((warn_unused_result)) bool ioapic_add(uint64_t address, uint32_t first_gsi,
                                                    volatile void *registers);
void ioapic_set_isa_route(uint32_t isa_interrupt, struct isa_route route);

struct isa_route ioapic_isa_route(uint32_t isa_interrupt);
uint32_t ioapic_count(void);
uint32_t ioapic_gsi_count(void); /* all GSIs are below this; some below may not exist */
uint64_t ioapic_address(uint32_t index);

bool ioapic_has(uint32_t gsi);

/* Programs the pin, masked. False: no such GSI. */
__attribute__((warn_unused_result)) bool ioapic_program(uint32_t gsi, struct ioapic_pin pin);
/* No effect on a GSI that does not exist. */
void ioapic_set_masked(uint32_t gsi, bool is_masked);
void ioapic_set_destination(uint32_t gsi, uint32_t apic_id);

/* Register @index of the IO-APIC whose registers are at @address, for the control domain
 * (PHYSDEVOP_apic_read). False: no IO-APIC there. */
__attribute__((warn_unused_result)) bool ioapic_read(uint64_t address, uint32_t index,
                                                     uint32_t *value);

#endif
