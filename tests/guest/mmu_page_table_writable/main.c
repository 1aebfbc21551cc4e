/* SPDX-License-Identifier: MIT */
/*
 * A frame that is a page table can be mapped read-only, never writable, by no way of writing an
 * entry (abi-facts 5: types exclude each other).
 */
#include "guest.h"

void test_main(void)
{
    void *page = page_new();
    uint64_t l4 = start_info->pt_base;
    uint64_t address = pte_address((uint64_t)page, 1);
    struct mmu_update update = { address, entry_of((void *)l4, PTE_RW) };

    expect_eq(map_page(page, entry_of((void *)l4, PTE_RO)), 0, "read-only");
    expect(*(volatile uint64_t *)page == *(volatile uint64_t *)l4, "it is the L4 that is seen");
    expect(map_page(page, entry_of((void *)l4, PTE_RW)) < 0, "writable by update_va_mapping");
    expect(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF) < 0, "writable by mmu_update");
    update.ptr |= MMU_PT_UPDATE_PRESERVE_AD;
    expect(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF) < 0, "keeping accessed bits");
    expect(!(pte_read((uint64_t)page, 1) & PTE_WRITE), "the entry is still read-only");
    for (unsigned level = 1; level <= 3; level++) {
        uint64_t table = pte_address(VIRT_BASE, level) & ~4095UL;

        expect(map_page(page, table | PTE_RW) < 0, "a table of any level");
        expect_eq(map_page(page, table | PTE_RO), 0, "which can be read");
    }
}
