/* SPDX-License-Identifier: MIT */
/* The registers of MSI and MSI-X. */
#include "arch/msi.h"

#include "arch/x86.h"

#define CAPABILITY_MSI  0x05u
#define CAPABILITY_MSIX 0x11u

/* A list can have no more members; one that runs in a circle ends here. */
#define CAPABILITIES_MAX 48u
#define CAPABILITY_FIRST 0x40u

/* The first register of both: id, next, and from bit 16 the message control. */
#define MSI_ENABLE         (1u << 16)
#define MSI_CAPABLE(word)  ((word) >> 17 & 7)
#define MSI_GRANTED(log2)  ((log2) << 20)
#define MSI_GRANTED_MASK   (7u << 20)
#define MSI_64_BIT         (1u << 23)
#define MSI_MASKABLE       (1u << 24)
#define MSIX_ENTRIES(word) (((word) >> 16 & 0x7ff) + 1)
#define MSIX_MASK_ALL      (1u << 30)
#define MSIX_ENABLE        (1u << 31)
#define MSIX_BAR_MASK      7u

#define MSI_ADDRESS 0x4u
#define MSIX_TABLE  0x4u

#define ENTRY_ADDRESS      0x0u
#define ENTRY_ADDRESS_HIGH 0x4u
#define ENTRY_DATA         0x8u
#define ENTRY_CONTROL      0xcu
#define ENTRY_MASKED       1u

#define MESSAGE_BASE 0xfee00000u

struct msi_message msi_message(uint32_t apic_id, uint32_t vector)
{
    return (struct msi_message){ .address = MESSAGE_BASE | apic_id << 12, .data = vector };
}

/* ---- finding ---- */

static void note_capability(struct pci_function function, uint8_t offset,
                            struct msi_capability *msi, struct msix_capability *msix)
{
    uint32_t word = pci_read(function, offset);
    uint32_t table;

    if ((word & 0xff) == CAPABILITY_MSI && !msi->offset) {
        uint32_t capable = MSI_CAPABLE(word) < 5 ? MSI_CAPABLE(word) : 5;

        msi->offset = offset;
        msi->is_64_bit = word & MSI_64_BIT;
        msi->is_maskable = word & MSI_MASKABLE;
        msi->messages = (uint8_t)(1u << capable);
    } else if ((word & 0xff) == CAPABILITY_MSIX && !msix->offset) {
        table = pci_read(function, offset + MSIX_TABLE);
        msix->offset = offset;
        msix->entries = (uint16_t)MSIX_ENTRIES(word);
        msix->bar = table & MSIX_BAR_MASK;
        msix->table_offset = table & ~MSIX_BAR_MASK;
    }
}

void msi_find(struct pci_function function, struct msi_capability *msi,
              struct msix_capability *msix)
{
    uint8_t offset;

    *msi = (struct msi_capability){ 0 };
    *msix = (struct msix_capability){ 0 };
    if (!(pci_read(function, PCI_COMMAND) & PCI_STATUS_HAS_LIST))
        return;
    offset = pci_read(function, PCI_CAPABILITIES) & 0xfc;
    for (unsigned i = 0; i < CAPABILITIES_MAX && offset >= CAPABILITY_FIRST; i++) {
        note_capability(function, offset, msi, msix);
        offset = pci_read(function, offset) >> 8 & 0xfc;
    }
}

/* ---- MSI ---- */

static uint32_t data_register(const struct msi_capability *msi)
{
    return msi->offset + (msi->is_64_bit ? 0xcu : 0x8u);
}

static uint32_t mask_register(const struct msi_capability *msi)
{
    return data_register(msi) + 4;
}

static uint32_t end_of_registers(const struct msi_capability *msi)
{
    return mask_register(msi) + (msi->is_maskable ? 4 : 0);
}

void msi_write(struct pci_function function, const struct msi_capability *msi,
               struct msi_message message)
{
    uint32_t data = pci_read(function, data_register(msi)) & 0xffff0000;

    msi_disable(function, msi);
    if (msi->is_maskable)
        pci_write(function, mask_register(msi), UINT32_MAX);
    pci_write(function, msi->offset + MSI_ADDRESS, (uint32_t)message.address);
    if (msi->is_64_bit)
        pci_write(function, msi->offset + MSI_ADDRESS + 4, (uint32_t)(message.address >> 32));
    pci_write(function, data_register(msi), data | message.data);
}

void msi_enable(struct pci_function function, const struct msi_capability *msi, uint32_t count)
{
    uint32_t word = pci_read(function, msi->offset) & ~MSI_GRANTED_MASK;
    uint32_t log2 = 0;

    while (1u << log2 < count)
        log2++;
    pci_write(function, msi->offset, word | MSI_GRANTED(log2) | MSI_ENABLE);
}

void msi_disable(struct pci_function function, const struct msi_capability *msi)
{
    pci_write(function, msi->offset, pci_read(function, msi->offset) & ~MSI_ENABLE);
}

void msi_set_masked(struct pci_function function, const struct msi_capability *msi,
                    uint32_t message, bool is_masked)
{
    uint32_t bits;

    if (!msi->is_maskable)
        return;
    bits = pci_read(function, mask_register(msi)) & ~(1u << message);
    pci_write(function, mask_register(msi), bits | (uint32_t)is_masked << message);
}

void msi_set_address(struct pci_function function, const struct msi_capability *msi,
                     struct msi_message message)
{
    pci_write(function, msi->offset + MSI_ADDRESS, (uint32_t)message.address);
}

bool msi_owns_register(const struct msi_capability *msi, uint32_t offset)
{
    return msi->offset && offset >= msi->offset + MSI_ADDRESS && offset < end_of_registers(msi);
}

/* ---- MSI-X ---- */

static volatile uint8_t *entry_registers(volatile void *table, uint32_t entry)
{
    return (volatile uint8_t *)table + (uint64_t)entry * MSIX_ENTRY_BYTES;
}

void msix_set_masked(volatile void *table, uint32_t entry, bool is_masked)
{
    volatile uint8_t *registers = entry_registers(table, entry);
    uint32_t control = mmio_read32(registers + ENTRY_CONTROL) & ~ENTRY_MASKED;

    mmio_write32(registers + ENTRY_CONTROL, control | (is_masked ? ENTRY_MASKED : 0));
}

void msix_write(volatile void *table, uint32_t entry, struct msi_message message)
{
    volatile uint8_t *registers = entry_registers(table, entry);

    msix_set_masked(table, entry, true);
    mmio_write32(registers + ENTRY_ADDRESS, (uint32_t)message.address);
    mmio_write32(registers + ENTRY_ADDRESS_HIGH, (uint32_t)(message.address >> 32));
    mmio_write32(registers + ENTRY_DATA, message.data);
}

void msix_set_address(volatile void *table, uint32_t entry, struct msi_message message)
{
    mmio_write32(entry_registers(table, entry) + ENTRY_ADDRESS, (uint32_t)message.address);
}

void msix_enable(struct pci_function function, const struct msix_capability *msix)
{
    uint32_t word = pci_read(function, msix->offset);

    if (!(word & MSIX_ENABLE))
        pci_write(function, msix->offset, word | MSIX_ENABLE | MSIX_MASK_ALL);
}
