/* SPDX-License-Identifier: MIT */
/*
 * alloc_unbound takes the lowest free port, from 1 on, and keeps it for the one domain that is named;
 * DOMID_SELF is that domain's number afterwards. (event_channel.h; abi-facts 7.1)
 */
#include "events.h"

void test_main(void)
{
    struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = 5 };
    struct evtchn_status status;

    for (uint32_t port = 1; port <= 4; port++) {
        op.port = 0;
        expect_eq(evtchn(alloc_unbound, &op), 0, "a port");
        expect_eq(op.port, port, "the lowest free one");
    }
    status = port_status(2);
    expect_eq(status.status, EVTCHNSTAT_unbound, "its status");
    expect_eq(status.u.unbound.dom, 5, "who may bind it");
    expect_eq(status.vcpu, 0, "the vCPU that it notifies");
    expect(!event_is_pending(2), "it is not pending");

    require_eq(port_close(3), 0, "a port is closed");
    require_eq(port_close(2), 0, "another is closed");
    op.remote_dom = DOMID_SELF;
    op.dom = OWN_DOMAIN;
    expect_eq(evtchn(alloc_unbound, &op), 0, "by the domain's own number");
    expect_eq(op.port, 2, "the lowest free one");
    expect_eq(port_status(2).u.unbound.dom, OWN_DOMAIN, "DOMID_SELF is resolved");
    expect_eq(evtchn(alloc_unbound, &op), 0, "another");
    expect_eq(op.port, 3, "the next free one");
    expect_eq(evtchn(alloc_unbound, &op), 0, "and another");
    expect_eq(op.port, 5, "the one behind all");
}
