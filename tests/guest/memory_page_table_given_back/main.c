/* SPDX-License-Identifier: MIT */
/*
 * Giving back a frame that is still a page table, or still mapped, ends the domain's claim but not the
 * frame: it is never unpinned on the way and not reused while something refers to it (XSA-252).
 */
#include "guest.h"

void test_main(void)
{
    uint64_t *l1 = page_new();
    uint64_t mfn = mfn_of(l1);
    struct xen_memory_reservation op = { .extent_start = (uint64_t)&mfn,
                                         .nr_extents = 1,
                                         .domid = DOMID_SELF };
    long before = hypercall(memory_op, XENMEM_current_reservation, &(domid_t){ DOMID_SELF });

    require_eq(map_page(l1, entry_of(l1, PTE_RO)), 0, "read-only");
    require_eq(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn), 0, "pinned");
    expect_eq(hypercall(memory_op, XENMEM_decrease_reservation, &op), 1, "given back");
    expect_eq(hypercall(memory_op, XENMEM_decrease_reservation, &op), 0, "once");
    expect_eq(hypercall(memory_op, XENMEM_current_reservation, &(domid_t){ DOMID_SELF }), before,
              "it still counts");
    expect_eq(*(volatile uint64_t *)l1, 0, "it is still there");
    expect(map_page(l1, mfn << 12 | PTE_RW) < 0, "and still a page table");
    expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn), 0, "unpinned");
    expect_eq(map_page(l1, 0), 0, "and unmapped");
    expect_eq(hypercall(memory_op, XENMEM_current_reservation, &(domid_t){ DOMID_SELF }),
              before - 1, "now it is gone");
}
