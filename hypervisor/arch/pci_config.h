/* SPDX-License-Identifier: MIT */
/*
 * PCI configuration space through ports 0xcf8 and 0xcfc, an address and its access at a time.
 */
#ifndef PARAPET_ARCH_PCI_CONFIG_H
#define PARAPET_ARCH_PCI_CONFIG_H

#include <stdint.h>

#define PCI_PORT_ADDRESS 0xcf8u
#define PCI_PORT_DATA    0xcfcu

#define PCI_ADDRESS_ENABLE 0x80000000u

/* What port 0xcf8 takes: the aligned register of a function. */
static inline uint32_t pci_address(uint32_t bus, uint32_t device_function, uint32_t offset)
{
    return PCI_ADDRESS_ENABLE | bus << 16 | device_function << 8 | (offset & 0xfc);
}

/* 1, 2 or 4 bytes at byte @part (0 to 3) of the register at @address. */
uint32_t pci_config_read(uint32_t address, unsigned part, unsigned bytes);
void pci_config_write(uint32_t address, unsigned part, unsigned bytes, uint32_t value);

#endif
