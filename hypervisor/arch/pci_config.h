/* SPDX-License-Identifier: MIT */
/*
 * PCI configuration space: an address and its access at a time.
 *
 * The first segment is reached through ports 0xcf8 and 0xcfc, any other through its MMCONFIG window,
 * once somebody has mapped that. The hypervisor's own accesses are to the first 256 bytes, where
 * all that it wants to know is, and of 32 bits.
 */
#ifndef PARAPET_ARCH_PCI_CONFIG_H
#define PARAPET_ARCH_PCI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_PORT_ADDRESS 0xcf8u
#define PCI_PORT_DATA    0xcfcu

#define PCI_ADDRESS_ENABLE 0x80000000u

/* Registers of every function, by offset (PCI Local Bus 3.0, section 6.1). */
#define PCI_VENDOR             0x00u
#define PCI_COMMAND            0x04u /* low half; the high one is the status */
#define PCI_HEADER             0x0cu /* bits 16-22: type */
#define PCI_BAR(index)         (0x10u + 4 * (index))
#define PCI_CAPABILITIES       0x34u
#define PCI_COMMAND_MEMORY     (1u << 1)
#define PCI_STATUS_HAS_LIST    (1u << 20) /* of the register at PCI_COMMAND */
#define PCI_BAR_IS_IO          1u
#define PCI_BAR_TYPE_MASK      6u
#define PCI_BAR_TYPE_64        4u
#define PCI_BAR_FLAGS          0xfu
#define PCI_CONFIG_BYTES       256u
#define PCI_MMCONFIG_BUS_BYTES (1u << 20)

#define PCI_MMCONFIGS_MAX 64u

struct pci_function {
    uint16_t segment;
    uint8_t bus;
    uint8_t devfn; /* device << 3 | function */
};

/* What port 0xcf8 takes: the aligned register of a function. */
static inline uint32_t pci_address(uint32_t bus, uint32_t device_function, uint32_t offset)
{
    return PCI_ADDRESS_ENABLE | bus << 16 | device_function << 8 | (offset & 0xfc);
}

/* The same, backward: whose register, of the first segment. */
static inline struct pci_function pci_function_of_address(uint32_t address)
{
    return (struct pci_function){ .bus = (uint8_t)(address >> 16),
                                  .devfn = (uint8_t)(address >> 8) };
}

static inline bool pci_function_equal(struct pci_function a, struct pci_function b)
{
    return a.segment == b.segment && a.bus == b.bus && a.devfn == b.devfn;
}

/* 1, 2 or 4 bytes at byte @part (0 to 3) of the register at @address. */
uint32_t pci_config_read(uint32_t address, unsigned part, unsigned bytes);
void pci_config_write(uint32_t address, unsigned part, unsigned bytes, uint32_t value);

/* The aligned register at @offset. A function that is not there or cannot be reached reads as
 * ones. */
uint32_t pci_read(struct pci_function function, uint32_t offset);
void pci_write(struct pci_function function, uint32_t offset, uint32_t value);

/* @window: PCI_MMCONFIG_BUS_BYTES for each bus from the first to the last, mapped uncached. False:
 * too many. The caller has a lock; readers need none. */
__attribute__((warn_unused_result)) bool pci_mmconfig_add(uint16_t segment, uint8_t first_bus,
                                                          uint8_t last_bus, volatile void *window);
/* Whether pci_read() has a way to it. */
bool pci_is_reachable(struct pci_function function);

#endif
