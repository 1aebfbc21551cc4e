/* SPDX-License-Identifier: MIT */
/*
 * decrease_reservation gives frames back, once each; populate_physmap and increase_reservation get new
 * ones, clear of what others left, within the domain's limit. The answer is how many were done
 * (memory.h; abi-facts 7.5).
 */
#include "guest.h"

static long reserve(uint32_t command, uint64_t *extents, uint64_t count, uint32_t order)
{
    struct xen_memory_reservation op = { .extent_start = (uint64_t)extents,
                                         .nr_extents = count,
                                         .extent_order = order,
                                         .domid = DOMID_SELF };

    return hypercall(memory_op, command, &op);
}

static uint64_t window[512] PAGE_ALIGNED;

void test_main(void)
{
    uint8_t *pages[4] = { page_new(), page_new(), page_new(), page_new() };
    uint64_t mfns[4], before = (uint64_t)hypercall(memory_op, XENMEM_current_reservation,
                                                   &(domid_t){ DOMID_SELF });
    uint64_t pfns[4];

    for (unsigned i = 0; i < 4; i++) {
        mfns[i] = mfn_of(pages[i]);
        pages[i][0] = 0x77;
        require_eq(map_page(pages[i], 0), 0, "unmapped");
    }
    expect_eq(reserve(XENMEM_decrease_reservation, mfns, 4, 0), 4, "four are given back");
    expect_eq(hypercall(memory_op, XENMEM_current_reservation, &(domid_t){ DOMID_SELF }),
              (long)before - 4, "that many less");
    expect_eq(reserve(XENMEM_decrease_reservation, mfns, 4, 0), 0, "not again");
    expect(map_page(window, mfns[0] << 12 | PTE_RW) < 0, "it cannot be mapped any more");

    for (unsigned i = 0; i < 4; i++)
        pfns[i] = pfn_of(pages[i]);
    expect_eq(reserve(XENMEM_populate_physmap, pfns, 4, 0), 4, "four new ones");
    for (unsigned i = 0; i < 4; i++) {
        expect_eq(m2p(pfns[i]), (long)pfn_of(pages[i]), "the M2P has their pfns");
        require_eq(map_page(window, pfns[i] << 12 | PTE_RW), 0, "mapped");
        for (unsigned j = 0; j < 512; j++) {
            if (window[j]) {
                failure("a new frame is not clear");
                break;
            }
        }
    }
    expect_eq(reserve(XENMEM_populate_physmap, mfns, 1, 0), 0, "beyond the limit");
    expect_eq(reserve(XENMEM_increase_reservation, mfns, 1, 0), 0, "by the other call");
    require_eq(map_page(window, 0), 0, "unmapped");
    expect_eq(reserve(XENMEM_decrease_reservation, pfns, 1, 0), 1, "one is given back");
    expect_eq(reserve(XENMEM_increase_reservation, mfns, 1, 0), 1, "one is got");
    expect_eq(m2p(mfns[0]), ~0L, "without a pfn");
}
