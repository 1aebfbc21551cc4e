/* SPDX-License-Identifier: MIT */
/*
 * An L4 may have a slot that points to the L4 itself, read-only; never writable, not even by
 * changing flags alone (XSA-182, XSA-185, XSA-240).
 */
#include "guest.h"

void test_main(void)
{
    void *l4 = (void *)start_info->pt_base;
    uint64_t slot = maddr_of(l4) + 300 * 8;
    long result = mmu_write(slot, entry_of(l4, PTE_RO));

    expect(mmu_write(slot, entry_of(l4, PTE_RW)) < 0, "writable at once");
    if (result < 0)
        skip("linear page tables are not offered (%ld)", result);
    expect_eq(mmu_write(slot, entry_of(l4, PTE_RO)), 0, "the same again");
    expect(mmu_write(slot, entry_of(l4, PTE_RW)) < 0, "writable by a change of flags");
    expect(mmu_write(slot | MMU_PT_UPDATE_PRESERVE_AD, entry_of(l4, PTE_RW)) < 0, "keeping bits");
    expect_eq(pte_read(VIRT_BASE, 4), (long)((volatile uint64_t *)l4)[511], "it is intact");
    expect_eq(mmu_write(slot, 0), 0, "it goes");
}
