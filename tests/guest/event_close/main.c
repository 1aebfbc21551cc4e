/* SPDX-License-Identifier: MIT */
/*
 * Closing a port frees it, with its pending bit; the peer becomes unbound again, for the domain that
 * closed (event_channel.h; abi-facts 7.1).
 */
#include "guest.h"

static uint32_t status_of(uint32_t port)
{
    struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

    require_eq(hypercall(event_channel_op, EVTCHNOP_status, &status), 0, "status");
    return status.status;
}

static long close_port(uint32_t port)
{
    return hypercall(event_channel_op, EVTCHNOP_close, &port);
}

void test_main(void)
{
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
    uint32_t first;

    require_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0, "a port");
    first = unbound.port;
    event_mask(first, true);
    expect_eq(status_of(first), EVTCHNSTAT_unbound, "unbound");
    bind.remote_port = first;
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0, "bound");
    event_mask(bind.local_port, true);
    expect_eq(status_of(first), EVTCHNSTAT_interdomain, "bound to each other");
    expect_eq(close_port(bind.local_port), 0, "one end is closed");
    expect_eq(status_of(bind.local_port), EVTCHNSTAT_closed, "and free");
    expect(!event_is_pending(bind.local_port), "its pending bit is gone");
    expect_eq(status_of(first), EVTCHNSTAT_unbound, "the other end is unbound");
    expect_eq(close_port(bind.local_port), -XEN_EINVAL, "closing it again");
    expect_eq(close_port(0), -XEN_EINVAL, "port 0");
    expect_eq(close_port(100000), -XEN_EINVAL, "a port that does not exist");
    expect_eq(close_port(~0u), -XEN_EINVAL, "the largest number");
    expect_eq(close_port(first), 0, "the other end");
    require_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0, "a port");
    expect_eq(unbound.port, (long)first, "the lowest free port is taken");
}
