/* SPDX-License-Identifier: MIT */
/*
 * The next owner of a port finds it as new: not pending, so that an event is an upcall, and for vCPU 0
 * (abi-facts 7.1).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"

void test_main(void)
{
    uint32_t ipi = port_ipi(1), unbound, again;

    events_setup();
    require_eq(port_send(ipi), 0, "an IPI");
    expect(event_is_pending(ipi), "it is pending");
    expect_eq(port_status(ipi).vcpu, 1, "it is for vCPU 1");
    require_eq(port_close(ipi), 0, "closing");
    expect(!event_is_pending(ipi), "closing clears the pending bit");

    unbound = port_unbound();
    expect_eq(unbound, ipi, "the port is used again");
    expect_eq(port_status(unbound).vcpu, 0, "it is for vCPU 0 now");
    require_eq(port_to_vcpu(unbound, 1), 0, "it is moved");
    require_eq(port_close(unbound), 0, "and closed");

    again = port_ipi(0);
    expect_eq(again, ipi, "the port is used again");
    events_enable();
    require_eq(port_send(again), 0, "an IPI");
    expect_eq(events_taken(), BIT(again), "its event is delivered to vCPU 0");
}
