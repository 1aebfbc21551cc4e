/* SPDX-License-Identifier: MIT */
/*
 * A page of the guest's in which bit n says that pirq n needs the eoi call: set for levels while they
 * are bound, clear for edges (abi-facts 6.2, step 6). In its first form the call also unmasks the
 * port; there is one page, which the hypervisor keeps.
 */
#include "devices.h"

#define LEVEL_GSI 20u
#define EDGE_GSI  8u

static uint64_t map[512] PAGE_ALIGNED;

static bool is_set(uint32_t pirq)
{
    barrier();
    return map[pirq / 64] >> (pirq % 64) & 1;
}

void test_main(void)
{
    struct physdev_pirq_eoi_gmfn op = { .gmfn = mfn_of(map) };
    struct physdev_irq_status_query status = { .irq = EDGE_GSI };
    long port;

    require_eq(pirq_map_line(LEVEL_GSI), 0, "a line");
    require_eq(pirq_map_line(EDGE_GSI), 0, "another");
    require(pirq_bind(EDGE_GSI) > 0, "a port");
    expect_eq(physdev(irq_status_query, &status), 0, "the status of the edge");
    expect_eq(status.flags & XENIRQSTAT_needs_eoi, 1, "without a map each needs its end");

    op.gmfn = 0xfffffff;
    expect_eq(physdev(pirq_eoi_gmfn_v2, &op), -XEN_EINVAL, "no frame");
    op.gmfn = start_info->pt_base ? mfn_of((void *)start_info->pt_base) : 0;
    expect(physdev(pirq_eoi_gmfn_v2, &op) < 0, "a page table");
    op.gmfn = mfn_of(map);
    expect_eq(physdev(pirq_eoi_gmfn_v1, &op), 0, "a page");
    expect_eq(physdev(pirq_eoi_gmfn_v2, &op), -XEN_EBUSY, "one only");
    expect(map_page(map, entry_of(map, PTE_RO)) == 0, "it may be read-only for the guest");

    expect(!is_set(EDGE_GSI) && !is_set(LEVEL_GSI), "nobody needs it yet");
    port = pirq_bind(LEVEL_GSI);
    require(port > 0, "a port");
    expect(is_set(LEVEL_GSI), "a level does");
    status.irq = LEVEL_GSI;
    expect_eq(physdev(irq_status_query, &status), 0, "its status");
    expect_eq(status.flags & XENIRQSTAT_needs_eoi, 1, "says the same");

    event_mask((uint32_t)port, true);
    expect_eq(pirq_end(LEVEL_GSI), 0, "an end");
    expect_eq(shared_info->evtchn_mask[port / 64] >> (port % 64) & 1, 0, "unmasks the port");
    expect_eq(pirq_unmap(LEVEL_GSI), 0, "taken back");
    expect(!is_set(LEVEL_GSI), "and needs nothing");
}
