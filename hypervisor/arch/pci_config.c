/* SPDX-License-Identifier: MIT */
/*
 * One lock, because the address port is one for the machine. Windows are added to the end of their
 * table and stay.
 */
#include "arch/pci_config.h"

#include <stdatomic.h>
#include <stddef.h>

#include "arch/x86.h"
#include "lib/spinlock.h"

static struct spinlock lock = SPINLOCK_INIT(LOCK_CONTROLLER);

static struct {
    volatile uint8_t *registers;
    uint16_t segment;
    uint8_t first_bus, last_bus;
} windows[PCI_MMCONFIGS_MAX];
static _Atomic uint32_t window_count;

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

bool pci_mmconfig_add(uint16_t segment, uint8_t first_bus, uint8_t last_bus, volatile void *window)
{
    uint32_t count = atomic_load_explicit(&window_count, memory_order_relaxed);

    if (count == PCI_MMCONFIGS_MAX)
        return false;
    windows[count].registers = window;
    windows[count].segment = segment;
    windows[count].first_bus = first_bus;
    windows[count].last_bus = last_bus;
    atomic_store_explicit(&window_count, count + 1, memory_order_release);
    return true;
}

/* The function's registers in a window, or NULL. */
static volatile uint8_t *mmconfig_of(struct pci_function function)
{
    uint32_t count = atomic_load_explicit(&window_count, memory_order_acquire);

    for (uint32_t i = 0; i < count; i++) {
        if (windows[i].segment == function.segment && function.bus >= windows[i].first_bus &&
            function.bus <= windows[i].last_bus)
            return windows[i].registers +
                   (uint64_t)(function.bus - windows[i].first_bus) * PCI_MMCONFIG_BUS_BYTES +
                   ((uint64_t)function.devfn << 12);
    }
    return NULL;
}

bool pci_is_reachable(struct pci_function function)
{
    return function.segment == 0 || mmconfig_of(function);
}

uint32_t pci_read(struct pci_function function, uint32_t offset)
{
    volatile uint8_t *registers;

    if (function.segment == 0)
        return pci_config_read(pci_address(function.bus, function.devfn, offset), 0, 4);
    registers = mmconfig_of(function);
    return registers ? mmio_read32(registers + offset) : UINT32_MAX;
}

void pci_write(struct pci_function function, uint32_t offset, uint32_t value)
{
    volatile uint8_t *registers;

    if (function.segment == 0) {
        pci_config_write(pci_address(function.bus, function.devfn, offset), 0, 4, value);
        return;
    }
    registers = mmconfig_of(function);
    if (registers)
        mmio_write32(registers + offset, value);
}
