/* SPDX-License-Identifier: MIT */
/*
 * mmu_update stops at the first entry that is refused: earlier ones are done and counted, later ones
 * are not done (xen.h).
 */
#include "guest.h"

void test_main(void)
{
    uint64_t *page[3] = { page_new(), page_new(), page_new() };
    struct mmu_update updates[3];
    uint32_t done = 77;

    for (unsigned i = 0; i < 3; i++)
        updates[i] =
            (struct mmu_update){ pte_address((uint64_t)page[i], 1), entry_of(page[i], PTE_RO) };
    updates[1].val |= PTE_GLOBAL << 43; /* bits above the frame number */
    updates[1].val = entry_of((void *)start_info->pt_base, PTE_RW); /* a page table, writable */
    expect(hypercall(mmu_update, updates, 3, &done, DOMID_SELF) < 0, "the second is refused");
    expect_eq(done, 1, "the first is counted");
    expect(!(pte_read((uint64_t)page[0], 1) & PTE_WRITE), "the first is done");
    expect(pte_read((uint64_t)page[1], 1) & PTE_WRITE, "the second is not");
    expect(pte_read((uint64_t)page[2], 1) & PTE_WRITE, "nor the third");
    expect_eq(hypercall(mmu_update, NULL, 1, &done, DOMID_SELF), -XEN_EFAULT, "a null list");
    expect_eq(done, 0, "of which nothing is done");
    expect_eq(hypercall(mmu_update, updates, 1, HYPERVISOR_VIRT_START, DOMID_SELF), -XEN_EFAULT,
              "a counter in the hypervisor's range");
}
