/* SPDX-License-Identifier: MIT */
/*
 * mmuext_op pins and unpins page tables of each level: the frame must hold valid entries of that
 * level, and stays a page table until it is unpinned (xen.h).
 */
#include "guest.h"

static long pin(unsigned level, void *table)
{
    return mmu_extended(MMUEXT_PIN_L1_TABLE + level - 1, mfn_of(table));
}

void test_main(void)
{
    void *page = page_new();
    uint64_t *table[5] = { NULL, page_new(), page_new(), page_new(), page_new() };

    table[1][5] = entry_of(page, PTE_RW);
    table[2][6] = entry_of(table[1], PTE_RW);
    table[3][7] = entry_of(table[2], PTE_RW);
    table[4][8] = entry_of(table[3], PTE_RW);
    for (unsigned level = 1; level <= 4; level++)
        expect(pin(level, table[level]) < 0, "a table that can be written");
    for (unsigned level = 1; level <= 4; level++)
        require_eq(map_page(table[level], entry_of(table[level], PTE_RO)), 0, "read-only");

    expect_eq(pin(4, table[4]), 0, "an L4, and all below it");
    expect(map_page(table[1], entry_of(table[1], PTE_RW)) < 0, "its L1 is a page table now");
    expect(pin(3, table[2]) < 0, "an L2 is no L3");
    expect_eq(pin(2, table[2]), 0, "but an L2, and can be pinned by itself");
    expect(pin(2, table[2]) < 0, "once");
    expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(table[4])), 0, "the L4 goes");
    expect(map_page(table[2], entry_of(table[2], PTE_RW)) < 0, "the L2 is still pinned");
    expect_eq(map_page(table[4], entry_of(table[4], PTE_RW)), 0, "the L4 is memory again");
    expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(table[2])), 0, "the L2 goes");
    expect_eq(map_page(table[2], entry_of(table[2], PTE_RW)), 0, "it is memory again");
    expect_eq(map_page(table[1], entry_of(table[1], PTE_RW)), 0, "and the L1 below it");
    expect(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(table[2])) < 0, "nothing is pinned any more");
}
