/* SPDX-License-Identifier: MIT */
/*
 * send makes the peer pending, or for an IPI port the port itself; on an unbound port it does nothing,
 * and on any other it is refused. (abi-facts 7.1)
 */
#include "events.h"

void test_main(void)
{
    uint32_t pair[2], ipi = port_ipi(0), unbound = port_unbound();
    uint32_t virq = port_virq(VIRQ_TIMER, 0), closed = port_unbound();

    port_pair(pair);
    require_eq(port_close(closed), 0, "a port is closed");
    expect_eq(port_send(pair[0]), 0, "to the peer");
    expect(event_is_pending(pair[1]) && !event_is_pending(pair[0]), "the peer is pending");
    expect_eq(port_send(pair[0]), 0, "to a peer that is pending already");
    expect_eq(port_send(ipi), 0, "an IPI");
    expect(event_is_pending(ipi), "the IPI is pending");
    expect_eq(port_send(unbound), 0, "nobody is there");
    expect(!event_is_pending(unbound), "nothing is pending");

    expect_eq(port_send(virq), -XEN_EINVAL, "a virtual interrupt is not for sending");
    expect(!event_is_pending(virq), "and was not sent");
    expect_eq(port_send(closed), -XEN_EINVAL, "a free port");
    expect_eq(port_send(0), -XEN_EINVAL, "port 0");
    expect_eq(port_send(4095), -XEN_EINVAL, "a port that never was");
    expect_eq(port_send(4096), -XEN_EINVAL, "the number behind the last");
    expect_eq(port_send(~0u), -XEN_EINVAL, "the largest number");
}
