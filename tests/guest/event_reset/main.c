/* SPDX-License-Identifier: MIT */
/*
 * reset closes all ports of the domain (event_channel.h).
 */
#include "guest.h"

void test_main(void)
{
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER };
    struct evtchn_status status = { .dom = DOMID_SELF };
    domid_t self = DOMID_SELF, other = 77;

    for (unsigned i = 0; i < 20; i++)
        require_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0, "a port");
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &timer), 0, "the timer");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_reset, &self), 0, "reset");
    for (status.port = 1; status.port <= timer.port; status.port++) {
        expect_eq(hypercall(event_channel_op, EVTCHNOP_status, &status), 0, "status");
        expect_eq(status.status, EVTCHNSTAT_closed, "closed");
    }
    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &timer), 0, "the timer again");
    expect_eq(timer.port, 1, "on the first port");
    expect(hypercall(event_channel_op, EVTCHNOP_reset, &other) < 0, "no such domain");
}
