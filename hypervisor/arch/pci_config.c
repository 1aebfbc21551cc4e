/* SPDX-License-Identifier: MIT */
/* One lock, because the address port is one for the machine. */
#include "arch/pci_config.h"

#include "arch/x86.h"
#include "lib/spinlock.h"

static struct spinlock lock = SPINLOCK_INIT(LOCK_CONTROLLER);

uint32_t pci_config_read(uint32_t address, unsigned part, unsigned bytes)
{
    uint32_t value;

    spin_lock(&lock);
    out32(PCI_PORT_ADDRESS, address);
    value = port_read((uint16_t)(PCI_PORT_DATA + part), bytes);
    spin_unlock(&lock);
    return value;
}

void pci_config_write(uint32_t address, unsigned part, unsigned bytes, uint32_t value)
{
    spin_lock(&lock);
    out32(PCI_PORT_ADDRESS, address);
    port_write((uint16_t)(PCI_PORT_DATA + part), bytes, value);
    spin_unlock(&lock);
}
