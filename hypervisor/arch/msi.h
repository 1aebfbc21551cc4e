/* SPDX-License-Identifier: MIT */
/*
 * Interrupts as messages: a PCI function's MSI and MSI-X capabilities (PCI Local Bus 3.0, section
 * 6.8) and what a message says to the local APIC (SDM volume 3A, section 10.11).
 *
 * No state but the hardware's; the caller has a lock for each function. Entries of an MSI-X table
 * are in the function's memory, which the caller maps, and touches only while the function
 * decodes it.
 */
#ifndef PARAPET_ARCH_MSI_H
#define PARAPET_ARCH_MSI_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/pci_config.h"

#define MSI_MESSAGES_MAX 32u

struct msi_capability {
    uint8_t offset; /* 0: the function has none */
    bool is_64_bit;
    bool is_maskable;
    uint8_t messages; /* the most that the function can send, a power of two */
};

struct msix_capability {
    uint8_t offset;        /* 0: the function has none */
    uint8_t bar;           /* which holds the table */
    uint16_t entries;      /* of the table */
    uint32_t table_offset; /* within the BAR */
};

#define MSIX_ENTRY_BYTES 16u

struct msi_message {
    uint64_t address;
    uint32_t data;
};

/* Edge, fixed delivery, to the CPU with this APIC id (below 256). */
struct msi_message msi_message(uint32_t apic_id, uint32_t vector);

/* Reads a function's list of capabilities. */
void msi_find(struct pci_function function, struct msi_capability *msi,
              struct msix_capability *msix);

/* ---- MSI: one address, data whose low bits the function counts up ---- */

/* Masked if that can be, disabled; then enabled for @count messages, a power of two. */
void msi_write(struct pci_function function, const struct msi_capability *msi,
               struct msi_message message);
void msi_enable(struct pci_function function, const struct msi_capability *msi, uint32_t count);
void msi_disable(struct pci_function function, const struct msi_capability *msi);
/* No effect where the capability has no mask. */
void msi_set_masked(struct pci_function function, const struct msi_capability *msi,
                    uint32_t message, bool is_masked);
/* Changes the destination alone, by one access. */
void msi_set_address(struct pci_function function, const struct msi_capability *msi,
                     struct msi_message message);
/* Whether the register at @offset is the address, the data or the mask. */
bool msi_owns_register(const struct msi_capability *msi, uint32_t offset);

/* ---- MSI-X: an address, data and mask for each entry of a table ---- */

void msix_write(volatile void *table, uint32_t entry, struct msi_message message); /* masked */
void msix_set_address(volatile void *table, uint32_t entry, struct msi_message message);
void msix_set_masked(volatile void *table, uint32_t entry, bool is_masked);
/* If the function has MSI-X off: on, with the mask over all of it, which who drives it lifts. */
void msix_enable(struct pci_function function, const struct msix_capability *msix);

#endif
