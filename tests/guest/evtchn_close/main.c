/* SPDX-License-Identifier: MIT */
/*
 * close frees a port. Its peer becomes unbound, waiting for the domain that closed, and keeps its pending
 * bit; it can be bound again. (abi-facts 7.1)
 */
#include "events.h"

void test_main(void)
{
    uint32_t pair[2];
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
    struct evtchn_status status;

    port_pair(pair);
    require_eq(port_send(pair[1]), 0, "the peer is made pending");
    expect_eq(port_close(pair[1]), 0, "closing");
    expect_eq(port_status(pair[1]).status, EVTCHNSTAT_closed, "the port is free");
    status = port_status(pair[0]);
    expect_eq(status.status, EVTCHNSTAT_unbound, "its peer is unbound");
    expect_eq(status.u.unbound.dom, OWN_DOMAIN, "and waits for who closed");
    expect(event_is_pending(pair[0]), "and is as pending as before");
    expect_eq(port_send(pair[0]), 0, "sending to nobody");

    bind.remote_port = pair[0];
    expect_eq(evtchn(bind_interdomain, &bind), 0, "it is bound again");
    expect_eq(bind.local_port, pair[1], "to the freed port");

    expect_eq(port_close(pair[1]), 0, "closing again");
    expect_eq(port_close(pair[1]), -XEN_EINVAL, "a free port");
    expect_eq(port_close(0), -XEN_EINVAL, "port 0");
    expect_eq(port_close(4000), -XEN_EINVAL, "a port that never was");
    expect_eq(port_close(~0u), -XEN_EINVAL, "the largest number");
}
