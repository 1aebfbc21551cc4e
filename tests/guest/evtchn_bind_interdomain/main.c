/* SPDX-License-Identifier: MIT */
/*
 * bind_interdomain binds a new port to an unbound one; both then name each other and each notifies the other.
 * The new port is pending once at first, in case the other side had sent before. (abi-facts 7.1)
 */
#include "events.h"

void test_main(void)
{
    uint32_t remote = port_unbound();
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF, .remote_port = remote };
    struct evtchn_status status;

    expect_eq(evtchn(bind_interdomain, &bind), 0, "binding");
    expect_eq(bind.local_port, remote + 1, "the lowest free port");
    expect(event_is_pending(bind.local_port), "the new port is pending once");
    expect(!event_is_pending(remote), "the other is not");
    event_clear(bind.local_port);

    status = port_status(remote);
    expect_eq(status.status, EVTCHNSTAT_interdomain, "the one port");
    expect_eq(status.u.interdomain.dom, OWN_DOMAIN, "its peer's domain");
    expect_eq(status.u.interdomain.port, bind.local_port, "its peer");
    status = port_status(bind.local_port);
    expect_eq(status.status, EVTCHNSTAT_interdomain, "the other port");
    expect_eq(status.u.interdomain.port, remote, "its peer");

    expect_eq(port_send(remote), 0, "the one sends");
    expect(event_is_pending(bind.local_port) && !event_is_pending(remote), "the other is pending");
    event_clear(bind.local_port);
    expect_eq(port_send(bind.local_port), 0, "the other sends");
    expect(event_is_pending(remote) && !event_is_pending(bind.local_port), "the one is pending");
}
