/* SPDX-License-Identifier: MIT */
#include "native/pci.h"

#include "native/x86.h"

#define PCI_ADDRESS 0xcf8
#define PCI_DATA    0xcfc
#define PCI_BUSES   8u /* more than any machine has that this kernel is started on */
#define ENABLE      0x80000000u
#define NO_DEVICE   0xffffffffu

static void pci_select(const struct pci_device *device, uint32_t reg)
{
    out32(PCI_ADDRESS, ENABLE | (uint32_t)device->bus << 16 | (uint32_t)device->slot << 11 |
                           (uint32_t)device->function << 8 | (reg & 0xfc));
}

uint32_t pci_read(const struct pci_device *device, uint32_t reg)
{
    pci_select(device, reg);
    return in32(PCI_DATA);
}

void pci_write(const struct pci_device *device, uint32_t reg, uint32_t value)
{
    pci_select(device, reg);
    out32(PCI_DATA, value);
}

void pci_enable(const struct pci_device *device)
{
    pci_write(device, PCI_COMMAND, (pci_read(device, PCI_COMMAND) & 0xffff) | 7);
}

static bool advance(struct pci_device *device)
{
    device->function = (uint8_t)((device->function + 1) % 8);
    if (device->function == 0) {
        device->slot = (uint8_t)((device->slot + 1) % 32);
        if (device->slot == 0)
            device->bus++;
    }
    return device->bus < PCI_BUSES;
}

bool pci_find(struct pci_device *device, uint32_t reg, uint32_t mask, uint32_t value)
{
    while (advance(device)) {
        if (pci_read(device, PCI_ID) != NO_DEVICE && (pci_read(device, reg) & mask) == value)
            return true;
    }
    return false;
}
