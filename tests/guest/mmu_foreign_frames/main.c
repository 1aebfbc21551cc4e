/* SPDX-License-Identifier: MIT */
/*
 * An ordinary domain can map no frame but its own: not by number, not by naming another domain
 * (xen.h: the fourth argument of mmu_update needs privilege).
 *
 * Machine: domains=1
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    const uint64_t *p2m = (const uint64_t *)start_info->mfn_list;
    uint8_t *page = page_new();
    uint64_t address = pte_address((uint64_t)page, 1);
    unsigned accepted = 0;

    (void)id;
    for (uint64_t mfn = 0; mfn < 17000; mfn++) {
        uint64_t pfn = m2p(mfn);
        struct mmu_update update = { address, mfn << 12 | PTE_RO };

        if (pfn < start_info->nr_pages && p2m[pfn] == mfn)
            continue;
        if (hypercall(mmu_update, &update, 1, NULL, DOMID_SELF) == 0 &&
            mfn != start_info->shared_info >> 12) {
            failure("frame %#lx can be mapped", mfn);
            if (++accepted > 5)
                break;
        }
        if (hypercall(mmu_update, &update, 1, NULL, 0) == 0)
            failure("frame %#lx can be mapped as the control domain's", mfn);
    }
    expect(map_page(page, 0xfee00000UL | PTE_RW) < 0, "the local APIC");
    expect(map_page(page, 0xb8000UL | PTE_RW) < 0, "the screen");
    expect(hypercall(update_va_mapping_otherdomain, page, entry_of(page, PTE_RW), 0, 0) < 0,
           "update_va_mapping_otherdomain");
}

void test_main(void)
{
    neighbour_wait(1);
}
