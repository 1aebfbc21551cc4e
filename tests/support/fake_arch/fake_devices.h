/* SPDX-License-Identifier: MIT */
/*
 * Interrupt controllers and PCI functions of a host test: registers that remember what they are told.
 * Ports 0xcf8 and 0xcfc reach the functions of segment 0, memory the IO-APIC and what map_device()
 * maps.
 */
#ifndef PARAPET_TESTS_FAKE_DEVICES_H
#define PARAPET_TESTS_FAKE_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_IOAPIC_PINS    24u
#define FAKE_IOAPIC_ADDRESS 0xfec00000u

/* All registers as after a reset, no PCI function; arch/ioapic.c (once) knows the IO-APIC. */
void fake_devices_start(void);

/* A pin's redirection entry, and how often its low half was written. */
uint64_t fake_ioapic_pin(uint32_t pin);
unsigned fake_ioapic_writes(uint32_t pin);
/* As if the pin waited for the end of a level-triggered interrupt; a write as an edge clears it. */
void fake_ioapic_set_waiting(uint32_t pin);

/* The 64 registers of a function, which exists from now on; a vendor is set, nothing else. */
uint32_t *fake_pci_function(uint8_t bus, uint8_t devfn);

/* Capabilities for a function's registers, linked in front of what its list has already. */
void fake_pci_add_msi(uint32_t *registers, uint8_t offset, uint32_t control);
void fake_pci_add_msix(uint32_t *registers, uint8_t offset, uint32_t entries, uint32_t table);

/* Where map_device() maps device memory: 64 KiB that stand for all of it. */
extern uint32_t fake_device_memory[0x4000];

#endif
