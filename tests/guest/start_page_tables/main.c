/* SPDX-License-Identifier: MIT */
/*
 * The first page tables map everything writable but themselves, and p2m list and M2P agree
 * (abi-facts 1.3, 1.8).
 */
#include "guest.h"

static void check_mapping(uint64_t pfn)
{
    uint64_t va = VIRT_BASE + pfn * 4096;
    uint64_t entry = pte_read(va, 1);
    uint64_t first_table = pfn_of((void *)start_info->pt_base);
    bool is_table = pfn >= first_table && pfn < first_table + start_info->nr_pt_frames;

    if (!(entry & PTE_PRESENT) || !(entry & PTE_USER) || !(entry & PTE_WRITE) != is_table)
        failure("pfn %#lx is mapped by %#lx", pfn, entry);
    if ((entry & PTE_ADDRESS_MASK) >> 12 != ((uint64_t *)start_info->mfn_list)[pfn])
        failure("pfn %#lx: the p2m list says %#lx, its entry %#lx", pfn,
                ((uint64_t *)start_info->mfn_list)[pfn], entry);
}

void test_main(void)
{
    const uint64_t *p2m = (const uint64_t *)start_info->mfn_list;
    uint64_t stack = pfn_of((void *)start_info->pt_base) + start_info->nr_pt_frames;
    uint64_t end = stack + 1 + 128;

    for (uint64_t pfn = 0; pfn < end; pfn++) {
        if (pfn != pfn_of(shared_info)) /* the library has mapped it over a page of its own */
            check_mapping(pfn);
    }
    for (uint64_t pfn = 0; pfn < start_info->nr_pages; pfn++) {
        if (m2p(p2m[pfn]) != pfn) {
            failure("M2P of %#lx is %#lx, not pfn %#lx", p2m[pfn], m2p(p2m[pfn]), pfn);
            break;
        }
    }
    expect(pte_read((uint64_t)test_main, 1) & PTE_WRITE, "the text is writable at first");
}
