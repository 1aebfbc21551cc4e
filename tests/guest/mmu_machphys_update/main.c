/* SPDX-License-Identifier: MIT */
/*
 * MMU_MACHPHYS_UPDATE sets the M2P entry of an own frame; of another's it is refused (XSA-109,
 * XSA-113).
 *
 * Machine: domains=1
 */
#include "guest.h"

static long machphys(uint64_t mfn, uint64_t pfn, uint16_t domain)
{
    struct mmu_update update = { mfn << 12 | MMU_MACHPHYS_UPDATE, pfn };

    return hypercall(mmu_update, &update, 1, NULL, domain);
}

/* A frame that is the control domain's: the M2P tells of all frames, but not whose they are. The
 * neighbour tries all below 64 MiB that are not its own. */
void neighbour_main(uint32_t id)
{
    const uint64_t *p2m = (const uint64_t *)start_info->mfn_list;
    unsigned accepted = 0;

    (void)id;
    for (uint64_t mfn = 256; mfn < 16384; mfn++) {
        uint64_t pfn = m2p(mfn);
        bool is_own =
            (pfn < start_info->nr_pages && p2m[pfn] == mfn) || mfn == start_info->shared_info >> 12;

        if (!is_own && machphys(mfn, 5, DOMID_SELF) == 0)
            accepted++;
    }
    expect_eq(accepted, 0, "no other frame's entry can be set");
    expect(machphys(mfn_of(start_info), 5, 0) < 0, "naming the control domain");
}

void test_main(void)
{
    void *page = page_new();

    expect_eq(machphys(mfn_of(page), 0x1234, DOMID_SELF), 0, "an own frame");
    expect_eq(m2p(mfn_of(page)), 0x1234, "has the new number");
    expect_eq(machphys(mfn_of(page), pfn_of(page), DOMID_SELF), 0, "and back");
    expect_eq(m2p(mfn_of(page)), (long)pfn_of(page), "the old one");
    expect(machphys(0xfffffffffUL, 1, DOMID_SELF) < 0, "a frame that does not exist");
    neighbour_wait(1);
}
