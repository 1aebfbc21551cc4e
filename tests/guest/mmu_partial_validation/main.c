/* SPDX-License-Identifier: MIT */
/*
 * If an L3 is refused for an entry deep below it, nothing of what was validated before it keeps a reference: all of its tables and pages can be
 * written again (XSA-242, XSA-287, XSA-291, XSA-299).
 */
#include "guest.h"

#define TABLES 6u

static uint64_t *l3, *l2, *l1[TABLES];
static void *pages[TABLES];

static void build(void)
{
    l3 = page_new();
    l2 = page_new();
    for (unsigned i = 0; i < TABLES; i++) {
        l1[i] = page_new();
        pages[i] = page_new();
        l1[i][i * 100] = entry_of(pages[i], PTE_RW);
        l2[i * 50] = entry_of(l1[i], PTE_RW);
    }
    l3[3] = entry_of(l2, PTE_RW);
}

static void map_tables(uint64_t bits)
{
    require_eq(map_page(l3, entry_of(l3, bits)), 0, "the L3");
    require_eq(map_page(l2, entry_of(l2, bits)), 0, "the L2");
    for (unsigned i = 0; i < TABLES; i++)
        require_eq(map_page(l1[i], entry_of(l1[i], bits)), 0, "an L1");
}

void test_main(void)
{
    build();
    for (unsigned bad = 0; bad < TABLES; bad++) {
        l1[bad][511] = 0xfee00000UL | PTE_RW;
        map_tables(PTE_RO);
        expect(mmu_extended(MMUEXT_PIN_L3_TABLE, mfn_of(l3)) < 0, "an entry that is not allowed");
        expect(mmu_extended(MMUEXT_PIN_L2_TABLE, mfn_of(l2)) < 0, "by the L2");
        map_tables(PTE_RW);
        l1[bad][511] = 0;
        for (unsigned i = 0; i < TABLES; i++)
            expect_eq(map_page(pages[i], entry_of(pages[i], PTE_RO)), 0, "its page");
    }
    map_tables(PTE_RO);
    expect_eq(mmu_extended(MMUEXT_PIN_L3_TABLE, mfn_of(l3)), 0, "without it");
    expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(l3)), 0, "unpinned");
    map_tables(PTE_RW);
}
