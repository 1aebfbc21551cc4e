/* SPDX-License-Identifier: MIT */
/*
 * reset closes all ports of the domain, pending or not, and takes everything back to the beginning
 * (abi-facts 7.1).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"

void test_main(void)
{
    struct evtchn_reset reset = { .dom = DOMID_SELF };
    uint32_t pair[2], ipi, virq, many = 0;

    port_pair(pair);
    ipi = port_ipi(1);
    virq = port_virq(VIRQ_TIMER, 1);
    while (many < 300)
        many = port_unbound();
    require_eq(port_send(ipi), 0, "a pending port");
    expect_eq(evtchn(reset, &reset), 0, "reset");
    expect(!event_is_pending(ipi), "nothing is pending");
    for (uint32_t port = 1; port <= many; port++)
        expect_eq(port_status(port).status, EVTCHNSTAT_closed, "every port is free");
    expect_eq(port_status(ipi).vcpu, 0, "and for vCPU 0");
    expect_eq(port_virq(VIRQ_TIMER, 1), 1, "virtual interrupts can be bound again");
    expect(virq != 1, "it was another port before");
    reset.dom = OWN_DOMAIN;
    expect_eq(evtchn(reset, &reset), 0, "by the domain's own number");
    expect_eq(port_unbound(), 1, "ports begin at 1 again");
}
