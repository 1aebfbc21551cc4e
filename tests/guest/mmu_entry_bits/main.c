/* SPDX-License-Identifier: MIT */
/*
 * Bits of an entry that would reach past the checks are refused: large pages, and address bits
 * beyond the machine's (XSA-148, XSA-167).
 */
#include "guest.h"

void test_main(void)
{
    uint64_t va = VIRT_BASE;
    uint64_t l2 = pte_address(va, 2), l3 = pte_address(va, 3), l4 = pte_address(va, 4);
    uint64_t spare_l2 = (l2 & ~4095UL) + 300 * 8;

    expect(mmu_write(spare_l2, maddr_of(page_new()) | PTE_RW | PTE_LARGE) < 0, "a 2 MiB page");
    expect(mmu_write(l2, pte_read(va, 2) | PTE_LARGE) < 0, "an L2 entry that becomes large");
    expect(mmu_write(l3, pte_read(va, 3) | PTE_LARGE) < 0, "an L3 entry that becomes large");
    expect(mmu_write(l4, pte_read(va, 4) | PTE_LARGE) < 0, "an L4 entry with that bit");
    expect(mmu_write(spare_l2, 0xffffffffff000UL | PTE_RW) < 0, "a frame that does not exist");
    expect(mmu_write(spare_l2, 0 | PTE_RW) < 0, "frame 0 as a page table");
}
