/* SPDX-License-Identifier: MIT */
/*
 * A domain has a limited number of ports; beyond it -ENOSPC, and a closed one can be used again
 * (abi-facts 7.1). An ordinary domain's limit here is 1023.
 *
 * Machine: domains=1
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    uint32_t highest = 0;
    long result;

    (void)id;
    for (;;) {
        result = hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound);
        if (result)
            break;
        highest = unbound.port;
        if (highest > 5000)
            break;
    }
    expect_eq(result, -XEN_ENOSPC, "beyond the limit");
    expect_eq(highest, 1023, "the last port");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_close, &highest), 0, "one is closed");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0, "then one is free");
    expect_eq(unbound.port, (long)highest, "that one");
}

void test_main(void)
{
    neighbour_wait(1);
}
