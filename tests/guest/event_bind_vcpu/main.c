/* SPDX-License-Identifier: MIT */
/*
 * bind_vcpu moves where a port notifies, for kinds that are not tied to a vCPU (event_channel.h;
 * abi-facts 7.1).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static long bind_vcpu(uint32_t port, uint32_t vcpu)
{
    struct evtchn_bind_vcpu bind = { .port = port, .vcpu = vcpu };

    return hypercall(event_channel_op, EVTCHNOP_bind_vcpu, &bind);
}

void test_main(void)
{
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER }, global = { .virq = VIRQ_DOM_EXC };
    struct evtchn_status status = { .dom = DOMID_SELF };

    require_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0, "unbound");
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &ipi), 0, "IPI");
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &timer), 0, "timer");
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &global), 0, "global");
    expect_eq(bind_vcpu(unbound.port, 1), 0, "an unbound port");
    status.port = unbound.port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_status, &status), 0, "its status");
    expect_eq(status.vcpu, 1, "notifies vCPU 1 now");
    expect_eq(bind_vcpu(global.port, 1), 0, "a global virtual interrupt");
    expect_eq(bind_vcpu(timer.port, 1), -XEN_EINVAL, "one of a vCPU");
    expect_eq(bind_vcpu(ipi.port, 1), -XEN_EINVAL, "an IPI");
    expect_eq(bind_vcpu(unbound.port, 2), -XEN_ENOENT, "no such vCPU");
    expect_eq(bind_vcpu(200, 0), -XEN_EINVAL, "a free port");
    expect_eq(bind_vcpu(0, 0), -XEN_EINVAL, "port 0");
}
