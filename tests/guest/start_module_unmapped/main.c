/* SPDX-License-Identifier: MIT */
/*
 * With the notes MOD_START_PFN and INIT_P2M the module is not mapped but named by its pfn, and the
 * p2m list is at the address the kernel chose, on page tables of its own, in one range of
 * frames that start_info names (abi-facts 1.3).
 *
 * Machine: module=5000
 */
#include "guest.h"

static uint8_t window[4096] PAGE_ALIGNED;

void test_main(void)
{
    const uint64_t *p2m = (const uint64_t *)start_info->mfn_list;
    uint64_t p2m_pages = (start_info->nr_pages * 8 + 4095) / 4096;

    expect(start_info->flags & SIF_MOD_START_PFN, "mod_start is a pfn");
    expect_eq(start_info->mod_len, 5000, "length in bytes");
    require_eq(map_page(window, p2m[start_info->mod_start] << 12 | PTE_RW), 0, "mapping it");
    for (unsigned i = 0; i < 4096; i++) {
        if (window[i] != i % 251) {
            failure("byte %u of the module is %u", i, window[i]);
            break;
        }
    }

    expect_eq(start_info->mfn_list, 0x8000000000, "the p2m list is where the note says");
    expect_eq(start_info->nr_p2m_frames, (long)(p2m_pages + 3), "list, one L1, L2 and L3");
    for (uint64_t i = 0; i < p2m_pages; i++) {
        uint64_t frame = p2m[start_info->first_p2m_pfn + i];

        require_eq(map_page(window, frame << 12 | PTE_RW), 0, "mapping a page of the list");
        expect_eq(memcmp(window, p2m + i * 512, 4096), 0, "its pages are the first of the range");
    }
    *(volatile uint64_t *)start_info->mfn_list = p2m[0]; /* it is writable */
    for (uint64_t pfn = 0; pfn < start_info->nr_pages; pfn += 97)
        expect_eq(m2p(p2m[pfn]), (long)pfn, "p2m and M2P agree");
}
