/* SPDX-License-Identifier: MIT */
/* What messages say, and where a function's registers for them are (PCI 3.0, section 6.8). */
#include "arch/msi.h"

#include <string.h>

#include "support/fake_arch/fake_devices.h"
#include "support/unit.h"

#define IS_64_BIT   0x80u
#define IS_MASKABLE 0x100u
#define CAN_SEND_8  (3u << 1)

static const struct pci_function function = { .bus = 2, .devfn = 0x18 };
static struct msi_capability msi;
static struct msix_capability msix;

static uint32_t *start(uint32_t control)
{
    uint32_t *registers;

    fake_devices_start();
    registers = fake_pci_function(function.bus, function.devfn);
    fake_pci_add_msi(registers, 0x50, control);
    msi_find(function, &msi, &msix);
    return registers;
}

TEST(msi, a_message_names_cpu_and_vector)
{
    struct msi_message message = msi_message(0x12, 0x61);

    ck_assert_uint_eq(message.address, 0xfee12000);
    ck_assert_uint_eq(message.data, 0x61); /* fixed delivery, edge */
}

TEST(msi, capabilities_are_found_in_the_list)
{
    uint32_t *registers = start(CAN_SEND_8 | IS_64_BIT | IS_MASKABLE);

    registers[0x40 / 4] = 0x01; /* another capability, the last of the list */
    registers[0x50 / 4] |= 0x40 << 8;
    fake_pci_add_msix(registers, 0x70, 5, 0x2004);
    msi_find(function, &msi, &msix);
    ck_assert_uint_eq(msi.offset, 0x50);
    ck_assert_uint_eq(msi.messages, 8);
    ck_assert(msi.is_64_bit && msi.is_maskable);
    ck_assert_uint_eq(msix.offset, 0x70);
    ck_assert_uint_eq(msix.entries, 5);
    ck_assert_uint_eq(msix.bar, 4);
    ck_assert_uint_eq(msix.table_offset, 0x2000);
}

TEST(msi, a_function_without_a_list_has_none)
{
    uint32_t *registers = start(0);

    registers[1] = 0;
    msi_find(function, &msi, &msix);
    ck_assert_uint_eq(msi.offset + msix.offset, 0);
    msi_find((struct pci_function){ .bus = 9 }, &msi, &msix);
    ck_assert_uint_eq(msi.offset + msix.offset, 0);
}

TEST(msi, a_list_that_is_a_circle_ends)
{
    uint32_t *registers = start(0);

    registers[0x50 / 4] |= 0x50 << 8;
    msi_find(function, &msi, &msix);
    ck_assert_uint_eq(msi.offset, 0x50);
}

TEST(msi, messages_that_a_function_cannot_mean_are_no_more_than_32)
{
    start(7u << 1);
    ck_assert_uint_eq(msi.messages, MSI_MESSAGES_MAX);
}

TEST(msi, registers_of_the_short_form)
{
    uint32_t *registers = start(0);

    registers[0x58 / 4] = 0xabcd0000; /* beside the data, not ours */
    msi_write(function, &msi, msi_message(1, 0x41));
    ck_assert_uint_eq(registers[0x54 / 4], 0xfee01000);
    ck_assert_uint_eq(registers[0x58 / 4], 0xabcd0041);
    msi_set_masked(function, &msi, 0, true); /* it has no mask */
    ck_assert_uint_eq(registers[0x5c / 4], 0);
    msi_enable(function, &msi, 1);
    ck_assert_uint_eq(registers[0x50 / 4] >> 16, 1);
    msi_disable(function, &msi);
    ck_assert_uint_eq(registers[0x50 / 4] >> 16, 0);
}

TEST(msi, registers_of_the_long_form)
{
    uint32_t *registers = start(CAN_SEND_8 | IS_64_BIT | IS_MASKABLE);

    msi_write(function, &msi, msi_message(1, 0x40));
    ck_assert_uint_eq(registers[0x54 / 4], 0xfee01000);
    ck_assert_uint_eq(registers[0x58 / 4], 0);
    ck_assert_uint_eq(registers[0x5c / 4], 0x40);
    ck_assert_uint_eq(registers[0x60 / 4], UINT32_MAX);
    msi_enable(function, &msi, 4);
    ck_assert_uint_eq(registers[0x50 / 4] >> 16, CAN_SEND_8 | IS_64_BIT | IS_MASKABLE | 2 << 4 | 1);
    msi_set_masked(function, &msi, 2, false);
    ck_assert_uint_eq(registers[0x60 / 4], ~4u);
    msi_set_masked(function, &msi, 2, true);
    ck_assert_uint_eq(registers[0x60 / 4], UINT32_MAX);
    msi_set_address(function, &msi, msi_message(7, 0x40));
    ck_assert_uint_eq(registers[0x54 / 4], 0xfee07000);
}

TEST(msi, its_registers_are_known)
{
    start(IS_64_BIT | IS_MASKABLE);
    ck_assert(!msi_owns_register(&msi, 0x50)); /* control: others may write it */
    for (uint32_t offset = 0x54; offset < 0x64; offset += 4)
        ck_assert(msi_owns_register(&msi, offset));
    ck_assert(!msi_owns_register(&msi, 0x64));
    start(0);
    ck_assert(msi_owns_register(&msi, 0x58));
    ck_assert(!msi_owns_register(&msi, 0x5c));
    ck_assert(!msi_owns_register(&(struct msi_capability){ 0 }, 8));
}

TEST(msix, an_entry_is_written_masked)
{
    uint32_t table[8] = { 0 };

    msix_write(table, 1, msi_message(2, 0x77));
    ck_assert_uint_eq(table[4], 0xfee02000);
    ck_assert_uint_eq(table[5], 0);
    ck_assert_uint_eq(table[6], 0x77);
    ck_assert_uint_eq(table[7], 1);
    ck_assert_uint_eq(table[0] | table[1] | table[2] | table[3], 0);
    table[7] |= 0xab00; /* reserved bits stay */
    msix_set_masked(table, 1, false);
    ck_assert_uint_eq(table[7], 0xab00);
    msix_set_address(table, 1, msi_message(3, 0x77));
    ck_assert_uint_eq(table[4], 0xfee03000);
}

TEST(msix, is_enabled_with_all_masked_unless_it_is_on)
{
    uint32_t *registers = start(0);

    fake_pci_add_msix(registers, 0x70, 5, 0);
    msi_find(function, &msi, &msix);
    msix_enable(function, &msix);
    ck_assert_uint_eq(registers[0x70 / 4] >> 16, 0xc004);
    registers[0x70 / 4] &= ~(1u << 30);
    msix_enable(function, &msix);
    ck_assert_uint_eq(registers[0x70 / 4] >> 16, 0x8004);
}

/* ---- configuration space ---- */

TEST(pci_config, another_segment_is_reached_by_its_window)
{
    static uint32_t window[0x40000]; /* a bus */
    struct pci_function there = { .segment = 1, .bus = 0x20, .devfn = 0x0a };

    fake_devices_start();
    ck_assert(!pci_is_reachable(there));
    ck_assert_uint_eq(pci_read(there, 4), UINT32_MAX);
    pci_write(there, 4, 7);
    ck_assert(pci_mmconfig_add(1, 0x20, 0x20, window));
    ck_assert(pci_is_reachable(there));
    pci_write(there, 4, 7);
    ck_assert_uint_eq(window[(0x0a << 12 | 4) / 4], 7);
    window[(0x0a << 12 | 8) / 4] = 0x55;
    ck_assert_uint_eq(pci_read(there, 8), 0x55);
    there.bus++;
    ck_assert(!pci_is_reachable(there));
}

TEST(pci_config, the_first_segment_is_reached_by_ports)
{
    uint32_t *registers;

    fake_devices_start();
    registers = fake_pci_function(1, 0x10);
    ck_assert_uint_eq(pci_read((struct pci_function){ .bus = 1, .devfn = 0x10 }, 0), registers[0]);
    pci_write((struct pci_function){ .bus = 1, .devfn = 0x10 }, 0x3c, 0x10a);
    ck_assert_uint_eq(registers[0x3c / 4], 0x10a);
    ck_assert_uint_eq(pci_read((struct pci_function){ .bus = 1 }, 0), UINT32_MAX);
}
