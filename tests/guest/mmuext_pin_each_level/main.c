/* SPDX-License-Identifier: MIT */
/*
 * A table of each level can be pinned by itself, with all that is below it, and is a page table until it is unpinned
 * (abi-facts 5.4).
 */
#include "guest.h"

static uint64_t tables[4][512] PAGE_ALIGNED;

static void make_read_only(void *table)
{
    require_eq(map_page(table, entry_of(table, PTE_RO)), 0, "a table becomes read-only");
}

void test_main(void)
{
    static const uint32_t pin[4] = { MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE,
                                     MMUEXT_PIN_L4_TABLE };

    tables[0][7] = entry_of(page_new(), PTE_RW);
    for (unsigned level = 1; level < 4; level++)
        tables[level][5] = entry_of(tables[level - 1], PTE_RW);
    for (unsigned level = 0; level < 4; level++) {
        make_read_only(tables[level]);
        expect_eq(mmu_extended(pin[level], mfn_of(tables[level])), 0, "pinned");
        for (unsigned below = 0; below <= level; below++)
            expect(map_page(tables[below], entry_of(tables[below], PTE_RW)) < 0,
                   "it, and what is below it, is not writable");
        expect_eq(mmu_extended(pin[level], mfn_of(tables[level])), -XEN_EINVAL, "pinned twice");
        expect(mmu_extended(pin[(level + 1) % 4], mfn_of(tables[level])) < 0, "at another level");
        expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(tables[level])), 0, "unpinned");
        expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(tables[level])), -XEN_EINVAL, "twice");
        expect_eq(map_page(tables[0], entry_of(tables[0], PTE_RW)), 0, "it is free again");
        make_read_only(tables[0]);
    }
}
