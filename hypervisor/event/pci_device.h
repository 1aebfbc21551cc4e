/* SPDX-License-Identifier: MIT */
/*
 * The PCI functions that the control domain has announced, as far as their messages are concerned.
 *
 * A record is made once and stays for ever, so it may be looked at without a lock. irq_map_lock
 * guards what changes in it.
 */
#ifndef PARAPET_EVENT_PCI_DEVICE_H
#define PARAPET_EVENT_PCI_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/msi.h"
#include "arch/pci_config.h"
#include "domain/domain.h"
#include "lib/compiler.h"

#define PCI_DEVICES_MAX 4096u

struct pci_device {
    struct pci_device *next;
    struct pci_function function;
    _Atomic bool is_present; /* announced, and not taken back since */
    bool is_virtual;         /* its BARs are in the physical function's SR-IOV capability */
    struct msi_capability msi;
    struct msix_capability msix;
    uint64_t table_address; /* of the MSI-X table */
    volatile void *table;   /* where that is mapped, NULL: nowhere yet */
    uint32_t messages_used; /* vectors that its messages have */
};

/* pci_device_announce - it is there, from now on or still. 0, -ENODEV (its configuration space cannot
 * be reached), -ENOMEM or -ENOSPC. pci_device_withdraw: it is gone; -ENODEV if it never was. */
MUST_CHECK int pci_device_announce(struct pci_function function, bool is_virtual);
MUST_CHECK int pci_device_withdraw(struct pci_function function);

/* A function that was announced and is present; else NULL. */
struct pci_device *pci_device_find(struct pci_function function);

/* pci_device_guards - the register at @offset belongs to the hypervisor: address, data or mask of a
 * function's MSI. */
bool pci_device_guards(struct pci_function function, uint32_t offset);

/*
 * pci_device_map_table - the MSI-X table can be reached at device->table. @bar is where the control
 * domain @d believes that the BAR with the table starts; 0: as the function says. irq_map_lock is
 * held. 0, -EINVAL (no MSI-X), -ENXIO (the function does not decode that memory), -EPERM (no
 * memory of a device), -EBUSY, -ENOMEM.
 */
MUST_CHECK int pci_device_map_table(struct pci_device *device, const struct domain *d,
                                    uint64_t bar);

/* pci_device_map_window - the configuration space of these buses can be reached at @address, which
 * is where the firmware said. 0, -ENODEV, -ENOMEM or -ENOSPC. */
MUST_CHECK int pci_device_map_window(uint16_t segment, uint8_t first_bus, uint8_t last_bus,
                                     uint64_t address);

#endif
