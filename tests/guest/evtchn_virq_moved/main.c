/* SPDX-License-Identifier: MIT */
/*
 * A global virtual interrupt whose port was moved to another vCPU still belongs to vCPU 0's list: it can
 * be closed and bound again, on vCPU 0.
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"

void test_main(void)
{
    uint32_t port = port_virq(VIRQ_CONSOLE, 0);
    struct evtchn_bind_virq again = { .virq = VIRQ_CONSOLE };

    require_eq(port_to_vcpu(port, 1), 0, "moving it");
    expect_eq(evtchn(bind_virq, &again), -XEN_EEXIST, "it is bound");
    again.vcpu = 1;
    expect_eq(evtchn(bind_virq, &again), -XEN_EINVAL, "on vCPU 1");
    expect_eq(port_close(port), 0, "closing");
    again.vcpu = 0;
    expect_eq(evtchn(bind_virq, &again), 0, "again");
}
