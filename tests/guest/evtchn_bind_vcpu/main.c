/* SPDX-License-Identifier: MIT */
/*
 * bind_vcpu chooses the vCPU that a port notifies from now on; a port that is pending does not move.
 * Ports for IPIs and for virtual interrupts of a vCPU stay where they are. (abi-facts 7.1)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"

static uint8_t upcall_pending(uint32_t vcpu)
{
    return shared_info->vcpu_info[vcpu].evtchn_upcall_pending;
}

void test_main(void)
{
    uint32_t pair[2], closed = port_unbound();

    port_pair(pair);
    require_eq(port_close(closed), 0, "a port is closed");
    for (uint32_t vcpu = 0; vcpu < 2; vcpu++) {
        shared_info->vcpu_info[vcpu].evtchn_upcall_pending = 0;
        shared_info->vcpu_info[vcpu].evtchn_pending_sel = 0;
    }

    require_eq(port_send(pair[0]), 0, "pending on vCPU 0");
    expect(upcall_pending(0) && !upcall_pending(1), "vCPU 0 is notified");
    expect_eq(port_to_vcpu(pair[1], 1), 0, "moving it");
    expect_eq(port_status(pair[1]).vcpu, 1, "it is moved");
    expect(!upcall_pending(1), "what is pending stays");
    event_clear(pair[1]);
    require_eq(port_send(pair[0]), 0, "pending on vCPU 1");
    expect_eq(upcall_pending(1), 1, "vCPU 1 is notified");
    expect_eq(shared_info->vcpu_info[1].evtchn_pending_sel, 1, "with the word's bit");

    expect_eq(port_to_vcpu(port_unbound(), 1), 0, "an unbound port");
    expect_eq(port_to_vcpu(port_virq(VIRQ_CONSOLE, 0), 1), 0, "a global virq");
    expect_eq(port_to_vcpu(port_virq(VIRQ_TIMER, 0), 1), -XEN_EINVAL, "a virq of a vCPU");
    expect_eq(port_to_vcpu(port_ipi(0), 1), -XEN_EINVAL, "a port for IPIs");
    expect_eq(port_to_vcpu(0, 1), -XEN_EINVAL, "port 0");
    expect_eq(port_to_vcpu(4000, 1), -XEN_EINVAL, "a port that never was");
    expect_eq(port_to_vcpu(~0u, 1), -XEN_EINVAL, "the largest number");
    expect_eq(port_to_vcpu(pair[1], 2), -XEN_ENOENT, "no such vCPU");
    expect_eq(port_to_vcpu(pair[1], ~0u), -XEN_ENOENT, "the largest number of a vCPU");
    expect_eq(port_status(pair[1]).vcpu, 1, "a refused move changes nothing");
}
