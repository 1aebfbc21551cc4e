/* SPDX-License-Identifier: MIT */
/*
 * What the hypervisor would refuse by mmu_update it refuses here too: the kernel gets its page fault.
 * Without the assist, and on tables above L1, there is no emulation at all (abi-facts 5.8).
 */
#include "guest.h"

static uint64_t target[512] PAGE_ALIGNED;

static volatile uint64_t *entry_of_level(unsigned level)
{
    uint64_t address = pte_address((uint64_t)target, level);

    return (volatile uint64_t *)(VIRT_BASE + m2p(address >> 12) * 4096 + (address & 4095));
}

void test_main(void)
{
    volatile uint64_t *entry = entry_of_level(1);
    struct try_result result;

    require_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0, "on");
    result = try_write(entry, entry_of((void *)start_info->pt_base, PTE_RW));
    expect(result.trapped && result.vector == VECTOR_PF, "a page table, writable");
    expect_eq(result.error_code & 7, 3, "is a write to a page that is there");
    expect_eq(result.cr2, (long)(uint64_t)entry, "at the entry");
    expect(try_write(entry, 0xfffffffff000UL | PTE_RW).trapped, "a frame that does not exist");
    expect(try_write(entry, 0xfee00000UL | PTE_RW).trapped, "the local APIC");
    expect_eq(*entry & PTE_ADDRESS_MASK, (long)(mfn_of(target) << 12), "the entry is as it was");
    for (unsigned level = 2; level <= 4; level++)
        expect(try_write(entry_of_level(level), 0).trapped, "a higher table");
    expect(try_write((void *)start_info->pt_base, 0).trapped, "slot 0 of the root");

    require_eq(hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0, "off");
    expect(try_write(entry, entry_of(target, PTE_RO)).trapped, "without the assist");
}
