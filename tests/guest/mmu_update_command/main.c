/* SPDX-License-Identifier: MIT */
/*
 * The low three bits of mmu_update's address are a command, of which four exist (xen.h). On a frame
 * that is no page table the value is written as it is.
 */
#include "guest.h"

void test_main(void)
{
    uint64_t *page = page_new();
    uint64_t *plain = page_new();
    uint64_t address = pte_address((uint64_t)page, 1);

    expect_eq(mmu_write(address, entry_of(page, PTE_RW)), 0, "a normal update");
    expect_eq(mmu_write(address | MMU_PT_UPDATE_PRESERVE_AD, entry_of(page, PTE_RW)), 0,
              "one that keeps accessed and dirty bits");
    expect_eq(mmu_write(address | MMU_PT_UPDATE_NO_TRANSLATE, entry_of(page, PTE_RW)), 0,
              "one whose frame number is the machine's, as all are");
    for (uint64_t command = 4; command < 8; command++)
        expect_eq(mmu_write(address | command, entry_of(page, PTE_RW)), -XEN_ENOSYS,
                  "a command that does not exist");
    expect_eq(mmu_write(maddr_of(&plain[3]), 0x1234567), 0, "a frame that is no page table");
    expect_eq(plain[3], 0x1234567, "is written as memory");
    expect(mmu_write(start_info->shared_info + 3200, 1) <= 0, "shared_info, too, or not");
}
