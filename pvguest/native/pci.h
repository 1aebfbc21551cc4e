/* SPDX-License-Identifier: MIT */
/* The PCI bus, by the two ports of configuration mechanism 1. */
#ifndef PVGUEST_NATIVE_PCI_H
#define PVGUEST_NATIVE_PCI_H

#include "kernel/types.h"

struct pci_device {
    uint8_t bus, slot, function;
};

#define PCI_ID        0x00u /* vendor, device */
#define PCI_COMMAND   0x04u
#define PCI_CLASS     0x08u /* revision, interface, subclass, class */
#define PCI_BAR       0x10u /* + 4 * number */
#define PCI_INTERRUPT 0x3cu /* line, pin */

uint32_t pci_read(const struct pci_device *device, uint32_t reg);
void pci_write(const struct pci_device *device, uint32_t reg, uint32_t value);

/* pci_enable - memory and ports answer, and the device may use memory by itself. */
void pci_enable(const struct pci_device *device);

/* pci_find - the next device whose register @reg has @value under @mask; false: there is none. */
bool pci_find(struct pci_device *device, uint32_t reg, uint32_t mask, uint32_t value);
/* What pci_find() starts at. */
#define PCI_BEFORE_FIRST ((struct pci_device){ .bus = 0xff, .slot = 31, .function = 7 })

#endif
