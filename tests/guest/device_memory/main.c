/* SPDX-License-Identifier: MIT */
/*
 * The control domain maps what is no RAM, and the whole first MiB, but not the interrupt controllers
 * and not the hypervisor; other domains map nothing of it (abi-facts 5.10).
 *
 * Machine: domains=1 devices=edu
 * Machine: nobochs="the device is QEMU's"
 */
#include "devices.h"

#define WINDOW     0xffffffffc0100000UL
#define LOCAL_APIC 0xfee00000UL
#define IOAPIC     0xfec00000UL
#define MMCONFIG   0xb0000000UL /* of q35 */
#define BIOS       0xf0000UL
#define HYPERVISOR 0x100000UL

static long map(uint64_t address, uint64_t bits)
{
    return hypercall(update_va_mapping, WINDOW, address | bits, UVMF_INVLPG);
}

static volatile uint32_t *const window = (volatile uint32_t *)WINDOW;

static void check_allowed(void)
{
    uint32_t vendor = pci_in(0, 0), devfn = edu_find();

    expect_eq(map(MMCONFIG, PTE_RW | PTE_PCD), 0, "configuration space");
    expect_eq(window[0], vendor, "is what the ports show");
    expect_eq(map(pci_in(devfn, 0x10) & ~0xfUL, PTE_RW | PTE_PCD), 0, "a device");
    expect_eq(window[0], 0x010000ed, "answers");
    expect_eq(map(BIOS, PTE_RO), 0, "the BIOS");
    expect_eq(map(0, PTE_RW), 0, "its data in the first page");
}

static void check_refused(uint64_t bits)
{
    expect(map(LOCAL_APIC, bits) < 0, "the local APIC");
    expect(map(IOAPIC, bits) < 0, "the IO-APIC");
    expect(map(HYPERVISOR, bits) < 0, "the hypervisor");
    expect(map(1UL << 51, bits) < 0, "an address that no machine has");
}

void neighbour_main(uint32_t id)
{
    (void)id;
    map_at(WINDOW, 0);
    check_refused(PTE_RO);
    expect(map(MMCONFIG, PTE_RO) < 0, "configuration space");
    expect(map(BIOS, PTE_RO) < 0, "the BIOS");
    expect(map(0xa0000, PTE_RW) < 0, "the screen");
}

void test_main(void)
{
    devices_setup();
    map_at(WINDOW, 0);
    check_allowed();
    check_refused(PTE_RW);
    check_refused(PTE_RO);
    expect_eq(map(0, 0), 0, "nothing");
    neighbour_wait(1);
}
