/* SPDX-License-Identifier: MIT */
/*
 * mmu_update writes page-table entries by their machine address and counts what it did (xen.h).
 */
#include "guest.h"

static uint64_t page[512] PAGE_ALIGNED;

void test_main(void)
{
    uint64_t address = pte_address((uint64_t)page, 1);
    uint64_t *other = page_new();
    struct mmu_update updates[2] = {
        { address | MMU_NORMAL_PT_UPDATE, entry_of(other, PTE_RW) },
        { address | MMU_NORMAL_PT_UPDATE, entry_of(page, PTE_RW) },
    };
    uint32_t done = 77;

    page[0] = 1;
    other[0] = 2;
    expect_eq(hypercall(mmu_update, updates, 1, &done, DOMID_SELF), 0, "one update");
    expect_eq(done, 1, "is counted");
    require_eq(mmu_extended(MMUEXT_TLB_FLUSH_LOCAL, 0), 0, "flush");
    expect_eq(((volatile uint64_t *)page)[0], 2, "the other page is seen");
    expect_eq(hypercall(mmu_update, updates, 2, &done, DOMID_SELF), 0, "two updates");
    expect_eq(done, 2, "are counted");
    expect_eq(hypercall(mmu_update, updates, 0, &done, DOMID_SELF), 0, "none");
    expect_eq(done, 0, "is counted too");
    expect_eq(hypercall(mmu_update, updates, 1, NULL, DOMID_SELF), 0, "without a counter");
}
