/* SPDX-License-Identifier: MIT */
/*
 * MMU_PT_UPDATE_PRESERVE_AD takes the accessed and dirty bits from the entry as it is, not from the
 * new value (features.h: mmu_pt_update_preserve_ad).
 */
#include "guest.h"

static volatile uint64_t page[512] PAGE_ALIGNED;

static long update(uint64_t command, uint64_t value)
{
    struct mmu_update update = { pte_address((uint64_t)page, 1) | command, value };

    return hypercall(mmu_update, &update, 1, NULL, DOMID_SELF);
}

void test_main(void)
{
    uint64_t clean = entry_of(page, PTE_PRESENT | PTE_WRITE | PTE_USER);
    uint64_t both = PTE_ACCESSED | PTE_DIRTY;

    require_eq(update(MMU_NORMAL_PT_UPDATE, clean | both), 0, "bits set");
    expect_eq(update(MMU_PT_UPDATE_PRESERVE_AD, clean), 0, "keeping them");
    expect_eq(pte_read((uint64_t)page, 1) & both, (long)both, "they are kept");
    expect_eq(update(MMU_NORMAL_PT_UPDATE, clean), 0, "not keeping them");
    expect_eq(pte_read((uint64_t)page, 1) & PTE_DIRTY, 0, "the dirty bit is gone");
}
