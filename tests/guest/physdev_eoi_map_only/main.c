/* SPDX-License-Identifier: MIT */
/*
 * In its second form the shared map of what needs the eoi call does no more than that: eoi leaves the port masked
 * (abi-facts 6.2).
 */
#include "devices.h"

#define LEVEL_GSI 20u

static uint64_t map[512] PAGE_ALIGNED;

void test_main(void)
{
    struct physdev_pirq_eoi_gmfn op = { .gmfn = mfn_of(map) };
    long port;

    expect_eq(physdev(pirq_eoi_gmfn_v2, &op), 0, "a page");
    require_eq(pirq_map_line(LEVEL_GSI), 0, "a line");
    port = pirq_bind(LEVEL_GSI);
    require(port > 0, "a port");
    barrier();
    expect_eq(map[0] >> LEVEL_GSI & 1, 1, "a level needs its end");
    event_mask((uint32_t)port, true);
    expect_eq(pirq_end(LEVEL_GSI), 0, "an end");
    expect_eq(shared_info->evtchn_mask[port / 64] >> (port % 64) & 1, 1, "the port stays masked");
}
