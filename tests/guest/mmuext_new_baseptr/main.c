/* SPDX-License-Identifier: MIT */
/*
 * NEW_BASEPTR switches to another root at once (xen.h). The old one can be unpinned then, and the
 * new one cannot while it is in use lose its type.
 */
#include "guest.h"

static volatile uint64_t page[512] PAGE_ALIGNED;

void test_main(void)
{
    uint64_t *old = (uint64_t *)start_info->pt_base;
    uint64_t *l4 = page_new();
    const uint64_t low = 0x10000000000UL; /* slot 2 */
    uint64_t *l3 = page_new(), *l2 = page_new(), *l1 = page_new();

    page[0] = 0x77;
    l1[0] = entry_of(page, PTE_RO);
    l2[0] = entry_of(l1, PTE_RW);
    l3[0] = entry_of(l2, PTE_RW);
    memcpy(l4, old, 4096);
    l4[2] = entry_of(l3, PTE_RW);
    for (unsigned i = 256; i < 272; i++)
        l4[i] = 0;
    require_eq(map_page(l1, entry_of(l1, PTE_RO)), 0, "read-only");
    require_eq(map_page(l2, entry_of(l2, PTE_RO)), 0, "read-only");
    require_eq(map_page(l3, entry_of(l3, PTE_RO)), 0, "read-only");
    require_eq(map_page(l4, entry_of(l4, PTE_RO)), 0, "read-only");

    expect(try_read((void *)low, NULL).trapped, "the old root has nothing there");
    expect(mmu_extended(MMUEXT_NEW_BASEPTR, mfn_of(page)) < 0, "a page is no root");
    expect(mmu_extended(MMUEXT_NEW_BASEPTR, mfn_of(l3)) < 0, "nor is an L3");
    expect(mmu_extended(MMUEXT_NEW_BASEPTR, 0xfffffffffUL) < 0, "nor what does not exist");
    expect_eq(mmu_extended(MMUEXT_NEW_BASEPTR, mfn_of(l4)), 0, "the new root");
    expect_eq(*(volatile uint64_t *)low, 0x77, "is in force");
    expect_eq(mmu_extended(MMUEXT_NEW_BASEPTR, mfn_of(l4)), 0, "again");
    expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(old)), 0, "the old root is unpinned");
    expect_eq(*(volatile uint64_t *)low, 0x77, "the new one stays");
    expect(map_page(l4, entry_of(l4, PTE_RW)) < 0, "and is a page table though not pinned");
}
