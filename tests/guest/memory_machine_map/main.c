/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory map, with the interrupt controllers reserved, is for the control domain. memory_map
 * is a domain's own map, which it has only if the toolstack gave it one (memory.h; abi-facts 2.1).
 *
 * Machine: domains=1
 */
#include "guest.h"

static struct xen_e820_entry entries[128];

static bool is_reserved(uint64_t address, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (address >= entries[i].addr && address - entries[i].addr < entries[i].size)
            return entries[i].type == XEN_E820_RESERVED;
    }
    return false;
}

void neighbour_main(uint32_t id)
{
    struct xen_memory_map map = { .nr_entries = 128, .buffer = (uint64_t)entries };
    struct xen_foreign_memory_map foreign = { .domid = DOMID_SELF, .map = map };

    (void)id;
    expect_eq(hypercall(memory_op, XENMEM_machine_memory_map, &map), -XEN_EPERM, "the machine's");
    expect_eq(hypercall(memory_op, XENMEM_memory_map, &map), -XEN_ENOSYS, "it has none");
    foreign.map.nr_entries = 1;
    expect_eq(hypercall(memory_op, XENMEM_set_memory_map, &foreign), -XEN_EPERM, "nor sets one");
    meet(CONTROL_DOMAIN);
    meet(CONTROL_DOMAIN);
    expect_eq(hypercall(memory_op, XENMEM_memory_map, &map), 0, "then it has");
    expect_eq(map.nr_entries, 2, "two entries");
    expect_eq(entries[1].addr, 0x100000, "the second");
}

void test_main(void)
{
    struct xen_memory_map map = { .nr_entries = 128, .buffer = (uint64_t)entries };
    struct xen_foreign_memory_map foreign = { .domid = 1 };
    static struct xen_e820_entry given[2] = { { 0, 0x9f000, XEN_E820_RAM },
                                              { 0x100000, 0x700000, XEN_E820_RAM } };

    expect_eq(hypercall(memory_op, XENMEM_machine_memory_map, &map), 0, "the machine's map");
    require(map.nr_entries > 3 && map.nr_entries < 128, "entries");
    for (uint32_t i = 1; i < map.nr_entries; i++)
        expect(entries[i].addr >= entries[i - 1].addr + entries[i - 1].size, "sorted");
    expect(is_reserved(0xfee00000, map.nr_entries), "the local APIC");
    expect(is_reserved(0xfec00000, map.nr_entries), "the IO-APIC");
    map.nr_entries = 2;
    expect_eq(hypercall(memory_op, XENMEM_machine_memory_map, &map), 0, "with room for two");
    expect_eq(map.nr_entries, 2, "two");
    map.buffer = HYPERVISOR_VIRT_START;
    expect_eq(hypercall(memory_op, XENMEM_machine_memory_map, &map), -XEN_EFAULT, "no buffer");
    expect_eq(hypercall(memory_op, XENMEM_memory_map, &map), -XEN_ENOSYS, "no own map");

    meet(1);
    foreign.map.buffer = (uint64_t)given;
    foreign.map.nr_entries = 0;
    expect_eq(hypercall(memory_op, XENMEM_set_memory_map, &foreign), -XEN_EINVAL, "empty");
    foreign.map.nr_entries = 129;
    expect_eq(hypercall(memory_op, XENMEM_set_memory_map, &foreign), -XEN_EINVAL, "too long");
    foreign.map.nr_entries = 2;
    expect_eq(hypercall(memory_op, XENMEM_set_memory_map, &foreign), 0, "the neighbour's");
    foreign.domid = 77;
    expect_eq(hypercall(memory_op, XENMEM_set_memory_map, &foreign), -XEN_ESRCH, "of no domain");
    meet(1);
    neighbour_wait(1);
}
