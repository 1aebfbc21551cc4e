/* SPDX-License-Identifier: MIT */
/*
 * The control domain may map a neighbour's frames by naming it, by mmu_update and by
 * update_va_mapping_otherdomain, and only frames that are that neighbour's.
 *
 * Machine: domains=1
 */
#include "guest.h"

static volatile uint64_t shared[512] PAGE_ALIGNED;

void neighbour_main(uint32_t id)
{
    struct mmu_update update = { mfn_of(shared) << 12 | MMU_MACHPHYS_UPDATE, 0xfeed };

    (void)id;
    shared[0] = 0x1234;
    /* The way to tell the number: the control domain finds this pfn in the M2P. */
    require_eq(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF), 0, "marking the frame");
    meet(CONTROL_DOMAIN);
    meet(CONTROL_DOMAIN);
    expect_eq(shared[1], 0x5678, "what the control domain wrote");
}

void test_main(void)
{
    volatile uint64_t *page = page_new();
    uint64_t mfn = 0;
    struct mmu_update update = { .ptr = pte_address((uint64_t)page, 1) };

    meet(1);
    while (mfn < 17000 && m2p(mfn) != 0xfeed)
        mfn++;
    require(mfn < 17000, "the neighbour's frame");
    update.val = mfn << 12 | PTE_RW;
    expect(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF) < 0, "as an own frame");
    expect_eq(hypercall(mmu_update, &update, 1, NULL, 1), 0, "as the neighbour's");
    require_eq(mmu_extended(MMUEXT_TLB_FLUSH_LOCAL, 0), 0, "flush");
    expect_eq(page[0], 0x1234, "what the neighbour wrote");
    page[1] = 0x5678;
    expect_eq(map_page(page, 0), 0, "it is unmapped");
    expect_eq(hypercall(update_va_mapping_otherdomain, page, update.val, UVMF_INVLPG, 1), 0,
              "the other way");
    expect_eq(page[0], 0x1234, "is the same page");
    update.val = entry_of(start_info, PTE_RW);
    expect(hypercall(mmu_update, &update, 1, NULL, 1) < 0, "an own frame as the neighbour's");
    expect_eq(hypercall(mmu_update, &update, 1, NULL, 5), -XEN_ESRCH, "of a domain that is not");
    meet(1);
    neighbour_wait(1);
}
