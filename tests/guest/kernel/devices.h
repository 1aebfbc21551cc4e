/* SPDX-License-Identifier: MIT */
/*
 * Devices for test guests: PCI functions, their interrupts, and one to play with, which
 * "Machine: devices=edu" adds: it interrupts when it is told and until it is told otherwise (QEMU's
 * docs/specs/edu.txt).
 */
#ifndef PARAPET_TESTS_GUEST_DEVICES_H
#define PARAPET_TESTS_GUEST_DEVICES_H

#include "guest.h"

/* physdev(eoi, &op): an operation on an argument. */
#define physdev(name, argument) hypercall(physdev_op, PHYSDEVOP_##name, argument)

uint32_t port_in(uint16_t port, unsigned bytes);
void port_out(uint16_t port, unsigned bytes, uint32_t value);
/* Makes ports usable; before all others here. */
void devices_setup(void);

/* Registers of functions of bus 0, by the two ports. */
uint32_t pci_in(uint32_t devfn, uint32_t offset);
void pci_out(uint32_t devfn, uint32_t offset, uint32_t value);
/* The offset of a capability; 0: there is none. */
uint32_t pci_capability(uint32_t devfn, uint8_t id);
#define PCI_CAPABILITY_MSI 5u

/* ---- edu; all of this ends the test with a skip where there is none ---- */

uint32_t edu_find(void); /* its devfn; its registers are mapped and decoded */
void edu_raise(void);    /* asserts its line, or sends a message */
void edu_acknowledge(void);

/* ---- interrupts ---- */

/* pirq_map_line: 0 or the error. pirq_bind: the port, or the error. */
long pirq_map_line(uint32_t gsi);
long pirq_set_line(uint32_t gsi, bool is_level, bool is_active_low);
long pirq_map_msi(uint32_t devfn, uint32_t *pirq);
long pirq_bind(uint32_t pirq);
long pirq_end(uint32_t pirq);
long pirq_unmap(uint32_t pirq);

/* Whether the port becomes pending while the guest does nothing but that, for long; cleared then.
 * What must not happen is given the time of a number of calls. */
bool interrupt_comes(uint32_t port);
bool interrupt_comes_not(uint32_t port);

#endif
